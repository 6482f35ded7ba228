"""The words of an explanation: findings turned into sections of sentences and tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from games.payoffs import Payoffs
from stratagem.audits.proofs import Proof
from stratagem.cases import Case
from stratagem.explaining.gaps import Gap, WeakPoint
from stratagem.explaining.margins import TOO_SMALL, BudgetMargin, PointMargin
from stratagem.explaining.routes import Route
from stratagem.explaining.stuck import Stuck
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table, Title

ROUTES_SHOWN, POINTS_SHOWN, NODES_SHOWN, GAPS_TOLD = 12, 12, 12, 4
SMALL_PART = 0.01
"""Share of a front's progress below which a route is not listed by itself."""


@dataclass(frozen=True, repr=False)
class Telling(Page):
    """An explanation whose words are made: `told` holds its sections."""

    told: tuple[Section, ...]

    def sections(self) -> tuple[Section, ...]:
        """Return the explanation in words and tables."""
        return self.told

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as plain JSON values."""
        values: dict[str, Any] = plain(self)
        told = values.pop("told")
        return {**values, "words": {part["title"]: part["sentences"] for part in told}}


@dataclass(frozen=True)
class Told:
    """All that an explanation is about; see `stratagem.explaining.explanation.Explanation`.

    Attributes
    ----------
    payoffs, profiles : by play; profiles are {control point: option}.
    lost_share : in the best and the worst equilibrium, None where unknown.
    proof : how far the run's certificate of the play was borne out.
    stable : whether the play is an equilibrium between several players.
    stuck : why nobody leaves it, None where it is none.
    others : names of the other plays of the same run.
    """

    case: Case
    play: str
    payoffs: Mapping[str, Payoffs]
    profiles: Mapping[str, Mapping[str, str]]
    routes: tuple[Route, ...]
    points: tuple[PointMargin, ...]
    budgets: tuple[BudgetMargin, ...]
    money_price: float
    node_prices: Mapping[str, float]
    gaps: tuple[Gap, ...]
    lost_share: tuple[float, float] | None
    proof: Proof
    stable: bool
    stuck: Stuck | None
    others: tuple[str, ...]


def tell(told: Told) -> tuple[Section, ...]:
    """Return the sections of an explanation; the first one is the answer."""
    sections = (
        _answer(told),
        _changes(told),
        _routes(told),
        _points(told),
        _budgets(told),
        _evader(told),
        _gaps(told),
        _stuck(told),
        _assumptions(told),
    )
    return tuple(section for section in sections if section.sentences or section.tables)


def _answer(told: Told) -> Section:
    case, here = told.case, told.payoffs[told.play]
    sentences = [f"{case.title}, {told.play} play."]
    start = told.payoffs.get("status-quo")
    if start is None or told.play == "status-quo":
        sentences.append(
            f"The controllers together stand at {words.money(here.joint)} a year; "
            f"{case.evader} gains {_months(told, here)}."
        )
    else:
        gain = here.joint - start.joint
        verb = "gain" if gain >= -TOO_SMALL else "lose"
        sentences.append(
            f"Against the status quo the controllers together {verb} {words.money(abs(gain))} a "
            f"year, and {case.evader} gains {_months(told, here)} instead of "
            f"{_months(told, start)}."
        )
        sentences.append(
            f"They spend {words.money(sum(here.outlay.values()))} a year on controls instead of "
            f"{words.money(sum(start.outlay.values()))}."
        )
        worse = {
            name: here.total[name] - start.total[name]
            for name in here.total
            if here.total[name] < start.total[name] - 1e-6
        }
        if worse:
            ranked = sorted(worse, key=lambda name: worse[name])
            parts = [f"{_controller(told, n)} ({words.money(-worse[n])})" for n in ranked]
            sentences.append(f"Worse off than today: {words.listed(parts)} a year.")
    if told.lost_share is not None:
        best, worst = (words.share(value) for value in told.lost_share)
        lost = best if best == worst else f"between {best} and {worst}"
        sentences.append(
            f"Acting alone, governments lose {lost} percent of what coordination would gain."
        )
    return Section("The answer", (" ".join(sentences), _proof(told)))


def _proof(told: Told) -> str:
    """Return how sure the answer is: what was tried again, and what the run's record is trusted in.

    Notes
    -----
    A status is a word in a file; it is repeated only as far as the numbers bear it out.
    """
    proof = told.proof
    parts = [
        "Recomputed from the scenario: the evader's plan, which its prices prove best, and the "
        "months, payoffs and outlays that follow."
    ]
    alone = " by moving alone" if told.stable else ""
    allowed = "within the budgets"
    if ":no-transfers" in told.play:
        allowed += " to which all members consent"
    if proof.whole:
        who = f" of {_named(told, proof.whole)}" if proof.partly else ""
        parts.append(
            f"Every choice{who} {allowed} was tried again, and none gains"
            f"{_most(proof.regret, proof.whole, alone)}."
        )
    if proof.partly:
        who = f" by {_named(told, proof.partly)}" if proof.whole else ""
        share = "an unknown share" if proof.bound_gap is None else f"{proof.bound_gap:.2%}"
        rest = (
            f"what larger changes gain, {share} at most, was open at the limit of time"
            if proof.status == "limit"
            else "that no larger change does is the optimiser's proof, by the run's own record"
        )
        parts.append(
            f"Every change of a single point{who} {allowed} was tried again, and none "
            f"gains{_most(proof.regret, proof.partly, alone)}; {rest}."
        )
    if told.stable and proof.whole + proof.partly:
        parts.append(_other_equilibria(told))
    return " ".join(parts)


def _other_equilibria(told: Told) -> str:
    """Return what is known about better and worse equilibria than this one."""
    proof, joint = told.proof, told.payoffs[told.play].joint
    if proof.complete:
        return (
            "Every profile was tried again: there is no better and no worse equilibrium than the "
            "run's best and worst."
        )
    worst = told.play.endswith(":worst")
    better = "worse" if worst else "better"
    if proof.joint_bound is None:
        return f"That no {better} equilibrium exists is not proven."
    if proof.status == "proven":
        return f"That no equilibrium is {better} is the optimiser's proof, by the run's own record."
    open_ = abs(proof.joint_bound - joint)
    return (
        f"A {better} equilibrium may exist, {better} by {words.money(open_)} a year at most: that "
        "bound is the optimiser's, by the run's own record."
    )


def _named(told: Told, names: tuple[str, ...]) -> str:
    return words.listed([_controller(told, name) for name in names])


def _most(regrets: Mapping[str, float | None], names: tuple[str, ...], alone: str) -> str:
    """Return what is gained at most, by the regrets that the run states."""
    stated = [regrets.get(name) for name in names]
    known = [value for value in stated if value is not None]
    if len(known) < len(stated):
        return f" more{alone} than the run rules out, which states no bound"
    if max(known) < TOO_SMALL:
        return f" anything{alone}"
    return f" more{alone} than the {words.money(max(known))} a year that the run states"


def _months(told: Told, payoffs: Payoffs) -> str:
    """Return months by front, those with a stake alone."""
    at_stake = {f for c in told.case.game.controllers for f, stake in c.stakes.items() if stake}
    months = {f: value for f, value in payoffs.months.items() if f in at_stake}
    total = f"{sum(months.values()):.2f} months"
    if len(months) < 2:
        return total
    parts = [f"{told.case.called('fronts', f)} {value:.2f}" for f, value in months.items()]
    return f"{total} ({', '.join(parts)})"


def _changes(told: Told) -> Section:
    today = told.profiles.get("status-quo")
    here = told.profiles[told.play]
    if today is None or told.play == "status-quo":
        return Section("")
    margins = {margin.point: margin for margin in told.points}
    rows: list[tuple[Cell, ...]] = [
        (
            Title(point.owner, _controller(told, point.owner)),
            Title(point.name, told.case.called("points", point.name)),
            words.option(today[point.name]),
            words.option(here[point.name]),
            margins[point.name].worth,
        )
        for point in told.case.game.points
        if here[point.name] != today[point.name]
    ]
    if not rows:
        return Section("Who changes what", ("Nothing changes against the status quo.",))
    columns = (
        Column("controller", wide=True),
        Column("control point"),
        Column("status quo"),
        Column("now"),
        Column("worth", "bn USD/yr", digits=3),
    )
    note = "Worth: what all would lose together if this point alone fell to its weakest option."
    return Section("Who changes what", tables=(Table("", columns, tuple(rows), note),))


def _routes(told: Told) -> Section:
    case, here = told.case, told.payoffs[told.play]
    by_front: dict[str, list[Route]] = defaultdict(list)
    for route in told.routes:
        by_front[route.front].append(route)
    sentences = []
    for front in case.game.fronts:
        months = here.months[front.name]
        title = case.called("fronts", front.name)
        listed = by_front[front.name]
        if not listed:
            sentences.append(f"{title}: nothing arrives.")
            continue
        parts = [
            f"{words.share(route.months / months) if months else '0'} percent by "
            f"{_way(case, route)}"
            for route in listed[:2]
        ]
        more = len(listed) - 2
        rest = f", the rest by {more} more" if more > 0 else ""
        sentences.append(f"{title}, {months:.2f} months: {'; '.join(parts)}{rest}.")
    large = [r for r in told.routes if r.months > SMALL_PART * here.months[r.front]]
    rows = tuple(_route_row(case, route) for route in large[:ROUTES_SHOWN])
    columns = (
        Column("front"),
        Column("by way of"),
        Column("enters", fixed=True),
        Column("survives", fixed=True),
        Column("arrives", fixed=True, wide=True),
        Column("months", digits=2),
    )
    note = "Months are shared between the routes to a front by what each brings."
    tables = (Table("", columns, rows, note),) if rows else ()
    return Section("What gets through, and how", tuple(sentences), tables)


def _way(case: Case, route: Route) -> str:
    """Return a route by the titles of its telling arcs: those with a control, else the first."""
    arcs = {arc.name: arc for arc in case.game.arcs}
    telling = [name for name in route.arcs if arcs[name].point] or [route.arcs[0]]
    return ", ".join(case.called("arcs", name) for name in telling)


def _route_row(case: Case, route: Route) -> tuple[Cell, ...]:
    arcs = {arc.name: arc for arc in case.game.arcs}
    ends = {front.name: front.node for front in case.game.fronts}
    tail = arcs[route.arcs[0]].tail
    return (
        case.called("fronts", route.front),
        _way(case, route),
        words.quantity(route.entering, case.units.get(tail, "")),
        f"{words.share(route.survival)} %",
        words.quantity(route.arriving, case.units.get(ends[route.front], "")),
        route.months,
    )


def _points(told: Told) -> Section:
    shown = [m for m in told.points if m.worth > TOO_SMALL][:POINTS_SHOWN]
    rows = tuple(
        (
            Title(m.point, told.case.called("points", m.point)),
            Title(m.owner, _controller(told, m.owner)),
            words.option(m.option),
            m.worth,
            words.option(m.other or "-"),
            m.gain,
        )
        for m in shown
    )
    sentences = []
    if shown:
        first = shown[0]
        sentences.append(
            f"If {_point(told, first.point, _controller(told, first.owner))} "
            f"alone fell from {words.option(first.option)} to {words.option(first.weakest)}, all "
            f"together would lose {words.money(first.worth)} a year: no other point is worth more."
        )
    idle = [m for m in told.points if m.worth < -1e-6]
    if idle:
        worst = idle[-1]
        sentences.append(
            f"{len(idle)} point{'s do' if len(idle) > 1 else ' does'} more harm than good to the "
            f"sum as things stand; {_point(told, worst.point)} costs most, "
            f"{words.money(-worst.worth)} a year against {words.option(worst.weakest)}."
        )
    better = sorted((m for m in told.points if m.gain > 1e-6), key=lambda m: -m.gain)
    if better and better[0].other is not None:
        best = better[0]
        within = "within" if best.affordable else "beyond"
        sentences.append(
            f"The best single change for the sum is {_point(told, best.point)} to "
            f"{words.option(best.other or '')}: {words.money(best.gain)} a year, {within} the "
            f"budget of {_controller(told, best.owner)}."
        )
    elif told.points:
        sentences.append("No single change of one point would gain anything for the sum.")
    columns = (
        Column("control point"),
        Column("controller", wide=True),
        Column("option"),
        Column("worth", "bn USD/yr", digits=3),
        Column("best other"),
        Column("change", "bn USD/yr", digits=3),
    )
    tables = (Table("", columns, rows),) if rows else ()
    return Section("What each control point is worth at the margin", tuple(sentences), tables)


def _budgets(told: Told) -> Section:
    if not told.budgets:
        return Section("")
    binding = [budget for budget in told.budgets if budget.price > 0]
    sentences = [
        f"{_controllers(told, b)}: {words.money(b.outlay)} of {words.money(b.budget)} a year "
        f"spent. {words.money(b.missing)} more would buy {words.option(b.option or '')} at "
        f"{_point(told, b.point or '')} and gain {words.money(b.gain)}: the "
        f"budget's price is at least {b.price:.3g} USD per USD."
        for b in binding
    ]
    free = [budget for budget in told.budgets if budget.price == 0]
    if free:
        names = words.listed([_controllers(told, b) for b in free])
        sentences.append(f"No single change that would pay is forbidden by the budget of {names}.")
    return Section("Which budgets bind", tuple(sentences))


def _evader(told: Told) -> Section:
    case = told.case
    if not told.node_prices:
        return Section(
            f"What a unit is worth to {case.evader}",
            (f"Money is not scarce to {case.evader}: routes run out first.",),
        )
    sentence = (
        f"One more bn USD of budget is worth {told.money_price:.3g} bn USD of progress to "
        f"{case.evader}, by its own weights. The table says what it would pay for one more unit."
    )
    starts = [front.node for front in case.game.fronts]
    priced = {n: p for n, p in told.node_prices.items() if p > TOO_SMALL * 1e-3 and n not in starts}
    used = {case.game.arcs[i].tail for i in range(len(case.game.arcs))}
    rows = tuple(
        (case.called("nodes", node), words.price(price, case.units.get(node, "")))
        for node, price in priced.items()
        if node in used
    )[:NODES_SHOWN]
    columns = (Column("place"), Column("price"))
    tables = (Table("", columns, rows),) if rows else ()
    return Section(f"What a unit is worth to {case.evader}", (sentence,), tables)


def _gaps(told: Told) -> Section:
    if not told.gaps:
        return Section("")
    sentences = []
    for gap in [gap for gap in told.gaps if gap.weaker or gap.joint_gain > 1e-6][:GAPS_TOLD]:
        own = (
            f"it would itself lose {words.money(-gap.own_gain)}"
            if gap.own_gain < -TOO_SMALL
            else f"it would itself gain {words.money(gap.own_gain)}"
        )
        moved = "gain" if gap.joint_gain >= 0 else "lose"
        text = (
            f"{_controller(told, gap.controller)}: if it alone did its part, all together would "
            f"{moved} {words.money(abs(gap.joint_gain))} a year and {own}."
        )
        if gap.weaker:
            text += (
                " Alone it leaves weaker: " + "; ".join(_weak(told, w) for w in gap.weaker) + "."
            )
        sentences.append(text)
    columns = (
        Column("controller"),
        Column("all together", "bn USD/yr", digits=3),
        Column("itself", "bn USD/yr", digits=3),
        Column("weaker points"),
    )
    rows = tuple(
        (
            Title(gap.controller, _controller(told, gap.controller)),
            gap.joint_gain,
            gap.own_gain,
            len(gap.weaker),
        )
        for gap in told.gaps
    )
    note = "What changes if this controller alone moves to its part of the coordinated portfolio."
    return Section(
        "Where one jurisdiction leaves the gap (best unilateral outcome)",
        tuple(sentences),
        (Table("", columns, rows, note),),
    )


def _weak(told: Told, point: WeakPoint) -> str:
    flow = words.listed(
        [
            f"{words.quantity(units, told.case.units.get(tail, ''))} a year from "
            f"{told.case.called('nodes', tail)}"
            for tail, units in point.flow.items()
        ]
    )
    through = f"{flow} go through" if flow else "nothing goes through as it is"
    instead = f"{words.option(point.alone)} instead of {words.option(point.together)}"
    return _point(told, point.point, f"{instead}; {through}")


def _stuck(told: Told) -> Section:
    found = told.stuck
    if found is None:
        return Section("")
    sentences = []
    if found.together is None:
        sentences.append("No joint move was found that would gain.")
    else:
        move = found.together
        who = words.listed([_player(told, name) for name in move.players])
        where = words.listed(
            [f"{_point(told, p)} to {words.option(o)}" for p, o in move.options.items()]
        )
        sentences.append(
            f"Nobody gains alone, but {who} would gain {words.money(move.gain)} a year by moving "
            f"together ({where}), and all controllers {words.money(move.joint)}."
        )
        losers = [name for name, gain in move.gains.items() if gain < -TOO_SMALL]
        if losers:
            parts = [f"{_player(told, n)} ({words.money(-move.gains[n])})" for n in losers]
            sentences.append(
                f"Of these {words.listed(parts)} would lose by it and have to be paid."
            )
    rows = tuple(
        (
            _player(told, move.player),
            _point(told, move.point),
            words.option(move.option),
            move.change,
        )
        for move in found.alone
    )
    columns = (
        Column("who"),
        Column("control point"),
        Column("option"),
        Column("changes its payoff", "bn USD/yr", digits=3),
    )
    note = "The best that each could do alone at one point, and what it would gain by that."
    tables = (Table("", columns, rows, note),) if rows else ()
    return Section("Why nobody moves", tuple(sentences), tables)


def _player(told: Told, name: str) -> str:
    return words.listed([_controller(told, one) for one in name.split("+")])


def _assumptions(told: Told) -> Section:
    case = told.case
    sentences = []
    if case.flagged:
        names = [number.name for number in case.flagged]
        some = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        sentences.append(
            f"{len(names)} of {len(case.parameters)} numbers rest on memory or on a prior: {some} "
            "(assumptions.csv has them all)."
        )
    changed = [number.name for number in case.parameters.values() if number.changed]
    if changed:
        sentences.append(f"Changed from their sources by overrides or settings: "
                         f"{words.listed(changed)}.")  # fmt: skip
    if told.others:
        sentences.append(
            f"Other plays of the same run, which `--play` or `play=` explains: "
            f"{words.listed(told.others)}."
        )
    return Section("What it rests on", tuple(sentences))


def _point(told: Told, name: str, more: str = "") -> str:
    """Return a control point by its title, with the name that narrow tables show, and more."""
    title = told.case.called("points", name)
    beside = [part for part in (name if title != name else "", more) if part]
    return f"{title} ({', '.join(beside)})" if beside else title


def _controller(told: Told, name: str) -> str:
    return told.case.called("controllers", name)


def _controllers(told: Told, budget: BudgetMargin) -> str:
    return words.listed([_controller(told, name) for name in budget.controllers])

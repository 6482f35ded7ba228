"""What holds and what does not, in words: points, budgets, gaps, and why nobody moves."""

from __future__ import annotations

from stratagem.explaining.gaps import WeakPoint
from stratagem.explaining.margins import TOO_SMALL
from stratagem.explaining.told import Told
from stratagem.presentation import words
from stratagem.presentation.tables import Column, Section, Table, Title

POINTS_SHOWN, GAPS_TOLD = 12, 4


def points_told(told: Told) -> Section:
    """Return what each control point is worth at the margin."""
    shown = [m for m in told.points if m.worth > TOO_SMALL][:POINTS_SHOWN]
    rows = tuple(
        (
            Title(m.point, told.case.called("points", m.point)),
            Title(m.owner, told.controller(m.owner)),
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
            f"If {told.point(first.point, told.controller(first.owner))} "
            f"alone fell from {words.option(first.option)} to {words.option(first.weakest)}, all "
            f"together would lose {words.money(first.worth)} a year: no other point is worth more."
        )
    idle = [m for m in told.points if m.worth < -1e-6]
    if idle:
        worst = idle[-1]
        sentences.append(
            f"{len(idle)} point{'s do' if len(idle) > 1 else ' does'} more harm than good to the "
            f"sum as things stand; {told.point(worst.point)} costs most, "
            f"{words.money(-worst.worth)} a year against {words.option(worst.weakest)}."
        )
    better = sorted((m for m in told.points if m.gain > 1e-6), key=lambda m: -m.gain)
    if better and better[0].other is not None:
        best = better[0]
        within = "within" if best.affordable else "beyond"
        sentences.append(
            f"The best single change for the sum is {told.point(best.point)} to "
            f"{words.option(best.other or '')}: {words.money(best.gain)} a year, {within} the "
            f"budget of {told.controller(best.owner)}."
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


def budgets_told(told: Told) -> Section:
    """Return which budgets bind, and what more would buy."""
    if not told.budgets:
        return Section("")
    binding = [budget for budget in told.budgets if budget.price > 0]
    sentences = []
    for b in binding:
        spent, whole, missing = words.moneys(b.outlay, b.budget, b.missing)
        sentences.append(
            f"{told.named(b.controllers)}: {spent} of {whole} a year spent. {missing} more would "
            f"buy {words.option(b.option or '')} at {told.point(b.point or '')} and gain "
            f"{words.money(b.gain)}: the budget's price is at least {b.price:.3g} USD per USD."
        )
    free = [budget for budget in told.budgets if budget.price == 0]
    if free:
        names = words.listed([told.named(b.controllers) for b in free])
        budget = "budget" if len(free) == 1 else "budgets"
        sentences.append(f"No single change that would pay is beyond the {budget} of {names}.")
    return Section("Which budgets bind", tuple(sentences))


def gaps_told(told: Told) -> Section:
    """Return what one controller leaves open, where the others did their part."""
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
            f"{told.controller(gap.controller)}: if it alone did its part, all together would "
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
            Title(gap.controller, told.controller(gap.controller)),
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
    return told.point(point.point, f"{instead}; {through}")


def stuck_told(told: Told) -> Section:
    """Return what keeps everybody where they are."""
    found = told.stuck
    if found is None:
        return Section("")
    sentences = []
    if found.together is None:
        sentences.append("No joint move was found that would gain.")
    else:
        move = found.together
        who = words.listed([told.player(name) for name in move.players])
        where = words.listed(
            [f"{told.point(p)} to {words.option(o)}" for p, o in move.options.items()]
        )
        sentences.append(
            f"Nobody gains alone, but {who} would gain {words.money(move.gain)} a year by moving "
            f"together ({where}), and all controllers {words.money(move.joint)}."
        )
        losers = [name for name, gain in move.gains.items() if gain < -TOO_SMALL]
        if losers:
            parts = [f"{told.player(n)} ({words.money(-move.gains[n])})" for n in losers]
            sentences.append(
                f"Of these {words.listed(parts)} would lose by it and have to be paid."
            )
    rows = tuple(
        (
            told.player(move.player),
            told.point(move.point),
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

"""The words of an explanation: findings turned into sections of sentences and tables."""

from __future__ import annotations

from collections.abc import Mapping

from games.payoffs import Payoffs
from stratagem.explaining.margins import TOO_SMALL
from stratagem.explaining.passing import evader_told, routes_told
from stratagem.explaining.standing import budgets_told, gaps_told, points_told, stuck_told
from stratagem.explaining.told import Told
from stratagem.presentation import words
from stratagem.presentation.tables import Cell, Column, Section, Table, Title


def tell(told: Told) -> tuple[Section, ...]:
    """Return the sections of an explanation; the first one is the answer."""
    sections = (
        _answer(told),
        _changes(told),
        routes_told(told),
        points_told(told),
        budgets_told(told),
        evader_told(told),
        gaps_told(told),
        stuck_told(told),
        _assumptions(told),
    )
    return tuple(section for section in sections if section.sentences or section.tables)


def _answer(told: Told) -> Section:
    case, here = told.case, told.payoffs[told.play]
    sentences = [f"{case.title}, {told.play} play."]
    if told.changes:
        sentences.append(told.changes)
    start = told.payoffs.get("status-quo")
    still = told.profiles[told.play] == told.profiles.get("status-quo")
    if start is None or still:
        itself = start is None or told.play == "status-quo"
        opening = "" if itself else "Nothing changes against the status quo. "
        sentences.append(
            f"{opening}The controllers together stand at {words.money(here.joint)} a year; "
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
        spent, before = words.moneys(sum(here.outlay.values()), sum(start.outlay.values()))
        sentences.append(f"They spend {spent} a year on controls instead of {before}.")
        worse = {
            name: here.total[name] - start.total[name]
            for name in here.total
            if here.total[name] < start.total[name] - 1e-6
        }
        if worse:
            ranked = sorted(worse, key=lambda name: worse[name])
            parts = [f"{told.controller(n)} by {words.money(-worse[n])}" for n in ranked]
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
        who = f" of {told.named(proof.whole)}" if proof.partly else ""
        parts.append(
            f"Every choice{who} {allowed} was tried again, and none gains"
            f"{_most(proof.regret, proof.whole, alone)}."
        )
    if proof.partly:
        who = f" by {told.named(proof.partly)}" if proof.whole else ""
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
            Title(point.owner, told.controller(point.owner)),
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


def _assumptions(told: Told) -> Section:
    case = told.case
    sentences = []
    if case.flagged:
        names = [number.name for number in case.flagged]
        some = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        sentences.append(
            f"{len(names)} of {len(case.parameters)} numbers rest on recall or on a prior: {some} "
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

"""Thresholds: how far one number may move before another portfolio is best.

The portfolio is what a play does at the scenario's own numbers. It is *still best* at another
number where no portfolio of the same play is worth more by the proven bound, up to the gap that was
asked for; it is *no longer best* where a portfolio was found that is worth more by more than the
gap, or where the portfolio breaks a budget.
Between the own number and each end of the range the place where one turns into the other is
bisected, one number at a time, all others at their own values. Both sides of a threshold are thus
certified; where a solve leaves it open, the threshold is as wide as that makes it.

Notes
-----
A portfolio that is best again further out is not looked for: what is told is the first threshold
that bisection meets from the own number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from games.errors import InputError, NotCertifiedError
from games.given import is_finite, texts, told
from scenarios.faults import nearest, shown
from scenarios.scenario import Scenario
from scenarios.worlds import worlds_with
from solvers.descent import respects_budgets
from solvers.players import weights_of
from solvers.plays import parse_play
from stratagem.limits import TIME_LIMIT, check_settings, ignore
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table
from stratagem.studies.held import FIXED, STATUS_QUO
from stratagem.studies.sweeps import LEDGER, sweep

WIDTH = 0.01
"""Width of a threshold at which bisection stops, as a share of the range."""

GAP = 1e-4
"""Relative gap below which two portfolios count as equally good, by default."""


@dataclass(frozen=True)
class Threshold:
    """Where a portfolio stops being best as one number moves towards one end of its range.

    Attributes
    ----------
    towards : `low` or `high`.
    stays, changes : the furthest number at which it is certified to be still best, and the nearest
        at which another is certified to be better; None where it stays best to the end.
    better : bn USD a year that the best portfolio brings more there.
    instead : {control point: (option of the portfolio, option that is better)} there.
    """

    name: str
    unit: str
    own: float
    towards: str
    stays: float
    changes: float | None
    better: float
    instead: dict[str, tuple[str, str]]


@dataclass(frozen=True, repr=False)
class Thresholds(Page):
    """Thresholds of one portfolio, number by number."""

    scenario: str
    scenario_title: str
    scenario_hash: str
    play: str
    portfolio: dict[str, str]
    thresholds: tuple[Threshold, ...]
    gap: float

    def table(self) -> Table:
        """Return one row for each number and side."""
        rows: list[tuple[Cell, ...]] = []
        for one in self.thresholds:
            changed = ", ".join(f"{point}: {new}" for point, (_, new) in one.instead.items())
            rows.append(
                (one.name, one.unit, one.own, one.towards, one.stays, one.changes, changed or None)
            )
        columns = (
            Column("number"),
            Column("unit", wide=True),
            Column("own"),
            Column("towards"),
            Column("still best at"),
            Column("no longer at"),
            Column("better there"),
        )
        note = "- where it stays best to the end of the range."
        return Table("", columns, tuple(rows), note)

    def sections(self) -> tuple[Section, ...]:
        """Return the table."""
        title = f"{self.scenario_title}: where {self.play} play would do something else"
        return (Section(title, tables=(self.table(),)),)

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "scenario": self.scenario,
            "scenario_hash": self.scenario_hash,
            "play": self.play,
            "portfolio": self.portfolio,
            "gap": self.gap,
            "thresholds": plain(self.thresholds),
        }


def thresholds(
    scenario: Scenario,
    names: Sequence[str],
    *,
    play: str = "coordinated",
    gap: float = GAP,
    width: float = WIDTH,
    progress: Callable[[int, int], None] = ignore,
    **options: Any,
) -> Thresholds:
    """Return how far each number may move before another portfolio is best.

    Parameters
    ----------
    names : parameters to move, one at a time, over their ranges.
    play : a play with one outcome, such as coordinated or alone:USA.
    gap : relative difference up to which portfolios count as equally good.
    width : at which bisection stops, as a share of the range.
    options : as for `sweep`.

    Raises
    ------
    InputError
        When a number or a play is not known, or the play has a best and a worst outcome.
    NotCertifiedError, LimitError
        When the play has no answer at the own numbers.
    """
    _check(scenario, names, gap=gap, width=width)
    parsed = parse_play(scenario.game, play)
    if parsed.stable or not parsed.players:
        raise InputError(
            f"play {shown(play)}: expected a play with one outcome, such as coordinated, "
            "alone:USA or only:chips"
        )
    search = _Search(scenario, play, gap, options)
    found = []
    for number, name in enumerate(names):
        found += [search.threshold(name, towards, width) for towards in ("low", "high")]
        progress(number + 1, len(names))
    return Thresholds(
        scenario.name, scenario.title, scenario.hash, play, search.portfolio, tuple(found), gap
    )


@dataclass(frozen=True)
class _Probe:
    """What was found at one number: whether the portfolio is certified to be best, or not to be."""

    best: bool
    beaten: bool
    better: float
    instead: dict[str, tuple[str, str]]


class _Search:
    """Solves at numbers of the range; the ledger remembers."""

    def __init__(self, scenario: Scenario, play: str, gap: float, options: dict[str, Any]) -> None:
        self.scenario, self.play, self.gap = scenario, play, gap
        self.options = {"ledger": LEDGER, **options, "gap": gap}
        self.player = parse_play(scenario.game, play).players[0]
        (row,) = sweep(scenario, plays=[play], **self.options).rows
        if not row.answer.solved:
            raise NotCertifiedError(f"{play} at the scenario's own numbers: {row.answer.message}")
        self.profile = scenario.game.profile(row.answer.profile)
        today = scenario.game.option_names(scenario.game.status_quo)
        self.portfolio = {k: o for k, o in row.answer.profile.items() if o != today[k]}

    def threshold(self, name: str, towards: str, width: float) -> Threshold:
        number = self.scenario.parameters[name]
        end = number.low if towards == "low" else number.high
        stays, changes, at = number.value, None, _Probe(True, False, 0.0, {})
        if end != number.value:
            probe = self.probe(name, end)
            if probe.best:
                stays = end
            elif probe.beaten:
                changes, at = end, probe
        while changes is not None and abs(changes - stays) > width * (number.high - number.low):
            middle = (stays + changes) / 2
            probe = self.probe(name, middle)
            if probe.best:
                stays = middle
            elif probe.beaten:
                changes, at = middle, probe
            else:
                break
        return Threshold(
            name, number.unit, number.value, towards, stays, changes, at.better, at.instead
        )

    def probe(self, name: str, value: float) -> _Probe:
        """Solve the play with one number moved, and hold the portfolio against what it finds."""
        worlds = worlds_with(self.scenario, {name: [value]})
        held = ",".join(f"{point}={option}" for point, option in self.portfolio.items())
        fixed = f"{FIXED}{held}" if held else STATUS_QUO
        found = sweep(self.scenario, worlds=worlds, plays=[self.play, fixed], **self.options)
        best, here = (row.answer for row in found.rows)
        if not best.solved or not here.solved or best.regret is None:
            return _Probe(False, False, 0.0, {})
        most, mine = (sum(one.payoffs[m] for m in self.player.members) for one in (best, here))
        slack = self.gap * max(1.0, abs(most))
        game = worlds.game(0)
        weights = weights_of(game, self.player, game.status_quo, harm=0.0)
        affordable = respects_budgets(game, weights, self.profile)
        instead = {
            point: (option, best.profile[point])
            for point, option in self.scenario.game.option_names(self.profile).items()
            if best.profile[point] != option
        }
        return _Probe(
            best=affordable and mine >= most + best.regret - slack,
            beaten=not affordable or most - mine > slack,
            better=most - mine if affordable else 0.0,
            instead=instead,
        )


def _check(scenario: Scenario, names: Sequence[str], *, gap: float, width: float) -> None:
    faults = []
    if isinstance(names, Sequence) and not names:
        faults.append("numbers: expected at least one parameter, found none")
    for name in texts("numbers", names):
        number = scenario.parameters.get(name)
        if number is None:
            advice = nearest(name, scenario.parameters, advice="parameters.csv holds their names")
            faults.append(f"numbers: expected a parameter, found {shown(name)} - {advice}")
        elif not number.low < number.high:
            faults.append(
                f"numbers: expected a parameter with a range, found {name}, which is exact"
            )
    if not (is_finite(width) and 0 < width < 1):
        faults.append(f"width: expected a share of the range in (0, 1), found {told(width)}")
    if faults:
        raise InputError(*faults)
    check_settings(jobs=None, seed=0, time_limit=TIME_LIMIT, gap=gap)

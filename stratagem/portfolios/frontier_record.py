"""Frontiers: what they hold, and how they show themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from games.errors import InputError
from games.given import is_finite, one_text, told
from games.layered import LayeredGame
from scenarios.scenario import Scenario
from stratagem.cases import case_of
from stratagem.limits import check_settings
from stratagem.portfolios.frontier import (
    Step,
    Walk,
    cheapest,
    counting_harm_alone,
    dearest,
    known_controller,
    over_layers,
    solver_of,
    walk,
    with_budget,
    with_joint_budget,
)
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table

if TYPE_CHECKING:
    import pandas

Over = Literal["joint budget", "budget", "layers", "cost"]
OVERS: tuple[Over, ...] = get_args(Over)
"""What can grow along a frontier."""

GAP = 1e-4
"""Relative gap of every step, by default."""

TOLERANCE = 0.01
"""bn USD a year: steps of the payoff that are lower are not looked for, by default."""

MOST_NAMED = 4
"""Changes that are named at a step; the run folder has them all."""

_AXES: dict[Over, tuple[str, str]] = {
    "joint budget": ("spent by all", "bn USD/yr"),
    "budget": ("spent", "bn USD/yr"),
    "layers": ("layers", ""),
    "cost": ("cost of all", "bn USD/yr"),
}

_IN_TIME = " found in the time."


@dataclass(frozen=True, repr=False, eq=False)
class Frontier(Page):
    """How the best portfolio changes with what may be spent.

    Attributes
    ----------
    over : what grows along it.
    whose : the controller whose budget it is, empty for all.
    game : the game as solved; for `cost` its payoffs count harm alone.
    """

    scenario: str
    scenario_title: str
    scenario_hash: str
    over: Over
    whose: str
    game: LayeredGame = field(repr=False)
    found: Walk
    tolerance: float
    gap: float
    seed: int
    time_limit: float
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def points(self) -> list[dict[str, Any]]:
        """Return one entry per step, by rising budget."""
        rows = []
        before: Step | None = None
        for step in self.found.steps:
            names = self.game.option_names(step.result.profile)
            old = {} if before is None else self.game.option_names(before.result.profile)
            rows.append(
                {
                    "spent": step.spent,
                    "best_up_to": step.up_to,
                    "payoff": step.payoff,
                    "bound": plain(step.bound),
                    "months": sum(step.result.payoffs.months.values()),
                    "harm": sum(step.result.payoffs.harm.values()),
                    "layers": list(step.layers),
                    "profile": names,
                    "changed": {k: o for k, o in names.items() if before and old[k] != o},
                    "certificate": plain(step.result.certificate),
                }
            )
            before = step
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return the frontier as plain JSON values."""
        return {
            "scenario": self.scenario,
            "scenario_title": self.scenario_title,
            "scenario_hash": self.scenario_hash,
            "over": self.over,
            "whose": self.whose,
            "points": self.points(),
            "complete": self.found.complete,
            "open": self.found.open,
            "solved": self.found.solved,
            "tolerance": self.tolerance,
            "gap_asked": self.gap,
            "seed": self.seed,
            "time_limit": self.time_limit,
        }

    def table(self) -> Table:
        """Return one row per step."""
        axis, unit = _AXES[self.over]
        payoff = "harm" if self.over == "cost" else "joint payoff"
        columns = [
            Column(axis, unit, digits=0 if self.over == "layers" else 3),
            Column(payoff, "bn USD/yr", digits=2),
            Column("progress", "months", digits=2),
            Column("layers" if self.over == "layers" else "changed at this step"),
        ]
        rows: list[tuple[Cell, ...]] = []
        for point in self.points():
            changed = [f"{k} {words.option(o)}" for k, o in point["changed"].items()]
            if len(changed) > MOST_NAMED:
                changed = [*changed[: MOST_NAMED - 1], f"{len(changed) - MOST_NAMED + 1} more"]
            told = point["layers"] if self.over == "layers" else changed
            amount = point["harm"] if self.over == "cost" else point["payoff"]
            rows.append((point["spent"], amount, point["months"], words.listed(told)))
        if self.over == "layers":
            columns[0] = Column("how many", digits=0)
        return Table("", tuple(columns), tuple(rows))

    def sections(self) -> tuple[Section, ...]:
        """Return the steps and what is proven."""
        return (
            Section(self.scenario_title, (self._headline(),), (self.table(),)),
            Section("", (self.proven(),)),
        )

    def _headline(self) -> str:
        count, whole = words.count(len(self.found.steps), "step"), self.found.complete
        if self.over == "layers":
            best = "The best coordinated portfolio with so many layers, over all choices of layers"
            return f"{best}." if whole else f"{best} that were tried in the time."
        if self.over == "cost":
            purse = "What can be reached at what cost, public and economic, from one purse"
            known = ". No portfolio leaves less harm at that cost." if whole else _IN_TIME
            return f"{purse}: {count}{known}"
        whose = f"the budget of {self.whose}" if self.whose else "one budget for all"
        known = "; between two it stays the same." if whole else _IN_TIME
        return f"The best joint payoff as {whose} grows: {count}{known}"

    def proven(self) -> str:
        """Return whether every step was found, or how much is open, as a sentence."""
        found = self.found
        solved = f"{words.count(found.solved, 'portfolio')} solved and certified."
        if found.complete:
            least = f" Steps of less than {self.tolerance:g} bn USD a year were not looked for."
            return f"Every step was found. {solved}" + ("" if self.over == "layers" else least)
        left = (
            "not every choice of layers was tried"
            if self.over == "layers"
            else "there may be more steps than these"
        )
        parts = [f"At the limit of time, so {left}."]
        if found.open > 0:
            parts.append(
                f"With an amount between two of them the payoff may be up to {found.open:,.2f} bn "
                "USD a year above that of the lower one."
            )
        short = sum(one.result.certificate.status == "limit" for one in found.steps)
        if short:
            parts.append(
                f"{words.count(short, 'step')} may not be the best for what it takes: "
                "`bound` in the record says what no portfolio exceeds."
            )
        return " ".join([*parts, solved])

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row per step, with the option at every control point."""
        import pandas

        return pandas.DataFrame(
            {
                **{k: v for k, v in point.items()
                   if k not in ("profile", "changed", "certificate", "layers")},
                "layers": "+".join(point["layers"]),
                **point["profile"],
            }
            for point in self.points()
        )  # fmt: skip


def frontier(
    world: Scenario | LayeredGame,
    *,
    budget: str | None = None,
    layers: bool = False,
    cost: bool = False,
    tolerance: float = TOLERANCE,
    gap: float = GAP,
    time_limit: float = 600.0,
    seed: int = 0,
    progress: Callable[[int, float], None] = lambda _solved, _open: None,
) -> Frontier:
    """Return how the best coordinated portfolio changes as more may be spent, step by step.

    Parameters
    ----------
    budget : the controller whose budget grows, all others keeping theirs; None for one budget for
        all together.
    layers : whether the number of layers grows instead.
    cost : whether the cost of all measures, public and economic, is held against the harm left.
    tolerance : bn USD a year; lower steps are not looked for.
    gap : relative gap of every step.
    time_limit : seconds; then the steps so far are returned.
    progress : called with the number of portfolios solved, and how much of the payoff is open.

    Raises
    ------
    InputError
        When something handed in is wrong.

    Examples
    --------
    >>> import stratagem as sg
    >>> [round(step.spent, 3) for step in sg.frontier(sg.load("two-layers")).found.steps]
    [0.0, 0.1, 0.2, 1.2]
    """
    check_settings(jobs=1, seed=seed, time_limit=time_limit, gap=gap)
    if (budget is not None) + layers + cost > 1:
        raise InputError("frontier: expected one of budget, layers and cost; found several")
    if not (is_finite(tolerance) and tolerance >= 0):
        raise InputError(f"tolerance: expected a finite number >= 0, found {told(tolerance)}")
    case = case_of(world)
    game = case.game
    until = time.perf_counter() + time_limit
    names = [controller.name for controller in game.controllers]
    over: Over = "joint budget"
    if layers:
        over = "layers"
        found = over_layers(
            game, "coordinated", gap=gap, time_limit=time_limit, seed=seed, until=until,
            progress=progress,
        )  # fmt: skip
    else:
        whose = names
        play = "pooled"
        budgeted: Callable[[float], LayeredGame]
        if budget is not None:
            over, play, whose = (
                "budget",
                "coordinated",
                [known_controller(game, one_text("budget", budget))],
            )

            def budgeted(amount: float) -> LayeredGame:
                return with_budget(game, whose[0], amount)
        else:
            if cost:
                over, game = "cost", counting_harm_alone(game)

            def budgeted(amount: float) -> LayeredGame:
                return with_joint_budget(game, amount)

        solve = solver_of(game, play, budgeted, whose, gap=gap, time_limit=time_limit, seed=seed)
        found = walk(
            solve,
            low=sum(cheapest(game, whose).values()),
            high=dearest(game, whose),
            tolerance=tolerance,
            until=until,
            progress=progress,
        )
    return Frontier(
        scenario=case.name,
        scenario_title=case.title,
        scenario_hash=case.hash,
        over=over,
        whose=budget or "",
        game=game,
        found=found,
        tolerance=tolerance,
        gap=gap,
        seed=seed,
        time_limit=time_limit,
        titles=case.titles,
    )

"""How the best portfolio changes with what may be spent: every step, not a grid.

Options are few, so the best payoff is a step function of a budget. A solution at budget b that
spends s is best for every budget from s to b. Budgets are therefore probed only where the payoff is
not known yet: between the largest budget solved below and the outlay of the solution above. Wide
gaps are halved first; then the walk asks for the best just below an outlay, which is the next step
exactly (bounds from neighbours as in royset2007).

Three frontiers are walked like that: the joint budget (`pooled`), the budget of one government, and
the cost of all measures against the harm that they leave.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from games.errors import InputError
from games.layered import LayeredGame, Profile
from solvers.outcomes import PlayResult
from stratagem.records.interaction import subsets
from stratagem.tasks import Task, run

RESOLUTION = 2e-6
"""bn USD a year: outlays that are closer count as one, for certificates tolerate half of it."""

WIDEST = 1.5 * RESOLUTION
"""bn USD a year: between outlays that are closer there is nothing to look into."""

HALVES = 32
"""Parts of the range down to which gaps are halved before steps are walked one by one."""


@dataclass(frozen=True)
class Step:
    """A best portfolio and the budgets that it is best for.

    Attributes
    ----------
    spent : its outlay, bn USD a year: the smallest budget that it is possible with.
    up_to : largest budget that it is proven to be best for.
    result : profile, payoffs and certificate.
    layers : for the frontier over layers, those that are used.
    """

    spent: float
    up_to: float
    result: PlayResult
    layers: tuple[str, ...] = ()

    @property
    def payoff(self) -> float:
        """The sum of the controllers' payoffs, bn USD a year."""
        return self.result.payoffs.joint

    @property
    def bound(self) -> float:
        """What no portfolio exceeds with as much to spend, bn USD a year."""
        return self.payoff + max(self.result.certificate.regret.values(), default=0.0)


@dataclass(frozen=True)
class Walk:
    """A frontier.

    Attributes
    ----------
    steps : by rising budget; each pays more than the last.
    complete : whether every step was found, to the tolerance.
    open : most that the payoff could rise by within a gap not looked into, bn USD a year.
    solved : portfolios solved.
    """

    steps: tuple[Step, ...]
    complete: bool
    open: float
    solved: int


Solve = Callable[[float, Sequence[Profile]], tuple[float, PlayResult]]
"""Returns the outlay that counts and the best play within a budget, from given starts."""


def walk(
    solve: Solve,
    *,
    low: float,
    high: float,
    tolerance: float,
    until: float,
    progress: Callable[[int, float], None] = lambda _solved, _open: None,
) -> Walk:
    """Return the frontier between two budgets.

    Parameters
    ----------
    tolerance : bn USD a year; steps that are lower are not looked for.
    until : `time.perf_counter()` from which nothing new is solved.
    progress : called with the number of solutions and what is open.
    """
    found: dict[float, Step] = {}

    def probe(budget: float) -> Step:
        near = sorted(found.values(), key=lambda one: abs(one.spent - budget))[:2]
        spent, result = solve(budget, [one.result.profile for one in near])
        found[budget] = Step(min(spent, budget), budget, result)
        return found[budget]

    probe(high)
    if high - low > RESOLUTION:
        probe(low)
    while True:
        gaps = _gaps(sorted(found.values(), key=lambda one: one.up_to), tolerance)
        widest = max((rise for rise, _, _ in gaps), default=0.0)
        progress(len(found), widest)
        if not gaps or time.perf_counter() > until:
            proven = all(one.result.certificate.status != "limit" for one in found.values())
            steps = _rising(list(found.values()), tolerance)
            return Walk(steps, proven and not gaps, widest, len(found))
        _, below, above = max(gaps, key=lambda gap: gap[0] * (gap[2] - gap[1]))
        wide = above - below > (high - low) / HALVES
        probe((below + above) / 2 if wide else above - RESOLUTION)


def _gaps(steps: Sequence[Step], tolerance: float) -> list[tuple[float, float, float]]:
    """Return (rise, budget below, outlay above) of every gap where the payoff is not known."""
    gaps = []
    for below, above in itertools.pairwise(steps):
        rise = above.payoff - below.payoff
        if rise > tolerance and above.spent - below.up_to > WIDEST:
            gaps.append((rise, below.up_to, above.spent))
    return gaps


def _rising(steps: Sequence[Step], tolerance: float) -> tuple[Step, ...]:
    """Return the steps that pay more than all cheaper ones, with the budgets they are best for."""
    kept: list[Step] = []
    for step in sorted(steps, key=lambda one: (one.spent, -one.payoff)):
        if kept and step.payoff <= kept[-1].payoff + tolerance:
            kept[-1] = replace(kept[-1], up_to=max(kept[-1].up_to, step.up_to))
        else:
            kept.append(step)
    return tuple(kept)


def solver_of(
    game: LayeredGame,
    play: str,
    budgeted: Callable[[float], LayeredGame],
    whose: Sequence[str],
    *,
    gap: float,
    time_limit: float,
    seed: int,
) -> Solve:
    """Return what solves a play of a game at a budget.

    Parameters
    ----------
    budgeted : the game at a budget.
    whose : the controllers whose outlays count.
    """

    def solve(budget: float, starts: Sequence[Profile]) -> tuple[float, PlayResult]:
        done = run(budgeted(budget), Task(play, gap, time_limit, seed), starts)
        if done.failure is not None:
            raise done.failure
        result = done.outcomes[0].result
        return sum(result.payoffs.outlay[name] for name in whose), result

    return solve


def cheapest(game: LayeredGame, names: Sequence[str]) -> dict[str, float]:
    """Return {controller: bn USD a year} of the cheapest options at its points."""
    return {
        name: sum(min(o.cost for o in game.points[k].options) for k in game.owned([name]))
        for name in names
    }


def dearest(game: LayeredGame, names: Sequence[str]) -> float:
    """Return bn USD a year of the dearest options of some controllers."""
    return sum(max(o.cost for o in game.points[k].options) for k in game.owned(names))


def with_joint_budget(game: LayeredGame, budget: float) -> LayeredGame:
    """Return the game whose budgets together are `budget`, for pooled play."""
    least = cheapest(game, [c.name for c in game.controllers])
    rest = max(0.0, budget - sum(least.values()))
    controllers = [replace(c, budget=least[c.name]) for c in game.controllers]
    controllers[0] = replace(controllers[0], budget=controllers[0].budget + rest)
    return replace(game, controllers=tuple(controllers))


def with_budget(game: LayeredGame, name: str, budget: float) -> LayeredGame:
    """Return the game where one controller has another budget."""
    return replace(
        game,
        controllers=tuple(
            replace(c, budget=budget) if c.name == name else c for c in game.controllers
        ),
    )


def counting_harm_alone(game: LayeredGame) -> LayeredGame:
    """Return the game where outlays are all costs, and payoffs count nothing but harm.

    An option's outlay is its public and economic cost, above that of the cheapest option of its
    point; so one budget over all points limits the cost of a portfolio. Money that flows earn is
    left out.
    """
    points = []
    for point in game.points:
        costs = [o.cost + o.economic_cost for o in point.options]
        least = min(costs)
        points.append(
            replace(
                point,
                options=tuple(
                    replace(o, cost=cost - least, economic_cost=least - cost)
                    for o, cost in zip(point.options, costs, strict=True)
                ),
            )
        )
    return replace(
        game,
        points=tuple(points),
        controllers=tuple(
            replace(c, budget=sum(max(o.cost for o in p.options) for p in points
                                  if p.owner == c.name))
            for c in game.controllers
        ),
    )  # fmt: skip


def over_layers(
    game: LayeredGame,
    play: str,
    *,
    gap: float,
    time_limit: float,
    seed: int,
    until: float,
    progress: Callable[[int, float], None],
) -> Walk:
    """Return the best portfolio with none, one, two, ... layers, over all choices of layers."""
    best: dict[int, Step] = {}
    choices = [(), *subsets(game.layers, len(game.layers))]
    solved = 0
    for layers in sorted(choices, key=len):
        name = f"{play}/only:{'+'.join(layers)}" if layers else "status-quo"
        if time.perf_counter() > until:
            break
        done = run(game, Task(name, gap, time_limit, seed))
        if done.failure is not None:
            raise done.failure
        result = done.outcomes[0].result
        step = Step(float(len(layers)), float(len(layers)), result, tuple(layers))
        known = best.get(len(layers))
        if known is None or step.payoff > known.payoff:
            best[len(layers)] = step
        solved += 1
        progress(solved, 0.0)
    steps = tuple(best[count] for count in sorted(best))
    return Walk(steps, solved == len(choices), 0.0, solved)


def known_controller(game: LayeredGame, name: str) -> str:
    """Return a controller's name, or raise `InputError` with those that there are."""
    names = [controller.name for controller in game.controllers]
    if name not in names:
        raise InputError(
            f"budget: expected a controller among {', '.join(names)}; found {name[:200]!r}"
        )
    return name

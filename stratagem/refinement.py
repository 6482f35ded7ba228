"""Enforcement as a continuous choice: grids of tiers refine themselves around the solution.

Plays are solved on the grid. A relaxed game (`solvers.continuum`) then bounds what each player
could reach at any enforcement between a measure's lowest and highest tier, and says in which
intervals of the grid it would. Those intervals, and the ones beside the solution for players whose
bound cannot close, are cut in three parts of equal hazard, and the plays are solved again from
where they were. It ends when no player could reach more than the tolerance beyond its payoff, or
when neither payoffs nor bounds move any more.

What was solved last is an ordinary scenario with further tiers: records, certificates and run
folders know nothing of how it came about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from games import grids
from games.errors import InputError
from games.given import is_finite, texts, told
from games.layered import LayeredGame
from scenarios import tiers
from solvers.continuum import beside, coarse, reach
from solvers.players import Player, alignment
from solvers.plays import parse_play
from solvers.world import Method
from stratagem.comparison import World, compare
from stratagem.limits import TIME_LIMIT, check_settings, ignore
from stratagem.records.comparison import Comparison
from stratagem.records.mixed import MixedRecord
from stratagem.records.plays import PlayRecord
from stratagem.records.refinement import GridBound, Refinement

PARTS = 3
"""Parts of equal hazard that an interval is cut into."""

PATIENCE = 2
"""Rounds in succession without progress after which bounds that may never close are given up."""

FINEST = 1e-9
"""Width of an interval, in hazard, below which it is cut no further."""

_Interval = tuple[int, int, int]


@dataclass(frozen=True)
class Refined:
    """Plays on a grid that refined itself, and the world with that grid."""

    comparison: Comparison
    world: World


def refine(
    world: World,
    plays: Sequence[str],
    *,
    tolerance: float,
    jobs: int | None = 1,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    gap: float = 1e-6,
    method: Method | None = None,
    progress: Callable[[PlayRecord | MixedRecord], None] = ignore,
    working: Callable[[Sequence[str]], None] = ignore,
) -> Refined:
    """Return plays solved on a grid fine enough for a tolerance; parameters as `compare`.

    Parameters
    ----------
    tolerance : bn USD a year that a player may reach beyond its payoff at other enforcement.
    time_limit : seconds for all rounds of each play; at the limit the grid stays as it is.
    progress : called with the plays on the last grid.

    Raises
    ------
    InputError
        When the tolerance is no number above zero, or no measure has several tiers on a curve.
    """
    check_settings(jobs=jobs, seed=seed, time_limit=time_limit, gap=gap)
    check_tolerance(world, tolerance)
    plays = texts("plays", plays)
    loop = _Loop(
        world,
        tolerance=tolerance,
        deadline=time.perf_counter() + time_limit * max(1, len(plays)),
        generator=np.random.default_rng(seed),
        gap=gap,
    )
    while True:
        left = max(1.0, (loop.deadline - time.perf_counter()) / max(1, len(plays)))
        working([f"{play}, grid {loop.rounds + 1}" for play in plays])
        comparison = compare(
            loop.world,
            plays,
            jobs=jobs,
            seed=seed,
            time_limit=left,
            gap=gap,
            layers=False,
            method=method,
            starts=loop.starts,
        )
        comparison = replace(comparison, time_limit=time_limit)
        refinement = loop.judged(comparison)
        if refinement is not None:
            for record in comparison.every:
                progress(record)
            return Refined(replace(comparison, refinement=refinement), loop.world)


def check_tolerance(world: World, tolerance: float) -> None:
    """Raise `InputError` where a tolerance makes no sense, or nothing can be refined."""
    if not (is_finite(tolerance) and tolerance > 0):
        raise InputError(
            f"refine: expected a tolerance > 0 in bn USD a year, found {told(tolerance)} - what a "
            "finer grid could still gain has to be allowed something"
        )
    if not grids.grids(_game(world)):
        raise InputError(
            f"refine: expected a measure with two tiers or more on an enforcement curve, found "
            f"none in {_game(world).name} - there is nothing to refine; solve it as it is"
        )


class _Loop:
    """Rounds of solving, bounding and cutting."""

    def __init__(
        self,
        world: World,
        *,
        tolerance: float,
        deadline: float,
        generator: np.random.Generator,
        gap: float,
    ) -> None:
        self.origin, self.world = world, world
        self.tolerance, self.deadline = tolerance, deadline
        self.generator, self.gap = generator, gap
        self.added: dict[tuple[str, str], list[float]] = {}
        self.starts: tuple[Mapping[str, str], ...] = ()
        self.bounds: dict[str, GridBound] = {}
        self.rounds = self.still = 0

    def judged(self, comparison: Comparison) -> Refinement | None:
        """Return what is proven about this grid if it is the last; else make the next one."""
        before, cuts = self.bounds, set[_Interval]()
        self.bounds = {}
        for record in comparison.plays:
            bound, wide = self._bounded(record, before.get(record.play))
            if bound is not None:
                self.bounds[record.play] = bound
                cuts |= wide
        self.rounds += 1
        self.starts = tuple(record.profile for record in comparison.plays)
        spending = self._spending(cuts)
        closed = all(bound.grid_gap <= self.tolerance for bound in self.bounds.values())
        self.still = 0 if self._progressed(before) else self.still + 1
        status = "closed" if closed else ""
        if not status and (not spending or self.still >= PATIENCE):
            status = "settled"
        if not status and time.perf_counter() > self.deadline:
            status = "limit"
        if status:
            number = sum(len(amounts) for amounts in self.added.values())
            bounds = tuple(self.bounds.values())
            return Refinement(status, self.tolerance, self.rounds, number, bounds)
        for grid, amounts in spending.items():
            self.added.setdefault(grid, []).extend(amounts)
        if isinstance(self.origin, LayeredGame):
            self.world = grids.refined(self.origin, self.added)
        else:
            self.world = tiers.refined(self.origin, self.added)
        return None

    def _bounded(
        self, record: PlayRecord, before: GridBound | None
    ) -> tuple[GridBound | None, set[_Interval]]:
        """Return what a play could reach at any enforcement, and the intervals to cut for it."""
        game = _game(self.world)
        deciding = [one for one in parse_play(game, record.play).players if one.points]
        if not deciding:
            return None, set()
        profile = game.profile(record.profile)
        payoffs = {one.name: sum(record.payoffs[name] for name in one.members) for one in deciding}
        reached: dict[str, float] = {}
        cuts: set[_Interval] = set()
        for one in deciding:
            left = self.deadline - time.perf_counter()
            allowed = self.tolerance / 10 / max(1.0, abs(payoffs[one.name]))
            found = reach(
                game,
                one,
                profile,
                gap=min(max(self.gap, allowed), 0.5),
                time_limit=max(1.0, left),
                generator=self.generator,
            )
            reached[one.name] = max(found.bound, payoffs[one.name])
            if before is not None and before.bound is not None:  # what it excluded stays excluded
                reached[one.name] = min(reached[one.name], before.bound)
            if reached[one.name] - payoffs[one.name] > self.tolerance:
                cuts |= self._wide(game, one, found.profile, record)
        gaps = {name: reached[name] - payoffs[name] for name in payoffs}
        single = len(deciding) == 1
        objective = payoffs[deciding[0].name] if single else record.joint_payoff
        return (
            GridBound(
                play=record.play,
                objective=objective,
                bound=reached[deciding[0].name] if single else None,
                grid_gap=max(gaps.values()),
                moved=None if before is None else objective - before.objective,
                gaps=gaps,
            ),
            cuts,
        )

    def _wide(
        self, game: LayeredGame, player: Player, relaxed: Sequence[int], record: PlayRecord
    ) -> set[_Interval]:
        cuts = coarse(game, tuple(relaxed))
        if not player.transfers or alignment(game, player.members) is None:
            cuts |= beside(game, game.profile(record.profile))
        return {cut for cut in cuts if cut[0] in player.points}

    def _progressed(self, before: Mapping[str, GridBound]) -> bool:
        """Whether a payoff moved, or a bound came closer, by a tenth of what is still open.

        Bounds of aligned players close sooner or later, whether or not they do in this round.
        """
        game = _game(self.world)
        for name, bound in self.bounds.items():
            players = [one for one in parse_play(game, name).players if one.points]
            closes = all(
                one.transfers and alignment(game, one.members) is not None for one in players
            )
            if name not in before or (closes and bound.grid_gap > self.tolerance):
                return True
            step = min(self.tolerance, 0.1 * before[name].grid_gap)
            if abs(bound.moved or 0.0) >= step or before[name].grid_gap - bound.grid_gap >= step:
                return True
        return False

    def _spending(self, cuts: set[_Interval]) -> dict[tuple[str, str], list[float]]:
        """Return where the tiers lie that cut intervals in parts of equal hazard."""
        game = _game(self.world)
        lowest = {
            (grid.point, option): grid.options[0]
            for grid in grids.grids(game)
            for option in grid.options
        }
        found: dict[tuple[str, str], list[float]] = {}
        for k, low, high in sorted(cuts):
            point = game.points[k]
            tier, least = point.options[low].enforcement, point.options[low].hazard
            most = point.options[high].hazard
            if tier is None or most - least <= FINEST:
                continue
            grid = (point.name, point.options[lowest[k, low]].name)
            found.setdefault(grid, []).extend(
                tier.curve.spending(least + (most - least) * part / PARTS)
                for part in range(1, PARTS)
            )
        return found


def _game(world: World) -> LayeredGame:
    return world if isinstance(world, LayeredGame) else world.game

"""Expected loss against the largest: portfolios of which no other is better in both.

Few profiles are all tried, and the front is exact. Else blends of the two measures (`measures`) are
minimised one after another: the ends first, then the blend at which two neighbours are equally
good, as long as that finds something better than both (a dichotomic search, aneja1979). Each
solution proves a line

    (1 - t) expected + t largest  >=  bound

for every portfolio. The points of the front are the best of all portfolios that were tried in all
worlds on the way; the lines say what no portfolio can reach between two of them.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from games.layered import Profile
from solvers.worlds.copies import Crew, in_turn
from solvers.worlds.measures import Array, Measure
from solvers.worlds.optimum import ENOUGH, best_for_worlds
from solvers.worlds.problem import ManyWorlds
from solvers.worlds.record import Progress

SOLVED = 9
"""Blends that are solved, at most."""


@dataclass(frozen=True, eq=False)
class FrontPoint:
    """A portfolio of the front.

    Attributes
    ----------
    expected, largest : loss over the worlds, bn USD a year.
    bound : no portfolio with a largest loss below that of the next point (of the last: any
        portfolio) has a smaller expected loss.
    losses : in every world, bn USD a year.
    """

    profile: Profile
    expected: float
    largest: float
    bound: float
    losses: Array

    @property
    def gap(self) -> float:
        """What is open of the expected loss, relative to it."""
        return (self.expected - self.bound) / max(1.0, abs(self.expected))


@dataclass(frozen=True)
class Front:
    """The front.

    Attributes
    ----------
    points : by rising largest and falling expected loss.
    lines : (t, bound) of every blend that was solved; empty where everything was tried.
    """

    points: tuple[FrontPoint, ...]
    lines: tuple[tuple[float, float], ...]
    seconds: float


def front(
    worlds: ManyWorlds,
    *,
    gap: float = 0.01,
    time_limit: float = 600.0,
    generator: np.random.Generator,
    crew: Crew = in_turn,
    progress: Callable[[Progress], None] = lambda _: None,
    enough: int = ENOUGH,
) -> Front:
    """Return the front of expected and largest loss.

    Parameters
    ----------
    gap : relative gap to prove for each blend.
    time_limit : seconds for all.
    enough : profiles times worlds up to which all are tried.

    Raises
    ------
    InfeasibleError
        When no portfolio respects the budgets of every world.
    """
    started = time.perf_counter()
    if math.prod(len(options) for options in worlds.allowed) * len(worlds) <= enough:
        worlds.repaired(worlds.games[0].status_quo)  # raises where nothing is affordable
        for profile in itertools.product(*worlds.allowed):
            if worlds.affords(profile):
                worlds.losses(profile)
        return Front(_points(worlds, ()), (), time.perf_counter() - started)
    lines: list[tuple[float, float]] = []
    waiting = [0.0, 1.0]
    with crew(worlds.problems) as ask:  # copies stay warm from blend to blend
        while waiting and len(lines) < SOLVED:
            share = waiting.pop(0)
            left = time_limit - (time.perf_counter() - started)
            if left <= 0 and len(lines) >= 2:
                break
            known = [point.profile for point in _points(worlds, lines)]
            found = best_for_worlds(
                worlds,
                Measure("blend", share=share),
                starts=known,
                gap=gap,
                time_limit=max(left, 1e-3) / (2 if lines else 3),
                generator=generator,
                crew=lambda _: nullcontext(ask),
                progress=progress,
                enough=0,
            )
            lines.append((share, found.bound))
            if not waiting:
                waiting = _next(_points(worlds, lines), [share for share, _ in lines], gap)
    return Front(_points(worlds, lines), tuple(sorted(lines)), time.perf_counter() - started)


def _points(worlds: ManyWorlds, lines: Sequence[tuple[float, float]]) -> tuple[FrontPoint, ...]:
    """Return the best of what was tried, by rising largest loss."""
    tried = []
    for profile, losses in worlds.tried().items():
        expected = Measure("expected").value(losses, worlds.probabilities)
        tried.append((float(losses[worlds.probabilities > 0].max()), expected, profile, losses))
    kept: list[tuple[float, float, Profile, Array]] = []
    for one in sorted(tried, key=lambda one: one[:3]):
        if not kept or one[1] < kept[-1][1] - 1e-9:
            kept.append(one)
    points = []
    for place, (largest, expected, profile, losses) in enumerate(kept):
        below = kept[place + 1][0] if place + 1 < len(kept) else math.inf
        low = expected if not lines else min(expected, least_expected(lines, below))
        points.append(FrontPoint(profile, expected, largest, low, losses))
    return tuple(points)


def least_expected(lines: Sequence[tuple[float, float]], largest: float) -> float:
    """Return what no portfolio with a smaller largest loss has an expected loss below."""
    return max(
        (
            (bound - share * largest) / (1 - share) if share else bound
            for share, bound in lines
            if share == 0 or (share < 1 and math.isfinite(largest))
        ),
        default=-math.inf,
    )


def _next(points: Sequence[FrontPoint], solved: Sequence[float], gap: float) -> list[float]:
    """Return blends at which neighbours on the hull are equally good, the widest apart first."""
    hull: list[FrontPoint] = []
    for point in points:
        while len(hull) > 1 and _turns(hull[-2], hull[-1], point) <= 0:
            hull.pop()
        hull.append(point)
    wanted = []
    for one, other in itertools.pairwise(hull):
        fall, rise = one.expected - other.expected, other.largest - one.largest
        share = fall / (fall + rise)
        new = all(abs(share - known) > 1e-3 for known in solved)
        if new and min(fall, rise) > gap * max(1.0, abs(one.expected)):
            wanted.append((-fall * rise, share))
    return [share for _, share in sorted(wanted)[:1]]


def _turns(one: FrontPoint, two: FrontPoint, three: FrontPoint) -> float:
    """Return a number above 0 where three points bend towards smaller losses."""
    return (two.largest - one.largest) * (three.expected - one.expected) - (
        three.largest - one.largest
    ) * (two.expected - one.expected)

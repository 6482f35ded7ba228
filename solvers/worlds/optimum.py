"""The best portfolio for many worlds, with a proven bound.

1. Few profiles: all are tried in all worlds, and the best is the optimum.
2. Descent finds a portfolio (`search`).
3. Expected loss and CVaR: the weights that reach the measure at that portfolio turn it into a
   weighted sum of losses, which bounds the measure of every portfolio; the sum is bounded bundle by
   bundle (`balance`, `bundles`). Where the gap stays open the bundles double. What is best for a
   bundle is tried in all worlds. A CVaR over few worlds is closed by one MILP (`tails`).
4. Regret: the best loss of every world is bounded first, one by one; then the MILP of `tails` is
   solved over the worlds where some portfolio's regret is largest, worlds being added until no
   other world has a larger one.

At the limit of time the best portfolio so far comes with the best bound so far.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.prices import first_box
from solvers.relaxation import Relaxation
from solvers.worlds.balance import balanced, effects
from solvers.worlds.bundles import BundleBound, bundle_bound
from solvers.worlds.measures import Measure
from solvers.worlds.problem import ManyWorlds, WorldProblem
from solvers.worlds.search import search
from solvers.worlds.tails import tail_bound

Array = NDArray[np.float64]
Method = Literal["enumeration", "bundles", "bundles and tail", "worst worlds"]

ENOUGH = 20_000
"""Profiles times worlds up to which all are tried."""

FIRST_WORLDS = 8
"""Worlds in which a first portfolio is looked for, where there are many more."""

FIRST_SIZE = 2
"""Worlds in a bundle to begin with: with fewer the bundles differ more, with more each takes
longer."""

SHARE, WHOLE = 0.5, 0.9
"""Share of the gap that a bundle's MILP may leave open, the rest being for how bundles differ; and
where all worlds are in one."""

TRIED = 8
"""Profiles that are best for some bundle which are tried in all worlds."""

FEW_IN_TAIL = 6
"""Worlds up to which a CVaR or a regret is put into one MILP without thinking twice."""

BEST_GAP = 1e-3
"""Relative gap to which the best loss of a single world is proven, for regret."""


@dataclass(frozen=True)
class Job:
    """One bundle to bound; plain data, so that it can go to another process.

    Attributes
    ----------
    until : `time.time()` from which nothing more is done, the same for all processes.
    """

    problems: tuple[WorldProblem, ...]
    weights: tuple[float, ...]
    candidates: tuple[Profile, ...]
    gap: float
    time_limit: float
    until: float

    def run(self) -> BundleBound:
        """Return the bound, minus infinity where the time is up."""
        left = min(self.time_limit, self.until - time.time())
        if left <= 0:
            return BundleBound(-math.inf, None, 0.0)
        return bundle_bound(
            self.problems,
            np.array(self.weights),
            candidates=self.candidates,
            gap=self.gap,
            time_limit=left,
        )


Spread = Callable[[Sequence[Job]], Iterable[tuple[int, BundleBound]]]
"""Runs jobs, in this process or others, and yields (place, bound) as they finish."""


def in_turn(jobs: Sequence[Job]) -> Iterator[tuple[int, BundleBound]]:
    """Run jobs one after another."""
    for place, job in enumerate(jobs):
        yield place, job.run()


@dataclass(frozen=True, eq=False)
class Progress:
    """How far the work is: what is being done, and value and bound so far (bn USD a year)."""

    stage: str
    done: int
    of: int
    value: float
    bound: float


@dataclass(frozen=True, eq=False)
class Alone:
    """The best portfolio for each world by itself.

    Attributes
    ----------
    low : what no portfolio's loss in the world is below, as proven, bn USD a year.
    high : the loss of the best portfolio found for it.
    profiles : those portfolios.
    """

    low: Array
    high: Array
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, eq=False)
class BestForWorlds:
    """A portfolio for many worlds and what no other can fall below.

    Attributes
    ----------
    value : its measure, bn USD a year.
    bound : proven lower bound on the measure of every portfolio.
    losses : in every world, bn USD a year.
    best : for regret, `alone.low`; None otherwise.
    alone : the best for each world, None where it was not asked for.
    """

    profile: Profile
    measure: Measure
    value: float
    bound: float
    losses: Array
    best: Array | None
    alone: Alone | None
    method: Method
    seconds: float

    @property
    def gap(self) -> float:
        """The gap between value and bound, relative to the value."""
        return (self.value - self.bound) / max(1.0, abs(self.value))


def best_for_worlds(
    worlds: ManyWorlds,
    measure: Measure,
    *,
    starts: Sequence[Profile] = (),
    gap: float = 0.01,
    time_limit: float = 600.0,
    generator: np.random.Generator,
    spread: Spread = in_turn,
    progress: Callable[[Progress], None] = lambda _: None,
    enough: int = ENOUGH,
    each: bool = False,
) -> BestForWorlds:
    """Return the portfolio with the smallest measure over many worlds.

    Parameters
    ----------
    starts : profiles to descend from, beside the status quo and the strongest options.
    gap : relative gap between value and bound to reach.
    time_limit : seconds.
    spread : runs the bundles' MILPs.
    enough : profiles times worlds up to which all are tried.
    each : whether to find the best portfolio for every world by itself as well; regret always does.

    Raises
    ------
    InfeasibleError
        When no portfolio respects the budgets of every world.
    """
    solver = _Solver(
        worlds,
        measure,
        gap=gap,
        time_limit=time_limit,
        generator=generator,
        spread=spread,
        progress=progress,
    )
    return solver.solve(starts, enough=enough, each=each)


class _Solver:
    """One search on its way."""

    def __init__(
        self,
        worlds: ManyWorlds,
        measure: Measure,
        *,
        gap: float,
        time_limit: float,
        generator: np.random.Generator,
        spread: Spread,
        progress: Callable[[Progress], None],
    ) -> None:
        self.started = time.perf_counter()
        self.until = self.started + time_limit
        self.worlds, self.measure, self.gap = worlds, measure, gap
        self.generator, self.spread, self.progress = generator, spread, progress
        self.best: Array | None = None
        self.alone: Alone | None = None
        self.profile: Profile = worlds.repaired(worlds.games[0].status_quo)
        self.value, self.bound = math.inf, -math.inf

    def solve(self, starts: Sequence[Profile], *, enough: int, each: bool) -> BestForWorlds:
        worlds = self.worlds
        ends = [tuple(options[end] for options in worlds.allowed) for end in (0, -1)]
        starts = [*starts, worlds.games[0].status_quo, *ends]
        profiles = math.prod(len(options) for options in worlds.allowed)
        if profiles * len(worlds) <= enough:
            return self._enumerated()
        if self.measure.kind == "regret":
            self._regret(starts)
            return self._result("worst worlds")
        self._descend(starts)
        self._bundles()
        method: Method = "bundles"
        if not self._closed() and self.measure.tail > 0:
            self._tail()
            method = "bundles and tail"
        if each:
            self._each()
        return self._result(method)

    def _enumerated(self) -> BestForWorlds:
        """Try every profile in every world."""
        worlds = self.worlds
        profiles = [p for p in itertools.product(*worlds.allowed) if worlds.affords(p)]
        losses = np.array([worlds.losses(profile) for profile in profiles])
        least = losses.argmin(axis=0)
        low = losses.min(axis=0)
        self.alone = Alone(low, low, tuple(profiles[place] for place in least))
        if self.measure.kind == "regret":
            self.best = low
        values = [self.measure.value(one, worlds.probabilities, self.best) for one in losses]
        place = int(np.argmin(values))
        self.profile, self.value, self.bound = profiles[place], values[place], values[place]
        return self._result("enumeration")

    def _descend(self, starts: Sequence[Profile]) -> None:
        """Find a portfolio: from all starts in a few worlds, from the best of these in all."""
        self._tell("first portfolio", 0, 1)
        worlds = self.worlds
        if len(worlds) > 2 * FIRST_WORLDS:
            losses = worlds.losses(self.profile)
            weights = self.measure.weights(losses, worlds.probabilities, self.best)
            chosen = np.argsort(-weights, kind="stable")[: max(FIRST_WORLDS, 1)]
            if self.measure.kind == "expected":
                chosen = self.generator.choice(len(worlds), size=FIRST_WORLDS, replace=False)
            few = worlds.part(chosen)
            profile, _ = search(
                few,
                Measure("expected"),
                starts=[few.repaired(s) for s in starts],
                generator=self.generator,
            )
            starts = [profile]
        self.profile, self.value = search(
            worlds, self.measure, best=self.best, starts=starts, generator=self.generator
        )

    def _try(self, profile: Profile | None) -> None:
        """Keep a profile if it is better in all worlds together."""
        if profile is None or not self.worlds.affords(profile) or self.worlds.knows(profile):
            return
        losses = self.worlds.losses(profile)
        value = self.measure.value(losses, self.worlds.probabilities, self.best)
        if value < self.value:
            self.profile, self.value = profile, value

    def _bundles(self) -> None:
        """Bound a weighted sum of losses by ever larger bundles."""
        worlds = self.worlds
        before: Profile | None = None
        bundles: list[NDArray[np.int64]] = []
        bounds: list[float] = []
        weights = worlds.probabilities
        while not self._closed() and time.perf_counter() < self.until:
            losses = worlds.losses(self.profile)
            if before is None or (self.measure.tail > 0 and before != self.profile):
                weights = self.measure.weights(losses, worlds.probabilities)
                members = np.flatnonzero(weights)
                change = effects(worlds, self.profile, members)
                groups = balanced(change, weights[members], FIRST_SIZE)
                bundles = [members[group] for group in groups]
                before = self.profile
            elif len(bundles) == 1:
                break
            else:  # those that leave most open come first, two by two
                open_ = [
                    float(weights[b] @ losses[b]) - bound
                    for b, bound in zip(bundles, bounds, strict=True)
                ]
                order = np.argsort(-np.array(open_), kind="stable")
                bundles = [
                    np.concatenate([bundles[i] for i in order[at : at + 2]])
                    for at in range(0, len(order), 2)
                ]
                bounds = [
                    math.fsum(bounds[i] for i in order[at : at + 2])
                    for at in range(0, len(order), 2)
                ]
            if len(bounds) != len(bundles):
                bounds = [self._relaxed(bundle, weights) for bundle in bundles]
            self._bound_bundles(bundles, bounds, weights)

    def _bound_bundles(
        self, bundles: Sequence[NDArray[np.int64]], bounds: list[float], weights: Array
    ) -> None:
        """Raise the bounds of bundles in place, until the gap is closed or the time is up."""
        whole = len(bundles) == 1
        jobs = self._jobs(bundles, weights, self.gap * (WHOLE if whole else SHARE))
        size = max(len(bundle) for bundle in bundles)
        stage = "all worlds at once" if whole else f"bundles of {size} worlds"
        self.bound = max(self.bound, math.fsum(bounds))
        self._tell(stage, 0, len(jobs))
        found: dict[Profile, int] = {}
        for done, (place, outcome) in enumerate(self.spread(jobs), start=1):
            bounds[place] = max(bounds[place], outcome.bound)
            if outcome.profile is not None:
                found[outcome.profile] = found.get(outcome.profile, 0) + 1
            self.bound = max(self.bound, math.fsum(bounds))
            self._tell(stage, done, len(jobs))
            if self._closed():
                return
        for profile in sorted(found, key=lambda one: -found[one])[:TRIED]:
            if time.perf_counter() > self.until:
                return
            self._try(profile)
        self._polish()

    def _jobs(self, bundles: Sequence[NDArray[np.int64]], weights: Array, gap: float) -> list[Job]:
        left = max(1.0, self.until - time.perf_counter())
        return [
            Job(
                problems=tuple(self.worlds.problems[w] for w in bundle),
                weights=tuple(float(weights[w]) for w in bundle),
                candidates=(self.profile,),
                gap=gap,
                time_limit=left if len(bundles) == 1 else max(10.0, 8 * left / len(bundles)),
                until=time.time() + left,
            )
            for bundle in bundles
        ]

    def _polish(self) -> None:
        """Descend from the best profile found."""
        if time.perf_counter() < self.until:
            profile, value = search(
                self.worlds,
                self.measure,
                best=self.best,
                starts=[self.profile],
                generator=self.generator,
            )
            if value < self.value:
                self.profile, self.value = profile, value

    def _tail(self) -> None:
        """Put the tail of a CVaR into one MILP, over ever more of the worst worlds."""
        worlds, measure = self.worlds, self.measure
        order = np.argsort(-worlds.losses(self.profile), kind="stable")
        reached = np.cumsum(worlds.probabilities[order])
        size = min(len(order), int(np.searchsorted(reached, 1 - measure.tail - 1e-12)) + 1)
        size = min(len(order), max(size, FEW_IN_TAIL))
        while not self._closed() and (left := self.until - time.perf_counter()) > 0:
            self._tell(f"the worst {size} worlds at once", 0, 1)
            order = np.argsort(-worlds.losses(self.profile), kind="stable")[:size]
            outcome = tail_bound(
                [worlds.problems[w] for w in order],
                measure,
                probabilities=worlds.probabilities[order],
                target=self.value,
                gap=self.gap / 2,
                time_limit=left,
            )
            self.bound = max(self.bound, outcome.bound)
            self._try(outcome.profile)
            if size == len(worlds):
                break
            size = min(len(worlds), 2 * size)

    def _each(self) -> Alone:
        """Find the best portfolio for every world by itself."""
        worlds = self.worlds
        single = [np.array([world]) for world in range(len(worlds))]
        ones = np.ones(len(worlds))
        low = np.array([self._relaxed(bundle, ones) for bundle in single])
        high = worlds.losses(self.profile).copy()
        profiles = [self.profile] * len(worlds)
        self._tell("the best of each world", 0, len(worlds))
        for done, (place, outcome) in enumerate(
            self.spread(self._jobs(single, ones, BEST_GAP)), start=1
        ):
            low[place] = max(low[place], outcome.bound)
            if outcome.profile is not None:
                loss = worlds.loss(place, outcome.profile)
                if loss < high[place]:
                    high[place], profiles[place] = loss, outcome.profile
            self._tell("the best of each world", done, len(worlds))
        self.alone = Alone(np.minimum(low, high), high, tuple(profiles))
        return self.alone

    def _regret(self, starts: Sequence[Profile]) -> None:
        """Bound the best loss of every world, then the regret over the worlds that matter."""
        worlds = self.worlds
        self.profile, _ = search(
            worlds, Measure("expected"), starts=starts, generator=self.generator
        )
        alone = self._each()
        self.best, high = alone.low, alone.high
        often = Counter(alone.profiles).most_common(2)
        self.profile, self.value = search(
            worlds,
            self.measure,
            best=self.best,
            starts=[self.profile, *(profile for profile, _ in often)],
            generator=self.generator,
        )
        self.bound = 0.0
        chosen = [int(np.argmax(worlds.losses(self.profile) - self.best))]
        while not self._closed() and (left := self.until - time.perf_counter()) > 0:
            self._tell(f"{len(chosen)} worlds of large regret", 0, 1)
            outcome = tail_bound(
                [worlds.problems[w] for w in chosen],
                self.measure,
                probabilities=np.ones(len(chosen)),
                best=high[chosen],
                target=self.value,
                gap=self.gap / 4,
                time_limit=left,
            )
            self.bound = max(self.bound, outcome.bound)
            if outcome.profile is None:
                break
            self._try(outcome.profile)
            self._polish()
            regrets = worlds.losses(outcome.profile) - self.best
            worst = int(np.argmax(regrets))
            if worst in chosen:
                break
            chosen.append(worst)

    def _relaxed(self, bundle: NDArray[np.int64], weights: Array) -> float:
        """Return what the worlds' relaxations prove about a bundle."""
        total = 0.0
        for world in bundle:
            one = self.worlds.problems[world]
            value = Relaxation(one.network, one.weights, first_box(one.network)).value()
            total += float(weights[world]) * (value - one.constant)
        return total

    def _closed(self) -> bool:
        return self.value - self.bound <= self.gap * max(1.0, abs(self.value))

    def _tell(self, stage: str, done: int, of: int) -> None:
        self.progress(Progress(stage, done, of, self.value, self.bound))

    def _result(self, method: Method) -> BestForWorlds:
        return BestForWorlds(
            profile=self.profile,
            measure=self.measure,
            value=self.value,
            bound=min(self.bound, self.value),
            losses=self.worlds.losses(self.profile),
            best=self.best,
            alone=self.alone,
            method=method,
            seconds=time.perf_counter() - self.started,
        )

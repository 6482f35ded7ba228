"""The best portfolio for many worlds, with a proven bound.

1. Few profiles: all are tried in all worlds, and the best is the optimum.
2. Descent finds a portfolio (`search`).
3. Each world gets a copy of the decision (`copies`), and charges that make the copies agree
   (`charges`): in rounds, the worlds tell which portfolios are good under the charges, and the
   charges follow from these. For CVaR and regret the weights of the worlds are found with the
   charges. What the copies choose is tried in all worlds.
4. Where nothing better turns up, the bound is proven in every world that counts. If some world
   misses by more than the gap allows, rounds go on from what it found.
5. What agreement leaves open over a few worlds is closed by one MILP (`together`): for regret over
   the worlds where some portfolio's regret is largest, worlds being added until no other world has
   a larger one.

For regret the best loss of every world is bounded before, one by one, without charges.

At the limit of time the best portfolio so far comes with the best bound so far.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.worlds.charges import Charged, agreeing, uncharged
from solvers.worlds.copies import Answer, Ask, Crew, Question, in_turn
from solvers.worlds.measures import Measure
from solvers.worlds.problem import ManyWorlds
from solvers.worlds.search import search
from solvers.worlds.together import together_bound

Array = NDArray[np.float64]
Method = Literal["enumeration", "agreement", "agreement and one program"]

ENOUGH = 20_000
"""Profiles times worlds up to which all are tried."""

FIRST_WORLDS = 8
"""Worlds in which a first portfolio is looked for, where there are many more."""

PROOFS = 3
"""Proofs at most, each after more rounds."""

ROUNDS = 14
"""Rounds of agreement before a proof, at most."""

SETTLED = 0.1
"""Share of the gap up to which agreement may miss the portfolio's value, to stop early."""

SLACK, LEAST = 0.85, 0.15
"""Share of what is open that the bounds of the worlds may miss; share of the gap, at least."""

SHARE_OF_ROUNDS = 0.35
"""Share of the time after which rounds end for a proof, whatever is left."""

TRIED = 4
"""Portfolios of copies which are tried in all worlds, each round."""

KEPT = 250
"""Portfolios of each world from which charges are made."""

IN_TAIL = 6
"""Worlds that take part in a tail or a largest regret, at least."""

FEW = 6
"""Worlds up to which all of them may be put into one MILP."""

BEST_GAP = 1e-3
"""Relative gap to which the best loss of a single world is proven, for regret."""

Known = dict[Profile, float]


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
    crew: Crew = in_turn,
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
    crew : who answers for the worlds.
    enough : profiles times worlds up to which all are tried.
    each : whether to find the best portfolio for every world by itself as well; regret always does.

    Raises
    ------
    InfeasibleError
        When no portfolio respects the budgets of every world.
    """
    with crew(worlds.problems) as ask:
        solver = _Solver(
            worlds,
            measure,
            gap=gap,
            time_limit=time_limit,
            generator=generator,
            ask=ask,
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
        ask: Ask,
        progress: Callable[[Progress], None],
    ) -> None:
        self.started = time.perf_counter()
        self.until = self.started + time_limit
        self.worlds, self.measure, self.gap = worlds, measure, gap
        self.generator, self.ask, self.progress = generator, ask, progress
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
        self._descend(starts)
        if each or self.measure.kind == "regret":
            self._each()
        if self.measure.kind == "regret":
            self._descend([self.profile, *self._frequent()])
            self.bound = 0.0
        self._agree()
        method: Method = "agreement"
        if not self._closed():
            method = "agreement and one program"
            (self._worst if self.measure.kind == "regret" else self._together)()
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
        measure = self.measure
        if measure.kind == "regret" and self.best is None:
            measure = Measure("expected")
        if len(worlds) > 2 * FIRST_WORLDS:
            losses = worlds.losses(self.profile)
            weights = measure.weights(losses, worlds.probabilities, self.best)
            chosen = np.argsort(-weights, kind="stable")[:FIRST_WORLDS]
            if measure.kind == "expected":
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
            worlds, measure, best=self.best, starts=starts, generator=self.generator
        )

    def _try(self, profile: Profile | None) -> None:
        """Keep a profile if it is better in all worlds together."""
        if profile is None or not self.worlds.affords(profile) or self.worlds.knows(profile):
            return
        losses = self.worlds.losses(profile)
        value = self.measure.value(losses, self.worlds.probabilities, self.best)
        if value < self.value:
            self.profile, self.value = profile, value

    def _agree(self) -> None:
        """Bound the measure by copies of the decision, one a world."""
        options = 1 + max(max(options) for options in self.worlds.allowed)
        charged = uncharged(self._weights(), len(self.worlds.allowed), options)
        known: list[Known] = [{} for _ in self.worlds.problems]
        for proof in range(PROOFS):
            if self._closed() or (proof and time.perf_counter() > self.until):
                break
            charged, values = self._rounds(known, charged)
            if not self._prove(known, charged, values, patient=proof + 1 == PROOFS):
                break

    def _rounds(self, known: list[Known], charged: Charged) -> tuple[Charged, Array]:
        """Let copies and charges take turns; return the best charges and what copies reach there.

        Copies are not asked where the time is up: their values are then minus infinity.
        """
        worlds = self.worlds
        until = time.perf_counter() + SHARE_OF_ROUNDS * (self.until - time.perf_counter())
        reached, best = -np.inf, charged
        best_values = np.full(len(worlds), -np.inf)
        stale = 0
        for done in range(ROUNDS):
            if time.perf_counter() > until:
                break
            self._tell("worlds that come to agree", done, ROUNDS)
            members = self._members(charged.weights)
            values = np.full(len(worlds), np.nan)
            found: Counter[Profile] = Counter()
            for answer in self.ask(self._questions(members, known, charged, None)):
                values[answer.world] = answer.value
                found[answer.profile] += 1
                _learn(known[answer.world], answer, charged.charges[answer.world])
            total = self._total(charged, values)
            stale = 0 if total > reached + self.gap / 20 * self._scale() else stale + 1
            if total > reached:
                reached, best, best_values = total, charged, values
            for profile, _ in found.most_common(TRIED):
                self._try(profile)
            if self.value - reached <= SETTLED * self.gap * self._scale() or stale > 2:
                break
            charged = agreeing(
                [list(known[w].items()) if w in members else [] for w in range(len(worlds))],
                charged,
                limits=self.measure.limits(worlds.probabilities),
                best=self._lowest(),
                scale=self._scale(),
            )
        return best, best_values

    def _prove(self, known: list[Known], charged: Charged, values: Array, *, patient: bool) -> bool:
        """Prove the bound of every copy that counts; return whether more rounds may help.

        Unless it is patient, a proof ends after a few worlds where some do better than was known,
        and the bounds of these worlds say that the gap will stay open.
        """
        counted = [int(w) for w in np.flatnonzero(charged.weights)]
        scale = self._scale()
        expected = self._total(charged, values)
        open_ = self.gap * scale - (self.value - expected)
        tolerance = max(SLACK * open_ if np.isfinite(open_) else 0.0, LEAST * self.gap * scale)
        bounds = np.full(len(values), np.nan)
        better = done = 0
        first = counted[:: max(1, min(10, len(counted) // 8))]
        for part in (first, [w for w in counted if w not in first]):
            for answer in self.ask(self._questions(part, known, charged, tolerance)):
                world = answer.world
                bounds[world] = answer.bound
                _learn(known[world], answer, charged.charges[world])
                better += answer.value < values[world] - tolerance / 10
                done += 1
                self._tell("proof, world by world", done, len(counted))
            weights = charged.weights[first]
            missed = float(weights @ (values - bounds)[first]) / float(weights.sum())
            hopeless = self.value - expected + missed > self.gap * scale
            if part is first and better and hopeless and not patient:
                return True
        self.bound = max(self.bound, self._total(charged, bounds) - charged.residue)
        return better > 0

    def _questions(
        self,
        members: Sequence[int],
        known: Sequence[Known],
        charged: Charged,
        tolerance: float | None,
    ) -> list[Question]:
        until = time.time() + self.until - time.perf_counter()
        return [
            Question(
                world=w,
                charges=charged.charges[w],
                common=self.profile,
                starts=_least(known[w], charged.charges[w], 2),
                tolerance=tolerance,
                until=until,
            )
            for w in members
        ]

    def _weights(self) -> Array:
        """Return the weights of the worlds that reach the measure at the best portfolio."""
        worlds = self.worlds
        return self.measure.weights(worlds.losses(self.profile), worlds.probabilities, self.best)

    def _members(self, weights: Array) -> list[int]:
        """Return the worlds that take part: all, or those of the tail and as many again."""
        worlds = self.worlds
        if self.measure.kind in ("expected", "blend"):
            return [int(w) for w in np.flatnonzero(worlds.probabilities)]
        counted = np.flatnonzero(weights)
        losses = worlds.losses(self.profile) - self._lowest()
        losses[worlds.probabilities == 0] = -np.inf
        size = max(2 * int(np.count_nonzero(self._weights())), IN_TAIL)
        return sorted({int(w) for w in [*counted, *np.argsort(-losses, kind="stable")[:size]]})

    def _lowest(self) -> Array:
        """Return what losses are counted from: the best of each world for regret, else 0."""
        if self.alone is None or self.best is None:
            return np.zeros(len(self.worlds))
        return self.alone.high

    def _total(self, charged: Charged, values: Array) -> float:
        """Return the weighted sum of what copies come to."""
        counted = np.flatnonzero(charged.weights)
        return math.fsum(charged.weights[counted] * (values - self._lowest())[counted])

    def _together(self) -> None:
        """Put worlds into one MILP: all, or ever more of the worst."""
        worlds, measure = self.worlds, self.measure
        if measure.kind == "blend" or (measure.tail == 0 and len(worlds) > FEW):
            return
        reached = np.cumsum(np.sort(worlds.probabilities)[::-1])
        size = int(np.searchsorted(reached, 1 - measure.tail - 1e-12)) + 1
        size = min(len(worlds), max(size, IN_TAIL))
        while not self._closed() and (left := self.until - time.perf_counter()) > 0:
            self._tell(f"the worst {size} worlds at once", 0, 1)
            order = np.argsort(-worlds.losses(self.profile), kind="stable")[:size]
            outcome = together_bound(
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

    def _each(self) -> None:
        """Find the best portfolio for every world by itself."""
        worlds = self.worlds
        options = 1 + max(max(options) for options in worlds.allowed)
        alone = uncharged(worlds.probabilities, len(worlds.allowed), options)
        high = worlds.losses(self.profile).copy()
        low = np.full(len(worlds), -np.inf)
        profiles = [self.profile] * len(worlds)
        tolerance = BEST_GAP * max(1.0, float(np.abs(high).mean()))
        self._tell("the best of each world", 0, len(worlds))
        none: list[Known] = [{} for _ in worlds.problems]
        questions = self._questions(range(len(worlds)), none, alone, tolerance)
        for done, answer in enumerate(self.ask(questions), start=1):
            world = answer.world
            low[world] = answer.bound
            loss = worlds.loss(world, answer.profile)
            if loss < high[world]:
                high[world], profiles[world] = loss, answer.profile
            self._tell("the best of each world", done, len(worlds))
        self.alone = Alone(np.minimum(low, high), high, tuple(profiles))
        if self.measure.kind == "regret":
            self.best = self.alone.low

    def _frequent(self) -> list[Profile]:
        """Return the portfolios that are best for most worlds."""
        assert self.alone is not None
        return [profile for profile, _ in Counter(self.alone.profiles).most_common(2)]

    def _worst(self) -> None:
        """Bound the regret over the worlds where it is largest."""
        worlds = self.worlds
        assert self.alone is not None
        assert self.best is not None
        chosen = [int(np.argmax(worlds.losses(self.profile) - self.best))]
        while not self._closed() and (left := self.until - time.perf_counter()) > 0:
            self._tell(f"{len(chosen)} worlds of large regret", 0, 1)
            outcome = together_bound(
                [worlds.problems[w] for w in chosen],
                self.measure,
                probabilities=np.ones(len(chosen)),
                best=self.alone.high[chosen],
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

    def _scale(self) -> float:
        return max(1.0, abs(self.value))

    def _closed(self) -> bool:
        return self.value - self.bound <= self.gap * self._scale()

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


def _least(known: Known, charges: Array, count: int) -> tuple[Profile, ...]:
    """Return the known portfolios that cost least under charges."""
    if not known:
        return ()
    profiles = list(known)
    paid = charges[np.arange(len(charges)), np.array(profiles)].sum(axis=1)
    order = np.argsort(np.array(list(known.values())) + paid, kind="stable")[:count]
    return tuple(profiles[i] for i in order)


def _learn(known: Known, answer: Answer, charges: Array) -> None:
    """Keep what a world told, and of what was known the portfolios that cost least."""
    known.update(answer.known)
    kept = {profile: known[profile] for profile in _least(known, charges, KEPT)}
    known.clear()
    known.update(kept)

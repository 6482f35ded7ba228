"""The best portfolio so far and the bound so far: what all steps of a search share."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from games.layered import Profile
from solvers.worlds.measures import Array, Measure
from solvers.worlds.problem import ManyWorlds
from solvers.worlds.record import Alone, BestForWorlds, Method, Progress
from solvers.worlds.search import search

ROUNDING = 1e-6
"""What a bound may be above a value that is reached, relative to it, by rounding."""


class Incumbent:
    """The state of a search.

    Parameters
    ----------
    gap : relative gap between value and bound to reach.
    time_limit : seconds from now.

    Attributes
    ----------
    until : `time.perf_counter()` from which nothing new is begun.
    profile, value : the best portfolio so far and its measure.
    bound : no portfolio has a smaller measure, as far as proven.
    best : for regret, what losses are counted from; None otherwise.
    alone : the best for each world by itself, where it is known.
    """

    def __init__(
        self,
        worlds: ManyWorlds,
        measure: Measure,
        *,
        gap: float,
        time_limit: float,
        generator: np.random.Generator,
        progress: Callable[[Progress], None],
    ) -> None:
        self._started = time.perf_counter()
        self.until = self._started + time_limit
        self.worlds, self.measure, self.gap = worlds, measure, gap
        self.generator, self._progress = generator, progress
        self.profile: Profile = worlds.repaired(worlds.games[0].status_quo)
        self.value, self.bound = math.inf, -math.inf
        self.best: Array | None = None
        self.alone: Alone | None = None

    @property
    def left(self) -> float:
        """Seconds until the limit."""
        return self.until - time.perf_counter()

    @property
    def scale(self) -> float:
        """What relative gaps are relative to, bn USD a year."""
        return max(1.0, abs(self.value))

    @property
    def closed(self) -> bool:
        """Whether the gap asked for is reached."""
        return self.value - self.bound <= self.gap * self.scale

    def weights(self) -> Array:
        """Return the weights of the worlds that reach the measure at the best portfolio."""
        worlds = self.worlds
        return self.measure.weights(worlds.losses(self.profile), worlds.probabilities, self.best)

    def lowest(self) -> Array:
        """Return what losses are counted from: the best of each world for regret, else 0."""
        if self.alone is None or self.best is None:
            return np.zeros(len(self.worlds))
        return self.alone.high

    def attempt(self, profile: Profile | None) -> None:
        """Keep a profile if it is better in all worlds together."""
        if profile is None or not self.worlds.affords(profile) or self.worlds.knows(profile):
            return
        losses = self.worlds.losses(profile)
        value = self.measure.value(losses, self.worlds.probabilities, self.best)
        if value < self.value:
            self.profile, self.value = profile, value

    def descend(self, starts: Sequence[Profile], measure: Measure | None = None) -> None:
        """Keep what descent from several profiles finds, if it is better.

        Parameters
        ----------
        measure : to descend by; the search's own by default.
        """
        profile, value = search(
            self.worlds,
            measure or self.measure,
            best=self.best,
            starts=starts,
            generator=self.generator,
        )
        if value < self.value:
            self.profile, self.value = profile, value

    def raise_bound(self, bound: float) -> None:
        """Keep a bound if it is better."""
        self.bound = max(self.bound, bound)

    def tell(self, stage: str, done: int, of: int) -> None:
        """Say how far the work is."""
        self._progress(Progress(stage, done, of, self.value, self.bound))

    def result(self, method: Method) -> BestForWorlds:
        """Return what was found; the certificate refuses a bound that contradicts it."""
        rounding = self.bound - self.value <= ROUNDING * self.scale
        return BestForWorlds(
            profile=self.profile,
            measure=self.measure,
            value=self.value,
            bound=min(self.bound, self.value) if rounding else self.bound,
            losses=self.worlds.losses(self.profile),
            best=self.best,
            alone=self.alone,
            method=method,
            seconds=time.perf_counter() - self._started,
        )

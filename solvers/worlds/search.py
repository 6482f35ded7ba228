"""Good portfolios for many worlds, by coordinate descent on warm evaders.

A change is tried on a few worlds first, then on more. Where it is clearly worse there, by more than
twice the standard error of the difference, the other worlds are not asked; that may miss an
improvement, but what is found is always computed in every world.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.descent import descend
from solvers.worlds.measures import Measure
from solvers.worlds.problem import ManyWorlds

Array = NDArray[np.float64]

FEW_WORLDS = 12
"""Worlds that a change is tried on first."""

MORE = 6
"""Times as many worlds it is tried on next, and so on while that is less than half of all."""


def search(
    worlds: ManyWorlds,
    measure: Measure,
    *,
    best: Array | None = None,
    starts: Sequence[Profile],
    generator: np.random.Generator,
) -> tuple[Profile, float]:
    """Return the best profile that descent reaches from several starts, and its measure.

    Parameters
    ----------
    best : the best loss in each world, for `regret`.
    starts : profiles to begin from; those over a budget are repaired.
    """
    objective = _Objective(worlds, measure, best, generator)
    game = worlds.games[0]
    weights = replace(worlds.problems[0].weights, budgets=())  # the objective minds them
    found: tuple[Profile, float] | None = None
    for start in starts:
        objective.begin()
        one = descend(
            game, weights, objective, starts=[worlds.repaired(start)], generator=generator
        )
        if one is not None and (found is None or one[1] < found[1]):
            found = one
    if found is None:
        raise ValueError("search: expected at least one start, found none")
    return found


class _Objective:
    """The measure of a profile, infinite where budgets or a few worlds speak against it."""

    def __init__(
        self,
        worlds: ManyWorlds,
        measure: Measure,
        best: Array | None,
        generator: np.random.Generator,
    ) -> None:
        self._worlds, self._measure, self._best = worlds, measure, best
        self._generator = generator
        self.begin()

    def begin(self) -> None:
        """Forget the profile that changes are compared with."""
        self._value = math.inf
        self._losses: Array | None = None
        self._few: list[list[int]] = []

    def __call__(self, profile: Profile) -> float:
        worlds = self._worlds
        if not worlds.affords(profile):
            return math.inf
        if self._losses is not None and not worlds.knows(profile) and self._clearly_worse(profile):
            return math.inf
        losses = worlds.losses(profile)
        value = self._measure.value(losses, worlds.probabilities, self._best)
        if value < self._value:
            self._value, self._losses = value, losses
            weights = self._measure.weights(losses, worlds.probabilities, self._best)
            counted = np.flatnonzero(weights)
            self._few = []
            mixed = self._generator.permutation(counted).tolist()
            size, until = FEW_WORLDS, 0
            while 2 * size < len(counted):
                self._few.append(mixed[until:size])
                size, until = MORE * size, size
            if not self._few and len(counted) < len(worlds):
                self._few = [counted.tolist()]
        return value

    def _clearly_worse(self, profile: Profile) -> bool:
        """Return whether some of the worlds that count say that a change is for the worse."""
        if self._losses is None:
            return False
        change = np.empty(0)
        for more in self._few:
            change = np.append(change, self._worlds.losses_in(more, profile) - self._losses[more])
            if len(change) < FEW_WORLDS:  # all that count: a weighted sum bounds the measure
                return bool((change > 0).all())
            error = float(change.std(ddof=1)) / math.sqrt(len(change))
            if float(change.mean()) > 2 * error:
                return True
        return False

"""What guides the search for pure equilibria: where to branch, when to ask, what was learnt.

Nothing here decides what is true; it only decides what is looked at next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats

WHOLE = 1e-6
"""How far from an integer a column of the relaxation may be and still count as one."""

SHORTEST_WAIT, LONGEST_WAIT = 8, 256
"""Number of fractional points from one about which the oracles are asked to the next."""

DEVIATIONS = 5
"""Number of known deviations of a player that are added in one round."""


class Asking:
    """When to ask the oracles about a fractional point: the more often, the more it helps."""

    def __init__(self) -> None:
        self._wait = self._left = 1

    def due(self) -> bool:
        """Whether it is time to ask."""
        self._left -= 1
        return self._left <= 0

    def learn(self, helped: bool) -> None:
        """Take note of whether asking brought a new inequality."""
        self._wait = (
            max(self._wait // 2, SHORTEST_WAIT) if helped else min(2 * self._wait, LONGEST_WAIT)
        )
        self._left = self._wait


@dataclass(frozen=True)
class Step:
    """A branch taken: column, 0 for down or 1 for up, how far it moves, and the bound before."""

    column: int
    way: int
    distance: float
    bound: float


class Branching:
    """Chooses columns to branch on by what branching on them did to the bound before."""

    def __init__(self, whole: NDArray[np.intp], columns: int) -> None:
        self._whole = whole
        self._lost = np.zeros((2, columns))
        self._times = np.zeros((2, columns))

    def learn(self, step: Step, bound: float) -> None:
        """Take note of what a step did."""
        self._lost[step.way, step.column] += max(step.bound - bound, 0.0) / step.distance
        self._times[step.way, step.column] += 1

    def choose(self, columns: Floats) -> int:
        """Return the column whose halves are expected to lose most, both of them."""
        values = columns[self._whole]
        share = values - np.floor(values)
        candidates = np.flatnonzero(from_whole(values) > WHOLE)
        chosen = self._whole[candidates]
        times, lost = self._times[:, chosen], self._lost[:, chosen]
        usual = self._lost.sum(axis=1) / np.maximum(self._times.sum(axis=1), 1.0)
        rate = np.where(times > 0, lost / np.maximum(times, 1.0), usual[:, None])
        rate = np.maximum(rate, 1e-6 * max(float(usual.max()), 1e-300))
        away = np.vstack([share[candidates], 1.0 - share[candidates]])
        return int(chosen[np.argmax(np.prod(rate * away, axis=0))])


class Deviations:
    """The strategies of a player that were best responses to something."""

    def __init__(self, size: int) -> None:
        self._seen: set[bytes] = set()
        self._table = np.zeros((0, size))

    def add(self, strategy: Floats) -> None:
        """Remember a strategy."""
        if strategy.tobytes() not in self._seen:
            self._seen.add(strategy.tobytes())
            self._table = np.vstack([self._table, strategy])

    def better(self, worth: Floats, earned: float) -> list[Floats]:
        """Return those that earn more than a value, the best `DEVIATIONS` of them."""
        values = self._table @ worth
        order = np.argsort(-values, kind="stable")[:DEVIATIONS]
        return [self._table[k] for k in order if values[k] > earned]


def from_whole(values: Floats) -> Floats:
    """Return how far each value is from the next integer."""
    return np.abs(values - np.round(values))

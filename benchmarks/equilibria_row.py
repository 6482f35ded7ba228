"""What one method came to on one instance of the benchmark of equilibria."""

from __future__ import annotations

from dataclasses import dataclass

GAP = 1e-6
"""Relative gap that is asked of every method."""


@dataclass(frozen=True)
class Row:
    """What a cell came to.

    Parameters
    ----------
    profiles : of the game.
    found : equilibria.
    best, worst : the controllers' sum in the best and the worst of them, bn USD a year.
    best_bound, worst_bound : no equilibrium is better, or worse, than this.
    processor, clock : seconds.
    memory : MB.
    """

    instance: str
    method: str
    points: int
    profiles: float
    found: int
    best: float
    best_bound: float
    worst: float
    worst_bound: float
    processor: float
    clock: float
    memory: float

    @property
    def proven(self) -> bool:
        """Whether both ends are."""
        room = 2 * GAP * max(1.0, abs(self.worst))
        return self.best_bound - self.best <= room and self.worst - self.worst_bound <= room

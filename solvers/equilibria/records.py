"""What is handed back about pure equilibria: one of them, and a list of them with bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from games.layered import Profile


@dataclass(frozen=True)
class Equilibrium:
    """A profile from which no player gains by more than its regret.

    Attributes
    ----------
    joint : sum of all controllers' payoffs, bn USD a year.
    regrets : {player: bn USD a year}, upper bounds.
    """

    profile: Profile
    joint: float
    regrets: dict[str, float]


@dataclass(frozen=True)
class Equilibria:
    """Pure equilibria from the best for the controllers' sum to the worst.

    Attributes
    ----------
    complete : whether these are proven to be all there are.
    starts : number of starting points from which best responses were followed.
    best_bound, worst_bound : the controllers' sum is nowhere above (below) in any equilibrium, bn
        USD a year; infinite where nothing is proven.
    why : what the proof took, where there is something to say.
    """

    found: tuple[Equilibrium, ...]
    complete: bool
    method: str
    starts: int
    best_bound: float = math.inf
    worst_bound: float = -math.inf
    why: str = ""

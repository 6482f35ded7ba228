"""What a search for one portfolio for many worlds says: on its way, and in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.worlds.measures import Measure

Array = NDArray[np.float64]
Method = Literal["enumeration", "agreement", "agreement and one program"]


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

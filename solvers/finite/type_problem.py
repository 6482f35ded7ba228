"""A leader against follower types as arrays of order one, and what a strategy earns there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.commitment import TIE
from games.normal_form import Floats


@dataclass(frozen=True, eq=False)
class TypeProblem:
    """One leader's type against the follower types that it may meet.

    Attributes
    ----------
    own, other : payoffs of the leader and of each type, shape (types, strategies of the leader,
        answers), brought to the range 0 to 1.
    prior : probability of each type, all above 0.
    """

    own: Floats
    other: Floats
    prior: Floats

    def earned(self, strategy: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Return what each type's answer brings the leader, and the answers, ties in its favour."""
        received = np.einsum("i,kij->kj", strategy, self.other)
        brought = np.einsum("i,kij->kj", strategy, self.own)
        best = received >= received.max(axis=1, keepdims=True) - TIE
        brought = np.where(best, brought, -np.inf)
        return brought.max(axis=1), brought.argmax(axis=1)


@dataclass(frozen=True, eq=False)
class Found:
    """What a method found: a strategy, a bound on every strategy, both in the problem's unit."""

    strategy: Floats
    value: float
    bound: float
    nodes: int
    stopped: str = ""

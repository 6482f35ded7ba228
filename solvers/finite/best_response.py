"""Best response polytopes of a game of two players: positive matrices, and strategies at vertices.

Against the second player's mixed strategy y the first's best payoff is the largest entry of A y.
Scaling payoffs and adding a constant changes no best response; so A is made positive, and every y
is stretched until the best payoff is 1. The stretched ones form { y >= 0 : A y <= 1 }, and a row
with equality is a best response. The first player's polytope is { x >= 0 : B' x <= 1 }.

References
----------
vonstengel2007
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats, NormalFormGame
from games.rational import positive_integers
from games.scaled import between_zero_and_one
from solvers.finite.integer_tableau import solved

LARGEST = 2**20
"""Range of payoffs up to which they are handed to floating point as integers."""


@dataclass(frozen=True)
class BestResponses:
    """The polytope that holds one player's strategies.

    Attributes
    ----------
    payoffs : the other player's payoffs, shape (strategies of the other, strategies of the owner).
    exact : the same as fractions where the floats are not the game.
    """

    payoffs: Floats
    exact: NDArray[np.object_] | None

    @cached_property
    def integers(self) -> list[list[int]]:
        """The matrix A as the smallest positive integers."""
        return positive_integers(self.payoffs if self.exact is None else self.exact)

    @cached_property
    def is_integral(self) -> bool:
        """Whether `matrix` holds `integers`."""
        if self.exact is None and not self._has_integer_payoffs and self._varies:
            return False
        return max(map(max, self.integers)) <= LARGEST

    @property
    def _varies(self) -> bool:
        return bool(self.payoffs.min() < self.payoffs.max())

    @property
    def _has_integer_payoffs(self) -> bool:
        return self.exact is None and bool(np.all(self.payoffs == np.rint(self.payoffs)))

    @cached_property
    def matrix(self) -> Floats:
        """The matrix A in floating point: `integers`, or between 0.5 and 1.5 up to `error`."""
        if self.is_integral:
            return np.array(self.integers, float)
        if self.exact is None:
            return between_zero_and_one(self.payoffs) + 0.5
        spread = max(map(max, self.integers)) - 1
        return np.array([[(a - 1) / spread + 0.5 for a in row] for row in self.integers])

    @property
    def error(self) -> float:
        """By how much an entry of `matrix` may be off, as a share of the largest."""
        return 0.0 if self.is_integral else 2.0**-50

    def strategy(self, zero: int) -> tuple[Fraction, ...]:
        """Return the mixed strategy at a vertex, in fractions.

        Parameters
        ----------
        zero : mask of the variables that are zero there: bit j for the owner's strategy j, bit
            n + i for the slack of row i.
        """
        rows, columns = self.payoffs.shape
        support = [j for j in range(columns) if not zero >> j & 1]
        tight = [i for i in range(rows) if zero >> (columns + i) & 1]
        found = solved([[self.integers[i][j] for j in support] + [1] for i in tight])
        assert found is not None  # a vertex is where its tight rows meet
        weights = found[0]
        total = sum(weights)
        strategy = [Fraction(0)] * columns
        for j, weight in zip(support, weights, strict=True):
            strategy[j] = Fraction(weight, total)
        return tuple(strategy)

    def strategies_in_floats(self, zeros: Sequence[int]) -> list[tuple[float, ...]]:
        """Return the mixed strategies at some vertices, in floating point.

        Simple vertices, those with no more zero variables than they must have, are solved for
        together; the others, and those for which that goes wrong, exactly.
        """
        rows, columns = self.payoffs.shape
        every = range(rows + columns)
        simple = [zero for zero in zeros if zero.bit_count() == columns]
        basic = [[v for v in every if not zero >> v & 1] for zero in simple]
        found: dict[int, tuple[float, ...]] = {}
        try:
            tableau = np.concatenate([self.matrix, np.eye(rows)], axis=1)
            basis = tableau[:, np.array(basic, np.int64).reshape(-1, rows)].transpose(1, 0, 2)
            solution = np.linalg.solve(basis, np.ones((len(simple), rows, 1)))[:, :, 0].tolist()
        except np.linalg.LinAlgError:
            solution = []
        for zero, variables, values in zip(simple, basic, solution, strict=False):
            if min(values) > 0:
                weights = [0.0] * columns
                for v, value in zip(variables, values, strict=True):
                    if v < columns:
                        weights[v] = value
                total = math.fsum(weights)
                found[zero] = tuple(weight / total for weight in weights)
        return [
            found[zero] if zero in found else tuple(map(float, self.strategy(zero)))
            for zero in zeros
        ]


def best_responses(
    game: NormalFormGame, rows: Sequence[int], columns: Sequence[int]
) -> tuple[BestResponses, BestResponses]:
    """Return the polytopes of both players of a game, restricted to some strategies."""
    place = np.ix_(rows, columns)
    tables: list[BestResponses] = []
    for other in (1, 0):
        floats = game.payoffs[other][place]
        exact = None if game.exact is None else game.exact[other][place]
        if other == 1:
            floats, exact = floats.T, None if exact is None else exact.T
        tables.append(BestResponses(np.ascontiguousarray(floats), exact))
    return tables[0], tables[1]


def undominated(game: NormalFormGame) -> tuple[list[int], list[int]]:
    """Return the strategies left when strictly dominated ones are dropped until none is.

    Only dominance by pure strategies is looked for. A float is smaller than another only where the
    exact numbers are too.
    """
    left = [np.arange(size) for size in game.shape]
    again = True
    while again:
        again = False
        for player in (0, 1):
            table = game.payoffs[player][np.ix_(*left)]
            own = table if player == 0 else table.T
            beaten = (own[None, :, :] < own[:, None, :]).all(axis=2).any(axis=0)
            if beaten.any():
                left[player] = left[player][~beaten]
                again = True
    return left[0].tolist(), left[1].tolist()

"""The joint strategies of an integer programming game as one linear set, payoffs and all.

The columns are those of all players, then one for every product x_a x_b of variables of two players
that some payoff holds. A product with a binary variable is linear exactly (McCormick): with
y in [l, u] and binary x,

    l x <= z <= u x,   y - u (1 - x) <= z <= y - l (1 - x),

and an integer variable is first written in binary digits where its partner is not binary. So each
payoff is one linear row over the lifted columns, and so is the equilibrium inequality of a strategy
d of player i,

    deviation_gains_nothing    u_i(x) >= u_i(d, x_-i).

References
----------
mccormick1976, dragotto2023
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from games.errors import GameError
from games.normal_form import Floats
from solvers.finite.feasible import FeasibleSet, Rows
from solvers.finite.programmes import IntegerProgrammingGame


@dataclass(frozen=True)
class Inequality:
    """`worth @ columns >= least`, scaled so that the largest entry is one."""

    worth: Floats
    least: float


class Lifted:
    """Columns, rows and payoffs of the joint strategies.

    Attributes
    ----------
    lower, upper, whole, rows : the linear set, as in `FeasibleSet`.
    own_worth : x_a m_a over the columns for each player, shape (own variables, columns).
    payoff : u_i over the columns, shape (players, columns).
    offset : the first column of each player.
    """

    def __init__(self, game: IntegerProgrammingGame) -> None:
        self._game = game
        self.offset = np.concatenate([[0], np.cumsum([len(s.lower) for s in game.sets])])
        self._lower = [float(v) for s in game.sets for v in s.lower]
        self._upper = [float(v) for s in game.sets for v in s.upper]
        self._whole = [bool(v) for s in game.sets for v in s.whole]
        self._row_entries: list[dict[int, float]] = []
        self._row_limits: list[tuple[float, float]] = []
        for place, feasible in enumerate(game.sets):
            self._copy_rows(feasible, int(self.offset[place]))
        self._products: dict[tuple[int, int], dict[int, float]] = {}
        self._digits: dict[int, dict[int, float]] = {}
        for (i, j), cross in sorted(game.cross.items()):
            for a, b in zip(*np.nonzero(cross), strict=True):
                self._product(self._column(i, a), self._column(j, b))
        self.lower, self.upper = np.array(self._lower), np.array(self._upper)
        self.whole = np.array(self._whole)
        self.rows = self._sparse()
        self.own_worth = [self._worth_of_own(i) for i in range(len(game.sets))]
        self.payoff = np.array([own.sum(axis=0) for own in self.own_worth])

    def points(self, columns: Floats) -> list[Floats]:
        """Return every player's strategy out of a point of the lifted set."""
        return [
            columns[start : start + feasible.own]
            for start, feasible in zip(self.offset, self._game.sets, strict=False)
        ]

    def deviation_gains_nothing(self, player: int, strategy: Floats) -> Inequality:
        """Return u_i(x) - u_i(d, x_-i) >= 0, whose second part is linear in the others' columns."""
        game = self._game
        worth = self.payoff[player].copy()
        for other, feasible in enumerate(game.sets):
            if (player, other) in game.cross:
                start = self.offset[other]
                worth[start : start + feasible.own] -= strategy @ game.cross[player, other]
        return scaled(worth, float(game.own[player] @ strategy))

    def _column(self, player: int, variable: int) -> int:
        return int(self.offset[player]) + int(variable)

    def _copy_rows(self, feasible: FeasibleSet, start: int) -> None:
        rows = feasible.rows
        for r, limits in enumerate(zip(rows.lower.tolist(), rows.upper.tolist(), strict=True)):
            entries = slice(rows.start[r], rows.start[r + 1])
            columns = (rows.index[entries] + start).tolist()
            self._row(dict(zip(columns, rows.value[entries].tolist(), strict=True)), *limits)

    def _row(self, entries: dict[int, float], lower: float, upper: float) -> None:
        self._row_entries.append(entries)
        self._row_limits.append((lower, upper))

    def _new(self, lower: float, upper: float, *, whole: bool) -> int:
        self._lower.append(lower)
        self._upper.append(upper)
        self._whole.append(whole)
        return len(self._lower) - 1

    def _binary(self, column: int) -> bool:
        return self._whole[column] and self._lower[column] >= 0 and self._upper[column] <= 1

    def _product(self, first: int, second: int) -> dict[int, float]:
        """Return x_first x_second as a sum over columns, which are made when first asked for."""
        key = (min(first, second), max(first, second))
        if key not in self._products:
            one, two = key
            if not self._binary(one) and (self._binary(two) or not self._whole[one]):
                one, two = two, one
            if self._binary(one):
                self._products[key] = {self._linear_product(one, two): 1.0}
            else:
                total = {two: self._lower[one]} if self._lower[one] else {}
                for digit, weight in self._in_digits(one).items():
                    total[self._linear_product(digit, two)] = weight
                self._products[key] = total
        return self._products[key]

    def _in_digits(self, column: int) -> dict[int, float]:
        """Return binary columns and their weights that add up to an integer one above its bound."""
        low, high = self._lower[column], self._upper[column]
        if not self._whole[column] or not np.isfinite([low, high]).all():
            raise GameError(
                "payoffs: expected every product of two players' variables to have an integer one "
                f"with finite bounds, found one with bounds {low:g} to {high:g} - give bounds, or "
                "take sampled best responses, which need none"
            )
        if column not in self._digits:
            count = int(high - low).bit_length()
            digits = {self._new(0.0, 1.0, whole=True): float(2**k) for k in range(count)}
            self._row({column: -1.0, **digits}, -low, -low)
            self._digits[column] = digits
        return self._digits[column]

    def _linear_product(self, binary: int, other: int) -> int:
        low, high = self._lower[other], self._upper[other]
        if not np.isfinite([low, high]).all():
            raise GameError(
                "payoffs: expected finite bounds of every variable that another player's payoff "
                f"depends on, found {low:g} to {high:g} - give bounds, or take sampled best "
                "responses, which need none"
            )
        column = self._new(min(low, 0.0), max(high, 0.0), whole=False)
        free = float("inf")
        self._row({column: 1.0, binary: -high}, -free, 0.0)
        self._row({column: 1.0, other: -1.0, binary: -low}, -free, -low)
        self._row({column: 1.0, other: -1.0, binary: -high}, -high, free)
        if low != 0.0:  # otherwise it is the column's own bound
            self._row({column: 1.0, binary: -low}, 0.0, free)
        return column

    def _sparse(self) -> Rows:
        lengths = [len(entries) for entries in self._row_entries]
        limits = np.array(self._row_limits, dtype=float).reshape(-1, 2)
        return Rows(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
            np.array([c for entries in self._row_entries for c in entries], dtype=np.int32),
            np.array([v for entries in self._row_entries for v in entries.values()], dtype=float),
            limits[:, 0],
            limits[:, 1],
        )

    def _worth_of_own(self, player: int) -> Floats:
        """Return x_a m_a over the columns, one row for each variable a of a player."""
        game = self._game
        table = np.zeros((game.sets[player].own, len(self.lower)))
        for a, worth in enumerate(game.own[player]):
            table[a, self._column(player, a)] = worth
        for other in range(len(game.sets)):
            if (player, other) not in game.cross:
                continue
            cross = game.cross[player, other]
            for a, b in zip(*np.nonzero(cross), strict=True):
                product = self._product(self._column(player, a), self._column(other, b))
                for column, weight in product.items():
                    table[a, column] += weight * cross[a, b]
        return table


def scaled(worth: Floats, least: float) -> Inequality:
    """Return `worth @ columns >= least` with a largest entry of one."""
    size = float(np.abs(worth).max(initial=0.0)) or 1.0
    return Inequality(worth / size, least / size)

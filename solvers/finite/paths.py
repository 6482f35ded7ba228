"""Lemke-Howson paths in floats, from any label, many of them for one game.

The polytopes and the rule are in `lemke_howson`. Right sides are moved a little, so that hardly any
vertices coincide and paths hardly ever go round; the end of a path is a pair of supports, whose own
linear system then gives the equilibrium without the move.
"""

from __future__ import annotations

import time

import numpy as np

from games.normal_form import Floats, NormalFormGame
from games.scaled import between_zero_and_one
from solvers.finite.support_pair import SupportPair

DEPTH = 32
"""Pivots that are kept beside a tableau before they are worked into it."""

PIVOT = 1e-10
"""Entries of the tableau up to this count as 0."""

MOVE = 1e-9
"""How far the right side of 1 is moved, irregularly, so that hardly any vertices coincide."""


class Paths:
    """The two best-response polytopes of one game, for paths from any label."""

    def __init__(self, game: NormalFormGame) -> None:
        first, second = game.payoffs
        rows, columns = game.shape
        self._rows = rows
        self._total = rows + columns
        self._first = _Tableau(_positive(second).T, rows, 0)
        self._second = _Tableau(_positive(first), 0, rows)

    def follow(
        self, label: int, *, cap: int, deadline: float = np.inf, onwards: bool = False
    ) -> SupportPair | None:
        """Return the supports at the end of a path, None where it has none within its cap.

        Parameters
        ----------
        label : the one to drop.
        cap : pivots allowed.
        deadline : by `time.perf_counter`.
        onwards : start from the end of the last path, which must have had one, not from (0, 0).
        """
        first, second = self._first, self._second
        if not onwards:
            first.restart()
            second.restart()
        this, other = (first, second) if first.holds_at_zero(label) else (second, first)
        entering = label
        for pivots in range(cap):
            leaving = this.enter(entering)
            if leaving == label:
                return self._supports()
            if leaving is None or (pivots % 256 == 255 and time.perf_counter() > deadline):
                return None
            entering = leaving
            this, other = other, this
        return None

    def _supports(self) -> SupportPair:
        """Return the strategies in the two bases; unplayed ones among them come out as 0."""
        return SupportPair(
            rows=tuple(sorted(k for k in self._first.basis if k < self._rows)),
            columns=tuple(sorted(k - self._rows for k in self._second.basis if k >= self._rows)),
        )


def _positive(payoffs: Floats) -> Floats:
    """Return payoffs moved and scaled to lie between 1/4 and 5/4."""
    return between_zero_and_one(payoffs) + 0.25


class _Tableau:
    """A polytope {z >= 0 : M z <= 1} as a condensed tableau, columns exchanged for rows by pivots.

    A pivot on row r and column c changes the tableau T by one product: T - u w', where u is column
    c less the unit vector of r, and w is row r over the pivot element p, with 1 + 1/p in place c.
    The last pivots are kept as such products, because a path needs no more of the tableau than one
    column and one row at each step; now and then they are worked in together.

    Attributes
    ----------
    basis : the label of each row's variable.
    """

    def __init__(self, matrix: Floats, row_label: int, column_label: int) -> None:
        rows, columns = matrix.shape
        self._origin = np.ascontiguousarray(matrix)
        self._rows = range(row_label, row_label + rows)
        self._columns = range(column_label, column_label + columns)
        self._moved = np.ones(rows)
        self._moved += MOVE * np.random.default_rng(rows).random(rows)
        self._tall = np.empty((DEPTH, rows))
        self._wide = np.empty((DEPTH, columns))
        self._ratio = np.empty(rows)
        self._allowed = np.empty(rows, dtype=bool)
        self.restart()

    def restart(self) -> None:
        """Go back to the vertex 0."""
        self._table = self._origin
        self._kept = 0
        self._level = self._moved.copy()
        self.basis = list(self._rows)
        self._outside = {label: place for place, label in enumerate(self._columns)}

    def holds_at_zero(self, label: int) -> bool:
        """Return whether a label's variable is outside the basis."""
        return label in self._outside

    def enter(self, label: int) -> int | None:
        """Let the variable of a label into the basis; return the label of the one that leaves.

        None means that no row limits it, which only rounding can bring about.
        """
        if self._kept == DEPTH:
            self._table = self._table - np.dot(self._tall.T, self._wide)
            self._kept = 0
        kept = self._kept
        place = self._outside[label]
        tall, wide = self._tall[:kept], self._wide[:kept]
        column = self._table[:, place] - wide[:, place] @ tall
        row = self._limiting(column)
        if row is None:
            return None
        pivot = float(column[row])
        line = self._wide[kept]
        np.subtract(self._table[row], tall[:, row] @ wide, out=line)
        line /= pivot
        line[place] = 1.0 + 1.0 / pivot
        level = self._level
        step = float(level[row]) / pivot
        column[row] -= 1.0
        level -= step * column
        np.maximum(level, 0.0, out=level)
        level[row] = step
        self._tall[kept] = column
        self._kept = kept + 1
        leaving = self.basis[row]
        self.basis[row] = label
        del self._outside[label]
        self._outside[leaving] = place
        return leaving

    def _limiting(self, column: Floats) -> int | None:
        """Return the row that becomes 0 first as the entering variable grows."""
        ratio = self._ratio
        ratio.fill(np.inf)
        np.divide(self._level, column, out=ratio, where=np.greater(column, PIVOT, self._allowed))
        row = int(ratio.argmin())
        return row if ratio[row] < np.inf else None

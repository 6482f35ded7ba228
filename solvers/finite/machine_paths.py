"""The search of `lemke_howson` in machine code: what its kernel finds, one find at a time."""

from __future__ import annotations

import time
from enum import Enum
from functools import lru_cache

import numpy as np

from games.normal_form import Floats, NormalFormGame
from games.scaled import LARGEST, SMALLEST
from solvers.finite import path_kernel as kernel
from solvers.finite.machine_check import extremes_of
from solvers.finite.paths import MOVE
from solvers.finite.support_pair import SupportPair

BUDGET = 50_000_000
"""Numbers to touch between two looks at the clock: some hundredths of a second."""


class Find(Enum):
    """What the search has come to."""

    PURE = kernel.PURE
    MAYBE_ZERO_SUM = kernel.MAYBE_ZERO_SUM
    END = kernel.END
    NONE = kernel.GIVEN_UP
    LATE = kernel.UNDER_WAY


class MachineSearch:
    """A search for one equilibrium of a game of two players.

    Parameters
    ----------
    label : the only one to drop, None for all of them.
    pure : whether to begin with pure profiles, as the floats have them, and with the question
        whether this may be a zero-sum game.
    """

    def __init__(self, game: NormalFormGame, *, label: int | None, pure: bool) -> None:
        self._game = game
        rows, columns = game.shape
        self.extremes = extremes_of(game)
        floats, whole = kernel.sizes(rows, columns)
        self._floats = np.empty(floats)
        self._whole = np.zeros(whole, np.int64)
        self._whole[kernel.STEP] = 0 if pure else 2
        if label is not None:
            self._whole[kernel.ONLY] = label + 1
        self._moves = _moves(rows, columns)

    @property
    def is_fit(self) -> bool:
        """Whether the payoffs can be scaled without care."""
        return all(
            low == high or SMALLEST <= high - low <= LARGEST for low, high in self.extremes.tolist()
        )

    def next(self, deadline: float) -> Find:
        """Return what the search comes to next; `LATE` when the time is up before."""
        while True:
            found = kernel.search(
                self._game.payoffs, self.extremes, self._moves, self._floats, self._whole, BUDGET
            )
            if found != kernel.UNDER_WAY or time.perf_counter() > deadline:
                return Find(found)

    @property
    def row(self) -> Floats:
        """The probabilities found, those of both players in a row; no profile if rounding won."""
        return self._floats[: sum(self._game.shape)]

    def supports(self, find: Find) -> SupportPair:
        """Return the strategies that are played, or that stand in the bases at a path's end."""
        rows, columns = self._game.shape
        if find is Find.PURE:
            row = self.row
            return SupportPair((int(row[:rows].argmax()),), (int(row[rows:].argmax()),))
        start = kernel.HEAD + rows + columns
        basis = self._whole[start : start + rows + columns].tolist()
        return SupportPair(
            rows=tuple(sorted(k for k in basis[:columns] if k < rows)),
            columns=tuple(sorted(k - rows for k in basis[columns:] if k >= rows)),
        )


@lru_cache(maxsize=256)
def _moves(rows: int, columns: int) -> Floats:
    """Return by how much each right side is moved, as `paths` does it."""
    parts = [np.random.default_rng(size).random(size) for size in (columns, rows)]
    return MOVE * np.concatenate(parts)

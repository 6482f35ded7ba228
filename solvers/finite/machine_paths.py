"""The search of `lemke_howson` in machine code: what its kernel finds, one find at a time."""

from __future__ import annotations

import contextlib
import time
from functools import lru_cache

import numpy as np

from games.errors import GameError, NotCertifiedError
from games.normal_form import Floats, NormalFormGame
from solvers.finite.machine_check import LIMITS, certified_row
from solvers.finite.one_kernel import UNCHECKED, find
from solvers.finite.path_kernel import (
    END,
    GIVEN_UP,
    HEAD,
    MAYBE_ZERO_SUM,
    ONLY,
    PURE,
    STEP,
    UNDER_WAY,
    UNFIT,
    search,
    sizes,
)
from solvers.finite.paths import MOVE
from solvers.finite.records import Equilibrium
from solvers.finite.support_pair import SupportPair

__all__ = ["END", "GIVEN_UP", "MAYBE_ZERO_SUM", "PURE", "UNDER_WAY", "UNFIT", "MachineSearch"]

BUDGET = 50_000_000
"""Numbers to touch between two looks at the clock: some hundredths of a second."""


AT_ONCE = 5_000_000
"""Numbers to touch in a search that cannot be interrupted."""


def found_at_once(game: NormalFormGame) -> tuple[int, Equilibrium | None]:
    """Return an equilibrium and `PURE` or `END` for where it comes from, if one call will do.

    The same as `MachineSearch` from pure profiles on, in one call with the check; None where that
    has to be asked. The game is what its floats say.
    """
    _, rows, columns = game.payoffs.shape
    labels = rows + columns
    found = np.empty(labels + 4)
    come = find(game.payoffs, _moves(rows, columns), LIMITS, found, AT_ONCE)
    if come in (PURE, END):
        values = found.tolist()
        return come, Equilibrium(
            (tuple(values[:rows]), tuple(values[rows:labels])),
            tuple(values[labels : labels + 2]),
            tuple(values[labels + 2 :]),
        )
    if come >= UNCHECKED:
        with contextlib.suppress(GameError, NotCertifiedError):
            return come - UNCHECKED, certified_row(game, found[:labels])
    return come, None


class MachineSearch:
    """A search for one equilibrium of a game of two players.

    Parameters
    ----------
    label : the only one to drop, None for all of them.
    pure : whether to begin with pure profiles, as the floats have them; with a label there is
        neither that nor the question whether this may be a zero-sum game.
    """

    def __init__(self, game: NormalFormGame, *, label: int | None, pure: bool) -> None:
        self._game = game
        rows, columns = game.shape
        floats, whole = sizes(rows, columns)
        self._floats = np.empty(floats)
        self._whole = np.zeros(whole, np.int64)
        if label is not None:
            self._whole[STEP], self._whole[ONLY] = 2, label + 1
        elif not pure:
            self._whole[STEP] = 1
        self._moves = _moves(rows, columns)

    def next(self, deadline: float) -> int:
        """Return what the kernel comes to next; `UNDER_WAY` when the time is up before."""
        while True:
            found = search(self._game.payoffs, self._moves, self._floats, self._whole, BUDGET)
            if found != UNDER_WAY or time.perf_counter() > deadline:
                return found

    def certified(self) -> Equilibrium:
        """Return what was found as an equilibrium.

        Raises
        ------
        GameError, NotCertifiedError
            When rounding has won.
        """
        row = self._floats[: sum(self._game.shape)]
        return certified_row(self._game, row)

    def supports(self, find: int) -> SupportPair:
        """Return the strategies that are played, or that stand in the bases at a path's end."""
        rows, columns = self._game.shape
        if find == PURE:
            row = self._floats
            return SupportPair(
                (int(row[:rows].argmax()),), (int(row[rows : rows + columns].argmax()),)
            )
        start = HEAD + rows + columns
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

"""Pure equilibria and Lemke-Howson paths of two players, in machine code.

The same search as in `lemke_howson` and `paths`, step by step: pure profiles first, then paths
from many labels with many limits of length. What it is and why is told there. Everything that has
to outlive a call stands in two rows of numbers, so that the search can be interrupted and resumed.

What comes before any path is `path_start`, one pivot is `path_tableau`, and what an end is worth is
`path_end`; here is the search that calls them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.compiled import compiled
from solvers.finite.path_end import solved
from solvers.finite.path_start import answers, is_no_zero_sum, ordered
from solvers.finite.path_tableau import DEPTH, entered, filled, restart

Whole = NDArray[np.int64]

UNDER_WAY, PURE, MAYBE_ZERO_SUM, END, GIVEN_UP, UNFIT = range(6)
"""What a call comes back with; `UNFIT` where payoffs are too close or too far apart to scale."""

STEP, ANSWERS, NUMBER, FIRST, ONLY, ACTIVE, LABEL, CAP, PIVOTS, ENTERING, SIDE, USED = range(12)
"""Places of the search's own numbers; `USED` is the first of those that count attempts."""
LEVELS = 20
KEPT = USED + LEVELS
"""Where the state of the two tableaux stands, as `path_tableau.entered` has it."""
HEAD = KEPT + 4

FIRST_ATTEMPT = 32
LAST_ATTEMPT = 50_000
"""Pivots of the shortest and of the longest attempts, as in `lemke_howson`."""

CLOSEST, FARTHEST = 2.0**-800, 2.0**800
"""Spreads of payoffs between which their inverse and what it multiplies are floats."""


@compiled
def sizes(rows: int, columns: int) -> tuple[int, int]:
    """Return how many floats and integers a search of a game of this shape works on."""
    labels = rows + columns
    tall, wide = filled(columns), filled(rows)
    floats = labels + 4 + labels + (tall + wide) * (2 * DEPTH + 2) + columns * wide + rows * tall
    return floats, HEAD + 5 * labels


@compiled
def search(payoffs: Floats, moves: Floats, floats: Floats, whole: Whole, budget: int) -> int:
    """Go on with the search for one equilibrium; return what has come of it.

    Parameters
    ----------
    payoffs : shape (2, rows, columns).
    moves : by how much each right side is moved, those of the first tableau's rows (the second
        player's strategies) before those of the second's.
    floats, whole : as long as `sizes` says. `whole[:HEAD]` is zeros to begin with, but for `STEP`,
        which is 0, or 1 to leave out pure profiles, or 2 to leave out zero-sum games too; and for
        `ONLY`, the one label to drop and one more, or 0 for all labels.
    budget : numbers to touch before coming back with `UNDER_WAY`.

    Returns
    -------
    `PURE` or `END`, with the profile at the front of `floats`; at `END` it is worth nothing where
    the first number is below 0, and the supports are what stands in the bases.
    """
    rows, columns = payoffs.shape[1:]
    labels = rows + columns
    to_row = whole[HEAD + 4 * labels : HEAD + 4 * labels + rows]
    to_column = whole[HEAD + 4 * labels + rows : HEAD + 5 * labels]
    extremes = floats[labels : labels + 4].reshape((2, 2))
    if whole[ANSWERS] == 0:
        pure_row, pure_column = answers(payoffs, whole[STEP] == 0, to_row, to_column, extremes)
        if pure_row >= 0:
            whole[STEP] = 1
            floats[:labels] = 0.0
            floats[pure_row] = 1.0
            floats[rows + pure_column] = 1.0
            return PURE
        whole[ANSWERS] = 1
        for player in range(2):
            low, high = extremes[player]
            if low != high and not CLOSEST <= high - low <= FARTHEST:
                return UNFIT
    if whole[STEP] < 2:
        whole[STEP] = 2
        if not is_no_zero_sum(payoffs, extremes):
            return MAYBE_ZERO_SUM
    wide, tall = filled(rows), filled(columns)  # of the first tableau, and the other way round
    place = labels + 4
    level_first = floats[place : place + columns]
    level_second = floats[place + columns : place + labels]
    place += labels
    tall_first = floats[place : place + DEPTH * tall].reshape((DEPTH, tall))
    place += DEPTH * tall
    tall_second = floats[place : place + DEPTH * wide].reshape((DEPTH, wide))
    place += DEPTH * wide
    wide_first = floats[place : place + DEPTH * wide].reshape((DEPTH, wide))
    place += DEPTH * wide
    wide_second = floats[place : place + DEPTH * tall].reshape((DEPTH, tall))
    place += DEPTH * tall
    scratch = floats[place : place + 2 * (wide + tall)]
    place += 2 * (wide + tall)
    own_first = floats[place : place + columns * wide].reshape((columns, wide))
    place += columns * wide
    own_second = floats[place : place + rows * tall].reshape((rows, tall))
    state = whole[KEPT : KEPT + 4]
    order = whole[HEAD : HEAD + labels]
    basis_first = whole[HEAD + labels : HEAD + labels + columns]
    basis_second = whole[HEAD + labels + columns : HEAD + 2 * labels]
    outside_first = whole[HEAD + 2 * labels : HEAD + 3 * labels]
    outside_second = whole[HEAD + 3 * labels : HEAD + 4 * labels]
    if whole[NUMBER] == 0:
        whole[NUMBER] = 1
        if whole[ONLY] == 0:
            whole[FIRST] = ordered(to_row, to_column, order)
    spent = 0
    while spent < budget:
        if whole[ACTIVE] == 0:
            if not _next_attempt(whole, order):
                return GIVEN_UP
            if whole[ACTIVE] == 0:
                continue
            restart(level_first, basis_first, outside_first, rows, 0)
            restart(level_second, basis_second, outside_second, 0, rows)
            level_first += moves[:columns]
            level_second += moves[columns:]
            state[:] = 0
            whole[ENTERING] = whole[LABEL]
            whole[SIDE] = 0 if whole[LABEL] < rows else 1
            whole[PIVOTS] = 0
            spent += labels
        while True:
            if whole[PIVOTS] == whole[CAP] or spent >= budget:
                break
            side, entering = whole[SIDE], whole[ENTERING]
            kept = state[side]
            if side == 0:
                leaving = entered(
                    payoffs, extremes, own_first, tall_first, wide_first,
                    level_first, basis_first, outside_first, scratch, state, entering, 0,
                )  # fmt: skip
            else:
                leaving = entered(
                    payoffs, extremes, own_second, tall_second, wide_second,
                    level_second, basis_second, outside_second, scratch, state, entering, 1,
                )  # fmt: skip
            spent += (kept + 3) * labels + (rows * columns * kept if kept == DEPTH else 0)
            whole[PIVOTS] += 1
            if leaving == whole[LABEL]:
                whole[ACTIVE] = 0
                if not solved(payoffs, extremes, basis_first, basis_second, floats[:labels]):
                    floats[0] = -1.0
                return END
            if leaving < 0:
                whole[PIVOTS] = whole[CAP]
                break
            whole[ENTERING] = leaving
            whole[SIDE] = 1 - side
        if whole[PIVOTS] == whole[CAP]:
            whole[ACTIVE] = 0
    return UNDER_WAY


@compiled
def _next_attempt(whole: Whole, order: Whole) -> bool:
    """Choose label and length of the next path, or pass over one; False after the last."""
    if whole[ONLY]:
        if whole[NUMBER] > 1:
            return False
        whole[NUMBER] = 2
        whole[LABEL], whole[CAP], whole[ACTIVE] = whole[ONLY] - 1, LAST_ATTEMPT, 1
        return True
    if whole[USED] < whole[FIRST]:
        whole[LABEL], whole[CAP], whole[ACTIVE] = order[whole[USED]], FIRST_ATTEMPT, 1
        whole[USED] += 1
        return True
    number = whole[NUMBER]
    whole[NUMBER] += 1
    level = 0
    while number % 4 == 0:
        number //= 4
        level += 1
    cap = FIRST_ATTEMPT * 4**level
    if whole[USED + level] < order.size:
        whole[LABEL], whole[CAP], whole[ACTIVE] = order[whole[USED + level]], cap, 1
        whole[USED + level] += 1
        return True
    return bool(cap < min(LAST_ATTEMPT, 100 * order.size))

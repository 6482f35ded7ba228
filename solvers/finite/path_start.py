"""Before any path: what is read off the payoffs of two players once, in machine code.

Best responses and extremes, a pure equilibrium if there is one, whether this may be a zero-sum game
in disguise, and in which order labels are dropped: those on cycles of best responses come first,
since strategies of an equilibrium are more often found there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.compiled import compiled
from solvers.finite.extent_kernel import extent

Whole = NDArray[np.int64]


@compiled
def answers(
    payoffs: Floats, pure: bool, to_row: Whole, to_column: Whole, extremes: Floats
) -> tuple[int, int]:
    """Write down best responses and extremes, unless there is a pure equilibrium to return.

    Returns
    -------
    The first equilibrium in pure strategies by row, then column, if it is asked for; or -1.
    """
    rows, columns = payoffs.shape[1:]
    ours, theirs = payoffs[0], payoffs[1]
    least, most = ours[0].copy(), ours[0].copy()
    for i in range(1, rows):
        for j in range(columns):
            value = ours[i, j]
            least[j] = value if value < least[j] else least[j]
            most[j] = value if value > most[j] else most[j]
    extremes[0, 0], extremes[0, 1] = least.min(), most.max()
    extremes[1, 0], extremes[1, 1] = theirs[0, 0], theirs[0, 0]
    for i in range(rows):
        line = theirs[i]
        low, high = extent(line)
        extremes[1, 0] = min(extremes[1, 0], low)
        extremes[1, 1] = max(extremes[1, 1], high)
        first = -1
        for j in range(columns):
            if line[j] == high:
                if pure and ours[i, j] == most[j]:
                    return i, j
                if first < 0:
                    first = j
        to_row[i] = first
    for i in range(rows - 1, -1, -1):
        for j in range(columns):
            to_column[j] = i if ours[i, j] == most[j] else to_column[j]
    return -1, -1


@compiled
def is_no_zero_sum(payoffs: Floats, extremes: Floats) -> bool:
    """Say whether a game is certainly no zero-sum game, in disguise either.

    In such a game what one player gains from a change of row and column together, beyond what each
    change brings by itself, is a fixed and negative multiple of what the other does.
    """
    rows, columns = payoffs.shape[1:]
    unit = max(abs(extremes[0, 0]), abs(extremes[0, 1]))
    other = max(abs(extremes[1, 0]), abs(extremes[1, 1]))
    if unit == 0.0 or other == 0.0:
        return False
    ours, theirs = payoffs[0], payoffs[1]
    factor = 0.0
    for i in range(1, rows):
        for j in range(1, columns):
            a = ((ours[i, j] - ours[0, j]) - (ours[i, 0] - ours[0, 0])) / unit
            b = ((theirs[i, j] - theirs[0, j]) - (theirs[i, 0] - theirs[0, 0])) / other
            if factor > 0.0:
                if abs(a + factor * b) > 1e-6 * max(1.0, factor):
                    return True
            elif abs(b) > 1e-3 and abs(a) > 1e-6 * abs(b):
                factor = -a / b
                if factor < 0.0:
                    return True
    return False


@compiled
def ordered(to_row: Whole, to_column: Whole, order: Whole) -> int:
    """Write the labels in their order, those on cycles of best responses first; count these."""
    rows = to_row.size
    into = np.zeros(rows, np.int64)  # rows from which one step leads here
    for i in range(rows):
        into[to_column[to_row[i]]] += 1
    for start in range(rows):  # a row that no row leads to is on no cycle, nor counts its own step
        i = start
        while into[i] == 0:
            into[i] = -1
            i = to_column[to_row[i]]
            into[i] -= 1
    chosen = np.zeros(order.size, np.bool_)
    count = 0
    for i in range(rows):
        if into[i] > 0:
            order[count] = i
            order[count + 1] = rows + to_row[i]
            chosen[i] = chosen[rows + to_row[i]] = True
            count += 2
    place = count
    for label in range(order.size):
        if not chosen[label]:
            order[place] = label
            place += 1
    return count

"""One pivot of a tableau of best responses, in machine code.

A tableau here is a table of rows by columns, with what has been pivoted since beside it: `tall` and
`wide` products, `level` the values of the basic variables, `basis` their labels, and `outside` the
column of each label that is not basic, -1 where it is. The table is read off the payoffs, moved and
scaled on the way, since a short path needs few of its rows and columns; it is written down once the
products are to be worked into it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.compiled import compiled

Whole = NDArray[np.int64]

DEPTH = 32
"""Products that are kept beside a table before they are worked into it."""

PIVOT = 1e-10
"""Entry of the entering column that counts as above zero; payoffs are scaled to [1/4, 5/4]."""

ALIGNED = 16
"""Rows of numbers are filled up with zeros to multiples of this: loops then have no remainder."""


@compiled
def filled(size: int) -> int:
    """Return the length of a row of numbers with the zeros at its end."""
    return -(-size // ALIGNED) * ALIGNED


@compiled
def scale(extremes: Floats, player: int) -> tuple[float, float]:
    """Return what is taken from payoffs and what they are multiplied by, to lie in [0, 1]."""
    low, high = extremes[player, 0], extremes[player, 1]
    return low, 1.0 / (high - low) if high > low else 1.0


@compiled
def restart(level: Floats, basis: Whole, outside: Whole, row_label: int, column_label: int) -> None:
    """Go back to the vertex 0."""
    level[:] = 1.0
    outside[:] = -1
    for i in range(basis.size):
        basis[i] = row_label + i
    for j in range(outside.size - basis.size):
        outside[column_label + j] = j


@compiled
def entered(
    payoffs: Floats,
    extremes: Floats,
    own: Floats,
    tall: Floats,
    wide: Floats,
    level: Floats,
    basis: Whole,
    outside: Whole,
    scratch: Floats,
    state: Whole,
    entering: int,
    side: int,
) -> int:
    """Let a label into the basis; return the one that leaves, -1 where nothing limits it.

    Parameters
    ----------
    extremes : smallest and largest payoff of each player, shape (2, 2).
    own : the table, once it is written down.
    tall, wide, level, basis, outside : as above.
    scratch : room for a row of numbers.
    state : products kept beside each of the two tableaux, and whether each has its own table.
    side : 0 for the first tableau, 1 for the second.
    """
    # No parts of arrays are taken here: each would cost as much as a row of numbers.
    rows, columns = basis.size, outside.size - basis.size
    low, rate = scale(extremes, 1 - side)
    kept = state[side]
    if kept == DEPTH:
        if not state[2 + side]:
            for i in range(rows):
                for j in range(columns):
                    value = payoffs[1, j, i] if side == 0 else payoffs[0, i, j]
                    own[i, j] = (value - low) * rate + 0.25
                for j in range(columns, own.shape[1]):
                    own[i, j] = 0.0
        for i in range(rows):
            _take_off(own, i, wide, tall, i, kept)
        state[2 + side] = 1
        kept = 0
    written = state[2 + side] == 1
    place = outside[entering]
    _read(payoffs, low, rate, own, written, side, False, place, tall, kept, rows)
    _take_off(tall, kept, tall, wide, place, kept)
    for i in range(rows):
        scratch[i] = level[i] / tall[kept, i]
    for i in range(rows):
        scratch[i] = scratch[i] if tall[kept, i] > PIVOT else np.inf
    for i in range(rows, tall.shape[1]):
        scratch[i] = np.inf
    low_a = low_b = low_c = low_d = np.inf  # side by side, as each comparison waits for the last
    for i in range(0, tall.shape[1], 4):
        low_a = scratch[i] if scratch[i] < low_a else low_a
        low_b = scratch[i + 1] if scratch[i + 1] < low_b else low_b
        low_c = scratch[i + 2] if scratch[i + 2] < low_c else low_c
        low_d = scratch[i + 3] if scratch[i + 3] < low_d else low_d
    least = min(min(low_a, low_b), min(low_c, low_d))
    if least == np.inf:
        return -1
    row = 0
    while scratch[row] != least:
        row += 1
    pivot = tall[kept, row]
    _read(payoffs, low, rate, own, written, side, True, row, wide, kept, columns)
    _take_off(wide, kept, wide, tall, row, kept)
    for j in range(columns):
        wide[kept, j] /= pivot
    wide[kept, place] = 1.0 + 1.0 / pivot
    step = level[row] / pivot
    tall[kept, row] -= 1.0
    for i in range(rows):
        value = level[i] - step * tall[kept, i]
        level[i] = value if value > 0.0 else 0.0
    level[row] = step
    state[side] = kept + 1
    leaving = int(basis[row])
    basis[row] = entering
    outside[entering] = -1
    outside[leaving] = place
    return leaving


@compiled
def _read(
    payoffs: Floats,
    low: float,
    rate: float,
    own: Floats,
    written: bool,
    side: int,
    row: bool,
    place: int,
    lines: Floats,
    kept: int,
    count: int,
) -> None:
    """Write a row of a table, or a column, into a line of numbers and zeros."""
    if written:
        for i in range(count):
            lines[kept, i] = own[place, i] if row else own[i, place]
    elif row == (side == 1):  # the first table is turned
        for i in range(count):
            lines[kept, i] = (payoffs[1 - side, place, i] - low) * rate + 0.25
    else:
        for i in range(count):
            lines[kept, i] = (payoffs[1 - side, i, place] - low) * rate + 0.25
    for i in range(count, lines.shape[1]):
        lines[kept, i] = 0.0


@compiled
def _take_off(
    values: Floats, at: int, lines: Floats, factors: Floats, place: int, kept: int
) -> None:
    """Take from a row of numbers the first `kept` lines, each times a factor; four at a time."""
    k = 0
    while k + 4 <= kept:
        a, b = factors[k, place], factors[k + 1, place]
        c, d = factors[k + 2, place], factors[k + 3, place]
        for j in range(values.shape[1]):
            values[at, j] -= (a * lines[k, j] + b * lines[k + 1, j]) + (
                c * lines[k + 2, j] + d * lines[k + 3, j]
            )
        k += 4
    while k < kept:
        factor = factors[k, place]
        for j in range(values.shape[1]):
            values[at, j] -= factor * lines[k, j]
        k += 1

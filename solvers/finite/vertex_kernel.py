"""The walk over the vertices of a best response polytope in machine code.

Model, ties and proof are those of `vertices`; here one basis is taken at a time, from a queue in
which those wait that were met and not yet looked at. What was ever met stands in a table of keys.
The walk comes back whenever something has to grow, and now and then so that somebody can look at
the clock.

The columns of N for slacks that are basic are those of the unit matrix, to the last bit: a pivot
leaves them alone or makes them so. So the proof need only look at the columns of strategies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.compiled import compiled

Whole = NDArray[np.int64]

DONE, FULL, PAUSED, UNPROVEN = range(4)
"""What a call comes back with."""

HEAD, TAIL, KNOWN, MET = range(4)
"""Places of the walk's own numbers: of the queue's two ends, keys in the table, bases proven."""

LARGEST_INTEGER = 2.0**52
GOLDEN = -7046029254386353131  # 2^64 over the golden ratio, as a signed number


@compiled
def walk(
    matrix: Floats,
    right: Floats,
    tilt: Floats,
    limits: Floats,
    state: Whole,
    inverses: Floats,
    bases: Whole,
    scales: Floats,
    keys: Whole,
    table: Whole,
    met: Whole,
    budget: int,
) -> int:
    """Go on with a walk; return what has come of it.

    Parameters
    ----------
    matrix : A > 0, shape (m, n).
    right, tilt : the right side, and the part u of it, shape (m,).
    limits : relative error of a product; largest entry; and the largest number that multiplies the
        inverse in exact arithmetic, 0 where entries are not the true integers.
    state : the walk's own numbers. Queue, table and list are to hold the start.
    inverses, bases, scales, keys : the queue, a ring: N, the variable of each row, |det M|, and the
        zero variables as bits.
    table : keys met, -1 where there is none; its size is a power of 2.
    met : zero variables of the vertex of each basis proven.
    budget : bases to look at before coming back.
    """
    rows, columns = matrix.shape
    room = len(keys)
    strategies = np.empty((rows, columns))
    solution = np.empty(rows)
    whole = np.empty((rows, rows))
    for _ in range(budget):
        if state[HEAD] == state[TAIL]:
            return DONE
        if (
            state[TAIL] - state[HEAD] + columns > room
            or 2 * (state[KNOWN] + columns) > len(table)
            or state[MET] == len(met)
        ):
            return FULL
        at = state[HEAD] % room
        inverse, basis, key = inverses[at], bases[at], keys[at]
        for i in range(rows):
            value = 0.0
            for k in range(rows):
                value += inverse[i, k] * right[k]
            if not value > 0.0:
                return UNPROVEN
            solution[i] = value
        for i in range(rows):
            for j in range(columns):
                strategies[i, j] = 0.0
            for k in range(rows):
                factor = inverse[i, k]
                if factor != 0.0:
                    for j in range(columns):
                        strategies[i, j] += factor * matrix[k, j]
        zero = _proven(matrix, tilt, limits, inverse, basis, key, scales[at], strategies, whole)
        if zero < 0:
            return UNPROVEN
        met[state[MET]] = zero
        state[MET] += 1
        for entering in range(rows + columns):
            if not key >> entering & 1:
                continue
            row = -1
            most = 0.0
            if entering < columns:
                column = strategies[:, entering]
            else:
                column = inverse[:, entering - columns]
            for i in range(rows):
                if column[i] > most * solution[i]:
                    most = column[i] / solution[i]
                    row = i
            if row < 0:
                return UNPROVEN
            end = key ^ (1 << entering) ^ (1 << basis[row])
            if not _is_new(table, end):
                continue
            state[KNOWN] += 1
            to = state[TAIL] % room
            state[TAIL] += 1
            after = inverses[to]
            pivot = column[row]
            for k in range(rows):
                after[row, k] = inverse[row, k] / pivot
            for i in range(rows):
                if i != row:
                    factor = column[i]
                    for k in range(rows):
                        after[i, k] = inverse[i, k] - factor * after[row, k]
            bases[to] = basis
            bases[to, row] = entering
            scales[to] = scales[at] * pivot
            keys[to] = end
        state[HEAD] += 1
    return PAUSED


@compiled
def _is_new(table: Whole, key: int) -> bool:
    """Note a key in the table; False where it stands there already."""
    mask = len(table) - 1
    place = ((key * GOLDEN) >> 20) & mask
    while table[place] != -1:
        if table[place] == key:
            return False
        place = (place + 1) & mask
    table[place] = key
    return True


@compiled
def noted(table: Whole, keys: Whole) -> None:
    """Write keys into a table that has none of them."""
    for key in keys:
        _is_new(table, key)


@compiled
def _proven(
    matrix: Floats,
    tilt: Floats,
    limits: Floats,
    inverse: Floats,
    basis: Whole,
    key: int,
    scale: float,
    strategies: Floats,
    whole: Floats,
) -> int:
    """Return the zero variables of a basis that is proven feasible, -1 for any other."""
    rows, columns = matrix.shape
    rounding, largest, exact = limits
    worst = 0.0
    most = 0.0
    for i in range(rows):
        off, size, value = _errors(inverse, basis, key, strategies, i)
        worst = max(worst, off + size * (columns * largest * rounding))
        most = max(most, abs(value))
    plain = worst < 0.5
    if plain:
        for i in range(rows):
            off, size, value = _errors(inverse, basis, key, strategies, i)
            off += size * (columns * largest * rounding)
            bound = off * (most / (1.0 - worst)) + size * rounding
            plain = plain and value > 2.0 * bound
    if plain:
        return key
    if exact == 0.0:
        return -1
    multiple = np.rint(scale)
    most = 0.0
    for i in range(rows):
        for k in range(rows):
            whole[i, k] = np.rint(inverse[i, k] * multiple)
            most = max(most, abs(whole[i, k]))
    if not (rows * exact * most < LARGEST_INTEGER and multiple > 0.0):
        return -1
    zero = key
    for i in range(rows):
        for j in range(columns):
            if not key >> j & 1:
                value = 0.0
                for k in range(rows):
                    value += whole[i, k] * matrix[k, j]
                if value != (multiple if basis[i] == j else 0.0):
                    return -1
        value = 0.0
        tilted = 0.0
        for k in range(rows):
            value += whole[i, k]
            tilted += whole[i, k] * tilt[k]
        if value == 0.0 and tilted > 0.0:
            zero |= 1 << basis[i]
        elif not value > 0.0:
            return -1
    return int(zero)


@compiled
def _errors(
    inverse: Floats, basis: Whole, key: int, strategies: Floats, row: int
) -> tuple[float, float, float]:
    """Return for a row the sums of |N M - I| and of |N|, and the value of its variable."""
    off = 0.0
    for j in range(strategies.shape[1]):
        if not key >> j & 1:
            off += abs(strategies[row, j] - (1.0 if basis[row] == j else 0.0))
    size = 0.0
    value = 0.0
    for k in range(len(inverse)):
        size += abs(inverse[row, k])
        value += inverse[row, k]
    return off, size, value

"""Pure equilibria and Lemke-Howson paths of two players, in machine code.

The same search as in `lemke_howson` and `paths`, step by step: pure profiles first, then paths
from many labels with many limits of length. What it is and why is told there. Everything that has
to outlive a call stands in two rows of numbers, so that the search can be interrupted and resumed.

A tableau here is a table of rows by columns, with what has been pivoted since beside it: `tall` and
`wide` products, `level` the values of the basic variables, `basis` their labels, and `outside` the
column of each label that is not basic, -1 where it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.compiled import compiled

Whole = NDArray[np.int64]

UNDER_WAY, PURE, MAYBE_ZERO_SUM, END, GIVEN_UP, UNFIT = range(6)
"""What a call comes back with; `UNFIT` where payoffs are too close or too far apart to scale."""

STEP, SCALED, NUMBER, FIRST, ONLY, ACTIVE, LABEL, CAP, PIVOTS, ENTERING, SIDE, USED = range(12)
"""Places of the search's own numbers; `USED` is the first of those that count attempts."""
LEVELS = 20
KEPT = USED + LEVELS
"""Products kept beside each of the two tableaux, and then whether it has a table of its own."""
HEAD = KEPT + 4

DEPTH = 32
PIVOT = 1e-10
FIRST_ATTEMPT = 32
LAST_ATTEMPT = 50_000
CLOSEST, FARTHEST = 2.0**-800, 2.0**800
NEGLIGIBLE = 1e-12
ASTRAY = 1e-6


def sizes(rows: int, columns: int) -> tuple[int, int]:
    """Return how many floats and integers a search of a game of this shape works on."""
    labels = rows + columns
    floats = labels + 4 + 4 * rows * columns + 2 * labels + 2 * DEPTH * labels + labels
    return floats, HEAD + 4 * labels


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
    if whole[STEP] == 0:
        whole[STEP] = 1
        pure_row, pure_column = _first_pure(payoffs)
        if pure_row >= 0:
            floats[:labels] = 0.0
            floats[pure_row] = 1.0
            floats[rows + pure_column] = 1.0
            return PURE
    extremes = floats[labels : labels + 4].reshape((2, 2))
    if whole[SCALED] == 0:
        whole[SCALED] = 1
        for player in range(2):
            low, high = _extremes(payoffs[player])
            extremes[player, 0], extremes[player, 1] = low, high
            if low != high and not CLOSEST <= high - low <= FARTHEST:
                return UNFIT
    if whole[STEP] == 1:
        whole[STEP] = 2
        if not _is_no_zero_sum(payoffs, extremes):
            return MAYBE_ZERO_SUM
    place = labels + 4
    first = floats[place : place + rows * columns].reshape((columns, rows))
    place += rows * columns
    second = floats[place : place + rows * columns].reshape((rows, columns))
    place += rows * columns
    own_first = floats[place : place + rows * columns].reshape((columns, rows))
    place += rows * columns
    own_second = floats[place : place + rows * columns].reshape((rows, columns))
    place += rows * columns
    level_first = floats[place : place + columns]
    place += columns
    level_second = floats[place : place + rows]
    place += rows
    tall_first = floats[place : place + DEPTH * columns].reshape((DEPTH, columns))
    place += DEPTH * columns
    tall_second = floats[place : place + DEPTH * rows].reshape((DEPTH, rows))
    place += DEPTH * rows
    wide_first = floats[place : place + DEPTH * rows].reshape((DEPTH, rows))
    place += DEPTH * rows
    wide_second = floats[place : place + DEPTH * columns].reshape((DEPTH, columns))
    place += DEPTH * columns
    scratch = floats[place : place + labels]
    order = whole[HEAD : HEAD + labels]
    basis_first = whole[HEAD + labels : HEAD + labels + columns]
    basis_second = whole[HEAD + labels + columns : HEAD + 2 * labels]
    outside_first = whole[HEAD + 2 * labels : HEAD + 3 * labels]
    outside_second = whole[HEAD + 3 * labels : HEAD + 4 * labels]
    if whole[STEP] == 2:
        whole[STEP] = 3
        _fill(payoffs, extremes, first, second)
        if whole[ONLY] == 0:
            whole[FIRST] = _ordered(payoffs, order)
        whole[NUMBER] = 1
    spent = 0
    while spent < budget:
        if whole[ACTIVE] == 0:
            if not _next_attempt(whole, order):
                return GIVEN_UP
            if whole[ACTIVE] == 0:
                continue
            _restart(level_first, basis_first, outside_first, rows, 0)
            _restart(level_second, basis_second, outside_second, 0, rows)
            level_first += moves[:columns]
            level_second += moves[columns:]
            whole[KEPT : KEPT + 4] = 0
            whole[ENTERING] = whole[LABEL]
            whole[SIDE] = 0 if whole[LABEL] < rows else 1
            whole[PIVOTS] = 0
            spent += labels
        while True:
            if whole[PIVOTS] == whole[CAP] or spent >= budget:
                break
            side = whole[SIDE]
            kept = whole[KEPT + side]
            if side == 0:
                leaving = _entered(
                    own_first if whole[KEPT + 2] else first, own_first, tall_first, wide_first,
                    level_first, basis_first, outside_first, scratch, whole, 0,
                )  # fmt: skip
            else:
                leaving = _entered(
                    own_second if whole[KEPT + 3] else second, own_second, tall_second, wide_second,
                    level_second, basis_second, outside_second, scratch, whole, 1,
                )  # fmt: skip
            spent += (kept + 3) * labels + (rows * columns * kept if kept == DEPTH else 0)
            whole[PIVOTS] += 1
            if leaving == whole[LABEL]:
                whole[ACTIVE] = 0
                if not _solved(first, second, basis_first, basis_second, floats[:labels]):
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
def _first_pure(payoffs: Floats) -> tuple[int, int]:
    """Return the first equilibrium in pure strategies by row, then column; -1 if there is none."""
    rows, columns = payoffs.shape[1:]
    most = payoffs[0, 0].copy()
    for i in range(1, rows):
        for j in range(columns):
            value = payoffs[0, i, j]
            most[j] = value if value > most[j] else most[j]
    for i in range(rows):
        line = payoffs[1, i]
        best = line[0]
        for j in range(1, columns):
            best = line[j] if line[j] > best else best
        for j in range(columns):
            if line[j] == best and payoffs[0, i, j] == most[j]:
                return i, j
    return -1, -1


@compiled
def _extremes(table: Floats) -> tuple[float, float]:
    """Return the smallest and the largest entry, looking at all columns side by side."""
    least, most = table[0].copy(), table[0].copy()
    for i in range(1, len(table)):
        for j in range(table.shape[1]):
            value = table[i, j]
            least[j] = value if value < least[j] else least[j]
            most[j] = value if value > most[j] else most[j]
    return least.min(), most.max()


@compiled
def _is_no_zero_sum(payoffs: Floats, extremes: Floats) -> bool:
    """Say whether a game is certainly no zero-sum game, in disguise either.

    In such a game what one player gains from a change of row and column together, beyond what each
    change brings by itself, is a fixed and negative multiple of what the other does.
    """
    rows, columns = payoffs.shape[1:]
    if rows < 2:
        return False
    unit = max(abs(extremes[0, 0]), abs(extremes[0, 1]))
    other = max(abs(extremes[1, 0]), abs(extremes[1, 1]))
    if unit == 0.0 or other == 0.0:
        return False
    ours, theirs = payoffs[0], payoffs[1]
    factor = 0.0
    for j in range(1, columns):
        a = ((ours[1, j] - ours[0, j]) - (ours[1, 0] - ours[0, 0])) / unit
        b = ((theirs[1, j] - theirs[0, j]) - (theirs[1, 0] - theirs[0, 0])) / other
        if factor == 0.0:
            if abs(b) > 1e-3:
                factor = -a / b
                if factor <= 1e-6:
                    return bool(factor < -1e-6)
        elif abs(a + factor * b) > 1e-6 * max(1.0, factor):
            return True
    return False


@compiled
def _fill(payoffs: Floats, extremes: Floats, first: Floats, second: Floats) -> None:
    """Write the payoffs moved and scaled to lie between 1/4 and 5/4, the second player's turned."""
    rows, columns = second.shape
    low, high = extremes[0]
    unit = high - low if high > low else 1.0
    for i in range(rows):
        for j in range(columns):
            second[i, j] = (payoffs[0, i, j] - low) / unit + 0.25
    low, high = extremes[1]
    unit = high - low if high > low else 1.0
    for i in range(rows):
        for j in range(columns):
            first[j, i] = (payoffs[1, i, j] - low) / unit + 0.25


@compiled
def _ordered(payoffs: Floats, order: Whole) -> int:
    """Write the labels in their order, those on cycles of best responses first; count these."""
    rows, columns = payoffs.shape[1:]
    most = payoffs[0, 0].copy()
    to_column = np.zeros(columns, np.int64)
    for i in range(1, rows):
        for j in range(columns):
            if payoffs[0, i, j] > most[j]:
                most[j] = payoffs[0, i, j]
                to_column[j] = i
    to_row = np.empty(rows, np.int64)
    for i in range(rows):
        to_row[i] = payoffs[1, i].argmax()
    step = to_column[to_row]
    on_cycle = np.zeros(rows, np.bool_)
    for i in range(rows):  # a row from which as many steps as there are rows lead is on a cycle
        on_cycle[i] = True
    for _ in range(rows):
        reached = np.zeros(rows, np.bool_)
        for i in range(rows):
            if on_cycle[i]:
                reached[step[i]] = True
        same = True
        for i in range(rows):
            if on_cycle[i] != reached[i]:
                same = False
        on_cycle = reached
        if same:
            break
    chosen = np.zeros(rows + columns, np.bool_)
    count = 0
    for i in range(rows):
        if on_cycle[i]:
            order[count] = i
            order[count + 1] = rows + to_row[i]
            chosen[i] = chosen[rows + to_row[i]] = True
            count += 2
    place = count
    for label in range(rows + columns):
        if not chosen[label]:
            order[place] = label
            place += 1
    return count


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


@compiled
def _restart(
    level: Floats, basis: Whole, outside: Whole, row_label: int, column_label: int
) -> None:
    """Go back to the vertex 0."""
    level[:] = 1.0
    outside[:] = -1
    for i in range(basis.size):
        basis[i] = row_label + i
    for j in range(outside.size - basis.size):
        outside[column_label + j] = j


@compiled
def _entered(
    table: Floats,
    own: Floats,
    tall: Floats,
    wide: Floats,
    level: Floats,
    basis: Whole,
    outside: Whole,
    scratch: Floats,
    whole: Whole,
    side: int,
) -> int:
    """Let a label into the basis; return the one that leaves, -1 where nothing limits it."""
    rows, columns = table.shape
    kept = whole[KEPT + side]
    if kept == DEPTH:
        if not whole[KEPT + 2 + side]:
            for i in range(rows):
                for j in range(columns):
                    own[i, j] = table[i, j]
        for i in range(rows):
            _take_off(own[i], wide, tall, i, kept)
        table = own
        whole[KEPT + 2 + side] = 1
        kept = 0
    entering = whole[ENTERING]
    place = outside[entering]
    column = scratch[:rows]
    for i in range(rows):
        column[i] = table[i, place]
    _take_off(column, tall, wide, place, kept)
    row = -1
    least = np.inf
    for i in range(rows):
        if column[i] > PIVOT and level[i] < least * column[i]:
            least = level[i] / column[i]
            row = i
    if row < 0:
        return -1
    pivot = column[row]
    line = wide[kept]
    for j in range(columns):
        line[j] = table[row, j]
    _take_off(line, wide, tall, row, kept)
    for j in range(columns):
        line[j] /= pivot
    line[place] = 1.0 + 1.0 / pivot
    step = level[row] / pivot
    column[row] -= 1.0
    for i in range(rows):
        value = level[i] - step * column[i]
        level[i] = value if value > 0.0 else 0.0
        tall[kept, i] = column[i]
    level[row] = step
    whole[KEPT + side] = kept + 1
    leaving = int(basis[row])
    basis[row] = entering
    outside[entering] = -1
    outside[leaving] = place
    return leaving


@compiled
def _take_off(values: Floats, lines: Floats, factors: Floats, place: int, kept: int) -> None:
    """Take from a row of numbers the first `kept` lines, each times a factor; four at a time."""
    k = 0
    while k + 4 <= kept:
        a, b = factors[k, place], factors[k + 1, place]
        c, d = factors[k + 2, place], factors[k + 3, place]
        for j in range(values.size):
            values[j] -= (a * lines[k, j] + b * lines[k + 1, j]) + (
                c * lines[k + 2, j] + d * lines[k + 3, j]
            )
        k += 4
    while k < kept:
        factor = factors[k, place]
        for j in range(values.size):
            values[j] -= factor * lines[k, j]
        k += 1


@compiled
def _solved(
    first: Floats, second: Floats, basis_first: Whole, basis_second: Whole, profile: Floats
) -> bool:
    """Write the profile that the supports in the bases determine; False where they do not."""
    rows = len(second)
    profile[:] = 0.0
    for label in basis_first:
        if label < rows:
            profile[label] = 1.0
    for label in basis_second:
        if label >= rows:
            profile[label] = 1.0
    played_first = np.flatnonzero(profile[:rows])
    played_second = np.flatnonzero(profile[rows:])
    if played_first.size != played_second.size:
        return False
    return _mixture(first, played_second, played_first, profile[:rows]) and _mixture(
        second, played_first, played_second, profile[rows:]
    )


@compiled
def _mixture(table: Floats, lines: Whole, support: Whole, strategy: Floats) -> bool:
    """Write z on a support with table[lines] z constant and sum z = 1; False where it is not one.

    Elimination with the largest pivot of each column, on the lines less the constant.
    """
    size = support.size
    if size == 1:
        strategy[support[0]] = 1.0
        return True
    system = np.empty((size + 1, size + 2))
    for i in range(size):
        for j in range(size):
            system[i, j] = table[lines[i], support[j]]
        system[i, size] = -1.0
        system[i, size + 1] = 0.0
    system[size, :size] = 1.0
    system[size, size] = 0.0
    system[size, size + 1] = 1.0
    for k in range(size + 1):
        best = k
        for i in range(k + 1, size + 1):
            if abs(system[i, k]) > abs(system[best, k]):
                best = i
        if not abs(system[best, k]) > 0.0:
            return False
        if best != k:
            for j in range(k, size + 2):
                system[k, j], system[best, j] = system[best, j], system[k, j]
        for i in range(k + 1, size + 1):
            factor = system[i, k] / system[k, k]
            if factor != 0.0:
                for j in range(k + 1, size + 2):
                    system[i, j] -= factor * system[k, j]
    total = 0.0
    for k in range(size, -1, -1):
        value = system[k, size + 1]
        for j in range(k + 1, size + 1):
            value -= system[k, j] * system[j, size + 1]
        value /= system[k, k]
        system[k, size + 1] = value
        if k < size:
            value = value if abs(value) >= NEGLIGIBLE else 0.0
            strategy[support[k]] = value
            total += value
    if not abs(total - 1.0) < ASTRAY:
        return False
    for k in range(size):
        strategy[support[k]] /= total
    return True

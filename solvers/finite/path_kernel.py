"""Pure equilibria and Lemke-Howson paths of two players, in machine code.

The same search as in `lemke_howson` and `paths`, step by step: pure profiles first, then paths
from many labels with many limits of length. What it is and why is told there. Everything that has
to outlive a call stands in two rows of numbers, so that the search can be interrupted and resumed.

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
from solvers.finite.extent_kernel import extent

Whole = NDArray[np.int64]

UNDER_WAY, PURE, MAYBE_ZERO_SUM, END, GIVEN_UP, UNFIT = range(6)
"""What a call comes back with; `UNFIT` where payoffs are too close or too far apart to scale."""

STEP, ANSWERS, NUMBER, FIRST, ONLY, ACTIVE, LABEL, CAP, PIVOTS, ENTERING, SIDE, USED = range(12)
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
ALIGNED = 16
"""Rows of numbers are filled up with zeros to multiples of this: loops then have no remainder."""


@compiled
def sizes(rows: int, columns: int) -> tuple[int, int]:
    """Return how many floats and integers a search of a game of this shape works on."""
    labels = rows + columns
    tall, wide = _filled(columns), _filled(rows)
    floats = labels + 4 + labels + (tall + wide) * (2 * DEPTH + 2) + columns * wide + rows * tall
    return floats, HEAD + 5 * labels


@compiled
def _filled(size: int) -> int:
    """Return the length of a row of numbers with the zeros at its end."""
    return -(-size // ALIGNED) * ALIGNED


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
        pure_row, pure_column = _answers(payoffs, whole[STEP] == 0, to_row, to_column, extremes)
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
        if not _is_no_zero_sum(payoffs, extremes):
            return MAYBE_ZERO_SUM
    wide, tall = _filled(rows), _filled(columns)  # of the first tableau, and the other way round
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
    order = whole[HEAD : HEAD + labels]
    basis_first = whole[HEAD + labels : HEAD + labels + columns]
    basis_second = whole[HEAD + labels + columns : HEAD + 2 * labels]
    outside_first = whole[HEAD + 2 * labels : HEAD + 3 * labels]
    outside_second = whole[HEAD + 3 * labels : HEAD + 4 * labels]
    if whole[NUMBER] == 0:
        whole[NUMBER] = 1
        if whole[ONLY] == 0:
            whole[FIRST] = _ordered(to_row, to_column, order)
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
                    payoffs, extremes, own_first, tall_first, wide_first,
                    level_first, basis_first, outside_first, scratch, whole, 0,
                )  # fmt: skip
            else:
                leaving = _entered(
                    payoffs, extremes, own_second, tall_second, wide_second,
                    level_second, basis_second, outside_second, scratch, whole, 1,
                )  # fmt: skip
            spent += (kept + 3) * labels + (rows * columns * kept if kept == DEPTH else 0)
            whole[PIVOTS] += 1
            if leaving == whole[LABEL]:
                whole[ACTIVE] = 0
                if not _solved(payoffs, extremes, basis_first, basis_second, floats[:labels]):
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
def _answers(
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
def _is_no_zero_sum(payoffs: Floats, extremes: Floats) -> bool:
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
def _ordered(to_row: Whole, to_column: Whole, order: Whole) -> int:
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
    payoffs: Floats,
    extremes: Floats,
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
    # No parts of arrays are taken here: each would cost as much as a row of numbers.
    rows, columns = basis.size, outside.size - basis.size
    low, rate = _scale(extremes, 1 - side)
    kept = whole[KEPT + side]
    if kept == DEPTH:
        if not whole[KEPT + 2 + side]:
            for i in range(rows):
                for j in range(columns):
                    value = payoffs[1, j, i] if side == 0 else payoffs[0, i, j]
                    own[i, j] = (value - low) * rate + 0.25
                for j in range(columns, own.shape[1]):
                    own[i, j] = 0.0
        for i in range(rows):
            _take_off(own, i, wide, tall, i, kept)
        whole[KEPT + 2 + side] = 1
        kept = 0
    written = whole[KEPT + 2 + side] == 1
    entering = whole[ENTERING]
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
    whole[KEPT + side] = kept + 1
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
def _scale(extremes: Floats, player: int) -> tuple[float, float]:
    """Return what is taken from payoffs and what they are multiplied by, to lie in [0, 1]."""
    low, high = extremes[player, 0], extremes[player, 1]
    return low, 1.0 / (high - low) if high > low else 1.0


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


@compiled
def _solved(
    payoffs: Floats, extremes: Floats, basis_first: Whole, basis_second: Whole, profile: Floats
) -> bool:
    """Write the profile that the supports in the bases determine; False where they do not."""
    rows = basis_second.size
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
    return _mixture(payoffs, extremes, played_second, played_first, profile[:rows], 0) and _mixture(
        payoffs, extremes, played_first, played_second, profile[rows:], 1
    )


@compiled
def _mixture(
    payoffs: Floats, extremes: Floats, lines: Whole, support: Whole, strategy: Floats, side: int
) -> bool:
    """Write z on a support with M[lines] z constant and sum z = 1; False where it is not one.

    M is the table of payoffs that the other player has, turned on the first side.

    Elimination with the largest pivot of each column, on the lines less the constant.
    """
    size = support.size
    if size == 1:
        strategy[support[0]] = 1.0
        return True
    low, rate = _scale(extremes, 1 - side)
    system = np.empty((size + 1, size + 2))
    for i in range(size):
        for j in range(size):
            a, b = lines[i], support[j]
            value = payoffs[1, b, a] if side == 0 else payoffs[0, a, b]
            system[i, j] = (value - low) * rate + 0.25
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

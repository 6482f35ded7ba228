"""The most that a mixed strategy guarantees under conditions, in fractions.

The dual of the problem in `guarantee`,

    minimise t   subject to   t >= (P w + Q y)_i  for all i,   w >= 0,   sum w = 1,   y >= 0,

can always be started from w = (1, 0, ...), y = 0: the primal simplex method walks down from there,
with integers only (edmonds1967: the divisions come out even). Every stop on the way proves a bound,
so that a cutoff may end it early. The largest coefficient enters; after a run of degenerate steps
Bland's rule takes over until the value moves, so that it cannot cycle.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from games.errors import LimitError
from games.rational import integers, object_array
from solvers.finite.integer_tableau import Rows, exchanged

PATIENCE = 20  # degenerate steps before Bland's rule


class State(Enum):
    """How a guarantee ended."""

    OPTIMAL = "optimal"
    CUT = "at or below the cutoff"
    EMPTY = "no strategy meets the conditions"


@dataclass(frozen=True)
class Guarantee:
    """The answer to the problem of `guarantee`.

    Attributes
    ----------
    strategy : x; None unless optimal.
    value : of x; where cut or empty it says nothing.
    weights, prices : the proof, one number for each column of P and of Q. Where empty, the weights
        are 0 and Q times the prices is negative everywhere.
    """

    state: State
    strategy: NDArray[Any] | None
    value: Any
    weights: NDArray[Any]
    prices: NDArray[Any]


def exact_guarantee(
    worths: NDArray[Any],
    conditions: NDArray[Any],
    *,
    cutoff: Fraction | None = None,
    deadline: float | None = None,
) -> Guarantee:
    """Solve the problem of `guarantee` exactly.

    Parameters
    ----------
    worths : shape (size, one or more); conditions : shape (size, any number). Fractions, or floats
        taken for exactly what they are.
    cutoff : a value at or below this one need not be found exactly.
    deadline : reading of `time.perf_counter` at which to give up.

    Raises
    ------
    LimitError
        At the deadline.
    """
    size, pieces = worths.shape
    scale, whole = _integers(worths)
    other_scale, rows = _integers(conditions)
    top = max(range(size), key=lambda i: whole[i][0])
    columns = [
        [worth - line[0] for worth in line[1:]] + row for line, row in zip(whole, rows, strict=True)
    ]
    variables = len(columns[0])
    # rows: t, one slack for each of the other strategies, what is left for w_0;
    # columns: w_1.. and y, the slack of `top`, right-hand side
    most = whole[top][0]
    others = [i for i in range(size) if i != top]
    table = [[-entry for entry in columns[top]] + [-1, most]]
    for i in others:
        gains = [a - b for a, b in zip(columns[i], columns[top], strict=True)]
        table.append([*gains, -1, most - whole[i][0]])
    table.append([1] * (pieces - 1) + [0] * (variables - pieces + 2) + [1])
    outside = [*range(variables), variables + top]
    inside = [-1, *(variables + i for i in others), variables + size]
    limit = None if cutoff is None else cutoff * scale
    unit, still, ray = 1, 0, None
    while limit is None or table[0][-1] > limit * unit:
        if deadline is not None and time.perf_counter() > deadline:
            raise LimitError("commitment: the limit of time was reached in exact arithmetic")
        column = _entering(table[0][:-1], outside, bland=still > PATIENCE)
        if column is None:
            break
        row = _leaving(table, column, inside)
        if row is None:
            ray = column
            break
        still = 0 if table[row][-1] else still + 1
        pivot = table[row][column]
        table, unit = exchanged(table, row, column, unit), pivot
        outside[column], inside[row] = inside[row], outside[column]
    values = dict.fromkeys(range(variables + size + 1), Fraction(0))
    if ray is None:
        values |= {v: Fraction(table[r][-1], unit) for r, v in enumerate(inside) if v >= 0}
    else:
        values[outside[ray]] = Fraction(1)
        values |= {v: Fraction(-table[r][ray], unit) for r, v in enumerate(inside) if v >= 0}
    prices = object_array(
        [values[pieces - 1 + h] * Fraction(other_scale, scale) for h in range(conditions.shape[1])]
    )
    weights = object_array([values[variables + size], *(values[k] for k in range(pieces - 1))])
    if ray is not None:
        return Guarantee(State.EMPTY, None, None, 0 * weights, prices)
    value = Fraction(table[0][-1], unit * scale)
    if cutoff is not None and value <= cutoff:
        return Guarantee(State.CUT, None, value, weights, prices)
    strategy = [Fraction(0)] * size
    for c, v in enumerate(outside):
        if variables <= v < variables + size:
            strategy[v - variables] = Fraction(-table[0][c], unit)
    return Guarantee(State.OPTIMAL, object_array(strategy), value, weights, prices)


def _integers(numbers: NDArray[Any]) -> tuple[int, Rows]:
    """Return the least common denominator, and all numbers times it."""
    scale, whole = integers(numbers.ravel().tolist())
    size = numbers.shape[1]
    return scale, [whole[i * size : (i + 1) * size] for i in range(len(numbers))]


def _entering(objective: list[int], outside: list[int], *, bland: bool) -> int | None:
    """Return the column that lowers t, None at the optimum."""
    falling = [c for c, value in enumerate(objective) if value > 0]
    if not falling:
        return None
    if bland:
        return min(falling, key=lambda c: outside[c])
    return max(falling, key=lambda c: objective[c])


def _leaving(table: Rows, column: int, inside: list[int]) -> int | None:
    """Return the row whose variable reaches 0 first, None where none does."""
    best: int | None = None
    for row in range(1, len(table)):
        slope = table[row][column]
        if slope <= 0:
            continue
        if best is not None:
            ahead = table[row][-1] * table[best][column] - table[best][-1] * slope
            if ahead > 0 or (ahead == 0 and inside[row] > inside[best]):
                continue
        best = row
    return best

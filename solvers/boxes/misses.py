"""What a block's cell falls short of in a box once a slope is charged, in machine code.

A cell is the maximum of affine functions, its pieces (module `cells`). For weights x_k >= 0 of its
pieces that add up to 1, with `value` and `slope` the pieces' mixed value at the box's centre q and
slope, r the half-widths, and a slope s charged,

    cell(p) >= miss + s (p - q),     miss = value - sum over d  |slope_d - s_d| r_d

The best weights are sought among one piece alone and mixes of it with the one that is largest where
it is least. Where pieces are best in different parts of the box, mixing is what makes the bound
strong: a cell loses what its slope has to give way, and not the whole difference between its slopes
times the width.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.cells import Cells
from solvers.compiled import compiled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


class Local(NamedTuple):
    """The cells in use in one box, with the pieces that can be largest there.

    Attributes
    ----------
    values, slopes : of the pieces at the centre; shape (pieces,) and (pieces, coordinates).
    begin, end : where each cell's pieces are, the one that is largest at the centre first.
    at_centre : what each row is worth there.
    used : whether a row is in use.
    """

    values: Array
    slopes: Array
    begin: Indices
    end: Indices
    at_centre: Array
    used: NDArray[np.bool_]


@compiled
def localise(
    cells: Cells, private: Array, box: int, centre: Array, half: Array, local: Local
) -> None:
    """Write the pieces that can be largest in a box, and what each row is worth at its centre."""
    size, rows = len(centre), len(local.used)
    values, slopes = local.values, local.slopes
    at = 0
    for r in range(rows):
        local.at_centre[r] = 0.0
        if not local.used[r]:
            continue
        for cell in range(cells.cell_first[r], cells.cell_first[r + 1]):
            local.begin[cell] = at
            own = r - rows + private.shape[1]
            if own >= 0:  # the tangent at the centre is largest there
                values[at] = private[box, own, 0]
                for d in range(size):
                    slopes[at, d] = private[box, own, 1 + d]
            else:
                values[at] = -np.inf
            end = at + 1
            for k in range(cells.piece_first[cell], cells.piece_first[cell + 1]):
                value = cells.constants[k]
                for d in range(size):
                    value += cells.slopes[k, d] * centre[d]
                to = end
                if value > values[at]:
                    if values[at] > -np.inf:  # keep the one that was largest so far
                        values[end] = values[at]
                        for d in range(size):
                            slopes[end, d] = slopes[at, d]
                        end += 1
                    to = at
                else:
                    end += 1
                values[to] = value
                for d in range(size):
                    slopes[to, d] = cells.slopes[k, d]
            kept = at + 1
            for k in range(at + 1, end):
                most = values[k]
                for d in range(size):
                    most += abs(slopes[k, d] - slopes[at, d]) * half[d]
                if most > values[at]:
                    values[kept] = values[k]
                    for d in range(size):
                        slopes[kept, d] = slopes[k, d]
                    kept += 1
            local.at_centre[r] += values[at]
            local.end[cell] = at = kept


@compiled
def miss_of(
    local: Local,
    cell: int,
    charge: Array,
    widths: Array,
    account: int,
    slope: Array,
    least_at: Array,
) -> float:
    """Return what a cell, less its account's charge, does not fall below in the box.

    Parameters
    ----------
    charge, widths : shape (accounts, coordinates).
    slope : for the slope of the mix of pieces, less the charge.
    least_at : for where each cell less its charge is least, from the centre.
    """
    values, slopes, size, u = local.values, local.slopes, len(slope), account
    begin, end = local.begin[cell], local.end[cell]
    miss, one = -np.inf, begin
    for k in range(begin, end):
        value = values[k]
        for d in range(size):
            value -= abs(slopes[k, d] - charge[u, d]) * widths[u, d]
        if value > miss:
            miss, one = value, k
    for d in range(size):
        slope[d] = slopes[one, d] - charge[u, d]
        side = (slope[d] < 0.0) - 1.0 * (slope[d] > 0.0)
        least_at[cell, d] = side * widths[u, d]
    other, most = -1, miss
    for k in range(begin, end):
        value = values[k]
        for d in range(size):
            value += (slopes[k, d] - charge[u, d]) * least_at[cell, d]
        if value > most:
            other, most = k, value
    if other < 0:
        return miss
    turn, share = -1, 0.0
    for e in range(size):  # a mix is best where its slope turns in one of the coordinates
        rise = slopes[other, e] - charge[u, e]
        if slope[e] * rise >= 0.0 or widths[u, e] == 0.0:
            continue
        part = slope[e] / (slope[e] - rise)
        value = (1.0 - part) * values[one] + part * values[other]
        for d in range(size):
            if d != e:
                mixed = (1.0 - part) * slope[d] + part * (slopes[other, d] - charge[u, d])
                value -= abs(mixed) * widths[u, d]
        if value > miss:
            miss, turn, share = value, e, part
    if turn < 0:
        return miss
    apart = values[one] - values[other]
    for d in range(size):
        rise = slopes[one, d] - slopes[other, d]
        slope[d] -= share * rise
        if d != turn:
            side = (slope[d] < 0.0) - 1.0 * (slope[d] > 0.0)
            least_at[cell, d] = side * widths[u, d]
            apart += rise * least_at[cell, d]
    rise = slopes[one, turn] - slopes[other, turn]
    width = widths[u, turn]
    least_at[cell, turn] = min(max(-apart / rise, -width), width)  # where both are the same
    return miss

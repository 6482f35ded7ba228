"""The rows of all choices of the pivots in one table, evaluated one by one in machine code.

Module `blocks` lays out rows for one choice of the pivots (a *case*). Where a pivot's owner is
asked whether another option would serve it better, rows of two cases are compared at the same
prices: row r of a case stands at `offset + r`, and its counterpart in another case has the same r.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.blocks import BlockFunctions, Rows
from solvers.boxes.choices import Indices, Marks
from solvers.boxes.separation import Array
from solvers.boxes.tangents import add_private_tangent
from solvers.compiled import compiled


class Stack(NamedTuple):
    """The rows of all cases, one case after the other.

    Attributes
    ----------
    factors, constants, gains, lane_first, sizes, entry, part_first : see `blocks.Rows`.
    private : whether a row takes the least over a price of its own; shape (rows,).
    uses : the coordinates that a row depends on, as bits; the last is bit 0; shape (rows,).
    """

    factors: Array
    constants: Array
    gains: Array
    lane_first: Indices
    sizes: Array
    entry: Marks
    part_first: Indices
    private: Marks
    uses: Indices


def stacked(functions: Sequence[BlockFunctions]) -> tuple[Stack, list[int]]:
    """Return the rows of all cases, and where those of each case begin."""
    tables = [one.rows for one in functions]
    lanes = np.cumsum([0, *(len(one.constants) for one in tables)])
    parts = np.cumsum([0, *(len(one.sizes) for one in tables)])
    rows = [0, *itertools.accumulate(len(one.part_first) - 1 for one in tables)]
    lane_first = _joined([one.lane_first for one in tables], lanes)
    part_first = _joined([one.part_first for one in tables], parts)
    factors = np.concatenate([one.factors for one in tables])
    bits = 2 ** np.arange(factors.shape[1])[::-1]
    uses = np.array(
        [
            int(np.any(factors[lane_first[start] : lane_first[end]] != 0.0, axis=0) @ bits)
            for start, end in itertools.pairwise(part_first)
        ],
        dtype=np.int64,
    )
    private = [np.arange(len(one.part_first) - 1) >= one.private_from for one in tables]
    return Stack(
        factors,
        np.concatenate([one.constants for one in tables]),
        np.concatenate([one.gains for one in tables]),
        lane_first,
        np.concatenate([one.sizes for one in tables]),
        np.concatenate([one.entry for one in tables]),
        part_first,
        np.concatenate(private),
        uses,
    ), rows[:-1]


def _joined(firsts: Sequence[Indices], begins: NDArray[np.int64]) -> Indices:
    """Return where things begin in a table of tables, and the end."""
    shifted = [one[:-1] + begin for one, begin in zip(firsts, begins, strict=False)]
    return np.concatenate([*shifted, begins[-1:]])


def differing(one: Rows, other: Rows) -> Marks:
    """Return whether each row of a case differs from its counterpart; shape (rows,)."""
    return np.array(
        [
            not all(
                np.array_equal(a, b)
                for a, b in zip(_lanes_of(one, row), _lanes_of(other, row), strict=True)
            )
            for row in range(len(one.part_first) - 1)
        ],
        dtype=bool,
    )


def _lanes_of(rows: Rows, row: int) -> tuple[Array, Array, Array]:
    start, end = rows.lane_first[rows.part_first[[row, row + 1]]]
    return rows.factors[start:end], rows.constants[start:end], rows.gains[start:end]


@compiled
def rows_at(
    stack: Stack,
    offset: int,
    wanted: Indices,
    count: int,
    prices: Array,
    worth: Array,
    tangents: Array,
) -> None:
    """Write values and slopes of some rows of a case at some prices.

    Parameters
    ----------
    wanted, count : the first `count` of these rows.
    worth : room for what each lane of the stack earns; shape (lanes,).
    tangents : shape (rows, 1 + coordinates).
    """
    size = len(prices)
    for n in range(count):
        r = wanted[n]
        row = offset + r
        start, end = stack.part_first[row], stack.part_first[row + 1]
        for lane in range(stack.lane_first[start], stack.lane_first[end]):
            earned = stack.constants[lane]
            for d in range(size):
                earned += stack.factors[lane, d] * prices[d]
            worth[lane] = earned
        for d in range(size + 1):
            tangents[r, d] = 0.0
        if stack.private[row]:
            add_private_tangent(
                stack.factors,
                stack.gains,
                stack.lane_first,
                stack.sizes,
                stack.entry,
                stack.part_first,
                worth,
                row,
                tangents[r],
            )
            continue
        for part in range(start, end):
            best = stack.lane_first[part]
            for lane in range(best + 1, stack.lane_first[part + 1]):
                if worth[lane] > worth[best]:
                    best = lane
            tangents[r, 0] += stack.sizes[part] * worth[best]
            for d in range(size):
                tangents[r, d + 1] += stack.sizes[part] * stack.factors[best, d]

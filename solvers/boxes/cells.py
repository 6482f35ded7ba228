"""The functions of blocks as sums of small maxima, for bounds over boxes of prices.

Module `blocks` gives each choice of a block some rows. Here every row is a sum of *cells*, each the
maximum of a few affine functions of the coordinates, its *pieces*: a part of a plain row is one,
with its lanes as pieces. A row with a price of its own is one cell too. Its pieces are tangents at
points spread over the prices that are searched: perhaps not all that it has, so they bound the row
from below, and where the search looks closer it adds the tangent there.

Whatever a block chooses, it has one cell in each of its *accounts*: the first parts of the rows of
one route, say. What is charged for the use of prices is charged account by account.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.choices import Indices
from solvers.boxes.separation import Array
from solvers.boxes.tangents import private_tangents

POINTS = 128
"""Prices at which the tangents of rows with a price of their own are taken to begin with."""


class Cells(NamedTuple):
    """Rows as sums of maxima of affine functions of the coordinates.

    Attributes
    ----------
    slopes : of the pieces; shape (pieces, coordinates).
    constants : of the pieces; shape (pieces,).
    piece_first : where each cell's pieces begin, and the end; shape (cells + 1,).
    cell_first : where each row's cells begin, and the end; shape (rows + 1,).
    account : of each cell; shape (cells,).
    uses : whether any cell of an account depends on a coordinate; shape (accounts, coordinates).
    """

    slopes: Array
    constants: Array
    piece_first: Indices
    cell_first: Indices
    account: Indices
    uses: NDArray[np.bool_]


def cells(functions: BlockFunctions, low: Array, high: Array) -> Cells:
    """Return the cells of all rows, with pieces for prices between `low` and `high`."""
    rows = functions.rows
    term = _terms(functions)
    accounts: dict[tuple[int, int], int] = {}
    slopes, constants = [np.zeros((0, functions.size))], [np.zeros(0)]
    lengths, account, per_row = [], [], []
    private = _private_pieces(functions, low, high)
    for row in range(len(rows.part_first) - 1):
        if row < rows.private_from:
            pieces = list(_plain_pieces(functions, row))
        else:
            pieces = [private[row - rows.private_from]]
        for place, (of_slopes, of_constants) in enumerate(pieces):
            slopes.append(of_slopes)
            constants.append(of_constants)
            lengths.append(len(of_constants))
            account.append(accounts.setdefault((term[row], place), len(accounts)))
        per_row.append(len(pieces))
    uses = np.zeros((len(accounts), functions.size), dtype=bool)
    for one, of_slopes in zip(account, slopes[1:], strict=True):
        uses[one] |= np.any(of_slopes != 0.0, axis=0)
    return Cells(
        np.concatenate(slopes),
        np.concatenate(constants),
        np.cumsum([0, *lengths]),
        np.cumsum([0, *per_row]),
        np.array(account, dtype=np.int64),
        uses,
    )


def _terms(functions: BlockFunctions) -> dict[int, int]:
    """Return, for each row, the first row that stands in the same place of its block's choices."""
    first, _, row_first, rows = functions.choices
    found = {}
    for begin, end in itertools.pairwise(first):
        table = rows[row_first[begin] : row_first[end]].reshape(end - begin, -1)
        for column in table.T:
            found.update(dict.fromkeys(column.tolist(), int(column[0])))
    return found


def _plain_pieces(functions: BlockFunctions, row: int) -> Iterator[tuple[Array, Array]]:
    """Yield slopes and constants of the lanes of each part, times its size."""
    rows = functions.rows
    for part in range(rows.part_first[row], rows.part_first[row + 1]):
        lanes = slice(rows.lane_first[part], rows.lane_first[part + 1])
        yield rows.sizes[part] * rows.factors[lanes], rows.sizes[part] * rows.constants[lanes]


def _private_pieces(
    functions: BlockFunctions, low: Array, high: Array
) -> list[tuple[Array, Array]]:
    """Return slopes and constants of tangents of each row with a price of its own."""
    rows = functions.rows
    count = len(rows.part_first) - 1 - rows.private_from
    if count == 0:
        return []
    spread = np.random.default_rng(0).uniform(size=(POINTS, functions.size))
    prices = low + spread * (high - low)
    _, _, row_first, of_choices = functions.choices
    every = np.ones((1, len(row_first) - 1), dtype=bool)
    found = np.empty((POINTS, count, functions.size + 1))
    which = np.zeros(POINTS, dtype=np.int64)
    private_tangents(*rows, row_first, of_choices, prices, every, which, found)
    pieces = []
    for of_row in found.transpose(1, 0, 2):
        slopes = of_row[:, 1:]
        lines = np.column_stack([slopes, of_row[:, 0] - (slopes * prices).sum(axis=1)])
        _, kept = np.unique(np.round(lines, 9), axis=0, return_index=True)
        pieces.append((lines[kept, :-1], lines[kept, -1]))
    return pieces

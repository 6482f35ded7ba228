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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.choices import Indices, Marks
from solvers.boxes.separation import Array
from solvers.boxes.tangents import private_tangents
from solvers.compiled import compiled

POINTS = 64
"""Prices at which the tangents of rows with a price of their own are taken to begin with."""

SAME = 1e-9
"""By what the numbers of one tangent may differ from point to point, by rounding."""


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
    plain_parts = rows.part_first[rows.private_from]
    lanes = rows.lane_first[plain_parts]
    plain_lengths = np.diff(rows.lane_first[: plain_parts + 1])
    sizes = np.repeat(rows.sizes[:plain_parts], plain_lengths)
    slopes, constants, lengths = _private_pieces(functions, low, high)
    slopes = np.concatenate([sizes[:, None] * rows.factors[:lanes], slopes])
    constants = np.concatenate([sizes * rows.constants[:lanes], constants])
    lengths = np.concatenate([plain_lengths, lengths])
    per_row = np.diff(rows.part_first)
    per_row[rows.private_from :] = 1
    term = _terms(functions)
    accounts: dict[tuple[int, int], int] = {}
    account = np.array(
        [
            accounts.setdefault((term[row], place), len(accounts))
            for row, count in enumerate(per_row.tolist())
            for place in range(count)
        ],
        dtype=np.int64,
    )
    uses = np.zeros((len(accounts), functions.size), dtype=bool)
    np.logical_or.at(uses, np.repeat(account, lengths), slopes != 0.0)
    return Cells(
        slopes,
        constants,
        np.cumsum([0, *lengths]),
        np.cumsum([0, *per_row]),
        account,
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


def _private_pieces(
    functions: BlockFunctions, low: Array, high: Array
) -> tuple[Array, Array, Indices]:
    """Return slopes and constants of tangents of rows with a price of their own, and how many each.

    A tangent that touches a row at several points counts once.
    """
    rows = functions.rows
    count = len(rows.part_first) - 1 - rows.private_from
    spread = np.random.default_rng(0).uniform(size=(POINTS, functions.size))
    prices = low + spread * (high - low)
    _, _, row_first, of_choices = functions.choices
    every = np.ones((1, len(row_first) - 1), dtype=bool)
    found = np.empty((POINTS, count, functions.size + 1))
    which = np.zeros(POINTS, dtype=np.int64)
    private_tangents(*rows, row_first, of_choices, prices, every, which, found)
    lines = found.transpose(1, 0, 2).copy()
    lines[:, :, 0] -= (lines[:, :, 1:] * prices).sum(axis=2)
    kept = np.zeros(lines.shape[:2], dtype=bool)
    mark_distinct(lines, SAME, kept)
    pieces = lines[kept]
    return pieces[:, 1:], pieces[:, 0], kept.sum(axis=1)


@compiled
def mark_distinct(lines: Array, same: float, kept: Marks) -> None:
    """Mark lines that differ from all that are marked before them.

    Parameters
    ----------
    lines : shape (rows, lines, numbers); those of one row are compared.
    same : by what numbers of equal lines may differ.
    kept : shape (rows, lines), unmarked.
    """
    for r in range(lines.shape[0]):
        for i in range(lines.shape[1]):
            new = True
            for j in range(i):
                if kept[r, j]:
                    apart = False
                    for d in range(lines.shape[2]):
                        apart = apart or abs(lines[r, i, d] - lines[r, j, d]) > same
                    if not apart:
                        new = False
                        break
            kept[r, i] = new

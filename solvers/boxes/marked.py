"""The choices still open in a box of prices, laid out block by block, in machine code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.choices import Choices
from solvers.boxes.purses import Purses
from solvers.compiled import compiled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@compiled
def list_marked(
    purses: Purses,
    choices: Choices,
    marks: NDArray[np.bool_],
    which: int,
    ids: Indices,
    count: Indices,
    outlay: Array,
    used: NDArray[np.bool_],
) -> bool:
    """List the choices of a set, by block, and the rows that they use; return whether all have one.

    Parameters
    ----------
    ids, outlay : for the choices and what they cost; those of block b begin at `first[b]`.
    count : for the number of choices of each block.
    used : for whether a row is used.
    """
    for r in range(len(used)):
        used[r] = False
    for b in range(len(count)):
        n = choices.first[b]
        for k in range(choices.first[b], choices.first[b + 1]):
            c = purses.order[k]
            if not marks[which, c]:
                continue
            ids[n] = c
            outlay[n] = purses.outlay[c]
            for t in range(choices.row_first[c], choices.row_first[c + 1]):
                used[choices.rows[t]] = True
            n += 1
        count[b] = n - choices.first[b]
        if count[b] == 0:
            return False
    return True


@compiled
def add_up(choices: Choices, ids: Indices, count: Indices, worth: Array, reach: Array) -> None:
    """Write what choices cost and their rows are worth together."""
    for b in range(len(count)):
        for n in range(choices.first[b], choices.first[b] + count[b]):
            c = ids[n]
            total = choices.costs[c]
            for t in range(choices.row_first[c], choices.row_first[c + 1]):
                total += worth[choices.rows[t]]
            reach[n] = total

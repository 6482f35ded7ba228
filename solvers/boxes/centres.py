"""The best affordable choices at single prices, in machine code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.blocks import Fixed
from solvers.boxes.budgets import settle
from solvers.boxes.purses import Purses
from solvers.boxes.tangents import fixed_at
from solvers.compiled import compiled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

FAR = 1e300


@compiled
def best_choices(
    constant: float,
    fixed: Fixed,
    purses: Purses,
    first: Indices,
    prices: Array,
    ids: Indices,
    counts: Indices,
    values: Array,
    reached: Array,
    picked: Indices,
) -> None:
    """Write the best affordable choices at each of some prices, and what they cost, or infinity.

    Parameters
    ----------
    prices : shape (prices, coordinates).
    ids, counts, values : what module `tangents` writes at these prices.
    reached : for what the choices cost; shape (prices,).
    picked : for the choices; shape (prices, blocks).
    """
    blocks, room = counts.shape[1], ids.shape[1]
    outlay = np.empty(room)
    pick, least = np.empty(blocks, np.int64), np.empty(blocks)
    for i in range(len(prices)):
        reached[i] = np.inf
        empty = False
        for b in range(blocks):
            empty = empty or counts[i, b] == 0
            for n in range(first[b], first[b] + counts[i, b]):
                outlay[n] = purses.outlay[ids[i, n]]
        if empty:
            continue
        total = constant + settle(purses, first, ids[i], counts[i], outlay, values[i], pick, least)
        if total >= FAR:
            continue
        for d in range(prices.shape[1]):
            total += fixed_at(fixed, d, prices[i, d])
        reached[i] = total
        for b in range(blocks):
            picked[i, b] = ids[i, pick[b]]

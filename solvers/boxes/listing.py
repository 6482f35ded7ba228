"""The few affordable portfolios left in a box, in machine code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.budgets import affordable
from solvers.boxes.purses import Purses
from solvers.compiled import compiled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@compiled
def list_portfolios(
    purses: Purses,
    first: Indices,
    ids: Indices,
    count: Indices,
    outlay: Array,
    reach: Array,
    least: Array,
    room: float,
    listing: Indices,
) -> int:
    """Write the affordable portfolios whose choices miss less than `room` of the least in all.

    Returns
    -------
    How many there are, or -1 if they are more than `listing` holds.
    """
    blocks = len(count)
    most = 16 * len(listing)
    places = np.empty((blocks, most + 1), np.int64)
    lengths = np.zeros(blocks, np.int64)
    visits = 1
    for b in range(blocks):
        for n in range(first[b], first[b] + count[b]):
            if reach[n] - least[b] < room:
                visits += lengths[b] > 0  # with this choice and the best of all others
                if visits > most:
                    return -1
                at = lengths[b]
                while at > 0 and reach[places[b, at - 1]] > reach[n]:
                    places[b, at] = places[b, at - 1]
                    at -= 1
                places[b, at] = n
                lengths[b] += 1
        if lengths[b] == 0:
            return 0
    missed = np.zeros(blocks + 1)
    tried = np.zeros(blocks, np.int64)
    pick = np.empty(blocks, np.int64)
    found = visits = level = 0
    while level >= 0:
        if tried[level] < lengths[level]:
            pick[level] = places[level, tried[level]]
            missed[level + 1] = missed[level] + reach[pick[level]] - least[level]
        if tried[level] >= lengths[level] or missed[level + 1] >= room:
            level -= 1
            if level >= 0:
                tried[level] += 1
            continue
        if level < blocks - 1:
            level += 1
            tried[level] = 0
            continue
        tried[level] += 1
        visits += 1
        if visits > most:
            return -1
        fits = True
        for team in range(len(purses.hinge)):
            fits = fits and affordable(purses, team, ids, outlay, pick)
        if fits:
            if found == len(listing):
                return -1
            for b in range(blocks):
                listing[found, b] = ids[pick[b]]
            found += 1
    return found

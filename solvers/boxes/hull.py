"""Which lanes of a route can ever be taken: those on the upper hull of what they cost and bring.

A lane costs something and brings some of what it carries to one head. Whatever the prices, the best
lane of a head is a corner of the concave hull of its points (cost, gain), doing nothing included,
so the others need not be looked at. One pass of Andrew's monotone chain (1979) a head, in machine
code, for the routes' lanes under every choice at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.compiled import compiled


@compiled
def worthwhile(factors: NDArray[np.float64], constants: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which lanes are corners for some prices.

    Parameters
    ----------
    factors : (choices, lanes, coordinates), what a lane gains per unit at prices; the first
        coordinate is that of money, and the first lane that of doing nothing.
    constants : (choices, lanes), what it gains at no prices; where some lane of a choice does, all
        its lanes are kept, as are those with more than one head.

    Returns
    -------
    array of shape (choices, lanes)
    """
    rows, lanes, size = factors.shape
    kept = np.ones((rows, lanes), dtype=np.bool_)
    head = np.empty(lanes, dtype=np.int64)
    members = np.empty(lanes, dtype=np.int64)
    upper = np.empty(lanes, dtype=np.int64)
    for row in range(rows):
        if np.any(constants[row] != 0.0):
            continue
        lane = factors[row]
        for j in range(1, lanes):
            head[j] = 0
            for d in range(1, size):
                if lane[j, d] != 0.0:
                    head[j] = d if head[j] == 0 else -1
        for d in range(1, size):
            count = 0
            for j in range(1, lanes):
                if head[j] == d:  # by cost, the best gain first among equals
                    kept[row, j] = False
                    at = count
                    while at > 0 and (
                        lane[members[at - 1], 0] < lane[j, 0]
                        or (
                            lane[members[at - 1], 0] == lane[j, 0]
                            and lane[members[at - 1], d] < lane[j, d]
                        )
                    ):
                        members[at] = members[at - 1]
                        at -= 1
                    members[at] = j
                    count += 1
            upper[0] = 0
            top = 0
            for i in range(count):
                j = members[i]
                if lane[j, d] <= lane[upper[top], d]:
                    continue
                while top > 0:
                    a, b = upper[top - 1], upper[top]
                    rise, step = lane[j, d] - lane[b, d], lane[a, 0] - lane[b, 0]
                    if rise * step < (lane[b, d] - lane[a, d]) * (lane[b, 0] - lane[j, 0]):
                        break
                    top -= 1
                top += 1
                upper[top] = j
            for i in range(1, top + 1):
                kept[row, upper[i]] = True
    return kept

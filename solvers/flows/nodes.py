"""Prices and worths of private nodes, each on a line of its own, in machine code.

Whatever is compared with a tolerance is compared so that a tie leaves more possible, not less.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.compiled import compiled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Marks = NDArray[np.bool_]
States = NDArray[np.int8]

OPEN, FULL, IDLE, EDGE = 0, 1, 2, 3
"""What is known of a chord; at the edge its front's price is its value: it may hold anything."""

TINY = 1e-9  # of prices and, relative to what is summed, of units


@compiled
def _excess(
    lanes: Array,
    lane_first: Indices,
    sizes: Array,
    chords: Array,
    most: bool,
    price: float,
    surplus: Array,
    reach: Array,
) -> float:
    """Bound supply less demand just above a private node's price, over the box.

    The larger bound (`most`) is negative only if it surely is; the smaller is at least 0 only so.

    Parameters
    ----------
    lane_first : where the lanes of each way around the node begin, and the end.
    chords : low and high value, width of the node's own; shape (3, chords).
    """
    total = scale = wanted = 0.0
    for way in range(len(sizes)):
        begin, end = lane_first[way], lane_first[way + 1]
        scale += sizes[way]
        best_low = best_high = -np.inf
        out = False
        for lane in range(begin, end):
            gain = lanes[lane, 2]
            out = out or gain < 0
            here = surplus[lane] + max(gain, 0.0) * price
            best_low = max(best_low, here - reach[lane])
            best_high = max(best_high, here + reach[lane])
        if out:
            if (most and best_low > price + TINY) or (not most and best_high >= price - TINY):
                wanted += sizes[way]
            continue
        gained = 0.0
        if most:
            for lane in range(begin, end):
                if surplus[lane] + reach[lane] + lanes[lane, 2] * price >= -TINY:
                    gained = max(gained, lanes[lane, 2])
        elif best_low >= TINY:
            gained = np.inf
            for lane in range(begin, end):
                if surplus[lane] + reach[lane] + lanes[lane, 2] * price >= best_low - TINY:
                    gained = min(gained, lanes[lane, 2])
        total += sizes[way] * gained
        scale += sizes[way] * gained
    for chord in range(chords.shape[1]):
        scale += chords[2, chord]
        if (most and chords[0, chord] > price + TINY) or (
            not most and chords[1, chord] >= price - TINY
        ):
            wanted += chords[2, chord]
    if not most:
        scale = -scale if wanted > 0 else 0.0
    return total - wanted + TINY * scale


@compiled
def own_price(
    lanes: Array,
    lane_first: Indices,
    sizes: Array,
    chords: Array,
    surplus: Array,
    reach: Array,
) -> tuple[float, float]:
    """Return an interval that holds a private node's least optimal price, over the box."""
    low, high = 0.0, np.inf
    if _excess(lanes, lane_first, sizes, chords, False, 0.0, surplus, reach) >= 0:
        return 0.0, 0.0
    first, last = lane_first[0], lane_first[-1]
    for place in range(last - first + chords.shape[1]):
        for side in range(2):
            sign = 2.0 * side - 1.0
            if place >= last - first:
                turn = chords[side, place - (last - first)]
            else:
                lane = first + place
                gain = lanes[lane, 2]
                if gain == 0.0:
                    continue
                if gain > 0:
                    turn = (-surplus[lane] + sign * reach[lane]) / gain
                else:
                    turn = surplus[lane] + sign * reach[lane]
            for above in range(2):
                price = turn + (2 * above - 1) * 3 * TINY * (1 + abs(turn))
                if (above == 1 and not 0 < price < high) or (above == 0 and price <= low):
                    continue
                excess = _excess(
                    lanes, lane_first, sizes, chords, above == 0, price, surplus, reach
                )
                if above == 1 and excess >= 0:
                    high = price
                elif above == 0 and excess < 0:
                    low = price
    return low, max(low, high)


@compiled
def own_worth(
    lanes: Array,
    lane_first: Indices,
    full: Marks,
    sizes: Array,
    first: int,
    last: int,
    chords: Array,
    own_begin: int,
    own_end: int,
    equal: bool,
    worth: Array,
    tried: Array,
    used: Array,
    uses: bool,
) -> tuple[float, float]:
    """Return the least, over a private node's own worth, that the flows around it earn, and that.

    Parameters
    ----------
    lane_first, full, sizes : of all ways; those around the node are between `first` and `last`.
    chords : width, loss, state; its own are between `own_begin` and `own_end`.
    equal : whether the own worth may be negative.
    worth : what a unit in each lane earns, the node apart.
    tried : room for the own worths at which something turns.
    used : for the units that go with it, by coordinate, if they are asked for (`uses`).
    """
    size = len(used)
    count = 0
    if not equal:
        tried[0] = 0.0
        count = 1
    for way in range(first, last):
        for i in range(lane_first[way], lane_first[way + 1]):
            if lanes[i, 1] != 0.0:
                tried[count] = -worth[i] / lanes[i, 1]
                count += 1
            for j in range(lane_first[way], i):
                if lanes[j, 1] != lanes[i, 1]:
                    tried[count] = (worth[j] - worth[i]) / (lanes[i, 1] - lanes[j, 1])
                    count += 1
    for chord in range(own_begin, own_end):
        tried[count] = -chords[1, chord]
        count += 1
    if count == 0:
        tried[0] = 0.0
        count = 1
    best, own = np.inf, 0.0
    for t in range(count):
        if tried[t] < 0.0 and not equal:
            continue
        earned = 0.0
        for way in range(first, last):
            top = -np.inf if full[way] else 0.0
            for i in range(lane_first[way], lane_first[way + 1]):
                top = max(top, lanes[i, 1] * tried[t] + worth[i])
            earned += sizes[way] * top
        for chord in range(own_begin, own_end):
            rest = -chords[1, chord] - tried[t]
            if chords[2, chord] == FULL or (rest > 0 and chords[2, chord] != IDLE):
                earned += chords[0, chord] * rest
        if earned < best:
            best, own = earned, tried[t]
    if not uses:
        return best, own
    # units just below and just above the own worth, mixed so that the node is in balance
    level = TINY * (1 + abs(own))
    below = above = share = 0.0
    for turn in range(4):
        sign = 2.0 * (turn % 2) - 1.0
        if turn == 2:
            share = min(1.0, max(0.0, above / (above - below))) if above > below else 0.0
        elif turn == 3:
            share = 1.0 - share
        total = 0.0
        for way in range(first, last):
            top, steepest, at = -np.inf, 0.0, -1
            if not full[way]:
                top = 0.0
            for i in range(lane_first[way], lane_first[way + 1]):
                here, steep = lanes[i, 1] * own + worth[i], sign * lanes[i, 1]
                if here > top + level or (here > top - level and steep > steepest):
                    top, steepest, at = max(top, here), steep, i
            if at >= 0 and turn < 2:
                total += sizes[way] * lanes[at, 1]
            elif at >= 0:
                for d in range(size):
                    used[d] += share * sizes[way] * lanes[at, 2 + d]
        for chord in range(own_begin, own_end):
            rest = -chords[1, chord] - own
            if chords[2, chord] == FULL or (rest > sign * level and chords[2, chord] != IDLE):
                total -= chords[0, chord]
        if turn == 0:
            below = total
        elif turn == 1:
            above = total
    return best, own

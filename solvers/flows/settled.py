"""What a box of prices settles of the evader's flows, in machine code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.compiled import compiled
from solvers.flows.nodes import FULL, IDLE, OPEN, TINY, Array, Indices, Marks, States, own_price
from solvers.flows.tables import FlowTables


class Sure(NamedTuple):
    """What a box settles, and what it leaves open.

    Attributes
    ----------
    place : of each group among the doubtful ones, or -1.
    fixed : what a group earns otherwise, and the units it adds to each balance.
    way_first : where the open ways of each doubtful group begin, and the end.
    lane_first, full, sizes : of open ways: their lanes, whether used to capacity, capacity.
    lanes : earned, own gain, and factors of the lanes that may be used.
    reach : by how much the surplus of those may change in the box.
    equal : doubtful private nodes whose price is positive, whose balance holds with equality.
    own_first : where the chords of each doubtful group begin, and the end.
    own : width, loss and state of those.
    chords : state of the chords at coordinates.
    balanced : coordinates whose balance holds with equality.
    """

    place: Indices
    fixed: Array
    way_first: Indices
    lane_first: Indices
    full: Marks
    sizes: Array
    lanes: Array
    reach: Array
    equal: Marks
    own_first: Indices
    own: Array
    chords: States
    balanced: Marks


@compiled
def settle(
    tables: FlowTables,
    low: Array,
    high: Array,
    scale_low: float,
    scale_high: float,
    needed: Indices,
    sure: Sure,
    least: Array,
    most: Array,
) -> int:
    """Find out what is sure in a box, for the groups needed.

    What each group can add to each balance, at least and at most, is written too.

    Returns
    -------
    How many groups are doubtful.
    """
    size = len(low)
    lanes = tables.lanes
    centre, half = (low + high) / 2, (high - low) / 2
    scale, scale_half = (scale_low + scale_high) / 2, (scale_high - scale_low) / 2
    surplus, reach = np.empty(len(lanes)), np.empty(len(lanes))
    kept = np.empty(len(lanes), np.int64)
    for d in range(size):
        sure.balanced[d] = low[d] > TINY
    doubtful = open_ways = open_lanes = open_chords = 0
    for group in needed:
        first, last = tables.way_first[group], tables.way_first[group + 1]
        own_begin, own_end = tables.own_first[group], tables.own_first[group + 1]
        for lane in range(tables.lane_first[first], tables.lane_first[last]):
            at_centre, far = lanes[lane, 0] * scale, abs(lanes[lane, 0]) * scale_half
            for d in range(size):
                at_centre += lanes[lane, 3 + d] * centre[d]
                far += abs(lanes[lane, 3 + d]) * half[d]
            surplus[lane], reach[lane] = at_centre, far
        own_low = own_high = 0.0
        if group >= tables.private_from:
            chords = tables.own_chords[:, own_begin:own_end].copy()
            for j in range(chords.shape[1]):
                chords[2, j] = chords[1, j]
                chords[1, j] = chords[0, j] * scale_high
                chords[0, j] = chords[0, j] * scale_low
            own_low, own_high = own_price(
                lanes, tables.lane_first[first : last + 1], tables.sizes[first:last], chords,
                surplus, reach,
            )  # fmt: skip
        before_ways, before_lanes, before_chords = open_ways, open_lanes, open_chords
        is_doubtful = False
        for d in range(size + 1):
            sure.fixed[group, d] = 0.0
        for d in range(size):
            least[group, d] = most[group, d] = 0.0
        for chord in range(own_begin, own_end):
            value = tables.own_chords[0, chord]
            width, loss = tables.own_chords[1, chord], tables.own_chords[2, chord]
            state = OPEN
            if value * scale_low > own_high + TINY:
                state = FULL
                sure.fixed[group, 0] -= width * loss
            elif value * scale_high < own_low - TINY:
                state = IDLE
            else:
                is_doubtful = True
            sure.own[0, open_chords], sure.own[1, open_chords] = width, loss
            sure.own[2, open_chords] = state
            open_chords += 1
        for way in range(first, last):
            begin, end = tables.lane_first[way], tables.lane_first[way + 1]
            lowest = -np.inf
            for lane in range(begin, end):
                gain = lanes[lane, 2]
                own = gain * (own_low if gain > 0 else own_high) if gain != 0 else 0.0
                lowest = max(lowest, surplus[lane] - reach[lane] + own)
            count = 0
            for lane in range(begin, end):
                gain = lanes[lane, 2]
                own = gain * (own_high if gain > 0 else own_low) if gain != 0 else 0.0
                highest = surplus[lane] + reach[lane] + own
                if highest < -TINY or highest < lowest - TINY:
                    continue
                best = True
                for other in range(begin, end):
                    ahead = surplus[lane] - surplus[other]
                    apart = gain - lanes[other, 2]
                    if apart != 0:
                        ahead += apart * (own_high if apart > 0 else own_low)
                    if ahead > 0.0:  # and more so with what the box adds
                        continue
                    ahead += abs(lanes[lane, 0] - lanes[other, 0]) * scale_half
                    for d in range(size):
                        ahead += abs(lanes[lane, 3 + d] - lanes[other, 3 + d]) * half[d]
                    if ahead < -TINY:
                        best = False
                        break
                if best:
                    kept[count] = lane
                    count += 1
            if count == 0:
                continue
            full = lowest > TINY
            capacity = tables.sizes[way]
            for d in range(size):
                down, up = (np.inf, -np.inf) if full else (0.0, 0.0)
                for i in range(count):
                    factor = lanes[kept[i], 3 + d]
                    down, up = min(down, factor), max(up, factor)
                least[group, d] += capacity * down
                most[group, d] += capacity * up
            if count == 1 and full:
                sure.fixed[group, 0] += capacity * lanes[kept[0], 1]
                for d in range(size):
                    sure.fixed[group, d + 1] += capacity * lanes[kept[0], 3 + d]
                if group < tables.private_from:
                    continue
            else:
                is_doubtful = True
            sure.lane_first[open_ways] = open_lanes
            sure.full[open_ways], sure.sizes[open_ways] = full, capacity
            open_ways += 1
            for i in range(count):
                lane = kept[i]
                sure.lanes[open_lanes, 0], sure.lanes[open_lanes, 1] = (
                    lanes[lane, 1],
                    lanes[lane, 2],
                )
                for d in range(size):
                    sure.lanes[open_lanes, 2 + d] = lanes[lane, 3 + d]
                sure.reach[open_lanes] = reach[lane]
                open_lanes += 1
        if not is_doubtful:
            open_ways, open_lanes, open_chords = before_ways, before_lanes, before_chords
            sure.place[group] = -1
            continue
        if group >= tables.private_from:
            for d in range(size + 1):
                sure.fixed[group, d] = 0.0
        sure.place[group] = doubtful
        sure.way_first[doubtful], sure.own_first[doubtful] = before_ways, before_chords
        sure.equal[doubtful] = own_low > TINY
        doubtful += 1
        sure.way_first[doubtful], sure.own_first[doubtful] = open_ways, open_chords
        sure.lane_first[open_ways] = open_lanes
    return doubtful

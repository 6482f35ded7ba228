"""What a player loses at least where the evader's prices lie in a box, in machine code.

By complementary slackness every best response goes with every optimal dual. So where an optimal
dual has its prices p in the box, with surplus s_l = b_l + sum_d factor_ld p_d of lane l,

    lane_is_idle      no unit enters l if s_l < 0, or if another lane of the way leaves more
    way_is_full       a way is used to capacity if some s_l > 0
    chord_is_idle     nothing fills a chord worth less than its front's price
    chord_is_full     a chord worth more is filled
    money_is_spent    to the last, if the price of money is > 0; units at a node likewise

all over the box. What is left of the evader is a few doubtful flows, and the player's loss is
linear in flows. With a *worth* P_d on the balance of each coordinate, free where the balance holds
with equality and >= 0 elsewhere, the player loses at least

    constant - B P_0 + sum over blocks  min over choices a  [cost_a - sum of ways  u max_l
    (earned_l + sum_d factor_ld P_d)] - sum over chords  width max(-loss - P_d)

each max over what is possible, 0 among it unless way or chord is full. A private node has a price
and a worth of its own, each on one line. Steps along subgradients in a space that is stretched
where they turn round (shor1985) raise the bound; any worths will do. A choice that lifts the bound
to the limit is left out, as is one whose flows nothing can balance. What is left is listed where
that is little: portfolios whose own bound, by the same steps, stays below the limit.

Signs of surpluses do not change when all prices are divided by the price of money. Boxes are boxes
of prices so *scaled*: the price of money is 1 there, and what is worth something by itself (chords,
strategic values) is multiplied by the scale, which lies in an interval of its own. With a scale of
1 they are boxes of plain prices, as is needed where money may be worth nothing.

Whatever is compared with a tolerance is compared so that a tie leaves more possible, not less.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.compiled import compiled
from solvers.flow_tables import FlowTables

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Marks = NDArray[np.bool_]
States = NDArray[np.int8]

OPEN, FULL, IDLE, EDGE = 0, 1, 2, 3
"""What is known of a chord; at the edge its front's price is its value: it may hold anything."""

TINY = 1e-9  # of prices and, relative to what is summed, of units
NEAR = 0.03  # of the limit: boxes whose bound is nearer may hold few portfolios
SHORTER = 0.6  # what is taken away of a direction along which the slope turned round


class Seen(NamedTuple):
    """What is written about each box.

    Attributes
    ----------
    bounds : no portfolio with prices in the box loses less; infinite where there is none.
    picked : the choices at which the bound is taken; shape (boxes, blocks).
    doubts : how much of the loss hangs on flows in doubt, by coordinate that settles them, and the
        scale; shape (boxes, coordinates + 1).
    chord_doubts : likewise by chord at a coordinate.
    listed : how many portfolios are left if they are few, else -1.
    listing : the choices of those; shape (boxes, most, blocks).
    """

    bounds: Array
    picked: Indices
    doubts: Array
    chord_doubts: Array
    listed: Indices
    listing: Indices


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
    if most:
        return total - wanted + TINY * scale
    return total - wanted - (TINY * scale if wanted > 0 else 0.0)


@compiled
def _own_price(
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
def _settle(
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
            own_low, own_high = _own_price(
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


@compiled
def _own_worth(
    lanes: Array,
    lane_first: Indices,
    full: Marks,
    sizes: Array,
    chords: Array,
    equal: bool,
    worth: Array,
    tried: Array,
    used: Array,
    uses: bool,
) -> tuple[float, float]:
    """Return the least, over a private node's own worth, that the flows around it earn, and that.

    Parameters
    ----------
    lane_first, full, sizes : of the ways around the node.
    chords : width, loss, state; shape (3, chords).
    equal : whether the own worth may be negative.
    worth : what a unit in each lane earns, the node apart.
    tried : room for the own worths at which something turns.
    used : for the units that go with it, by coordinate, if they are asked for (`uses`).
    """
    size, ways = len(used), len(sizes)
    count = 0
    if not equal:
        tried[0] = 0.0
        count = 1
    for way in range(ways):
        for i in range(lane_first[way], lane_first[way + 1]):
            if lanes[i, 1] != 0.0:
                tried[count] = -worth[i] / lanes[i, 1]
                count += 1
            for j in range(lane_first[way], i):
                if lanes[j, 1] != lanes[i, 1]:
                    tried[count] = (worth[j] - worth[i]) / (lanes[i, 1] - lanes[j, 1])
                    count += 1
    for chord in range(chords.shape[1]):
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
        for way in range(ways):
            top = -np.inf if full[way] else 0.0
            for i in range(lane_first[way], lane_first[way + 1]):
                top = max(top, lanes[i, 1] * tried[t] + worth[i])
            earned += sizes[way] * top
        for chord in range(chords.shape[1]):
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
        for way in range(ways):
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
        for chord in range(chords.shape[1]):
            rest = -chords[1, chord] - own
            if chords[2, chord] == FULL or (rest > sign * level and chords[2, chord] != IDLE):
                total -= chords[0, chord]
        if turn == 0:
            below = total
        elif turn == 1:
            above = total
    return best, own


class Room(NamedTuple):
    """Arrays to work in: worths of lanes, own worths tried, values of groups, units used."""

    worth: Array
    tried: Array
    values: Array
    used: Array


@compiled
def _value(
    tables: FlowTables,
    sure: Sure,
    needed: Indices,
    listed: Indices,
    listed_first: Indices,
    worths: Array,
    room: Room,
    reached: Array,
    picked: Indices,
    slope: Array,
) -> float:
    """Return the bound that worths give, and write its slope and the choices it is taken at."""
    size, blocks = len(worths), len(listed_first) - 1
    lanes = sure.lanes
    slope[:] = 0.0
    slope[0] = -tables.budget
    bound: float = tables.constant - tables.budget * worths[0]
    for turn in range(2):  # first the values of all groups, then the units of those picked
        if turn == 1:
            for block in range(blocks):
                lowest = np.inf
                for i in range(listed_first[block], listed_first[block + 1]):
                    choice = listed[i]
                    value = tables.costs[choice]
                    for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
                        value -= room.values[tables.groups[t]]
                    reached[choice] = value
                    if value < lowest:
                        lowest, picked[block] = value, choice
                bound += lowest
        for block in range(blocks if turn == 1 else 1):
            begin, end = 0, len(needed)
            if turn == 1:
                begin, end = (
                    tables.group_first[picked[block]],
                    tables.group_first[picked[block] + 1],
                )
            for t in range(begin, end):
                group = tables.groups[t] if turn == 1 else needed[t]
                place = sure.place[group]
                total = sure.fixed[group, 0]
                for d in range(size):
                    total += sure.fixed[group, d + 1] * worths[d]
                    slope[d] -= sure.fixed[group, d + 1] if turn == 1 else 0.0
                if place < 0:
                    room.values[group] = total
                    continue
                first, last = sure.way_first[place], sure.way_first[place + 1]
                for i in range(sure.lane_first[first], sure.lane_first[last]):
                    worth = lanes[i, 0]
                    for d in range(size):
                        worth += lanes[i, 2 + d] * worths[d]
                    room.worth[i] = worth
                if group >= tables.private_from:
                    room.used[:] = 0.0
                    total, _ = _own_worth(
                        lanes, sure.lane_first[first : last + 1], sure.full[first:last],
                        sure.sizes[first:last],
                        sure.own[:, sure.own_first[place] : sure.own_first[place + 1]],
                        sure.equal[place], room.worth, room.tried, room.used, turn == 1,
                    )  # fmt: skip
                    for d in range(size):
                        slope[d] -= room.used[d]
                    room.values[group] = total
                    continue
                for way in range(first, last):
                    top, at = (-np.inf if sure.full[way] else 0.0), -1
                    for i in range(sure.lane_first[way], sure.lane_first[way + 1]):
                        if room.worth[i] > top:
                            top, at = room.worth[i], i
                    total += sure.sizes[way] * top
                    if turn == 1 and at >= 0:
                        for d in range(size):
                            slope[d] -= sure.sizes[way] * lanes[at, 2 + d]
                room.values[group] = total
    for chord in range(len(tables.chord_at)):
        d = tables.chord_at[chord]
        rest = -tables.chords[2, chord] - worths[d]
        if sure.chords[chord] == FULL or (sure.chords[chord] != IDLE and rest > 0):
            bound -= tables.chords[1, chord] * rest
            slope[d] += tables.chords[1, chord]
    return bound


@compiled
def _rise(
    tables: FlowTables,
    sure: Sure,
    needed: Indices,
    listed: Indices,
    listed_first: Indices,
    worths: Array,
    others: Array,
    target: float,
    steps: int,
    room: Room,
    reached: Array,
    picked: Indices,
) -> float:
    """Raise the bound from the better of two worths; write the best ones to the first."""
    size = len(worths)
    slope, held, change = np.zeros(size), np.zeros(size), np.zeros(size)
    direction, tried = np.zeros(size), worths.copy()
    stretch = np.zeros((size, size))
    for d in range(size):
        if not sure.balanced[d]:
            tried[d] = max(tried[d], 0.0)
        stretch[d, d] = max(abs(others[d]), abs(tried[d]))
    best, length, since, turned = -np.inf, 0.0, -np.inf, True
    best_slope = np.zeros(size)
    for step in range(steps + 1):
        bound = _value(
            tables, sure, needed, listed, listed_first, tried, room, reached, picked, slope
        )
        better = bound > best
        if better:
            best = bound
            worths[:] = tried
            best_slope[:] = slope
        if best >= target or step == steps:
            break
        if step == 0:
            for d in range(size):
                tried[d] = max(others[d], 0.0) if not sure.balanced[d] else others[d]
            continue
        if step % 8 == 7:
            if best - since < 0.02 * (target - best):
                break
            since = best
        if step > 1:
            along = 0.0
            for d in range(size):
                along += slope[d] * direction[d]
            turned = along <= 0 or not better
            if turned:  # the space shrinks along what turned round
                norm = 0.0
                for d in range(size):
                    change[d] = 0.0
                    for e in range(size):
                        change[d] += stretch[e, d] * (slope[e] - held[e])
                    norm += change[d] ** 2
                if norm > 0:
                    for d in range(size):
                        part = 0.0
                        for e in range(size):
                            part += stretch[d, e] * change[e]
                        for e in range(size):
                            stretch[d, e] -= SHORTER * part * change[e] / norm
                length *= 0.6
            else:
                length *= 1.6
        if turned:
            tried[:] = worths
            held[:] = best_slope
            norm = 0.0
            for d in range(size):
                change[d] = 0.0
                for e in range(size):
                    change[d] += stretch[e, d] * held[e]
                norm += change[d] ** 2
            norm = np.sqrt(norm)
            if norm <= 1e-12:
                break
            for d in range(size):
                direction[d] = 0.0
                for e in range(size):
                    direction[d] += stretch[d, e] * change[e] / norm
            if step == 1:
                length = min(0.3 * (target - best) / norm, 0.2)
        for d in range(size):
            tried[d] += length * direction[d]
            if not sure.balanced[d]:
                tried[d] = max(tried[d], 0.0)
    return best


@compiled
def _unbalanced(
    tables: FlowTables,
    sure: Sure,
    listed: Indices,
    listed_first: Indices,
    group_least: Array,
    group_most: Array,
    least: Array,
    most: Array,
    rest: Array,
    marks: Marks,
) -> bool:
    """Write what each choice adds at least and at most, and unmark what nothing can balance.

    Returns whether nothing is left. `rest` is what is added beside the blocks: shape (2, d).
    """
    size = len(sure.balanced)
    blocks = len(listed_first) - 1
    rest[:] = 0.0
    rest[:, 0] = tables.budget
    for chord in range(len(tables.chord_at)):
        width = tables.chords[1, chord]
        if sure.chords[chord] != IDLE:
            rest[0, tables.chord_at[chord]] -= width
        if sure.chords[chord] == FULL:
            rest[1, tables.chord_at[chord]] -= width
    low, high = rest[0].copy(), rest[1].copy()
    scale = np.abs(rest[0]) + 1.0
    down, up = np.empty((blocks, size)), np.empty((blocks, size))
    for block in range(blocks):
        down[block], up[block] = np.inf, -np.inf
        for i in range(listed_first[block], listed_first[block + 1]):
            choice = listed[i]
            for d in range(size):
                least[choice, d] = most[choice, d] = 0.0
            for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
                group = tables.groups[t]
                for d in range(size):
                    least[choice, d] += group_least[group, d]
                    most[choice, d] += group_most[group, d]
            for d in range(size):
                down[block, d] = min(down[block, d], least[choice, d])
                up[block, d] = max(up[block, d], most[choice, d])
        for d in range(size):
            low[d] += down[block, d]
            high[d] += up[block, d]
            scale[d] += max(abs(down[block, d]), abs(up[block, d]))
    for d in range(size):
        if high[d] < -TINY * scale[d] or (sure.balanced[d] and low[d] > TINY * scale[d]):
            return True
    for block in range(blocks):
        left = False
        for i in range(listed_first[block], listed_first[block + 1]):
            choice = listed[i]
            for d in range(size):
                if high[d] - up[block, d] + most[choice, d] < -TINY * scale[d] or (
                    sure.balanced[d]
                    and low[d] - down[block, d] + least[choice, d] > TINY * scale[d]
                ):
                    marks[choice] = False
            left = left or marks[choice]
        if not left:
            return True
    return False


@compiled
def _list(
    tables: FlowTables,
    sure: Sure,
    listed: Indices,
    listed_first: Indices,
    reached: Array,
    bound: float,
    target: float,
    least: Array,
    most: Array,
    rest: Array,
    worths: Array,
    visits: int,
    steps: int,
    room: Room,
    listing: Indices,
) -> int:
    """Write the portfolios whose own bound stays below the target.

    Returns
    -------
    How many there are, or -1 if they, or the visits it takes, are too many.
    """
    size, blocks = len(worths), len(listed_first) - 1
    budgets = len(tables.limits)
    places = np.empty(len(listed), np.int64)
    behind = np.empty(len(listed))
    count = np.zeros(blocks, np.int64)
    for block in range(blocks):
        begin = listed_first[block]
        lowest = np.inf
        for i in range(begin, listed_first[block + 1]):
            lowest = min(lowest, reached[listed[i]])
        for i in range(begin, listed_first[block + 1]):
            far = reached[listed[i]] - lowest
            if bound + far >= target:
                continue
            at = begin + count[block]
            while at > begin and behind[at - 1] > far:
                behind[at], places[at] = behind[at - 1], places[at - 1]
                at -= 1
            behind[at], places[at] = far, listed[i]
            count[block] += 1
        if count[block] == 0:
            return 0
    order = np.argsort(count)
    # what the blocks from each level on can add at least and at most, and have to spend
    low, high = np.zeros((blocks + 1, size)), np.zeros((blocks + 1, size))
    spend = np.zeros((blocks + 1, budgets))
    scale = np.abs(rest[0]) + 1.0
    for level in range(blocks - 1, -1, -1):
        block = order[level]
        begin = listed_first[block]
        for d in range(size):
            down, up = np.inf, -np.inf
            for i in range(begin, begin + count[block]):
                down = min(down, least[places[i], d])
                up = max(up, most[places[i], d])
            low[level, d] = low[level + 1, d] + down
            high[level, d] = high[level + 1, d] + up
            scale[d] += max(abs(down), abs(up))
        for j in range(budgets):
            cheapest = np.inf
            for i in range(begin, begin + count[block]):
                cheapest = min(cheapest, tables.outlays[places[i], j])
            spend[level, j] = spend[level + 1, j] + cheapest
    so_low, so_high = np.zeros((blocks + 1, size)), np.zeros((blocks + 1, size))
    so_low[0], so_high[0] = rest[0], rest[1]
    so_spent, so_far = np.zeros((blocks + 1, budgets)), np.zeros(blocks + 1)
    tried, pick = np.zeros(blocks, np.int64), np.zeros(blocks, np.int64)
    single_first = np.arange(blocks + 1)
    single, ignored = np.empty(blocks, np.int64), np.empty(blocks, np.int64)
    own, own_needed = np.empty(size), np.empty(len(room.values), np.int64)
    own_reached = np.empty(len(reached))
    found = level = 0
    while level >= 0:
        block = order[level]
        if tried[level] >= count[block]:
            tried[level] = 0
            level -= 1
            continue
        visits -= 1
        if visits < 0:
            return -1
        place = listed_first[block] + tried[level]
        tried[level] += 1
        so_far[level + 1] = so_far[level] + behind[place]
        if bound + so_far[level + 1] >= target:
            tried[level] = 0
            level -= 1
            continue
        choice = places[place]
        fits = True
        for d in range(size):
            so_low[level + 1, d] = so_low[level, d] + least[choice, d]
            so_high[level + 1, d] = so_high[level, d] + most[choice, d]
            if so_high[level + 1, d] + high[level + 1, d] < -TINY * scale[d] or (
                sure.balanced[d] and so_low[level + 1, d] + low[level + 1, d] > TINY * scale[d]
            ):
                fits = False
        for j in range(budgets):
            so_spent[level + 1, j] = so_spent[level, j] + tables.outlays[choice, j]
            if so_spent[level + 1, j] + spend[level + 1, j] > tables.limits[j] + TINY:
                fits = False
        if not fits:
            continue
        pick[level] = choice
        if level < blocks - 1:
            level += 1
            continue
        for at in range(blocks):
            single[order[at]] = pick[at]
        needed = 0
        for b in range(blocks):
            for t in range(tables.group_first[single[b]], tables.group_first[single[b] + 1]):
                own_needed[needed] = tables.groups[t]
                needed += 1
        own[:] = worths
        alone = _rise(
            tables, sure, own_needed[:needed], single, single_first, own, worths, target, steps,
            room, own_reached, ignored,
        )  # fmt: skip
        visits -= 200
        if alone >= target:
            continue
        if found == len(listing):
            return -1
        listing[found] = single
        found += 1
    return found


@compiled
def _doubt(
    tables: FlowTables,
    sure: Sure,
    half: Array,
    worths: Array,
    picked: Indices,
    room: Room,
    doubts: Array,
    chord_doubts: Array,
) -> None:
    """Write how much of the loss hangs on flows in doubt, by what would settle them."""
    size = len(worths)
    doubts[:] = 0.0
    chord_doubts[:] = 0.0
    for choice in picked:
        for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
            group = tables.groups[t]
            place = sure.place[group]
            if place < 0:
                continue
            first, last = sure.way_first[place], sure.way_first[place + 1]
            for i in range(sure.lane_first[first], sure.lane_first[last]):
                worth = sure.lanes[i, 0]
                for d in range(size):
                    worth += sure.lanes[i, 2 + d] * worths[d]
                room.worth[i] = worth
            own = 0.0
            if group >= tables.private_from:
                _, own = _own_worth(
                    sure.lanes, sure.lane_first[first : last + 1], sure.full[first:last],
                    sure.sizes[first:last],
                    sure.own[:, sure.own_first[place] : sure.own_first[place + 1]],
                    sure.equal[place], room.worth, room.tried, room.used, False,
                )  # fmt: skip
            for way in range(first, last):
                top, bottom = (-np.inf, np.inf) if sure.full[way] else (0.0, 0.0)
                far = -1
                for i in range(sure.lane_first[way], sure.lane_first[way + 1]):
                    here = room.worth[i] + sure.lanes[i, 1] * own
                    top, bottom = max(top, here), min(bottom, here)
                    if far < 0 or sure.reach[i] > sure.reach[far]:
                        far = i
                if far < 0 or sure.reach[far] <= 0:
                    continue
                hangs = sure.sizes[way] * (top - bottom)
                for chord in range(sure.own_first[place], sure.own_first[place + 1]):
                    if sure.own[2, chord] == OPEN:
                        hangs += sure.own[0, chord] * abs(sure.own[1, chord] + own)
                for d in range(size):
                    share = abs(sure.lanes[far, 2 + d]) * half[d] / sure.reach[far]
                    doubts[d] += hangs * share
            for chord in range(sure.own_first[place], sure.own_first[place + 1]):
                if sure.own[2, chord] == OPEN:
                    doubts[size] += sure.own[0, chord] * abs(sure.own[1, chord] + own)
    for chord in range(len(tables.chord_at)):
        if sure.chords[chord] == OPEN:
            rest = abs(tables.chords[2, chord] + worths[tables.chord_at[chord]])
            chord_doubts[chord] = tables.chords[1, chord] * rest


@compiled
def look(
    tables: FlowTables,
    low: Array,
    high: Array,
    scales: Array,
    states: States,
    worths: Array,
    others: Array,
    marks: Marks,
    at_most: float,
    steps: int,
    visits: int,
    seen: Seen,
) -> None:
    """Bound boxes of prices from below, hardly beyond `at_most`, and unmark choices.

    Parameters
    ----------
    low, high : scaled prices; shape (boxes, coordinates).
    scales : least and largest scale; shape (boxes, 2).
    states : what is known of each chord at a coordinate; shape (boxes, chords).
    worths : to begin from, and for the best ones; shape (boxes, coordinates).
    others : worths to begin from if these are better.
    marks : choices that are looked at; those that cannot be in a portfolio that loses less than
        `at_most`, with prices in the box, are unmarked; shape (boxes, choices).
    steps : of the worths, at most.
    visits : of choices, to list portfolios.
    """
    count, size = low.shape
    groups, choices = len(tables.way_first) - 1, len(tables.costs)
    lanes, ways, blocks = len(tables.lanes), len(tables.sizes), len(tables.first) - 1
    longest = 1
    for group in range(groups):
        total = 2 + tables.own_first[group + 1] - tables.own_first[group]
        for way in range(tables.way_first[group], tables.way_first[group + 1]):
            wide = tables.lane_first[way + 1] - tables.lane_first[way]
            total += wide * (wide + 1) // 2
        longest = max(longest, total)
    sure = Sure(
        np.empty(groups, np.int64),
        np.empty((groups, size + 1)),
        np.zeros(groups + 1, np.int64),
        np.zeros(ways + 1, np.int64),
        np.empty(ways, np.bool_),
        np.empty(ways),
        np.empty((lanes, size + 2)),
        np.empty(lanes),
        np.empty(groups, np.bool_),
        np.zeros(groups + 1, np.int64),
        np.empty((3, tables.own_chords.shape[1])),
        np.empty(len(tables.chord_at), np.int8),
        np.empty(size, np.bool_),
    )
    room = Room(np.empty(lanes), np.empty(longest), np.empty(groups), np.empty(size))
    needed, is_needed = np.empty(groups, np.int64), np.empty(groups, np.bool_)
    listed, listed_first = np.empty(choices, np.int64), np.zeros(blocks + 1, np.int64)
    reached, slope = np.empty(choices), np.empty(size)
    group_least, group_most = np.empty((groups, size)), np.empty((groups, size))
    least, most = np.empty((choices, size)), np.empty((choices, size))
    rest = np.empty((2, size))
    for box in range(count):
        seen.listed[box] = -1
        seen.bounds[box] = np.inf
        empty = False
        for turn in range(2):  # what cannot be balanced goes before the bound is taken
            place = wanted = 0
            is_needed[:] = False
            for block in range(blocks):
                listed_first[block] = place
                for choice in range(tables.first[block], tables.first[block + 1]):
                    if not marks[box, choice]:
                        continue
                    listed[place] = choice
                    place += 1
                    for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
                        if not is_needed[tables.groups[t]]:
                            is_needed[tables.groups[t]] = True
                            needed[wanted] = tables.groups[t]
                            wanted += 1
                empty = empty or place == listed_first[block]
            listed_first[blocks] = place
            if empty or turn == 1:
                break
            for chord in range(len(tables.chord_at)):
                d, value = tables.chord_at[chord], tables.chords[0, chord]
                state = states[box, chord]
                if value * scales[box, 0] > high[box, d] + TINY:
                    state = np.int8(FULL)
                elif value * scales[box, 1] < low[box, d] - TINY:
                    state = np.int8(IDLE)
                sure.chords[chord] = state
            _settle(
                tables, low[box], high[box], scales[box, 0], scales[box, 1], needed[:wanted], sure,
                group_least, group_most,
            )  # fmt: skip
            empty = _unbalanced(
                tables, sure, listed[:place], listed_first, group_least, group_most, least, most,
                rest, marks[box],
            )  # fmt: skip
            if empty:
                break
        if empty:
            continue
        bound = _rise(
            tables, sure, needed[:wanted], listed[:place], listed_first, worths[box],
            others[box], at_most, steps, room, reached, seen.picked[box],
        )  # fmt: skip
        seen.bounds[box] = bound
        if bound >= at_most:
            continue
        # once more at the best worths, for what goes with them
        bound = _value(
            tables, sure, needed[:wanted], listed[:place], listed_first, worths[box], room,
            reached, seen.picked[box], slope,
        )  # fmt: skip
        portfolios = 1.0
        for block in range(blocks):
            lowest = reached[seen.picked[box, block]]
            left = 0
            for i in range(listed_first[block], listed_first[block + 1]):
                if bound + reached[listed[i]] - lowest >= at_most:
                    marks[box, listed[i]] = False
                left += marks[box, listed[i]]
            portfolios *= left
        half = (high[box] - low[box]) / 2
        _doubt(
            tables, sure, half, worths[box], seen.picked[box], room, seen.doubts[box],
            seen.chord_doubts[box],
        )  # fmt: skip
        if portfolios < visits or bound > at_most - NEAR * abs(at_most):
            seen.listed[box] = _list(
                tables, sure, listed[:place], listed_first, reached, bound, at_most, least, most,
                rest, worths[box], visits, steps, room, seen.listing[box],
            )  # fmt: skip

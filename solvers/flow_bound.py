"""What a player can have at most where the evader's prices lie in a box, in machine code.

In a box of prices much of what the evader does is certain. Along a way (lanes that share a tail
and a capacity) lane l leaves the surplus  s_l = b_l + sum_d factor_ld p_d,  the factors being the
gain at the head's price, minus one at the tail's and minus the cost at the price of money. By
complementary slackness, in every best response whose dual prices p lie in the box,

    lane_is_idle      no unit enters l where s_l < 0, or where another lane's surplus is larger
    way_is_full       the way is used to capacity where some s_l > 0
    chord_is_idle     nothing fills a chord worth less than its front's price
    chord_is_full     a chord worth more is filled
    money_is_spent    the whole budget, where the price of money is > 0; goods likewise

all over the box. What is left of the evader's problem is a few doubtful flows. With any multipliers
P (*worths*) on money and on the shared nodes, what the player loses is at least

    constant - B P_money + sum over blocks  min over choices a  [cost_a - sum of ways  u max_l
    (earned_l + sum_d factor_ld P_d)]  - sum over chords  width max(-stake slope - P_front)

each max over what is possible there, nought among it unless the way or chord is full. A private
node has a worth of its own, found on one line. Subgradient steps (held1971) in a space that is
stretched where slopes turn round (shor1985) raise the bound.
It is sharp where boxes are small, since only lanes on the brink are doubtful and those are worth
nothing at the right P; alignment between the player and the evader is not needed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.compiled import compiled

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

WORTH_IT = 0.1
"""Share of the distance to the target that four steps must cover for more to be taken."""

DILATED = 0.6
"""How much of a direction is taken away where the slope turned round along it."""

UNLIMITED = 1e6
"""Largest worth, negated, of a node of its own block; any number gives a bound that holds."""


class FlowTables(NamedTuple):
    """One case of a separated network as arrays.

    A way is a range of lanes. A group is a range of ways: one alone, or those into a private node
    followed by those out of it, with a range of the private nodes' chords. A block is a range of
    choices; `terms` lists the groups that a choice adds, -1 for none.
    """

    factors: Array  # (lanes, coordinates)
    values: Array  # strategic value of a unit, per lane
    earned: Array  # what the player earns by a unit, per lane
    gains: Array  # units that arrive at the private node, -1 for a way out of it, else 0
    lane_low: Places  # per way
    lane_high: Places
    sizes: Array
    way_low: Places  # per group
    way_out: Places
    way_high: Places
    private: Flags
    chord_low: Places
    chord_high: Places
    chord_values: Array  # chords at private nodes
    chord_widths: Array
    chord_losses: Array
    choice_low: Places  # per block
    choice_high: Places
    costs: Array  # per choice
    terms: Places  # (choices, terms)
    front_coordinates: Places  # chords at coordinates
    front_values: Array
    front_widths: Array
    front_losses: Array
    budget: float
    constant: float


class Seen(NamedTuple):
    """What a look at boxes gives; the first axis is the box.

    Attributes
    ----------
    bounds : what the player loses at least.
    choices : the choice of each block at which the bound is taken.
    behind : for each choice, by how much its block would raise the bound.
    worths : the multipliers of the bound.
    doubts : by coordinate, how much of the player's payoff hangs on flows that are in doubt.
    """

    bounds: Array
    choices: Places
    behind: Array
    worths: Array
    doubts: Array


@compiled
def _excess(
    most: bool, price: float, tables: FlowTables, group: int, surplus: Array, reach: Array
) -> float:
    """Return supply less demand at a private node: least just above a price, or most below."""
    lane_low, lane_high, sizes, gains = (
        tables.lane_low,
        tables.lane_high,
        tables.sizes,
        tables.gains,
    )
    sign = 1.0 if most else -1.0
    excess = 0.0
    for way in range(tables.way_low[group], tables.way_high[group]):
        entry = way < tables.way_out[group]
        top = -np.inf
        gain = 0.0 if most else np.inf
        for lane in range(lane_low[way], lane_high[way]):
            if entry:
                top = max(top, gains[lane] * price + surplus[lane] + sign * reach[lane])
                if gains[lane] > 0:
                    gain = max(gain, gains[lane]) if most else min(gain, gains[lane])
            else:
                top = max(top, surplus[lane] - sign * reach[lane])
        if entry:
            if (most and top > 1e-12) or (not most and top >= -1e-12 and gain < np.inf):
                excess += sizes[way] * gain
        elif (most and top >= price - 1e-12) or (not most and top > price + 1e-12):
            excess -= sizes[way]
    for chord in range(tables.chord_low[group], tables.chord_high[group]):
        value = tables.chord_values[chord]
        if (most and value >= price - 1e-12) or (not most and value > price + 1e-12):
            excess -= tables.chord_widths[chord]
    return excess


@compiled
def _own_interval(
    tables: FlowTables, group: int, surplus: Array, reach: Array
) -> tuple[float, float]:
    """Return the interval of a private node's smallest price in the evader's optimal duals."""
    low, high = 0.0, np.inf
    if _excess(False, 0.0, tables, group, surplus, reach) >= 0:
        high = 0.0
    for way in range(tables.way_low[group], tables.way_high[group]):
        for lane in range(tables.lane_low[way], tables.lane_high[way]):
            gain = tables.gains[lane]
            if gain == 0.0:
                continue
            for most in (False, True):
                sign = 1.0 if most == (gain > 0) else -1.0
                if gain > 0:
                    price = -(surplus[lane] + sign * reach[lane]) / gain
                else:
                    price = surplus[lane] + sign * reach[lane]
                if not most and 0 < price < high:
                    if _excess(False, price, tables, group, surplus, reach) >= 0:
                        high = price
                elif (
                    most and price > low and _excess(True, price, tables, group, surplus, reach) < 0
                ):
                    low = price
    for chord in range(tables.chord_low[group], tables.chord_high[group]):
        price = tables.chord_values[chord]
        if 0 < price < high and _excess(False, price, tables, group, surplus, reach) >= 0:
            high = price
        if price > low and _excess(True, price, tables, group, surplus, reach) < 0:
            low = price
    return low, max(low, high)


@compiled
def _settle(
    tables: FlowTables,
    needed: Flags,
    low: Array,
    high: Array,
    tolerance: float,
    kept: Places,
    kept_high: Places,
    full: Flags,
    own_low: Array,
    idle_chord: Flags,
    full_chord: Flags,
    reach: Array,
) -> None:
    """Find which lanes are possible (`kept`, from each way's first place) and what is full."""
    size = len(low)
    centre, half = (low + high) / 2, (high - low) / 2
    factors = tables.factors
    surplus = np.empty(len(factors))
    for group in range(len(needed)):
        if not needed[group]:
            continue
        first, last = tables.way_low[group], tables.way_high[group]
        for way in range(first, last):
            for lane in range(tables.lane_low[way], tables.lane_high[way]):
                at_centre, far = tables.values[lane], 0.0
                for d in range(size):
                    at_centre += factors[lane, d] * centre[d]
                    far += abs(factors[lane, d]) * half[d]
                surplus[lane] = at_centre
                reach[lane] = far
        own_high = 0.0
        own_low[group] = 0.0
        if tables.private[group]:
            own_low[group], own_high = _own_interval(tables, group, surplus, reach)
            for chord in range(tables.chord_low[group], tables.chord_high[group]):
                value = tables.chord_values[chord]
                full_chord[chord] = value > own_high + tolerance
                idle_chord[chord] = value < own_low[group] - tolerance
        for way in range(first, last):
            least = -np.inf
            count = tables.lane_low[way]
            for lane in range(tables.lane_low[way], tables.lane_high[way]):
                gain = tables.gains[lane]
                at_low = gain * (own_low[group] if gain > 0 else own_high) if gain != 0 else 0.0
                at_high = gain * (own_high if gain > 0 else own_low[group]) if gain != 0 else 0.0
                least = max(least, surplus[lane] - reach[lane] + at_low)
                if surplus[lane] + reach[lane] + at_high < -tolerance:
                    continue
                best = True
                for other in range(tables.lane_low[way], tables.lane_high[way]):
                    ahead = surplus[lane] - surplus[other]
                    for d in range(size):
                        ahead += abs(factors[lane, d] - factors[other, d]) * half[d]
                    apart = gain - tables.gains[other]
                    if apart != 0:
                        ahead += apart * (own_high if apart > 0 else own_low[group])
                    if ahead < -tolerance:
                        best = False
                        break
                if best:
                    kept[count] = lane
                    count += 1
            kept_high[way] = count
            full[way] = least > tolerance


@compiled
def _own_worth(
    tables: FlowTables,
    group: int,
    kept: Places,
    kept_high: Places,
    full: Flags,
    idle_chord: Flags,
    full_chord: Flags,
    worth: Array,
    least: float,
    used: Array,
) -> tuple[float, float]:
    """Return the least, over a private node's own worth, of what the flows around it are worth.

    `used` gets the units along each lane that go with it; the second number is the own worth.
    """
    first, last = tables.way_low[group], tables.way_high[group]
    gains, sizes = tables.gains, tables.sizes
    tried = np.empty(300)
    tried[0] = least
    count = 1
    for way in range(first, last):
        for i in range(tables.lane_low[way], kept_high[way]):
            lane = kept[i]
            if gains[lane] == 0.0 or count > 280:
                continue
            tried[count] = -worth[lane] / gains[lane]
            count += 1
            for j in range(tables.lane_low[way], i):
                other = kept[j]
                if gains[other] != gains[lane] and count < 280:
                    tried[count] = (worth[other] - worth[lane]) / (gains[lane] - gains[other])
                    count += 1
    for chord in range(tables.chord_low[group], tables.chord_high[group]):
        if count < 290:
            tried[count] = -tables.chord_losses[chord]
            count += 1
    best, own = np.inf, least
    for t in range(count):
        if tried[t] < least:
            continue
        total = 0.0
        for way in range(first, last):
            top = -np.inf if full[way] else 0.0
            for i in range(tables.lane_low[way], kept_high[way]):
                top = max(top, gains[kept[i]] * tried[t] + worth[kept[i]])
            if top > -np.inf:
                total += sizes[way] * top
        for chord in range(tables.chord_low[group], tables.chord_high[group]):
            rest = -tables.chord_losses[chord] - tried[t]
            if full_chord[chord] or (rest > 0 and not idle_chord[chord]):
                total += tables.chord_widths[chord] * rest
        if total < best:
            best, own = total, tried[t]
    level = 1e-9 * (1 + abs(own))
    picked = np.full((2, last - first), -1)
    slopes = np.zeros(2)
    for side in range(2):
        sign = 2.0 * side - 1.0
        for way in range(first, last):
            top = -np.inf if full[way] else 0.0
            steepest = -np.inf if full[way] else 0.0
            for i in range(tables.lane_low[way], kept_high[way]):
                lane = kept[i]
                reached = gains[lane] * own + worth[lane]
                steep = sign * gains[lane]
                if reached > top + level or (reached > top - level and steep > steepest):
                    top, steepest = max(top, reached), steep
                    picked[side, way - first] = lane
            if picked[side, way - first] >= 0:
                slopes[side] += sizes[way] * gains[picked[side, way - first]]
        for chord in range(tables.chord_low[group], tables.chord_high[group]):
            rest = -tables.chord_losses[chord] - own
            if full_chord[chord] or (rest > sign * level and not idle_chord[chord]):
                slopes[side] -= tables.chord_widths[chord]
    share = 0.0
    if slopes[1] > slopes[0]:
        share = min(1.0, max(0.0, slopes[1] / (slopes[1] - slopes[0])))
    for way in range(first, last):
        for lane in range(tables.lane_low[way], tables.lane_high[way]):
            used[lane] = 0.0
        left, right = picked[0, way - first], picked[1, way - first]
        if left >= 0:
            used[left] += share * sizes[way]
        if right >= 0:
            used[right] += (1 - share) * sizes[way]
    return best, own


@compiled
def _look(
    tables: FlowTables,
    low: Array,
    high: Array,
    start: Array,
    scale: float,
    open_: Flags,
    target: float,
    steps: int,
    choices: Places,
    behind: Array,
    worths: Array,
    doubts: Array,
) -> float:
    """Bound one box; see `look`."""
    size = len(low)
    centre, half = (low + high) / 2, (high - low) / 2
    factors, gains, sizes = tables.factors, tables.gains, tables.sizes
    blocks, count = len(tables.choice_low), len(tables.costs)
    listed = np.empty(count, dtype=np.int64)
    listed_low = np.empty(blocks + 1, dtype=np.int64)
    needed = np.zeros(len(tables.way_low), dtype=np.bool_)
    place = 0
    for block in range(blocks):
        listed_low[block] = place
        for choice in range(tables.choice_low[block], tables.choice_high[block]):
            if open_[choice]:
                listed[place] = choice
                place += 1
                for t in range(tables.terms.shape[1]):
                    if tables.terms[choice, t] >= 0:
                        needed[tables.terms[choice, t]] = True
        if place == listed_low[block]:
            return np.inf
    listed_low[blocks] = place
    lanes, ways, groups = len(factors), len(sizes), len(needed)
    kept = np.empty(lanes, dtype=np.int64)
    kept_high = np.empty(ways, dtype=np.int64)
    full = np.zeros(ways, dtype=np.bool_)
    own_low = np.zeros(groups)
    idle_chord = np.zeros(len(tables.chord_values), dtype=np.bool_)
    full_chord = np.zeros(len(tables.chord_values), dtype=np.bool_)
    reach = np.empty(lanes)
    tolerance = 1e-9
    _settle(
        tables, needed, low, high, tolerance, kept, kept_high, full, own_low, idle_chord,
        full_chord, reach,
    )  # fmt: skip
    worth, used = np.zeros(lanes), np.zeros(lanes)
    values, own = np.zeros(groups), np.zeros(groups)
    uses = np.zeros((groups, size))
    reached = np.empty(count)
    chosen = np.empty(blocks, dtype=np.int64)
    tried, slope, best_slope = start.copy(), np.zeros(size), np.zeros(size)
    direction, change, last_slope = np.zeros(size), np.zeros(size), np.zeros(size)
    stretch = np.zeros((size, size))
    for d in range(size):
        stretch[d, d] = max(centre[d], 1e-9)
    best, length, before = -np.inf, 0.0, -np.inf
    ending = False
    for step in range(steps + 1):
        ending = ending or step == steps
        if ending:  # once more at the best worths, for what is read off there
            tried[:] = worths
        for d in range(size):
            if low[d] <= 0 and tried[d] < 0:
                tried[d] = 0.0
        for group in range(groups):
            if not needed[group]:
                continue
            for way in range(tables.way_low[group], tables.way_high[group]):
                for i in range(tables.lane_low[way], kept_high[way]):
                    lane = kept[i]
                    worth[lane] = tables.earned[lane]
                    for d in range(size):
                        worth[lane] += factors[lane, d] * tried[d]
            uses[group] = 0.0
            if tables.private[group]:
                least = -UNLIMITED if own_low[group] > tolerance else 0.0
                total, own[group] = _own_worth(
                    tables, group, kept, kept_high, full, idle_chord, full_chord, worth, least, used
                )
                values[group] = -total
                for way in range(tables.way_low[group], tables.way_high[group]):
                    for i in range(tables.lane_low[way], kept_high[way]):
                        lane = kept[i]
                        for d in range(size):
                            uses[group, d] += used[lane] * factors[lane, d]
                continue
            way = tables.way_low[group]
            top, at = (-np.inf if full[way] else 0.0), -1
            for i in range(tables.lane_low[way], kept_high[way]):
                if worth[kept[i]] > top:
                    top, at = worth[kept[i]], kept[i]
            values[group] = 0.0
            if at >= 0:
                values[group] = -sizes[way] * top
                for d in range(size):
                    uses[group, d] = sizes[way] * factors[at, d]
        bound = tables.constant - tables.budget * tried[0]
        slope[:] = 0.0
        slope[0] = -tables.budget
        for block in range(blocks):
            lowest = np.inf
            for i in range(listed_low[block], listed_low[block + 1]):
                choice = listed[i]
                value = tables.costs[choice]
                for t in range(tables.terms.shape[1]):
                    if tables.terms[choice, t] >= 0:
                        value += values[tables.terms[choice, t]]
                reached[choice] = value
                if value < lowest:
                    lowest, chosen[block] = value, choice
            bound += lowest
            for t in range(tables.terms.shape[1]):
                group = tables.terms[chosen[block], t]
                if group >= 0:
                    for d in range(size):
                        slope[d] -= uses[group, d]
        for chord in range(len(tables.front_values)):
            d = tables.front_coordinates[chord]
            rest = -tables.front_losses[chord] - tried[d]
            filled = tables.front_values[chord] > high[d] + tolerance
            possible = tables.front_values[chord] >= low[d] - tolerance
            if filled or (possible and rest > 0):
                bound -= tables.front_widths[chord] * rest
                slope[d] += tables.front_widths[chord]
        if bound > best:
            best = bound
            worths[:] = tried
            best_slope[:] = slope
        if ending:
            break
        if best >= target:
            return best
        if step == 0:  # the other start: the evader's own prices, turned around
            for d in range(size):
                tried[d] = -scale * centre[d]
            continue
        if step == 1:
            tried[:] = worths
            slope[:] = best_slope
            bound = best
        elif step % 8 == 1:
            if best - before < WORTH_IT * (target - best):
                ending = True
                continue
            before = best
        # where the slope turns round, steps along what turned become shorter (shor1985)
        turned = True
        if step > 1:
            along = 0.0
            for d in range(size):
                along += slope[d] * direction[d]
            turned = along <= 0
            if turned:
                norm = 0.0
                for d in range(size):
                    change[d] = 0.0
                    for e in range(size):
                        change[d] += stretch[e, d] * (slope[e] - last_slope[e])
                    norm += change[d] ** 2
                if norm > 0:
                    for d in range(size):
                        part = 0.0
                        for e in range(size):
                            part += stretch[d, e] * change[e]
                        for e in range(size):
                            stretch[d, e] -= DILATED * part * change[e] / norm
                length *= 0.5
            else:
                length *= 1.7
        else:
            before = best
        if turned:
            tried[:] = worths
            slope[:] = best_slope
            last_slope[:] = slope
            norm = 0.0
            for d in range(size):
                change[d] = 0.0
                for e in range(size):
                    change[d] += stretch[e, d] * slope[e]
                norm += change[d] ** 2
            norm = np.sqrt(norm)
            if norm <= 0:
                ending = True
                continue
            for d in range(size):
                direction[d] = 0.0
                for e in range(size):
                    direction[d] += stretch[d, e] * change[e] / norm
            if step == 1:
                length = 0.3 * (target - bound) / norm
        for d in range(size):
            tried[d] += length * direction[d]
    behind[:] = np.inf
    for block in range(blocks):
        choices[block] = chosen[block]
        for i in range(listed_low[block], listed_low[block + 1]):
            behind[listed[i]] = reached[listed[i]] - reached[chosen[block]]
        for t in range(tables.terms.shape[1]):
            group = tables.terms[chosen[block], t]
            if group < 0:
                continue
            for way in range(tables.way_low[group], tables.way_high[group]):
                top, bottom = (-np.inf, np.inf) if full[way] else (0.0, 0.0)
                far = -1
                for i in range(tables.lane_low[way], kept_high[way]):
                    lane = kept[i]
                    here = worth[lane] + gains[lane] * own[group]
                    top, bottom = max(top, here), min(bottom, here)
                    if far < 0 or reach[lane] > reach[far]:
                        far = lane
                if far >= 0 and reach[far] > 0 and top > bottom:
                    for d in range(size):
                        share = abs(factors[far, d]) * half[d] / reach[far]
                        doubts[d] += sizes[way] * (top - bottom) * share
    for chord in range(len(tables.front_values)):
        d = tables.front_coordinates[chord]
        if low[d] - tolerance <= tables.front_values[chord] <= high[d] + tolerance:
            rest = abs(tables.front_losses[chord] + worths[d])
            doubts[d] += tables.front_widths[chord] * rest
    return best


@compiled
def look(
    tables: FlowTables,
    low: Array,
    high: Array,
    starts: Array,
    scale: float,
    open_: Flags,
    target: float,
    steps: int,
) -> Seen:
    """Bound boxes of prices from below, hardly beyond `target`.

    Parameters
    ----------
    low, high, starts : shape (boxes, coordinates); starts are worths to begin from.
    scale : harm per unit of the evader's value, for a second start.
    open_ : choices that are looked at, shape (boxes, choices).
    steps : subgradient steps at most.
    """
    count, size = low.shape
    bounds = np.empty(count)
    choices = np.zeros((count, len(tables.choice_low)), dtype=np.int64)
    behind = np.full((count, len(tables.costs)), np.inf)
    worths = starts.copy()
    doubts = np.zeros((count, size))
    for box in range(count):
        bounds[box] = _look(
            tables, low[box], high[box], starts[box], scale, open_[box], target, steps,
            choices[box], behind[box], worths[box], doubts[box],
        )  # fmt: skip
    return Seen(bounds, choices, behind, worths, doubts)

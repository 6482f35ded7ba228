"""Boxes of prices that may hold an equilibrium's, in machine code.

In an equilibrium of aligned players the evader's prices p satisfy two conditions: nobody gains by a
change in one block at these prices (module `price_taking`), and p is a minimum of F_a, what the
evader's dual adds up for the options a (*stationarity*). So F_a(t) >= F_a(p) for all other prices
t. With tangents at a box's centre q, for whatever choices are left there,

    0  <=  F_a(t) - F_a(p)  <=  h(p)
    h(p) = fixed(t) - fixed(q) - slope (p - q)
             + sum of blocks b, max over choices a left  [f_ba(t) - f_ba(q) - slope_ba (p - q)]

for all p in the box that may be an equilibrium's. h is convex, so its corners say:

- If h is negative in all corners, the box holds no equilibrium.
- If it is in all corners of one side, part of the box next to that side holds none: between two
  corners h lies below its chord.
- If it would be with choice a as the only one of its block, choice a falls.

Trial prices t lie down the slopes of all choices left, at first, then down the combination of least
norm of these and of the slopes found at trials (gilbert1966), further each time. The smaller the
box, the less is lost by tangents, and t need not be near: what counts is how far F falls.

What the members lose in such an equilibrium is `harm` Z + costs, Z = F_a(p): at least what tangents
say in some corner of the box, and at most `harm` F_a(t) + costs for every t.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.boxes.blocks import Fixed, Indices, Marks
from solvers.boxes.separation import Array
from solvers.boxes.tangents import fixed_at
from solvers.compiled import compiled
from solvers.equilibria.price_taking import (
    FAR,
    SLACK,
    Near,
    Terms,
    draw_near,
    gather_rows,
    take_prices,
)
from solvers.equilibria.stacked_rows import rows_at

ROUNDS = 4  # looks at one box, as long as each leaves less than KEPT of it
KEPT = 0.4
TRIALS = 6
BEYOND = 1.3  # how far beyond the box the first trials are, 1 being just beyond
COMBINED = 1024.0  # profiles in a box up to which all are looked at

CLOSED, OPEN = -2, -1
"""What a box came to; from 0 on, how many profiles are listed for it."""


class Aim(NamedTuple):
    """What is looked for.

    Attributes
    ----------
    harm, costs : the members' loss is `harm` Z plus each choice's costs.
    best, worst : profiles that lose no less than `best` and no more than `worst` are of no use.
    tolerance : bn USD a year, of sums of prices times slopes.
    """

    fixed: Fixed
    harm: float
    costs: Array
    best: float
    worst: float
    tolerance: float


class Boxes(NamedTuple):
    """Boxes looked at together.

    Attributes
    ----------
    low, high : prices, narrowed on the way; shape (boxes, coordinates).
    marks, targets : see `price_taking.take_prices`; shape (boxes, choices).
    losses : the least and the most that a profile left may lose; shape (boxes, 2).
    doubts : for how much halving each coordinate may settle; shape (boxes, coordinates).
    status : for what each box came to; shape (boxes,).
    room : how many profiles may be listed for each; shape (boxes,).
    listing : for the choices of profiles listed; shape (boxes, most, blocks).
    """

    low: Array
    high: Array
    marks: Marks
    targets: Marks
    losses: Array
    doubts: Array
    status: Indices
    room: Indices
    listing: Indices


class Left(NamedTuple):
    """The choices left in one box, block by block, and what trials say of them.

    Attributes
    ----------
    first : where each block's choices begin in `ids`, and the end; shape (blocks + 1,).
    ids : the choices, shape (choices,).
    slopes : at the centre, shape (choices, coordinates).
    below : values of the tangents at the centre in the corners, shape (choices, corners).
    low_slopes, high_slopes : the least and the largest that were met, as `slopes`.
    values : at the centre and at each trial, shape (1 + TRIALS, choices).
    fixed : what is fixed there, shape (1 + TRIALS,).
    fixed_below : the tangent at the centre of what is fixed, in the corners; shape (corners,).
    fixed_slopes : its slopes, shape (coordinates,).
    trial_slopes : at the last trial, as `slopes`.
    height : h in the corners, shape (corners,); `most`, its part of each block.
    """

    first: Indices
    ids: Indices
    slopes: Array
    below: Array
    low_slopes: Array
    high_slopes: Array
    values: Array
    fixed: Array
    fixed_below: Array
    fixed_slopes: Array
    trial_slopes: Array
    height: Array
    most: Array


@compiled
def look(terms: Terms, aim: Aim, boxes: Boxes) -> None:
    """Narrow boxes, unmark choices, and write what each box came to."""
    rows, corners, size = len(terms.turns.touched), *terms.signs.shape
    room, blocks = len(aim.costs), len(terms.choices.first) - 1
    near = Near(
        np.empty(size),
        np.empty(size),
        np.empty(rows, np.bool_),
        np.empty(rows, np.bool_),
        np.empty(rows, np.int64),
        np.empty((rows, 1 + size)),
        np.empty((rows, corners)),
        np.empty((rows, corners)),
        np.empty((len(terms.spending.limits), blocks)),
        np.empty(len(terms.stack.constants)),
        np.empty(size),
        np.empty(1, np.int64),
        np.empty((rows, 1 + size)),
    )
    left = Left(
        np.empty(blocks + 1, np.int64),
        np.empty(room, np.int64),
        np.empty((room, size)),
        np.empty((room, corners)),
        np.empty((room, size)),
        np.empty((room, size)),
        np.empty((1 + TRIALS, room)),
        np.empty(1 + TRIALS),
        np.empty(corners),
        np.empty(size),
        np.empty((room, size)),
        np.empty(corners),
        np.empty((blocks, corners)),
    )
    for i in range(len(boxes.status)):
        low, high, marks = boxes.low[i], boxes.high[i], boxes.marks[i]
        for _ in range(ROUNDS):
            boxes.status[i] = CLOSED
            draw_near(terms, near, low, high, boxes.targets[i])
            if not take_prices(terms, near, marks, boxes.targets[i]):
                break
            count = _gather(terms, aim, near, marks, left)
            trials = _try_prices(terms, aim, near, marks, left, low, high, count)
            if trials < 0:
                break
            _bound(aim, marks, left, trials, boxes.losses[i])
            if boxes.losses[i, 0] >= aim.best and boxes.losses[i, 1] <= aim.worst:
                break
            boxes.status[i] = OPEN
            product = 1.0
            for b in range(blocks):
                product *= _count(marks, left, b)
            if product <= COMBINED:
                listing = boxes.listing[i, : boxes.room[i]]
                boxes.status[i] = _list(terms, aim, near, marks, left, trials, listing)
            _doubt(aim, marks, left, low, high, boxes.doubts[i])
            kept = 1.0
            for d in range(size):
                if near.half[d] > 0.0:
                    kept *= (high[d] - low[d]) / (2 * near.half[d])
            if boxes.status[i] != OPEN or kept > KEPT:
                break


@compiled
def _count(marks: Marks, left: Left, b: int) -> int:
    """Return how many choices a block has left."""
    count = 0
    for n in range(left.first[b], left.first[b + 1]):
        count += marks[left.ids[n]]
    return count


@compiled
def _gather(terms: Terms, aim: Aim, near: Near, marks: Marks, left: Left) -> int:
    """Write the choices left and their tangents at the centre; return how many rows they need."""
    choices = terms.choices
    corners, size = terms.signs.shape
    n = 0
    for b in range(len(choices.first) - 1):
        left.first[b] = n
        for c in range(choices.first[b], choices.first[b + 1]):
            if not marks[c]:
                continue
            left.ids[n] = c
            _add_up(terms, near, c, left.values[0], left.slopes, n)
            for d in range(size):
                left.low_slopes[n, d] = left.high_slopes[n, d] = left.slopes[n, d]
            for k in range(corners):
                left.below[n, k] = left.values[0, n]
                for d in range(size):
                    left.below[n, k] += left.slopes[n, d] * terms.signs[k, d] * near.half[d]
            n += 1
    left.first[len(choices.first) - 1] = n
    left.fixed[0] = 0.0
    for d in range(size):
        left.fixed[0] += fixed_at(aim.fixed, d, near.centre[d])
        left.fixed_slopes[d] = _fixed_slope(aim.fixed, d, near.centre[d])
    for k in range(corners):
        left.fixed_below[k] = left.fixed[0]
        for d in range(size):
            left.fixed_below[k] += left.fixed_slopes[d] * terms.signs[k, d] * near.half[d]
    return gather_rows(terms, near, marks)


@compiled
def _add_up(terms: Terms, near: Near, choice: int, values: Array, slopes: Array, n: int) -> None:
    """Write value and slope of a choice in the place n, from those of its rows."""
    choices = terms.choices
    values[n] = 0.0
    for d in range(slopes.shape[1]):
        slopes[n, d] = 0.0
    for t in range(choices.row_first[choice], choices.row_first[choice + 1]):
        row = choices.rows[t]
        values[n] += near.tangents[row, 0]
        for d in range(slopes.shape[1]):
            slopes[n, d] += near.tangents[row, 1 + d]


@compiled
def _try_prices(
    terms: Terms,
    aim: Aim,
    near: Near,
    marks: Marks,
    left: Left,
    low: Array,
    high: Array,
    rows: int,
) -> int:
    """Narrow a box and unmark choices by trials; return how many they were, -1 if it is closed."""
    size, blocks = len(low), len(left.first) - 1
    way, other = np.empty(size), np.empty(size)
    for d in range(size):
        way[d] = left.fixed_slopes[d]
        for b in range(blocks):
            for n in range(left.first[b], left.first[b + 1]):
                way[d] += left.slopes[n, d] / (left.first[b + 1] - left.first[b])
        way[d] *= near.half[d]
    trials = 0
    while trials < TRIALS:
        norm = square = 0.0
        for d in range(size):
            norm += abs(way[d])
            square += way[d] ** 2
        if square < 1e-300:
            break
        reach = (BEYOND if trials < 2 else 1.0 + trials) * norm / square
        for d in range(size):
            near.point[d] = max(near.centre[d] - reach * way[d] * near.half[d], 0.0)
        trials += 1
        _try(terms, aim, near, marks, left, trials, rows)
        highest = 0
        for k in range(len(left.height)):
            if left.height[k] > left.height[highest]:
                highest = k
        if left.height[highest] < -aim.tolerance:
            return -1
        _narrow(terms, aim, left, low, high, near)
        if not _drop(aim, marks, left, trials):
            return -1
        for d in range(size):
            if high[d] < low[d]:
                return -1
        for d in range(size):
            other[d] = _fixed_slope(aim.fixed, d, near.point[d])
        for b in range(blocks):
            steepest, most = 0, -FAR
            for n in range(left.first[b], left.first[b + 1]):
                value = left.values[trials, n] - left.below[n, highest]
                if marks[left.ids[n]] and value > most:
                    steepest, most = n, value
            for d in range(size):
                other[d] += left.trial_slopes[steepest, d]
        apart = along = 0.0
        for d in range(size):
            other[d] *= near.half[d]
            apart += (way[d] - other[d]) ** 2
            along += way[d] * (way[d] - other[d])
        share = min(max(along / max(apart, 1e-300), 0.0), 1.0)
        for d in range(size):
            way[d] += share * (other[d] - way[d])
    return trials


@compiled
def _try(
    terms: Terms, aim: Aim, near: Near, marks: Marks, left: Left, trial: int, count: int
) -> None:
    """Write h of a trial in the corners."""
    size = len(near.point)
    left.fixed[trial] = 0.0
    for d in range(size):
        left.fixed[trial] += fixed_at(aim.fixed, d, near.point[d])
    rows_at(terms.stack, terms.offset, near.rows, count, near.point, near.worth, near.tangents)
    for n in range(left.first[len(left.first) - 1]):
        _add_up(terms, near, left.ids[n], left.values[trial], left.trial_slopes, n)
        for d in range(size):
            slope = left.trial_slopes[n, d]
            left.low_slopes[n, d] = min(left.low_slopes[n, d], slope)
            left.high_slopes[n, d] = max(left.high_slopes[n, d], slope)
    for k in range(len(left.height)):
        left.height[k] = left.fixed[trial] - left.fixed_below[k]
        for b in range(len(left.first) - 1):
            most = -FAR
            for n in range(left.first[b], left.first[b + 1]):
                if marks[left.ids[n]]:
                    most = max(most, left.values[trial, n] - left.below[n, k])
            left.most[b, k] = most
            left.height[k] += most


@compiled
def _drop(aim: Aim, marks: Marks, left: Left, trial: int) -> bool:
    """Unmark choices with which h would be negative; return whether all blocks have one left."""
    for b in range(len(left.first) - 1):
        for n in range(left.first[b], left.first[b + 1]):
            falls = marks[left.ids[n]]
            for k in range(len(left.height)):
                if falls:
                    own = left.values[trial, n] - left.below[n, k]
                    falls = left.height[k] - left.most[b, k] + own < -aim.tolerance
            if falls:
                marks[left.ids[n]] = False
        if _count(marks, left, b) == 0:
            return False
    return True


@compiled
def _narrow(terms: Terms, aim: Aim, left: Left, low: Array, high: Array, near: Near) -> None:
    """Cut off what is next to a side of the box and has a negative h."""
    corners, size = terms.signs.shape
    for d in range(size):
        bit = corners >> (d + 1)
        for side in (-1.0, 1.0):
            share = 0.0  # of the box that is kept, from the other side
            for k in range(corners):
                if terms.signs[k, d] != side:
                    continue
                here, there = left.height[k] + aim.tolerance, left.height[k ^ bit] + aim.tolerance
                if here >= 0.0:
                    share = 1.0
                elif there > 0.0:
                    share = max(share, there / (there - here))
            if side > 0:
                high[d] = min(high[d], near.centre[d] + (2 * share - 1) * near.half[d])
            else:
                low[d] = max(low[d], near.centre[d] - (2 * share - 1) * near.half[d])


@compiled
def _bound(aim: Aim, marks: Marks, left: Left, trials: int, losses: Array) -> None:
    """Tighten the least and the most that a profile left in a box may lose."""
    blocks = len(left.first) - 1
    least = most = FAR
    for k in range(len(left.height)):
        total = aim.harm * left.fixed_below[k]
        for b in range(blocks):
            cheapest = FAR
            for n in range(left.first[b], left.first[b + 1]):
                if marks[left.ids[n]]:
                    lost = aim.harm * left.below[n, k] + aim.costs[left.ids[n]]
                    cheapest = min(cheapest, lost)
            total += cheapest
        least = min(least, total)
    for t in range(1 + trials):
        total = aim.harm * left.fixed[t]
        for b in range(blocks):
            dearest = -FAR
            for n in range(left.first[b], left.first[b + 1]):
                if marks[left.ids[n]]:
                    lost = aim.harm * left.values[t, n] + aim.costs[left.ids[n]]
                    dearest = max(dearest, lost)
            total += dearest
        most = min(most, total)
    losses[0], losses[1] = max(losses[0], least), min(losses[1], most)


@compiled
def _doubt(aim: Aim, marks: Marks, left: Left, low: Array, high: Array, doubts: Array) -> None:
    """Write for each coordinate how far slopes are apart, times its width."""
    fixed = aim.fixed
    for d in range(len(low)):
        apart = 1e-9
        for b in range(len(left.first) - 1):
            least, most = FAR, -FAR
            for n in range(left.first[b], left.first[b + 1]):
                if marks[left.ids[n]]:
                    least = min(least, left.low_slopes[n, d])
                    most = max(most, left.high_slopes[n, d])
            apart += most - least
        for j in range(fixed.first[d], fixed.first[d + 1]):
            if low[d] < fixed.values[j] < high[d]:
                apart += fixed.sizes[j]
        doubts[d] = apart * (high[d] - low[d])


@compiled
def _list(
    terms: Terms, aim: Aim, near: Near, marks: Marks, left: Left, trials: int, listing: Indices
) -> int:
    """List the profiles left that no trial excludes.

    Returns
    -------
    How many they are, or OPEN where they are more than `listing` holds; then choices in none of
    them are unmarked.
    """
    blocks, size = len(left.first) - 1, len(near.half)
    pick = np.empty(blocks, np.int64)
    slopes = np.empty((blocks + 1, size))
    values = np.empty((blocks + 1, 1 + trials))
    costs = np.zeros(blocks + 1)
    for d in range(size):
        slopes[0, d] = left.fixed_slopes[d]
    for t in range(1 + trials):
        values[0, t] = left.fixed[t]
    kept = np.zeros(len(marks), np.bool_)
    level = number = 0
    pick[0] = left.first[0] - 1
    while level >= 0:
        pick[level] += 1
        n = pick[level]
        if n == left.first[level + 1]:
            level -= 1
            continue
        if not marks[left.ids[n]]:
            continue
        for d in range(size):
            slopes[level + 1, d] = slopes[level, d] + left.slopes[n, d]
        for t in range(1 + trials):
            values[level + 1, t] = values[level, t] + left.values[t, n]
        costs[level + 1] = costs[level] + aim.costs[left.ids[n]]
        if level < blocks - 1:
            level += 1
            pick[level] = left.first[level] - 1
            continue
        least = values[blocks, 0]  # of the tangent in the box
        for d in range(size):
            least -= abs(slopes[blocks, d]) * near.half[d]
        upper = values[blocks, 0]
        for t in range(trials):
            upper = min(upper, values[blocks, 1 + t])
        possible = upper - least >= -aim.tolerance and (
            aim.harm * least + costs[blocks] < aim.best
            or aim.harm * upper + costs[blocks] > aim.worst
        )
        if possible and _affordable(terms, left, pick):
            if number < len(listing):
                for b in range(blocks):
                    listing[number, b] = left.ids[pick[b]]
            number += 1
            for b in range(blocks):
                kept[left.ids[pick[b]]] = True
    if number <= len(listing):
        return number
    for c in range(len(marks)):
        marks[c] = kept[c]
    return OPEN


@compiled
def _affordable(terms: Terms, left: Left, pick: Indices) -> bool:
    """Return whether choices respect all budgets."""
    for k in range(len(terms.spending.limits)):
        spent = 0.0
        for b in range(len(pick)):
            spent += terms.spending.outlay[k, left.ids[pick[b]]]
        if spent > terms.spending.limits[k] + SLACK:
            return False
    return True


@compiled
def _fixed_slope(fixed: Fixed, d: int, price: float) -> float:
    """Return a slope of what is fixed at a price."""
    slope: float = fixed.slopes[d]
    for j in range(fixed.first[d], fixed.first[d + 1]):
        if fixed.values[j] > price:
            slope -= fixed.sizes[j]
    return slope

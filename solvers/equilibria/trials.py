"""Prices tried in place of those of a box: how far the evader's dual falls there, in machine code.

An equilibrium's prices p are a minimum of F_a, what the evader's dual adds up for the options a
(*stationarity*). So F_a(t) >= F_a(p) for all other prices t. With tangents at a box's centre q, for
whatever choices are left there,

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
"""

from __future__ import annotations

import numpy as np

from solvers.boxes.choices import Marks
from solvers.boxes.separation import Array
from solvers.boxes.tangents import fixed_at
from solvers.compiled import compiled
from solvers.equilibria.choices_left import Aim, Left, add_up, count_left, fixed_slope
from solvers.equilibria.near_rows import Near, Terms
from solvers.equilibria.stacked_rows import rows_at

FAR = 1e300
TRIALS = 6
BEYOND = 1.3  # how far beyond the box the first trials are, 1 being just beyond


@compiled
def try_prices(
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
            other[d] = fixed_slope(aim.fixed, d, near.point[d])
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
        add_up(terms, near, left.ids[n], left.values[trial], left.trial_slopes, n)
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
        if count_left(marks, left, b) == 0:
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

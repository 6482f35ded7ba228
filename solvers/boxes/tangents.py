"""Tangents of the functions of blocks at many prices, in machine code.

A convex function never falls below its tangent, and every subgradient is the slope of one. A row
without a price of its own has the factors of its best lanes as slope. Where there is one, the
function of that price is convex with few kinks, so that trying them all finds the least; the left
and the right slope there are mixed so that the own price has slope nought, which makes the mix a
slope in the coordinates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.blocks import Fixed
from solvers.boxes.choices import Indices, Marks
from solvers.boxes.separation import Array
from solvers.compiled import compiled

LEVEL = 1e-10
"""Differences of prices below this share of their size count as ties."""


@compiled
def tangents(
    factors: Array,
    constants: Array,
    gains: Array,
    lane_first: Indices,
    sizes: Array,
    entry: Marks,
    part_first: Indices,
    private_from: int,
    first: Indices,
    costs: Array,
    row_first: Indices,
    rows: Indices,
    order: Indices,
    prices: Array,
    marks: Marks,
    which: Indices,
    ids: NDArray[np.int64],
    counts: NDArray[np.int64],
    values: Array,
    slopes: Array,
) -> None:
    """Write the tangents of all marked choices at each price.

    Parameters
    ----------
    factors, constants, gains, lane_first, sizes, entry, part_first, private_from : see
        `blocks.Rows`.
    first, costs, row_first, rows : see `blocks.Choices`.
    order : the order in which the choices of each block are written; shape (choices,).
    prices : shape (prices, coordinates).
    marks : sets of choices, shape (sets, choices).
    which : the set of each price, shape (prices,).
    ids : for the choices written; those of block b begin at `first[b]`; shape (prices, choices).
    counts : for the number of choices written, shape (prices, blocks).
    values : for values, as `ids`.
    slopes : for slopes, shape (prices, coordinates, choices).
    """
    count, size = prices.shape
    all_rows = len(part_first) - 1
    used = np.empty(all_rows, np.bool_)
    tangent = np.empty((all_rows, size + 1))  # value, slope
    worth = np.empty(len(constants))  # what each lane earns at an own price of 0
    total = np.empty(size + 1)
    for i in range(count):
        for r in range(all_rows):
            used[r] = False
        for k in range(len(order)):
            c = order[k]
            if marks[which[i], c]:
                for t in range(row_first[c], row_first[c + 1]):
                    used[rows[t]] = True
        for r in range(all_rows):
            if not used[r]:
                continue
            for lane in range(lane_first[part_first[r]], lane_first[part_first[r + 1]]):
                earned = constants[lane]
                for d in range(size):
                    earned += factors[lane, d] * prices[i, d]
                worth[lane] = earned
            for d in range(size + 1):
                tangent[r, d] = 0.0
            if r >= private_from:
                add_private_tangent(
                    factors, gains, lane_first, sizes, entry, part_first, worth, r, tangent[r]
                )
                continue
            for part in range(part_first[r], part_first[r + 1]):
                best = lane_first[part]
                for lane in range(best + 1, lane_first[part + 1]):
                    if worth[lane] > worth[best]:
                        best = lane
                tangent[r, 0] += sizes[part] * worth[best]
                for d in range(size):
                    tangent[r, d + 1] += sizes[part] * factors[best, d]
        for b in range(len(first) - 1):
            n = first[b]
            for k in range(first[b], first[b + 1]):
                c = order[k]
                if not marks[which[i], c]:
                    continue
                for d in range(size + 1):
                    total[d] = 0.0
                for t in range(row_first[c], row_first[c + 1]):
                    for d in range(size + 1):
                        total[d] += tangent[rows[t], d]
                ids[i, n] = c
                values[i, n] = costs[c] + total[0]
                for d in range(size):
                    slopes[i, d, n] = total[d + 1]
                n += 1
            counts[i, b] = n - first[b]


@compiled
def private_tangents(
    factors: Array,
    constants: Array,
    gains: Array,
    lane_first: Indices,
    sizes: Array,
    entry: Marks,
    part_first: Indices,
    private_from: int,
    row_first: Indices,
    rows: Indices,
    prices: Array,
    marks: Marks,
    which: Indices,
    found: Array,
) -> None:
    """Write the tangents of the rows with a price of their own that marked choices add up.

    Parameters
    ----------
    factors, constants, gains, lane_first, sizes, entry, part_first, private_from : see
        `blocks.Rows`.
    row_first, rows : see `blocks.Choices`.
    prices : shape (prices, coordinates).
    marks : sets of choices, shape (sets, choices).
    which : the set of each price, shape (prices,).
    found : for value and slope, shape (prices, private rows, 1 + coordinates).
    """
    count, size = prices.shape
    all_rows = len(part_first) - 1
    used = np.empty(all_rows, np.bool_)
    worth = np.empty(len(constants))
    tangent = np.empty((all_rows, size + 1))
    for i in range(count):
        for r in range(all_rows):
            used[r] = False
        for c in range(marks.shape[1]):
            if marks[which[i], c]:
                for t in range(row_first[c], row_first[c + 1]):
                    used[rows[t]] = True
        for r in range(private_from, all_rows):
            if not used[r]:
                continue
            for lane in range(lane_first[part_first[r]], lane_first[part_first[r + 1]]):
                earned = constants[lane]
                for d in range(size):
                    earned += factors[lane, d] * prices[i, d]
                worth[lane] = earned
            for d in range(size + 1):
                tangent[r, d] = 0.0
            add_private_tangent(
                factors, gains, lane_first, sizes, entry, part_first, worth, r, tangent[r]
            )
            for d in range(size + 1):
                found[i, r - private_from, d] = tangent[r, d]


@compiled
def fixed_at(fixed: Fixed, d: int, price: float) -> float:
    """Return what a coordinate adds at a price whatever the blocks do (`blocks.Fixed`)."""
    total: float = fixed.slopes[d] * price
    for j in range(fixed.first[d], fixed.first[d + 1]):
        total += fixed.sizes[j] * max(fixed.values[j] - price, 0.0)
    return total


@compiled
def add_private_tangent(
    factors: Array,
    gains: Array,
    lane_first: Indices,
    sizes: Array,
    entry: Marks,
    part_first: Indices,
    worth: Array,
    row: int,
    tangent: Array,
) -> None:
    """Add to `tangent` the least of a row over its own price, and its slope there.

    Parameters
    ----------
    worth : what each lane earns at an own price of 0.
    tangent : value and slope, shape (1 + coordinates,).
    """
    start, end = part_first[row], part_first[row + 1]
    kinks = np.empty(1 + (lane_first[end] - lane_first[start]) ** 2 + end - start)
    kinks[0] = 0.0
    count = 1
    for part in range(start, end):
        if not entry[part]:
            top = 0.0
            for lane in range(lane_first[part], lane_first[part + 1]):
                top = max(top, worth[lane])
            kinks[count] = top
            count += 1
            continue
        for one in range(lane_first[part], lane_first[part + 1]):
            for other in range(lane_first[part], one):
                rise = gains[one] - gains[other]
                if rise != 0.0:
                    kinks[count] = (worth[other] - worth[one]) / rise
                    count += kinks[count] > 0.0
    own, least = 0.0, np.inf
    for k in range(count):
        value = 0.0
        for part in range(start, end):
            most = -np.inf if entry[part] else kinks[k]
            for lane in range(lane_first[part], lane_first[part + 1]):
                most = max(most, worth[lane] + gains[lane] * kinks[k])
            value += sizes[part] * (most if entry[part] else most - kinks[k])
            if value >= least:
                break
        if value < least:
            own, least = kinks[k], value
    tangent[0] += least
    level = LEVEL * (1 + own)
    left = right = 0.0
    share = 1.0
    for turn in range(4):  # the slopes in the own price to its left and right, then those in p
        side = 2.0 * (turn % 2) - 1.0
        if turn == 2:
            share = 0.0
            if own > level and right > left:
                share = min(max(right / (right - left), 0.0), 1.0)
        elif turn == 3:
            share = 1.0 - share
        for part in range(start, end):
            most = -np.inf
            for lane in range(lane_first[part], lane_first[part + 1]):
                most = max(most, worth[lane] + gains[lane] * own)
            if not entry[part] and most <= own + side * level:
                continue
            best = -1
            for lane in range(lane_first[part], lane_first[part + 1]):
                if worth[lane] + gains[lane] * own >= most - (level if entry[part] else 0.0) and (
                    best < 0 or side * gains[lane] > side * gains[best]
                ):
                    best = lane
            change = sizes[part] * (gains[best] if entry[part] else -1.0)
            if turn == 0:
                left += change
            elif turn == 1:
                right += change
            else:
                for d in range(factors.shape[1]):
                    tangent[d + 1] += share * sizes[part] * factors[best, d]

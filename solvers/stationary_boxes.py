"""Boxes of prices that may hold an equilibrium's, in machine code.

In an equilibrium of aligned players no one gains by a choice in one block at the evader's own
prices (*price taking*), and those prices are a minimum of what the evader's dual adds up
(*stationarity*); docs/formulation.md proves both. Take a box with centre q and half-widths r, and
the tangents at q of every function f_ba.

Price taking. Choice a falls where some change c of one player is better all over the box. What a
adds lies above its tangent and what c adds is convex, so the difference is largest in a corner:
looking at the corners proves it for the box.

Stationarity. Let s be slopes of all chosen functions at any prices t, in the box or beside it. A
minimum p of their sum has s (t - p) >= 0, for the sum is no greater at p than at t. Where that
fails for all p in the box and all choices left, the box holds no equilibrium. With t beyond the
corner to which the slopes lead down, it fails unless some kink is near.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.blocks import Fixed, Indices, Marks
from solvers.compiled import compiled
from solvers.seats import Seats, Spending
from solvers.tangents import fixed_at

Array = NDArray[np.float64]

FAR = 1e300
SLACK = 1e-9  # bn USD, of budgets


class Tangents(NamedTuple):
    """What module `tangents` writes for the choices listed in `order`, block by block.

    Attributes
    ----------
    first : where each block begins in `order`, and the end.
    ids, counts, values, slopes : see `tangents.tangents`.
    """

    first: Indices
    ids: Indices
    counts: Indices
    values: Array
    slopes: Array


@compiled
def propose_changes(
    seats: Seats, spending: Spending, first: Indices, at: Tangents, marks: Marks, changes: Indices
) -> None:
    """Unmark what budgets exclude, and write the best change from each choice at the centre.

    Parameters
    ----------
    first : where each block's choices begin, and the end.
    at : tangents at the centres, of the choices marked and of others that may replace them.
    marks : of each box, shape (boxes, choices).
    changes : for each box and entry of a seat, the choice to change to, or -1.
    """
    blocks, choices = len(first) - 1, marks.shape[1]
    values = np.empty(choices)
    room = np.empty((len(spending.limits), blocks))
    for i in range(len(marks)):
        _within_budgets(spending, first, marks[i], room)
        for c in range(choices):
            values[c] = np.nan
        for b in range(blocks):
            for n in range(at.first[b], at.first[b] + at.counts[i, b]):
                values[at.ids[i, n]] = at.values[i, n]
        for b in range(blocks):
            for seat in range(seats.first[b], seats.first[b + 1]):
                entry = seats.entry[seat] - first[b]
                for a in range(first[b], first[b + 1]):
                    changes[i, entry + a] = -1
                    if not marks[i, a]:
                        continue
                    least = seats.harm[seat] * values[a] + seats.own[entry + a]
                    for c in range(first[b], first[b + 1]):
                        if seats.group[entry + c] != seats.group[entry + a]:
                            continue
                        value = seats.harm[seat] * values[c] + seats.own[entry + c]
                        if value < least:  # never for NaN
                            fits = True
                            for k in range(seats.budget_first[seat], seats.budget_first[seat + 1]):
                                budget = seats.budgets[k]
                                most = max(spending.outlay[budget, a], room[budget, b])
                                fits = fits and spending.outlay[budget, c] <= most
                            if fits:
                                least = value
                                changes[i, entry + a] = c


@compiled
def _within_budgets(spending: Spending, first: Indices, marks: Marks, room: Array) -> None:
    """Unmark choices that leave too little for all others.

    Parameters
    ----------
    room : for what each budget leaves each block, whatever choice marked the others take.
    """
    blocks = len(first) - 1
    least = np.zeros(blocks)
    for k in range(len(spending.limits)):
        most_of_all = least_of_all = 0.0
        for b in range(blocks):
            room[k, b] = least[b] = 0.0
            if spending.touches[k, b]:
                most, low = 0.0, FAR
                for c in range(first[b], first[b + 1]):
                    if marks[c]:
                        most = max(most, spending.outlay[k, c])
                        low = min(low, spending.outlay[k, c])
                room[k, b], least[b] = most, low
                most_of_all += most
                least_of_all += low
        for b in range(blocks):
            if spending.touches[k, b]:
                room[k, b] = spending.limits[k] - (most_of_all - room[k, b])
                left = spending.limits[k] - (least_of_all - least[b])
                for c in range(first[b], first[b + 1]):
                    if marks[c] and spending.outlay[k, c] > left + SLACK:
                        marks[c] = False


@compiled
def take_prices(
    seats: Seats,
    first: Indices,
    low: Array,
    high: Array,
    at: Tangents,
    corners: Tangents,
    ends: Array,
    changes: Indices,
    marks: Marks,
    open_: Marks,
    costs: Array,
) -> None:
    """Unmark choices that some player changes all over a box.

    Parameters
    ----------
    low, high : shape (boxes, coordinates).
    at, corners : tangents at the centres, and of the changes in all corners of each box in turn.
    ends : the corners' prices, shape (boxes, corners, coordinates).
    open_ : set to False where a block has no choice left; shape (boxes,).
    costs : for what each coordinate's width adds to doubts, shape (boxes, coordinates).
    """
    blocks, choices, size = len(first) - 1, marks.shape[1], low.shape[1]
    values, slopes = np.empty(choices), np.empty((choices, size))
    theirs, theirs_slopes = (
        np.empty((ends.shape[1], choices)),
        np.empty((ends.shape[1], choices, size)),
    )
    count = ends.shape[1]
    steps = np.empty((count, size))
    for i in range(len(low)):
        for d in range(size):
            costs[i, d] = 0.0
            for k in range(count):
                steps[k, d] = ends[i, k, d] - (high[i, d] + low[i, d]) / 2
        for b in range(blocks):
            for n in range(at.first[b], at.first[b] + at.counts[i, b]):
                values[at.ids[i, n]] = at.values[i, n]
                for d in range(size):
                    slopes[at.ids[i, n], d] = at.slopes[i, d, n]
            for k in range(count):
                j = i * count + k
                for n in range(corners.first[b], corners.first[b] + corners.counts[j, b]):
                    theirs[k, corners.ids[j, n]] = corners.values[j, n]
                    for d in range(size):
                        theirs_slopes[k, corners.ids[j, n], d] = corners.slopes[j, d, n]
        open_[i] = True
        for b in range(blocks):
            left = 0
            for a in range(first[b], first[b + 1]):
                if not marks[i, a]:
                    continue
                falls = False
                for seat in range(seats.first[b], seats.first[b + 1]):
                    entry = seats.entry[seat] - first[b]
                    c = changes[i, entry + a]
                    if c < 0:
                        continue
                    saved = seats.own[entry + a] - seats.own[entry + c] - seats.slack[seat]
                    worst, corner = -FAR, 0
                    for k in range(count):
                        value = values[a]
                        for d in range(size):
                            value += slopes[a, d] * steps[k, d]
                        loss = seats.harm[seat] * (theirs[k, c] - value)
                        if loss > worst:
                            worst, corner = loss, k
                    if worst < saved:
                        falls = True
                        break
                    for d in range(size):
                        apart = theirs_slopes[corner, c, d] - slopes[a, d]
                        costs[i, d] += (
                            abs(apart) * (high[i, d] - low[i, d]) / 2 / (first[b + 1] - first[b])
                        )
                marks[i, a] = not falls
                left += not falls
            open_[i] = open_[i] and left > 0


@compiled
def aim(
    fixed: Fixed,
    first: Indices,
    low: Array,
    high: Array,
    at: Tangents,
    marks: Marks,
    signs: Array,
    downhill: Array,
    bounds: Array,
    harm: float,
    costs: Array,
) -> None:
    """Write which way the best choices at the centre lead, and bounds on what is lost.

    Parameters
    ----------
    downhill : for the slopes of all chosen functions at the centre, shape (boxes, coordinates).
    bounds : for the least and the most that a profile left may lose, shape (boxes, 2).
    harm, costs : the loss is `harm` times the evader's value plus each choice's costs.
    """
    blocks, size = len(first) - 1, low.shape[1]
    base, half = np.empty(size), np.empty(size)
    for i in range(len(low)):
        settled = most = 0.0
        for d in range(size):
            centre = (low[i, d] + high[i, d]) / 2
            half[d] = (high[i, d] - low[i, d]) / 2
            base[d] = _fixed_slope(fixed, d, centre)
            downhill[i, d] = base[d]
            settled += harm * fixed_at(fixed, d, centre)
        for b in range(blocks):
            best, dearest = -1, -FAR
            for n in range(at.first[b], at.first[b] + at.counts[i, b]):
                c = at.ids[i, n]
                if marks[i, c]:
                    if best < 0 or at.values[i, n] < at.values[i, best]:
                        best = n
                    dearest = max(dearest, harm * at.values[i, n] + costs[c])
            most += dearest
            for d in range(size):
                downhill[i, d] += at.slopes[i, d, best]
        least = FAR
        for k in range(len(signs)):
            total = 0.0
            for d in range(size):
                total += harm * base[d] * half[d] * signs[k, d]
            for b in range(blocks):
                cheapest = FAR
                for n in range(at.first[b], at.first[b] + at.counts[i, b]):
                    c = at.ids[i, n]
                    if marks[i, c]:
                        value = at.values[i, n]
                        for d in range(size):
                            value += at.slopes[i, d, n] * half[d] * signs[k, d]
                        cheapest = min(cheapest, harm * value + costs[c])
                total += cheapest
            least = min(least, total)
        bounds[i, 0], bounds[i, 1] = settled + least, settled + most


@compiled
def cut(
    fixed: Fixed,
    first: Indices,
    low: Array,
    high: Array,
    trials: Array,
    at: Tangents,
    marks: Marks,
    signs: Array,
    tolerance: float,
    open_: Marks,
    found: Array,
) -> None:
    """Close boxes that hold no minimum, by the slopes at trial prices.

    Parameters
    ----------
    trials : shape (boxes, coordinates).
    at : tangents at the trials.
    signs : of the corners, shape (corners, coordinates).
    open_ : for whether a box may hold a minimum; shape (boxes,).
    found : for the slopes that come nearest to a minimum in the box, shape (boxes, coordinates).
    """
    blocks, size = len(first) - 1, low.shape[1]
    apart, total, base = np.empty(size), np.empty(size), np.empty(size)
    for i in range(len(low)):
        for d in range(size):
            base[d] = _fixed_slope(fixed, d, trials[i, d])
        most = -FAR
        for k in range(len(signs)):
            value = 0.0
            for d in range(size):
                apart[d] = trials[i, d] - (high[i, d] if signs[k, d] > 0 else low[i, d])
                total[d] = base[d]
                value += base[d] * apart[d]
            for b in range(blocks):
                best, steepest = -1, -FAR
                for n in range(at.first[b], at.first[b] + at.counts[i, b]):
                    if marks[i, at.ids[i, n]]:
                        rise = 0.0
                        for d in range(size):
                            rise += at.slopes[i, d, n] * apart[d]
                        if rise > steepest:
                            best, steepest = n, rise
                value += steepest
                for d in range(size):
                    total[d] += at.slopes[i, d, best]
            if value > most:
                most = value
                for d in range(size):
                    found[i, d] = total[d]
        open_[i] = most >= -tolerance


@compiled
def list_profiles(
    fixed: Fixed,
    spending: Spending,
    first: Indices,
    low: Array,
    high: Array,
    trials: Array,
    ids: Indices,
    block_first: Indices,
    counts: Indices,
    values: Array,
    slopes: Array,
    tolerance: float,
    tried: float,
    harm: float,
    costs: Array,
    best: float,
    worst: float,
    marks: Marks,
    listed: Indices,
    listing: Indices,
) -> None:
    """List the profiles left in boxes where they are few, but those that some trial excludes.

    Parameters
    ----------
    trials : shape (boxes, trials, coordinates).
    ids, block_first, counts : of the choices marked, the same for all trials.
    values, slopes : shapes (boxes, trials, room) and (boxes, trials, coordinates, room).
    tried : profiles in a box up to which all are looked at one by one.
    harm, costs : the loss is `harm` times the evader's value plus each choice's costs.
    best, worst : profiles that lose no less than `best` and no more than `worst` are left out.
    listed : for how many are listed, or -1 where they are too many; shape (boxes,).
    listing : for their choices, shape (boxes, most, blocks).
    """
    blocks, size, rounds = len(first) - 1, low.shape[1], trials.shape[1]
    pick = np.empty(blocks, np.int64)
    sums = np.empty((blocks + 1, rounds, size))
    losses = np.empty((blocks + 1, rounds))
    kept = np.empty(marks.shape[1], np.bool_)
    for i in range(len(low)):
        listed[i] = -1
        product = 1.0
        for b in range(blocks):
            product *= counts[i, b]
        if product > tried:
            continue
        for t in range(rounds):
            losses[0, t] = 0.0
            for d in range(size):
                sums[0, t, d] = _fixed_slope(fixed, d, trials[i, t, d])
                losses[0, t] += harm * fixed_at(fixed, d, trials[i, t, d])
        for c in range(marks.shape[1]):
            kept[c] = False
        level, number = 0, 0
        pick[0] = block_first[0] - 1
        while level >= 0:
            pick[level] += 1
            if pick[level] == block_first[level] + counts[i, level]:
                level -= 1
                continue
            for t in range(rounds):
                lost = harm * values[i, t, pick[level]] + costs[ids[i, pick[level]]]
                losses[level + 1, t] = losses[level, t] + lost
                for d in range(size):
                    sums[level + 1, t, d] = sums[level, t, d] + slopes[i, t, d, pick[level]]
            if level < blocks - 1:
                level += 1
                pick[level] = block_first[level] - 1
                continue
            possible = True
            least, upper = -FAR, FAR
            for t in range(rounds):
                most = 0.0
                for d in range(size):
                    slope, trial = sums[blocks, t, d], trials[i, t, d]
                    most += slope * (trial - (low[i, d] if slope > 0 else high[i, d]))
                possible = possible and most >= -tolerance
                upper = min(upper, losses[blocks, t])
                least = max(least, losses[blocks, t] - harm * max(most, 0.0))
            possible = possible and (least < best or upper > worst)
            for k in range(len(spending.limits)):
                if possible:
                    spent = 0.0
                    for b in range(blocks):
                        spent += spending.outlay[k, ids[i, pick[b]]]
                    possible = spent <= spending.limits[k] + SLACK
            if possible:
                if number < listing.shape[1]:
                    for b in range(blocks):
                        listing[i, number, b] = ids[i, pick[b]]
                number += 1
                for b in range(blocks):
                    kept[ids[i, pick[b]]] = True
        if number <= listing.shape[1]:
            listed[i] = number
        else:
            for c in range(marks.shape[1]):
                marks[i, c] = kept[c]


@compiled
def _fixed_slope(fixed: Fixed, d: int, price: float) -> float:
    """Return a slope of what is fixed at a price."""
    slope: float = fixed.slopes[d]
    for j in range(fixed.first[d], fixed.first[d + 1]):
        if fixed.values[j] > price:
            slope -= fixed.sizes[j]
    return slope

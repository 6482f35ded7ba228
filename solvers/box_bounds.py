"""A box of prices bounded from below, in machine code.

Take a box with centre q and half-widths r, and tangents at q of every function f_ba of block b's
choices a. Give block b a slope s_b to charge for the prices that it uses, and

    f_ba(p) >= reach_ba + s_b (p - q),   reach_ba = f_ba(q) - sum over d  |slope_bad - s_bd| r_d

so that, with T = sum of all s_b, no affordable portfolio with prices in the box goes below

    constant + min over affordable a of sum_b reach_ba + min_p [fixed(p) + T (p - q)]

Any s_b will do; they start as the slopes of the best choices at q and follow subgradients of the
bound (held1971). What a portfolio with choice a in block b misses of the best one raises the bound
for a; where it reaches the limit, a is left out in the box. Where but a few portfolios are left,
they are listed instead.

Budgets: the best choices under one are found by merging the blocks' frontiers of outlay and reach;
where one block spends from several, each of its choices is tried (module `purses`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.blocks import Fixed
from solvers.compiled import compiled
from solvers.purses import Purses

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

FRONTIER = 128
"""Room for pairs of outlay and reach; what does not fit is rounded to the better of neighbours."""

FAR = 1e300
SLACK = 1e-9  # bn USD, of budgets


class Answers(NamedTuple):
    """What is written about each box.

    Attributes
    ----------
    bounds : no affordable portfolio with prices in the box is below; shape (boxes,).
    reached : what the portfolio `picked` costs at the centre's prices; shape (boxes,).
    picked : the best affordable choices at the centre; shape (boxes, blocks).
    losses : what each coordinate's width costs the bound; shape (boxes, coordinates).
    listed : how many portfolios are left if they are few, else -1; shape (boxes,).
    listing : the choices of those; shape (boxes, most, blocks).
    """

    bounds: Array
    reached: Array
    picked: Indices
    losses: Array
    listed: Indices
    listing: Indices


@compiled
def bound_boxes(
    constant: float,
    fixed: Fixed,
    purses: Purses,
    first: Indices,
    low: Array,
    high: Array,
    ids: Indices,
    counts: Indices,
    values: Array,
    slopes: Array,
    at_most: float,
    ascents: int,
    marks: NDArray[np.bool_],
    which: Indices,
    answers: Answers,
) -> None:
    """Bound every box from below, hardly beyond `at_most`, and unmark choices that are too dear.

    Parameters
    ----------
    first : where each block's choices begin, and the end.
    low, high : shape (boxes, coordinates).
    ids, counts, values, slopes : what module `tangents` writes at the centres.
    ascents : steps of the slopes charged.
    marks, which : sets of choices and the set of each box.
    """
    size, blocks, room = low.shape[1], len(first) - 1, ids.shape[1]
    half, centre, at_centre = np.empty(size), np.empty(size), np.empty(size)
    charge, move = np.empty((blocks, size)), np.empty((blocks, size))
    offset, lost = np.empty(size), np.empty(size)
    outlay, reach = np.empty(room), np.empty(room)
    early_reach, best_reach = np.empty(room), np.empty(room)
    pick, least = np.empty(blocks, np.int64), np.empty(blocks)
    early, best = np.empty(blocks), np.empty(blocks)  # reach of the best portfolio, by block
    best_least = np.empty(blocks)
    for i in range(len(low)):
        count = counts[i]
        answers.listed[i] = -1
        answers.bounds[i] = -np.inf
        for b in range(blocks):
            for n in range(first[b], first[b] + count[b]):
                outlay[n] = purses.outlay[ids[i, n]]
        reached = constant
        for d in range(size):
            half[d] = (high[i, d] - low[i, d]) / 2
            centre[d] = (high[i, d] + low[i, d]) / 2
            at_centre[d] = _fixed_at(fixed, d, centre[d])
            reached += at_centre[d]
        empty = False
        for b in range(blocks):
            empty = empty or count[b] == 0
        if empty:
            reached = FAR
        else:
            reached += _settle(purses, first, ids[i], count, outlay, values[i], pick, least)
        answers.reached[i] = reached
        if reached >= FAR:  # nothing is affordable
            answers.bounds[i] = np.inf
            answers.reached[i] = np.inf
            continue
        for b in range(blocks):
            answers.picked[i, b] = ids[i, pick[b]]
            early[b] = values[i, pick[b]]
            for d in range(size):
                charge[b, d] = slopes[i, d, pick[b]]
        target = min(reached, at_most + 1e-4 * abs(at_most))
        for ascent in range(ascents):
            for b in range(blocks):
                # unsigned, so that no index counts from the end and the loops become vectors
                start, end = np.uint64(first[b]), np.uint64(first[b] + count[b])
                for n in range(start, end):
                    reach[n] = values[i, n]
                for d in range(size):
                    price, width = charge[b, d], half[d]
                    for n in range(start, end):
                        reach[n] -= abs(slopes[i, d, n] - price) * width
            total = constant + _settle(purses, first, ids[i], count, outlay, reach, pick, least)
            for d in range(size):
                charged = 0.0
                lost[d] = 0.0
                for b in range(blocks):
                    charged += charge[b, d]
                    lost[d] += abs(slopes[i, d, pick[b]] - charge[b, d]) * half[d]
                price = _lowest(fixed, d, low[i, d], high[i, d], charged)
                offset[d] = price - centre[d]
                lowest = _fixed_at(fixed, d, price) + charged * offset[d]
                total += lowest
                lost[d] += at_centre[d] - lowest
            if ascent == 0:
                for d in range(size):
                    answers.losses[i, d] = lost[d]
                for n in range(room):
                    early_reach[n] = reach[n]
                _spread(purses, least, early)
            if total > answers.bounds[i]:
                answers.bounds[i] = total
                for n in range(room):
                    best_reach[n] = reach[n]
                for b in range(blocks):
                    best_least[b] = least[b]
                    best[b] = reach[pick[b]]
            if ascent == ascents - 1 or answers.bounds[i] >= at_most:
                break
            norm = 0.0
            for d in range(size):
                if half[d] > 0.0:  # a price that is settled need not move
                    for b in range(blocks):
                        apart = slopes[i, d, pick[b]] - charge[b, d]
                        move[b, d] = (apart > 0.0) - (apart < 0.0) + offset[d] / half[d]
                        norm += move[b, d] ** 2
            if norm == 0.0:
                break
            step = max(target - total, 0.0) / norm
            for d in range(size):
                if half[d] > 0.0:
                    for b in range(blocks):
                        charge[b, d] += step * move[b, d] / half[d]
        if answers.bounds[i] >= at_most:
            continue
        apart = answers.bounds[i]
        for b in range(blocks):
            apart += best_least[b] - best[b]
        _spread(purses, best_least, best)
        for b in range(blocks):
            for n in range(first[b], first[b] + count[b]):
                behind = max(early_reach[n] - early[b], best_reach[n] - best[b])
                if answers.bounds[i] + behind >= at_most:
                    marks[which[i], ids[i, n]] = False
        answers.listed[i] = _list(
            purses,
            first,
            ids[i],
            count,
            outlay,
            best_reach,
            best_least,
            at_most - apart,
            answers.listing[i],
        )


@compiled
def _fixed_at(fixed: Fixed, d: int, price: float) -> float:
    total: float = fixed.slopes[d] * price
    for j in range(fixed.first[d], fixed.first[d + 1]):
        total += fixed.sizes[j] * max(fixed.values[j] - price, 0.0)
    return total


@compiled
def _lowest(fixed: Fixed, d: int, low: float, high: float, charged: float) -> float:
    """Return the price at which what is fixed plus a charge on the price is least."""
    best = low
    least = _fixed_at(fixed, d, low) + charged * low
    value = _fixed_at(fixed, d, high) + charged * high
    if value < least:
        best, least = high, value
    for j in range(fixed.first[d], fixed.first[d + 1]):
        turn = fixed.values[j]
        if low < turn < high:
            value = _fixed_at(fixed, d, turn) + charged * turn
            if value < least:
                best, least = turn, value
    return best


@compiled
def _spread(purses: Purses, least: Array, reached: Array) -> None:
    """Make of what blocks reach what each reaches if all others of its team did the least."""
    teams = len(purses.hinge)
    excess = np.zeros(teams)
    for b in range(len(least)):
        if purses.team_of[b] >= 0:
            excess[purses.team_of[b]] += reached[b] - least[b]
    for b in range(len(least)):
        if purses.team_of[b] >= 0:
            reached[b] = least[b] + excess[purses.team_of[b]]


@compiled
def _settle(
    purses: Purses,
    first: Indices,
    ids: Indices,
    count: Indices,
    outlay: Array,
    reach: Array,
    pick: Indices,
    least: Array,
) -> float:
    """Return the least reach of all affordable portfolios, and write its choices.

    Parameters
    ----------
    outlay, reach : of the choices listed in `ids`.
    pick : for the place of each block's choice.
    least : for what each block reaches at least without budgets.
    """
    total = 0.0
    for b in range(len(count)):
        best = first[b]
        for n in range(first[b] + 1, first[b] + count[b]):
            if reach[n] < reach[best]:
                best = n
        pick[b] = best
        least[b] = reach[best]
        total += least[b]
    for team in range(len(purses.hinge)):
        if not _affordable(purses, team, ids, outlay, pick):
            total += _settle_team(purses, team, first, ids, count, outlay, reach, pick, least)
    return total


@compiled
def _affordable(purses: Purses, team: int, ids: Indices, outlay: Array, pick: Indices) -> bool:
    """Return whether choices respect all budgets of a team."""
    begin = purses.team_first[team]
    for j in range(begin, purses.team_first[team + 1]):
        spent = 0.0
        for k in range(purses.chain_first[j], purses.chain_first[j + 1]):
            spent += outlay[pick[purses.chain[k]]]
        if purses.hinge[team] >= 0:
            spent += purses.shares[ids[pick[purses.hinge[team]]], j - begin]
        if spent > purses.limits[j] + SLACK:
            return False
    return True


@compiled
def _settle_team(
    purses: Purses,
    team: int,
    first: Indices,
    ids: Indices,
    count: Indices,
    outlay: Array,
    reach: Array,
    pick: Indices,
    least: Array,
) -> float:
    """Choose for the blocks of a team within its budgets; return what that adds to the reach."""
    begin, end = purses.team_first[team], purses.team_first[team + 1]
    hinge = purses.hinge[team]
    longest = 0
    for j in range(begin, end):
        longest = max(longest, purses.chain_first[j + 1] - purses.chain_first[j])
    spent = np.empty((end - begin, FRONTIER))
    reached = np.empty((end - begin, FRONTIER))
    before = np.empty((end - begin, longest, FRONTIER), np.int64)
    choice = np.empty((end - begin, longest, FRONTIER), np.int64)
    lengths = np.empty(end - begin, np.int64)
    unbound = 0.0
    for j in range(begin, end):
        b = j - begin
        lengths[b] = _frontier(
            purses, j, first, count, outlay, reach, spent[b], reached[b], before[b], choice[b]
        )
        for k in range(purses.chain_first[j], purses.chain_first[j + 1]):
            unbound += least[purses.chain[k]]
    best = -1
    lowest = FAR
    if hinge < 0:
        lowest = 0.0
        for b in range(end - begin):
            at = _within(spent[b], lengths[b], purses.limits[begin + b])
            lowest += reached[b, at] if at >= 0 else FAR
    else:
        unbound += least[hinge]
        for n in range(first[hinge], first[hinge] + count[hinge]):
            if reach[n] >= lowest:
                continue
            total = reach[n]
            for b in range(end - begin):
                left = purses.limits[begin + b] - purses.shares[ids[n], b]
                at = _within(spent[b], lengths[b], left)
                total += reached[b, at] if at >= 0 else FAR
            if total < lowest:
                best, lowest = n, total
    if lowest >= FAR:
        return FAR
    if hinge >= 0:
        pick[hinge] = best
    for j in range(begin, end):
        b = j - begin
        left = purses.limits[j] - (purses.shares[ids[best], b] if hinge >= 0 else 0.0)
        at = _within(spent[b], lengths[b], left)
        start = purses.chain_first[j]
        for k in range(purses.chain_first[j + 1] - 1, start - 1, -1):
            pick[purses.chain[k]] = choice[b, k - start, at]
            at = before[b, k - start, at]
    return lowest - unbound


@compiled
def _within(spent: Array, length: int, limit: float) -> int:
    """Return the last place of a frontier that a limit allows, or -1."""
    at = length - 1
    while at >= 0 and spent[at] > limit + SLACK:
        at -= 1
    return at


@compiled
def _frontier(
    purses: Purses,
    budget: int,
    first: Indices,
    count: Indices,
    outlay: Array,
    reach: Array,
    spent: Array,
    reached: Array,
    before: Indices,
    choice: Indices,
) -> int:
    """Write the frontier of outlay and reach of the blocks that share one budget.

    Parameters
    ----------
    spent, reached : for outlays, rising, and reaches, falling.
    before, choice : for the place in the frontier before each block joined, and its choice.

    Returns
    -------
    The frontier's length.
    """
    limit = purses.limits[budget] + SLACK
    length = 1
    spent[0] = reached[0] = 0.0
    old_spent, old_reached = np.empty(FRONTIER), np.empty(FRONTIER)
    new_spent, new_reached = np.empty(FRONTIER), np.empty(FRONTIER)
    new_before, new_choice = np.empty(FRONTIER, np.int64), np.empty(FRONTIER, np.int64)
    for k in range(purses.chain_first[budget], purses.chain_first[budget + 1]):
        b = purses.chain[k]
        step = k - purses.chain_first[budget]
        old_length = length
        for at in range(length):
            old_spent[at], old_reached[at] = spent[at], reached[at]
        length = 0
        lowest = np.inf
        for n in range(first[b], first[b] + count[b]):
            if reach[n] >= lowest or outlay[n] > limit:
                continue
            lowest = reach[n]
            # merge what is there with the old frontier, moved by this choice
            one = other = made = 0
            low = np.inf
            while one < length or other < old_length:
                take = other >= old_length or (
                    one < length and spent[one] <= old_spent[other] + outlay[n]
                )
                if take:
                    paid, value = spent[one], reached[one]
                    came, chose = before[step, one], choice[step, one]
                    one += 1
                else:
                    paid, value = old_spent[other] + outlay[n], old_reached[other] + reach[n]
                    came, chose = other, n
                    other += 1
                if value >= low or paid > limit:
                    continue
                low = value
                if made == FRONTIER:  # full: the better of the last two at the lower outlay
                    made -= 1
                    paid = new_spent[made]
                new_spent[made], new_reached[made] = paid, value
                new_before[made], new_choice[made] = came, chose
                made += 1
            length = made
            for at in range(made):
                spent[at], reached[at] = new_spent[at], new_reached[at]
                before[step, at], choice[step, at] = new_before[at], new_choice[at]
    return length


@compiled
def _list(
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
            fits = fits and _affordable(purses, team, ids, outlay, pick)
        if fits:
            if found == len(listing):
                return -1
            for b in range(blocks):
                listing[found, b] = ids[pick[b]]
            found += 1
    return found

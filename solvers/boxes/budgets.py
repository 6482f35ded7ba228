"""The best choices of all blocks within public budgets, in machine code.

The best choices under one budget are found by merging the blocks' frontiers of outlay and reach;
where one block spends from several, each of its choices is tried (module `purses`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.purses import Purses
from solvers.compiled import compiled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

FRONTIER = 128
"""Room for pairs of outlay and reach; what does not fit is rounded to the better of neighbours."""

FAR = 1e300
SLACK = 1e-9  # bn USD, of budgets


@compiled
def settle(
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
        if not affordable(purses, team, ids, outlay, pick):
            total += _settle_team(purses, team, first, ids, count, outlay, reach, pick, least)
    return total


@compiled
def affordable(purses: Purses, team: int, ids: Indices, outlay: Array, pick: Indices) -> bool:
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

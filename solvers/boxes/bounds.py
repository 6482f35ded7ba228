"""A box of prices bounded from below, in machine code.

Take a box with centre q and half-widths r. A block's choice a is a sum of cells, one in each of the
block's accounts, and a cell is the maximum of affine functions, its pieces (module `cells`). Charge
account u a slope s_u for the prices that it uses. For any weights x_k >= 0 of a cell's pieces that
add up to 1, with `value` and `slope` the pieces' mixed value at q and slope,

    cell(p) >= miss + s_u (p - q),     miss = value - sum over d  |slope_d - s_ud| r_d

so that, with T = sum of all s_u, no affordable portfolio with prices in the box goes below

    constant + min over affordable a of sum of cost_a and the misses of its cells
             + min_p [fixed(p) + T (p - q)]

Any s will do. They are inherited from the box that this one is a half of, and follow subgradients
of the bound (held1971): account u's charge moves by the difference between the price at which the
last minimum lies and that at which the mixed cell is least. The best weights are sought among one
piece alone and mixes of it with the one that is largest where it is least. Where pieces are best in
different parts of the box, mixing is what makes the bound strong: a cell loses what its slope has
to give way, and not the whole difference between its slopes times the width.

What a portfolio with choice a in block b misses of the best one raises the bound for a; where it
reaches the limit, a is left out in the box. Where but a few portfolios are left, they are listed
instead.

Budgets: the best choices under one are found by merging the blocks' frontiers of outlay and reach;
where one block spends from several, each of its choices is tried (module `purses`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.blocks import Choices, Fixed
from solvers.boxes.cells import Cells
from solvers.boxes.purses import Purses
from solvers.boxes.tangents import fixed_at
from solvers.compiled import compiled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

FRONTIER = 128
"""Room for pairs of outlay and reach; what does not fit is rounded to the better of neighbours."""

FAR = 1e300
SLACK = 1e-9  # bn USD, of budgets
PATIENCE, SHRINKING = 6, 0.8  # steps get shorter after so many that were in vain


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


class Local(NamedTuple):
    """The cells in use in one box, with the pieces that can be largest there.

    Attributes
    ----------
    values, slopes : of the pieces at the centre; shape (pieces,) and (pieces, coordinates).
    begin, end : where each cell's pieces are, the one that is largest at the centre first.
    at_centre : what each row is worth there.
    used : whether a row is in use.
    """

    values: Array
    slopes: Array
    begin: Indices
    end: Indices
    at_centre: Array
    used: NDArray[np.bool_]


@compiled
def bound_boxes(
    constant: float,
    fixed: Fixed,
    purses: Purses,
    choices: Choices,
    cells: Cells,
    low: Array,
    high: Array,
    private: Array,
    at_most: float,
    ascents: int,
    marks: NDArray[np.bool_],
    charges: Array,
    which: Indices,
    answers: Answers,
) -> None:
    """Bound every box from below, hardly beyond `at_most`, and unmark choices that are too dear.

    Parameters
    ----------
    low, high : shape (boxes, coordinates).
    private : tangents at the centres of the last rows, those with a price of their own: value and
        slope; shape (boxes, private rows, 1 + coordinates).
    ascents : steps of the slopes charged.
    marks : sets of choices, shape (sets, choices).
    charges : slopes charged, to begin with and in the end; shape (sets, accounts, coordinates).
    which : the set of each box, shape (boxes,).
    """
    first, order = choices.first, purses.order
    size, blocks, room = low.shape[1], len(first) - 1, len(order)
    rows, accounts = len(cells.cell_first) - 1, len(cells.uses)
    local = Local(
        np.empty(len(cells.constants) + private.shape[1]),
        np.empty((len(cells.constants) + private.shape[1], size)),
        np.empty(len(cells.account), np.int64),
        np.empty(len(cells.account), np.int64),
        np.empty(rows),
        np.empty(rows, np.bool_),
    )
    half, centre, at_centre = np.empty(size), np.empty(size), np.empty(size)
    widths, move = np.empty((accounts, size)), np.zeros((accounts, size))
    offset, lost, slope = np.empty(size), np.empty(size), np.empty(size)
    ids, count = np.empty(room, np.int64), np.empty(blocks, np.int64)
    outlay, reach, best_reach = np.empty(room), np.empty(room), np.empty(room)
    worth, misses = np.empty(rows), np.empty(len(cells.account))
    least_at = np.empty((len(cells.account), size))
    pick, least = np.empty(blocks, np.int64), np.empty(blocks)
    best, best_least = np.empty(blocks), np.empty(blocks)  # reach of the best portfolio, by block
    charge, best_charge = np.empty((accounts, size)), np.empty((accounts, size))
    for i in range(len(low)):
        answers.listed[i] = -1
        answers.bounds[i] = -np.inf
        answers.reached[i] = np.inf
        for d in range(size):
            half[d] = (high[i, d] - low[i, d]) / 2
            centre[d] = (high[i, d] + low[i, d]) / 2
            at_centre[d] = fixed_at(fixed, d, centre[d])
            for u in range(accounts):
                widths[u, d] = half[d] if cells.uses[u, d] else 0.0
                charge[u, d] = charges[which[i], u, d]
        if not _marked(purses, choices, marks, which[i], ids, count, outlay, local.used):
            answers.bounds[i] = np.inf
            continue
        _localise(cells, private, i, centre, half, local)
        target, vain, share = 0.0, 0, 1.0
        for ascent in range(-1, ascents):  # -1 looks at the centre
            for r in range(rows):
                if not local.used[r]:
                    continue
                worth[r] = local.at_centre[r]
                if ascent < 0:
                    continue
                worth[r] = 0.0
                for cell in range(cells.cell_first[r], cells.cell_first[r + 1]):
                    u = cells.account[cell]
                    misses[cell] = _miss(local, cell, charge, widths, u, slope, least_at)
                    worth[r] += misses[cell]
            _add_up(choices, ids, count, worth, reach)
            total = constant + _settle(purses, first, ids, count, outlay, reach, pick, least)
            if ascent < 0:
                for d in range(size):
                    total += at_centre[d]
                if total >= FAR:  # nothing is affordable
                    answers.bounds[i] = np.inf
                    break
                answers.reached[i] = total
                for b in range(blocks):
                    answers.picked[i, b] = ids[pick[b]]
                target = min(total, at_most + 1e-4 * abs(at_most))
                continue
            for d in range(size):
                charged = 0.0
                for u in range(accounts):
                    charged += charge[u, d]
                price = _lowest(fixed, d, low[i, d], high[i, d], charged)
                offset[d] = price - centre[d]
                lowest = fixed_at(fixed, d, price) + charged * offset[d]
                total += lowest
                lost[d] = at_centre[d] - lowest
            better = total > answers.bounds[i]
            vain = 0 if better else vain + 1
            if vain == PATIENCE:
                vain, share = 0, share * SHRINKING
            norm = 0.0
            for b in range(blocks):
                c = ids[pick[b]]
                for t in range(choices.row_first[c], choices.row_first[c + 1]):
                    r = choices.rows[t]
                    for cell in range(cells.cell_first[r], cells.cell_first[r + 1]):
                        u, top = cells.account[cell], local.begin[cell]
                        apart = 0.0
                        for d in range(size):
                            apart += abs(local.slopes[top, d] - charge[u, d]) * widths[u, d]
                        for d in range(size):
                            if widths[u, d] > 0.0:
                                if apart > 0.0:
                                    part = abs(local.slopes[top, d] - charge[u, d]) * widths[u, d]
                                    lost[d] += (local.values[top] - misses[cell]) * part / apart
                                move[u, d] = (offset[d] - least_at[cell, d]) / widths[u, d]
                                norm += move[u, d] ** 2
            if better:
                answers.bounds[i] = total
                for d in range(size):
                    answers.losses[i, d] = lost[d]
                    for u in range(accounts):
                        best_charge[u, d] = charge[u, d]
                for n in range(room):
                    best_reach[n] = reach[n]
                for b in range(blocks):
                    best_least[b] = least[b]
                    best[b] = reach[pick[b]]
            if answers.bounds[i] >= at_most or norm == 0.0:
                break
            step = share * max(target - total, 0.0) / norm
            for u in range(accounts):
                for d in range(size):
                    if widths[u, d] > 0.0:
                        charge[u, d] += step * move[u, d] / widths[u, d]
        if answers.bounds[i] >= at_most:
            continue
        for u in range(accounts):
            for d in range(size):
                charges[which[i], u, d] = best_charge[u, d]
        apart = answers.bounds[i]
        for b in range(blocks):
            apart += best_least[b] - best[b]
        _spread(purses, best_least, best)
        for b in range(blocks):
            for n in range(first[b], first[b] + count[b]):
                if answers.bounds[i] + best_reach[n] - best[b] >= at_most:
                    marks[which[i], ids[n]] = False
        answers.listed[i] = _list(
            purses,
            first,
            ids,
            count,
            outlay,
            best_reach,
            best_least,
            at_most - apart,
            answers.listing[i],
        )


@compiled
def best_choices(
    constant: float,
    fixed: Fixed,
    purses: Purses,
    first: Indices,
    prices: Array,
    ids: Indices,
    counts: Indices,
    values: Array,
    reached: Array,
    picked: Indices,
) -> None:
    """Write the best affordable choices at each of some prices, and what they cost, or infinity.

    Parameters
    ----------
    prices : shape (prices, coordinates).
    ids, counts, values : what module `tangents` writes at these prices.
    reached : for what the choices cost; shape (prices,).
    picked : for the choices; shape (prices, blocks).
    """
    blocks, room = counts.shape[1], ids.shape[1]
    outlay = np.empty(room)
    pick, least = np.empty(blocks, np.int64), np.empty(blocks)
    for i in range(len(prices)):
        reached[i] = np.inf
        empty = False
        for b in range(blocks):
            empty = empty or counts[i, b] == 0
            for n in range(first[b], first[b] + counts[i, b]):
                outlay[n] = purses.outlay[ids[i, n]]
        if empty:
            continue
        total = constant + _settle(purses, first, ids[i], counts[i], outlay, values[i], pick, least)
        if total >= FAR:
            continue
        for d in range(prices.shape[1]):
            total += fixed_at(fixed, d, prices[i, d])
        reached[i] = total
        for b in range(blocks):
            picked[i, b] = ids[i, pick[b]]


@compiled
def _marked(
    purses: Purses,
    choices: Choices,
    marks: NDArray[np.bool_],
    which: int,
    ids: Indices,
    count: Indices,
    outlay: Array,
    used: NDArray[np.bool_],
) -> bool:
    """List the choices of a set, by block, and the rows that they use; return whether all have one.

    Parameters
    ----------
    ids, outlay : for the choices and what they cost; those of block b begin at `first[b]`.
    count : for the number of choices of each block.
    used : for whether a row is used.
    """
    for r in range(len(used)):
        used[r] = False
    for b in range(len(count)):
        n = choices.first[b]
        for k in range(choices.first[b], choices.first[b + 1]):
            c = purses.order[k]
            if not marks[which, c]:
                continue
            ids[n] = c
            outlay[n] = purses.outlay[c]
            for t in range(choices.row_first[c], choices.row_first[c + 1]):
                used[choices.rows[t]] = True
            n += 1
        count[b] = n - choices.first[b]
        if count[b] == 0:
            return False
    return True


@compiled
def _localise(
    cells: Cells, private: Array, box: int, centre: Array, half: Array, local: Local
) -> None:
    """Write the pieces that can be largest in a box, and what each row is worth at its centre."""
    size, rows = len(centre), len(local.used)
    values, slopes = local.values, local.slopes
    at = 0
    for r in range(rows):
        local.at_centre[r] = 0.0
        if not local.used[r]:
            continue
        for cell in range(cells.cell_first[r], cells.cell_first[r + 1]):
            local.begin[cell] = at
            own = r - rows + private.shape[1]
            if own >= 0:  # the tangent at the centre is largest there
                values[at] = private[box, own, 0]
                for d in range(size):
                    slopes[at, d] = private[box, own, 1 + d]
            else:
                values[at] = -np.inf
            end = at + 1
            for k in range(cells.piece_first[cell], cells.piece_first[cell + 1]):
                value = cells.constants[k]
                for d in range(size):
                    value += cells.slopes[k, d] * centre[d]
                to = end
                if value > values[at]:
                    if values[at] > -np.inf:  # keep the one that was largest so far
                        values[end] = values[at]
                        for d in range(size):
                            slopes[end, d] = slopes[at, d]
                        end += 1
                    to = at
                else:
                    end += 1
                values[to] = value
                for d in range(size):
                    slopes[to, d] = cells.slopes[k, d]
            kept = at + 1
            for k in range(at + 1, end):
                most = values[k]
                for d in range(size):
                    most += abs(slopes[k, d] - slopes[at, d]) * half[d]
                if most > values[at]:
                    values[kept] = values[k]
                    for d in range(size):
                        slopes[kept, d] = slopes[k, d]
                    kept += 1
            local.at_centre[r] += values[at]
            local.end[cell] = at = kept


@compiled
def _add_up(choices: Choices, ids: Indices, count: Indices, worth: Array, reach: Array) -> None:
    """Write what choices cost and their rows are worth together."""
    for b in range(len(count)):
        for n in range(choices.first[b], choices.first[b] + count[b]):
            c = ids[n]
            total = choices.costs[c]
            for t in range(choices.row_first[c], choices.row_first[c + 1]):
                total += worth[choices.rows[t]]
            reach[n] = total


@compiled
def _miss(
    local: Local,
    cell: int,
    charge: Array,
    widths: Array,
    account: int,
    slope: Array,
    least_at: Array,
) -> float:
    """Return what a cell, less its account's charge, does not fall below in the box.

    Parameters
    ----------
    charge, widths : shape (accounts, coordinates).
    slope : for the slope of the mix of pieces, less the charge.
    least_at : for where each cell less its charge is least, from the centre.
    """
    values, slopes, size, u = local.values, local.slopes, len(slope), account
    begin, end = local.begin[cell], local.end[cell]
    miss, one = -np.inf, begin
    for k in range(begin, end):
        value = values[k]
        for d in range(size):
            value -= abs(slopes[k, d] - charge[u, d]) * widths[u, d]
        if value > miss:
            miss, one = value, k
    for d in range(size):
        slope[d] = slopes[one, d] - charge[u, d]
        side = (slope[d] < 0.0) - 1.0 * (slope[d] > 0.0)
        least_at[cell, d] = side * widths[u, d]
    other, most = -1, miss
    for k in range(begin, end):
        value = values[k]
        for d in range(size):
            value += (slopes[k, d] - charge[u, d]) * least_at[cell, d]
        if value > most:
            other, most = k, value
    if other < 0:
        return miss
    turn, share = -1, 0.0
    for e in range(size):  # a mix is best where its slope turns in one of the coordinates
        rise = slopes[other, e] - charge[u, e]
        if slope[e] * rise >= 0.0 or widths[u, e] == 0.0:
            continue
        part = slope[e] / (slope[e] - rise)
        value = (1.0 - part) * values[one] + part * values[other]
        for d in range(size):
            if d != e:
                mixed = (1.0 - part) * slope[d] + part * (slopes[other, d] - charge[u, d])
                value -= abs(mixed) * widths[u, d]
        if value > miss:
            miss, turn, share = value, e, part
    if turn < 0:
        return miss
    apart = values[one] - values[other]
    for d in range(size):
        rise = slopes[one, d] - slopes[other, d]
        slope[d] -= share * rise
        if d != turn:
            side = (slope[d] < 0.0) - 1.0 * (slope[d] > 0.0)
            least_at[cell, d] = side * widths[u, d]
            apart += rise * least_at[cell, d]
    rise = slopes[one, turn] - slopes[other, turn]
    width = widths[u, turn]
    least_at[cell, turn] = min(max(-apart / rise, -width), width)  # where both are the same
    return miss


@compiled
def _lowest(fixed: Fixed, d: int, low: float, high: float, charged: float) -> float:
    """Return the price at which what is fixed plus a charge on the price is least."""
    best = low
    least = fixed_at(fixed, d, low) + charged * low
    value = fixed_at(fixed, d, high) + charged * high
    if value < least:
        best, least = high, value
    for j in range(fixed.first[d], fixed.first[d + 1]):
        turn = fixed.values[j]
        if low < turn < high:
            value = fixed_at(fixed, d, turn) + charged * turn
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

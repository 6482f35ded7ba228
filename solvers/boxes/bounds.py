"""A box of prices bounded from below, in machine code.

Take a box with centre q and half-widths r. A block's choice a is a sum of cells, one in each of the
block's accounts. Charge account u a slope s_u for the prices that it uses: then a cell is at least
what it misses plus s_u (p - q) (module `misses`), so that, with T = sum of all s_u, no affordable
portfolio with prices in the box goes below

    constant + min over affordable a of sum of cost_a and the misses of its cells
             + min_p [fixed(p) + T (p - q)]

Any s will do. They are inherited from the box that this one is a half of, and follow subgradients
of the bound (held1971): account u's charge moves by the difference between the price at which the
last minimum lies and that at which the mixed cell is least.

What a portfolio with choice a in block b misses of the best one raises the bound for a; where it
reaches the limit, a is left out in the box. Where but a few portfolios are left, they are listed
instead (module `listing`). What budgets allow is for module `budgets`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.boxes.blocks import Fixed
from solvers.boxes.budgets import settle
from solvers.boxes.cells import Cells
from solvers.boxes.choices import Choices
from solvers.boxes.listing import list_portfolios
from solvers.boxes.marked import add_up, list_marked
from solvers.boxes.misses import Local, localise, miss_of
from solvers.boxes.purses import Purses
from solvers.boxes.tangents import fixed_at
from solvers.compiled import compiled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

FAR = 1e300
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
        if not list_marked(purses, choices, marks, which[i], ids, count, outlay, local.used):
            answers.bounds[i] = np.inf
            continue
        localise(cells, private, i, centre, half, local)
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
                    misses[cell] = miss_of(local, cell, charge, widths, u, slope, least_at)
                    worth[r] += misses[cell]
            add_up(choices, ids, count, worth, reach)
            total = constant + settle(purses, first, ids, count, outlay, reach, pick, least)
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
            norm = _directions(
                choices,
                cells,
                local,
                ids,
                pick,
                charge,
                widths,
                offset,
                least_at,
                misses,
                move,
                lost,
            )
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
        answers.listed[i] = list_portfolios(
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
def _directions(
    choices: Choices,
    cells: Cells,
    local: Local,
    ids: Indices,
    pick: Indices,
    charge: Array,
    widths: Array,
    offset: Array,
    least_at: Array,
    misses: Array,
    move: Array,
    lost: Array,
) -> float:
    """Write where the charges of the best portfolio's cells move; return the square of its length.

    Parameters
    ----------
    offset : where the last minimum lies, from the centre.
    lost : for what each coordinate's width costs the bound, to which the cells' part is added.
    """
    size, norm = len(offset), 0.0
    for b in range(len(pick)):
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
    return norm


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

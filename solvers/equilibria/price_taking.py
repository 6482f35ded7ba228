"""What no player would leave at given prices, for all prices of a box at once, in machine code.

In an equilibrium of aligned players no one gains by a choice in one block at the evader's own
prices, nor by another option of a pivot; docs/formulation.md proves it. Take a box with centre q.
Choice a falls where some change c of one player is better all over the box:

    lambda (f_bc - f_ba) + cost_c - cost_a  <  0

Rows that a and c share cancel. Of the others those of c are convex and those of a lie above their
tangents at q, so the difference is largest in a corner: looking at the corners proves it for the
box. The same holds for the owner of a pivot, with the largest difference of any choice left in each
block.

A choice that falls for its block's only player need not be tried as a change again in this box:
what it falls for is better still, and is affordable wherever it is.
"""

from __future__ import annotations

from solvers.boxes.choices import Indices, Marks
from solvers.boxes.separation import Array
from solvers.compiled import compiled
from solvers.equilibria.near_rows import Near, Terms, in_corners
from solvers.equilibria.pivot_turns import turn_taken
from solvers.equilibria.seats import Spending

FAR = 1e300
SLACK = 1e-9  # bn USD, of budgets


@compiled
def take_prices(terms: Terms, near: Near, marks: Marks, targets: Marks) -> bool:
    """Unmark what budgets exclude and what some player changes all over a box.

    Parameters
    ----------
    marks : what may be chosen in an equilibrium there; shape (choices,).
    targets : what may be changed to; shape (choices,).

    Returns
    -------
    Whether every block has a choice left and no owner of a pivot takes a turn.
    """
    first, seats = terms.choices.first, terms.seats
    _within_budgets(terms.spending, first, marks, near.room)
    for seat in range(len(seats.harm)):
        _leave(terms, near, marks, targets, seat)
    for b in range(len(first) - 1):
        left = 0
        for a in range(first[b], first[b + 1]):
            left += marks[a]
        if left == 0:
            return False
    return not turn_taken(terms, near, marks)


@compiled
def _leave(terms: Terms, near: Near, marks: Marks, targets: Marks, seat: int) -> None:
    """Unmark the choices that the player of a seat leaves wherever prices are in the box."""
    choices, seats, spending = terms.choices, terms.seats, terms.spending
    b = seats.block[seat]
    alone = seats.first[b + 1] - seats.first[b] == 1
    entry, harm = seats.entry[seat] - choices.first[b], seats.harm[seat]
    for a in range(choices.first[b], choices.first[b + 1]):
        if not (marks[a] or (alone and targets[a])):
            continue
        start, count = choices.row_first[a], choices.row_first[a + 1] - choices.row_first[a]
        for c in range(choices.first[b], choices.first[b + 1]):
            if c == a or not targets[c] or seats.group[entry + c] != seats.group[entry + a]:
                continue
            saved = seats.own[entry + a] - seats.own[entry + c] - seats.slack[seat]
            other = choices.row_first[c]
            apart = 0.0
            for t in range(count):
                one, two = choices.rows[start + t], choices.rows[other + t]
                if one != two:
                    apart += near.tangents[two, 0] - near.tangents[one, 0]
            if harm * apart >= saved:
                continue
            better = True
            for k in range(seats.budget_first[seat], seats.budget_first[seat + 1]):
                budget = seats.budgets[k]
                most = max(spending.outlay[budget, a], near.room[budget, b])
                better = better and spending.outlay[budget, c] <= most
            for k in range(len(terms.signs)):
                if not better:
                    break
                apart = 0.0
                for t in range(count):
                    one, two = choices.rows[start + t], choices.rows[other + t]
                    if one != two:
                        if not near.ready[two]:
                            in_corners(terms, near, two)
                        apart += near.above[two, k] - near.below[one, k]
                better = harm * apart < saved
            if better:
                marks[a] = False
                targets[a] = targets[a] and not alone
                break


@compiled
def _within_budgets(spending: Spending, first: Indices, marks: Marks, room: Array) -> None:
    """Unmark choices that leave too little for all others, and write what is left for each block.

    Parameters
    ----------
    room : shape (budgets, blocks).
    """
    blocks = len(first) - 1
    for k in range(len(spending.limits)):
        most_of_all = least_of_all = 0.0
        for b in range(blocks):
            if spending.touches[k, b]:
                most, least = _outlays(spending, first, marks, k, b)
                most_of_all += most
                least_of_all += least
        for b in range(blocks):
            room[k, b] = 0.0
            if spending.touches[k, b]:
                most, least = _outlays(spending, first, marks, k, b)
                room[k, b] = spending.limits[k] - (most_of_all - most)
                left = spending.limits[k] - (least_of_all - least)
                for c in range(first[b], first[b + 1]):
                    if marks[c] and spending.outlay[k, c] > left + SLACK:
                        marks[c] = False


@compiled
def _outlays(
    spending: Spending, first: Indices, marks: Marks, budget: int, b: int
) -> tuple[float, float]:
    """Return the most and the least that a block may spend from a budget."""
    most, least = 0.0, FAR
    for c in range(first[b], first[b + 1]):
        if marks[c]:
            most = max(most, spending.outlay[budget, c])
            least = min(least, spending.outlay[budget, c])
    return most, least

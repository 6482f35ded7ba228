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

from typing import NamedTuple

from solvers.boxes.blocks import Choices, Indices, Marks
from solvers.boxes.separation import Array
from solvers.compiled import compiled
from solvers.equilibria.seats import Seats, Spending, Turns
from solvers.equilibria.stacked_rows import Stack, rows_at

FAR = 1e300
SLACK = 1e-9  # bn USD, of budgets


class Terms(NamedTuple):
    """A case as kernels see it.

    Attributes
    ----------
    offset : where its rows begin in the stack.
    signs : of the corners of a box, in the order of their bits; shape (corners, coordinates).
    """

    stack: Stack
    offset: int
    choices: Choices
    seats: Seats
    spending: Spending
    turns: Turns
    signs: Array


class Near(NamedTuple):
    """Rows of a case in one box.

    Attributes
    ----------
    centre, half : the box; shape (coordinates,).
    needed, ready : whether a row is asked for, and whether `above` is known; shape (rows,).
    rows : those asked for; shape (rows,).
    tangents : values and slopes at the centre; shape (rows, 1 + coordinates).
    below : the tangents' values in the corners; shape (rows, corners).
    above : the rows' own values there; shape (rows, corners).
    room : what each budget leaves each block, whatever choice left the others take.
    worth, point, one, elsewhere : room for rows at one price.
    """

    centre: Array
    half: Array
    needed: Marks
    ready: Marks
    rows: Indices
    tangents: Array
    below: Array
    above: Array
    room: Array
    worth: Array
    point: Array
    one: Indices
    elsewhere: Array


@compiled
def draw_near(terms: Terms, near: Near, low: Array, high: Array, wanted: Marks) -> None:
    """Write the tangents of all rows of some choices in a box.

    Parameters
    ----------
    wanted : the choices; shape (choices,).
    """
    corners, size = terms.signs.shape
    for d in range(size):
        near.centre[d] = (low[d] + high[d]) / 2
        near.half[d] = (high[d] - low[d]) / 2
    count = gather_rows(terms, near, wanted)
    rows_at(terms.stack, terms.offset, near.rows, count, near.centre, near.worth, near.tangents)
    for n in range(count):
        r = near.rows[n]
        near.ready[r] = False
        for k in range(corners):
            value = near.tangents[r, 0]
            for d in range(size):
                value += near.tangents[r, d + 1] * terms.signs[k, d] * near.half[d]
            near.below[r, k] = value


@compiled
def gather_rows(terms: Terms, near: Near, wanted: Marks) -> int:
    """Write which rows some choices add up, and return how many they are."""
    for r in range(len(near.needed)):
        near.needed[r] = False
    count = 0
    for c in range(len(wanted)):
        if wanted[c]:
            for t in range(terms.choices.row_first[c], terms.choices.row_first[c + 1]):
                row = terms.choices.rows[t]
                if not near.needed[row]:
                    near.needed[row] = True
                    near.rows[count] = row
                    count += 1
    return count


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
    return not _turns(terms, near, marks)


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
                            _in_corners(terms, near, two)
                        apart += near.above[two, k] - near.below[one, k]
                better = harm * apart < saved
            if better:
                marks[a] = False
                targets[a] = targets[a] and not alone
                break


@compiled
def _in_corners(terms: Terms, near: Near, row: int) -> None:
    """Write a row's values in the corners, each once for all that the row cannot tell apart."""
    uses = terms.stack.uses[terms.offset + row]
    near.one[0] = row
    for k in range(len(terms.signs)):
        if k & uses == k:
            for d in range(len(near.centre)):
                near.point[d] = near.centre[d] + terms.signs[k, d] * near.half[d]
            rows_at(terms.stack, terms.offset, near.one, 1, near.point, near.worth, near.elsewhere)
            near.above[row, k] = near.elsewhere[row, 0]
    for k in range(len(terms.signs)):
        near.above[row, k] = near.above[row, k & uses]
    near.ready[row] = True


@compiled
def _turns(terms: Terms, near: Near, marks: Marks) -> bool:
    """Return whether the owner of a pivot takes a turn wherever prices are in the box."""
    turns, first = terms.turns, terms.choices.first
    for j in range(len(turns.offset)):
        fits = True
        for k in range(len(terms.spending.limits)):
            spent = turns.extra[j, k]
            if spent <= 0.0:
                continue
            for b in range(len(first) - 1):
                most = 0.0
                for c in range(first[b], first[b + 1]):
                    if marks[c]:
                        most = max(most, terms.spending.outlay[k, c])
                spent += most
            fits = fits and spent <= terms.spending.limits[k]
        corner = -1  # the centre, which mostly settles it
        while fits and corner < len(terms.signs):
            gain = turns.saved[j] - turns.harm[j] * _rise(terms, near, marks, j, corner)
            fits = gain > turns.slack[j]
            corner += 1
        if fits:
            return True
    return False


@compiled
def _rise(terms: Terms, near: Near, marks: Marks, turn: int, corner: int) -> float:
    """Return what a turn adds to the evader's dual at most, in a corner or (-1) at the centre."""
    choices = terms.choices
    for d in range(len(near.centre)):
        near.point[d] = near.centre[d]
        if corner >= 0:
            near.point[d] += terms.signs[corner, d] * near.half[d]
    count = 0
    for b in range(len(choices.first) - 1):
        for c in range(choices.first[b], choices.first[b + 1]):
            if marks[c]:
                for t in range(choices.row_first[c], choices.row_first[c + 1]):
                    row = choices.rows[t]
                    if terms.turns.touched[row] and near.needed[row]:
                        near.needed[row] = False
                        near.rows[count] = row
                        count += 1
    there = terms.turns.offset[turn]
    rows_at(terms.stack, there, near.rows, count, near.point, near.worth, near.elsewhere)
    for n in range(count):
        near.needed[near.rows[n]] = True
    total = 0.0
    for b in range(len(choices.first) - 1):
        most = -FAR
        for c in range(choices.first[b], choices.first[b + 1]):
            if not marks[c]:
                continue
            rise = 0.0
            for t in range(choices.row_first[c], choices.row_first[c + 1]):
                row = choices.rows[t]
                if terms.turns.touched[row]:
                    rise += near.elsewhere[row, 0]
                    rise -= near.below[row, corner] if corner >= 0 else near.tangents[row, 0]
            most = max(most, rise)
        total += most
    return total


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

"""Whether the owner of a pivot would choose another option of it all over a box, in machine code.

Everything else stays, so what counts is by how much the evader's dual rises at most: with the
choice left in each block that makes the rise largest, in every corner.
"""

from __future__ import annotations

from solvers.boxes.choices import Marks
from solvers.compiled import compiled
from solvers.equilibria.near_rows import Near, Terms
from solvers.equilibria.stacked_rows import rows_at

FAR = 1e300


@compiled
def turn_taken(terms: Terms, near: Near, marks: Marks) -> bool:
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

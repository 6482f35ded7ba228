"""The rows of one case near a box of prices: tangents at its centre, and values in its corners.

Rows are convex, so each lies above its tangent at the centre and, between the corners, below what
it is worth there. Kernels write them once for each look at a box.
"""

from __future__ import annotations

from typing import NamedTuple

from solvers.boxes.choices import Choices, Indices, Marks
from solvers.boxes.separation import Array
from solvers.compiled import compiled
from solvers.equilibria.seats import Seats, Spending, Turns
from solvers.equilibria.stacked_rows import Stack, rows_at


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
def in_corners(terms: Terms, near: Near, row: int) -> None:
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

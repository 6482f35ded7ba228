"""Boxes of prices that may hold an equilibrium's, in machine code.

In an equilibrium of aligned players the evader's prices satisfy two conditions: nobody gains by a
change in one block at these prices (module `price_taking`), and they are a minimum of what the
evader's dual adds up (module `trials`). A look at a box unmarks choices that neither allows, and
narrows or closes the box.

What the members lose in such an equilibrium is `harm` Z + costs, Z = F_a(p): at least what tangents
say in some corner of the box, and at most `harm` F_a(t) + costs for every trial t.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.boxes.choices import Indices, Marks
from solvers.boxes.separation import Array
from solvers.compiled import compiled
from solvers.equilibria.choices_left import Aim, Left, count_left, gather_left, room_for_left
from solvers.equilibria.listed import list_left
from solvers.equilibria.near_rows import Near, Terms, draw_near
from solvers.equilibria.price_taking import take_prices
from solvers.equilibria.trials import TRIALS, try_prices

ROUNDS = 4  # looks at one box, as long as each leaves less than KEPT of it
KEPT = 0.4
FAR = 1e300
COMBINED = 1024.0  # profiles in a box up to which all are looked at

CLOSED, OPEN = -2, -1
"""What a box came to; from 0 on, how many profiles are listed for it."""


class Boxes(NamedTuple):
    """Boxes looked at together.

    Attributes
    ----------
    low, high : prices, narrowed on the way; shape (boxes, coordinates).
    marks, targets : see `price_taking.take_prices`; shape (boxes, choices).
    losses : the least and the most that a profile left may lose; shape (boxes, 2).
    doubts : for how much halving each coordinate may settle; shape (boxes, coordinates).
    status : for what each box came to; shape (boxes,).
    room : how many profiles may be listed for each; shape (boxes,).
    listing : for the choices of profiles listed; shape (boxes, most, blocks).
    """

    low: Array
    high: Array
    marks: Marks
    targets: Marks
    losses: Array
    doubts: Array
    status: Indices
    room: Indices
    listing: Indices


@compiled
def look(terms: Terms, aim: Aim, boxes: Boxes) -> None:
    """Narrow boxes, unmark choices, and write what each box came to."""
    rows, corners, size = len(terms.turns.touched), *terms.signs.shape
    room, blocks = len(aim.costs), len(terms.choices.first) - 1
    near = Near(
        np.empty(size),
        np.empty(size),
        np.empty(rows, np.bool_),
        np.empty(rows, np.bool_),
        np.empty(rows, np.int64),
        np.empty((rows, 1 + size)),
        np.empty((rows, corners)),
        np.empty((rows, corners)),
        np.empty((len(terms.spending.limits), blocks)),
        np.empty(len(terms.stack.constants)),
        np.empty(size),
        np.empty(1, np.int64),
        np.empty((rows, 1 + size)),
    )
    left = room_for_left(room, blocks, size, corners, TRIALS)
    for i in range(len(boxes.status)):
        low, high, marks = boxes.low[i], boxes.high[i], boxes.marks[i]
        for _ in range(ROUNDS):
            boxes.status[i] = CLOSED
            draw_near(terms, near, low, high, boxes.targets[i])
            if not take_prices(terms, near, marks, boxes.targets[i]):
                break
            count = gather_left(terms, aim, near, marks, left)
            trials = try_prices(terms, aim, near, marks, left, low, high, count)
            if trials < 0:
                break
            _bound(aim, marks, left, trials, boxes.losses[i])
            if boxes.losses[i, 0] >= aim.best and boxes.losses[i, 1] <= aim.worst:
                break
            boxes.status[i] = OPEN
            product = 1.0
            for b in range(blocks):
                product *= count_left(marks, left, b)
            if product <= COMBINED:
                listing = boxes.listing[i, : boxes.room[i]]
                boxes.status[i] = list_left(terms, aim, near, marks, left, trials, listing)
            _doubt(aim, marks, left, low, high, boxes.doubts[i])
            kept = 1.0
            for d in range(size):
                if near.half[d] > 0.0:
                    kept *= (high[d] - low[d]) / (2 * near.half[d])
            if boxes.status[i] != OPEN or kept > KEPT:
                break


@compiled
def _bound(aim: Aim, marks: Marks, left: Left, trials: int, losses: Array) -> None:
    """Tighten the least and the most that a profile left in a box may lose."""
    blocks = len(left.first) - 1
    least = most = FAR
    for k in range(len(left.height)):
        total = aim.harm * left.fixed_below[k]
        for b in range(blocks):
            cheapest = FAR
            for n in range(left.first[b], left.first[b + 1]):
                if marks[left.ids[n]]:
                    lost = aim.harm * left.below[n, k] + aim.costs[left.ids[n]]
                    cheapest = min(cheapest, lost)
            total += cheapest
        least = min(least, total)
    for t in range(1 + trials):
        total = aim.harm * left.fixed[t]
        for b in range(blocks):
            dearest = -FAR
            for n in range(left.first[b], left.first[b + 1]):
                if marks[left.ids[n]]:
                    lost = aim.harm * left.values[t, n] + aim.costs[left.ids[n]]
                    dearest = max(dearest, lost)
            total += dearest
        most = min(most, total)
    losses[0], losses[1] = max(losses[0], least), min(losses[1], most)


@compiled
def _doubt(aim: Aim, marks: Marks, left: Left, low: Array, high: Array, doubts: Array) -> None:
    """Write for each coordinate how far slopes are apart, times its width."""
    fixed = aim.fixed
    for d in range(len(low)):
        apart = 1e-9
        for b in range(len(left.first) - 1):
            least, most = FAR, -FAR
            for n in range(left.first[b], left.first[b + 1]):
                if marks[left.ids[n]]:
                    least = min(least, left.low_slopes[n, d])
                    most = max(most, left.high_slopes[n, d])
            apart += most - least
        for j in range(fixed.first[d], fixed.first[d + 1]):
            if low[d] < fixed.values[j] < high[d]:
                apart += fixed.sizes[j]
        doubts[d] = apart * (high[d] - low[d])

"""The choices left in a box of prices, block by block, and what is known of each, for kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.boxes.blocks import Fixed
from solvers.boxes.choices import Indices, Marks
from solvers.boxes.separation import Array
from solvers.boxes.tangents import fixed_at
from solvers.compiled import compiled
from solvers.equilibria.near_rows import Near, Terms, gather_rows


class Aim(NamedTuple):
    """What is looked for.

    Attributes
    ----------
    harm, costs : the members' loss is `harm` Z plus each choice's costs.
    best, worst : profiles that lose no less than `best` and no more than `worst` are of no use.
    tolerance : bn USD a year, of sums of prices times slopes.
    """

    fixed: Fixed
    harm: float
    costs: Array
    best: float
    worst: float
    tolerance: float


class Left(NamedTuple):
    """The choices left in one box, block by block, and what trials say of them.

    Attributes
    ----------
    first : where each block's choices begin in `ids`, and the end; shape (blocks + 1,).
    ids : the choices, shape (choices,).
    slopes : at the centre, shape (choices, coordinates).
    below : values of the tangents at the centre in the corners, shape (choices, corners).
    low_slopes, high_slopes : the least and the largest that were met, as `slopes`.
    values : at the centre and at each trial, shape (1 + trials, choices).
    fixed : what is fixed there, shape (1 + trials,).
    fixed_below : the tangent at the centre of what is fixed, in the corners; shape (corners,).
    fixed_slopes : its slopes, shape (coordinates,).
    trial_slopes : at the last trial, as `slopes`.
    height : h in the corners, shape (corners,); `most`, its part of each block.
    """

    first: Indices
    ids: Indices
    slopes: Array
    below: Array
    low_slopes: Array
    high_slopes: Array
    values: Array
    fixed: Array
    fixed_below: Array
    fixed_slopes: Array
    trial_slopes: Array
    height: Array
    most: Array


@compiled
def room_for_left(choices: int, blocks: int, size: int, corners: int, trials: int) -> Left:
    """Return room for up to so many choices and trials."""
    return Left(
        np.empty(blocks + 1, np.int64),
        np.empty(choices, np.int64),
        np.empty((choices, size)),
        np.empty((choices, corners)),
        np.empty((choices, size)),
        np.empty((choices, size)),
        np.empty((1 + trials, choices)),
        np.empty(1 + trials),
        np.empty(corners),
        np.empty(size),
        np.empty((choices, size)),
        np.empty(corners),
        np.empty((blocks, corners)),
    )


@compiled
def gather_left(terms: Terms, aim: Aim, near: Near, marks: Marks, left: Left) -> int:
    """Write the choices left and their tangents at the centre; return how many rows they need."""
    choices = terms.choices
    corners, size = terms.signs.shape
    n = 0
    for b in range(len(choices.first) - 1):
        left.first[b] = n
        for c in range(choices.first[b], choices.first[b + 1]):
            if not marks[c]:
                continue
            left.ids[n] = c
            add_up(terms, near, c, left.values[0], left.slopes, n)
            for d in range(size):
                left.low_slopes[n, d] = left.high_slopes[n, d] = left.slopes[n, d]
            for k in range(corners):
                left.below[n, k] = left.values[0, n]
                for d in range(size):
                    left.below[n, k] += left.slopes[n, d] * terms.signs[k, d] * near.half[d]
            n += 1
    left.first[len(choices.first) - 1] = n
    left.fixed[0] = 0.0
    for d in range(size):
        left.fixed[0] += fixed_at(aim.fixed, d, near.centre[d])
        left.fixed_slopes[d] = fixed_slope(aim.fixed, d, near.centre[d])
    for k in range(corners):
        left.fixed_below[k] = left.fixed[0]
        for d in range(size):
            left.fixed_below[k] += left.fixed_slopes[d] * terms.signs[k, d] * near.half[d]
    return gather_rows(terms, near, marks)


@compiled
def add_up(terms: Terms, near: Near, choice: int, values: Array, slopes: Array, n: int) -> None:
    """Write value and slope of a choice in the place n, from those of its rows."""
    choices = terms.choices
    values[n] = 0.0
    for d in range(slopes.shape[1]):
        slopes[n, d] = 0.0
    for t in range(choices.row_first[choice], choices.row_first[choice + 1]):
        row = choices.rows[t]
        values[n] += near.tangents[row, 0]
        for d in range(slopes.shape[1]):
            slopes[n, d] += near.tangents[row, 1 + d]


@compiled
def count_left(marks: Marks, left: Left, b: int) -> int:
    """Return how many choices a block has left."""
    count = 0
    for n in range(left.first[b], left.first[b + 1]):
        count += marks[left.ids[n]]
    return count


@compiled
def fixed_slope(fixed: Fixed, d: int, price: float) -> float:
    """Return a slope of what is fixed at a price."""
    slope: float = fixed.slopes[d]
    for j in range(fixed.first[d], fixed.first[d + 1]):
        if fixed.values[j] > price:
            slope -= fixed.sizes[j]
    return slope

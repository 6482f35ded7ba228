"""The choices of the blocks of a separated dual, once the pivots' options are settled.

A *choice* of a block is one option of each of its points. Choices are numbered block after block,
and within a block the option of its last point changes fastest. A *term* is what a route or a
private node adds: it has one row under each choice of options of the points that it passes, all of
which are in one block. A choice costs what its options cost, and adds one row of each term of its
block. What a row is, functions of prices (`blocks`) or flows (`solvers.flows.tables`), does not
matter here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.boxes.separation import Array, Route, Separation, spread

Indices = NDArray[np.int64]
Marks = NDArray[np.bool_]

Points = tuple[int, ...]

Term = tuple[Points, int]
"""The points that a term passes, without pivots, and its first row."""


class Choices(NamedTuple):
    """The choices of all blocks, one block after the other.

    Attributes
    ----------
    first : where each block's choices begin, and the end; shape (blocks + 1,).
    costs : of the options; shape (choices,).
    row_first : where the rows of each choice begin in `rows`, and the end; shape (choices + 1,).
    rows : the rows that a choice adds up.
    """

    first: Indices
    costs: Array
    row_first: Indices
    rows: Indices


class Settled:
    """A separation with an option chosen at every pivot.

    Parameters
    ----------
    case : position in `allowed` of each pivot's option.

    Attributes
    ----------
    at : {pivot: that position}.
    options : {pivot: the option}.
    outlays : {point: of each of its allowed options, bn USD a year}.
    """

    def __init__(self, separation: Separation, case: Sequence[int]) -> None:
        self.separation = separation
        self._allowed = separation.allowed
        self.at = dict(zip(separation.pivots, case, strict=True))
        self.options = {k: separation.allowed[k][place] for k, place in self.at.items()}
        points = separation.network.game.points
        self.outlays = {
            k: np.array([points[k].options[o].cost for o in allowed])
            for k, allowed in enumerate(separation.allowed)
        }

    def sizes(self, points: Sequence[int]) -> list[int]:
        """Return how many options may be chosen at points."""
        return [len(self._allowed[k]) for k in points]

    def count(self, points: Sequence[int]) -> int:
        """Return how many choices of options there are at points."""
        return math.prod(self.sizes(points))

    def inner(self, points: Sequence[int]) -> Points:
        """Return the points that are no pivots."""
        return tuple(k for k in points if k not in self.at)

    def routes_by_points(self) -> dict[Points, list[Route]]:
        """Return the plain routes by the points, without pivots, that they pass."""
        alike: dict[Points, list[Route]] = defaultdict(list)
        for route in self.separation.routes:
            alike[self.inner(route.points)].append(route)
        return alike

    def table(self, array: Array, points: Sequence[int], wanted: Sequence[int]) -> Array:
        """Return a route's table over the options of `wanted`: shape (choices, lanes)."""
        settled = tuple(self.at.get(k, slice(None)) for k in points)
        full = spread(array[settled], self.inner(points), wanted, self.sizes(wanted))
        return np.ascontiguousarray(full).reshape(-1, array.shape[-1])

    def summed(
        self, block: Points, values: Mapping[int, Array], points: Sequence[int] | None = None
    ) -> Array:
        """Return for each choice of a block what its options add up to.

        Parameters
        ----------
        values : of each point's options.
        points : those that count; None for all.
        """
        total = np.zeros(self.sizes(block))
        for k in block:
            if points is None or k in points:
                total += self._along(block, k, values[k])
        return total.ravel()

    def _along(self, block: Points, point: int, values: NDArray[Any]) -> NDArray[Any]:
        """Return what each option of a point has, over the choices of a block as a grid."""
        shape = [len(self._allowed[k]) if k == point else 1 for k in block]
        return values.reshape(shape)

    def choices(
        self,
        blocks: Sequence[Points],
        terms: Sequence[Term],
        costs: Sequence[Sequence[float]],
    ) -> Choices:
        """Return the choices of blocks.

        Parameters
        ----------
        terms : each over points of one block; one over no points is of the empty block.
        costs : of each point's options, allowed or not.
        """
        of_block: dict[Points, list[Term]] = {points: [] for points in blocks}
        block_of = {k: points for points in blocks for k in points}
        for points, first in terms:
            of_block[block_of[points[0]] if points else ()].append((points, first))
        values = {
            k: np.array([costs[k][o] for o in allowed]) for k, allowed in enumerate(self._allowed)
        }
        rows, lengths = [np.zeros(0, dtype=np.int64)], []
        for block in blocks:
            columns = []
            for points, first in of_block[block]:
                row = np.zeros(self.sizes(block), dtype=np.int64)
                for k in points:
                    options = np.arange(len(self._allowed[k]))
                    row = row * len(options) + self._along(block, k, options)
                columns.append(first + row.ravel())
            rows += [np.stack(columns, axis=1).ravel()] if columns else []
            lengths += [len(columns)] * self.count(block)
        return Choices(
            np.cumsum([0, *(self.count(block) for block in blocks)]),
            np.concatenate([np.zeros(0), *(self.summed(block, values) for block in blocks)]),
            np.cumsum([0, *lengths]),
            np.concatenate(rows),
        )

    def profile(self, blocks: Sequence[Points], first: Indices, picked: Sequence[int]) -> Profile:
        """Return the profile of one choice of each block (positions among all choices)."""
        chosen = [self.options.get(k, 0) for k in range(len(self._allowed))]
        for points, place, start in zip(blocks, picked, first, strict=False):
            place -= int(start)
            for k in reversed(points):
                place, at = divmod(place, len(self._allowed[k]))
                chosen[k] = self._allowed[k][at]
        return tuple(chosen)

    def picked(self, blocks: Sequence[Points], first: Indices, profile: Profile) -> list[int]:
        """Return the choice of each block that makes a profile; the inverse of `profile`."""
        found = []
        for points, start in zip(blocks, first, strict=False):
            place = 0
            for k in points:
                place = place * len(self._allowed[k]) + self._allowed[k].index(profile[k])
            found.append(int(start) + place)
        return found

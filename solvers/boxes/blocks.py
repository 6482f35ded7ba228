"""The blocks of a separated dual as functions of the prices that they share.

Coordinates are p = (price of money, prices of the shared nodes). For one choice of the pivots, the
dual's objective plus the options' costs is

    constant + fixed(p) + sum of blocks b  f_ba(p),      f_ba convex and piecewise linear in p

where a is the block's choice of options. A route with capacity u that may be used along lanes l
adds `u max(0, max_l (g_l pi_head - c_l mu - pi_tail + b_l))`. A private node adds the smallest
value, over its own price, of what its ways in, its ways out and its chords add.

This module lays all that out as flat arrays: *rows*, each what one route or private node adds under
one choice of options of its points, and *choices*, each the sum of some rows and of what its
options cost. Module `tangents` computes with them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.boxes.purses import Purses, purses
from solvers.boxes.separation import Array, Route, Separation, spread
from solvers.prices import Weights

Indices = NDArray[np.int64]
Marks = NDArray[np.bool_]


class Rows(NamedTuple):
    """Sums of maxima of affine functions, the *lanes*, of the coordinates p and an own price h.

    Row r adds up its parts; part j of an *entry* is `size_j max_l (gain_l h + factor_l p +
    constant_l)`, any other part is `size_j max(0, max_l (factor_l p + constant_l) - h)`. Rows from
    `private_from` on take the least over h >= 0; in those before, h is 0.

    Attributes
    ----------
    factors : shape (lanes, coordinates).
    constants, gains : shape (lanes,).
    lane_first : where each part's lanes begin, and the end; shape (parts + 1,).
    sizes, entry : shape (parts,).
    part_first : where each row's parts begin, and the end; shape (rows + 1,).
    """

    factors: Array
    constants: Array
    gains: Array
    lane_first: Indices
    sizes: Array
    entry: Marks
    part_first: Indices
    private_from: int


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


class Fixed(NamedTuple):
    """What is added whatever the blocks do: slope_d p_d + sum of sizes max(0, values - p_d).

    Attributes
    ----------
    slopes : shape (coordinates,).
    first : where each coordinate's chords begin, and the end; shape (coordinates + 1,).
    values, sizes : of the chords.
    """

    slopes: Array
    first: Indices
    values: Array
    sizes: Array


class BlockFunctions:
    """The functions of all blocks for one choice of the pivots.

    Parameters
    ----------
    case : position in `allowed` of each pivot's option.

    Attributes
    ----------
    constant : cost of the pivots' options.
    blocks : the points of each block; the last may be empty, for what depends on no point.
    size : coordinates.
    """

    def __init__(self, separation: Separation, weights: Weights, case: Sequence[int]) -> None:
        self._separation = separation
        self._weights = weights
        self._case = dict(zip(separation.pivots, case, strict=True))
        self._index = {v: 1 + i for i, v in enumerate(separation.coordinates)}
        self.size = 1 + len(separation.coordinates)
        self.constant = sum(
            weights.options[k][separation.allowed[k][place]] for k, place in self._case.items()
        )
        made = _RowMaker(self.size)
        terms = self._plain_rows(made)
        private_from = made.count
        terms += self._private_rows(made)
        self.rows = made.rows(private_from)
        idle = [()] if any(not points for points, _ in terms) else []
        self.blocks: tuple[tuple[int, ...], ...] = (*separation.blocks, *idle)
        self.choices = self._choices(terms)
        self._settled = [0] * len(separation.allowed)
        for k, place in self._case.items():
            self._settled[k] = separation.allowed[k][place]
        self.fixed = self._fixed()
        game = separation.network.game
        outlays = {
            k: np.array([game.points[k].options[o].cost for o in allowed])
            for k, allowed in enumerate(separation.allowed)
        }
        self.purses: Purses = purses(
            weights.budgets, self.blocks, self.choices.first, outlays, settled=self._case
        )

    def profile(self, picked: Sequence[int]) -> Profile:
        """Return the profile of one choice of each block (positions among all choices)."""
        allowed = self._separation.allowed
        chosen = self._settled.copy()
        for points, place, first in zip(self.blocks, picked, self.choices.first, strict=False):
            place -= int(first)
            for k in reversed(points):
                place, at = divmod(place, len(allowed[k]))
                chosen[k] = allowed[k][at]
        return tuple(chosen)

    def charged(self, charges: Sequence[Sequence[float]] | Array) -> BlockFunctions:
        """Return the functions with `charges[k][o]` added to what option o of point k costs."""
        other = copy(self)
        settled = [float(charges[k][self._settled[k]]) for k in self._case]
        other.constant = self.constant + sum(settled)
        added = np.zeros(len(self.choices.costs))
        allowed = self._separation.allowed
        for points, first in zip(self.blocks, self.choices.first, strict=False):
            sizes = self._sizes(points)
            grid = added[first : first + math.prod(sizes)].reshape(sizes)
            for axis, k in enumerate(points):
                along = [-1 if a == axis else 1 for a in range(len(points))]
                grid += np.asarray(charges[k])[list(allowed[k])].reshape(along)
        other.choices = self.choices._replace(costs=self.choices.costs + added)
        return other

    def picked(self, profile: Profile) -> list[int]:
        """Return the choice of each block that makes a profile; the inverse of `profile`."""
        allowed = self._separation.allowed
        return [
            int(first) + self._place(points, [allowed[k].index(profile[k]) for k in points])
            for points, first in zip(self.blocks, self.choices.first, strict=False)
        ]

    def options(self, marked: Marks) -> tuple[tuple[int, ...], ...]:
        """Return the options of each point that occur in the choices marked."""
        allowed = self._separation.allowed
        found = {k: [settled] for k, settled in self._case.items()}
        for points, first in zip(self.blocks, self.choices.first, strict=False):
            sizes = [len(allowed[k]) for k in points]
            grid = marked[first : first + math.prod(sizes)].reshape(sizes)
            for axis, k in enumerate(points):
                others = tuple(a for a in range(len(points)) if a != axis)
                found[k] = np.flatnonzero(grid.any(axis=others)).tolist()
        return tuple(
            tuple(options[place] for place in found[k]) for k, options in enumerate(allowed)
        )

    def _place(self, points: Sequence[int], at: Sequence[int]) -> int:
        sizes = [len(self._separation.allowed[k]) for k in points]
        return int(np.ravel_multi_index(tuple(at), tuple(sizes))) if points else 0

    def _inner(self, points: Sequence[int]) -> tuple[int, ...]:
        return tuple(k for k in points if k not in self._case)

    def _sizes(self, points: Sequence[int]) -> list[int]:
        return [len(self._separation.allowed[k]) for k in points]

    def _table(self, array: Array, points: Sequence[int], wanted: Sequence[int]) -> Array:
        """Return a route's table over the options of `wanted`, pivots settled: (rows, lanes)."""
        settled = tuple(self._case[k] if k in self._case else slice(None) for k in points)
        inner = self._inner(points)
        full = spread(array[settled], inner, wanted, self._sizes(wanted))
        return np.ascontiguousarray(full).reshape(-1, array.shape[-1])

    def _lanes(self, route: Route, wanted: Sequence[int], *, private: int = -1) -> _Lanes:
        """Return a route's lanes for each choice of `wanted`; the first is that of doing nothing.

        What it gains into the node `private` is kept apart.
        """
        tables = [
            self._table(t, route.points, wanted) for t in (route.gains, route.costs, route.values)
        ]
        gains, costs, values = (np.pad(table, ((0, 0), (1, 0))) for table in tables)
        factors = np.zeros((*gains.shape, self.size))
        factors[:, :, 0] = -costs
        own = np.zeros_like(gains)
        for lane, head in enumerate(route.heads, start=1):
            if head == private:
                own[:, lane] = gains[:, lane]
            else:
                factors[:, lane, self._index[head]] += gains[:, lane]
            if route.tail >= 0 and route.tail != private:
                factors[:, lane, self._index[route.tail]] -= 1.0
        return _Lanes(factors, values, own)

    def _plain_rows(self, made: _RowMaker) -> list[tuple[tuple[int, ...], int]]:
        """Add the rows of plain routes, those over the same points as one, and return the terms."""
        from solvers.boxes.hull import worthwhile

        harm = self._weights.harm
        alike: dict[tuple[int, ...], list[Route]] = defaultdict(list)
        for route in self._separation.routes:
            alike[self._inner(route.points)].append(route)
        terms = []
        for wanted, routes in alike.items():
            terms.append((wanted, made.count))
            tables = [
                (lanes, worthwhile(lanes.factors, lanes.constants), harm * route.capacity)
                for lanes, route in ((self._lanes(route, wanted), route) for route in routes)
            ]
            for row in range(math.prod(self._sizes(wanted))):
                for lanes, worth, size in tables:
                    kept = worth[row]
                    factors, constants, gains = (table[row][kept] for table in lanes)
                    made.part(factors, constants, gains, size, entry=True)
                made.row()
        return terms

    def _private_rows(self, made: _RowMaker) -> list[tuple[tuple[int, ...], int]]:
        """Add the rows of private nodes, and return the points and the first row of each."""
        terms = []
        for private in self._separation.privates:
            wanted = self._inner(private.points)
            terms.append((wanted, made.count))
            ways = [
                (self._lanes(route, wanted, private=private.node), route.capacity, entry)
                for routes, entry in ((private.entries, True), (private.exits, False))
                for route in routes
            ]
            for row in range(math.prod(self._sizes(wanted))):
                for lanes, capacity, entry in ways:
                    size = self._weights.harm * capacity
                    factors, constants, gains = (table[row] for table in lanes)
                    made.part(factors, constants, gains, size, entry=entry)
                for value, size in zip(*self._chords_at(private.node), strict=True):
                    flat = np.zeros((1, self.size))
                    made.part(flat, np.array([value]), np.zeros(1), size, entry=False)
                made.row()
        return terms

    def _chords_at(self, node: int) -> tuple[Array, Array]:
        """Return the values of a node's chords and their sizes in the objective."""
        network = self._separation.network
        here = network.front_node[network.chord_front] == node
        return network.chord_value[here], self._weights.harm * network.chord_width[here]

    def _choices(self, terms: Sequence[tuple[tuple[int, ...], int]]) -> Choices:
        """Return the choices of all blocks, with the rows that each adds up."""
        of_block: dict[tuple[int, ...], list[tuple[tuple[int, ...], int]]] = {
            points: [] for points in self.blocks
        }
        block_of = {k: points for points in self.blocks for k in points}
        for points, first in terms:
            of_block[block_of[points[0]] if points else ()].append((points, first))
        counts, costs, rows, lengths = [], [], [], []
        for points in self.blocks:
            count = math.prod(self._sizes(points))
            grids = np.indices(self._sizes(points)).reshape(len(points), count)
            at = dict(zip(points, grids, strict=True))
            cost = np.zeros(count)
            for k in points:
                cost += np.array(
                    [self._weights.options[k][o] for o in self._separation.allowed[k]]
                )[at[k]]
            columns = []
            for of_term, first in of_block[points]:
                row = np.zeros(count, dtype=np.int64)
                for k in of_term:
                    row = row * len(self._separation.allowed[k]) + at[k]
                columns.append(first + row)
            counts.append(count)
            costs.append(cost)
            rows += [np.stack(columns, axis=1).ravel()] if columns else []
            lengths += [len(columns)] * count
        nothing = np.zeros(0, dtype=np.int64)
        return Choices(
            np.cumsum([0, *counts]),
            np.concatenate([*costs, np.zeros(0)]),
            np.cumsum([0, *lengths]),
            np.concatenate([*rows, nothing]),
        )

    def _fixed(self) -> Fixed:
        slopes = np.zeros(self.size)
        slopes[0] = self._weights.harm * self._separation.network.game.evader_budget
        chords = [self._chords_at(v) for v in self._separation.coordinates]
        return Fixed(
            slopes,
            np.cumsum([0, 0, *(len(values) for values, _ in chords)]),
            np.concatenate([np.zeros(0), *(values for values, _ in chords)]),
            np.concatenate([np.zeros(0), *(sizes for _, sizes in chords)]),
        )


class _Lanes(NamedTuple):
    """Lanes of one route for each choice: (rows, lanes, coordinates), (rows, lanes) twice."""

    factors: Array
    constants: Array
    gains: Array


class _RowMaker:
    """Collects parts into rows."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lanes: list[tuple[Array, Array, Array]] = []
        self._parts: list[tuple[int, float, bool]] = []
        self._first = [0]

    @property
    def count(self) -> int:
        return len(self._first) - 1

    def part(
        self, factors: Array, constants: Array, gains: Array, size: float, *, entry: bool
    ) -> None:
        self._lanes.append((factors, constants, gains))
        self._parts.append((len(constants), size, entry))

    def row(self) -> None:
        self._first.append(len(self._parts))

    def rows(self, private_from: int) -> Rows:
        nothing = (np.zeros((0, self._size)), np.zeros(0), np.zeros(0))
        factors, constants, gains = zip(nothing, *self._lanes, strict=True)
        return Rows(
            np.concatenate(factors),
            np.concatenate(constants),
            np.concatenate(gains),
            np.cumsum([0, *(count for count, _, _ in self._parts)]),
            np.array([size for _, size, _ in self._parts], dtype=float),
            np.array([entry for _, _, entry in self._parts], dtype=bool),
            np.array(self._first),
            private_from,
        )

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

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

import numpy as np

from games.layered import Profile
from solvers.boxes.choices import Choices, Indices, Marks, Settled, Term
from solvers.boxes.purses import Purses, purses
from solvers.boxes.separation import Array, Route, Separation
from solvers.prices import Weights


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
        self._settled = Settled(separation, case)
        self._index = {v: 1 + i for i, v in enumerate(separation.coordinates)}
        self.size = 1 + len(separation.coordinates)
        self.constant = sum(weights.options[k][o] for k, o in self._settled.options.items())
        made = _RowMaker(self.size)
        terms = self._plain_rows(made)
        private_from = made.count
        terms += self._private_rows(made)
        self.rows = made.rows(private_from)
        idle = [()] if any(not points for points, _ in terms) else []
        self.blocks: tuple[tuple[int, ...], ...] = (*separation.blocks, *idle)
        self.choices: Choices = self._settled.choices(self.blocks, terms, weights.options)
        self.fixed = self._fixed()
        self.purses: Purses = purses(
            weights.budgets,
            self.blocks,
            self.choices.first,
            self._settled.outlays,
            settled=self._settled.at,
        )

    def profile(self, picked: Sequence[int]) -> Profile:
        """Return the profile of one choice of each block (positions among all choices)."""
        return self._settled.profile(self.blocks, self.choices.first, picked)

    def picked(self, profile: Profile) -> list[int]:
        """Return the choice of each block that makes a profile; the inverse of `profile`."""
        return self._settled.picked(self.blocks, self.choices.first, profile)

    def charged(self, charges: Sequence[Sequence[float]] | Array) -> BlockFunctions:
        """Return the functions with `charges[k][o]` added to what option o of point k costs."""
        other = copy(self)
        other.constant = self.constant + sum(
            [float(charges[k][o]) for k, o in self._settled.options.items()]
        )
        values = {
            k: np.asarray(charges[k])[list(allowed)]
            for k, allowed in enumerate(self._separation.allowed)
        }
        added = [self._settled.summed(points, values) for points in self.blocks]
        costs = self.choices.costs + np.concatenate([np.zeros(0), *added])
        other.choices = self.choices._replace(costs=costs)
        return other

    def options(self, marked: Marks) -> tuple[tuple[int, ...], ...]:
        """Return the options of each point that occur in the choices marked."""
        allowed = self._separation.allowed
        found = {k: [place] for k, place in self._settled.at.items()}
        for points, first in zip(self.blocks, self.choices.first, strict=False):
            sizes = self._settled.sizes(points)
            grid = marked[first : first + self._settled.count(points)].reshape(sizes)
            for axis, k in enumerate(points):
                others = tuple(a for a in range(len(points)) if a != axis)
                found[k] = np.flatnonzero(grid.any(axis=others)).tolist()
        return tuple(
            tuple(options[place] for place in found[k]) for k, options in enumerate(allowed)
        )

    def _lanes(self, route: Route, wanted: Sequence[int], *, private: int = -1) -> _Lanes:
        """Return a route's lanes for each choice of `wanted`; the first is that of doing nothing.

        What it gains into the node `private` is kept apart.
        """
        of_route = (route.gains, route.costs, route.values)
        tables = np.stack([self._settled.table(one, route.points, wanted) for one in of_route])
        every = np.zeros((*tables.shape[:2], 1 + tables.shape[2]))
        every[:, :, 1:] = tables
        gains, costs, values = every
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

    def _plain_rows(self, made: _RowMaker) -> list[Term]:
        """Add the rows of plain routes, those over the same points as one, and return the terms."""
        from solvers.boxes.hull import worthwhile

        harm = self._weights.harm
        terms = []
        for wanted, routes in self._settled.routes_by_points().items():
            terms.append((wanted, made.count))
            tables = [
                (lanes, worthwhile(lanes.factors, lanes.constants), harm * route.capacity)
                for lanes, route in ((self._lanes(route, wanted), route) for route in routes)
            ]
            for row in range(self._settled.count(wanted)):
                for lanes, worth, size in tables:
                    kept = worth[row]
                    factors, constants, gains = (table[row][kept] for table in lanes)
                    made.part(factors, constants, gains, size, entry=True)
                made.row()
        return terms

    def _private_rows(self, made: _RowMaker) -> list[Term]:
        """Add the rows of private nodes, and return the points and the first row of each."""
        terms = []
        for private in self._separation.privates:
            wanted = self._settled.inner(private.points)
            terms.append((wanted, made.count))
            ways = [
                (self._lanes(route, wanted, private=private.node), route.capacity, entry)
                for routes, entry in ((private.entries, True), (private.exits, False))
                for route in routes
            ]
            for row in range(self._settled.count(wanted)):
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

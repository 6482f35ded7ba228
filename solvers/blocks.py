"""The blocks of a separated dual as functions of the prices that they share.

Coordinates are p = (price of money, prices of the shared nodes). For one choice of the pivots, the
dual's objective plus the options' costs is

    fixed(p) + sum of blocks b  f_ba(p),        f_ba convex and piecewise linear in p

where a is the block's choice of options. `BlockFunctions.tangents` returns the value and one slope
(subgradient) of every f_ba at many p at once; a convex function never falls below its tangent.

A route with capacity u that may be used along lanes l adds `u max(0, max_l (g_l pi_head - c_l mu
- pi_tail + b_l))`. A private node adds the smallest value, over its own price, of what its ways in,
its ways out and its chords add; the function of that price is convex with few kinks, so that trying
them all finds it. There the left and the right slope are mixed so that the node's own price has
slope nought, which makes the mix a slope in p.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.prices import Weights
from solvers.separation import Array, Private, Route, Separation, spread

Indices = NDArray[np.int64]

LEVEL = 1e-10
"""Differences of prices below this share of their size count as ties."""


@dataclass(frozen=True)
class Tangents:
    """Tangents of the functions of blocks with equally many choices.

    Attributes
    ----------
    values : shape (blocks, choices, prices).
    slopes : shape (blocks, choices, coordinates, prices).
    """

    values: Array
    slopes: Array


@dataclass(frozen=True)
class _Lanes:
    """Affine functions of the coordinates: shape (rows, lanes, coordinates) and (rows, lanes)."""

    factors: Array
    constants: Array

    def at(self, prices: Array) -> Array:
        """Return values of shape (rows, lanes, prices)."""
        rows, lanes, size = self.factors.shape
        # not `@`: a library of many threads has too little to do here, and gets in its own way
        flat = np.einsum("rd,dn->rn", self.factors.reshape(-1, size), prices)
        return np.asarray(flat.reshape(rows, lanes, -1) + self.constants[:, :, None])

    def slopes(self, lane: Indices) -> Array:
        """Return the factors of one lane for each row and price: (rows, coordinates, prices)."""
        factors = self.factors.transpose(0, 2, 1)
        return np.take_along_axis(factors, lane[:, None, :], axis=2)


@dataclass(frozen=True)
class _PrivateRows:
    """Private nodes of one make: so many ways in, ways out and chords."""

    gains: list[Array]  # of each entry, (rows, lanes)
    entries: list[_Lanes]
    entry_sizes: Array  # (rows, entries)
    exits: list[_Lanes]
    exit_sizes: Array
    chord_values: Array  # (rows, chords)
    chord_sizes: Array

    def tangents(self, prices: Array) -> tuple[Array, Array]:
        """Return values (rows, prices) and slopes (rows, coordinates, prices)."""
        offers = [lanes.at(prices) for lanes in self.entries]
        worths = [lanes.at(prices) for lanes in self.exits]
        best = [worth.argmax(axis=1) for worth in worths]
        tops = [worth.max(axis=1) for worth in worths]
        values = price = None
        for tried in self._kinks(offers, tops, prices.shape[1]):
            total = np.zeros_like(tried)
            for j, offer in enumerate(offers):
                earned = self.gains[j][:, :, None] * tried[:, None] + offer
                total += self.entry_sizes[:, j, None] * earned.max(axis=1)
            for j, top in enumerate(tops):
                total += self.exit_sizes[:, j, None] * np.maximum(top - tried, 0)
            for j in range(self.chord_values.shape[1]):
                surplus = np.maximum(self.chord_values[:, j, None] - tried, 0)
                total += self.chord_sizes[:, j, None] * surplus
            if values is None or price is None:
                values, price = total, tried.copy()
                continue
            better = total < values
            np.copyto(values, total, where=better)
            np.copyto(price, tried, where=better)
        assert values is not None
        assert price is not None
        return values, self._slopes(price, offers, tops, best)

    def _kinks(self, offers: Sequence[Array], tops: Sequence[Array], count: int) -> Iterator[Array]:
        """Yield prices of the node at which its function may turn, shape (rows, prices)."""
        shape = (len(self.entry_sizes), count)
        yield np.zeros(shape)
        yield from tops
        for j in range(self.chord_values.shape[1]):
            yield np.broadcast_to(self.chord_values[:, j, None], shape)
        for j, offer in enumerate(offers):
            for one, other in itertools.combinations(range(offer.shape[1]), 2):
                rise = np.broadcast_to(
                    (self.gains[j][:, other] - self.gains[j][:, one])[:, None], shape
                )
                fall = offer[:, one] - offer[:, other]
                crossing = np.divide(fall, rise, out=np.zeros(shape), where=rise != 0)
                yield np.maximum(crossing, 0.0)

    def _slopes(
        self, price: Array, offers: Sequence[Array], tops: Sequence[Array], best: Sequence[Indices]
    ) -> Array:
        """Return slopes in the coordinates at the node's best price."""
        level = LEVEL * (1 + price)
        sides = []
        for side in (-1.0, 1.0):
            own = np.zeros_like(price)
            slopes: Array | float = 0.0
            for j, offer in enumerate(offers):
                gains = self.gains[j][:, :, None]
                earned = gains * price[:, None] + offer
                tied = earned >= earned.max(axis=1, keepdims=True) - level[:, None]
                lane = np.where(tied, side * gains, -np.inf).argmax(axis=1)
                own += self.entry_sizes[:, j, None] * np.take_along_axis(
                    self.gains[j], lane, axis=1
                )
                slopes = slopes + self.entry_sizes[:, j, None, None] * self.entries[j].slopes(lane)
            for j, top in enumerate(tops):
                used = self.exit_sizes[:, j, None] * (top > price + side * level)
                own -= used
                slopes = slopes + used[:, None] * self.exits[j].slopes(best[j])
            for j in range(self.chord_values.shape[1]):
                filled = self.chord_values[:, j, None] > price + side * level
                own -= self.chord_sizes[:, j, None] * filled
            sides.append((own, slopes))
        (left, left_slopes), (right, right_slopes) = sides
        apart = right - left
        share = np.divide(right, apart, out=np.zeros_like(right), where=apart > 0)
        share = np.where(price > level, np.clip(share, 0.0, 1.0), 0.0)[:, None]
        return np.asarray(share * left_slopes + (1 - share) * right_slopes)


class BlockFunctions:
    """The functions of all blocks for one choice of the pivots.

    Parameters
    ----------
    case : position in `allowed` of each pivot's option.

    Attributes
    ----------
    constant : cost of the pivots' options.
    groups : the blocks (tuples of points) by the number of their choices; the first may hold an
        empty tuple, for what depends on no point.
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
        terms: list[tuple[tuple[int, ...], int]] = []  # points, first row
        self._rows = 0
        self._plain = self._plain_rows(terms)
        self._private = self._private_rows(terms)
        self._group(terms)
        self._fix()

    def tangents(self, prices: Array, chosen: Sequence[Indices]) -> list[Tangents]:
        """Return tangents at many prices, group by group.

        Parameters
        ----------
        prices : shape (coordinates, prices).
        chosen : for each group, the choices to look at, shape (blocks, choices).
        """
        picked = [
            places[np.arange(len(places))[:, None], choice]
            for places, choice in zip(self._places, chosen, strict=True)
        ]
        count = prices.shape[1]
        values = np.zeros((self._rows + 1, count))  # the last: terms that are not there
        slopes = np.zeros((self._rows + 1, self.size, count))
        used = np.zeros(self._rows + 1, dtype=bool)
        for places in picked:
            used[places.ravel()] = True
        for lanes, sizes, first in self._plain:
            rows = np.flatnonzero(used[first : first + len(sizes)])
            if not len(rows):
                continue
            scaled = sizes[rows, None, None]
            part = _Lanes(lanes.factors[rows] * scaled, lanes.constants[rows] * scaled[:, 0])
            earned = part.at(prices)
            values[first + rows] = earned.max(axis=1)
            slopes[first + rows] = part.slopes(earned.argmax(axis=1))
        for private, first in self._private:
            value, slope = private.tangents(prices)
            values[first : first + len(value)] = value
            slopes[first : first + len(value)] = slope
        found = []
        for costs, places, choice in zip(self._costs, picked, chosen, strict=True):
            value = values[places[:, :, 0]]
            value += costs[np.arange(len(costs))[:, None], choice][:, :, None]
            slope = slopes[places[:, :, 0]]
            for t in range(1, places.shape[2]):
                value += values[places[:, :, t]]
                slope += slopes[places[:, :, t]]
            found.append(Tangents(value, slope))
        return found

    def all_choices(self) -> list[Indices]:
        """Return every choice of every block, group by group: shape (blocks, choices)."""
        return [np.tile(np.arange(costs.shape[1]), (len(costs), 1)) for costs in self._costs]

    def fixed(self, coordinate: int, prices: Array) -> Array:
        """Return what is added along one coordinate, whatever the blocks do."""
        values, sizes = self._chords[coordinate]
        total = self._money * prices if coordinate == 0 else np.zeros_like(prices)
        for value, size in zip(values, sizes, strict=True):
            total = total + size * np.maximum(value - prices, 0.0)
        return total

    def turns(self, coordinate: int) -> Array:
        """Return the prices at which `fixed` turns along one coordinate."""
        return self._chords[coordinate][0]

    def profile(self, choices: Sequence[Indices]) -> Profile:
        """Return the profile of one choice for each block, given group by group."""
        allowed = self._separation.allowed
        chosen = [0] * len(allowed)
        for k, settled in self._case.items():
            chosen[k] = allowed[k][settled]
        for blocks, places in zip(self.groups, choices, strict=True):
            for points, place in zip(blocks, places, strict=True):
                for k, o in zip(points, self._unravelled(points, int(place)), strict=True):
                    chosen[k] = allowed[k][o]
        return tuple(chosen)

    def options(self, choices: Sequence[NDArray[np.bool_]]) -> tuple[tuple[int, ...], ...]:
        """Return the options of each point that occur in the choices marked, group by group."""
        allowed = self._separation.allowed
        found = {k: [settled] for k, settled in self._case.items()}
        for blocks, marked in zip(self.groups, choices, strict=True):
            for points, marks in zip(blocks, marked, strict=True):
                grid = marks.reshape(self._sizes(points))
                for axis, k in enumerate(points):
                    others = tuple(a for a in range(len(points)) if a != axis)
                    found[k] = np.flatnonzero(grid.any(axis=others)).tolist()
        return tuple(
            tuple(options[place] for place in found[k]) for k, options in enumerate(allowed)
        )

    def _unravelled(self, points: Sequence[int], place: int) -> tuple[int, ...]:
        sizes = [len(self._separation.allowed[k]) for k in points]
        return tuple(int(o) for o in np.unravel_index(place, sizes)) if points else ()

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

    def _lanes(
        self, route: Route, wanted: Sequence[int], *, private: int = -1
    ) -> tuple[Array, _Lanes]:
        """Return a route's gains into a private node, and the rest as affine functions.

        The first lane is the one of doing nothing.
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
        return own, _Lanes(factors, values)

    def _plain_rows(
        self, terms: list[tuple[tuple[int, ...], int]]
    ) -> list[tuple[_Lanes, Array, int]]:
        """Return the rows of plain routes by their number of lanes: lanes, sizes, first row."""
        alike: dict[int, list[tuple[Route, _Lanes]]] = defaultdict(list)
        for route in self._separation.routes:
            lanes = _worthwhile(self._lanes(route, self._inner(route.points))[1])
            alike[lanes.factors.shape[1]].append((route, lanes))
        groups = []
        for members in alike.values():
            first = self._rows
            sizes = []
            for route, lanes in members:
                terms.append((self._inner(route.points), self._rows))
                self._rows += len(lanes.factors)
                sizes.append(np.full(len(lanes.factors), self._weights.harm * route.capacity))
            groups.append((_stacked([lanes for _, lanes in members]), np.concatenate(sizes), first))
        return groups

    def _private_rows(
        self, terms: list[tuple[tuple[int, ...], int]]
    ) -> list[tuple[_PrivateRows, int]]:
        """Return the rows of private nodes by their make, with the first row of each."""
        harm = self._weights.harm
        alike: dict[tuple[object, ...], list[Private]] = defaultdict(list)
        for private in self._separation.privates:
            chords = self._chords_at(private.node)
            alike[
                tuple(len(route.heads) for route in private.entries),
                tuple(len(route.heads) for route in private.exits),
                len(chords[0]),
            ].append(private)
        groups = []
        for members in alike.values():
            start = self._rows
            gains: list[list[Array]] = []
            entries: list[list[_Lanes]] = []
            exits: list[list[_Lanes]] = []
            sizes: list[list[Array]] = [[], [], [], []]
            for private in members:
                wanted = self._inner(private.points)
                rows = math.prod(self._sizes(wanted))
                terms.append((wanted, self._rows))
                self._rows += rows
                into = [self._lanes(r, wanted, private=private.node) for r in private.entries]
                out = [self._lanes(r, wanted, private=private.node) for r in private.exits]
                gains.append([own for own, _ in into])
                entries.append([lanes for _, lanes in into])
                exits.append([lanes for _, lanes in out])
                capacities = [
                    np.array([harm * route.capacity for route in routes])
                    for routes in (private.entries, private.exits)
                ]
                for target, one in zip(
                    sizes, (*capacities, *self._chords_at(private.node)), strict=True
                ):
                    target.append(np.tile(one, (rows, 1)))
            made = _PrivateRows(
                [np.concatenate(one) for one in zip(*gains, strict=True)],
                [_stacked(one) for one in zip(*entries, strict=True)],
                np.concatenate(sizes[0]),
                [_stacked(one) for one in zip(*exits, strict=True)],
                *(np.concatenate(one) for one in sizes[1:]),
            )
            groups.append((made, start))
        return groups

    def _chords_at(self, node: int) -> tuple[Array, Array]:
        """Return the values of a node's chords and their sizes in the objective."""
        network = self._separation.network
        here = network.front_node[network.chord_front] == node
        return network.chord_value[here], self._weights.harm * network.chord_width[here]

    def _group(self, terms: Sequence[tuple[tuple[int, ...], int]]) -> None:
        """Group the blocks by their number of choices, with the rows that each choice adds."""
        of_block: dict[tuple[int, ...], list[tuple[tuple[int, ...], int]]] = {
            points: [] for points in ((), *self._separation.blocks)
        }
        block_of = {k: points for points in self._separation.blocks for k in points}
        for points, first in terms:
            of_block[block_of[points[0]] if points else ()].append((points, first))
        groups: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for points in of_block:
            groups[math.prod(self._sizes(points))].append(points)
        self.groups = [tuple(groups[count]) for count in sorted(groups)]
        self._costs, self._places = [], []
        for blocks in self.groups:
            most = max(1, *(len(of_block[points]) for points in blocks))
            count = math.prod(self._sizes(blocks[0]))
            places = np.full((len(blocks), count, most), self._rows)
            costs = np.zeros((len(blocks), count))
            for i, points in enumerate(blocks):
                grids = np.indices(self._sizes(points)).reshape(len(points), count)
                at = dict(zip(points, grids, strict=True))
                for k in points:
                    cost = np.array(
                        [self._weights.options[k][o] for o in self._separation.allowed[k]]
                    )
                    costs[i] += cost[at[k]]
                for t, (of_term, first) in enumerate(of_block[points]):
                    row = np.zeros(count, dtype=np.int64)
                    for k in of_term:
                        row = row * len(self._separation.allowed[k]) + at[k]
                    places[i, :, t] = first + row
            self._costs.append(costs)
            self._places.append(places)

    def _fix(self) -> None:
        self._money = self._weights.harm * self._separation.network.game.evader_budget
        nothing = np.zeros(0)
        self._chords = [(nothing, nothing)]
        self._chords += [self._chords_at(v) for v in self._separation.coordinates]


def _stacked(parts: Sequence[_Lanes]) -> _Lanes:
    return _Lanes(
        np.concatenate([part.factors for part in parts]),
        np.concatenate([part.constants for part in parts]),
    )


def _worthwhile(lanes: _Lanes) -> _Lanes:
    """Leave out lanes that are best nowhere; all rows keep equally many.

    Of lanes that lead to one node and earn in proportion to prices alone, only those on the upper
    hull of gain over cost are ever best; others go where some lane is never behind.
    """
    kept = [
        _hull(factors, constants)
        for factors, constants in zip(lanes.factors, lanes.constants, strict=True)
    ]
    most = max(len(chosen) for chosen in kept)
    places = np.array([chosen + chosen[:1] * (most - len(chosen)) for chosen in kept])
    rows = np.arange(len(kept))[:, None]
    return _Lanes(lanes.factors[rows, places], lanes.constants[rows, places])


def _hull(factors: Array, constants: Array) -> list[int]:
    if np.any(constants):
        return list(range(len(factors)))
    by_head: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for j in range(1, len(factors)):
        by_head[tuple(np.flatnonzero(factors[j, 1:]).tolist())].append(j)
    kept = [0]
    for head, members in by_head.items():
        if len(head) != 1:
            kept += members
            continue
        points = [(-factors[j, 0], factors[j, 1 + head[0]], j) for j in members]
        upper = [(0.0, 0.0, 0)]
        for cost, gain, j in sorted(points, key=lambda p: (p[0], -p[1])):
            if gain <= upper[-1][1]:
                continue
            while len(upper) > 1:
                (c1, g1, _), (c2, g2, _) = upper[-2:]
                if (gain - g2) * (c2 - c1) < (g2 - g1) * (cost - c2):
                    break
                upper.pop()
            upper.append((cost, gain, j))
        kept += [j for _, _, j in upper[1:]]
    return kept

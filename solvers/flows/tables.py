"""What the evader ships and what that earns or costs a player, laid out for one choice of pivots.

A network taken apart (module `separation`) is written as flat arrays. A *way* is a route under one
choice of the options that it meets: lanes that share a capacity. A *group* is what has to be looked
at together under one choice of options: ways that meet at nothing but coordinates, or all ways into
and out of one private node, with its chords. A *choice* of a block costs what its options cost and
adds some groups. Module `bounds` computes with them.

Where a budget binds, the blocks that spend from it are joined as long as they have few choices, so
that a block's choice respects it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from games.layered import Profile
from solvers.boxes.choices import Indices, Marks, Points, Settled, Term
from solvers.boxes.purses import SLACK
from solvers.boxes.separation import Array, Route, Separation
from solvers.players import stake
from solvers.prices import Weights

MOST_JOINED = 700
"""Choices of a block up to which the blocks of one budget are joined."""


class FlowTables(NamedTuple):
    """The arrays of the module's docstring; coordinates are money and the shared nodes.

    Attributes
    ----------
    lanes : of each lane its strategic value to the evader and what it earns the player, bn USD a
        unit; the units that arrive at the group's private node, -1 on the ways out of it, else 0;
        and what a unit adds to the balance of each coordinate: gain at the head, minus one at the
        tail, minus the cost at money. Shape (lanes, 3 + coordinates).
    lane_first : where each way's lanes begin, and the end.
    sizes : capacity of each way.
    way_first : where each group's ways begin, and the end.
    private_from : the first group that is that of a private node; all later ones are.
    own_first : where each group's own chords begin, and the end.
    own_chords : value to the evader a unit, width, loss of the player a unit; shape (3, chords).
    group_first, groups : the groups that each choice adds.
    first : where each block's choices begin, and the end.
    costs : of each choice's options.
    outlays : of each choice under each budget that blocks share; shape (choices, budgets).
    limits : of those budgets.
    chord_at : coordinate of each chord at a coordinate.
    chords : as `own_chords`.
    budget : of the evader.
    constant : what the pivots' options cost.
    account : of each way: whatever options are chosen, one way of each account is there, or, of
        the account of a private node, one group.
    uses : whether the surplus of a lane of an account depends on a coordinate; shape (accounts,
        coordinates).
    """

    lanes: Array
    lane_first: Indices
    sizes: Array
    way_first: Indices
    private_from: int
    own_first: Indices
    own_chords: Array
    group_first: Indices
    groups: Indices
    first: Indices
    costs: Array
    outlays: Array
    limits: Array
    chord_at: Indices
    chords: Array
    budget: float
    constant: float
    account: Indices
    uses: Marks


def beyond(tables: FlowTables, weight: float) -> FlowTables:
    """Return tables of what the player loses beyond `weight` times what the evader gains."""
    lanes, chords, own = tables.lanes.copy(), tables.chords.copy(), tables.own_chords.copy()
    lanes[:, 1] += weight * lanes[:, 0]
    chords[2] -= weight * chords[0]
    own[2] -= weight * own[0]
    return tables._replace(lanes=lanes, chords=chords, own_chords=own)


class FlowCase:
    """The tables of one choice of the pivots, and the way from choices to profiles.

    Parameters
    ----------
    separation : with what the members earn.
    case : position in `allowed` of each pivot's option.

    Attributes
    ----------
    blocks : the points of each block; the first is empty, for what depends on no point.
    possible : the choices that leave enough of every budget for all others; shape (choices,).
    """

    def __init__(
        self,
        separation: Separation,
        weights: Weights,
        members: Sequence[str],
        case: Sequence[int],
    ) -> None:
        self._separation = separation
        self._weights = weights
        self._members = members
        self._settled = Settled(separation, case)
        self._index = {v: 1 + i for i, v in enumerate(separation.coordinates)}
        self.blocks: tuple[Points, ...] = ((), *self._joined())
        made = _Maker(1 + len(self._index))
        terms = self._add_plain(made)
        private_from = made.count
        terms += self._add_private(made)
        self.tables, self.possible = self._tables(made, terms, private_from)

    def profile(self, picked: Sequence[int]) -> Profile:
        """Return the profile of one choice for each block (positions among all choices)."""
        return self._settled.profile(self.blocks, self.tables.first, picked)

    def picked(self, profile: Profile) -> list[int]:
        """Return the choice of each block that makes a profile; the inverse of `profile`."""
        return self._settled.picked(self.blocks, self.tables.first, profile)

    def _binding(self) -> list[tuple[Points, float]]:
        """Return points and limit of each budget that the dearest options exceed."""
        found = []
        for points, limit in self._weights.budgets:
            at, outlays = self._settled.at, self._settled.outlays
            settled = sum(float(outlays[k][at[k]]) for k in points if k in at)
            inner = self._settled.inner(points)
            if settled + sum(outlays[k].max() for k in inner) > limit + SLACK:
                found.append((inner, limit - settled))
        return found

    def _joined(self) -> list[Points]:
        """Return the blocks, those of a binding budget joined while they have few choices."""
        blocks = list(self._separation.blocks)
        for points, _ in self._binding():
            ours = [block for block in blocks if set(block) <= set(points)]
            joined: Points = ()
            for block in sorted(ours, key=lambda block: -self._settled.count(block)):
                together = tuple(sorted(joined + block))
                if self._settled.count(together) <= MOST_JOINED:
                    blocks = [one for one in blocks if one not in (joined, block)]
                    blocks.append(together)
                    joined = together
        return blocks

    def _ways(self, route: Route, wanted: Sequence[int], *, private: int = -1) -> list[_Way]:
        """Return a route's way under each choice of `wanted`."""
        gains, costs, values, earned = (
            self._settled.table(table, route.points, wanted)
            for table in (route.gains, route.costs, route.values, route.earned)
        )
        lanes = np.zeros((*gains.shape, 4 + len(self._index)))
        lanes[:, :, 0], lanes[:, :, 1], lanes[:, :, 3] = values, earned, -costs
        for lane, head in enumerate(route.heads):
            if head == private:
                lanes[:, lane, 2] = gains[:, lane]
            else:
                lanes[:, lane, 3 + self._index[head]] += gains[:, lane]
            if route.tail >= 0 and route.tail == private:
                lanes[:, lane, 2] -= 1.0
            elif route.tail >= 0:
                lanes[:, lane, 3 + self._index[route.tail]] -= 1.0
        return [_Way(of_row, route.capacity) for of_row in lanes]

    def _add_plain(self, made: _Maker) -> list[Term]:
        """Add the groups of plain routes, those over the same points as one; return the terms."""
        terms = []
        for wanted, routes in self._settled.routes_by_points().items():
            terms.append((wanted, made.count))
            accounts = made.accounts(len(routes))
            for ways in zip(*(self._ways(route, wanted) for route in routes), strict=True):
                made.group(ways, accounts, chords=())
        return terms

    def _add_private(self, made: _Maker) -> list[Term]:
        """Add the groups of private nodes; return the points and the first group of each."""
        terms = []
        for private in self._separation.privates:
            wanted = self._settled.inner(private.points)
            terms.append((wanted, made.count))
            around = [
                self._ways(route, wanted, private=private.node)
                for route in (*private.entries, *private.exits)
            ]
            chords = self._chords_at(private.node)
            count = self._settled.count(wanted)
            accounts = made.accounts(1) * len(around)
            for row in range(count):
                made.group([ways[row] for ways in around], accounts, chords=chords)
        return terms

    def _chords_at(self, node: int) -> list[tuple[float, float, float]]:
        """Return value, width and the player's loss per unit of each chord at a node."""
        network = self._separation.network
        slopes = [chord.slope for front in network.game.fronts for chord in front.chords]
        found = []
        for j, front in enumerate(network.chord_front):
            if network.front_node[front] == node:
                harm = stake(network.game, self._members, network.game.fronts[front].name)
                value, width = float(network.chord_value[j]), float(network.chord_width[j])
                found.append((value, width, harm * slopes[j]))
        return found

    def _tables(
        self, made: _Maker, terms: Sequence[Term], private_from: int
    ) -> tuple[FlowTables, Marks]:
        options = self._weights.options
        choices = self._settled.choices(self.blocks, terms, options)
        binding = self._binding()
        outlays = [self._outlays_of(points, binding) for points in self.blocks]
        limits = np.array([limit for _, limit in binding])
        least = sum((outlay.min(axis=0) for outlay in outlays), np.zeros(len(binding)))
        possible = [
            np.all(least - outlay.min(axis=0) + outlay <= limits + SLACK, axis=1)
            for outlay in outlays
        ]
        at_coordinates = [
            (self._index[v], chord)
            for v in self._separation.coordinates
            for chord in self._chords_at(v)
        ]
        tables = FlowTables(
            *made.ways(),
            private_from,
            *made.chords(),
            choices.row_first,
            choices.rows,
            choices.first,
            choices.costs,
            np.concatenate(outlays),
            limits,
            np.array([d for d, _ in at_coordinates], dtype=np.int64),
            _chords([chord for _, chord in at_coordinates]),
            float(self._separation.network.game.evader_budget),
            float(sum(options[k][o] for k, o in self._settled.options.items())),
            *made.charged(),
        )
        return tables, np.concatenate(possible)

    def _outlays_of(self, points: Points, binding: Sequence[tuple[Points, float]]) -> Array:
        """Return what each choice of a block takes from each budget: (choices, budgets)."""
        outlay = np.zeros((self._settled.count(points), len(binding)))
        for j, (spenders, _) in enumerate(binding):
            outlay[:, j] = self._settled.summed(points, self._settled.outlays, spenders)
        return outlay


class _Way(NamedTuple):
    """The lanes of one way, as in `FlowTables`, and its capacity."""

    lanes: Array
    size: float


class _Maker:
    """Collects ways into groups."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ways: list[_Way] = []
        self._accounts: list[int] = []
        self._all_accounts = 0
        self._first = [0]
        self._chords: list[tuple[float, float, float]] = []
        self._own_first = [0]

    @property
    def count(self) -> int:
        return len(self._first) - 1

    def accounts(self, count: int) -> list[int]:
        """Return new accounts."""
        self._all_accounts += count
        return list(range(self._all_accounts - count, self._all_accounts))

    def group(
        self,
        ways: Sequence[_Way],
        accounts: Sequence[int],
        *,
        chords: Sequence[tuple[float, float, float]],
    ) -> None:
        self._ways += ways
        self._accounts += accounts
        self._first.append(len(self._ways))
        self._chords += chords
        self._own_first.append(len(self._chords))

    def ways(self) -> tuple[Array, Indices, Array, Indices]:
        """Return lanes, where each way's begin, capacities, and where each group's ways begin."""
        lanes = [np.zeros((0, 3 + self._size)), *(way.lanes for way in self._ways)]
        return (
            np.ascontiguousarray(np.concatenate(lanes)),
            _cumulated([len(way.lanes) for way in self._ways]),
            np.array([way.size for way in self._ways], dtype=float),
            np.array(self._first),
        )

    def charged(self) -> tuple[Indices, Marks]:
        """Return the account of each way, and which coordinates accounts depend on."""
        uses = np.zeros((self._all_accounts, self._size), dtype=bool)
        for account, way in zip(self._accounts, self._ways, strict=True):
            uses[account] |= np.any(way.lanes[:, 3:] != 0.0, axis=0)
        return np.array(self._accounts, dtype=np.int64), uses

    def chords(self) -> tuple[Indices, Array]:
        """Return where each group's own chords begin, and these."""
        return np.array(self._own_first), _chords(self._chords)


def _cumulated(counts: Sequence[int]) -> Indices:
    return np.cumsum([0, *counts])


def _chords(chords: Sequence[tuple[float, float, float]]) -> Array:
    return np.ascontiguousarray(np.array(chords, dtype=float).reshape(-1, 3).T)

"""The evader's dual taken apart: blocks of control points that meet only through a few prices.

Once the price of money and the prices of a few shared nodes are given (*coordinates*), and the
options of a few points that everything passes (*pivots*), the rest of the dual falls apart. A node
whose ways out are never full is worth the best of them, and disappears: its ways in lead straight
on (`Route`). A node that touches coordinates alone is *private*: its price is found by a search on
one line. Control points that share a route or a private node form a *block*. For each choice of
options a block adds a convex, piecewise linear function of the coordinates (module `blocks`), so

    min over profiles of costs + lambda Z
        = min over pivots, coordinates p of  fixed(p) + sum of blocks b, min over choices a, f_ba(p)

over affordable choices. With a handful of coordinates that minimum can be searched and bounded in
the space of prices (module `search`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.network import Lane, Network
from games.payoffs import earnings
from solvers.prices import binding_rows, ways

Array = NDArray[np.float64]

MOST_COORDINATES = 5  # money included; each one more multiplies the boxes to look at
MOST_CHOICES = 700  # of one block
MOST_CASES = 30  # choices of all pivots together


@dataclass(frozen=True)
class Route:
    """Lanes that share a tail and a capacity, possibly through several control points.

    Attributes
    ----------
    tail : node where they start, -1 for a source.
    row : index of the capacity that they share.
    capacity : units that may enter.
    points : control points crossed, rising.
    heads : node where each lane ends, shape (lanes,).
    gains, costs, values : per allowed option of each point and lane; shape (options..., lanes).
    earned : what a unit that enters a lane earns the player that was asked for, likewise.
    """

    tail: int
    row: int
    capacity: float
    points: tuple[int, ...]
    heads: tuple[int, ...]
    gains: Array
    costs: Array
    values: Array
    earned: Array


@dataclass(frozen=True)
class Private:
    """A node whose price is found on one line once the coordinates are given."""

    node: int
    entries: tuple[Route, ...]
    exits: tuple[Route, ...]
    points: tuple[int, ...]


@dataclass(frozen=True)
class Separation:
    """A network's dual, taken apart.

    Attributes
    ----------
    coordinates : nodes whose prices are searched, beside the price of money.
    pivots : points whose options are enumerated.
    routes : those that run from a source or a coordinate to coordinates.
    privates : the nodes with a price of their own.
    blocks : the other points, by block.
    """

    network: Network
    allowed: tuple[tuple[int, ...], ...]
    coordinates: tuple[int, ...]
    pivots: tuple[int, ...]
    routes: tuple[Route, ...]
    privates: tuple[Private, ...]
    blocks: tuple[tuple[int, ...], ...]

    def cases(self) -> list[tuple[int, ...]]:
        """Return every choice of options (positions in `allowed`) of the pivots."""
        return list(itertools.product(*(range(len(self.allowed[k])) for k in self.pivots)))


def separated(
    network: Network, allowed: Sequence[Sequence[int]], *, members: Sequence[str] = ()
) -> Separation | None:
    """Take the evader's dual apart, or return None where it holds together too well.

    Parameters
    ----------
    allowed : per control point, the options that may be chosen.
    members : controllers whose earnings from flows the routes carry along.
    """
    options = tuple(tuple(one) for one in allowed)
    routes = _routes(network, options, members)
    if routes is None:
        return None
    routes = _derived(network, options, routes)
    if any(not math.isfinite(route.capacity) for route in routes):
        return None
    used = [sum(k in route.points for route in routes) for k in range(len(options))]
    by_use = sorted(range(len(options)), key=lambda k: -used[k])
    for count in range(3):
        pivots = tuple(sorted(by_use[:count]))
        if math.prod(len(options[k]) for k in pivots) > MOST_CASES:
            return None
        found = _with_pivots(network, options, routes, pivots)
        if found is not None:
            return found
    return None


def spread(
    array: Array, points: Sequence[int], wanted: Sequence[int], sizes: Sequence[int]
) -> Array:
    """Return an array over the options of `points` as one over those of `wanted`, lanes last."""
    shape = [size if k in points else 1 for k, size in zip(wanted, sizes, strict=True)]
    full = array.reshape(*shape, array.shape[-1])
    return np.broadcast_to(full, (*sizes, array.shape[-1]))


def _routes(
    network: Network, allowed: Sequence[Sequence[int]], members: Sequence[str]
) -> list[Route] | None:
    """Return the network's own routes; None where capacities are shared between ways."""
    game = network.game

    def earned(lane: Lane, option: int) -> float:
        by_name = earnings(game, game.arcs[lane.arc], option)
        return sum(by_name.get(name, 0.0) for name in members)

    routes = []
    rows = set()
    for lanes in ways(network):
        first = lanes[0]
        if first.row in rows:
            return None
        rows.add(first.row)
        options = allowed[first.point] if first.point >= 0 else (0,)
        shape = (len(options),) if first.point >= 0 else ()
        tables = [
            np.array([[table(lane, o) for lane in lanes] for o in options]).reshape(
                *shape, len(lanes)
            )
            for table in (
                lambda lane, o: lane.gains[o],
                lambda lane, o: lane.costs[o],
                lambda lane, o: lane.value,
                earned,
            )
        ]
        points = (first.point,) if first.point >= 0 else ()
        capacity = float(network.capacities[first.row])
        heads = tuple(lane.head for lane in lanes)
        routes.append(Route(first.tail, first.row, capacity, points, heads, *tables))
    return routes


def _derived(
    network: Network, allowed: Sequence[Sequence[int]], routes: Sequence[Route]
) -> list[Route]:
    """Lead routes straight on through nodes that are worth the best of their ways out."""
    binding = set(binding_rows(network))
    fronts = {int(node) for node in network.front_node}
    current = list(routes)
    for v in reversed(range(len(network.nodes))):
        exits = [route for route in current if route.tail == v]
        if v in fronts or not exits or any(route.row in binding for route in exits):
            continue
        entries = [route for route in current if v in route.heads]
        joined = [_joined(route, v, exits, allowed) for route in entries]
        if any(route.gains.size > 20 * MOST_CHOICES for route in joined):
            continue
        current = [r for r in current if r.tail != v and v not in r.heads] + joined
    return current


def _joined(
    entry: Route, node: int, exits: Sequence[Route], allowed: Sequence[Sequence[int]]
) -> Route:
    """Return an entry to a node whose lanes lead on through each of its exits' lanes."""
    points = tuple(sorted({*entry.points, *(k for route in exits for k in route.points)}))
    sizes = [len(allowed[k]) for k in points]

    def over(route: Route) -> list[Array]:
        tables = (route.gains, route.costs, route.values, route.earned)
        return [spread(table, route.points, points, sizes) for table in tables]

    entering = over(entry)
    heads: list[int] = []
    columns: list[list[Array]] = []
    for i, head in enumerate(entry.heads):
        first = [table[..., i] for table in entering]
        if head != node:
            heads.append(head)
            columns.append(first)
            continue
        for route in exits:
            gain, *others = over(route)
            for j, beyond in enumerate(route.heads):
                heads.append(beyond)
                added = [
                    before + first[0] * table[..., j]
                    for before, table in zip(first[1:], others, strict=True)
                ]
                columns.append([first[0] * gain[..., j], *added])
        # entering may pay even where nothing leads on, or earn somebody something
        if np.any(first[2] > 0) or np.any(first[3] != 0):
            heads.append(heads[-1])
            columns.append([np.zeros_like(first[0]), *first[1:]])
    gains, costs, values, earned = (
        np.stack(column, axis=-1) for column in zip(*columns, strict=True)
    )
    return Route(
        entry.tail, entry.row, entry.capacity, points, tuple(heads), gains, costs, values, earned
    )


def _with_pivots(
    network: Network,
    allowed: Sequence[Sequence[int]],
    routes: Sequence[Route],
    pivots: tuple[int, ...],
) -> Separation | None:
    """Return the separation for one choice of pivots, or None where it is still too large."""
    groups = _Groups(allowed, pivots)
    if not all(groups.join(route.points) for route in routes):
        return None
    nodes = sorted({v for route in routes for v in (route.tail, *route.heads) if v >= 0})
    touching = {v: [r for r in routes if v == r.tail or v in r.heads] for v in nodes}
    private: dict[int, Private] = {}

    def points_of(v: int) -> tuple[int, ...]:
        return tuple(sorted({k for route in touching[v] for k in route.points}))

    for v in sorted(nodes, key=lambda v: (len(points_of(v)), len(touching[v]), v)):
        around = {u for route in touching[v] for u in (route.tail, *route.heads)} - {v}
        mixed = any(v in route.heads and set(route.heads) != {v} for route in touching[v])
        if mixed or around & private.keys() or not groups.join(points_of(v)):
            continue
        entries = tuple(route for route in touching[v] if v in route.heads)
        exits = tuple(route for route in touching[v] if route.tail == v)
        private[v] = Private(v, entries, exits, points_of(v))
    coordinates = tuple(v for v in nodes if v not in private)
    if len(coordinates) + 1 > MOST_COORDINATES:
        return None
    plain = tuple(route for route in routes if not ({route.tail, *route.heads} & private.keys()))
    return Separation(
        network,
        tuple(tuple(one) for one in allowed),
        coordinates,
        pivots,
        plain,
        tuple(private.values()),
        groups.blocks(),
    )


class _Groups:
    """Control points that have to be chosen together, none with too many choices."""

    def __init__(self, allowed: Sequence[Sequence[int]], pivots: Sequence[int]) -> None:
        self._allowed = allowed
        self._group = {k: frozenset({k}) for k in range(len(allowed)) if k not in pivots}

    def join(self, points: Sequence[int]) -> bool:
        """Put points in one group; return False, and change nothing, if it would be too large."""
        ours = [k for k in points if k in self._group]
        joined: frozenset[int] = frozenset().union(*(self._group[k] for k in ours))
        if math.prod(len(self._allowed[k]) for k in joined) > MOST_CHOICES:
            return False
        for k in joined:
            self._group[k] = joined
        return True

    def blocks(self) -> tuple[tuple[int, ...], ...]:
        return tuple(sorted({tuple(sorted(group)) for group in self._group.values()}))

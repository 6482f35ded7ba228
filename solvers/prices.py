"""Bounds on the prices of the evader's dual: the constants of every model, computed.

A *box* holds an interval for the price of money mu and for the price pi_v of every node. The first
box follows from the network alone; module `tightening` narrows it once a portfolio is known. Two
reductions follow from a box. Of the lanes that differ in effort alone only those need be modelled
that pay for some prices in it (`worthwhile`). And a capacity that its node's supply can never fill
has no rent (`binding_rows`).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from games.network import Lane, Network


@dataclass(frozen=True)
class Box:
    """Intervals of prices: money in bn USD per bn USD, nodes in bn USD per unit."""

    money_low: float
    money_high: float
    node_low: NDArray[np.float64]
    node_high: NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """What a portfolio problem minimises: sum of option costs plus `harm` times Z.

    Attributes
    ----------
    options : per control point, the cost of each option in the objective.
    allowed : per control point, the options that may be chosen.
    budgets : (point indices, bn USD) of each public budget; outlays are `Option.cost`.
    harm : weight lambda of the evader's objective Z, >= 0.
    """

    options: tuple[tuple[float, ...], ...]
    allowed: tuple[tuple[int, ...], ...]
    budgets: tuple[tuple[tuple[int, ...], float], ...]
    harm: float


def first_box(network: Network) -> Box:
    """Return the box that follows from the network alone.

    No bn USD is worth more than the best lane makes of it: above that price no lane is used.
    """
    high = network.highest_prices
    best = 0.0
    for lane in network.lanes:
        for gain, cost in zip(lane.gains, lane.costs, strict=True):
            if cost > 0:
                best = max(best, (gain * high[lane.head] + lane.value) / cost)
    return Box(0.0, best, np.zeros(len(high)), high)


def propagated(network: Network, box: Box) -> Box:
    """Return the box with each node's largest price cut to what its best way on can pay.

    No unit is worth more at a node than the best lane out of it makes of it, at the head's largest
    price and the smallest price of money.
    """
    best = np.zeros(len(network.nodes))
    for front, node in enumerate(network.front_node):
        values = network.chord_value[network.chord_front == front]
        best[node] = max(best[node], values[0] if len(values) else 0.0)
    for lane in sorted(network.lanes, key=lambda lane: -lane.head):
        if lane.tail >= 0:
            head = min(best[lane.head], box.node_high[lane.head])
            worth = max(
                gain * head - cost * box.money_low
                for gain, cost in zip(lane.gains, lane.costs, strict=True)
            )
            best[lane.tail] = max(best[lane.tail], worth + lane.value)
    high = np.maximum(np.minimum(box.node_high, best), box.node_low)
    return replace(box, node_high=high)


@dataclass(frozen=True)
class Covers:
    """A node under both covers, where hazards are correlated.

    A unit that has met a hazard is worth at least one that has not: every way on takes less of it.
    Where no control point lies ahead they are worth the same.

    Attributes
    ----------
    fresh, known : the node before and after the first hazard.
    most : by how much the price of `known` may be above that of `fresh`, bn USD per unit: 0 or
        infinite.
    """

    fresh: int
    known: int
    most: float


def covers(network: Network) -> list[Covers]:
    """Return the nodes with two covers; prices of some optimal dual respect all of them."""
    game = network.game
    ahead: set[str] = set()  # from where some way on crosses a control point
    grown = True
    while grown:
        tails = {arc.tail for arc in game.arcs if arc.point is not None or arc.head in ahead}
        grown = not tails <= ahead
        ahead |= tails
    index = {node: v for v, node in enumerate(network.nodes)}
    return [
        Covers(v, index[name, True], np.inf if name in ahead else 0.0)
        for (name, known), v in index.items()
        if not known and (name, True) in index
    ]


def hub_nodes(network: Network) -> tuple[int, ...]:
    """Return the nodes where ways meet: fronts, and nodes entered through several points."""
    entered: dict[int, set[int]] = {}
    for lane in network.lanes:
        entered.setdefault(lane.head, set()).add(lane.arc)
    fronts = {int(node) for node in network.front_node}
    return tuple(v for v, arcs in sorted(entered.items()) if v in fronts or len(arcs) > 1)


def ways(network: Network) -> list[list[Lane]]:
    """Return the lanes in groups that differ in effort alone."""
    groups: dict[tuple[int, int, int], list[Lane]] = defaultdict(list)
    for lane in network.lanes:
        groups[lane.row, lane.tail, lane.head].append(lane)
    return list(groups.values())


def worthwhile(lanes: Sequence[Lane], option: int, box: Box) -> list[Lane]:
    """Return the lanes of one way that are best under an option for some prices in the box.

    All share the node prices and the rent, so lane l is best where g_l pi - c_l mu is largest;
    with pi > 0 that depends on mu / pi alone, and the best lanes form an upper envelope.
    """
    if len(lanes) == 1:
        return list(lanes)
    high, low = box.node_high[lanes[0].head], box.node_low[lanes[0].head]
    if high <= 0:
        return [min(lanes, key=lambda lane: lane.costs[option])]
    smallest = box.money_low / high
    largest = box.money_high / low if low > 0 else np.inf
    crossings = sorted(
        (one.gains[option] - other.gains[option]) / (one.costs[option] - other.costs[option])
        for i, one in enumerate(lanes)
        for other in lanes[:i]
        if one.costs[option] != other.costs[option]
    )
    ratios = [smallest, *(c for c in crossings if smallest < c < largest)]
    ratios.append(largest if np.isfinite(largest) else 2 * ratios[-1] + 1)
    middles = [(a + b) / 2 for a, b in itertools.pairwise(ratios)]
    best = {
        max(range(len(lanes)), key=lambda i: lanes[i].gains[option] - r * lanes[i].costs[option])
        for r in [*ratios, *middles]
    }
    return [lanes[i] for i in sorted(best)]


def binding_rows(network: Network) -> list[int]:
    """Return the capacities that could bind: those that supply could fill and demand would."""
    lanes_in = defaultdict(list)
    lanes_of: dict[int, list[Lane]] = defaultdict(list)
    for lane in network.lanes:
        lanes_in[lane.head].append(lane)
        lanes_of[lane.row].append(lane)
    supplied = []
    for row, capacity in enumerate(network.capacities):
        supply = 0.0
        for tail in {lane.tail for lane in lanes_of[row]}:
            best: dict[int, float] = defaultdict(float)
            for lane in lanes_in[tail] if tail >= 0 else ():
                best[lane.row] = max(best[lane.row], *lane.gains)
            supply += (
                np.inf if tail < 0 else sum(network.capacities[r] * g for r, g in best.items())
            )
        if capacity < supply:
            supplied.append(row)
    # a capacity that supply cannot fill may not stand for demand as well: each would lean on the
    # other
    limits = np.full(len(network.capacities), np.inf)
    limits[supplied] = network.capacities[supplied]
    wanted = _demand(network, lanes_of, limits)
    return [row for row in supplied if limits[row] < _useful(lanes_of[row], wanted)]


def _demand(
    network: Network, lanes_of: dict[int, list[Lane]], limits: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return units at each node beyond which more are worth nothing to the evader."""
    wanted = np.zeros(len(network.nodes))
    for front, node in enumerate(network.front_node):
        wanted[node] += network.chord_width[network.chord_front == front].sum()
    rows_out: dict[int, set[int]] = defaultdict(set)
    for row, lanes in lanes_of.items():
        for lane in lanes:
            if lane.tail >= 0:
                rows_out[lane.tail].add(row)
    for node in reversed(range(len(wanted))):  # order is topological
        for row in rows_out[node]:
            wanted[node] += min(limits[row], _useful(lanes_of[row], wanted))
    return wanted


def _useful(lanes: Sequence[Lane], wanted: NDArray[np.float64]) -> float:
    """Return units that may enter a row's lanes before what arrives is worth nothing."""
    if any(lane.value > 0 for lane in lanes):
        return np.inf
    useful = 0.0
    for head in {lane.head for lane in lanes}:
        least = min(min(lane.gains) for lane in lanes if lane.head == head)
        if wanted[head] > 0:
            useful += wanted[head] / least if least > 0 else np.inf
    return useful

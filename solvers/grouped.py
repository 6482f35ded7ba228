"""A stronger relaxation: control points that share inner nodes mix their choices together.

In module `relaxation` every point mixes its options by itself, and a node between two points may
have one price for the one and another mix of prices for the other. Here such points form a group,
as long as it has few choices a (an option for each of its points), and the nodes between them are
*inner* to it: every choice has a share z_a, prices of its inner nodes, rents, and copies of all
other prices that it touches (disjunctive programming, balas1979):

minimise    sum_a cost_a z_a + lambda Z
subject to  price_is_split          sum_a v_a = v,   low z_a <= v_a <= high z_a   for outer v
            inner_price_is_bounded  low z_a <= pi_va <= high z_a
            lane_earns_no_surplus   c_la mu_a + pi_tail,a + theta_ra - g_la pi_head,a >= b_l z_a

Any choice with its prices is a point of it, so its minimum bounds the portfolio problem. Where a
price is not touched by some choices, one copy stands for all of these.

Two things keep mixtures from promising what no choice has. An option that is credited with what
flows earn (`solvers.candidates.optimistic`) comes in *variants*: credited whole where some lane of
the capacity earns no surplus, its row an equality, and not at all otherwise, as in `solvers.used`.
And where hazards are correlated, the prices of both covers of a node are copied together, with what
is known about them (`prices.covers`): half a ban and half a fee would else leave the one price to
the fee and the other to the ban, and units would be worth nothing under either.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import highspy

from games.network import Lane, Network
from solvers.candidates import Credit
from solvers.linear_rows import LinearRows
from solvers.prices import Box, Weights, binding_rows, covers, ways, worthwhile

MOST_CHOICES = 16
"""Choices of a group at most, variants not counted: more of them say little more, and cost time."""

MOST_VARIANTS = 6
"""Variants of an option at most: one with more ways to earn is credited whole."""

Group = tuple[int, ...]


class GroupedRelaxation(LinearRows):
    """The relaxation of the module's docstring.

    Attributes
    ----------
    money : the column of the price of money.
    nodes : the columns of the prices of outer nodes.
    groups : the points that mix together, each with more than one option.
    inner : the group that each inner node belongs to.
    """

    def __init__(
        self,
        network: Network,
        weights: Weights,
        box: Box,
        *,
        credits: Sequence[Credit] = (),
        most: int = MOST_CHOICES,
    ) -> None:
        super().__init__()
        self._network, self._weights, self._box = network, weights, box
        self._variants = _variants(network, weights, credits, box)
        counts = {k: len(weights.allowed[k]) for k in self._variants}
        self.groups, self.inner = grouped(network, counts, most=most)
        self._binding = set(binding_rows(network))
        budget = network.game.evader_budget
        settled = sum(
            costs[allowed[0]]
            for k, (costs, allowed) in enumerate(zip(weights.options, weights.allowed, strict=True))
            if k not in self._variants
        )
        self._column(settled, 1.0, 1.0)
        self.money = self._column(weights.harm * budget, box.money_low, box.money_high)
        self.nodes = {
            v: self._column(0.0, box.node_low[v], box.node_high[v])
            for v in range(len(network.nodes))
            if v not in self.inner
        }
        self._covers = covers(network)
        for one in self._covers:
            if one.fresh in self.nodes and one.known in self.nodes:
                columns = [self.nodes[one.known], self.nodes[one.fresh]]
                self._row(columns, [1.0, -1.0], 0.0, one.most)
        for front, value, width in zip(
            network.chord_front, network.chord_value, network.chord_width, strict=True
        ):
            rent = self._column(weights.harm * width, 0.0)
            self._row([self.nodes[int(network.front_node[front])], rent], [1.0, 1.0], value)
        of_point = {k: group for group in self.groups for k in group}
        around: dict[Group | None, list[list[Lane]]] = defaultdict(list)
        for lanes in ways(network):
            first = lanes[0]
            inside = self.inner.get(first.tail) or self.inner.get(first.head)
            around[of_point.get(first.point) or inside].append(lanes)
        owners: dict[int, set[Group | None]] = defaultdict(set)
        for owner, of_owner in around.items():
            for lanes in of_owner:
                owners[lanes[0].row].add(owner)
        self._shared = {  # capacities of lanes that start in different groups: one rent for all
            row: self._column(weights.harm * float(network.capacities[row]), 0.0)
            for row in self._binding
            if len(owners[row]) > 1
        }
        rents = dict(self._shared)
        for lanes in around[None]:
            self._add_lanes(lanes, {}, self.money, self.nodes.__getitem__, rents, None)
        self._shares: dict[tuple[int, int], list[int]] = defaultdict(list)
        for group in self.groups:
            self._add_group(group, around[group])
        self._add_budgets()
        self._highs = self._load()

    def value(self) -> float:
        """Return the minimum: a lower bound on the portfolio problem."""
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return -math.inf
        return float(self._highs.getInfo().objective_function_value)

    def _add_group(self, group: Group, around: Sequence[Sequence[Lane]]) -> None:
        """Add the choices of a group, and what splits the prices that they touch."""
        other = {
            a: b for one in self._covers for a, b in itertools.permutations((one.fresh, one.known))
        }
        copies: dict[int, list[tuple[int, int]]] = defaultdict(list)  # -1 for money
        shares = []
        parts_of_rent: dict[int, list[int]] = defaultdict(list)
        for picks in itertools.product(*(self._variants[k] for k in group)):
            picked = dict(zip(group, picks, strict=True))
            share = self._column(sum(pick.cost for pick in picks), 0.0, 1.0)
            shares.append(share)
            for k, pick in picked.items():
                self._shares[k, pick.option].append(share)
            ours: dict[int, int] = {}

            def copy(v: int, share: int = share, ours: dict[int, int] = ours) -> int:
                if v not in ours:
                    ours[v] = self._column(0.0, 0.0)
                    copies[v].append((share, ours[v]))
                    if v in other:
                        copy(other[v], share, ours)
                return ours[v]

            rents: dict[int, int] = {}
            money = copy(-1)
            for lanes in around:
                self._add_lanes(lanes, picked, money, copy, rents, share)
            for one in self._covers:
                if one.fresh in ours:
                    self._row([ours[one.known], ours[one.fresh]], [1.0, -1.0], 0.0, one.most)
            for row in rents.keys() & self._shared.keys():
                parts_of_rent[row].append(rents[row])
        for row, columns in parts_of_rent.items():
            self._row([self._shared[row], *columns], [1.0] + [-1.0] * len(columns), 0.0)
        self._row(shares, [1.0] * len(shares), 1.0, 1.0)
        for v, parts in copies.items():
            if v in self.inner:
                low, high = float(self._box.node_low[v]), float(self._box.node_high[v])
            else:
                low, high = self._bounds[self.money if v < 0 else self.nodes[v]]
            for share, column in parts:
                self._row([column, share], [1.0, -high], -highspy.kHighsInf, 0.0)
                if low > 0:
                    self._row([column, share], [1.0, -low], 0.0)
            if v not in self.inner:
                self._split(v, parts, (low, high), whole=len(parts) == len(shares))

    def _split(
        self, v: int, parts: Sequence[tuple[int, int]], ends: tuple[float, float], *, whole: bool
    ) -> None:
        """Have copies add up to a price, or leave the rest to the choices without a copy."""
        price = self.money if v < 0 else self.nodes[v]
        columns = [price, *(column for _, column in parts)]
        signs = [1.0] + [-1.0] * len(parts)
        if whole:
            self._row(columns, signs, 0.0, 0.0)
            return
        columns += [share for share, _ in parts]
        low, high = ends
        self._row(columns, signs + [high] * len(parts), -highspy.kHighsInf, high)
        self._row(columns, signs + [low] * len(parts), low)

    def _add_lanes(
        self,
        lanes: Sequence[Lane],
        picked: Mapping[int, Variant],
        money: int,
        node: Callable[[int], int],
        rents: dict[int, int],
        share: int | None,
    ) -> None:
        """Add the rows of a way under one choice, or, without a share, of one that has none."""
        point = lanes[0].point
        option = self._weights.allowed[point][0] if point >= 0 else 0
        used: tuple[Lane, ...] = ()
        if point in picked:
            option, used = picked[point].option, picked[point].used
        for lane in worthwhile(lanes, option, self._box):
            columns, factors = [money, node(lane.head)], [lane.costs[option], -lane.gains[option]]
            if lane.row in self._binding:
                if lane.row not in rents:
                    rent = self._weights.harm * float(self._network.capacities[lane.row])
                    rents[lane.row] = self._column(0.0 if lane.row in self._shared else rent, 0.0)
                columns.append(rents[lane.row])
                factors.append(1.0)
            if lane.tail >= 0:
                columns.append(node(lane.tail))
                factors.append(1.0)
            if share is None:
                self._row(columns, factors, lane.value)
            else:
                most = 0.0 if any(lane is one for one in used) else highspy.kHighsInf
                self._row([*columns, share], [*factors, -lane.value], 0.0, most)

    def _add_budgets(self) -> None:
        game = self._network.game
        for points, limit in self._weights.budgets:
            outlays: dict[int, float] = defaultdict(float)
            for k in points:
                options = self._weights.allowed[k]
                if k not in self._variants:
                    limit -= game.points[k].options[options[0]].cost
                    continue
                for o in options:
                    for share in self._shares[k, o]:
                        outlays[share] += game.points[k].options[o].cost
            if outlays:
                values = list(outlays.values())
                self._row(list(outlays), values, -highspy.kHighsInf, limit)


@dataclass(frozen=True)
class Variant:
    """An option, and which lanes it is credited to be used through.

    Attributes
    ----------
    cost : of the option, with the credit for these lanes alone, bn USD a year.
    used : lanes that earn no surplus, one for each capacity that is credited.
    """

    option: int
    cost: float
    used: tuple[Lane, ...] = ()


def _variants(
    network: Network, weights: Weights, credits: Sequence[Credit], box: Box
) -> dict[int, list[Variant]]:
    """Return the variants of each point's options, of points with more than one."""
    by_row: dict[int, list[list[Lane]]] = defaultdict(list)
    for lanes in ways(network):
        by_row[lanes[0].row].append(lanes)
    found = {}
    for k, options in enumerate(weights.allowed):
        ours: list[Variant] = []
        for option in options:
            cost = weights.options[k][option]
            rows = [
                (one.worth * float(network.capacities[row]), groups)
                for one in credits
                if (one.point, one.option) == (k, option)
                for row, groups in by_row.items()
                if groups[0][0].arc == one.arc
            ]
            through: list[list[Lane | None]] = [
                [None, *(lane for lanes in groups for lane in worthwhile(lanes, option, box))]
                for _, groups in rows
            ]
            if math.prod(map(len, through)) > MOST_VARIANTS:
                through = []
            for picks in itertools.product(*through):
                used = tuple(lane for lane in picks if lane is not None)
                unearned = sum(w for (w, _), lane in zip(rows, picks, strict=False) if lane is None)
                ours.append(Variant(option, cost + unearned, used))
        if len(ours) > 1:
            found[k] = ours
    return found


def grouped(
    network: Network, counts: Mapping[int, int], *, most: int
) -> tuple[list[Group], dict[int, Group]]:
    """Return groups of points with at most so many choices, and the nodes that are inner to each.

    Every lane of an inner node belongs to its group, for lanes without a point lead from there to
    outer nodes or to nodes of the same group.
    """
    free = set(counts)
    touching: dict[int, set[int]] = defaultdict(set)
    beside: dict[int, set[int]] = defaultdict(set)
    for lane in network.lanes:
        for v, other in ((lane.tail, lane.head), (lane.head, lane.tail)):
            if v >= 0:
                touching[v] |= {lane.point} & free
                if lane.point not in free and other >= 0:
                    beside[v].add(other)

    def choices(points: frozenset[int] | set[int]) -> int:
        return math.prod(counts[k] for k in points)

    of_point = {k: frozenset([k]) for k in free}
    inner: dict[int, int] = {}  # a point of the group that the node belongs to
    fronts = {int(v) for v in network.front_node}
    for v in sorted(touching.keys() - fronts, key=lambda v: (choices(touching[v]), v)):
        neighbours = {inner[u] for u in beside[v] if u in inner}
        joined = frozenset[int]().union(*(of_point[k] for k in touching[v] | neighbours))
        if touching[v] and choices(joined) <= most:
            of_point.update(dict.fromkeys(joined, joined))
            inner[v] = min(touching[v])
    groups = sorted({tuple(sorted(group)) for group in of_point.values()})
    return groups, {v: tuple(sorted(of_point[k])) for v, k in inner.items()}

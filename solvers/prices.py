"""Bounds on the prices of the evader's dual: the constants of every model, computed.

A *box* holds an interval for the price of money mu and for the price pi_v of every node. The first
box follows from the network alone. Given a portfolio already found, it is tightened: a relaxation
in which each control point may mix its options is minimised and maximised price by price, under
the condition that the objective is no worse than the portfolio's (optimality-based tightening).
Any better portfolio has an optimal dual inside the tightened box.

Relaxation, minimising sum_ko cost_ko z_ko + lambda Z with z_ko in [0, 1] instead of {0, 1}:

    sum_o z_ko = 1,   sum_o pi_vko = pi_v,   low_v z_ko <= pi_vko <= high_v z_ko
    pi_tail + c_l mu + theta_r + sum_o (c_lo - c_l) high_mu z_ko >= b_l + sum_o g_lo pi_(head)ko

where c_l is the lane's cost under its cheapest option: a toll above it counts at its largest, so
that the relaxation can only be too loose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray

from games.network import Lane, Network
from solvers.evader import quiet_highs


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


def hub_nodes(network: Network) -> tuple[int, ...]:
    """Return the nodes where ways meet: fronts, and nodes entered through several points."""
    entered: dict[int, set[int]] = {}
    for lane in network.lanes:
        entered.setdefault(lane.head, set()).add(lane.arc)
    fronts = {int(node) for node in network.front_node}
    return tuple(v for v, arcs in sorted(entered.items()) if v in fronts or len(arcs) > 1)


def tightened(
    network: Network,
    weights: Weights,
    *,
    box: Box,
    at_most: float,
    nodes: Sequence[int],
    rounds: int = 3,
    enough: float = 0.05,
) -> Box:
    """Return the part of a box that can hold the prices of a portfolio no worse than `at_most`.

    Parameters
    ----------
    at_most : objective of a portfolio already found, bn USD.
    nodes : the nodes whose prices are tightened; money always is.
    rounds : repetitions at most; each starts from the last one's box.
    enough : stop when a round narrows the intervals by less than this share.
    """
    for _ in range(rounds):
        relaxation = _Relaxation(network, weights, box)
        before = _width(box, nodes)
        box = relaxation.narrowed(at_most, nodes)
        if _width(box, nodes) > (1 - enough) * before:
            break
    return box


def _width(box: Box, nodes: Sequence[int]) -> float:
    return box.money_high - box.money_low + float((box.node_high - box.node_low)[list(nodes)].sum())


class _Relaxation:
    """The linear relaxation of the module's docstring, ready to bound prices one by one."""

    def __init__(self, network: Network, weights: Weights, box: Box) -> None:
        self.box = box
        self.network = network
        self.costs: list[float] = []
        self.bounds: list[tuple[float, float]] = []
        self.rows: list[tuple[list[int], list[float], float, float]] = []
        harm = weights.harm
        self.money = self._column(
            harm * network.game.evader_budget, box.money_low, box.money_high
        )
        self.nodes = [
            self._column(0.0, low, high)
            for low, high in zip(box.node_low, box.node_high, strict=True)
        ]
        self.rents = [self._column(harm * u, 0.0) for u in network.capacities]
        for front, value, width in zip(
            network.chord_front, network.chord_value, network.chord_width, strict=True
        ):
            rent = self._column(harm * width, 0.0)
            self._row([self.nodes[network.front_node[front]], rent], [1.0, 1.0], value)
        self.mix = [
            {o: self._column(costs[o], 0.0, 1.0) for o in allowed}
            for costs, allowed in zip(weights.options, weights.allowed, strict=True)
        ]
        for mix in self.mix:
            self._row(list(mix.values()), [1.0] * len(mix), 1.0, 1.0)
        for points, limit in weights.budgets:
            columns = [column for k in points for column in self.mix[k].values()]
            outlays = [
                network.game.points[k].options[o].cost for k in points for o in self.mix[k]
            ]
            self._row(columns, outlays, -highspy.kHighsInf, limit)
        for lanes in network.lanes_of_point:
            self._priced_point([network.lanes[i] for i in lanes])
        for lane in network.lanes:
            if lane.point < 0:
                self._lane(lane, lane.costs[0], {self.nodes[lane.head]: -lane.gains[0]})

    def narrowed(self, at_most: float, nodes: Sequence[int]) -> Box:
        """Return the box with each price bounded in turn, earlier bounds in force for later."""
        highs = self._load()
        used = [j for j, cost in enumerate(self.costs) if cost]
        slack = 1e-9 * max(1.0, abs(at_most))
        highs.addRow(
            -highspy.kHighsInf,
            at_most + slack,
            len(used),
            np.array(used, dtype=np.int32),
            np.array([self.costs[j] for j in used]),
        )
        count = len(self.costs)
        highs.changeColsCost(count, np.arange(count, dtype=np.int32), np.zeros(count))
        money = self._extent(highs, self.money, self.box.money_low, self.box.money_high)
        low, high = self.box.node_low.copy(), self.box.node_high.copy()
        for v in nodes:
            low[v], high[v] = self._extent(highs, self.nodes[v], low[v], high[v])
        return replace(
            self.box, money_low=money[0], money_high=money[1], node_low=low, node_high=high
        )

    def _extent(
        self, highs: highspy.Highs, column: int, low: float, high: float
    ) -> tuple[float, float]:
        """Return the interval of one price; widened by what the solver's tolerance may hide."""
        margin = 1e-6 * max(1.0, high)
        ends = [low, high]
        for end, sign in enumerate((1.0, -1.0)):
            highs.changeColCost(column, sign)
            highs.run()
            if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                reached = sign * highs.getInfo().objective_function_value - sign * margin
                ends[end] = max(low, reached) if end == 0 else min(high, reached)
        highs.changeColCost(column, 0.0)
        if ends[0] > ends[1]:
            return low, high
        highs.changeColBounds(column, ends[0], ends[1])
        return ends[0], ends[1]

    def _priced_point(self, lanes: Sequence[Lane]) -> None:
        """Give each head's price one copy per option and tie the lanes of a point to them."""
        if not lanes:
            return
        mix = self.mix[lanes[0].point]
        copies: dict[int, dict[int, int]] = {}
        for head in sorted({lane.head for lane in lanes}):
            low, high = self.box.node_low[head], self.box.node_high[head]
            copies[head] = {o: self._column(0.0, 0.0) for o in mix}
            self._row(
                [self.nodes[head], *copies[head].values()], [-1.0] + [1.0] * len(mix), 0.0, 0.0
            )
            for o, copy in copies[head].items():
                self._row([copy, mix[o]], [1.0, -high], -highspy.kHighsInf, 0.0)
                if low > 0:
                    self._row([copy, mix[o]], [1.0, -low], 0.0)
        for lane in lanes:
            cheapest = min(lane.costs[o] for o in mix)
            terms = {copies[lane.head][o]: -lane.gains[o] for o in mix}
            for o in mix:  # a toll counts at its largest: the relaxation may only be too loose
                if lane.costs[o] > cheapest:
                    terms[mix[o]] = (lane.costs[o] - cheapest) * self.box.money_high
            self._lane(lane, cheapest, terms)

    def _lane(self, lane: Lane, cost: float, terms: dict[int, float]) -> None:
        columns = [self.money, self.rents[lane.row], *terms]
        values = [cost, 1.0, *terms.values()]
        if lane.tail >= 0:
            columns.append(self.nodes[lane.tail])
            values.append(1.0)
        self._row(columns, values, lane.value)

    def _column(self, cost: float, low: float, high: float = highspy.kHighsInf) -> int:
        self.costs.append(float(cost))
        self.bounds.append((float(low), float(high)))
        return len(self.costs) - 1

    def _row(
        self,
        columns: Sequence[int],
        values: Sequence[float],
        low: float,
        high: float = highspy.kHighsInf,
    ) -> None:
        self.rows.append((list(columns), list(values), low, high))

    def _load(self) -> highspy.Highs:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.costs), len(self.rows)
        lp.col_cost_ = np.array(self.costs)
        lp.col_lower_ = np.array([low for low, _ in self.bounds])
        lp.col_upper_ = np.array([high for _, high in self.bounds])
        lp.row_lower_ = np.array([row[2] for row in self.rows])
        lp.row_upper_ = np.array([row[3] for row in self.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(row[0]) for row in self.rows)])
        lp.a_matrix_.index_ = np.array([j for row in self.rows for j in row[0]])
        lp.a_matrix_.value_ = np.array([v for row in self.rows for v in row[1]])
        highs = quiet_highs()
        highs.passModel(lp)
        return highs

"""A strong linear relaxation of portfolio problems, and the cuts that it teaches the MILP.

Each control point may mix its options in shares z_o, but every price that its lanes touch is split
into one copy per option, in proportion (disjunctive programming, balas1979). With `low` and `high`
from a box of prices, minimise sum_ko cost_ko z_ko + lambda Z subject to, at each point,

    price_is_split     sum_o v_o = v,   low z_o <= v_o <= high z_o     for v = mu, pi_head, pi_tail
    rent_is_split      sum_o theta_o = theta,  theta_o >= 0
    lane_earns_no_surplus   c_lo mu_o + pi_tail,o + theta_o - g_lo pi_head,o >= b_l z_o

At one point, multiply the last rows by any x_lo >= 0 and let A, C, T, R be the sums of x g, x c, x
and x by head, money, tail and rent under each option. For any multipliers alpha, gamma, tau and
rho >= max_o R_o the *mixed cut*

    gamma mu + tau pi_tail + rho theta - alpha pi_head
        >= sum_o z_o (sum_l x_lo b_l + corner of (gamma - C_o) mu + (tau - T_o) pi_tail
                                        + (A_o - alpha) pi_head over the box)

holds for every mix, hence for every choice. Where hazards are correlated, rows between the prices
of a node's two covers (`prices.covers`) are split and summed in the same way. With the relaxation's
duals as x and multipliers, the cuts of all points together lift the MILP's own relaxation to the
value of this one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from games.network import Lane, Network
from solvers.linear_rows import Interval, LinearRows
from solvers.prices import Box, Weights, binding_rows, covers, ways, worthwhile


@dataclass(frozen=True)
class MixedCut:
    """money mu + sum nodes pi + sum rents theta >= sum_o shares_o z_o at one point."""

    point: int
    money: float
    nodes: dict[int, float]
    rents: dict[int, float]
    shares: dict[int, float]


@dataclass(frozen=True)
class _PointRows:
    """Where the rows and copies of one point are in the relaxation."""

    point: int
    lanes: tuple[tuple[Lane, int, int], ...]  # lane, option, row
    covers: tuple[tuple[int, int, int, int], ...]  # fresh node, known node, option, row
    splits: dict[tuple[str, int], int]  # ("money" | "node" | "rent", index) -> row


class Relaxation(LinearRows):
    """The relaxation of the module's docstring as one warm HiGHS object."""

    def __init__(self, network: Network, weights: Weights, box: Box) -> None:
        super().__init__()
        self.network, self.weights, self.box = network, weights, box
        self._points: list[_PointRows] = []
        harm = weights.harm
        self.money = self._column(harm * network.game.evader_budget, box.money_low, box.money_high)
        self.nodes = {
            v: self._column(0.0, low, high)
            for v, (low, high) in enumerate(zip(box.node_low, box.node_high, strict=True))
        }
        self.rents = {
            r: self._column(harm * network.capacities[r], 0.0) for r in binding_rows(network)
        }
        for front, value, width in zip(
            network.chord_front, network.chord_value, network.chord_width, strict=True
        ):
            rent = self._column(harm * width, 0.0)
            self._row([self.nodes[network.front_node[front]], rent], [1.0, 1.0], value)
        self._covers = covers(network)
        for one in self._covers:
            self._row([self.nodes[one.known], self.nodes[one.fresh]], [1.0, -1.0], 0.0, one.most)
        self._mix = [
            {o: self._column(costs[o], 0.0, 1.0) for o in allowed}
            for costs, allowed in zip(weights.options, weights.allowed, strict=True)
        ]
        for mix in self._mix:
            self._row(list(mix.values()), [1.0] * len(mix), 1.0, 1.0)
        for points, limit in weights.budgets:
            columns = [column for k in points for column in self._mix[k].values()]
            outlays = [network.game.points[k].options[o].cost for k in points for o in self._mix[k]]
            self._row(columns, outlays, -highspy.kHighsInf, limit)
        groups: dict[int, list[list[Lane]]] = defaultdict(list)
        for lanes in ways(network):
            groups[lanes[0].point].append(lanes)
        for point, lanes_of_ways in sorted(groups.items()):
            if point < 0 or len(self._mix[point]) == 1:
                for lanes in lanes_of_ways:
                    self._settled_way(lanes, 0 if point < 0 else weights.allowed[point][0])
            else:
                self._split_point(point, lanes_of_ways)
        self._highs = self._load()

    def value(self) -> float:
        """Return the minimum of the relaxation: a lower bound on the portfolio problem."""
        self._highs.run()
        return float(self._highs.getInfo().objective_function_value)

    def cuts(self) -> list[MixedCut]:
        """Return the mixed cuts at the relaxation's minimum, and what covers are worth."""
        self._highs.run()
        duals = np.asarray(self._highs.getSolution().row_dual)
        mixed = (self._mixed_cut(rows, duals) for rows in self._points)
        return [cut for cut in mixed if cut is not None] + self._cover_cuts()

    def _settled_way(self, lanes: Sequence[Lane], option: int) -> None:
        for lane in worthwhile(lanes, option, self.box):
            columns = [self.money, self.nodes[lane.head]]
            values = [lane.costs[option], -lane.gains[option]]
            if lane.row in self.rents:
                columns.append(self.rents[lane.row])
                values.append(1.0)
            if lane.tail >= 0:
                columns.append(self.nodes[lane.tail])
                values.append(1.0)
            self._row(columns, values, lane.value)

    def _split_point(self, point: int, lanes_of_ways: Sequence[Sequence[Lane]]) -> None:
        mix = self._mix[point]
        splits: dict[tuple[str, int], int] = {}
        copies: dict[tuple[str, int, int], int] = {}

        def copy(kind: str, index: int, option: int) -> int:
            if (kind, index) not in splits:
                whole = self._whole(kind, index)
                ours = {o: self._column(0.0, 0.0) for o in mix}
                splits[kind, index] = self._row(
                    [whole, *ours.values()], [-1.0] + [1.0] * len(mix), 0.0, 0.0
                )
                low, high = self._bounds[whole]
                for o, column in ours.items():
                    copies[kind, index, o] = column
                    if np.isfinite(high):
                        self._row([column, mix[o]], [1.0, -high], -highspy.kHighsInf, 0.0)
                    if low > 0:
                        self._row([column, mix[o]], [1.0, -low], 0.0)
            return copies[kind, index, option]

        rows = []
        for lanes in lanes_of_ways:
            for option in mix:
                for lane in worthwhile(lanes, option, self.box):
                    columns = [copy("money", 0, option), copy("node", lane.head, option)]
                    values = [lane.costs[option], -lane.gains[option]]
                    if lane.row in self.rents:
                        columns.append(copy("rent", lane.row, option))
                        values.append(1.0)
                    if lane.tail >= 0:
                        columns.append(copy("node", lane.tail, option))
                        values.append(1.0)
                    columns.append(mix[option])
                    values.append(-lane.value)
                    rows.append((lane, option, self._row(columns, values, 0.0)))
        links = []
        for one in self._covers:
            if {("node", one.fresh), ("node", one.known)} & splits.keys():
                for option in mix:
                    columns = [copy("node", v, option) for v in (one.known, one.fresh)]
                    row = self._row(columns, [1.0, -1.0], 0.0, one.most)
                    links.append((one.fresh, one.known, option, row))
        self._points.append(_PointRows(point, tuple(rows), tuple(links), splits))

    def _whole(self, kind: str, index: int) -> int:
        """Return the column that copies are made of."""
        if kind == "money":
            return self.money
        return self.nodes[index] if kind == "node" else self.rents[index]

    def _mixed_cut(self, rows: _PointRows, duals: np.ndarray) -> MixedCut | None:
        """Return the cut of one point; valid whatever the duals are."""
        mix = self._mix[rows.point]
        sums: dict[tuple[str, int], dict[int, float]] = defaultdict(lambda: dict.fromkeys(mix, 0.0))
        shares = dict.fromkeys(mix, 0.0)
        for lane, option, row in rows.lanes:
            weight = max(0.0, float(duals[row]))
            if weight <= 1e-9:
                continue
            sums["money", 0][option] += weight * lane.costs[option]
            sums["node", lane.head][option] -= weight * lane.gains[option]
            if lane.tail >= 0:
                sums["node", lane.tail][option] += weight
            if lane.row in self.rents:
                sums["rent", lane.row][option] += weight
            shares[option] += weight * lane.value
        for fresh, known, option, row in rows.covers:
            weight = float(duals[row])  # below 0 only where both prices are the same
            if abs(weight) > 1e-9:
                sums["node", known][option] += weight
                sums["node", fresh][option] -= weight
        if not sums:
            return None
        factors: dict[tuple[str, int], float] = {}
        for (kind, index), by_option in sums.items():
            if kind == "rent":
                factors[kind, index] = max(by_option.values())
                continue
            factor = float(
                np.median(
                    [
                        -float(duals[rows.splits[kind, index]]),
                        min(by_option.values()),
                        max(by_option.values()),
                    ]
                )
            )
            factors[kind, index] = factor
            low, high = self._interval_of(kind, index)
            for option, amount in by_option.items():
                shares[option] += min((factor - amount) * low, (factor - amount) * high)
        size = max(map(abs, factors.values()))  # of a cut in small numbers HiGHS drops the smallest
        if size == 0.0:
            return None
        scaled = {key: factor / size for key, factor in factors.items()}
        return MixedCut(
            rows.point,
            scaled.get(("money", 0), 0.0),
            {index: f for (kind, index), f in scaled.items() if kind == "node"},
            {index: f for (kind, index), f in scaled.items() if kind == "rent"},
            {option: share / size for option, share in shares.items()},
        )

    def _cover_cuts(self) -> list[MixedCut]:
        """Return what is said about the two covers of a node as cuts that hold for any shares."""
        return [
            MixedCut(
                0, 0.0, {one.known: sign, one.fresh: -sign}, {}, dict.fromkeys(self._mix[0], 0.0)
            )
            for one in self._covers
            for sign in ((1.0,) if one.most else (1.0, -1.0))
        ]

    def _interval_of(self, kind: str, index: int) -> Interval:
        if kind == "money":
            return self.box.money_low, self.box.money_high
        return float(self.box.node_low[index]), float(self.box.node_high[index])

"""The relaxation of any player's problem: shares of options, split prices, and the evader's flows.

Beside the rows of module `relaxation`, the evader's flows x_lo under each option and what fills the
chords, s_j, enter with the rows of its own program, and one row makes both sides optimal:

minimise    sum_ko cost_ko z_ko + sum_f sigma_f sum_j slope_j s_j - sum_lo earned_lo x_lo
subject to  capacity_is_respected   sum_(l in r) x_lo <= u_r z_o        (= where the way is full)
            node_conserves, front_absorbs, evader_budget_is_respected
            flows_match_prices      sum v s + sum b x >= B mu + sum u theta + sum width rent

What no price of the box makes pay does not flow; what every price makes pay flows to capacity; and
goods and money that have a price all over the box are used up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import highspy

from games.network import Lane, Network
from games.payoffs import earnings
from solvers.players import stake
from solvers.prices import Box, Weights
from solvers.relaxation import Relaxation

CERTAIN = 1e-7
"""Surplus (bn USD per unit) from which on a lane surely pays or surely does not."""

Terms = list[tuple[int, float]]


class FlowRelaxation(Relaxation):
    """The relaxation of the module's docstring as one warm HiGHS object.

    Parameters
    ----------
    weights : options' costs, allowed options and budgets; `weights.harm` is not used.
    members : the controllers whose losses are summed.
    """

    def __init__(
        self, network: Network, weights: Weights, box: Box, *, members: Sequence[str]
    ) -> None:
        self._members = members
        super().__init__(network, replace(weights, harm=0.0), box)

    def value(self) -> float:
        """Return the minimum of the relaxation, infinity where nothing is feasible."""
        value = super().value()
        infeasible = self._highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        return float("inf") if infeasible else value

    def _load(self) -> highspy.Highs:
        self._add_flows()
        return super()._load()

    def _add_flows(self) -> None:
        network, box, infinity = self.network, self.box, highspy.kHighsInf
        balance: dict[int, Terms] = defaultdict(list)
        money: Terms = []
        value: Terms = []
        by_row: dict[int, list[Lane]] = defaultdict(list)
        for lane in network.lanes:
            by_row[lane.row].append(lane)
        for row, lanes in by_row.items():
            point = lanes[0].point
            for option in self.weights.allowed[point] if point >= 0 else (0,):
                used, full = self._flows(lanes, option, balance, money, value)
                if not used:
                    continue
                capacity = float(network.capacities[row])
                shared = point >= 0 and len(self._mix[point]) > 1
                columns = [*used, self._mix[point][option]] if shared else used
                factors = [1.0] * len(used) + ([-capacity] if shared else [])
                limit = 0.0 if shared else capacity
                self._row(columns, factors, limit if full else -infinity, limit)
        self._add_chords(balance, value)
        for node, terms in balance.items():
            priced = box.node_low[node] > CERTAIN
            self._row(*_columns(terms), 0.0 if priced else -infinity, 0.0)
        budget = network.game.evader_budget
        self._row(*_columns(money), budget if box.money_low > CERTAIN else -infinity, budget)
        value.append((self.money, -budget))
        value += [(rent, -float(network.capacities[row])) for row, rent in self.rents.items()]
        value += [
            (rent, -float(width))
            for rent, width in zip(self.chord_rents, network.chord_width, strict=True)
        ]
        self._row(*_columns(value), 0.0)

    def _flows(
        self,
        lanes: Sequence[Lane],
        option: int,
        balance: dict[int, Terms],
        money: Terms,
        value: Terms,
    ) -> tuple[list[int], bool]:
        """Add the flows of one way under one option; return them and whether the way is full."""
        game, box = self.network.game, self.box
        used, full = [], False
        for lane in lanes:
            gain, cost = lane.gains[option], lane.costs[option]
            tail_low, tail_high = 0.0, 0.0
            if lane.tail >= 0:
                tail_low, tail_high = box.node_low[lane.tail], box.node_high[lane.tail]
            most = lane.value + gain * box.node_high[lane.head] - cost * box.money_low - tail_low
            least = lane.value + gain * box.node_low[lane.head] - cost * box.money_high - tail_high
            full = full or least > CERTAIN
            if most < -CERTAIN:
                continue
            earned = earnings(game, game.arcs[lane.arc], option)
            worth = sum(earned.get(name, 0.0) for name in self._members)
            flow = self._column(-worth, 0.0, float(self.network.capacities[lane.row]))
            used.append(flow)
            if lane.tail >= 0:
                balance[lane.tail].append((flow, 1.0))
            balance[lane.head].append((flow, -gain))
            money.append((flow, cost))
            value.append((flow, lane.value))
        return used, full

    def _add_chords(self, balance: dict[int, Terms], value: Terms) -> None:
        network, game = self.network, self.network.game
        slopes = [chord.slope for front in game.fronts for chord in front.chords]
        for j, front in enumerate(network.chord_front):
            node = int(network.front_node[front])
            worth, width = float(network.chord_value[j]), float(network.chord_width[j])
            least = width if worth > self.box.node_high[node] + CERTAIN else 0.0
            most = 0.0 if worth < self.box.node_low[node] - CERTAIN else width
            harm = stake(game, self._members, game.fronts[front].name) * slopes[j]
            filled = self._column(harm, least, most)
            balance[node].append((filled, 1.0))
            value.append((filled, worth))


def _columns(terms: Terms) -> tuple[list[int], list[float]]:
    """Return columns and factors, each column once."""
    sums: dict[int, float] = defaultdict(float)
    for column, factor in terms:
        sums[column] += factor
    return list(sums), list(sums.values())

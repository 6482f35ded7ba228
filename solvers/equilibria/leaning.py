"""How much of a player's loss mirrors the evader's gain, and how far the rest can range.

For any m >= 0 a player loses

    cost(a) + m Z(a) + e(a),    e(a) = sum_f (sigma_f - m w_f) G_f - earnings - m sum_e b_e x_e

of which the rest e stays between two numbers whatever the profile and whichever best response the
evader takes: no front gets more than can arrive there, and no arc carries more than its capacity,
what can reach it, and what the evader's money pays for. So of two profiles

    loss(a) - loss(c)  >=  cost(a) - cost(c) + m (Z(a) - Z(c)) - spill

with spill the distance between the two. An aligned player has none.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from games.network import Lane, Network
from games.payoffs import earnings
from solvers.players import Player, stake


@dataclass(frozen=True)
class Leaning:
    """A player's loss as a multiple of the evader's gain, and what is left.

    Attributes
    ----------
    harm : m, bn USD of loss for each bn USD of gain.
    least, most : of what is left, bn USD a year.
    """

    harm: float
    least: float
    most: float

    @property
    def spill(self) -> float:
        """How far apart what is left can be in two profiles, bn USD a year."""
        return self.most - self.least


def leaning(network: Network, player: Player) -> Leaning:
    """Return how a player leans, with the m that leaves least to differences in stakes."""
    game = network.game
    flows = _Flows(network)
    months = [
        front.months(min(flows.supply(int(node)), sum(chord.width for chord in front.chords)))
        for front, node in zip(game.fronts, network.front_node, strict=True)
    ]
    stakes = [stake(game, player.members, front.name) for front in game.fronts]
    ratios = sorted(
        (owed / front.weight, front.weight * most)
        for owed, front, most in zip(stakes, game.fronts, months, strict=True)
        if front.weight and most
    )
    harm, below, half = 0.0, 0.0, sum(size for _, size in ratios) / 2
    for ratio, size in ratios:  # the weighted median
        if below < half:
            harm = ratio
        below += size
    parts = [
        (owed - harm * front.weight) * most
        for owed, front, most in zip(stakes, game.fronts, months, strict=True)
    ]
    for index, arc in enumerate(game.arcs):
        options = range(len(game.points[game.point_index[arc.point]].options)) if arc.point else [0]
        units = flows.entering(index)
        each = [
            -sum(earnings(game, arc, option).get(name, 0.0) for name in player.members)
            - harm * arc.value
            for option in options
        ]
        parts += [end * units for end in (min(0.0, *each), max(0.0, *each)) if end]
    return Leaning(harm, sum(p for p in parts if p < 0.0), sum(p for p in parts if p > 0.0))


def most_value(network: Network) -> float:
    """Return what the evader gains at most: all fronts full, and every arc that has a value."""
    of_rows = {
        lane.row: lane.value * float(network.capacities[lane.row])
        for lane in network.lanes
        if lane.value > 0.0
    }
    return float((network.chord_value * network.chord_width).sum()) + sum(of_rows.values())


def most_lost(network: Network, player: Player) -> float:
    """Return what no payoff of a player exceeds in size, and at least 1, bn USD a year."""
    game, lean = network.game, leaning(network, player)
    costs = sum(
        max(abs(o.cost + o.economic_cost) for o in game.points[k].options)
        for k in game.owned(player.members)
    )
    rest = max(-lean.least, lean.most)
    return max(1.0, lean.harm * most_value(network) + costs + rest)


class _Flows:
    """The most that can enter arcs and reach nodes, whatever the profile."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._into: dict[int, list[Lane]] = defaultdict(list)
        self._of_row: dict[int, list[Lane]] = defaultdict(list)
        for lane in network.lanes:
            self._into[lane.head].append(lane)
            self._of_row[lane.row].append(lane)
        self._supply: dict[int, float] = {}

    def supply(self, node: int) -> float:
        """Return the most units that can reach a node."""
        if node < 0:
            return math.inf
        if node not in self._supply:
            best: dict[int, float] = defaultdict(float)
            for lane in self._into[node]:
                best[lane.row] = max(best[lane.row], *lane.gains)
            self._supply[node] = sum(
                self._through(row) * gain for row, gain in best.items() if gain > 0.0
            )
        return self._supply[node]

    def entering(self, arc: int) -> float:
        """Return the most units that can enter an arc."""
        rows = {lane.row for lane in self._network.lanes if lane.arc == arc}
        return sum(map(self._through, rows))

    def _through(self, row: int) -> float:
        lanes = self._of_row[row]
        cheapest = min(min(lane.costs) for lane in lanes)
        most = [float(self._network.capacities[row])]
        most.append(sum(self.supply(tail) for tail in {lane.tail for lane in lanes}))
        if cheapest > 0.0:
            most.append(float(self._network.game.evader_budget) / cheapest)
        return min(most)

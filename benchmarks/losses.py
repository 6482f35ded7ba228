"""What the controllers want to keep small: the two losses that are minimised over portfolios.

The coordinated loss is the joint one of all controllers; the potential loss is the one whose
minimum is an equilibrium of controllers who act alone, where the stakes allow it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from games.errors import GameError
from games.layered import LayeredGame, Profile
from games.network import Lane, Network


@dataclass(frozen=True)
class Loss:
    """What a portfolio is to keep small, in bn USD a year, up to a scale.

    value Z + sum_f months_f G_f + sum_i costs_i (c + d)_i - sum_i revenue_i r_i

    Parameters
    ----------
    costs : weight of the public and economic costs of each controller.
    value : weight of the evader's objective Z.
    months : weight of the months of each front; a front not named has none.
    revenue : weight of what each controller earns from tolls and arcs.
    """

    costs: Mapping[str, float]
    value: float = 0.0
    months: Mapping[str, float] = field(default_factory=dict)
    revenue: Mapping[str, float] = field(default_factory=dict)

    def at(
        self, network: Network, profile: Profile, *, value: float, flows: Sequence[float]
    ) -> float:
        """Return the loss of a profile, given the evader's value Z and its flow in each lane."""
        game = network.game
        loss = self.value * value
        for point, choice in zip(game.points, profile, strict=True):
            option = point.options[choice]
            loss += self.costs[point.owner] * (option.cost + option.economic_cost)
        for f, front in enumerate(game.fronts):
            arriving = sum(
                lane.gains[network.chosen(lane, profile)] * flow
                for lane, flow in zip(network.lanes, flows, strict=True)
                if lane.head == network.front_node[f]
            )
            loss += self.months.get(front.name, 0.0) * front.months(arriving)
        for lane, flow in zip(network.lanes, flows, strict=True):
            loss -= self.earned(game, lane)[network.chosen(lane, profile)] * flow
        return loss

    def earned(self, game: LayeredGame, lane: Lane) -> list[float]:
        """Return the weighted revenue of a unit that enters a lane, one per option it may meet."""
        revenue = game.arcs[lane.arc].revenue
        flat = sum(self.revenue.get(name, 0.0) * amount for name, amount in revenue.items())
        if lane.point < 0:
            return [flat]
        point = game.points[lane.point]
        weight = self.revenue.get(point.owner, 0.0)
        return [flat + weight * option.toll for option in point.options]


def stakes_follow_evader(game: LayeredGame) -> bool:
    """Return whether every controller loses a fixed multiple of Z and earns nothing from flows."""
    earning = any(arc.value or any(arc.revenue.values()) for arc in game.arcs)
    tolls = any(option.toll for point in game.points for option in point.options)
    return not (earning or tolls) and all(
        math.isclose(controller.stakes.get(front.name, 0.0), stake * front.weight, rel_tol=1e-9)
        for controller, stake in zip(game.controllers, _multiples(game), strict=True)
        for front in game.fronts
    )


def coordinated_loss(game: LayeredGame) -> Loss:
    """Return the joint loss of all controllers."""
    names = [controller.name for controller in game.controllers]
    costs = dict.fromkeys(names, 1.0)
    if stakes_follow_evader(game):
        return Loss(costs, value=sum(_multiples(game)))
    months = {
        front.name: sum(controller.stakes.get(front.name, 0.0) for controller in game.controllers)
        for front in game.fronts
    }
    return Loss(costs, months=months, revenue=dict.fromkeys(names, 1.0))


def potential_loss(game: LayeredGame) -> Loss:
    """Return minus the potential, Z + sum_i cost_i / stake_i, whose minimum is an equilibrium."""
    multiples = _multiples(game)
    if not (stakes_follow_evader(game) and min(multiples) > 0):
        raise GameError(
            f"potential of {game.name}: expected positive stakes in proportion to the evader's "
            "weights and no revenue, tolls or strategic values; found another game - use the "
            "coordinated loss"
        )
    names = [controller.name for controller in game.controllers]
    return Loss({name: 1 / stake for name, stake in zip(names, multiples, strict=True)}, value=1.0)


def _multiples(game: LayeredGame) -> list[float]:
    """Return each controller's stake in the first front that the evader values, per its weight."""
    front = next((front for front in game.fronts if front.weight > 0), game.fronts[0])
    scale = front.weight or 1.0
    return [controller.stakes.get(front.name, 0.0) / scale for controller in game.controllers]

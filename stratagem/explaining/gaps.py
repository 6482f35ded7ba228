"""The gap that one jurisdiction leaves: unilateral play held against coordinated play.

For each controller: what all would gain if it alone moved to its part of the coordinated portfolio
while the others stay, what the move would cost itself, and the points that it leaves weaker, with
what the evader sends through them.
"""

from __future__ import annotations

from dataclasses import dataclass

from games.layered import Profile
from solvers.players import replaced
from solvers.world import World
from stratagem.explaining.margins import TOO_SMALL, hinders_less


@dataclass(frozen=True)
class WeakPoint:
    """A control point that is weaker alone than together.

    Attributes
    ----------
    flow : units a year that enter it in unilateral play, by the tails they come from.
    """

    point: str
    alone: str
    together: str
    flow: dict[str, float]


@dataclass(frozen=True)
class Gap:
    """What one controller leaves open.

    Attributes
    ----------
    joint_gain : what the sum of the payoffs gains if it alone moves, bn USD a year.
    own_gain : what its own payoff gains by that, bn USD a year; at an equilibrium not above 0.
    """

    controller: str
    joint_gain: float
    own_gain: float
    weaker: tuple[WeakPoint, ...]


def gaps(world: World, alone: Profile, together: Profile) -> tuple[Gap, ...]:
    """Return the gap of every controller whose part differs, the widest first.

    Parameters
    ----------
    alone, together : the profiles of unilateral and of coordinated play.
    """
    game = world.game
    network = world.network
    before = world.payoffs(alone)
    response = world.respond(alone)
    found = []
    for controller in game.controllers:
        points = [k for k in game.owned([controller.name]) if alone[k] != together[k]]
        if not points:
            continue
        after = world.payoffs(replaced(alone, points, [together[k] for k in points]))
        weaker = []
        for k in points:
            if hinders_less(game.points[k], alone[k], together[k]):
                flow: dict[str, float] = {}
                for lane in network.lanes_of_point[k]:
                    tail = game.arcs[network.lanes[lane].arc].tail
                    flow[tail] = flow.get(tail, 0.0) + float(response.flows[lane])
                options = game.points[k].options
                weaker.append(
                    WeakPoint(
                        game.points[k].name,
                        options[alone[k]].name,
                        options[together[k]].name,
                        {tail: units for tail, units in flow.items() if units > TOO_SMALL},
                    )
                )
        own = after.total[controller.name] - before.total[controller.name]
        found.append(Gap(controller.name, after.joint - before.joint, own, tuple(weaker)))
    return tuple(sorted(found, key=lambda gap: -gap.joint_gain))

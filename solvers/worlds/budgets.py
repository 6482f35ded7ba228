"""Budgets over worlds: appropriated before the world is known, or kept to in every world.

What an option costs, and what may be spent, is uncertain too. Budgets that must hold in every world
leave, as worlds are added, ever fewer options: in some world each is too dear. So budgets are taken
as they are appropriated, at the values that a scenario states, unless every world's own are asked
for; what an option costs in a world counts in full in what the world is worth, and how often and by
how much outlays there exceed budgets there is said beside the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from games.layered import ControlPoint, LayeredGame, Profile
from solvers.certificate import BUDGET_TOLERANCE
from solvers.players import Player, budgets_of, outlays_of
from solvers.worlds.measures import Array

Budgets = Literal["stated", "every"]
"""`stated`: as a scenario states them; `every`: those of every world, whatever comes."""


@dataclass(frozen=True)
class Overrun:
    """How a portfolio exceeds one budget: in which share of the worlds, by what at most.

    Attributes
    ----------
    controllers : whose budget it is.
    share : probability of the worlds where outlays exceed it, from 0 to 1.
    largest : by how much at most, bn USD a year.
    """

    controllers: tuple[str, ...]
    share: float
    largest: float


def appropriated(games: Sequence[LayeredGame], stated: LayeredGame) -> list[LayeredGame]:
    """Return worlds with the budgets and outlays of one game, and payoffs as they are.

    What an option costs more in a world than in `stated` is moved to its economic cost, which no
    budget limits.
    """
    limits = {controller.name: controller.budget for controller in stated.controllers}
    return [
        replace(
            game,
            controllers=tuple(
                replace(controller, budget=limits[controller.name])
                for controller in game.controllers
            ),
            points=tuple(map(_appropriated, game.points, stated.points)),
        )
        for game in games
    ]


def _appropriated(point: ControlPoint, stated: ControlPoint) -> ControlPoint:
    options = tuple(
        replace(here, cost=then.cost, economic_cost=here.economic_cost + (here.cost - then.cost))
        for here, then in zip(point.options, stated.options, strict=True)
    )
    return replace(point, options=options)


def overruns(
    games: Sequence[LayeredGame], profile: Profile, *, player: Player, probabilities: Array
) -> tuple[float, tuple[Overrun, ...]]:
    """Return the probability that some budget of a world is exceeded there, and each that may be.

    Parameters
    ----------
    games : the worlds as they are, with budgets and costs of their own.
    """
    shares: dict[tuple[int, ...], float] = {}
    largest: dict[tuple[int, ...], float] = {}
    somewhere = 0.0
    for game, probability in zip(games, probabilities.tolist(), strict=True):
        exceeded = False
        for points, outlay, limit in outlays_of(game, player, profile):
            over = outlay - limit
            if over > BUDGET_TOLERANCE:
                exceeded = True
                shares[points] = shares.get(points, 0.0) + probability
                largest[points] = max(largest.get(points, 0.0), over)
        somewhere += probability * exceeded
    owners = {
        points: tuple(dict.fromkeys(games[0].points[k].owner for k in points)) for points in shares
    }
    return somewhere, tuple(
        Overrun(owners[points], shares[points], largest[points]) for points in shares
    )


def priced_out(games: Sequence[LayeredGame], *, player: Player) -> tuple[tuple[str, str], ...]:
    """Return (point, option) of all that exceeds a budget in some world by itself.

    By itself: with everything else that the budget pays for at its cheapest.
    """
    found: dict[tuple[str, str], None] = {}
    for game in games:
        for points, limit in budgets_of(game, player):
            cheapest = {k: min(o.cost for o in game.points[k].options) for k in points}
            rest = sum(cheapest.values())
            for k in points:
                for option in game.points[k].options:
                    if rest - cheapest[k] + option.cost > limit + BUDGET_TOLERANCE:
                        found[game.points[k].name, option.name] = None
    return tuple(found)

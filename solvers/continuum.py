"""What a player could reach if enforcement were continuous: a bound, and where the grid is coarse.

In the relaxed game (`games.grids`) each tier costs what it costs and catches what the next one
catches. Any enforcement between the two costs at least as much and catches at most as much, and the
evader's value falls with every hazard. So a bound on the player's best portfolio in the relaxed
game is one on its best portfolio at any enforcement, between the lowest and the highest tier of
each of its measures, while everybody else stays.

For a player whose stakes are not the evader's weights, or who earns from flows, the bound is that
of a payoff which is nowhere lower: the least harm that its stakes allow, and every arc earning as
if used to capacity. It is valid, and may stay loose however fine the grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from games.errors import InfeasibleError
from games.grids import grids, relaxed
from games.layered import LayeredGame, Profile
from games.network import build_network
from solvers.candidates import optimistic
from solvers.minimum import minimum
from solvers.players import Player, alignment, least_harm, weights_of
from solvers.portfolio import best_portfolio
from solvers.world import World


@dataclass(frozen=True)
class Reach:
    """What no enforcement lets a player exceed.

    Attributes
    ----------
    bound : of the sum of the members' payoffs, bn USD a year.
    profile : a profile of the relaxed game that comes nearest to it.
    """

    bound: float
    profile: Profile


def reach(
    game: LayeredGame,
    player: Player,
    profile: Profile,
    *,
    gap: float = 1e-6,
    time_limit: float = 600.0,
    generator: np.random.Generator,
) -> Reach:
    """Return what a player reaches at most at any enforcement while the others stay.

    Parameters
    ----------
    profile : options of everybody; the player's own are where its search starts.
    gap : relative gap of the bound.
    time_limit : seconds; at the limit the bound is what is proven by then.
    """
    player = replace(player, transfers=True)  # whoever need not agree reaches no less
    network = build_network(relaxed(game, player.points))
    game = network.game
    if alignment(game, player.members) is not None:
        best = best_portfolio(
            World(network), player, profile, gap=gap, time_limit=time_limit, generator=generator
        )
        return Reach(best.bound, best.profile)
    weights = weights_of(game, player, profile, harm=least_harm(game, player.members))
    credited, constant = optimistic(game, player, weights)
    least = minimum(
        network,
        credited,
        evader=World(network).evader,
        starts=[profile],
        gap=gap,
        time_limit=time_limit,
        generator=generator,
    )
    if least is None:
        raise InfeasibleError(
            f"{player.name}: expected a portfolio within every budget, found none - raise the "
            "budget, or allow cheaper options"
        )
    return Reach(constant - least.bound, least.profile)


def coarse(game: LayeredGame, profile: Profile) -> set[tuple[int, int, int]]:
    """Return the intervals (point, lower tier, upper tier) that a relaxed profile takes up."""
    found = set()
    for grid in grids(game):
        option = profile[grid.point]
        if option in grid.options and (between := grid.interval(option)) is not None:
            found.add((grid.point, *between))
    return found


def beside(game: LayeredGame, profile: Profile) -> set[tuple[int, int, int]]:
    """Return the intervals on both sides of the tiers in a profile."""
    found = set()
    for grid in grids(game):
        if profile[grid.point] in grid.options:
            place = grid.options.index(profile[grid.point])
            for option in grid.options[max(0, place - 1) : place + 1]:
                if (between := grid.interval(option)) is not None:
                    found.add((grid.point, *between))
    return found

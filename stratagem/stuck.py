"""Why an equilibrium is stuck: what no controller does alone, and what a few would do together.

For each player, its best change of one point and what that loses it. Then the smallest set of
players, beside one, whose joint move gains for their sum: descent over all their points, checked by
asking the evader again. One player never gains in an equilibrium, so a pair that does is smallest;
a larger set is the smallest that descent found.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from games.layered import Profile
from solvers.descent import descend, respects_budgets
from solvers.equilibrium import replaced
from solvers.players import Player, weights_of
from solvers.portfolio import World
from solvers.prices import Weights
from stratagem.margins import TOO_SMALL

LARGEST = 3
"""Players of a joint move at most, beside all together."""


@dataclass(frozen=True)
class LoneMove:
    """The best change of one point that a player could make alone.

    Attributes
    ----------
    change : what it changes of the player's payoff, bn USD a year; at an equilibrium not above 0
        but for the regret.
    """

    player: str
    point: str
    option: str
    change: float


@dataclass(frozen=True)
class JointMove:
    """A move of several players together that gains for their sum.

    Attributes
    ----------
    options : {control point: option} that they change.
    gains : {player: bn USD a year}; one may lose and need to be paid by the others.
    joint : what all controllers' sum gains, bn USD a year.
    """

    players: tuple[str, ...]
    options: dict[str, str]
    gains: dict[str, float]
    joint: float

    @property
    def gain(self) -> float:
        """What the players gain together, bn USD a year."""
        return sum(self.gains.values())


@dataclass(frozen=True)
class Stuck:
    """Why nobody leaves an equilibrium: the lone moves, and the joint move that would free it."""

    alone: tuple[LoneMove, ...]
    together: JointMove | None


def stuck(world: World, profile: Profile, players: Sequence[Player]) -> Stuck:
    """Return why an equilibrium between players is stuck."""
    alone = tuple(
        move for player in players if (move := _best_alone(world, profile, player)) is not None
    )
    sizes = [*range(2, min(LARGEST, len(players)) + 1)]
    if len(players) > LARGEST:
        sizes.append(len(players))
    for size in sizes:
        groups = itertools.combinations(players, size)
        moves = [
            joint for group in groups if (joint := _together(world, profile, group)) is not None
        ]
        if moves:
            return Stuck(alone, max(moves, key=lambda move: move.gain))
    return Stuck(alone, None)


def _best_alone(world: World, profile: Profile, player: Player) -> LoneMove | None:
    game = world.game
    weights = weights_of(game, player, profile, harm=0.0)
    here = world.payoff(player, profile)
    moves = [
        LoneMove(
            player.name,
            game.points[k].name,
            game.points[k].options[option].name,
            world.payoff(player, moved) - here,
        )
        for k in player.points
        for option in range(len(game.points[k].options))
        if option != profile[k]
        and respects_budgets(game, weights, moved := replaced(profile, [k], [option]))
    ]
    return max(moves, key=lambda move: move.change, default=None)


def _together(world: World, profile: Profile, group: Sequence[Player]) -> JointMove | None:
    """Return the joint move of some players that descent finds, None where none gains."""
    game = world.game
    each = [weights_of(game, player, profile, harm=0.0) for player in group]
    free = {k for player in group for k in player.points}
    weights = Weights(
        options=each[0].options,
        allowed=tuple(
            tuple(range(len(point.options))) if k in free else (profile[k],)
            for k, point in enumerate(game.points)
        ),
        budgets=tuple(budget for one in each for budget in one.budgets),
        harm=0.0,
    )
    strongest = tuple(options[-1] for options in weights.allowed)
    reached = descend(
        game,
        weights,
        lambda candidate: -sum(world.payoff(player, candidate) for player in group),
        starts=[profile, strongest],
        generator=np.random.default_rng(0),
    )
    if reached is None:
        return None
    moved, before, after = reached[0], world.payoffs(profile), world.payoffs(reached[0])
    gains = {
        player.name: sum(after.total[name] - before.total[name] for name in player.members)
        for player in group
    }
    if sum(gains.values()) <= max(TOO_SMALL, 1e-6 * abs(before.joint)):
        return None
    changed = {
        point.name: point.options[new].name
        for point, old, new in zip(game.points, profile, moved, strict=True)
        if old != new
    }
    return JointMove(
        tuple(player.name for player in group), changed, gains, after.joint - before.joint
    )

"""Why an equilibrium is stuck: what no controller does alone, and what a few would do together.

For each player, its best change of one point and what that loses it. Then a joint move that gains
for those who make it: descent over everybody's points finds one, and players are dropped from it,
the most dispensable first, as long as the others still gain together by their parts of it. What is
left is a smallest move in the sense that none of its players can be spared. Every gain is the
evader's own answer to the changed profile.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from games.layered import Profile
from solvers.consent import consents
from solvers.descent import descend, respects_budgets
from solvers.players import Player, replaced, weights_of
from solvers.prices import Weights
from solvers.world import World
from stratagem.explaining.margins import TOO_SMALL


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
    return Stuck(alone, _together(world, profile, players))


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
        and consents(world, player, moved)
    ]
    return max(moves, key=lambda move: move.change, default=None)


def _together(world: World, profile: Profile, players: Sequence[Player]) -> JointMove | None:
    """Return a joint move of which no player can be spared, None where descent finds none."""
    moved = _best_of_all(world, profile, players)
    group = [one for one in players if any(moved[k] != profile[k] for k in one.points)]
    move = _move(world, profile, moved, group)
    while move.gain > _least(world, profile) and len(group) > 1:
        smaller = [[one for one in group if one is not left] for left in group]
        agreed = [rest for rest in smaller if _agreed(world, profile, moved, rest)]
        best = max(
            ((_move(world, profile, moved, rest), rest) for rest in agreed),
            key=lambda pair: pair[0].gain,
            default=None,
        )
        if best is None or best[0].gain <= _least(world, profile):
            break
        move, group = best
    return move if move.gain > _least(world, profile) else None


def _agreed(world: World, profile: Profile, moved: Profile, group: Sequence[Player]) -> bool:
    """Return whether the members of each player of a group consent to its part of a move."""
    points = [k for one in group for k in one.points]
    after = replaced(profile, points, [moved[k] for k in points])
    return all(consents(world, one, after) for one in group)


def _least(world: World, profile: Profile) -> float:
    """Return the gain that counts as one, bn USD a year."""
    return max(TOO_SMALL, 1e-6 * abs(world.payoffs(profile).joint))


def _best_of_all(world: World, profile: Profile, players: Sequence[Player]) -> Profile:
    """Return what descent over all points finds best for the players' sum."""
    game = world.game
    each = [weights_of(game, player, profile, harm=0.0) for player in players]
    free = {k for player in players for k in player.points}
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
        lambda candidate: (
            -sum(world.payoff(player, candidate) for player in players)
            if all(consents(world, player, candidate) for player in players)
            else math.inf
        ),
        starts=[profile, strongest],
        generator=np.random.default_rng(0),
    )
    return profile if reached is None else reached[0]


def _move(world: World, profile: Profile, moved: Profile, group: Sequence[Player]) -> JointMove:
    """Return the part of a joint move that some players make."""
    points = [k for one in group for k in one.points if moved[k] != profile[k]]
    after = world.payoffs(replaced(profile, points, [moved[k] for k in points]))
    before = world.payoffs(profile)
    options = {
        world.game.points[k].name: world.game.points[k].options[moved[k]].name for k in points
    }
    gains = {
        one.name: sum(after.total[name] - before.total[name] for name in one.members)
        for one in group
    }
    return JointMove(tuple(one.name for one in group), options, gains, after.joint - before.joint)

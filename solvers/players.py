"""Who decides together: players, and whether their interest is the evader's turned around.

A player is one or more controllers that maximise the sum of their payoffs, each within its own
budget or all within the sum of their budgets (`pooled`). A player is *aligned* when its payoff is
-lambda Z minus its costs: it weighs the fronts as the evader does (sum of stakes = lambda w_f),
earns nothing from flows, and no arc has a strategic value. Its best portfolio is then an
interdiction problem; otherwise strong duality is needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from games.layered import LayeredGame, Profile
from solvers.prices import Weights


@dataclass(frozen=True)
class Player:
    """Controllers that decide as one over the points listed.

    Attributes
    ----------
    transfers : whether members can pay each other, so that only the sum of their payoffs counts.
        Without, each consents only to what leaves it no worse off than the status quo (`consent`).
    """

    name: str
    members: tuple[str, ...]
    points: tuple[int, ...]
    pooled: bool = False
    transfers: bool = True


def player(
    game: LayeredGame,
    members: Sequence[str],
    *,
    layers: Sequence[str] | None = None,
    pooled: bool = False,
    transfers: bool = True,
) -> Player:
    """Return the player made of controllers, deciding in some layers (None: all)."""
    points = tuple(
        k for k in game.owned(members) if layers is None or game.points[k].layer in layers
    )
    return Player("+".join(members), tuple(members), points, pooled, transfers)


def stake(game: LayeredGame, members: Sequence[str], front: str) -> float:
    """Return the sum of the members' stakes in a front, bn USD per month."""
    return sum(c.stakes.get(front, 0.0) for c in game.controllers if c.name in members)


def proportion(game: LayeredGame, members: Sequence[str]) -> float | None:
    """Return lambda where the members' stakes are lambda times the evader's weights, else None."""
    stakes = {front.name: stake(game, members, front.name) for front in game.fronts}
    ratios = [
        stakes[front.name] / front.weight if front.weight else math.inf
        for front in game.fronts
        if front.weight or stakes[front.name]
    ]
    low, high = min(ratios, default=0.0), max(ratios, default=0.0)
    return low if high - low <= 1e-12 * high else None


def least_harm(game: LayeredGame, members: Sequence[str]) -> float:
    """Return the largest lambda with lambda w_f at most the members' stake in every front."""
    return min(
        (stake(game, members, front.name) / front.weight for front in game.fronts if front.weight),
        default=0.0,
    )


def alignment(game: LayeredGame, members: Sequence[str]) -> float | None:
    """Return lambda where the members' payoff is -lambda Z minus costs, else None."""
    if any(arc.revenue.get(name) for arc in game.arcs for name in members):
        return None
    if any(o.toll for point in game.points if point.owner in members for o in point.options):
        return None
    ratio = proportion(game, members)
    return None if ratio and any(arc.value for arc in game.arcs) else ratio


def weights_of(game: LayeredGame, player: Player, base: Profile, *, harm: float) -> Weights:
    """Return the portfolio problem of a player while all other points stay as in `base`."""
    free = set(player.points)
    return Weights(
        options=tuple(
            tuple(o.cost + o.economic_cost for o in point.options)
            if point.owner in player.members
            else (0.0,) * len(point.options)
            for point in game.points
        ),
        allowed=tuple(
            tuple(range(len(point.options))) if k in free else (base[k],)
            for k, point in enumerate(game.points)
        ),
        budgets=budgets_of(game, player),
        harm=harm,
    )


def budgets_of(game: LayeredGame, player: Player) -> tuple[tuple[tuple[int, ...], float], ...]:
    """Return (points, bn USD) of each budget that limits a player."""
    limits = {c.name: c.budget for c in game.controllers}
    if player.pooled:
        return ((game.owned(player.members), sum(limits[name] for name in player.members)),)
    return tuple((game.owned([name]), limits[name]) for name in player.members)


def replaced(profile: Profile, points: Sequence[int], options: Sequence[int]) -> Profile:
    """Return the profile with other options at some points."""
    changed = list(profile)
    for k, option in zip(points, options, strict=True):
        changed[k] = option
    return tuple(changed)


def others_of(player: Player, profile: Profile) -> Profile:
    """Return the profile with the player's own options left out."""
    return replaced(profile, player.points, [-1] * len(player.points))


def outlays_of(
    game: LayeredGame, player: Player, profile: Profile
) -> tuple[tuple[tuple[int, ...], float, float], ...]:
    """Return (points, outlay, limit) of each budget that limits a player, bn USD a year."""
    return tuple(
        (points, sum(game.points[k].options[profile[k]].cost for k in points), limit)
        for points, limit in budgets_of(game, player)
    )

"""What control points and budgets are worth at the margin of a profile.

Both are found by trying: one option is changed, the evader answers anew, and payoffs are compared.
A change of one option at a time understates what several together could do, so the price of a
budget is a lower bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from games.layered import ControlPoint, Profile
from solvers.players import Player, budgets_of, replaced
from solvers.world import World

TOO_SMALL = 1e-9
"""Change of payoff, bn USD a year, that counts as none."""


@dataclass(frozen=True)
class PointMargin:
    """What one control point is worth where all others stay.

    Attributes
    ----------
    option, weakest : what is in force, and the option that hinders least.
    worth : joint payoff that is lost if the point falls to its weakest option, bn USD a year.
    other, gain : the best of its other options for the joint payoff, and what it changes.
    affordable : whether the owner's budget allows that option.
    """

    point: str
    owner: str
    option: str
    weakest: str
    worth: float
    other: str | None
    gain: float
    affordable: bool


@dataclass(frozen=True)
class BudgetMargin:
    """What a budget holds back.

    Attributes
    ----------
    controllers : whose budget it is; several where it is pooled.
    outlay, budget : bn USD a year.
    point, option, gain : the one change that only the budget forbids and that pays most per bn USD
        missing, and what those who decide would gain by it; None and 0 where there is none.
    missing : bn USD a year that the budget is short of for it.
    price : gain per bn USD missing, a lower bound on what the budget's next bn USD are worth.
    """

    controllers: tuple[str, ...]
    outlay: float
    budget: float
    point: str | None
    option: str | None
    gain: float
    missing: float
    price: float


def weakest(point: ControlPoint) -> int:
    """Return the option that hinders least: lowest hazard, then toll, then cost."""
    options = point.options
    return min(
        range(len(options)),
        key=lambda o: (options[o].hazard, options[o].toll, options[o].cost),
    )


def hinders_less(point: ControlPoint, option: int, other: int) -> bool:
    """Return whether an option hinders less than another at the same point."""
    one, two = point.options[option], point.options[other]
    return (one.hazard, one.toll) < (two.hazard, two.toll)


def point_margins(world: World, profile: Profile) -> tuple[PointMargin, ...]:
    """Return the margin of every control point, those worth most first."""
    game = world.game
    here = world.payoffs(profile).joint
    limits = {c.name: c.budget for c in game.controllers}
    outlay = world.payoffs(profile).outlay
    margins = []
    for k, point in enumerate(game.points):
        joint = {
            o: world.payoffs(replaced(profile, [k], [o])).joint - here
            for o in range(len(point.options))
        }
        low = weakest(point)
        others = {o: change for o, change in joint.items() if o != profile[k]}
        best = max(others, key=lambda o: others[o], default=None)
        extra = 0.0 if best is None else point.options[best].cost - point.options[profile[k]].cost
        margins.append(
            PointMargin(
                point=point.name,
                owner=point.owner,
                option=point.options[profile[k]].name,
                weakest=point.options[low].name,
                worth=-joint[low],
                other=None if best is None else point.options[best].name,
                gain=0.0 if best is None else others[best],
                affordable=outlay[point.owner] + extra <= limits[point.owner] + TOO_SMALL,
            )
        )
    return tuple(sorted(margins, key=lambda margin: -margin.worth))


def budget_margins(
    world: World, profile: Profile, players: Sequence[Player]
) -> tuple[BudgetMargin, ...]:
    """Return the margin of every budget of the players, the dearest first."""
    margins = []
    for player in players:
        here = world.payoff(player, profile)
        for points, limit in budgets_of(world.game, player):
            if points:
                margins.append(_budget_margin(world, profile, player, points, limit, here))
    return tuple(sorted(margins, key=lambda margin: -margin.price))


def _budget_margin(
    world: World,
    profile: Profile,
    player: Player,
    points: Sequence[int],
    limit: float,
    here: float,
) -> BudgetMargin:
    game = world.game
    outlay = sum(game.points[k].options[profile[k]].cost for k in points)
    best: tuple[float, int, int, float, float] | None = None
    for k in points:
        if k not in player.points:
            continue
        current = game.points[k].options[profile[k]]
        for o, option in enumerate(game.points[k].options):
            missing = outlay + option.cost - current.cost - limit
            if missing <= TOO_SMALL:
                continue
            gain = world.payoff(player, replaced(profile, [k], [o])) - here
            if gain > TOO_SMALL and (best is None or gain / missing > best[0]):
                best = (gain / missing, k, o, gain, missing)
    price, k, o, gain, missing = best or (0.0, -1, -1, 0.0, 0.0)
    return BudgetMargin(
        controllers=tuple(dict.fromkeys(game.points[j].owner for j in points)),
        outlay=outlay,
        budget=limit,
        point=None if best is None else game.points[k].name,
        option=None if best is None else game.points[k].options[o].name,
        gain=gain,
        missing=missing,
        price=price,
    )

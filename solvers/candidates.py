"""Portfolios tried in turn: all of a few, or a model's solutions in falling order.

The game itself says what a portfolio is worth. Where a model can only promise too much, each of its
solutions is tried: one that is worth less than promised is cut off and the next one asked for,
until bound and payoff meet. Such a promise is that every arc earns as if used to capacity
(`optimistic`), for a player that would be aligned but for what flows earn it.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from games.errors import NotCertifiedError
from games.layered import LayeredGame, Profile
from games.payoffs import earnings
from solvers.descent import option_cost, respects_budgets
from solvers.general_sum import general_sum_model
from solvers.interdiction import InterdictionModel
from solvers.milp import Status, solve
from solvers.minimum import PROOF_TREE, bounded
from solvers.players import Player, least_harm
from solvers.prices import Box, Weights
from solvers.relaxation import MixedCut
from solvers.world import World

FEW = 600
"""Portfolios of one player up to which all are tried in turn."""

TREE_WITH_FLOWS: dict[str, object] = {
    **PROOF_TREE,
    "presolve": "on",
    "mip_allow_cut_separation_at_nodes": False,
}
"""HiGHS options where flows are modelled: presolve pays, cuts beyond the root took longer than they
saved."""

CLOSE = 0.9
"""Part of the gap to which a MILP is solved: what rounding leaves has room in the rest."""


SOLVED = 1e-6
"""Share of a payoff by which a model's bound may fall short of it, by rounding."""


@dataclass(frozen=True)
class Credit:
    """What an arc could earn a player under one option, if it were used to capacity.

    Attributes
    ----------
    arc, point, option : indices; point -1 and option 0 where the arc has no control point.
    worth : bn USD a unit, > 0, strategic value times lambda among it.
    capacity : units that may enter the arc.
    """

    arc: int
    point: int
    option: int
    worth: float
    capacity: float


def credits_of(game: LayeredGame, player: Player, harm: float) -> list[Credit]:
    """Return all that flows could earn a player, for stakes of `harm` times the weights."""
    found = []
    for a, arc in enumerate(game.arcs):
        k = game.point_index[arc.point] if arc.point else -1
        for option in range(len(game.points[k].options) if k >= 0 else 1):
            earned = earnings(game, arc, option)
            worth = sum(earned.get(name, 0.0) for name in player.members) + harm * arc.value
            if worth > 0:
                capacity = sum(step.capacity for step in arc.steps)
                found.append(Credit(a, k, option, worth, capacity))
    return found


def optimistic(game: LayeredGame, player: Player, weights: Weights) -> tuple[Weights, float]:
    """Return a portfolio problem whose optimum bounds the player's payoff from above.

    For stakes of lambda w_f the payoff is -lambda Z - costs + what flows earn the player and lambda
    times their strategic value. The last two are at most what they are on arcs used to capacity;
    that is credited to each option, and to a constant for arcs without a control point.
    """
    credits = [[0.0] * len(point.options) for point in game.points]
    constant = 0.0
    for one in credits_of(game, player, weights.harm):
        most = one.capacity * one.worth
        if one.point < 0:
            constant += most
        else:
            credits[one.point][one.option] += most
    options = tuple(
        tuple(cost - credit for cost, credit in zip(costs, ours, strict=True))
        for costs, ours in zip(weights.options, credits, strict=True)
    )
    return replace(weights, options=options), constant


def least_loss(world: World, credited: Weights, constant: float, profile: Profile) -> float:
    """Return what a player loses at least, by `optimistic`."""
    value = credited.harm * world.evader.value(profile)
    return option_cost(credited, profile) + value - constant


def general_model(
    world: World,
    player: Player,
    weights: Weights,
    *,
    at_most: float,
    known: tuple[Box, list[MixedCut]] | None = None,
) -> InterdictionModel:
    """Return the strong-duality MILP, its prices bounded by the optimistic problem's.

    Parameters
    ----------
    at_most : what the player loses with a portfolio already found, bn USD a year.
    known : these bounds and the cuts in them, where they were found before.
    """
    game = world.game
    harm = least_harm(game, player.members)  # the months lost in other fronts only help the bound
    credited, constant = optimistic(game, player, replace(weights, harm=harm))
    box, cuts = known or bounded(world.network, credited, at_most=at_most + constant)
    return general_sum_model(world.network, weights, members=player.members, box=box, cuts=cuts)


def searched(
    built: InterdictionModel,
    first: Profile,
    *,
    worth: Callable[[Profile], float],
    constant: float,
    gap: float,
    deadline: float,
    candidates: int = 1000,
    options: dict[str, object] = PROOF_TREE,
) -> tuple[Profile, float]:
    """Return the best profile and a bound on all, trying the model's solutions in turn.

    The model's objective, negated and with the constant added, is at least what every profile is
    worth. A solution that is worth less than that is cut off and the next one asked for. From then
    on the model's bound is that of the others alone, and may well be below the best one known;
    before anything is cut off a bound below it is wrong.

    Raises
    ------
    NotCertifiedError
        When the model's first bound is below what a profile is worth.
    """
    best, payoff = first, worth(first)
    bound = math.inf
    for attempt in range(candidates):
        left = max(1.0, deadline - time.perf_counter())
        outcome = solve(
            built.model,
            gap=CLOSE * gap,
            time_limit=left,
            at_most=constant - payoff,
            options=options,
        )
        if outcome.status is Status.INFEASIBLE:
            return best, payoff
        reached = constant - outcome.bound
        if attempt == 0 and reached < payoff - SOLVED * max(1.0, abs(payoff)):
            raise NotCertifiedError(
                f"{built.model.name}: expected a bound of at least {payoff:.9g}, what a profile is "
                f"worth, found {reached:.9g} bn USD a year"
            )
        bound = max(payoff, reached)
        if outcome.objective is not None:
            found = built.profile()
            if worth(found) > payoff:
                best, payoff = found, worth(found)
        closed = bound - payoff <= gap * max(1.0, abs(payoff))
        if closed or outcome.status is Status.LIMIT or time.perf_counter() > deadline:
            return best, bound
        built.cut_off(found)
    return best, bound


def portfolios(
    game: LayeredGame, player: Player, weights: Weights, base: Profile
) -> Iterator[Profile]:
    """Yield every profile of a player within its budgets."""
    for choice in itertools.product(*(weights.allowed[k] for k in player.points)):
        changed = list(base)
        for k, option in zip(player.points, choice, strict=True):
            changed[k] = option
        if respects_budgets(game, weights, changed):
            yield tuple(changed)


def conflict(game: LayeredGame, player: Player, weights: Weights) -> str:
    """Return the message that names the budgets no portfolio respects."""
    short = []
    for points, limit in weights.budgets:
        least = sum(min(game.points[k].options[o].cost for o in weights.allowed[k]) for k in points)
        if least > limit:
            owners = ", ".join(dict.fromkeys(game.points[k].owner for k in points))
            short.append(f"{owners}: at least {least:g} bn USD a year on a budget of {limit:g}")
    return (
        f"{player.name}: expected a portfolio within every budget, found none ("
        + "; ".join(short)
        + ") - raise the budget, or allow cheaper options at the points that stay fixed"
    )

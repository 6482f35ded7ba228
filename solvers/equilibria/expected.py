"""A player's best portfolio against others who draw theirs: one portfolio for several profiles.

The others' portfolios are drawn with known probabilities. The player chooses before the draw, the
evader answers after it, when it sees what everybody does. So with a_w what the others do in draw w

    maximise   sum_w p_w U(b, a_w)   over the portfolios b within the player's budgets

which is a portfolio for several worlds: the draws. One draw is the problem of module `portfolio`.
Few portfolios are tried in all draws. Otherwise one MILP has a single set of steps, and for every
draw a copy of the evader: its dual, as in module `interdiction`, and for a player that is not
aligned the flows as well, as in module `general_sum`. A solution whose payoffs fall short of the
model's, for the evader breaks its ties otherwise, is cut off and the next one asked for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo

from games.errors import InfeasibleError
from games.layered import Profile
from solvers.candidates import FEW, TREE_WITH_FLOWS, conflict, optimistic, portfolios, searched
from solvers.descent import descend
from solvers.general_sum import add_flows
from solvers.interdiction import (
    InterdictionModel,
    add_budgets,
    add_cuts,
    add_dual,
    dual_value,
    linear,
    ordered_options,
    portfolio_cost,
    step_variables,
)
from solvers.players import Player, alignment, least_harm, replaced, weights_of
from solvers.portfolio import best_portfolio
from solvers.prices import Box, Weights, first_box, hub_nodes
from solvers.relaxation import Relaxation
from solvers.tightening import tightened
from solvers.world import World

ENOUGH = 20_000
"""Portfolios times draws up to which all are tried."""

MOST_COPIES = 24
"""Draws up to which all of them are put into one MILP."""


@dataclass(frozen=True)
class Draw:
    """What the others may do: options at their points (the player's own are not looked at)."""

    profile: Profile
    probability: float


@dataclass(frozen=True)
class Expected:
    """A player's best portfolio against draws.

    Attributes
    ----------
    options : at the player's points.
    payoff : expected sum of the members' payoffs, bn USD a year, from the evader's responses.
    bound : no portfolio of the player is expected to earn more.
    """

    options: tuple[int, ...]
    payoff: float
    bound: float


def best_against(
    world: World,
    player: Player,
    draws: Sequence[Draw],
    *,
    starts: Sequence[tuple[int, ...]] = (),
    gap: float = 1e-6,
    time_limit: float = 600.0,
    generator: np.random.Generator,
) -> Expected:
    """Return a player's best portfolio against draws of what the others do.

    Parameters
    ----------
    draws : with probabilities that add up to 1.
    starts : portfolios of the player that are likely to be good; without any, descent begins at the
        ends of all options as well, which takes many more looks at the evader.
    gap : relative gap between payoff and bound to reach.
    time_limit : seconds; at the limit the best portfolio so far is returned with its bound.
    generator : order of the descent that finds a first portfolio.

    Raises
    ------
    InfeasibleError
        When no portfolio of the player respects its budgets.
    """
    started = time.perf_counter()
    base = draws[0].profile

    def own(profile: Profile) -> tuple[int, ...]:
        return tuple(profile[k] for k in player.points)

    if len(draws) == 1:
        alone = best_portfolio(
            world, player, base, gap=gap, time_limit=time_limit, generator=generator
        )
        return Expected(own(alone.profile), alone.payoff, alone.bound)

    def worth(profile: Profile) -> float:
        return expected_payoff(world, player, own(profile), draws)

    game = world.game
    weights = weights_of(game, player, base, harm=0.0)
    choices = math.prod(len(weights.allowed[k]) for k in player.points)
    if choices <= FEW and choices * len(draws) <= ENOUGH:
        best = max(portfolios(game, player, weights, base), key=worth, default=None)
        if best is None:
            raise InfeasibleError(conflict(game, player, weights))
        return Expected(own(best), worth(best), worth(best))
    ends = [tuple(options[end] for options in weights.allowed) for end in (0, -1)]
    likely = [replaced(base, player.points, options) for options in starts]
    first = descend(
        game,
        weights,
        lambda profile: -worth(profile),
        starts=likely or [base, *ends],
        generator=generator,
    )
    if first is None:
        raise InfeasibleError(conflict(game, player, weights))
    deadline = started + time_limit
    least = _least_losses(world, player, draws)
    bound = -sum(draw.probability * loss for draw, loss in zip(draws, least, strict=True))
    if len(draws) > MOST_COPIES or time.perf_counter() > deadline:
        return Expected(own(first[0]), -first[1], max(bound, -first[1]))
    boxes = _boxes(world, player, draws, least, at_most=first[1], until=started + time_limit / 2)
    built = expected_model(world, player, draws, boxes=boxes)
    found, reached = searched(
        built,
        first[0],
        worth=worth,
        constant=0.0,
        gap=gap,
        deadline=deadline,
        options=TREE_WITH_FLOWS,
    )
    return Expected(own(found), worth(found), max(min(bound, reached), worth(found)))


def expected_payoff(
    world: World, player: Player, options: Sequence[int], draws: Sequence[Draw]
) -> float:
    """Return what a player's portfolio is expected to earn against draws, bn USD a year."""
    return math.fsum(
        draw.probability * world.payoff(player, replaced(draw.profile, player.points, options))
        for draw in draws
    )


def expected_model(
    world: World, player: Player, draws: Sequence[Draw], *, boxes: Sequence[Box]
) -> InterdictionModel:
    """Return the MILP of the module's docstring; it minimises the expected payoff negated.

    Parameters
    ----------
    boxes : bounds of the evader's prices in each draw.
    """
    game, network = world.game, world.network
    harm = alignment(game, player.members)
    first = weights_of(game, player, draws[0].profile, harm=harm or 0.0)
    model = pyo.ConcreteModel(name=f"{len(draws)} draws of {game.name}")
    allowed = ordered_options(network, first)
    steps = step_variables(model, allowed)
    add_budgets(model, network, first, allowed=allowed, steps=steps)
    constant, terms = portfolio_cost(first, allowed, steps)
    model.draw = pyo.Block(range(len(draws)))
    own = set(player.points)
    for place, (draw, box) in enumerate(zip(draws, boxes, strict=True)):
        part = model.draw[place]
        here = tuple(
            options if k in own else (draw.profile[k],) for k, options in enumerate(allowed)
        )
        credited, _ = _credited(world, player, draw)
        add_dual(part, network, box=box, allowed=here, steps=steps)
        cuts = Relaxation(network, credited, box).cuts()
        add_cuts(part, cuts, allowed=here, steps=steps)
        if harm is None:
            loss = add_flows(
                part, network, members=player.members, box=box, allowed=here, steps=steps
            )
        else:
            loss = [(harm * factor, price) for factor, price in dual_value(part, network)]
        terms += [(draw.probability * factor, variable) for factor, variable in loss]
    model.objective = pyo.Objective(expr=linear([term for term in terms if term[0]], constant))
    return InterdictionModel(model, steps, allowed)


def _credited(world: World, player: Player, draw: Draw) -> tuple[Weights, float]:
    """Return the problem without flows that bounds the loss in one draw, and its constant."""
    harm = least_harm(world.game, player.members)
    weights = weights_of(world.game, player, draw.profile, harm=harm)
    return optimistic(world.game, player, weights)


def _least_losses(world: World, player: Player, draws: Sequence[Draw]) -> list[float]:
    """Return what no portfolio's loss is below in each draw, by relaxation."""
    losses = []
    for draw in draws:
        credited, constant = _credited(world, player, draw)
        relaxed = Relaxation(world.network, credited, first_box(world.network))
        losses.append(relaxed.value() - constant)
    return losses


def _boxes(
    world: World,
    player: Player,
    draws: Sequence[Draw],
    least: Sequence[float],
    *,
    at_most: float,
    until: float,
) -> list[Box]:
    """Return the evader's prices in each draw that a portfolio expected to lose less may have.

    In one draw it loses no more than is left when it loses as little as possible in all others.
    """
    total = math.fsum(draw.probability * loss for draw, loss in zip(draws, least, strict=True))
    boxes = []
    for draw, loss in zip(draws, least, strict=True):
        box = first_box(world.network)
        credited, constant = _credited(world, player, draw)
        limit = loss + (at_most - total) / draw.probability
        boxes.append(
            tightened(
                world.network,
                credited,
                box=box,
                at_most=limit + constant,
                nodes=hub_nodes(world.network),
                until=until,
            )
        )
    return boxes

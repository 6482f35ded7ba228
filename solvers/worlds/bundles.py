"""Bounds on what one decision can reach in a few worlds: one MILP for each bundle of worlds.

Whatever is decided for all worlds is decided for a bundle of them too, so the best that can be done
for each bundle alone bounds what can be done for all. One world a bundle is the bound of a decision
that may wait and see; larger bundles are closer, for they let fewer decisions differ.

The MILP is that of `solvers.interdiction` with one evader's dual for each world and one set of step
binaries for all. It looks for a portfolio that is better than a target; the target bounds the
evader's prices in each world (`solvers.tightening`), and where there is none the target is the
bound.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from games.layered import Profile
from solvers.descent import descend, option_cost, respects_budgets
from solvers.evader import Evader
from solvers.interdiction import (
    InterdictionModel,
    Terms,
    add_budgets,
    add_cuts,
    add_dual,
    dual_value,
    linear,
    ordered_options,
    portfolio_cost,
    step_variables,
)
from solvers.milp import Status, solve
from solvers.minimum import SMALL_TREE
from solvers.prices import Box, first_box, hub_nodes
from solvers.relaxation import Relaxation
from solvers.tightening import tightened
from solvers.worlds.problem import WorldProblem

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BundleBound:
    """What is proven about a bundle of worlds.

    Attributes
    ----------
    bound : no profile has a smaller weighted sum of losses there, bn USD a year.
    profile : the best profile met there.
    """

    bound: float
    profile: Profile | None
    seconds: float


def bundle_bound(
    problems: Sequence[WorldProblem],
    weights: Array,
    *,
    candidates: Sequence[Profile],
    gap: float,
    time_limit: float,
) -> BundleBound:
    """Return a lower bound on the weighted sum of losses over a bundle.

    Parameters
    ----------
    weights : one per world, > 0.
    candidates : profiles within the budgets; the best of them sets the target.
    gap : by how much, relative to it, the target is below the best candidate; and to which gap
        the MILP is solved where something better than the target exists.
    time_limit : seconds; then the MILP's bound so far counts.
    """
    started = time.perf_counter()
    evaders = [Evader(problem.network) for problem in problems]

    def bounded(profile: Profile) -> float:
        return math.fsum(
            weight
            * (
                option_cost(one.weights, profile)
                + one.weights.harm * evader.value(profile)
                - one.constant
            )
            for weight, one, evader in zip(weights, problems, evaders, strict=True)
        )

    rules = replace(problems[0].weights, budgets=())

    def within(profile: Profile) -> float:
        affordable = all(respects_budgets(p.network.game, p.weights, profile) for p in problems)
        return bounded(profile) if affordable else math.inf

    descended = descend(
        problems[0].network.game,
        rules,
        within,
        starts=candidates,
        generator=np.random.default_rng(0),  # so that a bundle's bound depends on it alone
    )
    profile, best = descended or (candidates[0], bounded(candidates[0]))
    target = best - gap * abs(best)
    boxes = [first_box(problem.network) for problem in problems]
    least = [
        Relaxation(one.network, one.weights, box).value()
        for one, box in zip(problems, boxes, strict=True)
    ]
    constant = sum(w * one.constant for w, one in zip(weights, problems, strict=True))
    slack = target + constant - float(np.dot(weights, least))
    if slack <= 0:
        return BundleBound(target, profile, time.perf_counter() - started)
    boxes = [
        tightened(
            one.network,
            one.weights,
            box=box,
            at_most=low + slack / weight,
            nodes=hub_nodes(one.network),
            rounds=3 if len(problems) <= 2 else 1,
            until=started + time_limit / 2,
        )
        for one, box, low, weight in zip(problems, boxes, least, weights, strict=True)
    ]
    built = bundle_model(problems, weights, boxes=boxes, at_most=target)
    left = max(1.0, time_limit - (time.perf_counter() - started))
    outcome = solve(built.model, gap=gap / 2, time_limit=left, options=SMALL_TREE)
    seconds = time.perf_counter() - started
    if outcome.status is Status.INFEASIBLE:
        return BundleBound(target, profile, seconds)
    lowest = float(np.dot(weights, least)) - constant
    bound = max(lowest, outcome.bound) if math.isfinite(outcome.bound) else lowest
    if outcome.objective is not None:
        profile = built.profile()
    return BundleBound(min(bound, target), profile, seconds)


def bundle_model(
    problems: Sequence[WorldProblem],
    weights: Array,
    *,
    boxes: Sequence[Box],
    at_most: float = math.inf,
) -> InterdictionModel:
    """Return the MILP that minimises the weighted sum of losses over a bundle.

    Parameters
    ----------
    boxes : prices that each world's dual may have.
    at_most : the sum that a solution must not exceed.
    """
    built, losses = shared_model(problems, boxes=boxes)
    constant = sum(weight * fixed for weight, (fixed, _) in zip(weights, losses, strict=True))
    gathered: dict[int, tuple[float, pyo.Var]] = {}
    for weight, (_, terms) in zip(weights, losses, strict=True):
        for factor, variable in terms:
            before = gathered.get(id(variable), (0.0, variable))[0]
            gathered[id(variable)] = (before + weight * factor, variable)
    total = [term for term in gathered.values() if term[0]]
    if math.isfinite(at_most):
        built.model.target_is_beaten = pyo.Constraint(
            expr=(None, linear(total), at_most - constant)
        )
    built.model.objective = pyo.Objective(expr=linear(total, constant))
    return built


def shared_model(
    problems: Sequence[WorldProblem], *, boxes: Sequence[Box]
) -> tuple[InterdictionModel, list[tuple[float, Terms]]]:
    """Return a model of several worlds with one set of steps, and each world's loss as terms."""
    first = problems[0]
    model = pyo.ConcreteModel(name=f"{len(problems)} worlds of {first.network.game.name}")
    allowed = ordered_options(first.network, first.weights)
    steps = step_variables(model, allowed)
    model.world = pyo.Block(range(len(problems)))
    losses = []
    for place, (one, box) in enumerate(zip(problems, boxes, strict=True)):
        world = model.world[place]
        add_dual(world, one.network, box=box, allowed=allowed, steps=steps)
        add_budgets(world, one.network, one.weights, allowed=allowed, steps=steps)
        cuts = Relaxation(one.network, one.weights, box).cuts()
        add_cuts(world, cuts, allowed=allowed, steps=steps)
        fixed, terms = portfolio_cost(one.weights, allowed, steps)
        terms += [(one.weights.harm * f, v) for f, v in dual_value(world, one.network)]
        losses.append((fixed - one.constant, terms))
    return InterdictionModel(model, steps, allowed), losses

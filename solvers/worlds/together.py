"""A few worlds as one MILP, with the measure inside.

For CVaR (rockafellar2000), with eta the threshold of the tail and s_w what a loss exceeds it by:

minimise    eta + sum_w p_w s_w / (1 - a)
subject to  excess_is_counted    s_w >= L_w - eta,  s_w >= 0

For regret:

minimise    t
subject to  regret_is_counted    t >= L_w - best_w

with one evader's dual for each world, as in `solvers.interdiction`, and one set of step binaries
for all. CVaR at 0 is the expected loss.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from games.layered import Profile
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
from solvers.worlds.measures import Measure
from solvers.worlds.problem import WorldProblem

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TogetherBound:
    """What is proven about a few worlds.

    Attributes
    ----------
    bound : no portfolio has a smaller measure there, bn USD a year.
    profile : the best portfolio met, None where nothing is better than the target.
    """

    bound: float
    profile: Profile | None


def together_bound(
    problems: Sequence[WorldProblem],
    measure: Measure,
    *,
    probabilities: Array,
    best: Array | None = None,
    target: float,
    gap: float,
    time_limit: float,
) -> TogetherBound:
    """Return a lower bound on CVaR or regret over a few worlds.

    Parameters
    ----------
    probabilities : of the worlds, sum 1 (of no matter for regret).
    best : for regret, what no portfolio's loss needs to be compared below: upper bounds on the
        best loss of each world.
    target : a value that a portfolio reaches; nothing above it is looked at.
    """
    started = time.perf_counter()
    boxes = []
    for place, one in enumerate(problems):
        box = first_box(one.network)
        limit = _largest_loss(problems, measure, place, probabilities, best, target)
        if math.isfinite(limit):
            box = tightened(
                one.network,
                one.weights,
                box=box,
                at_most=limit + one.constant,
                nodes=hub_nodes(one.network),
                until=started + time_limit / 2,
            )
        boxes.append(box)
    built = together_model(problems, measure, probabilities=probabilities, best=best, boxes=boxes)
    left = max(1.0, time_limit - (time.perf_counter() - started))
    outcome = solve(built.model, gap=gap, time_limit=left, options=SMALL_TREE)
    if outcome.status is Status.INFEASIBLE:
        return TogetherBound(target, None)
    found = built.profile() if outcome.objective is not None else None
    return TogetherBound(min(outcome.bound, target), found)


def _largest_loss(
    problems: Sequence[WorldProblem],
    measure: Measure,
    place: int,
    probabilities: Array,
    best: Array | None,
    target: float,
) -> float:
    """Return the largest loss in one world of a portfolio whose measure is at most the target."""
    if best is not None:
        return target + float(best[place])
    weight = probabilities[place] / (1 - measure.tail)
    if weight >= 1:
        return target
    # the other worlds lose at least their relaxations' values
    least = np.array(
        [
            Relaxation(one.network, one.weights, first_box(one.network)).value() - one.constant
            for one in problems
        ]
    )
    weights = measure.weights(
        np.where(np.arange(len(problems)) == place, np.inf, least), probabilities
    )
    others = float(np.delete(weights, place) @ np.delete(least, place))
    return (target - others) / float(weights[place])


def together_model(
    problems: Sequence[WorldProblem],
    measure: Measure,
    *,
    probabilities: Array,
    best: Array | None,
    boxes: Sequence[Box],
) -> InterdictionModel:
    """Return the MILP of the module's docstring."""
    built, losses = shared_model(problems, boxes=boxes)
    model = built.model
    if best is not None:
        model.regret = pyo.Var(bounds=(0, None))
        model.regret_is_counted = pyo.ConstraintList()
        for (fixed, terms), lowest in zip(losses, best, strict=True):
            row = linear([(1.0, model.regret), *((-f, v) for f, v in terms)])
            model.regret_is_counted.add((fixed - float(lowest), row, None))
        model.objective = pyo.Objective(expr=model.regret)
        return built
    model.threshold = pyo.Var()
    model.excess = pyo.Var(range(len(problems)), bounds=(0, None))
    model.excess_is_counted = pyo.ConstraintList()
    for place, (fixed, terms) in enumerate(losses):
        row = [(1.0, model.excess[place]), (1.0, model.threshold), *((-f, v) for f, v in terms)]
        model.excess_is_counted.add((fixed, linear(row), None))
    weights = probabilities / (1 - measure.tail)
    total = [(float(w), model.excess[place]) for place, w in enumerate(weights)]
    model.objective = pyo.Objective(expr=linear([(1.0, model.threshold), *total]))
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

"""The bound of one world by one MILP, with what flows earn credited where they can flow.

The relaxation of `solvers.grouped` in the narrowest box of prices leaves something open. The model
of `solvers.interdiction` closes that, with the cuts of the relaxation by points; where flows earn
something, `solvers.used` takes back what was credited too much.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from games.layered import Profile
from solvers.grouped import GroupedRelaxation
from solvers.interdiction import interdiction_model
from solvers.milp import Status, solve
from solvers.minimum import SMALL_TREE
from solvers.prices import Weights, covers, first_box, hub_nodes
from solvers.relaxation import Relaxation
from solvers.tightening import tightened
from solvers.used import take_back_unused
from solvers.worlds.problem import WorldProblem

ROUNDS_BY_GROUPS = 2
"""Rounds of narrowing by the relaxation in which points mix together, where hazards are correlated;
elsewhere it says little more of prices than the one by points."""


@dataclass(frozen=True)
class Programmed:
    """What the MILP says: the best portfolio it met, if any, and a bound on all of them.

    Both count what options cost under charges, and neither the problem's constant.
    """

    profile: Profile | None
    bound: float


def programmed(
    problem: WorldProblem, weights: Weights, *, at_most: float, gap: float, time_limit: float
) -> Programmed:
    """Return what no portfolio costs less than.

    Parameters
    ----------
    weights : the problem's, with charges in the costs of options.
    at_most : what some portfolio costs, what it earns included and the constant not.
    gap : bn USD a year by which the bound may miss the least cost.
    time_limit : seconds.
    """
    started = time.perf_counter()
    network = problem.network
    correlated = bool(covers(network))
    box = tightened(
        network,
        weights,
        box=first_box(network),
        at_most=at_most,
        nodes=hub_nodes(network),
        rounds=1 if correlated else 3,
        until=started + time_limit / 3,
    )
    grouped = partial(GroupedRelaxation, credits=problem.credits)
    least = min(at_most, grouped(network, weights, box).value())
    if correlated and at_most - least > gap:
        box = tightened(
            network,
            weights,
            box=box,
            at_most=at_most,
            nodes=hub_nodes(network),
            rounds=ROUNDS_BY_GROUPS,
            until=started + time_limit / 2,
            relaxation=grouped,
        )
        least = min(at_most, grouped(network, weights, box).value())
    left = time_limit - (time.perf_counter() - started)
    if at_most - least <= gap or left <= 0:
        return Programmed(None, least)
    cuts = Relaxation(network, weights, box).cuts()
    built = interdiction_model(network, weights, box=box, cuts=cuts)
    take_back_unused(built, network, problem.credits, box=box)
    left = time_limit - (time.perf_counter() - started)
    size = max(1e-9, abs(at_most))
    outcome = solve(built.model, gap=gap / size, time_limit=max(1.0, left), options=SMALL_TREE)
    if outcome.status is Status.INFEASIBLE:
        return Programmed(None, at_most)
    profile = built.profile() if outcome.objective is not None else None
    return Programmed(profile, min(at_most, max(least, outcome.bound)))

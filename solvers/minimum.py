"""Minimise options' costs plus lambda Z, with proof: descent, tightened prices, one MILP."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from games.layered import Profile
from games.network import Network
from solvers.descent import descend, option_cost
from solvers.evader import Evader
from solvers.interdiction import interdiction_model
from solvers.milp import solve
from solvers.prices import Weights, first_box, hub_nodes
from solvers.relaxation import Relaxation
from solvers.tightening import tightened

SMALL_TREE: dict[str, object] = {
    "presolve": "off",
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_allow_restart": False,
}
"""HiGHS options for models that come with a good portfolio and computed constants: on the reference
games its own presolve, restarts and heuristics took longer than the search they saved."""


@dataclass(frozen=True)
class Minimum:
    """The best profile found and what no profile can fall below, both in the objective's unit."""

    profile: Profile
    objective: float
    bound: float
    seconds: float


def minimum(
    network: Network,
    weights: Weights,
    *,
    evader: Evader,
    starts: Sequence[Profile] = (),
    gap: float = 1e-6,
    time_limit: float = 600.0,
    generator: np.random.Generator,
) -> Minimum | None:
    """Return the minimum of the options' costs plus `weights.harm` times Z.

    Parameters
    ----------
    evader : a warm evader of the same network that does not lean.
    starts : profiles to descend from, beside the weakest and the strongest options.
    gap : relative gap between objective and bound to reach.
    time_limit : seconds; at the limit the best profile so far is returned with its bound.

    Returns
    -------
    None where no profile respects the budgets.
    """
    started = time.perf_counter()

    def objective(profile: Profile) -> float:
        return option_cost(weights, profile) + weights.harm * evader.value(profile)

    ends = [tuple(options[end] for options in weights.allowed) for end in (0, -1)]
    first = descend(
        network.game, weights, objective, starts=[*starts, *ends], generator=generator
    )
    box = first_box(network)
    if first is not None:
        box = tightened(network, weights, box=box, at_most=first[1], nodes=hub_nodes(network))
    cuts = Relaxation(network, weights, box).cuts()
    built = interdiction_model(network, weights, box=box, cuts=cuts)
    left = max(1.0, time_limit - (time.perf_counter() - started))
    outcome = solve(built.model, gap=gap / 2, time_limit=left, options=SMALL_TREE)
    seconds = time.perf_counter() - started
    candidates = [first] if first is not None else []
    if outcome.objective is not None:
        profile = built.profile()
        candidates.append((profile, objective(profile)))
    if not candidates:
        return None
    profile, value = min(candidates, key=lambda candidate: candidate[1])
    return Minimum(profile, value, min(outcome.bound, value), seconds)

"""Minimise options' costs plus lambda Z, with proof.

1. Descent on the warm evader gives a first profile.
2. Its objective bounds the evader's prices (module `tightening`), and the relaxation in that box
   gives cuts (module `relaxation`).
3. Where there are many binaries, a short search of that MILP finds a better profile, descent
   polishes it, and step 2 is done again: narrower prices are worth more than a longer search.
4. The MILP proves the optimum.

Where there are many binaries and the evader's dual comes apart into blocks, module `decomposed`
replaces steps 2 to 4, and one pass of descent from one start is enough to begin with.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from games.errors import NotCertifiedError
from games.layered import Profile
from games.network import Network
from solvers.boxes.separation import separated
from solvers.descent import affordable, descend, option_cost
from solvers.evader import Evader
from solvers.interdiction import InterdictionModel, interdiction_model
from solvers.milp import Status, solve
from solvers.prices import Box, Weights, first_box, hub_nodes
from solvers.relaxation import MixedCut, Relaxation
from solvers.tightening import tightened

SMALL_TREE: dict[str, object] = {
    "presolve": "off",
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_allow_restart": False,
}
"""HiGHS options for models that come with a good portfolio and computed constants: on the reference
games its own presolve, restarts and heuristics took longer than the search they saved."""


PROOF_TREE: dict[str, object] = {
    **SMALL_TREE,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_root_reduced_cost": False,
}
"""The same where the portfolio is mostly best and only the proof is missing: no smaller models are
solved to look for another."""

MANY_STEPS = 60
"""Step binaries from which a short search for a better first profile pays."""

SHORT_SEARCH: dict[str, object] = {**SMALL_TREE, "mip_heuristic_effort": 0.1, "mip_max_nodes": 60}


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
    evader : a warm evader of the same network.
    starts : profiles to descend from, beside the weakest and the strongest options.
    gap : relative gap between objective and bound to reach.
    time_limit : seconds; at the limit the best profile so far is returned with its bound.

    Returns
    -------
    None where no profile respects the budgets.

    Raises
    ------
    NotCertifiedError
        When the proven bound contradicts a profile.
    """
    started = time.perf_counter()
    if not affordable(network.game, weights):
        return None

    def objective(profile: Profile) -> float:
        return option_cost(weights, profile) + weights.harm * evader.value(profile)

    ends = [tuple(options[end] for options in weights.allowed) for end in (0, -1)]
    starts = [*starts, *ends]
    steps = sum(len(options) - 1 for options in weights.allowed)
    separation = separated(network, weights.allowed) if steps > MANY_STEPS else None

    def descended(starts: Sequence[Profile], rounds: int = 12) -> tuple[Profile, float] | None:
        return descend(
            network.game, weights, objective, starts=starts, generator=generator, rounds=rounds
        )

    # a search of prices comes across good portfolios by itself
    found = descended(starts[:1], rounds=1) if separation is not None else None
    if found is None:
        found = descended(starts)
    elif separation is not None:
        from solvers.boxes.decomposed import decomposed_minimum
        from solvers.boxes.incumbent import Incumbent

        incumbent = Incumbent(separation, weights, evader, generator, *found)
        bound = decomposed_minimum(
            separation,
            weights,
            incumbent,
            gap=gap,
            time_limit=time_limit - (time.perf_counter() - started),
            options=SMALL_TREE,
        )
        found = (incumbent.profile, incumbent.value)
        if bound is not None:
            return _checked(network, *found, bound, started)
    built = bounded_model(network, weights, at_most=found[1] if found else None)
    if len(built.steps) > MANY_STEPS:
        left = max(1.0, time_limit - (time.perf_counter() - started))
        quick = solve(built.model, gap=gap / 2, time_limit=left, options=SHORT_SEARCH)
        if quick.status is not Status.OPTIMAL and quick.objective is not None:
            polished = descended([built.profile()])
            found = min((one for one in (found, polished) if one), key=lambda one: one[1])
            built = bounded_model(network, weights, at_most=found[1])
    left = max(1.0, time_limit - (time.perf_counter() - started))
    outcome = solve(
        built.model,
        gap=gap / 2,
        time_limit=left,
        at_most=found[1] if found else None,
        options=PROOF_TREE if found else SMALL_TREE,
    )
    if outcome.objective is not None:
        profile = built.profile()
        value = objective(profile)
        found = (profile, value) if found is None or value < found[1] else found
    if found is None:
        return None
    return _checked(network, *found, outcome.bound, started)


def _checked(
    network: Network, profile: Profile, value: float, bound: float, started: float
) -> Minimum:
    """Return the minimum, unless its bound contradicts a profile."""
    if bound > value + 1e-6 * max(1.0, abs(value)):
        raise NotCertifiedError(
            f"minimum of {network.game.name}: expected a bound of at most {value:.9g}, which a "
            f"profile reaches, found {bound:.9g} - the model or its prices are wrong"
        )
    return Minimum(profile, value, min(bound, value), time.perf_counter() - started)


def bounded_model(
    network: Network, weights: Weights, *, at_most: float | None
) -> InterdictionModel:
    """Return the interdiction MILP in the box of whatever is no worse than `at_most`, with cuts."""
    box, cuts = bounded(network, weights, at_most=at_most)
    return interdiction_model(network, weights, box=box, cuts=cuts)


def bounded(
    network: Network, weights: Weights, *, at_most: float | None
) -> tuple[Box, list[MixedCut]]:
    """Return the box of the prices of whatever is no worse than `at_most`, and cuts in it."""
    box = first_box(network)
    if at_most is not None:
        box = tightened(network, weights, box=box, at_most=at_most, nodes=hub_nodes(network))
    return box, Relaxation(network, weights, box).cuts()

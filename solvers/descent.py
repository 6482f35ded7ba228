"""Good portfolios fast: coordinate descent on the warm evader.

Every exact method starts from a portfolio found here: its objective bounds the prices, and the
better it is the less is left to prove. From each start, one option at a time is changed as long as
that pays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from games.layered import LayeredGame, Profile
from solvers.prices import Weights


def respects_budgets(game: LayeredGame, weights: Weights, profile: Sequence[int]) -> bool:
    """Return whether every budget covers its points' outlays, to 1e-9 bn USD."""
    return all(
        sum(game.points[k].options[profile[k]].cost for k in points) <= limit + 1e-9
        for points, limit in weights.budgets
    )


def affordable(game: LayeredGame, weights: Weights) -> bool:
    """Return whether the cheapest allowed options respect every budget, to 1e-9 bn USD."""
    return all(
        sum(min(game.points[k].options[o].cost for o in weights.allowed[k]) for k in points)
        <= limit + 1e-9
        for points, limit in weights.budgets
    )


def option_cost(weights: Weights, profile: Sequence[int]) -> float:
    """Return the cost in the objective of a profile's options."""
    return sum(costs[o] for costs, o in zip(weights.options, profile, strict=True))


def descend(
    game: LayeredGame,
    weights: Weights,
    objective: Callable[[Profile], float],
    *,
    starts: Sequence[Profile],
    generator: np.random.Generator,
    rounds: int = 12,
    at_least: Callable[[Profile], float] | None = None,
) -> tuple[Profile, float] | None:
    """Return the best profile that coordinate descent reaches and its objective.

    Parameters
    ----------
    objective : what is minimised, for a profile within the budgets.
    starts : profiles to begin from; those over a budget are repaired by their cheapest options.
    generator : order in which the points are visited.
    rounds : passes over all points at most, from each start.
    at_least : a quicker lower bound on the objective; what it rules out is not evaluated.

    Returns
    -------
    None where no start can be repaired.
    """
    best: tuple[Profile, float] | None = None
    for start in starts:
        profile = _repaired(game, weights, start)
        if profile is None:
            continue
        value = objective(profile)
        for _ in range(rounds):
            before = value
            for k in generator.permutation(len(profile)):
                profile, value = _best_change(
                    game, weights, objective, at_least, profile, value, int(k)
                )
            if value > before - 1e-9:
                break
        if best is None or value < best[1]:
            best = (profile, value)
    return best


def _best_change(
    game: LayeredGame,
    weights: Weights,
    objective: Callable[[Profile], float],
    at_least: Callable[[Profile], float] | None,
    profile: Profile,
    value: float,
    point: int,
) -> tuple[Profile, float]:
    for option in weights.allowed[point]:
        candidate = (*profile[:point], option, *profile[point + 1 :])
        if candidate == profile or not respects_budgets(game, weights, candidate):
            continue
        if at_least is not None and at_least(candidate) >= value:
            continue
        reached = objective(candidate)
        if reached < value - 1e-12:
            profile, value = candidate, reached
    return profile, value


def _repaired(game: LayeredGame, weights: Weights, start: Profile) -> Profile | None:
    """Return the start with options moved into what is allowed and affordable."""
    profile = [
        o if o in allowed else allowed[0] for o, allowed in zip(start, weights.allowed, strict=True)
    ]
    for points, limit in weights.budgets:
        outlays = {k: [game.points[k].options[o].cost for o in weights.allowed[k]] for k in points}
        for k in sorted(points, key=lambda k: -game.points[k].options[profile[k]].cost):
            if sum(game.points[j].options[profile[j]].cost for j in points) <= limit + 1e-9:
                break
            profile[k] = weights.allowed[k][int(np.argmin(outlays[k]))]
    return tuple(profile) if respects_budgets(game, weights, profile) else None

"""How close to an equilibrium pure profiles come, from above and from below.

Of a small game every profile is tried. Beyond that the profiles that may be drawn are looked at,
for an upper bound on the smallest regret, and module `least_regret` bounds it from below.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from games.errors import LimitError
from games.layered import Profile
from solvers.equilibria.every_profile import every_regret, is_whole
from solvers.equilibria.leaning import most_lost
from solvers.equilibria.responses import Responses
from solvers.players import Player
from solvers.world import World


@dataclass(frozen=True)
class Closest:
    """How close to an equilibrium pure profiles come.

    Attributes
    ----------
    none : whether it is proven that no profile is an equilibrium.
    profile : with the smallest largest regret known; None where none was looked at.
    regret : that regret, an upper bound, bn USD a year; infinite where there is no profile.
    at_least : no pure profile leaves everybody less to gain, bn USD a year; 0 where no such bound
        is known.
    """

    none: bool
    profile: Profile | None
    regret: float
    at_least: float


def closest_to_pure(
    world: World,
    players: Sequence[Player],
    responses: Responses,
    candidates: Sequence[Profile],
    *,
    none: bool,
    time_limit: float,
    progress: Callable[[str], None] = lambda _: None,
) -> Closest:
    """Return how close pure profiles come.

    Parameters
    ----------
    candidates : profiles to look at first, the most promising first.
    none : whether it is proven already that no profile is an equilibrium.
    time_limit : seconds; the responses' own deadline holds as well.
    """
    base = world.game.status_quo
    deadline = min(responses.deadline, time.perf_counter() + time_limit)
    if is_whole(world, players, patient=none):  # tried already, and remembered
        try:
            regrets = every_regret(world, players, base, deadline=responses.deadline)
        except LimitError:
            return Closest(none, None, math.inf, 0.0)
        profile = min(regrets, key=lambda one: max(regrets[one].values()))
        least = max(regrets[profile].values())
        return Closest(none, profile, least, least)
    best: Profile | None = None
    smallest = math.inf
    for candidate in candidates:
        if time.perf_counter() > deadline:
            break
        largest = max(responses.regrets(candidate).values())
        if largest < smallest:
            best, smallest = candidate, largest
    from solvers.equilibria.least_regret import least_regret  # numba takes half a second

    bounded = least_regret(
        world,
        players,
        base,
        profile=best,
        regret=smallest,
        responses=responses,
        deadline=deadline,
        progress=progress,
    )
    if bounded is None:
        return Closest(none, best, smallest, 0.0)
    counted = responses.gap * max(most_lost(world.network, one) for one in players)
    positive = bounded.at_least > counted  # what an equilibrium may leave somebody to gain
    least = bounded.at_least if none or positive else 0.0
    return Closest(none or positive, bounded.profile, bounded.regret, least)

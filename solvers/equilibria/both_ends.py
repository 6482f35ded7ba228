"""The best and the worst equilibrium for some controllers' sum, by whatever proves them soonest.

Module `unilateral` looks for equilibria and bounds them for the sum of all; here the ends are asked
for by whose payoff ranks them, and what is met on the way is added to what is known.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from games.errors import LimitError
from games.layered import Profile
from solvers.equilibria.every_profile import every_regret, is_whole
from solvers.equilibria.extremes import Extreme, extreme, gains
from solvers.equilibria.responses import Responses
from solvers.equilibria.unilateral import SHARE_OF_BOXES
from solvers.players import Player
from solvers.world import World

if TYPE_CHECKING:
    from solvers.equilibria.every_equilibrium import Enumeration

SHARE_OF_LIST = 0.5
"""Share of the time left, once both ends are proven, for a list of all equilibria."""


@dataclass(frozen=True)
class BothEnds:
    """The best and the worst equilibrium known, each with what none is beyond.

    Attributes
    ----------
    complete : whether the equilibria known are proven to be all there are.
    """

    best: Extreme
    worst: Extreme
    complete: bool


def best_and_worst(
    world: World,
    players: Sequence[Player],
    *,
    members: Sequence[str],
    known: list[Profile],
    responses: Responses,
    gap: float,
    progress: Callable[[str], None],
) -> BothEnds:
    """Return the best and the worst equilibrium, adding what is met to those known.

    Few profiles are all tried, without numba: its first use on a machine takes minutes. Else boxes
    of prices first prove the best and the worst alone, which takes less than a list; where that is
    done, all equilibria are listed if half of the time left is enough.

    Parameters
    ----------
    members : controllers by the sum of whose payoffs equilibria are ranked.
    known : equilibria; others are appended.
    responses : with the deadline.
    """
    if is_whole(world, players):
        with suppress(LimitError):
            return _of_whole(world, players, members, known, gap=gap, deadline=responses.deadline)
    from solvers.equilibria.every_equilibrium import every_equilibrium  # numba takes half a second

    def by_boxes(share: float, *, ends_only: bool) -> Enumeration | None:
        now = time.perf_counter()
        listed = every_equilibrium(
            world,
            players,
            world.game.status_quo,
            members=members,
            known=tuple(known),
            respond=responses.best,
            gap=gap,
            deadline=now + share * max(0.0, responses.deadline - now),
            ends_only=ends_only,
            progress=progress,
        )
        if listed is not None:
            known.extend(profile for profile in listed.found if profile not in known)
        return listed

    listed = by_boxes(SHARE_OF_BOXES, ends_only=True)
    if listed is not None and listed.closed and known:
        whole = by_boxes(SHARE_OF_LIST, ends_only=False)
        complete = whole is not None and whole.complete
        values = _values(world, members, known)
        best, worst = (
            Extreme(one, values[one], values[one] if complete else bound, complete, listed.judged)
            for one, bound in zip(
                _outermost(values), (listed.best_bound, listed.worst_bound), strict=True
            )
        )
        return BothEnds(best, worst, complete)
    best, worst = (
        _by_cuts(world, players, members, known, responses, worst=end, gap=gap, progress=progress)
        for end in (False, True)
    )
    if listed is not None:
        best = replace(best, bound=min(best.bound, listed.best_bound))
        worst = replace(worst, bound=max(worst.bound, listed.worst_bound))
    return BothEnds(best, worst, False)


def _by_cuts(
    world: World,
    players: Sequence[Player],
    members: Sequence[str],
    known: list[Profile],
    responses: Responses,
    *,
    worst: bool,
    gap: float,
    progress: Callable[[str], None],
) -> Extreme:
    """Return one end by the cut loop: the best in half of the time left, the worst in all of it."""
    progress(f"proof of the {'worst' if worst else 'best'}")
    now = time.perf_counter()
    left = max(0.0, responses.deadline - now)
    end = extreme(
        world,
        players,
        world.game.status_quo,
        members=members,
        worst=worst,
        known=known,
        respond=responses.best,
        gap=gap,
        deadline=now + (left if worst else left / 2),
    )
    if end.profile is not None and end.profile not in known:
        known.append(end.profile)
    return end


def _of_whole(
    world: World,
    players: Sequence[Player],
    members: Sequence[str],
    known: list[Profile],
    *,
    gap: float,
    deadline: float,
) -> BothEnds:
    """Return the ends of all equilibria, trying every profile; `known` gets them all.

    Raises
    ------
    LimitError
        When the time is up before.
    """
    regrets = every_regret(world, players, world.game.status_quo, deadline=deadline)
    for profile, regret in regrets.items():
        payoff = {one.name: world.payoff(one, profile) for one in players}
        moves = any(gains(payoff[name], payoff[name] + more, gap) for name, more in regret.items())
        if not moves and profile not in known:
            known.append(profile)
    if not known:
        best, worst = (
            Extreme(None, math.nan, end, True, len(regrets)) for end in (-math.inf, math.inf)
        )
        return BothEnds(best, worst, True)
    values = _values(world, members, known)
    best, worst = (
        Extreme(one, values[one], values[one], True, len(regrets)) for one in _outermost(values)
    )
    return BothEnds(best, worst, True)


def _values(world: World, members: Sequence[str], known: Sequence[Profile]) -> dict[Profile, float]:
    """Return what each profile is worth to the members together, bn USD a year."""
    return {
        profile: sum(world.payoffs(profile).total[name] for name in members) for profile in known
    }


def _outermost(values: Mapping[Profile, float]) -> tuple[Profile, Profile]:
    """Return the profiles of the largest and of the smallest value."""
    return max(values, key=values.__getitem__), min(values, key=values.__getitem__)

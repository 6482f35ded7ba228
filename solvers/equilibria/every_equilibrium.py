"""All pure equilibria of aligned players, or the best and the worst, with proof.

Where all players are aligned and the evader's dual comes apart, the search of module `box_search`
lists every profile that may be an equilibrium: a superset. Each is then judged (module `judge`).
What passes is an equilibrium; once the search is closed there is no other. Asked for the ends
alone, the search leaves out what lies between the best and the worst equilibrium known.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from games.layered import Profile
from solvers.boxes.separation import Array, Separation, separated
from solvers.equilibria.box_search import BoxSearch
from solvers.equilibria.extremes import Respond, gains
from solvers.equilibria.judge import Judge
from solvers.equilibria.leaning import most_lost
from solvers.players import Player, alignment
from solvers.prices import first_box
from solvers.world import World

THREADS = 2
"""Threads that look at boxes and judge profiles side by side."""


@dataclass(frozen=True)
class Enumeration:
    """The equilibria found between aligned players, and what is proven of all others.

    Attributes
    ----------
    found : with those known before.
    complete : whether there are no others.
    closed : whether none of the others is better or worse for the members' sum.
    best_bound, worst_bound : no equilibrium is better (worse) for the members' sum, bn USD a year.
    boxes, judged : how many boxes were looked at, and how many profiles.
    """

    found: tuple[Profile, ...]
    complete: bool
    closed: bool
    best_bound: float
    worst_bound: float
    boxes: int
    judged: int


def every_equilibrium(
    world: World,
    players: Sequence[Player],
    base: Profile,
    *,
    members: Sequence[str],
    known: Sequence[Profile],
    respond: Respond,
    gap: float,
    deadline: float,
    ends_only: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Enumeration | None:
    """Return the pure equilibria between players, or None where this method does not apply.

    Parameters
    ----------
    players : who decides; all other points stay as in `base`.
    members : the controllers whose payoffs are bounded.
    known : equilibria found already.
    respond : a player's best portfolio against the others in a profile, with its bound.
    gap : share of its payoff that a player may gain by moving and still stay.
    deadline : `time.perf_counter()` at which the bounds reached are returned.
    ends_only : whether profiles between the best and the worst known are left out.
    """
    game = world.game
    free = {k for player in players for k in player.points}
    allowed = [
        tuple(range(len(point.options))) if k in free else (base[k],)
        for k, point in enumerate(game.points)
    ]
    if any(alignment(game, player.members) is None for player in players):
        return None
    separation = separated(world.network, allowed)
    if separation is None:
        return None
    judge = Judge(
        world,
        players,
        separation,
        members=members,
        respond=respond,
        slacks=[gap * most_lost(world.network, player) for player in players],
    )
    harm = alignment(game, members)
    search = BoxSearch(
        judge.cases, *ends(world, separation), harm=harm or 0.0, tolerance=judge.tolerance
    )
    losses = {profile: judge.loss(profile) for profile in known}

    def narrow() -> None:  # what differs by less than the gap is as good
        if ends_only and harm is not None and losses:
            least, most = min(losses.values()), max(losses.values())
            search.best = least - gap / 4 * max(1.0, abs(least))
            search.worst = most + gap / 4 * max(1.0, abs(most))

    def leaves(here: float, best: float) -> bool:
        return gains(here, best, gap)

    narrow()
    seen = set(known)
    waiting: list[Profile] = []
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        while len(search) and time.perf_counter() < deadline:
            progress(f"{search.looked_at} boxes of prices, {len(losses)} equilibria")
            waiting += dict.fromkeys(one for one in search.advance(threads) if one not in seen)
            seen.update(waiting)
            while waiting and time.perf_counter() < deadline:
                if judge.affordable(waiting[-1]) and judge.stays(waiting[-1], leaves):
                    losses[waiting[-1]] = judge.loss(waiting[-1])
                    narrow()
                waiting.pop()
    unjudged = [judge.loss(profile) for profile in waiting]
    open_least, open_most = search.losses() if harm is not None else (-math.inf, math.inf)
    settled = search.closed and not waiting
    if settled:
        open_least, open_most = math.inf, -math.inf
    return Enumeration(
        tuple(losses),
        settled and not np.isfinite(search.best),
        settled,
        -min([open_least, search.best, *unjudged, *losses.values()]),
        -max([open_most, search.worst, *unjudged, *losses.values()]),
        search.looked_at,
        len(seen) - len(waiting),
    )


def ends(world: World, separation: Separation) -> tuple[Array, Array]:
    """Return the least and the largest prices that the evader can have against any profile."""
    box, nodes = first_box(world.network), list(separation.coordinates)
    return (
        np.array([box.money_low, *box.node_low[nodes]]),
        np.array([box.money_high, *box.node_high[nodes]]),
    )

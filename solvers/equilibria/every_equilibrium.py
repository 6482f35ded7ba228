"""All pure equilibria of aligned players, or the best and the worst, with proof.

Where all players are aligned and the evader's dual comes apart, the search of module `box_search`
lists every profile that may be an equilibrium: a superset. Each is then judged, from cheap to dear:

- at the evader's own prices p against it, nobody gains by a change in one block. For every change b
  Z(b) is at most the dual's value at p, so a gain at these prices is a gain;
- nobody gains by a change of one point, the evader asked again;
- nobody's proven best response gains.

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
from solvers.descent import respects_budgets
from solvers.equilibria.box_search import BoxSearch
from solvers.equilibria.extremes import Respond, gains
from solvers.equilibria.price_cases import cases_of
from solvers.players import Player, alignment, weights_of
from solvers.prices import first_box
from solvers.world import World

THREADS = 2
ROUNDING = 1e-9
"""Share of the largest value of the evader that sums of prices may be off."""


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
    judge = _Judge(world, players, separation, members, respond, gap)
    harm = alignment(game, members)
    tolerance = ROUNDING * max(1.0, judge.most_value)
    search = BoxSearch(
        judge.cases, *_ends(world, separation), harm=harm or 0.0, tolerance=tolerance
    )
    losses = {profile: judge.loss(profile) for profile in known}

    def narrow() -> None:  # what differs by less than the gap is as good
        if ends_only and harm is not None and losses:
            least, most = min(losses.values()), max(losses.values())
            search.best = least - gap / 4 * max(1.0, abs(least))
            search.worst = most + gap / 4 * max(1.0, abs(most))

    narrow()
    seen = set(known)
    waiting: list[Profile] = []
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        while len(search) and time.perf_counter() < deadline:
            progress(f"{search.looked_at} boxes of prices, {len(losses)} equilibria")
            waiting += dict.fromkeys(one for one in search.advance(threads) if one not in seen)
            seen.update(waiting)
            while waiting and time.perf_counter() < deadline:
                if judge.stays(waiting[-1]):
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


class _Judge:
    """Decides whether a profile is an equilibrium."""

    def __init__(
        self,
        world: World,
        players: Sequence[Player],
        separation: Separation,
        members: Sequence[str],
        respond: Respond,
        gap: float,
    ) -> None:
        game, network = world.game, world.network
        self._world, self._players, self._respond, self._gap = world, players, respond, gap
        self._separation, self._members = separation, members
        self.most_value = float((network.chord_value * network.chord_width).sum())
        slacks = []
        for player in players:
            harm = alignment(game, player.members) or 0.0
            most = harm * self.most_value + sum(
                max(abs(o.cost + o.economic_cost) for o in game.points[k].options)
                for k in game.owned(player.members)
            )
            slacks.append(gap * max(1.0, most) + ROUNDING * harm * max(1.0, self.most_value))
        self.cases = cases_of(game, separation, players, slacks, members)
        self._numbers = {case: number for number, case in enumerate(separation.cases())}

    def loss(self, profile: Profile) -> float:
        """Return what the members lose in a profile, bn USD a year."""
        total = self._world.payoffs(profile).total
        return -sum(total[name] for name in self._members)

    def stays(self, profile: Profile) -> bool:
        """Return whether the profile is within all budgets and nobody gains by moving."""
        game = self._world.game
        if not all(
            respects_budgets(game, weights_of(game, player, profile, harm=0.0), profile)
            for player in self._players
        ):
            return False
        if self._changed_at_its_prices(profile):
            return False
        for player in self._players:
            here = self._world.payoff(player, profile)
            if any(
                gains(here, self._world.payoff(player, moved), self._gap)
                for moved in self._changes(player, profile)
            ):
                return False
        return not any(
            gains(
                self._world.payoff(player, profile),
                self._respond(player, profile).payoff,
                self._gap,
            )
            for player in self._players
        )

    def _changes(self, player: Player, profile: Profile) -> list[Profile]:
        """Return the affordable profiles that differ in one point of a player."""
        game = self._world.game
        weights = weights_of(game, player, profile, harm=0.0)
        found = []
        for k in player.points:
            for option in self._separation.allowed[k]:
                moved = (*profile[:k], option, *profile[k + 1 :])
                if option != profile[k] and respects_budgets(game, weights, moved):
                    found.append(moved)
        return found

    def _changed_at_its_prices(self, profile: Profile) -> bool:
        """Return whether some player gains by a change in one block at the evader's prices."""
        separation = self._separation
        places = (separation.allowed[k].index(profile[k]) for k in separation.pivots)
        case = self.cases[self._numbers[tuple(places)]]
        response = self._world.respond(profile)
        prices = np.array(
            [response.money_price, *response.node_prices[list(separation.coordinates)]]
        )
        values, fixed = case.values(np.maximum(prices, 0.0))
        picked = np.array(case.functions.picked(profile))
        above = fixed + float(values[picked].sum()) - self._world.evader.value(profile)
        seats, spending = case.terms.seats, case.terms.spending
        left = spending.limits - spending.outlay[:, picked].sum(axis=1)
        first = case.functions.choices.first
        for b, a in enumerate(picked):
            for seat in range(seats.first[b], seats.first[b + 1]):
                entries = slice(seats.entry[seat], seats.entry[seat] + int(first[b + 1] - first[b]))
                own, group = seats.own[entries], seats.group[entries]
                here = int(a - first[b])
                choices = slice(first[b], first[b + 1])
                saved = seats.harm[seat] * (values[a] - values[choices] - abs(above))
                gain = saved + own[here] - own
                limited = seats.budgets[seats.budget_first[seat] : seats.budget_first[seat + 1]]
                extra = spending.outlay[limited, choices] - spending.outlay[limited, a][:, None]
                fits = (extra <= np.maximum(left[limited], 0.0)[:, None]).all(axis=0)
                if np.any(fits & (group == group[here]) & (gain > seats.slack[seat])):
                    return True
        return False


def _ends(world: World, separation: Separation) -> tuple[Array, Array]:
    box, nodes = first_box(world.network), list(separation.coordinates)
    return (
        np.array([box.money_low, *box.node_low[nodes]]),
        np.array([box.money_high, *box.node_high[nodes]]),
    )

"""Whether somebody would leave a profile, asked from cheap to dear.

- At the evader's own prices p against the profile, does a player gain by a change in one block? For
  every change b Z(b) is at most the dual's value at p, so a gain at these prices is a gain.
- Does one gain by a change of one point, the evader asked again?
- Does one gain by its proven best response?
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from games.layered import Profile
from solvers.boxes.separation import Separation
from solvers.descent import respects_budgets
from solvers.equilibria.extremes import Respond
from solvers.equilibria.leaning import leaning, most_value
from solvers.equilibria.price_cases import Case, cases_of
from solvers.equilibria.seats import Stance
from solvers.players import Player, weights_of
from solvers.world import World

ROUNDING = 1e-9
"""Share of the largest value of the evader that sums of prices may be off."""


class Judge:
    """Decides whether anybody leaves a profile.

    Parameters
    ----------
    members : the controllers whose loss is asked for.
    respond : a player's best portfolio against the others in a profile, with its bound.
    slacks : what each player may gain at the evader's prices and still stay, bn USD a year.

    Attributes
    ----------
    cases : for a search over boxes of prices, with these slacks.
    tolerance : rounding of sums of prices, bn USD a year.
    """

    def __init__(
        self,
        world: World,
        players: Sequence[Player],
        separation: Separation,
        *,
        members: Sequence[str],
        respond: Respond,
        slacks: Sequence[float],
    ) -> None:
        self._world, self._players, self._respond = world, players, respond
        self._separation, self._members = separation, members
        self.tolerance = ROUNDING * max(1.0, most_value(world.network))
        stances = []
        for player, slack in zip(players, slacks, strict=True):
            lean = leaning(world.network, player)
            rounding = lean.harm * self.tolerance
            stances.append(Stance(lean.harm, slack + lean.spill + rounding))
        self.cases = cases_of(world.game, separation, players, stances, members)
        self._numbers = {case: number for number, case in enumerate(separation.cases())}

    def loss(self, profile: Profile) -> float:
        """Return what the members lose in a profile, bn USD a year."""
        total = self._world.payoffs(profile).total
        return -sum(total[name] for name in self._members)

    def affordable(self, profile: Profile) -> bool:
        """Return whether a profile is within everybody's budgets."""
        game = self._world.game
        return all(
            respects_budgets(game, weights_of(game, player, profile, harm=0.0), profile)
            for player in self._players
        )

    def stays(
        self, profile: Profile, gains: Callable[[float, float], bool], *, slack: float = 0.0
    ) -> bool:
        """Return whether nobody gains so much by moving that it would leave an affordable profile.

        Parameters
        ----------
        gains : whether a payoff, the first, is left for another.
        slack : what everybody may gain at the evader's prices beyond its own slack.
        """
        if self._changed_at_its_prices(profile, slack):
            return False
        for player in self._players:
            here = self._world.payoff(player, profile)
            if any(
                gains(here, self._world.payoff(player, moved))
                for moved in self._changes(player, profile)
            ):
                return False
        return not any(
            gains(self._world.payoff(player, profile), self._respond(player, profile).payoff)
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

    def _changed_at_its_prices(self, profile: Profile, slack: float) -> bool:
        """Return whether some player gains by a change in one block at the evader's prices."""
        separation = self._separation
        places = (separation.allowed[k].index(profile[k]) for k in separation.pivots)
        case: Case = self.cases[self._numbers[tuple(places)]]
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
                if np.any(fits & (group == group[here]) & (gain > seats.slack[seat] + slack)):
                    return True
        return False

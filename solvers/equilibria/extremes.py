"""The best and the worst pure equilibrium, proven: one MILP over profiles, cut until one is left.

The model ranges over all profiles and the evader's answer to each. It is solved for the best (or
the worst) value; its profile is then asked for everybody's best response. Where somebody gains, the
inequality of module `cuts` cuts off that profile and many others; where nobody does,
the profile is an equilibrium. The model's bound holds for every equilibrium at any time, so the
search may stop early with a bound. Where no profile is left there is no other equilibrium, and none
at all where none was found.

Inequalities need a player that is aligned. A profile that another player would leave is excluded by
itself (`profile_is_new`), which is slower but as valid. A coalition without transfers is bound by
what its members consent to, and by its answer to what all others do in every profile looked at.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyomo.environ as pyo

from games.layered import Profile
from solvers.consent import TOLERANCE, consents, standing_still
from solvers.equilibria.cuts import (
    add_agreement,
    add_answer,
    add_bound,
    add_cut,
    priced_value,
    worst_model,
)
from solvers.general_sum import general_sum_model
from solvers.interdiction import InterdictionModel, linear
from solvers.milp import Status, solve
from solvers.minimum import SMALL_TREE, bounded_model
from solvers.players import Player, alignment, budgets_of
from solvers.prices import Weights, first_box
from solvers.world import Portfolio, World

Respond = Callable[[Player, Profile], Portfolio]


@dataclass(frozen=True)
class Extreme:
    """The best or worst equilibrium for some controllers, as far as it is known.

    Attributes
    ----------
    profile : None where none was found.
    value : sum of the payoffs of the controllers asked for, bn USD a year.
    bound : no equilibrium is better (worse) than this.
    exhausted : whether no profile is left to look at: beyond those found there is none.
    rounds : profiles that were looked at.
    """

    profile: Profile | None
    value: float
    bound: float
    exhausted: bool
    rounds: int


def gains(here: float, best: float, gap: float) -> bool:
    """Return whether a payoff is so much better than another that a player moves.

    A profile counts as an equilibrium where no player gains more than `gap` times the size of its
    payoff (or 1, where that is smaller).
    """
    return best - here > gap * max(1.0, abs(here))


def extreme(
    world: World,
    players: Sequence[Player],
    base: Profile,
    *,
    members: Sequence[str],
    worst: bool,
    known: Sequence[Profile],
    respond: Respond,
    gap: float,
    deadline: float,
) -> Extreme:
    """Return the best or worst equilibrium for the sum of some controllers' payoffs.

    Parameters
    ----------
    players : who decides; all other points stay as in `base`.
    members : the controllers whose payoffs count.
    known : equilibria found already.
    respond : a player's best portfolio against the others in a profile, with its bound.
    gap : relative gap between value and bound to reach, and what a player may gain by moving.
    deadline : `time.perf_counter()` at which the bound reached is returned.
    """
    sign = -1.0 if worst else 1.0
    search = _Search(world, players, base, members=members, worst=worst, known=known, gap=gap)
    bound, rounds = sign * math.inf, 0
    exhausted = False
    while time.perf_counter() < deadline:
        rough = min(1e-2, 0.1 * search.apart(bound))
        outcome = solve(
            search.built.model,
            gap=max(gap / 2, rough),
            time_limit=max(1.0, deadline - time.perf_counter()),
            options=SMALL_TREE,
        )
        if outcome.status is Status.INFEASIBLE:
            exhausted, bound = True, search.value
            break
        reached = -sign * outcome.bound
        # what was looked at already is excluded from the model, so an equilibrium known counts
        reached = sign * max(sign * reached, sign * search.value)
        bound = sign * min(sign * bound, sign * reached)
        if search.apart(bound) <= gap:
            break
        if outcome.objective is None or outcome.status is Status.LIMIT:
            break
        rounds += 1
        search.look(search.built.profile(), respond, deadline=deadline)
    return Extreme(search.profile, search.value, bound, exhausted, rounds)


class _Search:
    """The model of one search, and the best equilibrium known."""

    def __init__(
        self,
        world: World,
        players: Sequence[Player],
        base: Profile,
        *,
        members: Sequence[str],
        worst: bool,
        known: Sequence[Profile],
        gap: float,
    ) -> None:
        self.world, self.players, self.gap = world, players, gap
        self.members, self.sign = tuple(members), -1.0 if worst else 1.0
        self.profile: Profile | None = None
        self.value = -self.sign * math.inf
        for profile in known:
            self._take(profile)
        self._priced = worst and alignment(world.game, self.members) is not None
        self.built = self._model(base, worst=worst)
        self.built.model.no_player_gains = pyo.ConstraintList()
        self.built.model.member_agrees = pyo.ConstraintList()
        self.built.model.coalition_answers = pyo.ConstraintList()
        for profile in known:
            self._cut(profile)
            self.built.cut_off(profile)

    def apart(self, bound: float) -> float:
        """Return the relative gap between a bound and the best equilibrium known."""
        if not (math.isfinite(bound) and math.isfinite(self.value)):
            return math.inf
        return abs(bound - self.value) / max(1.0, abs(self.value))

    def look(self, profile: Profile, respond: Respond, *, deadline: float) -> None:
        """Take a profile if it is an equilibrium and cut it off; leave it where time runs out."""
        movers = []
        for player in self.players:
            if time.perf_counter() > deadline:
                return
            best = respond(player, profile)
            agreed = consents(self.world, player, profile)
            if not agreed or gains(self.world.payoff(player, profile), best.payoff, self.gap):
                movers.append((player, best.profile))
            if not player.transfers:
                self._answer(player, profile, best)
        if not movers:
            self._take(profile)
        for moved in (profile, *(moved for _, moved in movers)):
            self._cut(moved)
        self.built.cut_off(profile)

    def _take(self, profile: Profile) -> None:
        value = sum(self.world.payoffs(profile).total[name] for name in self.members)
        if self.sign * value > self.sign * self.value:
            self.profile, self.value = profile, value

    def _cut(self, profile: Profile) -> None:
        """Add what the evader's prices against a profile say about every aligned player."""
        priced = priced_value(self.world.network, self.world.respond(profile))
        if self._priced:
            add_bound(self.built, priced)
        for player in self.players:
            harm = alignment(self.world.game, player.members)
            if not player.transfers:
                self._consent(player, profile)
            elif harm is not None:
                add_cut(
                    self.built,
                    self.world.network,
                    player,
                    harm=harm,
                    deviation=profile,
                    priced=priced,
                    slack=self.gap * max(1.0, abs(self.world.payoff(player, profile))),
                )

    def _consent(self, player: Player, profile: Profile) -> None:
        """Add that every aligned member of a coalition consents, at prices of standing still."""
        network = self.world.network
        still = standing_still(self.world, player, profile)
        priced = priced_value(network, self.world.respond(still))
        for member in player.members:
            harm = alignment(self.world.game, [member])
            if harm is not None:
                add_agreement(
                    self.built,
                    network,
                    player,
                    member,
                    harm=harm,
                    still=still,
                    priced=priced,
                    slack=self._tolerance(player, harm),
                )

    def _answer(self, player: Player, profile: Profile, best: Portfolio) -> None:
        """Add that an aligned coalition answers what all others do in a profile."""
        game = self.world.game
        harm = alignment(game, player.members)
        if harm is not None:
            fixed = [
                game.points[k].options[profile[k]]
                for k in game.owned(player.members)
                if k not in player.points
            ]
            add_answer(
                self.built,
                self.world.network,
                player,
                harm=harm,
                others=profile,
                least=-best.payoff - sum(o.cost + o.economic_cost for o in fixed),
                slack=self.gap * max(1.0, abs(best.payoff)) + self._tolerance(player, harm),
            )

    def _tolerance(self, player: Player, harm: float) -> float:
        """Return the loss that counts as none to members who consent, at any profile."""
        network = self.world.network
        options = [o for k in player.points for o in self.world.game.points[k].options]
        costs = sum(abs(o.cost + o.economic_cost) for o in options)
        value = harm * float((network.chord_value * network.chord_width).sum())
        return TOLERANCE * max(1.0, costs + value)

    def _model(self, base: Profile, *, worst: bool) -> InterdictionModel:
        game, network = self.world.game, self.world.network
        free = {k for player in self.players for k in player.points}
        harm = alignment(game, self.members)
        weights = Weights(
            options=tuple(
                tuple(o.cost + o.economic_cost for o in point.options)
                if point.owner in self.members
                else (0.0,) * len(point.options)
                for point in game.points
            ),
            allowed=tuple(
                tuple(range(len(point.options))) if k in free else (base[k],)
                for k, point in enumerate(game.points)
            ),
            budgets=tuple(b for player in self.players for b in budgets_of(game, player)),
            harm=harm or 0.0,
        )
        if self._priced:
            return worst_model(network, weights)
        if harm is not None:
            known = -self.value if math.isfinite(self.value) else None
            return bounded_model(network, weights, at_most=known)
        built = general_sum_model(network, weights, members=self.members, box=first_box(network))
        if worst:
            loss = built.model.objective.expr
            terms = zip(loss.linear_coefs, loss.linear_vars, strict=True)
            built.model.del_component("objective")
            built.model.objective = pyo.Objective(
                expr=linear([(-factor, variable) for factor, variable in terms], -loss.constant)
            )
        return built

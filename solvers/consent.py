"""Coalitions without transfers: the best joint choice to which every member consents.

Members of a coalition that can pay each other maximise the sum of their payoffs, whoever loses by
it. Without transfers a member consents only to what leaves it no worse off than if all members kept
to the status quo, the rules that stand until all agree on others; that payoff is its disagreement
payoff. It depends on what everybody else does, it is unique, and wherever the status quo is within
the budgets there is a choice to which all consent. Among those choices the coalition takes the one
with the largest sum, which no other of them betters for every member (individual rationality,
then efficiency).

Few portfolios are tried in turn. Otherwise the MILP of the sum gets one row for each member m,

    member_consents    cost_m(a) + lambda_m [B mu + sum_r u_r theta_r + sum_j width_j rent_j]
                         <=  - disagreement_m

which the best prices of a choice satisfy exactly if an aligned member consents to it, for the
dual's value is nowhere below Z. What flows can earn a member at most is credited to it, so that for
others the row is necessary and may not suffice: a solution to which someone does not consent, by
the evader's own response, is cut off, and the next one asked for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo

from games.errors import InfeasibleError, LimitError
from games.layered import Profile
from solvers import candidates
from solvers.candidates import general_model, optimistic, portfolios
from solvers.descent import descend, respects_budgets
from solvers.interdiction import InterdictionModel, dual_value, linear, portfolio_cost
from solvers.milp import Status, solve
from solvers.minimum import SMALL_TREE, bounded_model
from solvers.players import Player, alignment, least_harm, weights_of
from solvers.prices import Weights
from solvers.world import Method, Portfolio, World

TOLERANCE = 1e-7
"""Loss against the disagreement payoff, relative to the larger of 1 and it, that counts as none."""


@dataclass(frozen=True)
class Consent:
    """What each member of a coalition without transfers has, and would have to be paid.

    Attributes
    ----------
    disagreement : {member: bn USD a year} if all members kept to the status quo and the others to
        what they do.
    margin : {member: bn USD a year} above it.
    best : the profile with the largest sum of the members' payoffs, were transfers possible.
    together : that sum, bn USD a year.
    bound : no joint choice gives that sum more, bn USD a year.
    transfers : {member: bn USD a year} that a member would have to be paid to consent to `best`.
    """

    disagreement: dict[str, float]
    margin: dict[str, float]
    best: Profile
    together: float
    bound: float
    transfers: dict[str, float]


def standing_still(world: World, player: Player, profile: Profile) -> Profile:
    """Return the profile with a player's points at the status quo."""
    own = set(player.points)
    still = world.game.status_quo
    return tuple(still[k] if k in own else option for k, option in enumerate(profile))


def disagreement(world: World, player: Player, profile: Profile) -> dict[str, float]:
    """Return each member's payoff if all members stood still, bn USD a year."""
    total = world.payoffs(standing_still(world, player, profile)).total
    return {name: total[name] for name in player.members}


def consents(world: World, player: Player, profile: Profile) -> bool:
    """Return whether every member consents to a profile; trivially so where transfers are made."""
    if player.transfers:
        return True
    total = world.payoffs(profile).total
    return all(
        total[name] >= least - TOLERANCE * max(1.0, abs(least))
        for name, least in disagreement(world, player, profile).items()
    )


def consent(world: World, player: Player, profile: Profile, *, best: Portfolio) -> Consent:
    """Return what members have at a profile against disagreement and against transfers.

    Parameters
    ----------
    best : the player's best portfolio against the same others, were transfers possible.
    """
    least = disagreement(world, player, profile)
    here, there = world.payoffs(profile).total, world.payoffs(best.profile).total
    return Consent(
        disagreement=least,
        margin={name: here[name] - value for name, value in least.items()},
        best=best.profile,
        together=best.payoff,
        bound=best.bound,
        transfers={name: max(0.0, value - there[name]) for name, value in least.items()},
    )


def best_by_consent(
    world: World,
    player: Player,
    base: Profile,
    *,
    starts: Sequence[Profile] = (),
    gap: float,
    time_limit: float,
    generator: np.random.Generator,
) -> Portfolio:
    """Return the best portfolio to which all members consent; parameters as `best_portfolio`.

    Raises
    ------
    InfeasibleError
        When there is none within the budgets.
    """
    started = time.perf_counter()
    game = world.game
    harm = alignment(game, player.members)
    aligned = harm is not None
    weights = weights_of(game, player, base, harm=least_harm(game, player.members))
    why = "members consent to no loss"

    def loss(profile: Profile) -> float:
        agreed = consents(world, player, profile)
        return -world.payoff(player, profile) if agreed else math.inf

    def finished(profile: Profile, bound: float, method: Method) -> Portfolio:
        payoff = world.payoff(player, profile)
        seconds = time.perf_counter() - started
        return Portfolio(profile, payoff, max(bound, payoff), method, seconds, why)

    if math.prod(len(weights.allowed[k]) for k in player.points) <= candidates.FEW:
        tried = portfolios(game, player, weights, base)
        best = min(tried, key=loss, default=None)
        if best is None or not math.isfinite(loss(best)):
            raise InfeasibleError(_conflict(player))
        return finished(best, -math.inf, "enumeration")
    still = standing_still(world, player, base)
    begin = [still, base, *starts]
    begin = [one for one in begin if respects_budgets(game, weights, one)]
    found = descend(game, weights, loss, starts=begin, generator=generator)
    if found is not None and not math.isfinite(found[1]):
        found = None
    credited, constant = optimistic(game, player, weights)
    if aligned or found is None:
        at_most = None if found is None else found[1] + constant
        built, method = bounded_model(world.network, credited, at_most=at_most), "interdiction"
    else:
        built = general_model(world, player, weights, at_most=found[1])
        constant, method = 0.0, "strong duality"
    add_consent(world, player, built, base)
    return finished(
        *_searched(
            world,
            player,
            built,
            found,
            weights=weights,
            constant=constant,
            gap=gap,
            deadline=started + time_limit,
        ),
        "interdiction" if method == "interdiction" else "strong duality",
    )


def add_consent(world: World, player: Player, built: InterdictionModel, base: Profile) -> None:
    """Add the row of each member."""
    game, model = world.game, built.model
    model.member_consents = pyo.ConstraintList()
    for name, least in disagreement(world, player, base).items():
        own = replace(player, members=(name,))
        weights = weights_of(game, own, base, harm=least_harm(game, [name]))
        credited, constant = optimistic(game, own, weights)
        fixed, terms = portfolio_cost(credited, built.allowed, built.steps)
        terms += [(weights.harm * u, price) for u, price in dual_value(model, world.network)]
        most = constant - least - fixed + TOLERANCE * max(1.0, abs(least))
        terms = [term for term in terms if term[0]]
        if terms:
            model.member_consents.add((None, linear(terms), most))


def _searched(
    world: World,
    player: Player,
    built: InterdictionModel,
    first: tuple[Profile, float] | None,
    *,
    weights: Weights,
    constant: float,
    gap: float,
    deadline: float,
) -> tuple[Profile, float]:
    """Return the best profile that all consent to and a bound on all such, trying in turn."""
    best = None if first is None else first[0]
    payoff = -math.inf if first is None else -first[1]
    bound = math.inf
    while True:
        left = max(1.0, deadline - time.perf_counter())
        outcome = solve(built.model, gap=gap / 2, time_limit=left, options=SMALL_TREE)
        exhausted = outcome.status is Status.INFEASIBLE
        bound = payoff if exhausted else min(bound, max(payoff, constant - outcome.bound))
        if outcome.objective is not None:
            found = built.profile()
            agreed = respects_budgets(world.game, weights, found) and consents(world, player, found)
            if agreed and world.payoff(player, found) > payoff:
                best, payoff = found, world.payoff(player, found)
            built.cut_off(found)
        late = outcome.status is Status.LIMIT or time.perf_counter() > deadline
        closed = best is not None and bound - payoff <= gap * max(1.0, abs(payoff))
        if exhausted or late or closed:
            break
    if best is None and not exhausted:
        raise LimitError(
            f"{player.name}: expected a joint choice that all consent to within the time, found "
            "none yet - raise --time-limit"
        )
    if best is None:
        raise InfeasibleError(_conflict(player))
    return best, bound


def _conflict(player: Player) -> str:
    return (
        f"{player.name}: expected a joint choice within every budget that leaves no member worse "
        "off than the status quo, found none - raise the budgets, or allow transfers"
    )

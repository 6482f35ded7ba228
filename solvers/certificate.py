"""The certificate on every answer: what was claimed, recomputed from the game.

The evader's plan and prices are evaluated by `games.evaluation`, which knows neither the solvers'
arrays nor their models; the payoffs are recomputed from that evaluation; and every player's regret
is the optimiser's proven bound on its best portfolio minus the recomputed payoff. Whatever does not
hold within tolerance is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from games.errors import NotCertifiedError
from games.evaluation import Evaluation, Shipment, evaluate
from games.network import Network
from games.payoffs import Payoffs, payoffs
from solvers.evader import EvaderResponse
from solvers.players import Player, outlays_of

EVADER_TOLERANCE = 1e-6
"""Largest relative gap between the evader's plan and prices, and violation of a limit."""

BUDGET_TOLERANCE = 1e-6
"""Largest excess over a public budget, bn USD a year."""

Status = Literal["proven", "found", "limit"]


@dataclass(frozen=True)
class Certificate:
    """What is proven about an answer.

    Attributes
    ----------
    status : `proven`: the answer is what its name says, within the gaps; `found`: it is an
        equilibrium, but others may be better or worse; `limit`: the time was up before the bound
        closed.
    regret : {controller: bn USD a year}: no deviation of the player that the controller belongs to
        gains more. Controllers that do not decide in the play are left out.
    evader_gap : relative gap between the evader's plan and what its prices prove.
    violation : largest relative excess of the plan over any limit.
    bound_gap : largest relative gap between a player's proven bound and its payoff.
    joint_bound : of the best (worst) equilibrium of a play: the controllers' sum is above (below)
        it in no equilibrium, bn USD a year; None for other plays, and where nothing is proven.
    """

    status: Status
    regret: dict[str, float]
    evader_gap: float
    violation: float
    bound_gap: float
    joint_bound: float | None = None


def evaluated(network: Network, response: EvaderResponse) -> Evaluation:
    """Return the independent evaluation of an evader's response."""
    shipments = [
        Shipment(lane.arc, lane.step, lane.effort, lane.known, float(units))
        for lane, units in zip(network.lanes, response.flows, strict=True)
        if units
    ]
    prices = dict(zip(network.nodes, response.node_prices.tolist(), strict=True))
    return evaluate(
        network.game,
        response.profile,
        plan=shipments,
        prices=prices,
        money_price=response.money_price,
    )


def certify(
    network: Network,
    response: EvaderResponse,
    *,
    players: Sequence[Player],
    bounds: Mapping[str, float],
    claimed: Payoffs,
    status: Status,
    gap: float,
    joint_bound: float | None = None,
) -> Certificate:
    """Return the certificate of an answer.

    Parameters
    ----------
    players : who decides.
    bounds : {player: bn USD a year}, proven upper bounds on the payoff of its best portfolio.
    claimed : the payoffs that were reported.
    gap : relative regret that is tolerated, unless the status is `limit`.
    joint_bound : what is proven about every equilibrium's joint payoff.

    Raises
    ------
    NotCertifiedError
        When any check fails; the message names all that do.
    """
    game = network.game
    check = evaluated(network, response)
    faults = []
    where = f"certificate of {game.name}"
    if not abs(check.gap) <= EVADER_TOLERANCE:
        faults.append(
            f"{where}: expected equal values of the evader's plan and prices, found "
            f"{check.primal:.9g} and {check.dual:.9g} bn USD"
        )
    if not check.violation <= EVADER_TOLERANCE:
        faults.append(
            f"{where}: expected a plan within its limits, found one over by {check.violation:.3g}"
        )
    true = payoffs(game, response.profile, entering=check.entering, quantities=check.quantities)
    scale = max(1.0, *(abs(value) for value in true.harm.values()))
    for name, value in true.total.items():
        if not abs(value - claimed.total[name]) <= 1e-5 * scale:
            faults.append(
                f"{where}: expected the payoff of {name} to be {value:.9g}, "
                f"found {claimed.total[name]:.9g} bn USD claimed"
            )
    if joint_bound is not None and status == "proven":
        apart = abs(joint_bound - true.joint)
        if not apart <= 1.01 * max(gap, EVADER_TOLERANCE) * max(1.0, abs(true.joint)):
            faults.append(
                f"{where}: expected a joint payoff that reaches its bound of {joint_bound:.9g}, "
                f"found {true.joint:.9g} bn USD a year"
            )
    regret: dict[str, float] = {}
    bound_gap = 0.0
    for player in players:
        payoff = sum(true.total[name] for name in player.members)
        gain = max(0.0, bounds[player.name] - payoff)
        relative = (bounds[player.name] - payoff) / max(1.0, abs(payoff))
        bound_gap = max(bound_gap, relative)
        regret.update(dict.fromkeys(player.members, gain))
        for _, outlay, limit in outlays_of(game, player, response.profile):
            if not outlay <= limit + BUDGET_TOLERANCE:
                faults.append(
                    f"{where}: expected {player.name} to spend at most {limit:.9g} bn USD a year, "
                    f"found {outlay:.9g}"
                )
        if not relative >= -EVADER_TOLERANCE:
            faults.append(
                f"{where}: expected a bound of {player.name} of at least {payoff:.9g}, "
                f"found {bounds[player.name]:.9g} bn USD, where it has nothing to gain"
            )
        elif not relative <= max(gap, EVADER_TOLERANCE) * 1.01 and status != "limit":
            faults.append(
                f"{where}: expected {player.name} to have nothing to gain, found a possible gain "
                f"of {gain:.6g} bn USD a year"
            )
    if faults:
        raise NotCertifiedError("\n".join(faults))
    return Certificate(
        status, regret, abs(check.gap), max(0.0, check.violation), bound_gap, joint_bound
    )

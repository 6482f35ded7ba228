"""The recomputation of a portfolio for many worlds, by code that the search does not share.

In every world the evader is solved afresh; its plan and its prices are evaluated by
`games.evaluation`; losses, measure and budgets are recomputed from that. Whatever does not hold is
an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from games.errors import NotCertifiedError
from games.layered import LayeredGame, Profile
from games.network import build_network
from games.payoffs import Payoffs, payoffs
from solvers.certificate import BUDGET_TOLERANCE, EVADER_TOLERANCE, evaluated
from solvers.evader import Evader
from solvers.players import Player, alignment, outlays_of
from solvers.worlds.measures import Array
from solvers.worlds.record import BestForWorlds

LOSS_TOLERANCE = 1e-5
"""Largest difference between a loss that was claimed and the recomputed one, as a share."""


@dataclass(frozen=True)
class WorldsCertificate:
    """What is proven about a portfolio for many worlds.

    Attributes
    ----------
    status : `proven`: no portfolio has a measure that is smaller by more than the gap asked for;
        `limit`: the time was up before.
    bound_gap : gap between value and bound, relative to the value.
    evader_gap, violation : the largest of all worlds, as in `solvers.certificate`.
    worlds : how many were recomputed.
    """

    status: Literal["proven", "limit"]
    bound_gap: float
    evader_gap: float
    violation: float
    worlds: int


def certify_worlds(
    games: Sequence[LayeredGame],
    found: BestForWorlds,
    *,
    player: Player,
    probabilities: Array,
    gap: float,
    appropriated: LayeredGame | None = None,
) -> tuple[WorldsCertificate, list[Payoffs]]:
    """Return the certificate, and the controllers' payoffs in every world.

    Parameters
    ----------
    gap : relative gap that was asked for.
    appropriated : the game whose budgets limit outlays, by its own costs; None for every world's.

    Raises
    ------
    NotCertifiedError
        When any check fails in any world.
    """
    faults: list[str] = []
    outcomes: list[Payoffs] = []
    evader_gap = violation = 0.0
    for world, game in enumerate(games):
        where = f"certificate of {game.name}, world {world}"
        network = build_network(game)
        aligned = alignment(game, player.members) is not None
        evader = Evader(network, rule=None if aligned else "optimistic")
        check = evaluated(network, evader.respond(found.profile))
        evader_gap = max(evader_gap, abs(check.gap))
        violation = max(violation, check.violation)
        if not (abs(check.gap) <= EVADER_TOLERANCE and check.violation <= EVADER_TOLERANCE):
            faults.append(
                f"{where}: expected equal values of the evader's plan and prices within limits, "
                f"found {check.primal:.9g} and {check.dual:.9g} bn USD, over by "
                f"{check.violation:.3g}"
            )
        outcome = payoffs(game, found.profile, entering=check.entering, quantities=check.quantities)
        outcomes.append(outcome)
        loss = -sum(outcome.total[name] for name in player.members)
        scale = max(1.0, *(abs(value) for value in outcome.harm.values()))
        if not abs(loss - found.losses[world]) <= LOSS_TOLERANCE * scale:
            faults.append(
                f"{where}: expected a loss of {loss:.9g}, found {found.losses[world]:.9g} bn USD "
                "claimed"
            )
        if appropriated is None:
            faults += [f"{where}: {fault}" for fault in overspent(game, found.profile, player)]
    if appropriated is not None:
        beyond = overspent(appropriated, found.profile, player)
        faults += [f"certificate of {appropriated.name}: {fault}" for fault in beyond]
    losses = np.array([-sum(o.total[name] for name in player.members) for o in outcomes])
    value = found.measure.value(losses, probabilities, found.best)
    scale = max(1.0, float(np.abs(losses).max()))
    if not abs(value - found.value) <= LOSS_TOLERANCE * scale:
        faults.append(
            f"certificate: expected {found.measure.name} to be {value:.9g}, found "
            f"{found.value:.9g} bn USD claimed"
        )
    if not found.bound <= value + EVADER_TOLERANCE * scale:
        faults.append(
            f"certificate: expected a bound of at most {value:.9g}, which the portfolio reaches, "
            f"found {found.bound:.9g}"
        )
    if faults:
        raise NotCertifiedError("\n".join(faults))
    status: Literal["proven", "limit"] = (
        "proven" if found.gap <= max(gap, EVADER_TOLERANCE) * 1.01 else "limit"
    )
    return WorldsCertificate(status, found.gap, evader_gap, violation, len(games)), outcomes


def overspent(game: LayeredGame, profile: Profile, player: Player) -> list[str]:
    """Return which budgets of a game a profile's outlays exceed, one sentence each."""
    faults = []
    for _, outlay, limit in outlays_of(game, player, profile):
        if not outlay <= limit + BUDGET_TOLERANCE:
            faults.append(f"expected at most {limit:.9g} bn USD a year spent, found {outlay:.9g}")
    return faults

"""Portfolios that are drawn: every outcome of the draws, what it pays, and whether that holds.

Players draw independently. The evader answers once all portfolios are drawn, so each outcome is a
profile with its own response, and what counts before the draw is the mean over all of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from games.errors import NotCertifiedError
from games.layered import Profile
from games.payoffs import Payoffs
from solvers.certificate import BUDGET_TOLERANCE, EVADER_TOLERANCE, Certificate, Status, certify
from solvers.equilibria.expected import Draw
from solvers.evader import EvaderResponse
from solvers.players import Player, outlays_of, replaced
from solvers.world import World

Options = tuple[int, ...]
"""A portfolio: an option index at each of a player's points."""

Portfolios = tuple[tuple[Options, float], ...]
"""What a player draws from, with the probabilities."""


@dataclass(frozen=True)
class Drawn:
    """One outcome of everybody's draw: what is then chosen, what the evader does, what it pays."""

    profile: Profile
    probability: float
    response: EvaderResponse
    payoffs: Payoffs


def outcomes(
    base: Profile, players: Sequence[Player], mixtures: Sequence[Portfolios]
) -> list[Draw]:
    """Return every outcome of the players' draws; all other points stay as in `base`."""
    return [
        Draw(
            profile_of(base, players, [options for options, _ in chosen]),
            math.prod(probability for _, probability in chosen),
        )
        for chosen in itertools.product(*mixtures)
    ]


def profile_of(base: Profile, players: Sequence[Player], chosen: Sequence[Options]) -> Profile:
    """Return the profile of one portfolio for each player; other points stay as in `base`."""
    for one, options in zip(players, chosen, strict=True):
        base = replaced(base, one.points, options)
    return base


def own_options(profile: Profile, player: Player) -> Options:
    """Return the part of a profile that a player decides on."""
    return tuple(profile[k] for k in player.points)


def expected_payoffs(drawn: Sequence[Drawn]) -> Payoffs:
    """Return what everybody expects before the draw."""

    def mean(part: Callable[[Payoffs], dict[str, float]]) -> dict[str, float]:
        return {
            name: math.fsum(one.probability * part(one.payoffs)[name] for one in drawn)
            for name in part(drawn[0].payoffs)
        }

    return Payoffs(
        total=mean(lambda one: one.total),
        harm=mean(lambda one: one.harm),
        cost=mean(lambda one: one.cost),
        revenue=mean(lambda one: one.revenue),
        outlay=mean(lambda one: one.outlay),
        months=mean(lambda one: one.months),
    )


def certify_drawn(
    world: World,
    players: Sequence[Player],
    drawn: Sequence[Drawn],
    *,
    bounds: dict[str, float],
    closed: bool,
    gap: float,
) -> Certificate:
    """Return the certificate of mixed play, every outcome recomputed from the game.

    Parameters
    ----------
    bounds : {player: bn USD a year}, proven upper bounds on what any of its portfolios is expected
        to earn.
    closed : whether these are claimed to leave nobody more than the gap to gain.

    Raises
    ------
    NotCertifiedError
        When any check fails.
    """
    game = world.game
    where = f"certificate of {game.name}"
    faults = []
    evader_gap = violation = 0.0
    for one in drawn:
        checked = certify(
            world.network,
            one.response,
            players=(),
            bounds={},
            claimed=one.payoffs,
            status="found",
            gap=gap,
        )
        evader_gap = max(evader_gap, checked.evader_gap)
        violation = max(violation, checked.violation)
        for player in players:
            for _, outlay, limit in outlays_of(game, player, one.profile):
                if not outlay <= limit + BUDGET_TOLERANCE:
                    faults.append(
                        f"{where}: expected {player.name} to spend at most {limit:.9g} bn USD a "
                        f"year whatever it draws, found {outlay:.9g}"
                    )
    total = math.fsum(one.probability for one in drawn)
    if not abs(total - 1) <= EVADER_TOLERANCE:
        faults.append(f"{where}: expected probabilities that add up to 1, found {total:.9g}")
    regret: dict[str, float] = {}
    bound_gap = 0.0
    for player in players:
        payoff = _expected(drawn, player)
        relative = (bounds[player.name] - payoff) / max(1.0, abs(payoff))
        bound_gap = max(bound_gap, relative)
        regret.update(dict.fromkeys(player.members, max(0.0, bounds[player.name] - payoff)))
        if not relative >= -EVADER_TOLERANCE:
            faults.append(
                f"{where}: expected a bound of {player.name} of at least {payoff:.9g}, what it "
                f"expects, found {bounds[player.name]:.9g} bn USD"
            )
        elif closed and not relative <= max(gap, EVADER_TOLERANCE) * 1.01:
            faults.append(
                f"{where}: expected {player.name} to have nothing to gain, found a possible gain "
                f"of {bounds[player.name] - payoff:.6g} bn USD a year"
            )
    if faults:
        raise NotCertifiedError("\n".join(faults))
    status: Status = "found" if closed else "limit"
    return Certificate(status, regret, evader_gap, violation, bound_gap)


def _expected(drawn: Sequence[Drawn], player: Player) -> float:
    return math.fsum(
        one.probability * one.payoffs.total[name] for one in drawn for name in player.members
    )

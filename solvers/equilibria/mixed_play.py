"""Where no pure equilibrium exists or none was met: mixed play by sampled best responses.

Every player draws its portfolio from a few, with probabilities that the others know; the evader
answers once all portfolios are drawn, for it sees what everybody does. Some mixed equilibrium
always exists (nash1951), since portfolios are finitely many.

It is found by `solvers.finite.sampled`, which asks `layered_oracles`: the game of the portfolios
met so far is solved as a table, each player's exact best response to the others' draws (module
`expected`) is added to it, and so on until nobody gains. What counts is each player's regret: the
proven bound on its best response, minus what it expects. Where time runs out first the largest
regret is an epsilon: no player gains more than that by any portfolio at all. It is then held
against the smallest largest regret of any pure profile known, which in a small game is exact.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from games.errors import NotCertifiedError
from games.layered import Profile
from games.payoffs import Payoffs
from solvers.certificate import Certificate
from solvers.equilibria.closest import Closest, closest_to_pure
from solvers.equilibria.drawn import (
    Drawn,
    Portfolios,
    certify_drawn,
    expected_payoffs,
    outcomes,
    own_options,
)
from solvers.equilibria.expected import Draw
from solvers.equilibria.layered_oracles import LayeredOracles, portfolios_of
from solvers.equilibria.responses import Responses
from solvers.finite.sampled import SampledEquilibrium, sampled_equilibrium
from solvers.players import Player
from solvers.plays import Play
from solvers.world import World

CLOSER = 0.1
"""Share of the gap at which a regret counts as none while portfolios are sampled."""

SHARE_OF_SAMPLING = 0.8
"""Share of the time for mixed play; the rest is for pure profiles that come close."""


@dataclass(frozen=True)
class MixedResult:
    """The certified outcome of a play in which players draw their portfolios.

    Attributes
    ----------
    players : who decides.
    mixtures : for each player its portfolios with their probabilities.
    drawn : every outcome of the draws.
    payoffs : expected.
    certificate : `found` where nobody gains more than the gap allows, `limit` otherwise; with every
        player's regret, proven by the bound on its best response.
    closest : what is known about pure profiles.
    rounds : samples that were solved.
    """

    play: str
    players: tuple[Player, ...]
    mixtures: tuple[Portfolios, ...]
    drawn: tuple[Drawn, ...]
    payoffs: Payoffs
    certificate: Certificate
    closest: Closest
    method: str
    rounds: int
    seconds: float

    @property
    def epsilon(self) -> float:
        """What anybody gains at most by any other portfolio, bn USD a year."""
        return max(self.certificate.regret.values(), default=0.0)

    @property
    def pure(self) -> Profile | None:
        """The profile where nobody mixes; None otherwise."""
        return self.drawn[0].profile if len(self.drawn) == 1 else None


def mixed_play(
    world: World,
    play: Play,
    *,
    none: bool,
    gap: float = 1e-6,
    time_limit: float = 600.0,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> MixedResult:
    """Return mixed play between the players of a play, with everybody's regret proven.

    Parameters
    ----------
    none : whether it is proven that no pure equilibrium exists.
    gap : relative regret that counts as none.
    time_limit : seconds; at the limit the play with the smallest largest regret is returned.
    seed : of every random choice.

    Raises
    ------
    LimitError
        When the limit passes before any play is bounded.
    NotCertifiedError
        When a check fails, or a player is a coalition without transfers: what its members consent
        to is not defined against draws.
    """
    started = time.perf_counter()
    game = world.game
    players = tuple(one for one in play.players if one.points)
    if not all(one.transfers for one in players):
        raise NotCertifiedError(
            f"{play.name} of {game.name}: expected a pure equilibrium, found none - mixed play is "
            "not defined for members who must consent; ask for the coalition with transfers"
        )
    generator = np.random.default_rng(seed)
    responses = Responses(world, players, gap, started + time_limit, generator)
    sampling = SHARE_OF_SAMPLING * time_limit
    oracles = LayeredOracles(
        world,
        players,
        responses,
        gap=gap / 2,
        deadline=started + sampling,
        generator=generator,
        progress=progress,
    )
    sampled = sampled_equilibrium(oracles, tolerance=CLOSER * gap, time_limit=sampling)
    mixtures, bounds = tuple(map(portfolios_of, sampled.mixtures)), _bounds(sampled, players)
    draws = outcomes(game.status_quo, players, mixtures)
    closest = closest_to_pure(
        world,
        players,
        responses,
        [one.profile for one in sorted(draws, key=lambda one: -one.probability)],
        none=none,
        time_limit=(1 - SHARE_OF_SAMPLING) * time_limit,
        progress=progress,
    )
    if (
        closest.profile is not None
        and closest.regret < sampled.epsilon
        and not _within(world, players, draws, bounds, gap=gap)
    ):
        profile = closest.profile
        mixtures = tuple(((own_options(profile, one), 1.0),) for one in players)
        draws = [Draw(profile, 1.0)]
        bounds = {one.name: responses.best(one, profile).bound for one in players}
    drawn = tuple(
        Drawn(one.profile, one.probability, world.respond(one.profile), world.payoffs(one.profile))
        for one in draws
    )
    closed = _within(world, players, draws, bounds, gap=gap)
    certificate = certify_drawn(world, players, drawn, bounds=bounds, closed=closed, gap=gap)
    return MixedResult(
        play=f"{play.name}:mixed",
        players=players,
        mixtures=mixtures,
        drawn=drawn,
        payoffs=expected_payoffs(drawn),
        certificate=certificate,
        closest=closest,
        method="sampled best responses",
        rounds=len(sampled.rounds),
        seconds=time.perf_counter() - started,
    )


def _bounds(sampled: SampledEquilibrium, players: Sequence[Player]) -> dict[str, float]:
    return {
        one.name: payoff + regret
        for one, payoff, regret in zip(players, sampled.payoffs, sampled.regret, strict=True)
    }


def _within(
    world: World,
    players: Sequence[Player],
    draws: Sequence[Draw],
    bounds: dict[str, float],
    *,
    gap: float,
) -> bool:
    """Return whether nobody gains more than the gap times the size of what it expects."""
    for one in players:
        payoff = math.fsum(d.probability * world.payoff(one, d.profile) for d in draws)
        if bounds[one.name] - payoff > gap * max(1.0, abs(payoff)):
            return False
    return True

"""Where no pure equilibrium exists or none was met: mixed play by sampled best responses.

Every player draws its portfolio from a few, with probabilities that the others know; the evader
answers once all portfolios are drawn, for it sees what everybody does. Some mixed equilibrium
always exists (nash1951), since portfolios are finitely many.

It is found by `solvers.finite.sampled`: the game of the portfolios met so far is solved as a
table, each player's exact best response to the others' draws (module `expected`) is added to it,
and so on until nobody gains. What counts is each player's regret: the proven bound on its best
response, minus what it expects. Where time runs out first the largest regret is an epsilon: no
player gains more than that by any portfolio at all. It is then held against the smallest
largest regret of any pure profile known, which in a small game is exact.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from games.errors import LimitError, NotCertifiedError
from games.layered import Profile
from games.payoffs import Payoffs
from solvers.certificate import BUDGET_TOLERANCE, EVADER_TOLERANCE, Certificate, Status, certify
from solvers.equilibria.closest import Closest, closest_to_pure
from solvers.equilibria.expected import Draw, best_against
from solvers.equilibria.responses import Responses
from solvers.evader import EvaderResponse
from solvers.finite.oracles import Mixture, Response
from solvers.finite.sampled import SampledEquilibrium, sampled_equilibrium
from solvers.players import Player, outlays_of, replaced
from solvers.plays import Play
from solvers.world import World

CLOSER = 0.1
"""Share of the gap at which a regret counts as none while portfolios are sampled."""

SHARE_OF_SAMPLING = 0.8
"""Share of the time for mixed play; the rest is for pure profiles that come close."""

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
    oracles = _Oracles(
        world,
        players,
        responses,
        gap=gap / 2,
        deadline=started + sampling,
        generator=generator,
        progress=progress,
    )
    sampled = sampled_equilibrium(oracles, tolerance=CLOSER * gap, time_limit=sampling)
    mixtures, bounds = tuple(map(_portfolios, sampled.mixtures)), _bounds(sampled, players)
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
        mixtures = tuple(((_own(profile, one), 1.0),) for one in players)
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


class _Oracles:
    """The players of a layered game as `solvers.finite.oracles` asks for them."""

    def __init__(
        self,
        world: World,
        players: Sequence[Player],
        responses: Responses,
        *,
        gap: float,
        deadline: float,
        generator: np.random.Generator,
        progress: Callable[[str], None],
    ) -> None:
        self.world, self._players, self._responses = world, players, responses
        self._gap, self._deadline = gap, deadline
        self._generator, self._progress = generator, progress
        self._asked = 0
        self._answers: dict[int, Options] = {}  # each player's last best portfolio
        self.base = world.game.status_quo

    @property
    def players(self) -> tuple[str, ...]:
        """The players' names."""
        return tuple(one.name for one in self._players)

    def start(self) -> tuple[Options, ...]:
        """Return everybody's best response to the status quo: it is within the budgets."""
        return tuple(_own(self._responses.best(p, self.base).profile, p) for p in self._players)

    def payoffs(self, profile: Sequence[Hashable]) -> Sequence[float]:
        """Return what each player earns where each chooses one portfolio."""
        if time.perf_counter() > self._deadline:
            raise LimitError("mixed play: expected payoffs of the sample within the time")
        whole = _whole(self.base, self._players, cast(Sequence[Options], profile))
        return [self.world.payoff(one, whole) for one in self._players]

    def respond(
        self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
    ) -> Response:
        """Return a player's best portfolio against the others' draws, with its bound."""
        one = self._players[player]
        if player == 0:
            self._asked += 1
            sizes = " x ".join(str(len(mixture.strategies)) for mixture in mixtures)
            self._progress(f"mixed play, round {self._asked}: {sizes} portfolios in play")
        others = [_portfolios(mixture) for mixture in mixtures]
        others[player] = ((others[player][0][0], 1.0),)  # it is not looked at
        left = math.inf if time_limit is None else time_limit
        draws = outcomes(self.base, self._players, others)
        if len(draws) == 1:  # as in pure play, and remembered
            alone = self._responses.best(one, draws[0].profile)
            self._answers[player] = _own(alone.profile, one)
            return Response(self._answers[player], alone.bound)
        best = best_against(
            self.world,
            one,
            draws,
            starts=[self._answers[player]] if player in self._answers else [],
            gap=self._gap,
            time_limit=max(1.0, left / len(self._players)),
            generator=self._generator,
        )
        self._answers[player] = best.options
        return Response(best.options, best.bound)


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


def outcomes(
    base: Profile, players: Sequence[Player], mixtures: Sequence[Portfolios]
) -> list[Draw]:
    """Return every outcome of the players' draws; all other points stay as in `base`."""
    return [
        Draw(
            _whole(base, players, [options for options, _ in chosen]),
            math.prod(probability for _, probability in chosen),
        )
        for chosen in itertools.product(*mixtures)
    ]


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


def _expected(drawn: Sequence[Drawn], player: Player) -> float:
    return math.fsum(
        one.probability * one.payoffs.total[name] for one in drawn for name in player.members
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


def _whole(base: Profile, players: Sequence[Player], chosen: Sequence[Options]) -> Profile:
    for one, options in zip(players, chosen, strict=True):
        base = replaced(base, one.points, options)
    return base


def _portfolios(mixture: Mixture) -> Portfolios:
    strategies = cast(Sequence[Options], mixture.strategies)
    return tuple(zip(strategies, mixture.probabilities, strict=True))


def _own(profile: Profile, player: Player) -> Options:
    return tuple(profile[k] for k in player.points)

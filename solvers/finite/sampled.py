"""Sampled best responses: an equilibrium of a game of any number of players given by oracles.

The game of the strategies met so far is finite, and one of its equilibria is found by the methods
for tables: a pure one where there is one. Every player's oracle then answers to it. What a player
earns there can be bettered by no more than the oracle's bound allows; if that is next to nothing
for all, the equilibrium is one of the whole game, and otherwise the responses join the sample.

Not every equilibrium of the sample is one of the game, so `regret` is what is claimed: for each
player a bound over all of its strategies, proven by its own oracle. A limit of time returns the
profile with the smallest bound so far.

References
----------
carvalho2022
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from games.errors import LimitError, NotCertifiedError
from games.normal_form import NormalFormGame
from solvers.finite.lemke_howson import one_equilibrium
from solvers.finite.mixed import one_mixed
from solvers.finite.oracles import Mixture, OracleGame, Sample, stopwatch
from solvers.finite.records import REGRET


@dataclass(frozen=True)
class SampledRound:
    """A round: the bound on anybody's regret, sizes of the sample, seconds since the start."""

    epsilon: float
    strategies: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class SampledEquilibrium:
    """A mixed profile of strategies met, and a bound on what any change could gain.

    Attributes
    ----------
    mixtures : one for each player.
    payoffs : expected, one for each player.
    regret : for each player, no strategy at all gains more than this.
    rounds : the course of the search.
    complete : whether every regret is within the tolerance.
    stopped : why the search ended early; empty if it did not.
    """

    mixtures: tuple[Mixture, ...]
    payoffs: tuple[float, ...]
    regret: tuple[float, ...]
    rounds: tuple[SampledRound, ...]
    complete: bool
    seconds: float
    stopped: str = ""

    @property
    def epsilon(self) -> float:
        """The largest regret that is not excluded."""
        return max(self.regret)

    @property
    def pure(self) -> bool:
        """Whether nobody mixes."""
        return all(len(mixture.strategies) == 1 for mixture in self.mixtures)


def sampled_equilibrium(
    game: OracleGame, *, tolerance: float = REGRET, time_limit: float | None = None
) -> SampledEquilibrium:
    """Return one equilibrium of a game given by oracles, with a proven bound on every regret.

    Parameters
    ----------
    tolerance : regret at which to stop, as a share of the player's largest payoff met.
    time_limit : seconds, after which the profile with the smallest proven regret is returned.

    Raises
    ------
    LimitError
        When the limit of time comes before any profile has been bounded.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> from solvers.finite.oracles import TableOracles
    >>> game = normal_form([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], title="prisoners")
    >>> found = sampled_equilibrium(TableOracles(game))
    >>> found.mixtures[0].strategies, found.regret
    ((1,), (0.0, 0.0))
    """
    started = time.perf_counter()
    left = stopwatch(time_limit)
    sample = Sample(game)
    players = range(len(game.players))
    rounds: list[SampledRound] = []
    best: tuple[tuple[Mixture, ...], tuple[float, ...], tuple[float, ...]] | None = None
    complete, stopped = False, ""
    while not (complete or stopped):
        profile = _equilibrium(sample.game(), left())
        if profile is None:
            unsolved = "no equilibrium of the sampled game was found"
            stopped = "limit of time" if left() == 0.0 else unsolved
            break
        mixtures = sample.mixtures(profile)
        payoffs = sample.payoffs(mixtures)
        try:
            responses = [game.respond(i, mixtures, time_limit=left()) for i in players]
        except LimitError:
            stopped = "limit of time"
            break
        regret = tuple(max(r.bound - p, 0.0) for r, p in zip(responses, payoffs, strict=True))
        gainers = [i for i in players if regret[i] > tolerance * sample.size(i)]
        complete = not gainers
        if complete or best is None or max(regret) < max(best[2]):
            best = mixtures, payoffs, regret
        sizes = tuple(len(known) for known in sample.strategies)
        rounds.append(SampledRound(max(regret), sizes, time.perf_counter() - started))
        try:
            new = [sample.add(i, responses[i].strategy) for i in gainers]
        except LimitError:
            stopped = "limit of time"
            break
        if not complete and not any(new):
            stopped = "the oracles' bounds leave a regret that their strategies do not gain"
        elif not complete and left() == 0.0:
            stopped = "limit of time"
    if best is None:
        raise LimitError(
            "sampled best responses: expected an answer of every oracle within the limit of time, "
            "found fewer - allow more time"
        )
    seconds = time.perf_counter() - started
    return SampledEquilibrium(*best, tuple(rounds), complete, seconds, stopped)


def _equilibrium(game: NormalFormGame, time_limit: float | None) -> Sequence[Sequence[Any]] | None:
    """Return an equilibrium of the sampled game, a pure one if there is one; None if none came.

    Both methods look for a pure one first.
    """
    method = one_equilibrium if len(game.players) == 2 else one_mixed
    try:
        found = method(game, time_limit=time_limit).equilibria
    except (LimitError, NotCertifiedError):
        return None
    return found[0].strategies if found else None

"""A layered game as `solvers.finite.oracles` asks for it: payoffs, and best responses to draws."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Sequence
from typing import cast

import numpy as np

from games.errors import LimitError
from solvers.equilibria.drawn import Options, Portfolios, outcomes, own_options, profile_of
from solvers.equilibria.expected import best_against
from solvers.equilibria.responses import Responses
from solvers.finite.oracles import Mixture, Response
from solvers.players import Player
from solvers.world import World


class LayeredOracles:
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
        return tuple(
            own_options(self._responses.best(p, self.base).profile, p) for p in self._players
        )

    def payoffs(self, profile: Sequence[Hashable]) -> Sequence[float]:
        """Return what each player earns where each chooses one portfolio."""
        if time.perf_counter() > self._deadline:
            raise LimitError("mixed play: expected payoffs of the sample within the time")
        whole = profile_of(self.base, self._players, cast(Sequence[Options], profile))
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
        others = [portfolios_of(mixture) for mixture in mixtures]
        others[player] = ((others[player][0][0], 1.0),)  # it is not looked at
        left = math.inf if time_limit is None else time_limit
        draws = outcomes(self.base, self._players, others)
        if len(draws) == 1:  # as in pure play, and remembered
            alone = self._responses.best(one, draws[0].profile)
            self._answers[player] = own_options(alone.profile, one)
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


def portfolios_of(mixture: Mixture) -> Portfolios:
    """Return a mixture's strategies, which are portfolios here, with their probabilities."""
    strategies = cast(Sequence[Options], mixture.strategies)
    return tuple(zip(strategies, mixture.probabilities, strict=True))

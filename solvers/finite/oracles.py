"""Games given by oracles: nobody lists the strategies, but best responses can be asked for.

A player may have more strategies than any table holds: all packings of a knapsack, all portfolios
of measures. What can be had is a profile to begin with, what everybody earns at a pure profile, and
a player's best response to the others' mixed strategies together with a bound that no strategy of
the player exceeds. `OracleGame` says just that, so an oracle may be an integer programme, a dynamic
programme, a search of one's own, or a table.

Strategies are opaque: any hashable object that equals itself. `Sample` holds those met so far, and
what they pay, as a game in normal form that grows.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np

from games.errors import GameError
from games.normal_form import Floats, NormalFormGame, normal_form
from games.regret import deviation_payoffs


@dataclass(frozen=True)
class Mixture:
    """A mixed strategy: each strategy that is played, with its probability."""

    strategies: tuple[Hashable, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Response:
    """What an oracle answers.

    Attributes
    ----------
    strategy : the best one found; a best response when the oracle had time to prove it.
    bound : no strategy of the player is expected to earn more, in the unit of the payoffs.
    """

    strategy: Hashable
    bound: float


class OracleGame(Protocol):
    """A game of any number of players, each with a best-response oracle."""

    @property
    def players(self) -> tuple[str, ...]:
        """One name for each player."""

    def start(self) -> tuple[Hashable, ...]:
        """Return any pure profile, one strategy for each player."""

    def payoffs(self, profile: Sequence[Hashable]) -> Sequence[float]:
        """Return what each player earns at a pure profile.

        Raises
        ------
        LimitError
            When the game has a limit of time of its own and it is over.
        """

    def respond(
        self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
    ) -> Response:
        """Return a best response of a player to the others' mixtures (its own is not used).

        Raises
        ------
        LimitError
            When `time_limit` (seconds) ends before any strategy is found. With a strategy in hand
            an oracle answers, with a bound as good as it got.
        """


class TableOracles:
    """A game in normal form seen through oracles; strategies are their positions in the table."""

    def __init__(self, game: NormalFormGame) -> None:
        self._game = game

    @property
    def players(self) -> tuple[str, ...]:
        """The names of the game's players."""
        return self._game.players

    def start(self) -> tuple[int, ...]:
        """Return everybody's first strategy."""
        return (0,) * len(self.players)

    def payoffs(self, profile: Sequence[Hashable]) -> Sequence[float]:
        """Return one entry of every player's table."""
        place = cast(tuple[int, ...], tuple(profile))
        return tuple(float(table[place]) for table in self._game.payoffs)

    def respond(
        self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
    ) -> Response:
        """Return the best row of the player's table, averaged over what the others play."""
        table = self._game.payoffs[player]
        played = []
        for axis, mixture in enumerate(mixtures):
            if axis != player:
                table = table.take(cast(Sequence[int], mixture.strategies), axis=axis)
            played.append(mixture.probabilities)
        values = deviation_payoffs(table, played, player)
        best = int(np.argmax(values))
        return Response(best, float(values[best]))


class Sample:
    """The strategies met so far and everybody's payoffs at all their profiles.

    Attributes
    ----------
    strategies : for each player, the strategies in the order in which they came.
    """

    def __init__(self, game: OracleGame) -> None:
        self._game = game
        profile = tuple(game.start())
        if len(profile) != len(game.players):
            raise GameError(
                f"profile to start with: expected one strategy for each of {len(game.players)} "
                f"players, found {len(profile)} - return as many as there are players"
            )
        self.strategies: list[list[Hashable]] = [[strategy] for strategy in profile]
        self._places = [{strategy: 0} for strategy in profile]
        self._tables: Floats = self._evaluated([range(1)] * len(profile))

    def add(self, player: int, strategy: Hashable) -> bool:
        """Add a strategy and everything it pays; whether it is a new one."""
        if strategy in self._places[player]:
            return False
        place = len(self.strategies[player])
        self._places[player][strategy] = place
        self.strategies[player].append(strategy)
        ranges = [range(len(known)) for known in self.strategies]
        ranges[player] = range(place, place + 1)
        self._tables = np.concatenate([self._tables, self._evaluated(ranges)], axis=player + 1)
        return True

    def game(self) -> NormalFormGame:
        """Return the game in which only the strategies met so far may be played."""
        return normal_form(self._tables, players=self._game.players)

    def mixtures(self, profile: Sequence[Sequence[float]]) -> tuple[Mixture, ...]:
        """Return mixed strategies of `game()` by the strategies themselves, those of no use out."""
        mixtures = []
        for known, probabilities in zip(self.strategies, profile, strict=True):
            played = [(s, float(p)) for s, p in zip(known, probabilities, strict=True) if p > 0]
            total = sum(p for _, p in played)
            mixtures.append(
                Mixture(tuple(s for s, _ in played), tuple(p / total for _, p in played))
            )
        return tuple(mixtures)

    def payoffs(self, mixtures: Sequence[Mixture]) -> tuple[float, ...]:
        """Return what each player expects to earn at a profile of strategies met so far."""
        values = self._tables
        for player in reversed(range(len(mixtures))):
            places = [self._places[player][s] for s in mixtures[player].strategies]
            shares = np.asarray(mixtures[player].probabilities)
            values = values.take(places, axis=player + 1) @ shares  # the last axis left
        return tuple(values.tolist())

    def size(self, player: int) -> float:
        """Return the largest payoff of a player so far, up or down: what tolerances scale with."""
        return float(np.abs(self._tables[player]).max())

    def _evaluated(self, ranges: Sequence[range]) -> Floats:
        """Return everybody's payoffs at the profiles of some positions, a range a player."""
        tables = np.empty((len(ranges), *map(len, ranges)))
        place: tuple[int, ...]
        for place in itertools.product(*(range(len(r)) for r in ranges)):
            profile = tuple(
                known[r[a]] for known, r, a in zip(self.strategies, ranges, place, strict=True)
            )
            for table, payoff in zip(tables, self._game.payoffs(profile), strict=True):
                table[place] = payoff
        return tables


def stopwatch(time_limit: float | None) -> Callable[[], float | None]:
    """Return a function that tells how many seconds are left, None where there is no limit."""
    if time_limit is None:
        return lambda: None
    end = time.perf_counter() + time_limit
    return lambda: max(end - time.perf_counter(), 0.0)

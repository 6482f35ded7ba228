"""Double oracle: the value of a zero-sum game of two players who have oracles instead of tables.

Each round solves the game of the strategies met so far and asks both oracles for a best response to
its solution. What the row player's oracle cannot exceed against the column player's mixture bounds
the value from above, and the other way round from below; both bounds are of the whole game, only
ever get closer, and meet when neither oracle finds anything better. The responses join the sample.

References
----------
mcmahan2003
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from games.errors import GameError, LimitError
from games.normal_form import NormalFormGame
from solvers.finite.oracles import Mixture, OracleGame, Sample, stopwatch
from solvers.finite.zero_sum import zero_sum_value

GAP = 1e-6
"""Gap between the bounds at which to stop, as a share of the largest payoff met."""

ROUNDING = 1e-9
"""How far two payoffs may be from cancelling, as a share of the largest payoff met."""


@dataclass(frozen=True)
class DoubleOracleRound:
    """What was known after a round: bounds on the value, the size of the sample, seconds so far."""

    lower: float
    upper: float
    strategies: tuple[int, int]
    seconds: float


@dataclass(frozen=True)
class ZeroSumValue:
    """The value of a zero-sum game, and mixtures that guarantee its bounds.

    Attributes
    ----------
    lower : what the first mixture earns player 1 whatever the other does.
    upper : what the second mixture holds player 1 down to.
    mixtures : one for each player; an equilibrium up to `upper - lower`.
    rounds : the course of the search.
    complete : whether the bounds are as close as was asked for.
    stopped : why the search ended early; empty if it did not.
    """

    lower: float
    upper: float
    mixtures: tuple[Mixture, Mixture]
    rounds: tuple[DoubleOracleRound, ...]
    complete: bool
    seconds: float
    stopped: str = ""


def double_oracle(
    game: OracleGame, *, gap: float = GAP, time_limit: float | None = None
) -> ZeroSumValue:
    """Return the value of a zero-sum game given by oracles, between bounds.

    Parameters
    ----------
    gap : difference of the bounds at which to stop, as a share of the largest payoff met.
    time_limit : seconds, after which the best bounds so far are returned.

    Raises
    ------
    GameError
        When there are not two players, or payoffs do not add up to zero.
    LimitError
        When the limit of time ends the first round.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> from solvers.finite.oracles import TableOracles
    >>> pennies = normal_form([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> found = double_oracle(TableOracles(pennies))
    >>> found.lower, found.upper, found.complete
    (0.0, 0.0, True)
    """
    if len(game.players) != 2:
        raise GameError(
            f"double oracle: expected two players, found {len(game.players)} - "
            "sampled best responses deal with any number"
        )
    started = time.perf_counter()
    left = stopwatch(time_limit)
    sample = Sample(game)
    lower, upper = float("-inf"), float("inf")
    rounds: list[DoubleOracleRound] = []
    first: Mixture | None = None
    second: Mixture | None = None
    complete, stopped = False, ""
    while not (complete or stopped):
        scale = max(sample.size(0), sample.size(1))
        restricted = sample.game()
        _adds_up(restricted, scale)
        solved = zero_sum_value(restricted, time_limit=left()).equilibria
        if not solved:
            stopped = "limit of time"
            break
        rows, columns = sample.mixtures(solved[0].strategies)
        try:
            above = game.respond(0, (rows, columns), time_limit=left())
            below = game.respond(1, (rows, columns), time_limit=left())
        except LimitError:
            stopped = "limit of time"
            break
        if above.bound < upper:
            upper, second = above.bound, columns
        if 0.0 - below.bound > lower:  # no negative zero
            lower, first = 0.0 - below.bound, rows
        sizes = (len(sample.strategies[0]), len(sample.strategies[1]))
        rounds.append(DoubleOracleRound(lower, upper, sizes, time.perf_counter() - started))
        complete = upper - lower <= gap * scale
        new = [sample.add(0, above.strategy), sample.add(1, below.strategy)]
        if not complete and not any(new):
            stopped = "the oracles' bounds leave a gap that their strategies do not close"
        elif not complete and left() == 0.0:
            stopped = "limit of time"
    if first is None or second is None:
        raise LimitError(
            "double oracle: expected one answer of each oracle within the limit of time, found "
            "none - allow more time"
        )
    seconds = time.perf_counter() - started
    return ZeroSumValue(lower, upper, (first, second), tuple(rounds), complete, seconds, stopped)


def _adds_up(game: NormalFormGame, scale: float) -> None:
    """Raise where two players' payoffs do not cancel."""
    rest = np.abs(game.payoffs.sum(axis=0))
    if float(rest.max()) > ROUNDING * scale:
        place = np.unravel_index(int(rest.argmax()), rest.shape)
        pair = [float(table[place]) for table in game.payoffs]
        raise GameError(
            f"payoffs: expected two that add up to zero, found {pair[0]:.9g} and {pair[1]:.9g} - "
            "sampled best responses deal with other games"
        )

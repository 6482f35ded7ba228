"""Certificates of float profiles in machine code, for games that need no more than that.

`certified_row` and `games.regret.assessment` check the same thing in the same way. What is not
plain - payoffs that have to be scaled first, profiles that are none - is left to the latter, which
has the words for it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats, NormalFormGame
from games.regret import TOLERANCE
from games.scaled import FAR, LARGEST, SMALLEST
from solvers.finite.regret_kernel import assess, ranges

MOST = 400_000
"""Payoffs of a game up to which sums in machine code are faster than numpy's products."""

_LIMITS = np.array([TOLERANCE, FAR, SMALLEST, LARGEST])


def extremes_of(game: NormalFormGame) -> Floats:
    """Return each player's smallest and largest payoff, shape (players, 2)."""
    found = np.empty((len(game.players), 2))
    ranges(game.payoffs.reshape(len(found), -1), found)
    return found


def assessed(
    game: NormalFormGame, row: Floats, extremes: Floats | None = None
) -> list[list[float]] | None:
    """Return payoff, regret and its share of the spread for each player; None to ask elsewhere.

    Parameters
    ----------
    row : probabilities of all strategies, player after player.
    extremes : of the payoffs, as `extremes_of` finds them; None to have them found.
    """
    if game.payoffs.size > MOST:
        return None
    if extremes is None:
        extremes = extremes_of(game)
    found = np.empty((len(extremes), 3))
    payoffs = game.payoffs.reshape(len(found), -1)
    plain = assess(payoffs, _sizes(game.shape), row, extremes, _LIMITS, found)
    return found.tolist() if plain else None


@lru_cache(maxsize=256)
def _sizes(shape: tuple[int, ...]) -> NDArray[np.int64]:
    return np.array(shape, np.int64)

"""Certificates of float profiles in machine code, for games that need no more than that.

This and `games.regret.assessment` check the same thing in the same way. What is not plain - payoffs
that have to be scaled first, profiles that are none - is left to the latter, which has the words
for it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats, NormalFormGame
from games.regret import TOLERANCE, assessment, mixed_profile
from games.scaled import FAR, LARGEST, SMALLEST
from solvers.finite.records import REGRET, Equilibrium, refuse_regret
from solvers.finite.regret_kernel import assess

MOST = 400_000
"""Payoffs of a game up to which sums in machine code are faster than numpy's products."""

LIMITS = np.array([TOLERANCE, FAR, SMALLEST, LARGEST, REGRET])
"""What the kernels are told of when a float profile passes."""


def certified_row(
    game: NormalFormGame,
    row: Floats,
    *,
    tolerance: float = REGRET,
) -> Equilibrium:
    """Return a float profile as an equilibrium, after recomputing its regret.

    Parameters
    ----------
    row : probabilities of all strategies, player after player.
    tolerance : as in `certified.certified`.

    Raises
    ------
    GameError, NotCertifiedError
        As `certified.certified` does.
    """
    payoffs = game.payoffs
    sizes, bounds = _sizes(payoffs.shape)
    values = row.tolist()
    profile = tuple([tuple(values[start:stop]) for start, stop in bounds])
    if payoffs.size <= MOST:
        found = np.empty((3, len(bounds)))
        if assess(payoffs.reshape(len(bounds), -1), sizes, row, LIMITS, found):
            worth, regret, shares = found.tolist()
            refuse_regret(game, shares, regret, tolerance)
            return Equilibrium(profile, tuple(worth), tuple(regret))
    checked = mixed_profile(game, profile)
    figures = assessment(game, checked)
    refuse_regret(game, figures.shares, figures.regret, tolerance)
    return Equilibrium(checked, figures.payoffs, figures.regret)


@lru_cache(maxsize=256)
def _sizes(shape: tuple[int, ...]) -> tuple[NDArray[np.int64], tuple[tuple[int, int], ...]]:
    """Return the numbers of strategies, and where each player's stand in a row."""
    ends = list(accumulate(shape[1:], initial=0))
    return np.array(shape[1:], np.int64), tuple(pairwise(ends))

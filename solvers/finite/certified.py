"""The only way in which an equilibrium is made: its regret is recomputed from the payoffs.

So no answer of a library is passed on unchecked. (`machine_check` does the same, faster.)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np

from games.normal_form import NormalFormGame
from games.regret import assessment, mixed_profile
from solvers.finite.machine import work_is_worth
from solvers.finite.records import REGRET, Equilibrium, refuse_regret

CHECK_SECONDS = 3e-5
"""What a check of a small game takes without machine code."""


def certified(
    game: NormalFormGame, profile: Sequence[Sequence[Any]], *, tolerance: float = REGRET
) -> Equilibrium:
    """Return a profile as an equilibrium, after recomputing its regret.

    Parameters
    ----------
    profile : exact profiles must have no regret at all.
    tolerance : regret allowed to a float profile, as a share of the spread of a player's payoffs.

    Raises
    ------
    GameError
        When the profile is none.
    NotCertifiedError
        When somebody would gain by a change.
    """
    if work_is_worth(CHECK_SECONDS) and tuple(map(len, profile)) == game.shape:
        from solvers.finite.machine_check import certified_row

        row = np.array(list(chain.from_iterable(profile)))
        if row.dtype == np.float64:
            return certified_row(game, row, tolerance=tolerance)
    checked = mixed_profile(game, profile)
    found = assessment(game, checked)
    exact = isinstance(checked[0][0], Fraction)
    refuse_regret(game, found.shares, found.regret, 0.0 if exact else tolerance)
    return Equilibrium(checked, found.payoffs, found.regret)

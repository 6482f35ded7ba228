"""The best equilibrium in which no other strategies are played than stated, as a vertex.

What the second player may do against the support I of the first, within a support J of its own, is

    first_is_indifferent (i in I)     (A y)_i = u
    first_earns_no_more (i not in I)  (A y)_i <= u
    mixture_is_whole                  sum y = 1,    y_j >= 0, and y_j = 0 outside J,

and the same holds with the players exchanged. Each is a small linear program; its basis names a
square system, which is solved in floats or in fractions.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import highspy
import numpy as np

from games.normal_form import Floats, NormalFormGame
from games.scaled import between_zero_and_one
from solvers.finite.support_pair import SupportPair, exact_mixture, float_mixture
from solvers.highs import quiet_highs, set_matrix


def best_of_supports(
    game: NormalFormGame,
    supports: SupportPair,
    *,
    directions: tuple[float, float] = (0.0, 0.0),
    exact: bool = False,
) -> list[list[Any]] | None:
    """Return an equilibrium within two supports, None where there is none.

    Parameters
    ----------
    supports : at an equilibrium, all strategies in them are best responses.
    directions : for each player, whether its payoff is to be large (1), small (-1) or anything (0).
    exact : in fractions.
    """
    first, second = game.payoffs
    y = _system(first, supports.rows, supports.columns, directions[0])
    x = _system(second.T, supports.columns, supports.rows, directions[1])
    if x is None or y is None:
        return None
    profile = []
    for player, system in ((1, SupportPair(x.columns, x.rows)), (0, y)):
        played = system.columns if player == 0 else system.rows
        mixture: Any
        if exact:
            block = game.stated[player][np.ix_(system.rows, system.columns)]
            mixture = exact_mixture(block if player == 0 else block.T)
        else:
            floats = game.payoffs[player][np.ix_(system.rows, system.columns)]
            mixture = float_mixture(floats if player == 0 else floats.T)
        if mixture is None or min(mixture) < 0:
            return None
        strategy: list[Any] = [Fraction(0) if exact else 0.0] * game.shape[1 - player]
        for a, p in zip(played, mixture, strict=True):
            strategy[a] = p if exact else float(p)
        profile.append(strategy)
    return profile


def _system(
    payoffs: Floats, indifferent: tuple[int, ...], allowed: tuple[int, ...], direction: float
) -> SupportPair | None:
    """Return rows in which to demand equal payoffs, and as many columns that are played."""
    rows, columns = len(payoffs), len(allowed)
    entries = np.empty((rows + 1, columns + 1))
    entries[:rows, :columns] = between_zero_and_one(payoffs)[:, list(allowed)]
    entries[:rows, :columns] += 1.0  # so that u is in every basis
    entries[:rows, columns] = -1.0
    entries[rows] = 1.0
    entries[rows, columns] = 0.0
    infinite = highspy.kHighsInf
    lower = np.full(rows + 1, -infinite)
    lower[list(indifferent)] = 0.0
    lower[rows] = 1.0
    highs = quiet_highs()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns + 1, rows + 1
    lp.col_cost_ = np.append(np.zeros(columns), -direction)
    lp.col_lower_ = np.append(np.zeros(columns), -infinite)
    lp.col_upper_ = np.full(columns + 1, infinite)
    lp.row_lower_, lp.row_upper_ = lower, np.append(np.zeros(rows), 1.0)
    set_matrix(lp, entries)
    highs.passModel(lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    basis = highs.getBasis()
    basic = highspy.HighsBasisStatus.kBasic
    tight = tuple(i for i, status in enumerate(basis.row_status[:rows]) if status != basic)
    played = [j for j, status in enumerate(basis.col_status[:columns]) if status == basic]
    return SupportPair(tight, tuple(allowed[j] for j in played))

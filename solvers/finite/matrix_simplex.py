"""Matrix games by the simplex method of HiGHS.

    minimise w   subject to   row_earns_at_most (i)   sum_j a_ij y_j - w <= 0      price -x_i
                              mixture_is_whole        sum_j y_j = 1
                              y >= 0

An optimal basis has as many tight rows as positive columns: the supports, up to strategies that
come out with probability 0.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np

from games.normal_form import Floats
from solvers.finite.matrix_play import MatrixPlay, play_of, support_play
from solvers.finite.support_pair import SupportPair
from solvers.highs import quiet_highs, set_matrix


@dataclass(frozen=True)
class SimplexEnd:
    """Where the simplex method ended: what its basis says, and the better of two plays."""

    supports: SupportPair
    play: MatrixPlay


def simplex_end(matrix: Floats, *, deadline: float = np.inf) -> SimplexEnd | None:
    """Return an optimal basis and its play; None at the deadline, or if HiGHS finds no optimum.

    Parameters
    ----------
    matrix : payoffs of the first player, between 0 and 1.
    deadline : by `time.perf_counter`.
    """
    rows, columns = matrix.shape
    highs = quiet_highs()
    highs.setOptionValue("simplex_strategy", 1)  # dual: no more pivots than rows, or not many
    highs.setOptionValue("simplex_scale_strategy", 2)
    if np.isfinite(deadline):
        highs.setOptionValue("time_limit", max(deadline - time.perf_counter(), 0.0))
    highs.passModel(_linear_program(matrix))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    basis, solution = highs.getBasis(), highs.getSolution()
    basic = highspy.HighsBasisStatus.kBasic
    tight = [i for i, status in enumerate(basis.row_status[:rows]) if status != basic]
    played = [j for j, status in enumerate(basis.col_status[:columns]) if status == basic]
    supports = SupportPair(tuple(tight), tuple(played))
    prices = -np.asarray(solution.row_dual)[:rows]
    given = play_of(matrix, prices, np.asarray(solution.col_value)[:columns])
    solved = support_play(matrix, supports)
    return SimplexEnd(supports, given if solved is None or given.gap < solved.gap else solved)


def _linear_program(matrix: Floats) -> highspy.HighsLp:
    rows, columns = matrix.shape
    entries = np.empty((rows + 1, columns + 1))
    entries[:rows, :columns] = matrix + 1.0  # w is then above 0, so that it is in every basis
    entries[:rows, columns] = -1.0
    entries[rows, :columns] = 1.0
    entries[rows, columns] = 0.0
    infinite = highspy.kHighsInf
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns + 1, rows + 1
    lp.col_cost_ = np.append(np.zeros(columns), 1.0)
    lp.col_lower_ = np.append(np.zeros(columns), -infinite)
    lp.col_upper_ = np.full(columns + 1, infinite)
    lp.row_lower_ = np.append(np.full(rows, -infinite), 1.0)
    lp.row_upper_ = np.append(np.zeros(rows), 1.0)
    set_matrix(lp, entries)
    return lp

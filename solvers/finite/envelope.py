"""The concave envelope of what one follower type can bring the leader, as cuts from a warm program.

Against strategy x of the leader, a type with payoffs F answers with some j that is a best response,
which brings L_j x. The least concave function above that is

    f(x) = maximise   sum_ij L_ij z_ij
           subject to strategy_is_split (i)       sum_j z_ij = x_i
                      answer_is_best (j, h)       sum_i z_ij (F_ij - F_ih) >= 0,   z >= 0

(z_j is the part of x that is answered with j). The duals at one x give a cut that holds at all:
f(x) <= b x with b_i = max_j [ L_ij + sum_h y_jh (F_ij - F_ih) ] for the prices y >= 0 of the second
rows; b is recomputed from the prices, so that it holds whatever the solver's tolerances did.
Rows `answer_is_best` enter when a solution breaks them.
"""

from __future__ import annotations

import highspy
import numpy as np

from games.errors import NotCertifiedError
from games.normal_form import Floats
from solvers.highs import quiet_highs

FEASIBLE = 1e-9


class Envelope:
    """Cuts of one follower type, for payoffs of order one.

    Parameters
    ----------
    own, other : payoffs of leader and type, rows are the leader's strategies.
    """

    def __init__(self, own: Floats, other: Floats) -> None:
        self._own = own
        self._gains = other[:, :, None] - other[:, None, :]  # i, j, h
        self._rows: list[tuple[int, int]] = []
        size, answers = own.shape
        self._strategies = np.arange(size, dtype=np.int32)
        self._highs = quiet_highs()
        self._highs.setOptionValue("simplex_strategy", 1)  # dual: rows are added, x moves
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = size * answers, size  # column j * size + i
        program.col_cost_ = -own.T.ravel()
        program.col_lower_ = np.zeros(size * answers)
        program.col_upper_ = np.full(size * answers, highspy.kHighsInf)
        program.row_lower_ = program.row_upper_ = np.full(size, 1 / size)
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_ = np.arange(size * answers + 1)
        program.a_matrix_.index_ = np.tile(np.arange(size), answers)
        program.a_matrix_.value_ = np.ones(size * answers)
        self._highs.passModel(program)

    def cut(self, strategy: Floats) -> Floats:
        """Return b of a cut that is tight at a strategy.

        Raises
        ------
        NotCertifiedError
            When HiGHS does not report an optimum.
        """
        size, answers = self._own.shape
        self._highs.changeRowsBounds(size, self._strategies, strategy, strategy)  # type: ignore[attr-defined]
        present = set(self._rows)
        while True:
            self._run()
            solution = self._highs.getSolution()
            parts = np.asarray(solution.col_value).reshape(answers, size)
            slack = np.einsum("ji,ijh->jh", parts, self._gains)
            worst = slack.argmin(axis=1)
            broken = [
                (j, h)
                for j, h in enumerate(worst.tolist())
                if slack[j, h] < -FEASIBLE and (j, h) not in present
            ]
            if not broken:
                break
            for j, h in broken:
                columns = j * size + self._strategies
                self._highs.addRow(0.0, highspy.kHighsInf, size, columns, self._gains[:, j, h])
            self._rows += broken
            present.update(broken)
        prices = np.zeros((answers, answers))
        duals = np.maximum(np.asarray(solution.row_dual)[size:], 0.0)
        for (j, h), price in zip(self._rows, duals.tolist(), strict=True):
            prices[j, h] = price
        vector: Floats = (self._own + np.einsum("jh,ijh->ij", prices, self._gains)).max(axis=1)
        return vector

    def _run(self) -> None:
        optimal = highspy.HighsModelStatus.kOptimal
        self._highs.run()
        if self._highs.getModelStatus() != optimal:
            self._highs.clearSolver()
            self._highs.run()
        if self._highs.getModelStatus() != optimal:
            raise NotCertifiedError(
                "commitment: expected an optimum of a type's linear program, found "
                f"{self._highs.modelStatusToString(self._highs.getModelStatus())} - check the "
                "payoffs for sizes that differ by more than ten orders of magnitude"
            )

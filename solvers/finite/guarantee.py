"""The most that a mixed strategy guarantees under conditions: a warm HiGHS object, rows as needed.

    maximise over x in the simplex   min_k x P_k     subject to   x Q_h >= 0   for all h

with P the *worths* and Q the *conditions*, one column each. Its dual proves the value: for weights
w >= 0 adding up to 1 and prices y >= 0, no x earns more than max_i (P w + Q y)_i. Where no x meets
the conditions, there are prices that make Q y negative everywhere.

The linear program starts with few conditions; those that its solution breaks most are added. A
value that falls to the cutoff ends the search: the prices so far already prove it. Programs so thin
that HiGHS reports neither an optimum nor that there is none are solved in fractions.
"""

from __future__ import annotations

from fractions import Fraction

import highspy
import numpy as np

from games.normal_form import Floats
from solvers.finite.guarantee_exact import Guarantee, State, exact_guarantee
from solvers.highs import quiet_highs

FEASIBLE = 1e-9
BATCH = 8  # conditions added at a time


class Guarantees:
    """Guarantees of one leader with `size` strategies, for numbers of order one.

    Parameters
    ----------
    deadline : reading of `time.perf_counter` at which fractions are given up (`LimitError`).

    Notes
    -----
    Not safe to share between threads.
    """

    def __init__(self, size: int, *, deadline: float | None = None) -> None:
        self._deadline = deadline
        self._size = size
        self._columns = np.arange(size + 1, dtype=np.int32)
        self._carried: list[int] = []
        self._highs = quiet_highs()
        self._highs.setOptionValue("simplex_strategy", 1)  # dual: rows are added
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = size + 1, 1  # the last column is the least worth
        program.col_cost_ = np.zeros(size + 1)
        program.col_lower_ = np.zeros(size + 1)
        program.col_upper_ = np.append(np.full(size, highspy.kHighsInf), 0.0)
        program.row_lower_ = program.row_upper_ = np.ones(1)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array([0, size])
        program.a_matrix_.index_ = np.arange(size)
        program.a_matrix_.value_ = np.ones(size)
        self._highs.passModel(program)

    def best(
        self, worths: Floats, conditions: Floats, *, cutoff: float = -highspy.kHighsInf
    ) -> Guarantee:
        """Solve the problem of the module's docstring.

        Parameters
        ----------
        worths : shape (size, one or more); conditions : shape (size, any number).
        cutoff : a value at or below this one need not be found exactly.

        """
        pieces = worths.shape[1]
        self._start(worths)
        first = np.zeros(self._size)
        first[int(worths.min(axis=1).argmax())] = 1.0
        present: list[int] = []
        carried = [h for h in self._carried if h < conditions.shape[1]]
        self._add(conditions, list(dict.fromkeys(_broken(first, conditions) + carried)), present)
        while True:
            status = self._run()
            if status == highspy.HighsModelStatus.kInfeasible:
                return self._empty(worths, conditions, present)
            if status != highspy.HighsModelStatus.kOptimal:
                return self._in_fractions(worths, conditions, cutoff)
            value = -float(self._highs.getObjectiveValue())
            solution = self._highs.getSolution()
            strategy = np.maximum(np.asarray(solution.col_value)[: self._size], 0.0)
            strategy /= strategy.sum()
            new = [] if value <= cutoff else _broken(strategy, conditions, set(present))
            if not new:
                break
            self._add(conditions, new, present)
        duals = np.maximum(np.asarray(solution.row_dual), 0.0)
        weights = np.ones(1)
        offset = 1
        if pieces > 1:
            weights = duals[1 : 1 + pieces] / duals[1 : 1 + pieces].sum()
            offset += pieces
        prices = np.zeros(conditions.shape[1])
        prices[present] = duals[offset:]
        self._carried = np.flatnonzero(prices).tolist()
        if value <= cutoff:
            return Guarantee(State.CUT, None, value, weights, prices)
        worth = float((strategy @ worths).min())
        return Guarantee(State.OPTIMAL, strategy, worth, weights, prices)

    def _start(self, worths: Floats) -> None:
        """Put the worths in force, with no condition."""
        highs, size, pieces = self._highs, self._size, worths.shape[1]
        rows = highs.getNumRow()
        if rows > 1:
            highs.deleteRows(rows - 1, np.arange(1, rows, dtype=np.int32))
        costs = np.append(-worths[:, 0], 0.0) if pieces == 1 else np.append(np.zeros(size), -1.0)
        highs.changeColsCost(size + 1, self._columns, costs)
        free = 0.0 if pieces == 1 else highspy.kHighsInf
        highs.changeColBounds(size, -free, free)
        if pieces > 1:
            self._rows(np.vstack([worths, np.full(pieces, -1.0)]))

    def _add(self, conditions: Floats, new: list[int], present: list[int]) -> None:
        if new:
            self._rows(np.vstack([conditions[:, new], np.zeros(len(new))]))
            present += new

    def _rows(self, columns: Floats) -> None:
        """Add one row 'at least 0' for each column given."""
        width, count = columns.shape
        self._highs.addRows(
            count,
            np.zeros(count),
            np.full(count, highspy.kHighsInf),
            count * width,
            np.arange(count, dtype=np.int32) * width,
            np.tile(self._columns, count),
            columns.T.ravel(),
        )

    def _run(self) -> highspy.HighsModelStatus:
        self._highs.run()
        status = self._highs.getModelStatus()
        if status not in (
            highspy.HighsModelStatus.kOptimal,
            highspy.HighsModelStatus.kInfeasible,
        ):
            self._highs.clearSolver()  # the last basis can be singular for these rows
            self._highs.run()
            status = self._highs.getModelStatus()
        return status

    def _empty(self, worths: Floats, conditions: Floats, present: list[int]) -> Guarantee:
        """Prove that no strategy meets the conditions: even the least broken one breaks some."""
        margin = self.best(conditions[:, present], conditions[:, :0])
        if margin.value >= -FEASIBLE:
            return self._in_fractions(worths, conditions, -highspy.kHighsInf)
        prices = np.zeros(conditions.shape[1])
        prices[present] = margin.weights
        self._carried = []
        return Guarantee(State.EMPTY, None, margin.value, np.zeros(worths.shape[1]), prices)

    def _in_fractions(self, worths: Floats, conditions: Floats, cutoff: float) -> Guarantee:
        """Solve the problem for the numbers that the floats stand for."""
        limit = None if np.isinf(cutoff) else Fraction(cutoff)
        found = exact_guarantee(worths, conditions, cutoff=limit, deadline=self._deadline)
        strategy = None if found.strategy is None else found.strategy.astype(float)
        value = None if found.value is None else float(found.value)
        return Guarantee(
            found.state, strategy, value, found.weights.astype(float), found.prices.astype(float)
        )


def _broken(strategy: Floats, conditions: Floats, without: set[int] | None = None) -> list[int]:
    """Return the conditions that a strategy breaks most."""
    slack = strategy @ conditions
    order = np.argsort(slack, kind="stable")[:BATCH]
    return [
        h for h in order[slack[order] < -FEASIBLE].tolist() if without is None or h not in without
    ]

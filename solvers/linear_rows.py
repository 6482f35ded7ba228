"""A linear program that is written column by column and row by row, and handed to HiGHS at once."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

from solvers.highs import quiet_highs

Interval = tuple[float, float]


class LinearRows:
    """Costs and bounds of columns, and rows with their limits."""

    _highs: highspy.Highs

    def __init__(self) -> None:
        self._costs: list[float] = []
        self._bounds: list[Interval] = []
        self._rows: list[tuple[list[int], list[float], float, float]] = []
        self._limited = False

    def _column(self, cost: float, low: float, high: float = highspy.kHighsInf) -> int:
        self._costs.append(float(cost))
        self._bounds.append((float(low), float(high)))
        return len(self._costs) - 1

    def _row(
        self,
        columns: Sequence[int],
        values: Sequence[float],
        low: float,
        high: float = highspy.kHighsInf,
    ) -> int:
        self._rows.append((list(columns), list(values), low, high))
        return len(self._rows) - 1

    def _load(self) -> highspy.Highs:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self._costs), len(self._rows)
        lp.col_cost_ = np.array(self._costs)
        lp.col_lower_ = np.array([low for low, _ in self._bounds])
        lp.col_upper_ = np.array([high for _, high in self._bounds])
        lp.row_lower_ = np.array([row[2] for row in self._rows])
        lp.row_upper_ = np.array([row[3] for row in self._rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(row[0]) for row in self._rows)])
        lp.a_matrix_.index_ = np.array([j for row in self._rows for j in row[0]])
        lp.a_matrix_.value_ = np.array([v for row in self._rows for v in row[1]])
        highs = quiet_highs()
        highs.setOptionValue("simplex_scale_strategy", 1)  # copies and costs differ in size
        highs.passModel(lp)
        return highs

    def interval(self, column: int, at_most: float) -> Interval:
        """Return the values that a price can take where the objective is at most `at_most`.

        The interval is widened by what the solver's tolerances may hide, and becomes the price's
        bounds for later calls.
        """
        highs = self._highs
        if not self._limited:
            self._only_at_most(at_most)
        low, high = self._bounds[column]
        margin = 1e-6 * max(1.0, high)
        ends = [low, high]
        for end, sign in enumerate((1.0, -1.0)):
            highs.changeColCost(column, sign)
            highs.run()
            if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                reached = sign * (highs.getInfo().objective_function_value - margin)
                ends[end] = max(low, reached) if end == 0 else min(high, reached)
        highs.changeColCost(column, 0.0)
        if ends[0] > ends[1]:
            return low, high
        self._bounds[column] = (ends[0], ends[1])
        highs.changeColBounds(column, ends[0], ends[1])
        return ends[0], ends[1]

    def _only_at_most(self, at_most: float) -> None:
        """Turn the objective into a limit."""
        used = [j for j, cost in enumerate(self._costs) if cost]
        slack = 1e-9 * max(1.0, abs(at_most))
        self._highs.addRow(
            -highspy.kHighsInf,
            at_most + slack,
            len(used),
            np.array(used, dtype=np.int32),
            np.array([self._costs[j] for j in used]),
        )
        count = len(self._costs)
        self._highs.changeColsCost(count, np.arange(count, dtype=np.int32), np.zeros(count))
        self._limited = True

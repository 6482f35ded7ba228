"""The linear relaxation of the joint strategies on one warm HiGHS object, to branch and cut on.

Columns' bounds change from node to node and inequalities are added as points break them. Every
such change keeps the last basis dual feasible, so HiGHS's dual simplex goes on from it.
Inequalities that have become slack are thrown out again when there are many.
"""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

from games.errors import GameError, NotCertifiedError
from games.normal_form import Floats
from solvers.finite.feasible import linear_program, mixed_integer_highs
from solvers.finite.lifted import Inequality, Lifted

ROOM = 400
"""Number of inequalities above which `tidy` looks for slack ones."""


class Relaxation:
    """Maximises one objective over the lifted columns, whole or not, and inequalities added."""

    def __init__(
        self, lifted: Lifted, objective: Floats, *, permanent: Sequence[Inequality] = ()
    ) -> None:
        self._size = float(np.abs(objective).max(initial=0.0)) or 1.0
        self._lower, self._upper = lifted.lower.copy(), lifted.upper.copy()
        self._highs = mixed_integer_highs()
        for option, value in {"solver": "simplex", "presolve": "off"}.items():
            self._highs.setOptionValue(option, value)
        columns = len(objective)
        nowhere = np.zeros(columns, dtype=np.bool_)
        self._highs.passModel(linear_program(lifted.lower, lifted.upper, nowhere, lifted.rows))
        self._highs.changeColsCost(
            columns, np.arange(columns, dtype=np.int32), objective / self._size
        )
        self.add(permanent)
        self._kept = self._highs.getNumRow()

    def add(self, inequalities: Sequence[Inequality]) -> None:
        """Add inequalities."""
        for inequality in inequalities:
            places = np.flatnonzero(inequality.worth).astype(np.int32)
            self._highs.addRow(
                inequality.least,
                highspy.kHighsInf,
                len(places),
                places,
                inequality.worth[places],
            )

    def tidy(self) -> None:
        """Throw out slack inequalities if there are many."""
        rows = self._highs.getNumRow()
        if rows - self._kept <= ROOM:
            return
        status = self._highs.getBasis().row_status
        slack = [
            row for row in range(self._kept, rows) if status[row] == highspy.HighsBasisStatus.kBasic
        ]
        if slack:
            self._highs.deleteRows(len(slack), np.array(slack, dtype=np.int32))

    def restrict(self, lower: Floats, upper: Floats) -> None:
        """Put other bounds of the columns in force."""
        changed = np.flatnonzero((lower != self._lower) | (upper != self._upper)).astype(np.int32)
        if len(changed):
            self._highs.changeColsBounds(len(changed), changed, lower[changed], upper[changed])
            self._lower, self._upper = lower.copy(), upper.copy()

    def solve(self) -> tuple[float, Floats] | None:
        """Return the largest objective and where it is, None where there is no point.

        Raises
        ------
        GameError
            When the objective has no upper limit.
        NotCertifiedError
            When HiGHS ends in another way.
        """
        states = highspy.HighsModelStatus
        self._highs.run()
        if self._highs.getModelStatus() not in (states.kOptimal, states.kInfeasible):
            self._highs.clearSolver()  # the last basis may be singular for this node
            self._highs.run()
        status = self._highs.getModelStatus()
        if status == states.kInfeasible:
            return None
        if status in (states.kUnbounded, states.kUnboundedOrInfeasible):
            raise GameError(
                "objective: expected an upper limit over the joint strategies, found none - "
                "give bounds to the variables"
            )
        if status != states.kOptimal:
            raise NotCertifiedError(
                "joint strategies: expected HiGHS to end with an optimum, found "
                f"{self._highs.modelStatusToString(status)} - check for numbers of extreme sizes"
            )
        value = float(self._highs.getInfo().objective_function_value) * self._size
        return value, np.asarray(self._highs.getSolution().col_value)

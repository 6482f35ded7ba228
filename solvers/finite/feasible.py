"""The feasible set of a Pyomo model as arrays, read once, and one HiGHS object over it.

Pyomo is where a player's rules are written down. A game asks for thousands of best responses over
the same rules, so the model is translated once: columns with bounds, rows with limits,

    row_lower <= A x <= row_upper,   lower <= x <= upper,   x_a whole for the columns marked so,

and `LinearOracle` keeps HiGHS with them in memory, where only the objective changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.repn import generate_standard_repn

from games.errors import GameError, LimitError, NotCertifiedError
from games.normal_form import Floats
from solvers.highs import without_banner

INFEASIBLE = 1e-6
"""How far a strategy may break a rule, as a share of the size of the rule's terms."""

LOOSE = 1e-7
"""Gap between an optimum and its bound, as a share of the largest worth, that calls for a check."""

FEASIBLE = 2
"""HiGHS's word, in `primal_solution_status`, for a solution that keeps every rule."""


@dataclass(frozen=True)
class Rows:
    """Linear rows, sparse: row r has entries `start[r]` to `start[r + 1]` of index and value."""

    start: NDArray[np.int32]
    index: NDArray[np.int32]
    value: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class FeasibleSet:
    """What a player may do.

    Attributes
    ----------
    name : for messages.
    own : the first `own` columns are the strategy; further ones only help to state the rules.
    lower, upper : bounds of every column, infinite where there is none.
    whole : which columns must be integers.
    """

    name: str
    own: int
    lower: Floats
    upper: Floats
    whole: NDArray[np.bool_]
    rows: Rows


def feasible_set(
    model: pyo.ConcreteModel, variables: Sequence[pyo.Var], *, name: str
) -> FeasibleSet:
    """Read the constraints of a Pyomo model.

    Parameters
    ----------
    variables : the scalar variables that make up the strategy, in its order. Variables of the model
        that are not among them become further columns.
    name : of the player, for messages.

    Raises
    ------
    GameError
        When there is no variable, one is listed twice, or a constraint is not linear.
    """
    columns = {id(variable): place for place, variable in enumerate(variables)}
    if not columns or len(columns) != len(variables):
        raise GameError(
            f"programme of player {name}: expected variables, each of them once, found "
            f"{len(variables)} with {len(columns)} different - list the variables of a strategy"
        )
    everything = list(variables)
    start, index, value = [0], [], []
    lower, upper = [], []
    for constraint in model.component_data_objects(pyo.Constraint, active=True):
        form = generate_standard_repn(constraint.body, compute_values=True)
        if not form.is_linear():
            raise GameError(
                f"programme of player {name}: expected linear constraints, found "
                f"{constraint.name} - replace products and functions by linear rows"
            )
        for variable, coefficient in zip(form.linear_vars, form.linear_coefs, strict=True):
            if id(variable) not in columns:
                columns[id(variable)] = len(everything)
                everything.append(variable)
            index.append(columns[id(variable)])
            value.append(float(coefficient))
        start.append(len(index))
        lower.append(_limit(constraint.lower, -np.inf) - float(form.constant))
        upper.append(_limit(constraint.upper, np.inf) - float(form.constant))
    return FeasibleSet(
        name=name,
        own=len(variables),
        lower=np.array([_limit(v.value if v.fixed else v.lb, -np.inf) for v in everything]),
        upper=np.array([_limit(v.value if v.fixed else v.ub, np.inf) for v in everything]),
        whole=np.array([v.is_integer() or v.is_binary() for v in everything]),
        rows=Rows(
            np.array(start, dtype=np.int32),
            np.array(index, dtype=np.int32),
            np.array(value, dtype=float),
            np.array(lower, dtype=float),
            np.array(upper, dtype=float),
        ),
    )


def mixed_integer_highs() -> highspy.Highs:
    """Return a quiet HiGHS object for mixed-integer programmes whose sizes are of order one."""
    without_banner()
    highs = highspy.Highs()
    options: dict[str, bool | int | float] = {
        "output_flag": False,
        "threads": 1,  # all HiGHS objects of a process share one scheduler
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 1e-9,
        "mip_feasibility_tolerance": 1e-9,
    }
    for option, value in options.items():
        highs.setOptionValue(option, value)
    return highs


def linear_program(
    lower: Floats, upper: Floats, whole: NDArray[np.bool_], rows: Rows
) -> highspy.HighsLp:
    """Return columns and rows as HiGHS takes them, to be maximised, with no objective yet."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(lower), len(rows.lower)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.zeros(len(lower))
    lp.col_lower_, lp.col_upper_ = lower, upper
    lp.row_lower_, lp.row_upper_ = rows.lower, rows.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = rows.start, rows.index
    lp.a_matrix_.value_ = rows.value
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(marked)] for marked in whole]
    return lp


class LinearOracle:
    """Maximises one linear objective after the other over a feasible set."""

    def __init__(self, feasible: FeasibleSet) -> None:
        self._set = feasible
        self._columns = np.arange(len(feasible.lower), dtype=np.int32)
        self._highs = mixed_integer_highs()
        self._highs.passModel(
            linear_program(feasible.lower, feasible.upper, feasible.whole, feasible.rows)
        )

    def maximise(self, worth: Floats, *, time_limit: float | None = None) -> tuple[Floats, float]:
        """Return a strategy of the largest worth, and a bound on the worth of every strategy.

        Parameters
        ----------
        worth : of one unit of each variable of a strategy, shape (own,).

        Raises
        ------
        GameError
            When the set is empty, or the worth has no largest value on it.
        LimitError
            When the limit of time comes before any strategy is found.
        NotCertifiedError
            When HiGHS ends in another way, or its strategy breaks a rule.
        """
        feasible = self._set
        size = float(np.abs(worth).max(initial=0.0)) or 1.0
        costs = np.zeros(len(feasible.lower))
        costs[: feasible.own] = worth / size  # HiGHS's tolerances are absolute
        self._highs.changeColsCost(len(costs), self._columns, costs)
        self._highs.setOptionValue(
            "time_limit", highspy.kHighsInf if time_limit is None else time_limit
        )
        strategy, bound = self._run()
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal and (
            bound > float(worth @ strategy) / size + LOOSE
        ):
            self._set_plain(True)  # restarts can end with an optimum and the bound of before it
            strategy, bound = self._run()
            self._set_plain(False)
        return strategy, max(bound * size, float(worth @ strategy))

    def _set_plain(self, plain: bool) -> None:
        """Have HiGHS solve the next programme without presolve and restarts, or with them again."""
        self._highs.setOptionValue("presolve", "off" if plain else "choose")
        self._highs.setOptionValue("mip_allow_restart", not plain)
        if plain:
            self._highs.clearSolver()

    def _run(self) -> tuple[Floats, float]:
        """Return the best strategy and the bound for the objective that HiGHS holds."""
        highs, feasible = self._highs, self._set
        highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        states = highspy.HighsModelStatus
        where = f"programme of player {feasible.name}"
        if status == states.kInfeasible:
            raise GameError(
                f"{where}: expected at least one strategy, found that its constraints contradict "
                "each other - a player without strategies cannot be in the game"
            )
        if status in (states.kUnbounded, states.kUnboundedOrInfeasible):
            raise GameError(
                f"{where}: expected payoffs with an upper limit, found none - "
                "give bounds to the variables"
            )
        if status == states.kTimeLimit and info.primal_solution_status != FEASIBLE:
            raise LimitError(
                f"{where}: expected a best response within the limit of time, found no strategy "
                "at all - allow more time"
            )
        if status not in (states.kOptimal, states.kTimeLimit):
            raise NotCertifiedError(
                f"{where}: expected HiGHS to end with an optimum, found "
                f"{highs.modelStatusToString(status)} - check for numbers of extreme sizes"
            )
        values = np.asarray(highs.getSolution().col_value)
        values[feasible.whole] = np.round(values[feasible.whole])
        self._check(values)
        strategy = values[: feasible.own] + 0.0  # no negative zeros: strategies are compared
        proven = info.mip_dual_bound if feasible.whole.any() else info.objective_function_value
        return strategy, float(proven)

    def _check(self, values: Floats) -> None:
        """Raise where a rounded point breaks a rule."""
        rows = self._set.rows
        terms = rows.value * values[rows.index]
        totals = np.add.reduceat(np.append(terms, 0.0), rows.start[:-1])
        empty = rows.start[:-1] == rows.start[1:]
        totals[empty] = 0.0
        sizes = np.add.reduceat(np.append(np.abs(terms), 0.0), rows.start[:-1])
        slack = INFEASIBLE * np.maximum(sizes, 1.0)
        broken = (totals < rows.lower - slack) | (totals > rows.upper + slack)
        outside = (values < self._set.lower - INFEASIBLE) | (values > self._set.upper + INFEASIBLE)
        if broken.any() or outside.any():
            raise NotCertifiedError(
                f"programme of player {self._set.name}: expected a strategy that keeps every rule, "
                f"found one that breaks {int(broken.sum())} rows and {int(outside.sum())} bounds - "
                "scale the constraints to numbers of order one"
            )


def _limit(value: object, missing: float) -> float:
    return missing if value is None else float(pyo.value(value))

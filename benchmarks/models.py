"""A mixed-integer model as plain records, and the two solvers that read it.

A form of `benchmarks.forms` is columns, rows, an objective and the way to read a portfolio from the
columns. `solve_highs` and `solve_scip` hand exactly the same records to HiGHS and to SCIP, so that
a difference between the two is a difference between solvers.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from games.errors import NotCertifiedError
from games.layered import Profile

Term = tuple[int, float]
"""A column and its coefficient."""


@dataclass(frozen=True)
class Column:
    """A variable with its bounds."""

    name: str
    low: float
    high: float
    integer: bool


@dataclass(frozen=True)
class Row:
    """A constraint low <= sum of terms <= high: one side is infinite, or both are equal."""

    name: str
    terms: tuple[Term, ...]
    low: float
    high: float


@dataclass(frozen=True)
class Model:
    """A model that any mixed-integer solver can read.

    Attributes
    ----------
    choices : for each control point and option, terms whose sum is 1 where it is chosen, else 0.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    objective: tuple[Term, ...]
    minimise: bool
    choices: tuple[tuple[tuple[Term, ...], ...], ...] = ()

    def profile(self, values: Sequence[float]) -> Profile:
        """Return the profile that the columns' values stand for."""
        return tuple(
            int(np.argmax([sum(c * values[j] for j, c in terms) for terms in options]))
            for options in self.choices
        )


class Builder:
    """Columns and rows under construction; columns are known by their index."""

    def __init__(self) -> None:
        self.columns: list[Column] = []
        self.rows: list[Row] = []

    def column(self, name: str, high: float = math.inf, *, low: float = 0.0) -> int:
        """Add a continuous variable."""
        self.columns.append(Column(name, low, high, integer=False))
        return len(self.columns) - 1

    def binary(self, name: str, *, low: float = 0.0) -> int:
        """Add a variable that is 0 or 1; `low` = 1 fixes it."""
        self.columns.append(Column(name, low, 1.0, integer=True))
        return len(self.columns) - 1

    def row(
        self, name: str, terms: Iterable[Term], *, low: float = -math.inf, high: float = math.inf
    ) -> None:
        """Add a constraint."""
        self.rows.append(Row(name, merged(terms), low, high))

    def product(self, name: str, binary: int, column: int, largest: float) -> int:
        """Return a column equal to binary times column, where 0 <= column <= largest."""
        product = self.column(name)
        self.row(f"{name}_is_off", [(product, 1.0), (binary, -largest)], high=0)
        self.row(f"{name}_is_no_more", [(product, 1.0), (column, -1.0)], high=0)
        terms = [(product, 1.0), (column, -1.0), (binary, -largest)]
        self.row(f"{name}_is_no_less", terms, low=-largest)
        return product


def merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return terms with one entry per column and no zeros."""
    sums: dict[int, float] = defaultdict(float)
    for column, coefficient in terms:
        sums[column] += coefficient
    return tuple((column, total) for column, total in sums.items() if total != 0)


def scaled(terms: Iterable[Term], factor: float) -> list[Term]:
    """Return every term times a factor."""
    return [(column, factor * coefficient) for column, coefficient in terms]


@dataclass(frozen=True)
class Answer:
    """What a solver said.

    Parameters
    ----------
    status : `optimal`, or `limit` where the time ran out first.
    seconds : wall time of the solver alone, without building the model.
    objective, bound : of the model's objective; infinite where there is none.
    profile : empty where no portfolio was found, or none was asked for.
    values : of the model's columns, empty where nothing was found.
    """

    status: str
    seconds: float
    objective: float
    bound: float
    profile: Profile = ()
    values: tuple[float, ...] = ()


def highs_program(model: Model) -> highspy.HighsLp:
    """Return a model as HiGHS reads it."""
    starts, indices, values = [0], [], []
    for row in model.rows:
        indices += [column for column, _ in row.terms]
        values += [coefficient for _, coefficient in row.terms]
        starts.append(len(indices))
    costs = np.zeros(len(model.columns))
    for column, coefficient in model.objective:
        costs[column] = coefficient
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(model.columns), len(model.rows)
    program.sense_ = highspy.ObjSense.kMinimize if model.minimise else highspy.ObjSense.kMaximize
    program.col_cost_ = costs
    program.col_lower_ = np.array([column.low for column in model.columns])
    program.col_upper_ = np.array([column.high for column in model.columns])
    program.row_lower_ = np.array([row.low for row in model.rows])
    program.row_upper_ = np.array([row.high for row in model.rows])
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.array(starts)
    program.a_matrix_.index_ = np.array(indices)
    program.a_matrix_.value_ = np.array(values)
    if any(column.integer for column in model.columns):
        kinds = highspy.HighsVarType
        program.integrality_ = [
            kinds.kInteger if column.integer else kinds.kContinuous for column in model.columns
        ]
    return program


def solve_highs(
    model: Model, *, limit: float = math.inf, threads: int = 1, gap: float = 1e-6
) -> Answer:
    """Return what HiGHS finds within `limit` seconds at a relative `gap`.

    Raises
    ------
    NotCertifiedError
        When HiGHS fails, or refuses its settings: all its objects in a process share one scheduler,
        so a second one that asks for other `threads` solves nothing.
    """
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    settings = {
        "output_flag": False,
        "threads": threads,
        "time_limit": limit,
        "mip_rel_gap": gap,
        "mip_abs_gap": 0.0,
    }
    statuses = [highs.setOptionValue(name, value) for name, value in settings.items()]
    statuses.append(highs.passModel(highs_program(model)))
    start = time.perf_counter()
    statuses.append(highs.run())
    seconds = time.perf_counter() - start
    status, info = highs.getModelStatus(), highs.getInfo()
    states = highspy.HighsModelStatus
    if highspy.HighsStatus.kError in statuses or status not in (states.kOptimal, states.kTimeLimit):
        raise NotCertifiedError(
            f"reference on HiGHS: expected an optimum or the limit of time, found "
            f"{highs.modelStatusToString(status)} - run each setting of threads in its own process"
        )
    worst = math.inf if model.minimise else -math.inf
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    objective = float(info.objective_function_value) if found else worst
    values = tuple(highs.getSolution().col_value) if found else ()
    return Answer(
        status="optimal" if status == states.kOptimal else "limit",
        seconds=seconds,
        objective=objective,
        bound=float(info.mip_dual_bound) if model.choices else objective,
        profile=model.profile(values) if found else (),
        values=values,
    )


def solve_scip(model: Model, *, limit: float = math.inf, gap: float = 1e-6) -> Answer:
    """Return what SCIP, on its one thread, finds within `limit` seconds at a relative `gap`.

    Raises
    ------
    NotCertifiedError
        When SCIP stops for another reason than an optimum or the limit.
    """
    import pyscipopt

    scip = pyscipopt.Model()
    scip.hideOutput()
    scip.setParam("limits/gap", gap)
    scip.setParam("limits/time", min(limit, 1e20))
    columns = [
        scip.addVar(
            name=column.name,
            vtype="B" if column.integer else "C",
            lb=column.low,
            ub=column.high if math.isfinite(column.high) else None,
        )
        for column in model.columns
    ]
    for row in model.rows:
        total = pyscipopt.quicksum(coefficient * columns[j] for j, coefficient in row.terms)
        if row.low == row.high:
            scip.addCons(total == row.low, name=row.name)
        elif math.isfinite(row.low):
            scip.addCons(total >= row.low, name=row.name)
        else:
            scip.addCons(total <= row.high, name=row.name)
    aim = pyscipopt.quicksum(coefficient * columns[j] for j, coefficient in model.objective)
    scip.setObjective(aim, "minimize" if model.minimise else "maximize")
    start = time.perf_counter()
    scip.optimize()
    seconds = time.perf_counter() - start
    status = scip.getStatus()
    if status not in ("optimal", "gaplimit", "timelimit"):
        raise NotCertifiedError(
            f"reference on SCIP: expected an optimum or the limit of time, found {status} - "
            "check the constants of the model"
        )
    found = scip.getNSols() > 0
    worst = math.inf if model.minimise else -math.inf
    values = tuple(float(scip.getVal(column)) for column in columns) if found else ()
    return Answer(
        status="limit" if status == "timelimit" else "optimal",
        seconds=seconds,
        objective=float(scip.getObjVal()) if found else worst,
        bound=float(scip.getDualbound()),
        profile=model.profile(values) if found else (),
        values=values,
    )

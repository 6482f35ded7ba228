"""One way to hand a Pyomo model to HiGHS, with a typed outcome.

HiGHS's statuses, Pyomo's exceptions and the threads' trap (all HiGHS objects of a process share one
scheduler, so all must ask for the same number of threads) are dealt with here and nowhere else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum

import pyomo.environ as pyo
from pyomo.contrib.solver.common.results import SolutionStatus, TerminationCondition
from pyomo.contrib.solver.solvers.highs import Highs

from games.errors import NotCertifiedError
from solvers.highs import without_banner

CUTOFF_SLACK = 1e-6
"""What is known to be reached is left room for rounding, as a share of its value."""


class Status(Enum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    LIMIT = "limit"  # of time, or of nodes where the options set one
    INFEASIBLE = "infeasible"


@dataclass(frozen=True)
class Outcome:
    """What HiGHS found for a model.

    Attributes
    ----------
    objective : value of the best solution, None where there is none; it is loaded in the model.
    bound : what HiGHS proves about every solution (a lower bound when minimising).
    """

    status: Status
    objective: float | None
    bound: float
    seconds: float


def solve(
    model: pyo.ConcreteModel,
    *,
    gap: float = 1e-6,
    time_limit: float = 600.0,
    at_most: float | None = None,
    options: dict[str, object] | None = None,
) -> Outcome:
    """Solve a model and load the best solution found into it.

    Parameters
    ----------
    gap : relative gap between solution and bound at which to stop.
    time_limit : seconds.
    at_most : value of the objective that some solution is known to reach: what cannot reach it is
        not searched. It never weakens the bound.
    options : further HiGHS options by name.

    Raises
    ------
    NotCertifiedError
        When HiGHS ends in any other way than optimal, infeasible or at the limit of time.
    """
    started = time.perf_counter()
    if at_most is not None:
        slack = CUTOFF_SLACK * max(1.0, abs(at_most))
        options = {**(options or {}), "objective_bound": at_most + slack}
    without_banner()
    solver = Highs()
    results = solver.solve(
        model,
        rel_gap=gap,
        time_limit=time_limit,
        threads=1,
        load_solutions=False,
        raise_exception_on_nonoptimal_result=False,
        solver_options={"mip_abs_gap": 1e-9, "mip_feasibility_tolerance": 1e-7, **(options or {})},
    )
    seconds = time.perf_counter() - started
    condition = results.termination_condition
    if condition in (
        TerminationCondition.provenInfeasible,
        TerminationCondition.infeasibleOrUnbounded,
    ):
        return Outcome(Status.INFEASIBLE, None, float("inf"), seconds)
    found = results.solution_status in (SolutionStatus.optimal, SolutionStatus.feasible)
    if condition == TerminationCondition.convergenceCriteriaSatisfied and found:
        status = Status.OPTIMAL
    elif condition in (TerminationCondition.maxTimeLimit, TerminationCondition.iterationLimit):
        status = Status.LIMIT
    else:
        raise NotCertifiedError(
            f"{model.name}: expected HiGHS to end with an optimum or at its limit, found "
            f"{condition.name} - check the scenario's numbers for extreme sizes"
        )
    objective = None
    if found:
        results.solution_loader.load_vars()
        objective = float(results.incumbent_objective)
    bound = results.objective_bound
    return Outcome(status, objective, float("-inf") if bound is None else float(bound), seconds)

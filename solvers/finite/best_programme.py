"""The best equilibrium of two players as a mixed-integer programme (sandholm2005).

With payoffs A and B scaled to [0, 1], mixtures x and y, the players' payoffs u and v, and a binary
b for each strategy, which is 1 where it is not played:

    mixture_is_whole        sum x = 1,  sum y = 1
    nothing_earns_more      (A y)_i <= u,                  (B' x)_j <= v
    played_is_best          u - (A y)_i <= U_i b_i,        v - (B' x)_j <= V_j c_j
    unplayed_has_no_weight  x_i <= 1 - b_i,                y_j <= 1 - c_j
    better_than_known       objective >= what is known already, and a little more

U_i is the largest regret that row i can have: a convex function of y, so the largest over columns
of the column's best payoff less that of row i. The objective is linear in u, v and the binaries.
The last line turns the usual outcome, that nothing better exists, into an infeasible programme,
which is the quicker to prove.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from games.normal_form import Floats
from solvers.finite.support_pair import SupportPair
from solvers.milp import Outcome, solve

PLAYED = 1e-6
"""Probability above which a strategy of the programme's solution counts as played."""


@dataclass(frozen=True)
class Aim:
    """What is maximised: weights @ (u, v) + offset, or the least payoff, or fewness of strategies.

    Attributes
    ----------
    kind : "sum" for the weighted sum; "least" for the smaller of weights[k] * payoff[k] +
        offsets[k]; "most negative" for minus that; "fewest" for minus the number of strategies
        that may be played.
    weights, offsets : one for each player, by which payoffs in [0, 1] become worths.
    """

    kind: str
    weights: tuple[float, float]
    offsets: tuple[float, float]


def better_supports(
    first: Floats,
    second: Floats,
    aim: Aim,
    *,
    above: float | None,
    gap: float,
    time_limit: float,
) -> tuple[Outcome, SupportPair | None]:
    """Return how the programme ended, and the supports of its best solution.

    Parameters
    ----------
    first, second : payoffs between 0 and 1.
    above : only objectives of at least this are looked for; None for all.
    gap : relative gap at which to stop.
    time_limit : seconds.
    """
    model = _model(first, second, aim, above)
    outcome = solve(model, gap=gap, time_limit=time_limit, options={"mip_heuristic_effort": 0.0})
    if outcome.objective is None:
        return outcome, None
    played = [
        tuple(k for k in variables if float(pyo.value(variables[k])) > PLAYED)
        for variables in (model.x, model.y)
    ]
    return outcome, SupportPair(*played)


def _model(first: Floats, second: Floats, aim: Aim, above: float | None) -> pyo.ConcreteModel:
    model = pyo.ConcreteModel("best equilibrium")
    rows, columns = first.shape
    model.x = pyo.Var(range(rows), bounds=(0, 1))
    model.y = pyo.Var(range(columns), bounds=(0, 1))
    model.b = pyo.Var(range(rows), domain=pyo.Binary)
    model.c = pyo.Var(range(columns), domain=pyo.Binary)
    model.u = pyo.Var(bounds=(0, 1))
    model.v = pyo.Var(bounds=(0, 1))
    model.mixture_is_whole = pyo.ConstraintList()
    model.nothing_earns_more = pyo.ConstraintList()
    model.played_is_best = pyo.ConstraintList()
    model.unplayed_has_no_weight = pyo.ConstraintList()
    for table, own, other, payoff, unplayed in (
        (first, model.x, model.y, model.u, model.b),
        (second.T, model.y, model.x, model.v, model.c),
    ):
        model.mixture_is_whole.add(sum(own.values()) == 1)
        largest = (table.max(axis=0) - table).max(axis=1)
        others = list(other.values())
        for i, line in enumerate(table):
            regret = [1.0, *(-line).tolist()]
            variables = [payoff, *others]
            model.nothing_earns_more.add(_linear(regret, variables) >= 0)
            model.played_is_best.add(
                _linear([*regret, -float(largest[i])], [*variables, unplayed[i]]) <= 0
            )
            model.unplayed_has_no_weight.add(own[i] + unplayed[i] <= 1)
    worth = _objective(model, aim)
    model.objective = pyo.Objective(expr=worth, sense=pyo.maximize)
    if above is not None:
        model.better_than_known = pyo.Constraint(expr=worth >= above)
    return model


def _linear(coefficients: list[float], variables: list[pyo.Var]) -> LinearExpression:
    return LinearExpression(linear_coefs=coefficients, linear_vars=variables)


def _objective(model: pyo.ConcreteModel, aim: Aim) -> pyo.Expression:
    worths = [
        weight * payoff + offset
        for weight, payoff, offset in zip(aim.weights, (model.u, model.v), aim.offsets, strict=True)
    ]
    if aim.kind == "sum":
        return worths[0] + worths[1]
    if aim.kind == "fewest":
        return sum(model.b.values()) + sum(model.c.values()) - len(model.b) - len(model.c)
    model.least = pyo.Var()
    model.least_is_least = pyo.ConstraintList()
    if aim.kind == "least":
        for worth in worths:
            model.least_is_least.add(model.least <= worth)
        return model.least
    model.who = pyo.Var(domain=pyo.Binary)  # the player whose payoff is the smaller: 0 or 1
    largest = max(
        abs(weight) + abs(offset) for weight, offset in zip(aim.weights, aim.offsets, strict=True)
    )
    model.least_is_least.add(model.least >= worths[0] - 2 * largest * model.who)
    model.least_is_least.add(model.least >= worths[1] - 2 * largest * (1 - model.who))
    return -model.least

"""DOBSS: a leader against follower types as one mixed-integer program (paruchuri2008).

With z^k_ij the probability that the leader plays i and type k answers j, q^k_j whether it answers
j, and a_k what the type earns:

    maximise   sum_k p_k e_k
    subject to strategy_is_mixed             sum_i x_i = 1
               strategy_is_shared (k, i)     sum_j z^k_ij = x_i
               one_answer_is_given (k)       sum_j q^k_j = 1
               answer_is_played (k, j)       sum_i z^k_ij = q^k_j
               answer_is_best (k, j)         a_k >= sum_i F^k_ij x_i
               answer_is_paid (k, j)         a_k <= sum_i F^k_ij x_i + M^k_j (1 - q^k_j)
               leader_earns (k)              e_k <= sum_ij L^k_ij z^k_ij
               envelope (k, c)               e_k <= sum_i b^k_ci x_i

M^k_j is the most by which another answer can be better than j: max_ih (F^k_ih - F^k_ij). The last
rows are the cuts of `envelope`: they cost little and bring the relaxation to the convex hulls.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyomo.environ as pyo

from games.normal_form import Floats
from solvers.finite.type_problem import Found, TypeProblem
from solvers.milp import Status, solve


def dobss(problem: TypeProblem, *, cuts: Sequence[Floats], gap: float, time_limit: float) -> Found:
    """Solve the program of the module's docstring.

    Parameters
    ----------
    cuts : for each type its cuts, shape (any number, strategies).
    gap : relative difference of value and bound at which to stop.
    time_limit : seconds.
    """
    size = problem.own.shape[1]
    model = _model(problem, cuts)
    outcome = solve(model, gap=gap, time_limit=time_limit)
    stopped = "limit of time" if outcome.status is Status.LIMIT else ""
    strategy = np.full(size, 1 / size)
    if outcome.objective is not None:
        strategy = np.maximum([pyo.value(model.strategy[i]) for i in range(size)], 0.0)
        strategy /= strategy.sum()
    worths, _ = problem.earned(strategy)
    value = float(problem.prior @ worths)
    ceiling = float(problem.prior @ problem.own.max(axis=(1, 2)))
    bound = min(ceiling, outcome.bound) if np.isfinite(outcome.bound) else ceiling
    return Found(strategy, value, max(bound, value), 0, stopped)


def _model(problem: TypeProblem, cuts: Sequence[Floats]) -> pyo.ConcreteModel:
    own, other = problem.own, problem.other
    types, size, answers = own.shape
    model = pyo.ConcreteModel("dobss")
    model.types, model.own_strategies = pyo.RangeSet(0, types - 1), pyo.RangeSet(0, size - 1)
    model.answers = pyo.RangeSet(0, answers - 1)
    model.strategy = pyo.Var(model.own_strategies, bounds=(0, 1))
    model.shares = pyo.Var(model.types, model.own_strategies, model.answers, bounds=(0, 1))
    model.given = pyo.Var(model.types, model.answers, within=pyo.Binary)
    model.received = pyo.Var(model.types, bounds=(float(other.min()), float(other.max())))
    model.earned = pyo.Var(model.types, bounds=(float(own.min()), float(own.max())))
    model.strategy_is_mixed = pyo.Constraint(expr=pyo.quicksum(model.strategy.values()) == 1)

    def strategy_is_shared(model: pyo.ConcreteModel, k: int, i: int) -> pyo.Expression:
        return pyo.quicksum(model.shares[k, i, j] for j in model.answers) == model.strategy[i]

    def one_answer_is_given(model: pyo.ConcreteModel, k: int) -> pyo.Expression:
        return pyo.quicksum(model.given[k, j] for j in model.answers) == 1

    def answer_is_played(model: pyo.ConcreteModel, k: int, j: int) -> pyo.Expression:
        played = pyo.quicksum(model.shares[k, i, j] for i in model.own_strategies)
        return played == model.given[k, j]

    def paid(k: int, j: int) -> pyo.Expression:
        return pyo.quicksum(float(other[k, i, j]) * model.strategy[i] for i in range(size))

    def answer_is_best(model: pyo.ConcreteModel, k: int, j: int) -> pyo.Expression:
        return model.received[k] >= paid(k, j)

    def answer_is_paid(model: pyo.ConcreteModel, k: int, j: int) -> pyo.Expression:
        slack = float((other[k] - other[k][:, [j]]).max())
        return model.received[k] <= paid(k, j) + slack * (1 - model.given[k, j])

    def leader_earns(model: pyo.ConcreteModel, k: int) -> pyo.Expression:
        return model.earned[k] <= pyo.quicksum(
            float(own[k, i, j]) * model.shares[k, i, j]
            for i in model.own_strategies
            for j in model.answers
        )

    model.strategy_is_shared = pyo.Constraint(
        model.types, model.own_strategies, rule=strategy_is_shared
    )
    model.one_answer_is_given = pyo.Constraint(model.types, rule=one_answer_is_given)
    model.answer_is_played = pyo.Constraint(model.types, model.answers, rule=answer_is_played)
    model.answer_is_best = pyo.Constraint(model.types, model.answers, rule=answer_is_best)
    model.answer_is_paid = pyo.Constraint(model.types, model.answers, rule=answer_is_paid)
    model.leader_earns = pyo.Constraint(model.types, rule=leader_earns)
    model.envelope = pyo.ConstraintList()
    for k, vectors in enumerate(cuts):
        for vector in vectors:
            row = pyo.quicksum(float(b) * model.strategy[i] for i, b in enumerate(vector))
            model.envelope.add(model.earned[k] <= row)
    model.leader_earns_most = pyo.Objective(
        expr=pyo.quicksum(float(p) * model.earned[k] for k, p in enumerate(problem.prior)),
        sense=pyo.maximize,
    )
    return model

"""Seeded knapsack games: every player packs items, and what others pack changes what items earn.

Player i maximises sum_a p_ia x_ia + sum_{j != i} sum_a c_ija x_ia x_ja over packings x_i of binary
variables with sum_a w_ia x_ia <= b_i. Profits, weights and interactions are drawn as in the two
papers whose times are the measure.

References
----------
carvalho2022, dragotto2023
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyomo.environ as pyo

from solvers.finite.programmes import (
    IntegerProgrammingGame,
    Programme,
    integer_programming_game,
)

Kind = Literal["potential", "positive", "mixed", "signed"]


def knapsack_game(
    players: int, items: int, seed: int, *, kind: Kind = "mixed", fill: float = 0.5
) -> IntegerProgrammingGame:
    """Return a knapsack game drawn from a seeded generator.

    Parameters
    ----------
    kind : of numbers. `potential`, `positive` and `mixed` are types A, B and C of Dragotto and
        Scatamacchia: profits and weights from 1 to 100, interactions one number a player from 1 to
        100, from 1 to 100, or from -99 to 100. `signed` is Carvalho, Lodi and Pedroso's: everything
        from -100 to 100, negative weights included.
    fill : capacity as a share of the weights' sum.
    """
    rng = np.random.default_rng(seed)
    low = -100 if kind == "signed" else 1
    profits = rng.integers(low, 101, (players, items))
    weights = rng.integers(low, 101, (players, items))
    pairs = [(i, j) for i in range(players) for j in range(players) if i != j]
    if kind == "potential":
        constants = rng.integers(1, 101, players)
        interactions = {(i, j): np.full(items, constants[i]) for i, j in pairs}
    else:
        least = {"positive": 1, "mixed": -99, "signed": -100}[kind]
        interactions = {pair: rng.integers(least, 101, items) for pair in pairs}
    programmes = []
    for player in range(players):
        model = pyo.ConcreteModel(name=f"knapsack-{player + 1}")
        model.goods = pyo.RangeSet(0, items - 1)
        model.packed = pyo.Var(model.goods, domain=pyo.Binary)
        weight = sum(int(w) * model.packed[a] for a, w in enumerate(weights[player]))
        capacity = int(np.floor(fill * weights[player].sum()))
        model.capacity_is_respected = pyo.Constraint(expr=weight <= capacity)
        variables = [model.packed[a] for a in model.goods]
        programmes.append(Programme(str(player + 1), model, variables, profits[player]))
    return integer_programming_game(programmes, interactions=interactions)

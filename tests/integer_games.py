"""Small integer programming games for tests, with every strategy listed by brute force.

Nothing of the solvers' own reading of a model is used: the rules are kept beside the Pyomo model as
arrays, strategies are found by trying every point of the box, payoffs by the formula.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from games.normal_form import NormalFormGame, normal_form
from solvers.finite.programmes import (
    IntegerProgrammingGame,
    Programme,
    integer_programming_game,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """One player's rules: low <= table @ x <= high for whole x from 0 to `top`."""

    table: Floats
    low: Floats
    high: Floats
    top: NDArray[np.int64]

    def strategies(self) -> list[tuple[float, ...]]:
        """Return every x that keeps the rules."""
        points = itertools.product(*(range(int(top) + 1) for top in self.top))
        return [
            tuple(float(v) for v in x)
            for x in points
            if np.all(self.table @ x <= self.high) and np.all(self.table @ x >= self.low)
        ]


@dataclass(frozen=True)
class SmallGame:
    """A game with its rules and payoffs beside it."""

    game: IntegerProgrammingGame
    rules: tuple[Rules, ...]
    own: tuple[Floats, ...]
    cross: dict[tuple[int, int], Floats]

    def earned(self, profile: tuple[tuple[float, ...], ...]) -> list[float]:
        """Return everybody's payoff by the formula."""
        points = [np.array(x) for x in profile]
        return [
            float(
                self.own[i] @ points[i]
                + sum(points[i] @ q @ points[k] for (j, k), q in self.cross.items() if j == i)
            )
            for i in range(len(points))
        ]

    def table(self) -> tuple[NormalFormGame, list[list[tuple[float, ...]]]]:
        """Return the game in normal form and the strategies it counts."""
        strategies = [rules.strategies() for rules in self.rules]
        shape = tuple(map(len, strategies))
        payoffs = np.empty((len(shape), *shape))
        for place in np.ndindex(shape):
            profile = tuple(known[a] for known, a in zip(strategies, place, strict=True))
            payoffs[(slice(None), *place)] = self.earned(profile)
        return normal_form(payoffs), strategies

    def equilibria(self) -> list[tuple[tuple[float, ...], ...]]:
        """Return every pure equilibrium."""
        game, strategies = self.table()
        stable = np.ones(game.shape, dtype=bool)
        for player, own in enumerate(game.payoffs):
            stable &= own >= own.max(axis=player, keepdims=True)
        return [
            tuple(known[a] for known, a in zip(strategies, place, strict=True))
            for place in np.argwhere(stable).tolist()
        ]


def small_game(
    rng: np.random.Generator,
    *,
    players: int = 2,
    variables: int = 4,
    rows: int = 1,
    diagonal: bool = True,
    top: int = 1,
    signed: bool = False,
    whole_numbers: bool = True,
) -> SmallGame:
    """Return a random game; nobody is without strategies, since x = 0 always keeps the rules.

    Parameters
    ----------
    diagonal : whether variable a of a player meets only variable a of the others.
    top : largest value of a variable; 1 makes all of them binary.
    signed : whether rules may have entries below 0 and lower limits.
    whole_numbers : whether payoffs and rules are integers.
    """

    def numbers(low: int, high: int, shape: tuple[int, ...]) -> Floats:
        drawn = rng.integers(low, high + 1, shape).astype(float)
        return drawn if whole_numbers else drawn + np.round(rng.random(shape), 3)

    rules, own, programmes = [], [], []
    for player in range(players):
        table = numbers(-9 if signed else 1, 9, (rows, variables))
        tops = rng.integers(1, top + 1, variables)
        reach = np.maximum(table, 0.0) @ tops
        high = np.floor(reach * rng.uniform(0.2, 0.8, rows))
        low = np.full(rows, -np.inf)
        if signed:
            low = np.where(
                rng.random(rows) < 0.5, -np.floor(np.maximum(-table, 0.0) @ tops / 2), low
            )
        rules.append(Rules(table, low, high, tops))
        own.append(numbers(-3, 9, (variables,)))
        model = pyo.ConcreteModel()
        model.places = pyo.RangeSet(0, variables - 1)
        model.x = pyo.Var(model.places, domain=pyo.Integers, bounds=lambda _, a, t=tops: (0, t[a]))
        model.rules = pyo.ConstraintList()
        for r in range(rows):
            load = sum(float(table[r, a]) * model.x[a] for a in model.places)
            model.rules.add(load <= float(high[r]))
            if np.isfinite(low[r]):
                model.rules.add(load >= float(low[r]))
        chosen = [model.x[a] for a in model.places]
        programmes.append(Programme(f"P{player}", model, chosen, own[-1]))
    cross = {}
    for i, j in itertools.permutations(range(players), 2):
        table = numbers(-9, 9, (variables, variables))
        cross[i, j] = np.diag(np.diag(table)) if diagonal else table
    game = integer_programming_game(programmes, interactions=cross)
    return SmallGame(game, tuple(rules), tuple(own), cross)

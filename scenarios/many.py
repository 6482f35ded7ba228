"""Worlds as arrays: every formula of a blueprint evaluated for all draws at once.

What comes out are the numbers that `build.build_game` gives each world, without a game for each.
A world in which anything is out of order (a rule broken, a supply curve that falls, a budget below
the cheapest options) is only marked: `build_game` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from games.capability import meeting_places
from games.layered import LayeredGame
from games.many import Array, Indices, ManyGames
from scenarios.blueprint import Blueprint, Formula
from scenarios.build import MOST_OVER_BASE
from scenarios.expressions import Expression

SPARE_CHORDS = 12
"""Chords of a front beyond those of the scenario's own numbers; a world that needs more is left to
`build_game`."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Games of many draws, and which of them are what `build_game` would build."""

    games: ManyGames
    sound: NDArray[np.bool_]


def many_games(
    blueprint: Blueprint, shape: LayeredGame, values: Mapping[str, Array], worlds: int
) -> Drawn:
    """Return the games of many draws.

    Parameters
    ----------
    shape : the game of the blueprint's own numbers.
    values : {parameter: (worlds,)} of those that are drawn, in the parameter's unit.
    """
    return _Reader(blueprint, shape, values, worlds).drawn()


class _Reader:
    def __init__(
        self, blueprint: Blueprint, shape: LayeredGame, values: Mapping[str, Array], worlds: int
    ) -> None:
        self.plan, self.shape, self.worlds = blueprint, shape, worlds
        self.sizes: dict[str, Array | float] = {
            name: values[name] * number.scale if name in values else number.size
            for name, number in blueprint.parameters.items()
        }
        self.sound = np.ones(worlds, dtype=bool)
        self._known: dict[tuple[str, float], Array] = {}

    def drawn(self) -> Drawn:
        plan, shape = self.plan, self.shape
        with np.errstate(all="ignore"):
            options = [option for point in plan.points for option in point.options]
            costs, hazards = [], []
            for option in options:
                cost, hazard = self.number(option.cost), self.number(option.hazard)
                if option.curve is not None:
                    spending = self.number(option.curve.spending)
                    half = self.number(option.curve.half_cost)
                    hazard = -np.expm1(-spending / half * np.log(2))
                    hazard = hazard * self.number(option.curve.hazard_max)
                    cost = cost + spending
                costs.append(cost)
                hazards.append(hazard)
            prices = [self.number(price) for arc in plan.arcs for price in arc.prices]
            capacities = [self.number(one) for arc in plan.arcs for one in arc.capacities]
            conversions = self.table([self.number(arc.conversion) for arc in plan.arcs])
            slopes, widths, chord_front = self._chords(self.table(capacities), conversions)
            names = [controller.name for controller in plan.controllers]
            fronts = [front.name for front in plan.fronts]
            stakes = np.zeros((self.worlds, len(names), len(fronts)))
            for c, controller in enumerate(plan.controllers):
                for front, stake in controller.stakes.items():
                    stakes[:, c, fronts.index(front)] = self.number(stake)
            games = ManyGames(
                shape=shape,
                costs=self.table(costs),
                economic_costs=self.table([self.number(o.economic_cost) for o in options]),
                hazards=self.table(hazards),
                tolls=self.table([self.number(o.toll) for o in options]),
                prices=self.table(prices),
                capacities=self.table(capacities),
                conversions=conversions,
                values=self.table([self.number(arc.value) for arc in plan.arcs]),
                revenue={
                    (a, names.index(one)): self.number(earned)
                    for a, arc in enumerate(plan.arcs)
                    for one, earned in arc.revenue.items()
                },
                weights=self.table([self.number(front.weight) for front in plan.fronts]),
                slopes=slopes,
                widths=widths,
                chord_front=chord_front,
                budgets=self.table([self.number(one.budget) for one in plan.controllers]),
                evader_budgets=self.number(plan.evader_budget),
                stakes=stakes,
                hazard_factors=self.table([self.number(e.hazard_factor) for e in plan.efforts]),
                unit_costs=self.table([self.number(e.unit_cost) for e in plan.efforts]),
                price_shares=self.table([self.number(e.price_share) for e in plan.efforts]),
                correlations=self.number(plan.correlation),
            )
            self._check(games)
        return Drawn(games, self.sound)

    def table(self, columns: list[Array]) -> Array:
        return np.column_stack(columns) if columns else np.zeros((self.worlds, 0))

    def number(self, formula: Formula) -> Array:
        """Return a formula in every world; worlds in which it breaks its rule are marked."""
        key = (formula.expression.text, formula.factor)
        if key not in self._known:
            value = evaluate(formula.expression, self.sizes) * formula.factor
            self._known[key] = np.broadcast_to(np.asarray(value, dtype=float), (self.worlds,))
        value, rule = self._known[key], formula.rule
        self.sound &= np.isfinite(value) & (value <= rule.most)
        self.sound &= value > rule.least if rule.above else value >= rule.least
        return value

    def _largest(self, capacities: Array, conversions: Array) -> dict[str, Array]:
        """Return the most units that can arrive at each node, as `build.largest_arrivals` does."""
        first = 0
        into: dict[str, list[tuple[str, Array, Array]]] = {}
        for a, arc in enumerate(self.shape.arcs):
            whole = capacities[:, first : first + len(arc.steps)].sum(axis=1)
            into.setdefault(arc.head, []).append((arc.tail, whole, conversions[:, a]))
            first += len(arc.steps)
        endless = np.full(self.worlds, np.inf)
        arrivals: dict[str, Array] = {}
        for node in self.shape.nodes:
            if node in into:
                arrivals[node] = np.sum(
                    [
                        conversion * np.minimum(whole, arrivals.get(tail, endless))
                        for tail, whole, conversion in into[node]
                    ],
                    axis=0,
                )
        return arrivals

    def _chords(self, capacities: Array, conversions: Array) -> tuple[Array, Array, Indices]:
        """Return slopes, widths and fronts of the chords, as `games.capability` makes them."""
        largest = self._largest(capacities, conversions)
        slopes: list[Array] = []
        widths: list[Array] = []
        chord_front: list[int] = []
        for f, plan in enumerate(self.plan.fronts):
            most = largest.get(plan.node, np.zeros(self.worlds))
            if plan.base is None or plan.growth is None:
                slope = plan.constant_value
                slopes.append(np.zeros(self.worlds) if slope is None else self.number(slope))
                widths.append(most)
                chord_front.append(f)
                continue
            base, growth = self.number(plan.base), self.number(plan.growth)
            self.sound &= most <= MOST_OVER_BASE * base
            own = self.shape.fronts[f].chords
            ends = meeting_places(self.plan.chord_error, len(own) + SPARE_CHORDS)
            self.sound &= most <= base * ends[-1]
            start, before = np.zeros(self.worlds), np.zeros(self.worlds)
            for end in ends:
                here = np.minimum(most, base * end)
                months = 12 / growth * np.log1p(here / base) / np.log(10)
                width = here - start
                slope = np.divide(
                    months - before, width, out=np.zeros(self.worlds), where=width > 0
                )
                slopes.append(slope)
                widths.append(width)
                chord_front.append(f)
                start, before = here, months
        return self.table(slopes), self.table(widths), np.array(chord_front, dtype=np.int64)

    def _check(self, games: ManyGames) -> None:
        """Mark the games that `LayeredGame` would refuse."""
        shape = self.shape
        for a, arc in enumerate(shape.arcs):
            row = games.first_step[a]
            steps = games.prices[:, row : row + len(arc.steps)]
            self.sound &= (np.diff(steps, axis=1) >= 0).all(axis=1)
        for c, controller in enumerate(shape.controllers):
            cheapest = np.zeros(self.worlds)
            for k, point in enumerate(shape.points):
                if point.owner == controller.name:
                    row = games.first_option[k]
                    cheapest += games.costs[:, row : row + len(point.options)].min(axis=1)
            self.sound &= cheapest <= games.budgets[:, c] + 1e-9


def evaluate(expression: Expression, sizes: Mapping[str, Array | float]) -> Array | float:
    """Return the value of an expression in every world; where it has none, it is not finite."""
    stack: list[Array | float] = []
    for step in expression.steps:
        if step.operation == "number":
            stack.append(step.value)
        elif step.operation == "name":
            stack.append(sizes[step.name])
        else:
            arguments = stack[-step.count :]
            del stack[-step.count :]
            stack.append(_OPERATIONS[step.operation](*arguments))
    return stack[0]


_OPERATIONS: dict[str, Callable[..., Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "negative": np.negative,
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
    "log10": np.log10,
    "exp": np.exp,
    "sqrt": np.sqrt,
}

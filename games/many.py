"""Many games of one shape: the numbers of every world in arrays, evaluated all at once.

Worlds of a scenario differ in numbers, not in who borders whom. `ManyGames` keeps the numbers with
one row for each world; `payoffs_of_many` and `check_many` say for all rows what `payoffs` and
`evaluation` say for one game, by the same formulas and straight from the numbers. What one of a
million worlds is worth must not cost a million small objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.layered import LayeredGame, Profile

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ManyGames:
    """Games that differ from one in their numbers alone; units as in `games.layered`.

    Attributes
    ----------
    shape : the game whose names, arcs and points all of them share.
    costs, economic_costs, hazards, tolls : shape (worlds, options), options of all points in a row.
    prices, capacities : (worlds, steps), steps of all arcs in a row.
    conversions, values : (worlds, arcs).
    revenue : {(index of arc, index of controller): (worlds,)}.
    weights : (worlds, fronts).
    slopes, widths : (worlds, chords), their fronts in `chord_front`; falling slopes, and widths
        of 0 where a world needs fewer chords.
    budgets : (worlds, controllers); `evader_budgets` : (worlds,).
    stakes : (worlds, controllers, fronts).
    hazard_factors, unit_costs, price_shares : (worlds, efforts).
    correlations : (worlds,).
    """

    shape: LayeredGame
    costs: Array
    economic_costs: Array
    hazards: Array
    tolls: Array
    prices: Array
    capacities: Array
    conversions: Array
    values: Array
    revenue: Mapping[tuple[int, int], Array]
    weights: Array
    slopes: Array
    widths: Array
    chord_front: Indices
    budgets: Array
    evader_budgets: Array
    stakes: Array
    hazard_factors: Array
    unit_costs: Array
    price_shares: Array
    correlations: Array

    def __len__(self) -> int:
        return len(self.evader_budgets)

    def rows(self, rows: NDArray[Any]) -> ManyGames:
        """Return some of the games, by number or by a mask."""
        changed: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "revenue":
                value = {key: entry[rows] for key, entry in value.items()}
            elif one.name not in ("shape", "chord_front"):
                value = value[rows]
            changed[one.name] = value
        return ManyGames(**changed)

    @cached_property
    def first_option(self) -> Indices:
        """Where the options of each control point begin."""
        counts = [len(point.options) for point in self.shape.points]
        return np.cumsum([0, *counts[:-1]])

    @cached_property
    def first_step(self) -> Indices:
        """Where the steps of each arc begin."""
        counts = [len(arc.steps) for arc in self.shape.arcs]
        return np.cumsum([0, *counts[:-1]])

    def options(self, profile: Profile) -> Indices:
        """Return the place of each control point's option among all options."""
        return self.first_option + np.array(profile, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class ManyPayoffs:
    """What profiles are worth in many worlds, in bn USD a year.

    Attributes
    ----------
    total, outlay : (worlds, controllers).
    months : (worlds, fronts).
    """

    total: Array
    outlay: Array
    months: Array


def months_of_many(games: ManyGames, quantities: Array) -> Array:
    """Return months at each front, shape (worlds, fronts), read off the chords."""
    months = np.zeros_like(quantities)
    left = quantities.copy()
    for chord, front in enumerate(games.chord_front):
        taken = np.minimum(left[:, front], games.widths[:, chord])
        months[:, front] += games.slopes[:, chord] * taken
        left[:, front] -= taken
    return months


def payoffs_of_many(
    games: ManyGames, profile: Profile, *, entering: Array, quantities: Array
) -> ManyPayoffs:
    """Return the payoffs of one profile in every world.

    Parameters
    ----------
    entering : units a year that enter each arc, shape (worlds, arcs).
    quantities : units a year that reach each front, shape (worlds, fronts).
    """
    shape, chosen = games.shape, games.options(profile)
    owner = {controller.name: i for i, controller in enumerate(shape.controllers)}
    months = months_of_many(games, quantities)
    total = -np.einsum("wcf,wf->wc", games.stakes, months)
    outlay = np.zeros_like(total)
    for k, point in enumerate(shape.points):
        column = owner[point.owner]
        outlay[:, column] += games.costs[:, chosen[k]]
        total[:, column] -= games.costs[:, chosen[k]] + games.economic_costs[:, chosen[k]]
    for a, arc in enumerate(shape.arcs):
        if arc.point is not None:
            k = shape.point_index[arc.point]
            total[:, owner[shape.points[k].owner]] += games.tolls[:, chosen[k]] * entering[:, a]
    for (a, c), earned in games.revenue.items():
        total[:, c] += earned * entering[:, a]
    return ManyPayoffs(total, outlay, months)


@dataclass(frozen=True, eq=False)
class ManyPlans:
    """What the evader ships in many worlds, and what its resources are worth to it.

    Attributes
    ----------
    arc, step, effort, known : what each column of `units` is, as in `games.evaluation.Shipment`.
    units : (worlds, columns).
    places : (node, known) of each column of `prices`.
    prices : (worlds, places), bn USD per unit.
    money : (worlds,), bn USD per bn USD of budget.
    """

    arc: Indices
    step: Indices
    effort: Indices
    known: NDArray[np.bool_]
    units: Array
    places: tuple[tuple[str, bool], ...]
    prices: Array
    money: Array


@dataclass(frozen=True, eq=False)
class ManyChecks:
    """What plans and prices prove, one entry for each world; as `games.evaluation.Evaluation`."""

    primal: Array
    dual: Array
    violation: Array
    entering: Array
    quantities: Array
    most: Array

    @property
    def gap(self) -> Array:
        """Dual minus primal, relative to the dual or a thousandth of `most` if larger."""
        scale = np.maximum(np.abs(self.dual), self.most / 1000)
        return np.divide(self.dual - self.primal, scale, out=np.zeros_like(scale), where=scale > 0)


def check_many(games: ManyGames, profile: Profile, plans: ManyPlans) -> ManyChecks:
    """Return what plans and prices prove about the evader's best response to one profile.

    Notes
    -----
    The formulas are those of `games.evaluation`: the value of a plan that respects every limit is a
    lower bound on the evader's best, and prices that are not negative prove an upper bound.
    """
    shape, chosen, worlds = games.shape, games.options(profile), len(games)
    place = {one: i for i, one in enumerate(plans.places)}
    fronts = [place[front.node, False] for front in shape.fronts]
    ends = {front.node for front in shape.fronts}
    correlated = games.correlations > 0
    prices, money = np.maximum(plans.prices, 0.0), np.maximum(plans.money, 0.0)
    units = plans.units
    excess = np.maximum(0.0, -units.min(axis=1, initial=0.0))
    excess[~np.isfinite(units).all(axis=1)] = np.inf
    entering = np.zeros((worlds, len(shape.arcs)))
    balance = np.zeros((worlds, len(plans.places)))
    spent, worth = np.zeros(worlds), np.zeros(worlds)
    filled = np.zeros_like(games.capacities)
    best = np.zeros_like(games.capacities)
    columns: dict[tuple[int, int, int, bool], int] = {
        (int(a), int(s), int(m), bool(known)): column
        for column, (a, s, m, known) in enumerate(
            zip(plans.arc, plans.step, plans.effort, plans.known, strict=True)
        )
    }
    for a, arc in enumerate(shape.arcs):
        start = arc.tail in shape.sources
        option = None if arc.point is None else chosen[shape.point_index[arc.point]]
        hazard = np.zeros(worlds) if option is None else games.hazards[:, option]
        for known in (False,) if start or not correlated.any() else (False, True):
            share = 1 - games.correlations if known else np.ones(worlds)
            met = known | (hazard > 0)
            head = _head_of(arc.head, met & correlated, place, ends)
            for m in range(len(shape.efforts) if option is not None else 1):
                gain = games.conversions[:, a].copy()
                if option is not None:
                    gain *= np.exp(-games.hazard_factors[:, m] * hazard * share)
                for s in range(len(arc.steps)):
                    row = games.first_step[a] + s
                    paid = games.prices[:, row].copy()
                    if option is not None:
                        paid += games.tolls[:, option] + games.unit_costs[:, m]
                        paid += games.price_shares[:, m] * games.prices[:, row]
                    surplus = games.values[:, a] - money * paid
                    surplus += gain * _picked(prices, head)
                    if not start:
                        surplus -= prices[:, place[arc.tail, known]]
                    best[:, row] = np.maximum(best[:, row], surplus)
                    column = columns.pop((a, s, m, known), None)
                    if column is None:
                        continue
                    shipped = units[:, column]
                    entering[:, a] += shipped
                    filled[:, row] += shipped
                    spent += shipped * paid
                    worth += shipped * games.values[:, a]
                    if not start:
                        balance[:, place[arc.tail, known]] -= shipped
                    _add(balance, head, shipped * gain)
    if columns:  # nothing that is shipped may go unchecked
        excess[:] = np.inf
    limits = np.maximum(1.0, games.capacities)
    excess = np.maximum(excess, ((filled - games.capacities) / limits).max(axis=1, initial=0.0))
    over = (spent - games.evader_budgets) / np.maximum(1.0, games.evader_budgets)
    excess = np.maximum(excess, over)
    excess = np.maximum(excess, -balance.min(axis=1, initial=0.0))
    quantities = np.maximum(balance[:, fronts], 0.0)
    worth += (games.weights * months_of_many(games, quantities)).sum(axis=1)
    chord_values = games.weights[:, games.chord_front] * games.slopes
    front_prices = prices[:, [fronts[front] for front in games.chord_front]]
    dual = games.evader_budgets * money
    dual += (games.widths * np.maximum(0.0, chord_values - front_prices)).sum(axis=1)
    dual += (games.capacities * best).sum(axis=1)
    most = (chord_values * games.widths).sum(axis=1)
    return ManyChecks(worth, dual, excess, entering, quantities, most)


def _head_of(
    node: str, met: NDArray[np.bool_], place: Mapping[tuple[str, bool], int], ends: set[str]
) -> Indices:
    """Return the place where units arrive, in each world."""
    fresh = place[node, False]
    if node in ends or (node, True) not in place:
        return np.full(len(met), fresh)
    return np.where(met, place[node, True], fresh)


def _picked(table: Array, columns: Indices) -> Array:
    return np.asarray(table[np.arange(len(table)), columns])


def _add(table: Array, columns: Indices, amounts: Array) -> None:
    table[np.arange(len(table)), columns] += amounts

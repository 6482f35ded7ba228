"""From a blueprint to a game, for one value of every parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from games.capability import Chord, MonthsCurve
from games.enforcement import EnforcementCurve, Tier
from games.errors import GameError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Effort,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)
from scenarios.blueprint import ArcPlan, Blueprint, Formula, FrontPlan, OptionPlan
from scenarios.faults import FaultError, Faults

MOST_OVER_BASE = 1e12
"""Beyond this, chords of a months curve are lost in rounding."""


def build_game(blueprint: Blueprint, values: Mapping[str, float] | None = None) -> LayeredGame:
    """Return the game of one world.

    Parameters
    ----------
    values : a number for each parameter that differs from its own value, in the parameter's unit;
        ranges are not enforced.

    Raises
    ------
    ScenarioError
        With every number that breaks a rule, and every contradiction between them.
    """
    faults = Faults()
    builder = _Builder(blueprint, blueprint.sizes(values or {}), faults)
    try:
        game = builder.game()
    except GameError as error:
        faults.extend(f"{blueprint.file}: {line}" for line in error.faults)
    faults.raise_any()
    return game


def largest_arrivals(arcs: tuple[Arc, ...]) -> dict[str, float]:
    """Return the most units a year that can arrive at each node, were nothing intercepted.

    Notes
    -----
    An upper bound: every arc out of a node may carry all that arrives there. Arcs that lie on or
    behind a cycle are left out; the game refuses them anyway.
    """
    into: dict[str, list[Arc]] = {}
    for arc in arcs:
        into.setdefault(arc.head, []).append(arc)
    sorter = TopologicalSorter({head: [arc.tail for arc in some] for head, some in into.items()})
    try:
        order = list(sorter.static_order())
    except CycleError:
        return {}
    arrivals: dict[str, float] = {}
    for node in order:
        if node in into:
            arrivals[node] = sum(
                arc.conversion
                * min(
                    sum(step.capacity for step in arc.steps),
                    arrivals.get(arc.tail, math.inf),
                )
                for arc in into[node]
            )
    return arrivals


class _Builder:
    """Evaluates formulas; a fault is filed and its rule's stand-in used, so that all are found."""

    def __init__(self, blueprint: Blueprint, sizes: Mapping[str, float], faults: Faults) -> None:
        self.blueprint, self.sizes, self.faults = blueprint, sizes, faults

    def game(self) -> LayeredGame:
        plan = self.blueprint
        arcs = tuple(self.arc(arc) for arc in plan.arcs)
        largest = largest_arrivals(arcs)
        return LayeredGame(
            name=plan.name,
            controllers=tuple(
                Controller(c.name, self.number(c.budget), self.numbers(c.stakes))
                for c in plan.controllers
            ),
            points=tuple(
                ControlPoint(
                    point.name,
                    point.layer,
                    point.owner,
                    tuple(self.option(option) for option in point.options),
                    point.status_quo,
                )
                for point in plan.points
            ),
            arcs=arcs,
            fronts=tuple(self.front(front, largest.get(front.node, 0.0)) for front in plan.fronts),
            evader_budget=self.number(plan.evader_budget),
            efforts=tuple(
                Effort(
                    effort.name,
                    self.number(effort.hazard_factor),
                    self.number(effort.unit_cost),
                    self.number(effort.price_share),
                )
                for effort in plan.efforts
            ),
            correlation=self.number(plan.correlation),
        )

    def number(self, formula: Formula) -> float:
        try:
            return formula.value(self.sizes)
        except FaultError as fault:
            self.faults.file(formula.place, fault)
            return formula.rule.stand_in

    def numbers(self, formulas: Mapping[str, Formula]) -> dict[str, float]:
        return {name: self.number(formula) for name, formula in formulas.items()}

    def option(self, plan: OptionPlan) -> Option:
        cost, hazard = self.number(plan.cost), self.number(plan.hazard)
        enforcement = None
        if plan.curve is not None:
            spending = self.number(plan.curve.spending)
            curve = EnforcementCurve(
                self.number(plan.curve.hazard_max), self.number(plan.curve.half_cost)
            )
            enforcement = Tier(curve, spending, cost)
            cost, hazard = cost + spending, curve.hazard(spending)
        return Option(
            plan.name,
            cost=cost,
            economic_cost=self.number(plan.economic_cost),
            hazard=hazard,
            toll=self.number(plan.toll),
            measure=plan.measure,
            tier=plan.tier,
            enforcement=enforcement,
        )

    def arc(self, plan: ArcPlan) -> Arc:
        prices = [self.number(price) for price in plan.prices]
        capacities = [self.number(capacity) for capacity in plan.capacities]
        return Arc(
            plan.name,
            plan.tail,
            plan.head,
            tuple(PriceStep(*step) for step in zip(prices, capacities, strict=True)),
            plan.point,
            conversion=self.number(plan.conversion),
            value=self.number(plan.value),
            revenue=self.numbers(plan.revenue),
        )

    def front(self, plan: FrontPlan, largest: float) -> Front:
        weight = self.number(plan.weight)
        if plan.base is None or plan.growth is None:
            slope = self.number(plan.constant_value) if plan.constant_value else 0.0
            return Front(plan.name, plan.node, (Chord(slope, largest),), weight)
        curve = MonthsCurve(self.number(plan.base), self.number(plan.growth))
        if largest > MOST_OVER_BASE * curve.base:
            self.faults.add(
                plan.base.place,
                f"a base of at least one part in {MOST_OVER_BASE:g} of what can arrive",
                f"{curve.base:g} against {largest:g}",
                "check the units of the base and of the capacities",
            )
            largest = 0.0
        if largest > 0:
            chords = curve.chords(largest, error=self.blueprint.chord_error)
        else:
            chords = (Chord(0.0, 0.0),)  # nothing can arrive in this world
        return Front(plan.name, plan.node, chords, weight, curve)

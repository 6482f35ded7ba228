"""Compiling what governments have and do: budgets, stakes, control points and their options."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING

from scenarios.blueprint import ControllerPlan, CurvePlan, OptionPlan, PointPlan
from scenarios.context import ANY, BUDGET, NOT_NEGATIVE, POSITIVE, Context
from scenarios.faults import Path, listed, shown

if TYPE_CHECKING:
    from scenarios.schema import ControllerTable, EnforcementTable, OptionTable, PointTable


def controller_plan(
    context: Context, name: str, table: ControllerTable, *, fronts: AbstractSet[str]
) -> ControllerPlan:
    """Return a controller; `fronts` are those that could be compiled."""
    path: Path = ("controllers", name)
    stakes = {}
    for front, quantity in table.stakes.items():
        at = (*path, "stakes", front)
        stake = context.formula(quantity, at, context.stake, NOT_NEGATIVE)
        if context.refer("fronts", front, at) and front in fronts:
            stakes[front] = stake
    budget = context.formula(table.budget, (*path, "budget"), context.budget, BUDGET)
    return ControllerPlan(name, budget, stakes)


def point_plan(context: Context, name: str, table: PointTable) -> PointPlan | None:
    """Return a control point, or None where it has no owner."""
    path: Path = ("points", name)
    context.refer("layers", table.layer, (*path, "layer"))
    context.refer("controllers", table.owner, (*path, "owner"))
    options: dict[str, OptionPlan] = {}
    for position, option in enumerate(table.options):
        at = (*path, "options", position)
        for plan in _options(context, name, option, at):
            if plan.name in options:
                context.fault(at, "each option once", f"{plan.name!r} a second time")
            options[plan.name] = plan
    names = list(options)
    if table.status_quo not in options:
        advice = context.faults.nearest(table.status_quo, names)
        expected = f"one of the options {listed(names)}"
        context.fault((*path, "status_quo"), expected, shown(table.status_quo), advice)
    if table.owner not in context.document.controllers:
        return None
    status_quo = names.index(table.status_quo) if table.status_quo in options else 0
    return PointPlan(name, table.layer, table.owner, tuple(options.values()), status_quo)


def _options(context: Context, point: str, table: OptionTable, path: Path) -> Iterable[OptionPlan]:
    """Yield the option of a measure, or one per tier of its enforcement."""
    plan = OptionPlan(
        name=table.measure,
        measure=table.measure,
        tier="",
        cost=context.formula(table.cost, (*path, "cost"), context.budget, NOT_NEGATIVE),
        economic_cost=context.formula(
            table.economic_cost, (*path, "economic_cost"), context.budget, ANY
        ),
        hazard=context.formula(table.hazard or "0", (*path, "hazard"), context.one, NOT_NEGATIVE),
        toll=context.per_unit(
            table.toll,
            (*path, "toll"),
            context.crossing.get(point, []),
            "split the control point, one part for each unit",
        ),
    )
    if table.enforcement is None:
        yield plan
        return
    if table.hazard is not None:
        advice = "the curve's hazard_max and the tiers say what it is"
        context.fault((*path, "hazard"), "no hazard beside enforcement", "one", advice)
    for tier, curve in _curves(context, table.enforcement, (*path, "enforcement")):
        yield replace(plan, name=f"{table.measure}/{tier}", tier=tier, curve=curve)


def _curves(
    context: Context, table: EnforcementTable, path: Path
) -> Iterable[tuple[str, CurvePlan]]:
    """Yield each tier with its point on the curve."""
    hazard_max = context.formula(table.hazard_max, (*path, "hazard_max"), context.one, NOT_NEGATIVE)
    half_cost = context.formula(table.half_cost, (*path, "half_cost"), context.budget, POSITIVE)
    for tier, quantity in table.tiers.items():
        at = (*path, "tiers", tier)
        spending = context.formula(quantity, at, context.budget, NOT_NEGATIVE)
        yield tier, CurvePlan(hazard_max, half_cost, spending)

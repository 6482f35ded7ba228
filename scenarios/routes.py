"""Compiling what the evader uses: arcs, efforts and fronts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scenarios.blueprint import ArcPlan, EffortPlan, Formula, FrontPlan
from scenarios.context import (
    ANY,
    HAZARD_FACTOR,
    NOT_NEGATIVE,
    POSITIVE,
    Context,
    different,
    per,
)
from scenarios.faults import Path, listed
from scenarios.units import Unit

if TYPE_CHECKING:
    from scenarios.schema import ArcTable, Declaration, FrontTable


def effort_plans(context: Context) -> Iterable[EffortPlan]:
    """Yield the efforts; what they cost per unit must suit everything that crosses anywhere."""
    units = different([unit for units in context.crossing.values() for unit in units])
    for name, table in context.document.efforts.items():
        path: Path = ("efforts", name)
        yield EffortPlan(
            name,
            context.formula(
                table.hazard_factor, (*path, "hazard_factor"), context.one, HAZARD_FACTOR
            ),
            context.per_unit(
                table.unit_cost, (*path, "unit_cost"), units, "use price_share instead"
            ),
            context.formula(table.price_share, (*path, "price_share"), context.one, NOT_NEGATIVE),
        )


def arc_plan(context: Context, name: str, table: ArcTable) -> ArcPlan | None:
    """Return an arc, or None where one of its ends has no unit."""
    path: Path = ("arcs", name)
    context.refer("nodes", table.tail, (*path, "tail"))
    context.refer("nodes", table.head, (*path, "head"))
    tail, head = context.nodes.get(table.tail), context.nodes.get(table.head)
    money = per(context.money, tail)
    prices = _steps(context, table.price, (*path, "price"), money)
    capacities = _steps(context, table.capacity, (*path, "capacity"), per(tail, context.year))
    if len(prices) != len(capacities):
        found = f"{len(prices)} prices and {len(capacities)} capacities"
        context.fault(path, "as many capacities as prices", found)
        prices, capacities = prices[:1], capacities[:1]
    revenue = {}
    for controller, quantity in table.revenue.items():
        at = (*path, "revenue", controller)
        earned = context.formula(quantity, at, money, ANY)
        context.refer("controllers", controller, at)
        if controller in context.document.controllers:
            revenue[controller] = earned
    conversion = context.formula(table.conversion, (*path, "conversion"), per(head, tail), POSITIVE)
    value = context.formula(table.value, (*path, "value"), money, ANY)
    point = _point_crossed(context, table.point, path)
    if tail is None or head is None:
        return None
    return ArcPlan(
        name, table.tail, table.head, point, prices, capacities, conversion, value, revenue
    )


def front_plan(context: Context, name: str, table: FrontTable) -> FrontPlan | None:
    """Return a front, or None where it has no curve or its node no unit."""
    path: Path = ("fronts", name)
    known = context.refer("nodes", table.node, (*path, "node"))
    if known and context.heads is not None and table.node not in context.heads:
        expected = f"an arc that leads to {table.node!r}"
        context.fault((*path, "node"), expected, "none", "add a route, or remove the front")
    unit = context.nodes.get(table.node)
    weight = context.formula(table.weight, (*path, "weight"), context.stake, NOT_NEGATIVE)
    places = {
        "base": (unit, POSITIVE),
        "growth": (context.unit("OOM/yr"), POSITIVE),
        "constant_value": (per(context.month, unit), NOT_NEGATIVE),
    }
    formulas = {
        key: context.formula(quantity, (*path, key), *places[key])
        for key in places
        if (quantity := getattr(table, key)) is not None
    }
    if set(formulas) not in ({"base", "growth"}, {"constant_value"}):
        context.fault(path, "either base and growth, or constant_value", listed(formulas))
        return None
    return None if unit is None else FrontPlan(name, table.node, weight, **formulas)


def _steps(
    context: Context,
    quantities: str | Declaration | list[str | Declaration],
    path: Path,
    unit: Unit | None,
) -> tuple[Formula, ...]:
    if not isinstance(quantities, list):
        return (context.formula(quantities, path, unit, NOT_NEGATIVE),)
    return tuple(
        context.formula(quantity, (*path, position), unit, NOT_NEGATIVE)
        for position, quantity in enumerate(quantities)
    )


def _point_crossed(context: Context, point: str | None, path: Path) -> str | None:
    """Return the control point of an arc, None where there is none or it could not be compiled."""
    if point is None or not context.refer("points", point, (*path, "point")):
        return None
    table = context.document.points.get(point)
    return point if table and table.owner in context.document.controllers else None

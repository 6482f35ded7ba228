"""From a scenario's document to its blueprint: names resolved, units checked, formulas read.

Names of entries that were left out because their shape was wrong still count as declared; what
refers to them is left out in turn, without a fault of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from scenarios.blueprint import Blueprint
from scenarios.chances import worlds_plan
from scenarios.context import BUDGET, SHARE, Context
from scenarios.controls import controller_plan, point_plan
from scenarios.faults import Path
from scenarios.observations import observation_plan
from scenarios.routes import arc_plan, effort_plans, front_plan


def compile_document(context: Context, *, file: str) -> Blueprint:
    """Return the blueprint of a document, with stand-ins for whatever was faulty.

    Parameters
    ----------
    file : name of the scenario's file, for messages about the game as a whole.
    """
    document = context.document
    _check_goods(context)
    for section, names in context.declared.items():
        if names is not None and not names:
            context.fault((section,), "at least one entry", "none")
    points = [point_plan(context, name, table) for name, table in document.points.items()]
    arcs = [arc_plan(context, name, table) for name, table in document.arcs.items()]
    fronts = [
        plan
        for name, table in document.fronts.items()
        if (plan := front_plan(context, name, table)) is not None
    ]
    sound = {front.name for front in fronts}
    observed = [
        observation_plan(context, table, ("observed", position))
        for position, table in enumerate(document.observed)
    ]
    return Blueprint(
        name=document.name,
        file=file,
        parameters=context.quantities.parameters,
        controllers=tuple(
            controller_plan(context, name, table, fronts=sound)
            for name, table in document.controllers.items()
        ),
        points=tuple(plan for plan in points if plan is not None),
        arcs=tuple(plan for plan in arcs if plan is not None),
        fronts=tuple(fronts),
        efforts=tuple(effort_plans(context)),
        evader_budget=context.formula(
            document.evader.budget, ("evader", "budget"), context.budget, BUDGET
        ),
        correlation=context.formula(
            document.settings.correlation, ("settings", "correlation"), context.one, SHARE
        ),
        chord_error=document.settings.chord_error,
        observed=tuple(plan for plan in observed if plan is not None),
        worlds=worlds_plan(context),
    )


def unused(context: Context, *, mentioned: AbstractSet[str]) -> Iterable[tuple[Path, str]]:
    """Yield the path of everything that is declared and used nowhere, with what would use it.

    Parameters
    ----------
    mentioned : names of parameters that overrides use.
    """
    used = context.quantities.used | mentioned
    for name in context.document.parameters:
        if name not in used:
            yield ("parameters", name), "an expression or an observation"
    for section, user in (
        ("layers", "a control point"),
        ("nodes", "an arc"),
        ("points", "an arc"),
    ):
        for name in getattr(context.document, section):
            if name not in context.named.get(section, ()):
                yield (section, name), user
    for position, good in enumerate(context.document.goods):
        if good not in context.quantities.units.used:
            yield ("goods", position), "a unit"


def _check_goods(context: Context) -> None:
    goods, built_in = context.document.goods, context.quantities.units.built_in
    before: set[str] = set()
    for position, good in enumerate(goods):
        if good in built_in or good in before:
            found = "the name of a unit already" if good in built_in else "a second time"
            context.fault(("goods", position), "a new name", f"{good!r}, {found}")
        before.add(good)

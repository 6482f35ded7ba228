"""Compiling observations: which number of the model each published number is held against.

The model's counterpart has a unit of its own (units of a node a year, months, or a plain number for
a premium); the formula `scale` turns it into the unit in which the number was published.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.blueprint import Formula, ObservedPlan, Rule
from scenarios.context import POSITIVE, Context, different, per
from scenarios.faults import Path, listed, shown
from scenarios.units import Unit

if TYPE_CHECKING:
    from scenarios.schema import ComparisonTable, ObservedTable

KINDS = ("arriving", "entering", "months", "node_price")
SCALE = Rule(stand_in=1)


@dataclass(frozen=True)
class _Counterpart:
    """What the model's number is about, and its unit, None where that is not known."""

    subjects: tuple[str, ...]
    unit: Unit | None
    over: Formula | None = None


def observation_plan(context: Context, table: ObservedTable, path: Path) -> ObservedPlan | None:
    """Return the plan of one observation, or file its faults and return None."""
    parameter = context.quantities.parameter(table.parameter, (*path, "parameter"))
    at, model = (*path, "model"), table.model
    kinds = [kind for kind in KINDS if getattr(model, kind) is not None]
    if len(kinds) != 1 or (model.over is not None) != (kinds == ["node_price"]):
        expected = f"one of {listed(KINDS)}, and over with node_price"
        context.fault(at, expected, listed(kinds))
        return None
    kind = kinds[0]
    if kind == "months":
        counterpart = _front_months(context, model, at)
    elif kind == "node_price":
        counterpart = _premium(context, model, at)
    else:
        counterpart = _flow(context, kind, model.arriving or model.entering or [], at)
    published = None if parameter is None else context.unit(parameter.unit)
    unit = per(published, counterpart.unit)
    scale = context.formula(table.scale, (*path, "scale"), unit, SCALE)
    if unit is None:
        return None
    return ObservedPlan(
        name=table.name,
        parameter=table.parameter,
        kind=kind,
        subjects=counterpart.subjects,
        scale=scale,
        over=counterpart.over,
        note=table.note,
    )


def _front_months(context: Context, model: ComparisonTable, path: Path) -> _Counterpart:
    """Return the fronts whose months are added up: one by its name, or those that match."""
    if isinstance(model.months, str):
        known = context.refer("fronts", model.months, (*path, "months"))
        return _Counterpart((model.months,), context.month if known else None)
    at = (*path, "months")
    names = _matching(context, "fronts", context.document.fronts, model.months or [], at)
    return _Counterpart(names, context.month if names else None)


def _matching(
    context: Context, section: str, sound: Iterable[str], patterns: list[str], path: Path
) -> tuple[str, ...]:
    """Return the sound entries of a section that some pattern matches, each once."""
    declared, sound = context.declared[section], list(sound)
    names: dict[str, None] = {}
    for position, pattern in enumerate(patterns):
        if declared is not None and not fnmatch.filter(declared, pattern):
            expected = f"the name of one of the {section}, or a pattern"
            context.fault((*path, position), expected, shown(pattern))
        names.update(dict.fromkeys(fnmatch.filter(sound, pattern)))
    return tuple(names)


def _premium(context: Context, model: ComparisonTable, path: Path) -> _Counterpart:
    """Return the evader's price of a unit at a node, over a published price, minus one."""
    node, price = str(model.node_price), str(model.over)
    at = (*path, "node_price")
    known = context.refer("nodes", node, at)
    if known and context.heads is not None and node not in context.heads:
        context.fault(at, "a node that some arc leads to", f"the source {node!r}, which is free")
    unit = context.nodes.get(node)
    over = context.formula(price, (*path, "over"), per(context.money, unit), POSITIVE)
    return _Counterpart((node,), None if unit is None else context.one, over)


def _flow(context: Context, kind: str, globs: list[str], path: Path) -> _Counterpart:
    """Return the arcs that match, and the one unit of what enters or leaves them in a year."""
    arcs = context.document.arcs
    names = _matching(context, "arcs", arcs, globs, (*path, kind))
    end = "head" if kind == "arriving" else "tail"
    nodes = [getattr(arcs[name], end) for name in names]
    units = different([context.nodes[node] for node in nodes if node in context.nodes])
    if len(units) > 1:
        found, advice = listed(unit.text for unit in units), "list them as separate observations"
        context.fault((*path, kind), f"arcs whose {end}s have one unit", found, advice)
    return _Counterpart(names, per(units[0], context.year) if len(units) == 1 else None)

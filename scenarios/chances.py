"""Compiling what worlds draw together: shares of one whole, numbers that go together, switches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scenarios.blueprint import (
    AlternativePlan,
    Formula,
    Rule,
    SharesPlan,
    SwitchPlan,
    TogetherPlan,
    WorldsPlan,
)
from scenarios.context import ANY, NOT_NEGATIVE, POSITIVE, Context
from scenarios.faults import FaultError, Path, shown

if TYPE_CHECKING:
    from scenarios.schema import AlternativeTable, SwitchTable

CORRELATION = Rule(least=0, most=1)
WHOLE = 1e-6
"""How far the probabilities of a switch may be from adding up to one."""


def worlds_plan(context: Context) -> WorldsPlan:
    """Return what worlds draw together, filing what does not make sense."""
    tables, drawn = context.document.worlds, _Drawn(context)
    shares, together = [], []
    for name, share in tables.shares.items():
        path: Path = ("worlds", "shares", name)
        members = drawn.members(share.parameters, path)
        weight = context.formula(share.weight, (*path, "weight"), context.one, POSITIVE)
        _check_shares(context, members, path)
        _value(context, weight)
        shares.append(SharesPlan(name, share.title or name, members, weight))
    for name, group in tables.together.items():
        path = ("worlds", "together", name)
        members = drawn.members(group.parameters, path)
        rho = context.formula(group.rho, (*path, "rho"), context.one, CORRELATION)
        _value(context, rho)
        together.append(TogetherPlan(name, group.title or name, members, rho))
    switches = [_switch(context, name, table) for name, table in tables.switches.items()]
    _check_switches(context, switches)
    return WorldsPlan(tuple(shares), tuple(together), tuple(switches))


class _Drawn:
    """Parameters that some group draws already."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.before: set[str] = set()

    def members(self, names: Iterable[str], path: Path) -> tuple[str, ...]:
        """Return those that are parameters and not in another group."""
        found = []
        for position, name in enumerate(names):
            at = (*path, "parameters", position)
            if self.context.quantities.parameter(name, at) is None:
                continue
            if name in self.before:
                self.context.fault(
                    at, "each parameter in one group", f"{shown(name)} again", "name it once"
                )
                continue
            self.before.add(name)
            found.append(name)
        return tuple(found)


def _check_shares(context: Context, members: Iterable[str], path: Path) -> None:
    numbers = [context.quantities.parameters[name] for name in members]
    for number in numbers:
        if not number.value > 0:
            context.fault((*path, "parameters"), "shares > 0", f"{number.name} = {number.value:g}")
        if number.scale != numbers[0].scale or number.unit != numbers[0].unit:
            found = f"{numbers[0].unit} and {number.unit}"
            context.fault((*path, "parameters"), "shares in one unit", found)


def _switch(context: Context, name: str, table: SwitchTable) -> SwitchPlan:
    path: Path = ("worlds", "switches", name)
    alternatives: list[AlternativePlan] = []
    for position, entry in enumerate(table.alternatives):
        at = (*path, "alternatives", position)
        if entry.name in [one.name for one in alternatives]:
            context.fault((*at, "name"), "each name once", f"{shown(entry.name)} again")
        probability = context.formula(
            entry.probability, (*at, "probability"), context.one, NOT_NEGATIVE
        )
        values = _values(context, entry, at)
        alternatives.append(
            AlternativePlan(entry.name, entry.title or entry.name, probability, values)
        )
    total = sum(_value(context, one.probability) for one in alternatives)
    if not abs(total - 1) <= WHOLE:
        context.fault(
            (*path, "alternatives"), "probabilities that add up to 1 (100 %)", f"{total:g}"
        )
    return SwitchPlan(name, table.title or name, tuple(alternatives))


def _values(context: Context, entry: AlternativeTable, at: Path) -> Mapping[str, Formula]:
    values = {}
    for parameter, quantity in entry.set.items():
        path = (*at, "set", parameter)
        known = context.quantities.parameter(parameter, path)
        unit = None if known is None else context.unit(known.unit)
        values[parameter] = context.formula(quantity, path, unit, ANY)
    return values


def _value(context: Context, formula: Formula) -> float:
    """Return what a formula is worth at the parameters' own values, filing what breaks its rule."""
    numbers = context.quantities.parameters
    try:
        return formula.value({n: numbers[n].size for n in formula.expression.names})
    except FaultError as fault:
        context.faults.file(formula.place, fault)
        return formula.rule.stand_in


def _check_switches(context: Context, switches: Iterable[SwitchPlan]) -> None:
    """File parameters that several switches set, and values that rest on one that some sets."""
    setters: dict[str, str] = {}
    for switch in switches:
        for name in {name for one in switch.alternatives for name in one.values}:
            if setters.setdefault(name, switch.name) != switch.name:
                context.fault(
                    ("worlds", "switches", switch.name),
                    "parameters that no other switch sets",
                    f"{shown(name)}, set by {setters[name]}",
                )
    for switch in switches:
        for position, one in enumerate(switch.alternatives):
            used = {name for formula in one.values.values() for name in formula.expression.names}
            for name in sorted(used & set(setters)):
                context.fault(
                    ("worlds", "switches", switch.name, "alternatives", position, "set"),
                    "values over parameters that no switch sets",
                    shown(name),
                    "give the alternative a parameter of its own",
                )

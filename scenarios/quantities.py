"""Quantities: parameters with their units, and the formulas over them with theirs.

A quantity in a scenario is an expression over parameters, or a parameter declared on the spot. Each
place expects a dimension; the expression's own dimension is derived from its parameters' units, and
the factor between the two sizes becomes part of the formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from scenarios.blueprint import Formula, Parameter, Rule, constant
from scenarios.expressions import FUNCTIONS, Expression, Step, parse
from scenarios.faults import FaultError, Faults, Path, Places, path_text, shown
from scenarios.units import Powers, Unit, UnitSystem, in_words

if TYPE_CHECKING:
    from scenarios.schema import Declaration

EXPECTED_UNIT = "expected"
"""Unit of a number given by a setting: whatever its place expects."""
LEFT_OUT = "<left out>"
"""Stands where a quantity was left out because its shape was wrong."""
LARGEST_DRAWN = 1e100
"""Ends of ranges, in the unit of the table, beyond which draws and their sums could overflow."""
SETTING_SOURCE = "setting"
"""Source of a number given by a setting or an override."""


class Quantities:
    """The parameters of one scenario, and a reader of formulas over them.

    Parameters
    ----------
    declared : parameters of the scenario that have a sound shape.
    known : names of all parameters, those with a misshapen declaration included; None where some
        could not even be read.
    sources : keys of the bibliography; None where it could not be read.
    changed : paths of parameters that an override or a setting moved.
    """

    def __init__(
        self,
        declared: Mapping[str, Declaration],
        *,
        known: AbstractSet[str] | None,
        units: UnitSystem,
        sources: AbstractSet[str] | None,
        changed: AbstractSet[str],
        places: Places,
        faults: Faults,
    ) -> None:
        self.units, self.places, self.faults = units, places, faults
        self._known, self._sources, self._changed = known, sources, changed
        self.parameters: dict[str, Parameter] = {}
        self.used: set[str] = set()
        self.used_sources: set[str] = set()
        self._dimensions: dict[str, Powers] = {}
        self._found: dict[str, Powers | None] = {}
        for name, declaration in declared.items():
            if name in FUNCTIONS:
                faults.add(
                    places.name(("parameters", name)),
                    "a name that is no function",
                    shown(name),
                )
            self._declare(name, declaration, ("parameters", name), None)

    def unit(self, text: str, path: Path) -> Unit | None:
        """Return the unit that a text names, or file a fault."""
        try:
            return self.units.parse(text)
        except FaultError as fault:
            self.faults.file(self.places.name(path), fault)
            return None

    def formula(
        self, quantity: str | Declaration, path: Path, *, unit: Unit | None, rule: Rule
    ) -> Formula:
        """Return the formula of a quantity, checked against the unit that its place expects.

        Where that unit is None, because the node that it belongs to has none, the names are still
        looked up and a stand-in is returned.
        """
        place = self.places.name(path)
        if quantity == LEFT_OUT:
            return constant(rule.stand_in, place)
        if not isinstance(quantity, str):
            name = path_text(path)
            if not self._declare(name, quantity, path, unit):
                return constant(rule.stand_in, place)
            expression = Expression(name, (Step("name", name=name),), (name,))
        else:
            try:
                expression = parse(quantity)
            except FaultError as fault:
                self.faults.file(place, fault)
                return constant(rule.stand_in, place)
            if not self._names_are_known(expression, place):
                return constant(rule.stand_in, place)
        self.used.update(expression.names)
        if unit is None or not self._fits(expression, place, unit):
            return constant(rule.stand_in, place)
        return Formula(place, expression, float(1 / unit.scale), rule)

    def parameter(self, name: str, path: Path) -> Parameter | None:
        """Return a parameter that is named outside an expression, or file a fault."""
        self.used.add(name)
        self._is_known(name, self.places.name(path))
        return self.parameters.get(name)

    def _names_are_known(self, expression: Expression, place: str) -> bool:
        if not expression.names and expression.text.strip() not in ("0", "1"):
            self.faults.add(
                place,
                "at least one parameter, or the plain number 0 or 1",
                shown(expression.text),
                "declare the number as a parameter with its range, unit and source, or in place "
                "as { value=, low=, high=, unit=, source=, confidence= }",
            )
            return False
        for name in expression.names:
            self._is_known(name, place)
        self.used.update(expression.names)
        return all(name in self.parameters for name in expression.names)

    def _is_known(self, name: str, place: str) -> None:
        if self._known is not None and name not in self._known:
            advice = self.faults.nearest(name, self._known, advice="declare it under `parameters`")
            self.faults.add(place, "names of parameters", shown(name), advice)

    def _fits(self, expression: Expression, place: str, unit: Unit) -> bool:
        try:
            found = self._dimension(expression)
        except FaultError as fault:
            self.faults.file(place, fault)
            return False
        if found is None or found == unit.powers:
            return True
        units = {name: self.parameters[name].unit for name in expression.names}
        measured = ", ".join(f"{name} in {text}" for name, text in units.items())
        self.faults.add(
            place,
            f"{unit.text} or another unit of {in_words(unit.powers)}",
            f"{in_words(found)} from {shown(expression.text)}" + (measured and f" ({measured})"),
        )
        return False

    def _dimension(self, expression: Expression) -> Powers | None:
        """Return the dimension of an expression; scenarios say the same thing in many places."""
        if expression.text not in self._found:
            self._found[expression.text] = expression.dimension(self._dimensions)
        return self._found[expression.text]

    def _declare(
        self, name: str, declaration: Declaration, path: Path, expected: Unit | None
    ) -> bool:
        """Add a parameter; return whether formulas may use it."""
        if declaration.unit == EXPECTED_UNIT and expected is not None:
            unit: Unit | None = expected
        else:
            unit = self.unit(declaration.unit, (*path, "unit"))
        changed = path_text(path) in self._changed
        low, high = self._range(declaration, path)
        self._check_source(declaration, path)
        if unit is None:
            return False
        self._dimensions[name] = unit.powers
        self.parameters[name] = Parameter(
            name=name,
            value=declaration.value,
            low=low,
            high=high,
            unit=unit.text,
            source=declaration.source,
            confidence=declaration.confidence,
            note=declaration.note,
            exact=declaration.exact,
            changed=changed,
            scale=float(unit.scale),
            distribution=declaration.distribution,
        )
        self._check_distribution(self.parameters[name], path)
        return True

    def _check_distribution(self, parameter: Parameter, path: Path) -> None:
        low, value, high = parameter.low, parameter.value, parameter.high
        kind, place = parameter.distribution, self.places.name((*path, "distribution"))
        found = f"low {low:g}, value {value:g}, high {high:g}"
        if kind not in ("", "fixed") and parameter.exact:
            self.faults.add(place, "no distribution where exact = true", kind, "remove one of them")
        elif low < high and max(-low, high) > LARGEST_DRAWN:
            wanted = f"a range within {LARGEST_DRAWN:g} of zero, to draw worlds from"
            self.faults.add(self.places.name(path), wanted, found)
        elif kind == "loguniform" and not low > 0:
            self.faults.add(place, "0 < low with loguniform", found, "name another")
        elif kind == "lognormal" and not 0 < low < value < high:
            self.faults.add(place, "0 < low < value < high with lognormal", found, "name another")

    def _range(self, declaration: Declaration, path: Path) -> tuple[float, float]:
        place = self.places.name(path)
        value, low, high = declaration.value, declaration.low, declaration.high
        if declaration.exact:
            if low is not None or high is not None:
                self.faults.add(
                    place,
                    "no low and high where exact = true",
                    "a range",
                    "remove one of the two",
                )
            return value, value
        if low is None or high is None:
            self.faults.add(
                place,
                "low and high",
                "only one of them" if (low, high) != (None, None) else "none",
                "give both, or exact = true for a definition or a count",
            )
            return value, value
        if not low <= value <= high:
            self.faults.add(
                place,
                "low <= value <= high",
                f"low {low:g}, value {value:g}, high {high:g}",
            )
        return low, high

    def _check_source(self, declaration: Declaration, path: Path) -> None:
        key = declaration.source
        self.used_sources.add(key)
        if self._sources is not None and key not in self._sources and key != SETTING_SOURCE:
            advice = self.faults.nearest(key, self._sources, advice="add it to sources.toml")
            self.faults.add(
                self.places.name((*path, "source")),
                "a key of the bibliography",
                shown(key),
                advice,
            )
        if key in ("prior", "arithmetic") and not declaration.note.strip():
            self.faults.add(
                self.places.name((*path, "note")),
                f"a note that says how, since the source is {key}",
                "none",
            )

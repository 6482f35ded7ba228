"""The context in which a document is compiled: its names, its units, and where faults are filed.

Everything that is wrong is filed, never raised: a broken quantity is replaced by a harmless
stand-in and the work goes on, so that one run tells every fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import TYPE_CHECKING

from scenarios.blueprint import Formula, Rule
from scenarios.faults import Faults, Path, Places, listed, shown
from scenarios.quantities import Quantities
from scenarios.units import Unit

if TYPE_CHECKING:
    from scenarios.schema import Declaration, Document

NOT_NEGATIVE = Rule(least=0)
ANY = Rule()
BUDGET = Rule(least=0, stand_in=1e300)
POSITIVE = Rule(least=0, above=True, stand_in=1)
SHARE = Rule(least=0, most=1)
HAZARD_FACTOR = Rule(least=0, most=1, above=True, stand_in=1)


class Context:
    """One document and what its parts may refer to.

    Parameters
    ----------
    document : the entries of a sound shape.
    declared : for each section, the names that the files declare, misshapen entries included; None
        where some could not even be read.
    heads : nodes that some arc leads to, misshapen arcs included; None where some arcs could not
        be read.

    Attributes
    ----------
    nodes : {node: unit} where the unit is known.
    crossing : {control point: the different units of what crosses it}.
    named : {section: names that something refers to}.
    """

    def __init__(
        self,
        document: Document,
        *,
        declared: Mapping[str, AbstractSet[str] | None],
        heads: AbstractSet[str] | None,
        quantities: Quantities,
        places: Places,
        faults: Faults,
    ) -> None:
        self.document, self.declared, self.heads = document, declared, heads
        self.quantities, self.places, self.faults = quantities, places, faults
        self.named: dict[str, set[str]] = {}
        self.money, self.budget = self.unit("bn USD"), self.unit("bn USD/yr")
        self.stake, self.one = self.unit("bn USD/month"), self.unit("1")
        self.year, self.month = self.unit("yr"), self.unit("month")
        self.nodes: dict[str, Unit] = {}
        for name, node in document.nodes.items():
            unit = quantities.unit(node.unit, ("nodes", name, "unit"))
            if unit is not None:
                self.nodes[name] = unit
        self.crossing: dict[str, list[Unit]] = {}
        for arc in document.arcs.values():
            if arc.point is not None and arc.tail in self.nodes:
                units = self.crossing.setdefault(arc.point, [])
                self.crossing[arc.point] = different([*units, self.nodes[arc.tail]])

    def unit(self, text: str) -> Unit:
        """Return a unit that is known to exist."""
        return self.quantities.units.parse(text)

    def formula(
        self, quantity: str | Declaration, path: Path, unit: Unit | None, rule: Rule
    ) -> Formula:
        """Return the formula of a quantity; see `Quantities.formula`."""
        return self.quantities.formula(quantity, path, unit=unit, rule=rule)

    def per_unit(
        self, quantity: str | Declaration, path: Path, units: list[Unit], advice: str
    ) -> Formula:
        """Return money per unit of what crosses, which must be counted in one unit.

        Parameters
        ----------
        advice : what to do where it is counted in several.
        """
        if quantity != "0" and len(units) > 1:
            expected = "one unit for everything that crosses"
            self.fault(path, expected, listed(unit.text for unit in units), advice)
        one = units[0] if len(units) == 1 else None
        return self.formula(quantity, path, per(self.money, one), NOT_NEGATIVE)

    def refer(self, section: str, name: str, path: Path) -> bool:
        """Note that a name is used; whether it is declared, a fault being filed where it is not."""
        self.named.setdefault(section, set()).add(name)
        known = self.declared[section]
        if known is None or name in known:
            return known is not None
        advice = self.faults.nearest(name, known, advice=f"declare it under `{section}`")
        self.fault(path, f"one of the {section} {listed(known)}", shown(name), advice)
        return False

    def fault(self, path: Path, expected: str, found: str, advice: str = "") -> None:
        """File a fault at a path."""
        self.faults.add(self.places.name(path), expected, found, advice)


@lru_cache(maxsize=256)
def per(unit: Unit | None, other: Unit | None) -> Unit | None:
    """Return the quotient of two units, None where either is not known."""
    return None if unit is None or other is None else unit.times(other, -1)


def different(units: list[Unit]) -> list[Unit]:
    """Return the first of each run of units that measure the same in the same size."""
    return list({(unit.scale, unit.powers): unit for unit in units}.values())

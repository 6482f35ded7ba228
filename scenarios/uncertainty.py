"""What is drawn in a scenario, and how: from a point of a cube to the numbers of a world.

Which numbers are drawn, and which of them together, is compiled into *factors*: independent numbers
from 0 to 1 that a sample fills evenly. A number of its own is one factor; the shares of one whole
have one each; numbers that go together share one and have one each; a switch is one factor. From a
point of that cube `Uncertainty.draws` computes the parameters by their distributions, in this
order: numbers of their own, groups, and then switches, whose alternatives say what parameters are
worth there and may rest on numbers that were drawn. Where a setting decided one of the shares of a
whole, or what a switch sets, the whole or the switch is out of play.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenarios.blueprint import Blueprint, SwitchPlan
from scenarios.distributions import Distribution, distribution_of

_EDGE = 1e-12
"""How near to 0 and 1 a factor comes: the quantile of an endless distribution is infinite there."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Factor:
    """One independent number from 0 to 1 behind a draw.

    Attributes
    ----------
    group : what it belongs to: a parameter of its own, a group or a switch.
    role : what it is there.
    """

    group: str
    role: str


class Uncertainty:
    """What is drawn in a scenario, and how.

    Attributes
    ----------
    names : parameters that differ between worlds, in the order of the scenario.
    factors : the independent numbers behind a draw.
    switches : the switches that the scenario has, but for those that a setting decided.
    distributions : {parameter: distribution} of the numbers that a distribution of its own draws.
    """

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        plan, numbers = blueprint.worlds, blueprint.parameters
        used = _used(blueprint)
        pinned = {name for name, number in numbers.items() if number.changed}
        self.switches = tuple(
            switch
            for switch in plan.switches
            if not pinned & {name for one in switch.alternatives for name in one.values}
        )
        for switch in self.switches:
            used |= {
                name
                for one in switch.alternatives
                for formula in one.values.values()
                for name in formula.expression.names
            }
        sizes = blueprint.sizes({})
        self._shares = [
            (one, one.weight.value(sizes))
            for one in plan.shares
            if not pinned & set(one.parameters)
        ]
        shared = {name for one in plan.shares for name in one.parameters}
        self.distributions: dict[str, Distribution] = {}
        for name, number in numbers.items():
            distribution = distribution_of(number)
            if name in used - shared and distribution.kind != "fixed":
                self.distributions[name] = distribution
        self._together = [
            (one, [n for n in one.parameters if n in self.distributions], one.rho.value(sizes))
            for one in plan.together
        ]
        switched = {n for s in self.switches for one in s.alternatives for n in one.values}
        drawn = {*self.distributions, *switched}
        drawn |= {name for one, _ in self._shares for name in one.parameters}
        self.names = tuple(name for name in numbers if name in drawn)
        self.factors, self._places = self._layout()

    def _layout(self) -> tuple[tuple[Factor, ...], dict[tuple[str, str], int]]:
        factors: list[Factor] = []
        grouped = {name for _, names, _ in self._together for name in names}
        factors += [Factor(name, name) for name in self.distributions if name not in grouped]
        for share, _ in self._shares:
            factors += [Factor(share.name, name) for name in share.parameters]
        for group, names, rho in self._together:
            factors += [Factor(group.name, "together")] if rho > 0 and names else []
            factors += [Factor(group.name, name) for name in names if rho < 1]
        factors += [Factor(switch.name, "switch") for switch in self.switches]
        places = {(factor.group, factor.role): place for place, factor in enumerate(factors)}
        return tuple(factors), places

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """{what factors belong to: parameters that they move}."""
        members: dict[str, tuple[str, ...]] = {f.group: (f.group,) for f in self.factors}
        members |= {one.name: one.parameters for one, _ in self._shares}
        members |= {one.name: tuple(names) for one, names, _ in self._together if names}
        for switch in self.switches:
            set_there = dict.fromkeys(n for one in switch.alternatives for n in one.values)
            members[switch.name] = tuple(set_there)
        return members

    def draws(self, points: Array) -> tuple[Array, dict[str, NDArray[np.int64]]]:
        """Return the parameters of each point of the cube, and the alternative of each switch.

        Parameters
        ----------
        points : shape (worlds, factors), from 0 to 1.

        Returns
        -------
        draws : shape (worlds, names), in the units of the parameters.
        chosen : {switch: index of the alternative}, each of shape (worlds,).
        """
        points = np.clip(points, _EDGE, 1 - _EDGE)
        columns: dict[str, Array] = {}
        for name, distribution in self.distributions.items():
            if (name, name) in self._places:
                columns[name] = distribution.quantile(points[:, self._places[name, name]])
        self._draw_shares(points, columns)
        self._draw_together(points, columns)
        chosen = self._draw_switches(points, columns)
        if not self.names:
            return np.zeros((len(points), 0)), chosen
        return np.column_stack([columns[name] for name in self.names]), chosen

    def _draw_shares(self, points: Array, columns: dict[str, Array]) -> None:
        """Draw a Dirichlet distribution: gamma numbers, divided by their sum."""
        from scipy.special import gammaincinv

        for one, weight in self._shares:
            values = [self.blueprint.parameters[name].value for name in one.parameters]
            whole = sum(values)
            parts = [
                gammaincinv(weight * value / whole, points[:, self._places[one.name, name]])
                for name, value in zip(one.parameters, values, strict=True)
            ]
            total = np.maximum(sum(parts), np.finfo(float).tiny)
            for name, part in zip(one.parameters, parts, strict=True):
                columns[name] = whole * np.maximum(part / total, _EDGE)

    def _draw_together(self, points: Array, columns: dict[str, Array]) -> None:
        """Draw normal scores sqrt(rho) of a common one and sqrt(1 - rho) of their own."""
        from scipy.special import ndtr, ndtri

        for one, names, rho in self._together:
            for name in names:
                score = np.zeros(len(points))
                if rho > 0:
                    common = points[:, self._places[one.name, "together"]]
                    score += np.sqrt(rho) * ndtri(common)
                if rho < 1:
                    own = points[:, self._places[one.name, name]]
                    score += np.sqrt(1 - rho) * ndtri(own)
                columns[name] = self.distributions[name].quantile(ndtr(score))

    def _draw_switches(
        self, points: Array, columns: dict[str, Array]
    ) -> dict[str, NDArray[np.int64]]:
        numbers, sizes = self.blueprint.parameters, self.blueprint.sizes({})
        chosen = {}
        for switch in self.switches:
            ends = np.cumsum([one.probability.value(sizes) for one in switch.alternatives])
            at = points[:, self._places[switch.name, "switch"]] * ends[-1]
            chosen[switch.name] = np.searchsorted(ends[:-1], at, side="right")
        set_anew = {}
        for switch in self.switches:
            for name in {n for one in switch.alternatives for n in one.values}:
                set_anew[name] = self._switched(
                    switch, name, chosen[switch.name], columns, numbers[name].value
                )
        columns.update(set_anew)
        return chosen

    def _switched(
        self,
        switch: SwitchPlan,
        name: str,
        chosen: NDArray[np.int64],
        columns: Mapping[str, Array],
        value: float,
    ) -> Array:
        """Return a parameter that a switch sets in some of its alternatives."""
        column = columns[name].copy() if name in columns else np.full(len(chosen), value)
        sizes = self.blueprint.sizes({})
        for index, one in enumerate(switch.alternatives):
            if name not in one.values:
                continue
            formula = one.values[name]
            for world in np.flatnonzero(chosen == index):
                here = {
                    used: columns[used][world] * self.blueprint.parameters[used].scale
                    if used in columns
                    else sizes[used]
                    for used in formula.expression.names
                }
                column[world] = formula.value(here)
        return column


def _used(blueprint: Blueprint) -> set[str]:
    """Return the parameters that the game rests on, those of observations alone left out."""
    found: set[str] = set()

    def walk(value: object) -> None:
        expression = getattr(value, "expression", None)
        if expression is not None:
            found.update(expression.names)
        elif isinstance(value, Mapping):
            walk(list(value.values()))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for one in value:
                walk(one)
        elif hasattr(value, "__dataclass_fields__"):
            walk([getattr(value, name) for name in value.__dataclass_fields__])

    parts = ("controllers", "points", "arcs", "fronts", "efforts", "evader_budget", "correlation")
    walk([getattr(blueprint, part) for part in parts])
    return found

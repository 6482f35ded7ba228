"""A blueprint: a scenario whose every number is still a formula over its parameters.

Names are resolved, units checked and options expanded once; `scenarios.build.build_game` then turns
a blueprint and one value per parameter into a game, as often as a study has worlds to look at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scenarios.expressions import Expression, Step
from scenarios.faults import FaultError

Kind = Literal["", "fixed", "uniform", "loguniform", "triangular", "pert", "lognormal"]
"""Distribution that a parameter names, or empty; `scenarios.distributions` says what they are."""


@dataclass(frozen=True)
class Parameter:
    """A number of the world with its range and where it comes from.

    Attributes
    ----------
    value, low, high : in `unit`; low = value = high where the number is exact.
    confidence : A primary, B press, D derived, P prior, M recalled.
    exact : whether the number is a definition or a count, with no range to draw from.
    changed : whether an override or a setting moved it away from its source.
    scale : size of `unit` inside the package (bn USD, years, single goods).
    distribution : empty where the rule decides how worlds draw the number.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    confidence: str
    note: str
    exact: bool
    changed: bool
    scale: float
    distribution: Kind = ""

    @property
    def size(self) -> float:
        """The value in internal units."""
        return self.value * self.scale

    @property
    def flagged(self) -> bool:
        """Whether the number rests on recall or on a prior."""
        return self.confidence in ("M", "P")


@dataclass(frozen=True)
class Rule:
    """What a number must satisfy, and what stands in for it where it does not.

    Parameters
    ----------
    least, most : bounds, in the unit of the place.
    above : whether `least` itself is ruled out.
    stand_in : harmless value with which checks go on after a fault.
    """

    least: float = -math.inf
    most: float = math.inf
    above: bool = False
    stand_in: float = 0.0

    def check(self, value: float) -> None:
        """Raise a `FaultError` where a value breaks the rule."""
        low = value <= self.least if self.above else value < self.least
        if low or value > self.most:
            wanted = f"a number {'>' if self.above else '>='} {self.least:g}"
            if math.isfinite(self.most):
                wanted += f" and <= {self.most:g}"
            raise FaultError(wanted, f"{value:g}")


@dataclass(frozen=True)
class Formula:
    """An expression at one place of a scenario.

    Parameters
    ----------
    place : where it stands, for messages.
    factor : what turns the expression's value into the unit of the place.
    """

    place: str
    expression: Expression
    factor: float = 1.0
    rule: Rule = Rule()

    def value(self, sizes: Mapping[str, float]) -> float:
        """Return the value in the unit of the place; a `FaultError` where it breaks the rule."""
        value = self.expression.value(sizes) * self.factor
        if not math.isfinite(value):
            raise FaultError("a finite number", f"{value} from {self.expression.text!r}")
        self.rule.check(value)
        return value


def constant(value: float, place: str = "") -> Formula:
    """Return a formula that is always `value`."""
    return Formula(place, Expression(f"{value:g}", (Step("number", value=value),), ()))


@dataclass(frozen=True)
class CurvePlan:
    """Enforcement of one option: the curve of its measure and the spending of its tier."""

    hazard_max: Formula
    half_cost: Formula
    spending: Formula


@dataclass(frozen=True)
class OptionPlan:
    """An option; its hazard and part of its cost come from a curve where it has one."""

    name: str
    measure: str
    tier: str
    cost: Formula
    economic_cost: Formula
    hazard: Formula
    toll: Formula
    curve: CurvePlan | None = None


@dataclass(frozen=True)
class PointPlan:
    """A control point."""

    name: str
    layer: str
    owner: str
    options: tuple[OptionPlan, ...]
    status_quo: int


@dataclass(frozen=True)
class ArcPlan:
    """An arc with its price steps."""

    name: str
    tail: str
    head: str
    point: str | None
    prices: tuple[Formula, ...]
    capacities: tuple[Formula, ...]
    conversion: Formula
    value: Formula
    revenue: Mapping[str, Formula]


@dataclass(frozen=True)
class FrontPlan:
    """A front: base and growth of its curve, or a constant value per unit."""

    name: str
    node: str
    weight: Formula
    base: Formula | None = None
    growth: Formula | None = None
    constant_value: Formula | None = None


@dataclass(frozen=True)
class EffortPlan:
    """An effort."""

    name: str
    hazard_factor: Formula
    unit_cost: Formula
    price_share: Formula


@dataclass(frozen=True)
class ControllerPlan:
    """A controller."""

    name: str
    budget: Formula
    stakes: Mapping[str, Formula]


@dataclass(frozen=True)
class ObservedPlan:
    """A published number and how the model's counterpart is read off a response.

    Attributes
    ----------
    kind : "arriving", "entering", "months" or "node_price".
    subjects : names of arcs, or of fronts, or of one node.
    over : price in the model's money per unit of the node that a premium is measured over.
    scale : turns the model's number into the unit of the parameter.
    """

    name: str
    parameter: str
    kind: str
    subjects: tuple[str, ...]
    scale: Formula
    over: Formula | None = None
    note: str = ""


@dataclass(frozen=True)
class SharesPlan:
    """Parameters that are shares of one whole.

    Attributes
    ----------
    weight : total weight of the Dirichlet distribution; the higher, the closer to the values.
    """

    name: str
    title: str
    parameters: tuple[str, ...]
    weight: Formula


@dataclass(frozen=True)
class TogetherPlan:
    """Parameters that are high or low together, with correlation `rho` of their normal scores."""

    name: str
    title: str
    parameters: tuple[str, ...]
    rho: Formula


@dataclass(frozen=True)
class AlternativePlan:
    """One position of a switch.

    Attributes
    ----------
    values : {parameter: formula over the numbers drawn, in the parameter's own unit}.
    """

    name: str
    title: str
    probability: Formula
    values: Mapping[str, Formula]


@dataclass(frozen=True)
class SwitchPlan:
    """Alternatives of which each world has one."""

    name: str
    title: str
    alternatives: tuple[AlternativePlan, ...]


@dataclass(frozen=True)
class WorldsPlan:
    """What worlds draw together rather than number by number."""

    shares: tuple[SharesPlan, ...] = ()
    together: tuple[TogetherPlan, ...] = ()
    switches: tuple[SwitchPlan, ...] = ()


@dataclass(frozen=True)
class Blueprint:
    """A scenario ready to become a game.

    Attributes
    ----------
    file : name of the scenario's file, in front of messages about the game as a whole.
    """

    name: str
    file: str
    parameters: Mapping[str, Parameter]
    controllers: tuple[ControllerPlan, ...]
    points: tuple[PointPlan, ...]
    arcs: tuple[ArcPlan, ...]
    fronts: tuple[FrontPlan, ...]
    efforts: tuple[EffortPlan, ...]
    evader_budget: Formula
    correlation: Formula
    chord_error: float
    observed: tuple[ObservedPlan, ...] = field(default=())
    worlds: WorldsPlan = WorldsPlan()

    def sizes(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return parameter values in internal units; those not in `values` keep their own."""
        return {
            name: values.get(name, parameter.value) * parameter.scale
            for name, parameter in self.parameters.items()
        }

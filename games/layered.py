"""The layered control game: controllers, control points, the evader's network, and fronts.

Controllers own control points and put one option at each. The evader sees the options and sends
units from sources through arcs to fronts, where they become months of progress. An arc crosses at
most one control point; a unit survives it with probability exp(-phi h), where h is the hazard of
the option there and phi <= 1 is the care that the evader pays for. Money is in bn USD a year,
quantities in units a year, stakes in bn USD per month of progress.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from games.capability import Chord, MonthsCurve
from games.enforcement import Tier
from games.errors import GameError

Profile = tuple[int, ...]
"""One option index per control point, in the order of `LayeredGame.points`."""


@dataclass(frozen=True)
class Option:
    """What an owner may do at a control point.

    Parameters
    ----------
    name : unique at its control point.
    cost : public outlay counted against the owner's budget, bn USD a year, >= 0.
    economic_cost : lost sales, compliance and retaliation borne by the owner's economy, bn USD a
        year; negative where an option earns more than the option called nothing.
    hazard : expected interceptions per unit that passes at normal effort, >= 0.
    toll : price added to each unit that passes, bn USD per unit, >= 0; the owner receives it.
    measure, tier : where the option comes from, for tables; empty where it stands alone.
    enforcement : its place on the curve of its measure, from which hazard and cost follow; None
        where it is no tier of one.
    """

    name: str
    cost: float = 0.0
    economic_cost: float = 0.0
    hazard: float = 0.0
    toll: float = 0.0
    measure: str = ""
    tier: str = ""
    enforcement: Tier | None = None


@dataclass(frozen=True)
class ControlPoint:
    """A place in one jurisdiction and layer where one controller puts one option."""

    name: str
    layer: str
    owner: str
    options: tuple[Option, ...]
    status_quo: int = 0

    def option(self, name: str) -> int:
        """Return the index of the option called `name`."""
        for index, option in enumerate(self.options):
            if option.name == name:
                return index
        names = ", ".join(option.name for option in self.options)
        raise GameError(f"{self.name}: expected one of the options {names}; found {name!r}")


@dataclass(frozen=True)
class Effort:
    """How carefully the evader crosses a control point with a hazard.

    The hazard is multiplied by `hazard_factor` in (0, 1]; each unit that enters costs `unit_cost`
    bn USD and `price_share` times the price of the unit more.
    """

    name: str
    hazard_factor: float = 1.0
    unit_cost: float = 0.0
    price_share: float = 0.0


@dataclass(frozen=True)
class PriceStep:
    """One step of a supply curve: up to `capacity` units a year at `price` bn USD a unit."""

    price: float
    capacity: float


@dataclass(frozen=True)
class Arc:
    """A way from `tail` to `head`, bought in rising price steps.

    Parameters
    ----------
    point : name of the control point that it crosses, or None.
    conversion : units that arrive at the head per unit that enters and survives, > 0 (a change of
        unit, such as 0.15 H100e per H20).
    value : strategic value to the evader of one unit that enters, bn USD; negative where using the
        arc makes it dependent.
    revenue : bn USD that each controller named earns per unit that enters.
    """

    name: str
    tail: str
    head: str
    steps: tuple[PriceStep, ...]
    point: str | None = None
    conversion: float = 1.0
    value: float = 0.0
    revenue: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Front:
    """One kind of progress, made of what arrives at its node.

    Parameters
    ----------
    chords : concave pieces of months as a function of the quantity (months per unit, units).
    weight : what one month is worth to the evader, bn USD, >= 0.
    curve : the months curve that the chords stand for, or None where the chords are the data.
    """

    name: str
    node: str
    chords: tuple[Chord, ...]
    weight: float = 1.0
    curve: MonthsCurve | None = None

    def months(self, quantity: float) -> float:
        """Return the months of progress of a quantity, read off the chords."""
        months, left = 0.0, quantity
        for chord in self.chords:
            months += chord.slope * min(left, chord.width)
            left = max(0.0, left - chord.width)
        return months


@dataclass(frozen=True)
class Controller:
    """A government: its public budget (bn USD a year) and its stakes (bn USD per month)."""

    name: str
    budget: float
    stakes: Mapping[str, float]


@dataclass(frozen=True)
class LayeredGame:
    """Several controllers against one evader who reacts.

    Parameters
    ----------
    correlation : rho in [0, 1]; once a unit has passed a control point with a hazard, later
        hazards on its way count (1 - rho) of themselves, since one cover beats several layers.

    Raises
    ------
    GameError
        With every contradiction that was found.
    """

    name: str
    controllers: tuple[Controller, ...]
    points: tuple[ControlPoint, ...]
    arcs: tuple[Arc, ...]
    fronts: tuple[Front, ...]
    evader_budget: float
    efforts: tuple[Effort, ...] = (Effort("normal"),)
    correlation: float = 0.0

    def __post_init__(self) -> None:
        faults = list(_faults(self))
        if faults:
            raise GameError(*faults)

    @cached_property
    def point_index(self) -> dict[str, int]:
        """Index of each control point by name."""
        return {point.name: index for index, point in enumerate(self.points)}

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Layer names in the order in which the points first use them."""
        return tuple(dict.fromkeys(point.layer for point in self.points))

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Nodes in an order in which every arc leads forward."""
        return tuple(_topological_order(self.arcs))

    @cached_property
    def sources(self) -> frozenset[str]:
        """Nodes that no arc enters: units may start there freely."""
        return frozenset(arc.tail for arc in self.arcs) - {arc.head for arc in self.arcs}

    @property
    def status_quo(self) -> Profile:
        """The profile of marked options."""
        return tuple(point.status_quo for point in self.points)

    def owned(self, controllers: Iterable[str]) -> tuple[int, ...]:
        """Return the indices of the points that the named controllers own."""
        names = set(controllers)
        return tuple(k for k, point in enumerate(self.points) if point.owner in names)

    def profile(self, options: Mapping[str, str]) -> Profile:
        """Return the profile with the named options, status quo at points not named."""
        chosen = list(self.status_quo)
        for name, option in options.items():
            if name not in self.point_index:
                raise GameError(f"profile: expected a control point, found {name!r}")
            index = self.point_index[name]
            chosen[index] = self.points[index].option(option)
        return tuple(chosen)

    def option_names(self, profile: Sequence[int]) -> dict[str, str]:
        """Return {control point: option} for a profile."""
        return {
            point.name: point.options[o].name for point, o in zip(self.points, profile, strict=True)
        }


def _topological_order(arcs: Sequence[Arc]) -> list[str]:
    """Return the nodes, tails before heads; raise CycleError where there is none."""
    before: dict[str, list[str]] = {}
    for arc in arcs:
        before.setdefault(arc.tail, [])
        before.setdefault(arc.head, []).append(arc.tail)
    return list(TopologicalSorter(before).static_order())


def _duplicates(kind: str, names: Iterable[str]) -> Iterable[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{kind} {name}: expected unique names, found it twice"
        seen.add(name)


def _number(where: str, value: float, *, least: float = -math.inf) -> Iterable[str]:
    if not math.isfinite(value):
        yield f"{where}: expected a finite number, found {value}"
    elif value < least:
        yield f"{where}: expected a number >= {least:g}, found {value:g}"


def _faults(game: LayeredGame) -> Iterable[str]:
    """Yield every contradiction in a game as one line."""
    yield from _duplicates("controller", (c.name for c in game.controllers))
    yield from _duplicates("control point", (p.name for p in game.points))
    yield from _duplicates("arc", (a.name for a in game.arcs))
    yield from _duplicates("front", (f.name for f in game.fronts))
    yield from _duplicates("effort", (e.name for e in game.efforts))
    for kind in ("controllers", "arcs", "fronts", "efforts"):
        if not getattr(game, kind):
            yield f"{kind}: expected at least one, found none"
    yield from _number("evader budget", game.evader_budget, least=0)
    yield from _number("correlation", game.correlation, least=0)
    if game.correlation > 1:
        yield f"correlation: expected a share in [0, 1], found {game.correlation:g}"
    yield from _controller_faults(game)
    yield from _point_faults(game)
    yield from _network_faults(game)


def _controller_faults(game: LayeredGame) -> Iterable[str]:
    fronts = {front.name for front in game.fronts}
    for controller in game.controllers:
        where = f"controller {controller.name}"
        yield from _number(f"{where}: budget", controller.budget, least=0)
        for front, stake in controller.stakes.items():
            yield from _number(f"{where}: stake in {front}", stake, least=0)
            if front not in fronts:
                yield f"{where}: expected stakes in fronts, found {front!r}"
        cheapest = sum(
            min(option.cost for option in point.options)
            for point in game.points
            if point.owner == controller.name and point.options
        )
        if cheapest > controller.budget + 1e-9:  # sums of decimals are off by less
            yield (
                f"{where}: expected a budget of at least {cheapest:g} bn USD, the cheapest option "
                f"at each of its control points; found {controller.budget:g}"
            )


def _point_faults(game: LayeredGame) -> Iterable[str]:
    owners = {controller.name for controller in game.controllers}
    for point in game.points:
        where = f"control point {point.name}"
        if point.owner not in owners:
            yield f"{where}: expected an owner among the controllers, found {point.owner!r}"
        if not point.options:
            yield f"{where}: expected at least one option, found none"
        elif not 0 <= point.status_quo < len(point.options):
            yield f"{where}: expected a status quo among its options, found {point.status_quo}"
        yield from _duplicates(f"{where}: option", (o.name for o in point.options))
        for option in point.options:
            place = f"{where}, option {option.name}"
            yield from _number(f"{place}: cost", option.cost, least=0)
            yield from _number(f"{place}: economic cost", option.economic_cost)
            yield from _number(f"{place}: hazard", option.hazard, least=0)
            yield from _number(f"{place}: toll", option.toll, least=0)


def _network_faults(game: LayeredGame) -> Iterable[str]:
    names = {controller.name for controller in game.controllers}
    points = {point.name for point in game.points}
    for effort in game.efforts:
        if not 0 < effort.hazard_factor <= 1:
            yield (
                f"effort {effort.name}: expected a hazard factor in (0, 1], "
                f"found {effort.hazard_factor:g}"
            )
        yield from _number(f"effort {effort.name}: unit cost", effort.unit_cost, least=0)
        yield from _number(f"effort {effort.name}: price share", effort.price_share, least=0)
    for arc in game.arcs:
        where = f"arc {arc.name}"
        if arc.point is not None and arc.point not in points:
            yield f"{where}: expected a control point or none, found {arc.point!r}"
        if not arc.steps:
            yield f"{where}: expected at least one price step, found none"
        last = 0.0
        for step in arc.steps:
            yield from _number(f"{where}: price", step.price, least=0)
            yield from _number(f"{where}: capacity", step.capacity, least=0)
            if step.price < last:
                yield f"{where}: expected rising prices, found {step.price:g} after {last:g}"
            last = step.price
        if not (math.isfinite(arc.conversion) and arc.conversion > 0):
            yield f"{where}: expected a conversion > 0, found {arc.conversion}"
        yield from _number(f"{where}: value", arc.value)
        for controller, revenue in arc.revenue.items():
            yield from _number(f"{where}: revenue of {controller}", revenue)
            if controller not in names:
                yield f"{where}: expected revenue of a controller, found {controller!r}"
    try:
        _topological_order(game.arcs)
    except CycleError as error:
        yield "network: expected no cycle, found " + " -> ".join(reversed(error.args[1]))
    tails = {arc.tail for arc in game.arcs}
    heads = {arc.head for arc in game.arcs}
    nodes: dict[str, str] = {}
    for front in game.fronts:
        where = f"front {front.name}"
        other = nodes.setdefault(front.node, front.name)
        if other != front.name:
            yield f"{where}: expected a node of its own, found the node of {other}"
        if front.node not in heads:
            yield f"{where}: expected an arc that leads to {front.node!r}, found none"
        if front.node in tails:
            yield f"{where}: expected no arc out of {front.node!r}, found one"
        yield from _number(f"{where}: weight", front.weight, least=0)
        slope = math.inf
        for chord in front.chords:
            yield from _number(f"{where}: slope", chord.slope, least=0)
            yield from _number(f"{where}: width", chord.width, least=0)
            if chord.slope > slope:
                yield f"{where}: expected falling slopes, found {chord.slope:g} after {slope:g}"
            slope = chord.slope
        if not front.chords:
            yield f"{where}: expected at least one chord, found none"

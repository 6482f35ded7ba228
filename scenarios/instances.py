"""Reference games in plain JSON: read, with the numbers that belong to them.

The files hold random layered games and what an independent implementation found for them: the
evader's best objective against some profiles, and two optima over all profiles. An arc of a file
may cross several control points in series; here it becomes a chain of arcs `name:1`, `name:2` and
so on through nodes of the same names, which pays its price at the first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from games.capability import Chord
from games.errors import GameError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Effort,
    Front,
    LayeredGame,
    Option,
    PriceStep,
    Profile,
)
from scenarios.errors import ScenarioError
from scenarios.faults import Faults, Places, listed
from scenarios.files import read_text
from scenarios.schema import Table
from scenarios.shape import read_shape


class ControllerEntry(Table):
    """`stake` is what one unit of the evader's objective costs the controller."""

    name: str
    budget: float
    stake: float


class PointEntry(Table):
    """Cost and hazard of each option; option 0 does nothing."""

    name: str
    layer: str
    owner: str
    cost: list[float]
    hazard: list[float]


class EffortEntry(Table):
    """A way to cross."""

    hazard_factor: float
    unit_cost: float


class ArcEntry(Table):
    """An arc and the control points that it crosses, in series."""

    name: str
    tail: str
    head: str
    price: float
    capacity: float
    crosses: list[str]


class ChordEntry(Table):
    """One piece of a front."""

    slope: float
    width: float


class CheckEntry(Table):
    """The evader's best objective against one profile."""

    option: list[int]
    Z: float


class OptimumEntry(Table):
    """A proven minimum, and how long a plain formulation took to find it."""

    minimum: float
    proven_bound: float
    plain_seconds: float


class InstanceFile(Table):
    """A whole file."""

    controllers: list[ControllerEntry]
    control_points: list[PointEntry]
    efforts: list[EffortEntry]
    evader_budget: float
    arcs: list[ArcEntry]
    fronts: dict[str, list[ChordEntry]]
    checks: list[CheckEntry]
    coordinated: OptimumEntry
    potential: OptimumEntry


@dataclass(frozen=True)
class Check:
    """A profile and the evader's best objective against it."""

    profile: Profile
    value: float


@dataclass(frozen=True)
class Optimum:
    """A minimum over all profiles within the budgets.

    Attributes
    ----------
    value, bound : what was found, and the bound that was proven.
    plain_seconds : time of a plain formulation on two shared cores.
    """

    value: float
    bound: float
    plain_seconds: float


@dataclass(frozen=True)
class InstanceNumbers:
    """What is known about a reference game.

    Attributes
    ----------
    coordinated : minimum of (sum of stakes) Z + sum of costs.
    potential : minimum of Z + sum of cost / stake of the owner.
    """

    checks: tuple[Check, ...]
    coordinated: Optimum
    potential: Optimum


@dataclass(frozen=True)
class _Instance:
    """A reference game and its numbers."""

    game: LayeredGame
    numbers: InstanceNumbers


def load_instance(path: str | os.PathLike[str]) -> LayeredGame:
    """Return the reference game of a JSON file.

    Raises
    ------
    ScenarioError
        With every fault of the file.
    """
    return _read(Path(path)).game


def instance_numbers(path: str | os.PathLike[str]) -> InstanceNumbers:
    """Return the numbers that belong to the reference game of a JSON file; raises as above."""
    return _read(Path(path)).numbers


def _read(file: Path) -> _Instance:
    try:
        raw = json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        raise ScenarioError(f"{file.name}: expected JSON, found: {str(error)[:200]}") from None
    if not isinstance(raw, dict):
        raise ScenarioError(
            f"{file.name}: expected an object with controllers and arcs, found none"
        )
    return _instance(read_shape(InstanceFile, raw, places=Places(file.name)), file=file)


def _instance(entries: InstanceFile, *, file: Path) -> _Instance:
    faults = Faults()
    for point in entries.control_points:
        if len(point.cost) != len(point.hazard):
            found = f"{len(point.cost)} costs and {len(point.hazard)} hazards"
            faults.add(
                f"{file.name}: control point {point.name}",
                "one of each per option",
                found,
            )
    counts = [len(point.cost) for point in entries.control_points]
    for position, check in enumerate(entries.checks):
        inside = [0 <= option < count for option, count in zip(check.option, counts, strict=False)]
        if len(check.option) != len(counts) or not all(inside):
            expected = "one option index per control point"
            faults.add(
                f"{file.name}: checks[{position}]",
                expected,
                listed(map(str, check.option)),
            )
    faults.raise_any()
    try:
        game = _game(entries, name=file.stem)
    except GameError as error:
        raise ScenarioError(*(f"{file.name}: {line}" for line in error.faults)) from None
    return _Instance(
        game,
        InstanceNumbers(
            tuple(Check(tuple(check.option), check.Z) for check in entries.checks),
            _optimum(entries.coordinated),
            _optimum(entries.potential),
        ),
    )


def _game(entries: InstanceFile, *, name: str) -> LayeredGame:
    return LayeredGame(
        name=name,
        controllers=tuple(
            Controller(entry.name, entry.budget, dict.fromkeys(entries.fronts, entry.stake))
            for entry in entries.controllers
        ),
        points=tuple(
            ControlPoint(
                point.name,
                point.layer,
                point.owner,
                tuple(
                    Option(str(index), cost=cost, hazard=hazard)
                    for index, (cost, hazard) in enumerate(
                        zip(point.cost, point.hazard, strict=True)
                    )
                ),
            )
            for point in entries.control_points
        ),
        arcs=tuple(arc for entry in entries.arcs for arc in _chain(entry)),
        fronts=tuple(
            Front(front, front, tuple(Chord(chord.slope, chord.width) for chord in chords))
            for front, chords in entries.fronts.items()
        ),
        evader_budget=entries.evader_budget,
        efforts=tuple(
            Effort(str(index), effort.hazard_factor, effort.unit_cost)
            for index, effort in enumerate(entries.efforts)
        ),
    )


def _chain(entry: ArcEntry) -> Iterator[Arc]:
    """Yield one arc per control point crossed; later ones are free and as wide as the first."""
    if len(entry.crosses) <= 1:
        point = entry.crosses[0] if entry.crosses else None
        step = PriceStep(entry.price, entry.capacity)
        yield Arc(entry.name, entry.tail, entry.head, (step,), point)
        return
    tail = entry.tail
    for number, crossed in enumerate(entry.crosses, start=1):
        name = f"{entry.name}:{number}"
        head = entry.head if number == len(entry.crosses) else name
        step = PriceStep(entry.price if number == 1 else 0.0, entry.capacity)
        yield Arc(name, tail, head, (step,), crossed)
        tail = head


def _optimum(entry: OptimumEntry) -> Optimum:
    return Optimum(entry.minimum, entry.proven_bound, entry.plain_seconds)

"""The record of a loaded scenario."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from games.layered import LayeredGame
from scenarios.blueprint import Blueprint, ObservedPlan, Parameter
from scenarios.sources import Source


@dataclass(frozen=True)
class Scenario:
    """A world that can be solved, and where it came from.

    Attributes
    ----------
    blueprint : the same world with every number still a formula over the parameters.
    sources : the bibliography entries that parameters cite.
    titles : {section: {name: title}} for layers, nodes, controllers, evader, efforts, fronts,
        points and arcs; an entry without a title goes by its name.
    evader : name of the evader.
    available_overrides : {name: title} of the overrides that the file defines.
    overrides, settings : the changes that were applied, in order.
    resolved : everything that is solved, changes applied, as nested tables.
    path : the scenario's file, or None where it was read back from a text.
    """

    name: str
    title: str
    date: datetime.date
    about: str = field(repr=False)
    game: LayeredGame = field(repr=False)
    blueprint: Blueprint = field(repr=False)
    sources: Mapping[str, Source] = field(repr=False)
    titles: Mapping[str, Mapping[str, str]] = field(repr=False)
    evader: str
    available_overrides: Mapping[str, str] = field(repr=False)
    overrides: tuple[str, ...]
    settings: tuple[str, ...]
    resolved: Mapping[str, Any] = field(repr=False)
    path: Path | None

    @cached_property
    def text(self) -> str:
        """`resolved` as JSON; `scenarios.load.load_text` reads it back."""
        return json.dumps(self.resolved, ensure_ascii=False, indent=1, allow_nan=False)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of `text`."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Every number with its range, unit and source."""
        return self.blueprint.parameters

    @property
    def observed(self) -> tuple[ObservedPlan, ...]:
        """The published numbers that the status quo is held against."""
        return self.blueprint.observed

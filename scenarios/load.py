"""Loading: from a name, a folder or a file to a scenario ready to be solved.

    file -> tables merged -> overrides and settings -> shape -> meaning -> game

Every stage files its faults and goes on with what is sound, and they are all told together. The
text of what was solved, with every change applied, is kept with the scenario: `load_text` reads it
back, so that an answer can be checked long after the files have moved on.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from games.given import texts
from games.layered import LayeredGame
from scenarios import library
from scenarios.blueprint import Blueprint
from scenarios.build import build_game, largest_arrivals
from scenarios.compile import compile_document, unused
from scenarios.context import Context
from scenarios.errors import ScenarioError
from scenarios.faults import Faults, Places
from scenarios.files import read_toml
from scenarios.merge import merge
from scenarios.overrides import (
    apply_changes,
    check_overrides,
    names_in_overrides,
    requested_changes,
)
from scenarios.quantities import Quantities
from scenarios.scenario import Scenario
from scenarios.sources import Sources, cited, parse_sources, read_sources
from scenarios.units import UnitSystem

if TYPE_CHECKING:
    from scenarios.schema import Document

RESOLVED_FORMAT = 1
_TITLED = ("layers", "nodes", "controllers", "efforts", "fronts", "points", "arcs")


def load(
    name_or_path: str | os.PathLike[str],
    *,
    overrides: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> Scenario:
    """Return a scenario.

    Parameters
    ----------
    name_or_path : name of a shipped scenario, or a folder or file.
    overrides : names of overrides that the scenario defines, applied in order.
    settings : changes `path=value`, applied after the overrides.

    Raises
    ------
    ScenarioError
        With every fault of every file of the scenario, each with its place.
    """
    overrides, settings = texts("overrides", overrides), texts("settings", settings)
    path = library.find(name_or_path)
    faults, places = Faults(), Places(path.name)
    try:
        raw = read_toml(path)
    except ScenarioError as error:
        faults.extend(error.faults)
        read_sources(path.parent, faults)
        faults.raise_any()
    merged = merge(raw, folder=path.parent, places=places, faults=faults)
    raw = merged.raw
    sources = read_sources(path.parent, faults)
    if not merged.unread:
        check_overrides(raw, places=places, faults=faults)
    changes = requested_changes(raw, overrides=overrides, settings=settings, faults=faults)
    changed: set[str] = set()
    if changes:
        raw, changed = apply_changes(raw, changes, places=places, faults=faults)
    loader = _Loader(
        raw, unread=merged.unread, sources=sources, changed=changed, places=places, faults=faults
    )
    return loader.scenario(
        pristine=not (merged.unread or changes),
        overrides=tuple(overrides),
        settings=tuple(settings),
        path=path,
    )


def load_text(
    text: str,
    *,
    place: str = "resolved scenario",
    settings: Sequence[str] = (),
    option: str = "--set",
) -> Scenario:
    """Return the scenario whose resolved text was kept (`Scenario.text`).

    Parameters
    ----------
    settings : changes `path=value`, applied to what was kept.
    option : what they were given with, for messages.

    Raises
    ------
    ScenarioError
        Where the text was damaged, or a setting makes no sense.
    """
    faults = Faults()
    try:
        resolved = json.loads(text)
        if resolved["resolved_format"] != RESOLVED_FORMAT:
            raise ValueError(f"format {resolved['resolved_format']!r}")
        raw = dict(resolved["document"])
        raw["date"] = datetime.date.fromisoformat(raw["date"])
        changed = {str(path) for path in resolved["changed"]}
        sources = parse_sources({"sources": resolved["sources"]}, file=place, faults=faults)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ScenarioError(
            f"{place}: expected the resolved text of a scenario, found: {str(error)[:200]} - "
            "take it from the manifest of a run"
        ) from None
    places = Places(place)
    changes = requested_changes(raw, overrides=(), settings=settings, faults=faults, option=option)
    if changes:
        raw, newly = apply_changes(raw, changes, places=places, faults=faults)
        changed |= newly
    loader = _Loader(
        raw,
        unread=frozenset(),
        sources=sources,
        changed=changed,
        places=places,
        faults=faults,
    )
    return loader.scenario(pristine=False, overrides=(), settings=tuple(settings), path=None)


class _Loader:
    """Takes one raw scenario through shape and meaning."""

    def __init__(
        self,
        raw: Mapping[str, Any],
        *,
        unread: AbstractSet[str],
        sources: Sources,
        changed: AbstractSet[str],
        places: Places,
        faults: Faults,
    ) -> None:
        self.raw, self.unread, self.sources, self.changed = raw, unread, sources, changed
        self.places, self.faults = places, faults

    def scenario(
        self,
        *,
        pristine: bool,
        overrides: tuple[str, ...],
        settings: tuple[str, ...],
        path: Path | None,
    ) -> Scenario:
        """Return the scenario; a `pristine` one must use all that it declares."""
        from scenarios.schema import Document
        from scenarios.shape import check_shape

        checked = check_shape(Document, self.raw, places=self.places, faults=self.faults)
        document = checked.model
        context = self._context(document)
        blueprint = compile_document(context, file=self.places.root)
        if pristine and checked.whole:
            self._everything_is_used(context)
        game = self._game(blueprint, pristine=pristine)
        return Scenario(
            name=document.name,
            title=document.title,
            date=document.date,
            about=document.about,
            game=game,
            blueprint=blueprint,
            sources=cited(self.sources, context.quantities.used_sources),
            titles=_titles(document),
            evader=document.settings.evader,
            available_overrides={n: table.title for n, table in document.override.items()},
            overrides=overrides,
            settings=settings,
            resolved=self._resolved(context.quantities.used_sources),
            path=path,
        )

    def _context(self, document: Document) -> Context:
        quantities = Quantities(
            document.parameters,
            known=self._names("parameters"),
            units=UnitSystem(document.goods),
            sources=self.sources.known,
            changed=self.changed,
            places=self.places,
            faults=self.faults,
        )
        heads = None
        if self._names("arcs") is not None:
            arcs = [arc for arc in self.raw["arcs"].values() if isinstance(arc, dict)]
            heads = {head for arc in arcs if isinstance(head := arc.get("head"), str)}
        return Context(
            document,
            declared={section: self._names(section) for section in _TITLED},
            heads=heads,
            quantities=quantities,
            places=self.places,
            faults=self.faults,
        )

    def _names(self, section: str) -> AbstractSet[str] | None:
        """Return the names that a section declares, in whatever shape, or None if unknown."""
        entries = self.raw.get(section)
        if section in self.unread or not isinstance(entries, dict):
            return None
        return entries.keys()

    def _everything_is_used(self, context: Context) -> None:
        for path, user in unused(context, mentioned=names_in_overrides(self.raw)):
            self.faults.add(self.places.name(path), f"to be used by {user}", "no use", "remove it")
        for key in sorted(self.sources.own - context.quantities.used_sources):
            self.faults.add(
                f"{library.SOURCES_FILE}: sources.{key}",
                "to be cited by a parameter",
                "no use",
                "remove it",
            )

    def _game(self, blueprint: Blueprint, *, pristine: bool) -> LayeredGame:
        """Return the game, unless anything at all was wrong."""
        sound = not self.faults
        try:
            game = build_game(blueprint)
        except ScenarioError as error:
            # where something was left out, what the game then lacks is no fault of its own
            self.faults.extend(
                [line for line in error.faults if sound or not line.endswith("found none")]
            )
            self.faults.raise_any()
            raise
        if pristine:
            largest = largest_arrivals(game.arcs)
            for front in game.fronts:
                if not largest[front.node] > 0:
                    self.faults.add(
                        self.places.name(("fronts", front.name)),
                        "a route from a source on which something can arrive",
                        "capacities of zero on all of them",
                        "open a route, or remove the front",
                    )
        self.faults.raise_any()
        return game

    def _resolved(self, keys: AbstractSet[str]) -> dict[str, Any]:
        """Return everything that is solved; `Scenario.text` writes it down."""
        sources = {
            key: {name: value for name, value in asdict(source).items() if value and name != "key"}
            for key, source in cited(self.sources, keys).items()
        }
        document = {key: value for key, value in self.raw.items() if key != "override"}
        return {
            "resolved_format": RESOLVED_FORMAT,
            "changed": sorted(self.changed),
            "document": {**document, "date": self.raw["date"].isoformat()},
            "sources": sources,
        }


def _titles(document: Document) -> dict[str, dict[str, str]]:
    titles = {
        section: {name: table.title or name for name, table in getattr(document, section).items()}
        for section in _TITLED
    }
    evader = document.settings.evader
    return {**titles, "evader": {evader: document.evader.title or evader}}

"""Single numbers of a scenario: what each is, what it rests on, and what is made of it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from games.errors import InputError
from scenarios.blueprint import Parameter
from scenarios.faults import Path, nearest, path_text
from scenarios.scenario import Scenario
from scenarios.sources import Source
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Page, Section

CONFIDENCE = {
    "A": "a primary source",
    "B": "press or a secondary account",
    "D": "derived",
    "P": "a prior",
    "M": "recalled",
}
"""What a letter of confidence stands for."""

MADE_OF_NUMBERS = ("settings", "evader", "controllers", "points", "efforts", "fronts", "arcs")
"""Sections of a scenario whose values are formulas over its numbers."""

PROSE = ("title", "note", "name", "measure")
"""Keys whose texts are no formulas."""

MOST_USES = 4
"""Formulas of a number that are told."""

OWN_WORK = ("prior", "arithmetic")
"""Sources that lead to no other text: the number's note says how it was chosen."""


@dataclass(frozen=True, repr=False)
class Numbers(Page):
    """Numbers with all that the scenario says of them.

    Attributes
    ----------
    sources : by key, those that the numbers cite and that have an entry.
    uses : {number: {path: formula}} of what is made of them.
    """

    scenario: str
    title: str
    changes: str
    numbers: tuple[Parameter, ...]
    sources: Mapping[str, Source]
    uses: Mapping[str, Mapping[str, str]]

    def sections(self) -> tuple[Section, ...]:
        """Return a section for each number."""
        head = Section(self.title, (self.changes,)) if self.changes else Section(self.title)
        return (head, *(Section(one.name, self._told(one)) for one in self.numbers))

    def _told(self, number: Parameter) -> tuple[str, ...]:
        unit = "" if number.unit in ("1", "x") else f" {number.unit}"
        rests = f"{CONFIDENCE[number.confidence]} ({number.confidence})"
        told = f"{number.value:,.6g}{unit}"
        told += "; exact" if number.exact else f", from {number.low:,.6g} to {number.high:,.6g}"
        told += f"; {rests}" + ("; changed here." if number.changed else ".")
        source = None if number.source in OWN_WORK else self.sources.get(number.source)
        parts = () if source is None else (source.author, source.title, source.date, source.url)
        cited = f"Source: {', '.join(filter(None, parts))}." if parts else ""
        return tuple(filter(None, (told, number.note, cited, uses_told(self.uses[number.name]))))

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain JSON values."""
        return {
            "scenario": self.scenario,
            "numbers": [plain(number) for number in self.numbers],
            "sources": plain(self.sources),
            "uses": plain(self.uses),
        }


def numbers(world: Scenario, patterns: Sequence[str]) -> Numbers:
    """Return the numbers of a scenario whose names fit.

    Parameters
    ----------
    patterns : names, in which `*` stands for anything, such as `share_*`.

    Raises
    ------
    InputError
        When nothing fits a pattern.
    """
    known = list(world.parameters)
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            advice = nearest(pattern, known, advice=f"`stratagem show {world.name}` lists many")
            raise InputError(
                f"--number {pattern[:200]}: expected a number of the scenario, found none of that "
                f"name - {advice}"
            )
    fit = [name for name in known if any(fnmatch.fnmatchcase(name, one) for one in patterns)]
    found = tuple(world.parameters[name] for name in fit)
    return Numbers(
        scenario=world.name,
        title=world.title,
        changes=words.changed(world.overrides, world.settings),
        numbers=found,
        sources={
            one.source: world.sources[one.source] for one in found if one.source in world.sources
        },
        uses={one.name: uses_of(world, one.name) for one in found},
    )


def uses_told(uses: Mapping[str, str]) -> str:
    """Return in a sentence what is made of a number, nothing where nothing is."""
    each = [f"{path} = {formula}" for path, formula in uses.items()]
    more = len(each) - MOST_USES
    told = words.listed([*each[:MOST_USES], *([f"{more} more"] if more > 0 else [])])
    return f"Used in {told}." if each else ""


def uses_of(world: Scenario, name: str) -> dict[str, str]:
    """Return {path: formula} of the values of a scenario in whose formula a number occurs."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    document = world.resolved["document"]
    made = {key: value for key, value in document.items() if key in MADE_OF_NUMBERS}
    return {path_text(path): text for path, text in _texts(made) if word.search(text)}


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the texts of nested tables with their paths; entries of lists go by their names."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if key not in PROSE:
                yield from _texts(entry, (*path, key))
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            named = entry if isinstance(entry, Mapping) else {}
            yield from _texts(entry, (*path, named.get("name", named.get("measure", place))))

"""Single numbers of a scenario: what each is, its range, and what it rests on."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from games.errors import InputError
from scenarios.blueprint import Parameter
from scenarios.faults import nearest
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

OWN_WORK = ("prior", "arithmetic")
"""Sources that lead to no other text: the number's note says how it was chosen."""


@dataclass(frozen=True, repr=False)
class Numbers(Page):
    """Numbers with all that the scenario says of them.

    Attributes
    ----------
    sources : by key, those that the numbers cite and that have an entry.
    """

    scenario: str
    title: str
    changes: str
    numbers: tuple[Parameter, ...]
    sources: dict[str, Source]

    def sections(self) -> tuple[Section, ...]:
        """Return a section for each number."""
        head = Section(self.title, (self.changes,)) if self.changes else Section(self.title)
        return (head, *(Section(one.name, self._told(one)) for one in self.numbers))

    def _told(self, number: Parameter) -> tuple[str, ...]:
        unit = "" if number.unit == "1" else f" {number.unit}"
        rests = f"{CONFIDENCE[number.confidence]} ({number.confidence})"
        told = f"{number.value:,.6g}{unit}"
        told += "; exact" if number.exact else f", from {number.low:,.6g} to {number.high:,.6g}"
        told += f"; {rests}" + ("; changed here." if number.changed else ".")
        source = None if number.source in OWN_WORK else self.sources.get(number.source)
        parts = () if source is None else (source.author, source.title, source.date, source.url)
        cited = f"Source: {', '.join(filter(None, parts))}." if parts else ""
        return tuple(filter(None, (told, number.note, cited)))

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain JSON values."""
        return {
            "scenario": self.scenario,
            "numbers": [plain(number) for number in self.numbers],
            "sources": plain(self.sources),
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
    )

"""The sections of a report, one module each.

A module holds a `SECTION`: its place among the others, its title, when it applies, and what it
shows. `all_sections` finds the modules; there is no list to keep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from markupsafe import Markup

from stratagem.report.subject import Subject


@dataclass(frozen=True)
class Section:
    """One section.

    Attributes
    ----------
    name : its anchor on the page.
    place : sections stand in the order of their places.
    title : over it and in the list of contents.
    """

    name: str
    place: int
    title: str
    applies: Callable[[Subject], bool]
    render: Callable[[Subject], Markup]


def always(subject: Subject) -> bool:
    """Return True: the section belongs to every report."""
    return True


def all_sections() -> list[Section]:
    """Return the sections of every module here, in their order."""
    found = [
        import_module(f"{__name__}.{module.name}").SECTION for module in iter_modules(__path__)
    ]
    return sorted(found, key=lambda section: section.place)

"""The order of the pages: sections and rows of `docs/README.md`, the index that people read."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_ROW = re.compile(r"^\| \[[^\]]*\]\(([^)#\s]+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A heading of the index and the files below it, as paths from the project's folder."""

    title: str
    files: tuple[str, ...]


def sections() -> tuple[Section, ...]:
    """Return the index; pages of `docs/` that it does not list come last, as `More`."""
    text = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    found = [
        Section(title, tuple(posixpath.normpath(f"docs/{link}") for link in _ROW.findall(body)))
        for title, body in _SECTION.findall(text)
        if _ROW.search(body)
    ]
    listed = {file for section in found for file in section.files} | {"docs/README.md"}
    pages = sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
    others = tuple(page for page in pages if page not in listed)
    return (*found, Section("More", others)) if others else tuple(found)

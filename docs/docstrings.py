"""The project's docstrings as the API reference reads them.

In a section such as *Parameters* the code writes `name : what it is`, since types stand in the
signature; numpydoc would take what follows the colon for a type. And a paragraph whose lines are
aligned in columns is a formula or a table, to be shown as it stands.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_HEADING = re.compile(r"^(Parameters|Attributes)\n-+\n", re.MULTILINE)
_ENTRY = re.compile(r"^([\w*, ]+?) : (.+)$", re.MULTILINE)
_COLUMNS = re.compile(r"\S {2,}\S")


def plain(text: str) -> str:
    """Return a docstring with entries and aligned paragraphs as the reference reads them."""
    parts = re.split(r"\n\n(?=\S)", text)
    examples = next(
        (i for i, part in enumerate(parts) if part.startswith("Examples\n")), len(parts)
    )
    return "\n\n".join(
        _indented(part) if part.startswith(">>> ") and place < examples else _part(part)
        for place, part in enumerate(parts)
    )


def _part(part: str) -> str:
    if _HEADING.match(part):
        return _ENTRY.sub(r"\1\n    \2", part)
    lines = part.split("\n")
    underlined = len(lines) > 1 and set(lines[1]) == {"-"}
    if len(lines) > 1 and not underlined and any(_COLUMNS.search(line) for line in lines):
        return _indented(part)
    return part


def _indented(part: str) -> str:
    """Return a part as Markdown shows it as it stands."""
    return "\n".join("    " + line for line in part.split("\n"))


class Docstrings(griffe.Extension):
    """Rewrites every docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring:
            obj.docstring.value = plain(obj.docstring.value)

"""Texts that people will see: nothing in them may steer a terminal or hide.

Titles and notes of a scenario end up in terminals, tables and pages. Control characters, and marks
that turn the direction of writing around, would let a file show something else than it holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scenarios.faults import Faults, Path, Places, shown

UNSEEN = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""A character that shows nothing and does something; line breaks and tabs are none."""

ONE_LINE = frozenset({"title", "name", "evader", "unit", "author", "kind"})
"""Keys whose texts stand in one line of a table."""


def visible(text: str) -> str:
    r"""Return a text with characters that show nothing written out.

    Examples
    --------
    >>> visible("\x1b[31mred")
    '\\x1b[31mred'
    """
    return UNSEEN.sub(lambda match: ascii(match[0])[1:-1], text)


def check_texts(raw: Mapping[str, Any], *, places: Places, faults: Faults) -> None:
    """File a fault for every text that holds what no reader could see."""
    waiting: list[tuple[Path, Any]] = [((), raw)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += (((*path, key), entry) for key, entry in reversed(value.items()))
        elif isinstance(value, list):
            waiting += (((*path, i), entry) for i, entry in reversed([*enumerate(value)]))
        elif isinstance(value, str):
            if match := UNSEEN.search(value):
                found = f"{match[0]!a} in {shown(value)}"
                faults.add(places.name(path), "no control characters", found, "remove it")
            elif path[-1] in ONE_LINE and ("\n" in value or "\t" in value):
                faults.add(places.name(path), "one line of text", shown(value))

"""A ledger of differences: what is claimed beside what was recomputed, value by value.

A difference is one line that names the file, the key, what was expected and what was found; all of
them are told together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from games.errors import InputError, NotCertifiedError
from scenarios.faults import shown

TOLERANCE = 1e-9
"""Largest difference that rounding explains, relative to 1 or the number if that is larger."""

MOST_TOLD = 20


class Ledger:
    """Collects differences from what one place claims.

    Parameters
    ----------
    place : the file that claims it, for messages.

    Attributes
    ----------
    largest : largest difference of two numbers that were compared, relative as `TOLERANCE`.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.largest = 0.0
        self._lines: list[str] = []

    def compare(self, key: str, expected: Any, found: Any, *, tolerance: float = TOLERANCE) -> None:
        """Note every difference between two plain JSON values.

        Parameters
        ----------
        key : where the value stands, such as `plays[2] (coordinated).months`.
        tolerance : largest difference of numbers, relative to 1 or `expected` if that is larger.
        """
        if isinstance(expected, Mapping) and isinstance(found, Mapping):
            for name in dict.fromkeys([*expected, *found]):
                if name not in expected:
                    self.differs(f"{key}.{name}", "no such key", told(found[name]))
                else:
                    below = f"{key}.{name}".removeprefix(".")
                    self.compare(below, expected[name], found.get(name), tolerance=tolerance)
        elif isinstance(expected, Sequence) and isinstance(found, list) and not _text(expected):
            if len(expected) != len(found):
                self.differs(key, f"{len(expected)} entries", str(len(found)))
            for position, (one, other) in enumerate(zip(expected, found, strict=False)):
                self.compare(f"{key}[{position}]", one, other, tolerance=tolerance)
        elif is_number(expected) and is_number(found):
            difference = abs(expected - found) / max(1.0, abs(expected))
            self.largest = max(self.largest, difference)
            if not difference <= tolerance:
                self.differs(key, told(expected), told(found))
        elif type(expected) is not type(found) or expected != found:
            self.differs(key, told(expected), told(found))

    def differs(self, key: str, expected: str, found: str) -> None:
        """Note one difference."""
        self._lines.append(f"{self.place}: {key}: expected {expected}, found {found}")

    def damaged(self, key: str, expected: str, found: Any) -> InputError:
        """Return the error of a value that is not of the kind that it has to be."""
        return InputError(
            f"{self.place}: {key}: expected {expected}, found {type(found).__name__} - the file is "
            "damaged; solve again"
        )

    def raise_any(self) -> None:
        """Raise every difference that was noted.

        Raises
        ------
        NotCertifiedError
            Where there is one.
        """
        if self._lines:
            rest = len(self._lines) - MOST_TOLD
            more = [f"and {rest:,} more differences"] if rest > 0 else []
            lines = [f"{line} - solve again" for line in self._lines[:MOST_TOLD]]
            raise NotCertifiedError("\n".join([*lines, *more]))


def is_number(value: Any) -> bool:
    """Return whether a value is a number, truth values left out."""
    return isinstance(value, float | int) and not isinstance(value, bool)


def told(value: Any) -> str:
    """Return a plain value for a message, numbers with the digits that tell them apart.

    Examples
    --------
    >>> told(14.7), told(None), told("proven")
    ('14.7', 'nothing', "'proven'")
    """
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.12g}"
    return shown(value)


def _text(value: Any) -> bool:
    return isinstance(value, str)

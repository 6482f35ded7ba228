"""Faults: what is wrong, where, and what to do about it, gathered so that all are told together.

Every fault is one line, *where - what was expected - what was found - what to do*. Small parsers
(units, expressions) do not know where they are: they raise a `FaultError`, and whoever knows the
place files it with a `Faults` collector. A path inside a scenario is a tuple of keys and list
positions; `Places` turns it into words, naming the file and line that the value came from.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from scenarios.errors import ScenarioError

Path = tuple[str | int, ...]
"""Keys and list positions that lead from the root of a scenario to one value."""

MOST_FAULTS_TOLD = 200
_PLAIN_KEY = re.compile(r"[\w+%/-]+")


class FaultError(Exception):
    """What was expected and what was found, by code that does not know the place."""

    def __init__(self, expected: str, found: str, advice: str = "") -> None:
        self.expected, self.found, self.advice = expected, found, advice
        super().__init__(f"expected {expected}, found {found}")


class Faults:
    """An ordered collection of faults without repetition."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, place: str, expected: str, found: str, advice: str = "") -> None:
        """File one fault."""
        line = f"{place}: expected {expected}, found {found}"
        self._lines[f"{line} - {advice}" if advice else line] = None

    def file(self, place: str, fault: FaultError) -> None:
        """File a fault that was raised by code that did not know the place."""
        self.add(place, fault.expected, fault.found, fault.advice)

    def extend(self, lines: Iterable[str]) -> None:
        """File lines that are complete already."""
        self._lines.update(dict.fromkeys(lines))

    def error(self) -> ScenarioError:
        """Return what was filed as one error, the first 200 lines where they are many."""
        lines = list(self._lines)
        if len(lines) > MOST_FAULTS_TOLD:
            rest = len(lines) - MOST_FAULTS_TOLD
            lines = [*lines[:MOST_FAULTS_TOLD], f"and {rest} more faults - mend these first"]
        return ScenarioError(*lines)

    def raise_any(self) -> None:
        """Raise what was filed, if anything was."""
        if self._lines:
            raise self.error()


class Places:
    """Where the values of a scenario came from.

    Parameters
    ----------
    root : name of the scenario's own file, shown before paths that nothing else claims.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._origins: dict[Path, str] = {}

    def claim(self, path: Path, origin: str) -> None:
        """Say that the value at `path` came from `origin` (a line of a table, a setting)."""
        self._origins[path] = origin

    def name(self, path: Path) -> str:
        """Return the place of a path in words.

        Examples
        --------
        >>> places = Places("scenario.toml")
        >>> places.claim(("arcs", "resale"), "arcs.csv: line 4 (resale)")
        >>> places.name(("points", "chips-USA", "options", 2, "hazard"))
        'scenario.toml: points.chips-USA.options[2].hazard'
        >>> places.name(("arcs", "resale", "price"))
        'arcs.csv: line 4 (resale): price'
        """
        for length in range(len(path), 0, -1):
            if path[:length] in self._origins:
                rest = path_text(path[length:])
                return f"{self._origins[path[:length]]}: {rest}".removesuffix(": ")
        return f"{self.root}: {path_text(path)}".removesuffix(": ")


def path_text(path: Path) -> str:
    """Return a path as it is written in settings: dots between keys, list positions in brackets."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += f".{key if _PLAIN_KEY.fullmatch(key) else shown(key)}"
    return text.removeprefix(".")


def nearest(name: str, known: Iterable[str], *, advice: str = "") -> str:
    """Return advice that names the known name closest to `name`, or `advice` where none is close.

    Examples
    --------
    >>> nearest("hazrd", ["hazard", "toll"])
    "did you mean 'hazard'?"
    """
    close = difflib.get_close_matches(name[:200], list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else advice


def listed(names: Iterable[str], *, most: int = 12) -> str:
    """Return names for a message, the first few where they are many."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none"


def shown(value: object) -> str:
    """Return a short description of anything that a file may hold."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, str):
        return repr(value) if len(value) <= 60 else f"{value[:57]!r}... ({len(value)} characters)"
    if isinstance(value, Sequence):
        return "a list"
    if isinstance(value, int) and abs(value) > 10**15:
        return "a very large number"
    return f"{value:g}" if isinstance(value, float) else str(value)

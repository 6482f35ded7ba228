"""Faults: what is wrong, where, and what to do about it, gathered so that all are told together.

Every fault is one line, *where - what was expected - what was found - what to do*. Small parsers
(units, expressions) do not know where they are: they raise a `FaultError`, and whoever knows the
place files it with a `Faults` collector. A path inside a scenario is a tuple of keys and list
positions; `Places` turns it into words, naming the file and line that the value came from.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from scenarios.errors import ScenarioError

Path = tuple[str | int, ...]
"""Keys and list positions that lead from the root of a scenario to one value."""

MOST_FAULTS_TOLD = 200
MOST_FAULTS_COUNTED = 10_000
"""Faults after which reading stops: whoever has so many mends the first ones anyway."""

MOST_COMPARED = 300
"""Names among which a near one is looked for."""

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

    @property
    def enough(self) -> bool:
        """Whether no further fault will be told, only counted."""
        return len(self._lines) >= MOST_FAULTS_TOLD

    def add(self, place: str, expected: str, found: str, advice: str = "") -> None:
        """File one fault; where there are far too many, raise them at once."""
        line = f"{place}: expected {expected}, found {found}"
        self._lines[f"{line} - {advice}" if advice else line] = None
        if len(self._lines) > MOST_FAULTS_COUNTED:
            raise self.error()

    def file(self, place: str, fault: FaultError) -> None:
        """File a fault that was raised by code that did not know the place."""
        self.add(place, fault.expected, fault.found, fault.advice)

    def nearest(self, name: str, known: Iterable[str], *, advice: str = "") -> str:
        """Return the advice of `nearest`, not searched for once no fault more will be told."""
        return advice if self.enough else nearest(name, known, advice=advice)

    def extend(self, lines: Iterable[str]) -> None:
        """File lines that are complete already."""
        self._lines.update(dict.fromkeys(lines))

    def error(self) -> ScenarioError:
        """Return what was filed as one error, the first 200 lines where they are many."""
        lines = list(self._lines)
        if len(lines) > MOST_FAULTS_TOLD:
            rest = len(lines) - MOST_FAULTS_TOLD
            count = f"more than {rest - 1:,}" if len(lines) > MOST_FAULTS_COUNTED else f"{rest:,}"
            lines = [*lines[:MOST_FAULTS_TOLD], f"and {count} more faults - mend these first"]
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
        self._lengths: set[int] = set()

    def claim(self, path: Path, origin: str) -> None:
        """Say that the value at `path` came from `origin` (a line of a table, a setting)."""
        self._origins[path] = origin
        self._lengths.add(len(path))

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
            if length in self._lengths and path[:length] in self._origins:
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
    close = closest(name, known)
    return f"did you mean {close!r}?" if close else advice


def closest(
    name: str, known: Iterable[str], *, alike: float = 0.6, most: int = MOST_COMPARED
) -> str:
    """Return the known name closest to `name`, empty where none is close.

    Parameters
    ----------
    alike : share of the characters that must be the same, from 0 to 1.
    most : names that are compared; of more, those of about the same length and start.
    """
    import difflib  # only where there is a fault

    name, names = name[:200], list(known)
    if len(names) > most:
        near = (k for k in names if k[:1] == name[:1] and abs(len(k) - len(name)) <= 2)
        names = list(islice(near, most))
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=alike)), "")


def listed(names: Iterable[str], *, most: int = 12) -> str:
    """Return names for a message, the first few where they are many."""
    names = names if isinstance(names, Collection) else list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(islice(names, most)) + more if names else "none"


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

"""Changes: named overrides and settings of the form `path=value`, applied to a raw scenario.

A path names a value as messages do: `points.chips-USA.options[2].hazard`, where an entry of a list
may also be given by its measure or name (`points.chips-USA.options.ban.hazard`), and keys with
unusual characters stand in quotes. A number where an expression is expected becomes a parameter
declared on the spot; a number for a parameter is its value, and widens its range where it must.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scenarios.faults import Faults, Path, Places, closest, listed, nearest, path_text, shown
from scenarios.quantities import EXPECTED_UNIT, SETTING_SOURCE

MOST_PATHS = 1000
"""Paths among which a near one is looked for, those of the same section if there are any."""

_SEGMENT = re.compile(r"""(?:^|\.)(?:"([^"]*)"|'([^']*)'|([^.\[\]"']+))|\[(\d{1,9})\]""")


@dataclass(frozen=True)
class Change:
    """One value to put at one path; `origin` says who asked for it."""

    path: str
    value: Any
    origin: str


def requested_changes(
    raw: Mapping[str, Any],
    *,
    overrides: Sequence[str],
    settings: Sequence[str],
    faults: Faults,
    option: str = "--set",
) -> list[Change]:
    """Return the changes of the named overrides, in order, and then of the settings.

    Parameters
    ----------
    option : what the settings were given with, for messages.
    """
    changes = []
    defined = _override_sets(raw)
    for name in overrides:
        if name in defined:
            changes += [
                Change(path, value, f"override {name}: {path}")
                for path, value in defined[name].items()
            ]
        else:
            faults.add(
                f"--override {name}",
                f"one of the overrides {listed(defined)}",
                shown(name),
                nearest(name, defined),
            )
    for setting in settings:
        path, equals, text = setting.partition("=")
        if equals and path.strip():
            changes.append(
                Change(path.strip(), setting_value(text.strip()), f"{option} {path.strip()}")
            )
        else:
            faults.add(
                f"{option} {setting[:200]}",
                "path=value",
                "no path before an equals sign",
                "for example --set parameters.usa_budget.value=0.3",
            )
    return changes


def apply_changes(
    raw: Mapping[str, Any], changes: Iterable[Change], *, places: Places, faults: Faults
) -> tuple[dict[str, Any], set[str]]:
    """Return the changed scenario and the paths of the parameters that no longer hold their source.

    A path that leads nowhere is filed as a fault that names the nearest existing one.
    """
    changed_raw = copy.deepcopy(dict(raw))
    changed: set[str] = set()
    wrong = _WrongPaths(raw, faults)
    for change in changes:
        path = _resolve(changed_raw, change.path)
        if path is None:
            wrong.file(change.path, change.origin)
            continue
        for claimed in (path, _put(changed_raw, path, change.value, changed)):
            places.claim(claimed, change.origin)
    return changed_raw, changed


def check_overrides(raw: Mapping[str, Any], *, places: Places, faults: Faults) -> None:
    """File a fault for every path of every override that leads nowhere."""
    wrong = _WrongPaths(raw, faults)
    for name, values in _override_sets(raw).items():
        for path in values:
            if _resolve(raw, path) is None:
                wrong.file(path, places.name(("override", name, "set")))


def names_in_overrides(raw: Mapping[str, Any]) -> set[str]:
    """Return every word in the values of overrides: parameters used there count as used."""
    return {
        word
        for values in _override_sets(raw).values()
        for value in values.values()
        for word in re.findall(r"[A-Za-z_]\w*", str(value))
    }


def _override_sets(raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return {override: {path: value}} for every override of a sound shape."""
    section = raw.get("override")
    tables = section.items() if isinstance(section, dict) else ()
    return {
        name: table["set"]
        for name, table in tables
        if isinstance(table, dict) and isinstance(table.get("set"), dict)
    }


def setting_value(text: str) -> Any:
    """Return a setting's value: TOML where it is TOML, else the text itself."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if set(parsed) == {"value"} else text


def _segments(text: str) -> list[str | int] | None:
    """Return the segments of a path, or None where the text is not one."""
    segments: list[str | int] = []
    position = 0
    while position < len(text):
        match = _SEGMENT.match(text, position)
        if match is None:
            return None
        name = next((group for group in match.groups()[:3] if group is not None), None)
        segments.append(int(match[4]) if name is None else name)
        position = match.end()
    return segments or None


def _resolve(raw: Mapping[str, Any], text: str) -> Path | None:
    """Return the path that a text names, or None where neither the file nor the schema has it."""
    value: Any = {key: entry for key, entry in raw.items() if key != "override"}
    path: Path = ()
    for segment in _segments(text) or [""]:
        if isinstance(value, list):
            key: str | int | None = _position(value, segment)
            if key is None:
                return None
            value = value[int(key)]
        elif isinstance(value, dict) and isinstance(segment, str):
            key = segment
            if key not in value and not _may_be_added(key, path):
                return None
            value = value.get(key, {})
        else:
            return None
        path = (*path, key)
    return path


def _may_be_added(key: str, path: Path) -> bool:
    """Whether the schema lets the table at `path` hold a key that the file leaves out."""
    from scenarios.shape import keys_at, names_its_own_keys

    optional = keys_at(path) if path else ("settings",)
    return key in optional or (len(path) >= 3 and names_its_own_keys(path))


def _position(entries: list[Any], segment: str | int) -> int | None:
    """Return the position that a segment means in a list: a number, a measure or a name."""
    if isinstance(segment, str) and segment.isascii() and segment.isdigit():
        segment = int(segment[:9])
    if isinstance(segment, int):
        return segment if segment < len(entries) else None
    for position, entry in enumerate(entries):
        if isinstance(entry, dict) and segment in (
            entry.get("measure"),
            entry.get("name"),
        ):
            return position
    return None


def _put(raw: dict[str, Any], path: Path, value: Any, changed: set[str]) -> Path:
    """Put a value at a path that exists or may exist, and return where it went."""
    from scenarios.shape import is_quantity

    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if len(path) == 2 and path[0] == "parameters" and not isinstance(value, dict):
        path = (*path, "value")
    if number and is_quantity(path):
        changed.add(path_text(path))
        value = {
            "value": value,
            "exact": True,
            "unit": EXPECTED_UNIT,
            "source": SETTING_SOURCE,
            "confidence": "P",
        }
    holder: Any = raw
    for key in path[:-1]:
        holder = holder.setdefault(key, {}) if isinstance(holder, dict) else holder[key]
    holder[path[-1]] = value
    if path[-1] == "value" and isinstance(holder, dict) and "unit" in holder:
        changed.add(path_text(path[:-1]))
        for bound, wider in (("low", min), ("high", max)):
            if number and isinstance(holder.get(bound), (int, float)):
                holder[bound] = wider(holder[bound], value)
    return path


class _WrongPaths:
    """Files paths that lead nowhere, each with the nearest one of a scenario that does."""

    def __init__(self, raw: Mapping[str, Any], faults: Faults) -> None:
        self.raw, self.faults = raw, faults

    @cached_property
    def known(self) -> list[str]:
        return [path_text(path) for path in _paths(self.raw)]

    def file(self, text: str, place: str) -> None:
        expected, found = "a path that exists in the scenario", shown(text)
        self.faults.add(place, expected, found, "" if self.faults.enough else self._advice(text))

    def _advice(self, text: str) -> str:
        first, declared = (_segments(text) or [""])[0], self.raw.get("parameters")
        if isinstance(declared, dict) and first in declared:
            return f"did you mean {path_text(('parameters', first, 'value'))}?"
        section = [path for path in self.known if path.split(".")[0] == first]
        close = closest(text, section or self.known, alike=0.5, most=MOST_PATHS)
        return f"did you mean {close}?" if close else f"paths start with {listed(sorted(self.raw))}"


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value in a raw scenario, optional keys of its tables included."""
    from scenarios.shape import keys_at

    if path:
        yield path
    if len(path) > 8 or path[:1] == ("override",):
        return
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _paths(entry, (*path, key))
        for key in keys_at(path) if path else ("settings",):
            if key not in value:
                yield (*path, key)
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from _paths(entry, (*path, position))

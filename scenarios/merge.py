"""Merging: one raw scenario out of its TOML file and the CSV tables that it names.

What comes out has one table per parameter and per arc, keyed by name, whatever file it came from,
and remembers that file and line for messages. What could not be read is remembered too, so that
nothing that refers to it is called a fault of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.errors import ScenarioError
from scenarios.faults import FaultError, Faults, Places, shown
from scenarios.files import Row, number, read_table, truth

PARAMETER_COLUMNS = (
    "name",
    "value",
    "low",
    "high",
    "unit",
    "source",
    "confidence",
    "exact",
    "distribution",
    "note",
)
ARC_COLUMNS = (
    "name",
    "title",
    "tail",
    "head",
    "point",
    "price",
    "capacity",
    "conversion",
    "value",
    "revenue.",
    "note",
)
_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "value": number,
    "low": number,
    "high": number,
    "exact": truth,
}


@dataclass(frozen=True)
class Merged:
    """A raw scenario after its tables were merged in.

    Attributes
    ----------
    raw : the scenario.
    unread : sections that miss entries because some of their text could not be read.
    """

    raw: dict[str, Any]
    unread: frozenset[str] = frozenset()


def merge(raw: dict[str, Any], *, folder: Path, places: Places, faults: Faults) -> Merged:
    """Return the raw scenario with its tables merged in; `folder` is what paths are relative to."""
    merged = dict(raw)
    merger = _Merger(folder=folder, places=places, faults=faults)
    unread = set()
    for section in ("parameters", "arcs"):
        if section in raw:
            before = len(faults) - merger.repeated
            merged[section] = merger.section(section, raw[section])
            if len(faults) - merger.repeated > before:
                unread.add(section)
    return Merged(merged, frozenset(unread))


class _Merger:
    def __init__(self, *, folder: Path, places: Places, faults: Faults) -> None:
        self.folder, self.places, self.faults = folder, places, faults
        self.repeated = 0

    def section(self, section: str, content: object) -> dict[str, Any]:
        """Return {name: entry}, whether the content is a file, files, a table or a list."""
        entries: dict[str, Any] = {}
        if isinstance(content, str):
            content = [content]
        if isinstance(content, dict) and section == "parameters":
            if isinstance(content.get("table"), str):
                content = dict(content)
                self._add_table(section, content.pop("table"), entries)
            for name, entry in content.items():
                self._add(entries, section, name, entry, self.places.name((section, name)))
        elif isinstance(content, list):
            for position, entry in enumerate(content):
                self._add_listed(section, position, entry, entries)
        else:
            self.faults.add(
                self.places.name((section,)),
                "the name of a CSV table, or tables",
                shown(content),
            )
        return entries

    def _add_listed(
        self, section: str, position: int, entry: object, entries: dict[str, Any]
    ) -> None:
        place = self.places.name((section, position))
        if isinstance(entry, dict) and set(entry) == {"table"}:
            entry = entry["table"]
        if isinstance(entry, str):
            self._add_table(section, entry, entries)
        elif section == "arcs" and isinstance(entry, dict):
            entry = dict(entry)
            name = entry.pop("name", None)
            if isinstance(name, str):
                self._add(entries, section, name, entry, f"{self.places.root}: arcs.{name}")
            else:
                self.faults.add(f"{place}.name", "a name in quotes", shown(name))
        else:
            wanted = "the name of a CSV table" + (" or an arc" if section == "arcs" else "")
            self.faults.add(place, wanted, shown(entry))

    def _add_table(self, section: str, file: str, entries: dict[str, Any]) -> None:
        path = self.folder / file
        try:
            if section == "arcs":
                for row in read_table(path, columns=ARC_COLUMNS, faults=self.faults):
                    self._add_row(section, path.name, row, dict(_arc_cells(row)), entries)
            else:
                for row in read_table(path, columns=PARAMETER_COLUMNS, faults=self.faults):
                    cells = self._parameter_cells(path.name, row)
                    if cells is not None:
                        self._add_row(section, path.name, row, cells, entries)
        except ScenarioError as error:
            self.faults.extend(error.faults)

    def _parameter_cells(self, file: str, row: Row) -> dict[str, Any] | None:
        """Return the cells with numbers read, or None where one was no number."""
        cells: dict[str, Any] = dict(row.cells)
        sound = True
        for column, convert in _CONVERTERS.items():
            if column in row.cells:
                try:
                    cells[column] = convert(row.cells[column])
                except FaultError as fault:
                    self.faults.file(_line(file, row, column), fault)
                    sound = False
        return cells if sound else None

    def _add_row(
        self,
        section: str,
        file: str,
        row: Row,
        cells: dict[str, Any],
        entries: dict[str, Any],
    ) -> None:
        name = cells.pop("name", None)
        if name is None:
            self.faults.add(_line(file, row, "name"), "a name", "an empty cell")
        else:
            self._add(entries, section, name, cells, _line(file, row))

    def _add(
        self,
        entries: dict[str, Any],
        section: str,
        name: str,
        entry: object,
        place: str,
    ) -> None:
        if name in entries:
            first = self.places.name((section, name))
            self.faults.add(place, "each name once", f"{name!r} a second time, after {first}")
            self.repeated += 1
            return
        entries[name] = entry
        self.places.claim((section, name), place)


def _line(file: str, row: Row, column: str = "") -> str:
    name = row.cells.get("name")
    place = f"{file}: line {row.line}" + (f" ({name})" if name else "")
    return f"{place}: {column}" if column else place


def _arc_cells(row: Row) -> Iterator[tuple[str, Any]]:
    """Yield the keys of an arc: several steps are separated by ';', revenue has a column each."""
    revenue = {}
    for column, cell in row.cells.items():
        if column.startswith("revenue."):
            revenue[column.removeprefix("revenue.")] = cell
        elif column in ("price", "capacity") and ";" in cell:
            yield column, [part.strip() for part in cell.split(";")]
        else:
            yield column, cell
    if revenue:
        yield "revenue", revenue

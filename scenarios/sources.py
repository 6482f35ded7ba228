"""Where numbers come from: the bibliography of a scenario.

A scenario's own `sources.toml` stands beside it; the bibliography of the shipped scenarios is open
to every scenario as well. Keys of the own file must all be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios import library
from scenarios.errors import ScenarioError
from scenarios.faults import Faults, Places
from scenarios.files import read_toml


@dataclass(frozen=True)
class Source:
    """An entry of the bibliography."""

    key: str
    title: str
    kind: str
    author: str = ""
    date: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Sources:
    """Every source that a scenario may cite.

    Attributes
    ----------
    entries : the sources of a sound shape.
    known : keys of all sources, misshapen ones included; None where a file could not be read.
    own : keys of the scenario's own file.
    """

    entries: Mapping[str, Source]
    known: frozenset[str] | None
    own: frozenset[str] = frozenset()


def read_sources(folder: Path, faults: Faults) -> Sources:
    """Return the sources open to the scenario in `folder`, filing what is wrong with the files."""
    shared_file, own_file = library.ROOT / library.SOURCES_FILE, folder / library.SOURCES_FILE
    shared = _read(shared_file, faults)
    if not own_file.exists() or own_file.samefile(shared_file):
        return shared
    own = _read(own_file, faults)
    unknown = shared.known is None or own.known is None
    return Sources(
        entries={**shared.entries, **own.entries},
        known=None if unknown else frozenset((*(shared.known or ()), *(own.known or ()))),
        own=frozenset(own.entries),
    )


def _read(path: Path, faults: Faults) -> Sources:
    try:
        return parse_sources(read_toml(path), file=path.name, faults=faults)
    except ScenarioError as error:
        faults.extend(error.faults)
        return Sources({}, None)


def parse_sources(raw: Mapping[str, Any], *, file: str, faults: Faults) -> Sources:
    """Return the sources of one file."""
    from scenarios.schema import Bibliography
    from scenarios.shape import check_shape

    checked = check_shape(Bibliography, raw, places=Places(file), faults=faults)
    entries = {
        key: Source(
            key=key,
            title=entry.title,
            kind=entry.kind,
            author=entry.author,
            date=str(entry.date or entry.year or ""),
            url=entry.url,
            note=entry.note,
        )
        for key, entry in checked.model.sources.items()
    }
    listed = raw.get("sources")
    return Sources(entries, frozenset(listed) if isinstance(listed, dict) else frozenset(entries))


def cited(sources: Sources, keys: Iterable[str]) -> dict[str, Source]:
    """Return the sources of these keys, in the order of the bibliography."""
    wanted = set(keys)
    return {key: source for key, source in sources.entries.items() if key in wanted}

"""The shipped scenarios, and how a name becomes a file."""

from __future__ import annotations

import os
from pathlib import Path

from games.given import told
from scenarios.errors import ScenarioError
from scenarios.faults import listed, nearest, shown

ROOT = Path(__file__).parent / "library"
SCENARIO_FILE = "scenario.toml"
SOURCES_FILE = "sources.toml"


def available() -> tuple[str, ...]:
    """Return the names of the shipped scenarios."""
    return tuple(sorted(path.parent.name for path in ROOT.glob(f"*/{SCENARIO_FILE}")))


def find(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the scenario file that a library name, a folder or a file stands for.

    Raises
    ------
    ScenarioError
        Where there is none, with the nearest library name.
    """
    if not isinstance(name_or_path, str | os.PathLike):
        raise ScenarioError(
            f"scenario: expected a name, a folder or a file, found {told(name_or_path)}"
        )
    text = os.fspath(name_or_path)
    if text in available():
        return ROOT / text / SCENARIO_FILE
    path = Path(text)
    try:
        if path.is_dir():
            if (path / SCENARIO_FILE).exists():
                return path / SCENARIO_FILE
            raise ScenarioError(
                f"{shown(text)}: expected a folder that holds {SCENARIO_FILE}, found none in it - "
                "`stratagem new` writes a folder to start from"
            )
        if text and path.exists():
            return path
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ScenarioError(f"{shown(text)}: expected a path, found: {reason}") from None
    known = available()
    advice = nearest(text, known, advice="`stratagem list` shows the names")
    raise ScenarioError(
        f"{shown(text)}: expected a scenario's folder or file, or one of the names "
        f"{listed(known)}; found no such thing - {advice}"
    )

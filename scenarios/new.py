"""A new scenario: a small, commented, valid one to start from."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from scenarios.errors import ScenarioError
from scenarios.library import SCENARIO_FILE

TEMPLATE = Path(__file__).parent / "template"


def write_template(directory: str | os.PathLike[str]) -> Path:
    """Write the files of a new scenario and return the scenario's file.

    Everything is written elsewhere first, so that no half-written scenario is left behind; the
    scenario is named after the directory.

    Raises
    ------
    ScenarioError
        Where the directory holds something already, or cannot be written.
    """
    target = Path(directory)
    name = re.sub(r"[^\w%+-]+", "-", target.absolute().name)[:80].strip("-") or "scenario"
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            kind = "one that holds files" if target.is_dir() else "a file of that name"
            raise ScenarioError(
                f"{target}: expected a new or an empty directory, found {kind} - name another"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as workshop:
            made = Path(workshop) / "scenario"
            shutil.copytree(TEMPLATE, made)
            text = (made / SCENARIO_FILE).read_text(encoding="utf-8")
            text = text.replace('name = "NAME"', f'name = "{name}"', 1)
            (made / SCENARIO_FILE).write_text(text, encoding="utf-8")
            if target.exists():  # empty, and perhaps where the caller stands: fill it
                for file in sorted(made.iterdir(), key=lambda file: file.name == SCENARIO_FILE):
                    file.replace(target / file.name)
            else:
                made.replace(target)
    except OSError as error:
        raise ScenarioError(
            f"{target}: expected a directory that can be written, found: {error.strerror}"
        ) from None
    return target / SCENARIO_FILE

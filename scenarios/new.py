"""A new scenario: a small, commented, valid one to start from, or a copy of a shipped one."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from scenarios import library
from scenarios.errors import ScenarioError
from scenarios.faults import listed, nearest, shown
from scenarios.library import SCENARIO_FILE

TEMPLATE = Path(__file__).parent / "template"


def write_template(directory: str | os.PathLike[str], *, shipped: str | None = None) -> Path:
    """Write the files of a new scenario and return the scenario's file.

    Everything is written elsewhere first, so that no half-written scenario is left behind; the
    scenario is named after the directory.

    Parameters
    ----------
    shipped : name of a shipped scenario to copy; by default the small one is written.

    Raises
    ------
    ScenarioError
        Where the directory holds something already, or cannot be written, or no scenario of the
        name is shipped.
    """
    known = library.available()
    if shipped is not None and shipped not in known:
        raise ScenarioError(
            f"--start {shown(shipped)}: expected one of the names {listed(known)}; found no such "
            f"thing - {nearest(shipped, known, advice='a folder of your own can be copied')}"
        )
    pattern = TEMPLATE if shipped is None else library.ROOT / shipped
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
            shutil.copytree(pattern, made)
            text = (made / SCENARIO_FILE).read_text(encoding="utf-8")
            text = re.sub(r'(?m)^name = ".*"$', f'name = "{name}"', text, count=1)
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

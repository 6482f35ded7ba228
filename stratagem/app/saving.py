"""Keeping what was found: the scenario with the numbers chosen, and the run.

The saved folder holds the scenario's own files unchanged and one more override, `chosen`, with the
numbers that were turned: what a source says and what somebody tried stay apart.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from games.errors import InputError
from scenarios.library import SCENARIO_FILE, SOURCES_FILE
from scenarios.load import load
from scenarios.scenario import Scenario
from stratagem.records.comparison import Comparison
from stratagem.runs.folders import check_folder, write_folder
from stratagem.runs.kept import write_run

CHOSEN = "chosen"


@dataclass(frozen=True)
class Saved:
    """Where things were put.

    Attributes
    ----------
    overrides : those under which the saved scenario is what was solved.
    """

    scenario: Path
    run: Path
    overrides: tuple[str, ...]

    @property
    def command(self) -> str:
        """What solves the saved scenario again."""
        changes = "".join(f" --override {name}" for name in self.overrides)
        return f"stratagem compare {self.scenario}{changes}"


def save(
    world: Scenario,
    comparison: Comparison,
    numbers: Mapping[str, float],
    *,
    folder: str | os.PathLike[str],
) -> Saved:
    """Write the scenario and the run into a new folder, as `scenario` and `run` there.

    Parameters
    ----------
    world : what was solved, changes applied.
    numbers : {path: number} of what was turned.

    Raises
    ------
    InputError
        When the folder is not new or empty, cannot be written, or the scenario has no file.
    """
    path = check_folder(folder)
    if world.path is None:
        raise InputError(f"{world.name}: expected a scenario with a file, found one read from text")
    name = CHOSEN
    while name in world.available_overrides:
        name += "-again"
    texts = scenario_texts(world.path, numbers, name=name)
    overrides = (*world.overrides, *([name] if numbers else []))
    if not write_folder(path / "scenario", texts):
        raise InputError(f"{path}: expected a new or empty folder, found one with files in it")
    load(path / "scenario", overrides=overrides)  # whatever is wrong with it is told here
    run = write_run(comparison, world, folder=path / "run")
    return Saved(path / "scenario", run, overrides)


def scenario_texts(
    file: Path, numbers: Mapping[str, float], *, name: str = CHOSEN
) -> dict[str, str]:
    """Return {name: text} of a scenario's files, with an override of chosen numbers."""
    folder = file.parent
    wanted: Sequence[Path] = [
        *sorted(folder.glob("*.csv")),
        *([folder / SOURCES_FILE] if (folder / SOURCES_FILE).is_file() else []),
    ]
    texts = {one.name: one.read_text(encoding="utf-8") for one in wanted}
    text = file.read_text(encoding="utf-8").rstrip("\n") + "\n"
    if numbers:
        text += f'\n[override.{name}]\ntitle = "Numbers chosen in the app"\n\n'
        text += f"[override.{name}.set]\n"
        text += "".join(f"{json.dumps(path)} = {float(x)!r}\n" for path, x in numbers.items())
    return {SCENARIO_FILE: text, **texts}

"""A sweep as files: its record, its rows, and the numbers of its worlds."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.worlds import Worlds
from stratagem.studies.keeping import keep
from stratagem.studies.sweep_records import Sweep

if TYPE_CHECKING:
    import pandas


def write_sweep(
    sweep: Sweep,
    *,
    folder: str | os.PathLike[str] | None = None,
    started: datetime.datetime | None = None,
) -> Path:
    """Write a folder of a sweep and return its path: its record, and `rows` and `worlds` as tables.

    Raises
    ------
    InputError
        When the folder cannot be written; nothing is left behind then.
    """
    tables = {"rows": sweep.to_pandas()}
    drawn = _worlds_table(sweep.worlds)
    if drawn is not None:
        tables["worlds"] = drawn
    return keep("sweep", sweep.world, sweep.to_json(), tables, folder=folder, started=started)


def worlds_frame(worlds: Worlds) -> pandas.DataFrame:
    """Return one row for each world: its number, its probability, alternatives and numbers."""
    import pandas

    switches = {
        f"switch_{switch.name}": [
            switch.alternatives[index].name for index in worlds.chosen[switch.name]
        ]
        for switch in worlds.uncertainty.switches
        if switch.name in worlds.chosen
    }
    first = {"world": range(len(worlds)), "probability": worlds.probabilities, **switches}
    numbers = pandas.DataFrame(worlds.draws, columns=list(worlds.names))
    return pandas.concat([pandas.DataFrame(first), numbers], axis=1)


def _worlds_table(worlds: Sequence[Worlds | None]) -> pandas.DataFrame | None:
    """Return the numbers of every world of every cell, None where none was drawn."""
    import pandas

    frames = []
    for cell, drawn in enumerate(worlds):
        if drawn is not None:
            frame = worlds_frame(drawn)
            frame.insert(0, "cell", cell)
            frames.append(frame)
    return pandas.concat(frames, ignore_index=True) if frames else None

"""Where studies are kept: in a folder that is new or was asked for, whole or not at all."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from games.errors import InputError
from scenarios.scenario import Scenario
from stratagem.runs.folders import check_folder, write_folder
from stratagem.runs.kept import new_folders, versions

if TYPE_CHECKING:
    import pandas

STUDY_FORMAT = 1


def keep(
    kind: str,
    scenario: Scenario,
    record: Mapping[str, Any],
    tables: Mapping[str, pandas.DataFrame],
    *,
    folder: str | os.PathLike[str] | None = None,
    started: datetime.datetime | None = None,
) -> Path:
    """Write a folder with a study's record and its tables, and return its path.

    Parameters
    ----------
    kind : of study; the record is kept as `KIND.json`, with the scenario's resolved text.
    tables : {name: frame}, each written as CSV and as Parquet.
    folder : a folder that is new or empty; None for a new one under `runs/`.
    started : when the work began; None for now.

    Raises
    ------
    InputError
        When the folder cannot be written; nothing is left behind then.
    """
    now = datetime.datetime.now(datetime.UTC)
    whole = {
        "study_format": STUDY_FORMAT,
        **record,
        "scenario_text": scenario.text,
        "versions": versions(),
        "started": (started or now).isoformat(timespec="seconds"),
        "finished": now.isoformat(timespec="seconds"),
    }
    text = json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False)
    contents: dict[str, str | bytes] = {f"{kind}.json": text + "\n"}
    for name, frame in tables.items():
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        contents |= {f"{name}.csv": csv_of(frame), f"{name}.parquet": buffer.getvalue()}
    if folder is not None:
        path = check_folder(folder)
        if not write_folder(path, contents):
            raise InputError(f"{path}: expected a new or empty folder, found one with files in it")
        return path
    paths = new_folders(f"{scenario.name}-{kind}", started or now)
    return next(path for path in paths if write_folder(path, contents))


def csv_of(frame: pandas.DataFrame) -> bytes:
    """Return a table as CSV, every number with the digits that bring it back.

    Ten thousand worlds of two hundred numbers take half a second; pandas takes five.
    """
    import pyarrow
    from pyarrow.csv import WriteOptions, write_csv

    names, buffer = io.StringIO(), io.BytesIO()
    csv.writer(names, lineterminator="\n").writerow(frame.columns)
    buffer.write(names.getvalue().encode())
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    write_csv(table, buffer, WriteOptions(include_header=False, quoting_style="needed"))
    return buffer.getvalue()

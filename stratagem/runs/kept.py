"""Run folders: what was solved, on what, and what came out, kept together.

A folder appears whole or not at all (`folders`). `manifest.json` holds the scenario's resolved
text, so that an answer can be recomputed without the files it came from; `result.json` holds the
records; the CSV tables (`run_tables`) are for spreadsheets.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from games.errors import InputError, NotCertifiedError
from games.given import texts
from scenarios.load import load_text
from scenarios.scenario import Scenario
from stratagem.cases import Case, case_of
from stratagem.records.comparison import Comparison
from stratagem.runs.folders import RUNS_FOLDER, check_folder, write_folder
from stratagem.runs.tables import run_tables

RUN_FORMAT = 3
MANIFEST, RESULT = "manifest.json", "result.json"
_PACKAGES = ("stratagem", "highspy", "pyomo", "numpy")


@dataclass(frozen=True)
class Run:
    """A run read back.

    Attributes
    ----------
    world : the scenario, rebuilt from the manifest alone.
    result : what `result.json` claims.
    """

    path: Path
    manifest: Mapping[str, Any]
    result: Mapping[str, Any]
    world: Scenario


def versions() -> dict[str, str]:
    """Return the versions of what an answer depends on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def write_run(
    comparison: Comparison,
    world: Scenario,
    *,
    folder: str | os.PathLike[str] | None = None,
    started: datetime.datetime | None = None,
    jobs: int | None = None,
) -> Path:
    """Write a run folder and return its path.

    Parameters
    ----------
    folder : a folder that is new or empty; None for a new one under `runs/`, named after the
        scenario and the time.
    started : when the work began; None for now.
    jobs : worker processes that were asked for, for the record.

    Raises
    ------
    InputError
        When the folder cannot be written; nothing is left behind then.
    """
    now = datetime.datetime.now(datetime.UTC)
    case = case_of(world)
    texts = {
        MANIFEST: _json(_manifest(comparison, case, started or now, now, jobs)),
        RESULT: _json(comparison.to_json()),
        **{f"{name}.csv": table.csv() for name, table in run_tables(comparison, case).items()},
    }
    if folder is not None:
        path = check_folder(folder)
        if not write_folder(path, texts):
            raise InputError(f"{path}: expected a new or empty folder, found one with files in it")
        return path
    paths = new_folders(comparison.scenario, started or now)
    return next(path for path in paths if write_folder(path, texts))


def open_run(words: str | os.PathLike[str] | Sequence[str]) -> Run:
    """Return a run from its folder.

    Parameters
    ----------
    words : a run folder; or words of which the newest folder under `runs/` that has them all in its
        name is taken, `latest` standing for any.

    Raises
    ------
    InputError
        When there is no such run, or its files are not those of a run.
    NotCertifiedError
        When the manifest's scenario is not the one that was hashed.
    """
    path = _found(
        [os.fspath(words)] if isinstance(words, str | os.PathLike) else texts("run", words)
    )
    manifest, result = read_json(path / MANIFEST), read_json(path / RESULT)
    scenario = manifest.get("scenario")
    if manifest.get("run_format") != RUN_FORMAT or not isinstance(scenario, dict):
        raise InputError(
            f"{path / MANIFEST}: expected run_format {RUN_FORMAT}, found "
            f"{manifest.get('run_format')!r} - the run was written by another version"
        )
    text = str(scenario.get("text"))
    if hashlib.sha256(text.encode(errors="replace")).hexdigest() != scenario.get("hash"):
        raise NotCertifiedError(
            f"{path / MANIFEST}: expected the scenario that was hashed when it was solved, found "
            "another - the manifest was changed afterwards; solve again"
        )
    if not isinstance(manifest.get("versions"), dict):
        raise InputError(
            f"{path / MANIFEST}: versions: expected an object, found none - the file is damaged; "
            "solve again"
        )
    if not isinstance(result.get("plays"), list) or not result["plays"]:
        raise InputError(f"{path / RESULT}: expected a list of plays, found none")
    return Run(path, manifest, result, load_text(text, place=f"{path / MANIFEST}"))


def _manifest(
    comparison: Comparison,
    case: Case,
    started: datetime.datetime,
    finished: datetime.datetime,
    jobs: int | None,
) -> dict[str, Any]:
    return {
        "run_format": RUN_FORMAT,
        "scenario": {
            "name": case.name,
            "title": case.title,
            "date": case.date,
            "hash": case.hash,
            "text": case.text,
        },
        "overrides": list(case.overrides),
        "settings": list(case.settings),
        "plays": [record.play for record in comparison.every],
        "versions": versions(),
        "seed": comparison.seed,
        "gap": comparison.gap,
        "time_limit_seconds": comparison.time_limit,
        "jobs": jobs,
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "seconds": {record.play: record.seconds for record in comparison.every},
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def new_folders(name: str, when: datetime.datetime) -> Iterator[Path]:
    """Yield paths under `runs/` that do not exist, one after another."""
    stem = f"{name}-{when.astimezone():%Y%m%d-%H%M%S}"
    number = 1
    while True:
        path = Path(RUNS_FOLDER, stem if number == 1 else f"{stem}-{number}")
        if not path.exists():
            yield path
        number += 1


def _found(words: Sequence[str]) -> Path:
    """Return the folder that words stand for."""
    if not words or not all(word.strip() for word in words):
        raise InputError(
            "run: expected a run folder, or words in the name of one under "
            f"{RUNS_FOLDER}/, found an empty text - `latest` stands for the newest run"
        )
    if len(words) == 1 and (Path(words[0]) / MANIFEST).is_file():
        return Path(words[0])
    runs = Path(RUNS_FOLDER)
    names = [folder.name for folder in runs.iterdir()] if runs.is_dir() else []
    wanted = [word for word in words if word != "latest"]
    matching = [
        runs / name
        for name in names
        if all(word in name for word in wanted) and (runs / name / MANIFEST).is_file()
    ]
    if matching:
        return max(matching, key=lambda folder: folder.stat().st_mtime_ns)
    if len(words) == 1 and (kind := _study_in(Path(words[0]))):
        raise InputError(
            f"{words[0][:200]}: expected a folder with plays, found a {kind} ({kind}.json) - "
            f"`stratagem report RUN --study {words[0][:200]}` shows it beside a run of the same "
            "scenario, as `stratagem compare` keeps one"
        )
    text = " ".join(words)[:200]
    raise InputError(
        f"{text}: expected a run folder with a {MANIFEST}, or words in the name of one under "
        f"{RUNS_FOLDER}/; found none - `stratagem compare SCENARIO` makes one"
    )


def _study_in(folder: Path) -> str:
    """Return the kind of the study that a folder holds, empty where it holds none."""
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            if "study_format" in read_json(file):
                return file.stem
        except InputError:
            continue
    return ""


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; every number in it is finite.

    Raises
    ------
    InputError
        When there is none.
    """
    try:
        content = json.loads(
            path.read_text(encoding="utf-8"),
            parse_int=lambda text: int(_finite(text)),
            parse_float=lambda text: float(_finite(text)),
            parse_constant=_finite,
        )
    except (OSError, ValueError, RecursionError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InputError(f"{path}: expected JSON, found: {reason[:200]}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected an object, found {type(content).__name__}")
    return content


def _finite(text: str) -> str:
    """Return the text of a number that a float can hold: nothing else is ever written."""
    if not math.isfinite(float(text)):
        raise ValueError(f"a number that is not finite: {text[:20]}")
    return text

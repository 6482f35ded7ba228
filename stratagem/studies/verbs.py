"""What the commands of studies do."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from games.errors import InputError
from scenarios.load import load
from scenarios.scenario import Scenario
from scenarios.worlds import Method
from stratagem.presentation import words
from stratagem.runs.files import check_file, write_file
from stratagem.runs.folders import check_folder
from stratagem.terminal.interrupts import Interrupted
from stratagem.terminal.streams import Streams, kept_study

if TYPE_CHECKING:
    from stratagem.commands.parameters import Changes, Solving

Progress = Callable[[int, int], None]
Found = tuple[Any, dict[str, Any]]
"""A study that shows itself, and its tables."""

_VALUE = re.compile(r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|[^,"'\[{])+""")


def worlds(
    streams: Streams,
    scenario: str,
    changes: Changes,
    *,
    count: int,
    sampling: str,
    seed: int,
    csv: Path | None,
    as_json: bool,
) -> int:
    """Draw worlds and show what was drawn."""
    from stratagem.studies.keeping import csv_of
    from stratagem.studies.overview import worlds as draw
    from stratagem.studies.sweep_files import worlds_frame

    if csv is not None:
        check_file(csv, [".csv"])
    found = draw(_load(scenario, changes), count, sampling=cast(Method, sampling), seed=seed)
    if csv is not None:
        write_file(csv, csv_of(worlds_frame(found.worlds)))
    if as_json:
        streams.json(found.to_json())
    else:
        streams.console().print(found)
    return 0


def sweep(
    streams: Streams,
    scenario: str,
    changes: Changes,
    solving: Solving,
    *,
    grid: Sequence[str],
    count: int | None,
    plays: Sequence[str],
    sampling: str,
    cluster: str | None,
    ledger: Path | None,
) -> int:
    """Sweep, show the summary, keep the run."""
    from stratagem.studies.sweep_files import write_sweep
    from stratagem.studies.sweeps import DEFAULT_PLAYS
    from stratagem.studies.sweeps import sweep as solve_all

    check_folder(solving.output)
    world = _load(scenario, changes)
    started = datetime.datetime.now(datetime.UTC)
    with _options(streams, world, solving, cluster=cluster, ledger=ledger) as options:
        found = solve_all(
            world,
            grid=grid_of(grid),
            worlds=count,
            plays=plays or DEFAULT_PLAYS,
            sampling=cast(Method, sampling),
            **options,
        )
    folder = write_sweep(found, folder=solving.output, started=started)
    if solving.json:
        streams.json({**found.to_json(), "run": str(folder)})
        if found.failures:
            streams.message(f"stratagem: {found.told_failures()}")
    else:
        console = streams.console()
        console.print(found)
        files = " (rows.csv, rows.parquet, sweep.json)"
        console.print(kept_study(folder, files), style="dim")
    return found.exit_code


@dataclass(frozen=True)
class Asked:
    """What was asked of `sensitivity`, as on the command line."""

    method: str
    of: Sequence[str]
    plays: Sequence[str]
    worlds: int | None
    groups: Sequence[str]
    where: str | None
    density: float
    numbers: Sequence[str]


def sensitivity(
    streams: Streams,
    scenario: str,
    changes: Changes,
    solving: Solving,
    asked: Asked,
    *,
    cluster: str | None,
    ledger: Path | None,
) -> int:
    """Compute what was asked for, show it, keep it."""
    from stratagem.studies.keeping import keep

    if asked.method not in _WORLDS:
        raise InputError(
            f"method: expected one of {', '.join(_WORLDS)}; found {asked.method[:200]!r}"
        )
    if (asked.method == "box") != (asked.where is not None):
        raise InputError("where: expected a condition with --method box, and with that alone")
    if (asked.method == "threshold") != bool(asked.numbers):
        raise InputError("numbers: expected some with --method threshold, and with that alone")
    check_folder(solving.output)
    world = _load(scenario, changes)
    started = datetime.datetime.now(datetime.UTC)
    with _options(streams, world, solving, cluster=cluster, ledger=ledger) as options:
        found, tables = _STUDIES.get(asked.method, _indices)(world, asked, options)
    folder = keep(
        "sensitivity", world, found.to_json(), tables, folder=solving.output, started=started
    )
    changed = words.changed(world.overrides, world.settings)
    streams.study(found, folder, changes=changed, json=solving.json)
    return 0


_WORLDS = {"sobol": 64, "morris": 16, "box": 256, "threshold": 0}
"""How many worlds are drawn by default, by method."""


def _indices(world: Scenario, asked: Asked, options: dict[str, Any]) -> Found:
    from stratagem.studies.indices import SensitivityMethod
    from stratagem.studies.sensitivity import sensitivity as indices_of

    of = list(asked.of)
    if not of:
        plays = asked.plays or ("status-quo",)
        of = [f"{quantity}({play})" for play in plays for quantity in ("months", "joint_payoff")]
    found = indices_of(
        world,
        of,
        method=cast(SensitivityMethod, asked.method),
        worlds=_WORLDS[asked.method] if asked.worlds is None else asked.worlds,
        groups=grid_of(asked.groups, option="--group"),
        **options,
    )
    return found, {"indices": found.to_pandas(), "worlds": found.values_frame()}


def _box(world: Scenario, asked: Asked, options: dict[str, Any]) -> Found:
    from stratagem.studies.discovery import where

    found = where(
        world,
        asked.where or "",
        worlds=_WORLDS["box"] if asked.worlds is None else asked.worlds,
        density=asked.density,
        **options,
    )
    return found, {"worlds": found.to_pandas()}


def _thresholds(world: Scenario, asked: Asked, options: dict[str, Any]) -> Found:
    from stratagem.studies.thresholds import GAP, thresholds

    found = thresholds(
        world,
        asked.numbers,
        play=asked.plays[0] if asked.plays else "coordinated",
        **{**options, "gap": max(GAP, options["gap"])},
    )
    return found, {"thresholds": found.table().to_pandas()}


_STUDIES: dict[str, Callable[[Scenario, Asked, dict[str, Any]], Found]] = {
    "box": _box,
    "threshold": _thresholds,
}


@contextmanager
def _options(
    streams: Streams, world: Scenario, solving: Solving, *, cluster: str | None, ledger: Path | None
) -> Iterator[dict[str, Any]]:
    """Give out the options of a sweep, with its progress shown; say what is kept if interrupted."""
    from stratagem.studies.sweeps import LEDGER

    kept = ledger or LEDGER
    with progress_shown(streams, world.title, silent=solving.json) as progress:
        try:
            yield {
                "jobs": solving.jobs,
                "cluster": cluster,
                "ledger": kept,
                "seed": solving.seed,
                "time_limit": solving.time_limit,
                "gap": solving.gap,
                "progress": progress,
                "say": streams.message,
            }
        except Interrupted as interruption:
            interruption.kept = f"what was solved is in {kept}; the same command goes on from there"
            raise


def grid_of(entries: Sequence[str], *, option: str = "--grid") -> dict[str, list[str]]:
    """Return {path: values} of texts such as `path=1,2,3`; commas within quotes do not count.

    Raises
    ------
    InputError
        With every entry that is no such text.

    Examples
    --------
    >>> grid_of(["parameters.route_total=100, 200", "points.a.status_quo=ban"])
    {'parameters.route_total': ['100', '200'], 'points.a.status_quo': ['ban']}
    """
    grid: dict[str, list[str]] = {}
    faults = []
    for entry in entries:
        path, equals, text = entry.partition("=")
        values = [value.strip() for value in _VALUE.findall(text)]
        if not path.strip() or not equals:
            faults.append(f"{option} {entry[:200]!r}: expected NAME=a,b,c; found no name before =")
        elif not (values and all(values)):
            faults.append(f"{option} {entry[:200]}: expected NAME=a,b,c; found no values of a name")
        elif path.strip() in grid:
            faults.append(f"{option} {path.strip()}: expected each name once, found it twice")
        grid[path.strip()] = values
    if faults:
        raise InputError(*faults)
    return grid


@contextmanager
def progress_shown(streams: Streams, title: str, *, silent: bool) -> Iterator[Progress]:
    """Give out what shows progress with an estimate of the time left, on a terminal alone."""
    if silent or not streams.err.isatty():
        yield lambda done, total: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=streams.error_console(),
        transient=True,
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _load(scenario: str, changes: Changes) -> Scenario:
    return load(scenario, overrides=changes.override, settings=changes.set)

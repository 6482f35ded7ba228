"""What the commands do. Heavy packages are imported inside the verb that needs them."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from games.errors import InputError, LimitError, NotCertifiedError
from scenarios import library
from scenarios.load import load
from scenarios.scenario import Scenario
from stratagem.presentation import words
from stratagem.terminal.streams import Streams

if TYPE_CHECKING:
    from solvers.world import Method
    from stratagem.commands.parameters import Changes, Solving
    from stratagem.presentation.tables import Section
    from stratagem.records.comparison import Comparison


def compare(
    streams: Streams,
    scenario: str,
    plays: Sequence[str],
    layers: int | None,
    method: str | None,
    refine: float | None,
    changes: Changes,
    solving: Solving,
) -> int:
    """Solve several plays, show them, keep the run."""
    from stratagem.comparison import compare as solve_plays
    from stratagem.comparison import default_plays
    from stratagem.methods import method_of

    chosen = method_of(method)
    world = _load(scenario, changes)
    if refine is not None:
        if layers:
            raise InputError(
                f"layers: expected 0 or none beside --refine, found {layers} - every subset of "
                "layers would need a grid of its own"
            )
        named = list(plays) or default_plays(world.game)
        return _refined(streams, world, named, refine, chosen, solving)
    return _solved(
        streams,
        world,
        list(plays) or None,
        solving,
        lambda **options: solve_plays(
            world, list(plays) or None, layers=layers, method=chosen, **options
        ),
        layers=layers,
    )


def solve(
    streams: Streams,
    scenario: str,
    play: str,
    method: str | None,
    refine: float | None,
    changes: Changes,
    solving: Solving,
) -> int:
    """Solve one play, show it, keep the run."""
    from stratagem.comparison import solve as solve_play
    from stratagem.methods import method_of

    chosen = method_of(method)
    world = _load(scenario, changes)
    if refine is not None:
        return _refined(streams, world, [play], refine, chosen, solving, one_play=True)
    return _solved(
        streams,
        world,
        [play],
        solving,
        lambda **options: solve_play(world, play, method=chosen, **options),
        one_play=True,
    )


def explain(streams: Streams, run: Sequence[str], play: str | None, *, as_json: bool) -> int:
    """Explain a run."""
    from stratagem.explaining.explanation import explain as explain_run

    _answer(streams, explain_run(list(run), play=play), as_json=as_json)
    return 0


def equilibria(
    streams: Streams,
    scenario: str,
    changes: Changes,
    *,
    controller: str | None,
    starts: int,
    seed: int,
    time_limit: float,
    gap: float,
    as_json: bool,
) -> int:
    """Map the equilibria of a scenario; exit code 4 where the best or the worst is not proven."""
    from stratagem.equilibrium_map import equilibrium_map

    world = _load(scenario, changes)
    with streams.error_console().status("", spinner="line") as shown:
        found = equilibrium_map(
            world,
            controller=controller,
            starts=starts,
            seed=seed,
            time_limit=time_limit,
            gap=gap,
            progress=shown.update,
        )
    _answer(streams, found, as_json=as_json)
    return 0 if found.proven else LimitError.exit_code


def show(
    streams: Streams, scenario: str, numbers: Sequence[str], changes: Changes, *, as_json: bool
) -> int:
    """Show a scenario, or some of its numbers."""
    if numbers:
        from stratagem.numbers import numbers as show_numbers

        _answer(streams, show_numbers(_load(scenario, changes), numbers), as_json=as_json)
        return 0
    from stratagem.overview import show as show_scenario

    _answer(streams, show_scenario(_load(scenario, changes)), as_json=as_json)
    return 0


def validate(streams: Streams, scenario: str, changes: Changes, *, as_json: bool) -> int:
    """Check a scenario; nothing but the loader is imported."""
    try:
        world = _load(scenario, changes)
    except InputError as error:
        if as_json:
            streams.json({"scenario": scenario, "sound": False, "faults": list(error.faults)})
        raise
    numbers, flagged = len(world.parameters), sum(n.flagged for n in world.parameters.values())
    if as_json:
        streams.json(
            {
                "scenario": world.name,
                "sound": True,
                "faults": [],
                "hash": world.hash,
                "numbers": numbers,
                "flagged_numbers": flagged,
            }
        )
    else:
        streams.out.write(
            f"{world.name}: sound. {words.size(world.game)}.\n"
            f"{flagged} of {numbers} numbers rest on recall or on a prior.\n"
        )
    return 0


def list_scenarios(streams: Streams, *, as_json: bool) -> int:
    """List the shipped scenarios."""
    rows = []
    for name in library.available():
        document = tomllib.loads(library.find(name).read_text(encoding="utf-8"))
        rows.append((name, str(document.get("date", "")), str(document.get("title", ""))))
    if as_json:
        keys = ("name", "date", "title")
        streams.json({"scenarios": [dict(zip(keys, row, strict=True)) for row in rows]})
        return 0
    from stratagem.presentation.tables import Column, Table

    columns = (Column("scenario", fixed=True), Column("date", fixed=True), Column("title"))
    streams.console().print(Table("", columns, tuple(rows)).rich())
    return 0


def new(streams: Streams, directory: Path, start: str | None) -> int:
    """Write a scenario to start from."""
    from scenarios.new import write_template

    path = write_template(directory, shipped=start)
    kind = "a small scenario that works as it is" if start is None else f"a copy of {start}"
    streams.out.write(
        f"{path} is {kind}.\nNext: stratagem validate {directory}; stratagem compare {directory}\n"
    )
    return 0


def schema(streams: Streams) -> int:
    """Print the JSON Schema of scenario files."""
    from scenarios.schema import json_schema

    streams.json(json_schema())
    return 0


def doctor(streams: Streams, *, as_json: bool) -> int:
    """Check the installation."""
    from stratagem.doctor import examination

    found = examination()
    _answer(streams, found, as_json=as_json)
    return 0 if found.healthy else 1


def _load(scenario: str, changes: Changes) -> Scenario:
    return load(scenario, overrides=changes.override, settings=changes.set)


def _answer(streams: Streams, page: Any, *, as_json: bool) -> None:
    """Print what shows itself, or its JSON."""
    if as_json:
        streams.json(page.to_json())
    else:
        streams.console().print(page)


def _refined(
    streams: Streams,
    world: Scenario,
    plays: Sequence[str],
    tolerance: float,
    method: Method | None,
    solving: Solving,
    *,
    one_play: bool = False,
) -> int:
    """Solve plays on grids of enforcement that refine themselves; the run keeps the last."""
    from stratagem.refinement import check_tolerance, refine

    check_tolerance(world, tolerance)

    def work(**options: Any) -> tuple[Comparison, Scenario]:
        found = refine(world, plays, tolerance=tolerance, method=method, **options)
        assert isinstance(found.world, Scenario)
        return found.comparison, found.world

    return _solved(streams, world, plays, solving, work, one_play=one_play)


def _solved(
    streams: Streams,
    world: Scenario,
    plays: Sequence[str] | None,
    solving: Solving,
    work: Any,
    *,
    layers: int | None = None,
    one_play: bool = False,
) -> int:
    """Do the work with its progress shown, keep the run, and return the exit code."""
    from stratagem.comparison import outcome_names
    from stratagem.limits import check_settings
    from stratagem.runs.folders import check_folder
    from stratagem.runs.kept import write_run
    from stratagem.terminal.board import Board

    check_folder(solving.output)
    check_settings(
        jobs=solving.jobs,
        seed=solving.seed,
        time_limit=solving.time_limit,
        gap=solving.gap,
        layers=layers,
    )
    started = datetime.datetime.now(datetime.UTC)
    names = outcome_names(world.game, plays)
    changes = words.changed(world.overrides, world.settings)
    board = Board(streams, world.title, names, changes=changes, silent=solving.json)
    with board.showing():
        solved = work(
            jobs=solving.jobs,
            seed=solving.seed,
            time_limit=solving.time_limit,
            gap=solving.gap,
            progress=board.progress,
            working=board.working,
        )
    comparison, world = solved if isinstance(solved, tuple) else (solved, world)
    folder = write_run(comparison, world, folder=solving.output, started=started, jobs=solving.jobs)
    if solving.json:
        streams.json({**comparison.to_json(), "run": str(folder)})
    else:
        _print_findings(streams, comparison, folder, one_play=one_play)
    return _exit_code(comparison)


def _print_findings(
    streams: Streams, comparison: Comparison, folder: Path, *, one_play: bool
) -> None:
    from rich.text import Text

    from stratagem.presentation.tables import Section, Sections

    console = streams.console()
    found: list[Section] = list(comparison.findings())
    if one_play:
        found[1:1] = [
            Section(f"What {r.play} is worth to whom", tables=(comparison.payoffs_table(r.play),))
            for r in comparison.distinct()
            if r.play != "status-quo"
        ]
    console.print()
    console.print(Sections(tuple(found)))
    console.print(Text(f"Kept in {folder}; `stratagem explain {folder}` says more.", style="dim"))


def _exit_code(comparison: Comparison) -> int:
    """Return 3 where a play is not certified, 4 where a limit came first, else 0."""
    if any(entry.status != "limit" for entry in comparison.unsolved):
        return NotCertifiedError.exit_code
    reached = any(record.certificate.status == "limit" for record in comparison.every)
    reached |= comparison.refinement is not None and comparison.refinement.status == "limit"
    return LimitError.exit_code if comparison.unsolved or reached else 0

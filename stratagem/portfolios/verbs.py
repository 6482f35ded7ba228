"""What the commands `portfolio` and `frontier` do."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from games.errors import InputError, LimitError
from scenarios.load import load
from scenarios.worlds import Method
from stratagem.presentation import words
from stratagem.runs.folders import check_folder
from stratagem.terminal.streams import Streams

if TYPE_CHECKING:
    from solvers.worlds.budgets import Budgets
    from solvers.worlds.record import Progress
    from stratagem.commands.parameters import Changes, Solving, SolvingSteps


def portfolio(
    streams: Streams,
    scenario: str,
    changes: Changes,
    solving: Solving,
    *,
    worlds: int,
    measure: str,
    sampling: str,
    pooled: bool,
    budgets: str,
    replications: int,
    each: bool,
) -> int:
    """Find one portfolio for many worlds, show it, keep it."""
    from solvers.worlds.measures import parse_measure
    from stratagem.portfolios.portfolio import portfolio as best_for_all
    from stratagem.studies.keeping import keep

    parse_measure(measure)  # before anything else is done
    check_folder(solving.output)
    world = load(scenario, overrides=changes.override, settings=changes.set)
    started = datetime.datetime.now(datetime.UTC)
    with _progress(streams, world.title, silent=solving.json) as progress:
        found = best_for_all(
            world,
            worlds=worlds,
            measure=measure,
            sampling=cast(Method, sampling),
            seed=solving.seed,
            pooled=pooled,
            budgets=cast("Budgets", budgets),
            replications=replications,
            each=each,
            gap=solving.gap,
            time_limit=solving.time_limit,
            jobs=solving.jobs,
            progress=progress,
        )
    tables = {"worlds": found.to_pandas(), "payoffs": found.payoffs_table().to_pandas()}
    folder = keep(
        "portfolio", world, found.to_json(), tables, folder=solving.output, started=started
    )
    changed = words.changed(world.overrides, world.settings)
    streams.study(found, folder, changes=changed, json=solving.json)
    return 0 if found.certificate.status == "proven" else LimitError.exit_code


def frontier(
    streams: Streams,
    scenario: str,
    changes: Changes,
    solving: SolvingSteps,
    *,
    budget: str | None,
    layers: bool,
    cost: bool,
    worlds: int | None,
    sampling: str,
    tolerance: float,
    picture: Path | None,
) -> int:
    """Walk a frontier, show it, keep it."""
    if worlds is not None:
        if budget is not None or layers or cost:
            raise InputError(
                "frontier: expected one of budget, layers, cost and worlds; found several"
            )
        return _trade_off(
            streams, scenario, changes, solving, worlds=worlds, sampling=sampling, picture=picture
        )
    if solving.jobs is not None:
        raise InputError("jobs: expected with worlds alone, for steps are walked one after another")
    from solvers.worlds.record import Progress
    from stratagem.pictures.drawing import KINDS, encoded
    from stratagem.portfolios.frontier_record import GAP
    from stratagem.portfolios.frontier_record import frontier as steps_of
    from stratagem.runs.files import check_file, write_file
    from stratagem.studies.keeping import keep

    check_folder(solving.output)
    if picture is not None:
        check_file(picture, KINDS)
    world = load(scenario, overrides=changes.override, settings=changes.set)
    started = datetime.datetime.now(datetime.UTC)
    with _progress(streams, world.title, silent=solving.json) as progress:
        found = steps_of(
            world,
            budget=budget,
            layers=layers,
            cost=cost,
            tolerance=tolerance,
            gap=GAP if solving.gap is None else solving.gap,
            time_limit=solving.time_limit,
            seed=solving.seed,
            progress=lambda solved, left: progress(
                Progress(f"{solved} solved, {left:.2g} bn USD a year open", 0, 0, 0.0, math.nan)
            ),
        )
    folder = keep(
        "frontier",
        world,
        found.to_json(),
        {"frontier": found.to_pandas()},
        folder=solving.output,
        started=started,
    )
    if picture is not None:
        from stratagem.pictures.drawing import svg_of
        from stratagem.portfolios.pictures import steps

        write_file(picture, encoded(svg_of(steps(found)), picture.suffix.lower()))
    changed = words.changed(world.overrides, world.settings)
    streams.study(found, folder, changes=changed, json=solving.json)
    return 0 if found.found.complete else LimitError.exit_code


def _trade_off(
    streams: Streams,
    scenario: str,
    changes: Changes,
    solving: SolvingSteps,
    *,
    worlds: int,
    sampling: str,
    picture: Path | None,
) -> int:
    """Find the front of expected and largest loss, show it, keep it."""
    from stratagem.pictures.drawing import KINDS, encoded
    from stratagem.portfolios.portfolio import GAP
    from stratagem.portfolios.trade_off import trade_off
    from stratagem.runs.files import check_file, write_file
    from stratagem.studies.keeping import keep

    check_folder(solving.output)
    if picture is not None:
        check_file(picture, KINDS)
    world = load(scenario, overrides=changes.override, settings=changes.set)
    started = datetime.datetime.now(datetime.UTC)
    with _progress(streams, world.title, silent=solving.json) as progress:
        found = trade_off(
            world,
            worlds=worlds,
            sampling=cast(Method, sampling),
            seed=solving.seed,
            gap=GAP if solving.gap is None else solving.gap,
            time_limit=solving.time_limit,
            jobs=solving.jobs,
            progress=progress,
        )
    folder = keep(
        "trade-off", world, found.to_json(), {"trade-off": found.to_pandas()},
        folder=solving.output, started=started,
    )  # fmt: skip
    if picture is not None:
        from stratagem.pictures.drawing import svg_of

        write_file(picture, encoded(svg_of(found.picture()), picture.suffix.lower()))
    changed = words.changed(world.overrides, world.settings)
    streams.study(found, folder, changes=changed, json=solving.json)
    return 0 if found.proven else LimitError.exit_code


@contextmanager
def _progress(
    streams: Streams, title: str, *, silent: bool
) -> Iterator[Callable[[Progress], None]]:
    """Give out what shows the stage of the work and its gap, on a terminal alone."""
    if silent or not streams.err.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=streams.error_console(),
        transient=True,
    ) as bar:
        task = bar.add_task(title, total=None)

        def show(progress: Progress) -> None:
            known = math.isfinite(progress.value) and math.isfinite(progress.bound)
            gap = (progress.value - progress.bound) / max(1.0, abs(progress.value)) if known else 0
            told = f"{title}: {progress.stage}" + (f", gap {100 * gap:.2g}%" if known else "")
            bar.update(task, description=told, completed=progress.done, total=progress.of)

        yield show

"""The benchmark: `python -m benchmarks.run [--rows PATTERN ...] [--limit SECONDS] [--threads N]`.

Each cell (instance, job, method) runs in a child process that is ended shortly after the limit, so
that nothing can stop the run and no two settings of HiGHS meet in one process. A cell that takes
less than `CHEAP_SECONDS` runs three times. Rows go to `results.csv` and to the table in
`README.md`; rows that are not asked for stay as they are.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.children import Child, Send
from benchmarks.forms import evader_program, plain_steps, textbook
from benchmarks.generator import generate
from benchmarks.losses import coordinated_loss, potential_loss, stakes_follow_evader
from benchmarks.models import Answer, solve_highs, solve_scip
from benchmarks.table import (
    PRODUCT,
    TableRow,
    combined,
    markdown,
    read_rows,
    write_rows,
    write_table,
)
from benchmarks.timings import cold, run_command, through_pyomo, time_walk, walk, warm
from games.errors import NotCertifiedError, StratagemError
from games.layered import LayeredGame
from games.network import build_network

GAP = 1e-6
CHEAP_SECONDS, CHEAP_RUNS, COMMAND_RUNS = 5.0, 3, 5
GRACE_SECONDS = 20.0
"""What a child may take beyond the limit, for importing, building and reporting."""

HERE = Path(__file__).parent
INSTANCES = HERE / "instances"
LOSSES = {"coordinated": coordinated_loss, "potential": potential_loss}
PLAIN, TEXTBOOK, TEXTBOOK_SCIP = "plain steps (HiGHS)", "textbook (HiGHS)", "textbook (SCIP)"
CHANGE = "evader re-solve"
WALKERS = {PRODUCT: warm, "HiGHS afresh": cold, "Pyomo": through_pyomo}
WALK_STEPS = {PRODUCT: 2000, "HiGHS afresh": 2000, "Pyomo": 200}
COMPARED_STEPS = 200

GENERATED = ("gen-c4-p19-o4-s1", "gen-c6-p27-o4-s1", "gen-c8-p35-o5-s1")
GENERAL_SUM = ("gen-c2-p11-o3-s1-r3-m", "gen-c4-p19-o4-s1-r3-m")
"""Generated instances: sizes and seed, then -rN for N revenue arcs, -m for misaligned stakes."""

COMMANDS = {
    "--help": ("--help",),
    "validate": ("validate", "two-layers"),
    "compare: first play": ("compare", "baseline-2026"),
    "compare: whole": ("compare", "baseline-2026"),
}
FIRST_PLAY = "status-quo"
"""What the first line that shows a play holds."""


def stratagem_job(game: LayeredGame, job: str, limit: float) -> Answer:
    """Return the product's answer to a job, timed from the bare game on."""
    from solvers.evader import Evader
    from solvers.minimum import minimum
    from solvers.players import player
    from solvers.portfolio import best_portfolio
    from solvers.prices import Weights
    from solvers.world import World

    start = time.perf_counter()
    network = build_network(game)
    everyone = player(game, [controller.name for controller in game.controllers])
    generator = np.random.default_rng(0)
    if job == "coordinated":
        best = best_portfolio(
            World(network),
            everyone,
            game.status_quo,
            gap=GAP,
            time_limit=limit,
            generator=generator,
        )
        profile, objective, bound = best.profile, -best.payoff, -best.bound
    else:
        scales = potential_loss(game).costs
        weights = Weights(
            options=tuple(
                tuple(scales[point.owner] * (o.cost + o.economic_cost) for o in point.options)
                for point in game.points
            ),
            allowed=tuple(tuple(range(len(point.options))) for point in game.points),
            budgets=tuple((game.owned([c.name]), c.budget) for c in game.controllers),
            harm=1.0,
        )
        found = minimum(
            network,
            weights,
            evader=Evader(network),
            gap=GAP,
            time_limit=limit,
            generator=generator,
        )
        if found is None:
            raise NotCertifiedError(f"{game.name}: expected a portfolio within budgets, found none")
        profile, objective, bound = found.profile, found.objective, found.bound
    seconds = time.perf_counter() - start
    status = "optimal" if objective - bound <= GAP * max(1.0, abs(objective)) else "limit"
    return Answer(status, seconds, objective, bound, profile)


@dataclass(frozen=True)
class Cell:
    """One method on one job of one instance."""

    instance: str
    job: str
    method: str

    @property
    def name(self) -> str:
        """What patterns are matched with."""
        return f"{self.instance}/{self.job}/{self.method}"


def all_cells() -> list[Cell]:
    """Return every cell of the table, small instances first."""
    recorded = sorted((path.stem for path in INSTANCES.glob("*.json")), key=_size)
    cells = [
        Cell(instance, job, method)
        for instance in [*recorded, *GENERATED]
        for job in LOSSES
        for method in (PRODUCT, PLAIN, TEXTBOOK, TEXTBOOK_SCIP)
    ]
    cells += [
        Cell(instance, "coordinated", method)
        for instance in GENERAL_SUM
        for method in (PRODUCT, TEXTBOOK, TEXTBOOK_SCIP)
    ]
    cells += [Cell(instance, CHANGE, method) for instance in recorded for method in WALKERS]
    if _stratagem():
        cells += [Cell((*command, "-")[1], job, PRODUCT) for job, command in COMMANDS.items()]
    return cells


def _size(instance: str) -> list[int]:
    """Return the numbers in a name such as c4-p19-o4-s12 or gen-c4-p19-o4-s1-r3-m."""
    return [int(part[1:]) for part in instance.removeprefix("gen-").split("-") if part[1:]]


def _stratagem() -> str | None:
    """Return the installed command, that of this Python first."""
    return shutil.which(
        "stratagem",
        path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    )


def load_game(instance: str) -> LayeredGame:
    """Return a recorded or a generated game by name."""
    if instance.startswith("gen-"):
        controllers, points, options, seed, *revenue_arcs = _size(instance)
        return generate(
            controllers=controllers,
            points=points,
            options=options,
            rng=np.random.default_rng(seed),
            revenue_arcs=sum(revenue_arcs),
            misaligned=instance.endswith("-m"),
        )
    from scenarios.instances import load_instance

    return load_instance(INSTANCES / f"{instance}.json")


def measured(cell: Cell, limit: float, threads: int) -> TableRow:
    """Return the row of one run of a cell, in this process."""
    game = load_game(cell.instance)
    network = build_network(game)
    if cell.job == CHANGE:
        steps = WALK_STEPS[cell.method]
        profiles = list(walk(game, steps=steps, rng=np.random.default_rng(0)))
        timing = time_walk(WALKERS[cell.method](network), profiles, compared=COMPARED_STEPS)
        return TableRow(
            cell.instance, cell.job, cell.method, "timed", steps, timing.seconds, timing.mean_value
        )
    loss = LOSSES[cell.job](game)
    if cell.method == PRODUCT:
        threads = 1
        answer = stratagem_job(game, cell.job, limit)
    elif cell.method == TEXTBOOK_SCIP:
        answer = solve_scip(textbook(network, loss), limit=limit, gap=GAP)
    else:
        form = (plain_steps if cell.method == PLAIN else textbook)(network, loss)
        answer = solve_highs(form, limit=limit, threads=threads, gap=GAP)
    objective, status = answer.objective, answer.status
    if answer.profile and stakes_follow_evader(game):  # no ties: any best response will do
        faced = solve_highs(evader_program(network, answer.profile), threads=threads)
        flows = faced.values[: len(network.lanes)]
        objective = loss.at(network, answer.profile, value=faced.objective, flows=flows)
        if abs(objective - answer.objective) > 1e-6 * abs(objective):
            status = "inexact"
    return TableRow(
        cell.instance,
        cell.job,
        cell.method,
        status,
        1,
        answer.seconds,
        objective,
        answer.bound,
        max(0.0, (objective - answer.bound) / abs(objective)) if answer.profile else math.nan,
    )


def _report(cell: Cell, limit: float, threads: int, send: Send) -> None:
    """Send a cell's row, or the reason why there is none, to the parent process."""
    try:
        send(measured(cell, limit, threads))
    except (StratagemError, ImportError) as error:
        send(f"{type(error).__name__}: {error}")


def in_child(cell: Cell, limit: float, threads: int) -> TableRow:
    """Return the row of one run of a cell in a process of its own."""
    with Child(_report, cell, limit, threads) as child:
        try:
            message = child.message(limit + GRACE_SECONDS)
        except TimeoutError:
            return TableRow(cell.instance, cell.job, cell.method, "limit", 1, limit)
        except EOFError:
            message = "the process ended without a word"
    if isinstance(message, TableRow):
        return message
    print(f"  {message}", file=sys.stderr)
    return TableRow(cell.instance, cell.job, cell.method, "failed", 1, math.nan)


def timed_command(cell: Cell, limit: float) -> TableRow:
    """Return the row of one run of a whole command."""
    command = [_stratagem() or "stratagem", *COMMANDS[cell.job]]
    until = FIRST_PLAY if cell.job.endswith("first play") else None
    try:
        with tempfile.TemporaryDirectory() as folder:
            seconds = run_command(command, folder=Path(folder), limit=limit, until=until)
    except NotCertifiedError as error:
        print(f"  {error}", file=sys.stderr)
        return TableRow(cell.instance, cell.job, cell.method, "failed", 1, math.nan)
    return TableRow(cell.instance, cell.job, cell.method, "timed", 1, seconds)


def row_of(cell: Cell, limit: float, threads: int) -> TableRow:
    """Return the row of a cell, the median of several runs where they are cheap."""
    if cell.job in COMMANDS:
        rows = [timed_command(cell, limit) for _ in range(COMMAND_RUNS)]
    else:
        rows = [in_child(cell, limit, threads)]
        if rows[0].status == "optimal" and rows[0].seconds < CHEAP_SECONDS:
            rows += [in_child(cell, limit, threads) for _ in range(CHEAP_RUNS - 1)]
    if len(rows) == 1:
        return rows[0]
    last = next((row for row in rows if row.status == "failed"), rows[0])
    return replace(last, runs=len(rows), seconds=median(row.seconds for row in rows))


def caption(limit: float, threads: int) -> str:
    """Return what the table was made with."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("highspy", "PySCIPOpt", "pyomo"))
    return (
        f"Python {sys.version.split()[0]}, {packages}; {os.cpu_count()} cores, {threads} threads "
        f"for the references on HiGHS, relative gap {GAP:g}, limit {limit:g} s."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the cells asked for and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument(
        "--rows",
        nargs="+",
        default=["*"],
        metavar="PATTERN",
        help="which cells, as instance/job/method with * (default: all)",
    )
    parser.add_argument("--limit", type=float, default=150.0, metavar="SECONDS", help="per run")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="references on HiGHS")
    parser.add_argument("--list", action="store_true", help="name the cells and stop")
    options = parser.parse_args(arguments)
    known = all_cells()
    asked = [c for c in known if any(fnmatchcase(c.name, pattern) for pattern in options.rows)]
    if not asked:
        parser.error(f"--rows: expected patterns that match a cell, found {options.rows}")
    for cell in asked:
        print(cell.name, flush=True)
        if options.list:
            continue
        row = row_of(cell, options.limit, options.threads)
        print(f"  {row.status} {row.seconds:.4g} s, objective {row.objective:.9g}", flush=True)
        order = {(c.instance, c.job, c.method): place for place, c in enumerate(known)}
        rows = combined(read_rows(HERE / "results.csv"), [row])
        rows.sort(key=lambda row: order.get(row.key, len(order)))
        write_rows(rows, HERE / "results.csv")
        note = caption(options.limit, options.threads)
        write_table(markdown(rows), HERE / "README.md", caption=note)


if __name__ == "__main__":
    main()

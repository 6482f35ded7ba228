"""Many worlds measured: `python -m benchmarks.worlds [--rows PATTERN ...] [--limit SECONDS]`.

Each cell (instance, worlds, measure, method) runs in a child process, the product with `--jobs`
workers of its own. Rows go to `worlds.csv`, to the table in `WORLDS.md` and to the picture of how
time and memory grow; those that are not asked for stay as they are. The processor seconds are those
of all processes of a cell, and so is the memory; the limits are by the clock.
"""

from __future__ import annotations

import argparse
import math
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from benchmarks.children import answer_of
from benchmarks.models import solve_highs
from benchmarks.perturbed import worlds_of
from benchmarks.table import piped, read_rows, write_rows, write_table
from benchmarks.worlds_forms import LEAST_LOSS, extensive, forms, plain_benders
from benchmarks.worlds_growth import growth
from games.layered import LayeredGame
from stratagem.pictures.drawing import encoded, svg_of

HERE = Path(__file__).parent
TABLE, ROWS, PICTURE = HERE / "WORLDS.md", HERE / "worlds.csv", HERE / "worlds.svg"
GAP, GRACE_SECONDS = 0.01, 120.0
JOBS, BESIDE_SECONDS = 2, 60.0
TAIL = 0.9
REFERENCE, BASELINE = "c6-p27-o4-s14", "baseline-2026"
COUNTS = (10, 50, 200, 1000)
PRODUCT, EXTENSIVE, BENDERS = "stratagem", "extensive form (HiGHS)", "plain Benders (HiGHS)"


@dataclass(frozen=True)
class Cell:
    """One method on one question."""

    instance: str
    worlds: int
    measure: str
    method: str

    @property
    def name(self) -> str:
        """What patterns are matched with."""
        return f"{self.instance}/{self.worlds}/{self.measure}/{self.method}"


@dataclass(frozen=True)
class Row:
    """What a cell came to: bn USD a year, processor seconds, seconds by the clock, MB.

    Attributes
    ----------
    memory : of this process, and as often that of its largest worker as there are workers.
    """

    instance: str
    worlds: int
    measure: str
    method: str
    value: float
    bound: float
    gap: float
    processor: float
    clock: float
    memory: float


def cells() -> list[Cell]:
    """Return every cell, small samples first."""
    found = []
    for worlds in COUNTS:
        for instance in (REFERENCE, BASELINE):
            for measure in ("expected", f"cvar:{TAIL:g}"):
                methods = [PRODUCT, EXTENSIVE]
                if (instance, measure) == (REFERENCE, "expected"):
                    methods.append(BENDERS)
                found += [Cell(instance, worlds, measure, method) for method in methods]
    return found


def games_of(cell: Cell) -> list[LayeredGame]:
    """Return the worlds of a cell: seeded changes of a reference game, or draws of a scenario."""
    if cell.instance == BASELINE:
        from scenarios.load import load
        from scenarios.worlds import sample
        from solvers.worlds.budgets import appropriated

        world = load(BASELINE)
        return appropriated(list(sample(world, cell.worlds, seed=0).games.values()), world.game)
    from scenarios.instances import load_instance

    return worlds_of(load_instance(HERE / "instances" / f"{cell.instance}.json"), cell.worlds)


def measured(cell: Cell, limit: float, jobs: int) -> Row:
    """Return the row of one run of a cell in this process."""
    from solvers.worlds.measures import parse_measure
    from solvers.worlds.problem import ManyWorlds

    games = games_of(cell)
    clock, processor = time.perf_counter(), time.process_time()
    tail = TAIL if cell.measure.startswith("cvar") else 0.0
    workers = 0
    if cell.method == PRODUCT:
        from solvers.worlds.optimum import best_for_worlds
        from stratagem.portfolios.crew import crew_of

        workers = jobs if jobs > 1 else 0
        best = best_for_worlds(
            ManyWorlds(games),
            parse_measure(cell.measure),
            gap=GAP,
            time_limit=limit,
            generator=np.random.default_rng(0),
            crew=crew_of(jobs),
        )
        value, bound = best.value, best.bound
    elif cell.method == EXTENSIVE:
        answer = solve_highs(extensive(forms(games), tail=tail), limit=limit, gap=GAP)
        value, bound = math.inf, answer.bound if answer.bound > LEAST_LOSS / 2 else -math.inf
        if answer.profile:  # its own constants may be too small, or integers not quite whole
            worlds = ManyWorlds(games)
            losses = worlds.losses(tuple(answer.profile))
            value = parse_measure(cell.measure).value(losses, worlds.probabilities)
    else:
        reached = plain_benders(forms(games), limit=limit, gap=GAP)
        value, bound = reached.value, reached.bound
    gap = (value - bound) / abs(value) if math.isfinite(value - bound) else math.inf
    spent = time.perf_counter() - clock
    ours, theirs = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return Row(
        cell.instance, cell.worlds, cell.measure, cell.method, value, bound, gap,
        time.process_time() - processor + theirs.ru_utime + theirs.ru_stime, spent,
        (ours.ru_maxrss + workers * theirs.ru_maxrss) / 1024,
    )  # fmt: skip


def markdown(rows: Sequence[Row]) -> str:
    """Return the table of rows."""
    lines = [
        (
            *(row.instance, str(row.worlds), row.measure, row.method),
            *(_figure(row.value, ".2f"), _figure(row.bound, ".2f")),
            _figure(100 * row.gap, ".2g" if row.gap < 0.1 else ".0f", " %"),
            *(_figure(row.processor, ".0f", " s"), _figure(row.clock, ".0f", " s")),
            _figure(row.memory, ".0f", " MB"),
        )
        for row in rows
    ]
    return piped([field.name for field in fields(Row)], lines, words=4)


def _figure(value: float, pattern: str, unit: str = "") -> str:
    """Return a number with its unit, or the sign for none."""
    return f"{value:{pattern}}{unit}" if math.isfinite(value) else "-"


def without_answer(cell: Cell, seconds: float) -> Row:
    """Return the row of a method that had nothing to say after so many seconds by the clock."""
    nothing = (math.inf, -math.inf, math.inf, math.nan, seconds, math.nan)
    return Row(cell.instance, cell.worlds, cell.measure, cell.method, *nothing)


def write(rows: Sequence[Row]) -> None:
    """Write the rows, the table and the picture."""
    write_rows(rows, ROWS)
    write_table(markdown(rows), TABLE)
    ours = [row for row in rows if row.method == PRODUCT]
    if ours:
        PICTURE.write_bytes(encoded(svg_of(growth(ours, gap=GAP)), ".svg"))


def main() -> None:
    """Run the cells asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", default=["*"], help="patterns of cells")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds of the product")
    parser.add_argument("--beside", type=float, default=BESIDE_SECONDS, help="of the references")
    parser.add_argument("--jobs", type=int, default=JOBS, help="workers of the product")
    asked = parser.parse_args()
    rows = {(r.instance, r.worlds, r.measure, r.method): r for r in read_rows(ROWS, Row)}
    keys = [(c.instance, c.worlds, c.measure, c.method) for c in cells()]
    for cell in cells():
        if any(fnmatchcase(cell.name, pattern) for pattern in asked.rows):
            print(cell.name, flush=True)
            limit = asked.limit if cell.method == PRODUCT else asked.beside
            at_most = limit + GRACE_SECONDS
            row = answer_of(measured, cell, limit, asked.jobs, limit=at_most)
            row = row or without_answer(cell, at_most)
            rows[row.instance, row.worlds, row.measure, row.method] = row
            write([rows[key] for key in keys if key in rows])


if __name__ == "__main__":
    main()

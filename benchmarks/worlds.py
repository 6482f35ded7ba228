"""Many worlds measured: `python -m benchmarks.worlds [--rows PATTERN ...] [--limit SECONDS]`.

Each cell (instance, worlds, measure, method) runs in a child process. Rows go to `worlds.csv` and
to the table in `WORLDS.md`; those that are not asked for stay as they are. Processor seconds count,
not the clock, so that other work on the machine changes little; the limit is by the clock.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from benchmarks.children import answer_of
from benchmarks.models import solve_highs
from benchmarks.perturbed import worlds_of
from benchmarks.worlds_forms import extensive, forms, plain_benders
from games.layered import LayeredGame

HERE = Path(__file__).parent
TABLE, ROWS = HERE / "WORLDS.md", HERE / "worlds.csv"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
GAP, GRACE_SECONDS = 0.01, 60.0
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
    """What a cell came to: bn USD a year, processor seconds, seconds by the clock, MB."""

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
                methods = [PRODUCT]
                if instance == REFERENCE:
                    methods += [EXTENSIVE] + ([BENDERS] if measure == "expected" else [])
                found += [Cell(instance, worlds, measure, method) for method in methods]
    return found


def games_of(cell: Cell) -> list[LayeredGame]:
    """Return the worlds of a cell: seeded changes of a reference game, or draws of a scenario."""
    if cell.instance == BASELINE:
        from scenarios.load import load
        from scenarios.worlds import sample

        return list(sample(load(BASELINE), cell.worlds, seed=0).games.values())
    from scenarios.instances import load_instance

    return worlds_of(load_instance(HERE / "instances" / f"{cell.instance}.json"), cell.worlds)


def measured(cell: Cell, limit: float) -> Row:
    """Return the row of one run of a cell in this process."""
    games = games_of(cell)
    clock, processor = time.perf_counter(), time.process_time()
    tail = TAIL if cell.measure.startswith("cvar") else 0.0
    if cell.method == PRODUCT:
        from solvers.worlds.measures import parse_measure
        from solvers.worlds.optimum import best_for_worlds
        from solvers.worlds.problem import ManyWorlds

        best = best_for_worlds(
            ManyWorlds(games),
            parse_measure(cell.measure),
            gap=GAP,
            time_limit=limit,
            generator=np.random.default_rng(0),
        )
        value, bound = best.value, best.bound
    elif cell.method == EXTENSIVE:
        answer = solve_highs(extensive(forms(games), tail=tail), limit=limit, gap=GAP)
        value, bound = answer.objective, answer.bound
    else:
        reached = plain_benders(forms(games), limit=limit, gap=GAP)
        value, bound = reached.value, reached.bound
    gap = (value - bound) / abs(value) if math.isfinite(value) else math.inf
    return Row(
        cell.instance, cell.worlds, cell.measure, cell.method, value, bound, gap,
        time.process_time() - processor, time.perf_counter() - clock,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )  # fmt: skip


def read_rows() -> list[Row]:
    """Return the rows kept."""
    if not ROWS.exists():
        return []
    with ROWS.open(newline="") as file:
        return [
            Row(
                one["instance"], int(one["worlds"]), one["measure"], one["method"],
                *(float(one[f.name]) for f in fields(Row)[4:]),
            )
            for one in csv.DictReader(file)
        ]  # fmt: skip


def markdown(rows: Sequence[Row]) -> str:
    """Return the table of rows."""
    names = [field.name for field in fields(Row)]
    lines = [" | ".join(names), " | ".join(["---"] * 4 + ["---:"] * 6)]
    lines += [
        f"{row.instance} | {row.worlds} | {row.measure} | {row.method} | {row.value:.2f} | "
        f"{row.bound:.2f} | {100 * row.gap:.2g} % | {row.processor:.0f} s | "
        f"{row.clock:.0f} s | {row.memory:.0f} MB"
        for row in rows
    ]
    return "\n".join(f"| {line} |" for line in lines)


def write(rows: Sequence[Row]) -> None:
    """Write the rows and the table."""
    with ROWS.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Row)])
        writer.writerows(astuple(row) for row in rows)
    text = TABLE.read_text()
    head, rest = text.split(BEGIN)
    TABLE.write_text(f"{head}{BEGIN}\n{markdown(rows)}\n{END}{rest.split(END)[1]}")


def main() -> None:
    """Run the cells asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", default=["*"], help="patterns of cells")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds of one cell")
    asked = parser.parse_args()
    rows = {(r.instance, r.worlds, r.measure, r.method): r for r in read_rows()}
    for cell in cells():
        if any(fnmatchcase(cell.name, pattern) for pattern in asked.rows):
            print(cell.name, flush=True)
            row = answer_of(measured, cell, asked.limit, limit=asked.limit + GRACE_SECONDS)
            if row is not None:
                rows[row.instance, row.worlds, row.measure, row.method] = row
    order = {(c.instance, c.worlds, c.measure, c.method): i for i, c in enumerate(cells())}
    write([rows[key] for key in sorted(rows, key=lambda key: order.get(key, len(order)))])


if __name__ == "__main__":
    main()

"""General-sum play measured: `python -m benchmarks.general_sum [--rows PATTERN] [--limit SECONDS]`.

The reference instances get arcs that earn money and stakes that lean otherwise than the evader's
weights, drawn from a seed. Each cell (instance, arcs, stakes, method) runs in a child process. Rows
go to `general_sum.csv`, to the table in `GENERAL_SUM.md` and to its picture; those not asked for
stay as they are. Processor seconds count, not the clock; the limit is by the clock. Kernels are
compiled before the first row.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from benchmarks.children import answer_of
from benchmarks.general_sum_picture import draw
from benchmarks.generator import decorated, generate
from benchmarks.table import piped, read_rows, write_rows, write_table
from games.layered import LayeredGame
from games.network import build_network
from solvers.players import player
from solvers.portfolio import best_portfolio
from solvers.world import Method, World

HERE = Path(__file__).parent
TABLE, ROWS = HERE / "GENERAL_SUM.md", HERE / "general_sum.csv"
GAP, SEED, GRACE_SECONDS = 1e-4, 1, 60.0
DRAWN = "random", 12  # what the picture shows: stakes and arcs
COMPILING_SECONDS = 1200.0
SMALLEST = "c2-p9-o2"
INSTANCES = ("c4-p19-o4-s12", "c6-p27-o4-s14", "c8-p35-o5-s16", "c12-p51-o5-s17")
ARCS = (0, 3, 12)
STAKES = ("aligned", "random")
METHODS: dict[str, Method | None] = {"stratagem": None, "strong duality": "strong duality"}
ENUMERATION = "enumeration"


@dataclass(frozen=True)
class Cell:
    """One method on one game."""

    instance: str
    arcs: int
    stakes: str
    method: str

    @property
    def name(self) -> str:
        """What patterns are matched with."""
        return f"{self.instance}/{self.arcs}/{self.stakes}/{self.method}"


@dataclass(frozen=True)
class Row:
    """What a cell came to: joint payoff and its bound, bn USD a year; seconds; MB."""

    instance: str
    arcs: int
    stakes: str
    method: str
    taken: str
    payoff: float
    bound: float
    gap: float
    processor: float
    clock: float
    memory: float


def cells() -> list[Cell]:
    """Return every cell, small instances first."""
    small = [Cell(SMALLEST, 2, "random", name) for name in (*METHODS, ENUMERATION)]
    return small + [
        Cell(instance, arcs, stakes, method)
        for instance in INSTANCES
        for arcs in ARCS
        for stakes in STAKES
        for method in METHODS
        if arcs or stakes != "aligned" or method == "stratagem"
    ]


def game_of(cell: Cell) -> LayeredGame:
    """Return the game of a cell."""
    if cell.instance == SMALLEST:
        game = generate(controllers=2, points=9, options=2, rng=np.random.default_rng(SEED))
    else:
        from scenarios.instances import load_instance

        game = load_instance(HERE / "instances" / f"{cell.instance}.json")
    return decorated(
        game,
        revenue_arcs=cell.arcs,
        misaligned=cell.stakes == "random",
        rng=np.random.default_rng(SEED),
    )


def measured(cell: Cell, limit: float) -> Row:
    """Return the row of one run of a cell in this process."""
    game = game_of(cell)
    asked: Method | None = "enumeration" if cell.method == ENUMERATION else METHODS[cell.method]
    clock, processor = time.perf_counter(), time.process_time()
    found = best_portfolio(
        World(build_network(game), method=asked),
        player(game, [one.name for one in game.controllers]),
        game.status_quo,
        gap=GAP,
        time_limit=limit,
        generator=np.random.default_rng(0),
    )
    return Row(
        cell.instance, cell.arcs, cell.stakes, cell.method, found.method, found.payoff, found.bound,
        (found.bound - found.payoff) / abs(found.payoff),
        time.process_time() - processor, time.perf_counter() - clock,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )  # fmt: skip


def compile_kernels() -> None:
    """Have the kernels of both searches over prices in machine code, for later processes too."""
    plain = Cell(INSTANCES[0], 0, "aligned", "stratagem")
    kinds: tuple[tuple[Cell, Method], ...] = (
        (plain, "interdiction"),
        (Cell(SMALLEST, 2, "random", ""), "flow search"),
    )
    for cell, method in kinds:
        game = game_of(cell)
        best_portfolio(
            World(build_network(game), method=method),
            player(game, [one.name for one in game.controllers]),
            game.status_quo,
            gap=GAP,
            time_limit=COMPILING_SECONDS,
            generator=np.random.default_rng(0),
        )


def markdown(rows: Sequence[Row]) -> str:
    """Return the table of rows."""
    lines = [
        (
            *(row.instance, str(row.arcs), row.stakes, row.method, row.taken),
            *(f"{row.payoff:.2f}", f"{row.bound:.2f}", f"{100 * row.gap:.2g} %"),
            *(f"{row.processor:.1f} s", f"{row.clock:.0f} s", f"{row.memory:.0f} MB"),
        )
        for row in rows
    ]
    return piped([field.name for field in fields(Row)], lines, words=5)


def write(rows: Sequence[Row]) -> None:
    """Write the rows, the table and the picture."""
    write_rows(rows, ROWS)
    write_table(markdown(rows), TABLE)
    drawn = [row for row in rows if row.instance == SMALLEST or (row.stakes, row.arcs) == DRAWN]
    points = {row.instance: int(row.instance.split("-p")[1].split("-")[0]) for row in drawn}
    draw([{**asdict(row), "points": points[row.instance]} for row in drawn], gap=GAP)


def main() -> None:
    """Run the cells asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", default=["*"], help="patterns of cells")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds of one cell")
    asked = parser.parse_args()
    order = {(c.instance, c.arcs, c.stakes, c.method): i for i, c in enumerate(cells())}
    rows = {(r.instance, r.arcs, r.stakes, r.method): r for r in read_rows(ROWS, Row)}
    print("compiling", flush=True)
    answer_of(compile_kernels, limit=COMPILING_SECONDS)
    for cell in cells():
        if any(fnmatchcase(cell.name, pattern) for pattern in asked.rows):
            print(cell.name, flush=True)
            row = answer_of(measured, cell, asked.limit, limit=asked.limit + GRACE_SECONDS)
            if row is not None:
                rows[row.instance, row.arcs, row.stakes, row.method] = row
                write([rows[key] for key in sorted(rows, key=lambda key: order.get(key, 10**6))])


if __name__ == "__main__":
    main()

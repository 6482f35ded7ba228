"""Mixed play measured: `python -m benchmarks.mixed [--rows PATTERN] [--limit SECONDS]`.

On the reference games most arcs with a control earn money for a government drawn from a seed,
whoever owns the control, and stakes lean otherwise than the evader's weights. Best responses often
go in a circle then. Each cell (game, seed, method) runs in a child process. Rows go to `mixed.csv`
and to the table in `MIXED.md`; those not asked for stay as they are. Processor seconds count, not
the clock; the limit is by the clock.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from benchmarks.children import answer_of
from benchmarks.generator import decorated, generate
from benchmarks.table import piped, read_rows, write_rows, write_table
from games.errors import LimitError, NoPureEquilibriumError
from games.layered import Arc, LayeredGame
from games.network import build_network
from scenarios.instances import load_instance
from solvers.equilibria.mixed_play import mixed_play
from solvers.equilibria.unilateral import unilateral
from solvers.extraction import finite_game
from solvers.finite.mixed import one_mixed
from solvers.plays import parse_play
from solvers.world import World

HERE = Path(__file__).parent
TABLE, ROWS = HERE / "MIXED.md", HERE / "mixed.csv"
GAP, GRACE_SECONDS = 1e-6, 60.0
SMALLEST = "c3-p6-o3"
SEEDS = {
    SMALLEST: (1, 5, 25),
    "c4-p19-o4-s12": (2, 3, 4),
    "c6-p27-o4-s14": (5,),
    "c8-p35-o4-s15": (3,),
}
"""Seeds from which best responses settle nowhere."""

SAMPLED, WHOLE = "sampled", "table of all portfolios"
EARNING = 0.7
"""Share of the arcs with a control that earn somebody money."""


@dataclass(frozen=True)
class Cell:
    """One method on one game."""

    instance: str
    seed: int
    method: str

    @property
    def name(self) -> str:
        """What patterns are matched with."""
        return f"{self.instance}/{self.seed}/{self.method}"


@dataclass(frozen=True)
class Row:
    """What a cell came to.

    Attributes
    ----------
    circle : processor seconds until best responses from all starts had settled nowhere.
    portfolios : how many each player draws from.
    epsilon : what anybody gains at most by another portfolio, bn USD a year.
    pure : the smallest largest regret of the pure profiles looked at, bn USD a year.
    processor : seconds for mixed play.
    """

    instance: str
    seed: int
    method: str
    circle: float
    portfolios: str
    rounds: int
    epsilon: float
    pure: float
    processor: float


def cells() -> list[Cell]:
    """Return every cell, small games first."""
    small = [Cell(SMALLEST, seed, WHOLE) for seed in SEEDS[SMALLEST]]
    return small + [Cell(game, seed, SAMPLED) for game, seeds in SEEDS.items() for seed in seeds]


def game_of(instance: str, seed: int) -> LayeredGame:
    """Return a game whose arcs earn money for anybody."""
    rng = np.random.default_rng(seed)
    if instance == SMALLEST:
        game = generate(controllers=3, points=6, options=3, rng=rng)
    else:
        game = load_instance(HERE / "instances" / f"{instance}.json")
    game = decorated(game, revenue_arcs=0, misaligned=True, rng=rng)
    names = [one.name for one in game.controllers]

    def earning(arc: Arc) -> Arc:
        if arc.point is None or rng.random() >= EARNING:
            return arc
        return replace(arc, revenue={str(rng.choice(names)): rng.uniform(0.3, 3.0)})

    return replace(game, arcs=tuple(earning(arc) for arc in game.arcs))


def measured(cell: Cell, limit: float) -> Row:
    """Return the row of one run of a cell in this process.

    Raises
    ------
    ValueError
        When best responses settle somewhere, so that there is nothing to mix.
    """
    game = game_of(cell.instance, cell.seed)
    world, play = World(build_network(game)), parse_play(game, "unilateral")
    players = [one for one in play.players if one.points]
    generator = np.random.default_rng(0)
    started = time.process_time()
    try:
        unilateral(
            world, players, game.status_quo, gap=GAP, time_limit=limit, proof_limit=0.0,
            generator=generator,
        )  # fmt: skip
    except NoPureEquilibriumError as found:
        none = found.proven
    else:
        raise ValueError(f"{cell.name}: expected best responses to settle nowhere - take it out")
    circle = time.process_time() - started
    started = time.process_time()
    if cell.method == WHOLE:
        table = finite_game(World(world.network), players, time_limit=limit, generator=generator)
        solved = one_mixed(table.game, time_limit=limit)
        if not solved.equilibria:
            raise LimitError(f"{cell.name}: {solved.stopped}")
        (one,) = solved.equilibria
        sizes = [sum(p > 0 for p in strategy) for strategy in one.strategies]
        return Row(
            cell.instance, cell.seed, cell.method, circle, _times(sizes), 1,
            max(map(float, one.regret)), float("nan"), time.process_time() - started,
        )  # fmt: skip
    mixed = mixed_play(World(world.network), play, none=none, gap=GAP, time_limit=limit)
    return Row(
        cell.instance, cell.seed, cell.method, circle, _times(list(map(len, mixed.mixtures))),
        mixed.rounds, mixed.epsilon, mixed.closest.regret, time.process_time() - started,
    )  # fmt: skip


def _times(sizes: Sequence[int]) -> str:
    return " x ".join(map(str, sizes))


def markdown(rows: Sequence[Row]) -> str:
    """Return the table of rows."""
    lines = [
        (
            *(row.instance, str(row.seed), row.method, f"{row.circle:.1f} s", row.portfolios),
            *(str(row.rounds), f"{row.epsilon:.1g}", f"{row.pure:.3f}", f"{row.processor:.1f} s"),
        )
        for row in rows
    ]
    return piped([field.name for field in fields(Row)], lines, words=9).replace(" nan ", " - ")


def main() -> None:
    """Run the cells asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", default=["*"], help="patterns of cells")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds of one cell")
    asked = parser.parse_args()
    order = {(c.instance, c.seed, c.method): i for i, c in enumerate(cells())}
    rows = {(r.instance, r.seed, r.method): r for r in read_rows(ROWS, Row)}
    for cell in cells():
        if any(fnmatchcase(cell.name, pattern) for pattern in asked.rows):
            print(cell.name, flush=True)
            row = answer_of(measured, cell, asked.limit, limit=2 * asked.limit + GRACE_SECONDS)
            if row is not None:
                rows[cell.instance, cell.seed, cell.method] = row
    kept = [rows[key] for key in sorted(rows, key=lambda key: order.get(key, len(order)))]
    if kept:
        write_rows(kept, ROWS)
        write_table(markdown(kept), TABLE, caption=f"Gap {GAP:g}; one row is one run.")


if __name__ == "__main__":
    main()

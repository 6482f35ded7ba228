"""Best and worst equilibrium: `python -m benchmarks.equilibria [--rows PATTERN ...] [--limit S]`.

Each cell (instance, method) runs in a child process and says what it found between controllers who
act each for itself, and what it proves of all other pure equilibria. Rows go to `equilibria.csv`,
to the table in `EQUILIBRIA.md` and into its picture; those not asked for stay as they are.
Processor seconds count, not the clock; the limit is by the clock.
"""

from __future__ import annotations

import argparse
import math
import resource
import time
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from benchmarks.children import answer_of
from benchmarks.equilibria_plain import every_profile
from benchmarks.equilibria_row import GAP, Row
from benchmarks.generator import generate
from benchmarks.table import piped, read_rows, write_rows, write_table
from games.errors import LimitError, NotCertifiedError
from games.layered import LayeredGame, Profile
from games.network import build_network
from solvers.equilibria.extremes import extreme
from solvers.equilibria.responses import Responses
from solvers.equilibria.unilateral import unilateral
from solvers.players import Player, player
from solvers.world import World

HERE = Path(__file__).parent
TABLE, ROWS, PICTURE = HERE / "EQUILIBRIA.md", HERE / "equilibria.csv", HERE / "equilibria.svg"
SEED, STARTS, GRACE_SECONDS = 1, 30, 60.0
GENERATED = {"c2-p9-o2": (2, 9, 2)}
RECORDED = (
    "c2-p11-o3-s11",
    "c4-p19-o4-s12",
    "c4-p19-o4-s13",
    "c6-p27-o4-s14",
    "c8-p35-o4-s15",
    "c8-p35-o5-s16",
)
PRODUCT, CUTS, RESPONSES, PLAIN = "stratagem", "cut loop", "best responses", "enumeration"
HEADS = (
    "instance", "profiles", "method", "found", "best", "none above", "worst", "none below",
    "processor", "clock",
)  # fmt: skip
ENUMERATED = ("c2-p9-o2", "c2-p11-o3-s11")
"""Games small enough for all their profiles to be tried; the next has 2.7e11."""


Found = tuple[Iterable[float], float, float]
"""The controllers' sums in the equilibria found, with a bound on the best and on the worst."""


def cells() -> list[tuple[str, str]]:
    """Return every instance and method, small instances first."""
    return [
        (instance, method)
        for instance in (*GENERATED, *RECORDED)
        for method in (PRODUCT, CUTS, RESPONSES, PLAIN)
        if method != PLAIN or instance in ENUMERATED
    ]


def game_of(instance: str) -> LayeredGame:
    """Return the game of that name."""
    if instance in GENERATED:
        controllers, points, options = GENERATED[instance]
        rng = np.random.default_rng(SEED)
        return generate(controllers=controllers, points=points, options=options, rng=rng)
    from scenarios.instances import load_instance

    return load_instance(HERE / "instances" / f"{instance}.json")


def measured(instance: str, method: str, limit: float) -> Row:
    """Return the row of one run of a cell in this process."""
    game = game_of(instance)
    clock, processor = time.perf_counter(), time.process_time()
    joints, best_bound, worst_bound = _METHODS[method](game, limit)
    joints = tuple(joints)
    return Row(
        instance, method, len(game.points), float(math.prod(len(k.options) for k in game.points)),
        len(joints), max(joints, default=math.nan), best_bound, min(joints, default=math.nan),
        worst_bound, time.process_time() - processor, time.perf_counter() - clock,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )  # fmt: skip


def _players(game: LayeredGame) -> list[Player]:
    everybody = (player(game, [controller.name]) for controller in game.controllers)
    return [one for one in everybody if one.points]


def _by_the_product(game: LayeredGame, limit: float) -> Found:
    world, generator = World(build_network(game)), np.random.default_rng(0)
    try:
        found = unilateral(
            world, _players(game), game.status_quo, gap=GAP, time_limit=limit, generator=generator
        )
    except (LimitError, NotCertifiedError):
        return (), math.inf, -math.inf
    return (one.joint for one in found.found), found.best_bound, found.worst_bound


def _by_responses(game: LayeredGame, limit: float) -> Found:
    return _responses(game, limit)[1].values(), math.inf, -math.inf


def _responses(game: LayeredGame, limit: float) -> tuple[Responses, dict[Profile, float]]:
    """Return where best responses from seeded starts end, and the controllers' sum there."""
    world, generator = World(build_network(game)), np.random.default_rng(SEED)
    deadline = time.perf_counter() + limit
    responses = Responses(world, _players(game), GAP, deadline, generator)
    counts = [len(point.options) for point in game.points]
    found: dict[Profile, float] = {}
    for _ in range(STARTS):
        end = responses.follow(tuple(int(generator.integers(count)) for count in counts))
        if end is not None:
            found[end] = world.payoffs(end).joint
        if time.perf_counter() > deadline:
            break
    return responses, found


def _by_cuts(game: LayeredGame, limit: float) -> Found:
    deadline = time.perf_counter() + limit
    responses, joints = _responses(game, limit / 3)
    responses.deadline = deadline
    bounds = []
    for worst in (False, True):
        now = time.perf_counter()
        end = extreme(
            responses.world,
            responses.players,
            game.status_quo,
            members=[controller.name for controller in game.controllers],
            worst=worst,
            known=list(joints),
            respond=responses.best,
            gap=GAP,
            deadline=now + (deadline - now) / (1 if worst else 2),
        )
        bounds.append(end.bound)
        if end.profile is not None:
            joints[end.profile] = end.value
    return joints.values(), bounds[0], bounds[1]


def _by_every_profile(game: LayeredGame, limit: float) -> Found:
    tried = every_profile(game, gap=GAP, deadline=time.perf_counter() + limit)
    joints = tried.joints.values()
    return joints, max(joints, default=math.inf), min(joints, default=-math.inf)


_METHODS = {
    PRODUCT: _by_the_product,
    CUTS: _by_cuts,
    RESPONSES: _by_responses,
    PLAIN: _by_every_profile,
}


def markdown(rows: Sequence[Row]) -> str:
    """Return the table of rows."""
    lines = [
        (
            *(row.instance, f"{row.profiles:.2g}", row.method, str(row.found)),
            *map(_number, (row.best, row.best_bound, row.worst, row.worst_bound)),
            *(f"{row.processor:.1f} s", f"{row.clock:.0f} s"),
        )
        for row in rows
    ]
    return piped(HEADS, lines, words=3)


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "-"


def write(rows: Sequence[Row]) -> None:
    """Write the rows, the table and the picture."""
    from benchmarks.equilibria_picture import picture  # altair takes half a second

    write_rows(rows, ROWS)
    write_table(markdown(rows), TABLE)
    picture(rows).save(str(PICTURE))


def main() -> None:
    """Run the cells asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="*", default=["*"], help="patterns of instance/method")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds of one cell")
    asked = parser.parse_args()
    rows = {(row.instance, row.method): row for row in read_rows(ROWS, Row)}
    for instance, method in cells():
        name = f"{instance}/{method}"
        if any(fnmatchcase(name, pattern) for pattern in asked.rows):
            print(name, flush=True)
            limit = asked.limit + GRACE_SECONDS
            row = answer_of(measured, instance, method, asked.limit, limit=limit)
            if row is not None:
                rows[instance, method] = row
                write([rows[key] for key in cells() if key in rows])


if __name__ == "__main__":
    main()

"""The benchmark on finite games: `python -m benchmarks.finite [--rows PATTERN ...] [--limit S]`.

Each method does each job in a process of its own, a fresh one after every hang and every death.
Before the first game it does three small ones of the same kind untimed, so that neither imports nor
compilation at first use count. Each game is done again, from a new game object each time, until it
has been done `RUNS` times or taken `ENOUGH_SECONDS` in all, and shows its median. All run on one
thread.

Methods judge each other, so that a job is run with all its methods or not at all. Rows go to
`finite.csv` and to the table in `FINITE.md`; jobs that are not asked for stay as they are.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.children import Child, Send
from benchmarks.finite_jobs import JOBS, Job
from benchmarks.finite_methods import Method
from benchmarks.finite_rows import FiniteRow, Outcome, judged_rows, markdown
from benchmarks.table import duration, read_rows, write_rows, write_table

ENOUGH_SECONDS, RUNS = 0.05, 15
PRACTICE = 3
DIED = "the process died"
STARTING_SECONDS = 600.0
"""What a child may take to start, to import, to compile and to warm up; again to prepare a game."""

HERE = Path(__file__).parent
PACKAGES = ("nashpy", "pygambit", "quantecon", "open_spiel", "highspy", "scipy")
ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)


def work(job: Job, method: Method, first: int, send: Send) -> None:
    """Do a method's games from a number on; the child's side of `outcomes_of`.

    Sends None when it has warmed up and when a game is prepared, and each game's outcome.
    """
    warnings.simplefilter("ignore")
    generator = np.random.default_rng(0)
    for _ in range(PRACTICE):
        with contextlib.suppress(Exception):  # whoever fails at this will be seen to fail
            timed(method, partial(job.practice, generator), lambda: None)
    send(None)
    for number in range(first, job.games):
        try:
            outcome = timed(method, partial(job.problem, number), lambda: send(None))
        except Exception as error:
            outcome = Outcome("crashed", math.nan, reason=f"{type(error).__name__}: {error}")
        send(outcome)


def timed(method: Method, make: Callable[[], object], ready: Callable[[], None]) -> Outcome:
    """Return the answer of a method to a problem and the seconds that it took.

    Parameters
    ----------
    make : makes the problem, afresh for every run.
    ready : called when it is prepared for the first time.
    """
    times: list[float] = []
    while sum(times) < ENOUGH_SECONDS and len(times) < RUNS:
        solve, read = method.prepare(make())
        if not times:
            ready()
        started = time.perf_counter()
        found = solve()
        times.append(time.perf_counter() - started)
    return Outcome("answered", median(times), read(found))


def outcomes_of(job: Job, method: Method, limit: float) -> list[Outcome] | None:
    """Return what became of a job's games; None for a method that is not installed.

    No game is begun after one that hung, or when twice the limit was spent after the warm-up.
    """
    if any(find_spec(package) is None for package in method.needs):
        return None
    outcomes: list[Outcome] = []
    spent = 0.0

    def done() -> bool:
        hung = bool(outcomes) and outcomes[-1].status == "hung"
        return hung or len(outcomes) == job.games or spent >= 2 * limit

    while not done():
        with Child(work, job, method, len(outcomes)) as child:
            message = _message(child, STARTING_SECONDS, limit)
            while not done():
                begun = time.perf_counter()
                for wait in (STARTING_SECONDS, limit):  # to prepare a game, to solve it
                    if not isinstance(message, Outcome):
                        message = _message(child, wait, limit)
                assert isinstance(message, Outcome)
                outcomes.append(message)
                spent += time.perf_counter() - begun
                if message.reason:
                    print(f"    game {len(outcomes)}: {message.reason}", file=sys.stderr)
                if message.reason == DIED:
                    break
                message = None
    return outcomes


def _message(child: Child, wait: float, limit: float) -> Outcome | None:
    """Return an outcome, None when the child went on to its next step."""
    try:
        message: Outcome | None = child.message(wait)
    except TimeoutError:
        return Outcome("hung", limit)
    except EOFError:
        return Outcome("crashed", math.nan, reason=DIED)
    return message


def rows_of(job: Job, limit: float) -> list[FiniteRow]:
    """Return the rows of a job, all methods one after the other."""
    outcomes = {}
    for method in job.methods:
        started = time.perf_counter()
        outcomes[method.name] = outcomes_of(job, method, limit)
        print(f"  {method.name}: {duration(time.perf_counter() - started)} in all", flush=True)
    return judged_rows(job, outcomes, limit)


def caption() -> str:
    """Return what the table was made with."""
    packages = ", ".join(filter(None, map(_package, PACKAGES)))
    return f"Python {sys.version.split()[0]}, numpy {version('numpy')}, {packages}; one thread."


def _package(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the jobs asked for and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finite", description=__doc__)
    parser.add_argument(
        "--rows",
        nargs="+",
        default=["*"],
        metavar="PATTERN",
        help="which jobs, as job/games with * (default: all)",
    )
    parser.add_argument(
        "--limit", type=float, metavar="SECONDS", help="per game (default: what the job allows)"
    )
    parser.add_argument("--list", action="store_true", help="name the jobs and stop")
    options = parser.parse_args(arguments)
    asked = [job for job in JOBS if any(fnmatchcase(job.key, p) for p in options.rows)]
    if not asked:
        parser.error(f"--rows: expected patterns that match a job, found {options.rows}")
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    started = time.perf_counter()
    for job in asked:
        print(job.key, flush=True)
        if options.list:
            continue
        fresh = rows_of(job, job.limit if options.limit is None else options.limit)
        print(markdown(fresh), flush=True)
        order = {other.key: place for place, other in enumerate(JOBS)}
        kept = [row for row in read_rows(HERE / "finite.csv", FiniteRow) if _key(row) != job.key]
        rows = sorted([*kept, *fresh], key=lambda row: order.get(_key(row), len(order)))
        write_rows(rows, HERE / "finite.csv")
        write_table(markdown(rows), HERE / "FINITE.md", caption=caption())
    if not options.list:
        print(f"whole run: {duration(time.perf_counter() - started)}")


def _key(row: FiniteRow) -> str:
    return f"{row.job}/{row.setting}"


if __name__ == "__main__":
    main()

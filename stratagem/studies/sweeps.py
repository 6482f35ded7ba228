"""Sweeps: plays in many worlds and under many changes, solved once and resumed where they stopped.

A sweep has cells, one for each combination of the grid's values, in each cell the same number of
worlds (or the scenario's own numbers alone), and plays. Every play in every world of every cell is
one question; its answer goes to the ledger as soon as it is there, and comes from there where it is
known. Answers depend on nothing but their question: they are the same with one worker and with
many, here and on a cluster, at once and resumed; from one kind of machine to another up to
rounding, which is held to `TOLERANCE`.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from games.errors import InputError
from games.given import texts, told
from scenarios.scenario import Scenario
from scenarios.worlds import Method, Worlds
from stratagem.cases import scenario_of
from stratagem.limits import SMALL, TIME_LIMIT, check_settings, cores, ignore
from stratagem.runs.folders import RUNS_FOLDER
from stratagem.studies.answers import Answer
from stratagem.studies.cells import Cell, cells_of
from stratagem.studies.crew import crew
from stratagem.studies.held import StudyPlay, study_plays
from stratagem.studies.questions import Book, NoLedger, Question
from stratagem.studies.store import Store
from stratagem.studies.sweep_records import Row, Sweep
from stratagem.studies.work import Chunk, Solving, Worked

LEDGER = Path(RUNS_FOLDER, "sweeps.sqlite")
"""Where answers are kept that are not sent elsewhere."""

TOLERANCE = 1e-9
"""Largest relative difference of the same answer from two machines."""


DEFAULT_PLAYS = ("status-quo",)

FEW = 1000
"""Answers to fixed profiles that are there before a worker process has started."""

SEARCHES = 500
"""How many such answers a search for the best portfolio of a large game takes as long as."""


def sweep(
    scenario: Scenario,
    *,
    grid: Mapping[str, Sequence[object]] | None = None,
    worlds: int | Worlds | None = None,
    plays: Sequence[str] = DEFAULT_PLAYS,
    jobs: int | None = 1,
    cluster: str | None = None,
    ledger: str | os.PathLike[str] | None = LEDGER,
    sampling: Method = "sobol",
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    gap: float = 1e-6,
    progress: Callable[[int, int], None] = ignore,
    say: Callable[[str], None] = ignore,
) -> Sweep:
    """Return what plays bring in every world of every combination of a grid.

    Parameters
    ----------
    grid : {path: values}, as for `--set path=value`; all combinations are taken.
    worlds : how many worlds to draw in each cell, or worlds that were drawn; None for the
        scenario's own numbers.
    plays : names of plays (`studies.held`).
    jobs : local worker processes; None for one per core, or none where there is little to do.
    cluster : address of a dask.distributed scheduler whose workers do the work instead.
    ledger : file in which answers are kept and found again; None for none.
    sampling, seed : how worlds are drawn; the seed is also that of the solvers.
    time_limit, gap : for each play that is solved.
    progress : called with how many questions are answered, and of how many.
    say : called with what has to be told on the way.

    Raises
    ------
    InputError
        When something handed in is wrong, or the ledger cannot be written. A play without an
        answer in some world is no error: see `Sweep.failures`.
    """
    check_settings(jobs=jobs, seed=seed, time_limit=time_limit, gap=gap)
    scenario, plays = scenario_of(scenario), texts("plays", plays)
    if not plays:
        raise InputError("plays: expected at least one, found none")
    if not isinstance(grid, Mapping | None):
        raise InputError(f"grid: expected {{path: values}}, found {told(grid)}")
    solving = Solving(gap, time_limit, seed)
    asked = study_plays(scenario.game, plays, gap=gap, time_limit=time_limit, seed=seed)
    cells = list(cells_of(scenario, grid or {}, worlds, sampling=sampling, seed=seed))
    broken = [cell.error for cell in cells if cell.error is not None]
    if len(broken) == len(cells):
        raise broken[0]
    workers = _workers(cells, asked) if jobs is None and cluster is None else jobs or cores()
    book = Book(cells, asked, solving, workers=workers)
    with Store(Path(ledger), say=say) if ledger is not None else NoLedger() as store:
        answered = _answered(book, store, jobs=workers, cluster=cluster, progress=progress)
        rows = tuple(
            Row(cell.number, world if cell.worlds is not None else None, answer)
            for cell in cells
            for world in range(cell.size)
            for play in range(len(asked))
            for answer in answered.answers[cell.number, world, play]
        )
    return Sweep(
        world=scenario,
        cells=tuple(cell.settings for cell in cells),
        worlds=tuple(cell.worlds for cell in cells),
        plays=tuple(play.name for play in asked),
        rows=rows,
        seed=seed,
        gap=gap,
        time_limit=time_limit,
        known=answered.known,
        solved=answered.solved,
        seconds=answered.seconds,
        ledger=None if ledger is None else str(ledger),
    )


def _workers(cells: Sequence[Cell], plays: Sequence[StudyPlay]) -> int:
    """Return how many processes pay: one where all is answered before a second has started."""
    solved = sum(play.options is None for play in plays)
    worlds = sum(cell.size for cell in cells)
    game = next(cell.scenario.game for cell in cells if cell.scenario is not None)
    each = SEARCHES if math.prod(len(point.options) for point in game.points) > SMALL else 1
    work = worlds * (len(plays) - solved + solved * each)
    return cores() if work > FEW and worlds > 1 else 1


@dataclass
class _Answered:
    """Answers so far, and where they came from."""

    answers: dict[Question, tuple[Answer, ...]]
    known: int = 0
    solved: int = 0
    seconds: float = 0.0


def _answered(
    book: Book,
    store: Store | NoLedger,
    *,
    jobs: int,
    cluster: str | None,
    progress: Callable[[int, int], None],
) -> _Answered:
    """Answer every question, keeping what is new in the ledger as it comes."""
    so_far = _Answered({})

    def take(question: Question, answers: tuple[Answer, ...], known: bool) -> None:
        so_far.answers[question] = answers
        so_far.known += known
        progress(len(so_far.answers), book.total)

    chunks = book.chunks(take, store)
    first = next(chunks, None)
    if first is None:  # all is known; no worker need start
        return so_far
    with crew(jobs=jobs, cluster=cluster) as workers:
        for chunk, worked in workers.worked(itertools.chain([first], chunks)):
            questions = book.questions.pop(id(chunk))
            new = _told(chunk, worked, list(questions))
            if worked is not None:
                each = worked.seconds / len(questions)
                store.keep({questions[q]: (answers, each) for q, answers in new.items()})
                so_far.seconds += worked.seconds
            for question, answers in new.items():
                so_far.solved += 1
                take(question, answers, False)
    return so_far


def _told(
    chunk: Chunk, worked: Worked | None, questions: Sequence[Question]
) -> dict[Question, tuple[Answer, ...]]:
    """Return the answers of a chunk by question."""
    if worked is None:
        message = "expected the worker to finish, found it ended from outside - run again"
        names = [play.name for play in chunk.plays] * (len(questions) // len(chunk.plays))
        return {
            question: (Answer(name, "lost", message=message),)
            for question, name in zip(questions, names, strict=True)
        }
    flat = [answers for world in worked.answers for answers in world]
    return dict(zip(questions, flat, strict=True))

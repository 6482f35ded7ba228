"""Sweeps: plays in many worlds and under many changes, solved once and resumed where they stopped.

A sweep has cells, one for each combination of the grid's values, in each cell the same number of
worlds (or the scenario's own numbers alone), and plays. Every play in every world of every cell is
one question; its answer goes to the ledger as soon as it is there, and comes from there where it is
known. Answers depend on nothing but their question: they are the same with one worker and with
many, here and on a cluster, at once and resumed; from one kind of machine to another up to
rounding, which is held to `TOLERANCE`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from games.errors import InputError
from scenarios.errors import ScenarioError
from scenarios.load import load_text
from scenarios.overrides import setting_value
from scenarios.scenario import Scenario
from scenarios.worlds import Method, Worlds, sample
from stratagem.limits import SMALL, TIME_LIMIT, check_settings, cores, ignore
from stratagem.runs.folders import RUNS_FOLDER
from stratagem.runs.kept import versions
from stratagem.studies.answers import Answer, failed
from stratagem.studies.crew import crew
from stratagem.studies.held import COORDINATED, StudyPlay, study_plays
from stratagem.studies.store import STORE_FORMAT, Store
from stratagem.studies.sweep_records import Row, Sweep
from stratagem.studies.work import WORLDS_AT_ONCE, Chunk, Solving, Worked, packed

LEDGER = Path(RUNS_FOLDER, "sweeps.sqlite")
"""Where answers are kept that are not sent elsewhere."""

TOLERANCE = 1e-9
"""Largest relative difference of the same answer from two machines."""

MOST_CELLS = 10_000
"""Combinations of a grid that are taken on."""

DEFAULT_PLAYS = ("status-quo",)

FEW = 1000
"""Answers to fixed profiles that are there before a worker process has started."""

SEARCHES = 500
"""How many such answers a search for the best portfolio of a large game takes as long as."""

_PORTIONS = 8
"""Parts for each worker that the worlds of a fixed profile are split into, if they are large."""


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
    if not plays:
        raise InputError("plays: expected at least one, found none")
    solving = Solving(gap, time_limit, seed)
    asked = study_plays(scenario.game, plays, gap=gap, time_limit=time_limit, seed=seed)
    cells = list(_cells(scenario, grid or {}, worlds, sampling=sampling, seed=seed))
    broken = [cell.error for cell in cells if cell.error is not None]
    if len(broken) == len(cells):
        raise broken[0]
    workers = _workers(cells, asked) if jobs is None and cluster is None else jobs or cores()
    book = _Book(cells, asked, solving, workers=workers)
    with Store(Path(ledger), say=say) if ledger is not None else _Nothing() as store:
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


@dataclass(frozen=True)
class _Cell:
    """One combination of the grid's values; `error` where it makes no scenario."""

    number: int
    settings: Mapping[str, str]
    scenario: Scenario | None
    worlds: Worlds | None
    error: ScenarioError | None = None

    @property
    def size(self) -> int:
        """How many worlds there are, the scenario's own numbers being one."""
        return 1 if self.worlds is None else len(self.worlds)


def _cells(
    scenario: Scenario,
    grid: Mapping[str, Sequence[object]],
    worlds: int | Worlds | None,
    *,
    sampling: Method,
    seed: int,
) -> Iterator[_Cell]:
    count = 1
    for path, values in grid.items():
        if not values:
            raise InputError(f"grid {path}: expected values, found none - path=1,2,3")
        read = [setting_value(_text(value)) for value in values]
        kinds = [(isinstance(value, bool), value) for value in read]  # true is not 1
        for place, value in enumerate(read):
            if kinds[place] in kinds[:place]:
                raise InputError(
                    f"grid {path}: expected each value once, found {str(value)[:200]} twice"
                )
        count *= len(values)
    if count > MOST_CELLS:
        raise InputError(
            f"grid: expected at most {MOST_CELLS:,} combinations, found {count:,} - draw worlds "
            "instead with --worlds"
        )
    if grid and isinstance(worlds, Worlds):
        raise InputError("worlds: expected a number beside a grid, found worlds of one scenario")
    texts = [[_text(value) for value in values] for values in grid.values()]
    for number, combination in enumerate(itertools.product(*texts)):
        settings = dict(zip(grid, combination, strict=True))
        if not settings:
            yield _Cell(number, settings, scenario, _drawn(scenario, worlds, sampling, seed))
            continue
        changes = [f"{path}={value}" for path, value in settings.items()]
        try:
            changed = load_text(
                scenario.text, settings=changes, place=scenario.name, option="--grid"
            )
            yield _Cell(number, settings, changed, _drawn(changed, worlds, sampling, seed))
        except ScenarioError as error:
            yield _Cell(number, settings, None, None, error)


def _text(value: object) -> str:
    """Return a value as a setting writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def _drawn(
    scenario: Scenario, worlds: int | Worlds | None, sampling: Method, seed: int
) -> Worlds | None:
    if worlds is None or isinstance(worlds, Worlds):
        return worlds
    return sample(scenario, worlds, seed=seed, method=sampling)


def _workers(cells: Sequence[_Cell], plays: Sequence[StudyPlay]) -> int:
    """Return how many processes pay: one where all is answered before a second has started."""
    solved = sum(play.options is None for play in plays)
    worlds = sum(cell.size for cell in cells)
    game = next(cell.scenario.game for cell in cells if cell.scenario is not None)
    each = SEARCHES if math.prod(len(point.options) for point in game.points) > SMALL else 1
    work = worlds * (len(plays) - solved + solved * each)
    return cores() if work > FEW and worlds > 1 else 1


Question = tuple[int, int, int]
"""Numbers of a cell, a world and a play."""

Take = Callable[[Question, tuple[Answer, ...], bool], None]
"""Takes the answers to a question, and whether they were known already."""


class _Book:
    """Every question of a sweep, its key in the ledger, and the chunks of those not yet known."""

    def __init__(
        self, cells: Sequence[_Cell], plays: Sequence[StudyPlay], solving: Solving, *, workers: int
    ) -> None:
        self.cells, self.plays, self.solving, self.workers = cells, plays, solving, workers
        self.total = sum(cell.size for cell in cells) * len(plays)
        self.questions: dict[int, dict[Question, str]] = {}
        found = versions()
        self._versions = [STORE_FORMAT, *(found[name] for name in ("stratagem", "highspy"))]

    def keys(self, cell: _Cell, play: StudyPlay, worlds: Sequence[int]) -> list[str]:
        """Return the keys of one play in some worlds of a cell."""
        names = () if cell.worlds is None else cell.worlds.names
        how: object = vars(self.solving)
        if play.options is not None:
            how = sorted(play.options.items())
        assert cell.scenario is not None
        asked = [self._versions, cell.scenario.hash, names, play.name, how]
        begun = hashlib.sha256(json.dumps(asked).encode())
        keys = []
        for world in worlds:
            one = begun.copy()
            if cell.worlds is not None:
                one.update(cell.worlds.draws[world].astype("<f8").tobytes())
            keys.append(one.hexdigest())
        return keys

    def chunks(self, take: Take, store: Store | _Nothing) -> Iterator[Chunk]:
        """Yield the chunks of what the ledger does not know, taking what it does."""
        for cell in self.cells:
            if cell.error is not None:
                for p, play in enumerate(self.plays):
                    take((cell.number, 0, p), (failed(play.name, cell.error),), False)
                continue
            assert cell.scenario is not None
            carried = packed(cell.scenario.blueprint, cell.scenario.game)
            chunk = Chunk(
                cell=carried,
                digest=hashlib.sha256(carried).hexdigest(),
                names=() if cell.worlds is None else cell.worlds.names,
                draws=np.zeros((1, 0)) if cell.worlds is None else cell.worlds.draws,
                plays=(),
                solving=self.solving,
            )
            yield from self._held(cell, chunk, take, store)
            yield from self._solved(cell, chunk, take, store)

    def _held(
        self, cell: _Cell, chunk: Chunk, take: Take, store: Store | _Nothing
    ) -> Iterator[Chunk]:
        plays = sum(play.options is not None for play in self.plays)
        portion = -(-cell.size * plays // (self.workers * _PORTIONS))
        portion = min(WORLDS_AT_ONCE, max(1, portion))
        for p, play in enumerate(self.plays):
            if play.options is None:
                continue
            for start in range(0, cell.size, portion):
                worlds = list(range(start, min(start + portion, cell.size)))
                keys = self.keys(cell, play, worlds)
                known = store.find(keys)
                missing: dict[Question, str] = {}
                for world, key in zip(worlds, keys, strict=True):
                    question = (cell.number, world, p)
                    if key in known:
                        take(question, known[key], True)
                    else:
                        missing[question] = key
                if missing:
                    rows = [world for _, world, _ in missing]
                    part = replace(chunk, draws=chunk.draws[rows], plays=(play,))
                    self.questions[id(part)] = missing
                    yield part

    def _solved(
        self, cell: _Cell, chunk: Chunk, take: Take, store: Store | _Nothing
    ) -> Iterator[Chunk]:
        plays = [(p, play) for p, play in enumerate(self.plays) if play.options is None]
        if not plays:
            return
        for world in range(cell.size):
            missing: dict[Question, str] = {}
            starts = None
            for p, play in plays:
                (key,) = self.keys(cell, play, [world])
                known = store.find([key]).get(key)
                if known is None:
                    missing[cell.number, world, p] = key
                else:
                    take((cell.number, world, p), known, True)
                    if play.name == COORDINATED and known[0].solved:
                        starts = known[0].profile
            if missing:
                part = replace(
                    chunk,
                    draws=chunk.draws[world : world + 1],
                    plays=tuple(self.plays[p] for _, _, p in missing),
                    starts=starts,
                )
                self.questions[id(part)] = missing
                yield part


@dataclass
class _Answered:
    """Answers so far, and where they came from."""

    answers: dict[Question, tuple[Answer, ...]]
    known: int = 0
    solved: int = 0
    seconds: float = 0.0


def _answered(
    book: _Book,
    store: Store | _Nothing,
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


class _Nothing:
    """Stands for a ledger where there is none."""

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def find(self, keys: Sequence[str]) -> dict[str, tuple[Answer, ...]]:
        """Return nothing."""
        return {}

    def keep(self, solved: object) -> None:
        """Keep nothing."""

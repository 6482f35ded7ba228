"""The questions of a sweep: every play in every world of every cell, each with its key.

A key is made of all that an answer depends on, so what the ledger holds under it is the answer.
What it does not hold is put into chunks for workers: a fixed profile in many worlds at once, plays
that are searched world by world.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from stratagem.runs.kept import versions
from stratagem.studies.answers import Answer, failed
from stratagem.studies.cells import Cell
from stratagem.studies.held import COORDINATED, StudyPlay
from stratagem.studies.store import STORE_FORMAT, Store
from stratagem.studies.work import WORLDS_AT_ONCE, Chunk, Solving, packed

_PORTIONS = 8
"""Parts for each worker that the worlds of a fixed profile are split into, if they are large."""

Question = tuple[int, int, int]
"""Numbers of a cell, a world and a play."""

Take = Callable[[Question, tuple[Answer, ...], bool], None]
"""Takes the answers to a question, and whether they were known already."""


class Book:
    """Every question of a sweep, its key in the ledger, and the chunks of those not yet known."""

    def __init__(
        self, cells: Sequence[Cell], plays: Sequence[StudyPlay], solving: Solving, *, workers: int
    ) -> None:
        self.cells, self.plays, self.solving, self.workers = cells, plays, solving, workers
        self.total = sum(cell.size for cell in cells) * len(plays)
        self.questions: dict[int, dict[Question, str]] = {}
        found = versions()
        self._versions = [STORE_FORMAT, *(found[name] for name in ("stratagem", "highspy"))]

    def keys(self, cell: Cell, play: StudyPlay, worlds: Sequence[int]) -> list[str]:
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

    def chunks(self, take: Take, store: Store | NoLedger) -> Iterator[Chunk]:
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
        self, cell: Cell, chunk: Chunk, take: Take, store: Store | NoLedger
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
        self, cell: Cell, chunk: Chunk, take: Take, store: Store | NoLedger
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


class NoLedger:
    """Stands for a ledger where there is none."""

    def __enter__(self) -> NoLedger:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def find(self, keys: Sequence[str]) -> dict[str, tuple[Answer, ...]]:
        """Return nothing."""
        return {}

    def keep(self, solved: object) -> None:
        """Keep nothing."""

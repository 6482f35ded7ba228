"""Local workers of sweeps, each a process of its own (`stratagem.workers`).

Each worker has one chunk at a time; the next one is made ready meanwhile, and is handed over before
the answers are looked at. Where a worker is ended from outside, only its own chunk was under way:
that goes to another worker, and comes back without answers where it ends that one as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import connection

from stratagem.studies.work import Chunk, Worked
from stratagem.workers import NOTHING, Worker

_TRIES = 2
"""Workers that a chunk may cost."""


@dataclass
class _Task:
    """A chunk, and how many workers it was handed to."""

    chunk: Chunk
    tries: int = 0


class Processes:
    """Workers beside this process; use it in a `with`.

    Parameters
    ----------
    jobs : how many there are at most.
    work : what they do; for fresh processes it can be pickled.
    copies : whether they are copies of this process; see `stratagem.workers.may_fork`.
    """

    def __init__(self, jobs: int, work: Callable[[Chunk], Worked], *, copies: bool) -> None:
        self.jobs, self._work, self._copies = jobs, work, copies
        self._workers: list[_Busy] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._workers:
            one.worker.end()

    def worked(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Worked | None]]:
        """Yield chunks as they are done; None where two workers were lost with one."""
        lost: list[_Task] = []

        def due() -> _Task | None:
            if lost:
                return lost.pop()
            chunk = next(chunks, None)
            return None if chunk is None else _Task(chunk)

        idle: list[_Busy] = []
        upcoming = due()
        while True:
            while upcoming is not None and (idle or len(self._workers) < self.jobs):
                one = idle.pop() if idle else self._another()
                one.begin(upcoming)
                upcoming = due()
            busy = {one.worker.pipe: one for one in self._workers if one.task is not None}
            if not busy:
                return
            for pipe in connection.wait(list(busy)):
                assert isinstance(pipe, connection.Connection)
                one = busy[pipe]
                task = one.task
                assert task is not None
                try:
                    worked = one.worker.receive()
                except EOFError:
                    one.worker.end()
                    self._workers.remove(one)
                    if task.tries < _TRIES:
                        lost.append(task)
                        upcoming = upcoming or due()
                    else:
                        yield task.chunk, None
                    continue
                if worked is NOTHING:
                    continue
                assert isinstance(worked, Worked)
                one.task = None
                if upcoming is None:
                    idle.append(one)
                else:
                    one.begin(upcoming)
                    upcoming = due()
                yield task.chunk, worked

    def _another(self) -> _Busy:
        others = [other.worker.pipe for other in self._workers]
        one = _Busy(Worker(self._work, others=others, copy=self._copies))
        self._workers.append(one)
        return one


@dataclass(eq=False)
class _Busy:
    """A worker and the chunk that it has."""

    worker: Worker
    task: _Task | None = None

    def begin(self, task: _Task) -> None:
        """Hand a chunk over."""
        self.task = task
        task.tries += 1
        self.worker.send(task.chunk)

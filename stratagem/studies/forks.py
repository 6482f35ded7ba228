"""Local workers that are copies of this process: they start at once, with all that it has imported.

A process that starts from nothing imports for half a second before its first answer, which is as
long as five hundred answers take. A copy has everything already. It also has a copy of every lock
that another thread held at that moment, and nobody there to give it back; so copies are made only
where all other threads are known to hold none that a worker wants (`may_fork`).

Each worker has a pipe of its own and one chunk at a time; the next one is made ready meanwhile, and
is handed over before the answers are looked at. Where a worker is ended from outside, only its own
chunk was under way: that goes to another worker, and comes back without answers where it ends that
one as well.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from stratagem.studies.work import Chunk, Worked
from stratagem.terminal.interrupts import SIGNALS, WATCHER, belong_to_parent

_TRIES = 2
"""Workers that a chunk may cost."""


def may_fork() -> bool:
    """Return whether a copy of this process can work.

    The threads that watch for interrupts and that draw progress hold only locks of streams, which a
    worker does not write to. What other threads do (those of a notebook, a server, a cluster's
    client) is not known. Outside Linux the libraries of the system do not allow copies.
    """
    here = threading.current_thread()
    others = (thread for thread in threading.enumerate() if thread is not here)
    return sys.platform == "linux" and all(
        thread.name == WATCHER or type(thread).__module__.startswith("rich.") for thread in others
    )


@dataclass
class _Task:
    """A chunk, and how many workers it was handed to."""

    chunk: Chunk
    tries: int = 0


class Forks:
    """Workers that are copies of this process; use it in a `with`.

    Parameters
    ----------
    jobs : how many there are at most.
    work : what they do.
    """

    def __init__(self, jobs: int, work: Callable[[Chunk], Worked]) -> None:
        self.jobs, self._work = jobs, work
        self._workers: list[_Worker] = []

    def __enter__(self) -> Forks:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()

    def worked(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Worked | None]]:
        """Yield chunks as they are done; None where two workers were lost with one."""
        lost: list[_Task] = []

        def due() -> _Task | None:
            if lost:
                return lost.pop()
            chunk = next(chunks, None)
            return None if chunk is None else _Task(chunk)

        idle: list[_Worker] = []
        upcoming = due()
        while True:
            while upcoming is not None and (idle or len(self._workers) < self.jobs):
                worker = idle.pop() if idle else self._another()
                worker.begin(upcoming)
                upcoming = due()
            busy = {w.pipe: w for w in self._workers if w.task is not None}
            if not busy:
                return
            for pipe in connection.wait(list(busy)):
                assert isinstance(pipe, Connection)
                worker = busy[pipe]
                task, worked = worker.finished()
                if worked is not None:
                    if upcoming is None:
                        idle.append(worker)
                    else:
                        worker.begin(upcoming)
                        upcoming = due()
                    yield task.chunk, worked
                    continue
                worker.end()
                self._workers.remove(worker)
                if task.tries < _TRIES:
                    lost.append(task)
                    upcoming = upcoming or due()
                else:
                    yield task.chunk, None

    def _another(self) -> _Worker:
        worker = _Worker(self._work, [other.pipe for other in self._workers])
        self._workers.append(worker)
        return worker


class _Worker:
    """One copy of this process, seen from here.

    Parameters
    ----------
    work : what it does.
    others : this side of other workers' pipes, which it is not to keep open.
    """

    def __init__(self, work: Callable[[Chunk], Worked], others: Sequence[Connection]) -> None:
        context = get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.task: _Task | None = None
        self._process: BaseProcess = context.Process(
            target=_serve, args=(theirs, [*others, self.pipe], work), daemon=True
        )
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until it has handlers of its own
        try:
            with warnings.catch_warnings():  # about other threads: see `may_fork`
                warnings.simplefilter("ignore", DeprecationWarning)
                self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        theirs.close()

    def begin(self, task: _Task) -> None:
        """Hand a chunk over; a worker that is gone is noticed when that is waited for."""
        self.task = task
        task.tries += 1
        try:
            self.pipe.send(task.chunk)
        except OSError:
            return

    def finished(self) -> tuple[_Task, Worked | None]:
        """Return what was handed over, and what came of it: None where the worker is gone."""
        task, self.task = self.task, None
        assert task is not None
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            return task, None
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, Worked)
        return task, found

    def end(self) -> None:
        """End the worker: it has nothing to finish or to put away."""
        self.pipe.close()
        self._process.kill()
        self._process.join()
        self._process.close()


def _serve(pipe: Connection, others: Sequence[Connection], work: Callable[[Chunk], Worked]) -> None:
    """Do chunks in a copy of the process that hands them out."""
    for other in others:
        other.close()
    belong_to_parent()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for the whole of its life
    gc.freeze()  # what is shared with the parent is not gone through, and so stays shared
    while True:
        try:
            chunk = pipe.recv()
        except (EOFError, OSError):
            return
        found: Worked | Exception
        try:
            found = work(chunk)
        except Exception as error:
            error.add_note(f"In a worker:\n{traceback.format_exc()}")
            found = error
        pipe.send(found)

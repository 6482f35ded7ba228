"""Who does the work: this process, local processes, or a cluster.

A crew takes chunks one by one, only as many as keep it busy, and gives back what was worked in any
order. Local processes are copies of this one where that is safe (`forks`), and start from nothing
where it is not. Where one is ended from outside, the chunks that were under way are handed out
again, each by itself; one that ends its worker then too comes back without answers. A cluster does
that in its own way.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from typing import Any, Protocol

from games.errors import InputError
from stratagem.studies.forks import Forks
from stratagem.studies.work import Chunk, Worked, work
from stratagem.terminal.interrupts import belong_to_parent
from stratagem.workers import may_fork

AHEAD = 2
"""Chunks for each worker that are handed out at once, so that none waits for the next."""

CONNECT_SECONDS = 20
"""Time for a scheduler to answer."""


class Crew(Protocol):
    """Does chunks."""

    def worked(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Worked | None]]:
        """Yield chunks as they are done; None where the worker was lost every time."""


@contextmanager
def crew(*, jobs: int, cluster: str | None) -> Iterator[Crew]:
    """Give out a crew of local processes, or of the workers of a cluster.

    Raises
    ------
    InputError
        When the cluster cannot be reached, or its library is not installed.
    """
    if cluster is not None:
        with _client(cluster) as client:
            yield _Cluster(client)
    elif jobs == 1:
        yield _Alone()
    elif may_fork():
        with Forks(jobs, work) as forks:
            yield forks
    else:
        yield _Processes(jobs)


class _Alone:
    def worked(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Worked | None]]:
        for chunk in chunks:
            yield chunk, work(chunk)


class _Processes:
    """Local processes that start from nothing, and again where one was ended from outside."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def worked(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Worked | None]]:
        from joblib.externals.loky import get_reusable_executor
        from joblib.externals.loky.process_executor import BrokenProcessPool

        def executor() -> Any:
            return get_reusable_executor(max_workers=self.jobs, initializer=belong_to_parent)

        running: dict[Future[Worked], Chunk] = {}
        suspects: list[Chunk] = []
        idle = False
        try:
            while True:
                while not suspects and len(running) < self.jobs * AHEAD:
                    chunk = next(chunks, None)
                    if chunk is None:
                        break
                    running[executor().submit(work, chunk)] = chunk
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    chunk = running.pop(future)
                    try:
                        yield chunk, future.result()
                    except BrokenProcessPool:  # nothing under way comes back from it
                        suspects += [chunk, *running.values()]
                        running.clear()
                        break
                while suspects:  # each by itself, so that one does not take others with it
                    chunk = suspects.pop()
                    try:
                        yield chunk, executor().submit(work, chunk).result()
                    except BrokenProcessPool:
                        yield chunk, None
                if not running:
                    ahead = next(chunks, None)
                    if ahead is None:
                        idle = True  # workers that have nothing to do end by themselves
                        return
                    running[executor().submit(work, ahead)] = ahead
        finally:
            executor().shutdown(wait=True, kill_workers=not idle)


class _Cluster:
    """Workers of a dask.distributed cluster."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def worked(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Worked | None]]:
        from distributed import KilledWorker, as_completed

        under_way = as_completed(loop=self.client.loop)
        running: dict[str, Chunk] = {}

        def hand_out() -> bool:
            chunk = next(chunks, None)
            if chunk is None:
                return False
            future = self.client.submit(work, chunk, pure=False)
            running[future.key] = chunk
            under_way.add(future)
            return True

        while len(running) < AHEAD * max(1, sum(self.client.nthreads().values())):
            if not hand_out():
                break
        for future in under_way:
            chunk = running.pop(future.key)
            try:
                worked: Worked | None = future.result()
            except KilledWorker:
                worked = None
            future.release()
            yield chunk, worked
            hand_out()


@contextmanager
def _client(address: str) -> Iterator[Any]:
    if "://" not in address and ":" not in address:
        raise InputError(
            f"cluster: expected the address of a scheduler, such as tcp://127.0.0.1:8786; found "
            f"{address[:200]!r}"
        )
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "cluster: expected dask.distributed, found it not installed - in the clone, "
            "pip install -c constraints.txt '.[cluster]'"
        ) from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"cluster {address[:200]}: expected a scheduler that answers, found: "
            f"{str(error).splitlines()[0][:200]} - start one with `dask scheduler`"
        ) from None
    try:
        yield client
    finally:
        client.close()

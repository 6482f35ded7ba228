"""Who does the work: this process, local processes, or a cluster.

A crew takes chunks one by one, only as many as keep it busy, and gives back what was worked in any
order. Local processes are copies of this one where that is safe, and start from nothing where it is
not. Where one is ended from outside, the chunk that it had is handed out again; one that ends its
worker then too comes back without answers (`processes`). A cluster does that in its own way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from games.errors import InputError
from stratagem.studies.processes import Processes
from stratagem.studies.work import Chunk, Worked, work
from stratagem.workers import may_fork

AHEAD = 2
"""Chunks for each worker of a cluster that are handed out at once, so that none has to wait."""

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
    else:
        with Processes(jobs, work, copies=may_fork()) as processes:
            yield processes


class _Alone:
    def worked(self, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Worked | None]]:
        for chunk in chunks:
            yield chunk, work(chunk)


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

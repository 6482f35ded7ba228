"""Who does the work of a sweep: the same answers from all, and none lost with its process."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from games.errors import InputError, NotCertifiedError
from scenarios.load import load
from scenarios.scenario import Scenario
from stratagem.studies import crew as crews
from stratagem.studies import questions
from stratagem.studies.processes import Processes
from stratagem.studies.store import Store
from stratagem.studies.sweeps import sweep
from stratagem.studies.work import Chunk, Solving, Worked
from stratagem.terminal.interrupts import interruptible
from stratagem.workers import may_fork
from tests.sweep_tables import PLAYS, same, table

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="no copies of a process are made")


ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("two-layers")


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load("baseline-2026")


def test_copies_of_this_process_give_the_same_answers(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "may_fork", lambda: True)
    options: dict[str, Any] = {"worlds": 4, "plays": PLAYS, "ledger": None}
    here = table(sweep(small, **options))
    pd.testing.assert_frame_equal(here, table(sweep(small, jobs=2, **options)), check_exact=True)
    assert not multiprocessing.active_children()


@linux_only
def test_copies_are_made_only_beside_threads_that_are_known() -> None:
    """In a copy of its own, since whoever runs the tests may have threads."""

    def checked() -> bool:
        alone = may_fork()
        with interruptible(lambda: None):
            watched = may_fork()
        over = threading.Event()
        thread = threading.Thread(target=over.wait)
        thread.start()
        beside = may_fork()
        over.set()
        thread.join()
        return (alone, watched, beside) == (True, True, False)

    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if checked() else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def chunk(number: int) -> Chunk:
    return Chunk(b"", str(number), (), np.zeros((1, 0)), (), Solving(1e-6, 60.0, 0))


@linux_only
def test_a_chunk_is_handed_out_again_when_its_worker_is_lost_and_given_up_when_two_are(
    tmp_path: Path,
) -> None:
    met = tmp_path / "met"

    def deadly(asked: Chunk) -> Worked:
        if asked.digest == "5" or (asked.digest == "3" and not met.exists()):
            if asked.digest == "3":
                met.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Worked((), float(asked.digest))

    numbers = [3, 5, *range(6, 20)]
    with Processes(2, deadly, copies=True) as workers:
        found = [(one.digest, done) for one, done in workers.worked(map(chunk, numbers))]
        assert [digest for digest, done in found if done is None] == ["5"]
        assert sorted(int(digest) for digest, _ in found) == numbers
        assert all(done.seconds == float(digest) for digest, done in found if done is not None)
        assert len(multiprocessing.active_children()) <= 2
    assert not multiprocessing.active_children()


@linux_only
def test_no_more_copies_are_made_than_there_are_chunks_and_none_outlives_the_sweep() -> None:
    def pid(asked: Chunk) -> Worked:
        return Worked((), float(os.getpid()))

    with Processes(8, pid, copies=True) as workers:
        (only,) = workers.worked(iter([chunk(1)]))
        assert only[1] is not None
        assert only[1].seconds != os.getpid()
        assert len(multiprocessing.active_children()) == 1
    with Processes(2, pid, copies=True) as workers:
        next(workers.worked(map(chunk, range(100))))  # the rest is not wanted any more
    assert not multiprocessing.active_children()


@linux_only
def test_an_error_in_a_worker_is_raised_here_and_says_where_it_was() -> None:
    def wrong(asked: Chunk) -> Worked:
        raise NotCertifiedError("expected a plan, found none")

    with (
        pytest.raises(NotCertifiedError, match="expected a plan") as caught,
        Processes(2, wrong, copies=True) as workers,
    ):
        next(workers.worked(map(chunk, range(5))))
    assert "in wrong" in caught.value.__notes__[0]
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_processes_and_a_cluster_give_the_same_answers(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(crews, "may_fork", lambda: False)  # processes that start from nothing
    options: dict[str, Any] = {"worlds": 12, "plays": PLAYS, "ledger": None}
    here = table(sweep(small, **options))
    same(here, table(sweep(small, jobs=2, **options)))
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        same(here, table(sweep(small, cluster=cluster.scheduler_address, **options)))


@pytest.mark.slow
def test_a_worker_of_a_cluster_that_is_killed_costs_no_answer(
    baseline: Scenario, tmp_path: Path
) -> None:
    from distributed import Client, LocalCluster

    expected = table(sweep(baseline, worlds=256, ledger=None))
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        victims = list(client.run(os.getpid).values())
        killed = False

        def kill_one(done: int, total: int) -> None:
            nonlocal killed
            if done >= 48 and not killed:
                os.kill(victims[0], signal.SIGKILL)
                killed = True

        found = sweep(
            baseline, worlds=256, ledger=None, cluster=cluster.scheduler_address, progress=kill_one
        )
    assert killed
    same(expected, table(found))


def test_a_cluster_that_does_not_answer_is_one_message(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="expected a scheduler that answers"):
        sweep(small, ledger=None, cluster="tcp://127.0.0.1:9")


@pytest.mark.slow
@pytest.mark.parametrize("copies", [True, False])
def test_a_local_worker_that_is_killed_costs_no_answer(
    baseline: Scenario, monkeypatch: pytest.MonkeyPatch, copies: bool
) -> None:
    monkeypatch.setattr(crews, "may_fork", lambda: copies)
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if done >= 48 and not killed:
            one, *_ = multiprocessing.active_children()
            killed.append(one.pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    found = sweep(baseline, worlds=256, ledger=None, jobs=2, progress=kill_one)
    assert killed
    assert not multiprocessing.active_children()
    same(table(sweep(baseline, worlds=256, ledger=None)), table(found))


KILLED = """
import sys
from pathlib import Path
from scenarios.load import load
from stratagem.studies import questions, sweeps
questions.WORLDS_AT_ONCE = 4
found = sweeps.sweep(load("two-layers"), worlds=256, plays=["status-quo", "fixed:coordinated"],
                     ledger=Path(sys.argv[1]), jobs=int(sys.argv[2]),
                     progress=lambda done, total: print(done, flush=True))
"""


def started(file: Path, jobs: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", KILLED, str(file), str(jobs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )


def runs(process: str) -> bool:
    """Return whether a process is there and not only waiting to be buried."""
    try:
        return Path("/proc", process, "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_a_sweep_killed_twenty_times_ends_like_one_that_was_not(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays = ["status-quo", "fixed:coordinated"]
    monkeypatch.setattr(questions, "WORLDS_AT_ONCE", 4)
    file = tmp_path / "ledger.sqlite"
    generator = random.Random(4)
    child = started(file, jobs=2)
    assert child.stdout is not None
    child.stdout.readline()  # it has begun to answer
    workers = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert workers
    limit = time.monotonic() + 60
    while any(runs(worker) for worker in workers):  # they go with it
        assert time.monotonic() < limit
        time.sleep(0.1)
    for _ in range(19):
        pid = os.fork()
        if pid == 0:  # a process of its own, without the time that its imports would take
            sweep(small, worlds=256, plays=plays, ledger=file)
            os._exit(0)
        time.sleep(generator.uniform(0, 0.3))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with Store(file, say=pytest.fail) as store:
            kept = len(store)
    assert kept > 0
    resumed = sweep(small, worlds=256, plays=plays, ledger=file, say=pytest.fail)
    assert resumed.known >= kept
    same(table(sweep(small, worlds=256, plays=plays, ledger=None)), table(resumed))


@pytest.mark.slow
def test_two_sweeps_on_one_ledger_both_end_well(small: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    children = [started(file, jobs=1) for _ in range(2)]
    for child in children:
        child.communicate(timeout=300)
        assert child.returncode == 0
    plays = ["status-quo", "fixed:coordinated"]
    found = sweep(small, worlds=256, plays=plays, ledger=file, say=pytest.fail)
    assert (found.known, found.solved) == (512, 0)
    same(table(sweep(small, worlds=256, plays=plays, ledger=None)), table(found))

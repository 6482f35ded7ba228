"""Worlds that answer in processes of their own: the same answers, whatever befalls a process."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from games.errors import StratagemError
from solvers.worlds.copies import Answer, Copies, Question
from solvers.worlds.problem import ManyWorlds
from stratagem.portfolios import crew
from stratagem.portfolios.crew import crew_of, owner
from stratagem.terminal.compiling import LOGGER
from stratagem.workers import NOTHING, Worker
from tests.test_worlds_copies import charges_of, sample

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="no copies of a process are made")
KINDS = [
    pytest.param(True, id="copies", marks=linux_only),
    pytest.param(False, id="fresh", marks=pytest.mark.slow),
]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Workers of each kind, none of which is left over."""
    monkeypatch.setattr(crew, "may_fork", lambda: request.param)
    yield
    assert not multiprocessing.active_children()


@pytest.fixture(scope="module")
def worlds() -> ManyWorlds:
    return sample(1, count=5)


def questions(worlds: ManyWorlds) -> list[Question]:
    charges, start = charges_of(worlds, 1), worlds.repaired(worlds.games[0].status_quo)
    return [
        Question(w, charges[w], start, tolerance=t) for t in (None, 0.01) for w in (2, 0, 4, 1, 3)
    ]


@pytest.mark.usefixtures("kind")
def test_workers_answer_what_one_process_answers(worlds: ManyWorlds) -> None:
    start, told = worlds.repaired(worlds.games[0].status_quo), []
    for jobs in (1, 2, 9):
        with crew_of(jobs)(worlds.problems) as ask:
            first = ask.losses(start, [3, 0]).tolist()
            told.append((first, list(ask(questions(worlds))), ask.losses(start, [1]).tolist()))
    assert told[0] == told[1] == told[2]
    assert [answer.world for answer in told[0][1]] == [2, 0, 4, 1, 3] * 2
    assert told[0][0] == pytest.approx([worlds.loss(3, start), worlds.loss(0, start)], abs=1e-6)


@pytest.mark.parametrize("jobs", [2, 3, 4])
@pytest.mark.parametrize("step", [1, 2, 5, 10])
def test_worlds_and_every_so_many_of_them_keep_all_workers_busy(jobs: int, step: int) -> None:
    """A few worlds are proven first, every tenth: with worlds in turn, one worker had them all."""
    owners = [owner(world, jobs) for world in range(0, 1000, step)]
    for worker in range(jobs):
        assert owners.count(worker) == pytest.approx(len(owners) / jobs, rel=0.15)


@pytest.mark.usefixtures("kind")
def test_a_worker_that_is_killed_costs_no_answer(worlds: ManyWorlds) -> None:
    with crew_of(1)(worlds.problems) as ask:
        here = list(ask(questions(worlds)))
    with crew_of(2)(worlds.problems) as ask:
        there, killed = [], set[int]()
        for answer in ask(questions(worlds)):
            there.append(answer)
            if len(there) == 1:
                killed = {child.pid or 0 for child in multiprocessing.active_children()}
                for victim in killed:
                    os.kill(victim, signal.SIGKILL)
        start = worlds.repaired(worlds.games[0].status_quo)
        losses = ask.losses(start, range(5))
        assert len(killed) == len(multiprocessing.active_children()) == 2
        assert killed.isdisjoint(child.pid for child in multiprocessing.active_children())
    assert losses == pytest.approx(worlds.losses(start), abs=1e-6)
    for one, other in zip(here, there, strict=True):
        assert one.world == other.world
        assert one.value == pytest.approx(other.value, abs=0.01)
        assert min(one.value, other.value) >= max(one.bound, other.bound) - 1e-6


class _Deadly(Copies):
    def answer(self, question: Question) -> Answer:
        if question.world == 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().answer(question)


@linux_only
def test_work_that_ends_every_worker_gives_one_clear_message(
    worlds: ManyWorlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "Copies", _Deadly)
    monkeypatch.setattr(crew, "may_fork", lambda: True)
    with (
        pytest.raises(StratagemError, match="found 3 that were ended from outside"),
        crew_of(2)(worlds.problems) as ask,
    ):
        list(ask(questions(worlds)))
    assert not multiprocessing.active_children()


@linux_only
def test_questions_that_are_not_waited_for_are_left_behind(worlds: ManyWorlds) -> None:
    """A proof that is reached early asks no further; losses asked next are not mistaken for it."""
    start = worlds.repaired(worlds.games[0].status_quo)
    with crew_of(2)(worlds.problems) as ask:
        next(iter(ask(questions(worlds))))
        losses = ask.losses(start, range(5))
        assert losses == pytest.approx([worlds.loss(w, start) for w in range(5)], abs=1e-6)
        asked = questions(worlds)
        assert [answer.world for answer in ask(asked)] == [one.world for one in asked]
    assert not multiprocessing.active_children()


@linux_only
def test_what_a_worker_compiles_is_told_here(caplog: pytest.LogCaptureFixture) -> None:
    def work(thing: Any) -> Any:
        logging.getLogger(LOGGER).info("compiling %s", thing)
        return thing

    worker = Worker(work)
    try:
        with caplog.at_level(logging.INFO, LOGGER):
            worker.send("tangents")
            assert worker.receive() is NOTHING
            assert caplog.messages == ["compiling tangents"]
            assert worker.receive() == "tangents"
    finally:
        worker.end()

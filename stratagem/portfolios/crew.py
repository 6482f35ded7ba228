"""Worlds that answer side by side in worker processes, each world always in the same one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from functools import partial

from games.errors import StratagemError
from solvers.worlds.copies import Answer, Ask, Copy, Crew, Question, in_turn
from solvers.worlds.problem import WorldProblem
from stratagem.terminal.interrupts import belong_to_parent


def crew_of(jobs: int) -> Crew:
    """Return who answers for worlds in so many processes; 1 answers in this one."""
    return in_turn if jobs == 1 else partial(_side_by_side, jobs=jobs)


_problems: dict[int, WorldProblem] = {}
_copies: dict[int, Copy] = {}


def _begin(problems: dict[int, WorldProblem]) -> None:
    """Make a worker ready: it builds a world's copy when that is asked for the first time."""
    belong_to_parent()
    _problems.clear()
    _copies.clear()
    _problems.update(problems)


def _answer(question: Question) -> Answer:
    if question.world not in _copies:
        _copies[question.world] = Copy(_problems[question.world])
    return _copies[question.world].answer(question)


@contextmanager
def _side_by_side(problems: Sequence[WorldProblem], *, jobs: int) -> Iterator[Ask]:
    from joblib.externals.loky.process_executor import ProcessPoolExecutor, TerminatedWorkerError

    every = dict(enumerate(problems))
    workers = [
        ProcessPoolExecutor(
            max_workers=1,
            initializer=_begin,
            initargs=({world: one for world, one in every.items() if world % jobs == worker},),
        )
        for worker in range(jobs)
    ]

    def ask(questions: Sequence[Question]) -> Iterator[Answer]:
        waiting = [
            [place for place, question in enumerate(questions) if question.world % jobs == worker]
            for worker in range(jobs)
        ]
        running: dict[Future[Answer], tuple[int, int]] = {}
        answers: dict[int, Answer] = {}
        try:
            for due in range(len(questions)):  # in order, so that nothing depends on who was faster
                while due not in answers:
                    for worker, ours in enumerate(waiting):  # one ahead, so that nobody waits
                        while ours and sum(w == worker for _, w in running.values()) < 2:
                            place = ours.pop(0)
                            future = workers[worker].submit(_answer, questions[place])
                            running[future] = place, worker
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        answers[running.pop(future)[0]] = future.result()
                yield answers.pop(due)
        except TerminatedWorkerError:
            raise StratagemError(
                "workers: expected them to finish, found one that was ended from outside, most "
                "likely for want of memory - use --jobs 1"
            ) from None

    finished = False
    try:
        yield ask
        finished = True
    finally:
        for worker in workers:
            worker.shutdown(wait=True, kill_workers=not finished)

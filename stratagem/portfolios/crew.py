"""Worlds that answer side by side in worker processes, each world always in the same one.

A worker owns some of the worlds for the whole run, with all that was learnt about them; only
questions and answers pass between processes. Where a worker is ended from outside, another one
takes its worlds over and is asked again what it was being asked: that costs what had been learnt,
and no answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection
from typing import Any

import numpy as np

from games.errors import StratagemError
from games.layered import Profile
from solvers.worlds.copies import Answer, Ask, Copies, Crew, Question, in_turn, make_ready
from solvers.worlds.measures import Array
from solvers.worlds.problem import WorldProblem
from stratagem.workers import NOTHING, Worker, may_fork

AHEAD = 2
"""Questions that a worker has at a time, so that it does not wait for the next."""

GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, less whole numbers, are spread evenly, and so are those of every n-th one."""

TRIES = 3
"""Workers that one question may cost."""


def crew_of(jobs: int) -> Crew:
    """Return who answers for worlds in so many processes; 1 answers in this one."""
    return in_turn if jobs == 1 else partial(_side_by_side, jobs=jobs)


@contextmanager
def _side_by_side(problems: Sequence[WorldProblem], *, jobs: int) -> Iterator[Ask]:
    with _Crew(problems, min(jobs, len(problems))) as crew:
        yield crew


def owner(world: int, jobs: int) -> int:
    """Return which of so many workers owns a world: any every so many worlds are spread evenly.

    Examples
    --------
    >>> [owner(world, 2) for world in range(8)]
    [0, 1, 0, 1, 0, 0, 1, 0]
    >>> [owner(world, 2) for world in range(0, 80, 10)]
    [0, 0, 0, 1, 1, 1, 0, 0]
    """
    return int(jobs * (world * GOLDEN % 1.0))


@dataclass(frozen=True)
class _Losses:
    """What is asked for the losses of a profile in some worlds of one worker."""

    profile: Profile
    chosen: tuple[int, ...]


@dataclass(eq=False)
class _Asked:
    """Something asked, how many workers it was put to, and what came back."""

    what: Question | _Losses
    tries: int = 0
    found: Any = None


class _Owner:
    """What a worker does: it answers for its worlds."""

    def __init__(self, problems: dict[int, WorldProblem]) -> None:
        self._copies = Copies(problems)

    def __call__(self, what: Question | _Losses) -> Answer | Array:
        if isinstance(what, Question):
            return self._copies.answer(what)
        return self._copies.losses(what.profile, what.chosen)


@dataclass(eq=False)
class _Place:
    """Who owns some worlds, and what is being asked there, in the order of the answers."""

    problems: dict[int, WorldProblem]
    worker: Worker
    asked: deque[_Asked] = field(default_factory=deque)


class _Crew:
    """Workers that own worlds.

    Parameters
    ----------
    problems : of all worlds.
    jobs : how many workers.
    """

    def __init__(self, problems: Sequence[WorldProblem], jobs: int) -> None:
        self._places: list[_Place] = []
        self._owner = np.array([owner(world, jobs) for world in range(len(problems))])
        self._copies = may_fork()
        make_ready(problems[0])  # once, for all
        for number in range(jobs):
            owned = np.flatnonzero(self._owner == number).tolist()
            theirs = {world: problems[world] for world in owned}
            self._places.append(_Place(theirs, self._worker(theirs)))

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for place in self._places:
            place.worker.end()

    def __call__(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield the answers in the order of the questions, whoever is faster."""
        asked = [_Asked(question) for question in questions]
        waiting = [deque[_Asked]() for _ in self._places]
        for one, question in zip(asked, questions, strict=True):
            waiting[self._owner[question.world]].append(one)
        for one in asked:
            while one.found is None:
                for place, ours in zip(self._places, waiting, strict=True):
                    while ours and len(place.asked) < AHEAD:
                        self._ask(place, ours.popleft())
                self._receive()
            found, one.found = one.found, True
            yield found

    def losses(self, profile: Profile, chosen: Sequence[int]) -> Array:
        """Return the members' loss in each of some worlds, shape (chosen,), bn USD a year."""
        worlds = np.array(chosen, dtype=np.int64)
        losses = np.empty(len(worlds))
        parts = []
        for number, place in enumerate(self._places):
            theirs = self._owner[worlds] == number
            if theirs.any():
                one = _Asked(_Losses(profile, tuple(worlds[theirs].tolist())))
                self._ask(place, one)
                parts.append((theirs, one))
        for theirs, one in parts:
            while one.found is None:
                self._receive()
            losses[theirs] = one.found
        return losses

    def _ask(self, place: _Place, one: _Asked) -> None:
        place.asked.append(one)
        one.tries += 1
        place.worker.send(one.what)

    def _receive(self) -> None:
        """Wait for an answer of anybody."""
        busy = {place.worker.pipe: place for place in self._places if place.asked}
        for pipe in connection.wait(list(busy)):
            assert isinstance(pipe, connection.Connection)
            place = busy[pipe]
            try:
                found = place.worker.receive()
            except EOFError:
                self._replace(place)
                continue
            if found is not NOTHING:
                place.asked.popleft().found = found

    def _replace(self, place: _Place) -> None:
        """Put another worker in the place of one that was ended from outside."""
        place.worker.end()
        first = place.asked[0]
        if first.tries == TRIES:
            raise StratagemError(
                f"workers: expected them to finish, found {TRIES} that were ended from outside at "
                "the same work, most likely for want of memory - use --jobs 1"
            )
        place.worker = self._worker(place.problems)
        again, place.asked = place.asked, deque()
        for one in again:
            one.tries -= one is not first  # only the first was under way
            self._ask(place, one)

    def _worker(self, problems: dict[int, WorldProblem]) -> Worker:
        others = [place.worker.pipe for place in self._places]
        return Worker(_Owner(problems), others=others, copy=self._copies)

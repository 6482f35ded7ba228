"""Plays as tasks: solved one after another here, or side by side in worker processes.

A task depends on nothing but what it carries: each solves on a fresh world, so that the answers are
the same whatever the number of workers and whatever ran before. A task may wait for another and
start from the profile that it found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from games.errors import LimitError, NoPureEquilibriumError, NotCertifiedError, StratagemError
from games.layered import LayeredGame, Profile
from games.network import build_network
from solvers.outcomes import PlayResult, solve_play
from solvers.players import replaced
from solvers.plays import Play, parse_play
from solvers.world import Method, World
from stratagem.terminal.interrupts import belong_to_parent

if TYPE_CHECKING:
    from solvers.equilibria.mixed_play import MixedResult

SHARE_OF_DRAWS = 0.25
"""Share of the time of a play that is kept for mixed play, where it may be needed."""


@dataclass(frozen=True)
class Task:
    """One play to solve.

    Parameters
    ----------
    play : its name.
    after : name of the play whose profile is handed over as a start, if any.
    gap, time_limit, seed : as for `solvers.outcomes.solve_play`.
    method : as for `solvers.world.World`.
    starts : further profiles that are handed over.
    mix : whether to look for mixed play where there is no pure equilibrium.
    """

    play: str
    gap: float
    time_limit: float
    seed: int
    after: str | None = None
    method: Method | None = None
    starts: tuple[Profile, ...] = ()
    mix: bool = False


@dataclass(frozen=True)
class Outcome:
    """One result of a play, and the joint payoff if the evader broke its ties the other way."""

    result: PlayResult
    pessimistic: float


@dataclass(frozen=True)
class Done:
    """A finished task: its outcomes, or mixed play, or the reason why there is neither."""

    task: Task
    outcomes: tuple[Outcome, ...]
    failure: StratagemError | None = None
    mixed: MixedResult | None = None


def run(game: LayeredGame, task: Task, starts: Sequence[Profile] = ()) -> Done:
    """Solve one task.

    Parameters
    ----------
    starts : profiles of other plays; of each, only the options at points that are decided on here
        are taken over, for nobody moves the others back.

    Raises
    ------
    InputError
        When the task itself is wrong. A play that has no answer is no error here: see `Done`.
    """
    started = time.perf_counter()
    world = World(build_network(game), method=task.method)
    play = parse_play(game, task.play)
    points = [k for player in play.players for k in player.points]
    begin = [replaced(game.status_quo, points, [s[k] for k in points]) for s in starts]

    drawn = task.mix and play.stable and all(player.transfers for player in play.players)
    drawn = drawn and not world.aligned  # where all are, a pure equilibrium exists
    share = 1.0 - SHARE_OF_DRAWS if drawn else 1.0

    def left() -> float:
        return max(1.0, task.time_limit - (time.perf_counter() - started))

    try:
        return _solved(world, play, task, begin, share * task.time_limit)
    except (NotCertifiedError, LimitError) as failure:
        if not (drawn and isinstance(failure, NoPureEquilibriumError | LimitError)):
            return Done(task, (), failure)
        from solvers.equilibria.mixed_play import mixed_play

        none = isinstance(failure, NoPureEquilibriumError) and failure.proven
        try:
            mixed = mixed_play(
                world, play, none=none, gap=task.gap, time_limit=left(), seed=task.seed
            )
            if mixed.pure is not None and mixed.certificate.status == "found":
                return _solved(world, play, task, [mixed.pure, *begin], left())
        except LimitError:
            return Done(task, (), failure)
        except NotCertifiedError as other:
            return Done(task, (), other)
        return Done(task, (), mixed=mixed)


def _solved(
    world: World, play: Play, task: Task, starts: Sequence[Profile], time_limit: float
) -> Done:
    """Return the outcomes of a task's play."""
    results = solve_play(
        world, play, starts=starts, gap=task.gap, time_limit=time_limit, seed=task.seed
    )
    pessimist = World(world.network, rule="pessimistic")
    return Done(
        task,
        tuple(Outcome(one, pessimist.payoffs(one.profile).joint) for one in results),
    )


def finished(
    game: LayeredGame,
    tasks: Sequence[Task],
    *,
    jobs: int,
    working: Callable[[Sequence[str]], None],
) -> Iterator[Done]:
    """Yield tasks as they finish.

    Parameters
    ----------
    tasks : in order of urgency; one that waits for another follows it in the list.
    jobs : worker processes; 1 solves in this process.
    working : called with the names of the plays in work, whenever they change.
    """
    queue = _Queue(tasks)
    if jobs == 1 or not tasks:
        while (task := queue.next()) is not None:
            working([task.play])
            done = run(game, task, queue.starts(task))
            queue.finish(done)
            yield done
    else:
        yield from _in_workers(game, queue, jobs=min(jobs, len(tasks)), working=working)


class _Queue:
    """Tasks that wait for their turn and for each other."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._waiting = list(tasks)
        self._pending = {task.play for task in tasks}
        self._found: dict[str, tuple[Profile, ...]] = {}

    def next(self) -> Task | None:
        """Return the most urgent task that need not wait any longer."""
        for task in self._waiting:
            if task.after not in self._pending:
                self._waiting.remove(task)
                return task
        return None

    def starts(self, task: Task) -> tuple[Profile, ...]:
        """Return the profiles that a task starts from."""
        return (*task.starts, *self._found.get(task.after or "", ()))

    def finish(self, done: Done) -> None:
        """Note what a task found."""
        self._pending.discard(done.task.play)
        self._found[done.task.play] = tuple(one.result.profile for one in done.outcomes)


def _in_workers(
    game: LayeredGame, queue: _Queue, *, jobs: int, working: Callable[[Sequence[str]], None]
) -> Iterator[Done]:
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    executor = get_reusable_executor(max_workers=jobs, initializer=belong_to_parent)
    running: dict[Future[Done], Task] = {}
    idle = False
    try:
        while True:
            while len(running) < jobs and (task := queue.next()) is not None:
                running[executor.submit(run, game, task, queue.starts(task))] = task
            if not running:
                idle = True  # workers that have nothing to do end by themselves, and tidily
                return
            working([task.play for task in running.values()])
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                del running[future]
                done = future.result()
                queue.finish(done)
                yield done
    except TerminatedWorkerError:
        raise StratagemError(
            "workers: expected them to finish, found one that was ended from outside, most likely "
            "for want of memory - use --jobs 1"
        ) from None
    finally:
        executor.shutdown(wait=True, kill_workers=not idle)

"""Bundles of worlds solved side by side in worker processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from games.errors import StratagemError
from solvers.worlds.bundles import BundleBound
from solvers.worlds.optimum import Job, Spread, in_turn
from stratagem.interrupts import belong_to_parent


def spread_over(jobs: int) -> Spread:
    """Return what runs bundles in so many processes; 1 runs them in this one."""
    if jobs == 1:
        return in_turn

    def spread(work: Sequence[Job]) -> Iterator[tuple[int, BundleBound]]:
        from joblib.externals.loky import get_reusable_executor
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        executor = get_reusable_executor(max_workers=jobs, initializer=belong_to_parent)
        waiting = list(enumerate(work))
        running: dict[Future[BundleBound], int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < jobs + 1:  # one ahead, so that nobody waits
                    place, job = waiting.pop(0)
                    running[executor.submit(Job.run, job)] = place
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        except TerminatedWorkerError:
            raise StratagemError(
                "workers: expected them to finish, found one that was ended from outside, most "
                "likely for want of memory - use --jobs 1"
            ) from None
        finally:
            if running:
                executor.shutdown(wait=True, kill_workers=True)

    return spread

"""When finite games are solved in machine code.

The kernels need numba, and importing that costs more than most games take. So a process starts
without them, and a single small game on the command line never waits for them. They are used once
numba is there anyway, or as soon as the games of one process come to as much work. Only the games
and their number decide, never a clock, so that the same program takes the same way again.

`use_machine_code` has them used from then on, as suits a program that is going to solve many games.
"""

from __future__ import annotations

import math
import sys

WORTH = 4.0
"""Seconds of work without kernels from which they are imported (compiled, the first time)."""

_done = 0.0


def use_machine_code() -> None:
    """Use kernels from the next game on, which then waits for them."""
    global _done
    _done = math.inf


def work_is_worth(seconds: float) -> bool:
    """Say whether to use kernels for a job.

    Parameters
    ----------
    seconds : what the job may take without them, a guess that follows from the game alone.
    """
    global _done
    if _done > WORTH:
        return True
    _done = math.inf if "numba" in sys.modules else _done + seconds
    return _done > WORTH

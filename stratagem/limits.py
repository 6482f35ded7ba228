"""What all commands hold their settings to, and when more processes pay."""

from __future__ import annotations

import os

from games.errors import InputError
from games.given import is_finite, is_whole, told

TIME_LIMIT = 600.0
"""Seconds for one play or one portfolio, by default."""

SMALLEST_GAP = 1e-9
"""Relative gap below which rounding decides."""

SMALL = 3000
"""Profiles up to which a game is solved faster than a worker starts."""


def check_settings(
    *, jobs: int | None, seed: int, time_limit: float, gap: float = 1e-6, layers: int | None = None
) -> None:
    """Raise `InputError` with every setting that makes no sense.

    Parameters
    ----------
    jobs : worker processes; None for a number that suits the work.
    seed : of every random choice.
    time_limit : seconds.
    gap : relative gap to prove, in (0, 1).
    layers : size up to which subsets of layers are solved.
    """
    faults = []
    if jobs is not None and not (is_whole(jobs) and jobs >= 1):
        faults.append(f"jobs: expected a whole number >= 1, found {told(jobs)}")
    if not (is_whole(seed) and seed >= 0):
        faults.append(f"seed: expected a whole number >= 0, found {told(seed)}")
    if not (is_finite(time_limit) and time_limit > 0):
        faults.append(f"time limit: expected a number of seconds > 0, found {told(time_limit)}")
    if not (is_finite(gap) and SMALLEST_GAP <= gap < 1):
        faults.append(f"gap: expected a number from {SMALLEST_GAP:g} to below 1, found {told(gap)}")
    if layers is not None and not (isinstance(layers, int) and layers >= 0):
        faults.append(f"layers: expected a size of subsets >= 0, found {told(layers)}")
    if faults:
        raise InputError(*faults)


def cores() -> int:
    """Return the number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def ignore(*_: object) -> None:
    """Do nothing with what is reported."""

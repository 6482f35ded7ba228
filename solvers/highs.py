"""HiGHS objects that keep quiet, and what they are fed.

The first HiGHS object of a process prints a banner on standard output before any option can forbid
it; `without_banner` makes that first object while the file descriptor points elsewhere.
"""

from __future__ import annotations

import os
import sys
from functools import cache

import highspy
import numpy as np
from numpy.typing import NDArray


@cache
def without_banner() -> None:
    """Have HiGHS print its banner now, where nobody reads it; call before any HiGHS object."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def set_matrix(lp: highspy.HighsLp, entries: NDArray[np.float64]) -> None:
    """Give a linear program its rows, shape (rows, columns), most of them not 0."""
    rows, columns = entries.shape
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.arange(rows + 1, dtype=np.int32) * columns
    lp.a_matrix_.index_ = np.tile(np.arange(columns, dtype=np.int32), rows)
    lp.a_matrix_.value_ = entries.ravel()


def quiet_highs() -> highspy.Highs:
    """Return a HiGHS object for small linear programs that are solved again and again."""
    without_banner()
    highs = highspy.Highs()
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,  # all HiGHS objects of a process share one scheduler
        "solver": "simplex",
        "presolve": "off",
        "simplex_strategy": 4,  # primal: what was feasible mostly stays so
        "simplex_scale_strategy": 0,
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
    }
    for option, value in options.items():
        highs.setOptionValue(option, value)
    return highs

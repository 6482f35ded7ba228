"""Sweeps as tables, and whether two hold the same answers."""

from __future__ import annotations

import pandas as pd

from stratagem.studies.sweep_records import Sweep
from stratagem.studies.sweeps import TOLERANCE

PLAYS = ("status-quo", "unilateral", "coordinated", "fixed:coordinated")


def table(found: Sweep) -> pd.DataFrame:
    return found.to_pandas()


def same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(first, second, rtol=TOLERANCE, atol=TOLERANCE)

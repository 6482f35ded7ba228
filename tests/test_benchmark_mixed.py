"""The benchmark of mixed play: both ways end without regret, and its rows and table agree."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks import mixed as benchmark
from benchmarks.table import read_rows, write_rows


def test_both_ways_reach_no_regret_in_the_smallest_game() -> None:
    seed = benchmark.SEEDS[benchmark.SMALLEST][0]
    rows = [
        benchmark.measured(benchmark.Cell(benchmark.SMALLEST, seed, method), 600.0)
        for method in (benchmark.WHOLE, benchmark.SAMPLED)
    ]
    for row in rows:
        assert row.epsilon <= 1e-6
        assert max(map(int, row.portfolios.split(" x "))) > 1
    assert rows[1].pure > 1e-3


def test_a_game_in_which_best_responses_settle_is_refused() -> None:
    with pytest.raises(ValueError, match="expected best responses to settle nowhere"):
        benchmark.measured(benchmark.Cell(benchmark.SMALLEST, 2, benchmark.SAMPLED), 600.0)


def test_rows_are_kept_as_they_are(tmp_path: Path) -> None:
    kept = read_rows(benchmark.ROWS, benchmark.Row)
    assert {(row.instance, row.seed, row.method) for row in kept} == {
        (cell.instance, cell.seed, cell.method) for cell in benchmark.cells()
    }
    write_rows(kept, tmp_path / "rows.csv")
    again = read_rows(tmp_path / "rows.csv", benchmark.Row)
    assert [row for row in again if not math.isnan(row.pure)] == [
        row for row in kept if not math.isnan(row.pure)
    ]
    table = benchmark.TABLE.read_text()
    assert benchmark.markdown(kept) in table

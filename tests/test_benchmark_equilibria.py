"""The referee for best and worst equilibria, and the table and the picture of their benchmark."""

from __future__ import annotations

import math
import random
import time
from pathlib import Path

import pytest

from benchmarks import equilibria as benchmark
from benchmarks import table as tables
from benchmarks.equilibria_plain import every_profile
from games.layered import LayeredGame
from tests.builders import Traits, small_game
from tests.test_every_equilibrium import by_every_profile
from tests.test_extremes import deciding


def tried(game: LayeredGame, seconds: float = 600.0) -> dict[tuple[int, ...], float]:
    return every_profile(game, gap=1e-9, deadline=time.perf_counter() + seconds).joints


def test_trying_all_profiles_finds_what_the_product_finds() -> None:
    counts = set()
    for seed in range(20):
        game = small_game(random.Random(seed), Traits(largest=81))
        found = tried(game)
        assert found == pytest.approx(by_every_profile(game, deciding(game)))
        counts.add(len(found))
    assert len(counts) > 1


def test_without_time_nothing_is_said_to_be_an_equilibrium() -> None:
    game = small_game(random.Random(0), Traits(largest=81))
    assert tried(game, seconds=-1.0) == {}


def test_every_method_agrees_on_the_smallest_game() -> None:
    instance = benchmark.ENUMERATED[0]
    methods = [method for name, method in benchmark.cells() if name == instance]
    rows = [benchmark.measured(instance, method, 600.0) for method in methods]
    plain = rows[methods.index(benchmark.PLAIN)]
    assert plain.found == 1
    for row in rows:
        assert row.best == pytest.approx(plain.best)
        assert row.worst == pytest.approx(plain.worst)
        assert row.proven == (row.method != benchmark.RESPONSES)


def test_rows_survive_being_written_and_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "EQUILIBRIA.md"
    table.write_text(f"before\n{tables.BEGIN}\n{tables.END}\nafter\n")
    for name, file in (("TABLE", "EQUILIBRIA.md"), ("ROWS", "rows.csv"), ("PICTURE", "rows.svg")):
        monkeypatch.setattr(benchmark, name, tmp_path / file)
    ends = (-1.0, -1.0, -2.0, -2.0)
    rows = [
        benchmark.Row("one", "stratagem", 9, 512.0, 2, *ends, 3.0, 4.0, 100.0),
        benchmark.Row("two", "cut loop", 11, 1e5, 1, -1.0, math.inf, -1.0, -3.0, 3.0, 4.0, 100.0),
    ]
    benchmark.write(rows)
    assert tables.read_rows(benchmark.ROWS, benchmark.Row) == rows
    assert [row.proven for row in rows] == [True, False]
    assert "| one | 5.1e+02 | stratagem | 2 | -1.00 | -1.00 | -2.00 | -2.00 |" in table.read_text()
    assert "cut loop, two: 3.0 s" in (tmp_path / "rows.svg").read_text()

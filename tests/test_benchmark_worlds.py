"""The referees for many worlds, and worlds of a reference game."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import worlds as benchmark
from benchmarks.models import solve_highs
from benchmarks.perturbed import worlds_of
from benchmarks.worlds_forms import extensive, forms, plain_benders
from games.layered import LayeredGame
from scenarios.instances import load_instance
from solvers.players import alignment
from solvers.worlds.measures import Measure
from solvers.worlds.optimum import best_for_worlds
from solvers.worlds.problem import ManyWorlds

INSTANCE = Path(benchmark.__file__).parent / "instances" / "c2-p11-o3-s11.json"


@pytest.fixture(scope="module")
def games() -> list[LayeredGame]:
    return worlds_of(load_instance(INSTANCE), 3)


def test_worlds_are_seeded_and_stay_aligned(games: list[LayeredGame]) -> None:
    game = load_instance(INSTANCE)
    assert worlds_of(game, 2) == games[:2]
    assert games[0] != games[1]
    for one in games:
        assert alignment(one, [controller.name for controller in one.controllers]) is not None


@pytest.mark.slow
@pytest.mark.parametrize("measure", [Measure("expected"), Measure("cvar", 0.5)])
def test_the_extensive_form_and_the_product_agree(
    games: list[LayeredGame], measure: Measure
) -> None:
    found = best_for_worlds(
        ManyWorlds(games), measure, gap=1e-3, generator=np.random.default_rng(0)
    )
    answer = solve_highs(extensive(forms(games), tail=measure.tail), gap=1e-4, limit=120)
    assert answer.objective == pytest.approx(found.value, rel=2e-3)
    assert found.bound <= answer.objective * (1 + 1e-6)
    assert answer.bound <= found.value * (1 + 1e-6)


def test_a_benders_loop_stopped_early_has_valid_bounds(games: list[LayeredGame]) -> None:
    reached = plain_benders(forms(games[:2]), limit=2.0, gap=0.01)
    best = best_for_worlds(
        ManyWorlds(games[:2]), Measure("expected"), gap=0.01, generator=np.random.default_rng(0)
    )
    assert reached.bound <= best.value + 1e-6
    assert reached.value >= best.bound - 1e-6


def test_rows_survive_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "WORLDS.md"
    table.write_text(f"before\n{benchmark.BEGIN}\n{benchmark.END}\nafter\n")
    monkeypatch.setattr(benchmark, "TABLE", table)
    monkeypatch.setattr(benchmark, "ROWS", tmp_path / "worlds.csv")
    row = benchmark.Row("one", 10, "expected", "stratagem", 2.0, 1.99, 0.005, 3.0, 4.0, 100.0)
    benchmark.write([row])
    assert benchmark.read_rows() == [row]
    assert "| one | 10 | expected | stratagem | 2.00 | 1.99 | 0.5 % |" in table.read_text()

"""The referees for many worlds, and worlds of a reference game."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import worlds as benchmark
from benchmarks.models import solve_highs
from benchmarks.perturbed import worlds_of
from benchmarks.table import BEGIN, END, read_rows
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
    answer = solve_highs(extensive(forms(games), tail=measure.tail), gap=1e-4, limit=600)
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
    table.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    monkeypatch.setattr(benchmark, "TABLE", table)
    monkeypatch.setattr(benchmark, "ROWS", tmp_path / "worlds.csv")
    monkeypatch.setattr(benchmark, "PICTURE", tmp_path / "worlds.svg")
    row = benchmark.Row("one", 10, "expected", "stratagem", 2.0, 1.99, 0.005, 3.0, 4.0, 100.0)
    benchmark.write([row])
    assert read_rows(tmp_path / "worlds.csv", benchmark.Row) == [row]
    assert "| one | 10 | expected | stratagem | 2.00 | 1.99 | 0.5 % |" in table.read_text()
    picture = (tmp_path / "worlds.svg").read_text()
    assert "one, expected" in picture
    assert "within the gap" in picture


def test_what_a_method_has_no_answer_for_is_said_by_a_sign() -> None:
    cell = benchmark.Cell("one", 1000, "cvar:0.9", benchmark.EXTENSIVE)
    silent = benchmark.without_answer(cell, 180.0)
    far = replace(silent, value=250.0, bound=0.0, gap=1.0, processor=65.0, memory=2693.0)
    _, _, first, second = benchmark.markdown([silent, far]).splitlines()
    assert first.split(" | ")[4:] == ["-", "-", "-", "-", "180 s", "- |"]
    assert second.split(" | ")[4:] == ["250.00", "0.00", "100 %", "65 s", "180 s", "2693 MB |"]


@pytest.mark.slow
def test_a_cell_is_measured_with_the_workers_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "REFERENCE", "c2-p11-o3-s11")
    cells = [one for one in benchmark.cells() if one.worlds == 10 and "c2" in one.instance]
    assert {one.method for one in cells} == {
        benchmark.PRODUCT, benchmark.EXTENSIVE, benchmark.BENDERS
    }  # fmt: skip
    product = next(one for one in cells if one.method == benchmark.PRODUCT)
    row = benchmark.measured(product, 60.0, 2)
    assert row.bound <= row.value
    assert row.processor > 0
    assert row.memory > benchmark.measured(product, 60.0, 1).memory * 1.2


def test_the_textbook_form_stands_in_where_controllers_mind_other_things() -> None:
    """With a portfolio fixed, it says what the product says that this loses."""
    cell = benchmark.Cell(benchmark.BASELINE, 2, "expected", benchmark.EXTENSIVE)
    games = benchmark.games_of(cell)
    worlds = ManyWorlds(games)
    profile = worlds.repaired(games[0].status_quo)  # which some world's budgets do not cover
    model = extensive(forms(games))
    chosen = {
        j: float(option == place)
        for option, options in zip(profile, model.choices, strict=True)
        for place, ((j, _),) in enumerate(options)
    }
    columns = tuple(
        replace(column, low=chosen[j], high=chosen[j]) if j in chosen else column
        for j, column in enumerate(model.columns)
    )
    assert sum(column.integer for column in columns) == len(chosen)
    answer = solve_highs(replace(model, columns=columns), limit=600)
    assert answer.objective == pytest.approx(worlds.losses(profile).mean(), rel=1e-6)

"""Frontiers: every step is there, each is certified, and more never hurts."""

from __future__ import annotations

import itertools
import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import stratagem as sg
from games.errors import InputError
from games.layered import LayeredGame
from games.network import build_network
from solvers.world import World
from stratagem.cli import main
from stratagem.portfolios.frontier import RESOLUTION
from stratagem.portfolios.pictures import steps
from tests.builders import Traits, small_game


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_bound_that_was_never_found_is_none_in_json() -> None:
    found = sg.frontier(sg.load("two-layers"))
    step = found.found.steps[0]
    certificate = replace(step.result.certificate, regret={"all": math.inf})
    unbounded = replace(step, result=replace(step.result, certificate=certificate))
    shown = replace(found, found=replace(found.found, steps=(unbounded,))).to_json()
    assert json.loads(json.dumps(shown, allow_nan=False))["points"][0]["bound"] is None


def all_portfolios(game: LayeredGame) -> list[tuple[float, float, float, float]]:
    """Return (outlay, joint payoff, cost, harm) of every profile, budgets apart."""
    world = World(build_network(game))
    rows = []
    for profile in itertools.product(*(range(len(p.options)) for p in game.points)):
        one = world.payoffs(profile)
        rows.append(
            (
                sum(one.outlay.values()),
                one.joint,
                sum(one.cost.values()),
                sum(one.harm.values()),
            )
        )
    return rows


def best_steps(pairs: list[tuple[float, float]], tolerance: float) -> list[tuple[float, float]]:
    """Return (spent, payoff) of every step by brute force."""
    kept: list[tuple[float, float]] = []
    for spent, payoff in sorted(pairs, key=lambda pair: (round(pair[0], 7), -pair[1])):
        if not kept or payoff > kept[-1][1] + tolerance:
            kept.append((spent, payoff))
    return kept


@pytest.mark.parametrize("seed", range(6))
def test_every_step_of_the_joint_budget_is_found(seed: int) -> None:
    game = small_game(random.Random(seed), Traits(aligned=seed % 2 == 0))
    expected = best_steps([(row[0], row[1]) for row in all_portfolios(game)], 1e-6)
    found = sg.frontier(game, tolerance=1e-6, gap=1e-9).found
    assert found.complete
    assert [step.spent for step in found.steps] == pytest.approx([one[0] for one in expected])
    assert [step.payoff for step in found.steps] == pytest.approx([one[1] for one in expected])
    for step, after in itertools.pairwise(found.steps):
        assert step.payoff < after.payoff
        assert after.spent - 2 * RESOLUTION <= step.up_to < after.spent
        assert step.result.certificate.status == "proven"


@pytest.mark.parametrize("seed", range(4))
def test_the_front_of_cost_and_harm_is_that_of_all_portfolios(seed: int) -> None:
    game = small_game(random.Random(seed), Traits())
    least = min(row[2] for row in all_portfolios(game))
    expected = best_steps([(row[2] - least, -row[3]) for row in all_portfolios(game)], 1e-6)
    found = sg.frontier(game, cost=True, tolerance=1e-6, gap=1e-9)
    points = found.points()
    assert [point["spent"] for point in points] == pytest.approx([one[0] for one in expected])
    assert [-point["harm"] for point in points] == pytest.approx([one[1] for one in expected])


def test_steps_by_hand() -> None:
    """Two layers: harm 2.2 a month; the prices of its measures are in the scenario's file."""
    world = sg.load("two-layers")
    joint = sg.frontier(world)
    assert [(round(s.spent, 6), round(s.payoff, 6)) for s in joint.found.steps] == [
        (0.0, -22.0),
        (0.1, -18.1),
        (0.2, -16.3),
        (1.2, -14.7),
    ]
    assert [round(s.payoff, 6) for s in sg.frontier(world, budget="USA").found.steps] == [
        -16.3,
        -14.7,
    ]
    layers = sg.frontier(world, layers=True).found.steps
    assert [(step.layers, round(step.payoff, 6)) for step in layers] == [
        ((), -22.0),
        (("cloud",), -16.3),
        (("chips", "cloud"), -14.7),
    ]


def test_time_that_is_up_leaves_the_ends_and_says_what_is_open() -> None:
    found = sg.frontier(sg.load("two-layers"), time_limit=1e-9).found
    assert not found.complete
    assert found.open == pytest.approx(22.0 - 14.7)
    assert len(found.steps) == 2
    told = " ".join(str(sg.frontier(sg.load("two-layers"), time_limit=1e-9)).split())
    assert "as one budget for all grows: 2 steps found in the time." in told
    assert "between two it stays the same" not in told
    assert "so there may be more steps than these" in told
    assert "may be up to 7.30 bn USD a year above that of the lower one" in told
    cost = str(sg.frontier(sg.load("two-layers"), cost=True, time_limit=1e-9))
    assert "No portfolio leaves less harm" not in cost
    layers = " ".join(str(sg.frontier(sg.load("two-layers"), layers=True, time_limit=1e-9)).split())
    assert "over all choices of layers that were tried in the time" in layers
    assert "so not every choice of layers was tried" in layers


def test_wrong_questions_are_refused() -> None:
    world = sg.load("two-layers")
    for tolerance in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="tolerance: expected a finite number"):
            sg.frontier(world, tolerance=tolerance)
    with pytest.raises(InputError, match="expected a controller among USA, MYS"):
        sg.frontier(world, budget="FRA")
    with pytest.raises(InputError, match="expected one of budget, layers and cost"):
        sg.frontier(world, budget="USA", cost=True)
    with pytest.raises(InputError, match="tolerance"):
        sg.frontier(world, tolerance=-1.0)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main([*words, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def test_the_command_prints_keeps_and_draws(capsys: pytest.CaptureFixture[str]) -> None:
    printed = answer(capsys, "frontier", "two-layers", "--picture", "steps.png")
    assert [round(point["spent"], 6) for point in printed["points"]] == [0.0, 0.1, 0.2, 1.2]
    assert printed["complete"] is True
    assert printed["points"][1]["changed"] == {"cloud-MYS": "basic"}
    rows = Path(printed["run"], "frontier.csv").read_text().splitlines()
    assert len(rows) == 5
    assert Path("steps.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder where none can write")
def test_a_picture_that_cannot_be_written_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frontier", "two-layers", "--picture", "/proc/steps.svg"]) == 2
    told = capsys.readouterr().err
    assert "/proc/steps.svg: expected a place that can be written" in told.splitlines()[-1]


def test_a_reader_sees_what_changes_where(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frontier", "two-layers", "--cost"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "from one purse: 6 steps" in told
    assert "chips-USA basic and cloud-MYS basic" in told
    assert "Every step was found." in told
    assert "`stratagem report RUN --study runs/two-layers-frontier-" in told


def test_pictures_write_at_the_steps_what_changes() -> None:
    drawn = json.dumps(steps(sg.frontier(sg.load("two-layers"))).to_dict())
    assert "cloud-MYS: basic" in drawn
    assert "4 steps" in drawn

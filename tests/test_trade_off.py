"""Expected loss against the largest over many worlds."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest

import stratagem as sg
from benchmarks.perturbed import perturbed
from games.capability import Chord
from games.layered import Arc, Controller, ControlPoint, Front, LayeredGame, Option, PriceStep
from solvers.worlds.front import front
from solvers.worlds.problem import ManyWorlds
from stratagem.cli import main
from stratagem.portfolios.crew import crew_of
from tests.builders import Traits, small_game


def sample(seed: int, count: int = 3) -> ManyWorlds:
    game = small_game(random.Random(seed), Traits(largest=81))
    return ManyWorlds(
        [perturbed(game, rng=np.random.default_rng([seed, w]), spread=0.6) for w in range(count)]
    )


def pairs(worlds: ManyWorlds) -> list[tuple[float, float]]:
    """Return (largest, expected) loss of every affordable profile."""
    profiles = [p for p in itertools.product(*worlds.allowed) if worlds.affords(p)]
    losses = np.array([[worlds.loss(w, p) for w in range(len(worlds))] for p in profiles])
    return list(zip(losses.max(axis=1).tolist(), losses.mean(axis=1).tolist(), strict=True))


def insured(harm: float) -> LayeredGame:
    """Return a world where a measure of cost 3 stops all harm."""
    return LayeredGame(
        name="insurance",
        controllers=(Controller("A", 3.0, {"front": 1.0}),),
        points=(
            ControlPoint("gate", "chips", "A", (Option("nothing"), Option("ban", 3.0, 0.0, 50.0))),
        ),
        arcs=(Arc("way", "source", "end", (PriceStep(0.0, 1.0),), point="gate"),),
        fronts=(Front("front", "end", (Chord(harm, 1.0),)),),
        evader_budget=1.0,
    )


def test_insurance_costs_on_average_and_pays_in_the_worst_world() -> None:
    """Nothing: 1, 1, 5, mean 7/3; the ban: 3 in each. Neither is better in both."""
    found = front(
        ManyWorlds([insured(1.0), insured(1.0), insured(5.0)]), generator=np.random.default_rng(0)
    )
    assert [(round(p.largest, 6), round(p.expected, 6)) for p in found.points] == [
        (3.0, 3.0),
        (5.0, round(7 / 3, 6)),
    ]
    assert [point.gap for point in found.points] == [0.0, 0.0]
    assert found.lines == ()


@pytest.mark.parametrize("seed", range(4))
def test_everything_tried_is_what_brute_force_says(seed: int) -> None:
    worlds = sample(seed)
    found = front(worlds, generator=np.random.default_rng(0))
    every = pairs(worlds)
    for point in found.points:
        assert not any(
            largest < point.largest - 1e-6 and expected < point.expected - 1e-6
            for largest, expected in every
        )
    for largest, expected in every:
        assert any(
            p.largest <= largest + 1e-6 and p.expected <= expected + 1e-6 for p in found.points
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_no_portfolio_is_below_what_is_proven(seed: int) -> None:
    worlds = sample(seed)
    every = pairs(worlds)
    found = front(worlds, generator=np.random.default_rng(0), enough=0, time_limit=600)
    assert len(found.lines) >= 2
    for place, point in enumerate(found.points):
        end = np.inf if place + 1 == len(found.points) else found.points[place + 1].largest
        least = min((e for largest, e in every if largest < end - 1e-6), default=np.inf)
        assert point.bound <= least + 1e-6
        assert point.bound <= point.expected
    exact = front(worlds, generator=np.random.default_rng(0))
    for one in (found.points[0].largest - exact.points[0].largest,
                found.points[-1].expected - exact.points[-1].expected):  # fmt: skip
        assert -1e-6 <= one <= 0.02 * max(1.0, abs(exact.points[0].largest))


@pytest.mark.slow
def test_two_processes_find_what_one_finds() -> None:
    found = []
    for jobs in (1, 2):
        generator = np.random.default_rng(0)
        one = front(sample(1), generator=generator, crew=crew_of(jobs), enough=0, time_limit=600)
        found.append((one.lines, [(p.profile, p.expected, p.bound) for p in one.points]))
    assert found[0] == found[1]


def test_the_command_keeps_what_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["frontier", "two-layers", "--worlds", "8", "--json", "--picture", "a.svg"]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    printed = json.loads(captured.out)
    assert printed["complete"]
    for point in printed["points"]:
        assert point["expected"] == pytest.approx(np.mean(point["losses"]))
        assert point["largest"] == max(point["losses"])
    kept = json.loads(Path(printed["run"], "trade-off.json").read_text())
    assert kept["points"] == printed["points"]
    assert "expected loss" in Path("a.svg").read_text()
    assert main(["frontier", "two-layers", "--worlds", "8", "--cost"]) == 2
    assert "found several" in capfd.readouterr().err
    assert main(["frontier", "two-layers", "--jobs", "2"]) == 2
    assert "jobs: expected with worlds alone" in capfd.readouterr().err


def test_a_notebook_gets_a_record_that_shows_itself() -> None:
    found = sg.trade_off(sg.load("two-layers"), worlds=4)
    assert "Every portfolio was tried in every world" in str(found)
    assert len(found.to_pandas()) == len(found.found.points)

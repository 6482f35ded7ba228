"""Budgets that are fixed before the world is known, and those of every world."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import stratagem as sg
from benchmarks.perturbed import perturbed
from games.capability import Chord
from games.errors import NotCertifiedError
from games.layered import Arc, Controller, ControlPoint, Front, LayeredGame, Option, PriceStep
from scenarios.worlds import sample
from solvers.players import player
from solvers.worlds.budgets import appropriated, overruns, priced_out
from solvers.worlds.certificate import certify_worlds
from solvers.worlds.measures import parse_measure
from solvers.worlds.optimum import best_for_worlds
from solvers.worlds.problem import ManyWorlds
from stratagem.cli import main
from tests.builders import Traits, small_game
from tests.oracle import Oracle


def gate(*, cost: float, budget: float) -> LayeredGame:
    """Return a world where a ban at a cost stops a harm of 10."""
    return LayeredGame(
        name="gate",
        controllers=(Controller("A", budget, {"front": 1.0}),),
        points=(
            ControlPoint("gate", "chips", "A", (Option("nothing"), Option("ban", cost, 0.0, 50.0))),
        ),
        arcs=(Arc("way", "source", "end", (PriceStep(0.0, 1.0),), point="gate"),),
        fronts=(Front("front", "end", (Chord(10.0, 1.0),)),),
        evader_budget=1.0,
    )


def dearer(game: LayeredGame, rng: random.Random) -> LayeredGame:
    """Return a game in which every option costs another multiple of what it did."""
    points = tuple(
        replace(
            point,
            options=tuple(replace(o, cost=o.cost * rng.uniform(0.2, 5)) for o in point.options),
        )
        for point in game.points
    )
    return replace(game, points=points)


def test_budgets_are_the_stated_ones_and_payoffs_those_of_the_world() -> None:
    for seed in range(12):
        stated = small_game(random.Random(seed), Traits(largest=27))
        games = [
            perturbed(stated, rng=np.random.default_rng([seed, w]), spread=0.9) for w in (0, 1)
        ]
        games = [dearer(game, random.Random(seed)) for game in games]
        names = [controller.name for controller in stated.controllers]
        at_hand = ManyWorlds(appropriated(games, stated))
        alone = ManyWorlds([stated])
        for profile in itertools.product(*(range(len(p.options)) for p in stated.points)):
            assert at_hand.affords(profile) == alone.affords(profile)
            for world, game in enumerate(games):
                outcome = Oracle(game).outcome(profile)
                assert at_hand.loss(world, profile) == pytest.approx(-outcome.joint, abs=1e-6)
        assert names == list(at_hand.player.members)


def test_a_ban_that_is_too_dear_in_one_world_of_two_is_chosen_and_that_is_said() -> None:
    """Stated 3 of a budget of 3; the worlds ask 2 of 3, and 4.5 of 3: 1.5 more than there is."""
    stated, cheap, dear = gate(cost=3, budget=3), gate(cost=2, budget=3), gate(cost=4.5, budget=3)
    many = ManyWorlds(appropriated([cheap, dear], stated))
    found = best_for_worlds(many, parse_measure("expected"), generator=np.random.default_rng(0))
    assert found.profile == (1,)
    assert found.value == pytest.approx((2 + 4.5) / 2, abs=1e-6)
    share, exceeded = overruns(
        [cheap, dear], found.profile, player=many.player, probabilities=np.array([0.75, 0.25])
    )
    assert share == 0.25
    assert [(one.controllers, one.share) for one in exceeded] == [(("A",), 0.25)]
    assert exceeded[0].largest == pytest.approx(1.5)
    assert overruns([cheap], found.profile, player=many.player, probabilities=np.ones(1)) == (0, ())
    assert priced_out([cheap, dear], player=many.player) == (("gate", "ban"),)
    assert priced_out([cheap], player=many.player) == ()
    every = best_for_worlds(
        ManyWorlds([cheap, dear]), parse_measure("expected"), generator=np.random.default_rng(0)
    )
    assert every.profile == (0,)


def test_outlays_beyond_the_stated_budget_are_not_certified() -> None:
    stated, world = gate(cost=4, budget=3), gate(cost=2, budget=3)
    everybody = player(stated, ["A"])
    found = best_for_worlds(
        ManyWorlds([world]), parse_measure("expected"), generator=np.random.default_rng(0)
    )
    assert found.profile == (1,)
    told = {"player": everybody, "probabilities": np.ones(1), "gap": 0.01}
    certify_worlds([world], found, **told)  # type: ignore[arg-type]
    with pytest.raises(NotCertifiedError, match="at most 3 bn USD a year spent, found 4"):
        certify_worlds([world], found, **told, appropriated=stated)  # type: ignore[arg-type]


@pytest.mark.parametrize("measure", ["expected", "cvar:0.75", "regret"])
def test_the_answer_is_the_best_of_all_that_stated_budgets_pay_for(measure: str) -> None:
    world = sg.load("two-layers")
    games = list(sample(world, 64, seed=0).games.values())
    options = [range(len(point.options)) for point in world.game.points]
    budgets = {one.name: one.budget for one in world.game.controllers}
    losses = {}
    for profile in itertools.product(*options):
        outlay = dict.fromkeys(budgets, 0.0)
        for point, option in zip(world.game.points, profile, strict=True):
            outlay[point.owner] += point.options[option].cost
        if all(outlay[one] <= budgets[one] + 1e-9 for one in budgets):
            losses[profile] = np.array([-Oracle(game).outcome(profile).joint for game in games])
    least = np.min(list(losses.values()), axis=0)
    by = {
        "expected": lambda loss: loss.mean(),
        "cvar:0.75": lambda loss: np.sort(loss)[-16:].mean(),
        "regret": lambda loss: (loss - least).max(),
    }[measure]
    best = min(losses, key=lambda profile: by(losses[profile]))
    found = sg.portfolio(world, worlds=64, measure=measure)
    assert found.found.value == pytest.approx(by(losses[best]), abs=1e-5)
    assert found.profile != world.game.option_names(world.game.status_quo)
    assert 0 < found.overrun < 1
    told = " ".join(str(found).split())
    assert "percent of the worlds it costs more than some budget there" in told


def test_every_budget_leaves_out_what_some_world_cannot_pay_for_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["portfolio", "two-layers", "--worlds", "64", "--budgets"]
    assert main([*words, "every", "-o", "kept"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "In some world they cannot pay for" in told
    assert "The best for all worlds together is the status quo." in told
    kept = json.loads(Path("kept/portfolio.json").read_text())
    assert kept["budgets"] == "every"
    assert kept["overruns"] == []
    assert ["chips-USA", "basic"] in kept["priced_out"]
    assert main([*words, "most"]) == 2
    assert "budgets: expected stated or every, found 'most'" in capsys.readouterr().err

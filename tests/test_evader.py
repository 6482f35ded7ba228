"""The evader's best response, against an independent program and by its own prices."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.capability import Chord
from games.errors import NotCertifiedError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Effort,
    Front,
    LayeredGame,
    Option,
    PriceStep,
    Profile,
)
from games.network import build_network
from solvers.certificate import evaluated
from solvers.evader import Evader, EvaderResponse
from solvers.world import World
from tests.builders import Traits, any_game, small_game, small_games
from tests.oracle import Oracle

RULES: tuple[Literal["optimistic", "pessimistic"], ...] = ("optimistic", "pessimistic")


def hub_game(*, budget: float) -> LayeredGame:
    """Return a game of two ways into a hub: 4 units at 1 through customs, 4 at 2 around it."""
    return LayeredGame(
        name="hub",
        controllers=(Controller("A", 1.0, {"training": 1.0}),),
        points=(
            ControlPoint("customs", "chips", "A", (Option("open"), Option("ban", hazard=9.0))),
            ControlPoint("cloud", "cloud", "A", (Option("open"), Option("ban", hazard=9.0))),
        ),
        arcs=(
            Arc("through", "world", "hub", (PriceStep(1.0, 4.0),), "customs"),
            Arc("around", "world", "hub", (PriceStep(2.0, 4.0),)),
            Arc("use", "hub", "training", (PriceStep(0.0, 6.0),), "cloud"),
        ),
        fronts=(Front("training", "training", (Chord(6.0, 3.0), Chord(3.0, 9.0))),),
        evader_budget=budget,
        efforts=(Effort("normal"), Effort("covert", hazard_factor=0.1, unit_cost=5.0)),
    )


def respond(game: LayeredGame, *profile: int) -> EvaderResponse:
    return Evader(build_network(game)).respond(profile)


def test_the_evader_buys_the_cheap_way_first() -> None:
    # budget 6: four units at 1, one at 2; the front takes 3 units at 6 and the rest at 3
    response = respond(hub_game(budget=6.0), 0, 0)
    assert response.value == pytest.approx(3 * 6 + 2 * 3)
    assert response.quantities.tolist() == pytest.approx([5.0])
    # one more bn USD buys half a unit around customs, worth 3 at the hub and at the front
    assert response.money_price == pytest.approx(1.5)
    assert response.node_prices.tolist() == pytest.approx([3.0, 3.0])


def test_a_ban_diverts_the_evader_to_the_way_around_it() -> None:
    # covert crossing would cost 6 a unit and save 41 percent: the way around at 2 is better
    response = respond(hub_game(budget=6.0), 1, 0)
    assert response.quantities.tolist() == pytest.approx([3.0])
    assert response.value == pytest.approx(18.0)


def test_idle_money_has_no_price() -> None:
    response = respond(hub_game(budget=100.0), 0, 0)
    assert response.money_price == 0.0
    assert response.quantities.tolist() == pytest.approx([6.0])


def test_without_money_only_what_is_free_moves() -> None:
    response = respond(hub_game(budget=0.0), 0, 0)
    assert response.value == 0.0
    assert not response.flows.any()


def test_covert_crossing_pays_where_there_is_no_way_around() -> None:
    response = respond(hub_game(budget=24.0), 0, 1)
    # 4 units at 1 leave 20 bn USD: covert at 5 a unit moves all 4, and exp(-0.1 * 9) arrives
    assert response.value == pytest.approx(6 * 4 * math.exp(-0.9))


@settings(max_examples=40)
@given(game=any_game(), rng=st.randoms(use_true_random=False))
def test_the_value_is_that_of_an_independent_program(game: LayeredGame, rng: random.Random) -> None:
    evader, oracle = Evader(build_network(game)), Oracle(game)
    for _ in range(4):
        profile = tuple(rng.randrange(len(point.options)) for point in game.points)
        expected = oracle.outcome(profile).value
        assert evader.value(profile) == pytest.approx(expected, rel=1e-7, abs=1e-7)


@settings(max_examples=40)
@given(game=any_game(), rng=st.randoms(use_true_random=False))
def test_a_warm_evader_answers_as_a_fresh_one(game: LayeredGame, rng: random.Random) -> None:
    network = build_network(game)
    warm = Evader(network)
    profile = list(game.status_quo)
    for _ in range(8):
        point = rng.randrange(len(profile))
        profile[point] = rng.randrange(len(game.points[point].options))
        fresh = Evader(network).value(profile)
        assert warm.value(profile) == pytest.approx(fresh, rel=1e-8, abs=1e-8)


def test_what_nobody_uses_and_nobody_would_is_not_solved_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spared = 0
    for seed in range(40):
        rng = random.Random(seed)
        game = small_game(rng)
        network = build_network(game)
        evader, runs = Evader(network), [0]

        def counted(run: Callable[[], object] = evader._highs.run, runs: list[int] = runs) -> None:
            runs[0] += 1
            run()

        monkeypatch.setattr(evader._highs, "run", counted)
        profile = list(game.status_quo)
        for _ in range(20):
            point = rng.randrange(len(profile))
            profile[point] = rng.randrange(len(game.points[point].options))
            fresh = Evader(network).value(profile)
            assert evader.value(profile) == pytest.approx(fresh, rel=1e-7, abs=1e-9)
        spared += 20 - runs[0]
        before = runs[0]
        response = evader.respond(profile)
        assert runs[0] == before  # the last answer's solution is still there
        proof = evaluated(network, response)
        assert proof.primal == pytest.approx(response.value, rel=1e-7, abs=1e-7)
        assert proof.dual == pytest.approx(response.value, rel=1e-7, abs=1e-7)
    assert spared > 100


@settings(max_examples=40)
@given(game=any_game(), rng=st.randoms(use_true_random=False))
def test_plan_and_prices_prove_each_other(game: LayeredGame, rng: random.Random) -> None:
    network = build_network(game)
    evader = Evader(network)
    for _ in range(4):
        profile = tuple(rng.randrange(len(point.options)) for point in game.points)
        response = evader.respond(profile)
        check = evaluated(network, response)
        assert check.violation <= 1e-7
        assert abs(check.gap) <= 1e-7
        assert check.primal == pytest.approx(response.value, rel=1e-7, abs=1e-7)


@settings(max_examples=30)
@given(game=any_game(correlation=0.0))
def test_stronger_options_never_help_the_evader(game: LayeredGame) -> None:
    """True of independent hazards; a weak early one can shield from a correlated later one."""
    evader = Evader(build_network(game))
    for k, point in enumerate(game.points):
        for one, weak in enumerate(point.options):
            for other, strong in enumerate(point.options):
                if strong.hazard >= weak.hazard and strong.toll >= weak.toll:
                    profile = list(game.status_quo)
                    profile[k] = one
                    before = evader.value(profile)
                    profile[k] = other
                    assert evader.value(profile) <= before + 1e-7


@settings(max_examples=30)
@given(game=small_games(), more=st.sampled_from([0.5, 5.0]))
def test_more_money_never_hurts_the_evader(game: LayeredGame, more: float) -> None:
    richer = replace(game, evader_budget=game.evader_budget + more)
    profile = game.status_quo
    poor, rich = (respond(one, *profile) for one in (game, richer))
    assert rich.value >= poor.value - 1e-7
    assert rich.value - poor.value <= more * poor.money_price + 1e-7  # Z is concave in B


def tied(*, unit: float = 1.0, stake: float = 1.0, earning: int = 1) -> LayeredGame:
    """Return a game of two ways that are the same to the evader; A earns on one of them."""
    price = 0.025 * unit
    return LayeredGame(
        name="tied",
        controllers=(Controller("A", 1.0, {"training": stake}),),
        points=(
            ControlPoint("customs", "chips", "A", (Option("open"), Option("ban", hazard=1.0))),
        ),
        arcs=tuple(
            Arc(
                f"way-{i}",
                "world",
                "training",
                (PriceStep(price, 100.0),),
                ("customs", None)[i],
                revenue={"A": 0.006 * unit} if i == earning else {},
            )
            for i in (0, 1)
        ),
        fronts=(Front("training", "training", (Chord(0.1 * unit, 200.0),)),),
        evader_budget=100 * price,
    )


def test_an_early_hazard_can_shield_from_a_correlated_later_one() -> None:
    first = ControlPoint("chips", "chips", "A", (Option("open"), Option("check", hazard=0.5)))
    second = ControlPoint("cloud", "cloud", "A", (Option("ban", hazard=2.0),))
    game = replace(
        hub_game(budget=100.0),
        points=(replace(first, name="customs"), second),
        arcs=(
            Arc("through", "world", "hub", (PriceStep(1.0, 1.0),), "customs"),
            Arc("use", "hub", "training", (PriceStep(0.0, 6.0),), "cloud"),
        ),
        efforts=(Effort("normal"),),
        correlation=1.0,
    )
    assert respond(game, 0, 0).value == pytest.approx(6 * math.exp(-2.0))
    assert respond(game, 1, 0).value == pytest.approx(6 * math.exp(-0.5))


@pytest.mark.parametrize("earning", [0, 1])
@pytest.mark.parametrize("unit", [0.01, 1.0, 100.0])
def test_ties_are_settled_for_or_against_the_controllers(unit: float, earning: int) -> None:
    network = build_network(tied(unit=unit, earning=earning))
    harm = 0.1 * unit * 100
    worlds = [World(network, rule=rule) for rule in RULES]
    for world in worlds:
        world.payoffs((1,))  # the way through customs is closed at first
    best, worst = (world.payoffs((0,)) for world in worlds)
    assert best.total["A"] == pytest.approx(0.6 * unit - harm, rel=1e-6)
    assert worst.total["A"] == pytest.approx(-harm, rel=1e-6)


@pytest.mark.parametrize("stake", [1.0, 30.0, 300.0])
def test_settling_ties_leaves_plan_and_prices_exact(stake: float) -> None:
    network = build_network(tied(unit=100.0, stake=stake))
    for rule in RULES:
        check = evaluated(network, World(network, rule=rule).respond((0,)))
        assert abs(check.gap) <= 1e-6


@settings(max_examples=25)
@given(game=small_games(Traits(aligned=False)))
def test_settling_ties_gives_no_value_away(game: LayeredGame) -> None:
    network = build_network(game)
    value = Evader(network).value(game.status_quo)
    for rule in RULES:
        response = World(network, rule=rule).respond(game.status_quo)
        assert response.value == pytest.approx(value, rel=1e-6, abs=1e-6)


def test_what_arrives_at_a_front_counts_though_the_evader_does_not_value_it() -> None:
    game = LayeredGame(
        name="careless",
        controllers=(Controller("A", 1.0, {"deployment": 1.0}),),
        points=(),
        arcs=(
            Arc("sell", "world", "deployment", (PriceStep(1.0, 3.0),), value=2.0),
            Arc("rent", "world", "training", (PriceStep(1.0, 3.0),)),
        ),
        fronts=(
            Front("training", "training", (Chord(1.5, 9.0),)),
            Front("deployment", "deployment", (Chord(1.0, 9.0),), weight=0.0),
        ),
        evader_budget=4.0,
    )
    assert respond(game).quantities.tolist() == pytest.approx([1.0, 3.0])


def test_an_unsolvable_program_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    evader = Evader(build_network(hub_game(budget=6.0)))
    evader._highs.setOptionValue("simplex_iteration_limit", 0)
    with pytest.raises(NotCertifiedError, match="evader of hub: expected an optimum"):
        evader.value((0, 0))


def test_solving_prints_nothing() -> None:
    """Standard output belongs to results; the solver's own banner must not reach it."""
    code = "from tests.test_evader import hub_game, respond\nrespond(hub_game(budget=6.0), 0, 0)\n"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    assert run.stdout == ""


@settings(max_examples=20)
@given(game=small_games())
def test_profiles_may_be_lists_or_arrays(game: LayeredGame) -> None:
    evader = Evader(build_network(game))
    profile: Profile = game.status_quo
    assert evader.value(list(profile)) == evader.value(np.array(profile).tolist())

"""The interdiction MILP and the recipe around it, against brute force and by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.layered import LayeredGame, Profile
from games.network import build_network
from solvers.evader import Evader
from solvers.interdiction import InterdictionModel, interdiction_model
from solvers.milp import Outcome, Status, solve
from solvers.minimum import Minimum, minimum
from solvers.players import player, weights_of
from solvers.prices import Weights, first_box
from solvers.relaxation import Relaxation
from tests.builders import Traits, small_game, small_games
from tests.oracle import Oracle

aligned_games = small_games(Traits(largest=27))
harms = st.sampled_from([0.25, 1.0, 4.0])


def everything(game: LayeredGame, harm: float) -> Weights:
    names = [controller.name for controller in game.controllers]
    return weights_of(game, player(game, names), game.status_quo, harm=harm)


def objective(oracle: Oracle, weights: Weights, profile: Profile) -> float:
    costs = sum(costs[o] for costs, o in zip(weights.options, profile, strict=True))
    return costs + weights.harm * oracle.outcome(profile).value


def least(game: LayeredGame, weights: Weights) -> Minimum | None:
    network = build_network(game)
    generator = np.random.default_rng(0)
    return minimum(network, weights, evader=Evader(network), generator=generator)


def built(game: LayeredGame, weights: Weights, *, cuts: bool = False) -> InterdictionModel:
    network = build_network(game)
    box = first_box(network)
    found = Relaxation(network, weights, box).cuts() if cuts else ()
    return interdiction_model(network, weights, box=box, cuts=found)


@pytest.fixture
def one_of_each() -> LayeredGame:
    """Return a random game of several points, one of them with three options."""
    games = (small_game(random.Random(seed)) for seed in range(100))
    return next(
        game
        for game in games
        if len(game.points) > 2 and any(len(point.options) == 3 for point in game.points)
    )


@settings(max_examples=30)
@given(game=aligned_games, harm=harms)
def test_the_minimum_is_that_of_all_profiles(game: LayeredGame, harm: float) -> None:
    oracle, weights = Oracle(game), everything(game, harm)
    best = min(objective(oracle, weights, profile) for profile in oracle.profiles())
    found = least(game, weights)
    assert found is not None
    assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert objective(oracle, weights, found.profile) == pytest.approx(found.objective, abs=1e-6)
    assert oracle.affordable(found.profile)
    assert found.bound <= best + 1e-7
    assert found.bound == pytest.approx(best, rel=2e-6, abs=2e-6)


@settings(max_examples=15)
@given(game=aligned_games, harm=harms, cuts=st.booleans())
def test_the_model_alone_finds_it_too(game: LayeredGame, harm: float, cuts: bool) -> None:
    oracle, weights = Oracle(game), everything(game, harm)
    best = min(objective(oracle, weights, profile) for profile in oracle.profiles())
    model = built(game, weights, cuts=cuts)
    outcome = solve(model.model)
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert objective(oracle, weights, model.profile()) == pytest.approx(best, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_known_to_be_reached_changes_neither_optimum_nor_bound(seed: int) -> None:
    rng = random.Random(seed)
    game = small_game(rng, Traits(largest=27))
    oracle, weights = Oracle(game), everything(game, 1.0)
    values = sorted(objective(oracle, weights, profile) for profile in oracle.profiles())
    for known in (values[0], rng.choice(values), values[-1]):
        for constant in (0.0, 1000.0, -1000.0):  # of the objective, beside its terms
            model = built(game, weights).model
            model.objective.expr = model.objective.expr + constant
            outcome = solve(model, at_most=known + constant)
            assert outcome.status is Status.OPTIMAL
            assert outcome.objective == pytest.approx(values[0] + constant, rel=1e-6, abs=1e-6)
            assert outcome.bound <= values[0] + constant + 1e-6
            assert outcome.bound == pytest.approx(values[0] + constant, rel=2e-6, abs=2e-6)


@settings(max_examples=15)
@given(game=aligned_games, rng=st.randoms(use_true_random=False))
def test_with_its_options_fixed_the_model_is_the_evaders_dual(
    game: LayeredGame, rng: random.Random
) -> None:
    """No release that is not needed: each profile costs exactly what it costs."""
    oracle, weights = Oracle(game), everything(game, 1.0)
    profile = rng.choice(list(oracle.profiles()))
    model = built(game, weights, cuts=True)
    for k, options in enumerate(model.allowed):
        place = options.index(profile[k])
        for step in range(1, len(options)):
            model.steps[k, step].fix(1 if step <= place else 0)
    outcome = solve(model.model)
    assert outcome.objective == pytest.approx(objective(oracle, weights, profile), abs=1e-6)


@settings(max_examples=15)
@given(game=aligned_games, rng=st.randoms(use_true_random=False))
def test_only_allowed_options_are_chosen(game: LayeredGame, rng: random.Random) -> None:
    oracle, weights = Oracle(game), everything(game, 1.0)
    chosen = rng.choice(list(oracle.profiles()))
    allowed = tuple(
        tuple(o for o in options if o == mine or rng.random() < 0.5)
        for options, mine in zip(weights.allowed, chosen, strict=True)
    )
    within = [
        profile
        for profile in oracle.profiles()
        if all(o in options for o, options in zip(profile, allowed, strict=True))
    ]
    found = least(game, replace(weights, allowed=allowed))
    assert found is not None
    assert found.profile in within
    best = min(objective(oracle, weights, profile) for profile in within)
    assert found.objective == pytest.approx(best, rel=1e-6, abs=1e-6)


@settings(max_examples=15)
@given(game=small_games(Traits(largest=9)))
def test_profiles_cut_off_come_back_from_best_to_worst(game: LayeredGame) -> None:
    oracle, weights = Oracle(game), everything(game, 1.0)
    ranked = sorted(objective(oracle, weights, profile) for profile in oracle.profiles())
    model = built(game, weights)
    seen = set()
    for expected in ranked:
        outcome = solve(model.model)
        assert outcome.objective == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert model.profile() not in seen
        seen.add(model.profile())
        model.cut_off(model.profile())
    assert solve(model.model).status is Status.INFEASIBLE


def test_the_options_of_a_point_are_ordered_by_hazard(one_of_each: LayeredGame) -> None:
    weights = everything(one_of_each, 1.0)
    for point, options in zip(one_of_each.points, built(one_of_each, weights).allowed, strict=True):
        hazards = [point.options[o].hazard for o in options]
        assert hazards == sorted(hazards)


def test_constraints_bear_the_names_of_the_page(one_of_each: LayeredGame) -> None:
    tight = replace(
        everything(one_of_each, 1.0),
        budgets=((tuple(range(len(one_of_each.points))), 0.3),),
    )
    model = built(one_of_each, tight, cuts=True).model
    names = {part.name for part in model.component_objects(pyo.Constraint) if len(part)}
    assert names == {
        "steps_are_ordered",
        "budget_is_respected",
        "front_is_priced",
        "lane_earns_no_surplus",
        "mix_is_priced",
    }


def test_no_portfolio_within_the_budgets_is_no_answer(one_of_each: LayeredGame) -> None:
    points = tuple(range(len(one_of_each.points)))
    dear = tuple(
        (max(range(len(p.options)), key=lambda o: p.options[o].cost),) for p in one_of_each.points
    )
    weights = replace(everything(one_of_each, 1.0), budgets=((points, 0.0),))
    assert least(one_of_each, weights) is not None
    assert least(one_of_each, replace(weights, allowed=dear)) is None


def test_at_the_limit_of_time_the_answer_is_no_worse_than_its_bound(
    one_of_each: LayeredGame,
) -> None:
    network = build_network(one_of_each)
    found = minimum(
        network,
        everything(one_of_each, 1.0),
        evader=Evader(network),
        time_limit=0.0,
        generator=np.random.default_rng(0),
    )
    assert found is not None
    assert found.bound <= found.objective


def knapsack(limit: float) -> pyo.ConcreteModel:
    """Return a model that takes two of three things, worth 3, 4 and 5, of weight 1 each."""
    model = pyo.ConcreteModel(name="knapsack")
    model.take = pyo.Var(range(3), domain=pyo.Binary)
    model.weight_is_respected = pyo.Constraint(expr=sum(model.take[i] for i in range(3)) <= limit)
    model.objective = pyo.Objective(expr=-sum((3 + i) * model.take[i] for i in range(3)))
    return model


def test_an_optimum_comes_back_with_its_bound() -> None:
    model = knapsack(2)
    outcome = solve(model)
    assert (outcome.status, outcome.objective) == (Status.OPTIMAL, pytest.approx(-9))
    assert outcome.bound == pytest.approx(-9)
    assert [round(pyo.value(model.take[i])) for i in range(3)] == [0, 1, 1]


def test_an_infeasible_model_is_an_outcome_not_an_exception() -> None:
    outcome: Outcome = solve(knapsack(-1))
    assert (outcome.status, outcome.objective) == (Status.INFEASIBLE, None)

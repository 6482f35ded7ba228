"""A copy of the decision for each world: its bounds, and the charges that make copies agree."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import benchmarks
from benchmarks.perturbed import perturbed
from games.capability import Chord
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
    Profile,
)
from scenarios.instances import load_instance
from solvers.descent import option_cost
from solvers.evader import Evader
from solvers.worlds.charges import agreeing, cancelled, soft_minima, uncharged
from solvers.worlds.copies import Copy, Question, in_turn
from solvers.worlds.problem import ManyWorlds
from solvers.worlds.programme import programmed
from solvers.worlds.proofs import Floors
from tests.builders import Traits, small_game, tolled

INSTANCE = Path(benchmarks.__file__).parent / "instances" / "c2-p11-o3-s11.json"


def sample(seed: int, count: int = 3) -> ManyWorlds:
    game = small_game(random.Random(seed), Traits(largest=81))
    return ManyWorlds(
        [perturbed(game, rng=np.random.default_rng([seed, w]), spread=0.4) for w in range(count)]
    )


def charges_of(worlds: ManyWorlds, seed: int) -> np.ndarray:
    most = 1 + max(max(options) for options in worlds.allowed)
    rng = np.random.default_rng(seed)
    return rng.normal(0.0, 2.0, size=(len(worlds), len(worlds.allowed), most))


def paid(charges: np.ndarray, profile: Profile) -> float:
    return float(charges[range(len(profile)), profile].sum())


def affordable(worlds: ManyWorlds) -> list[Profile]:
    return [p for p in itertools.product(*worlds.allowed) if worlds.affords(p)]


@pytest.mark.parametrize("seed", range(6))
def test_a_copy_is_bounded_as_brute_force_says(seed: int) -> None:
    worlds = sample(seed, count=1)
    charges = charges_of(worlds, seed)[0]
    least = min(worlds.loss(0, p) + paid(charges, p) for p in affordable(worlds))
    start = worlds.repaired(worlds.games[0].status_quo)
    answer = Copy(worlds.problems[0]).answer(Question(0, charges, start, tolerance=1e-3))
    assert answer.bound <= least + 1e-6
    assert answer.bound >= least - 1e-3 - 1e-5 * abs(least)
    assert answer.value >= least - 1e-6
    loss = worlds.loss(0, answer.profile)
    assert answer.value == pytest.approx(loss + paid(charges, answer.profile), abs=1e-6)
    assert all(loss == pytest.approx(worlds.loss(0, one), abs=1e-6) for one, loss in answer.known)


@pytest.mark.parametrize("kind", ["tolls", "revenue, values and stakes of all kinds"])
@pytest.mark.parametrize("seed", range(12))
def test_a_program_with_earnings_is_bounded_as_brute_force_says(seed: int, kind: str) -> None:
    game = small_game(random.Random(seed), Traits(aligned=False, largest=81))
    worlds = ManyWorlds([tolled(seed) if kind == "tolls" else game])
    problem, charges = worlds.problems[0], charges_of(worlds, seed)[0]
    options = tuple(
        tuple(cost + float(charge) for cost, charge in zip(costs, row, strict=False))
        for costs, row in zip(problem.weights.options, charges, strict=True)
    )
    weights = replace(problem.weights, options=options)
    least = min(worlds.loss(0, p) + paid(charges, p) for p in affordable(worlds))
    reached = least + problem.constant
    found = programmed(problem, weights, at_most=reached, gap=1e-7, time_limit=60)
    evader = Evader(problem.network)
    credited = min(
        option_cost(weights, p) + weights.harm * evader.value(p) for p in affordable(worlds)
    )
    slack = 1e-5 * max(1.0, abs(least))
    assert credited - slack <= found.bound <= reached + slack
    for profile in affordable(worlds):  # without the rule for ties, never below the loss
        assert problem.loss(evader, profile) >= worlds.loss(0, profile) - 1e-6


def test_no_toll_is_credited_where_the_evader_goes_another_way() -> None:
    """A licence at 0.5 a unit is not bought while the same chip costs 0.1 next door."""
    game = LayeredGame(
        name="two doors",
        controllers=(Controller("A", 10.0, {"front": 1.0}),),
        points=(ControlPoint("licence", "chips", "A", (Option("free"), Option("fee", toll=0.5))),),
        arcs=(
            Arc("bought", "source", "end", (PriceStep(0.1, 4.0),), point="licence"),
            Arc("next door", "source", "end", (PriceStep(0.1, 40.0),)),
        ),
        fronts=(Front("front", "end", (Chord(2.0, 100.0),)),),
        evader_budget=1.0,
    )
    worlds = ManyWorlds([game])
    problem = worlds.problems[0]
    least = min(worlds.loss(0, p) for p in affordable(worlds))
    assert problem.tolls_alone
    found = programmed(problem, problem.weights, at_most=least, gap=1e-9, time_limit=60)
    assert found.bound == pytest.approx(least, abs=1e-6)
    credited = option_cost(problem.weights, (1,))
    assert credited == pytest.approx(-2.0)  # 4 units at 0.5 that nobody pays


@pytest.mark.parametrize("kind", ["aligned", "tolls", "of all kinds"])
@pytest.mark.parametrize("seed", range(3))
def test_any_charges_that_cancel_bound_the_common_decision(seed: int, kind: str) -> None:
    worlds = sample(seed)
    if kind != "aligned":
        odd = small_game(random.Random(seed), Traits(aligned=False, largest=81))
        game = tolled(seed) if kind == "tolls" else odd
        rngs = [np.random.default_rng([seed, world]) for world in range(3)]
        worlds = ManyWorlds([perturbed(game, rng=rng, spread=0.4) for rng in rngs])
    weights = np.array([0.5, 0.3, 0.2])
    charged = cancelled(weights, charges_of(worlds, seed))
    start = worlds.repaired(worlds.games[0].status_quo)
    with in_turn(worlds.problems) as ask:
        questions = [Question(w, charged.charges[w], start, tolerance=0.1) for w in range(3)]
        bound = float(weights @ [answer.bound for answer in ask(questions)]) - charged.residue
    assert bound <= min(float(weights @ worlds.losses(p)) for p in affordable(worlds)) + 1e-6


@given(st.integers(0, 1000), st.integers(1, 6))
def test_charges_are_made_to_cancel(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(count))
    charged = cancelled(weights, rng.normal(0.0, 1e3, size=(count, 4, 3)))
    for profile in itertools.product(range(3), repeat=4):
        paid_by_all = sum(
            w * paid(one, profile) for w, one in zip(weights, charged.charges, strict=True)
        )
        assert paid_by_all <= charged.residue + 1e-12 <= 1e-6


def test_two_worlds_that_pull_apart_agree_at_the_charges_that_even_them_out() -> None:
    """Losses (0, 4) and (4, 0): each alone reaches 0, together 2; charges of 2 make both see 2."""
    known = [[((0,), 0.0), ((1,), 4.0)], [((0,), 4.0), ((1,), 0.0)]]
    half = np.array([0.5, 0.5])
    charged = agreeing(
        known, uncharged(half, 1, 2), limits=(half, half), best=np.zeros(2), scale=2.0
    )
    bound = sum(
        0.5 * min(loss + paid(charged.charges[w], p) for p, loss in known[w]) for w in range(2)
    )
    assert bound == pytest.approx(2.0, abs=0.02)
    assert charged.weights.tolist() == [0.5, 0.5]


def test_weights_go_where_the_loss_is_largest() -> None:
    known = [[((0,), 1.0)], [((0,), 9.0)], [((0,), 5.0)]]
    caps = np.full(3, 0.5)
    charged = agreeing(
        known,
        uncharged(np.full(3, 1 / 3), 1, 1),
        limits=(np.zeros(3), caps),
        best=np.zeros(3),
        scale=5.0,
    )
    assert charged.weights == pytest.approx([0.0, 0.5, 0.5], abs=1e-3)
    assert charged.weights.max() <= 0.5
    assert charged.weights.sum() == pytest.approx(1.0)


def test_a_soft_minimum_is_a_little_below_the_least() -> None:
    soft, shares = np.empty(1), np.empty((1, 1, 2))
    soft_minima(
        np.array([[[0], [1]]], np.int16),
        np.array([[3.0, 3.0]]),
        np.zeros((1, 1, 2)),
        0.5,
        soft,
        shares,
    )
    assert soft[0] == pytest.approx(3 - 0.5 * np.log(2))
    assert shares.ravel().tolist() == [0.5, 0.5]


def test_a_copy_whose_time_is_up_still_has_a_bound() -> None:
    worlds = sample(2, count=1)
    charges = charges_of(worlds, 2)[0]
    start = worlds.repaired(worlds.games[0].status_quo)
    question = Question(0, charges, start, tolerance=1e-6, until=0.0)
    answer = Copy(worlds.problems[0]).answer(question)
    least = min(worlds.loss(0, p) + paid(charges, p) for p in affordable(worlds))
    assert -np.inf < answer.bound <= least + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_what_was_proven_under_some_charges_bounds_the_loss_under_others(seed: int) -> None:
    worlds = sample(seed, count=1)
    start = worlds.repaired(worlds.games[0].status_quo)
    copy = Copy(worlds.problems[0])
    for other in range(5):
        charges = charges_of(worlds, 10 * seed + other)[0]
        least = min(worlds.loss(0, p) + paid(charges, p) for p in affordable(worlds))
        at_hand = copy.answer(Question(0, charges, start)).bound
        assert -np.inf < at_hand <= least + 1e-6
        proven = copy.answer(Question(0, charges, start, tolerance=0.1)).bound
        again = copy.answer(Question(0, charges, start)).bound
        assert at_hand <= proven == again <= least + 1e-6


def test_a_floor_is_what_the_first_bound_or_a_later_one_leaves() -> None:
    """Charges (1, 0) after none take nothing off; of 7 proven at (0, 3), (0, 2) takes 1 off."""
    floors = Floors([(0, 1)])
    assert floors.under(np.zeros((1, 2))) == -np.inf
    floors.add(np.zeros((1, 2)), 5.0)
    floors.add(np.array([[0.0, 3.0]]), 7.0)
    assert floors.under(np.array([[1.0, 0.0]])) == 5.0
    assert floors.under(np.array([[0.0, 2.0]])) == 6.0
    for number in range(10):  # the first stays, whatever comes after
        floors.add(np.array([[0.0, 9.0 + number]]), 0.0)
    assert floors.under(np.zeros((1, 2))) == 5.0


def test_a_search_that_rests_goes_on_to_where_one_without_a_rest_ends() -> None:
    game = load_instance(INSTANCE)
    worlds = ManyWorlds([game])
    charges, start = charges_of(worlds, 1)[0], worlds.repaired(game.status_quo)
    least = {}
    for stops in ((0.0,), (4.0, 1.0, 0.0)):
        copy, bound = Copy(worlds.problems[0]), -np.inf
        for enough in stops:
            one = copy.answer(Question(0, charges, start, tolerance=0.01, enough=enough))
            assert bound <= one.bound <= one.value
            assert one.value - one.bound <= max(enough, 0.01) + 1e-6
            bound = one.bound
        least[stops] = one.value
    straight, rested = least.values()
    assert rested == pytest.approx(straight, abs=0.01)


def test_reluctant_charges_stay_nearer_to_those_before() -> None:
    known = [[((0,), 0.0), ((1,), 4.0)], [((0,), 4.0), ((1,), 0.0)]]
    half = np.array([0.5, 0.5])
    moved = [
        float(
            np.abs(
                agreeing(
                    known,
                    uncharged(half, 1, 2),
                    reluctance=reluctance,
                    limits=(half, half),
                    best=np.zeros(2),
                    scale=2.0,
                ).charges
            ).max()
        )
        for reluctance in (1.0, 10.0, 1e4)
    ]
    assert moved == sorted(moved, reverse=True)
    assert moved[-1] < 0.5 < moved[0]

"""Bayesian games: plans and behaviour, and commitment against follower types."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from games.bayesian import BayesianGame, bayesian_game, behaviour, expanded, type_regrets
from games.errors import GameError
from games.regret import mixed_profile, regrets
from solvers.finite.bayesian_commitment import BayesianCommitment, bayesian_commitment
from solvers.finite.commitment import mixed_commitment
from solvers.finite.enumeration import all_equilibria

F = Fraction


def two_types(first: Any, second: Any) -> BayesianGame:
    """Return a leader with payoffs of conitzer2006, against two types of follower.

    The first is that of their introduction, the second that of paruchuri2008, table 1.
    """
    own = [[2, 4], [1, 3]]
    return bayesian_game([[[own, [[1, 0], [0, 1]]], [own, [[1, 0], [0, 2]]]]], [[first, second]])


@st.composite
def follower_types(
    draw: st.DrawFn, *, types: int = 3, largest: int = 3, leaders: int = 1
) -> BayesianGame:
    """Small integer games with many ties; both players may have several types."""
    sizes = (draw(st.integers(1, leaders)), draw(st.integers(1, types)))
    shape = (draw(st.integers(1, largest)), draw(st.integers(1, largest)))
    high = draw(st.sampled_from([1, 3, 9]))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 5, sizes)
    total = int(weights.sum())
    return bayesian_game(
        rng.integers(-high, high + 1, (*sizes, 2, *shape)),
        [[F(int(w), total) for w in row] for row in weights],
    )


def random_types(types: int, size: int, answers: int, seed: int) -> BayesianGame:
    rng = np.random.default_rng(seed)
    return bayesian_game(rng.random((1, types, 2, size, answers)), [rng.dirichlet(np.ones(types))])


def by_every_tuple_of_answers(game: BayesianGame) -> float:
    """Return the value by one linear program for each tuple of answers of all types."""
    own, other = game.payoffs()[:, 0]
    chances = game.prior[0].astype(float)
    found = -np.inf
    for answers in product(range(own.shape[2]), repeat=len(own)):
        rows = [(other[k] - other[k][:, [j]]).T for k, j in enumerate(answers)]
        gains = sum(chances[k] * own[k][:, j] for k, j in enumerate(answers))
        limits = np.vstack(rows)
        result = linprog(
            -gains,
            A_ub=limits,
            b_ub=np.zeros(len(limits)),
            A_eq=np.ones((1, own.shape[1])),
            b_eq=[1],
        )
        if result.status == 0:
            found = max(found, -result.fun)
    return float(found)


def is_consistent(game: BayesianGame, found: BayesianCommitment) -> bool:
    """Whether strategies, answers and values of an answer fit each other and the bound."""
    prior = game.prior.astype(float)
    prior = prior if found.leader == 0 else prior.T
    value = 0.0
    for s, row in enumerate(found.types):
        mixed = np.array(row.strategy)
        assert mixed.min() >= 0
        assert mixed.sum() == pytest.approx(1)
        for t, reply in enumerate(row.answers):
            tables = game.payoffs()
            if found.leader == 0:
                own, other = tables[0, s, t], tables[1, s, t]
            else:
                own, other = tables[1, t, s].T, tables[0, t, s].T
            received = mixed @ other
            assert received[reply.response] >= received.max() - 1e-7 * (1 + np.ptp(other))
            value += prior[s, t] * float(mixed @ own[:, reply.response])
    assert found.value == pytest.approx(value, abs=1e-9)
    return bool(found.value <= found.bound + 1e-12)


# Games --------------------------------------------------------------------------------------------


def test_a_game_is_written_out_over_plans_as_by_hand() -> None:
    low, high = [[[2, 0], [3, 1]], [[1, 0], [0, 2]]], [[[2, 0], [3, 1]], [[0, 1], [2, 0]]]
    game = bayesian_game(
        [[low, high]],
        [[F(1, 3), F(2, 3)]],
        types=[["only"], ["low", "high"]],
        actions=[["up", "down"], ["left", "right"]],
    )
    table = expanded(game)
    assert table.shape == (2, 4)
    assert table.strategies[0] == ("up", "down")
    assert table.strategies[1][1] == "low: left, high: right"
    # up against left of low and right of high: 2/3 + 0 for the first, 1/3 + 2/3 for the second
    assert table.rational()[:, 0, 1].tolist() == [F(2, 3), F(1)]


def test_entry_with_unknown_costs_has_the_equilibrium_found_by_hand() -> None:
    # An incumbent builds or not, and knows whether building is dear (1/3) or cheap (2/3); the
    # entrant enters or stays out. Cheap builds and dear does not, whatever the entrant does;
    # entering pays -1 if built and 1 if not, hence the entrant stays out: -2/3 + 1/3 < 0.
    # (the form of fudenberg1991, section 6.2)
    dear = [[[0, 2], [2, 3]], [[-1, 0], [1, 0]]]
    cheap = [[[3, 5], [2, 3]], [[-1, 0], [1, 0]]]
    game = bayesian_game([[dear], [cheap]], [[F(1, 3)], [F(2, 3)]])
    solved = all_equilibria(expanded(game), exact=True)
    assert solved.complete
    found = {behaviour(game, equilibrium.strategies) for equilibrium in solved.equilibria}
    assert found == {(((0, 1), (1, 0)), ((0, 1),))}


@given(follower_types(types=2, largest=2, leaders=2))
@settings(max_examples=25, deadline=None)
def test_equilibria_over_plans_leave_no_type_anything_to_gain(game: BayesianGame) -> None:
    table = expanded(game)
    solved = all_equilibria(table, exact=True)
    assert solved.equilibria
    for equilibrium in solved.equilibria:
        by_type = behaviour(game, equilibrium.strategies)
        assert all(sum(mixed) == 1 for player in by_type for mixed in player)
        assert not any(gain for player in type_regrets(game, by_type) for gain in player)


@given(follower_types(types=2, largest=3, leaders=2), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_regrets_of_types_add_up_to_those_over_plans(game: BayesianGame, seed: int) -> None:
    table = expanded(game)
    rng = np.random.default_rng(seed)
    shares = [rng.integers(0, 5, size) + (np.arange(size) == 0) for size in table.shape]
    profile = [[F(int(w), int(row.sum())) for w in row] for row in shares]
    by_type = type_regrets(game, behaviour(game, profile))
    over_plans = regrets(table, mixed_profile(table, profile))
    assert tuple(sum(player) for player in by_type) == over_plans


def test_large_expansions_are_refused_before_they_are_built() -> None:
    game = bayesian_game(np.zeros((1, 40, 2, 2, 9)), [[F(1, 40)] * 40])
    with pytest.raises(GameError, match="profiles of plans"):
        expanded(game)


@pytest.mark.parametrize(
    ("payoffs", "prior", "message"),
    [
        ([], [[1]], "payoffs: expected one row"),
        (3, [[1]], "payoffs: expected one row"),
        ([[np.zeros((2, 2, 2))]], [], "prior: expected one row"),
        ([[np.zeros((2, 2, 2))]], [[0.5, 0.5]], "prior: expected 1 rows of 1"),
        ([[np.zeros((2, 2, 2))]], [[F(1, 2)]], "add up to 1, found 0.5"),
        ([[np.zeros((2, 2, 2))]], [[float("nan")]], "add up to 1, found nan"),
        ([[np.zeros((2, 2, 2))]], [["all"]], "prior: expected numbers"),
        ([[np.zeros((2, 2, 2))] * 2], [[2, -1]], "none may be negative"),
        ([[np.zeros((2, 2, 2)), np.zeros((2, 2, 3))]], [[0.5, 0.5]], "shape .2, 2."),
        ([[np.zeros((3, 2, 2, 2))]], [[1]], "two players"),
        ([[np.full((2, 2, 2), np.nan)]], [[1]], "types 1 and 1: payoffs of player 1"),
        ([[np.zeros((2, 2, 2))], [np.zeros((2, 2, 2))] * 2], [[1]], "expected 1 tables"),
    ],
)
def test_bad_games_are_refused(payoffs: Any, prior: Any, message: str) -> None:
    with pytest.raises(GameError, match=message):
        bayesian_game(payoffs, prior)


def test_bad_names_and_profiles_are_refused() -> None:
    with pytest.raises(GameError, match="types: expected 1 and 2"):
        bayesian_game(np.zeros((1, 2, 2, 2, 2)), [[0.5, 0.5]], types=[["a"], ["b", "b"]])
    with pytest.raises(GameError, match="4 probabilities"):
        behaviour(two_types(F(1, 2), F(1, 2)), [[1, 0], [1, 0]])


# Commitment ---------------------------------------------------------------------------------------


def test_two_known_types_are_played_against_as_by_hand() -> None:
    # x is the share of the first row. The first type answers with the second column, which is the
    # leader's better one, up to x = 1/2, the second up to x = 2/3: at 1/2 both do, which earns 7/2;
    # at 2/3 the second alone, which earns 5/3 and 11/3. That is better if the first is rarer
    # than 1/12.
    for share, value in ((F(1, 2), F(7, 2)), (F(1, 10), F(7, 2)), (F(1, 20), F(107, 30))):
        for method in ("decomposition", "dobss", "dobss-cuts"):
            found = bayesian_commitment(two_types(share, 1 - share), method=method)  # type: ignore[arg-type]
            assert found.value == pytest.approx(float(value), abs=1e-6)
            assert found.complete
    assert found.types[0].strategy == pytest.approx((2 / 3, 1 / 3), abs=1e-6)
    assert [reply.response for reply in found.types[0].answers] == [0, 1]


@given(follower_types(types=3, largest=3))
@settings(max_examples=60, deadline=None)
def test_the_decomposition_finds_what_every_tuple_of_answers_gives(game: BayesianGame) -> None:
    found = bayesian_commitment(game)
    value = by_every_tuple_of_answers(game)
    assert found.value == pytest.approx(value, abs=2e-5)
    assert found.bound >= value - 1e-9
    assert found.complete
    assert is_consistent(game, found)


@given(follower_types(types=3, largest=3))
@settings(max_examples=30, deadline=None)
def test_the_game_over_plans_is_worth_the_same(game: BayesianGame) -> None:
    # the transformation of harsanyi1972
    table = mixed_commitment(expanded(game), exact=True)
    assert bayesian_commitment(game).value == pytest.approx(float(table.value), abs=2e-5)


@given(follower_types(types=3, largest=3))
@settings(max_examples=15, deadline=None)
def test_the_mixed_integer_programs_find_the_same_value(game: BayesianGame) -> None:
    found = bayesian_commitment(game)
    for method in ("dobss", "dobss-cuts"):
        other = bayesian_commitment(game, method=method)  # type: ignore[arg-type]
        assert other.value == pytest.approx(found.value, abs=5e-5)
        assert is_consistent(game, other)


@given(follower_types(types=3, largest=3, leaders=2))
@settings(max_examples=30, deadline=None)
def test_players_may_change_places_and_leaders_types_are_separate(game: BayesianGame) -> None:
    found = bayesian_commitment(game)
    assert is_consistent(game, found)
    payoffs = game.payoffs()[::-1].transpose(2, 1, 0, 4, 3)
    turned = bayesian_game(payoffs, game.prior.T.tolist())
    other = bayesian_commitment(turned, leader=1)
    assert other.value == pytest.approx(found.value, abs=2e-5)
    assert is_consistent(turned, other)
    for s, row in enumerate(found.types):
        chances = game.prior[s] / sum(game.prior[s])
        alone = bayesian_game(game.payoffs().transpose(1, 2, 0, 3, 4)[[s]], [chances.tolist()])
        assert bayesian_commitment(alone).value == pytest.approx(row.value, abs=2e-5)


def test_knowing_the_type_is_worth_something_and_a_split_type_is_not() -> None:
    game = random_types(3, 4, 4, 11)
    found = bayesian_commitment(game)
    known = sum(
        float(chance) * mixed_commitment(table).value
        for chance, table in zip(game.prior[0], game.tables[0], strict=True)
    )
    assert found.value <= known + 1e-6
    payoffs = game.payoffs().transpose(1, 2, 0, 3, 4)
    chances = game.prior[0]
    split = bayesian_game(
        payoffs[:, [0, 0, 1, 2]], [[chances[0] / 2, chances[0] / 2, chances[1], chances[2]]]
    )
    assert bayesian_commitment(split).value == pytest.approx(found.value, abs=3e-6)


def test_a_type_of_no_probability_changes_nothing_but_is_answered_for() -> None:
    game = random_types(2, 4, 3, 2)
    payoffs = game.payoffs().transpose(1, 2, 0, 3, 4)
    wider = bayesian_game(payoffs[:, [0, 1, 1]], [[*game.prior[0], 0.0]])
    found = bayesian_commitment(wider)
    assert found.value == pytest.approx(bayesian_commitment(game).value, abs=3e-6)
    assert len(found.types[0].answers) == 3


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_sizes_of_payoffs_do_not_matter(scale: float) -> None:
    game = random_types(4, 5, 4, 3)
    payoffs = game.payoffs().transpose(1, 2, 0, 3, 4) * np.array([scale, 1 / scale])[:, None, None]
    found = bayesian_commitment(bayesian_game(payoffs, game.prior.tolist()))
    plain = bayesian_commitment(game)
    assert found.value == pytest.approx(plain.value * scale, rel=1e-5)
    assert found.complete


def test_twenty_types_are_proven() -> None:
    game = random_types(20, 5, 5, 0)
    found = bayesian_commitment(game)
    assert found.complete
    assert is_consistent(game, found)
    assert found.types[0].nodes > 1


def test_a_limit_of_time_leaves_a_true_bound() -> None:
    game = random_types(8, 5, 5, 4)
    full = bayesian_commitment(game)
    for method in ("decomposition", "dobss"):
        found = bayesian_commitment(game, method=method, time_limit=0.0)  # type: ignore[arg-type]
        assert found.stopped == "limit of time"
        assert found.value <= full.value + 1e-6
        assert found.bound >= full.value - 1e-6
        assert is_consistent(game, found)


def test_a_leader_or_a_method_that_does_not_exist_is_refused() -> None:
    game = two_types(F(1, 2), F(1, 2))
    with pytest.raises(GameError, match="player 0 or 1"):
        bayesian_commitment(game, leader=2)
    with pytest.raises(GameError, match="decomposition or dobss"):
        bayesian_commitment(game, method="guess")  # type: ignore[arg-type]

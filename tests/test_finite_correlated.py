"""Correlated and coarse correlated equilibria, and the arithmetic that checks them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from games.correlated import (
    correlated_payoffs,
    deviation_gains,
    external_regrets,
    joint_distribution,
    product_distribution,
    swap_regrets,
)
from games.errors import GameError, LimitError
from games.normal_form import NormalFormGame, normal_form
from games.regret import expected_payoffs, mixed_profile, regrets
from solvers.finite.correlated import CorrelatedSolution, correlated_equilibrium
from solvers.finite.supports import support_equilibria
from tests.finite_games import TEXTBOOK, any_games, minority, random_game, repeated

F = Fraction
CHICKEN = TEXTBOOK["chicken"].game
SHAPES = st.one_of(any_games(players=1), any_games(players=2), any_games(players=3))


def checked(game: NormalFormGame, solution: CorrelatedSolution) -> CorrelatedSolution:
    joint_distribution(game, solution.distribution)
    spread = max(np.ptp(table) for table in game.payoffs)
    assert max(solution.regret) <= 1e-6 * spread + 1e-12
    assert solution.objective == pytest.approx(
        solution.bound, abs=1e-6 * len(game.players) * spread + 1e-9
    )
    return solution


def test_chicken_s_best_correlated_equilibrium_is_aumann_s() -> None:
    """By hand: (dare, dare) never, (chicken, chicken) half the time; 10.5 against 10 or less.

    The traffic light that mixes three profiles evenly pays 10.
    """
    best = checked(CHICKEN, correlated_equilibrium(CHICKEN))
    assert best.objective == pytest.approx(10.5)
    assert best.payoffs == pytest.approx((5.25, 5.25))
    assert best.distribution == pytest.approx(np.array([[0.5, 0.25], [0.25, 0.0]]))
    third = joint_distribution(CHICKEN, [[F(1, 3), F(1, 3)], [F(1, 3), 0]])
    assert swap_regrets(CHICKEN, third) == (0, 0)
    assert correlated_payoffs(CHICKEN, third) == (5, 5)


def test_chicken_s_best_for_one_player_and_worst_for_all() -> None:
    assert correlated_equilibrium(CHICKEN, objective="player:1").objective == pytest.approx(7)
    assert correlated_equilibrium(CHICKEN, objective="minimum").objective == pytest.approx(5.25)
    worst = checked(CHICKEN, correlated_equilibrium(CHICKEN, sense="minimise"))
    assert worst.objective <= 9 + 1e-9
    assert worst.bound <= worst.objective + 1e-6


def test_a_game_with_a_dominant_strategy_has_one_correlated_equilibrium() -> None:
    dilemma = TEXTBOOK["prisoners' dilemma"].game
    for coarse in (False, True):
        for sense in ("maximise", "minimise"):
            found = correlated_equilibrium(dilemma, coarse=coarse, sense=sense)
            assert found.objective == pytest.approx(2)
            assert found.distribution[1, 1] == pytest.approx(1)


def test_rock_paper_scissors_has_one_correlated_equilibrium_and_more_coarse_ones() -> None:
    """Even play is the only correlated one; never alike is worth no less and is coarse."""
    game = TEXTBOOK["rock, paper, scissors"].game
    never = (np.ones((3, 3)) - np.eye(3)) / 6
    alike = np.eye(3)
    assert correlated_equilibrium(game, objective=alike).objective == pytest.approx(1 / 3)
    assert correlated_equilibrium(
        game, objective=alike, sense="minimise"
    ).objective == pytest.approx(1 / 3)
    coarse = correlated_equilibrium(game, objective=alike, sense="minimise", coarse=True)
    assert coarse.objective == pytest.approx(0)
    assert max(external_regrets(game, never)) <= 1e-12
    assert max(swap_regrets(game, never)) > 0.1


def test_in_the_minority_game_somebody_always_wins() -> None:
    """At most one of three can be the smaller half: welfare 1, one third for each at the best."""
    best = checked(minority(), correlated_equilibrium(minority()))
    assert best.objective == pytest.approx(1)
    fair = checked(minority(), correlated_equilibrium(minority(), objective="minimum"))
    assert fair.payoffs == pytest.approx((1 / 3,) * 3)


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_coarse_contains_correlated_contains_nash(game: NormalFormGame) -> None:
    best = checked(game, correlated_equilibrium(game))
    coarse = checked(game, correlated_equilibrium(game, coarse=True))
    slack = 1e-6 * (1 + np.abs(game.payoffs).sum(axis=0).max())
    assert coarse.objective >= best.objective - slack
    for each in support_equilibria(game, starts=2).equilibria:
        assert sum(each.payoffs) <= best.bound + slack
        joint = product_distribution(each.strategies)
        assert max(swap_regrets(game, joint)) <= slack
        assert max(external_regrets(game, joint)) <= slack


@settings(max_examples=25, deadline=None)
@given(game=SHAPES, data=st.data())
def test_every_objective_reaches_its_bound_and_worst_is_below_best(
    game: NormalFormGame, data: st.DataObject
) -> None:
    table = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=game.shape)
    coarse = data.draw(st.booleans())
    worst, best = (
        correlated_equilibrium(game, objective=table, sense=sense, coarse=coarse)
        for sense in ("minimise", "maximise")
    )
    assert worst.objective == pytest.approx(worst.bound, abs=1e-5)
    assert best.objective == pytest.approx(best.bound, abs=1e-5)
    assert worst.objective <= best.objective + 1e-5
    fair = checked(game, correlated_equilibrium(game, objective="minimum", coarse=coarse))
    assert min(fair.payoffs) == pytest.approx(fair.objective, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(game=any_games(players=3), data=st.data())
def test_scale_and_shift_move_the_objective_along(
    game: NormalFormGame, data: st.DataObject
) -> None:
    scale = data.draw(st.sampled_from([1e-12, 1e-3, 7.0, 1e12]))
    other = normal_form(game.payoffs * scale)
    one, two = correlated_equilibrium(game), correlated_equilibrium(other)
    assert two.objective / scale == pytest.approx(one.objective, abs=1e-4)


def test_a_repeated_strategy_does_not_change_what_can_be_had() -> None:
    for seed in range(5):
        game = random_game((3, 2, 2), seed)
        again = correlated_equilibrium(repeated(game, 0, 1))
        assert again.objective == pytest.approx(correlated_equilibrium(game).objective, abs=1e-6)


def test_no_distribution_on_a_grid_beats_the_best() -> None:
    """Brute force: all mixtures of eighths over the four profiles of a two by two game."""
    seen = 0
    for seed in range(5):
        game = random_game((2, 2), seed, low=-3, high=3)
        best = correlated_equilibrium(game).objective
        for a in range(9):
            for b in range(9 - a):
                for c in range(9 - a - b):
                    shares = [F(n, 8) for n in (a, b, c, 8 - a - b - c)]
                    joint = joint_distribution(game, np.array(shares, dtype=object).reshape(2, 2))
                    if not any(swap_regrets(game, joint)):
                        seen += 1
                        assert float(sum(correlated_payoffs(game, joint))) <= best + 1e-9
    assert seen > 5


@pytest.mark.parametrize("coarse", [False, True])
def test_one_player_takes_the_best(coarse: bool) -> None:
    found = correlated_equilibrium(normal_form([[1, 3, 2]]), coarse=coarse)
    assert found.distribution.tolist() == [0, 1, 0]
    assert found.objective == 3


def test_a_flat_game_allows_everything() -> None:
    found = correlated_equilibrium(normal_form(np.full((2, 3, 3), 0.1)), objective=np.eye(3))
    assert found.objective == pytest.approx(1)


@pytest.mark.parametrize("coarse", [False, True])
def test_another_solver_over_rows_written_one_by_one_agrees(coarse: bool) -> None:
    for seed in range(6):
        game = random_game((2, 3, 2), seed)
        rows = []
        for player, size in enumerate(game.shape):
            for told in [None] if coarse else range(size):
                for played in range(size):
                    row = np.zeros(game.shape)
                    for profile in np.ndindex(*game.shape):
                        if told is None or profile[player] == told:
                            other = (*profile[:player], played, *profile[player + 1 :])
                            row[profile] = (
                                game.payoffs[player][other] - game.payoffs[player][profile]
                            )
                    rows.append(row.ravel())
        welfare = game.payoffs.sum(axis=0).ravel()
        theirs = linprog(
            -welfare, A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=[np.ones_like(welfare)], b_eq=[1.0]
        )
        assert correlated_equilibrium(game, coarse=coarse).objective == pytest.approx(-theirs.fun)


# The arithmetic -----------------------------------------------------------------------------------


@settings(max_examples=25)
@given(game=SHAPES, data=st.data())
def test_regrets_are_those_of_a_sum_over_all_profiles(
    game: NormalFormGame, data: st.DataObject
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    joint = rng.dirichlet(np.ones(game.payoffs[0].size)).reshape(game.shape)
    for player, size in enumerate(game.shape):
        gains = np.zeros((size, size))
        for profile in np.ndindex(*game.shape):
            for played in range(size):
                other = (*profile[:player], played, *profile[player + 1 :])
                change = game.payoffs[player][other] - game.payoffs[player][profile]
                gains[profile[player], played] += joint[profile] * change
        assert deviation_gains(game, joint, player) == pytest.approx(gains, abs=1e-9)
        assert swap_regrets(game, joint)[player] == pytest.approx(gains.max(axis=1).sum(), abs=1e-9)
        assert external_regrets(game, joint)[player] == pytest.approx(
            gains.sum(axis=0).max(), abs=1e-9
        )


def test_a_product_of_mixtures_has_the_payoffs_and_regrets_of_the_profile() -> None:
    game = random_game((2, 3, 2), 8, low=-5, high=5)
    profile = mixed_profile(game, [[F(1, 3), F(2, 3)], [F(1, 2), F(1, 4), F(1, 4)], [0, 1]])
    joint = product_distribution(profile)
    assert joint.sum() == 1
    assert correlated_payoffs(game, joint) == expected_payoffs(game, profile)
    assert external_regrets(game, joint) == regrets(game, profile)


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distribution", "message"),
    [
        ([0.5, 0.5], "expected the game's shape"),
        ([[0.5, 0.5], [0.5, 0.5]], "add up to 1"),
        ([[1.5, 0.0], [0.0, -0.5]], "none may be negative"),
        ([[float("nan"), 0.0], [0.0, 1.0]], "add up to 1"),
        ([[None, 0.0], [0.0, 1.0]], "expected numbers"),
        ([[1.0], [0.0, 1.0]], "expected the game's shape"),
    ],
)
def test_distributions_that_are_none_are_refused(distribution: object, message: str) -> None:
    with pytest.raises(GameError, match=message):
        joint_distribution(CHICKEN, distribution)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "player:3"}, "player:1 or player:2"),
        ({"objective": "wellfare"}, "expected welfare"),
        ({"objective": [1.0, 2.0]}, "shape"),
        ({"objective": [[float("nan"), 0.0], [0.0, 0.0]]}, "finite"),
        ({"objective": "minimum", "sense": "minimise"}, "minimum"),
        ({"sense": "most"}, "expected maximise or minimise"),
    ],
)
def test_objectives_that_are_none_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(GameError, match=message):
        correlated_equilibrium(CHICKEN, **options)  # type: ignore[arg-type]


def test_the_limit_of_time_is_an_error_of_its_own() -> None:
    with pytest.raises(LimitError, match="allow more time"):
        correlated_equilibrium(random_game((12, 12, 12), 0), time_limit=0.0)

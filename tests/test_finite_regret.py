"""The check on every equilibrium: against the plain formula, and where floats mislead."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import GameError, NotCertifiedError
from games.normal_form import NormalFormGame, normal_form
from games.rational import integers
from games.regret import assessment, deviation_payoffs, mixed_profile, pure_profile
from games.scaled import safely_scaled
from solvers.finite.certified import certified
from tests.finite_games import any_games, random_game

F = Fraction


def plain_worth(game: NormalFormGame, profile, player: int, strategy: int):
    """Sum over every pure profile, as the definition says."""
    total = F(0)
    for place in product(*map(range, game.shape)):
        if place[player] == strategy:
            weight = math.prod(
                profile[other][a] for other, a in enumerate(place) if other != player
            )
            total += weight * game.rational()[(player, *place)]
    return total


def plain_assessment(game: NormalFormGame, profile):
    payoffs, regret = [], []
    for player, size in enumerate(game.shape):
        worths = [plain_worth(game, profile, player, a) for a in range(size)]
        payoffs.append(sum(p * w for p, w in zip(profile[player], worths, strict=True)))
        regret.append(max(worths) - payoffs[-1])
    return tuple(payoffs), tuple(regret)


@st.composite
def games_with_profiles(draw):
    game = draw(st.integers(1, 4).flatmap(lambda players: any_games(players=players)))
    profile = []
    for size in game.shape:
        shares = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
        shares[draw(st.integers(0, size - 1))] += 1
        profile.append([F(share, sum(shares)) for share in shares])
    return game, profile


@settings(max_examples=150, deadline=None)
@given(games_with_profiles())
def test_exact_payoffs_and_regrets_are_those_of_the_definition(drawn):
    game, profile = drawn
    found = assessment(game, mixed_profile(game, profile))
    assert (found.payoffs, found.regret) == plain_assessment(game, profile)
    for player, best in enumerate(found.best):
        assert (
            plain_worth(game, profile, player, best) == found.payoffs[player] + found.regret[player]
        )
    assert all((share > 0) == (r > 0) for share, r in zip(found.shares, found.regret, strict=True))


@settings(max_examples=150, deadline=None)
@given(games_with_profiles())
def test_float_payoffs_and_regrets_are_those_of_the_definition_up_to_rounding(drawn):
    game, profile = drawn
    floats = [[float(p) for p in strategy] for strategy in profile]
    found = assessment(game, mixed_profile(game, floats))
    payoffs, regret = plain_assessment(game, profile)
    assert found.payoffs == pytest.approx([float(value) for value in payoffs], abs=1e-12)
    assert found.regret == pytest.approx([float(value) for value in regret], abs=1e-12)
    for spread, share, value in zip(game.spreads, found.shares, found.regret, strict=True):
        assert share * spread == pytest.approx(value, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(games_with_profiles())
def test_deviation_payoffs_agree_in_floats_and_fractions(drawn):
    game, profile = drawn
    for player in range(len(game.shape)):
        exact = deviation_payoffs(game.rational()[player], profile, player)
        floats = deviation_payoffs(game.payoffs[player], profile, player)
        assert floats == pytest.approx(exact.astype(float), abs=1e-12)
        assert exact.tolist() == [
            plain_worth(game, profile, player, a) for a in range(game.shape[player])
        ]


PENNIES = np.array([[1.0, -1.0], [-1.0, 1.0]])


@pytest.mark.parametrize("unit", [1e305, 1e-305, 1e-312, 5e-324, 1.0])
@pytest.mark.parametrize("in_fractions", [False, True])
def test_no_size_of_payoffs_lets_a_wrong_profile_pass_or_a_right_one_fail(unit, in_fractions):
    tables = [unit * PENNIES, -unit * PENNIES]
    if in_fractions:
        tables = [[[F(value) for value in row] for row in table.tolist()] for table in tables]
    game = normal_form(tables)
    assert max(certified(game, [[0.5, 0.5], [0.5, 0.5]]).regret) == 0
    for wrong in ([[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [0.6, 0.4]], [[0.5, 0.5], [0.51, 0.49]]):
        with pytest.raises(NotCertifiedError, match="spread of payoffs"):
            certified(game, wrong)
    exact = [[F(1, 2), F(1, 2)], [F(1, 2), F(1, 2)]]
    assert certified(game, exact).exact
    with pytest.raises(NotCertifiedError):
        certified(game, [[F(1, 2), F(1, 2)], [F(51, 100), F(49, 100)]])


@pytest.mark.parametrize("offset", [1e3, 1e9, 1e15, -1e15])
def test_a_constant_that_dwarfs_the_differences_hides_no_regret(offset):
    game = normal_form([PENNIES + offset, offset - PENNIES])
    assert max(certified(game, [[0.5, 0.5], [0.5, 0.5]]).regret) <= 1e-15
    found = assessment(game, ((0.5, 0.5), (0.5 + 1e-5, 0.5 - 1e-5)))
    assert found.regret == pytest.approx((2e-5, 0.0), rel=1e-9)
    with pytest.raises(NotCertifiedError):
        certified(game, [[0.5, 0.5], [0.5 + 1e-5, 0.5 - 1e-5]])


def test_differences_that_floats_cannot_hold_count_where_the_payoffs_are_exact():
    base = 10**30
    table = [[base + 1, base - 1], [base - 1, base + 1]]
    game = normal_form([table, [[2 * base - value for value in row] for row in table]])
    assert game.payoffs[0].min() == game.payoffs[0].max()
    assert certified(game, [[0.5, 0.5], [0.5, 0.5]]).payoffs == (1e30, 1e30)
    with pytest.raises(NotCertifiedError):
        certified(game, [[1.0, 0.0], [1.0, 0.0]])


def test_payoffs_too_small_for_floats_count_where_they_are_exact():
    tiny = F(1, 10**390)
    game = normal_form([[[tiny, -tiny], [-tiny, tiny]], [[-tiny, tiny], [tiny, -tiny]]])
    assert not game.payoffs.any()
    certified(game, [[0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(NotCertifiedError):
        certified(game, [[1.0, 0.0], [1.0, 0.0]])


def test_payoffs_whose_differences_are_no_floats_are_refused():
    with pytest.raises(GameError, match="player 2: expected numbers up to 1e.305, found 1.5e.308"):
        normal_form([PENNIES, 1.5e308 * PENNIES])


def test_a_spread_beyond_the_largest_float_lets_nothing_pass():
    tables = np.stack([1.5e308 * PENNIES, -1.5e308 * PENNIES])
    game = NormalFormGame(tables, ("1", "2"), (("1", "2"), ("1", "2")))  # nobody has checked it
    assert game.spreads == (sys.float_info.max, sys.float_info.max)
    assert certified(game, [[0.5, 0.5], [0.5, 0.5]]).regret == (0, 0)
    for wrong in ([[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [0.51, 0.49]]):
        with pytest.raises(NotCertifiedError):
            certified(game, wrong)


def test_spreads_are_those_of_the_payoffs():
    assert normal_form([[[1.0, 4.0]], [[-2, 3]]]).spreads == (3, 5)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6),
    st.booleans(),
)
def test_scaled_payoffs_are_the_payoffs_moved_and_stretched(values, exactly):
    table = np.array(values)
    exact = np.array([F(value) for value in values], dtype=object) if exactly else None
    found = safely_scaled(table, exact)
    span = max(map(F, values)) - min(map(F, values))
    assert found.spread == pytest.approx(float(span / F(found.unit)), rel=1e-9)
    for value, there in zip(values, found.values.tolist(), strict=True):
        back = F(found.middle) + F(found.unit) * F(there)
        assert abs(back - F(value)) <= F(1, 2**50) * max(span, abs(F(value)) / 2**2, F(5e-324))
    assert np.abs(found.values).max() <= 2.0**802 or found.spread == 0


def test_constant_payoffs_make_every_profile_an_equilibrium():
    game = normal_form([[[0.1, 0.1], [0.1, 0.1]], [[7e300, 7e300], [7e300, 7e300]]])
    found = certified(game, [[0.3, 0.7], [1 - 1e-10, 0.0]])
    assert found.regret == (0, 0)
    assert found.payoffs == pytest.approx((0.1, 7e300))


def test_pure_profiles_pay_exactly_what_the_table_says():
    table = [[0.1, 0.3], [1e9 + 0.1, 1e9 + 0.7]]
    game = normal_form([table, table])
    for place in product(range(2), range(2)):
        profile = [[float(a == chosen) for a in range(2)] for chosen in place]
        assert (
            assessment(game, mixed_profile(game, profile)).payoffs[0] == table[place[0]][place[1]]
        )


def test_exact_numbers_are_asked_for_once():
    game = random_game((3, 3), 0)
    assert game.rational() is game.rational()
    assert game.rational()[0, 1, 2] == F(game.payoffs[0, 1, 2])


def test_integers_share_one_denominator():
    assert integers([F(1, 6), F(-3, 4), 2, 0.5]) == (12, [2, -9, 24, 6])
    assert integers([]) == (1, [])


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ([[0.5, 0.5]], "expected 2 mixed strategies, found 1"),
        ([[0.5, 0.5], [1.0]], "player 2: expected 2 probabilities, found 1"),
        ([[0.5, 0.6], [1.0, 0.0]], "player 1: expected probabilities that add up to 1"),
        ([[1.5, -0.5], [1.0, 0.0]], "none may be negative"),
        ([[math.nan, 1.0], [1.0, 0.0]], "add up to 1"),
        ([["x", 1.0], [1.0, 0.0]], "player 1: expected numbers"),
        ([[F(1, 2), F(1, 3)], [F(1), F(0)]], "add up to 1"),
    ],
)
def test_profiles_that_are_none_are_refused(profile, message):
    with pytest.raises(GameError, match=message):
        certified(normal_form([PENNIES, -PENNIES]), profile)


def test_a_pure_profile_is_exact():
    game = random_game((2, 3), 1, low=0, high=5)
    assert pure_profile(game, (1, 2)) == ((0, 1), (0, 0, 1))
    assert all(isinstance(p, F) for strategy in pure_profile(game, (1, 2)) for p in strategy)

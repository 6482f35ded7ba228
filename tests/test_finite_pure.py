"""All pure equilibria of any number of players, ties and rounding included."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.normal_form import NormalFormGame, normal_form
from games.regret import pure_profile, regrets
from solvers.finite.pure import pure_equilibria
from tests.finite_games import (
    TEXTBOOK,
    Textbook,
    any_games,
    coordination,
    horse,
    majority,
    minority,
    nine_equilibria,
    permuted,
    random_game,
    repeated,
    rescaled,
)


def found(game: NormalFormGame) -> list[tuple[int, ...]]:
    solution = pure_equilibria(game)
    assert solution.complete
    assert not solution.stopped
    for equilibrium in solution.equilibria:
        assert not any(equilibrium.regret)
    return [
        tuple(strategy.index(1.0) for strategy in equilibrium.strategies)
        for equilibrium in solution.equilibria
    ]


def by_brute_force(game: NormalFormGame) -> list[tuple[int, ...]]:
    """Exact regret of every profile, one after the other."""
    return [
        profile
        for profile in product(*map(range, game.shape))
        if not any(regrets(game, pure_profile(game, profile)))
    ]


@pytest.mark.parametrize("book", TEXTBOOK.values(), ids=TEXTBOOK)
def test_textbook_games_of_two_players_have_their_pure_equilibria(book: Textbook) -> None:
    pure = [pair for pair in book.equilibria if all(max(strategy) == 1 for strategy in pair)]
    expected = sorted(tuple(strategy.index(Fraction(1)) for strategy in pair) for pair in pure)
    assert found(book.game) == expected


def test_three_player_games_have_their_known_pure_equilibria() -> None:
    assert found(horse()) == [(0, 0, 1), (1, 0, 0)]
    assert len(found(nine_equilibria())) == 4
    assert found(majority()) == [(0, 0, 0), (1, 1, 1)]
    every = set(product(range(2), repeat=3))
    assert set(found(minority())) == every - {(0, 0, 0), (1, 1, 1)}


def test_the_order_is_that_of_the_profiles() -> None:
    assert found(coordination(4)) == [(a, a) for a in range(4)]


def test_an_empty_complete_list_proves_that_there_is_none() -> None:
    pennies = normal_form([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    assert found(pennies) == []


@settings(max_examples=60)
@given(st.one_of(any_games(players=2), any_games(players=3), any_games(players=1)))
def test_brute_force_agrees(game: NormalFormGame) -> None:
    assert found(game) == by_brute_force(game)


@settings(max_examples=30)
@given(game=any_games(players=3), data=st.data())
def test_scale_shift_order_and_repetition_of_strategies_change_nothing_else(
    game: NormalFormGame, data: st.DataObject
) -> None:
    before = found(game)
    factor = data.draw(st.fractions(Fraction(1, 7), Fraction(9)))
    shift = data.draw(st.fractions(Fraction(-9), Fraction(9)))
    assert found(rescaled(game, [factor] * 3, [shift] * 3)) == before
    orders = [data.draw(st.permutations(range(size))) for size in game.shape]
    moved = {
        tuple(order.index(a) for order, a in zip(orders, profile, strict=True))
        for profile in before
    }
    assert set(found(permuted(game, orders))) == moved
    twice = found(repeated(game, 1, 0))
    last = game.shape[1]
    assert {(p[0], 0 if p[1] == last else p[1], p[2]) for p in twice} == set(before)
    assert len(twice) == len(before) + sum(profile[1] == 0 for profile in before)


def test_differences_that_rounding_hides_are_seen() -> None:
    small = Fraction(1, 10**30)
    third = Fraction(1, 3)
    table = [[third, third + small], [third - small, third]]
    game = normal_form([table, [[0, 0], [0, 0]]])
    assert np.ptp(game.payoffs[0]) == 0
    assert found(game) == [(0, 0), (0, 1)]


def test_fractions_come_back_exact() -> None:
    solution = pure_equilibria(random_game((3, 3, 3), 5), exact=True)
    assert solution.exact
    assert solution.equilibria
    assert all(isinstance(p, Fraction) for p in solution.equilibria[0].strategies[0])


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_tiny_and_huge_payoffs_make_no_difference(scale: float) -> None:
    for seed in range(20):
        game = random_game((3, 2, 4), seed)
        assert found(normal_form(game.payoffs * scale)) == found(game)


def test_the_limit_of_time_leaves_a_list_that_is_not_complete() -> None:
    flat = normal_form(np.zeros((3, 4, 4, 4)))
    solution = pure_equilibria(flat, time_limit=0.0)
    assert not solution.complete
    assert solution.stopped
    assert len(solution.equilibria) < 64
    assert len(found(flat)) == 64


def test_gambit_agrees_exactly() -> None:
    gambit = pytest.importorskip("pygambit", reason="compares with Gambit, which is not installed")
    for seed in range(60):
        game = random_game((3, 2, 3), seed, low=0, high=4)
        theirs = gambit.nash.enumpure_solve(gambit.Game.from_arrays(*game.payoffs.astype(int)))
        profiles = {
            tuple(
                [profile[strategy] for strategy in player.strategies].index(1)
                for player in profile.game.players
            )
            for profile in theirs.equilibria
        }
        assert set(found(game)) == profiles

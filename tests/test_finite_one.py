"""One equilibrium of two players: pure ones, Lemke-Howson paths, and the exact way out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from games.rational import positive_integers
from games.regret import mixed_profile, regrets
from solvers.finite import lemke_howson
from solvers.finite.integer_path import integer_path
from solvers.finite.integer_tableau import IntegerTableau
from solvers.finite.lemke_howson import one_equilibrium
from solvers.finite.paths import Paths
from solvers.finite.support_pair import SupportPair, exact_mixture, exact_profile, float_profile
from tests.finite_games import (
    TEXTBOOK,
    any_bimatrix_games,
    coordination,
    degenerate_games,
    float_games,
    integer_games,
    permuted,
    random_game,
    repeated,
    rescaled,
    seventy_five,
    swapped,
)

textbook = pytest.mark.parametrize("title", TEXTBOOK)
some = settings(max_examples=60, deadline=None)


def strategies_of(game: NormalFormGame, **options: Any) -> tuple[tuple[Any, ...], ...]:
    """Return the one equilibrium found, after checking its regret from the payoffs alone."""
    solution = one_equilibrium(game, **options)
    (found,) = solution.equilibria
    assert solution.stopped == ""
    largest = [1e-9 * max(float(np.ptp(table)), 1e-300) for table in game.payoffs]
    if options.get("exact"):
        largest = [0.0, 0.0]
        assert solution.exact
    gains = regrets(game, mixed_profile(game, found.strategies))
    assert all(gain <= most for gain, most in zip(gains, largest, strict=True))
    return found.strategies


@textbook
def test_textbook_games_yield_one_of_their_equilibria(title: str) -> None:
    book = TEXTBOOK[title]
    found = strategies_of(book.game, exact=True)
    x, y = zip(*book.equilibria, strict=True)
    assert found in book.equilibria or (found[0] in x and found[1] in y)


@textbook
def test_every_path_of_a_textbook_game_ends(title: str) -> None:
    game = TEXTBOOK[title].game
    for label in range(sum(game.shape)):
        assert strategies_of(game, label=label, exact=True) in TEXTBOOK[title].equilibria


def test_paths_end_where_lemke_and_howson_say() -> None:
    # vonstengel2007, example 3.3: dropping label 2 leads from (0, 0) to the mixture of the last
    # two rows, dropping label 1 to the pure equilibrium.
    game = TEXTBOOK["three by two"].game
    third, half = Fraction(1, 3), Fraction(2, 3)
    assert strategies_of(game, label=0, exact=True) == ((1, 0, 0), (1, 0))
    assert strategies_of(game, label=1, exact=True) == ((0, third, half), (third, half))


def test_pure_equilibria_come_first_and_exactly_if_asked() -> None:
    game = normal_form([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    solution = one_equilibrium(game, exact=True)
    assert solution.method == "pure strategies"
    assert solution.equilibria[0].strategies == ((0, 1), (0, 1))
    assert isinstance(solution.equilibria[0].strategies[0][0], Fraction)


@some
@given(any_bimatrix_games(largest=6))
def test_any_game_has_an_equilibrium_and_it_is_found(game: NormalFormGame) -> None:
    strategies_of(game)
    strategies_of(game, exact=True)


@some
@given(any_bimatrix_games(largest=5), st.integers(0, 9))
def test_every_label_leads_to_an_equilibrium(game: NormalFormGame, label: int) -> None:
    strategies_of(game, label=label % sum(game.shape))
    strategies_of(game, label=label % sum(game.shape), exact=True)


@some
@given(st.one_of(degenerate_games(largest=5), integer_games(largest=5)), st.integers(0, 9))
def test_integer_paths_never_go_round(game: NormalFormGame, label: int) -> None:
    found = integer_path(game, label=label % sum(game.shape), deadline=np.inf)
    assert found is not None
    assert not any(regrets(game, mixed_profile(game, found)))


@some
@given(degenerate_games(largest=5), st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_rows_of_an_integer_tableau_stay_lexicographically_positive(
    game: NormalFormGame, entering: list[int]
) -> None:
    # What keeps a path from going round: each row of right side and inverse basis is positive in
    # its first entry that is not 0.
    rows, columns = game.shape
    tableau = IntegerTableau(positive_integers(game.rational()[0]), 0, rows)
    for number in entering:
        outside = sorted(tableau.outside)
        label = outside[number % columns]
        if not any(line[tableau.outside[label]] > 0 for line in tableau.rows):
            continue  # nothing limits it
        tableau.enter(label)
        for i, line in enumerate(tableau.rows):
            inverse = [
                line[tableau.outside[slack]]
                if slack in tableau.outside
                else tableau.unit * (tableau.basis[i] == slack)
                for slack in range(rows)
            ]
            assert next(entry for entry in [line[-1], *inverse] if entry) > 0


@some
@given(float_games(largest=5), st.integers(0, 9))
def test_floats_and_integers_follow_the_same_path(game: NormalFormGame, label: int) -> None:
    label %= sum(game.shape)
    ours = one_equilibrium(game, label=label).equilibria[0].strategies
    theirs = integer_path(game, label=label, deadline=np.inf)
    assert theirs is not None
    for mine, other in zip(ours, theirs, strict=True):
        assert np.allclose(mine, [float(p) for p in other], atol=1e-7)


@some
@given(
    any_bimatrix_games(),
    st.tuples(st.integers(1, 99), st.integers(1, 99)),
    st.tuples(st.integers(-999, 999), st.integers(-999, 999)),
)
def test_what_is_found_in_a_rescaled_game_is_an_equilibrium_of_the_game(
    game: NormalFormGame, factors: tuple[int, int], shifts: tuple[int, int]
) -> None:
    found = strategies_of(rescaled(game, factors, shifts), exact=True)
    assert not any(regrets(game, mixed_profile(game, found)))


@some
@given(any_bimatrix_games(), st.randoms(use_true_random=False))
def test_what_is_found_in_a_permuted_game_is_an_equilibrium_of_the_game(
    game: NormalFormGame, random: Any
) -> None:
    orders = [random.sample(range(size), size) for size in game.shape]
    found = strategies_of(permuted(game, orders), exact=True)
    back: list[list[Fraction]] = [[Fraction(0)] * size for size in game.shape]
    for strategy, order, mixture in zip(back, orders, found, strict=True):
        for new, old in enumerate(order):
            strategy[old] = mixture[new]
    assert not any(regrets(game, mixed_profile(game, back)))


@some
@given(any_bimatrix_games())
def test_swapped_players_swap_their_strategies(game: NormalFormGame) -> None:
    first, second = strategies_of(swapped(game), exact=True)
    assert not any(regrets(game, mixed_profile(game, [second, first])))


@some
@given(any_bimatrix_games(largest=4), st.integers(0, 1), st.integers(0, 3))
def test_a_repeated_strategy_shares_its_probability(
    game: NormalFormGame, player: int, strategy: int
) -> None:
    strategy %= game.shape[player]
    found = [list(s) for s in strategies_of(repeated(game, player, strategy), exact=True)]
    found[player][strategy] += found[player].pop()
    assert not any(regrets(game, mixed_profile(game, found)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 30), (30, 2)])
def test_thin_games_are_games(shape: Sequence[int]) -> None:
    strategies_of(random_game(shape, 3))
    strategies_of(random_game(shape, 3, low=-1, high=1), exact=True)
    for label in range(sum(shape)):
        strategies_of(random_game(shape, 3), label=label)


@pytest.mark.parametrize("constant", [0, 1, -7])
def test_constant_games_are_games(constant: int) -> None:
    game = normal_form(np.full((2, 4, 5), constant))
    strategies_of(game)
    for label in range(9):
        strategies_of(game, label=label, exact=True)


@pytest.mark.parametrize("factors", [(1e-12, 1e12), (1e12, 1e12), (1e-12, 1e-12)])
def test_huge_and_tiny_payoffs_make_no_difference(factors: tuple[float, float]) -> None:
    plain = random_game((8, 8), 5).payoffs
    game = normal_form([plain[0] * factors[0], plain[1] * factors[1]])
    for label in [None, *range(16)]:
        strategies_of(game, label=label)


@pytest.mark.parametrize("size", [30, 100])
@pytest.mark.parametrize("seed", range(8))
def test_random_games_of_some_size_are_solved(size: int, seed: int) -> None:
    strategies_of(random_game((size, size), seed))


def close_to_zero_sum(size: int) -> NormalFormGame:
    conflict, rest = np.random.default_rng(1).random((2, size, size))
    return normal_form([conflict + 0.3 * rest, 0.3 * rest - conflict])


def test_games_close_to_zero_sum_need_long_paths_and_get_them() -> None:
    strategies_of(close_to_zero_sum(40))


def test_large_degenerate_games_are_solved_from_every_label() -> None:
    game = random_game((25, 25), 2, low=-1, high=1)
    for label in range(0, 50, 7):
        strategies_of(game, label=label)


def test_one_of_seventy_five_equilibria_is_found_exactly() -> None:
    strategies_of(seventy_five(), exact=True)
    for label in range(12):
        strategies_of(seventy_five(), label=label, exact=True)


def test_paths_lead_from_one_equilibrium_to_others() -> None:
    # Coordination on three places: from one pure equilibrium, dropping a played label leads on.
    game = coordination(3)
    paths = Paths(game)
    met = set()
    for label, *then in itertools.product(range(6), repeat=3):
        supports = paths.follow(label, cap=99)
        for other in then:
            assert supports is not None
            met.add(supports)
            supports = paths.follow(other, cap=99, onwards=True)
    for supports in met - {SupportPair((), ())}:
        profile = float_profile(game, supports)
        assert profile is not None
        assert max(regrets(game, mixed_profile(game, profile))) < 1e-9
    assert len(met) > 3


def test_where_floats_are_given_up_integers_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lemke_howson, "_along_paths", lambda *_: None)
    monkeypatch.setattr(lemke_howson, "work_is_worth", lambda _: False)
    game = TEXTBOOK["Shapley's cycle"].game
    solution = one_equilibrium(game)
    assert solution.method == "Lemke-Howson, integers"
    assert solution.equilibria[0].strategies == ((1 / 3,) * 3,) * 2
    assert one_equilibrium(game, exact=True).exact


def test_wrong_supports_from_floats_are_seen_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Paths, "follow", lambda *_, **__: SupportPair((0,), (0,)))
    monkeypatch.setattr(lemke_howson, "work_is_worth", lambda _: False)
    game = TEXTBOOK["Shapley's cycle"].game
    assert one_equilibrium(game).method == "Lemke-Howson, integers"


def test_a_limit_of_time_leaves_an_empty_answer_that_says_so() -> None:
    solution = one_equilibrium(close_to_zero_sum(40), time_limit=0.0)
    assert solution.equilibria == ()
    assert solution.stopped == "limit of time"
    assert not solution.complete


def test_three_players_and_labels_that_do_not_exist_are_refused() -> None:
    with pytest.raises(GameError, match="expected 2 players, found 3"):
        one_equilibrium(random_game((2, 2, 2), 0))
    with pytest.raises(GameError, match="label: expected 0 to 4, found 5"):
        one_equilibrium(random_game((2, 3), 0), label=5)


def test_supports_without_a_unique_mixture_have_no_profile() -> None:
    game = normal_form([np.ones((2, 2), dtype=int), np.ones((2, 2), dtype=int)])
    both = SupportPair((0, 1), (0, 1))
    assert exact_profile(game, both) is None
    assert float_profile(game, both) is None
    assert float_profile(game, SupportPair((0, 1), (0,))) is None
    assert exact_profile(game, SupportPair((0, 1), (0,))) is None


def test_a_mixture_with_a_negative_part_is_none() -> None:
    # 2 p + (1 - p) = 3 p + 2 (1 - p) never; [[2, 1], [3, 1]]: p = 0; [[2, 1], [3, 3/2]]: p = -1.
    block = np.array([[Fraction(2), Fraction(1)], [Fraction(3), Fraction(3, 2)]])
    assert exact_mixture(block) is None
    block[1, 1] = Fraction(1)
    assert exact_mixture(block) == [0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_three_hundred_strategies_each_are_solved(seed: int) -> None:
    strategies_of(random_game((300, 300), seed))

"""Zero-sum games: the value from below and from above, whichever method found it."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from games.regret import mixed_profile, regrets
from solvers.finite import zero_sum
from solvers.finite.interior import interior_play
from solvers.finite.lemke_howson import one_equilibrium
from solvers.finite.matrix_simplex import simplex_end
from solvers.finite.zero_sum import zero_sum_form, zero_sum_value
from tests.finite_games import TEXTBOOK, permuted, random_game, repeated, swapped, zero_sum_games

some = settings(max_examples=60, deadline=None)


def value_of(matrix: Any) -> float:
    """Return the value of a matrix game by another optimiser."""
    matrix = np.asarray(matrix, dtype=float)
    rows, columns = matrix.shape
    answer = linprog(
        np.append(np.zeros(columns), 1.0),
        A_ub=np.column_stack([matrix, -np.ones(rows)]),
        b_ub=np.zeros(rows),
        A_eq=[[1.0] * columns + [0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * columns + [(None, None)],
    )
    return float(answer.fun)


def checked(game: NormalFormGame, **options: Any) -> float:
    """Return the value found, after checking everything that is claimed."""
    solution = zero_sum_value(game, **options)
    (found,) = solution.equilibria
    first = found.payoffs[0]
    spread = float(np.ptp(game.payoffs[0])) or 1.0
    gains = regrets(game, mixed_profile(game, found.strategies))
    allowed = 0 if options.get("exact") else 1e-6 * spread
    assert max(gains) <= allowed
    assert solution.objective is not None
    assert solution.bound is not None
    assert solution.objective - 1e-9 * spread <= float(first) <= solution.bound + 1e-9 * spread
    assert solution.bound - solution.objective <= 1.0001e-6 * spread
    assert solution.exact is bool(options.get("exact"))
    return float(first)


@pytest.mark.parametrize("title", ["matching pennies", "rock, paper, scissors"])
def test_textbook_games_have_their_only_equilibrium(title: str) -> None:
    book = TEXTBOOK[title]
    assert zero_sum_value(book.game, exact=True).equilibria[0].strategies == book.equilibria[0]


def test_a_game_worked_by_hand() -> None:
    # [[2, -1], [-1, 1]]: 2p - (1-p) = -p + (1-p) gives p = 2/5 for both, value 1/5.
    solution = zero_sum_value([[2, -1], [-1, 1]], exact=True)
    two, three = Fraction(2, 5), Fraction(3, 5)
    assert solution.equilibria[0].strategies == ((two, three), (two, three))
    assert solution.equilibria[0].payoffs == (Fraction(1, 5), Fraction(-1, 5))
    assert solution.objective == pytest.approx(0.2)


def test_blotto_with_five_soldiers_and_two_posts() -> None:
    # gross1950: with as many soldiers on two posts nobody can win on balance.
    places = [(k, 5 - k) for k in range(6)]
    table = [[int(np.sign(a - c) + np.sign(b - d)) for c, d in places] for a, b in places]
    assert checked(normal_form([table, -np.array(table)]), exact=True) == 0.0


def test_a_saddle_point_is_pure() -> None:
    table = np.array([[3, 1, 4], [5, 2, 6], [0, 1, 2]])
    solution = zero_sum_value(table, exact=True)
    assert solution.equilibria[0].strategies == ((0, 1, 0), (0, 1, 0))
    assert solution.equilibria[0].payoffs == (2, -2)


@some
@given(zero_sum_games(largest=6))
def test_the_value_is_that_of_another_optimiser(game: NormalFormGame) -> None:
    value = value_of(game.payoffs[0])
    assert checked(game) == pytest.approx(value, abs=1e-5)
    assert checked(game, exact=True) == pytest.approx(value, abs=1e-7)


@some
@given(zero_sum_games(largest=6))
def test_both_methods_agree_whatever_the_size(game: NormalFormGame) -> None:
    table = game.payoffs[0]
    unit = (table - table.min()) / (np.ptp(table) or 1.0)
    play, end = interior_play(unit, tolerance=1e-7), simplex_end(unit)
    assert end is not None
    assert play.gap <= 1e-7
    assert end.play.gap <= 1e-9
    assert play.lower == pytest.approx(end.play.lower, abs=2e-7)


@some
@given(zero_sum_games(), st.integers(1, 99), st.integers(-99, 99))
def test_rescaling_and_shifting_carries_the_value_along(
    game: NormalFormGame, factor: int, shift: int
) -> None:
    table = game.rational()[0]
    moved = normal_form([table * factor + shift, -table * factor - shift])
    expected = zero_sum_value(game, exact=True).equilibria[0].payoffs[0] * factor + shift
    assert zero_sum_value(moved, exact=True).equilibria[0].payoffs[0] == expected


@some
@given(zero_sum_games(), st.randoms(use_true_random=False))
def test_order_repetition_and_seats_do_not_change_the_value(
    game: NormalFormGame, random: Any
) -> None:
    value = zero_sum_value(game, exact=True).equilibria[0].payoffs[0]
    orders = [random.sample(range(size), size) for size in game.shape]
    for other, sign in (
        (permuted(game, orders), 1),
        (repeated(game, 0, 0), 1),
        (repeated(game, 1, game.shape[1] - 1), 1),
        (swapped(game), -1),
    ):
        assert zero_sum_value(other, exact=True).equilibria[0].payoffs[0] == sign * value


@some
@given(
    zero_sum_games(),
    st.lists(st.integers(-9, 9), min_size=5, max_size=5),
    st.lists(st.integers(-9, 9), min_size=5, max_size=5),
    st.sampled_from([Fraction(1), Fraction(7), Fraction(1, 3)]),
)
def test_disguises_that_best_responses_do_not_notice_are_seen_through(
    game: NormalFormGame, to_first: list[int], to_second: list[int], factor: Fraction
) -> None:
    table = game.rational()[0]
    rows, columns = game.shape
    first = table + np.array(to_first[:columns], dtype=object)
    second = -table * factor + np.array(to_second[:rows], dtype=object)[:, None]
    disguised = normal_form([first, second])
    form = zero_sum_form(disguised)
    assert form is not None
    found = zero_sum_value(disguised, exact=True).equilibria[0].strategies
    assert not any(regrets(game, mixed_profile(game, found)))
    assert len(zero_sum_value(disguised).equilibria) == 1


def test_games_with_anything_to_share_are_refused() -> None:
    for title in ("prisoners' dilemma", "Shapley's cycle", "three by two"):
        game = TEXTBOOK[title].game
        if zero_sum_form(game) is None:
            with pytest.raises(GameError, match="one gains what the other loses"):
                zero_sum_value(game)
    assert zero_sum_form(TEXTBOOK["Shapley's cycle"].game) is None
    assert zero_sum_form(TEXTBOOK["battle of the sexes"].game) is None
    assert zero_sum_form(random_game((2, 2, 2), 0)) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 200), (200, 2), (150, 140)])
def test_every_shape_has_a_value(shape: tuple[int, int]) -> None:
    table = random_game(shape, 4).payoffs[0]
    game = normal_form([table, -table])
    assert checked(game) == pytest.approx(value_of(table), abs=2e-6)


HARD = {
    "all alike": np.full((130, 120), 3.0),
    "one prize": np.pad([[1.0]], ((0, 129), (0, 139))),
    "identity": np.eye(150),
    "few values": np.random.default_rng(0).integers(-1, 2, (150, 140)).astype(float),
    "repeated": np.kron(np.random.default_rng(1).random((70, 60)), np.ones((2, 2))),
    "antisymmetric": np.subtract.outer(np.arange(150) ** 0.5, np.arange(150) ** 0.5) ** 3,
    "one huge": np.random.default_rng(2).random((150, 150)) + 1e6 * np.eye(150, 150, 7),
    "distances": np.abs(np.subtract.outer(np.linspace(0, 1, 150), np.linspace(0, 1, 130))),
}


@pytest.mark.parametrize("kind", HARD)
def test_degenerate_games_have_a_value_without_the_simplex_method(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zero_sum, "SIMPLEX_UP_TO", 0)
    monkeypatch.setattr(zero_sum, "simplex_end", lambda *_, **__: None)
    table = HARD[kind]
    spread = float(np.ptp(table)) or 1.0
    value = checked(normal_form([table, -table]))
    assert value == pytest.approx(value_of(table), abs=2e-6 * spread)


@pytest.mark.parametrize("factor", [1e-12, 1e12])
@pytest.mark.parametrize("size", [6, 150])
def test_huge_and_tiny_payoffs_make_no_difference(factor: float, size: int) -> None:
    table = random_game((size, size), 6).payoffs[0]
    plain = checked(normal_form([table, -table]))
    assert checked(normal_form([table * factor, -table * factor])) == pytest.approx(plain * factor)


def test_where_one_method_misses_the_other_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    table = random_game((150, 150), 1).payoffs[0]
    game = normal_form([table, -table])
    value = checked(game)
    monkeypatch.setattr(zero_sum, "interior_play", lambda unit, **_: zero_sum.pure_play(unit))
    assert zero_sum_value(game).method == "HiGHS simplex"
    assert checked(game) == pytest.approx(value, abs=2e-6)
    small = TEXTBOOK["rock, paper, scissors"].game
    monkeypatch.undo()
    monkeypatch.setattr(zero_sum, "simplex_end", lambda *_, **__: None)
    assert zero_sum_value(small).method == "interior point"
    assert zero_sum_value(small, exact=True).method == "Lemke-Howson, integers"


def test_a_limit_of_time_leaves_proven_bounds() -> None:
    table = random_game((150, 150), 1).payoffs[0]
    game = normal_form([table, -table])
    solution = zero_sum_value(game, time_limit=0.0)
    assert solution.equilibria == ()
    assert solution.stopped == "limit of time"
    assert solution.objective is not None
    assert solution.bound is not None
    assert solution.objective <= value_of(table) <= solution.bound


def test_one_equilibrium_of_a_zero_sum_game_is_found_as_such() -> None:
    table = random_game((60, 50), 1).payoffs[0]
    solution = one_equilibrium(normal_form([table, -table]))
    assert solution.method == "HiGHS simplex"
    assert solution.objective is None


def test_values_agree_with_gambit() -> None:
    gambit = pytest.importorskip("pygambit", reason="needs pygambit")
    for seed, size in itertools.product(range(10), (2, 4, 6)):
        table = random_game((size, size), seed, low=-3, high=3).payoffs[0].astype(int)
        ours = zero_sum_value(table, exact=True).equilibria[0].payoffs[0]
        theirs = gambit.nash.lp_solve(gambit.Game.from_arrays(table, -table), rational=True)
        payoff = theirs.equilibria[0].payoff(next(iter(theirs.equilibria[0].game.players)))
        assert ours == Fraction(str(payoff))

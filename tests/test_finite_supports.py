"""Equilibria support by support: known lists, odd numbers, and what is claimed to be complete."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.normal_form import NormalFormGame, normal_form
from games.regret import deviation_payoffs
from solvers.finite.indifference import (
    are_isolated,
    equalised,
    normalised,
    regret_of,
    slopes,
    strategy_payoffs,
)
from solvers.finite.pure import pure_equilibria
from solvers.finite.records import Solution
from solvers.finite.small_supports import is_determined, small_equilibria, triples_equilibria
from solvers.finite.supports import support_equilibria
from tests.finite_games import (
    TEXTBOOK,
    Textbook,
    any_games,
    coordination,
    float_games,
    horse,
    majority,
    minority,
    nine_equilibria,
    random_game,
    repeated,
)


def rounded(solution: Solution) -> set[tuple[tuple[float, ...], ...]]:
    return {
        tuple(tuple(round(float(p), 6) + 0.0 for p in strategy) for strategy in each.strategies)
        for each in solution.equilibria
    }


def irrational() -> NormalFormGame:
    """Return a game of three players and integer payoffs with one equilibrium, an irrational one.

    After nau2004.
    """
    table = [
        [[(3, 0, 2), (1, 0, 0)], [(0, 2, 0), (0, 1, 0)]],
        [[(0, 1, 0), (0, 3, 0)], [(1, 0, 0), (2, 0, 3)]],
    ]
    return normal_form(np.moveaxis(np.array(table), -1, 0), title="irrational")


def continuum() -> NormalFormGame:
    """Return Nau's game of three pure equilibria and a curve of totally mixed ones."""
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[:, 0, 0, 0] = 0, 0, 2
    payoffs[:, 1, 0, 0] = 3, 0, 0
    payoffs[:, 0, 1, 0] = 0, 3, 0
    payoffs[:, 0, 0, 1] = 1, 1, 0
    payoffs[:, 1, 1, 1] = 0, 0, 3
    return normal_form(payoffs)


@pytest.mark.parametrize("book", TEXTBOOK.values(), ids=TEXTBOOK)
def test_textbook_games_of_two_players_have_their_equilibria(book: Textbook) -> None:
    solution = support_equilibria(book.game)
    known = {
        tuple(tuple(round(float(p), 6) for p in strategy) for strategy in pair)
        for pair in book.equilibria
    }
    if solution.complete:
        assert rounded(solution) == known
    else:
        pure = {pair for pair in known if all(max(strategy) == 1.0 for strategy in pair)}
        assert pure <= rounded(solution)


def test_complete_is_claimed_of_regular_textbook_games_only() -> None:
    degenerate = {"three by two, degenerate", "nothing at stake", "a path of equilibria"}
    for title, book in TEXTBOOK.items():
        assert support_equilibria(book.game).complete == (title not in degenerate), title


def test_a_game_of_three_by_two_strategies_can_have_nine_equilibria() -> None:
    solution = support_equilibria(nine_equilibria())
    assert len(solution.equilibria) == 9
    mixing = [sum(len(s) > 1 for s in each.support) for each in solution.equilibria]
    assert sorted(mixing) == [0, 0, 0, 0, 2, 2, 2, 3, 3]


def test_the_irrational_equilibrium_is_found_and_is_the_only_one() -> None:
    solution = support_equilibria(irrational())
    assert solution.complete
    (only,) = solution.equilibria
    assert only.strategies[1][0] == pytest.approx((math.sqrt(601) - 13) / 24, abs=1e-12)
    assert max(only.regret) < 1e-12


def test_of_a_continuum_one_point_is_kept_and_complete_is_not_claimed() -> None:
    solution = support_equilibria(continuum())
    assert not solution.complete
    mixing = [sum(len(s) > 1 for s in each.support) for each in solution.equilibria]
    assert mixing.count(0) == 3
    assert mixing.count(3) == 1


def test_selten_s_horse_has_its_pure_equilibria_and_both_components() -> None:
    solution = support_equilibria(horse())
    assert {((1, 0), (1, 0), (0, 1)), ((0, 1), (1, 0), (1, 0))} <= rounded(solution)
    for x, y, z in rounded(solution):
        sequential = x == (1, 0) and z[0] <= 0.250001
        other = x == (0, 1) and y[0] >= 0.333333 and z == (1, 0)
        assert sequential or other


def test_majority_and_minority_have_an_even_totally_mixed_equilibrium() -> None:
    half = ((0.5, 0.5),) * 3
    assert half in rounded(support_equilibria(majority()))
    assert half in rounded(support_equilibria(minority()))
    assert pure_equilibria(minority()).equilibria


def test_coordination_has_an_equilibrium_for_each_subset_of_places() -> None:
    solution = support_equilibria(coordination(3))
    assert solution.complete
    assert len(solution.equilibria) == 7


@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 2, 2), (3, 3), (2, 2, 2, 2)])
def test_random_games_have_an_odd_number_of_equilibria(shape: tuple[int, ...]) -> None:
    """Almost every game does (wilson1971), so an even list misses one."""
    for seed in range(8):
        solution = support_equilibria(random_game(shape, seed))
        assert len(solution.equilibria) % 2 == 1, seed


@pytest.mark.slow
def test_random_games_of_three_by_three_have_an_odd_number_of_equilibria() -> None:
    for seed in range(60):
        assert len(support_equilibria(random_game((3, 3, 3), seed)).equilibria) % 2 == 1, seed


@settings(max_examples=30, deadline=None)
@given(any_games(players=3, largest=2))
def test_whatever_is_found_is_certified_and_holds_the_pure_ones(game: NormalFormGame) -> None:
    solution = support_equilibria(game, starts=4)
    for each in solution.equilibria:
        for regret, table in zip(each.regret, game.payoffs, strict=True):
            assert regret <= 1e-9 * np.ptp(table)
    assert rounded(pure_equilibria(game)) <= rounded(solution)


@settings(max_examples=15, deadline=None)
@given(game=float_games(players=3, largest=2), data=st.data())
def test_scale_and_shift_change_nothing(game: NormalFormGame, data: st.DataObject) -> None:
    factors = np.array([data.draw(st.sampled_from([1e-6, 1.0, 1e6])) for _ in range(3)])
    other = normal_form(game.payoffs * factors[:, None, None, None] + factors[:, None, None, None])
    assert rounded(support_equilibria(other)) == rounded(support_equilibria(game))


def test_a_continuum_on_a_support_of_two_mixing_players_is_not_called_complete() -> None:
    """Matching pennies with one coin side twice: its weight may be shared out anyhow."""
    solution = support_equilibria(repeated(TEXTBOOK["matching pennies"].game, 1, 0))
    assert not solution.complete
    for x, y in rounded(solution):
        assert x == (0.5, 0.5)
        assert y[1] == 0.5


def test_a_repeated_strategy_leaves_payoffs_of_equilibria_alone() -> None:
    game = random_game((2, 2, 2), 3)
    before = support_equilibria(game)
    after = support_equilibria(repeated(game, 0, 0))
    payoffs = {tuple(np.round(each.payoffs, 6)) for each in before.equilibria}
    assert {tuple(np.round(each.payoffs, 6)) for each in after.equilibria} >= payoffs


def test_the_first_equilibrium_has_a_smallest_support() -> None:
    game = random_game((3, 3, 3), 0)
    every = support_equilibria(game)
    one = support_equilibria(game, first=True)
    assert len(one.equilibria) == 1
    assert not one.complete
    played = [sum(map(len, each.support)) for each in every.equilibria]
    assert sum(map(len, one.equilibria[0].support)) == min(played)


def test_the_limit_of_time_is_kept() -> None:
    solution = support_equilibria(random_game((4, 4, 4, 4), 1), time_limit=0.05)
    assert not solution.complete
    assert solution.stopped == "limit of time"


def test_a_single_player_takes_the_best() -> None:
    solution = support_equilibria(normal_form([[1, 3, 2]]))
    assert rounded(solution) == {((0.0, 1.0, 0.0),)}
    assert solution.complete


# The parts ----------------------------------------------------------------------------------------


def test_payoffs_and_slopes_of_a_batch_are_those_of_its_profiles() -> None:
    rng = np.random.default_rng(3)
    for shape in ((3,), (2, 4), (2, 3, 4), (2, 3, 2, 2)):
        game = random_game(shape, 1)
        batch = tuple(rng.dirichlet(np.ones(size), size=3) for size in shape)
        worth = strategy_payoffs(game.payoffs, batch)
        slope = slopes(game.payoffs, batch)
        rows = np.concatenate(batch, axis=1)
        ends = np.cumsum([0, *shape])
        for b in range(3):
            profile = [strategy[b] for strategy in batch]
            for player in range(len(shape)):
                expected = deviation_payoffs(game.payoffs[player], profile, player)
                assert worth[player][b] == pytest.approx(expected)
                own = slope[b, ends[player] : ends[player + 1]]
                assert not own[:, ends[player] : ends[player + 1]].any()
                if len(shape) > 1:
                    assert own @ rows[b] / (len(shape) - 1) == pytest.approx(expected)


def test_newton_finds_the_totally_mixed_equilibria_that_the_formulas_find() -> None:
    payoffs = normalised(nine_equilibria())
    rng = np.random.default_rng(0)
    starts = tuple(rng.dirichlet(np.ones(2), size=50) for _ in range(3))
    ended = equalised(payoffs, starts)
    good = (regret_of(payoffs, ended) < 1e-9) & (np.hstack(ended).min(axis=1) > 1e-6)
    first = set(np.round(ended[0][good, 0], 6).tolist())
    every = support_equilibria(nine_equilibria()).equilibria
    mixed = [each.strategies for each in every if min(map(min, each.strategies)) > 0]
    assert len(mixed) == 2
    assert first == {round(strategies[0][0], 6) for strategies in mixed}


def test_formulas_for_three_players_agree_with_a_game_solved_by_hand() -> None:
    """With p, q, r the weights of each player's first strategy, f is what it gains by playing it.

    f_i = q r - 1/8, f_j = p - 1/2, f_k = p + q - 3/4. So p = 1/2, q = 1/4 and r = 1/2.
    """
    p, q, r = (1.0 - axis for axis in np.indices((2, 2, 2)))
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[0, 0] = (q * r - 1 / 8)[0]
    payoffs[1, :, 0] = (p - 1 / 2)[:, 0]
    payoffs[2, :, :, 0] = (p + q - 3 / 4)[:, :, 0]
    found = triples_equilibria(payoffs, (0, 1, 2))
    assert is_determined(payoffs)
    assert [x[:, 0].tolist() for x in found] == [pytest.approx([w]) for w in (1 / 2, 1 / 4, 1 / 2)]


def test_double_and_vanishing_quadratics_are_not_called_determined() -> None:
    assert not is_determined(np.zeros((3, 2, 2, 2)))
    assert not is_determined(normalised(continuum()))
    assert is_determined(random_game((2, 2, 2), 0).payoffs)


def test_points_on_a_continuum_are_not_isolated() -> None:
    game = TEXTBOOK["nothing at stake"].game
    flat = tuple(np.full((1, 2), 0.5) for _ in range(2))
    assert not are_isolated(game.payoffs, flat).any()
    pennies = TEXTBOOK["matching pennies"].game
    assert are_isolated(pennies.payoffs, flat).all()


def test_small_supports_find_every_equilibrium_in_which_two_or_three_mix_two_each() -> None:
    for seed in range(6):
        game = random_game((3, 3, 3), seed)
        small = Solution(
            "small ones",
            tuple(
                each
                for each in support_equilibria(game).equilibria
                if sorted(map(len, each.support)) in ([1, 2, 2], [2, 2, 2])
            ),
            complete=False,
            seconds=0.0,
        )
        found = {
            tuple(tuple(round(p, 6) + 0.0 for p in x[row].tolist()) for x in batch)
            for batch in small_equilibria(normalised(game))
            for row in range(len(batch[0]))
        }
        assert found == rounded(small)

"""One equilibrium, several, and the logit curve, for any number of players."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from games.regret import deviation_payoffs
from solvers.finite import mixed
from solvers.finite.logit import quantal_response_path
from solvers.finite.mixed import one_mixed, several_mixed
from solvers.finite.records import Equilibrium, Solution
from solvers.finite.supports import support_equilibria
from tests.finite_games import (
    TEXTBOOK,
    Textbook,
    any_games,
    horse,
    majority,
    minority,
    nine_equilibria,
    permuted,
    random_game,
    repeated,
    seventy_five,
)


def only(game: NormalFormGame, solution: Solution) -> Equilibrium:
    (found,) = solution.equilibria
    for regret, table in zip(found.regret, game.payoffs, strict=True):
        assert regret <= 1e-9 * np.ptp(table) + 1e-300
    return found


def cycle_of(players: int, size: int) -> NormalFormGame:
    """Return a game without pure equilibria or small supports: the first wants to differ by one.

    Player 1 earns 1 where all choices add up to 0 modulo `size`, and player 2 where they add up to
    1, and so on; with `size` players and strategies, everybody mixes evenly in an equilibrium.
    """
    total = np.indices((size,) * players).sum(axis=0) % size
    return normal_form([(total == player).astype(int) for player in range(players)])


# One equilibrium ----------------------------------------------------------------------------------


@pytest.mark.parametrize("book", TEXTBOOK.values(), ids=TEXTBOOK)
def test_textbook_games_have_an_equilibrium_pure_or_properly_mixed(book: Textbook) -> None:
    only(book.game, one_mixed(book.game))
    solution = one_mixed(book.game, properly_mixed=True)
    mixed_known = any(max(s) < 1 for pair in book.equilibria for s in pair)
    for found in solution.equilibria:
        assert any(len(support) > 1 for support in found.support)
    if mixed_known:
        assert solution.equilibria
    elif book.game.title == "prisoners' dilemma":
        assert solution.stopped


@pytest.mark.parametrize("game", [horse(), nine_equilibria(), minority(), majority()])
def test_three_player_games_of_the_literature_have_a_mixed_equilibrium(
    game: NormalFormGame,
) -> None:
    found = only(game, one_mixed(game, properly_mixed=True))
    assert any(len(support) > 1 for support in found.support)


def test_a_game_of_seventy_five_equilibria_has_one() -> None:
    only(seventy_five(), one_mixed(seventy_five()))


@settings(max_examples=40, deadline=None)
@given(st.one_of(any_games(players=1), any_games(players=2), any_games(players=3)))
def test_every_game_has_an_equilibrium_and_it_is_found(game: NormalFormGame) -> None:
    only(game, one_mixed(game))


@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 2, 2, 2), (3, 2, 4), (4, 4), (3,) * 5])
def test_curves_alone_find_an_equilibrium_of_random_games(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixed, "pure_profiles", lambda game: [])
    monkeypatch.setattr(mixed, "small_equilibria", lambda payoffs: iter(()))
    for seed in range(12):
        game = random_game(shape, seed)
        solution = one_mixed(game)
        assert solution.method.startswith("logit")
        only(game, solution)


@settings(max_examples=20, deadline=None)
@given(game=any_games(players=3))
def test_curves_alone_cope_with_ties(game: NormalFormGame) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixed, "pure_profiles", lambda game: [])
        patch.setattr(mixed, "small_equilibria", lambda payoffs: iter(()))
        only(game, one_mixed(game))


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_tiny_and_huge_payoffs_have_the_same_equilibrium(scale: float) -> None:
    for seed in range(10):
        game = random_game((3, 3, 3), seed)
        found = only(game, one_mixed(game, properly_mixed=True))
        other = normal_form(game.payoffs * scale)
        again = only(other, one_mixed(other, properly_mixed=True))
        for one, two in zip(found.strategies, again.strategies, strict=True):
            assert one == pytest.approx(two, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), data=st.data())
def test_equilibria_of_permuted_games_are_found_too(seed: int, data: st.DataObject) -> None:
    game = random_game((2, 3, 3), seed)
    orders = [data.draw(st.permutations(range(size))) for size in game.shape]
    other = permuted(repeated(game, 0, 1), [[*orders[0], 2], *orders[1:]])
    only(other, one_mixed(other))


def test_a_game_without_small_supports_is_solved_along_the_curve() -> None:
    game = cycle_of(3, 3)
    found = only(game, one_mixed(game))
    assert {len(support) for support in found.support} == {3}
    for strategy in found.strategies:
        assert strategy == pytest.approx([1 / 3] * 3)


def test_the_same_generator_gives_the_same_answer() -> None:
    game = random_game((3, 3, 3), 11)
    one, two = (
        several_mixed(game, restarts=3, generator=np.random.default_rng(4)) for _ in range(2)
    )
    assert [e.strategies for e in one.equilibria] == [e.strategies for e in two.equilibria]


def test_the_limit_of_time_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed, "small_equilibria", lambda payoffs: iter(()))
    solution = one_mixed(cycle_of(4, 4), properly_mixed=True, time_limit=0.0)
    assert solution.equilibria == () or solution.seconds < 1
    if not solution.equilibria:
        assert "limit" in solution.stopped


def test_negative_restarts_are_refused() -> None:
    for method in (one_mixed, several_mixed):
        with pytest.raises(GameError, match=r"restarts: expected a number >= 0, found -1"):
            method(minority(), restarts=-1)


# Several ------------------------------------------------------------------------------------------


def test_several_are_different_certified_and_sorted() -> None:
    solution = several_mixed(nine_equilibria(), restarts=10)
    assert not solution.complete
    assert len(solution.equilibria) >= 7
    keys = [(e.support, e.strategies) for e in solution.equilibria]
    assert keys == sorted(keys)
    points = [np.concatenate(e.strategies) for e in solution.equilibria]
    for row, one in enumerate(points):
        assert all(np.abs(one - other).max() > 1e-6 for other in points[:row])


def test_every_find_is_reported_with_those_before_it() -> None:
    told: list[Solution] = []
    solution = several_mixed(nine_equilibria(), restarts=10, report=told.append)
    assert [len(each.equilibria) for each in told] == list(range(1, len(solution.equilibria) + 1))
    assert told[-1].equilibria == solution.equilibria


def test_curves_from_other_mixtures_lead_to_other_equilibria(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mixed, "pure_profiles", lambda game: [])
    monkeypatch.setattr(mixed, "small_equilibria", lambda payoffs: iter(()))
    assert len(several_mixed(nine_equilibria(), restarts=0).equilibria) == 1
    assert len(several_mixed(nine_equilibria(), restarts=10).equilibria) >= 3


def test_several_find_nothing_that_support_enumeration_misses() -> None:
    for seed in range(5):
        game = random_game((2, 2, 3), seed)
        every = [np.concatenate(e.strategies) for e in support_equilibria(game).equilibria]
        for each in several_mixed(game, restarts=2).equilibria:
            point = np.concatenate(each.strategies)
            assert min(np.abs(point - known).max() for known in every) < 1e-6


# Quantal responses --------------------------------------------------------------------------------


def test_one_player_responds_by_the_logit_rule() -> None:
    path = quantal_response_path(normal_form([[1.0, 3.0, 2.0]]), at=[0.5, 2.0])
    for row, precision in enumerate((0.5, 2.0)):
        powers = np.exp(precision * np.array([1.0, 3.0, 2.0]))
        assert path.profiles[0][row] == pytest.approx(powers / powers.sum(), abs=1e-10)


def test_even_players_of_matching_pennies_stay_even() -> None:
    pennies = TEXTBOOK["matching pennies"].game
    path = quantal_response_path(pennies, until=7.0)
    assert path.lambdas[-1] == pytest.approx(7.0)
    assert not path.stopped
    for part in path.profiles:
        assert part == pytest.approx(np.full_like(part, 0.5))


def test_quantal_responses_solve_their_equation_in_the_prisoners_dilemma() -> None:
    """By hand: defecting gains 2 against a cooperator, 1 against a defector; x solves one equation.

    x = 1 / (1 + exp(lambda (1 + x))) for the probability x of cooperating, found by bisection.
    """
    path = quantal_response_path(TEXTBOOK["prisoners' dilemma"].game, at=[0.5, 1.0, 3.0])
    for row, precision in enumerate((0.5, 1.0, 3.0)):
        low, high = 0.0, 1.0
        for _ in range(60):
            x = (low + high) / 2
            low, high = (x, high) if x < 1 / (1 + math.exp(precision * (1 + x))) else (low, x)
        assert path.profiles[0][row, 0] == pytest.approx(low, abs=1e-10)
        assert path.profiles[1][row, 0] == pytest.approx(low, abs=1e-10)


def test_own_payoffs_matter_to_quantal_responses_and_not_to_equilibria() -> None:
    """The game of ochs1995 after mckelvey1995: in Nash equilibrium x = 1/2 whatever the 9.

    The numbers at precisions 1/2, 1, 2 and 5 are those of Gambit 16.7.
    """
    game = normal_form([[[9, 0], [0, 1]], [[0, 1], [1, 0]]])
    path = quantal_response_path(game, at=[0.5, 1, 2, 5, 100])
    x, y = path.profiles[0][:, 0], path.profiles[1][:, 0]
    assert x[:4] == pytest.approx([0.83067059, 0.89357633, 0.86075439, 0.70198424], abs=1e-7)
    assert y[:4] == pytest.approx([0.41807747, 0.31278038, 0.19107849, 0.11713529], abs=1e-7)
    assert (x[4], y[4]) == pytest.approx((0.5, 0.1), abs=0.03)


def test_the_branch_bends_back_where_mckelvey_s_game_says_so() -> None:
    game = normal_form([[[6, 6], [7.32, 1]], [[7, 7], [6, 4]]])
    path = quantal_response_path(game, regret=1e-4)
    assert (np.diff(path.lambdas) < 0).any()
    assert path.profiles[0][-1, 1] > 0.99
    assert path.profiles[1][-1, 0] > 0.99


@pytest.mark.parametrize("seed", range(5))
def test_every_point_of_a_path_is_a_logit_response_to_itself(seed: int) -> None:
    game = random_game((3, 2, 3), seed)
    path = quantal_response_path(game)
    assert path.lambdas[0] == 0
    assert path.profiles[0][0] == pytest.approx([1 / 3] * 3)
    for row, precision in enumerate(path.lambdas):
        profile = [part[row] for part in path.profiles]
        for player in range(3):
            worth = deviation_payoffs(game.payoffs[player], profile, player)
            powers = np.exp(precision * (worth - worth.max()))
            assert profile[player] == pytest.approx(powers / powers.sum(), abs=1e-8)
    gains = [
        deviation_payoffs(game.payoffs[i], profile, i).max()
        - deviation_payoffs(game.payoffs[i], profile, i) @ profile[i]
        for i in range(3)
    ]
    assert max(gains) <= 1e-3


def test_precision_is_in_units_of_one_over_payoff() -> None:
    game = random_game((2, 3), 4)
    small = quantal_response_path(game, at=[2.0])
    large = quantal_response_path(normal_form(game.payoffs * 1000 + 5), at=[0.002])
    for one, two in zip(small.profiles, large.profiles, strict=True):
        assert one == pytest.approx(two, abs=1e-9)


@pytest.mark.parametrize("at", [[-1.0], [2.0, 1.0], [math.nan], []])
def test_precisions_must_be_rising_numbers(at: list[float]) -> None:
    with pytest.raises(GameError, match="quantal responses: expected"):
        quantal_response_path(minority(), at=at)


def test_a_path_stops_at_its_limits() -> None:
    game = random_game((3, 3, 3), 2)
    assert len(quantal_response_path(game, points=4).lambdas) == 4
    assert "limit" in quantal_response_path(game, points=4).stopped
    assert "limit" in quantal_response_path(game, time_limit=0.0).stopped


def test_gambit_s_quantal_responses_agree() -> None:
    gambit = pytest.importorskip("pygambit", reason="compares with Gambit, which is not installed")
    for seed in range(5):
        game = random_game((3, 2, 2), seed)
        path = quantal_response_path(game, at=[1.0, 5.0])
        theirs = gambit.qre.logit_solve_lambda(
            gambit.Game.from_arrays(*game.payoffs.tolist()), [1.0, 5.0]
        )
        for row, point in enumerate(theirs):
            for player, part in zip(point.game.players, path.profiles, strict=True):
                values = [point.profile[strategy] for strategy in player.strategies]
                assert part[row] == pytest.approx(values, abs=1e-6)

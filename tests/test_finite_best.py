"""The best equilibrium by an objective, held against all extreme equilibria."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from games.regret import mixed_profile, regrets
from solvers.finite import best
from solvers.finite.best import best_equilibrium
from solvers.finite.enumeration import all_equilibria
from solvers.finite.records import Equilibrium, Solution
from solvers.finite.support_pair import SupportPair
from solvers.finite.support_vertex import best_of_supports
from tests.finite_games import (
    TEXTBOOK,
    any_bimatrix_games,
    coordination,
    permuted,
    random_game,
    repeated,
    rescaled,
    seventy_five,
    swapped,
)

GOALS = [
    ("welfare", "maximise"),
    ("welfare", "minimise"),
    ("player:1", "maximise"),
    ("player:1", "minimise"),
    ("player:2", "maximise"),
    ("player:2", "minimise"),
    ("minimum", "maximise"),
    ("minimum", "minimise"),
    ("support", "maximise"),
]
goals = pytest.mark.parametrize(("objective", "sense"), GOALS)
few = settings(max_examples=25, deadline=None)


def worth(objective: str, equilibrium: Equilibrium) -> float:
    first, second = (float(payoff) for payoff in equilibrium.payoffs)
    return {
        "welfare": first + second,
        "player:1": first,
        "player:2": second,
        "minimum": min(first, second),
        "support": float(sum(len(support) for support in equilibrium.support)),
    }[objective]


def by_list(game: NormalFormGame, objective: str, sense: str) -> float:
    """Return the best worth over all extreme equilibria."""
    worths = [worth(objective, e) for e in all_equilibria(game).equilibria]
    return min(worths) if sense == "minimise" or objective == "support" else max(worths)


def checked(game: NormalFormGame, objective: str, sense: str, **options: Any) -> Solution:
    """Return the solution after checking what it claims against the payoffs alone."""
    solution = best_equilibrium(game, objective=objective, sense=sense, **options)
    (found,) = solution.equilibria
    spread = float(np.ptp(game.payoffs)) * 2 or 1.0
    exact = bool(options.get("exact"))
    assert solution.exact is exact
    assert max(regrets(game, mixed_profile(game, found.strategies))) <= (
        0 if exact else 1e-6 * spread
    )
    assert solution.objective == pytest.approx(worth(objective, found))
    assert solution.bound is not None
    if solution.stopped == "" and objective != "support":
        assert abs(solution.bound - solution.objective) <= 2e-6 * spread
    return solution


@pytest.fixture
def by_programme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the list of all equilibria, which small games are otherwise settled by."""
    monkeypatch.setattr(best, "ENUMERATED_UP_TO", 0)


@pytest.fixture
def by_programme_alone(monkeypatch: pytest.MonkeyPatch, by_programme: None) -> None:
    """Leave everything to the programme, which then starts from no equilibrium."""
    for step in ("pure", "correlated", "walks"):
        monkeypatch.setattr(best._Search, step, lambda _: None)


def test_the_best_equilibria_of_chicken_are_known() -> None:
    # aumann1974: (7, 2) and (2, 7) in pure strategies, 14/3 each when both dare with 1/3.
    game = TEXTBOOK["chicken"].game
    assert checked(game, "welfare", "maximise").objective == pytest.approx(28 / 3)
    assert checked(game, "welfare", "minimise").objective == pytest.approx(9)
    assert checked(game, "player:1", "maximise").objective == pytest.approx(7)
    assert checked(game, "player:2", "minimise").objective == pytest.approx(2)
    fair = checked(game, "minimum", "maximise", exact=True).equilibria[0]
    assert fair.strategies == ((Fraction(2, 3), Fraction(1, 3)),) * 2
    assert checked(game, "support", "maximise").objective == 2


def test_the_best_of_a_continuum_is_an_end_of_it() -> None:
    # The second player is indifferent; the first earns max(q, 1 - q): 1 at the ends, 1/2 between.
    game = TEXTBOOK["a path of equilibria"].game
    assert checked(game, "welfare", "maximise", exact=True).objective == 1
    worst = checked(game, "player:1", "minimise", exact=True)
    assert worst.objective == pytest.approx(0.5)
    assert worst.equilibria[0].strategies[1] == (Fraction(1, 2), Fraction(1, 2))


def test_a_mixture_can_give_the_poorer_more_than_any_profile_does() -> None:
    # No profile gives both players more than nothing.
    first = [[1, 0, 0, -1], [0, 0, 0, 0], [-1, 0, 1, -1], [-1, 1, -1, 0]]
    second = [[-1, 1, 1, -1], [1, 0, -1, 1], [1, 0, 0, 1], [0, -1, 1, 1]]
    game = normal_form([first, second])
    found = checked(game, "minimum", "maximise", exact=True)
    assert found.objective == pytest.approx(1 / 3)


@goals
@pytest.mark.parametrize("title", TEXTBOOK)
def test_textbook_games_agree_with_their_lists(title: str, objective: str, sense: Any) -> None:
    game = TEXTBOOK[title].game
    found = checked(game, objective, sense, exact=True)
    assert found.objective == pytest.approx(by_list(game, objective, sense))
    assert found.stopped == ""


@goals
@few
@given(game=any_bimatrix_games(largest=4))
@pytest.mark.usefixtures("by_programme")
def test_the_programme_finds_what_the_list_holds(
    game: NormalFormGame, objective: str, sense: Any
) -> None:
    spread = float(np.ptp(game.payoffs)) or 1.0
    found = checked(game, objective, sense)
    assert found.objective == pytest.approx(by_list(game, objective, sense), abs=3e-6 * spread)


@goals
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.usefixtures("by_programme_alone")
def test_the_programme_needs_no_equilibrium_to_start_from(
    seed: int, objective: str, sense: Any
) -> None:
    game = random_game((5, 4), seed, low=-2, high=2)
    found = checked(game, objective, sense, exact=True)
    assert found.method == "mixed-integer programme"
    assert found.objective == pytest.approx(by_list(game, objective, sense), abs=1e-5)


@few
@given(any_bimatrix_games(), st.integers(1, 9), st.integers(-9, 9))
def test_rescaling_both_players_alike_rescales_the_best(
    game: NormalFormGame, factor: int, shift: int
) -> None:
    before = checked(game, "welfare", "maximise", exact=True).equilibria[0]
    moved = rescaled(game, (factor, factor), (shift, shift))
    after = checked(moved, "welfare", "maximise", exact=True).equilibria[0]
    assert float(sum(after.payoffs)) == pytest.approx(
        float(sum(before.payoffs) * factor + 2 * shift), abs=1e-4 * factor
    )


@few
@given(any_bimatrix_games(), st.randoms(use_true_random=False))
def test_order_repetition_and_seats_leave_the_best_alone(game: NormalFormGame, random: Any) -> None:
    value = checked(game, "player:1", "maximise").objective
    orders = [random.sample(range(size), size) for size in game.shape]
    close = pytest.approx(value, abs=1e-4)
    assert checked(permuted(game, orders), "player:1", "maximise").objective == close
    assert checked(repeated(game, 0, 0), "player:1", "maximise").objective == close
    assert checked(swapped(game), "player:2", "maximise").objective == close


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1)])
@goals
def test_thin_and_constant_games_are_games(
    shape: tuple[int, int], objective: str, sense: Any
) -> None:
    assert checked(random_game(shape, 1), objective, sense).stopped == ""
    assert checked(normal_form(np.ones((2, *shape), dtype=int)), objective, sense).stopped == ""


@pytest.mark.parametrize("factors", [(1e-12, 1e12), (1e12, 1e12), (1e-12, 1e-12)])
@pytest.mark.usefixtures("by_programme")
def test_huge_and_tiny_payoffs_make_no_difference(factors: tuple[float, float]) -> None:
    plain = random_game((7, 7), 5)
    game = normal_form([plain.payoffs[0] * factors[0], plain.payoffs[1] * factors[1]])
    for player, factor in enumerate(factors):
        objective = f"player:{player + 1}"
        found = best_equilibrium(game, objective=objective).objective
        assert found is not None
        assert found / factor == pytest.approx(by_list(plain, objective, "maximise"), abs=3e-6)


@pytest.mark.parametrize("size", [15, pytest.param(16, marks=pytest.mark.slow)])
def test_beyond_the_size_of_lists_the_proof_is_the_programmes(size: int) -> None:
    # Many random games are settled by a pure equilibrium already.
    game = next(
        game
        for game in (random_game((size, size), seed) for seed in range(99))
        if "mixed-integer programme" in best_equilibrium(game).method
    )
    found = checked(game, "welfare", "maximise")
    assert found.stopped == ""
    assert "all equilibria" not in found.method
    assert found.objective == pytest.approx(by_list(game, "welfare", "maximise"), abs=1e-5)


def test_seventy_five_equilibria_have_a_best_and_a_worst() -> None:
    game = seventy_five()
    for objective, sense in GOALS:
        spread = float(np.ptp(game.payoffs))
        found = checked(game, objective, sense)
        assert found.objective == pytest.approx(by_list(game, objective, sense), abs=3e-6 * spread)


def test_coordination_has_the_even_mixture_as_its_worst() -> None:
    solution = checked(coordination(5), "welfare", "minimise", exact=True)
    assert solution.equilibria[0].strategies == ((Fraction(1, 5),) * 5,) * 2


def test_a_limit_of_time_leaves_the_best_so_far_and_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = TEXTBOOK["chicken"].game
    monkeypatch.setattr(best, "ENUMERATED_UP_TO", 0)
    for step in ("correlated", "walks", "programme"):
        monkeypatch.setattr(best._Search, step, lambda self: setattr(self, "_deadline", -np.inf))
    solution = best_equilibrium(game)
    assert solution.stopped == "limit of time"
    assert solution.objective == pytest.approx(9)
    assert solution.bound == pytest.approx(12)


def test_what_is_better_than_before_is_reported_with_its_worth() -> None:
    told: list[Solution] = []
    solution = best_equilibrium(coordination(4), sense="minimise", report=told.append)
    worths = [each.objective for each in told]
    assert worths == sorted(worths, reverse=True)
    assert len(set(worths)) == len(worths) > 1
    assert told[-1].equilibria == solution.equilibria
    assert all(each.bound <= each.objective + 1e-9 for each in told)


def test_no_time_at_all_is_an_answer_without_equilibrium() -> None:
    solution = best_equilibrium(TEXTBOOK["chicken"].game, time_limit=0.0)
    assert solution.equilibria == ()
    assert solution.objective is None
    assert solution.bound == pytest.approx(12)
    assert solution.stopped == "limit of time"


def test_what_cannot_be_asked_for_is_refused() -> None:
    game = TEXTBOOK["chicken"].game
    with pytest.raises(GameError, match="objective: expected welfare, minimum, support, player:1"):
        best_equilibrium(game, objective="player:3")
    with pytest.raises(GameError, match="no largest support"):
        best_equilibrium(game, objective="support", sense="minimise")
    with pytest.raises(GameError, match="sense: expected maximise or minimise"):
        best_equilibrium(game, sense="best")  # type: ignore[arg-type]
    with pytest.raises(GameError, match="expected 2 players, found 3"):
        best_equilibrium(random_game((2, 2, 2), 0))


def test_supports_without_an_equilibrium_have_no_vertex() -> None:
    game = TEXTBOOK["matching pennies"].game
    assert best_of_supports(game, SupportPair((0,), (0,))) is None
    both = best_of_supports(game, SupportPair((0, 1), (0, 1)), exact=True)
    assert both == [[Fraction(1, 2)] * 2] * 2


@pytest.mark.parametrize(("objective", "sense"), [("welfare", "maximise"), ("welfare", "minimise")])
def test_almost_tied_payoffs_have_a_best_equilibrium_in_fractions(
    objective: str, sense: Any
) -> None:
    """Profiles that are equilibria up to 1e-10 come up in floats, and count for nothing here."""
    more, less, last = 1 + 1e-10, 1 - 1e-10, 1 + 2.0**-52
    game = normal_form(
        [
            [[more, less, 0.0], [less, 0.0, less], [last, 0.0, less]],
            [[last, less, more], [last, less, 0.0], [last, 0.0, 0.0]],
        ]
    )
    found = best_equilibrium(game, objective=objective, sense=sense, exact=True)
    (best_one,) = found.equilibria
    assert best_one.exact
    (only,) = all_equilibria(game, exact=True).equilibria
    assert best_one.strategies == only.strategies

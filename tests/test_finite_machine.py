"""Machine code for finite games: the same answers as without it, and only where it is worth it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import NotCertifiedError, StratagemError
from games.normal_form import NormalFormGame, normal_form
from games.regret import assessment, mixed_profile
from solvers.finite import lemke_howson, machine
from solvers.finite.certified import certified
from solvers.finite.machine_check import LIMITS, certified_row
from solvers.finite.machine_paths import END, PURE, MachineSearch, found_at_once
from solvers.finite.machine_vertices import machine_vertices
from solvers.finite.records import Equilibrium
from solvers.finite.vertices import all_vertices
from tests.finite_games import TEXTBOOK, any_bimatrix_games, any_games, random_game

some = settings(max_examples=60, deadline=None)


def found_by(
    search: Callable[..., Any],
    game: NormalFormGame,
    *,
    exact: bool = False,
    label: int | None = None,
) -> tuple[str, Equilibrium]:
    """Return the method and the equilibrium of one of the two ways."""
    method, answer = search(game, exact, label, np.inf)
    (equilibrium,) = [answer] if isinstance(answer, Equilibrium) else answer.equilibria
    return method, equilibrium


def both(game: NormalFormGame, **options: Any) -> None:
    """Check that both ways take the same steps to the same end."""
    method, one = found_by(lemke_howson._without, game, **options)
    other_method, other = found_by(lemke_howson._by_machine, game, **options)
    assert method == other_method
    assert one.support == other.support
    for x, y in zip(one.strategies, other.strategies, strict=True):
        np.testing.assert_allclose(np.array(x, float), np.array(y, float), atol=1e-9)


@pytest.mark.parametrize("title", TEXTBOOK)
def test_textbook_games_end_alike_from_every_label(title: str) -> None:
    game = TEXTBOOK[title].game
    for label in (None, *range(sum(game.shape))):
        both(game, label=label)
        both(game, label=label, exact=True)


@some
@given(any_bimatrix_games(largest=6))
def test_games_of_every_kind_end_alike(game: NormalFormGame) -> None:
    both(game)
    both(game, exact=True)


def test_payoffs_that_floats_round_end_alike() -> None:
    for seed in range(20):
        thirds = np.random.default_rng(seed).integers(0, 9, (2, 4, 4)).astype(object)
        game = normal_form(thirds * Fraction(1, 3))
        assert game.exact is not None
        both(game)
        both(game, exact=True)


@pytest.mark.parametrize("size", [7, 30, 90])
def test_random_games_end_alike_after_many_pivots(size: int) -> None:
    for seed in range(6):
        game = random_game((size, size), seed=seed)
        both(game)
        both(game, label=seed)


def test_a_search_goes_on_where_it_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    game = random_game((40, 40), seed=3)
    whole = MachineSearch(game, label=1, pure=False)
    assert whole.next(np.inf) == END
    parts = MachineSearch(game, label=1, pure=False)
    monkeypatch.setattr("solvers.finite.machine_paths.BUDGET", 200)
    calls = 1
    while parts.next(0.0) != END:
        calls += 1
    assert calls > 3
    assert parts.certified() == whole.certified()


@pytest.mark.parametrize(("unit", "shift"), [(1.0, 0.0), (1.0, 100.0), (1e-200, 0.0), (1e200, 0.0)])
def test_search_and_check_in_one_call_find_what_they_find_apart(unit: float, shift: float) -> None:
    for seed in range(12):
        payoffs = np.random.default_rng(seed).random((2, 6, 9)) * unit + shift
        game = normal_form(payoffs)
        come, equilibrium = found_at_once(game)
        apart = MachineSearch(game, label=None, pure=True)
        assert (come, equilibrium) == (apart.next(np.inf), apart.certified())
        assert come in (PURE, END)


def test_one_call_hands_on_no_profile_that_its_check_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = random_game((6, 6), seed=0)
    _, equilibrium = found_at_once(game)
    assert equilibrium is not None
    strict = LIMITS.copy()
    strict[-1] = -1.0  # a share of regret that no profile keeps to
    monkeypatch.setattr("solvers.finite.machine_paths.LIMITS", strict)
    assert found_at_once(game)[1] is None


def test_zero_sum_games_in_disguise_are_told_from_others() -> None:
    generator = np.random.default_rng(1)
    for scale in (1e-3, 1.0, 1e3):
        first = generator.random((5, 6))
        second = -scale * first + generator.random(6) + generator.random((5, 1))
        method, _ = found_by(lemke_howson._by_machine, normal_form([first, second]))
        assert method in ("pure strategies", "HiGHS simplex")


@some
@given(any_games(players=3, largest=3), st.data())
def test_the_check_in_machine_code_is_that_of_the_definition(
    game: NormalFormGame, data: st.DataObject
) -> None:
    weights = [data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)) for n in game.shape]
    profile = mixed_profile(
        game, [[(w + (not any(row))) / sum(w + (not any(row)) for w in row) for w in row]
               for row in weights]
    )  # fmt: skip
    expected = assessment(game, profile)
    found = certified_row(game, np.concatenate(profile), tolerance=np.inf)
    assert found.strategies == profile
    np.testing.assert_allclose(found.payoffs, expected.payoffs, atol=1e-9)
    np.testing.assert_allclose(found.regret, expected.regret, atol=1e-9)


@pytest.mark.parametrize("unit", [1.0, 1e-260, 1e300])
def test_no_size_of_payoffs_lets_a_wrong_profile_pass(unit: float) -> None:
    game = normal_form(np.array([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]) * unit)
    assert certified_row(game, np.array([0.5, 0.5, 0.5, 0.5])).payoffs == (0.0, 0.0)
    with pytest.raises(NotCertifiedError, match="found 0.25"):
        certified_row(game, np.array([0.5, 0.5, 0.75, 0.25]))


@pytest.mark.parametrize(
    "row", [[0.5, 0.6, 1.0, 0.0], [1.5, -0.5, 1.0, 0.0], [np.nan, 0.5, 1.0, 0.0]]
)
def test_a_row_that_is_no_profile_is_refused_in_the_same_words(row: list[float]) -> None:
    game = normal_form([[[1, 2], [3, 4]], [[1, 2], [3, 4]]])
    with pytest.raises(StratagemError) as one:
        certified_row(game, np.array(row))
    with pytest.raises(StratagemError) as other:
        mixed_profile(game, [row[:2], row[2:]])
    assert str(one.value) == str(other.value)


def test_a_certificate_asks_for_fractions_where_it_is_given_fractions() -> None:
    machine.use_machine_code()
    game = normal_form([[[1, 2], [3, 4]], [[1, 2], [3, 4]]])
    assert certified(game, [[0, 1], [0, 1]]).exact
    assert not certified(game, [[0.0, 1.0], [0, 1]]).exact


# Vertices -----------------------------------------------------------------------------------------


def same_vertices(matrix: Any, *, error: float = 0.0, integral: bool = True) -> bool:
    """Check that both walks end alike; return whether with a proof."""
    table = np.array(matrix, float)
    found = machine_vertices(table, error=error, integral=integral, deadline=None)
    (expected,) = all_vertices(table[None], error=error, integral=integral)
    assert found.proven == expected.proven
    assert found.stopped == ""
    if found.proven:
        assert found.zero.tolist() == expected.zero.tolist()
    return found.proven


@some
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(1, 4), min_size=n, max_size=n), min_size=1, max_size=5
        )
    )
)
def test_polytopes_full_of_ties_have_the_same_vertices(matrix: list[list[int]]) -> None:
    assert same_vertices(matrix)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 12), (11, 11)])
def test_polytopes_of_floats_have_the_same_vertices(shape: tuple[int, int]) -> None:
    matrix = np.random.default_rng(2).random(shape) + 0.5
    assert same_vertices(matrix, error=2.0**-50, integral=False)


def test_nothing_more_is_proven_in_machine_code() -> None:
    matrix = np.random.default_rng(3).random((5, 5)) + 0.5
    assert not same_vertices(matrix, error=0.1, integral=False)
    assert not same_vertices(np.ones((3, 3)), error=2.0**-50, integral=False)
    high = 2**19
    assert same_vertices([[high, high - 1], [high - 1, high - 2]])


def test_a_walk_keeps_to_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(4).random((11, 11)) + 0.5
    whole = machine_vertices(matrix, error=2.0**-50, integral=False, deadline=None)
    monkeypatch.setattr("solvers.finite.machine_vertices.BUDGET", 50)
    late = machine_vertices(matrix, error=2.0**-50, integral=False, deadline=0.0)
    assert (late.proven, late.stopped) == (False, "limit of time")
    assert set(late.zero.tolist()) < set(whole.zero.tolist())
    monkeypatch.setattr("solvers.finite.machine_vertices.LARGEST_FRONT_BYTES", 1)
    small = machine_vertices(matrix, error=2.0**-50, integral=False, deadline=None)
    assert (small.proven, small.stopped) == (False, "limit of memory")


# When ---------------------------------------------------------------------------------------------


COUNTING = """
import sys
import numpy as np
from games.normal_form import normal_form
from solvers.finite import machine
from solvers.finite.lemke_howson import one_equilibrium
game = normal_form(np.random.default_rng(0).random((2, 5, 5)))
one_equilibrium(game)
assert "numba" not in sys.modules, "one small game has waited for numba"
for _ in range(int(machine.WORTH / 5e-4) + 1):
    machine.work_is_worth(5e-4)
one_equilibrium(game)
assert "numba" in sys.modules, "many games have not"
"""


def test_one_small_game_waits_for_no_machine_code_and_many_get_it() -> None:
    subprocess.run([sys.executable, "-c", COUNTING], check=True, timeout=120)

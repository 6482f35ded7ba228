"""Every solver at the edges: one player alone, and payoffs at either end of what floats hold."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from games.correlated import external_regrets, swap_regrets
from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from games.regret import assessment, mixed_profile
from solvers.finite.best import best_equilibrium
from solvers.finite.commitment import mixed_commitment, pure_commitment
from solvers.finite.correlated import correlated_equilibrium
from solvers.finite.enumeration import all_equilibria
from solvers.finite.lemke_howson import one_equilibrium
from solvers.finite.logit import quantal_response_path
from solvers.finite.mixed import one_mixed, several_mixed
from solvers.finite.pure import pure_equilibria
from solvers.finite.supports import support_equilibria
from solvers.finite.zero_sum import zero_sum_form, zero_sum_value

F = Fraction

# One player ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("numbers", [[1, 3, 3], [F(1), F(3), F(3)], [0.1, 0.3, 0.3]])
def test_one_player_chooses_what_pays_most(numbers: list[Any], exact: bool) -> None:
    found = pure_equilibria(normal_form([numbers]), exact=exact)
    assert found.complete
    assert [each.support for each in found.equilibria] == [((1,),), ((2,),)]
    assert found.equilibria[0].payoffs == (numbers[1],)


def test_a_difference_that_floats_cannot_hold_decides_for_one_player() -> None:
    base = 10**30
    found = pure_equilibria(normal_form([[base, base + 1]]))
    assert [each.support for each in found.equilibria] == [((1,),)]


@pytest.mark.parametrize("numbers", [[1, 3, 3], [F(1), F(3), F(3)], [0.0, 1e300, -1e300], [7]])
@pytest.mark.parametrize("solver", [one_mixed, several_mixed, support_equilibria])
def test_solvers_for_any_number_of_players_take_one(numbers: list[Any], solver: Any) -> None:
    game = normal_form([numbers])
    found = solver(game)
    assert found.equilibria
    for equilibrium in found.equilibria:
        assert equilibrium.payoffs[0] == pytest.approx(max(numbers))


@pytest.mark.parametrize("coarse", [False, True])
def test_a_correlated_equilibrium_of_one_player_plays_what_pays_most(coarse: bool) -> None:
    found = correlated_equilibrium(normal_form([[1, 3, 2]]), coarse=coarse)
    assert found.distribution.round(9).tolist() == [0, 1, 0]


def test_the_quantal_response_of_one_player_is_the_logit_of_its_payoffs() -> None:
    path = quantal_response_path(normal_form([[1.0, 3.0, 2.0]]), at=[0.0, 1.0])
    expected = np.exp([1.0, 3.0, 2.0])
    assert path.profiles[0][0] == pytest.approx([1 / 3] * 3)
    assert path.profiles[0][1] == pytest.approx(expected / expected.sum())


@pytest.mark.parametrize(
    "solver",
    [
        one_equilibrium,
        all_equilibria,
        best_equilibrium,
        zero_sum_value,
        mixed_commitment,
        pure_commitment,
    ],
)
def test_solvers_for_two_players_refuse_one(solver: Any) -> None:
    with pytest.raises(GameError, match="two players|2 players"):
        solver(normal_form([[1, 2]]))


# Sizes --------------------------------------------------------------------------------------------

TABLES = {
    "pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]),
    "prisoners": ([[0.6, 0], [1, 0.2]], [[0.6, 1], [0, 0.2]]),
    "chicken": ([[0.8, 0.2], [1, -0.1]], [[0.8, 1], [0.2, -0.1]]),
    "three": (
        [[1, -0.5, 0.3], [-0.9, 1, 0.1], [0.2, 0.6, -0.7]],
        [[0.2, 0.6, -0.7], [-0.9, 1, 0.1], [1, -0.5, 0.3]],
    ),
}
SIZES = [1e305, 1e300, 1e-300, 1e-310]
sizes = pytest.mark.parametrize("size", SIZES)
tables = pytest.mark.parametrize("name", TABLES)


def at_size(name: str, size: float) -> NormalFormGame:
    return normal_form(np.array(TABLES[name]) * size)


@pytest.mark.filterwarnings("error")
@sizes
@tables
@pytest.mark.parametrize(
    ("solver", "exact"),
    [
        *product((one_equilibrium, all_equilibria, pure_equilibria), (False, True)),
        *product((one_mixed, support_equilibria), (False,)),
    ],
)
def test_what_is_found_at_any_size_is_an_equilibrium_at_another(
    name: str, size: float, exact: bool, solver: Any
) -> None:
    game, plain = at_size(name, size), at_size(name, 1.0)
    options = {"exact": True} if exact else {}
    found = solver(game, **options)
    assert found.equilibria or solver is pure_equilibria
    assert len(found.equilibria) == len(solver(plain, **options).equilibria)
    for equilibrium in found.equilibria:
        profile = mixed_profile(plain, [list(map(float, s)) for s in equilibrium.strategies])
        assert max(assessment(plain, profile).shares) <= 2e-6


@pytest.mark.filterwarnings("error")
@sizes
@tables
def test_commitments_at_any_size_are_those_at_another(name: str, size: float) -> None:
    for leader in (0, 1):
        found = mixed_commitment(at_size(name, size), leader=leader)
        plain = mixed_commitment(at_size(name, 1.0), leader=leader)
        assert found.strategy == pytest.approx(plain.strategy, abs=1e-6)
        assert found.response == plain.response
        assert found.bound >= found.value


@pytest.mark.filterwarnings("error")
@sizes
@tables
@pytest.mark.parametrize("coarse", [False, True])
def test_correlated_equilibria_at_any_size_are_some_at_another(
    name: str, size: float, coarse: bool
) -> None:
    found = correlated_equilibrium(at_size(name, size), objective="player:1", coarse=coarse)
    regrets = (external_regrets if coarse else swap_regrets)(at_size(name, 1.0), found.distribution)
    assert max(regrets) <= 1e-5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("objective", ["welfare", "minimum", "player:2"])
@sizes
@tables
def test_the_best_equilibrium_at_any_size_is_the_best_at_another(
    name: str, size: float, objective: str
) -> None:
    found = best_equilibrium(at_size(name, size), objective=objective)
    plain = best_equilibrium(at_size(name, 1.0), objective=objective)
    assert found.objective is not None
    assert plain.objective is not None
    assert found.objective / size == pytest.approx(plain.objective, abs=1e-5)


@pytest.mark.filterwarnings("error")
@sizes
def test_zero_sum_games_are_told_at_any_size(size: float) -> None:
    assert zero_sum_form(at_size("pennies", size)) is not None
    assert zero_sum_form(at_size("three", size)) is None
    found = zero_sum_value(at_size("pennies", size))
    assert found.objective == pytest.approx(0, abs=1e-6 * size)


@pytest.mark.parametrize("factor", [1e-200, 1e-9, 1.0, 1e9, 1e200])
def test_a_game_that_is_zero_sum_in_disguise_is_told_whatever_its_units(factor: float) -> None:
    rng = np.random.default_rng(3)
    first = rng.random((4, 5))
    second = factor * (-2 * first + rng.random((4, 1)))
    assert zero_sum_form(normal_form([first, second])) is not None
    assert zero_sum_form(normal_form([first, second + factor * rng.random((4, 5))])) is None


def test_one_payoff_all_over_leaves_every_pure_profile_standing() -> None:
    game = normal_form(np.full((2, 2, 3), 1e300))
    assert len(all_equilibria(game).equilibria) == len(pure_equilibria(game).equilibria) == 6

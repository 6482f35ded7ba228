"""Sampled best responses: certified equilibria of games whose strategies nobody lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.knapsack import knapsack_game
from games.errors import GameError, LimitError
from games.normal_form import normal_form
from games.regret import regrets
from solvers.finite.oracles import Mixture, Response, TableOracles
from solvers.finite.programmes import Programme, integer_programming_game
from solvers.finite.sampled import SampledEquilibrium, sampled_equilibrium
from tests.integer_games import SmallGame, small_game

seeds = st.integers(0, 10_000)


def true_regrets(small: SmallGame, found: SampledEquilibrium) -> tuple[float, ...]:
    """Return everybody's regret in the whole game, listed by brute force."""
    game, strategies = small.table()
    profile = []
    for known, mixture in zip(strategies, found.mixtures, strict=True):
        shares = [0.0] * len(known)
        for strategy, share in zip(mixture.strategies, mixture.probabilities, strict=True):
            shares[known.index(strategy)] += share  # type: ignore[arg-type]
        profile.append(tuple(shares))
    return regrets(game, tuple(profile))


def market(name: str, own: float = 2.0) -> Programme:
    model = pyo.ConcreteModel()
    model.enter = pyo.Var(domain=pyo.Binary)
    return Programme(name, model, [model.enter], [own])


def test_matching_pennies_as_programmes_is_mixed_evenly() -> None:
    game = integer_programming_game(
        [market("A", -1.0), market("B", 1.0)], interactions={(0, 1): [2.0], (1, 0): [-2.0]}
    )
    found = sampled_equilibrium(game)
    assert found.complete
    for mixture in found.mixtures:
        assert dict(zip(mixture.strategies, mixture.probabilities, strict=True)) == pytest.approx(
            {(0.0,): 0.5, (1.0,): 0.5}
        )


def test_the_knapsacks_of_two_items_worked_by_hand() -> None:
    """Each packs one of two items; profits 2 and 1, minus 3 where both pack the same.

    If one packs item 1 for 2, the other earns 2 - 3 < 0 with it, 0 with nothing and 1 with item 2.
    If the other packs item 2, item 1 earns the first 2 and item 2 earns 1 - 3. So this is an
    equilibrium, and so is its mirror image; whatever else is pure, somebody wants to change.
    """
    programmes = []
    for name in "AB":
        model = pyo.ConcreteModel()
        model.x = pyo.Var([0, 1], domain=pyo.Binary)
        model.room = pyo.Constraint(expr=model.x[0] + model.x[1] <= 1)
        programmes.append(Programme(name, model, [model.x[0], model.x[1]], [2, 1]))
    game = integer_programming_game(programmes, interactions={(0, 1): [-3, -3], (1, 0): [-3, -3]})
    found = sampled_equilibrium(game)
    assert found.pure
    assert sorted(found.payoffs) == pytest.approx([1.0, 2.0])
    assert found.epsilon == 0.0


@given(seed=seeds, players=st.sampled_from([2, 3]), diagonal=st.booleans())
def test_regret_is_what_brute_force_over_all_packings_finds(
    seed: int, players: int, diagonal: bool
) -> None:
    small = small_game(
        np.random.default_rng(seed),
        players=players,
        variables=6 if players == 2 else 3,
        diagonal=diagonal,
    )
    found = sampled_equilibrium(small.game)
    assert found.complete, found.stopped
    assert max(true_regrets(small, found)) <= found.epsilon + 1e-9
    assert found.epsilon <= 1e-6 * 500


@given(seed=seeds)
def test_whole_numbers_and_signed_rules_are_no_different(seed: int) -> None:
    small = small_game(
        np.random.default_rng(seed), variables=3, rows=2, top=3, signed=True, diagonal=False
    )
    found = sampled_equilibrium(small.game)
    assert found.complete
    assert max(true_regrets(small, found)) <= 1e-6 * 500


@given(seed=seeds, shape=st.sampled_from([(5, 5), (9, 2), (3, 3, 3), (2, 2, 2, 2), (1, 4)]))
def test_games_in_normal_form_are_solved_through_oracles(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    game = normal_form(rng.integers(-9, 10, (len(shape), *shape)))
    found = sampled_equilibrium(TableOracles(game))
    assert found.complete, found.stopped
    profile = []
    for mixture, size in zip(found.mixtures, shape, strict=True):
        shares = np.zeros(size)
        shares[list(mixture.strategies)] = mixture.probabilities  # type: ignore[arg-type]
        profile.append(tuple(shares.tolist()))
    assert max(regrets(game, tuple(profile))) <= found.epsilon + 1e-9


@given(seed=seeds, factor=st.sampled_from([1e-9, 1e9]))
def test_rescaling_payoffs_changes_nothing_but_their_size(seed: int, factor: float) -> None:
    game = normal_form(np.random.default_rng(seed).integers(-9, 10, (2, 4, 4)))
    found = sampled_equilibrium(TableOracles(normal_form(factor * game.payoffs)))
    assert found.complete
    assert found.epsilon <= 1e-6 * 9 * factor


def test_the_same_game_gives_the_same_answer() -> None:
    first, second = (sampled_equilibrium(knapsack_game(2, 20, 4)) for _ in range(2))
    assert first.mixtures == second.mixtures
    assert first.regret == second.regret


def test_knapsacks_of_three_players_end_in_an_equilibrium() -> None:
    found = sampled_equilibrium(knapsack_game(3, 12, 1, kind="signed"))
    assert found.complete
    assert len(found.mixtures) == 3


def test_variables_that_are_no_strategy_only_state_the_rules() -> None:
    model = pyo.ConcreteModel()
    model.units = pyo.Var(domain=pyo.NonNegativeIntegers)
    model.open = pyo.Var(domain=pyo.Binary)
    model.depot = pyo.Constraint(expr=model.units <= 4 * model.open)
    model.budget = pyo.Constraint(expr=model.units + 2 * model.open <= 5)
    game = integer_programming_game([Programme("A", model, [model.units], [1.0])], interactions={})
    found = sampled_equilibrium(game)
    assert found.mixtures[0].strategies == ((3.0,),)
    assert found.payoffs == (3.0,)


def test_a_fixed_variable_stays_where_it_is() -> None:
    programme = market("A")
    programme.variables[0].fix(0)
    game = integer_programming_game([programme], interactions={})
    assert sampled_equilibrium(game).mixtures[0].strategies == ((0.0,),)


def test_a_limit_of_time_returns_the_smallest_regret_so_far() -> None:
    class Slow(TableOracles):
        answers = 0

        def respond(
            self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
        ) -> Response:
            self.answers += 1
            if self.answers > 4:
                raise LimitError("out of time")
            return super().respond(player, mixtures)

    game = normal_form(np.random.default_rng(8).integers(-99, 100, (2, 40, 40)))
    found = sampled_equilibrium(Slow(game))
    assert found.stopped == "limit of time"
    assert not found.complete
    assert found.epsilon == min(round_.epsilon for round_ in found.rounds)
    assert len(found.rounds) == 2


def test_no_time_at_all_is_an_error_and_not_an_answer() -> None:
    game = knapsack_game(2, 40, 0)
    with pytest.raises(LimitError, match="allow more time"):
        sampled_equilibrium(game, time_limit=0.0)


def test_a_bound_that_no_strategy_reaches_is_reported_as_regret() -> None:
    class Loose(TableOracles):
        def respond(
            self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
        ) -> Response:
            exact = super().respond(player, mixtures)
            return Response(exact.strategy, exact.bound + 0.25)

    found = sampled_equilibrium(Loose(normal_form([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])))
    assert not found.complete
    assert found.epsilon == pytest.approx(0.25)
    assert "leave a regret" in found.stopped


def test_rules_that_contradict_each_other_are_refused() -> None:
    programme = market("A")
    programme.model.never = pyo.Constraint(expr=programme.variables[0] >= 2)
    game = integer_programming_game([programme, market("B")], interactions={})
    with pytest.raises(GameError, match="player A: expected at least one strategy"):
        sampled_equilibrium(game)


def test_payoffs_without_limit_are_refused() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(domain=pyo.NonNegativeIntegers)
    game = integer_programming_game([Programme("A", model, [model.x], [1.0])], interactions={})
    with pytest.raises(GameError, match="expected payoffs with an upper limit"):
        sampled_equilibrium(game)


def test_rules_that_are_not_linear_are_refused() -> None:
    programme = market("A")
    programme.model.square = pyo.Constraint(expr=programme.variables[0] ** 2 <= 1)
    with pytest.raises(GameError, match="expected linear constraints, found square"):
        integer_programming_game([programme], interactions={})


@pytest.mark.parametrize(
    ("interactions", "message"),
    [
        ({(0, 0): [1.0]}, "expected two different positions below 2"),
        ({(0, 2): [1.0]}, "expected two different positions below 2"),
        ({(0, 1): [1.0, 2.0]}, "expected an array of shape"),
        ({(0, 1): [[float("nan")]]}, "expected finite numbers, found NaN"),
        ({(0, 1): ["many"]}, "expected numbers, found something else"),
    ],
)
def test_interactions_that_do_not_fit_are_refused(
    interactions: dict[tuple[int, int], object], message: str
) -> None:
    with pytest.raises(GameError, match=message):
        integer_programming_game([market("A"), market("B")], interactions=interactions)


def test_own_payoffs_that_do_not_fit_are_refused() -> None:
    programme = market("A")
    wrong = Programme("A", programme.model, programme.variables, [1.0, 2.0])
    with pytest.raises(GameError, match=r"payoffs of player A: expected an array of shape \(1,\)"):
        integer_programming_game([wrong], interactions={})


def test_a_variable_listed_twice_and_no_variable_are_refused() -> None:
    programme = market("A")
    for variables in ([], [programme.variables[0]] * 2):
        wrong = Programme("A", programme.model, variables, [1.0] * len(variables))
        with pytest.raises(GameError, match="expected variables, each of them once"):
            integer_programming_game([wrong], interactions={})


def test_players_need_different_names() -> None:
    with pytest.raises(GameError, match="with different names"):
        integer_programming_game([market("A"), market("A")], interactions={})

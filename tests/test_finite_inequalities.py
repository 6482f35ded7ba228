"""Best and worst pure equilibria of integer programming games, and proofs that there is none."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.knapsack import knapsack_game
from games.errors import GameError
from solvers.finite.changes import LocalChanges
from solvers.finite.inequalities import pure_equilibrium
from solvers.finite.lifted import Lifted
from solvers.finite.programmes import Programme, integer_programming_game
from solvers.finite.relaxation import Relaxation
from tests.integer_games import SmallGame, small_game

KINDS = {
    "knapsacks": {"variables": 5},
    "knapsacks of three players": {"players": 3, "variables": 3},
    "several signed rules": {"variables": 4, "rows": 2, "signed": True},
    "everything meets everything": {"variables": 4, "diagonal": False},
    "whole numbers up to three": {"variables": 3, "top": 3, "diagonal": False},
    "broken numbers": {"variables": 4, "whole_numbers": False},
    "three players, everything": {"players": 3, "variables": 3, "rows": 2, "diagonal": False},
}

seeds = st.integers(0, 10_000)
kinds = st.sampled_from(sorted(KINDS))
binary_kinds = st.sampled_from(sorted(kind for kind in KINDS if "top" not in KINDS[kind]))


def drawn(kind: str, seed: int) -> SmallGame:
    return small_game(np.random.default_rng(seed), **KINDS[kind])


def entry(
    own: float, both: float
) -> tuple[Programme, Programme, dict[tuple[int, int], list[float]]]:
    programmes = []
    for name in "AB":
        model = pyo.ConcreteModel()
        model.enter = pyo.Var(domain=pyo.Binary)
        programmes.append(Programme(name, model, [model.enter], [own]))
    return programmes[0], programmes[1], {(0, 1): [both], (1, 0): [both]}


def lifted_point(
    relaxation: Relaxation, lifted: Lifted, profile: tuple[tuple[float, ...], ...]
) -> tuple[float, np.ndarray]:
    """Return the objective and the columns with every strategy fixed."""
    lower, upper = lifted.lower.copy(), lifted.upper.copy()
    for start, strategy in zip(lifted.offset, profile, strict=False):
        lower[start : start + len(strategy)] = upper[start : start + len(strategy)] = strategy
    relaxation.restrict(lower, upper)
    solved = relaxation.solve()
    assert solved is not None
    return solved


def test_entry_with_a_loss_when_both_enter_has_two_equilibria_and_a_mixed_one_left_out() -> None:
    first, second, interactions = entry(2.0, -3.0)  # alone 2, together -1 each
    game = integer_programming_game([first, second], interactions=interactions)
    mine = pure_equilibrium(game, objective=0)
    theirs = pure_equilibrium(game, objective=1)
    assert mine.profile == ((1.0,), (0.0,))
    assert theirs.profile == ((0.0,), (1.0,))
    assert mine.objective == theirs.objective == pytest.approx(2.0)
    assert mine.complete
    assert mine.bound == pytest.approx(2.0, abs=1e-5)


def test_matching_pennies_is_proven_to_have_no_pure_equilibrium() -> None:
    first, second, _ = entry(0.0, 0.0)
    first = Programme("A", first.model, first.variables, [-1.0])
    second = Programme("B", second.model, second.variables, [1.0])
    game = integer_programming_game([first, second], interactions={(0, 1): [2.0], (1, 0): [-2.0]})
    best, worst = pure_equilibrium(game), pure_equilibrium(game, worst=True)
    assert best.none_exists
    assert worst.none_exists
    assert best.profile is None
    assert best.bound == -np.inf
    assert worst.bound == np.inf


@given(kind=kinds, seed=seeds, whose=st.sampled_from(["welfare", 0, 1]), worst=st.booleans())
def test_best_and_worst_agree_with_trying_every_profile(
    kind: str, seed: int, whose: str | int, worst: bool
) -> None:
    small = drawn(kind, seed)
    found = pure_equilibrium(small.game, objective=whose, worst=worst)  # type: ignore[arg-type]
    equilibria = small.equilibria()
    assert found.complete
    assert found.none_exists == (not equilibria)
    if equilibria:
        chosen = [0, 1, 2][: len(small.rules)] if whose == "welfare" else [int(whose)]
        values = [sum(small.earned(profile)[i] for i in chosen) for profile in equilibria]
        expected = min(values) if worst else max(values)
        assert found.objective == pytest.approx(expected, abs=1e-4)
        assert found.bound == pytest.approx(expected, abs=1e-3)
        assert found.profile in equilibria
        assert found.regret is not None
        assert max(found.regret) <= 1e-4


@given(kind=binary_kinds, seed=seeds)
def test_no_inequality_against_small_changes_cuts_off_an_equilibrium(kind: str, seed: int) -> None:
    small = drawn(kind, seed)
    lifted = Lifted(small.game)
    relaxation = Relaxation(lifted, lifted.payoff[0])
    changes = [LocalChanges(small.game, lifted, i) for i in range(len(small.rules))]
    for profile in small.equilibria():
        _, columns = lifted_point(relaxation, lifted, profile)
        for player in changes:
            assert player.broken(columns, most=10, tolerance=1e-6) == []
            assert all(cut.worth @ columns >= cut.least - 1e-6 for cut in player.dropping())


@given(seed=seeds)
def test_inequalities_against_small_changes_cut_off_every_profile_that_an_exchange_betters(
    seed: int,
) -> None:
    small = drawn("knapsacks", seed)
    lifted = Lifted(small.game)
    relaxation = Relaxation(lifted, lifted.payoff[0])
    changes = [LocalChanges(small.game, lifted, i) for i in range(2)]
    rng = np.random.default_rng(seed)
    strategies = [rules.strategies() for rules in small.rules]
    for _ in range(10):
        profile = tuple(known[rng.integers(len(known))] for known in strategies)
        now = small.earned(profile)[0]
        better = any(
            sum(abs(a - b) for a, b in zip(other, profile[0], strict=True)) == 2
            and sum(other) == sum(profile[0])
            and small.earned((other, profile[1]))[0] > now
            for other in strategies[0]
        )
        _, columns = lifted_point(relaxation, lifted, profile)
        if better:
            assert changes[0].broken(columns, most=10, tolerance=1e-6) != []


@given(kind=binary_kinds, seed=seeds)
def test_lifted_payoffs_are_the_payoffs(kind: str, seed: int) -> None:
    small = drawn(kind, seed)
    lifted = Lifted(small.game)
    rng = np.random.default_rng(seed)
    strategies = [rules.strategies() for rules in small.rules]
    for player, payoff in enumerate(lifted.payoff):
        relaxation = Relaxation(lifted, payoff)
        for _ in range(3):
            profile = tuple(known[rng.integers(len(known))] for known in strategies)
            value, _ = lifted_point(relaxation, lifted, profile)
            assert value == pytest.approx(small.earned(profile)[player], abs=1e-6)


@given(seed=seeds, factor=st.sampled_from([1e-9, 3.0, 1e9]))
def test_rescaling_payoffs_rescales_the_answer(seed: int, factor: float) -> None:
    small = drawn("knapsacks", seed)
    models = [_model(rules) for rules in small.rules]
    programmes = [
        Programme(str(i), model, [model.x[a] for a in model.places], factor * own)
        for i, (model, own) in enumerate(zip(models, small.own, strict=True))
    ]
    scaled = integer_programming_game(
        programmes, interactions={pair: factor * q for pair, q in small.cross.items()}
    )
    before, after = pure_equilibrium(small.game), pure_equilibrium(scaled)
    assert before.none_exists == after.none_exists
    if before.objective is not None:
        assert after.objective == pytest.approx(factor * before.objective, rel=1e-5)


def _model(rules: object) -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    model.places = pyo.RangeSet(0, len(rules.top) - 1)
    model.x = pyo.Var(model.places, domain=pyo.Binary)
    load = sum(float(w) * model.x[a] for a, w in enumerate(rules.table[0]))
    model.fits = pyo.Constraint(expr=load <= float(rules.high[0]))
    return model


def test_swapping_players_swaps_the_answer() -> None:
    small = drawn("knapsacks", 3)
    models = [_model(rules) for rules in small.rules]
    programmes = [
        Programme(str(i), models[i], [models[i].x[a] for a in models[i].places], small.own[i])
        for i in (1, 0)
    ]
    swapped = integer_programming_game(
        programmes, interactions={(1 - i, 1 - j): q for (i, j), q in small.cross.items()}
    )
    for objective in (0, 1):
        here = pure_equilibrium(small.game, objective=objective)
        there = pure_equilibrium(swapped, objective=1 - objective)
        assert here.objective == pytest.approx(there.objective)


def test_a_limit_of_time_leaves_a_bound_on_the_safe_side() -> None:
    game = knapsack_game(2, 20, 2)
    full = pure_equilibrium(game)
    for limit in (0.0, 0.05):
        cut = pure_equilibrium(game, time_limit=limit)
        assert cut.complete or cut.stopped == "limit of time"
        assert cut.complete == (cut.stopped == "")
        if full.objective is not None:
            assert cut.bound >= full.objective - 1e-6
        if cut.objective is not None and full.objective is not None:
            assert cut.objective <= full.objective + 1e-6


@pytest.mark.parametrize("kind", ["potential", "positive", "mixed"])
def test_best_and_worst_of_larger_knapsacks_are_proven_and_in_order(kind: Literal["mixed"]) -> None:
    game = knapsack_game(2, 14, 3, kind=kind)
    best, worst = pure_equilibrium(game), pure_equilibrium(game, worst=True)
    assert best.complete
    assert worst.complete
    assert best.none_exists == worst.none_exists
    if best.objective is not None and worst.objective is not None:
        assert best.objective >= worst.objective
        assert best.bound == best.objective  # whole numbers: the bound is rounded to one


def test_a_player_alone_maximises() -> None:
    model = pyo.ConcreteModel()
    model.x = pyo.Var(domain=pyo.Integers, bounds=(0, 7))
    model.even = pyo.Var(domain=pyo.Integers, bounds=(0, 3))
    model.rule = pyo.Constraint(expr=model.x == 2 * model.even)
    game = integer_programming_game([Programme("A", model, [model.x], [1.5])], interactions={})
    assert pure_equilibrium(game).profile == ((6.0,),)


def test_an_objective_of_nobody_is_refused() -> None:
    with pytest.raises(GameError, match="objective: expected 'welfare' or a position below 2"):
        pure_equilibrium(knapsack_game(2, 3, 0), objective=2)


def test_products_of_continuous_variables_are_refused() -> None:
    programmes = []
    for name in "AB":
        model = pyo.ConcreteModel()
        model.x = pyo.Var(bounds=(0, 1))
        programmes.append(Programme(name, model, [model.x], [1.0]))
    game = integer_programming_game(programmes, interactions={(0, 1): [1.0]})
    with pytest.raises(GameError, match="expected every product"):
        pure_equilibrium(game)


def test_variables_without_bounds_are_refused_where_others_pay_for_them() -> None:
    first, second, interactions = entry(1.0, 1.0)
    model = pyo.ConcreteModel()
    model.x = pyo.Var(domain=pyo.NonNegativeReals)
    model.rule = pyo.Constraint(expr=model.x <= 3)
    second = Programme("B", model, [model.x], [1.0])
    game = integer_programming_game([first, second], interactions=interactions)
    with pytest.raises(GameError, match="expected finite bounds"):
        pure_equilibrium(game)

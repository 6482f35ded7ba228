"""Commitment: textbook values, proofs, ties, and what must not change the answer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from games.commitment import (
    Commitment,
    Ties,
    answer,
    claimed_bound,
    leader_tables,
    proven_bound,
)
from games.errors import GameError, NotCertifiedError
from games.normal_form import NormalFormGame, normal_form
from games.regret import expected_payoffs
from solvers.finite.commitment import mixed_commitment, pure_commitment
from solvers.finite.guarantee import Guarantees
from solvers.finite.guarantee_exact import State, exact_guarantee
from tests.finite_games import (
    TEXTBOOK,
    any_bimatrix_games,
    degenerate_games,
    integer_games,
    permuted,
    random_game,
    repeated,
    rescaled,
    swapped,
    zero_sum_games,
)

F = Fraction


def conitzer_and_sandholm() -> NormalFormGame:
    """Return the game of the introduction of conitzer2006."""
    return normal_form([[[2, 4], [1, 3]], [[1, 0], [0, 1]]])


def by_many_programs(game: NormalFormGame, leader: int) -> float:
    """Return the strong value by one plain linear program for each answer."""
    own, other = leader_tables(game, leader)
    found = -np.inf
    for j in range(own.shape[1]):
        result = linprog(
            -own[:, j],
            A_ub=(other - other[:, [j]]).T,
            b_ub=np.zeros(own.shape[1]),
            A_eq=np.ones((1, len(own))),
            b_eq=[1],
        )
        if result.status == 0:
            found = max(found, -result.fun)
    return float(found)


def spread(game: NormalFormGame, player: int) -> float:
    return max(float(np.ptp(game.payoffs[player])), 1e-9)


def is_proven(game: NormalFormGame, found: Commitment) -> bool:
    """Whether the claims of an answer prove its bound, by arithmetic alone."""
    bound = proven_bound(
        game, found.claims, leader=found.leader, ties=found.ties, exact=found.exact
    )
    return bool(bound <= found.bound)


# Textbook and by hand -----------------------------------------------------------------------------


def test_commitment_changes_the_value_as_in_conitzer_and_sandholm() -> None:
    game = conitzer_and_sandholm()
    assert pure_commitment(game).payoffs == (3, 1)
    found = mixed_commitment(game, exact=True)
    assert found.strategy == (F(1, 2), F(1, 2))
    assert found.value == found.bound == F(7, 2)
    assert found.response == 1
    assert found.responses == (0, 1)
    assert is_proven(game, found)


def test_the_example_of_paruchuri_and_others_is_worth_more_than_its_even_mix() -> None:
    # paruchuri2008, table 1: they show that an even mix earns 3.5; the best earns 11/3
    game = normal_form([[[2, 4], [1, 3]], [[1, 0], [0, 2]]])
    assert answer(game, [F(1, 2), F(1, 2)]).payoffs[0] == F(7, 2)
    found = mixed_commitment(game, exact=True)
    assert (found.strategy, found.value) == ((F(2, 3), F(1, 3)), F(11, 3))


def test_under_the_weak_rule_the_same_value_is_not_attained() -> None:
    game = conitzer_and_sandholm()
    for exact in (False, True):
        found = mixed_commitment(game, ties="weak", exact=exact)
        assert not found.attained
        assert found.bound == pytest.approx(3.5)
        assert 3.5 - 1e-5 < found.value < 3.5
        assert found.responses == (1,)
        assert found.complete
        assert is_proven(game, found)


def test_the_weak_rule_ignores_an_answer_that_is_never_the_only_best_one() -> None:
    # the second answer pays the follower as much as the first in one row, and less in the other
    game = normal_form([[[0, 9], [0, 9]], [[1, 1], [1, 0]]])
    assert mixed_commitment(game, exact=True).value == 9
    weak = mixed_commitment(game, ties="weak", exact=True)
    assert (weak.value, weak.bound, weak.attained) == (0, 0, True)
    assert [claim.excluded for claim in weak.claims] == [False, True]


def test_the_weak_rule_counts_the_worse_of_two_equal_answers() -> None:
    game = normal_form([[[4, 0], [0, 4]], [[7, 7], [7, 7]]])
    assert mixed_commitment(game, exact=True).value == 4
    weak = mixed_commitment(game, ties="weak", exact=True)
    assert (weak.value, weak.strategy) == (2, (F(1, 2), F(1, 2)))


def test_the_weak_supremum_may_be_attained_where_answers_tie() -> None:
    # the answers tie at the even mix alone, and both pay the leader 3/2 there, less elsewhere
    game = normal_form([[[1, 2], [2, 1]], [[1, 0], [0, 1]]])
    weak = mixed_commitment(game, ties="weak", exact=True)
    assert (weak.value, weak.bound, weak.attained) == (F(3, 2), F(3, 2), True)
    assert weak.responses == (0, 1)


def test_the_weak_supremum_may_be_attained_amid_the_optimal_face_alone() -> None:
    # with the first answer the leader earns 1 wherever the third row is left out; both others tie
    # on all of that face, and only its middle makes both of them pay the leader 1 as well
    game = normal_form([[[1, 2, 0], [1, 0, 2], [0, 0, 0]], [[0, 0, 0], [0, 0, 0], [1, 0, 0]]])
    for exact in (False, True):
        weak = mixed_commitment(game, ties="weak", exact=exact)
        assert weak.attained
        assert weak.value == pytest.approx(1, abs=1e-7)
        assert [float(share) for share in weak.strategy] == pytest.approx([0.5, 0.5, 0], abs=1e-6)


@pytest.mark.parametrize("title", sorted(TEXTBOOK))
def test_the_best_equilibrium_of_a_textbook_game_earns_no_more_than_commitment(title: str) -> None:
    # vonstengel2010: the leader's value is at least that of its best equilibrium
    book = TEXTBOOK[title]
    for leader in (0, 1):
        found = mixed_commitment(book.game, leader=leader, exact=True)
        best = max(expected_payoffs(book.game, pair)[leader] for pair in book.equilibria)
        assert found.value >= best
        assert found.value == found.bound


# Properties ---------------------------------------------------------------------------------------


@given(any_bimatrix_games(), st.sampled_from([0, 1]))
@settings(max_examples=80)
def test_the_strong_value_is_that_of_plain_programs(game: NormalFormGame, leader: int) -> None:
    found = mixed_commitment(game, leader=leader)
    assert found.value == pytest.approx(by_many_programs(game, leader), abs=1e-7)
    assert found.complete
    assert found.bound - found.value <= 1e-7 * spread(game, leader)
    assert is_proven(game, found)


@given(degenerate_games(), st.sampled_from([0, 1]), st.sampled_from(["strong", "weak"]))
@settings(max_examples=80)
def test_fractions_and_floats_agree_on_degenerate_games(
    game: NormalFormGame, leader: int, ties: Ties
) -> None:
    floats = mixed_commitment(game, leader=leader, ties=ties)
    exact = mixed_commitment(game, leader=leader, ties=ties, exact=True)
    assert exact.exact
    assert exact.complete
    assert float(exact.bound) == pytest.approx(floats.bound, abs=1e-6)
    assert exact.attained == floats.attained
    assert is_proven(game, exact)
    assert exact.attained == (exact.value == exact.bound)
    assert float(exact.bound) - float(exact.value) <= 1e-5 * spread(game, leader)


@given(any_bimatrix_games(), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_no_random_strategy_earns_more_than_the_bound(game: NormalFormGame, seed: int) -> None:
    strong = mixed_commitment(game)
    weak = mixed_commitment(game, ties="weak")
    rng = np.random.default_rng(seed)
    scale = spread(game, 0)
    assert weak.bound <= strong.bound + 1e-6 * scale
    for shares in rng.dirichlet(np.full(game.shape[0], 0.5), 20):
        assert answer(game, shares.tolist()).payoffs[0] <= strong.bound + 1e-6 * scale
        assert answer(game, shares.tolist(), ties="weak").payoffs[0] <= weak.bound + 1e-6 * scale


@given(any_bimatrix_games())
@settings(max_examples=40)
def test_pure_commitment_is_the_best_row_and_mixing_never_hurts(game: NormalFormGame) -> None:
    own, other = game.payoffs
    for ties, choose in (("strong", max), ("weak", min)):
        rows = [
            choose(a for a, b in zip(*row, strict=True) if b == max(row[1]))
            for row in zip(own.tolist(), other.tolist(), strict=True)
        ]
        pure = pure_commitment(game, ties=ties)  # type: ignore[arg-type]
        assert pure.value == max(rows)
        mixed = mixed_commitment(game, ties=ties)  # type: ignore[arg-type]
        assert mixed.bound >= pure.value - 1e-9 * spread(game, 0)


@given(zero_sum_games())
@settings(max_examples=40)
def test_in_zero_sum_games_commitment_is_worth_the_value(game: NormalFormGame) -> None:
    matrix = game.payoffs[0]
    rows = len(matrix)
    value = linprog(
        np.append(np.zeros(rows), -1.0),
        A_ub=np.column_stack([-matrix.T, np.ones(matrix.shape[1])]),
        b_ub=np.zeros(matrix.shape[1]),
        A_eq=[[1.0] * rows + [0.0]],
        b_eq=[1],
        bounds=[(0, None)] * rows + [(None, None)],
    )
    for ties in ("strong", "weak"):
        found = mixed_commitment(game, ties=ties)  # type: ignore[arg-type]
        assert found.bound == pytest.approx(-value.fun, abs=1e-7)
        assert found.attained


@given(integer_games(), st.sampled_from([0, 1]), st.sampled_from(["strong", "weak"]), st.data())
@settings(max_examples=40)
def test_the_value_follows_the_game_through_changes_that_mean_nothing(
    game: NormalFormGame, leader: int, ties: Ties, data: st.DataObject
) -> None:
    found = mixed_commitment(game, leader=leader, ties=ties, exact=True)
    factors = [data.draw(st.fractions(F(1, 9), 9)) for _ in range(2)]
    shifts = [data.draw(st.integers(-9, 9)) for _ in range(2)]
    changed = mixed_commitment(
        rescaled(game, factors, shifts), leader=leader, ties=ties, exact=True
    )
    assert changed.bound == found.bound * factors[leader] + shifts[leader]
    orders = [data.draw(st.permutations(range(size))) for size in game.shape]
    others = [permuted(game, orders), repeated(game, data.draw(st.sampled_from([0, 1])), 0)]
    for other in others:
        again = mixed_commitment(other, leader=leader, ties=ties, exact=True)
        assert (again.bound, again.attained) == (found.bound, found.attained)
    turned = mixed_commitment(swapped(game), leader=1 - leader, ties=ties, exact=True)
    assert (turned.bound, turned.attained) == (found.bound, found.attained)


@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_guarantees_in_floats_and_fractions_agree_and_prove_themselves(
    size: int, pieces: int, rows: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    worths, conditions = rng.integers(-3, 4, (size, pieces)), rng.integers(-3, 4, (size, rows))
    floats = Guarantees(size).best(worths.astype(float), conditions.astype(float))
    fractions = np.vectorize(F, otypes=[object])
    exact_conditions = fractions(conditions) if rows else conditions.astype(object)
    exact = exact_guarantee(fractions(worths), exact_conditions)
    assert floats.state is exact.state
    if exact.state is State.EMPTY:
        assert max(conditions @ floats.prices) < 0
        assert max(conditions @ exact.prices) < 0
    else:
        assert exact.strategy is not None
        assert float(exact.value) == pytest.approx(floats.value, abs=1e-8)
        assert min(exact.strategy @ worths) == exact.value
        assert sum(exact.strategy) == sum(exact.weights) == 1
        assert max(worths @ exact.weights + conditions @ exact.prices) == exact.value
        assert max(worths @ floats.weights + conditions @ floats.prices) == pytest.approx(
            floats.value, abs=1e-8
        )


# Edges --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_sizes_of_payoffs_do_not_matter(scale: float) -> None:
    first, second = random_game((6, 7), 5).payoffs
    plain = mixed_commitment(normal_form([first, second]))
    found = mixed_commitment(normal_form([first * scale, second / scale]))
    assert found.value == pytest.approx(plain.value * scale, rel=1e-7)
    assert found.complete


def test_constant_and_single_strategy_games_have_their_only_value() -> None:
    for shape in ((1, 1), (1, 4), (4, 1), (3, 3)):
        game = normal_form(np.full((2, *shape), 3))
        for ties in ("strong", "weak"):
            for exact in (False, True):
                found = mixed_commitment(game, ties=ties, exact=exact)  # type: ignore[arg-type]
                assert found.value == found.bound == 3
                assert found.attained


def test_a_limit_of_time_leaves_a_true_bound() -> None:
    game = random_game((30, 30), 8)
    full = mixed_commitment(game)
    found = mixed_commitment(game, time_limit=0.0)
    assert found.stopped == "limit of time"
    assert found.value <= full.value + 1e-9
    assert found.bound >= full.value - 1e-9
    assert is_proven(game, found)


def test_a_hundred_strategies_are_proven() -> None:
    game = random_game((100, 100), 9)
    found = mixed_commitment(game)
    assert found.complete
    assert is_proven(game, found)
    assert found.value == pytest.approx(by_many_programs(game, 0), abs=1e-7)


def test_claims_that_prove_nothing_are_refused() -> None:
    game = conitzer_and_sandholm()
    found = mixed_commitment(game, exact=True)
    claim = found.claims[1]
    assert claimed_bound(game, claim, leader=0, exact=True) == F(7, 2)
    for wrong in (
        replace(claim, prices=((0, F(-1)),)),
        replace(claim, weights=((0, F(1)),)),
        replace(claim, weights=((1, F(1, 2)),)),
        replace(claim, excluded=True),
    ):
        with pytest.raises(NotCertifiedError):
            claimed_bound(game, wrong, leader=0, exact=True)
    with pytest.raises(NotCertifiedError, match="one for each"):
        proven_bound(game, found.claims[:1], exact=True)
    weak = normal_form([[[0, 9], [0, 9]], [[1, 1], [1, 0]]])
    claims = mixed_commitment(weak, ties="weak", exact=True).claims
    with pytest.raises(NotCertifiedError, match="weak one"):
        proven_bound(weak, claims, ties="strong", exact=True)


def test_bad_input_is_refused_with_its_name() -> None:
    game = conitzer_and_sandholm()
    with pytest.raises(GameError, match="player 0 or 1, found 2"):
        mixed_commitment(game, leader=2)
    with pytest.raises(GameError, match="strong or weak"):
        mixed_commitment(game, ties="nice")  # type: ignore[arg-type]
    with pytest.raises(GameError, match="two players, found 3"):
        pure_commitment(normal_form(np.zeros((3, 2, 2, 2))))
    with pytest.raises(GameError, match="2 probabilities, found 1"):
        answer(game, [1.0])

"""All equilibria of a game of two players, against textbooks, brute force and exact Gambit."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from solvers.finite import enumeration
from solvers.finite.best_response import BestResponses, undominated
from solvers.finite.components import connected_components, maximal_subsets
from solvers.finite.enumeration import all_equilibria
from solvers.finite.integer_tableau import IntegerTableau, solved
from solvers.finite.integer_vertices import all_vertices_in_integers
from solvers.finite.labels import fully_labelled, words
from solvers.finite.nashpy_first import compared, nashpy_equilibria
from solvers.finite.records import Solution
from solvers.finite.vertices import all_vertices
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

F = Fraction
Pair = tuple[tuple[Any, ...], ...]


def extreme(game: NormalFormGame) -> set[Pair]:
    solution = all_equilibria(game, exact=True)
    assert solution.complete
    assert solution.exact
    found = {equilibrium.strategies for equilibrium in solution.equilibria}
    assert len(found) == len(solution.equilibria)
    return found


# Textbook games -----------------------------------------------------------------------------------


@pytest.mark.parametrize("title", TEXTBOOK)
def test_every_extreme_equilibrium_of_a_textbook_game_is_found(title: str) -> None:
    book = TEXTBOOK[title]
    assert extreme(book.game) == set(book.equilibria)
    close = all_equilibria(book.game)
    assert close.complete
    assert sorted(e.strategies for e in close.equilibria) == [
        tuple(pytest.approx(tuple(map(float, strategy))) for strategy in pair)
        for pair in book.equilibria
    ]


def test_seventy_five_equilibria_of_a_six_by_six_game_are_all_found() -> None:
    assert len(extreme(seventy_five())) == 75


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_coordination_game_has_an_equilibrium_for_every_set_of_places(size: int) -> None:
    found = extreme(coordination(size))
    assert len(found) == 2**size - 1
    for x, y in found:
        assert x == y
        assert len(set(x) - {0}) == 1  # uniform on its support


# Components, by hand ------------------------------------------------------------------------------


def components(title: str) -> tuple[Solution, list[tuple[set[Any], set[Any]]]]:
    solution = all_equilibria(TEXTBOOK[title].game, exact=True, components=True)
    assert solution.components is not None
    assert solution.vertices is not None
    xs, ys = solution.vertices
    return solution, [({xs[i] for i in first}, {ys[j] for j in second})
                      for first, second in solution.components]  # fmt: skip


def test_a_segment_of_equilibria_is_one_component_and_the_isolated_one_another() -> None:
    solution, found = components("three by two, degenerate")
    assert ({(1, 0, 0)}, {(1, 0), (F(2, 3), F(1, 3))}) in found
    assert ({(0, F(1, 3), F(2, 3))}, {(F(1, 3), F(2, 3))}) in found
    assert len(found) == 2
    assert solution.components is not None
    assert connected_components(solution.components) == ((0,), (1,))


def test_where_nothing_is_at_stake_everything_is_one_component() -> None:
    _, found = components("nothing at stake")
    assert found == [({(1, 0), (0, 1)}, {(1, 0), (0, 1)})]


def test_a_path_of_equilibria_is_three_maximal_subsets_in_one_connected_component() -> None:
    # y may be anything from 1/2 up against x = (1, 0), down against (0, 1); x anything at y = 1/2.
    solution, found = components("a path of equilibria")
    half = (F(1, 2), F(1, 2))
    up, down = ({(1, 0)}, {(1, 0), half}), ({(0, 1)}, {(0, 1), half})
    across = ({(1, 0), (0, 1)}, {half})
    assert len(found) == 3
    assert all(subset in found for subset in (up, down, across))
    assert solution.components is not None
    assert connected_components(solution.components) == ((0, 1, 2),)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_maximal_subsets_are_the_maximal_bicliques(pairs: list[tuple[int, int]]) -> None:
    edges = set(pairs)
    subsets = [
        set(c) for size in range(1, 6) for c in itertools.combinations(range(5), size)
    ]  # fmt: skip
    bicliques = [
        (a, b) for a in subsets for b in subsets if all((x, y) in edges for x in a for y in b)
    ]
    maximal = {
        (tuple(sorted(a)), tuple(sorted(b)))
        for a, b in bicliques
        if not any((a <= c and b <= d) and (a, b) != (c, d) for c, d in bicliques)
    }
    found, in_time = maximal_subsets(pairs)
    assert in_time
    assert set(found) == maximal
    assert len(found) == len(maximal)


@given(degenerate_games())
@settings(max_examples=40)
def test_every_mixture_within_a_component_is_an_equilibrium(game: NormalFormGame) -> None:
    from games.regret import mixed_profile, regrets

    solution = all_equilibria(game, exact=True, components=True)
    assert solution.components
    assert solution.vertices is not None
    for subset in solution.components:
        middle = [
            [sum(column) / len(members) for column in zip(*(side[v] for v in members), strict=True)]
            for side, members in zip(solution.vertices, subset, strict=True)
        ]
        assert regrets(game, mixed_profile(game, middle)) == (0, 0)


# Properties ---------------------------------------------------------------------------------------


@given(any_bimatrix_games())
def test_floats_and_fractions_find_the_same_equilibria(game: NormalFormGame) -> None:
    exact, close = all_equilibria(game, exact=True), all_equilibria(game)
    assert exact.complete
    assert close.complete
    assert [e.support for e in exact.equilibria] == [e.support for e in close.equilibria]
    for one, other in zip(exact.equilibria, close.equilibria, strict=True):
        assert isinstance(other.strategies[0][0], float)
        for p, q in zip(one.strategies, other.strategies, strict=True):
            assert tuple(map(float, p)) == pytest.approx(q, abs=1e-9)


positive = st.fractions(min_value=F(1, 1000), max_value=1000, max_denominator=1000)
shifts = st.fractions(min_value=-50, max_value=50, max_denominator=20)


@given(any_bimatrix_games(), st.tuples(positive, positive), st.tuples(shifts, shifts))
def test_rescaled_and_shifted_payoffs_leave_the_equilibria_alone(
    game: NormalFormGame, factors: tuple[Fraction, ...], constants: tuple[Fraction, ...]
) -> None:
    assert extreme(rescaled(game, factors, constants)) == extreme(game)


@given(any_bimatrix_games(), st.randoms(use_true_random=False))
def test_strategies_in_another_order_give_the_same_equilibria_in_that_order(
    game: NormalFormGame, rng: Any
) -> None:
    orders = [rng.sample(range(size), size) for size in game.shape]
    expected = {
        tuple(tuple(p[a] for a in order) for p, order in zip(pair, orders, strict=True))
        for pair in extreme(game)
    }
    assert extreme(permuted(game, orders)) == expected


@given(any_bimatrix_games())
def test_swapping_the_players_swaps_the_equilibria(game: NormalFormGame) -> None:
    assert extreme(swapped(game)) == {(y, x) for x, y in extreme(game)}


@given(any_bimatrix_games(largest=3), st.integers(0, 1), st.integers(0, 2))
def test_repeating_a_strategy_only_adds_equilibria_that_use_the_copy(
    game: NormalFormGame, player: int, strategy: int
) -> None:
    strategy %= game.shape[player]
    merged = set()
    for pair in extreme(repeated(game, player, strategy)):
        strategies = [list(p) for p in pair]
        strategies[player][strategy] += strategies[player].pop()
        merged.add(tuple(map(tuple, strategies)))
    assert merged == extreme(game)


@given(float_games(largest=5))
def test_a_game_without_ties_has_an_odd_number_of_equilibria(game: NormalFormGame) -> None:
    assert len(all_equilibria(game).equilibria) % 2 == 1


@given(any_bimatrix_games())
def test_equilibria_are_sorted_by_their_supports_and_then_by_their_numbers(
    game: NormalFormGame,
) -> None:
    found = all_equilibria(game, exact=True).equilibria
    assert list(found) == sorted(found, key=lambda e: (e.support, e.strategies))


# The parts, by brute force ------------------------------------------------------------------------


def brute_force_vertices(matrix: list[list[int]]) -> set[int]:
    """Solve every choice of n of the n + m constraints as equations."""
    rows, columns = len(matrix), len(matrix[0])
    constraints = [([F(int(k == j)) for k in range(columns)], F(0)) for j in range(columns)]
    constraints += [([F(a) for a in row], F(1)) for row in matrix]
    found = set()
    for chosen in itertools.combinations(constraints, columns):
        y = gauss([[*left, right] for left, right in chosen])
        if y is None or min(y) < 0:
            continue
        slack = [1 - sum(a * b for a, b in zip(row, y, strict=True)) for row in matrix]
        if min(slack) >= 0:
            found.add(sum(1 << v for v, value in enumerate([*y, *slack]) if value == 0))
    assert rows
    return found


def gauss(rows: list[list[Fraction]]) -> list[Fraction] | None:
    for place in range(len(rows)):
        chosen = next((i for i in range(place, len(rows)) if rows[i][place]), None)
        if chosen is None:
            return None
        rows[place], rows[chosen] = rows[chosen], rows[place]
        rows[place] = [a / rows[place][place] for a in rows[place]]
        for i in range(len(rows)):
            if i != place:
                factor = rows[i][place]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[place], strict=True)]
    return [row[-1] for row in rows]


@st.composite
def matrices(draw: st.DrawFn, high: int = 4) -> list[list[int]]:
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    entries = st.lists(st.integers(1, high), min_size=columns, max_size=columns)
    return draw(st.lists(entries, min_size=rows, max_size=rows))


@given(matrices())
def test_both_walks_find_every_vertex_of_a_polytope(matrix: list[list[int]]) -> None:
    expected = brute_force_vertices(matrix)
    in_integers, in_time = all_vertices_in_integers(matrix)
    assert in_time
    assert in_integers == sorted(expected)
    (walked,) = all_vertices(np.array([matrix], float), integral=True)
    assert walked.proven
    assert walked.zero.tolist() == sorted(expected)


@given(matrices(high=10**6))
def test_a_walk_in_floats_is_right_or_unproven(matrix: list[list[int]]) -> None:
    scaled = np.array([matrix], float) / 10**6 + 0.5
    (walked,) = all_vertices(scaled, error=2.0**-50)
    if walked.proven:
        shifted = [[a + 500_000 for a in row] for row in matrix]
        assert set(walked.zero.tolist()) == brute_force_vertices(shifted)


def test_two_polytopes_are_walked_together_as_they_are_apart() -> None:
    both = random_game((6, 6), 5).payoffs + 0.5
    together = all_vertices(both, error=2.0**-50)
    apart = [all_vertices(one[None], error=2.0**-50)[0] for one in both]
    assert [v.zero.tolist() for v in together] == [v.zero.tolist() for v in apart]
    assert all(v.proven for v in together)


def test_nothing_is_proven_of_entries_that_are_not_known_well() -> None:
    matrix = random_game((5, 5), 1).payoffs[:1] + 0.5
    assert all_vertices(matrix, error=2.0**-50)[0].proven
    assert not all_vertices(matrix, error=0.1)[0].proven


def test_nothing_is_proven_of_ties_between_entries_that_are_not_integers() -> None:
    matrix = np.ones((1, 3, 3)) * 0.7
    assert not all_vertices(matrix, error=2.0**-50)[0].proven


def test_ties_that_floats_cannot_settle_are_settled_in_integers() -> None:
    tables = np.random.default_rng(3).integers(0, 4, (2, 5, 5))
    tenths = all_equilibria(normal_form(tables * 0.125 + 1e-9), exact=True)
    assert "in integers" in tenths.method
    assert tenths.complete
    fractions = np.vectorize(F, otypes=[object])(tables * 0.125 + 1e-9)
    again = all_equilibria(normal_form(fractions), exact=True)
    assert [e.strategies for e in again.equilibria] == [e.strategies for e in tenths.equilibria]


@given(integer_games(largest=3, low=-3, high=3))
def test_games_too_wide_for_one_word_are_enumerated_all_the_same(game: NormalFormGame) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enumeration, "WIDEST", 0)
        in_integers = all_equilibria(game, exact=True)
    assert "in integers" in in_integers.method
    assert {e.strategies for e in in_integers.equilibria} == extreme(game)


@given(
    st.lists(st.integers(0, 2**7 - 1), max_size=12, unique=True),
    st.lists(st.integers(0, 2**7 - 1), max_size=12, unique=True),
    st.integers(0, 70),
)
def test_pairs_are_fully_labelled_where_no_label_is_missing_from_both(
    first: list[int], second: list[int], spread: int
) -> None:
    # The same labels in one word or in two.
    full = (1 << 7 + spread) - 1
    high = full ^ (2**7 - 1)
    ours, theirs = [mask | high for mask in first], second
    found, in_time = fully_labelled(
        words(ours, 7 + spread), words(theirs, 7 + spread), 7 + spread
    )  # fmt: skip
    assert in_time
    expected = {
        (i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs) if a | b == full
    }  # fmt: skip
    assert {tuple(pair) for pair in found.tolist()} == expected
    assert len(found) == len(expected)


def test_many_vertices_are_divided_by_their_labels() -> None:
    rng = np.random.default_rng(0)
    first, second = (np.unique(rng.integers(0, 2**12, 900)).astype(np.uint64) for _ in range(2))
    found, _ = fully_labelled(words(first, 12), words(second, 12), 12)
    expected = np.argwhere((first[:, None] | second[None, :]) == 2**12 - 1)
    assert len(expected) > 100
    assert sorted(found.tolist()) == expected.tolist()


def test_rows_that_become_tight_at_once_are_told_apart_lexicographically() -> None:
    # Both rows reach 0 at 1. The slack of row 1 is a unit vector, (1, 0), and comes after (0, 1).
    tableau = IntegerTableau([[1, 1], [1, 2]], first_slack=2, first_column=0)
    assert tableau.leaving_row(0) == 1
    # From then on row 2 holds the variable, at 1, and row 1 its slack, at 0.
    assert tableau.enter(0) == 3
    assert tableau.rows == [[-1, -1, 0], [1, 2, 1]]
    assert tableau.leaving_row(1) == 1


def test_a_system_with_more_equations_than_unknowns_is_solved_in_integers() -> None:
    # 2a + b = 5, 4a + 2b = 10, a - b = 1 give a = 2, b = 1.
    assert solved([[2, 1, 5], [4, 2, 10], [1, -1, 1]]) == ([-6, -3], -3)


def test_a_system_that_does_not_determine_its_unknowns_has_no_solution() -> None:
    assert solved([[2, 1, 5], [4, 2, 10]]) is None


def test_strictly_dominated_strategies_are_dropped_until_none_is() -> None:
    # Rows 2 and 3 beat row 1, then column 1 beats column 2, and then row 3 beats row 2.
    game = normal_form([[[0, 0], [1, 9], [2, 3]], [[0, 9], [1, 0], [1, 0]]])
    assert undominated(game) == ([2], [0])


def test_payoffs_become_the_smallest_positive_integers() -> None:
    table = np.array([[F(1, 2), F(3, 2)], [F(-1, 2), F(1, 2)]], dtype=object)
    assert BestResponses(table.astype(float), table).integers == [[2, 3], [1, 2]]


# Edges --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (2, 45), (45, 2)])
def test_games_with_few_strategies_on_one_side_are_complete(shape: tuple[int, int]) -> None:
    assert extreme(random_game(shape, 7, low=-4, high=4))


@pytest.mark.parametrize("payoff", [0, 0.1, -7.25, 1e300, 1e-310])
def test_where_all_payoffs_are_alike_all_pure_pairs_are_the_extreme_equilibria(
    payoff: float,
) -> None:
    found = all_equilibria(normal_form(np.full((2, 3, 2), payoff)), components=True)
    assert found.complete
    assert len(found.equilibria) == 6
    assert found.components == (((0, 1, 2), (0, 1)),)


@pytest.mark.parametrize("factor", [1e-310, 1e-12, 1e12, 1e300])
def test_tiny_and_huge_payoffs_change_nothing(factor: float) -> None:
    game = random_game((4, 4), 2, low=-9, high=9)
    scaled = all_equilibria(normal_form(game.payoffs * factor))
    assert scaled.complete
    supports = [e.support for e in all_equilibria(game).equilibria]
    assert [e.support for e in scaled.equilibria] == supports


def test_payoffs_of_very_different_size_are_enumerated_exactly() -> None:
    rng = np.random.default_rng(4)
    payoffs = rng.random((2, 5, 5)) * 10.0 ** rng.integers(-12, 13, (2, 5, 5))
    solution = all_equilibria(normal_form(payoffs), exact=True)
    assert solution.complete
    assert solution.exact
    assert len(solution.equilibria) % 2 == 1


def test_a_limit_of_time_returns_what_is_known_to_hold() -> None:
    game = random_game((16, 16), 1)
    solution = all_equilibria(game, components=True, time_limit=0.2)
    assert not solution.complete
    assert solution.stopped == "limit of time"
    assert all(max(e.regret) < 1e-6 for e in solution.equilibria)


def test_integers_keep_to_a_limit_of_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enumeration, "WIDEST", 0)
    solution = all_equilibria(random_game((12, 12), 1, low=0, high=99), time_limit=0.2)
    assert not solution.complete
    assert solution.stopped


def test_games_of_three_players_are_refused() -> None:
    with pytest.raises(GameError, match="expected a game of 2 players, found 3"):
        all_equilibria(random_game((2, 2, 2), 0))


# nashpy -------------------------------------------------------------------------------------------


def test_the_method_says_what_nashpy_missed() -> None:
    solution = all_equilibria(
        TEXTBOOK["three by two, degenerate"].game, exact=True, cross_check=True
    )  # fmt: skip
    assert len(solution.equilibria) == 3
    assert "3 of 3 (vertex_enumeration)" in solution.method
    assert "2 of 3 (support_enumeration)" in solution.method


def test_a_failure_of_nashpy_is_told_and_changes_nothing() -> None:
    # Zero payoffs leave nashpy's polytopes unbounded.
    solution = all_equilibria(TEXTBOOK["nothing at stake"].game, cross_check=True)
    assert solution.complete
    assert "0 of 4 (vertex_enumeration, failed with" in solution.method


def test_answers_of_nashpy_that_are_no_equilibria_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import nashpy

    answers = [(np.array([1.0, 0.0]), np.array([0.0, 1.0])), ([0.5], [2.0])]
    monkeypatch.setattr(nashpy.Game, "support_enumeration", lambda self: iter(answers))
    game = TEXTBOOK["prisoners' dilemma"].game
    found = nashpy_equilibria(game, enumerator="support_enumeration")
    assert not found.equilibria
    assert not found.complete
    assert found.stopped == "2 wrong"
    assert "0 of 1 (support_enumeration, 2 wrong)" in compared(game, all_equilibria(game))


@pytest.mark.slow
def test_nashpy_cannot_hold_up_a_large_game() -> None:
    game = random_game((12, 12), 3)
    alone = all_equilibria(game)  # kernels may have to be compiled first, which takes what it takes
    limit = 10 * alone.seconds + 6
    solution = all_equilibria(game, cross_check=True, time_limit=limit)
    assert solution.complete
    assert solution.seconds < limit + 60
    assert "nashpy" in solution.method


# Gambit -------------------------------------------------------------------------------------------


def exact_gambit(game: NormalFormGame) -> set[Pair]:
    gambit = pytest.importorskip("pygambit", reason="the exact oracle is not installed")
    tables = [
        np.array([[gambit.Rational(v.numerator, v.denominator) for v in row] for row in table])
        for table in game.rational()
    ]
    theirs = gambit.Game.from_arrays(*tables)
    return {
        tuple(tuple(F(str(p)) for _, p in profile[player]) for player in theirs.players)
        for profile in gambit.nash.enummixed_solve(theirs, rational=True).equilibria
    }


@given(st.one_of(integer_games(largest=5), degenerate_games(largest=5)))
@settings(max_examples=100)
def test_exact_gambit_agrees(game: NormalFormGame) -> None:
    assert extreme(game) == exact_gambit(game)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(400))
def test_exact_gambit_agrees_on_larger_games(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 7, 2).tolist())
    high = int(rng.choice([1, 2, 5, 50, 10_000]))
    payoffs = rng.integers(-high, high + 1, (2, *shape))
    if seed % 3 == 1:
        payoffs[:, -1] = payoffs[:, 0]
    if seed % 3 == 2:
        payoffs[rng.integers(2), :, rng.integers(shape[1])] = 0
    game = normal_form(payoffs)
    assert extreme(game) == exact_gambit(game)

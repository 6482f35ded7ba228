"""The dual taken apart, and bounds in boxes of prices: by hand and against brute force."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.layered import (
    LayeredGame,
)
from solvers.boxes.cells import cells, mark_distinct
from solvers.boxes.purses import purses
from solvers.boxes.search import best_at
from solvers.descent import option_cost
from solvers.evader import Evader
from tests.price_blocks import (
    aligned_games,
    answers_at,
    apart,
    dual_at,
    fixed_at,
    functions_of,
    lowest,
    many,
    profiles_of,
    two_ports,
    values_and_slopes,
)


def test_two_ports_and_their_market_are_one_block() -> None:
    found = apart(two_ports())
    assert found is not None
    separation, weights = found
    assert separation.blocks == ((0, 1),)
    assert separation.pivots == ()
    assert separation.coordinates == ()
    (functions,) = functions_of(separation, weights)
    # At a price of money of 1.5 a unit costs 0.75 through A and 0.375 through B. The market's price
    # h minimises 3 (2 - h) + 3 (1 - h) + 4 (h - 0.75) + 2 (h - 0.375), each part at least 0: 5.25
    # for h between 0.75 and 1. A patrol at A halves what arrives, 4 (h / 2 - 0.75): h = 1.5 gives
    # 3.75. One at B alone: h = 1 gives 4.25. Both: any h between 1.5 and 2 gives 2.25.
    values, _ = values_and_slopes(functions, np.array([[1.5]]))
    assert functions.blocks == ((0, 1),)
    assert values[0].tolist() == pytest.approx([5.25, 1 + 4.25, 1 + 3.75, 2 + 2.25])
    assert fixed_at(functions, np.array([1.5])) == pytest.approx(1.5)


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_blocks_add_up_to_costs_plus_harm_at_the_evaders_own_prices(
    game: LayeredGame, seed: int
) -> None:
    found = apart(game)
    if found is None:
        return
    separation, weights = found
    rng = random.Random(seed)
    evader = Evader(separation.network)
    cases = functions_of(separation, weights)
    for _ in range(3):
        profile = tuple(rng.choice(options) for options in weights.allowed)
        response = evader.respond(profile)
        exact = option_cost(weights, profile) + weights.harm * response.value
        places = tuple(separation.allowed[k].index(profile[k]) for k in separation.pivots)
        functions = cases[separation.cases().index(places)]
        prices = np.array(
            [[response.money_price, *response.node_prices[list(separation.coordinates)]]]
        )
        values, _ = values_and_slopes(functions, prices)
        picked = functions.picked(profile)
        assert fixed_at(functions, prices[0]) + values[0, picked].sum() == pytest.approx(
            exact, abs=1e-7
        )
        assert functions.profile(picked) == profile


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_values_of_choices_are_those_of_the_evaders_dual_at_given_prices(
    game: LayeredGame, seed: int
) -> None:
    found = apart(game)
    if found is None:
        return
    separation, weights = found
    rng = np.random.default_rng(seed)
    for functions in functions_of(separation, weights):
        prices = np.round(rng.uniform(0, 3, (3, functions.size)), rng.integers(0, 4))
        values, _ = values_and_slopes(functions, prices)
        for _ in range(3):
            picked = [
                int(rng.integers(first, end))
                for first, end in itertools.pairwise(functions.choices.first)
            ]
            profile = functions.profile(picked)
            for one, of_one in zip(prices, values, strict=True):
                exact = option_cost(weights, profile) + weights.harm * dual_at(
                    separation, profile, one
                )
                total = fixed_at(functions, one) + of_one[picked].sum()
                assert total == pytest.approx(exact, abs=1e-6)


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_no_function_of_a_block_falls_below_its_tangents(game: LayeredGame, seed: int) -> None:
    found = apart(game)
    if found is None:
        return
    rng = np.random.default_rng(seed)
    for functions in functions_of(*found):
        one, other = np.round(rng.uniform(0, 3, (2, 4, functions.size)), rng.integers(0, 4))
        values, slopes = values_and_slopes(functions, one)
        line = values + np.einsum("ndc,nd->nc", slopes, other - one)
        assert float((values_and_slopes(functions, other)[0] - line).min()) > -1e-8


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_no_price_in_a_box_goes_below_its_bound(game: LayeredGame, seed: int) -> None:
    found = apart(game)
    if found is None:
        return
    rng = np.random.default_rng(seed)
    for functions in functions_of(*found):
        ends = rng.uniform(0, 3, (2, 5, functions.size))
        low, high = ends.min(axis=0), ends.max(axis=0)
        answers = answers_at(functions, low, high, seed=seed, ascents=seed % 4 + 1)
        assert answers.reached == pytest.approx(lowest(functions, (low + high) / 2))
        for _ in range(10):
            inside = low + rng.uniform(0, 1, low.shape) * (high - low)
            corner = np.where(rng.uniform(size=low.shape) < 0.5, low, high)
            for prices in (inside, corner):
                assert np.all(answers.bounds <= lowest(functions, prices) + 1e-7)


def test_kinks_inside_a_wide_box_cost_the_bound_of_one_portfolio_next_to_nothing() -> None:
    # Without patrols the evader buys 2 units at 0.25 and 1 at 0.5, and each is worth 2: 6 in all,
    # which the dual is worth at a price of money of 2 / 0.5 = 4, with kinks on all sides of it.
    found = apart(two_ports())
    assert found is not None
    (functions,) = functions_of(*found)
    marks = np.array([[True, False, False, False]])
    low, high = np.array([[0.0]]), np.array([[9.0]])
    answers = answers_at(functions, low, high, marks=marks, ascents=200)
    assert 5.9 < answers.bounds[0] <= 6.0 + 1e-9
    one_slope = answers_at(functions, low, high, marks=marks.copy(), ascents=1)
    assert one_slope.bounds[0] < answers.bounds[0]


def test_lines_that_rounding_alone_tells_apart_count_once() -> None:
    """Of 1, 2, 1 + 1e-12 and 3 in one row three are left; in another, of four equal ones, one."""
    lines = np.array([[[1.0], [2.0], [1.0 + 1e-12], [3.0]], [[5.0]] * 4])
    kept = np.zeros((2, 4), dtype=bool)
    mark_distinct(lines, 1e-9, kept)
    assert kept.tolist() == [[True, True, False, True], [True, False, False, False]]


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_pieces_of_cells_never_rise_above_what_choices_are_worth(
    game: LayeredGame, seed: int
) -> None:
    found = apart(game)
    if found is None:
        return
    rng = np.random.default_rng(seed)
    for functions in functions_of(*found):
        low, high = np.sort(rng.uniform(0, 3, (2, functions.size)), axis=0)
        parts = cells(functions, low, high)
        prices = rng.uniform(0, 4, (5, functions.size))
        values, _ = values_and_slopes(functions, prices)
        costs, row_first, rows = functions.choices[1:]
        for one, of_one in zip(prices, values, strict=True):
            worth = parts.slopes @ one + parts.constants
            of_cells = np.maximum.reduceat(worth, parts.piece_first[:-1])
            of_rows = np.add.reduceat(of_cells, parts.cell_first[:-1])
            for c, value in enumerate(of_one):
                used = rows[row_first[c] : row_first[c + 1]]
                assert costs[c] + of_rows[used].sum() <= value + 1e-8
                if np.all(used < functions.rows.private_from):
                    assert costs[c] + of_rows[used].sum() == pytest.approx(value)


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_the_bound_of_a_single_price_is_what_the_best_portfolio_costs_there(
    game: LayeredGame, seed: int
) -> None:
    found = apart(game)
    if found is None:
        return
    rng = np.random.default_rng(seed)
    for functions in functions_of(*found):
        prices = np.round(rng.uniform(0, 3, (3, functions.size)), rng.integers(0, 4))
        least = lowest(functions, prices)
        answers = answers_at(functions, prices, prices, seed=seed)
        assert answers.bounds == pytest.approx(least)
        for one, value in zip(prices, least, strict=True):
            offers = best_at(functions, one[None])
            assert len(offers) == np.isfinite(value)
            for best in offers:
                assert best.reached == pytest.approx(value)
                picked = functions.picked(best.profile)
                values, _ = values_and_slopes(functions, one[None])
                total = fixed_at(functions, one) + values[0, picked].sum()
                assert total == pytest.approx(value)


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_whatever_a_box_holds_below_the_limit_stays_marked_and_listed(
    game: LayeredGame, seed: int
) -> None:
    found = apart(game)
    if found is None:
        return
    rng = np.random.default_rng(seed)
    for functions in functions_of(*found):
        portfolios = profiles_of(functions)
        if not portfolios:
            continue
        middle = rng.uniform(0, 3, functions.size)
        half = rng.uniform(0, 0.5, functions.size)
        low, high = (middle - half)[None], (middle + half)[None]
        prices = low + rng.uniform(0, 1, (40, functions.size)) * (high - low)
        values, _ = values_and_slopes(functions, prices)
        totals = np.array([values[:, p].sum(axis=1) for p in portfolios])
        totals += [fixed_at(functions, one) for one in prices]
        at_most = float(np.quantile(totals, rng.uniform(0, 0.5)))
        marks = functions.purses.possible[None].copy()
        answers = answers_at(functions, low, high, at_most, marks=marks, seed=seed, listed=50)
        for portfolio, of_one in zip(portfolios, totals, strict=True):
            if of_one.min() < at_most - 1e-7:
                assert answers.bounds[0] < at_most
                assert marks[0, portfolio].all()
                if answers.listed[0] >= 0:
                    listed = answers.listing[0, : answers.listed[0]].tolist()
                    assert portfolio in listed


def test_a_budget_that_settled_points_exceed_leaves_no_choice() -> None:
    """Point 0 is settled at an outlay of 2; point 1 is a block with outlays 0 and 1."""
    outlays = {0: np.array([0.0, 2.0]), 1: np.array([0.0, 1.0])}

    def possible(*budgets: tuple[tuple[int, ...], float]) -> list[bool]:
        found = purses(budgets, [(1,)], np.array([0, 2]), outlays, settled={0: 1})
        return found.possible.tolist()

    assert possible(((0,), 2.0)) == [True, True]
    assert possible(((0,), 1.9)) == [False, False]
    assert possible(((0, 1), 2.5)) == [True, False]

"""The dual taken apart and the search in the space of prices: by hand and against brute force."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from games.capability import Chord
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)
from games.network import build_network
from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.bounds import Answers
from solvers.boxes.cells import cells
from solvers.boxes.decomposed import decomposed_minimum
from solvers.boxes.incumbent import Incumbent
from solvers.boxes.search import PriceSearch, best_at, look
from solvers.boxes.separation import Separation, separated
from solvers.boxes.tangents import tangents
from solvers.descent import option_cost, respects_budgets
from solvers.evader import Evader
from solvers.minimum import MANY_STEPS, SMALL_TREE, Minimum, minimum
from solvers.players import player, weights_of
from solvers.prices import Weights, first_box
from tests.builders import Traits, small_games

Prices = NDArray[np.float64]

aligned_games = small_games(Traits(largest=81, correlation=0.0))
many = settings(max_examples=25, deadline=None)


def apart(game: LayeredGame, harm: float = 1.0) -> tuple[Separation, Weights] | None:
    """Return a game's separation and the weights of everybody together."""
    names = [controller.name for controller in game.controllers]
    weights = weights_of(game, player(game, names), game.status_quo, harm=harm)
    separation = separated(build_network(game), weights.allowed)
    return None if separation is None else (separation, weights)


def functions_of(separation: Separation, weights: Weights) -> list[BlockFunctions]:
    return [BlockFunctions(separation, weights, case) for case in separation.cases()]


def answers_at(
    functions: BlockFunctions,
    low: Prices,
    high: Prices,
    at_most: float = 1e9,
    *,
    marks: NDArray[np.bool_] | None = None,
    seed: int | None = None,
    ascents: int = 20,
    listed: int = 8,
) -> Answers:
    """Return what a look at boxes, shape (boxes, coordinates), says from random charges or none."""
    parts = cells(functions, low.min(axis=0), high.max(axis=0))
    charges = np.zeros((len(low), *parts.uses.shape))
    if seed is not None:
        charges[:, parts.uses] = np.random.default_rng(seed).normal(
            scale=3.0, size=(len(low), int(parts.uses.sum()))
        )
    if marks is None:
        marks = np.tile(functions.purses.possible, (len(low), 1))
    return look(
        functions,
        parts,
        low,
        high,
        marks,
        charges,
        np.arange(len(low)),
        at_most=at_most,
        ascents=ascents,
        listed=listed,
    )


def values_and_slopes(functions: BlockFunctions, prices: Prices) -> tuple[Prices, Prices]:
    """Return values (prices, choices) and slopes (prices, coordinates, choices) of all choices."""
    count, room = len(prices), len(functions.purses.order)
    shape = (count, room)
    ids, counts = np.empty(shape, np.int64), np.empty((count, len(functions.blocks)), np.int64)
    values, slopes = np.empty(shape), np.empty((count, functions.size, room))
    marks, which = np.ones(shape, dtype=bool), np.arange(count)
    written = (ids, counts, values, slopes)
    order = np.arange(room)
    tangents(*functions.rows, *functions.choices, order, prices, marks, which, *written)
    assert np.all(ids == order)
    assert np.all(counts == np.diff(functions.choices.first))
    return values, slopes


def fixed_at(functions: BlockFunctions, prices: Prices) -> float:
    """Return what is added at one vector of prices whatever the blocks do."""
    slopes, first, values, sizes = functions.fixed
    total = functions.constant + float(slopes @ prices)
    for d, price in enumerate(prices):
        for j in range(first[d], first[d + 1]):
            total += sizes[j] * max(values[j] - price, 0.0)
    return float(total)


def profiles_of(functions: BlockFunctions) -> list[list[int]]:
    """Return the choices of every affordable portfolio of one case."""
    first = functions.choices.first
    game, weights = functions._separation.network.game, functions._weights
    every = itertools.product(*(range(first[b], first[b + 1]) for b in range(len(first) - 1)))
    return [
        list(picked)
        for picked in every
        if respects_budgets(game, weights, functions.profile(picked))
    ]


def lowest(functions: BlockFunctions, prices: Prices) -> Prices:
    """Return the least over affordable portfolios at each price, shape (prices,)."""
    values, _ = values_and_slopes(functions, prices)
    portfolios = profiles_of(functions)
    return np.array(
        [
            fixed_at(functions, one) + min((of_one[p].sum() for p in portfolios), default=np.inf)
            for one, of_one in zip(prices, values, strict=True)
        ]
    )


def two_ports() -> LayeredGame:
    """Return a game whose two ports lead to one market, each with a point of its own.

    The market absorbs 3 units at 2 each and 3 more at 1; port A lands 4 units at a price of 0.5,
    port B 2 units at 0.25.
    """
    options = (Option("none"), Option("patrol", cost=1.0, hazard=float(np.log(2.0))))
    return LayeredGame(
        name="two ports",
        controllers=(Controller("A", 5.0, {"market": 1.0}), Controller("B", 5.0, {"market": 0.0})),
        points=(
            ControlPoint("gate-A", "chips", "A", options),
            ControlPoint("gate-B", "chips", "B", options),
        ),
        arcs=(
            Arc("way-A", "world", "market", (PriceStep(0.5, 4.0),), "gate-A"),
            Arc("way-B", "world", "market", (PriceStep(0.25, 2.0),), "gate-B"),
        ),
        fronts=(Front("market", "market", (Chord(2.0, 3.0), Chord(1.0, 3.0))),),
        evader_budget=1.0,
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


def dual_at(separation: Separation, profile: tuple[int, ...], prices: Prices) -> float:
    """Return the least of the evader's dual where the prices of the coordinates are given."""
    network = separation.network
    nodes, rows, chords = len(network.nodes), len(network.capacities), len(network.chord_value)
    size = nodes + rows + chords
    above, least = [], []
    for lane in network.lanes:
        option = network.chosen(lane, profile)
        row = np.zeros(size)
        row[lane.head] -= lane.gains[option]
        if lane.tail >= 0:
            row[lane.tail] += 1.0
        row[nodes + lane.row] = 1.0
        above.append(row)
        least.append(lane.value - lane.costs[option] * prices[0])
    for j in range(chords):
        row = np.zeros(size)
        row[network.front_node[network.chord_front[j]]] = 1.0
        row[nodes + rows + j] = 1.0
        above.append(row)
        least.append(network.chord_value[j])
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * size
    for v, price in zip(separation.coordinates, prices[1:], strict=True):
        bounds[v] = (price, price)
    cost = np.concatenate([np.zeros(nodes), network.capacities, network.chord_width])
    solved = linprog(cost, A_ub=-np.array(above), b_ub=-np.array(least), bounds=bounds)
    assert solved.status == 0
    return float(solved.fun + network.game.evader_budget * prices[0])


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


def values_of(
    separation: Separation, weights: Weights, evader: Evader
) -> dict[tuple[int, ...], float]:
    """Return costs plus lambda Z of every affordable portfolio."""
    return {
        profile: option_cost(weights, profile) + weights.harm * evader.value(profile)
        for profile in itertools.product(*weights.allowed)
        if respects_budgets(separation.network.game, weights, profile)
    }


@given(game=aligned_games, share=st.floats(0.0, 1.0))
@many
def test_every_portfolio_below_the_limit_is_proposed_as_one_to_be_tried(
    game: LayeredGame, share: float
) -> None:
    found = apart(game)
    if found is None:
        return
    separation, weights = found
    values = values_of(separation, weights, Evader(separation.network))
    least, most = min(values.values()), max(values.values())
    at_most = least + share * (most - least)
    box = first_box(separation.network)
    nodes = list(separation.coordinates)
    low = np.array([box.money_low, *box.node_low[nodes]])
    high = np.array([box.money_high, *box.node_high[nodes]])
    search = PriceSearch(functions_of(separation, weights), low, high)
    tried = set()
    with ThreadPoolExecutor(max_workers=1) as threads:
        while len(search) and search.looked_at < 4000:
            proposals = search.advance(at_most, threads)
            tried |= {one.profile for one in proposals if one.must_be_tried}
    if len(search):  # ties at the limit: what is open may hold the rest
        return
    for profile, value in values.items():
        if value < at_most - 1e-7 * max(1.0, abs(at_most)):
            assert profile in tried


@given(game=aligned_games, harm=st.sampled_from([0.25, 1.0, 4.0]))
@many
def test_the_search_ends_at_the_best_of_all_portfolios(game: LayeredGame, harm: float) -> None:
    found = apart(game, harm)
    if found is None:
        return
    separation, weights = found
    evader = Evader(separation.network)
    values = values_of(separation, weights, evader)
    worst = max(values, key=lambda profile: values[profile])
    generator = np.random.default_rng(0)
    incumbent = Incumbent(separation, weights, evader, generator, worst, values[worst])
    bound = decomposed_minimum(
        separation, weights, incumbent, gap=1e-6, time_limit=600.0, options=SMALL_TREE
    )
    least = min(values.values())
    if bound is None:  # too many boxes: `minimum` goes on with a MILP
        return
    assert respects_budgets(game, weights, incumbent.profile)
    assert values[incumbent.profile] == pytest.approx(incumbent.value)
    assert incumbent.value <= least + 1e-6 * max(1.0, abs(least))
    assert bound <= least + 1e-7 * max(1.0, abs(least))
    assert bound >= incumbent.value - 2e-6 * max(1.0, abs(least))


def test_the_result_does_not_depend_on_the_number_of_threads() -> None:
    found = apart(wide_game(6), 3.0)
    assert found is not None
    cases = functions_of(*found)
    size = cases[0].size
    seen = []
    for workers in (1, 3):
        search = PriceSearch(cases, np.zeros(size), np.full(size, 4.0))
        with ThreadPoolExecutor(max_workers=workers) as threads:
            seen.append([search.advance(30.0, threads) for _ in range(12)])
        assert search.looked_at > 100
    assert seen[0] == seen[1]


def test_a_search_that_does_not_end_leaves_its_boxes_over() -> None:
    found = apart(wide_game(6), 3.0)
    assert found is not None
    (functions,) = functions_of(*found)
    low, high = np.zeros(functions.size), np.full(functions.size, 4.0)
    search = PriceSearch([functions], low, high)
    (left,) = search.left()
    assert left.bound == -np.inf
    assert left.options == found[1].allowed
    with ThreadPoolExecutor(max_workers=1) as threads:
        for _ in range(3):
            search.advance(1e6, threads)
    (left,) = search.left()
    assert len(search) > 2
    assert -np.inf < left.bound == search.bound
    assert (left.low == low).all()
    assert (left.high == high).all()


def test_what_a_search_leaves_over_is_settled_by_a_programme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = apart(wide_game(6), 3.0)
    assert found is not None
    separation, weights = found
    network = separation.network

    def least() -> Minimum:
        evader = Evader(network)
        answer = minimum(network, weights, evader=evader, generator=np.random.default_rng(0))
        assert answer is not None
        assert answer.bound == pytest.approx(answer.objective, rel=2e-6)
        return answer

    by_search = least()
    monkeypatch.setattr("solvers.boxes.decomposed.SHARE_OF_SEARCH", 0.0)
    assert least().objective == pytest.approx(by_search.objective, rel=1e-6)
    monkeypatch.undo()
    monkeypatch.setattr("solvers.boxes.decomposed.CROWD", 0)
    monkeypatch.setattr(
        "solvers.boxes.decomposed._settled", lambda *_: pytest.fail("it was not given up")
    )
    assert least().objective == pytest.approx(by_search.objective, rel=1e-6)


def test_without_time_the_bound_is_valid_and_no_programme_is_solved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = apart(wide_game(6), 3.0)
    assert found is not None
    separation, weights = found
    network = separation.network

    def least(seconds: float) -> Minimum | None:
        return minimum(
            network,
            weights,
            evader=Evader(network),
            time_limit=seconds,
            generator=np.random.default_rng(0),
        )

    proven = least(600.0)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("there is no time for a programme")

    monkeypatch.setattr("solvers.boxes.decomposed.solve", refuse)
    hurried = least(1e-3)
    assert proven is not None
    assert hurried is not None
    assert 0 < hurried.bound <= proven.objective <= hurried.objective + 1e-9


def test_shared_capacities_do_not_fall_apart() -> None:
    game = two_ports()
    hop = Arc("onward", "market", "shops", (PriceStep(0.0, 9.0),))
    correlated = replace(
        game,
        correlation=0.5,
        arcs=(*game.arcs, hop),
        fronts=(replace(game.fronts[0], node="shops"),),
    )
    assert apart(correlated) is None


def wide_game(points: int) -> LayeredGame:
    """Return a game of ports like those of `two_ports`, with more steps than the MILP is given."""
    rng = random.Random(7)
    options = tuple(
        Option(str(o), cost=0.3 * o**1.3, hazard=0.5 * o) for o in range(MANY_STEPS // points + 3)
    )
    return LayeredGame(
        name="many ports",
        controllers=(Controller("A", 9.0, {"market": 3.0}),),
        points=tuple(ControlPoint(f"gate-{k}", "chips", "A", options) for k in range(points)),
        arcs=tuple(
            Arc(
                f"way-{k}",
                "world",
                "market",
                (PriceStep(rng.uniform(0.2, 1.0), rng.uniform(1.0, 4.0)),),
                f"gate-{k}",
            )
            for k in range(points)
        ),
        fronts=(Front("market", "market", (Chord(2.0, 3.0), Chord(1.0, 3.0), Chord(0.5, 9.0))),),
        evader_budget=6.0,
    )


def test_large_portfolios_are_found_by_the_search_and_agree_with_the_milp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = wide_game(6)
    found = apart(game, 3.0)
    assert found is not None
    separation, weights = found
    network = separation.network

    def least() -> tuple[float, float]:
        answer = minimum(
            network, weights, evader=Evader(network), generator=np.random.default_rng(0)
        )
        assert answer is not None
        return answer.objective, answer.bound

    by_search = least()
    monkeypatch.setattr("solvers.minimum.separated", lambda network, allowed: None)
    by_milp = least()
    assert by_search[0] == pytest.approx(by_milp[0], rel=1e-6)
    assert by_search[1] >= by_milp[0] * (1 - 2e-6)

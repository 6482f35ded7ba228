"""The dual taken apart and the search in the space of prices: by hand and against brute force."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from solvers.blocks import BlockFunctions
from solvers.decomposed import Incumbent, decomposed_minimum
from solvers.descent import option_cost, respects_budgets
from solvers.evader import Evader
from solvers.minimum import MANY_STEPS, SMALL_TREE, Minimum, minimum
from solvers.players import player, weights_of
from solvers.price_search import Boxes, Looked, PriceSearch, look
from solvers.prices import Weights
from solvers.separation import Separation, separated
from tests.builders import Traits, small_games

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


def lowest(functions: BlockFunctions, prices: np.ndarray) -> np.ndarray:
    """Return the sum of block minima at each price, shape (coordinates, prices)."""
    total = functions.constant + sum(functions.fixed(d, one) for d, one in enumerate(prices))
    for tangents in functions.tangents(prices, functions.all_choices()):
        total = total + tangents.values.min(axis=1).sum(axis=0)
    return np.asarray(total)


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
    tangents = functions.tangents(np.array([[1.5]]), functions.all_choices())
    values = next(
        one.values[blocks.index((0, 1)), :, 0]
        for blocks, one in zip(functions.groups, tangents, strict=True)
        if (0, 1) in blocks
    )
    assert values.tolist() == pytest.approx([5.25, 1 + 4.25, 1 + 3.75, 2 + 2.25])
    assert float(functions.fixed(0, np.array([1.5]))[0]) == pytest.approx(1.5)


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
        ).T
        total = functions.constant
        total += sum(float(functions.fixed(d, one)[0]) for d, one in enumerate(prices))
        tangents = functions.tangents(prices, functions.all_choices())
        for blocks, one in zip(functions.groups, tangents, strict=True):
            for i, points in enumerate(blocks):
                sizes = [len(weights.allowed[k]) for k in points]
                at = [weights.allowed[k].index(profile[k]) for k in points]
                choice = int(np.ravel_multi_index(at, sizes)) if points else 0
                total += float(one.values[i, choice, 0])
        assert total == pytest.approx(exact, abs=1e-7)
        chosen = [
            np.array(
                [
                    int(
                        np.ravel_multi_index(
                            [weights.allowed[k].index(profile[k]) for k in points],
                            [len(weights.allowed[k]) for k in points],
                        )
                    )
                    if points
                    else 0
                    for points in blocks
                ]
            )
            for blocks in functions.groups
        ]
        assert functions.profile(chosen) == profile


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_no_function_of_a_block_falls_below_its_tangents(game: LayeredGame, seed: int) -> None:
    found = apart(game)
    if found is None:
        return
    rng = np.random.default_rng(seed)
    for functions in functions_of(*found):
        one, other = np.round(rng.uniform(0, 3, (2, functions.size, 4)), rng.integers(0, 4))
        here = functions.tangents(one, functions.all_choices())
        there = functions.tangents(other, functions.all_choices())
        for at_one, at_other in zip(here, there, strict=True):
            line = at_one.values + (at_one.slopes * (other - one)).sum(axis=2)
            assert float((at_other.values - line).min()) > -1e-8


@given(game=aligned_games, seed=st.integers(0, 2**32 - 1))
@many
def test_no_price_in_a_box_goes_below_its_bound(game: LayeredGame, seed: int) -> None:
    found = apart(game)
    if found is None:
        return
    rng = np.random.default_rng(seed)
    for functions in functions_of(*found):
        ends = rng.uniform(0, 3, (2, functions.size, 5))
        open_ = [np.ones((*one.shape, 5), dtype=bool) for one in functions.all_choices()]
        boxes = Boxes(ends.min(axis=0), ends.max(axis=0), open_)
        looked = look(functions, boxes, at_most=1e9)
        for _ in range(20):
            inside = boxes.low + rng.uniform(0, 1, boxes.low.shape) * (boxes.high - boxes.low)
            corner = np.where(rng.uniform(size=boxes.low.shape) < 0.5, boxes.low, boxes.high)
            for prices in (inside, corner):
                assert np.all(looked.bounds <= lowest(functions, prices) + 1e-7)


@given(game=aligned_games, harm=st.sampled_from([0.25, 1.0, 4.0]))
@many
def test_the_search_ends_at_the_best_of_all_portfolios(game: LayeredGame, harm: float) -> None:
    found = apart(game, harm)
    if found is None:
        return
    separation, weights = found
    evader = Evader(separation.network)

    def objective(profile: tuple[int, ...]) -> float:
        return option_cost(weights, profile) + weights.harm * evader.value(profile)

    values = {
        profile: objective(profile)
        for profile in itertools.product(*weights.allowed)
        if respects_budgets(game, weights, profile)
    }
    worst = max(values, key=lambda profile: values[profile])
    generator = np.random.default_rng(0)
    incumbent = Incumbent(separation.network, weights, objective, generator, worst, values[worst])
    bound = decomposed_minimum(
        separation, weights, incumbent, gap=1e-6, time_limit=60.0, options=SMALL_TREE
    )
    least = min(values.values())
    if bound is None:  # too many boxes: `minimum` goes on with a MILP
        return
    assert respects_budgets(game, weights, incumbent.profile)
    assert objective(incumbent.profile) == pytest.approx(incumbent.value)
    assert incumbent.value <= least + 1e-6 * max(1.0, abs(least))
    assert bound <= least + 1e-7 * max(1.0, abs(least))
    assert bound >= incumbent.value - 2e-6 * max(1.0, abs(least))


def test_a_search_out_of_time_bounds_its_first_box_and_leaves_the_rest_over() -> None:
    found = apart(two_ports())
    assert found is not None
    (functions,) = functions_of(*found)
    search = PriceSearch(functions, np.zeros(1), np.full(1, 4.0))
    for _ in range(2):
        search.advance(100.0, until=time.perf_counter() - 1.0)
    assert search.finished
    assert search.left is not None
    least = lowest(functions, np.linspace(0.0, 4.0, 401)[None]).min()
    assert -np.inf < search.left.bound == search.proven <= least
    assert search.left.options == ((0, 1), (0, 1))


def test_a_search_that_does_not_end_leaves_time_for_a_programme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = apart(wide_game(6), 3.0)
    assert found is not None
    separation, weights = found
    network = separation.network

    def blind(functions: BlockFunctions, boxes: Boxes, *, at_most: float) -> Looked:
        looked = look(functions, boxes, at_most=at_most)
        return replace(looked, bounds=np.full(len(boxes), -1e9), open=boxes.open)

    monkeypatch.setattr("solvers.price_search.look", blind)
    monkeypatch.setattr("solvers.price_search.CROWD", 10**9)
    answer = minimum(
        network,
        weights,
        evader=Evader(network),
        time_limit=4.0,
        generator=np.random.default_rng(0),
    )
    assert answer is not None
    assert answer.bound == pytest.approx(answer.objective, rel=2e-6)


def test_where_boxes_crowd_the_milp_ends_at_the_same_optimum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = apart(wide_game(6), 3.0)
    assert found is not None
    separation, weights = found
    network = separation.network

    def least() -> float:
        evader = Evader(network)
        answer = minimum(network, weights, evader=evader, generator=np.random.default_rng(0))
        assert answer is not None
        assert answer.bound == pytest.approx(answer.objective, rel=2e-6)
        return answer.objective

    by_search = least()
    monkeypatch.setattr(PriceSearch, "crowded", property(lambda search: True))
    monkeypatch.setattr(
        "solvers.decomposed._settled", lambda *_: pytest.fail("it was not given up")
    )
    assert least() == pytest.approx(by_search, rel=1e-6)


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

    proven = least(60.0)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("there is no time for a programme")

    monkeypatch.setattr("solvers.decomposed.solve", refuse)
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

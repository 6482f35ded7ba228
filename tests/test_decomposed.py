"""The dual taken apart and the search in the space of prices: by hand and against brute force."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.layered import (
    Arc,
    LayeredGame,
    PriceStep,
)
from solvers.boxes.decomposed import decomposed_minimum
from solvers.boxes.incumbent import Incumbent
from solvers.boxes.search import PriceSearch
from solvers.descent import respects_budgets
from solvers.evader import Evader
from solvers.minimum import SMALL_TREE, Minimum, minimum
from solvers.prices import first_box
from tests.price_blocks import (
    aligned_games,
    apart,
    functions_of,
    many,
    two_ports,
    values_of,
    wide_game,
)


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


def test_a_search_that_rests_gives_its_room_back_and_goes_on_as_if_it_had_not() -> None:
    found = apart(wide_game(6), 3.0)
    assert found is not None
    cases = functions_of(*found)
    size = cases[0].size
    seen, rooms = [], []
    with ThreadPoolExecutor(max_workers=1) as threads:
        for rests in (False, True):
            search = PriceSearch(cases, np.zeros(size), np.full(size, 4.0))
            proposed = []
            for _ in range(12):
                proposed.append(search.advance(30.0, threads))
                if rests:
                    search.rest()
            seen.append((proposed, search.bound, search.looked_at, search.left()))
            rooms.append(len(search._case))
            assert len(search) > 10
        assert rooms[1] == len(search) < rooms[0]
        search.advance(-np.inf, threads)  # all is done
        search.rest()
        assert len(search) == len(search._case) == 0
    (*one, left), (*other, left_after_rests) = seen
    assert one == other
    assert [(a.case, a.options, a.bound) for a in left] == [
        (b.case, b.options, b.bound) for b in left_after_rests
    ]


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

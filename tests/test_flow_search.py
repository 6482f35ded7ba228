"""The search over prices with flows: held against brute force, and against the other methods."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.generator import decorated, generate
from games.errors import InputError
from games.layered import LayeredGame
from games.network import build_network
from solvers.descent import descend
from solvers.flow_bound import look
from solvers.flow_search import flow_search
from solvers.flow_tables import FlowCase, separated_with_earnings
from solvers.players import Player, player, stake, weights_of
from solvers.portfolio import Method, World, best_portfolio
from tests.builders import Traits, small_game
from tests.oracle import Oracle


def everybody(game: LayeredGame) -> Player:
    return player(game, [controller.name for controller in game.controllers])


def poor(rng: random.Random, *, largest: int = 54) -> LayeredGame:
    """Return a small game whose evader has little money, so that money has a price."""
    game = small_game(rng, Traits(aligned=False, correlation=0.0, largest=largest))
    arcs = tuple(replace(arc, value=0.0) for arc in game.arcs)
    return replace(game, arcs=arcs, evader_budget=min(game.evader_budget, 2.0))


def best(game: LayeredGame, method: Method | None, *, gap: float = 1e-6) -> tuple[float, float]:
    """Return payoff and bound of the coordinated play."""
    found = best_portfolio(
        World(build_network(game), method=method),
        everybody(game),
        game.status_quo,
        gap=gap,
        time_limit=5.0,
        generator=np.random.default_rng(0),
    )
    return found.payoff, found.bound


@pytest.mark.slow
@settings(max_examples=25)
@given(rng=st.randoms(use_true_random=False))
def test_the_search_finds_what_trying_all_profiles_finds(rng: random.Random) -> None:
    game = poor(rng)
    oracle = Oracle(game)
    expected = max(oracle.outcome(profile).joint for profile in oracle.profiles())
    try:
        payoff, bound = best(game, "flow search")
    except InputError:
        assume(False)
    assert payoff <= expected + 1e-6
    assert bound >= expected - 1e-6
    assert bound - payoff <= 2e-6 * max(1.0, abs(expected)) or bound >= expected


@pytest.mark.slow
@settings(max_examples=15)
@given(rng=st.randoms(use_true_random=False))
def test_no_box_that_holds_the_prices_of_a_profile_is_bounded_above_its_loss(
    rng: random.Random,
) -> None:
    game = poor(rng)
    network, deciding = build_network(game), everybody(game)
    weights = weights_of(game, deciding, game.status_quo, harm=0.0)
    earning = separated_with_earnings(network, weights, deciding.members)
    assume(earning is not None)
    assert earning is not None
    world = World(network)
    profile = rng.choice(list(Oracle(game).profiles()))
    response = world.respond(profile)
    nodes = list(earning.paid.coordinates)
    prices = np.array([response.money_price, *response.node_prices[nodes]])
    assume(prices[0] > 1e-6)
    for case in earning.paid.cases():
        one = FlowCase(earning, weights, deciding.members, case)
        pivots = zip(earning.paid.pivots, case, strict=True)
        if any(earning.paid.allowed[k][place] != profile[k] for k, place in pivots):
            continue
        for width in (1e-6, 0.05, 0.5):
            low, high = prices * (1 - width), prices * (1 + width) + 1e-9
            everything = np.ones((1, len(one.tables.costs)), dtype=np.bool_)
            seen = look(one.tables, low[None], high[None], -prices[None], 1.0, everything, 1e9, 40)
            assert seen.bounds[0] <= -world.payoff(deciding, profile) + 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("misaligned", [False, True])
def test_search_and_strong_duality_agree_on_a_game_too_large_to_try(misaligned: bool) -> None:
    game = decorated(
        generate(controllers=2, points=9, options=3, rng=np.random.default_rng(5)),
        revenue_arcs=2,
        misaligned=misaligned,
        rng=np.random.default_rng(1),
    )
    search, model = best(game, "flow search", gap=1e-3), best(game, "strong duality", gap=1e-3)
    assert search[0] == pytest.approx(model[0], rel=1e-3)
    assert search[1] >= search[0] - 1e-9


def test_a_search_out_of_time_still_bounds_the_optimum() -> None:
    game = decorated(
        generate(controllers=2, points=9, options=3, rng=np.random.default_rng(5)),
        revenue_arcs=2,
        misaligned=True,
        rng=np.random.default_rng(1),
    )
    network, deciding = build_network(game), everybody(game)
    world = World(network)
    weights = weights_of(game, deciding, game.status_quo, harm=0.0)

    def loss(profile: tuple[int, ...]) -> float:
        return -world.payoff(deciding, profile)

    generator = np.random.default_rng(0)
    first = descend(game, weights, loss, starts=[game.status_quo], generator=generator)
    assert first is not None
    found = flow_search(
        network,
        weights,
        deciding.members,
        loss=loss,
        first=first,
        gap=1e-6,
        deadline=time.perf_counter(),
        generator=generator,
    )
    assert found is None or found.bound <= found.loss


def test_a_decorated_game_is_the_same_but_for_stakes_and_revenue() -> None:
    plain = generate(controllers=4, points=19, options=4, rng=np.random.default_rng(3))
    game = decorated(plain, revenue_arcs=12, misaligned=True, rng=np.random.default_rng(1))
    assert sum(bool(arc.revenue) for arc in game.arcs) == 12
    assert game.points == plain.points
    assert game.fronts == plain.fronts
    front = game.fronts[0].name
    names = [controller.name for controller in game.controllers]
    assert stake(game, names, front) != stake(plain, names, front)
    again = decorated(plain, revenue_arcs=12, misaligned=True, rng=np.random.default_rng(1))
    assert again == game


def test_a_method_that_does_not_apply_is_refused() -> None:
    game = decorated(
        generate(controllers=2, points=9, options=3, rng=np.random.default_rng(5)),
        revenue_arcs=2,
        misaligned=True,
        rng=np.random.default_rng(1),
    )
    for method in ("interdiction", "ranked interdiction"):
        with pytest.raises(InputError, match="expected a player whose stakes mirror"):
            best(game, method)

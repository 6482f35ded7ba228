"""The search over prices with flows: held against brute force, and against the other methods."""

from __future__ import annotations

import itertools
import random
import time
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.generator import decorated, generate
from games.errors import NotCertifiedError
from games.layered import LayeredGame
from games.network import build_network
from solvers.boxes.separation import Separation, separated
from solvers.flows.bounds import Seen, look
from solvers.flows.mirror import mirrored
from solvers.flows.search import FlowSearch
from solvers.flows.tables import FlowCase, beyond
from solvers.players import Player, player, stake, weights_of
from solvers.portfolio import best_portfolio
from solvers.prices import first_box
from solvers.world import Method, World
from tests.builders import Traits, small_game
from tests.oracle import Oracle


def everybody(game: LayeredGame) -> Player:
    return player(game, [controller.name for controller in game.controllers])


def apart(game: LayeredGame) -> Separation | None:
    """Return a game's separation with what everybody earns."""
    deciding = everybody(game)
    weights = weights_of(game, deciding, game.status_quo, harm=0.0)
    return separated(build_network(game), weights.allowed, members=deciding.members)


def bound_of(
    case: FlowCase,
    low: np.ndarray,
    high: np.ndarray,
    *,
    scales: tuple[float, float] = (1.0, 1.0),
    worths: np.ndarray,
    at_most: float = 1e9,
    weight: float = 0.0,
    charges: np.ndarray | None = None,
) -> tuple[float, np.ndarray, Seen]:
    """Return the bound of one box, the choices left in it, and all that was seen.

    `weight` times the evader's value is taken from the evader's dual, which `charges` begin with.
    """
    tables = case.tables
    blocks, chords = len(tables.first) - 1, len(tables.chord_at)
    seen = Seen(
        np.empty(1),
        np.zeros((1, blocks), dtype=np.int64),
        np.zeros((1, len(low) + 1)),
        np.zeros((1, chords)),
        np.zeros((1, len(low) + 1)),
        np.empty(1, dtype=np.int64),
        np.empty((1, 12, blocks), dtype=np.int64),
    )
    marks = case.possible[None].copy()
    if charges is None:
        charges = np.zeros(tables.uses.shape)
    look(
        beyond(tables, weight),
        low[None],
        high[None],
        np.array([scales]),
        np.zeros((1, chords), dtype=np.int8),
        worths[None].copy(),
        abs(worths[None]),
        mirrored(tables, weight, low / scales[1], high / scales[0], 16),
        charges[None].copy(),
        marks,
        at_most,
        30,
        5,
        2000,
        seen,
    )
    return float(seen.bounds[0]), marks[0], seen


def best(
    game: LayeredGame, method: Method | None, *, gap: float = 1e-6, time_limit: float = 600.0
) -> tuple[float, float]:
    """Return payoff and bound of the coordinated play."""
    found = best_portfolio(
        World(build_network(game), method=method),
        everybody(game),
        game.status_quo,
        gap=gap,
        time_limit=time_limit,
        generator=np.random.default_rng(0),
    )
    return found.payoff, found.bound


def held_against_boxes(rng: random.Random) -> bool:
    """Bound boxes around the prices of random profiles, and compare with what these lose.

    Returns whether the game's dual comes apart.
    """
    game = small_game(rng, Traits(aligned=False, correlation=0.0))
    separation = apart(game)
    if separation is None:
        return False
    deciding = everybody(game)
    weights = weights_of(game, deciding, game.status_quo, harm=0.0)
    world = World(build_network(game))
    oracle = Oracle(game)
    profiles = list(oracle.profiles())
    for profile in rng.sample(profiles, min(3, len(profiles))):
        response = world.respond(profile)
        lost = -oracle.outcome(profile).joint
        nodes = list(separation.coordinates)
        prices = np.array([response.money_price, *response.node_prices[nodes]])
        places = tuple(separation.allowed[k].index(profile[k]) for k in separation.pivots)
        case = FlowCase(separation, weights, deciding.members, places)
        for width in (1e-6, 1e-4, 1e-3, 1e-2, 0.05, 0.2, 1.0):
            off = np.array([rng.uniform(-1, 1) for _ in prices]) * width
            for scaled in (False, True) if prices[0] > 1e-6 else (False,):
                unit = prices[0] if scaled else 1.0
                middle = prices / unit
                reach = width * middle + 1e-6 * width
                low = np.maximum(middle + off * middle - reach, 0.0)
                high = np.maximum(middle + off * middle + reach, middle)
                low = np.minimum(low, middle)
                scales = (1.0, 1.0)
                if scaled:
                    low[0] = high[0] = 1.0
                    scales = ((1 - width / 2) / unit, (1 + width) / unit)
                worths = np.array([rng.uniform(-2, 1) for _ in prices])
                weight = rng.choice((0.0, 1.0, 3.0))
                uses = case.tables.uses
                charges = uses * np.array([[rng.uniform(-3, 3) for _ in one] for one in uses])
                bound, _, _ = bound_of(
                    case, low, high, scales=scales, worths=worths, weight=weight, charges=charges
                )
                assert bound <= lost + 1e-5 * (1 + abs(lost)), (width, scaled)
                # with a limit, the profile stays among what is left, or listed
                limit = lost + 1e-3 * (1 + abs(lost))
                bound, marks, seen = bound_of(
                    case, low, high, scales=scales, worths=worths, at_most=limit, weight=weight
                )
                assert bound <= lost + 1e-5 * (1 + abs(lost)), (width, scaled)
                picked = case.picked(profile)
                assert all(marks[choice] for choice in picked)
                if seen.listed[0] >= 0:
                    listed = seen.listing[0, : seen.listed[0]].tolist()
                    assert picked in listed
    return True


@pytest.mark.slow
def test_no_box_that_holds_the_prices_of_a_profile_is_bounded_above_its_loss() -> None:
    held = sum(held_against_boxes(random.Random(seed)) for seed in range(30))
    assert held > 20


@pytest.mark.slow
def test_without_tries_on_the_way_elimination_alone_finds_the_best_of_all_profiles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # a portfolio is tried only where its box is done, so bounds that are too high lose the best
    monkeypatch.setattr("solvers.flows.search.OFFERED", 0)
    monkeypatch.setattr("solvers.flows.search.RARELY", 10**9)
    monkeypatch.setattr("solvers.flows.search.WORTH_A_DESCENT", 0.0)
    monkeypatch.setattr("solvers.flows.search.CROWD", 300)
    tried = closed = 0
    for seed in range(40):
        game = small_game(random.Random(seed), Traits(aligned=False, correlation=0.0))
        separation = apart(game)
        if separation is None:
            continue
        oracle = Oracle(game)
        losses = {profile: -oracle.outcome(profile).joint for profile in oracle.profiles()}
        worst, best_loss = max(losses, key=lambda one: losses[one]), min(losses.values())
        deciding = everybody(game)
        search = FlowSearch(
            separation,
            weights_of(game, deciding, game.status_quo, harm=0.0),
            deciding.members,
            loss=losses.__getitem__,
            first=(worst, losses[worst]),
            gap=1e-6,
            generator=np.random.default_rng(0),
        )
        found = search.run(first_box(build_network(game)), deadline=np.inf)
        tried += 1
        assert found.bound <= best_loss + 1e-6 * (1 + abs(best_loss)), seed
        if found.loss - found.bound <= 2e-6 * max(1.0, abs(found.loss)):
            closed += 1
            assert found.loss == pytest.approx(best_loss, abs=2e-6 * (1 + abs(best_loss))), seed
    # where ties lie on the way to the optimum, halving need not end: strong duality is for those
    assert tried > 15
    assert closed >= 0.9 * tried


def nine_points(*, misaligned: bool) -> LayeredGame:
    """Return a game of two controllers with two arcs that earn money."""
    return decorated(
        generate(controllers=2, points=9, options=3, rng=np.random.default_rng(5)),
        revenue_arcs=2,
        misaligned=misaligned,
        rng=np.random.default_rng(1),
    )


@pytest.mark.slow
@pytest.mark.parametrize("misaligned", [False, True])
def test_search_and_strong_duality_agree_on_a_game_too_large_to_try(misaligned: bool) -> None:
    game = nine_points(misaligned=misaligned)
    search, model = best(game, "flow search", gap=1e-4), best(game, "strong duality", gap=1e-4)
    assert search[0] == pytest.approx(model[0], rel=1e-4)
    assert search[1] >= search[0] - 1e-9
    assert search[1] - search[0] <= 1e-4 * abs(search[0])


def search_of(game: LayeredGame) -> FlowSearch:
    """Return a search for everybody's best portfolio that starts from the status quo."""
    deciding, world = everybody(game), World(build_network(game))
    separation = apart(game)
    assert separation is not None
    return FlowSearch(
        separation,
        weights_of(game, deciding, game.status_quo, harm=0.0),
        deciding.members,
        loss=lambda profile: -world.payoff(deciding, profile),
        first=(game.status_quo, -world.payoff(deciding, game.status_quo)),
        gap=1e-6,
        generator=np.random.default_rng(0),
    )


@pytest.mark.slow
def test_a_search_out_of_time_still_bounds_the_optimum() -> None:
    game = nine_points(misaligned=True)
    box = first_box(build_network(game))
    found = search_of(game).run(box, deadline=time.perf_counter())
    assert found.profile == game.status_quo
    assert found.bound <= found.loss


@pytest.mark.parametrize("bound", [1e9, np.inf])
def test_bounds_above_what_a_portfolio_loses_are_refused(
    monkeypatch: pytest.MonkeyPatch, bound: float
) -> None:
    def wrong(*arguments: object) -> None:
        seen = arguments[-1]
        assert isinstance(seen, Seen)
        seen.bounds[:] = bound

    game = nine_points(misaligned=True)
    search = search_of(game)
    monkeypatch.setattr("solvers.flows.search.look", wrong)
    with pytest.raises(NotCertifiedError, match="expected a bound of at most"):
        search.run(first_box(build_network(game)), deadline=np.inf)


@pytest.mark.slow
def test_a_search_goes_on_while_what_is_open_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    game = nine_points(misaligned=True)
    box = first_box(build_network(game))
    clock = itertools.count()  # a second for every look at it
    ticking = SimpleNamespace(perf_counter=lambda: float(next(clock)))
    monkeypatch.setattr("solvers.flows.search.time", ticking)
    stopped = search_of(game).run(box, deadline=next(clock) + 8.0)
    extended = search_of(game).run(box, deadline=next(clock) + 8.0, latest=np.inf)
    assert stopped.loss - stopped.bound > 1e-6 * abs(stopped.loss)
    assert extended.loss - extended.bound <= 1e-6 * abs(extended.loss)
    assert extended.boxes > stopped.boxes


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = nine_points(misaligned=True)
    found = []
    for threads in (1, 3):
        monkeypatch.setattr("solvers.flows.search.THREADS", threads)
        found.append(best(game, "flow search", gap=1e-2))
    assert found[0] == found[1]


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

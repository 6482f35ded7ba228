"""The evader's network as lanes: gains, costs, covers, and the prices that nodes can have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from games.capability import Chord
from games.evaluation import evaluate
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Effort,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)
from games.network import Lane, build_network
from solvers.evader import Evader
from tests.builders import any_game
from tests.oracle import Oracle

NORMAL = Effort("normal")
CAREFUL = Effort("careful", hazard_factor=0.5, unit_cost=0.25, price_share=0.1)


def chain(
    *,
    correlation: float = 0.0,
    efforts: Sequence[Effort] = (NORMAL, CAREFUL),
    first: float = 2.0,
    second: float = 1.0,
    value: float = 0.0,
) -> LayeredGame:
    """Return a game of one route across two control points, each of hazard 0 or some hazard."""
    return LayeredGame(
        name="chain",
        controllers=(Controller("A", 9.0, {"training": 1.0}),),
        points=(
            ControlPoint("chips", "chips", "A", (Option("none"), Option("ban", hazard=first))),
            ControlPoint(
                "cloud", "cloud", "A", (Option("none"), Option("check", hazard=second, toll=0.5))
            ),
        ),
        arcs=(
            Arc("export", "world", "hub", (PriceStep(1.0, 4.0), PriceStep(2.0, 4.0)), "chips"),
            Arc("rent", "hub", "training", (PriceStep(0.5, 8.0),), "cloud", 0.5, value),
        ),
        fronts=(Front("training", "training", (Chord(10.0, 20.0),)),),
        evader_budget=1000.0,
        efforts=tuple(efforts),
        correlation=correlation,
    )


def lanes_of(game: LayeredGame, arc: int, step: int = 0) -> list[Lane]:
    return [lane for lane in build_network(game).lanes if (lane.arc, lane.step) == (arc, step)]


def test_a_lane_stands_for_an_arc_a_price_step_and_an_effort() -> None:
    network = build_network(chain())
    assert [(lane.arc, lane.step, lane.effort, lane.row) for lane in network.lanes] == [
        (0, 0, 0, 0),
        (0, 0, 1, 0),
        (0, 1, 0, 1),
        (0, 1, 1, 1),
        (1, 0, 0, 2),
        (1, 0, 1, 2),
    ]
    assert network.capacities.tolist() == [4.0, 4.0, 8.0]
    assert network.nodes == (("hub", False), ("training", False))
    assert network.lanes_of_point == ((0, 1, 2, 3), (4, 5))


def test_gains_are_conversions_times_survivals() -> None:
    normal, careful = lanes_of(chain(), 1)
    assert normal.gains == pytest.approx((0.5, 0.5 * math.exp(-1.0)))
    assert careful.gains == pytest.approx((0.5, 0.5 * math.exp(-0.5)))


def test_costs_are_price_care_and_toll() -> None:
    normal, careful = lanes_of(chain(), 1)
    assert normal.costs == pytest.approx((0.5, 0.5 + 0.5))
    assert careful.costs == pytest.approx((0.5 + 0.25 + 0.05, 0.5 + 0.25 + 0.05 + 0.5))


def test_care_is_paid_at_control_points_alone() -> None:
    game = chain(efforts=(CAREFUL,))
    arc = Arc("direct", "world", "training", (PriceStep(3.0, 1.0),))
    (lane,) = lanes_of(replace(game, arcs=(*game.arcs, arc)), 2)
    assert lane.costs == (3.0,)
    assert lane.gains == (1.0,)


def test_efforts_that_another_never_falls_behind_make_no_lane() -> None:
    assert [lane.effort for lane in lanes_of(chain(second=0.0), 1)] == [0]
    clumsy = Effort("clumsy", hazard_factor=1.0, unit_cost=1.0)
    assert [lane.effort for lane in lanes_of(chain(efforts=(clumsy, NORMAL)), 1)] == [1]
    assert [lane.effort for lane in lanes_of(chain(efforts=(CAREFUL, NORMAL)), 1)] == [0, 1]


def test_correlated_hazards_split_each_hub_by_what_was_met() -> None:
    network = build_network(chain(correlation=0.5))
    assert network.nodes == (("hub", False), ("hub", True), ("training", False))
    leaving = [lane for lane in network.lanes if lane.arc == 1]
    later = [lane for lane in leaving if lane.known and lane.effort == 0]
    assert [lane.gains for lane in later] == [pytest.approx((0.5, 0.5 * math.exp(-0.5)))]
    into = {(lane.head, lane.gains) for lane in network.lanes if lane.arc == 0 and lane.effort == 0}
    assert into == {(0, (1.0, 0.0)), (1, (0.0, math.exp(-2.0)))}


def best_value(game: LayeredGame, *profile: int) -> float:
    return Evader(build_network(game)).value(profile)


def test_with_full_correlation_later_hazards_are_harmless() -> None:
    game = chain(correlation=1.0, efforts=(NORMAL,))
    unharmed = best_value(game, 0, 0)
    assert unharmed == pytest.approx(10 * 0.5 * 8)
    assert best_value(game, 1, 1) == pytest.approx(best_value(game, 1, 0))
    assert best_value(game, 1, 0) == pytest.approx(unharmed * math.exp(-2.0))
    assert best_value(game, 0, 1) == pytest.approx(unharmed * math.exp(-1.0))


def test_without_correlation_survivals_multiply() -> None:
    game = chain(correlation=0.0, efforts=(NORMAL,))
    assert best_value(game, 1, 1) == pytest.approx(10 * 0.5 * 8 * math.exp(-2.0) * math.exp(-1.0))


@pytest.mark.parametrize("correlation", [0.25, 0.5, 0.9])
def test_correlation_weakens_the_second_hazard_by_its_share(correlation: float) -> None:
    game = chain(correlation=correlation, efforts=(NORMAL,))
    assert best_value(game, 1, 1) == pytest.approx(40 * math.exp(-2.0 - (1 - correlation)))


def test_the_highest_price_is_the_best_use_that_any_profile_allows() -> None:
    highest = build_network(chain(value=0.25)).highest_prices
    assert highest.tolist() == [10 * 0.5 + 0.25, 10.0]


@settings(max_examples=30)
@given(game=any_game())
def test_no_optimum_needs_a_price_above_the_highest(game: LayeredGame) -> None:
    """Prices cut down to the highest ones still prove the evader's value."""
    network = build_network(game)
    evader, oracle = Evader(network), Oracle(game)
    for profile in list(oracle.profiles())[:6]:
        response = evader.respond(profile)
        prices = np.minimum(response.node_prices, network.highest_prices).tolist()
        proven = evaluate(
            game,
            profile,
            plan=(),
            prices=dict(zip(network.nodes, prices, strict=True)),
            money_price=response.money_price,
        )
        assert proven.dual == pytest.approx(oracle.outcome(profile).value, abs=1e-6)

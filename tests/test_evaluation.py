"""What a plan and prices prove, by arithmetic alone."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.capability import Chord
from games.evaluation import Evaluation, Place, Shipment, evaluate
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
from tests.builders import any_game
from tests.oracle import Oracle

GAME = LayeredGame(
    name="one route",
    controllers=(Controller("A", 5.0, {"training": 1.0}),),
    points=(
        ControlPoint("chips", "chips", "A", (Option("none"), Option("ban", hazard=math.log(4)))),
        ControlPoint("cloud", "cloud", "A", (Option("none"), Option("ban", hazard=math.log(2)))),
    ),
    arcs=(
        Arc("export", "world", "hub", (PriceStep(1.0, 4.0), PriceStep(2.0, 2.0)), "chips"),
        Arc("rent", "hub", "training", (PriceStep(0.0, 8.0),), "cloud", value=0.5),
    ),
    fronts=(Front("training", "training", (Chord(3.0, 2.0), Chord(1.0, 5.0)), weight=2.0),),
    evader_budget=6.0,
    efforts=(Effort("normal"), Effort("careful", hazard_factor=0.5, unit_cost=0.5)),
)


def check(
    profile: Sequence[int],
    plan: Sequence[Shipment] = (),
    prices: Mapping[Place, float] | None = None,
    money: float = 0.0,
    game: LayeredGame = GAME,
) -> Evaluation:
    return evaluate(game, profile, plan=plan, prices=prices or {}, money_price=money)


def ship(arc: int, units: float, step: int = 0, effort: int = 0, known: bool = False) -> Shipment:
    return Shipment(arc, step, effort, known, units)


OPEN = (ship(0, 4.0), ship(0, 1.0, step=1), ship(1, 5.0))
"""The best plan where nothing is controlled: the budget of 6 buys 4 units at 1 and 1 at 2."""


def test_the_value_of_a_plan_is_what_reaches_the_fronts_and_what_arcs_are_worth() -> None:
    result = check((0, 0), OPEN)
    assert result.entering == (5.0, 5.0)
    assert result.quantities == (5.0,)
    assert result.primal == pytest.approx(2 * (3 * 2 + 1 * 3) + 5 * 0.5)
    assert result.violation == 0.0


def test_the_right_prices_prove_that_the_plan_is_best() -> None:
    # the last unit at the front is worth 2, at the hub 2.5; the last step costs 2 a unit
    prices = {("training", False): 2.0, ("hub", False): 2.5}
    result = check((0, 0), OPEN, prices, money=1.25)
    assert result.dual == pytest.approx(6 * 1.25 + 4 * (2.5 - 1.25) + 2 * (6 - 2))
    assert result.gap == pytest.approx(0.0, abs=1e-12)


def test_units_are_lost_on_the_way_and_care_loses_fewer() -> None:
    plan = [ship(0, 2.0), ship(0, 1.0, effort=1), ship(1, 1.0)]
    result = check((1, 1), plan)
    assert result.quantities == (pytest.approx(0.5),)
    assert result.violation == pytest.approx(0.0, abs=1e-12)
    assert check((1, 1), [*plan[:2], ship(1, 1.01)]).violation == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("plan", "violation"),
    [
        ([ship(0, 5.0)], 1 / 4),  # a step holds 4
        ([ship(0, 4.0), ship(0, 1.6, step=1)], 1.2 / 6),  # 4 * 1 + 1.6 * 2 of a budget of 6
        ([ship(0, 3.0), ship(0, 3.0, effort=1)], 0.5),  # both efforts share the step's 4
        ([ship(1, 1.0)], 1.0),  # nothing is at the hub
        ([ship(0, -0.5)], 0.5),
        ([ship(0, math.nan)], math.inf),
        ([ship(0, math.inf)], math.inf),
    ],
)
def test_a_plan_beyond_a_limit_is_seen(plan: list[Shipment], violation: float) -> None:
    assert check((0, 0), plan).violation == pytest.approx(violation)


def test_known_units_slip_through_only_what_comes_later() -> None:
    game = replace(GAME, correlation=1.0)
    met = check((1, 1), [ship(0, 4.0), ship(1, 1.0, known=True)], game=game)
    assert met.quantities == (pytest.approx(1.0),)
    assert met.violation == pytest.approx(0.0, abs=1e-12)
    assert check((1, 1), [ship(0, 4.0), ship(1, 1.0)], game=game).violation == 1.0


def test_nothing_is_known_at_a_source() -> None:
    game = replace(GAME, correlation=1.0)
    honest = check((1, 0), [ship(0, 4.0)], game=game)
    claimed = check((1, 0), [ship(0, 4.0, known=True)], game=game)
    assert claimed == honest


def test_prices_below_zero_or_without_a_number_prove_nothing() -> None:
    for price in (-5.0, math.nan):
        prices = {("training", False): price, ("hub", False): price}
        assert check((0, 0), (), prices, money=price) == check((0, 0))


@given(
    game=any_game(),
    choices=st.randoms(use_true_random=False),
    money=st.sampled_from([0.0, 0.3, 1.0, 4.0]),
)
def test_any_prices_bound_the_evader_from_above(
    game: LayeredGame, choices: random.Random, money: float
) -> None:
    """Weak duality, against the evader's value from an independent program."""
    profile = tuple(choices.randrange(len(point.options)) for point in game.points)
    prices = {
        (node, known): choices.choice([0.0, 0.5, 1.0, 3.0, 8.0])
        for node in game.nodes
        for known in (False, True)
    }
    value = Oracle(game).outcome(profile).value
    assert check(profile, (), prices, money, game).dual >= value - 1e-7

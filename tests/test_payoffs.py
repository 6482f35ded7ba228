"""What an outcome is worth to each controller."""

from __future__ import annotations

import pytest
from hypothesis import given
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
from games.payoffs import Payoffs, earnings, payoffs

GAME = LayeredGame(
    name="two governments",
    controllers=(
        Controller("USA", 2.0, {"training": 3.0, "deployment": 1.0}),
        Controller("NLD", 1.0, {"training": 0.5}),
    ),
    points=(
        ControlPoint(
            "chips-USA",
            "chips",
            "USA",
            (
                Option("nothing", economic_cost=-0.25),
                Option("tariff", cost=0.5, economic_cost=0.125, toll=0.2),
            ),
        ),
        ControlPoint("tools-NLD", "tools", "NLD", (Option("nothing"), Option("ban", cost=1.0))),
    ),
    arcs=(
        Arc(
            "sell",
            "world",
            "training",
            (PriceStep(1.0, 4.0),),
            "chips-USA",
            revenue={"USA": 0.1, "NLD": 0.05},
        ),
        Arc("tools", "world", "deployment", (PriceStep(1.0, 4.0),), "tools-NLD"),
        Arc("fees", "world", "deployment", (PriceStep(1.0, 4.0),), revenue={"NLD": 0.3}),
    ),
    fronts=(
        Front("training", "training", (Chord(2.0, 1.0), Chord(1.0, 5.0))),
        Front("deployment", "deployment", (Chord(1.0, 10.0),)),
    ),
    evader_budget=10.0,
)


def outcome(
    profile: tuple[int, int],
    entering: tuple[float, float, float] = (2.0, 1.0, 3.0),
    quantities: tuple[float, float] = (2.0, 4.0),
) -> Payoffs:
    return payoffs(GAME, profile, entering=entering, quantities=quantities)


def test_a_case_worked_by_hand() -> None:
    result = outcome((1, 1))
    assert result.months == {"training": 3.0, "deployment": 4.0}
    assert result.harm == {"USA": 3 * 3.0 + 4.0, "NLD": 0.5 * 3.0}
    assert result.outlay == {"USA": 0.5, "NLD": 1.0}
    assert result.cost == {"USA": 0.625, "NLD": 1.0}
    assert result.revenue == pytest.approx({"USA": 2 * (0.1 + 0.2), "NLD": 2 * 0.05 + 3 * 0.3})
    assert result.total == pytest.approx({"USA": 0.6 - 13 - 0.625, "NLD": 1.0 - 1.5 - 1.0})
    assert result.joint == pytest.approx(sum(result.total.values()))


def test_no_toll_is_earned_where_no_toll_is_in_force() -> None:
    assert outcome((0, 0)).revenue["USA"] == pytest.approx(0.2)
    assert earnings(GAME, GAME.arcs[0], 0) == {"USA": 0.1, "NLD": 0.05}
    assert earnings(GAME, GAME.arcs[0], 1) == pytest.approx({"USA": 0.3, "NLD": 0.05})
    assert earnings(GAME, GAME.arcs[1], 1) == {}


def test_a_negative_economic_cost_is_a_gain_outside_the_budget() -> None:
    result = outcome((0, 0))
    assert result.cost["USA"] == -0.25
    assert result.outlay["USA"] == 0.0


@given(
    profile=st.tuples(st.integers(0, 1), st.integers(0, 1)),
    entering=st.tuples(*[st.floats(0.0, 4.0)] * 3),
    quantities=st.tuples(*[st.floats(0.0, 12.0)] * 2),
)
def test_payoffs_are_revenue_less_harm_less_cost(
    profile: tuple[int, int],
    entering: tuple[float, float, float],
    quantities: tuple[float, float],
) -> None:
    result = outcome(profile, entering, quantities)
    for name, total in result.total.items():
        parts = result.revenue[name] - result.harm[name] - result.cost[name]
        assert total == pytest.approx(parts, abs=1e-12)
        assert result.harm[name] >= 0


@given(quantity=st.floats(0.0, 12.0), more=st.floats(0.0, 12.0))
def test_more_at_a_front_never_pleases_a_controller(quantity: float, more: float) -> None:
    less = outcome((0, 0), quantities=(quantity, 1.0)).total
    worse = outcome((0, 0), quantities=(quantity + more, 1.0)).total
    assert all(worse[name] <= less[name] + 1e-12 for name in less)

"""What money buys in enforcement."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.enforcement import EnforcementCurve
from games.errors import GameError

curves = st.builds(
    EnforcementCurve,
    hazard_max=st.floats(0.01, 10.0),
    half_cost_bn_usd=st.floats(0.001, 10.0),
)


def test_the_first_half_costs_as_much_as_the_next_quarter() -> None:
    curve = EnforcementCurve(hazard_max=2.0, half_cost_bn_usd=0.1)
    assert [curve.hazard(0.1 * n) for n in range(4)] == pytest.approx([0.0, 1.0, 1.5, 1.75])


def test_hazard_follows_the_exponential_detection_function() -> None:
    # koopman1980: a search effort z finds with probability 1 - exp(-z)
    curve = EnforcementCurve(hazard_max=1.0, half_cost_bn_usd=math.log(2))
    assert curve.hazard(1.3) == pytest.approx(1 - math.exp(-1.3))


@given(curve=curves, share=st.floats(0.0, 0.999))
def test_spending_undoes_hazard(curve: EnforcementCurve, share: float) -> None:
    hazard = share * curve.hazard_max
    assert curve.hazard(curve.spending(hazard)) == pytest.approx(hazard, rel=1e-9, abs=1e-12)


@given(curve=curves, spending=st.floats(0.0, 100.0), more=st.floats(0.001, 100.0))
def test_more_money_buys_more_hazard_but_never_all(
    curve: EnforcementCurve, spending: float, more: float
) -> None:
    assert curve.hazard(0.0) == 0.0
    assert curve.hazard(spending) <= curve.hazard(spending + more) <= curve.hazard_max


@given(curve=curves, spending=st.floats(0.0, 5.0), step=st.floats(0.001, 5.0))
def test_each_further_sum_buys_less(curve: EnforcementCurve, spending: float, step: float) -> None:
    first = curve.hazard(spending + step) - curve.hazard(spending)
    second = curve.hazard(spending + 2 * step) - curve.hazard(spending + step)
    assert second <= first + 1e-12


@pytest.mark.parametrize(
    ("hazard_max", "half_cost", "named"),
    [
        (-0.1, 1.0, "hazard_max"),
        (math.nan, 1.0, "hazard_max"),
        (math.inf, 1.0, "hazard_max"),
        (1.0, 0.0, "half_cost"),
        (1.0, -1.0, "half_cost"),
        (1.0, math.nan, "half_cost"),
    ],
)
def test_a_curve_that_means_nothing_is_refused(
    hazard_max: float, half_cost: float, named: str
) -> None:
    with pytest.raises(GameError, match=named):
        EnforcementCurve(hazard_max=hazard_max, half_cost_bn_usd=half_cost)


@pytest.mark.parametrize("hazard", [-0.1, 2.0, 3.0, math.nan])
def test_no_money_buys_what_cannot_be_reached(hazard: float) -> None:
    with pytest.raises(GameError, match="expected a hazard in"):
        EnforcementCurve(hazard_max=2.0, half_cost_bn_usd=0.1).spending(hazard)

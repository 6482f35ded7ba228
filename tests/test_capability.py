"""Months of progress, and the chords that linear programs see."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.capability import Chord, MonthsCurve
from games.errors import GameError

curves = st.builds(MonthsCurve, base=st.floats(0.01, 100.0), growth=st.floats(0.1, 5.0))
largest = st.floats(0.01, 1e5)
errors = st.sampled_from([0.2, 0.05, 0.01])
few = settings(max_examples=20)


def read_off(chords: tuple[Chord, ...], quantity: float) -> float:
    """Return the months that chords give a quantity."""
    months = 0.0
    for chord in chords:
        months += chord.slope * min(quantity, chord.width)
        quantity = max(0.0, quantity - chord.width)
    return months


def quantities(chords: tuple[Chord, ...]) -> np.ndarray:
    """Return quantities inside every chord, dense towards its ends."""
    ends = np.concatenate([[0.0], np.cumsum([chord.width for chord in chords])])
    shares = np.concatenate([np.logspace(-6, -1, 6), np.linspace(0.1, 1.0, 19)])
    return np.unique(np.concatenate([a + shares * (b - a) for a, b in itertools.pairwise(ends)]))


def test_ten_times_the_base_is_one_order_of_magnitude() -> None:
    # q = 9 q0 lifts the stock from q0 to 10 q0: one order, two years at half an order a year
    assert MonthsCurve(base=3.0, growth=0.5).months(27.0) == pytest.approx(24.0)


@few
@given(curve=curves, largest=largest, error=errors)
def test_chords_never_overstate_and_stay_within_the_stated_error(
    curve: MonthsCurve, largest: float, error: float
) -> None:
    chords = curve.chords(largest, error=error)
    assert sum(chord.width for chord in chords) == pytest.approx(largest)
    for quantity in quantities(chords):
        true, read = curve.months(float(quantity)), read_off(chords, float(quantity))
        assert (1 - error) * true - 1e-9 * true <= read <= true * (1 + 1e-9)


@few
@given(curve=curves, largest=largest, error=errors)
def test_chords_fall_in_slope(curve: MonthsCurve, largest: float, error: float) -> None:
    slopes = [chord.slope for chord in curve.chords(largest, error=error)]
    assert all(after < before * (1 + 1e-12) for before, after in itertools.pairwise(slopes))


@few
@given(curve=curves, largest=largest, error=errors)
def test_no_chord_could_reach_further(curve: MonthsCurve, largest: float, error: float) -> None:
    """Each chord but the last uses its error up, so none between the same ends is smaller."""
    start = 0.0
    for chord in curve.chords(largest, error=error)[:-1]:
        end = start + 1.001 * chord.width
        slope = (curve.months(end) - curve.months(start)) / (end - start)
        inside = start + (end - start) * np.concatenate(
            [np.logspace(-6, -3, 7), np.linspace(0.001, 1.0, 2001)]
        )
        read = curve.months(start) + slope * (inside - start)
        true = 12 / curve.growth * np.log10(1 + inside / curve.base)
        assert max(1 - read / true) > error * (1 - 1e-3)
        start += chord.width


@few
@given(curve=curves, largest=largest, quantity=st.floats(0.0, 1.0))
def test_more_chords_are_closer(curve: MonthsCurve, largest: float, quantity: float) -> None:
    rough, fine = (curve.chords(largest, error=error) for error in (0.2, 0.02))
    assert len(rough) <= len(fine)
    amount = quantity * largest
    assert read_off(rough, amount) <= read_off(fine, amount) / (1 - 0.02) + 1e-9


def test_an_almost_straight_curve_needs_one_chord() -> None:
    assert len(MonthsCurve(base=100.0, growth=1.0).chords(1.0, error=0.01)) == 1


@few
@given(curve=curves, scale=st.floats(0.01, 100.0), largest=st.floats(0.1, 1e3))
def test_the_unit_of_quantity_does_not_matter(
    curve: MonthsCurve, scale: float, largest: float
) -> None:
    other = MonthsCurve(base=curve.base * scale, growth=curve.growth)
    chords, scaled = curve.chords(largest), other.chords(largest * scale)
    assert read_off(scaled, 0.3 * largest * scale) == pytest.approx(
        read_off(chords, 0.3 * largest), rel=1e-6
    )


@pytest.mark.parametrize("base", [0.0, -1.0, math.nan, math.inf])
def test_a_base_that_is_not_positive_is_refused(base: float) -> None:
    with pytest.raises(GameError, match="expected base > 0"):
        MonthsCurve(base=base, growth=1.0)


@pytest.mark.parametrize("growth", [0.0, -1.0, math.nan, math.inf])
def test_a_growth_that_is_not_positive_is_refused(growth: float) -> None:
    with pytest.raises(GameError, match="expected growth > 0"):
        MonthsCurve(base=1.0, growth=growth)


@pytest.mark.parametrize("largest", [0.0, -1.0, math.nan, math.inf])
def test_chords_need_a_largest_quantity(largest: float) -> None:
    with pytest.raises(GameError, match="expected a largest quantity > 0"):
        MonthsCurve(base=1.0, growth=1.0).chords(largest)


@pytest.mark.parametrize("error", [0.0, 1.0, -0.1, math.nan])
def test_chords_need_an_error_between_zero_and_one(error: float) -> None:
    with pytest.raises(GameError, match="expected an error in"):
        MonthsCurve(base=1.0, growth=1.0).chords(1.0, error=error)

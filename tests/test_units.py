"""Units: reading, converting, and telling wrong dimensions apart."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.faults import FaultError
from scenarios.units import UnitSystem, in_words

GOODS = ["H100e", "H20", "exchange"]


@pytest.fixture
def units() -> UnitSystem:
    return UnitSystem(GOODS)


@pytest.mark.parametrize(
    ("text", "in_unit", "factor"),
    [
        ("bn USD/yr", "M USD/yr", 1000),
        ("USD/H100e", "bn USD/k H100e", 1e-6),
        ("bn USD/month", "bn USD/yr", 12),
        ("k H100e/yr", "H100e/month", 1000 / 12),
        ("%", "1", 0.01),
        ("x", "1", 1),
        ("OOM/yr", "1/yr", 1),
        ("yr", "month", 12),
        ("yr", "day", 365.25),
        ("M exchange", "k exchange", 1000),
        ("H100e/H20", "k H100e/k H20", 1),
        ("1/yr^2", "1/month^2", Fraction(1, 144)),
        ("k USD*H20/H20", "USD", 1000),
        ("H20^-1", "1/H20", 1),
    ],
)
def test_a_unit_converts_into_another_of_its_dimension(
    units: UnitSystem, text: str, in_unit: str, factor: float
) -> None:
    unit, other = units.parse(text), units.parse(in_unit)
    assert unit.powers == other.powers
    assert unit.per(other) == pytest.approx(float(factor), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "found", "advice"),
    [
        ("bn USD/year", "'year'", "'yr'"),
        ("kUSD", "'kUSD'", "'k USD'"),
        ("k h100e", "'k h100e'", "'k H100e'"),
        ("k yr", "'k yr'", ""),
        ("k %", "'k %'", ""),
        ("USD//yr", "''", "goods"),
        ("USD/(H20)", "'(H20)'", "H20"),
        ("", "empty", ""),
        ("USD^999999", "'USD^999999'", ""),
        ("*".join(["k H20^9"] * 3), "k H20^9", ""),
        ("x" * 10_000, "far too long", ""),
    ],
)
def test_what_is_no_unit_is_refused_with_the_nearest_one(
    units: UnitSystem, text: str, found: str, advice: str
) -> None:
    with pytest.raises(FaultError) as caught:
        units.parse(text)
    assert found in caught.value.found
    assert advice in caught.value.advice


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bn USD/yr", "money per time"),
        ("USD/H100e", "money per H100e"),
        ("1/month", "a number per time"),
        ("%", "a plain number"),
        ("USD/yr/H20", "money per H20 and time"),
        ("H20*yr", "H20 times time"),
        ("1/yr^2", "a number per time^2"),
    ],
)
def test_a_dimension_is_put_into_words(units: UnitSystem, text: str, words: str) -> None:
    assert in_words(units.parse(text).powers) == words


def test_goods_are_dimensions_of_their_own(units: UnitSystem) -> None:
    assert units.parse("H100e").powers != units.parse("H20").powers


def test_the_text_of_a_quotient_is_a_unit_again(units: UnitSystem) -> None:
    quotient = units.parse("bn USD").times(units.parse("k H100e"), -1)
    again = units.parse(quotient.text)
    assert (again.scale, again.powers) == (quotient.scale, quotient.powers)


def test_goods_that_a_unit_names_are_remembered(units: UnitSystem) -> None:
    units.parse("k H20/yr")
    assert units.used & set(GOODS) == {"H20"}


SYMBOLS = st.sampled_from(["USD", "k USD", "bn USD", "yr", "month", "day", "%", "H20", "M H100e"])
PRODUCTS = st.lists(st.tuples(SYMBOLS, st.sampled_from("*/")), min_size=1, max_size=5).map(
    lambda parts: "1" + "".join(sign + symbol for symbol, sign in parts)
)


@given(PRODUCTS, PRODUCTS)
def test_converting_there_and_back_changes_nothing(left: str, right: str) -> None:
    units = UnitSystem(GOODS)
    first, second = units.parse(left), units.parse(right)
    assert first.times(second).times(second, -1).scale == first.scale
    assert first.times(second).times(second, -1).powers == first.powers
    assert first.per(second) * second.per(first) == pytest.approx(1, rel=1e-12)


@given(st.text(max_size=120))
def test_any_text_is_a_unit_or_a_fault(text: str) -> None:
    with contextlib.suppress(FaultError):
        assert UnitSystem(GOODS).parse(text).scale > 0

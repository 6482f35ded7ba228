"""Expressions over parameters: arithmetic, dimensions, and texts that are up to no good."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.expressions import DEEPEST_NESTING, parse
from scenarios.faults import FaultError
from scenarios.units import UnitSystem, in_words

VALUES = {"a": 2.0, "b": 3.0, "negative": 5.0, "number": 7.0, "name": 11.0, "_x1": 13.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + b * 2", 8),
        ("(a + b) * 2", 10),
        ("a - b - 1", -2),
        ("a / b / 2", 1 / 3),
        ("-a ** 2", -4),
        ("2 ** b ** a", 512),
        ("a ** -1", 0.5),
        ("--a", 2),
        ("max(a, b, 1.5e1) / min(a, b)", 7.5),
        ("log10(100 * a / 2) + sqrt(4) + exp(0)", 5),
        ("negative + number + name + _x1", 36),
        (" .5 * a ", 1),
    ],
)
def test_arithmetic_follows_the_usual_order(text: str, value: float) -> None:
    assert parse(text).value(VALUES) == pytest.approx(value)


def test_the_names_of_an_expression_are_known() -> None:
    assert parse("min(a, 2*b) + a").names == ("a", "b")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "the end"),
        ("a +", "the end"),
        ("a b", "'b'"),
        ("(a", "the end"),
        ("a)", "')'"),
        ("a ^ b", "'^'"),
        ("min(a)", "1"),
        ("sqrt(a, b)", "2"),
        ("maxx(a, b)", "'maxx'"),
        ("__import__(a)", "'__import__'"),
        ("a.b", "'.'"),
        ("1e999", "'1e999'"),
        ("(" * 10_000 + "a", "10001"),
        ("(" * 400 + "a" + ")" * 400, "nest"),
        ("-" * 900 + "a", "---"),
        ("**".join("a" * 200), "a**a"),
    ],
)
def test_what_is_no_expression_is_refused(text: str, found: str) -> None:
    with pytest.raises(FaultError) as caught:
        parse(text).value(VALUES)
    assert found in f"{caught.value.expected} {caught.value.found}"


@pytest.mark.parametrize(
    "text",
    ["a / 0", "9**9**9**9", "exp(1e6)", "sqrt(-a)", "log10(0)", "(-8)**0.5", "1e308*10", "0**-1"],
)
def test_arithmetic_without_a_finite_result_is_a_fault(text: str) -> None:
    with pytest.raises(FaultError, match="finite"):
        parse(text).value(VALUES)


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = DEEPEST_NESTING - 1
    assert parse("(" * depth + "a" + ")" * depth).value(VALUES) == 2


UNITS = UnitSystem(["chip"])
DIMENSIONS = {
    name: UNITS.parse(unit).powers
    for name, unit in {
        "money": "bn USD",
        "rate": "bn USD/yr",
        "time": "month",
        "chips": "k chip",
        "ratio": "%",
    }.items()
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("money / time + rate", "money per time"),
        ("money / chips", "money per chip"),
        ("2 * ratio * money", "money"),
        ("max(0, money - money)", "money"),
        ("log10(money / money)", "a plain number"),
        ("exp(ratio) ** ratio", "a plain number"),
        ("sqrt(money * money)", "money"),
        ("chips ** 2 / chips", "chip"),
        ("time ** -1", "a number per time"),
        ("0 + money", "money"),
    ],
)
def test_dimensions_follow_the_arithmetic(text: str, words: str) -> None:
    powers = parse(text).dimension(DIMENSIONS)
    assert powers is not None
    assert in_words(powers) == words


@pytest.mark.parametrize("text", ["0", "0 * money", "-0", "0 / money"])
def test_nothing_fits_every_dimension(text: str) -> None:
    assert parse(text).dimension(DIMENSIONS) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("money + chips", "money and chip"),
        ("1 + money", "a plain number and money"),
        ("min(money, rate)", "money and money per time"),
        ("log10(money)", "money"),
        ("exp(time)", "time"),
        ("2 ** time", "time"),
        ("money ** ratio", "varies"),
        ("money ** 1000", "1000"),
    ],
)
def test_unlike_things_do_not_mix(text: str, found: str) -> None:
    with pytest.raises(FaultError) as caught:
        parse(text).dimension(DIMENSIONS)
    assert found in caught.value.found


@given(st.text(alphabet="ab01.*/+-(), elogmx\t", max_size=60) | st.text(max_size=60))
def test_any_text_is_a_finite_number_or_a_fault(text: str) -> None:
    value = 0.0
    with contextlib.suppress(FaultError):
        expression = parse(text)
        value = expression.value(dict.fromkeys(expression.names, 2.0))
    assert math.isfinite(value)

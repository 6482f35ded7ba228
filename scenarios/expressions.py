"""Expressions: arithmetic over parameter names, read once, evaluated for every world.

    sum     := product (("+" | "-") product)*
    product := signed (("*" | "/") signed)*
    signed  := "-" signed | power
    power   := atom ("**" signed)?
    atom    := number | name | name "(" sum ("," sum)* ")" | "(" sum ")"

An expression becomes steps for a stack machine, so that evaluating it cannot exhaust the
interpreter's own stack, and the same steps run twice: over numbers, and over dimensions. All
arithmetic is in floats, so a tower of powers overflows into a fault instead of filling memory.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from scenarios.faults import FaultError, nearest, shown
from scenarios.units import Powers, in_words, multiply, raised

LONGEST_TEXT = 1000
DEEPEST_NESTING = 40
"""Characters and levels of one expression: far more than any needs, far less than would hurt."""

HIGHEST_POWER = 12
"""Largest power of a quantity that has a unit."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|[-+*/(),]))"
)


@dataclass(frozen=True)
class Step:
    """Push a number or a named value, or apply an operation to the last `count` values."""

    operation: str
    value: float = 0.0
    name: str = ""
    count: int = 0


@dataclass(frozen=True)
class Expression:
    """A parsed expression and the names that it uses."""

    text: str
    steps: tuple[Step, ...]
    names: tuple[str, ...]

    def value(self, values: Mapping[str, float]) -> float:
        """Return the value, given a number for each name.

        Raises
        ------
        FaultError
            Where the arithmetic has no finite result.

        Examples
        --------
        >>> parse("max(2*a, b) ** 2").value({"a": 3.0, "b": 5.0})
        36.0
        """
        stack: list[float] = []
        try:
            for step in self.steps:
                if step.operation == "number":
                    stack.append(step.value)
                elif step.operation == "name":
                    stack.append(float(values[step.name]))
                else:
                    arguments = stack[-step.count :]
                    del stack[-step.count :]
                    stack.append(_OPERATIONS[step.operation](*arguments))
        except (ArithmeticError, ValueError) as error:
            reason = "division by zero" if isinstance(error, ZeroDivisionError) else str(error)
            raise FaultError(
                "arithmetic with a finite result", f"{reason} in {self.text!r}"
            ) from None
        if not math.isfinite(stack[0]):
            raise FaultError("arithmetic with a finite result", f"{stack[0]} from {self.text!r}")
        return stack[0]

    def dimension(self, dimensions: Mapping[str, Powers]) -> Powers | None:
        """Return the dimension of the value, None for a zero, which fits any.

        Raises
        ------
        FaultError
            Where unlike things are added or compared, or a function is given a dimension.
        """
        stack: list[_Measure] = []
        for step in self.steps:
            if step.operation == "number":
                stack.append(_Measure(None if step.value == 0 else (), step.value))
            elif step.operation == "name":
                stack.append(_Measure(dimensions[step.name]))
            else:
                arguments = stack[-step.count :]
                del stack[-step.count :]
                stack.append(_measure(step.operation, arguments, self.text))
        return stack[0].powers


@dataclass(frozen=True)
class _Measure:
    """A dimension on the stack, and the number itself where it was written out."""

    powers: Powers | None
    number: float | None = None


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Return the expression that a text holds; scenarios say the same thing in many places.

    Raises
    ------
    FaultError
        Where the text is not an expression, is longer than 1000 characters, or nests too deeply.
    """
    if len(text) > LONGEST_TEXT:
        raise FaultError(
            f"an expression of at most {LONGEST_TEXT} characters",
            f"one of {len(text)}",
            "give its parts names as parameters",
        )
    return _Parser(text).expression()


class _Parser:
    """Recursive descent over the grammar above; nesting is counted, so recursion is bounded."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.position = 0
        self.depth = 0
        self.steps: list[Step] = []
        self.names: dict[str, None] = {}

    def expression(self) -> Expression:
        self._sum()
        if self.position < len(self.tokens):
            raise self._unexpected("an operator or the end")
        return Expression(self.text, tuple(self.steps), tuple(self.names))

    def _sum(self) -> None:
        self._chain(("+", "-"), lambda: self._chain(("*", "/"), self._signed))

    def _chain(self, signs: tuple[str, ...], operand: Callable[[], None]) -> None:
        operand()
        while (sign := self._take(*signs)) is not None:
            operand()
            self.steps.append(Step(sign, count=2))

    def _signed(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise FaultError(
                f"at most {DEEPEST_NESTING} levels of nesting",
                f"more in {shown(self.text)}",
                "give its parts names as parameters",
            )
        if self._take("-") is not None:
            self._signed()
            self.steps.append(Step("negative", count=1))
        else:
            self._atom()
            if self._take("**") is not None:
                self._signed()
                self.steps.append(Step("**", count=2))
        self.depth -= 1

    def _atom(self) -> None:
        if self._take("(") is not None:
            self._sum()
            self._need(")")
            return
        kind, token = self._peek()
        if kind not in ("number", "name"):
            raise self._unexpected("a number, a parameter or an opening bracket")
        self.position += 1
        if kind == "number":
            if not math.isfinite(float(token)):
                raise FaultError("a finite number", shown(token))
            self.steps.append(Step("number", value=float(token)))
        elif self._take("(") is not None:
            self._call(token)
        else:
            self.names[token] = None
            self.steps.append(Step("name", name=token))

    def _call(self, name: str) -> None:
        if name not in FUNCTIONS:
            raise FaultError(
                "one of the functions " + ", ".join(FUNCTIONS),
                shown(name),
                nearest(name, FUNCTIONS),
            )
        count = 1
        self._sum()
        while self._take(",") is not None:
            count += 1
            self._sum()
        self._need(")")
        many = name in ("min", "max")
        if many != (count > 1):
            wanted = "two or more arguments" if many else "one argument"
            raise FaultError(f"{wanted} to {name}", str(count))
        self.steps.append(Step(name, count=count))

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "")

    def _take(self, *signs: str) -> str | None:
        kind, token = self._peek()
        if kind != "sign" or token not in signs:
            return None
        self.position += 1
        return token

    def _need(self, sign: str) -> None:
        if self._take(sign) is None:
            raise self._unexpected(f"{sign!r}")

    def _unexpected(self, expected: str) -> FaultError:
        kind, token = self._peek()
        found = "the end" if kind == "end" else repr(token)
        return FaultError(expected, f"{found} in {shown(self.text)}")


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].strip()
            raise FaultError(
                "arithmetic over parameter names",
                f"{rest[0]!r} in {shown(text)}",
                "use + - * / ** ( ) and the functions " + ", ".join(FUNCTIONS),
            )
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        position = match.end()
    return tokens


def _measure(operation: str, arguments: list[_Measure], text: str) -> _Measure:
    """Return the dimension of one operation's result."""
    first, last = arguments[0].powers, arguments[-1].powers
    if operation == "negative":
        number = arguments[0].number
        return _Measure(first, None if number is None else -number)
    if operation in ("+", "-", "min", "max"):
        known = [argument.powers for argument in arguments if argument.powers is not None]
        for powers in known[1:]:
            if powers != known[0]:
                raise FaultError(
                    f"like things on both sides of {operation}",
                    f"{in_words(known[0])} and {in_words(powers)} in {text!r}",
                )
        return _Measure(known[0] if known else None)
    if operation in ("*", "/"):
        if first is None or last is None:
            return _Measure(None)
        return _Measure(multiply(first, last if operation == "*" else raised(last, -_ONE)))
    if operation == "sqrt":
        return _Measure(None if first is None else raised(first, _ONE / 2))
    plain = last if operation == "**" else first
    if plain:
        raise FaultError(f"a plain number in {operation}", f"{in_words(plain)} in {text!r}")
    if operation == "**" and first:
        exponent = arguments[-1].number
        if exponent is None:
            raise FaultError(
                f"a power that is written out, since {in_words(first)} is raised to it",
                f"one that varies in {text!r}",
            )
        if abs(exponent) > HIGHEST_POWER:
            raise FaultError(f"powers of at most {HIGHEST_POWER}", f"{exponent:g} in {text!r}")
        return _Measure(raised(first, Fraction(exponent).limit_denominator(1000)))
    return _Measure(())


_ONE = Fraction(1)
_OPERATIONS: dict[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": math.pow,
    "negative": operator.neg,
    "min": min,
    "max": max,
    "log10": math.log10,
    "exp": math.exp,
    "sqrt": math.sqrt,
}
FUNCTIONS = ("min", "max", "log10", "exp", "sqrt")

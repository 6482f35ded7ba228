"""Numbers of game files and profiles, read exactly: integers, decimals, exponents and fractions.

A number is what its text says, so that 0.1 is one tenth. Limits on length and exponent keep a
hostile text from taking memory: 1e999999999 has a thousand million digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from games.normal_form import LARGEST_PAYOFF
from scenarios.faults import FaultError, shown

LONGEST_NUMBER = 1000
"""Characters of one number."""

LARGEST_EXPONENT = 400
"""Largest power of ten: beyond what floats hold, and yet no fraction of a million digits."""
_LARGEST = int(LARGEST_PAYOFF)  # a comparison with the float takes longer than the reading
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+/[0-9]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]+))?)"
)
_INTEGERS = re.compile(r"[0-9+-]+")


def rational(text: str) -> Fraction:
    """Return the number that a text says.

    Raises
    ------
    FaultError
        When it says none, or one of absurd length.

    Examples
    --------
    >>> [str(rational(text)) for text in ("0.1", "-2/6", "1.5e-3", "7")]
    ['1/10', '-1/3', '3/2000', '7']
    """
    match = _NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if match is None:
        raise FaultError("a number", shown(text), "write it as -2, 0.25, 1e-3 or 1/3")
    exponent = match["exponent"]
    if exponent and (len(exponent) > 5 or abs(int(exponent)) > LARGEST_EXPONENT):
        raise FaultError(
            f"an exponent of at most {LARGEST_EXPONENT}", shown(text), "choose another unit"
        )
    try:
        number = Fraction(text)
    except ZeroDivisionError:
        raise FaultError("a number", shown(text), "nothing can be divided by 0") from None
    if abs(number.numerator) > _LARGEST * number.denominator:
        raise FaultError(
            f"a number up to {LARGEST_PAYOFF:g}", shown(text), "state it in a larger unit"
        )
    return number


def rationals(texts: Sequence[str]) -> NDArray[np.int64] | NDArray[np.object_]:
    """Return many numbers in one array: as integers where all are small ones, or as fractions.

    Raises
    ------
    FaultError
        As for `rational`.
    """
    distinct = list(dict.fromkeys(texts))
    if all(map(_INTEGERS.fullmatch, distinct)):
        try:
            return np.array([int(text) for text in texts], dtype=np.int64)
        except (ValueError, OverflowError):  # a sign alone, or more digits than fit
            pass
    known = {text: rational(text) for text in distinct}
    values = np.empty(len(texts), dtype=object)
    values[:] = [known[text] for text in texts]
    return values


def text_of(value: Fraction | float) -> str:
    """Return the shortest text that reads back as the same number, here and in Gambit.

    Examples
    --------
    >>> text_of(Fraction(-1, 3)), text_of(3.0), text_of(0.1), text_of(2.5e-17)
    ('-1/3', '3', '0.1', '2.5e-17')
    """
    if isinstance(value, Fraction):
        return str(value)
    whole = value == int(value) and abs(value) < 1e15
    return str(int(value)) if whole else repr(float(value)).replace("e+", "e")

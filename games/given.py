"""What was handed in is of the kind that it has to be: refused in one message where it is not.

In a notebook anything can be handed in; from the command line only texts that were read already.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, cast

from games.errors import InputError


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number; truth values are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_finite(value: object) -> bool:
    """Return whether a value is a number, and neither infinite nor NaN."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False


def texts(name: str, value: object) -> tuple[str, ...]:
    """Return several texts, or raise `InputError`; one text alone would be taken letter by letter.

    Examples
    --------
    >>> texts("plays", ["status-quo"])
    ('status-quo',)
    """
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InputError(
            f"{name}: expected a list of texts, found {told(value)} - write it in brackets"
        )
    for one in value:
        if not isinstance(one, str):
            raise InputError(f"{name}: expected a list of texts, found {told(one)} in it")
    return tuple(cast("Sequence[str]", value))


def one_text(name: str, value: object) -> str:
    """Return a text, or raise `InputError` where something else was handed in."""
    if not isinstance(value, str):
        raise InputError(f"{name}: expected a text, found {told(value)}")
    return value


def told(value: Any) -> str:
    """Return a value for a message: a number or a text as it is, else what kind it is of."""
    if isinstance(value, str | Real) or value is None:
        return f"{value!r}"[:200]
    return f"{type(value).__name__}"

"""Exact numbers in arrays: fractions as objects, and whole numbers over one denominator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def object_array(
    values: Sequence[Any], shape: tuple[int, ...] | None = None
) -> NDArray[np.object_]:
    """Return Python numbers, such as fractions, as an array of objects; by default in one row."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array if shape is None else array.reshape(shape)


def integers(numbers: Sequence[Any]) -> tuple[int, list[int]]:
    """Return the least common denominator of numbers, and the numbers times it.

    Parameters
    ----------
    numbers : integers, fractions or floats, each taken for exactly what it is.

    Examples
    --------
    >>> from fractions import Fraction
    >>> integers([Fraction(1, 2), 0.25, 3])
    (4, [2, 1, 12])
    """
    ratios = [number.as_integer_ratio() for number in numbers]
    common = math.lcm(*(denominator for _, denominator in ratios))
    if common == 1:
        return 1, [numerator for numerator, _ in ratios]
    return common, [numerator * (common // denominator) for numerator, denominator in ratios]


def positive_integers(table: NDArray[Any]) -> list[list[int]]:
    """Return a table times a positive number plus a constant: the smallest integers from 1 on.

    Parameters
    ----------
    table : integers, fractions or floats, shape (rows, columns).

    Examples
    --------
    >>> positive_integers(np.array([[0.5, -1.5], [1.5, 2.5]]))
    [[3, 1], [4, 5]]
    """
    _, whole = integers(table.ravel().tolist())
    low = min(whole)
    divisor = math.gcd(*(value - low for value in whole)) or 1
    positive = [(value - low) // divisor + 1 for value in whole]
    size = table.shape[1]
    return [positive[at : at + size] for at in range(0, len(positive), size)]

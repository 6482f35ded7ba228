"""Payoffs brought to where floats can be trusted: less a constant, over a power of two.

Regret does not change when a player's payoffs move by a constant. Sums of payoffs that are large
beside their differences lose just these differences to rounding, sums of huge ones end beyond the
largest float, and products of tiny ones in nothing: each could let any profile pass a check. Here

    payoff = middle + unit * value,

with `middle` 0 and `unit` 1 wherever the payoffs can be used as they are, which is nearly always.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

FAR = 2.0
"""Distance of payoffs from 0, in units of their spread, from which they are moved.

Beyond it the difference of a float from the middle is a float, so that nothing is rounded.
"""

SMALLEST, LARGEST = 2.0**-800, 2.0**800
"""Spreads between these two are left alone."""

LARGEST_EXPONENT = sys.float_info.max_exp - 1
"""Of the largest power of two that is a float."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """One player's payoffs as `middle + unit * values`.

    Attributes
    ----------
    values : floats, of the game's shape.
    spread : largest less smallest of `values`.
    """

    values: NDArray[np.float64]
    middle: float
    unit: float
    spread: float


def spread_of(table: NDArray[np.float64]) -> float:
    """Return the largest payoff less the smallest; the largest float where that is larger still.

    Examples
    --------
    >>> spread_of(np.array([1.0, 4.0])), spread_of(np.array([-1.5e308, 1.5e308]))
    (3.0, 1.7976931348623157e+308)
    """
    return min(float(table.max()) - float(table.min()), sys.float_info.max)


def safely_scaled(table: NDArray[np.float64], exact: NDArray[np.object_] | None = None) -> Scaled:
    """Return one player's payoffs so that sums of them are safe.

    Parameters
    ----------
    exact : the same as fractions, where the floats are rounded.
    """
    spread = spread_of(table)
    middle = float(table.min()) / 2 + float(table.max()) / 2
    if abs(middle) <= FAR * spread and SMALLEST <= spread <= LARGEST:
        return Scaled(table, 0.0, 1.0, spread)
    if exact is None:
        alone = spread == 0 or SMALLEST <= spread <= LARGEST
        exponent = 0 if alone else min(math.frexp(spread)[1], LARGEST_EXPONENT)
        values = np.ldexp(table, -exponent) - math.ldexp(middle, -exponent)
    else:
        fractions = exact.ravel().tolist()
        low, high = min(fractions), max(fractions)
        centre, width = (low + high) / 2, high - low
        exponent = width.numerator.bit_length() - width.denominator.bit_length()
        exponent = min(exponent, LARGEST_EXPONENT)
        unit = Fraction(2) ** exponent
        values = np.array([float((f - centre) / unit) for f in fractions]).reshape(table.shape)
        middle = float(centre)
    return Scaled(values, middle, math.ldexp(1.0, exponent), float(values.max() - values.min()))


def between_zero_and_one(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return payoffs moved and stretched to run from 0 to 1, or all 0; equilibria are kept.

    Examples
    --------
    >>> between_zero_and_one(np.array([2.0, 3.0, 6.0])).tolist()
    [0.0, 0.25, 1.0]
    """
    low, high = float(table.min()), float(table.max())
    if low == high:
        return np.zeros(table.shape)
    if SMALLEST <= high - low <= LARGEST:
        return (table - low) / (high - low)
    exponent = min(math.frexp(spread_of(table))[1], LARGEST_EXPONENT)
    least, most = math.ldexp(low, -exponent), math.ldexp(high, -exponent)
    return (np.ldexp(table, -exponent) - least) / (most - least)

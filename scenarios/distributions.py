"""How a number of the world is drawn: from its value, its range and what the range rests on.

What low and high mean is not the same everywhere. A published interval (confidence A, B, D) is
taken to hold the truth nine times in ten. Ranges that people judge (P, M) are known to be too
narrow: they are taken to hold it four times in five. A parameter may name its distribution:

    fixed        the value
    uniform      all from low to high alike; low and high are the ends
    loguniform   the same for the logarithm
    triangular   low and high are the ends, the value is the mode
    pert         a beta distribution with the value as its mode; low to high holds the share above
    lognormal    the value is the median; below and above it the logarithm is normal, each side with
                 a spread of its own, such that low and high are the ends of the share above

Where none is named, the sign decides. What is known about a positive number is known in factors:
where 0 < low < value < high it is `lognormal`. Otherwise, where the range touches zero or the value
is at an end, it is `pert`, which ends where the number must end: what has no negative numbers in
its range is never negative.

Tails are cut: a lognormal loses half a percent on each side, and percentages (and plain numbers)
whose range stays within 100 % (or 1) stay there. The share that low to high holds only rises by it.
A number that an override or a setting moved keeps its value in every world.

References
----------
alpert1982 on how narrow judged intervals are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scenarios.blueprint import Kind, Parameter

HELD = {"A": 0.9, "B": 0.9, "D": 0.9, "P": 0.8, "M": 0.8}
"""Share of all worlds in which a number lies from low to high, by the confidence in it."""

CUT = 0.005
"""Share of a lognormal that is cut off on each side."""

WHOLES = {"%": 100.0, "1": 1.0}
"""What a share cannot exceed, by unit."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Distribution:
    """A number's distribution.

    Parameters
    ----------
    kind : what the module's docstring says.
    low, value, high : in the unit of the parameter.
    held : share that low to high holds, where it is not the whole.
    most : what no draw exceeds, or None.
    """

    kind: Kind
    low: float
    value: float
    high: float
    held: float
    most: float | None = None

    def quantile(self, shares: Array) -> Array:
        """Return the numbers below which these shares of all worlds lie.

        Parameters
        ----------
        shares : from 0 to 1, any shape.

        Examples
        --------
        >>> price = Distribution("lognormal", 10, 20, 80, held=0.8)
        >>> price.quantile(np.array([0.1, 0.5, 0.9])).round(1).tolist()
        [10.1, 20.0, 78.1]
        """
        low, value, high = self.low, self.value, self.high
        if self.kind == "fixed":
            return np.full_like(shares, value)
        if self.kind == "uniform":
            return low + (high - low) * shares
        if self.kind == "loguniform":
            return np.asarray(low * (high / low) ** shares)
        if self.kind == "triangular":
            return self._triangular(shares)
        return self._pert(shares) if self.kind == "pert" else self._lognormal(shares)

    def _triangular(self, shares: Array) -> Array:
        low, value, high = self.low, self.value, self.high
        width = high - low
        rising = low + np.sqrt(shares * width * (value - low))
        falling = high - np.sqrt((1 - shares) * width * (high - value))
        return np.where(shares * width < value - low, rising, falling)

    def _lognormal(self, shares: Array) -> Array:
        from scipy.special import ndtr, ndtri

        end = ndtri((1 + self.held) / 2)
        below, above = np.log(self.value / self.low) / end, np.log(self.high / self.value) / end
        last = 1 - CUT
        if self.most is not None:
            last = min(last, float(ndtr(np.log(self.most / self.value) / above)))
        scores = ndtri(CUT + (last - CUT) * shares)
        return np.asarray(self.value * np.exp(np.where(scores < 0, below, above) * scores))

    def _pert(self, shares: Array) -> Array:
        from scipy.special import betainc, betaincinv

        left, right = self._ends
        width = right - left
        a = 1 + 4 * (self.value - left) / width
        b = 1 + 4 * (right - self.value) / width
        last = 1.0
        if self.most is not None and self.most < right:
            last = float(betainc(a, b, (self.most - left) / width))
        return np.asarray(left + width * betaincinv(a, b, last * shares))

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Ends of the beta distribution, so far outside that low to high holds its share."""
        from scipy.optimize import brentq
        from scipy.special import betainc

        def ends(factor: float) -> tuple[float, float]:
            left = self.value - factor * (self.value - self.low)
            if self.low >= 0:
                left = max(left, 0.0)
            return left, self.value + factor * (self.high - self.value)

        def missing(factor: float) -> float:
            left, right = ends(factor)
            width = right - left
            a = 1 + 4 * (self.value - left) / width
            b = 1 + 4 * (right - self.value) / width
            places = np.clip([(self.low - left) / width, (self.high - left) / width], 0, 1)
            below, inside = betainc(a, b, places)
            return float(inside - below) - self.held

        factor = 2.0
        while missing(factor) > 0 and factor < 1e6:
            factor *= 2
        if missing(factor) > 0:  # zero cuts off all that would lie below, and the value is high
            return ends(1.0)
        return ends(float(brentq(missing, 1.0, factor)))


def distribution_of(parameter: Parameter) -> Distribution:
    """Return how worlds draw a parameter, by its own word or by the rule."""
    low, value, high = parameter.low, parameter.value, parameter.high
    kind = parameter.distribution
    if parameter.exact or parameter.changed or not low < high:
        kind = "fixed"
    elif not kind:
        kind = "lognormal" if 0 < low < value < high else "pert"
    whole = WHOLES.get(parameter.unit.split("/")[0])
    most = whole if whole is not None and high <= whole else None
    return Distribution(kind, low, value, high, HELD[parameter.confidence], most)

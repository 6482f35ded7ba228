"""Capability in months: how far a quantity moves a front, and the chords a linear program sees.

Effective compute at the frontier grows by gamma orders of magnitude a year, so a quantity q on top
of a base q0 is worth G(q) = (12 / gamma) log10(1 + q / q0) months of that growth. G is concave; the
solvers see it through chords between points of the curve, which never overstate it and understate
it by at most a stated share of its value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from games.errors import GameError


@dataclass(frozen=True)
class Chord:
    """One linear piece of a front: `slope` months per unit over `width` units."""

    slope: float
    width: float


@dataclass(frozen=True)
class MonthsCurve:
    """Months of frontier progress that a quantity is worth.

    Parameters
    ----------
    base : quantity q0 that the evader has anyway, in the front's unit, > 0.
    growth : orders of magnitude a year gamma by which the frontier grows, > 0.
    """

    base: float
    growth: float

    def __post_init__(self) -> None:
        for name in ("base", "growth"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise GameError(f"months curve: expected {name} > 0, found {value}")

    def months(self, quantity: float) -> float:
        """Return G(quantity) in months.

        Examples
        --------
        >>> round(MonthsCurve(base=1.0, growth=0.5).months(9.0), 9)
        24.0
        """
        return 12 / self.growth * math.log1p(quantity / self.base) / math.log(10)

    def chords(self, largest: float, *, error: float = 0.01) -> tuple[Chord, ...]:
        """Return the fewest chords from 0 to `largest` that stay within `error` of the curve.

        Parameters
        ----------
        largest : the largest quantity that can arrive, in the front's unit, > 0.
        error : largest shortfall (G - chord) / G at any quantity, in (0, 1).

        Notes
        -----
        Each chord reaches as far as the error allows, found by bisection; the shortfall of a chord
        is measured where it is largest relative to G, by ternary search inside the chord.
        """
        if not (math.isfinite(largest) and largest > 0):
            raise GameError(f"months curve: expected a largest quantity > 0, found {largest}")
        if not 0 < error < 1:
            raise GameError(f"months curve: expected an error in (0, 1), found {error}")
        chords = []
        start = 0.0
        while start < largest:
            end = largest
            if self.shortfall(start, end) > error:
                low, high = start, end
                for _ in range(60):
                    end = (low + high) / 2
                    low, high = (end, high) if self.shortfall(start, end) <= error else (low, end)
                end = low
            slope = (self.months(end) - self.months(start)) / (end - start)
            chords.append(Chord(slope, end - start))
            start = end
        return tuple(chords)

    def shortfall(self, start: float, end: float) -> float:
        """Return the largest (G - chord) / G inside the chord from `start` to `end`."""
        g_start = self.months(start)
        slope = (self.months(end) - g_start) / (end - start)
        if start == 0:  # G / q falls with q, so the chord is worst at its foot, in the limit
            return 1 - slope * self.base * self.growth * math.log(10) / 12
        low, high = start, end
        for _ in range(80):
            left, right = low + 0.382 * (high - low), high - 0.382 * (high - low)
            if self._relative_gap(left, start, g_start, slope) < self._relative_gap(
                right, start, g_start, slope
            ):
                low = left
            else:
                high = right
        return self._relative_gap((low + high) / 2, start, g_start, slope)

    def _relative_gap(self, quantity: float, start: float, g_start: float, slope: float) -> float:
        return 1 - (g_start + slope * (quantity - start)) / self.months(quantity)

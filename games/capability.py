"""Capability in months: how far a quantity moves a front, and the chords a linear program sees.

Effective compute at the frontier grows by gamma orders of magnitude a year, so a quantity q on top
of a base q0 is worth G(q) = (12 / gamma) log10(1 + q / q0) months of that growth. G is concave; the
solvers see it through chords between points of the curve, which never overstate it and understate
it by at most a stated share of its value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

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
        Each chord reaches as far as the error allows, but for the last. In units of the base the
        places where they meet depend on the error alone (`_meeting_place`).
        """
        if not (math.isfinite(largest) and largest > 0):
            raise GameError(f"months curve: expected a largest quantity > 0, found {largest}")
        if not 0 < error < 1:
            raise GameError(f"months curve: expected an error in (0, 1), found {error}")
        chords: list[Chord] = []
        start = 0.0
        while start < largest:
            end = min(largest, self.base * _meeting_place(error, len(chords) + 1))
            slope = (self.months(end) - self.months(start)) / (end - start)
            chords.append(Chord(slope, end - start))
            start = end
        return tuple(chords)


def meeting_places(error: float, count: int) -> tuple[float, ...]:
    """Return where the first chords of any curve end, in units of its base.

    Examples
    --------
    >>> [round(place, 3) for place in meeting_places(0.01, 3)]
    [0.02, 0.084, 0.198]
    """
    return tuple(_meeting_place(error, number) for number in range(1, count + 1))


def shortfall(start: float, end: float) -> float:
    """Return the largest 1 - chord / log(1 + r) for r between the ends of a chord.

    Inside the chord with slope s it is largest where s (1 + r) log(1 + r) equals the chord at r:
    the difference rises with r, and Newton's method finds its root. A chord from 0 is worst at its
    foot, in the limit.
    """
    low, high = math.log1p(start), math.log1p(end)
    slope = (high - low) / (end - start)
    if start == 0:
        return 1 - slope
    place = (start + end) / 2
    for _ in range(50):
        chord = low + slope * (place - start)
        step = (slope * (1 + place) * math.log1p(place) - chord) / (slope * math.log1p(place))
        place = min(max(place - step, start), end)
        if abs(step) < 1e-12 * place:
            break
    return 1 - (low + slope * (place - start)) / math.log1p(place)


@cache
def _meeting_place(error: float, number: int) -> float:
    """Return where chord `number` ends in units of the base, by bisection of its shortfall."""
    if number == 0:
        return 0.0
    start = _meeting_place(error, number - 1)
    low, high = start, max(1.0, 2 * start)
    while shortfall(start, high) <= error:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if shortfall(start, middle) <= error else (low, middle)
    return low

"""Units: what a number is measured in, so that thousands, months and currencies cannot be mixed up.

A unit is a product of powers of symbols, written as in "bn USD/yr", "USD/H100e", "k H100e/yr" or
"1/yr^2". Its dimension is the product with sizes forgotten: money, time, and the goods that a
scenario declares. Inside, money counts in bn USD, time in years, and goods one by one; sizes are
exact fractions, so that conversions there and back change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from scenarios.faults import MOST_FAULTS_TOLD, FaultError, listed, nearest, shown

Powers = tuple[tuple[str, Fraction], ...]
"""A dimension: the power of each base symbol, sorted by symbol, zeros left out."""

PREFIXES = {"k": Fraction(10**3), "M": Fraction(10**6), "bn": Fraction(10**9)}
_MONEY, _TIME = "USD", "yr"
_MONTHS_A_YEAR, _DAYS_A_YEAR = 12, Fraction(36525, 100)
SMALLEST = Fraction(1, 10**60)
_WORDS = {_MONEY: "money", _TIME: "time"}
_FACTOR = re.compile(r"(?:(?P<prefix>k|M|bn)\s+)?(?P<symbol>[^\s*/^]+)(?:\^(?P<power>-?\d{1,2}))?")


@dataclass(frozen=True)
class Unit:
    """A size and a dimension; `text` is how it was written.

    Examples
    --------
    >>> system = UnitSystem(["H100e"])
    >>> system.parse("M USD/H100e").per(system.parse("bn USD/H100e"))
    0.001
    """

    text: str
    scale: Fraction
    powers: Powers

    def per(self, other: Unit) -> float:
        """Return how many of `other` make one of this unit; both have one dimension."""
        return float(self.scale / other.scale)

    def times(self, other: Unit, power: int = 1) -> Unit:
        """Return the product with a power of another unit."""
        powers = multiply(self.powers, raised(other.powers, Fraction(power)))
        sign = "*" if power > 0 else "/"
        factor = f"({other.text})" if re.search(r"[*/]", other.text) else other.text
        text = f"{self.text}{sign}{factor}" + (f"^{abs(power)}" if abs(power) > 1 else "")
        return Unit(text, self.scale * other.scale**power, powers)


class UnitSystem:
    """The units of one scenario: the built-in ones and its goods."""

    def __init__(self, goods: Iterable[str] = ()) -> None:
        one = Fraction(1)
        self._symbols: dict[str, Unit] = {
            "1": Unit("1", one, ()),
            "x": Unit("x", one, ()),
            "OOM": Unit("OOM", one, ()),
            "%": Unit("%", Fraction(1, 100), ()),
            "USD": Unit("USD", Fraction(1, 10**9), ((_MONEY, one),)),
            "yr": Unit("yr", one, ((_TIME, one),)),
            "month": Unit("month", Fraction(1, _MONTHS_A_YEAR), ((_TIME, one),)),
            "day": Unit("day", 1 / _DAYS_A_YEAR, ((_TIME, one),)),
        }
        self.built_in = frozenset(self._symbols) | frozenset(PREFIXES)
        self.goods = tuple(goods)
        self.used: set[str] = set()
        for good in self.goods:
            self._symbols.setdefault(good, Unit(good, one, ((good, one),)))
        self._dimensioned = frozenset((_MONEY, *self.goods))
        self._advised = 0
        self._parsed: dict[str, Unit] = {}

    def parse(self, text: str) -> Unit:
        """Return the unit that a text names.

        Raises
        ------
        FaultError
            With the symbol that is not known and the nearest one that is.
        """
        if text not in self._parsed:
            self._parsed[text] = self._read(text)
        return self._parsed[text]

    def _read(self, text: str) -> Unit:
        if len(text) > 100 or not text.strip():
            raise FaultError("a unit such as 'bn USD/yr'", "a text that is empty or far too long")
        scale = Fraction(1)
        powers: Powers = ()
        sign = 1
        parts = re.split(r"([*/])", text.strip())
        for position, part in enumerate(parts):
            if position % 2:
                sign = -1 if part == "/" else 1
                continue
            unit, power = self._factor(part.strip(), text)
            scale *= unit.scale ** (sign * power)
            powers = multiply(powers, raised(unit.powers, Fraction(sign * power)))
        if not SMALLEST <= scale <= 1 / SMALLEST:
            raise FaultError("a unit of ordinary size", shown(text))
        return Unit(text.strip(), scale, powers)

    def _factor(self, part: str, text: str) -> tuple[Unit, int]:
        match = _FACTOR.fullmatch(part)
        symbol = match["symbol"] if match else part
        unit = self._symbols.get(symbol)
        if match is None or unit is None:
            raise FaultError(
                f"a unit made of {listed(self._symbols)}",
                f"{part!r} in {text!r}",
                self._advice(part),
            )
        if match["prefix"] and not any(name in self._dimensioned for name, _ in unit.powers):
            raise FaultError("a prefix k, M or bn before USD or a good", repr(part))
        self.used.add(symbol)
        prefix = PREFIXES.get(match["prefix"] or "", Fraction(1))
        return Unit(part, unit.scale * prefix, unit.powers), int(match["power"] or 1)

    def _advice(self, part: str) -> str:
        """Return the nearest unit for the first of the faults, those that are told."""
        self._advised += 1
        known: list[str] = []
        if self._advised <= MOST_FAULTS_TOLD:
            known = [*self._symbols, *(f"{p} {s}" for p in PREFIXES for s in (_MONEY, *self.goods))]
        return nearest(part, known, advice="declare what is counted in `goods`")


def multiply(left: Powers, right: Powers) -> Powers:
    """Return the dimension of a product."""
    total: dict[str, Fraction] = dict(left)
    for symbol, power in right:
        total[symbol] = total.get(symbol, Fraction(0)) + power
    return tuple(sorted((symbol, power) for symbol, power in total.items() if power))


def raised(powers: Powers, exponent: Fraction) -> Powers:
    """Return the dimension of a power."""
    return tuple((symbol, power * exponent) for symbol, power in powers if exponent)


def in_words(powers: Powers, words: Mapping[str, str] = _WORDS) -> str:
    """Return a dimension in words.

    Examples
    --------
    >>> in_words(UnitSystem().parse("bn USD/yr").powers)
    'money per time'
    """

    def name(symbol: str, power: Fraction) -> str:
        return words.get(symbol, symbol) + (f"^{abs(power)}" if abs(power) != 1 else "")

    over = " times ".join(name(symbol, power) for symbol, power in powers if power > 0)
    under = " and ".join(name(symbol, power) for symbol, power in powers if power < 0)
    if not under:
        return over or "a plain number"
    return f"{over} per {under}" if over else f"a number per {under}"

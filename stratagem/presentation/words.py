"""Sentences about results, in one place so that they sound alike everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from games.layered import LayeredGame


def option(name: str) -> str:
    """Return an option's name as words: measure, then tier."""
    return name.replace("/", " ")


def listed(names: Sequence[str]) -> str:
    """Return names as people list them.

    Examples
    --------
    >>> listed(["chips", "tools", "cloud"])
    'chips, tools and cloud'
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))


def count(number: int, noun: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> count(1, "front"), count(2, "front")
    ('1 front', '2 fronts')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def size(game: LayeredGame) -> str:
    """Return how large a game is."""
    parts = {
        "controller": game.controllers,
        "layer": game.layers,
        "control point": game.points,
        "arc": game.arcs,
        "front": game.fronts,
    }
    return listed([count(len(things), noun) for noun, things in parts.items()])


def changed(overrides: Sequence[str], settings: Sequence[str]) -> str:
    """Return by what a scenario was changed, nothing where it stands as it is.

    Examples
    --------
    >>> changed(["no-hubs"], ["parameters.usa_budget=0.3"])
    'Changed by --override no-hubs and --set parameters.usa_budget=0.3.'
    >>> changed([], [])
    ''
    """
    changes = [f"--override {name}" for name in overrides]
    changes += [f"--set {setting}" for setting in settings]
    return f"Changed by {listed(changes)}." if changes else ""


def money(amount: float) -> str:
    """Return an amount a year, in the size in which it is easily read.

    Examples
    --------
    >>> money(1.3), money(-0.0042), money(2e-5)
    ('1.30 bn USD', '-4.2 M USD', '20 k USD')
    """
    size = abs(amount)
    if size >= 0.0995 or size == 0:
        return f"{amount:,.2f} bn USD"
    if size >= 9.95e-5:
        return f"{amount * 1e3:.3g} M USD" if size >= 0.01 else f"{amount * 1e3:.1f} M USD"
    return f"{amount * 1e6:.3g} k USD" if size >= 1e-7 else "0 USD"


def moneys(*amounts: float) -> tuple[str, ...]:
    """Return amounts a year that are compared: in one unit, with digits that tell them apart.

    Examples
    --------
    >>> moneys(0.19, 0.05)
    ('0.19 bn USD', '0.05 bn USD')
    >>> moneys(0.1551, 0.1598, 0.0147)
    ('0.155 bn USD', '0.160 bn USD', '0.015 bn USD')
    >>> moneys(0.05, 0.0001), moneys(1.2, 0.0)
    (('50.00 M USD', '0.10 M USD'), ('1.20 bn USD', '0.00 bn USD'))
    """
    largest = max(map(abs, amounts), default=0.0)
    unit, scale = next(
        (
            (unit, scale)
            for unit, scale, least in (("bn", 1.0, 0.0995), ("M", 1e3, 9.95e-5), ("k", 1e6, 0.0))
            if largest >= least
        )
        if largest
        else iter([("bn", 1.0)])
    )
    scaled = [scale * amount for amount in amounts]
    digits = next(
        (d for d in range(2, MOST_DIGITS) if _are_told_apart(scaled, d)),
        MOST_DIGITS,
    )
    return tuple(f"{amount:,.{digits}f} {unit} USD" for amount in scaled)


MOST_DIGITS = 6
ROUNDING = 0.05
"""Share of an amount that rounding may take from it, where amounts are compared."""


def _are_told_apart(amounts: Sequence[float], digits: int) -> bool:
    """Return whether amounts that differ differ as rounded, and none is far from itself."""
    most = dict.fromkeys(round(amount, MOST_DIGITS) for amount in amounts)
    rounded = {amount: round(amount, digits) for amount in most}
    near = all(abs(text - amount) <= ROUNDING * abs(amount) for amount, text in rounded.items())
    return near and len(set(rounded.values())) == len(rounded)


_PREFIXES = {"k": 1e3, "M": 1e6, "bn": 1e9}


def price(amount: float, unit: str) -> str:
    """Return a price in bn USD per unit as people quote it, per single piece.

    Examples
    --------
    >>> price(0.045, "k H100e")
    '45 k USD per H100e'
    """
    prefix, _, good = unit.partition(" ")
    if good and prefix in _PREFIXES:
        if good == "USD":
            return f"{amount * 1e9 / _PREFIXES[prefix]:,.2f} USD per USD"
        amount, unit = amount / _PREFIXES[prefix], good
    for size, name in ((1.0, "bn USD"), (1e-3, "M USD"), (1e-6, "k USD")):
        if amount >= size:
            return f"{amount / size:.3g} {name} per {unit or 'unit'}"
    return f"{amount * 1e9:.3g} USD per {unit or 'unit'}"


def quantity(amount: float, unit: str) -> str:
    """Return an amount with its unit."""
    text = f"{amount:,.0f}" if amount >= 1000 else f"{amount:.3g}"
    return f"{text} {unit}".rstrip()


def share(value: float) -> str:
    """Return a share in percent, with a decimal where it is small."""
    percent = 100 * value
    if abs(percent) < 0.05:
        return "0"
    return f"{percent:.0f}" if abs(percent) >= 10 else f"{percent:.1f}"


def flagged(count: int, numbers: int, scenario: str) -> str:
    """Return the reminder that some numbers rest on recall or priors."""
    return (
        f"{count} of {numbers} numbers rest on recall or on a prior (M, P): "
        f"`stratagem show {scenario}` lists them."
    )

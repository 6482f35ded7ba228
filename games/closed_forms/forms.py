"""An expression with the conditions under which it holds, and the sign of its slopes.

A *sign* is established by algebra, never by trying numbers: the derivative is brought to a form
whose every factor and summand has a known sign. Where that needs more than "all letters are
positive", a *region* says how a letter, or an expression, is made of others that are positive:
`{V: c + s}` says that V exceeds c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import sympy as sp

from games.errors import GameError

_SHAPES = (sp.factor, sp.simplify, lambda form: sp.factor(sp.simplify(form)), sp.expand)

Region = Mapping[sp.Expr, sp.Expr]
"""What each expression is made of; put in one after the other."""


class Slope(Enum):
    """How an expression moves when one of its letters rises."""

    RISES = "rises"
    FALLS = "falls"
    STAYS = "stays"


@dataclass(frozen=True)
class ClosedForm:
    """What a quantity is at the solution of a game.

    Attributes
    ----------
    name : what it is, in words.
    expression : in letters that the module that made it explains.
    conditions : relations between the letters; outside them the solution is another one.
    region : the conditions again, as expressions made of positive letters.
    """

    name: str
    expression: sp.Expr
    conditions: tuple[sp.Basic, ...] = ()
    region: tuple[tuple[sp.Expr, sp.Expr], ...] = ()

    @property
    def letters(self) -> tuple[str, ...]:
        """The names of all letters of the expression and its conditions, sorted."""
        found = set(self.expression.free_symbols)
        for condition in self.conditions:
            found |= condition.free_symbols
        return tuple(sorted(symbol.name for symbol in found))

    def at(self, **values: float) -> float:
        """Return the number for given letters.

        Raises
        ------
        GameError
            When a letter is missing or unknown, or a condition does not hold.

        Examples
        --------
        >>> x = sp.Symbol("x", positive=True)
        >>> ClosedForm("root", sp.sqrt(x - 1), (x >= 1,)).at(x=5)
        2.0
        """
        missing = sorted(set(self.letters) - values.keys())
        unknown = sorted(values.keys() - set(self.letters))
        if missing or unknown:
            raise GameError(
                f"{self.name}: expected numbers for {', '.join(self.letters)}, found "
                + (f"none for {', '.join(missing)}" if missing else f"{', '.join(unknown)} as well")
            )
        symbols = set(self.expression.free_symbols).union(
            *(condition.free_symbols for condition in self.conditions)
        )
        given = {symbol: sp.Float(values[symbol.name], 30) for symbol in symbols}
        for condition in self.conditions:
            if condition.subs(given) != sp.true:
                raise GameError(
                    f"{self.name}: expected {condition}, found "
                    + ", ".join(f"{name} = {values[name]:g}" for name in self.letters)
                )
        return float(sp.N(self.expression.subs(given), 20))

    def slope(self, letter: str, *, where: Region | None = None) -> Slope:
        """Return how the quantity moves with a letter, everywhere where the form holds.

        Parameters
        ----------
        where : a region to look at instead.

        Raises
        ------
        GameError
            When algebra does not establish one sign.
        """
        symbol = next((s for s in self.expression.free_symbols if s.name == letter), None)
        if symbol is None:
            return Slope.STAYS
        derivative = sp.diff(self.expression, symbol)
        region = dict(self.region) if where is None else where
        return proven(derivative, region, f"{self.name} in {letter}")


def proven(derivative: sp.Expr, region: Region, what: str = "expression") -> Slope:
    """Return the sign of a derivative within a region, established by algebra.

    Raises
    ------
    GameError
        When no form of the derivative shows one sign.

    Examples
    --------
    >>> x, y, s = sp.symbols("x y s", positive=True)
    >>> proven(1 / x - 1 / y, {y: x + s})
    <Slope.RISES: 'rises'>
    """
    inside = derivative
    for part, made in region.items():
        inside = inside.subs(part, made)
    for shape in _SHAPES:
        found = shape(inside)
        if found.is_zero:
            return Slope.STAYS
        if found.is_positive:
            return Slope.RISES
        if found.is_negative:
            return Slope.FALLS
    raise GameError(f"{what}: expected a derivative of one sign, found {inside}")

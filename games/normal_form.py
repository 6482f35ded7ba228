"""Finite games in normal form: players, strategies, and a payoff for everybody at every profile.

A *profile* gives every player one strategy. A *best response* is a strategy that no other of the
same player beats against what the others play; an *equilibrium* is a profile of (mixed) strategies
that are all best responses to each other; *regret* is what the best change would gain.

**Order of axes.** The payoffs of player i are one tensor, `payoffs[i]`, and in every one of them
axis j is the strategy of player j: `payoffs[i][a_0, a_1, ..., a_{n-1}]`. No tensor is turned to put
its own player first. In a game of two players `payoffs[0]` and `payoffs[1]` are the field's A and
B, rows of both belonging to player 0.

**Numbers.** Solvers work with floats. A game read from integers, fractions or decimals keeps the
exact numbers beside them, and `rational()` hands those out; a float stands for itself exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError
from games.given import told
from games.rational import object_array
from games.scaled import Scaled, safely_scaled, spread_of

Floats = NDArray[np.float64]
Fractions = NDArray[np.object_]

LARGEST_PAYOFF = 1e305
"""So that differences of payoffs, and sums over the players, are floats."""


@dataclass(frozen=True, eq=False)
class NormalFormGame:
    """A finite game; build it with `normal_form`, which checks.

    Attributes
    ----------
    payoffs : float, shape (players, strategies of player 0, ..., strategies of the last player).
    players : one name for each.
    strategies : for each player, one name for each strategy.
    title : may be empty.
    exact : the payoffs as fractions, same shape; None where the floats are the game.
    """

    payoffs: Floats
    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    title: str = ""
    exact: Fractions | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of strategies of each player."""
        return self.payoffs.shape[1:]

    @cached_property
    def is_zero_sum(self) -> bool:
        """Whether two players' payoffs add up to nothing at every profile, to the last digit."""
        if len(self.players) != 2:
            return False
        if self.exact is not None:
            return bool(np.all(self.exact.sum(axis=0) == 0))
        return bool(np.all(self.payoffs.sum(axis=0) == 0))

    @cached_property
    def spreads(self) -> tuple[float, ...]:
        """Each player's largest payoff less the smallest, at most the largest float."""
        return tuple(spread_of(table) for table in self.payoffs)

    @cached_property
    def scaled(self) -> tuple[Scaled, ...]:
        """Each player's payoffs fit for sums in floats."""
        exact = [None] * len(self.players) if self.exact is None else list(self.exact)
        return tuple(
            safely_scaled(table, own) for table, own in zip(self.payoffs, exact, strict=True)
        )

    @property
    def stated(self) -> NDArray[Any]:
        """The payoffs in the numbers that are the game: `exact` where there is one, or floats."""
        return self.payoffs if self.exact is None else self.exact

    def rational(self) -> Fractions:
        """Return the payoffs as fractions, shape as `payoffs`; floats are converted exactly."""
        return self._rational

    @cached_property
    def _rational(self) -> Fractions:
        if self.exact is not None:
            return self.exact
        fractions = [Fraction(value) for value in self.payoffs.ravel().tolist()]
        return object_array(fractions, self.payoffs.shape)

    def named(self, profile: Sequence[int]) -> tuple[str, ...]:
        """Return the names of a pure profile's strategies."""
        return tuple(names[a] for names, a in zip(self.strategies, profile, strict=True))


def finite_game(game: object) -> NormalFormGame:
    """Return a finite game, or raise `GameError` where something else was handed in."""
    if isinstance(game, NormalFormGame):
        return game
    raise GameError(
        f"game: expected a finite game, found {told(game)} - read a file with "
        "stratagem.load_game, or hand payoffs to games.normal_form.normal_form"
    )


def normal_form(
    payoffs: Any,
    *,
    players: Sequence[str] | None = None,
    strategies: Sequence[Sequence[str]] | None = None,
    title: str = "",
) -> NormalFormGame:
    """Check payoffs and labels, and make a game of them.

    Parameters
    ----------
    payoffs : one array for each player, all of the same shape, with one axis for each player; or
        one array whose first axis is the player. Integers and `Fraction` are kept exactly.
    players, strategies : names; by default "1", "2", ...

    Raises
    ------
    GameError
        On ragged tables, NaN, infinity and payoffs above `LARGEST_PAYOFF`, a number of axes other
        than that of players, no player, or a player without strategies, and labels that are too
        many, too few, empty or repeated.

    Examples
    --------
    >>> game = normal_form([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], title="prisoners")
    >>> game.shape, game.is_zero_sum
    ((2, 2), False)
    >>> game.payoffs[0][1, 0]
    np.float64(5.0)
    """
    tables = _tables(payoffs)
    count = len(tables)
    shape = tables[0].shape
    for player, table in enumerate(tables):
        where = f"payoffs of player {player + 1}"
        if table.ndim != count:
            raise GameError(
                f"{where}: expected {count} axes, one for each player, found {table.ndim} - "
                "give one table for each player, and each table an axis for each player"
            )
        if table.shape != shape:
            raise GameError(
                f"{where}: expected the shape {shape} of player 1's, found {table.shape} - "
                "axis j is the strategy of player j in every table"
            )
    for player, size in enumerate(shape):
        if size == 0:
            raise GameError(
                f"strategies of player {player + 1}: expected at least one, found none - "
                "a player without strategies cannot be in the game"
            )
    floats, exact = _numbers(tables)
    names = _names("players", players, count)
    given = [None] * count if strategies is None else list(strategies)
    if len(given) != count:
        raise GameError(
            f"strategies: expected names for {count} players, found {len(given)} - "
            "give one list of names for each player"
        )
    labels = tuple(
        _names(f"strategies of player {name}", labels, size)
        for name, labels, size in zip(names, given, shape, strict=True)
    )
    return NormalFormGame(floats, names, labels, title, exact)


def _tables(payoffs: Any) -> list[NDArray[Any]]:
    """Return one array for each player, without copies of what already is an array."""
    try:
        sequence = list(payoffs)
    except TypeError:
        sequence = []
    if not sequence:
        raise GameError(
            "payoffs: expected one table for each player, found none - "
            "a game has at least one player"
        )
    tables = []
    for player, table in enumerate(sequence):
        try:
            tables.append(np.asarray(table))
        except ValueError:
            raise GameError(
                f"payoffs of player {player + 1}: expected a full table, found rows of different "
                "lengths - give every strategy of a player the same number of entries"
            ) from None
    return tables


def _numbers(tables: list[NDArray[Any]]) -> tuple[Floats, Fractions | None]:
    """Return the payoffs as floats, and as fractions where they were given exactly."""
    floats = np.empty((len(tables), *tables[0].shape))
    kinds = {table.dtype.kind for table in tables}
    for player, table in enumerate(tables):
        where = f"payoffs of player {player + 1}"
        try:
            if table.dtype.kind not in "iufO" or any(
                isinstance(value, str | bytes | bool)
                for value in (table.ravel() if table.dtype.kind == "O" else ())
            ):
                raise TypeError
            floats[player] = table
        except (TypeError, ValueError, OverflowError):
            raise GameError(
                f"{where}: expected finite numbers, found something else - "
                "payoffs are integers, fractions or floats"
            ) from None
        largest = float(np.abs(floats[player]).max())
        if LARGEST_PAYOFF < largest < math.inf:
            raise GameError(
                f"{where}: expected numbers up to {LARGEST_PAYOFF:g}, found {largest:.3g} - state "
                "the payoffs in a larger unit"
            )
        if not largest < math.inf:
            place = np.argwhere(~np.isfinite(floats[player]))[0]
            raise GameError(
                f"{where}: expected finite numbers, found {floats[player][tuple(place)]} at "
                f"strategies {tuple((place + 1).tolist())} - state a payoff for every profile"
            )
    if "O" not in kinds:
        small = kinds <= {"i", "u"} and bool(np.all(np.abs(floats) < 2**53))
        if small or kinds == {"f"}:
            return floats, None
    fractions = [_fraction(value) for table in tables for value in table.ravel().tolist()]
    return floats, object_array(fractions, floats.shape)


def _fraction(value: Any) -> Fraction:
    if type(value) is Fraction:
        return value
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, Rational):  # of another library
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, float) and math.isfinite(value):
        return Fraction(value)
    raise GameError(
        f"payoffs: expected finite numbers, found {value!r} - payoffs are integers, fractions or "
        "floats"
    )


def _names(what: str, given: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """Return `count` names, the given ones or numbers from one."""
    if given is None:
        return tuple(str(number + 1) for number in range(count))
    names = tuple(given)
    if len(names) != count:
        raise GameError(
            f"{what}: expected {count} names, found {len(names)} - name each of them once"
        )
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise GameError(f"{what}: expected names, found {name!r} - a name is a text")
    if len(set(names)) != count:
        twice = sorted({name for name in names if names.count(name) > 1})
        raise GameError(
            f"{what}: expected different names, found {', '.join(twice)} twice - rename one"
        )
    return names

"""Mixed strategies, what they are worth, and what a change would gain: the check on every answer.

A *mixed profile* is one probability vector for each player. Everything here follows from the payoff
tensors alone, so that an equilibrium can be checked wherever it came from. Where every probability
is an integer or a `Fraction`, the arithmetic is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError
from games.normal_form import NormalFormGame

Mixed = tuple[tuple[Any, ...], ...]
"""For each player the probabilities of its strategies: all fractions, or all floats."""

TOLERANCE = 1e-9
"""How far a float profile's probabilities may be from adding up to one, or below nothing."""


def mixed_profile(
    game: NormalFormGame, profile: Sequence[Sequence[Any]], *, tolerance: float = TOLERANCE
) -> Mixed:
    """Check a profile against a game: as fractions where all are exact, otherwise as floats.

    Raises
    ------
    GameError
        When there are too many or too few players or probabilities, or what a player has does not
        add up to one, is negative or not a number.
    """
    given = [list(strategy) for strategy in profile]
    if len(given) != len(game.players):
        raise GameError(
            f"profile: expected {len(game.players)} mixed strategies, found {len(given)} - "
            "give one list of probabilities for each player"
        )
    exact = all(isinstance(p, int | Fraction) for strategy in given for p in strategy)
    slack = 0.0 if exact else tolerance
    checked: list[tuple[Any, ...]] = []
    for name, strategy, size in zip(game.players, given, game.shape, strict=True):
        where = f"profile of player {name}"
        if len(strategy) != size:
            raise GameError(
                f"{where}: expected {size} probabilities, found {len(strategy)} - "
                "give one for each strategy, 0 for those that are not played"
            )
        try:
            values: list[Any] = [Fraction(p) if exact else float(p) for p in strategy]
        except (TypeError, ValueError, OverflowError):
            raise GameError(
                f"{where}: expected numbers, found {strategy!r} - give probabilities"
            ) from None
        total = sum(values)
        if not abs(total - 1) <= slack or not min(values) >= -slack:
            raise GameError(
                f"{where}: expected probabilities that add up to 1, found {_shown(values)} with "
                f"sum {float(total):.9g} - none may be negative"
            )
        checked.append(tuple(values))
    return tuple(checked)


def pure_profile(game: NormalFormGame, profile: Sequence[int]) -> tuple[tuple[Fraction, ...], ...]:
    """Return a pure profile as an exact mixed one."""
    return tuple(
        tuple(Fraction(int(a == chosen)) for a in range(size))
        for chosen, size in zip(profile, game.shape, strict=True)
    )


def deviation_payoffs(
    payoffs: NDArray[Any], profile: Sequence[Sequence[Any]], player: int
) -> NDArray[Any]:
    """Return what each strategy of a player earns against the others' mixed strategies.

    Parameters
    ----------
    payoffs : one player's tensor, of floats or of fractions.
    profile : mixed strategies of all players; that of `player` is not used.

    Returns
    -------
    array, shape (strategies of `player`,)
    """
    values = payoffs
    for axis in reversed(range(payoffs.ndim)):
        if axis != player:
            values = np.tensordot(values, np.asarray(profile[axis], dtype=payoffs.dtype), (axis, 0))
    return np.asarray(values)


def expected_payoffs(game: NormalFormGame, profile: Mixed) -> tuple[Any, ...]:
    """Return everybody's expected payoff, exact where the profile is."""
    return tuple(
        _average(values, strategy)
        for values, strategy in zip(_deviations(game, profile), profile, strict=True)
    )


def regrets(game: NormalFormGame, profile: Mixed) -> tuple[Any, ...]:
    """Return what each player's best change would gain, exact where the profile is.

    Returns
    -------
    one number >= 0 for each player, in the unit of the payoffs; all 0 at an equilibrium.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> game = normal_form([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], title="matching pennies")
    >>> regrets(game, mixed_profile(game, [[0.5, 0.5], [0.75, 0.25]]))
    (0.5, 0.0)
    """
    found = []
    for values, strategy in zip(_deviations(game, profile), profile, strict=True):
        gain = max(values.tolist()) - _average(values, strategy)
        found.append(max(gain, type(gain)(0)))
    return tuple(found)


def _deviations(game: NormalFormGame, profile: Mixed) -> list[NDArray[Any]]:
    exact = isinstance(profile[0][0], Fraction)
    tensors = game.rational() if exact else game.payoffs
    return [deviation_payoffs(tensors[i], profile, i) for i in range(len(game.players))]


def _average(values: NDArray[Any], strategy: Sequence[Any]) -> Any:
    return sum(
        (v * p for v, p in zip(values.tolist(), strategy, strict=True)), start=0 * strategy[0]
    )


def _shown(values: Sequence[Any]) -> str:
    shown = [f"{float(value):.6g}" for value in values[:6]]
    return "[" + ", ".join(shown) + (", ...]" if len(values) > len(shown) else "]")

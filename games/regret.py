"""Mixed strategies, what they are worth, and what a change would gain: the check on every answer.

A *mixed profile* is one probability vector for each player. Everything here follows from the payoff
tensors alone, so that an equilibrium can be checked wherever it came from. Where every probability
is an integer or a `Fraction`, the arithmetic is exact: in integers over common denominators, and
with the strategies alone that are played. Otherwise floats are summed on payoffs brought to a safe
range (`games.scaled`), so that rounding hides no regret worth the name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.errors import GameError
from games.given import told
from games.normal_form import NormalFormGame
from games.rational import integers

Mixed = tuple[tuple[Any, ...], ...]
"""For each player the probabilities of its strategies: all fractions, or all floats."""

TOLERANCE = 1e-9
"""How far a float profile's probabilities may be from adding up to one, or below nothing."""

_EXACT = (int, Fraction)
_NOTHING, _CERTAIN = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Assessment:
    """What a profile pays everybody, and what a change would gain: one entry for each player.

    Attributes
    ----------
    payoffs, regret : in the unit of the payoffs; fractions where the profile is exact.
    shares : regret as a share of the spread of the player's payoffs, a float.
    best : the first of the player's best responses.
    """

    payoffs: tuple[Any, ...]
    regret: tuple[Any, ...]
    shares: tuple[float, ...]
    best: tuple[int, ...]


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
    try:
        given = [tuple(strategy) for strategy in profile]
    except TypeError:
        raise GameError(
            f"profile: expected a list of probabilities for each player, found {told(profile)}"
        ) from None
    if len(given) != len(game.players):
        raise GameError(
            f"profile: expected {len(game.players)} mixed strategies, found {len(given)} - "
            "give one list of probabilities for each player"
        )
    exact = all(isinstance(p, _EXACT) for strategy in given for p in strategy)
    slack = 0.0 if exact else tolerance
    read: Callable[[Any], Any] = _fraction if exact else float
    checked: list[tuple[Any, ...]] = []
    for name, strategy, size in zip(game.players, given, game.shape, strict=True):
        if len(strategy) != size:
            raise GameError(
                f"profile of player {name}: expected {size} probabilities, found {len(strategy)} - "
                "give one for each strategy, 0 for those that are not played"
            )
        try:
            values: tuple[Any, ...] = tuple(map(read, strategy))
        except (TypeError, ValueError, OverflowError):
            raise GameError(
                f"profile of player {name}: expected numbers, found {list(strategy)!r} - "
                "give probabilities"
            ) from None
        total = sum(values)
        if not abs(total - 1) <= slack or not min(values) >= -slack:
            raise GameError(
                f"profile of player {name}: expected probabilities that add up to 1, found "
                f"{_shown(values)} with sum {float(total):.9g} - none may be negative"
            )
        checked.append(values)
    return tuple(checked)


def _fraction(value: int | Fraction) -> Fraction:
    return value if type(value) is Fraction else Fraction(value)


def pure_profile(game: NormalFormGame, profile: Sequence[int], *, exact: bool = True) -> Mixed:
    """Return a pure profile as a mixed one, in fractions or in floats."""
    nothing, certain = (_NOTHING, _CERTAIN) if exact else (0.0, 1.0)
    return tuple(
        tuple(certain if a == chosen else nothing for a in range(size))
        for chosen, size in zip(profile, game.shape, strict=True)
    )


def deviation_payoffs(
    payoffs: NDArray[Any], profile: Sequence[ArrayLike], player: int
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
    for axis in range(payoffs.ndim - 1, player, -1):
        mixture = np.asarray(profile[axis], dtype=payoffs.dtype)
        values = np.dot(values.reshape(-1, mixture.size), mixture)
    for axis in range(player):
        mixture = np.asarray(profile[axis], dtype=payoffs.dtype)
        values = np.dot(mixture, values.reshape(mixture.size, -1))
    return values


def expected_payoffs(game: NormalFormGame, profile: Mixed) -> tuple[Any, ...]:
    """Return everybody's expected payoff, exact where the profile is."""
    return assessment(game, profile).payoffs


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
    return assessment(game, profile).regret


def assessment(game: NormalFormGame, profile: Mixed) -> Assessment:
    """Return what a profile pays and what changes would gain, exact where the profile is.

    Parameters
    ----------
    profile : as `mixed_profile` returns it.
    """
    if isinstance(profile[0][0], Fraction):
        return _in_fractions(game, profile)
    mixtures = [np.array(strategy) for strategy in profile]
    payoffs, regret, shares, best = [], [], [], []
    for player, (table, mixture) in enumerate(zip(game.scaled, mixtures, strict=True)):
        worths = deviation_payoffs(table.values, mixtures, player)
        mean = float(np.dot(mixture, worths))
        values = worths.tolist()
        most = max(values)
        gain = max(most - mean, 0.0)
        payoffs.append(table.middle + table.unit * mean)
        regret.append(table.unit * gain)
        shares.append(gain / table.spread if table.spread else gain)
        best.append(values.index(most))
    return Assessment(tuple(payoffs), tuple(regret), tuple(shares), tuple(best))


def _in_fractions(game: NormalFormGame, profile: Mixed) -> Assessment:
    """Assess an exact profile, looking only at the payoffs where the others play what they play."""
    played = [[a for a, p in enumerate(strategy) if p] for strategy in profile]
    weights, wholes = [], []
    for strategy, support in zip(profile, played, strict=True):
        whole, numbers = integers([strategy[a] for a in support])
        weights.append(numbers)
        wholes.append(whole)
    payoffs, regret, shares, best = [], [], [], []
    for player, size in enumerate(game.shape):
        table = game.stated[player]
        reached = [range(size) if p == player else support for p, support in enumerate(played)]
        block = np.moveaxis(table[np.ix_(*reached)], player, 0)
        unit, numbers = integers(block.ravel().tolist())
        others = [other for other in range(len(profile)) if other != player]
        joint = [math.prod(one) for one in product(*(weights[other] for other in others))]
        count = len(joint)
        worths = [sum(map(mul, numbers[a * count : a * count + count], joint)) for a in range(size)]
        mean = sum(map(mul, (worths[a] for a in played[player]), weights[player]))
        most = max(worths)
        unit *= math.prod(wholes)
        gain = Fraction(most * wholes[player] - mean, unit)
        payoffs.append(Fraction(mean, unit))
        regret.append(gain)
        shares.append(float(gain / _exact_spread(table)) if gain else 0.0)
        best.append(worths.index(most))
    return Assessment(tuple(payoffs), tuple(regret), tuple(shares), tuple(best))


def _exact_spread(table: NDArray[Any]) -> Fraction:
    values = table.ravel().tolist()
    return Fraction(max(values)) - Fraction(min(values))


def _shown(values: Sequence[Any]) -> str:
    shown = [f"{float(value):.6g}" for value in values[:6]]
    return "[" + ", ".join(shown) + (", ...]" if len(values) > len(shown) else "]")

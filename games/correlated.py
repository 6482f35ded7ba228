"""Correlated play: a joint distribution over profiles, what it pays, and what a change would gain.

Somebody trusted draws a profile and tells each player its own strategy alone. The distribution is a
*correlated equilibrium* when nobody gains by answering what is told with something else, whatever
the rule from told to played (*swap regret* 0; aumann1974). It is a *coarse* one when nobody gains
by ignoring what is told and always playing one strategy (*external regret* 0; moulin1978). A mixed
equilibrium, as the product of its mixtures, is both.

A distribution is one array of the game's shape. Where it holds fractions, all arithmetic is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError
from games.normal_form import NormalFormGame
from games.regret import TOLERANCE


def joint_distribution(
    game: NormalFormGame, distribution: Any, *, tolerance: float = TOLERANCE
) -> NDArray[Any]:
    """Check a distribution over the profiles of a game.

    Returns
    -------
    array of the game's shape, of fractions where every entry is an integer or a fraction and of
    floats otherwise.

    Raises
    ------
    GameError
        When the shape is another, or the entries are no probabilities that add up to one.
    """
    try:
        given = np.asarray(distribution)
    except ValueError:
        given = np.zeros(0)
    if given.shape != game.shape:
        raise GameError(
            f"distribution: expected the game's shape {game.shape}, found {given.shape} - "
            "give one probability for each profile, axis j for player j"
        )
    entries = given.ravel().tolist()
    exact = all(isinstance(p, int | Fraction) and not isinstance(p, bool) for p in entries)
    try:
        values: list[Any] = [Fraction(p) if exact else float(p) for p in entries]
    except (TypeError, ValueError, OverflowError):
        raise GameError(
            "distribution: expected numbers, found something else - give probabilities"
        ) from None
    slack = 0.0 if exact else tolerance
    total = sum(values)
    if not abs(total - 1) <= slack or not min(values) >= -slack:
        raise GameError(
            f"distribution: expected probabilities that add up to 1, found the sum "
            f"{float(total):.9g} and the least {float(min(values)):.6g} - none may be negative"
        )
    checked = np.empty(len(values), dtype=object if exact else float)
    checked[:] = values
    return checked.reshape(game.shape)


def product_distribution(profile: Sequence[Sequence[Any]]) -> NDArray[Any]:
    """Return the joint distribution of players who mix independently.

    Examples
    --------
    >>> product_distribution([[0.5, 0.5], [1.0, 0.0]]).tolist()
    [[0.5, 0.0], [0.5, 0.0]]
    """
    joint = np.array(profile[0])
    for strategy in profile[1:]:
        joint = np.multiply.outer(joint, np.array(strategy))
    return joint


def correlated_payoffs(game: NormalFormGame, distribution: NDArray[Any]) -> tuple[Any, ...]:
    """Return everybody's expected payoff, exact where the distribution is."""
    return tuple((table * distribution).sum() for table in _tables(game, distribution))


def deviation_gains(game: NormalFormGame, distribution: NDArray[Any], player: int) -> NDArray[Any]:
    """Return what a player gains by playing b whenever it is told a.

    Returns
    -------
    shape (strategies told a, strategies played b), weighted with how often a is told; the diagonal
    is 0.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> chicken = normal_form([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
    >>> deviation_gains(chicken, np.array([[0.5, 0.25], [0.25, 0.0]]), 0).tolist()
    [[0.0, 0.0], [-0.25, 0.0]]
    """
    exact = distribution.dtype == object
    payoffs = game.rational()[player] if exact else game.scaled[player].values
    table = np.moveaxis(payoffs, player, 0)
    told = np.moveaxis(distribution, player, 0)
    size = len(table)
    earned = told.reshape(size, -1) @ table.reshape(size, -1).T  # told a, played b
    gains = earned - np.diagonal(earned)[:, None]
    return np.asarray(gains if exact else gains * game.scaled[player].unit)


def swap_regrets(game: NormalFormGame, distribution: NDArray[Any]) -> tuple[Any, ...]:
    """Return what each player's best rule from told to played would gain; 0 in equilibrium."""
    return tuple(
        deviation_gains(game, distribution, player).max(axis=1).sum()
        for player in range(len(game.players))
    )


def external_regrets(game: NormalFormGame, distribution: NDArray[Any]) -> tuple[Any, ...]:
    """Return what each player's best single strategy would gain; at most 0 in equilibrium."""
    return tuple(
        deviation_gains(game, distribution, player).sum(axis=0).max()
        for player in range(len(game.players))
    )


def _tables(game: NormalFormGame, distribution: NDArray[Any]) -> NDArray[Any]:
    return game.rational() if distribution.dtype == object else game.payoffs

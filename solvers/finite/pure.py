"""All equilibria in pure strategies, by looking at every profile at once.

A profile is an equilibrium when each player's payoff there is the largest along the player's own
axis. Where the game's exact payoffs were rounded to floats, rounding can make a tie of a
difference but never turn one round, so only the profiles that pass as floats are compared again.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from games.normal_form import NormalFormGame
from games.regret import pure_profile
from solvers.finite.certified import certified
from solvers.finite.records import Equilibrium, Solution


def pure_equilibria(
    game: NormalFormGame, *, exact: bool = False, time_limit: float | None = None
) -> Solution:
    """Return every equilibrium in pure strategies, in the order of the profiles.

    Parameters
    ----------
    exact : hand the equilibria back as fractions. The search is exact either way.
    time_limit : seconds, None for no limit; only the number of equilibria takes time.

    Returns
    -------
    Solution
        `complete` unless the limit was reached: an empty list then proves that there is none.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> stag_hunt = normal_form([[[4, 0], [3, 3]], [[4, 3], [0, 3]]])
    >>> [equilibrium.support for equilibrium in pure_equilibria(stag_hunt).equilibria]
    [((0,), (0,)), ((1,), (1,))]
    """
    started = time.perf_counter()
    found: list[Equilibrium] = []
    profiles = pure_profiles(game)
    for profile in profiles:
        if time_limit is not None and time.perf_counter() - started > time_limit:
            break
        found.append(certified(game, pure_profile(game, profile, exact=exact)))
    complete = len(found) == len(profiles)
    return Solution(
        method="comparison of all pure profiles",
        equilibria=tuple(found),
        complete=complete,
        seconds=time.perf_counter() - started,
        stopped="" if complete else "limit of time",
    )


def pure_profiles(game: NormalFormGame) -> list[tuple[int, ...]]:
    """Return the pure equilibria as profiles, in lexicographic order."""
    stable = stable_profiles(game.payoffs).ravel().nonzero()[0]  # of one axis: much the faster
    if not len(stable):
        return []
    places = np.stack(np.unravel_index(stable, game.shape), axis=1)
    if game.exact is not None:
        for axis, table in enumerate(game.exact):
            lines = np.moveaxis(table, axis, -1)[None]  # one player has no others to go by
            others = (np.zeros(len(places), np.intp), *np.delete(places, axis, axis=1).T)
            own = lines[others]  # object array, shape (profiles, strategies of the player)
            kept = own[np.arange(len(places)), places[:, axis]] >= own.max(axis=1)
            places = places[kept.astype(bool)]
            if not len(places):
                break
    return [tuple(place) for place in places.tolist()]


def stable_profiles(payoffs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where no player gains by a change, shape (strategies of player 0, ...)."""
    stable = payoffs[0] == payoffs[0].max(axis=0)
    for player, own in enumerate(payoffs[1:], start=1):
        stable &= own == own.max(axis=player, keepdims=True)
    return np.asarray(stable)

"""Every pure equilibrium of an aligned game by trying all profiles: the referee of the searches.

The evader is asked once for each profile; all else is arithmetic on one array with an axis for each
control point. Nothing is shared with the searches but the evader.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.layered import LayeredGame, Profile
from games.network import build_network
from solvers.evader import Evader
from solvers.players import alignment

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tried:
    """What trying all profiles came to.

    Attributes
    ----------
    joints : the controllers' sum in each pure equilibrium, bn USD a year.
    tried : profiles the evader was asked about; fewer than there are where time ran out, and
        then there is no equilibrium.
    """

    joints: dict[Profile, float]
    tried: int


def every_profile(game: LayeredGame, *, gap: float, deadline: float) -> Tried:
    """Return all pure equilibria of a game in which all controllers are aligned.

    Parameters
    ----------
    gap : share of its payoff that a controller may gain by moving and still stay.
    deadline : `time.perf_counter()` at which to give up.
    """
    shape = tuple(len(point.options) for point in game.points)
    evader = Evader(build_network(game))
    values = np.empty(shape)
    for number, profile in enumerate(itertools.product(*map(range, shape))):
        if time.perf_counter() > deadline:
            return Tried({}, number)
        values[profile] = evader.value(profile)
    stable = np.ones(shape, dtype=bool)
    joint = np.zeros(shape)
    for controller in game.controllers:
        mine = tuple(k for k, point in enumerate(game.points) if point.owner == controller.name)
        payoff = -(alignment(game, [controller.name]) or 0.0) * values
        outlay = _paid(game, mine, economic=False)
        payoff -= outlay + _paid(game, mine, economic=True)
        within = outlay <= controller.budget + 1e-9
        best = np.where(within, payoff, -np.inf).max(axis=mine, keepdims=True)
        stable &= within & (best - payoff <= gap * np.maximum(1.0, np.abs(payoff)))
        joint += payoff
    found = {tuple(map(int, one)): float(joint[tuple(one)]) for one in np.argwhere(stable)}
    return Tried(found, values.size)


def _paid(game: LayeredGame, mine: tuple[int, ...], *, economic: bool) -> Array:
    """Return what the options at some points cost in each profile, as far as an array must tell."""
    total = np.zeros((1,) * len(game.points))
    for k in mine:
        options = game.points[k].options
        costs = np.array([o.economic_cost if economic else o.cost for o in options])
        total = total + costs.reshape([-1 if axis == k else 1 for axis in range(len(game.points))])
    return total

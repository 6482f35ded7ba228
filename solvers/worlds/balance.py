"""Bundles of worlds that are each like the whole sample.

What a change of one option does to the loss, for every option of every point, says how a world
differs from the sample. Worlds whose differences cancel are put together, one greedy choice after
another, so that what is best for a bundle is nearly what is best for all and its bound is close.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.worlds.problem import ManyWorlds

Array = NDArray[np.float64]


def effects(worlds: ManyWorlds, profile: Profile, members: NDArray[np.int64]) -> Array:
    """Return what each change of one option adds to the loss, shape (members, changes)."""
    changes = [
        (*profile[:k], option, *profile[k + 1 :])
        for k, options in enumerate(worlds.allowed)
        for option in options
        if option != profile[k]
    ]
    rows = []
    for world in members:
        base = worlds.loss(int(world), profile)
        rows.append([worlds.loss(int(world), changed) - base for changed in changes])
    return np.array(rows).reshape(len(members), len(changes))


def balanced(effects: Array, weights: Array, size: int) -> list[NDArray[np.int64]]:
    """Return bundles of at most `size` worlds, every world in one.

    Parameters
    ----------
    effects : shape (worlds, changes).
    weights : shape (worlds,), >= 0.
    """
    total = weights.sum()
    away = weights[:, None] * (effects - (weights @ effects) / (total if total > 0 else 1.0))
    left = list(np.argsort(-np.linalg.norm(away, axis=1), kind="stable"))
    bundles = []
    while left:
        bundle = [left.pop(0)]
        sum_of = away[bundle[0]].copy()
        while left and len(bundle) < size:
            place = int(np.argmin(np.linalg.norm(away[left] + sum_of, axis=1)))
            bundle.append(left.pop(place))
            sum_of += away[bundle[-1]]
        bundles.append(np.array(sorted(int(world) for world in bundle), dtype=np.int64))
    return bundles

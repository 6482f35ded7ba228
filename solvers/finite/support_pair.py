"""The equilibrium that two supports determine: a linear system for each player.

If the rows I and columns J are played and no others, each player's probabilities make the other's
strategies in the support equally good:

    A[I, J] y = v 1,  sum y = 1         B[I, J]' x = w 1,  sum x = 1.

With as many rows as columns and a regular system the answer is unique; whether it is an
equilibrium is left to the certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats, NormalFormGame
from games.rational import integers
from games.scaled import between_zero_and_one
from solvers.finite.integer_tableau import solved

NEGLIGIBLE = 1e-12
"""Probabilities below this, from a system solved in floats, are 0."""

ASTRAY = 1e-6
"""Distance of a solution's sum from 1 that only an almost singular system has."""


@dataclass(frozen=True)
class SupportPair:
    """Strategies that may be played: some of them may come out with probability 0."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]


def float_profile(game: NormalFormGame, supports: SupportPair) -> list[list[float]] | None:
    """Return the profile of two supports as floats, None where the system does not determine it."""
    first, second = game.payoffs
    block = np.ix_(supports.rows, supports.columns)
    rows, columns = game.shape
    x = float_mixture(second[block].T)
    y = float_mixture(first[block])
    if x is None or y is None:
        return None
    return [_spread(x, supports.rows, rows), _spread(y, supports.columns, columns)]


def exact_profile(game: NormalFormGame, supports: SupportPair) -> list[list[Fraction]] | None:
    """Return the profile of two supports as fractions, None where there is none."""
    first, second = game.stated[np.ix_((0, 1), supports.rows, supports.columns)]
    x = exact_mixture(second.T)
    y = exact_mixture(first)
    if x is None or y is None:
        return None
    nothing = Fraction(0)
    profile = [[nothing] * size for size in game.shape]
    for strategy, mixture, support in zip(
        profile, (x, y), (supports.rows, supports.columns), strict=True
    ):
        for a, p in zip(support, mixture, strict=True):
            strategy[a] = p
    return profile


def float_mixture(block: Floats) -> Floats | None:
    """Return z with block z constant and sum z = 1."""
    if block.shape[0] != block.shape[1]:
        return None
    size = len(block)
    if size == 1:
        return np.ones(1)
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = between_zero_and_one(block)
    system[:size, size] = -1.0
    system[size, :size] = 1.0
    right = np.zeros(size + 1)
    right[size] = 1.0
    try:
        mixture = np.linalg.solve(system, right)[:size]
    except np.linalg.LinAlgError:
        return None
    mixture[np.abs(mixture) < NEGLIGIBLE] = 0.0
    total = float(mixture.sum())
    if not abs(total - 1) < ASTRAY:
        return None
    return np.asarray(mixture / total, dtype=np.float64)


def _spread(mixture: Floats, support: Sequence[int], size: int) -> list[float]:
    strategy = np.zeros(size)
    strategy[list(support)] = mixture
    return strategy.tolist()


def exact_mixture(block: NDArray[Any]) -> list[Fraction] | None:
    """Return z >= 0 with block z constant and sum z = 1, None where there is none or several.

    Parameters
    ----------
    block : fractions, or floats taken for exactly what they are; as many rows as columns.
    """
    if block.shape[0] != block.shape[1]:
        return None
    size = len(block)
    if size == 1:
        return [Fraction(1)]
    _, numbers = integers(block.ravel().tolist())
    lines = [numbers[i * size : (i + 1) * size] for i in range(size)]
    last = lines.pop()
    system = [[a - b for a, b in zip(line, last, strict=True)] + [0] for line in lines]
    system.append([1] * size + [1])
    found = solved(system)
    if found is None:
        return None
    weights, unit = found
    mixture = [Fraction(weight, unit) for weight in weights]
    return mixture if min(mixture) >= 0 else None

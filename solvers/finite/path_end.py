"""The end of a path: the profile that its supports determine, in machine code.

Values on the way to an end are rounded with every pivot, so nothing but the supports is taken from
there; the probabilities are solved anew from the payoffs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.compiled import compiled
from solvers.finite.path_tableau import scale

Whole = NDArray[np.int64]

NEGLIGIBLE = 1e-12
"""Size of a probability that counts as 0."""

ASTRAY = 1e-6
"""Distance of a sum of probabilities from 1 from which the system has lost its digits."""


@compiled
def solved(
    payoffs: Floats, extremes: Floats, basis_first: Whole, basis_second: Whole, profile: Floats
) -> bool:
    """Write the profile that the supports in the bases determine; False where they do not."""
    rows = basis_second.size
    profile[:] = 0.0
    for label in basis_first:
        if label < rows:
            profile[label] = 1.0
    for label in basis_second:
        if label >= rows:
            profile[label] = 1.0
    played_first = np.flatnonzero(profile[:rows])
    played_second = np.flatnonzero(profile[rows:])
    if played_first.size != played_second.size:
        return False
    return _mixture(payoffs, extremes, played_second, played_first, profile[:rows], 0) and _mixture(
        payoffs, extremes, played_first, played_second, profile[rows:], 1
    )


@compiled
def _mixture(
    payoffs: Floats, extremes: Floats, lines: Whole, support: Whole, strategy: Floats, side: int
) -> bool:
    """Write z on a support with M[lines] z constant and sum z = 1; False where it is not one.

    M is the table of payoffs that the other player has, turned on the first side.

    Elimination with the largest pivot of each column, on the lines less the constant.
    """
    size = support.size
    if size == 1:
        strategy[support[0]] = 1.0
        return True
    low, rate = scale(extremes, 1 - side)
    system = np.empty((size + 1, size + 2))
    for i in range(size):
        for j in range(size):
            a, b = lines[i], support[j]
            value = payoffs[1, b, a] if side == 0 else payoffs[0, a, b]
            system[i, j] = (value - low) * rate + 0.25
        system[i, size] = -1.0
        system[i, size + 1] = 0.0
    system[size, :size] = 1.0
    system[size, size] = 0.0
    system[size, size + 1] = 1.0
    for k in range(size + 1):
        best = k
        for i in range(k + 1, size + 1):
            if abs(system[i, k]) > abs(system[best, k]):
                best = i
        if not abs(system[best, k]) > 0.0:
            return False
        if best != k:
            for j in range(k, size + 2):
                system[k, j], system[best, j] = system[best, j], system[k, j]
        for i in range(k + 1, size + 1):
            factor = system[i, k] / system[k, k]
            if factor != 0.0:
                for j in range(k + 1, size + 2):
                    system[i, j] -= factor * system[k, j]
    total = 0.0
    for k in range(size, -1, -1):
        value = system[k, size + 1]
        for j in range(k + 1, size + 1):
            value -= system[k, j] * system[j, size + 1]
        value /= system[k, k]
        system[k, size + 1] = value
        if k < size:
            value = value if abs(value) >= NEGLIGIBLE else 0.0
            strategy[support[k]] = value
            total += value
    if not abs(total - 1.0) < ASTRAY:
        return False
    for k in range(size):
        strategy[support[k]] /= total
    return True

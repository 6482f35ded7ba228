"""Bases of best response polytopes that floats prove to be feasible; notation as in `vertices`.

Let r be the row sums of |N M - I|. If all r < 1, M is regular, and the true basic
solution differs from the row sums z of N by at most r max|z| / (1 - max r). So every basic variable
above that bound is positive. Where integers are given and some variables are not above it, N det M
is rounded to integers and N M = I is checked in integers, which floats hold exactly below 2^53:
then zero is known to be zero, and N u decides for an infinitely small e.

References
----------
rump2010 (bounds of this kind)
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats

Masks = NDArray[np.uint64]
Integers = NDArray[np.int64]

UNIT = 2.0**-53
"""Largest relative error of one operation."""

LARGEST_INTEGER = 2.0**52
"""Integers below this, and sums and products that stay below it, are exact in floats."""

TILT = 2**16
"""Size of the irregular numbers that tell bases of one vertex apart."""

CHUNK_BYTES = 800_000
"""Size of the tableaux handled together, to stay within a processor's cache."""


def relative_error(rows: int, error: float) -> float:
    """Return a bound on the error of N M in floats, as a share of the sums of |N| |M|."""
    return (2 * rows + 8) * UNIT + 2 * error


def irregular(rows: int) -> Floats:
    """Return u of the right side: no small combination adds up to nothing, whatever is pivoted."""
    return np.random.default_rng(0).integers(TILT // 2, TILT, rows).astype(float)


@dataclass(frozen=True)
class Bases:
    """Some bases, those of the first polytope first.

    Attributes
    ----------
    inverse : N, shape (m, m, bases).
    basis : the variable of each row, shape (m, bases).
    scale : |det M|, shape (bases,).
    keys : the zero variables, with the polytope above them, shape (bases,).
    edges : where the bases of each polytope begin, and where the last end.
    """

    inverse: Floats
    basis: Integers
    scale: Floats
    keys: Masks
    edges: list[int]

    def __len__(self) -> int:
        return len(self.keys)


class Proofs:
    """What is proven so far of the bases of some polytopes of the same shape.

    Parameters
    ----------
    matrices, error, integral : as for `vertices.all_vertices`.

    Attributes
    ----------
    met : keys of proven bases, with the variables that are zero by degeneracy besides.
    chunk : bases that are handled together at most.
    bits : of each variable in a key.
    """

    def __init__(self, matrices: Floats, error: float, integral: bool) -> None:
        self.polytopes, self.rows, self.columns = matrices.shape
        width = self.rows + self.columns
        self._turned = np.ascontiguousarray(matrices.transpose(0, 2, 1))
        self._largest = float(matrices.max())
        self._rounding = relative_error(self.rows, error)
        self._integral = integral
        self.bits = np.uint64(1) << np.arange(width, dtype=np.uint64)
        self.tilt = irregular(self.rows)
        self.chunk = max(8, CHUNK_BYTES // (8 * self.rows * width))
        self._scratch = np.empty(self.rows * width * self.chunk)
        self._unproven: list[Bases] = []
        self.met: list[Masks] = []

    def begin(self) -> None:
        """Forget what was met before."""
        self.met, self._unproven = [], []

    def times_matrix(self, inverse: Floats, edges: list[int], out: Floats) -> Floats:
        """Write N A, each with the matrix of its polytope."""
        for turned, (a, b) in zip(self._turned, itertools.pairwise(edges), strict=True):
            if a < b:
                np.matmul(turned, inverse[:, :, a:b], out=out[:, :, a:b])
        return out

    def scratch(self, shape: tuple[int, ...]) -> Floats:
        """Return room for an array that is used up before the next one is asked for."""
        return self._scratch[: math.prod(shape)].reshape(shape)

    def hold(self, bases: Bases, strategies: Floats) -> bool:
        """Prove bases feasible, or put them off until there are enough to be worth it."""
        if 2 * len(bases) > self.chunk:
            return self._prove(bases, strategies)
        waiting = sum(map(len, self._unproven))
        self._unproven.append(bases)
        return waiting + 2 * len(bases) <= self.chunk or self.catch_up()

    def catch_up(self) -> bool:
        """Prove what was put off."""
        if not self._unproven:
            return True
        parts = [
            (bases, slice(*bases.edges[polytope : polytope + 2]))
            for polytope in range(self.polytopes)
            for bases in self._unproven
        ]
        sizes = [
            sum(b.edges[p + 1] - b.edges[p] for b in self._unproven) for p in range(self.polytopes)
        ]
        together = Bases(
            inverse=np.concatenate([bases.inverse[:, :, part] for bases, part in parts], axis=2),
            basis=np.concatenate([bases.basis[:, part] for bases, part in parts], axis=1),
            scale=np.concatenate([bases.scale[part] for bases, part in parts]),
            keys=np.concatenate([bases.keys[part] for bases, part in parts]),
            edges=[0, *itertools.accumulate(sizes)],
        )
        self._unproven = []
        strategies = np.empty((self.rows, self.columns, len(together)))
        return self._prove(
            together, self.times_matrix(together.inverse, together.edges, strategies)
        )

    def _prove(self, bases: Bases, strategies: Floats) -> bool:
        """Prove bases feasible and note their vertices."""
        basic = ~((bases.keys & self.bits[: self.columns, None]) != 0)
        row, each = np.nonzero(bases.basis < self.columns)
        column = bases.basis[row, each]
        part = np.multiply(strategies, basic, out=self.scratch(strategies.shape))
        part[row, column, each] -= 1.0
        off = np.abs(part, out=part).sum(axis=1)
        inverse = bases.inverse
        size = np.abs(inverse, out=self.scratch(inverse.shape)).sum(axis=1)
        off += size * (self.columns * self._largest * self._rounding)
        solution = inverse.sum(axis=1)
        worst = off.max(axis=0)
        bound = off * (np.abs(solution).max(axis=0) / (1.0 - worst)) + size * self._rounding
        if worst.max() < 0.5 and bool((solution > 2 * bound).all()):
            self.met.append(bases.keys)
            return True
        if not self._integral:
            return False
        multiple = np.rint(bases.scale)
        whole = np.rint(inverse * multiple)
        limit = self.rows * max(self._largest, TILT) * float(np.abs(whole).max())
        if not limit < LARGEST_INTEGER or not multiple.min() > 0:
            return False
        part = self.times_matrix(whole, bases.edges, self.scratch(strategies.shape))
        part *= basic
        part[row, column, each] -= multiple[each]
        if part.any():
            return False
        solution = whole.sum(axis=1)
        zero = solution == 0
        if not bool(((solution > 0) | (zero & (np.matmul(self.tilt, whole) > 0))).all()):
            return False
        self.met.append(bases.keys | (self.bits[bases.basis] * zero).sum(axis=0, dtype=np.uint64))
        return True

"""All vertices of best response polytopes in floating point, each of them proven.

The polytope of a positive matrix A with m rows and n columns is

    { y >= 0 : A y <= 1 },       with slacks  s = 1 - A y >= 0.

Its variables are numbered y_1 .. y_n, s_1 .. s_m; a *basis* M says which m of them need not be
zero, and the n others are its *key*. Vertices are walked breadth first from y = 0: one step pivots
a whole front of bases at once, with the bases along the last, contiguous axis of every array. Only
the inverse N of M is pivoted; the other columns N A of the tableau are multiplied out each time.

**Ties.** Where more than n variables are zero, many bases share one vertex. The right-hand side is
1 + e u with a tiny e and an irregular u > 0, which splits such a vertex into simple ones.

**Proof.** Let r be the row sums of |N M - I|. If all r < 1, M is regular, and the true basic
solution differs from the row sums z of N by at most r max|z| / (1 - max r). So every basic variable
above that bound is positive. Where integers are given and some variables are not above it, N det M
is rounded to integers and N M = I is checked in integers, which floats hold exactly below 2^53:
then zero is known to be zero, and N u decides for an infinitely small e. Bases that are all
feasible, and of which each finds all its n neighbours among them, are all the bases there are,
because the edges of a polytope connect its vertices. Roundings on the way to a basis therefore do
not matter. A basis that cannot be proven ends the walk.

References
----------
avis2010 (what the vertices are for), rump2010 (bounds of this kind)
"""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats

Masks = NDArray[np.uint64]
Integers = NDArray[np.int64]

UNIT = 2.0**-53
LARGEST_INTEGER = 2.0**52
PERTURBATIONS = (2.0**-30, 2.0**-22)
TILT = 2**16
WIDEST = 42
"""Largest number of variables: a key and the number of a candidate share 64 bits."""
CHUNK_BYTES = 800_000
"""Size of the tableaux handled together, to stay within a processor's cache."""
LARGEST_FRONT_BYTES = 1_500_000_000


@dataclass(frozen=True)
class Vertices:
    """Vertices of a polytope by their zero variables.

    Attributes
    ----------
    zero : one mask for each vertex, rising: bit j for y_j, bit n + i for s_i.
    proven : whether these are all.
    stopped : why not, if not; empty where a basis could not be proven.
    """

    zero: Masks
    proven: bool
    stopped: str = ""


def all_vertices(
    matrices: Floats, *, error: float = 0.0, integral: bool = False, deadline: float | None = None
) -> tuple[Vertices, ...]:
    """Return the vertices of { y >= 0 : A y <= 1 } for some matrices of the same shape.

    Parameters
    ----------
    matrices : each A > 0, shape (polytopes, m, n) with m + n <= `WIDEST`.
    error : by how much each entry may differ from the true one, as a share of the largest.
    integral : whether the entries are the true ones, and integers.
    deadline : by the clock of `time.perf_counter`.
    """
    walk = _Walk(matrices, error, integral, deadline)
    proven, stopped = False, ""
    for perturbation in PERTURBATIONS:
        proven, stopped = walk.run(perturbation)
        if proven or stopped:
            break
    return tuple(Vertices(zero, proven, stopped) for zero in walk.zeros())


def relative_error(rows: int, error: float) -> float:
    """Return a bound on the error of N M in floats, as a share of the sums of |N| |M|."""
    return (2 * rows + 8) * UNIT + 2 * error


def irregular(rows: int) -> Floats:
    """Return u of the right side: no small combination adds up to nothing, whatever is pivoted."""
    return np.random.default_rng(0).integers(TILT // 2, TILT, rows).astype(float)


@dataclass(frozen=True)
class _Bases:
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


@dataclass(frozen=True)
class _Front:
    """Bases met in one step, and the steps that lead on from them.

    Attributes
    ----------
    bases : at most a chunk of them.
    base, column, row : for each step the position of its basis, the entering variable, and the
        leaving row.
    ends : the keys of the steps' ends.
    """

    bases: _Bases
    base: Integers
    column: Integers
    row: Integers
    ends: Masks


class _Walk:
    """Breadth-first walks over the bases of some polytopes of the same shape."""

    def __init__(
        self, matrices: Floats, error: float, integral: bool, deadline: float | None
    ) -> None:
        self.polytopes, self.rows, self.columns = matrices.shape
        self.width = self.rows + self.columns
        self.turned = np.ascontiguousarray(matrices.transpose(0, 2, 1))
        units = np.repeat(np.eye(self.rows)[None], self.polytopes, axis=0)
        self.lines = np.concatenate([matrices, units], axis=2)
        self.largest = float(matrices.max())
        self.rounding = relative_error(self.rows, error)
        self.integral = integral
        self.deadline = deadline
        self.bits = np.uint64(1) << np.arange(self.width, dtype=np.uint64)
        self.tags = np.arange(self.polytopes + 1, dtype=np.uint64) << np.uint64(self.width)
        self.tilt = irregular(self.rows)
        self.right = np.ones(self.rows)
        self.chunk = max(8, CHUNK_BYTES // (8 * self.rows * self.width))
        self.row_bits = np.int64((1 << max(1, (self.rows - 1).bit_length())) - 1)
        self.row_numbers = np.arange(self.rows, dtype=np.int64)[:, None, None]
        self.tableau = np.empty(self.rows * self.width * self.chunk)
        self.scratch = np.empty(self.rows * self.width * self.chunk)
        self.spare: list[Floats] = []
        self.unproven: list[_Bases] = []
        self.met: list[Masks] = []

    def run(self, perturbation: float) -> tuple[bool, str]:
        """Walk until no new basis appears; return whether all is proven, and why it stopped."""
        self.right = 1.0 + perturbation * self.tilt / TILT
        self.met, self.unproven = [], []
        front = self._front(self._start())
        before = np.empty(0, np.uint64)
        now = before if front is None else front.bases.keys
        fronts = [] if front is None else [front]
        while fronts:
            chosen = self._new(before, now, fronts)
            if len(chosen) * self.rows**2 * 8 > LARGEST_FRONT_BYTES:
                return False, "limit of memory"
            following: list[_Front] = []
            start = 0
            for front in fronts:
                low, high = np.searchsorted(chosen, [start, start + len(front.ends)]).tolist()
                for at in range(low, high, self.chunk):
                    if self.deadline is not None and time.perf_counter() > self.deadline:
                        return False, "limit of time"
                    steps = chosen[at : min(at + self.chunk, high)] - start
                    after = self._front(self._pivoted(front, steps))
                    if after is None:
                        return False, ""
                    following.append(after)
                start += len(front.ends)
                if len(front.bases) == self.chunk:
                    self.spare.append(front.bases.inverse)
            fronts = following
            before = now
            now = np.concatenate([front.bases.keys for front in fronts]) if fronts else now[:0]
        return front is not None and self._catch_up(), ""

    def _start(self) -> _Bases:
        """Return the bases at y = 0."""
        return _Bases(
            inverse=np.repeat(np.eye(self.rows)[:, :, None], self.polytopes, axis=2),
            basis=np.repeat(np.arange(self.columns, self.width)[:, None], self.polytopes, axis=1),
            scale=np.ones(self.polytopes),
            keys=self.bits[: self.columns].sum() | self.tags[:-1],
            edges=list(range(self.polytopes + 1)),
        )

    def zeros(self) -> list[Masks]:
        """Return the zero variables of the vertices met, for each polytope, each vertex once."""
        met = np.concatenate(self.met) if self.met else np.empty(0, np.uint64)
        met.sort()  # several bases may share a vertex
        if len(met):
            met = met[np.concatenate([[True], met[1:] != met[:-1]])]
        places = np.searchsorted(met, self.tags)
        variables = self.tags[1] - np.uint64(1)
        return [met[a:b] & variables for a, b in itertools.pairwise(places.tolist())]

    def _new(self, before: Masks, now: Masks, fronts: list[_Front]) -> Integers:
        """Return which steps lead to bases not yet met, one step for each, in order.

        Neighbours of a basis at distance d from the start are at d - 1, d or d + 1, so that only
        the last two fronts have to be compared.
        """
        ends = np.concatenate([front.ends for front in fronts])
        shift = np.uint64(len(ends).bit_length())
        numbered = (ends << shift) + np.arange(1, len(ends) + 1, dtype=np.uint64)
        packed = np.concatenate([before << shift, now << shift, numbered])
        packed.sort()
        keys = packed >> shift
        number = packed & ((np.uint64(1) << shift) - np.uint64(1))
        leading = number != 0
        leading[1:] &= keys[1:] != keys[:-1]
        chosen: Integers = number[leading].astype(np.int64) - 1
        chosen.sort()
        return chosen

    def _pivoted(self, front: _Front, steps: Integers) -> _Bases:
        """Return the ends of some steps of a front."""
        base, column, row = front.base[steps], front.column[steps], front.row[steps]
        count = len(steps)
        each = np.arange(count)
        full = count == self.chunk and self.spare
        inverse = self.spare.pop() if full else np.empty((self.rows, self.rows, count))
        np.take(front.bases.inverse, base, axis=2, out=inverse, mode="clip")
        edges = np.searchsorted(base, front.bases.edges).tolist()
        line = np.empty((self.rows, count))
        for lines, (a, b) in zip(self.lines, itertools.pairwise(edges), strict=True):
            line[:, a:b] = lines[:, column[a:b]]
        entering = np.einsum("rif,if->rf", inverse, line)
        pivot = entering[row, each]
        leaving = inverse[row, :, each]
        leaving /= pivot[:, None]
        product = self._scratch(inverse.shape)
        np.multiply(entering[:, None, :], np.ascontiguousarray(leaving.T), out=product)
        inverse -= product
        inverse[row, :, each] = leaving
        basis = front.bases.basis.take(base, axis=1)
        basis[row, each] = column
        scale = front.bases.scale[base] * pivot
        return _Bases(inverse, basis, scale, front.ends[steps], edges)

    def _front(self, bases: _Bases) -> _Front | None:
        """Find the steps that lead on from some bases; None where one is seen to be none."""
        count, keys = len(bases), bases.keys
        solution = np.matmul(self.right, bases.inverse)
        if not solution.min() > 0:
            return None
        tableau = self.tableau[: self.rows * self.width * count]
        tableau = tableau.reshape(self.rows, self.width, count)
        strategies = self._times_matrix(bases.inverse, bases.edges, tableau[:, : self.columns])
        if not self._proven(bases, strategies):
            return None
        # The fastest to fall to zero leaves: its row number rides in the last bits of the speed.
        rate = (1.0 / solution)[:, None, :]
        strategies *= rate
        np.multiply(bases.inverse, rate, out=tableau[:, self.columns :, :])
        marked = tableau.view(np.int64)
        marked &= ~self.row_bits
        marked |= self.row_numbers
        leaving = tableau.max(axis=0).view(np.int64).T & self.row_bits
        free = (keys[:, None] & self.bits) != 0
        # Each basis has as many free variables as there are strategies.
        base = np.repeat(np.arange(count), self.columns)
        column = np.flatnonzero(free) - base * self.width
        row = leaving[free]
        left = bases.basis.take(row * count + base)
        return _Front(bases, base, column, row, keys[base] ^ self.bits[column] ^ self.bits[left])

    def _times_matrix(self, inverse: Floats, edges: list[int], out: Floats) -> Floats:
        """Write N A, each with the matrix of its polytope."""
        for turned, (a, b) in zip(self.turned, itertools.pairwise(edges), strict=True):
            if a < b:
                np.matmul(turned, inverse[:, :, a:b], out=out[:, :, a:b])
        return out

    def _scratch(self, shape: tuple[int, ...]) -> Floats:
        return self.scratch[: math.prod(shape)].reshape(shape)

    def _proven(self, bases: _Bases, strategies: Floats) -> bool:
        """Prove bases feasible, or put them off until there are enough to be worth it."""
        if 2 * len(bases) > self.chunk:
            return self._prove(bases, strategies)
        waiting = sum(map(len, self.unproven))
        self.unproven.append(bases)
        return waiting + 2 * len(bases) <= self.chunk or self._catch_up()

    def _catch_up(self) -> bool:
        """Prove what was put off."""
        if not self.unproven:
            return True
        parts = [
            (bases, slice(*bases.edges[polytope : polytope + 2]))
            for polytope in range(self.polytopes)
            for bases in self.unproven
        ]
        sizes = [
            sum(b.edges[p + 1] - b.edges[p] for b in self.unproven) for p in range(self.polytopes)
        ]
        together = _Bases(
            inverse=np.concatenate([bases.inverse[:, :, part] for bases, part in parts], axis=2),
            basis=np.concatenate([bases.basis[:, part] for bases, part in parts], axis=1),
            scale=np.concatenate([bases.scale[part] for bases, part in parts]),
            keys=np.concatenate([bases.keys[part] for bases, part in parts]),
            edges=[0, *itertools.accumulate(sizes)],
        )
        self.unproven = []
        strategies = np.empty((self.rows, self.columns, len(together)))
        return self._prove(
            together, self._times_matrix(together.inverse, together.edges, strategies)
        )

    def _prove(self, bases: _Bases, strategies: Floats) -> bool:
        """Prove bases feasible and note their vertices."""
        basic = ~((bases.keys & self.bits[: self.columns, None]) != 0)
        row, each = np.nonzero(bases.basis < self.columns)
        column = bases.basis[row, each]
        part = np.multiply(strategies, basic, out=self._scratch(strategies.shape))
        part[row, column, each] -= 1.0
        off = np.abs(part, out=part).sum(axis=1)
        inverse = bases.inverse
        size = np.abs(inverse, out=self._scratch(inverse.shape)).sum(axis=1)
        off += size * (self.columns * self.largest * self.rounding)
        solution = inverse.sum(axis=1)
        worst = off.max(axis=0)
        bound = off * (np.abs(solution).max(axis=0) / (1.0 - worst)) + size * self.rounding
        if worst.max() < 0.5 and bool((solution > 2 * bound).all()):
            self.met.append(bases.keys)
            return True
        if not self.integral:
            return False
        multiple = np.rint(bases.scale)
        whole = np.rint(inverse * multiple)
        limit = self.rows * max(self.largest, TILT) * float(np.abs(whole).max())
        if not limit < LARGEST_INTEGER or not multiple.min() > 0:
            return False
        part = self._times_matrix(whole, bases.edges, self._scratch(strategies.shape))
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

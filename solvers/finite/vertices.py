"""All vertices of best response polytopes in floating point, each of them proven.

The polytope of a positive matrix A with m rows and n columns is

    { y >= 0 : A y <= 1 },       with slacks  s = 1 - A y >= 0.

Its variables are numbered y_1 .. y_n, s_1 .. s_m; a *basis* M says which m of them need not be
zero, and the n others are its *key*. Vertices are walked breadth first from y = 0: one step pivots
a whole front of bases at once, with the bases along the last, contiguous axis of every array. Only
the inverse N of M is pivoted; the other columns N A of the tableau are multiplied out each time.

**Ties.** Where more than n variables are zero, many bases share one vertex. The right-hand side is
1 + e u with a tiny e and an irregular u > 0, which splits such a vertex into simple ones.

**Proof.** Each basis is proven feasible by module `proven_bases`. Bases that are all feasible, and
of which each finds all its n neighbours among them, are all the bases there are, because the edges
of a polytope connect its vertices. Roundings on the way to a basis therefore do not matter. A basis
that cannot be proven ends the walk.

References
----------
avis2010 (what the vertices are for)
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

import numpy as np

from games.normal_form import Floats
from solvers.finite.proven_bases import TILT, Bases, Integers, Masks, Proofs

PERTURBATIONS = (2.0**-30, 2.0**-22)
"""The e of the right-hand side: the second where the first leaves ties."""

WIDEST = 42
"""Largest number of variables: a key and the number of a candidate share 64 bits."""

LARGEST_FRONT_BYTES = 1_500_000_000
"""Size of the inverses of one front at which a walk is given up."""


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

    bases: Bases
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
        self.proofs = Proofs(matrices, error, integral)
        self.bits, self.chunk = self.proofs.bits, self.proofs.chunk
        units = np.repeat(np.eye(self.rows)[None], self.polytopes, axis=0)
        self.lines = np.concatenate([matrices, units], axis=2)
        self.deadline = deadline
        self.tags = np.arange(self.polytopes + 1, dtype=np.uint64) << np.uint64(self.width)
        self.right = np.ones(self.rows)
        self.row_bits = np.int64((1 << max(1, (self.rows - 1).bit_length())) - 1)
        self.row_numbers = np.arange(self.rows, dtype=np.int64)[:, None, None]
        self.tableau = np.empty(self.rows * self.width * self.chunk)
        self.spare: list[Floats] = []

    def run(self, perturbation: float) -> tuple[bool, str]:
        """Walk until no new basis appears; return whether all is proven, and why it stopped."""
        self.right = 1.0 + perturbation * self.proofs.tilt / TILT
        self.proofs.begin()
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
        return front is not None and self.proofs.catch_up(), ""

    def _start(self) -> Bases:
        """Return the bases at y = 0."""
        return Bases(
            inverse=np.repeat(np.eye(self.rows)[:, :, None], self.polytopes, axis=2),
            basis=np.repeat(np.arange(self.columns, self.width)[:, None], self.polytopes, axis=1),
            scale=np.ones(self.polytopes),
            keys=self.bits[: self.columns].sum() | self.tags[:-1],
            edges=list(range(self.polytopes + 1)),
        )

    def zeros(self) -> list[Masks]:
        """Return the zero variables of the vertices met, for each polytope, each vertex once."""
        met = np.concatenate(self.proofs.met) if self.proofs.met else np.empty(0, np.uint64)
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

    def _pivoted(self, front: _Front, steps: Integers) -> Bases:
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
        product = self.proofs.scratch(inverse.shape)
        np.multiply(entering[:, None, :], np.ascontiguousarray(leaving.T), out=product)
        inverse -= product
        inverse[row, :, each] = leaving
        basis = front.bases.basis.take(base, axis=1)
        basis[row, each] = column
        scale = front.bases.scale[base] * pivot
        return Bases(inverse, basis, scale, front.ends[steps], edges)

    def _front(self, bases: Bases) -> _Front | None:
        """Find the steps that lead on from some bases; None where one is seen to be none."""
        count, keys = len(bases), bases.keys
        solution = np.matmul(self.right, bases.inverse)
        if not solution.min() > 0:
            return None
        tableau = self.tableau[: self.rows * self.width * count]
        tableau = tableau.reshape(self.rows, self.width, count)
        strategies = self.proofs.times_matrix(
            bases.inverse, bases.edges, tableau[:, : self.columns]
        )
        if not self.proofs.hold(bases, strategies):
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

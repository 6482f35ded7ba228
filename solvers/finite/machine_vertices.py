"""All vertices of a best response polytope, each proven, by the walk in machine code.

The same as `vertices.all_vertices` for one polytope: the same vertices, or as little proven.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.finite.proven_bases import TILT, Masks, irregular, relative_error
from solvers.finite.vertex_kernel import DONE, FULL, HEAD, KNOWN, MET, TAIL, UNPROVEN, noted, walk
from solvers.finite.vertices import LARGEST_FRONT_BYTES, PERTURBATIONS, Vertices

QUEUE, TABLE, LIST = 256, 4096, 1024
"""Bases that fit into each to begin with."""

BUDGET = 20_000
"""Bases to look at between two looks at the clock."""


def machine_vertices(
    matrix: Floats, *, error: float, integral: bool, deadline: float | None
) -> Vertices:
    """Return the vertices of { y >= 0 : A y <= 1 }.

    Parameters
    ----------
    matrix : A > 0, shape (m, n) with m + n <= `vertices.WIDEST`.
    error, integral, deadline : as in `vertices.all_vertices`.
    """
    rows = len(matrix)
    tilt = irregular(rows)
    largest = float(matrix.max())
    exact = max(largest, float(TILT)) if integral else 0.0
    limits = np.array([relative_error(rows, error), largest, exact])
    stopped, end = "", UNPROVEN
    for perturbation in PERTURBATIONS:
        state = _State(*matrix.shape)
        right = 1.0 + perturbation * tilt / TILT
        while True:
            end = walk(
                matrix, right, tilt, limits, state.numbers, state.inverses, state.bases,
                state.scales, state.keys, state.table, state.met, BUDGET,
            )  # fmt: skip
            if end in (DONE, UNPROVEN):
                break
            if deadline is not None and time.perf_counter() > deadline:
                stopped = "limit of time"
            elif end == FULL and not state.grown():
                stopped = "limit of memory"
            if stopped:
                break
        if end == DONE or stopped:
            break
    return Vertices(state.zero, end == DONE, stopped)


class _State:
    """What a walk works on: see `vertex_kernel.walk`."""

    def __init__(self, rows: int, columns: int) -> None:
        self.numbers = np.array([0, 1, 1, 0])
        self.inverses = np.empty((QUEUE, rows, rows))
        self.inverses[0] = np.eye(rows)
        self.bases = np.empty((QUEUE, rows), np.int64)
        self.bases[0] = np.arange(columns, columns + rows)
        self.scales = np.ones(QUEUE)
        self.keys = np.empty(QUEUE, np.int64)
        self.keys[0] = (1 << columns) - 1
        self.table = np.full(TABLE, -1)
        noted(self.table, self.keys[:1])
        self.met = np.empty(LIST, np.int64)

    @property
    def zero(self) -> Masks:
        """The zero variables of the vertices met, each vertex once, rising."""
        return np.unique(self.met[: self.numbers[MET]]).astype(np.uint64)

    def grown(self) -> bool:
        """Make room in what is nearly full; False where there is no memory for it."""
        head, tail, known, met = (int(self.numbers[place]) for place in (HEAD, TAIL, KNOWN, MET))
        columns = int(self.keys[head % len(self.keys)]).bit_count()
        room = len(self.keys)
        if tail - head + columns > room:
            if 2 * self.inverses.nbytes > LARGEST_FRONT_BYTES:
                return False
            order = np.arange(head, tail) % room
            self.inverses = _longer(self.inverses[order], 2 * room)
            self.bases = _longer(self.bases[order], 2 * room)
            self.scales = _longer(self.scales[order], 2 * room)
            self.keys = _longer(self.keys[order], 2 * room)
            self.numbers[HEAD], self.numbers[TAIL] = 0, tail - head
        if 2 * (known + columns) > len(self.table):
            keys = self.table[self.table != -1]
            self.table = np.full(4 * len(self.table), -1)
            noted(self.table, keys)
        if met == len(self.met):
            self.met = _longer(self.met, 4 * met)
        return True


def _longer(array: NDArray[Any], length: int) -> NDArray[Any]:
    """Return an array with room behind it."""
    longer = np.empty((length, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer

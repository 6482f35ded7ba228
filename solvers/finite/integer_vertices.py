"""All vertices of a best response polytope in integers, whatever the numbers and their ties.

The polytope is that of `solvers.finite.vertices`, { y >= 0 : A y <= 1 } with positive integers A.
Of the rows that a step makes tight at once, the lexicographic rule chooses one: it acts as if the
right side were changed by an infinitely small amount that splits each vertex into simple ones.
Every basis then has one neighbour in each direction, and a depth-first search meets all bases of
the changed polytope. Each vertex of the unchanged one is among them, some several times.

This is the slow and certain way: one basis costs some tens of microseconds and more.

References
----------
edmonds1967, avis2000
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from solvers.finite.integer_tableau import IntegerTableau


def all_vertices_in_integers(
    matrix: Sequence[Sequence[int]], *, deadline: float | None = None
) -> tuple[list[int], bool]:
    """Return the zero variables of every vertex, and whether the search ended before the deadline.

    Parameters
    ----------
    matrix : A > 0, m rows of n integers.
    deadline : by the clock of `time.perf_counter`.

    Returns
    -------
    one mask for each vertex (bit j for y_j, bit n + i for the slack of row i), rising.
    """
    columns = len(matrix[0])
    key = (1 << columns) - 1
    met = {key}
    zero: set[int] = set()
    waiting = [(IntegerTableau(matrix, columns, 0), key)]
    while waiting:
        if deadline is not None and time.perf_counter() > deadline:
            return sorted(zero), False
        tableau, key = waiting.pop()
        unplayed = zip(tableau.basis, tableau.rows, strict=True)
        zero.add(key | sum(1 << v for v, row in unplayed if not row[-1]))
        for label in tableau.outside:
            row = tableau.leaving_row(label)
            end = key ^ (1 << label) ^ (1 << tableau.basis[row])
            if end not in met:
                met.add(end)
                after = tableau.copy()
                after.enter(label, row=row)
                waiting.append((after, end))
    return sorted(zero), True

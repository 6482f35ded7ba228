"""The sets of equilibria of a game of two players, put together from its extreme equilibria.

The equilibria are a union of *maximal Nash subsets*: products conv(X) x conv(Y) of a set X of
extreme strategies of the first player and a set Y of the second's, such that every pair is an
equilibrium and nothing can be added. In the graph that joins x and y when (x, y) is an extreme
equilibrium, they are the maximal bicliques, and its connected parts are the connected components
of the equilibria.

References
----------
winkels1979, avis2010 (section 6)
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

Component = tuple[tuple[int, ...], tuple[int, ...]]


def maximal_subsets(
    pairs: Iterable[tuple[int, int]], *, deadline: float | None = None
) -> tuple[tuple[Component, ...], bool]:
    """Return the maximal bicliques of a bipartite graph, and whether there was time for all.

    Parameters
    ----------
    pairs : edges (x, y).
    deadline : by the clock of `time.perf_counter`.

    Notes
    -----
    The right sides of maximal bicliques are the intersections of neighbourhoods that are not
    empty; they are gathered one neighbourhood at a time. There may be exponentially many.

    Examples
    --------
    >>> maximal_subsets([(0, 0), (0, 1), (1, 1)])
    ((((0,), (0, 1)), ((0, 1), (1,))), True)
    """
    neighbours: dict[int, int] = {}
    for x, y in pairs:
        neighbours[x] = neighbours.get(x, 0) | 1 << y
    sides: set[int] = set()
    in_time = True
    for near in neighbours.values():
        sides |= {side & near for side in sides if side & near}
        sides.add(near)
        if deadline is not None and time.perf_counter() > deadline:
            in_time = False
            break
    found = (
        (tuple(sorted(x for x, near in neighbours.items() if near & side == side)), _members(side))
        for side in sides
    )
    return tuple(sorted(found)), in_time


def _members(mask: int) -> tuple[int, ...]:
    return tuple(y for y in range(mask.bit_length()) if mask >> y & 1)


def connected_components(subsets: Sequence[Sequence[Sequence[int]]]) -> tuple[tuple[int, ...], ...]:
    """Group maximal subsets that are connected through common extreme equilibria.

    Parameters
    ----------
    subsets : as in `Solution.components`, of two players.

    Returns
    -------
    positions in `subsets`, one tuple for each connected component.

    Examples
    --------
    >>> connected_components([((0,), (0, 1)), ((0, 1), (1,)), ((2,), (2,))])
    ((0, 1), (2,))
    """
    groups: list[tuple[list[int], set[int]]] = []
    for position, (first, _) in enumerate(subsets):
        # Subsets of one connected component share an x, because each x belongs to one component.
        members, xs = [position], set(first)
        apart = []
        for group in groups:
            if group[1] & xs:
                members += group[0]
                xs |= group[1]
            else:
                apart.append(group)
        groups = [*apart, (members, xs)]
    return tuple(sorted(tuple(sorted(members)) for members, _ in groups))

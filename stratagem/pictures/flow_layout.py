"""Where the parts of a flow map stand: columns from left to right, nodes and routes in each.

Nodes stand as many columns left of the fronts as the longest way to a front has arcs, so that every
arc leads to the right. An arc that passes columns keeps a place in each of them. The order within
columns is that of the mean neighbour, swept to and fro; heights follow by moving every place to the
mean of its neighbours and then apart (a layered drawing after sugiyama1981).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS, ROUNDS = 16, 60
"""How often orders are swept, and places moved."""

Spot = tuple[str, int]
"""A node in its column, or an arc in a column that it passes."""


@dataclass(frozen=True)
class Layout:
    """Places of a flow map, in pixels.

    Attributes
    ----------
    columns : {node: column}, counted from the left.
    middle : {spot: height of its middle above the lower end, downwards}.
    ways : {arc: the spots that it passes, tail and head included}.
    height : of the whole.
    """

    columns: Mapping[str, int]
    middle: Mapping[Spot, float]
    ways: Mapping[str, tuple[Spot, ...]]
    height: float

    @property
    def width(self) -> int:
        """Number of columns."""
        return 1 + max(self.columns.values(), default=0)


def laid_out(
    arcs: Mapping[str, tuple[str, str]],
    thickness: Mapping[str, float],
    *,
    ends: Sequence[str],
    gap: float,
    least: float,
) -> Layout:
    """Return the layout of arcs.

    Parameters
    ----------
    arcs : {name: (tail, head)}, tails before heads, without a cycle.
    thickness : of each arc, pixels.
    ends : the nodes of the fronts, from top to bottom.
    gap : pixels between two nodes of a column; arcs that pass take a quarter of it.
    least : least height of a node.
    """
    columns = _columns(arcs, ends)
    ways = {
        name: (
            (tail, columns[tail]),
            *((name, column) for column in range(columns[tail] + 1, columns[head])),
            (head, columns[head]),
        )
        for name, (tail, head) in arcs.items()
    }
    around: dict[Spot, dict[Spot, float]] = defaultdict(lambda: defaultdict(float))
    flow: dict[Spot, dict[str, float]] = defaultdict(lambda: {"in": 0.0, "out": 0.0})
    for name, way in ways.items():
        for one, other in pairwise(way):
            around[one][other] += thickness[name]
            around[other][one] += thickness[name]
            flow[one]["out"] += thickness[name]
            flow[other]["in"] += thickness[name]
    heights = {
        spot: max(least, *sides.values()) if spot[0] in columns else max(sides.values())
        for spot, sides in flow.items()
    }
    stacks = _ordered(columns, ways, around, ends)
    spaces = {spot: gap if spot[0] in columns else gap / 4 for spot in heights}
    middle, height = _placed(stacks, heights, spaces, around)
    return Layout(columns, middle, ways, height)


def _columns(arcs: Mapping[str, tuple[str, str]], ends: Sequence[str]) -> dict[str, int]:
    """Return the column of each node, the fronts' the last."""
    after: dict[str, list[str]] = defaultdict(list)
    for tail, head in arcs.values():
        after[tail].append(head)
    steps: dict[str, int] = dict.fromkeys(ends, 0)

    def measured(node: str) -> int:
        if node not in steps:
            steps[node] = 1 + max((measured(head) for head in after[node]), default=-1)
        return steps[node]

    nodes = dict.fromkeys(node for pair in arcs.values() for node in pair)
    last = max(map(measured, nodes), default=0)
    return {node: last - steps[node] for node in nodes}


def _ordered(
    columns: Mapping[str, int],
    ways: Mapping[str, Sequence[Spot]],
    around: Mapping[Spot, Mapping[Spot, float]],
    ends: Sequence[str],
) -> list[list[Spot]]:
    """Return the spots of each column from top to bottom."""
    last = max(columns.values(), default=0)
    stacks: list[list[Spot]] = [[] for _ in range(last + 1)]
    for spot in dict.fromkeys(spot for way in ways.values() for spot in way):
        stacks[spot[1]].append(spot)
    rank = {(node, last): number for number, node in enumerate(ends)}
    stacks[last].sort(key=lambda spot: rank.get(spot, len(rank)))
    place = {spot: i / max(1, len(s) - 1) for s in stacks for i, spot in enumerate(s)}
    for sweep in range(SWEEPS):
        left = sweep % 2 == 0
        order = range(last - 1, -1, -1) if left else range(1, last)
        for column in order:
            beside = column + 1 if left else column - 1
            stack = stacks[column]
            aim = {spot: _mean(around[spot], place, beside, place[spot]) for spot in stack}
            stack.sort(key=lambda spot: aim[spot])
            place |= {spot: i / max(1, len(stack) - 1) for i, spot in enumerate(stack)}
    return stacks


def _mean(
    around: Mapping[Spot, float], place: Mapping[Spot, float], beside: int, here: float
) -> float:
    """Return the mean place of a spot's neighbours in one column, its own where it has none."""
    found = [(place[other], weight) for other, weight in around.items() if other[1] == beside]
    total = sum(weight for _, weight in found)
    return sum(at * weight for at, weight in found) / total if total > 0 else here


def _placed(
    stacks: Sequence[Sequence[Spot]],
    heights: Mapping[Spot, float],
    spaces: Mapping[Spot, float],
    around: Mapping[Spot, Mapping[Spot, float]],
) -> tuple[dict[Spot, float], float]:
    """Return the middle of every spot, and the height of the whole."""
    height = max(sum(heights[s] + spaces[s] for s in stack) for stack in stacks)
    middle: dict[Spot, float] = {}
    for stack in stacks:
        free = height - sum(heights[s] + spaces[s] for s in stack)
        edge = free / 2
        for spot in stack:
            middle[spot] = edge + (heights[spot] + spaces[spot]) / 2
            edge += heights[spot] + spaces[spot]
    for number in range(ROUNDS):
        for stack in stacks if number % 2 else reversed(stacks):
            aims = [
                sum(middle[other] * weight for other, weight in around[spot].items())
                / max(sum(around[spot].values()), 1e-12)
                for spot in stack
            ]
            rooms = [heights[spot] + spaces[spot] for spot in stack]
            middle |= zip(stack, _apart(aims, rooms, height), strict=True)
    return middle, height


def _apart(aims: Sequence[float], rooms: Sequence[float], height: float) -> list[float]:
    """Return places near the aims, in their order, that leave each its room within the height."""
    places = list(aims)
    edge = 0.0
    for i, room in enumerate(rooms):
        places[i] = max(places[i], edge + room / 2)
        edge = places[i] + room / 2
    edge = height
    for i in range(len(rooms) - 1, -1, -1):
        places[i] = min(places[i], edge - rooms[i] / 2)
        edge = places[i] - rooms[i] / 2
    return places

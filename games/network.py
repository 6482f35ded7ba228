"""The evader's network as arrays: one lane per arc, price step, effort and cover.

A *lane* is a column of the evader's linear program. Where hazards are correlated, each inner node
is split in two, `fresh` (no hazard met yet) and `known` (some hazard met already), and lanes lead
from cover to cover; without correlation everything is fresh.

Let a lane l have tail, head, capacity row r(l), price p_l and, for each option o of its control
point, gain g_lo (units that arrive per unit that enters) and unit cost c_lo (price, care, toll).
These arrays are all that the solvers know of a game's network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from games.layered import Arc, Effort, LayeredGame, Option, Profile


@dataclass(frozen=True)
class Lane:
    """One way to use one price step of an arc.

    Parameters
    ----------
    arc, step, effort : indices into the game.
    row : index of the capacity that it shares (one per arc and step).
    tail, head : indices of nodes; -1 for a tail that is a source.
    point : index of the control point, -1 for none.
    gains : units that arrive per unit that enters, one per option (one alone without a point).
    costs : bn USD per unit that enters, one per option.
    value : strategic value to the evader of a unit that enters, bn USD.
    known : whether the unit has met a hazard before.
    """

    arc: int
    step: int
    effort: int
    row: int
    tail: int
    head: int
    point: int
    gains: tuple[float, ...]
    costs: tuple[float, ...]
    value: float
    known: bool


@dataclass(frozen=True)
class Network:
    """A game's lanes, capacities and chords; node order is topological.

    Attributes
    ----------
    nodes : (name, known) of each node that is not a source.
    capacities : units a year, one per capacity row (arc and step).
    chord_front, chord_value, chord_width : one entry per chord; value is weight times slope, in
        bn USD per unit.
    front_node : index of each front's node.
    """

    game: LayeredGame
    nodes: tuple[tuple[str, bool], ...]
    lanes: tuple[Lane, ...]
    capacities: NDArray[np.float64]
    chord_front: NDArray[np.int64]
    chord_value: NDArray[np.float64]
    chord_width: NDArray[np.float64]
    front_node: NDArray[np.int64]

    @cached_property
    def lanes_of_point(self) -> tuple[tuple[int, ...], ...]:
        """Lane indices by control point."""
        lanes: list[list[int]] = [[] for _ in self.game.points]
        for index, lane in enumerate(self.lanes):
            if lane.point >= 0:
                lanes[lane.point].append(index)
        return tuple(tuple(indices) for indices in lanes)

    def chosen(self, lane: Lane, profile: Profile) -> int:
        """Return the index of the option that a lane meets under a profile."""
        return profile[lane.point] if lane.point >= 0 else 0

    @cached_property
    def highest_prices(self) -> NDArray[np.float64]:
        """Largest price (bn USD per unit) that each node can carry in any evader's dual.

        At an optimum no unit at a node is worth more than the best use that any profile allows it:
        the first chord at a front, else the best gain times the head's price plus the arc's value.
        """
        highest = np.zeros(len(self.nodes))
        for front, node in enumerate(self.front_node):
            values = self.chord_value[self.chord_front == front]
            highest[node] = max(highest[node], values[0] if len(values) else 0.0)
        for lane in sorted(self.lanes, key=lambda lane: -lane.head):
            if lane.tail >= 0:
                worth = max(lane.gains) * highest[lane.head] + lane.value
                highest[lane.tail] = max(highest[lane.tail], worth)
        return highest


def survival(option: Option, effort: Effort, *, share: float = 1.0) -> float:
    """Return exp(-phi h): the part of the units that survives a crossing."""
    return math.exp(-effort.hazard_factor * option.hazard * share)


def crossing_cost(arc: Arc, step: int, option: Option | None, effort: Effort) -> float:
    """Return bn USD per unit that enters: price, and toll and care at a control point."""
    price = arc.steps[step].price
    if option is None:
        return price
    return price + option.toll + effort.unit_cost + effort.price_share * price


def build_network(game: LayeredGame) -> Network:
    """Return the lanes of a game."""
    covers = (False, True) if game.correlation > 0 else (False,)
    ends = {front.node for front in game.fronts}
    nodes = tuple(
        (name, known)
        for name in game.nodes
        if name not in game.sources
        for known in (covers if name not in ends else (False,))
    )
    index = {node: i for i, node in enumerate(nodes)}
    lanes: list[Lane] = []
    capacities: list[float] = []
    for a, arc in enumerate(game.arcs):
        for s, step in enumerate(arc.steps):
            capacities.append(step.capacity)
            for known in covers if arc.tail not in game.sources else (False,):
                lanes += _lanes(game, index, a, s, len(capacities) - 1, known=known)
    chords = [(f, chord) for f, front in enumerate(game.fronts) for chord in front.chords]
    return Network(
        game=game,
        nodes=nodes,
        lanes=tuple(lanes),
        capacities=np.array(capacities),
        chord_front=np.array([f for f, _ in chords], dtype=np.int64),
        chord_value=np.array([game.fronts[f].weight * chord.slope for f, chord in chords]),
        chord_width=np.array([chord.width for _, chord in chords]),
        front_node=np.array([index[front.node, False] for front in game.fronts], dtype=np.int64),
    )


def _lanes(
    game: LayeredGame,
    index: dict[tuple[str, bool], int],
    a: int,
    s: int,
    row: int,
    *,
    known: bool,
) -> list[Lane]:
    """Return the lanes of one step of one arc that start under one cover."""
    arc = game.arcs[a]
    tail = -1 if arc.tail in game.sources else index[arc.tail, known]

    def lane(effort: int, head_known: bool, gains: list[float], costs: list[float]) -> Lane:
        head = index.get((arc.head, head_known), index[arc.head, False])
        point = -1 if arc.point is None else game.point_index[arc.point]
        return Lane(
            a, s, effort, row, tail, head, point, tuple(gains), tuple(costs), arc.value, known
        )

    if arc.point is None:
        return [lane(0, known, [arc.conversion], [arc.steps[s].price])]
    options = game.points[game.point_index[arc.point]].options
    share = 1 - game.correlation if known else 1.0
    splits = not known and game.correlation > 0
    harmless = [option.hazard == 0 for option in options]
    lanes: list[Lane] = []
    for m, effort in enumerate(game.efforts):
        gains = [arc.conversion * survival(option, effort, share=share) for option in options]
        costs = [crossing_cost(arc, s, option, effort) for option in options]
        if not splits:
            lanes.append(lane(m, known, gains, costs))
            continue
        met = [0.0 if free else gain for free, gain in zip(harmless, gains, strict=True)]
        unmet = [gain if free else 0.0 for free, gain in zip(harmless, gains, strict=True)]
        lanes += [lane(m, True, met, costs)] if any(met) else []
        lanes += [lane(m, False, unmet, costs)] if any(unmet) else []
    return _undominated(lanes)


def _undominated(lanes: Sequence[Lane]) -> list[Lane]:
    """Return the lanes of one way without those that another never falls behind."""
    kept: list[Lane] = []
    for lane in sorted(lanes, key=lambda lane: (sum(lane.costs), -sum(lane.gains))):
        if not any(
            other.head == lane.head
            and all(a >= b for a, b in zip(other.gains, lane.gains, strict=True))
            and all(a <= b for a, b in zip(other.costs, lane.costs, strict=True))
            for other in kept
        ):
            kept.append(lane)
    return sorted(kept, key=lambda lane: lane.effort)

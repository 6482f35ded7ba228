"""Numbers for the letters of `games.specification`, and their value at a point.

The tables are made from a network, weights and a box as the definitions say; no model is asked.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from games.network import Network
from games.specification import OverBox, Row, Total
from solvers.prices import Box, Weights, ways, worthwhile

FUNCTIONS = {"exp": math.exp, "log10": math.log10}


@dataclass
class Point:
    """Values of letters, members of sets, and corners of the box.

    Attributes
    ----------
    letters : {name: function of the indices}, scalars without any.
    sets : {name: function of the indices that it depends on, giving its members}.
    corners : for an expression over the box, the letters to replace at each corner.
    """

    letters: Mapping[str, Callable[..., float]]
    sets: Mapping[str, Callable[..., Sequence[Any]]] = field(default_factory=dict)
    corners: Callable[[Mapping[str, int]], Sequence[Mapping[str, Callable[..., float]]]] = (
        lambda _: ()
    )

    def value(self, formula: sp.Basic, at: Mapping[str, int] | None = None) -> float:
        """Return the value of an expression where its free indices are as in `at`."""
        at = dict(at or {})
        if isinstance(formula, sp.Number):
            return float(formula)
        if isinstance(formula, sp.Symbol):
            return at[formula.name] if formula.name in at else self.letters[formula.name]()
        if isinstance(formula, sp.Indexed):
            indices = [round(self.value(index, at)) for index in formula.indices]
            return float(self.letters[str(formula.base.label)](*indices))
        if isinstance(formula, sp.Add):
            return math.fsum(self.value(term, at) for term in formula.args)
        if isinstance(formula, sp.Mul):
            return math.prod(self.value(factor, at) for factor in formula.args)
        if isinstance(formula, sp.Pow):
            base, exponent = formula.args
            return self.value(base, at) ** self.value(exponent, at)
        if isinstance(formula, Total):
            term, indices, where = formula.args
            names = [index.name for index in indices]
            return math.fsum(
                self.value(term, at | dict(zip(names, member, strict=True)))
                for member in self.members(where, at)
            )
        if isinstance(formula, OverBox):
            choose = {"max": max, "min": min}[str(formula.args[0])]
            return choose(
                Point({**self.letters, **corner}, self.sets).value(formula.args[1], at)
                for corner in self.corners(at)
            )
        name = str(formula.func)
        arguments = [self.value(argument, at) for argument in formula.args]
        if name in FUNCTIONS:
            return FUNCTIONS[name](*arguments)
        return float(self.letters[name](*map(round, arguments)))

    def members(self, where: sp.Basic, at: Mapping[str, int]) -> Iterator[tuple[int, ...]]:
        """Yield the members of a set, as tuples."""
        indices = [round(self.value(index, at)) for index in where.args]
        for member in self.sets[str(where.func)](*indices):
            yield member if isinstance(member, tuple) else (member,)

    def slack(self, row: Row, member: Sequence[int] = ()) -> float:
        """Return by how much one member of a family of constraints holds."""
        at = {index.name: place for index, place in zip(row.each, member, strict=True)}
        gap = self.value(row.left, at) - self.value(row.right, at)
        return gap if row.relation == ">=" else -gap


def network_letters(network: Network) -> dict[str, Callable[..., float]]:
    """Return what the letters of the evader's network are, whatever is chosen."""
    lanes = network.lanes
    slopes = [chord.slope for front in network.game.fronts for chord in front.chords]
    return {
        "B": lambda: network.game.evader_budget,
        "b": lambda l: lanes[l].value,
        "u": lambda r: network.capacities[r],
        "width": lambda j: network.chord_width[j],
        "v": lambda j: network.chord_value[j],
        "slope": lambda j: slopes[j],
        "tail": lambda l: lanes[l].tail,
        "head": lambda l: lanes[l].head,
        "front": lambda j: network.front_node[network.chord_front[j]],
    }


def network_sets(network: Network) -> dict[str, Callable[..., Sequence[Any]]]:
    """Return the sets of the evader's network, whatever is chosen."""
    lanes = list(enumerate(network.lanes))
    ends = network.front_node[network.chord_front]
    return {
        "lanes": lambda: [l for l, _ in lanes],
        "lanes_out_of": lambda v: [l for l, lane in lanes if lane.tail == v],
        "lanes_into": lambda v: [l for l, lane in lanes if lane.head == v],
        "lanes_of": lambda r: [l for l, lane in lanes if lane.row == r],
        "chords": lambda: range(len(ends)),
        "chords_of": lambda f: [j for j, end in enumerate(ends) if end == f],
        "rows": lambda: range(len(network.capacities)),
        "nodes": lambda: range(len(network.nodes)),
    }


def modelled(network: Network, allowed: Sequence[Sequence[int]], box: Box) -> list[tuple[int, int]]:
    """Return the lanes and places of options that portfolio models have a row for."""
    index = {id(lane): l for l, lane in enumerate(network.lanes)}
    return [
        (index[id(lane)], place)
        for group in ways(network)
        for place, option in enumerate(allowed[group[0].point] if group[0].point >= 0 else (0,))
        for lane in worthwhile(group, option, box)
    ]


def portfolio_letters(
    network: Network, weights: Weights, allowed: Sequence[Sequence[int]]
) -> dict[str, Callable[..., float]]:
    """Return what the letters of the portfolio models are: o is a place in `allowed`."""
    game = network.game

    def option(k: int, o: int) -> int:
        return allowed[k][o] if k >= 0 else 0

    def of_lane(table: str) -> Callable[[int, int], float]:
        def value(l: int, o: int) -> float:
            lane = network.lanes[l]
            return float(getattr(lane, table)[option(lane.point, o)])

        return value

    return {
        "g": of_lane("gains"),
        "c": of_lane("costs"),
        "cost": lambda k, o: weights.options[k][option(k, o)],
        "outlay": lambda k, o: game.points[k].options[option(k, o)].cost,
        "limit": lambda i: weights.budgets[i][1],
        "lambda": lambda: weights.harm,
        "K": lambda: len(allowed),
        "point": lambda l: network.lanes[l].point,
        "row": lambda l: network.lanes[l].row,
    }


def portfolio_sets(
    network: Network, weights: Weights, allowed: Sequence[Sequence[int]], box: Box
) -> dict[str, Callable[..., Sequence[Any]]]:
    """Return the sets of the portfolio models."""
    pairs = modelled(network, allowed, box)
    lanes = network.lanes

    def places(l: int) -> int:
        return len(allowed[lanes[l].point]) if lanes[l].point >= 0 else 1

    return {
        "points": lambda: range(len(allowed)),
        "points_of": lambda i: weights.budgets[i][0],
        "steps": lambda k: range(1, len(allowed[k])),
        "later_steps": lambda l, o: range(o + 1, places(l)),
        "steps_up_to": lambda _, o: range(1, o + 1),
        "lanes_and_options": lambda: pairs,
        "lanes_and_options_out_of": lambda v: [p for p in pairs if lanes[p[0]].tail == v],
        "lanes_and_options_into": lambda v: [p for p in pairs if lanes[p[0]].head == v],
        "lanes_of_under": lambda r, o: [
            l for l, place in pairs if lanes[l].row == r and place == o
        ],
    }


def box_corners(
    network: Network, box: Box
) -> Callable[[Mapping[str, int]], Sequence[Mapping[str, Callable[..., float]]]]:
    """Return the corners of the box in the prices of money and of a lane's head."""

    def corners(at: Mapping[str, int]) -> Sequence[Mapping[str, Callable[..., float]]]:
        head = network.lanes[at["l"]].head
        prices = (float(box.node_low[head]), float(box.node_high[head]))
        return [
            {"pi": lambda _, price=price: price, "mu": lambda money=money: money}
            for price, money in itertools.product(prices, (box.money_low, box.money_high))
        ]

    return corners

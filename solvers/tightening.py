"""Narrow a box of prices once a portfolio is known (optimality-based bound tightening).

Whatever beats the portfolio has an optimal dual whose prices lie where the relaxation can reach the
portfolio's objective; each price is minimised and maximised there in turn.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from games.network import Network
from solvers.linear_rows import Interval
from solvers.prices import Box, Weights, propagated
from solvers.relaxation import Relaxation


class Priced(Protocol):
    """A relaxation that says which prices are possible."""

    money: int
    nodes: dict[int, int]

    def interval(self, column: int, at_most: float) -> Interval:
        """Return the values of a column where the objective is at most so much."""
        ...


def tightened(
    network: Network,
    weights: Weights,
    *,
    box: Box,
    at_most: float,
    nodes: Sequence[int],
    rounds: int = 3,
    enough: float = 0.05,
    until: float = math.inf,
    relaxation: Callable[[Network, Weights, Box], Priced] = Relaxation,
) -> Box:
    """Return the part of a box that can hold the prices of a portfolio no worse than `at_most`.

    Parameters
    ----------
    at_most : objective of a portfolio already found, bn USD.
    nodes : the nodes whose prices are tightened; money always is.
    rounds : repetitions at most; each starts from the last one's box.
    enough : stop when a round narrows the intervals by less than this share.
    relaxation : of the problem in a box; nodes whose price it splits keep their interval.
    until : `time.perf_counter()` from which the prices left stay as wide as they are.
    """
    for _ in range(rounds):
        if time.perf_counter() > until:
            break
        relaxed = relaxation(network, weights, box)
        before = _width(box, nodes)
        money_low, money_high = relaxed.interval(relaxed.money, at_most)
        low, high = box.node_low.copy(), box.node_high.copy()
        for v in nodes:
            if time.perf_counter() > until:
                break
            if v in relaxed.nodes:
                low[v], high[v] = relaxed.interval(relaxed.nodes[v], at_most)
        narrowed = replace(
            box, money_low=money_low, money_high=money_high, node_low=low, node_high=high
        )
        box = propagated(network, narrowed)
        if _width(box, nodes) > (1 - enough) * before:
            break
    return box


def _width(box: Box, nodes: Sequence[int]) -> float:
    return box.money_high - box.money_low + float((box.node_high - box.node_low)[list(nodes)].sum())

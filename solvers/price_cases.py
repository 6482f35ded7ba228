"""The blocks of a separated dual with who decides there, for each choice of the pivots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from games.layered import LayeredGame
from solvers.blocks import BlockFunctions, Indices, Marks
from solvers.players import Player, budgets_of
from solvers.prices import Weights
from solvers.seats import Seats, Spending, seats_of, spending_of
from solvers.separation import Array, Separation
from solvers.stationary_boxes import Tangents
from solvers.tangents import tangents


@dataclass(frozen=True)
class Case:
    """What the search knows for one choice of the pivots.

    Attributes
    ----------
    shared : whether several players sit at a choice's block; shape (choices,).
    costs : what each choice costs the members whose loss is bounded; shape (choices,).
    constant : what the pivots' options cost them.
    """

    functions: BlockFunctions
    seats: Seats
    spending: Spending
    shared: Marks
    costs: Array
    constant: float

    def values(self, prices: Array) -> tuple[Array, float]:
        """Return what each choice adds to the evader's dual at prices, and what is fixed."""
        everything = np.ones((1, len(self.costs)), dtype=bool)
        at = tangents_at(self.functions, prices[None], everything, np.zeros(1, dtype=np.int64))
        values = np.empty(len(self.costs))
        values[at.ids[0]] = at.values[0]
        fixed = self.functions.fixed
        total = float(fixed.slopes @ prices)
        for d, price in enumerate(prices):
            chords = slice(fixed.first[d], fixed.first[d + 1])
            total += float(fixed.sizes[chords] @ np.maximum(fixed.values[chords] - price, 0.0))
        return values, total


def cases_of(
    game: LayeredGame,
    separation: Separation,
    players: Sequence[Player],
    slacks: Sequence[float],
    members: Sequence[str],
) -> list[Case]:
    """Return the cases of a separation.

    Parameters
    ----------
    slacks : what each player may gain and still stay, bn USD a year.
    members : the controllers whose loss is bounded.
    """
    budgets = tuple(budget for one in players for budget in budgets_of(game, one))
    free = tuple((0.0,) * len(point.options) for point in game.points)
    counted = tuple(
        tuple(o.cost + o.economic_cost if point.owner in members else 0.0 for o in point.options)
        for point in game.points
    )
    found = []
    for case in separation.cases():
        functions = BlockFunctions(
            separation, Weights(free, separation.allowed, budgets, 1.0), case
        )
        priced = BlockFunctions(
            separation, Weights(counted, separation.allowed, budgets, 1.0), case
        )
        settled = {
            k: separation.allowed[k][place]
            for k, place in zip(separation.pivots, case, strict=True)
        }
        seats = seats_of(game, players, functions.blocks, separation.allowed, slacks)
        spending = spending_of(game, players, functions.blocks, separation.allowed, settled)
        shared = np.repeat(np.diff(seats.first) > 1, np.diff(functions.choices.first))
        found.append(
            Case(functions, seats, spending, shared, priced.choices.costs, priced.constant)
        )
    return found


def tangents_at(
    functions: BlockFunctions,
    prices: Array,
    marks: Marks,
    which: Indices,
    order: Indices | None = None,
) -> Tangents:
    """Return the tangents of marked choices, laid out for those in `order` (None: all marked)."""
    if order is None:
        order = np.flatnonzero(marks.any(axis=0))
    first = np.searchsorted(order, functions.choices.first)
    count, room, blocks = len(prices), len(order), len(functions.blocks)
    at = Tangents(
        first,
        np.empty((count, room), np.int64),
        np.empty((count, blocks), np.int64),
        np.empty((count, room)),
        np.empty((count, prices.shape[1], room)),
    )
    _, costs, row_first, rows = functions.choices
    tangents(
        *functions.rows, first, costs, row_first, rows, order, prices, marks, which,
        at.ids, at.counts, at.values, at.slopes,
    )  # fmt: skip
    return at

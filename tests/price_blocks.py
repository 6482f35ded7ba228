"""Separated duals for tests: games that fall apart, and their functions one price at a time."""

from __future__ import annotations

import itertools
import random

import numpy as np
from hypothesis import settings
from numpy.typing import NDArray
from scipy.optimize import linprog

from games.capability import Chord
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)
from games.network import build_network
from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.bounds import Answers
from solvers.boxes.cells import cells
from solvers.boxes.search import look
from solvers.boxes.separation import Separation, separated
from solvers.boxes.tangents import tangents
from solvers.descent import option_cost, respects_budgets
from solvers.evader import Evader
from solvers.minimum import MANY_STEPS
from solvers.players import player, weights_of
from solvers.prices import Weights
from tests.builders import Traits, small_games

Prices = NDArray[np.float64]


def apart(game: LayeredGame, harm: float = 1.0) -> tuple[Separation, Weights] | None:
    """Return a game's separation and the weights of everybody together."""
    names = [controller.name for controller in game.controllers]
    weights = weights_of(game, player(game, names), game.status_quo, harm=harm)
    separation = separated(build_network(game), weights.allowed)
    return None if separation is None else (separation, weights)


def functions_of(separation: Separation, weights: Weights) -> list[BlockFunctions]:
    return [BlockFunctions(separation, weights, case) for case in separation.cases()]


def answers_at(
    functions: BlockFunctions,
    low: Prices,
    high: Prices,
    at_most: float = 1e9,
    *,
    marks: NDArray[np.bool_] | None = None,
    seed: int | None = None,
    ascents: int = 20,
    listed: int = 8,
) -> Answers:
    """Return what a look at boxes, shape (boxes, coordinates), says from random charges or none."""
    parts = cells(functions, low.min(axis=0), high.max(axis=0))
    charges = np.zeros((len(low), *parts.uses.shape))
    if seed is not None:
        charges[:, parts.uses] = np.random.default_rng(seed).normal(
            scale=3.0, size=(len(low), int(parts.uses.sum()))
        )
    if marks is None:
        marks = np.tile(functions.purses.possible, (len(low), 1))
    return look(
        functions,
        parts,
        low,
        high,
        marks,
        charges,
        np.arange(len(low)),
        at_most=at_most,
        ascents=ascents,
        listed=listed,
    )


def values_and_slopes(functions: BlockFunctions, prices: Prices) -> tuple[Prices, Prices]:
    """Return values (prices, choices) and slopes (prices, coordinates, choices) of all choices."""
    count, room = len(prices), len(functions.purses.order)
    shape = (count, room)
    ids, counts = np.empty(shape, np.int64), np.empty((count, len(functions.blocks)), np.int64)
    values, slopes = np.empty(shape), np.empty((count, functions.size, room))
    marks, which = np.ones(shape, dtype=bool), np.arange(count)
    written = (ids, counts, values, slopes)
    order = np.arange(room)
    tangents(*functions.rows, *functions.choices, order, prices, marks, which, *written)
    assert np.all(ids == order)
    assert np.all(counts == np.diff(functions.choices.first))
    return values, slopes


def fixed_at(functions: BlockFunctions, prices: Prices) -> float:
    """Return what is added at one vector of prices whatever the blocks do."""
    slopes, first, values, sizes = functions.fixed
    total = functions.constant + float(slopes @ prices)
    for d, price in enumerate(prices):
        for j in range(first[d], first[d + 1]):
            total += sizes[j] * max(values[j] - price, 0.0)
    return float(total)


def profiles_of(functions: BlockFunctions) -> list[list[int]]:
    """Return the choices of every affordable portfolio of one case."""
    first = functions.choices.first
    game, weights = functions._separation.network.game, functions._weights
    every = itertools.product(*(range(first[b], first[b + 1]) for b in range(len(first) - 1)))
    return [
        list(picked)
        for picked in every
        if respects_budgets(game, weights, functions.profile(picked))
    ]


def lowest(functions: BlockFunctions, prices: Prices) -> Prices:
    """Return the least over affordable portfolios at each price, shape (prices,)."""
    values, _ = values_and_slopes(functions, prices)
    portfolios = profiles_of(functions)
    return np.array(
        [
            fixed_at(functions, one) + min((of_one[p].sum() for p in portfolios), default=np.inf)
            for one, of_one in zip(prices, values, strict=True)
        ]
    )


def two_ports() -> LayeredGame:
    """Return a game whose two ports lead to one market, each with a point of its own.

    The market absorbs 3 units at 2 each and 3 more at 1; port A lands 4 units at a price of 0.5,
    port B 2 units at 0.25.
    """
    options = (Option("none"), Option("patrol", cost=1.0, hazard=float(np.log(2.0))))
    return LayeredGame(
        name="two ports",
        controllers=(Controller("A", 5.0, {"market": 1.0}), Controller("B", 5.0, {"market": 0.0})),
        points=(
            ControlPoint("gate-A", "chips", "A", options),
            ControlPoint("gate-B", "chips", "B", options),
        ),
        arcs=(
            Arc("way-A", "world", "market", (PriceStep(0.5, 4.0),), "gate-A"),
            Arc("way-B", "world", "market", (PriceStep(0.25, 2.0),), "gate-B"),
        ),
        fronts=(Front("market", "market", (Chord(2.0, 3.0), Chord(1.0, 3.0))),),
        evader_budget=1.0,
    )


def dual_at(separation: Separation, profile: tuple[int, ...], prices: Prices) -> float:
    """Return the least of the evader's dual where the prices of the coordinates are given."""
    network = separation.network
    nodes, rows, chords = len(network.nodes), len(network.capacities), len(network.chord_value)
    size = nodes + rows + chords
    above, least = [], []
    for lane in network.lanes:
        option = network.chosen(lane, profile)
        row = np.zeros(size)
        row[lane.head] -= lane.gains[option]
        if lane.tail >= 0:
            row[lane.tail] += 1.0
        row[nodes + lane.row] = 1.0
        above.append(row)
        least.append(lane.value - lane.costs[option] * prices[0])
    for j in range(chords):
        row = np.zeros(size)
        row[network.front_node[network.chord_front[j]]] = 1.0
        row[nodes + rows + j] = 1.0
        above.append(row)
        least.append(network.chord_value[j])
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * size
    for v, price in zip(separation.coordinates, prices[1:], strict=True):
        bounds[v] = (price, price)
    cost = np.concatenate([np.zeros(nodes), network.capacities, network.chord_width])
    solved = linprog(cost, A_ub=-np.array(above), b_ub=-np.array(least), bounds=bounds)
    assert solved.status == 0
    return float(solved.fun + network.game.evader_budget * prices[0])


def wide_game(points: int) -> LayeredGame:
    """Return a game of ports like those of `two_ports`, with more steps than the MILP is given."""
    rng = random.Random(7)
    options = tuple(
        Option(str(o), cost=0.3 * o**1.3, hazard=0.5 * o) for o in range(MANY_STEPS // points + 3)
    )
    return LayeredGame(
        name="many ports",
        controllers=(Controller("A", 9.0, {"market": 3.0}),),
        points=tuple(ControlPoint(f"gate-{k}", "chips", "A", options) for k in range(points)),
        arcs=tuple(
            Arc(
                f"way-{k}",
                "world",
                "market",
                (PriceStep(rng.uniform(0.2, 1.0), rng.uniform(1.0, 4.0)),),
                f"gate-{k}",
            )
            for k in range(points)
        ),
        fronts=(Front("market", "market", (Chord(2.0, 3.0), Chord(1.0, 3.0), Chord(0.5, 9.0))),),
        evader_budget=6.0,
    )


def values_of(
    separation: Separation, weights: Weights, evader: Evader
) -> dict[tuple[int, ...], float]:
    """Return costs plus lambda Z of every affordable portfolio."""
    return {
        profile: option_cost(weights, profile) + weights.harm * evader.value(profile)
        for profile in itertools.product(*weights.allowed)
        if respects_budgets(separation.network.game, weights, profile)
    }


aligned_games = small_games(Traits(largest=81, correlation=0.0))

many = settings(max_examples=25, deadline=None)

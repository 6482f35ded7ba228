"""The relaxation in which control points that share inner nodes mix their choices together."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from games.capability import Chord
from games.layered import Arc, Controller, ControlPoint, Front, LayeredGame, Option, PriceStep
from games.network import build_network
from solvers.descent import option_cost, respects_budgets
from solvers.evader import Evader
from solvers.grouped import GroupedRelaxation, grouped
from solvers.players import alignment, player, weights_of
from solvers.prices import first_box
from solvers.relaxation import Relaxation
from solvers.worlds.problem import world_problem
from tests.builders import Traits, small_game, tolled


@pytest.mark.parametrize("most", [1, 4, 81])
@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_it_bounds_every_portfolio_and_is_never_weaker_than_points_by_themselves(
    most: int, correlation: float
) -> None:
    inner = 0
    for seed in range(40):
        game = small_game(random.Random(seed), Traits(correlation=correlation))
        network = build_network(game)
        names = [one.name for one in game.controllers]
        harm = alignment(game, names)
        assert harm is not None
        weights = weights_of(game, player(game, names), game.status_quo, harm=harm)
        evader, box = Evader(network), first_box(network)
        least = min(
            option_cost(weights, p) + harm * evader.value(p)
            for p in itertools.product(*weights.allowed)
            if respects_budgets(game, weights, p)
        )
        relaxation = GroupedRelaxation(network, weights, box, most=most)
        inner += len(relaxation.inner)
        slack = 1e-6 * max(1.0, abs(least))
        assert Relaxation(network, weights, box).value() - slack <= relaxation.value()
        assert relaxation.value() <= least + slack
    assert inner > 0 or most == 1


@pytest.mark.parametrize("seed", range(20))
def test_lanes_of_inner_nodes_stay_in_their_group(seed: int) -> None:
    game = small_game(random.Random(seed), Traits())
    network = build_network(game)
    allowed = [tuple(range(len(point.options))) for point in game.points]
    counts = {k: len(options) for k, options in enumerate(allowed) if len(options) > 1}
    groups, inner = grouped(network, counts, most=16)
    assert sorted(itertools.chain(*groups)) == [k for k, o in enumerate(allowed) if len(o) > 1]
    assert all(
        np.prod([len(allowed[k]) for k in group]) <= 16 or len(group) == 1 for group in groups
    )
    for lane in network.lanes:
        for v in (lane.tail, lane.head):
            if v in inner:
                assert len(allowed[lane.point]) == 1 or lane.point in inner[v] or lane.point < 0
        if lane.tail in inner and lane.head in inner:
            assert inner[lane.tail] == inner[lane.head]


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_credits_are_given_where_prices_let_the_evader_use_the_lanes(correlation: float) -> None:
    closer = 0
    for seed in range(40):
        game = tolled(seed, Traits(correlation=correlation, largest=81))
        everybody = player(game, [one.name for one in game.controllers])
        problem = world_problem(game, everybody)
        evader, box = Evader(problem.network), first_box(problem.network)
        weights = problem.weights
        if seed % 2:  # a point that is settled may earn as well
            settled = tuple(a[-1:] if k == 0 else a for k, a in enumerate(weights.allowed))
            weights = replace(weights, allowed=settled)
        least = min(
            (problem.loss(evader, p)
             for p in itertools.product(*weights.allowed) if respects_budgets(game, weights, p)),
            default=None,
        )  # fmt: skip
        if least is None:
            continue
        credited = GroupedRelaxation(problem.network, weights, box).value() - problem.constant
        found = GroupedRelaxation(problem.network, weights, box, credits=problem.credits)
        slack = 1e-6 * max(1.0, abs(least))
        assert credited - slack <= found.value() - problem.constant <= least + slack
        closer += found.value() - problem.constant > credited + slack
    assert closer > 5


def one_layer(correlation: float) -> LayeredGame:
    """Return two ways into one stock, each watched once: nobody meets two hazards."""
    options = (Option("open"), Option("shut", hazard=1.5, economic_cost=3.0))
    return LayeredGame(
        name="one layer",
        controllers=(Controller("A", 10.0, {"front": 1.0}),),
        points=tuple(ControlPoint(f"door {d}", "chips", "A", options) for d in (0, 1)),
        arcs=(
            Arc("left", "source", "stock", (PriceStep(0.1, 4.0),), point="door 0"),
            Arc("right", "source", "stock", (PriceStep(0.1, 6.0),), point="door 1"),
            Arc("on", "stock", "end", (PriceStep(0.02, 100.0),)),
        ),
        fronts=(Front("front", "end", (Chord(2.0, 3.0), Chord(1.0, 20.0))),),
        evader_budget=0.9,
        correlation=correlation,
    )


def test_a_cover_that_nobody_needs_again_costs_no_relaxation_anything() -> None:
    values = {}
    for correlation in (0.0, 0.7):
        game = one_layer(correlation)
        network = build_network(game)
        weights = weights_of(game, player(game, ["A"]), game.status_quo, harm=1.0)
        box = first_box(network)
        values[correlation] = [
            Relaxation(network, weights, box).value(),
            GroupedRelaxation(network, weights, box, most=1).value(),
            GroupedRelaxation(network, weights, box).value(),
        ]
    assert values[0.7] == pytest.approx(values[0.0], abs=1e-6)

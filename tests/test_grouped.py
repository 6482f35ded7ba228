"""The relaxation in which control points that share inner nodes mix their choices together."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from games.network import build_network
from solvers.descent import option_cost, respects_budgets
from solvers.evader import Evader
from solvers.grouped import GroupedRelaxation, grouped
from solvers.players import alignment, player, weights_of
from solvers.prices import first_box
from solvers.relaxation import Relaxation
from tests.builders import Traits, small_game


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
    groups, inner = grouped(network, allowed, most=16)
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

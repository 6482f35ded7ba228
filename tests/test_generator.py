"""The generator of random games: seeded, sized as asked, and valid."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.generator import generate
from games.errors import GameError
from games.layered import LayeredGame
from games.network import build_network
from solvers.evader import Evader

SIZES = [(1, 1, 1), (1, 9, 2), (2, 5, 3), (2, 11, 3), (4, 19, 4), (3, 40, 2), (14, 59, 5)]


def drawn(
    controllers: int,
    points: int,
    options: int,
    *,
    seed: int = 0,
    revenue_arcs: int = 0,
    misaligned: bool = False,
) -> LayeredGame:
    return generate(
        controllers=controllers,
        points=points,
        options=options,
        rng=np.random.default_rng(seed),
        revenue_arcs=revenue_arcs,
        misaligned=misaligned,
    )


def test_the_same_seed_gives_the_same_game_and_another_seed_another() -> None:
    assert drawn(4, 19, 4, seed=3) == drawn(4, 19, 4, seed=3)
    assert drawn(4, 19, 4, seed=3) != drawn(4, 19, 4, seed=4)


@pytest.mark.parametrize(("controllers", "points", "options"), SIZES)
def test_the_game_has_the_size_that_was_asked_for(
    controllers: int, points: int, options: int
) -> None:
    game = drawn(controllers, points, options)
    assert len(game.controllers) == controllers
    assert len(game.points) == points
    assert all(len(point.options) == options for point in game.points)


@pytest.mark.parametrize(("controllers", "points", "options"), SIZES)
def test_every_control_point_stands_on_an_arc(controllers: int, points: int, options: int) -> None:
    game = drawn(controllers, points, options)
    assert {arc.point for arc in game.arcs} - {None} == {point.name for point in game.points}


def test_later_options_cost_more_and_catch_more() -> None:
    for point in drawn(4, 19, 5).points:
        nothing, *tiers = point.options
        assert nothing.cost == nothing.economic_cost == nothing.hazard == 0
        for weaker, stronger in zip([nothing, *tiers], tiers, strict=False):
            assert weaker.cost < stronger.cost
            assert weaker.hazard < stronger.hazard


def test_controls_hurt_the_evader_and_leave_it_research() -> None:
    game = drawn(4, 19, 4)
    evader = Evader(build_network(game))
    strictest = tuple(len(point.options) - 1 for point in game.points)
    research = next(front for front in game.fronts if front.name == "algorithms")
    assert research.weight * research.months(10.0) < evader.value(strictest)
    assert evader.value(strictest) < 0.95 * evader.value(game.status_quo)


def test_no_controller_can_pay_for_its_strictest_options_everywhere() -> None:
    game = drawn(4, 19, 4)
    for controller in game.controllers:
        owned = [game.points[k] for k in game.owned([controller.name])]
        assert 0 < controller.budget < sum(point.options[-1].cost for point in owned)


def test_stakes_follow_the_evaders_weights_unless_misaligned() -> None:
    def spreads(game: LayeredGame) -> list[float]:
        per_weight = [
            [controller.stakes[front.name] / front.weight for front in game.fronts]
            for controller in game.controllers
        ]
        return [max(ratios) / min(ratios) for ratios in per_weight]

    assert spreads(drawn(3, 15, 3)) == pytest.approx([1.0] * 3)
    assert min(spreads(drawn(3, 15, 3, misaligned=True))) > 1.01


def test_revenue_is_drawn_on_as_many_arcs_as_asked_and_goes_to_the_owner() -> None:
    game = drawn(3, 15, 3, revenue_arcs=4)
    earning = [arc for arc in game.arcs if arc.revenue]
    assert len(earning) == 4
    for arc in earning:
        assert arc.point is not None
        assert set(arc.revenue) == {game.points[game.point_index[arc.point]].owner}


def test_revenue_and_misaligned_stakes_leave_the_rest_of_the_game_alone() -> None:
    plain, other = drawn(3, 15, 3), drawn(3, 15, 3, revenue_arcs=4, misaligned=True)
    assert plain.points == other.points
    assert plain.fronts == other.fronts
    assert [arc.steps for arc in plain.arcs] == [arc.steps for arc in other.arcs]
    assert drawn(3, 15, 3, revenue_arcs=4).arcs == other.arcs


@pytest.mark.parametrize("size", [(0, 5, 3), (2, 0, 3), (2, 5, 0)])
def test_sizes_below_one_are_refused(size: tuple[int, int, int]) -> None:
    with pytest.raises(GameError, match="expected .* >= 1, found 0"):
        drawn(*size)


def test_more_revenue_arcs_than_there_are_arcs_to_earn_on_are_refused() -> None:
    with pytest.raises(GameError, match="revenue_arcs <= "):
        drawn(2, 5, 3, revenue_arcs=100)

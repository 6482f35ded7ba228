"""The referees agree with each other, with brute force and with hand-worked cases."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forms import evader_program, plain_steps, textbook
from benchmarks.generator import generate
from benchmarks.losses import Loss, coordinated_loss, potential_loss, stakes_follow_evader
from benchmarks.models import Answer, Model, solve_highs, solve_scip
from games.capability import Chord
from games.errors import GameError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
    Profile,
)
from games.network import build_network
from scenarios.instances import instance_numbers, load_instance
from solvers.evader import Evader

LOSSES = [coordinated_loss, potential_loss]

SMALLEST = Path(__file__).parents[1] / "benchmarks" / "instances" / "c2-p11-o3-s11.json"


def tiny(seed: int, *, revenue_arcs: int = 0, misaligned: bool = False) -> LayeredGame:
    """Return a random game of 243 profiles."""
    return generate(
        controllers=2,
        points=5,
        options=3,
        rng=np.random.default_rng(seed),
        revenue_arcs=revenue_arcs,
        misaligned=misaligned,
    )


def losses_of_all_profiles(game: LayeredGame, loss: Loss) -> dict[Profile, float]:
    """Return the loss of every profile within the budgets, from the warm evader."""
    network = build_network(game)
    evader = Evader(network)
    losses = {}
    for profile in itertools.product(*(range(len(point.options)) for point in game.points)):
        outlay = {controller.name: 0.0 for controller in game.controllers}
        for point, option in zip(game.points, profile, strict=True):
            outlay[point.owner] += point.options[option].cost
        if all(outlay[c.name] <= c.budget + 1e-9 for c in game.controllers):
            response = evader.respond(profile)
            losses[profile] = loss.at(
                network, profile, value=response.value, flows=response.flows.tolist()
            )
    return losses


def hand_made(*, stake: float, toll: float = 0.0, revenue: float = 0.0) -> LayeredGame:
    """Return a game with one arc: up to 2 units at 1 bn USD, each worth 4, half stopped by a ban.

    Z is 8 at `nothing`; at `ban` it is 4, less what a toll takes only where money is short.
    """
    ban = Option("ban", cost=0.5, economic_cost=0.5, hazard=math.log(2), toll=toll)
    return LayeredGame(
        name="hand-made",
        controllers=(Controller("A", 1.0, {"training": stake}),),
        points=(ControlPoint("chips-A", "chips", "A", (Option("nothing"), ban)),),
        arcs=(
            Arc(
                "smuggle",
                "world",
                "training",
                (PriceStep(1.0, 2.0),),
                "chips-A",
                revenue={"A": revenue} if revenue else {},
            ),
        ),
        fronts=(Front("training", "training", (Chord(4.0, 10.0),)),),
        evader_budget=20.0,
    )


def solutions(model: Model) -> list[Answer]:
    """Return what both solvers say of a model."""
    return [solve_highs(model), solve_scip(model)]


@pytest.mark.parametrize(("stake", "option", "loss"), [(0.5, 1, 0.5 * 4 + 1), (0.2, 0, 0.2 * 8)])
@pytest.mark.parametrize("form", [textbook, plain_steps])
def test_a_ban_is_worth_its_cost_only_to_the_one_with_much_at_stake(
    form: Callable[..., Model], stake: float, option: int, loss: float
) -> None:
    game = hand_made(stake=stake)
    for answer in solutions(form(build_network(game), coordinated_loss(game))):
        assert answer.profile == (option,)
        assert answer.objective == pytest.approx(loss, abs=1e-6)
        assert answer.bound == pytest.approx(loss, abs=1e-6)


def test_tolls_and_revenue_are_earned_on_the_units_that_enter() -> None:
    # nothing: 2 units, 8 months, revenue 2 * 0.3; ban: 2 units, 4 months, revenue 2 * (0.3 + 0.25)
    game = hand_made(stake=0.2, toll=0.25, revenue=0.3)
    expected = {(0,): 0.2 * 8 - 0.6, (1,): 0.2 * 4 + 1 - 1.1}
    loss = coordinated_loss(game)
    assert losses_of_all_profiles(game, loss) == pytest.approx(expected)
    for answer in solutions(textbook(build_network(game), loss)):
        assert answer.profile == (1,)
        assert answer.objective == pytest.approx(expected[1,], abs=1e-6)


def test_the_budget_of_the_evader_pays_tolls_too() -> None:
    # 1 bn USD buys 1 unit without the ban; with it 0.8 units of which half arrive
    game = replace(hand_made(stake=1.0, toll=0.25), evader_budget=1.0)
    losses = losses_of_all_profiles(game, coordinated_loss(game))
    assert losses == pytest.approx({(0,): 4.0, (1,): 0.5 * 0.8 * 4 + 1 - 0.8 * 0.25})
    answer = solve_highs(textbook(build_network(game), coordinated_loss(game)))
    assert answer.profile == (1,)
    assert answer.objective == pytest.approx(losses[1,], abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("loss_of", LOSSES)
def test_all_forms_find_the_best_of_all_profiles(
    loss_of: Callable[[LayeredGame], Loss], seed: int
) -> None:
    game = tiny(seed)
    network, loss = build_network(game), loss_of(game)
    losses = losses_of_all_profiles(game, loss)
    best = min(losses.values())
    for model in (textbook(network, loss), plain_steps(network, loss)):
        for answer in solutions(model):
            assert answer.status == "optimal"
            assert answer.objective == pytest.approx(best, rel=2e-6)
            assert answer.bound == pytest.approx(best, rel=2e-6)
            assert losses[answer.profile] == pytest.approx(best, rel=2e-6)


@pytest.mark.parametrize("job", ["coordinated", "potential"])
def test_all_forms_find_the_recorded_optimum_of_the_smallest_instance(job: str) -> None:
    game, numbers = load_instance(SMALLEST), instance_numbers(SMALLEST)
    loss = {"coordinated": coordinated_loss, "potential": potential_loss}[job](game)
    recorded = {"coordinated": numbers.coordinated, "potential": numbers.potential}[job]
    network = build_network(game)
    evader = Evader(network)
    plain = solve_highs(plain_steps(network, loss))
    for answer in [plain, *solutions(textbook(network, loss))]:
        assert answer.objective == pytest.approx(recorded.value, rel=2e-6)
        response = evader.respond(answer.profile)
        flows = response.flows.tolist()
        found = loss.at(network, answer.profile, value=response.value, flows=flows)
        assert found == pytest.approx(recorded.value, rel=2e-6)


@pytest.mark.parametrize("seed", range(2))
def test_the_textbook_form_finds_the_worst_of_all_profiles(seed: int) -> None:
    game = tiny(seed)
    loss = coordinated_loss(game)
    worst = max(losses_of_all_profiles(game, loss).values())
    for answer in solutions(textbook(build_network(game), loss, minimise=False)):
        assert answer.objective == pytest.approx(worst, rel=2e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_textbook_form_handles_revenue_and_misaligned_stakes(seed: int) -> None:
    game = tiny(seed, revenue_arcs=3, misaligned=True)
    assert not stakes_follow_evader(game)
    loss = coordinated_loss(game)
    losses = losses_of_all_profiles(game, loss)
    for answer in solutions(textbook(build_network(game), loss)):
        assert answer.objective == pytest.approx(min(losses.values()), rel=2e-6)


@pytest.mark.parametrize(("correlation", "arriving"), [(0.0, 2 / 4), (0.5, 2 / 2**1.5)])
def test_the_textbook_form_handles_correlated_layers(correlation: float, arriving: float) -> None:
    # two bans in series, each of which halves the flow; the second loses half of its hazard
    one = hand_made(stake=5.0)
    (first,), (arc,) = one.points, one.arcs
    second = replace(first, name="cloud-A", layer="cloud")
    game = replace(
        one,
        points=(first, second),
        arcs=(
            replace(arc, name="out", head="hub"),
            replace(arc, name="in", tail="hub", steps=(PriceStep(0.0, 2.0),), point="cloud-A"),
        ),
        correlation=correlation,
    )
    for answer in solutions(textbook(build_network(game), coordinated_loss(game))):
        assert answer.profile == (1, 1)
        assert answer.objective == pytest.approx(5 * 4 * arriving + 2, abs=1e-5)


def test_plain_steps_read_the_profile_right_when_options_are_in_no_order() -> None:
    game = tiny(2)
    turned = replace(
        game,
        points=tuple(
            replace(point, options=point.options[k % 3 :] + point.options[: k % 3], status_quo=0)
            for k, point in enumerate(game.points)
        ),
    )
    loss = coordinated_loss(game)
    answer = solve_highs(plain_steps(build_network(game), loss))
    other = solve_highs(plain_steps(build_network(turned), loss))
    assert other.objective == pytest.approx(answer.objective, rel=2e-6)
    assert turned.option_names(other.profile) == game.option_names(answer.profile)


@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_the_evaders_program_agrees_with_the_warm_evader(correlation: float) -> None:
    rng = np.random.default_rng(5)
    game = generate(controllers=3, points=15, options=4, rng=rng)
    network = build_network(replace(game, correlation=correlation))
    evader = Evader(network)
    for _ in range(20):
        profile = tuple(int(rng.integers(len(point.options))) for point in game.points)
        answer = solve_highs(evader_program(network, profile))
        assert answer.objective == pytest.approx(evader.value(profile), rel=1e-8)


@pytest.mark.parametrize(
    "game",
    [
        tiny(0, revenue_arcs=1),
        tiny(0, misaligned=True),
        hand_made(stake=1.0, toll=0.25),
        replace(tiny(0), correlation=0.5),
    ],
    ids=["revenue", "misaligned stakes", "toll", "correlated layers"],
)
def test_plain_steps_refuse_games_that_they_would_get_wrong(game: LayeredGame) -> None:
    with pytest.raises(GameError, match="use the textbook form"):
        plain_steps(build_network(game), coordinated_loss(game))


def test_there_is_no_potential_where_stakes_do_not_follow_the_evader() -> None:
    with pytest.raises(GameError, match="potential"):
        potential_loss(tiny(0, misaligned=True))

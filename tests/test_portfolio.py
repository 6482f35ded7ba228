"""One player's best portfolio: every method gives the same answer, with a bound that holds."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.generator import generate
from games.capability import Chord
from games.errors import InfeasibleError, InputError, NotCertifiedError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Effort,
    Front,
    LayeredGame,
    Option,
    PriceStep,
    Profile,
)
from games.network import build_network
from solvers import candidates
from solvers.flows.search import FlowSearch, Found
from solvers.general_sum import general_sum_model
from solvers.milp import Status, solve
from solvers.players import Player, alignment, player, weights_of
from solvers.portfolio import best_portfolio
from solvers.prices import Box, first_box
from solvers.world import Method, Portfolio, World
from tests.builders import Traits, any_game, small_games
from tests.oracle import Oracle


@pytest.fixture(params=["as it is", "without enumeration"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "as it is":
        monkeypatch.setattr(candidates, "FEW", 0)
    return str(request.param)


def best(game: LayeredGame, deciding: Player, base: Profile | None = None) -> Portfolio:
    world = World(build_network(game))
    generator = np.random.default_rng(0)
    return best_portfolio(world, deciding, base or game.status_quo, generator=generator)


def everybody(game: LayeredGame, **limits: bool) -> Player:
    return player(game, [controller.name for controller in game.controllers], **limits)


def export_game(*, stake: float, revenue: float, toll: float = 0.0) -> LayeredGame:
    """Return a game of one firm whose sales one government may ban, tax or leave alone.

    The evader buys up to 4 units at 1 bn USD each, worth 3 months each; the ban seizes half.
    """
    return LayeredGame(
        name="exports",
        controllers=(Controller("USA", 1.0, {"training": stake}),),
        points=(
            ControlPoint(
                "chips-USA",
                "chips",
                "USA",
                (
                    Option("nothing"),
                    Option("tariff", toll=toll),
                    Option("ban", cost=0.5, hazard=math.log(2)),
                ),
            ),
        ),
        arcs=(
            Arc(
                "sell",
                "world",
                "training",
                (PriceStep(1.0, 4.0),),
                "chips-USA",
                revenue={"USA": revenue},
            ),
        ),
        fronts=(Front("training", "training", (Chord(3.0, 10.0),)),),
        evader_budget=4.0,
    )


@pytest.mark.parametrize(
    ("stake", "revenue", "toll", "option", "payoff"),
    [
        (0.05, 0.0, 0.0, "nothing", -0.6),  # 12 months at 0.05; the ban would save 0.3 for 0.5
        (0.05, 0.25, 0.0, "nothing", -0.6 + 1.0),  # sales earn more than the months cost
        (0.1, 0.0, 0.25, "tariff", -0.1 * 9.6 + 0.8),  # 4 bn USD buy 3.2 units at 1.25
        (1.0, 0.0, 0.0, "ban", -6.5),  # half of 12 months, and the cost
        (1.0, 0.25, 0.0, "ban", -6.5 + 1.0),  # the ban does not stop the sale, but what is sold
    ],
)
def test_a_government_weighs_months_against_money(
    few: str, stake: float, revenue: float, toll: float, option: str, payoff: float
) -> None:
    game = export_game(stake=stake, revenue=revenue, toll=toll)
    found = best(game, everybody(game))
    assert game.points[0].options[found.profile[0]].name == option
    assert found.payoff == pytest.approx(payoff)
    assert found.bound == pytest.approx(payoff, abs=1e-5)


@settings(max_examples=20)
@given(game=any_game(largest=27), rng=st.randoms(use_true_random=False))
def test_a_best_response_is_best_among_all_deviations(
    game: LayeredGame, rng: random.Random
) -> None:
    oracle = Oracle(game)
    base = rng.choice(list(oracle.profiles()))
    name = rng.choice([point.owner for point in game.points])
    expected = oracle.best([name], base)
    for limit in (600, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(candidates, "FEW", limit)
            found = best(game, player(game, [name]), base)
        assert found.profile in set(oracle.deviations([name], base))
        assert found.payoff == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert expected - 1e-7 <= found.bound <= expected + 3e-6 * max(1.0, abs(expected))


@settings(max_examples=20)
@given(game=small_games(Traits(aligned=False, largest=27)))
def test_the_model_with_flows_alone_finds_the_coordinated_optimum(game: LayeredGame) -> None:
    """All controllers as one like the ties that the optimistic rule picks, so it is exact."""
    oracle, network, deciding = Oracle(game), build_network(game), everybody(game)
    weights = weights_of(game, deciding, game.status_quo, harm=0.0)
    built = general_sum_model(network, weights, members=deciding.members, box=first_box(network))
    outcome = solve(built.model)
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective is not None
    expected = max(oracle.outcome(profile).joint for profile in oracle.profiles())
    assert -outcome.objective == pytest.approx(expected, rel=1e-6, abs=1e-5)


def test_the_model_with_flows_bears_the_names_of_the_page() -> None:
    game = export_game(stake=1.0, revenue=0.25)
    weights = weights_of(game, everybody(game), game.status_quo, harm=0.0)
    network = build_network(game)
    model = general_sum_model(network, weights, members=("USA",), box=first_box(network)).model
    names = {part.name for part in model.component_objects(pyo.Constraint)}
    assert names >= {
        "node_conserves",
        "capacity_is_respected",
        "evader_budget_is_respected",
        "flows_match_prices",
        "front_is_priced",
        "lane_earns_no_surplus",
        "steps_are_ordered",
        "budget_is_respected",
    }


@settings(max_examples=20)
@given(game=small_games(Traits(largest=27)), more=st.sampled_from([0.125, 0.5, 5.0]))
def test_more_budget_never_hurts_the_coordinated_optimum(game: LayeredGame, more: float) -> None:
    richer = replace(
        game, controllers=tuple(replace(c, budget=c.budget + more) for c in game.controllers)
    )
    assert best(richer, everybody(richer)).payoff >= best(game, everybody(game)).payoff - 1e-9


@settings(max_examples=20)
@given(game=any_game(largest=27))
def test_shared_budgets_never_hurt(game: LayeredGame) -> None:
    apart, pooled = best(game, everybody(game)), best(game, everybody(game, pooled=True))
    assert pooled.payoff >= apart.payoff - 1e-9
    spent = sum(p.options[o].cost for p, o in zip(game.points, pooled.profile, strict=True))
    assert spent <= sum(c.budget for c in game.controllers) + 1e-9


@settings(max_examples=15)
@given(game=any_game(largest=27))
def test_a_player_confined_to_layers_leaves_the_others_alone(game: LayeredGame) -> None:
    oracle = Oracle(game)
    if not oracle.affordable(game.status_quo):
        return
    names = [controller.name for controller in game.controllers]
    confined = best(game, player(game, names, layers=["chips"]))
    for point, option in zip(game.points, confined.profile, strict=True):
        assert point.layer == "chips" or option == point.status_quo
    assert confined.payoff <= best(game, everybody(game)).payoff + 1e-9


@settings(max_examples=15)
@given(game=small_games(Traits(aligned=False, largest=27)))
def test_the_optimistic_rule_never_gives_less_than_the_pessimistic(game: LayeredGame) -> None:
    network = build_network(game)
    kind, harsh = World(network), World(network, rule="pessimistic")
    for profile in list(Oracle(game).profiles())[:10]:
        assert kind.payoffs(profile).joint >= harsh.payoffs(profile).joint - 1e-6


def two_points(budget: float) -> LayeredGame:
    """Return a game of a government with two points and money that may not cover what it must."""
    game = export_game(stake=1.0, revenue=0.0)
    second = ControlPoint(
        "cloud-USA", "cloud", "USA", (Option("nothing"), Option("check", cost=0.75)), status_quo=1
    )
    return replace(
        game,
        points=(*game.points, second),
        controllers=(Controller("USA", budget, {"training": 1.0}),),
    )


def test_a_status_quo_beyond_the_budget_names_who_is_short(few: str) -> None:
    game = two_points(0.6)
    with pytest.raises(InfeasibleError, match=r"USA: at least 0\.75 .* on a budget of 0\.6"):
        best(game, player(game, ["USA"], layers=["chips"]))
    assert InfeasibleError.exit_code == 3


def test_with_nothing_to_decide_the_bound_is_the_payoff() -> None:
    game = two_points(2.0)
    settled = replace(
        game, points=tuple(replace(p, options=p.options[:1], status_quo=0) for p in game.points)
    )
    found = best(settled, everybody(settled))
    assert (found.method, found.payoff, found.bound) == ("nothing to decide", -12.0, -12.0)


def test_alignment_is_the_stake_in_the_evaders_value() -> None:
    game = export_game(stake=0.5, revenue=0.0)
    assert alignment(game, ["USA"]) == 0.5
    doubled = replace(game, fronts=(replace(game.fronts[0], weight=2.0),))
    assert alignment(doubled, ["USA"]) == 0.25
    assert alignment(export_game(stake=0.0, revenue=0.0), ["USA"]) == 0.0


@pytest.mark.parametrize(
    "game",
    [
        export_game(stake=1.0, revenue=0.25),
        export_game(stake=1.0, revenue=0.0, toll=0.25),
        replace(
            export_game(stake=1.0, revenue=0.0),
            arcs=(replace(export_game(stake=1.0, revenue=0.0).arcs[0], value=-0.5),),
        ),
    ],
    ids=["revenue", "toll", "strategic value"],
)
def test_revenue_tolls_and_strategic_value_end_alignment(game: LayeredGame) -> None:
    assert alignment(game, ["USA"]) is None


@settings(max_examples=30)
@given(game=small_games(Traits(largest=27)), rng=st.randoms(use_true_random=False))
def test_an_aligned_payoff_mirrors_the_evaders_value(game: LayeredGame, rng: random.Random) -> None:
    oracle = Oracle(game)
    profile = rng.choice(list(oracle.profiles()))
    outcome = oracle.outcome(profile)
    for controller in game.controllers:
        scale = alignment(game, [controller.name])
        assert scale is not None
        costs = sum(
            point.options[o].cost + point.options[o].economic_cost
            for point, o in zip(game.points, profile, strict=True)
            if point.owner == controller.name
        )
        expected = -scale * outcome.value - costs
        assert outcome.payoffs[controller.name] == pytest.approx(expected, abs=1e-6)


def test_care_is_taken_into_account_by_every_method(few: str) -> None:
    # covert crossing halves the hazard for 0.25 a unit: 3.2 units, 3.2 * 2**-0.5 arrive; at normal
    # effort 4 units, 2 arrive
    game = export_game(stake=1.0, revenue=0.0)
    game = replace(game, efforts=(Effort("normal"), Effort("covert", 0.5, unit_cost=0.25)))
    found = best(game, everybody(game))
    assert found.payoff == pytest.approx(-3 * 3.2 * 2**-0.5 - 0.5)


def test_every_method_that_can_be_asked_for_finds_the_same_and_says_that_it_was_asked() -> None:
    """The player's stakes mirror the evader's weights, but it earns a toll."""
    game = export_game(stake=0.3, revenue=0.0, toll=0.2)
    together = everybody(game)
    expected = best(game, together)
    assert "few enough to try" in expected.why
    asked: tuple[Method, ...] = ("enumeration", "ranked interdiction", "strong duality")
    for method in asked:
        world = World(build_network(game), method=method)
        generator = np.random.default_rng(0)
        found = best_portfolio(world, together, game.status_quo, generator=generator)
        assert (found.method, found.why) == (method, "asked for")
        assert found.payoff == pytest.approx(expected.payoff, rel=1e-6)
        assert found.bound == pytest.approx(expected.payoff, rel=1e-5)


@pytest.mark.parametrize("method", ["interdiction", "ranked interdiction"])
def test_a_method_that_does_not_apply_is_refused(method: Method) -> None:
    rng = np.random.default_rng(5)
    game = generate(controllers=2, points=9, options=3, rng=rng, revenue_arcs=2, misaligned=True)
    world = World(build_network(game), method=method)
    with pytest.raises(InputError, match="expected a player whose stakes mirror"):
        best_portfolio(world, everybody(game), game.status_quo, generator=rng)


def test_a_bound_below_what_a_portfolio_earns_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The portfolio is taken to earn 1 bn USD a year more than the models say."""
    game = generate(
        controllers=2, points=6, options=3, rng=np.random.default_rng(1), revenue_arcs=2
    )
    world = World(build_network(game), method="strong duality")
    earned = world.payoff
    monkeypatch.setattr(world, "payoff", lambda one, profile: earned(one, profile) + 1.0)
    with pytest.raises(NotCertifiedError, match="expected a bound of at least"):
        best_portfolio(world, everybody(game), game.status_quo, generator=np.random.default_rng(0))


def test_a_search_over_prices_that_promises_too_little_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = generate(
        controllers=2, points=6, options=3, rng=np.random.default_rng(1), revenue_arcs=2
    )
    world = World(build_network(game), method="flow search")
    run = FlowSearch.run

    def too_low(search: FlowSearch, box: Box, **limits: float) -> Found:
        found = run(search, box, **limits)
        return replace(found, bound=found.loss + 0.01 * abs(found.loss))

    monkeypatch.setattr(FlowSearch, "run", too_low)
    with pytest.raises(NotCertifiedError, match="flow search for C0\\+C1 in c2-p6-o3: expected"):
        best_portfolio(world, everybody(game), game.status_quo, generator=np.random.default_rng(0))

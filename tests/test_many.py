"""Many worlds at once say what each says by itself, and checks find what is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from games.many import ManyGames, ManyPlans, check_many, payoffs_of_many
from games.network import build_network
from scenarios.build import build_game
from scenarios.load import load
from scenarios.many import evaluate, many_games
from scenarios.scenario import Scenario
from scenarios.worlds import Worlds, sample
from solvers.certificate import evaluated
from solvers.many import EvaderOfMany, ManyResponses, alike
from solvers.world import World

PROFILES = [
    {},
    {"chips-MYS": "inspection/triple", "cloud-USA": "verify", "tools-KOR-process": "aligned"},
    {"chips-USA-H200": "nothing", "chips-USA-H20": "ban", "inference-USA": "verified-access"},
]


def many(scenario: Scenario, worlds: Worlds) -> ManyGames:
    values = {name: worlds.draws[:, column] for column, name in enumerate(worlds.names)}
    drawn = many_games(scenario.blueprint, scenario.game, values, len(worlds))
    assert drawn.sound.all()
    return drawn.games


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load("baseline-2026")


@pytest.fixture(scope="module")
def drawn(baseline: Scenario) -> Worlds:
    return sample(baseline, 24, seed=5)


@pytest.fixture(scope="module")
def games(baseline: Scenario, drawn: Worlds) -> ManyGames:
    return many(baseline, drawn)


def responses(scenario: Scenario, games: ManyGames, profile: tuple[int, ...]) -> ManyResponses:
    base = many_games(scenario.blueprint, scenario.game, {}, 1).games
    assert alike(base, games, profile).all()
    correlated = bool((games.correlations > 0).any())
    return EvaderOfMany(base, profile, correlated=correlated).respond(games)


def test_the_numbers_of_many_worlds_are_those_of_each_game(drawn: Worlds, games: ManyGames) -> None:
    for world in range(0, 24, 5):
        game = drawn.game(world)
        options = [o for point in game.points for o in point.options]
        steps = [step for arc in game.arcs for step in arc.steps]
        for row, numbers in {
            "costs": [o.cost for o in options],
            "economic_costs": [o.economic_cost for o in options],
            "hazards": [o.hazard for o in options],
            "tolls": [o.toll for o in options],
            "prices": [step.price for step in steps],
            "capacities": [step.capacity for step in steps],
            "conversions": [arc.conversion for arc in game.arcs],
            "budgets": [c.budget for c in game.controllers],
            "hazard_factors": [e.hazard_factor for e in game.efforts],
        }.items():
            np.testing.assert_allclose(getattr(games, row)[world], numbers, rtol=1e-12)
        assert games.correlations[world] == game.correlation
        for f, front in enumerate(game.fronts):
            mine = games.chord_front == f
            widths = games.widths[world, mine]
            slopes = games.slopes[world, mine][widths > 0]
            np.testing.assert_allclose(slopes, [c.slope for c in front.chords], rtol=1e-9)
            np.testing.assert_allclose(widths[widths > 0], [c.width for c in front.chords])


@pytest.mark.parametrize("options", PROFILES)
@pytest.mark.parametrize("correlated", [False, True])
def test_a_profile_is_worth_in_many_worlds_what_it_is_worth_in_each(
    baseline: Scenario, drawn: Worlds, games: ManyGames, options: dict[str, str], correlated: bool
) -> None:
    profile = baseline.game.profile(options)
    rows = np.flatnonzero((games.correlations > 0) == correlated)[:6]
    some = games.rows(rows)
    found = responses(baseline, some, profile)
    assert found.sound.all()
    assert max(found.gap.max(), found.violation.max()) < 1e-9
    payoffs = payoffs_of_many(some, profile, entering=found.entering, quantities=found.quantities)
    for i, row in enumerate(rows):
        world = World(build_network(drawn.game(int(row))))
        one = world.payoffs(profile)
        assert found.value[i] == pytest.approx(world.evader.value(profile), rel=1e-9)
        assert payoffs.total[i].sum() == pytest.approx(one.joint, rel=1e-8)
        assert payoffs.outlay[i] == pytest.approx(list(one.outlay.values()), rel=1e-12, abs=1e-15)
        check = evaluated(world.network, world.respond(profile))
        assert found.value[i] == pytest.approx(check.primal, rel=1e-9)


def test_small_scenarios_are_worth_the_same_too() -> None:
    scenario = load("two-layers")
    drawn = sample(scenario, 16)
    games = many(scenario, drawn)
    for point in scenario.game.points:
        for option in point.options:
            profile = scenario.game.profile({point.name: option.name})
            found = responses(scenario, games, profile)
            assert found.sound.all()
            payoffs = payoffs_of_many(
                games, profile, entering=found.entering, quantities=found.quantities
            )
            for world in range(16):
                one = World(build_network(drawn.game(world))).payoffs(profile)
                assert payoffs.total[world] == pytest.approx(list(one.total.values()), rel=1e-8)


def test_an_answer_depends_on_its_world_alone(baseline: Scenario, games: ManyGames) -> None:
    """Bit by bit, whatever was solved before it."""
    profile = baseline.game.status_quo
    rows = np.flatnonzero(games.correlations == 0)
    all_of_them = responses(baseline, games.rows(rows), profile)
    backwards = responses(baseline, games.rows(rows[::-1]), profile)
    np.testing.assert_array_equal(all_of_them.entering, backwards.entering[::-1])
    np.testing.assert_array_equal(all_of_them.value, backwards.value[::-1])


def test_worlds_with_other_zeros_are_not_alike(baseline: Scenario, games: ManyGames) -> None:
    profile = baseline.game.status_quo
    base = many_games(baseline.blueprint, baseline.game, {}, 1).games
    hazards = games.hazards.copy()
    (chosen,) = games.options(profile)[[games.shape.point_index["inference-USA"]]]
    hazards[3, chosen] = 0.0
    assert alike(base, replace(games, hazards=hazards), profile).tolist().count(False) == 1


def test_worlds_that_no_game_can_have_are_marked(baseline: Scenario) -> None:
    bad = {
        "markup_low": 60.0,  # above the next step
        "usa_budget": -1.0,
        "careful_hazard": 101.0,
        "world_stock_growth": 0.5,  # the front would shrink
        "evader_budget": float("nan"),
    }
    for name, number in bad.items():
        own = baseline.parameters[name].value
        values = {name: np.array([own, number])}
        drawn = many_games(baseline.blueprint, baseline.game, values, 2)
        assert drawn.sound.tolist() == [True, False], name
        assert build_game(baseline.blueprint, {name: own}) == baseline.game


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 ** a + max(a, b, 1) - min(a, b)", [2**2 + 3 - 2, 2**-1 + 5 + 1]),
        ("-a / b", [-2 / 3, 1 / 5]),
        ("exp(0 * a) + sqrt(b * b) + log10(100)", [1 + 3 + 2, 1 + 5 + 2]),
    ],
)
def test_expressions_have_in_arrays_the_value_that_they_have_alone(
    text: str, expected: list[float]
) -> None:
    from scenarios.expressions import parse

    sizes = {"a": np.array([2.0, -1.0]), "b": np.array([3.0, 5.0])}
    assert evaluate(parse(text), sizes) == pytest.approx(expected)
    for world in range(2):
        alone = parse(text).value({name: float(size[world]) for name, size in sizes.items()})
        assert alone == pytest.approx(expected[world])


# Checks that fail -------------------------------------------------------------------------------


def plan(scenario: Scenario) -> ManyPlans:
    """Return the optimal plan and prices that the single solver finds at the own numbers."""
    network = build_network(scenario.game)
    response = World(network).respond(scenario.game.status_quo)
    lanes = network.lanes
    return ManyPlans(
        arc=np.array([lane.arc for lane in lanes]),
        step=np.array([lane.step for lane in lanes]),
        effort=np.array([lane.effort for lane in lanes]),
        known=np.array([lane.known for lane in lanes]),
        units=response.flows[None],
        places=network.nodes,
        prices=response.node_prices[None],
        money=np.array([response.money_price]),
    )


@pytest.fixture(scope="module")
def own(baseline: Scenario) -> ManyGames:
    return many_games(baseline.blueprint, baseline.game, {}, 1).games


def test_a_plan_of_the_other_solver_passes(baseline: Scenario, own: ManyGames) -> None:
    checks = check_many(own, baseline.game.status_quo, plan(baseline))
    assert abs(checks.gap[0]) < 1e-9
    assert checks.violation[0] < 1e-9


def test_every_kind_of_wrong_plan_is_found(baseline: Scenario, own: ManyGames) -> None:
    right, today = plan(baseline), baseline.game.status_quo
    used = int(np.argmax(right.units[0] / np.maximum(own.capacities[0, 0], 1)))
    more, less, unknown = (right.units.copy() for _ in range(3))
    more[0] *= 1.01
    less[0, used] = -1.0
    unknown[0, 0] = np.nan
    for units in (more, less, unknown):
        checks = check_many(own, today, replace(right, units=units))
        assert not checks.violation[0] <= 1e-6
    fewer = check_many(own, today, replace(right, units=0.9 * right.units))
    assert fewer.violation[0] < 1e-9
    assert fewer.gap[0] > 1e-3
    cheaper = check_many(own, today, replace(right, prices=0.5 * right.prices))
    assert cheaper.gap[0] > 1e-3
    elsewhere = replace(right, step=right.step + 7)
    assert check_many(own, today, elsewhere).violation[0] == np.inf

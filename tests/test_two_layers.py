"""The shipped scenario `two-layers`, solved by hand.

China has 4 bn USD a year and a unit (a thousand chips) costs 0.04 bn USD on either road, so it buys
4 / 0.04 = 100 units. Each road takes 60 of them, so it fills the better road and puts 40 on the
other. Of the units on a road checked by nobody, basically or strictly, the share 1, 1/2 or 1/4
arrives, and a unit that arrives is worth 0.1 months. With s >= t the shares of the two roads,

    months = 0.1 (60 s + 40 t)

                              Malaysia
    United States   nothing          basic            strict
    nothing         10               6 + 2 = 8        6 + 1 = 7
    basic           6 + 2 = 8        3 + 2 = 5        3 + 1 = 4
    strict          6 + 1 = 7        3 + 1 = 4        1.5 + 1 = 2.5

The United States lose 2 bn USD a month, and pay 0, 1 + 4 = 5 or 2 + 7 = 9 for their options;
Malaysia loses a tenth of everything: 0.2 a month, and 0, 0.5 or 0.9. With U = - stake * months -
cost, and J the sum of the two:

    U of the United States            U of Malaysia                    J
    -20    -16    -14                 -2     -2.1   -2.3               -22    -18.1  -16.3
    -21    -15    -13                 -1.6   -1.5   -1.7               -22.6  -16.5  -14.7
    -23    -17    -14                 -1.4   -1.3   -1.4               -24.4  -18.3  -15.4

Down each column, the United States do best with nothing, basic and basic; along each row, Malaysia
does best with nothing, basic and basic. So exactly (nothing, nothing) and (basic, basic) are
equilibria, with J = -22 and -16.5. The largest J is -14.7 at (basic, strict): Malaysia's strict
check is worth 1 month = 2.2 bn USD to the two but 0.2 to Malaysia, which pays 0.4 more for it. Of
the attainable gain -14.7 + 22 = 7.3, acting alone loses 7.3 / 7.3 = 100 percent in the worst
equilibrium and (-14.7 + 16.5) / 7.3 = 24.7 percent in the best.
"""

from __future__ import annotations

import itertools

import pytest

from games.layered import Profile
from games.network import build_network
from scenarios.load import load
from scenarios.observed import hold_against
from scenarios.scenario import Scenario
from solvers.evader import Evader

MONTHS = [[10, 8, 7], [8, 5, 4], [7, 4, 2.5]]
USA = [[-20, -16, -14], [-21, -15, -13], [-23, -17, -14]]
MALAYSIA = [[-2, -2.1, -2.3], [-1.6, -1.5, -1.7], [-1.4, -1.3, -1.4]]
PROFILES = list(itertools.product(range(3), range(3)))


@pytest.fixture(scope="module")
def world() -> Scenario:
    return load("two-layers")


@pytest.fixture(scope="module")
def payoffs(world: Scenario) -> dict[Profile, dict[str, float]]:
    """U_i of every profile, with the evader's best response found by its solver."""
    game, evader = world.game, Evader(build_network(world.game))
    table = {}
    for profile in PROFILES:
        quantities = evader.respond(profile).quantities
        table[profile] = {
            controller.name: -sum(
                controller.stakes[front.name] * front.months(quantity)
                for front, quantity in zip(game.fronts, quantities, strict=True)
            )
            - sum(
                point.options[chosen].cost + point.options[chosen].economic_cost
                for point, chosen in zip(game.points, profile, strict=True)
                if point.owner == controller.name
            )
            for controller in game.controllers
        }
    return table


def joint(payoffs: dict[Profile, dict[str, float]], profile: Profile) -> float:
    return sum(payoffs[profile].values())


def equilibria(payoffs: dict[Profile, dict[str, float]]) -> list[Profile]:
    """Profiles from which no controller gains by changing its one option."""
    return [
        (usa, mys)
        for usa, mys in PROFILES
        if all(payoffs[usa, mys]["USA"] >= payoffs[other, mys]["USA"] for other in range(3))
        and all(payoffs[usa, mys]["MYS"] >= payoffs[usa, other]["MYS"] for other in range(3))
    ]


def test_months_are_those_worked_by_hand(world: Scenario) -> None:
    evader = Evader(build_network(world.game))
    for usa, mys in PROFILES:
        assert evader.value((usa, mys)) == pytest.approx(MONTHS[usa][mys], abs=1e-9)


def test_payoffs_are_those_worked_by_hand(payoffs: dict[Profile, dict[str, float]]) -> None:
    for usa, mys in PROFILES:
        expected = {"USA": USA[usa][mys], "MYS": MALAYSIA[usa][mys]}
        assert payoffs[usa, mys] == pytest.approx(expected, abs=1e-9)


def test_the_equilibria_are_to_do_nothing_and_to_go_halfway(
    world: Scenario, payoffs: dict[Profile, dict[str, float]]
) -> None:
    found = [world.game.option_names(profile) for profile in equilibria(payoffs)]
    assert found == [
        {"chips-USA": "nothing", "cloud-MYS": "nothing"},
        {"chips-USA": "basic", "cloud-MYS": "basic"},
    ]


def test_coordination_makes_malaysia_strict(
    world: Scenario, payoffs: dict[Profile, dict[str, float]]
) -> None:
    best = max(PROFILES, key=lambda profile: joint(payoffs, profile))
    assert world.game.option_names(best) == {"chips-USA": "basic", "cloud-MYS": "strict"}
    assert joint(payoffs, best) == pytest.approx(-14.7, abs=1e-9)


def test_acting_alone_loses_a_quarter_to_all_of_the_gain(
    world: Scenario, payoffs: dict[Profile, dict[str, float]]
) -> None:
    coordinated = max(joint(payoffs, profile) for profile in PROFILES)
    gain = coordinated - joint(payoffs, world.game.status_quo)
    lost = [(coordinated - joint(payoffs, alone)) / gain for alone in equilibria(payoffs)]
    assert lost == pytest.approx([1, 1.8 / 7.3])


def test_the_two_checks_together_are_worth_more_than_their_sum(
    payoffs: dict[Profile, dict[str, float]],
) -> None:
    def saved(profile: Profile) -> float:
        return MONTHS[0][0] - MONTHS[profile[0]][profile[1]]

    assert saved((1, 1)) == 5 > saved((1, 0)) + saved((0, 1)) == 4


def test_every_number_is_marked_as_a_prior(world: Scenario) -> None:
    assert all(parameter.flagged for parameter in world.parameters.values())
    assert set(world.sources) == {"prior"}


def test_the_observed_months_are_held_against_the_model(world: Scenario) -> None:
    response = Evader(build_network(world.game)).respond(world.game.status_quo)
    (row,) = hold_against(world, response)
    assert (row.observed, row.low, row.high, row.unit) == (9, 7, 12, "month")
    assert row.model == pytest.approx(10)
    assert row.inside


def test_a_rich_evader_fills_both_roads() -> None:
    game = load("two-layers", overrides=["rich-evader"]).game
    assert Evader(build_network(game)).value(game.status_quo) == pytest.approx(12)


@pytest.mark.parametrize("weight", ["1e-9", "1e-6", "1000"])
def test_how_much_china_wants_it_does_not_change_what_it_does(weight: str) -> None:
    world = load("two-layers", settings=[f"parameters.china_weight.value={weight}"])
    usual = Evader(build_network(load("two-layers").game)).respond(world.game.status_quo)
    response = Evader(build_network(world.game)).respond(world.game.status_quo)
    assert sum(usual.quantities) > 0
    assert response.quantities == pytest.approx(usual.quantities)

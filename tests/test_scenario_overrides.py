"""Overrides and settings: changing a scenario without copying it."""

from __future__ import annotations

from pathlib import Path

import pytest

from games.errors import InputError
from scenarios.load import load
from scenarios.new import write_template
from scenarios.scenario import Scenario


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_template(tmp_path / "world").parent


def changed(world: Scenario) -> set[str]:
    return {name for name, parameter in world.parameters.items() if parameter.changed}


def test_a_parameter_moves_within_its_range(folder: Path) -> None:
    world = load(folder, settings=["parameters.port_stake.value=0.15"])
    parameter = world.parameters["port_stake"]
    assert (parameter.value, parameter.low, parameter.high) == (0.15, 0.05, 0.2)
    assert world.game.controllers[1].stakes == pytest.approx({"training": 0.15})
    assert changed(world) == {"port_stake"}


@pytest.mark.parametrize(("value", "low", "high"), [(0.01, 0.01, 0.2), (3.0, 0.05, 3.0)])
def test_a_parameter_outside_its_range_widens_it(
    folder: Path, value: float, low: float, high: float
) -> None:
    world = load(folder, settings=[f"parameters.port_stake.value={value}"])
    parameter = world.parameters["port_stake"]
    assert (parameter.value, parameter.low, parameter.high) == (value, low, high)
    assert parameter.changed


def test_a_number_for_a_parameter_is_its_value(folder: Path) -> None:
    short = load(folder, settings=["parameters.port_stake=3"])
    assert short.parameters == load(folder, settings=["parameters.port_stake.value=3"]).parameters
    assert changed(short) == {"port_stake"}


def test_nothing_is_changed_without_being_asked(folder: Path) -> None:
    world = load(folder)
    assert changed(world) == set()
    assert (world.overrides, world.settings) == ((), ())
    assert world.available_overrides == {"strong-home": "Domestic plants catch up"}


def test_a_number_in_place_of_an_expression_is_in_the_unit_of_its_place(folder: Path) -> None:
    world = load(
        folder,
        settings=[
            "controllers.Port.budget=0.3",
            "arcs.ship.capacity=70",
            "points.transit-Port.options[1].hazard=0.9",
        ],
    )
    assert world.game.controllers[1].budget == pytest.approx(0.3)
    assert world.game.arcs[1].steps[0].capacity == pytest.approx(70)
    assert world.game.points[1].options[1].hazard == pytest.approx(0.9)
    assert changed(world) == {
        "controllers.Port.budget", "arcs.ship.capacity", "points.transit-Port.options[1].hazard",
    }  # fmt: skip
    assert all(world.parameters[name].flagged for name in changed(world))


def test_expressions_names_and_tables_can_be_set(folder: Path) -> None:
    game = load(
        folder,
        settings=[
            'controllers.Leader.budget="2*leader_budget"',
            "controllers.Port.budget=port_budget*3",
            "points.transit-Port.status_quo=permit",
            "points.exports-Leader.options.nothing.economic_cost=-lost_sales",
            'arcs."make".price[1] = 4*chip_price',
            "arcs.make.revenue.Leader=chip_price/10",
            "settings.correlation=0.5",
            "points.exports-Leader.options.1.enforcement.tiers.triple=3*leader_enforcement",
            "controllers.Port.stakes={ }",
        ],
    ).game
    assert [c.budget for c in game.controllers] == pytest.approx([1.0, 0.3])
    assert game.points[1].status_quo == 1
    assert game.points[0].options[0].economic_cost == pytest.approx(-0.3)
    assert game.arcs[2].steps[1].price == pytest.approx(0.12)
    assert game.arcs[2].revenue == pytest.approx({"Leader": 0.003})
    assert game.correlation == 0.5
    assert game.points[0].options[3].name == "checks/triple"
    assert game.controllers[1].stakes == {}


def test_a_named_override_is_applied_before_settings(folder: Path) -> None:
    world = load(folder, overrides=["strong-home"])
    assert world.game.points[1].status_quo == 1
    assert world.parameters["domestic_quality"].value == 90
    both = load(
        folder, overrides=["strong-home"], settings=["parameters.domestic_quality.value=50"]
    )
    assert both.parameters["domestic_quality"].value == 50
    assert both.overrides == ("strong-home",)


def test_a_change_may_leave_parameters_unused(folder: Path) -> None:
    load(folder, settings=["points.transit-Port.options[1].toll=0"])


def test_a_parameter_used_by_an_override_alone_is_used(folder: Path) -> None:
    with (folder / "parameters.csv").open("a") as table:
        table.write("other_fee,7,5,9,USD/chip,prior,P,,for the override\n")
    with (folder / "scenario.toml").open("a") as scenario:
        scenario.write(
            '[override.fee]\nset = { "points.transit-Port.options[1].toll" = "other_fee" }'
        )
    load(folder)
    toll = load(folder, overrides=["fee"]).game.points[1].options[1].toll
    assert toll == pytest.approx(7e-9 * 1e3)  # bn USD per thousand chips


WRONG = {
    "port_stake=3": "did you mean parameters.port_stake.value?",
    "port_stake.value=3": "did you mean parameters.port_stake.value?",
    "parameters.port_stake=much": "port_stake: expected a number, found 'much'",
    "points.transit-Prt.status_quo=permit": "did you mean points.transit-Port.status_quo?",
    "controllers.Leader.budgt=3": "did you mean controllers.Leader.budget?",
    "evader_budget.value=3": "did you mean parameters.evader_budget.value?",
    "parameters.new.value=3": "expected a path that exists in the scenario",
    "controllers.Leader.budget.value=3": "did you mean controllers.Leader.budget?",
    "arcs.make.price[7]=0": "did you mean arcs.make.price[1]?",
    "arcs.make.price[0": "expected path=value, found no path before an equals sign",
    "arcs.make.price[0=1": "expected a path that exists in the scenario",
    "..=1": "expected a path that exists in the scenario",
    "nonsense": "expected path=value, found no path before an equals sign",
    "=3": "expected path=value, found no path before an equals sign",
    "points.transit-Port.status_quo=permt": "found 'permt' - did you mean 'permit'?",
    "parameters.diverted.value=nan": "expected a finite number, found nan",
    "parameters.diverted.value=many": "expected a number, found 'many'",
    "parameters.diverted.value=true": "expected a number, found true",
    "controllers.Leader.budget=chip_price": "expected bn USD/yr or another unit of money per time",
    "controllers.Leader.budget=[1]": "expected an expression over parameters in quotes",
    "settings.correlation=1.5": "expected a number >= 0 and <= 1, found 1.5",
    "arcs.buy.capacity=-3": "expected a number >= 0, found -3",
    "format=2": "expected 1, found 2",
    "parameters=3": "expected a table, found 3",
    "points.transit-Port=3": "expected a table, found 3",
    "override.strong-home.set=3": "expected a path that exists in the scenario",
}


@pytest.mark.parametrize("setting", WRONG)
def test_a_wrong_setting_is_told_by_its_name(folder: Path, setting: str) -> None:
    with pytest.raises(InputError) as caught:
        load(folder, settings=[setting])
    (first, *_) = caught.value.faults
    assert first.startswith(f"--set {setting.partition('=')[0]}")
    assert WRONG[setting] in first


def test_wrong_settings_and_overrides_are_told_together(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(folder, overrides=["strong-hom"], settings=["a=1", "settings.correlation=2"])
    assert [fault.partition(": ")[0] for fault in caught.value.faults] == [
        "--override strong-hom", "--set a", "--set settings.correlation",
    ]  # fmt: skip
    assert "did you mean 'strong-home'?" in caught.value.faults[0]


def test_a_fault_that_an_override_brings_in_names_the_override(folder: Path) -> None:
    with (folder / "scenario.toml").open("a") as scenario:
        scenario.write('[override.bad]\nset = { "points.transit-Port.status_quo" = "none" }')
    load(folder)
    with pytest.raises(
        InputError, match=r"override bad: points\.transit-Port\.status_quo: expected"
    ):
        load(folder, overrides=["bad"])

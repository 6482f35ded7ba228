"""Bad input: each fault gives one line that says where, what was expected and what was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.new import write_template
from tests.faulty import edit, faults

GROWTH = 'growth = "frontier_growth" '
STAKES = 'stakes = { training = "port_stake" }'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_template(tmp_path / "world").parent


SCENARIO_FAULTS = {
    "an unknown key": (
        GROWTH,
        GROWTH + '\nwieght = "1" ',
        "scenario.toml: fronts.training.wieght: expected one of the keys title, note, node, "
        "weight, base, growth, constant_value, found an unknown key - did you mean 'weight'?",
    ),
    "an unknown table": (
        "[evader]",
        "[evaders]\n[evader]",
        "scenario.toml: evaders: expected one of the keys format, name, title, date",
    ),
    "an unknown key in an inline table": (
        'hazard = "permit_hazard"',
        'hazrd = "permit_hazard"',
        "scenario.toml: points.transit-Port.options[1].hazrd: expected one of the keys",
    ),
    "a missing key": (
        'owner = "Port"\n',
        "",
        "scenario.toml: points.transit-Port.owner: expected a value, found nothing - add the key",
    ),
    "a bare number": (
        'price = "1.5*chip_price"',
        "price = 45",
        "scenario.toml: arcs.buy: price: expected an expression over parameters in quotes",
    ),
    "a bare number in quotes": (
        'price = "1.5*chip_price"',
        'price = "45"',
        "scenario.toml: arcs.buy: price: expected at least one parameter, or the plain number 0 or "
        "1, found '45' - declare the number as a parameter",
    ),
    "a text instead of a table": (
        "[efforts.normal]\n" + 'hazard_factor = "1"',
        '[efforts]\nnormal = "1"',
        "scenario.toml: efforts.normal: expected a table, found '1'",
    ),
    "another format": ("format = 1", "format = 2", "scenario.toml: format: expected 1, found 2"),
    "a date in quotes": (
        "date = 2026-04-29",
        'date = "April"',
        "scenario.toml: date: expected a date such as 2026-04-29, found 'April'",
    ),
    "a chord error of NaN": (
        "chord_error = 0.01",
        "chord_error = nan",
        "scenario.toml: settings.chord_error: expected a finite number, found nan",
    ),
    "a chord error of one": (
        "chord_error = 0.01",
        "chord_error = 1",
        "scenario.toml: settings.chord_error: expected less than 1, found 1",
    ),
    "a correlation above one": (
        'correlation = "0"',
        'correlation = "1 + permit_hazard"',
        "scenario.toml: settings.correlation: expected a number >= 0 and <= 1, found 1.4",
    ),
    "a negative hazard": (
        'hazard = "permit_hazard"',
        'hazard = "-permit_hazard"',
        "scenario.toml: points.transit-Port.options[1].hazard: expected a number >= 0, found -0.4",
    ),
    "a negative cost": (
        'cost = "permit_outlay"',
        'cost = "permit_outlay - 2*permit_outlay"',
        "scenario.toml: points.transit-Port.options[1].cost: expected a number >= 0, found -0.08",
    ),
    "a wrong unit": (
        'budget = "port_budget"',
        'budget = "permit_fee"',
        "scenario.toml: controllers.Port.budget: expected bn USD/yr or another unit of money per "
        "time, found money per chip from 'permit_fee' (permit_fee in USD/chip)",
    ),
    "unlike things added": (
        'budget = "port_budget"',
        'budget = "port_budget + diverted"',
        "scenario.toml: controllers.Port.budget: expected like things on both sides of +, found "
        "money per time and chip per time in 'port_budget + diverted'",
    ),
    "an unknown parameter": (
        'budget = "port_budget"',
        'budget = "port_buget"',
        "scenario.toml: controllers.Port.budget: expected names of parameters, found 'port_buget' "
        "- did you mean 'port_budget'?",
    ),
    "an unknown layer": (
        'layer = "transit"',
        'layer = "transits"',
        "scenario.toml: points.transit-Port.layer: expected one of the layers exports, transit, "
        "found 'transits' - did you mean 'transit'?",
    ),
    "an unknown owner": (
        'owner = "Port"',
        'owner = "Prot"',
        "scenario.toml: points.transit-Port.owner: expected one of the controllers Leader, Port, "
        "found 'Prot' - did you mean 'Port'?",
    ),
    "an unknown status quo": (
        'status_quo = "checks/today"',
        'status_quo = "checks"',
        "scenario.toml: points.exports-Leader.status_quo: expected one of the options nothing, "
        "checks/today, checks/double, found 'checks'",
    ),
    "an option twice": (
        'measure = "permit"',
        'measure = "nothing"',
        "scenario.toml: points.transit-Port.options[1]: expected each option once, found 'nothing'",
    ),
    "no options": (
        'options = [\n  { measure = "nothing" },\n  { measure = "permit"',
        'options = []\n#  { measure = "permit"',
        "scenario.toml: ",
    ),
    "a hazard beside a curve": (
        'economic_cost = "lost_sales"',
        'hazard = "hazard_max", economic_cost = "lost_sales"',
        "scenario.toml: points.exports-Leader.options[1].hazard: expected no hazard beside",
    ),
    "an unknown node": (
        'tail = "port"',
        'tail = "prt"',
        "scenario.toml: arcs.ship: tail: expected one of the nodes world, port, home, training, "
        "found 'prt' - did you mean 'port'?",
    ),
    "an unknown unit": (
        'title = "Stock in the port"\nunit = "k chip"',
        'unit = "k chips"',
        "scenario.toml: nodes.port.unit: expected a unit made of",
    ),
    "an arc twice": (
        'name = "ship"',
        'name = "buy"',
        "scenario.toml: arcs.buy: expected each name once, found 'buy' a second time",
    ),
    "an arc without a name": (
        'name = "ship"\n',
        "",
        "scenario.toml: arcs[1].name: expected a name in quotes, found nothing",
    ),
    "prices without capacities": (
        'capacity = ["domestic", "domestic"]',
        'capacity = ["domestic"]',
        "scenario.toml: arcs.make: expected as many capacities as prices, found 2 prices and 1",
    ),
    "falling prices": (
        '"3*chip_price"',
        '"chip_price / 3"',
        "scenario.toml: arc make: expected rising prices, found 0.01 after 0.03",
    ),
    "a conversion of nothing": (
        'conversion = "domestic_quality"',
        'conversion = "0 * domestic_quality"',
        "scenario.toml: arcs.make: conversion: expected a number > 0, found 0",
    ),
    "a front without a shape": (
        GROWTH,
        "",
        "scenario.toml: fronts.training: expected either base and growth, or constant_value, "
        "found base",
    ),
    "a stake in an unknown front": (
        STAKES,
        STAKES.replace("training", "trainign"),
        "scenario.toml: controllers.Port.stakes.trainign: expected one of the fronts training, "
        "found 'trainign' - did you mean 'training'?",
    ),
    "a cycle": (
        'tail = "world"\nhead = "port"',
        'tail = "port"\nhead = "port"',
        "scenario.toml: network: expected no cycle, found port -> port",
    ),
    "a front that an arc leaves": (
        'tail = "port"\nhead = "training"',
        'tail = "training"\nhead = "port"',
        "scenario.toml: ",
    ),
    "an unused parameter": (
        'toll = "permit_fee"',
        'toll = "0"',
        "parameters.csv: line 13 (permit_fee): expected to be used by an expression or an "
        "observation, found no use - remove it",
    ),
    "an unused node": (
        "[nodes.home]",
        '[nodes.spare]\nunit = "k chip"\n[nodes.home]',
        "scenario.toml: nodes.spare: expected to be used by an arc, found no use",
    ),
    "an unused layer": (
        "[layers.transit]",
        "[layers.spare]\n[layers.transit]",
        "scenario.toml: layers.spare: expected to be used by a control point, found no use",
    ),
    "an unused control point": (
        'point = "transit-Port"\n',
        "",
        "scenario.toml: points.transit-Port: expected to be used by an arc, found no use",
    ),
    "an unused good": (
        'goods = ["chip"]',
        'goods = ["chip", "gpu"]',
        "scenario.toml: goods[1]: expected to be used by a unit, found no use",
    ),
    "a good that is a unit": (
        'goods = ["chip"]',
        'goods = ["chip", "yr"]',
        "scenario.toml: goods[1]: expected a new name, found 'yr', the name of a unit already",
    ),
    "an override that names nothing": (
        '"points.transit-Port.status_quo"',
        '"points.transit-Prot.status_quo"',
        "scenario.toml: override.strong-home.set: expected a path that exists in the scenario, "
        "found 'points.transit-Prot.status_quo' - did you mean points.transit-Port.status_quo?",
    ),
    "an observation of no arc": (
        'arriving = ["ship"]',
        'arriving = ["shp*"]',
        "scenario.toml: observed[0].model.arriving[0]: expected the name of one of the arcs, "
        "or a pattern, found 'shp*'",
    ),
    "an observation of two things": (
        'arriving = ["ship"]',
        'arriving = ["ship"], months = "training"',
        "scenario.toml: observed[0].model: expected one of arriving, entering, months, node_price",
    ),
    "an observation in another unit": (
        'arriving = ["ship"]',
        'months = "training"',
        "scenario.toml: observed[0].scale: expected k chip/yr/month or another unit of chip per "
        "time^2, found a plain number from '1'",
    ),
    "brackets without end": (
        'price = "1.5*chip_price"',
        f'price = "{"(" * 5000}chip_price"',
        "scenario.toml: arcs.buy: price: expected an expression of at most 1000 characters",
    ),
    "brackets in brackets": (
        'price = "1.5*chip_price"',
        f'price = "{"(" * 400}chip_price"',
        "scenario.toml: arcs.buy: price: expected at most 40 levels of nesting",
    ),
    "a tower of powers": (
        'price = "1.5*chip_price"',
        'price = "chip_price * 9**9**9**9"',
        "scenario.toml: arcs.buy: price: expected arithmetic with a finite result",
    ),
    "a division by nothing": (
        'price = "1.5*chip_price"',
        'price = "chip_price / (permit_hazard - permit_hazard)"',
        "scenario.toml: arcs.buy: price: expected arithmetic with a finite result, found division",
    ),
    "a huge whole number": (
        "chord_error = 0.01",
        "chord_error = " + "9" * 4000,
        "scenario.toml: settings.chord_error: expected a number, found a very large number",
    ),
    "broken TOML": (
        "[evader]",
        "[evader",
        "scenario.toml: line 22, column 8: expected TOML, found: Expected ']'",
    ),
    "a table that is not there": (
        'parameters = "parameters.csv"',
        'parameters = "numbers.csv"',
        "numbers.csv: expected a readable file, found: No such file or directory",
    ),
    "parameters of the wrong kind": (
        'parameters = "parameters.csv"',
        "parameters = 3",
        "scenario.toml: parameters: expected the name of a CSV table, or tables, found 3",
    ),
}


@pytest.mark.parametrize("case", SCENARIO_FAULTS)
def test_a_fault_of_the_scenario_is_told_with_its_place(folder: Path, case: str) -> None:
    old, new, told = SCENARIO_FAULTS[case]
    edit(folder, (old, new))
    assert any(told in fault for fault in faults(folder)), faults(folder)


def test_one_fault_gives_one_line(folder: Path) -> None:
    edit(folder, ('cost = "permit_outlay"', 'cost = "permit_outlay * -1"'))
    assert faults(folder) == [
        "scenario.toml: points.transit-Port.options[1].cost: expected a number >= 0, found -0.08"
    ]


def test_faults_of_every_file_and_kind_are_told_together(folder: Path) -> None:
    edit(
        folder,
        (GROWTH, GROWTH + '\ncolour = "red" '),  # shape
        ('price = "1.5*chip_price"', "price = 45"),  # shape of a quantity
        ('capacity = "diverted"', 'capacity = "chip_price"'),  # meaning, in the same arc
        ('layer = "transit"', 'layer = "transits"'),  # a name
        ('toll = "permit_fee"', 'toll = "-permit_fee"'),  # a value
        ('tail = "home"', 'tail = "training"'),  # the network
        ('"points.transit-Port.status_quo"', '"points.transit-Port.status"'),  # an override
    )
    edit(folder, ("prior,P,,staff for permits", "prior,Q,,staff"), file="parameters.csv")
    edit(folder, ("port_stake,0.1", "port_budget,0.1"), file="parameters.csv")
    edit(folder, ("kind =", "sort ="), file="sources.toml")
    told = "\n".join(faults(folder))
    for place in (
        "scenario.toml: fronts.training.colour",
        "scenario.toml: arcs.buy: price",
        "scenario.toml: arcs.buy: capacity",
        "scenario.toml: points.transit-Port.layer",
        "scenario.toml: points.transit-Port.options[1].toll",
        "scenario.toml: network: expected no cycle",
        "scenario.toml: override.strong-home.set",
        "parameters.csv: line 11 (permit_outlay): confidence",
        "parameters.csv: line 10 (port_budget): expected each name once",
        "scenario.toml: controllers.Port.stakes.training: expected names of parameters",
        "sources.toml: sources.example-budget.kind",
        "sources.toml: sources.example-budget.sort",
    ):
        assert place in told


def test_what_cannot_be_read_is_not_blamed_on_what_refers_to_it(folder: Path) -> None:
    (folder / "parameters.csv").unlink()
    (folder / "sources.toml").write_text("[sources")
    assert [fault.partition(": expected")[0] for fault in faults(folder)] == [
        f"{folder / 'parameters.csv'}",
        "sources.toml",
    ]


def test_a_misshapen_source_is_not_blamed_on_what_cites_it(folder: Path) -> None:
    edit(folder, ("kind =", "sort ="), file="sources.toml")
    assert [fault.partition(": expected")[0] for fault in faults(folder)] == [
        "sources.toml: sources.example-budget.kind",
        "sources.toml: sources.example-budget.sort",
    ]


def test_a_budget_under_the_cheapest_options_is_told(folder: Path) -> None:
    edit(folder, ('{ measure = "nothing" },\n  # A measure', "# A measure"))
    edit(folder, ("leader_budget,0.5,0.2", "leader_budget,0.1,0.1"), file="parameters.csv")
    assert faults(folder) == [
        "scenario.toml: controller Leader: expected a budget of at least 0.15 bn USD, the cheapest "
        "option at each of its control points; found 0.1"
    ]


def test_a_front_without_a_route_is_told(folder: Path) -> None:
    edit(folder, ("[fronts.training]", '[nodes.far]\nunit = "k chip"\n[fronts.training]'))
    edit(folder, ('node = "training"', 'node = "far"'))
    assert any(
        "fronts.training.node: expected an arc that leads to 'far'" in f for f in faults(folder)
    )


def test_a_front_that_no_unit_can_reach_is_told(folder: Path) -> None:
    edit(
        folder,
        ("diverted,150,50", "diverted,0,0"),
        ("domestic,80,40", "domestic,0,0"),
        file="parameters.csv",
    )
    assert "fronts.training: expected a route from a source" in faults(folder)[0]


def test_numbers_that_differ_beyond_rounding_are_told(folder: Path) -> None:
    edit(folder, ("400,200,800,k chip", "400e-20,0,800,k chip"), file="parameters.csv")
    assert "fronts.training.base: expected a base of at least" in faults(folder)[0]


def test_care_per_unit_needs_one_unit_for_all_that_crosses(folder: Path) -> None:
    edit(
        folder,
        ('goods = ["chip"]', 'goods = ["chip", "box"]'),
        ('title = "World market"\nunit = "k chip"', 'unit = "k box"'),
        ('capacity = "diverted"', 'capacity = "diverted / filled"\nconversion = "filled"'),
        ('price = "1.5*chip_price"', 'price = "chip_price * filled"'),
        ('price_share = "careful_price_share"', 'unit_cost = "chip_price * careful_price_share"'),
    )
    with (folder / "parameters.csv").open("a") as table:
        table.write("filled,8,,,chip/box,prior,P,true,chips in a box\n")
    assert faults(folder) == [
        "scenario.toml: efforts.careful.unit_cost: expected one unit for everything that crosses, "
        "found k box, k chip - use price_share instead"
    ]


def test_an_unused_source_of_the_own_bibliography_is_told(folder: Path) -> None:
    with (folder / "sources.toml").open("a") as bibliography:
        bibliography.write('[sources.spare]\ntitle = "Unread"\nkind = "press"\n')
    assert faults(folder) == [
        "sources.toml: sources.spare: expected to be cited by a parameter, found no use - remove it"
    ]

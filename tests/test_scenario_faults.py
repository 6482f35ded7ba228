"""Bad input: each fault gives one line that says where, what was expected and what was found."""

from __future__ import annotations

import difflib
import errno
from pathlib import Path
from typing import Any

import pytest

from games.errors import InputError
from scenarios.faults import MOST_FAULTS_TOLD, nearest
from scenarios.load import load
from scenarios.new import write_template
from scenarios.overrides import MOST_PATHS

GROWTH = 'growth = "frontier_growth" '
STAKES = 'stakes = { training = "port_stake" }'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_template(tmp_path / "world").parent


def faults(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder)
    assert caught.value.exit_code == 2
    assert str(caught.value) == "\n".join(caught.value.faults)
    return list(caught.value.faults)


def edit(folder: Path, *changes: tuple[str, str], file: str = "scenario.toml") -> None:
    text = (folder / file).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / file).write_text(text, encoding="utf-8")


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
TABLE_FAULTS = {
    "not a number": (
        "0.5,0.3,0.7,OOM/yr",
        "half,0.3,0.7,OOM/yr",
        "line 19 (frontier_growth): value",
    ),
    "NaN": ("0.08,0.04", "nan,0.01", "line 11 (permit_outlay): value: expected a finite number"),
    "infinity": ("0.08,0.04", "-inf,0.01", "line 11 (permit_outlay): value: expected a finite"),
    "overflow": ("0.08,0.04", "1e400,0.01", "line 11 (permit_outlay): value: expected a finite"),
    "out of order": (
        "0.08,0.04",
        "0.08,0.09",
        "line 11 (permit_outlay): expected low <= value <= high, found low 0.09, value 0.08",
    ),
    "half a range": (
        "0.08,0.04",
        "0.08,",
        "line 11 (permit_outlay): expected low and high, found only one of them - give both, or",
    ),
    "a range of something exact": (
        "permit_outlay,0.08,0.04,0.1,bn USD/yr,prior,P,,",
        "permit_outlay,0.08,0.04,0.1,bn USD/yr,prior,P,true,",
        "line 11 (permit_outlay): expected no low and high where exact = true, found a range",
    ),
    "neither true nor false": (
        "permit_outlay,0.08,0.04,0.1,bn USD/yr,prior,P,,",
        "permit_outlay,0.08,0.04,0.1,bn USD/yr,prior,P,maybe,",
        "line 11 (permit_outlay): exact: expected true or false, found 'maybe'",
    ),
    "an unknown grade": (
        "prior,P,,staff for permits",
        "prior,Z,,staff for permits",
        "line 11 (permit_outlay): confidence: expected 'A', 'B', 'D', 'P' or 'M', found 'Z'",
    ),
    "an unknown source": (
        "example-budget,B",
        "example-bugdet,B",
        "line 7 (leader_enforcement): source: expected a key of the bibliography, found "
        "'example-bugdet' - did you mean 'example-budget'?",
    ),
    "a prior without a note": (
        "prior,P,,staff for permits",
        "prior,P,,",
        "line 11 (permit_outlay): note: expected a note that says how, since the source is prior",
    ),
    "no unit": (
        "permit_outlay,0.08,0.04,0.1,bn USD/yr",
        "permit_outlay,0.08,0.04,0.1,",
        "line 11 (permit_outlay): unit: expected a value, found nothing - add the key 'unit'",
    ),
    "an unknown unit": (
        "permit_outlay,0.08,0.04,0.1,bn USD/yr",
        "permit_outlay,0.08,0.04,0.1,bn EUR/yr",
        "line 11 (permit_outlay): unit: expected a unit made of",
    ),
    "a ragged row": (
        "staff for permits",
        "staff, for permits",
        "line 11: expected 9 cells as in the header, found 10 - put text that holds commas in",
    ),
    "an unknown column": (
        "exact,note",
        "exact,notes",
        "line 2: expected the columns name, value, low, high, unit, source, confidence, exact, "
        "distribution, note, found 'notes' - did you mean 'note'?",
    ),
    "a column twice": ("low,high", "low,low", "line 2: expected each column once, found 'low' 2"),
    "a name twice": (
        "port_stake,0.1",
        "port_budget,0.1",
        "line 10 (port_budget): expected each name once, found 'port_budget' a second time, after "
        "parameters.csv: line 9 (port_budget)",
    ),
    "no name": ("port_stake,0.1", ",0.1", "line 10: name: expected a name, found an empty cell"),
    "a name that is a function": (
        "port_stake,0.1",
        "sqrt,0.1",
        "line 10 (sqrt): expected a name that is no function, found 'sqrt'",
    ),
    "a name with a space": ("port_stake,0.1", "port stake,0.1", "line 10 (port stake): expected a"),
    "an open quote": ("staff for permits", '"staff for permits', "expected a row of a CSV table"),
}


@pytest.mark.parametrize("case", SCENARIO_FAULTS)
def test_a_fault_of_the_scenario_is_told_with_its_place(folder: Path, case: str) -> None:
    old, new, told = SCENARIO_FAULTS[case]
    edit(folder, (old, new))
    assert any(told in fault for fault in faults(folder)), faults(folder)


@pytest.mark.parametrize("case", TABLE_FAULTS)
def test_a_fault_of_a_table_is_told_with_its_line(folder: Path, case: str) -> None:
    old, new, told = TABLE_FAULTS[case]
    edit(folder, (old, new), file="parameters.csv")
    assert any("parameters.csv: " in fault and told in fault for fault in faults(folder))


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


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "scenario.toml: format: expected a value, found nothing"),
        (bytes(range(256)), "expected UTF-8 text, found byte 0x80 at position 128"),
        (b"x" * 10_000_000, "expected at most 5 MB, found 10.0 MB"),
        (b"a=" + b"[" * 100_000, "expected TOML, found: tables or lists nested too deeply"),
        (b"a=" + b"{a=" * 100_000, "expected TOML, found: tables or lists nested too deeply"),
        (b"a" + b".a" * 100_000 + b"=1", "expected keys of a few parts, found one of more than 50"),
        (b"a=" + b"9" * 10_000, "expected TOML, found: Exceeds the limit"),
        (b'a="""', "expected TOML, found: Unterminated string at the end of the file"),
        (b"a=1\na=2\n", "scenario.toml: line 2, column 4: expected TOML, found: Cannot overwrite"),
        (b"\x00", "scenario.toml: line 1, column 1: expected TOML"),
    ],
)
def test_junk_is_refused_with_one_message(folder: Path, content: bytes, told: str) -> None:
    (folder / "scenario.toml").write_bytes(content)
    assert told in faults(folder)[0]


@pytest.mark.parametrize("file", ["parameters.csv", "sources.toml"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 6_000_000, b"\x00", b'"', b"[[[["])
def test_junk_beside_the_scenario_is_refused_too(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    assert any(file in fault for fault in faults(folder)) or not content


@pytest.mark.parametrize("file", ["scenario.toml", "parameters.csv", "sources.toml"])
def test_a_directory_in_the_place_of_a_file_is_refused(folder: Path, file: str) -> None:
    (folder / file).unlink()
    (folder / file).mkdir()
    assert any("expected a file, found a directory" in fault for fault in faults(folder))


def test_a_directory_without_a_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a folder that holds scenario\.toml"):
        load(tmp_path)


def test_a_file_without_permission_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # permissions do not bind every user
    assert "expected a readable file, found: Permission denied" in faults(folder)[0]


@pytest.mark.parametrize("name", ["", "two-layer", "no/such/world.toml", "\0", "x" * 5000])
def test_a_name_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="expected a"):
        load(name)


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match="did you mean 'two-layers'"):
        load("two-layer")


def test_thousands_of_faults_are_told_in_part(folder: Path) -> None:
    with (folder / "scenario.toml").open("a") as scenario:
        scenario.writelines(f"[spare{number}]\n" for number in range(1000))
    told = faults(folder)
    assert len(told) == 201
    assert told[-1] == "and 800 more faults - mend these first"


def test_far_too_many_faults_end_the_reading(folder: Path) -> None:
    with (folder / "scenario.toml").open("a") as scenario:
        scenario.writelines(
            f'[[arcs]]\nname = "x{n}"\ntail = "wrld{n}"\nhead = "prt{n}"\nprice = "chip_prise"\n'
            'capacity = "diverted"\n'
            for n in range(4000)
        )
    told = faults(folder)
    assert len(told) == 201
    assert told[-1] == "and more than 9,800 more faults - mend these first"


def test_near_names_are_sought_for_faults_that_are_told_among_few_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought: list[int] = []
    close = difflib.get_close_matches

    def counted(name: str, names: list[str], **options: Any) -> list[str]:
        sought.append(len(names))
        assert len(names) <= MOST_PATHS
        return close(name, names, **options)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    goods = ", ".join(f'"good{n}"' for n in range(400))
    edit(folder, ('goods = ["chip"]', f'goods = ["chip", {goods}]'))
    with (folder / "scenario.toml").open("a") as scenario:
        scenario.writelines(f'[nodes.node{n}]\nunit = "k chp{n}"\n' for n in range(400))
        scenario.writelines(
            f'[[arcs]]\nname = "x{n}"\ntail = "nod{n}"\nhead = "port"\nprice = "chip_price"\n'
            'capacity = "diverted"\n'
            for n in range(300)
        )
        paths = ", ".join(f'"arcs.bu{n}.price" = "0"' for n in range(40))
        scenario.write(f"[override.many]\nset = {{ {paths} }}\n")
    told = faults(folder)
    assert len(told) == 201
    assert 0 < sum(1 for names in sought if names) <= 2 * MOST_FAULTS_TOLD


def test_a_near_name_is_found_among_thousands(folder: Path) -> None:
    names = [f"x{number}" for number in range(3000)]
    assert nearest("trainng", [*names, "training"]) == "did you mean 'training'?"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "scenario.toml",
            'title = "A first world: one checked road and one open one"',
            r'title = "\u001b[31mRed"',
            r"scenario.toml: title: expected no control characters, found '\x1b' in '\x1b[31mRed'",
        ),
        (
            "scenario.toml",
            'title = "Export checks"',
            r'title = "Export\u202echecks"',
            r"scenario.toml: layers.exports.title: expected no control characters, found '\u202e'",
        ),
        (
            "scenario.toml",
            'title = "Export checks"',
            r'title = "Export\nchecks"',
            r"layers.exports.title: expected one line of text, found 'Export\nchecks'",
        ),
        (
            "scenario.toml",
            'name = "Chips through the port"',
            r'name = "Chips\u009b2J"',
            r"scenario.toml: observed[0].name: expected no control characters, found '\x9b'",
        ),
        (
            "parameters.csv",
            "staff for permits",
            "staff\x1b]0;x\x07",
            r"parameters.csv: line 11 (permit_outlay): note: expected no control characters, found",
        ),
        (
            "sources.toml",
            'title = "Example: a count of diverted chips"',
            r'title = "\u0007"',
            "sources.toml: sources.example-count.title: expected no control characters",
        ),
    ],
)
def test_characters_that_steer_a_terminal_are_refused(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    edit(folder, (old, new), file=file)
    (fault,) = faults(folder)
    assert told in fault
    assert fault.isprintable()


def test_text_of_several_lines_stays_allowed_where_it_is_read_as_such(folder: Path) -> None:
    edit(folder, ("One government checks", "One\tgovernment, caf\u00e9 \u2014 \u03b1, checks"))
    note = '"of two lines\r\nin a table"'
    edit(folder, ("staff for permits", note), file="parameters.csv")
    assert load(folder).about.count("\n") >= 1

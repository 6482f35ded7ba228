"""Loading a sound scenario: what the files say is what the game holds."""

from __future__ import annotations

import json
import math
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.capability import Chord
from games.errors import InputError
from games.layered import Arc, PriceStep
from scenarios import library
from scenarios.build import build_game, largest_arrivals
from scenarios.load import load, load_text
from scenarios.new import write_template

SCENARIO = """
format = 1
name = "every-feature"
title = "One of everything"
date = 2026-04-29
about = "A world for the tests."
goods = ["H100e", "H20"]
parameters = "parameters.csv"

[settings]
correlation = { value = 20, low = 0, high = 100, unit = "%", source = "list", confidence = "A" }
chord_error = 0.02
evader = "Eve"

[layers.chips]
[nodes.shop]
unit = "H20"
[nodes.hub]
unit = "k H100e"
[nodes.plant]
unit = "k H100e"
[nodes.front]
title = "At the front"
unit = "k H100e"
[nodes.elsewhere]
unit = "k H100e"
[controllers.USA]
title = "United States"
budget = "budget"
stakes = { front = "stake" }
[controllers.NLD]
budget = "budget / 2"
[evader]
title = "The evader"
budget = "1000 * budget"
[efforts.normal]
hazard_factor = "1"
[efforts.careful]
hazard_factor = "share"
unit_cost = "price * share"
price_share = "share"
[fronts.front]
node = "front"
weight = "stake"
base = "base"
growth = "growth"
[fronts.elsewhere]
node = "elsewhere"
weight = "stake"
constant_value = "worth"
[points.ship]
layer = "chips"
owner = "USA"
status_quo = "check/double"
[[points.ship.options]]
measure = "nothing"
economic_cost = "-budget"
[[points.ship.options]]
measure = "tariff"
toll = "price * share"
cost = "budget * share"
hazard = "share"
[[points.ship.options]]
measure = "check"
cost = "budget / 4"
[points.ship.options.enforcement]
hazard_max = "2 * share"
half_cost = "budget / 4"
tiers = { today = "budget / 4", double = "budget / 2" }
[[arcs]]
table = "arcs.csv"
[[arcs]]
name = "make"
tail = "plant"
head = "front"
price = ["price", "2*price"]
capacity = [
  "flow",
  { value = 12, low = 6, high = 24, unit = "k H100e/yr", source = "list", confidence = "M" },
]
[[observed]]
name = "Made at home"
parameter = "made"
model = { arriving = ["make"] }
"""
PARAMETERS = """\ufeffname,value,low,high,unit,source,confidence,exact,note
# a comment
budget,400,200,800,M USD/yr,list,A,,
stake,24,12,48,bn USD/yr/month*month,list,A,,"a note, with a comma"

price,30,20,40,k USD/H100e,list,B,,
flow,1,0.5,2,k H100e/month,arithmetic,D,,how it was worked out
share,50,40,60,%,prior,P,,chosen
base,0.1,0.05,0.2,M H100e,list,A,,
growth,0.5,0.3,0.7,OOM/yr,list,A,,
worth,0.1,0.05,0.2,month/k H100e,list,A,,
ratio,0.15,,,H100e/H20,list,A,true,
h20_price,4.5,3,6,k USD/H20,list,A,,
h20_flow,80,40,160,k H20/yr,list,A,,
made,20,10,30,k H100e/yr,list,A,,
"""
ARCS = """name,title,tail,head,point,price,capacity,conversion,value,revenue.USA,revenue.NLD
buy,Buy H20,shop,hub,,h20_price;2*h20_price,2*h20_flow;h20_flow,ratio,-h20_price/2,,h20_price/4
ship,,hub,front,ship,0,flow,,,price/10,
spend,,hub,elsewhere,,0,flow,,,,
"""
SOURCES = """
[sources.list]
title = "A list"
author = "Somebody"
year = 2026
kind = "primary"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {"scenario.toml": SCENARIO, "parameters.csv": PARAMETERS, "arcs.csv": ARCS}
    for name, text in {**texts, "sources.toml": SOURCES}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_units_are_converted_into_those_of_the_game(folder: Path) -> None:
    game = load(folder).game
    usa, nld = game.controllers
    assert (usa.budget, nld.budget) == pytest.approx((0.4, 0.2))
    assert usa.stakes == pytest.approx({"front": 24 / 12})
    assert nld.stakes == {}
    assert game.evader_budget == pytest.approx(400)
    assert game.correlation == pytest.approx(0.2)
    assert game.efforts[1].hazard_factor == pytest.approx(0.5)
    assert game.efforts[1].price_share == pytest.approx(0.5)
    assert game.efforts[1].unit_cost == pytest.approx(30e-9 * 1e6 * 0.5)  # bn USD per k H100e


def test_arcs_come_from_tables_and_from_the_file(folder: Path) -> None:
    buy, ship, spend, make = load(folder).game.arcs
    price = 30e3 * 0.15 * 1e-9  # bn USD per H20
    assert [step.price for step in buy.steps] == pytest.approx([price, 2 * price])
    assert [step.capacity for step in buy.steps] == pytest.approx([160_000, 80_000])  # H20 a year
    assert buy.conversion == pytest.approx(0.15e-3)  # k H100e per H20
    assert buy.value == pytest.approx(-price / 2)
    assert buy.revenue == pytest.approx({"NLD": price / 4})
    assert (ship.point, spend.point) == ("ship", None)
    assert ship.revenue == pytest.approx({"USA": 0.003})
    assert [step.capacity for step in make.steps] == pytest.approx([12, 12])


def test_options_with_enforcement_become_tiers_on_the_curve(folder: Path) -> None:
    (point,) = load(folder).game.points
    assert [option.name for option in point.options] == [
        "nothing", "tariff", "check/today", "check/double",
    ]  # fmt: skip
    nothing, tariff, today, double = point.options
    assert point.status_quo == 3
    assert nothing.economic_cost == pytest.approx(-0.4)
    assert (tariff.cost, tariff.hazard, tariff.toll) == pytest.approx((0.2, 0.5, 0.015))
    assert (today.cost, today.hazard) == pytest.approx((0.2, 0.5))  # one half cost, half the hazard
    assert (double.cost, double.hazard) == pytest.approx((0.3, 0.75))
    assert (double.measure, double.tier) == ("check", "double")


def test_fronts_have_chords_up_to_the_most_that_can_arrive(folder: Path) -> None:
    front, elsewhere = load(folder).game.fronts
    widths = sum(chord.width for chord in front.chords)
    assert widths == pytest.approx(12 + 24)  # what `ship` and `make` can carry
    assert front.curve is not None
    assert (front.curve.base, front.curve.growth) == pytest.approx((100, 0.5))
    for quantity in (0.1, 1, 10, 36):
        exact = front.curve.months(quantity)
        assert 0.98 * exact <= front.months(quantity) <= exact * (1 + 1e-12)
    assert elsewhere.chords == (Chord(pytest.approx(0.1), pytest.approx(12)),)


def test_parameters_keep_their_origin(folder: Path) -> None:
    world = load(folder)
    flow, ratio = world.parameters["flow"], world.parameters["ratio"]
    assert (flow.value, flow.low, flow.high, flow.unit) == (1, 0.5, 2, "k H100e/month")
    assert (flow.source, flow.confidence, flow.note) == (
        "arithmetic", "D", "how it was worked out",
    )  # fmt: skip
    assert (ratio.low, ratio.high, ratio.exact) == (0.15, 0.15, True)
    assert world.parameters["arcs.make.capacity[1]"].value == 12
    assert world.parameters["settings.correlation"].unit == "%"
    flagged = {name for name, parameter in world.parameters.items() if parameter.flagged}
    assert flagged == {"share", "arcs.make.capacity[1]"}
    assert set(world.sources) == {"list", "arithmetic", "prior"}
    assert (world.sources["list"].author, world.sources["list"].date) == ("Somebody", "2026")


def test_entries_without_a_title_go_by_their_name(folder: Path) -> None:
    titles = load(folder).titles
    assert titles["nodes"]["front"] == "At the front"
    assert titles["nodes"]["hub"] == "hub"
    assert titles["arcs"] == {"buy": "Buy H20", "ship": "ship", "spend": "spend", "make": "make"}
    assert titles["evader"] == {"Eve": "The evader"}


def test_a_folder_a_file_and_a_name_load_the_same_way(folder: Path) -> None:
    renamed = folder / "another.toml"
    renamed.write_text(SCENARIO, encoding="utf-8")
    assert load(folder).game == load(folder / "scenario.toml").game == load(renamed).game
    by_name = load("two-layers")
    assert by_name.game == load(library.ROOT / "two-layers").game
    assert by_name.path == library.ROOT / "two-layers" / "scenario.toml"


@pytest.mark.parametrize("name", library.available())
def test_every_shipped_scenario_loads_and_can_be_read_back(name: str) -> None:
    world = load(name)
    assert world.name == name
    again = load_text(world.text)
    assert (again.game, again.hash, again.text) == (world.game, world.hash, world.text)


def test_the_resolved_text_holds_what_was_changed(folder: Path) -> None:
    settings = ["parameters.flow.value=9", "controllers.NLD.budget=0.7"]
    world = load(folder, settings=settings)
    again = load_text(world.text)
    assert again.game == world.game != load(folder).game
    assert again.parameters == world.parameters
    assert again.titles == world.titles
    assert again.sources == world.sources
    assert world.hash != load(folder).hash


def test_the_hash_is_of_what_was_solved_alone(folder: Path) -> None:
    before = load(folder).hash
    text = SCENARIO + '[override.more]\ntitle = "More"\nset = { "parameters.flow.value" = 2 }\n'
    (folder / "scenario.toml").write_text("# a comment\n" + text, encoding="utf-8")
    assert load(folder).hash == before
    assert load(folder, overrides=["more"]).hash != before


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"resolved_format": 2}', "null", "[" * 100_000, '"x"', "NaN"],
)
def test_a_damaged_resolved_text_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="resolved"):
        load_text(text)


def test_a_resolved_text_is_checked_like_a_file(folder: Path) -> None:
    resolved = json.loads(load(folder).text)
    resolved["document"]["controllers"]["USA"]["budget"] = "-budget"
    with pytest.raises(
        InputError, match=r"run 7: controllers\.USA\.budget: expected a number >= 0"
    ):
        load_text(json.dumps(resolved), place="run 7")


def test_worlds_are_built_from_values_in_the_units_of_the_parameters(folder: Path) -> None:
    blueprint = load(folder).blueprint
    game = build_game(blueprint, {"flow": 2.0, "share": 40.0, "arcs.make.capacity[1]": 24.0})
    assert game.arcs[1].steps[0].capacity == pytest.approx(24)
    assert game.arcs[3].steps[1].capacity == pytest.approx(24)
    assert game.efforts[1].hazard_factor == pytest.approx(0.4)
    assert build_game(blueprint) == load(folder).game


def test_a_world_that_breaks_a_rule_is_refused_with_its_places(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        build_game(load(folder).blueprint, {"share": -1.0, "base": 0.0})
    assert "scenario.toml: efforts.careful.hazard_factor: expected a number > 0" in str(
        caught.value
    )
    assert "scenario.toml: fronts.front.base: expected a number > 0, found 0" in str(caught.value)


def test_a_world_in_which_nothing_can_arrive_is_a_world(folder: Path) -> None:
    game = build_game(load(folder).blueprint, {"flow": 0.0, "arcs.make.capacity[1]": 0.0})
    assert [front.months(1.0) for front in game.fronts] == [0, 0]


def test_a_blueprint_travels_between_processes(folder: Path) -> None:
    blueprint = load(folder).blueprint
    assert build_game(pickle.loads(pickle.dumps(blueprint))) == build_game(blueprint)


def arc(name: str, tail: str, head: str, capacity: float, conversion: float = 1.0) -> Arc:
    return Arc(name, tail, head, (PriceStep(1.0, capacity),), conversion=conversion)


def test_arrivals_are_bounded_by_capacities_and_by_what_reaches_the_tail() -> None:
    arcs = (
        arc("in", "source", "hub", 10),
        arc("half", "hub", "end", 100, conversion=0.5),
        arc("narrow", "hub", "end", 3),
        arc("free", "source", "end", 7, conversion=2),
    )
    assert largest_arrivals(arcs) == {"hub": 10, "end": 5 + 3 + 14}


@given(st.lists(st.floats(0, 100), min_size=3, max_size=3), st.floats(0.1, 2))
def test_no_flow_exceeds_the_largest_arrival(capacities: list[float], conversion: float) -> None:
    first, second, third = capacities
    arcs = (
        arc("in", "source", "hub", first, conversion),
        arc("out", "hub", "end", second),
        arc("around", "source", "end", third),
    )
    most = min(first * conversion, second) + third  # all that conservation and capacity allow
    assert most <= largest_arrivals(arcs)["end"] + 1e-9
    assert math.isclose(largest_arrivals(arcs)["hub"], first * conversion)


def test_loading_needs_no_numerical_library() -> None:
    code = (
        "import sys; from scenarios.load import load; load('two-layers'); "
        "print(sorted({'numpy', 'pandas', 'highspy', 'pyomo', 'scipy'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=library.ROOT.parents[1],
    )
    assert result.stdout.strip() == "[]"


def test_a_new_scenario_is_valid_and_named_after_its_directory(tmp_path: Path) -> None:
    world = load(write_template(tmp_path / "my world"))
    assert world.name == "my-world"
    assert world.parameters
    assert load(tmp_path / "my world", overrides=["strong-home"]).game != world.game


@pytest.mark.parametrize("name", library.available())
def test_a_new_scenario_may_be_a_copy_of_a_shipped_one(name: str, tmp_path: Path) -> None:
    world = load(write_template(tmp_path / "mine", shipped=name))
    assert world.name == "mine"
    assert replace(world.game, name=name) == load(name).game


def test_the_override_on_the_page_of_modelling_takes_a_government_out(tmp_path: Path) -> None:
    page = (library.ROOT.parents[1] / "docs" / "modelling.md").read_text()
    (block,) = (part for part in page.split("```") if "[override.without-MYS]" in part)
    with write_template(tmp_path / "mine", shipped="baseline-2026").open("a") as file:
        file.write(block.removeprefix("toml"))
    game = load(tmp_path / "mine", overrides=["without-MYS"]).game
    left = {point.name: len(point.options) for point in game.points if point.owner == "MYS"}
    assert left == {"chips-MYS": 1, "compute-MYS": 1, "cloud-MYS": 1}


def test_only_shipped_scenarios_are_copied(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--start 'two-layer': .* did you mean 'two-layers'\?"):
        write_template(tmp_path / "mine", shipped="two-layer")
    assert not list(tmp_path.iterdir())


def test_a_new_scenario_is_not_written_over_anything(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    (tmp_path / "file").write_text("keep")
    for taken in (tmp_path / "mine", tmp_path / "file"):
        with pytest.raises(InputError, match="expected a new or an empty directory"):
            write_template(taken)
    with pytest.raises(InputError, match="expected a directory that can be written"):
        write_template(tmp_path / "file" / "below")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "mine", "notes.txt"]


def test_an_empty_directory_may_become_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_template(tmp_path / "empty")
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == [
        "parameters.csv", "scenario.toml", "sources.toml",
    ]  # fmt: skip

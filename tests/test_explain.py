"""Explanations: recomputed from the manifest, and right about routes, margins, budgets and gaps."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from games.layered import LayeredGame
from games.network import build_network
from solvers.evader import Evader
from solvers.plays import parse_play
from solvers.world import World
from stratagem.explaining.explanation import Explanation
from stratagem.explaining.gaps import gaps
from stratagem.explaining.margins import budget_margins, point_margins
from stratagem.explaining.routes import routes
from stratagem.presentation import words
from stratagem.runs.kept import RESULT
from tests.builders import Traits, any_game, small_game


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = sg.load("two-layers")
    return sg.write_run(sg.compare(world), world, folder=tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def explained(run: Path) -> Explanation:
    return sg.explain(run)


def test_the_routes_of_the_two_layers_are_those_worked_by_hand(explained: Explanation) -> None:
    # 60 thousand chips smuggled at one in two, 40 thousand rented at one in four: 3 and 1 months
    smuggled, rented = explained.routes
    assert (smuggled.arcs, rented.arcs) == (("smuggle",), ("rent",))
    assert smuggled.entering == pytest.approx(60)
    assert smuggled.survival == pytest.approx(0.5)
    assert smuggled.months == pytest.approx(3)
    assert smuggled.cost == pytest.approx(2.4)
    assert rented.arriving == pytest.approx(10)
    assert rented.months == pytest.approx(1)


def test_each_control_of_the_two_layers_is_worth_what_its_fall_costs(
    explained: Explanation,
) -> None:
    # without strict checks in Malaysia money goes there first: 60 + 40/2 = 80 thousand, 8 months,
    # -17.6 - 5 against -14.7; without basic checks in the USA: 60 + 40/4 = 70 thousand, 7 months
    worth = {margin.point: margin.worth for margin in explained.points}
    assert worth == pytest.approx({"cloud-MYS": 22.6 - 14.7, "chips-USA": 2.2 * 7 + 0.9 - 14.7})
    assert all(margin.gain < 0 for margin in explained.points)
    assert all(budget.price == 0 for budget in explained.budgets)


def test_malaysia_leaves_the_gap_in_the_two_layers(explained: Explanation) -> None:
    (gap,) = explained.gaps
    assert gap.controller == "MYS"
    assert gap.joint_gain == pytest.approx(16.5 - 14.7)
    assert gap.own_gain == pytest.approx(-0.2)
    (weak,) = gap.weaker
    assert (weak.point, weak.alone, weak.together) == ("cloud-MYS", "basic", "strict")
    assert sum(weak.flow.values()) == pytest.approx(40)


def test_money_is_worth_its_best_marginal_use(explained: Explanation) -> None:
    # the last bn USD buys 25 thousand rented chips, of which a quarter arrives, 0.1 month each
    assert explained.money_price == pytest.approx(0.625)


def test_the_words_say_what_the_numbers_say(explained: Explanation) -> None:
    text = " ".join(str(explained).split())
    assert "gain 7.30 bn USD a year" in text
    assert "between 25 and 100 percent" in text
    assert "75 percent by Smuggle chips" in text
    assert "Checks on who rents cloud computers (cloud-MYS, Malaysia) alone fell from" in text
    assert "it would itself lose 0.20 bn USD" in text
    assert "20 of 20 numbers rest on recall or on a prior" in text
    assert "75 percent by Smuggle chips" in explained._repr_html_()
    assert "worth 0.625 bn USD of progress to China, by its own weights." in text
    assert "The table says" not in text  # every place is a front here, so there is none


def test_a_binding_budget_has_a_price(tmp_path: Path) -> None:
    world = sg.load("two-layers", settings=["parameters.mys_budget.value=0.15"])
    path = sg.write_run(sg.compare(world), world, folder=tmp_path)
    malaysia, usa = sg.explain(path).budgets
    assert malaysia.controllers == ("MYS",)
    assert (malaysia.point, malaysia.option) == ("cloud-MYS", "strict")
    assert malaysia.gain == pytest.approx(16.5 - 14.7)
    assert malaysia.missing == pytest.approx(0.05)
    assert malaysia.price == pytest.approx(1.8 / 0.05)
    assert usa.price == 0
    assert "at least 36 USD per USD" in " ".join(str(sg.explain(path)).split())


def test_every_play_of_a_run_can_be_explained(run: Path) -> None:
    for record in json.loads((run / RESULT).read_text())["plays"]:
        found = sg.explain(run, play=record["play"])
        assert found.play == record["play"]
        assert found.largest_difference < 1e-9
        json.dumps(found.to_json(), allow_nan=False)
    assert sg.explain(run, play="unilateral").play == "unilateral:best"
    with pytest.raises(InputError, match="expected one of the plays"):
        sg.explain(run, play="pooled")


@pytest.mark.parametrize("where", ["payoffs", "joint_payoff", "profile"])
def test_a_result_that_its_scenario_does_not_bear_out_is_refused(run: Path, where: str) -> None:
    original = (run / RESULT).read_text()
    result = json.loads(original)
    play = next(play for play in result["plays"] if play["play"] == "coordinated")
    if where == "payoffs":
        play["payoffs"]["MYS"] += 1e-4
    elif where == "joint_payoff":
        play["joint_payoff"] += 1e-4
    else:
        play["profile"]["chips-USA"] = "strict"
        where = "payoffs"
    try:
        (run / RESULT).write_text(json.dumps(result))
        with pytest.raises(NotCertifiedError, match=rf"result.json: .*coordinated\).{where}"):
            sg.explain(run)
    finally:
        (run / RESULT).write_text(original)


@pytest.mark.parametrize("key", ["payoffs", "joint_payoff"])
def test_a_claim_that_is_no_number_is_refused(run: Path, key: str) -> None:
    path = run / RESULT
    original = path.read_text(encoding="utf-8")
    result = json.loads(original)
    entry = result["plays"][-1]
    entry[key] = dict.fromkeys(entry[key], float("nan")) if key == "payoffs" else float("nan")
    path.write_text(json.dumps(result), encoding="utf-8")
    try:
        with pytest.raises((InputError, NotCertifiedError), match="expected"):
            sg.explain(run)
    finally:
        path.write_text(original, encoding="utf-8")


def test_a_result_without_what_is_needed_is_refused(run: Path) -> None:
    original = (run / RESULT).read_text()
    result = json.loads(original)
    del result["plays"][2]["asked"]
    try:
        (run / RESULT).write_text(json.dumps(result))
        with pytest.raises(InputError, match=r"plays\[2\].asked: expected a str"):
            sg.explain(run)
    finally:
        (run / RESULT).write_text(original)


@given(any_game())
def test_routes_add_up_to_what_reaches_each_front(game: LayeredGame) -> None:
    network = build_network(game)
    response = Evader(network).respond(game.status_quo)
    arriving: dict[str, float] = defaultdict(float)
    months: dict[str, float] = defaultdict(float)
    entering: dict[str, float] = defaultdict(float)
    for route in routes(network, response):
        assert route.entering > 0
        assert 0 < route.survival <= 1 + 1e-9
        arriving[route.front] += route.arriving
        months[route.front] += route.months
        entering[route.arcs[0]] += route.entering
    for number, front in enumerate(game.fronts):
        quantity = float(response.quantities[number])
        assert arriving[front.name] >= quantity - 1e-6
        if quantity > 1e-9:
            assert months[front.name] == pytest.approx(front.months(quantity), abs=1e-6)
    shipped: dict[str, float] = defaultdict(float)
    for lane, units in zip(network.lanes, response.flows, strict=True):
        shipped[game.arcs[lane.arc].name] += float(units)
    for arc, units in entering.items():
        assert units <= shipped[arc] + 1e-6


@given(any_game(correlation=0.0))
def test_the_routes_of_a_front_carry_its_arriving_flow_arc_by_arc(game: LayeredGame) -> None:
    """Where nothing is thrown away, routes account for every unit on the last arcs."""
    network = build_network(game)
    response = Evader(network).respond(game.status_quo)
    ends = {front.node: front.name for front in game.fronts}
    last: dict[str, float] = defaultdict(float)
    for lane, units in zip(network.lanes, response.flows, strict=True):
        arc = game.arcs[lane.arc]
        if arc.head in ends:
            gain = lane.gains[network.chosen(lane, response.profile)]
            last[arc.name] += float(units) * gain
    told: dict[str, float] = defaultdict(float)
    for route in routes(network, response):
        told[route.arcs[-1]] += route.arriving
    for arc, units in last.items():
        assert told[arc] == pytest.approx(units, abs=1e-6)


@given(any_game())
def test_margins_are_differences_of_joint_payoffs(game: LayeredGame) -> None:
    world = World(build_network(game))
    here = game.status_quo
    before = World(build_network(game)).payoffs(here).joint
    for margin in point_margins(world, here):
        k = game.point_index[margin.point]
        weak = list(here)
        weak[k] = game.points[k].option(margin.weakest)
        least = min(option.hazard for option in game.points[k].options)
        assert game.points[k].options[weak[k]].hazard == least
        after = World(build_network(game)).payoffs(tuple(weak)).joint
        assert margin.worth == pytest.approx(before - after, abs=1e-5)


@pytest.mark.parametrize("number", range(8))
def test_no_affordable_change_gains_at_a_coordinated_optimum(number: int) -> None:
    game = small_game(random.Random(100 + number), Traits(aligned=number % 2 == 0))
    try:
        compared = sg.compare(game, ["coordinated"])
    except NotCertifiedError:
        return
    world = World(build_network(game))
    profile = game.profile(compared.play("coordinated").profile)
    for margin in point_margins(world, profile):
        assert margin.gain <= 1e-5 or not margin.affordable
    for budget in budget_margins(world, profile, parse_play(game, "coordinated").players):
        assert budget.outlay <= budget.budget + 1e-9
        assert budget.price >= 0
        assert (budget.point is None) == (budget.price == 0)


@pytest.mark.parametrize("number", range(8))
def test_nobody_gains_alone_by_closing_its_gap(number: int) -> None:
    game = small_game(random.Random(200 + number), Traits(aligned=True))
    compared = sg.compare(game, ["unilateral", "coordinated"])
    if not (compared.has("unilateral:best") and compared.has("coordinated")):
        return
    alone, together = (
        game.profile(compared.play(name).profile) for name in ("unilateral:best", "coordinated")
    )
    for gap in gaps(World(build_network(game)), alone, together):
        assert gap.own_gain <= 1e-6


def test_a_budget_that_binds_shows_what_is_left_of_it() -> None:
    """0.1 of 0.104 bn USD are spent, and 0.096 are missing: two digits would hide what is left."""
    world = sg.load("two-layers", settings=["parameters.mys_budget.value=0.104"])
    text = " ".join(str(sg.explain(sg.compare(world, ["coordinated"]), world)).split())
    assert "Malaysia: 0.100 bn USD of 0.104 bn USD a year spent. 0.096 bn USD more would" in text


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ((0.19, 0.05), ("0.19 bn USD", "0.05 bn USD")),
        ((0.0, 0.0), ("0.00 bn USD", "0.00 bn USD")),
        ((1.0, 1.0 + 1e-12), ("1.00 bn USD", "1.00 bn USD")),
        ((2e-5, -1e-5), ("20.00 k USD", "-10.00 k USD")),
        ((), ()),
    ],
)
def test_amounts_that_are_compared_have_one_unit(
    amounts: tuple[float, ...], told: tuple[str, ...]
) -> None:
    assert words.moneys(*amounts) == told


def test_amounts_are_told_in_sizes_that_people_read() -> None:
    assert words.money(13.1234) == "13.12 bn USD"
    assert words.money(-0.0942) == "-94.2 M USD"
    assert words.price(45e-6, "H100e") == "45 k USD per H100e"
    assert words.price(0.045, "k H100e") == "45 k USD per H100e"
    assert words.price(0.31, "bn USD") == "0.31 USD per USD"
    assert words.share(0.4996) == "50"
    assert words.share(0.0123) == "1.2"
    assert words.share(-1e-16) == "0"

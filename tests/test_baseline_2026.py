"""The shipped world of 29 April 2026: what it must hold, and whether its status quo is credible."""

from __future__ import annotations

import datetime
import fnmatch
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from games.layered import LayeredGame, Profile
from games.network import Lane, build_network
from scenarios.build import build_game
from scenarios.load import load
from scenarios.scenario import Scenario
from solvers.evader import Evader, EvaderResponse

CONTROLLERS = {"USA", "NLD", "JPN", "TWN", "KOR", "GBR", "DEU", "SGP", "MYS", "ARE"}
LAYERS = {"chips", "tools", "compute", "cloud", "inference"}
FRONTS = {"training", "deployment", "model-access", "algorithms"}
OVERRIDES = (
    "no-hubs",
    "strict-2025",
    "beijing-buys",
    "correlated-layers",
    "cnnic-adoption",
    "high-smuggling",
    "british-models",
)

PUBLISHED = {
    "Chips smuggled a year": (100, 700),  # k H100e
    "Domestic accelerators a year": (240, 650),  # k H100e
    "Compute rented abroad": (250, 1100),  # k H100e
    "H200 bought under licence a year": (0, 400),  # k H200
    "Price of smuggled chips in China over the list price": (0, 0.6),
    "Months a year from training compute": (0.5, 6.8),
    "Months a year from algorithms": (5.2, 8.6),
    "Months a year from distillation": (0, 5),
    "Answers drawn from foreign models a year": (10, 100),  # M exchanges
}
"""Ranges that were published or derived from published numbers, in the units of the nodes."""

STATED_LAG_MONTHS = (7.0, 4.0, 14.0)
"""How far Chinese models were behind from 2023 to January 2026: mean, least, most."""


@dataclass
class World:
    """A scenario, its evader, and what the evader does at the status quo."""

    scenario: Scenario
    evader: Evader = field(init=False)
    response: EvaderResponse = field(init=False)

    def __post_init__(self) -> None:
        self.evader = Evader(build_network(self.game))
        self.response = self.evader.respond(self.game.status_quo)

    @property
    def game(self) -> LayeredGame:
        return self.scenario.game

    def value(self, options: Mapping[str, str]) -> float:
        return self.evader.value(self.game.profile(options))

    def arriving(self, *patterns: str) -> float:
        return self._flow(patterns, np.array([self._gain(i) for i in range(len(self._lanes))]))

    def entering(self, *patterns: str) -> float:
        return self._flow(patterns, np.ones(len(self._lanes)))

    def months(self, front: str) -> float:
        names = [front.name for front in self.game.fronts]
        at = names.index(front)
        return self.game.fronts[at].months(self.response.quantities[at])

    def price(self, node: str) -> float:
        """Return what a unit at a node is worth to the evader, in bn USD of its own money."""
        at = self.evader.network.nodes.index((node, False))
        return float(self.response.node_prices[at]) / self.response.money_price

    def size(self, parameter: str) -> float:
        """Return a parameter in bn USD, years and single goods."""
        return self.scenario.blueprint.sizes({})[parameter]

    @property
    def _lanes(self) -> tuple[Lane, ...]:
        return self.evader.network.lanes

    def _gain(self, index: int) -> float:
        lane = self._lanes[index]
        return lane.gains[self.evader.network.chosen(lane, self.game.status_quo)]

    def _flow(self, patterns: tuple[str, ...], weights: NDArray[np.float64]) -> float:
        names = [self.game.arcs[lane.arc].name for lane in self._lanes]
        for pattern in patterns:
            assert fnmatch.filter(names, pattern), f"no arc is called {pattern}"
        chosen = [any(fnmatch.fnmatch(name, pattern) for pattern in patterns) for name in names]
        return float(np.sum(self.response.flows * weights * np.array(chosen)))


@cache
def world(*overrides: str) -> World:
    return World(load("baseline-2026", overrides=overrides))


def strongest(game: LayeredGame, point: int) -> str:
    options = game.points[point].options
    return max(options, key=lambda option: (option.hazard, option.toll)).name


def outlay(game: LayeredGame, controller: str, profile: Profile) -> float:
    return sum(
        point.options[o].cost
        for point, o in zip(game.points, profile, strict=True)
        if point.owner == controller
    )


# What the world holds -----------------------------------------------------------------------------


def test_it_is_dated_and_has_the_controllers_layers_and_fronts_of_the_question() -> None:
    scenario, game = world().scenario, world().game
    assert scenario.date == datetime.date(2026, 4, 29)
    assert {controller.name for controller in game.controllers} >= CONTROLLERS
    assert set(game.layers) == LAYERS
    assert {front.name for front in game.fronts} == FRONTS


def test_it_is_large_enough_to_matter_and_small_enough_to_solve() -> None:
    game = world().game
    assert 36 <= len(game.points) <= 45
    assert len(game.arcs) <= 120
    assert len(game.efforts) <= 3
    assert len(world().evader.network.lanes) < 700
    assert len(world("correlated-layers").evader.network.lanes) < 700


def test_every_control_point_offers_two_to_four_options_and_every_controller_owns_points() -> None:
    game = world().game
    for point in game.points:
        assert 2 <= len(point.options) <= 4, point.name
    for controller in CONTROLLERS:
        assert game.owned([controller]), controller


def test_some_status_quo_rules_can_be_loosened_and_others_tightened() -> None:
    looser, tighter = set(), set()
    for point in world().game.points:
        now = point.options[point.status_quo]
        looser |= {point.layer for option in point.options if option.hazard < now.hazard}
        tighter |= {point.layer for option in point.options if option.hazard > now.hazard}
    assert looser >= {"chips", "tools", "compute", "inference"}
    assert tighter == LAYERS


def test_licensed_sales_pay_a_toll_of_15_and_25_percent_to_the_united_states_alone() -> None:
    tolled = {
        (point.owner, point.name): option.toll
        for point in world().game.points
        for option in point.options
        if option.toll
    }
    assert set(tolled) == {("USA", "chips-USA-H200"), ("USA", "chips-USA-H20")}
    assert tolled["USA", "chips-USA-H200"] == pytest.approx(0.25 * 27e-3)  # bn USD per k H200
    assert tolled["USA", "chips-USA-H20"] == pytest.approx(0.15 * 12.5e-3)


def test_no_control_reaches_research() -> None:
    game = world().game
    reached = {"algorithms"}
    for arc in sorted(game.arcs, key=lambda arc: game.nodes.index(arc.head), reverse=True):
        if arc.head in reached:
            assert arc.point is None
            reached.add(arc.tail)


def test_hong_kong_and_thailand_let_everything_through() -> None:
    exits = {arc.name: arc for arc in world().game.arcs}
    assert exits["smuggle-HKG"].point is None
    assert exits["smuggle-THA"].point is None
    for hub in ("MYS", "SGP", "TWN", "ARE"):
        assert exits[f"smuggle-{hub}"].point == f"chips-{hub}"


@pytest.mark.parametrize(
    ("source", "front", "points"),
    [
        ("nvidia-H200", "training", {"chips-USA-H200"}),
        ("nvidia-H20", "deployment", {"chips-USA-H20"}),
        ("world-chips", "training", {"chips-USA-diversion", "chips-MYS", "chips-TWN"}),
        ("foreign-foundries", "training", {"tools-USA-foundry", "tools-TWN-foundry"}),
        (
            "wafer-starts",
            "training",
            {"tools-NLD-service", "tools-JPN-process", "tools-KOR-memory"},
        ),
        ("offshore", "training", {"cloud-MYS", "cloud-JPN", "compute-MYS", "compute-JPN"}),
        ("distillers", "model-access", {"inference-USA", "inference-GBR"}),
        ("china-money", "algorithms", set()),
    ],
)
def test_every_route_of_the_question_is_there(source: str, front: str, points: set[str]) -> None:
    game = world().game
    assert source in game.sources
    forward, backward = {source}, {front}
    for _ in game.nodes:
        forward |= {arc.head for arc in game.arcs if arc.tail in forward}
        backward |= {arc.tail for arc in game.arcs if arc.head in backward}
    on_the_way = [arc for arc in game.arcs if arc.tail in forward and arc.head in backward]
    assert front in forward
    assert {arc.point for arc in on_the_way if arc.point} >= points


# Where the numbers come from ----------------------------------------------------------------------


def test_every_number_has_a_source_with_a_title_and_every_guess_says_how_it_was_made() -> None:
    scenario = world().scenario
    for name, parameter in scenario.parameters.items():
        assert scenario.sources[parameter.source].title, name
        assert parameter.low <= parameter.value <= parameter.high, name
        if parameter.confidence in ("P", "M", "D"):
            assert parameter.note, name
        assert (parameter.confidence == "P") == (parameter.source == "prior"), name


def test_numbers_from_memory_and_priors_are_flagged() -> None:
    parameters = world().scenario.parameters
    flagged = {name for name, parameter in parameters.items() if parameter.flagged}
    assert {"eda_sales", "route_total", "month_value", "share_mys"} <= flagged
    assert not {"usa_budget", "h200_fee", "world_stock", "smuggled_2025"} & flagged
    assert {parameter.confidence for parameter in parameters.values()} == set("ABDMP")


def test_every_entry_has_a_title_to_read_in_a_report() -> None:
    scenario = world().scenario
    for section in ("layers", "nodes", "controllers", "fronts", "points", "arcs"):
        for name, title in scenario.titles[section].items():
            assert title not in ("", name), f"{section}.{name}"


def test_no_published_or_drawn_world_breaks_the_game() -> None:
    blueprint = world().scenario.blueprint
    generator = random.Random(7)
    for end in ("low", "high", *["drawn"] * 12):
        values = {
            name: getattr(parameter, end)
            if end != "drawn"
            else generator.uniform(parameter.low, parameter.high)
            for name, parameter in world().scenario.parameters.items()
        }
        game = build_game(blueprint, values)
        assert Evader(build_network(game)).value(game.status_quo) > 0


# Whether the status quo is credible ---------------------------------------------------------------


def model_numbers(world: World) -> dict[str, float]:
    price = world.price("grey-market") / (world.size("list_price") * 1000)
    return {
        "Chips smuggled a year": world.arriving("smuggle-*"),
        "Domestic accelerators a year": world.arriving(
            "memory-stock", "memory-korea", "bonded-bought", "bonded-own"
        ),
        "Compute rented abroad": world.arriving("rent-*"),
        "H200 bought under licence a year": world.entering("licensed-H200"),
        "Price of smuggled chips in China over the list price": price - 1,
        "Months a year from training compute": world.months("training"),
        "Months a year from algorithms": world.months("algorithms"),
        "Months a year from distillation": world.months("model-access"),
        "Answers drawn from foreign models a year": world.arriving("distil-*"),
    }


def test_the_scenario_states_the_observed_numbers_with_the_published_ranges() -> None:
    scenario = world().scenario
    assert {row.name for row in scenario.observed} == set(PUBLISHED)
    inside_a_node = {"%": 0.01, "month": 1, "M H100e/yr": 1000, "M H200/yr": 1000}
    for row in scenario.observed:
        parameter = scenario.parameters[row.parameter]
        unit = inside_a_node.get(parameter.unit, 1)
        published = (parameter.low * unit, parameter.high * unit)
        assert published == pytest.approx(PUBLISHED[row.name]), row.name


def test_the_page_about_the_world_shows_what_the_model_says() -> None:
    page = (Path(__file__).parents[1] / "docs" / "baseline-2026.md").read_text("utf-8")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines()]
    shown = {row[0]: row[-1] for row in cells if row and row[0] in PUBLISHED}
    assert set(shown) == set(PUBLISHED)
    for name, number in model_numbers(world()).items():
        digits = len(shown[name].partition(".")[2])
        percent = 100 if name.startswith("Price") else 1
        assert f"{number * percent + 0.0:.{digits}f}" == shown[name], name
    parameters = world().scenario.parameters.values()
    for confidence, sentence in {
        "A": "{} come from",
        "B": "{} from press",
        "P": "{} are priors",
    }.items():
        count = sum(parameter.confidence == confidence for parameter in parameters)
        assert sentence.format(count) in page.replace("\n", " ")


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_status_quo_of_the_model_is_inside_the_published_range(name: str) -> None:
    low, high = PUBLISHED[name]
    assert low - 1e-6 <= model_numbers(world())[name] <= high + 1e-6


def test_the_lag_of_chinese_models_stays_where_it_has_been() -> None:
    lag, least, most = STATED_LAG_MONTHS
    gained = sum(world().months(front) for front in ("training", "algorithms", "model-access"))
    assert least <= lag + 12 - gained <= most


def test_licensed_chips_are_not_bought_at_the_status_quo() -> None:
    assert world().entering("licensed-H200") == pytest.approx(0, abs=1e-6)
    assert world().entering("licensed-H20") == pytest.approx(0, abs=1e-6)


def test_smuggling_routes_carry_about_the_shares_that_named_cases_suggest() -> None:
    total = world().arriving("smuggle-*")
    for hub, share in {"MYS": 30, "SGP": 15, "TWN": 10, "HKG": 15, "THA": 15, "ARE": 5}.items():
        assert 100 * world().arriving(f"smuggle-{hub}") / total == pytest.approx(share, abs=3)


def test_the_evader_does_not_saturate_what_it_could_buy() -> None:
    game, response = world().game, world().response
    assert response.money_price > 0.1
    spent_on_research = world().entering("research")
    assert 0.2 < spent_on_research / game.evader_budget < 0.7
    for front in game.fronts:
        assert world().months(front.name) > 1, front.name


def test_every_controller_can_pay_for_the_status_quo_but_not_for_everything() -> None:
    game = world().game
    tight = set()
    for controller in game.controllers:
        assert outlay(game, controller.name, game.status_quo) <= controller.budget
        dearest = sum(
            max(option.cost for option in point.options)
            for point in game.points
            if point.owner == controller.name
        )
        if dearest > controller.budget:
            tight.add(controller.name)
    assert tight >= {"USA", "MYS", "ARE"}


def test_controllers_weigh_the_fronts_as_the_evader_does() -> None:
    game = world().game
    for controller in game.controllers:
        ratios = [controller.stakes[front.name] / front.weight for front in game.fronts]
        assert ratios == pytest.approx([ratios[0]] * len(ratios))
    assert not any(arc.value or arc.revenue for arc in game.arcs)


def test_the_numbers_of_the_linear_program_are_of_one_order() -> None:
    network = world().evader.network
    sizes = np.abs(
        np.concatenate(
            [
                np.array([c for lane in network.lanes for c in (*lane.costs, *lane.gains)]),
                network.chord_value,
            ]
        )
    )
    sizes = sizes[sizes > 0]
    assert math.log10(sizes.max() / sizes.min()) < 6


# Whether the controls do something ----------------------------------------------------------------


def test_the_strongest_option_never_helps_the_evader_and_nearly_always_hurts_it() -> None:
    game = world().game
    idle = set()
    for index, point in enumerate(game.points):
        free = world().value({point.name: "nothing"})
        held = world().value({point.name: strongest(game, index)})
        assert held <= free + 1e-6, point.name
        if free - held < 1e-3:
            idle.add(point.name)
    assert idle <= {"chips-USA-H20"}  # nobody buys the H20 at the date, fee or no fee


def test_the_rules_for_the_h20_matter_once_tools_and_clouds_are_closed() -> None:
    game = world().game
    tight = {
        point.name: strongest(game, index)
        for index, point in enumerate(game.points)
        if point.layer in ("tools", "cloud")
    }
    assert world().value({**tight, "chips-USA-H20": "nothing"}) > (
        world().value({**tight, "chips-USA-H20": "ban"}) + 1e-3
    )


def test_hundreds_of_random_profiles_have_an_answer() -> None:
    game = world().game
    generator = random.Random(3)
    everything_free = world().value({point.name: "nothing" for point in game.points})
    for _ in range(300):
        profile = tuple(generator.randrange(len(point.options)) for point in game.points)
        response = world().evader.respond(profile)
        assert 0 < response.value <= everything_free + 1e-6


def test_controls_of_several_countries_together_do_what_none_does_alone() -> None:
    now = world().response.value
    allies = ["tools-NLD-service", "tools-JPN-litho", "tools-DEU-optics"]
    last = {"tools-NLD-service": "stop", "tools-DEU-optics": "parts-control"}
    last["tools-JPN-litho"] = "immersion-ban"
    alone = [now - world().value({name: last[name]}) for name in allies]
    assert now - world().value(last) > sum(alone) + 1e-3


# Other worlds -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OVERRIDES)
def test_every_override_loads_and_changes_the_outcome_or_the_stakes(name: str) -> None:
    assert name in world().scenario.available_overrides
    other = world(name)
    assert other.scenario.overrides == (name,)
    changed = abs(other.response.value - world().response.value) > 1e-3
    assert changed or other.game.controllers != world().game.controllers


def test_no_override_goes_untested() -> None:
    assert set(world().scenario.available_overrides) == set(OVERRIDES)


def test_hubs_that_do_nothing_let_more_through() -> None:
    other = world("no-hubs")
    assert other.response.value > world().response.value
    assert other.arriving("smuggle-*") > world().arriving("smuggle-*") + 1
    assert all(outlay(other.game, hub, other.game.status_quo) == 0 for hub in ("MYS", "SGP", "ARE"))


def test_the_strict_rules_of_2025_slow_the_evader_and_close_licensed_sales() -> None:
    other = world("strict-2025")
    assert other.response.value < world().response.value
    assert other.arriving("memory-*", "bonded-*") < world().arriving("memory-*", "bonded-*")
    assert other.game.option_names(other.game.status_quo)["chips-USA-H200"] == "ban"


def test_licensed_sales_that_beijing_accepts_displace_smuggling_and_pay_the_treasury() -> None:
    other = world("beijing-buys")
    assert other.entering("licensed-H200") > 50
    assert other.arriving("smuggle-*") < world().arriving("smuggle-*") - 20
    assert other.price("grey-market") < world().price("grey-market")


def test_one_cover_that_beats_several_layers_helps_the_evader() -> None:
    other = world("correlated-layers")
    assert other.game.correlation == 0.5
    assert other.response.value > world().response.value


def test_the_adoption_survey_decides_how_much_deployment_is_still_to_gain() -> None:
    other = world("cnnic-adoption")
    assert other.months("deployment") < world().months("deployment") - 1
    assert other.months("training") > world().months("training")
    curves = {front.name: front.curve for front in other.game.fronts}
    assert curves["deployment"] is not None
    assert curves["deployment"].base == pytest.approx(602, abs=1)  # M users


def test_wider_smuggling_routes_bring_more_chips_months_and_a_lower_price() -> None:
    other = world("high-smuggling")
    assert other.arriving("smuggle-*") > 1.5 * world().arriving("smuggle-*")
    assert other.months("training") + other.months("deployment") > (
        world().months("training") + world().months("deployment")
    )
    assert other.price("grey-market") < world().price("grey-market")
    assert other.response.value > world().response.value


def test_a_united_kingdom_that_minds_model_access_more_is_the_only_one_out_of_line() -> None:
    other = world("british-models")
    for controller in other.game.controllers:
        ratios = {controller.stakes[front.name] / front.weight for front in other.game.fronts}
        spread = max(ratios) / min(ratios)
        assert spread == pytest.approx(2 if controller.name == "GBR" else 1), controller.name

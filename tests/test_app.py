"""The app: its knobs, its worker, what it saves, how it is started, and a real click path."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from games.errors import InputError
from scenarios.load import load
from stratagem.app.knobs import Knob, knobs
from stratagem.app.launch import command
from stratagem.app.saving import CHOSEN, save
from stratagem.app.solving import Request, Solving
from stratagem.comparison import compare
from tests.browser import Chromium

PLAYS = ("unilateral", "coordinated")


def by_name(found: tuple[Knob, ...]) -> dict[str, Knob]:
    return {knob.parameter.name: knob for knob in found}


def test_budgets_and_stakes_come_first_and_unknowns_by_what_they_move() -> None:
    found = knobs(load("two-layers"))
    groups = [knob.group for knob in found]
    assert groups == sorted(groups, key=["Budgets", "Stakes", "Main unknowns"].index)
    assert [k.parameter.name for k in found if k.group == "Budgets"] == [
        "china_budget",
        "usa_budget",
        "mys_budget",
    ]
    swings = [k.swing for k in found if k.group == "Main unknowns"]
    assert swings == sorted(swings, key=lambda swing: -(swing or 0.0))
    # China buys 100 k chips at 0.1 months each: from 0.05 to 0.2 is from 5 to 20 months
    assert by_name(found)["months_per_chip"].swing == pytest.approx(15)
    assert by_name(found)["usa_budget"].used == "Used in controllers.USA.budget = usa_budget."
    # outlays of options that are not in force move nothing, so they are no unknowns here
    assert "usa_strict_outlay" not in by_name(found)


def test_a_slider_stops_at_both_ends_and_at_the_number_itself() -> None:
    for knob in knobs(load("baseline-2026"), unknowns=0):
        number = knob.parameter
        assert (knob.stops[0], knob.stops[-1]) == (number.low, number.high)
        assert number.value in knob.stops
        assert len(set(knob.stops)) == len(knob.stops)


def test_governments_go_by_their_titles_and_a_number_without_range_has_no_slider() -> None:
    found = by_name(knobs(load("two-layers", settings=["parameters.usa_stake.low=2",
                                                       "parameters.usa_stake.high=2"]),
                          unknowns=0))  # fmt: skip
    assert found["usa_budget"].label == "United States budget, bn USD/yr"
    assert "usa_stake" not in found


def test_a_wide_range_is_walked_in_factors() -> None:
    number = by_name(knobs(load("baseline-2026"), unknowns=0))["stake_mys"].parameter
    stops = Knob(number, "Stakes", "").stops
    plain = [stop for stop in stops if stop not in (number.low, number.value, number.high)]
    ratios = [b / a for a, b in itertools.pairwise(plain[5:15])]
    assert min(ratios) == pytest.approx(max(ratios), rel=1e-3)


def test_the_worker_finds_what_the_library_finds_and_tells_it_in_words() -> None:
    changed = ("parameters.mys_budget.value=0.1",)
    solving = Solving(Request("two-layers", (), changed, PLAYS))
    found = solving.result(timeout=120)
    expected = compare(load("two-layers", settings=changed), PLAYS)
    assert {r.play for r in solving.heard.plays} == {r.play for r in expected.plays}
    for play in ("unilateral:best", "unilateral:worst", "coordinated"):
        assert found.play(play).profile == expected.play(play).profile
    assert solving.heard.explanation is not None
    assert solving.heard.failure is None


def test_a_request_that_makes_no_sense_fails_with_the_text_of_the_fault() -> None:
    solving = Solving(Request("two-layers", (), ("parameters.usa_budget.value=abc",), PLAYS))
    with pytest.raises(InputError, match="expected a number, found 'abc'"):
        solving.result(timeout=120)


def test_a_worker_that_is_stopped_says_nothing_more() -> None:
    solving = Solving(Request("baseline-2026", (), (), PLAYS))
    solving.stop()
    assert solving.heard.comparison is None
    assert solving.heard.failure is None


@pytest.mark.parametrize("name", ["two-layers", "baseline-2026"])
def test_a_saved_scenario_is_the_one_that_was_solved(name: str, tmp_path: Path) -> None:
    numbers = {"parameters.mys_budget.value": 0.1 if name == "two-layers" else 0.02}
    settings = [f"{path}={number!r}" for path, number in numbers.items()]
    world = load(name, settings=settings)
    saved = save(world, compare(world, ["status-quo"]), numbers, folder=tmp_path / "mine")
    assert saved.overrides == (CHOSEN,)
    again = load(saved.scenario, overrides=saved.overrides)
    assert again.game == world.game
    assert load(saved.scenario).game == load(name).game, "sources and trials stay apart"
    kept = json.loads((saved.run / "manifest.json").read_text())
    assert kept["scenario"]["hash"] == world.hash
    assert saved.command == f"stratagem compare {saved.scenario} --override chosen"


def test_what_was_chosen_twice_is_saved_under_two_names(tmp_path: Path) -> None:
    first = load("two-layers", settings=["parameters.mys_budget.value=0.1"])
    once = save(first, compare(first, ["status-quo"]), {"parameters.mys_budget.value": 0.1},
                folder=tmp_path / "once")  # fmt: skip
    second = load(once.scenario, overrides=once.overrides,
                  settings=["parameters.usa_budget.value=2.2"])  # fmt: skip
    twice = save(second, compare(second, ["status-quo"]), {"parameters.usa_budget.value": 2.2},
                 folder=tmp_path / "twice")  # fmt: skip
    assert twice.overrides == ("chosen", "chosen-again")
    assert load(twice.scenario, overrides=twice.overrides).game == second.game


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear minister")
    world = load("two-layers")
    with pytest.raises(InputError, match="expected a new or empty folder"):
        save(world, compare(world, ["status-quo"]), {}, folder=tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


@pytest.mark.parametrize(
    ("scenario", "port", "message"),
    [
        ("two-layers", 80, "port: expected a number from 1024 to 65535, found 80"),
        ("two-layer", 8501, "did you mean .two-layers"),
    ],
)
def test_what_cannot_be_served_is_told_before_a_browser_opens(
    scenario: str, port: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        command(scenario, overrides=(), settings=(), port=port, browser=False)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Serve the app on a world in which Malaysia cannot pay for strict checks."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    words = [
        *(sys.executable, "-m", "stratagem", "app", "two-layers", "--no-browser"),
        *("--port", str(port), "--set", "parameters.mys_budget.value=0.1"),
    ]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(words, cwd=tmp_path, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}/"
        try:
            deadline = time.monotonic() + 90
            while True:
                try:
                    urllib.request.urlopen(address, timeout=5)
                    break
                except OSError:
                    assert server.poll() is None, (tmp_path / "log").read_text()
                    assert time.monotonic() < deadline, "the app does not answer"
                    time.sleep(0.3)
            yield address
        finally:
            server.terminate()
            server.wait()


@pytest.mark.slow
def test_a_higher_budget_lowers_the_months_and_both_are_saved(
    served: str, chromium: Chromium, tmp_path: Path
) -> None:
    """Turns a slider by its keys, waits for the new answer, saves, and solves the saved again."""
    with chromium.page(served, server=True) as watched:
        page = watched.page
        metric = page.get_by_test_id("stMetric").filter(has_text="Coordinated")
        value = metric.get_by_test_id("stMetricValue")
        value.wait_for(timeout=120_000)
        before = value.inner_text()
        page.get_by_role("slider", name="Malaysia budget, bn USD/yr").press("End")
        # Old elements stay on the page until the answer is there, so their text has to change.
        expect(value).not_to_have_text(before, timeout=120_000)
        expect(page.get_by_text("Solving")).to_be_hidden(timeout=60_000)
        after = float(value.inner_text())
        page.get_by_label("Folder for the scenario and the run").fill("mine")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("Saved: the scenario in").wait_for(timeout=60_000)
        assert watched.violations() == []
        assert watched.faults() == [], "nothing is fetched from anywhere else"
    assert after < float(before)
    again = compare(load(tmp_path / "mine" / "scenario", overrides=[CHOSEN]), PLAYS)
    assert again.play("coordinated").months == pytest.approx(after, abs=0.005)
    kept = json.loads((tmp_path / "mine" / "run" / "result.json").read_text())
    months = {play["play"]: play["months"] for play in kept["plays"]}
    assert months["coordinated"] == pytest.approx(after, abs=0.005)

"""The report in a browser: quiet, self-contained, accessible, and with the run's own numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import stratagem as sg
from stratagem.cli import main
from stratagem.report.command import write_report
from tests.browser import Chromium

pytestmark = pytest.mark.slow

LARGEST = 3_000_000
"""Bytes of a report."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run with its report: a small world compared, with studies."""
    world = sg.load("two-layers")
    folder = sg.write_run(sg.compare(world), world, folder=tmp_path_factory.mktemp("runs") / "run")
    steps = folder.with_name("steps")
    assert main(["frontier", "two-layers", "-o", str(steps)]) == 0
    trade = folder.with_name("trade")
    words = ("frontier", "two-layers", "--worlds", "4", "--seed", "1", "-o", str(trade))
    assert main(list(words)) == 0
    indices, limits, grid = (folder.with_name(name) for name in ("indices", "limits", "grid"))
    ledger = ("--ledger", str(folder.with_name("ledger.sqlite")))
    for words in (
        ("sensitivity", "two-layers", "--worlds", "4", *ledger, "-o", str(indices)),
        ("sensitivity", "two-layers", "--method", "threshold", "--numbers", "usa_stake", *ledger,
         "-o", str(limits)),
        ("sweep", "two-layers", "--grid", "parameters.chip_price=30,60", *ledger, "-o", str(grid)),
    ):  # fmt: skip
        assert main(list(words)) == 0
    write_report([str(folder)], studies=[steps, trade, indices, limits, grid])
    return folder


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run with its report: a large world solved."""
    world = sg.load("baseline-2026")
    result = sg.solve(world, "coordinated")
    folder = sg.write_run(result, world, folder=tmp_path_factory.mktemp("runs") / "run")
    write_report([str(folder)])
    return folder


@pytest.fixture(params=["small", "large"])
def written(request: pytest.FixtureRequest) -> Path:
    """Return each of the two."""
    folder: Path = request.getfixturevalue(request.param)
    return folder


def address(folder: Path) -> str:
    return (folder / "report.html").absolute().as_uri()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_report_is_quiet_fits_its_window_and_breaks_no_rule_of_access(
    written: Path, chromium: Chromium, width: int, dark: bool
) -> None:
    assert (written / "report.html").stat().st_size < LARGEST
    with chromium.page(address(written), width=width, dark=dark) as watched:
        assert watched.overflow() <= 0
        assert watched.violations() == []
        assert watched.faults() == []


def test_the_numbers_that_are_shown_are_those_of_the_result(
    written: Path, chromium: Chromium
) -> None:
    result = json.loads((written / "result.json").read_text())
    plays: dict[str, Any] = {play["play"]: play for play in result["plays"]}
    with chromium.page(address(written)) as watched:
        shown = watched.page.eval_on_selector_all(
            "data[data-of]", "found => found.map(e => [e.dataset.of, e.value, e.innerText])"
        )
        table = watched.page.eval_on_selector_all(
            "#plays > .wide tbody tr",
            "rows => rows.map(r => [...r.children].map(c => c.innerText))",
        )
    assert len(shown) >= 4
    for path, value, text in shown:
        play, key = path.split("/")
        assert float(value) == plays[play][key]
        digits = len(text.partition(".")[2])
        assert float(text.replace(",", "")) == pytest.approx(
            plays[play][key], abs=0.51 * 10**-digits
        )
    assert [row[0] for row in table] == list(plays)
    for row in table:
        assert float(row[1]) == pytest.approx(plays[row[0]]["months"], abs=0.0051)
        assert float(row[2]) == pytest.approx(plays[row[0]]["joint_payoff"], abs=0.0051)


def test_the_tab_key_goes_from_the_skip_link_through_the_contents_to_the_switch(
    small: Path, chromium: Chromium
) -> None:
    with chromium.page(address(small)) as watched:
        order = watched.focus_order(40)
        assert order[0] == "a Skip to the answer"
        assert order[1] == "button Dark page"
        titles = watched.page.eval_on_selector_all("h2", "all => all.map(e => e.innerText)")
        contents = order.index(f"a {titles[0]}")
        assert order[contents : contents + len(titles)] == [f"a {title}" for title in titles]
        assert any(one.startswith("input") for one in order[contents + len(titles) :])


def test_the_switch_shows_one_map_at_a_time_and_works_by_keyboard(
    small: Path, chromium: Chromium
) -> None:
    with chromium.page(address(small)) as watched:
        panels = watched.page.locator("#flows-switch .panel")
        visible = [panels.nth(i).is_visible() for i in range(panels.count())]
        assert sum(visible) == 1
        watched.page.locator("#flows-switch input:checked").focus()
        watched.page.keyboard.press("ArrowRight")
        after = [panels.nth(i).is_visible() for i in range(panels.count())]
        assert sum(after) == 1
        assert after != visible


def test_pointing_at_a_route_says_what_it_carries(small: Path, chromium: Chromium) -> None:
    with chromium.page(address(small)) as watched:
        flow = watched.page.locator("#flows .panel:visible .flow").first
        flow.dispatch_event("pointerover", {"bubbles": True, "clientX": 40, "clientY": 40})
        tip = watched.page.locator("#tip")
        assert tip.is_visible()
        assert tip.inner_text() == flow.get_attribute("data-tip")
        assert watched.faults() == []


def test_the_button_turns_the_page_dark_and_light_again(small: Path, chromium: Chromium) -> None:
    with chromium.page(address(small)) as watched:
        page = watched.page

        def ground() -> Any:
            return page.evaluate("getComputedStyle(document.body).backgroundColor")

        light = ground()
        page.get_by_role("button", name="Dark page").click()
        assert ground() != light
        assert watched.violations() == []
        page.get_by_role("button", name="Light page").click()
        assert ground() == light


def test_assumptions_are_found_filtered_and_sorted(small: Path, chromium: Chromium) -> None:
    flagged = {n.name for n in sg.open_run(small).world.parameters.values() if n.flagged}
    with chromium.page(address(small)) as watched:
        page = watched.page
        rows = page.locator("#assumptions tbody tr:visible")

        def names() -> list[str]:
            return rows.evaluate_all("all => all.map(r => r.firstElementChild.dataset.sort)")

        everything = names()
        page.get_by_label("guesses alone").check()
        assert set(names()) == flagged
        page.get_by_label("guesses alone").uncheck()
        page.get_by_label("Find").fill(everything[1])
        assert everything[1] in names()
        assert len(names()) < len(everything)
        page.get_by_label("Find").fill("")
        page.get_by_role("button", name="number", exact=True).click()
        assert names() == sorted(everything)
        page.get_by_role("button", name="value", exact=True).click()
        values = rows.evaluate_all("all => all.map(r => Number(r.children[1].dataset.sort))")
        assert values == sorted(values)


def test_a_report_is_printed_by_the_browser_that_is_here(
    small: Path, chromium: Chromium, tmp_path: Path
) -> None:
    made = write_report([str(small)], output=tmp_path / "r.html", pdf=tmp_path / "r.pdf")
    assert Path(made["pdf"]).read_bytes().startswith(b"%PDF")

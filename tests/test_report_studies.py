"""Studies beside a run in its report: every row tried again, and refused where it does not hold."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import stratagem as sg
from stratagem.cli import main
from stratagem.records.comparison import Comparison
from tests.reports import text_of


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return sg.compare(sg.load("two-layers"), layers=True)


@pytest.fixture
def folder(compared: Comparison, tmp_path: Path) -> Path:
    return sg.write_run(compared, sg.load("two-layers"), folder=tmp_path / "run")


@pytest.fixture(scope="module")
def robust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one portfolio for many worlds of the small scenario."""
    path = tmp_path_factory.mktemp("robust") / "portfolio"
    assert main(["portfolio", "two-layers", "--worlds", "16", "-o", str(path)]) == 0
    return path


def test_a_portfolio_for_many_worlds_gets_its_section_with_every_world_tried_again(
    folder: Path, robust: Path
) -> None:
    assert main(["report", str(folder), "--worlds", str(robust)]) == 0
    html = (folder / "report.html").read_text()
    record = json.loads((robust / "portfolio.json").read_text())
    middle = float(np.quantile(record["months"], 0.5))
    assert f"one portfolio: {middle:.2f} months, nine in ten" in html
    gains = np.array(record["losses_status_quo"]) - np.array(record["losses"])
    assert f"better off in {(gains > 1e-6).sum()} of 16 worlds" in text_of(html)
    assert "in 31 percent of the worlds it costs more than some budget there" in text_of(html)


def test_a_portfolio_that_does_not_hold_or_is_for_another_world_gets_no_report(
    folder: Path, robust: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(robust, other)
    record = json.loads((other / "portfolio.json").read_text())
    for change, code in (
        ({"months": [record["months"][0] + 0.01, *record["months"][1:]]}, 3),
        ({"seed": record["seed"] + 1}, 3),
        ({"value": record["value"] - 0.01, "bound": record["bound"] - 0.01}, 3),
        ({"bound": record["value"] + 0.01}, 3),
        ({"overrun": record["overrun"] / 2}, 3),
        ({"overruns": []}, 3),
        ({"budgets": "every"}, 3),
        ({"scenario_hash": "0" * 64}, 2),
        ({"sampling": "guesses"}, 2),
        ({"profile": {"no-such-point": "nothing"}}, 2),
    ):
        (other / "portfolio.json").write_text(json.dumps({**record, **change}))
        assert main(["report", str(folder), "--worlds", str(other)]) == code, change
    assert main(["report", str(folder), "--worlds", str(folder)]) == 2
    assert not (folder / "report.html").exists()


def test_a_sweep_over_worlds_is_shown_with_every_row_computed_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swept, ledger = tmp_path / "swept", str(tmp_path / "ledger.sqlite")
    plays = ("--plays", "status-quo", "unilateral", "coordinated")
    words = ("sweep", "two-layers", "--worlds", "8", *plays, "--ledger", ledger, "-o", str(swept))
    assert main(list(words)) == 0
    assert main(["report", str(folder), "--worlds", str(swept)]) == 0
    html = (folder / "report.html").read_text()
    rows = pandas.read_csv(swept / "rows.csv")
    for play, group in rows.groupby("play"):
        assert f"{play}: {np.quantile(group['months'], 0.5):.2f} months, nine in ten" in html
    rows.loc[3, "months"] += 0.01
    rows.to_csv(swept / "rows.csv", index=False)
    assert main(["report", str(folder), "--worlds", str(swept)]) == 3
    assert "world 0 (coordinated).months: expected" in capsys.readouterr().err


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the frontier of the small scenario."""
    path = tmp_path_factory.mktemp("stepped") / "frontier"
    assert main(["frontier", "two-layers", "-o", str(path)]) == 0
    return path


def test_a_frontier_is_shown_with_every_step_tried_again(folder: Path, stepped: Path) -> None:
    assert main(["report", str(folder), "--study", str(stepped)]) == 0
    html = (folder / "report.html").read_text()
    section = html[html.index('id="frontier"') :]
    section = section[: section.index("</section>")]
    told = text_of(section)
    spent = re.findall(r'<th scope="row" class="right">([\d.]+)</th>', section)
    assert spent == ["0.000", "0.100", "0.200", "1.200"]
    assert (
        "changes 3 times and brings 7.30 bn USD a year more joint payoff by the time that 1.20 bn "
        "USD a year are spent instead of nothing; the step that brings the most for what it takes "
        "is the one to 0.10 bn USD, 3.90 bn USD for another 0.10 bn USD." in told
    )
    assert "Every step was found." in told


def test_a_frontier_that_does_not_hold_gets_no_report(
    folder: Path, stepped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(stepped, other)
    record = json.loads((other / "frontier.json").read_text())
    text = record["scenario_text"].replace("Two layers", "Too layers")
    limited = {**record["points"][1]["certificate"], "status": "limit"}
    unbounded = {**limited, "status": "proven", "regret": {"USA": 1.0, "MYS": 1.0}}
    changes: list[tuple[int | None, dict[str, Any], int, str]] = [
        (1, {"certificate": {**limited, "status": "sure"}}, 3, "points[1].certificate.status: exp"),
        (1, {"certificate": limited}, 3, "complete: expected false, found true"),
        (1, {"certificate": unbounded}, 3, "points[1].certificate.bound_gap: expected 0.05"),
        (1, {"certificate": {**unbounded, "bound_gap": 1 / 18.1}}, 3, "what a gap of 0.0552 pro"),
        (None, {"tolerance": 4.0}, 3, "points[1].payoff: expected more than -18, found -18.1"),
        (None, {"open": 1.0}, 3, "open: expected 0, found 1"),
        (None, {"open": 9.0, "complete": False}, 3, "open: expected from 0 to 3.9"),
        (1, {"best_up_to": 0.15}, 3, "complete: expected a rise of"),
        (1, {"months": 8.1}, 3, "points[1].months: expected 8, found 8.1"),
        (1, {"payoff": -18.0}, 3, "points[1].payoff: expected -18.1, found -18"),
        (1, {"spent": 0.05, "best_up_to": 0.05}, 3, "points[1].spent: expected 0.1, found 0.05"),
        (1, {"best_up_to": 0.3}, 3, "points[1].best_up_to: expected less than 0.2, found 0.3"),
        (2, {"profile": record["points"][1]["profile"]}, 3, "points[2].spent: expected more"),
        (3, {"changed": {}}, 3, "points[3].changed"),
        (1, {"profile": {"no-such-point": "nothing"}}, 2, "no-such-point"),
        (1, {"profile": []}, 2, "expected what"),
        (None, {"points": []}, 2, "0 steps"),
        (None, {"over": "time"}, 2, "'time'"),
        (None, {"whose": "Atlantis"}, 2, "Atlantis"),
        (None, {"complete": False}, 0, ""),
        (None, {"scenario_text": text}, 3, "scenario_hash"),
        (None, {"scenario_hash": "0" * 64}, 2, "the run's scenario"),
    ]
    for step, change, code, told in changes:
        points = [{**p, **change} if i == step else p for i, p in enumerate(record["points"])]
        whole = {**record, "points": points, **(change if step is None else {})}
        (other / "frontier.json").write_text(json.dumps(whole))
        assert main(["report", str(folder), "--study", str(other)]) == code, change
        assert told in capsys.readouterr().err, change
        assert (folder / "report.html").exists() == (code == 0)
        if change == {"complete": False}:
            page = text_of((folder / "report.html").read_text())
            assert "changes at least 3 times" in page
            assert "nothing in between" not in page
        (folder / "report.html").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "found none of portfolio.json, sweep.json, frontier.json, trade-off.json and"),
        ("[" * 100_000, "frontier.json: expected JSON"),
        ("[]", "frontier.json: expected an object"),
        ('{"study_format": 99}', "expected study_format 1, found 99"),
    ],
)
def test_what_is_no_study_is_told_in_one_line(
    content: str | None, told: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "frontier.json").write_text(content)
    assert main(["report", str(folder), "--study", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--budget", "MYS"), "As the budget of Malaysia alone grows"),
        (("--layers",), "As governments act together in more layers, up to 2 layers bring"),
        (("--cost",), "a year less harm by the time that"),
    ],
)
def test_frontiers_of_every_kind_are_shown_and_a_step_beyond_its_bounds_is_not(
    option: tuple[str, ...], told: str, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "frontier"
    assert main(["frontier", "two-layers", *option, "-o", str(path)]) == 0
    assert main(["report", str(folder), "--study", str(path)]) == 0
    assert told in text_of((folder / "report.html").read_text())
    record = json.loads((path / "frontier.json").read_text())
    if option == ("--cost",):
        return
    (entry,) = record["points"][:1]
    entry["profile"]["chips-USA"] = "strict"
    (path / "frontier.json").write_text(json.dumps(record))
    assert main(["report", str(folder), "--study", str(path)]) == 3


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a trade-off over four worlds of the small scenario."""
    path = tmp_path_factory.mktemp("traded") / "trade-off"
    words = ("frontier", "two-layers", "--worlds", "4", "--seed", "1", "-o", str(path))
    assert main(list(words)) == 0
    return path


def test_a_trade_off_is_shown_with_every_portfolio_tried_in_every_world(
    folder: Path, traded: Path
) -> None:
    assert main(["report", str(folder), "--study", str(traded)]) == 0
    told = text_of((folder / "report.html").read_text())
    points = json.loads((traded / "trade-off.json").read_text())["points"]
    safest, best = points[0], points[-1]
    assert len(points) > 1
    assert (
        f"loses least on average, {best['expected']:.2f} bn USD a year, loses "
        f"{best['largest']:.2f} bn USD in the worst of 4 worlds. The one with the smallest worst "
        f"case loses {safest['largest']:.2f} bn USD there: "
        f"{best['largest'] - safest['largest']:.2f} bn USD less, for "
        f"{safest['expected'] - best['expected']:.2f} bn USD more on average." in told
    )
    assert "Every portfolio was tried in every world" in told


def test_a_trade_off_that_does_not_hold_gets_no_report(
    folder: Path, traded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(traded, other)
    record = json.loads((other / "trade-off.json").read_text())
    points = record["points"]
    losses = [points[1]["losses"][0] + 0.1, *points[1]["losses"][1:]]
    changes: list[tuple[int | None, dict[str, Any], int, str]] = [
        (1, {"losses": losses}, 3, "points[1].losses[0]: expected"),
        (1, {"expected": points[1]["expected"] - 0.1}, 3, "points[1].expected: expected"),
        (2, {"bound": points[2]["bound"] - 0.1}, 3, "points[2].bound: expected"),
        (2, {"changed": {}}, 3, "points[2].changed"),
        (1, {"profile": points[0]["profile"]}, 3, "points[1].largest: expected more than"),
        (1, {"profile": {"chips-USA": "no-such-option"}}, 2, "no-such-option"),
        (None, {"points": []}, 2, "no portfolio"),
        (None, {"points": points[::-1]}, 3, "points[1].expected: expected less than"),
        (None, {"seed": 2}, 3, "points[0].losses[0]: expected"),
        (None, {"lines": [{"share_of_largest": 0.0, "bound": 1e3}]}, 3, "lines[0].bound: expected"),
        (None, {"scenario_hash": "0" * 64}, 2, "the run's scenario"),
    ]
    for place, change, code, told in changes:
        changed = [{**p, **change} if i == place else p for i, p in enumerate(points)]
        whole = {**record, "points": changed, **(change if place is None else {})}
        (other / "trade-off.json").write_text(json.dumps(whole))
        assert main(["report", str(folder), "--study", str(other)]) == code, change
        assert told in capsys.readouterr().err, change
        assert not (folder / "report.html").exists()


def test_bounds_of_blends_are_held_against_the_portfolios_that_were_tried(
    folder: Path, traded: Path, tmp_path: Path
) -> None:
    """A line of the largest loss alone proves nothing about the mean; one of the mean does."""
    other = tmp_path / "other"
    shutil.copytree(traded, other)
    record = json.loads((other / "trade-off.json").read_text())
    mean, worst = (min(p[k] for p in record["points"]) - 0.5 for k in ("expected", "largest"))
    lines = [{"share_of_largest": 0.0, "bound": mean}, {"share_of_largest": 1.0, "bound": worst}]
    points = [
        {**one, "bound": mean, "gap": (one["expected"] - mean) / one["expected"]}
        for one in record["points"]
    ]
    whole = {**record, "lines": lines, "points": points, "complete": False}
    (other / "trade-off.json").write_text(json.dumps(whole))
    assert main(["report", str(folder), "--study", str(other)]) == 0
    told = text_of((folder / "report.html").read_text())
    assert "percent open at most; proven by 2 blends of both losses" in told
    assert "The bounds of the blends are the optimiser" in told


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a sweep over a grid of the small scenario, in four worlds each."""
    path = tmp_path_factory.mktemp("grid") / "sweep"
    ledger = str(path.with_name("ledger.sqlite"))
    grid = ("--grid", "parameters.chip_price=30,60", "--worlds", "4")
    plays = ("--plays", "status-quo", "coordinated")
    assert main(["sweep", "two-layers", *grid, *plays, "--ledger", ledger, "-o", str(path)]) == 0
    return path


def test_a_sweep_over_a_grid_is_shown_with_every_row_computed_again(
    folder: Path, grid: Path
) -> None:
    assert main(["report", str(folder), "--study", str(grid)]) == 0
    told = text_of((folder / "report.html").read_text())
    rows = pandas.read_csv(grid / "rows.csv")
    middle = rows[rows["play"] == "status-quo"].groupby("parameters.chip_price")["months"].median()
    assert (
        f"Over 2 combinations of parameters.chip_price, months that China makes: status-quo from "
        f"{middle[60]:.1f} (chip_price = 60) to {middle[30]:.1f} (chip_price = 30)" in told
    )
    assert f"60, status-quo: {middle[60]:.2f} months" in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("row", "change", "code", "told"),
    [
        (3, {"months": 0.5}, 3, "cell 0, world 1 (coordinated).months: expected"),
        (9, {"joint_payoff": 0.5}, 3, "cell 1, world 0 (coordinated).joint_payoff: expected"),
        (0, {"profile": '{"chips-USA": "strict"}'}, 3, "cell 0, world 0 (status-quo).months"),
        (0, {"cell": 7}, 2, "list index out of range"),
        (0, {"world": 9}, 2, "sweep.json: expected what"),
    ],
)
def test_a_sweep_over_a_grid_that_does_not_hold_gets_no_report(
    row: int,
    change: dict[str, Any],
    code: int,
    told: str,
    folder: Path,
    grid: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = tmp_path / "other"
    shutil.copytree(grid, other)
    rows = pandas.read_csv(other / "rows.csv")
    for name, value in change.items():
        rows[name] = rows[name].astype(object)
        rows.loc[row, name] = value
    rows.to_csv(other / "rows.csv", index=False)
    assert main(["report", str(folder), "--study", str(other)]) == code
    assert told in capsys.readouterr().err
    assert not (folder / "report.html").exists()


def test_a_grid_at_the_own_numbers_is_one_number_for_each_play(
    folder: Path, tmp_path: Path
) -> None:
    words = ("sweep", "two-layers", "--grid", "points.cloud-MYS.status_quo=nothing,strict")
    ledger = str(tmp_path / "ledger.sqlite")
    assert main([*words, "--ledger", ledger, "-o", str(tmp_path / "swept")]) == 0
    assert main(["report", str(folder), "--study", str(tmp_path / "swept")]) == 0
    told = text_of((folder / "report.html").read_text())
    assert "status-quo from 7.0 (cloud-MYS.status_quo = strict) to 10.0" in told

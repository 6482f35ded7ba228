"""Reports and pictures of runs: what they say is the run's, whatever the scenario is called."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given, settings

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from games.layered import LayeredGame
from stratagem.cli import main
from stratagem.pictures.flow_layout import laid_out
from stratagem.pictures.flow_map import flow_map
from stratagem.pictures.flow_values import flow_values, passed_by_layer, stopped_by_layer
from stratagem.pictures.parts import COMPARED
from stratagem.plots import PLOTS, write_plot
from stratagem.records.comparison import Comparison, Unsolved
from stratagem.report import printing
from stratagem.report.command import write_report
from stratagem.report.headline import headline
from stratagem.report.page import page
from stratagem.report.sections import all_sections
from stratagem.report.subject import subject_of
from stratagem.runs.readback import comparison_of
from tests.builders import any_game

HOSTILE = "</title><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return sg.compare(sg.load("two-layers"), layers=True)


@pytest.fixture
def folder(compared: Comparison, tmp_path: Path) -> Path:
    return sg.write_run(compared, sg.load("two-layers"), folder=tmp_path / "run")


@pytest.fixture(scope="module")
def reported(compared: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run's folder with its report, for tests that only read."""
    path = tmp_path_factory.mktemp("reported") / "run"
    sg.write_run(compared, sg.load("two-layers"), folder=path)
    (path / "report.html").write_text("an older one")
    assert main(["report", str(path)]) == 0
    return path


def text_of(html: str) -> str:
    """Return what a page says, scripts and styles left out."""
    body = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_a_run_read_back_is_the_comparison_that_was_written(
    compared: Comparison, folder: Path
) -> None:
    assert comparison_of(sg.open_run(folder)).to_json() == compared.to_json()


def test_a_damaged_result_is_one_message(folder: Path) -> None:
    result = json.loads((folder / "result.json").read_text())
    del result["unsolved"]
    (folder / "result.json").write_text(json.dumps(result))
    with pytest.raises(InputError, match=r"result\.json: expected a comparison"):
        comparison_of(sg.open_run(folder))


def test_a_report_holds_every_number_of_its_plays(compared: Comparison, reported: Path) -> None:
    html = (reported / "report.html").read_text()
    marked = re.findall(r'<data value="([^"]+)" data-of="([^/"]+)/(\w+)">([^<]+)</data>', html)
    assert {play for _, play, _, _ in marked} == set(COMPARED)
    for value, play, key, _ in marked:
        assert float(value) == getattr(compared.play(play), key)
    said = text_of(html)
    for record in compared.plays:
        assert f"{record.play} {record.months:.2f} {record.joint_payoff:.2f}" in said
    for number in sg.load("two-layers").parameters.values():
        assert f'<data value="{number.value!r}" data-number="{number.name}">' in html


def test_a_report_asks_for_nothing(reported: Path) -> None:
    html = (reported / "report.html").read_text()
    assert "default-src 'none'" in html
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', html)
    assert not re.findall(r"url\(|@import|fetch\(|XMLHttpRequest", html)
    assert str(reported.parent) not in html


def test_the_answer_is_three_sentences_made_from_the_numbers(compared: Comparison) -> None:
    first, second, third = headline(compared)
    assert "2 governments would hold China to 4.0 months" in first
    assert "6.0 fewer than the 10.0 under today's rules" in first
    assert "7.30 bn USD a year better off" in second
    assert "spending 1.20 bn USD a year on controls instead of 0.00 bn USD" in second
    assert "25 to 100 percent" in third


def test_the_answer_of_a_play_that_changes_nothing_says_so(compared: Comparison) -> None:
    only = [compared.play("status-quo"), replace(compared.play("status-quo"), play="coordinated")]
    same = replace(compared, plays=tuple(only), lost_share=replace(compared.lost_share, best=None,
                                                                    worst=None))  # fmt: skip
    told = " ".join(headline(same))
    assert "as many as under today's rules" in told
    assert "neither better nor worse off" in told
    assert "acting alone loses nothing" in told


def test_the_answer_without_plays_is_how_things_stand(compared: Comparison) -> None:
    alone = replace(compared, plays=(compared.play("status-quo"),))
    assert headline(alone, main="status-quo") == (
        "China gains 10.0 months of progress a year as things stand.",
    )


def test_a_scenario_with_a_hostile_title_is_text_wherever_it_stands(tmp_path: Path) -> None:
    main(["new", str(tmp_path / "world")])
    file = tmp_path / "world" / "scenario.toml"
    written = json.dumps(HOSTILE)
    file.write_text(re.sub(r'title = "[^"]*"', lambda _: f"title = {written}", file.read_text()))
    world = sg.load(str(tmp_path / "world"))
    assert world.title == HOSTILE
    folder = sg.write_run(sg.compare(world), world, folder=tmp_path / "run")
    html = page(subject_of(sg.open_run(folder)))
    assert len(re.findall(r"<script", html)) == 1
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_run_that_does_not_hold_gets_no_report_and_exit_code_three(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = json.loads((folder / "result.json").read_text())
    result["plays"][-1]["months"] += 0.5
    (folder / "result.json").write_text(json.dumps(result))
    assert main(["report", str(folder)]) == 3
    assert main(["plot", str(folder), "--what", "months"]) == 3
    assert "months: expected" in capsys.readouterr().err
    assert not list(folder.glob("*.html")) + list(folder.glob("*.svg"))


def test_the_command_says_where_the_report_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(folder), "-o", str(folder / "brief.html"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert Path(answer["report"]).stat().st_size == answer["bytes"] < 3_000_000
    assert answer["pdf"] is None
    assert len(answer["plays"]) == 6


@pytest.mark.parametrize("name", ["brief.txt", "no/such/folder.html", "."])
def test_a_place_that_no_report_can_have_is_bad_input(folder: Path, name: str) -> None:
    assert main(["report", str(folder), "-o", str(folder / name)]) == 2


def test_without_a_browser_a_pdf_is_refused_before_any_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(printing, "BROWSERS", ("no-such-browser",))
    monkeypatch.delenv(printing.CHOSEN, raising=False)
    assert main(["report", str(folder), "--pdf", str(folder / "r.pdf")]) == 2
    assert "found none - install one" in capsys.readouterr().err
    assert not (folder / "report.html").exists()


def test_a_report_of_one_play_and_of_plays_that_were_not_solved(
    compared: Comparison, tmp_path: Path
) -> None:
    world = sg.load("two-layers")
    for name in ("status-quo", "only:chips"):
        alone = sg.solve(world, name)
        html = page(subject_of(sg.open_run(sg.write_run(alone, world, folder=tmp_path / name[:4]))))
        assert f"{alone.plays[-1].months:.1f}" in html
    late = replace(compared, unsolved=(Unsolved("pooled", "limit", "no time was left <b>"),))
    html = page(subject_of(sg.open_run(sg.write_run(late, world, folder=tmp_path / "late"))))
    assert "pooled" in text_of(html)
    assert "no time was left &lt;b&gt;" in html


def test_every_module_of_the_sections_holds_a_section_in_a_place_of_its_own() -> None:
    found = all_sections()
    assert found[0].name == "answer"
    assert len({section.place for section in found}) == len({s.name for s in found}) == len(found)


def test_every_picture_is_drawn_by_its_name(folder: Path) -> None:
    for name in PLOTS:
        svg = write_plot([str(folder)], name)
        assert svg == folder / f"{name}.svg"
        assert svg.read_text().startswith("<svg")
    png = write_plot([str(folder)], "flows", output=folder / "map.png")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_no_such_name_gets_the_nearest_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", str(folder), "--what", "payofs"]) == 2
    assert "did you mean 'payoffs'?" in capsys.readouterr().err


def test_the_flow_map_of_a_notebook_shows_and_saves_itself(
    compared: Comparison, tmp_path: Path
) -> None:
    drawing = sg.figures.flow_map(compared, sg.load("two-layers"), against="status-quo")
    assert drawing._repr_svg_() == drawing.svg()
    drawing.save(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text() == drawing.svg()
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        drawing.save(tmp_path / "map.gif")


def test_flows_of_the_hand_solved_world_are_what_paper_says(compared: Comparison) -> None:
    """Coordinated: half of what is smuggled and a quarter of what is rented gets through."""
    game = sg.load("two-layers").game
    record = compared.play("coordinated")
    values = {value.arc: value for value in flow_values(game, record)}
    for name, value in values.items():
        option = record.profile[value.point]
        passes = {"nothing": 1.0, "basic": 0.5, "strict": 0.25}[option]
        assert value.behind == pytest.approx(passes * value.before), name
    assert sum(v.behind for v in values.values()) == pytest.approx(record.months)


@given(any_game())
def test_what_sets_out_is_what_arrives_and_what_is_stopped(game: LayeredGame) -> None:
    comparison = sg.solve(game, "status-quo")
    record = comparison.plays[0]
    values = flow_values(game, record)
    starts = game.sources
    ends = {front.node for front in game.fronts}
    out = sum(v.before for v in values if v.tail in starts)
    arrived = sum(v.behind for v in values if v.head in ends)
    months = sum(front.months for front in record.fronts.values())
    assert arrived == pytest.approx(months, rel=1e-6, abs=1e-6)
    stopped = sum(stopped_by_layer(game, values).values())
    assert out >= arrived + stopped - 1e-6 * max(1.0, out)
    for node in set(game.nodes) - starts - ends:
        entering = sum(v.behind for v in values if v.head == node)
        leaving = sum(v.before for v in values if v.tail == node)
        assert leaving <= entering * (1 + 1e-6) + 1e-6
    assert all(passed >= 0 for passed in passed_by_layer(game, values).values())


@settings(max_examples=20)
@given(any_game())
def test_every_game_with_a_flow_has_a_map(game: LayeredGame) -> None:
    comparison = sg.solve(game, "status-quo")
    values = flow_values(game, comparison.plays[0])
    if any(value.before > 0 for value in values):
        drawing = flow_map(comparison, game, play="status-quo")
        assert "nan" not in drawing.svg().lower()
    else:
        with pytest.raises(InputError, match="nothing to draw"):
            flow_map(comparison, game, play="status-quo")


def test_arcs_lead_to_the_right_and_nodes_of_a_column_stand_apart() -> None:
    arcs = {
        "ab": ("a", "b"),
        "bf": ("b", "f"),
        "af": ("a", "f"),
        "cf": ("c", "f"),
        "ag": ("a", "g"),
    }
    wide: dict[str, float] = dict.fromkeys(arcs, 10.0)
    layout = laid_out(arcs, wide, ends=["f", "g"], gap=8.0, least=3.0)
    assert layout.columns == {"a": 0, "b": 1, "c": 1, "f": 2, "g": 2}
    assert [spot[1] for spot in layout.ways["af"]] == [0, 1, 2]
    for column in range(layout.width):
        places = sorted(at for (_, there), at in layout.middle.items() if there == column)
        gaps: list[Any] = [b - a for a, b in pairwise(places)]
        assert all(gap >= 10.0 for gap in gaps)
        assert all(0 <= at <= layout.height for at in places)


def test_a_report_replaces_an_older_one_whole(reported: Path) -> None:
    assert (reported / "report.html").read_text().rstrip().endswith("</html>")
    assert not list(reported.glob(".*"))


def test_a_run_whose_scenario_was_changed_gets_no_report(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["scenario"]["text"] += " "
    (other / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(NotCertifiedError):
        write_report([str(other)])


def test_the_commands_on_the_page_give_the_same_run_again(
    reported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = (reported / "report.html").read_text()
    lines = re.findall(r"<pre><code>(.*?)</code>", html, flags=re.DOTALL)[0].splitlines()
    commands = [shlex.split(unescape(line)) for line in lines if line.startswith("stratagem ")]
    monkeypatch.chdir(tmp_path)
    assert [main(words[1:]) for words in commands] == [0, 0, 0]
    one, two = (
        json.loads((path / "result.json").read_text()) for path in (reported, Path("again"))
    )
    for result in (one, two):
        for play in result["plays"]:
            del play["seconds"]
    assert one == two
    assert Path("again/report.html").is_file()


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

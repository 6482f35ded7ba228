"""Reports and pictures of runs: what they say is the run's, whatever the scenario is called."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from stratagem.cli import main
from stratagem.pictures.parts import COMPARED
from stratagem.records.comparison import Comparison, Unsolved
from stratagem.report import printing
from stratagem.report.command import write_report
from stratagem.report.headline import headline
from stratagem.report.page import page
from stratagem.report.sections import all_sections
from stratagem.report.subject import subject_of
from stratagem.runs.readback import comparison_of
from tests.reports import text_of

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


def test_a_report_says_which_outcome_of_acting_alone_its_answer_shows(reported: Path) -> None:
    page = (reported / "report.html").read_text()
    assert "Each for itself is the best outcome known of acting alone." in page


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

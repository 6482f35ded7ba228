"""The verbs of the command line, run in this process on real scenarios."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import stratagem as sg
from stratagem import verbs
from stratagem.cli import main


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """Return the one JSON object that a command prints on standard output, and nothing else."""
    assert main([*words, "--json"]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def text(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what a command tells people, in one line."""
    assert main(list(words)) == 0
    return " ".join(capsys.readouterr().out.split())


def test_compare_prints_one_object_and_keeps_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    printed = answer(capsys, "compare", "two-layers")
    assert [play["play"] for play in printed["plays"]] == [
        *("status-quo", "alone:USA", "unilateral:best", "unilateral:worst"),
        *("coordinated", "only:chips"),
    ]
    assert printed["lost_share"]["best"] == pytest.approx(1.8 / 7.3)
    folder = Path(printed.pop("run"))
    assert folder.parent == Path("runs")
    assert json.loads((folder / "result.json").read_text()) == printed


def test_compare_tells_people_the_plays_the_controls_and_the_loss(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = text(capsys, "compare", "two-layers")
    assert told.startswith("Two layers, two governments")
    assert told.index("status-quo") < told.index("coordinated") < told.index("Who controls what")
    assert "loses between 25 and 100 percent" in told
    assert "Kept in runs/two-layers-" in told


def test_compare_takes_plays_changes_and_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    printed = answer(
        capsys,
        *("compare", "two-layers", "--plays", "unilateral:best", "pooled"),
        *("--override", "rich-evader", "--set", "parameters.usa_stake.value=3"),
        *("--set", "parameters.mys_stake.value=0.4", "-o", "here", "--jobs", "1", "--seed", "4"),
        *("--gap", "1e-5", "--time-limit", "50"),
    )
    assert [play["play"] for play in printed["plays"]] == [
        *("status-quo", "unilateral:best", "pooled"),
    ]
    assert printed["run"] == "here"
    manifest = json.loads(Path("here/manifest.json").read_text())
    assert manifest["overrides"] == ["rich-evader"]
    assert len(manifest["settings"]) == 2
    assert (manifest["seed"], manifest["gap"], manifest["jobs"]) == (4, 1e-5, 1)
    # 4.8 bn USD buy 120 thousand chips, 12 months, at 3.4 bn USD a month
    assert printed["plays"][0]["joint_payoff"] == pytest.approx(-12 * 3.4)


def test_every_answer_says_by_what_the_scenario_was_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("two-layers", "--override", "rich-evader", "--set", "parameters.usa_stake=3")
    told = "Changed by --override rich-evader and --set parameters.usa_stake=3."
    assert told in text(capsys, "compare", *words, "--plays", "coordinated")
    assert told in text(capsys, "explain", "latest")
    assert told in text(capsys, "show", *words)
    assert told in text(capsys, "equilibria", *words, "--starts", "2")
    assert told in text(capsys, "frontier", *words)
    assert told in text(capsys, "sweep", *words)
    assert "Changed by" not in text(capsys, "solve", "two-layers")


def test_solve_tells_one_play_and_what_it_is_worth_to_whom(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed = answer(capsys, "solve", "two-layers", "--play", "coordinated")
    assert [play["play"] for play in printed["plays"]] == ["status-quo", "coordinated"]
    assert printed["layer_interaction"] is None
    told = text(capsys, "solve", "two-layers", "--play", "unilateral")
    assert "What unilateral:best is worth to whom" in told
    assert "What unilateral:worst is worth to whom" in told


def test_explain_finds_the_newest_run_and_recomputes_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer(capsys, "compare", "two-layers")
    explained = answer(capsys, "explain", "two", "layers")
    assert explained["play"] == "coordinated"
    assert explained["largest_difference"] < 1e-9
    assert [route["arcs"] for route in explained["routes"]] == [["smuggle"], ["rent"]]
    told = text(capsys, "explain", "latest", "--play", "unilateral:worst")
    assert "unilateral:worst play" in told
    assert "What gets through, and how" in told


def test_show_holds_the_model_against_what_was_observed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = answer(capsys, "show", "two-layers")
    (row,) = shown["observed"]
    assert row["model"] == pytest.approx(10.0)
    assert row["inside"] is True
    assert {number["confidence"] for number in shown["flagged"]} <= {"M", "P"}
    told = text(capsys, "show", "two-layers")
    assert "End-use checks" in told or "chips-USA" in told
    assert "20 of 20 numbers rest on recall (M) or on a prior (P)" in told


def test_validate_counts_a_sound_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "validate", "two-layers")
    assert (found["sound"], found["faults"], found["numbers"]) == (True, [], 20)
    assert found["hash"] == sg.load("two-layers").hash
    assert "two-layers: sound. 2 controllers" in text(capsys, "validate", "two-layers")


def test_validate_lists_every_fault_for_people_and_programs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["new", "mine"]) == 0
    path = tmp_path / "mine" / "scenario.toml"
    path.write_text(path.read_text() + "\n[colour]\nx = 1\n[speed]\ny = 2\n")
    capsys.readouterr()
    assert main(["validate", "mine", "--json"]) == 2
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["sound"] is False
    assert len(found["faults"]) >= 2
    assert captured.err.startswith("stratagem: ")
    assert "colour" in captured.err
    assert "speed" in captured.err


def test_a_new_scenario_can_be_compared_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert "mine" in text(capsys, "new", "mine")
    printed = answer(capsys, "compare", "mine")
    assert len(printed["plays"]) == 6
    assert all(play["certificate"]["status"] == "proven" for play in printed["plays"])


def test_show_says_what_single_numbers_are(capsys: pytest.CaptureFixture[str]) -> None:
    told = text(capsys, "show", "baseline-2026", "--number", "route_total", "exchanges_named")
    assert "route_total 115 k H100e/yr, from 40 to 300; a prior (P). Size of the first" in told
    assert "a primary source (A)." in told
    assert "Source: Anthropic, Statement on" in told
    told = text(capsys, "show", "baseline-2026", "--number", "usa_budget")
    assert "Used in controllers.USA.budget = mission_share*usa_budget and controllers.DEU" in told
    shown = answer(capsys, "show", "baseline-2026", "--number", "share_*")
    assert {one["name"] for one in shown["numbers"]} >= {"share_mys", "share_sgp"}
    assert all(one["name"].startswith("share_") for one in shown["numbers"])
    assert main(["show", "baseline-2026", "--number", "route_totl"]) == 2
    assert "did you mean 'route_total'?" in capsys.readouterr().err


def test_a_new_scenario_shows_what_coordination_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    """A first lesson: the leader checks more, the port joins only with the others."""
    text(capsys, "new", "mine")
    printed = answer(capsys, "compare", "mine")
    plays = {play["play"]: play for play in printed["plays"]}
    assert plays["alone:Leader"]["profile"]["exports-Leader"] == "checks/double"
    assert plays["unilateral:best"]["profile"]["transit-Port"] == "nothing"
    assert plays["coordinated"]["profile"]["transit-Port"] == "permit"
    assert plays["coordinated"]["joint_payoff"] > plays["status-quo"]["joint_payoff"] + 0.1
    assert 0.2 < printed["lost_share"]["best"] < 0.9


def test_list_schema_and_doctor_answer(capsys: pytest.CaptureFixture[str]) -> None:
    listed = answer(capsys, "list")["scenarios"]
    assert {"two-layers", "baseline-2026"} <= {entry["name"] for entry in listed}
    assert "Two layers, two governments" in text(capsys, "list")
    assert main(["schema"]) == 0
    assert "properties" in json.loads(capsys.readouterr().out)
    health = answer(capsys, "doctor")
    assert health["healthy"] is True
    told = text(capsys, "doctor")
    assert "an integer program" in told
    assert "compiled solvers" in told


def test_help_and_version_answer(capsys: pytest.CaptureFixture[str]) -> None:
    told = text(capsys, "--help")
    for verb in ("compare", "solve", "explain", "show", "validate", "list", "new", "doctor"):
        assert verb in told
    assert "--override" in text(capsys, "compare", "--help")
    assert text(capsys, "--version") == sg.__version__


def test_texts_of_the_help_fill_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "--help"]) == 0
    lines = [line.strip("│ \n") for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith("Usage: stratagem solve")
    whole = "some layers, such as unilateral/only:chips. [default: coordinated]"
    assert whole in lines  # as far as 100 characters go


def test_the_exit_code_says_whether_a_limit_came_first(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["solve", "baseline-2026", "--play", "coordinated", "--time-limit", "0.01", "--json"]
    words += ["--jobs", "1"]
    code = main(words)
    printed = json.loads(capsys.readouterr().out)
    reached = [play["certificate"]["status"] == "limit" for play in printed["plays"]]
    assert code == (4 if any(reached) else 0)
    assert Path(printed["run"], "result.json").exists()


def test_a_result_at_the_limit_is_kept_and_ends_in_four() -> None:
    compared = sg.compare(sg.load("two-layers"))
    last = compared.plays[-1]
    limited = replace(last, certificate=replace(last.certificate, status="limit"))
    assert verbs._exit_code(compared) == 0
    assert verbs._exit_code(replace(compared, plays=(*compared.plays[:-1], limited))) == 4

"""Everything that goes wrong ends in one message, the right exit code, and nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratagem import verbs
from stratagem.cli import main


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    """Return the message of a command that fails with a code and leaves nothing behind."""
    before = sorted(Path().rglob("*"))
    assert main(list(words)) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("stratagem: ")
    assert "Traceback" not in captured.err
    assert sorted(Path().rglob("*")) == before
    return captured.err


def test_more_workers_than_there_is_work_for_are_no_error() -> None:
    assert main(["compare", "two-layers", "--plays", "status-quo", "--jobs", "2"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["compare", "two-lyers"], "did you mean 'two-layers'"),
        (["compare", "two-layers", "--plays", "cordinated"], "did you mean coordinated"),
        (["compare", "two-layers", "--plays", "alone:US"], "did you mean USA"),
        (["compare", "two-layers", "--plays", "only:clod"], "did you mean cloud"),
        (["solve", "two-layers", "--play", ""], "expected a play"),
        (["compare", "two-layers", "--gap", "-1"], "gap: expected a number"),
        (["compare", "two-layers", "--gap", "nan"], "found nan"),
        (["compare", "two-layers", "--gap", "inf"], "found inf"),
        (["compare", "two-layers", "--gap", "wide"], "--gap"),
        (["compare", "two-layers", "--jobs", "0"], "jobs: expected a whole number >= 1"),
        (["compare", "two-layers", "--jobs", "two"], "--jobs"),
        (["compare", "two-layers", "--jobs", "1.5"], "expected a whole number, found '1.5'"),
        (["worlds", "two-layers", "--worlds", "2.5"], "expected a whole number, found '2.5'"),
        (["portfolio", "two-layers", "--replications", "1001"], "from 2 to 1000; found 1001"),
        (["export", "two-layers", "--nfg", "x.nfg", "--seed", "-1"], "seed: expected"),
        (["compare", "two-layers", "--seed", "-4"], "seed: expected"),
        (["compare", "two-layers", "--time-limit", "0"], "time limit: expected"),
        (["compare", "two-layers", "--layers", "-1"], "layers: expected"),
        (["compare", "two-layers", "--set", "nonsense"], "path=value"),
        (["compare", "two-layers", "--set", "parameters.usa_bugdet.value=1"], "usa_budget"),
        (["compare", "two-layers", "--set", "parameters.usa_budget.value=much"], "usa_budget"),
        (["compare", "two-layers", "--set", "parameters.usa_budget.value=nan"], "usa_budget"),
        (["compare", "two-layers", "--override", "no-hubs"], "rich-evader"),
        (["compare", "two-layers", "--jbos", "2"], "--jobs"),
        (["compare"], "scenario"),
        (["compare", "two-layers", "three-layers"], "three-layers"),
        (["copmare", "two-layers"], "compare"),
        (["explain", "nowhere"], "expected a run folder"),
        (["explain"], "expected a run folder"),
        (["explain", ""], "found an empty text"),
        (["explain", "two", " "], "found an empty text"),
        (["show", "."], "scenario.toml"),
        (["validate", "\x01"], "expected a scenario"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert message.lower() in refused(capsys, *words).lower()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("junk.toml", b"\xff\xfe\x00" * 1000),
        ("half.toml", b"[points\nname = "),
        ("empty.toml", b""),
        ("large.toml", b"x" * 10_000_000),
    ],
)
def test_files_that_are_no_scenario_are_refused(
    capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    Path(name).write_bytes(content)
    assert len(refused(capsys, "compare", name)) < 2000


def test_the_place_for_results_is_checked_before_anything_is_solved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("full").mkdir()
    Path("full/mine.txt").write_text("x")
    assert "files in it" in refused(capsys, "compare", "two-layers", "-o", "full")
    assert "found a file" in refused(capsys, "solve", "two-layers", "-o", "full/mine.txt")
    assert "is a file" in refused(capsys, "solve", "two-layers", "-o", "full/mine.txt/run")
    assert Path("full/mine.txt").read_text() == "x"


def test_new_leaves_files_of_others_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Path("full").mkdir()
    Path("full/mine.txt").write_text("x")
    refused(capsys, "new", "full")
    refused(capsys, "new", "full/mine.txt")


def test_budgets_in_conflict_end_in_three_and_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    changes = [
        *("--set", "points.chips-USA.status_quo=strict"),
        *("--set", "parameters.usa_budget.value=1.5"),
    ]
    words = ["solve", "two-layers", "--play", "only:cloud", "--json", *changes]
    message = refused(capsys, *words, code=3)
    assert "USA" in message
    assert "1.5" in message
    # where other plays have answers they are told and kept, and the exit code still says three
    assert main(["compare", "two-layers", "--plays", "coordinated", "only:cloud", *changes]) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "Not solved only:cloud: not certified" in told
    assert "Kept in runs/" in told


def test_a_tampered_run_ends_in_three(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "two-layers", "-o", "run"]) == 0
    capsys.readouterr()
    text = Path("run/result.json").read_text()
    Path("run/result.json").write_text(text.replace('"strict"', '"basic"'))
    message = refused(capsys, "explain", "run", code=3)
    assert "run/result.json: plays[1] (coordinated).payoffs.USA: expected" in message


def test_an_internal_error_is_short_unless_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(verbs, "schema")
    assert "--debug" in refused(capsys, "schema", code=1)
    with pytest.raises(AttributeError):
        main(["schema", "--debug"])


def test_debug_may_stand_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--debug", "validate", "two-layers"]) == 0
    assert main(["validate", "--debug", "two-layers"]) == 0
    capsys.readouterr()
    refused(capsys, "validate", "two-lyers", "--debug")

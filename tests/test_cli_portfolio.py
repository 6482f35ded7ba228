"""The command that finds one portfolio for many worlds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stratagem as sg
from stratagem.cli import main


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


@pytest.mark.parametrize("measure", ["expected", "cvar:0.75", "regret"])
def test_the_answer_holds_what_was_promised(
    capsys: pytest.CaptureFixture[str], measure: str
) -> None:
    printed = answer(capsys, "portfolio", "two-layers", "--worlds", "8", "--measure", measure)
    losses = np.array(printed["losses"])
    assert len(losses) == printed["worlds"] == 8
    assert printed["measure"] == measure
    assert printed["certificate"]["status"] == "proven"
    assert printed["certificate"]["worlds"] == 8
    assert printed["bound"] <= printed["value"] <= losses.max()
    assert sum(printed["payoffs"].values()) == pytest.approx(-losses.mean())
    low = np.array(printed["best_losses"]["low"])
    expected = {
        "expected": losses.mean(),
        "cvar:0.75": np.sort(losses)[-2:].mean(),
        "regret": (losses - low).max(),
    }
    assert printed["value"] == pytest.approx(expected[measure])
    kept = json.loads(Path(printed["run"], "portfolio.json").read_text())
    assert kept["losses"] == printed["losses"]
    rows = Path(printed["run"], "worlds.csv").read_text().splitlines()
    assert len(rows) == 9


def test_the_same_seed_gives_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    def once(seed: str) -> Any:
        return answer(capsys, "portfolio", "two-layers", "--worlds", "8", "--seed", seed)["losses"]

    assert once("1") == once("1") != once("2")


def test_replications_enclose_the_value(capsys: pytest.CaptureFixture[str]) -> None:
    printed = answer(capsys, "portfolio", "two-layers", "--worlds", "16", "--replications", "4")[
        "replication"
    ]
    assert printed["replications"] == 4
    assert printed["worlds_each"] == 4
    assert printed["bound_low"] <= printed["bound"]
    assert printed["value"] <= printed["value_high"]
    assert printed["gap_high"] >= 0


def test_people_read_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["portfolio", "two-layers", "--worlds", "8"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Over 8 worlds, the expected loss is" in told
    assert "gain on the status quo" in told
    assert "Proven: the evader was solved again and checked in 8 worlds" in told
    assert "`stratagem report RUN --study runs/two-layers-portfolio-" in told


def test_the_worst_worlds_are_called_what_they_are() -> None:
    world = sg.load("two-layers")
    assert "8 worlds, the expected loss is" in str(sg.portfolio(world, worlds=8, measure="cvar:0"))
    tenth = " ".join(str(sg.portfolio(world, worlds=8, measure="cvar:0.9")).split())
    assert "worst 10 percent of worlds (less than one world, so that of the worst alone)" in tenth
    assert "less than one" not in str(sg.portfolio(world, worlds=8, measure="cvar:0.875"))


def test_a_measure_is_checked_before_the_scenario_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["portfolio", "no-such-world", "--measure", "cvar"]) == 2
    assert "found 'cvar'" in " ".join(capsys.readouterr().err.split())


def test_explaining_a_study_says_what_it_is_and_what_reads_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["portfolio", "two-layers", "--worlds", "2", "-o", "robust"]) == 0
    capsys.readouterr()
    assert main(["explain", "robust"]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "robust: expected a folder with plays, found a portfolio (portfolio.json)" in told
    assert "`stratagem report RUN --study robust`" in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--measure", "mean"), "measure: expected one of `expected`, `regret` and `cvar:SHARE`"),
        (("--worlds", "0"), "worlds: expected a whole number from 1"),
        (("--replications", "1"), "replications: expected 0 for none, or from 2 to"),
        (("--measure", "regret", "--replications", "3"), "found regret, which is no mean"),
        (("--gap", "2"), "gap: expected a number"),
        (("--sampling", "dice"), "sampling: expected one of sobol, latin, random"),
    ],
)
def test_bad_input_gives_one_message(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert main(["portfolio", "two-layers", *words]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_a_notebook_gets_a_record_that_shows_itself() -> None:
    found = sg.portfolio(sg.load("two-layers"), worlds=4, pooled=True)
    assert "Over 4 worlds" in str(found)
    assert "<table>" in found._repr_html_()
    assert len(found.to_pandas()) == 4


@pytest.mark.slow
def test_workers_prove_what_one_process_proves() -> None:
    """Bundles in other processes, on a scenario too large to try everything."""
    world = sg.load("baseline-2026")
    one, two = (
        sg.portfolio(world, worlds=2, gap=0.2, jobs=jobs, time_limit=60).found for jobs in (1, 2)
    )
    assert one.method == two.method == "agreement"
    assert max(one.bound, two.bound) <= min(one.value, two.value) + 1e-6
    assert np.isfinite([one.bound, two.bound]).all()

"""Sweeps: the same answers however they come about, kept once, and none lost with its process."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from scenarios.load import load
from scenarios.scenario import Scenario
from stratagem.cli import main
from stratagem.studies.answers import Answer
from stratagem.studies.cells import cells_of
from stratagem.studies.sweep_files import write_sweep
from stratagem.studies.sweeps import sweep
from stratagem.studies.verbs import grid_of
from tests.sweep_tables import PLAYS, table


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("two-layers")


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load("baseline-2026")


# What is answered -------------------------------------------------------------------------------


def test_the_own_numbers_give_what_a_comparison_gives(small: Scenario) -> None:
    found = sweep(small, plays=PLAYS, ledger=None)
    compared = sg.compare(small, ["unilateral", "coordinated"])
    assert [row.answer.play for row in found.rows] == [
        "status-quo", "unilateral:best", "unilateral:worst", "coordinated", "fixed:coordinated",
    ]  # fmt: skip
    for row in found.rows:
        play = row.answer.play.removeprefix("fixed:")
        record = compared.play(play)
        assert row.answer.joint_payoff == pytest.approx(record.joint_payoff, abs=1e-6)
        assert row.answer.months == pytest.approx(record.months, abs=1e-6)
    (lost,) = found.lost_shares()
    assert (lost.best, lost.worst) == pytest.approx(
        (compared.lost_share.best, compared.lost_share.worst), abs=1e-6
    )


def test_every_world_gives_what_its_game_gives(small: Scenario) -> None:
    worlds = sg.worlds(small, 4).worlds
    found = sweep(small, worlds=worlds, plays=["status-quo", "coordinated"], ledger=None)
    for world in range(4):
        compared = sg.compare(worlds.game(world), ["coordinated"])
        for play in ("status-quo", "coordinated"):
            joint = found.numbers(play, "joint_payoff")[world]
            assert joint == pytest.approx(compared.play(play).joint_payoff, abs=1e-6)


def test_a_grid_takes_all_combinations_as_settings_do(small: Scenario) -> None:
    budget = next(name for name in small.parameters if "budget" in name)
    paths = {f"parameters.{budget}": [0.1, 0.2], "settings.correlation": ["0", "1"]}
    found = sweep(small, grid=paths, plays=["coordinated"], ledger=None)
    assert len(found.cells) == len(found.rows) == 4
    for number, cell in enumerate(found.cells):
        changed = load("two-layers", settings=[f"{path}={value}" for path, value in cell.items()])
        expected = sg.solve(changed, "coordinated").play("coordinated").joint_payoff
        assert found.rows[number].answer.joint_payoff == pytest.approx(expected, abs=1e-6)
    shown = " ".join(str(found).split())
    assert "play months" in shown
    assert "world" not in shown


def test_a_profile_that_is_held_stays_while_the_numbers_move(baseline: Scenario) -> None:
    options = "chips-MYS=inspection/triple,cloud-USA=verify"
    found = sweep(baseline, worlds=16, plays=["status-quo", f"fixed:{options}"], ledger=None)
    more = found.numbers(f"fixed:{options}", "outlay")
    less = found.numbers("status-quo", "outlay")
    assert all(more[world] > less[world] for world in range(16))


def test_worlds_and_cells_without_a_game_are_rows_and_the_others_stand(small: Scenario) -> None:
    budget = next(name for name in small.parameters if "budget" in name)
    grid = {f"parameters.{budget}": [-1, 0.2]}
    found = sweep(small, grid=grid, plays=["status-quo", "coordinated"], ledger=None)
    assert [row.answer.status for row in found.failures] == ["fault", "fault"]
    assert "expected a number >= 0" in found.failures[0].answer.message
    assert found.exit_code == NotCertifiedError.exit_code
    assert len(found.rows) == 4
    assert "status-quo, 1 combination: fault." in " ".join(str(found).split())


def test_a_grid_of_which_nothing_stands_is_refused(small: Scenario) -> None:
    with pytest.raises(InputError, match="did you mean"):
        sweep(small, grid={"parameter.nothing": [1]}, ledger=None)
    with pytest.raises(InputError, match="expected at most"):
        sweep(small, grid={f"a{i}": range(10) for i in range(5)}, ledger=None)
    with pytest.raises(InputError, match="expected one of the options"):
        sweep(small, plays=["fixed:chips-USA=nonsense"], ledger=None)
    with pytest.raises(InputError, match="found 'x' - name one of"):
        sweep(small, plays=["fixed:x=nonsense"], ledger=None)
    with pytest.raises(InputError, match="each control point once, found 'chips-USA' twice"):
        sweep(small, plays=["fixed:chips-USA=basic,chips-USA=nothing"], ledger=None)
    with pytest.raises(InputError, match="^--grid parameter.nothing: expected a path"):
        sweep(small, grid={"parameter.nothing": [1]}, ledger=None)
    with pytest.raises(InputError, match=r"grid a: expected each value once, found 0.5 twice"):
        sweep(small, grid={"a": ["0.5", 1, "0.50"]}, ledger=None)
    with pytest.raises(InputError, match="^play '': expected"):
        sweep(small, plays=[""], ledger=None)
    with pytest.raises(InputError, match="expected the address of a scheduler.*found ''"):
        sweep(small, cluster="", ledger=None)
    with pytest.raises(InputError, match="all its outcomes"):
        sweep(small, plays=["unilateral:best"], ledger=None)
    with pytest.raises(InputError, match="at least one"):
        sweep(small, plays=[], ledger=None)


def test_grids_are_read_as_they_are_written() -> None:
    assert grid_of(['a.b=1, "x,y",[1,2]', "c=nothing"]) == {
        "a.b": ["1", '"x,y"', "[1,2]"],
        "c": ["nothing"],
    }
    with pytest.raises(InputError) as caught:
        grid_of(["a", "b=", "c=1", "c=2", "=1"])
    assert len(caught.value.faults) == 4
    assert "found no name before =" in str(caught.value.faults[-1])


def test_true_is_not_one_in_a_grid_but_one_is_one_however_it_is_written(small: Scenario) -> None:
    def cells(*values: object) -> int:
        return len(list(cells_of(small, {"x.y": values}, None, sampling="sobol", seed=0)))

    assert cells(True, 1) == 2
    with pytest.raises(InputError, match="each value once, found 1.0 twice"):
        cells(1, 1.0)


# Files and the command --------------------------------------------------------------------------


def test_a_folder_of_a_sweep_holds_the_rows_twice_and_the_worlds(
    small: Scenario, tmp_path: Path
) -> None:
    found = sweep(small, worlds=4, plays=["status-quo", "coordinated"], ledger=None)
    path = write_sweep(found, folder=tmp_path / "out")
    rows = pd.read_parquet(path / "rows.parquet")
    pd.testing.assert_frame_equal(rows, table(found), check_dtype=False)
    text = pd.read_csv(path / "rows.csv")
    assert text["joint_payoff"].tolist() == rows["joint_payoff"].tolist()
    worlds = pd.read_parquet(path / "worlds.parquet")
    assert len(worlds) == 4
    name = found.worlds[0].names[0]  # type: ignore[union-attr]
    assert worlds[name].tolist() == found.worlds[0].draws[:, 0].tolist()  # type: ignore[union-attr]
    record = json.loads((path / "sweep.json").read_text())
    assert record["scenario_hash"] == small.hash
    assert record["versions"]["highspy"]
    with pytest.raises(InputError, match="files in it"):
        write_sweep(found, folder=path)


def test_the_commands_print_tables_or_one_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["two-layers", "--worlds", "4", "--json"]
    assert main(["sweep", *words, "--plays", "status-quo", "coordinated", "-o", "out"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["worlds"], found["solved"], found["run"]) == ([4], 8, "out")
    assert main(["sweep", "two-layers", "--worlds", "4", "--plays", "coordinated"]) == 0
    shown = capfd.readouterr().out
    assert "4 answers known from runs/sweeps.sqlite" in shown
    assert main(["worlds", *words, "--csv", "worlds.csv"]) == 0
    drawn = json.loads(capfd.readouterr().out)
    assert len(drawn["months"]) == drawn["worlds"] == 4
    assert len(pd.read_csv("worlds.csv")) == 4
    assert main(["worlds", "two-layers", "--sampling", "latin"]) == 0
    told = capfd.readouterr().out
    assert "What the evader reaches today" in told
    (row,) = (line.split() for line in told.splitlines() if line.startswith("chip_price "))
    assert (row[1:3], row[-1]) == (["lognormal", "40"], "P")  # its own value, and what it rests on
    assert drawn["numbers"][0]["own"] == load("two-layers").parameters["china_budget"].value
    budget = next(name for name in load("two-layers").parameters if "budget" in name)
    assert main(["sweep", "two-layers", "--grid", f"parameters.{budget}=-1,0.2", "--json"]) == 3
    printed = capfd.readouterr()
    assert json.loads(printed.out)["run"]
    assert printed.err.startswith("stratagem: 1 of 2 answers are missing, the first of status-quo")
    assert main(["worlds", "two-layers", "--worlds", "0"]) == 2
    assert main(["sweep", "two-layers", "--grid", "nonsense"]) == 2


def test_answers_come_back_from_their_plain_values() -> None:
    answer = Answer("alone", "found", months=0.0, fronts={"a": 1.0}, profile={"p": "o"})
    assert Answer.from_json(json.loads(json.dumps(answer.to_json()))) == answer

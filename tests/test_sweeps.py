"""Sweeps: the same answers however they come about, kept once, and none lost with its process."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from scenarios.load import load
from scenarios.scenario import Scenario
from stratagem.cli import main
from stratagem.studies import crew as crews
from stratagem.studies import questions
from stratagem.studies.answers import Answer
from stratagem.studies.forks import Forks
from stratagem.studies.store import Store
from stratagem.studies.sweep_records import Sweep, write_sweep
from stratagem.studies.sweeps import TOLERANCE, sweep
from stratagem.studies.verbs import grid_of
from stratagem.studies.work import Chunk, Solving, Worked
from stratagem.terminal.interrupts import interruptible
from stratagem.workers import may_fork

ROOT = Path(__file__).parents[1]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="no copies of a process are made")
PLAYS = ("status-quo", "unilateral", "coordinated", "fixed:coordinated")


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("two-layers")


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load("baseline-2026")


def table(found: Sweep) -> pd.DataFrame:
    return found.to_pandas()


def same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(first, second, rtol=TOLERANCE, atol=TOLERANCE)


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


# The ledger -------------------------------------------------------------------------------------


def test_nothing_is_solved_twice_and_a_change_is_another_question(
    small: Scenario, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.sqlite"
    first = sweep(small, worlds=4, plays=PLAYS, ledger=file)
    assert (first.known, first.solved) == (0, 16)
    again = sweep(small, worlds=4, plays=PLAYS, ledger=file)
    assert (again.known, again.solved) == (16, 0)
    same(table(first), table(again))
    more = sweep(small, worlds=8, plays=PLAYS, ledger=file)  # a Sobol sequence goes on
    assert (more.known, more.solved) == (16, 16)
    finer = sweep(small, worlds=4, plays=["coordinated"], gap=1e-4, ledger=file)
    assert finer.known == 0
    other = sweep(small, worlds=4, plays=["status-quo"], seed=1, ledger=file)
    assert other.known == 0


def test_a_ledger_that_is_no_database_is_kept_aside_and_said(
    small: Scenario, tmp_path: Path
) -> None:
    file, said = tmp_path / "ledger.sqlite", list[str]()
    file.write_bytes(b"not a database at all" * 1000)
    found = sweep(small, worlds=4, ledger=file, say=said.append)
    assert found.solved == 4
    (aside,) = tmp_path.glob("ledger.sqlite.damaged-*")
    assert aside.read_bytes().startswith(b"not a database")
    assert len(said) == 1
    assert aside.name in said[0]


def test_a_file_of_something_else_is_left_where_it_is(small: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_text("format = 1\n" * 1000)
    with pytest.raises(InputError, match="scenario.toml: expected a ledger of sweeps, found a fi"):
        sweep(small, worlds=4, ledger=file)
    assert [one.name for one in tmp_path.iterdir()] == ["scenario.toml"]
    assert file.read_text().startswith("format = 1")


def test_a_ledger_with_damaged_pages_is_kept_aside_and_said(
    baseline: Scenario, tmp_path: Path
) -> None:
    file, said = tmp_path / "ledger.sqlite", list[str]()
    first = sweep(baseline, worlds=64, ledger=file)
    content = bytearray(file.read_bytes())
    assert len(content) > 20_000
    content[8192:16384] = bytes(8192)
    file.write_bytes(content)
    second = sweep(baseline, worlds=64, ledger=file, say=said.append)
    same(table(first), table(second))
    assert len(said) == 1
    assert list(tmp_path.glob("ledger.sqlite.damaged-*"))


def test_a_row_that_was_changed_is_solved_again_and_a_copy_is_kept(
    small: Scenario, tmp_path: Path
) -> None:
    file, said = tmp_path / "ledger.sqlite", list[str]()
    first = sweep(small, worlds=4, ledger=file)
    with sqlite3.connect(file) as connection:
        connection.execute(
            "update answers set answers = replace(answers, 'months', 'mouths') "
            "where key = (select min(key) from answers)"
        )
    connection.close()
    second = sweep(small, worlds=4, ledger=file, say=said.append)
    same(table(first), table(second))
    assert (second.known, second.solved) == (3, 1)
    assert "1 that do not" in said[0]
    assert list(tmp_path.glob("ledger.sqlite.damaged-*"))
    assert sweep(small, worlds=4, ledger=file).known == 4


def test_a_database_of_something_else_is_left_alone(small: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "mine.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("create table cats (name text)")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(InputError, match="a database of something else"):
        sweep(small, ledger=file)
    assert file.read_bytes() == before


def test_a_ledger_where_no_file_can_be_is_one_message(small: Scenario, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (
        tmp_path / "file" / "ledger.sqlite",
        Path("/proc/no/ledger.sqlite"),
        tmp_path,
    ):
        with pytest.raises(InputError, match="name another"):
            sweep(small, ledger=path)


def test_a_folder_that_is_read_only_is_one_message_and_the_ledger_stays(small: Scenario) -> None:
    """As somebody who may not write there; the superuser becomes one in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "ledger.sqlite")
        kept = sweep(small, worlds=4, ledger=file)
        file.chmod(0o444)
        Path(folder).chmod(0o555)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setuid(65534)
                sweep(small, worlds=8, ledger=file)
            except InputError as error:
                code = 0 if "name another" in str(error) else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        Path(folder).chmod(0o755)
        file.chmod(0o644)
        again = sweep(small, worlds=4, ledger=file, say=pytest.fail)
        assert again.known == 4
        same(table(kept), table(again))


FULL = """
import resource, sys
from pathlib import Path
from scenarios.load import load
from stratagem.studies.sweeps import sweep
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
sweep(load("two-layers"), worlds=512, ledger=Path(sys.argv[1]))
"""


def test_a_full_disk_is_one_message_and_the_ledger_stays_sound(
    small: Scenario, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.sqlite"
    few = sweep(small, worlds=16, ledger=file)
    room = file.stat().st_size + 60_000
    child = subprocess.run(
        [sys.executable, "-c", FULL, str(file), str(room)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert "expected room for what was solved" in child.stderr
    with Store(file, say=pytest.fail) as store:
        assert 16 <= len(store) < 512
    again = sweep(small, worlds=16, ledger=file, say=pytest.fail)
    assert again.solved == 0
    same(table(few), table(again))


# Who does the work ------------------------------------------------------------------------------


def test_copies_of_this_process_give_the_same_answers(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "may_fork", lambda: True)
    options: dict[str, Any] = {"worlds": 4, "plays": PLAYS, "ledger": None}
    here = table(sweep(small, **options))
    pd.testing.assert_frame_equal(here, table(sweep(small, jobs=2, **options)), check_exact=True)
    assert not multiprocessing.active_children()


@linux_only
def test_copies_are_made_only_beside_threads_that_are_known() -> None:
    """In a copy of its own, since whoever runs the tests may have threads."""

    def checked() -> bool:
        alone = may_fork()
        with interruptible(lambda: None):
            watched = may_fork()
        over = threading.Event()
        thread = threading.Thread(target=over.wait)
        thread.start()
        beside = may_fork()
        over.set()
        thread.join()
        return (alone, watched, beside) == (True, True, False)

    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if checked() else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def chunk(number: int) -> Chunk:
    return Chunk(b"", str(number), (), np.zeros((1, 0)), (), Solving(1e-6, 60.0, 0))


@linux_only
def test_a_chunk_is_handed_out_again_when_its_worker_is_lost_and_given_up_when_two_are(
    tmp_path: Path,
) -> None:
    met = tmp_path / "met"

    def deadly(asked: Chunk) -> Worked:
        if asked.digest == "5" or (asked.digest == "3" and not met.exists()):
            if asked.digest == "3":
                met.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Worked((), float(asked.digest))

    numbers = [3, 5, *range(6, 20)]
    with Forks(2, deadly) as forks:
        found = [(one.digest, done) for one, done in forks.worked(map(chunk, numbers))]
        assert [digest for digest, done in found if done is None] == ["5"]
        assert sorted(int(digest) for digest, _ in found) == numbers
        assert all(done.seconds == float(digest) for digest, done in found if done is not None)
        assert len(multiprocessing.active_children()) <= 2
    assert not multiprocessing.active_children()


@linux_only
def test_no_more_copies_are_made_than_there_are_chunks_and_none_outlives_the_sweep() -> None:
    def pid(asked: Chunk) -> Worked:
        return Worked((), float(os.getpid()))

    with Forks(8, pid) as forks:
        (only,) = forks.worked(iter([chunk(1)]))
        assert only[1] is not None
        assert only[1].seconds != os.getpid()
        assert len(multiprocessing.active_children()) == 1
    with Forks(2, pid) as forks:
        next(forks.worked(map(chunk, range(100))))  # the rest is not wanted any more
    assert not multiprocessing.active_children()


@linux_only
def test_an_error_in_a_worker_is_raised_here_and_says_where_it_was() -> None:
    def wrong(asked: Chunk) -> Worked:
        raise NotCertifiedError("expected a plan, found none")

    with (
        pytest.raises(NotCertifiedError, match="expected a plan") as caught,
        Forks(2, wrong) as forks,
    ):
        next(forks.worked(map(chunk, range(5))))
    assert "in wrong" in caught.value.__notes__[0]
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_processes_and_a_cluster_give_the_same_answers(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(crews, "may_fork", lambda: False)  # processes that start from nothing
    options: dict[str, Any] = {"worlds": 12, "plays": PLAYS, "ledger": None}
    here = table(sweep(small, **options))
    same(here, table(sweep(small, jobs=2, **options)))
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        same(here, table(sweep(small, cluster=cluster.scheduler_address, **options)))


@pytest.mark.slow
def test_a_worker_of_a_cluster_that_is_killed_costs_no_answer(
    baseline: Scenario, tmp_path: Path
) -> None:
    from distributed import Client, LocalCluster

    expected = table(sweep(baseline, worlds=256, ledger=None))
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        victims = list(client.run(os.getpid).values())
        killed = False

        def kill_one(done: int, total: int) -> None:
            nonlocal killed
            if done >= 48 and not killed:
                os.kill(victims[0], signal.SIGKILL)
                killed = True

        found = sweep(
            baseline, worlds=256, ledger=None, cluster=cluster.scheduler_address, progress=kill_one
        )
    assert killed
    same(expected, table(found))


def test_a_cluster_that_does_not_answer_is_one_message(
    small: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="expected a scheduler that answers"):
        sweep(small, ledger=None, cluster="tcp://127.0.0.1:9")


@pytest.mark.slow
@pytest.mark.parametrize("copies", [True, False])
def test_a_local_worker_that_is_killed_costs_no_answer(
    baseline: Scenario, monkeypatch: pytest.MonkeyPatch, copies: bool
) -> None:
    from joblib.externals.loky import reusable_executor

    monkeypatch.setattr(crews, "may_fork", lambda: copies)
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if done >= 48 and not killed:
            if copies:
                (one, _) = multiprocessing.active_children()
                killed.append(one.pid)
            else:
                killed.append(next(iter(reusable_executor._executor._processes)))
            os.kill(killed[0], signal.SIGKILL)

    found = sweep(baseline, worlds=256, ledger=None, jobs=2, progress=kill_one)
    assert killed
    same(table(sweep(baseline, worlds=256, ledger=None)), table(found))


# Killed and resumed -----------------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
from scenarios.load import load
from stratagem.studies import questions, sweeps
questions.WORLDS_AT_ONCE = 4
found = sweeps.sweep(load("two-layers"), worlds=256, plays=["status-quo", "fixed:coordinated"],
                     ledger=Path(sys.argv[1]), jobs=int(sys.argv[2]),
                     progress=lambda done, total: print(done, flush=True))
"""


def started(file: Path, jobs: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", KILLED, str(file), str(jobs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )


def runs(process: str) -> bool:
    """Return whether a process is there and not only waiting to be buried."""
    try:
        return Path("/proc", process, "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_a_sweep_killed_twenty_times_ends_like_one_that_was_not(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays = ["status-quo", "fixed:coordinated"]
    monkeypatch.setattr(questions, "WORLDS_AT_ONCE", 4)
    file = tmp_path / "ledger.sqlite"
    generator = random.Random(4)
    child = started(file, jobs=2)
    assert child.stdout is not None
    child.stdout.readline()  # it has begun to answer
    workers = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert workers
    limit = time.monotonic() + 60
    while any(runs(worker) for worker in workers):  # they go with it
        assert time.monotonic() < limit
        time.sleep(0.1)
    for _ in range(19):
        pid = os.fork()
        if pid == 0:  # a process of its own, without the time that its imports would take
            sweep(small, worlds=256, plays=plays, ledger=file)
            os._exit(0)
        time.sleep(generator.uniform(0, 0.3))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with Store(file, say=pytest.fail) as store:
            kept = len(store)
    assert kept > 0
    resumed = sweep(small, worlds=256, plays=plays, ledger=file, say=pytest.fail)
    assert resumed.known >= kept
    same(table(sweep(small, worlds=256, plays=plays, ledger=None)), table(resumed))


@pytest.mark.slow
def test_two_sweeps_on_one_ledger_both_end_well(small: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    children = [started(file, jobs=1) for _ in range(2)]
    for child in children:
        child.communicate(timeout=300)
        assert child.returncode == 0
    plays = ["status-quo", "fixed:coordinated"]
    found = sweep(small, worlds=256, plays=plays, ledger=file, say=pytest.fail)
    assert (found.known, found.solved) == (512, 0)
    same(table(sweep(small, worlds=256, plays=plays, ledger=None)), table(found))


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

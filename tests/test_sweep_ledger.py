"""The ledger of sweeps: nothing is solved twice, and what is damaged is kept aside and said."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from games.errors import InputError
from scenarios.load import load
from scenarios.scenario import Scenario
from stratagem.studies.store import Store
from stratagem.studies.sweeps import sweep
from tests.sweep_tables import PLAYS, same, table

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("two-layers")


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load("baseline-2026")


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
    still = sweep(small, worlds=4, plays=["status-quo"], gap=1e-4, ledger=file)
    assert (still.known, still.solved) == (4, 0)  # a fixed profile has the same answer at any gap
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


def test_a_ledger_with_a_name_that_no_system_knows_is_one_message(small: Scenario) -> None:
    with pytest.raises(InputError, match="null byte - name another"):
        sweep(small, worlds=2, ledger=Path("a\0b"))


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

"""Run folders: whole or not at all, and enough to recompute everything."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from scenarios.load import load_text
from scenarios.scenario import Scenario
from stratagem.records.comparison import Comparison
from stratagem.runs.folders import check_folder
from stratagem.runs.kept import MANIFEST, RESULT, open_run, write_run

TABLES = {"plays", "payoffs", "fronts", "profile", "flows", "assumptions"}


@pytest.fixture(scope="module")
def world() -> Scenario:
    return sg.load("two-layers", overrides=["rich-evader"])


@pytest.fixture(scope="module")
def compared(world: Scenario) -> Comparison:
    return sg.compare(world)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_run_holds_what_is_needed_to_recompute_it(
    compared: Comparison, world: Scenario, tmp_path: Path
) -> None:
    path = write_run(compared, world, jobs=1)
    assert path.parent == Path("runs")
    names = {file.name for file in path.iterdir()}
    assert names == {MANIFEST, RESULT, *(f"{name}.csv" for name in TABLES)}
    manifest = json.loads((path / MANIFEST).read_text())
    assert manifest["scenario"]["hash"] == world.hash
    assert load_text(manifest["scenario"]["text"]).game == world.game
    assert manifest["overrides"] == ["rich-evader"]
    assert manifest["versions"].keys() == {"stratagem", "python", "highspy", "pyomo", "numpy"}
    assert {"seed", "gap", "time_limit_seconds", "started", "finished"} <= manifest.keys()
    assert json.loads((path / RESULT).read_text()) == json.loads(json.dumps(compared.to_json()))
    assert str(tmp_path) not in "".join(file.read_text() for file in path.iterdir())


def test_the_tables_of_a_run_say_what_the_records_say(
    compared: Comparison, world: Scenario
) -> None:
    path = write_run(compared, world)

    def rows(name: str) -> list[dict[str, str]]:
        with (path / f"{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    plays = {row["play"]: float(row["joint_payoff [bn USD/yr]"]) for row in rows("plays")}
    assert plays == {record.play: record.joint_payoff for record in compared.plays}
    options = {(row["play"], row["point"]): row["option"] for row in rows("profile")}
    assert options["coordinated", "cloud-MYS"] == compared.play("coordinated").profile["cloud-MYS"]
    flagged = {row["name"] for row in rows("assumptions") if row["flagged"] == "true"}
    assert flagged == {number.name for number in world.parameters.values() if number.flagged}
    changed = {row["name"] for row in rows("assumptions") if row["changed"] == "true"}
    assert changed == {"china_budget"}
    assert sum(float(row["arriving"]) for row in rows("flows") if row["play"] == "coordinated") > 0


def test_a_run_is_read_back_from_its_folder_alone(compared: Comparison, world: Scenario) -> None:
    run = open_run(write_run(compared, world))
    assert run.world.game == world.game
    assert run.world.hash == world.hash
    assert [play["play"] for play in run.result["plays"]] == [r.play for r in compared.plays]


def test_two_runs_in_one_second_do_not_meet(compared: Comparison, world: Scenario) -> None:
    import datetime

    now = datetime.datetime.now(datetime.UTC)
    paths = [write_run(compared, world, started=now) for _ in range(3)]
    assert len(set(paths)) == 3
    assert paths[2].name == f"{paths[0].name}-3"


def test_words_find_the_newest_run_that_has_them(compared: Comparison, world: Scenario) -> None:
    first = write_run(compared, world)
    second = write_run(compared, world)
    before = second.stat().st_mtime_ns - 10**9
    os.utime(first, ns=(before, before))
    assert open_run("latest").path == second
    assert open_run(["two", "layers"]).path == second
    assert open_run(first).path == first
    with pytest.raises(InputError, match="found none"):
        open_run("baseline")


def test_an_empty_folder_is_filled_and_a_full_one_left_alone(
    compared: Comparison, world: Scenario
) -> None:
    Path("empty").mkdir()
    assert write_run(compared, world, folder="empty") == Path("empty")
    before = everything(Path("empty"))
    with pytest.raises(InputError, match="files in it"):
        write_run(compared, world, folder="empty")
    assert everything(Path("empty")) == before
    Path("file").write_text("x")
    with pytest.raises(InputError, match="found a file"):
        check_folder("file")
    with pytest.raises(InputError, match="is a file"):
        check_folder("file/run")
    with pytest.raises(InputError, match="null byte"):
        write_run(compared, world, folder="bad\0name")


def test_missing_folders_above_are_made(compared: Comparison, world: Scenario) -> None:
    assert write_run(compared, world, folder="a/b/c") == Path("a/b/c")
    assert stat.S_IMODE(Path("a/b/c").stat().st_mode) & 0o700 == 0o700


def test_a_file_in_the_place_of_the_runs_is_told(compared: Comparison, world: Scenario) -> None:
    Path("runs").write_text("x")
    with pytest.raises(InputError, match="name another with -o"):
        write_run(compared, world)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_full_disk_leaves_nothing_behind(
    compared: Comparison, world: Scenario, tmp_path: Path
) -> None:
    def attempt() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
        write_run(compared, world, folder="deep/run")

    assert "file too large" in message_of(attempt)
    assert everything(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_no_permission_leaves_nothing_behind(
    compared: Comparison, world: Scenario, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)

    def attempt() -> None:
        if os.geteuid() == 0:
            os.setuid(65534)
        write_run(compared, world, folder=closed / "run")

    assert "no permission" in message_of(attempt) or "permission denied" in message_of(attempt)
    assert everything(closed) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")
def test_a_run_that_is_killed_is_never_half_there(compared: Comparison, world: Scenario) -> None:
    """Kill a process that writes one run after another, at moments that are not its own choice."""
    for delay in (0.01, 0.033, 0.07):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                write_run(compared, world)
                os.write(writer, b"ready")
                while True:
                    write_run(compared, world)
            finally:
                os._exit(1)
        os.close(writer)
        assert os.read(reader, 5) == b"ready"
        os.close(reader)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    visible = [path for path in Path("runs").iterdir() if not path.name.startswith(".")]
    assert visible
    for path in visible:
        assert {file.name for file in path.iterdir()} >= {MANIFEST, RESULT}
        assert open_run(path).world.name == "two-layers"


def test_a_manifest_that_was_changed_is_refused(compared: Comparison, world: Scenario) -> None:
    path = write_run(compared, world)
    manifest = json.loads((path / MANIFEST).read_text())
    text = manifest["scenario"]["text"]
    manifest["scenario"]["text"] = text.replace("rich", "poor") + " "
    (path / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(NotCertifiedError, match="changed afterwards"):
        open_run(path)


def test_a_manifest_without_versions_is_refused(compared: Comparison, world: Scenario) -> None:
    path = write_run(compared, world)
    manifest = json.loads((path / MANIFEST).read_text())
    (path / MANIFEST).write_text(json.dumps({**manifest, "versions": "new"}))
    with pytest.raises(InputError, match="versions: expected an object"):
        open_run(path)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (MANIFEST, "{"),
        (MANIFEST, "[]"),
        (MANIFEST, '{"run_format": 99, "scenario": {}}'),
        (MANIFEST, '{"run_format": 1, "scenario": []}'),
        (RESULT, "nonsense"),
        (RESULT, '{"plays": []}'),
        (RESULT, "[" * 100_000),
        (RESULT, None),
    ],
)
def test_damaged_runs_are_refused_in_one_message(
    compared: Comparison, world: Scenario, file: str, content: str | None
) -> None:
    path = write_run(compared, world)
    if content is None:
        (path / file).unlink()
    else:
        (path / file).write_text(content)
    with pytest.raises(InputError) as caught:
        open_run(path)
    assert len(str(caught.value).splitlines()) == 1


def message_of(attempt: Callable[[], None]) -> str:
    """Return the message of the `InputError` that a child process meets."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            attempt()
            os.write(writer, b"no error")
        except InputError as error:
            os.write(writer, str(error).encode())
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text

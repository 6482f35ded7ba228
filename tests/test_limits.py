"""Limits of time hold whatever a function does, and the last answer it reported is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from games.errors import GameError, LimitError, StratagemError
from games.normal_form import normal_form
from games.regret import pure_profile
from solvers.finite.certified import certified
from solvers.finite.limits import within
from solvers.finite.records import Solution

ROOT = Path(__file__).parent.parent
GAME = normal_form([[[1, 0], [0, 1]], [[1, 0], [0, 1]]])


def answer(number: int) -> Solution:
    """Return a solution that can be told apart by its method."""
    found = certified(GAME, pure_profile(GAME, [0, 0]))
    return Solution(f"answer {number}", (found,), True, 0.0)


def at_once(number: int, *, twice: bool = False) -> Solution:
    print("what a library prints")
    os.write(1, b"straight to the descriptor\n")
    return answer(2 * number if twice else number)


def forever() -> Solution:
    while True:
        time.sleep(0.01)


def busy(*, report: Callable[[Any], None]) -> Solution:
    report(answer(1))
    report(answer(2))
    while True:
        sum(range(10_000))


def deaf(path: str, *, report: Callable[[Any], None]) -> Solution:
    """Ignores every signal that can be ignored, and starts a process of its own."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    Path(path).write_text(f"{os.getpid()} {child.pid}")
    report(answer(1))
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            continue


def crash(*, first: bool, report: Callable[[Any], None]) -> Solution:
    if first:
        report(answer(1))
    os.abort()


def leave() -> Solution:
    os._exit(7)


def fail(error: BaseException) -> Solution:
    raise error


class Stubborn(Exception):
    """An error that cannot be rebuilt from its arguments."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("stubborn")


def fail_stubbornly() -> Solution:
    raise Stubborn(1, 2)


def unpicklable() -> Any:
    return lambda: None


def is_alive(number: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until_dead(*numbers: int) -> bool:
    for _ in range(500):
        if not any(map(is_alive, numbers)):
            return True
        time.sleep(0.02)
    return False


def test_an_answer_in_time_comes_back_unchanged(capfd: pytest.CaptureFixture[str]) -> None:
    found = within(60, at_once, 3, twice=True)
    assert (found.method, found.complete, found.stopped) == ("answer 6", True, "")
    assert found.equilibria == answer(6).equilibria
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "what a library prints" in captured.err
    assert "straight to the descriptor" in captured.err


def test_a_function_that_never_returns_is_stopped() -> None:
    with pytest.raises(LimitError, match=r"limit of 0.2 s: expected an answer, found none yet"):
        within(0.2, forever)


def test_at_the_limit_the_last_report_is_the_answer() -> None:
    found = within(1.0, busy)
    assert (found.method, found.complete, found.stopped) == ("answer 2", False, "limit of time")
    assert found.seconds >= 1.0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes under /proc")
def test_a_function_that_eats_signals_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    found = within(1.0, deaf, str(tmp_path / "numbers"))
    assert found.method == "answer 1"
    assert wait_until_dead(*map(int, (tmp_path / "numbers").read_text().split()))


def test_a_crash_is_told() -> None:
    with pytest.raises(StratagemError, match="its process was ended by SIGABRT"):
        within(60, crash, first=False)
    with pytest.raises(StratagemError, match="its process ended with code 7"):
        within(60, leave)


def test_what_was_reported_before_a_crash_is_kept_and_marked() -> None:
    found = within(60, crash, first=True)
    assert (found.method, found.complete) == ("answer 1", False)
    assert found.stopped == "the process was ended by SIGABRT"


def test_errors_are_raised_as_they_were() -> None:
    with pytest.raises(GameError) as raised:
        within(60, fail, GameError("one fault", "another"))
    assert raised.value.faults == ("one fault", "another")
    with pytest.raises(KeyError, match="lost") as lost:
        within(60, fail, KeyError("lost"))
    assert "in fail" in lost.value.__notes__[0]
    with pytest.raises(StratagemError, match="Stubborn: stubborn"):
        within(60, fail_stubbornly)
    with pytest.raises(Exception, match="pickle"):
        within(60, unpicklable)


def test_what_cannot_be_handed_over_is_refused_before_a_process_starts() -> None:
    with pytest.raises(Exception, match="pickle"):
        within(60, at_once, threading.Lock())


def test_it_works_from_a_thread() -> None:
    found: list[Solution] = []
    thread = threading.Thread(target=lambda: found.append(within(60, at_once, 1)))
    thread.start()
    thread.join()
    assert found[0].method == "answer 1"


SCRIPT = """
import time
from solvers.finite.limits import within
from solvers.finite.records import Solution

def mine(seconds, *, report):
    report(Solution("reported", (), True, 0.0))
    print("inside", flush=True)
    time.sleep(seconds)
    return Solution("returned", (), True, 0.0)

print(within(60, mine, 0).method, flush=True)
print(within(SECONDS, mine, 1000).method, flush=True)
"""


def script(folder: Path, seconds: float) -> list[str]:
    path = folder / "script.py"
    path.write_text(textwrap.dedent(SCRIPT).replace("SECONDS", str(seconds)))
    return [sys.executable, str(path)]


def test_a_script_without_a_guard_may_hand_over_a_function_of_its_own(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        script(tmp_path, 0.5), env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["returned", "reported"]
    assert done.stderr.split() == ["inside", "inside"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes under /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_whoever_ends_the_one_who_waits_ends_the_work(tmp_path: Path, number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    waiting = subprocess.Popen(
        script(tmp_path, 500),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdout is not None
    assert waiting.stderr is not None
    assert waiting.stdout.readline() == "returned\n"
    for _ in range(2):
        assert waiting.stderr.readline() == "inside\n"
    children = Path(f"/proc/{waiting.pid}/task/{waiting.pid}/children").read_text().split()
    assert children
    waiting.send_signal(number)
    waiting.communicate()
    assert waiting.returncode != 0
    assert wait_until_dead(*map(int, children))

"""The command line as a process: quiet in pipes, lively on terminals, quick to help and to end."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ("numpy", "pyomo", "pandas", "highspy", "joblib", "altair")
ESCAPE = b"\x1b"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "stratagem", *words]


def test_a_pipe_gets_the_answer_and_nothing_else() -> None:
    done = subprocess.run(command("compare", "two-layers"), capture_output=True, check=True)
    assert done.stderr == b""
    assert ESCAPE not in done.stdout
    assert b"HiGHS" not in done.stdout
    assert b"loses between" in done.stdout
    words = command("compare", "two-layers", "--json", "--jobs", "2")
    done = subprocess.run(words, capture_output=True, check=True)
    assert done.stderr == b""
    assert len(json.loads(done.stdout)["plays"]) == 6


def test_the_status_quo_is_written_before_the_rest_is_solved() -> None:
    with subprocess.Popen(command("compare", "baseline-2026"), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        assert lines[4].startswith(b"status-quo")
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 130
    assert b"Kept in" not in rest
    assert not Path("runs").exists()


def test_an_interrupt_is_obeyed_while_compiled_code_runs() -> None:
    script = (
        "import hashlib, threading, time\n"
        "from stratagem.terminal.interrupts import interruptible\n"
        "spent = time.pthread_getcpuclockid(threading.get_ident())\n"
        "def tell(begun):\n"
        "    while time.clock_gettime(spent) < begun + 0.1:  # of the processor, by that call\n"
        "        time.sleep(0.01)\n"
        "    print('inside', flush=True)\n"
        "with interruptible(lambda: print('last words', flush=True)):\n"
        "    begun = time.clock_gettime(spent)\n"
        "    threading.Thread(target=tell, args=[begun], daemon=True).start()\n"
        "    hashlib.pbkdf2_hmac('sha512', b'x', b'y', 3 * 10**7)\n"
    )
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"inside\n"
            process.send_signal(number)
            assert process.stdout.read() == b"last words\n"
        assert process.returncode == code


def test_an_interrupt_while_the_command_line_is_read_in_is_no_reason_for_a_traceback() -> None:
    script = (
        "import sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'cyclopts':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from stratagem.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 130
    assert done.stderr == b"stratagem: interrupted; nothing was kept\n"


def test_a_reader_that_leaves_is_no_reason_for_a_traceback() -> None:
    with subprocess.Popen(
        command("show", "baseline-2026"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "words", ["list", "list --json", "validate two-layers", "schema", "--help", "--version"]
)
def test_an_answer_that_cannot_be_written_is_one_clear_message(words: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command(*words.split()), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "stratagem: standard output: expected a place that can be written, found: no space left on "
        "device - send the answer elsewhere\n"
    )


def test_files_get_no_blanks_at_the_ends_of_lines() -> None:
    done = subprocess.run(command("show", "two-layers"), capture_output=True, check=True)
    assert b" \n" not in done.stdout


def test_messages_show_characters_that_would_steer_the_terminal() -> None:
    evil = "\x1b[31m\x9b"
    done = subprocess.run(command("explain", evil), capture_output=True, check=False)
    assert done.returncode == 2
    assert ESCAPE not in done.stderr
    assert rb"\x1b[31m\x9b" in done.stderr


def test_streams_that_are_closed_are_no_reason_to_fail() -> None:
    words = " ".join(command("solve", "two-layers", "-o", "run"))
    assert subprocess.run(["sh", "-c", f"{words} >&- 2>&-"], check=False).returncode == 0
    assert Path("run/result.json").exists()


def test_a_terminal_sees_the_table_fill_and_stay() -> None:
    seen = on_terminal(command("compare", "two-layers"))
    assert ESCAPE in seen
    assert seen.count(b"coordinated") >= 1
    assert b"loses between" in seen
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")  # the cursor is back
    assert b"HiGHS" not in seen


def test_a_terminal_behind_a_pipe_sees_what_is_being_solved() -> None:
    seen = on_terminal(["sh", "-c", " ".join([*command("solve", "two-layers"), "> answer.txt"])])
    assert b"two-layers" not in seen
    assert b"Two layers" in Path("answer.txt").read_bytes()
    assert ESCAPE not in Path("answer.txt").read_bytes()


@pytest.mark.parametrize("words", [["--help"], ["validate", "two-layers"], ["list"]])
def test_quick_verbs_import_nothing_heavy(words: list[str]) -> None:
    script = (
        "import sys\n"
        "from stratagem.cli import main\n"
        f"assert main({words!r}) == 0\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)


def test_the_status_quo_is_told_before_models_can_be_built() -> None:
    script = (
        "import sys, stratagem\n"
        "world = stratagem.load('two-layers')\n"
        "told = stratagem.compare(world, ['status-quo'])\n"
        "assert [one.play for one in told.plays] == ['status-quo']\n"
        "assert 'pyomo' not in sys.modules\n"
        "stratagem.compare(world, ['coordinated'])\n"
        "assert 'pyomo' in sys.modules, 'nothing was measured'\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_package_imports_nothing_before_it_is_asked() -> None:
    script = (
        "import sys, stratagem\n"
        f"assert not [name for name in {(*HEAVY, 'pydantic', 'rich')!r} if name in sys.modules]\n"
        "assert {'compare', 'load', 'explain', 'figures'} <= set(dir(stratagem))\n"
        "assert callable(stratagem.figures.months_by_front)\n"
        "assert all(hasattr(stratagem, name) for name in dir(stratagem))\n"
        "assert not hasattr(stratagem, 'nonsense')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def on_terminal(words: list[str]) -> bytes:
    """Return what a command writes to a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(words[0], words)
    seen = b""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # the other side has closed
                break
            if not part:
                break
            seen += part
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, seen
    return seen

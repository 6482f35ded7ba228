"""Limits of time that hold whatever a library does.

A function is run in a process of its own: a fresh interpreter, so that nothing of this one (threads
of a solver, an event loop of a notebook, a script without a guard) is carried along. On the way it
may `report` answers that are good as far as they go; at the limit the process is killed, and the
last of them is the answer. The clock starts when the function does, not when the interpreter.

A function is handed over by its name; one that was typed into a notebook is handed over whole.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, Any, TypeVar

from games.errors import LimitError, StratagemError

STARTING = 60.0
"""Seconds that a process may take to start and to import what the function needs."""

_START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from solvers.finite.limits import serve; serve()"
)
_LENGTH = struct.Struct(">Q")

Answer = TypeVar("Answer")
"""A `Solution`, or another record with `complete`, `stopped` and `seconds`."""


def within(
    seconds: float, function: Callable[..., Answer], *arguments: Any, **keywords: Any
) -> Answer:
    """Return what a function returns, or the last answer it reported when the time is up.

    Parameters
    ----------
    seconds : limit on the function's own time; the interpreter's start, some tenths of a second,
        comes on top.
    function : called in a process of its own; what it prints goes to standard error. Where it has
        a parameter `report`, it is handed a function of that name, which takes an answer.
    arguments, keywords : anything that can be pickled.

    Returns
    -------
    The function's answer, or the last one reported with `complete=False` and `stopped` saying
    why.

    Raises
    ------
    LimitError
        When the time is up and nothing was reported.
    StratagemError
        When the process ends by itself without an answer, such as for want of memory. Whatever the
        function raises is raised here.
    """
    started = time.monotonic()
    last: Answer | None = None
    with _process(function, arguments, keywords) as (process, messages):
        deadline = started + STARTING
        while True:
            try:
                left = min(max(0.0, deadline - time.monotonic()), threading.TIMEOUT_MAX)
                kind, value = messages.get(timeout=left)
            except queue.Empty:
                return _unfinished(
                    last,
                    time.monotonic() - started,
                    "limit of time",
                    LimitError(
                        f"limit of {seconds:g} s: expected an answer, found none yet - raise "
                        "--time-limit, or ask for less, such as one equilibrium"
                    ),
                )
            if kind == "started":
                started = time.monotonic()
                deadline = started + seconds
            elif kind == "report":
                last = value
            elif kind == "returned":
                answer: Answer = value
                return answer
            elif kind == "raised":
                raise value
            else:
                ending = _ending(process.wait())
                return _unfinished(
                    last,
                    time.monotonic() - started,
                    f"the process {ending}",
                    StratagemError(
                        f"solver: expected an answer, found that its process {ending} - the game "
                        "may need more memory than there is"
                    ),
                )


def serve() -> None:
    """Run the function that standard input asks for; the other end of `within`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who waits decides
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not mix with the answer
    lock = threading.Lock()

    def send(kind: str, value: Any = None) -> None:
        message = pickle.dumps((kind, value))
        with lock:
            channel.write(_LENGTH.pack(len(message)) + message)
            channel.flush()

    try:
        function, arguments, keywords = pickle.loads(_received(sys.stdin.buffer))
        threading.Thread(target=_end_with_parent, daemon=True).start()
        send("started")
        if "report" in inspect.signature(function).parameters:
            keywords["report"] = lambda solution: send("report", solution)
        answer = function(*arguments, **keywords)
        sys.stdout.flush()
        send("returned", answer)
    except BrokenPipeError:  # nobody waits any longer
        os._exit(1)
    except BaseException as error:
        if not isinstance(error, StratagemError):
            error.add_note(f"in a process of its own:\n{traceback.format_exc()}")
        send("raised", _portable_error(error))


@contextmanager
def _process(
    function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> Iterator[tuple[subprocess.Popen[bytes], queue.SimpleQueue[tuple[str, Any]]]]:
    """Start a function and give out its process and messages; whatever happens, it is ended."""
    task = pickle.dumps((_portable_function(function), arguments, keywords))
    process = subprocess.Popen(
        [sys.executable, "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    messages: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        listener = threading.Thread(target=_listen, args=(process.stdout, messages), daemon=True)
        listener.start()
        with contextlib.suppress(BrokenPipeError):  # ended already: the listener says so
            process.stdin.write(pickle.dumps(sys.path) + _LENGTH.pack(len(task)) + task)
            process.stdin.flush()
        yield process, messages
    finally:
        _kill(process)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()
        listener.join()
        process.stdout.close()


def _listen(stream: IO[bytes], messages: queue.SimpleQueue[tuple[str, Any]]) -> None:
    """Hand on what a process says, and that it ended."""
    try:
        while data := _received(stream):
            messages.put(pickle.loads(data))
    except Exception as error:
        messages.put(("raised", StratagemError(f"solver: expected an answer, found: {error}")))
    messages.put(("ended", None))


def _received(stream: IO[bytes]) -> bytes:
    """Return the next message, empty where a stream ended before it was whole."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return b""
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else b""


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _end_with_parent() -> None:
    """Wait until nobody can wait for the answer any longer, and end."""
    while os.read(0, 1):
        pass
    os._exit(1)


def _portable_function(function: Callable[..., Any]) -> Any:
    """Return a function as itself, or whole where no other interpreter can import it."""
    if function.__module__ != "__main__":
        return function
    from joblib import wrap_non_picklable_objects

    return wrap_non_picklable_objects(function, keep_wrapper=False)


def _portable_error(error: BaseException) -> BaseException:
    """Return an error that survives the way to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return StratagemError(f"{type(error).__name__}: {error}")
    return error


def _ending(code: int) -> str:
    """Return how a process ended, in words."""
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended with code {code}"


def _unfinished(
    last: Answer | None, seconds: float, stopped: str, failure: StratagemError
) -> Answer:
    """Return the last answer as one that may not be the last word, or raise where there is none."""
    if last is None:
        raise failure
    return replace(last, complete=False, stopped=stopped, seconds=seconds)  # type: ignore[type-var]

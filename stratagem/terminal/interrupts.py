"""Interrupts that are obeyed at once, even in the middle of a solve.

Python runs the handler of a signal between two steps of Python, so that a solver in C would have to
finish first. A thread that is woken by the signal itself ends the process where the main thread
does not notice. Nothing is half-written then: files are only written outside of solves, by Python.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE_SECONDS = 0.5
"""How long the main thread may take to notice."""

INTERRUPTED, TERMINATED = 130, 143
SIGNALS = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
"""Signals to end, and the exit code of a process that obeys."""

WATCHER = "interrupts"
"""Name of the thread that watches for them."""


class Interrupted(BaseException):
    """A signal asked the process to end.

    Attributes
    ----------
    code : the exit code of the process.
    kept : what is left of its work, in words.
    """

    def __init__(self, code: int) -> None:
        self.code = code
        self.kept = "nothing was kept"
        super().__init__(code)


def belong_to_parent() -> None:
    """Leave interrupts to the parent of this process, and end when it is gone.

    A parent that is killed cannot end its workers, and they would wait for work for ever. A worker
    that is a copy of its parent has its handlers too, and would wake it.
    """
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PATIENCE_SECONDS)
        os._exit(TERMINATED)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def interruptible(last_words: Callable[[], None]) -> Iterator[None]:
    """Turn signals to end into `Interrupted`, or end the process where that cannot be raised.

    Parameters
    ----------
    last_words : called before the process is ended from the side thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    noticed = threading.Event()

    def notice(number: int, frame: FrameType | None) -> None:
        noticed.set()
        raise Interrupted(SIGNALS[signal.Signals(number)])

    def watch(reader: int) -> None:
        while byte := os.read(reader, 1):
            if byte[0] == 0:
                return
            if byte[0] in SIGNALS and not noticed.wait(PATIENCE_SECONDS):
                last_words()
                os._exit(SIGNALS[signal.Signals(byte[0])])

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = {number: signal.signal(number, notice) for number in SIGNALS}
    woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, args=(reader,), daemon=True, name=WATCHER)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.write(writer, b"\0")
        watcher.join()
        os.close(reader)
        os.close(writer)

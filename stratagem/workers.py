"""Local processes that do work: copies of this one, or fresh ones, each with a pipe of its own.

A process that starts from nothing imports for half a second before its first answer, which is as
long as five hundred answers take. A copy has everything already, and shares the memory of what it
only reads. It also has a copy of every lock that another thread held at that moment, and nobody
there to give it back; so copies are made only where all other threads are known to hold none that a
worker wants (`may_fork`).

A worker does one thing after another and keeps what it likes from one to the next. It ends when it
is told to, and when the process that it belongs to is gone. It shows nothing itself: what it
compiles is told here, as if this process did.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from stratagem.terminal.compiling import LOGGER
from stratagem.terminal.interrupts import SIGNALS, WATCHER, belong_to_parent

NOTHING = object()
"""What is received where a worker had news, but has not finished yet."""


def may_fork() -> bool:
    """Return whether a copy of this process can work.

    The threads that watch for interrupts and that draw progress hold only locks of streams, which a
    worker does not write to. What other threads do (those of a notebook, a server, a cluster's
    client) is not known. Outside Linux the libraries of the system do not allow copies.
    """
    here = threading.current_thread()
    others = (thread for thread in threading.enumerate() if thread is not here)
    return sys.platform == "linux" and all(
        thread.name == WATCHER or type(thread).__module__.startswith("rich.") for thread in others
    )


@dataclass(frozen=True)
class _Compiles:
    """News: a worker compiles a kernel."""

    message: str


class Worker:
    """One process that works, seen from here.

    Parameters
    ----------
    work : what it does with each thing that it is handed; for a fresh process it can be pickled.
    others : this side of other workers' pipes, which a copy is not to keep open.
    copy : whether it is a copy of this process; see `may_fork`.

    Attributes
    ----------
    pipe : there is something to receive as soon as this can be read from.
    """

    def __init__(
        self, work: Callable[[Any], Any], *, others: Sequence[Connection] = (), copy: bool = True
    ) -> None:
        self.pipe, theirs = get_context("fork" if copy else None).Pipe()
        inherited = (*others, self.pipe) if copy else ()
        self._is_copy = copy
        self._process = (_copied if copy else _fresh)((theirs, inherited, work))
        if copy:
            self._copy()
        else:
            self._process.start()
        theirs.close()

    def _copy(self) -> None:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # until it has handlers of its own
        try:
            with warnings.catch_warnings():  # about other threads: see `may_fork`
                warnings.simplefilter("ignore", DeprecationWarning)
                self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def send(self, thing: Any) -> None:
        """Hand something over; a worker that is gone is noticed when that is waited for."""
        try:
            self.pipe.send(thing)
        except OSError:
            return

    def receive(self) -> Any:
        """Return what came of the first thing that nothing was returned for, or `NOTHING` yet.

        Raises
        ------
        EOFError
            When the worker is gone.
        Exception
            What the work ended with, with a note on where that was.
        """
        try:
            found = self.pipe.recv()
        except OSError:
            raise EOFError from None
        if isinstance(found, _Compiles):
            logging.getLogger(LOGGER).info(found.message)
            return NOTHING
        if isinstance(found, Exception):
            raise found
        return found

    def end(self) -> None:
        """End the worker, unless it was: it has nothing to finish or to put away."""
        if self.pipe.closed:
            return
        self.pipe.close()
        if self._is_copy:
            self._process.kill()
            self._process.join()
            self._process.close()
        else:
            self._process.terminate()  # all that a fresh one can be told
            self._process.join()


Handed = tuple[Connection, Sequence[Connection], Callable[[Any], Any]]


def _copied(handed: Handed) -> BaseProcess:
    return get_context("fork").Process(target=_serve, args=handed, daemon=True)


def _fresh(handed: Handed) -> BaseProcess:
    """Return a process that has not started; it does not run the program that this one runs."""
    from joblib.externals.loky.backend import get_context as loky_context

    process: BaseProcess = loky_context("loky").Process(
        target=_serve, args=handed, daemon=True, init_main_module=False
    )
    return process


class _News(logging.Handler):
    """Tells whoever this process belongs to what is compiled."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__(logging.INFO)
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        self._pipe.send(_Compiles(record.getMessage()))


def _serve(pipe: Connection, others: Sequence[Connection], work: Callable[[Any], Any]) -> None:
    """Do what comes, in a process of its own."""
    for other in others:
        other.close()
    belong_to_parent()
    if others:  # a copy
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for the whole of its life
    logger = logging.getLogger(LOGGER)
    logger.handlers, logger.propagate = [_News(pipe)], False
    logger.setLevel(logging.INFO)
    gc.freeze()  # what is shared with the parent is not gone through, and so stays shared
    while True:
        try:
            thing = pipe.recv()
        except (EOFError, OSError):
            return
        found: Any
        try:
            found = work(thing)
        except Exception as error:
            error.add_note(f"In a worker:\n{traceback.format_exc()}")
            found = error
        pipe.send(found)

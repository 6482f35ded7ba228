"""Functions in processes of their own, which send messages until they are done or ended.

Nothing that a method does can stop a run then: a process that says nothing in time is ended, and
one that dies is noticed. Every child is a fresh interpreter, the same as this one.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from games.errors import StratagemError

Send = Callable[[Any], None]
"""What a child's function gets as its last argument: it takes anything that can be pickled."""


class Child:
    """A process that runs a function; to be used as a context, at whose end it is ended.

    Parameters
    ----------
    function : one that can be imported; its last argument is `Send`. What it prints is dropped.
    arguments : those before the last, of any kind that can be pickled.
    """

    def __init__(self, function: Callable[..., None], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(function, arguments, theirs))
        self._process.start()
        theirs.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def message(self, limit: float) -> Any:
        """Return the next message.

        Parameters
        ----------
        limit : seconds to wait for it.

        Raises
        ------
        TimeoutError
            When there is none by then.
        EOFError
            When the process has ended.
        """
        if not self._pipe.poll(limit):
            raise TimeoutError(f"child process: expected a message within {limit:g} s, found none")
        return self._pipe.recv()


def answer_of(function: Callable[..., Any], *arguments: Any, limit: float) -> Any:
    """Return what a function returns in a process of its own, None where it returns nothing.

    What it fails with, or that it died or took longer than `limit` seconds, is said on standard
    error.
    """
    with Child(_answer, function, arguments) as child:
        try:
            answer, failure = child.message(limit)
        except (TimeoutError, EOFError) as error:
            answer, failure = None, str(error)
    if failure:
        print(f"  {failure}", file=sys.stderr)
    return answer


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...], send: Send) -> None:
    try:
        send((function(*arguments), ""))
    except StratagemError as error:
        send((None, f"{type(error).__name__}: {error}"))


def _run(function: Callable[..., None], arguments: tuple[Any, ...], pipe: Connection) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # HiGHS greets whoever makes its first object
    function(*arguments, pipe.send)

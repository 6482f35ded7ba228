"""The streams that a command writes to, out of reach of what solvers do to them.

While a model is solved, standard output and error may be captured at the level of file descriptors.
Progress must still reach the terminal, so a command writes to copies of both descriptors. An answer
that cannot be written, because a disk is full, is an error like any other that the user can mend.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

from games.errors import InputError
from scenarios.texts import UNSEEN, visible

NARROWEST = 40
"""Characters of a line below which nothing is fitted in any more."""

SHOW_CURSOR = "\x1b[?25h"


class Study(Protocol):
    """What a study found; rich can print it."""

    def to_json(self) -> dict[str, Any]:
        """Return what is kept of it."""


def kept_study(folder: Path, files: str = "") -> str:
    """Return where a study is kept, and which command reads it."""
    return (
        f"Kept in {folder}{files}; `stratagem report RUN --study {folder}` shows it beside a run "
        "of the same scenario, as `compare` keeps one."
    )


@dataclass(frozen=True)
class Streams:
    """Where a command's answer and its messages go."""

    out: TextIO
    err: TextIO

    def message(self, text: str) -> None:
        """Write a message; a reader that is gone is no reason to fail."""
        try:
            self.err.write(visible(text) + "\n")
            self.err.flush()
        except (OSError, ValueError, InputError):
            return

    def json(self, value: Any) -> None:
        """Write one JSON object as the whole answer; what would steer a terminal is escaped."""
        import json

        text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
        self.out.write(UNSEEN.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n")
        self.out.flush()

    def console(self) -> Console:
        """Return a console on the answer's stream."""
        return _console(self.out)

    def study(self, found: Study, folder: Path, *, changes: str, json: bool) -> None:
        """Write a study as the answer, by what its scenario was changed, and where it is kept."""
        if json:
            self.json({**found.to_json(), "run": str(folder)})
            return
        console = self.console()
        console.print(found)
        if changes:
            console.print(changes, markup=False)
        console.print(kept_study(folder), style="dim")

    def error_console(self) -> Console:
        """Return a console on the messages' stream."""
        return _console(self.err)

    def restore_terminal(self) -> None:
        """Show the cursor again, which a live table hides."""
        for stream in (self.out, self.err):
            if stream.isatty():
                stream.write(SHOW_CURSOR)
                stream.flush()


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # the command line decides how to end

        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*objects, **{"crop": False, **options})  # a line too long is not cut

    console = PlainConsole(file=stream, highlight=False)
    if console.width < NARROWEST:
        console.width = NARROWEST
    return console


@contextmanager
def standard_streams() -> Iterator[Streams]:
    """Give out copies of standard output and error, closed afterwards."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:  # closed by the caller before the start
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            file = io.FileIO(number, "w", closefd=False)
            setattr(sys, name, io.TextIOWrapper(file, encoding="utf-8"))
    out, err = _copy(sys.stdout, "standard output"), _copy(sys.stderr, "standard error")
    try:
        yield Streams(out, err)
    finally:
        for copy, original in ((out, sys.stdout), (err, sys.stderr)):
            if copy is not original:
                with suppress(OSError, InputError):  # what is left in its buffer has no reader
                    copy.close()


class _Stream(io.TextIOWrapper):
    """A text stream whose failures say what happened; files and pipes get no trailing blanks."""

    def __init__(self, descriptor: int, encoding: str, name: str) -> None:
        file = io.BufferedWriter(io.FileIO(descriptor, "wb"))
        super().__init__(file, encoding, errors="replace")
        self._called, self._terminal = name, self.isatty()

    def write(self, text: str, /) -> int:
        lines = text if self._terminal else re.sub(r" +(?=\n)", "", text)
        with self._failures_told():
            super().write(lines)
        return len(text)

    def flush(self) -> None:
        with self._failures_told():
            super().flush()

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InputError(
                f"{self._called}: expected a place that can be written, found: "
                f"{(error.strerror or str(error)).lower()} - send the answer elsewhere"
            ) from None


def _copy(stream: TextIO, name: str) -> TextIO:
    """Return a stream on a copy of the descriptor, or the stream itself where it has none."""
    try:
        stream.flush()
        descriptor = os.dup(stream.fileno())
    except (OSError, ValueError, io.UnsupportedOperation):
        return stream
    return _Stream(descriptor, stream.encoding or "utf-8", name)

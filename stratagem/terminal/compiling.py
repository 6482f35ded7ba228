"""What is said on a terminal while solvers are compiled, which happens once on a machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from games.errors import InputError
from stratagem.terminal.streams import Streams

LOGGER = "solvers.compiled"
COMPILING = "compiling solvers, once on this machine: that may take minutes"

LINE_ANEW = "\r\x1b[2K"
"""Takes the place of the progress that stands on the line, which is drawn again below."""


class _Announcement(logging.Handler):
    """Tells of the first of all records."""

    def __init__(self, streams: Streams) -> None:
        super().__init__(logging.INFO)
        self._streams, self._told = streams, False

    def emit(self, _: logging.LogRecord) -> None:
        if not self._told:
            self._told = True
            with suppress(OSError, ValueError, InputError):  # a reader that is gone
                self._streams.err.write(f"{LINE_ANEW}{COMPILING}\n")
                self._streams.err.flush()


@contextmanager
def compiling_told(streams: Streams) -> Iterator[None]:
    """Say once if this process compiles solvers."""
    logger, handler = logging.getLogger(LOGGER), _Announcement(streams)
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)

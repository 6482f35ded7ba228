"""The table of plays while it grows.

On a terminal the whole table stands from the beginning and fills; into a file or a pipe it is
written line by line, in the same order. Where the answer goes elsewhere, or is JSON, a line on the
terminal's error stream says what is being solved.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from stratagem.presentation.tables import Cell, Table
from stratagem.records.comparison import PLAY_COLUMNS, play_row
from stratagem.records.mixed import MixedRecord
from stratagem.records.plays import PlayRecord
from stratagem.terminal.streams import Streams


class Board:
    """Shows plays as they are finished.

    Parameters
    ----------
    title, changes : above the table.
    plays : names of the outcomes to come, in the order of their lines.
    silent : whether the answer is JSON, so that nothing but it may be written.
    """

    def __init__(
        self, streams: Streams, title: str, plays: Sequence[str], *, changes: str, silent: bool
    ) -> None:
        self._streams, self._plays = streams, list(plays)
        self._head = Text(title, style="bold")
        if changes:
            self._head.append(Text(f"\n{changes}", style="not bold"))
        self._silent = silent
        self._records: dict[str, PlayRecord | MixedRecord] = {}
        self._working: dict[str, float] = {}
        self._written = 0
        self._lively = not silent and streams.out.isatty()

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Show what is reported inside the context."""
        if self._lively:
            with Live(
                get_renderable=self._everything,
                console=self._streams.console(),
                refresh_per_second=4,
                redirect_stdout=False,
                redirect_stderr=False,
            ):
                yield
                self._working.clear()
            return
        if not self._silent:
            console = self._streams.console()
            console.print(self._head)
            console.print(self._table([]).rich())
        with self._line_on_terminal():
            yield
        self._write_ready(all_of_them=True)

    def progress(self, record: PlayRecord | MixedRecord) -> None:
        """Take a finished play; mixed play takes the place of the outcomes that there are not."""
        self._records[record.play] = record
        if record.play not in self._plays:
            missing = [play for play in self._plays if _belongs(play, record.asked)]
            self._plays = [
                record.play if play == missing[0] else play
                for play in self._plays
                if play not in missing[1:]
            ]
        if not (self._lively or self._silent):
            self._write_ready(all_of_them=False)

    def working(self, plays: Sequence[str]) -> None:
        """Take the names of the plays in work."""
        now = time.monotonic()
        self._working = {play: self._working.get(play, now) for play in plays}
        if self._line is not None:
            self._line.update(self._task, description=_named(plays))

    _line: Progress | None = None

    @contextmanager
    def _line_on_terminal(self) -> Iterator[None]:
        """Say on the error stream what is being solved, if that is a terminal."""
        if not self._streams.err.isatty():
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._line = Progress(
            *columns,
            console=self._streams.error_console(),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._line.add_task("starting", total=None)
        with self._line:
            yield
        self._line = None

    def _write_ready(self, *, all_of_them: bool) -> None:
        """Write the lines whose turn it is."""
        if self._silent or self._lively:
            return
        while self._written < len(self._plays):
            play = self._plays[self._written]
            if play in self._records:
                table = self._table([self._row(play)])
                self._streams.console().print(table.rich(header=False))
                self._streams.out.flush()
            elif not all_of_them:
                return
            self._written += 1

    def _everything(self) -> RenderableType:
        rows = [self._row(play) for play in self._plays]
        parts: list[RenderableType] = [self._head, self._table(rows).rich()]
        others = [name for name in self._working if not any(_belongs(p, name) for p in self._plays)]
        if others:
            parts.append(Text(f"solving {_named(others)}", style="dim"))
        return Group(*parts)

    def _row(self, play: str) -> tuple[Cell, ...]:
        start = self._records.get("status-quo")
        if play in self._records:
            return play_row(self._records[play], start.joint_payoff if start else None)
        state = ""
        for name, since in self._working.items():
            if _belongs(play, name):
                state = f"solving {time.monotonic() - since:.0f} s"
        return (play, None, None, None, None, state)

    def _table(self, rows: Sequence[tuple[Cell, ...]]) -> Table:
        others = sum((column.width or 0) + 2 for column in PLAY_COLUMNS[1:])
        room = min(max(self._streams.console().width - others, PLAY_COLUMNS[0].width or 0), 30)
        widest = max(len(play) for play in self._plays)
        columns = (replace(PLAY_COLUMNS[0], width=min(widest, room)), *PLAY_COLUMNS[1:])
        return Table("", columns, tuple(rows))


def _named(plays: Sequence[str]) -> str:
    return ", ".join(plays)


def _belongs(outcome: str, play: str) -> bool:
    """Return whether an outcome is one of a play."""
    return outcome in (play, f"{play}:best", f"{play}:worst")

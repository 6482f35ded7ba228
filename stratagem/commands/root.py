"""The app that every command is registered on, and the streams of the command that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cyclopts import App

from stratagem.terminal.streams import Streams

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions

DEBUG = "--debug"
HELP, VERSION = ("--help", "-h"), ("--version",)


class Flowing:
    """The form of the help, whose texts fill the lines of the terminal.

    As plain text they would keep the line breaks that they have in the code.
    """

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print a panel."""
        from cyclopts.help import DefaultFormatter, InlineText
        from rich.text import Text

        for entry in panel.entries:
            told = entry.description
            if isinstance(told, InlineText) and isinstance(told.primary_renderable, Text):
                told.primary_renderable = Text(" ".join(told.primary_renderable.plain.split()))
        DefaultFormatter()(console, options, panel)

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print how the command is called."""
        from cyclopts.help import DefaultFormatter

        DefaultFormatter().render_usage(console, options, usage)


app = App(
    name="stratagem",
    help=(
        "Who should control what, what the evader does about it, and what is lost alone: layered "
        "control games, solved and certified."
    ),
    help_epilogue=f"{DEBUG}, with any command, shows the traceback of an internal error.",
    help_format="plaintext",
    help_formatter=Flowing(),
    help_flags=HELP,
    version_flags=VERSION,
    version=lambda: __import__("stratagem").__version__,
    result_action="return_value",
)

running: list[Streams] = []
"""Streams of the commands under way, the innermost last."""


def streams() -> Streams:
    """Return the streams of the command that runs."""
    return running[-1]

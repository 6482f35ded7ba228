"""The app that every command is registered on, and the streams of the command that runs."""

from __future__ import annotations

from cyclopts import App

from stratagem.terminal.streams import Streams

DEBUG = "--debug"
HELP, VERSION = ("--help", "-h"), ("--version",)

app = App(
    name="stratagem",
    help=(
        "Who should control what, what the evader does about it, and what is lost alone: layered "
        "control games, solved and certified."
    ),
    help_epilogue=f"{DEBUG}, with any command, shows the traceback of an internal error.",
    help_format="plaintext",
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

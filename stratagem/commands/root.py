"""The app that every command is registered on, and the streams of the command that runs."""

from __future__ import annotations

from cyclopts import App, Group

from stratagem.terminal.streams import Streams

DEBUG = "--debug"
HELP, VERSION = ("--help", "-h"), ("--version",)

SCENARIOS = Group("Scenarios", sort_key=0)
PLAYS = Group("Plays", sort_key=1)
MANY = Group("Many worlds and budgets", sort_key=2)
SHOWING = Group("Reports, pictures, the app", sort_key=3)
FINITE = Group("Finite games", sort_key=4)
HERE = Group("This machine", sort_key=5)

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

"""Stratagem for notebooks and the command line: plays compared, explained and kept.

>>> import stratagem as sg
>>> world = sg.load("two-layers")
>>> round(sg.compare(world).play("coordinated").joint_payoff, 6)
-14.7

Read in this order: `cases` (a game with the words for its names), `tables` (how anything shows
itself), `records` (what a play and a comparison are), `tasks`, `outcomes` and `comparison` (how
they come about), `interaction` (what layers add to each other), `folders`, `run_tables` and `runs`
(how they are kept), `routes`, `margins`, `gaps`, `prose` and `explanation` (what they mean),
`overview` (a scenario before it is solved), `cli`, `verbs`, `board`, `streams` and `interrupts`
(the command line).

Nothing is imported before it is asked for, so that help and validation answer at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.load import load
    from stratagem.comparison import compare, solve
    from stratagem.explanation import explain
    from stratagem.overview import show
    from stratagem.records import Comparison, PlayRecord
    from stratagem.runs import open_run, write_run

_HOMES = {
    "load": "scenarios.load",
    "compare": "stratagem.comparison",
    "solve": "stratagem.comparison",
    "explain": "stratagem.explanation",
    "show": "stratagem.overview",
    "Comparison": "stratagem.records",
    "PlayRecord": "stratagem.records",
    "open_run": "stratagem.runs",
    "write_run": "stratagem.runs",
}

__all__ = [
    "Comparison",
    "PlayRecord",
    "compare",
    "explain",
    "load",
    "open_run",
    "show",
    "solve",
    "write_run",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("stratagem")
        except PackageNotFoundError:  # a source tree that is not installed
            return "0+unknown"
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]

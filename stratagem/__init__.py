"""Stratagem for notebooks and the command line: plays compared, explained and kept.

>>> import stratagem as sg
>>> world = sg.load("two-layers")
>>> round(sg.compare(world).play("coordinated").joint_payoff, 6)
-14.7

Read in this order: `cases` (a game with the words for its names), `presentation` (how anything
shows itself), `limits` (what settings are held to), `records` (what a play and a comparison are),
`methods`, `tasks` and `comparison` (how they come about), `refinement` (tiers that refine
themselves), `equilibrium_map` (where best responses end), `runs` (how results are kept), `audits`
(what they claim, recomputed), `explaining` (what they mean), `pictures`, `report` (a run as a
page), `plots` (one picture of it), `overview` (a scenario before it is solved), `numbers` (what
each of its numbers is), `portfolios` (one portfolio for many worlds), `studies` (many worlds and
many changes), `workers` (local processes), `finite` (finite games), `cli`, `commands`, `verbs`,
`terminal` and `doctor` (the command line), `app` (the same in a browser).

Nothing is imported before it is asked for, so that help and validation answer at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.finite import read_game as load_game
    from scenarios.load import load
    from stratagem.comparison import compare, solve
    from stratagem.explaining.explanation import explain
    from stratagem.finite.games import nash
    from stratagem.finite.verification import verify
    from stratagem.overview import show
    from stratagem.portfolios.frontier_record import frontier
    from stratagem.portfolios.portfolio import portfolio
    from stratagem.portfolios.trade_off import trade_off
    from stratagem.records.comparison import Comparison
    from stratagem.records.plays import PlayRecord
    from stratagem.refinement import refine
    from stratagem.runs.kept import open_run, write_run
    from stratagem.studies.discovery import where
    from stratagem.studies.overview import worlds
    from stratagem.studies.sensitivity import sensitivity
    from stratagem.studies.sweeps import sweep
    from stratagem.studies.thresholds import thresholds

_HOMES = {
    "load": "scenarios.load",
    "load_game": "scenarios.finite:read_game",
    "compare": "stratagem.comparison",
    "solve": "stratagem.comparison",
    "explain": "stratagem.explaining.explanation",
    "nash": "stratagem.finite.games",
    "frontier": "stratagem.portfolios.frontier_record",
    "trade_off": "stratagem.portfolios.trade_off",
    "portfolio": "stratagem.portfolios.portfolio",
    "refine": "stratagem.refinement",
    "show": "stratagem.overview",
    "sensitivity": "stratagem.studies.sensitivity",
    "sweep": "stratagem.studies.sweeps",
    "thresholds": "stratagem.studies.thresholds",
    "where": "stratagem.studies.discovery",
    "verify": "stratagem.finite.verification",
    "worlds": "stratagem.studies.overview",
    "Comparison": "stratagem.records.comparison",
    "PlayRecord": "stratagem.records.plays",
    "open_run": "stratagem.runs.kept",
    "write_run": "stratagem.runs.kept",
}

__all__ = [
    "Comparison",
    "PlayRecord",
    "compare",
    "explain",
    "frontier",
    "load",
    "load_game",
    "nash",
    "open_run",
    "portfolio",
    "refine",
    "sensitivity",
    "show",
    "solve",
    "sweep",
    "thresholds",
    "trade_off",
    "verify",
    "where",
    "worlds",
    "write_run",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("stratagem")
        except PackageNotFoundError:  # a source tree that is not installed
            return "0+unknown"
    if name == "figures":
        return import_module("stratagem.pictures.figures")
    if name in _HOMES:
        home, _, called = _HOMES[name].partition(":")
        return getattr(import_module(home), called or name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "figures", "__version__"]

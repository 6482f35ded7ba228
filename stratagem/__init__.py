"""Stratagem for notebooks and the command line: plays compared, explained and kept.

>>> import stratagem as sg
>>> world = sg.load("two-layers")
>>> round(sg.compare(world).play("coordinated").joint_payoff, 6)
-14.7

Read in this order: `cases` (a game with the words for its names), `tables` (how anything shows
itself), `records` (what a play and a comparison are), `tasks`, `outcomes` and `comparison` (how
they come about), `mixed_records` (plays whose portfolios are drawn), `refinement` (tiers that
refine themselves), `interaction` (what layers add to each other), `folders`, `run_tables` and
`runs` (how they are kept), `ledger`, `claims`, `proofs`, `mixed_claims` and `audit` (what they
claim, recomputed), `routes`, `margins`, `gaps`, `prose`, `mixed_explanation` and `explanation`
(what they mean), `figure_parts`, `figures`, `drawing`, `flow_values`, `flow_layout` and `flow_map`
(pictures), `readback`, `files` and `plots` (pictures of a run), `report` (a run as a page),
`agreement` (a formula and a solver in one picture), `overview` (a scenario before it is solved),
`portfolios` (one portfolio for many worlds), `studies` (many worlds and many changes),
`finite_games`, `finite_tables` and `verification` (finite games from files), `extraction_tables`
(finite games from scenarios), `cli`, `commands`, `verbs`, `finite_verbs`, `board`, `streams` and
`interrupts` (the command line), `app` (the same in a browser).

Nothing is imported before it is asked for, so that help and validation answer at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.finite import read_game as load_game
    from scenarios.load import load
    from stratagem.comparison import compare, solve
    from stratagem.explanation import explain
    from stratagem.finite_games import nash
    from stratagem.overview import show
    from stratagem.portfolios.frontier_record import frontier
    from stratagem.portfolios.portfolio import portfolio
    from stratagem.portfolios.trade_off import trade_off
    from stratagem.records import Comparison, PlayRecord
    from stratagem.refinement import refine
    from stratagem.runs import open_run, write_run
    from stratagem.studies.discovery import where
    from stratagem.studies.overview import worlds
    from stratagem.studies.sensitivity import sensitivity
    from stratagem.studies.sweeps import sweep
    from stratagem.studies.thresholds import thresholds
    from stratagem.verification import verify

_HOMES = {
    "load": "scenarios.load",
    "load_game": "scenarios.finite:read_game",
    "compare": "stratagem.comparison",
    "solve": "stratagem.comparison",
    "explain": "stratagem.explanation",
    "nash": "stratagem.finite_games",
    "frontier": "stratagem.portfolios.frontier_record",
    "trade_off": "stratagem.portfolios.trade_off",
    "portfolio": "stratagem.portfolios.portfolio",
    "refine": "stratagem.refinement",
    "show": "stratagem.overview",
    "sensitivity": "stratagem.studies.sensitivity",
    "sweep": "stratagem.studies.sweeps",
    "thresholds": "stratagem.studies.thresholds",
    "where": "stratagem.studies.discovery",
    "verify": "stratagem.verification",
    "worlds": "stratagem.studies.overview",
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
        return import_module("stratagem.figures")
    if name in _HOMES:
        home, _, called = _HOMES[name].partition(":")
        return getattr(import_module(home), called or name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "figures", "__version__"]

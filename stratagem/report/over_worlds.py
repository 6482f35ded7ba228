"""Studies over worlds beside a run, every number tried again.

The folder of a portfolio says how its worlds were drawn, which portfolio it chose for all of them,
and what comes out in each; a sweep's, what each cell of its grid changes, which numbers each world
has, and for every play there its profile and what it brings. Each world's game is built anew, the
evader answers every profile again, and what comes out is held against what the study says. At the
status quo there is nothing to choose; rows of a sweep whose profile the file does not name are left
out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from games.layered import LayeredGame
from games.network import build_network
from scenarios.build import build_game
from scenarios.load import load_text
from scenarios.scenario import Scenario
from scenarios.worlds import sample
from solvers.players import player
from solvers.world import World
from solvers.worlds.budgets import overruns
from solvers.worlds.certificate import overspent
from solvers.worlds.measures import parse_measure
from stratagem.audits.claims import SOLVED
from stratagem.audits.ledger import Ledger
from stratagem.presentation.plain import plain

PORTFOLIO, SWEEP, ROWS, DRAWN = "portfolio.json", "sweep.json", "rows.csv", "worlds.csv"
TODAY, CHOSEN = "status-quo", "one portfolio"
"""Plays of a study, as its pictures call them."""


@dataclass(frozen=True)
class WorldsStudy:
    """A portfolio for many worlds, or a sweep over worlds, that holds.

    Attributes
    ----------
    record : what the study says.
    months, joint : {play: {world: number}}; months of progress, bn USD a year.
    largest_difference : of any number from what was computed again, relative to the larger of 1
        and the number.
    """

    path: Path
    record: Mapping[str, Any]
    months: Mapping[str, Mapping[int, float]]
    joint: Mapping[str, Mapping[int, float]]
    largest_difference: float


def portfolio_of(path: Path, record: Mapping[str, Any], scenario: Scenario) -> WorldsStudy:
    """Return the portfolio in a folder, recomputed in every world."""
    profile, count = record["profile"], record["worlds"] + record["worlds_left_out"]
    drawn = sample(scenario, count, seed=record["seed"], method=record["sampling"])
    ledger = Ledger(str(path / PORTFOLIO))
    months: dict[str, dict[int, float]] = {TODAY: {}, CHOSEN: {}}
    joint: dict[str, dict[int, float]] = {TODAY: {}, CHOSEN: {}}
    for world, game in drawn.games.items():
        scene = World(build_network(game))
        for play, options in ((TODAY, {}), (CHOSEN, profile)):
            payoffs = scene.payoffs(game.profile(options))
            months[play][world] = sum(payoffs.months.values())
            joint[play][world] = payoffs.joint
    for key, found in (
        ("months", months[CHOSEN].values()),
        ("losses", [-payoff for payoff in joint[CHOSEN].values()]),
        ("losses_status_quo", [-payoff for payoff in joint[TODAY].values()]),
    ):
        ledger.compare(key, list(found), record[key], tolerance=SOLVED)
    value, bound = record["value"], record["bound"]
    measure, losses = parse_measure(record["measure"]), -np.array([*joint[CHOSEN].values()])
    if measure.kind != "regret":  # what is best in each world would have to be found again
        again = measure.value(losses, np.full(len(losses), 1 / len(losses)))
        ledger.compare("value", again, value, tolerance=SOLVED)
    if not bound <= value + SOLVED * max(1.0, abs(value)):
        ledger.differs("bound", f"at most the value, {value:g}", f"{bound:g}")
    _spent(record, scenario.game, list(drawn.games.values()), ledger)
    ledger.raise_any()
    return WorldsStudy(path, record, months, joint, ledger.largest)


def _spent(
    record: Mapping[str, Any], stated: LayeredGame, games: list[LayeredGame], ledger: Ledger
) -> None:
    """Note outlays beyond the budgets that a portfolio keeps to, and what it says of others."""
    names = [controller.name for controller in stated.controllers]
    everybody = player(stated, names, pooled=record["pooled"])
    profile = stated.profile(record["profile"])
    for game in [stated] if record["budgets"] == "stated" else games:
        for fault in overspent(game, profile, everybody):
            ledger.differs("profile", "options within the budgets", fault)
    shares = np.full(len(games), 1 / len(games))
    overrun, exceeded = overruns(games, profile, player=everybody, probabilities=shares)
    ledger.compare("overrun", overrun, record["overrun"], tolerance=SOLVED)
    ledger.compare("overruns", plain(exceeded), record["overruns"], tolerance=SOLVED)


@dataclass(frozen=True)
class GridStudy:
    """A sweep over a grid of changes that holds.

    Attributes
    ----------
    record : what the study says.
    months, joint : {(cell, play): numbers over its worlds}; months, bn USD a year.
    largest_difference : as for `WorldsStudy`.
    """

    path: Path
    record: Mapping[str, Any]
    months: Mapping[tuple[int, str], tuple[float, ...]]
    joint: Mapping[tuple[int, str], tuple[float, ...]]
    largest_difference: float


def sweep_of(path: Path, record: Mapping[str, Any], scenario: Scenario) -> WorldsStudy | GridStudy:
    """Return the sweep in a folder, every row recomputed."""
    ledger = Ledger(str(path / ROWS))
    rows = list(_rows_again(path, record, scenario, ledger))
    ledger.raise_any()
    if not rows:
        raise ValueError("no row with an answer")
    if record["cells"] != [{}] or record["worlds"] == [None]:
        cells: dict[tuple[int, str], list[tuple[float, float]]] = {}
        for one in rows:
            cells.setdefault((one.cell, one.play), []).append((one.months, one.joint))
        months, joint = (
            {key: tuple(pair[i] for pair in pairs) for key, pairs in cells.items()} for i in (0, 1)
        )
        return GridStudy(path, record, months, joint, ledger.largest)
    of_play: dict[str, dict[int, tuple[float, float]]] = {}
    for one in rows:
        of_play.setdefault(one.play, {})[one.world] = (one.months, one.joint)
    of_months, of_joint = (
        {play: {w: pair[i] for w, pair in found.items()} for play, found in of_play.items()}
        for i in (0, 1)
    )
    return WorldsStudy(path, record, of_months, of_joint, ledger.largest)


@dataclass(frozen=True)
class _Row:
    """A row of a sweep, computed again; `world` is -1 for the scenario's own numbers."""

    cell: int
    world: int
    play: str
    months: float
    joint: float


def _rows_again(
    path: Path, record: Mapping[str, Any], scenario: Scenario, ledger: Ledger
) -> Iterator[_Row]:
    """Yield every row that has an answer and a profile, and note what differs."""
    import pandas

    rows = pandas.read_csv(path / ROWS)
    drawn = pandas.read_csv(path / DRAWN) if (path / DRAWN).is_file() else None
    held = rows["profile"].notna() | (rows["play"] == TODAY)
    answered = rows[rows["months"].notna() & held].fillna({"world": -1})
    for cell, of_cell in answered.groupby("cell"):
        changed = _changed(scenario, record["cells"][int(cell)], path)
        numbers = [] if drawn is None else [n for n in drawn.columns if n in changed.parameters]
        for world, group in of_cell.groupby("world"):
            game = changed.game
            if world >= 0:
                if drawn is None:
                    raise ValueError(f"worlds, and no {DRAWN} with their numbers")
                here = drawn[(drawn["cell"] == cell) & (drawn["world"] == world)]
                (values,) = here[numbers].to_dict("records")
                game = build_game(changed.blueprint, values)
            scene = World(build_network(game))
            staked = {f for c in game.controllers for f, stake in c.stakes.items() if stake}
            for row in group.to_dict("records"):
                options = json.loads(row["profile"]) if isinstance(row["profile"], str) else {}
                payoffs = scene.payoffs(game.profile(options))
                total = sum(amount for front, amount in payoffs.months.items() if front in staked)
                where = f"world {int(world)} ({row['play']})" if world >= 0 else str(row["play"])
                where = where if record["cells"] == [{}] else f"cell {int(cell)}, {where}"
                ledger.compare(f"{where}.months", total, row["months"], tolerance=SOLVED)
                ledger.compare(
                    f"{where}.joint_payoff", payoffs.joint, row["joint_payoff"], tolerance=SOLVED
                )
                yield _Row(int(cell), int(world), row["play"], total, payoffs.joint)


def _changed(scenario: Scenario, settings: Mapping[str, str], path: Path) -> Scenario:
    """Return the scenario of one cell of a grid."""
    if not settings:
        return scenario
    changes = [f"{name}={value}" for name, value in settings.items()]
    return load_text(scenario.text, settings=changes, place=str(path / SWEEP), option="cell")

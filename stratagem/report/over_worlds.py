"""Studies over worlds beside a run, every number tried again.

The folder of a portfolio says how its worlds were drawn, which portfolio it chose for all of them,
and what comes out in each; a sweep's, which numbers each world has, and for every play there its
profile and what it brings. Each world's game is built anew, the evader answers every profile again,
and what comes out is held against what the study says. At the status quo there is nothing to
choose; rows of a sweep whose profile the file does not name are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from games.network import build_network
from scenarios.build import build_game
from scenarios.scenario import Scenario
from scenarios.worlds import sample
from solvers.portfolio import World
from solvers.worlds.measures import parse_measure
from stratagem.claims import SOLVED
from stratagem.ledger import Ledger

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
    ledger.raise_any()
    return WorldsStudy(path, record, months, joint, ledger.largest)


def sweep_of(path: Path, record: Mapping[str, Any], scenario: Scenario) -> WorldsStudy:
    """Return the sweep in a folder, every row recomputed."""
    import pandas

    if record["cells"] != [{}]:
        raise ValueError(f"a grid of {len(record['cells'])} cells, where worlds alone are shown")
    rows = pandas.read_csv(path / ROWS)
    drawn = pandas.read_csv(path / DRAWN)
    numbers = [name for name in drawn.columns if name in scenario.parameters]
    held = rows["profile"].notna() | (rows["play"] == TODAY)
    ledger = Ledger(str(path / ROWS))
    months: dict[str, dict[int, float]] = {}
    joint: dict[str, dict[int, float]] = {}
    for world, group in rows[rows["months"].notna() & held].groupby("world"):
        (values,) = drawn.loc[drawn["world"] == world, numbers].to_dict("records")
        game = build_game(scenario.blueprint, values)
        scene = World(build_network(game))
        staked = {f for c in game.controllers for f, stake in c.stakes.items() if stake}
        for row in group.to_dict("records"):
            options = json.loads(row["profile"]) if isinstance(row["profile"], str) else {}
            payoffs = scene.payoffs(game.profile(options))
            total = sum(amount for front, amount in payoffs.months.items() if front in staked)
            where = f"world {int(world)} ({row['play']})"
            ledger.compare(f"{where}.months", total, row["months"], tolerance=SOLVED)
            ledger.compare(
                f"{where}.joint_payoff", payoffs.joint, row["joint_payoff"], tolerance=SOLVED
            )
            months.setdefault(row["play"], {})[int(world)] = total
            joint.setdefault(row["play"], {})[int(world)] = payoffs.joint
    ledger.raise_any()
    if not months:
        raise ValueError("no world with an answer")
    return WorldsStudy(path, record, months, joint, ledger.largest)

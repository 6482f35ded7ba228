"""Studies beside a run: portfolios for many worlds of the same scenario, every world tried again.

The folder of a study says how its worlds were drawn, which portfolio it chose for all of them, and
what comes out in each. The worlds are drawn anew, the evader answers the portfolio and the status
quo in every one of them, and what comes out is held against what the study says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games.errors import InputError
from games.network import build_network
from scenarios.scenario import Scenario
from scenarios.worlds import sample
from solvers.portfolio import World
from stratagem.claims import SOLVED
from stratagem.ledger import Ledger

PORTFOLIO = "portfolio.json"
TODAY, CHOSEN = "status-quo", "one portfolio"
"""Plays of a study, as its pictures call them."""


@dataclass(frozen=True)
class WorldsStudy:
    """A portfolio for many worlds that holds.

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


def open_worlds(path: Path, scenario: Scenario) -> WorldsStudy:
    """Return the study in a folder, recomputed.

    Parameters
    ----------
    scenario : of the run that it stands beside.

    Raises
    ------
    InputError
        When the folder holds no portfolio for worlds of that scenario.
    NotCertifiedError
        With every number that is not what its world says.
    """
    place = path / PORTFOLIO
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        same = record["scenario_hash"] == scenario.hash
        profile, count = record["profile"], record["worlds"] + record["worlds_left_out"]
        drawn = sample(scenario, count, seed=record["seed"], method=record["sampling"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{place}: expected what `stratagem portfolio` keeps, found: {str(error)[:200]} - "
            "name the folder of a portfolio for many worlds"
        ) from None
    if not same:
        raise InputError(
            f"{place}: expected a portfolio for the run's scenario, {scenario.name} with hash "
            f"{scenario.hash[:12]}, found {record.get('scenario')} with hash "
            f"{str(record.get('scenario_hash'))[:12]}"
        )
    ledger = Ledger(str(place))
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
    ledger.raise_any()
    return WorldsStudy(path, record, months, joint, ledger.largest)

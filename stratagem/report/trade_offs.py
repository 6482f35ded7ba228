"""Trade-offs beside a run: expected against largest loss, every portfolio tried again.

The worlds are drawn again as the file says, the evader answers every portfolio in each, and losses,
their mean and the largest are held against the file. A portfolio has to be within the budgets of
every world, and to beat its neighbours in one of the two losses. What no portfolio is below follows
from the lines that blends of both losses proved; the lines are the file's own, but no portfolio may
lie under one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from games.network import build_network
from scenarios.scenario import Scenario
from scenarios.worlds import sample
from solvers.players import player
from solvers.world import World
from solvers.worlds.certificate import overspent
from solvers.worlds.front import Front, FrontPoint, least_expected
from stratagem.audits.claims import SOLVED
from stratagem.audits.ledger import Ledger
from stratagem.cases import case_of
from stratagem.portfolios.trade_off import TradeOff

TRADE_OFF = "trade-off.json"


@dataclass(frozen=True)
class TradeOffStudy:
    """A trade-off that holds.

    Attributes
    ----------
    found : its portfolios, as they were computed again.
    largest_difference : of any number from what the file says, relative to the larger of 1 and the
        number.
    """

    path: Path
    found: TradeOff
    largest_difference: float


def trade_off_of(path: Path, record: Mapping[str, Any], scenario: Scenario) -> TradeOffStudy:
    """Return the trade-off in a folder, recomputed.

    Raises
    ------
    InputError, ValueError, KeyError, TypeError, AttributeError
        When its file is not what a trade-off says.
    NotCertifiedError
        With every number that is not what its worlds say.
    """
    if not record["points"]:
        raise ValueError("no portfolio")
    ledger = Ledger(str(path / TRADE_OFF))
    count = record["worlds"] + record["left_out"]
    drawn = sample(scenario, count, seed=record["seed"], method=record["sampling"])
    case = case_of(scenario)
    profiles = [case.game.profile(entry["profile"]) for entry in record["points"]]
    losses = np.empty((len(profiles), len(drawn.games)))
    for column, game in enumerate(drawn.games.values()):
        scene = World(build_network(game))
        for row, profile in enumerate(profiles):
            losses[row, column] = -scene.payoffs(profile).joint
    everybody = player(case.game, [one.name for one in case.game.controllers])
    for row, profile in enumerate(profiles):
        for fault in overspent(case.game, profile, everybody):
            ledger.differs(f"points[{row}].profile", "options within the budgets", fault)
    lines = tuple((one["share_of_largest"], _number(one["bound"])) for one in record["lines"])
    largest = losses.max(axis=1).tolist()
    points = tuple(
        FrontPoint(
            profile,
            expected,
            most,
            min(expected, least_expected(lines, below)) if lines else expected,
            of_one,
        )
        for profile, expected, most, below, of_one in zip(
            profiles, losses.mean(axis=1).tolist(), largest, [*largest[1:], math.inf], losses,
            strict=True,
        )
    )  # fmt: skip
    found = TradeOff(
        scenario=case.name,
        scenario_title=case.title,
        scenario_hash=case.hash,
        game=case.game,
        found=Front(points, lines, 0.0),
        worlds=len(drawn.games),
        left_out=len(drawn.faults),
        gap=float(record["gap_asked"]),
        seed=record["seed"],
        sampling=record["sampling"],
        time_limit=record["time_limit"],
        titles=case.titles,
    )
    for key, value in found.to_json().items():
        ledger.compare(key, value, record[key], tolerance=SOLVED)
    _consistent(points, lines, ledger)
    ledger.raise_any()
    return TradeOffStudy(path, found, ledger.largest)


def _number(value: float | None) -> float:
    """Return a bound, minus infinity where there is none."""
    return -math.inf if value is None else float(value)


def _consistent(
    points: tuple[FrontPoint, ...], lines: tuple[tuple[float, float], ...], ledger: Ledger
) -> None:
    """Note portfolios that another one beats, and those that no portfolio was proven to reach."""
    for i, (one, after) in enumerate(itertools.pairwise(points), start=1):
        if not after.largest > one.largest:
            ledger.differs(
                f"points[{i}].largest", f"more than {one.largest:.12g}", f"{after.largest:.12g}"
            )
        if not after.expected < one.expected:
            ledger.differs(
                f"points[{i}].expected", f"less than {one.expected:.12g}", f"{after.expected:.12g}"
            )
    for i, (share, bound) in enumerate(lines):
        least = min((1 - share) * one.expected + share * one.largest for one in points)
        if bound > least + SOLVED * max(1.0, abs(least)):
            ledger.differs(f"lines[{i}].bound", f"at most {least:.12g}", f"{bound:.12g}")

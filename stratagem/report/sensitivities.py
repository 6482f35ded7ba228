"""Sensitivity studies beside a run: what their numbers come to, computed again.

Indices and boxes follow from the value that a measure has in every world. The worlds are drawn
again from the seed, the values are those of the study's table, and indices, limits, density and
coverage are computed anew from both. Where the measure is about options that are held, such as the
status quo, some of the worlds spread over the sample are answered again, too. A threshold claims
that another portfolio is better at one number by so much: both are answered again at that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from games.network import build_network
from scenarios.scenario import Scenario
from scenarios.worlds import Worlds, sample, worlds_with
from solvers.descent import respects_budgets
from solvers.players import weights_of
from solvers.plays import parse_play
from solvers.world import World
from stratagem.audits.claims import SOLVED
from stratagem.audits.ledger import Ledger
from stratagem.studies.discovery import Discovery, discovery_from
from stratagem.studies.held import FIXED, STATUS_QUO
from stratagem.studies.indices import design_of
from stratagem.studies.measures import Measure, condition, measure
from stratagem.studies.sensitivity import Sensitivity, sensitivity_from
from stratagem.studies.sweeps import sweep
from stratagem.studies.thresholds import Threshold, Thresholds

SENSITIVITY, VALUES = "sensitivity.json", "worlds.csv"

TRIED = 32
"""Worlds of a sample that are answered again."""


@dataclass(frozen=True)
class SensitivityStudy:
    """A sensitivity study that holds.

    Attributes
    ----------
    found : what it found, computed again.
    tried : {measure: worlds that were answered again}; of a threshold, numbers, under its play.
    largest_difference : of any number from what the file says, relative to the larger of 1 and the
        number.
    """

    path: Path
    found: Sensitivity | Discovery | Thresholds
    tried: Mapping[str, int]
    largest_difference: float


def sensitivity_study_of(
    path: Path, record: Mapping[str, Any], scenario: Scenario
) -> SensitivityStudy:
    """Return the sensitivity study in a folder, recomputed.

    Raises
    ------
    InputError, OSError, ValueError, LookupError, TypeError, AttributeError
        When its files are not what a sensitivity study says.
    NotCertifiedError
        With every number that is not what its worlds say.
    """
    ledger = Ledger(str(path / SENSITIVITY))
    found: Sensitivity | Discovery | Thresholds
    if "thresholds" in record:
        found, tried = _thresholds(record, scenario, ledger)
    elif "condition" in record:
        found, tried = _box(path, record, scenario, ledger)
    else:
        found, tried = _indices(path, record, scenario, ledger)
    for key, value in found.to_json().items():
        ledger.compare(key, value, record[key], tolerance=SOLVED)
    ledger.raise_any()
    return SensitivityStudy(path, found, tried, ledger.largest)


def _indices(
    path: Path, record: Mapping[str, Any], scenario: Scenario, ledger: Ledger
) -> tuple[Sensitivity, dict[str, int]]:
    import pandas

    wanted = [measure(one["measure"]) for one in record["measures"]]
    design = design_of(
        scenario,
        method=record["method"],
        worlds=record["blocks"],
        groups=record["groups"],
        seed=record["seed"],
        exact=True,
    )
    table = pandas.read_csv(path / VALUES)
    values = {str(one): table[str(one)].to_numpy(dtype=float) for one in wanted}
    if len(table) != len(design.points):
        raise ValueError(f"{len(table)} worlds in {VALUES}, where {len(design.points)} were drawn")
    drawn = design.drawn()
    tried = {
        str(one): _tried(one, dict(enumerate(values[str(one)].tolist())), drawn, ledger)
        for one in wanted
    }
    return sensitivity_from(design, wanted, values), tried


def _box(
    path: Path, record: Mapping[str, Any], scenario: Scenario, ledger: Ledger
) -> tuple[Discovery, dict[str, int]]:
    import pandas

    asked = condition(record["condition"])
    drawn = sample(scenario, record["worlds"], seed=record["seed"], method=record["method"])
    table = pandas.read_csv(path / VALUES)
    answered = table[table["measure"].notna()]
    values = dict(zip(answered["world"].tolist(), answered["measure"].tolist(), strict=True))
    if not values or not set(values) <= set(range(len(drawn))):
        raise ValueError(f"{VALUES} with other worlds than were drawn")
    tried = {str(asked.measure): _tried(asked.measure, values, drawn, ledger)}
    return discovery_from(asked, drawn, values, density=record["density"]), tried


def _tried(one: Measure, values: Mapping[int, float], drawn: Worlds, ledger: Ledger) -> int:
    """Answer some worlds again where no play has to be solved; return how many."""
    if not all(play == STATUS_QUO or _names_options(play) for play in one.plays):
        return 0
    spread = np.unique(np.linspace(0, len(drawn) - 1, TRIED).round().astype(int)).tolist()
    some = drawn.some(spread)
    again = one.values(sweep(drawn.scenario, worlds=some, plays=list(one.plays), ledger=None))
    for place, world in enumerate(spread):
        known = values.get(world, np.nan)
        here = again.get(place, np.nan)
        key = f"{one} in world {world} of {VALUES}"
        if np.isnan(known) != np.isnan(here):
            ledger.differs(key, f"{here:.12g}", f"{known:.12g}")
        elif not np.isnan(known):
            ledger.compare(key, float(here), float(known), tolerance=SOLVED)
    return len(spread)


def _names_options(play: str) -> bool:
    return play.startswith(FIXED) and "=" in play


def _thresholds(
    record: Mapping[str, Any], scenario: Scenario, ledger: Ledger
) -> tuple[Thresholds, dict[str, int]]:
    found = tuple(
        Threshold(**{**one, "instead": {k: (o, n) for k, (o, n) in one["instead"].items()}})
        for one in record["thresholds"]
    )
    whole = Thresholds(
        scenario.name,
        scenario.title,
        scenario.hash,
        record["play"],
        dict(record["portfolio"]),
        found,
        float(record["gap"]),
    )
    tried = 0
    for place, one in enumerate(found):
        key = f"thresholds[{place}]"
        number = scenario.parameters[one.name]
        end = {"low": number.low, "high": number.high}[one.towards]
        ledger.compare(f"{key}.own", number.value, one.own)
        ledger.compare(f"{key}.unit", number.unit, one.unit)
        if one.changes is None:
            ledger.compare(f"{key}.stays", end, one.stays)
            continue
        tried += 1
        order = [number.value, one.stays, one.changes, end]
        if order != sorted(order, reverse=end < number.value):
            ledger.differs(key, "numbers from the own one to the end", f"{order}")
        _beaten(whole, one, scenario, key, ledger)
    return whole, {whole.play: tried}


def _beaten(
    whole: Thresholds, one: Threshold, scenario: Scenario, key: str, ledger: Ledger
) -> None:
    """Note a portfolio that is not better by as much as is claimed at the number of a threshold."""
    game = worlds_with(scenario, {one.name: [one.changes or 0.0]}).game(0)
    held = game.profile(whole.portfolio)
    names = game.option_names(held)
    for point, (old, _) in one.instead.items():
        ledger.compare(f"{key}.instead.{point}[0]", names[point], old)
    other = game.profile({**names, **{point: new for point, (_, new) in one.instead.items()}})
    player = parse_play(game, whole.play).players[0]
    weights = weights_of(game, player, game.status_quo, harm=0.0)
    if not respects_budgets(game, weights, other):
        ledger.differs(f"{key}.instead", "a portfolio within the budgets", "one that breaks one")
    scene = World(build_network(game))
    mine, best = (
        sum(scene.payoffs(profile).total[name] for name in player.members)
        for profile in (held, other)
    )
    if not respects_budgets(game, weights, held):
        ledger.compare(f"{key}.better", 0.0, one.better)
        return
    ledger.compare(f"{key}.better", best - mine, one.better, tolerance=SOLVED)
    if not one.better > whole.gap * max(1.0, abs(best)):
        ledger.differs(f"{key}.better", "more than the gap", f"{one.better:.12g}")

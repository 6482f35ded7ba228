"""Further tiers in a scenario: points on a measure's curve between those that it declares.

A tier between two declared ones is written as a mixture of their formulas, so that it needs no
number of its own and moves with them from world to world. Only where a tier was declared in place
with a number of its own does a tier beside it become a number as well, as after `--set`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from games.grids import Added, Grid, grids, tier_name
from scenarios.load import load_text
from scenarios.quantities import EXPECTED_UNIT, SETTING_SOURCE
from scenarios.scenario import Scenario


def refined(scenario: Scenario, added: Added) -> Scenario:
    """Return the scenario with further tiers, resolved text and hash included.

    Parameters
    ----------
    added : spending of further tiers by grid, each between the grid's lowest and highest tier.
    """
    kept = json.loads(scenario.text)
    game = scenario.game
    for grid in grids(game):
        point = game.points[grid.point]
        spending = added.get((point.name, point.options[grid.options[0]].name), ())
        tables = kept["document"]["points"][point.name]["options"]
        tiers = _tiers(tables, point.options[grid.options[0]].name)
        declared = dict(tiers)
        for amount in spending:
            tiers[tier_name(amount, tiers)] = _between(scenario, grid, declared, amount)
    world = load_text(json.dumps(kept, ensure_ascii=False, indent=1))
    return replace(
        world,
        overrides=scenario.overrides,
        settings=scenario.settings,
        available_overrides=scenario.available_overrides,
        path=scenario.path,
    )


def _tiers(tables: list[dict[str, Any]], option: str) -> dict[str, Any]:
    """Return the tiers of the measure that an option is a tier of."""
    measure, _, tier = option.partition("/")
    return next(
        table["enforcement"]["tiers"]
        for table in tables
        if table["measure"] == measure and tier in table.get("enforcement", {}).get("tiers", {})
    )


def _between(
    scenario: Scenario, grid: Grid, declared: Mapping[str, Any], amount: float
) -> str | dict[str, Any]:
    """Return the quantity that spends an amount, by the tiers around it."""
    options = [scenario.game.points[grid.point].options[index] for index in grid.options]
    for low, high in itertools.pairwise(options):
        assert low.enforcement is not None
        assert high.enforcement is not None
        least, most = low.enforcement.spending_bn_usd, high.enforcement.spending_bn_usd
        below, above = declared[low.tier], declared[high.tier]
        if least <= amount <= most and isinstance(below, str) and isinstance(above, str):
            share = (amount - least) / (most - least)
            parts = [(1 - share, below), (share, above)]
            return " + ".join(f"{part!r}*({text})" for part, text in parts if text.strip() != "0")
    return {
        "value": amount,
        "exact": True,
        "unit": EXPECTED_UNIT,
        "source": SETTING_SOURCE,
        "confidence": "P",
    }

"""Observed against modelled: what the status quo of a scenario says about published numbers.

A model that is calibrated by free priors can still be held against what was counted: each row is
one published number with its range, and what the evader's best response makes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from games.network import Network, build_network
from scenarios.blueprint import ObservedPlan
from scenarios.scenario import Scenario


class Response(Protocol):
    """What is read of an evader's best response (solvers.evader.EvaderResponse)."""

    @property
    def profile(self) -> Profile:
        """The options that the response answers."""

    @property
    def flows(self) -> NDArray[np.float64]:
        """Units a year that enter each lane of the game's network."""

    @property
    def quantities(self) -> NDArray[np.float64]:
        """Units that arrive at each front."""

    @property
    def node_prices(self) -> NDArray[np.float64]:
        """Objective (bn USD) that one more unit at each node of the network is worth."""

    @property
    def money_price(self) -> float:
        """Objective (bn USD) that one more bn USD of budget is worth."""


@dataclass(frozen=True)
class ObservedRow:
    """A published number beside the model's.

    Attributes
    ----------
    observed, low, high, model : in `unit`; the model's number is NaN where it has none, such as
        the price of a unit to an evader whose money is not scarce.
    inside : whether the model's number lies in the published range.
    """

    name: str
    unit: str
    observed: float
    low: float
    high: float
    model: float
    inside: bool
    confidence: str


def hold_against(scenario: Scenario, response: Response) -> list[ObservedRow]:
    """Return one row per observation of a scenario.

    Parameters
    ----------
    response : the evader's best response to some profile of the scenario's game, usually the
        status quo.
    """
    network = build_network(scenario.game)
    sizes = scenario.blueprint.sizes({})
    rows = []
    for plan in scenario.observed:
        parameter = scenario.parameters[plan.parameter]
        over = plan.over.value(sizes) if plan.over else None
        model = plan.scale.value(sizes) * _modelled(plan, network, response, over=over)
        rows.append(
            ObservedRow(
                name=plan.name,
                unit=parameter.unit,
                observed=parameter.value,
                low=parameter.low,
                high=parameter.high,
                model=model,
                inside=parameter.low <= model <= parameter.high,
                confidence=parameter.confidence,
            )
        )
    return rows


def _modelled(
    plan: ObservedPlan, network: Network, response: Response, *, over: float | None
) -> float:
    """Return the model's number, before its scale."""
    game = network.game
    if plan.kind == "months":
        return sum(
            front.months(float(quantity))
            for front, quantity in zip(game.fronts, response.quantities, strict=True)
            if front.name in plan.subjects
        )
    if over is not None:
        return _price(plan.subjects[0], network, response) / over - 1
    wanted = {index for index, arc in enumerate(game.arcs) if arc.name in plan.subjects}
    total = 0.0
    for lane, flow in zip(network.lanes, response.flows, strict=True):
        if lane.arc in wanted:
            arrives = lane.gains[network.chosen(lane, response.profile)]
            total += float(flow) * (arrives if plan.kind == "arriving" else 1.0)
    return total


def _price(node: str, network: Network, response: Response) -> float:
    """Return what the evader would pay for one more unit at a node, bn USD.

    Notes
    -----
    A node that correlation splits in two is priced where no hazard has been met yet. Sources have
    no price: units start there freely.
    """
    if response.money_price <= 0 or (node, False) not in network.nodes:
        return float("nan")
    return float(response.node_prices[network.nodes.index((node, False))]) / response.money_price

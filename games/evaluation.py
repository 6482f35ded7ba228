"""Checks of an evader's answer by arithmetic alone, straight from the game.

Nothing here knows the solvers' arrays. A *plan* says how many units enter each arc, step by step
and effort by effort; its value is what reaches the fronts if it respects every limit. *Prices* say
what a unit at each node and a bn USD of budget are worth; whatever they are, as long as none is
negative, they prove an upper bound on every plan's value (weak duality):

    Z <= B mu + sum_{arc step} u max(0, best lane's surplus)
         + sum_f sum_j width_j max(0, w m_j - pi_f)

where a lane's surplus is b + g pi_head - pi_tail - c mu. Equal values prove both optimal.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from games.layered import Arc, Effort, LayeredGame, Option
from games.network import crossing_cost, survival

Place = tuple[str, bool]
"""A node and whether the units there have met a hazard (False where nothing is correlated)."""


@dataclass(frozen=True)
class Shipment:
    """Units a year that enter one step of one arc at one effort and cover.

    What leaves a source has met nothing, whatever `known` says.
    """

    arc: int
    step: int
    effort: int
    known: bool
    units: float


@dataclass(frozen=True)
class Evaluation:
    """What a plan and prices prove about the evader's best response to a profile.

    Attributes
    ----------
    primal : value of the plan, bn USD; a lower bound on Z if `violation` is 0.
    dual : upper bound on Z that the prices prove, bn USD.
    violation : largest excess over a capacity, a node's supply or the budget, relative to the
        limit or to 1 where the limit is smaller.
    entering : units that enter each arc.
    quantities : units that reach each front.
    most : what the chords of all fronts would be worth if filled, bn USD.
    """

    primal: float
    dual: float
    violation: float
    entering: tuple[float, ...]
    quantities: tuple[float, ...]
    most: float

    @property
    def gap(self) -> float:
        """Return dual minus primal, relative to the dual or a thousandth of `most` if larger."""
        scale = max(abs(self.dual), self.most / 1000)
        return (self.dual - self.primal) / scale if scale > 0 else 0.0


def evaluate(
    game: LayeredGame,
    profile: Sequence[int],
    *,
    plan: Iterable[Shipment],
    prices: Mapping[Place, float],
    money_price: float,
) -> Evaluation:
    """Return what a plan and prices prove; see the module's docstring.

    Parameters
    ----------
    plan : what the evader ships; units below zero or without a finite number are a violation.
    prices : bn USD per unit at each place, 0 where missing; prices that are not > 0 count as 0.
    money_price : bn USD per bn USD of budget.
    """
    entering = [0.0] * len(game.arcs)
    filled: dict[tuple[int, int], float] = defaultdict(float)
    balance: dict[Place, float] = defaultdict(float)
    spent = worth = excess = 0.0
    for shipment in plan:
        arc, effort = game.arcs[shipment.arc], game.efforts[shipment.effort]
        option = _option(game, profile, arc)
        starts = arc.tail in game.sources
        known = shipment.known and not starts
        excess = max(excess, -shipment.units if math.isfinite(shipment.units) else math.inf)
        entering[shipment.arc] += shipment.units
        filled[shipment.arc, shipment.step] += shipment.units
        spent += shipment.units * crossing_cost(arc, shipment.step, option, effort)
        worth += shipment.units * arc.value
        if not starts:
            balance[arc.tail, known] -= shipment.units
        arriving = shipment.units * _gain(game, arc, option, effort, known=known)
        balance[_head(game, arc, option, known=known)] += arriving
    for (a, s), units in filled.items():
        excess = max(excess, _relative(units, game.arcs[a].steps[s].capacity))
    excess = max(excess, _relative(spent, game.evader_budget))
    quantities = tuple(max(0.0, balance[front.node, False]) for front in game.fronts)
    excess = max([excess, *(-units for units in balance.values())])
    worth += sum(
        front.weight * front.months(quantity)
        for front, quantity in zip(game.fronts, quantities, strict=True)
    )
    dual = _dual(game, profile, prices, max(0.0, money_price))
    most = sum(
        front.weight * sum(chord.slope * chord.width for chord in front.chords)
        for front in game.fronts
    )
    return Evaluation(worth, dual, excess, tuple(entering), quantities, most)


def _dual(
    game: LayeredGame, profile: Sequence[int], prices: Mapping[Place, float], money: float
) -> float:
    """Return the upper bound that prices prove."""

    def price(place: Place) -> float:
        return max(0.0, prices.get(place, 0.0))

    total = game.evader_budget * money
    for front in game.fronts:
        for chord in front.chords:
            surplus = front.weight * chord.slope - price((front.node, False))
            total += chord.width * max(0.0, surplus)
    for arc in game.arcs:
        option = _option(game, profile, arc)
        efforts = game.efforts if option else game.efforts[:1]
        for s, step in enumerate(arc.steps):
            best = 0.0
            for known in (False, True) if game.correlation > 0 else (False,):
                if known and arc.tail in game.sources:
                    continue
                for effort in efforts:
                    head = _head(game, arc, option, known=known)
                    arriving = _gain(game, arc, option, effort, known=known) * price(head)
                    paid = money * crossing_cost(arc, s, option, effort)
                    tail = 0.0 if arc.tail in game.sources else price((arc.tail, known))
                    best = max(best, arc.value + arriving - tail - paid)
            total += step.capacity * best
    return total


def _option(game: LayeredGame, profile: Sequence[int], arc: Arc) -> Option | None:
    if arc.point is None:
        return None
    index = game.point_index[arc.point]
    return game.points[index].options[profile[index]]


def _gain(
    game: LayeredGame, arc: Arc, option: Option | None, effort: Effort, *, known: bool
) -> float:
    if option is None:
        return arc.conversion
    share = 1 - game.correlation if known else 1.0
    return arc.conversion * survival(option, effort, share=share)


def _head(game: LayeredGame, arc: Arc, option: Option | None, *, known: bool) -> Place:
    met = known or (option is not None and option.hazard > 0)
    ends = any(front.node == arc.head for front in game.fronts)
    return arc.head, met and game.correlation > 0 and not ends


def _relative(amount: float, limit: float) -> float:
    return (amount - limit) / max(1.0, limit)

"""What an outcome is worth to each controller.

    U_i = - sum_f sigma_if G_f  -  sum_{k owned by i} (c + d)_k  +  tolls_i + revenue_i

in bn USD a year, with the months G_f read off the fronts' chords.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from games.layered import Arc, LayeredGame


@dataclass(frozen=True)
class Payoffs:
    """The controllers' side of an outcome.

    Attributes
    ----------
    total : {controller: bn USD a year}; `harm`, `cost` and `revenue` are its parts, each >= 0
        but for negative economic costs and revenues that are losses.
    outlay : {controller: bn USD a year} of public cost, what the budget limits.
    months : {front: months}.
    """

    total: dict[str, float]
    harm: dict[str, float]
    cost: dict[str, float]
    revenue: dict[str, float]
    outlay: dict[str, float]
    months: dict[str, float]

    @property
    def joint(self) -> float:
        """The sum over controllers, bn USD a year."""
        return sum(self.total.values())


def payoffs(
    game: LayeredGame,
    profile: Sequence[int],
    *,
    entering: Sequence[float],
    quantities: Sequence[float],
) -> Payoffs:
    """Return the payoffs of a profile, given what the evader does.

    Parameters
    ----------
    entering : units a year that enter each arc, in the order of `game.arcs`.
    quantities : units a year that reach each front, in the order of `game.fronts`.
    """
    months = {
        front.name: front.months(quantity)
        for front, quantity in zip(game.fronts, quantities, strict=True)
    }
    harm = {
        c.name: sum(stake * months[front] for front, stake in c.stakes.items())
        for c in game.controllers
    }
    cost = dict.fromkeys(harm, 0.0)
    outlay = dict.fromkeys(harm, 0.0)
    revenue = dict.fromkeys(harm, 0.0)
    for point, chosen in zip(game.points, profile, strict=True):
        option = point.options[chosen]
        outlay[point.owner] += option.cost
        cost[point.owner] += option.cost + option.economic_cost
    for arc, units in zip(game.arcs, entering, strict=True):
        if not units:
            continue
        chosen = profile[game.point_index[arc.point]] if arc.point else 0
        for name, per_unit in earnings(game, arc, chosen).items():
            revenue[name] += per_unit * units
    total = {name: revenue[name] - harm[name] - cost[name] for name in harm}
    return Payoffs(total, harm, cost, revenue, outlay, months)


def earnings(game: LayeredGame, arc: Arc, chosen: int) -> dict[str, float]:
    """Return bn USD that each controller earns per unit that enters an arc.

    Parameters
    ----------
    chosen : index of the option in force at the arc's control point, if it has one.
    """
    earned = dict(arc.revenue)
    if arc.point is not None:
        point = game.points[game.point_index[arc.point]]
        toll = point.options[chosen].toll
        if toll:
            earned[point.owner] = earned.get(point.owner, 0.0) + toll
    return earned

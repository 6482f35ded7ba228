"""Routes: what the evader ships, taken apart into ways from a source to a front.

Flows on a network with losses are a sum of routes, each with its own survival. They are found from
the fronts backwards: follow the way on which most arrives, take as much as its tightest arc allows,
subtract, repeat; every round empties an arc. The parts are not unique where ways join and part
again, but their sums on every arc are. A route is credited with months in proportion to what it
brings to its front.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from games.network import Network
from solvers.evader import EvaderResponse

NEGLIGIBLE = 1e-9
"""Share of what reaches a front below which a route is left out."""


@dataclass(frozen=True)
class Route:
    """One way from a source to a front.

    Attributes
    ----------
    arcs : names of the arcs, in order.
    points : the control points that it crosses.
    entering : units a year that set out, in the unit of the source.
    arriving : units a year that reach the front, in the front's unit.
    survival : share of the units that no control stops.
    cost : bn USD a year that the evader pays along it.
    months : its part of the front's progress.
    """

    front: str
    arcs: tuple[str, ...]
    points: tuple[str, ...]
    efforts: tuple[str, ...]
    entering: float
    arriving: float
    survival: float
    cost: float
    months: float


def routes(network: Network, response: EvaderResponse) -> tuple[Route, ...]:
    """Return the routes of a response, those that bring most months first."""
    chosen = [network.chosen(lane, response.profile) for lane in network.lanes]
    gains = [lane.gains[o] for lane, o in zip(network.lanes, chosen, strict=True)]
    left = response.flows.tolist()
    into: dict[int, list[int]] = defaultdict(list)
    for index, lane in enumerate(network.lanes):
        if gains[index] > 0:
            into[lane.head].append(index)
    found: list[Route] = []
    for number, front in enumerate(network.game.fronts):
        node = int(network.front_node[number])
        total = sum(left[index] * gains[index] for index in into[node])
        months = front.months(float(response.quantities[number]))
        while total > 0 and (way := _widest(network, into, gains, left, node)):
            if network.lanes[way[0]].tail >= 0:
                left[way[0]] = 0.0  # a rest within tolerance that nothing feeds
                continue
            arriving = _take(way, gains, left)
            if arriving > NEGLIGIBLE * total:
                share = arriving / total
                found.append(_route(network, response, way, gains, arriving, share * months))
    return tuple(sorted(_merged(found), key=lambda route: -route.months))


def _widest(
    network: Network,
    into: dict[int, list[int]],
    gains: Sequence[float],
    left: Sequence[float],
    node: int,
) -> list[int]:
    """Return lanes that lead to a node, chosen backwards by what arrives, as far as units flow.

    The first of them leaves a source unless the flow is interrupted; no lane where none arrives.
    """
    way: list[int] = []
    while node >= 0:
        lane = max(into[node], key=lambda index: left[index] * gains[index], default=-1)
        if lane < 0 or left[lane] <= 0:
            break
        way.insert(0, lane)
        node = network.lanes[lane].tail
    return way


def _take(way: Sequence[int], gains: Sequence[float], left: list[float]) -> float:
    """Subtract as much as a way can carry and return what arrives at its end."""
    behind = [math.prod(gains[lane] for lane in way[i:]) for i in range(len(way))]
    reach = [left[lane] * gain for lane, gain in zip(way, behind, strict=True)]
    arriving = min(reach)
    for lane, gain, most in zip(way, behind, reach, strict=True):
        left[lane] = 0.0 if most <= arriving * (1 + 1e-12) else left[lane] - arriving / gain
    return arriving


def _route(
    network: Network,
    response: EvaderResponse,
    way: Sequence[int],
    gains: Sequence[float],
    arriving: float,
    months: float,
) -> Route:
    game = network.game
    lanes = [network.lanes[index] for index in way]
    amount = arriving
    cost = 0.0
    for index, lane in zip(reversed(way), reversed(lanes), strict=True):
        amount /= gains[index]
        cost += amount * lane.costs[network.chosen(lane, response.profile)]
    conversion = math.prod(game.arcs[lane.arc].conversion for lane in lanes)
    hindered = [lane for lane in lanes if lane.point >= 0]
    end = next(f for f, node in zip(game.fronts, network.front_node, strict=True)
               if node == lanes[-1].head)  # fmt: skip
    return Route(
        front=end.name,
        arcs=tuple(game.arcs[lane.arc].name for lane in lanes),
        points=tuple(game.points[lane.point].name for lane in hindered),
        efforts=tuple(dict.fromkeys(game.efforts[lane.effort].name for lane in hindered)),
        entering=amount,
        arriving=arriving,
        survival=arriving / amount / conversion,
        cost=cost,
        months=months,
    )


def _merged(found: Sequence[Route]) -> list[Route]:
    """Return routes with those over the same arcs, at other prices or efforts, added up."""
    together: dict[tuple[str, ...], list[Route]] = defaultdict(list)
    for route in found:
        together[route.arcs].append(route)
    merged = []
    for same in together.values():
        entering = sum(route.entering for route in same)
        merged.append(
            Route(
                front=same[0].front,
                arcs=same[0].arcs,
                points=same[0].points,
                efforts=tuple(dict.fromkeys(e for route in same for e in route.efforts)),
                entering=entering,
                arriving=sum(route.arriving for route in same),
                survival=sum(route.entering * route.survival for route in same) / entering,
                cost=sum(route.cost for route in same),
                months=sum(route.months for route in same),
            )
        )
    return merged

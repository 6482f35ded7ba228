"""Random layered games of any size, drawn from a seeded generator.

The world is always the same in kind. C0 makes chips, which leak through one transit hub per *site*
into the evader's stock; each site also rents out cloud capacity and serves models. In brackets, the
control points that a route crosses:

    world (chips) -> hub (transit) -> stock -> training, deployment     smuggled chips
    world (cloud) (compute) -> training                                 offshore training
    world (cloud) (inference) -> deployment                             offshore use
    world (inference) -> access                                         foreign models
    world (tools) -> fab -> stock                                       domestic chips
    world -> algorithms                                                 research, out of reach

Sites belong to the controllers in turn. One site each, the chips and two makers of tools give
4 N + 3 control points for N > 1 controllers; fewer points leave crossings free or routes out, and
more points open further sites.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np

from games.capability import MonthsCurve
from games.enforcement import EnforcementCurve
from games.errors import GameError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Effort,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)

SITE_KINDS = ("transit", "cloud", "inference", "compute")

EFFORTS = (
    Effort("normal"),
    Effort("careful", hazard_factor=0.5, unit_cost=0.3),
    Effort("covert", hazard_factor=0.2, unit_cost=0.9),
)

EVADER_BUDGET_BN_USD = 20.0


def generate(
    *,
    controllers: int,
    points: int,
    options: int,
    rng: np.random.Generator,
    revenue_arcs: int = 0,
    misaligned: bool = False,
) -> LayeredGame:
    """Return a random layered game.

    Parameters
    ----------
    controllers, points : how many, >= 1 each.
    options : how many at each control point, >= 1; the first is nothing and the status quo, the
        others are tiers of rising cost and hazard.
    rng : source of every number; equally seeded generators give equal games.
    revenue_arcs : how many arcs also earn the owner of their control point money, >= 0.
    misaligned : whether controllers weigh the fronts otherwise than the evader does.

    Raises
    ------
    GameError
        For a size that is too small, or more revenue arcs than there are arcs to earn on.

    Notes
    -----
    Revenue and misaligned stakes each end the potential. They are drawn apart from the rest, so
    that the game is otherwise the one without them.
    """
    for name, size, least in (
        ("controllers", controllers, 1),
        ("points", points, 1),
        ("options", options, 1),
        ("revenue_arcs", revenue_arcs, 0),
    ):
        if size < least:
            raise GameError(f"generator: expected {name} >= {least}, found {size}")
    world, stakes, revenue = rng.spawn(3)
    placed = tuple(itertools.islice(_places(controllers), points))
    sites = 1 + max((site for kind, site in placed if kind in SITE_KINDS), default=0)
    chosen = tuple(
        _control_point(kind, site, f"C{site % controllers}", options, world)
        for kind, site in placed
    )
    arcs = _arcs(frozenset(point.name for point in chosen), sites, world)
    reached = {arc.head for arc in arcs}
    fronts = tuple(front for front in _fronts(world) if front.node in reached)
    players = tuple(_controller(f"C{i}", chosen, fronts, world) for i in range(controllers))
    if misaligned:
        players = _leaning(players, stakes)
    return LayeredGame(
        name=f"c{controllers}-p{points}-o{options}",
        controllers=players,
        points=chosen,
        arcs=_with_revenue(arcs, chosen, revenue_arcs, revenue),
        fronts=fronts,
        evader_budget=EVADER_BUDGET_BN_USD,
        efforts=EFFORTS,
    )


def decorated(
    game: LayeredGame, *, revenue_arcs: int, misaligned: bool, rng: np.random.Generator
) -> LayeredGame:
    """Return a game with revenue and stakes on top of it; parameters as `generate`."""
    stakes, revenue = rng.spawn(2)
    controllers = _leaning(game.controllers, stakes) if misaligned else game.controllers
    arcs = _with_revenue(game.arcs, game.points, revenue_arcs, revenue)
    return replace(game, controllers=controllers, arcs=arcs)


def _leaning(controllers: Sequence[Controller], rng: np.random.Generator) -> tuple[Controller, ...]:
    """Return controllers that weigh the fronts otherwise than the evader does."""
    return tuple(
        replace(one, stakes={f: s * rng.uniform(0.2, 1.8) for f, s in one.stakes.items()})
        for one in controllers
    )


def _places(controllers: int) -> Iterator[tuple[str, int]]:
    """Yield kind and site of control point after control point, without end."""
    yield "chips", 0
    for visit in itertools.count():
        sites = range(visit * controllers, (visit + 1) * controllers)
        yield from itertools.product(SITE_KINDS, sites)
        if visit == 0:
            yield from (("tools", maker) for maker in range(min(controllers, 2)))


def _control_point(
    kind: str, site: int, owner: str, options: int, rng: np.random.Generator
) -> ControlPoint:
    """Return a control point whose tiers spend more and more along one enforcement curve."""
    curve = EnforcementCurve(
        hazard_max=rng.uniform(1.2, 2.4), half_cost_bn_usd=rng.uniform(0.2, 0.8)
    )
    fixed, harm = rng.uniform(0.02, 0.1), rng.uniform(0.0, 0.1)
    tiers = [Option("nothing")]
    for tier in range(1, options):
        spending = 0.6 * tier * curve.half_cost_bn_usd
        tiers.append(
            Option(
                f"licence/tier-{tier}",
                cost=fixed + spending,
                economic_cost=harm * tier,
                hazard=curve.hazard(spending),
                measure="licence",
                tier=f"tier-{tier}",
            )
        )
    layer = "chips" if kind == "transit" else kind
    return ControlPoint(f"{kind}-{site}", layer, owner, tuple(tiers))


def _arcs(points: AbstractSet[str], sites: int, rng: np.random.Generator) -> list[Arc]:
    """Return every route as a chain of arcs, each across at most one control point."""

    def route(
        name: str,
        ends: tuple[str, str],
        prices: tuple[float, float],
        capacities: tuple[float, float],
        *crossings: str,
        needs_crossing: bool = True,
    ) -> list[Arc]:
        step = PriceStep(rng.uniform(*prices), rng.uniform(*capacities))
        crossed = [point for point in crossings if point in points]
        if needs_crossing and not crossed:
            return []
        legs = max(1, len(crossed))
        stops = [ends[0], *(f"{name}:{leg}" for leg in range(1, legs)), ends[1]]
        return [
            Arc(
                name if legs == 1 else f"{name}:{leg}",
                stops[leg],
                stops[leg + 1],
                (step if leg == 0 else PriceStep(0.0, step.capacity),),
                crossed[leg] if crossed else None,
            )
            for leg in range(legs)
        ]

    arcs: list[Arc] = []
    for s in range(sites):
        hub, cloud, inference = f"hub-{s}", f"cloud-{s}", f"inference-{s}"
        arcs += route(f"leak-{s}", ("world", hub), (0.5, 1.5), (2, 6), "chips-0")
        arcs += route(
            f"import-{s}",
            (hub, "stock"),
            (0.1, 0.5),
            (2, 6),
            f"transit-{s}",
            needs_crossing=False,
        )
        arcs += route(f"rent-{s}", ("world", "training"), (0.8, 1.8), (2, 5), cloud, f"compute-{s}")
        arcs += route(f"serve-{s}", ("world", "deployment"), (0.8, 1.5), (2, 5), cloud, inference)
        arcs += route(f"query-{s}", ("world", "access"), (0.3, 0.8), (1.5, 4), inference)
    for maker in range(2):
        arcs += route(f"tools-{maker}", ("world", "fab"), (0.5, 1.0), (4, 4), f"tools-{maker}")
    if any(arc.head == "fab" for arc in arcs):
        arcs += route("domestic", ("fab", "stock"), (1, 1), (6, 6), needs_crossing=False)
    for front in ("training", "deployment"):
        arcs += route(f"use-{front}", ("stock", front), (0.1, 0.1), (20, 20), needs_crossing=False)
    return arcs + route("research", ("world", "algorithms"), (1, 1), (10, 10), needs_crossing=False)


def _fronts(rng: np.random.Generator) -> list[Front]:
    fronts = []
    for name in ("training", "deployment", "access", "algorithms"):
        curve = MonthsCurve(base=rng.uniform(0.25, 1.0), growth=rng.uniform(1.0, 3.0))
        chords = curve.chords(12.0, error=0.03)
        fronts.append(Front(name, name, chords, weight=rng.uniform(0.5, 1.5), curve=curve))
    return fronts


def _controller(
    name: str, points: Sequence[ControlPoint], fronts: Sequence[Front], rng: np.random.Generator
) -> Controller:
    """Return a controller with money for about half of what it could do."""
    dearest = sum(point.options[-1].cost for point in points if point.owner == name)
    stake = 2.0 if name == "C0" else rng.uniform(0.5, 1.1)
    stakes = {front.name: stake * front.weight for front in fronts}
    return Controller(name, rng.uniform(0.35, 0.6) * dearest, stakes)


def _with_revenue(
    arcs: Sequence[Arc], points: Sequence[ControlPoint], count: int, rng: np.random.Generator
) -> tuple[Arc, ...]:
    """Return the arcs with `count` of those that are paid for at a control point earning money."""
    owners = {point.name: point.owner for point in points}
    paid = [a for a, arc in enumerate(arcs) if arc.point and arc.steps[0].price > 0]
    if count > len(paid):
        raise GameError(f"generator: expected revenue_arcs <= {len(paid)}, found {count}")
    changed = list(arcs)
    for a in rng.choice(paid, size=count, replace=False) if count else ():
        owner = owners[arcs[a].point or ""]
        changed[a] = replace(arcs[a], revenue={owner: rng.uniform(0.3, 1.2)})
    return tuple(changed)

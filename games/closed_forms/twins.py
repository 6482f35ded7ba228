"""Layered games whose answers the closed forms are: the same question for the solvers.

One unit is for sale, the evader can pay for it and wants nothing else, and a unit that arrives is
worth one month. Tiers stand for the curve of enforcement; the coarser they are, the further the
solvers' optimum lies from the closed form, but never below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from games.capability import Chord
from games.enforcement import EnforcementCurve, Tier
from games.errors import GameError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)

_FRONT = Front("progress", "progress", (Chord(slope=1.0, width=1.0),))


def in_series(
    curve: EnforcementCurve,
    spending: Sequence[float],
    *,
    layers: int,
    stakes: Sequence[float],
    correlation: float = 0.0,
) -> LayeredGame:
    """Return one way through several layers.

    Parameters
    ----------
    spending : bn USD a year of the tiers to choose from, the status quo first.
    stakes : what a month costs each government; one for all layers, or one for each layer.

    Raises
    ------
    GameError
        When the number of stakes fits neither.
    """
    owners = _owners(stakes, layers)
    stops = ["shop", *(f"behind-{i}" for i in range(1, layers)), "progress"]
    arcs = tuple(
        Arc(
            f"leg-{i + 1}",
            stops[i],
            stops[i + 1],
            (PriceStep(1.0 if i == 0 else 0.0, 1.0),),
            f"layer-{i + 1}",
        )
        for i in range(layers)
    )
    points = tuple(
        ControlPoint(f"layer-{i + 1}", f"layer-{i + 1}", owners[i], _tiers(curve, spending))
        for i in range(layers)
    )
    return _game("layers in series", stakes, points, arcs, correlation)


def side_by_side(
    curve: EnforcementCurve,
    spending: Sequence[float],
    *,
    ways: int,
    stakes: Sequence[float],
    open_way: float = 0.0,
) -> LayeredGame:
    """Return several ways to the same place, each through a layer of its own.

    Parameters
    ----------
    spending, stakes : as for `in_series`, with ways for layers.
    open_way : units that one more way holds, on which nobody checks anything.
    """
    owners = _owners(stakes, ways)
    arcs = [
        Arc(f"way-{i + 1}", "shop", "progress", (PriceStep(1.0, 1.0),), f"way-{i + 1}")
        for i in range(ways)
    ]
    if open_way > 0:
        arcs.append(Arc("open-way", "shop", "progress", (PriceStep(1.0, open_way),)))
    points = tuple(
        ControlPoint(f"way-{i + 1}", f"way-{i + 1}", owners[i], _tiers(curve, spending))
        for i in range(ways)
    )
    return _game("ways side by side", stakes, points, tuple(arcs), 0.0)


def _owners(stakes: Sequence[float], count: int) -> list[str]:
    if len(stakes) not in (1, count):
        raise GameError(f"stakes: expected one or {count}, found {len(stakes)}")
    return [f"government-{1 + min(i, len(stakes) - 1)}" for i in range(count)]


def _tiers(curve: EnforcementCurve, spending: Sequence[float]) -> tuple[Option, ...]:
    return tuple(
        Option(
            f"tier-{i}",
            cost=spent,
            hazard=curve.hazard(spent),
            enforcement=Tier(curve, spent),
        )
        for i, spent in enumerate(spending)
    )


def _game(
    name: str,
    stakes: Sequence[float],
    points: tuple[ControlPoint, ...],
    arcs: tuple[Arc, ...],
    correlation: float,
) -> LayeredGame:
    enough = sum(max(option.cost for option in point.options) for point in points)
    return LayeredGame(
        name=name,
        controllers=tuple(
            Controller(f"government-{i + 1}", enough, {"progress": stake})
            for i, stake in enumerate(stakes)
        ),
        points=points,
        arcs=arcs,
        fronts=(_FRONT,),
        evader_budget=1.0,
        correlation=correlation,
    )

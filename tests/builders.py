"""Small random layered games, the same for seeded and for property-based tests.

Numbers come from short lists, so that ties are common: equal prices, equal hazards at different
costs, options that change nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from games.capability import Chord, MonthsCurve
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

EFFORTS = (
    Effort("normal"),
    Effort("careful", hazard_factor=0.5, unit_cost=0.25),
    Effort("covert", hazard_factor=0.25, unit_cost=0.25, price_share=0.5),
)


@dataclass(frozen=True)
class Traits:
    """What a random game has.

    Attributes
    ----------
    aligned : stakes are a multiple of the evader's weights, no money is earned, no arc has a
        strategic value; otherwise stakes differ, and in most games the rest does too.
    correlation : None draws it; 0 is the independent case.
    largest : profiles at most.
    """

    aligned: bool = True
    correlation: float | None = None
    largest: int = 81


def small_game(rng: random.Random, traits: Traits = Traits()) -> LayeredGame:
    """Return a random game of 1-3 controllers, 2-6 control points and 2-3 options each."""
    names = [f"C{i}" for i in range(rng.choice([1, 2, 2, 3, 3]))]
    earns = not traits.aligned and rng.random() < 0.7
    points = _points(rng, names, earns, traits.largest)
    fronts = _fronts(rng)
    arcs = _arcs(rng, [point.name for point in points], names, earns)
    fronts = [front for front in fronts if any(arc.head == front.node for arc in arcs)]
    controllers = []
    for name in names:
        owned = [point for point in points if point.owner == name]
        least = sum(min(option.cost for option in point.options) for point in owned)
        most = sum(max(option.cost for option in point.options) for point in owned)
        scale = rng.choice([0.0, 0.25, 0.25, 0.5, 0.5, 1.0])
        stakes = {front.name: scale * front.weight for front in fronts}
        if not traits.aligned:
            stakes = {front: rng.choice([0.0, 0.5, 1.0]) * stake for front, stake in stakes.items()}
        budget = least + rng.choice([0.0, 0.5, 0.7, 1.0, 1.0]) * (most - least)
        controllers.append(Controller(name, budget, stakes))
    correlation = traits.correlation
    if correlation is None:
        correlation = rng.choice([0.0, 0.0, 0.5, 1.0])
    return LayeredGame(
        name="small",
        controllers=tuple(controllers),
        points=tuple(points),
        arcs=tuple(arcs),
        fronts=tuple(fronts),
        evader_budget=rng.choice([0.0, 2.0, 3.0, 4.0, 8.0, 8.0, 20.0]),
        efforts=tuple(rng.sample(EFFORTS, rng.randint(1, 3))),
        correlation=correlation,
    )


def tolled(seed: int, traits: Traits = Traits(largest=81)) -> LayeredGame:
    """Return a game whose stakes mirror the evader's weights, with tolls on half of the options."""
    game = small_game(random.Random(seed), traits)
    rng = np.random.default_rng(seed)
    points = tuple(
        replace(
            point,
            options=tuple(
                replace(option, toll=float(rng.uniform(0.0, 0.3)) if rng.random() < 0.5 else 0.0)
                for option in point.options
            ),
        )
        for point in game.points
    )
    return replace(game, points=points)


def small_games(traits: Traits = Traits()) -> st.SearchStrategy[LayeredGame]:
    """Return the strategy of small games."""
    return st.randoms(use_true_random=False).map(lambda rng: small_game(rng, traits))


def any_game(
    *, correlation: float | None = None, largest: int = 81
) -> st.SearchStrategy[LayeredGame]:
    """Return the strategy of small games with aligned or other controllers."""
    return st.booleans().flatmap(lambda aligned: small_games(Traits(aligned, correlation, largest)))


def _points(
    rng: random.Random, names: Sequence[str], earns: bool, largest: int
) -> list[ControlPoint]:
    points = []
    profiles = 1
    for k in range(rng.choice([2, 3, 4, 4, 5, 6])):
        count = rng.randint(2, 3)
        if profiles * count > largest:
            break
        profiles *= count
        options = [
            Option("nothing"),
            *(
                Option(
                    f"measure-{o}",
                    cost=rng.choice([0.0, 0.125, 0.25, 0.5]),
                    economic_cost=rng.choice([0.0, 0.0, 0.25, -0.125]),
                    hazard=rng.choice([0.0, 0.5, 1.0, 1.0, 2.0]),
                    toll=rng.choice([0.0, 0.0, 0.25]) if earns else 0.0,
                )
                for o in range(1, count)
            ),
        ]
        rng.shuffle(options)
        points.append(
            ControlPoint(
                f"point-{k}",
                rng.choice(["chips", "cloud"]),
                rng.choice(names),
                tuple(options),
                status_quo=rng.randrange(count),
            )
        )
    return points


def _fronts(rng: random.Random) -> list[Front]:
    curve = MonthsCurve(base=rng.choice([0.5, 1.0]), growth=rng.choice([1.0, 3.0]))
    plain = (Chord(rng.choice([1.0, 2.0]), 2.0), Chord(0.5, 3.0))
    return [
        Front("training", "training", curve.chords(8.0, error=0.1), rng.choice([0.5, 1.0]), curve),
        Front("deployment", "deployment", plain, rng.choice([0.5, 1.0, 1.5])),
    ]


def _arcs(
    rng: random.Random, points: Sequence[str], names: Sequence[str], earns: bool
) -> list[Arc]:
    """Return arcs that reach a front: each hub is entered and left, each point is crossed."""
    ways = [("world", "hub-a"), ("hub-a", "training"), ("world", "training")]
    ways += rng.sample(
        [
            ("world", "hub-b"),
            ("hub-a", "hub-b"),
            ("hub-b", "training"),
            ("hub-b", "deployment"),
            ("hub-a", "deployment"),
            ("world", "deployment"),
            ("world", "hub-a"),
        ],
        rng.randint(0, 6),
    )
    crossed = [*points, *(rng.choice([None, *points]) for _ in ways)][: max(len(ways), len(points))]
    while len(ways) < len(crossed):
        ways.append(rng.choice([("world", "hub-a"), ("world", "training")]))
    rng.shuffle(crossed)
    arcs = []
    for number, ((tail, head), point) in enumerate(zip(ways, crossed, strict=True)):
        prices = sorted(rng.choice([0.0, 0.5, 1.0, 1.5]) for _ in range(rng.choice([1, 1, 2])))
        steps = tuple(PriceStep(price, rng.choice([0.5, 1.0, 2.0, 5.0])) for price in prices)
        arcs.append(
            Arc(
                f"arc-{number}",
                tail,
                head,
                steps,
                point,
                conversion=rng.choice([1.0, 1.0, 0.5, 2.0]),
                value=rng.choice([0.0, 0.0, 0.25, -0.25]) if earns else 0.0,
                revenue={rng.choice(names): rng.choice([0.25, 0.5])}
                if earns and rng.random() < 0.4
                else {},
            )
        )
    return arcs

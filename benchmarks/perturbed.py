"""Worlds of a reference game: the same game with other numbers, drawn from a seeded generator.

A number is multiplied by a factor that is uniform around 1. Hazards and economic costs of a control
point share their factors over its options, prices and capacities of an arc theirs over its steps;
the weight of a front and the stakes in it have one factor, so that who is aligned remains so.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from games.layered import Arc, ControlPoint, LayeredGame

SPREAD = 0.25


def perturbed(
    game: LayeredGame, *, rng: np.random.Generator, spread: float = SPREAD
) -> LayeredGame:
    """Return the game of one world.

    Parameters
    ----------
    spread : the largest relative change of a number, in [0, 1).
    """

    def factor() -> float:
        return float(rng.uniform(1 - spread, 1 + spread))

    def point(one: ControlPoint) -> ControlPoint:
        hazard, harm = factor(), factor()
        return replace(
            one,
            options=tuple(
                replace(o, hazard=o.hazard * hazard, economic_cost=o.economic_cost * harm)
                for o in one.options
            ),
        )

    def arc(one: Arc) -> Arc:
        price, capacity = factor(), factor()
        return replace(
            one,
            steps=tuple(
                replace(s, price=s.price * price, capacity=s.capacity * capacity) for s in one.steps
            ),
        )

    worth = {front.name: factor() for front in game.fronts}
    return replace(
        game,
        points=tuple(point(one) for one in game.points),
        arcs=tuple(arc(one) for one in game.arcs),
        fronts=tuple(replace(one, weight=one.weight * worth[one.name]) for one in game.fronts),
        controllers=tuple(
            replace(one, stakes={f: s * worth[f] for f, s in one.stakes.items()})
            for one in game.controllers
        ),
        evader_budget=game.evader_budget * factor(),
    )


def worlds_of(game: LayeredGame, count: int, *, seed: int = 0) -> list[LayeredGame]:
    """Return worlds of a game; the first ones are the same whatever the count."""
    return [perturbed(game, rng=np.random.default_rng([seed, world])) for world in range(count)]

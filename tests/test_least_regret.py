"""The smallest regret of any pure profile, from below, against every profile and by hand."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from games.capability import Chord
from games.layered import (
    Arc,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
    Profile,
)
from games.network import build_network
from solvers.equilibria import every_profile, least_regret
from solvers.equilibria.every_profile import every_regret
from solvers.equilibria.leaning import leaning
from solvers.equilibria.least_regret import LeastRegret
from solvers.equilibria.mixed_play import mixed_play
from solvers.equilibria.responses import Responses
from solvers.plays import parse_play
from solvers.world import World
from tests.builders import Traits, small_game
from tests.test_equilibrium import pursuit
from tests.test_extremes import deciding

PURSUED = 2 * (2 + (2 * math.exp(-0.5) - 1)) - 4.25
"""The smallest regret in the pursuit: what A gains by the ban where B tolls."""


TRAITS = Traits(aligned=False, largest=48)


def bounded(
    game: LayeredGame,
    *,
    profile: Profile | None = None,
    regret: float = math.inf,
    deadline: float = math.inf,
) -> LeastRegret | None:
    world, players = World(build_network(game)), deciding(game)
    responses = Responses(world, players, 1e-6, math.inf, np.random.default_rng(0))
    return least_regret.least_regret(
        world,
        players,
        game.status_quo,
        profile=profile,
        regret=regret,
        responses=responses,
        deadline=deadline,
    )


def by_every_profile(game: LayeredGame) -> dict[Profile, float]:
    """Return {profile: largest regret of any player}, every profile tried."""
    world = World(build_network(game))
    regrets = every_regret(world, deciding(game), game.status_quo)
    return {profile: max(each.values()) for profile, each in regrets.items()}


def agrees(game: LayeredGame, rng: random.Random) -> float | None:
    """Check a game against every profile; return the smallest regret where the method applies."""
    largest = by_every_profile(game)
    if not largest:
        return None
    known = rng.choice([None, *sorted(largest)])
    found = bounded(game, profile=known, regret=math.inf if known is None else largest[known])
    if found is None:
        return None
    smallest = min(largest.values())
    assert found.at_least == pytest.approx(smallest, abs=1e-6)
    assert found.regret == pytest.approx(smallest, abs=2e-6)
    assert found.profile is not None
    assert largest[found.profile] == pytest.approx(smallest, abs=2e-6)
    return smallest


WITHOUT = (163, 236, 386, 886, 969, 4373, pytest.param(2909, marks=pytest.mark.slow))
"""Seeds of games without a pure equilibrium whose evader's dual comes apart."""


@pytest.mark.parametrize("seed", WITHOUT)
def test_where_no_profile_is_stable_the_smallest_regret_is_proven(seed: int) -> None:
    smallest = agrees(small_game(random.Random(seed), TRAITS), random.Random(seed))
    assert smallest is not None
    assert smallest > 1e-2


@pytest.mark.parametrize(
    "start", [0, *(pytest.param(start, marks=pytest.mark.slow) for start in (25, 100, 125, 175))]
)
def test_where_some_profile_is_stable_nothing_positive_is_claimed(start: int) -> None:
    applied = 0
    for seed in range(start, start + 25):
        smallest = agrees(small_game(random.Random(seed), TRAITS), random.Random(seed))
        applied += smallest is not None
        assert smallest is None or smallest < 1e-7
    assert applied >= 3


def test_aligned_players_leave_no_regret_in_the_potentials_minimum() -> None:
    for seed in range(12):
        game = small_game(random.Random(seed), Traits(largest=27))
        assert agrees(game, random.Random(seed)) in (None, pytest.approx(0.0, abs=1e-7))


@pytest.mark.parametrize("looks", [0.0, 3.0, 10.0, 30.0])
def test_the_bound_holds_at_any_time(looks: float, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in (163, 969, 2909):
        ticks = itertools.count()  # a clock that goes on when it is looked at
        clock = SimpleNamespace(perf_counter=lambda ticks=ticks: float(next(ticks)))
        monkeypatch.setattr(least_regret, "time", clock)
        game = small_game(random.Random(seed), TRAITS)
        found = bounded(game, deadline=looks)
        assert found is not None
        smallest = min(by_every_profile(game).values())
        assert found.at_least <= smallest + 1e-7
        assert found.regret >= smallest - 1e-7
        assert found.at_least == 0.0 if looks == 0.0 else found.boxes > 0


def test_what_does_not_mirror_the_evaders_gain_stays_within_the_spill() -> None:
    for seed in range(30):
        game = small_game(random.Random(seed), TRAITS)
        world = World(build_network(game))
        for one in deciding(game):
            lean = leaning(world.network, one)
            for profile in itertools.product(*(range(len(p.options)) for p in game.points)):
                paid = sum(
                    point.options[o].cost + point.options[o].economic_cost
                    for point, o in zip(game.points, profile, strict=True)
                    if point.owner in one.members
                )
                gained = world.evader.value(profile)
                rest = -world.payoff(one, profile) - paid - lean.harm * gained
                assert lean.least - 1e-7 <= rest <= lean.most + 1e-7


def with_sides(count: int) -> LayeredGame:
    """Return the pursuit with points of A's own beside it, which bear on nothing else.

    Units there cost the evader nothing. What A gains by them adds to what it gains in the pursuit,
    and in A's best choice of them it gains nothing: the smallest regret is that of the pursuit.
    """
    game = pursuit()
    points, arcs = [], []
    for n in range(count):
        name, more = f"side-{n}", n / 64
        options = (
            Option("open"),
            Option("some", cost=0.125 + more, hazard=0.5),
            Option("ban", cost=0.25 + more, hazard=2.0),
        )
        points.append(ControlPoint(name, "chips", "A", options))
        arcs.append(Arc(name, "world", "diffusion", (PriceStep(0.0, 0.25),), name))
    sides = Front("diffusion", "diffusion", (Chord(1.0, 1.0), Chord(0.5, 10.0)))
    return replace(
        game,
        points=(*game.points, *points),
        arcs=(*game.arcs, *arcs),
        fronts=(*game.fronts, sides),
        controllers=(
            replace(game.controllers[0], stakes={"training": 2.0, "diffusion": 2.0}),
            game.controllers[1],
        ),
    )


@pytest.mark.parametrize("sides", [1, 2, 3])
def test_the_smallest_regret_of_the_pursuit_is_that_worked_by_hand(sides: int) -> None:
    found = bounded(with_sides(sides), regret=1.0)
    assert found is not None
    assert found.at_least == pytest.approx(PURSUED)
    assert found.regret == pytest.approx(PURSUED)


def test_mixed_play_of_a_game_too_large_to_try_says_what_every_profile_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(every_profile, "WHOLE", 10)
    monkeypatch.setattr(every_profile, "STILL_WHOLE", 10)
    game = with_sides(2)
    found = mixed_play(World(build_network(game)), parse_play(game, "unilateral"), none=False)
    assert found.closest.none
    assert found.closest.at_least == pytest.approx(PURSUED)
    assert found.closest.regret == pytest.approx(PURSUED)
    assert found.epsilon < 1e-6

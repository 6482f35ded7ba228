"""All pure equilibria of aligned players, against every profile."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.equilibria_plain import every_profile
from benchmarks.generator import generate
from games.errors import NotCertifiedError
from games.layered import LayeredGame, Profile
from games.network import build_network
from scenarios.instances import load_instance
from solvers.boxes import separation
from solvers.equilibria import every_equilibrium as module
from solvers.equilibria.every_equilibrium import Enumeration, every_equilibrium
from solvers.equilibria.unilateral import unilateral
from solvers.players import Player, player
from solvers.portfolio import best_portfolio
from solvers.world import Portfolio, World
from tests.builders import Traits, small_game, small_games
from tests.test_extremes import deciding

INSTANCES = Path(__file__).parents[1] / "benchmarks" / "instances"


def enumerated(
    game: LayeredGame,
    players: Sequence[Player],
    *,
    known: Sequence[Profile] = (),
    ends_only: bool = False,
    deadline: float = math.inf,
) -> Enumeration | None:
    world = World(build_network(game))
    generator = np.random.default_rng(0)

    def respond(one: Player, profile: Profile) -> Portfolio:
        return best_portfolio(world, one, profile, generator=generator)

    return every_equilibrium(
        world,
        players,
        game.status_quo,
        members=[controller.name for controller in game.controllers],
        known=known,
        respond=respond,
        gap=1e-6,
        deadline=deadline,
        ends_only=ends_only,
    )


def by_every_profile(game: LayeredGame, players: Sequence[Player]) -> dict[Profile, float]:
    """Return all pure equilibria and the controllers' sum in each, by trying every profile."""
    world = World(build_network(game))
    generator = np.random.default_rng(0)
    try:
        found = unilateral(world, players, game.status_quo, generator=generator)
    except NotCertifiedError:
        return {}
    assert found.complete
    return {one.profile: one.joint for one in found.found}


def agrees(game: LayeredGame, players: Sequence[Player]) -> bool:
    """Check a game against every profile; return whether the method applies to it."""
    found = enumerated(game, players)
    if found is None:
        return False
    expected = by_every_profile(game, players)
    assert found.complete
    assert set(found.found) == set(expected)
    ends = enumerated(game, players, known=random.Random(0).sample(found.found, 1), ends_only=True)
    assert ends is not None
    assert ends.closed
    for values in (found, ends):
        assert values.best_bound == pytest.approx(max(expected.values()), abs=1e-4)
        assert values.worst_bound == pytest.approx(min(expected.values()), abs=1e-4)
    return True


def doubled(game: LayeredGame) -> LayeredGame:
    """Return the game with a copy of the first option at each of the first three points."""
    points = tuple(
        replace(point, options=(*point.options, replace(point.options[0], name="again")))
        if k < 3
        else point
        for k, point in enumerate(game.points)
    )
    return replace(game, points=points)


@settings(deadline=None, max_examples=25)
@given(small_games(Traits(largest=81)))
def test_the_equilibria_are_those_of_every_profile(game: LayeredGame) -> None:
    agrees(game, deciding(game))


@settings(deadline=None, max_examples=10)
@given(small_games(Traits(largest=27)))
def test_copies_of_options_are_equilibria_of_their_own(game: LayeredGame) -> None:
    agrees(doubled(game), deciding(doubled(game)))


@settings(deadline=None, max_examples=15)
@given(small_games(Traits(largest=81)), st.booleans())
def test_a_coalition_is_one_player_with_one_budget_or_several(
    game: LayeredGame, pooled: bool
) -> None:
    names = [controller.name for controller in game.controllers]
    players = [player(game, names[:2], pooled=pooled), *(player(game, [n]) for n in names[2:])]
    agrees(game, [one for one in players if one.points])


@settings(deadline=None, max_examples=15)
@given(small_games(Traits(largest=81)))
def test_points_that_nobody_decides_stay_as_they_are(game: LayeredGame) -> None:
    players = [player(game, [c.name], layers=["chips"]) for c in game.controllers]
    agrees(game, [one for one in players if one.points])


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 200, 100))
def test_seeded_games_agree_with_every_profile(start: int) -> None:
    games = [small_game(random.Random(start + seed), Traits(largest=81)) for seed in range(100)]
    assert sum(agrees(game, deciding(game)) for game in games) > 30


def test_owners_of_pivots_change_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separation, "MOST_CHOICES", 4)  # so small that blocks need pivots
    pivoted = 0
    for seed in range(60):
        game = small_game(random.Random(seed), Traits(largest=81))
        if agrees(game, deciding(game)):
            every = [range(len(point.options)) for point in game.points]
            found = separation.separated(build_network(game), every)
            assert found is not None
            pivoted += len(found.cases()) > 1
    assert pivoted >= 5


@pytest.mark.slow
@pytest.mark.parametrize("controllers", [2, 3])
def test_bounds_hold_at_any_time_and_end_in_the_best_and_the_worst(
    controllers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = generate(
        controllers=controllers, points=8, options=3, rng=np.random.default_rng(controllers)
    )
    joints = every_profile(game, gap=1e-6, deadline=math.inf).joints.values()
    apart = math.inf
    for looks in (0.0, 10.0, 40.0, math.inf):
        ticks = itertools.count()  # a clock that goes on when it is looked at
        clock = SimpleNamespace(perf_counter=lambda ticks=ticks: float(next(ticks)))
        monkeypatch.setattr(module, "time", clock)
        found = enumerated(game, deciding(game), ends_only=True, deadline=looks)
        assert found is not None
        assert found.best_bound >= max(joints) - 1e-4
        assert found.worst_bound <= min(joints) + 1e-4
        assert found.best_bound - found.worst_bound <= apart
        apart = found.best_bound - found.worst_bound
    assert found is not None
    assert found.closed
    assert found.best_bound == pytest.approx(max(joints), abs=1e-4)
    assert found.worst_bound == pytest.approx(min(joints), abs=1e-4)


@settings(deadline=None, max_examples=10)
@given(small_games(Traits(largest=81)))
def test_bounds_hold_when_time_is_up_at_once(game: LayeredGame) -> None:
    found = enumerated(game, deciding(game), deadline=-math.inf)
    values = by_every_profile(game, deciding(game)).values()
    if found is not None:
        assert not found.complete
        assert found.best_bound >= max(values) - 1e-6
        assert found.worst_bound <= min(values) + 1e-6


def test_players_who_lean_otherwise_are_left_to_other_methods() -> None:
    game = small_game(random.Random(915), Traits(aligned=False, correlation=0.0, largest=16))
    assert enumerated(game, deciding(game)) is None


@pytest.mark.slow
def test_two_governments_with_eleven_points_have_two_equilibria_and_no_third() -> None:
    game = load_instance(INSTANCES / "c2-p11-o3-s11.json")
    found = enumerated(game, deciding(game))
    assert found is not None
    assert found.complete
    world = World(build_network(game))
    joints = sorted(world.payoffs(profile).joint for profile in found.found)
    ends = unilateral(
        world, deciding(game), game.status_quo, generator=np.random.default_rng(0), time_limit=300
    )
    assert joints[0] == pytest.approx(ends.worst_bound, rel=1e-6)
    assert joints[-1] == pytest.approx(ends.best_bound, rel=1e-6)
    assert len(joints) == 2
    assert found.judged > len(found.found)

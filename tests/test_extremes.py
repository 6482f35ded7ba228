"""The best and the worst equilibrium, against every profile."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import InfeasibleError, NoPureEquilibriumError, NotCertifiedError
from games.layered import LayeredGame, Profile
from games.network import build_network
from scenarios.instances import load_instance
from solvers.equilibria import every_profile
from solvers.equilibria.cuts import own_best, priced_value
from solvers.equilibria.extremes import Extreme, extreme
from solvers.equilibria.records import Equilibria
from solvers.equilibria.unilateral import unilateral
from solvers.players import Player, alignment, player, replaced
from solvers.plays import parse_play
from solvers.portfolio import best_portfolio
from solvers.world import Portfolio, World
from tests.builders import Traits, any_game, small_game, small_games
from tests.oracle import Oracle

INSTANCES = Path(__file__).parents[1] / "benchmarks" / "instances"


def deciding(game: LayeredGame) -> list[Player]:
    players = [player(game, [controller.name]) for controller in game.controllers]
    return [one for one in players if one.points]


def every_equilibrium(game: LayeredGame) -> list[Profile]:
    """Return all pure equilibria, by trying every profile."""
    try:
        found = unilateral(
            World(build_network(game)),
            deciding(game),
            game.status_quo,
            generator=np.random.default_rng(0),
        )
    except NotCertifiedError:
        return []
    assert found.complete
    return [one.profile for one in found.found]


def search(game: LayeredGame, members: list[str], *, worst: bool, seconds: float = 60.0) -> Extreme:
    """Return the best or worst equilibrium by the cut loop alone, knowing none before."""
    world = World(build_network(game))
    generator = np.random.default_rng(0)

    def respond(one: Player, profile: Profile) -> Portfolio:
        return best_portfolio(world, one, profile, generator=generator)

    return extreme(
        world,
        deciding(game),
        game.status_quo,
        members=members,
        worst=worst,
        known=(),
        respond=respond,
        gap=1e-6,
        deadline=time.perf_counter() + seconds,
    )


def agrees_with_every_profile(game: LayeredGame, members: list[str]) -> None:
    world = World(build_network(game))
    values = [
        sum(world.payoffs(profile).total[name] for name in members)
        for profile in every_equilibrium(game)
    ]
    for worst in (False, True):
        found = search(game, members, worst=worst)
        if not values:
            assert found.exhausted
            assert found.profile is None
            continue
        expected = min(values) if worst else max(values)
        assert found.value == pytest.approx(expected, abs=1e-5)
        assert found.bound == pytest.approx(expected, abs=1e-5)


@settings(deadline=None, max_examples=12)
@given(small_games(Traits(largest=27)))
def test_best_and_worst_are_those_of_every_profile(game: LayeredGame) -> None:
    agrees_with_every_profile(game, [controller.name for controller in game.controllers])


@settings(deadline=None, max_examples=8)
@given(any_game(largest=27), st.data())
def test_best_and_worst_for_one_controller_are_those_of_every_profile(
    game: LayeredGame, data: st.DataObject
) -> None:
    names = [controller.name for controller in game.controllers]
    agrees_with_every_profile(game, [data.draw(st.sampled_from(names))])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_seeded_games_agree_with_every_profile(seed: int) -> None:
    rng = random.Random(seed)
    game = small_game(rng, Traits(aligned=seed % 3 > 0, largest=81))
    agrees_with_every_profile(game, [controller.name for controller in game.controllers])


@settings(deadline=None, max_examples=40)
@given(any_game(), st.randoms(use_true_random=False))
def test_prices_of_any_profile_bound_the_evaders_value_at_every_other(
    game: LayeredGame, rng: random.Random
) -> None:
    world = World(build_network(game))
    one, other = (
        tuple(rng.randrange(len(point.options)) for point in game.points) for _ in range(2)
    )
    priced = priced_value(world.network, world.respond(one))
    value = Oracle(game).outcome(other).value
    assert priced.at(other) >= value - 1e-6 * max(1.0, abs(value))
    assert priced.at(one) == pytest.approx(Oracle(game).outcome(one).value, abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(small_games(), st.randoms(use_true_random=False))
def test_the_own_best_at_given_prices_is_reached_within_the_budget(
    game: LayeredGame, rng: random.Random
) -> None:
    world = World(build_network(game))
    priced = priced_value(world.network, world.respond(game.status_quo))
    for one in deciding(game):
        harm = alignment(game, one.members) or 0.0
        choices = [
            choice
            for choice in itertools.product(
                *(range(len(game.points[k].options)) for k in one.points)
            )
            if sum(game.points[k].options[o].cost for k, o in zip(one.points, choice, strict=True))
            <= next(c.budget for c in game.controllers if c.name in one.members) + 1e-9
        ]

        def total(choice: tuple[int, ...], one: Player = one, harm: float = harm) -> float:
            chosen = zip(one.points, choice, strict=True)
            return sum(
                harm * float(priced.worths[k][o])
                + game.points[k].options[o].cost
                + game.points[k].options[o].economic_cost
                for k, o in chosen
            )

        start = choices[rng.randrange(len(choices))]
        first = replaced(game.status_quo, one.points, start)
        reached = own_best(world.network, one, harm=harm, priced=priced, first=first)
        assert min(map(total, choices)) - 1e-9 <= reached <= total(start) + 1e-9


@pytest.mark.slow
def test_two_governments_with_eleven_points_have_both_ends_proven() -> None:
    game = load_instance(INSTANCES / "c2-p11-o3-s11.json")
    world = World(build_network(game))
    found = unilateral(
        world, deciding(game), game.status_quo, generator=np.random.default_rng(0), time_limit=300
    )
    best, worst = found.found[0], found.found[-1]
    assert found.best_bound == pytest.approx(best.joint, rel=1e-6)
    assert found.worst_bound == pytest.approx(worst.joint, rel=1e-6)
    assert best.joint > worst.joint
    for one in (best, worst):
        assert max(one.regrets.values()) <= 1e-6 * abs(one.joint)


def agrees_where_members_consent(seed: int) -> bool:
    """Hold the ends of a coalition without transfers against every profile; False for no game."""
    game = small_game(random.Random(seed), Traits(aligned=seed % 4 > 0, largest=81))
    names = [controller.name for controller in game.controllers]
    if len(names) < 3:
        return False
    play = parse_play(game, f"coalition:{names[0]},{names[1]}:no-transfers")
    players = [one for one in play.players if one.points]
    if len(players) < 2 or players[0].transfers:
        return False

    def solved() -> Equilibria:
        world = World(build_network(game))
        generator = np.random.default_rng(0)
        return unilateral(world, players, game.status_quo, generator=generator)

    try:
        whole = solved()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(every_profile, "WHOLE", 0)
            bounded = solved()
    except (InfeasibleError, NoPureEquilibriumError):  # members agree on nothing, or on no outcome
        return False
    assert whole.complete
    assert bounded.best_bound == pytest.approx(whole.best_bound, abs=1e-5)
    assert bounded.worst_bound == pytest.approx(whole.worst_bound, abs=1e-5)
    return True


def test_best_and_worst_by_consent_are_those_of_every_profile() -> None:
    assert sum(agrees_where_members_consent(seed) for seed in range(16)) >= 3


@pytest.mark.slow
def test_best_and_worst_by_consent_are_those_of_every_profile_in_more_games() -> None:
    assert sum(agrees_where_members_consent(seed) for seed in range(16, 36)) >= 3

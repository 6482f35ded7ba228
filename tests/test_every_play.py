"""Every play, and every method that can be asked for, against all profiles of random games.

The oracle writes the evader's programme down anew and solves it again after every answer. Each game
is solved as it is, by trying profiles, or with that switched off, by the models of larger games.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import InputError, NotCertifiedError
from games.layered import LayeredGame, Profile
from games.network import build_network
from solvers import candidates
from solvers.equilibria import every_profile
from solvers.outcomes import PlayResult, solve_play
from solvers.players import Player, alignment, player
from solvers.plays import parse_play
from solvers.portfolio import best_portfolio
from solvers.world import METHODS, World
from tests.builders import Traits, small_game
from tests.oracle import Oracle

CLOSE = 1e-5
"""Relative difference that the optimisers' gaps explain."""


def plays_of(game: LayeredGame) -> list[str]:
    names = [controller.name for controller in game.controllers]
    plays = ["status-quo", f"alone:{names[0]}", "coordinated", "pooled", "unilateral"]
    plays += [f"only:{game.layers[0]}", f"unilateral/only:{game.layers[0]}"]
    return plays + ([f"coalition:{names[0]},{names[1]}"] if len(names) > 2 else [])


def choices(oracle: Oracle, one: Player, base: Profile) -> list[Profile]:
    """Return what a player can turn a profile into within its budgets, owned points all counted."""
    game, own = oracle.game, set(one.points)
    free = [c for c in game.controllers if c.name in one.members]
    limits = (
        [([c.name for c in free], sum(c.budget for c in free))]
        if one.pooled
        else [([c.name], c.budget) for c in free]
    )

    def spent(profile: Sequence[int], names: Sequence[str]) -> float:
        pairs = zip(game.points, profile, strict=True)
        return sum(point.options[o].cost for point, o in pairs if point.owner in names)

    return [
        profile
        for profile in np.ndindex(*(len(p.options) for p in game.points))
        if all(profile[k] == base[k] for k in range(len(base)) if k not in own)
        and all(spent(profile, names) <= limit + 1e-9 for names, limit in limits)
    ]


def worth(oracle: Oracle, one: Player, profile: Profile) -> float:
    return sum(oracle.outcome(profile).payoffs[name] for name in one.members)


def regret(oracle: Oracle, one: Player, profile: Profile) -> float:
    """Return what a player misses at a profile, relative to what it has there."""
    here = worth(oracle, one, profile)
    best = max(worth(oracle, one, other) for other in choices(oracle, one, profile))
    return (best - here) / max(1.0, abs(here))


def stable_profiles(oracle: Oracle, players: list[Player]) -> list[Profile]:
    """Return the profiles, all other points at the status quo, from which no player gains."""
    own = {k for one in players for k in one.points}
    base = oracle.game.status_quo
    return [
        profile
        for profile in np.ndindex(*(len(p.options) for p in oracle.game.points))
        if all(profile[k] == base[k] for k in range(len(base)) if k not in own)
        and all(profile in choices(oracle, one, profile) for one in players)
        and all(regret(oracle, one, profile) <= 1e-7 for one in players)
    ]


def check_answer(oracle: Oracle, result: PlayResult, players: list[Player]) -> None:
    """Hold an answer to the evader solved again, and its regrets to every deviation."""
    expected = oracle.outcome(result.profile)
    assert result.response.value == pytest.approx(expected.value, rel=1e-6, abs=1e-6)
    assert result.payoffs.total == pytest.approx(expected.payoffs, rel=1e-6, abs=1e-6)
    for one in players:
        assert result.profile in choices(oracle, one, result.profile)
        stated = result.certificate.regret[one.members[0]]
        here = max(1.0, abs(worth(oracle, one, result.profile)))
        assert regret(oracle, one, result.profile) <= stated / here + 1e-6
        assert stated / here <= CLOSE


def check_play(oracle: Oracle, name: str, *, whole: bool) -> None:
    game = oracle.game
    play = parse_play(game, name)
    players = [one for one in play.players if one.points]
    if any(not choices(oracle, one, game.status_quo) for one in players):
        return
    stable = stable_profiles(oracle, players) if play.stable else []
    try:
        results = solve_play(World(build_network(game)), play)
    except NotCertifiedError:
        assert play.stable
        potential = all(alignment(game, one.members) is not None for one in players)
        assert not stable or not (whole or potential)
        return
    for result in results:
        check_answer(oracle, result, players)
    if not play.stable or not players:
        return
    joint = sorted(oracle.outcome(profile).joint for profile in stable)
    tolerance = CLOSE * max(1.0, *(abs(value) for value in joint))
    for result in results:
        bound, best = result.certificate.joint_bound, result.play.endswith(":best")
        assert result.profile in stable
        if bound is not None:
            assert joint[-1] <= bound + tolerance if best else joint[0] >= bound - tolerance
        if result.certificate.status == "proven":
            end = joint[-1] if best else joint[0]
            assert result.payoffs.joint == pytest.approx(end, abs=tolerance)
        assert not whole or result.certificate.status == "proven"


def check_plays(game: LayeredGame, *, whole: bool) -> None:
    oracle = Oracle(game)
    if not oracle.affordable(game.status_quo) or oracle.open > 1e-7:
        return
    with pytest.MonkeyPatch.context() as patch:
        if not whole:
            patch.setattr(candidates, "FEW", 0)
            patch.setattr(every_profile, "WHOLE", 0)
        for name in plays_of(game):
            check_play(oracle, name, whole=whole)


def check_methods(game: LayeredGame) -> None:
    """Hold every method that applies to the best of all profiles, for everybody and for one."""
    oracle = Oracle(game)
    if not oracle.affordable(game.status_quo) or oracle.open > 1e-7:
        return
    names = [controller.name for controller in game.controllers]
    for one in (player(game, names), player(game, names[:1])):
        if len(choices(oracle, one, game.status_quo)) < 2:
            continue
        tried = choices(oracle, one, game.status_quo)
        best = max(worth(oracle, one, profile) for profile in tried)
        applied = 0
        for method in METHODS:
            world = World(build_network(game), method=method)
            generator = np.random.default_rng(0)
            try:
                found = best_portfolio(world, one, game.status_quo, generator=generator)
            except InputError:
                assert method.endswith(("interdiction", "search"))
                continue
            assert worth(oracle, one, found.profile) == pytest.approx(found.payoff, abs=1e-6)
            assert found.payoff <= best + 1e-6
            assert found.bound >= best - 1e-6
            if method != "ranked interdiction":  # it stops after so many solutions
                assert found.payoff == pytest.approx(best, rel=CLOSE, abs=CLOSE)
                assert found.bound == pytest.approx(best, rel=CLOSE, abs=CLOSE)
            applied += 1
        assert applied >= 2


games = st.builds(
    lambda rng, aligned: small_game(rng, Traits(aligned=aligned, largest=27)),
    st.randoms(use_true_random=False),
    st.booleans(),
)


@pytest.mark.slow
@settings(max_examples=12)
@given(games, st.booleans())
def test_every_play_is_that_of_all_profiles(game: LayeredGame, whole: bool) -> None:
    check_plays(game, whole=whole)


@pytest.mark.slow
@settings(max_examples=15)
@given(games)
def test_every_method_finds_the_best_of_all_profiles(game: LayeredGame) -> None:
    check_methods(game)


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 90))]
)
def test_ninety_games_agree(seed: int) -> None:
    game = small_game(random.Random(1000 + seed), Traits(aligned=seed % 2 > 0, largest=27))
    check_plays(game, whole=seed % 3 == 0)
    check_methods(game)

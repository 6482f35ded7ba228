"""Every answer against brute force over all profiles, on sixty random small games.

Half the games have a potential (aligned controllers); in the others flows earn money and stakes
lean otherwise than the evader's weights. Small games are solved by enumeration, so each is solved a
second time with the enumeration switched off, which leaves the models of larger games.
"""

from __future__ import annotations

import functools
import math
import random

import numpy as np
import pytest

from games.errors import NotCertifiedError
from games.layered import LayeredGame, Profile
from games.network import build_network
from solvers import candidates
from solvers.equilibria import every_profile
from solvers.equilibria.records import Equilibria
from solvers.equilibria.unilateral import unilateral
from solvers.players import Player, alignment, player
from solvers.portfolio import best_portfolio
from solvers.world import Portfolio, World
from tests.builders import Traits, small_game
from tests.oracle import Oracle

OPEN = (4, 9)
"""Seeds of games in which best responses tie for the controllers' sum too, but not for each."""

GAMES = [(seed, True) for seed in range(30)]
GAMES += [(seed, False) for seed in range(32) if seed not in OPEN]
MORE_GAMES = [(seed, aligned) for seed in range(100, 200) for aligned in (True, False)]

games = pytest.mark.parametrize(("seed", "aligned"), GAMES)
more_games = pytest.mark.parametrize(("seed", "aligned"), MORE_GAMES)


@functools.cache
def oracle_of(seed: int, aligned: bool) -> Oracle:
    """Return the oracle of a random game whose ties leave no payoff open."""
    return Oracle(small_game(random.Random(seed), Traits(aligned=aligned)))


@pytest.fixture(params=["as it is", "without enumeration"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "as it is":
        monkeypatch.setattr(candidates, "FEW", 0)
        monkeypatch.setattr(every_profile, "WHOLE", 0)
    return str(request.param)


def everybody(game: LayeredGame) -> Player:
    return player(game, [controller.name for controller in game.controllers])


def coordinated(game: LayeredGame) -> Portfolio:
    world = World(build_network(game))
    generator = np.random.default_rng(0)
    return best_portfolio(world, everybody(game), game.status_quo, generator=generator)


def equilibria(game: LayeredGame) -> Equilibria:
    """Return the equilibria found; as in a play, the best and the worst are proven where quick.

    Proofs for players who are not aligned need flows; `test_extremes` holds those to every profile.
    """
    players = [player(game, [controller.name]) for controller in game.controllers]
    return unilateral(
        World(build_network(game)),
        [one for one in players if one.points],
        game.status_quo,
        proof_limit=math.inf if has_potential(game) else 0.0,
        generator=np.random.default_rng(0),
    )


def check_payoffs(oracle: Oracle) -> None:
    assert oracle.open <= 1e-7, "ties leave a payoff open: add the seed to OPEN"
    world = World(build_network(oracle.game))
    for profile in oracle.profiles():
        expected = oracle.outcome(profile)
        assert world.payoffs(profile).total == pytest.approx(expected.payoffs, abs=1e-6)
        assert world.respond(profile).value == pytest.approx(expected.value, abs=1e-6)


def check_coordinated(oracle: Oracle, method: str) -> None:
    best = max(oracle.outcome(profile).joint for profile in oracle.profiles())
    found = coordinated(oracle.game)
    assert found.payoff == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert oracle.outcome(found.profile).joint == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert oracle.affordable(found.profile)
    assert best - 1e-7 <= found.bound <= best + 3e-6 * max(1.0, abs(best))
    if method == "without enumeration":
        assert found.method not in ("enumeration", "nothing to decide")


def check_equilibria(oracle: Oracle, method: str) -> None:
    expected = oracle.equilibria()
    try:
        outcome = equilibria(oracle.game)
    except NotCertifiedError:
        assert not expected or (method != "as it is" and not has_potential(oracle.game))
        return
    found = {one.profile for one in outcome.found}
    if method == "as it is":
        assert outcome.complete
        assert found == expected
    else:
        assert found
        assert found <= expected
        joint = sorted(oracle.outcome(profile).joint for profile in expected)
        if has_potential(oracle.game):
            assert outcome.best_bound == pytest.approx(joint[-1], rel=1e-5, abs=1e-5)
            assert outcome.worst_bound == pytest.approx(joint[0], rel=1e-5, abs=1e-5)
        assert outcome.worst_bound <= joint[0] + 1e-6
        assert outcome.best_bound >= joint[-1] - 1e-6
    for one in outcome.found:
        assert one.joint == pytest.approx(oracle.outcome(one.profile).joint, abs=1e-6)
        assert set(one.regrets) == {p.owner for p in oracle.game.points}
        assert max(one.regrets.values()) <= 3e-6 * max(1.0, abs(one.joint))


def has_potential(game: LayeredGame) -> bool:
    return all(alignment(game, [c.name]) is not None for c in game.controllers)


@games
def test_payoffs_agree_at_every_profile(seed: int, aligned: bool) -> None:
    check_payoffs(oracle_of(seed, aligned))


@games
def test_the_coordinated_optimum_agrees(seed: int, aligned: bool, method: str) -> None:
    check_coordinated(oracle_of(seed, aligned), method)


@games
def test_the_pure_equilibria_agree(seed: int, aligned: bool, method: str) -> None:
    check_equilibria(oracle_of(seed, aligned), method)


@pytest.mark.slow
@more_games
def test_two_hundred_more_games_agree(seed: int, aligned: bool, method: str) -> None:
    oracle = oracle_of(seed, aligned)
    check_payoffs(oracle)
    check_coordinated(oracle, method)
    check_equilibria(oracle, method)


def test_the_games_are_worth_solving() -> None:
    """Enough of them have several equilibria, ties, losses by acting alone, and lean budgets."""
    several = ties = losses = lean = 0
    for seed, aligned in GAMES:
        oracle = oracle_of(seed, aligned)
        outcomes: dict[Profile, float] = {p: oracle.outcome(p).joint for p in oracle.profiles()}
        best = max(outcomes.values())
        stable = oracle.equilibria()
        several += len(stable) > 1
        ties += sum(value > best - 1e-9 for value in outcomes.values()) > 1
        losses += min(outcomes[profile] for profile in stable) < best - 1e-6
        lean += len(outcomes) < np.prod([len(point.options) for point in oracle.game.points])
    assert min(several, ties, losses, lean) >= 10, (several, ties, losses, lean)

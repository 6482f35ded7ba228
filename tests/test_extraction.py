"""Finite games taken from layered ones: the payoffs, the strategies, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import InfeasibleError, InputError, LimitError, NotCertifiedError
from games.layered import LayeredGame
from games.network import build_network
from games.regret import pure_profile, regrets
from scenarios.load import load
from solvers import extraction, strategies
from solvers.equilibria.unilateral import unilateral
from solvers.extraction import Extraction, finite_game
from solvers.players import player, replaced
from solvers.strategies import differences, players_named
from solvers.world import World
from tests.builders import Traits, any_game, small_games
from tests.oracle import Oracle


def extracted(
    game: LayeredGame,
    *names: str,
    most: int | None = None,
    time_limit: float = 600.0,
    seed: int = 0,
) -> Extraction:
    return finite_game(
        World(build_network(game)),
        players_named(game, names),
        strategies=most,
        time_limit=time_limit,
        generator=np.random.default_rng(seed),
    )


def two_layers() -> LayeredGame:
    return load("two-layers").game


def decides(game: LayeredGame) -> bool:
    return any(len(point.options) > 1 for point in game.points)


def test_a_small_game_is_taken_whole() -> None:
    """Two layers: 120 thousand chips at most; the numbers are those of the scenario's page."""
    found = extracted(two_layers())
    assert found.whole == (True, True)
    assert found.game.players == ("USA", "MYS")
    assert found.game.strategies == (("nothing", "basic", "strict"),) * 2
    assert found.game.payoffs[0].tolist() == [[-20, -16, -14], [-21, -15, -13], [-23, -17, -14]]


@settings(max_examples=12)
@given(any_game(largest=36).filter(decides))
def test_every_payoff_is_that_of_the_game_solved_by_its_definition(game: LayeredGame) -> None:
    oracle = Oracle(game)
    try:
        found = extracted(game)
    except InfeasibleError:
        return
    for place in np.ndindex(*found.game.shape):
        profile = found.profile(place)
        outcome = oracle.outcome(profile)
        for number, one in enumerate(found.players):
            expected = sum(outcome.payoffs[name] for name in one.members)
            allowed = 1e-6 * max(1.0, abs(expected)) + outcome.open
            assert abs(found.game.payoffs[(number, *place)] - expected) <= allowed


@settings(max_examples=25)
@given(small_games(Traits(largest=36)).filter(decides))
def test_the_pure_equilibria_of_a_whole_game_are_those_of_the_layered_one(
    game: LayeredGame,
) -> None:
    try:
        found = extracted(game)
    except InfeasibleError:
        return
    everybody = [player(game, [c.name]) for c in game.controllers]
    deciding = [one for one in everybody if one.points]
    try:
        stable = unilateral(
            World(build_network(game)),
            deciding,
            game.status_quo,
            generator=np.random.default_rng(0),
        ).found
    except NotCertifiedError:
        stable = ()
    stable_profiles = {equilibrium.profile for equilibrium in stable}
    for place in np.ndindex(*found.game.shape):
        regret = max(map(float, regrets(found.game, pure_profile(found.game, place))))
        if found.profile(place) in stable_profiles:
            assert regret <= 1e-7
        else:
            assert regret >= 1e-10


@settings(max_examples=25)
@given(any_game(largest=81).filter(decides), st.integers(1, 3), st.integers(0, 3))
def test_generated_strategies_are_different_and_paid_for(
    game: LayeredGame, most: int, seed: int
) -> None:
    try:
        found = extracted(game, most=most, seed=seed)
    except InfeasibleError:
        return
    for one, part, whole in zip(found.players, found.strategies, found.whole, strict=True):
        assert 1 <= len(part) <= most
        assert len({strategy.options for strategy in part}) == len(part)
        for strategy in part:
            profile = replaced(game.status_quo, one.points, strategy.options)
            spent = sum(
                game.points[k].options[o].cost
                for k, o in zip(one.points, strategy.options, strict=True)
            )
            budget = sum(c.budget for c in game.controllers if c.name in one.members)
            assert spent <= budget + 1e-9
            assert differences(game, one, strategy) == {
                name: option
                for name, option in game.option_names(profile).items()
                if option != game.option_names(game.status_quo)[name]
            }
        if not whole and part[0].name == "status quo":
            assert part[0].options == tuple(game.status_quo[k] for k in one.points)


def test_the_generated_strategies_have_the_best_answers_among_them() -> None:
    game = two_layers()
    found = extracted(game, most=2)
    assert found.whole == (False, False)
    assert found.game.strategies == (("status quo", "coordinated"),) * 2
    together = found.profile((1, 1))
    assert game.option_names(together) == {"chips-USA": "basic", "cloud-MYS": "strict"}
    joint = extracted(game, "USA+MYS", most=2)
    assert joint.game.strategies == (("status quo", "alone"),)
    assert joint.game.payoffs[0, 1] == extracted(game, "USA+MYS").game.payoffs.max()


def test_controllers_may_be_one_player_and_others_stay_at_the_status_quo() -> None:
    game = two_layers()
    whole = extracted(game)
    joint = extracted(game, "USA+MYS")
    assert joint.game.players == ("USA+MYS",)
    assert joint.game.payoffs[0].tolist() == pytest.approx(whole.game.payoffs.sum(0).ravel())
    alone = extracted(game, "MYS")
    assert alone.game.payoffs[0].tolist() == whole.game.payoffs[1][0].tolist()
    assert alone.game.title == "two-layers"


def test_settings_of_several_points_are_called_by_what_they_change() -> None:
    game = load("baseline-2026").game
    one = players_named(game, ["NLD"])[0]
    names = [
        strategies.named(game, one, options).name
        for options in strategies.settings(game, one) or []
    ]
    assert "status quo" in names
    assert "tools-NLD-service=stop" in names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["US"], "expected controllers among USA, MYS; found 'US' - did you mean USA?"),
        (["USA", "USA"], "each controller once, found USA twice"),
        (["USA+MYS", "MYS"], "each controller once, found MYS twice"),
        (["USA+"], "found ''"),
    ],
)
def test_players_that_are_none_are_refused(names: list[str], message: str) -> None:
    with pytest.raises(InputError) as refused:
        players_named(two_layers(), names)
    assert message in str(refused.value)


def test_games_that_would_be_too_large_are_refused_with_what_to_choose() -> None:
    game = load("baseline-2026").game
    with pytest.raises(InputError) as refused:
        extracted(game, most=3)
    told = str(refused.value)
    assert "3 x 3 x 3 x 3 x 3 x 3 x 3 x 3 x 3 x 3 = 59,049" in told
    assert "--players USA NLD" in told
    assert "--strategies 2" in told
    with pytest.raises(InputError, match="expected at least 1 for each player, found 0"):
        extracted(game, most=0)


def test_without_a_number_as_many_strategies_are_taken_as_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = two_layers()
    monkeypatch.setattr(extraction, "MOST_PROFILES", 8)
    found = extracted(game)
    assert math.prod(found.game.shape) <= 8
    assert found.game.shape == (2, 2)
    monkeypatch.setattr(extraction, "MOST_PROFILES", 3)
    with pytest.raises(InputError, match="found 2 x 2 = 4"):
        extracted(game)


def test_a_limit_of_time_is_told() -> None:
    with pytest.raises(LimitError, match=r"expected 9 profiles within 0 s, found 0 done"):
        extracted(two_layers(), time_limit=0.0)

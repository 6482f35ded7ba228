"""Unilateral play: equilibria worked by hand, and what holds of all of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.capability import Chord
from games.errors import LimitError, NotCertifiedError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)
from games.network import build_network
from solvers import candidates
from solvers.equilibria import every_profile
from solvers.equilibria.records import Equilibria
from solvers.equilibria.unilateral import unilateral
from solvers.players import player
from solvers.world import World
from tests.builders import Traits, any_game, small_games
from tests.oracle import Oracle

STOP = 30.0
"""A hazard that lets nothing through that counts."""


@pytest.fixture(params=["every profile", "models"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "every profile":
        monkeypatch.setattr(candidates, "FEW", 0)
        monkeypatch.setattr(every_profile, "WHOLE", 0)
    return str(request.param)


def play(game: LayeredGame, *, time_limit: float = 600.0, seed: int = 0) -> Equilibria:
    players = [player(game, [controller.name]) for controller in game.controllers]
    return unilateral(
        World(build_network(game)),
        [one for one in players if one.points],
        game.status_quo,
        time_limit=time_limit,
        generator=np.random.default_rng(seed),
    )


def found(game: LayeredGame, **limits: float) -> dict[str, float]:
    """Return {options of A and B: joint payoff} of the equilibria found."""
    return {
        "+".join(game.option_names(one.profile).values()): one.joint
        for one in play(game, **limits).found
    }


def two_guards(
    *,
    in_series: bool,
    costs: tuple[float, float],
    stakes: tuple[float, float],
) -> LayeredGame:
    """Return a game of two governments that can each stop one crossing at a cost.

    One unit is worth one month, so an evader that gets through anywhere costs everyone its stake.
    """
    points = tuple(
        ControlPoint(
            f"guard-{name}", "chips", name, (Option("open"), Option("ban", cost=cost, hazard=STOP))
        )
        for name, cost in zip("AB", costs, strict=True)
    )
    ways = [("world", "hub"), ("hub", "training")] if in_series else [("world", "training")] * 2
    return LayeredGame(
        name="two guards",
        controllers=tuple(
            Controller(name, 9.0, {"training": stake})
            for name, stake in zip("AB", stakes, strict=True)
        ),
        points=points,
        arcs=tuple(
            Arc(f"way-{i}", tail, head, (PriceStep(0.0, 1.0),), points[i].name)
            for i, (tail, head) in enumerate(ways)
        ),
        fronts=(Front("training", "training", (Chord(1.0, 1.0),)),),
        evader_budget=1.0,
    )


def test_one_guard_on_a_chain_is_enough_and_either_may_be_left_with_it(method: str) -> None:
    game = two_guards(in_series=True, costs=(0.5, 1.0), stakes=(3.0, 3.0))
    expected = {"ban+open": -0.5, "open+ban": -1.0}
    outcomes = found(game)
    assert list(outcomes) == sorted(outcomes, key=lambda name: -outcomes[name])
    for name, joint in outcomes.items():
        assert joint == pytest.approx(expected[name], abs=1e-6)
    if method == "every profile":
        assert outcomes.keys() == expected.keys()


def test_a_gap_beside_the_guard_makes_guarding_pointless(method: str) -> None:
    # two ways in parallel: alone a ban saves nothing, together both save 3 each for 1 each
    game = two_guards(in_series=False, costs=(1.0, 1.0), stakes=(3.0, 3.0))
    outcomes = found(game)
    assert outcomes == pytest.approx({"ban+ban": -2.0, "open+open": -6.0}, abs=1e-6)


def test_nobody_guards_what_is_worth_less_than_the_guard(method: str) -> None:
    # together it would be worth 1.6 for 1, alone each would pay 1 for 0.8: free riding
    game = two_guards(in_series=True, costs=(1.0, 1.0), stakes=(0.8, 0.8))
    assert found(game) == pytest.approx({"open+open": -1.6}, abs=1e-6)


def test_a_controller_without_a_stake_does_what_is_cheapest(method: str) -> None:
    game = two_guards(in_series=True, costs=(2.0, 0.5), stakes=(3.0, 0.0))
    assert found(game) == pytest.approx({"ban+open": -2.0}, abs=1e-6)


def test_bystanders_count_in_what_is_best_for_all(method: str) -> None:
    """A controller without a point suffers too; the equilibria are ranked by everybody's sum."""
    game = two_guards(in_series=False, costs=(1.0, 1.0), stakes=(1.5, 1.5))
    game = replace(game, controllers=(*game.controllers, Controller("C", 0.0, {"training": 4.0})))
    assert found(game) == pytest.approx({"ban+ban": -2.0, "open+open": -7.0}, abs=1e-6)


def pursuit() -> LayeredGame:
    """Return a game without a pure equilibrium, worked by hand.

    A suffers from months, B earns 2 on each unit that takes `watched` and 1 on each that takes
    `priced`. Units at 0.5 each from 1 bn USD, worth 2 and then 1:

        A open, B open    both units take `priced`                  A -6,     B 2
        A open, B toll    both take `watched`, exp(-0.5) arrive     A -4.43,  B 4 - 0.25
        A ban,  B toll    one unit takes `priced` at 1              A -4.25,  B 1.5 - 0.25
        A ban,  B open    both take `priced`                        A -6.25,  B 2

    so B tolls, A bans, B drops the toll, A lifts the ban, and so on.
    """
    return LayeredGame(
        name="pursuit",
        controllers=(Controller("A", 9.0, {"training": 2.0}), Controller("B", 9.0, {})),
        points=(
            ControlPoint(
                "watch",
                "chips",
                "A",
                (Option("open", hazard=0.5), Option("ban", cost=0.25, hazard=2.0)),
            ),
            ControlPoint("price", "chips", "B", (Option("open"), Option("toll", 0.25, toll=0.5))),
        ),
        arcs=(
            Arc("watched", "world", "training", (PriceStep(0.5, 2.0),), "watch", revenue={"B": 2}),
            Arc("priced", "world", "training", (PriceStep(0.5, 2.0),), "price", revenue={"B": 1}),
        ),
        fronts=(Front("training", "training", (Chord(2.0, 1.0), Chord(1.0, 1.0))),),
        evader_budget=1.0,
    )


def test_the_pursuit_is_as_worked_by_hand() -> None:
    payoffs = World(build_network(pursuit())).payoffs
    months = 2 + (2 * math.exp(-0.5) - 1)
    expected = {(0, 0): (-6, 2), (0, 1): (-2 * months, 3.75), (1, 1): (-4.25, 1.25)}
    for profile, (a, b) in {**expected, (1, 0): (-6.25, 2)}.items():
        assert payoffs(profile).total == pytest.approx({"A": a, "B": b}, abs=1e-6)


def test_a_game_without_a_pure_equilibrium_is_no_answer(method: str) -> None:
    with pytest.raises(NotCertifiedError, match="unilateral play of pursuit: expected"):
        play(pursuit())


def test_a_limit_of_time_before_any_equilibrium_is_its_own_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(every_profile, "WHOLE", 0)
    with pytest.raises(LimitError, match="raise --time-limit"):
        play(pursuit(), time_limit=0.0)
    assert LimitError.exit_code == 4


def test_searching_small_games_whole_is_complete_and_otherwise_not(method: str) -> None:
    outcome = play(two_guards(in_series=True, costs=(0.5, 1.0), stakes=(3.0, 3.0)))
    assert outcome.complete == (method == "every profile")


@settings(max_examples=15)
@given(game=small_games(Traits(largest=27)), seed=st.integers(0, 3))
def test_a_potential_game_always_has_an_equilibrium(game: LayeredGame, seed: int) -> None:
    """What minimises the potential is one (monderer1996), by whichever method."""
    oracle = Oracle(game)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(every_profile, "WHOLE", 0)
        patch.setattr(candidates, "FEW", 0)
        outcome = play(game, seed=seed)
    assert "potential" in outcome.method
    for one in outcome.found:
        assert oracle.regrets[one.profile] <= 2e-6
        assert max(one.regrets.values()) <= 2e-6 * max(1.0, abs(one.joint))


@settings(max_examples=15)
@given(game=any_game(largest=27), scale=st.sampled_from([0.125, 8.0]))
def test_counting_in_another_money_leaves_the_equilibria_alone(
    game: LayeredGame, scale: float
) -> None:
    def profiles(world: LayeredGame) -> set[tuple[int, ...]]:
        try:
            return {one.profile for one in play(world).found}
        except NotCertifiedError:
            return set()

    assert profiles(in_other_money(game, scale)) == profiles(game)


@settings(max_examples=15)
@given(game=any_game(largest=27))
def test_acting_together_is_never_worse_than_any_equilibrium(game: LayeredGame) -> None:
    oracle = Oracle(game)
    best = max(oracle.outcome(profile).joint for profile in oracle.profiles())
    try:
        outcomes = play(game).found
    except NotCertifiedError:
        return
    assert all(one.joint <= best + 1e-6 for one in outcomes)


def in_other_money(game: LayeredGame, scale: float) -> LayeredGame:
    """Return the same game with every sum of money multiplied by `scale`."""
    return replace(
        game,
        controllers=tuple(
            Controller(c.name, c.budget * scale, {f: s * scale for f, s in c.stakes.items()})
            for c in game.controllers
        ),
        points=tuple(
            replace(
                point,
                options=tuple(
                    replace(
                        o,
                        cost=o.cost * scale,
                        economic_cost=o.economic_cost * scale,
                        toll=o.toll * scale,
                    )
                    for o in point.options
                ),
            )
            for point in game.points
        ),
        arcs=tuple(
            replace(
                arc,
                steps=tuple(PriceStep(s.price * scale, s.capacity) for s in arc.steps),
                value=arc.value * scale,
                revenue={name: r * scale for name, r in arc.revenue.items()},
            )
            for arc in game.arcs
        ),
        fronts=tuple(replace(front, weight=front.weight * scale) for front in game.fronts),
        efforts=tuple(replace(e, unit_cost=e.unit_cost * scale) for e in game.efforts),
        evader_budget=game.evader_budget * scale,
    )

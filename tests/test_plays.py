"""Plays: their names, who decides in them, and what certified outcomes look like."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from games.capability import Chord
from games.errors import InputError, NotCertifiedError
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
from solvers.equilibria import unilateral
from solvers.equilibria.records import Equilibria
from solvers.outcomes import PlayResult, solve_play
from solvers.plays import DEFAULT_PLAYS, parse_play
from solvers.world import World
from tests.builders import any_game
from tests.oracle import Oracle


def guards(names: str = "ABC", *, status_quo: int = 0) -> LayeredGame:
    """Return a game of one chain of guards, each owned by another government.

    A guards chips for 1, B tools for 2 and C the cloud for 4; each ban stops everything, which
    costs each of them 5 otherwise.
    """
    costs = dict(zip("ABC", (1.0, 2.0, 4.0), strict=True))
    layers = dict(zip("ABC", ("chips", "tools", "cloud"), strict=True))
    points = tuple(
        ControlPoint(
            f"{layers[name]}-{name}",
            layers[name],
            name,
            (Option("open"), Option("ban", cost=costs[name], hazard=40.0)),
            status_quo=status_quo,
        )
        for name in names
    )
    stops = ["world", *(f"after-{name}" for name in names[:-1]), "training"]
    return LayeredGame(
        name="guards",
        controllers=tuple(Controller(name, 9.0, {"training": 5.0}) for name in names),
        points=points,
        arcs=tuple(
            Arc(f"leg-{i}", stops[i], stops[i + 1], (PriceStep(0.0, 1.0),), points[i].name)
            for i in range(len(names))
        ),
        fronts=(Front("training", "training", (Chord(1.0, 1.0),)),),
        evader_budget=1.0,
    )


def outcomes(game: LayeredGame, name: str, **limits: float) -> tuple[PlayResult, ...]:
    return solve_play(World(build_network(game)), parse_play(game, name), **limits)


def only(game: LayeredGame, name: str) -> PlayResult:
    (result,) = outcomes(game, name)
    return result


def bans(game: LayeredGame, result: PlayResult) -> str:
    return "".join(p.owner for p, o in zip(game.points, result.profile, strict=True) if o == 1)


@pytest.mark.parametrize(
    ("name", "banning", "joint"),
    [
        ("status-quo", "", -15.0),
        ("alone:B", "B", -2.0),
        ("coordinated", "A", -1.0),
        ("pooled", "A", -1.0),
        ("only:tools", "B", -2.0),
        ("only:tools+cloud", "B", -2.0),
        ("only:cloud", "C", -4.0),
        ("pooled/only:cloud", "C", -4.0),
        ("alone:C/only:cloud", "C", -4.0),
        ("alone:C/only:chips", "", -15.0),
    ],
)
def test_who_decides_where(name: str, banning: str, joint: float) -> None:
    game = guards()
    result = only(game, name)
    assert bans(game, result) == banning
    assert result.payoffs.joint == pytest.approx(joint, abs=1e-6)
    assert result.certificate.status == "proven"
    assert result.play == name


def test_unilateral_play_has_a_best_and_a_worst_outcome() -> None:
    game = guards()
    best, worst = outcomes(game, "unilateral")
    assert (best.play, worst.play) == ("unilateral:best", "unilateral:worst")
    assert (bans(game, best), bans(game, worst)) == ("A", "C")
    assert best.certificate.regret == pytest.approx({"A": 0.0, "B": 0.0, "C": 0.0}, abs=1e-6)
    assert worst.certificate.status == "proven"


def test_an_end_is_proven_where_its_bound_meets_it_and_found_where_one_beyond_may_exist(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wider(*asked: Any, **how: Any) -> Equilibria:
        known = searched(*asked, **how)
        return replace(known, best_bound=known.best_bound + 0.5)

    searched = unilateral.unilateral
    monkeypatch.setattr(unilateral, "unilateral", wider)
    best, worst = outcomes(guards(), "unilateral")
    assert (best.certificate.status, worst.certificate.status) == ("found", "proven")
    assert best.certificate.joint_bound == pytest.approx(best.payoffs.joint + 0.5)


@pytest.mark.parametrize(("outcome", "banning"), [("best", "A"), ("worst", "C")])
def test_one_of_the_two_outcomes_may_be_asked_for(outcome: str, banning: str) -> None:
    game = guards()
    result = only(game, f"unilateral:{outcome}")
    assert result.play == f"unilateral:{outcome}"
    assert bans(game, result) == banning


def test_a_coalition_plays_as_one_against_the_others() -> None:
    game = guards()
    best, worst = outcomes(game, "coalition:A,B")
    assert (bans(game, best), bans(game, worst)) == ("A", "C")
    assert set(best.certificate.regret) == {"A", "B", "C"}


def test_a_coalition_of_all_is_coordination() -> None:
    game = guards()
    assert bans(game, only(game, "coalition:A,B,C")) == "A"


def test_with_one_outcome_best_and_worst_are_equal() -> None:
    game = guards("A")
    best, worst = outcomes(game, "unilateral")
    assert best.profile == worst.profile


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("coordinate", "expected a play among .*; found 'coordinate' - did you mean coordinated?"),
        ("alone:D", "expected a controller among A, B, C; found 'D'"),
        ("alone:b", "expected a controller among A, B, C; found 'b' - did you mean B?"),
        ("alone", "expected a controller among A, B, C; found ''"),
        ("alone:A,B", "expected one controller, found 2 - use coalition:A,B for several"),
        ("coalition:A,A", "expected each controller once, found one twice"),
        ("only:chip", "expected a layer among chips, tools, cloud; found 'chip' - did you mean ch"),
        ("only", "expected"),
        ("only:chips/only:tools", "expected"),
        ("unilateral:middling", "expected nothing after unilateral, found 'middling'"),
        ("coordinated:A", "expected nothing after coordinated, found 'A'"),
        ("coordinated/chips", "expected PLAY/only:LAYERS, found 'chips' after the slash"),
        ("status-quo:A", "expected nothing after status-quo, found 'A'"),
    ],
)
def test_names_that_mean_nothing_are_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^play {name}: {message}"):
        parse_play(guards(), name)


@pytest.mark.parametrize("name", DEFAULT_PLAYS)
def test_the_default_plays_are_plays(name: str) -> None:
    game = guards()
    usa = replace(
        game,
        controllers=(replace(game.controllers[0], name="USA"), *game.controllers[1:]),
        points=(replace(game.points[0], owner="USA"), *game.points[1:]),
    )
    assert outcomes(usa, name)


@settings(max_examples=15)
@given(game=any_game(largest=27))
def test_outcomes_agree_with_brute_force_and_carry_their_proof(game: LayeredGame) -> None:
    oracle = Oracle(game)
    if not oracle.affordable(game.status_quo):
        return
    best = max(oracle.outcome(profile).joint for profile in oracle.profiles())
    first = game.controllers[0].name
    for name in ("status-quo", f"alone:{first}", "coordinated", "only:chips", "unilateral"):
        try:
            results = outcomes(game, name) if name != "only:chips" or has_chips(game) else ()
        except NotCertifiedError:
            assert name == "unilateral"
            assert not oracle.equilibria()
            continue
        for result in results:
            expected = oracle.outcome(result.profile)
            assert result.payoffs.total == pytest.approx(expected.payoffs, abs=1e-6)
            assert result.payoffs.joint <= best + 1e-6
            assert result.certificate.status == "proven"
            assert result.certificate.evader_gap <= 1e-6
            assert result.certificate.violation <= 1e-6
            assert all(regret <= 3e-6 for regret in result.certificate.regret.values())
        if name == "coordinated":
            assert results[0].payoffs.joint == pytest.approx(best, rel=1e-6, abs=1e-6)
        if name.startswith("alone") and game.owned([first]):
            alone = oracle.best([first], game.status_quo)
            assert results[0].payoffs.total[first] == pytest.approx(alone, rel=1e-6, abs=1e-6)


def has_chips(game: LayeredGame) -> bool:
    return "chips" in game.layers


@settings(max_examples=10)
@given(game=any_game(largest=9))
def test_the_same_seed_gives_the_same_outcome(game: LayeredGame) -> None:
    def profiles() -> list[tuple[int, ...]]:
        try:
            return [result.profile for result in outcomes(game, "unilateral", seed=3)]
        except NotCertifiedError:
            return []

    assert profiles() == profiles()


def test_lost_months_are_what_arrives() -> None:
    """Independent hazards multiply along the chain: half, and half again."""
    game = guards("AB")
    halving = replace(
        game,
        points=tuple(
            replace(p, options=(Option("half", hazard=math.log(2)),)) for p in game.points
        ),
    )
    assert only(halving, "status-quo").payoffs.months == pytest.approx({"training": 0.25})
    shared = replace(halving, correlation=1.0)
    assert only(shared, "status-quo").payoffs.months == pytest.approx({"training": 0.5})

"""Coalitions without transfers: nobody is asked to pay for the others."""

from __future__ import annotations

import itertools
import json
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.capability import Chord
from games.errors import InfeasibleError, InputError, NotCertifiedError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
    Profile,
)
from games.network import build_network
from solvers import candidates, portfolio
from solvers.consent import best_by_consent, consents, standing_still
from solvers.equilibria import every_profile
from solvers.outcomes import PlayResult, solve_play
from solvers.players import player
from solvers.plays import parse_play
from solvers.world import World
from stratagem.cli import main
from stratagem.explaining.explanation import explain
from stratagem.runs.kept import open_run
from stratagem.runs.readback import comparison_of
from tests.builders import Traits, small_game
from tests.oracle import Oracle


def chain(*, cost: tuple[float, float], stakes: tuple[float, float]) -> LayeredGame:
    """Return two guards, one behind the other, who each stop half of ten units worth a month each.

    With both on guard 2.5 units arrive, with one 5, with none 10.
    """
    half = math.log(2)
    return LayeredGame(
        name="two guards",
        controllers=tuple(
            Controller(name, 9.0, {"goods": stake})
            for name, stake in zip("AB", stakes, strict=True)
        ),
        points=tuple(
            ControlPoint(name, "guards", name, (Option("off"), Option("on", cost=c, hazard=half)))
            for name, c in zip("AB", cost, strict=True)
        ),
        arcs=(
            Arc("first", "out", "between", (PriceStep(0.0, 10.0),), "A"),
            Arc("second", "between", "in", (PriceStep(0.0, 20.0),), "B"),
        ),
        fronts=(Front("goods", "in", (Chord(1.0, 100.0),)),),
        evader_budget=1.0,
    )


def outcomes(game: LayeredGame, name: str) -> tuple[PlayResult, ...]:
    return solve_play(World(build_network(game)), parse_play(game, name))


def test_consent_binds_where_one_pays_for_the_other() -> None:
    """A guards at 3.5, and only B has much to lose: both on is best for the sum, and A loses."""
    game = chain(cost=(3.5, 1.0), stakes=(0.25, 2.0))
    (paid,) = outcomes(game, "coalition:A,B")
    assert paid.profile == (1, 1)
    assert paid.payoffs.total == pytest.approx({"A": -0.625 - 3.5, "B": -5.0 - 1.0})
    (free,) = outcomes(game, "coalition:A,B:no-transfers")
    assert free.profile == (0, 1)
    assert free.certificate.status == "proven"
    assert free.payoffs.total == pytest.approx({"A": -1.25, "B": -11.0})
    agreed = free.consent
    assert agreed is not None
    assert agreed.disagreement == pytest.approx({"A": -2.5, "B": -20.0})
    assert agreed.margin == pytest.approx({"A": 1.25, "B": 9.0})
    assert agreed.best == (1, 1)
    assert agreed.together == pytest.approx(-10.125)
    assert agreed.transfers == pytest.approx({"A": 4.125 - 2.5, "B": 0.0})


def test_nothing_is_agreed_where_every_change_costs_somebody() -> None:
    game = chain(cost=(3.0, 30.0), stakes=(0.25, 0.25))
    game = replace(game, controllers=tuple(replace(c, budget=99.0) for c in game.controllers))
    (free,) = outcomes(game, "coalition:A,B:no-transfers")
    assert free.profile == game.status_quo
    assert free.consent is not None
    assert free.consent.margin == pytest.approx({"A": 0.0, "B": 0.0})


def test_what_nobody_can_afford_is_no_agreement() -> None:
    """The status quo of A is over its budget, and B is worse off with anything else of A."""
    game = chain(cost=(3.0, 1.0), stakes=(0.25, 0.25))
    points = (replace(game.points[0], status_quo=1), game.points[1])
    poor = (replace(game.controllers[0], budget=1.0), game.controllers[1])
    game = replace(game, points=points, controllers=poor)
    with pytest.raises(InfeasibleError, match="leaves no member worse off than the status quo"):
        outcomes(game, "coalition:A,B:no-transfers")


def test_a_gift_among_equals_needs_no_transfer() -> None:
    game = chain(cost=(1.0, 1.0), stakes=(1.0, 1.0))
    (free,) = outcomes(game, "coalition:A,B:no-transfers")
    (paid,) = outcomes(game, "coalition:A,B")
    assert free.profile == paid.profile == (1, 1)
    assert free.consent is not None
    assert free.consent.transfers == pytest.approx({"A": 0.0, "B": 0.0})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("coalition:A,B:free", "expected coalition:A,B:no-transfers, found 'free' after"),
        ("alone:A:no-transfers", "expected alone:A, found 'no-transfers' after the members"),
        ("unilateral:no-transfers", "expected nothing after unilateral"),
        ("coalition:A,X:no-transfers", "expected a controller among A, B; found 'X'"),
    ],
)
def test_a_play_that_means_nothing_is_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_play(chain(cost=(1.0, 1.0), stakes=(1.0, 1.0)), name)


def test_layers_and_ends_stand_behind_the_members() -> None:
    game = small_game(random.Random(3), Traits())
    names = [c.name for c in game.controllers][:2]
    play = parse_play(game, f"coalition:{','.join(names)}:no-transfers/only:{game.layers[0]}")
    assert not play.players[0].transfers
    assert all(game.points[k].layer == game.layers[0] for k in play.players[0].points)
    assert all(one.transfers for one in play.players[1:])


# ------------------------------------------------------------------------------ brute force


def agreed_profiles(oracle: Oracle, members: list[str]) -> list[Profile]:
    """Return the profiles that no member is worse off in than if all members stood still."""
    game = oracle.game
    own = set(game.owned(members))
    found = []
    for profile in oracle.profiles():
        still = tuple(game.status_quo[k] if k in own else o for k, o in enumerate(profile))
        before, after = oracle.outcome(still).payoffs, oracle.outcome(profile).payoffs
        if all(after[m] >= before[m] - 1e-6 * max(1.0, abs(before[m])) for m in members):
            found.append(profile)
    return found


def check_best(game: LayeredGame, few: bool) -> None:
    """Hold the best agreed portfolio of everybody, and of two, to every profile."""
    oracle = Oracle(game)
    if oracle.open > 1e-7 or not oracle.affordable(game.status_quo):
        return
    names = [controller.name for controller in game.controllers]
    for members in (names, names[:2]):
        own = set(game.owned(members))
        if not own:
            continue
        allowed = [
            profile
            for profile in agreed_profiles(oracle, members)
            if all(profile[k] == game.status_quo[k] for k in range(len(profile)) if k not in own)
        ]
        sums = [sum(oracle.outcome(p).payoffs[m] for m in members) for p in allowed]
        one = player(game, members, transfers=False)
        world = World(build_network(game))
        found = best_by_consent(
            world,
            one,
            game.status_quo,
            gap=1e-6,
            time_limit=600.0,
            generator=np.random.default_rng(0),
        )
        assert found.profile in allowed
        assert found.payoff == pytest.approx(max(sums), rel=1e-5, abs=1e-5)
        assert max(sums) - 1e-6 <= found.bound <= max(sums) + 1e-5 * max(1.0, abs(max(sums)))
        assert (found.method == "enumeration") == few
        with_transfers = portfolio.best_portfolio(
            world, replace(one, transfers=True), game.status_quo, generator=np.random.default_rng(0)
        )
        assert found.payoff <= with_transfers.payoff + 1e-6


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.booleans())
def test_the_best_agreed_choice_is_that_of_every_profile(rng: random.Random, aligned: bool) -> None:
    check_best(small_game(rng, Traits(aligned=aligned, largest=27)), few=True)


@pytest.mark.parametrize("seed", range(12))
def test_the_models_of_larger_games_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "FEW", 0)
    check_best(small_game(random.Random(seed), Traits(aligned=seed % 3 > 0)), few=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_a_hundred_more_games_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "FEW", 0)
    check_best(small_game(random.Random(seed), Traits(aligned=seed % 3 > 0)), few=False)


def stable_and_agreed(oracle: Oracle, members: list[str]) -> set[Profile]:
    """Return the equilibria of a coalition without transfers against single outsiders."""
    game, profiles = oracle.game, agreed_profiles(oracle, members)
    own = set(game.owned(members))
    stable = set()
    for profile in profiles:
        rivals = [
            p for p in profiles if all(p[k] == profile[k] for k in range(len(p)) if k not in own)
        ]
        mine = sum(oracle.outcome(profile).payoffs[m] for m in members)
        best = max(sum(oracle.outcome(p).payoffs[m] for m in members) for p in rivals)
        if best - mine <= 1e-7 * max(1.0, abs(mine)) and all(
            oracle.best([c.name], profile) - oracle.outcome(profile).payoffs[c.name]
            <= 1e-7 * max(1.0, abs(oracle.outcome(profile).payoffs[c.name]))
            for c in game.controllers
            if c.name not in members
        ):
            stable.add(profile)
    return stable


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_the_equilibria_of_the_play_are_those_of_every_profile(
    rng: random.Random, aligned: bool, whole: bool
) -> None:
    game = small_game(rng, Traits(aligned=aligned, largest=27))
    names = [controller.name for controller in game.controllers]
    oracle = Oracle(game)
    if len(names) < 3 or oracle.open > 1e-7 or not oracle.affordable(game.status_quo):
        return
    stable = stable_and_agreed(oracle, names[:2])
    name = f"coalition:{names[0]},{names[1]}:no-transfers"
    with pytest.MonkeyPatch.context() as patch:
        if not whole:
            patch.setattr(every_profile, "WHOLE", 0)
        try:
            results = outcomes(game, name)
        except NotCertifiedError:
            assert not stable or not whole
            return
    if not any(one.points for one in parse_play(game, name).players):
        return
    joint = sorted(oracle.outcome(profile).joint for profile in stable)
    for result in results:
        assert result.profile in stable
        if whole:
            assert result.certificate.status == "proven"
            end = joint[-1] if result.play.endswith(":best") else joint[0]
            assert result.payoffs.joint == pytest.approx(end, abs=1e-6)
        bound = result.certificate.joint_bound
        if bound is not None and result.play.endswith(":best"):
            assert bound >= joint[-1] - 1e-5
        elif bound is not None:
            assert bound <= joint[0] + 1e-5
        if game.owned(names[:2]):
            assert result.consent is not None
            assert min(result.consent.margin.values()) >= -1e-6


def test_standing_still_is_always_agreed_to() -> None:
    for seed in range(20):
        game = small_game(random.Random(seed), Traits(aligned=False))
        world = World(build_network(game))
        one = player(game, [c.name for c in game.controllers], transfers=False)
        for profile in itertools.islice(itertools.product(*(range(len(p.options)) for p in
                                                            game.points)), 5):  # fmt: skip
            assert consents(world, one, standing_still(world, one, profile))


# ------------------------------------------------------------------------------- the product


def test_a_run_keeps_who_consents_and_every_number_of_it_is_held_to_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    play = "coalition:USA,MYS:no-transfers"
    assert main(["solve", "two-layers", "--play", play, "-o", "run"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"Who consents in {play}" in told
    assert "above what they have if all of them stand still" in told
    kept = comparison_of(open_run("run")).play(play).consent
    assert kept is not None
    assert min(kept.margin.values()) >= 0
    answer = " ".join(explain("run", play=play).sections()[0].sentences)
    assert "within the budgets to which all members consent was tried again" in answer
    result = json.loads(Path("run", "result.json").read_text())
    assert result["plays"][1]["consent"]["margin"] == dict(kept.margin)
    for key in ("disagreement", "margin", "transfers", "with_transfers", "bound"):
        changed = json.loads(json.dumps(result))
        agreed = changed["plays"][1]["consent"]
        if isinstance(agreed[key], dict):
            agreed[key]["USA"] += 1.0
        else:
            agreed[key] -= 1.0
        Path("run", "result.json").write_text(json.dumps(changed))
        with pytest.raises(NotCertifiedError, match=f"consent.{key}"):
            explain("run", play=play)

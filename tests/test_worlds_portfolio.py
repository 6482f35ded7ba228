"""One portfolio for many worlds: against brute force, by hand, and by its properties."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import benchmarks
from benchmarks.perturbed import perturbed, worlds_of
from games.capability import Chord
from games.errors import InputError, NotCertifiedError
from games.layered import Arc, Controller, ControlPoint, Front, LayeredGame, Option, PriceStep
from games.network import build_network
from scenarios.instances import load_instance
from solvers.players import player
from solvers.portfolio import best_portfolio
from solvers.world import World
from solvers.worlds.certificate import WorldsCertificate, certify_worlds
from solvers.worlds.measures import Measure, parse_measure
from solvers.worlds.optimum import best_for_worlds
from solvers.worlds.problem import ManyWorlds
from solvers.worlds.record import BestForWorlds, Progress
from solvers.worlds.replication import replication
from tests.builders import Traits, small_game

INSTANCE = Path(benchmarks.__file__).parent / "instances" / "c2-p11-o3-s11.json"
MEASURES = [Measure("expected"), Measure("cvar", 0.5), Measure("cvar", 0.8), Measure("regret")]


def sample(seed: int, *, aligned: bool = True, count: int = 3) -> list[LayeredGame]:
    game = small_game(random.Random(seed), Traits(aligned=aligned, largest=81))
    return [
        perturbed(game, rng=np.random.default_rng([seed, world]), spread=0.4)
        for world in range(count)
    ]


def brute_force(worlds: ManyWorlds, measure: Measure) -> float:
    """Return the smallest measure, from the payoffs of `World`, which knows no worlds."""
    alone = [World(build_network(game)) for game in worlds.games]
    profiles = [p for p in itertools.product(*worlds.allowed) if worlds.affords(p)]
    losses = np.array([[-world.payoffs(p).joint for world in alone] for p in profiles])
    if measure.kind == "regret":
        return float((losses - losses.min(axis=0)).max(axis=1).min())
    if measure.kind == "expected":
        return float(losses.mean(axis=1).min())
    worst = -np.sort(-losses, axis=1)
    share = (1 - measure.tail) * losses.shape[1]
    whole = int(share + 1e-12)
    tails = worst[:, :whole].sum(axis=1)
    if share - whole > 1e-12:
        tails = tails + (share - whole) * worst[:, whole]
    return float((tails / share).min())


def solved(worlds: ManyWorlds, measure: Measure, *, gap: float = 1e-4) -> BestForWorlds:
    return best_for_worlds(
        worlds, measure, gap=gap, time_limit=600, generator=np.random.default_rng(0), enough=0
    )


@pytest.mark.parametrize("measure", MEASURES, ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(6))
def test_models_agree_with_brute_force(seed: int, measure: Measure) -> None:
    worlds = ManyWorlds(sample(seed))
    least = brute_force(worlds, measure)
    found = solved(worlds, measure)
    slack = 1e-6 * max(1.0, abs(least))
    allowed = 3e-3 * float(np.abs(found.losses).max()) if measure.kind == "regret" else 0.0
    assert found.bound <= least + slack
    assert found.value >= least - slack
    assert found.value <= least + 1e-4 * max(1.0, abs(least)) + allowed + slack


@pytest.mark.parametrize("measure", MEASURES, ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(3))
def test_bounds_are_valid_where_flows_earn_money(seed: int, measure: Measure) -> None:
    worlds = ManyWorlds(sample(seed, aligned=False))
    least = brute_force(worlds, measure)
    found = solved(worlds, measure)
    slack = 1e-6 * max(1.0, abs(least))
    assert found.bound <= least + slack
    assert found.value >= least - slack


@pytest.mark.parametrize("measure", MEASURES, ids=lambda one: one.name)
def test_enumeration_agrees_with_brute_force(measure: Measure) -> None:
    worlds = ManyWorlds(sample(3, aligned=False))
    found = best_for_worlds(worlds, measure, generator=np.random.default_rng(0))
    assert found.method == "enumeration"
    assert found.value == pytest.approx(brute_force(worlds, measure), abs=1e-6)
    assert found.bound == found.value


def hand_worked(hazard: float, *, value: float = 10.0, budget: float = 1.0) -> LayeredGame:
    """Return a world with one unit on one way, worth `value`, and one measure of cost 1.

    The evader keeps exp(-hazard) of it where the measure is taken.
    """
    return LayeredGame(
        name="one way",
        controllers=(Controller("A", budget, {"front": 1.0}),),
        points=(
            ControlPoint(
                "gate", "chips", "A", (Option("nothing"), Option("check", cost=1.0, hazard=hazard))
            ),
        ),
        arcs=(Arc("way", "source", "end", (PriceStep(0.0, 1.0),), point="gate"),),
        fronts=(Front("front", "end", (Chord(value, 1.0),)),),
        evader_budget=1.0,
    )


def test_two_worlds_by_hand() -> None:
    """Losses: nothing (10, 2); check 1 + 10 / 4 and 1 + 2: (3.5, 3), where it stops nothing."""
    worlds = ManyWorlds([hand_worked(np.log(4)), hand_worked(0.0, value=2.0)])

    def answer(measure: Measure, probabilities: tuple[float, float]) -> tuple[int, float]:
        many = ManyWorlds(worlds.games, probabilities=probabilities)
        found = best_for_worlds(many, measure, generator=np.random.default_rng(0))
        return found.profile[0], round(found.value, 9)

    assert answer(Measure("expected"), (0.5, 0.5)) == (1, 3.25)
    assert answer(Measure("expected"), (0.1, 0.9)) == (0, 2.8)
    assert answer(Measure("cvar", 0.5), (0.5, 0.5)) == (1, 3.5)
    assert answer(Measure("cvar", 0.8), (0.1, 0.9)) == (1, 3.25)
    assert answer(Measure("regret"), (0.1, 0.9)) == (1, 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_one_world_has_the_coordinated_answer(seed: int) -> None:
    game = small_game(random.Random(seed), Traits())
    everyone = player(game, [controller.name for controller in game.controllers])
    alone = best_portfolio(
        World(build_network(game)),
        everyone,
        game.status_quo,
        generator=np.random.default_rng(0),
    )
    found = solved(ManyWorlds([game]), Measure("expected"), gap=1e-6)
    assert found.value == pytest.approx(-alone.payoff, abs=1e-5)
    assert found.bound == pytest.approx(-alone.payoff, abs=1e-4)


@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=12),
    st.floats(0, 0.95),
    st.randoms(use_true_random=False),
)
def test_cvar_lies_between_the_mean_and_the_worst(
    numbers: list[float], tail: float, rng: random.Random
) -> None:
    losses = np.array(numbers)
    shares = np.array([rng.random() + 0.01 for _ in numbers])
    shares /= shares.sum()
    mean = Measure("expected").value(losses, shares)
    cvar = Measure("cvar", tail).value(losses, shares)
    assert mean - 1e-9 <= cvar <= losses.max() + 1e-9
    assert Measure("cvar", 0.0).value(losses, shares) == pytest.approx(mean, abs=1e-9)
    weights = Measure("cvar", tail).weights(losses, shares)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights <= shares / (1 - tail) + 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_more_budget_never_hurts(seed: int) -> None:
    games = sample(seed, aligned=False)
    richer = [
        replace(
            game,
            controllers=tuple(replace(c, budget=c.budget + 0.25) for c in game.controllers),
        )
        for game in games
    ]
    for measure in MEASURES[:3]:
        poor = best_for_worlds(ManyWorlds(games), measure, generator=np.random.default_rng(0))
        rich = best_for_worlds(ManyWorlds(richer), measure, generator=np.random.default_rng(0))
        shared = best_for_worlds(
            ManyWorlds(games, pooled=True), measure, generator=np.random.default_rng(0)
        )
        assert rich.value <= poor.value + 1e-9
        assert shared.value <= poor.value + 1e-9


def test_budgets_of_every_world_bind() -> None:
    rich, poor = hand_worked(np.log(4)), hand_worked(np.log(4), budget=0.5)
    found = best_for_worlds(
        ManyWorlds([rich, poor]), Measure("expected"), generator=np.random.default_rng(0)
    )
    assert found.profile == (0,)


def test_worlds_that_controllers_could_not_treat_alike_are_refused() -> None:
    other = replace(
        hand_worked(1.0),
        points=(ControlPoint("gate", "chips", "A", (Option("nothing"), Option("ban"))),),
    )
    with pytest.raises(InputError, match="found others in world 1"):
        ManyWorlds([hand_worked(1.0), other])
    with pytest.raises(InputError, match="expected 1 probabilities"):
        ManyWorlds([hand_worked(1.0)], probabilities=[-1.0])


def test_evaders_of_different_means_are_worlds() -> None:
    """An evader with a way around the gate is a type that the controllers cannot see."""
    game = hand_worked(np.log(4))
    around = replace(
        game, arcs=(*game.arcs, Arc("around", "source", "end", (PriceStep(0.0, 1.0),)))
    )
    found = best_for_worlds(
        ManyWorlds([game, around]), Measure("expected"), generator=np.random.default_rng(0)
    )
    assert found.losses == pytest.approx([3.5, 11.0]) or found.losses == pytest.approx([10, 10])
    assert found.value == pytest.approx(7.25)


def certified(found: BestForWorlds, worlds: ManyWorlds) -> WorldsCertificate:
    certificate, _ = certify_worlds(
        worlds.games,
        found,
        player=worlds.player,
        probabilities=worlds.probabilities,
        gap=0.01,
    )
    return certificate


def test_a_changed_answer_is_not_certified() -> None:
    worlds = ManyWorlds(sample(1))
    found = best_for_worlds(worlds, Measure("expected"), generator=np.random.default_rng(0))
    assert certified(found, worlds).status == "proven"
    for changed in (
        replace(found, value=found.value - 0.1),
        replace(found, bound=found.value + 0.1),
        replace(found, losses=found.losses + 0.1),
    ):
        with pytest.raises(NotCertifiedError, match="certificate"):
            certified(changed, worlds)


def test_an_unproven_answer_says_so() -> None:
    worlds = ManyWorlds(sample(1))
    found = best_for_worlds(worlds, Measure("expected"), generator=np.random.default_rng(0))
    assert certified(replace(found, bound=found.value - 1), worlds).status == "limit"


def test_time_that_is_up_leaves_a_portfolio_and_a_valid_bound() -> None:
    worlds = ManyWorlds(sample(5))
    found = best_for_worlds(
        worlds,
        Measure("expected"),
        gap=1e-9,
        time_limit=1e-6,
        generator=np.random.default_rng(0),
        enough=0,
    )
    least = brute_force(worlds, Measure("expected"))
    assert found.bound <= least + 1e-9 <= found.value + 2e-9


@pytest.mark.parametrize("text", ["expected", "cvar:0.9", "regret"])
def test_worlds_that_nobody_had_time_to_ask_leave_numbers_all_the_same(text: str) -> None:
    worlds = ManyWorlds(sample(5, count=17))
    with np.errstate(invalid="raise"):
        found = best_for_worlds(
            worlds,
            parse_measure(text),
            gap=1e-9,
            time_limit=1e-6,
            generator=np.random.default_rng(0),
            enough=0,
        )
    assert math.isfinite(found.bound)
    assert found.bound <= found.value + 1e-9


@pytest.mark.slow
def test_the_bound_is_finite_from_the_first_round_on_and_only_rises() -> None:
    told: list[float] = []

    def tell(progress: Progress) -> None:
        if progress.stage.startswith(("worlds that", "proof")) and progress.done:
            told.append(progress.bound)

    worlds = ManyWorlds(worlds_of(load_instance(INSTANCE), 6))
    found = best_for_worlds(
        worlds,
        Measure("expected"),
        gap=1e-3,
        generator=np.random.default_rng(0),
        progress=tell,
        enough=0,
    )
    assert np.isfinite(told).all()
    assert told == sorted(told)
    assert told[0] < told[-1] <= found.bound <= found.value


@pytest.mark.parametrize("text", ["mean", "cvar", "cvar:1", "cvar:x", "regret:2", "cvar:-0.1"])
def test_unknown_measures_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="measure: expected"):
        parse_measure(text)


def test_measures_have_names() -> None:
    assert [parse_measure(text).name for text in ("expected", "cvar:0.9", "regret")] == [
        "expected",
        "cvar:0.9",
        "regret",
    ]


def test_the_interval_covers_what_all_worlds_allow() -> None:
    """Losses are 10 + noise whatever is done: the true gap is 0, and both limits enclose it."""
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(200):
        fresh = 10 + rng.normal(size=50)
        bounds = 10 + rng.normal(size=(8, 10)).mean(axis=1)
        found = replication(
            fresh, bounds.tolist(), Measure("expected"), threshold=0.0, worlds_each=10
        )
        inside += found.bound_low <= 10 <= found.value_high
    assert inside >= 180

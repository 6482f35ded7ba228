"""One portfolio for many worlds: against brute force, by hand, and by its properties."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.perturbed import perturbed
from games.errors import InfeasibleError, InputError
from games.layered import LayeredGame
from games.network import build_network
from solvers.players import player
from solvers.portfolio import World, best_portfolio
from solvers.worlds.measures import Measure, parse_measure
from solvers.worlds.optimum import BestForWorlds, best_for_worlds
from solvers.worlds.problem import ManyWorlds
from tests.builders import Traits, small_game

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
        worlds, measure, gap=gap, time_limit=60, generator=np.random.default_rng(0), enough=0
    )


@pytest.mark.parametrize("measure", MEASURES, ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(8))
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
@pytest.mark.parametrize("seed", range(6))
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

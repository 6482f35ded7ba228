"""The computed constants: boxes of prices, and what follows from them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from games.capability import Chord
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Effort,
    Front,
    LayeredGame,
    Option,
    PriceStep,
    Profile,
)
from games.network import Network, build_network
from solvers.grouped import GroupedRelaxation
from solvers.players import player, weights_of
from solvers.prices import (
    Box,
    Weights,
    binding_rows,
    first_box,
    hub_nodes,
    ways,
    worthwhile,
)
from solvers.relaxation import MixedCut, Relaxation
from solvers.tightening import Priced, tightened
from tests.builders import any_game, small_games
from tests.oracle import Oracle


def cheapest_dual(
    network: Network, profile: Profile, box: Box, cuts: Sequence[MixedCut] = ()
) -> float:
    """Return the least value of the evader's dual at a profile with all prices in a box.

    It is written down anew, with a row for every lane; only binding capacities have a rent.
    """
    nodes, rents = len(network.nodes), len(network.capacities)
    chords = len(network.chord_value)
    columns = 1 + nodes + rents + chords
    rows, least = [], []
    for lane in network.lanes:
        option = network.chosen(lane, profile)
        row = np.zeros(columns)
        row[0] = lane.costs[option]
        row[1 + lane.head] -= lane.gains[option]
        if lane.tail >= 0:
            row[1 + lane.tail] += 1
        row[1 + nodes + lane.row] = 1
        rows.append(row)
        least.append(lane.value)
    for j, front in enumerate(network.chord_front):
        row = np.zeros(columns)
        row[1 + network.front_node[front]] = 1
        row[1 + nodes + rents + j] = 1
        rows.append(row)
        least.append(network.chord_value[j])
    for cut in cuts:
        row = np.zeros(columns)
        row[0] = cut.money
        row[[1 + v for v in cut.nodes]] = list(cut.nodes.values())
        row[[1 + nodes + r for r in cut.rents]] = list(cut.rents.values())
        rows.append(row)
        least.append(cut.shares[profile[cut.point]])
    costs = np.concatenate(
        [[network.game.evader_budget], np.zeros(nodes), network.capacities, network.chord_width]
    )
    bounds = [(box.money_low, box.money_high)]
    bounds += list(zip(box.node_low, box.node_high, strict=True))
    binding = binding_rows(network)
    bounds += [(0.0, None if r in binding else 0.0) for r in range(rents)]
    bounds += [(0.0, None)] * chords
    found = linprog(costs, A_ub=-np.array(rows), b_ub=-np.array(least), bounds=bounds)
    assert found.status == 0, found.message
    return float(found.fun)


def everything(game: LayeredGame, harm: float) -> Weights:
    """Return the problem of all controllers as one, each within its own budget."""
    names = [controller.name for controller in game.controllers]
    return weights_of(game, player(game, names), game.status_quo, harm=harm)


def objective(oracle: Oracle, weights: Weights, profile: Profile) -> float:
    """Return costs plus harm times Z of a profile, by brute force."""
    costs = sum(costs[o] for costs, o in zip(weights.options, profile, strict=True))
    return costs + weights.harm * oracle.outcome(profile).value


def objectives(game: LayeredGame, weights: Weights) -> dict[Profile, float]:
    """Return the objective of every affordable profile."""
    oracle = Oracle(game)
    return {profile: objective(oracle, weights, profile) for profile in oracle.profiles()}


@settings(max_examples=25)
@given(game=any_game())
def test_the_first_box_holds_an_optimal_dual_of_every_profile(game: LayeredGame) -> None:
    network, oracle = build_network(game), Oracle(game)
    box = first_box(network)
    for profile in list(oracle.profiles())[:8]:
        value = oracle.outcome(profile).value
        assert cheapest_dual(network, profile, box) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("relaxation", [Relaxation, GroupedRelaxation])
@settings(max_examples=25)
@given(game=any_game(largest=18), harm=st.sampled_from([0.25, 1.0, 3.0]))
def test_a_tightened_box_holds_an_optimal_dual_of_whatever_is_no_worse(
    relaxation: Callable[[Network, Weights, Box], Priced], game: LayeredGame, harm: float
) -> None:
    network, weights, oracle = build_network(game), everything(game, harm), Oracle(game)
    values = objectives(game, weights)
    ranked = sorted(values, key=values.__getitem__)
    for rank in (0, len(ranked) // 3):
        at_most = values[ranked[rank]]
        box = tightened(
            network,
            weights,
            box=first_box(network),
            at_most=at_most,
            nodes=hub_nodes(network),
            relaxation=relaxation,
        )
        for profile in ranked[: rank + 1][-4:]:
            value = oracle.outcome(profile).value
            assert cheapest_dual(network, profile, box) == pytest.approx(value, abs=1e-6)


@settings(max_examples=20)
@given(game=any_game(largest=18))
def test_tightening_only_narrows(game: LayeredGame) -> None:
    network, weights = build_network(game), everything(game, 1.0)
    first = first_box(network)
    box = tightened(
        network,
        weights,
        box=first,
        at_most=min(objectives(game, weights).values()),
        nodes=hub_nodes(network),
    )
    assert first.money_low <= box.money_low <= box.money_high <= first.money_high
    assert np.all(first.node_low <= box.node_low)
    assert np.all(box.node_low <= box.node_high)
    assert np.all(box.node_high <= first.node_high)


@settings(max_examples=25)
@given(game=any_game(largest=18), harm=st.sampled_from([0.25, 1.0, 3.0]))
def test_the_relaxation_never_exceeds_any_portfolio(game: LayeredGame, harm: float) -> None:
    network, weights = build_network(game), everything(game, harm)
    bound = Relaxation(network, weights, first_box(network)).value()
    assert bound <= min(objectives(game, weights).values()) + 1e-6


@settings(max_examples=20)
@given(game=any_game())
def test_the_relaxation_of_a_settled_game_is_exact(game: LayeredGame) -> None:
    """With one option allowed at each point nothing is left to relax."""
    network = build_network(game)
    weights = everything(game, 1.0)
    oracle = Oracle(game)
    for profile in list(oracle.profiles())[:3]:
        settled = replace(weights, allowed=tuple((o,) for o in profile))
        value = Relaxation(network, settled, first_box(network)).value()
        assert value == pytest.approx(objective(oracle, weights, profile), abs=1e-6)


@settings(max_examples=25)
@given(game=any_game(), harm=st.sampled_from([0.25, 1.0]))
def test_mixed_cuts_spare_an_optimal_dual_of_every_profile(game: LayeredGame, harm: float) -> None:
    """At each profile some optimal dual within the box respects every cut."""
    network, weights, oracle = build_network(game), everything(game, harm), Oracle(game)
    box = first_box(network)
    cuts = Relaxation(network, weights, box).cuts()
    for profile in list(oracle.profiles())[:6]:
        found = cheapest_dual(network, profile, box, cuts)
        assert found == pytest.approx(oracle.outcome(profile).value, abs=1e-6)


@settings(max_examples=25)
@given(game=any_game(), harm=st.sampled_from([1e-8, 1e-6, 1.0]))
def test_the_largest_factor_of_a_mixed_cut_is_one(game: LayeredGame, harm: float) -> None:
    """HiGHS drops factors below 1e-9: of a cut in such numbers a wrong one would be left."""
    network = build_network(game)
    for cut in Relaxation(network, everything(game, harm), first_box(network)).cuts():
        factors = [cut.money, *cut.nodes.values(), *cut.rents.values()]
        assert max(map(abs, factors)) == pytest.approx(1.0)


@settings(max_examples=25)
@given(game=small_games(), rng=st.randoms(use_true_random=False))
def test_worthwhile_lanes_are_best_for_any_prices_in_the_box(
    game: LayeredGame, rng: random.Random
) -> None:
    network = build_network(game)
    box = first_box(network)
    for lanes in ways(network):
        for option in range(len(lanes[0].gains)):
            kept = worthwhile(lanes, option, box)
            for _ in range(5):
                money = rng.uniform(box.money_low, box.money_high)
                price = rng.uniform(box.node_low[lanes[0].head], box.node_high[lanes[0].head])
                worth = {
                    lane: lane.gains[option] * price - lane.costs[option] * money for lane in lanes
                }
                best = max(worth.values())
                assert max(worth[lane] for lane in kept) == pytest.approx(best, abs=1e-9)


def test_covert_effort_is_left_out_where_it_never_pays() -> None:
    # covert saves at most 1 - exp(-1) of a unit worth 2, for 5 bn USD: never where money is dear
    efforts = (Effort("normal"), Effort("covert", hazard_factor=0.01, unit_cost=5.0))
    game = one_way(efforts)
    network = build_network(game)
    dear = Box(1.0, 2.0, np.zeros(1), np.full(1, 2.0))
    cheap = Box(0.0, 2.0, np.zeros(1), np.full(1, 2.0))
    assert [lane.effort for lane in worthwhile(network.lanes, 1, dear)] == [0]
    assert [lane.effort for lane in worthwhile(network.lanes, 1, cheap)] == [0, 1]


def one_way(efforts: tuple[Effort, ...] = (Effort("normal"),)) -> LayeredGame:
    """Return a game of one guarded way to one front."""
    return LayeredGame(
        name="one way",
        controllers=(Controller("A", 1.0, {"training": 1.0}),),
        points=(ControlPoint("chips", "chips", "A", (Option("open"), Option("ban", hazard=1.0))),),
        arcs=(Arc("export", "world", "training", (PriceStep(1.0, 2.0),), "chips"),),
        fronts=(Front("training", "training", (Chord(2.0, 9.0),)),),
        evader_budget=9.0,
        efforts=efforts,
    )


def test_money_is_worth_at_most_what_the_best_lane_makes_of_it() -> None:
    # one bn USD buys one unit, worth 2 at the front
    box = first_box(build_network(one_way()))
    assert (box.money_low, box.money_high) == (0.0, 2.0)
    assert box.node_high.tolist() == [2.0]


def test_a_capacity_that_supply_cannot_fill_does_not_bind() -> None:
    arcs = (
        Arc("in", "world", "hub", (PriceStep(1.0, 3.0),)),
        Arc("wide", "hub", "training", (PriceStep(0.0, 3.0),)),
        Arc("narrow", "hub", "training", (PriceStep(0.0, 2.9),)),
    )
    network = build_network(replace(one_way(), arcs=arcs, points=()))
    assert binding_rows(network) == [0, 2]

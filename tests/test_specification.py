"""One name in four places: the specification against HiGHS rows and Pyomo constraints.

Both are evaluated at random points of random small games and have to agree, constraint by
constraint. The page is the fourth place; `tests/test_docs.py` holds it against the specification.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games import specification
from games.capability import MonthsCurve
from games.enforcement import EnforcementCurve
from games.layered import LayeredGame
from games.network import Network, build_network
from games.payoffs import earnings, payoffs
from games.specification import Model
from solvers.candidates import optimistic
from solvers.consent import TOLERANCE, add_consent, disagreement
from solvers.evader import Evader
from solvers.general_sum import general_sum_model
from solvers.interdiction import InterdictionModel, interdiction_model
from solvers.players import least_harm, player, stake, weights_of
from solvers.prices import Box, Weights, first_box
from solvers.relaxation import MixedCut, Relaxation
from solvers.world import World
from tests.builders import any_game
from tests.specified import (
    Point,
    box_corners,
    modelled,
    network_letters,
    network_sets,
    portfolio_letters,
    portfolio_sets,
)

randomly = settings(max_examples=20)
games = any_game()
randoms = st.integers(0, 10**6).map(random.Random)


def same(one: Iterable[float], other: Iterable[float]) -> None:
    assert sorted(one) == pytest.approx(sorted(other), rel=1e-9, abs=1e-9)


# ------------------------------------------------------------------------- what letters are


@given(st.floats(0, 5), st.floats(0.01, 5), st.floats(0, 9))
def test_enforcement_is_what_the_specification_says(most: float, half: float, spent: float) -> None:
    point = Point({"h_max": lambda: most, "e_half": lambda: half, "e": lambda: spent})
    expected = point.value(specification.enforcement().meaning)
    assert EnforcementCurve(most, half).hazard(spent) == pytest.approx(expected, abs=1e-12)


@given(st.floats(0.01, 5), st.floats(0.01, 5), st.floats(0, 9))
def test_months_are_what_the_specification_says(base: float, growth: float, amount: float) -> None:
    point = Point({"q0": lambda: base, "gamma": lambda: growth, "q": lambda: amount})
    expected = point.value(specification.months().meaning)
    assert MonthsCurve(base, growth).months(amount) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@randomly
@given(game=any_game(correlation=0.0))
def test_lanes_gain_and_cost_what_the_specification_says(game: LayeredGame) -> None:
    gain, paid = specification.lane()
    for lane in build_network(game).lanes:
        if lane.point < 0:
            continue
        arc, effort = game.arcs[lane.arc], game.efforts[lane.effort]
        for o, option in enumerate(game.points[lane.point].options):
            point = Point(
                {
                    "kappa": lambda _, arc=arc: arc.conversion,
                    "phi": lambda _, effort=effort: effort.hazard_factor,
                    "h": lambda _, option=option: option.hazard,
                    "p": lambda _, price=arc.steps[lane.step].price: price,
                    "t": lambda _, option=option: option.toll,
                    "w": lambda _, effort=effort: effort.unit_cost,
                    "psi": lambda _, effort=effort: effort.price_share,
                }
            )
            at = dict.fromkeys("lomek", 0) | {"o": o}
            assert lane.gains[o] == pytest.approx(point.value(gain.meaning, at), rel=1e-12)
            assert lane.costs[o] == pytest.approx(point.value(paid.meaning, at), rel=1e-12)


@randomly
@given(game=games, rng=randoms)
def test_payoffs_are_what_the_specification_says(game: LayeredGame, rng: random.Random) -> None:
    profile = tuple(rng.randrange(len(point.options)) for point in game.points)
    entering = [rng.uniform(0, 3) for _ in game.arcs]
    quantities = [rng.uniform(0, 3) for _ in game.fronts]
    chosen = [p.options[o] for p, o in zip(game.points, profile, strict=True)]
    names = [controller.name for controller in game.controllers]
    point = Point(
        {
            "sigma": lambda i, f: game.controllers[i].stakes.get(game.fronts[f].name, 0.0),
            "G": lambda f: game.fronts[f].months(quantities[f]),
            "c": lambda k: chosen[k].cost,
            "d": lambda k: chosen[k].economic_cost,
            "t": lambda k: chosen[k].toll,
            "x": lambda e: entering[e],
            "rho": lambda i, e: game.arcs[e].revenue.get(names[i], 0.0),
            "point": lambda e: game.point_index[game.arcs[e].point],
        },
        {
            "fronts": lambda: range(len(game.fronts)),
            "points_owned": lambda i: game.owned([names[i]]),
            "arcs": lambda: range(len(game.arcs)),
            "arcs_across_points_owned": lambda i: [
                e
                for e, arc in enumerate(game.arcs)
                if arc.point and game.points[game.point_index[arc.point]].owner == names[i]
            ],
        },
    )
    found = payoffs(game, profile, entering=entering, quantities=quantities)
    meaning = specification.payoff().meaning
    for i, name in enumerate(names):
        assert found.total[name] == pytest.approx(point.value(meaning, {"i": i}), abs=1e-9)


# -------------------------------------------------------------------------------- the evader


def response_letters(network: Network, profile: Sequence[int]) -> dict[str, Callable[..., float]]:
    """Return gains and costs of the options in force, and where lanes lie."""
    lanes = network.lanes
    return {
        "g": lambda l: lanes[l].gains[network.chosen(lanes[l], tuple(profile))],
        "c": lambda l: lanes[l].costs[network.chosen(lanes[l], tuple(profile))],
        "row": lambda l: lanes[l].row,
    }


@randomly
@given(game=games, rng=randoms)
def test_the_rows_and_columns_of_the_evader_are_those_of_the_specification(
    game: LayeredGame, rng: random.Random
) -> None:
    network = build_network(game)
    evader = Evader(network)
    profile = tuple(rng.randrange(len(point.options)) for point in game.points)
    evader.value(profile)  # changes of coefficients have to arrive, too
    lp, unit = evader._highs.getLp(), evader._unit
    matrix = np.zeros((lp.num_row_, lp.num_col_))
    for column in range(lp.num_col_):
        for entry in range(lp.a_matrix_.start_[column], lp.a_matrix_.start_[column + 1]):
            matrix[lp.a_matrix_.index_[entry], column] = lp.a_matrix_.value_[entry]
    worths = -np.asarray(lp.col_cost_) * unit
    lanes, nodes = len(network.lanes), len(network.nodes)
    plan = np.array([rng.uniform(0, 2) for _ in range(lp.num_col_)])
    prices = np.array([rng.uniform(0, 2) for _ in range(lp.num_row_)])
    rents = np.array([rng.uniform(0, 2) for _ in network.chord_value])
    point = Point(
        {
            **network_letters(network),
            **response_letters(network, profile),
            "x": lambda l: plan[l],
            "s": lambda j: plan[lanes + j],
            "pi": lambda v: prices[v] if v >= 0 else 0.0,
            "theta": lambda r: prices[nodes + r],
            "mu": lambda: prices[-1],
            "rent": lambda j: rents[j],
        },
        network_sets(network),
    )
    ends = set(network.front_node.tolist())
    members = {
        "node_conserves": [(v,) for v in range(nodes) if v not in ends],
        "front_absorbs": [(v,) for v in sorted(ends)],
        "capacity_is_respected": [(r,) for r in range(len(network.capacities))],
        "evader_budget_is_respected": [()],
        "chord_has_its_width": [(j,) for j in range(len(rents))],
        "lane_earns_no_surplus": [(l,) for l in range(lanes)],
        "front_is_priced": [(j,) for j in range(len(rents))],
    }
    found = defaultdict(list)
    for name, slack in zip(lp.row_names_, np.asarray(lp.row_upper_) - matrix @ plan, strict=True):
        found[name.split("[")[0]].append(slack)
    found["chord_has_its_width"] = list(np.asarray(lp.col_upper_)[lanes:] - plan[lanes:])
    primal, dual = specification.evader(), specification.evader_dual()
    assert set(found) == {row.name for row in primal.rows}
    surplus = prices @ matrix - worths
    found["lane_earns_no_surplus"] = list(surplus[:lanes])
    found["front_is_priced"] = list(surplus[lanes:] + rents)
    for row in (*primal.rows, *dual.rows):
        assert found[row.name] == pytest.approx(
            [point.slack(row, member) for member in members[row.name]], rel=1e-9, abs=1e-9
        )
    assert worths @ plan == pytest.approx(point.value(primal.objective), rel=1e-9, abs=1e-9)
    limits = np.concatenate([lp.row_upper_[nodes:], np.asarray(lp.col_upper_)[lanes:]])
    value = limits @ np.concatenate([prices[nodes:], rents])
    assert value == pytest.approx(point.value(dual.objective), rel=1e-9, abs=1e-9)


# ----------------------------------------------------------------------------- the portfolios


def narrowed(box: Box, rng: random.Random) -> Box:
    """Return a random box inside a box."""

    def within(low: float, high: float) -> tuple[float, float]:
        one, other = rng.uniform(low, high), rng.uniform(low, high)
        return min(one, other), max(one, other)

    money = within(box.money_low, box.money_high)
    ends = [within(low, high) for low, high in zip(box.node_low, box.node_high, strict=True)]
    return Box(*money, np.array([low for low, _ in ends]), np.array([high for _, high in ends]))


def drawn(model: Any, network: Network, box: Box, rng: random.Random) -> None:
    """Give every variable of a model a random value, prices within the box."""
    model.money.set_value(rng.uniform(box.money_low, box.money_high))
    for v in range(len(network.nodes)):
        model.node_price[v].set_value(rng.uniform(box.node_low[v], box.node_high[v]))
    for part in ("rent", "chord_rent", "step", "flow", "filled"):
        for variable in getattr(model, part).values() if hasattr(model, part) else ():
            variable.set_value(rng.random(), skip_validation=True)


def values_of(variable: Any) -> Callable[..., float]:
    """Return the values of an indexed variable, 0 for what the model leaves out."""
    found = {key: pyo.value(entry) for key, entry in variable.items()}
    return lambda *index: found.get(index[0] if len(index) == 1 else index, 0.0)


def portfolio_point(
    built: InterdictionModel,
    network: Network,
    weights: Weights,
    box: Box,
    cuts: Sequence[MixedCut],
    tried: Sequence[Sequence[int]],
) -> Point:
    """Return the point at which a model's variables stand."""
    model, allowed = built.model, built.allowed

    def step(k: int, o: int) -> float:
        if o == 0:
            return 1.0
        return pyo.value(built.steps[k, o]) if k >= 0 and o < len(allowed[k]) else 0.0

    definitions = {
        one.letter.base.label.name: one for one in specification.interdiction().definitions
    }

    def defined(name: str) -> Callable[[int, int], float]:
        letter, meaning = definitions[name].letter, definitions[name].meaning
        names = [index.name for index in letter.indices]
        return lambda *indices: point.value(meaning, dict(zip(names, indices, strict=True)))

    letters = {
        **network_letters(network),
        **portfolio_letters(network, weights, allowed),
        **{name: defined(name) for name in definitions},
        "mu": lambda: pyo.value(model.money),
        "pi": lambda v: pyo.value(model.node_price[v]) if v >= 0 else 0.0,
        "theta": values_of(model.rent),
        "rent": values_of(model.chord_rent),
        "y": step,
        "gamma": lambda n: cuts[n].money,
        "tau": lambda n, v: cuts[n].nodes.get(v, 0.0),
        "rho": lambda n, r: cuts[n].rents.get(r, 0.0),
        "share": lambda n, o: cuts[n].shares[allowed[cuts[n].point][o]],
        "a": lambda n, k: allowed[k].index(tried[n][k]),
    }
    sets = {
        **network_sets(network),
        **portfolio_sets(network, weights, allowed, box),
        "options_at_cut": lambda n: range(len(allowed[cuts[n].point])),
    }
    point = Point(letters, sets, box_corners(network, box))
    return point


def with_point(point: Point, point_of: Callable[[int], int]) -> Point:
    """Return a point at which `point` tells the control point of something else than a lane."""
    return Point({**point.letters, "point": point_of}, point.sets, point.corners)


def slacks(constraints: Any) -> list[float]:
    """Return by how much each of a model's constraints of one name holds."""
    found = []
    for constraint in constraints.values():
        body = pyo.value(constraint.body)
        low, high = pyo.value(constraint.lower), pyo.value(constraint.upper)
        assert (low is None) != (high is None)
        found.append(body - low if high is None else high - body)
    return found


def portfolio_members(
    built: InterdictionModel,
    network: Network,
    box: Box,
    weights: Weights,
    cuts: Sequence[MixedCut],
    tried: Sequence[Sequence[int]],
) -> dict[str, list[tuple[int, ...]]]:
    """Return which members of each family a portfolio model needs."""
    allowed = built.allowed
    ends = network.front_node[network.chord_front]
    dearest = [
        sum(max(network.game.points[k].options[o].cost for o in allowed[k]) for k in points)
        for points, _ in weights.budgets
    ]
    return {
        "steps_are_ordered": [
            (k, o) for k, options in enumerate(allowed) for o in range(1, len(options) - 1)
        ],
        "budget_is_respected": [
            (i,) for i, (_, limit) in enumerate(weights.budgets) if dearest[i] > limit
        ],
        "front_is_priced": [
            (j,) for j, end in enumerate(ends) if network.chord_value[j] > box.node_low[end]
        ],
        "lane_earns_no_surplus": [*modelled(network, allowed, box)],
        "mix_is_priced": [(n,) for n in range(len(cuts))],
        "profile_is_new": [(n,) for n in range(len(tried))],
    }


def compared(
    model: Model,
    built: InterdictionModel,
    point: Point,
    members: dict[str, list[tuple[int, ...]]],
    *,
    cuts: Sequence[MixedCut],
    network: Network,
) -> set[str]:
    """Hold the constraints of a specification against a model and return their names."""
    capacities = {lane.row: lane.point for lane in network.lanes}
    elsewhere = {
        "mix_is_priced": with_point(point, lambda n: cuts[n].point),
        "capacity_is_respected": with_point(point, lambda r: capacities[r]),
    }
    for row in model.rows:
        if row.name == "chord_has_its_width":
            found = [v.ub - pyo.value(v) for v in built.model.filled.values()]
        else:
            found = slacks(getattr(built.model, row.name))
        at = elsewhere.get(row.name, point)
        same(found, [at.slack(row, member) for member in members[row.name]])
    return {row.name for row in model.rows}


def prepared(
    game: LayeredGame, rng: random.Random
) -> tuple[Network, Weights, Box, list[MixedCut], list[str]]:
    """Return a portfolio problem: some members, a box, its cuts."""
    network = build_network(game)
    names = [controller.name for controller in game.controllers]
    members = rng.sample(names, rng.randint(1, len(names)))
    weights = weights_of(game, player(game, members), game.status_quo, harm=rng.uniform(0.1, 3))
    tight = tuple((points, limit * rng.uniform(0.5, 1)) for points, limit in weights.budgets)
    weights = replace(weights, budgets=(*weights.budgets, *tight))
    box = narrowed(first_box(network), rng)
    cuts = Relaxation(network, weights, first_box(network)).cuts()
    return network, weights, box, cuts, members


@randomly
@given(game=games, rng=randoms)
def test_the_constraints_of_interdiction_are_those_of_the_specification(
    game: LayeredGame, rng: random.Random
) -> None:
    network, weights, box, cuts, _ = prepared(game, rng)
    built = interdiction_model(network, weights, box=box, cuts=cuts)
    tried = [tuple(rng.choice(options) for options in built.allowed) for _ in range(2)]
    for profile in tried:
        built.cut_off(profile)
    drawn(built.model, network, box, rng)
    point = portfolio_point(built, network, weights, box, cuts, tried)
    members = portfolio_members(built, network, box, weights, cuts, tried)
    model = specification.interdiction()
    names = compared(model, built, point, members, cuts=cuts, network=network)
    assert {part.name for part in built.model.component_objects(pyo.Constraint)} == names
    value = pyo.value(built.model.objective)
    assert value == pytest.approx(point.value(model.objective), rel=1e-9, abs=1e-9)


@randomly
@given(game=games, rng=randoms)
def test_the_constraints_of_strong_duality_are_those_of_the_specification(
    game: LayeredGame, rng: random.Random
) -> None:
    network, weights, box, cuts, names = prepared(game, rng)
    built = general_sum_model(network, weights, members=names, box=box, cuts=cuts)
    tried = [tuple(rng.choice(options) for options in built.allowed)]
    built.cut_off(tried[0])
    drawn(built.model, network, box, rng)
    pairs = modelled(network, built.allowed, box)
    flows = {pair: pyo.value(built.model.flow[i]) for i, pair in enumerate(pairs)}
    fronts = {
        int(node): front.name for node, front in zip(network.front_node, game.fronts, strict=True)
    }

    def earned(l: int, o: int) -> float:
        lane = network.lanes[l]
        option = built.allowed[lane.point][o] if lane.point >= 0 else 0
        found = earnings(game, game.arcs[lane.arc], option)
        return sum(found.get(name, 0.0) for name in names)

    plain = portfolio_point(built, network, weights, box, cuts, tried)
    letters = {
        **plain.letters,
        "x": lambda l, o: flows[l, o],
        "s": values_of(built.model.filled),
        "sigma": lambda f: stake(game, names, fronts[f]),
        "earnings": earned,
    }
    point = Point(letters, plain.sets, plain.corners)
    members = portfolio_members(built, network, box, weights, cuts, tried)
    touched = {lane for pair in pairs for lane in [network.lanes[pair[0]]]}
    nodes = {lane.head for lane in touched} | {lane.tail for lane in touched if lane.tail >= 0}
    nodes |= {int(node) for node in network.front_node[network.chord_front]}
    members |= {
        "node_conserves": [(v,) for v in nodes if v not in fronts],
        "front_absorbs": [(v,) for v in nodes if v in fronts],
        "capacity_is_respected": sorted({(network.lanes[l].row, o) for l, o in pairs}),
        "evader_budget_is_respected": [()],
        "chord_has_its_width": [(j,) for j in range(len(network.chord_value))],
        "flows_match_prices": [()],
    }
    model = specification.strong_duality()
    found = compared(model, built, point, members, cuts=cuts, network=network)
    found |= compared(
        specification.interdiction(), built, point, members, cuts=cuts, network=network
    )
    parts = {part.name for part in built.model.component_objects(pyo.Constraint)}
    assert parts == found - {"chord_has_its_width"}, "a constraint without its specification"
    value = -pyo.value(built.model.objective)
    assert value == pytest.approx(point.value(model.objective), rel=1e-9, abs=1e-9)


@randomly
@given(game=games, rng=randoms)
def test_members_consent_as_the_specification_says(game: LayeredGame, rng: random.Random) -> None:
    network, weights, box, cuts, names = prepared(game, rng)
    if rng.random() < 0.5:
        built = interdiction_model(network, weights, box=box, cuts=cuts)
    else:
        built = general_sum_model(network, weights, members=names, box=box, cuts=cuts)
    world = World(network)
    coalition = player(game, names, transfers=False)
    add_consent(world, coalition, built, game.status_quo)
    drawn(built.model, network, box, rng)
    harms = [least_harm(game, [name]) for name in names]
    alone = [replace(coalition, members=(name,)) for name in names]
    credited = [
        optimistic(game, one, weights_of(game, one, game.status_quo, harm=harm))
        for one, harm in zip(alone, harms, strict=True)
    ]
    payoffs_now = disagreement(world, coalition, game.status_quo)
    plain = portfolio_point(built, network, weights, box, cuts, [])
    letters = {
        **plain.letters,
        "own": lambda i, k, o: credited[i][0].options[k][built.allowed[k][o]],
        "lambda": lambda i: harms[i],
        "credit": lambda i: credited[i][1],
        "least": lambda i: payoffs_now[names[i]] - TOLERANCE * max(1.0, abs(payoffs_now[names[i]])),
    }
    point = Point(letters, plain.sets, plain.corners)
    bound = [  # a member whom nothing concerns needs no row
        i
        for i in range(len(names))
        if harms[i]
        or any(
            credited[i][0].options[k][o] != credited[i][0].options[k][options[0]]
            for k, options in enumerate(built.allowed)
            for o in options
        )
    ]
    row = specification.consent()
    assert row.name == "member_consents"
    same(slacks(built.model.member_consents), [point.slack(row, (i,)) for i in bound])

"""The best portfolio where interests differ from the evader's mirror image: strong duality.

The evader's flows enter beside its prices, and one row makes both optimal: the value of the flows
is at least the value of the prices. Among several best responses of the evader the model takes the
one that the player likes best, so its objective bounds the player's payoff from above under every
rule for ties.

maximise    - sum_f sigma_f sum_j slope_fj s_fj  -  costs  +  sum_lo earnings_lo x_lo
subject to  the dual, steps and budgets of module `interdiction`, and
            node_conserves              sum_out x <= sum_in g_lo x_lo
            front_absorbs               sum_j s_fj <= sum_in g_lo x_lo,   s_fj <= width_fj
            capacity_is_respected       sum_(l in r) x_lo <= u_r [option o is chosen]
            evader_budget_is_respected  sum_lo c_lo x_lo <= B
            flows_match_prices          sum v s + sum b x >= B mu + sum u theta + sum width rent
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyomo.environ as pyo

from games.network import Network
from games.payoffs import earnings
from solvers.interdiction import (
    InterdictionModel,
    Terms,
    add_budgets,
    add_cuts,
    add_dual,
    dual_value,
    linear,
    ordered_options,
    portfolio_cost,
    step_variables,
)
from solvers.players import stake
from solvers.prices import Box, Weights, ways, worthwhile
from solvers.relaxation import MixedCut


def general_sum_model(
    network: Network,
    weights: Weights,
    *,
    members: Sequence[str],
    box: Box,
    cuts: Sequence[MixedCut] = (),
) -> InterdictionModel:
    """Return the MILP of the module's docstring; it minimises the player's payoff negated.

    Parameters
    ----------
    weights : options' costs, allowed options and budgets; `weights.harm` is not used.
    members : the controllers whose payoffs are summed.
    box : bounds of the evader's prices.
    cuts : inequalities between options and prices that every choice within the box respects.
    """
    model = pyo.ConcreteModel(name=f"strong duality of {network.game.name}")
    allowed = ordered_options(network, weights)
    steps = step_variables(model, allowed)
    add_dual(model, network, box=box, allowed=allowed, steps=steps)
    add_cuts(model, cuts, allowed=allowed, steps=steps)
    add_budgets(model, network, weights, allowed=allowed, steps=steps)
    loss = add_flows(model, network, members=members, box=box, allowed=allowed, steps=steps)
    constant, terms = portfolio_cost(weights, allowed, steps)
    model.objective = pyo.Objective(
        expr=linear([term for term in terms + loss if term[0]], constant)
    )
    return InterdictionModel(model, steps, allowed)


def add_flows(
    model: pyo.ConcreteModel,
    network: Network,
    *,
    members: Sequence[str],
    box: Box,
    allowed: Sequence[Sequence[int]],
    steps: dict[tuple[int, int], pyo.Var],
) -> Terms:
    """Add flows that the model's prices prove best; return what the members lose by them.

    That is the harm of what arrives less what the flows earn them, as terms.
    """
    game = network.game
    lanes = [
        (lane, option)
        for group in ways(network)
        for option in (allowed[group[0].point] if group[0].point >= 0 else (0,))
        for lane in worthwhile(group, option, box)
    ]
    model.flow = pyo.Var(
        range(len(lanes)), bounds=lambda _, i: (0, float(network.capacities[lanes[i][0].row]))
    )
    model.filled = pyo.Var(
        range(len(network.chord_value)), bounds=lambda _, j: (0, float(network.chord_width[j]))
    )
    balance: dict[int, Terms] = defaultdict(list)
    shared: dict[tuple[int, int, int], Terms] = defaultdict(list)
    money: Terms = []
    value: Terms = []
    loss: Terms = []  # what the player loses: harm, and earnings negated
    for i, (lane, option) in enumerate(lanes):
        flow = model.flow[i]
        if lane.tail >= 0:
            balance[lane.tail].append((1.0, flow))
        balance[lane.head].append((-lane.gains[option], flow))
        shared[lane.row, lane.point, option].append((1.0, flow))
        money.append((lane.costs[option], flow))
        value.append((lane.value, flow))
        earned = earnings(game, game.arcs[lane.arc], option)
        loss.append((-sum(earned.get(name, 0.0) for name in members), flow))
    slopes = [chord.slope for front in game.fronts for chord in front.chords]
    for j, front in enumerate(network.chord_front):
        filled = model.filled[j]
        balance[int(network.front_node[front])].append((1.0, filled))
        value.append((float(network.chord_value[j]), filled))
        loss.append((stake(game, members, game.fronts[front].name) * slopes[j], filled))

    model.node_conserves = pyo.ConstraintList()
    model.front_absorbs = pyo.ConstraintList()
    fronts = set(network.front_node.tolist())
    for node, terms in balance.items():
        rows = model.front_absorbs if node in fronts else model.node_conserves
        rows.add((None, linear(terms), 0.0))
    model.capacity_is_respected = pyo.ConstraintList()
    for (row, point, option), terms in shared.items():
        limit = float(network.capacities[row])
        constant, indicator = is_chosen(point, option, allowed, steps)
        released = [(-limit * factor, step) for factor, step in indicator]
        model.capacity_is_respected.add((None, linear(terms + released), limit * constant))
    model.evader_budget_is_respected = pyo.Constraint(
        expr=(None, linear(money), float(game.evader_budget))
    )
    paid = [(-factor, variable) for factor, variable in dual_value(model, network)]
    model.flows_match_prices = pyo.Constraint(expr=(0.0, linear(value + paid), None))
    return loss


def is_chosen(
    point: int,
    option: int,
    allowed: Sequence[Sequence[int]],
    steps: dict[tuple[int, int], pyo.Var],
) -> tuple[float, Terms]:
    """Return the indicator of an option as a constant and terms in the steps."""
    if point < 0:
        return 1.0, []
    place = allowed[point].index(option)
    terms: Terms = [(-1.0, steps[point, place + 1])] if place + 1 < len(allowed[point]) else []
    if place == 0:
        return 1.0, terms
    return 0.0, [(1.0, steps[point, place]), *terms]

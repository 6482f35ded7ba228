"""Inequalities that every equilibrium satisfies, one row for each player and set of prices.

In an equilibrium a no player i gains by any choice b of its own,

    lambda_i Z(a) + cost_i(a)  <=  lambda_i Z(b, a_-i) + cost_i(b).

On the left stands a value of the evader's dual, which a model of the profile has anyway. On the
right any prices p bound Z from above, whatever the profile, by a sum over control points:

    Z(a)  <=  constant(p) + sum_k worth_k(a_k; p),
    worth_k(o; p) = sum over capacities u at k of  u max(0, best surplus of its lanes under o)

So with the evader's best prices against (b, a_-i) for p the inequality is linear in the options of
the others, holds for all equilibria, and is tight where it was made: a profile from which b gains
is cut off (equilibrium inequalities, dragotto2023, with prices in place of the deviation's flows).

A coalition without transfers may not choose whatever is within its budgets. Of it, two rows are
known: each member consents, the inequality of a player whose only change is that the coalition
stands still; and against what all others do in a profile that was looked at, its loss is the
smallest that it can agree on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from games.layered import Profile
from games.network import Lane, Network
from solvers.evader import EvaderResponse
from solvers.interdiction import (
    InterdictionModel,
    Terms,
    dual_value,
    interdiction_model,
    linear,
    portfolio_cost,
)
from solvers.players import Player, budgets_of
from solvers.prices import Weights, first_box
from solvers.relaxation import Relaxation


@dataclass(frozen=True)
class PricedValue:
    """An upper bound on the evader's value, as a sum over control points.

    Attributes
    ----------
    worths : for each control point, bn USD under each of its options.
    """

    constant: float
    worths: tuple[NDArray[np.float64], ...]

    def at(self, profile: Profile) -> float:
        """Return the bound at a profile, bn USD."""
        chosen = zip(self.worths, profile, strict=True)
        return self.constant + sum(float(worth[option]) for worth, option in chosen)


def priced_value(network: Network, response: EvaderResponse) -> PricedValue:
    """Return the bound that the prices of an evader's response prove for every profile."""
    game = network.game
    nodes, money = response.node_prices, response.money_price
    constant = game.evader_budget * money
    for front, value, width in zip(
        network.chord_front, network.chord_value, network.chord_width, strict=True
    ):
        constant += float(width) * max(0.0, float(value - nodes[network.front_node[front]]))
    worths = [np.zeros(len(point.options)) for point in game.points]
    sharing: dict[int, list[Lane]] = defaultdict(list)
    for lane in network.lanes:
        sharing[lane.row].append(lane)
    for row, lanes in sharing.items():
        surplus = np.maximum(np.max([_surplus(lane, nodes, money) for lane in lanes], axis=0), 0.0)
        if lanes[0].point >= 0:
            worths[lanes[0].point] += network.capacities[row] * surplus
        else:
            constant += float(network.capacities[row] * surplus[0])
    return PricedValue(constant, tuple(worths))


def _surplus(lane: Lane, nodes: NDArray[np.float64], money: float) -> NDArray[np.float64]:
    """Return what a unit on a lane is worth beyond its price, under each option."""
    gains, costs = np.array(lane.gains), np.array(lane.costs)
    tail = float(nodes[lane.tail]) if lane.tail >= 0 else 0.0
    surplus: NDArray[np.float64] = gains * nodes[lane.head] - costs * money + (lane.value - tail)
    return surplus


def own_best(
    network: Network, player: Player, *, harm: float, priced: PricedValue, first: Profile
) -> float:
    """Return a low `harm` times worths plus costs that the player can reach at given prices.

    Parameters
    ----------
    first : a profile whose part is within the player's budgets, bettered one point at a time.
    """
    game = network.game
    totals = {k: harm * priced.worths[k] + np.array(_costs(network, k)) for k in player.points}
    outlays = {k: [option.cost for option in game.points[k].options] for k in player.points}
    chosen = list(first)
    budgets = budgets_of(game, player)
    spent = [sum(game.points[k].options[first[k]].cost for k in points) for points, _ in budgets]
    for _ in range(len(player.points)):
        before = tuple(chosen)
        for k in player.points:
            for option in np.argsort(totals[k], kind="stable"):
                change = outlays[k][option] - outlays[k][chosen[k]]
                fits = all(
                    k not in points or total + change <= limit + 1e-9
                    for total, (points, limit) in zip(spent, budgets, strict=True)
                )
                if fits and totals[k][option] <= totals[k][chosen[k]]:
                    spent = [
                        total + change * (k in points)
                        for total, (points, _) in zip(spent, budgets, strict=True)
                    ]
                    chosen[k] = int(option)
                    break
        if tuple(chosen) == before:
            break
    return float(sum(totals[k][chosen[k]] for k in player.points))


def add_cut(
    built: InterdictionModel,
    network: Network,
    player: Player,
    *,
    harm: float,
    deviation: Profile,
    priced: PricedValue,
    slack: float,
) -> None:
    """Add the inequality of one player at one set of prices to a model: `no_player_gains`.

    Parameters
    ----------
    harm : the player's lambda.
    deviation : a profile in which the player's part is within its budgets.
    slack : what a player may gain and a profile still count as an equilibrium, bn USD a year.
    """
    least = own_best(network, player, harm=harm, priced=priced, first=deviation)
    own = set(player.points)
    constant, terms = _loss_beyond(
        built, network, harm=harm, priced=priced, own=own, paid=own, least=least
    )
    built.model.no_player_gains.add((None, linear(terms, constant), slack))


def add_agreement(
    built: InterdictionModel,
    network: Network,
    player: Player,
    member: str,
    *,
    harm: float,
    still: Profile,
    priced: PricedValue,
    slack: float,
) -> None:
    """Add what a member of a coalition consents to at one set of prices: `member_agrees`.

    It is the inequality of a player with a single choice: that the coalition stands still.

    Parameters
    ----------
    harm : the member's lambda.
    still : a profile in which the coalition's points are at the status quo.
    slack : loss that counts as none, bn USD a year.
    """
    game = network.game
    paid = {k for k in player.points if game.points[k].owner == member}
    least = sum(harm * float(priced.worths[k][still[k]]) for k in player.points)
    least += sum(_costs(network, k)[still[k]] for k in paid)
    constant, terms = _loss_beyond(
        built, network, harm=harm, priced=priced, own=set(player.points), paid=paid, least=least
    )
    built.model.member_agrees.add((None, linear(terms, constant), slack))


def add_answer(
    built: InterdictionModel,
    network: Network,
    player: Player,
    *,
    harm: float,
    others: Profile,
    least: float,
    slack: float,
) -> None:
    """Add that against some choices of all others a player loses no more than it has to.

        coalition_answers    cost_S(a) + Lambda [dual value]  <=  least + most |a - others|

    with the difference counted in the others' points, and `most` what the left side exceeds
    `least` by at most, the evader's prices being the best ones.

    Parameters
    ----------
    harm : the player's Lambda.
    others : a profile; what the player itself does in it is of no matter.
    least : the smallest loss by which the player can answer it, bn USD a year.
    slack : loss that counts as none, bn USD a year.
    """
    own = set(player.points)
    terms: Terms = [(harm * factor, price) for factor, price in dual_value(built.model, network)]
    constant = -least
    highest = harm * float((network.chord_value * network.chord_width).sum()) - least
    for k in own:
        values = [_costs(network, k)[o] for o in built.allowed[k]]
        constant += values[0]
        highest += max(values)
        terms += _stepwise(values, built, k)
    most = max(0.0, highest)
    for k, options in enumerate(built.allowed):
        if k not in own:
            away = [0.0 if o == others[k] else -most for o in options]
            constant += away[0]
            terms += _stepwise(away, built, k)
    terms = [term for term in terms if term[0]]
    built.model.coalition_answers.add((None, linear(terms, constant), slack))


def _loss_beyond(
    built: InterdictionModel,
    network: Network,
    *,
    harm: float,
    priced: PricedValue,
    own: set[int],
    paid: set[int],
    least: float,
) -> tuple[float, Terms]:
    """Return what a profile loses someone beyond what one change of `own` points would, as terms.

    Parameters
    ----------
    paid : the points of `own` whose costs it bears.
    least : what it would lose at these points after the change, at the prices.
    """
    constant = -harm * priced.constant - least
    model = built.model
    terms: Terms = [(harm * factor, variable) for factor, variable in dual_value(model, network)]
    for k, options in enumerate(built.allowed):
        if k not in own:
            values = [-harm * float(priced.worths[k][o]) for o in options]
        elif k in paid:
            values = [_costs(network, k)[o] for o in options]
        else:
            continue
        constant += values[0]
        terms += _stepwise(values, built, k)
    return constant, [term for term in terms if term[0]]


def _costs(network: Network, point: int) -> list[float]:
    return [o.cost + o.economic_cost for o in network.game.points[point].options]


def worst_model(network: Network, weights: Weights) -> InterdictionModel:
    """Return the MILP of the largest loss over profiles, the evader's value held from both sides.

    Model
    -----
    maximise    harm value + sum of option costs
    subject to  the dual, steps and budgets of module `interdiction`, and
                value_is_priced    value <= B mu + sum u theta + sum width rent
                                   value <= constant(p) + sum_k worth_k(a_k; p)
                no_player_gains

    Notes
    -----
    The dual alone would not do: nothing keeps it from being far above Z here. Prices p at which the
    bound is tight are added with `add_bound` as profiles are looked at.
    """
    box = first_box(network)
    built = interdiction_model(
        network, weights, box=box, cuts=Relaxation(network, weights, box).cuts()
    )
    model = built.model
    model.del_component("objective")
    most = float((network.chord_value * network.chord_width).sum())
    model.value = pyo.Var(bounds=(0.0, most))
    model.value_is_priced = pyo.ConstraintList()
    below = [(-1.0, model.value), *dual_value(model, network)]
    model.value_is_priced.add((0.0, linear(below), None))
    constant, terms = portfolio_cost(weights, built.allowed, built.steps)
    loss: Terms = [(weights.harm, model.value), *terms]
    negated = [(-factor, variable) for factor, variable in loss if factor]
    model.objective = pyo.Objective(expr=linear(negated, -constant))
    return built


def add_bound(built: InterdictionModel, priced: PricedValue) -> None:
    """Add one bound on the evader's value to the model of the worst."""
    terms: Terms = [(1.0, built.model.value)]
    constant = priced.constant
    for k, options in enumerate(built.allowed):
        values = [float(priced.worths[k][o]) for o in options]
        constant += values[0]
        terms += [(-change, step) for change, step in _stepwise(values, built, k)]
    built.model.value_is_priced.add((None, linear([t for t in terms if t[0]]), constant))


def _stepwise(values: Sequence[float], built: InterdictionModel, point: int) -> Terms:
    return [(values[s] - values[s - 1], built.steps[point, s]) for s in range(1, len(values))]

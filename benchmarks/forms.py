"""The referees: plain formulations of the portfolio problem.

Nothing here shares code with `solvers/`, and nothing here is clever: these are the models that one
would write down first, kept so that the product's answers and times can be held against them.

    evader_program   the evader's linear program against one profile
    textbook         one level by strong duality: primal flows, dual prices, and each product of
                     an option and a flow or a price linearised by McCormick's inequalities with one
                     generic constant for all flows and one for all prices
    plain_steps      interdiction by the evader's dual alone: step binaries [option >= o], and
                     constants computed node by node from the largest price a node can have
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.losses import Loss
from benchmarks.models import Builder, Model, Term, merged, scaled
from games.errors import GameError
from games.layered import LayeredGame, Option, Profile
from games.network import Lane, Network


@dataclass(frozen=True)
class _Primal:
    """Columns of the evader's own decisions, and its objective in them."""

    flows: list[int]
    chords: list[int]
    value: list[Term]


@dataclass(frozen=True)
class _Dual:
    """Columns of the evader's prices, and its dual objective in them."""

    money: int
    nodes: list[int]
    rents: list[int]
    value: list[Term]

    def paid(self, lane: Lane) -> list[Term]:
        """Return what a lane's unit pays beside money: its capacity rent and its tail's price."""
        rent = [(self.rents[lane.row], 1.0)]
        return rent if lane.tail < 0 else [*rent, (self.nodes[lane.tail], 1.0)]


def _flows_and_chords(builder: Builder, network: Network) -> _Primal:
    """Add the evader's own columns: flow of each lane, quantity on each chord."""
    flows = [builder.column(f"flow_{index}") for index in range(len(network.lanes))]
    chords = [builder.column(f"chord_{j}", width) for j, width in enumerate(network.chord_width)]
    worth = [lane.value for lane in network.lanes] + list(network.chord_value)
    return _Primal(flows, chords, list(zip(flows + chords, worth, strict=True)))


def _evader_is_able(
    builder: Builder,
    network: Network,
    primal: _Primal,
    arriving: Sequence[Sequence[Term]],
    spending: Sequence[Sequence[Term]],
) -> None:
    """Add the evader's constraints; `arriving` and `spending` hold each lane's terms.

    node_conserves (v)          sum_out x - sum_in arriving <= 0
    front_absorbs (f)           sum_j s_j - sum_in arriving <= 0
    capacity_is_respected (r)   sum_{l in r} x_l <= u_r
    evader_budget_is_respected  sum_l spending_l <= B
    """
    balance: list[list[Term]] = [[] for _ in network.nodes]
    used: list[list[Term]] = [[] for _ in network.capacities]
    for index, lane in enumerate(network.lanes):
        if lane.tail >= 0:
            balance[lane.tail].append((primal.flows[index], 1.0))
        balance[lane.head] += scaled(arriving[index], -1.0)
        used[lane.row].append((primal.flows[index], 1.0))
    for chord, front in zip(primal.chords, network.chord_front, strict=True):
        balance[network.front_node[front]].append((chord, 1.0))
    for node, terms in enumerate(balance):
        builder.row(f"node_conserves_{node}", terms, high=0)
    for row, terms in enumerate(used):
        builder.row(f"capacity_is_respected_{row}", terms, high=float(network.capacities[row]))
    spent = [term for terms in spending for term in terms]
    builder.row("evader_budget_is_respected", spent, high=network.game.evader_budget)


def _prices(builder: Builder, network: Network, largest: Sequence[float]) -> _Dual:
    """Add the evader's dual columns and the constraint of each chord.

    chord_is_priced (j)   pi_f + lambda_j >= v_j
    """
    money = builder.column("price_of_money")
    nodes = [builder.column(f"price_of_node_{v}", high) for v, high in enumerate(largest)]
    rents = [builder.column(f"rent_of_capacity_{r}") for r in range(len(network.capacities))]
    value = [(money, network.game.evader_budget)]
    value += zip(rents, map(float, network.capacities), strict=True)
    for j, front in enumerate(network.chord_front):
        rent = builder.column(f"rent_of_chord_{j}")
        node = nodes[network.front_node[front]]
        worth = float(network.chord_value[j])
        builder.row(f"chord_is_priced_{j}", [(node, 1.0), (rent, 1.0)], low=worth)
        value.append((rent, float(network.chord_width[j])))
    return _Dual(money, nodes, rents, value)


def _portfolio(
    builder: Builder, game: LayeredGame, loss: Loss, choices: Sequence[Sequence[Sequence[Term]]]
) -> list[Term]:
    """Add the controllers' budgets and return the terms of their weighted costs.

    budget_is_respected (i)   public costs of i <= B_i
    """
    costs: list[Term] = []
    for controller in game.controllers:
        outlay: list[Term] = []
        for k in game.owned([controller.name]):
            for option, terms in zip(game.points[k].options, choices[k], strict=True):
                outlay += scaled(terms, option.cost)
                weight = loss.costs[controller.name]
                costs += scaled(terms, weight * (option.cost + option.economic_cost))
        builder.row(f"budget_is_respected_{controller.name}", outlay, high=controller.budget)
    return costs


def evader_program(network: Network, profile: Profile) -> Model:
    """Return the evader's linear program against one profile."""
    builder = Builder()
    primal = _flows_and_chords(builder, network)
    options = [network.chosen(lane, profile) for lane in network.lanes]
    pairs = list(zip(network.lanes, options, primal.flows, strict=True))
    arriving = [[(flow, lane.gains[option])] for lane, option, flow in pairs]
    spending = [[(flow, lane.costs[option])] for lane, option, flow in pairs]
    _evader_is_able(builder, network, primal, arriving, spending)
    return Model(tuple(builder.columns), tuple(builder.rows), merged(primal.value), minimise=False)


def textbook(
    network: Network,
    loss: Loss,
    *,
    minimise: bool = True,
    largest_price: float = 1e3,
    largest_flow: float | None = None,
) -> Model:
    """Return the strong-duality form with generic constants.

    one_option_is_chosen (k)      sum_o z_ko = 1
    budget_is_respected (i)       sum_k,o c_ko z_ko <= B_i
    the evader is able            its constraints, with sum_o g_lo (x_l z_ko) arriving
    lane_is_priced (l)            sum_o c_lo (mu z_ko) + theta_r + pi_tail
                                  - sum_o g_lo (pi_head z_ko) >= b_l
    chord_is_priced (j)           pi_f + lambda_j >= v_j
    evader_is_at_its_best         primal value - dual value >= 0

    Parameters
    ----------
    loss : what is minimised, or maximised where `minimise` is False; ties of the evader are broken
        in favour of this aim.
    largest_price : constant in every product of an option and a price, bn USD per unit; a round
        number above every price that the game's unit of account makes likely.
    largest_flow : constant in every product of an option and a flow, units a year; the largest
        capacity of the network by default.

    Notes
    -----
    Wrong where a price exceeds `largest_price`; slow and inexact where it is far above all of them,
    since a binary that is integral to 1e-6 then leaves 1e-6 `largest_price` of a price unaccounted.
    """
    game = network.game
    flow_bound = float(max(network.capacities)) if largest_flow is None else largest_flow
    builder = Builder()
    options = [
        [builder.binary(f"option_{k}_{o}") for o in range(len(point.options))]
        for k, point in enumerate(game.points)
    ]
    for k, binaries in enumerate(options):
        builder.row(f"one_option_is_chosen_{k}", [(z, 1.0) for z in binaries], low=1, high=1)
    choices = tuple(tuple(((z, 1.0),) for z in binaries) for binaries in options)
    costs = _portfolio(builder, game, loss, choices)
    primal = _flows_and_chords(builder, network)
    dual = _prices(builder, network, [math.inf] * len(network.nodes))

    made: dict[tuple[int, int], list[int]] = {}

    def at_options(k: int, column: int, largest: float) -> list[int]:
        """Return the products of a column with each option at a control point, made once."""
        if (k, column) not in made:
            made[k, column] = [
                builder.product(f"column_{column}_at_{k}_{o}", z, column, largest)
                for o, z in enumerate(options[k])
            ]
        return made[k, column]

    arriving: list[list[Term]] = []
    spending: list[list[Term]] = []
    earned: list[Term] = []
    for index, (lane, flow) in enumerate(zip(network.lanes, primal.flows, strict=True)):
        entering, prices, moneys = [flow], [dual.nodes[lane.head]], [dual.money]
        if lane.point >= 0:
            entering = at_options(lane.point, flow, flow_bound)
            prices = at_options(lane.point, dual.nodes[lane.head], largest_price)
        paying, costs_of_lane = [flow], lane.costs[:1]
        if len(set(lane.costs)) > 1:  # a toll makes the cost, too, depend on the option
            paying, costs_of_lane = entering, lane.costs
            moneys = at_options(lane.point, dual.money, largest_price)
        arriving.append(list(zip(entering, lane.gains, strict=True)))
        spending.append(list(zip(paying, costs_of_lane, strict=True)))
        earned += zip(entering, loss.earned(game, lane), strict=True)
        worth = scaled(zip(prices, lane.gains, strict=True), -1.0)
        paid = [*zip(moneys, costs_of_lane, strict=True), *dual.paid(lane)]
        builder.row(f"lane_is_priced_{index}", [*paid, *worth], low=lane.value)
    _evader_is_able(builder, network, primal, arriving, spending)
    builder.row("evader_is_at_its_best", [*primal.value, *scaled(dual.value, -1.0)], low=0)
    slopes = [
        loss.months.get(front.name, 0.0) * chord.slope
        for front in game.fronts
        for chord in front.chords
    ]
    aim = costs + scaled(primal.value, loss.value) + scaled(earned, -1.0)
    aim += zip(primal.chords, slopes, strict=True)
    return Model(tuple(builder.columns), tuple(builder.rows), merged(aim), minimise, choices)


def plain_steps(network: Network, loss: Loss) -> Model:
    """Return the interdiction form with step binaries and node-wise constants.

    steps_are_in_order (k)        y_ko >= y_k,o+1                       options by rising hazard
    budget_is_respected (i)       sum_k,o (c_ko - c_k,o-1) y_ko <= B_i
    lane_is_priced (l, o)         c_l mu + theta_r + pi_tail - g_lo pi_head
                                  + sum_{p > o} (g_l,p-1 - g_lp) highest_head y_kp >= b_l
    chord_is_priced (j)           pi_f + lambda_j >= v_j
                                  0 <= pi_v <= highest_v

    The dual value bounds Z from above and is minimised, so no primal is needed. A step above o
    releases the constraint of o by the most that the lost survival can be worth at the head.

    Raises
    ------
    GameError
        Where the loss holds more than Z and costs, or where hazards alone do not order the options
        (tolls, correlated layers).
    """
    game = network.game
    tolls = any(option.toll for point in game.points for option in point.options)
    if loss.value <= 0 or any(loss.months.values()) or any(loss.revenue.values()):
        raise GameError(
            f"plain steps for {game.name}: expected a loss of Z and costs alone, found months or "
            "revenue - use the textbook form"
        )
    if tolls or game.correlation:
        raise GameError(
            f"plain steps for {game.name}: expected options that hazards alone order, found tolls "
            "or correlated layers - use the textbook form"
        )
    builder = Builder()
    orders = [_by_hazard(point.options) for point in game.points]
    steps = [
        [builder.binary(f"step_{k}_{o}", low=float(rank == 0)) for rank, o in enumerate(order)]
        for k, order in enumerate(orders)
    ]
    choices = []
    for k, (order, binaries) in enumerate(zip(orders, steps, strict=True)):
        chosen: dict[int, tuple[Term, ...]] = {}
        for o, step, above in zip(order, binaries, [*binaries[1:], None], strict=True):
            chosen[o] = ((step, 1.0),) if above is None else ((step, 1.0), (above, -1.0))
            if above is not None:
                builder.row(f"steps_are_in_order_{k}_{o}", chosen[o], low=0)
        choices.append(tuple(chosen[o] for o in range(len(order))))
    costs = _portfolio(builder, game, loss, choices)
    highest = [float(price) for price in network.highest_prices]
    dual = _prices(builder, network, highest)
    for index, lane in enumerate(network.lanes):
        order, binaries = (orders[lane.point], steps[lane.point]) if lane.point >= 0 else ([0], [])
        for rank, o in enumerate(order):
            released = [
                (step, (lane.gains[weaker] - lane.gains[stronger]) * highest[lane.head])
                for weaker, stronger, step in zip(
                    order[rank:], order[rank + 1 :], binaries[rank + 1 :], strict=False
                )
            ]
            price = (dual.nodes[lane.head], -lane.gains[o])
            builder.row(
                f"lane_is_priced_{index}_{o}",
                [(dual.money, lane.costs[o]), *dual.paid(lane), price, *released],
                low=lane.value,
            )
    aim = merged(costs + scaled(dual.value, loss.value))
    return Model(tuple(builder.columns), tuple(builder.rows), aim, True, tuple(choices))


def _by_hazard(options: Sequence[Option]) -> list[int]:
    """Return option indices in the order of rising hazard."""
    return sorted(range(len(options)), key=lambda o: options[o].hazard)

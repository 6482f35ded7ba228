"""The best portfolio against an evader whose value all controllers weigh alike, as one MILP.

By LP duality the evader's best value Z is the minimum of its dual, whose constraints alone contain
the options; so minimising costs plus lambda Z is a single minimisation, without complementarity
(wood1993). Step binaries y_ko = [option o or a later one is chosen] order the options of a point:

minimise    sum_k (cost_k0 + sum_o (cost_ko - cost_k,o-1) y_ko)
            + lambda (B mu + sum_r u_r theta_r + sum_j width_j rent_j)
subject to  steps_are_ordered        y_ko >= y_k,o+1
            budget_is_respected      sum of outlays over a budget's points <= its limit
            front_is_priced          pi_f + rent_j >= v_j
            lane_earns_no_surplus    pi_tail + c_lo mu + theta_r - g_lo pi_head
                                     + release_lo(y) >= b_l

`release_lo(y)` is 0 when option o is chosen. For every later step q taken it grows by at least
(g_l,q-1 - g_lq) pi_head - (c_l,q-1 - c_lq) mu, and falls by the like for every earlier step not
taken, each at its extreme over a box of prices (module `prices`). No constant is chosen by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from games.layered import Profile
from games.network import Lane, Network
from solvers.prices import Box, Weights, binding_rows, ways, worthwhile
from solvers.relaxation import MixedCut

Terms = list[tuple[float, pyo.Var]]


@dataclass(frozen=True)
class InterdictionModel:
    """A Pyomo model and the way back from its solution to a profile."""

    model: pyo.ConcreteModel
    steps: dict[tuple[int, int], pyo.Var]
    allowed: tuple[tuple[int, ...], ...]

    def profile(self) -> Profile:
        """Return the option that the loaded solution puts at each point."""
        chosen = []
        for point, allowed in enumerate(self.allowed):
            steps = (self.steps[point, place].value for place in range(1, len(allowed)))
            taken = sum(round(step or 0.0) for step in steps)  # None: it is in no row, so either do
            chosen.append(allowed[taken])
        return tuple(chosen)

    def cut_off(self, profile: Profile) -> None:
        """Exclude one profile from the solutions to come."""
        terms: Terms = []
        taken = 0
        for k, options in enumerate(self.allowed):
            place = options.index(profile[k])
            if place > 0:
                terms.append((1.0, self.steps[k, place]))
                taken += 1
            if place + 1 < len(options):
                terms.append((-1.0, self.steps[k, place + 1]))
        self.model.profile_is_new.add((None, linear(terms), taken - 1.0))


def interdiction_model(
    network: Network, weights: Weights, *, box: Box, cuts: Sequence[MixedCut] = ()
) -> InterdictionModel:
    """Return the MILP of the module's docstring.

    Parameters
    ----------
    weights : what is minimised, which options are allowed and the budgets.
    box : prices that the optimal dual of a best portfolio may have.
    cuts : inequalities that every choice within the box respects (module `relaxation`).
    """
    game = network.game
    model = pyo.ConcreteModel(name=f"interdiction of {game.name}")
    allowed = ordered_options(network, weights)
    steps = step_variables(model, allowed)
    add_dual(model, network, box=box, allowed=allowed, steps=steps)
    add_budgets(model, network, weights, allowed=allowed, steps=steps)
    add_cuts(model, cuts, allowed=allowed, steps=steps)
    constant, terms = portfolio_cost(weights, allowed, steps)
    terms += [(weights.harm * factor, variable) for factor, variable in dual_value(model, network)]
    model.objective = pyo.Objective(expr=linear(terms, constant))
    return InterdictionModel(model, steps, allowed)


def add_budgets(
    model: pyo.ConcreteModel,
    network: Network,
    weights: Weights,
    *,
    allowed: Sequence[Sequence[int]],
    steps: dict[tuple[int, int], pyo.Var],
) -> None:
    """Add the order of the steps and the budgets that could bind."""
    model.steps_are_ordered = pyo.ConstraintList()
    for k, options in enumerate(allowed):
        for s in range(1, len(options) - 1):
            model.steps_are_ordered.add(
                (0.0, linear([(1.0, steps[k, s]), (-1.0, steps[k, s + 1])]), None)
            )
    model.profile_is_new = pyo.ConstraintList()
    model.budget_is_respected = pyo.ConstraintList()
    for points, limit in weights.budgets:
        outlays = {k: [network.game.points[k].options[o].cost for o in allowed[k]] for k in points}
        if sum(max(outlay) for outlay in outlays.values()) <= limit:
            continue
        terms = [
            (outlay[s] - outlay[s - 1], steps[k, s])
            for k, outlay in outlays.items()
            for s in range(1, len(outlay))
        ]
        least = sum(outlay[0] for outlay in outlays.values())
        if terms:
            model.budget_is_respected.add((None, linear(terms), limit - least))


def portfolio_cost(
    weights: Weights, allowed: Sequence[Sequence[int]], steps: dict[tuple[int, int], pyo.Var]
) -> tuple[float, Terms]:
    """Return the options' cost as a constant and terms in the steps."""
    constant, terms = 0.0, []
    for k, options in enumerate(allowed):
        costs = [weights.options[k][o] for o in options]
        constant += costs[0]
        terms += [(costs[s] - costs[s - 1], steps[k, s]) for s in range(1, len(options))]
    return constant, terms


def dual_value(model: pyo.ConcreteModel, network: Network) -> Terms:
    """Return the value of the evader's dual as terms."""
    terms: Terms = [(network.game.evader_budget, model.money)]
    terms += [(network.capacities[r], model.rent[r]) for r in model.ROWS]
    terms += [(network.chord_width[j], model.chord_rent[j]) for j in model.CHORDS]
    return terms


def add_dual(
    model: pyo.ConcreteModel,
    network: Network,
    *,
    box: Box,
    allowed: Sequence[Sequence[int]],
    steps: dict[tuple[int, int], pyo.Var],
) -> None:
    """Add the evader's dual: prices within the box, and no lane or chord with a surplus."""
    rows = binding_rows(network)
    model.ROWS = pyo.Set(initialize=rows)
    model.money = pyo.Var(bounds=(box.money_low, box.money_high))
    model.node_price = pyo.Var(
        range(len(network.nodes)),
        bounds=lambda _, v: (float(box.node_low[v]), float(box.node_high[v])),
    )
    model.rent = pyo.Var(model.ROWS, bounds=(0, None))
    ends = network.front_node[network.chord_front]
    model.CHORDS = pyo.Set(
        initialize=[j for j in range(len(ends)) if network.chord_value[j] > box.node_low[ends[j]]]
    )
    model.chord_rent = pyo.Var(model.CHORDS, bounds=(0, None))
    model.front_is_priced = pyo.ConstraintList()
    for j in model.CHORDS:
        terms = [(1.0, model.node_price[int(ends[j])]), (1.0, model.chord_rent[j])]
        model.front_is_priced.add((float(network.chord_value[j]), linear(terms), None))
    model.lane_earns_no_surplus = pyo.ConstraintList()
    binding = set(rows)
    for lanes in ways(network):
        options = allowed[lanes[0].point] if lanes[0].point >= 0 else (0,)
        for place, option in enumerate(options):
            for lane in worthwhile(lanes, option, box):
                terms, least = surplus(model, lane, option, box)
                if lane.row in binding:
                    terms.append((1.0, model.rent[lane.row]))
                released, constant = _release(lane, options, place, box, steps)
                model.lane_earns_no_surplus.add((least - constant, linear(terms + released), None))


def surplus(model: pyo.ConcreteModel, lane: Lane, option: int, box: Box) -> tuple[Terms, float]:
    """Return costs less worth of a unit as terms, without rent, and the least they come to."""
    terms: Terms = [(lane.costs[option], model.money)]
    if lane.gains[option] and box.node_high[lane.head] > 0:
        terms.append((-lane.gains[option], model.node_price[lane.head]))
    if lane.tail >= 0:
        terms.append((1.0, model.node_price[lane.tail]))
    return terms, lane.value


def _release(
    lane: Lane,
    options: Sequence[int],
    place: int,
    box: Box,
    steps: dict[tuple[int, int], pyo.Var],
) -> tuple[Terms, float]:
    """Return release_lo(y) as terms and a constant."""
    terms: Terms = []
    constant = 0.0
    low, high = float(box.node_low[lane.head]), float(box.node_high[lane.head])
    for s in range(1, len(options)):
        fall = lane.gains[options[s - 1]] - lane.gains[options[s]]
        saving = lane.costs[options[s - 1]] - lane.costs[options[s]]
        corners = [
            fall * p - saving * m for p in (low, high) for m in (box.money_low, box.money_high)
        ]
        if s > place:
            terms.append((max(corners), steps[lane.point, s]))
        else:
            terms.append((min(corners), steps[lane.point, s]))
            constant -= min(corners)
    return [term for term in terms if term[0]], constant


def add_cuts(
    model: pyo.ConcreteModel,
    cuts: Sequence[MixedCut],
    *,
    allowed: Sequence[Sequence[int]],
    steps: dict[tuple[int, int], pyo.Var],
) -> None:
    """Add mixed cuts, with the share of an option written as the difference of two steps."""
    model.mix_is_priced = pyo.ConstraintList()
    for cut in cuts:
        terms: Terms = [(cut.money, model.money)]
        terms += [(factor, model.node_price[v]) for v, factor in cut.nodes.items()]
        terms += [(factor, model.rent[r]) for r, factor in cut.rents.items()]
        shares = [cut.shares[option] for option in allowed[cut.point]]
        terms += [(shares[s - 1] - shares[s], steps[cut.point, s]) for s in range(1, len(shares))]
        model.mix_is_priced.add((shares[0], linear(terms), None))


def ordered_options(network: Network, weights: Weights) -> tuple[tuple[int, ...], ...]:
    """Return each point's allowed options by rising hazard, then toll: the order of its steps."""
    points = network.game.points

    def rank(point: int, option: int) -> tuple[float, float, float]:
        chosen = points[point].options[option]
        return chosen.hazard, chosen.toll, chosen.cost

    return tuple(
        tuple(sorted(options, key=lambda option: rank(point, option)))
        for point, options in enumerate(weights.allowed)
    )


def step_variables(
    model: pyo.ConcreteModel, allowed: Sequence[Sequence[int]]
) -> dict[tuple[int, int], pyo.Var]:
    """Add the step binaries and return them by (point, step)."""
    model.STEPS = pyo.Set(
        initialize=[(k, s) for k, options in enumerate(allowed) for s in range(1, len(options))],
        dimen=2,
    )
    model.step = pyo.Var(model.STEPS, domain=pyo.Binary)
    return {key: model.step[key] for key in model.STEPS}


def linear(terms: Sequence[tuple[float, pyo.Var]], constant: float = 0.0) -> LinearExpression:
    """Return a sum of terms as the expression that Pyomo hands on fastest."""
    return LinearExpression(
        constant=float(constant),
        linear_coefs=[float(factor) for factor, _ in terms],
        linear_vars=[variable for _, variable in terms],
    )

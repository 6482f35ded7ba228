"""Credit for what flows earn only where the evader's prices let it use the lanes at all.

`solvers.candidates.optimistic` takes every arc to earn as if used to capacity. By complementary
slackness a unit enters a lane only if the lane earns no surplus, to the last: with

    surplus_lo(y) = pi_tail + c_lo mu + theta_r - g_lo pi_head - b_l  >= 0      (the dual's row)

a binary use_lo = 1 for one lane of a capacity that is used under option o,

    use_is_chosen      sum_(l in r) use_lo <= [option o is chosen]
    lane_is_used       surplus_lo <= most_lo (1 - use_lo)
    penalty            worth u_r ([option o is chosen] - sum_(l in r) use_lo)

gives back what was credited too much. Of the lanes that differ in effort alone the worthwhile ones
will do: where another one is used, one of them is as good. `most_lo` is the largest surplus at a
corner of the box with the least rents, which an optimal dual has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyomo.environ as pyo

from games.network import Lane, Network
from solvers.candidates import Credit
from solvers.general_sum import is_chosen
from solvers.interdiction import InterdictionModel, Terms, linear, surplus
from solvers.prices import Box, ways, worthwhile


def take_back_unused(
    built: InterdictionModel, network: Network, credits: Sequence[Credit], *, box: Box
) -> None:
    """Add the rows above to an interdiction model whose options are credited.

    Parameters
    ----------
    box : of the model's prices.
    """
    model = built.model
    by_row: dict[int, list[list[Lane]]] = defaultdict(list)
    for lanes in ways(network):
        by_row[lanes[0].row].append(lanes)
    due = [
        (row, groups, one)
        for one in credits
        if one.point >= 0 and one.option in built.allowed[one.point]
        for row, groups in by_row.items()
        if groups[0][0].arc == one.arc
    ]
    used = [
        (place, lane)
        for place, (_, groups, one) in enumerate(due)
        for lanes in groups
        for lane in worthwhile(lanes, one.option, box)
    ]
    model.use = pyo.Var(range(len(used)), domain=pyo.Binary)
    model.use_is_chosen = pyo.ConstraintList()
    model.lane_is_used = pyo.ConstraintList()
    penalty: Terms = []
    constant = 0.0
    of_row: dict[int, Terms] = defaultdict(list)
    for i, (place, lane) in enumerate(used):
        of_row[place].append((-1.0, model.use[i]))
        option = due[place][2].option
        most = _most(lane, due[place][1], option, box, rented=lane.row in model.ROWS)
        if most > 0:
            terms, least = surplus(model, lane, option, box)
            if lane.row in model.ROWS:
                terms.append((1.0, model.rent[lane.row]))
            terms.append((most, model.use[i]))
            model.lane_is_used.add((None, linear(terms), most + least))
    for place, (row, _, one) in enumerate(due):
        fixed, chosen = is_chosen(one.point, one.option, built.allowed, built.steps)
        unused = chosen + of_row[place]
        if unused:
            model.use_is_chosen.add((-fixed, linear(unused), None))
        amount = one.worth * float(network.capacities[row])
        constant += amount * fixed
        penalty += [(amount * factor, variable) for factor, variable in unused]
    model.objective.expr = model.objective.expr + linear(penalty, constant)


def _most(
    lane: Lane, groups: Sequence[Sequence[Lane]], option: int, box: Box, *, rented: bool
) -> float:
    """Return the largest surplus of a lane in a box, with no more rent than its row needs."""
    rent = 0.0
    if rented:
        rent = max(
            one.gains[o] * float(box.node_high[one.head])
            - one.costs[o] * box.money_low
            - (float(box.node_low[one.tail]) if one.tail >= 0 else 0.0)
            + one.value
            for lanes in groups
            for one in lanes
            for o in range(len(one.gains))
        )
    tail = float(box.node_high[lane.tail]) if lane.tail >= 0 else 0.0
    dearest = lane.costs[option] * box.money_high + tail + max(0.0, rent)
    return dearest - lane.gains[option] * float(box.node_low[lane.head]) - lane.value

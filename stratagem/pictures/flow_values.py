"""What flows are worth: every route's width in months, before and behind each control.

Units of different goods are made comparable by what they turn into. At a front a unit is worth the
months that an average unit there brings; at any other node, what the units that leave it would
bring if nothing were stopped behind it:

    g(front) = months / quantity
    g(v)     = sum over arcs e out of v of  x_e c_e g(head of e)  /  sum of x_e

with x_e the units that enter an arc and c_e its conversion. An arc carries x_e c_e g(head) months
up to its control and y_e g(head) behind it, y_e being what arrives; the difference is what the
control stops. At every node as much comes in as goes out, so that all that sets out equals the
months of the play plus what each layer stops. These are averages: had a control not been there, the
evader would have used the units for less, since months grow ever more slowly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from games.layered import LayeredGame
from stratagem.records.plays import PlayRecord


@dataclass(frozen=True)
class FlowValue:
    """What one arc carries in a play, in months of progress.

    Attributes
    ----------
    layer, point, option : of its control; empty where nobody controls it.
    entering, arriving : units a year, as in the play's record.
    before, behind : months up to the control and behind it.
    guarded : whether the option in force stops anything.
    """

    arc: str
    tail: str
    head: str
    layer: str
    point: str
    option: str
    entering: float
    arriving: float
    before: float
    behind: float
    guarded: bool

    @property
    def stopped(self) -> float:
        """Months that the control stops."""
        return max(0.0, self.before - self.behind)


def flow_values(game: LayeredGame, record: PlayRecord) -> tuple[FlowValue, ...]:
    """Return what every arc carries in a play, in the order of the game's arcs."""
    flows = {flow.arc: flow for flow in record.flows}
    arcs_out = defaultdict(list)
    for arc in game.arcs:
        arcs_out[arc.tail].append(arc)
    worth: dict[str, float] = {}
    for front in game.fronts:
        outcome = record.fronts[front.name]
        worth[front.node] = outcome.months / outcome.quantity if outcome.quantity > 0 else 0.0
    for node in reversed(game.nodes):
        leaving = sum(flows[arc.name].entering for arc in arcs_out[node])
        if node not in worth:
            carried = sum(
                flows[arc.name].entering * arc.conversion * worth[arc.head]
                for arc in arcs_out[node]
            )
            worth[node] = carried / leaving if leaving > 0 else 0.0
    values = []
    for arc in game.arcs:
        flow, unit = flows[arc.name], worth[arc.head]
        point = None if arc.point is None else game.points[game.point_index[arc.point]]
        option = "" if point is None else record.profile[point.name]
        values.append(
            FlowValue(
                arc=arc.name,
                tail=arc.tail,
                head=arc.head,
                layer="" if point is None else point.layer,
                point="" if point is None else point.name,
                option=option,
                entering=flow.entering,
                arriving=flow.arriving,
                before=flow.entering * arc.conversion * unit,
                behind=flow.arriving * unit,
                guarded=point is not None and point.options[point.option(option)].hazard > 0,
            )
        )
    return tuple(values)


def stopped_by_layer(game: LayeredGame, values: tuple[FlowValue, ...]) -> Mapping[str, float]:
    """Return months that the controls of each layer stop."""
    return {
        layer: sum(value.stopped for value in values if value.layer == layer)
        for layer in game.layers
    }


def passed_by_layer(game: LayeredGame, values: tuple[FlowValue, ...]) -> Mapping[str, float]:
    """Return months that get past the controls of each layer."""
    return {
        layer: sum(value.behind for value in values if value.layer == layer)
        for layer in game.layers
    }

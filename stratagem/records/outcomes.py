"""From what a solver returns to the record of a play: indices become names, lanes become arcs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from games.layered import LayeredGame
from games.network import build_network
from stratagem.cases import Case
from stratagem.records.plays import ArcFlow, ConsentRecord, FrontOutcome, PlayRecord, Shipped
from stratagem.tasks import Outcome

if TYPE_CHECKING:
    from solvers.consent import Consent


def months_at_stake(game: LayeredGame, months: Mapping[str, float]) -> float:
    """Return the months of progress on fronts that some controller has a stake in."""
    at_stake = {front for c in game.controllers for front, stake in c.stakes.items() if stake}
    return sum(number for front, number in months.items() if front in at_stake)


def record_of(case: Case, asked: str, outcome: Outcome) -> PlayRecord:
    """Return the record of an outcome."""
    game, result = case.game, outcome.result
    network = build_network(game)
    response, payoffs = result.response, result.payoffs
    entering = [0.0] * len(game.arcs)
    arriving = [0.0] * len(game.arcs)
    for lane, units in zip(network.lanes, response.flows.tolist(), strict=True):
        entering[lane.arc] += units
        arriving[lane.arc] += units * lane.gains[network.chosen(lane, result.profile)]
    return PlayRecord(
        play=result.play,
        asked=asked,
        profile=game.option_names(result.profile),
        months=months_at_stake(game, payoffs.months),
        fronts={
            front.name: FrontOutcome(
                payoffs.months[front.name], float(quantity), case.units.get(front.node, "")
            )
            for front, quantity in zip(game.fronts, response.quantities, strict=True)
        },
        payoffs=payoffs.total,
        joint_payoff=payoffs.joint,
        pessimistic_joint_payoff=outcome.pessimistic,
        outlay=payoffs.outlay,
        harm=payoffs.harm,
        costs=payoffs.cost,
        revenue=payoffs.revenue,
        certificate=result.certificate,
        evader_value=response.value,
        money_price=response.money_price,
        node_prices={
            node if not known else f"{node} (known)": float(price)
            for (node, known), price in zip(network.nodes, response.node_prices, strict=True)
        },
        flows=tuple(
            ArcFlow(arc.name, arc.tail, arc.head, units, arrived)
            for arc, units, arrived in zip(game.arcs, entering, arriving, strict=True)
        ),
        plan=tuple(
            Shipped(
                game.arcs[lane.arc].name,
                lane.step,
                game.efforts[lane.effort].name,
                lane.known,
                units,
            )
            for lane, units in zip(network.lanes, response.flows.tolist(), strict=True)
            if units
        ),
        seconds=result.seconds,
        method=result.method,
        why=result.why,
        consent=None if result.consent is None else consent_record(game, result.consent),
    )


def consent_record(game: LayeredGame, consent: Consent) -> ConsentRecord:
    """Return the record of what members of a coalition consent to."""
    options = game.option_names(consent.best)
    return ConsentRecord(
        disagreement=consent.disagreement,
        margin=consent.margin,
        with_transfers=consent.together,
        bound=consent.bound,
        options={game.points[k].name: options[game.points[k].name]
                 for k in game.owned(consent.margin)},
        transfers=consent.transfers,
    )  # fmt: skip

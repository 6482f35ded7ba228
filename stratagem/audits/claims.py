"""What a run claims about each play, recomputed from its scenario without any solver.

The record of a play holds the evader's plan lane by lane and the prices that prove it best. Both
are evaluated straight from the scenario (`games.evaluation`); the plan's flows, what reaches the
fronts, months, payoffs and outlays are computed anew from it, and the record that comes out is held
against the one that is kept. Another best response of equal value is no difference: it is the kept
plan that is judged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from games.errors import InputError
from games.layered import LayeredGame, Profile
from games.network import Network
from games.payoffs import Payoffs, payoffs
from solvers.certificate import EVADER_TOLERANCE, Certificate, evaluated
from solvers.consent import consent, consents
from solvers.evader import EvaderResponse
from solvers.outcomes import PlayResult
from solvers.plays import Play, parse_play
from solvers.world import Portfolio, World
from stratagem.audits.ledger import Ledger, is_number, told
from stratagem.cases import Case
from stratagem.presentation.plain import plain
from stratagem.records.outcomes import consent_record, record_of
from stratagem.tasks import Outcome

SOLVED = 1e-6
"""Largest relative difference of numbers that an optimiser computes, rather than arithmetic."""

_SHAPES: Mapping[str, type] = {
    "play": str,
    "asked": str,
    "profile": dict,
    "certificate": dict,
    "node_prices": dict,
    "plan": list,
}
_SOLVED = ("evader_value", "pessimistic_joint_payoff")
_AGREED = ("disagreement", "margin", "with_transfers", "transfers")
_HISTORY = ("seconds", "method", "why")
"""Keys of a record that say how it came about, which nothing can say again."""


@dataclass(frozen=True)
class Claim:
    """A play of a run whose plan was recomputed.

    Attributes
    ----------
    key : where it stands in the run's result, for messages.
    response : the plan that the run holds, with its prices.
    payoffs : computed anew from that plan.
    certificate : what the run says is proven.
    """

    key: str
    play: Play
    name: str
    profile: Profile
    response: EvaderResponse
    payoffs: Payoffs
    certificate: Mapping[str, Any]


def recomputed(
    plays: Sequence[Any], *, case: Case, world: World, ledger: Ledger
) -> dict[str, Claim]:
    """Return the plays of a run by name; every difference from what is claimed goes to the ledger.

    Parameters
    ----------
    plays : records of plays as plain JSON values.

    Raises
    ------
    InputError
        When a record lacks what is needed to recompute it.
    """
    pessimist = World(world.network, rule="pessimistic")
    claims: dict[str, Claim] = {}
    for number, entry in enumerate(plays):
        claim = _Reader(entry, f"plays[{number}]", case=case, world=world, ledger=ledger).claim()
        if claim.name in claims:
            ledger.differs(claim.key, "each play once", "it a second time")
        claims[claim.name] = claim
        _compare(claim, entry, case=case, world=world, pessimist=pessimist, ledger=ledger)
    return claims


class _Reader:
    """Reads one record."""

    def __init__(self, entry: Any, key: str, *, case: Case, world: World, ledger: Ledger) -> None:
        self.entry, self.key = entry, key
        self.game, self.network, self.ledger = case.game, world.network, ledger
        for name, shape in _SHAPES.items():
            value = entry.get(name) if isinstance(entry, dict) else None
            if not isinstance(value, shape):
                raise ledger.damaged(f"{key}.{name}", f"a {shape.__name__}", value)
        self.key = f"{key} ({entry['play']})"

    def claim(self) -> Claim:
        name = self.entry["play"]
        profile = self._profile()
        response = self._response(profile)
        check = evaluated(self.network, response)
        response = replace(response, value=check.primal, quantities=np.array(check.quantities))
        if not (abs(check.gap) <= EVADER_TOLERANCE and check.violation <= EVADER_TOLERANCE):
            self.ledger.differs(
                f"{self.key}.plan",
                "a best response of the evader, within its limits, that its prices prove best",
                f"one worth {check.primal:.9g} bn USD where they allow {check.dual:.9g}, over its "
                f"limits by {max(0.0, check.violation):.3g}",
            )
        return Claim(
            key=self.key,
            play=self._play(name),
            name=name,
            profile=profile,
            response=response,
            payoffs=payoffs(
                self.game, profile, entering=check.entering, quantities=check.quantities
            ),
            certificate=self.entry["certificate"],
        )

    def _play(self, name: str) -> Play:
        try:
            return parse_play(self.game, name)
        except InputError as error:
            raise InputError(f"{self.ledger.place}: {self.key}.play: {error}") from None

    def _profile(self) -> Profile:
        options = self.entry["profile"]
        for point, option in options.items():
            if not isinstance(option, str):
                raise self.ledger.damaged(f"{self.key}.profile.{point}", "a str", option)
        try:
            return self.game.profile(options)
        except InputError as error:
            raise InputError(f"{self.ledger.place}: {self.key}.{error}") from None

    def _response(self, profile: Profile) -> EvaderResponse:
        prices = self.entry["node_prices"]
        names = [node_name(node, known) for node, known in self.network.nodes]
        return EvaderResponse(
            profile=profile,
            value=math.nan,
            flows=self._flows(profile),
            quantities=np.zeros(len(self.game.fronts)),
            node_prices=np.array(
                [self._amount(prices.get(name), f"node_prices.{name}") for name in names]
            ),
            money_price=self._amount(self.entry.get("money_price"), "money_price"),
        )

    def _flows(self, profile: Profile) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return units that enter each lane of the network."""
        lanes = _lanes(self.network, profile)
        flows = np.zeros(len(self.network.lanes))
        for position, shipped in enumerate(self.entry["plan"]):
            key = f"plan[{position}]"
            if not isinstance(shipped, dict):
                raise self.ledger.damaged(f"{self.key}.{key}", "a dict", shipped)
            words = tuple(shipped.get(name) for name in ("arc", "step", "effort", "known"))
            try:
                lane = lanes[words]
            except (KeyError, TypeError):
                raise InputError(
                    f"{self.ledger.place}: {self.key}.{key}: expected arc, step, effort and known "
                    f"of the scenario, found {', '.join(map(told, words))} - the file is damaged; "
                    "solve again"
                ) from None
            flows[lane] += self._amount(shipped.get("units"), f"{key}.units")
        return flows

    def _amount(self, value: Any, key: str) -> float:
        if not is_number(value):
            raise self.ledger.damaged(f"{self.key}.{key}", "a number", value)
        if not 0 <= value < math.inf:
            self.ledger.differs(f"{self.key}.{key}", "a number >= 0", told(value))
            return 0.0
        return float(value)


def node_name(node: str, known: bool) -> str:
    """Return the name of a node in records, apart for units whose cover has met a hazard."""
    return f"{node} (known)" if known else node


def _lanes(network: Network, profile: Profile) -> dict[tuple[Any, ...], int]:
    """Return {(arc, step, effort, known): lane}: of two that share these, the one that is open."""
    game = network.game
    lanes: dict[tuple[Any, ...], int] = {}
    for index, lane in enumerate(network.lanes):
        words = game.arcs[lane.arc].name, lane.step, game.efforts[lane.effort].name, lane.known
        if words not in lanes or lane.gains[network.chosen(lane, profile)] > 0:
            lanes[words] = index
    return lanes


def _compare(
    claim: Claim,
    entry: Mapping[str, Any],
    *,
    case: Case,
    world: World,
    pessimist: World,
    ledger: Ledger,
) -> None:
    """Hold a record against the one that its own plan gives; `proofs` judges the certificate."""
    result = PlayResult(
        play=claim.name,
        profile=claim.profile,
        response=claim.response,
        payoffs=claim.payoffs,
        certificate=Certificate("proven", {}, 0.0, 0.0, 0.0),
        method="",
        seconds=0.0,
    )
    pessimistic = pessimist.payoffs(claim.profile).joint
    record = record_of(case, claim.play.name, Outcome(result, pessimistic)).to_json()
    for name in ("certificate", *_HISTORY):
        record[name] = entry.get(name)
    record["consent"] = _consent(claim, entry.get("consent"), case.game, world, ledger)
    for name in _SOLVED:
        key = f"{claim.key}.{name}"
        ledger.compare(key, record.pop(name), entry.get(name), tolerance=SOLVED)
    others = {name: value for name, value in entry.items() if name not in _SOLVED}
    ledger.compare(claim.key, record, others)
    ledger.compare(  # the rule for ties between best responses
        f"{claim.key}.joint_payoff",
        world.payoffs(claim.profile).joint,
        claim.payoffs.joint,
        tolerance=SOLVED,
    )


def _consent(claim: Claim, stated: Any, game: LayeredGame, world: World, ledger: Ledger) -> Any:
    """Return the stated consent of a coalition's members if it holds.

    Their payoffs are computed anew where they stand still and at the options that are said to be
    best with transfers; that none are better is the optimiser's bound.
    """
    unpaid = [one for one in claim.play.players if one.points and not one.transfers]
    if not unpaid:
        return None
    (player,) = unpaid
    key = f"{claim.key}.consent"
    if not isinstance(stated, dict) or not isinstance(stated.get("options"), dict):
        raise ledger.damaged(key, "a dict with options", stated)
    names = game.option_names(claim.profile)
    owned = {game.points[k].name for k in game.owned(player.members)}
    try:
        there = game.profile(
            {**names, **{k: o for k, o in stated["options"].items() if k in owned}}
        )
    except (InputError, TypeError):
        raise ledger.damaged(
            f"{key}.options", "options of the members", stated["options"]
        ) from None
    portfolio = Portfolio(there, world.payoff(player, there), math.inf, "enumeration", 0.0)
    found = plain(consent_record(game, consent(world, player, claim.profile, best=portfolio)))
    for name in _AGREED:
        ledger.compare(f"{key}.{name}", found[name], stated.get(name), tolerance=SOLVED)
    bound, together = stated.get("bound"), found["with_transfers"]
    if not is_number(bound) or not bound >= together - SOLVED * max(1.0, abs(together)):
        ledger.differs(f"{key}.bound", f"at least {told(together)}", told(bound))
    if not consents(world, player, claim.profile):
        ledger.differs(
            key, "every member's consent", "one that is worse off than at the status quo"
        )
    return {**found, **{name: stated.get(name) for name in (*_AGREED, "bound")}}

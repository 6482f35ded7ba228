"""The audit of a run: all that it claims, held against its own scenario before anything is said.

Plays are recomputed from their plans (`claims`), and their certificates borne out as far as trying
again can (`proofs`). Here follows what a run claims beyond its plays: which world it solved and
how, the share that acting alone loses, and what layers add to each other. How long a play took and
by which method it was found are history and are believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from games.errors import InputError
from games.layered import LayeredGame
from scenarios.scenario import Scenario
from solvers.world import World
from stratagem.audits.claims import SOLVED, Claim, recomputed
from stratagem.audits.ledger import Ledger, is_number
from stratagem.audits.mixed_claims import MixedClaim, mixed_claims
from stratagem.audits.proofs import Proof, proof_of
from stratagem.cases import Case, case_of
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.records.comparison import Comparison
from stratagem.records.interaction import interaction, subsets
from stratagem.runs.kept import RESULT, Run


@dataclass(frozen=True)
class Account:
    """What is claimed, by a run or by a comparison that is still in hand.

    Attributes
    ----------
    name : of the run's folder; empty for a comparison.
    place : where it is claimed, for messages.
    result : the claims, as plain JSON values.
    settled : keys of `result` that something else says as well, with what it says.
    plays : names of the plays that it is to hold.
    """

    name: str
    place: str
    case: Case
    result: Mapping[str, Any]
    settled: Mapping[str, Any]
    plays: Any

    @property
    def changes(self) -> str:
        """By what the scenario was changed, in words."""
        said = (self.settled.get(key) for key in ("overrides", "settings"))
        return words.changed(*(one if isinstance(one, list) else [] for one in said))


@dataclass(frozen=True)
class Audit:
    """Claims that hold.

    Attributes
    ----------
    claims, proofs : by play.
    mixed : plays whose portfolios are drawn, by name.
    lost_share : in the best and the worst unilateral outcome; None where a play for it is missing,
        or where coordination gains nothing.
    largest_difference : of any two numbers that were compared, relative to the larger of 1 and the
        number.
    """

    claims: Mapping[str, Claim]
    proofs: Mapping[str, Proof]
    mixed: Mapping[str, MixedClaim]
    lost_share: tuple[float, float] | None
    largest_difference: float


def account_of(source: Run | Comparison, world: Scenario | LayeredGame | None) -> Account:
    """Return the account that a run gives, or a comparison of a world.

    Raises
    ------
    InputError
        When a comparison comes without the world that it was solved on.
    """
    if isinstance(source, Run):
        case, manifest = case_of(source.world), source.manifest
        said = {key: manifest.get(key) for key in ("overrides", "settings", "seed", "gap")}
        said["time_limit"] = manifest.get("time_limit_seconds")
        place = f"{source.path / RESULT}"
        return Account(source.path.name, place, case, source.result, said, manifest.get("plays"))
    if world is None:
        raise InputError(
            "explain: expected the world beside a comparison, found none - explain(result, world)"
        )
    case = case_of(world)
    if case.hash != source.scenario_hash:
        raise InputError(
            f"world: expected the one that was solved, {source.scenario} with hash "
            f"{source.scenario_hash[:12]}, found {case.name} with hash {case.hash[:12]}"
        )
    said = {"overrides": list(case.overrides), "settings": list(case.settings)}
    plays = [record.play for record in source.every]
    return Account("", "comparison", case, source.to_json(), said, plays)


def audited(account: Account, world: World) -> Audit:
    """Return the claims of an account that holds.

    Parameters
    ----------
    world : the account's game, ready to be solved.

    Raises
    ------
    InputError
        When the account lacks what is needed to judge it.
    NotCertifiedError
        With every claim that differs from what its own scenario says.
    """
    result, ledger = account.result, Ledger(account.place)
    gap: Any = result.get("gap")
    if not is_number(gap):
        raise ledger.damaged("gap", "a number", gap)
    claims = recomputed(result["plays"], case=account.case, world=world, ledger=ledger)
    proofs = {
        name: proof_of(
            claim,
            (other.profile for other in claims.values() if other is not claim),
            world=world,
            gap=float(gap),
            ledger=ledger,
        )
        for name, claim in claims.items()
    }
    mixed = mixed_claims(
        result.get("mixed", []), case=account.case, world=world, gap=float(gap), ledger=ledger
    )
    _heading(account, [*claims, *mixed], ledger)
    shares = _shares(account, claims, ledger)
    _layers(account, claims, ledger)
    _grids(account, claims, ledger)
    ledger.raise_any()
    return Audit(claims, proofs, mixed, shares, ledger.largest)


def _heading(account: Account, plays: Sequence[str], ledger: Ledger) -> None:
    case = account.case
    expected = {
        "scenario": case.name,
        "scenario_title": case.title,
        "scenario_date": case.date,
        "scenario_hash": case.hash,
        "flagged_numbers": len(case.flagged),
        "numbers": len(case.parameters),
        **account.settled,
    }
    for key, value in expected.items():
        ledger.compare(key, value, account.result.get(key))
    ledger.compare("names of the plays", account.plays, list(plays))


def _shares(
    account: Account, claims: Mapping[str, Claim], ledger: Ledger
) -> tuple[float, float] | None:
    """Return the shares lost alone, held against those that are stated where they can be."""
    joint = {name: claim.payoffs.joint for name, claim in claims.items()}
    ends = [f"unilateral:{end}" for end in ("best", "worst")]
    lost: list[float | None] = [None, None]
    start, together = joint.get("status-quo"), joint.get("coordinated")
    gain = 0.0 if start is None or together is None else together - start
    if start is not None and together is not None and gain > SOLVED * max(1.0, abs(start)):
        lost = [(together - joint[end]) / gain if end in joint else None for end in ends]
    stated = account.result.get("lost_share")
    if not isinstance(stated, dict):
        raise ledger.damaged("lost_share", "a dict", stated)
    for end, share in zip(ends, lost, strict=True):
        short = end.removeprefix("unilateral:")
        ledger.compare(f"lost_share.{short}", share, stated.get(short), tolerance=SOLVED)
    best, worst = lost
    return None if best is None or worst is None else (best, worst)


def _grids(account: Account, claims: Mapping[str, Claim], ledger: Ledger) -> None:
    """Hold what finer grids of enforcement are said to gain against the plays, and in itself.

    The bounds themselves are the optimiser's.
    """
    stated = account.result.get("refinement")
    if stated is None:
        return
    try:
        tolerance, closed = float(stated["tolerance"]), stated["status"] == "closed"
        gaps = [float(entry["grid_gap"]) for entry in stated["plays"]]
        for number, entry in enumerate(stated["plays"]):
            key, claim = f"refinement.plays[{number}]", claims[entry["play"]]
            total, several = claim.payoffs.total, entry["bound"] is None
            members = [one for player in claim.play.players for one in player.members]
            objective = claim.payoffs.joint if several else sum(total[one] for one in members)
            ledger.compare(f"{key}.objective", objective, entry["objective"], tolerance=SOLVED)
            widest = max(float(gap) for gap in entry["gaps"].values())
            ledger.compare(f"{key}.grid_gap", widest, entry["grid_gap"])
            if not several:
                bound = float(entry["objective"]) + widest
                ledger.compare(f"{key}.bound", bound, entry["bound"], tolerance=SOLVED)
            if not min(gaps) >= 0:
                ledger.differs(f"{key}.grid_gap", "a number >= 0", f"{min(gaps):.9g}")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ledger.damaged("refinement", "gaps of grids by play", stated) from None
    if closed != (max(gaps, default=0.0) <= tolerance):
        word = "another word than 'closed'" if closed else "'closed'"
        ledger.differs("refinement.status", word, repr(stated["status"]))


def _layers(account: Account, claims: Mapping[str, Claim], ledger: Ledger) -> None:
    """Hold what layers are said to add against the run's plays, and against each other."""
    key, stated = "layer_interaction", account.result.get("layer_interaction")
    if stated is None or "status-quo" not in claims:
        return
    layers = account.case.game.layers
    try:
        wanted = subsets(layers, int(stated["largest_subset"]))
        gains = {subset: float(stated["gain"]["+".join(subset)]) for subset in wanted}
        bounds = {subset: float(stated["at_most"]["+".join(subset)]) for subset in wanted}
        found = interaction(
            gains,
            bounds=bounds,
            layers=layers,
            largest=int(stated["largest_subset"]),
            gap=float(stated["gap"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ledger.damaged(key, "gains and bounds of sets of layers", stated) from None
    ledger.compare(key, plain(found), stated)
    start = claims["status-quo"].payoffs.joint
    for subset in wanted:
        name = "coordinated" if len(subset) == len(layers) else "only:" + "+".join(subset)
        gain, most = gains[subset], bounds[subset]
        where = f"{key}.gain.{'+'.join(subset)}"
        if name in claims:
            true = claims[name].payoffs.joint - start
            ledger.compare(where, true, gain)
            stated_regrets = claims[name].certificate["regret"].values()
            if all(map(is_number, stated_regrets)):
                expected = true + max(stated_regrets, default=0.0)
                ledger.compare(f"{key}.at_most.{'+'.join(subset)}", expected, most)
        if not gain <= most + SOLVED * max(1.0, abs(most)):
            ledger.differs(where, f"at most {most:.9g}, which is stated as proven", f"{gain:.9g}")

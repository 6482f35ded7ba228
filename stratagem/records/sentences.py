"""Sentences about plays: what is proven of one, what its members gain, what acting alone loses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from stratagem.presentation import words

if TYPE_CHECKING:
    from stratagem.records.comparison import Comparison
    from stratagem.records.mixed import MixedRecord
    from stratagem.records.plays import PlayRecord


LEAST_TOLD = 0.0005
"""Share below which a tenth of a percent would be printed as nothing."""


def certificate(record: PlayRecord | MixedRecord) -> str:
    """Return what is proven about a play, short.

    What is `found` is an equilibrium whose regret is proven small, while others may exist.
    """
    status = record.certificate.status
    if status == "limit":
        gap = record.certificate.bound_gap
        if not math.isfinite(gap):
            return "limit, no bound"
        return f"limit, {gap:.1%} open" if gap >= LEAST_TOLD else "limit, <0.1% open"
    if record.certificate.regret:
        return f"{status}, regret {_tiny(record.regret)}"
    return status


def consent(record: PlayRecord, titles: Mapping[str, str]) -> tuple[str, ...]:
    """Return what members of a coalition without transfers gain, and what transfers would do."""
    agreed = record.consent
    if agreed is None:
        return ()
    above = [f"{titles.get(one, one)} {words.money(gain)}" for one, gain in agreed.margin.items()]
    told = [f"A year above what they have if all of them stand still: {words.listed(above)}."]
    more = agreed.with_transfers - sum(record.payoffs[one] for one in agreed.margin)
    if more <= 1e-6 * max(1.0, abs(agreed.with_transfers)):
        return (*told, "Transfers among them would add nothing.")
    paid = [
        f"{titles.get(one, one)} {words.money(amount)}"
        for one, amount in agreed.transfers.items()
        if amount > 1e-9
    ]
    told.append(
        f"With transfers they would have {words.money(more)} a year more together"
        + (f"; to consent to that, {words.listed(paid)} would have to be paid." if paid else ".")
    )
    return tuple(told)


def certificates(comparison: Comparison) -> str:
    """Return what the words of certificates mean, where one is other than `proven`."""
    known = {record.certificate.status for record in comparison.every}
    meaning = {
        "found": "an equilibrium, but one beyond it may exist",
        "limit": "the time was up before the proof",
    }
    parts = [f"{status}: {text}" for status, text in meaning.items() if status in known]
    if not parts:
        return ""
    parts += [bound for record in comparison.plays if (bound := _beyond(record))]
    if any(certificate(record).endswith("open") for record in comparison.every):
        parts.append(
            "open: how much more a player's payoff may be by what is proven, as a share of it"
        )
    regret = "regret: what anyone could gain at most by choosing otherwise, bn USD a year"
    return f"{'; '.join([*parts, regret])}."


def _beyond(record: PlayRecord) -> str:
    """Return what no equilibrium is beyond, where one was found and a bound is known."""
    bound = record.certificate.joint_bound
    if record.certificate.status != "found" or bound is None:
        return ""
    side = "below" if record.play.endswith(":worst") else "above"
    return f"{record.play}: none has a joint payoff {side} {bound:,.2f} bn USD a year"


def lost_share(comparison: Comparison) -> str:
    """Return what acting alone loses, in a sentence, or nothing where it is not known."""
    if not (comparison.has("status-quo") and comparison.has("coordinated")):
        return ""
    start = comparison.play("status-quo").joint_payoff
    together = comparison.play("coordinated").joint_payoff - start
    best, worst = comparison.lost_share.best, comparison.lost_share.worst
    drawn = [
        record
        for record in comparison.mixed
        if record.asked == "unilateral" and record.certificate.status == "found"
    ]
    if drawn and together >= 1e-6 * max(1.0, abs(start)):
        lost = (start + together - drawn[0].joint_payoff) / together
        return (
            f"Coordinated, the controllers gain {words.money(together)} a year over the status "
            f"quo; acting alone, each drawing what it does, loses {words.share(lost)} percent of "
            "that."
        )
    if best is None and worst is None:
        return (
            ""
            if together >= 1e-6
            else "Coordination gains nothing over the status quo, so acting alone loses nothing."
            if together > -1e-6
            else "Coordination within the budgets is worth less than the status quo, which some "
            "government's own budget would not pay for."
        )
    gain = f"Coordinated, the controllers gain {words.money(together)} a year over the status quo"
    known = [value for value in (best, worst) if value is not None]
    if max(known) - min(known) < 5e-4:
        return f"{gain}; acting alone loses {words.share(known[0])} percent of that."
    return (
        f"{gain}; acting alone loses between {words.share(min(known))} and "
        f"{words.share(max(known))} percent of that, depending on which equilibrium they settle in."
    )


def _tiny(amount: float) -> str:
    return "0" if amount < 1e-9 else f"{amount:.0e}".replace("e-0", "e-")

"""What is proven of a play, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from solvers.certificate import Certificate

LEAST_IN_DIGITS = 1e-3
"""bn USD a year from which on a regret is written without an exponent."""

LEAST_TOLD = 0.0005
"""Share below which a tenth of a percent would be printed as nothing."""


class Certified(Protocol):
    """A record with a certificate: of one profile, or of what is drawn."""

    @property
    def play(self) -> str:
        """Name of the outcome."""

    @property
    def certificate(self) -> Certificate:
        """What is proven."""

    @property
    def regret(self) -> float:
        """Largest gain left to any controller, bn USD a year."""


def in_short(record: Certified) -> str:
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


def explained(plays: Sequence[Certified], mixed: Sequence[Certified] = ()) -> str:
    """Return what the words of certificates mean, where one is other than `proven`.

    Parameters
    ----------
    plays : those of one profile each, whose bounds are told as well.
    mixed : those whose portfolios are drawn.
    """
    every = (*plays, *mixed)
    known = {record.certificate.status for record in every}
    meaning = {
        "found": "an equilibrium, but a better one (or, than the worst, a worse one) may exist",
        "limit": "the time was up before the proof",
    }
    parts = [f"{status}: {text}" for status, text in meaning.items() if status in known]
    if not parts:
        return ""
    parts += [bound for record in plays if (bound := _beyond(record))]
    if any(in_short(record).endswith("open") for record in every):
        parts.append(
            "open: how much more a player's payoff may be by what is proven, as a share of it"
        )
    regret = "regret: what anyone could gain at most by choosing otherwise, bn USD a year"
    return f"{'; '.join([*parts, regret])}."


def _beyond(record: Certified) -> str:
    """Return what no equilibrium is beyond, where one was found and a bound is known."""
    bound = record.certificate.joint_bound
    if record.certificate.status != "found" or bound is None:
        return ""
    side = "below" if record.play.endswith(":worst") else "above"
    return f"{record.play}: none has a joint payoff {side} {bound:,.2f} bn USD a year"


def _tiny(amount: float) -> str:
    if amount >= LEAST_IN_DIGITS:
        return f"{amount:.1g}"
    return "0" if amount < 1e-9 else f"{amount:.0e}".replace("e-0", "e-")

"""Sentences about results, in one place so that they sound alike everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from games.layered import LayeredGame
    from stratagem.mixed_records import MixedRecord
    from stratagem.records import Comparison, PlayRecord


def option(name: str) -> str:
    """Return an option's name as words: measure, then tier."""
    return name.replace("/", " ")


def listed(names: Sequence[str]) -> str:
    """Return names as people list them.

    Examples
    --------
    >>> listed(["chips", "tools", "cloud"])
    'chips, tools and cloud'
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))


def count(number: int, noun: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> count(1, "front"), count(2, "front")
    ('1 front', '2 fronts')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def size(game: LayeredGame) -> str:
    """Return how large a game is."""
    parts = {
        "controller": game.controllers,
        "layer": game.layers,
        "control point": game.points,
        "arc": game.arcs,
        "front": game.fronts,
    }
    return listed([count(len(things), noun) for noun, things in parts.items()])


def money(amount: float) -> str:
    """Return an amount a year, in the size in which it is easily read.

    Examples
    --------
    >>> money(1.3), money(-0.0042), money(2e-5)
    ('1.30 bn USD', '-4.2 M USD', '20 k USD')
    """
    size = abs(amount)
    if size >= 0.0995 or size == 0:
        return f"{amount:,.2f} bn USD"
    if size >= 9.95e-5:
        return f"{amount * 1e3:.3g} M USD" if size >= 0.01 else f"{amount * 1e3:.1f} M USD"
    return f"{amount * 1e6:.3g} k USD" if size >= 1e-7 else "0 USD"


_PREFIXES = {"k": 1e3, "M": 1e6, "bn": 1e9}


def price(amount: float, unit: str) -> str:
    """Return a price in bn USD per unit as people quote it, per single piece.

    Examples
    --------
    >>> price(0.045, "k H100e")
    '45 k USD per H100e'
    """
    prefix, _, good = unit.partition(" ")
    if good and prefix in _PREFIXES:
        if good == "USD":
            return f"{amount * 1e9 / _PREFIXES[prefix]:,.2f} USD per USD"
        amount, unit = amount / _PREFIXES[prefix], good
    for size, name in ((1.0, "bn USD"), (1e-3, "M USD"), (1e-6, "k USD")):
        if amount >= size:
            return f"{amount / size:.3g} {name} per {unit or 'unit'}"
    return f"{amount * 1e9:.3g} USD per {unit or 'unit'}"


def quantity(amount: float, unit: str) -> str:
    """Return an amount with its unit."""
    text = f"{amount:,.0f}" if amount >= 1000 else f"{amount:.3g}"
    return f"{text} {unit}".rstrip()


def certificate(record: PlayRecord | MixedRecord) -> str:
    """Return what is proven about a play, short.

    What is `found` is an equilibrium whose regret is proven small, while others may exist.
    """
    status = record.certificate.status
    if status == "limit":
        gap = record.certificate.bound_gap
        return f"limit, {gap:.1%} open" if math.isfinite(gap) else "limit, no bound"
    if record.certificate.regret:
        return f"{status}, regret {_tiny(record.regret)}"
    return status


def consent(record: PlayRecord, titles: Mapping[str, str]) -> tuple[str, ...]:
    """Return what members of a coalition without transfers gain, and what transfers would do."""
    agreed = record.consent
    if agreed is None:
        return ()
    above = [f"{titles.get(one, one)} {money(gain)}" for one, gain in agreed.margin.items()]
    told = [f"A year above what they have if all of them stand still: {listed(above)}."]
    more = agreed.with_transfers - sum(record.payoffs[one] for one in agreed.margin)
    if more <= 1e-6 * max(1.0, abs(agreed.with_transfers)):
        return (*told, "Transfers among them would add nothing.")
    paid = [
        f"{titles.get(one, one)} {money(amount)}"
        for one, amount in agreed.transfers.items()
        if amount > 1e-9
    ]
    told.append(
        f"With transfers they would have {money(more)} a year more together"
        + (f"; to consent to that, {listed(paid)} would have to be paid." if paid else ".")
    )
    return tuple(told)


def certificates(comparison: Comparison) -> str:
    """Return what the words of certificates mean, where one is other than `proven`."""
    known = {record.certificate.status for record in comparison.every}
    meaning = {
        "found": "an equilibrium, but one beyond it may exist, up to any bound in the record",
        "limit": "the time was up before the proof",
    }
    parts = [f"{status}: {text}" for status, text in meaning.items() if status in known]
    if not parts:
        return ""
    regret = "regret: what anyone could gain at most by choosing otherwise, bn USD a year"
    return f"{'; '.join([*parts, regret])}."


def _tiny(amount: float) -> str:
    return "0" if amount < 1e-9 else f"{amount:.0e}".replace("e-0", "e-")


def share(value: float) -> str:
    """Return a share in percent, with a decimal where it is small."""
    percent = 100 * value
    if abs(percent) < 0.05:
        return "0"
    return f"{percent:.0f}" if abs(percent) >= 10 else f"{percent:.1f}"


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
            f"Coordinated, the controllers gain {money(together)} a year over the status quo; "
            f"acting alone, each drawing what it does, loses {share(lost)} percent of that."
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
    gain = f"Coordinated, the controllers gain {money(together)} a year over the status quo"
    known = [value for value in (best, worst) if value is not None]
    if max(known) - min(known) < 5e-4:
        return f"{gain}; acting alone loses {share(known[0])} percent of that."
    return (
        f"{gain}; acting alone loses between {share(min(known))} and {share(max(known))} percent "
        "of that, depending on which equilibrium they settle in."
    )


def flagged(count: int, numbers: int, scenario: str) -> str:
    """Return the reminder that some numbers rest on memory or priors."""
    return (
        f"{count} of {numbers} numbers rest on memory or on a prior (M, P): "
        f"`stratagem show {scenario}` lists them."
    )

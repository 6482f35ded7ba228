"""The answer in three sentences made from the numbers of a comparison: how far, for what, alone."""

from __future__ import annotations

from stratagem.presentation import words
from stratagem.records.comparison import Comparison
from stratagem.records.plays import PlayRecord

NOTHING = 1e-6
"""bn USD a year that count as none."""


def headline(comparison: Comparison, *, main: str = "coordinated") -> tuple[str, ...]:
    """Return the answer.

    Parameters
    ----------
    main : the play that it is about.
    """
    here = comparison.play(main)
    if main == "status-quo" or not comparison.has("status-quo"):
        return (_progress(comparison, here, None),)
    today = comparison.play("status-quo")
    parts = [
        _progress(comparison, here, today),
        _gain(comparison, here, today),
        _alone(comparison) if main == "coordinated" else "",
    ]
    return tuple(part for part in parts if part)


def evader_of(comparison: Comparison) -> str:
    """Return what the evader is called."""
    return next(iter(comparison.titles.get("evader", {}).values()), "the evader")


def play_in_words(play: str) -> str:
    """Return who acts in a play, as the start of a sentence."""
    kind, _, who = play.partition(":")
    members = who.removesuffix(":best").removesuffix(":worst")
    among, unpaid, _ = members.partition(":no-transfers")
    return {
        "coordinated": "Acting together",
        "pooled": "Acting together with pooled budgets",
        "unilateral": "Each acting for itself",
        "alone": f"With {who} acting alone",
        "coalition": f"With {among} as a coalition" + (" without transfers" if unpaid else ""),
        "only": f"Acting together in {who} alone",
    }.get(kind, f"In {play} play")


def _progress(comparison: Comparison, here: PlayRecord, today: PlayRecord | None) -> str:
    evader = evader_of(comparison)
    if today is None:
        text = f"{evader} gains {here.months:.1f} months of progress a year"
        return f"{text[0].upper()}{text[1:]} as things stand."
    count = words.count(len(here.payoffs), "government")
    change = today.months - here.months
    if abs(change) < 0.05:
        compared = f"as many as under today's rules ({today.months:.1f})"
    else:
        more = "fewer" if change > 0 else "more"
        compared = f"{abs(change):.1f} {more} than the {today.months:.1f} under today's rules"
    return (
        f"{play_in_words(here.play)}, {count} would hold {evader} to {here.months:.1f} months of "
        f"progress a year, {compared}."
    )


def _gain(comparison: Comparison, here: PlayRecord, today: PlayRecord) -> str:
    gain = here.joint_payoff - today.joint_payoff
    spent, before = words.moneys(sum(here.outlay.values()), sum(today.outlay.values()))
    better = (
        f"{words.money(gain)} a year better off"
        if gain > NOTHING
        else f"{words.money(-gain)} a year worse off"
        if gain < -NOTHING
        else "neither better nor worse off"
    )
    text = (
        f"All of them taken together would be {better} than today, spending {spent} a year "
        f"on controls instead of {before}"
    )
    losers = [
        name for name, payoff in here.payoffs.items() if payoff < today.payoffs[name] - NOTHING
    ]
    if not losers or gain <= NOTHING:
        return f"{text}."
    called = comparison.titles.get("controllers", {})
    ranked = sorted(losers, key=lambda name: here.payoffs[name] - today.payoffs[name])
    names = words.listed([called.get(name, name) for name in ranked])
    return f"{text}, but {names} would lose unless the others pay."


def _alone(comparison: Comparison) -> str:
    lost = comparison.lost_share
    known = [share for share in (lost.best, lost.worst) if share is not None]
    if not known:
        return comparison.lost_alone()
    low, high = words.share(min(known)), words.share(max(known))
    share = low if low == high else f"{low} to {high}"
    if max(known) < 5e-4:
        return "Each acting for itself, they would lose none of that gain."
    return f"Each acting for itself, they would lose {share} percent of that gain."

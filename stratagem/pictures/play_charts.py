"""What plays bring: months of progress, and gains of all and of each government."""

from __future__ import annotations

import altair as alt
import pandas as pd

from stratagem.pictures.parts import (
    ALONE,
    FRONTS,
    INK,
    NARROW,
    ON_COLOUR,
    PLAYS,
    TODAY,
    TOGETHER,
    Chart,
    dots,
    play_name,
    rows_of,
    styled,
)
from stratagem.presentation import words
from stratagem.records.comparison import Comparison


def months_by_front(comparison: Comparison, *, width: int = 500) -> Chart:
    """Return the evader's progress in every play, one bar a play, one colour a front.

    Parameters
    ----------
    width : pixels between the axes, here and in the other pictures.
    """
    evader = _evader(comparison)
    records = comparison.distinct()
    titles = comparison.titles.get("fronts", {})
    called = {front: titles.get(front, front) for front in records[0].fronts}
    fronts = list(called)
    longest = max(sum(f.months for f in record.fronts.values()) for record in records)
    rows = []
    for record in records:
        start = 0.0
        for front in fronts:
            months = record.fronts[front].months
            rows.append(
                {
                    "play": play_name(record, records),
                    "front": called[front],
                    "from": start,
                    "to": start + months,
                    "middle": start + months / 2,
                    "label": f"{months:.1f}"
                    if months > 0 and months * width >= 24 * longest
                    else "",
                    "told": f"{play_name(record, records)}, {called[front]}: {months:.2f} months",
                    "total": f"{record.months:.1f}" if front == fronts[-1] else "",
                }
            )
            start += months
    base = rows_of(rows, "play")
    bars = base.mark_bar(height=22, stroke="white").encode(
        x=alt.X("from:Q", title="months of progress a year"),
        x2="to:Q",
        description="told:N",
        color=alt.Color(
            "front:N",
            sort=None,
            title=None,
            scale=alt.Scale(domain=list(called.values()), range=list(FRONTS[: len(fronts)])),
            legend=alt.Legend(orient="top", columns=2 if width < NARROW else 0),
        ),
    )
    inside = base.mark_text(fontSize=11, aria=False).encode(
        x="middle:Q",
        text="label:N",
        color=alt.condition(
            alt.datum.front == called[fronts[0]], alt.value("white"), alt.value(ON_COLOUR)
        ),
    )
    totals = base.mark_text(align="left", dx=6, fontWeight="bold", color=INK, aria=False).encode(
        x="to:Q", text="total:N"
    )
    title = f"Progress of {evader} by play"
    if comparison.has("status-quo") and comparison.has("coordinated"):
        today, together = comparison.play("status-quo"), comparison.play("coordinated")
        change = today.months - together.months
        verb = "slows" if change >= 0 else "speeds"
        title = (
            f"Coordinated control {verb} {evader} by {abs(change):.1f} of {today.months:.1f} months"
        )
    chart = alt.layer(bars, inside, totals)
    return styled(
        chart.properties(width=width, height=34 * len(records)),
        title,
        "A month is a month of growth at the frontier; what a year of play brings, by front.",
    )


def kept_alone(comparison: Comparison, *, width: int = 430) -> Chart:
    """Return how much of the gain of coordination every play keeps.

    Raises
    ------
    InputError
        When the status quo or coordinated play is missing.
    """
    today, together = comparison.play("status-quo"), comparison.play("coordinated")
    whole = together.joint_payoff - today.joint_payoff
    records = [r for r in comparison.distinct() if r.play != "status-quo"]
    ranked = sorted(records, key=lambda record: record.joint_payoff)
    gains = [(record, record.joint_payoff - today.joint_payoff) for record in ranked]
    rows = [
        {
            "play": play_name(record, records),
            "gain": gain,
            "whole": whole,
            "edge": max(gain, whole, 0.0),
            "told": f"{play_name(record, records)}: {gain:+.2f} bn USD a year",
            "label": f"{gain:.2f}" + (f"  ({words.share(gain / whole)} %)" if whole > 1e-6 else ""),
            "colour": {"unilateral": ALONE, "coordinated": TOGETHER}.get(record.asked, TODAY),
        }
        for record, gain in gains
    ]
    base = rows_of(rows, "play")
    behind = base.mark_bar(height=20, color="#E9E9E9", aria=False).encode(x="whole:Q")
    bars = base.mark_bar(height=20).encode(
        x=alt.X("gain:Q", title="joint gain over the status quo, bn USD a year"),
        description="told:N",
        color=alt.Color("colour:N", scale=None),
    )
    label = base.mark_text(align="left", dx=6, color=INK, aria=False).encode(
        x="edge:Q", text="label:N"
    )
    title = "What every play gains over the status quo"
    known = [x for x in (comparison.lost_share.best, comparison.lost_share.worst) if x is not None]
    if known:
        shares = list(dict.fromkeys(words.share(value) for value in sorted(known)))
        title = f"Acting alone loses {' to '.join(shares)} % of what coordination gains"
    chart = alt.layer(behind, bars, label)
    return styled(
        chart.properties(width=width, height=32 * len(rows)),
        title,
        "All governments together; pale: the part of the coordinated gain that is not reached.",
    )


def payoffs_by_controller(comparison: Comparison, *, width: int = 360) -> Chart:
    """Return what each government gains over the status quo, alone and together.

    A comparison without unilateral play shows coordinated play by itself.
    """
    today, together = comparison.play("status-quo"), comparison.play("coordinated")
    alone = comparison.play("unilateral:best") if comparison.has("unilateral:best") else None
    shown = PLAYS[1:] if alone else PLAYS[2:]
    called = comparison.titles.get("controllers", {})
    change = {
        name: [record.payoffs[name] - payoff for record in (alone, together) if record]
        for name, payoff in today.payoffs.items()
    }
    ranked = sorted(change, key=lambda name: -change[name][-1])
    titles = [called.get(name, name) for name in ranked]
    percent = {
        called.get(name, name): [
            *(None,) * (3 - len(shown)),
            *(100 * x / today.harm[name] if today.harm[name] > 0 else None for x in change[name]),
        ]
        for name in ranked
    }
    numbers = pd.DataFrame(
        [
            {"row": called.get(name, name), "play": play, "label": f"{value:+.2f}"}
            for name in ranked
            for play, value in zip(shown, change[name], strict=True)
        ]
    )
    height = 26 * len(ranked)
    left = dots(percent, title="change, % of today's harm").properties(width=width, height=height)
    right = (
        alt.Chart(numbers)
        .mark_text(color=INK, aria=False)
        .encode(
            y=alt.Y("row:N", sort=titles, axis=None),
            x=alt.X(
                "play:N",
                sort=list(shown),
                title="change, bn USD a year",
                axis=alt.Axis(labelAngle=0, domain=False, ticks=False, titleFontWeight="normal"),
            ),
            text="label:N",
        )
        .properties(width=(85 if width >= NARROW else 70) * len(shown), height=height)
    )
    losers = [called.get(name, name) for name in ranked if change[name][-1] < -1e-6]
    title = (
        f"Coordinated, {words.listed(losers[::-1])} lose{'s' * (len(losers) == 1)} against today"
        if losers
        else "Coordinated, no government loses against today"
    )
    return styled(
        alt.hconcat(left, right, spacing=8),
        title,
        "Payoff against the status quo: less harm, minus the costs of control, plus fees.",
    )


def _evader(comparison: Comparison) -> str:
    return next(iter(comparison.titles.get("evader", {}).values()), "the evader")

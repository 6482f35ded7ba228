"""Pictures of a comparison: altair charts whose titles say the finding and whose axes say the unit.

Every function takes records and returns a chart; `chart.save("months.png")` writes it, and in a
notebook it shows itself; `flow_map` returns a drawing that does the same. Numbers and shapes say
again what colours say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from games.errors import InputError
from games.layered import LayeredGame
from scenarios.scenario import Scenario
from stratagem.explaining.gaps import Gap
from stratagem.pictures.flow_map import flow_map as flow_map
from stratagem.pictures.parts import (
    ALONE,
    COMPARED,
    FRONTS,
    INK,
    ON_COLOUR,
    PLAYS,
    TODAY,
    TOGETHER,
    Chart,
    bare_axis,
    dots,
    play_name,
    rows_of,
    styled,
)
from stratagem.presentation import words
from stratagem.records.comparison import Comparison
from stratagem.records.plays import PlayRecord

NARROW = 200
"""Pixels between the axes below which a picture is for a phone."""


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


def control_map(comparison: Comparison, world: Scenario | LayeredGame) -> Chart:
    """Return how much each government's controls stop in each layer, in three plays.

    Parameters
    ----------
    world : what was compared; it knows the hazards of the options.
    """
    game = world.game if isinstance(world, Scenario) else world
    records = _three(comparison)
    stops = {record.play: stopped_shares(game, record) for record in records}
    owners = [c.name for c in game.controllers if game.owned([c.name])]
    called = {name: comparison.titles.get("controllers", {}).get(name, name) for name in owners}
    rows = [
        {
            "play": title,
            "government": called[owner],
            "layer": layer,
            "stopped": share,
            "label": f"{100 * share:.0f}",
        }
        for record, title in zip(records, PLAYS, strict=True)
        for (owner, layer), share in stops[record.play].items()
    ]
    alone, together = stops[records[1].play], stops[records[2].play]
    more = sum(together[cell] > alone[cell] for cell in alone)
    title = f"Together more is stopped than alone in {more} of {len(alone)} places"
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X(
            "layer:N",
            sort=list(game.layers),
            title=None,
            axis=bare_axis(orient="top", labelAngle=-40),
        ),
        y=alt.Y(
            "government:N",
            sort=list(called.values()),
            title=None,
            axis=bare_axis(),
        ),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "stopped:Q",
            scale=alt.Scale(domain=[0, 1], range=["#F2F5F8", "#9CC3DF", "#08467A"]),
            legend=alt.Legend(title="share stopped", format="%", orient="right"),
        )
    )
    numbers = base.mark_text(fontSize=11).encode(
        text="label:N",
        color=alt.condition(alt.datum.stopped > 0.6, alt.value("white"), alt.value(INK)),
    )
    chart = (
        alt.layer(cells, numbers)
        .properties(width=40 * len(game.layers), height=22 * len(owners))
        .facet(
            column=alt.Column(
                "play:N", sort=list(PLAYS), title=None, header=alt.Header(labelFontWeight="bold")
            ),
            spacing=14,
        )
    )
    return styled(
        chart,
        title,
        "Percent of what passes that a control point stops at ordinary care of the evader, mean "
        "over the government's points in the layer; blank: it has none; fees stop nothing.",
    )


def arrivals(comparison: Comparison, ways: Mapping[str, Sequence[str]], *, unit: str) -> Chart:
    """Return what arrives by each way in three plays: what the evader does about the controls.

    Parameters
    ----------
    ways : {title: arcs whose arrivals are added up}, all in the same unit.
    unit : that unit, such as `k H100e a year`.

    Raises
    ------
    InputError
        When an arc is not known.
    """
    records = _three(comparison)
    flows = [{flow.arc: flow.arriving for flow in record.flows} for record in records]
    unknown = [arc for arcs in ways.values() for arc in arcs if arc not in flows[0]]
    if unknown:
        raise InputError(f"ways: expected arcs of the scenario, found {words.listed(unknown)}")
    amounts = {
        way: [sum(flow[arc] for arc in arcs) for flow in flows] for way, arcs in ways.items()
    }
    change = {way: three[2] - three[0] for way, three in amounts.items()}
    down, up = min(change, key=lambda w: change[w]), max(change, key=lambda w: change[w])
    parts = []
    if change[down] < 0:
        parts.append(f"less is {down.lower()} ({change[down]:+,.0f})")
    if change[up] > 0:
        parts.append(f"more is {up.lower()} ({change[up]:+,.0f})")
    title = f"Under coordinated control {words.listed(parts) or 'nothing moves'}"
    return styled(
        dots(amounts, title=unit).properties(width=430, height=34 * len(ways)),
        title,
        f"What arrives by each way, {unit}; the evader's best answer to each play.",
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


def gap_by_controller(gaps: Sequence[Gap], comparison: Comparison, *, width: int = 430) -> Chart:
    """Return what all gain, and what it gains itself, if one government alone did its part.

    Parameters
    ----------
    gaps : of the same run, as `explain` finds them.

    Raises
    ------
    InputError
        When there are none: unilateral and coordinated play are the same, or one is missing.
    """
    if not gaps:
        raise InputError(
            "gaps: expected those of unilateral against coordinated play, found none - compare "
            "both plays, and draw this only where they differ"
        )
    called = comparison.titles.get("controllers", {})
    amounts = {
        called.get(gap.controller, gap.controller): [None, gap.own_gain, gap.joint_gain]
        for gap in gaps
    }
    first = gaps[0]
    name = called.get(first.controller, first.controller)
    moved = "costs it" if first.own_gain < 0 else "gains it"
    chart = dots(
        amounts,
        title="change of payoff, bn USD a year",
        names=("", "itself", "all together"),
    )
    return styled(
        chart.properties(width=width, height=26 * len(gaps)),
        f"{name} leaves the widest gap: its part brings all {first.joint_gain:.2f} and {moved} "
        f"{abs(first.own_gain):.2f} bn USD",
        "What changes if this government alone did its part of coordinated play while the others "
        "stay as they are when each acts alone.",
    )


def layer_values(comparison: Comparison, *, width: int = 250) -> Chart:
    """Return what each layer brings by itself, and what pairs of layers add to each other.

    Raises
    ------
    InputError
        When the comparison has no interaction of layers.
    """
    found = comparison.layer_interaction
    if found is None:
        raise InputError(
            "comparison: expected one with the interaction of layers, found none - compare with "
            "layers=True"
        )
    single = {name: gain for name, gain in found.gain.items() if "+" not in name}
    whole = found.gain["+".join(single)]
    ranked = sorted(single, key=lambda name: -single[name])
    rows: list[dict[str, Any]] = [
        {"layers": name, "gain": single[name], "colour": TOGETHER} for name in ranked
    ]
    if len(single) > 1:
        rows.append({"layers": "all", "gain": whole, "colour": TODAY})
    for row in rows:
        row["label"] = f"{row['gain']:.2f}"
        row["told"] = f"{row['layers']}: {row['gain']:+.2f} bn USD a year"
    height = max(26 * len(rows), 120)
    base = rows_of(rows, "layers")
    bars = base.mark_bar(height=18).encode(
        x=alt.X("gain:Q", title="gain over the status quo, bn USD a year"),
        description="told:N",
        color=alt.Color("colour:N", scale=None),
    )
    label = base.mark_text(align="left", dx=5, color=INK, aria=False).encode(
        x="gain:Q", text="label:N"
    )
    left = alt.layer(bars, label).properties(width=width, height=height)
    title = "What each layer brings by itself, coordinated"
    if whole > 1e-6:
        best, least = (words.share(single[name] / whole) for name in (ranked[0], ranked[-1]))
        title = (
            f"{ranked[0]} alone brings {best} % of what all layers bring together, "
            f"{ranked[-1]} alone {least} %"
        )
    pairs = {name: value for name, value in found.index.items() if name.count("+") == 1}
    subtitle = "Coordinated play limited to the layers named."
    if not pairs:
        return styled(left, title, subtitle)
    beside = width >= NARROW
    size = {"width": (62 if beside else 52) * (len(single) - 1), "height": height}
    both = (left, _pair_map(pairs, list(single), **size))
    return styled(
        alt.hconcat(*both, spacing=24) if beside else alt.vconcat(*both, spacing=24),
        title,
        f"{subtitle} The map: what a pair brings beyond the sum of its two layers, bn USD a year; "
        "blue: they complement each other, orange: they stand in for each other.",
    )


def _pair_map(pairs: Mapping[str, float], layers: list[str], *, width: int, height: int) -> Any:
    """Return a map of {`one+other`: number} with the numbers in it."""
    rows = []
    for name, value in pairs.items():
        one, other = name.split("+")
        told = f"{one} and {other}: {value:+.2f} bn USD a year beyond the sum of the two"
        rows.append(
            {"one": one, "other": other, "value": value, "label": f"{value:+.2f}", "told": told}
        )
    largest = max(1e-6, *(abs(value) for value in pairs.values()))
    cells = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("one:N", sort=layers, title=None, axis=bare_axis(labelAngle=0)),
        y=alt.Y("other:N", sort=layers, title=None, axis=bare_axis()),
    )
    squares = cells.mark_rect(stroke="white", strokeWidth=2).encode(
        description="told:N",
        color=alt.Color(
            "value:Q",
            scale=alt.Scale(domain=[-largest, 0, largest], range=["#E08A4A", "#F5F5F5", "#5B9BD0"]),
            legend=None,
        ),
    )
    numbers = cells.mark_text(fontSize=11, color=ON_COLOUR, aria=False).encode(text="label:N")
    return alt.layer(squares, numbers).properties(width=width, height=height)


def _three(comparison: Comparison) -> tuple[PlayRecord, PlayRecord, PlayRecord]:
    """Return the plays that pictures hold against each other."""
    today, alone, together = (comparison.play(name) for name in COMPARED)
    return today, alone, together


def _evader(comparison: Comparison) -> str:
    return next(iter(comparison.titles.get("evader", {}).values()), "the evader")


def stopped_shares(game: LayeredGame, record: PlayRecord) -> dict[tuple[str, str], float]:
    """Return the mean share that the points of each (owner, layer) stop at ordinary care."""
    found: dict[tuple[str, str], list[float]] = {}
    for point in game.points:
        hazard = point.options[point.option(record.profile[point.name])].hazard
        found.setdefault((point.owner, point.layer), []).append(1 - math.exp(-hazard))
    return {cell: sum(shares) / len(shares) for cell, shares in found.items()}

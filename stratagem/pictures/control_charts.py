"""Which controls stop what, what arrives in spite of them, and who leaves the gap."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from games.errors import InputError
from games.layered import LayeredGame
from scenarios.scenario import Scenario
from stratagem.explaining.gaps import Gap
from stratagem.pictures.parts import COMPARED, INK, PLAYS, Chart, bare_axis, dots, styled
from stratagem.presentation import words
from stratagem.records.comparison import Comparison
from stratagem.records.plays import PlayRecord


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


def stopped_shares(game: LayeredGame, record: PlayRecord) -> dict[tuple[str, str], float]:
    """Return the mean share that the points of each (owner, layer) stop at ordinary care."""
    found: dict[tuple[str, str], list[float]] = {}
    for point in game.points:
        hazard = point.options[point.option(record.profile[point.name])].hazard
        found.setdefault((point.owner, point.layer), []).append(1 - math.exp(-hazard))
    return {cell: sum(shares) / len(shares) for cell, shares in found.items()}


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


def _three(comparison: Comparison) -> tuple[PlayRecord, PlayRecord, PlayRecord]:
    """Return the plays that pictures hold against each other."""
    today, alone, together = (comparison.play(name) for name in COMPARED)
    return today, alone, together

"""What all pictures share: colours, rows of marks, and the look.

Grey is the status quo, orange is each government for itself, blue is all together (colours of Okabe
and Ito, told apart by people who see fewer of them); marks differ in shape as well.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from stratagem.records.plays import PlayRecord

Chart = alt.TopLevelMixin

FRONTS = ("#0072B2", "#56B4E9", "#E69F00", "#C4C4C4", "#009E73", "#CC79A7", "#F0E442")
TODAY, ALONE, TOGETHER = "#7A7A7A", "#D55E00", "#0072B2"
INK = "#222222"
ON_COLOUR = "#1A1A1A"
"""Ink on a coloured ground, which stays dark where a page is."""
NARROW = 200
"""Pixels between the axes below which a picture is for a phone."""
_COLOURS = (TODAY, ALONE, TOGETHER)
_SHAPES = ("circle", "square", "diamond")
_QUIET = "#666666"

PLAYS = ("status quo", "each alone", "coordinated")
COMPARED = ("status-quo", "unilateral:best", "coordinated")
"""The plays that pictures hold against each other: as readers say them, and by name."""


def rows_of(rows: Sequence[Mapping[str, Any]], name: str) -> alt.Chart:
    """Return a chart with one row per entry, in the order given."""
    return alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(labelLimit=300))
    )


def dots(
    amounts: Mapping[str, Sequence[float | None]],
    *,
    title: str,
    names: Sequence[str] = PLAYS,
) -> Any:
    """Return one row per entry with a mark per play, joined by a line.

    Parameters
    ----------
    amounts : {row: a number for each of the three plays, None for no mark}.
    """
    rows = [
        {"row": row, "play": play, "amount": amount, "told": f"{row}, {play}: {amount:+.2f}"}
        for row, three in amounts.items()
        for play, amount in zip(names, three, strict=True)
        if amount is not None
    ]
    used = [i for i, name in enumerate(names) if any(entry["play"] == name for entry in rows)]
    domain = [names[i] for i in used]
    base = rows_of(rows, "row")
    line = base.mark_rule(color="#C8C8C8", strokeWidth=2, aria=False).encode(
        x="min(amount):Q", x2="max(amount):Q"
    )
    marks = base.mark_point(filled=True, size=95, opacity=1).encode(
        x=alt.X("amount:Q", title=title),
        description="told:N",
        color=alt.Color(
            "play:N",
            title=None,
            scale=alt.Scale(domain=domain, range=[_COLOURS[i] for i in used]),
            legend=alt.Legend(orient="top"),
        ),
        shape=alt.Shape(
            "play:N", title=None, scale=alt.Scale(domain=domain, range=[_SHAPES[i] for i in used])
        ),
    )
    layers = [line, marks]
    if any(amount < 0 for three in amounts.values() for amount in three if amount is not None):
        zero = (
            alt.Chart(pd.DataFrame([{"zero": 0}]))
            .mark_rule(color=_QUIET, aria=False)
            .encode(x="zero:Q")
        )
        layers.insert(0, zero)
    return alt.layer(*layers)


def bare_axis(**settings: Any) -> alt.Axis:
    """Return an axis without lines, for maps."""
    return alt.Axis(domain=False, ticks=False, grid=False, labelLimit=200, **settings)


def styled(chart: Any, title: str, subtitle: str) -> Chart:
    """Return a chart with its finding on top and the look that all share."""
    heading = alt.TitleParams(
        textwrap.wrap(title[:1].upper() + title[1:], 84),
        subtitle=textwrap.wrap(subtitle, 104),
        anchor="start",
        frame="bounds",
        fontSize=15,
        subtitleFontSize=11,
        subtitleColor=_QUIET,
        subtitlePadding=4,
        offset=14,
    )
    axis = alt.AxisConfig(
        labelFontSize=12,
        titleFontSize=11,
        titleFontWeight="normal",
        titleColor=_QUIET,
        labelColor=INK,
        gridColor="#EEEEEE",
        domainColor="#BBBBBB",
        tickColor="#BBBBBB",
    )
    config = alt.Config(
        font="Liberation Sans, Arial, Helvetica, sans-serif",
        background="white",
        view=alt.ViewConfig(stroke=None),
        axis=axis,
        axisY=alt.AxisConfig(grid=False, domain=False, ticks=False, labelPadding=6),
        legend=alt.LegendConfig(labelFontSize=12, titleFontSize=11, titleFontWeight="normal"),
    )
    look: Chart = chart.properties(title=heading, config=config)  # at once: each step is a copy
    return look


def play_name(record: PlayRecord, shown: Sequence[PlayRecord]) -> str:
    """Return a play as a reader says it; the outcome only where several are shown."""
    kind, _, who = record.asked.partition(":")
    text = {
        "status-quo": "status quo",
        "unilateral": "each alone",
        "alone": f"{who} alone",
        "only": f"coordinated, {who} only",
        "coalition": f"coalition {who.replace(':no-transfers', ', no transfers')}",
    }.get(kind, record.asked)
    outcome = record.play.removeprefix(record.asked).lstrip(":")
    several = sum(other.asked == record.asked for other in shown) > 1
    return f"{text}, {outcome}" if outcome and several else text

"""How the time for the best and the worst equilibrium grows with the size of the game."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from benchmarks.equilibria_row import Row

METHODS = ("stratagem", "cut loop", "best responses", "enumeration")
COLOURS = ("#0072B2", "#D55E00", "#7A7A7A", "#009E73")
OPEN = "open"
LEAST_SECONDS = 0.1  # an axis of logarithms has no nought


def picture(rows: Sequence[Row]) -> Any:
    """Return processor seconds by number of control points, above what stayed open of the payoffs.

    Filled marks are proofs of both ends. Hollow ones ended without, so that their height says what
    the method was given and not what it needs.
    """
    marks = pd.DataFrame(
        {
            "points": row.points,
            "method": row.method,
            "processor": max(row.processor, LEAST_SECONDS),
            "fill": row.method if row.proven else OPEN,
            "open": _open(row),
            "told": f"{row.method}, {row.instance}: {row.processor:.1f} s",
        }
        for row in rows
    )
    sizes = sorted(set(marks["points"]))
    axis = alt.Axis(values=sizes, format="d", grid=False)
    x = alt.X(
        "points:Q", title="control points", scale=alt.Scale(zero=False, padding=20), axis=axis
    )
    colour = alt.Color(
        "method:N",
        title=None,
        scale=alt.Scale(domain=METHODS, range=COLOURS),
        legend=alt.Legend(orient="top", symbolOpacity=1, symbolFillColor="white"),
    )
    fill = alt.Fill(
        "fill:N",
        scale=alt.Scale(domain=(*METHODS, OPEN), range=(*COLOURS, "white")),
        legend=None,
    )
    base = alt.Chart(marks).encode(x=x, color=colour)

    def panel(field: str, height: int, **axis: Any) -> Any:
        line = base.mark_line(strokeWidth=1, opacity=0.5, aria=False)
        points = base.mark_point(size=90, strokeWidth=2, opacity=1)
        layers = (
            line.encode(y=alt.Y(f"mean({field}):Q", **axis)),
            points.encode(y=alt.Y(f"{field}:Q", **axis), fill=fill, description="told:N"),
        )
        return alt.layer(*layers).properties(width=460, height=height)

    seconds = panel(
        "processor",
        240,
        title="processor seconds",
        scale=alt.Scale(type="log"),
        axis=alt.Axis(values=[0.1, 1, 10, 100, 1000], format="~g"),
    )
    left = panel("open", 110, title="left open, %", axis=alt.Axis(tickCount=4))
    return (
        alt.vconcat(seconds, left, spacing=12)
        .properties(
            title=alt.TitleParams(
                "Best and worst equilibrium: what a proof takes",
                subtitle=[
                    "Above: processor time. Below: how far bounds are from equilibria found.",
                    "Filled marks: both ends proven. Hollow: the time was up, or the method proves "
                    "nothing.",
                ],
                anchor="start",
            )
        )
        .configure(font="sans-serif")
        .configure_view(stroke=None)
    )


def _open(row: Row) -> float | None:
    """Return what the bounds leave open on both sides, percent of the payoff; None without."""
    apart = row.best_bound - row.best + row.worst - row.worst_bound
    return max(0.0, 100 * apart / abs(row.worst)) if math.isfinite(apart) else None

"""How time and memory of the product grow with the worlds, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import altair as alt
import pandas as pd

from stratagem.pictures.parts import Chart, styled


class Measured(Protocol):
    """What the picture takes of a row of the benchmark."""

    instance: str
    worlds: int
    measure: str
    gap: float
    processor: float
    memory: float


def growth(rows: Sequence[Measured], *, gap: float) -> Chart:
    """Return processor seconds and memory against the number of worlds, both on log scales.

    Parameters
    ----------
    rows : of one method.
    gap : relative gap asked for; rows that miss it are hollow.
    """
    points = [
        {
            "question": f"{row.instance}, {row.measure}",
            "worlds": row.worlds,
            "processor": row.processor,
            "memory": row.memory,
            "ended": "within the gap" if row.gap <= gap * (1 + 1e-9) else "at the limit",
        }
        for row in rows
    ]
    base = alt.Chart(pd.DataFrame(points)).encode(
        x=alt.X(
            "worlds:Q",
            title="worlds",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(values=sorted({row.worlds for row in rows})),
        ),
        color=alt.Color(
            "question:N",
            title=None,
            scale=alt.Scale(range=["#0072B2", "#D55E00", "#009E73", "#CC79A7"]),
            legend=alt.Legend(orient="top", columns=2, labelLimit=300),
        ),
    )

    def panel(name: str, title: str) -> Any:
        y = alt.Y(f"{name}:Q", title=title, scale=alt.Scale(type="log"), axis=alt.Axis(grid=True))
        marks = base.mark_point(size=80, opacity=1, strokeWidth=2).encode(
            y=y,
            shape=alt.Shape(
                "ended:N",
                title=None,
                scale=alt.Scale(
                    domain=["within the gap", "at the limit"], range=["circle", "cross"]
                ),
                legend=alt.Legend(orient="top"),
            ),
        )
        return alt.layer(base.mark_line(strokeWidth=1.5).encode(y=y), marks).properties(
            width=290, height=260
        )

    return styled(
        alt.hconcat(panel("processor", "processor seconds"), panel("memory", "memory, MB")),
        "One portfolio for more and more worlds",
        "All processes of the product together; both scales are logarithmic.",
    )

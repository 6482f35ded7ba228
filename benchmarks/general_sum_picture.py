"""The growth of general-sum play with size, as a picture beside its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PICTURE = Path(__file__).parent / "general_sum.svg"
COLOURS = {"stratagem": "#0072B2", "strong duality": "#D55E00", "enumeration": "#7A7A7A"}
PROVEN, OPEN = "proven", "stopped by the limit"
_INK = "#222222"


def draw(rows: Sequence[Mapping[str, Any]], *, gap: float) -> None:
    """Draw processor seconds over control points, one line a method, to `PICTURE`.

    Parameters
    ----------
    rows : method, control points (`points`), `processor` seconds and the `gap` reached.
    gap : at most which a row counts as proven; others say theirs in percent.
    """
    import altair as alt
    import pandas as pd
    import vl_convert

    told = [
        {
            **row,
            "end": PROVEN if row["gap"] <= gap else OPEN,
            "left": "" if row["gap"] <= gap else f"{100 * row['gap']:.2g} % open",
        }
        for row in rows
    ]
    methods = [name for name in COLOURS if any(row["method"] == name for row in told)]
    base = alt.Chart(pd.DataFrame(told)).encode(
        x=alt.X("points:Q", title="control points", scale=alt.Scale(zero=False, padding=14)),
        y=alt.Y("processor:Q", title="processor seconds", scale=alt.Scale(type="log")),
        color=alt.Color(
            "method:N",
            title=None,
            scale=alt.Scale(domain=methods, range=[COLOURS[name] for name in methods]),
        ),
    )
    marks = base.mark_point(size=80, strokeWidth=2).encode(
        shape=alt.Shape(
            "end:N",
            title=None,
            scale=alt.Scale(domain=[PROVEN, OPEN], range=["circle", "triangle-up"]),
        ),
        fill=alt.Fill("end:N", scale=alt.Scale(domain=[PROVEN], range=["white"]), legend=None),
    )
    labels = base.mark_text(dy=-12, fontSize=11).encode(text="left:N")
    picture = (
        (base.mark_line(strokeWidth=1.5) + marks + labels)
        .properties(
            width=560,
            height=320,
            background="white",
            title=alt.TitleParams(
                "What a proof of coordinated play costs as games grow",
                subtitle="12 arcs that earn money and random stakes (9 points: 2 arcs)",
                anchor="start",
                color=_INK,
            ),
        )
        .configure_axis(labelFontSize=12, titleFontSize=12, labelColor=_INK, titleColor=_INK)
        .configure_legend(labelFontSize=12, orient="bottom")
        .configure_view(stroke=None)
    )
    PICTURE.write_text(vl_convert.vegalite_to_svg(picture.to_dict()))

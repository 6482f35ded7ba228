"""Ranges of unknowns with the part in which something holds, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from markupsafe import Markup

from stratagem.pictures.parts import INK, TOGETHER, rows_of, styled
from stratagem.report.parts import chart_html


@dataclass(frozen=True)
class Span:
    """A range with a part of it, and a number that is marked."""

    name: str
    whole: tuple[float, float]
    part: tuple[float, float]
    mark: float | None = None

    def share(self, number: float) -> float:
        """Return how far along the range a number is."""
        low, high = self.whole
        return (number - low) / (high - low) if high > low else 0.5


def spans_html(spans: Sequence[Span], title: str, subtitle: str) -> Markup:
    """Return one row for each range, from its low to its high end."""
    return chart_html(
        _chart(spans, title, subtitle, width=480, label=280),
        _chart(spans, title, subtitle, width=150, label=150),
    )


def _chart(spans: Sequence[Span], title: str, subtitle: str, *, width: int, label: int) -> Any:
    rows = []
    for span in spans:
        (low, high), (start, end) = span.whole, span.part
        rows.append(
            {
                "name": span.name,
                "low": 0.0,
                "high": 1.0,
                "start": span.share(start),
                "end": span.share(end),
                "mark": None if span.mark is None else span.share(span.mark),
                "from": f"{low:.4g}",
                "to": f"{high:.4g}",
                "told": f"{span.name}: {start:.4g} to {end:.4g} of {low:.4g} to {high:.4g}",
            }
        )
    base = rows_of(rows, "name").encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=label, labelPadding=44))
    )
    bare = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    along = alt.X("low:Q", title=None, axis=bare, scale=alt.Scale(domain=[0, 1]))
    ends: dict[str, Any] = {"color": INK, "fontSize": 10, "aria": False, "clip": False}
    layers = [
        base.mark_bar(color="#D0D0D0", height=12, aria=False).encode(x=along, x2="high:Q"),
        base.mark_bar(color=TOGETHER, height=12, opacity=0.85).encode(
            x="start:Q", x2="end:Q", description="told:N"
        ),
        base.mark_text(align="right", dx=-5, **ends).encode(x="low:Q", text="from:N"),
        base.mark_text(align="left", dx=5, **ends).encode(x="high:Q", text="to:N"),
    ]
    if any(span.mark is not None for span in spans):
        mark = base.mark_tick(color=INK, thickness=3, size=20, aria=False)
        layers.append(mark.encode(x="mark:Q"))
    return styled(
        alt.layer(*layers).properties(width=width, height=28 * len(rows)), title, subtitle
    )

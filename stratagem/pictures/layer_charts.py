"""What layers bring, each by itself and in pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from games.errors import InputError
from stratagem.pictures.parts import (
    INK,
    NARROW,
    ON_COLOUR,
    TODAY,
    TOGETHER,
    Chart,
    bare_axis,
    rows_of,
    styled,
)
from stratagem.presentation import words
from stratagem.records.comparison import Comparison


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

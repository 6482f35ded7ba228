"""A formula and a solver in one picture: lines are closed forms, marks are what was solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from games.errors import InputError
from stratagem.pictures.parts import ALONE, TODAY, TOGETHER, Chart, styled

Curve = Sequence[tuple[float, float]]

COLOURS = (TOGETHER, ALONE, TODAY, "#009E73", "#CC79A7")
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross")


def agreement(
    formulas: Mapping[str, Curve],
    solved: Mapping[str, Curve],
    *,
    x: str,
    y: str,
    title: str,
    subtitle: str,
    whole: bool = False,
) -> Chart:
    """Return closed forms as lines and solutions as marks, one colour and shape for each name.

    Parameters
    ----------
    formulas, solved : {name: points (x, y)}; every name that was solved has a formula.
    x, y : titles of the axes, with units.
    title : the finding.
    whole : whether x is a count, shown without fractions.

    Raises
    ------
    InputError
        When something was solved that has no formula.
    """
    names = list(formulas)
    unknown = [name for name in solved if name not in formulas]
    if unknown:
        raise InputError(f"solved: expected names of formulas, found {', '.join(unknown)}")
    axis = alt.Axis(format="d", tickMinStep=1) if whole else alt.Axis()
    colour = alt.Color(
        "name:N",
        title=None,
        sort=None,
        scale=alt.Scale(domain=names, range=list(COLOURS[: len(names)])),
        legend=alt.Legend(orient="top", labelLimit=400),
    )
    across = alt.X("x:Q", title=x, axis=axis, scale=alt.Scale(zero=False, nice=False, padding=12))
    lines = (
        alt.Chart(_rows(formulas))
        .mark_line(strokeWidth=2)
        .encode(x=across, y=alt.Y("y:Q", title=y), color=colour)
    )
    marks = (
        alt.Chart(_rows(solved))
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            x=across,
            y="y:Q",
            color=colour,
            shape=alt.Shape(
                "name:N",
                title=None,
                scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])),
                legend=None,
            ),
        )
    )
    chart = alt.layer(lines, marks).properties(width=520, height=260)
    return styled(chart, title, f"{subtitle} Lines: closed form. Marks: solved by number.")


def largest_difference(formulas: Mapping[str, Curve], solved: Mapping[str, Curve]) -> float:
    """Return how far the solutions lie from the formulas at most, where both are at the same x."""
    return max(
        abs(found - dict(formulas[name])[place])
        for name, points in solved.items()
        for place, found in points
    )


def _rows(curves: Mapping[str, Curve]) -> pd.DataFrame:
    rows = [{"name": name, "x": x, "y": y} for name, curve in curves.items() for x, y in curve]
    return pd.DataFrame(rows)

"""Pictures of frontiers: steps, with what changes written at them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from stratagem.pictures.parts import INK, TODAY, TOGETHER, Chart, styled
from stratagem.portfolios.frontier_record import Frontier
from stratagem.presentation import words

MOST_LABELS = 12
"""Steps that are labelled: the highest ones."""

OPEN, FLAT = 1.5, 1e-3
"""Depth of what is open below a trade-off, as a share of its own height; the least share of the
expected loss that counts as height."""


def steps(found: Frontier, *, width: int = 640, labels: int = MOST_LABELS) -> Chart:
    """Return a frontier as a flight of steps; a mark is a portfolio, a line where it is best.

    Parameters
    ----------
    width : of the picture without its axis, pixels.
    labels : steps that are labelled, the highest ones first.
    """
    harm = found.over == "cost"
    key = "harm" if harm else "payoff"
    points = found.points()
    rises = [0.0] + [abs(new[key] - old[key]) for old, new in itertools.pairwise(points)]
    labelled = set(sorted(range(len(points)), key=lambda i: -rises[i])[:labels])
    rows: list[dict[str, Any]] = []
    for i, point in enumerate(points):
        following = points[i + 1] if i + 1 < len(points) else None
        end = max(point["best_up_to"], point["spent"]) if following is None else following["spent"]
        if found.over == "layers":
            told, end = words.listed(point["layers"]) or "none", point["spent"]
        else:
            changed = [f"{k}: {words.option(o)}" for k, o in point["changed"].items()]
            told = " and ".join(
                [*changed[:1], *([f"{len(changed) - 1} more"] if changed[1:] else [])]
            )
        rows.append(
            {
                "spent": point["spent"],
                "end": end,
                "value": point[key],
                "before": points[i - 1][key] if i else point[key],
                "label": told if i in labelled else "",
                "told": f"{point['spent']:g}: {point[key]:.2f} bn USD a year"
                + (f", {told}" if told else ""),
            }
        )
    titles = {
        "joint budget": "spent by all, bn USD a year",
        "budget": f"spent by {found.whose}, bn USD a year",
        "layers": "number of layers",
        "cost": "cost of all measures, public and economic, bn USD a year",
    }
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("spent:Q", title=titles[found.over], axis=alt.Axis(tickCount=8)),
        y=alt.Y(
            "value:Q",
            title="harm left, bn USD a year" if harm else "joint payoff, bn USD a year",
            scale=alt.Scale(zero=False),
            axis=alt.Axis(grid=True),
        ),
    )
    level = base.mark_rule(color=TOGETHER, strokeWidth=2, aria=False).encode(x2="end:Q")
    rise = base.mark_rule(color=TODAY, strokeDash=[2, 3], aria=False).encode(y2="before:Q")
    marks = base.mark_point(filled=True, size=70, color=TOGETHER, opacity=1).encode(
        description="told:N"
    )
    place: dict[str, Any] = {
        "align": "left",
        "dx": 7,
        "dy": 12 if harm else -9,
        "fontSize": 10,
        "clip": False,
        "aria": False,
    }
    halo = base.mark_text(stroke="white", strokeWidth=4, **place).encode(text="label:N")
    texts = base.mark_text(color=INK, **place).encode(text="label:N")
    layers = (
        [rise, marks, halo, texts] if found.over == "layers" else [level, rise, marks, halo, texts]
    )
    count = words.count(len(points), "step")
    if found.over == "layers":
        title = "What one more layer adds"
    elif harm:
        title = f"What can be reached at what cost: {count}"
    else:
        rest = "and nothing in between" if found.found.complete else "as far as was found"
        title = f"What one more bn USD buys: {count}, {rest}"
    subtitle = (
        "A mark is the best portfolio of all choices of so many layers."
        if found.over == "layers"
        else "A mark is a portfolio at its least outlay, a line the budgets that it is best for; "
        "the words say what changes there."
    )
    return styled(alt.layer(*layers).properties(width=width, height=360), title, subtitle)


def trade_off_steps(points: Sequence[Mapping[str, Any]], *, worlds: int, width: int = 640) -> Chart:
    """Return expected loss against the largest: a mark is a portfolio, a line what it is best for.

    Parameters
    ----------
    points : as in the record, by rising largest loss.
    worlds : over how many.
    """
    last = points[-1]["largest"] if len(points) > 1 else points[0]["largest"] * 1.01 + 1e-6
    ends = [*(point["largest"] for point in points[1:]), last]
    most, least = points[0]["expected"], points[-1]["expected"]
    height = max(most - least, FLAT * abs(least))
    floor = least - OPEN * height
    cut = any(point["bound"] is None or point["bound"] < floor for point in points)
    low = floor if cut else min(point["bound"] for point in points) - height / 10
    rows = [
        {
            "largest": point["largest"],
            "end": end,
            "expected": point["expected"],
            "bound": low if point["bound"] is None else max(low, point["bound"]),
            "told": f"largest {point['largest']:.2f}, expected {point['expected']:.2f} "
            "bn USD a year",
        }
        for point, end in zip(points, ends, strict=True)
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X(
            "largest:Q",
            title="largest loss of all worlds, bn USD a year",
            scale=alt.Scale(zero=False),
            axis=alt.Axis(tickCount=8 if width > 400 else 3),
        ),
        y=alt.Y(
            "expected:Q",
            title="expected loss, bn USD a year",
            scale=alt.Scale(zero=False, nice=False, domain=[low, most + height / 10]),
            axis=alt.Axis(grid=True),
        ),
    )
    level = base.mark_rule(color=TOGETHER, strokeWidth=2, aria=False).encode(x2="end:Q")
    open_ = base.mark_rule(color=TODAY, strokeDash=[2, 3], aria=False).encode(
        x="end:Q", y2="bound:Q"
    )
    marks = base.mark_point(filled=True, size=70, color=TOGETHER, opacity=1).encode(
        description="told:N"
    )
    title = f"The mean or the worst of {words.count(worlds, 'world')}"
    subtitle = (
        "A mark is a portfolio, its line the limits on the largest loss under which it is the best "
        "found; a dotted line is what may be left to gain there"
        + (", and goes on below the picture." if cut else ".")
    )
    return styled(
        alt.layer(level, open_, marks).properties(width=width, height=360), title, subtitle
    )

"""Along the grid: what changes of the scenario do, combination by combination."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
from markupsafe import Markup

from stratagem.pictures.parts import ALONE, TODAY, TOGETHER, rows_of, styled
from stratagem.presentation import words
from stratagem.presentation.tables import Cell, Column, Table
from stratagem.report.headline import evader_of
from stratagem.report.over_worlds import GridStudy
from stratagem.report.parts import chart_html, studies_html, table_html
from stratagem.report.sections import Section
from stratagem.report.subject import Subject

ENDS = (0.05, 0.5, 0.95)
"""Shares of the worlds that lie below a number that is shown."""

MOST_ROWS = 40
"""Combinations up to which there is a picture."""

LOOKS = {
    "status-quo": (TODAY, "circle"),
    "unilateral:best": (ALONE, "square"),
    "unilateral:worst": (ALONE, "cross"),
    "coordinated": (TOGETHER, "diamond"),
}
OTHERS = (("#009E73", "triangle-up"), ("#CC79A7", "triangle-down"), ("#E69F00", "circle"))
"""Colours and shapes of marks: of known plays, and of others in their order."""


def applies(subject: Subject) -> bool:
    """Return whether a sweep over a grid stands beside the run."""
    return bool(subject.of_kind(GridStudy))


def render(subject: Subject) -> Markup:
    """Return a sentence, the picture and the combinations of every such sweep."""
    return studies_html([_study(subject, study) for study in subject.of_kind(GridStudy)])


def _study(subject: Subject, study: GridStudy) -> dict[str, Any]:
    chart = Markup("")
    others = sum(play not in LOOKS for play in _plays(study))
    if len(study.record["cells"]) <= MOST_ROWS and others <= len(OTHERS):
        chart = chart_html(_chart(subject, study, width=520), _chart(subject, study, width=190))
    return {
        "finding": _finding(subject, study),
        "chart": chart,
        "table": table_html(_table(study), "Months and joint payoff by combination and play"),
        "note": _note(study),
    }


def _plays(study: GridStudy) -> list[str]:
    return list(dict.fromkeys(play for _, play in study.months))


def _paths(study: GridStudy) -> list[str]:
    return list(dict.fromkeys(name for cell in study.record["cells"] for name in cell))


def _settings(study: GridStudy, cell: int) -> str:
    """Return what a combination sets, paths without the table that they are in."""
    settings = study.record["cells"][cell]
    return ", ".join(f"{name.split('.', 1)[-1]} = {value}" for name, value in settings.items())


def _finding(subject: Subject, study: GridStudy) -> str:
    """Return between what the months of each play lie, and where its ends are."""
    parts = []
    for play in _plays(study):
        middles = {
            cell: float(np.median(months))
            for (cell, of_play), months in study.months.items()
            if of_play == play
        }
        least, most = (end(middles, key=lambda cell: middles[cell]) for end in (min, max))
        if middles[most] - middles[least] < 0.05:
            parts.append(f"{play} {middles[least]:.1f} in all")
        else:
            parts.append(
                f"{play} from {middles[least]:.1f} ({_settings(study, least)}) to "
                f"{middles[most]:.1f} ({_settings(study, most)})"
            )
    names = words.listed(_paths(study))
    whole = words.count(len(study.record["cells"]), "combination")
    over = f"Over {whole} of {names}" if names else "At the scenario's own numbers"
    return f"{over}, months that {evader_of(subject.comparison)} makes: {'; '.join(parts)}."


def _note(study: GridStudy) -> str:
    worlds = max((len(months) for months in study.months.values()), default=1)
    drawn = f"{words.count(worlds, 'world')} in each combination. " if worlds > 1 else ""
    failed = len(study.record["failures"])
    missing = f"{words.count(failed, 'answer')} missing. " if failed else ""
    return (
        f"{drawn}{missing}The evader's answers were computed again in every row: the largest "
        f"difference is {study.largest_difference:.2g}. That the plays are best or equilibria "
        "there is the study's own record."
    )


def _chart(subject: Subject, study: GridStudy, *, width: int) -> Any:
    """Return one row per combination with a mark per play, and nine in ten worlds as a line."""
    plays, rows = _plays(study), []
    for (cell, play), months in study.months.items():
        low, middle, high = np.quantile(months, ENDS).tolist()
        told = f"{_settings(study, cell)}, {play}: {middle:.2f} months"
        if len(months) > 1:
            told += f", nine in ten worlds between {low:.2f} and {high:.2f}"
        row = ", ".join(str(value) for value in study.record["cells"][cell].values())
        rows.append(
            {
                "row": row or "own numbers",
                "play": play,
                "low": low,
                "middle": middle,
                "high": high,
                "told": told,
                "size": 60 + 160 * (1 - plays.index(play) / len(plays)),  # so that none hides all
            }
        )
    rest = iter(OTHERS)
    looks = [LOOKS.get(play) or next(rest) for play in plays]
    colour = alt.Color(
        "play:N",
        title=None,
        scale=alt.Scale(domain=plays, range=[look[0] for look in looks]),
        legend=alt.Legend(orient="top", columns=1 if width < 300 else 4, labelLimit=300),
    )
    shape = alt.Shape(
        "play:N", title=None, scale=alt.Scale(domain=plays, range=[look[1] for look in looks])
    )
    base = rows_of(rows, "row").encode(
        y=alt.Y("row:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, grid=True))
    )
    title = "months of progress a year" if width > 300 else "months a year"
    marks = base.mark_point(filled=True, opacity=1).encode(
        x=alt.X("middle:Q", title=title, scale=alt.Scale(zero=False)),
        color=colour,
        shape=shape,
        size=alt.Size("size:Q", scale=None),
        description="told:N",
    )
    spans = base.mark_rule(strokeWidth=2, opacity=0.5, aria=False).encode(
        x=alt.X("low:Q", title=title), x2="high:Q", color=colour
    )
    drawn = any(len(months) > 1 for months in study.months.values())
    count = len(dict.fromkeys(row["row"] for row in rows))
    names = [name.split(".", 1)[-1] for name in _paths(study)]
    return styled(
        alt.layer(*([spans] if drawn else []), marks).properties(width=width, height=30 * count),
        f"Progress of {evader_of(subject.comparison)}, combination by combination",
        f"Rows are values of {words.listed(names)}. "
        + ("A mark is the middle world of a play, a line nine in ten." if drawn
           else "A mark is a play."),
    )  # fmt: skip


def _table(study: GridStudy) -> Table:
    cells, paths = study.record["cells"], _paths(study)
    drawn = any(len(months) > 1 for months in study.months.values())
    named = [Column(name) for name in paths]
    if not drawn:
        return Table(
            "",
            (
                *named,
                Column("play"),
                Column("months", digits=2),
                Column("joint payoff", "bn USD/yr", digits=2),
            ),
            tuple(
                (*(str(cells[cell][name]) for name in paths), play, *months, *joint)
                for ((cell, play), months), joint in zip(
                    study.months.items(), study.joint.values(), strict=True
                )
            ),
        )
    columns = (
        *named,
        Column("play"),
        Column("worlds"),
        *(Column(f"months {end:.0%}", digits=2) for end in ENDS),
        Column("mean joint", "bn USD/yr", digits=2),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            *(str(cells[cell][name]) for name in paths),
            play,
            len(months),
            *np.quantile(months, ENDS).tolist(),
            float(np.mean(study.joint[cell, play])),
        )
        for (cell, play), months in study.months.items()
    )
    return Table("", columns, rows)


SECTION = Section("grid", 74, "If the scenario is changed", applies, render)

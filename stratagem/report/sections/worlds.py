"""Worlds: how far the evader gets over all that may be true, by play or with one portfolio."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
from markupsafe import Markup

from stratagem.pictures.parts import COMPARED, rows_of, styled
from stratagem.presentation import words
from stratagem.presentation.tables import Cell, Column, Table
from stratagem.report.headline import NOTHING, evader_of
from stratagem.report.over_worlds import CHOSEN, TODAY, WorldsStudy
from stratagem.report.parts import chart_html, studies_html, table_html
from stratagem.report.sections import Section
from stratagem.report.subject import THREE, Subject

ENDS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Shares of the worlds that lie below a number that is shown."""


def applies(subject: Subject) -> bool:
    """Return whether a study of many worlds stands beside the run."""
    return bool(subject.of_kind(WorldsStudy))


def render(subject: Subject) -> Markup:
    """Return the distributions of every such study."""
    return studies_html([_study(subject, study) for study in subject.of_kind(WorldsStudy)])


def _study(subject: Subject, study: WorldsStudy) -> dict[str, Any]:
    told = _portfolio_found if CHOSEN in study.months else _sweep_found
    return {
        "finding": told(subject, study),
        "chart": chart_html(_chart(subject, study, width=620), _chart(subject, study, width=190)),
        "table": table_html(_table(study), "Quantiles over the worlds"),
        "note": _note(study),
    }


def _note(study: WorldsStudy) -> str:
    """Return how the worlds came about, and what was computed again."""
    record = study.record
    count = max(len(months) for months in study.months.values())
    left = record.get("worlds_left_out", 0)
    failed = f"; {words.count(left, 'world')} that contradict themselves left out" if left else ""
    text = (
        f"{words.count(count, 'world')}, seed {record['seed']}, each a joint draw of all numbers "
        f"from their ranges{failed}. The evader's answers were computed again in every one: the "
        f"largest difference is {study.largest_difference:.2g}."
    )
    if CHOSEN not in study.months:
        return f"{text} That the plays are best or equilibria there is the study's own record."
    if record["overrun"]:
        text += (
            f" It keeps to budgets as they are stated; in {words.share(record['overrun'])} percent "
            "of the worlds it costs more than some budget there."
        )
    return (
        f"{text} That no portfolio brings the measure ({record['measure']}) below "
        f"{record['bound']:.2f} bn USD a year, where this one has {record['value']:.2f}, is the "
        "optimiser's proof by the study's own record."
    )


def _sweep_found(subject: Subject, study: WorldsStudy) -> str:
    """Return how far the evader gets in each play, and what acting alone keeps."""
    parts = []
    for play, said in THREE.items():
        if play in study.months:
            low, middle, high = np.quantile([*study.months[play].values()], (0.05, 0.5, 0.95))
            parts.append(f"{said.lower()} {middle:.1f} (nine in ten: {low:.1f} to {high:.1f})")
    text = "Every number may be otherwise."
    if parts:
        evader = evader_of(subject.comparison)
        text += f" Months that {evader} makes in the middle world: {words.listed(parts)}."
    if not all(play in study.joint for play in COMPARED):
        return text
    today, alone, together = (study.joint[play] for play in COMPARED)
    both = [w for w in together if w in today and w in alone and together[w] - today[w] > NOTHING]
    shares = [(alone[w] - today[w]) / (together[w] - today[w]) for w in both]
    if shares:
        short = sum(share < 1 - NOTHING for share in shares)
        text += (
            f" Acting alone keeps {100 * np.median(shares):.0f} percent of the coordinated gain in "
            f"the middle world where there is one, and falls short of it in {short} of "
            f"{words.count(len(shares), 'world')}."
        )
    return text


def _portfolio_found(subject: Subject, study: WorldsStudy) -> str:
    """Return what one portfolio for all worlds does, and in how many it is worth its cost."""
    evader, record = evader_of(subject.comparison), study.record
    parts = []
    for play, said in ((TODAY, "under today's rules"), (CHOSEN, "under one portfolio for all")):
        low, middle, high = np.quantile([*study.months[play].values()], (0.05, 0.5, 0.95))
        parts.append(f"{middle:.1f} months {said} (nine in ten: {low:.1f} to {high:.1f})")
    gains = [study.joint[CHOSEN][w] - today for w, today in study.joint[TODAY].items()]
    better = sum(gain > NOTHING for gain in gains)
    text = (
        f"Every number may be otherwise. In the middle world {evader} makes "
        f"{words.listed(parts)}. The portfolio, decided before the world is known, leaves all "
        f"governments together better off in {better} of {words.count(len(gains), 'world')}, by "
        f"{words.money(float(np.mean(gains)))} a year on average."
    )
    if subject.comparison.has("coordinated"):
        own = subject.comparison.play("coordinated").profile
        other = sum(own[point] != option for point, option in record["profile"].items())
        text += (
            f" At {words.count(other, 'control point')} of {len(own)} it differs from what is best "
            "for the numbers above."
        )
    return text


def _chart(subject: Subject, study: WorldsStudy, *, width: int) -> Any:
    """Return one row per play: every world a tick, the middle half and nine in ten as bars."""
    rows, spans = [], []
    for play, months in study.months.items():
        found = np.array([*months.values()])
        low, first, middle, third, high = np.quantile(found, ENDS).tolist()
        told = f"{play}: {middle:.2f} months, nine in ten between {low:.2f} and {high:.2f}"
        spans.append({"play": play, "low": low, "first": first, "middle": middle,
                      "third": third, "high": high, "told": told})  # fmt: skip
        rows += [{"play": play, "months": one} for one in found.tolist()]
    base = rows_of(spans, "play")
    axis = alt.X("low:Q", title="months of progress a year", scale=alt.Scale(zero=True))
    chart = alt.layer(
        base.mark_rule(color="#BBBBBB", strokeWidth=2, aria=False).encode(x=axis, x2="high:Q"),
        rows_of(rows, "play")
        .mark_tick(color="#0072B2", opacity=0.35, size=16, aria=False)
        .encode(x="months:Q"),
        base.mark_bar(color="#56B4E9", height=9, opacity=0.75).encode(
            x="first:Q", x2="third:Q", description="told:N"
        ),
        base.mark_tick(color="#222222", size=20, thickness=3, aria=False).encode(x="middle:Q"),
    )
    return styled(
        chart.properties(width=width, height=36 * len(spans)),
        f"Progress of {evader_of(subject.comparison)} over the worlds, by play",
        "Every tick is a world; the bar holds the middle half, the line nine in ten, and the black "
        "mark the middle.",
    )


def _table(study: WorldsStudy) -> Table:
    columns = (
        Column("play"),
        Column("worlds"),
        *(Column(f"months {end:.0%}", digits=2) for end in ENDS),
        Column("mean joint", "bn USD/yr", digits=2),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            play,
            len(months),
            *np.quantile([*months.values()], ENDS).tolist(),
            float(np.mean([*study.joint[play].values()])),
        )
        for play, months in study.months.items()
    )
    return Table("", columns, rows)


SECTION = Section("worlds", 70, "If the numbers are otherwise", applies, render)

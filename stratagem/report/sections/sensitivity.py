"""Which unknowns matter: the indices, boxes and thresholds of sensitivity studies."""

from __future__ import annotations

from typing import Any

import altair as alt
from markupsafe import Markup

from stratagem.pictures.parts import INK, TOGETHER, rows_of, styled
from stratagem.presentation import words
from stratagem.report.parts import chart_html, studies_html, table_html
from stratagem.report.sections import Section
from stratagem.report.sensitivities import SensitivityStudy
from stratagem.report.spans import Span, spans_html
from stratagem.report.subject import Subject
from stratagem.studies.discovery import SWITCH, Discovery
from stratagem.studies.indices import MeasureIndices
from stratagem.studies.sensitivity import Sensitivity
from stratagem.studies.thresholds import Thresholds

SHOWN = 12
"""Groups that are shown, the largest ones."""


def applies(subject: Subject) -> bool:
    """Return whether a sensitivity study stands beside the run."""
    return bool(subject.of_kind(SensitivityStudy))


def render(subject: Subject) -> Markup:
    """Return a sentence, a picture and a table of everything that such studies found."""
    shown: list[dict[str, Any]] = []
    for study in subject.of_kind(SensitivityStudy):
        found = study.found
        if isinstance(found, Sensitivity):
            shown += [_indices(study, found, one) for one in found.measures]
        elif isinstance(found, Discovery):
            shown.append(_box(study, found))
        else:
            shown.append(_thresholds(subject, study, found))
    return studies_html(shown)


def _indices(study: SensitivityStudy, found: Sensitivity, one: MeasureIndices) -> dict[str, Any]:
    sobol = found.method == "sobol"
    blocks = f"{found.blocks} {'base points' if sobol else 'trajectories'}"
    left = f"; {one.left_out} of them left out for want of answers" if one.left_out else ""
    return {
        "finding": _moved(found, one),
        "chart": chart_html(_bars(found, one, width=520), _bars(found, one, width=170, label=130)),
        "table": table_html(found.table(one, most=SHOWN), f"Indices of {one.measure}"),
        "note": (
            f"{found.method.capitalize()}, {blocks}{left}, {found.worlds:,} worlds, seed "
            f"{found.seed}; intervals hold 95 percent. The indices were computed again from the "
            f"measure's value in every world{_again(study, str(one.measure))}."
        ),
    }


def _again(study: SensitivityStudy, measure: str) -> str:
    """Return what else was tried."""
    largest = f"the largest difference is {study.largest_difference:.2g}"
    if tried := study.tried[measure]:
        return f", and {words.count(tried, 'world')} were answered again: {largest}"
    return f": {largest}. The values are the study's own record, for plays would have to be solved"


def _moved(found: Sensitivity, one: MeasureIndices) -> str:
    """Return which groups move a measure most, as far as intervals tell."""
    first, rest = one.indices[0], one.indices[1:3]
    spread = f"{one.measure} is {one.mean:,.4g} on average and deviates by {one.deviation:,.3g}"
    where = "Over all worlds" if found.method == "sobol" else "Along the trajectories"
    if first.rank <= 0:
        return f"{where} {spread}: no unknown moves it."
    names = words.listed([first.group, *(index.group for index in rest if index.rank > 0)])
    error = (first.total_error if found.method == "sobol" else first.effect_error) or 0.0
    unsure = (
        " Intervals are wide: a larger sample would tell more." if error > first.rank / 2 else ""
    )
    if found.method == "sobol":
        return (
            f"{where} {spread}. What moves it most: {names}; with all that it does "
            f"together with others, {first.group} has a share of {min(1.0, first.rank):.0%} of its "
            f"variance.{unsure}"
        )
    return (
        f"{where} {spread}. What moves it most: {names}; {first.group} alone moves it by "
        f"{first.rank:,.3g} on average.{unsure}"
    )


def _bars(found: Sensitivity, one: MeasureIndices, *, width: int, label: int = 300) -> Any:
    """Return one row per group: its index as a bar, with the interval."""
    sobol = found.method == "sobol"
    rows = []
    for index in one.indices[:SHOWN]:
        error = (index.total_error if sobol else index.effect_error) or 0.0
        size = index.rank
        told = f"{index.group}: {size:.3g}, give or take {error:.2g}"
        rows.append(
            {
                "group": index.group,
                "size": size,
                "low": max(0.0, size - error),
                "high": size + error,
                "first": max(0.0, index.first or 0.0),
                "told": told,
            }
        )
    base = rows_of(rows, "group").encode(
        y=alt.Y("group:N", sort=None, title=None, axis=alt.Axis(labelLimit=label))
    )
    title = "total share of the variance" if sobol else "mean effect"
    axis = alt.X("size:Q", title=title, axis=alt.Axis(grid=True, tickCount=8 if width > 300 else 4))
    layers = [
        base.mark_bar(color=TOGETHER, opacity=0.75, height=11).encode(x=axis, description="told:N"),
        base.mark_rule(color=INK, strokeWidth=1.5, aria=False).encode(x="low:Q", x2="high:Q"),
    ]
    if sobol:
        layers.append(
            base.mark_tick(color=INK, thickness=3, size=15, aria=False).encode(x="first:Q")
        )
    subtitle = "The line is the 95 percent interval" + (
        "; the mark is the share that a group explains by itself." if sobol else "."
    )
    if len(one.indices) > SHOWN:
        subtitle += f" The largest {SHOWN} of {len(one.indices)} groups."
    return styled(
        alt.layer(*layers).properties(width=width, height=24 * len(rows)),
        f"What moves {one.measure}",
        subtitle,
    )


def _box(study: SensitivityStudy, found: Discovery) -> dict[str, Any]:
    box, total = found.box, len(found.values)
    told = f"{found.condition} holds in {found.holding} of {words.count(total, 'world')}."
    chart, table = Markup(""), Markup("")
    if found.holding in (0, total):
        told += " There is nothing to tell apart."
    elif not box.limits:
        told += " No limit on an unknown tells where, beyond what chance would."
    else:
        told += (
            f" Within {words.count(len(box.limits), 'limit')} it holds in {box.hits} of "
            f"{words.count(box.inside, 'world')}, a density of {box.density:.0%}, and these are "
            f"{box.coverage:.0%} of all in which it does."
        )
        chart = spans_html(
            _limits(found),
            f"Where {found.condition}",
            "Grey is what was drawn of an unknown, the bar is what lies within the limit.",
        )
        table = table_html(found.table(), "Limits of the box")
    return {
        "finding": told,
        "chart": chart,
        "table": table,
        "note": (
            f"{words.count(len(found.worlds), 'world')}, seed {found.worlds.seed}, density asked "
            f"for {found.density:.0%}. The box was found again from the measure's value in every "
            f"world{_again(study, str(found.condition.measure))}."
        ),
    }


def _limits(found: Discovery) -> list[Span]:
    """Return what the limits leave of what was drawn of each unknown."""
    drawn, spans = found.worlds, []
    for limit in found.box.limits:
        if limit.name in drawn.names:
            column = drawn.draws[:, drawn.names.index(limit.name)]
        else:
            column = drawn.chosen[limit.name.removeprefix(SWITCH)].astype(float)
        low, high = float(column.min()), float(column.max())
        kept = (low if limit.low is None else limit.low, high if limit.high is None else limit.high)
        spans.append(Span(limit.name, (low, high), kept))
    return spans


def _thresholds(subject: Subject, study: SensitivityStudy, found: Thresholds) -> dict[str, Any]:
    names = list(dict.fromkeys(one.name for one in found.thresholds))
    moved = [one for one in found.thresholds if one.changes is not None]
    told = f"Of {words.count(len(names), 'number')}, each moved alone over its range, "
    if moved:
        first = min(moved, key=lambda one: abs((one.changes or 0) - one.own) / (abs(one.own) or 1))
        changes = [f"{point} {words.option(new)}" for point, (_, new) in first.instead.items()]
        which = words.listed(list(dict.fromkeys(one.name for one in moved)))
        told += (
            f"{len({one.name for one in moved})} would change what is "
            f"best in {found.play} play: {which}. The nearest change: {first.name} at "
            f"{first.changes:.4g} instead of {first.own:.4g}"
            + (f", where {words.listed(changes)} is better." if changes else ".")
        )
    else:
        told += f"none is known to change what is best in {found.play} play."
    spans = []
    for name in names:
        low, high = (
            one for towards in ("low", "high") for one in found.thresholds
            if (one.name, one.towards) == (name, towards)
        )  # fmt: skip
        number = subject.run.world.parameters[name]
        spans.append(Span(name, (number.low, number.high), (low.stays, high.stays), low.own))
    return {
        "finding": told,
        "chart": spans_html(
            spans,
            f"How far numbers may move before {found.play} play would do something else",
            "Grey is the range of a number, the bar is where the portfolio is still best, and the "
            "mark is the scenario's own number.",
        ),
        "table": table_html(found.table(), "Thresholds"),
        "note": (
            f"At {words.count(study.tried[found.play], 'threshold')} the portfolio that is better "
            "was held against the own one again: the largest difference is "
            f"{study.largest_difference:.2g}. "
            "That the own one is still best before is the optimiser's proof by the study's record."
        ),
    }


SECTION = Section("sensitivity", 76, "Which unknowns matter", applies, render)

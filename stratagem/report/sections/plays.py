"""Coordinated against unilateral against status quo: months, gains, and all plays in a table."""

from __future__ import annotations

from markupsafe import Markup

from stratagem.pictures import figures
from stratagem.presentation.tables import Cell, Column, Table
from stratagem.records.certificates import explained
from stratagem.records.mixed import MixedRecord
from stratagem.report.parts import chart_html, filled, table_html
from stratagem.report.sections import Section, always
from stratagem.report.subject import Subject

_TEMPLATE = """
<div class="pair">
{{ months }}
{{ kept }}
</div>
{{ table }}
{% if meaning %}<p class="note">{{ meaning }}</p>{% endif %}
{% for one in drawn %}
<h3>{{ one.title }}</h3>
{% for sentence in one.sentences %}<p>{{ sentence }}</p>
{% endfor %}{% for shown in one.tables %}{{ shown }}
{% endfor %}{% endfor %}
{% if unsolved %}
<div class="warning"><b>Not solved</b>
<ul>{% for entry in unsolved %}
<li><b>{{ entry.play }}</b>: {{ entry.status }}. {{ entry.message }}</li>
{% endfor %}</ul></div>
{% endif %}
"""


def render(subject: Subject) -> Markup:
    """Return the charts, the table of plays, what is drawn, and what was not solved."""
    comparison = subject.comparison
    kept: Markup | str = ""
    if all(comparison.has(name) for name in ("status-quo", "coordinated")):
        kept = chart_html(
            figures.kept_alone(comparison, width=250),
            figures.kept_alone(comparison, width=135),
        )
    return filled(
        _TEMPLATE,
        months=chart_html(
            figures.months_by_front(comparison, width=310),
            figures.months_by_front(comparison, width=190),
            details=_months(subject),
        ),
        kept=kept,
        table=table_html(comparison.plays_table(), "All plays side by side"),
        meaning=explained(comparison.plays, comparison.mixed),
        drawn=[_drawn(record, subject) for record in comparison.mixed],
        unsolved=comparison.unsolved,
    )


def _drawn(record: MixedRecord, subject: Subject) -> dict[str, object]:
    """Return what is drawn in a play without a pure equilibrium."""
    titles = subject.comparison.titles
    section = record.section(titles)
    tables = [table_html(table, title) for title, table in record.tables(titles).items()]
    return {"title": section.title, "sentences": section.sentences, "tables": tables}


def _months(subject: Subject) -> Table:
    records = subject.comparison.plays
    fronts = [Column(subject.called("fronts", f), "months", digits=2) for f in records[0].fronts]
    columns = (Column("play"), *fronts, Column("counted", "months", digits=2))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (r.play, *(f.months for f in r.fronts.values()), r.months) for r in records
    )
    note = "Counted: the sum over the fronts in which any government has a stake."
    return Table("", columns, rows, note)


SECTION = Section("plays", 20, "Together, or each for itself", always, render)

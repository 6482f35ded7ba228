"""What sections are made of: numbers, tables and figures, markup in which all text is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scenarios.texts import visible
from stratagem.pictures.drawing import Drawing
from stratagem.presentation.tables import Table
from stratagem.report.subject import Subject
from stratagem.report.theme import chart_svg, drawing_svg

PAGES = Environment(
    loader=PackageLoader("stratagem.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=lambda value: (
        visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
    ),
)
"""Where templates are; all that they are given is text unless it is markup already."""


def filled(template: str, **values: Any) -> Markup:
    """Return a template's text with values in their places."""
    return Markup(PAGES.from_string(template).render(**values))


def number(subject: Subject, play: str, key: str, *, digits: int = 1, sign: bool = False) -> Markup:
    """Return a number of a play's record, marked with where it stands in the run's result.

    Parameters
    ----------
    key : such as `months` or `payoffs.USA`.
    """
    value: Any = next(entry for entry in subject.run.result["plays"] if entry["play"] == play)
    for part in key.split(".", 1):
        value = value[part]
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    return Markup('<data value="{}" data-of="{}/{}">{}</data>').format(repr(value), play, key, text)


SHORT = 18
"""Letters of a cell that is not broken over lines."""

_TABLE = """
<div class="wide" tabindex="0" role="region" aria-label="{{ label }}">
<table>
<caption class="unseen">{{ label }}</caption>
<thead><tr>
{% for column in table.columns %}
<th scope="col"{% if kinds[loop.index0] == "right" %} class="right"{% endif %}>{{ column.name }}
{%- if column.unit %}<br><small>{{ column.unit }}</small>{% endif %}</th>
{% endfor %}
</tr></thead>
<tbody>
{% for row in rows %}
<tr>
{% for cell in row %}
{% if loop.first %}<th scope="row"{% if kinds[0] == "right" %} class="right"{% endif %}>\
{{ cell }}</th>
{% else %}<td{% if kinds[loop.index0] %} class="{{ kinds[loop.index0] }}"{% endif %}>{{ cell }}</td>
{% endif %}
{% endfor %}
</tr>
{% endfor %}
</tbody></table></div>
{% if table.below() %}<p class="note">{{ table.below() }}</p>{% endif %}
"""


def table_html(table: Table, label: str) -> Markup:
    """Return a table; `label` is what screen readers call it."""
    rows = [
        [column.text(cell) for column, cell in zip(table.columns, row, strict=True)]
        for row in table.rows
    ]
    kinds = [
        "right" if table.is_number(i) else "short" if _is_short(rows, i) else ""
        for i in range(len(table.columns))
    ]
    return filled(_TABLE, table=table, rows=rows, kinds=kinds, label=label)


def _is_short(rows: Sequence[Sequence[str]], position: int) -> bool:
    """Return whether the cells of a column may stay on one line."""
    return all(len(row[position]) <= SHORT for row in rows)


_FIGURE = """
<figure class="{{ 'map' if map else 'chart' }}">
<figcaption><b>{{ title }}</b>{% if subtitle %} <span>{{ subtitle }}</span>{% endif %}</figcaption>
{% for mark, svg in pictures %}
<div class="picture {{ mark }}"{% if map %} tabindex="0" role="region" \
aria-label="{{ title }}, scrolls sideways"{% endif %}>{{ svg }}</div>
{% endfor %}
{% if details %}
<details><summary>The numbers as a table</summary>{{ details }}</details>
{% endif %}
</figure>
"""


def chart_html(wide: Any, narrow: Any = None, *, details: Table | None = None) -> Markup:
    """Return an altair chart as a figure, with a narrow form for phones where there is one."""
    title, subtitle, svg = chart_svg(wide)
    pictures = [("for-wide" if narrow is not None else "", _named(svg, title))]
    if narrow is not None:
        pictures.append(("for-narrow", _named(chart_svg(narrow)[2], title)))
    return _figure(title, subtitle, pictures, details, map=False)


def map_html(drawing: Drawing, *, details: Table | None = None) -> Markup:
    """Return a drawing as a figure that scrolls sideways where there is no room."""
    svg = _named(drawing_svg(drawing), f"{drawing.title}. {drawing.subtitle}")
    return _figure(drawing.title, drawing.subtitle, [("", svg)], details, map=True)


def _figure(
    title: str,
    subtitle: str,
    pictures: Sequence[tuple[str, Markup]],
    details: Table | None,
    *,
    map: bool,
) -> Markup:
    return filled(
        _FIGURE,
        title=title,
        subtitle=subtitle,
        pictures=pictures,
        details=table_html(details, f"{title}: the numbers") if details else "",
        map=map,
    )


def _named(svg: str, name: str) -> Markup:
    """Return an SVG as one image with a name, in the size that it was drawn or less."""
    width = re.search(r'<svg[^>]*? width="([\d.]+)', svg)
    size = f"{float(width[1]):.0f}px" if width else "100%"
    opening = Markup('<svg role="img" aria-label="{}" style="width:{};--drawn:{}"').format(
        visible(name), size, size
    )
    body = re.sub(r'^<svg((?:[^>]*?)) width="[\d.]+" height="[\d.]+"', r"<svg\1", svg)
    return Markup(opening + Markup(body.removeprefix("<svg")))  # drawn here, escaped there


_SWITCH = """
<div class="switched" id="{{ name }}-switch">
<fieldset class="switch"><legend>{{ legend }}</legend>
{% for key, said in names.items() %}
<label><input type="radio" name="{{ name }}" value="{{ loop.index0 }}"{% if key == first %} checked\
{% endif %}><span>{{ said }}</span></label>
{% endfor %}
</fieldset>
{% for key, panel in panels.items() %}
<div class="panel" data-panel="{{ loop.index0 }}"><h4 class="in-print">{{ names[key] }}</h4>
{{ panel }}</div>
{% endfor %}
</div>
"""


def switch_html(
    name: str, legend: str, names: Mapping[str, str], panels: Mapping[str, Markup], *, first: str
) -> Markup:
    """Return panels of which a reader sees one at a time, and paper all."""
    return filled(_SWITCH, name=name, legend=legend, names=names, panels=panels, first=first)


_STUDIES = """
{% for study in studies %}
<p>{{ study.finding }}</p>
{{ study.chart }}
{{ study.table }}
<p class="note">{{ study.note }}</p>
{% endfor %}
"""


def studies_html(studies: Sequence[Mapping[str, Any]]) -> Markup:
    """Return studies one below the other, each with its `finding`, `chart`, `table` and `note`."""
    return filled(_STUDIES, studies=studies)

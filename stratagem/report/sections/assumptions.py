"""Every number that the answer rests on, with its source, confidence and range."""

from __future__ import annotations

from markupsafe import Markup

from scenarios.blueprint import Parameter
from stratagem.presentation.tables import Column
from stratagem.report.parts import filled
from stratagem.report.sections import Section
from stratagem.report.subject import Subject

CONFIDENCE = {
    "A": "primary source",
    "B": "press, secondary",
    "D": "derived",
    "P": "prior",
    "M": "recalled",
}

_TEMPLATE = """
<p>{{ flagged }} of {{ rows|length }} numbers are guesses: modelling priors (P), or recalled \
(M). The others come from a primary source (A), from the press or a secondary account (B), or \
follow from such numbers (D). A result that hangs on a guess is a statement about the guess.</p>
<div class="searchable">
<div class="filters">
<label>Find<input type="search" autocomplete="off"></label>
<label class="box"><input type="checkbox"> guesses alone</label>
<span class="note" role="status"></span>
</div>
<div class="wide tall" tabindex="0" role="region" aria-label="Assumptions">
<table class="numbers">
<caption class="unseen">Assumptions with value, range and confidence</caption>
<thead><tr>{% for head in ["number", "value", "range", "confidence"] %}\
<th scope="col"><button type="button">{{ head }}</button></th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}
<tr data-flagged="{{ 1 if row.flagged else 0 }}">
<th scope="row" data-sort="{{ row.name }}">{{ row.name }}
{% if row.changed %}<span class="flag">changed</span>{% endif %}
<small>{{ row.note }}{% if row.note %} {% endif %}<i>{{ row.source }}</i></small></th>
<td data-sort="{{ row.value }}"><data value="{{ row.value }}" data-number="{{ row.name }}">\
{{ row.told }}</data> {{ row.unit }}</td>
<td class="range" data-sort="{{ row.spread }}">{{ row.range }}</td>
<td data-sort="{{ row.confidence }}">\
<span class="flag{% if row.flagged %} prior{% endif %}">{{ row.confidence }} {{ row.word }}</span>
</td>
</tr>
{% endfor %}
</tbody></table></div></div>
"""


def applies(subject: Subject) -> bool:
    """Return whether the scenario has numbers of its own."""
    return bool(subject.case.parameters)


def render(subject: Subject) -> Markup:
    """Return the table of numbers, searchable and sortable."""
    rows = [_row(subject, number) for number in subject.case.parameters.values()]
    return filled(_TEMPLATE, rows=rows, flagged=len(subject.case.flagged))


def _row(subject: Subject, number: Parameter) -> dict[str, object]:
    plain = Column("")
    low, value, high = (plain.text(x) for x in (number.low, number.value, number.high))
    size = max(abs(number.low), abs(number.high), abs(number.value))
    return {
        "name": number.name,
        "note": number.note,
        "value": repr(number.value),
        "told": value,
        "unit": number.unit,
        "range": "exact" if number.exact else f"{low} to {high}",
        "spread": f"{(number.high - number.low) / size if size > 0 else 0.0:.6g}",
        "confidence": number.confidence,
        "word": CONFIDENCE.get(number.confidence, ""),
        "flagged": number.flagged,
        "changed": number.changed,
        "source": _source(subject, number),
    }


def _source(subject: Subject, number: Parameter) -> str:
    source = subject.run.world.sources.get(number.source)
    if source is None:
        return number.source
    return ". ".join(part for part in (source.author, source.title, source.date) if part) + "."


SECTION = Section("assumptions", 80, "What it rests on", applies, render)

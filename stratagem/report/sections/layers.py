"""What layers are worth by themselves, and what they add to each other."""

from __future__ import annotations

from markupsafe import Markup

from stratagem.pictures import figures
from stratagem.report.parts import chart_html, filled
from stratagem.report.sections import Section
from stratagem.report.subject import Subject

_TEMPLATE = """
{% for sentence in sentences %}<p>{{ sentence }}</p>
{% endfor %}
{{ chart }}
"""


def applies(subject: Subject) -> bool:
    """Return whether the run solved subsets of the layers."""
    return subject.comparison.layer_interaction is not None


def render(subject: Subject) -> Markup:
    """Return the finding and its picture."""
    found = subject.comparison.layer_interaction
    return filled(
        _TEMPLATE,
        sentences=found.sentences() if found else (),
        chart=chart_html(
            figures.layer_values(subject.comparison),
            figures.layer_values(subject.comparison, width=190),
        ),
    )


SECTION = Section("layers", 60, "What the layers are worth", applies, render)

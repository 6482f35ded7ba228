"""Who pays and who gains, and who leaves the gap when each acts for itself."""

from __future__ import annotations

from markupsafe import Markup

from stratagem.explaining.gaps import gaps
from stratagem.pictures import figures
from stratagem.pictures.parts import COMPARED
from stratagem.report.parts import chart_html, filled, table_html
from stratagem.report.sections import Section
from stratagem.report.subject import Subject

_TEMPLATE = """
{{ chart }}
<h3>What {{ play }} is worth to each government</h3>
{{ table }}
{{ gaps }}
"""
_NOTE = (
    "Payoff: revenue minus harm minus costs. Harm: months of progress at the government's stakes. "
    "Costs: outlay and what else the options cost the economy. Change: against the status quo."
)


def applies(subject: Subject) -> bool:
    """Return whether there is a play to hold against the status quo."""
    return subject.comparison.has("status-quo") and subject.main != "status-quo"


def render(subject: Subject) -> Markup:
    """Return who gains, what it is made of, and where the gap is."""
    comparison = subject.comparison
    chart: Markup | str = ""
    if comparison.has("coordinated"):
        chart = chart_html(
            figures.payoffs_by_controller(comparison, width=430),
            figures.payoffs_by_controller(comparison, width=88),
        )
    table = comparison.payoffs_table(subject.main)
    return filled(
        _TEMPLATE,
        chart=chart,
        play=subject.shown[subject.main].lower(),
        table=table_html(table, "Payoffs by government"),
        gaps=_gap(subject) if all(comparison.has(name) for name in COMPARED) else "",
    ) + Markup('<p class="note">{}</p>').format(_NOTE)


def _gap(subject: Subject) -> Markup:
    claims = subject.audit.claims
    found = gaps(subject.scene, claims["unilateral:best"].profile, claims["coordinated"].profile)
    if not found or found[0].joint_gain < 1e-6:
        return Markup("")
    return Markup("<h3>{}</h3>").format(
        "Who leaves the gap when each acts for itself"
    ) + chart_html(
        figures.gap_by_controller(found, subject.comparison, width=430),
        figures.gap_by_controller(found, subject.comparison, width=170),
    )


SECTION = Section("payers", 50, "Who pays, who gains", applies, render)

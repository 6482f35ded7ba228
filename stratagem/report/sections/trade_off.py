"""The mean or the worst: what a smaller largest loss costs on average."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from stratagem.portfolios.pictures import trade_off_steps
from stratagem.portfolios.trade_off import TradeOff
from stratagem.presentation import words
from stratagem.report.parts import chart_html, studies_html, table_html
from stratagem.report.sections import Section
from stratagem.report.subject import Subject
from stratagem.report.trade_offs import TradeOffStudy


def applies(subject: Subject) -> bool:
    """Return whether a trade-off stands beside the run."""
    return bool(subject.of_kind(TradeOffStudy))


def render(subject: Subject) -> Markup:
    """Return a sentence, the picture and the portfolios of every such study."""
    return studies_html([_study(study) for study in subject.of_kind(TradeOffStudy)])


def _study(study: TradeOffStudy) -> dict[str, Any]:
    found = study.found
    points = found.points()
    note = (
        f"{words.count(found.worlds, 'world')}, seed {found.seed}. {found.proof()} The evader's "
        f"answers were computed again for every portfolio in every world: the largest difference "
        f"is {study.largest_difference:.2g}."
    )
    if found.found.lines:
        note += " The bounds of the blends are the optimiser's proof by the study's own record."
    return {
        "finding": _finding(found),
        "chart": chart_html(
            trade_off_steps(points, worlds=found.worlds),
            trade_off_steps(points, worlds=found.worlds, width=230),
        ),
        "table": table_html(found.table(), "Portfolios by rising largest loss"),
        "note": note,
    }


def _finding(found: TradeOff) -> str:
    """Return how far apart the ends are, and what the step that buys most safety costs."""
    points = found.found.points
    safest, best = points[0], points[-1]
    if safest is best:
        return (
            f"The portfolio that loses least on average, {words.money(best.expected)} a year, is "
            f"also the one that loses least in the worst of {words.count(found.worlds, 'world')}, "
            f"{words.money(best.largest)}."
        )
    return (
        f"The portfolio that loses least on average, {words.money(best.expected)} a year, loses "
        f"{words.money(best.largest)} in the worst of {words.count(found.worlds, 'world')}. The "
        f"one with the smallest worst case loses {words.money(safest.largest)} there: "
        f"{words.money(best.largest - safest.largest)} less, for "
        f"{words.money(safest.expected - best.expected)} more on average."
    )


SECTION = Section("trade-off", 72, "The mean or the worst", applies, render)

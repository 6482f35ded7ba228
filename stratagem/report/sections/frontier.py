"""What more would buy: the steps of every frontier beside the run."""

from __future__ import annotations

import itertools
from typing import Any

from markupsafe import Markup

from stratagem.portfolios.frontier_record import Frontier
from stratagem.portfolios.pictures import steps
from stratagem.presentation import words
from stratagem.report.frontiers import FrontierStudy
from stratagem.report.parts import chart_html, studies_html, table_html
from stratagem.report.sections import Section
from stratagem.report.subject import Subject


def applies(subject: Subject) -> bool:
    """Return whether a frontier stands beside the run."""
    return bool(subject.of_kind(FrontierStudy))


def render(subject: Subject) -> Markup:
    """Return a sentence, the picture and the steps of every such frontier."""
    return studies_html([_study(subject, study) for study in subject.of_kind(FrontierStudy)])


def _study(subject: Subject, study: FrontierStudy) -> dict[str, Any]:
    found = study.found
    return {
        "finding": _finding(subject, found),
        "chart": chart_html(steps(found), steps(found, width=230, labels=3)),
        "table": table_html(found.table(), "Steps"),
        "note": (
            f"{found.proven()} The evader's answers were computed again at every step: the largest "
            f"difference is {study.largest_difference:.2g}. That no portfolio does better for as "
            "much is the optimiser's proof by the frontier's own record."
        ),
    }


def _finding(subject: Subject, found: Frontier) -> str:
    """Return where the frontier ends, and which step brings the most for what it takes."""
    low, high = found.found.steps[0], found.found.steps[-1]
    grows = {
        "joint budget": "As one budget for all governments grows",
        "budget": f"As the budget of {subject.called('controllers', found.whose)} alone grows"
        if found.whose
        else "",
        "layers": "As governments act together in more layers",
        "cost": "As all measures together may cost more",
    }[found.over]
    if low is high:
        return f"{grows}, the best portfolio stays the same."
    pairs = list(itertools.pairwise(found.found.steps))
    before, best = max(
        pairs, key=lambda pair: (pair[1].payoff - pair[0].payoff) / (pair[1].spent - pair[0].spent)
    )
    rise = words.money(best.payoff - before.payoff)
    what = "less harm" if found.over == "cost" else "more joint payoff"
    whole = f"{words.money(high.payoff - low.payoff)} a year {what}"
    if found.over == "layers":
        return (
            f"{grows}, up to {words.count(int(high.spent), 'layer')} bring {whole}; the largest "
            f"step is the one to {words.count(int(best.spent), 'layer')}, "
            f"{words.listed(best.layers)}: {rise}."
        )
    least = words.money(low.spent) if low.spent else "nothing"
    times = ("" if found.found.complete else "at least ") + words.count(len(pairs), "time")
    return (
        f"{grows}, the best portfolio changes {times} and brings {whole} "
        f"by the time that {words.money(high.spent)} a year are spent instead of {least}; the step "
        f"that brings the most for what it takes is the one to {words.money(best.spent)}, {rise} "
        f"for another {words.money(best.spent - before.spent)}."
    )


SECTION = Section("frontier", 65, "What more would buy", applies, render)

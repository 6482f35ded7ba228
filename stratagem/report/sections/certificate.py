"""The certificate: every check with its number, made again when the report was."""

from __future__ import annotations

from markupsafe import Markup

from solvers.certificate import EVADER_TOLERANCE, evaluated
from stratagem.audits.ledger import TOLERANCE
from stratagem.audits.mixed_claims import MixedClaim
from stratagem.presentation import words
from stratagem.presentation.tables import Cell, Column, Table
from stratagem.records.certificates import explained
from stratagem.report.parts import filled, table_html
from stratagem.report.sections import Section, always
from stratagem.report.subject import Subject

_TEMPLATE = """
<p>Nothing here is taken from the run on trust where it can be computed again. A check that failed \
would have stopped this page.</p>
<ul class="checks">
{% for check in checks %}<li><span class="ok"></span>{{ check }}</li>
{% endfor %}
</ul>
{{ table }}
<p class="note">What was not tried again rests on the optimiser's proof, by the run's own record: \
that no change of several control points at once gains more than the stated regret. \
{{ words }}</p>
"""


def render(subject: Subject) -> Markup:
    """Return the checks with their numbers."""
    audit = subject.audit
    rows = [_row(subject, name) for name in audit.claims]
    rows += [_drawn(name, claim) for name, claim in audit.mixed.items()]
    responses = [claim.response for claim in audit.claims.values()]
    responses += [one.response for claim in audit.mixed.values() for one in claim.result.drawn]
    checks_of = [evaluated(subject.scene.network, response) for response in responses]
    plan = max(abs(check.gap) for check in checks_of)
    limits = max(0.0, *(check.violation for check in checks_of))
    checks = (
        f"The scenario in the run is the one that was hashed when it was solved: "
        f"{subject.case.hash}.",
        f"Months, payoffs, outlays and flows of {words.count(len(rows), 'play')}, computed anew "
        f"from the evader's plan: the largest difference from what the run says is "
        f"{audit.largest_difference:.2g} (allowed: {TOLERANCE:.0e}; what an optimiser computes: "
        f"{EVADER_TOLERANCE:.0e}).",
        f"The evader's plan is its best, as its prices prove without any solver: the largest "
        f"relative gap is {plan:.2g} (allowed: {EVADER_TOLERANCE:.0e}).",
        f"The plan keeps every capacity and the budget: the largest excess is {limits:.2g} "
        f"(allowed: {EVADER_TOLERANCE:.0e}).",
        "Every government keeps its budget, and those who do not decide in a play stand still.",
        "No change that was tried again gains more than the stated regret: the columns below say "
        "how much was tried.",
    )
    return filled(
        _TEMPLATE,
        checks=checks,
        table=table_html(_table(rows), "Checks by play"),
        words=explained(subject.comparison.plays, subject.comparison.mixed),
    )


def _row(subject: Subject, name: str) -> tuple[Cell, ...]:
    claim, proof = subject.audit.claims[name], subject.audit.proofs[name]
    check = evaluated(subject.scene.network, claim.response)
    regrets = [regret for regret in proof.regret.values() if regret is not None]
    return (
        name,
        check.gap,
        max(0.0, check.violation),
        max(regrets) if regrets else None,
        proof.bound_gap,
        proof.status,
        _tried(proof.whole, "every choice"),
        _tried(proof.partly, "single changes"),
    )


def _drawn(name: str, claim: MixedClaim) -> tuple[Cell, ...]:
    """Return the row of a play whose portfolios are drawn; the worst of its outcomes counts."""
    found = claim.result.certificate
    return (
        name,
        found.evader_gap,
        found.violation,
        claim.result.epsilon,
        found.bound_gap,
        found.status,
        _tried(claim.whole, "every choice"),
        _tried(claim.partly, "single changes"),
    )


def _tried(names: tuple[str, ...], what: str) -> str:
    return f"{what} of {len(names)}" if names else "-"


def _table(rows: list[tuple[Cell, ...]]) -> Table:
    columns = (
        Column("play"),
        Column("plan's gap"),
        Column("excess"),
        Column("regret", "bn USD/yr"),
        Column("bound's gap"),
        Column("status"),
        Column("tried whole"),
        Column("tried in part"),
    )
    return Table("", columns, tuple(rows))


SECTION = Section("certificate", 90, "How it was checked", always, render)

"""The answer: three sentences, the numbers behind them, and how far to trust them."""

from __future__ import annotations

from markupsafe import Markup

from stratagem.report.headline import headline
from stratagem.report.parts import filled, number
from stratagem.report.sections import Section, always
from stratagem.report.subject import Subject

_TEMPLATE = """
<div class="answer">
{% for sentence in sentences %}<p>{{ sentence }}</p>
{% endfor %}
</div>
<div class="tiles">
{% for play, said in shown.items() %}
<div class="tile tile-{{ loop.index }}"><h3>{{ said }}</h3>
<p class="big">{{ months[play] }} <small>months</small></p>
<p>{{ worth[play] }}</p></div>
{% endfor %}
</div>
<p class="note">A month is a month of growth at the frontier. {{ alone }}{{ trust }} \
Read the months as the firmer part of the answer, and the money as the softer: \
what a month is worth to a government is always a judgement.</p>
"""


def render(subject: Subject) -> Markup:
    """Return the answer."""
    comparison = subject.comparison
    return filled(
        _TEMPLATE,
        sentences=headline(comparison, main=subject.main),
        shown=subject.shown,
        months={play: number(subject, play, "months") for play in subject.shown},
        worth={play: _worth(subject, play) for play in subject.shown},
        alone=_alone(subject),
        trust=(
            f"{comparison.flagged} of the {comparison.numbers} numbers that this rests on are "
            "guesses (recalled, or modelling priors); each is flagged below."
        ),
    )


def _alone(subject: Subject) -> str:
    """Return which outcome of acting alone is shown, where there are several."""
    ends = ("unilateral:best", "unilateral:worst")
    profiles = [subject.comparison.play(end).profile for end in ends if subject.comparison.has(end)]
    if ends[0] not in subject.shown or len(profiles) < 2 or profiles[0] == profiles[1]:
        return ""
    return f"{subject.shown[ends[0]]} is the best outcome known of acting alone. "


def _worth(subject: Subject, play: str) -> Markup:
    """Return what a play is worth to all governments against the status quo."""
    joint = number(subject, play, "joint_payoff", digits=2)
    if play == "status-quo" or not subject.comparison.has("status-quo"):
        return Markup("{} bn USD a year to all governments").format(joint)
    today = subject.comparison.play("status-quo").joint_payoff
    gain = subject.comparison.play(play).joint_payoff - today
    return Markup("{} bn USD a year, {:+.2f} against today").format(joint, gain)


SECTION = Section("answer", 10, "The answer", always, render)

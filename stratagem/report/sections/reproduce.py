"""How to get the same answer again: commands, versions, hash, seed."""

from __future__ import annotations

import shlex

from markupsafe import Markup

from scenarios import library
from stratagem.presentation.tables import Column, Table
from stratagem.report.parts import filled, table_html
from stratagem.report.sections import Section, always
from stratagem.report.subject import Subject

_TEMPLATE = """
<pre><code>{% for line in lines %}{{ line }}
{% endfor %}</code></pre>
{% if not shipped %}
<p>The scenario is not one of those that come with Stratagem: its whole text is in the run's \
<code>manifest.json</code>.</p>
{% endif %}
{{ table }}
"""


def render(subject: Subject) -> Markup:
    """Return the commands and the record of the run."""
    manifest = subject.run.manifest
    shipped = subject.case.name in library.available()
    facts = {
        "scenario": f"{subject.case.name}, {subject.case.date}",
        "hash of the scenario (SHA-256)": subject.case.hash,
        "seed": manifest.get("seed"),
        "relative gap and regret to prove": manifest.get("gap"),
        "time limit for a play, seconds": manifest.get("time_limit_seconds"),
        "started": manifest.get("started"),
        "finished": manifest.get("finished"),
        **{f"version of {name}": text for name, text in manifest["versions"].items()},
    }
    rows = tuple((name, str(value)) for name, value in facts.items())
    return filled(
        _TEMPLATE,
        lines=_commands(subject),
        shipped=shipped,
        table=table_html(Table("", (Column("what"), Column("value")), rows), "The run's record"),
    )


def _commands(subject: Subject) -> list[str]:
    comparison, manifest = subject.comparison, subject.run.manifest
    asked = dict.fromkeys(record.asked for record in comparison.plays)
    asked |= dict.fromkeys(record.asked for record in comparison.mixed)
    asked |= dict.fromkeys(entry.play for entry in comparison.unsolved)
    words = ["stratagem", "compare", subject.case.name, "--plays", *asked]
    if comparison.layer_interaction is None:
        words += ["--layers", "0"]
    else:
        words += ["--layers", str(comparison.layer_interaction.largest_subset)]
    for name in comparison.overrides:
        words += ["--override", name]
    for setting in comparison.settings:
        words += ["--set", setting]
    words += ["--seed", str(comparison.seed), "--gap", f"{comparison.gap:g}"]
    words += ["--time-limit", f"{comparison.time_limit:g}", "-o", "again"]
    version = manifest["versions"].get("stratagem", "")
    return [
        f"# Stratagem {version}",
        shlex.join(words),
        shlex.join(["stratagem", "explain", "again"]),
        shlex.join(["stratagem", "report", "again"]),
    ]


SECTION = Section("reproduce", 95, "How to do it again", always, render)

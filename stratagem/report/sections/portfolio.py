"""Who controls what: how much each government stops in each layer, and what changes."""

from __future__ import annotations

from markupsafe import Markup

from stratagem.pictures.figures import stopped_shares
from stratagem.presentation import words
from stratagem.report.parts import filled, switch_html, table_html
from stratagem.report.sections import Section
from stratagem.report.subject import Subject

_HEAT = """
<div class="wide" tabindex="0" role="region" aria-label="{{ label }}">
<table class="heat"><caption class="unseen">{{ label }}</caption>
<thead><tr><th scope="col">percent stopped</th>
{% for layer in layers %}<th scope="col">{{ layer }}</th>{% endfor %}
</tr></thead>
<tbody>
{% for owner, cells in rows.items() %}
<tr><th scope="row">{{ owner }}</th>
{% for cell in cells %}
{% if cell %}<td style="--a:{{ '%.3f' % (0.85 * cell.share) }}" data-tip="{{ cell.said }}">\
{{ '%.0f' % (100 * cell.share) }}</td>
{% else %}<td class="none"><span class="unseen">no control point</span></td>{% endif %}
{% endfor %}
</tr>
{% endfor %}
</tbody></table></div>
"""

_TEMPLATE = """
<p>Percent of what passes that is stopped at ordinary care of the evader: the mean over a \
government's control points in a layer. Blank: it has none there. A fee stops nothing.</p>
{{ heat }}
{% if changes %}
<details open class="paper"><summary>Every control point that changes</summary>
{{ changes }}
</details>
{% endif %}
"""


def applies(subject: Subject) -> bool:
    """Return whether anything can be controlled."""
    return bool(subject.case.game.points)


def render(subject: Subject) -> Markup:
    """Return a heat map for each play, and the control points that change."""
    panels = {play: _heat(subject, play, said) for play, said in subject.shown.items()}
    changes = None
    if subject.comparison.has("status-quo"):
        changes = subject.comparison.differences_table()
    return filled(
        _TEMPLATE,
        heat=switch_html("portfolio", "Show", subject.shown, panels, first=subject.main),
        changes=table_html(changes, "Control points that change, by play") if changes else "",
    )


def _heat(subject: Subject, play: str, said: str) -> Markup:
    game, record = subject.case.game, subject.comparison.play(play)
    shares = stopped_shares(game, record)
    rows = {}
    for controller in game.controllers:
        owned = [game.points[k] for k in game.owned([controller.name])]
        if not owned:
            continue
        cells: list[dict[str, object] | None] = []
        for layer in game.layers:
            parts = [
                f"{subject.called('points', p.name)}: {words.option(record.profile[p.name])}"
                for p in owned
                if p.layer == layer
            ]
            share = shares.get((controller.name, layer))
            cells.append(None if share is None else {"share": share, "said": "; ".join(parts)})
        rows[subject.called("controllers", controller.name)] = cells
    return filled(
        _HEAT,
        label=f"Percent stopped by government and layer: {said}",
        layers=game.layers,
        rows=rows,
    )


SECTION = Section("portfolio", 40, "Who controls what", applies, render)

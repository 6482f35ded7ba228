"""The flow map: each route as wide as what it is worth, what each layer stops, where it leaks."""

from __future__ import annotations

from markupsafe import Markup

from stratagem.pictures.flow_map import flow_map, layer_colours
from stratagem.pictures.flow_values import FlowValue, flow_values, passed_by_layer, stopped_by_layer
from stratagem.presentation import words
from stratagem.presentation.tables import Cell, Column, Table
from stratagem.report.parts import filled, map_html, switch_html, table_html
from stratagem.report.sections import Section
from stratagem.report.subject import Subject

LEAKS = 8
"""Routes that are listed as leaks."""

_TEMPLATE = """
<p>{{ finding }}</p>
<ul class="legend">
{% for colour, said in legend %}<li><i style="background:{{ colour }}"></i>{{ said }}</li>
{% endfor %}<li><i style="background:var(--stopped)"></i>stopped here</li>
</ul>
{{ maps }}
<h3>What each layer stops, and what gets past it</h3>
{{ layers }}
<h3>Where it leaks: {{ play }}</h3>
{{ leaks }}
"""


def applies(subject: Subject) -> bool:
    """Return whether anything reaches a front in a play that is shown."""
    return any(
        value.before > 0
        for play in subject.shown
        for value in flow_values(subject.case.game, subject.comparison.play(play))
    )


def render(subject: Subject) -> Markup:
    """Return the maps with their switch, and the tables beside them."""
    game, comparison = subject.case.game, subject.comparison
    values = {play: flow_values(game, comparison.play(play)) for play in subject.shown}
    panels = {
        play: map_html(
            flow_map(comparison, subject.run.world, play=play), details=_arcs(subject, rows)
        )
        for play, rows in values.items()
    }
    names = dict(subject.shown)
    if "status-quo" in names and subject.main != "status-quo":
        names["change"] = "What changes"
        panels["change"] = map_html(
            flow_map(comparison, subject.run.world, play=subject.main, against="status-quo")
        )
    colours = layer_colours(game.layers)
    legend = [(colours[layer], subject.called("layers", layer)) for layer in game.layers]
    return filled(
        _TEMPLATE,
        finding=_finding(subject, values),
        legend=[*legend, ("var(--free)", "nobody controls it")],
        maps=switch_html("flows", "Show", names, panels, first=subject.main),
        layers=table_html(_layers(subject, values), "What each layer stops, by play"),
        leaks=table_html(_leaks(subject, values[subject.main]), "Where it leaks"),
        play=subject.shown[subject.main],
    )


def _finding(subject: Subject, values: dict[str, tuple[FlowValue, ...]]) -> str:
    """Return what the controls stop, today and in the play that the report is about."""
    stopped = {play: sum(v.stopped for v in rows) for play, rows in values.items()}
    here = stopped[subject.main]
    text = f"The controls stop what would be worth {here:.1f} months"
    if "status-quo" in stopped and subject.main != "status-quo":
        text += f", instead of {stopped['status-quo']:.1f} today"
    most = max(values[subject.main], key=lambda value: value.behind if value.layer else -1.0)
    return (
        f"{text}. The widest way through a control is {_arc(subject, most)}: "
        f"{most.behind:.1f} months get through ({words.option(most.option)})."
        if most.layer
        else f"{text}."
    )


def _arc(subject: Subject, value: FlowValue) -> str:
    return subject.called("arcs", value.arc)


def _arcs(subject: Subject, values: tuple[FlowValue, ...]) -> Table:
    columns = (
        Column("route"),
        Column("control point"),
        Column("option"),
        Column("before", "months", digits=2),
        Column("stopped", "months", digits=2),
        Column("behind", "months", digits=2),
    )
    rows = tuple(
        (
            _arc(subject, v),
            subject.called("points", v.point) or "-",
            words.option(v.option) or "-",
            v.before,
            v.stopped,
            v.behind,
        )
        for v in values
        if v.before > 0
    )
    return Table("", columns, rows, "Routes that carry nothing are left out.")


def _layers(subject: Subject, values: dict[str, tuple[FlowValue, ...]]) -> Table:
    game = subject.case.game
    columns = [Column("layer")]
    for said in subject.shown.values():
        columns.append(Column(f"{said.lower()}: stops", "months", digits=2))
        columns.append(Column("lets pass", "months", digits=2))
    stopped = {play: stopped_by_layer(game, rows) for play, rows in values.items()}
    passed = {play: passed_by_layer(game, rows) for play, rows in values.items()}
    rows: list[tuple[Cell, ...]] = []
    for layer in game.layers:
        numbers = [n for play in values for n in (stopped[play][layer], passed[play][layer])]
        rows.append((subject.called("layers", layer), *numbers))
    note = (
        "Months at what an average unit that arrives is worth. A unit that passes two layers is "
        "counted in both."
    )
    return Table("", tuple(columns), tuple(rows), note)


def _leaks(subject: Subject, values: tuple[FlowValue, ...]) -> Table:
    controlled = sorted((v for v in values if v.layer), key=lambda v: -v.behind)[:LEAKS]
    columns = (
        Column("route"),
        Column("control point"),
        Column("option"),
        Column("stopped", "%", digits=0),
        Column("gets through", "months", digits=2),
    )
    rows = tuple(
        (
            _arc(subject, v),
            subject.called("points", v.point),
            words.option(v.option),
            100 * v.stopped / v.before,
            v.behind,
        )
        for v in controlled
        if v.behind > 0
    )
    return Table("", columns, rows)


SECTION = Section(
    "flows", 30, "Where it flows, where it is stopped, where it leaks", applies, render
)

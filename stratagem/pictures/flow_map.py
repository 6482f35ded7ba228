"""The flow map: the evader's network with the width of each route, and what controls stop.

Routes lead from left to right; a band is as wide as the months that its units would bring if
nothing else were stopped behind (`flow_values`). At a control it passes a gate, and goes on as
narrow as what gets through. All plays of a comparison are drawn on one layout to one scale, so that
maps can be laid over each other.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from games.errors import InputError
from games.layered import LayeredGame
from scenarios.scenario import Scenario
from stratagem.cases import Case, case_of
from stratagem.pictures.drawing import Drawing, group, ribbon, text
from stratagem.pictures.flow_layout import Layout, laid_out
from stratagem.pictures.flow_values import FlowValue, flow_values
from stratagem.pictures.parts import COMPARED, play_name
from stratagem.presentation import words
from stratagem.records.comparison import Comparison

LAYERS = ("#E69F00", "#0072B2", "#CC79A7", "#009E73", "#D55E00", "#56B4E9", "#B8A800")
FREE, NODE, STOPPED = "#A8A8A8", "#444444", "#B22222"
FEWER, MORE = "#0072B2", "#D55E00"
"""Colours of layers, of what nobody controls, of nodes, of what is stopped, and of changes."""

HEIGHT, EACH, WIDTH, PITCH, LEFT, RIGHT, TOP = 430.0, 60.0, 760.0, 152.0, 14.0, 132.0, 8.0
THINNEST, GAP, LETTERS = 0.6, 25.0, 21
"""Pixels: the most that bands are high together, and for each arc; the least width and distance of
columns; margins; the thinnest band and the space between nodes. Letters in a line of a label."""


@dataclass(frozen=True)
class _Sheet:
    """What every map of a comparison shares: layout, scale, and the values of each play."""

    case: Case
    layout: Layout
    scale: float
    values: Mapping[str, Mapping[str, FlowValue]]
    colours: Mapping[str, str]

    def x(self, column: float) -> float:
        pitch = max(PITCH, (WIDTH - LEFT - RIGHT) / max(1, self.layout.width - 1))
        return LEFT + pitch * column

    def y(self, middle: float) -> float:
        return TOP + middle

    @property
    def size(self) -> tuple[float, float]:
        return self.x(self.layout.width - 1) + RIGHT, self.layout.height + 2 * TOP


def flow_map(
    comparison: Comparison,
    world: Scenario | LayeredGame,
    *,
    play: str = "coordinated",
    against: str | None = None,
) -> Drawing:
    """Return the map of a play, or of what it changes against another.

    Parameters
    ----------
    world : what was compared; it knows the network.
    against : the play to subtract; bands are then as wide as the change.

    Raises
    ------
    InputError
        When a play is missing, or nothing flows in any play that is shown.
    """
    shown = [name for name in dict.fromkeys((*COMPARED, play, against)) if name]
    sheet = _sheet(comparison, world, [name for name in shown if comparison.has(name)])
    here = sheet.values[comparison.play(play).play]
    before = None if against is None else sheet.values[comparison.play(against).play]
    record = comparison.play(play)
    named = play_name(record, comparison.distinct())
    total = sum(value.stopped for value in here.values())
    if before is None:
        title = f"{record.months:.1f} months get through, {total:.1f} are stopped: {named}"
        subtitle = (
            "Width: months that a route's units would bring if nothing more were stopped. A bar "
            "is a control; what it stops ends there."
        )
    else:
        last = comparison.play(against or play)
        other, change = play_name(last, [last]), record.months - last.months
        title = f"{named.capitalize()} against {other}: {change:+.1f} months"
        subtitle = "Width: change of what gets through, in months; blue: less, orange: more."
    width, height = sheet.size
    if before is None:
        marks = [_band(sheet, value, here) for value in here.values()]
    else:
        drawn = {arc: _difference(value, before[arc]) for arc, value in here.items()}
        marks = [_change(sheet, drawn, before[arc], here[arc]) for arc in drawn]
    labels = _labels(sheet, here if before is None else drawn, here, before)
    return Drawing(title, subtitle, width, height, "".join([*marks, *labels]))


def layer_colours(layers: Sequence[str]) -> dict[str, str]:
    """Return the colour of each layer, the first ones again where there are many."""
    return {layer: LAYERS[i % len(LAYERS)] for i, layer in enumerate(layers)}


def _sheet(comparison: Comparison, world: Scenario | LayeredGame, plays: Sequence[str]) -> _Sheet:
    case = case_of(world)
    game = case.game
    values = {name: {v.arc: v for v in flow_values(game, comparison.play(name))} for name in plays}
    widest = {arc.name: max(values[name][arc.name].before for name in plays) for arc in game.arcs}
    used = {arc.name: (arc.tail, arc.head) for arc in game.arcs if widest[arc.name] > 0}
    if not used:
        raise InputError(
            f"flows: expected a play in which something reaches a front, found none in "
            f"{words.listed(list(plays))} - there is nothing to draw"
        )
    ends = [front.node for front in game.fronts if any(front.node == h for _, h in used.values())]
    scale = min(HEIGHT, EACH * (1 + len(used))) / _fullest(used, widest)
    layout = laid_out(
        used,
        {name: max(THINNEST, scale * widest[name]) for name in used},
        ends=ends,
        gap=GAP,
        least=3.0,
    )
    kept = {name: {arc: one[arc] for arc in used} for name, one in values.items()}
    return _Sheet(case, layout, scale, kept, layer_colours(game.layers))


def _fullest(arcs: Mapping[str, tuple[str, str]], widest: Mapping[str, float]) -> float:
    """Return the months of the column in which most is drawn, roughly: all that sets out."""
    heads = {head for _, head in arcs.values()}
    return sum(widest[name] for name, (tail, _) in arcs.items() if tail not in heads)


def _offset(sheet: _Sheet, value: FlowValue, beside: list[FlowValue], *, out: bool) -> float:
    """Return the place of a band in the stack of those at one side of a node."""
    layout = sheet.layout

    def towards(other: FlowValue) -> float:
        way = layout.ways[other.arc]
        return layout.middle[way[1] if out else way[-2]]

    stack = sorted(beside, key=towards)
    widths = [sheet.scale * (other.before if out else other.behind) for other in stack]
    number = next(i for i, other in enumerate(stack) if other is value)
    return sum(widths[:number]) + widths[number] / 2 - sum(widths) / 2


def _course(
    sheet: _Sheet, value: FlowValue, drawn: Mapping[str, FlowValue]
) -> list[tuple[float, float]]:
    """Return the middles that a band goes through, from node to node, beside all that is drawn."""
    layout = sheet.layout
    leaving = [other for other in drawn.values() if other.tail == value.tail]
    entering = [other for other in drawn.values() if other.head == value.head]
    leaves = _offset(sheet, value, leaving, out=True)
    enters = _offset(sheet, value, entering, out=False)
    way = layout.ways[value.arc]
    course = [(sheet.x(spot[1]), sheet.y(layout.middle[spot])) for spot in way]
    (x0, y0), (x1, y1) = course[0], course[-1]
    course[0] = (x0 + 3, y0 + leaves)
    course[-1] = (x1 - 3, y1 + enters)
    return course


def _band(sheet: _Sheet, value: FlowValue, drawn: Mapping[str, FlowValue]) -> str:
    """Return the band of an arc with its gate."""
    before, behind = sheet.scale * value.before, sheet.scale * value.behind
    course = _course(sheet, value, drawn)
    colour = sheet.colours.get(value.layer, FREE)
    told = {"class_": "flow", "data_tip": _tip(sheet.case, value), "data_from": value.tail,
            "data_to": value.head}  # fmt: skip
    if before < THINNEST / 2:
        line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in course)
        dotted = f'<path d="{line}" fill="none" stroke="{FREE}" stroke-dasharray="1 4"/>'
        return group([dotted], **told)
    parts = []
    filled = f'fill="{colour}" fill-opacity="0.5"'
    if not value.layer:
        for one, other in pairwise(course):
            parts.append(f'<path d="{ribbon(one, other, before, before)}" {filled}/>')
        return group(parts, **told)
    gate = _gate(sheet, value, course, drawn)
    top = gate[1] - before / 2
    parts.append(f'<path d="{ribbon(course[0], gate, before, before)}" {filled}/>')
    onward = [(gate[0], top + behind / 2), *course[1:]]
    for one, other in pairwise(onward):
        parts.append(f'<path d="{ribbon(one, other, behind, behind)}" {filled}/>')
    if value.guarded:
        parts.append(
            f'<rect x="{gate[0] - 1.5:.1f}" y="{top:.2f}" width="3" height="{before:.2f}" '
            f'fill="{colour}"/>'
        )
        stopped = before - behind
        if stopped > THINNEST / 2:
            parts.append(
                f'<rect x="{gate[0] + 1.5:.1f}" y="{top + behind:.2f}" width="5" '
                f'height="{stopped:.2f}" fill="{STOPPED}"/>'
            )
    else:
        parts.append(
            f'<path d="M{gate[0]:.1f} {top:.2f}v{before:.2f}" stroke="{colour}" '
            'stroke-dasharray="2 2" stroke-width="1.5" fill="none"/>'
        )
    return group(parts, **told)


def _gate(
    sheet: _Sheet,
    value: FlowValue,
    course: Sequence[tuple[float, float]],
    drawn: Mapping[str, FlowValue],
) -> tuple[float, float]:
    """Return where an arc's control stands: halfway, clear of those of its tail and its head."""
    (x0, y0), (x1, y1) = course[0], course[1]
    if len(course) == 2:
        beside = [replace(v, behind=v.before) for v in drawn.values() if v.head == value.head]
        here = next(v for v in beside if v.arc == value.arc)
        head = sheet.layout.middle[sheet.layout.ways[value.arc][-1]]
        y1 = sheet.y(head) + _offset(sheet, here, beside, out=False)
    return (x0 + x1) / 2, (y0 + y1) / 2


def _difference(value: FlowValue, before: FlowValue) -> FlowValue:
    """Return an arc as wide as what gets through it changes."""
    change = abs(value.behind - before.behind)
    return replace(value, before=change, behind=change)


def _change(
    sheet: _Sheet, drawn: Mapping[str, FlowValue], before: FlowValue, value: FlowValue
) -> str:
    """Return the band of what changes on an arc."""
    change = value.behind - before.behind
    course = _course(sheet, drawn[value.arc], drawn)
    width = max(THINNEST, sheet.scale * abs(change))
    colour = FREE if width == THINNEST else (MORE if change > 0 else FEWER)
    parts = [
        f'<path d="{ribbon(one, other, width, width)}" fill="{colour}" fill-opacity="0.65"/>'
        for one, other in pairwise(course)
    ]
    title = sheet.case.called("arcs", value.arc)
    tip = f"{title}: {before.behind:.2f} to {value.behind:.2f} months, {change:+.2f}"
    return group(parts, class_="flow", data_tip=tip, data_from=value.tail, data_to=value.head)


def _labels(
    sheet: _Sheet,
    drawn: Mapping[str, FlowValue],
    here: Mapping[str, FlowValue],
    before: Mapping[str, FlowValue] | None,
) -> list[str]:
    """Return nodes with their names, and the fronts with their months."""
    layout, case = sheet.layout, sheet.case
    fronts = {front.node: front.name for front in case.game.fronts}
    through: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for value in drawn.values():
        through[value.tail][1] += value.before
        through[value.head][0] += value.behind
    parts = []
    for node, column in layout.columns.items():
        x, y = sheet.x(column), sheet.y(layout.middle[node, column])
        height = max(3.0, sheet.scale * max(through[node]))
        parts.append(
            f'<rect x="{x - 3:.1f}" y="{y - height / 2:.2f}" width="6" height="{height:.2f}" '
            f'fill="{NODE}"/>'
        )
        if node in fronts:
            months = sum(value.behind for value in here.values() if value.head == node)
            told = f"{months:.1f} months"
            if before is not None:
                was = sum(v.behind for v in before.values() if v.head == node)
                told = f"{months - was:+.1f} months"
            name = _lines(x + 8, y - 6, case.called("fronts", fronts[node]), bold=True)
            parts += name
            parts.append(text(x + 8, y + 5 + 6 * len(name), told, size=12, halo=True))
        else:
            parts += _lines(x + 6, y, case.called("nodes", node))
    return parts


def _lines(x: float, y: float, title: str, *, bold: bool = False) -> list[str]:
    """Return a title in at most two lines around a height."""
    lines = textwrap.wrap(title, LETTERS, max_lines=2, placeholder=" ...")
    step = 13 if bold else 11
    top = y + 3.5 - step / 2 * (len(lines) - 1)
    return [
        text(x, top + step * i, line, size=12 if bold else 10, bold=bold, halo=True)
        for i, line in enumerate(lines)
    ]


def _tip(case: Case, value: FlowValue) -> str:
    """Return what an arc carries, in words."""
    unit = case.units.get(value.tail, "")
    title = case.called("arcs", value.arc)
    enters = words.quantity(value.entering, unit)
    if not value.layer:
        return f"{title}: {enters} a year, {value.before:.2f} months; nobody controls it"
    share = value.stopped / value.before if value.before > 0 else 0.0
    return (
        f"{title}: {enters} a year enter. {case.called('points', value.point)}, "
        f"{words.option(value.option)}: stops {words.share(share)} percent, "
        f"{value.stopped:.2f} months; {value.behind:.2f} months get through"
    )

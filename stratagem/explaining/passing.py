"""What gets through and how, in words, and what a unit is worth to the evader."""

from __future__ import annotations

from collections import defaultdict

from stratagem.cases import Case
from stratagem.explaining.margins import TOO_SMALL
from stratagem.explaining.routes import Route
from stratagem.explaining.told import Told
from stratagem.presentation import words
from stratagem.presentation.tables import Cell, Column, Section, Table

ROUTES_SHOWN, NODES_SHOWN = 12, 12
SMALL_PART = 0.01
"""Share of a front's progress below which a route is not listed by itself."""


def routes_told(told: Told) -> Section:
    """Return which routes bring how much to each front."""
    case, here = told.case, told.payoffs[told.play]
    by_front: dict[str, list[Route]] = defaultdict(list)
    for route in told.routes:
        by_front[route.front].append(route)
    sentences = []
    for front in case.game.fronts:
        months = here.months[front.name]
        title = case.called("fronts", front.name)
        listed = by_front[front.name]
        if not listed:
            sentences.append(f"{title}: nothing arrives.")
            continue
        parts = [
            f"{words.share(route.months / months) if months else '0'} percent by "
            f"{_way(case, route)}"
            for route in listed[:2]
        ]
        more = len(listed) - 2
        rest = f", the rest by {more} more" if more > 0 else ""
        sentences.append(f"{title}, {months:.2f} months: {'; '.join(parts)}{rest}.")
    large = [r for r in told.routes if r.months > SMALL_PART * here.months[r.front]]
    rows = tuple(_route_row(case, route) for route in large[:ROUTES_SHOWN])
    columns = (
        Column("front"),
        Column("by way of"),
        Column("enters", fixed=True),
        Column("survives", fixed=True),
        Column("arrives", fixed=True, wide=True),
        Column("months", digits=2),
    )
    note = "Months are shared between the routes to a front by what each brings."
    tables = (Table("", columns, rows, note),) if rows else ()
    return Section("What gets through, and how", tuple(sentences), tables)


def _way(case: Case, route: Route) -> str:
    """Return a route by the titles of its telling arcs: those with a control, else the first."""
    arcs = {arc.name: arc for arc in case.game.arcs}
    telling = [name for name in route.arcs if arcs[name].point] or [route.arcs[0]]
    return ", ".join(case.called("arcs", name) for name in telling)


def _route_row(case: Case, route: Route) -> tuple[Cell, ...]:
    arcs = {arc.name: arc for arc in case.game.arcs}
    ends = {front.name: front.node for front in case.game.fronts}
    tail = arcs[route.arcs[0]].tail
    return (
        case.called("fronts", route.front),
        _way(case, route),
        words.quantity(route.entering, case.units.get(tail, "")),
        f"{words.share(route.survival)} %",
        words.quantity(route.arriving, case.units.get(ends[route.front], "")),
        route.months,
    )


def evader_told(told: Told) -> Section:
    """Return what money and a unit at each place are worth to the evader."""
    case = told.case
    if not told.node_prices:
        return Section(
            f"What a unit is worth to {case.evader}",
            (f"Money is not scarce to {case.evader}: routes run out first.",),
        )
    sentence = (
        f"One more bn USD of budget is worth {told.money_price:.3g} bn USD of progress to "
        f"{case.evader}, by its own weights."
    )
    starts = [front.node for front in case.game.fronts]
    priced = {n: p for n, p in told.node_prices.items() if p > TOO_SMALL * 1e-3 and n not in starts}
    used = {case.game.arcs[i].tail for i in range(len(case.game.arcs))}
    rows = tuple(
        (case.called("nodes", node), words.price(price, case.units.get(node, "")))
        for node, price in priced.items()
        if node in used
    )[:NODES_SHOWN]
    if not rows:
        return Section(f"What a unit is worth to {case.evader}", (sentence,))
    sentence += " The table says what it would pay for one more unit."
    table = Table("", (Column("place"), Column("price")), rows)
    return Section(f"What a unit is worth to {case.evader}", (sentence,), (table,))

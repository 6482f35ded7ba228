"""A scenario before it is solved: who controls what, at what cost, and on which numbers it stands.

The table `observed / model / inside the published range` is the only part that solves anything: the
evader's response to the status quo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from games.network import build_network
from scenarios.observed import ObservedRow, hold_against
from scenarios.scenario import Scenario
from solvers.world import World
from stratagem.cases import Case, case_of, scenario_of
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table, Title

MONEY = "bn USD/yr"

_OPTIONS = (
    "• is in force today. Outlay is public money, which the budget limits; economic is what else "
    "the option costs; of what crosses, a share of exp(-hazard) gets through."
)
_FRONTS = (
    "Weight: what a month there is worth to the evader. Base: what it has anyway. Growth: of the "
    "frontier, in orders of magnitude. Chords: pieces that its curve of months is made of."
)
_OBSERVED = (
    "Flag of the published number: A primary source, B press or secondary account, D derived, P "
    "prior, M recalled. Inside: whether the model's lies in the published range."
)


@dataclass(frozen=True, repr=False)
class Overview(Page):
    """A scenario in tables.

    Attributes
    ----------
    observed : published numbers beside the model's at the status quo.
    """

    about: str
    available_overrides: dict[str, str]
    case: Case
    observed: tuple[ObservedRow, ...]

    def sections(self) -> tuple[Section, ...]:
        """Return the scenario's description and tables."""
        case, game = self.case, self.case.game
        first = [
            " ".join(self.about.split()),
            f"{words.size(game)}; {case.evader} spends {words.money(game.evader_budget)} a year. "
            f"Dated {case.date}, hash {case.hash[:12]}.",
        ]
        if changes := words.changed(case.overrides, case.settings):
            first.append(changes)
        layers = [self._layer(layer) for layer in game.layers]
        parts = [
            Section(case.title, tuple(first)),
            Section("Controllers", self._names(), (self._controllers(),)),
            *layers,
            Section("Fronts", tables=(self._fronts(),)),
        ]
        if self.observed:
            parts.append(Section("Observed, and what the model's status quo says",
                                 tables=(observed_table(self.observed),)))  # fmt: skip
        if self.available_overrides:
            listed = tuple(f"{name}: {text}" for name, text in self.available_overrides.items())
            parts.append(Section("Overrides that it defines", listed))
        if case.flagged:
            parts.append(self._flagged())
        return tuple(parts)

    def to_json(self) -> dict[str, Any]:
        """Return the overview as plain JSON values."""
        case, game = self.case, self.case.game
        return {
            "scenario": case.name,
            "title": case.title,
            "date": case.date,
            "hash": case.hash,
            "about": " ".join(self.about.split()),
            "evader": case.evader,
            "evader_budget": game.evader_budget,
            "controllers": plain(game.controllers),
            "points": plain(game.points),
            "fronts": [
                {"name": f.name, "node": f.node, "unit": case.units.get(f.node, ""),
                 "weight": f.weight}
                for f in game.fronts
            ],
            "titles": plain(case.titles),
            "observed": plain(self.observed),
            "flagged": [
                {key: getattr(number, key) for key in
                 ("name", "value", "low", "high", "unit", "source", "confidence", "note")}
                for number in case.flagged
            ],
            "overrides": dict(self.available_overrides),
        }  # fmt: skip

    def _names(self) -> tuple[str, ...]:
        """Return what the controllers' names stand for, where they stand for something."""
        names = [controller.name for controller in self.case.game.controllers]
        called = {name: self.case.called("controllers", name) for name in names}
        parts = [f"{name} {title}" for name, title in called.items() if title != name]
        return (f"{', '.join(parts)}.",) if parts else ()

    def _controllers(self) -> Table:
        game = self.case.game
        fronts = [front.name for front in game.fronts]
        columns = (
            Column("controller"),
            Column("budget", MONEY, digits=3),
            Column("points"),
            *(
                Column(self.case.called("fronts", name).lower(), "bn USD", digits=2)
                for name in fronts
            ),
        )
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                Title(c.name, self.case.called("controllers", c.name)),
                c.budget,
                len(game.owned([c.name])),
                *(c.stakes.get(name, 0.0) for name in fronts),
            )
            for c in game.controllers
        )
        note = "The last columns are stakes: what a month of progress there costs, in bn USD."
        return Table("", columns, rows, note)

    def _layer(self, layer: str) -> Section:
        rows: list[tuple[Cell, ...]] = []
        for point in self.case.game.points:
            if point.layer != layer:
                continue
            for number, option in enumerate(point.options):
                mark = "•" if number == point.status_quo else ""
                rows.append(
                    (
                        self._title(point.name) if number == 0 else "",
                        point.owner if number == 0 else "",
                        mark,
                        words.option(option.name),
                        option.cost,
                        option.economic_cost,
                        option.hazard,
                        "" if not option.toll else self._toll(point.name, option.toll),
                    )
                )
        columns: tuple[Column, ...] = (
            Column("control point"),
            Column("owner", fixed=True, wide=True),
            Column(""),
            Column("option"),
            Column("outlay", MONEY, digits=4),
            Column("economic", MONEY, digits=4),
            Column("hazard", digits=2),
            Column("toll", width=8),
        )
        if not any(row[-1] for row in rows):
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        note = _OPTIONS if layer == self.case.game.layers[0] else ""
        table = Table("", columns, tuple(rows), note)
        return Section(self.case.called("layers", layer), tables=(table,))

    def _title(self, point: str) -> Title:
        return Title(point, self.case.called("points", point))

    def _toll(self, point: str, toll: float) -> str:
        tails = [arc.tail for arc in self.case.game.arcs if arc.point == point]
        unit = self.case.units.get(tails[0], "") if tails else ""
        return words.price(toll, unit)

    def _fronts(self) -> Table:
        rows = tuple(
            (
                self.case.called("fronts", front.name),
                front.weight,
                self.case.units.get(front.node, ""),
                None if front.curve is None else front.curve.base,
                None if front.curve is None else front.curve.growth,
                len(front.chords),
            )
            for front in self.case.game.fronts
        )
        columns = (
            Column("front"),
            Column("weight", "bn USD/month", digits=2),
            Column("unit"),
            Column("base", "units"),
            Column("growth", "OOM/yr", digits=2),
            Column("chords"),
        )
        return Table("", columns, rows, _FRONTS)

    def _flagged(self) -> Section:
        flagged = self.case.flagged
        rows = tuple((n.name, n.value, n.low, n.high, n.unit, n.confidence) for n in flagged)
        columns = (
            Column("number", fixed=True),
            Column("value"),
            Column("low"),
            Column("high"),
            Column("unit"),
            Column("flag"),
        )
        sentence = (
            f"{len(flagged)} of {len(self.case.parameters)} numbers rest on recall (M) or on a "
            f"prior (P). `stratagem show {self.case.name} --number NAME` says what one is."
        )
        return Section("Flagged numbers", (sentence,), (Table("", columns, rows),))


def show(world: Scenario) -> Overview:
    """Return a scenario in tables, its status quo held against what was observed."""
    world = scenario_of(world)
    response = World(build_network(world.game)).respond(world.game.status_quo)
    return Overview(
        about=world.about,
        available_overrides=dict(world.available_overrides),
        case=case_of(world),
        observed=tuple(hold_against(world, response)),
    )


def observed_table(rows: tuple[ObservedRow, ...]) -> Table:
    """Return the table of observed and modelled numbers."""
    columns = (
        Column("number"),
        Column("unit"),
        Column("observed"),
        Column("low"),
        Column("high"),
        Column("model"),
        Column("inside"),
        Column("flag"),
    )
    cells = tuple(
        (r.name, r.unit, r.observed, r.low, r.high, r.model, r.inside, r.confidence) for r in rows
    )
    return Table("", columns, cells, _OBSERVED)

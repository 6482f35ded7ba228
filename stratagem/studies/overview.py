"""What is drawn in a scenario, and how far the evader gets today in the worlds that come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scenarios.scenario import Scenario
from scenarios.worlds import Method, Worlds, sample
from stratagem.cases import scenario_of
from stratagem.presentation.tables import Cell, Column, Page, Section, Table
from stratagem.presentation.words import changed, count
from stratagem.studies.sweep_records import Sweep
from stratagem.studies.sweeps import sweep

ENDS = (0.05, 0.5, 0.95)
"""Shares of all worlds that quantiles are shown for."""

_MOST_TOLD = 10
_NOTE = (
    "own: the scenario's own value. Of a PERT distribution that is the likeliest value, from which "
    "the median may be far where the range is lopsided. conf.: what the value rests on, A a "
    "primary source, B press or a secondary account, D derived, P a prior, M recalled."
)


@dataclass(frozen=True, repr=False)
class WorldsStudy(Page):
    """A sample of worlds with what the evader reaches in each at the status quo."""

    worlds: Worlds
    status_quo: Sweep = field(repr=False)

    @property
    def months(self) -> dict[int, float]:
        """{world: months of progress at the status quo}, worlds without an answer left out."""
        found = self.status_quo.numbers("status-quo", "months")
        return {world: months for world, months in found.items() if world is not None}

    def drawn_table(self) -> Table:
        """Return every number that is drawn: how, its quantiles, and what it rests on."""
        numbers, worlds = self.worlds.scenario.parameters, self.worlds
        rows: list[tuple[Cell, ...]] = []
        for column, name in enumerate(worlds.names):
            number = numbers[name]
            low, middle, high = np.quantile(worlds.draws[:, column], ENDS).tolist()
            rows.append(
                (name, number.unit, self._how(name), number.value, low, middle, high,
                 number.confidence)
            )  # fmt: skip
        columns = (
            Column("number", fixed=True),
            Column("unit", wide=True),
            Column("drawn"),
            Column("own"),
            *(Column(f"{end:.0%}") for end in ENDS),
            Column("conf.", fixed=True),
        )
        return Table("", columns, tuple(rows), _NOTE)

    def _how(self, name: str) -> str:
        """Return the distribution of a number and what it is drawn with."""
        uncertainty, plan = self.worlds.uncertainty, self.worlds.scenario.blueprint.worlds
        parts: list[str] = []
        if name in uncertainty.distributions:
            parts.append(uncertainty.distributions[name].kind)
        parts += [f"share of {one.name}" for one in plan.shares if name in one.parameters]
        parts += [f"with {one.name}" for one in plan.together if name in one.parameters]
        parts += [
            f"switch {one.name}"
            for one in uncertainty.switches
            if any(name in alternative.values for alternative in one.alternatives)
        ]
        return ", ".join(parts)

    def switches_table(self) -> Table | None:
        """Return how often each alternative of each switch was drawn, None where there is none."""
        rows = [
            (switch.title, alternative.title, float((self.worlds.chosen[switch.name] == i).mean()))
            for switch in self.worlds.uncertainty.switches
            for i, alternative in enumerate(switch.alternatives)
        ]
        columns = (Column("switch"), Column("alternative"), Column("share", digits=3))
        return Table("", columns, tuple(rows)) if rows else None

    def months_table(self) -> Table:
        """Return quantiles of months at the status quo, in all and on each front."""
        rows: list[tuple[Cell, ...]] = []
        fronts = [front.name for front in self.worlds.scenario.game.fronts]
        for label, quantity in (("all fronts", "months"), *((f, f"months_{f}") for f in fronts)):
            found = list(self.status_quo.numbers("status-quo", quantity).values())
            own = self._own.get(quantity)
            rows.append((label, own, *np.quantile(found, ENDS).tolist()))
        columns = (
            Column("months at the status quo"),
            Column("own numbers", digits=2),
            *(Column(f"{end:.0%}", digits=2) for end in ENDS),
        )
        return Table("", columns, tuple(rows))

    @property
    def _own(self) -> dict[str, float]:
        from stratagem.studies.sweep_records import number_of

        (row,) = sweep(self.worlds.scenario, ledger=None).rows
        names = ["months", *(f"months_{front}" for front in row.answer.fronts)]
        return {name: number_of(row.answer, name) for name in names}

    def sections(self) -> tuple[Section, ...]:
        """Return what is drawn, the switches, the months, and which worlds have no game."""
        worlds = self.worlds
        told = (
            f"{count(len(worlds.names), 'number')} drawn by {_METHODS[worlds.method]}, seed "
            f"{worlds.seed}, from {count(len(worlds.uncertainty.factors), 'independent factor')}.",
        )
        title = f"{worlds.scenario.title}: {count(len(worlds), 'world')}"
        changes = changed(worlds.scenario.overrides, worlds.scenario.settings)
        found = [Section(title, (changes, *told) if changes else told, (self.drawn_table(),))]
        switches = self.switches_table()
        if switches is not None:
            found.append(Section("Switches", tables=(switches,)))
        found.append(Section("What the evader reaches today", tables=(self.months_table(),)))
        if self.status_quo.failures:
            found.append(Section("Worlds without a game", tuple(self._failures())))
        return tuple(found)

    def _failures(self) -> Iterator[str]:
        failures = self.status_quo.failures
        for row in failures[:_MOST_TOLD]:
            yield f"World {row.world}: {row.answer.message.splitlines()[0]}"
        if len(failures) > _MOST_TOLD:
            yield f"and {len(failures) - _MOST_TOLD} more"

    def to_json(self) -> dict[str, Any]:
        """Return the sample and what was found as plain JSON values."""
        worlds, numbers = self.worlds, self.worlds.scenario.parameters
        quantiles = np.quantile(worlds.draws, ENDS, axis=0) if worlds.names else np.zeros((3, 0))
        return {
            "scenario": worlds.scenario.name,
            "scenario_hash": worlds.scenario.hash,
            "worlds": len(worlds),
            "method": worlds.method,
            "seed": worlds.seed,
            "numbers": [
                {
                    "name": name,
                    "unit": numbers[name].unit,
                    "drawn": self._how(name),
                    "own": numbers[name].value,
                    "confidence": numbers[name].confidence,
                    "quantiles": quantiles[:, column].tolist(),
                }
                for column, name in enumerate(worlds.names)
            ],
            "quantiles": list(ENDS),
            "switches": {
                switch.name: {
                    one.name: int((worlds.chosen[switch.name] == i).sum())
                    for i, one in enumerate(switch.alternatives)
                }
                for switch in worlds.uncertainty.switches
            },
            "months": {str(world): months for world, months in self.months.items()},
            "without_a_game": {
                str(row.world): row.answer.message for row in self.status_quo.failures
            },
        }


_METHODS = {
    "sobol": "a scrambled Sobol sequence",
    "latin": "a Latin hypercube",
    "random": "chance alone",
}


def worlds(
    scenario: Scenario, count: int = 64, *, sampling: Method = "sobol", seed: int = 0
) -> WorldsStudy:
    """Return worlds of a scenario with what the evader reaches in each at the status quo.

    Parameters
    ----------
    count : how many worlds; powers of two fill the space most evenly.
    sampling : `sobol`, `latin` or `random`; `seed` is theirs.

    Raises
    ------
    InputError
        When a number or the sampling makes no sense, or no world at all has a game.
    """
    drawn = sample(scenario_of(scenario), count, method=sampling, seed=seed)
    return WorldsStudy(drawn, sweep(scenario, worlds=drawn, ledger=None))

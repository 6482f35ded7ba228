"""The record of the map of unilateral play: outcomes, who ends in them, and what is proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table
from stratagem.records.mixed import MixedRecord

ORDERS = ("listed", "reversed", "shuffled")
"""Who moves after whom: as the scenario lists the controllers, the other way, or drawn anew."""


@dataclass(frozen=True)
class MapOutcome:
    """One equilibrium that starts ended in.

    Attributes
    ----------
    value : payoff of the controller asked for, or of all, bn USD a year.
    reached : {moving order: number of starts that ended here}.
    regret : what any player could gain at most by moving alone, bn USD a year.
    """

    profile: dict[str, str]
    value: float
    joint: float
    reached: dict[str, int]
    regret: float


@dataclass(frozen=True)
class End:
    """The best or the worst equilibrium known, and the bound on all.

    Attributes
    ----------
    value, bound : bn USD a year; None where nothing is known.
    proven : whether they meet, within the gap.
    """

    profile: dict[str, str] | None
    value: float | None
    bound: float | None
    proven: bool


@dataclass(frozen=True, repr=False)
class EquilibriumMap(Page):
    """Where best responses end, and the best and the worst equilibrium.

    Attributes
    ----------
    controller : whose payoff ranks the outcomes; None for the sum.
    starts : starting points; each is followed once in every moving order.
    outcomes : from the best to the worst.
    unsettled : {moving order: starts from which best responses went in cycles, or time was up}.
    none : whether it is proven that there is no equilibrium.
    complete : whether the outcomes are proven to be all equilibria.
    mixed : what is drawn where no pure equilibrium is known; None where one is.
    changes : by what the scenario was changed.
    """

    scenario: str
    title: str
    controller: str | None
    seed: int
    starts: int
    outcomes: tuple[MapOutcome, ...]
    unsettled: dict[str, int]
    best: End
    worst: End
    none: bool
    complete: bool
    mixed: MixedRecord | None = None
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    changes: str = ""

    @property
    def proven(self) -> bool:
        """Whether nothing about the best and the worst is left open.

        Where there is no pure equilibrium, whether nobody gains from the mixed play either.
        """
        if self.none:
            return self.mixed is not None and self.mixed.certificate.status == "found"
        return self.best.proven and self.worst.proven

    def sections(self) -> tuple[Section, ...]:
        """Return the map in words and a table."""
        whose = "all controllers" if self.controller is None else self.controller
        sentences = [f"{self.title}: every controller for itself, ranked by {whose}."]
        sentences += [self.changes] if self.changes else []
        if self.none:
            sentences.append("No profile is an equilibrium: that is proven.")
        else:
            sentences += [self._told("best", self.best), self._told("worst", self.worst)]
            if self.complete:
                sentences.append(_counted(len(self.outcomes)))
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                number,
                outcome.value,
                outcome.regret,
                *(outcome.reached.get(order, 0) for order in ORDERS),
            )
            for number, outcome in enumerate(self.outcomes, start=1)
        )
        if any(self.unsettled.values()):
            rows += (
                ("not settled", None, None, *(self.unsettled.get(order, 0) for order in ORDERS)),
            )
        columns = (
            Column("equilibrium"),
            Column("payoff", "bn USD/yr", digits=3),
            Column("regret", "bn USD/yr"),
            *(Column(order, "starts") for order in ORDERS),
        )
        note = (
            f"{self.starts} starting points drawn with seed {self.seed}, each followed once in "
            "every moving order: governments move as the scenario lists them, in the reverse of "
            "that, and shuffled. Each column counts the starts that end there."
        )
        table = Table("", columns, rows, note)
        drawn = () if self.mixed is None else (self.mixed.section(self.titles),)
        first = Section("Where best responses end", tuple(sentences), (table,))
        return (first, *self._options(), *drawn)

    def _told(self, name: str, end: End) -> str:
        if end.value is None:
            return f"No equilibrium is known to be the {name}."
        text = f"The {name} has {words.money(end.value)} a year"
        if end.proven:
            return f"{text}; that none is {'better' if name == 'best' else 'worse'} is proven."
        if end.bound is None:
            return f"{text}; nothing is proven about others."
        return f"{text}; none can have {'more' if name == 'best' else 'less'} than " + (
            f"{words.money(end.bound)}."
        )

    def _options(self) -> tuple[Section, ...]:
        """Return the points at which the outcomes differ."""
        if len(self.outcomes) < 2:
            return ()
        first = self.outcomes[0].profile
        differing = [k for k in first if len({one.profile[k] for one in self.outcomes}) > 1]
        columns = (
            Column("control point"),
            *(Column(str(number)) for number in range(1, len(self.outcomes) + 1)),
        )
        rows = tuple(
            (point, *(words.option(one.profile[point]) for one in self.outcomes))
            for point in differing
        )
        return (Section("Where they differ", (), (Table("", columns, rows),)),)

    def to_json(self) -> dict[str, Any]:
        """Return the map as plain JSON values."""
        values: dict[str, Any] = plain(self)
        values.pop("titles")
        return {**values, "proven": self.proven}


def _counted(count: int) -> str:
    if count == 1:
        return "It is the only pure equilibrium: that is proven."
    return f"There are {count} pure equilibria, all listed: that is proven."

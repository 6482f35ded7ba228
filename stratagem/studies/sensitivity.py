"""Which unknowns matter: Sobol and Morris indices of any measure, with their confidence.

A Sobol index is the share of a measure's variance that a group of unknowns explains: `first` by
itself, `total` with all that it does together with others. Morris moves one group at a time along
trajectories from the 5th to the 95th percentile and averages how far the measure moves (`mean
effect`, its absolute value): cheaper, and good for telling what may be ignored. How both are
estimated is in `indices`.

Notes
-----
The samples need every one of their worlds. Where some have no answer, the whole block or trajectory
that they belong to is left out, and how many is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from games.errors import InputError
from games.given import texts
from scenarios.scenario import Scenario
from stratagem.limits import ignore
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table
from stratagem.presentation.words import count
from stratagem.studies.indices import (
    CONFIDENCE,
    Array,
    Design,
    MeasureIndices,
    SensitivityMethod,
    design_of,
    indices_of,
)
from stratagem.studies.measures import Measure, measure
from stratagem.studies.sweeps import LEDGER, sweep

if TYPE_CHECKING:
    import pandas

_SHOWN = 15

_SOBOL_NOTE = (
    "group: numbers that are drawn together, often one. total: the share of the variance that it "
    "explains with all that it does together with others; first: by itself. ±: how far an estimate "
    f"may be off, at {CONFIDENCE:.0%} confidence; in a small sample first may come out above total."
)
_MORRIS_NOTE = (
    "group: numbers that are drawn together, often one. mean effect: how far the measure moves "
    "on average, in its own unit, as the group goes through its range. ±: how far that may be off, "
    f"at {CONFIDENCE:.0%} confidence."
)


@dataclass(frozen=True, repr=False)
class Sensitivity(Page):
    """Indices of measures.

    Attributes
    ----------
    blocks : base points (Sobol) or trajectories (Morris); `worlds` of the whole sample.
    groups : {group: numbers, shares, switches and what else is drawn together in it}.
    values : {measure: its number in each world, NaN where it has none}.
    """

    scenario: str
    scenario_title: str
    scenario_hash: str
    method: SensitivityMethod
    measures: tuple[MeasureIndices, ...]
    groups: Mapping[str, tuple[str, ...]] = field(repr=False)
    blocks: int
    worlds: int
    seed: int
    values: Mapping[str, Array] = field(repr=False)

    def of(self, text: str) -> MeasureIndices:
        """Return the indices of a measure.

        Raises
        ------
        InputError
            When it was not among those asked for.
        """
        wanted = measure(text)
        for one in self.measures:
            if one.measure == wanted:
                return one
        known = ", ".join(str(one.measure) for one in self.measures)
        raise InputError(f"sensitivity: expected one of {known}; found {text!r}")

    def table(self, found: MeasureIndices, *, most: int | None = None) -> Table:
        """Return the indices of one measure, the largest first."""
        if self.method == "sobol":
            columns: tuple[Column, ...] = (
                Column("group"),
                Column("total", digits=3),
                Column("±", digits=3),
                Column("first", digits=3),
                Column("± ", digits=3),
            )
            rows: list[tuple[Cell, ...]] = [
                (i.group, i.total, i.total_error, i.first, i.first_error) for i in found.indices
            ]
            note = _SOBOL_NOTE
        else:
            columns = (Column("group"), Column("mean effect", digits=3), Column("±", digits=3))
            rows = [(i.group, i.effect, i.effect_error) for i in found.indices]
            note = _MORRIS_NOTE
        return Table("", columns, tuple(rows[:most]), note)

    def sections(self) -> tuple[Section, ...]:
        """Return the largest indices of each measure."""
        kind = "base points" if self.method == "sobol" else "trajectories"
        found = []
        for one in self.measures:
            told = [
                f"Mean {one.mean:,.4g}, deviation {one.deviation:,.3g}"
                + ("" if self.method == "sobol" else ", along trajectories through all ranges")
                + f"; intervals hold {CONFIDENCE:.0%}."
            ]
            if one.left_out:
                told.append(f"{one.left_out} of {self.blocks} {kind} left out for want of answers.")
            if len(one.indices) > _SHOWN:
                told.append(f"The largest {_SHOWN} of {count(len(one.indices), 'group')}.")
            title = f"{self.scenario_title}: what moves {one.measure}"
            found.append(Section(title, (" ".join(told),), (self.table(one, most=_SHOWN),)))
        told_sample = (
            f"{self.method.capitalize()}, {self.blocks} {kind}, {self.worlds:,} worlds, seed "
            f"{self.seed}. `stratagem show {self.scenario} --number NAME` says what a number is."
        )
        return (*found, Section("", (told_sample,)))

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row for each measure and group."""
        import pandas

        rows = [
            {"measure": str(one.measure), **vars(index)}
            for one in self.measures
            for index in one.indices
        ]
        return pandas.DataFrame(rows)

    def values_frame(self) -> pandas.DataFrame:
        """Return one row for each world of the sample: its number and its measures."""
        import pandas

        return pandas.DataFrame({"world": range(self.worlds), **self.values})

    def to_json(self) -> dict[str, Any]:
        """Return everything but the values of the worlds as plain JSON values."""
        return {
            "scenario": self.scenario,
            "scenario_hash": self.scenario_hash,
            "method": self.method,
            "blocks": self.blocks,
            "worlds": self.worlds,
            "seed": self.seed,
            "confidence": CONFIDENCE,
            "groups": plain(self.groups),
            "measures": [
                {**plain(one), "measure": str(one.measure)} for one in self.measures
            ],
        }  # fmt: skip


def sensitivity(
    scenario: Scenario,
    of: Sequence[str] = ("months(status-quo)",),
    *,
    method: SensitivityMethod = "sobol",
    worlds: int = 64,
    groups: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] = ignore,
    **options: Any,
) -> Sensitivity:
    """Return which unknowns move measures, and how much.

    Parameters
    ----------
    of : measures (`studies.measures`), such as `lost(fixed:unilateral)`.
    worlds : base points (Sobol, a power of two is best; the sample has `worlds` times two more
        than there are groups) or trajectories (Morris, times one more).
    groups : {name: patterns of parameters, or names of groups of the scenario}; all others make up
        the group `other`.
    seed, options : as for `sweep`.

    Raises
    ------
    InputError
        When something handed in is wrong.
    NotCertifiedError
        When too few worlds have answers.
    """
    wanted = [measure(text) for text in texts("of", of)]
    if not wanted:
        raise InputError("of: expected at least one measure, found none")
    design = design_of(
        scenario, method=method, worlds=worlds, groups={} if groups is None else groups, seed=seed
    )
    plays = list(dict.fromkeys(play for one in wanted for play in one.plays))
    found = sweep(
        scenario,
        worlds=design.drawn(),
        plays=plays,
        seed=seed,
        progress=progress,
        **{"ledger": LEDGER, **options},
    )
    values = {}
    for one in wanted:
        of_one = one.values(found)
        values[str(one)] = np.array([of_one.get(w, np.nan) for w in range(len(design.points))])
    return sensitivity_from(design, wanted, values)


def sensitivity_from(
    design: Design, wanted: Sequence[Measure], values: Mapping[str, Array]
) -> Sensitivity:
    """Return the indices that the values of measures in the worlds of a sample come to.

    Parameters
    ----------
    values : {measure: its number in each world, NaN where it has none}.

    Raises
    ------
    NotCertifiedError
        When too few worlds have answers.
    """
    scenario = design.scenario
    factors = design.uncertainty.factors
    return Sensitivity(
        scenario=scenario.name,
        scenario_title=scenario.title,
        scenario_hash=scenario.hash,
        method=design.method,
        measures=tuple(indices_of(one, values[str(one)], design) for one in wanted),
        groups={
            name: tuple(
                dict.fromkeys(
                    factor.group
                    for factor, group in zip(factors, design.groups, strict=True)
                    if group == name
                )
            )
            for name in dict.fromkeys(design.groups)
        },
        blocks=design.blocks,
        worlds=len(design.points),
        seed=design.seed,
        values=values,
    )

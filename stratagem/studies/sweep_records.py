"""What a sweep found, as a record that shows itself and as files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from games.errors import InputError, LimitError, NotCertifiedError
from scenarios.scenario import Scenario
from scenarios.worlds import Worlds
from stratagem.presentation.tables import Cell, Column, Page, Section, Table
from stratagem.presentation.words import changed, count
from stratagem.studies.answers import Answer

if TYPE_CHECKING:
    import pandas

LEAST_GAIN = 1e-6
"""Attainable gain, relative to the payoff at the status quo, below which no share is lost."""

_MOST_TOLD = 10

_FEWEST_WITH_A_TAIL = 20
"""Cases from which on one of twenty is told of."""


@dataclass(frozen=True)
class Row:
    """One outcome in one world of one cell; `world` is None for the scenario's own numbers."""

    cell: int
    world: int | None
    answer: Answer


@dataclass(frozen=True)
class LostShareRow:
    """Share of the attainable gain that acting alone loses, in one world of one cell."""

    cell: int
    world: int | None
    best: float
    worst: float


@dataclass(frozen=True, repr=False)
class Sweep(Page):
    """A finished sweep.

    Attributes
    ----------
    world : the scenario, before the grid's changes.
    cells : {path: value} of each combination of the grid.
    worlds : the worlds of each cell, None where it has the scenario's own numbers alone.
    plays : as asked for.
    rows : every outcome, by cell, world and play.
    known, solved : how many questions the ledger had answered, and how many were answered anew.
    seconds : work of all workers on those.
    """

    world: Scenario = field(repr=False)
    cells: tuple[Mapping[str, str], ...]
    worlds: tuple[Worlds | None, ...] = field(repr=False)
    plays: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)
    seed: int
    gap: float
    time_limit: float
    known: int
    solved: int
    seconds: float
    ledger: str | None

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows that hold no answer."""
        return tuple(row for row in self.rows if not row.answer.solved)

    @property
    def exit_code(self) -> int:
        """3 where something has no answer but for a limit of time, 4 where only that, else 0."""
        statuses = {row.answer.status for row in self.rows}
        if statuses & {"fault", "not certified", "lost"}:
            return NotCertifiedError.exit_code
        return LimitError.exit_code if statuses & {"late", "limit"} else 0

    def told_failures(self) -> str:
        """Return how many rows hold no answer, and why the first does not."""
        first = self.failures[0]
        return (
            f"{len(self.failures):,} of {len(self.rows):,} answers are missing, the first of "
            f"{first.answer.play} in cell {first.cell}: {first.answer.message}"
        )

    def outcomes(self) -> tuple[str, ...]:
        """Return the names of all outcomes, in the order of the plays."""
        return tuple(dict.fromkeys(row.answer.play for row in self.rows if row.answer.solved))

    def numbers(self, outcome: str, quantity: str, *, cell: int = 0) -> dict[int | None, float]:
        """Return {world: number} of one outcome in one cell, worlds without an answer left out.

        Parameters
        ----------
        quantity : an attribute of `Answer`, a front's months as `months_FRONT` or a controller's
            payoff as `payoff_NAME`.

        Raises
        ------
        InputError
            When there is no such number.
        """
        found = {}
        for row in self.rows:
            if row.cell == cell and row.answer.play == outcome and row.answer.solved:
                found[row.world] = number_of(row.answer, quantity)
        if not found:
            if not any(row.answer.solved for row in self.rows if row.cell == cell):
                raise InputError(
                    "sweep: expected worlds with an answer, found none - `stratagem sweep` with "
                    "--worlds shows what is wrong in each"
                )
            known = ", ".join(self.outcomes())
            raise InputError(f"sweep: expected one of the outcomes {known}; found {outcome!r}")
        return found

    def lost_shares(self) -> tuple[LostShareRow, ...]:
        """Return what acting alone loses, in every world that has all the plays it takes."""
        joint: dict[tuple[int, int | None], dict[str, float]] = {}
        for row in self.rows:
            if row.answer.joint_payoff is not None:
                joint.setdefault((row.cell, row.world), {})[row.answer.play] = (
                    row.answer.joint_payoff
                )
        found = []
        for (cell, world), payoffs in joint.items():
            alone = [payoffs.get(f"unilateral:{end}") for end in ("best", "worst")]
            start, together = payoffs.get("status-quo"), payoffs.get("coordinated")
            if start is None or together is None or None in alone:
                continue
            gain = together - start
            if gain > LEAST_GAIN * max(1.0, abs(start)):
                shares = [(together - one) / gain for one in alone if one is not None]
                found.append(LostShareRow(cell, world, *shares))
        return tuple(found)

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row for each outcome: cell, world, play, and every number of the answer."""
        import pandas

        frame = pandas.DataFrame(list(self._plain_rows()))
        texts = [*dict.fromkeys(path for cell in self.cells for path in cell), "play", "status"]
        for name in [*texts, "message"]:
            frame[name] = frame[name].astype("string")
        frame["world"] = frame["world"].astype("Int64")
        return frame

    def _plain_rows(self) -> Iterator[dict[str, Any]]:
        fronts = list(dict.fromkeys(f for row in self.rows for f in row.answer.fronts))
        names = list(dict.fromkeys(c for row in self.rows for c in row.answer.payoffs))
        paths = list(dict.fromkeys(path for cell in self.cells for path in cell))
        for row in self.rows:
            answer, settings = row.answer, self.cells[row.cell]
            yield {
                "cell": row.cell,
                **{path: settings[path] for path in paths},
                "world": row.world,
                "play": answer.play,
                "status": answer.status,
                "months": answer.months,
                "joint_payoff": answer.joint_payoff,
                "evader_value": answer.evader_value,
                "outlay": answer.outlay,
                "regret": answer.regret,
                "gap": answer.gap,
                **{f"months_{front}": answer.fronts.get(front) for front in fronts},
                **{f"payoff_{name}": answer.payoffs.get(name) for name in names},
                "profile": json.dumps(dict(answer.profile)) if answer.profile else None,
                "message": answer.message,
            }

    def summary(self) -> Table:
        """Return months and joint payoffs of each outcome in each cell, across worlds if any."""
        paths = list(dict.fromkeys(path for cell in self.cells for path in cell))
        rows: list[tuple[Cell, ...]] = []
        for number, settings in enumerate(self.cells):
            for outcome in self.outcomes():
                found = [
                    row.answer
                    for row in self.rows
                    if row.cell == number and row.answer.play == outcome and row.answer.solved
                ]
                if found:
                    months = np.array([a.months for a in found], dtype=float)
                    joint = np.array([a.joint_payoff for a in found], dtype=float)
                    spread = (len(found), *np.quantile(months, (0.05, 0.5, 0.95)).tolist())
                    rows.append(
                        (
                            *(settings[path] for path in paths),
                            outcome,
                            *(spread if self._drawn else months.tolist()),
                            float(joint.mean()),
                        )
                    )
        spreads = (Column(f"months {name}", digits=2) for name in ("5 %", "50 %", "95 %"))
        columns = (
            *(Column(path) for path in paths),
            Column("play"),
            *((Column("worlds"), *spreads) if self._drawn else (Column("months", digits=2),)),
            Column("mean joint" if self._drawn else "joint", "bn USD/yr", digits=2),
        )
        return Table("", columns, tuple(rows))

    @property
    def _drawn(self) -> bool:
        """Whether there are worlds, and not the scenario's own numbers alone."""
        return any(worlds is not None for worlds in self.worlds)

    def _cases(self, number: int) -> str:
        """Return how many worlds, or combinations of a grid without worlds."""
        return count(number, "world" if self._drawn else "combination")

    def sections(self) -> tuple[Section, ...]:
        """Return the summary, what is lost alone, and what has no answer."""
        changes = changed(self.world.overrides, self.world.settings)
        found = [Section(self.world.title, (changes,) if changes else (), (self.summary(),))]
        lost = self.lost_shares()
        if lost:
            best, worst = ([getattr(row, end) for row in lost] for end in ("best", "worst"))
            found.append(
                Section(
                    "What is lost alone",
                    (
                        f"Of what coordination gains over the status quo, unilateral play loses "
                        f"{np.median(best):.0%} at best and {np.median(worst):.0%} at worst in the "
                        f"median of {self._cases(len(lost))}; "
                        + (
                            f"{np.quantile(worst, 0.95):.0%} at worst in one of twenty."
                            if len(lost) >= _FEWEST_WITH_A_TAIL
                            else f"{max(worst):.0%} in the worst of them."
                        ),
                    ),
                )
            )
        if self.failures:
            found.append(Section("Without an answer", tuple(self._failures_told())))
        found.append(Section("", (self._work_told(),)))
        return tuple(found)

    def _failures_told(self) -> Iterator[str]:
        counts = Counter(
            (row.answer.play, row.answer.status, row.answer.message.splitlines()[0])
            for row in self.failures
        )
        for (play, status, message), number in counts.most_common(_MOST_TOLD):
            yield f"{play}, {self._cases(number)}: {status}. {message}"
        if len(counts) > _MOST_TOLD:
            yield f"and {len(counts) - _MOST_TOLD} more kinds"

    def _work_told(self) -> str:
        text = f"{count(self.solved, 'answer')} in {self.seconds:.1f} s of work"
        if self.known:
            text += f"; {count(self.known, 'answer')} known from {self.ledger}"
        return text + "."

    def to_json(self) -> dict[str, Any]:
        """Return everything but the rows, which are in the files, as plain JSON values."""
        table = self.summary()
        names = [column.name for column in table.columns]
        return {
            "scenario": self.world.name,
            "scenario_hash": self.world.hash,
            "overrides": list(self.world.overrides),
            "settings": list(self.world.settings),
            "cells": [dict(cell) for cell in self.cells],
            "worlds": [None if worlds is None else len(worlds) for worlds in self.worlds],
            "plays": list(self.plays),
            "summary": [
                dict(zip(names, (str(c) if isinstance(c, str) else c for c in row), strict=True))
                for row in table.rows
            ],
            "lost_shares": [vars(row) for row in self.lost_shares()],
            "failures": [
                {"cell": row.cell, "world": row.world, **row.answer.to_json()}
                for row in self.failures
            ],
            "known": self.known,
            "solved": self.solved,
            "seed": self.seed,
            "gap": self.gap,
            "time_limit": self.time_limit,
            "ledger": self.ledger,
        }


def number_of(answer: Answer, quantity: str) -> float:
    """Return a number of an answer; see `Sweep.numbers`."""
    kind, _, name = quantity.partition("_")
    tables: dict[str, Mapping[str, float]] = {"months": answer.fronts, "payoff": answer.payoffs}
    if name and kind in tables and name in tables[kind]:
        return tables[kind][name]
    value = getattr(answer, quantity, None)
    if isinstance(value, float):
        return value
    known = [
        *("months", "joint_payoff", "evader_value", "outlay"),
        *(f"months_{front}" for front in answer.fronts),
        *(f"payoff_{controller}" for controller in answer.payoffs),
    ]
    raise InputError(f"quantity: expected one of {', '.join(known)}; found {quantity!r}")

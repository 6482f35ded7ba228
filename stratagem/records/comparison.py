"""Plays side by side: what each is worth, and what acting alone loses.

As other records it is frozen, shows itself as tables, converts to pandas and turns into plain JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from games.errors import InputError
from games.given import one_text
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table, Title
from stratagem.records.certificates import explained, in_short
from stratagem.records.lost import LostShare

if TYPE_CHECKING:
    import pandas

    from stratagem.records.interaction import LayerInteraction
    from stratagem.records.mixed import MixedRecord
    from stratagem.records.plays import PlayRecord
    from stratagem.records.refinement import Refinement

_SAME = "·"
_MAIN = ("unilateral", "unilateral:best", "coordinated")

PROGRESS = (
    "progress: months that the evader gains, summed over the fronts that some government has a "
    "stake in."
)
"""What the months of a play are, where there are several fronts."""

PLAY_COLUMNS = (
    Column("play", width=16),
    Column("progress", "months", digits=2, width=8),
    Column("joint", "bn USD/yr", digits=2, width=9),
    Column("gain", "bn USD/yr", digits=2, width=9),
    Column("outlay", "bn USD/yr", digits=3, width=9),
    Column("certificate", width=19),
)


@dataclass(frozen=True)
class Unsolved:
    """A play without an answer: `status` is `not certified` or `limit`."""

    play: str
    status: str
    message: str


@dataclass(frozen=True, repr=False)
class Comparison(Page):
    """Plays of one scenario side by side.

    Attributes
    ----------
    titles : {section: {name: title}} of the scenario, for showing.
    flagged, numbers : how many numbers of the scenario rest on recall or on a prior, of how many.
    refinement : how grids of enforcement were refined; None where they were taken as they are.
    mixed : of the plays without a pure equilibrium, or none that was met, what is drawn instead;
        they are not among `plays`.
    """

    scenario: str
    scenario_title: str
    scenario_date: str
    scenario_hash: str
    overrides: tuple[str, ...]
    settings: tuple[str, ...]
    plays: tuple[PlayRecord, ...]
    lost_share: LostShare
    layer_interaction: LayerInteraction | None
    unsolved: tuple[Unsolved, ...]
    seed: int
    gap: float
    time_limit: float
    flagged: int
    numbers: int
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    refinement: Refinement | None = None
    mixed: tuple[MixedRecord, ...] = ()

    def play(self, name: str) -> PlayRecord:
        """Return the record of a play.

        Raises
        ------
        InputError
            When there is none of this name.
        """
        one_text("play", name)
        for record in self.plays:
            if record.play == name:
                return record
        known = ", ".join(record.play for record in self.plays)
        stem = name.partition(":")[0]
        drawn = [record.play for record in self.mixed if record.play.partition(":")[0] == stem]
        advice = (
            f" - {drawn[0]} is drawn, and what was asked for needs one profile" if drawn else ""
        )
        raise InputError(f"comparison: expected one of the plays {known}; found {name!r}{advice}")

    @property
    def every(self) -> tuple[PlayRecord | MixedRecord, ...]:
        """The records of all plays, those of one profile first."""
        return (*self.plays, *self.mixed)

    def has(self, name: str) -> bool:
        """Return whether a play of this name was solved."""
        return any(record.play == name for record in self.plays)

    def distinct(self) -> tuple[PlayRecord, ...]:
        """Return the plays, the worst outcome left out where it is the best one too."""
        return tuple(record for record, _ in _same_once(self.plays))

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values."""
        return {
            "scenario": self.scenario,
            "plays": [record.to_json() for record in self.plays],
            "mixed": [record.to_json() for record in self.mixed],
            "lost_share": plain(self.lost_share),
            "layer_interaction": plain(self.layer_interaction),
            "refinement": plain(self.refinement),
            "unsolved": plain(self.unsolved),
            "scenario_title": self.scenario_title,
            "scenario_date": self.scenario_date,
            "scenario_hash": self.scenario_hash,
            "overrides": list(self.overrides),
            "settings": list(self.settings),
            "flagged_numbers": self.flagged,
            "numbers": self.numbers,
            "seed": self.seed,
            "gap": self.gap,
            "time_limit": self.time_limit,
        }

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row per play: months, payoffs, outlay and certificate."""
        import pandas

        rows = []
        for record in self.plays:
            row: dict[str, Cell] = {
                "play": record.play,
                "months": record.months,
                "joint_payoff": record.joint_payoff,
                "outlay": sum(record.outlay.values()),
                "status": record.certificate.status,
                "regret": record.regret,
                "bound_gap": record.certificate.bound_gap,
                "seconds": record.seconds,
            }
            row |= {f"months_{name}": f.months for name, f in record.fronts.items()}
            row |= {f"payoff_{name}": value for name, value in record.payoffs.items()}
            rows.append(row)
        return pandas.DataFrame(rows).set_index("play")

    def plays_table(self) -> Table:
        """Return the table of plays."""
        base = self.plays[0].joint_payoff if self.has("status-quo") else None
        rows = tuple(play_row(record, base) for record in self.every)
        return Table("", PLAY_COLUMNS, rows)

    def differences_table(self) -> Table | None:
        """Return the control points where plays differ from the status quo, None where none do.

        Narrow terminals show the main plays alone.
        """
        today = self.play("status-quo").profile
        shown = _same_once([record for record in self.plays if record.profile != today])
        main = [name for _, name in shown if name in _MAIN] or [name for _, name in shown][:2]
        rows: list[tuple[Cell, ...]] = []
        for point, option in today.items():
            others = [record.profile[point] for record, _ in shown]
            if any(other != option for other in others):
                cells = [words.option(o) if o != option else _SAME for o in others]
                title = Title(point, self.titles.get("points", {}).get(point, point))
                rows.append((title, words.option(option), *cells))
        columns = (
            Column("control point"),
            Column("status quo"),
            *(Column(name.replace(":", " "), wide=name not in main) for _, name in shown),
        )
        still = [r.play for r in self.plays if r.profile == today and r.play != "status-quo"]
        note = f"Plays that change nothing: {words.listed(still)}." if still else ""
        if not rows:
            return None
        means = f"{_SAME} as the status quo."
        return Table("", columns, tuple(rows), note, nothing=_SAME, nothing_means=means)

    def payoffs_table(self, name: str) -> Table:
        """Return what a play is worth to each controller."""
        record, base = self.play(name), self.play("status-quo")
        columns = (
            Column("controller"),
            Column("payoff", "bn USD/yr", digits=2),
            Column("change", "bn USD/yr", digits=2),
            Column("harm", "bn USD/yr", digits=2),
            Column("costs", "bn USD/yr", digits=3),
            Column("revenue", "bn USD/yr", digits=3),
            Column("outlay", "bn USD/yr", digits=3),
        )
        rows = tuple(
            (
                Title(one, self.titles.get("controllers", {}).get(one, one)),
                payoff,
                payoff - base.payoffs[one],
                record.harm[one],
                record.costs[one],
                record.revenue[one],
                record.outlay[one],
            )
            for one, payoff in record.payoffs.items()
        )
        return Table("", columns, rows)

    def lost_alone(self) -> str:
        """Return what acting alone loses, in a sentence, or nothing where it is not known."""
        if not (self.has("status-quo") and self.has("coordinated")):
            return ""
        drawn = [
            record.joint_payoff
            for record in self.mixed
            if record.asked == "unilateral" and record.certificate.status == "found"
        ]
        return self.lost_share.sentence(
            start=self.play("status-quo").joint_payoff,
            coordinated=self.play("coordinated").joint_payoff,
            drawn=drawn,
        )

    def sections(self) -> tuple[Section, ...]:
        """Return the plays, who controls what, and what is lost."""
        changes = words.changed(self.overrides, self.settings)
        told = (changes,) if changes else ()
        return (
            Section(self.scenario_title, told, (self.plays_table(),)),
            *self.findings(),
        )

    def findings(self) -> tuple[Section, ...]:
        """Return what follows from the plays: who controls what, what is lost, what is flagged."""
        found = []
        differences = self.differences_table()
        if differences is not None:
            title = "Who controls what, where it differs from the status quo"
            found.append(Section(title, tables=(differences,)))
        found += [record.section(self.titles) for record in self.mixed]
        if lost := self.lost_alone():
            found.append(Section("What is lost alone", (lost,)))
        if self.layer_interaction is not None:
            found.append(Section("What the layers are worth", self.layer_interaction.sentences()))
        for record in self.distinct():
            if record.consent is not None:
                called = self.titles.get("controllers", {})
                told = record.consent.sentences(record.payoffs, called)
                found.append(Section(f"Who consents in {record.play}", told))
        if self.refinement is not None:
            found.append(Section("Between the tiers", self.refinement.sentences()))
        if self.unsolved:
            found.append(
                Section(
                    "Not solved", tuple(f"{u.play}: {u.status}. {u.message}" for u in self.unsolved)
                )
            )
        if any(len(record.fronts) > 1 for record in self.every):
            found.append(Section("", (PROGRESS,)))
        if meaning := explained(self.plays, self.mixed):
            found.append(Section("", (meaning,)))
        if self.flagged:
            found.append(Section("", (words.flagged(self.flagged, self.numbers, self.scenario),)))
        return tuple(found)


def play_row(record: PlayRecord | MixedRecord, base: float | None) -> tuple[Cell, ...]:
    """Return a play's row of the table of plays; `base` is the joint payoff of the status quo."""
    return (
        record.play,
        record.months,
        record.joint_payoff,
        None if base is None or record.play == "status-quo" else record.joint_payoff - base,
        sum(record.outlay.values()),
        in_short(record),
    )


def _same_once(records: Sequence[PlayRecord]) -> list[tuple[PlayRecord, str]]:
    """Return records with the name of their column; best and worst share one where equal."""
    named: list[tuple[PlayRecord, str]] = []
    for record in records:
        last = named[-1][0] if named else None
        if last and last.asked == record.asked and last.profile == record.profile:
            named[-1] = (last, record.asked)
        else:
            named.append((record, record.play))
    return named

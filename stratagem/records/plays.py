"""What comes back: the record of a play, and the comparison of several.

Records are frozen, show themselves as tables, convert to pandas and turn into plain JSON. Money is
in bn USD a year, progress in months, quantities in the unit of the front they arrive at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from games.errors import InputError
from solvers.certificate import Certificate
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table, Title
from stratagem.records import sentences

if TYPE_CHECKING:
    import pandas

    from stratagem.records.interaction import LayerInteraction
    from stratagem.records.mixed import MixedRecord


@dataclass(frozen=True)
class FrontOutcome:
    """What reaches one front: `quantity` in `unit`, worth `months` of progress."""

    months: float
    quantity: float
    unit: str


@dataclass(frozen=True)
class ArcFlow:
    """Units a year that enter an arc and that arrive at its head."""

    arc: str
    tail: str
    head: str
    entering: float
    arriving: float


@dataclass(frozen=True)
class Shipped:
    """Units a year that enter one price step of one arc at one effort.

    Attributes
    ----------
    known : whether their cover has met a hazard before; False where hazards are not correlated.
    """

    arc: str
    step: int
    effort: str
    known: bool
    units: float


@dataclass(frozen=True)
class ConsentRecord:
    """What members of a coalition without transfers have, and would have to be paid for more.

    Attributes
    ----------
    disagreement : {member: bn USD a year} if all members kept to the status quo, the others to what
        they do.
    margin : {member: bn USD a year} above it.
    with_transfers : what the members' sum could be against the same others, bn USD a year.
    bound : no joint choice gives that sum more.
    options : {control point of a member: option} with which it is.
    transfers : {member: bn USD a year} that a member would have to be paid to consent to that.
    """

    disagreement: Mapping[str, float]
    margin: Mapping[str, float]
    with_transfers: float
    bound: float
    options: Mapping[str, str]
    transfers: Mapping[str, float]


@dataclass(frozen=True, repr=False)
class PlayRecord(Page):
    """The certified outcome of one play.

    Attributes
    ----------
    play, asked : name of the outcome (`unilateral:best`), and of the play it belongs to.
    profile : {control point: option}.
    months : progress summed over the fronts in which any controller has a stake.
    payoffs, outlay, harm, costs, revenue : {controller: bn USD a year}; payoffs are revenue minus
        harm minus costs, outlay is the part of the costs that budgets limit.
    joint_payoff : sum of the payoffs.
    pessimistic_joint_payoff : the same if the evader broke its ties against the controllers.
    evader_value : the evader's objective, bn USD.
    money_price : objective that one more bn USD of the evader's budget is worth, bn USD.
    node_prices : {node: objective that one more unit there is worth, bn USD}.
    flows : the evader's plan, summed over each arc.
    plan : the same lane by lane, so that with the prices it can be proven best from the record.
    method, why : how it was found, and what made that the method to take.
    consent : of the members of a coalition without transfers; None in other plays.
    """

    play: str
    asked: str
    profile: Mapping[str, str]
    months: float
    fronts: Mapping[str, FrontOutcome]
    payoffs: Mapping[str, float]
    joint_payoff: float
    pessimistic_joint_payoff: float
    outlay: Mapping[str, float]
    harm: Mapping[str, float]
    costs: Mapping[str, float]
    revenue: Mapping[str, float]
    certificate: Certificate
    evader_value: float
    money_price: float
    node_prices: Mapping[str, float]
    flows: tuple[ArcFlow, ...]
    plan: tuple[Shipped, ...]
    seconds: float
    method: str
    why: str = ""
    consent: ConsentRecord | None = None

    @property
    def regret(self) -> float:
        """Largest gain that the certificate leaves to any controller, bn USD a year."""
        return max(self.certificate.regret.values(), default=0.0)

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return {name: plain(getattr(self, name)) for name in (*_FIRST, *_REST)}

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row per controller: payoff and its parts."""
        return self._payoffs().to_pandas().set_index("controller")

    def sections(self) -> tuple[Section, ...]:
        """Return what it brings, to whom, and by which options."""
        fronts = tuple((name, f.months, f.quantity, f.unit) for name, f in self.fronts.items())
        options = tuple((point, words.option(option)) for point, option in self.profile.items())
        return (
            Section(
                self.play,
                (
                    f"{self.months:.2f} months of progress, joint payoff "
                    f"{words.money(self.joint_payoff)} a year; {sentences.certificate(self)}.",
                ),
                (
                    Table("", (Column("front"), Column("months", digits=2), Column("quantity"),
                               Column("unit")), fronts),
                    self._payoffs(),
                    Table("", (Column("control point"), Column("option")), options),
                ),
            ),
        )  # fmt: skip

    def _payoffs(self) -> Table:
        parts = (self.payoffs, self.harm, self.costs, self.revenue, self.outlay)
        names = ("payoff", "harm", "costs", "revenue", "outlay")
        columns = (Column("controller"), *(Column(n, "bn USD/yr", digits=3) for n in names))
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (one, *(part[one] for part in parts)) for one in self.payoffs
        )
        return Table("", columns, rows)


_FIRST = (
    *("play", "profile", "months", "fronts", "payoffs", "joint_payoff", "outlay"),
    *("certificate", "seconds", "method", "why"),
)
_REST = (
    *("asked", "pessimistic_joint_payoff", "harm", "costs", "revenue"),
    *("evader_value", "money_price", "node_prices", "flows", "plan", "consent"),
)


@dataclass(frozen=True)
class Unsolved:
    """A play without an answer: `status` is `not certified` or `limit`."""

    play: str
    status: str
    message: str


@dataclass(frozen=True)
class LostShare:
    """Share of the attainable gain that acting alone loses, in the best and the worst outcome.

    None where a play that it needs is missing, or where coordination gains nothing.
    """

    best: float | None
    worst: float | None


@dataclass(frozen=True)
class GridBound:
    """How much a finer grid of enforcement could change one play.

    Attributes
    ----------
    objective : payoff of those who decide in the play, or the joint payoff where several players
        decide for themselves, bn USD a year.
    bound : what no enforcement between the lowest and the highest tiers lets it exceed; None where
        several decide.
    grid_gap : largest of `gaps`.
    moved : the objective less that on the grid before; None on the first grid.
    gaps : {player: bn USD a year} that other enforcement of its own gains at most.
    """

    play: str
    objective: float
    bound: float | None
    grid_gap: float
    moved: float | None
    gaps: Mapping[str, float]


@dataclass(frozen=True)
class Refinement:
    """How grids of enforcement were refined.

    Attributes
    ----------
    status : `closed`: no gap is above the tolerance; `settled`: neither payoffs nor bounds moved
        any more; `limit`: the time was up.
    tolerance : gap that is allowed, bn USD a year.
    rounds : grids that were solved, the scenario's own included.
    tiers : tiers that were added.
    """

    status: str
    tolerance: float
    rounds: int
    tiers: int
    plays: tuple[GridBound, ...]

    def sentences(self) -> tuple[str, ...]:
        """Return what the grid can still hide."""
        number = words.count(self.tiers, "tier") if self.tiers else "No tier"
        allowed = words.money(self.tolerance)
        told = [
            f"{number} added in {words.count(self.rounds, 'round')}. "
            + {
                "closed": f"Other enforcement gains at most {allowed} a year, as was asked for.",
                "settled": f"Finer grids move nothing any more, and that other enforcement gains "
                f"at most {allowed} a year is not proven.",
                "limit": f"The time was up before it was proven that other enforcement gains at "
                f"most {allowed} a year.",
            }[self.status]
        ]
        for one in self.plays:
            who = max(one.gaps, key=lambda name: one.gaps[name])
            moved = "" if one.moved is None else f"; the last grid moved it by {_sum(one.moved)}"
            if one.bound is not None:
                told.append(
                    f"{one.play}: {_sum(one.objective)} a year, and at most {_sum(one.bound)} at "
                    f"any enforcement between the lowest and the highest tiers: the grid hides at "
                    f"most {_sum(one.grid_gap)}{moved}."
                )
            else:
                told.append(
                    f"{one.play}: {_sum(one.objective)} a year for all; by any other enforcement "
                    f"of its own a player gains at most {_sum(one.grid_gap)} ({who}){moved}."
                )
        return tuple(told)


def _sum(amount: float) -> str:
    """Return an amount with the digits that small tolerances need."""
    return f"{amount:,.4f} bn USD"


@dataclass(frozen=True, repr=False)
class Comparison(Page):
    """Plays of one scenario side by side.

    Attributes
    ----------
    titles : {section: {name: title}} of the scenario, for showing.
    flagged, numbers : how many numbers of the scenario rest on memory or on a prior, of how many.
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
        dots = any(_SAME in row for row in rows)
        note = f"{_SAME} as the status quo; all of it: {words.listed(still)}." if still else ""
        note = note or (f"{_SAME} as the status quo." if dots else "")
        return Table("", columns, tuple(rows), note, nothing=_SAME) if rows else None

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

    def sections(self) -> tuple[Section, ...]:
        """Return the plays, who controls what, and what is lost."""
        return (
            Section(self.scenario_title, tables=(self.plays_table(),)),
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
        lost = sentences.lost_share(self)
        if lost:
            found.append(Section("What is lost alone", (lost,)))
        if self.layer_interaction is not None:
            found.append(Section("What the layers are worth", self.layer_interaction.sentences()))
        for record in self.distinct():
            if record.consent is not None:
                told = sentences.consent(record, self.titles.get("controllers", {}))
                found.append(Section(f"Who consents in {record.play}", told))
        if self.refinement is not None:
            found.append(Section("Between the tiers", self.refinement.sentences()))
        if self.unsolved:
            found.append(
                Section(
                    "Not solved", tuple(f"{u.play}: {u.status}. {u.message}" for u in self.unsolved)
                )
            )
        if meaning := sentences.certificates(self):
            found.append(Section("", (meaning,)))
        if self.flagged:
            found.append(Section("", (words.flagged(self.flagged, self.numbers, self.scenario),)))
        return tuple(found)


_SAME = "·"
_MAIN = ("unilateral", "unilateral:best", "coordinated")

PLAY_COLUMNS = (
    Column("play", width=16),
    Column("progress", "months", digits=2, width=8),
    Column("joint", "bn USD/yr", digits=2, width=9),
    Column("gain", "bn USD/yr", digits=2, width=9),
    Column("outlay", "bn USD/yr", digits=3, width=9),
    Column("certificate", width=19),
)


def play_row(record: PlayRecord | MixedRecord, base: float | None) -> tuple[Cell, ...]:
    """Return a play's row of the table of plays; `base` is the joint payoff of the status quo."""
    return (
        record.play,
        record.months,
        record.joint_payoff,
        None if base is None or record.play == "status-quo" else record.joint_payoff - base,
        sum(record.outlay.values()),
        sentences.certificate(record),
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

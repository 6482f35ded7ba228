"""What comes back: the record of a play.

Records are frozen, show themselves as tables, convert to pandas and turn into plain JSON. Money is
in bn USD a year, progress in months, quantities in the unit of the front they arrive at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvers.certificate import Certificate
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table
from stratagem.records.certificates import in_short

if TYPE_CHECKING:
    import pandas

LITTLE = 1e-6
"""Share of what members have with transfers that counts as nothing: what solvers leave open."""

UNPAID = 1e-9
"""Transfer that is rounding, bn USD a year."""


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

    def sentences(self, payoffs: Mapping[str, float], titles: Mapping[str, str]) -> tuple[str, ...]:
        """Return what members gain, and what transfers would do.

        Parameters
        ----------
        payoffs : {member: bn USD a year} in the play.
        titles : {controller: title}.
        """
        above = [f"{titles.get(one, one)} {words.money(gain)}" for one, gain in self.margin.items()]
        told = [f"A year above what they have if all of them stand still: {words.listed(above)}."]
        more = self.with_transfers - sum(payoffs[one] for one in self.margin)
        if more <= LITTLE * max(1.0, abs(self.with_transfers)):
            return (*told, "Transfers among them would add nothing.")
        paid = [
            f"{titles.get(one, one)} {words.money(amount)}"
            for one, amount in self.transfers.items()
            if amount > UNPAID
        ]
        told.append(
            f"With transfers they would have {words.money(more)} a year more together"
            + (
                f"; to consent to that, {words.listed(paid)} would have to be paid."
                if paid
                else "."
            )
        )
        return tuple(told)


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
                    f"{words.money(self.joint_payoff)} a year; {in_short(self)}.",
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

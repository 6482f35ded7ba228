"""The tables of a run, for spreadsheets: one CSV file each, with full numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stratagem.cases import Case
from stratagem.presentation.tables import Cell, Column, Table
from stratagem.records.comparison import Comparison


def run_tables(comparison: Comparison, case: Case) -> dict[str, Table]:
    """Return the tables of a run by name."""

    def table(columns: Sequence[Column], rows: Iterator[tuple[Cell, ...]]) -> Table:
        return Table("", tuple(columns), tuple(rows))

    plays = comparison.plays
    every = comparison.every
    money = "bn USD/yr"
    drawn = {
        "mixed": table(
            [Column("play"), Column("player"), Column("portfolio"), Column("probability"),
             Column("point"), Column("option")],
            ((r.play, one.name, number, portfolio.probability, point, option)
             for r in comparison.mixed for one in r.players
             for number, portfolio in enumerate(one.portfolios, start=1)
             for point, option in portfolio.options.items()),
        ),
    }  # fmt: skip
    return {
        "plays": table(
            [Column("play"), Column("months"), Column("joint_payoff", money),
             Column("outlay", money), Column("status"), Column("regret", money),
             Column("evader_gap"), Column("bound_gap"), Column("violation"),
             Column("joint_bound", money), Column("seconds"), Column("method")],
            ((r.play, r.months, r.joint_payoff, sum(r.outlay.values()), r.certificate.status,
              r.regret, r.certificate.evader_gap, r.certificate.bound_gap,
              r.certificate.violation, r.certificate.joint_bound, r.seconds, r.method)
             for r in every),
        ),
        "payoffs": table(
            [Column("play"), Column("controller"), *(Column(name, money) for name in
             ("payoff", "harm", "costs", "revenue", "outlay", "regret"))],
            ((r.play, name, r.payoffs[name], r.harm[name], r.costs[name], r.revenue[name],
              r.outlay[name], r.certificate.regret.get(name)) for r in every for name in r.payoffs),
        ),
        "fronts": table(
            [Column("play"), Column("front"), Column("months"), Column("quantity"),
             Column("unit")],
            ((r.play, name, front.months, front.quantity, front.unit)
             for r in every for name, front in r.fronts.items()),
        ),
        "profile": table(
            [Column("play"), Column("point"), Column("layer"), Column("owner"), Column("option")],
            ((r.play, point.name, point.layer, point.owner, r.profile[point.name])
             for r in plays for point in case.game.points),
        ),
        "flows": table(
            [Column("play"), Column("arc"), Column("tail"), Column("head"), Column("entering"),
             Column("tail_unit"), Column("arriving"), Column("head_unit")],
            ((r.play, flow.arc, flow.tail, flow.head, flow.entering,
              case.units.get(flow.tail, ""), flow.arriving, case.units.get(flow.head, ""))
             for r in plays for flow in r.flows if flow.entering),
        ),
        "assumptions": table(
            [Column("name"), Column("value"), Column("low"), Column("high"), Column("unit"),
             Column("source"), Column("confidence"), Column("flagged"), Column("changed"),
             Column("note")],
            ((n.name, n.value, n.low, n.high, n.unit, n.source, n.confidence, n.flagged,
              n.changed, n.note) for n in case.parameters.values()),
        ),
        **(drawn if comparison.mixed else {}),
    }  # fmt: skip

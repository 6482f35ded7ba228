"""A portfolio for many worlds: what it is, what is proven, and how it shows itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from games.layered import LayeredGame
from games.payoffs import Payoffs
from solvers.worlds.budgets import Budgets, Overrun
from solvers.worlds.certificate import WorldsCertificate
from solvers.worlds.measures import Array
from solvers.worlds.record import Alone, BestForWorlds
from solvers.worlds.replication import Replication
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table, Title

if TYPE_CHECKING:
    import pandas

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
NAMED = 4
"""Options that are named where they are left out."""

WITHIN = (0.01, 0.05, 0.1)
"""Shares of a world's best loss within which a portfolio counts as nearly best there."""

_MEASURES = {
    "expected": "the expected loss",
    "regret": "the largest regret",
}


@dataclass(frozen=True, repr=False, eq=False)
class WorldsPortfolio(Page):
    """One portfolio for many worlds.

    Attributes
    ----------
    found : profile, measure, value, bound and losses.
    outcomes : the controllers' payoffs in every world, recomputed.
    today : losses of the status quo in every world, bn USD a year.
    months, months_today : months of all fronts together in every world.
    budgets : which budgets limit outlays: as stated, or of every world.
    overrun : probability of the worlds where outlays there exceed some budget there.
    overruns : which budgets those are.
    priced_out : (point, option) left out since some world's budget cannot pay for it alone.
    left_out : worlds that were drawn but contradict themselves.
    """

    scenario: str
    scenario_title: str
    scenario_hash: str
    game: LayeredGame = field(repr=False)
    found: BestForWorlds
    outcomes: Sequence[Payoffs] = field(repr=False)
    probabilities: Array = field(repr=False)
    today: Array = field(repr=False)
    months: Array = field(repr=False)
    months_today: Array = field(repr=False)
    certificate: WorldsCertificate
    replication: Replication | None
    pooled: bool
    budgets: Budgets
    overrun: float
    overruns: tuple[Overrun, ...]
    priced_out: tuple[tuple[str, str], ...]
    seed: int
    gap: float
    time_limit: float
    method: str
    left_out: int
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def profile(self) -> dict[str, str]:
        """{control point: option}."""
        return self.game.option_names(self.found.profile)

    @property
    def payoffs(self) -> dict[str, float]:
        """{controller: expected payoff, bn USD a year}."""
        return self._mean("total")

    def _mean(self, part: str) -> dict[str, float]:
        rows = [getattr(outcome, part) for outcome in self.outcomes]
        return {
            name: float(self.probabilities @ np.array([row[name] for row in rows]))
            for name in rows[0]
        }

    @property
    def nearly_best(self) -> dict[float, float] | None:
        """{share: probability that the loss is within that share of the world's best}.

        The best is what is proven not to be undercut, so these are lower bounds. None where the
        best portfolio of each world was not asked for.
        """
        alone = self.found.alone
        if alone is None:
            return None
        over = self.found.losses - alone.low
        return {
            share: float(self.probabilities @ (over <= share * np.abs(alone.low) + 1e-9))
            for share in WITHIN
        }

    def to_json(self) -> dict[str, Any]:
        """Return the portfolio as plain JSON values."""
        found, alone = self.found, self.found.alone
        return {
            "scenario": self.scenario,
            "scenario_title": self.scenario_title,
            "scenario_hash": self.scenario_hash,
            "profile": self.profile,
            "measure": found.measure.name,
            "value": found.value,
            "bound": found.bound,
            "gap": found.gap,
            "worlds": len(found.losses),
            "worlds_left_out": self.left_out,
            "method": found.method,
            "payoffs": self.payoffs,
            "harm": self._mean("harm"),
            "costs": self._mean("cost"),
            "revenue": self._mean("revenue"),
            "outlay": self._mean("outlay"),
            "losses": found.losses.tolist(),
            "losses_status_quo": self.today.tolist(),
            "months": self.months.tolist(),
            "quantiles": {
                name: dict(zip(map(str, QUANTILES), self._quantiles(amounts), strict=True))
                for name, amounts in self._amounts().items()
            },
            "nearly_best": None
            if self.nearly_best is None
            else {str(share): held for share, held in self.nearly_best.items()},
            "best_losses": None
            if alone is None
            else {"low": alone.low.tolist(), "high": alone.high.tolist()},
            "stands_in": None if alone is None else self._stands_in(alone),
            "replication": plain(self.replication),
            "certificate": plain(self.certificate),
            "pooled": self.pooled,
            "budgets": self.budgets,
            "overrun": self.overrun,
            "overruns": plain(self.overruns),
            "priced_out": plain(self.priced_out),
            "seed": self.seed,
            "gap_asked": self.gap,
            "time_limit": self.time_limit,
            "sampling": self.method,
            "seconds": found.seconds,
        }

    def _amounts(self) -> dict[str, Array]:
        return {
            "months": self.months,
            "months_status_quo": self.months_today,
            "loss": self.found.losses,
            "loss_status_quo": self.today,
            "gain": self.today - self.found.losses,
        }

    def _quantiles(self, amounts: Array) -> list[float]:
        """Return the quantiles of amounts over worlds, each the smallest that is enough."""
        order = np.argsort(amounts, kind="stable")
        reached = np.cumsum(self.probabilities[order])
        places = np.searchsorted(reached, np.array(QUANTILES) - 1e-12)
        return [float(amounts[order[min(place, len(order) - 1)]]) for place in places]

    def _stands_in(self, alone: Alone) -> dict[str, dict[str, float]]:
        """Return {point: {option: probability that it is in the world's best portfolio}}."""
        shares: dict[str, dict[str, float]] = {}
        for k, point in enumerate(self.game.points):
            held: dict[str, float] = {}
            for profile, probability in zip(alone.profiles, self.probabilities, strict=True):
                name = point.options[profile[k]].name
                held[name] = held.get(name, 0.0) + float(probability)
            shares[point.name] = held
        return shares

    def profile_table(self) -> Table | None:
        """Return the points where the portfolio leaves the status quo, None where it does not."""
        alone = self.found.alone
        held = None if alone is None else self._stands_in(alone)
        rows: list[tuple[Cell, ...]] = []
        for k, point in enumerate(self.game.points):
            chosen = point.options[self.found.profile[k]].name
            today = point.options[point.status_quo].name
            share = None if held is None else held[point.name].get(chosen, 0.0)
            if chosen == today and (share is None or share > 0.5):
                continue
            title = Title(point.name, self.titles.get("points", {}).get(point.name, point.name))
            cells: tuple[Cell, ...] = (title, words.option(today), words.option(chosen))
            rows.append(cells if share is None else (*cells, 100 * share))
        columns = [Column("control point"), Column("status quo"), Column("for all worlds")]
        if held is not None:
            columns.append(Column("best in", "% of worlds", digits=0))
        return Table("", tuple(columns), tuple(rows)) if rows else None

    def quantiles_table(self) -> Table:
        """Return months and losses over the worlds."""
        called = {
            "months": ("progress", "months"),
            "months_status_quo": ("progress, status quo", "months"),
            "loss": ("joint loss", "bn USD/yr"),
            "loss_status_quo": ("joint loss, status quo", "bn USD/yr"),
            "gain": ("gain on the status quo", "bn USD/yr"),
        }
        rows: list[tuple[Cell, ...]] = [
            (*called[name], *self._quantiles(amounts), float(self.probabilities @ amounts))
            for name, amounts in self._amounts().items()
        ]
        columns = (
            Column("over the worlds"),
            Column("unit", fixed=True),
            *(
                Column(f"{100 * share:g}%", digits=2, wide=share in (0.25, 0.75))
                for share in QUANTILES
            ),
            Column("mean", digits=2),
        )
        return Table("", columns, tuple(rows))

    def payoffs_table(self) -> Table:
        """Return what the portfolio is expected to be worth to each controller."""
        harm, cost = self._mean("harm"), self._mean("cost")
        revenue, outlay = self._mean("revenue"), self._mean("outlay")
        titles = self.titles.get("controllers", {})
        rows = tuple(
            (Title(one, titles.get(one, one)), payoff, harm[one], cost[one], revenue[one],
             outlay[one])
            for one, payoff in self.payoffs.items()
        )  # fmt: skip
        money = "bn USD/yr"
        columns = (
            Column("controller"),
            Column("payoff", money, digits=2),
            Column("harm", money, digits=2),
            Column("costs", money, digits=3),
            Column("revenue", money, digits=3),
            Column("outlay", money, digits=3),
        )
        return Table("", columns, rows)

    def worlds_table(self) -> Table:
        """Return one row per world, for spreadsheets."""
        alone = self.found.alone
        money = "bn USD/yr"
        columns = [
            Column("world"), Column("probability"), Column("months"), Column("months_status_quo"),
            Column("loss", money), Column("loss_status_quo", money),
        ]  # fmt: skip
        if alone is not None:
            columns += [Column("best_loss_low", money), Column("best_loss_high", money)]
        rows: list[tuple[Cell, ...]] = []
        for world, loss in enumerate(self.found.losses):
            cells: list[Cell] = [
                world, float(self.probabilities[world]), float(self.months[world]),
                float(self.months_today[world]), float(loss), float(self.today[world]),
            ]  # fmt: skip
            if alone is not None:
                cells += [float(alone.low[world]), float(alone.high[world])]
            rows.append(tuple(cells))
        return Table("", tuple(columns), tuple(rows))

    def sections(self) -> tuple[Section, ...]:
        """Return what the portfolio is, what it does in the worlds, and what is proven."""
        table = self.profile_table()
        told = (
            "What the controllers do together, decided once for all worlds:"
            if table is not None
            else "The best for all worlds together is the status quo."
        )
        parts = [
            Section(self.scenario_title, (self._headline(),)),
            Section(
                "One portfolio for all worlds",
                (told,),
                tables=(table,) if table is not None else (),
            ),
            Section("", (self._spent(),)),
            Section("What it does", tables=(self.quantiles_table(),)),
            Section("What it is expected to be worth to whom", tables=(self.payoffs_table(),)),
        ]
        near = self.nearly_best
        if near is not None:
            held = words.listed(
                [f"within {100 * s:g} percent in {100 * p:.0f} percent" for s, p in near.items()]
            )
            parts.append(
                Section(
                    "Where it is nearly the best",
                    (f"Its loss is, against that of the best for a world, {held} of the worlds.",),
                )
            )
        if self.replication is not None:
            parts.append(Section("What the sample hides", (self._hidden(self.replication),)))
        parts.append(Section("", (self._proven(),)))
        return tuple(parts)

    def _headline(self) -> str:
        found = self.found
        called = _MEASURES.get(found.measure.kind, self._worst_called())
        left = (
            f" ({words.count(self.left_out, 'world')} that contradict themselves left out)"
            if self.left_out
            else ""
        )
        return (
            f"Over {words.count(len(found.losses), 'world')}{left}, {called} is "
            f"{found.value:,.2f} bn USD a year; no portfolio is below {found.bound:,.2f} "
            f"(gap {100 * found.gap:.2g} percent)."
        )

    def _worst_called(self) -> str:
        """Return what a mean over the worst worlds is called; over all it is the expected loss."""
        part = 1 - self.found.measure.tail
        if part == 1:
            return _MEASURES["expected"]
        text = f"the mean loss in the worst {100 * part:g} percent of worlds"
        if part * len(self.found.losses) < 1 - 1e-9:
            return f"{text} (less than one world, so that of the worst alone)"
        return text

    def _spent(self) -> str:
        """Return which budgets it keeps to, and which it may exceed."""
        titles = self.titles.get("controllers", {})
        if self.budgets == "every":
            if not self.priced_out:
                return "It keeps to the budgets of every world."
            points = self.titles.get("points", {})
            named = [f"{words.option(o)} at {points.get(k, k)}" for k, o in self.priced_out[:NAMED]]
            if len(self.priced_out) > NAMED:
                named.append(f"{len(self.priced_out) - NAMED} more")
            return (
                "It keeps to the budgets of every world. In some world they cannot pay for "
                f"{words.listed(named)}, which are left out for all."
            )
        start = "It keeps to the budgets as they are stated, at the costs that are stated"
        if not self.overruns:
            return f"{start}, and to those of every world at the costs there."
        over = [
            f"{words.listed([titles.get(one, one) for one in each.controllers])} in "
            f"{words.share(each.share)} percent, by {words.money(each.largest)} a year at most"
            for each in sorted(self.overruns, key=lambda one: (-one.share, -one.largest))
        ]
        return (
            f"{start}. In {words.share(self.overrun)} percent of the worlds it costs more than "
            f"some budget there: {'; '.join(over)}."
        )

    def _hidden(self, one: Replication) -> str:
        samples = words.count(one.replications, "sample")
        return (
            f"In {one.worlds} worlds that it was not chosen on it comes to {one.value:,.2f} bn USD "
            f"a year. In {samples} of {one.worlds_each} worlds each, drawn apart, no portfolio is "
            f"below {one.bound:,.2f} on average; such bounds scatter, so they may lie above it. "
            f"With {100 * one.confidence:g} percent confidence no portfolio is better, "
            f"all worlds considered, by more than {one.gap_high:,.2f} bn USD a year."
        )

    def _proven(self) -> str:
        one = self.certificate
        return (
            f"{'Proven' if one.status == 'proven' else 'At the limit of time'}: the evader was "
            f"solved again and checked in {words.count(one.worlds, 'world')}, its plan and its "
            f"prices apart by {one.evader_gap:.1g} at most; gap asked {100 * self.gap:g} percent, "
            f"found {100 * one.bound_gap:.2g}."
        )

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row per world."""
        return self.worlds_table().to_pandas()

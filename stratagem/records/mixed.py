"""The record of mixed play: who draws which portfolios, and what everybody then expects.

It stands beside the records of plays (`records`), which are about one profile each. Money is in bn
USD a year, progress in months; what is not of a single outcome is expected before the draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from games.layered import LayeredGame
from solvers.certificate import Certificate
from stratagem.cases import Case
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Section, Table, Title
from stratagem.records.outcomes import months_at_stake
from stratagem.records.plays import FrontOutcome

if TYPE_CHECKING:
    from solvers.equilibria.closest import Closest
    from solvers.equilibria.mixed_play import MixedResult

NOTHING = 1e-9
"""Regret below which tables show none, bn USD a year."""


@dataclass(frozen=True)
class DrawnPortfolio:
    """A portfolio that a player may draw: {control point: option}, with its probability."""

    probability: float
    options: Mapping[str, str]


@dataclass(frozen=True)
class MixedPlayer:
    """A player that draws its portfolio.

    Attributes
    ----------
    payoff : expected sum of its members' payoffs, bn USD a year.
    regret : no portfolio of its own is expected to earn more than this on top, bn USD a year.
    """

    name: str
    members: tuple[str, ...]
    payoff: float
    regret: float
    portfolios: tuple[DrawnPortfolio, ...]


@dataclass(frozen=True)
class DrawnOutcome:
    """What comes of one draw by all players."""

    probability: float
    profile: Mapping[str, str]
    months: float
    payoffs: Mapping[str, float]
    joint_payoff: float


SAME = 1e-6
"""Share by which bounds from below and above may differ and still be one number."""


@dataclass(frozen=True)
class PureProfiles:
    """How close to an equilibrium single profiles come.

    Attributes
    ----------
    none : whether it is proven that none is an equilibrium.
    profile : the one known whose largest regret is smallest, None where none was looked at.
    regret : that regret, bn USD a year; None where there is no profile.
    at_least : in every profile somebody could gain at least this, bn USD a year; 0 where no such
        bound is known, and the smallest regret itself where it is `regret`.
    """

    none: bool
    profile: Mapping[str, str] | None
    regret: float | None
    at_least: float


@dataclass(frozen=True)
class MixedRecord:
    """The certified outcome of a play whose players draw their portfolios.

    Attributes
    ----------
    play, asked : `unilateral:mixed`, and the play that was asked for.
    months, fronts, payoffs, joint_payoff, outlay, harm, costs, revenue : as in a record of a play,
        expected.
    epsilon : the largest regret of any player, bn USD a year; an exact mixed equilibrium, with 0,
        always exists.
    certificate : `found` where nobody gains more than the gap allows, `limit` otherwise.
    players : who draws what.
    draws : every outcome, the likeliest first.
    pure : how close single profiles come.
    rounds : samples of portfolios that were solved.
    """

    play: str
    asked: str
    months: float
    fronts: Mapping[str, FrontOutcome]
    payoffs: Mapping[str, float]
    joint_payoff: float
    outlay: Mapping[str, float]
    harm: Mapping[str, float]
    costs: Mapping[str, float]
    revenue: Mapping[str, float]
    epsilon: float
    certificate: Certificate
    players: tuple[MixedPlayer, ...]
    draws: tuple[DrawnOutcome, ...]
    pure: PureProfiles
    rounds: int
    seconds: float
    method: str

    @property
    def regret(self) -> float:
        """Largest gain that the certificate leaves to any controller, bn USD a year."""
        return self.epsilon

    @property
    def draws_anything(self) -> bool:
        """Whether anybody has more than one portfolio; not so where no mixture came closer."""
        return len(self.draws) > 1

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        values: dict[str, Any] = plain(self)
        return values

    def sentences(self) -> tuple[str, ...]:
        """Return what is drawn, what that brings, and what is proven."""
        return (self.existence(), self.outcome(), self.proof())

    def existence(self) -> str:
        """Return what is known about pure equilibria."""
        pure = self.pure
        if not pure.none:
            text = "Best responses met no profile that is an equilibrium; there may be one."
        elif pure.at_least > 0:
            text = (
                "No profile is an equilibrium, and that is proven: in each, somebody "
                f"gains {words.money(pure.at_least)} a year or more by moving alone."
            )
        else:
            text = "No profile is an equilibrium: that is proven."
        if pure.regret is not None and pure.regret > pure.at_least * (1 + SAME):
            text += (
                f" In the profile that comes closest of those looked at nobody gains more than "
                f"{words.money(pure.regret)} a year."
            )
        if not self.draws_anything:
            return f"{text} What follows is one profile, the closest that was found in the time."
        return f"{text} So portfolios are drawn, and the evader answers what it then sees."

    def outcome(self) -> str:
        """Return what everybody expects."""
        low, high = (end(draw.months for draw in self.draws) for end in (min, max))
        between = "" if high - low < 5e-3 else f", from {low:.2f} to {high:.2f} by the draw"
        return (
            f"Expected: {self.months:.2f} months of progress{between}, and a joint payoff of "
            f"{words.money(self.joint_payoff)} a year."
        )

    def proof(self) -> str:
        """Return what is proven about regrets."""
        if self.certificate.status == "found":
            return (
                "Nobody expects more from any other portfolio against these draws, by each "
                "player's own proven best response. Other mixed equilibria may exist."
            )
        return (
            f"No equilibrium yet: by another portfolio somebody may expect up to "
            f"{words.money(self.epsilon)} a year more. More time may bring that down to nothing, "
            "for an exact mixed equilibrium always exists."
        )

    def portfolios_table(self, titles: Mapping[str, Mapping[str, str]]) -> Table:
        """Return who draws what with which probability."""
        rows: list[tuple[Cell, ...]] = []
        for one in self.players:
            called = titles.get("controllers", {})
            name = " + ".join(called.get(member, member) for member in one.members)
            several = len(one.portfolios) > 1
            for number, portfolio in enumerate(one.portfolios if several else (), start=1):
                changing = [
                    point
                    for point, option in portfolio.options.items()
                    if any(other.options[point] != option for other in one.portfolios)
                ]
                options = ", ".join(
                    f"{titles.get('points', {}).get(point, point)}: "
                    f"{words.option(portfolio.options[point])}"
                    for point in changing
                )
                chance = 100 * portfolio.probability
                rows.append((Title(one.name, name), number, options, chance))
        sure = [one.name for one in self.players if len(one.portfolios) == 1]
        columns = (
            Column("who"),
            Column("#", digits=0),
            Column("draws"),
            Column("chance", "%", digits=1),
        )
        note = "Points at which all portfolios of a player agree are left out."
        if sure:
            note += f" Nothing is drawn by {words.listed(sure)}."
        return Table("", columns, tuple(rows), note)

    def players_table(self, titles: Mapping[str, Mapping[str, str]]) -> Table:
        """Return what each player expects and could gain."""
        called = titles.get("controllers", {})
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                Title(one.name, " + ".join(called.get(member, member) for member in one.members)),
                one.payoff,
                one.regret if one.regret >= NOTHING else 0.0,
            )
            for one in self.players
        )
        columns = (
            Column("who"),
            Column("expects", "bn USD/yr", digits=3),
            Column("regret", "bn USD/yr"),
        )
        return Table("", columns, rows)

    def section(self, titles: Mapping[str, Mapping[str, str]]) -> Section:
        """Return the record in words and tables."""
        tables = tuple(self.tables(titles).values())
        return Section(f"What is drawn in {self.play}", self.sentences(), tables)

    def tables(self, titles: Mapping[str, Mapping[str, str]]) -> dict[str, Table]:
        """Return who draws what, if anybody does, and what each expects, by title."""
        drawn = {"Who draws what": self.portfolios_table(titles)} if self.draws_anything else {}
        return {**drawn, "What each expects": self.players_table(titles)}


def mixed_record(case: Case, asked: str, result: MixedResult) -> MixedRecord:
    """Return the record of mixed play."""
    game, payoffs = case.game, result.payoffs
    quantities = sum(one.probability * np.asarray(one.response.quantities) for one in result.drawn)
    assert isinstance(quantities, np.ndarray)
    return MixedRecord(
        play=result.play,
        asked=asked,
        months=months_at_stake(game, payoffs.months),
        fronts={
            front.name: FrontOutcome(
                payoffs.months[front.name], float(quantity), case.units.get(front.node, "")
            )
            for front, quantity in zip(game.fronts, quantities, strict=True)
        },
        payoffs=payoffs.total,
        joint_payoff=payoffs.joint,
        outlay=payoffs.outlay,
        harm=payoffs.harm,
        costs=payoffs.cost,
        revenue=payoffs.revenue,
        epsilon=result.epsilon,
        certificate=result.certificate,
        players=tuple(
            MixedPlayer(
                one.name,
                one.members,
                sum(payoffs.total[name] for name in one.members),
                result.certificate.regret[one.members[0]],
                tuple(
                    DrawnPortfolio(
                        probability,
                        {
                            game.points[k].name: game.points[k].options[option].name
                            for k, option in zip(one.points, options, strict=True)
                        },
                    )
                    for options, probability in mixture
                ),
            )
            for one, mixture in zip(result.players, result.mixtures, strict=True)
        ),
        draws=tuple(
            DrawnOutcome(
                one.probability,
                game.option_names(one.profile),
                months_at_stake(game, one.payoffs.months),
                one.payoffs.total,
                one.payoffs.joint,
            )
            for one in sorted(result.drawn, key=lambda one: (-one.probability, one.profile))
        ),
        pure=_pure(game, result.closest),
        rounds=result.rounds,
        seconds=result.seconds,
        method=result.method,
    )


def _pure(game: LayeredGame, closest: Closest) -> PureProfiles:
    profile = None if closest.profile is None else game.option_names(closest.profile)
    regret = None if profile is None else closest.regret
    return PureProfiles(closest.none, profile, regret, closest.at_least)

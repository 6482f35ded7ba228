"""How answers about finite games show themselves: equilibria, correlated ones, commitments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from games.normal_form import NormalFormGame
from stratagem.finite.words import (
    described,
    mixture,
    number_text,
    objective_text,
    plain_numbers,
    regret_text,
    title_of,
)
from stratagem.presentation.tables import Column, Page, Section, Table

if TYPE_CHECKING:
    from games.commitment import Commitment
    from solvers.finite.correlated import CorrelatedSolution
    from solvers.finite.records import Solution

MOST_SHOWN = 40
"""Equilibria in a table; the rest are counted."""


@dataclass(frozen=True)
class NashAnswer(Page):
    """Equilibria of a finite game.

    Attributes
    ----------
    asked : what the list is a list of, such as `equilibrium in pure strategies`.
    objective : name of what was optimised, empty where nothing was.
    worst : whether it was minimised.
    as_fractions : whether numbers were asked for to the last digit.
    """

    game: NormalFormGame
    solution: Solution
    asked: str = "equilibrium"
    objective: str = ""
    worst: bool = False
    as_fractions: bool = False

    @property
    def answered(self) -> bool:
        """Whether something was found, or proven not to exist."""
        return bool(self.solution.equilibria) or self.solution.complete

    def sections(self) -> tuple[Section, ...]:
        """Return what is shown: what is proven, the equilibria, and what may be mixed freely."""
        sections = [Section(title_of(self.game), (self._claim(),), self._tables())]
        if self._free_components():
            sections.append(
                Section("Maximal sets of equilibria", (_FREE,), (self._components_table(),))
            )
        return tuple(sections)

    def equilibria_table(self) -> Table:
        """Return the equilibria, one row for each player of each."""
        rows: list[tuple[Any, ...]] = []
        spreads = self.game.spreads
        shown = self.solution.equilibria[:MOST_SHOWN]
        for number, equilibrium in enumerate(shown, start=1):
            for player, name in enumerate(self.game.players):
                strategy = equilibrium.strategies[player]
                rows.append(
                    (
                        str(number) if player == 0 else "",
                        name,
                        mixture(strategy, self.game.strategies[player]),
                        number_text(equilibrium.payoffs[player], among=spreads[player]),
                        regret_text(equilibrium.regret[player]),
                    )
                )
        more = len(self.solution.equilibria) - len(shown)
        note = f"and {more:,} more: --json lists them all" if more else ""
        return Table("", equilibrium_columns(), tuple(rows), note)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain values, fractions as texts where they were asked for."""
        found, exact = self.solution, self.as_fractions
        return {
            **described(self.game),
            "method": found.method,
            "exact": found.exact and exact,
            "complete": found.complete,
            "stopped": found.stopped,
            "equilibria": [plain_numbers(e.strategies, exact=exact) for e in found.equilibria],
            "regret": [plain_numbers(max(e.regret), exact=exact) for e in found.equilibria],
            "payoffs": [plain_numbers(e.payoffs, exact=exact) for e in found.equilibria],
            "objective": self.objective or None,
            "value": found.objective,
            "bound": found.bound,
            "components": plain_numbers(found.components, exact=exact),
            "vertices": plain_numbers(found.vertices, exact=exact),
            "seconds": found.seconds,
        }

    def _claim(self) -> str:
        """Return in a sentence what was found and what is proven."""
        found = self.solution
        number = len(found.equilibria)
        asked = f"extreme {self.asked}" if self._free_components() else self.asked
        if not number:
            text = f"There is no {asked}" if found.complete else f"No {asked} was found"
        else:
            text = (
                f"{number:,} {asked.replace('equilibrium', 'equilibria') if number > 1 else asked}"
            )
            if not found.complete:
                text += ", and there may be others"
            else:
                text += ", and there are no others" if number > 1 else ", and there is no other"
        stopped = f" Stopped early: {found.stopped}." if found.stopped else ""
        return f"{text} ({found.method}, {found.seconds:.2g} s).{stopped}{self._worth()}"

    def _worth(self) -> str:
        """Return what is proven about the objective, or about the value of a zero-sum game."""
        found = self.solution
        if found.objective is None or found.bound is None:
            return ""
        worth, bound = number_text(found.objective), number_text(found.bound)
        if not self.objective:
            first, second = self.game.players
            return f" {first} secures {worth}, and {second} holds it to {bound}."
        beyond = "falls below" if self.worst else "exceeds"
        if self.objective.startswith("player:"):
            whose = f"{self.objective.removeprefix('player:')}'s payoff in it"
        else:
            whose = f"Its {objective_text(self.objective)}"
        return f" {whose} is {worth}, and none {beyond} {bound}."

    def _tables(self) -> tuple[Table, ...]:
        return (self.equilibria_table(),) if self.solution.equilibria else ()

    def _free_components(self) -> bool:
        """Return whether some set holds more than one equilibrium."""
        return any(
            any(len(part) > 1 for part in component) for component in self.solution.components or ()
        )

    def _components_table(self) -> Table:
        vertices = self.solution.vertices or ()
        rows = [
            (
                str(number),
                *(
                    "  or  ".join(mixture(vertices[i][v], self.game.strategies[i]) for v in part)
                    for i, part in enumerate(component)
                ),
            )
            for number, component in enumerate(self.solution.components or (), start=1)
        ]
        columns = (Column("#", fixed=True), *(Column(name) for name in self.game.players))
        return Table("", columns, tuple(rows[:MOST_SHOWN]))


_FREE = (
    "Within a set, each player may play any mixture of its strategies, whatever the other plays "
    "of its own, and all of these are equilibria."
)


@dataclass(frozen=True)
class CommitmentAnswer(Page):
    """What a leader should commit to in a game of two players."""

    game: NormalFormGame
    commitment: Commitment
    as_fractions: bool = False
    answered: ClassVar[bool] = True

    def sections(self) -> tuple[Section, ...]:
        """Return what is shown: the claim, and what both do."""
        found = self.commitment
        leader = self.game.players[found.leader]
        follower = self.game.players[1 - found.leader]
        bound = (
            f"no commitment earns more than {number_text(found.bound)}"
            if found.complete
            else f"some commitment may earn up to {number_text(found.bound)}"
        )
        rule = (
            "takes what the leader likes most" if found.ties == "strong" else "may take the worst"
        )
        sentences = [
            f"{leader} commits and earns {number_text(found.value)}; {bound}. Where answers are "
            f"equally good for it, {follower} {rule} ({found.method}, {found.seconds:.2g} s)."
        ]
        if not found.attained:
            sentences.append("No strategy earns the most itself; this one comes close to it.")
        if found.stopped:
            sentences.append(f"Stopped early: {found.stopped}.")
        names = self.game.strategies
        answer = [names[1 - found.leader][found.response]]
        played = [mixture(found.strategy, names[found.leader]), *answer]
        order = [found.leader, 1 - found.leader]
        rows = tuple(
            (role, self.game.players[i], text, number_text(found.payoffs[i]))
            for role, i, text in zip(("leader", "follower"), order, played, strict=True)
        )
        columns = (
            Column(""),
            Column("player", fixed=True),
            Column("plays"),
            Column("payoff", digits=4),
        )
        return (Section(title_of(self.game), tuple(sentences), (Table("", columns, rows),)),)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain values, fractions as texts where they were asked for."""
        found, exact = self.commitment, self.as_fractions
        return {
            **described(self.game),
            "method": found.method,
            "exact": found.exact,
            "complete": found.complete,
            "stopped": found.stopped,
            "leader": self.game.players[found.leader],
            "ties": found.ties,
            "strategy": plain_numbers(found.strategy, exact=exact),
            "response": self.game.strategies[1 - found.leader][found.response],
            "payoffs": plain_numbers(found.payoffs, exact=exact),
            "bound": plain_numbers(found.bound, exact=exact),
            "attained": found.attained,
            "seconds": found.seconds,
        }


@dataclass(frozen=True)
class CorrelatedAnswer(Page):
    """The correlated equilibrium that is best, or worst, for an objective."""

    game: NormalFormGame
    solution: CorrelatedSolution
    objective: str
    worst: bool = False
    answered: ClassVar[bool] = True

    def sections(self) -> tuple[Section, ...]:
        """Return what is shown: what is proven, what is told how often, and what it pays."""
        found = self.solution
        kind = "coarse correlated equilibrium" if found.coarse else "correlated equilibrium"
        claim = (
            f"The {kind} of {'least' if self.worst else 'largest'} "
            f"{objective_text(self.objective)}: {number_text(found.objective)}, and none "
            f"{'falls below' if self.worst else 'exceeds'} {number_text(found.bound)} "
            f"({found.method}, {found.seconds:.2g} s)."
        )
        told = self._told()
        rows = [(*self.game.named(profile), number_text(p)) for profile, p in told[:MOST_SHOWN]]
        more = len(told) - MOST_SHOWN
        note = f"and {more:,} more: --json lists them all" if more > 0 else ""
        columns = (*(Column(name) for name in self.game.players), Column("probability", digits=4))
        worth = tuple(
            (name, number_text(payoff), regret_text(regret))
            for name, payoff, regret in zip(
                self.game.players, found.payoffs, found.regret, strict=True
            )
        )
        paid = (
            Column("player", fixed=True),
            Column("payoff", digits=4),
            Column("regret", digits=4),
        )
        return (
            Section(title_of(self.game), (claim,), (Table("", columns, tuple(rows), note),)),
            Section("What it is worth", tables=(Table("", paid, worth),)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain values; profiles by their strategies' positions."""
        found = self.solution
        return {
            **described(self.game),
            "method": found.method,
            "exact": False,
            "complete": True,
            "coarse": found.coarse,
            "distribution": [
                {"profile": list(profile), "probability": p} for profile, p in self._told()
            ],
            "regret": max(found.regret),
            "payoffs": list(found.payoffs),
            "objective": self.objective,
            "value": found.objective,
            "bound": found.bound,
            "seconds": found.seconds,
        }

    def _told(self) -> list[tuple[tuple[int, ...], float]]:
        """Return the profiles that occur, the likeliest first."""
        distribution = self.solution.distribution
        told = [
            (tuple(int(a) for a in place), float(distribution[tuple(place)]))
            for place in np.argwhere(distribution > 0)
        ]
        return sorted(told, key=lambda entry: (-round(entry[1], 9), entry[0]))


def equilibrium_columns() -> tuple[Column, ...]:
    """Return the columns of a table of profiles, one row for each player of each."""
    return (
        Column("#", fixed=True),
        Column("player", fixed=True),
        Column("plays"),
        Column("payoff", digits=4),
        Column("regret", digits=4),
    )

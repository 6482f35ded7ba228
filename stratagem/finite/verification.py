"""Whether profiles are equilibria, wherever they came from: what a change would gain anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from games.errors import InputError
from games.given import is_finite, told
from games.normal_form import NormalFormGame, finite_game
from games.regret import Mixed, assessment, mixed_profile
from solvers.finite.records import REGRET
from stratagem.finite.tables import MOST_SHOWN, equilibrium_columns
from stratagem.finite.words import described, mixture, number_text, plain_numbers, title_of
from stratagem.presentation import words
from stratagem.presentation.tables import Column, Page, Section, Table


@dataclass(frozen=True)
class Change:
    """What one player has at a profile, and the best it could do instead.

    Attributes
    ----------
    share : regret as a share of the spread of the player's payoffs.
    """

    payoff: Any
    regret: Any
    share: float
    best: str


@dataclass(frozen=True)
class Verified:
    """One profile and, for each player, what a change would gain.

    Attributes
    ----------
    holds : whether nobody would gain more than is allowed.
    """

    profile: Mixed
    changes: tuple[Change, ...]
    holds: bool


@dataclass(frozen=True)
class Verification(Page):
    """Profiles of a finite game, and whether each is an equilibrium.

    Attributes
    ----------
    tolerance : regret allowed, as a share of the spread of a player's payoffs.
    """

    game: NormalFormGame
    verified: tuple[Verified, ...]
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether every profile is an equilibrium within the tolerance."""
        return all(one.holds for one in self.verified)

    def sections(self) -> tuple[Section, ...]:
        """Return what is shown: a verdict and a table for each profile."""
        rows: list[tuple[Any, ...]] = []
        for number, one in enumerate(self.verified[:MOST_SHOWN], start=1):
            for i, change in enumerate(one.changes):
                rows.append(
                    (
                        str(number) if i == 0 else "",
                        self.game.players[i],
                        mixture(one.profile[i], self.game.strategies[i]),
                        number_text(change.payoff),
                        number_text(change.regret),
                        change.best if change.regret > 0 else "-",
                    )
                )
        columns = (*equilibrium_columns(), Column("best change"))
        more = len(self.verified) - MOST_SHOWN
        note = f"and {more:,} more: --json lists them all" if more > 0 else ""
        table = Table("", columns, tuple(rows), note)
        return (Section(title_of(self.game), (self._verdict(),), (table,)),)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return {
            **described(self.game),
            "holds": self.holds,
            "tolerance": self.tolerance,
            "profiles": [
                {
                    "holds": one.holds,
                    "exact": _is_exact(one.profile),
                    "strategies": plain_numbers(one.profile, exact=_is_exact(one.profile)),
                    "payoffs": [float(change.payoff) for change in one.changes],
                    "regret": [float(change.regret) for change in one.changes],
                    "best_change": [change.best for change in one.changes],
                }
                for one in self.verified
            ],
        }

    def _verdict(self) -> str:
        failing = [n for n, one in enumerate(self.verified, start=1) if not one.holds]
        if len(self.verified) == 1:
            (one,) = self.verified
            if one.holds:
                exactly = _is_exact(one.profile) and not any(c.regret for c in one.changes)
                digits = "to the last digit" if exactly else self._within()
                return f"This is an equilibrium, {digits}."
            gains = [
                f"{name} would gain {number_text(change.regret)} with {change.best}"
                for name, change in zip(self.game.players, one.changes, strict=True)
                if change.share > self.tolerance
            ]
            return f"This is no equilibrium, {self._within()}: {words.listed(gains)}."
        if not failing:
            return f"All {len(self.verified):,} profiles are equilibria, {self._within()}."
        listed = words.listed([str(number) for number in failing[:10]])
        return (
            f"{len(failing):,} of {len(self.verified):,} profiles are no equilibria, "
            f"{self._within()}: {listed}{' and others' if len(failing) > 10 else ''}."
        )

    def _within(self) -> str:
        return f"within {self.tolerance:g} of the spread of payoffs"


def verify(
    game: NormalFormGame, *profiles: Sequence[Sequence[Any]], tolerance: float = REGRET
) -> Verification:
    """Return what a change would gain each player at profiles, wherever these come from.

    Parameters
    ----------
    profiles : each a list of probabilities for each player.
    tolerance : regret that passes, as a share of the spread of a player's payoffs.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> game = normal_form([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], title="matching pennies")
    >>> checked = verify(game, [[0.5, 0.5], [0.75, 0.25]])
    >>> checked.holds, checked.verified[0].changes[0].regret
    (False, 0.5)
    """
    finite_game(game)
    if not (is_finite(tolerance) and tolerance >= 0):
        raise InputError(f"tolerance: expected a number >= 0, found {told(tolerance)}")
    checked = [mixed_profile(game, profile) for profile in profiles]
    verified = []
    for profile in checked:
        changes = _changes(game, profile)
        holds = all(change.share <= tolerance for change in changes)
        verified.append(Verified(profile, changes, holds))
    return Verification(game, tuple(verified), tolerance)


def _changes(game: NormalFormGame, profile: Mixed) -> tuple[Change, ...]:
    found = assessment(game, profile)
    names = [own[a] for own, a in zip(game.strategies, found.best, strict=True)]
    return tuple(map(Change, found.payoffs, found.regret, found.shares, names))


def _is_exact(profile: Mixed) -> bool:
    """Return whether a profile is made of fractions."""
    return isinstance(profile[0][0], Fraction)

"""What a solver of finite games hands back: equilibria with their regret, and what is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from games.errors import NotCertifiedError
from games.normal_form import NormalFormGame
from games.regret import Mixed

REGRET = 1e-6
"""Largest regret of a float answer, as a share of the spread of its player's payoffs."""


@dataclass(frozen=True)
class Equilibrium:
    """A profile of mixed strategies, with what it pays and what a change would gain.

    Attributes
    ----------
    strategies : for each player, one probability for each strategy; all fractions or all floats.
    payoffs, regret : one number for each player, fractions where the strategies are.
    """

    strategies: Mixed
    payoffs: tuple[Any, ...]
    regret: tuple[Any, ...]

    @property
    def exact(self) -> bool:
        """Whether the profile is an equilibrium to the last digit."""
        return isinstance(self.strategies[0][0], Fraction) and not any(self.regret)

    @property
    def support(self) -> tuple[tuple[int, ...], ...]:
        """The strategies that each player plays with some probability."""
        return tuple(
            tuple(a for a, p in enumerate(strategy) if p > 0) for strategy in self.strategies
        )


@dataclass(frozen=True)
class Solution:
    """The answer of a solver of finite games.

    Attributes
    ----------
    method : what was done, in words fit for a table.
    equilibria : those found, in a fixed order; may be empty.
    complete : whether the list is proven to hold every equilibrium of the kind asked for (every
        extreme equilibrium, every pure one). An empty complete list proves that there is none.
    seconds : time taken.
    objective, bound : for a stated objective, its value at the first equilibrium and what is proven
        about every other; None where nothing was optimised.
    components : for two players, the maximal sets of equilibria that may be combined freely, each
        as one tuple of strategies (positions in `vertices`) for each player; None if not asked for.
    vertices : for each player, the extreme strategies that `components` speaks of.
    stopped : why the search ended early, such as "limit of time"; empty if it did not.
    """

    method: str
    equilibria: tuple[Equilibrium, ...]
    complete: bool
    seconds: float
    objective: float | None = None
    bound: float | None = None
    components: tuple[tuple[tuple[int, ...], ...], ...] | None = None
    vertices: tuple[tuple[tuple[Any, ...], ...], ...] | None = None
    stopped: str = ""

    def __init__(
        self,
        method: str,
        equilibria: tuple[Equilibrium, ...],
        complete: bool,
        seconds: float,
        objective: float | None = None,
        bound: float | None = None,
        components: tuple[tuple[tuple[int, ...], ...], ...] | None = None,
        vertices: tuple[tuple[tuple[Any, ...], ...], ...] | None = None,
        stopped: str = "",
    ) -> None:
        # All at once: one by one, as a frozen dataclass does it, takes as long as a small game.
        vars(self).update(
            method=method,
            equilibria=equilibria,
            complete=complete,
            seconds=seconds,
            objective=objective,
            bound=bound,
            components=components,
            vertices=vertices,
            stopped=stopped,
        )

    @property
    def exact(self) -> bool:
        """Whether every equilibrium holds to the last digit."""
        return all(equilibrium.exact for equilibrium in self.equilibria)


def refuse_regret(
    game: NormalFormGame, shares: Sequence[float], regret: Sequence[Any], tolerance: float
) -> None:
    """Refuse regret above a share of the spread of payoffs, or any at all where that is 0."""
    for name, share, gain in zip(game.players, shares, regret, strict=True):
        if not (share <= tolerance if tolerance else gain == 0):
            raise NotCertifiedError(
                f"equilibrium: expected player {name} to gain at most {tolerance:g}"
                f" of the spread of payoffs by a change, found {share:.3g} - this profile is no "
                "equilibrium"
            )

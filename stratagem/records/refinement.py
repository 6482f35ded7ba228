"""How grids of enforcement were refined, and what they can still hide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stratagem.presentation import words


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

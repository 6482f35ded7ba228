"""What acting alone loses of what coordination gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stratagem.presentation import words

NOTHING = 1e-6
"""Gain over the status quo that counts as none, bn USD a year, or a share of its joint payoff."""

ALIKE = 5e-4
"""Shares that print as the same tenth of a percent."""


@dataclass(frozen=True)
class LostShare:
    """Share of the attainable gain that acting alone loses, in the best and the worst outcome.

    None where a play that it needs is missing, or where coordination gains nothing.
    """

    best: float | None
    worst: float | None

    def sentence(self, *, start: float, coordinated: float, drawn: Sequence[float] = ()) -> str:
        """Return what acting alone loses, in words.

        Parameters
        ----------
        start, coordinated : joint payoffs of the status quo and together, bn USD a year.
        drawn : the same where each government draws what it does alone.
        """
        together = coordinated - start
        if drawn and together >= NOTHING * max(1.0, abs(start)):
            lost = (start + together - drawn[0]) / together
            return (
                f"Coordinated, the controllers gain {words.money(together)} a year over the status "
                f"quo; acting alone, each drawing what it does, loses {words.share(lost)} percent "
                "of that."
            )
        known = [value for value in (self.best, self.worst) if value is not None]
        if not known:
            return (
                ""
                if together >= NOTHING
                else "Coordination gains nothing over the status quo, so acting alone loses "
                "nothing."
                if together > -NOTHING
                else "Coordination within the budgets is worth less than the status quo, which "
                "some government's own budget would not pay for."
            )
        gain = (
            f"Coordinated, the controllers gain {words.money(together)} a year over the status quo"
        )
        if max(known) - min(known) < ALIKE:
            return f"{gain}; acting alone loses {words.share(known[0])} percent of that."
        return (
            f"{gain}; acting alone loses between {words.share(min(known))} and "
            f"{words.share(max(known))} percent of that, depending on which equilibrium they "
            "settle in."
        )

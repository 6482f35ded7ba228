"""What one play says in one world: plain values that a ledger and a table can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from games.errors import InputError, LimitError, StratagemError

SOLVED = ("checked", "proven", "found", "limit")
"""Statuses of answers that hold numbers."""


@dataclass(frozen=True)
class Answer:
    """One outcome of a play in one world, or why there is none.

    Attributes
    ----------
    play : name of the outcome, such as `unilateral:best`.
    status : `checked` (the evader's response to a fixed profile, checked), or that of a solved
        play (`proven`, `found`, `limit`); without an answer `fault` (the world contradicts itself),
        `not certified`, `late` (the time was up before there was an answer) or `lost` (its worker
        was ended from outside).
    months : months of progress on fronts that controllers have a stake in.
    fronts, payoffs : {front: months} and {controller: bn USD a year}.
    outlay : bn USD a year of public money, all controllers.
    regret : largest gain that a deviation could have, bn USD a year; None where nobody decides.
    gap : largest relative gap that was left open, of the evader or of a bound.
    profile : {control point: option} of a solved play.
    message : why there is no answer.
    """

    play: str
    status: str
    months: float | None = None
    joint_payoff: float | None = None
    evader_value: float | None = None
    outlay: float | None = None
    regret: float | None = None
    gap: float | None = None
    fronts: Mapping[str, float] = field(default_factory=dict)
    payoffs: Mapping[str, float] = field(default_factory=dict)
    profile: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    @property
    def solved(self) -> bool:
        """Whether there is an answer."""
        return self.status in SOLVED

    @property
    def lasting(self) -> bool:
        """Whether trying again would say the same, so that a ledger may keep it."""
        return self.status != "lost"

    def to_json(self) -> dict[str, Any]:
        """Return plain values, what is empty left out."""
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in vars(self).items()
            if value not in (None, "", {})
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Answer:
        """Return the answer of plain values."""
        return cls(**values)


def failed(play: str, error: StratagemError) -> Answer:
    """Return the answer of a play that has none."""
    if isinstance(error, InputError):
        status = "fault"
    elif isinstance(error, LimitError):
        status = "late"
    else:
        status = "not certified"
    return Answer(play, status, message=str(error))

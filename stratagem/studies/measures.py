"""Measures: one number for each world, out of the answers of plays there.

    months(status-quo)            months of progress; on one front months_training(status-quo)
    joint_payoff(coordinated)     bn USD a year of all controllers; of one payoff_USA(coordinated)
    outlay(PLAY), evader_value(PLAY)
    kept(only:chips)              share of what coordination gains over the status quo that a play
                                  keeps; 1 is all of it
    lost(unilateral:worst)        one minus that: for `unilateral` the lost share

`kept` and `lost` compare with coordinated play in the same world, or with the profile of
`fixed:coordinated` where the play itself is a profile that is held. Worlds in which coordination
gains nothing have no such number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from games.errors import InputError
from games.given import one_text
from scenarios.faults import shown
from stratagem.studies.answers import Answer
from stratagem.studies.held import COORDINATED, FIXED, STATUS_QUO
from stratagem.studies.sweep_records import LEAST_GAIN, Sweep, number_of

_MEASURE = re.compile(r"([\w-]+)\((.+)\)")
_CONDITION = re.compile(r"(.+?)\s*(<=|>=|<|>)\s*([-+.\deE]+)")
_SHARES = ("kept", "lost")
_ENDS = (":best", ":worst")


@dataclass(frozen=True)
class Measure:
    """A quantity of one outcome of a play."""

    quantity: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.quantity}({self.outcome})"

    @property
    def plays(self) -> tuple[str, ...]:
        """The plays whose answers it takes."""
        play = self.outcome
        if not play.startswith(FIXED):
            play = play.removesuffix(_ENDS[0]).removesuffix(_ENDS[1])
        if self.quantity not in _SHARES:
            return (play,)
        return tuple(dict.fromkeys((STATUS_QUO, self._together, play)))

    @property
    def _together(self) -> str:
        held = self.outcome.startswith(FIXED)
        return f"{FIXED}{COORDINATED}" if held else COORDINATED

    def values(self, sweep: Sweep) -> dict[int | None, float]:
        """Return {world: number} of a sweep without a grid, worlds without one left out."""
        answers: dict[int | None, dict[str, Answer]] = {}
        for row in sweep.rows:
            if row.answer.solved:
                answers.setdefault(row.world, {})[row.answer.play] = row.answer
        if self.quantity not in _SHARES:
            return {
                world: number_of(known[self.outcome], self.quantity)
                for world, known in answers.items()
                if self.outcome in known
            }
        found = {}
        for world, known in answers.items():
            names = (STATUS_QUO, self._together, self.outcome)
            if not all(name in known for name in names):
                continue
            start, together, here = (number_of(known[name], "joint_payoff") for name in names)
            gain = together - start
            if gain > LEAST_GAIN * max(1.0, abs(start)):
                kept = (here - start) / gain
                found[world] = kept if self.quantity == "kept" else 1 - kept
        return found


def measure(text: str) -> Measure:
    """Return the measure of a text such as `months(status-quo)`.

    A play with a best and a worst outcome counts with its worst, where none of them is named.

    Raises
    ------
    InputError
        When it is none.
    """
    match = _MEASURE.fullmatch(one_text("measure", text).strip())
    if match is None:
        raise InputError(
            f"measure {shown(text)}: expected QUANTITY(PLAY) - such as months(status-quo) or "
            "lost(unilateral:worst)"
        )
    quantity, outcome = match[1], match[2].strip()
    if outcome.startswith(("unilateral", "coalition")) and not outcome.endswith(_ENDS):
        outcome += ":worst"
    return Measure(quantity, outcome)


@dataclass(frozen=True)
class Condition:
    """A measure on one side of a number."""

    measure: Measure
    sign: str
    number: float

    def __str__(self) -> str:
        return f"{self.measure} {self.sign} {self.number:g}"

    def holds(self, value: float) -> bool:
        """Return whether a value of the measure fulfils it."""
        if self.sign in ("<", "<="):
            return value < self.number or (self.sign == "<=" and value == self.number)
        return value > self.number or (self.sign == ">=" and value == self.number)


def condition(text: str) -> Condition:
    """Return the condition of a text such as `lost(unilateral:worst) <= 0.1`.

    Raises
    ------
    InputError
        When it is none.

    Examples
    --------
    >>> str(condition("kept(only:chips)>=0.9"))
    'kept(only:chips) >= 0.9'
    """
    match = _CONDITION.fullmatch(one_text("condition", text).strip())
    try:
        if match is not None:
            return Condition(measure(match[1]), match[2], float(match[3]))
    except ValueError:
        pass
    raise InputError(
        f"condition {shown(text)}: expected MEASURE <= NUMBER or MEASURE >= NUMBER - such as "
        "'kept(only:chips) >= 0.9'"
    )

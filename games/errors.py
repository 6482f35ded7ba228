"""The errors of every package, one tree.

    StratagemError
    +-- InputError            what was handed in is wrong               (exit code 2)
    |   +-- GameError         a game that contradicts itself
    |   +-- ScenarioError     a scenario file, an override or a setting (package scenarios)
    +-- NotCertifiedError     infeasible, or a check did not pass       (exit code 3)
    |   +-- InfeasibleError   no portfolio respects the budgets
    |   +-- NoPureEquilibriumError  no profile is an equilibrium, or none was met
    +-- LimitError            a limit of time was reached first         (exit code 4)

Messages have one form: *where - what was expected - what was found - what to do*.
"""

from __future__ import annotations


class StratagemError(Exception):
    """Any failure that Stratagem explains itself."""

    exit_code = 1


class InputError(StratagemError):
    """Something handed in is wrong; `faults` lists every fault that was found."""

    exit_code = 2

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class GameError(InputError):
    """A game that contradicts itself, such as a cycle in its network."""


class NotCertifiedError(StratagemError):
    """An answer whose independent check failed: it must not be used."""

    exit_code = 3


class InfeasibleError(NotCertifiedError):
    """No portfolio respects every budget; the message names the ones in conflict."""


class NoPureEquilibriumError(NotCertifiedError):
    """No profile is an equilibrium between the players, or best responses met none.

    Attributes
    ----------
    proven : whether it is proven that there is none.
    """

    def __init__(self, message: str, *, proven: bool = False) -> None:
        self.proven = proven
        super().__init__(message)


class LimitError(StratagemError):
    """A limit of time was reached before any answer was found."""

    exit_code = 4

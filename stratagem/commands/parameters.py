"""Groups of options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter, Token


def _whole(_: Any, tokens: Sequence[Token]) -> int:
    """Return the whole number of an option: half a world is not rounded, but refused."""
    try:
        return int(tokens[0].value)
    except ValueError:
        found = tokens[0].value[:200]
        raise ValueError(f"expected a whole number, found {found!r}.") from None


Whole = Annotated[int, Parameter(converter=_whole)]
WholeOrNone = Annotated[int | None, Parameter(converter=_whole)]
Json = Annotated[bool, Parameter(name="--json", negative="", show_default=False)]
Flag = Annotated[bool, Parameter(negative="", show_default=False)]
Words = tuple[str, ...]
Listed = Annotated[Words, Parameter(consume_multiple=True, negative="", show_default=False)]


@Parameter(name="*")
@dataclass(frozen=True)
class Changes:
    """Changes to the scenario.

    Parameters
    ----------
    set
        Change one value, as path=value, such as controllers.USA.budget=0.3 or
        points.chips-MYS.status_quo=nothing; may be repeated.
    override
        Apply a named override of the scenario; may be repeated.
    """

    set: Annotated[Words, Parameter(name="--set", negative="", show_default=False)] = ()
    override: Annotated[Words, Parameter(name="--override", negative="", show_default=False)] = ()


@Parameter(name="*")
@dataclass(frozen=True)
class Solving:
    """How to solve, and where results go.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    output
        Folder for the results, new or empty; by default a new one under runs/.
    jobs
        Worker processes; by default one per core, or none for a small game.
    seed
        Seed of every random choice.
    time_limit
        Seconds for each play.
    gap
        Relative gap and regret to prove.
    """

    json: Json = False
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None
    jobs: WholeOrNone = None
    seed: Whole = 0
    time_limit: float = 600.0
    gap: float = 1e-6


@Parameter(name="*")
@dataclass(frozen=True)
class SolvingMany(Solving):
    """How to solve many worlds, and where results go.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    output
        Folder for the results, new or empty; by default a new one under runs/.
    jobs
        Worker processes; by default one per core, or none for a small game.
    seed
        Seed of every random choice, the worlds included.
    time_limit
        Seconds; then the best portfolio so far is given with its bound.
    gap
        Relative gap to prove.
    """

    gap: float = 0.01


@Parameter(name="*")
@dataclass(frozen=True)
class SolvingSteps:
    """How to solve step after step, and where results go.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    output
        Folder for the results, new or empty; by default a new one under runs/.
    jobs
        Worker processes that share --worlds; by default one per core, or none for a small game.
    seed
        Seed of every random choice.
    time_limit
        Seconds for all steps; then those that were found are given.
    gap
        Relative gap to prove at every step; by default 1e-4, and 0.01 over worlds.
    """

    json: Json = False
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None
    jobs: WholeOrNone = None
    seed: Whole = 0
    time_limit: float = 600.0
    gap: float | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class Wanted:
    """What to look for; by default all equilibria of a small game of two players, else one.

    Parameters
    ----------
    all
        Every equilibrium; of three players and more, those that a search comes across.
    one
        One equilibrium.
    pure
        Every equilibrium in pure strategies.
    maximise
        The best equilibrium for welfare (the sum of payoffs), minimum (the least payoff) or a
        player, in a game of two; with --correlated and --coarse in any game.
    minimise
        The worst equilibrium in the same sense.
    correlated
        The best correlated equilibrium.
    coarse
        The best coarse correlated equilibrium.
    leader
        What this player, by name or number, should commit to.
    weak
        The follower breaks ties against the leader.
    exact
        Fractions, to the last digit.
    time_limit
        Seconds; then the best answer so far is given.
    """

    all: Flag = False
    one: Flag = False
    pure: Flag = False
    maximise: str | None = None
    minimise: str | None = None
    correlated: Flag = False
    coarse: Flag = False
    leader: str | None = None
    weak: Flag = False
    exact: Flag = False
    time_limit: float = 60.0

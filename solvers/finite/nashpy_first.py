"""What nashpy's enumerators find in a game of two players, and how it compares with the whole list.

nashpy works in floating point: it compares with `==`, takes no part in finding out whether it
missed something, and may run for hours without yielding anything. So every one of its answers is
certified anew, its time is limited by a process of its own where the game is not small, and its
list is only ever compared.
"""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from games.errors import StratagemError
from games.normal_form import NormalFormGame
from games.regret import Mixed
from solvers.finite.certified import certified
from solvers.finite.limits import within
from solvers.finite.records import Equilibrium, Solution

ENUMERATORS = ("vertex_enumeration", "support_enumeration")
SECONDS = 10.0
"""Time for each enumerator, where nothing is stated."""
SMALL = 1024
"""Pairs of supports up to which nashpy needs no process of its own: it takes tenths of a second."""
SAME = 1e-6
"""Probabilities closer than this are the same equilibrium."""


def nashpy_equilibria(
    game: NormalFormGame,
    *,
    enumerator: str = "vertex_enumeration",
    seconds: float | None = None,
    report: Callable[[Solution], None] | None = None,
) -> Solution:
    """Return those answers of one of nashpy's enumerators that are equilibria.

    Parameters
    ----------
    enumerator : a name of `ENUMERATORS`.
    seconds : checked whenever nashpy yields, which it may not do for long.
    report : called with everything found so far whenever something is.

    Returns
    -------
    A list that is never complete; `stopped` says what nashpy did wrong.
    """
    import nashpy  # here because importing it takes most of a second

    started = time.perf_counter()
    found: list[Equilibrium] = []
    refused = 0
    failure = ""

    def so_far() -> Solution:
        faults = [failure] if failure else []
        if refused:
            faults.append(f"{refused} wrong")
        took = time.perf_counter() - started
        return Solution(
            f"nashpy {enumerator}", tuple(found), False, took, stopped=", ".join(faults)
        )

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            answers: Iterator[Mixed] = getattr(nashpy.Game(*game.payoffs), enumerator)()
            for answer in answers:
                if seconds is not None and time.perf_counter() - started > seconds:
                    failure = "limit of time"
                    break
                try:
                    equilibrium = certified(game, [np.asarray(s).tolist() for s in answer])
                except StratagemError:
                    refused += 1
                else:
                    if not any(_same(equilibrium, other) for other in found):
                        found.append(equilibrium)
                if report is not None:
                    report(so_far())
        except Exception as error:  # whatever a library raises is a finding about it
            failure = f"failed with {type(error).__name__}"
    return so_far()


def compared(game: NormalFormGame, solution: Solution, *, seconds: float | None = None) -> str:
    """Return in words how many of a list of extreme equilibria nashpy finds.

    Parameters
    ----------
    seconds : for each enumerator; `SECONDS` if None.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> from solvers.finite.enumeration import all_equilibria
    >>> game = normal_form([[[2, 0], [0, 1]], [[1, 0], [0, 2]]], title="battle of the sexes")
    >>> compared(game, all_equilibria(game))
    'nashpy found 3 of 3 (vertex_enumeration), 3 of 3 (support_enumeration)'
    """
    limit = SECONDS if seconds is None else seconds
    size = (2 ** game.shape[0] - 1) * (2 ** game.shape[1] - 1)
    said = []
    for enumerator in ENUMERATORS:
        if limit <= 0:
            said.append(f"no time left ({enumerator})")
            continue
        try:
            if size <= SMALL:
                theirs = nashpy_equilibria(game, enumerator=enumerator, seconds=limit)
            else:
                theirs = within(limit, nashpy_equilibria, game, enumerator=enumerator)
        except StratagemError:
            said.append(f"nothing in {limit:.3g} s ({enumerator})")
            continue
        common = sum(
            any(_same(ours, other) for other in theirs.equilibria) for ours in solution.equilibria
        )
        faults = f", {theirs.stopped}" if theirs.stopped else ""
        said.append(f"{common} of {len(solution.equilibria)} ({enumerator}{faults})")
    return "nashpy found " + ", ".join(said)


def _same(one: Equilibrium, other: Equilibrium) -> bool:
    return all(
        abs(float(p) - float(q)) <= SAME
        for p, q in zip(
            itertools.chain(*one.strategies), itertools.chain(*other.strategies), strict=True
        )
    )

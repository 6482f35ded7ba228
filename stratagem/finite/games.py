"""Asking for equilibria of a finite game: which solver answers what, under one limit of time.

>>> from games.normal_form import normal_form
>>> game = normal_form([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
>>> answer = nash(game, find="all", exact=True, time_limit=None)
>>> answer.to_json()["equilibria"]
[[['0', '1'], ['0', '1']]]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from games.errors import InputError, LimitError, NotCertifiedError
from games.normal_form import NormalFormGame
from stratagem.finite.requests import FEW_PROFILES, Find, Request, requested
from stratagem.finite.tables import CommitmentAnswer, CorrelatedAnswer, NashAnswer

if TYPE_CHECKING:
    from solvers.finite.records import Solution

Answer = NashAnswer | CorrelatedAnswer | CommitmentAnswer

TIME_LIMIT = 60.0
"""Seconds, where nothing else is asked for."""

OWN_SHARE = 0.9
"""Share of the limit after which a solver should end by itself, with what it has."""


def nash(
    game: NormalFormGame,
    *,
    find: Find | None = None,
    maximise: str = "",
    minimise: str = "",
    leader: str | int | None = None,
    weak: bool = False,
    exact: bool = False,
    time_limit: float | None = TIME_LIMIT,
) -> Answer:
    """Return equilibria of a finite game, each with its regret.

    Parameters
    ----------
    find : `all`, `one`, `pure` (all pure ones), `best` (for what is maximised), `correlated`,
        `coarse` (correlated) or `commitment`; by default all of a small game of two players, and
        one of any other.
    maximise : `welfare`, the sum of payoffs; `minimum`, the payoff of whoever gets least; or the
        name or number of a player.
    minimise : the same, for the worst equilibrium.
    leader : the player who commits, by name or number from one.
    weak : whether the follower may break ties against the leader.
    exact : fractions, to the last digit.
    time_limit : seconds, held by a process of its own; None solves in this one without a limit.

    Raises
    ------
    InputError
        When what is asked for does not fit the game.
    LimitError
        When the time is up before any answer.
    NotCertifiedError
        When an answer does not pass its check.
    """
    request = requested(
        game,
        find=find,
        maximise=maximise,
        minimise=minimise,
        leader=leader,
        weak=weak,
        exact=exact,
    )
    if time_limit is None:
        return solved(game, request, None)
    check_time_limit(time_limit)
    from solvers.finite.limits import within

    return _shown(game, request, within(time_limit, _solution, game, request, time_limit))


def check_time_limit(seconds: float) -> None:
    """Refuse a limit that is none."""
    if not (math.isfinite(seconds) and seconds > 0):
        raise InputError(f"time limit: expected seconds > 0, found {seconds:g}")


def solved(
    game: NormalFormGame,
    request: Request,
    time_limit: float | None,
    report: Callable[[Solution], None] = lambda _: None,
) -> Answer:
    """Return the answer to a request, solved in this process.

    Parameters
    ----------
    report : called with answers that are good as far as they go.
    """
    return _shown(game, request, _solution(game, request, time_limit, report))


def _solution(
    game: NormalFormGame,
    request: Request,
    time_limit: float | None,
    report: Callable[[Any], None] = lambda _: None,
) -> Any:
    """Return the record of the solver that answers a request."""
    own = None if time_limit is None else OWN_SHARE * time_limit
    exact = request.exact
    if request.find == "commitment":
        from solvers.finite.commitment import mixed_commitment

        return mixed_commitment(
            game,
            leader=request.leader,
            ties="weak" if request.weak else "strong",
            exact=exact,
            time_limit=own,
        )
    if request.find in ("correlated", "coarse"):
        from solvers.finite.correlated import correlated_equilibrium

        return correlated_equilibrium(
            game,
            objective=request.objective,
            coarse=request.find == "coarse",
            sense="minimise" if request.worst else "maximise",
            time_limit=own,
        )
    if request.find == "one" and len(game.players) > 1:
        return _one(game, exact, own)
    from solvers.finite.pure import pure_equilibria

    listing = request.find == "all" and len(game.players) == 2
    asked = request.find == "pure" or len(game.players) == 1
    share = own if own is None or asked else own / 4  # there may be very many of them
    pure = pure_equilibria(game, exact=exact or listing, time_limit=share)
    if asked:
        return pure
    if pure.equilibria:
        report(pure)
    if request.find == "best":
        if not pure.equilibria:  # before what takes long to import
            from solvers.finite.lemke_howson import one_equilibrium

            report(one_equilibrium(game, exact=exact, time_limit=share))
        from solvers.finite.best import best_equilibrium

        return best_equilibrium(
            game,
            objective=request.objective,
            sense="minimise" if request.worst else "maximise",
            exact=exact,
            time_limit=own,
            report=report,
        )
    if listing:
        return _all_of_two(game, own, pure, report)
    from solvers.finite.mixed import several_mixed

    return several_mixed(game, time_limit=own, report=report)


def _all_of_two(
    game: NormalFormGame,
    time_limit: float | None,
    pure: Solution,
    report: Callable[[Any], None],
) -> Solution:
    """Return all extreme equilibria, or those known when the time is up; pure ones are at hand."""
    from solvers.finite.enumeration import all_equilibria
    from solvers.finite.lemke_howson import one_equilibrium

    known = pure
    if math.prod(game.shape) > FEW_PROFILES:
        one = one_equilibrium(game, exact=True, time_limit=time_limit)
        known = _joined(pure, one)
        report(known)
    found = all_equilibria(game, exact=True, components=True, time_limit=time_limit)
    return found if found.complete else _joined(found, known)


def _joined(solution: Solution, known: Solution) -> Solution:
    """Return a solution with the equilibria known otherwise that it lacks."""
    found = {equilibrium.strategies for equilibrium in solution.equilibria}
    more = [one for one in known.equilibria if one.strategies not in found]
    if not more:
        return solution
    return replace(
        solution,
        method=f"{solution.method}; {known.method}",
        equilibria=(*solution.equilibria, *more),
        complete=False,
        components=None,
        vertices=None,
    )


def _one(game: NormalFormGame, exact: bool, time_limit: float | None) -> Solution:
    """Return one equilibrium; of two players with its value where the game is zero-sum."""
    if len(game.players) > 2:
        from solvers.finite.mixed import one_mixed

        return one_mixed(game, time_limit=time_limit)
    from solvers.finite.lemke_howson import one_equilibrium
    from solvers.finite.zero_sum import zero_sum_form, zero_sum_value

    if zero_sum_form(game) is not None:
        try:
            return zero_sum_value(game, exact=exact, time_limit=time_limit)
        except NotCertifiedError:
            pass  # almost tied payoffs: paths, and then fractions, manage with fewer digits
    return one_equilibrium(game, exact=exact, time_limit=time_limit)


def _shown(game: NormalFormGame, request: Request, found: Any) -> Answer:
    """Return a solver's record as an answer that shows itself."""
    if request.find == "commitment":
        return CommitmentAnswer(game, found, request.exact)
    if request.find in ("correlated", "coarse"):
        return CorrelatedAnswer(game, found, request.objective, request.worst)
    if request.find == "one" and not found.equilibria:
        raise LimitError(
            f"{game.title or 'game'}: expected an equilibrium, found none before the "
            f"{found.stopped or 'end of the search'} - raise --time-limit"
        )
    pure = request.find == "pure" or len(game.players) == 1
    asked = "equilibrium in pure strategies" if pure else "equilibrium"
    return NashAnswer(game, found, asked, request.objective, request.worst, request.exact)

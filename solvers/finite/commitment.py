"""Optimal commitment of a leader in a game of two players, pure or mixed, with a proof.

The best single strategy is found by trying every one. For a mixed one, `answer_search` solves one
linear program for each answer of the follower that could still bring more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np

from games.commitment import Commitment, Ties, leader_tables
from games.errors import GameError
from games.normal_form import NormalFormGame
from games.regret import pure_profile
from solvers.finite.answer_search import AnswerSearch, answered, pure_values


def pure_commitment(
    game: NormalFormGame, *, leader: int = 0, ties: Ties = "strong", exact: bool = False
) -> Commitment:
    """Return the best single strategy to commit to; every one is tried.

    Parameters
    ----------
    leader : 0 or 1.
    ties : which of several best responses the follower takes: the one that the leader likes most
        (`strong`) or least (`weak`).
    exact : compare in fractions.

    Raises
    ------
    GameError
        When the game has not two players.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> game = normal_form([[[2, 4], [1, 3]], [[1, 0], [0, 1]]])
    >>> pure_commitment(game).payoffs
    (3.0, 1.0)
    """
    started = time.perf_counter()
    _check_ties(ties)
    own, other = leader_tables(game, leader, exact=exact)
    chosen = int(np.argmax(pure_values(own, other, ties)))
    found = answered(game, pure_profile(game, _place(chosen, leader))[leader], leader, ties, exact)
    strategy, reply = found
    return Commitment(
        method="every strategy",
        leader=leader,
        ties=ties,
        strategy=strategy,
        response=reply.response,
        responses=reply.responses,
        payoffs=reply.payoffs,
        bound=reply.payoffs[leader],
        attained=True,
        claims=(),
        complete=True,
        seconds=time.perf_counter() - started,
    )


def mixed_commitment(
    game: NormalFormGame,
    *,
    leader: int = 0,
    ties: Ties = "strong",
    exact: bool = False,
    time_limit: float | None = None,
) -> Commitment:
    """Return the best mixed strategy to commit to, with a proof that none is better.

    Parameters
    ----------
    leader : 0 or 1.
    ties : as for `pure_commitment`; under the weak rule the best may be a supremum.
    exact : fractions to the last digit; for games of up to some tens of strategies.
    time_limit : seconds; what was found by then comes back with the bound proven by then.

    Raises
    ------
    GameError
        When the game has not two players.
    NotCertifiedError
        When a linear program fails, or a claim does not hold.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> game = normal_form([[[2, 4], [1, 3]], [[1, 0], [0, 1]]])
    >>> found = mixed_commitment(game, exact=True)
    >>> [str(share) for share in found.strategy], str(found.value)
    (['1/2', '1/2'], '7/2')
    """
    started = time.perf_counter()
    _check_ties(ties)
    deadline = math.inf if time_limit is None else started + time_limit
    search = AnswerSearch(game, leader, ties, exact=False, deadline=deadline)
    search.run({})
    if exact and not search.stopped:
        floats, search = search, AnswerSearch(game, leader, ties, exact=True, deadline=deadline)
        search.run(floats.claims, first=floats.answer)
    return search.commitment(started)


def _check_ties(ties: str) -> None:
    if ties not in ("strong", "weak"):
        raise GameError(
            f"ties: expected strong or weak, found {ties!r} - strong has the follower settle ties "
            "in the leader's favour, weak against it"
        )


def _place(chosen: int, leader: int) -> Sequence[int]:
    return (chosen, 0) if leader == 0 else (0, chosen)

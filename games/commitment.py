"""Commitment in games of two players: what an announced strategy earns, and proofs about it.

A *leader* commits to a mixed strategy x, a *follower* sees x (not the draw from it) and answers
with a best response. Where several answers are best for the follower, the *strong* rule takes the
one that the leader likes most, the *weak* rule the one that it likes least. Under the weak rule the
most that can be earned may be a supremum that no strategy attains (vonstengel2010).

A `Claim` says why the leader cannot earn more while the follower answers with strategy j. For any
prices y >= 0, where L and F are the payoffs of leader and follower,

    x L_j  <=  x L_j + sum_k y_k x (F_j - F_k)  <=  max_i [ L_ij + sum_k y_k (F_ij - F_ik) ]

because j is a best response to x. One claim for each j bounds every commitment, by arithmetic that
needs no solver. Under the weak rule L_j may be averaged over answers that pay the follower the same
as j at every profile, and a j that is no follower's only best response anywhere (others together
pay at least as much everywhere) needs no bound: every x has another best response beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError, NotCertifiedError
from games.normal_form import NormalFormGame
from games.scaled import spread_of

Ties = Literal["strong", "weak"]
Sparse = tuple[tuple[int, Any], ...]
"""Pairs of a strategy of the follower and a number; strategies left out have 0."""

TIE = 1e-8
"""Follower's payoffs this close, as a share of their spread, are the same to a float answer."""


@dataclass(frozen=True)
class Claim:
    """Why the leader cannot earn more than a number while the follower answers with a strategy.

    Attributes
    ----------
    answer : the follower's strategy j.
    prices : y_k >= 0 of the module's docstring.
    weights : shares of the answers that pay the follower the same as j, adding up to 1; the strong
        rule has ((j, 1),).
    excluded : that j need not be bounded under the weak rule: the strategies in `prices` together
        pay the follower at least as much as j everywhere.
    """

    answer: int
    prices: Sparse
    weights: Sparse
    excluded: bool = False


@dataclass(frozen=True)
class Commitment:
    """A leader's strategy to commit to, what it earns and what no commitment can exceed.

    Attributes
    ----------
    method : what was done, in words fit for a table.
    leader : 0 or 1.
    ties : the rule for answers that are equally good for the follower.
    strategy : the leader's probabilities, fractions where the answer is exact.
    response : the follower's answer under the rule.
    responses : every best response of the follower to `strategy`.
    payoffs : of both players, in their order in the game.
    bound : no commitment earns the leader more; under the weak rule the supremum lies between
        payoff and bound.
    attained : whether some strategy earns the supremum; False only under the weak rule, and then
        `strategy` comes close to it. A search that was stopped may not have found one.
    claims : proof of `bound` (`proven_bound`), one for each strategy of the follower; empty for
        pure commitments, where every strategy was tried.
    complete : whether the bound is the supremum: in fractions exactly, in floats to 1e-6 of the
        spread of the leader's payoffs.
    seconds : time taken.
    stopped : why the search ended early; empty if it did not.
    """

    method: str
    leader: int
    ties: Ties
    strategy: tuple[Any, ...]
    response: int
    responses: tuple[int, ...]
    payoffs: tuple[Any, Any]
    bound: Any
    attained: bool
    claims: tuple[Claim, ...]
    complete: bool
    seconds: float
    stopped: str = ""

    @property
    def exact(self) -> bool:
        """Whether the numbers are fractions, true to the last digit."""
        return isinstance(self.strategy[0], Fraction)

    @property
    def value(self) -> Any:
        """What the leader earns."""
        return self.payoffs[self.leader]


@dataclass(frozen=True)
class Answer:
    """How the follower answers a strategy: `response` under the rule, one of `responses`."""

    response: int
    responses: tuple[int, ...]
    payoffs: tuple[Any, Any]


def leader_tables(
    game: NormalFormGame, leader: int, *, exact: bool = False
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the payoffs of leader and follower, both with the leader's strategies as rows.

    Raises
    ------
    GameError
        When the game has not two players, or the leader is not one of them.
    """
    if len(game.players) != 2:
        raise GameError(
            f"commitment: expected a game of two players, found {len(game.players)} - "
            "one leader commits before one follower"
        )
    if leader not in (0, 1):
        raise GameError(f"leader: expected player 0 or 1, found {leader!r} - players count from 0")
    payoffs = game.rational() if exact else game.payoffs
    own, other = payoffs[leader], payoffs[1 - leader]
    return (own, other) if leader == 0 else (own.T, other.T)


def answer(
    game: NormalFormGame,
    strategy: Sequence[Any],
    *,
    leader: int = 0,
    ties: Ties = "strong",
    tolerance: float = TIE,
) -> Answer:
    """Return the follower's answer to a mixed strategy of the leader.

    Parameters
    ----------
    strategy : one probability for each of the leader's strategies; exact where all are fractions.
    tolerance : follower's payoffs this close are ties, as a share of their spread (floats only).

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> game = normal_form([[[2, 4], [1, 3]], [[1, 0], [0, 1]]])
    >>> answer(game, [Fraction(1, 2), Fraction(1, 2)]).payoffs
    (Fraction(7, 2), Fraction(1, 2))
    """
    exact = isinstance(strategy[0], Fraction)
    own, other = leader_tables(game, leader, exact=exact)
    if len(strategy) != len(own):
        raise GameError(
            f"strategy of the leader: expected {len(own)} probabilities, found {len(strategy)} - "
            "give one for each strategy"
        )
    mixed = np.array(strategy, dtype=own.dtype)
    earned, received = (mixed @ own).tolist(), (mixed @ other).tolist()
    slack = 0 if exact else tolerance * spread_of(other)
    best = max(received) - slack
    responses = tuple(j for j, value in enumerate(received) if value >= best)
    choose = max if ties == "strong" else min
    response = choose(responses, key=lambda j: earned[j])
    pair = (earned[response], received[response])
    return Answer(response, responses, pair if leader == 0 else pair[::-1])


def claimed_bound(game: NormalFormGame, claim: Claim, *, leader: int, exact: bool = False) -> Any:
    """Return what a claim proves: the leader's largest payoff while the follower answers so.

    Returns
    -------
    number, or None for an answer that needs no bound under the weak rule.

    Raises
    ------
    NotCertifiedError
        When the claim proves nothing: a negative price, weights on answers that pay the follower
        something else, an exclusion that is none.
    """
    own, other = leader_tables(game, leader, exact=exact)
    where = f"claim about answer {claim.answer + 1}"
    base = other[:, claim.answer]
    gain = 0 * base
    for k, price in claim.prices:
        if not price >= 0:
            raise NotCertifiedError(f"{where}: expected prices >= 0, found {price}")
        gain = gain + price * (base - other[:, k])
    scale = 0 if exact else TIE * spread_of(other)
    if claim.excluded:
        total = sum(price for _, price in claim.prices)
        if not (total > 0 and max(gain.tolist()) <= scale * total):
            raise NotCertifiedError(f"{where}: expected others to pay as much, found a better case")
        return None
    for k, weight in claim.weights:
        if not (weight >= 0 and np.all(np.abs(other[:, k] - base) <= scale)):
            raise NotCertifiedError(f"{where}: answer {k + 1} does not pay the follower the same")
    if not abs(sum(weight for _, weight in claim.weights) - 1) <= (0 if exact else 1e-9):
        raise NotCertifiedError(f"{where}: expected weights that add up to 1")
    for k, weight in claim.weights:
        gain = gain + weight * own[:, k]
    return max(gain.tolist())


def proven_bound(
    game: NormalFormGame,
    claims: Sequence[Claim],
    *,
    leader: int = 0,
    ties: Ties = "strong",
    exact: bool = False,
) -> Any:
    """Return the bound on every commitment that claims prove together.

    Raises
    ------
    NotCertifiedError
        When a claim fails (`claimed_bound`), an answer has none, or a claim of the weak rule is
        used for the strong one.
    """
    _, other = leader_tables(game, leader, exact=exact)
    if sorted(claim.answer for claim in claims) != list(range(other.shape[1])):
        raise NotCertifiedError("claims: expected one for each strategy of the follower")
    if ties == "strong" and any(
        claim.excluded or any(k != claim.answer and w for k, w in claim.weights) for claim in claims
    ):
        raise NotCertifiedError("claims: expected claims of the strong rule, found the weak one's")
    bounds = [claimed_bound(game, claim, leader=leader, exact=exact) for claim in claims]
    found = [bound for bound in bounds if bound is not None]
    if not found:
        raise NotCertifiedError("claims: expected a best response, found every answer excluded")
    return max(found)

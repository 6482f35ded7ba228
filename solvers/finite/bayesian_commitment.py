"""Optimal commitment of a leader against follower types of a common prior (Bayesian Stackelberg).

The leader commits to a mixed strategy, the follower learns it and its own type, and answers with a
best response, ties in the leader's favour. With one leader's type this is NP-hard in the number of
follower types (conitzer2006). Methods:

- `decomposition` (`response_tree`): best-first search over the types' answers; the default.
- `dobss` (`dobss`): one mixed-integer program; `dobss-cuts` adds the cuts of `envelope`.

**Several types of the leader.** The follower is taken to learn the leader's type as well (it sees
a strategy of that type): then each type of the leader is a problem of its own, against follower
types by the prior given the leader's type, and these are solved one after the other. A follower
that cannot tell the leader's types apart plays another game: `games.bayesian.expanded` writes it
out over plans, and `solvers.finite.commitment` solves that table while it is small. With one type
of the leader both are the same problem, and the table is a second method.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from games.bayesian import BayesianGame
from games.commitment import Answer, answer
from games.errors import GameError, NotCertifiedError
from games.normal_form import Floats
from games.scaled import between_zero_and_one, spread_of
from solvers.finite.response_tree import ResponseTree
from solvers.finite.type_problem import Found, TypeProblem

Method = Literal["decomposition", "dobss", "dobss-cuts"]

UNLIMITED = 1e6  # seconds handed to HiGHS where there is no limit


@dataclass(frozen=True)
class TypeCommitment:
    """What one type of the leader commits to.

    Attributes
    ----------
    probability : of this type.
    strategy : one probability for each action of the leader.
    answers : what each type of the follower does about it, recomputed from the payoffs; payoffs are
        those of the pair of types.
    value : what the leader expects, given its type.
    bound : no commitment of this type earns more.
    nodes : of the decomposition, 0 for others.
    """

    probability: float
    strategy: tuple[float, ...]
    answers: tuple[Answer, ...]
    value: float
    bound: float
    nodes: int


@dataclass(frozen=True)
class BayesianCommitment:
    """The answer of a method for Bayesian commitment.

    Attributes
    ----------
    method : what was done, in words fit for a table.
    leader : 0 or 1.
    types : one commitment for each type of the leader.
    value, bound : averages over the leader's types; no commitment earns more than `bound`.
    complete : whether they agree within the gap that was asked for.
    seconds : time taken.
    stopped : why the search ended early; empty if it did not.
    """

    method: str
    leader: int
    types: tuple[TypeCommitment, ...]
    value: float
    bound: float
    complete: bool
    seconds: float
    stopped: str = ""


def bayesian_commitment(
    game: BayesianGame,
    *,
    leader: int = 0,
    method: Method = "decomposition",
    gap: float = 1e-6,
    time_limit: float | None = None,
) -> BayesianCommitment:
    """Return the best mixed strategy of each type of the leader, with a bound on every other.

    Parameters
    ----------
    leader : 0 or 1.
    gap : difference of value and bound at which to stop, as a share of the spread of the leader's
        payoffs.
    time_limit : seconds for all types of the leader together.

    Raises
    ------
    GameError
        When leader or method are unknown.
    NotCertifiedError
        When a linear program fails, or a strategy earns more than its bound.

    Examples
    --------
    >>> from games.bayesian import bayesian_game
    >>> own = [[2, 4], [1, 3]]
    >>> game = bayesian_game([[[own, [[1, 0], [0, 1]]], [own, [[1, 0], [0, 2]]]]], [[0.5, 0.5]])
    >>> found = bayesian_commitment(game)
    >>> round(found.value, 6), [round(share, 6) for share in found.types[0].strategy]
    (3.5, [0.5, 0.5])
    """
    started = time.perf_counter()
    if leader not in (0, 1):
        raise GameError(f"leader: expected player 0 or 1, found {leader!r} - players count from 0")
    if method not in get_args(Method):
        raise GameError(
            f"method: expected {' or '.join(get_args(Method))}, found {method!r} - choose one"
        )
    deadline = math.inf if time_limit is None else started + time_limit
    prior = game.prior.astype(float)
    payoffs = game.payoffs()
    if leader == 1:
        prior, payoffs = prior.T, payoffs[::-1].transpose(0, 2, 1, 4, 3)
    types = []
    stopped = ""
    complete = True
    for s, row in enumerate(prior):
        share = float(row.sum())
        chances = row / share if share > 0 else np.full(len(row), 1 / len(row))
        met = np.flatnonzero(chances > 0)
        least, unit = _range(payoffs[0, s, met])
        problem = TypeProblem(
            between_zero_and_one(payoffs[0, s, met]),
            np.array([between_zero_and_one(table) for table in payoffs[1, s, met]]),
            chances[met] / chances[met].sum(),
        )
        found = _solved(problem, method, gap, deadline)
        stopped = stopped or found.stopped
        complete = complete and found.bound - found.value <= 2 * gap
        types.append(_recomputed(game, s, leader, share, chances, found, least, unit))
    return BayesianCommitment(
        method=method,
        leader=leader,
        types=tuple(types),
        value=sum(t.probability * t.value for t in types),
        bound=sum(t.probability * t.bound for t in types),
        complete=complete,
        seconds=time.perf_counter() - started,
        stopped=stopped,
    )


def _solved(problem: TypeProblem, method: Method, gap: float, deadline: float) -> Found:
    if method == "decomposition":
        return ResponseTree(problem, gap=gap, deadline=deadline).solve()
    from solvers.finite.dobss import dobss  # Pyomo takes its time to import

    tree = ResponseTree(problem, gap=gap, deadline=deadline)
    cuts = tree.cuts() if method == "dobss-cuts" else ()
    left = min(UNLIMITED, max(0.1, deadline - time.perf_counter()))
    return dobss(problem, cuts=cuts, gap=gap, time_limit=left)


def _recomputed(
    game: BayesianGame,
    s: int,
    leader: int,
    share: float,
    chances: Floats,
    found: Found,
    least: float,
    unit: float,
) -> TypeCommitment:
    """Return what a strategy earns by the game's own payoffs."""
    shares = np.where(found.strategy < 1e-12, 0.0, found.strategy)
    strategy = tuple((shares / shares.sum()).tolist())
    tables = [row[s] for row in game.tables] if leader == 1 else game.tables[s]
    answers = tuple(answer(table, strategy, leader=leader) for table in tables)
    value = sum(
        chance * reply.payoffs[leader]
        for chance, reply in zip(chances.tolist(), answers, strict=True)
    )
    bound = least + unit * found.bound
    if not value <= bound + 1e-6 * unit:
        raise NotCertifiedError(
            f"commitment of type {game.types[leader][s]}: expected at most {bound:.9g}, found "
            f"{value:.9g} - the follower is nearly indifferent; rescale its payoffs"
        )
    return TypeCommitment(share, strategy, answers, value, max(bound, value), found.nodes)


def _range(table: Floats) -> tuple[float, float]:
    return float(table.min()), spread_of(table) or 1.0

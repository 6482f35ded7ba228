"""Correlated and coarse correlated equilibria that are best for a stated objective: one LP.

With x(s) the probability of profile s, u_i the payoffs and v_k(s) what the profile is worth (one v,
or, where the least payoff counts, one for each player),

    maximise   t     subject to   sum_s x(s) = 1,  x >= 0  and

    claim (k)               t - sum_s x(s) v_k(s) <= 0
    obedience (i, a, b)     sum_{s: s_i = a} x(s) [u_i(b, s_-i) - u_i(s)] <= 0      correlated
    constancy (i, b)        sum_s            x(s) [u_i(b, s_-i) - u_i(s)] <= 0      coarse

**Bound.** Probabilities add up to one: whatever prices y >= 0 the gains' rows are given, and w >= 0
that add up to one the claims, no equilibrium is worth more than

    max_s [ sum_k w_k v_k(s) - sum_rows y g(s) ].

That maximum is taken here over all profiles; of HiGHS only the prices are used.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.correlated import correlated_payoffs, external_regrets, swap_regrets
from games.errors import GameError, LimitError, NotCertifiedError
from games.normal_form import Floats, NormalFormGame
from games.scaled import between_zero_and_one, spread_of
from solvers.finite.indifference import normalised
from solvers.highs import quiet_highs

Sense = Literal["maximise", "minimise"]

REGRET = 1e-6
"""Largest regret of an answer, as a share of the spread of its player's payoffs."""

GAP = 1e-6
"""Largest distance between objective and bound, as a share of the objective's spread."""


ROUNDING = 1e-13
"""Error of arithmetic allowed for, as a share of the largest number; it matters in flat games."""

ATTEMPTS: tuple[dict[str, int | str], ...] = (
    {"simplex_strategy": 1},  # dual: few rows, many columns
    {"simplex_strategy": 1, "simplex_scale_strategy": 2, "presolve": "on"},
    {"solver": "ipm", "presolve": "on"},
)
"""Options of HiGHS, the next ones where it does not end with an optimum."""


@dataclass(frozen=True, eq=False)
class CorrelatedSolution:
    """A correlated equilibrium, and what is proven about every other.

    Attributes
    ----------
    method : in words fit for a table.
    distribution : probability of each profile, of the game's shape.
    payoffs, regret : one number for each player; the regret is that of the best rule from told to
        played, or, for coarse equilibria, of the best single strategy.
    objective, bound : value of the stated objective, and what no equilibrium goes beyond.
    coarse : which kind it is.
    seconds : time taken.
    """

    method: str
    distribution: Floats
    payoffs: tuple[float, ...]
    regret: tuple[float, ...]
    objective: float
    bound: float
    coarse: bool
    seconds: float


def correlated_equilibrium(
    game: NormalFormGame,
    *,
    objective: str | ArrayLike = "welfare",
    coarse: bool = False,
    sense: Sense = "maximise",
    time_limit: float | None = None,
    tolerance: float = REGRET,
) -> CorrelatedSolution:
    """Return the correlated equilibrium that is best for an objective.

    Parameters
    ----------
    objective : "welfare", the sum of payoffs; "player:NAME", one player's payoff; "minimum", the
        payoff of whoever gets least; or the worth of each profile, an array of the game's shape.
    coarse : let players only ignore what they are told altogether.
    sense : "minimise" for the worst equilibrium; not with "minimum".
    time_limit : seconds.
    tolerance : regret allowed, as a share of the spread of a player's payoffs.

    Raises
    ------
    GameError
        When the objective names no player, has another shape, or the sense does not fit.
    LimitError
        When the time is up first.
    NotCertifiedError
        When the answer's regret or its distance from the bound is too large.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> chicken = normal_form([[[6, 2], [7, 0]], [[6, 7], [2, 0]]], title="chicken")
    >>> best = correlated_equilibrium(chicken)
    >>> round(best.objective, 6), best.distribution.round(6).tolist()
    (10.5, [[0.5, 0.25], [0.25, 0.0]])
    """
    started = time.perf_counter()
    worths = _worths(game, objective, sense)
    flip = -1.0 if sense == "minimise" else 1.0
    low = float((flip * worths).min())
    range_of_worths = spread_of(worths)
    programme = _programme(game, between_zero_and_one(flip * worths), coarse=coarse)
    x, prices = _solved(programme, time_limit)
    distribution = x.reshape(game.shape)
    regret = (external_regrets if coarse else swap_regrets)(game, distribution)
    for name, gain, spread in zip(game.players, regret, game.spreads, strict=True):
        allowed = tolerance * spread
        if not gain <= allowed:
            raise NotCertifiedError(
                f"correlated equilibrium: expected player {name} to gain at most {allowed:.3g} by "
                f"a change, found {gain:.6g} - this distribution is no equilibrium"
            )
    bound = flip * (programme.bound(prices) * range_of_worths + low)
    value = float((worths.reshape(len(worths), -1) @ x).min())
    if not abs(bound - value) <= GAP * range_of_worths + ROUNDING * float(np.abs(worths).max()):
        raise NotCertifiedError(
            f"correlated equilibrium: expected the objective {value:.9g} to reach its bound, found "
            f"{bound:.9g} - check the payoffs for extreme sizes"
        )
    return CorrelatedSolution(
        method=f"linear programme of {len(programme.upper)} rows, {len(x)} profiles",
        distribution=distribution,
        payoffs=tuple(float(payoff) for payoff in correlated_payoffs(game, distribution)),
        regret=tuple(max(float(gain), 0.0) for gain in regret),
        objective=value,
        bound=bound,
        coarse=coarse,
        seconds=time.perf_counter() - started,
    )


def _worths(game: NormalFormGame, objective: str | ArrayLike, sense: str) -> Floats:
    """Return what each profile is worth, one table or one for each player whose least counts."""
    if sense not in ("maximise", "minimise"):
        raise GameError(
            f"sense: expected maximise or minimise, found {sense!r} - choose one of them"
        )
    if isinstance(objective, str):
        names = [f"player:{name}" for name in game.players]
        if objective == "welfare":
            return np.asarray(game.payoffs.sum(axis=0, keepdims=True))
        if objective in names:
            return game.payoffs[[names.index(objective)]]
        if objective == "minimum" and sense == "maximise":
            return game.payoffs
        found = f"{objective!r} to {sense}" if objective == "minimum" else repr(objective)
        raise GameError(
            f"objective: expected welfare, minimum (to maximise), {' or '.join(names)}, found "
            f"{found} - or give the worth of each profile"
        )
    try:
        table = np.asarray(objective, dtype=float)
    except (TypeError, ValueError):
        table = np.full(game.shape, np.nan)
    if table.shape != game.shape or not np.isfinite(table).all():
        raise GameError(
            f"objective: expected a finite number for each profile, shape {game.shape}, found the "
            f"shape {table.shape} or other entries - axis j is the strategy of player j"
        )
    return table[None]


@dataclass(frozen=True, eq=False)
class _Programme:
    """The LP: for each profile its entries in the rows of gains, and its worths.

    Attributes
    ----------
    gains, rows : value and row of each entry, shape (profiles, entries).
    worths : between 0 and 1, shape (claims, profiles).
    upper : right-hand sides of all rows: gains, claims, and the sum of probabilities.
    """

    gains: Floats
    rows: NDArray[np.intp]
    worths: Floats
    upper: Floats

    def bound(self, prices: Floats) -> float:
        """Return the most that any equilibrium is worth, from any prices of the rows."""
        claims = len(self.worths)
        count = len(self.upper) - claims - 1
        obey = np.maximum(prices[:count], 0.0)
        weights = np.maximum(prices[count : count + claims], 0.0)
        total = weights.sum()
        weights = weights / total if total > 0 else np.full(claims, 1.0 / claims)
        return float((weights @ self.worths - (self.gains * obey[self.rows]).sum(axis=1)).max())

    def highs(self) -> highspy.HighsLp:
        """Return the LP as HiGHS takes it: profiles, then t."""
        profiles, claims, count = len(self.gains), len(self.worths), len(self.upper)
        first = count - claims - 1  # row of the first claim
        last = np.broadcast_to(np.arange(first, count), (profiles, claims + 1))
        values = np.hstack([self.gains, -self.worths.T, np.ones((profiles, 1))])
        kept = values != 0.0
        infinite = highspy.kHighsInf
        lower = np.full(count, -infinite)
        lower[-1] = 1.0
        starts = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = profiles + 1, count
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_ = np.append(np.zeros(profiles), 1.0)
        lp.col_lower_ = np.append(np.zeros(profiles), -infinite)
        lp.col_upper_ = np.full(profiles + 1, infinite)
        lp.row_lower_, lp.row_upper_ = lower, self.upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.append(starts, starts[-1] + claims).astype(np.int32)
        lp.a_matrix_.index_ = np.append(
            np.hstack([self.rows, last])[kept], np.arange(first, count - 1)
        ).astype(np.int32)
        lp.a_matrix_.value_ = np.append(values[kept], np.ones(claims))
        return lp


def _programme(game: NormalFormGame, worths: Floats, *, coarse: bool) -> _Programme:
    """Return the LP of a game; gains are shares of the spread of each player's payoffs."""
    gains, rows = [], []
    count = 0
    for player, table in enumerate(normalised(game)):
        size = game.shape[player]
        played = np.expand_dims(np.moveaxis(table, player, -1), player)  # last axis: played b
        gains.append((played - table[..., None]).reshape(-1, size))
        told = np.indices(game.shape, sparse=True)[player]
        row = np.arange(size) + (0 if coarse else size * told[..., None])
        rows.append(count + np.broadcast_to(row, (*game.shape, size)).reshape(-1, size))
        count += size if coarse else size * size
    upper = np.zeros(count + len(worths) + 1)
    upper[-1] = 1.0
    return _Programme(np.hstack(gains), np.hstack(rows), worths.reshape(len(worths), -1), upper)


def _solved(programme: _Programme, time_limit: float | None) -> tuple[Floats, Floats]:
    """Return the probabilities of the profiles and the prices of the rows."""
    started = time.perf_counter()
    status = highspy.HighsModelStatus.kNotset
    for options in ATTEMPTS:
        highs = quiet_highs()
        for option, setting in options.items():
            highs.setOptionValue(option, setting)
        if time_limit is not None:
            left = started + time_limit - time.perf_counter()
            highs.setOptionValue("time_limit", max(left, 0.0))
        highs.passModel(programme.highs())
        highs.run()
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            solution = highs.getSolution()
            x = np.maximum(np.asarray(solution.col_value)[:-1], 0.0)
            return x / x.sum(), np.abs(np.asarray(solution.row_dual))
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise LimitError(
                f"correlated equilibrium: expected an optimum within {time_limit:g} s, found none "
                "yet - allow more time"
            )
    raise NotCertifiedError(
        f"correlated equilibrium: expected HiGHS to end with an optimum, found {status.name} - "
        "check the payoffs for extreme sizes"
    )

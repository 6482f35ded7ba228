"""What strategies pay at many profiles at once, and Newton's method on indifference.

A *batch* holds for each player an array (profiles, strategies): row b of all of them together is
one mixed profile. In an equilibrium with supports S_i every player is indifferent over the own
support:

    u_i(a, x_-i) = u_i(first of S_i, x_-i)   for a in S_i,        sum of x_i = 1.

That is a square system of polynomials, each player's equations linear in every other player's
probabilities. `equalised` solves it from many starts at once by the method of Levenberg and
Marquardt, which also makes do with a singular system, as degenerate games have.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from games.normal_form import Floats, NormalFormGame
from games.scaled import between_zero_and_one

Batch = tuple[Floats, ...]
"""For each player, probabilities of shape (profiles, strategies)."""

SOLVED = 1e-28
"""Sum of squares of the equations' errors below which a start is done."""

FLAT = 1e-16
"""Square of the slope, as a share of the squared error, below which a start is at a standstill."""

SINGULAR = 1e-7
"""Smallest singular value of equations that count as regular."""

NEGATIVE = 1e-10
"""Probabilities above minus this, from equations solved in floats, are 0."""

STABLE = 1e-9
"""Regret, with payoffs between 0 and 1, of what counts as an equilibrium."""

HOPELESS = 1e6
"""Damping above which a start has got stuck."""


def normalised(game: NormalFormGame) -> Floats:
    """Return the payoffs with each player's running from 0 to 1, or all 0; equilibria are kept."""
    return np.stack([between_zero_and_one(table.values) for table in game.scaled])


def batch_of(profile: Sequence[ArrayLike]) -> Batch:
    """Return one profile as a batch."""
    return tuple(np.asarray(strategy, dtype=float)[None, :] for strategy in profile)


def strategy_payoffs(payoffs: Floats, batch: Batch) -> Batch:
    """Return what each strategy of each player pays against the others' mixed strategies.

    Parameters
    ----------
    payoffs : shape (players, strategies of player 0, ...).

    Returns
    -------
    for each player, shape (profiles, strategies).
    """
    columns = [np.ascontiguousarray(strategy.T) for strategy in batch]
    found: list[Floats] = []
    _halve(payoffs[..., None], columns, list(range(len(batch))), found)
    return tuple(found)


def _halve(tensors: Floats, columns: list[Floats], players: list[int], found: list[Floats]) -> None:
    """Average one half of the players out of the tensors of the other, until each is alone."""
    if len(players) == 1:
        alone = len(columns) == 1  # then nothing was averaged, and all profiles pay the same
        values = tensors[0] + np.zeros(columns[0].shape[1]) if alone else tensors[0]
        found.append(np.ascontiguousarray(values.T))
        return
    middle = len(players) // 2
    first, second = players[:middle], players[middle:]
    kept = tensors[:middle]
    for player in reversed(second):
        kept = _averaged(kept, kept.ndim - 2, columns[player])
    _halve(kept, columns, first, found)
    kept = tensors[middle:]
    for player in first:
        kept = _averaged(kept, 1, columns[player])
    _halve(kept, columns, second, found)


def _averaged(tensor: Floats, axis: int, column: Floats) -> Floats:
    """Average over one axis of a tensor whose last axis is the batch (or 1, the same for all)."""
    shape = tensor.shape
    lead, rest = math.prod(shape[:axis]), math.prod(shape[axis + 1 : -1])
    if shape[-1] == 1:
        averaged = np.einsum("lst,sb->ltb", tensor.reshape(lead, shape[axis], rest), column)
    else:
        flat = tensor.reshape(lead, shape[axis], rest, shape[-1])
        averaged = np.einsum("lstb,sb->ltb", flat, column)
    return np.asarray(averaged.reshape(*shape[:axis], *shape[axis + 1 : -1], column.shape[1]))


def slopes(payoffs: Floats, batch: Batch) -> Floats:
    """Return the derivative of each strategy's payoff by each probability.

    Returns
    -------
    shape (profiles, N, N) where N counts the strategies of all players: entry (a, b) is what
    strategy a pays if strategy b of another player is played for certain and the rest of the
    players mix as they do; 0 where both belong to the same player.
    """
    columns = [np.ascontiguousarray(strategy.T) for strategy in batch]
    starts = np.concatenate([[0], np.cumsum([len(column) for column in columns])]).tolist()
    total = starts[-1]
    found = np.zeros((total, total, columns[0].shape[1]))
    for player, own in enumerate(payoffs):
        others = [other for other in range(len(columns)) if other != player]
        if others:
            rows = slice(starts[player], starts[player + 1])
            tensor = np.moveaxis(own, player, 0)[..., None]
            _leave_one(tensor, columns, others, found[rows], starts)
    return np.ascontiguousarray(np.moveaxis(found, -1, 0))


def _leave_one(
    tensor: Floats, columns: list[Floats], others: list[int], found: Floats, starts: list[int]
) -> None:
    """Average out all of the others but one, for each one, and write the result in its columns."""
    if len(others) == 1:
        found[:, starts[others[0]] : starts[others[0] + 1]] = tensor
        return
    middle = len(others) // 2
    first, second = others[:middle], others[middle:]
    kept = tensor
    for other in reversed(second):
        kept = _averaged(kept, kept.ndim - 2, columns[other])
    _leave_one(kept, columns, first, found, starts)
    kept = tensor
    for other in first:
        kept = _averaged(kept, 1, columns[other])
    _leave_one(kept, columns, second, found, starts)


def regret_of(payoffs: Floats, batch: Batch) -> Floats:
    """Return the largest gain of any player from a change, shape (profiles,)."""
    gains = [
        values.max(axis=1) - np.einsum("ba,ba->b", values, strategy)
        for values, strategy in zip(strategy_payoffs(payoffs, batch), batch, strict=True)
    ]
    return np.asarray(np.max(gains, axis=0))


def equalised(payoffs: Floats, batch: Batch, *, iterations: int = 40) -> Batch:
    """Solve the indifference equations of a whole game, every strategy played, from many starts.

    Parameters
    ----------
    payoffs : of the game restricted to the supports, between 0 and 1.
    batch : starts.

    Returns
    -------
    where each start led; whether that solves the equations, and has probabilities that are none
    below nothing, is for the caller to see.
    """
    system = _System([strategy.shape[1] for strategy in batch])
    found = trial = np.concatenate(batch, axis=1)
    normal = gradient = np.zeros(0)
    error = np.full(len(found), np.inf)
    damping = np.full(len(found), 1e-3)
    for _ in range(iterations):
        residual, jacobian = system.at(payoffs, trial)
        trial_error = np.einsum("bi,bi->b", residual, residual)
        better = trial_error < error
        transposed = np.swapaxes(jacobian, 1, 2)
        products = transposed @ jacobian
        pulls = np.einsum("bij,bj->bi", transposed, residual)
        if not len(normal):
            found, error, normal, gradient = trial, trial_error, products, pulls
        else:
            found = np.where(better[:, None], trial, found)
            error = np.where(better, trial_error, error)
            normal = np.where(better[:, None, None], products, normal)
            gradient = np.where(better[:, None], pulls, gradient)
            damping = np.where(better, damping * 0.1, damping * 10.0)
        pull = np.einsum("bi,bi->b", gradient, gradient)
        if not np.any((error > SOLVED) & (damping < HOPELESS) & (pull > FLAT * error)):
            break
        level = np.maximum(damping * np.sqrt(error), 1e-15)
        damped = normal + level[:, None, None] * np.eye(found.shape[1])
        trial = found - np.linalg.solve(damped, gradient[..., None])[..., 0]
    return system.split(found)


def are_isolated(payoffs: Floats, batch: Batch) -> NDArray[np.bool_]:
    """Return at which solutions of a whole game's equations these are regular: none is near."""
    system = _System([strategy.shape[1] for strategy in batch])
    _, jacobian = system.at(payoffs, np.concatenate(batch, axis=1))
    values = np.linalg.svd(jacobian, compute_uv=False)
    return np.asarray(values.min(axis=1) > SINGULAR)


class _System:
    """The indifference equations of players with stated numbers of strategies, all played."""

    def __init__(self, sizes: Sequence[int]) -> None:
        total = sum(sizes)
        self._cuts = np.cumsum(sizes)[:-1]
        self._others = max(len(sizes) - 1, 1)
        self._differences = np.zeros((total, total))
        self._sums = np.zeros((total, total))
        start = 0
        for size in sizes:
            stop = start + size
            own = range(start + 1, stop)
            self._differences[own, start] = -1.0
            self._differences[own, own] = 1.0
            self._sums[start, start:stop] = 1.0
            start = stop
        self._right = self._sums.max(axis=1)

    def split(self, rows: Floats) -> Batch:
        """Return what belongs to each player."""
        return tuple(np.split(rows, self._cuts, axis=1))

    def at(self, payoffs: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Return the equations' errors and their derivatives, for each row of probabilities."""
        slope = slopes(payoffs, self.split(rows))
        worth = np.einsum("bij,bj->bi", slope, rows) / self._others  # counted once for each other
        residual = worth @ self._differences.T + rows @ self._sums.T - self._right
        return residual, self._differences @ slope + self._sums


def on_supports(
    payoffs: Floats, supports: Sequence[NDArray[np.intp]], starts: Batch, *, iterations: int = 30
) -> Batch:
    """Return the equilibria to which Newton's method leads on stated supports, from many starts.

    Parameters
    ----------
    payoffs : between 0 and 1.
    supports : for each player, the strategies that may be played.
    starts : profiles of the whole game.

    Returns
    -------
    the profiles, of the whole game, at which nobody gains more than `STABLE`.
    """
    inside = payoffs[np.ix_(np.arange(len(payoffs)), *supports)]
    restricted = []
    for x, support in zip(starts, supports, strict=True):
        chosen = x[:, support] + 1e-12
        restricted.append(chosen / chosen.sum(axis=1, keepdims=True))
    ended = equalised(inside, tuple(restricted), iterations=iterations)
    batch = tuple(np.zeros(x.shape) for x in starts)
    kept = np.ones(len(starts[0]), dtype=bool)
    for whole, part, support in zip(batch, ended, supports, strict=True):
        kept &= (part.min(axis=1) >= -NEGATIVE) & (np.abs(part.sum(axis=1) - 1) < 1e-6)
        clipped = np.maximum(part, 0.0)
        whole[:, support] = clipped / np.maximum(clipped.sum(axis=1, keepdims=True), 1e-300)
    kept &= regret_of(payoffs, batch) <= STABLE
    return tuple(x[kept] for x in batch)

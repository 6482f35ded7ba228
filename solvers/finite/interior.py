"""Matrix games by a primal-dual interior point method, for matrices with hardly a zero in them.

The first player has x and maximises x' A y, the second has y and minimises it:

    A y + s = w 1,  sum y = 1,  y, s >= 0        minimise w
    A' x - t = v 1, sum x = 1,  x, t >= 0        maximise v

Both programs have an obvious interior point (even mixtures), so every iterate is feasible and
w - v is a proven gap. A step of Newton's method on x_i s_i = mu, y_j t_j = mu comes down to

    (A D A' + E) dx = dv A D 1 - dw 1 + r,      D = diag(y / t),  E = diag(s / x),

one dense factorisation an iteration and a dozen or so iterations at any size (predictor and
corrector, mehrotra1992). Optimisers for sparse programs take several times as long over this.

Whether the step would shrink x_i or s_i by more says whether row i will be played. Where that gives
as many rows as columns, the system of the supports is solved outright: what it gives is an
equilibrium to the last digits, or is seen not to be one and the iterations go on.
"""

from __future__ import annotations

import time

import numpy as np

from games.normal_form import Floats
from solvers.finite.matrix_play import MatrixPlay, play_of, support_play
from solvers.finite.support_pair import SupportPair

MOST_ITERATIONS = 100
CENTRE = 0.99
"""Share of the way to the boundary that a step goes."""

BLOCK = 128
"""Rows of a triangular system that are solved at once."""


def interior_play(matrix: Floats, *, tolerance: float, deadline: float = np.inf) -> MatrixPlay:
    """Return mixtures whose proven gap is within the tolerance, or the best ones reached.

    Parameters
    ----------
    matrix : payoffs of the first player, between 0 and 1.
    tolerance : gap between lower and upper value at which to stop.
    deadline : by `time.perf_counter`.
    """
    if matrix.shape[0] > matrix.shape[1]:
        play = interior_play(1.0 - matrix.T, tolerance=tolerance, deadline=deadline)
        return play_of(matrix, play.y, play.x)
    iterate = _Iterate(matrix)
    best = play_of(matrix, iterate.x, iterate.y)
    guessed = iterate.supports()
    for _ in range(MOST_ITERATIONS):
        if best.gap <= tolerance or time.perf_counter() > deadline:
            break
        try:
            iterate.advance()
        except np.linalg.LinAlgError:  # as far as these digits go
            break
        reached = play_of(matrix, iterate.x, iterate.y)
        if not np.isfinite(reached.gap):
            break
        if reached.gap < best.gap:
            best = reached
        guess = iterate.supports()
        if guess != guessed and len(guess.rows) == len(guess.columns):
            guessed = guess
            solved = support_play(matrix, guess)
            if solved is not None and solved.gap < best.gap:
                best = solved
    return best


class _Iterate:
    """A point in the interior of both programs, and the step to the next."""

    def __init__(self, matrix: Floats) -> None:
        rows, columns = matrix.shape
        self._matrix = matrix
        self._scaled = np.empty_like(matrix)
        self.x, self.y = np.full(rows, 1 / rows), np.full(columns, 1 / columns)
        inner, outer = matrix @ self.y, self.x @ matrix
        self.s = float(inner.max()) + 0.1 - inner
        self.t = outer - float(outer.min()) + 0.1
        self._rows, self._columns = np.ones(rows, dtype=bool), np.ones(columns, dtype=bool)

    def advance(self) -> None:
        """Take one step: a predictor, which sets the centring, then the corrector."""
        x, y, s, t = self.x, self.y, self.s, self.t
        newton = _Newton(self)
        pairs = len(x) + len(y)
        mean = (x @ s + y @ t) / pairs
        dx, dy, ds, dt = newton.step(-x * s, -y * t)
        self._rows, self._columns = dx / x > ds / s, dy / y > dt / t
        length = min(_room(x, dx), _room(s, ds), _room(y, dy), _room(t, dt))
        ahead = (x + length * dx) @ (s + length * ds) + (y + length * dy) @ (t + length * dt)
        centre = mean * (ahead / pairs / mean) ** 3
        dx, dy, ds, dt = newton.step(centre - x * s - dx * ds, centre - y * t - dy * dt)
        first = min(1.0, CENTRE * min(_room(x, dx), _room(t, dt)))
        second = min(1.0, CENTRE * min(_room(y, dy), _room(s, ds)))
        self.x, self.t = x + first * dx, t + first * dt
        self.y, self.s = y + second * dy, s + second * ds

    def supports(self) -> SupportPair:
        """Return the strategies that seem to be played."""
        rows, columns = np.flatnonzero(self._rows), np.flatnonzero(self._columns)
        return SupportPair(tuple(rows.tolist()), tuple(columns.tolist()))

    def scaled(self) -> Floats:
        """Return A D^(1/2)."""
        return np.multiply(self._matrix, np.sqrt(self.y / self.t), out=self._scaled)

    @property
    def matrix(self) -> Floats:
        """The payoffs A."""
        return self._matrix


class _Newton:
    """The linear system at one iterate, factorised once and solved twice."""

    def __init__(self, at: _Iterate) -> None:
        self._at = at
        scaled = at.scaled()
        system = scaled @ scaled.T
        system.flat[:: len(system) + 1] += at.s / at.x
        self._factor = np.linalg.cholesky(system)
        self._weight = at.y / at.t
        self._along = at.matrix @ self._weight
        self._borders = self._solved(np.column_stack([self._along, np.ones(len(at.x))]))

    def step(self, first: Floats, second: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return dx, dy, ds, dt that change x s by `first` and y t by `second`, to first order."""
        at = self._at
        moved = second / at.t
        free = self._solved((first / at.x + at.matrix @ moved)[:, None])[:, 0]
        up, down = self._borders.T
        # dx = free + dv up - dw down; dx and dy add up to nothing
        system = [
            [up.sum(), -down.sum()],
            [self._weight.sum() - self._along @ up, self._along @ down],
        ]
        right = [-free.sum(), self._along @ free - moved.sum()]
        dv, dw = np.linalg.solve(system, right)
        dx = free + dv * up - dw * down
        outer = dx @ at.matrix
        dy = moved + self._weight * (dv - outer)
        return dx, dy, dw - at.matrix @ dy, outer - dv

    def _solved(self, right: Floats) -> Floats:
        """Solve with the Cholesky factor by blocks: forwards, then backwards."""
        factor, size = self._factor, len(right)
        starts = range(0, size, BLOCK)
        solution = right.copy()
        for start in starts:
            block = slice(start, start + BLOCK)
            solution[block] -= factor[block, :start] @ solution[:start]
            solution[block] = np.linalg.solve(factor[block, block], solution[block])
        for start in reversed(starts):
            block = slice(start, start + BLOCK)
            later = slice(start + BLOCK, size)
            solution[block] -= factor[later, block].T @ solution[later]
            solution[block] = np.linalg.solve(factor[block, block].T, solution[block])
        return solution


def _room(point: Floats, direction: Floats) -> float:
    """Return how far one can go before a coordinate falls to 0, at most 1."""
    falling = direction < 0
    return min(1.0, float((point[falling] / -direction[falling]).min(initial=1.0)))

"""Quantal responses: the principal branch of the logit correspondence, and where it leads.

In a logit quantal response of precision lambda each player plays a with a probability that rises
with its payoff against the others' mixtures (mckelvey1995). With y = log x,

    F(y, lambda) = y_ia - b_ia - lambda u_i(a, x_-i) + log sum_c exp(b_ic + lambda u_i(c, x_-i)) = 0

and b = 0. At lambda = 0 everybody mixes evenly; the curve of solutions from there, the principal
branch, leads to a Nash equilibrium as lambda grows without end. Following it in logarithms keeps
the equations well conditioned where probabilities vanish (turocy2005). A bias b other than 0 sets
out from another mixture and may lead to another equilibrium.

The curve is followed by prediction along its tangent and correction across it, so that it may turn
back in lambda; a step is halved where the correction is long or does not shrink.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from games.errors import GameError, NotCertifiedError
from games.normal_form import Floats, NormalFormGame
from games.regret import deviation_payoffs
from solvers.finite.indifference import regret_of, slopes

RESIDUAL = 1e-8
"""Largest error of a probability of a quantal response that is handed back."""

CORRECTIONS = 6
"""Newton steps to come back to the curve, before the step along it is halved."""


@dataclass(frozen=True, eq=False)
class QuantalResponsePath:
    """Quantal responses of one game, in the order in which the curve was followed.

    Attributes
    ----------
    lambdas : precision at each point, in units of one over payoff, shape (points,).
    profiles : for each player the probabilities, shape (points, strategies).
    residual : largest difference at any point between a probability and the logit response to the
        others' mixtures, recomputed.
    seconds : time taken.
    stopped : why the curve was left early; empty if it was not.
    """

    lambdas: Floats
    profiles: tuple[Floats, ...]
    residual: float
    seconds: float
    stopped: str = ""


@dataclass(frozen=True)
class Point:
    """A point on the curve: precision, and for each player logarithms of probabilities in a row."""

    precision: float
    logarithms: Floats


def quantal_response_path(
    game: NormalFormGame,
    *,
    until: float | None = None,
    at: Sequence[float] | None = None,
    regret: float = 1e-3,
    time_limit: float | None = None,
    points: int = 5000,
) -> QuantalResponsePath:
    """Follow the principal branch of the logit correspondence.

    Parameters
    ----------
    until : precision at which to stop, in units of one over payoff.
    at : precisions, rising; only these points are handed back, and the last one ends the path.
        Where the curve turns back, the first crossing counts.
    regret : without `until` and `at`, stop when nobody would gain more than this share of the
        largest spread of a player's payoffs.
    time_limit : seconds.
    points : at most so many.

    Raises
    ------
    GameError
        When precisions are negative, not finite or not rising.
    NotCertifiedError
        When a point is no quantal response after all.
    """
    started = time.perf_counter()
    wanted = None if at is None else [float(value) for value in at]
    bounds = [*(wanted or []), *([] if until is None else [float(until)])]
    if not all(np.isfinite(bounds)) or min(bounds, default=0.0) < 0 or wanted == []:
        raise GameError(
            f"quantal responses: expected finite precisions >= 0, found {bounds} - "
            "precision 0 is the even mixture"
        )
    if wanted is not None and any(b <= a for a, b in pairwise(wanted)):
        raise GameError(
            f"quantal responses: expected rising precisions, found {wanted} - sort them"
        )
    unit = max(game.spreads) or 1.0
    levels = [(t.values - t.values.min()) * (t.unit / unit) for t in game.scaled]
    curve = Curve(np.stack(levels))
    end = None if until is None else float(until) * unit
    kept: list[Point] = []
    targets = None if wanted is None else [value * unit for value in wanted]
    stopped = f"limit of {points} points"
    before: Point | None = None
    for taken, point in enumerate(curve.branch()):
        if targets is not None:
            while targets and point.precision >= targets[0]:
                kept.append(curve.settled(before or point, point, targets.pop(0)))
            if not targets:
                stopped = ""
                break
        elif end is not None and point.precision >= end:
            kept.append(curve.settled(before or point, point, end))
            stopped = ""
            break
        else:
            kept.append(point)
            if end is None and curve.regret(point) <= regret:
                stopped = ""
                break
        before = point
        if time_limit is not None and time.perf_counter() - started > time_limit:
            stopped = "limit of time"
            break
        if taken + 1 >= points:
            break
    else:
        stopped = "the curve could not be followed further"
    lambdas = np.array([point.precision for point in kept]) / unit
    rows = np.exp([point.logarithms for point in kept]).reshape(len(kept), curve.total)
    profiles = curve.split(rows / curve.sums(rows))
    residual = _residual(game, lambdas, profiles)
    if not residual <= RESIDUAL:
        raise NotCertifiedError(
            f"quantal responses: expected errors of at most {RESIDUAL:g}, found {residual:.3g} - "
            "stop at a lower precision"
        )
    return QuantalResponsePath(
        lambdas, profiles, residual, time.perf_counter() - started, stopped=stopped
    )


class Curve:
    """The equations F of one game, and how to follow their solutions.

    Parameters
    ----------
    payoffs : between 0 and 1, shape (players, strategies of player 0, ...).
    bias : probabilities of all players in a row at which to set out; None for even ones.
    """

    def __init__(self, payoffs: Floats, *, bias: Floats | None = None) -> None:
        self._payoffs = payoffs
        self.sizes = payoffs.shape[1:]
        self.total = sum(self.sizes)
        self._starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        owner = np.repeat(np.arange(len(self.sizes)), self.sizes)
        self._owner = owner
        self._same = owner[:, None] == owner[None, :]
        even = 1.0 / np.repeat(self.sizes, self.sizes)
        self._bias = np.log(even if bias is None else bias)
        self._others = max(len(self.sizes) - 1, 1)
        self._alone = payoffs[0] if len(self.sizes) == 1 else None

    def split(self, rows: Floats) -> tuple[Floats, ...]:
        """Return what belongs to each player, along the last axis."""
        return tuple(np.split(rows, self._starts[1:], axis=-1))

    def sums(self, rows: Floats) -> Floats:
        """Return the sum over each player's part of the last axis, repeated for each strategy."""
        return np.add.reduceat(rows, self._starts, axis=-1)[..., self._owner]

    def regret(self, point: Point) -> float:
        """Return the largest gain of any player from a change at a point."""
        x = np.exp(point.logarithms)
        batch = tuple(part[None, :] for part in self.split(x / self.sums(x)))
        return float(regret_of(self._payoffs, batch)[0])

    def branch(self, *, stride: float = 0.2, tolerance: float = 1e-11) -> Iterator[Point]:
        """Yield points on the curve from precision 0 on, for as long as it can be followed.

        Parameters
        ----------
        stride : longest step. Lengths are relative: each number z counts in units of 1 + |z|, as
            precision and logarithms grow without end. Long strides may jump to another curve.
        tolerance : length of the last correction at each point.
        """
        here = np.append(self._bias, 0.0)
        yield Point(0.0, here[:-1])
        unit = 1.0 + np.abs(here)
        forward = np.zeros(self.total + 1)
        forward[-1] = 1.0
        tangent = _tangent(self._equations(here)[1] * unit, forward)
        step = 0.5 * stride
        while step > 1e-9 and np.isfinite(here).all():
            ahead = here + step * unit * tangent
            reached = self._corrected(ahead, unit, tangent, 0.3 * step, tolerance)
            if reached is None:
                step *= 0.5
                continue
            new_unit = 1.0 + np.abs(reached.point)
            before = tangent * unit / new_unit
            before /= np.linalg.norm(before)
            turned = _tangent(reached.derivative * new_unit, before)
            cosine = float(turned @ before)
            if cosine < 0.9 and step > 1e-4:
                step *= 0.5
                continue
            here, unit, tangent = reached.point, new_unit, turned
            yield Point(float(here[-1]), here[:-1])
            if reached.off < 0.05 * step and cosine > 0.98:
                step = min(2.0 * step, stride)

    def settled(self, before: Point, after: Point, precision: float) -> Point:
        """Return the point of a stated precision between two that are next to each other."""
        gap = after.precision - before.precision
        share = (precision - before.precision) / gap if gap > 0 else 1.0
        between = (1 - share) * before.logarithms + share * after.logarithms
        across = np.zeros(self.total + 1)
        across[-1] = 1.0
        unit = 1.0 + np.abs(np.append(between, precision))
        found = self._corrected(np.append(between, precision), unit, across, np.inf, 1e-11)
        if found is None:
            raise NotCertifiedError(
                f"quantal responses: expected Newton's method to settle at precision "
                f"{precision:.6g} (of normalised payoffs), found that it does not - "
                "ask for a lower precision"
            )
        return Point(precision, found.point[:-1])

    def _worth(self, x: Floats) -> tuple[Floats, Floats]:
        """Return what each strategy pays, and its slopes by the probabilities."""
        slope = slopes(self._payoffs, tuple(part[None, :] for part in self.split(x)))[0]
        if self._alone is not None:
            return self._alone, slope
        return slope @ x / self._others, slope

    def _equations(self, point: Floats) -> tuple[Floats, Floats]:
        """Return F, and its derivative by y and lambda."""
        y, precision = point[:-1], point[-1]
        x = np.exp(np.minimum(y, 1.0))
        worth, slope = self._worth(x)
        pulls = self._bias + precision * worth
        top = np.maximum.reduceat(pulls, self._starts)[self._owner]
        powers = np.exp(pulls - top)
        total = self.sums(powers)
        response = powers / total
        by_y = slope * (precision * x)
        mean = self._same * response  # row a averages over the strategies of a's player
        derivative = np.empty((self.total, self.total + 1))
        derivative[:, :-1] = mean @ by_y - by_y
        derivative[range(self.total), range(self.total)] += 1.0
        derivative[:, -1] = mean @ worth - worth
        return y - pulls + top + np.log(total), derivative

    def _corrected(
        self, point: Floats, unit: Floats, across: Floats, longest: float, tolerance: float
    ) -> _Correction | None:
        """Return the point brought back to the curve by Newton's method; None if it fails."""
        off = last = np.inf
        right = np.zeros(self.total + 1)
        for _ in range(CORRECTIONS):
            right[:-1], derivative = self._equations(point)
            move = _solved(np.vstack([derivative * unit, across]), -right)
            with np.errstate(over="ignore"):
                length = float(np.linalg.norm(move))
            if np.isinf(off):
                off = length
            if not (off <= longest and length <= max(0.5 * last, tolerance)):
                return None
            point = point + unit * move
            last = length
            if length <= tolerance:
                return _Correction(point, off, derivative)
        return None


@dataclass(frozen=True, eq=False)
class _Correction:
    """A point on the curve, how far off the prediction was, and F's derivative next to it."""

    point: Floats
    off: float
    derivative: Floats


def _tangent(derivative: Floats, before: Floats) -> Floats:
    """Return the direction of the curve that goes on from the direction before."""
    right = np.zeros(len(before))
    right[-1] = 1.0
    tangent = _solved(np.vstack([derivative, before]), right)
    return np.asarray(tangent / np.linalg.norm(tangent))


def _solved(matrix: Floats, right: Floats) -> Floats:
    """Solve a square system, in the sense of least squares where it is singular."""
    try:
        return np.asarray(np.linalg.solve(matrix, right))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, right)[0])


def _residual(game: NormalFormGame, lambdas: Floats, profiles: Sequence[Floats]) -> float:
    """Return how far the profiles are from the logit responses to themselves."""
    largest = 0.0
    for row, precision in enumerate(lambdas.tolist()):
        profile = [part[row] for part in profiles]
        for player, table in enumerate(game.payoffs):
            worth = deviation_payoffs(table, profile, player)
            powers = np.exp(precision * (worth - worth.max()))
            error = np.abs(powers / powers.sum() - profile[player]).max()
            largest = max(largest, float(error))
    return largest

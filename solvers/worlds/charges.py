"""Charges under which the worlds' copies of the decision agree, and weights of the worlds.

Known portfolios a of each world, with losses L_w(a), say what the bound of module `copies` can be
at most:

    maximise    sum_w q_w (soft min over known a of (L_w(a) + m_w(a)) - b_w)
                - reluctance / 2 sum_w q_w |m_w - m_w before|^2
    subject to  sum_w q_w m_w = 0,  q in the measure's set of weights

The soft minimum at temperature t is -t log sum exp(-x / t): it is smooth, and counts portfolios
that are nearly as good, so that few rounds are needed until nothing better than what is known turns
up. b_w is the best loss of the world for regret, else 0. With u_w = q_w m_w the problem is concave
in (q, u). Weights are q_w = c_w / (1 + exp((nu - s_w) / T)) with nu such that they add up to one
and c_w the largest weight that the measure allows, above the least: free for CVaR and regret, given
for the expected loss. The maximum is climbed by L-BFGS.

Whatever comes out is made to cancel: a bound from any charges is valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.compiled import compiled

Array = NDArray[np.float64]

TEMPERATURE = 1.5e-3
"""Temperature of the soft minimum, as a share of the value."""

RELUCTANCE = 3e-4
"""Reluctance times the temperature."""

SPREAD = 0.02
"""Temperature T of the weights, as a share of the value."""

STEPS = 150

NEGLIGIBLE = 0.03
"""Share of its largest weight below which a world does not count."""


@dataclass(frozen=True, eq=False)
class Charged:
    """Weights and charges.

    Attributes
    ----------
    weights : of the worlds, sum 1; shape (worlds,).
    charges : shape (worlds, points, options); weighted, they cancel.
    residue : by how much they fail to, at most, for any portfolio; bn USD a year.
    """

    weights: Array
    charges: Array
    residue: float


def uncharged(weights: Array, points: int, options: int) -> Charged:
    """Return no charges at all."""
    return Charged(weights, np.zeros((len(weights), points, options)), 0.0)


def cancelled(weights: Array, charges: Array) -> Charged:
    """Return charges less their weighted mean, and what rounding leaves of the mean."""
    charges = charges - np.einsum("w,wko->ko", weights, charges)
    charges[weights == 0] = 0.0
    left = np.einsum("w,wko->ko", weights, charges)
    rounding = 1e-13 * np.einsum("w,wko->ko", weights, np.abs(charges))  # of this very sum
    return Charged(weights, charges, float((np.maximum(left, 0.0) + rounding).max(axis=1).sum()))


def agreeing(
    known: Sequence[Sequence[tuple[Profile, float]]],
    before: Charged,
    *,
    reluctance: float = 1.0,
    limits: tuple[Array, Array],
    best: Array,
    scale: float,
    steps: int = STEPS,
) -> Charged:
    """Return better charges, and weights where these are free.

    Parameters
    ----------
    known : portfolios and losses of each world; empty where the world does not count.
    reluctance : in units of `RELUCTANCE` over the temperature, > 0.
    limits : the least and the largest weight of each world.
    best : b_w, shape (worlds,).
    scale : size of the value, bn USD a year, > 0.
    """
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    members = np.array([w for w, ours in enumerate(known) if ours])
    room = max(len(known[w]) for w in members)
    count, (points, options) = len(members), before.charges.shape[1:]
    profiles = np.zeros((count, room, points), np.int16)  # read in every step: small is fast
    losses = np.full((count, room), np.inf)
    for i, w in enumerate(members):
        profiles[i, : len(known[w])] = [profile for profile, _ in known[w]]
        losses[i, : len(known[w])] = [loss for _, loss in known[w]]
    temperature = TEMPERATURE * scale
    reluctance *= RELUCTANCE / temperature
    spread = SPREAD * scale
    old, lowest = before.charges[members], best[members]
    least = limits[0][members]
    rest = 1.0 - float(least.sum())  # of the weights, free to move
    free = rest > 1e-9
    caps = (limits[1][members] - least) / rest if free else least
    size = count * points * options
    soft, shares = np.empty(count), np.empty((count, points, options))

    def unpacked(x: Array) -> tuple[Array, Array]:
        moving = _weights(x[size:] / spread, caps) if free else np.zeros(count)
        return moving, x[:size].reshape(count, points, options)

    def slope(x: Array) -> tuple[float, Array]:
        moving, raw = unpacked(x)
        weights = least + rest * moving
        charges = raw - np.einsum("w,wko->ko", weights, raw)
        soft_minima(profiles, losses, charges, temperature, soft, shares)
        moved = charges - old
        each = soft - lowest - reluctance / 2 * (moved**2).sum(axis=(1, 2))
        pull = shares - reluctance * moved  # of each world's term in its charges
        common = np.einsum("w,wko->ko", weights, pull)
        gradient = [(weights[:, None, None] * (pull - common)).ravel()]
        if free:
            of_weight = each - (raw * common).sum(axis=(1, 2))
            steep = rest * moving * (1 - moving / caps) / spread
            mean = float(steep @ of_weight) / max(float(steep.sum()), 1e-300)
            gradient.append(steep * (of_weight - mean))
        return -float(weights @ each), -np.concatenate(gradient)

    start = old.ravel()
    if free:
        inside = np.clip((before.weights[members] - least) / (rest * caps), 1e-3, 1 - 1e-3)
        start = np.concatenate([start, spread * np.log(inside / (1 - inside))])
    with threadpool_limits(1, "blas"):  # small products, on which threads wait for one another
        found = minimize(
            slope, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 10}
        )
    moving, raw = unpacked(found.x)
    weights = least + rest * moving
    whole = np.zeros_like(before.charges)
    whole[members] = raw - np.einsum("w,wko->ko", weights, raw)
    shared = np.zeros(len(known))
    shared[members] = least + rest * _counted(moving, caps) if free else weights
    return cancelled(shared, whole)


def _weights(scores: Array, caps: Array) -> Array:
    """Return caps / (1 + exp(nu - scores)) with nu such that they add up to one."""
    if caps.sum() <= 1 + 1e-12:
        return np.asarray(caps / caps.sum())
    low, high = float(scores.min()) - 40.0, float(scores.max()) + 40.0
    for _ in range(100):
        middle = (low + high) / 2
        if float((caps * _logistic(scores - middle)).sum()) > 1:
            low = middle
        else:
            high = middle
    weights = caps * _logistic(scores - low)
    return np.asarray(weights / weights.sum())


def _logistic(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


def _counted(weights: Array, caps: Array) -> Array:
    """Return weights without the negligible, within the caps, that add up to one."""
    kept = np.where(weights >= NEGLIGIBLE * np.minimum(caps, weights.max()), weights, 0.0)
    if float(caps[kept > 0].sum()) < 1:
        kept = weights.copy()
    for _ in range(len(kept)):
        free = (kept > 0) & (kept < caps)
        short = 1.0 - float(kept.sum())
        if abs(short) < 1e-15 or not free.any():
            break
        kept[free] = np.minimum(caps[free], kept[free] * (1 + short / float(kept[free].sum())))
    return np.asarray(kept / kept.sum())


@compiled
def soft_minima(
    profiles: NDArray[np.int16],
    losses: Array,
    charges: Array,
    temperature: float,
    soft: Array,
    shares: Array,
) -> None:
    """Write each world's soft minimum, and the share that each option has in it.

    Parameters
    ----------
    profiles : shape (worlds, portfolios, points).
    losses : shape (worlds, portfolios), infinite where there is none.
    charges, shares : shape (worlds, points, options).
    soft : shape (worlds,).
    """
    worlds, room, points = profiles.shape
    values = np.empty(room)
    for w in range(worlds):
        least = np.inf
        for i in range(room):
            total = losses[w, i]
            for k in range(points):
                total += charges[w, k, profiles[w, i, k]]
            values[i] = total
            least = min(least, total)
        together = 0.0
        for i in range(room):
            values[i] = np.exp((least - values[i]) / temperature)
            together += values[i]
        soft[w] = least - temperature * np.log(together)
        for k in range(points):
            for o in range(shares.shape[2]):
                shares[w, k, o] = 0.0
        for i in range(room):
            share = values[i] / together
            if share > 1e-12:
                for k in range(points):
                    shares[w, k, profiles[w, i, k]] += share

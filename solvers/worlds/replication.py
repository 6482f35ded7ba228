"""What a sample of worlds hides: an interval for the best that all worlds allow (mak1999).

A portfolio that was chosen on a sample looks better there than it is, and the sample's own optimum
is on average below what any portfolio reaches. So two things are estimated on worlds that the
choice has not seen: the measure of the portfolio itself on a fresh sample, and the mean of the
proven bounds of several fresh samples, which is at most the true optimum on average. One-sided
limits of both, each at half the risk, enclose how far the portfolio is from the best.

Only the expected loss is a mean of losses; CVaR is one too once its threshold is fixed, which errs
on the side of a larger value. For regret there is no such estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solvers.worlds.measures import Array, Measure


@dataclass(frozen=True)
class Replication:
    """How far a portfolio is from the best one, all worlds considered.

    Attributes
    ----------
    confidence : with which the interval holds, from 0 to 1.
    value : measure of the portfolio on fresh worlds, bn USD a year.
    value_high : upper confidence limit of it.
    bound : mean of the replications' bounds, bn USD a year.
    bound_low : lower confidence limit of it.
    gap_high : upper confidence limit of how much better the best portfolio could be, bn USD a year.
    worlds, replications, worlds_each : how many fresh worlds, and replications of how many each.
    """

    confidence: float
    value: float
    value_high: float
    bound: float
    bound_low: float
    gap_high: float
    worlds: int
    replications: int
    worlds_each: int


def replication(
    fresh: Array,
    bounds: Sequence[float],
    measure: Measure,
    *,
    threshold: float,
    worlds_each: int,
    confidence: float = 0.95,
) -> Replication:
    """Return the interval.

    Parameters
    ----------
    fresh : losses of the portfolio in independent worlds that it was not chosen on, (worlds,).
    bounds : proven bound of the best portfolio on each of several independent samples.
    threshold : for CVaR, the loss at which its tail began in the sample that it was chosen on.

    Examples
    --------
    >>> found = replication(np.array([9.0, 11.0, 10.0]), [9.5, 9.5], Measure("expected"),
    ...                     threshold=0.0, worlds_each=10)
    >>> round(found.value, 2), round(found.bound, 2)
    (10.0, 9.5)
    """
    from scipy.stats import t

    if measure.kind == "regret":
        raise ValueError("replication: expected `expected` or `cvar`, found regret")
    each = fresh
    if measure.kind == "cvar":
        each = threshold + np.maximum(0.0, fresh - threshold) / (1 - measure.tail)
    level = 1 - (1 - confidence) / 2

    def limit(numbers: Array, sign: float) -> float:
        count = len(numbers)
        if count < 2:
            return sign * math.inf
        error = float(numbers.std(ddof=1)) / math.sqrt(count)
        return float(numbers.mean()) + sign * float(t.ppf(level, count - 1)) * error

    lower = np.asarray(bounds, dtype=float)
    high, low = limit(each, 1.0), limit(lower, -1.0)
    return Replication(
        confidence=confidence,
        value=float(each.mean()),
        value_high=high,
        bound=float(lower.mean()),
        bound_low=low,
        gap_high=max(0.0, high - low),
        worlds=len(fresh),
        replications=len(lower),
        worlds_each=worlds_each,
    )

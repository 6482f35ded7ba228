"""Scenario discovery: the box of the unknowns in which something holds.

A box limits a few unknowns from one side or both. *Density* is the share of the worlds in it in
which the condition holds, *coverage* the share of all worlds with the condition that it contains.
The patient rule induction method peels away, again and again, the thin slice of the box that leaves
the highest density, over all unknowns and both sides; each step is one box of a trajectory. Of each
the limits that the data do not support are taken back: of a limit, the quasi p-value is the chance
that worlds picked from the box without it would be as dense as those in it. Of what is left the box
is taken that covers the most with the density that was asked for; where none has it, the one that
holds most worlds with the condition beyond those that as many worlds would hold by chance.

References
----------
friedman1999 for the method, bryant2010 for its use on scenarios and the quasi p-values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PEEL = 0.05
"""Share of the worlds in a box that one slice takes away, at least one world."""

SMALLEST = 0.05
"""Share of all worlds below which a box is peeled no further."""

DENSITY = 0.8
"""Density that is asked for by default."""

SIGNIFICANT = 0.05
"""Largest quasi p-value of a limit that is kept."""


@dataclass(frozen=True)
class Limit:
    """A limit of a box on one unknown; an end that does not limit is None.

    Attributes
    ----------
    p_value : chance that worlds of the box without this limit would be as dense.
    """

    name: str
    low: float | None
    high: float | None
    p_value: float


@dataclass(frozen=True)
class Box:
    """A box and how well it tells where a condition holds.

    Attributes
    ----------
    density, coverage : shares, see the module's docstring.
    inside, hits : worlds in the box, and those of them in which the condition holds.
    """

    limits: tuple[Limit, ...]
    density: float
    coverage: float
    inside: int
    hits: int


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Lower and upper ends, one for each unknown; infinite where there is none."""

    low: Array
    high: Array

    def inside(self, points: Array) -> Mask:
        return np.asarray(((points >= self.low) & (points <= self.high)).all(axis=1))


def discover(
    points: Array, holds: Mask, names: tuple[str, ...], *, density: float = DENSITY
) -> Box:
    """Return the box in which a condition holds.

    Parameters
    ----------
    points : numbers of each world, shape (worlds, unknowns).
    holds : whether the condition holds in each world, shape (worlds,).
    density : that is asked for.

    Notes
    -----
    Where the condition holds everywhere or nowhere, the box has no limits.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> points = rng.random((500, 3))
    >>> box = discover(points, points[:, 1] > 0.7, ("a", "b", "c"))
    >>> [limit.name for limit in box.limits], round(box.density, 2), round(box.coverage, 2)
    (['b'], 0.96, 1.0)
    """
    boxes = [_supported(box, points, holds) for box in _trajectory(points, holds)]
    best = _chosen(boxes, points, holds, density)
    inside = best.inside(points)
    hits = int((inside & holds).sum())
    limits = tuple(
        Limit(
            names[column],
            float(best.low[column]) if np.isfinite(best.low[column]) else None,
            float(best.high[column]) if np.isfinite(best.high[column]) else None,
            _p_value(best, column, points, holds),
        )
        for column in _limited(best)
    )
    total = int(holds.sum())
    return Box(
        limits=tuple(sorted(limits, key=lambda limit: limit.p_value)),
        density=hits / max(1, int(inside.sum())),
        coverage=hits / total if total else 0.0,
        inside=int(inside.sum()),
        hits=hits,
    )


def _trajectory(points: Array, holds: Mask) -> list[_Bounds]:
    """Return boxes, each a slice thinner than the one before."""
    unknowns = points.shape[1]
    box = _Bounds(np.full(unknowns, -np.inf), np.full(unknowns, np.inf))
    boxes = [box]
    least = max(1, int(SMALLEST * len(points)))
    inside = np.ones(len(points), dtype=bool)
    while inside.sum() > least and holds[inside].mean() < 1:
        peeled = _peeled(box, points[inside], holds[inside], least)
        if peeled is None:
            break
        box = peeled
        inside = box.inside(points)
        boxes.append(box)
    return boxes


def _peeled(box: _Bounds, points: Array, holds: Mask, least: int) -> _Bounds | None:
    """Return the box without the slice whose loss leaves the highest density; None without one."""
    best: tuple[float, int, int, bool, float] | None = None
    for column in range(points.shape[1]):
        numbers = np.sort(points[:, column])
        for upper in (False, True):
            end = _new_end(numbers, upper=upper)
            if end is None:
                continue
            left = points[:, column] <= end if upper else points[:, column] >= end
            kept = int(left.sum())
            if kept < least:
                continue
            density = float(holds[left].mean())
            candidate = (density, kept, -column, upper, end)
            if best is None or candidate[:2] > best[:2]:
                best = candidate
    if best is None:
        return None
    _, _, minus, upper, end = best
    low, high = box.low.copy(), box.high.copy()
    (high if upper else low)[-minus] = end
    return _Bounds(low, high)


def _new_end(numbers: Array, *, upper: bool) -> float | None:
    """Return the end of a box after one slice; equal numbers go or stay together."""
    taken = max(1, int(PEEL * len(numbers)))
    if upper:
        left = numbers[numbers < numbers[-taken]]
        return float(left[-1]) if len(left) else None
    left = numbers[numbers > numbers[taken - 1]]
    return float(left[0]) if len(left) else None


def _chosen(boxes: list[_Bounds], points: Array, holds: Mask, density: float) -> _Bounds:
    """Return the box that covers the most at the density asked for, or beats chance by most."""
    scored = []
    for box in boxes:
        inside = box.inside(points)
        hits = int((inside & holds).sum())
        dense, beyond = hits / max(1, int(inside.sum())), hits - inside.sum() * holds.mean()
        enough = dense >= density
        scored.append((enough, hits if enough else float(beyond), dense))
    return boxes[max(range(len(boxes)), key=lambda i: scored[i])]


def _supported(box: _Bounds, points: Array, holds: Mask) -> _Bounds:
    """Return the box without the limits that the data do not support, the weakest first."""
    while True:
        doubtful = {
            column: p
            for column in _limited(box)
            if (p := _p_value(box, column, points, holds)) > SIGNIFICANT
        }
        if not doubtful:
            return box
        box = _without(box, max(doubtful, key=lambda column: doubtful[column]))


def _p_value(box: _Bounds, column: int, points: Array, holds: Mask) -> float:
    """Return the chance of as many hits among as many worlds of the box without one limit."""
    from scipy.stats import binom

    wider, inside = _without(box, column).inside(points), box.inside(points)
    share = float(holds[wider].mean()) if wider.any() else 0.0
    return float(binom.sf(int((inside & holds).sum()) - 1, int(inside.sum()), share))


def _limited(box: _Bounds) -> list[int]:
    return np.flatnonzero(np.isfinite(box.low) | np.isfinite(box.high)).tolist()


def _without(box: _Bounds, column: int) -> _Bounds:
    low, high = box.low.copy(), box.high.copy()
    low[column], high[column] = -np.inf, np.inf
    return _Bounds(low, high)

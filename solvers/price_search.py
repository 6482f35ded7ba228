"""The best portfolio by branch and bound in the space of the evader's prices.

For a separated dual (modules `separation`, `blocks`) the least of costs plus lambda Z is the least,
over a few prices p, of a sum of block minima. A box of prices with centre q and half-widths r is
bounded below as follows. Each block's functions lie above their tangents at q; give block b a slope
s_b to charge for the prices it uses, and

    f_ba(p) >= f_ba(q) + s_b (p - q) - sum over coordinates d  |slope_bad - s_bd| r_d

so that, with T = sum of all s_b, no p in the box goes below

    constant + sum_b min_a [f_ba(q) - sum_d |slope_bad - s_bd| r_d] + min_p [fixed(p) + T (p - q)]

Any s_b will do; they start as the slopes of the best choices and follow subgradients of the bound
(held1971). A box whose bound reaches the best portfolio known is done, any other is halved along
the coordinate that costs the bound most. Choices that cannot be best anywhere in a box are left out
before that. The centres' best choices are portfolios, so that good ones turn up on the way.

Budgets that several blocks share are left out of the bound; what boxes are left over in the end are
therefore few and small, and a MILP within them settles the rest.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.blocks import BlockFunctions, Indices
from solvers.separation import Array

BATCH = 192  # boxes looked at together: enough for numpy, small enough for the cache
ASCENTS = 8  # steps of the slopes charged
FAR = 1e30
DEEPEST = 45  # halvings
FEW = 0.35  # of the options beyond one for each point: so many open ones a MILP settles at once
CROWD = 2000  # open boxes at once, or
CROWD_OF_STEPS = 20.0  # this many for each option beyond one at each point, are too many
GROWTH = 1.5  # once the number of boxes has halved and grows by this again, a MILP takes over


@dataclass(frozen=True)
class Boxes:
    """Boxes of prices, and the choices that may be best in them.

    Attributes
    ----------
    low, high : shape (coordinates, boxes).
    open : for each group of blocks, shape (blocks, choices, boxes).
    """

    low: Array
    high: Array
    open: list[NDArray[np.bool_]]

    def __len__(self) -> int:
        return int(self.low.shape[1])

    def anywhere(self) -> list[NDArray[np.bool_]]:
        """Return what is open in any box: for each group, shape (blocks, choices)."""
        return [np.asarray(one.any(axis=2)) for one in self.open]

    def part(self, chosen: Indices | NDArray[np.bool_] | slice) -> Boxes:
        """Return some of the boxes."""
        return Boxes(
            self.low[:, chosen], self.high[:, chosen], [one[:, :, chosen] for one in self.open]
        )


@dataclass(frozen=True)
class Looked:
    """What one look at a batch of boxes gives.

    Attributes
    ----------
    bounds : no portfolio with prices in the box is below.
    centre_values : the sum of block minima at the centres, budgets aside.
    losses : what each coordinate's width costs the bound, shape (coordinates, boxes).
    best : the best choices at the centres, for each group of blocks (blocks, boxes).
    open : choices with which the box may hold a portfolio below `at_most`; for each group
        (blocks, choices, boxes).
    """

    bounds: Array
    centre_values: Array
    losses: Array
    best: list[Indices]
    open: list[NDArray[np.bool_]]


def look(functions: BlockFunctions, boxes: Boxes, *, at_most: float) -> Looked:
    """Bound every box from below, hardly beyond `at_most`."""
    centre, half = (boxes.low + boxes.high) / 2, (boxes.high - boxes.low) / 2
    size, count = centre.shape
    fixed = np.stack([functions.fixed(d, centre[d]) for d in range(size)])
    centre_values = functions.constant + fixed.sum(axis=0)
    chosen = [_listed(marks) for marks in boxes.anywhere()]
    values, slopes, charged, best, behind = [], [], [], [], []
    for tangents, listed, was_open in zip(
        functions.tangents(centre, chosen), chosen, boxes.open, strict=True
    ):
        blocks = np.arange(len(listed))[:, None]
        value = np.where(was_open[blocks, listed], tangents.values, FAR)
        choice = value.argmin(axis=1)
        lowest = value.min(axis=1, keepdims=True)
        slope = np.take_along_axis(tangents.slopes, choice[:, None, None], axis=1)
        reach = _less_apart(value, tangents.slopes, slope, half)
        best.append(listed[blocks, choice])
        behind.append(reach - lowest)
        charged.append(slope[:, 0])
        centre_values = centre_values + lowest.sum(axis=(0, 1))
        most = int((reach <= lowest).sum(axis=1).max())
        if most < value.shape[1]:
            first = np.argpartition(reach, most - 1, axis=1)[:, :most]
            values.append(np.take_along_axis(value, first, axis=1))
            slopes.append(np.take_along_axis(tangents.slopes, first[:, :, None], axis=1))
        else:
            values.append(value)
            slopes.append(tangents.slopes)
    bounds = np.full(count, -np.inf)
    losses = np.zeros((size, count))
    target = np.minimum(centre_values, at_most + 1e-4 * abs(at_most))
    for ascent in range(ASCENTS):
        moves = []
        total = functions.constant + np.zeros(count)
        lost = np.zeros((size, count))
        for value, slope, charge in zip(values, slopes, charged, strict=True):
            reach = _less_apart(value, slope, charge[:, None], half)
            choice = reach.argmin(axis=1)[:, None]
            total += np.take_along_axis(reach, choice, axis=1).sum(axis=(0, 1))
            apart = np.take_along_axis(slope, choice[:, :, None], axis=1)[:, 0] - charge
            lost += abs(apart).sum(axis=0) * half
            moves.append(np.sign(apart))
        charge = sum(one.sum(axis=0) for one in charged)
        offset = np.empty((size, count))
        for d in range(size):
            ends = [boxes.low[d], boxes.high[d]]
            tried = np.stack([*ends, *(np.clip(turn, *ends) for turn in functions.turns(d))])
            reached = functions.fixed(d, tried) + charge[d] * (tried - centre[d])
            place = reached.argmin(axis=0)[None]
            lowest = np.take_along_axis(reached, place, axis=0)[0]
            offset[d] = np.take_along_axis(tried, place, axis=0)[0] - centre[d]
            total += lowest
            lost[d] += fixed[d] - lowest
        better = total > bounds
        bounds[better] = total[better]
        losses[:, better] = lost[:, better]
        if ascent == ASCENTS - 1 or np.all(bounds >= at_most):
            break
        width = np.where(half > 0, half, np.inf)  # a price that is settled need not move
        norm = np.zeros(count)
        for move in moves:
            move += offset / width
            norm += (move**2).sum(axis=(0, 1))
        step = np.maximum(target - total, 0) / np.maximum(norm, 1e-12) / width
        charged = [charge + step * move for charge, move in zip(charged, moves, strict=True)]
    still_open = []
    for listed, late, was_open in zip(chosen, behind, boxes.open, strict=True):
        rows = np.arange(len(listed))[:, None]
        now_open = np.zeros_like(was_open)
        now_open[rows, listed] = bounds + late < at_most
        still_open.append(now_open & was_open)
    return Looked(bounds, centre_values, losses, best, still_open)


def _less_apart(values: Array, slopes: Array, others: Array, half: Array) -> Array:
    """Return values minus what the distance of their slopes from others may cost in the boxes."""
    reach = values.copy()
    for d in range(len(half)):
        apart = slopes[:, :, d] - others[:, :, d]
        np.abs(apart, out=apart)
        apart *= half[d]
        reach -= apart
    return reach


@dataclass(frozen=True)
class Left:
    """What the search of one case could not settle.

    Attributes
    ----------
    low, high : prices between which it is, shape (coordinates,).
    options : per control point, those that may occur in a portfolio below the limit.
    bound : no portfolio left over is below.
    """

    low: Array
    high: Array
    options: tuple[tuple[int, ...], ...]
    bound: float


class PriceSearch:
    """The search between two prices, for one choice of the pivots; halves all boxes at a time.

    Parameters
    ----------
    low, high : prices, shape (coordinates,).

    Attributes
    ----------
    bound : the least bound of the boxes that are done.
    open_bound : no portfolio with prices in the open boxes is below.
    left : what a MILP should take over; None as long as boxes are open, and where all are done.
    finished : whether no box is open any more.
    """

    def __init__(self, functions: BlockFunctions, low: Array, high: Array) -> None:
        self.functions = functions
        self.bound = np.inf
        self.open_bound = -np.inf
        self.left: Left | None = None
        self.finished = False
        self._boxes = Boxes(
            low[:, None],
            high[:, None],
            [np.ones((*one.shape, 1), dtype=bool) for one in functions.all_choices()],
        )
        self._depth = 0
        self._most = self._fewest = np.inf
        self._every = _steps(self.rest())

    @property
    def crowded(self) -> bool:
        """Whether so many boxes are open that a MILP over everything is the better way."""
        return len(self._boxes) > max(CROWD, CROWD_OF_STEPS * self._every)

    @property
    def proven(self) -> float:
        """What no portfolio of this case is below."""
        return min(self.bound, self.open_bound)

    def rest(self) -> Left:
        """Return what is still open as something to be taken over."""
        boxes = self._boxes
        options = self.functions.options(boxes.anywhere())
        return Left(boxes.low.min(axis=1), boxes.high.max(axis=1), options, self.open_bound)

    def advance(self, at_most: float, *, until: float) -> list[tuple[float, Profile]]:
        """Look at every open box, and halve those that may hold a portfolio below `at_most`.

        Parameters
        ----------
        until : `time.perf_counter()` from which everything is left over; the first box is looked at
            in any case.

        Returns
        -------
        The best choices at the best centres, with their value without budgets.
        """
        looks: list[Looked] = []
        for start in range(0, len(self._boxes), BATCH):
            if self._depth and time.perf_counter() > until:
                self.left, self.finished = self.rest(), True
                return []
            batch = self._boxes.part(slice(start, start + BATCH))
            looks.append(look(self.functions, batch, at_most=at_most))
        bounds = np.concatenate([one.bounds for one in looks])
        losses = np.concatenate([one.losses for one in looks], axis=1)
        alive = bounds < at_most
        self.bound = min(self.bound, float(bounds[~alive].min(initial=np.inf)))
        still_open = zip(*(one.open for one in looks), strict=True)
        self._boxes = Boxes(
            self._boxes.low, self._boxes.high, [np.concatenate(one, axis=2) for one in still_open]
        ).part(alive)
        self.open_bound = float(bounds[alive].min(initial=np.inf))
        self._depth += 1
        if not alive.any():
            self.finished = True
        else:
            left = self.rest()
            if self._worth_a_programme(left):
                self.left, self.finished = left, True
            else:
                self._boxes = _halved(self._boxes, losses[:, alive])
        return _promising(self.functions, looks)

    def _worth_a_programme(self, left: Left) -> bool:
        """Return whether a MILP will settle the rest faster than further halvings."""
        count = len(self._boxes)
        self._most = count if self._depth == 1 else max(self._most, count)
        if count < self._most / 2:
            self._fewest = min(self._fewest, count)
        return (
            _steps(left) <= FEW * self._every
            or count > GROWTH * self._fewest
            or self._depth >= DEEPEST
        )


def _steps(left: Left) -> int:
    return sum(len(options) - 1 for options in left.options)


def _promising(functions: BlockFunctions, looks: Sequence[Looked]) -> list[tuple[float, Profile]]:
    """Return the best choices at the two best centres."""
    found = []
    for one in looks:
        i = int(one.centre_values.argmin())
        found.append((float(one.centre_values[i]), [best[:, i] for best in one.best]))
    found.sort(key=lambda pair: pair[0])
    return [(value, functions.profile(choices)) for value, choices in found[:2]]


def _listed(marked: NDArray[np.bool_]) -> Indices:
    """Return the marked choices of each block first, as many for all as one needs at most."""
    most = int(marked.sum(axis=1).max())
    return np.argsort(~marked, axis=1, kind="stable")[:, :most]


def _halved(boxes: Boxes, losses: Array) -> Boxes:
    """Halve every box along the coordinate whose width costs its bound most."""
    along = losses.argmax(axis=0)
    every = np.arange(len(boxes))
    both = boxes.part(np.repeat(every, 2))  # neighbours share their open choices
    middle = (boxes.low[along, every] + boxes.high[along, every]) / 2
    both.high[along, 2 * every] = middle
    both.low[along, 2 * every + 1] = middle
    return both

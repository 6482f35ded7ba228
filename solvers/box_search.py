"""Every profile that may be an equilibrium of aligned players, from boxes of the evader's prices.

For each choice of the pivots the search starts in the box that holds the best prices against any
profile. A look at a box unmarks choices that some player would change all over it and closes it
where no minimum can lie in it (module `stationary_boxes`). Where few profiles are left they are
listed; any other box is halved along the coordinate whose width leaves most in doubt. Once no box
is open, no equilibrium is outside what was listed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from games.layered import Profile
from solvers import stationary_boxes as kernels
from solvers.blocks import Indices, Marks
from solvers.price_cases import Case, tangents_at
from solvers.separation import Array
from solvers.stationary_boxes import Tangents

ROUND = 64  # boxes
CHUNK = 16  # boxes that one thread looks at together
TRIED = 4096.0  # profiles in a box up to which all are looked at
LISTED = 32  # profiles in a box that are listed
BEYOND = (1.2, 1.2, 1.5, 2.0)  # how far beyond a box each trial is, 1 being just beyond
NARROW = 2.0**-12  # of the first box's widths: what is not settled by then is listed, or left


@dataclass(frozen=True)
class _Box:
    """An open box; profiles in it lose between `least` and `most`."""

    low: Array
    high: Array
    marks: Marks
    least: float
    most: float


class BoxSearch:
    """The search between two prices, for all choices of the pivots.

    Parameters
    ----------
    low, high : prices, shape (coordinates,).
    harm : lambda of the members whose loss is bounded.
    tolerance : bn USD a year, of sums of prices times slopes.

    Attributes
    ----------
    best, worst : profiles that lose no less than `best` and no more than `worst` are of no use.
    looked_at : how many boxes were.
    """

    def __init__(
        self, cases: Sequence[Case], low: Array, high: Array, *, harm: float, tolerance: float
    ) -> None:
        self.cases = cases
        self.best, self.worst = np.inf, -np.inf
        self.looked_at = 0
        self._harm, self._tolerance = harm, tolerance
        self._narrow = NARROW * (high - low)
        self._signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(low))))
        self._left: list[_Box] = []  # narrow, and still with too many profiles
        self._open = [
            [_Box(low, high, np.ones(len(case.costs), dtype=bool), -np.inf, np.inf)]
            for case in cases
        ]

    def __len__(self) -> int:
        """Return the number of open boxes."""
        return sum(map(len, self._open))

    @property
    def closed(self) -> bool:
        """Whether no profile of use is outside what was listed."""
        return not len(self) and not self._left

    def losses(self) -> tuple[float, float]:
        """Return what nothing left in a box falls below, and what nothing exceeds."""
        boxes = [*self._left, *(box for some in self._open for box in some)]
        return (
            min((box.least for box in boxes), default=np.inf),
            max((box.most for box in boxes), default=-np.inf),
        )

    def advance(self, threads: Executor) -> list[Profile]:
        """Look at some boxes, and return the profiles that are the only ones left in them."""
        number = next(number for number, some in enumerate(self._open) if some)
        stack = self._open[number]
        boxes = [stack.pop() for _ in range(min(ROUND, len(stack)))]
        self.looked_at += len(boxes)
        chunks = [boxes[i : i + CHUNK] for i in range(0, len(boxes), CHUNK)]
        found: list[Profile] = []
        for profiles, open_ in threads.map(lambda chunk: self._look(number, chunk), chunks):
            found += profiles
            for box in open_:
                if np.any(box.high - box.low > self._narrow):
                    stack.append(box)
                elif np.prod(self._counts(number, box.marks)) <= TRIED:
                    found += self._all(number, box.marks)
                else:
                    self._left.append(box)
        return found

    def _useful(self, box: _Box) -> bool:
        return box.least < self.best or box.most > self.worst

    def _counts(self, number: int, marks: Marks) -> Array:
        first = self.cases[number].functions.choices.first
        return np.add.reduceat(marks.astype(float), first[:-1])

    def _all(self, number: int, marks: Marks) -> list[Profile]:
        """Return every profile made of marked choices."""
        functions = self.cases[number].functions
        ends = itertools.pairwise(functions.choices.first)
        blocks = [start + np.flatnonzero(marks[start:end]) for start, end in ends]
        return [functions.profile(picked) for picked in itertools.product(*blocks)]

    def _look(self, number: int, boxes: Sequence[_Box]) -> tuple[list[Profile], list[_Box]]:
        """Return the profiles listed, and what stays open."""
        case = self.cases[number]
        first = case.functions.choices.first
        low, high = np.array([box.low for box in boxes]), np.array([box.high for box in boxes])
        marks = np.array([box.marks for box in boxes])
        at, open_, doubts = self._take_prices(case, low, high, marks)
        left = np.flatnonzero(open_)
        if not len(left):
            return [], []
        low, high, marks = low[left], high[left], marks[left]
        doubts = doubts[left]
        order = np.flatnonzero(marks.any(axis=0))
        at = _some(at, left)
        downhill, bounds = self._aim(case, low, high, at, marks)
        cuts = self._cut(case, low, high, marks, downhill, order)
        kept = cuts.kept
        if not len(kept):
            return [], []
        low, high, marks = low[kept], high[kept], marks[kept]
        bounds, left, doubts = bounds[kept], left[kept], doubts[kept] + cuts.doubts
        listed = np.empty(len(low), dtype=np.int64)
        listing = np.empty((len(low), LISTED, len(first) - 1), dtype=np.int64)
        kernels.list_profiles(
            case.functions.fixed,
            case.spending,
            first,
            low,
            high,
            cuts.trials,
            cuts.at[0].ids,
            cuts.at[0].first,
            cuts.at[0].counts,
            np.stack([one.values for one in cuts.at], axis=1),
            np.stack([one.slopes for one in cuts.at], axis=1),
            self._tolerance,
            TRIED,
            self._harm,
            case.costs,
            self.best - case.constant,
            self.worst - case.constant,
            marks,
            listed,
            listing,
        )
        picks = [listing[i, : listed[i]] for i in np.flatnonzero(listed > 0)]
        profiles: list[Profile] = []
        if picks:
            where = np.repeat(np.flatnonzero(listed > 0), [len(some) for some in picks])
            profiles = self._one_by_one(case, low[where], high[where], np.concatenate(picks))
        halves: list[_Box] = []
        for i in np.flatnonzero(listed < 0):
            parent = boxes[left[i]]
            least = max(parent.least, float(bounds[i, 0]) + case.constant)
            most = min(parent.most, float(bounds[i, 1]) + case.constant)
            box = _Box(low[i], high[i], marks[i], least, most)
            if self._useful(box):
                halves += _halved(box, int(doubts[i].argmax()))
        return profiles, halves

    def _take_prices(
        self, case: Case, low: Array, high: Array, marks: Marks
    ) -> tuple[Tangents, Marks, Array]:
        """Unmark what players change; return tangents at centres, what is open, and doubts."""
        first = case.functions.choices.first
        count, size = low.shape
        centre, half = (low + high) / 2, (high - low) / 2
        at = tangents_at(case.functions, centre, marks | case.shared, np.arange(count))
        changes = np.empty((count, len(case.seats.own)), dtype=np.int64)
        kernels.propose_changes(case.seats, case.spending, first, at, marks, changes)
        wanted = np.zeros_like(marks)
        rows, entries = np.nonzero(changes >= 0)
        wanted[rows, changes[rows, entries]] = True
        ends = centre[:, None] + half[:, None] * self._signs
        turns = np.repeat(np.arange(count), len(self._signs))
        corners = tangents_at(case.functions, ends.reshape(-1, size), wanted, turns)
        open_, doubts = np.empty(count, dtype=bool), np.empty((count, size))
        kernels.take_prices(
            case.seats, first, low, high, at, corners, ends, changes, marks, open_, doubts
        )
        return at, open_, doubts

    def _aim(
        self, case: Case, low: Array, high: Array, at: Tangents, marks: Marks
    ) -> tuple[Array, Array]:
        """Return the slopes at centres and bounds on losses."""
        downhill, bounds = np.empty_like(low), np.empty((len(low), 2))
        kernels.aim(
            case.functions.fixed,
            case.functions.choices.first,
            low,
            high,
            at,
            marks,
            self._signs,
            downhill,
            bounds,
            self._harm,
            case.costs,
        )
        return downhill, bounds

    def _one_by_one(self, case: Case, low: Array, high: Array, picks: Indices) -> list[Profile]:
        """Return the profiles whose minimum may be in their box, each tried with its own slopes."""
        marks = np.zeros((len(picks), len(case.costs)), dtype=bool)
        np.put_along_axis(marks, picks, True, axis=1)
        order = np.flatnonzero(marks.any(axis=0))
        at = tangents_at(case.functions, (low + high) / 2, marks, np.arange(len(picks)), order)
        downhill, _ = self._aim(case, low, high, at, marks)
        kept = self._cut(case, low, high, marks, downhill, order).kept
        return [case.functions.profile(picked) for picked in picks[kept]]

    def _cut(
        self, case: Case, low: Array, high: Array, marks: Marks, downhill: Array, order: Indices
    ) -> _Cuts:
        """Try prices beyond each box, further and further down the slopes found so far.

        Notes
        -----
        The direction follows the slopes' convex combination of least norm (gilbert1966): where that
        is not nought, a trial far enough that way closes the box.
        """
        first, fixed = case.functions.choices.first, case.functions.fixed
        kept, start = np.arange(len(low)), downhill
        doubts = np.zeros_like(low)
        trials: list[Array] = []
        written: list[Tangents] = []
        for beyond in BEYOND:
            half = (high - low) / 2
            way = downhill * half
            square = np.maximum((way**2).sum(axis=1, keepdims=True), 1e-300)
            reach = beyond * np.abs(way).sum(axis=1, keepdims=True) / square
            trial = np.maximum((low + high) / 2 - reach * half * way, 0.0)
            at = tangents_at(case.functions, trial, marks, np.arange(len(low)), order)
            open_, nearest = np.empty(len(low), dtype=bool), np.empty_like(low)
            kernels.cut(
                fixed,
                first,
                low,
                high,
                trial,
                at,
                marks,
                self._signs,
                self._tolerance,
                open_,
                nearest,
            )
            doubts = np.maximum(doubts, np.abs(nearest - start) * half)
            apart = (downhill - nearest) * half
            share = (way * apart).sum(axis=1) / np.maximum((apart**2).sum(axis=1), 1e-300)
            downhill = downhill + np.clip(share, 0.0, 1.0)[:, None] * (nearest - downhill)
            trials.append(trial)
            written.append(at)
            if not open_.all():
                low, high, marks, downhill = low[open_], high[open_], marks[open_], downhill[open_]
                doubts, start, kept = doubts[open_], start[open_], kept[open_]
                trials = [one[open_] for one in trials]
                written = [_some(one, open_) for one in written]
            if not len(kept):
                break
        return _Cuts(kept, np.stack(trials, axis=1), written, doubts)


class _Cuts(NamedTuple):
    """What trials showed: the boxes still open, trials and tangents there, what is in doubt."""

    kept: Indices
    trials: Array
    at: list[Tangents]
    doubts: Array


def _some(at: Tangents, which: Indices | Marks) -> Tangents:
    """Return the tangents in some of the boxes."""
    return Tangents(at.first, at.ids[which], at.counts[which], at.values[which], at.slopes[which])


def _halved(box: _Box, along: int) -> list[_Box]:
    middle = (box.low[along] + box.high[along]) / 2
    below, above = box.high.copy(), box.low.copy()
    below[along] = above[along] = middle
    return [replace(box, high=below), replace(box, low=above, marks=box.marks.copy())]

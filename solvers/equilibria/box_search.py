"""Every profile that may be an equilibrium of aligned players, from boxes of the evader's prices.

For each choice of the pivots the search starts in the box that holds the best prices against any
profile. A look at a box narrows it, unmarks choices and closes it where it can (module
`stationary_boxes`). Where few profiles are left they are listed; any other box is halved along the
coordinate whose width leaves most in doubt, at the value of a chord where one is near its middle:
what is fixed has a kink there. Once no box is open, no equilibrium is outside what was listed.

Boxes that may hold a better profile than the best known, or a worse one than the worst known, are
looked at first, those by the largest margin before all others, so that the bounds of a search that
runs out of time are as good as they can be. What is looked at does not depend on the number of
threads.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from games.layered import Profile
from solvers.boxes.choices import Marks
from solvers.boxes.separation import Array
from solvers.equilibria import stationary_boxes as kernels
from solvers.equilibria.choices_left import Aim
from solvers.equilibria.price_cases import Case
from solvers.equilibria.stationary_boxes import Boxes

ROUND = 64  # boxes
CHUNK = 16  # boxes that one thread looks at together
FEW, MANY = 4, 32  # profiles in a box that are listed, and in one that is small
SMALL = 2.0**-5  # of the first box's widths
ALL = 4096.0  # profiles in a box too narrow to halve up to which all are listed
NARROW = 2.0**-14  # of the first box's widths
MIDDLE = 0.3  # how far from the middle, as a share of the width, a box may be parted


@dataclass(frozen=True)
class _Box:
    """An open box; profiles in it lose between `least` and `most`."""

    case: int
    low: Array
    high: Array
    marks: Marks
    targets: Marks
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
        self,
        cases: Sequence[Case],
        low: Array,
        high: Array,
        *,
        harm: float,
        tolerance: float,
        best: float = np.inf,
        worst: float = -np.inf,
    ) -> None:
        self.cases = cases
        self.best, self.worst = best, worst
        self.looked_at = 0
        self._harm, self._tolerance = harm, tolerance
        self._small, self._narrow = SMALL * (high - low), NARROW * (high - low)
        self._left: list[_Box] = []  # narrow, and still with too many profiles
        self._open: list[tuple[float, int, _Box]] = []
        self._serial = 0
        for number, case in enumerate(cases):
            every = np.ones(len(case.costs), dtype=bool)
            self._add(_Box(number, low, high, every, every.copy(), -np.inf, np.inf))

    def __len__(self) -> int:
        """Return the number of open boxes."""
        return len(self._open)

    @property
    def closed(self) -> bool:
        """Whether no profile of use is outside what was listed."""
        return not any(map(self._useful, self._boxes()))

    def losses(self) -> tuple[float, float]:
        """Return what no profile of use left in a box falls below, and what none exceeds."""
        boxes = [box for box in self._boxes() if self._useful(box)]
        return (
            min((box.least for box in boxes), default=np.inf),
            max((box.most for box in boxes), default=-np.inf),
        )

    def _boxes(self) -> list[_Box]:
        return [*self._left, *(box for _, _, box in self._open)]

    def _useful(self, box: _Box) -> bool:
        return box.least < self.best or box.most > self.worst

    def _add(self, box: _Box) -> None:
        if self._useful(box):
            # where nothing is known yet every margin is infinite, and the last box is the first
            self._serial -= 1
            margin = max(self.best - box.least, box.most - self.worst)
            heapq.heappush(self._open, (-margin, self._serial, box))

    def advance(self, threads: Executor) -> list[Profile]:
        """Look at some boxes, and return the profiles that are the only ones left in them."""
        boxes: list[_Box] = []
        while self._open and len(boxes) < ROUND:
            box = heapq.heappop(self._open)[2]
            if self._useful(box):
                boxes.append(box)
        self.looked_at += len(boxes)
        boxes.sort(key=lambda box: box.case)
        chunks = [
            some[start : start + CHUNK]
            for _, group in itertools.groupby(boxes, key=lambda box: box.case)
            for some in [list(group)]
            for start in range(0, len(some), CHUNK)
        ]
        found: list[Profile] = []
        for chunk, looked in zip(chunks, threads.map(self._look, chunks), strict=True):
            found += self._take(chunk[0].case, looked)
        return found

    def _look(self, chunk: Sequence[_Box]) -> Boxes:
        """Return what boxes of one case came to."""
        case = self.cases[chunk[0].case]
        shape = (len(chunk), len(self._narrow))
        looked = Boxes(
            np.array([box.low for box in chunk]),
            np.array([box.high for box in chunk]),
            np.array([box.marks for box in chunk]),
            np.array([box.targets for box in chunk]),
            np.array([(box.least, box.most) for box in chunk]) - case.constant,
            np.empty(shape),
            np.empty(len(chunk), dtype=np.int64),
            np.array([MANY if np.all(b.high - b.low <= self._small) else FEW for b in chunk]),
            np.empty((len(chunk), MANY, len(case.functions.blocks)), dtype=np.int64),
        )
        aim = Aim(
            case.functions.fixed,
            self._harm,
            case.costs,
            self.best - case.constant,
            self.worst - case.constant,
            self._tolerance,
        )
        kernels.look(case.terms, aim, looked)
        return looked

    def _take(self, number: int, looked: Boxes) -> list[Profile]:
        """Open the halves of what stays open, and return what was listed."""
        case = self.cases[number]
        found: list[Profile] = []
        for i, status in enumerate(looked.status):
            if status >= 0:
                found += [case.functions.profile(picked) for picked in looked.listing[i, :status]]
            if status != kernels.OPEN:
                continue
            low, high, marks, targets = (field[i] for field in looked[:4])
            least, most = looked.losses[i] + case.constant
            wide = high - low > self._narrow
            if not wide.any():
                if np.prod(self._counts(case, marks)) <= ALL:
                    found += self._all(case, marks)
                else:
                    self._left.append(_Box(number, low, high, marks, targets, least, most))
                continue
            along = int(np.where(wide, looked.doubts[i], -1.0).argmax())
            ends = high.copy(), low.copy()
            ends[0][along] = ends[1][along] = self._middle(case, along, low[along], high[along])
            self._add(_Box(number, low, ends[0], marks, targets, least, most))
            self._add(_Box(number, ends[1], high, marks, targets, least, most))
        return found

    def _middle(self, case: Case, along: int, low: float, high: float) -> float:
        """Return where to part an interval of prices."""
        fixed, middle = case.functions.fixed, (low + high) / 2
        values = fixed.values[fixed.first[along] : fixed.first[along + 1]]
        near = values[np.abs(values - middle) < MIDDLE * (high - low)]
        return float(near[np.abs(near - middle).argmin()]) if len(near) else middle

    def _counts(self, case: Case, marks: Marks) -> Array:
        return np.add.reduceat(marks.astype(float), case.functions.choices.first[:-1])

    def _all(self, case: Case, marks: Marks) -> list[Profile]:
        """Return every profile made of marked choices."""
        ends = itertools.pairwise(case.functions.choices.first)
        blocks = [start + np.flatnonzero(marks[start:end]) for start, end in ends]
        return [case.functions.profile(picked) for picked in itertools.product(*blocks)]

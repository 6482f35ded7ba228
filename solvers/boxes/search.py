"""The best portfolio by branch and bound in the space of the evader's prices.

For a separated dual (modules `separation`, `blocks`) the least of costs plus lambda Z is the least,
over a few prices p, of a sum of block minima. Module `bounds` bounds it in a box of prices. The
boxes of all choices of the pivots wait in one heap. In each round the boxes with the least bounds
are looked at: one whose bound reaches the best portfolio known is done, as is one that holds so few
portfolios that all can be tried; any other is halved along the coordinate whose width costs its
bound most. Choices that cannot be best anywhere in a box stay out of its halves, and what it
charged for the use of prices is where its halves begin. The best choices at the centres are
portfolios, so that good ones turn up on the way.

What is looked at in a round does not depend on the number of threads, so neither does the result.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.bounds import Answers, bound_boxes
from solvers.boxes.cells import Cells, cells
from solvers.boxes.centres import best_choices
from solvers.boxes.choices import Indices, Marks
from solvers.boxes.separation import Array
from solvers.boxes.tangents import private_tangents, tangents

ROUND = 64  # boxes
CHUNKS = 8  # parts of a round
FIRST_ASCENTS = 40  # where nothing is inherited
ASCENTS = 10
LEAST_ROOM = 512  # boxes
LISTED = 8  # portfolios in a box that are tried one by one


@dataclass(frozen=True)
class Proposal:
    """A portfolio that a look at a box came across; no other portfolio there may go unseen.

    Attributes
    ----------
    reached : what it costs at most.
    must_be_tried : whether its box counts as done because this portfolio is tried.
    """

    profile: Profile
    reached: float
    must_be_tried: bool


@dataclass(frozen=True)
class Left:
    """What the search could not settle, for one choice of the pivots.

    Attributes
    ----------
    low, high : prices between which it is, shape (coordinates,).
    options : per control point, those that may occur in a portfolio below the limit.
    bound : no portfolio left over is below.
    """

    case: int
    low: Array
    high: Array
    options: tuple[tuple[int, ...], ...]
    bound: float


def look(
    functions: BlockFunctions,
    parts: Cells,
    low: Array,
    high: Array,
    marks: Marks,
    charges: Array,
    which: Indices,
    *,
    at_most: float,
    ascents: int = ASCENTS,
    listed: int = LISTED,
) -> Answers:
    """Bound boxes from below, hardly beyond `at_most`, and unmark choices that are too dear.

    Parameters
    ----------
    parts : the cells of the functions.
    low, high : shape (boxes, coordinates).
    marks : sets of choices, shape (sets, choices).
    charges : slopes to charge to begin with, shape (sets, accounts, coordinates); the best ones
        found take their place.
    which : the set of each box, shape (boxes,); no two boxes may have the same.
    ascents : steps of the slopes charged.
    listed : portfolios that a box may hold to be listed.
    """
    count, blocks = len(low), len(functions.blocks)
    answers = Answers(
        np.empty(count),
        np.empty(count),
        np.empty((count, blocks), np.int64),
        np.empty(low.shape),
        np.empty(count, np.int64),
        np.empty((count, listed, blocks), np.int64),
    )
    count_private = len(functions.rows.part_first) - 1 - functions.rows.private_from
    private = np.empty((count, count_private, 1 + functions.size))
    _, _, row_first, rows = functions.choices
    private_tangents(*functions.rows, row_first, rows, (low + high) / 2, marks, which, private)
    bound_boxes(
        functions.constant,
        functions.fixed,
        functions.purses,
        functions.choices,
        parts,
        low,
        high,
        private,
        at_most,
        ascents,
        marks,
        charges,
        which,
        answers,
    )
    return answers


def best_at(functions: BlockFunctions, prices: Array) -> list[Proposal]:
    """Return the best affordable portfolio at each of some prices; none where none is affordable.

    Parameters
    ----------
    prices : shape (prices, coordinates).
    """
    order, blocks, count = functions.purses.order, len(functions.blocks), len(prices)
    shape = (count, len(order))
    ids, counts = np.empty(shape, np.int64), np.empty((count, blocks), np.int64)
    values, slopes = np.empty(shape), np.empty((count, functions.size, len(order)))
    written = (ids, counts, values, slopes)
    marks, which = functions.purses.possible[None], np.zeros(count, np.int64)
    tangents(*functions.rows, *functions.choices, order, prices, marks, which, *written)
    reached, picked = np.empty(count), np.empty((count, blocks), np.int64)
    best_choices(
        functions.constant,
        functions.fixed,
        functions.purses,
        functions.choices.first,
        prices,
        ids,
        counts,
        values,
        reached,
        picked,
    )
    return [
        Proposal(functions.profile(of_one), float(value), False)
        for of_one, value in zip(picked.tolist(), reached, strict=True)
        if np.isfinite(value)
    ]


class PriceSearch:
    """The search between two prices, for all choices of the pivots.

    Parameters
    ----------
    cases : the functions of the blocks for each choice of the pivots.
    low, high : prices, shape (coordinates,).
    chunks : parts of a round that threads look at; from each comes one portfolio.

    Attributes
    ----------
    done_bound : the least bound of the boxes that are done.
    looked_at : how many boxes were.
    """

    def __init__(
        self, cases: Sequence[BlockFunctions], low: Array, high: Array, *, chunks: int = CHUNKS
    ) -> None:
        self.cases, self._parts = cases, chunks
        self.done_bound = np.inf
        self.looked_at = 0
        self._low, self._high = np.empty((2, 0, len(low)))
        self._case = np.empty(0, np.int64)
        self._marks = np.empty((0, len(cases[0].purses.order)), bool)
        self._cells = [cells(functions, low, high) for functions in cases]
        self._charges = np.empty((0, *self._cells[0].uses.shape))
        self._free: list[int] = []
        self._heap: list[tuple[float, int, int]] = []  # bound, serial number, place
        self._serial = 0
        self._round: list[tuple[Indices, Future[Answers]]] = []
        self._inherited: list[float] = []
        self._limit = np.inf
        self._make_room(len(cases))
        uncharged = np.zeros(self._cells[0].uses.shape)
        for case, functions in enumerate(cases):
            self._add(-np.inf, low, high, case, functions.purses.possible, uncharged)

    @property
    def open_bound(self) -> float:
        """What no portfolio with prices in an open box is below."""
        return self._heap[0][0] if self._heap else np.inf

    @property
    def bound(self) -> float:
        """What no portfolio is below, but for those that were to be tried."""
        return min(self.done_bound, self.open_bound)

    def __len__(self) -> int:
        """Return the number of open boxes."""
        return len(self._heap)

    @property
    def at_work(self) -> bool:
        """Whether a round has begun and is not finished."""
        return bool(self._round)

    def advance(self, at_most: float, threads: Executor) -> list[Proposal]:
        """Look at the boxes with the least bounds, and halve what may hold less than `at_most`."""
        self.begin(at_most, threads)
        return self.finish()

    def begin(self, at_most: float, threads: Executor) -> None:
        """Have the boxes with the least bounds looked at while the caller does something else."""
        places: list[int] = []
        bounds: list[float] = []
        while self._heap and len(places) < ROUND and self._heap[0][0] < at_most:
            bound, _, place = heapq.heappop(self._heap)
            bounds.append(bound)
            places.append(place)
        if not places:
            self.done_bound = min([self.done_bound, *(bound for bound, _, _ in self._heap)])
            self._heap.clear()
            return
        self._make_room(len(places))  # for the halves of all: while threads write, nothing moves
        self.looked_at += len(places)
        self._limit = at_most
        by_case = np.argsort(self._case[places], kind="stable")
        self._inherited = np.array(bounds)[by_case].tolist()
        self._round = [
            (chunk, threads.submit(self._look, chunk, at_most))
            for chunk in self._chunks(np.array(places)[by_case])
        ]

    def finish(self) -> list[Proposal]:
        """Wait for the round that has begun, halve what may hold less, and return what it found."""
        proposals: list[Proposal] = []
        inherited = iter(self._inherited)
        for chunk, look_at in self._round:
            answers = look_at.result()
            functions = self.cases[self._case[chunk[0]]]
            best = int(answers.reached.argmin())
            if np.isfinite(answers.reached[best]):
                profile = functions.profile(answers.picked[best])
                proposals.append(Proposal(profile, float(answers.reached[best]), False))
            for i, place in enumerate(chunk):
                bound = max(float(answers.bounds[i]), next(inherited))
                if bound >= self._limit:
                    self.done_bound = min(self.done_bound, bound)
                    self._free.append(int(place))
                elif answers.listed[i] >= 0:
                    proposals += [
                        Proposal(functions.profile(picked), np.inf, True)
                        for picked in answers.listing[i, : answers.listed[i]]
                    ]
                    self.done_bound = min(self.done_bound, self._limit)
                    self._free.append(int(place))
                else:
                    self._halve(int(place), bound, int(answers.losses[i].argmax()))
        self._round = []
        proposals.sort(key=lambda one: one.reached)
        return proposals

    def rest(self) -> None:
        """Give back the room of boxes that are done; the search can go on all the same."""
        places = np.array([place for _, _, place in self._heap], dtype=np.int64)
        self._low, self._high = self._low[places], self._high[places]
        self._case, self._marks = self._case[places], self._marks[places]
        self._charges = self._charges[places]
        self._heap = [(bound, serial, i) for i, (bound, serial, _) in enumerate(self._heap)]
        self._free = []

    def left(self) -> list[Left]:
        """Return what is still open, for each choice of the pivots that has open boxes."""
        found = []
        for case, functions in enumerate(self.cases):
            ours = [one for one in self._heap if self._case[one[2]] == case]
            if ours:
                places = [place for _, _, place in ours]
                options = functions.options(np.asarray(self._marks[places].any(axis=0)))
                low, high = self._low[places].min(axis=0), self._high[places].max(axis=0)
                found.append(Left(case, low, high, options, min(ours)[0]))
        return found

    def _chunks(self, places: Indices) -> Iterator[Indices]:
        """Yield parts of places, each of one case."""
        size = -(-len(places) // self._parts)
        start = 0
        for end in range(1, len(places) + 1):
            full = end - start == size
            if full or end == len(places) or self._case[places[end]] != self._case[places[start]]:
                yield places[start:end]
                start = end

    def _look(self, places: Indices, at_most: float) -> Answers:
        functions = self.cases[self._case[places[0]]]
        return look(
            functions,
            self._cells[self._case[places[0]]],
            self._low[places],
            self._high[places],
            self._marks,
            self._charges,
            places,
            at_most=at_most,
            ascents=FIRST_ASCENTS if self.looked_at <= len(self.cases) else ASCENTS,
        )

    def _halve(self, place: int, bound: float, along: int) -> None:
        low, high = self._low[place].copy(), self._high[place].copy()
        middle = (low[along] + high[along]) / 2
        case, marks = int(self._case[place]), self._marks[place].copy()
        charges = self._charges[place].copy()
        self._free.append(place)
        for side in (0, 1):
            ends = low.copy(), high.copy()
            ends[1 - side][along] = middle
            self._add(bound, *ends, case, marks, charges)

    def _make_room(self, boxes: int) -> None:
        """Have room for so many more boxes."""
        if len(self._free) >= boxes:
            return
        count = len(self._case)
        more = max(boxes, count, LEAST_ROOM)
        self._free = [*range(count + more - 1, count - 1, -1), *self._free]
        self._low, self._high = _roomier(self._low, more), _roomier(self._high, more)
        self._case, self._marks = _roomier(self._case, more), _roomier(self._marks, more)
        self._charges = _roomier(self._charges, more)

    def _add(
        self, bound: float, low: Array, high: Array, case: int, marks: Marks, charges: Array
    ) -> None:
        place = self._free.pop()
        self._low[place], self._high[place], self._case[place] = low, high, case
        self._marks[place], self._charges[place] = marks, charges
        heapq.heappush(self._heap, (bound, self._serial, place))
        self._serial += 1


def _roomier(array: NDArray[Any], more: int) -> NDArray[Any]:
    return np.concatenate([array, np.empty((more, *array.shape[1:]), array.dtype)])

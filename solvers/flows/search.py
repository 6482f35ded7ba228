"""The best portfolio of any player by branch and bound over the evader's prices.

For a network taken apart (modules `separation`, `tables`) boxes of prices are bounded by what
the evader surely ships and surely does not (module `bounds`). A box whose bound reaches the
best portfolio known is done; so is one in which few portfolios could be better: these are tried.
Any other is split by what most of its loss hangs on:

- a chord whose value lies among its front's prices: into prices below, where it is full, prices
  above, where it is idle, and the one price at which it may be anything;
- flows in doubt, or what the evader's dual misses: the box is halved along a price;
- nothing of the kind: the weaker options of a point from the stronger.

The boxes with the smallest bounds come first, so that the smallest bound of all open ones holds at
any time. What is looked at does not depend on the number of threads.

Where equally good flows meet at the optimum's own prices halving need not end (two small random
games in a hundred): the bound holds there, but stays apart from the best portfolio.
"""

from __future__ import annotations

import heapq
import itertools
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from games.errors import NotCertifiedError
from games.layered import Profile
from games.network import Network
from solvers.boxes.choices import Marks
from solvers.boxes.separation import Array, Separation
from solvers.candidates import SOLVED
from solvers.descent import descend, respects_budgets
from solvers.flows.bounds import Seen, look
from solvers.flows.mirror import mirrored
from solvers.flows.nodes import EDGE, FULL, IDLE, OPEN, TINY, States
from solvers.flows.tables import FlowCase, FlowTables, beyond
from solvers.players import stake
from solvers.prices import Box, Weights, first_box

ROUND = 64  # boxes
CHUNK = 8  # boxes that one thread looks at together
STEPS = 40  # of the ascent of the dual in one box
VISITS = 20000  # of choices, to list the portfolios of a box
LISTED = 12  # portfolios of one box that are listed at most
CHARGING = 10  # steps of the charges
FIRST_CHARGING = 60  # where nothing is inherited
POINTS = 64  # prices at which tangents of private nodes are taken to begin with
NARROW = 3e-3  # relative width below which nothing is halved
CHORDS = 0.3  # how a chord in doubt weighs against flows in doubt
CHEAP = 0.001  # share of the largest price of money below which prices are not scaled
OFFERED = 200  # boxes whose portfolio is tried, and beyond them
RARELY = 10  # of so many boxes one, unless the bound is near
WORTH_A_DESCENT = 0.01  # share of the least loss within which a portfolio is improved
CROWD = 100_000  # open boxes that are too many
STILL_FALLS = 0.75  # what is left of the open gap where a search is not stalled
THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Found:
    """The best portfolio found, what it loses, and what no portfolio loses less than."""

    profile: Profile
    loss: float
    bound: float
    boxes: int


@dataclass(frozen=True)
class _Node:
    """A box of scaled prices, what is known of chords, and the choices open in it."""

    case: int
    low: Array
    high: Array
    scales: Array
    states: States
    worths: Array
    charges: Array
    marks: Marks


class FlowSearch:
    """A search on its way.

    Parameters
    ----------
    separation : with what the members earn.
    loss : what the player loses by a profile within its budgets, the evader's response included.
    first : a portfolio and its loss.
    gap : relative gap between loss and bound to reach.
    """

    def __init__(
        self,
        separation: Separation,
        weights: Weights,
        members: Sequence[str],
        *,
        loss: Callable[[Profile], float],
        first: tuple[Profile, float],
        gap: float,
        generator: np.random.Generator,
    ) -> None:
        self.separation, self.weights, self.members = separation, weights, members
        self.loss, self.gap, self.generator = loss, gap, generator
        self.profile, self.least = first
        self.cases = [FlowCase(separation, weights, members, case) for case in separation.cases()]
        self.boxes = 0
        self._tried: set[Profile] = {first[0]}
        self._heap: list[tuple[float, int, _Node]] = []
        self._serial = 0
        self._done = np.inf  # the least bound of boxes that are done
        self._left_out = np.inf  # the least target that choices or portfolios were left out at
        weight = _lean(separation.network, members)
        self._lean = weight
        self._beyond = [beyond(case.tables, weight) for case in self.cases]
        ends = _ends(separation, first_box(separation.network))
        self._mirrors = [mirrored(case.tables, weight, *ends, POINTS) for case in self.cases]

    @property
    def target(self) -> float:
        """What a bound has to reach for its box to be done."""
        return self.least - 0.9 * self.gap * max(1.0, abs(self.least))

    def run(self, box: Box, *, deadline: float, latest: float = -np.inf) -> Found:
        """Search a box of prices until the gap is closed or time is up.

        Parameters
        ----------
        deadline : clock at which the search ends, unless what is open fell by a quarter in the
            second half of its time: halving may never end, and then something else should try.
        latest : clock at which it ends in any case; no sooner than `deadline`.

        Raises
        ------
        NotCertifiedError
            When every box is bounded above what the best portfolio loses: it lies in one of them.
        """
        low, high = _ends(self.separation, box)
        turn = max(low[0], CHEAP * high[0])
        roots = []
        if high[0] > turn:  # prices over the price of money
            scaled = low / high[0], high / turn
            scaled[0][0] = scaled[1][0] = 1.0
            roots.append((*scaled, np.array([1 / high[0], 1 / turn])))
        if low[0] < turn or not roots:
            roots.append((low, np.array([turn, *high[1:]]), np.ones(2)))
        for case, one in enumerate(self.cases):
            states = np.zeros(len(one.tables.chord_at), dtype=np.int8)
            for root in roots:
                start = np.zeros(len(low)), np.zeros(one.tables.uses.shape)
                self._push(-np.inf, _Node(case, *root, states, *start, one.possible))
        halfway, open_then = (time.perf_counter() + deadline) / 2, np.inf
        with ThreadPoolExecutor(max_workers=THREADS) as threads:
            while self._heap and self._heap[0][0] < self.target:
                now, open_now = time.perf_counter(), self.least - self._heap[0][0]
                if now <= halfway:
                    open_then = open_now
                falls = open_now <= STILL_FALLS * open_then < np.inf
                if now > (max(latest, deadline) if falls else deadline) or len(self._heap) > CROWD:
                    break
                self._advance(threads)
        lowest = self._heap[0][0] if self._heap else np.inf
        bound = min(lowest, self._done, self._left_out)
        if bound > self.least + SOLVED * max(1.0, abs(self.least)):
            raise NotCertifiedError(
                f"flow search in {self.separation.network.game.name}: expected a bound of at most "
                f"{self.least:.9g}, which a portfolio loses, found {bound:.9g} bn USD a year"
            )
        return Found(self.profile, self.least, min(bound, self.least), self.boxes)

    def _usual(self, low: Array, high: Array, scales: Array) -> Array:
        """Return what all is worth, about, to a player whose harm is the evader's gain."""
        return np.asarray(self._lean * (low + high) / scales.sum())

    def _advance(self, threads: Executor) -> None:
        """Look at the boxes with the least bounds."""
        target = self.target
        taken: list[tuple[float, _Node]] = []
        while self._heap and len(taken) < ROUND and self._heap[0][0] < target:
            bound, _, node = heapq.heappop(self._heap)
            taken.append((bound, node))
        taken.sort(key=lambda one: one[1].case)
        chunks: list[list[tuple[float, _Node]]] = []
        for one in taken:
            if chunks and len(chunks[-1]) < CHUNK and chunks[-1][0][1].case == one[1].case:
                chunks[-1].append(one)
            else:
                chunks.append([one])
        looks = threads.map(partial(self._look, target=target), chunks)
        for chunk, (seen, (worths, charges), marks) in zip(chunks, list(looks), strict=True):
            for i, (before, node) in enumerate(chunk):
                if seen.bounds[i] < target and marks[i].sum() < node.marks.sum():
                    self._left_out = min(self._left_out, target)
                node = replace(node, charges=charges[i])
                self._branch(max(before, float(seen.bounds[i])), node, seen, i, worths[i], marks[i])

    def _look(
        self, chunk: Sequence[tuple[float, _Node]], *, target: float
    ) -> tuple[Seen, tuple[Array, Array], Marks]:
        nodes = [node for _, node in chunk]
        tables = self.cases[nodes[0].case].tables
        count, size = len(nodes), len(nodes[0].low)
        blocks = len(tables.first) - 1
        seen = Seen(
            np.empty(count),
            np.zeros((count, blocks), dtype=np.int64),
            np.zeros((count, size + 1)),
            np.zeros((count, len(tables.chord_at))),
            np.zeros((count, size + 1)),
            np.empty(count, dtype=np.int64),
            np.empty((count, LISTED, blocks), dtype=np.int64),
        )
        worths = np.array([node.worths for node in nodes])
        charges = np.array([node.charges for node in nodes])
        marks = np.array([node.marks for node in nodes])
        look(
            self._beyond[nodes[0].case],
            np.array([node.low for node in nodes]),
            np.array([node.high for node in nodes]),
            np.array([node.scales for node in nodes]),
            np.array([node.states for node in nodes]),
            worths,
            np.array([self._usual(node.low, node.high, node.scales) for node in nodes]),
            self._mirrors[nodes[0].case],
            charges,
            marks,
            target,
            STEPS,
            CHARGING if charges.any() else FIRST_CHARGING,
            VISITS,
            seen,
        )
        return seen, (worths, charges), marks

    def _branch(
        self, bound: float, node: _Node, seen: Seen, i: int, worths: Array, marks: Marks
    ) -> None:
        """Do with a box what its bound allows."""
        self.boxes += 1
        case = self.cases[node.case]
        tables = case.tables
        if bound >= self.target:
            self._done = min(self._done, bound)
            return
        near = bound > self.least - WORTH_A_DESCENT * abs(self.least)
        if near or self.boxes < OFFERED or self.boxes % RARELY == 0:
            self._offer(case.profile(seen.picked[i].tolist()), polish=True)
        if seen.listed[i] >= 0:
            for picked in seen.listing[i, : seen.listed[i]]:
                self._offer(case.profile(picked.tolist()))
            self._done = min(self._done, self.target)
            return
        low, high = np.append(node.low, node.scales[0]), np.append(node.high, node.scales[1])
        width = (high - low) / np.maximum(low + high, TINY)
        hangs = np.where(width > NARROW, (seen.doubts[i] + TINY) * width + seen.losses[i], -1.0)
        along = int(np.argmax(hangs))
        of_chords = np.where(
            (node.states == OPEN) & _inside(tables, node), CHORDS * seen.chord_doubts[i], -1.0
        )
        chord = int(np.argmax(of_chords)) if len(of_chords) else -1
        if chord >= 0 and of_chords[chord] > max(hangs[along], TINY):
            self._split_at(bound, node, chord, worths, marks)
        elif hangs[along] > 0:
            self._halve(bound, node, along, worths, marks)
        elif any(marks[a:b].sum() > 1 for a, b in itertools.pairwise(tables.first)):
            for part in self._split_options(node.case, marks):
                self._push(bound, replace(node, worths=worths, marks=part))
        else:
            self._offer(case.profile(seen.picked[i].tolist()))
            self._done = min(self._done, self.target)

    def _halve(self, bound: float, node: _Node, along: int, worths: Array, marks: Marks) -> None:
        """Halve a box along a price, or, after the last, the scale."""
        for side in range(2):
            low, high, scales = node.low.copy(), node.high.copy(), node.scales.copy()
            if along < len(low):
                (high if side == 0 else low)[along] = _middle(low[along], high[along])
            else:
                scales[1 - side] = _middle(scales[0], scales[1])
            self._add(bound, node, low, high, scales, node.states, worths, marks)

    def _split_at(self, bound: float, node: _Node, chord: int, worths: Array, marks: Marks) -> None:
        """Split a box at a chord's value: below it is full, above idle, at it anything."""
        tables = self.cases[node.case].tables
        here = tables.chord_at == tables.chord_at[chord]
        values, value = tables.chords[0], tables.chords[0, chord]
        for parts in (
            ((here & (values >= value), FULL),),
            (
                (here & (values > value), FULL),
                (here & (values == value), EDGE),
                (here & (values < value), IDLE),
            ),
            ((here & (values <= value), IDLE),),
        ):
            states = node.states.copy()
            for chords, state in parts:
                states[chords] = state
            ends = node.low.copy(), node.high.copy(), node.scales.copy()
            self._add(bound, node, *ends, states, worths, marks)

    def _add(
        self,
        bound: float,
        node: _Node,
        low: Array,
        high: Array,
        scales: Array,
        states: States,
        worths: Array,
        marks: Marks,
    ) -> None:
        """Add a part of a box, unless what is known of chords contradicts its prices."""
        tables = self.cases[node.case].tables
        for d, value, state in zip(tables.chord_at, tables.chords[0], states, strict=True):
            if value <= 0:
                continue
            if state in (FULL, EDGE):
                high[d] = min(high[d], value * scales[1])
                scales[0] = max(scales[0], low[d] / value)
            if state in (IDLE, EDGE):
                low[d] = max(low[d], value * scales[0])
                scales[1] = min(scales[1], high[d] / value)
        slack = TINY * (1 + abs(low))
        if np.any(low > high + slack) or scales[0] > scales[1] * (1 + TINY):
            return
        high, scales[1] = np.maximum(low, high), max(scales)
        old, new = (node.low + node.high) / node.scales.sum(), (low + high) / scales.sum()
        ratio = np.divide(new, old, out=np.ones_like(new), where=old > 0)
        start = worths * np.clip(ratio, 0.1, 10.0)
        self._push(bound, _Node(node.case, low, high, scales, states, start, node.charges, marks))

    def _split_options(self, case: int, marks: Marks) -> list[Marks]:
        """Return the open choices in two parts: those of the block that has most are halved."""
        first = self.cases[case].tables.first
        counts = [int(marks[a:b].sum()) for a, b in itertools.pairwise(first)]
        block = int(np.argmax(counts))
        open_ = first[block] + np.flatnonzero(marks[first[block] : first[block + 1]])
        parts = []
        for half in np.array_split(open_, 2):
            part = marks.copy()
            part[open_] = False
            part[half] = True
            parts.append(part)
        return parts

    def _push(self, bound: float, node: _Node) -> None:
        heapq.heappush(self._heap, (bound, self._serial, node))
        self._serial += 1

    def _offer(self, profile: Profile, *, polish: bool = False) -> None:
        """Try a portfolio, and polish it by descent where it is good."""
        game = self.separation.network.game
        if profile in self._tried or not respects_budgets(game, self.weights, profile):
            return
        self._tried.add(profile)
        value = self.loss(profile)
        better = value < self.least
        if better:
            self.profile, self.least = profile, value
        if polish and value < self.least + WORTH_A_DESCENT * abs(self.least):
            found = descend(
                game,
                self.weights,
                self.loss,
                starts=[profile],
                generator=self.generator,
                rounds=3 if better else 1,
            )
            if found is not None and found[1] < self.least:
                self.profile, self.least = found


def _middle(low: float, high: float) -> float:
    """Return where to halve an interval: where it is wide, nearer to the lower end."""
    if high > 4 * low:
        return float(np.sqrt(max(low, high / 16) * high))
    return (low + high) / 2


def _inside(tables: FlowTables, node: _Node) -> Marks:
    """Return which chords' values may be the prices of their fronts."""
    values, at = tables.chords[0], tables.chord_at
    return np.asarray(
        (values * node.scales[1] >= node.low[at]) & (values * node.scales[0] <= node.high[at])
    )


def _ends(separation: Separation, box: Box) -> tuple[Array, Array]:
    """Return the least and largest prices of the coordinates."""
    nodes = list(separation.coordinates)
    return (
        np.array([box.money_low, *box.node_low[nodes]]),
        np.array([box.money_high, *box.node_high[nodes]]),
    )


def _lean(network: Network, members: Sequence[str]) -> float:
    """Return the player's harm per unit of the evader's value, on average over the fronts."""
    ratios = [
        stake(network.game, members, front.name) / front.weight
        for front in network.game.fronts
        if front.weight
    ]
    return float(np.mean(ratios)) if ratios else 0.0

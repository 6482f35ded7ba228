"""The best portfolio of any player by branch and bound over the evader's prices.

For a separated dual (modules `separation`, `flow_tables`) boxes of prices are bounded by what the
evader surely ships and surely does not (module `flow_bound`). A box whose bound reaches the best
portfolio known is done; any other loses the choices that would lift it there and is

- listed whole, where few portfolios are left in it: each is tried on the warm evader;
- halved along the price on which most doubtful flows hang, as long as it is wide; or
- split by options, the weaker ones of a point from the stronger, once it is narrow: the bound lets
  a block take part of one choice and part of another, and only that ends it.

The boxes with the smallest bounds come first, so that the smallest bound of all open ones holds at
any time. Every box names a portfolio, and good portfolios narrow what is left.
"""

from __future__ import annotations

import heapq
import itertools
import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from games.layered import Profile
from games.network import Network
from solvers.descent import descend, respects_budgets
from solvers.flow_bound import Array, Flags, FlowTables, Seen, look
from solvers.flow_relaxation import FlowRelaxation
from solvers.flow_tables import FlowCase, separated_with_earnings
from solvers.players import stake
from solvers.prices import Box, Weights, first_box, hub_nodes
from solvers.separation import Separation
from solvers.tightening import tightened

BATCH = 48  # boxes looked at by one thread at a time
THREADS = min(2, os.cpu_count() or 1)
FIRST_BOXES = 400  # looked at before prices are narrowed again
NARROWINGS = 2
FIRST_STEPS = 60  # subgradient steps for the first boxes, and
STEPS = 25  # for all others
MANY_STEPS_FOR = 100  # boxes
OFFERED = 200  # boxes whose portfolio is tried, and beyond them
RARELY = 10  # of so many boxes one, unless the bound is near
LISTED = 8  # portfolios of a box up to which all are tried
NARROW = 0.01  # relative width from which on options are split
WORTH_A_DESCENT = 1.01


@dataclass(frozen=True)
class Found:
    """The best portfolio found, what it loses, and what no portfolio loses less than."""

    profile: Profile
    loss: float
    bound: float
    boxes: int


@dataclass(frozen=True)
class _Node:
    """A box of prices with the choices open in it, and worths to begin from."""

    case: int
    low: Array
    high: Array
    worths: Array
    open_: Flags


def flow_search(
    network: Network,
    weights: Weights,
    members: Sequence[str],
    *,
    loss: Callable[[Profile], float],
    first: tuple[Profile, float],
    gap: float,
    deadline: float,
    generator: np.random.Generator,
) -> Found | None:
    """Return a player's best portfolio; None where the search does not apply.

    It does not where the evader's dual holds together too well, where some lane has a strategic
    value or earns money that costs the evader nothing, or where money may have no price.

    Parameters
    ----------
    loss : what the player loses by a profile within its budgets, the evader's response included.
    first : a portfolio and its loss.
    gap : relative gap between loss and bound to reach.
    deadline : `time.perf_counter()` at which to stop.

    Raises
    ------
    NotCertifiedError
        When the evader's linear program fails.
    """
    earning = separated_with_earnings(network, weights, members)
    if earning is None:
        return None
    relaxed = partial(FlowRelaxation, members=members)
    box = tightened(
        network,
        weights,
        box=first_box(network),
        at_most=first[1],
        nodes=hub_nodes(network),
        rounds=1,
        until=deadline,
        relaxed=relaxed,
    )
    if box.money_low <= 0:
        return None
    separation = earning.paid
    options = [_with_pivots(separation, weights, case) for case in separation.cases()]
    cases = [FlowCase(earning, weights, members, case) for case in separation.cases()]
    search = _Search(cases, network, weights, _scale(network, members), loss, first, gap, generator)
    everywhere = [(case, *_ends(separation.coordinates, box)) for case in range(len(cases))]
    if search.run(everywhere, deadline=deadline, boxes=FIRST_BOXES):
        return search.found()
    # better portfolios are known now: narrower prices are worth more than a longer search
    narrowed = []
    for case, of_case in enumerate(options):
        if time.perf_counter() > deadline:
            return search.found()
        if relaxed(network, of_case, box).value() >= search.target:
            continue
        narrow = tightened(
            network,
            of_case,
            box=box,
            at_most=search.least,
            nodes=separation.coordinates,
            rounds=NARROWINGS,
            until=deadline,
            relaxed=relaxed,
        )
        narrowed.append((case, *_ends(separation.coordinates, narrow)))
    search.run(narrowed, deadline=deadline)
    return search.found()


class _Search:
    """A search on its way."""

    def __init__(
        self,
        cases: Sequence[FlowCase],
        network: Network,
        weights: Weights,
        scale: float,
        loss: Callable[[Profile], float],
        first: tuple[Profile, float],
        gap: float,
        generator: np.random.Generator,
    ) -> None:
        self.cases, self.network, self.weights = cases, network, weights
        self.scale, self.loss, self.gap, self.generator = scale, loss, gap, generator
        self.profile, self.least = first
        self._tried: set[Profile] = {first[0]}
        self._heap: list[tuple[float, int, _Node]] = []
        self._count = itertools.count()
        self.boxes = 0

    @property
    def target(self) -> float:
        """What a bound has to reach for its box to be done."""
        return self.least - 0.9 * self.gap * max(1.0, abs(self.least))

    def run(
        self,
        starts: Sequence[tuple[int, Array, Array]],
        *,
        deadline: float,
        boxes: float = math.inf,
    ) -> bool:
        """Search boxes (case, low, high) until the gap is closed; return whether it is.

        Parameters
        ----------
        boxes : how many to look at, at most.
        """
        self._heap = []
        until = self.boxes + boxes
        for case, low, high in starts:
            everything = np.ones(len(self.cases[case].tables.costs), dtype=np.bool_)
            self._push(-np.inf, _Node(case, low, high, -self.scale * (low + high) / 2, everything))
        with ThreadPoolExecutor(max_workers=THREADS) as threads:
            while self._heap and self._heap[0][0] < self.target:
                if time.perf_counter() > deadline or self.boxes >= until:
                    return False
                batches = self._batches()
                for nodes, seen in zip(batches, threads.map(self._look, batches), strict=True):
                    for i, (bound, node) in enumerate(nodes):
                        self._branch(bound, node, seen, i)
        return True

    def found(self) -> Found:
        """Return the best portfolio and the least bound of what is open or done."""
        lowest = self._heap[0][0] if self._heap else np.inf
        return Found(self.profile, self.least, min(lowest, self.target), self.boxes)

    def _batches(self) -> list[list[tuple[float, _Node]]]:
        """Take the most promising boxes, one list of one case for each thread."""
        batches: list[list[tuple[float, _Node]]] = []
        aside: list[tuple[float, int, _Node]] = []
        size = BATCH if self.boxes > MANY_STEPS_FOR else 4
        while self._heap and self._heap[0][0] < self.target and len(aside) < 4 * BATCH:
            entry = heapq.heappop(self._heap)
            bound, _, node = entry
            for batch in batches:
                if batch[0][1].case == node.case and len(batch) < size:
                    batch.append((bound, node))
                    break
            else:
                if len(batches) < THREADS:
                    batches.append([(bound, node)])
                else:
                    aside.append(entry)
                    if all(len(batch) == size for batch in batches):
                        break
        for entry in aside:
            heapq.heappush(self._heap, entry)
        return batches

    def _look(self, nodes: Sequence[tuple[float, _Node]]) -> Seen:
        case = self.cases[nodes[0][1].case]
        steps = STEPS if self.boxes > MANY_STEPS_FOR else FIRST_STEPS
        return look(
            case.tables,
            np.array([node.low for _, node in nodes]),
            np.array([node.high for _, node in nodes]),
            np.array([node.worths for _, node in nodes]),
            self.scale,
            np.array([node.open_ for _, node in nodes]),
            self.target,
            steps,
        )

    def _branch(self, before: float, node: _Node, seen: Seen, i: int) -> None:
        """Do with a box what its bound allows."""
        self.boxes += 1
        case, tables = self.cases[node.case], self.cases[node.case].tables
        bound = float(seen.bounds[i])
        if bound >= self.target:
            return
        near = bound > self.least - (WORTH_A_DESCENT - 1) * abs(self.least)
        if near or self.boxes < OFFERED or self.boxes % RARELY == 0:
            self._offer(case.profile(seen.choices[i].tolist()), polish=True)
        open_ = node.open_ & (bound + seen.behind[i] < self.target)
        bound = max(before, bound)
        counts = [
            int(open_[low:high].sum())
            for low, high in zip(tables.choice_low, tables.choice_high, strict=True)
        ]
        if bound >= self.target or not all(counts):
            return
        if math.prod(counts) <= LISTED:
            ranges = zip(tables.choice_low, tables.choice_high, strict=True)
            for choices in itertools.product(
                *(low + np.flatnonzero(open_[low:high]) for low, high in ranges)
            ):
                self._offer(case.profile([int(choice) for choice in choices]))
            return
        width = (node.high - node.low) / (node.high + node.low)
        along = int(np.argmax((seen.doubts[i] + 1e-3) * width))
        worths = seen.worths[i] + self.scale * (node.low + node.high) / 2
        if width[along] * 2 > NARROW:
            middle = _middle(tables, along, node)
            for side in range(2):
                low, high = node.low.copy(), node.high.copy()
                (high if side == 0 else low)[along] = middle
                start = worths - self.scale * (low + high) / 2
                self._push(bound, _Node(node.case, low, high, start, open_))
            return
        for part in _split(case, counts, open_):
            self._push(bound, _Node(node.case, node.low, node.high, seen.worths[i], part))

    def _push(self, bound: float, node: _Node) -> None:
        heapq.heappush(self._heap, (bound, next(self._count), node))

    def _offer(self, profile: Profile, *, polish: bool = False) -> None:
        """Try a portfolio, and polish it by descent where it is good."""
        game = self.network.game
        if profile in self._tried or not respects_budgets(game, self.weights, profile):
            return
        self._tried.add(profile)
        value = self.loss(profile)
        better = value < self.least
        if better:
            self.profile, self.least = profile, value
        if polish and value < self.least + (WORTH_A_DESCENT - 1) * abs(self.least):
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


def _middle(tables: FlowTables, along: int, node: _Node) -> float:
    """Return where to halve a box: a chord's value near the middle, where its flow turns."""
    middle = float(node.low[along] + node.high[along]) / 2
    room = 0.4 * float(node.high[along] - node.low[along])
    turns = tables.front_values[tables.front_coordinates == along]
    near = turns[abs(turns - middle) < room]
    return float(near[abs(near - middle).argmin()]) if len(near) else middle


def _split(case: FlowCase, counts: Sequence[int], open_: Flags) -> list[Flags]:
    """Return the open choices in two parts: weak and strong options of one point."""
    block = int(np.argmax(counts))
    low, high = case.tables.choice_low[block], case.tables.choice_high[block]
    inside = open_[low:high]
    best: tuple[int, np.ndarray] | None = None
    for point in case.blocks[block]:
        places = case.places(block, point)
        for cut in np.unique(places[inside])[1:]:
            weak = places < cut
            smaller = int(min((weak & inside).sum(), (~weak & inside).sum()))
            if best is None or smaller > best[0]:
                best = (smaller, weak)
    assert best is not None
    parts = []
    for side in (best[1], ~best[1]):
        part = open_.copy()
        part[low:high] &= side
        parts.append(part)
    return parts


def _scale(network: Network, members: Sequence[str]) -> float:
    """Return the player's harm per unit of the evader's value, on average over the fronts."""
    ratios = [
        stake(network.game, members, front.name) / front.weight
        for front in network.game.fronts
        if front.weight
    ]
    return float(np.mean(ratios)) if ratios else 0.0


def _ends(coordinates: Sequence[int], box: Box) -> tuple[Array, Array]:
    nodes = list(coordinates)
    return (
        np.array([box.money_low, *box.node_low[nodes]]),
        np.array([box.money_high, *box.node_high[nodes]]),
    )


def _with_pivots(separation: Separation, weights: Weights, case: Sequence[int]) -> Weights:
    """Return the weights with the pivots' options settled."""
    allowed = list(weights.allowed)
    for k, place in zip(separation.pivots, case, strict=True):
        allowed[k] = (separation.allowed[k][place],)
    return replace(weights, allowed=tuple(allowed))

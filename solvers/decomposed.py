"""The best portfolio of aligned players where the evader's dual comes apart: search, then a MILP.

1. A few halvings in the space of prices, for every choice of the pivots: their best choices are
   good portfolios.
2. For every choice of the pivots, the relaxation of module `relaxation` either shows that it holds
   nothing better, or narrows the prices; the search of module `price_search` goes on there.
3. Where the search ends with a few options open, since budgets that several blocks share are no
   part of its bounds, the MILP of module `interdiction` settles them within the prices left.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from games.layered import Profile
from games.network import Network
from solvers.blocks import BlockFunctions
from solvers.descent import affordable, descend, respects_budgets
from solvers.interdiction import interdiction_model
from solvers.milp import solve
from solvers.price_search import Left, PriceSearch
from solvers.prices import Box, Weights, first_box, propagated
from solvers.relaxation import Relaxation
from solvers.separation import Separation
from solvers.tightening import tightened

FIRST_HALVINGS = 9
WORTH_A_DESCENT = 1.02
"""Portfolios up to this multiple of the best are polished."""

NARROWINGS = 2
SHARE_OF_SEARCH = 0.5
"""Share of the time after which a search that does not end leaves what is open to a MILP."""

THREADS = min(4, os.cpu_count() or 1)  # numpy lets several work side by side


@dataclass
class Incumbent:
    """The best portfolio so far, and how new ones are tried."""

    network: Network
    weights: Weights
    objective: Callable[[Profile], float]
    generator: np.random.Generator
    profile: Profile
    value: float

    def offer(self, profile: Profile, promised: float = -np.inf) -> None:
        """Try a portfolio, polished by descent; `promised` is its value without budgets."""
        if promised > WORTH_A_DESCENT * self.value:
            return
        if respects_budgets(self.network.game, self.weights, profile):
            value = self.objective(profile)
            if value > WORTH_A_DESCENT * self.value:
                return
        polished = descend(
            self.network.game,
            self.weights,
            self.objective,
            starts=[profile],
            generator=self.generator,
            rounds=2,
        )
        if polished is not None and polished[1] < self.value:
            self.profile, self.value = polished


def decomposed_minimum(
    separation: Separation,
    weights: Weights,
    incumbent: Incumbent,
    *,
    gap: float,
    time_limit: float,
    options: dict[str, object],
) -> float | None:
    """Improve the incumbent to the optimum, and return what no portfolio can fall below.

    Returns None where boxes become too many, as where budgets bind hard: the bounds do not see
    them, and a MILP over everything is the better way.

    Parameters
    ----------
    gap : relative gap between the incumbent and the bound to reach.
    time_limit : seconds; one linear program may come on top, to bound what was not looked at.
    options : HiGHS options for the MILPs.
    """
    until = time.perf_counter() + time_limit
    network, nodes = separation.network, separation.coordinates

    def at_most() -> float:
        return incumbent.value - gap / 2 * max(abs(incumbent.value), 1e-9)

    box = tightened(
        network,
        weights,
        box=first_box(network),
        at_most=incumbent.value,
        nodes=nodes,
        rounds=1,
        until=until,
    )
    cases = [
        (BlockFunctions(separation, weights, case), _with_pivots(separation, weights, case))
        for case in separation.cases()
    ]
    first = [PriceSearch(functions, *_ends(separation, box)) for functions, _ in cases]
    _advance(first, incumbent, at_most, until=until, rounds=FIRST_HALVINGS)
    bound = np.inf
    searches, narrows = [], []
    for (functions, of_case), begun in zip(cases, first, strict=True):
        least = begun.proven
        if least < at_most() and time.perf_counter() < until:
            least = max(least, Relaxation(network, of_case, box).value())
        if least >= at_most() or time.perf_counter() > until:
            bound = min(bound, least)
            continue
        narrow = tightened(
            network,
            of_case,
            box=box,
            at_most=incumbent.value,
            nodes=nodes,
            rounds=NARROWINGS,
            until=until,
        )
        searches.append(PriceSearch(functions, *_ends(separation, narrow)))
        narrows.append((of_case, narrow, least))
    now = time.perf_counter()
    _advance(searches, incumbent, at_most, until=now + SHARE_OF_SEARCH * (until - now))
    if any(one.crowded for one in searches):
        return None
    for one, (of_case, narrow, least) in zip(searches, narrows, strict=True):
        bound = min(bound, one.bound)
        if one.left is None:
            continue
        proven = max(least, one.left.bound)
        left = until - time.perf_counter()
        if left > 0:
            proven = max(
                proven,
                _settled(separation, of_case, narrow, one.left, incumbent, gap, left, options),
            )
        bound = min(bound, proven)
    if bound < at_most():  # out of time: boxes that were hardly halved prove little
        bound = max(bound, Relaxation(network, weights, box).value())
    return min(bound, incumbent.value)


def _advance(
    searches: Sequence[PriceSearch],
    incumbent: Incumbent,
    at_most: Callable[[], float],
    *,
    until: float,
    rounds: int | None = None,
) -> None:
    """Advance all searches by one halving at a time, so that each gains from what others find."""
    seen: set[Profile] = set()
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        for _ in itertools.count() if rounds is None else range(rounds):
            limit = at_most()
            going = [one for one in searches if not one.finished]
            if not going or any(one.crowded for one in going):
                return
            advance = partial(PriceSearch.advance, at_most=limit, until=until)
            for found in threads.map(advance, going):
                for value, profile in found:
                    if profile not in seen:
                        seen.add(profile)
                        incumbent.offer(profile, value)


def _settled(
    separation: Separation,
    weights: Weights,
    box: Box,
    left: Left,
    incumbent: Incumbent,
    gap: float,
    time_limit: float,
    options: dict[str, object],
) -> float:
    """Solve what is left over by a MILP, and return its bound."""
    network = separation.network
    weights = replace(weights, allowed=left.options)
    if not affordable(network.game, weights):
        return np.inf
    low, high = box.node_low.copy(), box.node_high.copy()
    nodes = list(separation.coordinates)
    low[nodes], high[nodes] = left.low[1:], left.high[1:]
    box = propagated(
        network,
        replace(box, money_low=left.low[0], money_high=left.high[0], node_low=low, node_high=high),
    )
    built = interdiction_model(
        network, weights, box=box, cuts=Relaxation(network, weights, box).cuts()
    )
    outcome = solve(built.model, gap=gap / 2, time_limit=time_limit, options=options)
    if outcome.objective is not None:
        incumbent.offer(built.profile())
    return max(outcome.bound, left.bound)


def _ends(separation: Separation, box: Box) -> tuple[np.ndarray, np.ndarray]:
    nodes = list(separation.coordinates)
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

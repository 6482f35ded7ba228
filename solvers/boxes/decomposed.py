"""The best portfolio of aligned players where the evader's dual comes apart: search, then a MILP.

1. For every choice of the pivots the search of module `search` starts in the box that follows
   from the network alone: a few halvings narrow it faster than linear programs would. The
   portfolios that it comes across are improved (`Incumbent`): each limits what is left to look at.
2. Where the search does not end in its share of the time, the MILP of module `interdiction` settles
   what is left between the prices that are left.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.incumbent import Incumbent
from solvers.boxes.search import Left, PriceSearch
from solvers.boxes.separation import Separation
from solvers.descent import affordable
from solvers.interdiction import interdiction_model
from solvers.milp import solve
from solvers.prices import Box, Weights, first_box, propagated
from solvers.relaxation import Relaxation
from solvers.tightening import tightened

SHARE_OF_SEARCH = 0.5
"""Share of the time after which a search that does not end leaves what is open to a MILP."""

CROWD = 30_000
"""Open boxes that are too many: a MILP over everything is the better way."""

THREADS = min(4, os.cpu_count() or 1)  # kernels let several work side by side


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

    Returns None where boxes become too many: a MILP over everything is the better way then.

    Parameters
    ----------
    gap : relative gap between the incumbent and the bound to reach.
    time_limit : seconds; one linear program may come on top, to bound what was not looked at.
    options : HiGHS options for the MILPs.
    """
    started = time.perf_counter()
    network, nodes = separation.network, separation.coordinates

    def at_most() -> float:  # the last boxes are cheap: closer than asked for
        return incumbent.value - gap / 20 * max(abs(incumbent.value), 1e-9)

    cases = [BlockFunctions(separation, weights, case) for case in separation.cases()]
    incumbent.improve(cases)
    box = first_box(network)
    search = PriceSearch(cases, *_ends(separation, box))
    until = started + SHARE_OF_SEARCH * time_limit
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        if time.perf_counter() < until:
            search.begin(at_most(), threads)
        while search.at_work:
            proposals = search.finish()
            if len(search) > CROWD:
                return None
            if time.perf_counter() < until:  # portfolios are tried while it works
                search.begin(at_most(), threads)
            for one in proposals:
                incumbent.offer(one.profile, one.reached, must=one.must_be_tried)
    bound, open_cases = search.done_bound, search.left()
    if open_cases:
        box = tightened(
            network,
            weights,
            box=box,
            at_most=incumbent.value,
            nodes=nodes,
            rounds=1,
            until=started + time_limit,
        )
    for left in open_cases:
        remaining = started + time_limit - time.perf_counter()
        proven = left.bound
        if remaining > 0 and proven < at_most():
            of_case = replace(weights, allowed=left.options)
            proven = max(
                proven, _settled(separation, of_case, box, left, incumbent, gap, remaining, options)
            )
        bound = min(bound, proven)
    if bound < at_most():  # out of time: boxes that were hardly halved prove little
        bound = max(bound, Relaxation(network, weights, box).value())
    return min(bound, incumbent.value)


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
    return outcome.bound


def _ends(separation: Separation, box: Box) -> tuple[np.ndarray, np.ndarray]:
    nodes = list(separation.coordinates)
    return (
        np.array([box.money_low, *box.node_low[nodes]]),
        np.array([box.money_high, *box.node_high[nodes]]),
    )

"""What is proven about one world under charges: searches over prices that rest and go on.

A bound that was proven under charges m' holds under other charges m as well, less what the change
takes off at most: at every point the option whose charge falls most,

    min over a of (L(a) + m(a))  >=  min over a of (L(a) + m'(a)) + sum_k min_o (m_ko - m'_ko)

So nothing that was ever proven about a world is lost, and a bound is at hand at any time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from games.network import Network
from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.search import PriceSearch
from solvers.prices import Weights, first_box
from solvers.tightening import tightened

Array = NDArray[np.float64]

CROWD = 200_000
"""Open boxes from which a search over prices is given up."""

KEPT = 3
"""Bounds that are kept, beside the first, each under charges of its own."""


class Floors:
    """Bounds of one world, each under the charges that it was proven under.

    Parameters
    ----------
    allowed : options of every point.
    """

    def __init__(self, allowed: Sequence[Sequence[int]]) -> None:
        self._allowed = allowed
        self._kept: list[tuple[Array, float]] = []

    def __bool__(self) -> bool:
        """Return whether anything is known."""
        return bool(self._kept)

    def add(self, charges: Array, bound: float) -> None:
        """Keep a bound: the first one ever, and the last few."""
        self._kept = [one for one in self._kept if one[0] is not charges] + [(charges, bound)]
        if len(self._kept) > 1 + KEPT:
            del self._kept[1]

    def under(self, charges: Array) -> float:
        """Return the best bound under charges, minus infinity where nothing is known.

        Examples
        --------
        >>> floors = Floors([(0, 1)])
        >>> floors.add(np.array([[0.0, 1.0]]), 5.0)
        >>> floors.under(np.array([[-1.0, 3.0]]))
        4.0
        """
        bounds = [
            bound
            + sum(
                float((charges[k] - other[k])[list(options)].min())
                for k, options in enumerate(self._allowed)
            )
            for other, bound in self._kept
        ]
        return max(bounds, default=-np.inf)


class PriceProof:
    """A search over prices for one world under charges.

    Parameters
    ----------
    weights : with the charges in the costs of options.
    functions : of the blocks, for each choice of the pivots, with the charges as well.
    nodes : whose prices the search is over, beside that of money.
    found : the best portfolio known and what it costs.
    tolerance : the finest that the bound can be taken to, bn USD a year.

    Attributes
    ----------
    profile, reached : the best portfolio and what it costs.
    """

    def __init__(
        self,
        network: Network,
        weights: Weights,
        functions: Sequence[BlockFunctions],
        nodes: Sequence[int],
        *,
        found: tuple[Profile, float],
        tolerance: float,
    ) -> None:
        self.tolerance = tolerance
        self.profile, self.reached = found
        box = tightened(
            network,
            weights,
            box=first_box(network),
            at_most=self.reached,
            nodes=nodes,
            rounds=1,
        )
        self._search = PriceSearch(
            functions,
            np.array([box.money_low, *box.node_low[list(nodes)]]),
            np.array([box.money_high, *box.node_high[list(nodes)]]),
            chunks=1,  # for the one thread of this process
        )

    @property
    def bound(self) -> float:
        """What no portfolio costs less than."""
        return min(self.reached, self._search.bound)

    def advance(
        self,
        value: Callable[[Profile], float],
        affords: Callable[[Profile], bool],
        *,
        enough: float,
        until: float,
    ) -> None:
        """Search until the bound misses the best portfolio by at most `enough`.

        Parameters
        ----------
        value : what an affordable portfolio costs.
        until : `time.time()` from which the search rests.
        """
        search = self._search
        with ThreadPoolExecutor(1) as threads:
            while 0 < len(search) < CROWD and time.time() < until:
                if search.bound >= self.reached - enough:
                    break
                for one in search.advance(self.reached - self.tolerance, threads):
                    promising = one.reached < self.reached + max(enough, self.tolerance)
                    tried = (one.must_be_tried or promising) and affords(one.profile)
                    if tried and value(one.profile) < self.reached:
                        self.profile, self.reached = one.profile, value(one.profile)
        search.rest()

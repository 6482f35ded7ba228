"""The best portfolio so far in a search of prices, and how new ones are tried.

Costs plus lambda Z are the least over prices p of a function F(a, p) of the portfolio and the
prices. So a portfolio gets better by turns: the evader's answer gives the best prices for it, the
blocks give the best affordable portfolio for these prices, until neither changes. One that beats
the best so far is then polished by changing one option at a time (module `descent`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from games.layered import Profile
from games.network import Network
from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.search import best_at
from solvers.boxes.separation import Separation
from solvers.descent import descend, option_cost, respects_budgets
from solvers.evader import Evader
from solvers.prices import Weights

WORTH_A_LOOK = 1.005
"""Portfolios that cost up to this multiple of the best at some prices are tried."""


@dataclass
class Incumbent:
    """The best portfolio so far."""

    separation: Separation
    weights: Weights
    evader: Evader
    generator: np.random.Generator
    profile: Profile
    value: float
    cases: Sequence[BlockFunctions] = ()
    _seen: set[Profile] = field(default_factory=set)

    def offer(self, profile: Profile, reached: float = -np.inf, *, must: bool = False) -> None:
        """Try a portfolio.

        Parameters
        ----------
        reached : what it costs at some prices: its value or more.
        must : whether it must be tried.
        """
        if profile in self._seen or (not must and reached > WORTH_A_LOOK * self.value):
            return
        if must and not self._tried(profile):
            return
        better = self._turned(profile)
        if better is None:
            return
        polished = descend(
            self.network.game,
            self.weights,
            self.objective,
            starts=[better],
            generator=self.generator,
            rounds=2,
        )
        if polished is not None and polished[1] < self.value:
            self.profile, self.value = polished

    @property
    def network(self) -> Network:
        """The network of the game."""
        return self.separation.network

    def objective(self, profile: Profile) -> float:
        """Return costs plus lambda Z."""
        return option_cost(self.weights, profile) + self.weights.harm * self.evader.value(profile)

    def improve(self, cases: Sequence[BlockFunctions]) -> None:
        """Improve the portfolio there is, and use these functions from now on."""
        self.cases = cases
        self.offer(self.profile)

    def _tried(self, profile: Profile) -> bool:
        """Return whether a portfolio is affordable and better than the best so far."""
        affordable = respects_budgets(self.network.game, self.weights, profile)
        if affordable and self.objective(profile) < self.value:
            return True
        self._seen.add(profile)
        return False

    def _turned(self, profile: Profile) -> Profile | None:
        """Return what turns between prices and portfolios reach, if it is a new best."""
        best = None
        network = self.network
        while profile not in self._seen and respects_budgets(network.game, self.weights, profile):
            self._seen.add(profile)
            response = self.evader.respond(profile)
            value = option_cost(self.weights, profile) + self.weights.harm * response.value
            if value < self.value:
                best, self.profile, self.value = profile, profile, value
            nodes = list(self.separation.coordinates)
            prices = np.array([[response.money_price, *response.node_prices[nodes]]])
            profile = self._best_at(prices)
        return best

    def _best_at(self, prices: np.ndarray) -> Profile:
        offers = [one for functions in self.cases for one in best_at(functions, prices)]
        best = min(offers, key=lambda one: one.reached, default=None)
        return self.profile if best is None else best.profile

"""A game ready to be solved, and what is said of a player's best portfolio in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from games.layered import LayeredGame, Profile
from games.network import Network
from games.payoffs import Payoffs, payoffs
from solvers.evader import Evader, EvaderResponse, Rule
from solvers.players import Player, alignment

Method = Literal[
    "nothing to decide",
    "enumeration",
    "interdiction",
    "ranked interdiction",
    "flow search",
    "strong duality",
]

METHODS: tuple[Method, ...] = (
    "enumeration",
    "interdiction",
    "ranked interdiction",
    "flow search",
    "strong duality",
)
"""Methods that can be asked for."""


@dataclass(frozen=True)
class Portfolio:
    """A player's portfolio and what no portfolio of it can exceed.

    Attributes
    ----------
    profile : the whole profile, all other points as they were.
    payoff : sum of the members' payoffs, bn USD a year, from the evader's response.
    bound : upper bound on it over all portfolios of the player, bn USD a year.
    why : what made the method the one to take.
    """

    profile: Profile
    payoff: float
    bound: float
    method: Method
    seconds: float
    why: str = ""


class World:
    """A game ready to be solved: its network, a warm evader and what was learned on the way.

    Parameters
    ----------
    rule : which of several best responses the evader takes, `optimistic` (best for the sum of the
        controllers) or `pessimistic`. It matters only where some controller is not aligned.
    method : how best portfolios are found, where there is anything to decide; None for the
        cheapest exact method that applies.
    """

    def __init__(
        self, network: Network, *, rule: Rule = "optimistic", method: Method | None = None
    ) -> None:
        self.network = network
        self.method = method
        self.game: LayeredGame = network.game
        self.aligned = all(
            alignment(self.game, [c.name]) is not None for c in self.game.controllers
        )
        self.evader = Evader(network, rule=None if self.aligned else rule)
        self._arc_of_lane = [lane.arc for lane in network.lanes]
        self._payoffs: dict[Profile, Payoffs] = {}

    def respond(self, profile: Profile) -> EvaderResponse:
        """Return the evader's response to a profile."""
        return self.evader.respond(profile)

    def payoffs(self, profile: Profile) -> Payoffs:
        """Return the controllers' payoffs at a profile; kept for the next time."""
        known = self._payoffs.get(profile)
        if known is None:
            response = self.respond(profile)
            entering = np.zeros(len(self.game.arcs))
            np.add.at(entering, self._arc_of_lane, response.flows)
            known = payoffs(
                self.game,
                profile,
                entering=entering.tolist(),
                quantities=response.quantities.tolist(),
            )
            self._payoffs[profile] = known
        return known

    def payoff(self, player: Player, profile: Profile) -> float:
        """Return the sum of a player's payoffs at a profile, bn USD a year."""
        total = self.payoffs(profile).total
        return sum(total[name] for name in player.members)

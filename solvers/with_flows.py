"""A best portfolio where flows earn or cost the player something: three methods, one after another.

The search over prices, where many portfolios make it worth trying; ranked interdiction, where only
what flows earn keeps the player from being aligned; strong duality for whatever is left. Each
begins with the best portfolio that the ones before have found, and where one does not close the gap
in its share of the time the next has the rest. What they are is told in `portfolio`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from games.errors import InfeasibleError, InputError
from games.layered import Profile
from solvers.boxes.separation import separated
from solvers.candidates import (
    TREE_WITH_FLOWS,
    conflict,
    general_model,
    least_loss,
    optimistic,
    searched,
)
from solvers.descent import descend
from solvers.interdiction import interdiction_model
from solvers.minimum import bounded
from solvers.players import Player, proportion
from solvers.prices import Box, Weights, first_box
from solvers.relaxation import MixedCut
from solvers.world import Method, World

if TYPE_CHECKING:
    from solvers.flows.search import Found

RANKED = 3
"""Solutions tried in falling order before flows are modelled."""

SHARE_OF_SEARCH = 0.6
"""Share of the time after which that search leaves the rest to the MILP, if it has stalled."""

LAST_OF_SEARCH = 0.9
"""The same, if it has not."""

MIRRORED = "stakes mirror the evader's weights but for what flows earn"
"""Why solutions are ranked; where they do not mirror, strong duality says so."""

MOST_RANKED = 1000
"""Solutions tried in falling order where that was asked for."""

SHARE_OF_RANKED = 0.5
"""Share of the time for ranked solutions, where strong duality may follow."""


@dataclass(frozen=True)
class Answer:
    """A portfolio, what none earns more than, bn USD a year, and how both were found."""

    profile: Profile
    bound: float
    method: Method
    why: str


class WithFlows:
    """One player's search.

    Parameters
    ----------
    starts : profiles that the first descent starts from, the present one first.
    started : `time.perf_counter()` at the beginning; the methods share what is left of the time.
    """

    def __init__(
        self,
        world: World,
        player: Player,
        weights: Weights,
        *,
        starts: Sequence[Profile],
        gap: float,
        started: float,
        time_limit: float,
        generator: np.random.Generator,
    ) -> None:
        self._world, self._player, self._weights = world, player, weights
        self._starts, self._gap, self._generator = starts, gap, generator
        self._started, self._time_limit = started, time_limit
        self._worth = partial(world.payoff, player)

    def best(self, method: Method, why: str) -> Answer:
        """Return the best portfolio found, with a bound, trying the method named first.

        Raises
        ------
        InfeasibleError
            When no portfolio respects the budgets.
        InputError
            When the method was asked for and does not apply.
        """
        world, weights = self._world, self._weights
        ratio = proportion(world.game, self._player.members)
        credit = (
            None
            if ratio is None
            else optimistic(world.game, self._player, replace(weights, harm=ratio))
        )
        first = self._first(credit)
        best, bound = first[0], math.inf
        known: tuple[Box, list[MixedCut]] | None = None
        if method == "flow search":
            found = self._flow_search(first)
            if found is not None:
                best, bound = found.profile, -found.bound
                if self._is_asked(method) or self._closed(best, bound, found.loss):
                    return Answer(best, bound, method, why)
                why = "the search over prices did not end in its share of the time"
            elif self._is_asked(method):
                raise InputError(
                    f"method flow-search: expected a game whose evader's dual comes apart into "
                    f"small blocks that share a few prices, {world.game.name} is another - leave "
                    f"the method open or ask for strong-duality"
                )
            else:
                method, why = "ranked interdiction", MIRRORED
        if method == "ranked interdiction" and credit is not None:
            known = bounded(world.network, credit[0], at_most=first[1] + credit[1])
            best, bound = self._ranked(best, credit, known)
            if self._is_asked(method) or self._closed(best, bound, first[1]):
                return Answer(best, bound, method, why)
            why = "flows earn too much for its bound to be ranked"
        elif world.method is None and method != "flow search":
            why = "stakes lean otherwise than the evader's weights"
        if first[1] + self._worth(best) > self._gap * max(1.0, abs(first[1])):
            known = None  # what is better narrows the bounds
        best, again = self._strong_duality(best, known)
        if bound < again:
            return Answer(best, bound, method, f"{why}, and strong duality bounds no better")
        return Answer(best, again, "strong duality", why)

    def _is_asked(self, method: Method) -> bool:
        """Return whether a method was asked for, so that it has all the time and the last word."""
        return self._world.method == method

    def _closed(self, profile: Profile, bound: float, loss: float) -> bool:
        """Return whether nothing is better by more than the gap, as a share of a loss."""
        return bound - self._worth(profile) <= self._gap * max(1.0, abs(loss))

    def _until(self, share: float, *, asked: bool = False) -> float:
        """Return the clock at the end of a share of the time; of all of it where asked for."""
        return self._started + (self._time_limit if asked else share * self._time_limit)

    def _first(self, credit: tuple[Weights, float] | None) -> tuple[Profile, float]:
        """Return where a descent ends, and the loss there."""
        weights = self._weights
        ends = [tuple(options[end] for options in weights.allowed) for end in (0, -1)]
        first = descend(
            self._world.game,
            weights,
            self._loss,
            starts=[*self._starts, *ends],
            generator=self._generator,
            at_least=None if credit is None else partial(least_loss, self._world, *credit),
        )
        if first is None:
            raise InfeasibleError(conflict(self._world.game, self._player, weights))
        return first

    def _loss(self, profile: Profile) -> float:
        return -self._worth(profile)

    def _flow_search(self, first: tuple[Profile, float]) -> Found | None:
        """Return what the search over prices finds, None where it does not apply."""
        network = self._world.network
        separation = separated(network, self._weights.allowed, members=self._player.members)
        if separation is None:
            return None
        from solvers.flows.search import FlowSearch  # its kernels take half a second to import

        search = FlowSearch(
            separation,
            self._weights,
            self._player.members,
            loss=self._loss,
            first=first,
            gap=self._gap,
            generator=self._generator,
        )
        asked = self._is_asked("flow search")
        return search.run(
            first_box(network),
            deadline=self._until(SHARE_OF_SEARCH, asked=asked),
            latest=self._until(LAST_OF_SEARCH, asked=asked),
        )

    def _ranked(
        self,
        best: Profile,
        credit: tuple[Weights, float],
        known: tuple[Box, list[MixedCut]],
    ) -> tuple[Profile, float]:
        """Return the best of the solutions tried in falling order, and the bound on all others."""
        weights, constant = credit
        asked = self._is_asked("ranked interdiction")
        return searched(
            interdiction_model(self._world.network, weights, box=known[0], cuts=known[1]),
            best,
            worth=self._worth,
            constant=constant,
            gap=self._gap,
            deadline=self._until(SHARE_OF_RANKED, asked=asked),
            candidates=MOST_RANKED if asked else RANKED,
        )

    def _strong_duality(
        self, best: Profile, known: tuple[Box, list[MixedCut]] | None
    ) -> tuple[Profile, float]:
        """Return the best portfolio by the model with flows, and its bound."""
        return searched(
            general_model(
                self._world,
                self._player,
                self._weights,
                at_most=-self._worth(best),
                known=known,
            ),
            best,
            worth=self._worth,
            constant=0.0,
            gap=self._gap,
            deadline=self._until(1.0),
            options=TREE_WITH_FLOWS,
        )

"""Best responses in turn: what each player does about the others, and where that settles.

A player's best portfolio depends on the others' options alone, so it is remembered by these. What
settles is an equilibrium as far as the bounds on everybody's best portfolio prove it: a player's
*regret* is that bound minus what it has.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from games.layered import Profile
from solvers.consent import consents
from solvers.descent import descend, respects_budgets
from solvers.equilibria.extremes import gains
from solvers.players import Player, others_of, replaced, weights_of
from solvers.portfolio import best_portfolio
from solvers.world import Portfolio, World

DESCENTS = 10
"""Rounds of quick improvements before everybody's proven best response is asked for."""


class Responses:
    """Best responses, remembered by what the others do."""

    def __init__(
        self,
        world: World,
        players: Sequence[Player],
        gap: float,
        deadline: float,
        generator: np.random.Generator,
    ) -> None:
        self.world, self.players = world, players
        self.gap, self.deadline, self.generator = gap, deadline, generator
        self._known: dict[tuple[str, Profile], Portfolio] = {}

    def best(self, player: Player, profile: Profile) -> Portfolio:
        """Return a player's best portfolio against the others in a profile."""
        key = (player.name, others_of(player, profile))
        if key not in self._known:
            self._known[key] = best_portfolio(
                self.world,
                player,
                profile,
                gap=self.gap,
                time_limit=max(1.0, self.deadline - time.perf_counter()),
                generator=self.generator,
            )
        return self._known[key]

    def follow(
        self, start: Profile, *, order: Sequence[Player] = (), rounds: int = 30
    ) -> Profile | None:
        """Return where best responses from a start settle, None where they do not.

        Parameters
        ----------
        order : who moves after whom; by default as the players are listed.

        Notes
        -----
        Players first improve by descent, which is fast; once that settles everybody's proven best
        response is asked for, and where one gains the descent goes on from there.
        """
        profile = start
        order = order or self.players
        seen: set[Profile] = set()
        for _ in range(rounds):
            settled = profile
            for _ in range(DESCENTS):
                before = settled
                settled = self._turn(order, settled, self._better)
                if settled == before:
                    break
            profile = self._turn(order, settled, self._proven)
            if profile == settled:
                return settled
            if profile in seen or time.perf_counter() > self.deadline:
                return None
            seen.add(profile)
        return None

    def _turn(
        self,
        order: Sequence[Player],
        profile: Profile,
        respond: Callable[[Player, Profile], Profile],
    ) -> Profile:
        """Return the profile after every player moved once; the same if none gains by moving."""
        for player in order:
            profile = respond(player, profile)
        return profile

    def _better(self, player: Player, profile: Profile) -> Profile:
        """Return the profile after a player's descent, unchanged where it gains nothing."""
        world = self.world
        weights = weights_of(world.game, player, profile, harm=0.0)
        reached = descend(
            world.game,
            weights,
            lambda candidate: (
                -world.payoff(player, candidate) if consents(world, player, candidate) else math.inf
            ),
            starts=[profile],
            generator=self.generator,
        )
        if reached is None or not math.isfinite(reached[1]):
            return profile
        affordable = respects_budgets(world.game, weights, profile)
        affordable = affordable and consents(world, player, profile)
        return self._if_gain(player, profile, reached[0], affordable=affordable)

    def _proven(self, player: Player, profile: Profile) -> Profile:
        """Return the profile after a player's best response, unchanged where it gains nothing."""
        weights = weights_of(self.world.game, player, profile, harm=0.0)
        best = self.best(player, profile)
        options = [best.profile[k] for k in player.points]
        affordable = respects_budgets(self.world.game, weights, profile)
        affordable = affordable and consents(self.world, player, profile)
        moved = replaced(profile, player.points, options)
        return self._if_gain(player, profile, moved, affordable=affordable)

    def _if_gain(
        self, player: Player, profile: Profile, moved: Profile, *, affordable: bool
    ) -> Profile:
        here = self.world.payoff(player, profile)
        gain = gains(here, self.world.payoff(player, moved), self.gap)
        return moved if not affordable or gain else profile

    def regrets(self, profile: Profile) -> dict[str, float]:
        """Return each player's upper bound on what any deviation gains, bn USD a year."""
        return {
            player.name: max(
                0.0, self.best(player, profile).bound - self.world.payoff(player, profile)
            )
            for player in self.players
        }

"""Small games tried whole: every profile within the budgets, hence every pure equilibrium.

Nothing here is a model or a search: payoffs of all profiles are listed, and each player's regret is
read off the list. That is the proof, and what the other ways are tested against.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence

from games.errors import LimitError, NoPureEquilibriumError
from games.layered import Profile
from solvers.candidates import portfolios
from solvers.consent import consents
from solvers.equilibria.records import Equilibria, Equilibrium
from solvers.players import Player, others_of, replaced, weights_of
from solvers.world import World

WHOLE = 3000
"""Profiles within the budgets up to which a game is tried whole."""

STILL_WHOLE = 30_000
"""The same where best responses settle nowhere and time is left."""

MOST_COUNTED = 100_000
"""Portfolios of one player up to which those within its budgets are counted."""


def is_whole(world: World, players: Sequence[Player], *, patient: bool = False) -> bool:
    """Return whether a game between players is small enough to be tried whole.

    Parameters
    ----------
    patient : where nothing else found an equilibrium.
    """
    return _profiles_within(world, players) <= (STILL_WHOLE if patient else WHOLE)


def _profiles_within(world: World, players: Sequence[Player]) -> float:
    """Return how many profiles are within the budgets, infinity where they are very many."""
    counts = []
    for player in players:
        weights = weights_of(world.game, player, world.game.status_quo, harm=0.0)
        if math.prod(len(weights.allowed[k]) for k in player.points) > MOST_COUNTED:
            return math.inf
        tried = portfolios(world.game, player, weights, world.game.status_quo)
        counts.append(sum(1 for _ in tried))
    return math.prod(counts)


def every_regret(
    world: World, players: Sequence[Player], base: Profile, *, deadline: float = math.inf
) -> dict[Profile, dict[str, float]]:
    """Return {profile: {player: bn USD a year}}: what each could gain, trying every profile.

    Profiles over a budget, or to which some member of a coalition does not consent, are left out.

    Parameters
    ----------
    deadline : `time.perf_counter()` from which no more are tried.

    Raises
    ------
    LimitError
        At the deadline.
    """
    game = world.game
    payoffs: dict[Profile, dict[str, float]] = {}
    within = [
        [
            [profile[k] for k in player.points]
            for profile in portfolios(game, player, weights_of(game, player, base, harm=0.0), base)
        ]
        for player in players
    ]
    for parts in itertools.product(*within):
        profile = base
        for player, options in zip(players, parts, strict=True):
            profile = replaced(profile, player.points, options)
        if time.perf_counter() > deadline:
            raise LimitError(
                f"every profile of {game.name}: expected an end within the time, found it up - "
                "raise --time-limit"
            )
        payoffs[profile] = {player.name: world.payoff(player, profile) for player in players}
    best: dict[tuple[str, Profile], float] = {}
    for profile, payoff in payoffs.items():
        for player in players:
            if not consents(world, player, profile):
                continue
            key = (player.name, others_of(player, profile))
            best[key] = max(best.get(key, -math.inf), payoff[player.name])
    return {
        profile: {
            player.name: best[player.name, others_of(player, profile)] - payoff[player.name]
            for player in players
        }
        for profile, payoff in payoffs.items()
        if all(consents(world, player, profile) for player in players)
    }


def by_every_profile(
    world: World, players: Sequence[Player], base: Profile, *, deadline: float = math.inf
) -> Equilibria:
    """Return all pure equilibria of a small game by trying every profile until the deadline."""
    regrets = every_regret(world, players, base, deadline=deadline)
    found = [
        Equilibrium(profile, world.payoffs(profile).joint, regret)
        for profile, regret in regrets.items()
        if all(
            regret[one.name] <= 1e-9 * max(1.0, abs(world.payoff(one, profile))) for one in players
        )
    ]
    if not found:
        raise NoPureEquilibriumError(
            f"unilateral play of {world.game.name}: expected a pure equilibrium, found none among "
            f"all {len(regrets):,} profiles within the budgets - this game has none",
            proven=True,
        )
    found.sort(key=lambda equilibrium: -equilibrium.joint)
    return Equilibria(
        tuple(found),
        True,
        "every profile",
        len(regrets),
        best_bound=found[0].joint,
        worst_bound=found[-1].joint,
    )

"""From a layered game to a finite one: chosen players, some strategies of each, certified payoffs.

The evader is no player of the finite game: at every profile it does what is best for it, and the
payoffs, bn USD a year, are those of its certified response. Controllers that are not among the
players stay at the status quo. What holds in the finite game holds between these strategies: an
equilibrium of it is one of the layered game only where no other setting is better.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from games.errors import InputError, LimitError
from games.layered import LayeredGame, Profile
from games.normal_form import NormalFormGame, normal_form
from solvers.certificate import certify
from solvers.players import Player, replaced
from solvers.strategies import Strategy, generated, named, settings
from solvers.world import World

MOST_PROFILES = 10_000
"""Profiles of a finite game at most: each takes some milliseconds."""

MOST_STRATEGIES = 8
"""Strategies of each player at most, where nothing else is asked for and all are too many."""

DECIMALS = 9
"""Decimals of payoffs in bn USD a year, so that what is equal but for rounding is equal."""


@dataclass(frozen=True)
class Extraction:
    """A finite game and what its strategies stand for.

    Attributes
    ----------
    strategies : for each player, in the order of the finite game.
    whole : for each player, whether these are all its settings within its budgets.
    base : the options at the points of everybody else.
    """

    game: NormalFormGame
    players: tuple[Player, ...]
    strategies: tuple[tuple[Strategy, ...], ...]
    whole: tuple[bool, ...]
    base: Profile

    def profile(self, chosen: Sequence[int]) -> Profile:
        """Return the options at all control points where each player takes one strategy."""
        return _combined(self.base, self.players, self.strategies, chosen)


def finite_game(
    world: World,
    players: Sequence[Player],
    *,
    strategies: int | None = None,
    title: str = "",
    time_limit: float = 600.0,
    generator: np.random.Generator,
    progress: Callable[[str], None] = lambda _: None,
) -> Extraction:
    """Return the finite game between some players of a layered one.

    Parameters
    ----------
    strategies : most strategies of each player; None for all where that makes at most 10,000
        profiles, otherwise for as many as fit, up to 8.
    time_limit : seconds. Half may go by until the last strategy is generated; those found until
        then are taken.
    generator : of the descents that best responses start with.
    progress : called with what is being done.

    Raises
    ------
    InputError
        When the finite game would have too many profiles.
    InfeasibleError
        When a player cannot pay for any setting.
    LimitError
        When the time is up before all profiles are evaluated.
    NotCertifiedError
        When an evader's response does not pass its checks.
    """
    game = world.game
    deadline = time.perf_counter() + time_limit
    possible = [settings(game, one) for one in players]
    most = _most(game, players, possible, strategies)
    chosen = [
        None if every is None or len(every) > n else [named(game, one, o) for o in every]
        for one, every, n in zip(players, possible, most, strict=True)
    ]
    if None in chosen:
        middle = time.perf_counter() + time_limit / 2
        parts = generated(world, players, most, middle, generator, progress)
        found = tuple(tuple(every or part) for every, part in zip(chosen, parts, strict=True))
    else:
        found = tuple(tuple(every or ()) for every in chosen)
    sizes = [len(part) for part in found]
    payoffs = np.empty((len(players), *sizes))
    total = math.prod(sizes)
    for number, place in enumerate(np.ndindex(*sizes)):
        if time.perf_counter() > deadline:
            raise LimitError(
                f"finite game of {game.name}: expected {total:,} profiles within {time_limit:g} s, "
                f"found {number:,} done - raise --time-limit, or choose fewer players or strategies"
            )
        if number % 500 == 0:
            progress(f"payoffs of profile {number + 1:,} of {total:,}")
        profile = _combined(game.status_quo, players, found, place)
        payoffs[(slice(None), *place)] = _certified(world, players, profile)
    finite = normal_form(
        payoffs.round(DECIMALS) + 0.0,  # no negative zero
        players=[one.name for one in players],
        strategies=[[strategy.name for strategy in part] for part in found],
        title=title or game.name,
    )
    return Extraction(
        finite,
        tuple(players),
        found,
        tuple(every is not None for every in chosen),
        game.status_quo,
    )


def _most(
    game: LayeredGame,
    players: Sequence[Player],
    possible: Sequence[list[tuple[int, ...]] | None],
    asked: int | None,
) -> list[int]:
    """Return how many strategies each player may have, and refuse what would be too large."""
    if asked is not None and asked < 1:
        raise InputError(f"strategies: expected at least 1 for each player, found {asked}")
    few = asked or MOST_STRATEGIES
    sizes = [few if every is None else len(every) for every in possible]
    each = [2] * len(players)
    for most in [asked] if asked else sorted({*sizes, *range(2, few)}, reverse=True):
        each = [min(size, most) for size in sizes]
        if math.prod(each) <= MOST_PROFILES:
            return each
    raise InputError(
        f"finite game of {game.name}: expected at most {MOST_PROFILES:,} profiles, found "
        f"{' x '.join(map(str, each))} = {math.prod(each):,} - choose players, such as --players "
        f"{' '.join(one.name for one in players[:2])}, or fewer strategies of each, such as "
        f"--strategies {max(1, int(MOST_PROFILES ** (1 / len(players)) + 1e-9))}"
    )


def _combined(
    base: Profile,
    players: Sequence[Player],
    strategies: Sequence[Sequence[Strategy]],
    chosen: Sequence[int],
) -> Profile:
    profile = base
    for one, part, number in zip(players, strategies, chosen, strict=True):
        profile = replaced(profile, one.points, part[number].options)
    return profile


def _certified(world: World, players: Sequence[Player], profile: Profile) -> list[float]:
    """Return the players' payoffs at a profile, after the checks on the evader's response."""
    claimed = world.payoffs(profile)
    certify(
        world.network,
        world.respond(profile),
        players=(),
        bounds={},
        claimed=claimed,
        status="found",
        gap=0.0,
    )
    return [sum(claimed.total[name] for name in one.members) for one in players]

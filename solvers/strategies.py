"""Strategies of players who control many points: all their settings, or those worth looking at.

A *strategy* of a player is one setting of all its control points, within its budgets. Where these
are few, all can be taken. Otherwise as many as asked for are generated, those first that the
players themselves would look at:

- `status quo`: the marked options;
- `alone`: the best against the status quo;
- `coordinated`: the player's part in what is best for the sum of all players;
- `answer 1`, `answer 2`, ...: best responses met while the players answer each other in turn,
  beginning from the coordinated profile and from the status quo.
"""

from __future__ import annotations

import difflib
import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from games.errors import InfeasibleError, InputError
from games.layered import LayeredGame, Profile
from solvers.descent import respects_budgets
from solvers.players import Player, budgets_of, others_of, player, replaced
from solvers.portfolio import best_portfolio
from solvers.prices import Weights
from solvers.world import World

MOST_SETTINGS = 20_000
"""Settings of one player up to which they are counted."""

ROUNDS = 10
"""Rounds of answers from each start."""


@dataclass(frozen=True)
class Strategy:
    """One setting of a player's control points: an option for each, in the player's order."""

    name: str
    options: tuple[int, ...]


def players_named(game: LayeredGame, names: Sequence[str] = ()) -> tuple[Player, ...]:
    """Return players by name: a controller, or several that decide as one, such as USA+NLD.

    Parameters
    ----------
    names : none for every controller with something to decide.

    Raises
    ------
    InputError
        When a controller is not known, named twice, or has nothing to decide.
    """
    known = [controller.name for controller in game.controllers]
    if not names:
        deciding = [name for name in known if _choices(game, player(game, [name])) > 1]
        if not deciding:
            raise InputError(f"players of {game.name}: expected somebody who decides, found nobody")
        return tuple(player(game, [name]) for name in deciding)
    members = [[member.strip() for member in name.split("+")] for name in names]
    named = list(itertools.chain(*members))
    for name in named:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" - did you mean {near[0]}?" if near else ""
            raise InputError(
                f"players: expected controllers among {', '.join(known)}; found {name!r}{hint}"
            )
        if named.count(name) > 1:
            raise InputError(f"players: expected each controller once, found {name} twice")
    players = tuple(player(game, group) for group in members)
    for one in players:
        if _choices(game, one) == 1:
            raise InputError(
                f"players: expected controllers with something to decide, found {one.name} - "
                "leave it out"
            )
    return players


def differences(game: LayeredGame, one: Player, strategy: Strategy) -> dict[str, str]:
    """Return {control point: option} where a strategy differs from the status quo."""
    return {
        game.points[k].name: game.points[k].options[option].name
        for k, option in zip(one.points, strategy.options, strict=True)
        if option != game.points[k].status_quo
    }


def settings(game: LayeredGame, one: Player) -> list[tuple[int, ...]] | None:
    """Return all settings within a player's budgets, None where they are too many to count."""
    if _choices(game, one) > MOST_SETTINGS:
        return None
    limits = _limits(game, one)
    options = [range(len(game.points[k].options)) for k in one.points]
    every = [
        setting
        for setting in itertools.product(*options)
        if respects_budgets(game, limits, replaced(game.status_quo, one.points, setting))
    ]
    if not every:
        raise InfeasibleError(
            f"finite game of {game.name}: expected a setting that {one.name} can pay for, found "
            "none - raise its budget"
        )
    return every


def named(game: LayeredGame, one: Player, options: tuple[int, ...]) -> Strategy:
    """Return a setting under the name of what it changes."""
    strategy = Strategy("", options)
    if len(one.points) == 1:
        return Strategy(game.points[one.points[0]].options[options[0]].name, options)
    changed = differences(game, one, strategy)
    name = ", ".join(f"{point}={option}" for point, option in changed.items())
    return Strategy(name or "status quo", options)


def generated(
    world: World,
    players: Sequence[Player],
    most: Sequence[int],
    deadline: float,
    generator: np.random.Generator,
    progress: Callable[[str], None],
) -> list[list[Strategy]]:
    """Return strategies of each player, as the module's docstring says, so many at most."""
    game = world.game
    base = game.status_quo
    found: list[dict[tuple[int, ...], str]] = [{} for _ in players]
    answers = [0] * len(players)
    known_best: dict[tuple[int, Profile], Profile] = {}

    def full(number: int) -> bool:
        return len(found[number]) == most[number]

    def late() -> bool:
        return time.perf_counter() > deadline or all(map(full, range(len(players))))

    def add(number: int, profile: Profile, name: str = "") -> None:
        one, known = players[number], found[number]
        options = tuple(profile[k] for k in one.points)
        affordable = respects_budgets(game, _limits(game, one), profile)
        if options in known or full(number) or not affordable:
            return
        if not name:
            answers[number] += 1
            name = f"answer {answers[number]}"
        known[options] = name

    def best(number: int, against: Profile) -> Profile:
        one = players[number]
        key = number, others_of(one, against)
        if key not in known_best:
            left = max(1.0, deadline - time.perf_counter())
            answer = best_portfolio(world, one, against, time_limit=left, generator=generator)
            known_best[key] = answer.profile
        return known_best[key]

    def turns(start: Profile) -> Iterator[tuple[int, Profile]]:
        """Yield the profile after each answer, until nobody answers otherwise."""
        profile = start
        for _ in range(ROUNDS):
            before = profile
            for number in range(len(players)):
                if late():
                    return
                profile = best(number, profile)
                yield number, profile
            if profile == before:
                return

    for number, one in enumerate(players):
        add(number, base, "status quo")
        if not full(number):
            progress(f"best of {one.name} alone")
            add(number, best(number, base), "alone")
    if late():
        return _listed(found)
    progress("best of all players together")
    members = [name for one in players for name in one.members]
    left = max(1.0, deadline - time.perf_counter())
    group = player(game, members)
    together = best_portfolio(world, group, base, time_limit=left, generator=generator).profile
    for number in range(len(players)):
        add(number, together, "coordinated")
    for start, words in ((together, "what is coordinated"), (base, "the status quo")):
        for number, profile in turns(start):
            progress(f"answers to {words}: {players[number].name}")
            add(number, profile)
    return _listed(found)


def _choices(game: LayeredGame, one: Player) -> int:
    return math.prod(len(game.points[k].options) for k in one.points)


def _limits(game: LayeredGame, one: Player) -> Weights:
    return Weights((), (), budgets_of(game, one), 0.0)


def _listed(found: Sequence[dict[tuple[int, ...], str]]) -> list[list[Strategy]]:
    return [[Strategy(name, options) for options, name in known.items()] for known in found]

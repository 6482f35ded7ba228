"""A player's best portfolio while everybody else stands still, with a bound on what is better.

Five exact methods, the cheapest that applies unless one is asked for:

- `enumeration`: all profiles of the player, when they are few, on the warm evader;
- `interdiction`: one MILP without flows, for an aligned player;
- `flow search`: branch and bound over the evader's prices, for any other player with many
  portfolios where the evader's dual comes apart (module `flows.search`);
- `ranked interdiction`: for a player that would be aligned but for what flows earn it. The same
  MILP, with every arc taken to earn as if used to capacity, bounds the payoff from above; its
  solutions are tried in falling order until the bound is reached;
- `strong duality`: one MILP with flows, for whatever is left. Its evader breaks ties in the
  player's favour; a portfolio whose payoff under the game's own rule falls short of that is cut off
  and the model solved again, until bound and payoff meet.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from games.errors import InfeasibleError, InputError, NotCertifiedError
from games.layered import Profile
from solvers import candidates
from solvers.boxes.separation import separated
from solvers.candidates import (
    SOLVED,
    TREE_WITH_FLOWS,
    conflict,
    general_model,
    least_loss,
    optimistic,
    portfolios,
    searched,
)
from solvers.consent import best_by_consent
from solvers.descent import descend, respects_budgets
from solvers.interdiction import interdiction_model
from solvers.minimum import bounded, minimum
from solvers.players import Player, alignment, proportion, weights_of
from solvers.prices import Box, Weights, first_box
from solvers.relaxation import MixedCut
from solvers.world import Method, Portfolio, World

if TYPE_CHECKING:
    from solvers.flows.search import Found

RANKED = 3
"""Solutions tried in falling order before flows are modelled."""

MANY = 10**6
"""Portfolios of one player from which on a search over prices is tried before a MILP with flows."""

SHARE_OF_SEARCH = 0.6
"""Share of the time after which that search leaves the rest to the MILP, if it has stalled."""

LAST_OF_SEARCH = 0.9
"""The same, if it has not."""

MIRRORED = "stakes mirror the evader's weights but for what flows earn"
"""Why solutions are ranked; where they do not mirror, strong duality says so."""

MOST_RANKED = 1000
"""Solutions tried in falling order where that was asked for."""

MOST_ENUMERATED = 10**6
"""Portfolios up to which enumeration can be asked for."""


def best_portfolio(
    world: World,
    player: Player,
    base: Profile,
    *,
    starts: Sequence[Profile] = (),
    gap: float = 1e-6,
    time_limit: float = 600.0,
    generator: np.random.Generator,
) -> Portfolio:
    """Return a player's best portfolio while all other points stay as in `base`.

    Parameters
    ----------
    starts : profiles, the same at all other points, from which the search starts as well.
    gap : relative gap between payoff and bound to reach.
    time_limit : seconds; at the limit the best portfolio so far is returned with its bound.
    generator : order of the descent that finds a first portfolio.

    Raises
    ------
    InfeasibleError
        When no portfolio of the player respects its budgets.
    """
    if not player.transfers:
        return best_by_consent(
            world,
            player,
            base,
            starts=starts,
            gap=gap,
            time_limit=time_limit,
            generator=generator,
        )
    started = time.perf_counter()
    game = world.game
    harm = alignment(game, player.members)
    weights = weights_of(game, player, base, harm=harm or 0.0)
    choices = math.prod(len(weights.allowed[k]) for k in player.points)

    def finished(profile: Profile, bound: float, method: Method, why: str) -> Portfolio:
        payoff = world.payoff(player, profile)
        seconds = time.perf_counter() - started
        if bound < payoff - SOLVED * max(1.0, abs(payoff)):
            raise NotCertifiedError(
                f"{method} for {player.name} in {game.name}: expected a bound of at least "
                f"{payoff:.9g}, which a portfolio earns, found {bound:.9g} bn USD a year"
            )
        return Portfolio(profile, payoff, max(bound, payoff), method, seconds, why)

    if choices == 1:
        if not respects_budgets(game, weights, base):
            raise InfeasibleError(conflict(game, player, weights))
        return finished(base, world.payoff(player, base), "nothing to decide", "one portfolio")
    method, why = _method(world, player, choices, aligned=harm is not None)
    if method == "enumeration":
        best = max(
            portfolios(game, player, weights, base),
            key=lambda profile: world.payoff(player, profile),
            default=None,
        )
        if best is None:
            raise InfeasibleError(conflict(game, player, weights))
        return finished(best, world.payoff(player, best), method, why)

    if method == "interdiction":
        least = minimum(
            world.network,
            weights,
            evader=world.evader,
            starts=[base, *starts],
            gap=gap,
            time_limit=time_limit,
            generator=generator,
        )
        if least is None:
            raise InfeasibleError(conflict(game, player, weights))
        return finished(least.profile, -least.bound, method, why)

    worth = partial(world.payoff, player)

    def loss(profile: Profile) -> float:
        return -worth(profile)

    ratio = proportion(game, player.members)
    credit = None if ratio is None else optimistic(game, player, replace(weights, harm=ratio))
    ends = [tuple(options[end] for options in weights.allowed) for end in (0, -1)]
    first = descend(
        game,
        weights,
        loss,
        starts=[base, *starts, *ends],
        generator=generator,
        at_least=None if credit is None else partial(least_loss, world, *credit),
    )
    if first is None:
        raise InfeasibleError(conflict(game, player, weights))
    deadline = started + time_limit
    best, bound = first[0], math.inf
    known: tuple[Box, list[MixedCut]] | None = None
    if method == "flow search":
        forced = world.method == method
        found = _flow_search(
            world,
            player,
            weights,
            first=first,
            gap=gap,
            deadline=deadline if forced else started + SHARE_OF_SEARCH * time_limit,
            latest=deadline if forced else started + LAST_OF_SEARCH * time_limit,
            generator=generator,
        )
        if found is not None:
            best, bound = found.profile, -found.bound
            if forced or bound - world.payoff(player, best) <= gap * max(1.0, abs(found.loss)):
                return finished(best, bound, method, why)
            why = "the search over prices did not end in its share of the time"
        elif forced:
            raise InputError(
                f"method flow-search: expected a game whose evader's dual comes apart into small "
                f"blocks that share a few prices, {game.name} is another - leave the method open "
                f"or ask for strong-duality"
            )
        else:
            method, why = "ranked interdiction", MIRRORED
    if method == "ranked interdiction" and credit is not None:
        credited, constant = credit
        known = bounded(world.network, credited, at_most=first[1] + constant)
        built = interdiction_model(world.network, credited, box=known[0], cuts=known[1])
        forced = world.method == method
        best, bound = searched(
            built,
            best,
            worth=worth,
            constant=constant,
            gap=gap,
            deadline=deadline if forced else started + time_limit / 2,
            candidates=MOST_RANKED if forced else RANKED,
        )
        if forced or bound - world.payoff(player, best) <= gap * max(1.0, abs(first[1])):
            return finished(best, bound, method, why)
        why = "flows earn too much for its bound to be ranked"
    elif world.method is None and method != "flow search":
        why = "stakes lean otherwise than the evader's weights"
    if first[1] + world.payoff(player, best) > gap * max(1.0, abs(first[1])):
        known = None  # what is better narrows the bounds
    built = general_model(world, player, weights, at_most=-world.payoff(player, best), known=known)
    best, again = searched(
        built,
        best,
        worth=worth,
        constant=0.0,
        gap=gap,
        deadline=deadline,
        options=TREE_WITH_FLOWS,
    )
    if bound < again:
        return finished(best, bound, method, f"{why}, and strong duality bounds no better")
    return finished(best, again, "strong duality", why)


def _flow_search(
    world: World,
    player: Player,
    weights: Weights,
    *,
    first: tuple[Profile, float],
    gap: float,
    deadline: float,
    latest: float,
    generator: np.random.Generator,
) -> Found | None:
    """Return what the search over prices finds, None where it does not apply."""
    separation = separated(world.network, weights.allowed, members=player.members)
    if separation is None:
        return None
    from solvers.flows.search import FlowSearch  # its kernels take half a second to import

    search = FlowSearch(
        separation,
        weights,
        player.members,
        loss=lambda profile: -world.payoff(player, profile),
        first=first,
        gap=gap,
        generator=generator,
    )
    return search.run(first_box(world.network), deadline=deadline, latest=latest)


def _method(world: World, player: Player, choices: int, *, aligned: bool) -> tuple[Method, str]:
    """Return the cheapest exact method for a player, or the one asked for, and why.

    Raises
    ------
    InputError
        When the one asked for does not apply.
    """
    game, asked = world.game, world.method
    if asked is None:
        if choices <= candidates.FEW:
            return "enumeration", f"{choices} portfolios are few enough to try"
        if aligned:
            return "interdiction", "the player's stakes mirror the evader's weights, nothing earned"
        if choices >= MANY:
            return "flow search", f"flows matter, and {choices:.3g} portfolios are many"
        return "ranked interdiction", MIRRORED
    if asked == "interdiction" and not aligned:
        raise InputError(
            f"method interdiction: expected a player whose stakes mirror the evader's weights and "
            f"who earns nothing from flows; {player.name} is another - leave the method open or "
            f"ask for strong-duality"
        )
    if asked == "ranked interdiction" and proportion(game, player.members) is None:
        raise InputError(
            f"method ranked-interdiction: expected a player whose stakes mirror the evader's "
            f"weights; {player.name} is another - leave the method open or ask for strong-duality"
        )
    if asked == "enumeration" and choices > MOST_ENUMERATED:
        raise InputError(
            f"method enumeration: expected at most {MOST_ENUMERATED:,} portfolios of "
            f"{player.name}, found {choices:.3g} - leave the method open"
        )
    return asked, "asked for"

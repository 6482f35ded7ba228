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

The last three are one search (module `with_flows`): each hands on what it found.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np

from games.errors import InfeasibleError, InputError, NotCertifiedError
from games.layered import Profile
from solvers import candidates
from solvers.candidates import SOLVED, conflict, portfolios
from solvers.consent import best_by_consent
from solvers.descent import respects_budgets
from solvers.minimum import minimum
from solvers.players import Player, alignment, proportion, weights_of
from solvers.prices import Weights
from solvers.with_flows import MIRRORED, Answer, WithFlows
from solvers.world import Method, Portfolio, World

MANY = 10**6
"""Portfolios of one player from which on a search over prices is tried before a MILP with flows."""

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
    if choices == 1:
        if not respects_budgets(game, weights, base):
            raise InfeasibleError(conflict(game, player, weights))
        earned = world.payoff(player, base)
        answer = Answer(base, earned, "nothing to decide", "one portfolio")
        return _certified(world, player, answer, started=started)
    method, why = _method(world, player, choices, aligned=harm is not None)
    if method == "enumeration":
        answer = _by_enumeration(world, player, weights, base, why=why)
    elif method == "interdiction":
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
        answer = Answer(least.profile, -least.bound, method, why)
    else:
        answer = WithFlows(
            world,
            player,
            weights,
            starts=[base, *starts],
            gap=gap,
            started=started,
            time_limit=time_limit,
            generator=generator,
        ).best(method, why)
    return _certified(world, player, answer, started=started)


def _certified(world: World, player: Player, answer: Answer, *, started: float) -> Portfolio:
    """Return an answer with its payoff recomputed.

    Raises
    ------
    NotCertifiedError
        When the bound is below what the portfolio earns.
    """
    payoff = world.payoff(player, answer.profile)
    seconds = time.perf_counter() - started
    if answer.bound < payoff - SOLVED * max(1.0, abs(payoff)):
        raise NotCertifiedError(
            f"{answer.method} for {player.name} in {world.game.name}: expected a bound of at least "
            f"{payoff:.9g}, which a portfolio earns, found {answer.bound:.9g} bn USD a year"
        )
    bound = max(answer.bound, payoff)
    return Portfolio(answer.profile, payoff, bound, answer.method, seconds, answer.why)


def _by_enumeration(
    world: World, player: Player, weights: Weights, base: Profile, *, why: str
) -> Answer:
    """Return the best of all portfolios within the budgets."""
    best = max(
        portfolios(world.game, player, weights, base),
        key=lambda profile: world.payoff(player, profile),
        default=None,
    )
    if best is None:
        raise InfeasibleError(conflict(world.game, player, weights))
    return Answer(best, world.payoff(player, best), "enumeration", why)


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

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

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from games.errors import InfeasibleError, InputError
from games.layered import LayeredGame, Profile
from games.network import Network
from games.payoffs import Payoffs, earnings, payoffs
from solvers.boxes.separation import separated
from solvers.descent import descend, option_cost, respects_budgets
from solvers.evader import Evader, EvaderResponse, Rule
from solvers.general_sum import general_sum_model
from solvers.interdiction import InterdictionModel
from solvers.milp import Status, solve
from solvers.minimum import SMALL_TREE, bounded_model, minimum
from solvers.players import Player, alignment, least_harm, proportion, weights_of
from solvers.prices import Weights, first_box, hub_nodes
from solvers.relaxation import Relaxation
from solvers.tightening import tightened

if TYPE_CHECKING:
    from solvers.flows.search import Found

FEW = 600
"""Portfolios of one player up to which all are tried in turn."""

RANKED = 3
"""Solutions tried in falling order before flows are modelled."""

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

MANY = 10**6
"""Portfolios of one player from which on a search over prices is tried before a MILP with flows."""

SHARE_OF_SEARCH = 0.6
"""Share of the time after which that search leaves the rest to the MILP."""

MIRRORED = "stakes mirror the evader's weights but for what flows earn"
"""Why solutions are ranked; where they do not mirror, strong duality says so."""

MOST_RANKED = 1000
"""Solutions tried in falling order where that was asked for."""

TREE_WITH_FLOWS: dict[str, object] = {
    **SMALL_TREE,
    "mip_allow_cut_separation_at_nodes": False,
}
"""HiGHS options where flows are modelled: cuts beyond the root took longer than they saved."""

CLOSE = 0.9
"""Part of the gap to which a MILP is solved: what rounding leaves has room in the rest."""

MOST_ENUMERATED = 10**6
"""Portfolios up to which enumeration can be asked for."""


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
        from solvers.consent import best_by_consent

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
        return Portfolio(profile, payoff, max(bound, payoff), method, seconds, why)

    if choices == 1:
        if not respects_budgets(game, weights, base):
            raise InfeasibleError(conflict(game, player, weights))
        return finished(base, -math.inf, "nothing to decide", "one portfolio")
    method, why = _method(world, player, choices, aligned=harm is not None)
    if method == "enumeration":
        best = max(
            portfolios(game, player, weights, base),
            key=lambda profile: world.payoff(player, profile),
            default=None,
        )
        if best is None:
            raise InfeasibleError(conflict(game, player, weights))
        return finished(best, -math.inf, method, why)

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
        at_least=None if credit is None else partial(_least_loss, world, *credit),
    )
    if first is None:
        raise InfeasibleError(conflict(game, player, weights))
    deadline = started + time_limit
    best, bound = first[0], math.inf
    if method == "flow search":
        forced = world.method == method
        found = _flow_search(
            world,
            player,
            weights,
            first=first,
            gap=gap,
            deadline=deadline if forced else started + SHARE_OF_SEARCH * time_limit,
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
        built = bounded_model(world.network, credited, at_most=first[1] + constant)
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
    built = general_model(world, player, weights, at_most=-world.payoff(player, best))
    best, again = searched(
        built,
        best,
        worth=worth,
        constant=0.0,
        gap=gap,
        deadline=deadline,
        options=TREE_WITH_FLOWS,
    )
    return finished(best, min(bound, again), "strong duality", why)


def _flow_search(
    world: World,
    player: Player,
    weights: Weights,
    *,
    first: tuple[Profile, float],
    gap: float,
    deadline: float,
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
    return search.run(first_box(world.network), deadline=deadline)


def _method(world: World, player: Player, choices: int, *, aligned: bool) -> tuple[Method, str]:
    """Return the cheapest exact method for a player, or the one asked for, and why.

    Raises
    ------
    InputError
        When the one asked for does not apply.
    """
    game, asked = world.game, world.method
    if asked is None:
        if choices <= FEW:
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


def optimistic(game: LayeredGame, player: Player, weights: Weights) -> tuple[Weights, float]:
    """Return a portfolio problem whose optimum bounds the player's payoff from above.

    For stakes of lambda w_f the payoff is -lambda Z - costs + what flows earn the player and lambda
    times their strategic value. The last two are at most what they are on arcs used to capacity;
    that is credited to each option, and to a constant for arcs without a control point.
    """
    credits = [[0.0] * len(point.options) for point in game.points]
    constant = 0.0
    for arc in game.arcs:
        capacity = sum(step.capacity for step in arc.steps)
        k = game.point_index[arc.point] if arc.point else None
        for option in range(len(game.points[k].options) if k is not None else 1):
            earned = earnings(game, arc, option)
            worth = sum(earned.get(name, 0.0) for name in player.members)
            credit = capacity * max(0.0, worth + weights.harm * arc.value)
            if k is None:
                constant += credit
            else:
                credits[k][option] += credit
    options = tuple(
        tuple(cost - credit for cost, credit in zip(costs, ours, strict=True))
        for costs, ours in zip(weights.options, credits, strict=True)
    )
    return replace(weights, options=options), constant


def _least_loss(world: World, credited: Weights, constant: float, profile: Profile) -> float:
    """Return what a player loses at least, by `optimistic`."""
    value = credited.harm * world.evader.value(profile)
    return option_cost(credited, profile) + value - constant


def general_model(
    world: World, player: Player, weights: Weights, *, at_most: float
) -> InterdictionModel:
    """Return the strong-duality MILP, its prices bounded by the optimistic problem's."""
    game = world.game
    harm = least_harm(game, player.members)  # the months lost in other fronts only help the bound
    credited, constant = optimistic(game, player, replace(weights, harm=harm))
    box = tightened(
        world.network,
        credited,
        box=first_box(world.network),
        at_most=at_most + constant,
        nodes=hub_nodes(world.network),
    )
    cuts = Relaxation(world.network, credited, box).cuts()
    return general_sum_model(world.network, weights, members=player.members, box=box, cuts=cuts)


def searched(
    built: InterdictionModel,
    first: Profile,
    *,
    worth: Callable[[Profile], float],
    constant: float,
    gap: float,
    deadline: float,
    candidates: int = 1000,
    options: dict[str, object] = SMALL_TREE,
) -> tuple[Profile, float]:
    """Return the best profile and a bound on all, trying the model's solutions in turn.

    The model's objective, negated and with the constant added, is at least what every profile is
    worth. A solution that is worth less than that is cut off and the next one asked for.
    """
    best, payoff = first, worth(first)
    bound = math.inf
    for _ in range(candidates):
        left = max(1.0, deadline - time.perf_counter())
        outcome = solve(built.model, gap=CLOSE * gap, time_limit=left, options=options)
        if outcome.status is Status.INFEASIBLE:
            return best, payoff
        bound = max(payoff, constant - outcome.bound)
        if outcome.objective is not None:
            found = built.profile()
            if worth(found) > payoff:
                best, payoff = found, worth(found)
        closed = bound - payoff <= gap * max(1.0, abs(payoff))
        if closed or outcome.status is Status.LIMIT or time.perf_counter() > deadline:
            return best, bound
        built.cut_off(found)
    return best, bound


def portfolios(
    game: LayeredGame, player: Player, weights: Weights, base: Profile
) -> Iterator[Profile]:
    """Yield every profile of a player within its budgets."""
    for choice in itertools.product(*(weights.allowed[k] for k in player.points)):
        changed = list(base)
        for k, option in zip(player.points, choice, strict=True):
            changed[k] = option
        if respects_budgets(game, weights, changed):
            yield tuple(changed)


def conflict(game: LayeredGame, player: Player, weights: Weights) -> str:
    """Return the message that names the budgets no portfolio respects."""
    short = []
    for points, limit in weights.budgets:
        least = sum(min(game.points[k].options[o].cost for o in weights.allowed[k]) for k in points)
        if least > limit:
            owners = ", ".join(dict.fromkeys(game.points[k].owner for k in points))
            short.append(f"{owners}: at least {least:g} bn USD a year on a budget of {limit:g}")
    return (
        f"{player.name}: expected a portfolio within every budget, found none ("
        + "; ".join(short)
        + ") - raise the budget, or allow cheaper options at the points that stay fixed"
    )

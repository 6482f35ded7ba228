"""Many worlds that share one decision: what a profile loses in each.

The worlds have the same controllers, control points and options by name; every number may differ,
costs and budgets too, and so may the evader's network, for what the evader can do is unknown as
well. A portfolio must respect the budgets of every world; module `budgets` makes them all alike.

A world's loss is what its members pay and suffer: minus the sum of their payoffs. Where they are
aligned it is costs plus lambda Z; elsewhere costs plus lambda Z, less what flows could earn at
most, bounds it from below (`solvers.candidates.optimistic`), and so does the same less what flows
could earn at the evader's prices (`solvers.used`), by less.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from games.errors import InfeasibleError, InputError
from games.layered import LayeredGame, Profile
from games.network import Network, build_network
from games.payoffs import payoffs
from solvers.candidates import Credit, credits_of, optimistic
from solvers.descent import option_cost
from solvers.evader import Evader, EvaderResponse
from solvers.players import Player, alignment, least_harm, player, proportion, weights_of
from solvers.prices import Weights

Array = NDArray[np.float64]
Answerer = Callable[[Profile, Sequence[int]], Array]
"""Returns what a profile loses in each of some worlds."""


@dataclass(frozen=True, eq=False)
class WorldProblem:
    """One world as an interdiction problem.

    Attributes
    ----------
    weights : costs of options plus `weights.harm` times Z, minus `constant`, is a lower bound on
        the loss of every profile.
    exact : whether that bound is the loss itself.
    members : whose loss it is.
    credits : what flows could earn the members; none where exact.
    tolls_alone : whether the bound is the loss itself wherever no toll is credited.
    """

    network: Network
    weights: Weights
    constant: float
    exact: bool
    members: tuple[str, ...]
    credits: tuple[Credit, ...] = ()
    tolls_alone: bool = False

    def evader(self) -> Evader:
        """Return a warm evader that settles ties as losses have it."""
        return Evader(self.network, rule=None if self.exact else "optimistic")

    def loss(self, evader: Evader, profile: Profile) -> float:
        """Return the members' loss, bn USD a year.

        Parameters
        ----------
        evader : from `evader`.
        """
        weights = self.weights
        due = [one for one in self.credits if profile[one.point] == one.option]
        if self.exact or (self.tolls_alone and not due):
            return option_cost(weights, profile) + weights.harm * evader.value(profile)
        game, response = self.network.game, evader.respond(profile)
        entering = np.bincount(self._arcs, response.flows, minlength=len(game.arcs))
        if self.tolls_alone:
            least = option_cost(weights, profile) + weights.harm * response.value
            unused = [one.worth * (one.capacity - float(entering[one.arc])) for one in due]
            return least + sum(unused)
        result = payoffs(
            game, profile, entering=entering.tolist(), quantities=response.quantities.tolist()
        )
        return -sum(result.total[name] for name in self.members)

    @cached_property
    def _arcs(self) -> NDArray[np.int64]:
        return np.array([lane.arc for lane in self.network.lanes])


def world_problem(game: LayeredGame, members: Player) -> WorldProblem:
    """Return the interdiction problem that bounds a player's loss in one world."""
    network = build_network(game)
    harm = alignment(game, members.members)
    base = game.status_quo
    if harm is not None:
        weights = weights_of(game, members, base, harm=harm)
        return WorldProblem(network, weights, 0.0, True, members.members)
    weights = weights_of(game, members, base, harm=least_harm(game, members.members))
    credited, constant = optimistic(game, members, weights)
    return WorldProblem(
        network,
        credited,
        constant,
        False,
        members.members,
        tuple(credits_of(game, members, weights.harm)),
        proportion(game, members.members) is not None
        and not any(arc.value or any(arc.revenue.values()) for arc in game.arcs),
    )


class ManyWorlds:
    """A sample of worlds, each with a warm evader from when it is asked for.

    Losses are computed here, or by whoever answers for the worlds (`answered_by`).

    Parameters
    ----------
    games : one per world, alike in controllers, control points, layers and options by name.
    probabilities : of the worlds, shape (worlds,); None for equal ones.
    layers : layers in which the controllers decide (None: all).
    pooled : whether all budgets are one.

    Raises
    ------
    InputError
        When the worlds are not alike, or the probabilities make no sense.
    """

    def __init__(
        self,
        games: Sequence[LayeredGame],
        *,
        probabilities: Sequence[float] | Array | None = None,
        layers: Sequence[str] | None = None,
        pooled: bool = False,
    ) -> None:
        _check_alike(games)
        self.games = tuple(games)
        self._layers = layers
        count = len(self.games)
        shares = np.full(count, 1.0) if probabilities is None else np.asarray(probabilities, float)
        if shares.shape != (count,) or not (shares >= 0).all() or not 0 < shares.sum() < math.inf:
            raise InputError(
                f"worlds: expected {count} probabilities >= 0, not all of them 0; found "
                f"{np.array2string(shares, threshold=8)}"
            )
        self.probabilities = shares / shares.sum()
        names = [controller.name for controller in self.games[0].controllers]
        self.player = player(self.games[0], names, layers=layers, pooled=pooled)
        self.problems = tuple(world_problem(game, self.player) for game in self.games)
        self.allowed = self.problems[0].weights.allowed
        self._evaders: dict[int, Evader] = {}
        self._answerer: Answerer = self._answered_here
        self._budgets = _budgets(self.problems)
        self._known: dict[Profile, Array] = {}

    def __len__(self) -> int:
        return len(self.games)

    def part(self, chosen: Sequence[int] | NDArray[np.int64]) -> ManyWorlds:
        """Return some of the worlds."""
        places = [int(world) for world in chosen]
        return ManyWorlds(
            [self.games[world] for world in places],
            probabilities=self.probabilities[places],
            layers=self._layers,
            pooled=self.player.pooled,
        )

    def affords(self, profile: Profile) -> bool:
        """Return whether the budgets of every world cover a profile's outlays, to 1e-9 bn USD."""
        chosen = np.array(profile, dtype=np.int64)
        return all(
            bool(
                (
                    budget.costs[:, np.arange(len(budget.points)), chosen[budget.points]].sum(
                        axis=1
                    )
                    <= budget.limits + 1e-9
                ).all()
            )
            for budget in self._budgets
        )

    def repaired(self, start: Profile) -> Profile:
        """Return a profile with options moved into what is allowed and affordable.

        Raises
        ------
        InfeasibleError
            When the cheapest options exceed a budget of some world.
        """
        profile = [
            o if o in allowed else allowed[0]
            for o, allowed in zip(start, self.allowed, strict=True)
        ]
        for budget in self._budgets:
            dearest = budget.costs.max(axis=0)
            at = {int(k): i for i, k in enumerate(budget.points)}
            for k in sorted(at, key=lambda k: -dearest[at[k], profile[k]]):
                if self.affords(tuple(profile)):
                    break
                profile[k] = min(self.allowed[k], key=lambda o: float(dearest[at[k], o]))
        if not self.affords(tuple(profile)):
            raise InfeasibleError(
                f"{self.games[0].name}: expected a portfolio within the budgets of every world, "
                "found none - raise the budgets, or leave out the worlds where the cheapest "
                "options exceed them"
            )
        return tuple(profile)

    def loss(self, world: int, profile: Profile) -> float:
        """Return the members' loss in one world, bn USD a year."""
        return self.problems[world].loss(self._evader(world), profile)

    @contextmanager
    def answered_by(self, answerer: Answerer) -> Iterator[None]:
        """Have somebody else compute losses of several worlds for a while."""
        before, self._answerer = self._answerer, answerer
        try:
            yield
        finally:
            self._answerer = before

    def knows(self, profile: Profile) -> bool:
        """Return whether the losses of a profile have been computed."""
        return profile in self._known

    def tried(self) -> dict[Profile, Array]:
        """Return the losses of every affordable profile that was tried in all worlds."""
        return {one: losses for one, losses in self._known.items() if self.affords(one)}

    def losses(self, profile: Profile) -> Array:
        """Return the loss in every world, shape (worlds,); kept for the next time."""
        known = self._known.get(profile)
        if known is None:
            known = self.losses_in(range(len(self)), profile)
            self._known[profile] = known
        return known

    def losses_in(self, chosen: Sequence[int], profile: Profile) -> Array:
        """Return the losses in some worlds, shape (chosen,); not kept."""
        return self._answerer(profile, chosen)

    def respond(self, world: int, profile: Profile) -> EvaderResponse:
        """Return the evader's response in one world."""
        return self._evader(world).respond(profile)

    def _answered_here(self, profile: Profile, chosen: Sequence[int]) -> Array:
        return np.array([self.loss(world, profile) for world in chosen])

    def _evader(self, world: int) -> Evader:
        if world not in self._evaders:
            self._evaders[world] = self.problems[world].evader()
        return self._evaders[world]


@dataclass(frozen=True, eq=False)
class _Budget:
    """One budget in all worlds; worlds where it is the same count once.

    Attributes
    ----------
    points : indices of control points.
    costs : outlays, shape (worlds, points, options).
    limits : bn USD a year, shape (worlds,).
    """

    points: NDArray[np.int64]
    costs: Array
    limits: Array


def _budgets(problems: Sequence[WorldProblem]) -> list[_Budget]:
    budgets = []
    for place, (points, _) in enumerate(problems[0].weights.budgets):
        most = max((len(problems[0].network.game.points[k].options) for k in points), default=1)
        rows = {}
        for problem in problems:
            limit = problem.weights.budgets[place][1]
            costs = tuple(
                tuple(option.cost for option in problem.network.game.points[k].options)
                for k in points
            )
            rows[limit, costs] = [[*ours, *[math.inf] * (most - len(ours))] for ours in costs]
        budgets.append(
            _Budget(
                np.array(points, dtype=np.int64),
                np.array(list(rows.values())).reshape(len(rows), len(points), most),
                np.array([limit for limit, _ in rows]),
            )
        )
    return budgets


def _check_alike(games: Sequence[LayeredGame]) -> None:
    """Raise `InputError` where controllers could not decide the same in all worlds."""
    if not games:
        raise InputError("worlds: expected at least one, found none")

    def shape(game: LayeredGame) -> tuple[object, ...]:
        return (
            tuple(controller.name for controller in game.controllers),
            tuple(
                (p.name, p.layer, p.owner, p.status_quo, tuple(o.name for o in p.options))
                for p in game.points
            ),
        )

    first = shape(games[0])
    for world, game in enumerate(games):
        if shape(game) != first:
            raise InputError(
                f"worlds: expected the controllers, control points and options of world 0 in "
                f"every world, found others in world {world}"
            )

"""Unilateral play: pure Nash equilibria between players over one evader.

Three ways, which check each other:

- small games are tried whole: every profile, hence every pure equilibrium, with proof;
- where all players are aligned, sum_i cost_i / lambda_i + Z is a weighted potential: it falls
  exactly when any single player gains (monderer1996), so the minimum of one interdiction MILP is an
  equilibrium;
- best responses in turn, from several starts, end in others, or in none.

Beyond small games the best and the worst equilibrium are then proven, or bounded: where all players
are aligned and the evader's dual comes apart by module `every_equilibrium`, else, and where that
runs out of time, by module `extremes`; or it is proven that there is none.

Each equilibrium comes with every player's regret: the proven bound on its best portfolio minus what
it has.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from games.errors import LimitError, NoPureEquilibriumError
from games.layered import Profile
from solvers.candidates import portfolios
from solvers.consent import consents
from solvers.descent import descend, respects_budgets
from solvers.equilibria.extremes import extreme, gains
from solvers.minimum import minimum
from solvers.players import Player, alignment, budgets_of, replaced, weights_of
from solvers.portfolio import best_portfolio
from solvers.prices import Weights
from solvers.world import Portfolio, World

WHOLE = 3000
"""Profiles within the budgets up to which a game is tried whole."""

STILL_WHOLE = 30_000
"""The same where best responses settle nowhere and time is left."""

MOST_COUNTED = 100_000
"""Portfolios of one player up to which those within its budgets are counted."""

SHARE_OF_BOXES = 0.8
"""Share of the time for proofs in which boxes of prices are searched before anything else."""

DESCENTS = 10
"""Rounds of quick improvements before everybody's proven best response is asked for."""


@dataclass(frozen=True)
class Equilibrium:
    """A profile from which no player gains by more than its regret.

    Attributes
    ----------
    joint : sum of all controllers' payoffs, bn USD a year.
    regrets : {player: bn USD a year}, upper bounds.
    """

    profile: Profile
    joint: float
    regrets: dict[str, float]


@dataclass(frozen=True)
class Equilibria:
    """Pure equilibria from the best for the controllers' sum to the worst.

    Attributes
    ----------
    complete : whether these are proven to be all there are.
    starts : number of starting points from which best responses were followed.
    best_bound, worst_bound : the controllers' sum is nowhere above (below) in any equilibrium, bn
        USD a year; infinite where nothing is proven.
    why : what the proof took, where there is something to say.
    """

    found: tuple[Equilibrium, ...]
    complete: bool
    method: str
    starts: int
    best_bound: float = math.inf
    worst_bound: float = -math.inf
    why: str = ""


def unilateral(
    world: World,
    players: Sequence[Player],
    base: Profile,
    *,
    starts: Sequence[Profile] = (),
    random_starts: int = 2,
    gap: float = 1e-6,
    time_limit: float = 600.0,
    proof_limit: float = math.inf,
    generator: np.random.Generator,
    progress: Callable[[str], None] = lambda _: None,
) -> Equilibria:
    """Return the pure equilibria found between players.

    Parameters
    ----------
    proof_limit : seconds, of those, for proving which are the best and the worst; where none was
        found, for looking further.
    base : options at the points that no player decides on.
    starts : further profiles from which best responses are followed, beside `base`, the weakest
        and strongest options, and `random_starts` drawn by `generator`.

    Raises
    ------
    NoPureEquilibriumError
        When no pure equilibrium exists, or none was found.
    LimitError
        When the limit of time passes before any equilibrium is certified.
    """
    game = world.game
    deadline = time.perf_counter() + time_limit
    points = [k for player in players for k in player.points]
    if is_whole(world, players):
        return _whole(world, players, base)
    responses = Responses(world, players, gap, deadline, generator)
    methods = ["best responses"]
    begin: list[Profile] = []
    free = all(player.transfers for player in players)  # to choose whatever is within its budget
    potential = None
    if free:
        potential = _potential_minimum(
            world, players, base, gap=gap, deadline=deadline, generator=generator
        )
    if potential is not None:
        methods.insert(0, "potential")
        begin.append(potential)
    begin += [base, *starts]
    counts = [len(game.points[k].options) for k in points]
    begin.append(replaced(base, points, [0] * len(points)))
    begin.append(replaced(base, points, [count - 1 for count in counts]))
    for _ in range(random_starts):
        begin.append(replaced(base, points, [int(generator.integers(n)) for n in counts]))
    found: dict[Profile, Equilibrium] = {}
    for number, start in enumerate(begin):
        if found and time.perf_counter() > deadline:
            break
        progress(f"best responses from start {number + 1} of {len(begin)}")
        end = responses.follow(start)
        if end is not None and end not in found:
            joint = world.payoffs(end).joint
            found[end] = Equilibrium(end, joint, responses.regrets(end))
    everybody = [controller.name for controller in game.controllers]
    now = time.perf_counter()
    until = min(deadline, now + proof_limit)
    bounds = {False: math.inf, True: -math.inf}
    why, settled = "", False
    if free and now < until:
        from solvers.equilibria.every_equilibrium import (
            every_equilibrium,  # numba takes half a second
        )

        listed = every_equilibrium(
            world,
            players,
            base,
            members=everybody,
            known=tuple(found),
            respond=responses.best,
            gap=gap,
            deadline=now + SHARE_OF_BOXES * (until - now),
            ends_only=True,
            progress=progress,
        )
        if listed is not None:
            methods.append("boxes of prices")
            bounds = {False: listed.best_bound, True: listed.worst_bound}
            settled = listed.closed
            why = f"{listed.boxes} boxes of prices left {listed.judged} profiles to judge"
            for profile in listed.found:
                if profile not in found:
                    joint = world.payoffs(profile).joint
                    found[profile] = Equilibrium(profile, joint, responses.regrets(profile))
    for worst in () if settled else tuple(bounds):
        if worst and not found:
            break
        now = time.perf_counter()
        if now >= until:
            break
        progress(f"proof of the {'worst' if worst else 'best'}")
        known = sorted(found.values(), key=lambda equilibrium: equilibrium.joint)
        reached = extreme(
            world,
            players,
            base,
            members=everybody,
            worst=worst,
            known=[one.profile for one in known],
            respond=responses.best,
            gap=gap,
            deadline=until if worst else now + (until - now) / 2,
        )
        bounds[worst] = (max if worst else min)(bounds[worst], reached.bound)
        if reached.profile is not None and reached.profile not in found:
            found[reached.profile] = Equilibrium(
                reached.profile, reached.value, responses.regrets(reached.profile)
            )
        if not found and reached.exhausted:
            raise NoPureEquilibriumError(
                f"unilateral play of {game.name}: expected a pure equilibrium, found that no "
                "profile is one - this game has none",
                proven=True,
            )
    if not found:
        if time.perf_counter() > deadline:
            raise LimitError(
                f"unilateral play of {game.name}: expected an equilibrium within "
                f"{time_limit:g} s, found none yet - raise --time-limit"
            )
        if is_whole(world, players, patient=True):
            try:
                return _whole(world, players, base, deadline=deadline)
            except LimitError:
                progress("not every profile could be tried")
        raise NoPureEquilibriumError(
            f"unilateral play of {game.name}: expected best responses to settle, found cycles "
            f"from all {len(begin)} starts - the game may have no pure equilibrium"
        )
    ranked = sorted(found.values(), key=lambda equilibrium: -equilibrium.joint)
    return Equilibria(
        tuple(ranked),
        False,
        " and ".join(methods),
        len(begin),
        best_bound=max(bounds[False], ranked[0].joint),
        worst_bound=min(bounds[True], ranked[-1].joint),
        why=why,
    )


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
        key = (player.name, _others(player, profile))
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


def _potential_minimum(
    world: World,
    players: Sequence[Player],
    base: Profile,
    *,
    gap: float,
    deadline: float,
    generator: np.random.Generator,
) -> Profile | None:
    """Return the minimum of the weighted potential, None where there is no potential."""
    game = world.game
    lambdas = {player.name: alignment(game, player.members) for player in players}
    if any(value is None for value in lambdas.values()):
        return None
    costs = [(0.0,) * len(point.options) for point in game.points]
    allowed: list[tuple[int, ...]] = [(option,) for option in base]
    for player in players:
        scale = lambdas[player.name] or 1e-6  # without a stake only costs count: they outweigh Z
        for k in player.points:
            options = game.points[k].options
            costs[k] = tuple((o.cost + o.economic_cost) / scale for o in options)
            allowed[k] = tuple(range(len(options)))
    budgets = tuple(budget for player in players for budget in budgets_of(game, player))
    weights = Weights(tuple(costs), tuple(allowed), budgets, 1.0)
    least = minimum(
        world.network,
        weights,
        evader=world.evader,
        starts=[base],
        gap=gap,
        time_limit=max(1.0, deadline - time.perf_counter()),
        generator=generator,
    )
    return None if least is None else least.profile


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
            key = (player.name, _others(player, profile))
            best[key] = max(best.get(key, -math.inf), payoff[player.name])
    return {
        profile: {
            player.name: best[player.name, _others(player, profile)] - payoff[player.name]
            for player in players
        }
        for profile, payoff in payoffs.items()
        if all(consents(world, player, profile) for player in players)
    }


def _whole(
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


def _others(player: Player, profile: Profile) -> Profile:
    """Return the profile with the player's own options left out."""
    return replaced(profile, player.points, [-1] * len(player.points))

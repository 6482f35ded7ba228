"""Unilateral play: pure Nash equilibria between players over one evader.

Three ways, which check each other:

- small games are tried whole (module `every_profile`): every pure equilibrium, with proof;
- where all players are aligned, sum_i cost_i / lambda_i + Z is a weighted potential: it falls
  exactly when any single player gains (monderer1996), so the minimum of one interdiction MILP is an
  equilibrium;
- best responses in turn (module `responses`), from several starts, end in others, or in none.

Beyond small games the best and the worst equilibrium are then proven, or bounded: where all players
are aligned and the evader's dual comes apart by module `every_equilibrium`, else, and where that
runs out of time, by module `extremes`; or it is proven that there is none.

Each equilibrium comes with every player's regret: the proven bound on its best portfolio minus what
it has.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from games.errors import LimitError, NoPureEquilibriumError
from games.layered import Profile
from solvers.equilibria.every_profile import by_every_profile, is_whole
from solvers.equilibria.extremes import extreme
from solvers.equilibria.records import Equilibria, Equilibrium
from solvers.equilibria.responses import Responses
from solvers.minimum import minimum
from solvers.players import Player, alignment, budgets_of, replaced
from solvers.prices import Weights
from solvers.world import World

SHARE_OF_BOXES = 0.8
"""Share of the time for proofs in which boxes of prices are searched before anything else."""


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
    if is_whole(world, players):
        return by_every_profile(world, players, base)
    responses = Responses(world, players, gap, deadline, generator)
    search = _Search(world, players, base, responses, progress)
    free = all(player.transfers for player in players)  # to choose whatever is within its budget
    potential = None
    if free:
        potential = _potential_minimum(
            world, players, base, gap=gap, deadline=deadline, generator=generator
        )
    if potential is not None:
        search.methods.insert(0, "potential")
    begin = [
        *([] if potential is None else [potential]),
        base,
        *starts,
        *_weakest_strongest_and_drawn(world, players, base, random_starts, generator),
    ]
    search.follow(begin)
    until = min(deadline, time.perf_counter() + proof_limit)
    settled = free and time.perf_counter() < until and search.prove_by_boxes(until)
    if not settled:
        search.prove_by_cuts(until)
    if search.found:
        return search.equilibria(len(begin))
    if time.perf_counter() > deadline:
        raise LimitError(
            f"unilateral play of {game.name}: expected an equilibrium within "
            f"{time_limit:g} s, found none yet - raise --time-limit"
        )
    if is_whole(world, players, patient=True):
        try:
            return by_every_profile(world, players, base, deadline=deadline)
        except LimitError:
            progress("not every profile could be tried")
    raise NoPureEquilibriumError(
        f"unilateral play of {game.name}: expected best responses to settle, found cycles "
        f"from all {len(begin)} starts - the game may have no pure equilibrium"
    )


class _Search:
    """The equilibria found so far, and what no other one can be beyond.

    Attributes
    ----------
    best_bound, worst_bound, why : as in `Equilibria`.
    """

    def __init__(
        self,
        world: World,
        players: Sequence[Player],
        base: Profile,
        responses: Responses,
        progress: Callable[[str], None],
    ) -> None:
        self._world, self._players, self._base = world, players, base
        self._responses, self._progress = responses, progress
        self._everybody = [controller.name for controller in world.game.controllers]
        self.found: dict[Profile, Equilibrium] = {}
        self.methods = ["best responses"]
        self.best_bound, self.worst_bound = math.inf, -math.inf
        self.why = ""

    def follow(self, begin: Sequence[Profile]) -> None:
        """Follow best responses from each start; after the deadline only until one is found."""
        for number, start in enumerate(begin):
            if self.found and time.perf_counter() > self._responses.deadline:
                break
            self._progress(f"best responses from start {number + 1} of {len(begin)}")
            end = self._responses.follow(start)
            if end is not None:
                self._note(end)

    def prove_by_boxes(self, until: float) -> bool:
        """Search boxes of prices for both ends; return whether that settles them."""
        from solvers.equilibria.every_equilibrium import (
            every_equilibrium,  # numba takes half a second
        )

        now = time.perf_counter()
        listed = every_equilibrium(
            self._world,
            self._players,
            self._base,
            members=self._everybody,
            known=tuple(self.found),
            respond=self._responses.best,
            gap=self._responses.gap,
            deadline=now + SHARE_OF_BOXES * (until - now),
            ends_only=True,
            progress=self._progress,
        )
        if listed is None:
            return False
        self.methods.append("boxes of prices")
        self.best_bound, self.worst_bound = listed.best_bound, listed.worst_bound
        self.why = f"{listed.boxes} boxes of prices left {listed.judged} profiles to judge"
        for profile in listed.found:
            self._note(profile)
        return listed.closed

    def prove_by_cuts(self, until: float) -> None:
        """Prove the best by the cut loop, in half the time, then the worst.

        Raises
        ------
        NoPureEquilibriumError
            When it is proven that there is none.
        """
        now = time.perf_counter()
        if now >= until:
            return
        bound = self._prove_end(worst=False, deadline=now + (until - now) / 2)
        self.best_bound = min(self.best_bound, bound)
        if self.found and time.perf_counter() < until:
            bound = self._prove_end(worst=True, deadline=until)
            self.worst_bound = max(self.worst_bound, bound)

    def _prove_end(self, *, worst: bool, deadline: float) -> float:
        """Look for the best or the worst; return what none is beyond."""
        self._progress(f"proof of the {'worst' if worst else 'best'}")
        known = sorted(self.found.values(), key=lambda equilibrium: equilibrium.joint)
        reached = extreme(
            self._world,
            self._players,
            self._base,
            members=self._everybody,
            worst=worst,
            known=[one.profile for one in known],
            respond=self._responses.best,
            gap=self._responses.gap,
            deadline=deadline,
        )
        if reached.profile is not None:
            self._note(reached.profile, joint=reached.value)
        if not self.found and reached.exhausted:
            raise NoPureEquilibriumError(
                f"unilateral play of {self._world.game.name}: expected a pure equilibrium, found "
                "that no profile is one - this game has none",
                proven=True,
            )
        return reached.bound

    def _note(self, profile: Profile, *, joint: float | None = None) -> None:
        if profile not in self.found:
            joint = self._world.payoffs(profile).joint if joint is None else joint
            self.found[profile] = Equilibrium(profile, joint, self._responses.regrets(profile))

    def equilibria(self, starts: int) -> Equilibria:
        """Return what was found, the best first."""
        ranked = sorted(self.found.values(), key=lambda equilibrium: -equilibrium.joint)
        return Equilibria(
            tuple(ranked),
            False,
            " and ".join(self.methods),
            starts,
            best_bound=max(self.best_bound, ranked[0].joint),
            worst_bound=min(self.worst_bound, ranked[-1].joint),
            why=self.why,
        )


def _weakest_strongest_and_drawn(
    world: World,
    players: Sequence[Player],
    base: Profile,
    count: int,
    generator: np.random.Generator,
) -> list[Profile]:
    """Return profiles to start from: all first options, all last ones, and `count` at random."""
    points = [k for player in players for k in player.points]
    counts = [len(world.game.points[k].options) for k in points]
    return [
        replaced(base, points, [0] * len(points)),
        replaced(base, points, [n - 1 for n in counts]),
        *(
            replaced(base, points, [int(generator.integers(n)) for n in counts])
            for _ in range(count)
        ),
    ]


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

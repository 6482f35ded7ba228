"""Branch and cut over the joint strategies of a game, for the best pure equilibrium.

Read `inequalities` for the idea; here is its course. A node of the tree gives columns other bounds.
At each, the relaxation is solved and inequalities that its point breaks are added, the cheap ones
first, until it is fractional (two halves are left), integral and stable (an equilibrium), or cannot
hold anything better than the best equilibrium so far. The search dives into the nearer half and
takes up the open node with the best bound when a dive ends.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from games.errors import LimitError, NotCertifiedError
from games.normal_form import Floats
from solvers.finite.changes import LocalChanges
from solvers.finite.guidance import WHOLE, Asking, Branching, Deviations, Step, from_whole
from solvers.finite.lifted import Inequality, Lifted
from solvers.finite.oracles import stopwatch
from solvers.finite.programmes import IntegerProgrammingGame
from solvers.finite.relaxation import Relaxation

BROKEN = 5e-2
"""By how much a point has to break an inequality against small changes for it to be added."""

SLIGHTLY = 1e-4
"""The same for a known deviation, as a share of the largest entry of the player's payoff."""

ROOT_ROUNDS, ROOT_CUTS = 100, 100
"""Rounds of inequalities at the root, and how many of a kind in each."""

STALLED, STALLED_BY = 20, 1e-5
"""After that many rounds the root's bound has to move by that share."""

NODE_ROUNDS, NODE_CUTS = 3, 10
"""Rounds of inequalities at a fractional node, and how many of a kind in each."""

REPLY_EVERY, REPLIES = 500, 6
"""Nodes between attempts at an equilibrium by replies, and replies of each player in one."""

Restrictions = tuple[tuple[int, float, float], ...]
"""Columns with the bounds that a node gives them, the last one in force."""


@dataclass(frozen=True)
class PureEquilibrium:
    """The best pure equilibrium found, and what is proven about every other.

    Attributes
    ----------
    profile : one strategy for each player; None where none was found.
    payoffs : of each player at the profile.
    regret : for each player, no strategy gains more than this at the profile.
    objective : its value at the profile.
    bound : no pure equilibrium has a better objective: an upper bound for the best, a lower bound
        for the worst. Infinite where it is proven that there is none.
    complete : whether the search ended: the profile is the best (or worst) up to the gap, or, with
        no profile, there is no pure equilibrium.
    nodes, inequalities : size of the search.
    stopped : why the search ended early; empty if it did not.
    """

    profile: tuple[Hashable, ...] | None
    payoffs: tuple[float, ...] | None
    regret: tuple[float, ...] | None
    objective: float | None
    bound: float
    complete: bool
    nodes: int
    inequalities: int
    seconds: float
    stopped: str = ""

    @property
    def none_exists(self) -> bool:
        """Whether it is proven that there is no pure equilibrium."""
        return self.complete and self.profile is None


class EquilibriumTree:
    """One run of the search; it maximises, with the sign of the objective turned for the worst."""

    def __init__(
        self,
        game: IntegerProgrammingGame,
        *,
        paid: list[int],
        sign: float,
        gap: float,
        tolerance: float,
        time_limit: float | None,
    ) -> None:
        self._started = time.perf_counter()
        self._left = stopwatch(time_limit)
        self._game, self._paid, self._sign, self._gap = game, paid, sign, gap
        self._lifted = lifted = Lifted(game)
        self._players = range(len(game.players))
        reach = np.maximum(np.abs(lifted.lower), np.abs(lifted.upper))
        largest = np.abs(lifted.payoff) @ np.where(np.isfinite(reach), reach, 1.0)
        self._allowed = tolerance * np.maximum(largest, 1e-300)
        self._coefficient = np.abs(lifted.payoff).max(axis=1, initial=1e-300)
        self._in_steps = _in_whole_steps(game, paid)
        self._changes = [LocalChanges(game, lifted, i) for i in self._players]
        self._relaxation = Relaxation(
            lifted,
            sign * lifted.payoff[paid].sum(axis=0),
            permanent=[cut for changes in self._changes for cut in changes.dropping()],
        )
        self._whole = np.flatnonzero(lifted.whole)
        self._asking = Asking()
        self._branching = Branching(self._whole, len(lifted.lower))
        self._known = [Deviations(feasible.own) for feasible in game.sets]
        self._best: tuple[Floats, ...] | None = None
        self._regret: tuple[float, ...] = ()
        self._value = -np.inf
        self._closed = -np.inf  # the largest bound of a node that was given up beside `_value`
        self._open: list[tuple[float, int, Restrictions]] = []
        self._nodes = self._inequalities = 0

    def run(self) -> PureEquilibrium:
        """Search until nothing is left or time is up."""
        stopped = ""
        bound = np.inf  # of the node in hand
        try:
            self._reply([np.asarray(strategy) for strategy in self._game.start()])
            bound = self._root()
            heapq.heappush(self._open, (-bound, 0, ()))
            while self._open and self._promising(-self._open[0][0]):
                bound, restrictions = -self._open[0][0], heapq.heappop(self._open)[2]
                self._relaxation.tidy()
                self._dive(restrictions)
            bound = self._closed
        except LimitError:
            stopped = "limit of time"
        ends = [-self._open[0][0]] if self._open and (stopped or self._best is not None) else []
        return self._record(max([bound, self._value, *ends]), stopped)

    def _record(self, bound: float, stopped: str) -> PureEquilibrium:
        if self._in_steps and np.isfinite(bound):
            bound = float(np.floor(bound + WHOLE * max(1.0, abs(bound))))
        seconds = time.perf_counter() - self._started
        size = {"nodes": self._nodes, "inequalities": self._inequalities}
        if self._best is None:
            none = self._sign * (bound if stopped else -np.inf)
            return PureEquilibrium(
                None, None, None, None, none, not stopped, seconds=seconds, stopped=stopped, **size
            )
        profile = tuple(tuple(strategy.tolist()) for strategy in self._best)
        return PureEquilibrium(
            profile,
            self._game.payoffs(profile),
            self._regret,
            self._sign * self._value,
            self._sign * bound,
            not stopped,
            seconds=seconds,
            stopped=stopped,
            **size,
        )

    def _promising(self, bound: float) -> bool:
        """Whether a node with this bound may hold something better than the best so far."""
        if self._best is None:
            return True
        if self._in_steps:
            return bound > self._value + 1.0 - WHOLE * max(1.0, abs(self._value))
        return bound > self._value + self._gap * abs(self._value)

    def _root(self) -> float:
        """Add inequalities to the root until they move little; return its bound."""
        last = np.inf
        for turn in range(ROOT_ROUNDS):
            self._check_time()
            solved = self._relaxation.solve()
            if solved is None:
                return -np.inf
            bound, columns = solved
            cuts = self._cuts(columns, most=ROOT_CUTS) + self._answers(columns)[0]
            still = turn > STALLED and last - bound < STALLED_BY * abs(bound)
            if not cuts or still:
                break
            last = bound
            self._add(cuts)
        return bound

    def _dive(self, restrictions: Restrictions) -> None:
        """Explore a node and one child after the other until one is given up."""
        step: Step | None = None
        while True:
            lower, upper = self._lifted.lower.copy(), self._lifted.upper.copy()
            for column, low, high in restrictions:
                lower[column], upper[column] = low, high
            self._relaxation.restrict(lower, upper)
            self._nodes += 1
            node = self._node(step)
            if node is None:
                return
            bound, columns = node
            if self._nodes % REPLY_EVERY == 1:
                self._reply(self._lifted.points(columns))
            column = self._branching.choose(columns)
            below = float(np.floor(columns[column]))
            halves = [(column, lower[column], below), (column, below + 1.0, upper[column])]
            share = columns[column] - below
            nearer = int(share >= 0.5)
            away = (*restrictions, halves[1 - nearer])
            heapq.heappush(self._open, (-bound, self._nodes, away))
            restrictions = (*restrictions, halves[nearer])
            step = Step(column, nearer, 1.0 - share if nearer else share, bound)

    def _node(self, step: Step | None) -> tuple[float, Floats] | None:
        """Return the bound of a node and a fractional point; None where nothing is left to find."""
        last = np.empty(0)
        for turn in itertools.count():
            self._check_time()
            solved = self._relaxation.solve()
            if solved is None:
                return None
            bound, columns = solved
            if turn == 0 and step is not None:
                self._branching.learn(step, bound)
            if not self._promising(bound):
                self._closed = max(self._closed, bound)
                return None
            if from_whole(columns[self._whole]).max(initial=0.0) > WHOLE:
                cuts = self._cuts(columns, most=NODE_CUTS) if turn < NODE_ROUNDS else []
                if not cuts and self._asking.due():
                    cuts = self._answers(columns)[0]
                    self._asking.learn(bool(cuts))
                if not cuts:
                    return bound, columns
            else:
                if np.array_equal(columns, last):
                    raise NotCertifiedError(
                        "equilibrium inequalities: expected each to move the relaxation, found a "
                        "point that stays - scale payoffs and variables to numbers of order one"
                    )
                last = columns
                columns = columns.copy()
                columns[self._whole] = np.round(columns[self._whole])
                cuts, bounds = self._answers(columns)
                if not cuts:
                    self._check_time()  # a best response cut short proves nothing
                    self._accept(self._lifted.points(columns), bounds)
                    self._closed = max(self._closed, bound)
                    return None
            self._add(cuts)
        raise AssertionError("the count has no end")

    def _cuts(self, columns: Floats, *, most: int) -> list[Inequality]:
        """Return what a fractional point breaks of the inequalities that cost no optimisation."""
        points = self._lifted.points(columns)
        found = []
        for i in self._players:
            found += self._changes[i].broken(columns, most=most, tolerance=BROKEN)
            earned = float(self._lifted.payoff[i] @ columns)
            found += [
                self._lifted.deviation_gains_nothing(i, strategy)
                for strategy in self._known[i].better(
                    self._game.worth(i, points), earned + SLIGHTLY * self._coefficient[i]
                )
            ]
        return found

    def _answers(self, columns: Floats) -> tuple[list[Inequality], tuple[float, ...]]:
        """Return an inequality for each player who has a better answer, and everybody's bound."""
        points = self._lifted.points(columns)
        cuts, bounds = [], []
        for i in self._players:
            strategy, bound = self._best_reply(i, points)
            earned = float(self._lifted.payoff[i] @ columns)
            worth = float(self._game.worth(i, points) @ strategy)
            bounds.append(bound)
            if worth > earned + self._allowed[i]:
                cuts.append(self._lifted.deviation_gains_nothing(i, strategy))
        return cuts, tuple(bounds)

    def _best_reply(self, player: int, points: list[Floats]) -> tuple[Floats, float]:
        worth = self._game.worth(player, points)
        strategy, bound = self._game.oracles[player].maximise(worth, time_limit=self._left())
        self._known[player].add(strategy)
        return strategy, bound

    def _reply(self, points: list[Floats]) -> None:
        """Let players answer each other in turn; accept the equilibrium where that may end."""
        points = [
            np.round(p) if s.whole[: s.own].all() else p.copy()
            for p, s in zip(points, self._game.sets, strict=True)
        ]
        content = 0
        bounds = [np.inf] * len(points)
        for turn in range(REPLIES * len(points)):
            i = turn % len(points)
            strategy, bounds[i] = self._best_reply(i, points)
            worth = self._game.worth(i, points)
            settled = turn >= len(points) and bounds[i] <= worth @ points[i] + self._allowed[i]
            content = content + 1 if settled else 0
            if content == len(points):
                self._accept(points, tuple(bounds))
                return
            if not settled:
                points[i] = strategy

    def _accept(self, points: list[Floats], bounds: tuple[float, ...]) -> None:
        """Keep an equilibrium if it is the best so far."""
        payoffs = self._game.payoffs(points)
        regret = np.maximum(np.subtract(bounds, payoffs), 0.0)
        if (regret > 2.0 * self._allowed).any():
            raise NotCertifiedError(
                "equilibrium: expected every player's bound to leave no regret, found "
                f"{float(regret.max()):.6g} - check for numbers of extreme sizes"
            )
        value = self._sign * sum(payoffs[i] for i in self._paid)
        if self._best is None or value > self._value:
            self._best, self._value = tuple(points), value
            self._regret = tuple(regret.tolist())

    def _add(self, cuts: list[Inequality]) -> None:
        self._relaxation.add(cuts)
        self._inequalities += len(cuts)

    def _check_time(self) -> None:
        if self._left() == 0.0:
            raise LimitError("time is up")


def _in_whole_steps(game: IntegerProgrammingGame, paid: list[int]) -> bool:
    """Whether the objective is a whole number at every profile."""
    for i in paid:
        arrays = [game.own[i], *(q for (j, _), q in game.cross.items() if j == i)]
        if not all(np.array_equal(array, np.round(array)) for array in arrays):
            return False
        paying = [i, *(k for (j, k) in game.cross if j == i)]
        if not all(game.sets[k].whole[: game.sets[k].own].all() for k in paying):
            return False
    return True

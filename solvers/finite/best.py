"""The best equilibrium of a game of two players by a stated objective, and a bound on all others.

Equilibria of two players are a union of products X x Y, in each of which the first player's payoff
is linear in y alone and the second's linear in x alone. Their sum, either of them and the smaller
of the two are therefore best at extreme points of X and Y, and so is the number of strategies: only
extreme equilibria need be looked at.

The order of work, in which each step may settle the matter:

1. pure equilibria, and what the best correlated equilibrium is worth: no equilibrium is worth more;
2. in small games, all extreme equilibria;
3. in larger ones, Lemke-Howson paths from one equilibrium to the next, to know a good one;
4. the mixed-integer programme of `best_programme`, asked only for something better than is known.

Whatever the time, the best equilibrium so far comes back with what is proven about the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from games.errors import GameError, LimitError, NotCertifiedError
from games.normal_form import NormalFormGame
from games.regret import pure_profile
from games.scaled import between_zero_and_one
from solvers.finite.best_programme import better_supports
from solvers.finite.best_response import undominated
from solvers.finite.certified import certified
from solvers.finite.correlated import correlated_equilibrium
from solvers.finite.enumeration import all_equilibria
from solvers.finite.goal import Goal, Sense, aim_of
from solvers.finite.lemke_howson import one_equilibrium
from solvers.finite.paths import Paths
from solvers.finite.pure import pure_profiles
from solvers.finite.records import Equilibrium, Solution
from solvers.finite.support_pair import SupportPair, float_profile
from solvers.finite.support_vertex import best_of_supports
from solvers.milp import Status

ENUMERATED_UP_TO = 14
"""Strategies of either player up to which all equilibria are listed."""

ENUMERATION_SECONDS = 3.0
"""Time after which a list, of a game with very many equilibria, is given up."""

CORRELATED_UP_TO = 2500
"""Profiles up to which the correlated bound is asked for."""

WALK = 500
"""Pivots allowed to one Lemke-Howson path."""

STEPS = 12
"""Paths that follow each other, and the number of such walks for each label."""

LONGEST = 1e6
"""Seconds that stand for no limit where a number is needed."""


def best_equilibrium(
    game: NormalFormGame,
    *,
    objective: str = "welfare",
    sense: Sense = "maximise",
    exact: bool = False,
    time_limit: float | None = None,
    gap: float = 1e-6,
    report: Callable[[Solution], None] = lambda _: None,
) -> Solution:
    """Return the best equilibrium for an objective.

    Parameters
    ----------
    objective : "welfare", the sum of payoffs; "player:NAME", one player's payoff; "minimum", the
        payoff of whoever gets least; "support", the number of strategies that are played, of which
        the fewest are best.
    sense : "minimise" for the worst equilibrium; not with "support".
    exact : answer in fractions, with no regret at all; the bound stays a float.
    time_limit : seconds.
    gap : distance between objective and bound, as a share of the objective's spread over the
        profiles, at which the search is over.
    report : called with the best so far, whenever that is better than before.

    Returns
    -------
    Solution
        `objective` is the worth of the one equilibrium, `bound` what no equilibrium goes beyond;
        `stopped` is empty if the two are within the gap.

    Raises
    ------
    GameError
        When the game is not one of two players, or the objective is none of the above.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> chicken = normal_form([[[6, 2], [7, 0]], [[6, 7], [2, 0]]], title="chicken")
    >>> best = best_equilibrium(chicken, objective="minimum")
    >>> round(best.objective, 9), round(best.bound - best.objective, 5)
    (4.666666667, 0.0)
    """
    started = time.perf_counter()
    deadline = np.inf if time_limit is None else started + time_limit
    search = _Search(game, Goal(game, objective, sense, gap), deadline, exact=exact)
    told = None
    for step in (search.pure, search.correlated, search.enumerated, search.walks, search.programme):
        if search.is_over():
            break
        step()
        if search.best is not told:
            told = search.best
            report(search.solution(started))
    return search.solution(started)


class _Search:
    """What is known so far: the best equilibrium, and that no score exceeds `bound`.

    Parameters
    ----------
    exact : keep equilibria in fractions alone; what is one in floats only counts for nothing.
    """

    def __init__(
        self, game: NormalFormGame, goal: Goal, deadline: float, *, exact: bool = False
    ) -> None:
        self._game = game
        self._deadline = deadline
        self._exact = exact
        self.goal = goal
        self.best: Equilibrium | None = None
        self.score = -np.inf
        self.bound = goal.limit
        self.done: list[str] = []

    def is_over(self) -> bool:
        """Return whether nothing much better can exist, or time is up."""
        return self._proven() or self._left() <= 0

    def solution(self, started: float) -> Solution:
        """Return the best so far, and what is proven about the others."""
        best = self.best
        return Solution(
            method=", ".join(self.done),
            equilibria=() if best is None else (best,),
            complete=False,
            seconds=time.perf_counter() - started,
            objective=None if best is None else self.goal.worth(best),
            bound=self.goal.flip * max(self.bound, self.score),  # a last digit may be astray
            stopped=self._why_open(),
        )

    def _why_open(self) -> str:
        """Return why the search ended without a proof; empty if it did not."""
        if self._proven():
            return ""
        return "limit of time" if self._left() <= 0 else "rounding"

    def _proven(self) -> bool:
        return self.bound - self.score <= self.goal.slack * (1 + 1e-9)

    def _left(self) -> float:
        return self._deadline - time.perf_counter()

    def _offer(self, profile: Any) -> None:
        """Keep a profile if it is an equilibrium and the best so far."""
        if profile is None:
            return
        try:
            found = certified(self._game, profile)
        except (GameError, NotCertifiedError):  # rounding: not an equilibrium, or no probabilities
            return
        self._keep(found)

    def _keep(self, found: Equilibrium) -> None:
        if self.goal.score(found) <= self.score:
            return
        kept = found
        if self._exact and not found.exact:
            in_fractions = _exactly(self._game, found, self.goal)
            if in_fractions is None:
                return
            kept = in_fractions
        if self.goal.score(kept) > self.score:
            self.best, self.score = kept, self.goal.score(kept)

    def pure(self) -> None:
        """Look at all pure equilibria."""
        places = pure_profiles(self._game)
        self.done.append("pure strategies")
        if places:
            place = max(places, key=lambda p: self.goal.flip * self.goal.table[p])
            self._offer(pure_profile(self._game, place, exact=self._exact))
        elif self.goal.objective == "support":
            self.bound = -3.0

    def correlated(self) -> None:
        """Bound equilibria by correlated equilibria, of which they are a part."""
        goal = self.goal
        if goal.table.size > CORRELATED_UP_TO or goal.objective == "support":
            return
        if goal.objective == "minimum" and goal.sense == "minimise":
            objectives = [f"player:{name}" for name in self._game.players]
        else:
            objectives = [goal.objective]
        limit = self._left() if np.isfinite(self._deadline) else None
        try:
            bounds = [
                goal.flip
                * correlated_equilibrium(
                    self._game, objective=objective, sense=goal.sense, time_limit=limit
                ).bound
                for objective in objectives
            ]
        except (LimitError, NotCertifiedError):  # no bound is had this way
            return
        self.done.append("correlated bound")
        self.bound = min(self.bound, max(bounds))

    def enumerated(self) -> None:
        """List all extreme equilibria of a small game."""
        if max(self._game.shape) > ENUMERATED_UP_TO:
            return
        listed = all_equilibria(
            self._game, exact=self._exact, time_limit=min(self._left(), ENUMERATION_SECONDS)
        )
        self.done.append("all equilibria")
        for found in listed.equilibria:
            self._keep(found)
        if listed.complete:
            self.bound = min(self.bound, self.score)

    def walks(self) -> None:
        """Walk along Lemke-Howson paths from one equilibrium to the next."""
        game = self._game
        paths = Paths(game)
        labels = sum(game.shape)
        self.done.append("Lemke-Howson walks")
        for label in range(labels):
            if self.is_over():
                return
            self._offer_end(paths.follow(label, cap=WALK, deadline=self._deadline))
        rng = np.random.default_rng(0)
        onwards = False
        for step in range(STEPS * labels):
            if self.is_over():
                return
            supports = paths.follow(
                int(rng.integers(labels)), cap=WALK, deadline=self._deadline, onwards=onwards
            )
            self._offer_end(supports)
            onwards = supports is not None and step % STEPS != 0
        if self.best is None:
            one = one_equilibrium(game, exact=self._exact, time_limit=self._finite_left())
            for found in one.equilibria:
                self._keep(found)

    def _offer_end(self, supports: SupportPair | None) -> None:
        if supports is not None and supports.rows:  # without rows it is the start of all paths
            self._offer(float_profile(self._game, supports))

    def programme(self) -> None:
        """Ask for something better than what is known."""
        game, goal = self._game, self.goal
        kept = undominated(game)
        tables = [table[np.ix_(*kept)] for table in game.payoffs]
        aim, base, unit = aim_of(goal, tables)
        above = None
        if self.best is not None:
            above = (self.score + goal.slack - base) / unit
        outcome, supports = better_supports(
            between_zero_and_one(tables[0]),
            between_zero_and_one(tables[1]),
            aim,
            above=above,
            gap=1e-7,
            time_limit=self._finite_left(),
        )
        self.done.append("mixed-integer programme")
        bound = -np.inf if outcome.status is Status.INFEASIBLE else base + unit * outcome.bound
        self.bound = min(self.bound, max(bound, self.score + goal.slack))
        if supports is not None:
            rows = tuple(kept[0][i] for i in supports.rows)
            columns = tuple(kept[1][j] for j in supports.columns)
            first, second = (goal.flip * weight for weight in goal.weights)
            self._offer(
                best_of_supports(game, SupportPair(rows, columns), directions=(first, second))
            )

    def _finite_left(self) -> float:
        return max(min(self._left(), LONGEST), 0.0)


def _exactly(game: NormalFormGame, found: Equilibrium, goal: Goal) -> Equilibrium | None:
    """Return an equilibrium that was found in floats in fractions; None where it is none there."""
    rows, columns = found.support
    profile = best_of_supports(
        game, SupportPair(rows, columns), directions=goal.directions, exact=True
    )
    if profile is None:
        return None
    try:
        return certified(game, profile)
    except NotCertifiedError:  # some payoffs are almost but not quite tied
        return None

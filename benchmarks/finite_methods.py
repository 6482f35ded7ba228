"""What is timed on finite games: the product, plain references of it, and the shape of a method.

A method prepares a problem and says how to solve it and how to read what comes back. Only the
solving is timed: neither making the library's own game object nor turning its answer into numbers
counts for or against anybody. Packages are imported when a method prepares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.table import PRODUCT
from games.bayesian import BayesianGame
from games.normal_form import NormalFormGame
from games.security import SecurityGame
from solvers.finite.machine import use_machine_code

Answer = Any
"""A list of profiles, or one array: a joint distribution, a leader's strategy, a coverage."""

BISECTIONS = 50
"""Halvings after which a level is known as well as floats can tell."""

Task = tuple[Callable[[], Any], Callable[[Any], Answer]]
"""What is timed, and how to read what it returns."""


@dataclass(frozen=True)
class Method:
    """A way to do a job.

    Parameters
    ----------
    prepare : from a problem to its task.
    needs : what has to be installed for it, beyond what the product brings along.
    extreme : where all equilibria are asked for, whether it means to list every extreme one.
    """

    name: str
    prepare: Callable[[Any], Task]
    needs: tuple[str, ...] = ()
    extreme: bool = True


def one_equilibrium(game: NormalFormGame) -> Task:
    """Return the product's way to one equilibrium of two players."""
    from solvers.finite.lemke_howson import one_equilibrium as solve

    return lambda: solve(game), _profiles


def all_equilibria(game: NormalFormGame, *, exact: bool) -> Task:
    """Return the product's way to all extreme equilibria."""
    from solvers.finite.enumeration import all_equilibria as solve

    return lambda: solve(game, exact=exact), _profiles


def zero_sum(game: NormalFormGame) -> Task:
    """Return the product's way with zero-sum games."""
    from solvers.finite.zero_sum import zero_sum_value as solve

    return lambda: solve(game), _profiles


def one_mixed(game: NormalFormGame) -> Task:
    """Return the product's way to one equilibrium of any number of players."""
    from solvers.finite.mixed import one_mixed as solve

    return lambda: solve(game), _profiles


def best_equilibrium(game: NormalFormGame) -> Task:
    """Return the product's way to the equilibrium of most welfare."""
    from solvers.finite.best import best_equilibrium as solve

    return lambda: solve(game, objective="welfare"), _profiles


def correlated(game: NormalFormGame) -> Task:
    """Return the product's way to the correlated equilibrium of most welfare."""
    from solvers.finite.correlated import correlated_equilibrium as solve

    return lambda: solve(game, objective="welfare"), lambda found: found.distribution


def mixed_commitment(game: NormalFormGame) -> Task:
    """Return the product's way to the best commitment."""
    from solvers.finite.commitment import mixed_commitment as solve

    return lambda: solve(game), lambda found: np.array(found.strategy)


def bayesian_commitment(game: BayesianGame, *, method: Any) -> Task:
    """Return one of the product's ways to the best commitment against follower types."""
    from solvers.finite.bayesian_commitment import bayesian_commitment as solve

    return lambda: solve(game, method=method), lambda found: np.array(found.types[0].strategy)


def best_coverage(game: SecurityGame, *, method: Any) -> Task:
    """Return one of the product's ways with security games."""
    from solvers.finite.security import best_coverage as solve

    return lambda: solve(game, method=method), lambda found: found.coverage


def plain_coverage(game: SecurityGame) -> Task:
    """Return the lowest level of the attacker's payoff by bisection, and the coverage it takes."""
    top, bottom = game.attacker_uncovered, game.attacker_covered

    def coverage(level: float) -> NDArray[np.float64]:
        return np.clip((top - level) / (top - bottom), 0.0, 1.0)

    def solve() -> NDArray[np.float64]:
        low, high = float(bottom.max()), float(top.max())
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            if coverage(middle).sum() <= game.resources:
                high = middle
            else:
                low = middle
        return coverage(high)

    return solve, lambda found: found


def plain_correlated(game: NormalFormGame) -> Task:
    """Return the linear program of correlated equilibria as it stands, on SciPy's HiGHS."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    def solve() -> Any:
        rows = []
        for player, payoffs in enumerate(game.payoffs):
            earned = np.moveaxis(payoffs, player, 0)
            for told in range(len(earned)):
                for played in range(len(earned)):
                    if played != told:
                        row = np.zeros_like(payoffs)
                        np.moveaxis(row, player, 0)[told] = earned[played] - earned[told]
                        rows.append(row.ravel())
        return linprog(
            -game.payoffs.sum(axis=0).ravel(),
            A_ub=csr_array(np.array(rows)),
            b_ub=np.zeros(len(rows)),
            A_eq=np.ones((1, rows[0].size)),
            b_eq=[1.0],
            method="highs",
        )

    return solve, lambda found: found.x.reshape(game.shape)


def plain_commitment(game: NormalFormGame) -> Task:
    """Return one linear program for each answer of the follower, on SciPy's HiGHS."""
    from scipy.optimize import linprog

    own, other = game.payoffs

    def solve() -> Any:
        best, strategy = -np.inf, None
        for response in range(own.shape[1]):
            found = linprog(
                -own[:, response],
                A_ub=(other - other[:, [response]]).T,
                b_ub=np.zeros(own.shape[1]),
                A_eq=np.ones((1, len(own))),
                b_eq=[1.0],
                method="highs",
            )
            if found.status == 0 and -found.fun > best:
                best, strategy = -found.fun, found.x
        return strategy

    return solve, np.asarray


def _profiles(solution: Any) -> list[Any]:
    return [equilibrium.strategies for equilibrium in solution.equilibria]


def product(prepare: Callable[[Any], Task], *, variant: str = "") -> Method:
    """Return the method that all others are divided by, or a variant of it, measured warm."""
    return Method(f"{PRODUCT}, {variant}" if variant else PRODUCT, partial(_warm, prepare))


def _warm(prepare: Callable[[Any], Task], problem: Any) -> Task:
    """Prepare a problem where machine code is there already, as in packages that bring it along."""
    use_machine_code()
    return prepare(problem)

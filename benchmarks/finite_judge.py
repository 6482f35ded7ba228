"""Who was right: answers on finite games, judged by what follows from the payoffs alone.

No word of a solver is taken: regret and worth are recomputed from what it returned. Rounding is
forgiven as far as `TOLERANCE` goes, as a share of the spread of payoffs. Where something is to be
best, the best that any method found is the measure; where all equilibria are to be listed, those
that the methods for extreme equilibria found together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.finite_jobs import Kind
from games.bayesian import BayesianGame
from games.commitment import answer
from games.correlated import swap_regrets
from games.normal_form import NormalFormGame
from games.regret import expected_payoffs, regrets
from games.security import SecurityGame, attack

TOLERANCE = 1e-6
"""Largest regret, shortfall or error of probabilities of a right answer."""

CERTAIN = 1e-9
"""Largest regret of an equilibrium that others are blamed for missing."""

ALIKE = 1e-5
"""Largest difference of probabilities between two finds of one equilibrium."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """What is to be said of one answer.

    Parameters
    ----------
    wrong : whether it holds something that is not what was asked for: a profile with regret, a
        strategy or distribution that another method beats.
    missing : what was to be found and was not, out of `expected`.
    """

    wrong: bool
    missing: int
    expected: int


def verdicts(
    kind: Kind, problem: Any, answers: Mapping[str, Any], *, extreme: Collection[str] = ()
) -> dict[str, Verdict]:
    """Judge the answers of several methods on one problem.

    Parameters
    ----------
    answers : of each method.
    extreme : for `all`, the methods whose finds the others must have too.
    """
    if kind == "one":
        return {
            name: Verdict(any(_regret(problem, p) > TOLERANCE for p in found), int(not found), 1)
            for name, found in answers.items()
        }
    if kind == "all":
        return _of_lists(problem, answers, extreme)
    worth, unit = _measure(kind, problem)
    worths = {name: worth(found) for name, found in answers.items()}
    best = max((w for w in worths.values() if w is not None), default=0.0)
    return {
        name: Verdict(value is None or value < best - TOLERANCE * unit, 0, 1)
        for name, value in worths.items()
    }


def _of_lists(
    game: NormalFormGame, answers: Mapping[str, Any], extreme: Collection[str]
) -> dict[str, Verdict]:
    regret = {name: [_regret(game, p) for p in found] for name, found in answers.items()}
    flat = {
        name: [np.concatenate([np.asarray(s, dtype=float) for s in p]) for p in found]
        for name, found in answers.items()
    }
    expected: list[Floats] = []
    for name in answers:
        if name in extreme:
            for profile, gain in zip(flat[name], regret[name], strict=True):
                if gain <= CERTAIN and not _among(profile, expected):
                    expected.append(profile)
    found = {}
    for name in answers:
        right = [p for p, gain in zip(flat[name], regret[name], strict=True) if gain <= TOLERANCE]
        missing = sum(not _among(profile, right) for profile in expected)
        found[name] = Verdict(len(right) < len(flat[name]), missing, len(expected))
    return found


def _among(profile: Floats, others: list[Floats]) -> bool:
    return bool(others) and bool((np.abs(np.array(others) - profile).max(axis=1) <= ALIKE).any())


def _measure(kind: Kind, problem: Any) -> tuple[Callable[[Any], float | None], float]:
    """Return the worth of an answer, None for one that is not allowed, and the worths' unit."""
    if kind == "welfare":
        return lambda found: _welfare(problem, found), float(np.ptp(problem.payoffs.sum(axis=0)))
    if kind == "correlated":
        return lambda found: _joint(problem, found), float(np.ptp(problem.payoffs.sum(axis=0)))
    if kind == "commitment":
        return lambda found: _committed(problem, found), float(np.ptp(problem.payoffs[0]))
    if kind == "types":
        return lambda found: _against_types(problem, found), float(np.ptp(problem.payoffs()[0]))
    return lambda found: _covered(problem, found), problem.spread


def _welfare(game: NormalFormGame, found: list[Any]) -> float | None:
    if len(found) != 1 or _regret(game, found[0]) > TOLERANCE:
        return None
    profile = tuple(tuple(map(float, _clean(strategy))) for strategy in found[0])
    return float(sum(expected_payoffs(game, profile)))


def _joint(game: NormalFormGame, found: Any) -> float | None:
    distribution = _clean(found)
    if distribution.shape != game.shape or not np.isfinite(distribution).all():
        return None
    gains = np.array(swap_regrets(game, distribution))
    spreads = np.array([np.ptp(table) for table in game.payoffs])
    if (gains > TOLERANCE * spreads).any():
        return None
    return float((game.payoffs.sum(axis=0) * distribution).sum())


def _committed(game: NormalFormGame, found: Any) -> float | None:
    strategy = _clean(found)
    if strategy.shape != game.shape[:1] or not np.isfinite(strategy).all():
        return None
    return float(answer(game, strategy.tolist(), tolerance=TOLERANCE).payoffs[0])


def _against_types(game: BayesianGame, found: Any) -> float | None:
    worths = [_committed(table, found) for table in game.tables[0]]
    if None in worths:
        return None
    return float(np.dot(game.prior[0].astype(float), np.array(worths, dtype=float)))


def _covered(game: SecurityGame, found: Any) -> float | None:
    coverage = np.asarray(found, dtype=float)
    if coverage.shape != (game.size,) or not np.isfinite(coverage).all():
        return None
    within = coverage.min() >= -TOLERANCE and coverage.max() <= 1 + TOLERANCE
    if not within or coverage.sum() > game.resources + TOLERANCE:
        return None
    return attack(game, np.clip(coverage, 0, 1), tolerance=TOLERANCE).defender


def _regret(game: NormalFormGame, profile: Any) -> float:
    """Return the largest regret as a share of its player's spread, infinite for no profile."""
    if len(profile) != len(game.players):
        return np.inf
    cleaned = [_clean(strategy) for strategy in profile]
    for strategy, size in zip(cleaned, game.shape, strict=True):
        if strategy.shape != (size,) or not np.isfinite(strategy).all():
            return np.inf
    gains = regrets(game, tuple(tuple(strategy.tolist()) for strategy in cleaned))
    spreads = [max(float(np.ptp(table)), 1e-300) for table in game.payoffs]
    return max(float(gain) / spread for gain, spread in zip(gains, spreads, strict=True))


def _clean(probabilities: Any) -> Floats:
    """Return probabilities without errors of rounding; NaN where they are larger than that."""
    given = np.asarray(probabilities, dtype=float)
    if given.size and given.min() >= -TOLERANCE and abs(given.sum() - 1) <= TOLERANCE:
        clipped = np.maximum(given, 0.0)
        return np.asarray(clipped / clipped.sum())
    return np.full(given.shape, np.nan)

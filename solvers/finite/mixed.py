"""One equilibrium of any number of players, and several.

The search goes from cheap to dear: pure profiles; small supports, for which there are formulas;
then the logit curve, left for Newton's method on its indifference equations as soon as these lead
to an equilibrium. A curve that leads nowhere is followed again from another mixture. Every answer
is certified on its own, so that none of these has to be trusted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from games.errors import GameError, NotCertifiedError
from games.normal_form import Floats, NormalFormGame
from games.regret import pure_profile
from solvers.finite.certified import certified
from solvers.finite.indifference import Batch, batch_of, normalised, on_supports, regret_of
from solvers.finite.logit import Curve
from solvers.finite.pure import pure_profiles
from solvers.finite.records import Equilibrium, Solution
from solvers.finite.small_supports import small_equilibria

TOLERANCE = 1e-9
"""Largest regret of an answer, as a share of the spread of its player's payoffs."""

SAME = 1e-6
"""Largest difference of probabilities between two finds that count as one equilibrium."""

LONGEST = 2000
"""Points to follow a curve for."""

_CUTS = (1e-2, 1e-4, 1e-7)
"""Probabilities, as shares of a player's largest, below which a strategy is taken for unused."""


def one_mixed(
    game: NormalFormGame,
    *,
    properly_mixed: bool = False,
    generator: np.random.Generator | None = None,
    restarts: int = 20,
    time_limit: float | None = None,
    tolerance: float = TOLERANCE,
) -> Solution:
    """Return one equilibrium: a pure one where there is one.

    Parameters
    ----------
    properly_mixed : leave out pure equilibria. There may be no other, and the answer is then empty.
    generator : for the mixtures from which further curves set out; by default one with seed 0.
    restarts : further curves to follow before giving up.
    time_limit : seconds.
    tolerance : regret allowed, as a share of the spread of a player's payoffs.

    Returns
    -------
    Solution
        One equilibrium, or none with `stopped` saying why. Some equilibrium always exists, so that
        an empty list proves nothing, and `complete` is False.

    Raises
    ------
    GameError
        When `restarts` is negative.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> pennies = normal_form([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> one_mixed(pennies).equilibria[0].strategies
    ((0.5, 0.5), (0.5, 0.5))
    """
    started = time.perf_counter()
    deadline = np.inf if time_limit is None else started + time_limit
    method = "pure profiles, small supports, logit curves"
    found: tuple[Equilibrium, ...] = ()
    for name, candidate in _candidates(game, properly_mixed, generator, restarts, deadline):
        equilibrium = _certified(game, candidate, tolerance)
        if equilibrium is not None:
            method, found = name, (equilibrium,)
            break
    return Solution(
        method=method,
        equilibria=found,
        complete=False,
        seconds=time.perf_counter() - started,
        stopped="" if found else _why(deadline, restarts),
    )


def several_mixed(
    game: NormalFormGame,
    *,
    restarts: int = 20,
    generator: np.random.Generator | None = None,
    time_limit: float | None = None,
    tolerance: float = TOLERANCE,
    report: Callable[[Solution], None] = lambda _: None,
) -> Solution:
    """Return the different equilibria that the search comes across, pure ones among them.

    Parameters
    ----------
    restarts : logit curves to follow from random mixtures, after the one from the even mixture.
    generator, time_limit, tolerance : as in `one_mixed`.
    report : called with all that was found, whenever there is one more.

    Returns
    -------
    Solution
        The equilibria in the order of their supports; never `complete`, as others may exist.

    Raises
    ------
    GameError
        When `restarts` is negative.
    """
    started = time.perf_counter()
    deadline = np.inf if time_limit is None else started + time_limit
    found: list[Equilibrium] = []

    def so_far(stopped: str) -> Solution:
        return Solution(
            method="pure profiles, small supports, logit curves",
            equilibria=tuple(sorted(found, key=lambda each: (each.support, each.strategies))),
            complete=False,
            seconds=time.perf_counter() - started,
            stopped=stopped,
        )

    for _, candidate in _candidates(game, False, generator, restarts, deadline):
        equilibrium = _certified(game, candidate, tolerance)
        if equilibrium is not None and not any(alike(equilibrium, known) for known in found):
            found.append(equilibrium)
            report(so_far("under way"))
    late = time.perf_counter() > deadline
    return so_far(_why(deadline, restarts) if late else "")


def _candidates(
    game: NormalFormGame,
    properly_mixed: bool,
    generator: np.random.Generator | None,
    restarts: int,
    deadline: float,
) -> Iterator[tuple[str, Batch]]:
    """Yield single profiles that may be equilibria, with what found them, until the limit."""
    if restarts < 0:
        raise GameError(
            f"restarts: expected a number >= 0, found {restarts} - 0 follows one curve only"
        )
    for profile in [] if properly_mixed else pure_profiles(game):
        strategies = pure_profile(game, profile, exact=False)
        yield "comparison of all pure profiles", batch_of(strategies)
        if time.perf_counter() > deadline:
            return
    payoffs = normalised(game)
    for batch in small_equilibria(payoffs):
        for row in range(len(batch[0])):
            yield "small supports", tuple(strategy[row : row + 1] for strategy in batch)
        if time.perf_counter() > deadline:
            return
    random = np.random.default_rng(0) if generator is None else generator
    for attempt in range(restarts + 1):
        bias = None
        if attempt:
            mixtures = [random.dirichlet(np.ones(size)) for size in game.shape]
            bias = np.maximum(np.concatenate(mixtures), 1e-6)
        found = _end_of_curve(payoffs, bias, deadline)
        if found is not None and not (properly_mixed and all(x.max() == 1.0 for x in found)):
            yield "logit curve and Newton's method", found
        if time.perf_counter() > deadline:
            return


def _end_of_curve(payoffs: Floats, bias: Floats | None, deadline: float) -> Batch | None:
    """Return the equilibrium that a logit curve leads to, None where it cannot be followed."""
    curve = Curve(payoffs, bias=bias)
    wanted = 0.1
    for taken, point in enumerate(curve.branch(stride=1.0, tolerance=1e-3)):
        x = np.exp(point.logarithms)
        mixtures = batch_of(curve.split(x / curve.sums(x)))
        regret = float(regret_of(payoffs, mixtures)[0])
        if regret <= wanted:
            found = _solved(payoffs, mixtures)
            if found is not None or regret <= 1e-12:
                return mixtures if found is None else found
            wanted = regret * 0.2
        if taken >= LONGEST or time.perf_counter() > deadline:
            break
    return None


def _solved(payoffs: Floats, near: Batch) -> Batch | None:
    """Return an equilibrium whose support is what a profile plays most; None if there is none."""
    tried = set()
    for cut in _CUTS:
        supports = [np.flatnonzero(x[0] > cut * x[0].max()) for x in near]
        key = tuple(support.tobytes() for support in supports)
        if key in tried:
            continue
        tried.add(key)
        found = on_supports(payoffs, supports, near, iterations=10)
        if len(found[0]):
            return tuple(x[:1] for x in found)
    return None


def _certified(game: NormalFormGame, candidate: Batch, tolerance: float) -> Equilibrium | None:
    """Return a single profile as an equilibrium, after one more try by Newton's method."""
    try:
        return certified(game, [x[0].tolist() for x in candidate], tolerance=tolerance)
    except NotCertifiedError:
        found = on_supports(normalised(game), [np.flatnonzero(x[0]) for x in candidate], candidate)
    if not len(found[0]):
        return None
    try:
        return certified(game, [x[0].tolist() for x in found], tolerance=tolerance)
    except NotCertifiedError:
        return None


def alike(one: Equilibrium, other: Equilibrium) -> bool:
    """Return whether two profiles are one equilibrium, up to rounding."""
    return all(
        abs(p - q) <= SAME
        for x, y in zip(one.strategies, other.strategies, strict=True)
        for p, q in zip(x, y, strict=True)
    )


def _why(deadline: float, restarts: int) -> str:
    if time.perf_counter() > deadline:
        return "limit of time"
    return f"{restarts + 1} logit curves led to no equilibrium of the kind asked for"

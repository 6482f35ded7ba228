"""Zero-sum games of two players, and those that are zero-sum in disguise.

The first player of a matrix game A maximises what it earns whatever the other does, the second
minimises what it gives away whatever the first does (vonneumann1928):

    lower value   max_x min_j (A' x)_j    <=    min_y max_i (A y)_i   upper value

and at the optimum the two are equal. Any x and y prove the interval between the two, and nobody's
regret exceeds its length: that is the certificate, whatever found them. Small games go to the
simplex method of HiGHS, whose basis names the supports; large ones to an interior point method.

Best responses do not notice when a player's payoffs are multiplied by a positive number or changed
by an amount that depends on the other's strategy alone. A game that becomes zero-sum in this way
has the equilibria of that zero-sum game (moulin1978); constant-sum games are the plain case.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from games.errors import GameError, NotCertifiedError
from games.normal_form import Floats, NormalFormGame, normal_form
from games.scaled import between_zero_and_one, spread_of
from solvers.finite.certified import certified
from solvers.finite.integer_path import integer_path
from solvers.finite.interior import interior_play
from solvers.finite.matrix_play import MatrixPlay, play_of, pure_play
from solvers.finite.matrix_simplex import simplex_end
from solvers.finite.records import REGRET, Equilibrium, Solution
from solvers.finite.support_pair import SupportPair, exact_profile

SIMPLEX_UP_TO = 280
"""Strategies of both players together up to which the simplex method is the faster."""

ALIKE = 1e-12
"""Share of the payoffs within which sums in floats count as equal when games are told apart."""


def zero_sum_value(
    game: NormalFormGame | Any,
    *,
    exact: bool = False,
    tolerance: float = REGRET,
    time_limit: float | None = None,
) -> Solution:
    """Return an equilibrium of a zero-sum game, and what each player can secure.

    Parameters
    ----------
    game : of two players, zero-sum as it stands or after a change that best responses do not
        notice; or the first player's payoffs as a table, which the second player pays.
    exact : answer in fractions, with no regret at all.
    tolerance : largest gap between lower and upper value, as a share of the spread of payoffs.
    time_limit : seconds.

    Returns
    -------
    Solution
        `objective` is what the first player secures and `bound` what the second holds it to, in
        the first player's payoffs less what depends on the second player's strategy alone (in a
        constant-sum game nothing is taken off). Both are proven even where the limit of time
        allowed no equilibrium.

    Raises
    ------
    GameError
        When the game is not zero-sum in any of these ways.
    NotCertifiedError
        When the gap asked for is smaller than floats allow.

    Examples
    --------
    >>> found = zero_sum_value([[2, -1], [-1, 1]], exact=True)
    >>> [[str(p) for p in strategy] for strategy in found.equilibria[0].strategies]
    [['2/5', '3/5'], ['2/5', '3/5']]
    >>> round(found.objective, 9), round(found.bound, 9)
    (0.2, 0.2)
    """
    started = time.perf_counter()
    if not isinstance(game, NormalFormGame):
        table = np.asarray(game)
        game = normal_form([table, -table])
    form = zero_sum_form(game)
    if form is None:
        raise GameError(
            "game: expected two players of whom one gains what the other loses, found another "
            "game - use a solver of general games"
        )
    deadline = np.inf if time_limit is None else started + time_limit
    if exact:
        search = _exact(game, form, deadline)
    else:
        search = _in_floats(game, form, tolerance, deadline)
    lower, upper = (form.least + form.spread * v for v in (search.play.lower, search.play.upper))
    stopped = ""
    if search.found is None:
        if time.perf_counter() <= deadline:
            raise NotCertifiedError(
                f"zero-sum game: expected a gap between lower and upper value of at most "
                f"{tolerance:.3g} of the spread, found {upper - lower:.3g} - ask for less"
            )
        stopped = "limit of time"
    found = () if search.found is None else (search.found,)
    seconds = time.perf_counter() - started
    return Solution(search.method, found, False, seconds, lower, upper, stopped=stopped)


@dataclass(frozen=True)
class ZeroSumForm:
    """A matrix game with the equilibria of a game; its value is `least + spread * (unit's)`.

    Attributes
    ----------
    unit : what the first player gains and the second loses, moved and scaled to lie in [0, 1].
    narrow : the smaller spread of the two players' own payoffs, as a share of the matrix's.
    """

    unit: Floats
    least: float
    spread: float
    narrow: float


def zero_sum_form(game: NormalFormGame) -> ZeroSumForm | None:
    """Return a matrix game with the same equilibria, None where the game is not of that kind.

    With A + c B = f 1' + 1 g' for some c > 0, that matrix is A - 1 g'.
    """
    if len(game.players) != 2:
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # what is lost so is no form
        return _form_of(*game.payoffs)


def _form_of(first: Floats, second: Floats) -> ZeroSumForm | None:
    size = max(float(np.abs(first).max()), float(np.abs(second).max()))
    if _even(first[0] + second[0], size) and _even(first + second, size):
        return _form(first, first, second)
    factor = _opposition(first[:2], second[:2])  # settles most games at once
    if factor is not None:
        factor = _opposition(first, second)
    if factor is None:
        return None
    taken = first[0] + factor * second[0]
    return _form(first - taken, first, factor * second)


def _even(values: Floats, size: float) -> bool:
    return spread_of(values) <= ALIKE * size


def _opposition(first: Floats, second: Floats) -> float | None:
    """Return c > 0 such that A + c B is a sum of effects of row and of column, None without it."""
    sizes = [float(np.abs(p).max()) or 1.0 for p in (first, second)]
    a, b = (p / size for p, size in zip((first, second), sizes, strict=True))
    ours, theirs = (p - p[0] - p[:, :1] + p[0, 0] for p in (a, b))
    if float(np.abs(theirs).max()) <= ALIKE:
        return 1.0 if float(np.abs(ours).max()) <= ALIKE else None
    factor = -float(np.vdot(ours, theirs)) / float(np.vdot(theirs, theirs))
    rest = float(np.abs(ours + factor * theirs).max())
    alike = factor > 0 and rest <= ALIKE * max(1.0, factor)
    return factor * (sizes[0] / sizes[1]) if alike else None


def _form(matrix: Floats, first: Floats, second: Floats) -> ZeroSumForm | None:
    if not np.isfinite(matrix).all():
        return None
    spread = spread_of(matrix) or 1.0
    narrow = min(spread_of(first), spread_of(second)) / spread
    unit = between_zero_and_one(matrix)
    return ZeroSumForm(unit, float(matrix.min()), spread, min(narrow, 1.0))


@dataclass(frozen=True)
class _Search:
    """What was found: `play` of the matrix game proves its bounds, with or without equilibrium."""

    method: str
    play: MatrixPlay
    found: Equilibrium | None


def _in_floats(
    game: NormalFormGame, form: ZeroSumForm, tolerance: float, deadline: float
) -> _Search:
    """Search by the method that suits the size, and by the other one if that misses the gap."""
    gap = tolerance * form.narrow
    unit = form.unit
    play, method = pure_play(unit), "pure strategies"
    small = sum(unit.shape) <= SIMPLEX_UP_TO
    for by_simplex in (small, not small):
        if play.gap <= gap or time.perf_counter() > deadline:
            break
        if by_simplex:
            end = simplex_end(unit, deadline=deadline)
            other, how = end.play if end is not None else play, "HiGHS simplex"
        else:
            other = interior_play(unit, tolerance=gap, deadline=deadline)
            how = "interior point"
        if other.gap < play.gap:
            play, method = other, how
    found = None
    if play.gap <= gap:
        found = certified(game, [play.x.tolist(), play.y.tolist()], tolerance=tolerance)
    return _Search(method, play, found)


def _exact(game: NormalFormGame, form: ZeroSumForm, deadline: float) -> _Search:
    """Solve the supports' system in fractions; where floats name wrong ones, pivot in integers."""
    play, method = pure_play(form.unit), "pure strategies"
    found = _exact_at(game, SupportPair((int(play.x.argmax()),), (int(play.y.argmax()),)))
    if found is None:
        end = simplex_end(form.unit, deadline=deadline)
        if end is not None:
            play, method = end.play, "HiGHS simplex, then fractions"
            found = _exact_at(game, end.supports)
    if found is None and time.perf_counter() < deadline:
        method = "Lemke-Howson, integers"
        profile = integer_path(game, label=0, deadline=deadline)
        found = certified(game, profile) if profile is not None else None
    if found is not None:
        x, y = (np.array([float(p) for p in strategy]) for strategy in found.strategies)
        play = play_of(form.unit, x, y)
    return _Search(method, play, found)


def _exact_at(game: NormalFormGame, supports: SupportPair) -> Equilibrium | None:
    """Return the equilibrium of two supports, None where they have none."""
    profile = exact_profile(game, supports)
    if profile is None:
        return None
    try:
        return certified(game, profile)
    except NotCertifiedError:
        return None

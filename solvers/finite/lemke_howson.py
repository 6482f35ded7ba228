"""One equilibrium of a game of two players: pure if there is one, else along Lemke-Howson paths.

Model. With payoffs made positive, A and B, the best-response polytopes are

    P = {x >= 0 : B' x <= 1}        x_i = 0 has label i,     (B' x)_j = 1 has label m + j
    Q = {y >= 0 : A y <= 1}         (A y)_i = 1 has label i,     y_j = 0 has label m + j

and a pair of vertices that has every label between its two parts is an equilibrium, once scaled to
add up to one; (0, 0) is the one exception. A path leaves (0, 0) by dropping one label, and from
then on the label that has come twice is dropped in the polytope where it is older, until the
missing one comes back (lemke1964).

The m + n paths of one game differ in length by orders of magnitude: in random games some take four
pivots and others end in no reasonable time, and there are games in which all are long (savani2006).
Hence attempts of many lengths from many labels. Labels on a cycle of pure best responses come
first, as small equilibria lie close to such cycles.

Many games in one process, and large ones, are searched in machine code (`machine_paths`), in the
same order.

Paths in floats are followed on polytopes that are moved a little, so that ties do not matter; they
only find the supports. The answer is the solution of the supports' linear system, in floats or in
fractions, and is certified. Where rounding misleads, the path is followed again in integers with
the lexicographic rule, under which no path cycles, however degenerate the game. Games that are
zero-sum, openly or in disguise, are solved as such.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import ModuleType

import numpy as np

from games.errors import GameError, NotCertifiedError
from games.normal_form import NormalFormGame
from games.regret import pure_profile
from solvers.finite.certified import certified
from solvers.finite.integer_path import integer_path
from solvers.finite.machine import work_is_worth
from solvers.finite.paths import Paths
from solvers.finite.pure import pure_profiles
from solvers.finite.records import Equilibrium, Solution
from solvers.finite.support_pair import exact_profile, float_profile
from solvers.finite.zero_sum import zero_sum_form, zero_sum_value

FIRST_ATTEMPT = 32
"""Pivots of the shortest attempts."""

LAST_ATTEMPT = 50_000
"""Pivots after which floats are given up for integers."""

PURE, PATHS = "pure strategies", "Lemke-Howson, floats"
"""What was done, in words."""

SECONDS, SECONDS_A_PAYOFF = 5e-4, 5e-7
"""What a search takes without machine code: for any game, and for each payoff."""


def one_equilibrium(
    game: NormalFormGame,
    *,
    exact: bool = False,
    label: int | None = None,
    time_limit: float | None = None,
) -> Solution:
    """Return one equilibrium of a game of two players.

    Parameters
    ----------
    exact : answer in fractions, with no regret at all.
    label : follow the Lemke-Howson path that drops this label, counted from 0 over the strategies
        of the first player and then of the second; None looks for a pure equilibrium, then chooses.
    time_limit : seconds.

    Returns
    -------
    Solution
        With one equilibrium; with none, and `stopped` saying so, only at the limit of time.

    Raises
    ------
    GameError
        When the game is not one of two players, or has no such label.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> game = normal_form([[[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]]])
    >>> found = one_equilibrium(game, exact=True, label=1).equilibria[0]
    >>> [[str(p) for p in strategy] for strategy in found.strategies]
    [['0', '1/3', '2/3'], ['1/3', '2/3']]
    """
    started = time.perf_counter()
    if len(game.players) != 2:
        raise GameError(
            f"game: expected 2 players, found {len(game.players)} - Lemke-Howson paths are for two"
        )
    if label is not None and not 0 <= label < sum(game.shape):
        raise GameError(
            f"label: expected 0 to {sum(game.shape) - 1}, found {label} - one for each strategy, "
            "those of the second player after those of the first"
        )
    deadline = np.inf if time_limit is None else started + time_limit
    left = deadline > time.perf_counter()
    if left and work_is_worth(SECONDS + SECONDS_A_PAYOFF * game.payoffs.size):
        method, answer = _by_machine(game, exact, label, deadline)
    else:
        method, answer = _without(game, exact, label, deadline)
    seconds = time.perf_counter() - started
    if isinstance(answer, Solution):
        return replace(answer, objective=None, bound=None, seconds=seconds)
    if answer is None:
        return Solution(method, (), False, seconds, stopped="limit of time")
    return Solution(method, (answer,), False, seconds)


def _without(
    game: NormalFormGame, exact: bool, label: int | None, deadline: float
) -> tuple[str, Equilibrium | Solution | None]:
    """Return a method and what it finds, None when the time was up."""
    if label is None:
        pure = _pure(game, exact)
        if pure is not None:
            return PURE, pure
        solution = _as_zero_sum(game, exact, deadline)
        if solution is not None:
            return solution.method, solution
    return _along_paths(game, exact, label, deadline) or _in_integers(game, exact, label, deadline)


def _by_machine(
    game: NormalFormGame, exact: bool, label: int | None, deadline: float
) -> tuple[str, Equilibrium | Solution | None]:
    """Return the same as `_without`, found in machine code as far as floats go."""
    machine = _machine()
    look = label is None and game.exact is None  # rounded payoffs may tie where exact ones do not
    if label is None and not look:
        pure = _pure(game, exact)
        if pure is not None:
            return PURE, pure
    if look and not exact:
        find, equilibrium = machine.found_at_once(game)
        if equilibrium is not None:
            return PURE if find == machine.PURE else PATHS, equilibrium
    search = machine.MachineSearch(game, label=label, pure=look)
    while True:
        find = search.next(deadline)
        if find in (machine.PURE, machine.END):
            method = PURE if find == machine.PURE else PATHS
            try:
                if not exact:
                    return method, search.certified()
                profile = exact_profile(game, search.supports(find))
                if profile is not None:
                    how = method if find == machine.PURE else f"{method}, then fractions"
                    return how, certified(game, profile)
            except (GameError, NotCertifiedError):
                pass  # rounding has led astray: another path may fare better
        elif find == machine.MAYBE_ZERO_SUM:
            solution = _as_zero_sum(game, exact, deadline)
            if solution is not None:
                return solution.method, solution
        elif find == machine.UNFIT:
            return _without(game, exact, label, deadline)
        elif find == machine.GIVEN_UP:
            return _in_integers(game, exact, label, deadline)
        else:
            return PATHS, None


@cache
def _machine() -> ModuleType:
    """Return the module of the kernels, which is not to be imported before it is worth it."""
    from solvers.finite import machine_paths

    return machine_paths


def _pure(game: NormalFormGame, exact: bool) -> Equilibrium | None:
    """Return the first equilibrium in pure strategies, None if there is none."""
    places = pure_profiles(game)
    return certified(game, pure_profile(game, places[0], exact=exact)) if places else None


def _as_zero_sum(game: NormalFormGame, exact: bool, deadline: float) -> Solution | None:
    """Return the answer for a game that is zero-sum, openly or in disguise; None for others."""
    if zero_sum_form(game) is None:
        return None
    left = None if deadline == np.inf else deadline - time.perf_counter()
    try:
        return zero_sum_value(game, exact=exact, time_limit=left)
    except NotCertifiedError:
        return None  # paths manage with fewer digits


def _along_paths(
    game: NormalFormGame, exact: bool, label: int | None, deadline: float
) -> tuple[str, Equilibrium | None] | None:
    """Return what a path in floats leads to; None when rounding has misled all of them."""
    paths = Paths(game)
    for start, cap in _attempts(game, label):
        supports = paths.follow(start, cap=cap, deadline=deadline)
        if supports is not None:
            profile = exact_profile(game, supports) if exact else float_profile(game, supports)
            try:
                if profile is not None:
                    how = f"{PATHS}, then fractions" if exact else PATHS
                    return how, certified(game, profile)
            except (GameError, NotCertifiedError):
                pass  # rounding has led astray: another path may fare better
        if time.perf_counter() > deadline:
            return PATHS, None
    return None


def _in_integers(
    game: NormalFormGame, exact: bool, label: int | None, deadline: float
) -> tuple[str, Equilibrium | None]:
    method = "Lemke-Howson, integers"
    strategies = integer_path(game, label=label or 0, deadline=deadline)
    if strategies is None:
        return method, None
    if exact:
        return method, certified(game, strategies)
    return method, certified(game, [[float(p) for p in strategy] for strategy in strategies])


def _attempts(game: NormalFormGame, label: int | None) -> Iterator[tuple[int, int]]:
    """Yield labels to drop and the pivots allowed.

    Every fourth attempt is four times as long as the others, every sixteenth sixteen times, and so
    on, so that no length of path wastes more than a share of the time (luby1993).
    """
    if label is not None:
        yield label, LAST_ATTEMPT
        return
    order = _cycle_labels(game)
    for start in order:
        yield start, FIRST_ATTEMPT
    chosen = set(order)
    used = [len(order)]
    order += [k for k in range(sum(game.shape)) if k not in chosen]
    longest = min(LAST_ATTEMPT, 100 * len(order))  # no sound path is longer in a small game
    for number in itertools.count(1):
        level = ((number & -number).bit_length() - 1) // 2
        if level == len(used):
            used.append(0)
        cap = FIRST_ATTEMPT * 4**level
        if used[level] < len(order):
            yield order[used[level]], cap
            used[level] += 1
        elif cap >= longest:
            return


def _cycle_labels(game: NormalFormGame) -> list[int]:
    """Return the labels of strategies on cycles of pure best responses."""
    first, second = game.payoffs
    rows = game.shape[0]
    answer_to_column = first.argmax(axis=0)
    answer_to_row = second.argmax(axis=1)
    step = answer_to_column[answer_to_row]
    current = np.arange(rows)
    power = 1
    while power < rows:  # after as many steps as there are rows, only cycles are left
        current = current[step] if power == 1 else current[current]
        power *= 2
    cycle = np.unique(step[current])
    return [int(k) for row in cycle for k in (row, rows + answer_to_row[row])]

"""All equilibria of a game of two players.

An equilibrium is *extreme* when neither strategy is a mixture of others that are in equilibrium
with the same strategy of the other player. There are finitely many, and all equilibria are put
together from them (`solvers.finite.components`). They are the pairs of vertices of the two best
response polytopes in which every strategy is unplayed or a best response, in degenerate games too.

The vertices come from a walk in floating point in which each is proven (in machine code where
there is much to do); where a proof fails, from
integer arithmetic. So the list is complete whether or not exact numbers are asked for: `exact` says
in which numbers the strategies are worked out. Strictly dominated strategies, which are in no
equilibrium, are dropped first.

References
----------
avis2010, vonstengel2007
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError
from games.normal_form import NormalFormGame
from solvers.finite.best_response import BestResponses, best_responses, undominated
from solvers.finite.certified import certified
from solvers.finite.components import maximal_subsets
from solvers.finite.integer_vertices import all_vertices_in_integers
from solvers.finite.labels import fully_labelled, words
from solvers.finite.machine import work_is_worth
from solvers.finite.nashpy_first import compared
from solvers.finite.records import Equilibrium, Solution
from solvers.finite.vertices import WIDEST, Vertices, all_vertices

Masks = NDArray[np.uint64]

TIME = "limit of time"

SECONDS, SECONDS_A_BASIS = 2e-3, 3.5e-9
"""What a walk may take without machine code: for any game, and for each conceivable basis."""


def all_equilibria(
    game: NormalFormGame,
    *,
    exact: bool = False,
    components: bool = False,
    cross_check: bool = False,
    time_limit: float | None = None,
) -> Solution:
    """Return every extreme equilibrium of a game of two players.

    Parameters
    ----------
    exact : strategies as fractions, without any regret, rather than as floats.
    components : also group them into maximal sets whose strategies may be combined freely.
    cross_check : also ask nashpy's enumerators; `Solution.method` says what they missed.
    time_limit : seconds; what was found by then comes back with `complete=False`.

    Raises
    ------
    GameError
        When there are not two players.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> game = normal_form([[[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]]])
    >>> solution = all_equilibria(game, exact=True, components=True)
    >>> [[tuple(map(str, s)) for s in e.strategies] for e in solution.equilibria][0]
    [('1', '0', '0'), ('1', '0')]
    >>> solution.components, solution.complete
    ((((0,), (0, 2)), ((1,), (1,))), True)
    """
    started = time.perf_counter()
    deadline = None if time_limit is None else started + time_limit
    if len(game.players) != 2:
        raise GameError(
            f"all equilibria: expected a game of 2 players, found {len(game.players)} - "
            "use a method for more players, such as support enumeration"
        )
    search = _Search(game, exact, deadline)
    equilibria = search.equilibria()
    solution = Solution(
        method=search.method,
        equilibria=equilibria,
        complete=not search.stopped,
        seconds=0.0,
        stopped=search.stopped,
    )
    if components:
        solution = _with_components(solution, deadline)
    if cross_check:
        left = None if deadline is None else deadline - time.perf_counter()
        verdict = compared(game, solution, seconds=left)
        solution = replace(solution, method=f"{solution.method}; {verdict}")
    return replace(solution, seconds=time.perf_counter() - started)


class _Search:
    """One enumeration; keeps what it found out about itself in `method` and `stopped`."""

    def __init__(self, game: NormalFormGame, exact: bool, deadline: float | None) -> None:
        self.game = game
        self.exact = exact
        self.deadline = deadline
        self.method = "vertex enumeration"
        self.stopped = ""
        self.left = undominated(game)
        self.sides = best_responses(game, *self.left)
        self.made: tuple[dict[int, tuple[Any, ...]], dict[int, tuple[Any, ...]]] = ({}, {})

    def equilibria(self) -> tuple[Equilibrium, ...]:
        """Return the extreme equilibria, by their supports and then by their numbers."""
        rows, columns = map(len, self.left)
        first, second = self._vertices()
        # The second player's masks have the labels in order already; the first's are turned.
        ours = words(_turned(first, rows, columns), rows + columns)
        theirs = words(second, rows + columns)
        pairs, in_time = fully_labelled(ours, theirs, rows + columns, deadline=self.deadline)
        if not in_time:
            self.stopped = TIME
        masks = [
            [int(side[at]) for at in column]
            for side, column in zip((first, second), pairs.T, strict=True)
        ]
        if not self.exact:
            for player, zeros in enumerate(masks):
                distinct = list(dict.fromkeys(zeros))
                made = self.sides[player].strategies_in_floats(distinct)
                self.made[player].update(
                    (zero, self._whole(player, part))
                    for zero, part in zip(distinct, made, strict=True)
                )
        found: list[Equilibrium] = []
        for pair in zip(*masks, strict=True):
            if self.deadline is not None and time.perf_counter() > self.deadline and found:
                self.stopped = TIME
                break
            found.append(certified(self.game, [self._strategy(p, pair[p]) for p in (0, 1)]))
        return tuple(sorted(found, key=lambda e: (e.support, e.strategies)))

    def _strategy(self, player: int, zero: int) -> tuple[Any, ...]:
        """Return a strategy of the game at a vertex, worked out once."""
        if zero not in self.made[player]:
            part = self.sides[player].strategy(zero)
            self.made[player][zero] = self._whole(player, part)
        return self.made[player][zero]

    def _whole(self, player: int, part: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a strategy of the game from one of its undominated part."""
        whole = [part[0] * 0] * self.game.shape[player]
        for place, probability in zip(self.left[player], part, strict=True):
            whole[place] = probability
        return tuple(whole)

    def _vertices(self) -> tuple[Masks | list[int], Masks | list[int]]:
        """Return the vertices of both polytopes except 0, by their zero variables."""
        found = self._in_floats()
        arithmetic = "floating point, vertices proven"
        masks: list[Masks | list[int]] = []
        for side, vertices in zip(self.sides, found, strict=True):
            zero: Masks | list[int] = vertices.zero
            if vertices.stopped:
                self.stopped = vertices.stopped
            elif not vertices.proven:
                arithmetic = "integers"
                zero, in_time = all_vertices_in_integers(side.integers, deadline=self.deadline)
                if not in_time:
                    self.stopped = TIME
            nothing = (1 << side.payoffs.shape[1]) - 1
            if isinstance(zero, np.ndarray):
                masks.append(zero[(zero & np.uint64(nothing)) != nothing])
            else:
                masks.append([mask for mask in zero if mask & nothing != nothing])
        numbers = "fractions" if self.exact else "floats"
        self.method = f"vertex enumeration in {arithmetic}, strategies in {numbers}"
        return masks[0], masks[1]

    def _in_floats(self) -> tuple[Vertices, Vertices]:
        """Walk both polytopes in floating point, together where they have the same shape."""
        rows, columns = map(len, self.left)
        if rows + columns > WIDEST:
            unproven = Vertices(np.empty(0, np.uint64), proven=False)
            return unproven, unproven
        first, second = self.sides
        conceivable = math.comb(rows + columns, rows)
        if work_is_worth(SECONDS + SECONDS_A_BASIS * conceivable):
            from solvers.finite.machine_vertices import machine_vertices

            one, other = (
                machine_vertices(
                    side.matrix,
                    error=side.error,
                    integral=side.is_integral,
                    deadline=self.deadline,
                )
                for side in self.sides
            )
            return one, other
        if first.payoffs.shape == second.payoffs.shape and first.is_integral == second.is_integral:
            return self._walk([first, second])
        return self._walk([first]) + self._walk([second])

    def _walk(self, sides: list[BestResponses]) -> tuple[Any, ...]:
        return all_vertices(
            np.stack([side.matrix for side in sides]),
            error=sides[0].error,
            integral=sides[0].is_integral,
            deadline=self.deadline,
        )


def _turned(masks: Masks | list[int], rows: int, columns: int) -> Masks | list[int]:
    """Return the first player's masks with the second player's labels first."""
    full = (1 << (rows + columns)) - 1
    if isinstance(masks, np.ndarray):
        turned = (masks << np.uint64(columns)) | (masks >> np.uint64(rows))
        return turned & np.uint64(full)
    return [((mask << columns) | (mask >> rows)) & full for mask in masks]


def _with_components(solution: Solution, deadline: float | None) -> Solution:
    """Add the maximal sets of equilibria whose strategies may be combined freely."""
    vertices = tuple(
        tuple(sorted({e.strategies[player] for e in solution.equilibria}, key=_support_first))
        for player in (0, 1)
    )
    places = [{strategy: at for at, strategy in enumerate(side)} for side in vertices]
    pairs = [(places[0][e.strategies[0]], places[1][e.strategies[1]]) for e in solution.equilibria]
    subsets, in_time = maximal_subsets(pairs, deadline=deadline)
    if not in_time:
        return replace(solution, stopped=TIME)
    return replace(solution, components=subsets, vertices=vertices)


def _support_first(strategy: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(a for a, p in enumerate(strategy) if p > 0), strategy

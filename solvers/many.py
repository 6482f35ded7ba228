"""The evader in many worlds at one profile: one linear program, its numbers changed world by world.

The program is that of `evader`, written for one profile: a column for each arc, step, effort and
cover, and one for each chord. Worlds that are alike (the same hazards are 0, the same efforts are
free) have the same rows, columns and places of coefficients. Every world starts from the basis that
is best at the numbers of the game that all share the shape of, so that an answer depends on nothing
but its world: not on the worlds before it, nor on who computed them.

Every answer is checked for all worlds at once by `games.many`, which does not know these columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from games.many import Array, Indices, ManyChecks, ManyGames, ManyPlans, check_many
from solvers.certificate import EVADER_TOLERANCE
from solvers.highs import quiet_highs

_TOLERANCE = 1e-8
"""Reduced cost or price from which on a column or a row is not free to move among ties."""


@dataclass(frozen=True, eq=False)
class ManyResponses:
    """The evader's best responses to one profile.

    Attributes
    ----------
    value : (worlds,), bn USD; the plan's value as recomputed.
    entering, quantities : (worlds, arcs) and (worlds, fronts).
    gap, violation : (worlds,), of the check.
    sound : (worlds,), whether the check was passed; where not, nothing else may be used.
    """

    value: Array
    entering: Array
    quantities: Array
    gap: Array
    violation: Array
    sound: NDArray[np.bool_]


def alike(base: ManyGames, games: ManyGames, profile: Profile) -> NDArray[np.bool_]:
    """Return which games have zeros where the first of `base` has them."""
    chosen = base.options(profile)
    same = np.ones(len(games), dtype=bool)
    for one, other in (
        (base.hazards[:1, chosen], games.hazards[:, chosen]),
        (base.unit_costs[:1], games.unit_costs),
        (base.price_shares[:1], games.price_shares),
    ):
        same &= ((one > 0) == (other > 0)).all(axis=1)
    return same


class EvaderOfMany:
    """The evader of many games of one shape at one profile.

    Parameters
    ----------
    base : the game that gives the shape of the program and the basis that all start from; its first
        row counts.
    correlated : whether the games have a correlation; two programs of different size.
    """

    def __init__(self, base: ManyGames, profile: Profile, *, correlated: bool) -> None:
        self.profile, self.shape = profile, base.shape
        self._columns = _Columns(base, profile, correlated=correlated)
        self._highs = quiet_highs()
        self._basis: highspy.HighsBasis | None = None
        numbers = self._columns.numbers(base.rows(np.array([0])))
        self._run(numbers, 0)
        if self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            self._basis = self._highs.getBasis()

    def respond(self, games: ManyGames) -> ManyResponses:
        """Return the responses of games that are alike; see `alike`."""
        columns = self._columns
        numbers = columns.numbers(games)
        settled = ~_aligned(games)
        worlds = len(games)
        units = np.full((worlds, columns.lanes), np.nan)
        prices = np.zeros((worlds, len(columns.places)))
        money = np.zeros(worlds)
        for world in range(worlds):
            self._run(numbers, world)
            if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                self._highs.clearSolver()
                self._highs.run()
                if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                    continue
            solution = self._highs.getSolution()
            found = np.asarray(solution.col_value)
            duals = np.maximum(-np.asarray(solution.row_dual), 0.0) * numbers.unit[world]
            if settled[world]:
                found = self._settled(numbers, world, solution, found)
            units[world] = np.maximum(found[: columns.lanes], 0.0)
            prices[world] = duals[: len(columns.places)]
            money[world] = duals[-1]
        plans = ManyPlans(
            columns.arc, columns.step, columns.effort, columns.known,
            units, columns.places, prices, money,
        )  # fmt: skip
        solved = np.isfinite(units).all(axis=1)
        plans.units[~solved] = 0.0
        return _responses(check_many(games, self.profile, plans), solved)

    def _run(self, numbers: _Numbers, world: int) -> None:
        highs, lp = self._highs, self._columns.program
        lp.col_cost_ = -numbers.worth[world] / numbers.unit[world]
        lp.col_upper_ = numbers.widths[world]
        lp.row_upper_ = numbers.limits[world]
        lp.a_matrix_.value_ = numbers.entries[world]
        highs.passModel(lp)
        if self._basis is not None:
            highs.setBasis(self._basis)
        highs.run()

    def _settled(
        self, numbers: _Numbers, world: int, solution: highspy.HighsSolution, found: Array
    ) -> Array:
        """Return the best response that is best for the sum of the controllers."""
        highs = self._highs
        reduced = np.asarray(solution.col_dual)
        priced = -np.asarray(solution.row_dual)
        low, high = np.zeros(len(found)), numbers.widths[world].copy()
        high[reduced > _TOLERANCE] = 0.0
        low[reduced < -_TOLERANCE] = high[reduced < -_TOLERANCE]
        limits = numbers.limits[world]
        least = np.where(priced > _TOLERANCE, limits, -highspy.kHighsInf)
        count, rows = len(found), len(limits)
        every_column = np.arange(count, dtype=np.int32)
        highs.changeColsBounds(count, every_column, low, high)
        every_row = np.arange(rows, dtype=np.int32)
        highs.changeRowsBounds(rows, every_row, least, limits)  # type: ignore[attr-defined]
        highs.changeColsCost(count, every_column, -numbers.joint[world])
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return found
        return np.asarray(highs.getSolution().col_value)


def _responses(checks: ManyChecks, solved: NDArray[np.bool_]) -> ManyResponses:
    gap = np.abs(checks.gap)
    passed = (gap <= EVADER_TOLERANCE) & (checks.violation <= EVADER_TOLERANCE)
    return ManyResponses(
        checks.primal, checks.entering, checks.quantities, gap, checks.violation, solved & passed
    )


def _aligned(games: ManyGames) -> NDArray[np.bool_]:
    """Return in which games every controller is aligned, as `players.alignment` says of one."""
    weights = games.weights[:, None, :]
    counts = (weights > 0) | (games.stakes > 0)
    ratios = np.divide(
        games.stakes, weights, out=np.full_like(games.stakes, np.inf), where=weights > 0
    )
    low = np.where(counts, ratios, np.inf).min(axis=2)
    high = np.where(counts, ratios, -np.inf).max(axis=2)
    even = ~counts.any(axis=2) | (high - low <= 1e-12 * high)
    harmed = counts.any(axis=2) & (high > 0)
    valued = (games.values != 0).any(axis=1)
    earns = (games.tolls != 0).any(axis=1)
    for earned in games.revenue.values():
        earns |= earned != 0
    return np.asarray(even.all(axis=1) & ~(harmed.any(axis=1) & valued) & ~earns)


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The numbers of the program in many worlds; `entries` in the order of its matrix."""

    worth: Array
    unit: Array
    widths: Array
    limits: Array
    entries: Array
    joint: Array


class _Columns:
    """The columns and rows of the program, and where each number of a game goes."""

    def __init__(self, base: ManyGames, profile: Profile, *, correlated: bool) -> None:
        self.base, self.chosen, self.correlated = base, base.options(profile), correlated
        shape = base.shape
        ends = {front.node for front in shape.fronts}
        inner = [node for node in shape.nodes if node not in shape.sources]
        self.places = tuple(
            (node, known)
            for node in inner
            for known in ((False, True) if correlated and node not in ends else (False,))
        )
        place = {one: i for i, one in enumerate(self.places)}
        self.front_place = [place[front.node, False] for front in shape.fronts]
        arcs, steps, efforts, covers, heads, tails = [], [], [], [], [], []
        for a, arc in enumerate(shape.arcs):
            start = arc.tail in shape.sources
            for s in range(len(arc.steps)):
                for known in (False, True) if correlated and not start else (False,):
                    met = known or self._hazard(a) > 0
                    head = place.get((arc.head, met and correlated), place[arc.head, False])
                    for m in self._efforts(a):
                        arcs.append(a)
                        steps.append(s)
                        efforts.append(m)
                        covers.append(known)
                        heads.append(head)
                        tails.append(-1 if start else place[arc.tail, known])
        self.arc, self.step = np.array(arcs), np.array(steps)
        self.effort, self.known = np.array(efforts), np.array(covers)
        self.lanes = len(arcs)
        self.row = base.first_step[self.arc] + self.step
        points = [-1 if a.point is None else shape.point_index[a.point] for a in shape.arcs]
        self.point = np.array(points)[self.arc]
        self.program, self._gain_at, self._cost_at = self._layout(heads, tails)

    def _hazard(self, arc: int) -> float:
        point = self.base.shape.arcs[arc].point
        if point is None:
            return 0.0
        return float(self.base.hazards[0, self.chosen[self.base.shape.point_index[point]]])

    def _efforts(self, arc: int) -> Sequence[int]:
        """Return the efforts that may pay: where nothing is intercepted, a free one does."""
        if self.base.shape.arcs[arc].point is None:
            return (0,)
        base = self.base
        free = np.flatnonzero((base.unit_costs[0] == 0) & (base.price_shares[0] == 0))
        every = range(len(base.shape.efforts))
        return (int(free[0]),) if len(free) and not self._hazard(arc) > 0 else every

    def _layout(
        self, heads: Sequence[int], tails: Sequence[int]
    ) -> tuple[highspy.HighsLp, Indices, Indices]:
        """Return the program without its numbers, and where gains and costs stand in it."""
        nodes, capacities = len(self.places), self.base.capacities.shape[1]
        chords = len(self.base.chord_front)
        starts, gains, costs = [0], list[int](), list[int]()
        rows: list[int] = []
        values: list[float] = []
        for head, tail, row in zip(heads, tails, self.row.tolist(), strict=True):
            gains.append(len(rows))
            rows += [head, nodes + row]
            values += [0.0, 1.0]
            if tail >= 0:
                rows.append(tail)
                values.append(1.0)
            costs.append(len(rows))
            rows.append(nodes + capacities)
            values.append(0.0)
            starts.append(len(rows))
        for front in self.base.chord_front:
            rows.append(self.front_place[front])
            values.append(1.0)
            starts.append(len(rows))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.lanes + chords, nodes + capacities + 1
        lp.col_lower_ = np.zeros(lp.num_col_)
        lp.row_lower_ = np.full(lp.num_row_, -highspy.kHighsInf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.array(starts)
        lp.a_matrix_.index_ = np.array(rows)
        self._values = np.array(values)
        return lp, np.array(gains), np.array(costs)

    def numbers(self, games: ManyGames) -> _Numbers:
        """Return the numbers of the program in each game."""
        worlds, crossed = len(games), self.point >= 0
        option = self.chosen[np.maximum(self.point, 0)]
        gains = games.conversions[:, self.arc]
        costs = games.prices[:, self.row]
        share = np.where(self.known, 1 - games.correlations[:, None], 1.0)
        hazards = games.hazards[:, option] * share * games.hazard_factors[:, self.effort]
        gains = np.where(crossed, gains * np.exp(-hazards), gains)
        care = games.unit_costs[:, self.effort] + games.price_shares[:, self.effort] * costs
        costs = np.where(crossed, costs + games.tolls[:, option] + care, costs)
        entries = np.tile(self._values, (worlds, 1))
        entries[:, self._gain_at] = -gains
        entries[:, self._cost_at] = costs
        chord_front = games.chord_front
        worth = np.hstack([games.values[:, self.arc], games.weights[:, chord_front] * games.slopes])
        largest = np.abs(worth).max(axis=1)
        free = np.full((worlds, self.lanes), highspy.kHighsInf)
        nothing = np.zeros((worlds, len(self.places)))
        budget = games.evader_budgets[:, None]
        earned = np.where(crossed, games.tolls[:, option], 0.0)
        for (a, _), revenue in games.revenue.items():
            earned[:, self.arc == a] += revenue[:, None]
        harm = -games.stakes.sum(axis=1)[:, chord_front] * games.slopes
        return _Numbers(
            worth=worth,
            unit=np.where(largest > 0, largest, 1.0),
            widths=np.hstack([free, games.widths]),
            limits=np.hstack([nothing, games.capacities, budget]),
            entries=entries,
            joint=np.hstack([earned, harm]),
        )

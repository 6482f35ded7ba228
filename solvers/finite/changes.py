"""Inequalities that hold at every pure equilibrium because no small change of it may pay.

Let m_a = c_a + sum_j (Q_ij x_j)_a be what the binary variable a of player i earns against what the
others do. With the rules written as G x <= h, setting a to 0 is allowed if column a of G has no
entry below 0; putting b in the place of a is allowed if no row of G has more for b than for a; and
if one row r alone has, it is allowed as long as G_r x <= h_r + G_ra - G_rb. At an equilibrium no
allowed change pays. For thresholds t, two linear functions of the lifted columns that are never
above the indicators of "a is in and m_a < t" and "b is out and m_b > t",

    in(a, t)  = (t x_a - x_a m_a) / (t - min m_a)             or x_a, if t exceeds every m_a
    out(b, t) = (m_b - x_b m_b - t (1 - x_b)) / (max m_b - t) or 1 - x_b, if t is below every m_b

state it, wherever each m_a < t is below each m_b > t':

    dropping_gains_nothing    in(a, t) <= 0                                       m_a < t below 0
    adding_gains_nothing      G_r x - l >= (need - l) out(b, t')                  m_b > t' above 0
    exchange_gains_nothing    in(a, t) + out(b, t') <= 1                          always allowed
                              G_r x - l >= (need - l) (in(a, t) + out(b, t') - 1) one row against

where l is the least that G_r x can be and `need` the least that forbids the change, which is
h_r + G_ra - G_rb or the next whole number where the row has only whole ones. Equilibrium
inequalities speak of one fixed strategy each; these speak of a change to whatever is played, and it
takes many of the former to say as much. The thresholds are the values that m_a can take where these
are few, and an even grid otherwise.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.finite.feasible import FeasibleSet
from solvers.finite.lifted import Inequality, Lifted, scaled
from solvers.finite.programmes import IntegerProgrammingGame

FEW = 3
"""Largest number of others' binary variables whose every combination is a value of m_a."""

GRID = 4
"""Number of steps between the least and the most of m_a where its values are not few."""

STRICTLY = 1e-9
"""By how much a change must pay to count, as a share of the largest entry of the payoffs."""


class LocalChanges:
    """The inequalities of one player, ready to be searched for those that a point breaks."""

    def __init__(self, game: IntegerProgrammingGame, lifted: Lifted, player: int) -> None:
        feasible = game.sets[player]
        self._size = max(float(np.abs(lifted.payoff[player]).max(initial=0.0)), 1e-300)
        self._terms(game, lifted, player)
        table, limit, step = _rules(feasible)
        self._forbidden = limit + step  # a row that would come to this or more
        start = int(lifted.offset[player])
        self._load = np.zeros((len(table), len(lifted.lower)))
        self._load[:, start : start + table.shape[1]] = table
        with np.errstate(invalid="ignore"):  # 0 times an infinite bound
            ends = np.minimum(table * feasible.lower, table * feasible.upper)
        self._least = np.where(table != 0, ends, 0.0).sum(axis=1)
        self._freed, self._taken = table[:, self._in_variable], table[:, self._out_variable]
        count = np.zeros((len(self._in_most), len(self._out_least)), dtype=int)
        self._row = np.zeros_like(count)
        for r in range(len(table)):
            against = self._taken[r][None, :] > self._freed[r][:, None]
            count += against
            self._row[against] = r
        margin = STRICTLY * self._size
        pays = self._in_most[:, None] < self._out_least[None, :] - margin
        pays &= self._in_variable[:, None] != self._out_variable[None, :]
        self._always = pays & (count == 0)
        self._sometimes = pays & (count == 1)
        self._droppable = (self._freed >= 0).all(axis=0) & (self._in_most < -margin)
        against_adding = (self._taken > 0).sum(axis=0)
        self._adding_row = (self._taken > 0).argmax(axis=0)
        self._always_added = (against_adding == 0) & (self._out_least > margin)
        self._sometimes_added = (against_adding == 1) & (self._out_least > margin)

    def dropping(self) -> list[Inequality]:
        """Return `dropping_gains_nothing`, and adding where no row is ever against it."""
        into, out = np.flatnonzero(self._droppable), np.flatnonzero(self._always_added)
        return [scaled(-self._in[k], 0.0) for k in into] + [
            scaled(-self._out[k], float(self._out_constant[k])) for k in out
        ]

    def broken(self, columns: Floats, *, most: int, tolerance: float) -> list[Inequality]:
        """Return what a point breaks by more than a tolerance, `most` of each kind at most."""
        into = self._in @ columns
        out = self._out @ columns + self._out_constant
        load = self._load @ columns
        a, b = np.flatnonzero(into > tolerance), np.flatnonzero(out > tolerance)
        return self._adding(out, load, b, most, tolerance) + self._exchanges(
            into, out, load, a, b, most, tolerance
        )

    def _exchanges(
        self,
        into: Floats,
        out: Floats,
        load: Floats,
        a: NDArray[np.intp],
        b: NDArray[np.intp],
        most: int,
        tolerance: float,
    ) -> list[Inequality]:
        """Return the exchanges that a point breaks, among the terms that are not nothing there."""
        places = np.ix_(a, b)
        excess = into[a][:, None] + out[b][None, :] - 1.0
        gain = np.where(self._always[places], excess, -np.inf)
        sometimes = self._sometimes[places]
        if sometimes.any():
            row = self._row[places]
            room = self._need(row, a[:, None], b[None, :]) - self._least[row]
            unit = np.maximum(room, 1e-300)
            short = excess - (load - self._least)[row] / unit
            gain = np.where(sometimes & (room > 0), short, gain)
        found = []
        for place in _largest(gain, most, tolerance):
            k, j = int(a[place[0]]), int(b[place[1]])
            worth, least = -self._in[k] - self._out[j], float(self._out_constant[j]) - 1.0
            if self._sometimes[k, j]:
                r = int(self._row[k, j])
                room = float(self._need(r, k, j)) - self._least[r]
                worth = room * worth + self._load[r]
                least = room * least + self._least[r]
            found.append(scaled(worth, least))
        return found

    def _adding(
        self, out: Floats, load: Floats, b: NDArray[np.intp], most: int, tolerance: float
    ) -> list[Inequality]:
        """Return the additions that a point breaks."""
        b = b[self._sometimes_added[b]]
        row = self._adding_row[b]
        room = self._forbidden[row] - self._taken[row, b] - self._least[row]
        short = out[b] - (load - self._least)[row] / np.maximum(room, 1e-300)
        found = []
        for (place,) in _largest(np.where(room > 0, short, -np.inf), most, tolerance):
            j, r = int(b[place]), int(row[place])
            worth = self._load[r] - room[place] * self._out[j]
            least = float(room[place] * self._out_constant[j] + self._least[r])
            found.append(scaled(worth, least))
        return found

    def _need(self, row: Any, a: Any, b: Any) -> Floats:
        """Return the least of a row that forbids b in the place of a."""
        return np.asarray(self._forbidden[row] + self._freed[row, a] - self._taken[row, b])

    def _terms(self, game: IntegerProgrammingGame, lifted: Lifted, player: int) -> None:
        """Make in(a, t) and out(b, t) for every binary variable and threshold."""
        start, columns = int(lifted.offset[player]), len(lifted.lower)
        own = slice(start, start + game.sets[player].own)
        binary = lifted.whole[own] & (lifted.lower[own] == 0.0) & (lifted.upper[own] == 1.0)
        into: list[tuple[int, Floats, float]] = []
        out: list[tuple[int, Floats, float, float]] = []
        for a in np.flatnonzero(binary).tolist():
            kept, alone = lifted.own_worth[player][a], float(game.own[player][a])
            worth = np.zeros(columns)
            for other, theirs in enumerate(game.sets):
                if (player, other) in game.cross:
                    first = int(lifted.offset[other])
                    worth[first : first + theirs.own] = game.cross[player, other][a]
            values, all_of_them = _values(worth, alone, lifted, self._size)
            low, high = values[0], values[-1]
            chosen = np.zeros(columns)
            chosen[start + a] = 1.0
            into.append((a, chosen, high))
            out.append((a, -chosen, 1.0, low))
            for below, above in itertools.pairwise(values):
                most, least = (below, above) if all_of_them else (above, below)
                into.append((a, (above * chosen - kept) / (above - low), most))
                span = high - below
                row = (worth - kept + below * chosen) / span
                out.append((a, row, (alone - below) / span, least))
        self._in_variable = np.array([a for a, _, _ in into], dtype=np.intp)
        self._in = np.array([row for _, row, _ in into]).reshape(-1, columns)
        self._in_most = np.array([most for _, _, most in into])
        self._out_variable = np.array([b for b, _, _, _ in out], dtype=np.intp)
        self._out = np.array([row for _, row, _, _ in out]).reshape(-1, columns)
        self._out_constant = np.array([constant for _, _, constant, _ in out])
        self._out_least = np.array([least for _, _, _, least in out])


def _values(worth: Floats, alone: float, lifted: Lifted, size: float) -> tuple[list[float], bool]:
    """Return rising values of alone + worth . x, and whether it has no others."""
    used = np.flatnonzero(worth)
    low, high = lifted.lower[used], lifted.upper[used]
    binary = lifted.whole[used] & (low == 0.0) & (high == 1.0)
    if len(used) <= FEW and binary.all():
        sums = [alone + sum(part) for part in itertools.product(*((0.0, w) for w in worth[used]))]
        values = sorted(sums)
    else:
        ends = worth[used] * low, worth[used] * high
        least, most = np.minimum(*ends).sum(), np.maximum(*ends).sum()
        values = (alone + np.linspace(least, most, GRID + 1)).tolist()
    distinct = values[:1]
    for value in values[1:]:
        if value > distinct[-1] + 0.1 * STRICTLY * size:
            distinct.append(value)
    return distinct, len(used) <= FEW and bool(binary.all())


def _rules(feasible: FeasibleSet) -> tuple[Floats, Floats, Floats]:
    """Return the rows as G x <= h, and how far above h the next value of G x is.

    One row of zeros is always there, so that a player without rules needs no care.
    """
    rows = feasible.rows
    table = np.zeros((len(rows.lower), len(feasible.lower)))
    places = np.repeat(np.arange(len(rows.lower)), np.diff(rows.start))
    np.add.at(table, (places, rows.index), rows.value)
    capped, floored = np.isfinite(rows.upper), np.isfinite(rows.lower)
    table = np.vstack([table[capped], -table[floored], np.zeros((1, table.shape[1]))])
    limit = np.concatenate([rows.upper[capped], -rows.lower[floored], [0.0]])
    counts = ((table == 0) | (feasible.whole & (table == np.round(table)))).all(axis=1)
    limit = np.where(counts, np.floor(limit + STRICTLY * np.maximum(np.abs(limit), 1.0)), limit)
    return table, limit, counts.astype(float)


def _largest(gain: Floats, most: int, tolerance: float) -> list[tuple[int, ...]]:
    """Return the places of the largest entries above a tolerance, `most` at most."""
    places = np.argwhere(gain > tolerance)
    if len(places) > most:
        values = gain[tuple(places.T)]
        places = places[np.argsort(-values, kind="stable")[:most]]
    return [tuple(place) for place in places.tolist()]

"""A leader against many follower types: best-first search over the types' answers.

A node fixes the answers of some types. Its bound is the linear program

    maximise   sum_k p_k f_k     over strategies x of the leader and worths f_k of the types
    subject to answer_is_best (k, h)   0 <= x (F_k,j - F_k,h)    for each type with answer j fixed
               answer_pays (k, j)      f_k <= x L_k,j            for each type with answer j fixed
               envelope (k, c)         f_k <= x b_k,c            for the others

with the cuts of `envelope`, made once at the root, where the bound becomes that of the convex hulls
of the types' answers, as in yin2012. Rows enter when a solution breaks them. Every bound is
recomputed from prices: for any prices that add up to p_k over the rows that hold f_k, it is the
largest entry of the vectors on the right, each times its price. That also bounds each child before
it is solved. A node has as many columns as there are strategies and types: the answers of
different types never multiply.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

import highspy
import numpy as np
from numpy.typing import NDArray

from games.errors import NotCertifiedError
from games.normal_form import Floats
from solvers.finite.envelope import FEASIBLE, Envelope
from solvers.finite.type_problem import Found, TypeProblem
from solvers.highs import quiet_highs

ROUNDS = 50  # of cuts at the root
AT_A_TIME = 3  # broken rows of one type that enter together

Row = tuple[Literal["best", "pays", "envelope"], int, int]
"""Kind, type and the answer or the number of the cut."""


@dataclass(frozen=True)
class _Node:
    """A solved node.

    Attributes
    ----------
    strategy : of the leader, best by the node's program.
    gaps : what each type's worth exceeds its true value by, times its probability.
    parts : vectors of the rows that hold each f_k times their prices, shape (types, strategies).
    rest : those of the rows `answer_is_best`, shape (strategies,).
    rows : those with a price.
    answers : of all types to `strategy`.
    """

    bound: float
    fixed: dict[int, int]
    strategy: Floats
    gaps: Floats
    parts: Floats
    rest: Floats
    rows: tuple[Row, ...]
    answers: NDArray[np.int64]


class ResponseTree:
    """The search of the module's docstring.

    Parameters
    ----------
    gap : difference of value and bound at which to stop.
    deadline : reading of `time.perf_counter` at which to stop.
    """

    def __init__(self, problem: TypeProblem, *, gap: float, deadline: float) -> None:
        self._problem, self._gap, self._deadline = problem, gap, deadline
        self._types, self._size, _ = problem.own.shape
        self._pool: list[Floats] = [np.zeros((0, self._size))] * self._types
        self._highs = self._program()
        self._value, self._strategy = -np.inf, np.full(self._size, 1 / self._size)
        for pure in np.eye(self._size):
            self._consider(pure)

    def solve(self) -> Found:
        """Search until value and bound agree, or until the deadline."""
        root = self._root()
        nodes, lost, stopped = 1, -np.inf, ""
        numbers = count()
        heap = [] if root is None else [(-root.bound, next(numbers), root)]
        while heap and -heap[0][0] > self._value + self._gap:
            if time.perf_counter() > self._deadline:
                stopped = "limit of time"
                break
            _, _, node = heapq.heappop(heap)
            k = int(node.gaps.argmax())
            if not node.gaps[k] > 0:  # rounding alone keeps it open
                lost = max(lost, node.bound)
                continue
            for j in self._worth_trying(node, k):
                child = self._solved({**node.fixed, k: j}, node.rows)
                nodes += 1
                if child is not None:
                    child = replace(child, bound=min(child.bound, node.bound))
                    heapq.heappush(heap, (-child.bound, next(numbers), child))
        still_open = -heap[0][0] if heap else -np.inf
        bound = max(self._value + self._gap, still_open, lost)
        return Found(self._strategy, self._value, bound, nodes, stopped)

    def cuts(self) -> tuple[Floats, ...]:
        """Return the cuts of each type, after making those of the root."""
        self._root()
        return tuple(self._pool)

    def _root(self) -> _Node | None:
        """Cut until no cut is broken, and try the answers to the last strategy together."""
        problem = self._problem
        envelopes = [Envelope(*tables) for tables in zip(problem.own, problem.other, strict=True)]
        strategy = np.full(self._size, 1 / self._size)
        for k, envelope in enumerate(envelopes):
            self._pool[k] = envelope.cut(strategy)[None, :]
        rows: tuple[Row, ...] = tuple(("envelope", k, 0) for k in range(self._types))
        node = self._solved({}, rows)
        for _ in range(ROUNDS):
            if node is None or time.perf_counter() > self._deadline:
                break
            added = False
            for k in np.flatnonzero(node.gaps > self._gap / (2 * self._types)).tolist():
                cut = envelopes[k].cut(node.strategy)
                known = float((self._pool[k] @ node.strategy).min())
                if float(cut @ node.strategy) < known - 1e-7:
                    self._pool[k] = np.vstack([self._pool[k], cut])
                    added = True
            if not added:
                break
            node = self._solved({}, node.rows)
        if node is not None:
            self._solved(dict(enumerate(node.answers.tolist())), ())
        return node

    def _worth_trying(self, node: _Node, k: int) -> list[int]:
        """Return the answers of a type whose child the node's prices do not rule out."""
        common = node.parts.sum(axis=0) - node.parts[k] + node.rest
        bounds = (common[:, None] + self._problem.prior[k] * self._problem.own[k]).max(axis=0)
        answers: list[int] = np.flatnonzero(bounds > self._value + self._gap).tolist()
        return answers

    def _consider(self, strategy: Floats) -> tuple[Floats, NDArray[np.int64]]:
        worths, answers = self._problem.earned(strategy)
        value = float(self._problem.prior @ worths)
        if value > self._value:
            self._value, self._strategy = value, strategy
        return worths, answers

    def _solved(self, fixed: dict[int, int], inherited: tuple[Row, ...]) -> _Node | None:
        """Solve a node from rows of its parent; None when nothing better can be in it."""
        rows: list[Row] = [("pays", k, j) for k, j in fixed.items()]
        rows += [row for row in inherited if row[0] == "best"]
        rows += [row for row in inherited if row[0] == "envelope" and row[1] not in fixed]
        vectors = [self._vector(row, fixed) for row in rows]
        self._clear()
        self._add(rows, vectors)
        present = set(rows)
        while True:
            if not self._feasible():
                return None
            solution = self._highs.getSolution()
            columns = np.asarray(solution.col_value)
            strategy = np.maximum(columns[: self._size], 0.0)
            strategy /= strategy.sum()
            worths = columns[self._size :]
            prices = np.maximum(-np.asarray(solution.row_dual)[1:], 0.0)
            parts, rest = self._priced(rows, vectors, prices)
            bound = float((parts.sum(axis=0) + rest).max())
            if bound <= self._value + self._gap:
                return None
            new = [row for row in self._broken(fixed, strategy, worths) if row not in present]
            if not new:
                break
            fresh = [self._vector(row, fixed) for row in new]
            self._add(new, fresh)
            rows += new
            vectors += fresh
            present.update(new)
        true, answers = self._consider(strategy)
        if bound <= self._value + self._gap:
            return None
        gaps = self._problem.prior * (worths - true)
        gaps[list(fixed)] = 0.0
        priced = tuple(
            row
            for row, price in zip(rows, prices.tolist(), strict=True)
            if price > 0 and row[0] != "pays"
        )
        return _Node(bound, fixed, strategy, gaps, parts, rest, priced, answers)

    def _vector(self, row: Row, fixed: dict[int, int]) -> Floats:
        """Return the right-hand side of a row, times x."""
        kind, k, number = row
        if kind == "envelope":
            vector: Floats = self._pool[k][number]
        elif kind == "pays":
            vector = self._problem.own[k][:, number]
        else:
            other = self._problem.other[k]
            vector = other[:, fixed[k]] - other[:, number]
        return vector

    def _priced(
        self, rows: list[Row], vectors: list[Floats], prices: Floats
    ) -> tuple[Floats, Floats]:
        """Return the vectors times prices, those that hold f_k with prices adding up to p_k."""
        holds = np.array([row[0] != "best" for row in rows])
        kinds = np.array([row[1] for row in rows])
        weighted = np.array(vectors) * prices[:, None]
        totals = np.bincount(kinds[holds], prices[holds], self._types)
        parts = np.zeros((self._types, self._size))
        np.add.at(parts, kinds[holds], weighted[holds])
        parts *= (self._problem.prior / totals)[:, None]
        return parts, weighted[~holds].sum(axis=0)

    def _broken(self, fixed: dict[int, int], strategy: Floats, worths: Floats) -> list[Row]:
        """Return the rows that a solution breaks most."""
        found: list[Row] = []
        received = np.einsum("i,kij->kj", strategy, self._problem.other)
        for k in range(self._types):
            if k in fixed:
                slack = received[k, fixed[k]] - received[k]
                order = np.argsort(slack)[:AT_A_TIME]
                found += [("best", k, h) for h in order[slack[order] < -FEASIBLE].tolist()]
            else:
                values = self._pool[k] @ strategy
                lowest = int(values.argmin())
                if values[lowest] < worths[k] - 1e-8:
                    found.append(("envelope", k, lowest))
        return found

    def _program(self) -> highspy.Highs:
        highs = quiet_highs()
        highs.setOptionValue("simplex_strategy", 1)  # dual: rows are added
        size, types = self._size, self._types
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = size + types, 1
        program.col_cost_ = np.concatenate([np.zeros(size), -self._problem.prior])
        program.col_lower_ = np.concatenate([np.zeros(size), np.full(types, -highspy.kHighsInf)])
        program.col_upper_ = np.full(size + types, highspy.kHighsInf)
        program.row_lower_ = program.row_upper_ = np.ones(1)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array([0, size])
        program.a_matrix_.index_ = np.arange(size)
        program.a_matrix_.value_ = np.ones(size)
        highs.passModel(program)
        return highs

    def _clear(self) -> None:
        rows = self._highs.getNumRow()
        if rows > 1:
            self._highs.deleteRows(rows - 1, np.arange(1, rows, dtype=np.int32))

    def _add(self, rows: list[Row], vectors: list[Floats]) -> None:
        """Add rows f_k - x v <= 0, without f_k where they say that an answer is best."""
        width, number = self._size + self._types, len(rows)
        table = np.zeros((number, width))
        table[:, : self._size] = -np.array(vectors)
        for place, (kind, k, _) in enumerate(rows):
            if kind != "best":
                table[place, self._size + k] = 1.0
        places, columns = np.nonzero(table)
        self._highs.addRows(
            number,
            np.full(number, -highspy.kHighsInf),
            np.zeros(number),
            len(columns),
            np.searchsorted(places, np.arange(number)).astype(np.int32),
            columns.astype(np.int32),
            table[places, columns],
        )

    def _feasible(self) -> bool:
        highs = self._highs
        for _ in range(2):
            highs.run()
            status = highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                return True
            if status == highspy.HighsModelStatus.kInfeasible:
                return False
            highs.clearSolver()  # the last basis can be singular for these rows
        raise NotCertifiedError(
            "commitment: expected an optimum of a node's linear program, found "
            f"{highs.modelStatusToString(status)} - check the payoffs for sizes that differ by "
            "more than ten orders of magnitude"
        )

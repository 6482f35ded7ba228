"""The best mixed strategy to commit to, by one linear program for each answer of the follower.

For each answer j of the follower, one linear program finds the best strategy of the leader to which
j is a best response (conitzer2006). Answers are tried in the order of the most that they could
bring; what is known of an answer is a `Claim`, and the search is over when no claim exceeds the
best strategy found. Most answers of a random game never reach a linear program.

Under the weak rule only answers count that are the follower's only best response somewhere (but for
those that pay it the same everywhere): in the interior of their region the leader can rely on
them, and the supremum is the best over these regions (vonstengel2010). Whether it is attained is
settled on the face of optimal strategies: there, whatever ties everywhere must pay the leader
enough, and what does not tie everywhere can be avoided altogether.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.commitment import (
    TIE,
    Claim,
    Commitment,
    Ties,
    answer,
    claimed_bound,
    leader_tables,
    proven_bound,
)
from games.errors import LimitError, NotCertifiedError
from games.normal_form import NormalFormGame
from games.regret import mixed_profile
from games.scaled import between_zero_and_one, spread_of
from solvers.finite.guarantee import FEASIBLE, Guarantees
from solvers.finite.guarantee_exact import Guarantee, State, exact_guarantee

APART = 1e-6
"""On a face known to 1e-8, answers tie all over it where no point gains more than this."""

CLOSE = 1e-6
"""A float answer is complete when bound and supremum differ by no more of the leader's spread."""

Numbers = NDArray[Any]


@dataclass(frozen=True)
class Region:
    """Where one answer is a best response: strategies x with x times `conditions` at least 0.

    Attributes
    ----------
    equals : answers that pay the follower the same everywhere and decide by ties, j among them.
    others : the rest, one column of `conditions` each.
    worths : what the leader earns from each of `equals`.
    """

    equals: list[int]
    others: list[int]
    worths: Numbers
    conditions: Numbers


class AnswerSearch:
    """The answers of one game, in floats (payoffs brought to the range 0 to 1) or in fractions."""

    def __init__(
        self, game: NormalFormGame, leader: int, ties: Ties, *, exact: bool, deadline: float
    ) -> None:
        self.game, self.leader, self.ties, self.exact = game, leader, ties, exact
        self.deadline = deadline
        own, other = leader_tables(game, leader, exact=exact)
        self.units: tuple[Any, Any] = (Fraction(1), Fraction(1))
        if not exact:
            self.units = (spread_of(own) or 1.0, spread_of(other) or 1.0)
            own, other = between_zero_and_one(own), between_zero_and_one(other)
        self.own, self.other = own, other
        self.slack: Any = Fraction(0) if exact else 1e-10
        self.feasible: Any = Fraction(0) if exact else FEASIBLE
        self.claims: dict[int, Claim] = {}
        self.answer: int | None = None  # whose region holds the best strategy; None: it is pure
        self.interior: dict[int, Guarantee] = {}
        self.stopped = ""
        self._programs = None if exact else Guarantees(len(own), deadline=deadline)
        values = pure_values(own, other, ties)
        pure = int(np.argmax(values))
        self.best: Any = values[pure]
        zero = self.feasible * 0
        self.strategy: Numbers = np.array([zero] * len(own), dtype=own.dtype)
        self.strategy[pure] = zero + 1

    def run(self, hints: dict[int, Claim], *, first: int | None = None) -> None:
        """Make a claim about every answer, those of another arithmetic being tried first."""
        ceilings = self.own.max(axis=0).tolist()
        order = sorted(range(len(ceilings)), key=lambda j: (j != first, -ceilings[j], j))
        for j in order:
            if not self.stopped:
                try:
                    self.claims[j] = self._claim(j, hints.get(j))
                    if time.perf_counter() > self.deadline:
                        raise LimitError("limit of time")
                    continue
                except LimitError:
                    self.stopped = "limit of time"
            self.claims.setdefault(j, Claim(j, (), ((j, self.feasible * 0 + 1),)))

    def _claim(self, j: int, hint: Claim | None) -> Claim:
        region = self._region(j)
        tops = region.worths.max(axis=0).tolist()
        lowest = min(range(len(tops)), key=tops.__getitem__)
        weights = ((region.equals[lowest], self.feasible * 0 + 1),)
        if tops[lowest] <= self.best + self.slack:
            return Claim(j, (), weights)
        if hint is not None and (settled := self._settled(hint)) is not None:
            return settled
        if self.ties == "weak" and region.others:
            inside = self._solve(region.conditions, region.conditions[:, :0], self.feasible)
            if inside.state is State.CUT:
                return Claim(j, self._prices(region, inside.weights, 1), weights, excluded=True)
            self.interior[j] = inside
        found = self._solve(region.worths, region.conditions, self.best + self.slack)
        scale = self.units[0] / self.units[1]
        if found.state is State.EMPTY:
            broken = -(region.conditions @ found.prices)
            needed = (region.worths[:, lowest] - self.best) / broken
            factor = max(max(needed.tolist()), self.feasible * 0)
            return Claim(j, self._prices(region, factor * found.prices, scale), weights)
        if found.state is State.OPTIMAL:
            assert found.strategy is not None
            self.best, self.strategy, self.answer = found.value, found.strategy, j
        shares = tuple((k, w) for k, w in zip(region.equals, found.weights.tolist(), strict=True))
        return Claim(j, self._prices(region, found.prices, scale), shares)

    def _region(self, j: int) -> Region:
        gains = self.other[:, [j]] - self.other
        if self.ties == "weak":
            same = (abs(gains) <= self.feasible).all(axis=0)
        else:
            same = np.arange(gains.shape[1]) == j
        equals, others = np.flatnonzero(same).tolist(), np.flatnonzero(~same).tolist()
        return Region(equals, others, self.own[:, equals], gains[:, others])

    def _settled(self, hint: Claim) -> Claim | None:
        """Return a claim of floats as one of fractions, if it still says enough."""
        weights = [(k, Fraction(w)) for k, w in hint.weights]
        total = sum(w for _, w in weights)
        prices = tuple((k, Fraction(y)) for k, y in hint.prices)
        claim = Claim(hint.answer, prices, tuple((k, w / total) for k, w in weights), hint.excluded)
        try:
            bound = claimed_bound(self.game, claim, leader=self.leader, exact=True)
        except NotCertifiedError:
            return None
        return claim if bound is None or bound <= self.best else None

    def _solve(self, worths: Numbers, conditions: Numbers, cutoff: Any) -> Guarantee:
        if self._programs is not None:
            return self._programs.best(worths, conditions, cutoff=float(cutoff))
        return exact_guarantee(worths, conditions, cutoff=cutoff, deadline=self.deadline)

    def _prices(self, region: Region, prices: Numbers, scale: Any) -> tuple[tuple[int, Any], ...]:
        pairs = zip(region.others, (prices * scale).tolist(), strict=True)
        return tuple((k, price) for k, price in pairs if price)

    def commitment(self, started: float) -> Commitment:
        """Return the best strategy with everything about it recomputed from the payoffs."""
        claims = tuple(self.claims[j] for j in sorted(self.claims))
        bound = proven_bound(
            self.game, claims, leader=self.leader, ties=self.ties, exact=self.exact
        )
        strategy, attained = self.strategy, True
        if self.ties == "weak" and self.answer is not None and not self._earns(strategy):
            try:
                holding = self._attaining()
            except LimitError:
                holding, self.stopped = None, "limit of time"
            attained = holding is not None
            strategy = self._near() if holding is None else holding
        shares, reply = answered(self.game, strategy, self.leader, self.ties, self.exact)
        value = reply.payoffs[self.leader]
        supremum = self.best
        if not self.exact:
            least = float(leader_tables(self.game, self.leader)[0].min())
            supremum = least + float(self.best) * self.units[0]
        allowed = 0 if self.exact else CLOSE * self.units[0]
        return Commitment(
            method="one linear program an answer, in " + ("fractions" if self.exact else "floats"),
            leader=self.leader,
            ties=self.ties,
            strategy=shares,
            response=reply.response,
            responses=reply.responses,
            payoffs=reply.payoffs,
            bound=max(bound, value),
            attained=attained,
            claims=claims,
            complete=bool(bound - supremum <= allowed),
            seconds=time.perf_counter() - started,
            stopped=self.stopped,
        )

    def _earns(self, strategy: Numbers) -> bool:
        """Whether a strategy earns the supremum whichever best response the follower takes."""
        received = strategy @ self.other
        slack = Fraction(0) if self.exact else TIE
        tied = received >= max(received.tolist()) - slack
        return bool(min((strategy @ self.own)[tied].tolist()) >= self.best - 20 * self.feasible)

    def _attaining(self) -> Numbers | None:
        """Return a strategy that earns the supremum, None if there is none."""
        for j, claim in sorted(self.claims.items()):
            region = self._region(j)
            excluded = claim.excluded or region.worths.max() < self.best
            if not excluded and (found := self._on_face(region)) is not None:
                return found
        return None

    def _on_face(self, region: Region) -> Numbers | None:
        """Search the optimal face of one answer's region.

        Answers that tie all over the face must pay enough: that makes the face smaller, and more
        answers may tie all over it. A point amid the last face ties with no others.
        """
        least = self.best - 10 * self.feasible
        tied = list(region.equals)
        while True:
            face = np.concatenate([region.conditions, self.own[:, tied] - least], axis=1)
            points = []
            more = []
            for k in [k for k in region.others if k not in tied] or region.equals[:1]:
                if time.perf_counter() > self.deadline:
                    raise LimitError("commitment: limit of time")
                gain = self.other[:, [region.equals[0]]] - self.other[:, [k]]
                widest = self._solve(gain, face, None if self.exact else -math.inf)
                if widest.strategy is None:
                    return None
                points.append(widest.strategy)
                if k in region.others and widest.value <= (0 if self.exact else APART):
                    more.append(k)
            if not more:
                middle: Numbers = np.array(points).mean(axis=0)
                return middle if self._earns(middle) else None
            tied += more

    def _near(self) -> Numbers:
        """Return a strategy that nearly earns the supremum, by a step into the interior."""
        assert self.answer is not None
        inside = self.interior[self.answer]
        assert inside.strategy is not None
        step: Any = Fraction(1, 10**6)
        if not self.exact:
            step = min(1.0, max(1e-7, 2 * TIE / inside.value))
        moved: Numbers = self.strategy + step * (inside.strategy - self.strategy)
        return moved


def pure_values(own: Numbers, other: Numbers, ties: Ties) -> list[Any]:
    """Return what each pure strategy earns the leader."""
    slack: Any = 0 if own.dtype == object else TIE * spread_of(other)
    tied = other >= (other.max(axis=1) - slack)[:, None]
    if own.dtype == object:
        choose = max if ties == "strong" else min
        return [choose(row[best].tolist()) for row, best in zip(own, tied, strict=True)]
    if ties == "strong":
        values: list[Any] = np.where(tied, own, -np.inf).max(axis=1).tolist()
    else:
        values = np.where(tied, own, np.inf).min(axis=1).tolist()
    return values


def answered(
    game: NormalFormGame, strategy: Sequence[Any] | Numbers, leader: int, ties: Ties, exact: bool
) -> tuple[tuple[Any, ...], Any]:
    """Return a strategy as checked probabilities, and the follower's answer to it."""
    if exact:
        shares: tuple[Any, ...] = tuple(Fraction(share) for share in strategy)
    else:
        floats = np.array([float(share) for share in strategy])
        floats[floats < 1e-12] = 0.0
        shares = tuple((floats / floats.sum()).tolist())
    follower = [Fraction(int(k == 0)) for k in range(game.shape[1 - leader])]
    pair = (shares, follower) if leader == 0 else (follower, shares)
    mixed_profile(game, pair)
    return shares, answer(game, shares, leader=leader, ties=ties)

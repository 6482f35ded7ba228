"""Each world decides for itself, and pays for every option what makes it agree with the others.

Let every world w have a copy of the decision, and charge it m_wko for option o at point k. Where
the charges cancel, sum_w q_w m_w = 0, no common decision pays anything, so that

    min over a of sum_w q_w L_w(a)  >=  sum_w q_w min over a of (L_w(a) + m_w(a))

(Lagrangian or scenario decomposition, caroe1999). Every term on the right is a portfolio problem of
one world with other costs of its options. Good charges come from module `charges`; here is one
world's side: portfolios that are good under charges, which are found fast and teach the charges,
and the bound, which is proven.

A world whose dual comes apart (`solvers.boxes.separation`) finds good portfolios by turns between
the prices of the evader and the best portfolio at these prices, from the prices of good portfolios
and others near them; its bound is a search over prices, which can rest and go on (`proofs`). Other
worlds descend and solve a MILP (`programme`). Every answer has a bound: at first the relaxation's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from games.layered import Profile
from solvers.boxes.separation import Separation, separated
from solvers.descent import descend, respects_budgets
from solvers.evader import Evader
from solvers.grouped import GroupedRelaxation
from solvers.prices import Weights, first_box
from solvers.relaxation import Relaxation
from solvers.worlds.problem import WorldProblem
from solvers.worlds.programme import programmed
from solvers.worlds.proofs import Floors, PriceProof

if TYPE_CHECKING:
    from solvers.boxes.blocks import BlockFunctions

Array = NDArray[np.float64]

SAMPLED = 32
"""Prices that are tried around those of a good portfolio."""

NEARBY = 0.2
"""Standard deviation of their logarithms."""

TURNED = 4
"""Portfolios, beside those handed in, from which turns between prices and portfolios start."""

TOLD = 150
"""Portfolios that are told: those that cost least under the charges."""


@dataclass(frozen=True, eq=False)
class Question:
    """What a world is asked.

    Attributes
    ----------
    world : its number.
    charges : shape (points, options), bn USD a year.
    common : the portfolio that all worlds are to agree on; it and its neighbours are looked at.
    starts : further portfolios to start from.
    tolerance : bn USD a year, the finest that the bound will be taken to under these charges; None
        for the bound that is at hand.
    enough : bn USD a year by which the bound may miss the best portfolio for now; infinite for
        what the relaxation says under these charges.
    seconds : that the search of a bound may take.
    until : `time.time()` from which nothing is searched.
    """

    world: int
    charges: Array
    common: Profile
    starts: tuple[Profile, ...] = ()
    tolerance: float | None = None
    enough: float = 0.0
    seconds: float = np.inf
    until: float = np.inf


@dataclass(frozen=True)
class Answer:
    """What a world answers.

    Attributes
    ----------
    profile : the best portfolio found under the charges.
    value : its loss with its charges, bn USD a year.
    bound : what no portfolio's loss with charges is below, from all that was proven so far.
    known : portfolios and their losses without charges, the best under the charges first.
    """

    world: int
    profile: Profile
    value: float
    bound: float
    known: tuple[tuple[Profile, float], ...]


class Ask(Protocol):
    """Asks worlds, in this process or others, and yields answers as they come."""

    def __call__(self, questions: Sequence[Question]) -> Iterable[Answer]:
        """Yield the answers in the order of the questions."""
        ...

    def losses(self, profile: Profile, chosen: Sequence[int]) -> Array:
        """Return the members' loss in each of some worlds, shape (chosen,), bn USD a year."""
        ...


class Crew(Protocol):
    """Makes ready whoever answers for the worlds."""

    def __call__(self, problems: Sequence[WorldProblem]) -> AbstractContextManager[Ask]:
        """Return who can be asked, until the context ends."""
        ...


@contextmanager
def in_turn(problems: Sequence[WorldProblem]) -> Iterator[Ask]:
    """Answer in this process, one question after another."""
    yield Copies(dict(enumerate(problems)))


def make_ready(problem: WorldProblem) -> None:
    """Load all machine code that copies run, or have it compiled, for copies of this process."""
    separation = separated(problem.network, problem.weights.allowed)
    if separation is None:
        return
    from solvers.boxes.blocks import BlockFunctions
    from solvers.boxes.search import PriceSearch, best_at

    functions = BlockFunctions(separation, problem.weights, separation.cases()[0])
    box, nodes = first_box(problem.network), list(separation.coordinates)
    low = np.array([box.money_low, *box.node_low[nodes]])
    high = np.array([box.money_high, *box.node_high[nodes]])
    best_at(functions, low[None])
    with ThreadPoolExecutor(1) as threads:
        PriceSearch([functions], low, high).advance(np.inf, threads)


class Copies:
    """Some worlds that are answered for in one process; each gets its copy when it is first asked.

    Parameters
    ----------
    problems : of the worlds, by number.
    """

    def __init__(self, problems: Mapping[int, WorldProblem]) -> None:
        self._problems = problems
        self._copies: dict[int, Copy] = {}

    def __call__(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield the answers in the order of the questions."""
        return map(self.answer, questions)

    def answer(self, question: Question) -> Answer:
        """Answer a question."""
        return self._copy(question.world).answer(question)

    def losses(self, profile: Profile, chosen: Sequence[int]) -> Array:
        """Return the members' loss in each of some worlds, shape (chosen,), bn USD a year."""
        return np.array([self._copy(world).loss(profile) for world in chosen])

    def _copy(self, world: int) -> Copy:
        if world not in self._copies:
            self._copies[world] = Copy(self._problems[world])
        return self._copies[world]


class Copy:
    """One world's copy of the decision.

    Notes
    -----
    Losses are those of any of the evader's best responses: at least what the rule for ties leaves.
    Answers depend on the questions asked before.
    """

    def __init__(self, problem: WorldProblem) -> None:
        self._problem, self._network = problem, problem.network
        self._generator = np.random.default_rng(0)
        self._losses: dict[Profile, float] = {}
        self._near: set[Profile] = set()
        self._floors = Floors(problem.weights.allowed)
        self._proof: tuple[Array, PriceProof] | None = None

    @cached_property
    def _separation(self) -> Separation | None:
        return separated(self._network, self._problem.weights.allowed)

    @cached_property
    def _functions(self) -> list[BlockFunctions]:
        from solvers.boxes.blocks import BlockFunctions

        assert self._separation is not None
        cases = self._separation.cases()
        return [BlockFunctions(self._separation, self._problem.weights, one) for one in cases]

    @cached_property
    def _fair(self) -> Evader:
        """The evader whose ties are settled as losses have it."""
        return self._evader if self._problem.exact else self._problem.evader()

    @cached_property
    def _evader(self) -> Evader:
        """The evader whose ties are in nobody's favour: never below the loss."""
        return Evader(self._network)

    def loss(self, profile: Profile) -> float:
        """Return the members' loss, bn USD a year."""
        if self._problem.exact:
            return self._loss(profile)
        return self._problem.loss(self._fair, profile)

    def answer(self, question: Question) -> Answer:
        """Answer a question."""
        charges = question.charges
        weights = replace(
            self._problem.weights,
            options=tuple(
                tuple(cost + float(charge) for cost, charge in zip(costs, row, strict=False))
                for costs, row in zip(self._problem.weights.options, charges, strict=True)
            ),
        )
        if not self._floors:
            self._floors.add(np.zeros_like(charges), self._relaxed(self._problem.weights))

        def value(profile: Profile) -> float:
            return self._loss(profile) + float(charges[range(len(profile)), profile].sum())

        found = self._found(question, weights, value)
        if question.tolerance is not None and time.time() < question.until:
            found, bound = self._bounded(question, weights, found, value, question.tolerance)
            self._floors.add(charges, bound)
        known = tuple((one, self._losses[one]) for one in self._told(charges))
        return Answer(question.world, *found, min(found[1], self._floors.under(charges)), known)

    def _relaxed(self, weights: Weights) -> float:
        """Return what no portfolio's loss is below, by a relaxation: the stronger before a MILP."""
        network, box = self._network, first_box(self._network)
        if self._separation is not None:
            return Relaxation(network, weights, box).value() - self._problem.constant
        relaxation = GroupedRelaxation(network, weights, box, credits=self._problem.credits)
        return relaxation.value() - self._problem.constant

    def _found(self, question: Question, weights: Weights, value: _Value) -> tuple[Profile, float]:
        """Return the best portfolio under charges that turns and descent find in time."""
        charges = question.charges
        value(question.common)
        known = min([self._told(charges)[0], *question.starts], key=value)
        settled = self._at_hand(question) is not None or np.isinf(question.enough)
        if settled or time.time() >= question.until:
            return known, value(known)
        self._look_around(question.common)
        starts = [question.common, *question.starts]
        if self._separation is not None:
            starts += self._told(charges)[:TURNED]
            starts = self._turns(starts, charges, value)
        found = descend(
            self._network.game,
            weights,
            value,
            starts=starts,
            generator=self._generator,
            rounds=1 if self._separation is not None else 2,
        )
        assert found is not None  # the common portfolio is within the budgets
        return found

    def _at_hand(self, question: Question) -> PriceProof | None:
        """Return the search that has begun under the same charges, where it can be taken on."""
        if self._proof is None or question.tolerance is None:
            return None
        charges, proof = self._proof
        same = np.array_equal(charges, question.charges)
        return proof if same and proof.tolerance <= question.tolerance * (1 + 1e-9) else None

    def _loss(self, profile: Profile) -> float:
        loss = self._losses.get(profile)
        if loss is None:
            loss = self._problem.loss(self._evader, profile)
            self._losses[profile] = loss
        return loss

    def _look_around(self, profile: Profile) -> None:
        """Compute the losses of a portfolio and of all that differ in one option."""
        if profile in self._near:
            return
        self._near.add(profile)
        self._loss(profile)
        for k, options in enumerate(self._problem.weights.allowed):
            for option in options:
                changed = (*profile[:k], option, *profile[k + 1 :])
                if self._affords(changed):
                    self._loss(changed)

    def _affords(self, profile: Profile) -> bool:
        return respects_budgets(self._network.game, self._problem.weights, profile)

    def _told(self, charges: Array) -> list[Profile]:
        """Return the known portfolios that cost least under charges."""
        profiles = list(self._losses)
        points = np.arange(len(charges))
        values = np.array(list(self._losses.values())) + charges[points, np.array(profiles)].sum(1)
        return [profiles[i] for i in np.argsort(values, kind="stable")[:TOLD]]

    def _turns(self, starts: Sequence[Profile], charges: Array, value: _Value) -> list[Profile]:
        """Return the best portfolio that turns between prices and portfolios reach."""
        from solvers.boxes.search import best_at

        functions = [one.charged(charges) for one in self._functions]

        def best(prices: Array) -> list[Profile]:
            by_case = [
                sorted(best_at(one, prices), key=lambda offer: offer.reached)[:TURNED]
                for one in functions
            ]
            offers = [offer for of_case in by_case for offer in of_case]
            return [offer.profile for offer in sorted(offers, key=lambda offer: offer.reached)]

        centre = self._prices(min(starts, key=value))
        noise = self._generator.normal(0.0, NEARBY, size=(SAMPLED, len(centre)))
        sampled = best(centre * np.exp(noise))
        seen: set[Profile] = set()
        found, least = starts[0], np.inf
        for start in [*starts, *sampled[:TURNED]]:
            profile = start
            while profile not in seen and self._affords(profile):
                seen.add(profile)
                if value(profile) < least:
                    found, least = profile, value(profile)
                profile = best(self._prices(profile)[None])[0]
        return [found]

    def _prices(self, profile: Profile) -> Array:
        assert self._separation is not None
        response = self._evader.respond(profile)
        return np.array(
            [response.money_price, *response.node_prices[list(self._separation.coordinates)]]
        )

    def _bounded(
        self,
        question: Question,
        weights: Weights,
        found: tuple[Profile, float],
        value: _Value,
        tolerance: float,
    ) -> tuple[tuple[Profile, float], float]:
        """Return the best portfolio with its value, and a bound within what is enough."""
        bound, enough = -np.inf, max(question.enough, tolerance)
        if self._separation is not None:
            found, bound = self._searched(question, weights, found, value, tolerance)
            if found[1] - bound <= enough * (1 + 1e-9) + 1e-9:
                return found, bound
        constant = self._problem.constant
        if self._separation is None:
            bound = self._relaxed(weights)
        left = min(question.until - time.time(), question.seconds)
        if found[1] - bound <= enough or left <= 0:
            return found, min(bound, found[1])
        proven = programmed(
            self._problem, weights, at_most=found[1] + constant, gap=enough, time_limit=left
        )
        bound = max(bound, proven.bound - constant)
        if proven.profile is not None and value(proven.profile) < found[1]:
            found = (proven.profile, value(proven.profile))
        return found, min(bound, found[1])

    def _searched(
        self,
        question: Question,
        weights: Weights,
        found: tuple[Profile, float],
        value: _Value,
        tolerance: float,
    ) -> tuple[tuple[Profile, float], float]:
        """Search the prices, from where the search under the same charges rests."""
        assert self._separation is not None
        constant = self._problem.constant
        proof = self._at_hand(question)
        if proof is None:
            proof = PriceProof(
                self._network,
                weights,
                [one.charged(question.charges) for one in self._functions],
                list(self._separation.coordinates),
                found=(found[0], found[1] + constant),
                tolerance=tolerance,
            )
            self._proof = question.charges, proof
        proof.advance(
            lambda profile: value(profile) + constant,
            self._affords,
            enough=max(question.enough, tolerance),
            until=question.until,
        )
        return (proof.profile, proof.reached - constant), proof.bound - constant


class _Value(Protocol):
    def __call__(self, profile: Profile, /) -> float: ...

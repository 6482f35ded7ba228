"""Worlds that come to agree: charges in rounds, then a proof that may stop at any time.

In a round every world tells which portfolios are good under its charges (`copies`), the charges
follow from these (`charges`), and what the copies choose is tried in all worlds. Where nothing
better turns up, the bound is proven in every world that counts. Each answer comes with a bound that
holds under its charges, so that the weighted sum of all is a bound at any time, and only rises:

1. before a proof, what an earlier proof or the relaxation of the world says, moved to the charges;
2. a search in each world to `COARSE` times what it may miss, which rests there;
3. the same searches go on, the widest gaps first, until the worlds together are within the gap.

Where searches cannot rest, because they are MILPs, the relaxations under the charges come before
them, the narrowest gaps first, each within its share of the time; those that were cut short are
solved once more with what time is left.

If some world does better than was known and the gap stays open, rounds go on from there.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from games.layered import Profile
from solvers.boxes.separation import separated
from solvers.worlds.charges import Charged, agreeing, uncharged
from solvers.worlds.copies import Answer, Ask, Question
from solvers.worlds.incumbent import Incumbent
from solvers.worlds.measures import Array

PROOFS = 3
"""Proofs at most, each after more rounds."""

ROUNDS = 40
"""Rounds of agreement before a proof, at most."""

STALE, STALE_BEFORE_MILPS = 3, 12
"""Rounds without a gain worth telling after which agreement ends; more where proofs cost more."""

RELUCTANT = 30.0
"""Reluctance at first, and at least, where MILPs prove worlds: these are far apart, and steps that
are too long waste rounds that take seconds."""

STIFFER, MUCH_STIFFER, LOOSER = 3.0, 10.0, 2.0
"""By what reluctance grows where charges made the worlds agree less, where far less; and falls
where they agree more."""

SETTLED = 0.2
"""Share of the gap up to which agreement may miss the portfolio's value, to stop early."""

SLACK, LEAST = 0.9, 0.15
"""Share of what is open that the bounds of the worlds may miss; share of the gap, at least."""

COARSE, FINEST = 4.0, 0.6
"""Where a first search rests, and the finest that it can be taken to later; times what the bound
of a world may miss."""

SHARE_OF_ROUNDS, SHARE_OF_ROUNDS_BEFORE_MILPS = 0.5, 0.35
"""Share of the time after which rounds end for a proof, whatever is left."""

SHARE_BEFORE_MILPS = 0.5
"""Share of the time after which the proof that has begun is the last one, where it needs MILPs."""

TRIED = 4
"""Portfolios of copies which are tried in all worlds, each round."""

KEPT = 250
"""Portfolios of each world from which charges are made."""

IN_TAIL = 6
"""Worlds that take part in a tail or a largest regret, at least."""

FIRST = 24
"""Worlds, about, that are proven first, to see whether more rounds are worth more: a tenth at most
of a small sample."""

HASTE = 0.4
"""Share of the time that is left for MILPs which more rounds may follow."""

LENIENT = 2.0
"""Times its share of the time that one MILP may take: most take less."""

FINER = (1.0, 0.5, 0.25)
"""What a bound may miss in passes of MILPs over what is left, times what it may miss at first: some
worlds never come as near as that."""

PARTS = 10
"""Parts of a last pass, after each of which it may end; worlds of a part are asked together."""

Known = dict[Profile, float]


class Agreement:
    """The rounds and proofs of one search."""

    def __init__(self, incumbent: Incumbent, ask: Ask) -> None:
        worlds = incumbent.worlds
        self._incumbent, self._worlds, self._ask = incumbent, worlds, ask
        self._known: list[Known] = [{} for _ in worlds.problems]
        first = worlds.problems[0]
        self._resting = separated(first.network, first.weights.allowed) is not None

    def reach(self) -> None:
        """Raise the bound as far as agreement gets in time."""
        options = 1 + max(max(options) for options in self._worlds.allowed)
        incumbent = self._incumbent
        charged = uncharged(incumbent.weights(), len(self._worlds.allowed), options)
        given = incumbent.left
        values = bounds = np.full(len(self._worlds), -np.inf)
        for proof in range(PROOFS):
            if incumbent.closed or (proof and incumbent.left <= 0):
                break
            charged, values, bounds = self._rounds(charged, values, bounds)
            late = not self._resting and incumbent.left < (1 - SHARE_BEFORE_MILPS) * given
            if not self._prove(charged, values, bounds, patient=late or proof + 1 == PROOFS):
                break

    def each(self, tolerance: float) -> list[Answer]:
        """Return what every world by itself answers, without charges, within a tolerance."""
        worlds = self._worlds
        options = 1 + max(max(options) for options in worlds.allowed)
        alone = uncharged(worlds.probabilities, len(worlds.allowed), options)
        questions = self._questions(range(len(worlds)), alone, tolerance, learnt=False)
        answers = []
        for answer in self._ask(questions):
            answers.append(answer)
            self._incumbent.tell("the best of each world", len(answers), len(worlds))
        return answers

    def _rounds(
        self, charged: Charged, values: Array, bounds: Array
    ) -> tuple[Charged, Array, Array]:
        """Let copies and charges take turns; return the best charges, values and bounds there.

        Charges start from the best ones so far, and move less where the last step was too long
        (a proximal method, kiwiel1990). Copies are not asked where the time is up:
        values and bounds are then minus infinity.

        Parameters
        ----------
        values, bounds : of copies at `charged`, where these were asked already; else infinite.
        """
        worlds, incumbent = self._worlds, self._incumbent
        share = SHARE_OF_ROUNDS if self._resting else SHARE_OF_ROUNDS_BEFORE_MILPS
        until = time.perf_counter() + share * incumbent.left
        best, best_values, best_bounds = charged, values.copy(), bounds
        least = 1.0 if self._resting else RELUCTANT
        reluctance = least
        reached = self._reached(best, best_values)
        stale, patience = 0, STALE if self._resting else STALE_BEFORE_MILPS
        for done in range(ROUNDS):
            if time.perf_counter() > until:
                break
            incumbent.tell("worlds that come to agree", done, ROUNDS)
            members = self._members(charged.weights)
            if math.isfinite(reached):
                charged = agreeing(
                    [
                        list(one.items()) if w in members else []
                        for w, one in enumerate(self._known)
                    ],
                    best,
                    reluctance=reluctance,
                    limits=incumbent.measure.limits(worlds.probabilities),
                    best=incumbent.lowest(),
                    scale=incumbent.scale,
                )
                members = self._members(charged.weights)
            values, bounds = np.full((2, len(worlds)), np.nan)
            found: Counter[Profile] = Counter()
            for answer in self._ask(self._questions(sorted(members), charged, None)):
                values[answer.world], bounds[answer.world] = answer.value, answer.bound
                found[answer.profile] += 1
                self._learn(answer, charged)
            self._raise(charged, bounds)
            total = self._total(charged, values)
            reached = self._reached(best, best_values)
            wild = total < 2 * reached - incumbent.value  # far from where the known still tell
            if not wild:
                gained = total > reached + incumbent.gap / 20 * incumbent.scale
                stale = 0 if gained else stale + 1
            if total > reached:
                reached, best, best_values, best_bounds = total, charged, values, bounds
                reluctance = max(least, reluctance / LOOSER)
            else:
                reluctance *= MUCH_STIFFER if wild else STIFFER
            for profile, _ in found.most_common(TRIED):
                incumbent.attempt(profile)
            settled = SETTLED * incumbent.gap * incumbent.scale
            if incumbent.value - reached <= settled or stale >= patience:
                break
        return best, best_values, best_bounds

    def _reached(self, best: Charged, values: Array) -> float:
        """Return what copies come to at the best charges, with all that was learnt since."""
        counted = np.flatnonzero(best.weights)
        if not np.isfinite(values[counted]).all():
            return -math.inf
        for world in counted:
            known = _least_value(self._known[world], best.charges[world])
            values[world] = min(values[world], known)
        return self._total(best, values)

    def _prove(self, charged: Charged, values: Array, bounds: Array, *, patient: bool) -> bool:
        """Prove the bound of every copy that counts; return whether more rounds may help.

        Unless it is patient, a proof ends after a few worlds where some do better than was known,
        and the bounds of these worlds say that the gap will stay open.
        """
        incumbent = self._incumbent
        counted = [int(w) for w in np.flatnonzero(charged.weights)]
        values, bounds = values.copy(), bounds.copy()
        tolerance = self._tolerance(charged, values)
        finest = FINEST * tolerance if self._resting else tolerance
        better = 0
        haste = 1.0 if patient else HASTE

        def ask(part: Sequence[int], enough: float, stage: str, share: float = math.inf) -> None:
            nonlocal better
            questions = self._questions(
                part,
                charged,
                min(finest, enough),
                enough=enough,
                seconds=math.inf if math.isinf(share) else share * haste * incumbent.left,
            )
            for done, answer in enumerate(self._ask(questions), start=1):
                world = answer.world
                better += answer.value < values[world] - tolerance / 10
                values[world] = min(values[world], answer.value)
                if not math.isfinite(values[world]):
                    values[world] = answer.value
                bounds[world] = max(bounds[world], answer.bound)
                self._learn(answer, charged)
                self._raise(charged, bounds)
                incumbent.tell(stage, done, len(part))

        first = counted[:: max(1, min(10, len(counted) // 8), len(counted) // FIRST)]
        if not self._resting:
            ask(counted, math.inf, "relaxations")
            first.sort(key=lambda w: values[w] - bounds[w])
        ask(first, tolerance, "proof, a few worlds", LENIENT / len(counted))
        missed = float(
            charged.weights[first] @ (values[first] - bounds[first])
        )  # others may be -inf
        missed /= float(charged.weights[first].sum())
        open_ = incumbent.value - self._total(charged, values) + missed
        if better and open_ > incumbent.gap * incumbent.scale and not patient:
            return True
        if self._resting:
            ask([w for w in counted if w not in first], COARSE * tolerance, "proof, roughly")
        else:
            others = sorted(set(counted) - set(first), key=lambda w: values[w] - bounds[w])
            ask(others, tolerance, "proof, narrowest gaps first", LENIENT / len(counted))
        for finer in (1.0,) if self._resting else FINER:
            tolerance = finer * self._tolerance(charged, values)
            wide = [w for w in counted if bounds[w] < values[w] - tolerance * (1 + 1e-9)]
            wide.sort(key=lambda w: bounds[w] - values[w])
            size = max(PARTS, -(-len(wide) // PARTS))
            for start in range(0, len(wide), size):
                if incumbent.closed or incumbent.left <= 0:
                    break
                share = LENIENT / (len(wide) - start)
                ask(wide[start : start + size], tolerance, "proof, widest gaps first", share)
        return better > 0

    def _tolerance(self, charged: Charged, values: Array) -> float:
        """Return what the bound of each world may miss, bn USD a year."""
        incumbent = self._incumbent
        gap = incumbent.gap * incumbent.scale
        open_ = gap - (incumbent.value - self._total(charged, values)) - charged.residue
        return max(SLACK * open_ if math.isfinite(open_) else 0.0, LEAST * gap)

    def _raise(self, charged: Charged, bounds: Array) -> None:
        """Raise the bound to what the worlds' bounds come to."""
        total = self._total(charged, bounds)
        if math.isfinite(total):
            self._incumbent.raise_bound(total - charged.residue)

    def _total(self, charged: Charged, values: Array) -> float:
        """Return the weighted sum of what copies come to."""
        counted = np.flatnonzero(charged.weights)
        return math.fsum(charged.weights[counted] * (values - self._incumbent.lowest())[counted])

    def _members(self, weights: Array) -> set[int]:
        """Return the worlds that take part: all, or those of the tail and as many again."""
        worlds, incumbent = self._worlds, self._incumbent
        if incumbent.measure.kind in ("expected", "blend"):
            return {int(w) for w in np.flatnonzero(worlds.probabilities)}
        counted = np.flatnonzero(weights)
        losses = worlds.losses(incumbent.profile) - incumbent.lowest()
        losses[worlds.probabilities == 0] = -np.inf
        size = max(2 * int(np.count_nonzero(incumbent.weights())), IN_TAIL)
        return {int(w) for w in [*counted, *np.argsort(-losses, kind="stable")[:size]]}

    def _questions(
        self,
        members: Sequence[int],
        charged: Charged,
        tolerance: float | None,
        *,
        enough: float = 0.0,
        seconds: float = math.inf,
        learnt: bool = True,
    ) -> list[Question]:
        until = time.time() + self._incumbent.left
        return [
            Question(
                world=w,
                charges=charged.charges[w],
                common=self._incumbent.profile,
                starts=_least(self._known[w], charged.charges[w], 2) if learnt else (),
                tolerance=tolerance,
                enough=enough,
                seconds=seconds,
                until=until,
            )
            for w in members
        ]

    def _learn(self, answer: Answer, charged: Charged) -> None:
        """Keep what a world told, and of what was known the portfolios that cost least."""
        known = self._known[answer.world]
        known.update(answer.known)
        kept = {p: known[p] for p in _least(known, charged.charges[answer.world], KEPT)}
        known.clear()
        known.update(kept)


def _least_value(known: Known, charges: Array) -> float:
    """Return what the known portfolio that costs least under charges costs, charges included."""
    best = _least(known, charges, 1)[0]
    return known[best] + float(charges[np.arange(len(charges)), best].sum())


def _least(known: Known, charges: Array, count: int) -> tuple[Profile, ...]:
    """Return the known portfolios that cost least under charges."""
    if not known:
        return ()
    profiles = list(known)
    paid = charges[np.arange(len(charges)), np.array(profiles)].sum(axis=1)
    order = np.argsort(np.array(list(known.values())) + paid, kind="stable")[:count]
    return tuple(profiles[i] for i in order)

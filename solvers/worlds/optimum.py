"""The best portfolio for many worlds, with a proven bound.

1. Few profiles: all are tried in all worlds, and the best is the optimum.
2. Descent finds a portfolio (`search`).
3. Each world gets a copy of the decision (`copies`), and charges that make the copies agree
   (`charges`): in rounds, the worlds tell which portfolios are good under the charges, and the
   charges follow from these. For CVaR and regret the weights of the worlds are found with the
   charges. What the copies choose is tried in all worlds, and proofs in each world bound them
   together (`agreement`).
4. What agreement leaves open over a few worlds is closed by one MILP (`together`): for regret over
   the worlds where some portfolio's regret is largest, worlds being added until no other world has
   a larger one.

For regret the best loss of every world is bounded before, one by one, without charges.

At the limit of time the best portfolio so far comes with the best bound so far, which is finite
from the first round on.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from games.layered import Profile
from solvers.worlds.agreement import IN_TAIL, Agreement
from solvers.worlds.copies import Ask, Crew, in_turn
from solvers.worlds.incumbent import Incumbent
from solvers.worlds.measures import Measure
from solvers.worlds.problem import ManyWorlds
from solvers.worlds.record import Alone, BestForWorlds, Method, Progress
from solvers.worlds.search import search
from solvers.worlds.together import together_bound

ENOUGH = 20_000
"""Profiles times worlds up to which all are tried."""

FIRST_WORLDS = 8
"""Worlds in which a first portfolio is looked for, where there are many more."""

FEW = 6
"""Worlds up to which all of them may be put into one MILP."""

BEST_GAP = 1e-3
"""Relative gap to which the best loss of a single world is proven, for regret."""


def best_for_worlds(
    worlds: ManyWorlds,
    measure: Measure,
    *,
    starts: Sequence[Profile] = (),
    gap: float = 0.01,
    time_limit: float = 600.0,
    generator: np.random.Generator,
    crew: Crew = in_turn,
    progress: Callable[[Progress], None] = lambda _: None,
    enough: int = ENOUGH,
    each: bool = False,
) -> BestForWorlds:
    """Return the portfolio with the smallest measure over many worlds.

    Parameters
    ----------
    starts : profiles to descend from, beside the status quo and the strongest options.
    gap : relative gap between value and bound to reach.
    time_limit : seconds.
    crew : who answers for the worlds.
    enough : profiles times worlds up to which all are tried.
    each : whether to find the best portfolio for every world by itself as well; regret always does.

    Raises
    ------
    InfeasibleError
        When no portfolio respects the budgets of every world.
    """
    incumbent = Incumbent(
        worlds,
        measure,
        gap=gap,
        time_limit=time_limit,
        generator=generator,
        progress=progress,
    )
    profiles = math.prod(len(options) for options in worlds.allowed)
    if profiles * len(worlds) <= enough:
        return _enumerated(incumbent)
    ends = [tuple(options[end] for options in worlds.allowed) for end in (0, -1)]
    with crew(worlds.problems) as ask, worlds.answered_by(ask.losses):
        _first(incumbent, [*starts, worlds.games[0].status_quo, *ends])
        return _proven(incumbent, ask, each=each)


def _enumerated(incumbent: Incumbent) -> BestForWorlds:
    """Try every profile in every world."""
    worlds, measure = incumbent.worlds, incumbent.measure
    profiles = [p for p in itertools.product(*worlds.allowed) if worlds.affords(p)]
    losses = np.array([worlds.losses(profile) for profile in profiles])
    least = losses.argmin(axis=0)
    low = losses.min(axis=0)
    incumbent.alone = Alone(low, low, tuple(profiles[place] for place in least))
    if measure.kind == "regret":
        incumbent.best = low
    values = [measure.value(one, worlds.probabilities, incumbent.best) for one in losses]
    place = int(np.argmin(values))
    incumbent.profile, incumbent.value = profiles[place], values[place]
    incumbent.raise_bound(values[place])
    return incumbent.result("enumeration")


def _first(incumbent: Incumbent, starts: Sequence[Profile]) -> None:
    """Find a portfolio: from all starts in a few worlds, from the best of these in all."""
    incumbent.tell("first portfolio", 0, 1)
    worlds = incumbent.worlds
    regret = incumbent.measure.kind == "regret"  # of which nothing is known yet
    measure = Measure("expected") if regret else incumbent.measure
    if len(worlds) > 2 * FIRST_WORLDS:
        weights = measure.weights(worlds.losses(incumbent.profile), worlds.probabilities)
        chosen = np.argsort(-weights, kind="stable")[:FIRST_WORLDS]
        if measure.kind == "expected":
            chosen = incumbent.generator.choice(len(worlds), size=FIRST_WORLDS, replace=False)
        few = worlds.part(chosen)
        profile, _ = search(
            few,
            Measure("expected"),
            starts=[few.repaired(s) for s in starts],
            generator=incumbent.generator,
        )
        starts = [profile]
    incumbent.descend(starts, measure)


def _proven(incumbent: Incumbent, ask: Ask, *, each: bool) -> BestForWorlds:
    """Improve the portfolio, and bound what any other could reach."""
    regret = incumbent.measure.kind == "regret"
    agreement = Agreement(incumbent, ask)
    if each or regret:
        _alone(incumbent, agreement)
    if regret:
        assert incumbent.alone is not None
        incumbent.best, incumbent.bound, incumbent.value = incumbent.alone.low, 0.0, math.inf
        frequent = [p for p, _ in Counter(incumbent.alone.profiles).most_common(2)]
        incumbent.descend([incumbent.profile, *frequent])
    agreement.reach()
    method: Method = "agreement"
    if not incumbent.closed:
        method = "agreement and one program"
        (_worst if regret else _together)(incumbent)
    return incumbent.result(method)


def _alone(incumbent: Incumbent, agreement: Agreement) -> None:
    """Find the best portfolio for every world by itself."""
    worlds = incumbent.worlds
    high = worlds.losses(incumbent.profile).copy()
    low = np.full(len(worlds), -np.inf)
    profiles = [incumbent.profile] * len(worlds)
    for answer in agreement.each(BEST_GAP * max(1.0, float(np.abs(high).mean()))):
        world = answer.world
        low[world] = answer.bound
        loss = worlds.loss(world, answer.profile)
        if loss < high[world]:
            high[world], profiles[world] = loss, answer.profile
    incumbent.alone = Alone(np.minimum(low, high), high, tuple(profiles))


def _together(incumbent: Incumbent) -> None:
    """Put worlds into one MILP: all, or ever more of the worst."""
    worlds, measure = incumbent.worlds, incumbent.measure
    if measure.kind == "blend" or (measure.tail == 0 and len(worlds) > FEW):
        return
    reached = np.cumsum(np.sort(worlds.probabilities)[::-1])
    size = int(np.searchsorted(reached, 1 - measure.tail - 1e-12)) + 1
    size = min(len(worlds), max(size, IN_TAIL))
    while not incumbent.closed and (left := incumbent.left) > 0:
        incumbent.tell(f"the worst {size} worlds at once", 0, 1)
        order = np.argsort(-worlds.losses(incumbent.profile), kind="stable")[:size]
        outcome = together_bound(
            [worlds.problems[w] for w in order],
            measure,
            probabilities=worlds.probabilities[order],
            target=incumbent.value,
            gap=incumbent.gap / 2,
            time_limit=left,
        )
        incumbent.raise_bound(outcome.bound)
        incumbent.attempt(outcome.profile)
        if size == len(worlds):
            break
        size = min(len(worlds), 2 * size)


def _worst(incumbent: Incumbent) -> None:
    """Bound the regret over the worlds where it is largest."""
    worlds = incumbent.worlds
    assert incumbent.alone is not None
    assert incumbent.best is not None
    chosen = [int(np.argmax(worlds.losses(incumbent.profile) - incumbent.best))]
    while not incumbent.closed and (left := incumbent.left) > 0:
        incumbent.tell(f"{len(chosen)} worlds of large regret", 0, 1)
        outcome = together_bound(
            [worlds.problems[w] for w in chosen],
            incumbent.measure,
            probabilities=np.ones(len(chosen)),
            best=incumbent.alone.high[chosen],
            target=incumbent.value,
            gap=incumbent.gap / 4,
            time_limit=left,
        )
        incumbent.raise_bound(outcome.bound)
        if outcome.profile is None:
            break
        incumbent.attempt(outcome.profile)
        if incumbent.left > 0:
            incumbent.descend([incumbent.profile])
        regrets = worlds.losses(outcome.profile) - incumbent.best
        worst = int(np.argmax(regrets))
        if worst in chosen:
            break
        chosen.append(worst)

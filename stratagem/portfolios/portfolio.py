"""How a portfolio for many worlds comes about: sampled, solved, recomputed, tried on others.

>>> import stratagem as sg
>>> sg.portfolio(sg.load("two-layers"), worlds=16).certificate.status
'proven'
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np

from games.errors import InputError
from games.given import is_whole, told
from games.layered import LayeredGame
from scenarios.scenario import Scenario
from scenarios.worlds import Method, Worlds, sample
from solvers.worlds.budgets import Budgets, appropriated, overruns, priced_out
from solvers.worlds.certificate import certify_worlds
from solvers.worlds.copies import Crew
from solvers.worlds.measures import Array, parse_measure
from solvers.worlds.optimum import best_for_worlds
from solvers.worlds.problem import ManyWorlds
from solvers.worlds.record import BestForWorlds, Progress
from solvers.worlds.replication import Replication, replication
from stratagem.cases import case_of
from stratagem.limits import TIME_LIMIT, check_settings, cores, ignore
from stratagem.portfolios.crew import crew_of
from stratagem.portfolios.record import WorldsPortfolio

GAP = 0.01
"""Relative gap to prove, by default."""

FRESH = 1000
"""Worlds, unseen by the choice, that a portfolio is tried in where replications are asked for."""

MOST_REPLICATIONS = 1000
"""Samples that may be asked for: an interval is hardly any other after some dozens."""

SMALL = 3000
"""Profiles times worlds up to which workers take longer to start than the work does."""


def portfolio(
    world: Scenario,
    *,
    worlds: int = 200,
    measure: str = "expected",
    sampling: Method = "sobol",
    seed: int = 0,
    pooled: bool = False,
    budgets: Budgets = "stated",
    replications: int = 0,
    each: bool = False,
    gap: float = GAP,
    time_limit: float = TIME_LIMIT,
    jobs: int | None = 1,
    progress: Callable[[Progress], None] = ignore,
) -> WorldsPortfolio:
    """Return the portfolio that is best for many worlds together, decided before they are known.

    Parameters
    ----------
    worlds : how many are drawn from the scenario's ranges.
    measure : `expected`, `cvar:SHARE` (mean of the worst 1 - SHARE of the worlds) or `regret` (the
        largest loss above the best portfolio of a world).
    sampling : how worlds are drawn, see `scenarios.worlds.sample`.
    pooled : whether the controllers share one budget.
    budgets : `stated`: outlays at the scenario's stated costs keep to its stated budgets; `every`:
        to those of every world, at its costs.
    replications : samples of other worlds for the statistical interval; 0 for none, else 2 to 1000.
    each : whether to find the best portfolio of every world too; regret always does.
    gap : relative gap to prove on the sample.
    time_limit : seconds for the portfolio, and as much again for the replications.
    jobs : worker processes; None for one per core.
    progress : called as the work goes on.

    Raises
    ------
    InputError
        When something handed in is wrong, or no world has a game.
    NotCertifiedError
        When a check fails in a world.
    """
    chosen = parse_measure(measure)
    check_settings(jobs=jobs, seed=seed, time_limit=time_limit, gap=gap)
    if not is_whole(replications) or (replications and not 2 <= replications <= MOST_REPLICATIONS):
        raise InputError(
            f"replications: expected 0 for none, or from 2 to {MOST_REPLICATIONS}; found "
            f"{told(replications)}"
        )
    if replications and chosen.kind == "regret":
        raise InputError(
            "replications: expected the measure expected or cvar:SHARE, found regret, which is no "
            "mean - leave them out"
        )
    if budgets not in get_args(Budgets):
        raise InputError(f"budgets: expected stated or every, found {budgets!r}")
    case = case_of(world)
    stated = case.game if budgets == "stated" else None
    drawn = drawn_worlds(world, worlds, seed=seed, sampling=sampling)
    games = list(drawn.games.values())
    crew = crew_of(jobs_for(games, jobs))
    many = _together(games, stated, pooled=pooled)
    found = best_for_worlds(
        many,
        chosen,
        gap=gap,
        time_limit=time_limit,
        generator=np.random.default_rng(seed),
        crew=crew,
        progress=progress,
        each=each,
    )
    certificate, outcomes = certify_worlds(
        games,
        found,
        player=many.player,
        probabilities=many.probabilities,
        gap=gap,
        appropriated=stated,
    )
    today = games[0].status_quo
    interval = None
    if replications:
        interval = _replicated(
            world, found, replications, worlds=worlds, seed=seed, pooled=pooled, stated=stated,
            gap=gap, time_limit=time_limit, crew=crew, progress=progress,
        )  # fmt: skip
    overrun, exceeded = overruns(
        games, found.profile, player=many.player, probabilities=many.probabilities
    )
    return WorldsPortfolio(
        scenario=case.name,
        scenario_title=case.title,
        scenario_hash=case.hash,
        game=case.game,
        found=found,
        outcomes=outcomes,
        probabilities=many.probabilities,
        today=many.losses(today),
        months=np.array([sum(outcome.months.values()) for outcome in outcomes]),
        months_today=_months(many, today),
        certificate=certificate,
        replication=interval,
        pooled=pooled,
        budgets=budgets,
        overrun=overrun,
        overruns=exceeded,
        priced_out=() if stated else priced_out(games, player=many.player),
        seed=seed,
        gap=gap,
        time_limit=time_limit,
        method=sampling,
        left_out=len(drawn.faults),
        titles=case.titles,
    )


def drawn_worlds(world: Scenario, count: int, *, seed: int, sampling: Method) -> Worlds:
    """Return worlds of a scenario, or raise `InputError` where none of them makes sense."""
    drawn = sample(world, count, seed=seed, method=sampling)
    if not drawn.games:
        raise InputError(
            f"{world.name}: expected worlds that make sense, found {count} that contradict "
            f"themselves, the first: {drawn.faults[0]}"
        )
    return drawn


def _together(
    games: Sequence[LayeredGame], stated: LayeredGame | None, *, pooled: bool
) -> ManyWorlds:
    """Return worlds as one problem, with the budgets of `stated` unless it is None."""
    return ManyWorlds(appropriated(games, stated) if stated else games, pooled=pooled)


def _months(many: ManyWorlds, profile: tuple[int, ...]) -> Array:
    """Return the months of all fronts in every world."""
    months = []
    for world, game in enumerate(many.games):
        quantities = many.respond(world, profile).quantities
        months.append(
            sum(f.months(q) for f, q in zip(game.fronts, quantities.tolist(), strict=True))
        )
    return np.array(months)


def _replicated(
    world: Scenario,
    found: BestForWorlds,
    count: int,
    *,
    worlds: int,
    seed: int,
    pooled: bool,
    stated: LayeredGame | None,
    gap: float,
    time_limit: float,
    crew: Crew,
    progress: Callable[[Progress], None],
) -> Replication:
    """Return the interval from fresh worlds and from samples of others, all drawn independently."""
    seeds = np.random.SeedSequence(seed).generate_state(count + 1)
    fresh = _games(world, max(FRESH, worlds), int(seeds[0]))
    losses = _together(fresh, stated, pooled=pooled).losses(found.profile)
    size = max(2, math.ceil(worlds / count))
    bounds = []
    for place, each in enumerate(seeds[1:]):
        games = _games(world, size, int(each))
        other = best_for_worlds(
            _together(games, stated, pooled=pooled),
            found.measure,
            starts=[found.profile],
            gap=gap,
            time_limit=time_limit / count,
            generator=np.random.default_rng(int(each)),
            crew=crew,
        )
        bounds.append(other.bound)
        progress(Progress("replications", place + 1, count, found.value, found.bound))
    return replication(losses, bounds, found.measure, threshold=_threshold(found), worlds_each=size)


def _threshold(found: BestForWorlds) -> float:
    """Return the loss at which the tail of a CVaR begins."""
    if found.measure.kind != "cvar":
        return 0.0
    return float(np.quantile(found.losses, found.measure.tail, method="inverted_cdf"))


def _games(world: Scenario, count: int, seed: int) -> list[LayeredGame]:
    return list(sample(world, count, seed=seed, method="random").games.values())


def jobs_for(games: Sequence[LayeredGame], jobs: int | None) -> int:
    """Return how many processes worlds are shared between: as asked, else one for a small game."""
    if jobs is not None:
        return jobs
    profiles = math.prod(len(point.options) for point in games[0].points)
    return 1 if profiles * len(games) <= SMALL else cores()

"""The map of unilateral play: where best responses end, from where, and what is proven of it.

Every start is drawn at random and followed in several moving orders. Each player first improves by
single changes and then by its proven best response, until nobody gains. What a start ends in says
how likely an outcome is to be stumbled into; the best and the worst outcome are then proven, for
the sum or for one controller, as far as time allows. Where no outcome is known, a quarter of the
time is kept for mixed play.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from games.errors import InputError, LimitError
from games.layered import LayeredGame, Profile
from games.network import build_network
from scenarios.scenario import Scenario
from solvers.equilibria.both_ends import best_and_worst
from solvers.equilibria.extremes import Extreme
from solvers.equilibria.mixed_play import MixedResult, mixed_play
from solvers.equilibria.responses import Responses
from solvers.players import Player, replaced
from solvers.plays import parse_play
from solvers.world import World
from stratagem.cases import case_of
from stratagem.limits import TIME_LIMIT, check_settings, ignore
from stratagem.presentation import words
from stratagem.records.equilibrium_map import ORDERS, End, EquilibriumMap, MapOutcome
from stratagem.records.mixed import mixed_record
from stratagem.tasks import SHARE_OF_DRAWS


def equilibrium_map(
    world: Scenario | LayeredGame,
    *,
    controller: str | None = None,
    starts: int = 20,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    gap: float = 1e-6,
    progress: Callable[[str], None] = ignore,
) -> EquilibriumMap:
    """Return where best responses end, and the best and the worst equilibrium.

    Parameters
    ----------
    controller : rank and prove for this one's payoff; None for the sum of all.
    starts : starting points to draw, >= 1; the status quo is one more. None is begun after half of
        the time.
    time_limit : seconds in all; half of them at most go into the map.
    gap : relative regret that counts as none, and gap to prove.

    Raises
    ------
    InputError
        When a setting makes no sense or there is no such controller.
    """
    check_settings(jobs=None, seed=seed, time_limit=time_limit, gap=gap)
    case = case_of(world)
    game = case.game
    names = [one.name for one in game.controllers]
    if controller is not None and controller not in names:
        raise InputError(f"--controller: expected one of {', '.join(names)}; found {controller!r}")
    if starts < 1:
        raise InputError(f"--starts: expected a whole number >= 1, found {starts}")
    started = time.perf_counter()
    scene = World(build_network(game))
    generator = np.random.default_rng(seed)
    players = [one for one in parse_play(game, "unilateral").players if one.points]
    responses = Responses(scene, players, gap, started + time_limit / 2, generator)
    reached, unsettled, followed = _followed(
        game, players, responses, starts=starts, generator=generator, progress=progress
    )
    members = names if controller is None else [controller]
    until = started + time_limit
    responses.deadline = until if reached else until - SHARE_OF_DRAWS * time_limit
    known = list(reached)
    ends = best_and_worst(
        scene,
        players,
        members=members,
        known=known,
        responses=responses,
        gap=gap,
        progress=progress,
    )
    best, worst = ends.best, ends.worst
    none = not known and best.exhausted
    mix = (
        None
        if known
        else _mixed(scene, game, none=none, gap=gap, until=until, seed=seed, progress=progress)
    )
    if mix is not None and mix.pure is not None and mix.certificate.status == "found":
        value = sum(mix.payoffs.total[name] for name in members)
        best, worst = (replace(end, profile=mix.pure, value=value) for end in (best, worst))
        known, mix = [mix.pure], None
    outcomes = [
        MapOutcome(
            game.option_names(profile),
            sum(scene.payoffs(profile).total[name] for name in members),
            scene.payoffs(profile).joint,
            dict(reached.get(profile, Counter())),
            max(responses.regrets(profile).values(), default=0.0),
        )
        for profile in known
    ]
    return EquilibriumMap(
        scenario=case.name,
        title=case.title,
        changes=words.changed(case.overrides, case.settings),
        controller=controller,
        seed=seed,
        starts=followed,
        outcomes=tuple(sorted(outcomes, key=lambda one: -one.value)),
        unsettled=dict(unsettled),
        best=_end(game, best, gap),
        worst=_end(game, worst, gap),
        none=none,
        complete=ends.complete and bool(known),
        mixed=None if mix is None else mixed_record(case, "unilateral", mix),
        titles=case.titles,
    )


class _Followed(NamedTuple):
    """Where starts end: {profile: {moving order: starts}}, those that do not, and how many."""

    reached: dict[Profile, Counter[str]]
    unsettled: Counter[str]
    starts: int


def _followed(
    game: LayeredGame,
    players: Sequence[Player],
    responses: Responses,
    *,
    starts: int,
    generator: np.random.Generator,
    progress: Callable[[str], None],
) -> _Followed:
    """Return where best responses lead from the status quo and from starts drawn at random."""
    points = [k for one in players for k in one.points]
    sizes = [len(game.points[k].options) for k in points]
    reached: dict[Profile, Counter[str]] = {}
    unsettled: Counter[str] = Counter()
    start, followed = game.status_quo, 0
    while True:
        progress(f"start {followed} of {starts}")
        for order in ORDERS:
            chain = players if order == "listed" else players[::-1]
            if order == "shuffled":
                chain = [players[i] for i in generator.permutation(len(players))]
            end = responses.follow(start, order=chain)
            if end is None:
                unsettled[order] += 1
            else:
                reached.setdefault(end, Counter())[order] += 1
        followed += 1
        if followed > starts or time.perf_counter() > responses.deadline:
            return _Followed(reached, unsettled, followed)
        start = replaced(game.status_quo, points, [int(generator.integers(size)) for size in sizes])


def _mixed(
    scene: World,
    game: LayeredGame,
    *,
    none: bool,
    gap: float,
    until: float,
    seed: int,
    progress: Callable[[str], None],
) -> MixedResult | None:
    """Return what is drawn instead of an equilibrium, None where the time is up before."""
    progress("mixed play")
    try:
        return mixed_play(
            scene,
            parse_play(game, "unilateral"),
            none=none,
            gap=gap,
            time_limit=max(1.0, until - time.perf_counter()),
            seed=seed,
            progress=progress,
        )
    except LimitError:
        return None


def _end(game: LayeredGame, found: Extreme, gap: float) -> End:
    if found.profile is None:
        bound = found.bound if math.isfinite(found.bound) else None
        return End(None, None, bound, False)
    open_ = abs(found.bound - found.value) / max(1.0, abs(found.value))
    return End(
        game.option_names(found.profile),
        found.value,
        found.bound if math.isfinite(found.bound) else None,
        open_ <= gap,
    )

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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from games.errors import InputError, LimitError
from games.layered import LayeredGame, Profile
from games.network import build_network
from scenarios.scenario import Scenario
from solvers.equilibria.every_profile import every_regret, is_whole
from solvers.equilibria.extremes import Extreme, extreme, gains
from solvers.equilibria.mixed_play import MixedResult, mixed_play
from solvers.equilibria.responses import Responses
from solvers.equilibria.unilateral import SHARE_OF_BOXES
from solvers.players import Player, replaced
from solvers.plays import parse_play
from solvers.world import World
from stratagem.cases import case_of
from stratagem.limits import TIME_LIMIT, check_settings, ignore
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table
from stratagem.records.mixed import MixedRecord, mixed_record
from stratagem.tasks import SHARE_OF_DRAWS

if TYPE_CHECKING:
    from solvers.equilibria.every_equilibrium import Enumeration

ORDERS = ("listed", "reversed", "shuffled")
"""Who moves after whom: as the scenario lists the controllers, the other way, or drawn anew."""


@dataclass(frozen=True)
class MapOutcome:
    """One equilibrium that starts ended in.

    Attributes
    ----------
    value : payoff of the controller asked for, or of all, bn USD a year.
    reached : {moving order: number of starts that ended here}.
    regret : what any player could gain at most by moving alone, bn USD a year.
    """

    profile: dict[str, str]
    value: float
    joint: float
    reached: dict[str, int]
    regret: float


@dataclass(frozen=True)
class End:
    """The best or the worst equilibrium known, and the bound on all.

    Attributes
    ----------
    value, bound : bn USD a year; None where nothing is known.
    proven : whether they meet, within the gap.
    """

    profile: dict[str, str] | None
    value: float | None
    bound: float | None
    proven: bool


@dataclass(frozen=True, repr=False)
class EquilibriumMap(Page):
    """Where best responses end, and the best and the worst equilibrium.

    Attributes
    ----------
    controller : whose payoff ranks the outcomes; None for the sum.
    starts : starting points; each is followed once in every moving order.
    outcomes : from the best to the worst.
    unsettled : {moving order: starts from which best responses went in cycles, or time was up}.
    none : whether it is proven that there is no equilibrium.
    complete : whether the outcomes are proven to be all equilibria.
    mixed : what is drawn where no pure equilibrium is known; None where one is.
    changes : by what the scenario was changed.
    """

    scenario: str
    title: str
    controller: str | None
    seed: int
    starts: int
    outcomes: tuple[MapOutcome, ...]
    unsettled: dict[str, int]
    best: End
    worst: End
    none: bool
    complete: bool
    mixed: MixedRecord | None = None
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    changes: str = ""

    @property
    def proven(self) -> bool:
        """Whether nothing about the best and the worst is left open.

        Where there is no pure equilibrium, whether nobody gains from the mixed play either.
        """
        if self.none:
            return self.mixed is not None and self.mixed.certificate.status == "found"
        return self.best.proven and self.worst.proven

    def sections(self) -> tuple[Section, ...]:
        """Return the map in words and a table."""
        whose = "all controllers" if self.controller is None else self.controller
        sentences = [f"{self.title}: every controller for itself, ranked by {whose}."]
        sentences += [self.changes] if self.changes else []
        if self.none:
            sentences.append("No profile is an equilibrium: that is proven.")
        else:
            sentences += [self._told("best", self.best), self._told("worst", self.worst)]
            if self.complete:
                sentences.append(_counted(len(self.outcomes)))
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                number,
                outcome.value,
                outcome.regret,
                *(outcome.reached.get(order, 0) for order in ORDERS),
            )
            for number, outcome in enumerate(self.outcomes, start=1)
        )
        if any(self.unsettled.values()):
            rows += (
                ("not settled", None, None, *(self.unsettled.get(order, 0) for order in ORDERS)),
            )
        columns = (
            Column("equilibrium"),
            Column("payoff", "bn USD/yr", digits=3),
            Column("regret", "bn USD/yr"),
            *(Column(order, "starts") for order in ORDERS),
        )
        note = (
            f"{self.starts} starting points drawn with seed {self.seed}, each followed once in "
            "every moving order: governments move as the scenario lists them, in the reverse of "
            "that, and shuffled. Each column counts the starts that end there."
        )
        table = Table("", columns, rows, note)
        drawn = () if self.mixed is None else (self.mixed.section(self.titles),)
        first = Section("Where best responses end", tuple(sentences), (table,))
        return (first, *self._options(), *drawn)

    def _told(self, name: str, end: End) -> str:
        if end.value is None:
            return f"No equilibrium is known to be the {name}."
        text = f"The {name} has {words.money(end.value)} a year"
        if end.proven:
            return f"{text}; that none is {'better' if name == 'best' else 'worse'} is proven."
        if end.bound is None:
            return f"{text}; nothing is proven about others."
        return f"{text}; none can have {'more' if name == 'best' else 'less'} than " + (
            f"{words.money(end.bound)}."
        )

    def _options(self) -> tuple[Section, ...]:
        """Return the points at which the outcomes differ."""
        if len(self.outcomes) < 2:
            return ()
        first = self.outcomes[0].profile
        differing = [k for k in first if len({one.profile[k] for one in self.outcomes}) > 1]
        columns = (
            Column("control point"),
            *(Column(str(number)) for number in range(1, len(self.outcomes) + 1)),
        )
        rows = tuple(
            (point, *(words.option(one.profile[point]) for one in self.outcomes))
            for point in differing
        )
        return (Section("Where they differ", (), (Table("", columns, rows),)),)

    def to_json(self) -> dict[str, Any]:
        """Return the map as plain JSON values."""
        values: dict[str, Any] = plain(self)
        values.pop("titles")
        return {**values, "proven": self.proven}


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
    points = [k for one in players for k in one.points]
    responses = Responses(scene, players, gap, started + time_limit / 2, generator)
    reached: dict[Profile, Counter[str]] = {}
    unsettled: Counter[str] = Counter()
    sizes = [len(game.points[k].options) for k in points]
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
            break
        start = replaced(game.status_quo, points, [int(generator.integers(size)) for size in sizes])
    members = names if controller is None else [controller]
    until = started + time_limit
    responses.deadline = until if reached else until - SHARE_OF_DRAWS * time_limit
    known = list(reached)
    ends, complete = _ends(
        scene, players, game, members, known, responses, gap=gap, progress=progress
    )
    none = not known and ends[0].exhausted
    mix = (
        None
        if known
        else _mixed(scene, game, none=none, gap=gap, until=until, seed=seed, progress=progress)
    )
    if mix is not None and mix.pure is not None and mix.certificate.status == "found":
        value = sum(mix.payoffs.total[name] for name in members)
        ends = [replace(end, profile=mix.pure, value=value) for end in ends]
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
        best=_end(game, ends[0], gap),
        worst=_end(game, ends[1], gap),
        none=none,
        complete=complete and bool(known),
        mixed=None if mix is None else mixed_record(case, "unilateral", mix),
        titles=case.titles,
    )


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


def _ends(
    scene: World,
    players: Sequence[Player],
    game: LayeredGame,
    members: Sequence[str],
    known: list[Profile],
    responses: Responses,
    *,
    gap: float,
    progress: Callable[[str], None],
) -> tuple[list[Extreme], bool]:
    """Return the best and the worst equilibrium, adding what is met to those known.

    Few profiles are all tried, without numba: its first use on a machine takes minutes. Else boxes
    of prices first prove the best and the worst alone, which takes less than a list; where that is
    done, all equilibria are listed if half of the time left is enough.
    """
    if is_whole(scene, players):
        with suppress(LimitError):
            return _ends_of_whole(
                scene, players, game.status_quo, members, known, gap=gap, until=responses.deadline
            ), True
    from solvers.equilibria.every_equilibrium import every_equilibrium  # numba takes half a second

    def by_boxes(share: float, *, ends_only: bool) -> Enumeration | None:
        now = time.perf_counter()
        listed = every_equilibrium(
            scene,
            players,
            game.status_quo,
            members=members,
            known=tuple(known),
            respond=responses.best,
            gap=gap,
            deadline=now + share * max(0.0, responses.deadline - now),
            ends_only=ends_only,
            progress=progress,
        )
        if listed is not None:
            known.extend(profile for profile in listed.found if profile not in known)
        return listed

    listed = by_boxes(SHARE_OF_BOXES, ends_only=True)
    if listed is not None and listed.closed and known:
        whole = by_boxes(0.5, ends_only=False)
        values = {
            profile: sum(scene.payoffs(profile).total[name] for name in members)
            for profile in known
        }
        best, worst = max(known, key=values.__getitem__), min(known, key=values.__getitem__)
        complete = whole is not None and whole.complete
        bounds = (listed.best_bound, listed.worst_bound)
        return [
            Extreme(one, values[one], values[one] if complete else bound, complete, listed.judged)
            for one, bound in zip((best, worst), bounds, strict=True)
        ], complete
    ends = []
    for worst_asked in (False, True):
        progress(f"proof of the {'worst' if worst_asked else 'best'}")
        now = time.perf_counter()
        left = max(0.0, responses.deadline - now)
        end = extreme(
            scene,
            players,
            game.status_quo,
            members=members,
            worst=worst_asked,
            known=known,
            respond=responses.best,
            gap=gap,
            deadline=now + (left if worst_asked else left / 2),
        )
        if listed is not None:
            bound = (
                max(end.bound, listed.worst_bound)
                if worst_asked
                else min(end.bound, listed.best_bound)
            )
            end = replace(end, bound=bound)
        ends.append(end)
        if end.profile is not None and end.profile not in known:
            known.append(end.profile)
    return ends, False


def _ends_of_whole(
    scene: World,
    players: Sequence[Player],
    base: Profile,
    members: Sequence[str],
    known: list[Profile],
    *,
    gap: float,
    until: float,
) -> list[Extreme]:
    """Return the best and the worst of all equilibria, trying every profile; `known` gets them all.

    Raises
    ------
    LimitError
        When the time is up before.
    """
    regrets = every_regret(scene, players, base, deadline=until)
    for profile, regret in regrets.items():
        payoff = {one.name: scene.payoff(one, profile) for one in players}
        moves = any(gains(payoff[name], payoff[name] + more, gap) for name, more in regret.items())
        if not moves and profile not in known:
            known.append(profile)
    if not known:
        return [Extreme(None, math.nan, end, True, len(regrets)) for end in (-math.inf, math.inf)]
    values = {
        profile: sum(scene.payoffs(profile).total[name] for name in members) for profile in known
    }
    return [
        Extreme(one, values[one], values[one], True, len(regrets))
        for one in (max(known, key=values.__getitem__), min(known, key=values.__getitem__))
    ]


def _counted(count: int) -> str:
    if count == 1:
        return "It is the only pure equilibrium: that is proven."
    return f"There are {count} pure equilibria, all listed: that is proven."


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

"""Comparing plays of one world, and solving one alone.

The coordinated play is solved early and handed to the unilateral one as a start: where nobody wants
to leave it, it is an equilibrium that best responses from elsewhere may miss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from games.errors import InputError, LimitError, StratagemError
from games.given import texts, told
from games.layered import LayeredGame, Profile
from scenarios.scenario import Scenario
from solvers.plays import parse_play
from solvers.world import METHODS, Method
from stratagem.cases import Case, case_of
from stratagem.limits import SMALL, TIME_LIMIT, check_settings, cores, ignore
from stratagem.records.comparison import Comparison, Unsolved
from stratagem.records.interaction import (
    GAP,
    LayerInteraction,
    interaction,
    largest_subset,
    subsets,
)
from stratagem.records.lost import LostShare
from stratagem.records.mixed import MixedRecord, mixed_record
from stratagem.records.outcomes import record_of
from stratagem.records.plays import PlayRecord
from stratagem.tasks import Done, Task, finished

World = Scenario | LayeredGame

_ALWAYS_BOTH = "unilateral"
"""Kind of play whose best and worst outcome are both told, even where there is but one."""


def compare(
    world: World,
    plays: Sequence[str] | None = None,
    *,
    jobs: int | None = 1,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    gap: float = 1e-6,
    layers: bool | int | None = None,
    method: Method | None = None,
    starts: Sequence[Mapping[str, str]] = (),
    progress: Callable[[PlayRecord | MixedRecord], None] = ignore,
    working: Callable[[Sequence[str]], None] = ignore,
) -> Comparison:
    """Return certified outcomes of several plays and what is lost by acting alone.

    Parameters
    ----------
    plays : names of plays; by default the status quo, one controller alone (the United States where
        it is one), unilateral play, coordinated play, and coordinated play in one layer (chips
        where it is one). The status quo is always among them.
    jobs : worker processes; None for one per core, or none at all where the game is small. The
        answers do not depend on it.
    seed : of every random choice.
    time_limit : seconds for each play.
    gap : relative gap and regret to prove, in (0, 1).
    layers : whether to compute the interaction of layers; a number is the size up to which subsets
        are solved; None for when the plays are the default ones.
    method : how best portfolios are found; None for the cheapest exact method.
    starts : profiles, {control point: option}, from which every play looks for its answer as well.
    progress : called with each play as it is finished.
    working : called with the names of the plays in work, whenever they change.

    Raises
    ------
    InputError
        When something handed in is wrong.
    NotCertifiedError, LimitError
        When no play but the status quo has an answer. Where some have, the others are listed as
        `unsolved`.
    """
    check_settings(jobs=jobs, seed=seed, time_limit=time_limit, gap=gap, layers=layers)
    plays = None if plays is None else texts("plays", plays)
    if method is not None and not (isinstance(method, str) and method in METHODS):
        raise InputError(f"method: expected one of {', '.join(METHODS)}; found {told(method)}")
    case = case_of(world)
    asked = default_plays(case.game) if plays is None else list(plays)
    return _Study(
        case,
        _Settings(
            seed, gap, time_limit, method, tuple(case.game.profile(start) for start in starts)
        ),
        progress=progress,
        working=working,
    ).comparison(
        ["status-quo", *asked],
        jobs=_jobs(case.game, jobs),
        largest=_largest(case.game, plays is None if layers is None else layers),
    )


def solve(
    world: World,
    play: str,
    *,
    jobs: int | None = 1,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    gap: float = 1e-6,
    method: Method | None = None,
    progress: Callable[[PlayRecord | MixedRecord], None] = ignore,
    working: Callable[[Sequence[str]], None] = ignore,
) -> Comparison:
    """Return the certified outcome of one play beside the status quo; parameters as `compare`."""
    return compare(
        world,
        [play],
        jobs=jobs,
        seed=seed,
        time_limit=time_limit,
        gap=gap,
        layers=False,
        method=method,
        progress=progress,
        working=working,
    )


def default_plays(game: LayeredGame) -> list[str]:
    """Return the names of the plays that are compared by default."""
    names = [controller.name for controller in game.controllers]
    alone = ["USA"] if "USA" in names else names[:1]
    only = ["chips"] if "chips" in game.layers else list(game.layers[:1])
    return [
        "status-quo",
        *(f"alone:{name}" for name in alone),
        "unilateral",
        "coordinated",
        *(f"only:{layer}" for layer in only),
    ]


def outcome_names(game: LayeredGame, plays: Sequence[str] | None) -> list[str]:
    """Return the names of the outcomes that a comparison of these plays shows, in order.

    Raises
    ------
    InputError
        When a play is not known.
    """
    names: dict[str, None] = {}
    for asked in ["status-quo", *(default_plays(game) if plays is None else plays)]:
        play = parse_play(game, asked)
        several = len(play.players) > 1 and any(player.points for player in play.players)
        both = several or play.name.startswith(_ALWAYS_BOTH)
        outcomes = [play.outcome] if play.outcome else ["best", "worst"] if both else [""]
        names |= dict.fromkeys(f"{play.name}:{one}".removesuffix(":") for one in outcomes)
    return list(names)


@dataclass(frozen=True)
class _Settings:
    seed: int
    gap: float
    time_limit: float
    method: Method | None
    starts: tuple[Profile, ...] = ()

    def task(self, play: str, *, after: str | None = None, gap: float | None = None) -> Task:
        wanted = self.gap if gap is None else gap
        return Task(
            play, wanted, self.time_limit, self.seed, after, self.method, self.starts, mix=True
        )


class _Study:
    """One comparison on its way."""

    def __init__(
        self,
        case: Case,
        settings: _Settings,
        *,
        progress: Callable[[PlayRecord | MixedRecord], None],
        working: Callable[[Sequence[str]], None],
    ) -> None:
        self.case, self.settings = case, settings
        self.progress, self.working = progress, working
        self.records: dict[str, tuple[PlayRecord, ...]] = {}
        self.bounds: dict[str, float] = {}
        self.failures: dict[str, StratagemError] = {}
        self.mixed: dict[str, MixedRecord] = {}

    def comparison(self, asked: Sequence[str], *, jobs: int, largest: int) -> Comparison:
        game = self.case.game
        plays = [parse_play(game, name) for name in asked]
        wanted = dict.fromkeys(
            f"{play.name}:{play.outcome}" if play.outcome else play.name for play in plays
        )
        solved = dict.fromkeys(play.name for play in plays)
        tasks = self._tasks(list(solved), largest)
        # the status quo is solved here, before workers have even started
        for done in finished(game, tasks[:1], jobs=1, working=ignore):
            self._take(done, wanted)
        for done in finished(game, tasks[1:], jobs=jobs, working=self.working):
            self._take(done, wanted)
        self._raise_if_nothing(solved)
        return Comparison(
            scenario=self.case.name,
            scenario_title=self.case.title,
            scenario_date=self.case.date,
            scenario_hash=self.case.hash,
            overrides=self.case.overrides,
            settings=self.case.settings,
            plays=tuple(r for name in solved for r in self._shown(name, wanted)),
            lost_share=self._lost_share(),
            layer_interaction=self._interaction(largest),
            unsolved=tuple(
                Unsolved(
                    name,
                    "limit" if isinstance(failure, LimitError) else "not certified",
                    str(failure),
                )
                for name, failure in self.failures.items()
            ),
            seed=self.settings.seed,
            gap=self.settings.gap,
            time_limit=self.settings.time_limit,
            flagged=len(self.case.flagged),
            numbers=len(self.case.parameters),
            titles=self.case.titles,
            mixed=tuple(self.mixed[name] for name in solved if name in self.mixed),
        )

    def _tasks(self, solved: list[str], largest: int) -> list[Task]:
        """Return the status quo, then all others in order of urgency."""
        first: list[str] = ["status-quo", "coordinated", "unilateral"]
        first = [name for name in first if name in solved]
        first += [name for name in solved if name not in first]
        tasks = [
            self.settings.task(
                name,
                after="coordinated"
                if "coordinated" in solved and name.startswith(("unilateral", "coalition"))
                else None,
            )
            for name in first
        ]
        gap = max(self.settings.gap, GAP)
        return tasks + [
            self.settings.task(name, gap=gap)
            for name in self._subset_plays(largest).values()
            if name not in solved
        ]

    def _subset_plays(self, largest: int) -> dict[tuple[str, ...], str]:
        """Return the play that is coordinated in each subset of layers."""
        layers = self.case.game.layers
        if not largest or not layers:
            return {}
        return {
            subset: "coordinated" if len(subset) == len(layers) else "only:" + "+".join(subset)
            for subset in subsets(layers, largest)
        }

    def _take(self, done: Done, wanted: dict[str, None]) -> None:
        name = done.task.play
        if done.failure is not None:
            self.failures[name] = done.failure
            return
        if done.mixed is not None:
            self.mixed[name] = mixed_record(self.case, name, done.mixed)
            self.progress(self.mixed[name])
            return
        records = [record_of(self.case, name, outcome) for outcome in done.outcomes]
        if name.startswith(_ALWAYS_BOTH) and records[0].play == name:  # the only outcome is both
            records = [replace(records[0], play=f"{name}:{which}") for which in ("best", "worst")]
        if name == "unilateral" and "coordinated" in self.bounds:
            records = [self._bounded(record) for record in records]
        self.records[name] = tuple(records)
        record = self.records[name][0]
        self.bounds[name] = record.joint_payoff + record.regret
        for shown in self._shown(name, wanted):
            self.progress(shown)

    def _bounded(self, record: PlayRecord) -> PlayRecord:
        """Return a record of the best equilibrium with the coordinated bound where it has none.

        What all do together, each within its own budget, no equilibrium betters.
        """
        certificate = record.certificate
        if not record.play.endswith(":best") or certificate.joint_bound is not None:
            return record
        certificate = replace(certificate, joint_bound=self.bounds["coordinated"])
        return replace(record, certificate=certificate)

    def _shown(self, solved: str, wanted: dict[str, None]) -> list[PlayRecord]:
        """Return the outcomes of a solved play that were asked for."""
        return [
            record
            for record in self.records.get(solved, ())
            if solved in wanted or record.play in wanted
        ]

    def _raise_if_nothing(self, solved: dict[str, None]) -> None:
        failed = [self.failures[name] for name in solved if name in self.failures]
        if failed and len(failed) == len(solved) - 1:
            raise failed[0]

    def _lost_share(self) -> LostShare:
        start, together = self._joint("status-quo"), self._joint("coordinated")
        if start is None or together is None:
            return LostShare(None, None)
        gain = together - start

        def lost(outcome: str) -> float | None:
            alone = self._joint(outcome)
            if alone is None or gain <= 1e-6 * max(1.0, abs(start)):
                return None
            return (together - alone) / gain

        return LostShare(lost("unilateral:best"), lost("unilateral:worst"))

    def _joint(self, play: str) -> float | None:
        for records in self.records.values():
            for record in records:
                if record.play == play:
                    return record.joint_payoff
        return None

    def _interaction(self, largest: int) -> LayerInteraction | None:
        """Return the interaction of layers, None where a subset has no answer."""
        plays = self._subset_plays(largest)
        if not plays or any(name not in self.records for name in plays.values()):
            return None
        start = self.records["status-quo"][0].joint_payoff
        return interaction(
            {s: self.records[name][0].joint_payoff - start for s, name in plays.items()},
            bounds={s: self.bounds[name] - start for s, name in plays.items()},
            layers=self.case.game.layers,
            largest=largest,
            gap=max(self.settings.gap, GAP),
        )


def _jobs(game: LayeredGame, jobs: int | None) -> int:
    if jobs is not None:
        return jobs
    profiles = math.prod(len(point.options) for point in game.points)
    return 1 if profiles <= SMALL else cores()


def _largest(game: LayeredGame, layers: bool | int) -> int:
    """Return the size up to which subsets of layers are solved, 0 for none at all."""
    if layers is True:
        return largest_subset(game.layers)
    return min(int(layers), len(game.layers))

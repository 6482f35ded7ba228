"""What a worker does: plays in some worlds of one scenario, from what it is handed alone.

Fixed profiles are answered for many worlds at once (`solvers.many`); a world that does not have the
shape of the others, or that contradicts itself, is built by itself and told what is wrong. Plays
are solved world by world. Nothing that was done before changes an answer.

What only searches need is imported when one comes: a worker that answers fixed profiles starts in a
fraction of the time.
"""

from __future__ import annotations

import pickle
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from games.errors import GameError, StratagemError
from games.layered import LayeredGame, Profile
from games.many import Array, ManyGames, payoffs_of_many
from games.network import build_network
from scenarios.blueprint import Blueprint
from scenarios.build import build_game
from scenarios.errors import ScenarioError
from scenarios.many import Drawn, many_games
from solvers.many import EvaderOfMany, alike
from stratagem.studies.answers import Answer, failed
from stratagem.studies.held import COORDINATED, StudyPlay

if TYPE_CHECKING:
    from stratagem.tasks import Done

WORLDS_AT_ONCE = 128
"""Worlds of a fixed profile that one worker answers in one go."""


@dataclass(frozen=True)
class Solving:
    """How plays are solved; as for `solvers.outcomes.solve_play`."""

    gap: float
    time_limit: float
    seed: int


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some work on one scenario.

    Attributes
    ----------
    cell : the scenario's blueprint and game, pickled; `digest` tells cells apart.
    names, draws : parameters and their numbers, shape (worlds, parameters).
    plays : one play that is held, or plays to solve in the one world that there is.
    starts : options of coordinated play in that world, where they are known already.
    """

    cell: bytes
    digest: str
    names: tuple[str, ...]
    draws: Array
    plays: tuple[StudyPlay, ...]
    solving: Solving
    starts: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Worked:
    """Answers of a chunk: for each world and play its outcomes.

    Attributes
    ----------
    seconds : processor time for the whole.
    """

    answers: tuple[tuple[tuple[Answer, ...], ...], ...]
    seconds: float


def packed(blueprint: Blueprint, game: LayeredGame) -> bytes:
    """Return a scenario as a chunk carries it."""
    return pickle.dumps((blueprint, game), protocol=pickle.HIGHEST_PROTOCOL)


def work(chunk: Chunk) -> Worked:
    """Return the answers of a chunk."""
    started = time.process_time()
    cell = _cell(chunk.digest, chunk.cell)
    if chunk.plays[0].options is not None:
        held = cell.held(chunk.plays[0], chunk.names, chunk.draws)
        answers: tuple[tuple[tuple[Answer, ...], ...], ...] = tuple(((one,),) for one in held)
    else:
        values = dict(zip(chunk.names, chunk.draws[0].tolist(), strict=True))
        answers = (cell.solved(chunk, values),)
    return Worked(answers, time.process_time() - started)


class _Cell:
    """One scenario in one worker, with its warm evaders."""

    def __init__(self, blueprint: Blueprint, game: LayeredGame) -> None:
        self.blueprint, self.game = blueprint, game
        self.base = many_games(blueprint, game, {}, 1).games
        self._evaders: dict[tuple[Profile, bool], EvaderOfMany] = {}
        self._last: tuple[object, Drawn] | None = None

    def held(self, play: StudyPlay, names: Sequence[str], draws: Array) -> list[Answer]:
        """Return the answers of a profile that is held, for every row of draws."""
        try:
            profile = self.game.profile(play.options or {})
        except GameError as error:  # a change took the option away
            return [failed(play.name, error)] * len(draws)
        drawn = self._drawn(names, draws)
        like = drawn.sound & alike(self.base, drawn.games, profile)
        answers: dict[int, Answer] = {}
        for correlated in (False, True):
            rows = np.flatnonzero(like & ((drawn.games.correlations > 0) == correlated))
            if len(rows):
                some = self._many(play.name, profile, drawn.games.rows(rows), correlated)
                answers |= {
                    row: answer
                    for row, answer in zip(rows.tolist(), some, strict=True)
                    if answer is not None
                }
        for row in set(range(len(draws))) - set(answers):
            world = dict(zip(names, draws[row].tolist(), strict=True))
            answers[row] = self._one(play.name, profile, world)
        return [answers[row] for row in range(len(draws))]

    def _drawn(self, names: Sequence[str], draws: Array) -> Drawn:
        """Return the games of some worlds; the last ones are kept, for the next profile."""
        key = (tuple(names), draws.shape, draws.tobytes())
        if self._last is None or self._last[0] != key:
            values = {name: draws[:, column] for column, name in enumerate(names)}
            self._last = key, many_games(self.blueprint, self.game, values, len(draws))
        return self._last[1]

    def _many(
        self, name: str, profile: Profile, games: ManyGames, correlated: bool
    ) -> list[Answer | None]:
        key = (profile, correlated)
        if key not in self._evaders:
            self._evaders[key] = EvaderOfMany(self.base, profile, correlated=correlated)
        responses = self._evaders[key].respond(games)
        payoffs = payoffs_of_many(
            games, profile, entering=responses.entering, quantities=responses.quantities
        )
        staked = np.any(games.stakes > 0, axis=1)
        fronts = [front.name for front in games.shape.fronts]
        controllers = [controller.name for controller in games.shape.controllers]
        return [
            Answer(
                name,
                "checked",
                months=float(months[at_stake].sum()),
                joint_payoff=float(total.sum()),
                evader_value=float(value),
                outlay=float(outlay.sum()),
                gap=float(gap),
                fronts=dict(zip(fronts, months.tolist(), strict=True)),
                payoffs=dict(zip(controllers, total.tolist(), strict=True)),
            )
            if sound
            else None
            for sound, value, gap, months, at_stake, total, outlay in zip(
                responses.sound,
                responses.value,
                responses.gap,
                payoffs.months,
                staked,
                payoffs.total,
                payoffs.outlay,
                strict=True,
            )
        ]

    def _one(self, name: str, profile: Profile, values: Mapping[str, float]) -> Answer:
        """Return the answer of a profile in a world by itself, or what is wrong with that."""
        from solvers.certificate import certify
        from solvers.world import World
        from stratagem.records.outcomes import months_at_stake

        try:
            game = build_game(self.blueprint, values)
            network = build_network(game)
            world = World(network)
            response, payoffs = world.respond(profile), world.payoffs(profile)
            certificate = certify(
                network,
                response,
                players=(),
                bounds={},
                claimed=payoffs,
                status="proven",
                gap=1.0,
            )
        except StratagemError as error:
            return failed(name, error)
        return Answer(
            name,
            "checked",
            months=months_at_stake(game, payoffs.months),
            joint_payoff=payoffs.joint,
            evader_value=response.value,
            outlay=sum(payoffs.outlay.values()),
            gap=certificate.evader_gap,
            fronts=payoffs.months,
            payoffs=payoffs.total,
        )

    def solved(self, chunk: Chunk, values: Mapping[str, float]) -> tuple[tuple[Answer, ...], ...]:
        """Return the answers of plays that are solved in one world."""
        names = [play.name for play in chunk.plays]
        try:
            game = build_game(self.blueprint, values)
        except ScenarioError as error:
            return tuple((failed(name, error),) for name in names)
        done: dict[str, tuple[Answer, ...]] = {}
        starts: list[Profile] = []
        if chunk.starts is not None:
            starts = [game.profile(chunk.starts)]
        elif COORDINATED in names or any(name.startswith(_STABLE) for name in names):
            together = self._solve(game, chunk.solving, COORDINATED, ())
            done[COORDINATED] = _answers(game, together)
            starts = [outcome.result.profile for outcome in together.outcomes]
        for name in names:
            if name not in done:
                begin = starts if name.startswith(_STABLE) else []
                done[name] = _answers(game, self._solve(game, chunk.solving, name, begin))
        return tuple(done[name] for name in names)

    def _solve(
        self, game: LayeredGame, solving: Solving, name: str, starts: Sequence[Profile]
    ) -> Done:
        from stratagem.tasks import Task, run

        return run(game, Task(name, solving.gap, solving.time_limit, solving.seed), starts)


_STABLE = ("unilateral", "coalition")
"""Plays that start from the coordinated one as well."""


_CELLS: OrderedDict[str, _Cell] = OrderedDict()
_MOST_CELLS = 4
"""Scenarios that a worker remembers; chunks come cell by cell."""


def _cell(digest: str, cell: bytes) -> _Cell:
    """Return a scenario that this worker has met, or get to know it."""
    if digest not in _CELLS:
        _CELLS[digest] = _Cell(*pickle.loads(cell))
        while len(_CELLS) > _MOST_CELLS:
            _CELLS.popitem(last=False)
    return _CELLS[digest]


def _answers(game: LayeredGame, done: Done) -> tuple[Answer, ...]:
    """Return the outcomes of a play that was solved."""
    from stratagem.records.outcomes import months_at_stake

    if done.failure is not None:
        return (failed(done.task.play, done.failure),)
    answers = []
    for outcome in done.outcomes:
        result = outcome.result
        certificate = result.certificate
        answers.append(
            Answer(
                result.play,
                certificate.status,
                months=months_at_stake(game, result.payoffs.months),
                joint_payoff=result.payoffs.joint,
                evader_value=result.response.value,
                outlay=sum(result.payoffs.outlay.values()),
                regret=max(certificate.regret.values(), default=None),
                gap=max(certificate.evader_gap, certificate.bound_gap),
                fronts=result.payoffs.months,
                payoffs=result.payoffs.total,
                profile=game.option_names(result.profile),
            )
        )
    return tuple(answers)

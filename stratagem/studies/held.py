"""Plays of a study: those of `solvers.plays`, and profiles that are held fixed.

A profile that is held costs no search: the evader answers it, and nothing else is solved.

    status-quo                            the marked options
    fixed:coordinated                     what coordinated play does at the scenario's own numbers,
                                          held in every world; so with any play
    fixed:chips-MYS=inspection/triple,... these options, the status quo elsewhere
    unilateral, coordinated, ...          solved anew in every world
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from games.errors import InputError
from games.layered import LayeredGame
from scenarios.faults import nearest, shown

FIXED = "fixed:"
STATUS_QUO = "status-quo"
COORDINATED = "coordinated"


@dataclass(frozen=True)
class StudyPlay:
    """A play of a study.

    Attributes
    ----------
    options : {control point: option} that are held, the status quo elsewhere; None where the play
        is solved in every world.
    """

    name: str
    options: Mapping[str, str] | None = None


def study_plays(
    game: LayeredGame,
    names: Sequence[str],
    *,
    gap: float,
    time_limit: float,
    seed: int,
) -> tuple[StudyPlay, ...]:
    """Return the plays of these names; profiles of plays are found at the numbers of `game`.

    Raises
    ------
    InputError
        When a play, control point or option is not known.
    NotCertifiedError, LimitError
        When a play whose profile is to be held has no answer.
    """
    plays: dict[str, StudyPlay] = {}
    held: dict[str, str] = {}
    for name in dict.fromkeys(names):
        if name == STATUS_QUO:
            plays[name] = StudyPlay(name, {})
        elif not name.startswith(FIXED):
            from solvers.plays import parse_play

            parsed = parse_play(game, name)
            if not any(player.points for player in parsed.players):
                plays[name] = StudyPlay(name, {})
            elif parsed.outcome:
                raise InputError(
                    f"play {name}: expected a play with all its outcomes, found one of them - ask "
                    f"for {parsed.name}"
                )
            else:
                plays[name] = StudyPlay(name)
        elif "=" in (asked := name.removeprefix(FIXED)):
            plays[name] = StudyPlay(name, _options(game, name, asked))
        else:
            held[name] = asked
            plays[name] = StudyPlay(name)
    for name, asked in held.items():
        plays[name] = StudyPlay(name, _found(game, asked, gap, time_limit, seed))
    return tuple(plays.values())


def _options(game: LayeredGame, name: str, asked: str) -> dict[str, str]:
    options = {}
    for part in asked.split(","):
        point, _, option = part.partition("=")
        if point not in game.point_index:
            advice = nearest(point, game.point_index, advice="name one of the scenario's points")
            raise InputError(
                f"play {name[:200]}: expected a control point, found {shown(point)} - {advice}"
            )
        if point in options:
            raise InputError(
                f"play {name[:200]}: expected each control point once, found {shown(point)} twice"
            )
        known = [one.name for one in game.points[game.point_index[point]].options]
        if option not in known:
            raise InputError(
                f"play {name[:200]}: expected one of the options {', '.join(known)} at {point}; "
                f"found {shown(option)}"
            )
        options[point] = option
    return options


def _found(
    game: LayeredGame, asked: str, gap: float, time_limit: float, seed: int
) -> dict[str, str]:
    """Return the options in which a play's outcome differs from the status quo."""
    from solvers.plays import parse_play
    from stratagem.tasks import Task, finished

    play = parse_play(game, asked)
    tasks = [Task(play.name, gap, time_limit, seed)]
    if play.stable:
        tasks = [
            Task(COORDINATED, gap, time_limit, seed),
            Task(play.name, gap, time_limit, seed, after=COORDINATED),
        ]
    for done in finished(game, tasks, jobs=1, working=lambda _: None):
        if done.task.play != play.name:
            continue
        if done.failure is not None:
            raise done.failure
        at = 1 if play.outcome == "worst" else 0
        profile = done.outcomes[min(at, len(done.outcomes) - 1)].result.profile
        today = game.option_names(game.status_quo)
        return {
            point: option
            for point, option in game.option_names(profile).items()
            if option != today[point]
        }
    raise AssertionError("a task without an end")

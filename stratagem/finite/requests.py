"""What is asked of a finite game, checked against the game before any solver starts."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from games.errors import GameError, InputError
from games.normal_form import NormalFormGame, finite_game

if TYPE_CHECKING:
    from collections.abc import Sequence


Find = Literal["all", "one", "pure", "best", "correlated", "coarse", "commitment"]

FEW_PROFILES = 150
"""Profiles of a game of two players up to which all equilibria are listed without being asked."""

WELFARE, MINIMUM = "welfare", "minimum"


@dataclass(frozen=True)
class Request:
    """What is asked of a game.

    Parameters
    ----------
    objective : what is optimised: `welfare`, `minimum` or `player:NAME`; empty for nothing.
    worst : whether it is minimised.
    leader : position of the one who commits.
    weak : whether the follower may break ties against the leader.
    """

    find: Find
    objective: str = ""
    worst: bool = False
    leader: int = 0
    weak: bool = False
    exact: bool = False


def requested(
    game: NormalFormGame,
    *,
    find: Find | None = None,
    maximise: str = "",
    minimise: str = "",
    leader: str | int | None = None,
    weak: bool = False,
    exact: bool = False,
) -> Request:
    """Return a request that fits the game; parameters as for `nash`."""
    players = len(finite_game(game).players)
    if find is not None and find not in get_args(Find):
        raise InputError(f"find: expected one of {', '.join(get_args(Find))}; found {find!r}")
    if maximise and minimise:
        raise InputError("maximise: expected one objective, found another to minimise - choose one")
    stated = maximise or minimise
    if find is None and leader is not None:
        find = "commitment"
    elif find is None and stated:
        find = "best"
    elif find is None:
        find = "all" if players == 2 and math.prod(game.shape) <= FEW_PROFILES else "one"
    if find in ("best", "commitment") and players != 2:
        raise GameError(
            f"{game.title or 'game'}: expected two players for this, found {players} - ask for "
            "one equilibrium, the pure ones or a correlated one"
        )
    if find == "commitment" and leader is None:
        leader = 1
    if weak and find != "commitment":
        raise InputError(
            "weak: expected a leader and a follower who breaks ties, found none - "
            "name one with --leader"
        )
    if stated and find not in ("best", "correlated", "coarse"):
        raise InputError(
            f"maximise: expected to choose one equilibrium, found that {find} was asked for - "
            "leave one of the two out"
        )
    if find in ("best", "correlated", "coarse"):
        stated = stated or WELFARE
    if exact and players > 2 and find in ("one", "all"):
        raise InputError(
            f"exact: expected a game of two players, found {players} - mixed equilibria of more "
            "may be irrational; ask for the pure ones, or leave exact out"
        )
    if exact and find in ("correlated", "coarse"):
        raise InputError(
            "exact: expected Nash equilibria or a commitment, found correlated ones asked for - "
            "these are known up to rounding; leave exact out"
        )
    return Request(
        find=find,
        objective=_objective(game, stated) if stated else "",
        worst=bool(minimise),
        leader=_player(game, leader, "leader") if leader is not None else 0,
        weak=weak,
        exact=exact,
    )


def _objective(game: NormalFormGame, named: str) -> str:
    """Return an objective as solvers call it."""
    if named in (WELFARE, MINIMUM):
        return named
    known = (WELFARE, MINIMUM, *game.players)
    return f"player:{game.players[_player(game, named, 'maximise', known)]}"


def _player(
    game: NormalFormGame, named: str | int, what: str, known: Sequence[str] | None = None
) -> int:
    """Return the position of a player, by name or by number from one."""
    text = str(named)
    if text in game.players:
        return game.players.index(text)
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= len(game.players):
        return int(text) - 1
    names = known or game.players
    near = difflib.get_close_matches(text, names, n=1)
    raise InputError(
        f"{what}: expected {', '.join(names)}, or the number of a player; found {text!r}"
        + (f" - did you mean {near[0]}?" if near else "")
    )

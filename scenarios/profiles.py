"""Profiles of mixed strategies from anywhere: typed by people, as JSON, or as Gambit prints them.

    1/2 1/2; 1/3 2/3                            one player after the other, split by semicolons
    up; left                                    pure strategies by name
    NE,1/2,1/2,1/3,2/3                          a line of Gambit's tools
    [[0.5, 0.5], ["1/3", "2/3"]]                JSON, a list for each player
    {"Row": {"up": 1}, "Column": "left"}        JSON by names; what is left out has 0
    {"equilibria": [[[1, 0], [0, 1]], ...]}     JSON, what `stratagem nash --json` prints

Numbers are read exactly. Where everybody's add up to one, the profile is exact; where they are
rounded decimals that nearly do, they become floats that do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from games.errors import GameError
from games.normal_form import NormalFormGame
from games.regret import Mixed, mixed_profile
from scenarios.faults import FaultError, listed, nearest, shown
from scenarios.files import read_text
from scenarios.rationals import rational

ROUNDED = 1e-4
"""How far printed decimals may be from adding up to one."""

_GAMBIT = "NE,"
_LONGEST_PATH = 1000
_NAMES_A_FILE = re.compile(r"[^;,{}\[\]\n]{1,200}\.[A-Za-z]\w*")
"""What is no profile but ends as names of files do."""


def read_profiles(source: str, game: NormalFormGame) -> tuple[Mixed, ...]:
    """Return the profiles in a file, or in the text itself where there is no such file.

    Raises
    ------
    InputError
        When the text holds no profile of the game.
    """
    text, where = source, ""
    if _is_file(source):
        text, where = read_text(Path(source)), f"{Path(source).name}: "
    try:
        given = _parsed(text.strip(), game)
        if not given:
            raise FaultError("at least one profile", "none")
        return tuple(_profile(one, game) for one in given)
    except FaultError as fault:
        if not where and _NAMES_A_FILE.fullmatch(source):
            raise GameError(
                f"{source}: expected a file with a profile, found no file of this name - check "
                "the name and the folder, or write the profile itself as '1/2 1/2; 1/3 2/3'"
            ) from None
        advice = fault.advice or "name a file, or write it as '1/2 1/2; 1/3 2/3'"
        raise GameError(
            f"{where}profile: expected {fault.expected}, found {fault.found} - {advice}"
        ) from None
    except GameError as error:
        raise GameError(*(f"{where}{line}" for line in error.faults)) from None


def _is_file(source: str) -> bool:
    try:
        return 0 < len(source) < _LONGEST_PATH and Path(source).exists()
    except (OSError, ValueError):
        return False


def _parsed(text: str, game: NormalFormGame) -> list[Any]:
    """Return the profiles that a text holds, as lists and tables."""
    if text.startswith(("{", "[")):
        return _profiles(_json(text))
    if text.startswith(_GAMBIT):
        lines = [line.strip() for line in text.splitlines()]
        return [_split(line[len(_GAMBIT) :], game) for line in lines if line.startswith(_GAMBIT)]
    return [[part.strip() for part in text.removesuffix(";").split(";")]]


def _json(text: str) -> Any:
    def refuse(name: str) -> Any:
        raise FaultError("probabilities", name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            names = [name for name, _ in pairs]
            raise FaultError("each name once", f"{shown(max(names, key=names.count))} again")
        return table

    try:
        return json.loads(
            text,
            parse_float=rational,
            parse_int=rational,
            parse_constant=refuse,
            object_pairs_hook=once,
        )
    except json.JSONDecodeError as error:
        raise FaultError(
            "JSON", f"{error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise FaultError("JSON", "lists nested too deeply") from None


def _profiles(value: Any) -> list[Any]:
    """Return the profiles in a JSON value: one, or several in a list."""
    if isinstance(value, dict) and isinstance(value.get("equilibria"), list):
        return list(value["equilibria"])
    nested = isinstance(value, list) and value and isinstance(value[0], list) and value[0]
    if nested and isinstance(nested[0], list | dict):
        return list(value)
    return [value]


def _split(line: str, game: NormalFormGame) -> list[list[str]]:
    """Return a line of numbers, player after player."""
    numbers = line.split(",")
    if len(numbers) != sum(game.shape):
        raise FaultError(f"{sum(game.shape)} probabilities after NE", str(len(numbers)))
    parts = []
    for size in game.shape:
        parts.append(numbers[:size])
        numbers = numbers[size:]
    return parts


def _profile(given: Any, game: NormalFormGame) -> Mixed:
    """Return a profile whose probabilities add up to one."""
    if isinstance(given, Mapping):
        _check_known("players", given, game.players)
        missing = [name for name in game.players if name not in given]
        if missing:
            raise FaultError("a strategy of every player", f"none of {listed(missing)}")
        given = [given[name] for name in game.players]
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise FaultError("a list for each player", shown(given))
    if len(given) != len(game.players):
        raise FaultError(
            f"strategies of {len(game.players)} players ({listed(game.players)})", str(len(given))
        )
    exact = [
        _strategy(part, names, player)
        for part, names, player in zip(given, game.strategies, game.players, strict=True)
    ]
    totals = [sum(strategy, start=Fraction(0)) for strategy in exact]
    if all(total == 1 for total in totals):
        return mixed_profile(game, exact)
    return mixed_profile(
        game,
        [
            [float(p / total) if abs(total - 1) <= ROUNDED else float(p) for p in strategy]
            for strategy, total in zip(exact, totals, strict=True)
        ],
    )


def _strategy(part: Any, names: Sequence[str], player: str) -> list[Fraction]:
    """Return one player's probabilities."""
    if isinstance(part, str):
        words = part.replace(",", " ").split()
        if len(words) != len(names) and part in names:
            return [Fraction(name == part) for name in names]
        if not any(word[0] in "+-.0123456789" for word in words):
            raise FaultError(
                f"a strategy of {player} or {len(names)} probabilities",
                shown(part),
                nearest(part, names, advice=f"its strategies are {listed(names)}"),
            )
        part = words
    if isinstance(part, Mapping):
        _check_known(f"strategies of {player}", part, names)
        part = [part.get(name, Fraction(0)) for name in names]
    if not isinstance(part, Sequence):
        raise FaultError(f"a list of probabilities of {player}", shown(part))
    return [_probability(value) for value in part]


def _probability(value: Any) -> Fraction:
    if isinstance(value, str):
        return rational(value.strip())
    if not isinstance(value, Fraction):
        raise FaultError("a probability", shown(value))
    return value


def _check_known(what: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise FaultError(f"{what} among {listed(known)}", shown(name), nearest(name, known))

r"""Gambit's files of games in normal form (`.nfg`), read and written as text.

A file is a header and a body. The header has a title in quotes, the players' names in braces, then
either one number of strategies for each player or one list of names for each, and perhaps a comment
in quotes:

    NFG 1 R "Title" { "Row" "Column" } { { "up" "down" } { "left" "right" } } "comment"

The body goes through all profiles, the *first* player's strategy changing fastest. In the payoff
form it lists everybody's payoff at each; in the outcome form it first lists outcomes,
`{ { "name" 3, 5 } ... }`, and then for each profile the number of its outcome, counted from one; 0
stands for the outcome that pays nobody anything. White space and commas mean nothing outside
quotes; a quote inside a text is written `\"`.

Sizes that a header declares are held against the numbers in the file before memory is taken.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from scenarios.faults import shown
from scenarios.nfg_reader import Reader
from scenarios.rationals import text_of

MOST_NUMBERS = 10_000_000
"""Payoffs of one game at most."""

MOST_PLAYERS = 60
"""Players of one game at most."""


def parse_nfg(text: str, *, name: str = "game") -> NormalFormGame:
    """Return the game of a text in Gambit's format.

    Players and strategies without a name are called by their number, and those of the same name
    are told apart by `_1`, `_2`.

    Parameters
    ----------
    name : where the text comes from, for messages.

    Raises
    ------
    GameError
        With the line and column of the first thing that is wrong.
    """
    reader = Reader(text, name)
    title, players, strategies, sizes = _header(reader)
    place = reader.place()
    profiles = math.prod(sizes)
    count = profiles * len(players)
    if count > MOST_NUMBERS:
        raise GameError(
            f"{place}: expected at most {MOST_NUMBERS:,} payoffs, found the sizes "
            f"{_sizes(sizes)} of {len(players)} players declared - use fewer strategies"
        )
    outcomes = _outcomes(reader, len(players)) if reader.peek() == "{" else None
    if outcomes is None:
        values = reader.numbers(count, f"payoffs ({len(players)} players, {_sizes(sizes)})")
    else:
        values = outcomes[_indices(reader, profiles, sizes, len(outcomes) - 1)].ravel()
    payoffs = np.ascontiguousarray(values.reshape((len(players), *sizes), order="F"))
    labels = strategies or [[str(number + 1) for number in range(size)] for size in sizes]
    try:
        return normal_form(
            payoffs,
            players=_distinct(players),
            strategies=[_distinct(names) for names in labels],
            title=title,
        )
    except GameError as error:
        raise GameError(*(f"{name}: {fault}" for fault in error.faults)) from None


def nfg_text(game: NormalFormGame, *, comment: str = "") -> str:
    """Return a game as text in Gambit's payoff form, exact where the game is.

    Each line goes through the first player's strategies.

    Raises
    ------
    GameError
        When a text has a backslash before a quote or at its end, which the format cannot hold.

    Examples
    --------
    >>> print(nfg_text(normal_form([[[1, 0]], [[2, 3]]], title="one row")), end="")
    NFG 1 R "one row" { "1" "2" }
    <BLANKLINE>
    { { "1" } { "1" "2" } }
    ""
    <BLANKLINE>
    1 2
    0 3
    """
    tensors: NDArray[Any] = game.payoffs if game.exact is None else game.exact
    columns = [tensor.ravel(order="F").tolist() for tensor in tensors]
    entries = [" ".join(map(text_of, payoffs)) for payoffs in zip(*columns, strict=True)]
    width = game.shape[0]
    lines = [
        f"NFG 1 R {_quoted(game.title)} {_braced(game.players)}",
        "",
        "{ " + " ".join(_braced(names) for names in game.strategies) + " }",
        _quoted(comment),
        "",
        *("  ".join(entries[i : i + width]) for i in range(0, len(entries), width)),
    ]
    return "\n".join(lines) + "\n"


def _header(reader: Reader) -> tuple[str, list[str], list[list[str]] | None, list[int]]:
    """Return the title, the players, the names of strategies if given, and their numbers."""
    start = reader.position
    kind = reader.word()
    if kind != "NFG":
        reader.position = start
        advice = "extensive games have to be converted first" if kind == "EFG" else ""
        raise reader.fault("a file that starts with NFG 1 R", advice)
    for expected in (("1",), ("R", "D")):
        start = reader.position
        if reader.word() not in expected:
            reader.position = start
            raise reader.fault(f"{' or '.join(expected)} after NFG", "only version 1 is known")
    title = reader.quoted("a title")
    start = reader.position
    players = _texts(reader, "the name of a player")
    if not players:
        reader.position = start
        raise reader.fault("at least one player", found="none")
    if len(players) > MOST_PLAYERS:
        reader.position = start
        raise reader.fault(
            f"at most {MOST_PLAYERS} players",
            "leave out those who have one strategy",
            f"{len(players):,}",
        )
    reader.symbol("{")
    strategies: list[list[str]] | None = None
    sizes: list[int] = []
    if reader.peek() == "{":
        strategies = []
        while reader.peek() == "{":
            strategies.append(_texts(reader, "the name of a strategy"))
        sizes = [len(names) for names in strategies]
    else:
        while reader.peek() != "}" and len(sizes) <= len(players):
            size = reader.number("a number of strategies")
            if size.denominator != 1 or size < 0:
                raise reader.fault("whole numbers of strategies", found=shown(str(size)))
            sizes.append(int(size))
    if len(sizes) != len(players):
        raise reader.fault(
            f"strategies for {len(players)} players",
            "state them once for each",
            str(len(sizes)) if reader.peek() in "}" else "more",
        )
    if 0 in sizes:
        name = players[sizes.index(0)]
        raise reader.fault(f"at least one strategy of player {shown(name)}", found="none")
    reader.symbol("}")
    if reader.peek() == '"':
        reader.quoted("a comment")
    return title, players, strategies, sizes


def _texts(reader: Reader, what: str) -> list[str]:
    """Return a list of texts in braces."""
    reader.symbol("{")
    texts = []
    while reader.peek() != "}":
        texts.append(reader.quoted(what))
    reader.symbol("}")
    return texts


def _outcomes(reader: Reader, players: int) -> NDArray[np.object_]:
    """Return the payoffs of each outcome, the first being the one that pays nothing."""
    rows: list[list[Any]] = [[0] * players]
    reader.symbol("{")
    while reader.peek() == "{":
        reader.symbol("{")
        reader.quoted("the name of an outcome")
        rows.append([reader.number(f"{players} payoffs of an outcome") for _ in range(players)])
        reader.symbol("}")
    reader.symbol("}")
    table = np.empty((len(rows), players), dtype=object)
    table[:] = rows
    return table


def _indices(reader: Reader, profiles: int, sizes: Sequence[int], most: int) -> NDArray[np.int64]:
    """Return the outcome of each profile."""
    place = reader.place()
    found = reader.numbers(profiles, f"numbers of outcomes ({_sizes(sizes)})")
    wrong = next((value for value in found.tolist() if value not in range(most + 1)), None)
    if wrong is not None:
        raise GameError(
            f"{place}: expected numbers of outcomes from 0 to {most}, found {shown(str(wrong))} - "
            "outcomes are counted from 1, and 0 pays nothing"
        )
    return found.astype(np.int64)  # where one is written as 1.0, all were read as fractions


def _distinct(names: Sequence[str]) -> list[str]:
    """Return names of which none is empty and no two are the same."""
    filled = [name if name.strip() else str(number + 1) for number, name in enumerate(names)]
    taken = set(filled)
    if len(taken) == len(filled):
        return filled
    times = Counter(filled)
    free = dict.fromkeys(taken, 1)
    distinct = []
    for name in filled:
        if times[name] == 1:
            distinct.append(name)
            continue
        while (numbered := f"{name}_{free[name]}") in taken:
            free[name] += 1
        taken.add(numbered)
        distinct.append(numbered)
    return distinct


def _sizes(sizes: Sequence[int]) -> str:
    return " x ".join(f"{size:,}" if size < 10**15 else "very many" for size in sizes)


def _braced(names: Sequence[str]) -> str:
    return "{ " + " ".join(map(_quoted, names)) + " }"


def _quoted(text: str) -> str:
    if re.search(r'\\("|$)', text):
        raise GameError(
            f"text {shown(text)}: expected no backslash before a quote or at the end, found one - "
            "Gambit's format cannot hold it; rename it"
        )
    return '"' + text.replace('"', '\\"') + '"'

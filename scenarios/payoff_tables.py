"""Finite games as CSV tables of payoffs, in two shapes.

**Long**, for any number of players: one row for each profile, one column of strategies for each
player, and one column of payoffs for each, called `payoff` and the player's name.

    USA,     NLD,     payoff USA,  payoff NLD
    strict,  follow,  3,           2
    strict,  wait,    1,           5/2

**Grid**, for two players: the corner names both, the row's player first; the first column holds its
strategies, the first row the other's, and each cell both payoffs.

    USA / NLD,  follow,  wait
    strict,     3 | 2,   1 | 5/2

Cells may be separated by commas, semicolons or tabs. Before the header, lines may start with `#`;
the first of them is the title. Numbers are read exactly.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from scenarios.faults import FaultError, Faults, listed, nearest, shown
from scenarios.rationals import rational, text_of

PAYOFF = "payoff "
"""What the name of a column of payoffs starts with."""

MOST_DOUBTED = 10
"""Strategies with too few rows of which more are no slips of the pen."""

_SEPARATORS = ",;\t"
_CORNERS = "\\/|"
_WITHIN_A_CELL = re.compile(r"[|;,\s]+")


@dataclass(frozen=True)
class _Line:
    number: int
    cells: list[str]


def parse_payoff_table(text: str, *, name: str = "table") -> NormalFormGame:
    """Return the game of a CSV text.

    Parameters
    ----------
    name : where the text comes from, for messages.

    Raises
    ------
    GameError
        With every fault and its line.
    """
    title, lines = _lines(text, name)
    if not lines:
        raise GameError(f"{name}: expected a header and rows of payoffs, found no rows")
    header = lines[0].cells
    faults = Faults()
    if any(cell.lower().startswith(PAYOFF) for cell in header):
        game = _long(lines, name, title, faults)
    elif (pair := _corner(header[0])) is not None:
        game = _grid(lines, pair, name, title, faults)
    else:
        faults.add(
            f"{name}: line {lines[0].number}",
            "a header such as 'USA, NLD, payoff USA, payoff NLD', or a corner such as 'USA / NLD'",
            listed(map(shown, header)),
            "name the players",
        )
        game = None
    if game is None:
        raise GameError(*faults.error().faults)
    return game


def payoff_table_text(game: NormalFormGame, *, comment: str = "") -> str:
    """Return a game as CSV text in the long shape, exact where the game is.

    The title and the comment stand above the header.

    Examples
    --------
    >>> game = normal_form([[[1, 0]], [[2, 3]]], players=["USA", "NLD"])
    >>> print(payoff_table_text(game), end="")
    USA,NLD,payoff USA,payoff NLD
    1,1,1,2
    1,2,0,3
    """
    tensors: NDArray[Any] = game.payoffs if game.exact is None else game.exact
    buffer = io.StringIO(newline="")
    for line in [" ".join(game.title.split()), *comment.splitlines()]:
        if line:
            buffer.write(f"# {line}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*game.players, *(PAYOFF + player for player in game.players)])
    for profile in np.ndindex(*game.shape):
        payoffs = [text_of(tensor[profile]) for tensor in tensors]
        writer.writerow([*game.named(profile), *payoffs])
    return buffer.getvalue()


def _lines(text: str, name: str) -> tuple[str, list[_Line]]:
    """Return the title and the lines that hold anything."""
    raw = text.splitlines(keepends=True)
    start = next((i for i, line in enumerate(raw) if line.strip() and line[0] != "#"), len(raw))
    title = next((line.strip("# \t\r\n") for line in raw[:start] if line[0] == "#"), "")
    first = raw[start] if raw[start:] else ""
    separator = next((mark for mark in _SEPARATORS if mark in first), ",")
    reader = csv.reader(
        io.StringIO("".join(raw[start:]), newline=""),
        delimiter=separator,
        skipinitialspace=True,
        strict=True,
    )
    lines: list[_Line] = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells):
                lines.append(_Line(start + reader.line_num, cells))
    except csv.Error as error:
        raise GameError(
            f"{name}: line {start + reader.line_num}: expected a row of a CSV table, found: {error}"
        ) from None
    return title, lines


def _long(lines: Sequence[_Line], name: str, title: str, faults: Faults) -> NormalFormGame | None:
    """Return the game of a table with one row for each profile, or None and faults."""
    header = lines[0].cells
    place = f"{name}: line {lines[0].number}"
    owners = [_owner(cell) for cell in header]
    players = [cell for cell, owner in zip(header, owners, strict=True) if owner is None]
    for cell, owner in zip(header, owners, strict=True):
        if owner is None and not cell:
            faults.add(place, "a name for every column", "an empty one")
        elif owner is not None and owner not in players:
            faults.add(
                place,
                f"payoffs of the players {listed(map(shown, players))}",
                shown(cell),
                nearest(owner, players, advice="each player needs a column of strategies"),
            )
        if header.count(cell) > 1 and cell:
            faults.add(place, "each column once", f"{shown(cell)} {header.count(cell)} times")
    for player in players:
        if player and player not in owners:
            faults.add(place, f"a column {shown(PAYOFF + player)}", "none")
    if len(faults):
        return None
    chosen = [header.index(player) for player in players]
    paid = [owners.index(player) for player in players]
    cells: dict[tuple[str, ...], tuple[int, list[Fraction]]] = {}
    for line in lines[1:]:
        place = f"{name}: line {line.number}"
        if not _is_full(line, len(header), place, faults):
            continue
        profile = tuple(line.cells[column] for column in chosen)
        if "" in profile:
            faults.add(place, f"a strategy of {shown(players[profile.index('')])}", "nothing")
        elif profile in cells:
            faults.add(
                place,
                "each profile once",
                f"{_named(profile)} again, first on line {cells[profile][0]}",
            )
        else:
            numbers = _numbers([line.cells[column] for column in paid], place, faults)
            cells[profile] = (line.number, numbers)
    strategies = [list(dict.fromkeys(profile[i] for profile in cells)) for i in range(len(players))]
    _check_complete(cells, players, strategies, name, faults)
    if len(faults):
        return None
    values = np.empty((len(players), *map(len, strategies)), dtype=object)
    for place_in_table, profile in zip(
        np.ndindex(*values.shape[1:]), itertools.product(*strategies), strict=True
    ):
        values[(slice(None), *place_in_table)] = cells[profile][1]
    return _game(values, players, strategies, title, name)


def _grid(
    lines: Sequence[_Line], players: tuple[str, str], name: str, title: str, faults: Faults
) -> NormalFormGame | None:
    """Return the game of a table with both payoffs in each cell, or None and faults."""
    header = lines[0].cells
    columns = header[1:]
    rows: dict[str, list[list[Fraction]]] = {}
    if not all(columns) or len(set(columns)) < len(columns) or not columns:
        faults.add(
            f"{name}: line {lines[0].number}",
            f"different names for the strategies of {shown(players[1])}",
            listed(map(shown, columns)),
        )
    if len(lines) == 1:
        faults.add(name, f"a row for each strategy of {shown(players[0])}", "none")
    for line in lines[1:]:
        place = f"{name}: line {line.number}"
        if not _is_full(line, len(header), place, faults):
            continue
        if not line.cells[0] or line.cells[0] in rows:
            found = f"{shown(line.cells[0])} again" if line.cells[0] else "nothing"
            faults.add(place, f"a strategy of {shown(players[0])} for each row", found)
            continue
        row = []
        for column, cell in zip(columns, line.cells[1:], strict=True):
            pair = [part for part in _WITHIN_A_CELL.split(cell.strip("()[] ")) if part]
            if len(pair) != 2:
                where = f"{place}, column {column}"
                faults.add(where, "two payoffs such as 3 | 2", shown(cell), "one for each player")
            else:
                row.append(_numbers(pair, f"{place}, column {column}", faults))
        rows[line.cells[0]] = row
    if len(faults):
        return None
    values = np.empty((2, len(rows), len(columns)), dtype=object)
    for position, row in enumerate(rows.values()):
        values[:, position, :] = np.array(row, dtype=object).T
    return _game(values, players, [list(rows), columns], title, name)


def _owner(cell: str) -> str | None:
    """Return whose payoffs a column holds, None where it holds strategies."""
    return cell[len(PAYOFF) :].strip() if cell.lower().startswith(PAYOFF) else None


def _corner(cell: str) -> tuple[str, str] | None:
    """Return the two players that the corner of a grid names."""
    for mark in _CORNERS:
        parts = [part.strip() for part in cell.split(mark)]
        if len(parts) == 2 and all(parts):
            return parts[0], parts[1]
    return None


def _is_full(line: _Line, width: int, place: str, faults: Faults) -> bool:
    if len(line.cells) != width:
        faults.add(
            place,
            f"{width} cells as in the header",
            str(len(line.cells)),
            "put text that holds commas in double quotes",
        )
    return len(line.cells) == width


def _numbers(texts: Sequence[str], place: str, faults: Faults) -> list[Fraction]:
    numbers = []
    for text in texts:
        try:
            numbers.append(rational(text))
        except FaultError as fault:
            faults.file(place, fault)
    return numbers


def _check_complete(
    cells: dict[tuple[str, ...], tuple[int, list[Fraction]]],
    players: Sequence[str],
    strategies: Sequence[Sequence[str]],
    name: str,
    faults: Faults,
) -> None:
    """File a fault where some profile has no row, with the strategies that may be misspelt."""
    profiles = math.prod(map(len, strategies))
    missing = profiles - len(cells)
    if not cells:
        if not len(faults):
            faults.add(name, "a row for each profile", "none")
        return
    if not missing or len(faults):
        return
    absent = (profile for profile in itertools.product(*strategies) if profile not in cells)
    examples = ", ".join(map(_named, itertools.islice(absent, 3)))
    doubts = [
        f"{shown(strategy)} of {player}: {hint}"
        for position, player in enumerate(players)
        for strategy, hint in _misspelt(Counter(profile[position] for profile in cells))
    ]
    faults.add(
        name,
        f"a row for each of {profiles:,} profiles ({' x '.join(str(len(s)) for s in strategies)})",
        f"none for {missing:,} of them, such as {examples}",
        "; ".join(doubts[:3]) or "state a payoff for every profile",
    )


def _misspelt(rows: Counter[str]) -> Iterator[tuple[str, str]]:
    """Yield the strategies with fewest rows that are called almost like another, and the advice."""
    names = list(rows)
    fewest = min(rows.values())
    rare = [strategy for strategy in names if rows[strategy] == fewest]
    for strategy in rare if len(rare) <= MOST_DOUBTED else ():
        before = names[: names.index(strategy)]
        others = [other for other in names if rows[other] > fewest or other in before]
        if hint := nearest(strategy, others):
            yield strategy, hint


def _game(
    values: NDArray[np.object_],
    players: Sequence[str],
    strategies: Sequence[Sequence[str]],
    title: str,
    name: str,
) -> NormalFormGame:
    try:
        return normal_form(values, players=players, strategies=strategies, title=title)
    except GameError as error:
        raise GameError(*(f"{name}: {fault}" for fault in error.faults)) from None


def _named(profile: Sequence[str]) -> str:
    return "(" + ", ".join(name if len(name) <= 40 else name[:37] + "..." for name in profile) + ")"

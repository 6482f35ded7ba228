"""Finite games for tests: random ones of several kinds, and textbook ones with known equilibria.

Payoffs come from short ranges, so that ties, dominated and equal strategies are common. The
equilibria of `TEXTBOOK` are all extreme equilibria, as fractions, in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from games.normal_form import NormalFormGame, normal_form

F = Fraction


@st.composite
def integer_games(
    draw: st.DrawFn,
    *,
    players: int = 2,
    largest: int = 4,
    low: int = -9,
    high: int = 9,
) -> NormalFormGame:
    """Games with integer payoffs from `low` to `high`, up to `largest` strategies each."""
    shape = tuple(draw(st.integers(1, largest)) for _ in range(players))
    return normal_form(_table(draw, (players, *shape), st.integers(low, high)))


def degenerate_games(*, players: int = 2, largest: int = 4) -> st.SearchStrategy[NormalFormGame]:
    """Games full of ties: payoffs of -1, 0, 1, repeated strategies, strategies that pay nothing."""
    return st.one_of(
        integer_games(players=players, largest=largest, low=-1, high=1),
        integer_games(players=players, largest=largest, low=0, high=1),
        _damaged_games(players=players, largest=largest),
    )


@st.composite
def _damaged_games(draw: st.DrawFn, *, players: int, largest: int) -> NormalFormGame:
    game = draw(integer_games(players=players, largest=max(largest - 1, 1), low=-3, high=3))
    payoffs = game.payoffs.astype(int)
    for player in range(players):
        axis = player + 1
        chosen = draw(st.integers(0, payoffs.shape[axis] - 1))
        kind = draw(st.sampled_from(["nothing", "repeat", "clear", "clear own"]))
        if kind == "repeat" and payoffs.shape[axis] < largest:
            payoffs = np.concatenate([payoffs, payoffs.take([chosen], axis=axis)], axis=axis)
        place: list[Any] = [slice(None)] * payoffs.ndim
        place[axis] = chosen
        if kind == "clear own":
            place[0] = player
        if kind.startswith("clear"):
            payoffs[tuple(place)] = 0
    return normal_form(payoffs)


@st.composite
def float_games(draw: st.DrawFn, *, players: int = 2, largest: int = 4) -> NormalFormGame:
    """Games with payoffs between -1 and 1 that are no round numbers."""
    shape = tuple(draw(st.integers(1, largest)) for _ in range(players))
    seed = draw(st.integers(0, 2**32 - 1))
    return normal_form(np.random.default_rng(seed).uniform(-1, 1, (players, *shape)))


@st.composite
def zero_sum_games(
    draw: st.DrawFn, *, largest: int = 5, low: int = -5, high: int = 5
) -> NormalFormGame:
    """Games of two players in which one gains what the other loses."""
    shape = (draw(st.integers(1, largest)), draw(st.integers(1, largest)))
    table = _table(draw, shape, st.integers(low, high))
    return normal_form([table, -table])


def any_bimatrix_games(*, largest: int = 4) -> st.SearchStrategy[NormalFormGame]:
    """Games of two players of all kinds above."""
    return st.one_of(
        integer_games(largest=largest),
        degenerate_games(largest=largest),
        float_games(largest=largest),
        zero_sum_games(largest=largest),
    )


def any_games(*, players: int = 3, largest: int = 3) -> st.SearchStrategy[NormalFormGame]:
    """Games of any stated number of players, of all kinds above."""
    return st.one_of(
        integer_games(players=players, largest=largest),
        degenerate_games(players=players, largest=largest),
        float_games(players=players, largest=largest),
    )


def _table(draw: st.DrawFn, shape: Sequence[int], numbers: st.SearchStrategy[int]) -> Any:
    size = int(np.prod(shape))
    return np.array(draw(st.lists(numbers, min_size=size, max_size=size))).reshape(shape)


def random_game(
    shape: Sequence[int], seed: int, *, low: int | None = None, high: int | None = None
) -> NormalFormGame:
    """Return a game that depends on the seed alone: integers in a range, or floats in [0, 1)."""
    rng = np.random.default_rng(seed)
    size = (len(shape), *shape)
    if low is None or high is None:
        return normal_form(rng.random(size))
    return normal_form(rng.integers(low, high + 1, size))


# What leaves equilibria as they should be ---------------------------------------------------------


def rescaled(
    game: NormalFormGame, factors: Sequence[int | Fraction], shifts: Sequence[int | Fraction]
) -> NormalFormGame:
    """Return the game with each player's payoffs times a positive factor plus a shift, exactly."""
    return normal_form(
        [t * F(f) + F(s) for t, f, s in zip(game.rational(), factors, shifts, strict=True)]
    )


def permuted(game: NormalFormGame, orders: Sequence[Sequence[int]]) -> NormalFormGame:
    """Return the game with each player's strategies in another order: new a is old orders[i][a]."""
    payoffs = game.rational()
    for player, order in enumerate(orders):
        payoffs = payoffs.take(list(order), axis=player + 1)
    return normal_form(payoffs)


def swapped(game: NormalFormGame) -> NormalFormGame:
    """Return a game of two players with the players in the other order."""
    first, second = game.rational()
    return normal_form([second.T, first.T])


def repeated(game: NormalFormGame, player: int, strategy: int) -> NormalFormGame:
    """Return the game in which one strategy of one player appears a second time, at the end."""
    payoffs = game.rational()
    axis = player + 1
    return normal_form(np.concatenate([payoffs, payoffs.take([strategy], axis=axis)], axis=axis))


# Textbook games -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Textbook:
    """A game of two players and all its extreme equilibria.

    Attributes
    ----------
    source : where the game is from.
    equilibria : (x, y) in fractions, sorted.
    """

    game: NormalFormGame
    source: str
    equilibria: tuple[tuple[tuple[Fraction, ...], tuple[Fraction, ...]], ...]


def _textbook(title: str, source: str, first: Any, second: Any, *equilibria: Any) -> Textbook:
    found = sorted(
        (tuple(F(p) for p in x.split()), tuple(F(p) for p in y.split())) for x, y in equilibria
    )
    return Textbook(normal_form([first, second], title=title), source, tuple(found))


def zero_sum(table: Any) -> tuple[Any, Any]:
    """Return a table and its negative."""
    return np.array(table), -np.array(table)


TEXTBOOK = {
    book.game.title: book
    for book in (
        _textbook(
            "prisoners' dilemma",
            "tucker1950",
            [[3, 0], [5, 1]],
            [[3, 5], [0, 1]],
            ("0 1", "0 1"),
        ),
        _textbook(
            "matching pennies",
            "vonneumann1928",
            *zero_sum([[1, -1], [-1, 1]]),
            ("1/2 1/2", "1/2 1/2"),
        ),
        _textbook(
            "battle of the sexes",
            "luce1957, section 5.3",
            [[2, 0], [0, 1]],
            [[1, 0], [0, 2]],
            ("1 0", "1 0"),
            ("0 1", "0 1"),
            ("2/3 1/3", "1/3 2/3"),
        ),
        _textbook(
            "chicken",
            "aumann1974",
            [[6, 2], [7, 0]],
            [[6, 7], [2, 0]],
            ("1 0", "0 1"),
            ("0 1", "1 0"),
            ("2/3 1/3", "2/3 1/3"),
        ),
        _textbook(
            "rock, paper, scissors",
            "vonneumann1928",
            *zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]),
            ("1/3 1/3 1/3", "1/3 1/3 1/3"),
        ),
        _textbook(
            "Shapley's cycle",
            "shapley1964",
            [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
            ("1/3 1/3 1/3", "1/3 1/3 1/3"),
        ),
        _textbook(
            "three by two",
            "vonstengel2007, example 3.3",
            [[3, 3], [2, 5], [0, 6]],
            [[3, 2], [2, 6], [3, 1]],
            ("1 0 0", "1 0"),
            ("4/5 1/5 0", "2/3 1/3"),
            ("0 1/3 2/3", "1/3 2/3"),
        ),
        _textbook(
            "three by two, degenerate",
            "vonstengel2007, example 3.7: a segment of equilibria and one more",
            [[3, 3], [2, 5], [0, 6]],
            [[3, 3], [2, 6], [3, 1]],
            ("1 0 0", "1 0"),
            ("1 0 0", "2/3 1/3"),
            ("0 1/3 2/3", "1/3 2/3"),
        ),
        _textbook(
            "three by two of lrs",
            "avis2010",
            [[0, 6], [2, 5], [3, 3]],
            [[1, 0], [0, 2], [4, 3]],
            ("2/3 1/3 0", "1/3 2/3"),
            ("0 1/3 2/3", "2/3 1/3"),
            ("0 0 1", "1 0"),
        ),
        _textbook(
            "nothing at stake",
            "by hand: every pair of pure strategies is extreme",
            [[0, 0], [0, 0]],
            [[0, 0], [0, 0]],
            *((x, y) for x in ("0 1", "1 0") for y in ("0 1", "1 0")),
        ),
        _textbook(
            "a path of equilibria",
            "by hand: the second player is indifferent, the first follows",
            [[1, 0], [0, 1]],
            [[0, 0], [0, 0]],
            ("1 0", "1 0"),
            ("0 1", "0 1"),
            ("1 0", "1/2 1/2"),
            ("0 1", "1/2 1/2"),
        ),
    )
}


def coordination(size: int) -> NormalFormGame:
    """Return the game of meeting at one of `size` places: 2^size - 1 equilibria, one a subset."""
    return normal_form([np.eye(size, dtype=int)] * 2, title=f"coordination {size}")


def seventy_five() -> NormalFormGame:
    """Return a 6x6 game with 75 equilibria (vonstengel1999)."""
    first = [
        [9504, -660, 19976, -20526, 1776, -8976],
        [-111771, 31680, -130944, 168124, -8514, 52764],
        [397584, -113850, 451176, -586476, 29216, -178761],
        [171204, -45936, 208626, -263076, 14124, -84436],
        [1303104, -453420, 1227336, -1718376, 72336, -461736],
        [737154, -227040, 774576, -1039236, 48081, -300036],
    ]
    second = [
        [72336, -461736, 1227336, -1718376, 1303104, -453420],
        [48081, -300036, 774576, -1039236, 737154, -227040],
        [29216, -178761, 451176, -586476, 397584, -113850],
        [14124, -84436, 208626, -263076, 171204, -45936],
        [1776, -8976, 19976, -20526, 9504, -660],
        [-8514, 52764, -130944, 168124, -111771, 31680],
    ]
    return normal_form([first, np.transpose(second)], title="seventy-five equilibria")


# Three players ------------------------------------------------------------------------------------


def horse() -> NormalFormGame:
    """Return Selten's horse (selten1975) in normal form: pure equilibria (0, 0, 1) and (1, 0, 0).

    Player 1: across, down; player 2: across, down; player 3: left, right.
    """
    return _three(
        "Selten's horse",
        [[[(1, 1, 1), (1, 1, 1)], [(4, 4, 0), (0, 0, 1)]],
         [[(3, 3, 2), (0, 0, 0)], [(3, 3, 2), (0, 0, 0)]]],
    )  # fmt: skip


def nine_equilibria() -> NormalFormGame:
    """Return a 2x2x2 game with nine equilibria, four pure, two totally mixed (mckelvey1996)."""
    nothing = (0, 0, 0)
    return _three(
        "nine equilibria",
        [[[(9, 8, 12), nothing], [nothing, (3, 4, 6)]],
         [[nothing, (3, 4, 4)], [(9, 8, 2), nothing]]],
    )  # fmt: skip


def _three(title: str, table: Any) -> NormalFormGame:
    return normal_form(np.moveaxis(np.array(table), -1, 0), title=title)


def minority(players: int = 3) -> NormalFormGame:
    """Return the game that pays 1 to whoever is with the smaller half (arthur1994).

    With three players every profile in which not all agree is a pure equilibrium; the only totally
    mixed one is one half for everybody.
    """
    choices = np.indices((2,) * players)
    ones = choices.sum(axis=0)
    alike = np.where(choices == 1, ones, players - ones)
    return normal_form((2 * alike < players).astype(int), title=f"minority of {players}")


def majority(players: int = 3) -> NormalFormGame:
    """Return the game that pays 1 to whoever is with the larger half.

    With three players the pure equilibria are those in which all agree, and the only totally mixed
    one is one half for everybody.
    """
    choices = np.indices((2,) * players)
    ones = choices.sum(axis=0)
    alike = np.where(choices == 1, ones, players - ones)
    return normal_form((2 * alike > players).astype(int), title=f"majority of {players}")

"""Bayesian games of two players: types drawn from a common prior, one payoff table for each pair.

Nature draws a pair of types; each player sees its own and chooses an action; the table of the pair
pays both. All types of a player have the same actions (a type that lacks one has it at a payoff
that makes it a bad one). Written out over plans, one action for each type, it is a finite game in
normal form (harsanyi1967), whose equilibria are those of the Bayesian game; only the probability
of each action given the type matters to anybody (`behaviour`).

The same record serves commitment to follower types: the leader then usually has a single type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form

LARGEST = 1_000_000
"""Profiles of plans at most that `expanded` writes down."""

Behaviour = tuple[tuple[tuple[Any, ...], ...], ...]
"""For each player and each of its types the probabilities of the actions."""


@dataclass(frozen=True, eq=False)
class BayesianGame:
    """A Bayesian game; build it with `bayesian_game`, which checks.

    Attributes
    ----------
    tables : `tables[s][t]` is the game that is played when the players' types are s and t.
    prior : probability of each pair, shape (types of player 0, types of player 1); fractions where
        given exactly.
    types : names, for each player.
    """

    tables: tuple[tuple[NormalFormGame, ...], ...]
    prior: NDArray[Any]
    types: tuple[tuple[str, ...], tuple[str, ...]]
    title: str = ""

    @property
    def players(self) -> tuple[str, ...]:
        """Names of the two players."""
        return self.tables[0][0].players

    @property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Names of each player's actions."""
        return self.tables[0][0].strategies

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of actions of each player."""
        return self.tables[0][0].shape

    @cached_property
    def exact(self) -> bool:
        """Whether the prior is in fractions; payoffs always can be."""
        return self.prior.dtype == object

    def payoffs(self, *, exact: bool = False) -> NDArray[Any]:
        """Return all payoffs, shape (2, types of 0, types of 1, actions of 0, actions of 1)."""
        rows = [[t.rational() if exact else t.payoffs for t in row] for row in self.tables]
        return np.moveaxis(np.array(rows), 2, 0)


def bayesian_game(
    payoffs: Any,
    prior: Any,
    *,
    players: Sequence[str] | None = None,
    types: Sequence[Sequence[str]] | None = None,
    actions: Sequence[Sequence[str]] | None = None,
    title: str = "",
) -> BayesianGame:
    """Check payoffs, prior and names, and make a game of them.

    Parameters
    ----------
    payoffs : `payoffs[s][t]` is a table for each player, as `normal_form` takes them, for types s
        of player 0 and t of player 1.
    prior : `prior[s][t]`, at least 0, adding up to 1; integers and fractions are kept exactly.
    players, types, actions : names; by default "1", "2", ...

    Raises
    ------
    GameError
        On anything that `normal_form` refuses in a table, tables of different shapes, missing
        tables, and a prior that is none.

    Examples
    --------
    >>> low, high = [[[2, 0], [3, 1]], [[1, 0], [0, 2]]], [[[2, 0], [3, 1]], [[0, 1], [2, 0]]]
    >>> game = bayesian_game([[low, high]], [[Fraction(1, 3), Fraction(2, 3)]])
    >>> game.shape, game.types
    ((2, 2), (('1',), ('1', '2')))
    """
    rows = _rows("payoffs", payoffs)
    tables: list[tuple[NormalFormGame, ...]] = []
    for s, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise GameError(
                f"payoffs of type {s + 1} of player 1: expected {len(rows[0])} tables, one for "
                f"each type of player 2, found {len(row)} - give one for each pair of types"
            )
        tables.append(tuple(_table(s, t, table, players, actions) for t, table in enumerate(row)))
    shape = tables[0][0].shape
    for s, games in enumerate(tables):
        for t, game in enumerate(games):
            if len(game.players) != 2 or game.shape != shape:
                raise GameError(
                    f"payoffs of types {s + 1} and {t + 1}: expected tables of shape {shape} for "
                    f"two players, found {game.shape} - all types have the same actions"
                )
    sizes = (len(tables), len(tables[0]))
    return BayesianGame(tuple(tables), _prior(prior, sizes), _types(types, sizes), title)


def _rows(what: str, given: Any) -> list[list[Any]]:
    try:
        rows = [list(row) for row in given]
    except TypeError:
        rows = []
    if not rows or not rows[0]:
        raise GameError(
            f"{what}: expected one row for each type of player 1 and in it one entry for each type "
            "of player 2, found none - every player has at least one type"
        )
    return rows


def _table(
    s: int,
    t: int,
    table: Any,
    players: Sequence[str] | None,
    actions: Sequence[Sequence[str]] | None,
) -> NormalFormGame:
    try:
        return normal_form(table, players=players, strategies=actions)
    except GameError as error:
        raise GameError(f"types {s + 1} and {t + 1}: {error}") from None


def _prior(given: Any, sizes: tuple[int, int]) -> NDArray[Any]:
    rows = _rows("prior", given)
    if [len(row) for row in rows] != [sizes[1]] * sizes[0]:
        raise GameError(
            f"prior: expected {sizes[0]} rows of {sizes[1]} probabilities, found rows of "
            f"{[len(row) for row in rows]} - give one for each pair of types"
        )
    values = [value for row in rows for value in row]
    if any(isinstance(v, bool | str) or not isinstance(v, int | float | Fraction) for v in values):
        raise GameError("prior: expected numbers, found something else - give probabilities")
    exact = all(isinstance(value, int | Fraction) for value in values)
    total = sum(values)
    if not all(isfinite(v) and v >= 0 for v in values) or abs(total - 1) > (0 if exact else 1e-9):
        raise GameError(
            f"prior: expected probabilities that add up to 1, found {float(total):.9g} in all - "
            "none may be negative"
        )
    table = np.empty(len(values), dtype=object if exact else float)
    table[:] = [Fraction(value) for value in values] if exact else values
    return table.reshape(sizes)


def _types(
    given: Sequence[Sequence[str]] | None, sizes: tuple[int, int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if given is None:
        first, second = (tuple(str(t + 1) for t in range(size)) for size in sizes)
        return first, second
    names = [tuple(row) for row in given]
    if [len(row) for row in names] != list(sizes) or any(len(set(r)) != len(r) for r in names):
        raise GameError(
            f"types: expected {sizes[0]} and {sizes[1]} different names, found "
            f"{[len(row) for row in names]} - name each type of each player once"
        )
    return names[0], names[1]


def plans(types: int, actions: int) -> NDArray[np.int64]:
    """Return every plan, shape (plans, types): an action for each type, the last one fastest."""
    return np.array(list(product(range(actions), repeat=types)), dtype=np.int64)


def expanded(game: BayesianGame, *, largest: int = LARGEST) -> NormalFormGame:
    """Return the game in normal form: a strategy is a plan, payoffs are averages over the prior.

    Parameters
    ----------
    largest : profiles of plans at most.

    Raises
    ------
    GameError
        When there would be more; nothing is built then.
    """
    counts = [actions ** len(names) for actions, names in zip(game.shape, game.types, strict=True)]
    if counts[0] * counts[1] > largest:
        raise GameError(
            f"normal form: expected at most {largest} profiles of plans, found {counts[0]} times "
            f"{counts[1]} - a plan has an action for each type, so merge types or drop actions"
        )
    exact = game.exact
    payoffs = game.payoffs(exact=exact)
    first, second = (
        plans(len(names), actions) for actions, names in zip(game.shape, game.types, strict=True)
    )
    total = np.zeros((2, *counts), dtype=payoffs.dtype)
    for s, t in np.argwhere(game.prior != 0).tolist():
        total += game.prior[s, t] * payoffs[:, s, t][:, first[:, s][:, None], second[:, t]]
    return normal_form(
        total,
        players=game.players,
        strategies=[
            _plan_names(plan, game.types[i], game.actions[i])
            for i, plan in enumerate((first, second))
        ],
        title=game.title,
    )


def _plan_names(plan: NDArray[np.int64], types: Sequence[str], actions: Sequence[str]) -> list[str]:
    if len(types) == 1:
        return [actions[row[0]] for row in plan.tolist()]
    return [
        ", ".join(f"{name}: {actions[a]}" for name, a in zip(types, row, strict=True))
        for row in plan.tolist()
    ]


def behaviour(game: BayesianGame, profile: Sequence[Sequence[Any]]) -> Behaviour:
    """Return what each type does in a mixed profile of the expanded game, exact where that is.

    Raises
    ------
    GameError
        When the profile does not fit the expanded game.
    """
    found = []
    for i, (names, actions) in enumerate(zip(game.types, game.shape, strict=True)):
        table = plans(len(names), actions)
        if len(profile) != 2 or len(profile[i]) != len(table):
            raise GameError(
                f"profile of player {game.players[i]}: expected {len(table)} probabilities, one "
                "for each plan, found others - give a profile of the expanded game"
            )
        mixed = np.array(profile[i], dtype=object)
        zero = 0 * mixed[0]
        found.append(
            tuple(
                tuple(sum(mixed[table[:, t] == a].tolist(), start=zero) for a in range(actions))
                for t in range(len(names))
            )
        )
    return tuple(found)


def type_regrets(game: BayesianGame, behaviours: Behaviour) -> tuple[tuple[Any, ...], ...]:
    """Return, for each player and type, what its best change would gain, times its probability.

    All are 0 at an equilibrium; a player's add up to its regret in the expanded game.
    """
    exact = game.exact and isinstance(behaviours[0][0][0], Fraction)
    payoffs = game.payoffs(exact=exact)
    prior = game.prior if exact else game.prior.astype(float)
    kind = payoffs.dtype
    first, second = (np.array(player, dtype=kind) for player in behaviours)
    regrets = []
    for i in (0, 1):
        weighted = prior[:, :, None, None] * payoffs[i]
        if i == 0:
            values = (weighted * second[None, :, None, :]).sum(axis=(1, 3))
            own = first
        else:
            values = (weighted * first[:, None, :, None]).sum(axis=(0, 2))
            own = second
        gains = values.max(axis=1) - (values * own).sum(axis=1)
        regrets.append(tuple(max(gain, 0 * gain) for gain in gains.tolist()))
    return tuple(regrets)

"""Integer programming games: every player solves a mixed-integer programme that others bend.

Player i picks x_i from a set given by linear constraints and integrality, and earns

    u_i(x) = c_i . x_i  +  sum_{j != i} x_i' Q_ij x_j.

The rules are one Pyomo model per player; the payoffs are arrays. Against mixed strategies only the
averages of the others count, so a best response is one mixed-integer linear programme with the
objective c_i + sum_j Q_ij E[x_j].

References
----------
koppe2011, carvalho2022
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyomo.environ as pyo

from games.errors import GameError
from games.normal_form import Floats
from solvers.finite.feasible import FeasibleSet, LinearOracle, feasible_set
from solvers.finite.oracles import Mixture, Response


@dataclass(frozen=True)
class Programme:
    """What one player may do, and what that earns by itself.

    Attributes
    ----------
    name : of the player.
    model : the rules; its objective, if any, is not read.
    variables : those that make up a strategy, in the order of the arrays.
    own : c_i, payoff per unit of each variable.
    """

    name: str
    model: pyo.ConcreteModel
    variables: Sequence[Any]
    own: Any


@dataclass(frozen=True, eq=False)
class IntegerProgrammingGame:
    """A game made by `integer_programming_game`; it is an `OracleGame`.

    Strategies are tuples of the values of a player's variables.

    Attributes
    ----------
    players : their names.
    sets : what each may do.
    own : c_i of each.
    cross : Q_ij by (i, j), shape (variables of i, variables of j); absent where it is nothing.
    """

    players: tuple[str, ...]
    sets: tuple[FeasibleSet, ...]
    own: tuple[Floats, ...]
    cross: Mapping[tuple[int, int], Floats]
    oracles: tuple[LinearOracle, ...] = field(repr=False)

    def start(self) -> tuple[Hashable, ...]:
        """Return what each player would do if there were no others."""
        return tuple(
            tuple(oracle.maximise(own)[0].tolist())
            for oracle, own in zip(self.oracles, self.own, strict=True)
        )

    def payoffs(self, profile: Sequence[Any]) -> tuple[float, ...]:
        """Return what each player earns at a pure profile."""
        points = [np.asarray(strategy, dtype=float) for strategy in profile]
        return tuple(
            float(self.worth(player, points) @ point) for player, point in enumerate(points)
        )

    def worth(self, player: int, points: Sequence[Floats]) -> Floats:
        """Return c_i + sum_j Q_ij x_j: what one unit of each variable of a player earns.

        Parameters
        ----------
        points : x_j of every player, averages where they mix; that of `player` is not used.
        """
        worth = self.own[player].copy()
        for other, point in enumerate(points):
            if (player, other) in self.cross:
                worth += self.cross[player, other] @ point
        return worth

    def respond(
        self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
    ) -> Response:
        """Return a best response to the others' mixtures, with HiGHS's bound on every response.

        Raises
        ------
        GameError
            When payoffs have no upper limit.
        LimitError
            When the limit of time comes before any strategy is found.
        """
        points = [
            np.asarray(mixture.probabilities) @ np.asarray(mixture.strategies, dtype=float)
            for mixture in mixtures
        ]
        strategy, bound = self.oracles[player].maximise(
            self.worth(player, points), time_limit=time_limit
        )
        return Response(tuple(strategy.tolist()), bound)


def integer_programming_game(
    programmes: Sequence[Programme], *, interactions: Mapping[tuple[int, int], Any]
) -> IntegerProgrammingGame:
    """Make a game of one programme for each player.

    Parameters
    ----------
    interactions : Q_ij by (i, j), positions of players: an array of shape (variables of i,
        variables of j), or one of a single axis, which is the diagonal.

    Raises
    ------
    GameError
        When arrays do not fit the variables, hold something else than finite numbers, or name a
        player who does not exist or who meets himself; and from reading the models.

    Examples
    --------
    Two players each take part in a market or not; the payoff of both falls if both do.

    >>> def market():
    ...     model = pyo.ConcreteModel()
    ...     model.enter = pyo.Var(domain=pyo.Binary)
    ...     return model
    >>> models = [market(), market()]
    >>> programmes = [Programme(n, m, [m.enter], [2]) for n, m in zip("AB", models)]
    >>> game = integer_programming_game(programmes, interactions={(0, 1): [-3], (1, 0): [-3]})
    >>> game.start(), game.payoffs(game.start())
    (((1.0,), (1.0,)), (-1.0, -1.0))
    """
    names = tuple(programme.name for programme in programmes)
    if not names or len(set(names)) != len(names):
        raise GameError(
            f"players: expected at least one, with different names, found {list(names)} - "
            "name each player once"
        )
    sets = tuple(feasible_set(p.model, list(p.variables), name=p.name) for p in programmes)
    own = tuple(
        _array(f"payoffs of player {p.name}", p.own, (s.own,))
        for p, s in zip(programmes, sets, strict=True)
    )
    cross = {}
    for (player, other), given in interactions.items():
        where = f"interaction of players {player} and {other}"
        if player == other or not {player, other} <= set(range(len(names))):
            raise GameError(
                f"{where}: expected two different positions below {len(names)}, found something "
                "else - positions count from 0, and a product of own variables is not linear"
            )
        array = np.asarray(given)
        shape = (sets[player].own, sets[other].own)
        if array.ndim == 1 and shape[0] == shape[1]:
            array = np.diag(_array(where, array, shape[:1]))
        cross[player, other] = _array(where, array, shape)
    oracles = tuple(LinearOracle(feasible) for feasible in sets)
    return IntegerProgrammingGame(names, sets, own, cross, oracles)


def _array(where: str, given: Any, shape: tuple[int, ...]) -> Floats:
    """Return a copy of an array after checking its shape and numbers."""
    try:
        array = np.array(given, dtype=float)
    except (TypeError, ValueError):
        raise GameError(
            f"{where}: expected numbers, found something else - give an array"
        ) from None
    if array.shape != shape:
        raise GameError(
            f"{where}: expected an array of shape {shape}, found {array.shape} - "
            "one entry for each variable"
        )
    if not np.isfinite(array).all():
        raise GameError(
            f"{where}: expected finite numbers, found NaN or infinity - state every payoff"
        )
    return array

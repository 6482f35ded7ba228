"""The jobs on finite games: which random games, how many, and who does them.

Every game follows from its job and its number alone. Payoffs are uniform between 0 and 1 unless
the setting says otherwise; `none pure` keeps only games without an equilibrium in pure strategies,
of which uniform games have one in about 63 of 100 cases. A method that hardly ends at one size is
not asked again at the next.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from benchmarks import finite_methods as ours
from benchmarks import finite_peers as peers
from benchmarks.finite_methods import Method, product
from games.bayesian import BayesianGame, bayesian_game
from games.normal_form import NormalFormGame, normal_form
from games.security import SecurityGame, security_game

Kind = Literal["one", "all", "welfare", "correlated", "commitment", "types", "coverage"]
"""How answers are judged."""

FOLLOWER_TYPES = 5


@dataclass(frozen=True)
class Job:
    """Something to be done for a number of random games.

    Parameters
    ----------
    setting : what the games are like.
    games : how many.
    make : a random game.
    practice : a small one of the same kind, on which methods warm up.
    limit : seconds for one game.
    """

    name: str
    setting: str
    kind: Kind
    games: int
    make: Callable[[np.random.Generator], Any]
    practice: Callable[[np.random.Generator], Any]
    methods: tuple[Method, ...]
    limit: float = 5.0

    @property
    def key(self) -> str:
        """What patterns are matched with."""
        return f"{self.name}/{self.setting}"

    def problem(self, number: int) -> Any:
        """Return the game of a number."""
        return self.make(np.random.default_rng([zlib.crc32(self.key.encode()), number]))


def uniform(generator: np.random.Generator, shape: Sequence[int]) -> NormalFormGame:
    """Return a game whose payoffs are uniform between 0 and 1."""
    return normal_form(generator.random((len(shape), *shape)))


def none_pure(generator: np.random.Generator, shape: Sequence[int]) -> NormalFormGame:
    """Return a uniform game without an equilibrium in pure strategies."""
    while has_pure(game := uniform(generator, shape)):
        pass
    return game


def has_pure(game: NormalFormGame) -> bool:
    """Say whether a game has an equilibrium in pure strategies."""
    best = [
        payoffs == payoffs.max(axis=player, keepdims=True)
        for player, payoffs in enumerate(game.payoffs)
    ]
    return bool(np.logical_and.reduce(best).any())


def integers(
    generator: np.random.Generator, shape: Sequence[int], *, largest: int
) -> NormalFormGame:
    """Return a game of payoffs 0, 1, ..., `largest`: small numbers make it degenerate."""
    return normal_form(generator.integers(0, largest + 1, (len(shape), *shape)))


def none_pure_integers(
    generator: np.random.Generator, shape: Sequence[int], *, largest: int
) -> NormalFormGame:
    """Return such a game without an equilibrium in pure strategies."""
    while has_pure(game := integers(generator, shape, largest=largest)):
        pass
    return game


def zero_sum(generator: np.random.Generator, size: int) -> NormalFormGame:
    """Return a square zero-sum game, uniform between 0 and 1."""
    table = generator.random((size, size))
    return normal_form([table, -table])


def follower_types(generator: np.random.Generator, size: int, types: int) -> BayesianGame:
    """Return a leader of one type against equally likely types, each with a table of its own."""
    return bayesian_game(generator.random((1, types, 2, size, size)), [[1 / types] * types])


def targets(generator: np.random.Generator, size: int) -> SecurityGame:
    """Return a security game with a tenth as many resources as targets, payoffs up to 10."""
    gains, losses = generator.uniform(0, 10, (2, size)), generator.uniform(-10, 0, (2, size))
    return security_game(
        defender_covered=gains[0],
        defender_uncovered=losses[0],
        attacker_covered=losses[1],
        attacker_uncovered=gains[1],
        resources=size // 10,
    )


def _one(size: int, make: Callable[..., NormalFormGame], setting: str, *slow: Method) -> Job:
    return Job(
        "one equilibrium",
        f"{size}x{size}{setting}",
        "one",
        20,
        partial(make, shape=(size, size)),
        partial(make, shape=(4, 4)),
        (product(ours.one_equilibrium), peers.QUANTECON_CAPPED, peers.QUANTECON_PATH, *slow),
    )


ENUMERATIONS = (
    product(partial(ours.all_equilibria, exact=False)),
    product(partial(ours.all_equilibria, exact=True), variant="exact"),
    peers.QUANTECON_VERTICES,
    peers.QUANTECON_SUPPORTS,
)
NASHPY = (peers.NASHPY_VERTICES, peers.NASHPY_SUPPORTS)


def _all(size: int, *slow: Method) -> Job:
    return Job(
        "all equilibria",
        f"{size}x{size}",
        "all",
        10,
        partial(uniform, shape=(size, size)),
        partial(uniform, shape=(4, 4)),
        (*ENUMERATIONS, *slow),
    )


def _all_of_degenerate(size: int, largest: int) -> Job:
    return Job(
        "all equilibria",
        f"{size}x{size}, integers 0 to {largest}",
        "all",
        20,
        partial(integers, shape=(size, size), largest=largest),
        partial(integers, shape=(4, 4), largest=largest),
        (*ENUMERATIONS, peers.GAMBIT_VERTICES, peers.GAMBIT_EXACT, *NASHPY),
    )


def _zero_sum(size: int, *slow: Method) -> Job:
    return Job(
        "zero-sum",
        f"{size}x{size}",
        "one",
        3,
        partial(zero_sum, size=size),
        partial(zero_sum, size=20),
        (product(ours.zero_sum), peers.QUANTECON_MINMAX, peers.NASHPY_PROGRAM, *slow),
        limit=20.0,
    )


def _several_players(
    players: int, make: Callable[..., NormalFormGame], setting: str, *more: Method
) -> Job:
    shape = (3,) * players
    return Job(
        "several players",
        "x".join(map(str, shape)) + setting,
        "one",
        20,
        partial(make, shape=shape),
        partial(make, shape=(2,) * players),
        (
            product(ours.one_mixed),
            peers.QUANTECON_FIXED_POINT,
            peers.GAMBIT_LOGIT,
            peers.GAMBIT_NEWTON,
            *more,
        ),
    )


def _correlated(shape: Sequence[int]) -> Job:
    return Job(
        "correlated, most welfare",
        "x".join(map(str, shape)),
        "correlated",
        10,
        partial(uniform, shape=shape),
        partial(uniform, shape=(2,) * len(shape)),
        (
            product(ours.correlated),
            Method("plain LP (SciPy)", ours.plain_correlated, needs=("scipy",)),
            peers.OPEN_SPIEL_CORRELATED,
        ),
    )


def _best(size: int, *more: Method) -> Job:
    return Job(
        "equilibrium of most welfare",
        f"{size}x{size}",
        "welfare",
        10,
        partial(uniform, shape=(size, size)),
        partial(uniform, shape=(4, 4)),
        (product(ours.best_equilibrium), peers.OPEN_SPIEL_BEST, *more),
        limit=20.0,
    )


def _commitment(size: int) -> Job:
    return Job(
        "leader commits",
        f"{size}x{size}",
        "commitment",
        10,
        partial(uniform, shape=(size, size)),
        partial(uniform, shape=(4, 4)),
        (
            product(ours.mixed_commitment),
            Method("plain LPs (SciPy)", ours.plain_commitment, needs=("scipy",)),
            peers.OPEN_SPIEL_COMMITMENT,
        ),
    )


def _types(size: int) -> Job:
    return Job(
        "leader against types",
        f"{size}x{size}, {FOLLOWER_TYPES} types",
        "types",
        5,
        partial(follower_types, size=size, types=FOLLOWER_TYPES),
        partial(follower_types, size=3, types=2),
        (
            product(partial(ours.bayesian_commitment, method="decomposition")),
            product(partial(ours.bayesian_commitment, method="dobss"), variant="dobss"),
        ),
        limit=20.0,
    )


def _security(size: int, *more: Method) -> Job:
    return Job(
        "security game",
        f"{size} targets",
        "coverage",
        3,
        partial(targets, size=size),
        partial(targets, size=20),
        (
            product(partial(ours.best_coverage, method="origami")),
            Method("plain bisection (NumPy)", ours.plain_coverage),
            *more,
        ),
        limit=20.0,
    )


PURE = (peers.GAMBIT_PURE, peers.QUANTECON_PURE)

JOBS: tuple[Job, ...] = (
    *(_one(size, uniform, "", peers.GAMBIT_PATH, peers.NASHPY_PATH) for size in (30, 100, 300)),
    *(_one(size, none_pure, ", none pure", peers.GAMBIT_PATH) for size in (30, 100)),
    _one(300, none_pure, ", none pure"),
    _one(
        10,
        partial(none_pure_integers, largest=9),
        ", integers 0 to 9, none pure",
        peers.GAMBIT_PATH,
        peers.NASHPY_PATH,
    ),
    _all(8, peers.GAMBIT_VERTICES, *NASHPY),
    *(_all(size, peers.GAMBIT_VERTICES) for size in (10, 12)),
    _all(15),
    _all_of_degenerate(6, 2),
    _all_of_degenerate(8, 9),
    _zero_sum(500, peers.OPEN_SPIEL_PROGRAM, peers.GAMBIT_PROGRAM),
    _zero_sum(1000, peers.OPEN_SPIEL_PROGRAM),
    _zero_sum(2000),
    _several_players(3, uniform, "", peers.GAMBIT_SIMPLICIAL, *PURE),
    *(_several_players(players, uniform, "", *PURE) for players in (4, 5)),
    _several_players(3, none_pure, ", none pure", peers.GAMBIT_SIMPLICIAL),
    *(_several_players(players, none_pure, ", none pure") for players in (4, 5)),
    _several_players(3, partial(none_pure_integers, largest=2), ", integers 0 to 2, none pure"),
    *(_correlated(shape) for shape in ((5, 5, 5), (4, 4, 4, 4, 4))),
    _best(10, peers.QUANTECON_BEST),
    _best(20),
    *(_commitment(size) for size in (20, 100)),
    *(_types(size) for size in (10, 15, 20)),
    _security(300, product(partial(ours.best_coverage, method="eraser"), variant="eraser")),
    _security(3000),
)

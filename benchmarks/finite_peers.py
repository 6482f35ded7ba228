"""The packages that the product is compared with on finite games, each in its own terms.

All are asked for the accuracy that answers are judged by where they let one ask; otherwise they
run as they come. A profile is read as it is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.finite_methods import Method, Task
from games.normal_form import NormalFormGame

REGRET = 1e-6
"""What is asked of methods that take an accuracy; payoffs here are of order one."""

CAPPING = 100
"""Pivots after which QuantEcon's Lemke-Howson drops another label, if told to."""


def nashpy_lemke_howson(game: NormalFormGame) -> Task:
    """Return nashpy's Lemke-Howson path from the first label."""
    from nashpy import Game

    prepared = Game(*game.payoffs)
    return lambda: prepared.lemke_howson(initial_dropped_label=0), _one


def nashpy_enumeration(game: NormalFormGame, *, name: str) -> Task:
    """Return one of nashpy's two enumerations."""
    from nashpy import Game

    enumerate_all = getattr(Game(*game.payoffs), name)
    return lambda: list(enumerate_all()), list


def nashpy_linear_program(game: NormalFormGame) -> Task:
    """Return nashpy's linear programs of a zero-sum game, on SciPy's HiGHS."""
    from nashpy import Game

    prepared = Game(game.payoffs[0])
    return prepared.linear_program, _one


def quantecon_game(game: NormalFormGame) -> Any:
    """Return a game as QuantEcon has it: each player's own axis first, then those that follow."""
    from quantecon.game_theory import NormalFormGame as Theirs
    from quantecon.game_theory import Player

    count = len(game.players)
    return Theirs(
        [
            Player(np.ascontiguousarray(payoffs.transpose([(i + k) % count for k in range(count)])))
            for i, payoffs in enumerate(game.payoffs)
        ]
    )


def quantecon_lemke_howson(game: NormalFormGame, *, capping: int | None) -> Task:
    """Return QuantEcon's Lemke-Howson, with or without other labels after a while."""
    from quantecon.game_theory import lemke_howson

    prepared = quantecon_game(game)
    return lambda: lemke_howson(prepared, capping=capping), _one


def quantecon_enumeration(game: NormalFormGame, *, name: str) -> Task:
    """Return one of QuantEcon's enumerations."""
    from quantecon import game_theory

    prepared = quantecon_game(game)
    enumerate_all = getattr(game_theory, name)
    return lambda: enumerate_all(prepared), list


def quantecon_pure(game: NormalFormGame) -> Task:
    """Return QuantEcon's search through the pure profiles."""
    from quantecon.game_theory import pure_nash_brute

    prepared = quantecon_game(game)
    return lambda: pure_nash_brute(prepared), lambda found: [_pure(game, p) for p in found]


def quantecon_mclennan_tourky(game: NormalFormGame) -> Task:
    """Return QuantEcon's fixed point method, at the accuracy of the benchmark."""
    from quantecon.game_theory import mclennan_tourky

    prepared = quantecon_game(game)
    return lambda: mclennan_tourky(prepared, epsilon=REGRET / 2, max_iter=10**6), _one


def quantecon_minmax(game: NormalFormGame) -> Task:
    """Return QuantEcon's simplex method for zero-sum games."""
    from quantecon.optimize import minmax

    table = np.ascontiguousarray(game.payoffs[0])
    return lambda: minmax(table), lambda found: [found[1:]]


def quantecon_best(game: NormalFormGame) -> Task:
    """Return QuantEcon's list of all equilibria and the best of it."""
    from quantecon.game_theory import vertex_enumeration

    prepared = quantecon_game(game)
    welfare = game.payoffs.sum(axis=0)

    def solve() -> Any:
        return max(vertex_enumeration(prepared), key=lambda pair: pair[0] @ welfare @ pair[1])

    return solve, _one


def pygambit_solver(game: NormalFormGame, *, name: str, options: dict[str, Any]) -> Task:
    """Return a solver of Gambit that takes a game and options."""
    from pygambit import Game, nash

    prepared = Game.from_arrays(*game.payoffs)
    solve = getattr(nash, name)
    return lambda: solve(prepared, **options), partial(_of_gambit, prepared)


def pygambit_simplicial(game: NormalFormGame) -> Task:
    """Return Gambit's simplicial subdivision, at the accuracy of the benchmark."""
    from pygambit import Game, Rational, nash

    prepared = Game.from_arrays(*game.payoffs)
    start = prepared.mixed_strategy_profile(rational=True)
    asked = Rational(1, 2 * 10**6)
    return lambda: nash.simpdiv_solve(start, maxregret=asked), partial(_of_gambit, prepared)


def _of_gambit(game: Any, result: Any) -> list[Any]:
    return [
        [[float(profile[s]) for s in player.strategies] for player in game.players]
        for profile in result.equilibria
    ]


def open_spiel_zero_sum(game: NormalFormGame) -> Task:
    """Return OpenSpiel's linear programs of a zero-sum game, on ECOS."""
    from open_spiel.python.algorithms.lp_solver import solve_zero_sum_matrix_game

    prepared = _open_spiel(game)
    return lambda: solve_zero_sum_matrix_game(prepared), lambda found: [found[:2]]


def open_spiel_best(game: NormalFormGame) -> Task:
    """Return OpenSpiel's mixed-integer program of most welfare, on HiGHS."""
    from open_spiel.python.algorithms.mip_nash import mip_nash

    prepared = _open_spiel(game)
    return lambda: mip_nash(prepared, "MAX_SOCIAL_WELFARE", solver="HIGHS"), _one


def open_spiel_commitment(game: NormalFormGame) -> Task:
    """Return OpenSpiel's linear programs of commitment."""
    from open_spiel.python.algorithms.stackelberg_lp import solve_stackelberg

    prepared = _open_spiel(game)
    return lambda: solve_stackelberg(prepared), lambda found: np.asarray(found[0])


def open_spiel_correlated(game: NormalFormGame) -> Task:
    """Return OpenSpiel's correlated equilibrium of most welfare, a part of its JPSRO, on ECOS."""
    from open_spiel.python.algorithms.jpsro import _mwce

    repeats = [np.ones(size) for size in game.shape]
    return lambda: _mwce(game.payoffs, repeats), lambda found: found[0]


def _open_spiel(game: NormalFormGame) -> Any:
    from pyspiel import create_matrix_game

    return create_matrix_game(*(table.tolist() for table in game.payoffs))


def _pure(game: NormalFormGame, profile: Sequence[int]) -> list[Any]:
    return [np.eye(size)[chosen] for size, chosen in zip(game.shape, profile, strict=True)]


def _one(profile: Any) -> list[Any]:
    return [profile]


def _gambit(name: str, solver: str, **options: Any) -> Method:
    prepare = partial(pygambit_solver, name=solver, options=options)
    return Method(f"pygambit {name}", prepare, needs=("pygambit",))


def _quantecon(name: str, prepare: Callable[[Any], Task], *, extreme: bool = True) -> Method:
    return Method(f"quantecon {name}", prepare, needs=("quantecon",), extreme=extreme)


def _open(name: str, prepare: Callable[[Any], Task], *needs: str) -> Method:
    return Method(f"open_spiel {name}", prepare, needs=("open_spiel", "cvxpy", *needs))


VERTICES, SUPPORTS = "vertex_enumeration", "support_enumeration"

NASHPY_PATH = Method("nashpy lemke_howson", nashpy_lemke_howson)
NASHPY_VERTICES = Method(f"nashpy {VERTICES}", partial(nashpy_enumeration, name=VERTICES))
NASHPY_SUPPORTS = Method(
    f"nashpy {SUPPORTS}", partial(nashpy_enumeration, name=SUPPORTS), extreme=False
)
NASHPY_PROGRAM = Method("nashpy linear_program", nashpy_linear_program)

QUANTECON_PATH = _quantecon("lemke_howson", partial(quantecon_lemke_howson, capping=None))
QUANTECON_CAPPED = _quantecon(
    f"lemke_howson, capping={CAPPING}", partial(quantecon_lemke_howson, capping=CAPPING)
)
QUANTECON_VERTICES = _quantecon(VERTICES, partial(quantecon_enumeration, name=VERTICES))
QUANTECON_SUPPORTS = _quantecon(
    SUPPORTS, partial(quantecon_enumeration, name=SUPPORTS), extreme=False
)
QUANTECON_PURE = _quantecon("pure_nash_brute", quantecon_pure)
QUANTECON_FIXED_POINT = _quantecon("mclennan_tourky", quantecon_mclennan_tourky)
QUANTECON_MINMAX = _quantecon("minmax", quantecon_minmax)
QUANTECON_BEST = _quantecon(f"{VERTICES}, best taken", quantecon_best)

GAMBIT_PATH = _gambit("lcp", "lcp_solve", rational=False, stop_after=1)
GAMBIT_VERTICES = _gambit("enummixed", "enummixed_solve", rational=False)
GAMBIT_EXACT = _gambit("enummixed, exact", "enummixed_solve", rational=True)
GAMBIT_PROGRAM = _gambit("lp", "lp_solve", rational=False)
GAMBIT_PURE = _gambit("enumpure", "enumpure_solve")
GAMBIT_LOGIT = _gambit("logit", "logit_solve")
GAMBIT_NEWTON = _gambit("gnm", "gnm_solve")
GAMBIT_SIMPLICIAL = Method("pygambit simpdiv", pygambit_simplicial, needs=("pygambit",))

OPEN_SPIEL_PROGRAM = _open("lp_solver", open_spiel_zero_sum, "ecos")
OPEN_SPIEL_BEST = _open("mip_nash", open_spiel_best)
OPEN_SPIEL_COMMITMENT = _open("stackelberg_lp", open_spiel_commitment)
OPEN_SPIEL_CORRELATED = _open("jpsro, most welfare", open_spiel_correlated, "ecos", "matplotlib")

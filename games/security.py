"""Security games in compact form: targets, what an attack on each is worth, and what is guarded.

A defender spreads `resources` over targets: target t is *covered* with probability c_t, and these
add up to at most the resources. An attacker sees the coverage, not where the guards are, and
attacks the target that is worth most to it. Both are paid by that target and by whether it was
covered (kiekintveld2009). A tie is settled in the defender's favour: the least bit of coverage
elsewhere would do it.

No schedules: a resource covers one target, any one. Any coverage with a whole number of resources
can then be realised by drawing places for them.

**Proof.** If the attacker ends with u, every target has c_t >= (U_t - u) / (U_t - C_t), where it
earns U_t uncovered and C_t covered. These needs grow as u falls, so a level v at which
they add up to the resources, or that some target pays even when covered, is one below which no
coverage brings the attacker: and at v or above it, an attacked target has no more than its need at
v, which bounds what the defender can earn (`bound_at`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, isfinite
from typing import Any

import numpy as np

from games.errors import GameError, NotCertifiedError
from games.normal_form import Floats, NormalFormGame, normal_form

TIE = 1e-9
"""Attacker's payoffs this close, as a share of their spread, are ties."""

LARGEST = 100_000
"""Payoffs at most that `as_normal_form` writes down for each player."""


@dataclass(frozen=True, eq=False)
class SecurityGame:
    """A security game; build it with `security_game`, which checks.

    Attributes
    ----------
    defender_covered, defender_uncovered, attacker_covered, attacker_uncovered : what an attack
        pays, shape (targets,).
    resources : targets that can be covered at the same time, at least 0.
    targets : names; empty where they are numbered from 1.
    """

    defender_covered: Floats
    defender_uncovered: Floats
    attacker_covered: Floats
    attacker_uncovered: Floats
    resources: float
    targets: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of targets."""
        return len(self.defender_covered)

    def name(self, target: int) -> str:
        """Return a target's name."""
        return self.targets[target] if self.targets else str(target + 1)

    @property
    def spread(self) -> float:
        """Difference between the attacker's best and worst payoff; 1 if there is none."""
        spread = float(self.attacker_uncovered.max() - self.attacker_covered.min())
        return spread if spread > 0 else 1.0


@dataclass(frozen=True)
class Attack:
    """What the attacker does about a coverage.

    Attributes
    ----------
    target : the one attacked.
    attack_set : all targets that are worth most to the attacker, in order.
    defender, attacker : payoffs.
    """

    target: int
    attack_set: tuple[int, ...]
    defender: float
    attacker: float


def security_game(
    *,
    defender_covered: Any,
    defender_uncovered: Any,
    attacker_covered: Any,
    attacker_uncovered: Any,
    resources: float,
    targets: Sequence[str] = (),
) -> SecurityGame:
    """Check payoffs and make a game of them.

    Parameters
    ----------
    defender_covered, defender_uncovered, attacker_covered, attacker_uncovered : one number for each
        target. Covering must not hurt the defender nor please the attacker.
    resources : at least 0; more than there are targets is allowed.
    targets : names, by default numbers.

    Raises
    ------
    GameError
        On missing targets, other lengths, payoffs that are not finite or the wrong way round,
        resources below 0, and names that are too few, too many or repeated.
    """
    given = {
        "defender_covered": defender_covered,
        "defender_uncovered": defender_uncovered,
        "attacker_covered": attacker_covered,
        "attacker_uncovered": attacker_uncovered,
    }
    tables = {name: _payoffs(name, values) for name, values in given.items()}
    size = len(tables["defender_covered"])
    if size == 0:
        raise GameError("targets: expected at least one, found none - state what can be attacked")
    for name, table in tables.items():
        if len(table) != size:
            raise GameError(
                f"{name}: expected {size} payoffs, found {len(table)} - give one for each target"
            )
    names = tuple(targets)
    if names and (len(names) != size or len(set(names)) != size):
        raise GameError(
            f"targets: expected {size} different names, found {len(set(names))} - "
            "name each target once"
        )
    if isinstance(resources, bool) or not isinstance(resources, int | float | np.number):
        raise GameError(f"resources: expected a number, found {resources!r} - state how many")
    if not (isfinite(resources) and resources >= 0):
        raise GameError(f"resources: expected a number >= 0, found {resources} - state how many")
    game = SecurityGame(**tables, resources=float(resources), targets=names)
    for better, worse, who in (
        ("defender_covered", "defender_uncovered", "hurt the defender"),
        ("attacker_uncovered", "attacker_covered", "please the attacker"),
    ):
        wrong = np.flatnonzero(tables[better] < tables[worse])
        if len(wrong):
            place = int(wrong[0])
            raise GameError(
                f"target {game.name(place)}: expected {better} >= {worse}, found "
                f"{tables[better][place]} < {tables[worse][place]} - covering must not {who}"
            )
    return game


def _payoffs(name: str, values: Any) -> Floats:
    try:
        table = np.array(values, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise GameError(f"{name}: expected numbers, found something else - give payoffs") from None
    if table.ndim != 1:
        raise GameError(
            f"{name}: expected one payoff for each target, found {table.ndim} axes - give a list"
        )
    if not np.isfinite(table).all():
        place = int(np.flatnonzero(~np.isfinite(table))[0])
        raise GameError(
            f"{name}: expected finite numbers, found {table[place]} at target {place + 1} - "
            "state what an attack pays"
        )
    return table


def attack(game: SecurityGame, coverage: Any, *, tolerance: float = TIE) -> Attack:
    """Return the attacker's best response to a coverage.

    Parameters
    ----------
    coverage : probability that each target is covered, shape (targets,).
    tolerance : attacker's payoffs this close are ties, as a share of their spread.

    Raises
    ------
    GameError
        When the coverage is none, or takes more than the resources.

    Examples
    --------
    >>> game = security_game(
    ...     defender_covered=[0, 0], defender_uncovered=[-1, -3],
    ...     attacker_covered=[0, 0], attacker_uncovered=[1, 2], resources=1,
    ... )
    >>> attack(game, [1 / 3, 2 / 3]).attack_set
    (0, 1)
    """
    shares = np.asarray(coverage, dtype=float)
    if shares.shape != (game.size,):
        raise GameError(
            f"coverage: expected {game.size} probabilities, found shape {shares.shape} - "
            "give one for each target"
        )
    if not (np.all(shares >= -TIE) and np.all(shares <= 1 + TIE)):
        raise GameError("coverage: expected probabilities between 0 and 1, found others")
    used = float(shares.sum())
    if not used <= game.resources + TIE * max(1.0, game.resources):
        raise GameError(
            f"coverage: expected at most {game.resources:g} in all, found {used:.9g} - "
            "the resources do not cover that much"
        )
    defender, attacker = _expected(game, shares)
    best = attacker >= attacker.max() - tolerance * game.spread
    attack_set = np.flatnonzero(best)
    target = int(attack_set[defender[attack_set].argmax()])
    return Attack(
        target, tuple(attack_set.tolist()), float(defender[target]), float(attacker[target])
    )


def _expected(game: SecurityGame, shares: Floats) -> tuple[Floats, Floats]:
    """Return what an attack on each target pays defender and attacker."""
    defender = game.defender_uncovered + shares * (game.defender_covered - game.defender_uncovered)
    attacker = game.attacker_uncovered + shares * (game.attacker_covered - game.attacker_uncovered)
    return defender, attacker


def needs(game: SecurityGame, level: float) -> Floats:
    """Return the coverage that each target needs for an attack to be worth `level` at most.

    Targets that pay more than the level even when covered count as fully covered.
    """
    above = game.attacker_uncovered - level
    steps = game.attacker_uncovered - game.attacker_covered
    shares = np.zeros(game.size)
    high = above > 0
    np.divide(above, steps, out=shares, where=high & (steps > above))
    shares[high & (steps <= above)] = 1.0
    return shares


def bound_at(game: SecurityGame, level: float) -> float:
    """Return what the defender can earn at most, proven by a level of the attacker's payoff.

    Raises
    ------
    NotCertifiedError
        When the resources could bring the attacker below the level, so that it proves nothing.
    """
    shares = needs(game, level)
    held = level <= float(game.attacker_covered.max())
    if not held and not shares.sum() >= game.resources:
        raise NotCertifiedError(
            f"level {level:.9g}: expected needs of at least the resources {game.resources:g}, "
            f"found {float(shares.sum()):.9g} - the attacker can be brought lower"
        )
    reachable = game.attacker_uncovered >= level
    careless = reachable & (game.attacker_uncovered == game.attacker_covered)
    if careless.any():  # what the others do not need may be spent on one of these
        others = needs(game, float(game.attacker_uncovered[careless].max()))
        left = game.resources - float(others.sum())
        shares = np.where(careless, min(1.0, max(0.0, left)), shares)
    defender, _ = _expected(game, shares)
    return float(defender[reachable].max())


def as_normal_form(game: SecurityGame, *, largest: int = LARGEST) -> NormalFormGame:
    """Return the game with every placement of some or all resources as a strategy of the defender.

    Parameters
    ----------
    largest : payoffs at most for each player.

    Raises
    ------
    GameError
        When resources are no whole number, or the game is larger; nothing is built then.
    """
    if game.resources != int(game.resources):
        raise GameError(
            f"resources: expected a whole number, found {game.resources} - half a guard has no "
            "place in the normal form"
        )
    guarded = min(int(game.resources), game.size)
    count = sum(comb(game.size, used) for used in range(guarded + 1))
    if count * game.size > largest:
        raise GameError(
            f"normal form: expected at most {largest} payoffs, found {count} placements times "
            f"{game.size} targets - solve it in compact form"
        )
    covered = np.zeros((count, game.size), dtype=bool)
    places = [
        place for used in range(guarded + 1) for place in combinations(range(game.size), used)
    ]
    for row, place in enumerate(places):
        covered[row, list(place)] = True
    return normal_form(
        [
            np.where(covered, game.defender_covered, game.defender_uncovered),
            np.where(covered, game.attacker_covered, game.attacker_uncovered),
        ],
        players=("defender", "attacker"),
        strategies=(
            ["+".join(game.name(t) for t in place) or "none" for place in places],
            [game.name(t) for t in range(game.size)],
        ),
        title="security game",
    )

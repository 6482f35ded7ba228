"""The best coverage of a security game in compact form: by water-filling, or by a MILP.

`origami` (kiekintveld2009): coverage is what brings the attacker lowest. The targets that are worth
attacking are levelled down together until the resources are used up, or until one of them is fully
covered; sorted by what they pay uncovered, the level follows from running sums, in O(n log n).
Covering must not hurt the defender, hence at the lowest level each target that can be attacked is
as good for the defender as it can be: the best of them is attacked.

`eraser` (kiekintveld2009) chooses coverage c, attacked target a and both payoffs d and k at once:

    maximise   d
    subject to one_target_is_attacked     sum_t a_t = 1,   a_t binary
               resources_are_respected    sum_t c_t <= resources,   0 <= c_t <= 1
               defender_is_paid (t)       d <= U_d(t, c_t) + M_t (1 - a_t)
               attack_is_best (t)         k >= U_a(t, c_t)
               attack_is_paid (t)         k <= U_a(t, c_t) + N_t (1 - a_t)

with M_t and N_t the largest differences that the payoffs allow. It is the slow second method.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np

from games.errors import GameError, LimitError, NotCertifiedError
from games.normal_form import Floats
from games.security import TIE, Attack, SecurityGame, attack, bound_at, needs

Method = Literal["origami", "eraser"]

MIXED_INTEGER = 1e-6
"""Ties of the MILP's coverage, as a share of the spread: what its tolerances allow."""

GAP = 1e-6
"""Largest difference of value and bound, as a share of the spread of the defender's payoffs."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """The best coverage of a security game.

    Attributes
    ----------
    method : what was done.
    coverage : probability that each target is covered, shape (targets,).
    attack : the attacker's best response, recomputed from the payoffs.
    level : attacker's payoff below which no coverage brings it; it proves `bound`.
    bound : no coverage earns the defender more (`games.security.bound_at`).
    seconds : time taken.
    """

    method: str
    coverage: Floats
    attack: Attack
    level: float
    bound: float
    seconds: float

    @property
    def value(self) -> float:
        """What the defender earns."""
        return self.attack.defender


def best_coverage(
    game: SecurityGame, *, method: Method = "origami", time_limit: float | None = None
) -> Coverage:
    """Return the coverage that earns the defender most, with its proof.

    Parameters
    ----------
    method : `origami` unless a second opinion is wanted.
    time_limit : seconds that `eraser` may take.

    Raises
    ------
    GameError
        When the method is unknown.
    LimitError
        When `eraser` is stopped before its optimum.
    NotCertifiedError
        When coverage and bound do not agree.

    Examples
    --------
    >>> from games.security import security_game
    >>> game = security_game(
    ...     defender_covered=[0, 0], defender_uncovered=[-1, -3],
    ...     attacker_covered=[0, 0], attacker_uncovered=[1, 2], resources=1,
    ... )
    >>> found = best_coverage(game)
    >>> found.coverage.round(6).tolist(), round(found.value, 6)
    ([0.333333, 0.666667], -0.666667)
    """
    started = time.perf_counter()
    level = _lowest_level(game)
    if method == "origami":
        coverage = _levelled(game, level)
    elif method == "eraser":
        coverage = _eraser(game, time_limit)
    else:
        raise GameError(f"method: expected origami or eraser, found {method!r} - choose one")
    raid = attack(game, coverage, tolerance=TIE if method == "origami" else MIXED_INTEGER)
    proof = level - 1e-12 * game.spread  # clear of rounding
    bound = bound_at(game, proof)
    spread = float(game.defender_covered.max() - game.defender_uncovered.min())
    if not bound - raid.defender <= GAP * max(spread, 1e-300):
        raise NotCertifiedError(
            f"coverage by {method}: expected the defender to earn {bound:.9g}, found "
            f"{raid.defender:.9g} - rescale payoffs that differ by more than ten orders of size"
        )
    return Coverage(
        method, coverage, raid, proof, max(bound, raid.defender), time.perf_counter() - started
    )


def _lowest_level(game: SecurityGame) -> float:
    """Return the least that the attacker can be brought to."""
    floor = float(game.attacker_covered.max())
    top = float(game.attacker_uncovered.max())
    if top <= floor:
        return floor
    useful = np.flatnonzero(game.attacker_uncovered > floor)
    below = top - game.attacker_uncovered[useful]
    rates = 1 / (game.attacker_uncovered[useful] - game.attacker_covered[useful])
    order = np.argsort(below, kind="stable")
    below, rates = below[order], rates[order]
    slope = np.cumsum(rates)
    offset = np.cumsum(rates * below)
    used = slope * below - offset  # when the level has come down to each target
    last = int(np.searchsorted(used, game.resources, side="right")) - 1
    depth = (game.resources + offset[last]) / slope[last]
    depth += (game.resources - float(rates[: last + 1] @ (depth - below[: last + 1]))) / slope[last]
    return max(floor, top - float(depth))


def _levelled(game: SecurityGame, level: float) -> Floats:
    """Return the coverage that levels all targets down, spending what is left where it helps.

    What is left can only help at a target whose attacker does not care for coverage.
    """
    coverage = needs(game, level)
    careless = game.attacker_covered == game.attacker_uncovered
    places = np.flatnonzero(careless & (game.attacker_uncovered >= level))
    if len(places):
        left = min(1.0, max(0.0, game.resources - float(coverage.sum())))
        gains = game.defender_covered[places] - game.defender_uncovered[places]
        best = int((game.defender_uncovered[places] + left * gains).argmax())
        coverage[places[best]] = left
    return coverage


def _eraser(game: SecurityGame, time_limit: float | None) -> Floats:
    """Solve the MILP of the module's docstring."""
    import pyomo.environ as pyo  # takes its time

    from solvers.milp import Status, solve

    targets = range(game.size)
    model = pyo.ConcreteModel("eraser")
    model.coverage = pyo.Var(targets, bounds=(0, 1))
    model.attacked = pyo.Var(targets, within=pyo.Binary)
    most, least = float(game.defender_covered.max()), float(game.defender_uncovered.min())
    best = float(game.attacker_uncovered.max())
    model.defender = pyo.Var(bounds=(least, most))
    model.attacker = pyo.Var(bounds=(float(game.attacker_covered.max()), best))

    def defended(t: int) -> pyo.Expression:
        start, step = game.defender_uncovered[t], game.defender_covered[t]
        return float(start) + float(step - start) * model.coverage[t]

    def raided(t: int) -> pyo.Expression:
        start, step = game.attacker_uncovered[t], game.attacker_covered[t]
        return float(start) + float(step - start) * model.coverage[t]

    model.one_target_is_attacked = pyo.Constraint(
        expr=pyo.quicksum(model.attacked[t] for t in targets) == 1
    )
    model.resources_are_respected = pyo.Constraint(
        expr=pyo.quicksum(model.coverage[t] for t in targets) <= game.resources
    )

    def defender_is_paid(model: pyo.ConcreteModel, t: int) -> pyo.Expression:
        slack = most - float(game.defender_uncovered[t])
        return model.defender <= defended(t) + slack * (1 - model.attacked[t])

    def attack_is_best(model: pyo.ConcreteModel, t: int) -> pyo.Expression:
        return model.attacker >= raided(t)

    def attack_is_paid(model: pyo.ConcreteModel, t: int) -> pyo.Expression:
        slack = best - float(game.attacker_covered[t])
        return model.attacker <= raided(t) + slack * (1 - model.attacked[t])

    model.defender_is_paid = pyo.Constraint(targets, rule=defender_is_paid)
    model.attack_is_best = pyo.Constraint(targets, rule=attack_is_best)
    model.attack_is_paid = pyo.Constraint(targets, rule=attack_is_paid)
    model.defender_earns = pyo.Objective(expr=model.defender, sense=pyo.maximize)
    outcome = solve(model, time_limit=600.0 if time_limit is None else time_limit)
    if outcome.status is not Status.OPTIMAL:
        raise LimitError(
            f"eraser: expected an optimum, found {outcome.status.value} after "
            f"{outcome.seconds:.0f} s - use origami"
        )
    coverage: Floats = np.clip([pyo.value(model.coverage[t]) for t in targets], 0.0, 1.0)
    used = float(coverage.sum())
    if used > game.resources:
        coverage *= game.resources / used
    return coverage

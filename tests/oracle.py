"""The game solved by brute force from its definition, sharing no code with the solvers.

The evader's problem is written down anew, unit by unit, as one scipy linear program per profile:
units carry a label that says whether they have met a hazard, whatever the correlation is. Ties
between the evader's best responses are settled by a second program that keeps the first one's value
and goes for the best of the controllers' sum; where even that leaves a controller's payoff open,
`Outcome.open` says by how much.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linprog

from games.layered import LayeredGame, Profile


@dataclass(frozen=True)
class Outcome:
    """What happens at a profile: the evader's value and the controllers' payoffs, bn USD.

    Attributes
    ----------
    open : the largest range that ties leave to any controller's payoff.
    """

    value: float
    payoffs: dict[str, float]
    open: float

    @property
    def joint(self) -> float:
        return sum(self.payoffs.values())


class Oracle:
    """Every outcome of a small game."""

    def __init__(self, game: LayeredGame) -> None:
        self.game = game
        self._outcomes: dict[Profile, Outcome] = {}

    def outcome(self, profile: Sequence[int]) -> Outcome:
        """Return the outcome of a profile under the optimistic rule for ties."""
        key = tuple(profile)
        if key not in self._outcomes:
            self._outcomes[key] = _Program(self.game, key).outcome()
        return self._outcomes[key]

    def affordable(self, profile: Sequence[int]) -> bool:
        """Return whether every controller can pay for its options."""
        spent = {c.name: 0.0 for c in self.game.controllers}
        for point, o in zip(self.game.points, profile, strict=True):
            spent[point.owner] += point.options[o].cost
        return all(spent[c.name] <= c.budget + 1e-9 for c in self.game.controllers)

    def profiles(self) -> Iterator[Profile]:
        """Yield every profile that all controllers can pay for."""
        for profile in itertools.product(*(range(len(p.options)) for p in self.game.points)):
            if self.affordable(profile):
                yield profile

    def best(self, members: Sequence[str], base: Profile) -> float:
        """Return the most that members can have together while all others stay as in `base`."""
        return max(
            sum(self.outcome(profile).payoffs[name] for name in members)
            for profile in self.deviations(members, base)
        )

    def deviations(self, members: Sequence[str], base: Profile) -> Iterator[Profile]:
        """Yield what members can turn `base` into within their own budgets."""
        options = [
            range(len(point.options)) if point.owner in members else (o,)
            for point, o in zip(self.game.points, base, strict=True)
        ]
        for profile in itertools.product(*options):
            spent = {
                name: sum(
                    point.options[o].cost
                    for point, o in zip(self.game.points, profile, strict=True)
                    if point.owner == name
                )
                for name in members
            }
            if all(
                spent[c.name] <= c.budget + 1e-9 for c in self.game.controllers if c.name in members
            ):
                yield profile

    @cached_property
    def regrets(self) -> dict[Profile, float]:
        """Return the largest gain that any controller misses, by affordable profile."""
        regrets = {}
        for profile in self.profiles():
            here = self.outcome(profile).payoffs
            regrets[profile] = max(
                self.best([name], profile) - payoff for name, payoff in here.items()
            )
        return regrets

    def equilibria(self, *, tolerance: float = 1e-7) -> set[Profile]:
        """Return the pure equilibria; raise ValueError where some profile is a borderline case."""
        borderline = [r for r in self.regrets.values() if tolerance < r < 100 * tolerance]
        if borderline:
            raise ValueError(f"regrets too near the tolerance: {borderline}")
        return {profile for profile, regret in self.regrets.items() if regret <= tolerance}

    @property
    def open(self) -> float:
        """Return the largest range that ties leave open at any affordable profile."""
        return max(self.outcome(profile).open for profile in self.profiles())


class _Program:
    """The evader's linear program at one profile."""

    def __init__(self, game: LayeredGame, profile: Profile) -> None:
        self.game, self.profile = game, profile
        self.columns: list[dict[str, float]] = []  # row name -> coefficient
        self.worth: list[float] = []  # to the evader
        self.yields: list[dict[str, float]] = []  # to the controllers
        self.upper: list[float] = []
        self.limits = {"money": game.evader_budget}
        self._add_flows()
        self._add_months()

    def _add_flows(self) -> None:
        game = self.game
        entered = {arc.head for arc in game.arcs}
        ends = {front.node for front in game.fronts}
        for arc in game.arcs:
            place = next((k for k, p in enumerate(game.points) if p.name == arc.point), None)
            option = None if place is None else game.points[place].options[self.profile[place]]
            hazard = option.hazard if option else 0.0
            toll = option.toll if option else 0.0
            earned = dict(arc.revenue)
            if place is not None:
                owner = game.points[place].owner
                earned[owner] = earned.get(owner, 0.0) + toll
            for s, step in enumerate(arc.steps):
                room = f"room {arc.name} {s}"
                self.limits[room] = step.capacity
                for met, effort in itertools.product((False, True), game.efforts):
                    if met and arc.tail not in entered:
                        continue
                    felt = hazard * effort.hazard_factor
                    if met:
                        felt *= 1 - game.correlation
                    care = 0.0
                    if place is not None:
                        care = effort.unit_cost + effort.price_share * step.price
                    after = (met or hazard > 0) and arc.head not in ends
                    column = {room: 1.0, "money": step.price + toll + care}
                    if arc.tail in entered:
                        column[f"at {arc.tail} {met}"] = 1.0
                    head = f"at {arc.head} {after}"
                    self.limits.setdefault(head, 0.0)
                    column[head] = -arc.conversion * math.exp(-felt)
                    self._add(column, arc.value, earned, math.inf)

    def _add_months(self) -> None:
        for front in self.game.fronts:
            for chord in front.chords:
                harm = {
                    c.name: -c.stakes.get(front.name, 0.0) * chord.slope
                    for c in self.game.controllers
                }
                column = {f"at {front.node} False": 1.0}
                self._add(column, front.weight * chord.slope, harm, chord.width)

    def _add(
        self, column: dict[str, float], worth: float, yields: dict[str, float], upper: float
    ) -> None:
        for row in column:
            self.limits.setdefault(row, 0.0)
        self.columns.append(column)
        self.worth.append(worth)
        self.yields.append(yields)
        self.upper.append(upper)

    def outcome(self) -> Outcome:
        rows = {name: i for i, name in enumerate(self.limits)}
        matrix = np.zeros((len(rows), len(self.columns)))
        for j, column in enumerate(self.columns):
            for name, coefficient in column.items():
                matrix[rows[name], j] = coefficient
        limits = np.array(list(self.limits.values()))
        worth = np.array(self.worth)
        value, flows = _maximum(worth, matrix, limits, self.upper)
        names = [c.name for c in self.game.controllers]
        gains = {name: np.array([y.get(name, 0.0) for y in self.yields]) for name in names}
        joint = np.sum(list(gains.values()), axis=0)
        spent = {
            name: sum(
                point.options[o].cost + point.options[o].economic_cost
                for point, o in zip(self.game.points, self.profile, strict=True)
                if point.owner == name
            )
            for name in names
        }
        if all(_mirrors(gain, worth) for gain in gains.values()):
            payoffs = {name: float(gain @ flows) - spent[name] for name, gain in gains.items()}
            return Outcome(value, payoffs, 0.0)
        kept = (np.vstack([matrix, -worth]), np.append(limits, 1e-10 - value))
        most, flows = _maximum(joint, *kept, self.upper)
        kept = (np.vstack([kept[0], -joint]), np.append(kept[1], 1e-9 - most))
        payoffs = {name: float(gain @ flows) - spent[name] for name, gain in gains.items()}
        ranges = [
            _maximum(gain, *kept, self.upper)[0] + _maximum(-gain, *kept, self.upper)[0]
            for gain in gains.values()
            if len(names) > 1
        ]
        return Outcome(value, payoffs, max(ranges, default=0.0))


def _mirrors(gain: np.ndarray, worth: np.ndarray) -> bool:
    """Return whether a controller loses in proportion to what the evader gains."""
    scale = float(gain @ worth) / float(worth @ worth) if worth.any() else 0.0
    return bool(np.allclose(gain, scale * worth, rtol=0, atol=1e-12))


def _maximum(
    worth: np.ndarray, matrix: np.ndarray, limits: np.ndarray, upper: Sequence[float]
) -> tuple[float, np.ndarray]:
    found = linprog(
        -worth, A_ub=matrix, b_ub=limits, bounds=list(zip([0.0] * len(upper), upper, strict=True))
    )
    assert found.status == 0, found.message
    return -float(found.fun), found.x

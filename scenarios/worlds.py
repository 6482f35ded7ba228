"""Worlds: joint draws of every uncertain number of a scenario, and one game for each.

Which numbers are drawn, and which of them together, is compiled into *factors*: independent numbers
from 0 to 1 that a sample fills evenly. A number of its own is one factor; the shares of one whole
have one each; numbers that go together share one and have one each; a switch is one factor. From a
point of that cube `Uncertainty.draws` computes the parameters by their distributions, in this
order: numbers of their own, groups, and then switches, whose alternatives say what parameters are
worth there and may rest on numbers that were drawn. Where a setting decided one of the shares of a
whole, or what a switch sets, the whole or the switch is out of play.

A world is then the scenario with other numbers: whatever is derived from them follows. Where a
world contradicts itself (a budget below the cheapest options, supply curves that fall) it has no
game; the fault is kept with the sample and the other worlds stand.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from games.errors import InputError
from games.layered import LayeredGame
from scenarios.blueprint import Blueprint, SwitchPlan
from scenarios.build import build_game
from scenarios.distributions import Distribution, distribution_of
from scenarios.errors import ScenarioError
from scenarios.faults import FaultError, shown
from scenarios.scenario import Scenario

Method = Literal["sobol", "latin", "random"]
METHODS: tuple[Method, ...] = ("sobol", "latin", "random")
MOST_WORLDS = 1 << 20

_EDGE = 1e-12
"""How near to 0 and 1 a factor comes: the quantile of an endless distribution is infinite there."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Factor:
    """One independent number from 0 to 1 behind a draw.

    Attributes
    ----------
    group : what it belongs to: a parameter of its own, a group or a switch.
    role : what it is there.
    """

    group: str
    role: str


class Uncertainty:
    """What is drawn in a scenario, and how.

    Attributes
    ----------
    names : parameters that differ between worlds, in the order of the scenario.
    factors : the independent numbers behind a draw.
    switches : the switches that the scenario has, but for those that a setting decided.
    distributions : {parameter: distribution} of the numbers that a distribution of its own draws.
    """

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        plan, numbers = blueprint.worlds, blueprint.parameters
        used = _used(blueprint)
        pinned = {name for name, number in numbers.items() if number.changed}
        self.switches = tuple(
            switch
            for switch in plan.switches
            if not pinned & {name for one in switch.alternatives for name in one.values}
        )
        for switch in self.switches:
            used |= {
                name
                for one in switch.alternatives
                for formula in one.values.values()
                for name in formula.expression.names
            }
        sizes = blueprint.sizes({})
        self._shares = [
            (one, one.weight.value(sizes))
            for one in plan.shares
            if not pinned & set(one.parameters)
        ]
        shared = {name for one in plan.shares for name in one.parameters}
        self.distributions: dict[str, Distribution] = {}
        for name, number in numbers.items():
            distribution = distribution_of(number)
            if name in used - shared and distribution.kind != "fixed":
                self.distributions[name] = distribution
        self._together = [
            (one, [n for n in one.parameters if n in self.distributions], one.rho.value(sizes))
            for one in plan.together
        ]
        switched = {n for s in self.switches for one in s.alternatives for n in one.values}
        drawn = {*self.distributions, *switched}
        drawn |= {name for one, _ in self._shares for name in one.parameters}
        self.names = tuple(name for name in numbers if name in drawn)
        self.factors, self._places = self._layout()

    def _layout(self) -> tuple[tuple[Factor, ...], dict[tuple[str, str], int]]:
        factors: list[Factor] = []
        grouped = {name for _, names, _ in self._together for name in names}
        factors += [Factor(name, name) for name in self.distributions if name not in grouped]
        for share, _ in self._shares:
            factors += [Factor(share.name, name) for name in share.parameters]
        for group, names, rho in self._together:
            factors += [Factor(group.name, "together")] if rho > 0 and names else []
            factors += [Factor(group.name, name) for name in names if rho < 1]
        factors += [Factor(switch.name, "switch") for switch in self.switches]
        places = {(factor.group, factor.role): place for place, factor in enumerate(factors)}
        return tuple(factors), places

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """{what factors belong to: parameters that they move}."""
        members: dict[str, tuple[str, ...]] = {f.group: (f.group,) for f in self.factors}
        members |= {one.name: one.parameters for one, _ in self._shares}
        members |= {one.name: tuple(names) for one, names, _ in self._together if names}
        for switch in self.switches:
            set_there = dict.fromkeys(n for one in switch.alternatives for n in one.values)
            members[switch.name] = tuple(set_there)
        return members

    def draws(self, points: Array) -> tuple[Array, dict[str, NDArray[np.int64]]]:
        """Return the parameters of each point of the cube, and the alternative of each switch.

        Parameters
        ----------
        points : shape (worlds, factors), from 0 to 1.

        Returns
        -------
        draws : shape (worlds, names), in the units of the parameters.
        chosen : {switch: index of the alternative}, each of shape (worlds,).
        """
        points = np.clip(points, _EDGE, 1 - _EDGE)
        columns: dict[str, Array] = {}
        for name, distribution in self.distributions.items():
            if (name, name) in self._places:
                columns[name] = distribution.quantile(points[:, self._places[name, name]])
        self._draw_shares(points, columns)
        self._draw_together(points, columns)
        chosen = self._draw_switches(points, columns)
        if not self.names:
            return np.zeros((len(points), 0)), chosen
        return np.column_stack([columns[name] for name in self.names]), chosen

    def _draw_shares(self, points: Array, columns: dict[str, Array]) -> None:
        """Draw a Dirichlet distribution: gamma numbers, divided by their sum."""
        from scipy.special import gammaincinv

        for one, weight in self._shares:
            values = [self.blueprint.parameters[name].value for name in one.parameters]
            whole = sum(values)
            parts = [
                gammaincinv(weight * value / whole, points[:, self._places[one.name, name]])
                for name, value in zip(one.parameters, values, strict=True)
            ]
            total = np.maximum(sum(parts), np.finfo(float).tiny)
            for name, part in zip(one.parameters, parts, strict=True):
                columns[name] = whole * np.maximum(part / total, _EDGE)

    def _draw_together(self, points: Array, columns: dict[str, Array]) -> None:
        """Draw normal scores sqrt(rho) of a common one and sqrt(1 - rho) of their own."""
        from scipy.special import ndtr, ndtri

        for one, names, rho in self._together:
            for name in names:
                score = np.zeros(len(points))
                if rho > 0:
                    common = points[:, self._places[one.name, "together"]]
                    score += np.sqrt(rho) * ndtri(common)
                if rho < 1:
                    own = points[:, self._places[one.name, name]]
                    score += np.sqrt(1 - rho) * ndtri(own)
                columns[name] = self.distributions[name].quantile(ndtr(score))

    def _draw_switches(
        self, points: Array, columns: dict[str, Array]
    ) -> dict[str, NDArray[np.int64]]:
        numbers, sizes = self.blueprint.parameters, self.blueprint.sizes({})
        chosen = {}
        for switch in self.switches:
            ends = np.cumsum([one.probability.value(sizes) for one in switch.alternatives])
            at = points[:, self._places[switch.name, "switch"]] * ends[-1]
            chosen[switch.name] = np.searchsorted(ends[:-1], at, side="right")
        set_anew = {}
        for switch in self.switches:
            for name in {n for one in switch.alternatives for n in one.values}:
                set_anew[name] = self._switched(
                    switch, name, chosen[switch.name], columns, numbers[name].value
                )
        columns.update(set_anew)
        return chosen

    def _switched(
        self,
        switch: SwitchPlan,
        name: str,
        chosen: NDArray[np.int64],
        columns: Mapping[str, Array],
        value: float,
    ) -> Array:
        """Return a parameter that a switch sets in some of its alternatives."""
        column = columns[name].copy() if name in columns else np.full(len(chosen), value)
        sizes = self.blueprint.sizes({})
        for index, one in enumerate(switch.alternatives):
            if name not in one.values:
                continue
            formula = one.values[name]
            for world in np.flatnonzero(chosen == index):
                here = {
                    used: columns[used][world] * self.blueprint.parameters[used].scale
                    if used in columns
                    else sizes[used]
                    for used in formula.expression.names
                }
                column[world] = formula.value(here)
        return column


@dataclass(frozen=True, eq=False)
class Worlds:
    """A sample of worlds of one scenario.

    Attributes
    ----------
    names, units : the parameters that are drawn, and their units.
    points : the sample in the cube of factors, shape (worlds, factors).
    draws : numbers in these units, shape (worlds, parameters).
    chosen : {switch: index of the alternative}, each of shape (worlds,).
    probabilities : of the worlds, adding up to 1.
    method, seed : how they were drawn.
    """

    scenario: Scenario = field(repr=False)
    uncertainty: Uncertainty = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    units: tuple[str, ...] = field(repr=False)
    points: Array = field(repr=False)
    draws: Array = field(repr=False)
    chosen: Mapping[str, NDArray[np.int64]] = field(repr=False)
    probabilities: Array = field(repr=False)
    method: str
    seed: int

    def __len__(self) -> int:
        return len(self.draws)

    def some(self, chosen: Sequence[int]) -> Worlds:
        """Return some of the worlds, equally likely."""
        places = list(chosen)
        return replace(
            self,
            points=self.points[places],
            draws=self.draws[places],
            chosen={name: picks[places] for name, picks in self.chosen.items()},
            probabilities=np.full(len(places), 1 / len(places)),
        )

    def values(self, world: int) -> dict[str, float]:
        """Return {parameter: number} of one world."""
        return dict(zip(self.names, self.draws[world].tolist(), strict=True))

    def game(self, world: int) -> LayeredGame:
        """Return the game of one world.

        Raises
        ------
        ScenarioError
            Where the numbers of that world contradict each other.
        """
        return build_game(self.scenario.blueprint, self.values(world))

    @cached_property
    def _built(self) -> tuple[LayeredGame | ScenarioError, ...]:
        built: list[LayeredGame | ScenarioError] = []
        for world in range(len(self)):
            try:
                built.append(self.game(world))
            except ScenarioError as error:
                built.append(error)
        return tuple(built)

    @property
    def faults(self) -> dict[int, ScenarioError]:
        """The worlds that contradict themselves, and how."""
        return {w: one for w, one in enumerate(self._built) if isinstance(one, ScenarioError)}

    @property
    def games(self) -> dict[int, LayeredGame]:
        """The games of all other worlds, by the number of the world."""
        return {w: one for w, one in enumerate(self._built) if isinstance(one, LayeredGame)}


def sample(
    scenario: Scenario, worlds: int = 64, *, seed: int = 0, method: Method = "sobol"
) -> Worlds:
    """Return worlds of a scenario, equally likely.

    Parameters
    ----------
    worlds : how many; for `sobol`, powers of two fill the cube most evenly.
    seed : of the scrambling, the shuffling or the draws.
    method : `sobol` (scrambled Sobol points), `latin` (Latin hypercube) or `random`.

    Raises
    ------
    InputError
        When a number or a method makes no sense.
    """
    faults = []
    if not 1 <= worlds <= MOST_WORLDS:
        faults.append(f"worlds: expected a whole number from 1 to {MOST_WORLDS}, found {worlds}")
    if seed < 0:
        faults.append(f"seed: expected a whole number >= 0, found {seed}")
    if method not in METHODS:
        faults.append(f"sampling: expected one of {', '.join(METHODS)}; found {method!r}")
    if faults:
        raise InputError(*faults)
    uncertainty = Uncertainty(scenario.blueprint)
    points = _points(len(uncertainty.factors), worlds, seed=seed, method=method)
    return worlds_at(scenario, points, uncertainty=uncertainty, seed=seed, method=method)


def worlds_at(
    scenario: Scenario,
    points: Array,
    *,
    uncertainty: Uncertainty | None = None,
    seed: int = 0,
    method: str = "given",
) -> Worlds:
    """Return the worlds at given points of the cube of factors, equally likely.

    Raises
    ------
    ScenarioError
        Where an alternative of a switch has no value.
    """
    uncertainty = uncertainty or Uncertainty(scenario.blueprint)
    try:
        draws, chosen = uncertainty.draws(points)
    except FaultError as fault:
        raise ScenarioError(f"{scenario.blueprint.file}: worlds: {fault}") from None
    return Worlds(
        scenario=scenario,
        uncertainty=uncertainty,
        names=uncertainty.names,
        units=tuple(scenario.parameters[name].unit for name in uncertainty.names),
        points=points,
        draws=draws,
        chosen=chosen,
        probabilities=np.full(len(points), 1 / len(points)),
        method=method,
        seed=seed,
    )


def worlds_with(scenario: Scenario, numbers: Mapping[str, Sequence[float]]) -> Worlds:
    """Return worlds in which some parameters have given numbers and all others their own.

    Parameters
    ----------
    numbers : {parameter: a number for each world}, in the unit of the parameter.

    Raises
    ------
    InputError
        When a parameter is not known, or there are not as many numbers of each.
    """
    unknown = [name for name in numbers if name not in scenario.parameters]
    if unknown:
        raise InputError(f"worlds: expected parameters, found {shown(unknown[0])}")
    counts = {len(some) for some in numbers.values()}
    if len(counts) != 1:
        raise InputError("worlds: expected as many numbers of each parameter")
    draws = np.column_stack([np.asarray(some, dtype=float) for some in numbers.values()])
    return Worlds(
        scenario=scenario,
        uncertainty=Uncertainty(scenario.blueprint),
        names=tuple(numbers),
        units=tuple(scenario.parameters[name].unit for name in numbers),
        points=np.zeros((len(draws), 0)),
        draws=draws,
        chosen={},
        probabilities=np.full(len(draws), 1 / len(draws)),
        method="given",
        seed=0,
    )


def _points(factors: int, worlds: int, *, seed: int, method: Method) -> Array:
    generator = np.random.default_rng(seed)
    if method == "random" or factors == 0:
        return generator.random((worlds, factors))
    from scipy.stats import qmc

    if method == "latin":
        return np.asarray(qmc.LatinHypercube(factors, rng=generator).random(worlds))
    with warnings.catch_warnings():  # that a sample is no power of two is the caller's affair
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(qmc.Sobol(factors, rng=generator).random(worlds))


def _used(blueprint: Blueprint) -> set[str]:
    """Return the parameters that the game rests on, those of observations alone left out."""
    found: set[str] = set()

    def walk(value: object) -> None:
        expression = getattr(value, "expression", None)
        if expression is not None:
            found.update(expression.names)
        elif isinstance(value, Mapping):
            walk(list(value.values()))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for one in value:
                walk(one)
        elif hasattr(value, "__dataclass_fields__"):
            walk([getattr(value, name) for name in value.__dataclass_fields__])

    parts = ("controllers", "points", "arcs", "fronts", "efforts", "evader_budget", "correlation")
    walk([getattr(blueprint, part) for part in parts])
    return found

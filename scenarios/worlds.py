"""Worlds: joint draws of every uncertain number of a scenario, and one game for each.

A sample fills the cube of `uncertainty` evenly, and each of its points is a world: the scenario
with other numbers, and whatever is derived from them follows. Where a world contradicts itself (a
budget below the cheapest options, supply curves that fall) it has no game; the fault is kept with
the sample and the other worlds stand.
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
from games.given import is_whole, told
from games.layered import LayeredGame
from scenarios.build import build_game
from scenarios.errors import ScenarioError
from scenarios.faults import FaultError, shown
from scenarios.scenario import Scenario
from scenarios.uncertainty import Array, Uncertainty

Method = Literal["sobol", "latin", "random"]
METHODS: tuple[Method, ...] = ("sobol", "latin", "random")
MOST_WORLDS = 1 << 20


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
    if not (is_whole(worlds) and 1 <= worlds <= MOST_WORLDS):
        faults.append(
            f"worlds: expected a whole number from 1 to {MOST_WORLDS}, found {told(worlds)}"
        )
    if not (is_whole(seed) and seed >= 0):
        faults.append(f"seed: expected a whole number >= 0, found {told(seed)}")
    if not (isinstance(method, str) and method in METHODS):
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

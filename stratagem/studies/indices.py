"""Sobol and Morris indices: the sample of an analysis, and what values in its worlds come to.

Everything that belongs to one group of the scenario (the shares of one whole, numbers that go
together, a switch) is one group here, every other number is one by itself, unless groups are named.

References
----------
saltelli2010 for the estimators, campolongo2007 for groups along trajectories; both as in SALib.
"""

from __future__ import annotations

import fnmatch
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from games.errors import InputError, NotCertifiedError
from games.given import is_whole, texts, told
from scenarios.scenario import Scenario
from scenarios.uncertainty import Uncertainty
from scenarios.worlds import MOST_WORLDS, Worlds, worlds_at
from stratagem.studies.measures import Measure

Array = NDArray[np.float64]
SensitivityMethod = Literal["sobol", "morris"]

CONFIDENCE = 0.95
LEVELS = 4
"""Levels of each factor along Morris trajectories."""
SPAN = (0.05, 0.95)
"""Where trajectories begin and end, as shares of all worlds."""

OTHER = "other"
"""Group of all that no named group takes in."""


@dataclass(frozen=True)
class Index:
    """What one group of unknowns does to one measure.

    Attributes
    ----------
    first, total : shares of the variance (Sobol); None for Morris.
    effect : mean absolute effect (Morris), in the unit of the measure; None for Sobol.
    first_error, total_error, effect_error : half widths of the 95 percent intervals.
    """

    group: str
    first: float | None = None
    first_error: float | None = None
    total: float | None = None
    total_error: float | None = None
    effect: float | None = None
    effect_error: float | None = None

    @property
    def rank(self) -> float:
        """What groups are ordered by."""
        return (self.total if self.total is not None else self.effect) or 0.0


@dataclass(frozen=True)
class MeasureIndices:
    """The indices of one measure, the largest first.

    Attributes
    ----------
    mean, deviation : of the measure over the worlds of the sample.
    left_out : blocks or trajectories without an answer somewhere, of all.
    """

    measure: Measure
    indices: tuple[Index, ...]
    mean: float
    deviation: float
    left_out: int


@dataclass(frozen=True, eq=False)
class Design:
    """The sample of an analysis: which worlds it takes, and which unknowns count as one.

    Attributes
    ----------
    groups : of each factor.
    points : in the cube of factors, shape (worlds, factors).
    """

    scenario: Scenario
    uncertainty: Uncertainty
    method: SensitivityMethod
    blocks: int
    groups: tuple[str, ...]
    points: Array
    seed: int

    @property
    def problem(self) -> dict[str, Any]:
        """What SALib calls the problem."""
        return _problem(self.uncertainty, self.groups, self.method)

    def drawn(self) -> Worlds:
        """Return the worlds of the sample."""
        return worlds_at(
            self.scenario,
            self.points,
            uncertainty=self.uncertainty,
            seed=self.seed,
            method=self.method,
        )


def design_of(
    scenario: Scenario,
    *,
    method: SensitivityMethod,
    worlds: int,
    groups: Mapping[str, Sequence[str]],
    seed: int,
    exact: bool = False,
) -> Design:
    """Return the sample of an analysis; see `sensitivity`.

    Parameters
    ----------
    exact : whether `groups` names every group of the scenario, as a finished analysis tells them,
        and not patterns.
    """
    if method not in ("sobol", "morris"):
        raise InputError(f"method: expected sobol or morris; found {method!r}")
    if not (is_whole(worlds) and worlds >= 2):
        raise InputError(f"worlds: expected a whole number >= 2, found {told(worlds)}")
    if not (is_whole(seed) and seed >= 0):
        raise InputError(f"seed: expected a whole number >= 0, found {told(seed)}")
    if not isinstance(groups, Mapping):
        raise InputError(f"groups: expected lists of texts by name, found {told(groups)}")
    groups = {name: texts(f"groups: {name}", members) for name, members in groups.items()}
    uncertainty = Uncertainty(scenario.blueprint)
    if len(uncertainty.groups) < 2:
        raise InputError(
            f"{scenario.name}: expected at least two uncertain numbers, found "
            f"{len(uncertainty.groups)}"
        )
    if exact:
        of_group = {group: name for name, members in groups.items() for group in members}
        of_factor = [of_group[factor.group] for factor in uncertainty.factors]
    else:
        of_factor = _groups(uncertainty, groups)
    names = tuple(dict.fromkeys(of_factor))
    if len(names) < 2:
        raise InputError("groups: expected at least two groups, found one")
    most = MOST_WORLDS // (len(names) + (2 if method == "sobol" else 1))
    if worlds > most:  # each base point or trajectory is several worlds
        raise InputError(
            f"worlds: expected at most {most} with {len(names)} groups, found {worlds}"
        )
    points = _sampler(method)(_problem(uncertainty, of_factor, method), worlds, seed)
    return Design(scenario, uncertainty, method, worlds, tuple(of_factor), points, seed)


def _groups(uncertainty: Uncertainty, groups: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the group of each factor."""
    if not groups:
        return [factor.group for factor in uncertainty.factors]
    members = uncertainty.groups
    known = {*members, *(name for names in members.values() for name in names)}
    faults = [
        f"group {name}: expected a parameter that is drawn, or a pattern of some; found {pattern!r}"
        for name, patterns in groups.items()
        for pattern in patterns
        if not fnmatch.filter(known, pattern)
    ]
    if faults:
        raise InputError(*faults)

    def group_of(group: str) -> str:
        """Return the first that names what is drawn together, or any part of it."""
        for name, patterns in groups.items():
            if any(fnmatch.filter((group, *members[group]), pattern) for pattern in patterns):
                return name
        return OTHER

    of = {group: group_of(group) for group in members}
    return [of[factor.group] for factor in uncertainty.factors]


def _problem(
    uncertainty: Uncertainty, groups: Sequence[str], method: SensitivityMethod
) -> dict[str, Any]:
    bounds = (0.0, 1.0) if method == "sobol" else SPAN
    return {
        "num_vars": len(groups),
        "names": [f"{factor.group}:{factor.role}" for factor in uncertainty.factors],
        "bounds": [list(bounds)] * len(groups),
        "groups": list(groups),
    }


def _sampler(method: SensitivityMethod) -> Callable[[dict[str, Any], int, int], Array]:
    if method == "sobol":
        from SALib.sample import sobol

        def draw(problem: dict[str, Any], blocks: int, seed: int) -> Array:
            with warnings.catch_warnings():  # that a sample is no power of two is the user's affair
                warnings.simplefilter("ignore", UserWarning)
                points = sobol.sample(problem, blocks, calc_second_order=False, seed=seed)
            return np.asarray(points)
    else:
        from SALib.sample import morris

        def draw(problem: dict[str, Any], blocks: int, seed: int) -> Array:
            return np.asarray(morris.sample(problem, blocks, num_levels=LEVELS, seed=seed))

    return draw


def indices_of(one: Measure, table: Array, design: Design) -> MeasureIndices:
    """Return the indices of a measure, from the blocks in which every world has a value."""
    names, method, problem = tuple(dict.fromkeys(design.groups)), design.method, design.problem
    size = len(names) + (2 if method == "sobol" else 1)
    whole = np.asarray(np.isfinite(table.reshape(-1, size)).all(axis=1))
    kept = np.repeat(whole, size)
    if whole.sum() < 2:
        raise NotCertifiedError(
            f"sensitivity of {one}: expected at least 2 blocks in which every world has an answer, "
            f"found {int(whole.sum())} of {len(whole)} - draw more worlds, or narrow their ranges"
        )
    if np.ptp(table[kept]) == 0:
        found = {name: Index(name, *([0.0] * 4)) for name in names}
        if method == "morris":
            found = {name: Index(name, effect=0.0, effect_error=0.0) for name in names}
    elif method == "sobol":
        found = _sobol(problem, table[kept], design.seed)
    else:
        found = _morris(problem, design.points[kept], table[kept], design.seed)
    return MeasureIndices(
        measure=one,
        indices=tuple(sorted(found.values(), key=lambda index: -index.rank)),
        mean=float(table[kept].mean()),
        deviation=float(table[kept].std()),
        left_out=int(len(whole) - whole.sum()),
    )


def _sobol(problem: dict[str, Any], values: Array, seed: int) -> dict[str, Index]:
    from SALib.analyze import sobol
    from SALib.util import extract_group_names

    # SALib takes a seed of 0 for none, and the intervals would differ from run to run
    found = sobol.analyze(
        problem, values, calc_second_order=False, conf_level=CONFIDENCE, seed=seed + 1
    )
    names, _ = extract_group_names(problem)
    numbers = zip(*(found[key] for key in ("S1", "S1_conf", "ST", "ST_conf")), strict=True)
    return {
        str(name): Index(str(name), *(float(number) for number in four))
        for name, four in zip(names, numbers, strict=True)
    }


def _morris(problem: dict[str, Any], points: Array, values: Array, seed: int) -> dict[str, Index]:
    from SALib.analyze import morris

    with warnings.catch_warnings():  # groups have no mean of signed effects, and SALib says so
        warnings.simplefilter("ignore")
        found = morris.analyze(
            problem, points, values, conf_level=CONFIDENCE, num_levels=LEVELS, seed=seed + 1
        )
    return {
        str(name): Index(str(name), effect=float(effect), effect_error=float(error))
        for name, effect, error in zip(
            found["names"], found["mu_star"], found["mu_star_conf"], strict=True
        )
    }

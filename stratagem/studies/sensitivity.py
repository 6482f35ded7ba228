"""Which unknowns matter: Sobol and Morris indices of any measure, with their confidence.

A Sobol index is the share of a measure's variance that a group of unknowns explains: `first` by
itself, `total` with all that it does together with others. Morris moves one group at a time along
trajectories from the 5th to the 95th percentile and averages how far the measure moves (`mean
effect`, its absolute value): cheaper, and good for telling what may be ignored. Everything that
belongs to one group of the scenario (the shares of one whole, numbers that go together, a switch)
is one group here, every other number is one by itself, unless groups are named.

Notes
-----
The samples need every one of their worlds. Where some have no answer, the whole block or trajectory
that they belong to is left out, and how many is said.

References
----------
saltelli2010 for the estimators, campolongo2007 for groups along trajectories; both as in SALib.
"""

from __future__ import annotations

import fnmatch
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from games.errors import InputError, NotCertifiedError
from scenarios.scenario import Scenario
from scenarios.worlds import MOST_WORLDS, Uncertainty, worlds_at
from stratagem.plain import plain
from stratagem.studies.measures import Measure, measure
from stratagem.studies.sweeps import LEDGER, ignore, sweep
from stratagem.tables import Cell, Column, Page, Section, Table
from stratagem.words import count

if TYPE_CHECKING:
    import pandas

Array = NDArray[np.float64]
SensitivityMethod = Literal["sobol", "morris"]

CONFIDENCE = 0.95
LEVELS = 4
"""Levels of each factor along Morris trajectories."""
SPAN = (0.05, 0.95)
"""Where trajectories begin and end, as shares of all worlds."""

OTHER = "other"
"""Group of all that no named group takes in."""

_SHOWN = 15


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


@dataclass(frozen=True, repr=False)
class Sensitivity(Page):
    """Indices of measures.

    Attributes
    ----------
    blocks : base points (Sobol) or trajectories (Morris); `worlds` of the whole sample.
    groups : {group: numbers, shares, switches and what else is drawn together in it}.
    """

    scenario: str
    scenario_title: str
    scenario_hash: str
    method: SensitivityMethod
    measures: tuple[MeasureIndices, ...]
    groups: Mapping[str, tuple[str, ...]] = field(repr=False)
    blocks: int
    worlds: int
    seed: int

    def of(self, text: str) -> MeasureIndices:
        """Return the indices of a measure.

        Raises
        ------
        InputError
            When it was not among those asked for.
        """
        wanted = measure(text)
        for one in self.measures:
            if one.measure == wanted:
                return one
        known = ", ".join(str(one.measure) for one in self.measures)
        raise InputError(f"sensitivity: expected one of {known}; found {text!r}")

    def table(self, found: MeasureIndices, *, most: int | None = None) -> Table:
        """Return the indices of one measure, the largest first."""
        if self.method == "sobol":
            columns: tuple[Column, ...] = (
                Column("group"),
                Column("total", digits=3),
                Column("±", digits=3),
                Column("first", digits=3),
                Column("± ", digits=3),
            )
            rows: list[tuple[Cell, ...]] = [
                (i.group, i.total, i.total_error, i.first, i.first_error) for i in found.indices
            ]
        else:
            columns = (Column("group"), Column("mean effect", digits=3), Column("±", digits=3))
            rows = [(i.group, i.effect, i.effect_error) for i in found.indices]
        return Table("", columns, tuple(rows[:most]))

    def sections(self) -> tuple[Section, ...]:
        """Return the largest indices of each measure."""
        kind = "base points" if self.method == "sobol" else "trajectories"
        found = []
        for one in self.measures:
            told = [
                f"Mean {one.mean:,.4g}, deviation {one.deviation:,.3g}; intervals hold "
                f"{CONFIDENCE:.0%}."
            ]
            if one.left_out:
                told.append(f"{one.left_out} of {self.blocks} {kind} left out for want of answers.")
            if len(one.indices) > _SHOWN:
                told.append(f"The largest {_SHOWN} of {count(len(one.indices), 'group')}.")
            title = f"{self.scenario_title}: what moves {one.measure}"
            found.append(Section(title, (" ".join(told),), (self.table(one, most=_SHOWN),)))
        told_sample = (
            f"{self.method.capitalize()}, {self.blocks} {kind}, {self.worlds:,} worlds, seed "
            f"{self.seed}."
        )
        return (*found, Section("", (told_sample,)))

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row for each measure and group."""
        import pandas

        rows = [
            {"measure": str(one.measure), **vars(index)}
            for one in self.measures
            for index in one.indices
        ]
        return pandas.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "scenario": self.scenario,
            "scenario_hash": self.scenario_hash,
            "method": self.method,
            "blocks": self.blocks,
            "worlds": self.worlds,
            "seed": self.seed,
            "confidence": CONFIDENCE,
            "groups": plain(self.groups),
            "measures": [
                {**plain(one), "measure": str(one.measure)} for one in self.measures
            ],
        }  # fmt: skip


def sensitivity(
    scenario: Scenario,
    of: Sequence[str] = ("months(status-quo)",),
    *,
    method: SensitivityMethod = "sobol",
    worlds: int = 64,
    groups: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] = ignore,
    **options: Any,
) -> Sensitivity:
    """Return which unknowns move measures, and how much.

    Parameters
    ----------
    of : measures (`studies.measures`), such as `lost(fixed:unilateral)`.
    worlds : base points (Sobol, a power of two is best; the sample has `worlds` times two more
        than there are groups) or trajectories (Morris, times one more).
    groups : {name: patterns of parameters, or names of groups of the scenario}; all others make up
        the group `other`.
    seed, options : as for `sweep`.

    Raises
    ------
    InputError
        When something handed in is wrong.
    NotCertifiedError
        When too few worlds have answers.
    """
    if method not in ("sobol", "morris"):
        raise InputError(f"method: expected sobol or morris; found {method!r}")
    if worlds < 2:
        raise InputError(f"worlds: expected a whole number >= 2, found {worlds}")
    if seed < 0:
        raise InputError(f"seed: expected a whole number >= 0, found {seed}")
    wanted = [measure(text) for text in of]
    if not wanted:
        raise InputError("of: expected at least one measure, found none")
    uncertainty = Uncertainty(scenario.blueprint)
    if len(uncertainty.groups) < 2:
        raise InputError(
            f"{scenario.name}: expected at least two uncertain numbers, found "
            f"{len(uncertainty.groups)}"
        )
    of_factor = _groups(uncertainty, groups or {})
    names = tuple(dict.fromkeys(of_factor))
    if len(names) < 2:
        raise InputError("groups: expected at least two groups, found one")
    most = MOST_WORLDS // (len(names) + (2 if method == "sobol" else 1))
    if worlds > most:  # each base point or trajectory is several worlds
        raise InputError(
            f"worlds: expected at most {most} with {len(names)} groups, found {worlds}"
        )
    problem = _problem(uncertainty, of_factor, method)
    sample = _sampler(method)
    points = sample(problem, worlds, seed)
    plays = list(dict.fromkeys(play for one in wanted for play in one.plays))
    found = sweep(
        scenario,
        worlds=worlds_at(scenario, points, uncertainty=uncertainty, seed=seed, method=method),
        plays=plays,
        seed=seed,
        progress=progress,
        **{"ledger": LEDGER, **options},
    )
    return Sensitivity(
        scenario=scenario.name,
        scenario_title=scenario.title,
        scenario_hash=scenario.hash,
        method=method,
        measures=tuple(
            _indices(one, one.values(found), problem, points, names, method, seed) for one in wanted
        ),
        groups={
            name: tuple(
                dict.fromkeys(
                    factor.group
                    for factor, group in zip(uncertainty.factors, of_factor, strict=True)
                    if group == name
                )
            )
            for name in names
        },
        blocks=worlds,
        worlds=len(points),
        seed=seed,
    )


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


def _indices(
    one: Measure,
    values: Mapping[int | None, float],
    problem: dict[str, Any],
    points: Array,
    names: Sequence[str],
    method: SensitivityMethod,
    seed: int,
) -> MeasureIndices:
    """Return the indices of a measure, from the blocks in which every world has a value."""
    size = len(names) + (2 if method == "sobol" else 1)
    table = np.array([values.get(world, np.nan) for world in range(len(points))])
    whole = np.isfinite(table.reshape(-1, size)).all(axis=1)
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
        found = _sobol(problem, table[kept], seed)
    else:
        found = _morris(problem, points[kept], table[kept], seed)
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
        name: Index(name, *(float(number) for number in four))
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
        name: Index(name, effect=float(effect), effect_error=float(error))
        for name, effect, error in zip(
            found["names"], found["mu_star"], found["mu_star_conf"], strict=True
        )
    }

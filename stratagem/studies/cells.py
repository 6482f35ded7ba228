"""The cells of a sweep: one scenario, and its worlds, for each combination of a grid's values."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from games.errors import InputError
from scenarios.errors import ScenarioError
from scenarios.load import load_text
from scenarios.overrides import setting_value
from scenarios.scenario import Scenario
from scenarios.worlds import Method, Worlds, sample

MOST_CELLS = 10_000
"""Combinations of a grid that are taken on."""


@dataclass(frozen=True)
class Cell:
    """One combination of the grid's values; `error` where it makes no scenario."""

    number: int
    settings: Mapping[str, str]
    scenario: Scenario | None
    worlds: Worlds | None
    error: ScenarioError | None = None

    @property
    def size(self) -> int:
        """How many worlds there are, the scenario's own numbers being one."""
        return 1 if self.worlds is None else len(self.worlds)


def cells_of(
    scenario: Scenario,
    grid: Mapping[str, Sequence[object]],
    worlds: int | Worlds | None,
    *,
    sampling: Method,
    seed: int,
) -> Iterator[Cell]:
    """Yield the cells of a grid, one by one, in the order of its combinations.

    Parameters
    ----------
    grid : {path: values}, as for `--set path=value`; one cell where it is empty.
    worlds, sampling, seed : as for `sweep`.

    Raises
    ------
    InputError
        When the grid or the worlds make no sense. A combination that makes no scenario is a cell
        with an error.
    """
    count = 1
    for path, values in grid.items():
        if not values:
            raise InputError(f"grid {path}: expected values, found none - path=1,2,3")
        read = [setting_value(_text(value)) for value in values]
        kinds = [(isinstance(value, bool), value) for value in read]  # true is not 1
        for place, value in enumerate(read):
            if kinds[place] in kinds[:place]:
                raise InputError(
                    f"grid {path}: expected each value once, found {str(value)[:200]} twice"
                )
        count *= len(values)
    if count > MOST_CELLS:
        raise InputError(
            f"grid: expected at most {MOST_CELLS:,} combinations, found {count:,} - draw worlds "
            "instead with --worlds"
        )
    if grid and isinstance(worlds, Worlds):
        raise InputError("worlds: expected a number beside a grid, found worlds of one scenario")
    texts = [[_text(value) for value in values] for values in grid.values()]
    for number, combination in enumerate(itertools.product(*texts)):
        settings = dict(zip(grid, combination, strict=True))
        if not settings:
            yield Cell(number, settings, scenario, _drawn(scenario, worlds, sampling, seed))
            continue
        changes = [f"{path}={value}" for path, value in settings.items()]
        try:
            changed = load_text(
                scenario.text, settings=changes, place=scenario.name, option="--grid"
            )
            yield Cell(number, settings, changed, _drawn(changed, worlds, sampling, seed))
        except ScenarioError as error:
            yield Cell(number, settings, None, None, error)


def _text(value: object) -> str:
    """Return a value as a setting writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def _drawn(
    scenario: Scenario, worlds: int | Worlds | None, sampling: Method, seed: int
) -> Worlds | None:
    if worlds is None or isinstance(worlds, Worlds):
        return worlds
    return sample(scenario, worlds, seed=seed, method=sampling)

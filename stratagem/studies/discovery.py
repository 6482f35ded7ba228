"""Where something holds: worlds drawn, a condition asked of each, the box that tells them apart.

Conditions are those of `measures`, such as `lost(unilateral:worst) <= 0.1` (acting alone is nearly
as good) or `kept(only:chips) >= 0.9` (chips alone suffice); `boxes` finds the box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from games.errors import InputError, NotCertifiedError
from games.given import is_finite, told
from scenarios.scenario import Scenario
from scenarios.worlds import Method, Worlds, sample
from stratagem.limits import ignore
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table
from stratagem.studies.boxes import DENSITY, SIGNIFICANT, Box, Limit, discover
from stratagem.studies.measures import Condition, condition
from stratagem.studies.sweep_files import worlds_frame
from stratagem.studies.sweeps import LEDGER, sweep

if TYPE_CHECKING:
    import pandas

SWITCH = "switch "


@dataclass(frozen=True, repr=False)
class Discovery(Page):
    """The box in which a condition holds.

    Attributes
    ----------
    values : {world: value of the measure}; worlds without one are left out.
    density : that was asked for.
    """

    condition: Condition
    box: Box
    worlds: Worlds
    values: Mapping[int, float] = field(repr=False)
    density: float

    @property
    def holding(self) -> int:
        """In how many worlds the condition holds."""
        return sum(self.condition.holds(value) for value in self.values.values())

    def table(self) -> Table:
        """Return the limits of the box."""
        numbers = self.worlds.scenario.parameters
        rows: list[tuple[Cell, ...]] = []
        for limit in self.box.limits:
            unit = numbers[limit.name].unit if limit.name in numbers else ""
            low, high = self._ends(limit)
            rows.append((limit.name, unit, low, high, limit.p_value))
        columns = (
            Column("unknown"),
            Column("unit"),
            Column("at least"),
            Column("at most"),
            Column("quasi p"),
        )
        return Table("", columns, tuple(rows))

    def _ends(self, limit: Limit) -> tuple[Cell, Cell]:
        """Return the ends of a limit; those of a switch by the names of its alternatives."""
        if not limit.name.startswith(SWITCH):
            return limit.low, limit.high
        (switch,) = (
            one
            for one in self.worlds.uncertainty.switches
            if one.name == limit.name.removeprefix(SWITCH)
        )
        names = [one.name for one in switch.alternatives]
        return tuple(None if end is None else names[round(end)] for end in (limit.low, limit.high))  # type: ignore[return-value]

    def sections(self) -> tuple[Section, ...]:
        """Return the box, and how well it tells where the condition holds."""
        box, total = self.box, len(self.values)
        told = [f"It holds in {self.holding} of {total} worlds."]
        tables: tuple[Table, ...] = ()
        if self.holding in (0, total):
            told.append("There is nothing to tell apart.")
        elif not box.limits:
            told.append("No limit tells where, beyond what chance would.")
        else:
            told.append(
                f"In the box below it holds in {box.hits} of {box.inside} (density "
                f"{box.density:.0%}), which are {box.coverage:.0%} of all in which it does "
                "(coverage)."
            )
            tables = (self.table(),)
        title = f"{self.worlds.scenario.title}: where {self.condition}"
        return (Section(title, (" ".join(told),), tables),)

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "scenario": self.worlds.scenario.name,
            "scenario_hash": self.worlds.scenario.hash,
            "condition": str(self.condition),
            "worlds": len(self.worlds),
            "answered": len(self.values),
            "holding": self.holding,
            "density": self.density,
            "box": plain(self.box),
            "significant": SIGNIFICANT,
            "method": self.worlds.method,
            "seed": self.worlds.seed,
        }

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row for each world: its numbers, the measure, whether the condition holds."""
        frame = worlds_frame(self.worlds)
        frame["measure"] = [self.values.get(world) for world in frame["world"]]
        frame["holds"] = [
            self.condition.holds(self.values[world]) if world in self.values else None
            for world in frame["world"]
        ]
        return frame


def where(
    scenario: Scenario,
    text: str,
    *,
    worlds: int = 256,
    density: float = DENSITY,
    method: Method = "sobol",
    seed: int = 0,
    progress: Callable[[int, int], None] = ignore,
    **options: Any,
) -> Discovery:
    """Return the box of the unknowns in which a condition holds.

    Parameters
    ----------
    text : the condition, such as `lost(unilateral:worst) <= 0.1`.
    worlds : how many to draw.
    density : share of the worlds in the box that should fulfil it.
    method, seed, options : as for `sweep`.

    Raises
    ------
    InputError
        When something handed in is wrong.
    NotCertifiedError
        When no world has an answer.
    """
    if not (is_finite(density) and 0 < density <= 1):
        raise InputError(f"density: expected a share in (0, 1], found {told(density)}")
    asked = condition(text)
    drawn = sample(scenario, worlds, method=method, seed=seed)
    found = sweep(
        scenario,
        worlds=drawn,
        plays=list(asked.measure.plays),
        seed=seed,
        progress=progress,
        **{"ledger": LEDGER, **options},
    )
    values = {w: value for w, value in asked.measure.values(found).items() if w is not None}
    if not values:
        first = found.failures[0].answer.message if found.failures else "coordination gains nothing"
        raise NotCertifiedError(
            f"where {asked}: expected some world with an answer, found none: {first}"
        )
    return discovery_from(asked, drawn, values, density=density)


def discovery_from(
    asked: Condition, drawn: Worlds, values: Mapping[int, float], *, density: float
) -> Discovery:
    """Return the box that the values of a condition's measure in worlds come to."""
    rows = np.array(sorted(values))
    holds = np.array([asked.holds(values[row]) for row in rows.tolist()])
    points, names = _unknowns(drawn)
    box = discover(points[rows], holds, names, density=density)
    return Discovery(asked, box, drawn, values, density)


def _unknowns(worlds: Worlds) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return what was drawn in each world, not what follows from it: numbers, and switches."""
    uncertainty = worlds.uncertainty
    own = set(uncertainty.distributions) | {factor.role for factor in uncertainty.factors}
    columns = [i for i, name in enumerate(worlds.names) if name in own]
    switches = list(worlds.chosen)
    points = np.column_stack(
        [worlds.draws[:, columns], *(worlds.chosen[name].astype(float) for name in switches)]
    )
    names = (*(worlds.names[i] for i in columns), *(f"{SWITCH}{name}" for name in switches))
    return points, names

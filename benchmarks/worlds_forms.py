"""Referees for many worlds: what one would write down first, sharing no code with the solvers.

extensive        one MILP: the plain step form of every world side by side, the step binaries
                 shared, and the measure of the losses as the objective; where controllers mind
                 other things than the evader wants, the textbook form of every world
plain_benders    the same taken apart: a master MILP over the step binaries with one estimate a
                 world, and a cut a world and round from the duals of its linear program
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from benchmarks.forms import plain_steps, textbook
from benchmarks.losses import coordinated_loss, stakes_follow_evader
from benchmarks.models import Builder, Model, Term, merged, scaled
from games.layered import LayeredGame
from games.network import build_network

LEAST_LOSS = -1e9
"""bn USD a year: below what any world loses, so that a bound of that size says nothing."""


@dataclass(frozen=True)
class Bounds:
    """What a referee found: best value and lower bound of the measure, bn USD a year."""

    value: float
    bound: float


def forms(games: Sequence[LayeredGame]) -> list[Model]:
    """Return the plain step form of every world, or the textbook form where it has none."""
    plain = stakes_follow_evader(games[0])
    return [
        (plain_steps if plain else textbook)(build_network(game), coordinated_loss(game))
        for game in games
    ]


def extensive(worlds: Sequence[Model], *, tail: float = 0.0) -> Model:
    """Return one MILP of equally likely worlds.

    Parameters
    ----------
    tail : 0 for the expected loss, else the share of worlds that a CVaR leaves out.
    """
    builder = Builder()
    shared: dict[str, int] = {}
    objective: list[Term] = []
    share = 1 / len(worlds)
    threshold = builder.column("threshold", low=LEAST_LOSS) if tail else -1
    if tail:
        objective.append((threshold, 1.0))
    choices: tuple[tuple[tuple[Term, ...], ...], ...] = ()
    for number, world in enumerate(worlds):
        places = []
        for column in world.columns:
            if column.integer:
                if column.name not in shared:
                    shared[column.name] = builder.binary(column.name, low=column.low)
                places.append(shared[column.name])
            else:
                name = f"{column.name}_{number}"
                places.append(builder.column(name, column.high, low=column.low))
        for row in world.rows:
            terms = [(places[j], c) for j, c in row.terms]
            builder.row(f"{row.name}_{number}", terms, low=row.low, high=row.high)
        loss = [(places[j], c) for j, c in world.objective]
        if tail:
            excess = builder.column(f"excess_{number}")
            builder.row(
                f"excess_is_counted_{number}",
                [(excess, 1.0), (threshold, 1.0), *scaled(loss, -1.0)],
                low=0.0,
            )
            objective.append((excess, share / (1 - tail)))
        else:
            objective += scaled(loss, share)
        choices = choices or tuple(
            tuple(tuple((places[j], c) for j, c in terms) for terms in options)
            for options in world.choices
        )
    return Model(tuple(builder.columns), tuple(builder.rows), merged(objective), True, choices)


def plain_benders(worlds: Sequence[Model], *, limit: float, gap: float) -> Bounds:
    """Return what a loop of master and cuts reaches for the expected loss.

    Parameters
    ----------
    limit : seconds.
    """
    started = time.perf_counter()
    names = [column.name for column in worlds[0].columns if column.integer]
    programs = [_Program(world, names) for world in worlds]
    count, share = len(names), 1 / len(worlds)
    master = _quiet()
    for _ in names:
        master.addVar(0.0, 1.0)
    for column in range(count):
        master.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    for program in programs:
        master.addVar(program.least(), highspy.kHighsInf)
        master.changeColCost(master.getNumCol() - 1, share)
    binary = {name: j for j, name in enumerate(names)}
    for row in worlds[0].rows:
        ours = [(binary.get(worlds[0].columns[j].name, -1), c) for j, c in row.terms]
        if ours and all(j >= 0 for j, _ in ours):
            columns = np.array([j for j, _ in ours], dtype=np.int32)
            master.addRow(row.low, row.high, len(ours), columns, np.array([c for _, c in ours]))
    value, bound = np.inf, -np.inf
    while time.perf_counter() - started < limit:
        left = limit - (time.perf_counter() - started)
        master.setOptionValue("time_limit", max(1.0, left) + master.getRunTime())
        master.setOptionValue("mip_rel_gap", gap / 4)
        master.run()
        bound = max(bound, float(master.getInfo().mip_dual_bound))
        point = np.round(np.asarray(master.getSolution().col_value)[:count])
        losses = []
        for number, program in enumerate(programs):
            loss, slope = program.at(point)
            losses.append(loss)
            columns = np.append(np.arange(count), count + number).astype(np.int32)
            master.addRow(
                loss - float(slope @ point),
                highspy.kHighsInf,
                count + 1,
                columns,
                np.append(-slope, 1.0),
            )
        value = min(value, float(np.mean(losses)))
        if value - bound <= gap * abs(value):
            break
    return Bounds(value, bound)


class _Program:
    """One world's linear program with the binaries fixed."""

    def __init__(self, world: Model, names: Sequence[str]) -> None:
        self._highs = _quiet()
        for column in world.columns:
            self._highs.addVar(column.low, min(column.high, highspy.kHighsInf))
        for j, cost in world.objective:
            self._highs.changeColCost(j, cost)
        for row in world.rows:
            columns = np.array([j for j, _ in row.terms], dtype=np.int32)
            values = np.array([c for _, c in row.terms])
            self._highs.addRow(row.low, row.high, len(columns), columns, values)
        places = {column.name: j for j, column in enumerate(world.columns)}
        self._binary = np.array([places[name] for name in names], dtype=np.int32)

    def least(self) -> float:
        """Return the value of the relaxation, which no portfolio is below."""
        self._highs.run()
        return float(self._highs.getObjectiveValue())

    def at(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss at a portfolio and its slope in the binaries."""
        self._highs.changeColsBounds(len(point), self._binary, point, point)
        self._highs.run()
        slopes = np.asarray(self._highs.getSolution().col_dual)[self._binary]
        return float(self._highs.getObjectiveValue()), slopes


def _quiet() -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    return highs

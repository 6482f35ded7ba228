"""How long small things take: the evader's answer to one change, and whole commands.

The evader faces a walk through the profiles of a game, one option at one control point changed at
each step. Three ways to answer are timed on the same walk: the product's warm object, HiGHS started
afresh on the same linear program, and Pyomo with the same program in mutable parameters.
"""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import highspy
import numpy as np

from benchmarks.forms import evader_program
from benchmarks.models import highs_program
from games.errors import NotCertifiedError
from games.layered import LayeredGame, Profile
from games.network import Network

Answerer = Callable[[Profile], tuple[float, float]]
"""From a profile to the seconds that it took and the evader's value Z."""


@dataclass(frozen=True)
class WalkTiming:
    """Median seconds of one answer, and the mean of the first `compared` values of Z.

    Two ways that solve the same programs have the same mean.
    """

    seconds: float
    mean_value: float


def walk(game: LayeredGame, *, steps: int, rng: np.random.Generator) -> Iterator[Profile]:
    """Yield profiles that each differ from the one before at one control point."""
    profile = list(game.status_quo)
    movable = [k for k, point in enumerate(game.points) if len(point.options) > 1]
    for _ in range(steps):
        k = int(rng.choice(movable))
        others = [o for o in range(len(game.points[k].options)) if o != profile[k]]
        profile[k] = int(rng.choice(others))
        yield tuple(profile)


def time_walk(answer: Answerer, profiles: Sequence[Profile], *, compared: int) -> WalkTiming:
    """Return how one way to answer does on a walk."""
    answers = [answer(profile) for profile in profiles]
    values = [value for _, value in answers[:compared]]
    return WalkTiming(median(seconds for seconds, _ in answers), float(np.mean(values)))


def warm(network: Network) -> Answerer:
    """Return the product's way: one HiGHS object that goes on from its last basis."""
    from solvers.evader import Evader

    evader = Evader(network)

    def answer(profile: Profile) -> tuple[float, float]:
        start = time.perf_counter()
        value = evader.value(profile)
        return time.perf_counter() - start, value

    return answer


def cold(network: Network) -> Answerer:
    """Return the way of a new HiGHS object each time; making the program is not counted."""

    def answer(profile: Profile) -> tuple[float, float]:
        program = highs_program(evader_program(network, profile))
        start = time.perf_counter()
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.passModel(program)
        highs.run()
        seconds = time.perf_counter() - start
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise NotCertifiedError("cold evader: expected an optimum of its linear program")
        return seconds, float(highs.getInfo().objective_function_value)

    return answer


def through_pyomo(network: Network) -> Answerer:
    """Return the way of a Pyomo model whose coefficients are mutable parameters."""
    import pyomo.environ as pyo
    from pyomo.contrib.solver.solvers.highs import Highs

    game = network.game
    lanes = range(len(network.lanes))
    model = pyo.ConcreteModel()
    model.gain = pyo.Param(lanes, mutable=True, initialize=1.0)
    model.cost = pyo.Param(lanes, mutable=True, initialize=1.0)
    model.flow = pyo.Var(lanes, domain=pyo.NonNegativeReals)
    model.chord = pyo.Var(
        range(len(network.chord_width)), bounds=lambda _, j: (0, float(network.chord_width[j]))
    )

    def node_conserves(_: pyo.ConcreteModel, node: int) -> object:
        entering = sum(
            model.gain[index] * model.flow[index]
            for index in lanes
            if network.lanes[index].head == node
        )
        leaving = sum(model.flow[index] for index in lanes if network.lanes[index].tail == node)
        absorbed = sum(
            model.chord[j]
            for j, front in enumerate(network.chord_front)
            if network.front_node[front] == node
        )
        return leaving + absorbed - entering <= 0

    def capacity_is_respected(_: pyo.ConcreteModel, row: int) -> object:
        sharing = [index for index in lanes if network.lanes[index].row == row]
        return sum(model.flow[index] for index in sharing) <= float(network.capacities[row])

    model.node_conserves = pyo.Constraint(range(len(network.nodes)), rule=node_conserves)
    model.capacity_is_respected = pyo.Constraint(
        range(len(network.capacities)), rule=capacity_is_respected
    )
    spent = sum(model.cost[index] * model.flow[index] for index in lanes)
    model.budget_is_respected = pyo.Constraint(expr=spent <= game.evader_budget)
    worth = sum(float(value) * model.chord[j] for j, value in enumerate(network.chord_value)) + sum(
        lane.value * model.flow[index] for index, lane in enumerate(network.lanes)
    )
    model.objective = pyo.Objective(expr=worth, sense=pyo.maximize)
    solver = Highs()

    def answer(profile: Profile) -> tuple[float, float]:
        start = time.perf_counter()
        for index, lane in enumerate(network.lanes):
            option = network.chosen(lane, profile)
            model.gain[index].set_value(lane.gains[option])
            model.cost[index].set_value(lane.costs[option])
        results = solver.solve(model, threads=1)
        return time.perf_counter() - start, float(results.incumbent_objective)

    return answer


def run_command(
    command: Sequence[str], *, folder: Path, limit: float, until: str | None = None
) -> float:
    """Return the wall time of a whole process, or until a line of its output holds a text.

    Parameters
    ----------
    folder : where it runs, and may leave files.
    limit : seconds after which it is ended.
    until : the text to wait for; the process is ended as soon as it is seen.

    Raises
    ------
    NotCertifiedError
        When the command fails, exceeds the limit, or never prints the text.

    Notes
    -----
    The command sees a terminal, since programs show their progress to terminals only.
    """
    terminal, its_side = os.openpty()
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=its_side, stderr=its_side, cwd=folder
    )
    os.close(its_side)
    try:
        output = b""
        while time.perf_counter() - start < limit:
            ready, _, _ = select.select([terminal], [], [], 0.05)
            if not ready:
                continue
            try:
                chunk = os.read(terminal, 65536)
            except OSError:  # how a terminal of Linux says that its last writer has gone
                break
            if not chunk:
                break
            output += chunk
            if until is not None and until.encode() in output.rpartition(b"\n")[0]:
                return time.perf_counter() - start
        process.wait(timeout=max(0.0, limit - (time.perf_counter() - start)))
        seconds = time.perf_counter() - start
    except subprocess.TimeoutExpired:
        raise NotCertifiedError(
            f"{' '.join(command)}: expected an end within {limit:g} s, found it running"
        ) from None
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    if process.returncode != 0 or until is not None:
        wanted = "success" if until is None else f"a line with {until!r}"
        last_words = output[-200:].decode(errors="replace")
        raise NotCertifiedError(
            f"{' '.join(command)}: expected {wanted}, found exit code {process.returncode} "
            f"and {last_words!r}"
        )
    return seconds

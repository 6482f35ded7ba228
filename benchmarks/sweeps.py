"""The benchmark on sweeps: `python -m benchmarks.sweeps` makes `SWEEPS.md` again.

Each run is a process of its own, measured from its start to its end, imports, start of workers and
a new ledger included. What two workers gain is measured against two things: one worker, and what
the two cores of this machine give at best, which is two runs with one worker each side by side that
share nothing. Two virtual cores are often two threads of one core, and then nothing can be twice as
fast on both. The three take turns, and medians are shown.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.generator import generate
from games.layered import LayeredGame
from scenarios.load import RESOLVED_FORMAT, load, load_text
from scenarios.scenario import Scenario
from scenarios.worlds import sample
from stratagem.studies.sweeps import sweep

PAGE = Path(__file__).with_name("SWEEPS.md")
SPREAD = 1.25
"""Factor between a generated number and the ends of its range."""

AS_ONE = 200
"""Worlds that are built and answered one by one, for comparison."""


@dataclass(frozen=True)
class Kind:
    """One kind of sweep: a scenario, and what is asked of it.

    Parameters
    ----------
    profiles : how many profiles are held; with more than one, the worlds are as many fewer.
    answers : how many there are in all.
    """

    name: str
    scenario: str
    profiles: int
    answers: int


KINDS = (
    Kind("35 points x 5 options, one profile", "generated", 1, 10_000),
    Kind("35 points x 5 options, 100 profiles", "generated", 100, 10_000),
    Kind("baseline-2026, status quo", "baseline-2026", 1, 10_000),
)


def scenario_of(game: LayeredGame) -> Scenario:
    """Return a scenario whose own numbers are those of a game, most of them with a range."""
    numbers: dict[str, Any] = {}

    def number(value: float, unit: str, *, exact: bool = False) -> str:
        if value == 0:
            return "0"
        name = f"n{len(numbers)}"
        ends = {"exact": True} if exact else {"low": value / SPREAD, "high": value * SPREAD}
        numbers[name] = {
            "value": value, "unit": unit, "source": "prior", "confidence": "P",
            "note": "generated", **ends,
        }  # fmt: skip
        return name

    points = {
        point.name: {
            "layer": point.layer,
            "owner": point.owner,
            "status_quo": _plain(point.options[point.status_quo].name),
            "options": [
                {
                    "measure": _plain(option.name),
                    "cost": number(option.cost, "bn USD/yr"),
                    "economic_cost": number(option.economic_cost, "bn USD/yr"),
                    "hazard": number(option.hazard, "1"),
                }
                for option in point.options
            ],
        }
        for point in game.points
    }
    arcs = {}
    for arc in game.arcs:
        scale = number(1.0, "1")  # moves a supply curve as a whole, so that it rises in any world
        arcs[_plain(arc.name)] = {
            "tail": _plain(arc.tail),
            "head": _plain(arc.head),
            "price": [
                price if price == "0" else f"{scale}*{price}"
                for step in arc.steps
                for price in (number(step.price, "bn USD/unit", exact=True),)
            ],
            "capacity": [number(step.capacity, "unit/yr") for step in arc.steps],
            **({} if arc.point is None else {"point": arc.point}),
        }
    document = {
        "format": 1,
        "name": "generated",
        "title": "A generated game",
        "date": "2026-01-01",
        "about": "Made by benchmarks.generator.",
        "goods": ["unit"],
        "settings": {"chord_error": 0.01},
        "layers": {layer: {} for layer in game.layers},
        "nodes": {_plain(node): {"unit": "unit"} for node in game.nodes},
        "controllers": {
            one.name: {
                "budget": number(one.budget, "bn USD/yr", exact=True),
                "stakes": {f: number(s, "bn USD/month") for f, s in one.stakes.items()},
            }
            for one in game.controllers
        },
        "evader": {"budget": number(game.evader_budget, "bn USD/yr")},
        "efforts": {
            effort.name: {
                "hazard_factor": "1"
                if effort.hazard_factor == 1
                else number(effort.hazard_factor, "1", exact=True),
                "unit_cost": number(effort.unit_cost, "bn USD/unit"),
            }
            for effort in game.efforts
        },
        "fronts": {
            front.name: {
                "node": _plain(front.node),
                "weight": number(front.weight, "bn USD/month"),
                "base": number(front.curve.base, "unit"),
                "growth": number(front.curve.growth, "OOM/yr"),
            }
            for front in game.fronts
            if front.curve is not None
        },
        "points": points,
        "arcs": arcs,
        "parameters": numbers,
    }
    sources = {"prior": {"title": "generated", "kind": "prior"}}
    text = {"resolved_format": RESOLVED_FORMAT, "changed": [], "document": document}
    return load_text(json.dumps({**text, "sources": sources}))


def _plain(name: str) -> str:
    """Return a name as scenario files may have it."""
    return name.replace(":", "-").replace("/", "-")


def scenario_called(name: str) -> Scenario:
    """Return a shipped scenario, or the generated one."""
    if name != "generated":
        return load(name)
    rng = np.random.default_rng(1)
    return scenario_of(generate(controllers=8, points=35, options=5, rng=rng))


def plays_of(game: LayeredGame, profiles: int) -> list[str]:
    """Return profiles that are held: the status quo, or options drawn at every point."""
    if profiles == 1 and game.name != "generated":
        return ["status-quo"]
    rng = np.random.default_rng(2)
    return [
        "fixed:"
        + ",".join(
            f"{point.name}={point.options[rng.integers(1, len(point.options))].name}"
            for point in game.points
        )
        for _ in range(profiles)
    ]


def run(kind: Kind, jobs: int) -> None:
    """Run one sweep in this process and print what it used."""
    scenario = scenario_called(kind.scenario)
    plays = plays_of(scenario.game, kind.profiles)
    with tempfile.TemporaryDirectory() as folder:
        found = sweep(
            scenario,
            worlds=kind.answers // kind.profiles,
            plays=plays,
            jobs=jobs,
            ledger=Path(folder, "ledger.sqlite"),
        )
    assert not found.failures, found.failures[0].answer.message
    used = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        used += usage.ru_utime + usage.ru_stime
    print(json.dumps({"cpu": used, "work": found.seconds}))


def one_by_one(kind: Kind) -> float:
    """Return processor milliseconds for each world where a game is built and solved for each."""
    from games.network import build_network
    from solvers.certificate import certify
    from solvers.world import World

    scenario = scenario_called(kind.scenario)
    profile = scenario.game.status_quo
    if kind.scenario == "generated":
        (play,) = plays_of(scenario.game, 1)
        options = dict(part.split("=") for part in play.removeprefix("fixed:").split(","))
        profile = scenario.game.profile(options)
    drawn = sample(scenario, AS_ONE)
    drawn.game(0)
    started = time.process_time()
    for world in range(AS_ONE):
        network = build_network(drawn.game(world))
        solved = World(network)
        claimed = solved.payoffs(profile)
        response = solved.respond(profile)
        certify(network, response, players=(), bounds={}, claimed=claimed, status="proven", gap=1.0)
    return (time.process_time() - started) / AS_ONE * 1000


@dataclass(frozen=True)
class Used:
    """Seconds of one run: by the clock, of all its processors, and of what its workers did."""

    wall: float
    cpu: float
    work: float


def measured(kind: Kind, jobs: int) -> Used:
    """Return what one sweep used, run in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.sweeps", "--one", kind.name, "--jobs", str(jobs)]
    started = time.perf_counter()
    child = subprocess.run(words, capture_output=True, text=True, check=True, timeout=1800)
    return Used(time.perf_counter() - started, **json.loads(child.stdout.splitlines()[-1]))


def side_by_side(kind: Kind) -> float:
    """Return the seconds until two sweeps with one worker each are done that share nothing."""
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(measured, (kind, kind), (1, 1)))
    return time.perf_counter() - started


def row(kind: Kind, repeats: int) -> str:
    """Return the row of one kind of sweep."""
    alone, two, unrelated = [], [], []
    for _ in range(repeats):
        alone.append(measured(kind, 1))
        two.append(measured(kind, 2))
        unrelated.append(side_by_side(kind))
    one, both = (median(used.wall for used in runs) for runs in (alone, two))
    apart = median(unrelated)
    each = median(used.work for used in alone) / kind.answers * 1000
    before = f"{one_by_one(kind):.1f}" if kind.profiles == 1 else ""
    cells = [
        kind.name, f"{1000 / each:,.0f}", before, f"{each:.2f}", f"{one:.1f}", f"{both:.1f}",
        f"{apart:.1f}", f"{one / (2 * both):.2f}", f"{one / apart:.2f}",
        f"{apart / (2 * both):.2f}",
        f"{median(used.cpu for used in alone):.1f}", f"{median(used.cpu for used in two):.1f}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def page(repeats: int) -> str:
    """Return the page."""
    lines = [
        "# Benchmark of sweeps",
        "",
        "    python -m benchmarks.sweeps",
        "",
        "makes this page again. An *answer* is the evader's best response to a fixed profile in",
        "one world, its plan and prices checked by arithmetic of its own. `generated` is a game of",
        f"`generator.py` with a range of a factor {SPREAD:g} either way around most numbers; each",
        "world has numbers of its own. *One by one* builds a game and a program for each world,",
        "with the parts that solve a single one.",
        "",
        "Seconds are those of whole processes from start to end: imports, drawing the worlds, the",
        "start of workers and a new ledger included. *Apart* is the time that two sweeps with one",
        "worker each take that run at once and share nothing. *Efficiency* is the time with one",
        "worker over twice the time with two. *The cores'* is the same for two sweeps apart, so it",
        "is what this machine allows at best: 1 for two cores, and less where both are threads of",
        "one. *Of the cores'* is half the time apart over the time with two workers: the share of",
        "what the machine allows that a sweep with two workers reaches. Where one of them is above",
        "1, the speed of the cores changed between runs.",
        "",
        f"{os.cpu_count()} cores; 10,000 answers in each row; medians of {repeats}, taken in turn.",
        "",
        "| sweep | answers a second of work | one by one, ms | here, ms | 1 worker, s | "
        "2 workers, s | apart, s | efficiency | the cores' | of the cores' | processor with 1, s | "
        "with 2, s |",
        f"|{'---|' * 12}",
    ]
    for kind in KINDS:
        lines.append(row(kind, repeats))
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each kind")
    parser.add_argument("--one", help="run the sweep of this name alone, here")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args(arguments)
    if asked.one:
        (kind,) = (kind for kind in KINDS if kind.name == asked.one)
        run(kind, asked.jobs)
    else:
        PAGE.write_text(page(asked.repeats), encoding="utf-8")


if __name__ == "__main__":
    main()

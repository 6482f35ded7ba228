"""The benchmark on sweeps: `python -m benchmarks.sweeps [--worlds N]` makes `SWEEPS.md` again.

Each run is a process of its own, measured from outside: wall time from start to end, and the
processor time of it and of all its workers, start and imports included. On a machine that does
other work as well the processor time is the firmer number, and the last column is made of it: the
processor time with one worker over that with two, which is the parallel efficiency where no core
waits.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generator import generate
from games.layered import LayeredGame
from games.network import build_network
from scenarios.load import RESOLVED_FORMAT, load, load_text
from scenarios.scenario import Scenario
from scenarios.worlds import sample
from solvers.certificate import certify
from solvers.world import World
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
    """

    name: str
    scenario: str
    profiles: int


KINDS = (
    Kind("35 points x 5 options, one profile", "generated", 1),
    Kind("35 points x 5 options, 100 profiles", "generated", 100),
    Kind("baseline-2026, status quo", "baseline-2026", 1),
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


def run(kind: Kind, answers: int, jobs: int) -> None:
    """Run one sweep in this process and print what it used."""
    started = time.perf_counter()
    scenario = scenario_called(kind.scenario)
    plays = plays_of(scenario.game, kind.profiles)
    found = sweep(scenario, worlds=answers // kind.profiles, plays=plays, jobs=jobs, ledger=None)
    assert not found.failures, found.failures[0].answer.message
    wall = time.perf_counter() - started
    used = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        used += usage.ru_utime + usage.ru_stime
    print(json.dumps({"wall": wall, "cpu": used, "work": found.seconds, "rows": len(found.rows)}))


def one_by_one(kind: Kind) -> float:
    """Return processor milliseconds for each world where a game is built and solved for each."""
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


def measured(kind: Kind, answers: int, jobs: int) -> dict[str, float]:
    """Return what one sweep used, run in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.sweeps", "--one", kind.name]
    words += ["--worlds", str(answers), "--jobs", str(jobs)]
    child = subprocess.run(words, capture_output=True, text=True, check=True, timeout=1800)
    found: dict[str, float] = json.loads(child.stdout.splitlines()[-1])
    return found


def page(answers: int) -> str:
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
        "with the parts that solve a single one. Wall and processor time are those of whole",
        "processes, imports and start of workers included; *efficiency* is processor time with one",
        "worker over processor time with two; the start of workers weighs on it in runs as short",
        "as these.",
        "",
        f"{os.cpu_count()} cores, {answers:,} answers in each row.",
        "",
        "| sweep | answers a second of work | one by one, ms | here, ms | wall with 1 worker, s | "
        "wall with 2, s | processor with 1, s | with 2, s | efficiency |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        alone, two = (measured(kind, answers, jobs) for jobs in (1, 2))
        each = alone["work"] / alone["rows"] * 1000
        before = f"{one_by_one(kind):.1f}" if kind.profiles == 1 else ""
        lines.append(
            f"| {kind.name} | {1000 / each:,.0f} | {before} | {each:.2f} | {alone['wall']:.1f} | "
            f"{two['wall']:.1f} | {alone['cpu']:.1f} | {two['cpu']:.1f} | "
            f"{alone['cpu'] / two['cpu']:.2f} |"
        )
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=10_000, help="answers of each sweep")
    parser.add_argument("--one", help="run the sweep of this name alone, here")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args(arguments)
    if asked.one:
        (kind,) = (kind for kind in KINDS if kind.name == asked.one)
        run(kind, asked.worlds, asked.jobs)
    else:
        PAGE.write_text(page(asked.worlds), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Reference games: the evader's value agrees with an independent implementation, row by row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from games.errors import InputError
from games.network import build_network
from scenarios.instances import instance_numbers, load_instance
from solvers.evader import Evader

FOLDER = Path(__file__).parent.parent / "benchmarks" / "instances"
FILES = sorted(FOLDER.glob("*.json"))


def test_the_reference_games_are_there() -> None:
    assert len(FILES) == 8


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_check_of_a_reference_game_is_reproduced(path: Path) -> None:
    game, numbers = load_instance(path), instance_numbers(path)
    evader = Evader(build_network(game))
    assert len(numbers.checks) == 12
    for check in numbers.checks:
        assert evader.value(check.profile) == pytest.approx(check.value, abs=1e-6)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_name_of_a_file_tells_the_size_of_its_game(path: Path) -> None:
    game, numbers = load_instance(path), instance_numbers(path)
    controllers, points, options, _ = (int(part[1:]) for part in path.stem.split("-"))
    assert (len(game.controllers), len(game.points)) == (controllers, points)
    assert {len(point.options) for point in game.points} == {options}
    for optimum in (numbers.coordinated, numbers.potential):
        assert optimum.value == pytest.approx(optimum.bound, rel=2e-6)
    assert game.name == path.stem


def test_an_arc_that_crosses_several_points_becomes_a_chain() -> None:
    raw = json.loads(FILES[0].read_text())
    crossing = next(arc for arc in raw["arcs"] if len(arc["crosses"]) == 2)
    first, second = (
        a for a in load_instance(FILES[0]).arcs if a.name.startswith(crossing["name"] + ":")
    )
    assert (first.name, second.name) == (f"{crossing['name']}:1", f"{crossing['name']}:2")
    assert (first.tail, second.head) == (crossing["tail"], crossing["head"])
    assert first.head == second.tail == first.name
    assert [first.point, second.point] == crossing["crosses"]
    assert (first.steps[0].price, second.steps[0].price) == (crossing["price"], 0)
    assert first.steps[0].capacity == second.steps[0].capacity == crossing["capacity"]


def damage(raw: dict[str, Any], *keys: str | int, value: object) -> str:
    holder: Any = raw
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    return json.dumps(raw)


@pytest.mark.parametrize(
    ("keys", "value", "told"),
    [
        (("arcs", 0, "price"), "dear", "arcs[0].price: expected a number, found 'dear'"),
        (("arcs", 0, "price"), float("nan"), "arcs[0].price: expected a finite number, found nan"),
        (("arcs", 0, "price"), -1, "price: expected a number >= 0, found -1"),
        (("arcs", 0, "crosses"), ["nowhere"], "expected a control point or none, found 'nowhere'"),
        (("arcs", 0, "head"), "world", "expected no cycle"),
        (("arcs", 0, "colour"), "red", "arcs[0].colour: expected one of the keys name, tail, head"),
        (("control_points", 0, "hazard"), [0], "3 costs and 1 hazards"),
        (("control_points", 0, "owner"), "C9", "expected an owner among the controllers"),
        (("checks", 0, "option"), [0], "checks[0]: expected one option index per control point"),
        (("checks", 0, "option"), [9] * 11, "checks[0]: expected one option index per control"),
        (("fronts",), [], "fronts: expected a table, found a list"),
        (("evader_budget",), 10**4000, "evader_budget: expected a number, found a very large"),
        (("efforts",), [], "efforts: expected at least one, found none"),
    ],
)
def test_a_damaged_reference_game_is_refused(
    tmp_path: Path, keys: tuple[str | int, ...], value: object, told: str
) -> None:
    path = tmp_path / "game.json"
    raw = json.loads((FOLDER / "c2-p11-o3-s11.json").read_text())
    path.write_text(damage(raw, *keys, value=value))
    with pytest.raises(InputError) as caught:
        load_instance(path)
    assert all(fault.startswith("game.json: ") for fault in caught.value.faults)
    assert told in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b"{}"])
def test_what_is_no_reference_game_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "game.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"game\.json: "):
        load_instance(path)


def test_a_missing_reference_game_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a readable file"):
        instance_numbers(tmp_path / "none.json")

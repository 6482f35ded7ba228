"""Damaged scenarios: whatever happens to the files, they load or are refused with their names."""

from __future__ import annotations

import copy
import datetime
import json
import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import InputError
from games.layered import LayeredGame
from scenarios.load import load, load_text
from scenarios.new import TEMPLATE, write_template

FILES = ("scenario.toml", "parameters.csv", "sources.toml")
RAW: dict[str, Any] = tomllib.loads((TEMPLATE / "scenario.toml").read_text(encoding="utf-8"))
BYTES = {name: (TEMPLATE / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_template(tmp_path_factory.mktemp("damaged") / "world").parent


def outcome(folder: Path, *, settings: tuple[str, ...] = ()) -> LayeredGame | None:
    """Load what is in the folder; anything but a game or an explained refusal is an error."""
    try:
        world = load(folder, settings=settings)
    except InputError as error:
        refusal = error
    else:
        assert load_text(world.text).game == world.game
        return world.game
    assert refusal.faults
    known = (*FILES, str(folder), "--set", "more faults")
    for fault in refusal.faults:
        assert any(name in fault for name in known), fault
        assert "expected" in fault or "more faults" in fault, fault
    return None


def as_toml(value: object) -> str:
    """Write a value as inline TOML."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {as_toml(entry)}" for key, entry in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(entry) for entry in value) + "]"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value)


def write(folder: Path, raw: dict[str, Any]) -> None:
    for name, content in BYTES.items():
        (folder / name).write_bytes(content)
    lines = (f"{json.dumps(key)} = {as_toml(value)}\n" for key, value in raw.items())
    (folder / "scenario.toml").write_text("".join(lines), encoding="utf-8")


def paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries: Any = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, entry in entries:
        yield (*path, key)
        yield from paths(entry, (*path, key))


PATHS = list(paths(RAW))
WORDS = st.sampled_from(
    [
        *("", "0", "1", "-1", "USD", "chip", "training", "port", "nothing", "table", "diverted"),
        *("inf", "2*diverted", "chip_price/0", "9**9**9", "(" * 60, "a" * 2000, "\x00", "\n", "ü"),
    ]
)
WRONG = st.one_of(
    WORDS,
    st.sampled_from([math.nan, math.inf, -math.inf, -1, 0, 1, 1e300, -1e-300, 10**30, True, False]),
    st.dates(),
    st.sampled_from(
        [[], {}, [[]], [{}], {"value": 1}, {"table": "parameters.csv"}, ["0", "1"]]
    ).map(copy.deepcopy),
    st.sampled_from(PATHS).map(lambda path: copy.deepcopy(at(RAW, path))),
    st.text(max_size=12, alphabet=st.characters(exclude_categories=["Cs"])),
)


def at(raw: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        raw = raw[key]
    return raw


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """Return the template with one to three keys dropped, renamed, replaced or repeated."""
    raw = copy.deepcopy(RAW)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(paths(raw))))
        holder, key = at(raw, path[:-1]), path[-1]
        how = draw(st.sampled_from(["drop", "rename", "replace", "replace", "repeat"]))
        if how == "replace":
            holder[key] = draw(WRONG)
        elif how == "drop":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            name = str(key)
            new = draw(WORDS | st.just(name[::-1]) | st.just(name + "s"))
            holder[new] = copy.deepcopy(holder[key]) if how == "repeat" else holder.pop(key)
        if not raw:
            break
    return raw


def test_the_writer_of_these_tests_changes_nothing(folder: Path) -> None:
    write(folder, RAW)
    game = outcome(folder)
    for name, content in BYTES.items():
        (folder / name).write_bytes(content)
    assert game is not None
    assert game == outcome(folder)


@given(damaged())
def test_a_damaged_scenario_loads_or_is_refused(folder: Path, raw: dict[str, Any]) -> None:
    write(folder, raw)
    outcome(folder)


@given(
    st.sampled_from(FILES),
    st.integers(0, 5000),
    st.integers(0, 400),
    st.one_of(
        st.binary(max_size=8), st.text(max_size=8).map(lambda t: t.encode("utf-8", "ignore"))
    ),
    st.booleans(),
)
def test_damaged_bytes_load_or_are_refused(
    folder: Path, name: str, start: int, length: int, new: bytes, repeat: bool
) -> None:
    for other, content in BYTES.items():
        (folder / other).write_bytes(content)
    content = BYTES[name]
    start %= len(content)
    kept = content[start : start + length] if repeat else b""
    (folder / name).write_bytes(content[:start] + kept + new + kept + content[start + length :])
    outcome(folder)


@given(st.sampled_from(FILES), st.integers(0, 5000))
def test_truncated_files_load_or_are_refused(folder: Path, name: str, length: int) -> None:
    for other, content in BYTES.items():
        (folder / other).write_bytes(content)
    (folder / name).write_bytes(BYTES[name][: length % len(BYTES[name])])
    outcome(folder)


CELLS = st.sampled_from(
    [
        *("", "nan", "-inf", "1e999", "-1", "0", "1e300", "1e-300", "x", "k chip", "bn USD"),
        *("true", '"', "prior", "name", "diverted", ";", "9" * 5000, "\x00", "é"),
    ]
)


@given(st.data())
def test_damaged_cells_load_or_are_refused(folder: Path, data: st.DataObject) -> None:
    for other, content in BYTES.items():
        (folder / other).write_bytes(content)
    rows = [line.split(",") for line in BYTES["parameters.csv"].decode().splitlines()]
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(CELLS)
    text = "\n".join(",".join(row) for row in rows)
    (folder / "parameters.csv").write_text(text, encoding="utf-8")
    outcome(folder)


@given(st.sampled_from(PATHS), WRONG, st.text(max_size=10))
def test_wrong_settings_are_refused_or_make_a_game(
    folder: Path, path: tuple[Any, ...], value: object, text: str
) -> None:
    for other, content in BYTES.items():
        (folder / other).write_bytes(content)
    dotted = ".".join(f'"{key}"' if isinstance(key, str) else str(key) for key in path)
    outcome(folder, settings=(f"{dotted}={as_toml(value)}",))
    outcome(folder, settings=(f"{dotted}={text}", f"{text}={dotted}"))

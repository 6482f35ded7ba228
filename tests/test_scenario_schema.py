"""The JSON Schema for editors accepts what loads and refuses misshapen files."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scenarios import library
from scenarios.new import TEMPLATE
from scenarios.schema import json_schema
from scenarios.shape import is_quantity, keys_at

SHIPPED = [library.ROOT / name / "scenario.toml" for name in library.available()]


def read(path: Path) -> dict[str, Any]:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return {**raw, "date": raw["date"].isoformat()}


@pytest.mark.parametrize("path", [TEMPLATE / "scenario.toml", *SHIPPED], ids=str)
def test_the_schema_accepts_every_shipped_scenario(path: Path) -> None:
    jsonschema.validate(read(path), json_schema())


def test_the_schema_is_itself_valid_and_can_be_written() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(json.dumps(json_schema())) == json_schema()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("colour",), "red"),
        (("format",), 2),
        (("parameters",), 3),
        (("arcs", 0, "price"), 45),
        (("arcs", 0, "tail"), None),
        (("arcs", 0, "colour"), "red"),
        (("points", "transit-Port", "options"), []),
        (("points", "transit-Port", "options", 1, "hazrd"), "permit_hazard"),
        (("settings", "chord_error"), 1),
        (("controllers", "Port", "budget"), {"value": 1}),
    ],
)
def test_the_schema_refuses_what_does_not_load(path: tuple[Any, ...], value: object) -> None:
    raw = read(TEMPLATE / "scenario.toml")
    holder: Any = raw
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, json_schema())


@pytest.mark.parametrize(
    "parameters",
    [
        "parameters.csv",
        ["one.csv", "two.csv"],
        {"table": "parameters.csv"},
        {"fee": {"value": 1, "unit": "USD", "source": "prior", "confidence": "P", "exact": True}},
    ],
)
def test_parameters_may_stand_in_tables_or_in_the_file(parameters: object) -> None:
    raw = copy.deepcopy(read(TEMPLATE / "scenario.toml"))
    jsonschema.validate({**raw, "parameters": parameters}, json_schema())


def test_the_schema_knows_the_keys_and_the_quantities_of_a_path() -> None:
    assert keys_at(("efforts", "careful")) == (
        "title", "note", "hazard_factor", "unit_cost", "price_share",
    )  # fmt: skip
    assert keys_at(("nodes",)) == ()
    assert is_quantity(("points", "any", "options", 3, "enforcement", "tiers", "today"))
    assert is_quantity(("arcs", "any", "price", 1))
    assert is_quantity(("arcs", "any", "revenue", "USA"))
    assert not is_quantity(("parameters", "any"))
    assert not is_quantity(("settings", "chord_error"))
    assert not is_quantity(("points", "any", "status_quo"))


def test_every_key_of_a_scenario_stands_on_the_page_of_the_format() -> None:
    page = (Path(__file__).parent.parent / "docs" / "scenario-files.md").read_text()
    schema = json_schema()
    tables = [schema, *(schema["$defs"][name] for name in schema["$defs"])]
    keys = {key for table in tables for key in table.get("properties", ())}
    assert len(keys) > 50
    assert {key for key in keys if not re.search(rf"\b{re.escape(key)}\b", page)} == set()

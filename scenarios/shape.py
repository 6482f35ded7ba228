"""Checking shape: pydantic's verdict on raw tables, told in our words and place by place.

The same schema answers what keys a table may hold, which is how unknown keys get a suggestion and
settings may add keys that a file leaves out.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from scenarios.faults import Faults, Path, Places, listed, shown
from scenarios.quantities import LEFT_OUT
from scenarios.schema import TAGS, Document, Table
from scenarios.texts import check_texts

ModelType = TypeVar("ModelType", bound=Table)

_PLACEHOLDERS: dict[str, Any] = {
    "format": 1,
    "name": "unnamed",
    "title": "",
    "date": datetime.date(2000, 1, 1),
    "about": "",
    "evader": {"budget": "0"},
    **{section: {} for section in ("parameters", "layers", "nodes", "controllers")},
    **{section: {} for section in ("efforts", "fronts", "points", "arcs")},
}
_QUANTITY_WANTED = (
    'an expression over parameters in quotes, such as "2*usa_budget", or a table '
    "{ value=, low=, high=, unit=, source=, confidence= }"
)
_WANTED = {
    "string_type": "a text in quotes",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "date_type": "a date such as 2026-04-29",
    "dict_type": "a table",
    "model_type": "a table",
    "list_type": "a list",
    "finite_number": "a finite number",
    "union_tag_not_found": _QUANTITY_WANTED,
    "string_pattern_mismatch": "a name of letters, digits, '_', '-', '+' and '%'",
    "string_too_long": "a name of at most 80 characters",
    "int_parsing_size": "a whole number of ordinary size",
}


@dataclass(frozen=True)
class Checked(Generic[ModelType]):
    """The sound part of a raw table; `whole` if nothing had to be left out."""

    model: ModelType
    whole: bool


def check_shape(
    model: type[ModelType], raw: Mapping[str, Any], *, places: Places, faults: Faults
) -> Checked[ModelType]:
    """File every fault of shape, and return the model of the sound entries.

    Raises
    ------
    ScenarioError
        Where leaving out what is faulty leaves nothing that has the shape of the model.

    Notes
    -----
    A fault in a quantity costs that quantity, another one its whole entry (one arc, one control
    point), so that the rest can still be checked for meaning and everything is told in one go.
    """
    check_texts(raw, places=places, faults=faults)
    sound = dict(raw)
    whole = True
    while True:
        try:
            return Checked(model.model_validate(sound), whole)
        except ValidationError as error:
            sound, whole = copy.deepcopy(sound), False
            before = len(faults)
            _leave_out(sound, _spoilt(error, model, places=places, faults=faults))
            if len(faults) == before:  # the same faults again: nothing more can be left out
                faults.raise_any()


def read_shape(model: type[ModelType], raw: Mapping[str, Any], *, places: Places) -> ModelType:
    """Return the model of a raw table, or raise every fault of its shape as a `ScenarioError`."""
    faults = Faults()
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        _spoilt(error, model, places=places, faults=faults)
        raise faults.error() from None


def _spoilt(
    error: ValidationError, model: type[Table], *, places: Places, faults: Faults
) -> dict[Path, str | None]:
    """File pydantic's errors; return what to put at the paths that they spoil, None for nothing."""
    spoilt: dict[Path, str | None] = {}
    for detail in error.errors(include_url=False):
        path: Path = tuple(key for key in detail["loc"] if key not in (*TAGS, "[key]"))
        _file(path, detail, model, places=places, faults=faults)
        if detail["type"] == "extra_forbidden" or detail["loc"][-1] == "[key]":
            spoilt[path] = None
        elif model is Document and (quantity := _quantity_around(path)):
            spoilt.setdefault(quantity, LEFT_OUT)
        else:
            spoilt[path[:2]] = None
    return spoilt


def _file(path: Path, detail: Any, model: type[Table], *, places: Places, faults: Faults) -> None:
    """File one of pydantic's errors in our own words."""
    kind, place = detail["type"], places.name(path)
    if kind == "extra_forbidden":
        known = keys_at(path[:-1], model)
        advice = faults.nearest(str(path[-1]), known, advice="remove it")
        faults.add(place, f"one of the keys {listed(known, most=20)}", "an unknown key", advice)
    elif kind == "missing":
        faults.add(place, "a value", "nothing", f"add the key {path[-1]!r}")
    elif kind == "literal_error":
        faults.add(place, detail["ctx"]["expected"], shown(detail["input"]))
    elif kind == "too_short":
        least, found = detail["ctx"]["min_length"], detail["ctx"]["actual_length"]
        faults.add(
            place, f"at least {'one entry' if least == 1 else f'{least} entries'}", str(found)
        )
    else:
        wanted = _WANTED.get(kind) or detail["msg"].removeprefix("Input should be ").lower()
        faults.add(place, wanted, shown(detail["input"]))


def _quantity_around(path: Path) -> Path | None:
    """Return the path of the quantity that a path lies in, or None."""
    for length in range(len(path), 1, -1):
        if is_quantity(path[:length]):
            return path[:length]
    return None


def _leave_out(sound: dict[str, Any], spoilt: Mapping[Path, str | None]) -> None:
    """Put in place what `spoilt` says, deeper paths first; entries of lists leave no gap."""
    for path in sorted(spoilt, key=len, reverse=True):
        holder: Any = sound
        for key in path[:-1]:
            holder = holder[key]
        if spoilt[path] is not None or isinstance(holder, list):
            holder[path[-1]] = spoilt[path]
        else:
            holder.pop(path[-1], None)
    for section, content in sound.items():
        if isinstance(content, list):
            sound[section] = [entry for entry in content if entry is not None]
    for key in {str(path[0]) for path in spoilt} - set(sound):
        if key in _PLACEHOLDERS:
            sound[key] = copy.deepcopy(_PLACEHOLDERS[key])


def keys_at(path: Path, model: type[Table] = Document) -> tuple[str, ...]:
    """Return the keys that the table at `path` may hold, none where it names its own."""
    return tuple(key for node in _shapes_at(path, model) for key in node.get("properties", ()))


def names_its_own_keys(path: Path) -> bool:
    """Whether the table at `path` of a scenario is keyed by names of the author's choice."""
    return any(
        "additionalProperties" in node or "patternProperties" in node
        for node in _shapes_at(path, Document)
        if "properties" not in node
    )


def is_quantity(path: Path) -> bool:
    """Whether the value at `path` of a scenario is a quantity: an expression or a declaration."""
    return any(node.get("title") == "Declaration" for node in _shapes_at(path, Document)) and (
        path[0] != "parameters"
    )


def _shapes_at(path: Path, model: type[Table]) -> list[dict[str, Any]]:
    """Return the JSON Schemas that the value at `path` may follow."""
    schema = _plain_schema(model)

    def alternatives(node: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in node:
            return alternatives(schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
        choices = [*node.get("anyOf", ()), *node.get("oneOf", ())]
        return [shape for choice in choices for shape in alternatives(choice)] or [node]

    shapes = alternatives(schema)
    for key in path:
        following = []
        for shape in shapes:
            inside = shape.get("items") if isinstance(key, int) else None
            if isinstance(key, str):
                inside = shape.get("properties", {}).get(key)
                inside = inside or shape.get("additionalProperties")
                patterns = shape.get("patternProperties", {}).values()
                inside = inside or next(iter(patterns), None)
            if isinstance(inside, dict):
                following += alternatives(inside)
        shapes = following
    return shapes


@cache
def _plain_schema(model: type[Table]) -> dict[str, Any]:
    return model.model_json_schema()

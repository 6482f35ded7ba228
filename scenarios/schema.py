"""The shape of a scenario file: which tables and keys there are, and what each may hold.

Only shape is declared here (keys, types, required or not) and checked in `scenarios.shape`; what
the numbers and names mean is checked in `scenarios.compile`. The models describe a scenario after
its CSV tables were merged in, with `arcs` keyed by name.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)

from scenarios.blueprint import Kind

TAGS = ("<expression>", "<declaration>", "<one>", "<several>")
"""Tags of unions, which pydantic puts into paths."""


def _kind_of_quantity(value: object) -> str | None:
    if isinstance(value, str):
        return "<expression>"
    return "<declaration>" if isinstance(value, (dict, Declaration)) else None


def _kind_of_steps(value: object) -> str:
    return "<several>" if isinstance(value, list) else "<one>"


class Table(BaseModel):
    """A table that refuses keys that it does not know."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True
    )


class Declaration(Table):
    """A number with its range, unit and source; `distribution` is how worlds draw it."""

    value: float
    low: float | None = None
    high: float | None = None
    unit: str
    source: str
    confidence: Literal["A", "B", "D", "P", "M"]
    exact: bool = False
    distribution: Kind = ""
    note: str = ""


Name = Annotated[str, StringConstraints(pattern=r"^[\w%+-]+$", max_length=80)]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$", max_length=80)]
Quantity = Annotated[
    Annotated[str, Tag("<expression>")] | Annotated[Declaration, Tag("<declaration>")],
    Discriminator(_kind_of_quantity),
]
Steps = Annotated[
    Annotated[Quantity, Tag("<one>")]
    | Annotated[list[Quantity], Field(min_length=1), Tag("<several>")],
    Discriminator(_kind_of_steps),
]


FrontNames = Annotated[
    Annotated[Name, Tag("<one>")] | Annotated[list[str], Field(min_length=1), Tag("<several>")],
    Discriminator(_kind_of_steps),
]


class Titled(Table):
    """An entry that may carry a title for tables and a note for readers."""

    title: str = ""
    note: str = ""


class SettingsTable(Table):
    """Choices of the model that are not numbers of the world."""

    correlation: Quantity = "0"
    chord_error: Annotated[float, Field(gt=0, lt=1)] = 0.01
    evader: str = "evader"


class NodeTable(Titled):
    """A place in the network; `unit` is what flows through it."""

    unit: str


class ControllerTable(Titled):
    """A government with a public budget and stakes in fronts."""

    budget: Quantity
    stakes: dict[Name, Quantity] = {}


class EvaderTable(Titled):
    """The one who reacts."""

    budget: Quantity


class EffortTable(Titled):
    """A way to cross control points."""

    hazard_factor: Quantity
    unit_cost: Quantity = "0"
    price_share: Quantity = "0"


class FrontTable(Titled):
    """A front: growth over a base, or a constant value per unit."""

    node: Name
    weight: Quantity
    base: Quantity | None = None
    growth: Quantity | None = None
    constant_value: Quantity | None = None


class EnforcementTable(Table):
    """The curve that tiers of one measure lie on."""

    hazard_max: Quantity
    half_cost: Quantity
    tiers: Annotated[dict[Name, Quantity], Field(min_length=1)]


class OptionTable(Titled):
    """A measure, or a measure with tiers of enforcement."""

    measure: Name
    cost: Quantity = "0"
    economic_cost: Quantity = "0"
    hazard: Quantity | None = None
    toll: Quantity = "0"
    enforcement: EnforcementTable | None = None


class PointTable(Titled):
    """A control point."""

    layer: Name
    owner: Name
    status_quo: str
    options: Annotated[list[OptionTable], Field(min_length=1)]


class ArcTable(Titled):
    """A way from one node to another."""

    tail: Name
    head: Name
    price: Steps
    capacity: Steps
    point: Name | None = None
    conversion: Quantity = "1"
    value: Quantity = "0"
    revenue: dict[Name, Quantity] = {}


class ComparisonTable(Table):
    """What the model says about an observed number: exactly one of the four.

    `months` names one front, or several, whose months add up; in a list, as for arcs, patterns
    such as "*" will do.
    """

    arriving: Annotated[list[str], Field(min_length=1)] | None = None
    entering: Annotated[list[str], Field(min_length=1)] | None = None
    months: FrontNames | None = None
    node_price: Name | None = None
    over: ParameterName | None = None


class ObservedTable(Table):
    """A published number that the status quo is held against."""

    name: str
    parameter: ParameterName
    model: ComparisonTable
    scale: Quantity = "1"
    note: str = ""


class SharesTable(Titled):
    """Parameters that are shares of one whole: drawn together, their sum stays."""

    parameters: Annotated[list[ParameterName], Field(min_length=2)]
    weight: Quantity


class TogetherTable(Titled):
    """Parameters that are high or low together; `rho` from 0 (not at all) to 1 (in step)."""

    parameters: Annotated[list[ParameterName], Field(min_length=2)]
    rho: Quantity


class AlternativeTable(Titled):
    """One position of a switch, and what parameters are worth there."""

    name: Name
    probability: Quantity
    set: dict[ParameterName, Quantity] = {}


class SwitchTable(Titled):
    """Alternatives of which each world has one."""

    alternatives: Annotated[list[AlternativeTable], Field(min_length=2)]


class WorldsTable(Table):
    """What worlds draw together rather than number by number."""

    shares: dict[Name, SharesTable] = {}
    together: dict[Name, TogetherTable] = {}
    switches: dict[Name, SwitchTable] = {}


class OverrideTable(Titled):
    """A named set of changes, {path: value}."""

    set: Annotated[dict[str, Any], Field(min_length=1)]


class Document(Table):
    """A whole scenario."""

    format: Literal[1]
    name: Name
    title: str
    date: datetime.date
    about: str
    goods: list[Name] = []
    parameters: dict[ParameterName, Declaration]
    settings: SettingsTable = SettingsTable()
    layers: dict[Name, Titled]
    nodes: dict[Name, NodeTable]
    controllers: dict[Name, ControllerTable]
    evader: EvaderTable
    efforts: dict[Name, EffortTable]
    fronts: dict[Name, FrontTable]
    points: dict[Name, PointTable]
    arcs: dict[Name, ArcTable]
    observed: list[ObservedTable] = []
    worlds: WorldsTable = WorldsTable()
    override: dict[Name, OverrideTable] = {}


class Source(Table):
    """An entry of a bibliography."""

    title: str
    kind: str
    author: str = ""
    year: int | None = None
    date: datetime.date | str | None = None
    url: str = ""
    note: str = ""


class Bibliography(Table):
    """A file of sources."""

    sources: dict[str, Source] = {}


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, for editors.

    Notes
    -----
    Authors may keep `parameters` and `arcs` in CSV tables and write arcs as `[[arcs]]`, so these
    two keys are wider here than in `Document`.
    """
    schema = Document.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Stratagem scenario, format 1"
    properties, arc = schema["properties"], schema["$defs"]["ArcTable"]
    files = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
    named = {**arc, "properties": {"name": {"type": "string"}, **arc["properties"]}}
    named["required"] = ["name", *arc["required"]]
    table: dict[str, Any] = {
        "type": "object",
        "properties": {"table": {"type": "string"}},
        "required": ["table"],
        "additionalProperties": False,
    }
    schema["$defs"]["NamedArc"] = named
    tables = properties["parameters"]
    tables["properties"] = {"table": {"type": "string"}}
    tables["patternProperties"] = {
        pattern.replace("^", "^(?!table$)", 1): declaration
        for pattern, declaration in tables["patternProperties"].items()
    }
    properties["parameters"] = {"anyOf": [*files, tables]}
    entries = {"anyOf": [{"$ref": "#/$defs/NamedArc"}, {"type": "string"}, table]}
    properties["arcs"] = {"anyOf": [{"type": "string"}, {"type": "array", "items": entries}]}
    return schema

"""Observations: the model's number is read off a response in the unit of the published one.

The world: at most 10 k chip a year can be smuggled past a check of hazard ln 2, at 0.02 bn USD per
k chip; the evader has money for 8, of which half arrive. A unit that arrives is worth 0.5 months at
4 bn USD a month, so 2 bn USD; one that enters is worth 1. A bn USD buys 50 that enter, so money is
worth 50, and the evader would pay 2 / 50 = 0.04 bn USD per k chip at the front: 40,000 USD a chip,
twice the price.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from games.errors import InputError
from games.network import build_network
from scenarios.load import load
from scenarios.observed import ObservedRow, hold_against
from solvers.evader import Evader

SCENARIO = """
format = 1
name = "observed"
title = "Observed"
date = 2026-04-29
about = "One road."
goods = ["chip"]
parameters = "parameters.csv"
[layers.chips]
[nodes.shop]
unit = "k chip"
[nodes.front]
unit = "k chip"
[controllers.USA]
budget = "money"
[evader]
budget = "money"
[efforts.normal]
hazard_factor = "1"
[fronts.front]
node = "front"
weight = "weight"
constant_value = "worth"
[points.ship]
layer = "chips"
owner = "USA"
status_quo = "check"
options = [
  { measure = "nothing" },
  { measure = "check", hazard = "log10(2 * sure) / log10(exp(sure))" },
]
[[arcs]]
name = "smuggle"
tail = "shop"
head = "front"
point = "ship"
price = "price"
capacity = "flow"
"""
PARAMETERS = """name,value,low,high,unit,source,confidence,exact,note
money,0.16,0.1,0.2,bn USD/yr,prior,P,,x
weight,4,2,8,bn USD/month,prior,P,,x
worth,0.5,0.2,1,month/k chip,prior,P,,x
price,20,10,30,k USD/chip,prior,P,,x
flow,10,5,20,k chip/yr,prior,P,,x
sure,1,,,1,prior,P,true,x
seen,4000,3000,4500,chip/yr,prior,A,,x
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parameters.csv").write_text(PARAMETERS)
    return tmp_path


def rows(folder: Path, observed: str, *, money: float = 0.16) -> list[ObservedRow]:
    (folder / "scenario.toml").write_text(SCENARIO + observed)
    world = load(folder, settings=[f"parameters.money.value={money}"])
    response = Evader(build_network(world.game)).respond(world.game.status_quo)
    return hold_against(world, response)


def row(folder: Path, model: str, *, unit: str, money: float = 0.16) -> ObservedRow:
    table = folder / "parameters.csv"
    table.write_text(table.read_text() + f"published,4,3,4.5,{unit},prior,B,,x\n")
    observed = f'[[observed]]\nname = "A number"\nparameter = "published"\nmodel = {model}\n'
    seen = '[[observed]]\nname = "Seen"\nparameter = "seen"\nmodel = { arriving = ["*"] }\n'
    first, second = rows(folder, observed + seen, money=money)
    assert (second.name, second.confidence) == ("Seen", "A")
    return first


@pytest.mark.parametrize(
    ("model", "unit", "value"),
    [
        ('{ entering = ["smuggle"] }', "k chip/yr", 8),
        ('{ arriving = ["smug*"] }', "k chip/yr", 4),
        ('{ arriving = ["smuggle"] }', "chip/month", 4000 / 12),
        ('{ months = "front" }', "month", 2),
        ('{ months = "front" }', "yr", 2 / 12),
        ('{ months = ["fr*", "front"] }', "month", 2),
        ('{ node_price = "front", over = "price" }', "1", 1),
        ('{ node_price = "front", over = "price" }', "%", 100),
    ],
)
def test_the_model_number_has_the_unit_of_the_published_one(
    folder: Path, model: str, unit: str, value: float
) -> None:
    result = row(folder, model, unit=unit)
    assert result.model == pytest.approx(value)
    assert (result.observed, result.low, result.high, result.unit) == (4, 3, 4.5, unit)
    assert result.inside == (3 <= value <= 4.5)
    assert result.confidence == "B"


def test_a_scale_turns_a_flow_into_a_stock(folder: Path) -> None:
    table = folder / "parameters.csv"
    table.write_text(
        table.read_text() + "years,2,,,yr,prior,P,true,x\nstock,7,6,9,k chip,prior,P,,x\n"
    )
    (result,) = rows(
        folder,
        '[[observed]]\nname = "Stock"\nparameter = "stock"\nscale = "years"\n'
        'model = { arriving = ["smuggle"] }\n',
    )
    assert result.model == pytest.approx(8)
    assert result.inside


def test_a_price_is_no_number_where_money_is_not_scarce(folder: Path) -> None:
    result = row(folder, '{ node_price = "front", over = "price" }', unit="%", money=1.0)
    assert result.model != result.model  # NaN
    assert not result.inside


def test_a_source_has_no_price_to_hold_against(folder: Path) -> None:
    with pytest.raises(
        InputError, match="expected a node that some arc leads to, found the source"
    ):
        row(folder, '{ node_price = "shop", over = "price" }', unit="%")


def test_months_of_several_fronts_add_up() -> None:
    world = load("baseline-2026")
    response = Evader(build_network(world.game)).respond(world.game.status_quo)
    training, algorithms, _ = (plan for plan in world.observed if plan.kind == "months")
    both = replace(training, subjects=(*training.subjects, *algorithms.subjects))
    blueprint = replace(world.blueprint, observed=(training, algorithms, both))
    first, second, sum_of_both = (
        row.model for row in hold_against(replace(world, blueprint=blueprint), response)
    )
    assert min(first, second) > 1
    assert sum_of_both == pytest.approx(first + second)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            '{ months = ["fornt"] }',
            "months[0]: expected the name of one of the fronts, or a pattern",
        ),
        ("{ months = [] }", "months: expected at least one entry"),
        ("{ months = 3 }", "months: expected a text in quotes, found 3"),
        ('{ months = "fornt" }', "did you mean 'front'?"),
    ],
)
def test_fronts_that_are_not_there_are_told(folder: Path, model: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        row(folder, model, unit="month")
    assert told in str(caught.value)

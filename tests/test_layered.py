"""Games that contradict themselves are refused, each contradiction with its place."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from games.capability import Chord
from games.errors import GameError, InputError, StratagemError
from games.layered import (
    Arc,
    Controller,
    ControlPoint,
    Effort,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)


def sound(**changes: Any) -> LayeredGame:
    """Return a sound game of one route through one hub, with some of its fields replaced."""
    fields: dict[str, Any] = {
        "name": "sound",
        "controllers": (Controller("A", 1.0, {"training": 2.0}), Controller("B", 0.0, {})),
        "points": (
            ControlPoint(
                "chips-A", "chips", "A", (Option("nothing"), Option("ban", cost=1.0, hazard=1.0))
            ),
            ControlPoint("cloud-B", "cloud", "B", (Option("nothing"),)),
        ),
        "arcs": (
            Arc("export", "world", "hub", (PriceStep(1.0, 2.0), PriceStep(2.0, 2.0)), "chips-A"),
            Arc("use", "hub", "training", (PriceStep(0.0, 9.0),), "cloud-B"),
        ),
        "fronts": (Front("training", "training", (Chord(2.0, 1.0), Chord(1.0, 5.0))),),
        "evader_budget": 5.0,
    }
    return LayeredGame(**{**fields, **changes})


def changed(kind: str, index: int, **changes: Any) -> dict[str, Any]:
    """Return the field `kind` of the sound game with one of its records changed."""
    records = list(getattr(sound(), kind))
    records[index] = replace(records[index], **changes)
    return {kind: tuple(records)}


def option(**changes: Any) -> dict[str, Any]:
    ban = replace(sound().points[0].options[1], **changes)
    return changed("points", 0, options=(Option("nothing"), ban))


def steps(*pairs: tuple[float, float]) -> dict[str, Any]:
    return changed("arcs", 0, steps=tuple(PriceStep(*pair) for pair in pairs))


def chords(*pairs: tuple[float, float]) -> dict[str, Any]:
    return changed("fronts", 0, chords=tuple(Chord(*pair) for pair in pairs))


def twice(kind: str) -> dict[str, Any]:
    records = getattr(sound(), kind)
    return {kind: (*records, records[0])}


BACK = Arc("back", "hub", "hub-2", (PriceStep(0.0, 1.0),))
LOOP = (BACK, replace(BACK, name="loop", tail="hub-2", head="hub"))

CONTRADICTIONS: list[tuple[Callable[[], dict[str, Any]], str]] = [
    (lambda: twice("controllers"), "controller A: expected unique names"),
    (lambda: twice("points"), "control point chips-A: expected unique names"),
    (lambda: twice("arcs"), "arc export: expected unique names"),
    (lambda: twice("fronts"), "front training: expected unique names"),
    (lambda: {"efforts": (Effort("normal"),) * 2}, "effort normal: expected unique names"),
    (lambda: {"controllers": ()}, "controllers: expected at least one, found none"),
    (lambda: {"arcs": ()}, "arcs: expected at least one, found none"),
    (lambda: {"fronts": ()}, "fronts: expected at least one, found none"),
    (lambda: {"efforts": ()}, "efforts: expected at least one, found none"),
    (lambda: {"evader_budget": -1.0}, "evader budget: expected a number >= 0, found -1"),
    (lambda: {"evader_budget": math.nan}, "evader budget: expected a finite number, found nan"),
    (lambda: {"correlation": -0.1}, "correlation: expected a number >= 0, found -0.1"),
    (lambda: {"correlation": 1.5}, "correlation: expected a share in [0, 1], found 1.5"),
    (lambda: {"correlation": math.nan}, "correlation: expected a finite number, found nan"),
    (lambda: changed("controllers", 0, budget=-1.0), "controller A: budget: expected a number"),
    (lambda: changed("controllers", 0, budget=math.inf), "controller A: budget: expected a finite"),
    (
        lambda: changed("controllers", 0, stakes={"training": -1.0}),
        "controller A: stake in training: expected a number >= 0, found -1",
    ),
    (
        lambda: changed("controllers", 0, stakes={"trainin": 1.0}),
        "controller A: expected stakes in fronts, found 'trainin'",
    ),
    (
        lambda: changed("points", 1, options=(Option("dear", cost=2.0),)),
        "controller B: expected a budget of at least 2 bn USD",
    ),
    (lambda: changed("points", 0, owner="C"), "control point chips-A: expected an owner among"),
    (lambda: changed("points", 0, options=()), "control point chips-A: expected at least one opti"),
    (lambda: changed("points", 0, status_quo=2), "control point chips-A: expected a status quo"),
    (lambda: changed("points", 0, status_quo=-1), "control point chips-A: expected a status quo"),
    (
        lambda: option(name="nothing"),
        "control point chips-A: option nothing: expected uniqu",
    ),
    (lambda: option(cost=-1.0), "control point chips-A, option ban: cost: expected a number >= 0"),
    (lambda: option(cost=math.nan), "control point chips-A, option ban: cost: expected a finite"),
    (lambda: option(economic_cost=math.inf), "control point chips-A, option ban: economic cost:"),
    (lambda: option(hazard=-0.3), "control point chips-A, option ban: hazard: expected a number"),
    (lambda: option(hazard=math.inf), "control point chips-A, option ban: hazard: expected a fin"),
    (lambda: option(toll=-0.3), "control point chips-A, option ban: toll: expected a number >= 0"),
    (
        lambda: {"efforts": (Effort("none", hazard_factor=0.0),)},
        "effort none: expected a hazard factor in (0, 1], found 0",
    ),
    (
        lambda: {"efforts": (Effort("wild", hazard_factor=1.5),)},
        "effort wild: expected a hazard factor in (0, 1], found 1.5",
    ),
    (
        lambda: {"efforts": (Effort("odd", hazard_factor=math.nan),)},
        "effort odd: expected a hazard factor in (0, 1], found nan",
    ),
    (
        lambda: {"efforts": (Effort("odd", unit_cost=-1.0),)},
        "effort odd: unit cost: expected a n",
    ),
    (lambda: {"efforts": (Effort("odd", price_share=-1.0),)}, "effort odd: price share: expected"),
    (lambda: changed("arcs", 0, point="chips-B"), "arc export: expected a control point or none"),
    (lambda: changed("arcs", 0, steps=()), "arc export: expected at least one price step"),
    (lambda: steps((-1.0, 1.0)), "arc export: price: expected a number >= 0, found -1"),
    (lambda: steps((1.0, -1.0)), "arc export: capacity: expected a number >= 0, found -1"),
    (lambda: steps((1.0, math.inf)), "arc export: capacity: expected a finite number, found inf"),
    (lambda: steps((2.0, 1.0), (1.0, 1.0)), "arc export: expected rising prices, found 1 after 2"),
    (lambda: changed("arcs", 0, conversion=0.0), "arc export: expected a conversion > 0, found 0"),
    (lambda: changed("arcs", 0, conversion=math.nan), "arc export: expected a conversion > 0"),
    (lambda: changed("arcs", 0, value=math.nan), "arc export: value: expected a finite number"),
    (lambda: changed("arcs", 0, revenue={"A": math.nan}), "arc export: revenue of A: expected a f"),
    (lambda: changed("arcs", 0, revenue={"C": 1.0}), "arc export: expected revenue of a controll"),
    (
        lambda: {"arcs": (*sound().arcs, *LOOP)},
        "network: expected no cycle, found hub -> hub-2 -> hub",
    ),
    (
        lambda: changed("fronts", 0, node="nowhere"),
        "front training: expected an arc that leads to 'nowhere', found none",
    ),
    (
        lambda: changed("fronts", 0, node="hub"),
        "front training: expected no arc out of 'hub', found one",
    ),
    (
        lambda: {"fronts": (*sound().fronts, replace(sound().fronts[0], name="deployment"))},
        "front deployment: expected a node of its own, found the node of training",
    ),
    (lambda: changed("fronts", 0, weight=-1.0), "front training: weight: expected a number >= 0"),
    (lambda: chords(), "front training: expected at least one chord, found none"),
    (lambda: chords((1.0, -1.0)), "front training: width: expected a number >= 0, found -1"),
    (lambda: chords((math.nan, 1.0)), "front training: slope: expected a finite number"),
    (lambda: chords((-1.0, 1.0)), "front training: slope: expected a number >= 0, found -1"),
    (
        lambda: chords((1.0, 1.0), (2.0, 1.0)),
        "front training: expected falling slopes, found 2 after 1",
    ),
]


@pytest.mark.parametrize(("changes", "fault"), CONTRADICTIONS, ids=[f for _, f in CONTRADICTIONS])
def test_each_contradiction_is_a_fault_with_its_place(
    changes: Callable[[], dict[str, Any]], fault: str
) -> None:
    with pytest.raises(GameError) as caught:
        sound(**changes())
    assert any(found.startswith(fault) for found in caught.value.faults), caught.value.faults


def test_all_faults_are_reported_together() -> None:
    with pytest.raises(GameError) as caught:
        sound(**changed("points", 0, owner="C"), **changed("fronts", 0, weight=-1.0), correlation=2)
    assert len(caught.value.faults) == 3
    assert str(caught.value).count("\n") == 2


def test_a_contradiction_is_an_input_error_with_exit_code_two() -> None:
    assert issubclass(GameError, InputError)
    assert issubclass(InputError, StratagemError)
    assert GameError("x").exit_code == 2


def test_sources_are_the_nodes_that_no_arc_enters() -> None:
    game = sound()
    assert game.sources == {"world"}
    assert game.nodes.index("world") < game.nodes.index("hub") < game.nodes.index("training")


def test_profiles_are_named_and_read_back() -> None:
    game = sound(**changed("points", 0, status_quo=1))
    assert game.status_quo == (1, 0)
    assert game.profile({}) == (1, 0)
    assert game.profile({"chips-A": "nothing"}) == (0, 0)
    assert game.option_names((1, 0)) == {"chips-A": "ban", "cloud-B": "nothing"}
    assert game.layers == ("chips", "cloud")
    assert game.owned(["B"]) == (1,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chips-B": "ban"}, "profile: expected a control point, found 'chips-B'"),
        ({"chips-A": "bann"}, "chips-A: expected one of the options nothing, ban; found 'bann'"),
    ],
)
def test_a_profile_that_names_nothing_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(GameError) as caught:
        sound().profile(options)
    assert str(caught.value) == message


def test_months_are_read_off_the_chords_and_end_with_them() -> None:
    front = sound().fronts[0]
    assert [front.months(q) for q in (0.0, 0.5, 1.0, 3.0, 6.0, 60.0)] == [0, 1, 2, 4, 7, 7]

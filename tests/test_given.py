"""What is handed in from a notebook and is of another kind is refused in one message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import stratagem as sg
from games.errors import InputError
from games.given import is_finite, is_whole, texts
from games.normal_form import normal_form
from solvers.plays import parse_play

WORLD = sg.load("two-layers")
CALLS: dict[str, Callable[[Any], object]] = {
    "scenario: expected a name": lambda value: sg.load(value),
    "settings: expected a list": lambda value: sg.load("two-layers", settings=value),
    "overrides: expected a list": lambda value: sg.load("two-layers", overrides=value),
    "world: expected a scenario": lambda value: sg.show(value),
    "world: expected a scenario or a game": lambda value: sg.compare(value),
    "plays: expected a list": lambda value: sg.compare(WORLD, value),
    "jobs: expected a whole": lambda value: sg.compare(WORLD, jobs=value),
    "seed: expected a whole": lambda value: sg.compare(WORLD, seed=value),
    "gap: expected a number": lambda value: sg.compare(WORLD, gap=value),
    "time limit: expected a number": lambda value: sg.compare(WORLD, time_limit=value),
    "layers: expected a size": lambda value: sg.compare(WORLD, layers=value),
    "method: expected one of": lambda value: sg.compare(WORLD, method=value),
    "worlds: expected a whole": lambda value: sg.worlds(WORLD, value),
    "world: expected a scenario,": lambda value: sg.worlds(value, 2),
    "sampling: expected one of": lambda value: sg.worlds(WORLD, 2, sampling=value),
    "measure: expected a text": lambda value: sg.portfolio(WORLD, worlds=2, measure=value),
    "replications: expected": lambda value: sg.portfolio(WORLD, worlds=2, replications=value),
    "run: expected a list": lambda value: sg.open_run(value),
    "game: expected a file": lambda value: sg.load_game(value),
    "play: expected a text": lambda value: parse_play(WORLD.game, value),
    "condition: expected a text": lambda value: sg.where(WORLD, value, worlds=8),
    "grid: expected": lambda value: sg.sweep(WORLD, grid=value),
    "plays: expected a list of": lambda value: sg.sweep(WORLD, plays=value),
    "budget: expected a text": lambda value: sg.frontier(WORLD, budget=value),
    "tolerance: expected a finite": lambda value: sg.frontier(WORLD, tolerance=value),
    "of: expected a list": lambda value: sg.sensitivity(WORLD, value),
    "worlds: expected a whole number >": lambda value: sg.sensitivity(WORLD, worlds=value),
    "groups: expected lists": lambda value: sg.sensitivity(WORLD, groups=value),
    "groups: one: expected a list": lambda value: sg.sensitivity(WORLD, groups={"one": value}),
    "numbers: expected a list": lambda value: sg.thresholds(WORLD, value),
    "width: expected a share": lambda value: sg.thresholds(WORLD, ["usa_stake"], width=value),
    "density: expected a share": lambda value: sg.where(
        WORLD, "months(status-quo) > 1", density=value
    ),
    "game: expected a finite game": lambda value: sg.nash(value),
    "game: expected a finite": lambda value: sg.verify(value, [[1.0]]),
    "profile: expected a list|profile: expected 2|profile of player": lambda value: sg.verify(
        normal_form([[[1, 0], [0, 1]]] * 2), value
    ),
    "refine: expected a tolerance": lambda value: sg.refine(
        WORLD, ["coordinated"], tolerance=value
    ),
    "play: expected a text, found": lambda value: sg.compare(WORLD, ["status-quo"]).play(value),
}


@pytest.mark.parametrize("message", CALLS)
@pytest.mark.parametrize("value", [-1.5, float("nan"), object(), ["x", 3], np.array([1, 2])])
def test_what_is_of_another_kind_is_refused_in_one_message(message: str, value: Any) -> None:
    with pytest.raises(InputError, match=message):
        CALLS[message](value)


def test_numbers_of_any_library_are_numbers_and_one_text_is_no_list() -> None:
    assert is_whole(np.int64(3))
    assert not is_whole(True)
    assert is_finite(np.float64(1.5))
    assert not is_finite(10**400)
    with pytest.raises(InputError, match="plays: expected a list of texts, found 'coordinated'"):
        texts("plays", "coordinated")

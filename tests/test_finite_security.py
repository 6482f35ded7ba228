"""Security games in compact form: by hand, against the normal form, and the proof of the bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.errors import GameError, InputError, LimitError, NotCertifiedError
from games.security import (
    SecurityGame,
    as_normal_form,
    attack,
    bound_at,
    needs,
    security_game,
)
from solvers.finite.commitment import mixed_commitment
from solvers.finite.security import best_coverage


@st.composite
def security_games(draw: st.DrawFn, *, largest: int = 5, rising: bool = False) -> SecurityGame:
    """Small games with integer payoffs, ties and targets that nobody cares about.

    rising : whether the attacker always earns less where covered.
    """
    size = draw(st.integers(1, largest))
    rows = st.lists(st.integers(0, 6), min_size=size, max_size=size)
    start, gain, low, step = (np.array(draw(rows)) for _ in range(4))
    return security_game(
        defender_covered=start + gain,
        defender_uncovered=start,
        attacker_covered=low,
        attacker_uncovered=low + step + rising,
        resources=draw(st.integers(0, size + 1)),
    )


def large_game(size: int, resources: float, seed: int = 0) -> SecurityGame:
    rng = np.random.default_rng(seed)
    worse, low = rng.uniform(-10, 0, (2, size))
    return security_game(
        defender_covered=worse + rng.uniform(0, 10, size),
        defender_uncovered=worse,
        attacker_covered=low,
        attacker_uncovered=low + rng.uniform(0.1, 10, size),
        resources=resources,
    )


def test_two_targets_are_levelled_as_by_hand() -> None:
    # worth 1 and 2 to the attacker, nothing when covered: with one guard 1 - c = 2 - 2 (1 - c)
    game = security_game(
        defender_covered=[0, 0],
        defender_uncovered=[-1, -3],
        attacker_covered=[0, 0],
        attacker_uncovered=[1, 2],
        resources=1,
        targets=["depot", "port"],
    )
    found = best_coverage(game)
    assert found.coverage.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert found.attack.attacker == pytest.approx(2 / 3)
    assert found.attack.attack_set == (0, 1)
    assert game.name(found.attack.target) == "depot"
    assert found.value == pytest.approx(-2 / 3)


def test_equal_targets_are_covered_equally_and_the_harmless_one_is_attacked() -> None:
    # the two-target example usual in the field: the attacker gains 1 or loses 1 at either target
    game = security_game(
        defender_covered=[10, 0],
        defender_uncovered=[0, -10],
        attacker_covered=[-1, -1],
        attacker_uncovered=[1, 1],
        resources=1,
    )
    found = best_coverage(game)
    assert found.coverage.tolist() == pytest.approx([0.5, 0.5])
    assert (found.attack.target, found.value) == (0, pytest.approx(5))


def test_a_target_that_pays_even_when_covered_stops_the_levelling() -> None:
    game = security_game(
        defender_covered=[1, 2],
        defender_uncovered=[0, 0],
        attacker_covered=[3, 0],
        attacker_uncovered=[4, 4],
        resources=2,
    )
    found = best_coverage(game)
    assert found.coverage.tolist() == pytest.approx([1, 0.25])
    assert found.attack.attacker == pytest.approx(3)
    assert found.value == pytest.approx(1)


def test_what_is_left_helps_where_the_attacker_does_not_care() -> None:
    game = security_game(
        defender_covered=[5, 0],
        defender_uncovered=[0, 0],
        attacker_covered=[2, 0],
        attacker_uncovered=[2, 4],
        resources=1.25,
    )
    found = best_coverage(game)
    assert found.coverage.tolist() == pytest.approx([0.75, 0.5])
    assert found.value == pytest.approx(3.75)


@given(security_games())
@settings(max_examples=120)
def test_the_compact_form_is_worth_what_the_normal_form_is(game: SecurityGame) -> None:
    found = best_coverage(game)
    table = mixed_commitment(as_normal_form(game))
    assert found.value == pytest.approx(table.value, abs=1e-7)
    assert found.bound == pytest.approx(found.value, abs=1e-7)


@given(security_games())
@settings(max_examples=25)
def test_the_mixed_integer_program_finds_the_same_value(game: SecurityGame) -> None:
    assert best_coverage(game, method="eraser").value == pytest.approx(
        best_coverage(game).value, abs=1e-5
    )


@given(security_games(), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_no_random_coverage_is_worth_more_than_the_bound(game: SecurityGame, seed: int) -> None:
    bound = best_coverage(game).bound
    rng = np.random.default_rng(seed)
    for _ in range(20):
        shares = rng.random(game.size) ** rng.integers(1, 4)
        used = shares.sum()
        if used > game.resources:
            shares *= game.resources / used
        assert attack(game, shares).defender <= bound + 1e-9


@given(security_games(), st.floats(0, 3))
@settings(max_examples=50)
def test_more_resources_never_hurt_the_defender(game: SecurityGame, more: float) -> None:
    richer = SecurityGame(
        game.defender_covered,
        game.defender_uncovered,
        game.attacker_covered,
        game.attacker_uncovered,
        game.resources + more,
    )
    assert best_coverage(richer).value >= best_coverage(game).value - 1e-9
    assert best_coverage(richer).attack.attacker <= best_coverage(game).attack.attacker + 1e-9


@given(security_games(rising=True), st.floats(0.01, 100), st.floats(-50, 50))
@settings(max_examples=50)
def test_units_of_payoffs_and_order_of_targets_do_not_matter(
    game: SecurityGame, factor: float, shift: float
) -> None:
    order = np.arange(game.size)[::-1]
    changed = security_game(
        defender_covered=game.defender_covered[order] * factor + shift,
        defender_uncovered=game.defender_uncovered[order] * factor + shift,
        attacker_covered=game.attacker_covered[order] / factor - shift,
        attacker_uncovered=game.attacker_uncovered[order] / factor - shift,
        resources=game.resources,
    )
    plain, other = best_coverage(game), best_coverage(changed)
    assert other.value == pytest.approx(plain.value * factor + shift, abs=1e-6 * (1 + factor))
    assert other.coverage[order] == pytest.approx(plain.coverage, abs=1e-6)


def test_ten_thousand_targets_are_levelled_and_proven() -> None:
    game = large_game(10_000, 700.0)
    found = best_coverage(game)
    assert found.coverage.sum() == pytest.approx(700)
    assert found.bound - found.value < 1e-8
    inside = list(found.attack.attack_set)
    reached = game.attacker_uncovered + found.coverage * (
        game.attacker_covered - game.attacker_uncovered
    )
    assert np.all(found.coverage[np.setdiff1d(np.arange(game.size), inside)] == 0)
    assert np.ptp(reached[inside]) < 1e-8


def test_a_level_that_can_be_undercut_proves_nothing() -> None:
    game = large_game(50, 5.0)
    level = best_coverage(game).level
    assert bound_at(game, level - 0.1) >= bound_at(game, level)
    with pytest.raises(NotCertifiedError, match="brought lower"):
        bound_at(game, level + 0.1)
    assert needs(game, level - 0.1).sum() > 5.0


def test_no_resources_and_one_target_have_their_only_value() -> None:
    for resources, value in ((0, -4.0), (1, 2.0), (9, 2.0)):
        game = security_game(
            defender_covered=[2],
            defender_uncovered=[-4],
            attacker_covered=[0],
            attacker_uncovered=[1],
            resources=resources,
        )
        assert best_coverage(game).value == pytest.approx(value)


def test_the_mixed_integer_program_says_when_it_ran_out_of_time() -> None:
    with pytest.raises(LimitError, match="use origami"):
        best_coverage(large_game(400, 40.0), method="eraser", time_limit=0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resources": -1}, "resources: expected a number >= 0"),
        ({"resources": float("nan")}, "resources: expected a number >= 0"),
        ({"resources": "two"}, "resources: expected a number"),
        ({"defender_covered": [1]}, "expected 1 payoffs, found 2"),
        ({"defender_covered": [[1, 2]]}, "one payoff for each target"),
        ({"attacker_covered": [0, float("nan")]}, "found nan at target 2"),
        ({"attacker_covered": ["a", 0]}, "attacker_covered: expected numbers"),
        ({"attacker_covered": [0, 3]}, "target 2: expected attacker_uncovered"),
        ({"defender_covered": [-2, 0]}, "target 1: expected defender_covered"),
        ({"targets": ["a", "a"]}, "expected 2 different names"),
    ],
)
def test_bad_games_are_refused(change: dict[str, Any], message: str) -> None:
    table: dict[str, Any] = {
        "defender_covered": [0, 0],
        "defender_uncovered": [-1, -1],
        "attacker_covered": [0, 0],
        "attacker_uncovered": [1, 2],
        "resources": 1,
    }
    with pytest.raises(GameError, match=message):
        security_game(**{**table, **change})


def test_bad_coverages_sizes_and_methods_are_refused() -> None:
    game = large_game(30, 3)
    with pytest.raises(InputError, match="at most 3 in all"):
        attack(game, np.full(30, 0.2))
    with pytest.raises(InputError, match="between 0 and 1"):
        attack(game, np.full(30, -0.2))
    with pytest.raises(InputError, match="30 probabilities"):
        attack(game, [0.1])
    with pytest.raises(GameError, match="compact form"):
        as_normal_form(game, largest=1000)
    with pytest.raises(GameError, match="whole number"):
        as_normal_form(large_game(5, 1.5))
    with pytest.raises(GameError, match="origami or eraser"):
        best_coverage(game, method="guess")  # type: ignore[arg-type]

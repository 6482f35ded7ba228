"""The map of unilateral play, and why an equilibrium is stuck."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

import stratagem as sg
from games.errors import InputError
from games.layered import LayeredGame
from games.network import build_network
from solvers.equilibria.every_profile import every_regret
from solvers.plays import parse_play
from solvers.world import World
from stratagem.cli import main
from stratagem.equilibrium_map import equilibrium_map
from stratagem.explaining.stuck import stuck
from stratagem.records.equilibrium_map import ORDERS, EquilibriumMap
from tests.builders import Traits, small_game


def without_equilibrium() -> LayeredGame:
    """Return a game of two governments that always leaves one of them something to gain.

    It was found by trying every profile of random games with revenue and leaning stakes.
    """
    return small_game(random.Random(915), Traits(aligned=False, correlation=0.0, largest=16))


@pytest.fixture(scope="module")
def mapped() -> EquilibriumMap:
    return equilibrium_map(sg.load("two-layers"), starts=5)


def test_both_equilibria_of_two_layers_are_found_and_proven(mapped: EquilibriumMap) -> None:
    assert [round(one.value, 6) for one in mapped.outcomes] == [-16.5, -22.0]
    assert mapped.proven
    assert mapped.best.bound == pytest.approx(-16.5)
    assert mapped.worst.bound == pytest.approx(-22.0)


def test_every_start_ends_somewhere_in_every_order(mapped: EquilibriumMap) -> None:
    for order in ORDERS:
        ended = sum(one.reached.get(order, 0) for one in mapped.outcomes)
        assert ended + mapped.unsettled.get(order, 0) == mapped.starts == 6


def test_no_pure_equilibrium_is_proven_and_told() -> None:
    found = equilibrium_map(without_equilibrium(), starts=2)
    assert found.none
    assert not found.complete
    assert found.outcomes == ()
    assert sum(found.unsettled.values()) == 3 * found.starts
    assert "No profile is an equilibrium: that is proven." in str(found)


def test_one_controllers_best_and_worst_may_be_others() -> None:
    world = sg.load("two-layers")
    found = equilibrium_map(world, controller="MYS", starts=3)
    assert found.proven
    assert found.best.value is not None
    assert found.worst.value is not None
    assert found.best.value >= found.worst.value
    assert found.best.value > -16.5  # one controller's harm is less than the sum's


def test_starts_that_nobody_has_time_for_are_not_begun() -> None:
    found = equilibrium_map(sg.load("two-layers"), starts=10**30, time_limit=1.0)
    assert 1 <= found.starts < 10**6
    assert found.best.proven


@pytest.mark.parametrize(
    ("options", "message"),
    [({"controller": "FRA"}, "expected one of USA, MYS"), ({"starts": 0}, "number >= 1, found 0")],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        equilibrium_map(sg.load("two-layers"), **options)  # type: ignore[arg-type]


def test_the_command_prints_one_json_object(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["equilibria", "two-layers", "--starts", "2", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["proven"] is True
    assert told["best"]["proven"] is True
    assert told["worst"]["value"] == pytest.approx(-22.0)
    assert told["complete"] is True
    assert [one["value"] for one in told["outcomes"]] == pytest.approx([-16.5, -22.0])


def test_orders_of_moves_are_explained_beneath_the_table(mapped: EquilibriumMap) -> None:
    told = " ".join(str(mapped).split())
    assert "as the scenario lists them, in the reverse of that, and shuffled" in told


def test_the_worst_of_two_layers_is_stuck_until_both_move() -> None:
    game = sg.load("two-layers").game
    players = parse_play(game, "unilateral").players
    found = stuck(World(build_network(game)), game.status_quo, players)
    assert {move.player: round(move.change, 6) for move in found.alone} == {
        "USA": -1.0,
        "MYS": -0.1,
    }
    assert found.together is not None
    assert found.together.players == ("USA", "MYS")
    assert found.together.gain == pytest.approx(7.3)
    assert found.together.joint == pytest.approx(7.3)


def test_explain_says_which_joint_move_would_free_the_worst() -> None:
    world = sg.load("two-layers")
    compared = sg.compare(world, ["unilateral", "coordinated"], layers=0)
    told = sg.explain(compared, world, play="unilateral:worst")
    assert told.stuck is not None
    text = str(told)
    assert "would gain 7.30 bn USD a year by moving together" in " ".join(text.split())
    assert sg.explain(compared, world, play="coordinated").stuck is None


def test_few_profiles_are_all_tried_without_compiling_anything() -> None:
    """In a process of its own, for others here have numba already."""
    script = (
        "import sys; from stratagem.cli import main; "
        "code = main(['equilibria', 'two-layers', '--json']); "
        "sys.exit(code or int('numba' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert [one["value"] for one in json.loads(done.stdout)["outcomes"]] == pytest.approx(
        [-16.5, -22.0]
    )


@pytest.mark.parametrize("seed", range(6))
def test_trying_every_profile_agrees_with_best_responses_and_bounds(seed: int) -> None:
    game = small_game(random.Random(seed))
    found = equilibrium_map(game, starts=4)
    players = [one for one in parse_play(game, "unilateral").players if one.points]
    regrets = every_regret(World(build_network(game)), players, game.status_quo)
    still = [game.option_names(p) for p, r in regrets.items() if max(r.values(), default=0) < 1e-7]
    assert len(found.outcomes) >= len(still)
    assert all(any(o.profile == one for o in found.outcomes) for one in still)

"""Comparisons: certified plays side by side, what acting alone loses, and what layers add."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from games.layered import (
    Arc,
    Chord,
    Controller,
    ControlPoint,
    Front,
    LayeredGame,
    Option,
    PriceStep,
)
from scenarios.scenario import Scenario
from solvers.equilibria import every_profile
from stratagem.comparison import outcome_names
from stratagem.presentation.tables import Column, Table, Title
from stratagem.records.comparison import Comparison
from stratagem.records.interaction import interaction, subsets
from stratagem.records.plays import PlayRecord
from tests.builders import Traits, small_game

SIX = [
    "status-quo",
    "alone:USA",
    "unilateral:best",
    "unilateral:worst",
    "coordinated",
    "only:chips",
]


@pytest.fixture(scope="module")
def world() -> Scenario:
    return sg.load("two-layers")


@pytest.fixture(scope="module")
def compared(world: Scenario) -> Comparison:
    return sg.compare(world)


def timeless(comparison: Comparison) -> dict[str, object]:
    """Return the JSON of a comparison without what a clock says."""
    plain = comparison.to_json()
    for play in plain["plays"]:
        del play["seconds"]
    return plain


def test_the_two_layers_come_out_as_solved_by_hand(compared: Comparison) -> None:
    # China buys 100 thousand chips, 0.1 month each; USA loses 2 and MYS 0.2 bn USD a month.
    # Doing nothing: 10 months, -22. Both basic: half passes, 5 months, -11 - 5 - 0.5 = -16.5.
    # USA basic and MYS strict: 60 * 1/2 + 40 * 1/4 = 40 thousand, 4 months, -8.8 - 5 - 0.9 = -14.7.
    expected = dict(zip(SIX, [-22, -22, -16.5, -22, -14.7, -22], strict=True))
    assert {r.play: r.joint_payoff for r in compared.plays} == pytest.approx(expected)
    assert compared.play("coordinated").profile == {"chips-USA": "basic", "cloud-MYS": "strict"}
    assert compared.play("coordinated").months == pytest.approx(4.0)
    assert compared.play("coordinated").outlay == pytest.approx({"USA": 1.0, "MYS": 0.2})


def test_acting_alone_loses_a_quarter_at_best_and_everything_at_worst(compared: Comparison) -> None:
    assert compared.lost_share.best == pytest.approx((16.5 - 14.7) / (22 - 14.7))
    assert compared.lost_share.worst == pytest.approx(1.0)


def test_the_six_plays_are_there_by_default_and_in_order(compared: Comparison) -> None:
    assert [record.play for record in compared.plays] == SIX


def test_the_json_has_the_keys_that_were_promised(compared: Comparison) -> None:
    plain = json.loads(json.dumps(compared.to_json(), allow_nan=False))
    assert {"scenario", "plays", "lost_share", "layer_interaction"} <= plain.keys()
    assert plain["scenario"] == "two-layers"
    assert plain["lost_share"].keys() == {"best", "worst"}
    for play in plain["plays"]:
        assert list(play)[:10] == [
            *("play", "profile", "months", "fronts", "payoffs", "joint_payoff", "outlay"),
            *("certificate", "seconds", "method"),
        ]
        assert play["certificate"].keys() == {
            *("status", "regret", "evader_gap", "bound_gap", "violation", "joint_bound"),
        }
        assert play["fronts"]["training"].keys() == {"months", "quantity", "unit"}
        assert play["fronts"]["training"]["unit"] == "k chip"
        assert play["joint_payoff"] == pytest.approx(sum(play["payoffs"].values()))


def test_flows_add_up_to_what_reaches_the_fronts(compared: Comparison) -> None:
    for record in compared.plays:
        arriving = sum(flow.arriving for flow in record.flows if flow.head == "training")
        assert arriving == pytest.approx(record.fronts["training"].quantity)


def test_two_complementary_layers_have_a_positive_index(compared: Comparison) -> None:
    found = compared.layer_interaction
    assert found is not None
    assert found.gain == pytest.approx({"chips": 0.0, "cloud": 5.7, "chips+cloud": 7.3})
    assert found.index == pytest.approx({"chips": 0.0, "cloud": 5.7, "chips+cloud": 1.6})
    assert found.beyond == 0
    assert all(found.at_most[name] >= gain - 1e-9 for name, gain in found.gain.items())


@given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_gains_are_the_sums_of_their_indices(count: int, largest: int, rng: random.Random) -> None:
    layers = [f"layer-{i}" for i in range(count)]
    gains = {s: rng.uniform(-5, 5) for s in subsets(layers, largest)}
    found = interaction(gains, bounds=gains, layers=layers, largest=largest, gap=1e-4)
    for subset, gain in gains.items():
        parts = [v for name, v in found.index.items() if set(name.split("+")) <= set(subset)]
        beyond = found.beyond if len(subset) == count else 0.0
        assert sum(parts) + beyond == pytest.approx(gain)


def test_worker_processes_do_not_change_the_answer(world: Scenario, compared: Comparison) -> None:
    assert timeless(sg.compare(world, jobs=2)) == timeless(compared)


def test_a_seed_of_zero_is_a_seed(world: Scenario, compared: Comparison) -> None:
    assert timeless(sg.compare(world, seed=0)) == timeless(compared)


def test_every_finished_play_is_reported_once_and_the_status_quo_first(world: Scenario) -> None:
    seen: list[PlayRecord] = []
    compared = sg.compare(world, progress=seen.append)
    assert seen[0].play == "status-quo"
    assert sorted(record.play for record in seen) == sorted(SIX)
    assert all(record is compared.play(record.play) for record in seen)


def test_asked_plays_come_back_alone_with_the_status_quo(world: Scenario) -> None:
    plays = ["unilateral:worst", "coalition:USA,MYS", "coordinated", "coordinated"]
    compared = sg.compare(world, plays)
    names = ["status-quo", "unilateral:worst", *("coalition:USA,MYS:best",)]
    assert [r.play for r in compared.plays][:2] == names[:2]
    assert [r.play for r in compared.plays] == outcome_names(world.game, plays)
    assert compared.layer_interaction is None
    assert compared.lost_share.best is None or compared.lost_share.best <= 1


def test_one_outcome_of_a_restricted_play_can_be_asked_for(world: Scenario) -> None:
    compared = sg.solve(world, "unilateral:best/only:cloud")
    assert [r.play for r in compared.plays] == outcome_names(
        world.game, ["unilateral:best/only:cloud"]
    )
    assert len(compared.plays) == 2


def test_a_world_without_the_united_states_or_chips_uses_what_comes_first() -> None:
    game = one_road("NLD", "tools")
    assert outcome_names(game, None) == [
        *("status-quo", "alone:NLD", "unilateral:best", "unilateral:worst"),
        *("coordinated", "only:tools"),
    ]
    compared = sg.compare(game)
    assert [record.play for record in compared.plays] == outcome_names(game, None)
    assert compared.play("coordinated").profile == {"road": "closed"}


def test_a_share_of_no_gain_is_not_a_number() -> None:
    compared = sg.compare(one_road("USA", "chips", cost=99.0))
    assert compared.lost_share.best is None
    assert compared.lost_share.worst is None
    assert "gains nothing" in str(compared)


def test_a_play_without_an_answer_is_named_and_the_others_are_kept() -> None:
    world = sg.load(
        "two-layers",
        settings=["points.chips-USA.status_quo=strict", "parameters.usa_budget.value=1.5"],
    )
    compared = sg.compare(world, ["coordinated", "only:cloud"])
    assert [record.play for record in compared.plays] == ["status-quo", "coordinated"]
    assert [(entry.play, entry.status) for entry in compared.unsolved] == [
        ("only:cloud", "not certified")
    ]
    assert "budget" in compared.unsolved[0].message
    assert "only:cloud" in str(compared)
    with pytest.raises(NotCertifiedError, match="budget"):
        sg.solve(world, "only:cloud")


def test_unknown_plays_name_the_nearest(world: Scenario) -> None:
    with pytest.raises(InputError, match="did you mean coordinated"):
        sg.compare(world, ["cordinated"])


def test_all_settings_that_make_no_sense_are_told_together(world: Scenario) -> None:
    with pytest.raises(InputError) as caught:
        sg.compare(world, jobs=0, seed=-1, gap=math.nan, time_limit=-3.0)
    assert len(caught.value.faults) == 4
    with pytest.raises(InputError, match="expected a scenario or a game"):
        sg.compare("two-layers")  # type: ignore[arg-type]


@pytest.mark.parametrize("number", range(6))
def test_random_games_of_any_kind_compare(number: int) -> None:
    rng = random.Random(number)
    game = small_game(rng, Traits(aligned=number % 2 == 0))
    try:
        compared = sg.compare(game, layers=0)
    except NotCertifiedError:
        return  # such as a status quo beyond the budgets
    start = compared.play("status-quo")
    assert start.joint_payoff == pytest.approx(sum(start.payoffs.values()))
    if compared.has("coordinated"):
        best = compared.play("coordinated").joint_payoff
        for record in compared.plays[1:]:
            if record.asked == "unilateral":
                assert record.joint_payoff <= best + 1e-6


def test_a_comparison_converts_to_pandas(compared: Comparison) -> None:
    frame = compared.to_pandas()
    assert list(frame.index) == SIX
    assert frame.loc["coordinated", "joint_payoff"] == pytest.approx(-14.7)
    assert frame.loc["coordinated", "payoff_MYS"] == pytest.approx(-0.8 - 0.9)


def test_a_comparison_shows_itself_in_words_and_on_pages(compared: Comparison) -> None:
    assert "loses between 25 and 100 percent" in " ".join(str(compared).split())
    page = compared._repr_html_()
    assert page.count("<table>") == 2
    assert "End-use checks on chips" in page


def test_a_play_shows_itself_and_converts_to_pandas(compared: Comparison) -> None:
    record = compared.play("coordinated")
    assert "strict" in repr(record)
    assert record._repr_html_().count("<table>") == 3
    frame = record.to_pandas()
    assert frame["payoff"].sum() == pytest.approx(-14.7)
    assert frame.loc["MYS", "outlay"] == pytest.approx(0.2)


def test_titles_cannot_smuggle_in_markup(compared: Comparison) -> None:
    nasty = "<script>[bold]x[/]</script>"
    shown = replace(compared, scenario_title=nasty, titles={"points": {"chips-USA": nasty}})
    assert "<script>" not in shown._repr_html_()
    assert nasty in str(shown)


def test_narrow_tables_use_names_and_drop_columns() -> None:
    from rich.console import Console

    columns = (Column("point"), Column("today"), Column("alone", wide=True), Column("together"))
    rows = ((Title("a", "Long title"), "x", "y", "·"), (Title("b", "Other title"), "x", "y", "z"))
    table = Table("", columns, rows, nothing="·")
    console = Console(width=60, color_system=None)
    with console.capture() as capture:
        console.print(table.rich(narrow=True))
    assert "alone" not in capture.get()
    assert "Long title" not in capture.get()
    assert [line.split() for line in capture.get().splitlines()[2:]] == [["b", "x", "z"]]
    assert table.csv().splitlines()[1] == "a,x,y,·"


def one_road(owner: str, layer: str, *, cost: float = 0.5) -> LayeredGame:
    """Return a game of one road that one government may close."""
    return LayeredGame(
        name="one-road",
        controllers=(Controller(owner, 100.0, {"training": 1.0}),),
        points=(
            ControlPoint(
                "road", layer, owner, (Option("open"), Option("closed", cost=cost, hazard=9.0))
            ),
        ),
        arcs=(Arc("road", "world", "training", (PriceStep(1.0, 5.0),), "road"),),
        fronts=(Front("training", "training", (Chord(1.0, 10.0),)),),
        evader_budget=5.0,
    )


def test_a_start_from_another_play_moves_only_those_who_decide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unilateral play in some layers may start from coordinated play, but not stay there."""
    monkeypatch.setattr(every_profile, "WHOLE", 1)  # as in a game too large to be tried whole
    world = sg.load("two-layers")
    compared = sg.compare(
        world, ["coordinated", "unilateral/only:chips", "coalition:USA/only:chips"]
    )
    assert compared.play("coordinated").profile["cloud-MYS"] == "strict"
    for record in compared.plays:
        if "/only:chips" in record.play:
            assert record.profile["cloud-MYS"] == "nothing", record.play
    assert sg.explain(compared, world).largest_difference < 1e-9

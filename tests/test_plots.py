"""Pictures of a run by name, and the map of what flows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import stratagem as sg
from games.errors import InputError
from games.layered import LayeredGame
from stratagem.cli import main
from stratagem.pictures.flow_layout import laid_out
from stratagem.pictures.flow_map import flow_map
from stratagem.pictures.flow_values import flow_values, passed_by_layer, stopped_by_layer
from stratagem.plots import PLOTS, write_plot
from stratagem.records.comparison import Comparison
from tests.builders import any_game


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return sg.compare(sg.load("two-layers"), layers=True)


@pytest.fixture
def folder(compared: Comparison, tmp_path: Path) -> Path:
    return sg.write_run(compared, sg.load("two-layers"), folder=tmp_path / "run")


def test_every_picture_is_drawn_by_its_name(folder: Path) -> None:
    for name in PLOTS:
        svg = write_plot([str(folder)], name)
        assert svg == folder / f"{name}.svg"
        assert svg.read_text().startswith("<svg")
    png = write_plot([str(folder)], "flows", output=folder / "map.png")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_no_such_name_gets_the_nearest_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", str(folder), "--what", "payofs"]) == 2
    assert "did you mean 'payoffs'?" in capsys.readouterr().err


def test_the_flow_map_of_a_notebook_shows_and_saves_itself(
    compared: Comparison, tmp_path: Path
) -> None:
    drawing = sg.figures.flow_map(compared, sg.load("two-layers"), against="status-quo")
    assert drawing._repr_svg_() == drawing.svg()
    drawing.save(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text() == drawing.svg()
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        drawing.save(tmp_path / "map.gif")


def test_flows_of_the_hand_solved_world_are_what_paper_says(compared: Comparison) -> None:
    """Coordinated: half of what is smuggled and a quarter of what is rented gets through."""
    game = sg.load("two-layers").game
    record = compared.play("coordinated")
    values = {value.arc: value for value in flow_values(game, record)}
    for name, value in values.items():
        option = record.profile[value.point]
        passes = {"nothing": 1.0, "basic": 0.5, "strict": 0.25}[option]
        assert value.behind == pytest.approx(passes * value.before), name
    assert sum(v.behind for v in values.values()) == pytest.approx(record.months)


@given(any_game())
def test_what_sets_out_is_what_arrives_and_what_is_stopped(game: LayeredGame) -> None:
    comparison = sg.solve(game, "status-quo")
    record = comparison.plays[0]
    values = flow_values(game, record)
    starts = game.sources
    ends = {front.node for front in game.fronts}
    out = sum(v.before for v in values if v.tail in starts)
    arrived = sum(v.behind for v in values if v.head in ends)
    months = sum(front.months for front in record.fronts.values())
    assert arrived == pytest.approx(months, rel=1e-6, abs=1e-6)
    stopped = sum(stopped_by_layer(game, values).values())
    assert out >= arrived + stopped - 1e-6 * max(1.0, out)
    for node in set(game.nodes) - starts - ends:
        entering = sum(v.behind for v in values if v.head == node)
        leaving = sum(v.before for v in values if v.tail == node)
        assert leaving <= entering * (1 + 1e-6) + 1e-6
    assert all(passed >= 0 for passed in passed_by_layer(game, values).values())


@settings(max_examples=20)
@given(any_game())
def test_every_game_with_a_flow_has_a_map(game: LayeredGame) -> None:
    comparison = sg.solve(game, "status-quo")
    values = flow_values(game, comparison.plays[0])
    if any(value.before > 0 for value in values):
        drawing = flow_map(comparison, game, play="status-quo")
        assert "nan" not in drawing.svg().lower()
    else:
        with pytest.raises(InputError, match="nothing to draw"):
            flow_map(comparison, game, play="status-quo")


def test_arcs_lead_to_the_right_and_nodes_of_a_column_stand_apart() -> None:
    arcs = {
        "ab": ("a", "b"),
        "bf": ("b", "f"),
        "af": ("a", "f"),
        "cf": ("c", "f"),
        "ag": ("a", "g"),
    }
    wide: dict[str, float] = dict.fromkeys(arcs, 10.0)
    layout = laid_out(arcs, wide, ends=["f", "g"], gap=8.0, least=3.0)
    assert layout.columns == {"a": 0, "b": 1, "c": 1, "f": 2, "g": 2}
    assert [spot[1] for spot in layout.ways["af"]] == [0, 1, 2]
    for column in range(layout.width):
        places = sorted(at for (_, there), at in layout.middle.items() if there == column)
        gaps: list[Any] = [b - a for a, b in pairwise(places)]
        assert all(gap >= 10.0 for gap in gaps)
        assert all(0 <= at <= layout.height for at in places)

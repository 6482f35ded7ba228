"""Notebooks: what is committed was executed, says what its comparison says, and draws it."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import stratagem as sg
from games.errors import InputError
from stratagem.pictures import figures
from stratagem.pictures.agreement import agreement, largest_difference
from stratagem.records.comparison import Comparison

ROOT = Path(__file__).parents[1]
BRIEF = ROOT / "notebooks" / "01-coordinated-or-alone.ipynb"
OWN = ROOT / "notebooks" / "04-your-own-scenario.ipynb"
MANY = ROOT / "notebooks" / "03-an-uncertain-world.ipynb"
LAYERS = ROOT / "notebooks" / "02-why-layers-multiply.ipynb"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 1_500_000
"""Bytes of a notebook that a code host still shows."""

PICTURES = {"image/png", "image/svg+xml"}
"""Kinds of outputs that show a picture without running anything."""


def by_one_worker(path: Path) -> Any:
    """Return the mark that has all checks of an executed notebook made where it is executed."""
    return pytest.mark.xdist_group(path.stem)


executed_notebooks = [pytest.param(path, marks=by_one_worker(path)) for path in NOTEBOOKS]
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def said(notebook: Any, tag: str) -> str:
    """Return the sentences of the cell with a tag."""
    (cell,) = (c for c in notebook.cells if tag in c.metadata.get("tags", []))
    (text,) = (o.data["text/markdown"] for o in cell.outputs if "text/markdown" in o.data)
    return str(text)


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+\.?\d*", text)]


@every_notebook
def test_a_committed_notebook_was_executed_in_order_and_without_errors(path: Path) -> None:
    cells = code_cells(nbformat.read(path, 4))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds <= {"execute_result", "display_data"}


@every_notebook
def test_every_picture_of_a_committed_notebook_is_in_the_file_which_stays_small(
    path: Path,
) -> None:
    for cell in code_cells(nbformat.read(path, 4)):
        if re.search(r"^(figures\.|agreement\()", cell.source, re.MULTILINE):
            assert any(PICTURES & set(output.data) for output in cell.outputs), cell.source
    assert path.stat().st_size < LARGEST


@every_notebook
def test_a_committed_notebook_names_no_folder_of_the_machine_it_ran_on(path: Path) -> None:
    texts = [
        text
        for cell in code_cells(nbformat.read(path, 4))
        for output in cell.outputs
        for kind, text in output.get("data", {}).items()
        if kind not in PICTURES
    ]
    folders = [str(ROOT), str(Path.home()), tempfile.gettempdir() + "/"]
    assert not [folder for folder in folders for text in texts if folder in text]


class Executed(dict[Path, Any]):
    """Every notebook, executed again from the project's folder when it is first asked for."""

    def __missing__(self, path: Path) -> Any:
        notebook = nbformat.read(path, 4)
        resources = {"metadata": {"path": str(ROOT)}}
        NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources).execute()
        self[path] = notebook
        return notebook


@pytest.fixture(scope="module")
def executed() -> Executed:
    return Executed()


@pytest.mark.slow
@pytest.mark.parametrize("path", executed_notebooks, ids=lambda path: path.stem)
def test_a_notebook_runs_without_errors_and_warnings(path: Path, executed: dict[Path, Any]) -> None:
    outputs = [output for cell in code_cells(executed[path]) for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=by_one_worker(path)) for path in (BRIEF, MANY, OWN)],
    ids=lambda path: path.stem,
)
def test_a_committed_notebook_gives_the_answer_that_it_gives_now(
    path: Path, executed: dict[Path, Any]
) -> None:
    committed, now = (said(book, "answer") for book in (nbformat.read(path, 4), executed[path]))
    assert numbers(committed) == pytest.approx(numbers(now), rel=0.02, abs=0.02)


@pytest.mark.slow
@by_one_worker(BRIEF)
def test_the_brief_says_what_the_comparison_says(executed: dict[Path, Any]) -> None:
    plays = ["unilateral", "coordinated"]
    result = sg.compare(sg.load("baseline-2026"), plays, jobs=2)
    today, together = result.play("status-quo"), result.play("coordinated")
    best, worst = result.play("unilateral:best"), result.play("unilateral:worst")
    gain = together.joint_payoff - today.joint_payoff
    answer = said(executed[BRIEF], "answer")
    assert f"{today.months - together.months:.2f} of {today.months:.2f} months" in answer
    assert f"**{gain:.2f} bn USD a year** better off" in answer
    for alone in (best, worst):
        assert f"{today.months - alone.months:.2f}" in answer
        assert f"{100 * (together.joint_payoff - alone.joint_payoff) / gain:.0f}" in answer
    losses = [
        best.payoffs[name] - payoff
        for name, payoff in together.payoffs.items()
        if payoff < best.payoffs[name]
    ]
    assert f"**{sum(losses):.2f} bn USD a year**" in said(executed[BRIEF], "payments")
    assert f"{result.flagged} of {result.numbers}" in said(executed[BRIEF], "proof")


@pytest.mark.slow
@by_one_worker(LAYERS)
@pytest.mark.parametrize("tag", ["slopes", "hands", "leak", "weakest"])
def test_the_committed_formulas_say_what_they_say_now(tag: str, executed: dict[Path, Any]) -> None:
    committed, now = (said(book, tag) for book in (nbformat.read(LAYERS, 4), executed[LAYERS]))
    assert committed == now


@pytest.mark.slow
@by_one_worker(LAYERS)
def test_formula_and_solver_agree_as_closely_as_their_tiers_allow(
    executed: dict[Path, Any],
) -> None:
    (cell,) = (c for c in executed[LAYERS].cells if "agreement" in c.metadata.get("tags", []))
    (table,) = (output.data["text/html"] for output in cell.outputs)
    found = [float(number) for number in re.findall(r">(\de[+-]\d\d)<", table)]
    assert len(found) == 5
    percent_at_best, spent_at_weakest = found[1], found[3]
    assert percent_at_best <= 2  # of what passes, with tiers of 50 M USD
    assert spent_at_weakest <= 0.05  # one tier, bn USD
    assert max(found[0], found[2], found[4]) <= 1e-9


def test_a_picture_of_agreement_draws_formulas_as_lines_and_solutions_as_marks() -> None:
    formulas = {"one": [(1.0, 2.0), (2.0, 3.0)], "other": [(1.0, 1.0), (2.0, 1.0)]}
    solved = {"one": [(2.0, 3.25)]}
    chart = agreement(formulas, solved, x="x", y="y", title="title", subtitle="subtitle")
    lines, marks = (rows for rows in chart.to_dict()["datasets"].values())
    assert sorted(map(len, (lines, marks))) == [1, 4]
    assert largest_difference(formulas, solved) == 0.25
    with pytest.raises(InputError, match="names of formulas, found third"):
        agreement(formulas, {"third": []}, x="x", y="y", title="t", subtitle="s")


@pytest.fixture(scope="module")
def small() -> Comparison:
    return sg.compare(sg.load("two-layers"), layers=True)


def rows_of(chart: Any, column: str) -> list[dict[str, Any]]:
    """Return the rows of a chart's data that have a column."""
    tables = chart.to_dict()["datasets"].values()
    return [row for table in tables for row in table if column in row]


def test_the_picture_of_months_stacks_to_the_months_of_every_play(small: Comparison) -> None:
    four_fronts = sg.solve(sg.load("baseline-2026"), "status-quo")
    for comparison in (small, four_fronts):
        ends: dict[str, float] = {}
        for row in rows_of(figures.months_by_front(comparison), "to"):
            ends[row["play"]] = max(row["to"], ends.get(row["play"], 0.0))
        assert list(ends.values()) == pytest.approx([r.months for r in comparison.distinct()])


def test_the_picture_of_what_is_kept_alone_shows_gains_over_the_status_quo(
    small: Comparison,
) -> None:
    gains = {row["play"]: row["gain"] for row in rows_of(figures.kept_alone(small), "gain")}
    assert gains["coordinated"] == pytest.approx(7.3)
    assert gains["each alone, best"] == pytest.approx(5.5)
    assert gains["each alone, worst"] == pytest.approx(0.0)


def test_the_map_of_controls_shows_shares_stopped_by_owner_and_layer(small: Comparison) -> None:
    game = sg.load("two-layers").game
    rows = rows_of(figures.control_map(small, game), "stopped")
    assert len(rows) == 3 * len({(point.owner, point.layer) for point in game.points})
    assert all(0 <= row["stopped"] < 1 for row in rows)
    assert not any(row["stopped"] for row in rows if row["play"] == "status quo")
    assert any(row["stopped"] for row in rows if row["play"] == "coordinated")


def test_every_picture_is_drawn_without_a_browser(small: Comparison, tmp_path: Path) -> None:
    world = sg.load("two-layers")
    gaps = sg.explain(sg.write_run(small, world, folder=tmp_path / "run")).gaps
    charts = {
        "months": figures.months_by_front(small),
        "kept": figures.kept_alone(small),
        "controls": figures.control_map(small, world),
        "arrivals": figures.arrivals(
            small, {"all": [arc.name for arc in world.game.arcs]}, unit="units a year"
        ),
        "payoffs": figures.payoffs_by_controller(small),
        "gaps": figures.gap_by_controller(gaps, small),
        "layers": figures.layer_values(small),
    }
    for name, chart in charts.items():
        file = tmp_path / f"{name}.png"
        chart.save(file)
        assert file.read_bytes().startswith(b"\x89PNG"), name


def test_a_picture_of_unknown_arcs_says_which(small: Comparison) -> None:
    with pytest.raises(InputError, match="no-such-arc"):
        figures.arrivals(small, {"way": ["no-such-arc"]}, unit="units")


def test_pictures_of_what_was_not_computed_say_what_to_compute(small: Comparison) -> None:
    with pytest.raises(InputError, match="compare both plays"):
        figures.gap_by_controller((), small)
    alone = sg.solve(sg.load("two-layers"), "coordinated")
    with pytest.raises(InputError, match="layers=True"):
        figures.layer_values(alone)
    with pytest.raises(InputError, match="unilateral:best"):
        figures.control_map(alone, sg.load("two-layers"))

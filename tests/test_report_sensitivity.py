"""Sensitivity studies in a report: everything that follows from their worlds, computed again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest

import stratagem as sg
from stratagem.cli import main
from stratagem.records.comparison import Comparison
from tests.reports import text_of

KINDS = {
    "indices": ("--of", "months(status-quo)", "kept(only:chips)", "--worlds", "8"),
    "morris": ("--method", "morris", "--worlds", "4"),
    "box": ("--method", "box", "--where", "months(status-quo) >= 12", "--worlds", "64"),
    "threshold": ("--method", "threshold", "--numbers", "usa_stake", "chip_price"),
}


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return sg.compare(sg.load("two-layers"), ["status-quo", "coordinated"])


@pytest.fixture
def folder(compared: Comparison, tmp_path: Path) -> Path:
    return sg.write_run(compared, sg.load("two-layers"), folder=tmp_path / "run")


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folders of one study of each kind."""
    path = tmp_path_factory.mktemp("studies")
    ledger = ("--ledger", str(path / "ledger.sqlite"))
    for name, asked in KINDS.items():
        words = ("sensitivity", "two-layers", *asked, *ledger, "-o", str(path / name))
        assert main(list(words)) == 0
    return {name: path / name for name in KINDS}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("indices", "What moves months(status-quo)"),
        ("indices", "The values are the study's own record, for plays would have to be solved"),
        ("indices", "and 32 worlds were answered again: the largest difference is"),
        ("morris", "Morris, 4 trajectories, 80 worlds, seed 0"),
        ("box", "a density of"),
        ("threshold", "The nearest change: usa_stake at 2.469 instead of 2, where chips-USA"),
        ("threshold", "At 3 thresholds the portfolio that is better was held against the own one"),
    ],
)
def test_a_study_of_every_kind_is_shown(
    kind: str, told: str, folder: Path, studies: dict[str, Path]
) -> None:
    assert main(["report", str(folder), "--study", str(studies[kind])]) == 0
    assert told in text_of((folder / "report.html").read_text()).replace("&#39;", "'")


def test_the_indices_on_the_page_are_those_of_the_study(
    folder: Path, studies: dict[str, Path]
) -> None:
    assert main(["report", str(folder), "--study", str(studies["indices"])]) == 0
    told = text_of((folder / "report.html").read_text())
    record = json.loads((studies["indices"] / "sensitivity.json").read_text())
    for one in record["measures"]:
        first = one["indices"][0]
        assert f"{first['group']} {first['total']:.3f} {first['total_error']:.3f}" in told


def changed(record: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """Return a record with the value at a path changed."""
    if not path:
        return change(record)
    if isinstance(record, list):
        return [
            changed(one, path[1:], change) if place == path[0] else one
            for place, one in enumerate(record)
        ]
    return {**record, path[0]: changed(record[path[0]], path[1:], change)}


INDEX = ("measures", 0, "indices", 0)
LIMIT = ("box", "limits", 0)


@pytest.mark.parametrize(
    ("kind", "path", "change", "code", "told"),
    [
        ("indices", (*INDEX, "total"), lambda x: x + 0.1, 3, "indices[0].total: expected"),
        ("indices", (*INDEX, "first_error"), lambda x: x / 2, 3, "indices[0].first_error"),
        ("indices", (*INDEX, "group"), lambda _: "luck", 3, "indices[0].group"),
        ("indices", ("measures", 1, "left_out"), lambda x: x + 1, 3, "measures[1].left_out"),
        ("indices", ("seed",), lambda x: x + 1, 3, "months(status-quo) in world"),
        ("indices", ("blocks",), lambda x: x + 1, 2, "worlds in worlds.csv, where"),
        ("indices", ("groups",), lambda _: {}, 2, "sensitivity.json: expected what"),
        ("indices", ("scenario_hash",), lambda _: "0" * 64, 2, "the run's scenario"),
        ("morris", (*INDEX, "effect"), lambda x: x * 2, 3, "indices[0].effect"),
        ("morris", ("method",), lambda _: "guess", 2, "guess"),
        ("box", (*LIMIT, "low"), lambda x: x * 0.9, 3, "box.limits[0].low"),
        ("box", ("box", "coverage"), lambda x: x - 0.1, 3, "box.coverage"),
        ("box", ("condition",), lambda _: "months(status-quo) >= 15", 3, "holding: expected"),
        ("box", ("condition",), lambda _: "months is large", 2, "condition"),
        ("threshold", ("thresholds", 1, "better"), lambda x: x * 2, 3, "thresholds[1].better"),
        ("threshold", ("thresholds", 1, "changes"), lambda x: x - 0.3, 3, "numbers from the own"),
        ("threshold", ("thresholds", 2, "stays"), lambda x: x + 1, 3, "thresholds[2].stays"),
        ("threshold", ("thresholds", 0, "own"), lambda x: x + 1, 3, "thresholds[0].own"),
        ("threshold", ("gap",), lambda _: 0.5, 3, "better: expected more than the gap"),
        ("threshold", ("thresholds", 1, "instead"), lambda _: {}, 3, "thresholds[1].better"),
        ("threshold", ("thresholds", 1, "name"), lambda _: "luck", 2, "luck"),
    ],
)
def test_a_study_that_does_not_hold_gets_no_report(
    kind: str,
    path: tuple[Any, ...],
    change: Callable[[Any], Any],
    code: int,
    told: str,
    folder: Path,
    studies: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = tmp_path / "other"
    shutil.copytree(studies[kind], other)
    record = json.loads((other / "sensitivity.json").read_text())
    (other / "sensitivity.json").write_text(json.dumps(changed(record, path, change)))
    assert main(["report", str(folder), "--study", str(other)]) == code
    assert told in capsys.readouterr().err
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("kind", "column"), [("indices", "months(status-quo)"), ("box", "measure")]
)
def test_a_value_that_its_world_does_not_have_is_noticed(
    kind: str,
    column: str,
    folder: Path,
    studies: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = tmp_path / "other"
    shutil.copytree(studies[kind], other)
    table = pandas.read_csv(other / "worlds.csv")
    table.loc[0, column] += 0.01
    table.to_csv(other / "worlds.csv", index=False)
    assert main(["report", str(folder), "--study", str(other)]) == 3
    assert "months(status-quo) in world 0 of worlds.csv: expected" in capsys.readouterr().err

"""Faults of the tables beside a scenario: each is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.new import write_template
from tests.faulty import edit, faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_template(tmp_path / "world").parent


TABLE_FAULTS = {
    "not a number": (
        "0.5,0.3,0.7,OOM/yr",
        "half,0.3,0.7,OOM/yr",
        "line 19 (frontier_growth): value",
    ),
    "NaN": ("0.08,0.04", "nan,0.01", "line 11 (permit_outlay): value: expected a finite number"),
    "infinity": ("0.08,0.04", "-inf,0.01", "line 11 (permit_outlay): value: expected a finite"),
    "overflow": ("0.08,0.04", "1e400,0.01", "line 11 (permit_outlay): value: expected a finite"),
    "out of order": (
        "0.08,0.04",
        "0.08,0.09",
        "line 11 (permit_outlay): expected low <= value <= high, found low 0.09, value 0.08",
    ),
    "half a range": (
        "0.08,0.04",
        "0.08,",
        "line 11 (permit_outlay): expected low and high, found only one of them - give both, or",
    ),
    "a range of something exact": (
        "permit_outlay,0.08,0.04,0.1,bn USD/yr,prior,P,,",
        "permit_outlay,0.08,0.04,0.1,bn USD/yr,prior,P,true,",
        "line 11 (permit_outlay): expected no low and high where exact = true, found a range",
    ),
    "neither true nor false": (
        "permit_outlay,0.08,0.04,0.1,bn USD/yr,prior,P,,",
        "permit_outlay,0.08,0.04,0.1,bn USD/yr,prior,P,maybe,",
        "line 11 (permit_outlay): exact: expected true or false, found 'maybe'",
    ),
    "an unknown grade": (
        "prior,P,,staff for permits",
        "prior,Z,,staff for permits",
        "line 11 (permit_outlay): confidence: expected 'A', 'B', 'D', 'P' or 'M', found 'Z'",
    ),
    "an unknown source": (
        "example-budget,B",
        "example-bugdet,B",
        "line 7 (leader_enforcement): source: expected a key of the bibliography, found "
        "'example-bugdet' - did you mean 'example-budget'?",
    ),
    "a prior without a note": (
        "prior,P,,staff for permits",
        "prior,P,,",
        "line 11 (permit_outlay): note: expected a note that says how, since the source is prior",
    ),
    "no unit": (
        "permit_outlay,0.08,0.04,0.1,bn USD/yr",
        "permit_outlay,0.08,0.04,0.1,",
        "line 11 (permit_outlay): unit: expected a value, found nothing - add the key 'unit'",
    ),
    "an unknown unit": (
        "permit_outlay,0.08,0.04,0.1,bn USD/yr",
        "permit_outlay,0.08,0.04,0.1,bn EUR/yr",
        "line 11 (permit_outlay): unit: expected a unit made of",
    ),
    "a ragged row": (
        "staff for permits",
        "staff, for permits",
        "line 11: expected 9 cells as in the header, found 10 - put text that holds commas in",
    ),
    "an unknown column": (
        "exact,note",
        "exact,notes",
        "line 2: expected the columns name, value, low, high, unit, source, confidence, exact, "
        "distribution, note, found 'notes' - did you mean 'note'?",
    ),
    "a column twice": ("low,high", "low,low", "line 2: expected each column once, found 'low' 2"),
    "a name twice": (
        "port_stake,0.1",
        "port_budget,0.1",
        "line 10 (port_budget): expected each name once, found 'port_budget' a second time, after "
        "parameters.csv: line 9 (port_budget)",
    ),
    "no name": ("port_stake,0.1", ",0.1", "line 10: name: expected a name, found an empty cell"),
    "a name that is a function": (
        "port_stake,0.1",
        "sqrt,0.1",
        "line 10 (sqrt): expected a name that is no function, found 'sqrt'",
    ),
    "a name with a space": ("port_stake,0.1", "port stake,0.1", "line 10 (port stake): expected a"),
    "an open quote": ("staff for permits", '"staff for permits', "expected a row of a CSV table"),
}


@pytest.mark.parametrize("case", TABLE_FAULTS)
def test_a_fault_of_a_table_is_told_with_its_line(folder: Path, case: str) -> None:
    old, new, told = TABLE_FAULTS[case]
    edit(folder, (old, new), file="parameters.csv")
    assert any("parameters.csv: " in fault and told in fault for fault in faults(folder))

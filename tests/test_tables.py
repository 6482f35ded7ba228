"""Tables show what they hold: no digit is cut, names break where they may, nothing steers."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

import stratagem as sg
from stratagem.overview import show
from stratagem.presentation import tables
from stratagem.presentation.tables import Column, Section, Sections, Table, Title, folded
from stratagem.records.certificates import explained, in_short
from stratagem.records.comparison import PLAY_COLUMNS, Comparison
from stratagem.records.plays import ConsentRecord


def terminal(table: Table, *, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
    console.print(table.rich(narrow=width < tables.NARROW), crop=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-14.7, "-14.70"),
        (-1e-9, "0.00"),
        (12345.678, "12,345.68"),
        (1234567.891, "1,234,568"),
        (-1234567.891, "-1.23e+06"),
        (1.2e15, "1.2e+15"),
        (-1.2e15, "-1.2e+15"),
        (-1.23456e-300, "0.00"),
        (1.7e308, "1.7e+308"),
    ],
)
def test_a_number_is_written_in_what_fits_its_column(number: float, text: str) -> None:
    column = Column("joint", "bn USD/yr", digits=2, width=9)
    assert column.text(number) == text
    assert len(text) <= 9


def test_a_number_without_a_width_is_not_endless() -> None:
    for digits in (0, 2, 4):
        for exponent in range(-300, 308):
            assert len(Column("", digits=digits).text(-1.234567 * 10.0**exponent)) <= 13


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_number_and_no_header_is_cut_however_narrow_the_terminal(width: int) -> None:
    compared = sg.compare(sg.load("two-layers"), ["unilateral", "coordinated"])
    told = terminal(compared.plays_table(), width=width)
    for text in ("progress", "months", "bn USD/yr", "10.00", "-22.00", "-16.50", "5.50", "1.100"):
        assert text in told


def test_names_stay_whole_in_a_narrow_terminal_and_titles_have_room_in_a_wide_one() -> None:
    title = Title("inference-USA-service", "Model services that American companies offer")
    table = Table(
        "",
        (Column("control point"), Column("status quo"), Column("now")),
        ((title, "end-use-checks half-more", "end-use-checks half-more"),),
    )
    narrow = terminal(table, width=60)
    assert "inference-USA-service" in narrow
    assert "half-more" in narrow
    assert "Model services that American companies offer" in terminal(table, width=160)


def test_a_long_name_of_a_play_breaks_behind_its_punctuation() -> None:
    lines = folded("coalition:USA,NLD,JPN:worst", 16).splitlines()
    assert lines == ["coalition:USA,", "NLD,JPN:worst"]
    assert folded("x" * 40, 16) == "x" * 40
    assert folded("unilateral:worst", 16) == "unilateral:worst"
    table = Table("", PLAY_COLUMNS[:1], (("coalition:USA,NLD,JPN:worst",),))
    assert "NLD,JPN:worst" in terminal(table, width=80)


def test_characters_that_steer_a_terminal_are_written_out() -> None:
    evil = "a\x1b[31mb\x9b2Jc\u202ed"
    plain = r"a\x1b[31mb\x9b2Jc\u202ed"
    title = Title(evil, evil)
    table = Table("", (Column("one"), Column("two")), ((evil, title),), note=evil)
    page = Sections((Section(evil, (evil,), (table,)),))
    for shown in (str(page), page._repr_html_()):
        assert "\x1b" not in shown
        assert "\x9b" not in shown
        assert "\u202e" not in shown
        assert shown.replace("\n", "").count(plain) >= 4


def test_a_table_tells_its_size_where_it_is_only_mentioned() -> None:
    table = Table("", (Column("play"), Column("months")), (("a", 1.0), ("b", 2.0)))
    assert repr([table]) == "[<Table of 2 rows: play, months>]"


def test_a_page_has_no_blanks_at_the_ends_of_its_lines() -> None:
    compared = sg.compare(sg.load("two-layers"))
    assert all(line == line.rstrip() for line in str(compared).splitlines())


def test_small_costs_are_not_shown_as_none() -> None:
    world = sg.load("two-layers", settings=["parameters.mys_basic_outlay=0.0002"])
    assert "0.0002" in str(show(world))


def test_what_signs_and_columns_mean_stands_beside_them() -> None:
    world = sg.load("two-layers")
    shown = " ".join(str(show(world)).split())
    assert "USA United States, MYS Malaysia." in shown
    assert "• is in force today" in shown
    assert "a share of exp(-hazard) gets through" in shown
    assert "A primary source" in shown
    compared = sg.compare(world, ["alone:MYS", "only:chips", "coordinated"])
    assert "as the status quo" not in str(compared)
    assert "Plays that change nothing: alone:MYS and only:chips." in str(compared)
    assert explained(compared.plays) == ""


def test_progress_is_explained_where_it_is_a_sum() -> None:
    compared = sg.compare(sg.load("two-layers"), ["status-quo"])
    assert "progress:" not in str(compared)
    [one] = compared.plays
    [front] = one.fronts.values()
    both = replace(one, fronts={"training": front, "deployment": front})
    told = " ".join(str(replace(compared, plays=(both,))).split())
    assert "progress: months that the evader gains, summed over the fronts" in told


def test_a_sign_for_nothing_is_explained_where_it_is_seen_and_there_alone() -> None:
    columns = (Column("point"), Column("today"), Column("alone", wide=True), Column("together"))
    rows = ((Title("a", "A"), "x", "·", "·"), (Title("b", "B"), "x", "·", "z"))
    table = Table("", columns, rows, "Note.", nothing="·", nothing_means="· as today.")
    assert table.below() == "· as today. Note."
    assert table.below(narrow=True) == "Note."  # the row that has it is left out, the column too
    assert "· as today. Note." in table.html()
    assert replace(table, nothing="-").below() == "Note."


def with_certificate(name: str, **changes: Any) -> Comparison:
    """Return the plays of the two layers, one with another certificate."""
    compared = sg.compare(sg.load("two-layers"), ["unilateral", "coordinated"])
    return replace(
        compared,
        plays=tuple(
            replace(one, certificate=replace(one.certificate, **changes))
            if one.play == name
            else one
            for one in compared.plays
        ),
    )


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (0.0, "limit, <0.1% open"),
        (4e-4, "limit, <0.1% open"),
        (5e-4, "limit, 0.1% open"),
        (math.inf, "limit, no bound"),
    ],
)
def test_what_is_open_is_never_told_as_nothing_and_explained_where_it_occurs(
    gap: float, told: str
) -> None:
    compared = with_certificate("coordinated", status="limit", bound_gap=gap)
    assert in_short(compared.play("coordinated")) == told
    assert ("open: how much more" in explained(compared.plays)) == math.isfinite(gap)


def test_the_bound_of_an_equilibrium_that_was_found_is_told() -> None:
    best = with_certificate("unilateral:best", status="found", joint_bound=-14.7)
    assert "unilateral:best: none has a joint payoff above -14.70 bn USD" in str(
        explained(best.plays)
    )
    worst = with_certificate("unilateral:worst", status="found", joint_bound=-30.0)
    assert "a joint payoff below -30.00 bn USD" in explained(worst.plays)
    unknown = with_certificate("unilateral:best", status="found", joint_bound=None)
    assert "none has" not in explained(unknown.plays)


def agreed(**changes: Any) -> ConsentRecord:
    """Return what two members have: 3 and 1 above standing still, of 10 that transfers allow."""
    known: dict[str, Any] = {
        "disagreement": {"A": 1.0, "B": 1.0},
        "margin": {"A": 3.0, "B": 1.0},
        "with_transfers": 10.0,
        "bound": 10.0,
        "options": {},
        "transfers": {"A": 0.0, "B": 2.0},
    }
    return ConsentRecord(**(known | changes))


def test_who_consents_is_told_with_those_alone_that_would_have_to_be_paid() -> None:
    payoffs, titles = {"A": 4.0, "B": 2.0, "C": -5.0}, {"A": "Alba", "B": "Brag"}
    first, second = agreed().sentences(payoffs, titles)
    assert "Alba 3.00 bn USD" in first
    assert "Brag 1.00 bn USD" in first
    assert "With transfers they would have 4.00 bn USD a year more together" in second
    assert "Brag 2.00 bn USD would have to be paid" in second
    assert "Alba" not in second
    (_, nobody) = agreed(transfers={"A": 0.0, "B": 0.0}).sentences(payoffs, titles)
    assert "paid" not in nobody


def test_transfers_that_add_nothing_beyond_rounding_are_told_as_nothing() -> None:
    payoffs = {"A": 4.0, "B": 6.0 - 1e-6}
    assert agreed().sentences(payoffs, {})[1] == "Transfers among them would add nothing."
    assert "With transfers" in agreed().sentences(payoffs | {"A": 3.99}, {})[1]

"""Tables of payoffs: two shapes, and every profile once."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import GameError
from games.normal_form import NormalFormGame, normal_form
from scenarios.finite import read_game, write_game
from scenarios.payoff_tables import parse_payoff_table, payoff_table_text
from tests.finite_games import any_games

LONG = """# Two governments
USA, NLD, payoff USA, payoff NLD
strict, follow, 3, 2
strict, wait, 1, 5/2
loose, follow, 0.1, 0
loose, wait, -2, 1e-3
"""

GRID = """# Two governments
USA / NLD, follow, wait
strict, 3 | 2, 1 | 5/2
loose, 0.1 | 0, -2 | 1e-3
"""


def test_a_long_table_has_a_row_for_each_profile() -> None:
    game = parse_payoff_table(LONG)
    assert game.title == "Two governments"
    assert game.players == ("USA", "NLD")
    assert game.strategies == (("strict", "loose"), ("follow", "wait"))
    assert game.rational()[0].tolist() == [[3, 1], [Fraction(1, 10), -2]]
    assert game.rational()[1].tolist() == [[2, Fraction(5, 2)], [0, Fraction(1, 1000)]]


def same(one: NormalFormGame, other: NormalFormGame) -> bool:
    return (
        (one.players, one.strategies, one.title) == (other.players, other.strategies, other.title)
        and one.payoffs.shape == other.payoffs.shape
        and bool(np.all(one.rational() == other.rational()))
    )


@pytest.mark.parametrize(
    "text",
    [
        GRID,
        GRID.replace(",", ";"),
        GRID.replace(", ", "\t"),
        GRID.replace("/ NLD", "\\ NLD"),
        GRID.replace(" | ", "  "),
        GRID.replace("3 | 2", '"(3, 2)"'),
        "\n\n" + GRID.replace("\n", "\r\n\r\n"),
        LONG.replace(",", ";"),
        LONG.replace(", ", "\t"),
        LONG.replace("payoff", "Payoff"),
        "# Two governments\n"
        "payoff NLD,NLD,USA,payoff USA\n"
        "2,follow,strict,3\n5/2,wait,strict,1\n0,follow,loose,0.1\n0.001,wait,loose,-2\n",
    ],
)
def test_the_same_game_is_written_in_many_ways(text: str) -> None:
    game = parse_payoff_table(text)
    if game.players[0] == "NLD":  # the columns of strategies say who comes first
        payoffs = game.rational().swapaxes(1, 2)[::-1]
        game = normal_form(
            payoffs,
            players=game.players[::-1],
            strategies=game.strategies[::-1],
            title=game.title,
        )
    assert same(game, parse_payoff_table(LONG))


def test_rows_may_come_in_any_order() -> None:
    head, names, *rows = LONG.splitlines()
    game = parse_payoff_table("\n".join([head, names, *rows[::-1]]))
    assert game.strategies == (("loose", "strict"), ("wait", "follow"))
    assert game.rational()[0].tolist() == [[-2, Fraction(1, 10)], [1, 3]]


def test_one_player_and_three_players_have_long_tables() -> None:
    alone = parse_payoff_table("me,payoff me\na,1\nb,2\n")
    assert alone.payoffs.tolist() == [[1, 2]]
    three = "x,y,z,payoff z,payoff y,payoff x\n" + "".join(
        f"{i},{j},{k},{k},{j},{i}\n" for i in range(2) for j in range(3) for k in range(2)
    )
    game = parse_payoff_table(three)
    assert game.shape == (2, 3, 2)
    for profile in np.ndindex(2, 3, 2):
        assert tuple(game.payoffs[(slice(None), *profile)]) == profile


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["t.csv: expected a header and rows of payoffs, found no rows"]),
        ("# title\n\n , \n", ["found no rows"]),
        ("a,b,c\n1,2,3", ["line 1: expected a header such as"]),
        ("a,b,payoff a\n1,2,3", ["expected a column 'payoff b', found none"]),
        ("a,b,payoff a,payoff c\n1,2,3,4", ["payoffs of the players 'a', 'b', found 'payoff c'"]),
        ("chips,payoff chip\n1,2", ["did you mean 'chips'?"]),
        ("a,a,payoff a\n1,2,3", ["expected each column once, found 'a' 2 times"]),
        ("a,,payoff a\n1,2,3", ["expected a name for every column, found an empty one"]),
        ("a,payoff a", ["expected a row for each profile, found none"]),
        ("a,payoff a\nx,1,2", ["line 2: expected 2 cells as in the header, found 3"]),
        ("a,payoff a\nx,one", ["line 2: expected a number, found 'one'"]),
        ("a,payoff a\nx,nan", ["line 2: expected a number, found 'nan'"]),
        ("a,payoff a\nx,", ["line 2: expected a number, found ''"]),
        ("a,payoff a\nx,1/0", ["nothing can be divided by 0"]),
        ("a,payoff a\nx,1e399", ["line 2: expected a number up to 1e+305"]),
        ("a,payoff a\n,1", ["line 2: expected a strategy of 'a', found nothing"]),
        ("a,payoff a\nx,1\ny,2\nx,3", ["line 4: expected each profile once, found (x) again"]),
        ("a,payoff a\nx,1\ny,two\nx,3\nz", ["line 3", "line 4", "line 5"]),
        ('a,payoff a\n"x,1', ["expected a row of a CSV table"]),
        (
            LONG.replace("loose, wait, -2, 1e-3\n", ""),
            ["none for 1 of them, such as (loose, wait)"],
        ),
        (
            LONG.replace("strict, wait", "strct, wait"),
            ["none for 2 of them", "'strct' of USA: did you mean 'strict'?"],
        ),
        ("a / b,x,y\nu,1 | 2", ["line 2: expected 3 cells as in the header, found 2"]),
        ("a / b,x,x\nu,1 | 2,3 | 4", ["different names for the strategies of 'b'"]),
        ("a / b\nu", ["different names for the strategies of 'b', found none"]),
        ("a / b,x", ["a row for each strategy of 'a', found none"]),
        ("a / b,x\nu,1", ["line 2, column x: expected two payoffs such as 3 | 2, found '1'"]),
        ("a / b,x\nu,1 | 2 | 3", ["expected two payoffs"]),
        ("a / b,x\nu,1 | b", ["line 2, column x: expected a number, found 'b'"]),
        ("a / b,x\nu,1 | 2\nu,3 | 4", ["line 3: expected a strategy of 'a' for each row"]),
        ("a / a,x\nu,1 | 2", ["t.csv: players: expected different names"]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, messages: list[str]) -> None:
    with pytest.raises(GameError) as refused:
        parse_payoff_table(text, name="t.csv")
    told = str(refused.value)
    assert all(line.startswith("t.csv") for line in refused.value.faults)
    assert [message for message in messages if message not in told] == []
    assert len(told) < 1000


def test_a_table_that_would_be_huge_if_full_is_refused_at_once() -> None:
    rows = "".join(f"a{i},b{i},c{i},1,1,1\n" for i in range(3000))
    with pytest.raises(GameError, match=r"none for 26,999,997,000 of them, such as \(a0, b0, c1\)"):
        parse_payoff_table("x,y,z,payoff x,payoff y,payoff z\n" + rows)


@given(any_games())
def test_what_is_written_reads_back_the_same(game: NormalFormGame) -> None:
    again = parse_payoff_table(payoff_table_text(game))
    assert np.array_equal(again.payoffs, game.payoffs)
    assert (again.players, again.strategies) == (game.players, game.strategies)


def test_names_with_commas_and_quotes_survive(tmp_path: Path) -> None:
    game = normal_form(
        [[[Fraction(1, 3), 2]], [[3, 4]]],
        players=["a, b", 'c "d"'],
        strategies=[["x; y"], ["1,2", "e / f"]],
        title="a, title",
    )
    again = read_game(write_game(game, tmp_path / "game.csv"))
    assert np.array_equal(again.rational(), game.rational())
    assert (again.players, again.strategies) == (game.players, game.strategies)
    assert again.title == "a, title"


@given(
    st.sampled_from([LONG, GRID]),
    st.lists(
        st.tuples(st.integers(0, 130), st.integers(0, 4), st.sampled_from(',;|"\n# x0/-\x00')),
        max_size=4,
    ),
)
def test_damage_gives_a_game_or_messages(text: str, damages: list[tuple[int, int, str]]) -> None:
    for place, length, put in damages:
        text = text[:place] + put + text[place + length :]
    with contextlib.suppress(GameError):
        assert np.isfinite(parse_payoff_table(text).payoffs).all()

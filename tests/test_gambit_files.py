"""Gambit's files: what they may hold, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import contextlib
import io
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.errors import GameError, InputError
from games.normal_form import NormalFormGame, normal_form
from scenarios.finite import read_game, write_game
from scenarios.gambit import nfg_text, parse_nfg
from tests.finite_games import any_games, float_games, integer_games

F = Fraction

PAYOFF_FORM = """NFG 1 R "Selten (IJGT, 75), Figure 2, normal form"
{ "Player 1" "Player 2" } { 3 2 }

1 1 0 2 0 2 1 1 0 3 2 0
"""

OUTCOME_FORM = """NFG 1 R "Selten (IJGT, 75), Figure 2, normal form" { "Player 1" "Player 2" }

{ { "1" "2" "3" }
{ "1" "2" }
}
"A comment, { braces } and 12 numbers"

{
{ "" 1, 1 }
{ "" 0, 2 }
{ "" 0, 2 }
{ "" 1, 1 }
{ "" 0, 3 }
{ "" 2, 0 }
}
1 2 3 4 5 6
"""


def same(one: NormalFormGame, other: NormalFormGame) -> bool:
    return (
        (one.players, one.strategies, one.title) == (other.players, other.strategies, other.title)
        and one.payoffs.shape == other.payoffs.shape
        and bool(np.all(one.rational() == other.rational()))
    )


def test_the_payoff_form_goes_through_the_first_players_strategies_first() -> None:
    """The example of Gambit's manual: strategies (1,1), (2,1), (3,1), (1,2), ... ."""
    game = parse_nfg(PAYOFF_FORM)
    assert game.title == "Selten (IJGT, 75), Figure 2, normal form"
    assert game.players == ("Player 1", "Player 2")
    assert game.strategies == (("1", "2", "3"), ("1", "2"))
    assert game.payoffs[0].tolist() == [[1, 1], [0, 0], [0, 2]]
    assert game.payoffs[1].tolist() == [[1, 1], [2, 3], [2, 0]]


def test_the_outcome_form_says_the_same() -> None:
    assert same(parse_nfg(OUTCOME_FORM), parse_nfg(PAYOFF_FORM))


def test_outcome_zero_pays_nobody_anything_and_an_outcome_may_come_twice() -> None:
    text = 'NFG 1 D "" {"a" "b"} {2 2} "" { {"w, x" 3 -1} {"o" 1/3, 0.1} } 0 1, 1 2'
    game = parse_nfg(text)
    assert game.rational()[0].tolist() == [[0, 3], [3, F(1, 3)]]
    assert game.rational()[1].tolist() == [[0, -1], [-1, F(1, 10)]]


def test_three_players_are_told_apart_by_axis() -> None:
    numbers = " ".join(str(100 * i + j) for i in range(12) for j in range(3))
    game = parse_nfg(f'NFG 1 R "" {{"a" "b" "c"}} {{2 3 2}}\n{numbers}')
    for (i, j, k), first in np.ndenumerate(game.payoffs[0]):
        assert first == 100 * (i + 2 * j + 6 * k)
        assert game.payoffs[2][i, j, k] == first + 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/3", F(1, 3)),
        ("-4/6", F(-2, 3)),
        ("0.1", F(1, 10)),
        (".25", F(1, 4)),
        ("5.", F(5)),
        ("+2", F(2)),
        ("1e3", F(1000)),
        ("1.5E-2", F(3, 200)),
        ("123456789012345678901234567890", F(123456789012345678901234567890)),
    ],
)
def test_numbers_are_read_exactly(text: str, value: Fraction) -> None:
    game = parse_nfg(f'NFG 1 R "" {{ "a" "b" }} {{ 1 1 }} {text} 0')
    assert game.rational()[0, 0, 0] == value


def test_texts_keep_quotes_braces_commas_and_lines() -> None:
    text = (
        'NFG 1 R "say \\"no\\", {twice}\n 3" { "a b" "" } '
        '{ { "\\"" "x\\y" } { "" "{" } } 1 2 3 4 5 6 7 8'
    )
    game = parse_nfg(text)
    assert game.title == 'say "no", {twice}\n 3'
    assert game.players == ("a b", "2")
    assert game.strategies == (('"', "x\\y"), ("1", "{"))
    assert same(parse_nfg(nfg_text(game)), game)


def test_names_given_twice_are_told_apart() -> None:
    text = 'NFG 1 R "" { "a" "a" } { { "x" "x" "x_1" } { "y" } } 1 2 3 4 5 6'
    game = parse_nfg(text)
    assert game.players == ("a_1", "a_2")
    assert game.strategies[0] == ("x_2", "x_3", "x_1")


def test_white_space_is_free(tmp_path: Path) -> None:
    words = PAYOFF_FORM.replace("\n", " \r\n\t ").replace('" "', '""').replace("} {", "}{")
    path = tmp_path / "GAME.NFG"
    path.write_bytes(b"\xef\xbb\xbf\n\n" + words.encode())
    assert same(read_game(path), parse_nfg(PAYOFF_FORM))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: expected a file that starts with NFG 1 R, found the end"),
        ('EFG 2 R "x"', "extensive games have to be converted first"),
        ("\x00\x01junk", "expected a file that starts with NFG"),
        ('NFG 2 R "x"', "line 1, column 5: expected 1 after NFG, found '2'"),
        ('NFG 1 Q "x"', "expected R or D"),
        ("NFG 1 R title", "expected a title in double quotes, found 'title'"),
        ('NFG 1 R "title', "a title that ends in a double quote"),
        ('NFG 1 R "t" "a"', "expected '{'"),
        ('NFG 1 R "t" { }', "expected at least one player, found none"),
        ('NFG 1 R "t" { "a" b }', "the name of a player in double quotes, found 'b'"),
        ('NFG 1 R "t" { "a" "b" } { 2 }', "strategies for 2 players, found 1"),
        ('NFG 1 R "t" { "a" "b" } { 2 2 2 } 1', "strategies for 2 players, found 3"),
        ('NFG 1 R "t" { "a" "b" } { 2 0 } 1', "at least one strategy of player 'b'"),
        ('NFG 1 R "t" { "a" "b" } { 2 -1 } 1', "whole numbers of strategies"),
        ('NFG 1 R "t" { "a" "b" } { 2 1.5 } 1', "whole numbers of strategies"),
        ('NFG 1 R "t" { "a" "b" } { { "x" } { } } 1 1', "at least one strategy of player 'b'"),
        ('NFG 1 R "t" { "a" "b" } { { "x" } }', "strategies for 2 players, found 1"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }', "expected 2 payoffs"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } 1    ', "found 1 - the file may be cut short"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } 1 2 3', "found 3 - some are too many"),
        (
            'NFG 1 R "t" { "a" "b" } { 1 1 }\n 1 two',
            "line 2, column 4: expected a number, found 't",
        ),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n nan 2', "expected a number, found 'nan'"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n inf 2', "expected a number, found 'inf'"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n 1/0 2', "nothing can be divided by 0"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n 1-2 2', "expected a number, found '1-2'"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n 1_0 2', "expected a number, found '1_0'"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n \u0663 2', "expected a number"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n 1e999999999 2', "an exponent of at most 400"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n 1e399 2', "expected a number up to 1e+305"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 }\n 1' + "0" * 5000 + " 2", "(5001 characters)"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } { { "o" 1 } } 1', "2 payoffs of an outcome, found '}'"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } { { "o" 1 2 3 } } 1', "expected '}', found '3'"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } { { "o" 1 2 } } 2', "outcomes from 0 to 1, found '2'"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } { { "o" 1 2 } } -1', "outcomes from 0 to 1, found '-1'"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } { { "o" 1 2 } } 1/2', "outcomes from 0 to 1, found '1/2"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } { { "o" 1 2 } }', "numbers of outcomes"),
        ('NFG 1 R "t" { "a" "b" } { 1 1 } { { "o" 1 2', "expected '}', found the end of the file"),
        ('NFG 1 R "t" ' + "{" * 100_000, "the name of a player in double quotes, found '{'"),
        ('NFG 1 R "t" { "a" } { 1 } 1 ' + "{" * 100_000, "expected a number"),
        ('NFG 1 R "t" {' + '"a" ' * 61 + "} {" + "1 " * 61 + "} 1", "at most 60 players, found 61"),
    ],
)
def test_what_is_no_game_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(GameError) as refused:
        parse_nfg(text, name="mine.nfg")
    (line,) = refused.value.faults
    assert message in line
    assert line.startswith("mine.nfg: ")
    assert len(line) < 400


@pytest.mark.parametrize(
    ("sizes", "body"),
    [
        ("3000000 1", "1 2 3"),
        ("99999999999999999999 99999999999999999999", "1 2"),
        ("3000000 1", '{ { "o" 1 2 } } 1 1'),
        ("1" + "0" * 900 + " 2", "1"),
        ("1e400 2", "1"),
    ],
)
def test_declared_sizes_take_no_memory_before_they_are_held_against_the_file(
    sizes: str, body: str
) -> None:
    tracemalloc.start()
    with pytest.raises(GameError) as refused:
        parse_nfg(f'NFG 1 R "t" {{ "a" "b" }} {{ {sizes} }} {body}')
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("junk.nfg", bytes(range(256)) * 40_000, "UTF-8"),
        ("letters.nfg", b"x" * 10_000_000, "starts with NFG"),
        ("braces.nfg", b'NFG 1 R "" ' + b"{" * 10_000_000, "the name of a player"),
        ("quote.nfg", b'NFG 1 R "' + b'\\"' * 5_000_000, "ends in a double quote"),
        ("huge.nfg", b" " * 20_000_001, "at most 20 MB"),
        ("none.nfg", None, "No such file"),
        ("game.txt", b"x", "ending in .nfg, .csv"),
        ("game.nfgg", b"x", "did you mean '.nfg'"),
        ("game", b"x", "no ending"),
    ],
)
def test_files_that_are_no_games_are_refused(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_game(path)
    assert message in str(refused.value)
    assert len(str(refused.value).replace(str(path), "")) < 400


def test_outcomes_may_be_numbered_in_decimals() -> None:
    """Where one number is a fraction, all are read as fractions."""
    assert same(
        parse_nfg(OUTCOME_FORM.replace("1 2 3 4 5 6", "1.0 2 3 4 10/2 6")), parse_nfg(OUTCOME_FORM)
    )


def test_very_many_strategies_of_one_name_are_told_apart_at_once() -> None:
    """Counting from one for each of them would take hours."""
    names = " ".join(['"s"'] * 100_000)
    text = f'NFG 1 R "" {{ "a" }} {{ {{ {names} "s_2" }} }} ' + "1 " * 100_001
    (labels,) = parse_nfg(text).strategies
    assert labels[:3] == ("s_1", "s_3", "s_4")
    assert labels[-2:] == ("s_100001", "s_2")


@pytest.mark.parametrize("number", ["1e399", "-1e306", "9" * 400])
def test_payoffs_beyond_floats_are_told_with_their_place(number: str) -> None:
    with pytest.raises(GameError, match=r"line 2, column 3: expected a number up to 1e\+305"):
        parse_nfg(f'NFG 1 R "" {{ "a" }} {{ 2 }}\n1 {number}')


def test_lists_in_a_header_are_read_no_further_than_there_can_be_players() -> None:
    with pytest.raises(GameError, match="at most 60 players, found 61"):
        parse_nfg('NFG 1 R "" { ' + '"a" ' * 61 + "} { " + "1 " * 61 + "} 1")
    with pytest.raises(GameError, match="strategies for 1 players, found more"):
        parse_nfg('NFG 1 R "" { "a" } { 1 1 1 1 } 1')


def test_every_beginning_of_a_file_is_refused_and_none_hangs() -> None:
    for text in (PAYOFF_FORM.rstrip(), OUTCOME_FORM.rstrip()):
        for end in range(len(text) - 1):
            with pytest.raises(GameError):
                parse_nfg(text[:end])


@given(
    st.sampled_from([PAYOFF_FORM, OUTCOME_FORM]),
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 4), st.sampled_from('{}",\\ 0-/.ex\x00\n')),
        max_size=4,
    ),
)
def test_damage_gives_a_game_or_one_message(text: str, damages: list[tuple[int, int, str]]) -> None:
    for place, length, put in damages:
        text = text[:place] + put + text[place + length :]
    with contextlib.suppress(GameError):
        game = parse_nfg(text)
        assert same(parse_nfg(nfg_text(game)), game)


@given(st.one_of(any_games(), float_games()))
def test_what_is_written_reads_back_the_same(game: NormalFormGame) -> None:
    again = parse_nfg(nfg_text(game))
    assert np.array_equal(again.payoffs, game.payoffs)
    assert (again.players, again.strategies) == (game.players, game.strategies)


def test_fractions_survive_to_the_last_digit() -> None:
    payoffs = np.array([[[F(1, 3), F(-22, 7)]], [[F(10**30, 7), F(0)]]], dtype=object)
    game = normal_form(payoffs, players=["A", "B"], strategies=[["s"], ["t", "u"]], title="thirds")
    assert same(parse_nfg(nfg_text(game)), game)


def test_a_name_that_the_format_cannot_hold_is_refused() -> None:
    for name in ("back\\", 'back\\"slash'):
        with pytest.raises(GameError, match="no backslash before a quote"):
            nfg_text(normal_form([[1, 2]], strategies=[[name, "b"]]))


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    game = parse_nfg(OUTCOME_FORM)
    path = write_game(game, tmp_path / "new" / "game.nfg")
    assert same(read_game(path), game)
    assert same(read_game(write_game(game, path)), game)
    (tmp_path / "taken.nfg").mkdir()
    with pytest.raises(GameError, match="expected a file that can be written"):
        write_game(game, tmp_path / "taken.nfg")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["game.nfg", "new", "taken.nfg"]


@given(game=st.one_of(any_games(players=3, largest=3), float_games()))
def test_gambit_reads_what_is_written_as_the_same_game(game: NormalFormGame) -> None:
    gambit = pytest.importorskip("pygambit", reason="pygambit is the other reader of these files")
    theirs = gambit.read_nfg(io.BytesIO(nfg_text(game).encode()))
    ours = game.payoffs.astype(object) if game.exact is None else game.exact
    for array, tensor in zip(theirs.to_arrays(), ours, strict=True):
        found = [F(int(v.numerator), int(v.denominator)) for v in np.asarray(array).ravel()]
        written = [F(repr(v)) if isinstance(v, float) else F(v) for v in tensor.ravel()]
        assert found == written


@given(game=integer_games(players=3, largest=3))
def test_what_gambit_writes_is_read_as_the_same_game(game: NormalFormGame) -> None:
    gambit = pytest.importorskip("pygambit", reason="pygambit is the other writer of these files")
    theirs = gambit.Game.from_arrays(*game.payoffs.astype(int), title="ours")
    again = parse_nfg(theirs.to_nfg())
    assert np.array_equal(again.payoffs, game.payoffs)
    assert again.title == "ours"

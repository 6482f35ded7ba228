"""Finite games on the command line and in notebooks: what is asked, answered and refused."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import stratagem as sg
from games.errors import GameError, InputError, LimitError
from games.normal_form import NormalFormGame, normal_form
from games.regret import mixed_profile, regrets
from scenarios.finite import read_game, write_game
from scenarios.profiles import read_profiles
from scenarios.texts import UNSEEN
from solvers.finite import limits
from solvers.finite.records import Solution
from stratagem.cli import main
from stratagem.finite import games as finite_games
from stratagem.finite import tables as finite_tables
from stratagem.finite.games import nash, solved
from stratagem.finite.requests import Request, requested
from stratagem.finite.verification import verify
from tests.finite_games import TEXTBOOK, any_bimatrix_games, random_game

F = Fraction

SEXES = normal_form(
    [[[3, 0], [0, 2]], [[2, 0], [0, 3]]],
    players=["Row", "Column"],
    strategies=[["opera", "match"]] * 2,
    title="Battle of the sexes",
)
PENNIES = normal_form([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], title="Matching pennies")
TIES = normal_form([[[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]]], title="Ties")
THREE = random_game((2, 3, 2), seed=3)


WITHIN = limits.within


@pytest.fixture
def in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold limits of time as users have them; elsewhere the start of processes is spared."""
    monkeypatch.setattr(limits, "within", WITHIN)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(limits, "within", lambda seconds, function, *rest: function(*rest))
    for name, game in (("sexes", SEXES), ("pennies", PENNIES), ("ties", TIES), ("three", THREE)):
        write_game(game, f"{name}.nfg")


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def text(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(list(words)) == code
    return " ".join(capsys.readouterr().out.split())


def refused(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    assert main(list(words)) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("stratagem: ")
    assert "Traceback" not in captured.err
    return captured.err


def test_what_would_steer_a_terminal_is_escaped_in_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("evil.nfg").write_text('NFG 1 R "\\x1b" { "a\x9b" "b\u202e" } { 1 1 }\n\n1 2\n')
    assert main(["nash", "evil.nfg", "--json"]) == 0
    printed = capsys.readouterr().out
    assert UNSEEN.search(printed) is None
    assert json.loads(printed)["players"] == ["a\x9b", "b\u202e"]


@pytest.mark.parametrize("options", [(), ("--all",), ("--one",), ("--pure",), ("--exact",)])
def test_one_player_alone_is_answered(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    Path("one.csv").write_text("USA, payoff USA\na, 1/3\nb, 1/2\nc, 1/2\n")
    found = answer(capsys, "nash", "one.csv", *options)
    half = "1/2" if options == ("--exact",) else 0.5
    assert found["complete"]
    assert [float(F(p)) for ((_, p, _),) in found["equilibria"]] == [1, 0]
    assert found["payoffs"] == [[half], [half]]
    assert "in pure strategies" in text(capsys, "nash", "one.csv", *options)


def test_one_player_alone_is_refused_what_takes_two(capsys: pytest.CaptureFixture[str]) -> None:
    Path("one.csv").write_text("USA, payoff USA\na, 1/3\nb, 1/2\n")
    for options in (("--maximise", "welfare"), ("--leader", "1")):
        assert "expected two players" in refused(capsys, "nash", "one.csv", *options)


@pytest.mark.usefixtures("in_a_process_of_its_own")
def test_all_equilibria_of_a_small_game_are_listed_unasked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = answer(capsys, "nash", "sexes.nfg")
    assert found["complete"] is True
    assert found["exact"] is False
    assert found["equilibria"][1] == [[0.6, 0.4], [0.4, 0.6]]
    assert found["payoffs"] == [[3, 2], [1.2, 1.2], [2, 3]]
    assert len(found["regret"]) == 3
    assert max(found["regret"]) <= 1e-9
    assert found["players"] == ["Row", "Column"]
    assert found["strategies"] == [["opera", "match"], ["opera", "match"]]
    assert found["seconds"] >= 0
    assert found["method"]
    assert answer(capsys, "nash", "sexes.nfg", "--all")["equilibria"] == found["equilibria"]


def test_exact_numbers_are_fractions_in_texts(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "nash", "sexes.nfg", "--exact")
    assert found["exact"] is True
    assert found["equilibria"] == [
        [["1", "0"], ["1", "0"]],
        [["3/5", "2/5"], ["2/5", "3/5"]],
        [["0", "1"], ["0", "1"]],
    ]
    assert found["regret"] == ["0", "0", "0"]
    assert found["payoffs"][1] == ["6/5", "6/5"]


def test_people_read_names_shares_and_what_is_proven(capsys: pytest.CaptureFixture[str]) -> None:
    told = text(capsys, "nash", "sexes.nfg")
    assert told.startswith("Battle of the sexes (2 x 2) 3 equilibria, and there are no others")
    assert "2 Row opera: 3/5, match: 2/5 6/5 0 Column opera: 2/5, match: 3/5 6/5 0" in told


def test_a_continuum_is_told_as_sets_that_mix_freely(capsys: pytest.CaptureFixture[str]) -> None:
    told = text(capsys, "nash", "ties.nfg")
    assert "3 extreme equilibria, and there are no others" in told
    assert "Maximal sets of equilibria" in told
    assert "1 1 or 1: 2/3, 2: 1/3" in told
    found = answer(capsys, "nash", "ties.nfg", "--exact")
    sets = {
        tuple(
            frozenset(tuple(found["vertices"][player][vertex]) for vertex in part)
            for player, part in enumerate(component)
        )
        for component in found["components"]
    }
    assert sets == {
        (frozenset({("1", "0", "0")}), frozenset({("1", "0"), ("2/3", "1/3")})),
        (frozenset({("0", "1/3", "2/3")}), frozenset({("1/3", "2/3")})),
    }


def test_one_equilibrium_does_not_claim_to_be_all(capsys: pytest.CaptureFixture[str]) -> None:
    for file in ("sexes.nfg", "three.nfg"):
        found = answer(capsys, "nash", file, "--one")
        assert len(found["equilibria"]) == 1
        assert found["complete"] is False
        profile = found["equilibria"][0]
        assert max(regrets(read_game(file), mixed_profile(read_game(file), profile))) <= 1e-6
    assert "1 equilibrium, and there may be others" in text(capsys, "nash", "sexes.nfg", "--one")


def test_no_pure_equilibrium_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "nash", "pennies.nfg", "--pure")
    assert (found["equilibria"], found["complete"]) == ([], True)
    assert "There is no equilibrium in pure strategies" in text(
        capsys, "nash", "pennies.nfg", "--pure"
    )
    two = answer(capsys, "nash", "sexes.nfg", "--pure", "--exact")
    assert two["equilibria"] == [[["1", "0"], ["1", "0"]], [["0", "1"], ["0", "1"]]]


def test_the_value_of_a_zero_sum_game_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    write_game(normal_form([[[2, -1], [-1, 1]], [[-2, 1], [1, -1]]], title="Zero"), "zero.csv")
    told = text(capsys, "nash", "zero.csv", "--one", "--exact")
    assert "1 secures 0.2, and 2 holds it to 0.2" in told
    assert "1: 2/5, 2: 3/5" in told


def test_the_best_and_the_worst_equilibrium_for_an_objective(
    capsys: pytest.CaptureFixture[str],
) -> None:
    best = answer(capsys, "nash", "sexes.nfg", "--maximise", "Column")
    assert best["payoffs"][0] == pytest.approx([2, 3])
    assert best["objective"] == "player:Column"
    assert best["value"] == pytest.approx(3)
    assert best["bound"] == pytest.approx(3)
    worst = answer(capsys, "nash", "sexes.nfg", "--minimise", "welfare")
    assert worst["payoffs"][0] == pytest.approx([1.2, 1.2])
    told = text(capsys, "nash", "sexes.nfg", "--maximise", "welfare")
    assert "Its sum of payoffs is 5, and none exceeds 5." in told
    assert "none falls below 2.4" in text(capsys, "nash", "sexes.nfg", "--minimise", "welfare")


def test_correlated_equilibria_are_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    """Chicken: the best correlated equilibrium pays 10.5 together (Aumann's example)."""
    write_game(normal_form([[[6, 2], [7, 0]], [[6, 7], [2, 0]]], title="Chicken"), "chicken.nfg")
    found = answer(capsys, "nash", "chicken.nfg", "--correlated")
    assert sum(found["payoffs"]) == pytest.approx(10.5)
    assert "equilibria" not in found
    told = {tuple(each["profile"]): each["probability"] for each in found["distribution"]}
    assert told == pytest.approx({(0, 0): 0.5, (0, 1): 0.25, (1, 0): 0.25})
    told = text(capsys, "nash", "chicken.nfg", "--correlated", "--maximise", "welfare")
    assert "The correlated equilibrium of largest sum of payoffs: 10.5" in told
    coarse = answer(capsys, "nash", "three.nfg", "--coarse", "--maximise", "minimum")
    assert coarse["coarse"] is True
    assert coarse["value"] == pytest.approx(coarse["bound"], abs=1e-3)


def test_a_leader_commits(capsys: pytest.CaptureFixture[str]) -> None:
    """Conitzer and Sandholm's example: committing to a half each earns 3.5, not 2."""
    write_game(normal_form([[[2, 4], [1, 3]], [[1, 0], [0, 1]]], title="Commit"), "commit.nfg")
    found = answer(capsys, "nash", "commit.nfg", "--leader", "1", "--exact")
    assert found["strategy"] == ["1/2", "1/2"]
    assert (found["payoffs"], found["bound"], found["complete"]) == (["7/2", "1/2"], "7/2", True)
    told = text(capsys, "nash", "commit.nfg", "--leader", "1", "--exact")
    assert "1 commits and earns 7/2; no commitment earns more than 7/2" in told
    weak = text(capsys, "nash", "commit.nfg", "--leader", "1", "--weak")
    assert "No strategy earns the most itself" in weak


@pytest.mark.usefixtures("in_a_process_of_its_own")
def test_a_limit_without_an_answer_ends_in_four(capsys: pytest.CaptureFixture[str]) -> None:
    assert "raise --time-limit" in refused(
        capsys, "nash", "three.nfg", "--time-limit", "1e-9", code=4
    )


@pytest.mark.usefixtures("in_a_process_of_its_own")
def test_what_is_known_when_the_time_is_up_is_the_answer() -> None:
    game = random_game((40, 40), seed=0)
    for limit in (2.0, 8.0, 32.0, 128.0):  # kernels may have to be compiled before the first one
        found = nash(game, find="all", time_limit=limit)
        assert isinstance(found, finite_tables.NashAnswer)
        if found.solution.equilibria:
            break
    assert not found.solution.complete
    assert found.solution.stopped
    assert found.solution.equilibria
    assert found.answered


@pytest.mark.usefixtures("in_a_process_of_its_own")
def test_a_limit_may_be_longer_than_any_clock(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "nash", "pennies.nfg", "--time-limit", "1e308")["complete"]


def test_almost_tied_payoffs_have_an_equilibrium_in_floats() -> None:
    """As a zero-sum game, which it nearly is, rounding hides who would change."""
    more, less, last = 1 + 1e-10, 1 - 1e-10, 1 + 2.0**-52
    game = normal_form(
        [
            [[0.0, 0.0], [last, 1.0], [1.0, last]],
            [[more, more], [less, less], [more, last]],
        ]
    )
    found = nash(game, find="one", time_limit=None)
    assert isinstance(found, finite_tables.NashAnswer)
    (one,) = found.solution.equilibria
    assert one.regret == (0.0, 0.0)


def test_one_equilibrium_does_not_wait_for_a_list_of_all_pure_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nobody's choice matters, every profile is an equilibrium."""
    monkeypatch.setattr("solvers.finite.pure.pure_equilibria", None)
    for game in (normal_form(np.zeros((2, 30, 30))), normal_form(np.zeros((12, *[2] * 12)))):
        found = nash(game, find="one", time_limit=None)
        assert isinstance(found, finite_tables.NashAnswer)
        assert len(found.solution.equilibria) == 1


def test_nothing_found_is_no_answer() -> None:
    empty = Solution("nothing", (), False, 0.0, stopped="limit of time")
    assert not finite_tables.NashAnswer(PENNIES, empty).answered
    assert "No equilibrium was found" in str(finite_tables.NashAnswer(PENNIES, empty))
    with pytest.raises(LimitError, match="expected an equilibrium, found none before the limit"):
        finite_games._shown(PENNIES, Request("one"), empty)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nash", "none.nfg"], "No such file"),
        (["nash", "."], "ending in .nfg, .csv"),
        (["nash", "sexes.nfg", "--all", "--pure"], "expected one of --all, --one"),
        (["nash", "sexes.nfg", "--pure", "--maximise", "welfare"], "found that pure was asked"),
        (["nash", "sexes.nfg", "--maximise", "wellfare"], "did you mean welfare?"),
        (["nash", "sexes.nfg", "--maximise", "Row", "--minimise", "Row"], "one objective"),
        (["nash", "sexes.nfg", "--leader", "Rwo"], "did you mean Row?"),
        (["nash", "sexes.nfg", "--leader", "3"], "found '3'"),
        (["nash", "sexes.nfg", "--correlated", "--exact"], "leave exact out"),
        (["nash", "three.nfg", "--leader", "1"], "expected two players for this, found 3"),
        (["nash", "three.nfg", "--maximise", "welfare"], "expected two players"),
        (["nash", "three.nfg", "--one", "--exact"], "may be irrational"),
        (["nash", "sexes.nfg", "--time-limit", "0"], "time limit: expected seconds > 0"),
        (["nash", "sexes.nfg", "--time-limit", "nan"], "time limit: expected seconds > 0"),
        (["nash", "sexes.nfg", "--puer"], "--pure"),
        (["nash", "sexes.nfg", "--weak"], "name one with --leader"),
        (["nash", "sexes.nfg", "--maximise", ""], "maximise: expected welfare, minimum or"),
        (["verify", "sexes.nfg", ""], "strategies of 2 players (Row, Column), found 1"),
        (
            ["verify", "sexes.nfg", '{"Row": "opera", "Row": "match", "Column": "opera"}'],
            "expected each name once, found 'Row' again",
        ),
        (["verify", "sexes.nfg"], "PROFILE"),
        (
            ["verify", "sexes.nfg", "no/profile.json"],
            "profile.json: expected a file with a profile",
        ),
        (["verify", "sexes.nfg", "1 0"], "strategies of 2 players (Row, Column), found 1"),
        (["verify", "sexes.nfg", "opera; mtach"], "did you mean 'match'?"),
        (["verify", "sexes.nfg", "1 0; 1"], "expected 2 probabilities, found 1"),
        (["verify", "sexes.nfg", "1 0; 1/2 1/3"], "add up to 1"),
        (["verify", "sexes.nfg", "1 0; 3/2 -1/2"], "none may be negative"),
        (["verify", "sexes.nfg", "-1 2; 1 0"], "none may be negative"),
        (["verify", "sexes.nfg", "1 0; nan nan"], "found 'nan nan'"),
        (["verify", "sexes.nfg", "[[1, 0], [NaN, 0]]"], "expected probabilities, found NaN"),
        (["verify", "sexes.nfg", "[[1, 0], [true, 0]]"], "expected a probability, found true"),
        (["verify", "sexes.nfg", "[[1, 0]"], "expected JSON, found"),
        (["verify", "sexes.nfg", "[" * 100_000], "expected JSON, found lists nested too deeply"),
        (["verify", "sexes.nfg", "[]"], "strategies of 2 players"),
        (["verify", "sexes.nfg", '{"equilibria": []}'], "at least one profile, found none"),
        (["verify", "sexes.nfg", '{"Row": [1, 0]}'], "found none of Column"),
        (["verify", "sexes.nfg", '{"Rwo": [1, 0]}'], "did you mean 'Row'?"),
        (["verify", "sexes.nfg", '{"Row": {"oper": 1}, "Column": 1}'], "did you mean 'opera'?"),
        (["verify", "sexes.nfg", '{"Row": {"opera": 1}, "Column": 1}'], "a list of probabilities"),
        (["verify", "sexes.nfg", "NE,1,0,1"], "4 probabilities after NE, found 3"),
        (["verify", "sexes.nfg", "1e999999999 0; 1 0"], "exponent of at most 400"),
        (["verify", "sexes.nfg", "1 0; 1 0", "--tolerance", "-1"], "tolerance: expected"),
        (["export", "two-layers"], "name one with --nfg FILE"),
        (["export", "two-layers", "--nfg", "game.csv"], "ends in .nfg"),
        (["export", "two-layers", "--nfg", "x.nfg", "--players", "US"], "did you mean USA?"),
        (["export", "two-layers", "--nfg", "x.nfg", "--strategies", "0"], "at least 1"),
        (["export", "two-layers", "--nfg", "x.nfg", "--time-limit", "-1"], "time limit"),
        (["export", "baseline-2026", "--nfg", "x.nfg", "--strategies", "3"], "59,049"),
        (["export", "two-lyers", "--nfg", "x.nfg"], "did you mean 'two-layers'"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    told = refused(capsys, *words)
    assert message in told
    assert len(told) < 1000
    assert not Path("x.nfg").exists()


@pytest.mark.parametrize(
    "profile",
    [
        "3/5 2/5; 2/5 3/5",
        "0.6 0.4; 0.4, 0.6;",
        "NE,3/5,2/5,2/5,3/5",
        "NE,0.600000,0.400000,0.400000,0.600000\n",
        "[[0.6, 0.4], [0.4, 0.6]]",
        '[["3/5", "2/5"], ["2/5", "3/5"]]',
        '{"Column": {"opera": 0.4, "match": 0.6}, "Row": "3/5 2/5"}',
        '{"equilibria": [[[0.6, 0.4], [0.4, 0.6]]]}',
    ],
)
def test_a_profile_may_come_from_anywhere(capsys: pytest.CaptureFixture[str], profile: str) -> None:
    for source in ("profile", profile):
        Path("profile").write_text(profile)
        found = answer(capsys, "verify", "sexes.nfg", source)
        (one,) = found["profiles"]
        assert found["holds"] is True
        assert one["exact"] is True
        assert one["strategies"] == [["3/5", "2/5"], ["2/5", "3/5"]]
        assert one["regret"] == [0, 0]


def test_rounded_decimals_pass_within_the_tolerance(capsys: pytest.CaptureFixture[str]) -> None:
    write_game(normal_form([[[2, 0], [0, 1]], [[2, 0], [0, 1]]]), "thirds.nfg")
    rounded = "0.3333334 0.6666667; 0.3333334 0.6666667"
    found = answer(capsys, "verify", "thirds.nfg", rounded)
    assert found["profiles"][0]["exact"] is False
    assert sum(found["profiles"][0]["strategies"][0]) == pytest.approx(1, abs=1e-15)
    assert answer(capsys, "verify", "thirds.nfg", rounded, "--tolerance", "1e-9", code=3)


def test_verify_says_who_gains_how_much_with_what(capsys: pytest.CaptureFixture[str]) -> None:
    told = text(capsys, "verify", "sexes.nfg", "1/2 1/2; 1/3 2/3", code=3)
    assert "Row would gain 1/6 with match and Column would gain 1/6 with match" in told
    told = text(capsys, "verify", "sexes.nfg", "opera; match", code=3)
    assert "Row would gain 2 with match and Column would gain 2 with opera" in told
    assert "This is an equilibrium, to the last digit." in text(
        capsys, "verify", "sexes.nfg", "match; match"
    )


@pytest.mark.parametrize("words", [(), ("--exact",), ("--pure",), ("--one",)])
def test_verify_reads_what_nash_prints(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    for file in ("ties.nfg", "sexes.nfg"):
        found = answer(capsys, "nash", file, *words)
        Path("found.json").write_text(json.dumps(found))
        verdict = answer(capsys, "verify", file, "found.json")
        assert len(verdict["profiles"]) == len(found["equilibria"])
    told = text(capsys, "verify", "pennies.nfg", "found.json", code=3)
    assert "are no equilibria" in told or "is no equilibrium" in told


def test_a_scenario_goes_through_gambits_format_and_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two layers: neither alone gains by leaving `nothing`, both gain by `basic` together."""
    shown = answer(capsys, "export", "two-layers", "--nfg", "out/tl.nfg", "--csv", "out/tl.csv")
    assert shown["shape"] == [3, 3]
    assert shown["whole"] == [True, True]
    assert shown["files"] == ["out/tl.nfg", "out/tl.csv"]
    assert shown["strategies"][0][2] == {"name": "strict", "changes": {"chips-USA": "strict"}}
    first, second = read_game("out/tl.nfg"), read_game("out/tl.csv")
    assert np.array_equal(first.rational(), second.rational())
    assert "USA: strict: chips-USA=strict" in Path("out/tl.nfg").read_text()
    found = answer(capsys, "nash", "out/tl.nfg", "--pure")
    assert found["payoffs"] == [[-20, -2], [-15, -1.5]]
    told = text(capsys, "export", "two-layers", "--nfg", "tl.nfg", "--strategies", "2")
    assert "Of USA and MYS only some strategies were taken" in told
    assert "`--strategies N` takes up to N of each player" in told
    assert "coordinated chips-USA=basic" in told
    other = answer(
        capsys,
        *("export", "two-layers", "--csv", "one.csv", "--players", "USA+MYS"),
        *("--override", "rich-evader", "--seed", "3"),
    )
    assert other["players"] == ["USA+MYS"]
    assert read_game("one.csv").payoffs.min() < -22


@pytest.mark.usefixtures("in_a_process_of_its_own")
def test_notebooks_have_the_same(tmp_path: Path) -> None:
    game = sg.load_game("sexes.nfg")
    found = sg.nash(game, exact=True)
    assert len(found.to_json()["equilibria"]) == 3
    assert "<table>" in found._repr_html_()
    checked = sg.verify(game, [[name == "opera" for name in ("opera", "match")]] * 2)
    assert checked.holds
    assert "<table>" in checked._repr_html_()
    with pytest.raises(GameError, match="expected 2 mixed strategies, found 1"):
        sg.verify(game, [[1, 0]])
    with pytest.raises(InputError, match="find: expected one of all, one"):
        sg.nash(game, find="every")  # type: ignore[arg-type]


def test_what_a_user_expects_depends_on_the_game() -> None:
    assert requested(SEXES).find == "all"
    assert requested(random_game((13, 13), seed=0)).find == "one"
    assert requested(THREE).find == "one"
    assert requested(SEXES, maximise="2") == Request("best", "player:Column")
    assert requested(SEXES, leader=2) == Request("commitment", leader=1)
    assert requested(SEXES, find="commitment").leader == 0  # the first, where none is named
    assert requested(THREE, find="coarse") == Request("coarse", "welfare")
    named = normal_form([[[0, 0]], [[0, 0]]], players=["2", "1"])
    assert requested(named, leader="2").leader == 0


def test_long_lists_and_wide_mixtures_are_cut_and_counted() -> None:
    even = finite_tables.mixture([F(1, 20)] * 20, [str(i) for i in range(20)])
    assert even.endswith("7: 1/20 and 12 more")
    size = 7
    identity = np.eye(size, dtype=int)
    many = solved(normal_form([identity, identity]), Request("all"), None)
    assert "and 87 more: --json lists them all" in " ".join(str(many).split())
    assert len(many.to_json()["equilibria"]) == 2**size - 1


@given(any_bimatrix_games(largest=3))
def test_every_equilibrium_listed_passes_the_check(game: NormalFormGame) -> None:
    found = solved(game, Request("all", exact=True), None).to_json()
    profiles = read_profiles(json.dumps(found), game)
    checked = verify(game, *profiles, tolerance=0.0)
    assert found["complete"] is True
    assert checked.holds


@pytest.mark.parametrize("name", list(TEXTBOOK))
def test_textbook_games_are_answered(name: str) -> None:
    book = TEXTBOOK[name]
    found = solved(book.game, Request("all", exact=True), None).to_json()
    listed = {json.dumps(profile) for profile in found["equilibria"]}
    assert listed == {
        json.dumps([[str(F(p)) for p in strategy] for strategy in profile])
        for profile in book.equilibria
    }


def test_what_rounding_leaves_of_a_payoff_is_shown_as_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    game = tmp_path / "rps.csv"
    game.write_text("a / b, r, p, s\nr, 0|0, -1|1, 1|-1\np, 1|-1, 0|0, -1|1\ns, -1|1, 1|-1, 0|0\n")
    assert main(["nash", str(game), "--one"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "0.3333" in line]
    assert [row[-2] for row in rows] == ["0", "0"]
    assert main(["nash", str(game), "--maximise", "a"]) == 0
    assert "a's payoff in it is 0, and none exceeds 0." in " ".join(capsys.readouterr().out.split())

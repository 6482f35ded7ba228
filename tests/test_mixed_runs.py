"""Mixed play from the command line: compared, kept, audited, explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stratagem as sg
from benchmarks.mixed import SMALLEST, game_of
from games.errors import InputError, NotCertifiedError
from solvers.equilibria import every_profile, expected
from stratagem.audits import mixed_claims
from stratagem.cli import main
from stratagem.equilibrium_map import equilibrium_map
from stratagem.explaining.mixed import MixedExplanation
from stratagem.records.comparison import Comparison
from stratagem.runs.kept import open_run
from stratagem.runs.readback import comparison_of
from tests.test_cli_verbs import answer, text
from tests.test_equilibrium import pursuit


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="module")
def chase() -> Comparison:
    return sg.compare(sg.load("chase"))


def kept(chase: Comparison, name: str = "run") -> Path:
    return sg.write_run(chase, sg.load("chase"), folder=name)


def test_the_chase_is_compared_as_worked_by_hand(chase: Comparison) -> None:
    """The United States is strict in 3 of 4 draws, Malaysia checks in 2 of 5; see the scenario."""
    (record,) = chase.mixed
    assert record.play == "unilateral:mixed"
    drawn = {
        one.name: {tuple(p.options.values()): p.probability for p in one.portfolios}
        for one in record.players
    }
    assert drawn["USA"] == pytest.approx({("spot",): 0.25, ("strict",): 0.75})
    assert drawn["MYS"] == pytest.approx({("checks",): 0.4, ("nothing",): 0.6})
    assert record.payoffs == pytest.approx({"USA": -18.0, "MYS": 1.0})
    assert record.months == pytest.approx(8.25)
    assert [(d.months, d.probability) for d in record.draws] == [
        pytest.approx((10.0, 0.45)),
        pytest.approx((5.0, 0.3)),
        pytest.approx((10.0, 0.15)),
        pytest.approx((7.5, 0.1)),
    ]
    assert record.pure.none
    assert record.pure.at_least == pytest.approx(0.25)
    assert record.certificate.status == "found"
    assert record.epsilon <= 1e-6
    assert not chase.has("unilateral:best")
    assert chase.lost_share.best is None
    assert chase.unsolved == ()


def test_compare_prints_the_draws_and_keeps_them(capsys: pytest.CaptureFixture[str]) -> None:
    printed = answer(capsys, "compare", "chase")
    assert [play["play"] for play in printed["plays"]] == [
        *("status-quo", "alone:USA", "coordinated", "only:chips"),
    ]
    assert [play["play"] for play in printed["mixed"]] == ["unilateral:mixed"]
    folder = Path(printed.pop("run"))
    assert json.loads((folder / "result.json").read_text()) == printed
    assert "unilateral:mixed" in json.loads((folder / "manifest.json").read_text())["plays"]
    lines = (folder / "mixed.csv").read_text().splitlines()
    assert lines[0] == "play,player,portfolio,probability,point,option"
    assert len(lines) == 5
    assert any(line.startswith("unilateral:mixed,8.25") for line in
               (folder / "plays.csv").read_text().splitlines())  # fmt: skip


def test_people_are_told_who_draws_what_and_what_acting_alone_loses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = text(capsys, "compare", "chase")
    assert told.index("alone:USA") < told.index("unilateral:mixed") < told.index("coordinated")
    assert "unilateral:best" not in told
    assert "No profile is an equilibrium, and that is proven: in each" in told
    assert "acting alone, each drawing what it does, loses 74 percent of that." in told


def test_who_asks_for_one_profile_of_what_is_drawn_is_told(chase: Comparison) -> None:
    with pytest.raises(InputError, match="unilateral:mixed is drawn.*needs one profile"):
        chase.play("unilateral:best")


def test_a_comparison_with_draws_is_read_back_as_it_was(chase: Comparison) -> None:
    assert comparison_of(open_run(kept(chase))).to_json() == chase.to_json()


def test_explain_says_what_may_come_of_the_draws_and_why_nothing_settles(
    chase: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    run = kept(chase)
    told = text(capsys, "explain", str(run), "--play", "unilateral")
    assert "the controllers together expect to gain 2.00 bn USD a year" in told
    assert "Every portfolio of United States and Malaysia was tried again" in told
    assert "they come back to where they have been" in told
    assert "USA 2 End-use checks on chips that are sold on: strict 75.0" in told
    assert "Draws by their numbers (#) in the table of who draws what." in told
    found = sg.explain(str(run), play="unilateral:mixed")
    assert isinstance(found, MixedExplanation)
    assert [(move.player, round(move.gain, 6)) for move in found.chase] == [
        *(("USA", 2.0), ("MYS", 0.75), ("USA", 3.0), ("MYS", 0.25)),
    ]
    assert found.returns
    assert json.dumps(found.to_json())
    other = sg.explain(chase, sg.load("chase"))
    assert other.play == "coordinated"
    assert "unilateral:mixed" in str(other)


def test_solving_unilateral_play_alone_is_explained_by_its_draws(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed = answer(capsys, "solve", "chase", "--play", "unilateral:worst", "--seed", "3")
    assert [play["play"] for play in printed["mixed"]] == ["unilateral:mixed"]
    assert answer(capsys, "explain", printed["run"])["play"] == "unilateral:mixed"
    assert main(["report", printed["run"]]) == 0
    assert "2 plays recomputed" in capsys.readouterr().out
    page = (Path(printed["run"]) / "report.html").read_text()
    assert "What is drawn in unilateral:mixed" in page
    assert page.count("every choice of 2") == 1  # in the table of checks


def test_equilibria_says_what_is_drawn_where_there_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed = answer(capsys, "equilibria", "chase", "--starts", "1")
    assert printed["none"] is True
    assert printed["proven"] is True
    assert printed["mixed"]["joint_payoff"] == pytest.approx(-17.0)
    assert "titles" not in printed
    told = equilibrium_map(pursuit(), starts=1)
    assert told.proven
    assert "What is drawn in unilateral:mixed" in str(told)


@pytest.mark.slow
def test_the_answer_does_not_depend_on_the_number_of_workers(chase: Comparison) -> None:
    spread = sg.compare(sg.load("chase"), jobs=2)
    (one,), (other,) = chase.mixed, spread.mixed
    assert one.players == other.players
    assert one.draws == other.draws


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one["players"][0]["portfolios"][0].update(probability=0.5), "add up to 1"),
        (lambda one: one["players"][0].update(portfolios=[]), "add up to 1, found 0"),
        (
            lambda one: one["players"][0]["portfolios"][0].update(probability=1e308),
            "probability: expected one in",
        ),
        (
            lambda one: one["players"][0].update(
                portfolios=[
                    {**one["players"][0]["portfolios"][k], "probability": chance}
                    for k, chance in ((0, 0.125), (0, 0.125), (1, 0.75))
                ]
            ),
            "each portfolio once",
        ),
        (lambda one: one.update(months=10**400), "a number that is not finite: 1000"),
        (lambda one: one.update(months=float("nan")), "a number that is not finite: NaN"),
        (lambda one: one.update(months=8.0), "months: expected 8.25, found 8"),
        (lambda one: one["payoffs"].update(MYS=2.0), "payoffs.MYS: expected 1"),
        (lambda one: one["draws"][0].update(joint_payoff=-20.0), r"draws\[0\].joint_payoff"),
        (lambda one: one["pure"].update(at_least=0.5), "pure.at_least: expected 0.25"),
        (lambda one: one["pure"].update(none=False), "pure.none: expected true"),
        (lambda one: one["certificate"].update(status="proven"), "'found' or 'limit'"),
        (lambda one: one["certificate"]["regret"].update(USA=0.5), "certificate.regret.USA"),
        (lambda one: one["players"][1].update(regret=-1.0), "expected a number >= 0"),
        (lambda one: one.update(epsilon=1.0), "epsilon: expected"),
        (lambda one: one.update(mood="good"), "mood: expected no such key"),
        (lambda one: one["players"].pop(), "players: expected all who decide"),
        (lambda one: one.update(asked="together"), "asked: play together"),
        (lambda one: one["players"][0].update(portfolios=3), "expected a list"),
        (
            lambda one: one["players"][0]["portfolios"][0].update(options={"chips-USA": "bare"}),
            "expected one of the options spot, strict",
        ),
    ],
)
def test_what_was_changed_in_a_run_is_found(
    chase: Comparison, change: Change, message: str
) -> None:
    path = kept(chase) / "result.json"
    result = json.loads(path.read_text())
    change(result["mixed"][0])
    path.write_text(json.dumps(result))
    with pytest.raises((InputError, NotCertifiedError), match=message):
        sg.explain("run")


def test_a_share_lost_that_no_single_outcome_has_is_refused(chase: Comparison) -> None:
    """Drawn play has no best and no worst outcome, so nothing is lost in them."""
    path = kept(chase) / "result.json"
    result = json.loads(path.read_text())
    result["lost_share"]["best"] = 0.1
    path.write_text(json.dumps(result))
    with pytest.raises(NotCertifiedError, match=r"lost_share.best: expected nothing, found 0\.1"):
        sg.explain("run")


def test_draws_that_were_moved_are_refuted_by_the_portfolios_that_gain(chase: Comparison) -> None:
    """Where the United States is never strict Malaysia gains 0.75 by checking."""
    path = kept(chase) / "result.json"
    result = json.loads(path.read_text())
    for one, chances in zip(result["mixed"][0]["players"], [(0.9, 0.1), (0.4, 0.6)], strict=True):
        for portfolio, chance in zip(one["portfolios"], chances, strict=True):
            portfolio["probability"] = chance
    path.write_text(json.dumps(result))
    with pytest.raises(NotCertifiedError, match="regret.MYS: expected at least 0.39 bn USD a year"):
        sg.explain("run")


def test_a_play_that_is_left_out_of_a_run_is_missed(chase: Comparison) -> None:
    path = kept(chase) / "result.json"
    result = json.loads(path.read_text())
    result["mixed"] = []
    path.write_text(json.dumps(result))
    with pytest.raises(NotCertifiedError, match="names of the plays: expected 5 entries, found 4"):
        sg.explain("run")


def test_in_a_larger_game_what_is_said_of_single_profiles_is_the_runs_record(
    chase: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(every_profile, "WHOLE", 1)
    monkeypatch.setattr(mixed_claims, "FEW", 1)
    path = kept(chase) / "result.json"
    told = " ".join(str(sg.explain("run", play="unilateral")).split())
    assert "was not tried again: that is the run's own record." in told
    assert "Of United States and Malaysia changes of a single point were" in told
    whole = path.read_text()
    for changes, difference in (
        ({"at_least": 0.5}, "pure.at_least: expected at most 0.25, found 0.5"),
        ({"regret": 0.2, "at_least": 0.0}, "pure.regret: expected at least 0.25 bn USD a year"),
        ({"none": False}, "pure.at_least: expected 0 where one may be, found 0.25"),
        ({"regret": None}, "pure.regret: expected a profile and its regret, found one of them"),
    ):
        result = json.loads(whole)
        result["mixed"][0]["pure"].update(changes)
        path.write_text(json.dumps(result))
        with pytest.raises(NotCertifiedError, match=difference):
            sg.explain("run")


def test_best_answers_go_in_a_circle_also_where_several_points_move_at_once() -> None:
    """In this game nobody gains by one point where most would gain by two."""
    game = game_of(SMALLEST, 5)
    compared = sg.compare(game, ["unilateral"])
    told = sg.explain(compared, game, play="unilateral")
    assert isinstance(told, MixedExplanation)
    assert told.returns
    assert max(len(move.options) for move in told.chase) > 1
    assert min(move.gain for move in told.chase) >= compared.mixed[0].pure.at_least - 1e-9


def test_where_bounds_do_not_close_the_smallest_epsilon_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without exact answers to draws what is left is the pure profile that misses 0.25 at most."""
    monkeypatch.setattr(expected, "FEW", 0)
    monkeypatch.setattr(expected, "MOST_COPIES", 0)
    printed = answer(
        capsys, "compare", "chase", "--plays", "unilateral", "--jobs", "1", "-o", "open", code=4
    )
    (one,) = printed["mixed"]
    assert one["certificate"]["status"] == "limit"
    assert one["epsilon"] == pytest.approx(0.25)
    assert [len(player["portfolios"]) for player in one["players"]] == [1, 1]
    told = text(capsys, "explain", "open", "--play", "unilateral")
    assert "by another portfolio somebody may expect up to 0.25 bn USD a year more" in told
    assert "one profile, the closest that was found in the time" in told
    compared = sg.compare(sg.load("chase"), ["unilateral", "coordinated"])
    assert "acting alone" not in str(compared)  # what is no equilibrium says nothing of a share

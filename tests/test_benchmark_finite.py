"""The benchmark on finite games: its methods do their jobs, and errors of methods are counted."""

from __future__ import annotations

import math
import os
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import finite
from benchmarks.finite_jobs import JOBS, Job, none_pure, uniform
from benchmarks.finite_judge import Verdict, verdicts
from benchmarks.finite_methods import Method, Task
from benchmarks.finite_rows import FiniteRow, Outcome, judged_rows, markdown
from benchmarks.table import BEGIN, END, PRODUCT, read_rows, write_rows
from games.bayesian import bayesian_game
from games.normal_form import NormalFormGame, normal_form
from games.security import security_game
from solvers.finite.pure import pure_equilibria

RIGHT = Verdict(wrong=False, missing=0, expected=1)
FALSE = Verdict(wrong=True, missing=0, expected=1)

CHICKEN = normal_form([[[6, 2], [7, 0]], [[6, 7], [2, 0]]], title="chicken")
CHICKEN_EQUILIBRIA = [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[2 / 3, 1 / 3], [2 / 3, 1 / 3]]]


def of_one_kind(job: Job) -> tuple[str, bool]:
    """Return what jobs that differ in size alone share."""
    return job.name, "none pure" in job.setting


FIRST_JOBS = {of_one_kind(job): job for job in reversed(JOBS)}
PRACTICED = [
    pytest.param(job, method, id=f"{job.key}/{name}")
    for kind, job in FIRST_JOBS.items()
    for name, method in {
        method.name: method
        for other in JOBS
        if of_one_kind(other) == kind
        for method in other.methods
    }.items()
    if name != "pygambit gnm"  # it may take the whole process down
]


@pytest.mark.parametrize(("job", "method"), PRACTICED)
def test_every_method_does_its_job_on_a_small_game(job: Job, method: Method) -> None:
    for package in method.needs:
        pytest.importorskip(package, reason=f"{package} comes with the bench extra")
    only_pure = method.name.endswith(("enumpure", "pure_nash_brute"))
    problem = CHICKEN if only_pure else job.practice(np.random.default_rng(5))
    found = {
        name: finite.timed(way, lambda: problem, lambda: None)
        for name, way in ((PRODUCT, job.methods[0]), ("tried", method))
    }
    answers = {name: outcome.answer for name, outcome in found.items()}
    for verdict in verdicts(job.kind, problem, answers, extreme=answers).values():
        assert not verdict.wrong
        assert verdict.missing == 0
        assert verdict.expected >= 1
    assert all(outcome.seconds > 0 for outcome in found.values())


def test_every_job_has_the_product_first_and_a_name_of_its_own() -> None:
    assert len({job.key for job in JOBS}) == len(JOBS)
    for job in JOBS:
        names = [method.name for method in job.methods]
        assert names[0] == PRODUCT
        assert len(set(names)) == len(names)
        assert len(names) >= 2


def test_a_game_follows_from_its_job_and_number() -> None:
    job = JOBS[0]
    again = replace(job, games=3)
    assert np.array_equal(job.problem(1).payoffs, again.problem(1).payoffs)
    assert not np.array_equal(job.problem(1).payoffs, job.problem(2).payoffs)
    assert not np.array_equal(
        job.problem(1).payoffs, replace(job, setting="other").problem(1).payoffs
    )


def test_games_without_pure_equilibria_have_none() -> None:
    generator = np.random.default_rng(2)
    for shape in [(3, 3), (2, 3, 2)]:
        for _ in range(5):
            assert pure_equilibria(none_pure(generator, shape)).equilibria == ()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ([CHICKEN_EQUILIBRIA[2]], RIGHT),
        ([[[1 + 1e-9, -1e-9], [0, 1]]], RIGHT),
        ([[[1, 0], [1, 0]]], FALSE),
        ([[[0.66, 0.34], [2 / 3, 1 / 3]]], FALSE),
        ([CHICKEN_EQUILIBRIA[0], [[1, 0], [1, 0]]], FALSE),
        ([[[0.9, 0], [0, 1]]], FALSE),
        ([[[1.1, -0.1], [0, 1]]], FALSE),
        ([[[math.nan, 1], [0, 1]]], FALSE),
        ([[[1, 0, 0], [0, 1]]], FALSE),
        ([[[1, 0]]], FALSE),
        ([], Verdict(wrong=False, missing=1, expected=1)),
    ],
)
def test_what_is_no_equilibrium_is_wrong_and_nothing_is_missing(
    answer: Any, verdict: Verdict
) -> None:
    assert verdicts("one", CHICKEN, {"planted": answer}) == {"planted": verdict}


def test_regret_is_judged_as_a_share_of_the_spread() -> None:
    for scale in (1e-9, 1.0, 1e9):
        game = normal_form(scale * CHICKEN.payoffs)
        nearly = [[2 / 3 + 1e-7, 1 / 3 - 1e-7], [2 / 3, 1 / 3]]
        hardly = [[2 / 3 + 1e-4, 1 / 3 - 1e-4], [2 / 3, 1 / 3]]
        assert verdicts("one", game, {"a": [nearly], "b": [hardly]}) == {"a": RIGHT, "b": FALSE}


def test_equilibria_that_another_method_lists_are_missing() -> None:
    answers = {
        "whole": CHICKEN_EQUILIBRIA,
        "pure": CHICKEN_EQUILIBRIA[:2],
        "nothing": [],
        "false": [[[1, 0], [1, 0]]],
    }
    found = verdicts("all", CHICKEN, answers, extreme=answers)
    assert found == {
        "whole": Verdict(False, 0, 3),
        "pure": Verdict(False, 1, 3),
        "nothing": Verdict(False, 3, 3),
        "false": Verdict(True, 3, 3),
    }


def test_what_only_a_method_for_other_equilibria_lists_is_not_missing() -> None:
    constant = normal_form(np.zeros((2, 2, 2)))
    corners = [[[1 - a, a], [1 - b, b]] for a in (0, 1) for b in (0, 1)]
    answers = {"corners": corners, "inner": [[[0.5, 0.5], [0.5, 0.5]]]}
    found = verdicts("all", constant, answers, extreme={"corners"})
    assert found == {"corners": Verdict(False, 0, 4), "inner": Verdict(False, 4, 4)}


def test_an_equilibrium_of_less_welfare_is_not_the_best() -> None:
    mixed, pure = [CHICKEN_EQUILIBRIA[2]], [CHICKEN_EQUILIBRIA[0]]  # worth 28/3 and 9
    no_equilibrium = [[[1, 0], [1, 0]]]  # worth 12
    answers = {"mixed": mixed, "pure": pure, "none": no_equilibrium, "two": mixed + pure}
    found = verdicts("welfare", CHICKEN, answers)
    assert found == {"mixed": RIGHT, "pure": FALSE, "none": FALSE, "two": FALSE}


def test_a_distribution_that_is_no_correlated_equilibrium_or_not_the_best_is_wrong() -> None:
    answers = {
        "best": np.array([[0.5, 0.25], [0.25, 0]]),
        "worse": np.array([[1 / 3, 1 / 3], [1 / 3, 0]]),
        "disobeyed": np.array([[1.0, 0], [0, 0]]),
        "short": np.array([[0.5, 0.25], [0.2, 0]]),
        "flat": np.array([0.5, 0.25, 0.25, 0]),
    }
    found = verdicts("correlated", CHICKEN, answers)
    assert found.pop("best") == RIGHT
    assert set(found.values()) == {FALSE}


def test_a_commitment_is_judged_by_what_it_earns() -> None:
    game = normal_form([[[2, 4], [1, 3]], [[1, 0], [0, 1]]])  # half and half earns 3.5
    answers = {"best": [0.5, 0.5], "worse": [0.4, 0.6], "greedy": [0.6, 0.4], "bad": [1.0]}
    found = verdicts("commitment", game, answers)
    assert found == {"best": RIGHT, "worse": FALSE, "greedy": FALSE, "bad": FALSE}
    types = bayesian_game([[game.payoffs, game.payoffs]], [[0.5, 0.5]])
    assert verdicts("types", types, answers) == found


def test_coverage_beyond_the_resources_is_wrong_however_much_it_earns() -> None:
    game = security_game(
        defender_covered=[0, 0],
        defender_uncovered=[-1, -3],
        attacker_covered=[0, 0],
        attacker_uncovered=[1, 2],
        resources=1,
    )
    answers = {
        "best": [1 / 3, 2 / 3],
        "worse": [0.5, 0.5],
        "too much": [1, 1],
        "negative": [-1, 1],
        "short": [1],
    }
    found = verdicts("coverage", game, answers)
    assert found.pop("best") == RIGHT
    assert set(found.values()) == {FALSE}


SHORT, AMPLE = 0.5, 300.0
"""Seconds that pass before a method is taken to hang: one that does, and one that may be slow."""


def corner(game: NormalFormGame) -> Task:
    """Return the first strategies of both, whatever they are worth."""
    return lambda: [[np.eye(size)[0] for size in game.shape]], list


def sleeper(game: NormalFormGame) -> Task:
    """Never end, but with the small games for practice."""
    return lambda: threading.Event().wait() if game.shape == (3, 3) else [], list


def refuser(game: NormalFormGame) -> Task:
    """Raise at every game."""
    raise ValueError("never")


def corpse(game: NormalFormGame) -> Task:
    """Take the process down at some games, and answer the others."""
    if game.shape == (3, 3) and is_deadly(game):
        return lambda: os._exit(3), list
    return corner(game)


def is_deadly(game: NormalFormGame) -> bool:
    """Say whether `corpse` dies of a game."""
    return bool(game.payoffs.flat[0] > game.payoffs.flat[1])


def little_job(*methods: Method) -> Job:
    """Return a job of three little games with planted methods beside the product's."""
    job = JOBS[0]
    return replace(
        job,
        setting="planted",
        games=3,
        make=partial(none_pure, shape=(3, 3)),
        practice=partial(uniform, shape=(2, 2)),
        methods=(job.methods[0], *methods),
    )


def test_false_answers_hangs_crashes_and_deaths_are_counted_apart() -> None:
    job = little_job(
        Method("corner", corner),
        Method("sleeper", sleeper),
        Method("refuser", refuser),
        Method("corpse", corpse),
        Method("absent", corner, needs=("no_such_package",)),
    )
    outcomes = {  # whoever ends may take as long as a loaded machine takes
        method.name: finite.outcomes_of(job, method, SHORT if method.name == "sleeper" else AMPLE)
        for method in job.methods
    }
    rows = {row.method: row for row in judged_rows(job, outcomes, SHORT)}
    deaths = sum(is_deadly(job.problem(number)) for number in range(job.games))
    assert 0 < deaths < job.games
    counts = {
        name: (row.games, row.wrong, row.missing, row.hangs, row.crashes)
        for name, row in rows.items()
    }
    assert counts == {
        PRODUCT: (3, 0, 0, 0, 0),
        "corner": (3, 3, 0, 0, 0),
        "sleeper": (1, 0, 0, 1, 0),  # nothing is asked after a hang
        "refuser": (3, 0, 0, 0, 3),
        "corpse": (3, 3 - deaths, 0, 0, deaths),
        "absent": (0, 0, 0, 0, 0),
    }
    assert rows["sleeper"].open_ended
    assert rows["absent"].note == "not installed"
    assert rows[PRODUCT].ratio == 1
    assert math.isnan(rows["refuser"].seconds)


def test_times_are_compared_on_the_games_that_both_came_to() -> None:
    job = little_job(Method("slow", corner))
    answer = [CHICKEN_EQUILIBRIA[0]]
    outcomes = {
        PRODUCT: [Outcome("answered", seconds, answer) for seconds in (1.0, 3.0, 100.0)],
        "slow": [Outcome("answered", 4.0, answer), Outcome("hung", 8.0)],
    }
    ours, slow = judged_rows(job, outcomes, limit=8.0)
    assert (ours.seconds, ours.ratio) == (3.0, 1.0)
    assert (slow.games, slow.seconds, slow.ratio) == (2, 6.0, 3.0)
    assert not slow.open_ended


def test_the_table_shows_errors_and_open_ends() -> None:
    rows = [
        FiniteRow("all", "2x2", "ours", 3, 0.5, 1.0, missing=0, expected=7, limit=8.0),
        FiniteRow("all", "2x2", "hung", 2, 8.0, 16.0, hangs=2, limit=8.0),
        FiniteRow("all", "2x2", "bad", 3, 1.0, 2.0, wrong=1, missing=2, expected=7, limit=8.0),
        FiniteRow("all", "2x2", "dead", 3, crashes=3, limit=8.0),
        FiniteRow("all", "2x2", "absent", 0, note="not installed"),
    ]
    assert markdown(rows).splitlines()[2:] == [
        "| all | 2x2 | ours | 500 ms | 1 | 3 | 0 | 0 | 0 | 0 |",
        "| all | 2x2 | hung | > 8.00 s | > 16 | 2 | 0 | 0 | **2** | 0 |",
        "| all | 2x2 | bad | 1.00 s | 2 | 3 | **1** | **2** of 7 | 0 | 0 |",
        "| all | 2x2 | dead |  |  | 3 | 0 | 0 | 0 | **3** |",
        "| all | 2x2 | absent | not installed |  |  |  |  |  |  |",
    ]


def test_a_run_replaces_its_own_rows_and_keeps_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = little_job()
    old = [
        FiniteRow("zero-sum", "kept", PRODUCT, 1, 0.5, 1.0, limit=8.0),
        FiniteRow(job.name, job.setting, "gone", 1, 0.5, 1.0, limit=8.0),
    ]
    write_rows(old, tmp_path / "finite.csv")
    (tmp_path / "FINITE.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    monkeypatch.setattr(finite, "JOBS", (job,))
    monkeypatch.setattr(finite, "HERE", tmp_path)
    for name in finite.ONE_THREAD:
        monkeypatch.setenv(name, "1")
    finite.main(["--rows", "one*", "--limit", "300"])
    new = read_rows(tmp_path / "finite.csv", FiniteRow)
    assert [(row.setting, row.method) for row in new] == [("planted", PRODUCT), ("kept", PRODUCT)]
    assert new[1] == old[0]
    assert new[0].limit == 300
    text = (tmp_path / "FINITE.md").read_text()
    assert text.startswith(f"before\n{BEGIN}\nPython ")
    assert text.endswith(f"{markdown(new)}\n{END}\nafter\n")
    assert "whole run" in capsys.readouterr().out


def test_patterns_that_match_nothing_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        finite.main(["--rows", "no such job"])
    assert "--rows: expected patterns that match a job" in capsys.readouterr().err


def test_the_list_names_every_job_and_runs_none(capsys: pytest.CaptureFixture[str]) -> None:
    finite.main(["--list"])
    assert capsys.readouterr().out.splitlines() == [job.key for job in JOBS]

"""A run is believed in nothing that can be recomputed.

Every number and every word is held against the run's own scenario, and what rests on its record
alone is said.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from games.network import build_network
from scenarios.new import write_template
from scenarios.scenario import Scenario
from solvers.equilibria import every_profile
from solvers.world import World
from stratagem.audits import proofs
from stratagem.audits.audit import account_of, audited
from stratagem.audits.ledger import MOST_TOLD
from stratagem.records.comparison import Comparison
from stratagem.runs.kept import RESULT, Run, open_run

HISTORY = ("seconds", "method", "why")
UNPROVEN = ("layer_interaction", "at_most", "cloud")
"""The bound of a play that the run does not hold."""


@pytest.fixture(scope="module")
def world() -> Scenario:
    return sg.load("two-layers")


@pytest.fixture(scope="module")
def compared(world: Scenario) -> Comparison:
    return sg.compare(world)


@pytest.fixture(scope="module")
def run(world: Scenario, compared: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return open_run(sg.write_run(compared, world, folder=tmp_path_factory.mktemp("run")))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in entries:
        if isinstance(entry, dict | list):
            yield from leaves(entry, (*path, key))
        else:
            yield (*path, key), entry


def others(value: Any) -> list[Any]:
    """Return values that stand for an edit by hand."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1e-3 * (1 + abs(value)), None]
    return [1.0] if value is None else [value + "x", None]


def edited(run: Run, path: tuple[Any, ...], value: Any) -> Run:
    result = copy.deepcopy(dict(run.result))
    holder: Any = result
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return Run(run.path, run.manifest, result, run.world)


def record(run: Run, play: str) -> dict[str, Any]:
    return next(entry for entry in run.result["plays"] if entry["play"] == play)


def changed(run: Run) -> Run:
    """Return a copy of a run whose result may be changed in place."""
    return Run(run.path, run.manifest, copy.deepcopy(dict(run.result)), run.world)


def test_nothing_that_a_run_says_can_be_edited_unnoticed(run: Run) -> None:
    scene = World(build_network(run.world.game))
    audited(account_of(run, None), scene)
    count = 0
    for path, value in leaves(run.result):
        for other in [] if path[-1] in HISTORY or path == UNPROVEN else others(value):
            with pytest.raises((InputError, NotCertifiedError)) as caught:
                audited(account_of(edited(run, path, other), None), scene)
            lines = str(caught.value).splitlines()
            told = [line for line in lines if not line.startswith("and ")]
            assert all(line.startswith(f"{run.path / RESULT}: ") for line in told), lines
            assert all(": expected " in line and " found " in line for line in told), lines
            count += 1
    assert count > 500


def test_a_key_too_few_or_too_many_is_noticed(run: Run) -> None:
    short = changed(run)
    del record(short, "coordinated")["months"]
    with pytest.raises(NotCertifiedError, match=r"\(coordinated\).months: expected 4, found noth"):
        sg.explain(short)
    long = changed(run)
    record(long, "coordinated")["mood"] = "good"
    with pytest.raises(NotCertifiedError, match=r"mood: expected no such key, found 'good'"):
        sg.explain(long)
    fewer = changed(run)
    fewer.result["plays"].pop()
    with pytest.raises(NotCertifiedError, match="names of the plays: expected 6 entries, found 5"):
        sg.explain(fewer)


def test_a_difference_names_file_key_and_both_numbers(run: Run) -> None:
    number = [entry["play"] for entry in run.result["plays"]].index("coordinated")
    months = edited(run, ("plays", number, "months"), 3.5)
    with pytest.raises(NotCertifiedError) as caught:
        sg.explain(months)
    assert str(caught.value) == (
        f"{run.path / RESULT}: plays[{number}] (coordinated).months: expected 4, found 3.5 - "
        "solve again"
    )


def test_many_differences_are_counted(run: Run) -> None:
    spoilt = changed(run)
    for entry in spoilt.result["plays"]:
        for name in ("payoffs", "harm", "costs", "outlay"):
            entry[name] = {key: value + 1 for key, value in entry[name].items()}
    with pytest.raises(NotCertifiedError) as caught:
        sg.explain(spoilt)
    lines = str(caught.value).splitlines()
    assert len(lines) == MOST_TOLD + 1
    assert lines[-1] == f"and {6 * 4 * 2 - MOST_TOLD} more differences"


def test_another_best_response_of_equal_worth_is_no_difference(run: Run) -> None:
    """At the status quo both roads cost the same and nothing is caught on either."""
    swapped = changed(run)
    entry = record(swapped, "status-quo")
    units = [shipped["units"] for shipped in entry["plan"]]
    for shipped, other in zip(entry["plan"], reversed(units), strict=True):
        shipped["units"] = other
    for flow in entry["flows"]:
        total = sum(s["units"] for s in entry["plan"] if s["arc"] == flow["arc"])
        flow["entering"] = flow["arriving"] = total
    assert units != units[::-1]
    assert sg.explain(swapped, play="status-quo").largest_difference < 1e-9
    # but not one that is worth less, although its months and payoffs may follow from it
    entry["plan"][0]["units"] -= 1
    with pytest.raises(NotCertifiedError, match="plan: expected a best response of the evader"):
        sg.explain(swapped)


def renamed(run: Run, play: str, name: str) -> Run:
    """Return a run that passes one of its plays off for another, proven without any regret."""
    false = changed(run)
    taken = copy.deepcopy(record(false, play))
    taken |= {"play": name, "asked": name}
    taken["certificate"]["regret"] = {"USA": 0.0, "MYS": 0.0}
    plays = false.result["plays"]
    plays[[entry["play"] for entry in plays].index(name)] = taken
    return false


def test_a_worse_play_passed_off_as_the_optimum_is_found_out(run: Run) -> None:
    with pytest.raises(NotCertifiedError) as caught:
        sg.explain(renamed(run, "alone:USA", "coordinated"))
    assert "certificate.regret.USA: expected at least 7.3" in str(caught.value)


def test_where_choices_are_many_single_changes_are_tried_and_the_rest_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "FEW", 1)
    monkeypatch.setattr(every_profile, "WHOLE", 1)
    told = " ".join(str(sg.explain(edited_status(run, "found"))).split())
    assert "that no larger change does is the optimiser's proof, by the run's own record" in told
    # the strict check in Malaysia costs 0.3 more than the basic one and saves 1.8
    basic = sg.compare(run.world, ["coordinated", "unilateral:best"])
    with pytest.raises(NotCertifiedError) as caught:
        sg.explain(renamed_comparison(run, basic), play="coordinated")
    assert "certificate.regret.MYS: expected at least 1.8 bn USD a year" in str(caught.value)


def edited_status(run: Run, status: str) -> Run:
    found = changed(run)
    for entry in found.result["plays"]:
        if entry["asked"] == "unilateral":
            entry["certificate"]["status"] = status
    return found


def renamed_comparison(run: Run, compared: Comparison) -> Run:
    """Return a run of the best unilateral outcome alone, passed off as the coordinated play."""
    result = json.loads(json.dumps(compared.to_json()))
    manifest = {**run.manifest, "plays": ["status-quo", "coordinated"]}
    start, _, alone = result["plays"]
    alone |= {"play": "coordinated", "asked": "coordinated"}
    result["plays"] = [start, alone]
    return Run(run.path, manifest, result, run.world)


@pytest.mark.parametrize(
    ("play", "status"),
    [
        ("unilateral:best", "found"),
        ("unilateral:worst", "found"),
        ("coordinated", "found"),
        ("coordinated", "limit"),
        ("status-quo", "limit"),
        ("alone:USA", "certain"),
    ],
)
def test_a_status_is_believed_only_as_far_as_its_numbers_bear_it_out(
    run: Run, play: str, status: str
) -> None:
    number = [entry["play"] for entry in run.result["plays"]].index(play)
    with pytest.raises(NotCertifiedError, match="certificate.status: expected 'proven'"):
        sg.explain(edited(run, ("plays", number, "certificate", "status"), status))


def test_the_explanation_says_what_was_tried_again(run: Run) -> None:
    told = " ".join(str(sg.explain(run)).split())
    assert "Every choice within the budgets was tried again, and none gains anything." in told
    assert sg.explain(run).tried_again == ("USA", "MYS")
    alone = " ".join(str(sg.explain(run, play="unilateral:best")).split())
    assert "there is no better and no worse equilibrium" in alone


def test_a_play_must_leave_alone_what_it_does_not_decide(run: Run) -> None:
    false = changed(run)
    entry = record(false, "only:chips")
    both = copy.deepcopy(record(false, "coordinated"))
    regret = entry["certificate"]["regret"]
    entry |= {**both, "play": "only:chips", "asked": "only:chips"}
    entry["certificate"] = {**both["certificate"], "regret": regret}
    with pytest.raises(NotCertifiedError) as caught:
        sg.explain(false)
    assert (
        "(only:chips).profile.cloud-MYS: expected the status quo 'nothing', for nobody decides "
        "there in this play, found 'strict'"
    ) in str(caught.value)


def test_a_comparison_in_hand_is_explained_beside_its_world(
    world: Scenario, compared: Comparison, run: Run
) -> None:
    in_hand, kept = sg.explain(compared, world), sg.explain(run)
    assert str(in_hand) == str(kept)
    assert (in_hand.run, kept.run) == ("", run.path.name)
    assert sg.explain(compared, world, play="alone:USA").play == "alone:USA"
    with pytest.raises(InputError, match=r"found none - explain\(result, world\)"):
        sg.explain(compared)
    with pytest.raises(InputError, match="world: expected the one that was solved, two-layers"):
        sg.explain(compared, sg.load("two-layers", overrides=["rich-evader"]))
    game = world.game
    assert sg.explain(sg.compare(game), game).play == "coordinated"


def test_without_coordinated_play_the_best_outcome_of_the_last_is_explained(
    world: Scenario,
) -> None:
    assert sg.explain(sg.solve(world, "unilateral"), world).play == "unilateral:best"
    assert sg.explain(sg.compare(world, ["unilateral", "alone:MYS"]), world).play == "alone:MYS"


def test_correlated_hazards_are_recomputed_too(tmp_path: Path) -> None:
    world = sg.load(write_template(tmp_path / "world"), settings=["settings.correlation=0.5"])
    compared = sg.compare(world)
    assert any(shipped.known for record in compared.plays for shipped in record.plan)
    assert sg.explain(compared, world).largest_difference < 1e-9


def test_what_is_not_in_the_scenario_is_told_with_its_file(run: Run) -> None:
    place = str(run.path / RESULT)
    for path, value in (
        (("plays", 1, "profile"), {"chips-UAS": "strict"}),
        (("plays", 1, "profile"), {"chips-USA": "stict"}),
        (("plays", 1, "profile"), {"chips-USA": ["strict"]}),
        (("plays", 1, "play"), "alone:UAS"),
        (("plays", 1, "plan", 0, "arc"), "smugle"),
        (("plays", 1, "plan", 0), "smuggle"),
    ):
        with pytest.raises(InputError) as caught:
            sg.explain(edited(run, path, value))
        assert str(caught.value).startswith(f"{place}: plays[1] (alone:U"), caught.value
        assert len(str(caught.value).splitlines()) == 1

"""Which unknowns matter: indices against known ones, boxes that are known, thresholds certified."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stratagem as sg
from games.errors import InputError, NotCertifiedError
from scenarios.load import load
from scenarios.scenario import Scenario
from scenarios.uncertainty import Uncertainty
from scenarios.worlds import worlds_with
from stratagem.cli import main
from stratagem.studies.boxes import discover
from stratagem.studies.indices import _groups, _morris, _problem, _sampler, _sobol
from stratagem.studies.measures import condition, measure
from stratagem.studies.sensitivity import sensitivity
from stratagem.studies.sweeps import sweep


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("two-layers")


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load("baseline-2026")


# Indices ----------------------------------------------------------------------------------------


def ishigami(points: np.ndarray) -> np.ndarray:
    """Sin a + 7 sin^2 b + 0.1 c^4 sin a on [-pi, pi]: the usual test, with known indices."""
    a, b, c = (2 * points[:, :3] - 1).T * math.pi
    return np.asarray(np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a))


PROBLEM = {
    "num_vars": 4,
    "names": ["a", "b", "c", "d"],
    "bounds": [[0.0, 1.0]] * 4,
    "groups": ["z", "b", "c", "a"],  # not in alphabetical order
}
GROUPS = {"z": (0.314, 0.558), "b": (0.442, 0.442), "c": (0.0, 0.244), "a": (0.0, 0.0)}
"""First and total indices of the Ishigami function (homma1996), by the names of the groups."""


def test_sobol_indices_of_the_ishigami_function_are_the_published_ones() -> None:
    points = _sampler("sobol")(PROBLEM, 4096, 0)
    found = _sobol(PROBLEM, ishigami(points), 0)
    for name, (first, total) in GROUPS.items():
        index = found[name]
        assert index.first == pytest.approx(first, abs=0.02)
        assert index.total == pytest.approx(total, abs=0.02)
        assert index.total_error is not None
        assert 0 <= index.total_error < 0.05


def test_a_seed_of_zero_is_a_seed() -> None:
    points = _sampler("sobol")(PROBLEM, 64, 0)
    first, again = (_sobol(PROBLEM, ishigami(points), 0) for _ in range(2))
    assert first == again


def test_morris_effects_of_a_linear_function_are_its_slopes_over_the_span() -> None:
    problem = {**PROBLEM, "groups": ["z", "b", "c", "a"], "bounds": [[0.05, 0.95]] * 4}
    points = _sampler("morris")(problem, 8, 0)
    values = points @ np.array([4.0, 2.0, 0.0, -3.0]) / 0.9
    found = _morris(problem, points, values, 0)
    assert {name: index.effect for name, index in found.items()} == pytest.approx(
        {"z": 4.0, "b": 2.0, "c": 0.0, "a": 3.0}, abs=1e-9
    )


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_numbers_that_the_status_quo_does_not_rest_on_have_no_effect_on_it(
    small: Scenario, method: str
) -> None:
    found = sensitivity(small, ["months(status-quo)"], method=method, worlds=8, ledger=None)  # type: ignore[arg-type]
    (months,) = found.measures
    moved = {index.group for index in months.indices if index.rank > 1e-9}
    assert moved == {"chip_price", "china_budget", "months_per_chip", "route_capacity"}
    assert found.worlds == 8 * (len(found.groups) + (2 if method == "sobol" else 1))
    assert len(found.to_pandas()) == len(found.groups)


def test_groups_by_pattern_keep_together_what_is_drawn_together(baseline: Scenario) -> None:
    uncertainty = Uncertainty(baseline.blueprint)
    groups = _groups(uncertainty, {"smuggling": ["markup_low", "route_total"], "who": ["adoption"]})
    of = dict(zip(((f.group, f.role) for f in uncertainty.factors), groups, strict=True))
    assert of["markups", "together"] == of["route_total", "route_total"] == "smuggling"
    assert of["adoption", "switch"] == "who"
    assert of["evader_budget", "evader_budget"] == "other"
    problem = _problem(uncertainty, groups, "sobol")
    assert len(_sampler("sobol")(problem, 4, 0)) == 4 * (3 + 2)


def test_lost_shares_of_held_profiles_have_indices_without_a_single_search(
    small: Scenario,
) -> None:
    found = sensitivity(small, ["lost(fixed:unilateral)"], worlds=8, ledger=None)
    (lost,) = found.measures
    assert str(lost.measure) == "lost(fixed:unilateral)"
    assert lost.left_out <= 8


def test_questions_about_sensitivity_that_make_no_sense_are_refused(small: Scenario) -> None:
    for text in ("months", "months()", "cost of(unilateral)"):
        with pytest.raises(InputError, match="expected QUANTITY"):
            measure(text)
    with pytest.raises(InputError, match="expected one of months"):
        sensitivity(small, ["mouths(status-quo)"], worlds=2, ledger=None)
    with pytest.raises(InputError, match="found 'chip_pice'"):
        sensitivity(small, groups={"a": ["chip_pice"]}, ledger=None)
    with pytest.raises(InputError, match="whole number >= 2"):
        sensitivity(small, worlds=1, ledger=None)
    for method in ("sobol", "morris"):
        for wrong, told in (({"worlds": 1 << 40}, "expected at most"), ({"seed": -1}, "seed: exp")):
            with pytest.raises(InputError, match=told):
                sensitivity(small, method=method, ledger=None, **wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="sobol or morris"):
        sensitivity(small, method="guess", ledger=None)  # type: ignore[arg-type]
    for text in ("months(status-quo)", "months(status-quo) = 3", "months(status-quo) < many"):
        with pytest.raises(InputError, match="expected MEASURE"):
            condition(text)


# Measures ---------------------------------------------------------------------------------------


def test_measures_are_the_numbers_of_the_answers(small: Scenario) -> None:
    found = sweep(small, plays=["status-quo", "unilateral", "coordinated"], ledger=None)
    joint = {row.answer.play: row.answer.joint_payoff for row in found.rows}
    payoffs = {row.answer.play: row.answer.payoffs for row in found.rows}
    assert measure("payoff_USA(coordinated)").values(found)[None] == payoffs["coordinated"]["USA"]
    start, alone, together = (
        joint[play] for play in ("status-quo", "unilateral:worst", "coordinated")
    )
    assert start is not None
    assert alone is not None
    assert together is not None
    kept = measure("kept(unilateral)").values(found)[None]
    assert kept == pytest.approx((alone - start) / (together - start))
    assert measure("lost(unilateral:worst)").values(found)[None] == pytest.approx(1 - kept)
    assert measure("lost(unilateral)").plays == ("status-quo", "coordinated", "unilateral")
    assert measure("lost(fixed:only:chips)").plays == (
        "status-quo", "fixed:coordinated", "fixed:only:chips",
    )  # fmt: skip


# Boxes ------------------------------------------------------------------------------------------

NAMES = tuple("abcdef")


def test_a_box_that_is_known_is_found_with_its_density_and_coverage() -> None:
    points = np.random.default_rng(7).random((2000, 6))
    holds = (points[:, 1] > 0.6) & (points[:, 4] < 0.5)
    box = discover(points, holds, NAMES)
    limits = {limit.name: limit for limit in box.limits}
    assert set(limits) == {"b", "e"}
    assert limits["b"].low == pytest.approx(0.6, abs=0.08)
    assert limits["b"].high is None
    assert limits["e"].high == pytest.approx(0.5, abs=0.08)
    assert all(limit.p_value < 1e-6 for limit in box.limits)
    assert box.density >= 0.8
    assert box.coverage >= 0.95


def test_where_chance_alone_decides_no_limit_is_told() -> None:
    rng = np.random.default_rng(3)
    box = discover(rng.random((400, 3)), rng.random(400) < 0.5, ("a", "b", "c"))
    assert box.density < 0.8


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_condition_that_holds_everywhere_or_nowhere_has_no_box(everywhere: bool) -> None:
    points = np.random.default_rng(0).random((100, 2))
    box = discover(points, np.full(100, everywhere), ("a", "b"))
    assert box.limits == () or not everywhere
    assert box.coverage == (1.0 if everywhere else 0.0)


def test_the_p_value_of_a_limit_is_the_binomial_one_by_hand() -> None:
    """Ten worlds, five hits, all of them in the upper five: chance 1 / 2^5 of as many."""
    points = np.arange(10.0)[:, None]
    box = discover(points, points[:, 0] >= 5, ("a",))
    (limit,) = box.limits
    assert (limit.low, limit.high) == (5.0, None)
    assert limit.p_value == pytest.approx(0.5**5)
    assert (box.density, box.coverage, box.inside) == (1.0, 1.0, 5)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.8, 0.95]))
def test_density_and_coverage_are_those_of_the_limits(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    points = np.round(rng.random((60, 3)), 1)  # with ties
    holds = rng.random(60) < 0.2 + 0.6 * points[:, 0]
    box = discover(points, holds, ("a", "b", "c"), density=density)
    inside = np.ones(60, dtype=bool)
    for limit in box.limits:
        column = points[:, "abc".index(limit.name)]
        inside &= column >= (-np.inf if limit.low is None else limit.low)
        inside &= column <= (np.inf if limit.high is None else limit.high)
        assert 0 <= limit.p_value <= 0.05
    assert (box.inside, box.hits) == (inside.sum(), (inside & holds).sum())
    assert box.density == pytest.approx(holds[inside].mean())
    if holds.any():
        assert box.coverage == pytest.approx((inside & holds).sum() / holds.sum())


def test_the_box_of_a_world_is_in_its_own_units_and_says_how_many_it_holds(
    small: Scenario,
) -> None:
    found = sg.where(small, "months(status-quo) >= 12", worlds=256, ledger=None)
    limits = {limit.name: limit for limit in found.box.limits}
    assert "months_per_chip" in limits
    low = limits["months_per_chip"].low
    assert low is not None
    number = small.parameters["months_per_chip"]
    assert number.low < low < 3 * number.high
    assert found.box.density > 1.5 * found.holding / 256
    frame = found.to_pandas()
    assert frame["holds"].sum() == found.holding
    assert "quasi p" in str(found)


def test_switches_are_limits_by_the_names_of_their_alternatives(baseline: Scenario) -> None:
    options = "tools-USA-process=ban,tools-JPN-process=ban,tools-KOR-process=aligned"
    text = f"months_deployment(fixed:{options}) >= 6"
    switch = ["worlds.switches.adoption.alternatives[0].set.users_per_h100e=cnnic_users_per_h100e"]
    scenario = load("baseline-2026", settings=switch)
    found = sg.where(scenario, text, worlds=256, ledger=None)
    assert "switch adoption" in {limit.name for limit in found.box.limits}
    assert "telemetry" in str(found)


# Thresholds -------------------------------------------------------------------------------------


def test_a_threshold_is_certified_on_both_sides(small: Scenario) -> None:
    found = sg.thresholds(small, ["usa_stake"], ledger=None)
    for one in found.thresholds:
        assert one.changes is not None
        number = small.parameters["usa_stake"]
        assert abs(one.changes - one.stays) <= 0.01 * (number.high - number.low)
        for value, best in ((one.stays, True), (one.changes, False)):
            game = worlds_with(small, {"usa_stake": [value]}).game(0)
            record = sg.solve(game, "coordinated").play("coordinated")
            held = {**record.profile, **{p: old for p, (old, _) in one.instead.items()}}
            fixed = "fixed:" + ",".join(f"{point}={option}" for point, option in held.items())
            worlds = worlds_with(small, {"usa_stake": [value]})
            (row,) = sweep(small, worlds=worlds, plays=[fixed], ledger=None).rows
            assert row.answer.joint_payoff is not None
            worse = record.joint_payoff - row.answer.joint_payoff
            assert (worse <= 1e-4 * max(1, abs(record.joint_payoff))) is best


def test_a_budget_below_the_portfolio_changes_it(small: Scenario) -> None:
    together = sg.solve(small, "coordinated").play("coordinated")
    budget = "mys_budget"
    scenario = load("two-layers", settings=[f"parameters.{budget}.low=0"])
    (low, high) = sg.thresholds(scenario, [budget], ledger=None).thresholds
    outlay = together.outlay["MYS"]
    assert low.changes is not None
    assert low.changes < outlay <= low.stays + 1e-9
    assert high.changes is None


def test_thresholds_that_make_no_sense_are_refused(small: Scenario) -> None:
    for names, play, told in (
        (["usa_stakes"], "coordinated", "did you mean"),
        (["x"], "coordinated", "found 'x' - parameters.csv holds their names"),
        ([], "coordinated", "at least one"),
        (["usa_stake"], "unilateral", "one outcome"),
        (["usa_stake"], "status-quo", "one outcome"),
    ):
        with pytest.raises(InputError, match=told):
            sg.thresholds(small, names, play=play, ledger=None)


def test_where_no_world_has_an_answer_nothing_is_told(small: Scenario) -> None:
    nowhere = load("two-layers", settings=["parameters.usa_stake=0", "parameters.mys_stake=0"])
    with pytest.raises(NotCertifiedError, match="coordination gains nothing"):
        sg.where(nowhere, "lost(unilateral) >= 0", worlds=4, ledger=None)
    with pytest.raises(InputError, match="density"):
        sg.where(small, "months(status-quo) >= 2", density=0, ledger=None)


# The command ------------------------------------------------------------------------------------


def test_the_command_keeps_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["sensitivity", "two-layers", "--json"]
    assert main([*words, "--worlds", "4", "--group", "money=*budget,*outlay"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert set(found["groups"]) == {"money", "other"}
    assert found["worlds"] == 4 * (2 + 2)
    assert (Path(found["run"]) / "indices.parquet").exists()
    for method, told in (("sobol", "total: the share of the variance"), ("morris", "mean effect:")):
        assert main([*words[:2], "--method", method, "--worlds", "4"]) == 0
        shown = " ".join(capfd.readouterr().out.split())
        assert told in shown
        assert "at 95% confidence" in shown
    box = [*words, "--method", "box", "--where", "months(status-quo)<=8", "--worlds", "64"]
    assert main(box) == 0
    assert json.loads(capfd.readouterr().out)["condition"] == "months(status-quo) <= 8"
    threshold = ["--method", "threshold", "--numbers", "usa_stake"]
    assert main(["sensitivity", "two-layers", *threshold]) == 0
    assert "no longer at" in capfd.readouterr().out
    assert main([*words, "--method", "box"]) == 2
    assert main([*words, "--numbers", "usa_stake"]) == 2
    assert main([*words, "--method", "guess"]) == 2

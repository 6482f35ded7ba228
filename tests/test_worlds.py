"""Worlds: distributions of numbers, what is drawn together, and one game for each draw."""

from __future__ import annotations

import math
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, spearmanr

from games.errors import InputError
from scenarios import library
from scenarios.build import build_game
from scenarios.distributions import CUT, Distribution, distribution_of
from scenarios.errors import ScenarioError
from scenarios.expressions import parse
from scenarios.faults import FaultError
from scenarios.load import load
from scenarios.scenario import Scenario
from scenarios.worlds import METHODS, Method, Worlds, sample, worlds_at

SHARES = np.linspace(0, 1, 2001)


def held(distribution: Distribution) -> float:
    """Return the share of worlds in which a number lies in its range."""
    draws = distribution.quantile(np.linspace(0, 1, 20_001))
    return float(np.mean((draws >= distribution.low) & (draws <= distribution.high)))


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load("baseline-2026")


@pytest.fixture(scope="module")
def drawn(baseline: Scenario) -> Worlds:
    return sample(baseline, 1024, seed=3)


# One number -------------------------------------------------------------------------------------


def test_a_lognormal_has_its_value_in_the_middle_and_its_range_at_the_stated_shares() -> None:
    """By hand: with 80 percent held, the ends are 1.2816 deviations from the median."""
    price = Distribution("lognormal", 10, 20, 80, held=0.8)
    end = 1.2815515655446004
    below, above = math.log(2) / end, math.log(4) / end
    (first, middle, last) = price.quantile(np.array([0.0, 0.5, 1.0]))
    assert middle == pytest.approx(20)
    assert first == pytest.approx(20 * math.exp(-2.5758293035489004 * below))
    assert last == pytest.approx(20 * math.exp(2.5758293035489004 * above))
    assert held(price) == pytest.approx(0.8 / (1 - 2 * CUT), abs=1e-4)


def test_a_pert_that_touches_zero_is_a_beta_distribution_with_its_mode_at_the_value() -> None:
    share = Distribution("pert", 0, 0, 0.8, held=0.8)
    right = 0.8 / (1 - 0.2 ** (1 / 5))  # beta(1, 5) leaves (1 - x)^5 above x
    expected = right * beta.ppf(SHARES, 1, 5)
    np.testing.assert_allclose(share.quantile(SHARES), expected, rtol=1e-7)


def test_triangular_and_uniform_numbers_end_at_their_ranges() -> None:
    triangle = Distribution("triangular", 1, 2, 5, held=0.9)
    assert triangle.quantile(np.array([0, 0.25, 1])) == pytest.approx([1, 2, 5])
    assert Distribution("uniform", 1, 2, 5, 0.9).quantile(np.array([0.25])) == pytest.approx([2])
    assert Distribution("loguniform", 1, 2, 4, 0.9).quantile(np.array([0.5])) == pytest.approx([2])


@given(
    st.floats(0.001, 1000),
    st.floats(0.01, 10),
    st.floats(0.01, 10),
    st.sampled_from(["lognormal", "pert", "triangular", "uniform", "loguniform"]),
    st.sampled_from([0.8, 0.9]),
)
def test_quantiles_rise_keep_the_sign_and_hold_the_range(
    low: float, first: float, second: float, kind: str, share: float
) -> None:
    value = low * (1 + first)
    found = Distribution(kind, low, value, value * (1 + second), held=share)  # type: ignore[arg-type]
    draws = found.quantile(SHARES)
    assert (np.diff(draws) >= -1e-12 * draws[1:]).all()
    assert (draws >= 0).all()
    assert (draws[1:] > 0).all()
    assert held(found) >= share - 1e-3


@given(st.floats(0.1, 99), st.floats(0, 1), st.floats(0, 1))
def test_shares_of_a_whole_stay_in_it(value: float, left: float, right: float) -> None:
    low, high = value * left, value + (100 - value) * right
    for kind in ("lognormal", "pert"):
        if kind == "pert" or 0 < low < value < high:
            found = Distribution(kind, low, value, high, held=0.8, most=100.0)  # type: ignore[arg-type]
            draws = found.quantile(SHARES) if low < high else np.array([value])
            assert draws.max() <= 100 * (1 + 1e-9)


def test_the_rule_goes_by_sign_and_confidence(baseline: Scenario) -> None:
    numbers = baseline.parameters
    rule = {name: distribution_of(number) for name, number in numbers.items()}
    assert (rule["route_total"].kind, rule["route_total"].held) == ("lognormal", 0.8)
    assert (rule["evader_budget"].kind, rule["evader_budget"].held) == ("lognormal", 0.9)
    assert rule["design_licence_hazard"].kind == "pert"  # its range touches zero
    assert rule["h200_price"].kind == "pert"  # its value is its high end
    assert rule["h200_fee"].kind == rule["layer_correlation"].kind == "fixed"
    assert rule["careful_hazard"].most == 100
    assert rule["displaced_share"].most is None  # its range goes beyond the whole


# What is drawn together -------------------------------------------------------------------------


def column(worlds: Worlds, name: str) -> np.ndarray:
    return worlds.draws[:, worlds.names.index(name)]


def test_shares_of_routes_follow_a_dirichlet_distribution(
    drawn: Worlds, baseline: Scenario
) -> None:
    """Mean m and variance m (1 - m) / (weight + 1) of each share."""
    names = baseline.blueprint.worlds.shares[0].parameters
    table = np.column_stack([column(drawn, name) for name in names])
    np.testing.assert_allclose(table.sum(axis=1), 100)
    for name, share in zip(names, table.T / 100, strict=True):
        mean = baseline.parameters[name].value / 100
        assert share.mean() == pytest.approx(mean, abs=0.01)
        assert share.std() == pytest.approx(math.sqrt(mean * (1 - mean) / 11), rel=0.1)


def test_steps_of_a_supply_curve_are_in_step(drawn: Worlds) -> None:
    low, middle = column(drawn, "markup_low"), column(drawn, "markup_middle")
    assert spearmanr(low, middle).statistic == pytest.approx(1)
    assert not drawn.faults


def test_numbers_that_go_together_have_the_correlation_asked_for() -> None:
    scenario = load("baseline-2026", settings=['worlds.together.markups.rho="shared_cover"'])
    worlds = sample(scenario, 4096)
    pair = spearmanr(column(worlds, "markup_low"), column(worlds, "markup_high")).statistic
    assert pair == pytest.approx(6 / math.pi * math.asin(0.5 / 2), abs=0.02)  # of a copula, rho 0.5


def test_a_switch_has_its_probability_and_sets_what_it_says(drawn: Worlds) -> None:
    survey = drawn.chosen["adoption"] == 1
    assert survey.mean() == pytest.approx(0.5, abs=0.01)
    assert column(drawn, "china_adoption")[~survey].max() <= 16.4 + 0.1
    adopted = column(drawn, "cnnic_adoption")
    np.testing.assert_allclose(column(drawn, "china_adoption")[survey], adopted[survey])
    shared = drawn.chosen["covers"] == 1
    assert (column(drawn, "layer_correlation")[~shared] == 0).all()
    assert (column(drawn, "layer_correlation")[shared] > 0).all()
    assert shared.mean() == pytest.approx(0.3, abs=0.01)


def test_what_a_setting_moves_is_the_same_in_every_world() -> None:
    worlds = sample(
        load(
            "baseline-2026",
            overrides=["cnnic-adoption"],
            settings=["parameters.route_total=200", "parameters.share_mys=40"],
        ),
        16,
    )
    assert not {"route_total", "share_mys", "share_sgp", "china_adoption"} & set(worlds.names)
    assert set(worlds.chosen) == {"covers"}


# Games ------------------------------------------------------------------------------------------


def test_the_game_of_a_world_is_the_scenario_with_the_numbers_drawn(
    baseline: Scenario, drawn: Worlds
) -> None:
    game = drawn.game(5)
    assert game == build_game(baseline.blueprint, drawn.values(5))
    arc = next(arc for arc in game.arcs if arc.name == "smuggle-MYS")
    values = drawn.values(5)
    expected = 1000 * values["route_total"] * values["share_mys"] / 100  # k H100e in H100e
    assert arc.steps[0].capacity * 1000 == pytest.approx(expected)
    assert [p.name for p in game.points] == [p.name for p in baseline.game.points]


@pytest.mark.parametrize("method", METHODS)
def test_a_seed_gives_the_same_worlds_again_and_another_seed_others(
    baseline: Scenario, method: Method
) -> None:
    first, again, other = (sample(baseline, 8, seed=s, method=method) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.draws, again.draws)
    assert (first.draws != other.draws).any(axis=0).all()
    assert first.probabilities.sum() == pytest.approx(1)


def test_every_factor_is_filled_evenly(baseline: Scenario) -> None:
    for method in ("sobol", "latin"):
        points = sample(baseline, 64, method=method).points  # type: ignore[arg-type]
        counts = np.apply_along_axis(lambda p: np.bincount((p * 64).astype(int)), 0, points)
        assert (counts == 1).all()


def test_worlds_without_uncertain_numbers_are_all_the_same() -> None:
    scenario = load("two-layers")
    fixed = [
        f"parameters.{name}.distribution=fixed"
        for name, number in scenario.parameters.items()
        if not number.exact
    ]
    worlds = sample(load("two-layers", settings=fixed), 4)
    assert worlds.names == ()
    assert len(worlds.games) == 4
    assert worlds.game(0) == scenario.game


def test_a_world_that_contradicts_itself_is_told_and_the_others_stand(tmp_path: Path) -> None:
    scenario = load("two-layers")
    budget = next(n for n in scenario.parameters.values() if "budget" in n.name and not n.exact)
    worlds = sample(
        load("two-layers", settings=[f"parameters.{budget.name}.low=-1", "settings.evader=E"]), 64
    )
    bad = np.flatnonzero(column(worlds, budget.name) < 0)
    assert 0 < len(bad) < 64
    assert set(bad) <= set(worlds.faults)
    assert set(worlds.games) == set(range(64)) - set(worlds.faults)
    assert "expected a number >= 0" in str(worlds.faults[int(bad[0])])
    with pytest.raises(ScenarioError):
        worlds.game(int(bad[0]))


def test_samples_that_make_no_sense_are_refused_together(baseline: Scenario) -> None:
    with pytest.raises(InputError) as caught:
        sample(baseline, 0, seed=-1, method="dice")  # type: ignore[arg-type]
    assert len(caught.value.faults) == 3


def test_given_points_are_worlds_too(baseline: Scenario, drawn: Worlds) -> None:
    again = worlds_at(baseline, drawn.points[:3])
    np.testing.assert_array_equal(again.draws, drawn.draws[:3])


# Files ------------------------------------------------------------------------------------------

FAULTS = {
    "a share that is no parameter": (
        '"share_twn", "share_hkg"',
        '"share_tw", "share_hkg"',
        "worlds.shares.routes.parameters[2]: expected names of parameters, found 'share_tw'",
    ),
    "a parameter in two groups": (
        'parameters = ["step_cost", "step_cost_own"]',
        'parameters = ["step_cost", "markup_low"]',
        "worlds.together.steps.parameters[1]: expected each parameter in one group",
    ),
    "shares in different units": (
        '"share_jpn", "share_deu"]',
        '"share_jpn", "step_cost"]',
        "worlds.shares.routes.parameters: expected shares in one unit",
    ),
    "probabilities that do not add up": (
        'probability = "1-chance_survey"',
        'probability = "chance_survey/2"',
        "worlds.switches.adoption.alternatives: expected probabilities that add up to 1 (100 %), "
        "found 0.75",
    ),
    "a value in another unit": (
        'china_adoption = "cnnic_adoption"',
        'china_adoption = "cnnic_population"',
        "worlds.switches.adoption.alternatives[1].set.china_adoption: expected",
    ),
    "a value over what another switch sets": (
        'layer_correlation = "shared_cover"',
        'layer_correlation = "china_adoption"',
        "worlds.switches.covers.alternatives[1].set: expected values over parameters that no "
        "switch sets, found 'china_adoption'",
    ),
    "an alternative twice": (
        'name = "survey"',
        'name = "telemetry"',
        "worlds.switches.adoption.alternatives[1].name: expected each name once",
    ),
    "a correlation above one": (
        'rho = "1"',
        'rho = "route_weight"',
        "worlds.together.markups.rho: expected a number >= 0 and <= 1",
    ),
    "a group of one": (
        'parameters = ["rent_contract", "rent_market"]',
        'parameters = ["rent_contract"]',
        "worlds.together.rents.parameters: expected at least 2 entries, found 1",
    ),
    "an unknown key": (
        "[worlds.together.rents]",
        "[worlds.togther.rents]",
        "worlds.togther: expected one of the keys",
    ),
}


@pytest.mark.parametrize(("old", "new", "told"), FAULTS.values(), ids=FAULTS)
def test_faults_of_worlds_are_told_with_their_place(
    old: str, new: str, told: str, tmp_path: Path
) -> None:
    folder = tmp_path / "world"
    shutil.copytree(library.ROOT / "baseline-2026", folder)
    file = folder / "scenario.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ScenarioError) as caught:
        load(folder)
    assert any(told in fault for fault in caught.value.faults), caught.value


def test_a_drawn_number_that_is_divided_by_zero_is_told_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FaultError, match="division by zero in 'cover/0'"):
            parse("cover/0").value({"cover": np.float64(0.5)})


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("parameters.route_total.distribution=normal", "'lognormal', found 'normal'"),
        ("parameters.h200_fee.distribution=pert", "no distribution where exact = true"),
        ("parameters.h200_price.high=1e308", "a range within 1e.100 of zero"),
        ("parameters.h200_price.distribution=lognormal", "0 < low < value < high"),
        ("parameters.design_licence_hazard.distribution=loguniform", "0 < low with loguniform"),
    ],
)
def test_distributions_that_do_not_fit_a_number_are_refused(setting: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        load("baseline-2026", settings=[setting])

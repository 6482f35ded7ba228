"""Enforcement as a continuous choice: grids that refine themselves, and what bounds the rest."""

from __future__ import annotations

import itertools
import json
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import stratagem as sg
from games import grids
from games.closed_forms import layers
from games.closed_forms.twins import in_series, side_by_side
from games.enforcement import EnforcementCurve, Tier
from games.errors import InputError, NotCertifiedError
from games.layered import ControlPoint, LayeredGame, Option, Profile
from games.network import build_network
from scenarios import tiers
from scenarios.load import load_text
from scenarios.new import write_template
from scenarios.scenario import Scenario
from solvers.continuum import reach
from solvers.descent import respects_budgets
from solvers.outcomes import solve_play
from solvers.players import Player, player, weights_of
from solvers.plays import parse_play
from solvers.world import World
from stratagem.cli import main
from stratagem.explaining.explanation import explain
from stratagem.records.refinement import GridBound, Refinement
from stratagem.refinement import refine
from stratagem.runs.kept import open_run, write_run
from stratagem.runs.readback import comparison_of
from tests.builders import Traits, small_game

CURVE = EnforcementCurve(hazard_max=2.0, half_cost_bn_usd=0.25)
COARSE = [0.0, 0.5, 1.5]


def bound_of(refinement: Refinement | None, play: str) -> GridBound:
    assert refinement is not None
    return next(bound for bound in refinement.plays if bound.play == play)


# ------------------------------------------------------------------------------- closed forms


def test_one_point_on_one_way_is_enforced_as_calculus_says() -> None:
    stake = 2.0
    e = sp.Symbol("e", positive=True)
    loss = e + stake * sp.exp(-2 * (1 - 2 ** (-e / sp.Rational(1, 4))))
    at = float(sp.nsolve(sp.diff(loss, e), 0.3))
    least = float(loss.subs(e, at))
    game = in_series(CURVE, COARSE, layers=1, stakes=[stake])
    found = refine(game, ["coordinated"], tolerance=0.01)
    assert isinstance(found.world, LayeredGame)
    (option,) = found.comparison.play("coordinated").profile.values()
    tier = next(o for o in found.world.points[0].options if o.name == option)
    bound = bound_of(found.comparison.refinement, "coordinated")
    assert found.comparison.refinement is not None
    assert found.comparison.refinement.status == "closed"
    assert tier.cost == pytest.approx(at, abs=0.05)
    assert bound.bound is not None
    assert bound.objective - 1e-9 <= -least <= bound.bound + 1e-9
    assert bound.grid_gap == pytest.approx(bound.bound - bound.objective)
    assert bound.grid_gap <= 0.01


def test_layers_in_series_come_within_the_tolerance_of_the_closed_form() -> None:
    number, stake, tolerance = 2, 4.0, 0.1
    game = in_series(CURVE, COARSE, layers=number, stakes=[stake])
    letters = {"n": number, "M": stake, "h_max": 2.0, "e_half": 0.25}
    exact = -number * layers.spending().at(**letters)
    exact -= stake * layers.surviving_at_best().at(**letters)
    (coarse,) = solve_play(World(build_network(game)), parse_play(game, "coordinated"))
    assert exact - coarse.payoffs.joint > tolerance, "the first grid must not do"
    found = refine(game, ["coordinated"], tolerance=tolerance)
    bound = bound_of(found.comparison.refinement, "coordinated")
    assert bound.bound is not None
    assert coarse.payoffs.joint <= bound.objective <= exact + 1e-9
    assert exact <= bound.bound + 1e-9
    assert bound.objective >= exact - tolerance


def test_alone_nobody_gains_more_than_the_tolerance_by_any_other_enforcement() -> None:
    game = side_by_side(CURVE, COARSE, ways=2, stakes=[6.0, 1.5])
    found = refine(game, ["unilateral"], tolerance=0.05)
    assert isinstance(found.world, LayeredGame)
    fine = grids.refined(
        game,
        {
            (point.name, point.options[0].name): np.linspace(0, 1.5, 302)[1:-1].tolist()
            for point in game.points
        },
    )
    world = World(build_network(fine))
    spending = [o.cost for o in fine.points[0].options]
    for name in ("unilateral:best", "unilateral:worst"):
        record = found.comparison.play(name)
        bound = bound_of(found.comparison.refinement, name)
        assert bound.bound is None
        assert bound.grid_gap == max(bound.gaps.values()) <= 0.05
        costs = [
            next(o.cost for o in point.options if o.name == record.profile[point.name])
            for point in found.world.points
        ]
        here = [min(range(len(spending)), key=lambda o: abs(spending[o] - c)) for c in costs]
        for k, one in enumerate(fine.controllers):
            tried = [tuple(o if j == k else x for j, x in enumerate(here)) for o in range(303)]
            best = max(world.payoff(player(fine, [one.name]), profile) for profile in tried)
            assert best <= record.payoffs[one.name] + bound.gaps[one.name] + 0.02  # as near as here


# --------------------------------------------------------------------- bounds on random games


def tiered_game(rng: random.Random, *, aligned: bool) -> LayeredGame:
    """Return a random small game in which some points choose among tiers of one measure."""
    game = small_game(rng, Traits(aligned=aligned, largest=27))
    points: list[ControlPoint] = []
    for point in game.points:
        if rng.random() < 0.6:
            curve = EnforcementCurve(rng.choice([0.0, 0.5, 2.0]), rng.choice([0.05, 0.2]))
            fixed, spent = rng.choice([0.0, 0.125]), sorted(rng.sample([0.0, 0.1, 0.2, 0.4], 3))
            options = [Option("nothing")] + [
                Option(
                    f"check/{e:g}",
                    cost=fixed + e,
                    economic_cost=rng.choice([0.0, 0.125]) if e == spent[0] else 0.0,
                    hazard=curve.hazard(e),
                    measure="check",
                    tier=f"{e:g}",
                    enforcement=Tier(curve, e, fixed),
                )
                for e in spent
            ]
            rng.shuffle(options)
            points.append(replace(point, options=tuple(options), status_quo=0))
        else:
            points.append(point)
    controllers = tuple(
        replace(c, budget=sum(max(o.cost for o in p.options) for p in points if p.owner == c.name)
                * rng.choice([0.5, 1.0])
                + sum(min(o.cost for o in p.options) for p in points if p.owner == c.name))
        for c in game.controllers
    )  # fmt: skip
    return replace(game, points=tuple(points), controllers=controllers)


def best_of_all(game: LayeredGame, one: Player, base: Profile) -> float:
    """Return a player's best payoff over all its profiles within budgets, by trying them."""
    world = World(build_network(game))
    weights = weights_of(game, one, base, harm=0.0)
    profiles = itertools.product(*weights.allowed)
    return max(
        world.payoff(one, profile)
        for profile in profiles
        if respects_budgets(game, weights, profile)
    )


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.booleans())
def test_no_finer_grid_exceeds_the_bound(rng: random.Random, aligned: bool) -> None:
    game = tiered_game(rng, aligned=aligned)
    one = player(game, [rng.choice([c.name for c in game.controllers])])
    base = game.status_quo
    if not one.points:
        return
    added = {}
    for grid in grids.grids(game):
        options = [game.points[grid.point].options[o] for o in grid.options]
        ends = [o.enforcement.spending_bn_usd for o in options if o.enforcement is not None]
        key = (game.points[grid.point].name, options[0].name)
        added[key] = [rng.uniform(ends[0], ends[-1])]
    fine = grids.refined(game, added)
    assert all(len(p.options) <= len(q.options)
               for p, q in zip(game.points, fine.points, strict=True))  # fmt: skip
    bound = reach(game, one, base, generator=np.random.default_rng(0)).bound
    coarse, finer = best_of_all(game, one, base), best_of_all(fine, one, base)
    assert coarse <= finer + 1e-9
    assert finer <= bound + 1e-5 * max(1.0, abs(bound))
    finest = reach(fine, one, base, generator=np.random.default_rng(0)).bound
    assert finest <= bound + 1e-5 * max(1.0, abs(bound))


@settings(max_examples=5)
@given(st.randoms(use_true_random=False))
def test_refining_never_makes_an_optimum_worse_nor_its_bound_looser(rng: random.Random) -> None:
    game = tiered_game(rng, aligned=True)
    if not grids.grids(game):
        return
    (first,) = solve_play(World(build_network(game)), parse_play(game, "coordinated"))
    before = first.payoffs.joint
    for tolerance in (0.2, 0.05):
        found = refine(game, ["coordinated"], tolerance=tolerance)
        refinement = found.comparison.refinement
        if refinement is None or not refinement.plays:
            return
        bound = bound_of(refinement, "coordinated")
        assert bound.bound is not None
        assert before - 1e-5 * max(1.0, abs(before)) <= bound.objective <= bound.bound + 1e-9
        assert refinement.status == "settled" or bound.grid_gap <= tolerance
        before = bound.objective


# -------------------------------------------------------------------------------- scenarios


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Return the small scenario that `stratagem new` writes, with a cheap open road closed."""
    folder = tmp_path_factory.mktemp("example") / "example"
    write_template(folder)
    return sg.load(folder, settings=["controllers.Leader.budget=5", "parameters.lost_sales=0.01"])


def halfway(scenario: Scenario) -> dict[tuple[str, str], list[float]]:
    """Return three further tiers of every grid."""
    added = {}
    for grid in grids.grids(scenario.game):
        point = scenario.game.points[grid.point]
        spent = [t.spending_bn_usd for o in grid.options if (t := point.options[o].enforcement)]
        low, high = spent[0], spent[-1]
        key = (point.name, point.options[grid.options[0]].name)
        added[key] = [low + share * (high - low) for share in (0.25, 0.5, 0.8)]
    return added


@pytest.mark.parametrize("name", ["example", "baseline-2026"])
def test_a_refined_scenario_is_the_refined_game(name: str, example: Scenario) -> None:
    scenario = example if name == "example" else sg.load(name)
    added = halfway(scenario)
    assert added
    fine, expected = tiers.refined(scenario, added), grids.refined(scenario.game, added)
    for point, wanted in zip(fine.game.points, expected.points, strict=True):
        options = {option.name: option for option in point.options}
        assert set(options) == {option.name for option in wanted.options}
        for option in wanted.options:
            assert options[option.name].hazard == pytest.approx(option.hazard, rel=1e-12)
            assert options[option.name].cost == pytest.approx(option.cost, rel=1e-12)
    assert fine.game.status_quo == fine.game.profile(scenario.game.option_names(
        scenario.game.status_quo))  # fmt: skip
    assert fine.parameters.keys() == scenario.parameters.keys()
    assert (fine.overrides, fine.settings) == (scenario.overrides, scenario.settings)
    assert load_text(fine.text).game == fine.game


def test_tiers_in_between_move_with_the_numbers_of_the_scenario(example: Scenario) -> None:
    fine = tiers.refined(example, halfway(example))
    richer = load_text(fine.text, settings=["parameters.leader_enforcement=0.4"])
    grid = grids.grids(richer.game)[0]
    spent = sorted(richer.game.points[grid.point].options[o].cost for o in grid.options)
    assert spent == pytest.approx([0.4, 0.5, 0.6, 0.72, 0.8])


def test_a_tier_declared_in_place_has_numbers_beside_it(example: Scenario) -> None:
    point = example.game.points[grids.grids(example.game)[0].point]
    path = f"points.{point.name}.options.checks.enforcement.tiers.double=0.9"
    changed = load_text(example.text, settings=[path])
    added = halfway(changed)
    fine = tiers.refined(changed, added)
    (amounts,) = added.values()
    costs = [option.cost for option in fine.game.points[fine.game.point_index[point.name]].options]
    for amount in amounts:
        assert min(abs(cost - amount) for cost in costs) < 1e-12


def test_a_refined_run_is_kept_read_back_and_explained(example: Scenario, tmp_path: Path) -> None:
    found = refine(example, ["coordinated"], tolerance=0.02)
    refinement = found.comparison.refinement
    assert refinement is not None
    assert refinement.tiers > 0
    assert isinstance(found.world, Scenario)
    assert found.comparison.scenario_hash == found.world.hash != example.hash
    folder = write_run(found.comparison, found.world, folder=tmp_path / "run")
    assert comparison_of(open_run(folder)).refinement == refinement
    explain(str(folder), play="coordinated")
    result = json.loads((folder / "result.json").read_text())
    for key, value in (("objective", 1.0), ("grid_gap", 0.0), ("bound", 7.0)):
        changed = json.loads(json.dumps(result))
        changed["refinement"]["plays"][0][key] = value
        (folder / "result.json").write_text(json.dumps(changed))
        with pytest.raises(NotCertifiedError, match=f"refinement.plays\\[0\\].{key}"):
            explain(str(folder), play="coordinated")
    result["refinement"]["status"] = "settled"
    (folder / "result.json").write_text(json.dumps(result))
    with pytest.raises(NotCertifiedError, match=r"refinement.status: expected 'closed'"):
        explain(str(folder), play="coordinated")


# ----------------------------------------------------------------------------------- edges


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan, math.inf])
def test_a_tolerance_that_means_nothing_is_refused(tolerance: float) -> None:
    with pytest.raises(InputError, match="refine: expected a tolerance > 0 in bn USD a year"):
        refine(in_series(CURVE, COARSE, layers=1, stakes=[1.0]), ["alone:x"], tolerance=tolerance)


def test_without_a_curve_there_is_nothing_to_refine(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["solve", "two-layers", "--refine", "0.1"]) == 2
    assert "none in two-layers - there is nothing to refine" in " ".join(
        capsys.readouterr().err.split()
    )
    flat = EnforcementCurve(hazard_max=0.0, half_cost_bn_usd=1.0)
    with pytest.raises(InputError, match="nothing to refine"):
        refine(in_series(flat, COARSE, layers=1, stakes=[1.0]), ["coordinated"], tolerance=0.1)


def test_subsets_of_layers_have_no_common_grid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "baseline-2026", "--refine", "0.1", "--layers", "1"]) == 2
    assert "layers: expected 0 or none beside --refine, found 1" in capsys.readouterr().err


def test_when_the_time_is_up_the_bound_so_far_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_template(tmp_path / "mine")
    words = ["solve", "mine", "--refine", "1e-6", "--time-limit", "1e-3", "--json"]
    changes = ["--set", "controllers.Leader.budget=5", "--set", "parameters.lost_sales=0.01"]
    assert main([*words, *changes]) == 4
    printed = json.loads(capsys.readouterr().out)
    refinement = printed["refinement"]
    assert refinement["status"] == "limit"
    (bound,) = refinement["plays"]
    assert bound["bound"] - bound["objective"] == pytest.approx(bound["grid_gap"])
    assert (Path(printed["run"]) / "result.json").is_file()


def test_the_answer_says_what_the_grid_hides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    write_template(tmp_path / "mine")
    changes = ["--set", "controllers.Leader.budget=5", "--set", "parameters.lost_sales=0.01"]
    assert main(["compare", "mine", "--plays", "coordinated", "--refine", "0.02", *changes]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Between the tiers" in told
    assert "Other enforcement gains at most 20 M USD a year, as was asked for." in told
    assert "the grid hides at most" in told

"""Closed forms: their algebra proven, their numbers checked, and the solvers held against them."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from games.closed_forms import contests, gaps, layers
from games.closed_forms.alliances import TECHNOLOGIES, alliance, weakest_wedge
from games.closed_forms.forms import ClosedForm, Slope, proven
from games.closed_forms.twins import in_series, side_by_side
from games.enforcement import EnforcementCurve
from games.errors import GameError
from games.layered import LayeredGame, Profile
from games.network import build_network
from games.normal_form import normal_form
from games.regret import assessment, pure_profile
from solvers.evader import Evader
from solvers.finite.pure import pure_profiles
from solvers.outcomes import PlayResult, solve_play
from solvers.plays import parse_play
from solvers.world import World

CURVE = EnforcementCurve(hazard_max=2.0, half_cost_bn_usd=0.25)
LETTERS = {"h_max": 2.0, "e_half": 0.25}
STEP = 0.05
SPENDING = [STEP * i for i in range(31)]

amounts = st.floats(0.05, 20.0)


def outcomes(game: LayeredGame, play: str) -> tuple[PlayResult, ...]:
    return solve_play(World(build_network(game)), parse_play(game, play))


def spent(profile: Profile) -> list[float]:
    return [SPENDING[option] for option in profile]


# ----------------------------------------------------------------------------- expressions


def test_a_form_says_which_numbers_it_needs() -> None:
    survival = layers.surviving()
    assert survival.at(n=3, h=0.5, rho=0.0) == pytest.approx(math.exp(-1.5), rel=1e-15)
    with pytest.raises(GameError, match="expected numbers for h, n, rho, found none for rho"):
        survival.at(n=3, h=0.5)
    with pytest.raises(GameError, match="found x as well"):
        survival.at(n=3, h=0.5, rho=0.0, x=1)
    with pytest.raises(GameError, match="expected rho <= 1, found h = 0.5, n = 3, rho = 2"):
        survival.at(n=3, h=0.5, rho=2.0)


def test_a_sign_that_algebra_does_not_show_is_refused() -> None:
    x, y = sp.symbols("x y", positive=True)
    with pytest.raises(GameError, match="expected a derivative of one sign"):
        proven(x - y, {})
    assert proven(x - y, {x: y + 1}) is Slope.RISES
    assert proven((x - y) ** 2 - x**2 + 2 * x * y - y**2, {}) is Slope.STAYS


SLOPES: list[tuple[ClosedForm, dict[str, str]]] = [
    (layers.surviving(), {"n": "falls", "h": "falls", "rho": "rises"}),
    (layers.nth_layer(), {"V": "rises", "n": "falls"}),
    (layers.stopped_of_rest(), {"h": "rises", "n": "stays", "rho": "falls"}),
    (layers.spending(), {"M": "rises", "n": "falls"}),
    (
        layers.surviving_at_best(),
        {"M": "falls", "n": "falls", "h_max": "falls", "e_half": "rises"},
    ),
    (layers.contests_in_series().passing, {"n": "falls", "V": "rises", "W": "falls"}),
    (layers.contests_in_series().care, {"n": "falls", "V": "rises"}),
    (layers.contests_in_series().enforcement, {"n": "falls", "W": "rises"}),
    (layers.contests_in_series().evader, {"n": "falls", "c_a": "falls", "c_e": "rises"}),
    (layers.contests_in_series().most, {"V": "rises", "W": "falls"}),
    (contests.tullock().passing, {"V": "rises", "W": "falls", "c_a": "falls", "c_e": "rises"}),
    (contests.search().passing, {"V": "rises", "W": "falls", "k": "falls"}),
    (contests.search().enforcement, {"V": "falls", "W": "rises", "k": "rises"}),
    (contests.search().evader, {"V": "rises", "W": "falls", "k": "falls"}),
    (gaps.level_hazard(), {"M": "rises", "n": "falls", "e_half": "falls", "h_max": "rises"}),
    (gaps.passing(), {"u": "rises", "h": "falls", "Q": "rises"}),
    (gaps.closing(), {"u": "rises", "h": "rises"}),
    (gaps.saving_elsewhere(), {"u": "falls", "h": "falls"}),
    (weakest_wedge(3), {"s2": "rises", "s3": "rises", "c1": "falls", "base": "falls"}),
]


@pytest.mark.parametrize(
    ("form", "letter", "slope"),
    [(form, letter, slope) for form, slopes in SLOPES for letter, slope in slopes.items()],
    ids=lambda x: x.name if isinstance(x, ClosedForm) else x,
)
def test_comparative_statics_have_the_sign_that_the_text_says(
    form: ClosedForm, letter: str, slope: str
) -> None:
    assert form.slope(letter).value == slope


def test_more_at_stake_for_the_favourite_discourages_the_other() -> None:
    # nti1999, on page 1: the underdog's stakes rouse both, the favourite's only the favourite
    contest, more = contests.tullock(), sp.Symbol("more", positive=True)
    worth, harm = contests.V / contests.c_a, contests.W / contests.c_e
    favoured = {contests.V: (harm + more) * contests.c_a}
    assert contest.enforcement.slope("V", where=favoured) is Slope.FALLS
    assert contest.care.slope("W", where=favoured) is Slope.RISES
    hunted = {contests.W: (worth + more) * contests.c_e}
    assert contest.enforcement.slope("V", where=hunted) is Slope.RISES
    assert contest.care.slope("W", where=hunted) is Slope.FALLS


def test_what_the_second_layer_saves_falls_with_correlation() -> None:
    second = {layers.n: sp.Integer(2), layers.rho: 1 / (1 + layers.t)}
    assert layers.nth_layer().slope("rho", where=second) is Slope.FALLS


# ------------------------------------------------------------------------------- contests


@pytest.mark.parametrize(
    "contest", [contests.tullock(), contests.search()], ids=["tullock", "search"]
)
def test_no_small_change_pays_in_the_equilibrium_of_a_contest(contest: contests.Contest) -> None:
    at = {contests.a: contest.care.expression, contests.e: contest.enforcement.expression}
    for payoff, effort in (
        (contest.evader_payoff(), contests.a),
        (contest.government_loss(), contests.e),
    ):
        assert sp.simplify(sp.diff(payoff, effort).subs(at)) == 0
    assert sp.simplify(contest.chance.subs(at) - contest.passing.expression) == 0
    assert sp.simplify(contest.evader_payoff().subs(at) - contest.evader.expression) == 0
    assert sp.simplify(contest.government_loss().subs(at) - contest.government.expression) == 0


@settings(max_examples=25)
@given(V=amounts, W=amounts, c_a=amounts, c_e=amounts, k=amounts, search=st.booleans())
def test_no_change_at_all_pays_in_the_equilibrium_of_a_contest(
    V: float,  # noqa: N803 (the letters of the module)
    W: float,  # noqa: N803
    c_a: float,
    c_e: float,
    k: float,
    search: bool,
) -> None:
    values = {"V": V, "W": W, "c_a": c_a, "c_e": c_e} | ({"k": k} if search else {})
    contest = contests.search() if search else contests.tullock()
    if search and k * W * c_a / (V * c_e) > 1:
        with pytest.raises(GameError, match="expected"):
            contest.care.at(**values)
        return
    care, effort = contest.care.at(**values), contest.enforcement.at(**values)

    def chance(own: Any, other: Any) -> Any:
        return np.exp(-k * other / own) if search else own / (own + other)

    tried = np.concatenate([[1e-12], np.geomspace(1e-4, 1e4, 2001)])
    kept = V * chance(care, effort) - c_a * care
    assert kept >= (V * chance(care * tried, effort) - c_a * care * tried).max() - 1e-9 * V
    assert kept >= -1e-9 * V
    lost = W * chance(care, effort) + c_e * effort
    assert lost <= (W * chance(care, effort * tried) + c_e * effort * tried).min() + 1e-9 * W
    assert contest.evader.at(**values) == pytest.approx(kept, rel=1e-9, abs=1e-9 * V)
    assert contest.government.at(**values) == pytest.approx(lost, rel=1e-9)


def efforts_around(equilibrium: float) -> list[float]:
    return [equilibrium * factor for factor in (0.0, 0.25, 0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0, 4.0)]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_finite_solvers_find_the_equilibrium_of_contests_in_series(number: int) -> None:
    """A grid of efforts that holds the closed form: it comes back, without regret."""
    values = {"V": 5.0, "W": 2.0, "c_a": 1.0, "c_e": 1.0, "n": float(number)}
    series = layers.contests_in_series()
    care = efforts_around(series.care.at(**values))
    effort = efforts_around(series.enforcement.at(**values))
    passing = [[(own / (own + other) if own else 0.0) for other in effort] for own in care]
    won = np.array(passing) ** number  # the same at every layer
    evader = values["V"] * won - number * np.array(care)[:, None]
    government = -values["W"] * won - number * np.array(effort)[None, :]
    game = normal_form([evader, government])
    assert (5, 5) in pure_profiles(game)
    assert max(assessment(game, pure_profile(game, (5, 5))).regret) <= 1e-12
    assert won[5, 5] == pytest.approx(series.passing.at(**values), rel=1e-12)
    assert evader[5, 5] == pytest.approx(series.evader.at(**values), rel=1e-12)


def test_from_some_number_of_layers_on_the_evader_gives_up() -> None:
    values = {"V": 5.0, "W": 2.0, "c_a": 1.0, "c_e": 1.0}
    series = layers.contests_in_series()
    assert series.most.at(**values) == pytest.approx(3.5)
    assert series.evader.at(**values, n=3.0) > 0
    with pytest.raises(GameError, match="expected"):
        series.evader.at(**values, n=4.0)


# --------------------------------------------------------------------------------- layers


@pytest.mark.parametrize("number", [1, 2, 3, 5])
@pytest.mark.parametrize("rho", [0.0, 0.3, 1.0])
def test_what_survives_layers_in_the_evaders_programme_is_the_closed_form(
    number: int, rho: float
) -> None:
    game = in_series(CURVE, SPENDING, layers=number, stakes=[1.0], correlation=rho)
    evader = Evader(build_network(game))
    survival = layers.surviving()
    for tier in (1, 8, 30):
        expected = survival.at(n=number, h=CURVE.hazard(SPENDING[tier]), rho=rho)
        assert evader.value((tier,) * number) == pytest.approx(expected, rel=1e-9)
        if number > 1:
            without = evader.value((tier,) * (number - 1) + (0,))
            saved = layers.nth_layer().at(V=1, n=number, h=CURVE.hazard(SPENDING[tier]), rho=rho)
            assert without - expected == pytest.approx(saved, rel=1e-9, abs=1e-12)


def rounded(value: float) -> float:
    return STEP * round(value / STEP)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("stake", [0.5, 2.0, 10.0])
def test_the_best_portfolio_in_series_lies_between_the_closed_form_and_its_rounding(
    number: int, stake: float
) -> None:
    """No tolerance: the continuous optimum bounds it from below, its nearest tiers from above."""
    game = in_series(CURVE, SPENDING, layers=number, stakes=[stake])
    (found,) = outcomes(game, "coordinated")
    letters = {"n": number, "M": stake, **LETTERS}
    best = layers.spending().at(**letters)
    exact = number * best + stake * layers.surviving_at_best().at(**letters)
    near = rounded(best)
    upper = number * near + stake * math.exp(-number * CURVE.hazard(near))
    assert exact - 1e-9 <= -found.payoffs.joint <= upper + 1e-9
    assert spent(found.profile) == pytest.approx([best] * number, abs=1.5 * STEP)


@pytest.mark.parametrize("number", [2, 3])
def test_each_alone_in_series_spends_what_the_closed_form_says(number: int) -> None:
    """On grids of at most 3000 profiles, so that all equilibria are found."""
    stake = 4.0
    tiers = SPENDING if number == 2 else SPENDING[:14]
    game = in_series(CURVE, tiers, layers=number, stakes=[stake] * number)
    alone = layers.spending().at(n=number, M=stake, **LETTERS)
    together = layers.spending().at(n=number, M=stake * number, **LETTERS)
    assert alone < together - STEP
    for outcome in outcomes(game, "unilateral"):
        assert spent(outcome.profile) == pytest.approx([alone] * number, abs=2 * STEP)
        assert sum(spent(outcome.profile)) == pytest.approx(alone * number, abs=number * STEP / 2)
    (found,) = outcomes(game, "coordinated")
    assert spent(found.profile) == pytest.approx([together] * number, abs=1.5 * STEP)


def test_below_the_threshold_nobody_spends_anything() -> None:
    rate = math.log(2) / LETTERS["e_half"]
    stake = 0.99 / (rate * LETTERS["h_max"])
    with pytest.raises(GameError, match="expected"):
        layers.spending().at(n=1, M=stake, **LETTERS)
    (found,) = outcomes(in_series(CURVE, SPENDING, layers=2, stakes=[stake]), "coordinated")
    assert spent(found.profile) == [0.0, 0.0]


# ----------------------------------------------------------------------------------- gaps


@pytest.mark.parametrize("number", [2, 3])
def test_side_by_side_a_union_raises_all_ways_together(number: int) -> None:
    stake = 6.0
    game = side_by_side(CURVE, SPENDING, ways=number, stakes=[stake])
    (found,) = outcomes(game, "coordinated")
    letters = {"n": number, "M": stake, **LETTERS}
    best = gaps.level_spending().at(**letters)
    assert CURVE.hazard(best) == pytest.approx(gaps.level_hazard().at(**letters), rel=1e-9)
    exact = number * best + stake * math.exp(-gaps.level_hazard().at(**letters))
    near = rounded(best)
    upper = number * near + stake * math.exp(-CURVE.hazard(near))
    assert exact - 1e-9 <= -found.payoffs.joint <= upper + 1e-9
    assert len(set(found.profile)) == 1


def test_alone_the_weakest_sets_the_hazard_of_all_and_nothing_is_an_equilibrium_too() -> None:
    stakes = [6.0, 1.5, 0.8]
    game = side_by_side(CURVE, SPENDING, ways=3, stakes=stakes)
    best, worst = outcomes(game, "unilateral")
    assert spent(worst.profile) == [0.0, 0.0, 0.0]
    wanted = [gaps.level_spending().at(n=1, M=stake, **LETTERS) for stake in stakes]
    assert wanted == sorted(wanted, reverse=True)
    assert spent(best.profile) == pytest.approx([wanted[-1]] * 3, abs=STEP)
    assert len(set(best.profile)) == 1
    (together,) = outcomes(game, "coordinated")
    union = gaps.level_spending().at(n=3, M=sum(stakes), **LETTERS)
    assert spent(together.profile) == pytest.approx([union] * 3, abs=STEP)
    assert union > wanted[-1] + STEP


@pytest.mark.parametrize("units", [0.25, 0.75])
def test_an_open_way_leaks_what_it_holds_however_strict_the_others(units: float) -> None:
    game = side_by_side(CURVE, SPENDING, ways=2, stakes=[1.0], open_way=units)
    evader = Evader(build_network(game))
    for tier in (0, 5, 30):
        hazard = CURVE.hazard(SPENDING[tier])
        expected = gaps.passing().at(Q=1, u=units, h=hazard) if hazard else 1.0
        assert evader.value((tier, tier)) == pytest.approx(expected, rel=1e-9)
        assert evader.value((tier, tier)) >= units
    strict = CURVE.hazard(SPENDING[-1])
    closed = side_by_side(CURVE, SPENDING, ways=2, stakes=[1.0])
    saved = evader.value((30, 30)) - Evader(build_network(closed)).value((30, 30))
    assert saved == pytest.approx(gaps.closing().at(Q=1, u=units, h=strict), rel=1e-9)


# ------------------------------------------------------------------------------ alliances

JOIN = {"total": sum, "weakest_link": min, "best_shot": max}


@settings(max_examples=20)
@given(
    technology=st.sampled_from(TECHNOLOGIES),
    worths=st.lists(st.sampled_from([1.5, 2.0, 3.0, 8.0]), min_size=2, max_size=3),
    rng=st.randoms(use_true_random=False),
)
def test_an_alliance_alone_is_the_best_equilibrium_of_a_grid_that_holds_it(
    technology: str, worths: list[float], rng: Any
) -> None:
    costs = [rng.choice([0.5, 1.0, 1.25]) for _ in worths]
    letters = {f"v{i}": v for i, v in enumerate(worths, 1)}
    letters |= {f"c{i}": c for i, c in enumerate(costs, 1)}
    found = alliance(technology, len(worths))
    alone, together = found.alone.at(k=1, **letters), found.together.at(k=1, **letters)
    ratio = found.wedge.at(**letters)
    assert together - alone == pytest.approx(math.log(ratio), abs=1e-9)
    assert ratio >= 1 - 1e-12
    grid = sorted({0.0, alone / 3, alone, together, 1.2 * together, alone + 0.3})
    shape = (len(grid),) * len(worths)
    reached = np.empty(shape)
    for profile in itertools.product(range(len(grid)), repeat=len(worths)):
        reached[profile] = JOIN[technology]([grid[x] for x in profile])
    efforts = np.meshgrid(*[grid] * len(worths), indexing="ij")
    payoffs = [
        v * (1 - np.exp(-reached)) - c * effort
        for v, c, effort in zip(worths, costs, efforts, strict=True)
    ]
    joint = sum(payoffs)
    equilibria = pure_profiles(normal_form(payoffs))
    best = max(equilibria, key=lambda profile: joint[profile])
    assert reached[best] == pytest.approx(alone, abs=1e-12)
    if technology == "weakest_link":
        assert {round(float(reached[x]), 9) for x in equilibria} == {
            round(level, 9) for level in grid if level <= alone + 1e-12
        }
    union = np.unravel_index(int(joint.argmax()), shape)
    assert reached[union] == pytest.approx(together, abs=1e-12)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_equals_leave_no_gap_at_the_weakest_link_and_a_factor_n_elsewhere(size: int) -> None:
    letters = {f"v{i}": 2.0 for i in range(1, size + 1)}
    letters |= {f"c{i}": 0.5 for i in range(1, size + 1)}
    wedges = [alliance(technology, size).wedge.at(**letters) for technology in TECHNOLOGIES]
    assert wedges == pytest.approx([size, 1, size])


def test_the_weakest_link_wedge_is_what_the_others_have_more_at_stake() -> None:
    assert weakest_wedge(4).expression.is_positive
    wedge = alliance("weakest_link", 2).wedge.at(v1=1.0, c1=1.0, v2=6.0, c2=2.0)
    assert wedge - 1 == pytest.approx(weakest_wedge(2).at(base=1.0, c1=1.0, c2=2.0, s2=2.0))


def test_an_alliance_that_means_nothing_is_refused() -> None:
    with pytest.raises(GameError, match="expected one of total, weakest_link, best_shot"):
        alliance("strongest", 2)
    with pytest.raises(GameError, match="at least one government"):
        alliance("total", 0)
    with pytest.raises(GameError, match="expected one or 3, found 2"):
        in_series(CURVE, SPENDING, layers=3, stakes=[1.0, 2.0])

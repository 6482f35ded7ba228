"""A damaged answer is refused, whatever it is that was damaged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from games.errors import NotCertifiedError
from games.layered import Controller, LayeredGame
from games.network import Network, build_network
from solvers.certificate import Certificate, certify, evaluated
from solvers.evader import EvaderResponse
from solvers.players import player
from solvers.world import World
from tests.builders import any_game
from tests.oracle import Oracle
from tests.test_plays import guards


class Answer:
    """A sound answer to a small game: everyone open, and nobody decides but A."""

    def __init__(self, game: LayeredGame, profile: tuple[int, ...]) -> None:
        self.game = game
        self.network: Network = build_network(game)
        self.world = World(self.network)
        self.response: EvaderResponse = self.world.respond(profile)
        self.payoffs = self.world.payoffs(profile)
        self.players = [player(game, [controller.name]) for controller in game.controllers]
        self.bounds = {
            one.name: sum(self.payoffs.total[name] for name in one.members) for one in self.players
        }

    def certify(self, **changes: Any) -> Certificate:
        claims: dict[str, Any] = {
            "players": self.players,
            "bounds": self.bounds,
            "claimed": self.payoffs,
            "status": "proven",
            "gap": 1e-6,
        }
        response = changes.pop("response", self.response)
        return certify(self.network, response, **{**claims, **changes})


@pytest.fixture
def answer() -> Answer:
    return Answer(guards(), (0, 0, 0))


def test_a_sound_answer_passes(answer: Answer) -> None:
    certificate = answer.certify()
    assert certificate.status == "proven"
    assert certificate.regret == pytest.approx({"A": 0.0, "B": 0.0, "C": 0.0}, abs=1e-9)
    assert certificate.evader_gap == pytest.approx(0.0, abs=1e-9)
    assert certificate.violation == pytest.approx(0.0, abs=1e-9)


def damaged(answer: Answer, **changes: Any) -> str:
    with pytest.raises(NotCertifiedError) as caught:
        answer.certify(**changes)
    return str(caught.value)


def test_a_flow_beyond_a_capacity_is_refused(answer: Answer) -> None:
    more = replace(answer.response, flows=answer.response.flows * 1.5)
    assert "expected a plan within its limits, found one over by 0.5" in damaged(
        answer, response=more
    )


def test_a_flow_out_of_nothing_is_refused(answer: Answer) -> None:
    flows = answer.response.flows.copy()
    flows[0] = 0.0
    message = damaged(answer, response=replace(answer.response, flows=flows))
    assert "expected a plan within its limits" in message


def test_a_plan_that_is_not_best_is_refused(answer: Answer) -> None:
    less = replace(answer.response, flows=answer.response.flows * 0.5)
    message = damaged(answer, response=less)
    assert "expected equal values of the evader's plan and prices, found 0.5 and 1" in message
    assert "expected the payoff of A to be -2.5, found -5" in message


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_wrong_prices_are_refused(factor: float) -> None:
    game = replace(guards("AB"), evader_budget=0.25)
    priced = replace(
        game, arcs=tuple(replace(a, steps=(replace(a.steps[0], price=1.0),)) for a in game.arcs)
    )
    answer = Answer(priced, (0, 0))
    assert answer.response.money_price > 0
    answer.certify()
    money = replace(answer.response, money_price=answer.response.money_price * factor)
    assert "expected equal values" in damaged(answer, response=money)
    nodes = replace(answer.response, node_prices=answer.response.node_prices * factor)
    assert "expected equal values" in damaged(answer, response=nodes)


def test_a_claimed_payoff_that_is_not_what_happens_is_refused(answer: Answer) -> None:
    claimed = {**answer.payoffs.total, "B": answer.payoffs.total["B"] + 0.01}
    message = damaged(answer, claimed=replace(answer.payoffs, total=claimed))
    assert "expected the payoff of B to be -5, found -4.99 bn USD claimed" in message
    assert "payoff of A" not in message


def test_another_profile_than_the_one_answered_is_refused(answer: Answer) -> None:
    assert "certificate of guards" in damaged(
        answer, response=replace(answer.response, profile=(1, 0, 0))
    )


def test_a_possible_gain_is_refused(answer: Answer) -> None:
    bounds = {**answer.bounds, "A": -1.0}
    message = damaged(answer, bounds=bounds)
    assert "expected A to have nothing to gain, found a possible gain of 4 bn USD" in message


def test_a_bound_below_what_is_had_is_refused(answer: Answer) -> None:
    """Such a bound proves nothing: the model that it came from is wrong."""
    message = damaged(answer, bounds={**answer.bounds, "A": -5.5})
    assert "expected a bound of A of at least -5, found -5.5 bn USD" in message


def test_a_profile_beyond_a_budget_is_refused() -> None:
    game = guards()
    poor = replace(game, controllers=tuple(replace(c, budget=0.5) for c in game.controllers))
    message = damaged(Answer(poor, (1, 0, 0)))
    assert "expected A to spend at most 0.5 bn USD a year, found 1" in message


def test_a_gain_within_the_gap_asked_for_passes_and_is_reported(answer: Answer) -> None:
    certificate = answer.certify(bounds={**answer.bounds, "A": -4.9}, gap=0.05)
    assert certificate.regret["A"] == pytest.approx(0.1)
    assert certificate.bound_gap == pytest.approx(0.02)


def test_at_the_limit_of_time_an_open_bound_is_reported_but_a_wrong_plan_is_not_excused(
    answer: Answer,
) -> None:
    certificate = answer.certify(bounds={**answer.bounds, "A": -1.0}, status="limit")
    assert certificate.regret["A"] == pytest.approx(4.0)
    less = replace(answer.response, flows=answer.response.flows * 0.5)
    assert "expected equal values" in damaged(answer, response=less, status="limit")


def test_all_faults_are_named_together(answer: Answer) -> None:
    bounds = dict.fromkeys(answer.bounds, 0.0)
    more = replace(answer.response, flows=answer.response.flows * 1.5)
    assert len(damaged(answer, response=more, bounds=bounds).splitlines()) >= 4
    assert NotCertifiedError.exit_code == 3


def test_numbers_that_are_none_are_refused(answer: Answer) -> None:
    flows = answer.response.flows.copy()
    flows[-1] = np.nan
    message = damaged(answer, response=replace(answer.response, flows=flows))
    assert "expected a plan within its limits" in message
    assert "nothing to gain" in damaged(answer, bounds={**answer.bounds, "A": float("nan")})
    assert "payoff of A" in damaged(
        answer,
        claimed=replace(answer.payoffs, total={**answer.payoffs.total, "A": float("nan")}),
    )


@settings(max_examples=25)
@given(game=any_game(largest=27))
def test_any_damage_to_a_random_answer_is_seen(game: LayeredGame) -> None:
    if not Oracle(game).affordable(game.status_quo):
        return
    answer = Answer(game, game.status_quo)
    answer.certify()
    flows = answer.response.flows
    busiest = int(np.argmax(flows))
    if flows[busiest] < 0.1:
        return
    doubled = flows.copy()
    doubled[busiest] *= 2
    check = evaluated(answer.network, replace(answer.response, flows=doubled))
    honest = evaluated(answer.network, answer.response)
    assert check.violation > 1e-3 or check.primal <= honest.primal + 1e-9
    claimed = {name: value + 0.5 for name, value in answer.payoffs.total.items()}
    damaged(answer, claimed=replace(answer.payoffs, total=claimed))


@settings(max_examples=15)
@given(game=any_game(largest=27))
def test_regrets_are_what_brute_force_says(game: LayeredGame) -> None:
    """With the true best responses as bounds, the certificate holds exactly at equilibria."""
    oracle = Oracle(game)
    for profile in list(oracle.profiles())[:4]:
        answer = Answer(game, profile)
        bounds = {c.name: oracle.best([c.name], profile) for c in game.controllers}
        scale = max(1.0, *(abs(value) for value in bounds.values()))
        if oracle.regrets[profile] > 1e-4 * scale:
            damaged(answer, bounds=bounds)
        else:
            answer.certify(bounds=bounds, gap=1e-5)


def test_controllers_that_do_not_decide_have_no_regret() -> None:
    game = guards()
    bystander = Controller("D", 0.0, {"training": 1.0})
    game = replace(game, controllers=(*game.controllers, bystander))
    answer = Answer(game, (0, 0, 0))
    deciding = answer.players[:3]
    assert set(answer.certify(players=deciding).regret) == {"A", "B", "C"}

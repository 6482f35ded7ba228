"""Games given by oracles, and the double oracle on them."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from games.errors import GameError, LimitError
from games.normal_form import normal_form
from solvers.finite.double_oracle import ZeroSumValue, double_oracle
from solvers.finite.oracles import Mixture, Response, Sample, TableOracles

tables = st.integers(0, 10_000).map(
    lambda seed: np.random.default_rng(seed).integers(
        -9, 10, np.random.default_rng(seed + 1).integers(1, 8, 2)
    )
)


def zero_sum(table: np.ndarray) -> TableOracles:
    return TableOracles(normal_form([table, -table]))


def value_by_scipy(table: np.ndarray) -> float:
    rows, columns = table.shape
    best = linprog(
        [0.0] * rows + [-1.0],
        A_ub=np.hstack([-table.T, np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=[[1.0] * rows + [0.0]],
        b_eq=[1.0],
        bounds=[(0, 1)] * rows + [(None, None)],
    )
    return float(-best.fun)


def dense(mixture: Mixture, size: int) -> np.ndarray:
    shares = np.zeros(size)
    shares[list(mixture.strategies)] = mixture.probabilities  # type: ignore[arg-type]
    return shares


def is_proven(found: ZeroSumValue, table: np.ndarray) -> bool:
    """Whether the mixtures do what the bounds say, by the table."""
    rows, columns = (
        dense(mixture, size) for mixture, size in zip(found.mixtures, table.shape, strict=True)
    )
    scale = max(float(np.abs(table).max()), 1e-300)
    return bool(
        (rows @ table).min() >= found.lower - 1e-9 * scale
        and (table @ columns).max() <= found.upper + 1e-9 * scale
    )


@dataclass(frozen=True)
class PathInspection:
    """One player walks through a layered network, the other inspects one arc (Washburn 1995).

    Layers of nodes follow each other, any node to any of the next, so the walker has as many
    strategies as the product of the layers' sizes, and a cheapest path by dynamic programming is
    the best response. The inspector earns 1 where the arc is on the path.
    """

    layers: tuple[int, ...]

    @property
    def players(self) -> tuple[str, ...]:
        return ("inspector", "walker")

    def start(self) -> tuple[Hashable, ...]:
        return (0, 0, 0), (0,) * len(self.layers)

    def payoffs(self, profile: Sequence[Hashable]) -> Sequence[float]:
        (layer, tail, head), path = profile  # type: ignore[misc]
        met = float(path[layer] == tail and path[layer + 1] == head)
        return met, -met

    def respond(
        self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
    ) -> Response:
        steps = [np.zeros(pair) for pair in zip(self.layers, self.layers[1:], strict=False)]
        other = mixtures[1 - player]
        for strategy, share in zip(other.strategies, other.probabilities, strict=True):
            if player == 0:
                for layer, (tail, head) in enumerate(itertools.pairwise(strategy)):  # type: ignore[call-overload,index,arg-type]
                    steps[layer][tail, head] += share
            else:
                layer, tail, head = strategy  # type: ignore[misc]
                steps[layer][tail, head] += share
        if player == 0:
            layer = int(np.argmax([step.max() for step in steps]))
            tail, head = np.unravel_index(int(steps[layer].argmax()), steps[layer].shape)
            return Response((layer, int(tail), int(head)), float(steps[layer].max()))
        cost, back = np.zeros(self.layers[0]), []
        for step in steps:
            through = cost[:, None] + step
            back.append(through.argmin(axis=0))
            cost = through.min(axis=0)
        path = [int(cost.argmin())]
        for before in reversed(back):
            path.append(int(before[path[-1]]))
        return Response(tuple(reversed(path)), -float(cost.min()))


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ([[1, -1], [-1, 1]], 0.0),  # matching pennies
        ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], 0.0),  # rock, paper, scissors
        ([[2, -1], [-1, 1]], 0.2),  # by hand: (2/5, 3/5) on both sides
        ([[4]], 4.0),
    ],
)
def test_small_games_have_the_value_known_by_hand(table: list[list[int]], value: float) -> None:
    found = double_oracle(zero_sum(np.array(table)))
    assert found.complete
    assert found.lower == pytest.approx(value, abs=1e-6)
    assert found.upper == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("layers", [(1, 3, 1), (1, 4, 5, 2, 1), (2, 2, 2), (1, 2, 2, 2, 2, 1)])
def test_inspecting_a_network_is_worth_one_over_the_smallest_cut(layers: tuple[int, ...]) -> None:
    arcs_between = [a * b for a, b in itertools.pairwise(layers)]
    found = double_oracle(PathInspection(layers))  # every cut of the network is a full layer
    assert found.complete
    assert found.lower == pytest.approx(1.0 / min(arcs_between), abs=1e-6)
    assert found.upper == pytest.approx(1.0 / min(arcs_between), abs=1e-6)
    assert found.rounds[-1].strategies[1] < np.prod(layers) + 1


@given(tables)
def test_the_value_is_that_of_one_linear_programme_over_the_whole_table(table: np.ndarray) -> None:
    found = double_oracle(zero_sum(table))
    assert found.complete
    assert found.lower == pytest.approx(value_by_scipy(table), abs=1e-4)
    assert found.upper - found.lower <= 1e-6 * np.abs(table).max() + 1e-12
    assert is_proven(found, table)


@given(tables)
def test_bounds_only_get_closer_and_hold_the_value_in_every_round(table: np.ndarray) -> None:
    value = value_by_scipy(table)
    rounds = double_oracle(zero_sum(table)).rounds
    for round_ in rounds:
        assert round_.lower - 1e-6 <= value <= round_.upper + 1e-6
    for before, after in itertools.pairwise(rounds):
        assert before.lower <= after.lower
        assert before.upper >= after.upper
        assert sum(before.strategies) < sum(after.strategies)


@given(tables, st.sampled_from([1e-12, 1e-3, 1e12]))
def test_rescaling_payoffs_rescales_the_value(table: np.ndarray, factor: float) -> None:
    before, after = double_oracle(zero_sum(table)), double_oracle(zero_sum(factor * table))
    scale = factor * max(np.abs(table).max(), 1)
    assert after.complete
    assert after.lower == pytest.approx(factor * before.lower, abs=1e-5 * scale)
    assert is_proven(after, factor * table)


@given(tables)
def test_swapping_players_turns_the_sign(table: np.ndarray) -> None:
    here, there = double_oracle(zero_sum(table)), double_oracle(zero_sum(-table.T))
    assert here.lower == pytest.approx(-there.upper, abs=1e-4)
    assert here.upper == pytest.approx(-there.lower, abs=1e-4)


def test_a_bound_that_no_strategy_reaches_is_reported_as_a_gap() -> None:
    class Loose(TableOracles):
        def respond(
            self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
        ) -> Response:
            exact = super().respond(player, mixtures)
            return Response(exact.strategy, exact.bound + 0.1)

    found = double_oracle(Loose(normal_form([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])))
    assert not found.complete
    assert "leave a gap" in found.stopped
    assert (found.lower, found.upper) == pytest.approx((-0.1, 0.1))


def test_a_wide_gap_stops_early() -> None:
    table = np.random.default_rng(5).integers(-99, 100, (60, 60))
    rough, fine = double_oracle(zero_sum(table), gap=0.2), double_oracle(zero_sum(table))
    assert rough.complete
    assert len(rough.rounds) < len(fine.rounds)
    assert rough.upper - rough.lower <= 0.2 * 99
    assert is_proven(rough, table)


def test_a_limit_of_time_keeps_the_best_bounds_so_far() -> None:
    class Slow(TableOracles):
        """Answers three times, then is out of time."""

        answers = 0

        def respond(
            self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
        ) -> Response:
            self.answers += 1
            if self.answers > 4:
                raise LimitError("out of time")
            return super().respond(player, mixtures)

    table = np.random.default_rng(3).integers(-99, 100, (30, 30))
    found = double_oracle(Slow(normal_form([table, -table])), time_limit=600.0)
    assert found.stopped == "limit of time"
    assert not found.complete
    assert len(found.rounds) == 2
    assert found.lower < value_by_scipy(table) < found.upper
    assert is_proven(found, table)


def test_no_time_at_all_is_an_error_and_not_an_answer() -> None:
    class Out(TableOracles):
        def respond(
            self, player: int, mixtures: Sequence[Mixture], *, time_limit: float | None = None
        ) -> Response:
            raise LimitError("out of time")

    with pytest.raises(LimitError, match="expected one answer of each oracle"):
        double_oracle(Out(normal_form([[[1, 2]], [[-1, -2]]])))


def test_three_players_are_refused() -> None:
    with pytest.raises(GameError, match="expected two players, found 3"):
        double_oracle(TableOracles(normal_form(np.zeros((3, 1, 1, 1)))))


def test_payoffs_that_do_not_cancel_are_refused() -> None:
    with pytest.raises(GameError, match="expected two that add up to zero, found 1 and 2"):
        double_oracle(TableOracles(normal_form([[[1]], [[2]]])))


def test_a_profile_to_start_with_must_fit_the_players() -> None:
    class Short(TableOracles):
        def start(self) -> tuple[int, ...]:
            return (0,)

    with pytest.raises(GameError, match="expected one strategy for each of 2 players, found 1"):
        Sample(Short(normal_form([[[1]], [[2]]])))


@given(st.integers(0, 10_000))
def test_a_sample_pays_what_the_whole_game_pays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 5, rng.integers(1, 4)).tolist())
    game = normal_form(rng.integers(-9, 10, (len(shape), *shape)))
    sample = Sample(TableOracles(game))
    for _ in range(6):
        player = int(rng.integers(len(shape)))
        strategy = int(rng.integers(shape[player]))
        known = strategy in sample.strategies[player]
        assert sample.add(player, strategy) == (not known)
    chosen = np.ix_(*sample.strategies)  # type: ignore[arg-type]
    for table, restricted in zip(game.payoffs, sample.game().payoffs, strict=True):
        assert np.array_equal(table[chosen], restricted)
    shares = [rng.dirichlet(np.ones(len(known))) for known in sample.strategies]
    mixtures = sample.mixtures(shares)
    for table, payoff in zip(game.payoffs, sample.payoffs(mixtures), strict=True):
        expected = table[chosen]
        for share in reversed(shares):
            expected = expected @ share
        assert payoff == pytest.approx(float(expected))


@given(st.integers(0, 10_000))
def test_table_oracles_answer_with_the_best_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (4, 3, 2)
    game = normal_form(rng.integers(-9, 10, (3, *shape)))
    shares = [rng.dirichlet(np.ones(size)) for size in shape]
    mixtures = [
        Mixture(tuple(range(size))[::-1], tuple(share[::-1].tolist()))
        for size, share in zip(shape, shares, strict=True)
    ]
    for player, letters in enumerate(["b,c", "a,c", "a,b"]):
        others = [share for i, share in enumerate(shares) if i != player]
        values = np.einsum(f"abc,{letters}->{'abc'[player]}", game.payoffs[player], *others)
        answer = TableOracles(game).respond(player, mixtures)
        assert answer.bound == pytest.approx(values.max())
        assert values[answer.strategy] == pytest.approx(values.max())  # type: ignore[index]

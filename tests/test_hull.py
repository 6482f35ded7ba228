"""Lanes kept are all that any prices make worth taking, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from solvers.boxes.hull import worthwhile


def lanes(
    generator: np.random.Generator, *, whole: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lanes at random, the first doing nothing; whole numbers give ties."""
    count, size = int(generator.integers(1, 9)), int(generator.integers(2, 5))
    factors, constants = np.zeros((3, count, size)), np.zeros((3, count))
    for row in range(3):
        for lane in range(1, count):
            draw = generator.integers(1, 5, size) if whole else 0.1 + generator.random(size)
            factors[row, lane, 0] = 1.0 - draw[0]
            head = generator.integers(1, size)
            factors[row, lane, head] = draw[head]
    return factors, constants


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_the_lanes_kept_reach_what_all_lanes_reach(seed: int, whole: bool) -> None:
    generator = np.random.default_rng(seed)
    factors, constants = lanes(generator, whole=whole)
    kept = worthwhile(factors, constants)
    for prices in generator.exponential(1.0, (50, factors.shape[2])):
        value = factors @ prices
        best = np.where(kept, value, -np.inf).max(axis=1)
        np.testing.assert_allclose(best, value.max(axis=1), atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_every_lane_kept_is_the_only_best_one_of_its_head_at_some_prices(seed: int) -> None:
    factors, constants = lanes(np.random.default_rng(seed), whole=False)
    kept = worthwhile(factors, constants)
    for table, mark in zip(factors, kept, strict=True):
        for head in range(1, table.shape[1]):
            own = [0, *(lane for lane in range(1, len(table)) if table[lane, head])]
            slopes = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 200_001)])
            values = table[own, :1] + table[own, head : head + 1] * slopes
            won = {own[place] for place in np.unique(values.argmax(axis=0))}
            assert won | {0} == {lane for lane in own if mark[lane]}


def test_lanes_that_gain_at_no_prices_or_feed_two_heads_are_kept() -> None:
    factors = np.zeros((2, 3, 3))
    factors[:, 1:, 0] = -1.0
    factors[:, 1, 1], factors[:, 2, 1] = 2.0, 1.0
    dominated = np.array([[True, True, False]])
    np.testing.assert_array_equal(worthwhile(factors, np.zeros((2, 3)))[:1], dominated)
    constants = np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 0.0]])
    assert worthwhile(factors, constants)[0].all()
    factors[1, 2, 2] = 1.0
    assert worthwhile(factors, constants)[1].all()

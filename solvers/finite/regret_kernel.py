"""The check of `games.regret` in machine code: what a float profile pays, and what a change gains.

The same sums as there, over the strategies alone that are played. Payoffs that have to be brought
to a safe range first, and profiles that are none, are left to that module.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.compiled import compiled
from solvers.finite.extent_kernel import extent


@compiled
def assess(
    payoffs: Floats,
    sizes: NDArray[np.int64],
    flat: Floats,
    limits: Floats,
    found: Floats,
) -> bool:
    """Write down what a profile pays and what changes would gain; False where it is left alone.

    Parameters
    ----------
    payoffs : shape (players, profiles), the last player's strategy running fastest.
    sizes : number of strategies of each player.
    flat : probabilities of all strategies, player after player.
    limits : how far probabilities may be from adding up to one, or below nothing; and `FAR`,
        `SMALLEST` and `LARGEST` of `games.scaled`, which say what payoffs can be used as they are.
    found : rows of payoffs, of regret, and of regret as a share of the spread of payoffs.
    """
    tolerance, far, smallest, largest = limits[0], limits[1], limits[2], limits[3]
    players = len(sizes)
    played = np.empty(flat.size, np.int64)  # the strategies played, from each player's own start
    counts = np.zeros(players, np.int64)
    starts = np.empty(players, np.int64)
    strides = np.empty(players, np.int64)
    start = 0
    for player in range(players):
        starts[player] = start
        total = 0.0
        for a in range(sizes[player]):
            p = flat[start + a]
            if not p >= -tolerance:
                return False
            total += p
            if p != 0.0:
                played[start + counts[player]] = a
                counts[player] += 1
        if not abs(total - 1.0) <= tolerance:
            return False
        start += sizes[player]
    stride = 1
    for player in range(players - 1, -1, -1):
        strides[player] = stride
        stride *= sizes[player]
    turn = np.zeros(players, np.int64)
    for player in range(players):
        row = payoffs[player]
        low, high = extent(row)
        spread = high - low
        if not (abs(low / 2 + high / 2) <= far * spread and smallest <= spread <= largest):
            return False
        size, stride = sizes[player], strides[player]
        worth = np.zeros(size)
        turn[:] = 0
        while True:
            weight = 1.0
            place = 0
            for other in range(players):
                if other != player:
                    a = played[starts[other] + turn[other]]
                    weight *= flat[starts[other] + a]
                    place += a * strides[other]
            for a in range(size):
                worth[a] += weight * row[place + a * stride]
            other = players - 1
            while other >= 0:  # the next profile of the others, as an odometer runs
                if other != player:
                    turn[other] += 1
                    if turn[other] < counts[other]:
                        break
                    turn[other] = 0
                other -= 1
            if other < 0:
                break
        mean = 0.0
        most = worth[0]
        for a in range(size):
            mean += flat[starts[player] + a] * worth[a]
            most = max(most, worth[a])
        gain = max(most - mean, 0.0)
        found[0, player] = mean
        found[1, player] = gain
        found[2, player] = gain / spread
    return True

"""Public budgets over the blocks of a separated dual, laid out for the search of prices.

Most blocks spend from one budget at most. Budgets that one block, the *hinge*, spends from together
make a *team*: once the hinge's choice is settled each of its budgets can be looked at alone. Where
several blocks hold the same budgets together, one is the hinge, and the others are taken to spend
the least that they can: bounds stay bounds, only weaker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SLACK = 1e-9  # bn USD; as everywhere budgets are held


class Purses(NamedTuple):
    """The budgets that may bind, team by team.

    Attributes
    ----------
    order : the choices of each block by rising outlay; shape (choices,).
    outlay : of a choice under the budget that its block alone belongs to; shape (choices,).
    limits : shape (budgets,).
    chain_first, chain : the blocks that spend from each budget and no other.
    team_first : where each team's budgets begin, and the end; shape (teams + 1,).
    hinge : the block that holds a team together, or -1; shape (teams,).
    shares : what a hinge's choice costs each budget of its team; shape (choices, budgets a team).
    team_of : the team of each block, or -1; shape (blocks,).
    possible : whether a choice leaves enough for the least that all others cost; shape (choices,).
    """

    order: Indices
    outlay: Array
    limits: Array
    chain_first: Indices
    chain: Indices
    team_first: Indices
    hinge: Indices
    shares: Array
    team_of: Indices
    possible: NDArray[np.bool_]


def purses(
    budgets: Sequence[tuple[Sequence[int], float]],
    blocks: Sequence[Sequence[int]],
    first: Indices,
    outlays: Mapping[int, Array],
    *,
    settled: Mapping[int, int],
) -> Purses:
    """Return the budgets over blocks.

    Parameters
    ----------
    budgets : points and limit, bn USD, of each budget.
    blocks : the points of each block.
    first : where each block's choices begin, and the end.
    outlays : of each point's options, bn USD.
    settled : the place of the option of each point that is in no block.
    """
    spent, possible = _affordable(budgets, blocks, first, outlays, settled)
    teams = _teams([set(one.spent) for one in spent])
    count, widest = int(first[-1]), max((len(team) for team in teams), default=1)
    outlay, shares = np.zeros(count), np.zeros((count, widest))
    team_of = np.full(len(blocks), -1)
    hinges, limits = [], []
    chains: list[list[int]] = []
    for t, team in enumerate(teams):
        users = [b for j in team for b in spent[j].spent]
        hinge = max(sorted({*users}), key=users.count)
        hinges.append(hinge if users.count(hinge) > 1 else -1)
        for place, j in enumerate(team):
            limit = spent[j].limit
            chain = []
            for b, of_block in spent[j].spent.items():
                if b == hinges[-1]:
                    shares[first[b] : first[b + 1], place] = of_block
                elif users.count(b) > 1:
                    limit -= float(of_block.min())
                    continue
                else:
                    outlay[first[b] : first[b + 1]] = of_block
                    chain.append(b)
                team_of[b] = t
            limits.append(limit)
            chains.append(chain)
    order = np.concatenate(
        [
            first[b] + np.argsort(outlay[first[b] : first[b + 1]], kind="stable")
            for b in range(len(blocks))
        ]
        or [np.zeros(0, dtype=np.int64)]
    )
    return Purses(
        order,
        outlay,
        np.array(limits, dtype=float),
        np.cumsum([0, *(len(chain) for chain in chains)]),
        np.array([b for chain in chains for b in chain], dtype=np.int64),
        np.cumsum([0, *(len(team) for team in teams)]),
        np.array(hinges, dtype=np.int64),
        shares,
        team_of,
        possible,
    )


class _Binding(NamedTuple):
    """A budget that may bind: what is left of it, and what each block's choices cost it."""

    limit: float
    spent: dict[int, Array]


def _affordable(
    budgets: Sequence[tuple[Sequence[int], float]],
    blocks: Sequence[Sequence[int]],
    first: Indices,
    outlays: Mapping[int, Array],
    settled: Mapping[int, int],
) -> tuple[list[_Binding], NDArray[np.bool_]]:
    """Return the budgets that may bind, and the choices that leave enough for all others."""
    possible = np.ones(int(first[-1]), dtype=bool)
    binding = []
    for points, limit in budgets:
        left = limit - sum(float(outlays[k][settled[k]]) for k in points if k in settled)
        spent = {
            b: _spent(block, points, outlays)
            for b, block in enumerate(blocks)
            if {*block} & {*points}
        }
        least = sum(float(of_block.min()) for of_block in spent.values())
        for b, of_block in spent.items():
            possible[first[b] : first[b + 1]] &= least - of_block.min() + of_block <= left + SLACK
        if not spent and left < -SLACK:
            possible[:] = False
        varied = {b: one for b, one in spent.items() if np.ptp(one) > 0}
        fixed = sum(float(one[0]) for b, one in spent.items() if b not in varied)
        if varied and fixed + sum(float(one.max()) for one in varied.values()) > left + SLACK:
            binding.append(_Binding(left - fixed, varied))
    return binding, possible


def _spent(block: Sequence[int], points: Sequence[int], outlays: Mapping[int, Array]) -> Array:
    """Return what each choice of a block costs a budget over some points."""
    sizes = [len(outlays[k]) for k in block]
    grids = np.indices(sizes).reshape(len(block), -1)
    total = np.zeros(grids.shape[1])
    for k, at in zip(block, grids, strict=True):
        if k in points:
            total += outlays[k][at]
    return total


def _teams(users: Sequence[set[int]]) -> list[list[int]]:
    """Return the budgets in groups that share no block."""
    groups: list[tuple[set[int], list[int]]] = []
    for j, blocks in enumerate(users):
        joined, members = set(blocks), [j]
        apart = []
        for group, of_group in groups:
            if group & joined:
                joined |= group
                members = of_group + members
            else:
                apart.append((group, of_group))
        groups = [*apart, (joined, members)]
    return [members for _, members in groups]

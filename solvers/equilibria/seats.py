"""Who may change what in the blocks of a separated dual, laid out for machine code.

A *seat* is a player at a block: it may change the options of its own points there while those of
the other players stay. Choices between which it may change form a *group*. The owner of a pivot may
take a *turn*: choose another option there while everything else stays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from games.layered import LayeredGame
from solvers.boxes.blocks import Rows
from solvers.boxes.choices import Indices, Marks
from solvers.boxes.separation import Array, Separation
from solvers.equilibria.stacked_rows import differing
from solvers.players import Player, budgets_of


class Stance(NamedTuple):
    """How a player stands to what the evader gains.

    Attributes
    ----------
    harm : lambda: what it loses beside its costs by each bn USD of the evader's gain.
    slack : what it may gain by a change and still stay, bn USD a year.
    """

    harm: float
    slack: float


class Seats(NamedTuple):
    """The seats of all blocks, one block after the other.

    Attributes
    ----------
    first : where each block's seats begin, and the end; shape (blocks + 1,).
    block : of each seat; shape (seats,).
    entry : where each seat's entries begin; it has one for each choice of its block.
    harm : the player's lambda; shape (seats,).
    slack : what it may gain and still stay, bn USD a year; shape (seats,).
    own : what its own options cost it under each choice; shape (entries,).
    group : equal for choices between which it may change; shape (entries,).
    budget_first, budgets : which budgets limit it.
    """

    first: Indices
    block: Indices
    entry: Indices
    harm: Array
    slack: Array
    own: Array
    group: Indices
    budget_first: Indices
    budgets: Indices


class Spending(NamedTuple):
    """Public budgets over blocks.

    Attributes
    ----------
    limits : what pivots leave of each; shape (budgets,).
    outlay : of each choice under each budget; shape (budgets, choices).
    touches : whether a block spends from a budget; shape (budgets, blocks).
    """

    limits: Array
    outlay: Array
    touches: Marks


class Turns(NamedTuple):
    """Other options of pivots, seen from one choice of them.

    Attributes
    ----------
    offset : where the rows of the case begin in which the other option is chosen; shape (turns,).
    harm, slack : of the player who decides, as for seats; shape (turns,).
    saved : what its options cost it less there, bn USD a year; shape (turns,).
    extra : what is spent more there from each budget; shape (turns, budgets).
    touched : whether a row differs in some of those cases; shape (rows,).
    """

    offset: Indices
    harm: Array
    slack: Array
    saved: Array
    extra: Array
    touched: Marks


def seats_of(
    game: LayeredGame,
    players: Sequence[Player],
    blocks: Sequence[Sequence[int]],
    allowed: Sequence[Sequence[int]],
    stances: Sequence[Stance],
) -> Seats:
    """Return the seats of players."""
    spans = np.cumsum([0, *(len(budgets_of(game, one)) for one in players)])
    first, entries, harms, of_seat = [0], [0], [], []
    own: list[Array] = []
    groups: list[Indices] = []
    budgets: list[list[int]] = []
    for points in blocks:
        at = _grid(points, allowed)
        for number, one in enumerate(players):
            mine = [k for k in points if k in one.points]
            if not mine:
                continue
            cost = np.zeros(at.shape[1])
            group = np.zeros(at.shape[1], dtype=np.int64)
            for k, places in zip(points, at, strict=True):
                if k in mine:
                    options = [game.points[k].options[o] for o in allowed[k]]
                    cost += np.array([o.cost + o.economic_cost for o in options])[places]
                else:
                    group = group * len(allowed[k]) + places
            own.append(cost)
            groups.append(group)
            harms.append(stances[number].harm)
            of_seat.append(stances[number].slack)
            budgets.append(list(range(spans[number], spans[number + 1])))
            entries.append(entries[-1] + len(cost))
        first.append(len(harms))
    return Seats(
        np.array(first),
        np.repeat(np.arange(len(blocks)), np.diff(first)),
        np.array(entries[:-1], dtype=np.int64),
        np.array(harms, dtype=float),
        np.array(of_seat, dtype=float),
        np.concatenate([np.zeros(0), *own]),
        np.concatenate([np.zeros(0, dtype=np.int64), *groups]),
        np.cumsum([0, *map(len, budgets)]),
        np.array([k for some in budgets for k in some], dtype=np.int64),
    )


def spending_of(
    game: LayeredGame,
    players: Sequence[Player],
    blocks: Sequence[Sequence[int]],
    allowed: Sequence[Sequence[int]],
    settled: dict[int, int],
) -> Spending:
    """Return the budgets of players over blocks.

    Parameters
    ----------
    settled : the option of each point that is in no block.
    """
    budgets = [budget for one in players for budget in budgets_of(game, one)]
    limits = [
        limit - sum(game.points[k].options[o].cost for k, o in settled.items() if k in points)
        for points, limit in budgets
    ]
    outlays = []
    touches = np.zeros((len(budgets), len(blocks)), dtype=bool)
    for b, points in enumerate(blocks):
        at = _grid(points, allowed)
        outlay = np.zeros((len(budgets), at.shape[1]))
        for j, (held, _) in enumerate(budgets):
            for k, places in zip(points, at, strict=True):
                if k in held:
                    touches[j, b] = True
                    costs = np.array([game.points[k].options[o].cost for o in allowed[k]])
                    outlay[j] += costs[places]
        outlays.append(outlay)
    nothing = np.zeros((len(budgets), 0))
    return Spending(
        np.array(limits, dtype=float), np.concatenate([nothing, *outlays], axis=1), touches
    )


def turns_of(
    game: LayeredGame,
    players: Sequence[Player],
    separation: Separation,
    stances: Sequence[Stance],
    case: tuple[int, ...],
    *,
    rows: Sequence[Rows],
    offsets: Sequence[int],
) -> Turns:
    """Return the turns that owners of pivots may take from one case.

    Parameters
    ----------
    rows, offsets : of all cases, in the order of `separation.cases()`.
    """
    budgets = [budget for one in players for budget in budgets_of(game, one)]
    cases = separation.cases()
    here = cases.index(case)
    touched = np.zeros(len(rows[here].part_first) - 1, dtype=bool)
    offset, harms, of_turn, saved, extra = [], [], [], [], []
    for there, other in enumerate(cases):
        changed = [i for i, (a, b) in enumerate(zip(case, other, strict=True)) if a != b]
        for number, one in enumerate(players):
            if len(changed) != 1 or separation.pivots[changed[0]] not in one.points:
                continue
            k = separation.pivots[changed[0]]
            old, new = (
                game.points[k].options[separation.allowed[k][place[changed[0]]]]
                for place in (case, other)
            )
            touched |= differing(rows[here], rows[there])
            offset.append(offsets[there])
            harms.append(stances[number].harm)
            of_turn.append(stances[number].slack)
            saved.append(old.cost + old.economic_cost - new.cost - new.economic_cost)
            extra.append([new.cost - old.cost if k in points else 0.0 for points, _ in budgets])
    return Turns(
        np.array(offset, dtype=np.int64),
        np.array(harms, dtype=float),
        np.array(of_turn, dtype=float),
        np.array(saved, dtype=float),
        np.array(extra, dtype=float).reshape(len(offset), len(budgets)),
        touched,
    )


def _grid(points: Sequence[int], allowed: Sequence[Sequence[int]]) -> Indices:
    """Return the place of each point's option under each choice; shape (points, choices)."""
    sizes = [len(allowed[k]) for k in points]
    return np.indices(sizes).reshape(len(points), math.prod(sizes))

"""Which choices and portfolios are left in a box, in machine code."""

from __future__ import annotations

import numpy as np

from solvers.compiled import compiled
from solvers.flows.ascent import Room, rise
from solvers.flows.nodes import FULL, IDLE, TINY, Array, Indices, Marks
from solvers.flows.settled import Sure
from solvers.flows.tables import FlowTables


@compiled
def unbalanced(
    tables: FlowTables,
    sure: Sure,
    listed: Indices,
    listed_first: Indices,
    group_least: Array,
    group_most: Array,
    least: Array,
    most: Array,
    rest: Array,
    marks: Marks,
) -> bool:
    """Write what each choice adds at least and at most, and unmark what nothing can balance.

    Returns whether nothing is left. `rest` is what is added beside the blocks: shape (2, d).
    """
    size = len(sure.balanced)
    blocks = len(listed_first) - 1
    rest[:] = 0.0
    rest[:, 0] = tables.budget
    for chord in range(len(tables.chord_at)):
        width = tables.chords[1, chord]
        if sure.chords[chord] != IDLE:
            rest[0, tables.chord_at[chord]] -= width
        if sure.chords[chord] == FULL:
            rest[1, tables.chord_at[chord]] -= width
    low, high = rest[0].copy(), rest[1].copy()
    scale = np.abs(rest[0]) + 1.0
    down, up = np.empty((blocks, size)), np.empty((blocks, size))
    for block in range(blocks):
        down[block], up[block] = np.inf, -np.inf
        for i in range(listed_first[block], listed_first[block + 1]):
            choice = listed[i]
            for d in range(size):
                least[choice, d] = most[choice, d] = 0.0
            for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
                group = tables.groups[t]
                for d in range(size):
                    least[choice, d] += group_least[group, d]
                    most[choice, d] += group_most[group, d]
            for d in range(size):
                down[block, d] = min(down[block, d], least[choice, d])
                up[block, d] = max(up[block, d], most[choice, d])
        for d in range(size):
            low[d] += down[block, d]
            high[d] += up[block, d]
            scale[d] += max(abs(down[block, d]), abs(up[block, d]))
    for d in range(size):
        if high[d] < -TINY * scale[d] or (sure.balanced[d] and low[d] > TINY * scale[d]):
            return True
    for block in range(blocks):
        left = False
        for i in range(listed_first[block], listed_first[block + 1]):
            choice = listed[i]
            for d in range(size):
                if high[d] - up[block, d] + most[choice, d] < -TINY * scale[d] or (
                    sure.balanced[d]
                    and low[d] - down[block, d] + least[choice, d] > TINY * scale[d]
                ):
                    marks[choice] = False
            left = left or marks[choice]
        if not left:
            return True
    return False


@compiled
def listed_below(
    tables: FlowTables,
    sure: Sure,
    listed: Indices,
    listed_first: Indices,
    reached: Array,
    bound: float,
    target: float,
    least: Array,
    most: Array,
    rest: Array,
    worths: Array,
    usual: Array,
    adds: Array,
    fixed: float,
    visits: int,
    steps: int,
    room: Room,
    listing: Indices,
) -> int:
    """Write the portfolios whose own bound stays below the target.

    Returns
    -------
    How many there are, or -1 if they, or the visits it takes, are too many.
    """
    size, blocks = len(worths), len(listed_first) - 1
    budgets = len(tables.limits)
    places = np.empty(len(listed), np.int64)
    behind = np.empty(len(listed))
    count = np.zeros(blocks, np.int64)
    for block in range(blocks):
        begin = listed_first[block]
        lowest = np.inf
        for i in range(begin, listed_first[block + 1]):
            lowest = min(lowest, reached[listed[i]])
        for i in range(begin, listed_first[block + 1]):
            far = reached[listed[i]] - lowest
            if bound + far >= target:
                continue
            at = begin + count[block]
            while at > begin and behind[at - 1] > far:
                behind[at], places[at] = behind[at - 1], places[at - 1]
                at -= 1
            behind[at], places[at] = far, listed[i]
            count[block] += 1
        if count[block] == 0:
            return 0
    order = np.argsort(count)
    # what the blocks from each level on can add at least and at most, and have to spend
    low, high = np.zeros((blocks + 1, size)), np.zeros((blocks + 1, size))
    spend = np.zeros((blocks + 1, budgets))
    scale = np.abs(rest[0]) + 1.0
    for level in range(blocks - 1, -1, -1):
        block = order[level]
        begin = listed_first[block]
        for d in range(size):
            down, up = np.inf, -np.inf
            for i in range(begin, begin + count[block]):
                down = min(down, least[places[i], d])
                up = max(up, most[places[i], d])
            low[level, d] = low[level + 1, d] + down
            high[level, d] = high[level + 1, d] + up
            scale[d] += max(abs(down), abs(up))
        for j in range(budgets):
            cheapest = np.inf
            for i in range(begin, begin + count[block]):
                cheapest = min(cheapest, tables.outlays[places[i], j])
            spend[level, j] = spend[level + 1, j] + cheapest
    so_low, so_high = np.zeros((blocks + 1, size)), np.zeros((blocks + 1, size))
    so_low[0], so_high[0] = rest[0], rest[1]
    so_spent, so_far = np.zeros((blocks + 1, budgets)), np.zeros(blocks + 1)
    tried, pick = np.zeros(blocks, np.int64), np.zeros(blocks, np.int64)
    single_first = np.arange(blocks + 1)
    single, ignored = np.empty(blocks, np.int64), np.empty(blocks, np.int64)
    own, own_needed = np.empty(size), np.empty(len(room.values), np.int64)
    own_reached = np.empty(len(reached))
    found = level = 0
    while level >= 0:
        block = order[level]
        if tried[level] >= count[block]:
            tried[level] = 0
            level -= 1
            continue
        visits -= 1
        if visits < 0:
            return -1
        place = listed_first[block] + tried[level]
        tried[level] += 1
        so_far[level + 1] = so_far[level] + behind[place]
        if bound + so_far[level + 1] >= target:
            tried[level] = 0
            level -= 1
            continue
        choice = places[place]
        fits = True
        for d in range(size):
            so_low[level + 1, d] = so_low[level, d] + least[choice, d]
            so_high[level + 1, d] = so_high[level, d] + most[choice, d]
            if so_high[level + 1, d] + high[level + 1, d] < -TINY * scale[d] or (
                sure.balanced[d] and so_low[level + 1, d] + low[level + 1, d] > TINY * scale[d]
            ):
                fits = False
        for j in range(budgets):
            so_spent[level + 1, j] = so_spent[level, j] + tables.outlays[choice, j]
            if so_spent[level + 1, j] + spend[level + 1, j] > tables.limits[j] + TINY:
                fits = False
        if not fits:
            continue
        pick[level] = choice
        if level < blocks - 1:
            level += 1
            continue
        for at in range(blocks):
            single[order[at]] = pick[at]
        needed = 0
        for b in range(blocks):
            for t in range(tables.group_first[single[b]], tables.group_first[single[b] + 1]):
                own_needed[needed] = tables.groups[t]
                needed += 1
        own[:] = worths
        alone = rise(
            tables, sure, own_needed[:needed], single, single_first, own, usual, adds,
            fixed, target, steps, room, own_reached, ignored,
        )  # fmt: skip
        visits -= 200
        if alone >= target:
            continue
        if found == len(listing):
            return -1
        listing[found] = single
        found += 1
    return found

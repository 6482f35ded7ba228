"""The bound that worths of flows give in a box, and steps that raise it, in machine code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.compiled import compiled
from solvers.flows.nodes import FULL, IDLE, Array, Indices, own_worth
from solvers.flows.settled import Sure
from solvers.flows.tables import FlowTables

SHORTER = 0.6  # what is taken away of a direction along which the slope turned round


class Room(NamedTuple):
    """Arrays to work in: worths of lanes, own worths tried, values of groups, units used."""

    worth: Array
    tried: Array
    values: Array
    used: Array


@compiled
def bound_at(
    tables: FlowTables,
    sure: Sure,
    needed: Indices,
    listed: Indices,
    listed_first: Indices,
    worths: Array,
    adds: Array,
    fixed: float,
    room: Room,
    reached: Array,
    picked: Indices,
    slope: Array,
) -> float:
    """Return the bound that worths give, and write its slope and the choices it is taken at."""
    size, blocks = len(worths), len(listed_first) - 1
    lanes = sure.lanes
    slope[:] = 0.0
    slope[0] = -tables.budget
    bound: float = tables.constant + fixed - tables.budget * worths[0]
    for turn in range(2):  # first the values of all groups, then the units of those picked
        if turn == 1:
            for block in range(blocks):
                lowest = np.inf
                for i in range(listed_first[block], listed_first[block + 1]):
                    choice = listed[i]
                    value = tables.costs[choice]
                    for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
                        value += adds[tables.groups[t]] - room.values[tables.groups[t]]
                    reached[choice] = value
                    if value < lowest:
                        lowest, picked[block] = value, choice
                bound += lowest
        for block in range(blocks if turn == 1 else 1):
            begin, end = 0, len(needed)
            if turn == 1:
                begin, end = (
                    tables.group_first[picked[block]],
                    tables.group_first[picked[block] + 1],
                )
            for t in range(begin, end):
                group = tables.groups[t] if turn == 1 else needed[t]
                place = sure.place[group]
                total = sure.fixed[group, 0]
                for d in range(size):
                    total += sure.fixed[group, d + 1] * worths[d]
                    slope[d] -= sure.fixed[group, d + 1] if turn == 1 else 0.0
                if place < 0:
                    room.values[group] = total
                    continue
                first, last = sure.way_first[place], sure.way_first[place + 1]
                for i in range(sure.lane_first[first], sure.lane_first[last]):
                    worth = lanes[i, 0]
                    for d in range(size):
                        worth += lanes[i, 2 + d] * worths[d]
                    room.worth[i] = worth
                if group >= tables.private_from:
                    room.used[:] = 0.0
                    total, _ = own_worth(
                        lanes, sure.lane_first, sure.full, sure.sizes, first, last, sure.own,
                        sure.own_first[place], sure.own_first[place + 1], sure.equal[place],
                        room.worth, room.tried, room.used, turn == 1,
                    )  # fmt: skip
                    for d in range(size):
                        slope[d] -= room.used[d]
                    room.values[group] = total
                    continue
                for way in range(first, last):
                    top, at = (-np.inf if sure.full[way] else 0.0), -1
                    for i in range(sure.lane_first[way], sure.lane_first[way + 1]):
                        if room.worth[i] > top:
                            top, at = room.worth[i], i
                    total += sure.sizes[way] * top
                    if turn == 1 and at >= 0:
                        for d in range(size):
                            slope[d] -= sure.sizes[way] * lanes[at, 2 + d]
                room.values[group] = total
    for chord in range(len(tables.chord_at)):
        d = tables.chord_at[chord]
        rest = -tables.chords[2, chord] - worths[d]
        if sure.chords[chord] == FULL or (sure.chords[chord] != IDLE and rest > 0):
            bound -= tables.chords[1, chord] * rest
            slope[d] += tables.chords[1, chord]
    return bound


@compiled
def rise(
    tables: FlowTables,
    sure: Sure,
    needed: Indices,
    listed: Indices,
    listed_first: Indices,
    worths: Array,
    usual: Array,
    adds: Array,
    fixed: float,
    target: float,
    steps: int,
    room: Room,
    reached: Array,
    picked: Indices,
) -> float:
    """Raise the bound from worths, or from none if that is better; write the best ones.

    Parameters
    ----------
    usual : about how large worths are.
    adds, fixed : what the evader's dual adds, by group and beside them.
    """
    size = len(worths)
    slope, held, change = np.zeros(size), np.zeros(size), np.zeros(size)
    direction, tried = np.zeros(size), worths.copy()
    stretch = np.zeros((size, size))
    for d in range(size):
        if not sure.balanced[d]:
            tried[d] = max(tried[d], 0.0)
        stretch[d, d] = max(usual[d], abs(tried[d]))
    best, length, since, turned = -np.inf, 0.0, -np.inf, True
    best_slope = np.zeros(size)
    for step in range(steps + 1):
        bound = bound_at(
            tables,
            sure,
            needed,
            listed,
            listed_first,
            tried,
            adds,
            fixed,
            room,
            reached,
            picked,
            slope,
        )
        better = bound > best
        if better:
            best = bound
            worths[:] = tried
            best_slope[:] = slope
        if best >= target or step == steps:
            break
        if step == 0:
            for d in range(size):
                tried[d] = 0.0
            continue
        if step % 8 == 7:
            if best - since < 0.02 * (target - best):
                break
            since = best
        if step > 1:
            along = 0.0
            for d in range(size):
                along += slope[d] * direction[d]
            turned = along <= 0 or not better
            if turned:  # the space shrinks along what turned round
                norm = 0.0
                for d in range(size):
                    change[d] = 0.0
                    for e in range(size):
                        change[d] += stretch[e, d] * (slope[e] - held[e])
                    norm += change[d] ** 2
                if norm > 0:
                    for d in range(size):
                        part = 0.0
                        for e in range(size):
                            part += stretch[d, e] * change[e]
                        for e in range(size):
                            stretch[d, e] -= SHORTER * part * change[e] / norm
                length *= 0.6
            else:
                length *= 1.6
        if turned:
            tried[:] = worths
            held[:] = best_slope
            norm = 0.0
            for d in range(size):
                change[d] = 0.0
                for e in range(size):
                    change[d] += stretch[e, d] * held[e]
                norm += change[d] ** 2
            norm = np.sqrt(norm)
            if norm <= 1e-12:
                break
            for d in range(size):
                direction[d] = 0.0
                for e in range(size):
                    direction[d] += stretch[d, e] * change[e] / norm
            if step == 1:
                length = min(0.3 * (target - best) / norm, 0.2)
        for d in range(size):
            tried[d] += length * direction[d]
            if not sure.balanced[d]:
                tried[d] = max(tried[d], 0.0)
    return best

"""Steps that raise what the evader's dual adds to the bound of a box, in machine code.

See module `mirror`: an account's charge moves by the difference between the prices at which
the rest is least and those at which the mixed cell is.
"""

from __future__ import annotations

import numpy as np

from solvers.compiled import compiled
from solvers.flows.ascent import Room
from solvers.flows.mirror import Cells, Mirror, localise
from solvers.flows.nodes import FULL, OPEN, Array, Indices, States
from solvers.flows.tables import FlowTables

PATIENCE, SHRINKING = 4, 0.7  # steps get shorter after so many that were in vain


@compiled
def _miss(
    pieces: Array,
    begin: int,
    end: int,
    charge: Array,
    u: int,
    low: Array,
    high: Array,
    ends: Array,
    slope: Array,
    mixed: Array,
    least_at: Array,
    misses: Array,
    cell: int,
) -> None:
    """Write what a cell less its account's charge does not fall below, and where that is.

    Without a return on the way, and without a value, no array is counted as held: that would take
    longer than what is computed here.

    Parameters
    ----------
    begin, end : of the cell's pieces.
    charge, u : of all accounts, and the cell's account.
    slope, mixed : room to work in.
    least_at, misses : for prices and what is missed, by cell.
    """
    size = len(low)
    miss, one = -np.inf, begin
    for k in range(begin, end):
        inner = 0.0
        for d in range(size):
            rise = pieces[k, 1 + d] - charge[u, d]
            inner += rise * (low[d] if rise > 0 else high[d])
        here = pieces[k, 0] + inner * (ends[0] if inner > 0 else ends[1])
        if here > miss:
            miss, one = here, k
    inner = 0.0
    for d in range(size):
        slope[d] = pieces[one, 1 + d] - charge[u, d]
        least_at[cell, d] = low[d] if slope[d] > 0 else high[d]
        inner += slope[d] * least_at[cell, d]
    scale = ends[0] if inner > 0 else ends[1]
    for d in range(size):
        least_at[cell, d] *= scale
    other, most = -1, miss + 1e-12 * (1 + abs(miss))
    for k in range(begin, end):
        here = pieces[k, 0]
        for d in range(size):
            here += (pieces[k, 1 + d] - charge[u, d]) * least_at[cell, d]
        if here > most:
            other, most = k, here
    constant, turn, share = pieces[one, 0], -1, 0.0
    turns = size if other >= 0 else 0
    for e in range(turns):  # a mix is best where its slope turns in one of the coordinates
        rise = pieces[other, 1 + e] - charge[u, e]
        if slope[e] * rise >= 0.0:
            continue
        part = slope[e] / (slope[e] - rise)
        inner = 0.0
        for d in range(size):
            steep = (1 - part) * slope[d] + part * (pieces[other, 1 + d] - charge[u, d])
            if d != e:
                inner += steep * (low[d] if steep > 0 else high[d])
        here = (1 - part) * constant + part * pieces[other, 0]
        here += inner * (ends[0] if inner > 0 else ends[1])
        if here > miss:
            miss, share, turn = here, part, e
    if turn >= 0:
        inner = 0.0
        for d in range(size):
            mixed[d] = (1 - share) * slope[d] + share * (pieces[other, 1 + d] - charge[u, d])
            if d != turn:
                least_at[cell, d] = low[d] if mixed[d] > 0 else high[d]
                inner += mixed[d] * least_at[cell, d]
        scale = ends[0] if inner > 0 else ends[1]
        apart = constant - pieces[other, 0]
        for d in range(size):
            if d != turn:
                least_at[cell, d] *= scale
                apart += (pieces[one, 1 + d] - pieces[other, 1 + d]) * least_at[cell, d]
        even = -apart / (pieces[one, 1 + turn] - pieces[other, 1 + turn])  # both are the same there
        least_at[cell, turn] = min(max(even, low[turn] * scale), high[turn] * scale)
    misses[cell] = miss


@compiled
def _add_misses(
    tables: FlowTables,
    needed: Indices,
    low: Array,
    high: Array,
    ends: Array,
    charge: Array,
    slope: Array,
    mixed: Array,
    cells: Cells,
) -> None:
    """Write what all cells miss, and what groups add so; `slope` and `mixed` are room."""
    plain = tables.way_first[tables.private_from]
    private_from, way_first, account = tables.private_from, tables.way_first, tables.account
    pieces, begin, end = cells.pieces, cells.begin, cells.end
    least_at, misses = cells.least_at, cells.misses
    for group in needed:
        private = group >= private_from
        first, last = way_first[group], way_first[group + 1]
        total = 0.0
        for way in range(first, first + 1 if private else last):
            cell = plain + group - private_from if private else way
            _miss(
                pieces, begin[cell], end[cell], charge, account[way], low, high, ends, slope,
                mixed, least_at, misses, cell,
            )  # fmt: skip
            total += misses[cell]
        cells.now[group] = total


@compiled
def lowest(
    tables: FlowTables,
    weight: float,
    states: States,
    charged: Array,
    low: Array,
    high: Array,
    ends: Array,
    least_at: Array,
) -> float:
    """Return the least, in a frustum, of what is fixed and the charges; write where that is."""
    size, chords = len(low), len(tables.chord_at)
    best = np.inf
    here_at = np.empty(size)
    for candidate in range(2 + 2 * chords):
        if candidate < 2:
            end = ends[candidate]
        else:
            chord = (candidate - 2) // 2
            if states[chord] != OPEN:
                continue
            d = tables.chord_at[chord]
            bound = low[d] if candidate % 2 else high[d]
            if bound <= 0.0:
                continue
            end = tables.chords[0, chord] / bound
            if not ends[0] < end < ends[1]:
                continue
        total = 0.0
        for d in range(size):
            slope, held = charged[d], 0.0
            if d == 0:
                slope += weight * tables.budget
            for chord in range(chords):
                if tables.chord_at[chord] == d and states[chord] == FULL:
                    slope -= weight * tables.chords[1, chord]
                    held += weight * tables.chords[1, chord] * tables.chords[0, chord]
            least = np.inf
            for place in range(2 + chords):
                if place < 2:
                    price = (low[d] if place == 0 else high[d]) * end
                else:
                    chord = place - 2
                    if tables.chord_at[chord] != d or states[chord] != OPEN:
                        continue
                    price = tables.chords[0, chord]
                    if not low[d] * end < price < high[d] * end:
                        continue
                here = held + slope * price
                for chord in range(chords):
                    if tables.chord_at[chord] == d and states[chord] == OPEN:
                        here += (
                            weight
                            * tables.chords[1, chord]
                            * max(0.0, tables.chords[0, chord] - price)
                        )
                if here < least:
                    least, here_at[d] = here, price
            total += least
        if total < best:
            best = total
            least_at[:] = here_at
    return best


@compiled
def ascend(
    tables: FlowTables,
    mirror: Mirror,
    states: States,
    needed: Indices,
    listed: Indices,
    listed_first: Indices,
    room: Room,
    rest: float,
    low: Array,
    high: Array,
    ends: Array,
    target: float,
    steps: int,
    charges: Array,
    cells: Cells,
    lost: Array,
) -> float:
    """Raise the bound by steps of the charges; return what is fixed at the best ones.

    Parameters
    ----------
    room : with what the flows of each group earn at most.
    rest : what flows add beside the blocks.
    charges : to begin with, and the best ones; shape (accounts, coordinates).
    lost : what each coordinate's width costs the bound.
    """
    size, accounts, blocks = len(low), len(charges), len(listed_first) - 1
    localise(tables, mirror, needed, low, high, ends, room.worth, room.tried, room.used, cells)
    plain = tables.way_first[tables.private_from]
    charge, move = charges.copy(), np.zeros(charges.shape)
    slope, mixed, trial = np.empty(size), np.empty(size), np.empty(size)
    least_at, charged, widths = np.empty(size), np.empty(size), np.empty(size)
    picked = np.empty(blocks, np.int64)
    for d in range(size):
        widths[d] = high[d] * ends[1] - low[d] * ends[0]
    centre, middle = (low + high) * (ends[0] + ends[1]) / 4, np.full(2, (ends[0] + ends[1]) / 2)
    spans = np.append((high - low) * middle[0], ends[1] - ends[0])
    best, best_fixed, share, vain, aim = -np.inf, 0.0, 1.0, 0, target
    for step in range(-1, steps + 1):
        if step >= 0:
            _add_misses(tables, needed, low, high, ends, charge, slope, mixed, cells)
        bound = rest
        for block in range(blocks):
            least = np.inf
            for i in range(listed_first[block], listed_first[block + 1]):
                choice = listed[i]
                value = tables.costs[choice]
                for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
                    value += cells.now[tables.groups[t]] - room.values[tables.groups[t]]
                if value < least:
                    least, picked[block] = value, choice
            bound += least
        charged[:] = 0.0
        if step < 0:
            for d in range(size):
                trial[d] = (low[d] + high[d]) / 2
            bound += lowest(tables, mirror.weight, states, charged, trial, trial, middle, least_at)
            aim = min(bound, target + 1e-4 * abs(target))
            continue
        for u in range(accounts):
            for d in range(size):
                charged[d] += charge[u, d]
        fixed = lowest(tables, mirror.weight, states, charged, low, high, ends, least_at)
        bound += fixed
        better = bound > best
        vain = 0 if better else vain + 1
        if vain == PATIENCE:
            vain, share = 0, share * SHRINKING
        if better:
            best, best_fixed = bound, fixed
            charges[:] = charge
            for group in needed:
                cells.adds[group] = cells.now[group]
            lost[:] = 0.0
        norm = 0.0
        for block in range(blocks):
            choice = picked[block]
            for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
                group = tables.groups[t]
                private = group >= tables.private_from
                first, last = tables.way_first[group], tables.way_first[group + 1]
                for way in range(first, first + 1 if private else last):
                    cell = plain + group - tables.private_from if private else way
                    u, top = tables.account[way], cells.begin[cell]
                    for d in range(size):
                        if tables.uses[u, d] and widths[d] > 0.0:
                            move[u, d] = (least_at[d] - cells.least_at[cell, d]) / widths[d]
                            norm += move[u, d] ** 2
                    if not better:
                        continue
                    missed, apart, inner = cells.pieces[top, 0] - cells.misses[cell], 0.0, 0.0
                    for d in range(size):
                        slope[d] = cells.pieces[top, 1 + d] - charge[u, d]
                        missed += slope[d] * centre[d]
                        inner += slope[d] * centre[d] / middle[0]
                        apart += abs(slope[d]) * spans[d]
                    apart += abs(inner) * spans[size]
                    if apart > 0.0:
                        for d in range(size):
                            lost[d] += missed * abs(slope[d]) * spans[d] / apart
                        lost[size] += missed * abs(inner) * spans[size] / apart
        if best >= target or norm == 0.0 or step == steps:
            break
        far = share * max(aim - bound, 0.0) / norm
        for u in range(accounts):
            for d in range(size):
                if tables.uses[u, d] and widths[d] > 0.0:
                    charge[u, d] += far * move[u, d] / widths[d]
    return best_fixed

"""What the evader's dual adds to the bound of a box of prices, in machine code.

For any weight m >= 0 the player's loss is m times the evader's value plus what is left when the
fronts' losses, and the earnings of lanes, are those beyond m times what they are worth to the
evader. What is left is bounded by flows (module `ascent`). The evader's value is at least its
dual's least value in the box, and the dual is convex: a sum of *cells*, maxima of a few affine
functions of the prices, the *pieces*: each way of a plain group is one; the group of a private node
is one too, its pieces being tangents. Charge account u the slope s_u for the prices that it uses:

    cell(p) >= miss + s_u p,      miss = least value in the box of the pieces, mixed, less s_u p

whatever the mix, so that with S = sum of all s_u the dual adds to the cost of each choice what its
cells miss, and beside the blocks the least of  m (B p_0 + sum width max(0, value - p_d)) + S p.
Any s_u will do; they follow subgradients (held1971).

The prices p here are not scaled: a box of scaled prices and an interval of the scale hold the
prices  p_d = x_d / scale,  where x lies in the box: a frustum. A linear function is least at one of
the two ends of the scale, and at a corner of the box.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.compiled import compiled
from solvers.flows.nodes import OPEN, Array, Indices, Marks, own_worth
from solvers.flows.tables import FlowTables


class Mirror(NamedTuple):
    """The evader's dual, as it is the same in all boxes.

    Attributes
    ----------
    weight : m of the module's docstring.
    lanes : earned, own gain, and factors of all lanes.
    full : no way is sure to be full; shape (ways,).
    own : width, loss and state of the private nodes' chords, seen from the evader.
    first : where the pieces of each private group's cell begin, and the end.
    pieces : a constant and the slopes of each; shape (pieces, 1 + coordinates).
    """

    weight: float
    lanes: Array
    full: Marks
    own: Array
    first: Indices
    pieces: Array


class Cells(NamedTuple):
    """The cells in use in one box; first those of plain ways, then those of private groups.

    Attributes
    ----------
    pieces : constant, slopes; shape (pieces, 1 + coordinates).
    begin, end : where each cell's pieces are; the one that is largest at the centre comes first.
    misses : of each cell.
    least_at : where each cell less its charge is least; shape (cells, coordinates).
    adds : what each group adds at the best charges.
    now : what each group adds at present.
    """

    pieces: Array
    begin: Indices
    end: Indices
    misses: Array
    least_at: Array
    adds: Array
    now: Array


@compiled
def room_for_turns(tables: FlowTables) -> int:
    """Return how many turning points the price or worth of a private node may have at most."""
    longest = 1
    for group in range(tables.private_from, len(tables.way_first) - 1):
        total = 2 + tables.own_first[group + 1] - tables.own_first[group]
        for way in range(tables.way_first[group], tables.way_first[group + 1]):
            wide = tables.lane_first[way + 1] - tables.lane_first[way]
            total += wide * (wide + 1) // 2
        longest = max(longest, total)
    return longest


@compiled
def tangent(
    tables: FlowTables,
    mirror: Mirror,
    group: int,
    prices: Array,
    worth: Array,
    tried: Array,
    used: Array,
    pieces: Array,
    at: int,
) -> None:
    """Write the tangent of a private group's cell at some prices to a place among pieces.

    Parameters
    ----------
    worth, tried, used : room to work in.
    """
    size = len(prices)
    first, last = tables.way_first[group], tables.way_first[group + 1]
    for lane in range(tables.lane_first[first], tables.lane_first[last]):
        here = tables.lanes[lane, 0]
        for d in range(size):
            here += tables.lanes[lane, 3 + d] * prices[d]
        worth[lane] = here
    used[:] = 0.0
    value, _ = own_worth(
        mirror.lanes, tables.lane_first, mirror.full, tables.sizes, first, last, mirror.own,
        tables.own_first[group], tables.own_first[group + 1], False, worth, tried, used, True,
    )  # fmt: skip
    pieces[at, 0] = mirror.weight * value
    for d in range(size):
        pieces[at, 1 + d] = mirror.weight * used[d]
        pieces[at, 0] -= pieces[at, 1 + d] * prices[d]


@compiled
def localise(
    tables: FlowTables,
    mirror: Mirror,
    needed: Indices,
    low: Array,
    high: Array,
    ends: Array,
    worth: Array,
    tried: Array,
    used: Array,
    cells: Cells,
) -> None:
    """Write the pieces that can be largest in a box, and what groups add at its centre.

    Parameters
    ----------
    low, high : scaled prices.
    ends : least and largest of one over the scale.
    """
    size = len(low)
    plain = tables.way_first[tables.private_from]
    centre, change = np.empty(size), np.empty(size + 1)
    for d in range(size):
        centre[d] = (low[d] + high[d]) * (ends[0] + ends[1]) / 4
    pieces = cells.pieces
    at = 0
    for group in needed:
        cells.now[group] = 0.0
        private = group >= tables.private_from
        first, last = tables.way_first[group], tables.way_first[group + 1]
        for way in range(first, first + 1 if private else last):
            cell = plain + group - tables.private_from if private else way
            if private:
                begin = mirror.first[group - tables.private_from]
                count = 1 + mirror.first[group - tables.private_from + 1] - begin
            else:
                begin = tables.lane_first[way]
                count = 1 + tables.lane_first[way + 1] - begin
            cells.begin[cell] = at
            best, top, end = -np.inf, at, at
            for k in range(count):
                if k < count - 1 and private:
                    for i in range(size + 1):
                        pieces[end, i] = mirror.pieces[begin + k, i]
                elif private:
                    tangent(tables, mirror, group, centre, worth, tried, used, pieces, end)
                elif k < count - 1:
                    unit = mirror.weight * tables.sizes[way]
                    pieces[end, 0] = unit * tables.lanes[begin + k, 0]
                    for d in range(size):
                        pieces[end, 1 + d] = unit * tables.lanes[begin + k, 3 + d]
                else:
                    for i in range(size + 1):
                        pieces[end, i] = 0.0
                here = pieces[end, 0]
                for d in range(size):
                    here += pieces[end, 1 + d] * centre[d]
                if here > best:
                    best, top = here, end
                end += 1
            cells.now[group] += best
            for i in range(size + 1):
                change[i] = pieces[top, i]
                pieces[top, i] = pieces[at, i]
                pieces[at, i] = change[i]
            kept = at + 1
            for k in range(at + 1, end):
                far = 0.0
                for d in range(size):
                    rise = pieces[k, 1 + d] - pieces[at, 1 + d]
                    far += rise * (high[d] if rise > 0 else low[d])
                far *= ends[1] if far > 0 else ends[0]
                if pieces[k, 0] - pieces[at, 0] + far > 0:
                    for i in range(size + 1):
                        pieces[kept, i] = pieces[k, i]
                    kept += 1
            cells.end[cell] = at = kept


def mirrored(tables: FlowTables, weight: float, low: Array, high: Array, points: int) -> Mirror:
    """Return the evader's dual with tangents of private nodes at prices spread over a box.

    Parameters
    ----------
    low, high : prices, not scaled.
    """
    lanes = np.ascontiguousarray(tables.lanes[:, 1:])
    count = len(tables.way_first) - 1 - tables.private_from
    made = Mirror(
        weight,
        lanes,
        np.zeros(len(tables.sizes), dtype=bool),
        np.stack([tables.own_chords[1], -tables.own_chords[0], 0.0 * tables.own_chords[0] + OPEN]),
        np.zeros(count + 1, dtype=np.int64),
        np.zeros((0, 1 + len(low))),
    )
    spread = np.random.default_rng(0).uniform(size=(points, len(low)))
    worth, used = np.empty(len(lanes)), np.empty(len(low))
    found, lengths = [made.pieces], [0]
    tried = np.empty(room_for_turns(tables))
    for group in range(tables.private_from, tables.private_from + count):
        pieces = np.empty((points, 1 + len(low)))
        for at, place in enumerate(spread):
            prices = low + place * (high - low)
            tangent(tables, made, group, prices, worth, tried, used, pieces, at)
        found.append(np.unique(np.round(pieces, 9), axis=0))
        lengths.append(len(found[-1]))
    return made._replace(first=np.cumsum(lengths), pieces=np.concatenate(found))

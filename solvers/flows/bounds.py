"""What a player loses at least where the evader's prices lie in a box, in machine code.

By complementary slackness every best response goes with every optimal dual. So where an optimal
dual has its prices p in the box, with surplus s_l = b_l + sum_d factor_ld p_d of lane l,

    lane_is_idle      no unit enters l if s_l < 0, or if another lane of the way leaves more
    way_is_full       a way is used to capacity if some s_l > 0
    chord_is_idle     nothing fills a chord worth less than its front's price
    chord_is_full     a chord worth more is filled
    money_is_spent    to the last, if the price of money is > 0; units at a node likewise

all over the box. What is left of the evader is a few doubtful flows, and the player's loss is
linear in flows. With a *worth* P_d on the balance of each coordinate, free where the balance holds
with equality and >= 0 elsewhere, the player loses at least

    constant - B P_0 + sum over blocks  min over choices a  [cost_a - sum of ways  u max_l
    (earned_l + sum_d factor_ld P_d)] - sum over chords  width max(-loss - P_d)

each max over what is possible, 0 among it unless way or chord is full. A private node has a price
and a worth of its own, each on one line. Steps along subgradients in a space that is stretched
where they turn round (shor1985) raise the bound; any worths will do. All that is done with what the
player loses beyond a multiple of what the evader gains: the multiple itself is bounded by the
evader's dual (module `mirror`), choice by choice, which says much more in large boxes. A
choice that lifts the bound to the limit is left out, as is one whose flows nothing can balance.
What is left is listed where that is little: portfolios whose own bound, by the same steps, stays
below the limit.

Signs of surpluses do not change when all prices are divided by the price of money. Boxes are boxes
of prices so *scaled*: the price of money is 1 there, and what is worth something by itself (chords,
strategic values) is multiplied by the scale, which lies in an interval of its own. With a scale of
1 they are boxes of plain prices, as is needed where money may be worth nothing.

Whatever is compared with a tolerance is compared so that a tie leaves more possible, not less.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.compiled import compiled
from solvers.flows.ascent import Room, bound_at, rise
from solvers.flows.charges import ascend
from solvers.flows.left import listed_below, unbalanced
from solvers.flows.mirror import Cells, Mirror, room_for_turns
from solvers.flows.nodes import FULL, IDLE, OPEN, TINY, Array, Indices, Marks, States, own_worth
from solvers.flows.settled import Sure, settle
from solvers.flows.tables import FlowTables

NEAR = 0.03  # of the limit: boxes whose bound is nearer may hold few portfolios


class Seen(NamedTuple):
    """What is written about each box.

    Attributes
    ----------
    bounds : no portfolio with prices in the box loses less; infinite where there is none.
    picked : the choices at which the bound is taken; shape (boxes, blocks).
    doubts : how much of the loss hangs on flows in doubt, by coordinate that settles them, and the
        scale; shape (boxes, coordinates + 1).
    chord_doubts : likewise by chord at a coordinate.
    losses : what the width of each coordinate, and of the scale, costs the evader's dual; shape
        (boxes, coordinates + 1).
    listed : how many portfolios are left if they are few, else -1.
    listing : the choices of those; shape (boxes, most, blocks).
    """

    bounds: Array
    picked: Indices
    doubts: Array
    chord_doubts: Array
    losses: Array
    listed: Indices
    listing: Indices


@compiled
def doubt(
    tables: FlowTables,
    sure: Sure,
    half: Array,
    worths: Array,
    picked: Indices,
    room: Room,
    doubts: Array,
    chord_doubts: Array,
) -> None:
    """Write how much of the loss hangs on flows in doubt, by what would settle them."""
    size = len(worths)
    doubts[:] = 0.0
    chord_doubts[:] = 0.0
    for choice in picked:
        for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
            group = tables.groups[t]
            place = sure.place[group]
            if place < 0:
                continue
            first, last = sure.way_first[place], sure.way_first[place + 1]
            for i in range(sure.lane_first[first], sure.lane_first[last]):
                worth = sure.lanes[i, 0]
                for d in range(size):
                    worth += sure.lanes[i, 2 + d] * worths[d]
                room.worth[i] = worth
            own = 0.0
            if group >= tables.private_from:
                _, own = own_worth(
                    sure.lanes, sure.lane_first, sure.full, sure.sizes, first, last, sure.own,
                    sure.own_first[place], sure.own_first[place + 1], sure.equal[place],
                    room.worth, room.tried, room.used, False,
                )  # fmt: skip
            for way in range(first, last):
                top, bottom = (-np.inf, np.inf) if sure.full[way] else (0.0, 0.0)
                far = -1
                for i in range(sure.lane_first[way], sure.lane_first[way + 1]):
                    here = room.worth[i] + sure.lanes[i, 1] * own
                    top, bottom = max(top, here), min(bottom, here)
                    if far < 0 or sure.reach[i] > sure.reach[far]:
                        far = i
                if far < 0 or sure.reach[far] <= 0:
                    continue
                hangs = sure.sizes[way] * (top - bottom)
                for chord in range(sure.own_first[place], sure.own_first[place + 1]):
                    if sure.own[2, chord] == OPEN:
                        hangs += sure.own[0, chord] * abs(sure.own[1, chord] + own)
                for d in range(size):
                    share = abs(sure.lanes[far, 2 + d]) * half[d] / sure.reach[far]
                    doubts[d] += hangs * share
            for chord in range(sure.own_first[place], sure.own_first[place + 1]):
                if sure.own[2, chord] == OPEN:
                    doubts[size] += sure.own[0, chord] * abs(sure.own[1, chord] + own)
    for chord in range(len(tables.chord_at)):
        if sure.chords[chord] == OPEN:
            rest = abs(tables.chords[2, chord] + worths[tables.chord_at[chord]])
            chord_doubts[chord] = tables.chords[1, chord] * rest


@compiled
def look(
    tables: FlowTables,
    low: Array,
    high: Array,
    scales: Array,
    states: States,
    worths: Array,
    usual: Array,
    mirror: Mirror,
    charges: Array,
    marks: Marks,
    at_most: float,
    steps: int,
    charging: int,
    visits: int,
    seen: Seen,
) -> None:
    """Bound boxes of prices from below, hardly beyond `at_most`, and unmark choices.

    Parameters
    ----------
    low, high : scaled prices; shape (boxes, coordinates).
    scales : least and largest scale; shape (boxes, 2).
    states : what is known of each chord at a coordinate; shape (boxes, chords).
    worths : to begin from, and for the best ones; shape (boxes, coordinates).
    usual : about how large worths are; shape (boxes, coordinates).
    mirror : the evader's dual.
    charges : for the use of prices there, to begin from, and for the best ones; shape (boxes,
        accounts, coordinates).
    marks : choices that are looked at; those that cannot be in a portfolio that loses less than
        `at_most`, with prices in the box, are unmarked; shape (boxes, choices).
    steps, charging : of the worths and of the charges, at most.
    visits : of choices, to list portfolios.
    """
    count, size = low.shape
    groups, choices = len(tables.way_first) - 1, len(tables.costs)
    lanes, ways, blocks = len(tables.lanes), len(tables.sizes), len(tables.first) - 1
    sure = Sure(
        np.empty(groups, np.int64),
        np.empty((groups, size + 1)),
        np.zeros(groups + 1, np.int64),
        np.zeros(ways + 1, np.int64),
        np.empty(ways, np.bool_),
        np.empty(ways),
        np.empty((lanes, size + 2)),
        np.empty(lanes),
        np.empty(groups, np.bool_),
        np.zeros(groups + 1, np.int64),
        np.empty((3, tables.own_chords.shape[1])),
        np.empty(len(tables.chord_at), np.int8),
        np.empty(size, np.bool_),
    )
    room = Room(np.empty(lanes), np.empty(room_for_turns(tables)), np.empty(groups), np.empty(size))
    needed, is_needed = np.empty(groups, np.int64), np.empty(groups, np.bool_)
    listed, listed_first = np.empty(choices, np.int64), np.zeros(blocks + 1, np.int64)
    reached, slope = np.empty(choices), np.empty(size)
    group_least, group_most = np.empty((groups, size)), np.empty((groups, size))
    least, most = np.empty((choices, size)), np.empty((choices, size))
    rest = np.empty((2, size))
    plain, privates = tables.way_first[tables.private_from], groups - tables.private_from
    cells = Cells(
        np.empty((lanes + ways + len(mirror.pieces) + 2 * privates, 1 + size)),
        np.empty(plain + privates, np.int64),
        np.empty(plain + privates, np.int64),
        np.empty(plain + privates),
        np.empty((plain + privates, size)),
        np.zeros(groups),
        np.empty(groups),
    )
    ends, nothing = np.empty(2), np.zeros(groups)
    for box in range(count):
        seen.listed[box] = -1
        seen.bounds[box] = np.inf
        empty = False
        for turn in range(2):  # what cannot be balanced goes before the bound is taken
            place = wanted = 0
            is_needed[:] = False
            for block in range(blocks):
                listed_first[block] = place
                for choice in range(tables.first[block], tables.first[block + 1]):
                    if not marks[box, choice]:
                        continue
                    listed[place] = choice
                    place += 1
                    for t in range(tables.group_first[choice], tables.group_first[choice + 1]):
                        if not is_needed[tables.groups[t]]:
                            is_needed[tables.groups[t]] = True
                            needed[wanted] = tables.groups[t]
                            wanted += 1
                empty = empty or place == listed_first[block]
            listed_first[blocks] = place
            if empty or turn == 1:
                break
            for chord in range(len(tables.chord_at)):
                d, value = tables.chord_at[chord], tables.chords[0, chord]
                state = states[box, chord]
                if value * scales[box, 0] > high[box, d] + TINY:
                    state = np.int8(FULL)
                elif value * scales[box, 1] < low[box, d] - TINY:
                    state = np.int8(IDLE)
                sure.chords[chord] = state
            settle(
                tables, low[box], high[box], scales[box, 0], scales[box, 1], needed[:wanted], sure,
                group_least, group_most,
            )  # fmt: skip
            empty = unbalanced(
                tables, sure, listed[:place], listed_first, group_least, group_most, least, most,
                rest, marks[box],
            )  # fmt: skip
            if empty:
                break
        if empty:
            continue
        ends[0], ends[1] = 1 / scales[box, 1], 1 / scales[box, 0]
        for d in range(size):
            if not sure.balanced[d]:
                worths[box, d] = max(worths[box, d], 0.0)
        flows = bound_at(
            tables, sure, needed[:wanted], listed[:place], listed_first, worths[box], nothing, 0.0,
            room, reached, seen.picked[box], slope,
        )  # fmt: skip
        for choice in seen.picked[box]:
            flows -= reached[choice]
        fixed = ascend(
            tables, mirror, sure.chords, needed[:wanted], listed[:place], listed_first, room,
            flows, low[box], high[box], ends, at_most, charging, charges[box], cells,
            seen.losses[box],
        )  # fmt: skip
        bound = rise(
            tables, sure, needed[:wanted], listed[:place], listed_first, worths[box], usual[box],
            cells.adds, fixed, at_most, steps, room, reached, seen.picked[box],
        )  # fmt: skip
        seen.bounds[box] = bound
        if bound >= at_most:
            continue
        # once more at the best worths, for what goes with them
        bound = bound_at(
            tables, sure, needed[:wanted], listed[:place], listed_first, worths[box], cells.adds,
            fixed, room, reached, seen.picked[box], slope,
        )  # fmt: skip
        portfolios = 1.0
        for block in range(blocks):
            lowest = reached[seen.picked[box, block]]
            left = 0
            for i in range(listed_first[block], listed_first[block + 1]):
                if bound + reached[listed[i]] - lowest >= at_most:
                    marks[box, listed[i]] = False
                left += marks[box, listed[i]]
            portfolios *= left
        half = (high[box] - low[box]) / 2
        doubt(
            tables, sure, half, worths[box], seen.picked[box], room, seen.doubts[box],
            seen.chord_doubts[box],
        )  # fmt: skip
        if portfolios < visits or bound > at_most - NEAR * abs(at_most):
            seen.listed[box] = listed_below(
                tables, sure, listed[:place], listed_first, reached, bound, at_most, least, most,
                rest, worths[box], usual[box], cells.adds, fixed, visits, steps,
                room, seen.listing[box],
            )  # fmt: skip

"""One case of a separated network, with what its flows earn a player, as arrays.

A separated network (module `separation`) knows what a way costs the evader. What it earns the
player is found by taking the same network apart a second time, with earnings in the place of costs:
nothing else than gains, capacities and strategic values decides how it comes apart.

Blocks are joined where a budget covers them both and together they have few choices, so that what a
block chooses respects that budget.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from games.layered import Profile
from games.network import Network
from games.payoffs import earnings
from solvers.flow_bound import Array, FlowTables
from solvers.players import stake
from solvers.prices import Weights
from solvers.separation import Private, Route, Separation, separated, spread

MOST_JOINED = 3200
"""Choices of a block up to which the blocks of one budget are joined."""

Pair = tuple[Route, Route]
"""A way of the evader, and the same with the player's earnings in the place of costs."""


@dataclass(frozen=True)
class Earning:
    """A network taken apart twice: with costs, and with earnings in their place."""

    paid: Separation
    earned: Separation


def separated_with_earnings(
    network: Network, weights: Weights, members: Sequence[str]
) -> Earning | None:
    """Take a network apart for a player; None where it holds together or bounds would not hold.

    Notes
    -----
    Beside what `separated` asks for: no lane has a strategic value, for units might then be sent
    that lead nowhere; and what earns money costs the evader money. Where money has a price, which
    the caller sees to, no unit is then sent for nothing.
    """
    game = network.game
    if any(lane.value for lane in network.lanes):
        return None
    lanes = []
    for lane in network.lanes:
        earned = tuple(
            sum(earnings(game, game.arcs[lane.arc], option).get(name, 0.0) for name in members)
            for option in range(len(lane.costs))
        )
        if any(one and not cost for one, cost in zip(earned, lane.costs, strict=True)):
            return None
        lanes.append(replace(lane, costs=earned))
    paid = separated(network, weights.allowed)
    of_earnings = separated(replace(network, lanes=tuple(lanes)), weights.allowed)
    return Earning(paid, of_earnings) if paid is not None and of_earnings is not None else None


class FlowCase:
    """The tables of one choice of the pivots, and the way back from choices to profiles.

    Parameters
    ----------
    case : position in `allowed` of each pivot's option.
    """

    def __init__(
        self, earning: Earning, weights: Weights, members: Sequence[str], case: Sequence[int]
    ) -> None:
        self._separation = earning.paid
        self._weights = weights
        self._members = members
        self._case = dict(zip(earning.paid.pivots, case, strict=True))
        self._index = {v: 1 + i for i, v in enumerate(earning.paid.coordinates)}
        self._lanes: list[tuple[list[float], float, float, float]] = []
        self._ways: list[tuple[int, int, float]] = []
        self._groups: list[tuple[int, int, int, bool, int, int]] = []
        self._own_chords: list[tuple[float, float, float]] = []
        self.blocks: tuple[tuple[int, ...], ...] = ((), *self._joined())
        self._combinations: list[tuple[int, ...]] = []
        self.tables = self._tables(earning)

    def profile(self, choices: Sequence[int]) -> Profile:
        """Return the profile of one choice for each block."""
        allowed = self._separation.allowed
        chosen = [0] * len(allowed)
        for k, place in self._case.items():
            chosen[k] = allowed[k][place]
        for points, choice in zip(self.blocks, choices, strict=True):
            for k, place in zip(points, self._combinations[choice], strict=True):
                chosen[k] = allowed[k][place]
        return tuple(chosen)

    def places(self, block: int, point: int) -> np.ndarray:
        """Return the place of a point's option in each choice of a block."""
        low, high = self.tables.choice_low[block], self.tables.choice_high[block]
        axis = self.blocks[block].index(point)
        return np.array([one[axis] for one in self._combinations[low:high]])

    def _joined(self) -> list[tuple[int, ...]]:
        """Return the blocks, those of one budget joined as long as they have few choices."""
        blocks = list(self._separation.blocks)
        for points, _ in self._weights.budgets:
            ours = [block for block in blocks if set(block) <= set(points)]
            ours.sort(key=lambda block: -math.prod(self._sizes(block)))
            joined: tuple[int, ...] = ()
            for block in ours:
                together = tuple(sorted(joined + block))
                if math.prod(self._sizes(together)) <= MOST_JOINED:
                    blocks = [one for one in blocks if one not in (joined, block)]
                    blocks.append(together)
                    joined = together
        return blocks

    def _sizes(self, points: Sequence[int]) -> list[int]:
        return [len(self._separation.allowed[k]) for k in points]

    def _inner(self, points: Sequence[int]) -> tuple[int, ...]:
        return tuple(k for k in points if k not in self._case)

    def _table(self, array: Array, points: Sequence[int], wanted: Sequence[int]) -> Array:
        """Return a route's table over the options of `wanted`, pivots settled: (rows, lanes)."""
        settled = tuple(self._case[k] if k in self._case else slice(None) for k in points)
        full = spread(array[settled], self._inner(points), wanted, self._sizes(wanted))
        return np.ascontiguousarray(full).reshape(-1, array.shape[-1])

    def _add_ways(self, pair: Pair, wanted: Sequence[int], *, private: int = -1) -> list[int]:
        """Add a way for each choice of `wanted`, and return their places."""
        route, of_earnings = pair
        gains = self._table(route.gains, route.points, wanted)
        costs = self._table(route.costs, route.points, wanted)
        earned = self._table(of_earnings.costs, route.points, wanted)
        added = []
        for row in range(len(gains)):
            first = len(self._lanes)
            for lane, head in enumerate(route.heads):
                if _behind(route.heads, gains[row], costs[row], lane):
                    continue
                factors = [0.0] * (1 + len(self._index))
                factors[0] = -costs[row, lane]
                own = 0.0
                if head == private:
                    own = gains[row, lane]
                else:
                    factors[self._index[head]] += gains[row, lane]
                if route.tail >= 0 and route.tail == private:
                    own = -1.0
                elif route.tail >= 0:
                    factors[self._index[route.tail]] -= 1.0
                self._lanes.append((factors, 0.0, earned[row, lane], own))
            self._ways.append((first, len(self._lanes), route.capacity))
            added.append(len(self._ways) - 1)
        return added

    def _add_private(self, private: Private, of_earnings: Private, wanted: Sequence[int]) -> None:
        """Add a group for each choice of `wanted` around a private node."""
        first_chord = len(self._own_chords)
        self._own_chords += self._chords_at(private.node)
        pairs = [
            *zip(private.entries, of_earnings.entries, strict=True),
            *zip(private.exits, of_earnings.exits, strict=True),
        ]
        ways = [self._add_ways(pair, wanted, private=private.node) for pair in pairs]
        for around in zip(*ways, strict=True):
            first = len(self._ways)
            self._ways += [self._ways[way] for way in around]
            out = first + len(private.entries)
            end = len(self._own_chords)
            self._groups.append((first, out, len(self._ways), True, first_chord, end))

    def _chords_at(self, node: int) -> list[tuple[float, float, float]]:
        """Return value, width and the player's harm per unit of each chord at a node."""
        network = self._separation.network
        slopes = [chord.slope for front in network.game.fronts for chord in front.chords]
        found = []
        for j, front in enumerate(network.chord_front):
            if network.front_node[front] == node:
                harm = stake(network.game, self._members, network.game.fronts[front].name)
                value, width = float(network.chord_value[j]), float(network.chord_width[j])
                found.append((value, width, harm * slopes[j]))
        return found

    def _tables(self, earning: Earning) -> FlowTables:
        terms: list[tuple[tuple[int, ...], int]] = []  # points, first group
        for pair in zip(earning.paid.routes, earning.earned.routes, strict=True):
            wanted = self._inner(pair[0].points)
            terms.append((wanted, len(self._groups)))
            for way in self._add_ways(pair, wanted):
                self._groups.append((way, way + 1, way + 1, False, 0, 0))
        for private, other in zip(earning.paid.privates, earning.earned.privates, strict=True):
            wanted = self._inner(private.points)
            terms.append((wanted, len(self._groups)))
            self._add_private(private, other, wanted)
        low, high, costs, rows = self._choices(terms)
        network = self._separation.network
        fronts = [
            (self._index[v], *chord)
            for v in self._separation.coordinates
            for chord in self._chords_at(v)
        ]
        allowed, options = self._separation.allowed, self._weights.options
        return FlowTables(
            factors=np.array([factors for factors, *_ in self._lanes]),
            values=_floats(value for _, value, _, _ in self._lanes),
            earned=_floats(earned for _, _, earned, _ in self._lanes),
            gains=_floats(own for *_, own in self._lanes),
            lane_low=_places(way[0] for way in self._ways),
            lane_high=_places(way[1] for way in self._ways),
            sizes=_floats(way[2] for way in self._ways),
            way_low=_places(group[0] for group in self._groups),
            way_out=_places(group[1] for group in self._groups),
            way_high=_places(group[2] for group in self._groups),
            private=np.array([group[3] for group in self._groups], dtype=np.bool_),
            chord_low=_places(group[4] for group in self._groups),
            chord_high=_places(group[5] for group in self._groups),
            chord_values=_floats(chord[0] for chord in self._own_chords),
            chord_widths=_floats(chord[1] for chord in self._own_chords),
            chord_losses=_floats(chord[2] for chord in self._own_chords),
            choice_low=_places(low),
            choice_high=_places(high),
            costs=_floats(costs),
            terms=np.array(rows, dtype=np.int64).reshape(len(costs), -1),
            front_coordinates=_places(front[0] for front in fronts),
            front_values=_floats(front[1] for front in fronts),
            front_widths=_floats(front[2] for front in fronts),
            front_losses=_floats(front[3] for front in fronts),
            budget=float(network.game.evader_budget),
            constant=float(sum(options[k][allowed[k][place]] for k, place in self._case.items())),
        )

    def _choices(
        self, terms: Sequence[tuple[tuple[int, ...], int]]
    ) -> tuple[list[int], list[int], list[float], list[list[int]]]:
        """Return each block's range of choices, and each choice's cost and groups."""
        allowed, options = self._separation.allowed, self._weights.options
        block_of = {k: block for block in self.blocks for k in block}
        of_block: dict[tuple[int, ...], list[tuple[tuple[int, ...], int]]] = {
            block: [] for block in self.blocks
        }
        for points, first in terms:
            of_block[block_of[points[0]] if points else ()].append((points, first))
        most = max(1, *(len(ours) for ours in of_block.values()))
        low: list[int] = []
        high: list[int] = []
        costs: list[float] = []
        rows: list[list[int]] = []
        for block in self.blocks:
            low.append(len(costs))
            for combination in itertools.product(*(range(n) for n in self._sizes(block))):
                at = dict(zip(block, combination, strict=True))
                if not self._affordable(at):
                    continue
                row = []
                for points, first in of_block[block]:
                    place = 0
                    for k in points:
                        place = place * len(allowed[k]) + at[k]
                    row.append(first + place)
                rows.append(row + [-1] * (most - len(row)))
                costs.append(sum(options[k][allowed[k][place]] for k, place in at.items()))
                self._combinations.append(combination)
            high.append(len(costs))
        return low, high, costs, rows

    def _affordable(self, at: dict[int, int]) -> bool:
        """Return whether every budget covers these options beside the cheapest elsewhere."""
        game, allowed = self._separation.network.game, self._separation.allowed
        settled = {**self._case, **at}
        for points, limit in self._weights.budgets:
            least = 0.0
            for k in points:
                outlays = [game.points[k].options[o].cost for o in allowed[k]]
                least += outlays[settled[k]] if k in settled else min(outlays)
            if least > limit + 1e-9:
                return False
        return True


def _behind(heads: Sequence[int], gains: Array, costs: Array, lane: int) -> bool:
    """Return whether another lane to the same head is strictly better wherever money has a price.

    It costs less and nothing less arrives; or as much, which is something, and more arrives. (Where
    goods at the head are worth nothing either lane then leaves a loss, and neither is used.)
    """
    return any(
        head == heads[lane]
        and gains[other] >= gains[lane]
        and (
            costs[other] < costs[lane]
            or (gains[other] > gains[lane] and costs[other] == costs[lane] > 0)
        )
        for other, head in enumerate(heads)
    )


def _floats(numbers: object) -> Array:
    return np.array(list(numbers), dtype=np.float64)  # type: ignore[call-overload]


def _places(numbers: object) -> np.ndarray:
    return np.array(list(numbers), dtype=np.int64)  # type: ignore[call-overload]

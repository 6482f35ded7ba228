"""The evader's best response: a generalised network flow, on one warm HiGHS object.

Maximise   Z = sum_j v_j s_j + sum_l b_l x_l                            chords j, lanes l
subject to node_conserves (v)          sum_out x_l - sum_in g_l x_l <= 0   price pi_v >= 0
           front_absorbs (f)           sum_j s_j - sum_in g_l x_l <= 0     price pi_f >= 0
           capacity_is_respected (r)   sum_{l in r} x_l <= u_r             rent theta_r >= 0
           evader_budget_is_respected  sum_l c_l x_l <= B                  price mu >= 0
           chord_has_its_width (j)     0 <= s_j <= width_j                 rent_j >= 0

The gains g_l and costs c_l are those of the options in force; a change of option changes a few
coefficients, and HiGHS goes on from the last basis. It is not even asked where all that changes are
lanes that carry nothing and that the last prices still leave without a surplus: the last flows and
prices, feasible in both programs and equal in value, are then optimal in the new ones.

Where controllers earn from flows, or weigh fronts otherwise than the evader, it matters which of
several best responses the evader takes. A rule settles that in a second solve on the optimal face:
the one that is best for the sum of the controllers (`optimistic`) or worst (`pessimistic`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np
from numpy.typing import NDArray

from games.errors import NotCertifiedError
from games.layered import Profile
from games.network import Network
from games.payoffs import earnings
from solvers.highs import quiet_highs

NO_SURPLUS = 1e-9
"""Surplus of a lane, in HiGHS's unit of worth, that is none: its own tolerance for prices."""


@dataclass(frozen=True)
class EvaderResponse:
    """What the evader does against a profile, and what its resources are worth to it.

    Attributes
    ----------
    value : the evader's objective Z, bn USD.
    flows : units that enter each lane, in the order of `network.lanes`.
    quantities : units that arrive at each front, in the order of `game.fronts`.
    node_prices : bn USD that one more unit at each node of `network.nodes` is worth.
    money_price : bn USD of objective that one more bn USD of the evader's budget is worth.
    """

    profile: Profile
    value: float
    flows: NDArray[np.float64]
    quantities: NDArray[np.float64]
    node_prices: NDArray[np.float64]
    money_price: float


Rule = Literal["optimistic", "pessimistic"]


class Evader:
    """The evader of one network, ready to answer profile after profile.

    Parameters
    ----------
    rule : how ties are settled, see the module's docstring; None leaves them to the solver.

    Notes
    -----
    Not safe to share between threads; give each its own.
    """

    def __init__(self, network: Network, *, rule: Rule | None = None) -> None:
        self.network = network
        self._rule = rule
        game = network.game
        self._own_worth = np.concatenate(
            [[lane.value for lane in network.lanes], network.chord_value]
        )
        largest = float(np.abs(self._own_worth).max())
        self._unit = largest if largest > 0 else 1.0  # HiGHS sees worths of order one
        self._earned = [
            [sum(earnings(game, game.arcs[lane.arc], o).values()) for o in range(len(lane.gains))]
            for lane in network.lanes
        ]
        lanes_free = np.full(len(network.lanes), highspy.kHighsInf)
        self._widths = np.concatenate([lanes_free, network.chord_width])
        self._limits = np.concatenate(
            [np.zeros(len(network.nodes)), network.capacities, [game.evader_budget]]
        )
        self._profile: Profile = network.game.status_quo
        self._loaded = self._profile  # whose coefficients HiGHS has
        self._solved = False  # whether it has solved that
        self._last: tuple[list[float], list[float]] | None = None  # its flows and prices negated
        self._worths: list[float] = (self._own_worth / self._unit).tolist()
        ends = set(network.front_node.tolist())
        self._columns_at_fronts = [i for i, lane in enumerate(network.lanes) if lane.head in ends]
        self._at_fronts = [network.lanes[i] for i in self._columns_at_fronts]
        self._highs = quiet_highs()
        self._nodes = len(network.nodes)
        self._budget_row = self._nodes + len(network.capacities)
        self._highs.passModel(self._linear_program())

    def value(self, profile: Sequence[int]) -> float:
        """Return the evader's best objective Z (bn USD) against a profile.

        Raises
        ------
        NotCertifiedError
            When HiGHS does not report an optimum.
        """
        self._face(tuple(profile))
        return -float(self._highs.getObjectiveValue()) * self._unit

    def respond(self, profile: Sequence[int]) -> EvaderResponse:
        """Return a best response to a profile, with its prices.

        Raises
        ------
        NotCertifiedError
            When HiGHS does not report an optimum.
        """
        self._face(tuple(profile), loaded=self._rule is not None)
        value = -float(self._highs.getObjectiveValue()) * self._unit
        solution = self._highs.getSolution()
        columns = np.asarray(solution.col_value)
        duals = np.maximum(-np.asarray(solution.row_dual), 0.0) * self._unit
        if self._rule is not None:
            columns = self._settled(columns)
        columns = np.maximum(columns, 0.0)
        lanes = len(self.network.lanes)
        gains = [lane.gains[self.network.chosen(lane, self._profile)] for lane in self._at_fronts]
        arriving = np.zeros(self._nodes)
        heads = [lane.head for lane in self._at_fronts]
        np.add.at(arriving, heads, gains * columns[self._columns_at_fronts])
        return EvaderResponse(
            profile=self._profile,
            value=value,
            flows=columns[:lanes],
            quantities=arriving[self.network.front_node],
            node_prices=duals[: self._nodes],
            money_price=float(duals[self._budget_row]),
        )

    def _face(self, profile: Profile, *, loaded: bool = False) -> None:
        """Have HiGHS hold a solution that is optimal against a profile.

        Parameters
        ----------
        loaded : whether HiGHS must have the profile's own coefficients as well.
        """
        network, highs = self.network, self._highs
        self._profile = profile
        if self._solved and (profile == self._loaded or (not loaded and self._still_best(profile))):
            return
        for point, (old, new) in enumerate(zip(self._loaded, profile, strict=True)):
            if old == new:
                continue
            for column in network.lanes_of_point[point]:
                lane = network.lanes[column]
                if lane.gains[old] != lane.gains[new]:
                    highs.changeCoeff(lane.head, column, -lane.gains[new])
                if lane.costs[old] != lane.costs[new]:
                    highs.changeCoeff(self._budget_row, column, lane.costs[new])
        self._loaded, self._solved, self._last = profile, False, None
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            highs.clearSolver()  # a basis of the last profile can be singular for this one
            highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise NotCertifiedError(
                f"evader of {network.game.name}: expected an optimum of its linear program, "
                f"found {highs.modelStatusToString(highs.getModelStatus())} - check the scenario's "
                "numbers for sizes that differ by more than ten orders of magnitude"
            )
        self._solved = True

    def _still_best(self, profile: Profile) -> bool:
        """Return whether the flows and prices of the last solve are optimal for a profile too."""
        if self._last is None:
            solution = self._highs.getSolution()
            self._last = list(solution.col_value), list(solution.row_dual)
        flows, negated = self._last
        network, rows = self.network, self._nodes
        for point, (old, new) in enumerate(zip(self._loaded, profile, strict=True)):
            if old == new:
                continue
            for column in network.lanes_of_point[point]:
                lane = network.lanes[column]
                gain, cost = lane.gains[new], lane.costs[new]
                if gain == lane.gains[old] and cost == lane.costs[old]:
                    continue
                if flows[column] > 0.0:
                    return False
                surplus = self._worths[column] - gain * negated[lane.head]
                surplus += negated[rows + lane.row] + cost * negated[self._budget_row]
                if lane.tail >= 0:
                    surplus += negated[lane.tail]
                if surplus > NO_SURPLUS:
                    return False
        return True

    def _joint(self, profile: Profile) -> NDArray[np.float64]:
        """Return bn USD of the controllers' joint payoff per unit of each lane and chord."""
        network, game = self.network, self.network.game
        earned = [
            per_option[network.chosen(lane, profile)]
            for lane, per_option in zip(network.lanes, self._earned, strict=True)
        ]
        stakes = [
            sum(c.stakes.get(front.name, 0.0) for c in game.controllers) for front in game.fronts
        ]
        slopes = [chord.slope for front in game.fronts for chord in front.chords]
        harm = [
            -stakes[front] * slope for front, slope in zip(network.chord_front, slopes, strict=True)
        ]
        return np.array(earned + harm)

    def _settled(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the best response that the rule for ties picks, given any.

        What has a reduced cost or a price keeps its value; on that face of the program, where all
        points are best responses, the joint payoff is maximised or minimised.
        """
        highs = self._highs
        solution = highs.getSolution()
        reduced = np.asarray(solution.col_dual)
        priced = -np.asarray(solution.row_dual)
        tolerance = 1e-8
        count, rows = len(columns), len(priced)
        low, high = np.zeros(count), self._widths.copy()
        high[reduced > tolerance] = 0.0
        low[reduced < -tolerance] = high[reduced < -tolerance]
        least = np.where(priced > tolerance, self._limits, -highspy.kHighsInf)
        sign = -1.0 if self._rule == "optimistic" else 1.0
        every_column = np.arange(count, dtype=np.int32)
        every_row = np.arange(rows, dtype=np.int32)
        free = np.full(rows, -highspy.kHighsInf)
        highs.changeColsBounds(count, every_column, low, high)
        highs.changeRowsBounds(rows, every_row, least, self._limits)  # type: ignore[attr-defined]
        highs.changeColsCost(count, every_column, sign * self._joint(self._profile))
        self._solved = False  # what HiGHS holds from here on is the tie's solution
        highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            columns = np.asarray(highs.getSolution().col_value)
        highs.changeColsBounds(count, every_column, np.zeros(count), self._widths)
        highs.changeRowsBounds(rows, every_row, free, self._limits)  # type: ignore[attr-defined]
        highs.changeColsCost(count, every_column, -self._own_worth / self._unit)
        return columns

    def _linear_program(self) -> highspy.HighsLp:
        network = self.network
        lanes, chords = len(network.lanes), len(network.chord_value)
        starts = [0]
        rows: list[int] = []
        values: list[float] = []
        for lane in network.lanes:
            option = network.chosen(lane, self._profile)
            entries = {lane.head: -lane.gains[option], self._nodes + lane.row: 1.0}
            if lane.tail >= 0:
                entries[lane.tail] = 1.0
            entries[self._budget_row] = lane.costs[option]
            rows += entries.keys()
            values += entries.values()
            starts.append(len(rows))
        for front in network.chord_front:
            rows.append(int(network.front_node[front]))
            values.append(1.0)
            starts.append(len(rows))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = lanes + chords, self._budget_row + 1
        lp.row_names_ = self._row_names()
        lp.col_cost_ = -self._own_worth / self._unit
        lp.col_lower_ = np.zeros(lanes + chords)
        lp.col_upper_ = self._widths
        lp.row_lower_ = np.full(lp.num_row_, -highspy.kHighsInf)
        lp.row_upper_ = self._limits
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.array(starts)
        lp.a_matrix_.index_ = np.array(rows)
        lp.a_matrix_.value_ = np.array(values)
        return lp

    def _row_names(self) -> list[str]:
        """Return what the page of the mathematics calls each row, with its number."""
        ends = set(self.network.front_node.tolist())
        nodes = ["front_absorbs" if v in ends else "node_conserves" for v in range(self._nodes)]
        capacities = ["capacity_is_respected"] * len(self.network.capacities)
        names = [f"{name}[{v}]" for v, name in enumerate(nodes)]
        names += [f"{name}[{r}]" for r, name in enumerate(capacities)]
        return [*names, "evader_budget_is_respected"]

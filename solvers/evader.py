"""The evader's best response: a generalised network flow, on one warm HiGHS object.

Maximise   Z = sum_j v_j s_j + sum_l b_l x_l                      chords j, lanes l
subject to node_conserves (v)       sum_out x_l - sum_in g_l x_l <= 0         price pi_v >= 0
           front_absorbs (f)        sum_j s_j - sum_in g_l x_l <= 0           price pi_v >= 0
           capacity_is_respected (r)  sum_{l in r} x_l <= u_r                 rent theta_r >= 0
           budget_is_respected      sum_l c_l x_l <= B                        price mu >= 0
           0 <= s_j <= width_j                                                rent lambda_j >= 0

The gains g_l and costs c_l are those of the options in force; a change of option changes a few
coefficients, and HiGHS goes on from the last basis.

Where controllers earn from flows, or weigh fronts otherwise than the evader, it matters which of
several best responses the evader takes. An evader that *leans* adds a tiny multiple of the
controllers' joint payoff to its objective: for them if positive (the optimistic rule), against
them if negative (the pessimistic one).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from games.errors import NotCertifiedError
from games.layered import Profile
from games.network import Network
from games.payoffs import earnings
from solvers.highs import quiet_highs


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


class Evader:
    """The evader of one network, ready to answer profile after profile.

    Parameters
    ----------
    lean : bn USD of its own objective that the evader gives up for 1 bn USD of the controllers'
        joint payoff; see the module's docstring. 0 leaves ties to the solver.

    Notes
    -----
    Not safe to share between threads; give each its own.
    """

    def __init__(self, network: Network, *, lean: float = 0.0) -> None:
        self.network = network
        self._lean = lean
        self._own_worth = np.concatenate(
            [[lane.value for lane in network.lanes], network.chord_value]
        )
        self._profile: Profile = network.game.status_quo
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
        if self._lean:
            columns = np.asarray(self._highs.getSolution().col_value)
            return float(self._own_worth @ columns)
        return -float(self._highs.getObjectiveValue())

    def respond(self, profile: Sequence[int]) -> EvaderResponse:
        """Return a best response to a profile, with its prices.

        Raises
        ------
        NotCertifiedError
            When HiGHS does not report an optimum.
        """
        value = self.value(profile)
        solution = self._highs.getSolution()
        columns = np.maximum(np.asarray(solution.col_value), 0.0)
        duals = np.maximum(-np.asarray(solution.row_dual), 0.0)
        lanes = len(self.network.lanes)
        arriving = np.bincount(
            self.network.chord_front,
            weights=columns[lanes:],
            minlength=len(self.network.front_node),
        )
        return EvaderResponse(
            profile=self._profile,
            value=value,
            flows=columns[:lanes],
            quantities=np.asarray(arriving, dtype=np.float64),
            node_prices=duals[: self._nodes],
            money_price=float(duals[self._budget_row]),
        )

    def _face(self, profile: Profile) -> None:
        """Put a profile's coefficients in force and solve."""
        network, highs = self.network, self._highs
        for point, (old, new) in enumerate(zip(self._profile, profile, strict=True)):
            if old == new:
                continue
            for column in network.lanes_of_point[point]:
                lane = network.lanes[column]
                if lane.gains[old] != lane.gains[new]:
                    highs.changeCoeff(lane.head, column, -lane.gains[new])
                if lane.costs[old] != lane.costs[new]:
                    highs.changeCoeff(self._budget_row, column, lane.costs[new])
                    if self._lean:
                        highs.changeColCost(column, -self._worth(column, new))
        self._profile = profile
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

    def _worth(self, column: int, option: int) -> float:
        """Return what HiGHS maximises per unit of a lane: own value, and what it leans."""
        lane = self.network.lanes[column]
        if not self._lean:
            return lane.value
        game = self.network.game
        joint = sum(earnings(game, game.arcs[lane.arc], option).values())
        return lane.value + self._lean * joint

    def _chord_worth(self) -> NDArray[np.float64]:
        """Return the same per unit of each chord."""
        game = self.network.game
        stakes = np.array(
            [sum(c.stakes.get(front.name, 0.0) for c in game.controllers) for front in game.fronts]
        )
        slopes = np.array([chord.slope for front in game.fronts for chord in front.chords])
        harm: NDArray[np.float64] = stakes[self.network.chord_front] * slopes
        return self.network.chord_value - self._lean * harm

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
        worth = [
            self._worth(column, network.chosen(lane, self._profile))
            for column, lane in enumerate(network.lanes)
        ]
        lp.col_cost_ = -np.concatenate([worth, self._chord_worth()])
        lp.col_lower_ = np.zeros(lanes + chords)
        lp.col_upper_ = np.concatenate([np.full(lanes, highspy.kHighsInf), network.chord_width])
        lp.row_lower_ = np.full(lp.num_row_, -highspy.kHighsInf)
        lp.row_upper_ = np.concatenate(
            [np.zeros(self._nodes), network.capacities, [network.game.evader_budget]]
        )
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.array(starts)
        lp.a_matrix_.index_ = np.array(rows)
        lp.a_matrix_.value_ = np.array(values)
        return lp

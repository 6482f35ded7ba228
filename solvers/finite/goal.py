"""What the best equilibrium of two players is best by: an objective as a score, in any unit.

Welfare and one player's payoff are sums of payoffs with weights, and at a mixed profile what they
are at pure ones on average. The payoff of whoever gets least is not: a mixture can give the poorer
more than any profile does. The number of strategies played has nothing to do with payoffs.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from games.errors import GameError
from games.normal_form import Floats, NormalFormGame
from games.scaled import spread_of
from solvers.finite.best_programme import Aim
from solvers.finite.records import Equilibrium

Sense = Literal["maximise", "minimise"]


class Goal:
    """An objective as a score, of which more is better.

    Attributes
    ----------
    table : the objective at pure profiles, not to be trusted in between for "minimum".
    limit : no profile, pure or mixed, has a larger score.
    spread, slack : of the objective, and the share of it that does not matter.
    """

    def __init__(self, game: NormalFormGame, objective: str, sense: Sense, gap: float) -> None:
        if len(game.players) != 2:
            raise GameError(
                f"game: expected 2 players, found {len(game.players)} - "
                "the best equilibrium is found for two"
            )
        if sense not in ("maximise", "minimise"):
            raise GameError(
                f"sense: expected maximise or minimise, found {sense!r} - choose one of them"
            )
        kinds = ["welfare", "minimum", "support", *(f"player:{name}" for name in game.players)]
        if objective not in kinds:
            raise GameError(
                f"objective: expected {', '.join(kinds)}, found {objective!r} - choose one of them"
            )
        if objective == "support" and sense == "minimise":
            raise GameError(
                "sense: expected maximise with the objective support, which finds the fewest "
                "strategies, found minimise - mixtures of equilibria have no largest support"
            )
        self.objective, self.sense = objective, sense
        self.flip = -1.0 if sense == "minimise" or objective == "support" else 1.0
        first, second = game.payoffs
        self.weights = (1.0, 1.0)
        if objective == "welfare":
            self.table: Floats = first + second
        elif objective == "minimum":
            self.table = np.minimum(first, second)
        elif objective == "support":
            self.table = np.full(game.shape, 2.0)
        else:
            player = kinds.index(objective) - 3
            self.table = game.payoffs[player]
            self.weights = (1.0 - player, float(player))
        self.limit = float((self.flip * self.table).max())
        self.spread = 1.0 if objective == "support" else spread_of(self.table) or 1.0
        if objective == "minimum":  # mixtures can give more to the poorer than any profile does
            if sense == "maximise":
                self.limit = float(min(first.max(), second.max()))
            self.spread = max(game.spreads) or 1.0
        self.slack = 0.5 if objective == "support" else gap * self.spread

    @property
    def directions(self) -> tuple[float, float]:
        """Whether each player's payoff is to be large (1), small (-1) or anything (0)."""
        if self.objective == "support":
            return 0.0, 0.0
        return self.flip * self.weights[0], self.flip * self.weights[1]

    def worth(self, equilibrium: Equilibrium) -> float:
        """Return the objective at an equilibrium."""
        first, second = (float(payoff) for payoff in equilibrium.payoffs)
        if self.objective == "support":
            return float(sum(len(support) for support in equilibrium.support))
        if self.objective == "minimum":
            return min(first, second)
        return self.weights[0] * first + self.weights[1] * second

    def score(self, equilibrium: Equilibrium) -> float:
        """Return what is to be large."""
        return self.flip * self.worth(equilibrium)


def aim_of(goal: Goal, tables: list[Floats]) -> tuple[Aim, float, float]:
    """Return the objective in payoffs between 0 and 1; score = base + unit * objective."""
    least = [float(table.min()) for table in tables]
    spreads = [spread_of(table) / goal.spread for table in tables]
    if goal.objective == "support":
        return Aim("fewest", (0.0, 0.0), (0.0, 0.0)), 0.0, 1.0
    if goal.objective == "minimum":
        base = min(least)
        kind = "least" if goal.sense == "maximise" else "most negative"
        offsets = [(value - base) / goal.spread for value in least]
        aim = Aim(kind, (spreads[0], spreads[1]), (offsets[0], offsets[1]))
        return aim, goal.flip * base, goal.spread
    weights = [goal.flip * w * s for w, s in zip(goal.weights, spreads, strict=True)]
    base = goal.flip * sum(w * v for w, v in zip(goal.weights, least, strict=True))
    return Aim("sum", (weights[0], weights[1]), (0.0, 0.0)), base, goal.spread

"""The best or the worst pure equilibrium of an integer programming game, or the proof of none.

An objective is maximised over the joint strategies by branch and cut. The search begins with hardly
a notion of equilibrium. Each integral point is shown to every player; where somebody has a better
answer d the inequality u_i(x) >= u_i(d, x_-i), which every equilibrium keeps and this point breaks,
is added, and the search goes on. When nobody has one the point is an equilibrium, and no node with
a better bound is left unexplored in the end. A search that ends without one proves that there is no
pure equilibrium.

All of it happens in one tree: the inequalities hold everywhere, so nothing is explored twice. Three
things keep the tree small. Inequalities against small changes (`changes`) speak of whatever is
played. Deviations once found are tried on the fractional points of other nodes. And from now and
then players answer each other in turn from a rounded point; where that comes to rest there is an
equilibrium, to prune with, and to return if time runs out.

References
----------
dragotto2023
"""

from __future__ import annotations

from typing import Literal

from games.errors import GameError
from solvers.finite.equilibrium_tree import EquilibriumTree, PureEquilibrium
from solvers.finite.programmes import IntegerProgrammingGame
from solvers.finite.records import REGRET


def pure_equilibrium(
    game: IntegerProgrammingGame,
    *,
    objective: Literal["welfare"] | int = "welfare",
    worst: bool = False,
    gap: float = 1e-6,
    tolerance: float = REGRET,
    time_limit: float | None = None,
) -> PureEquilibrium:
    """Return the best or the worst pure equilibrium for a stated objective, proven.

    Parameters
    ----------
    objective : the sum of all payoffs, or the payoff of one player by position.
    worst : minimise instead.
    gap : difference of objective and bound at which to stop, as a share of the objective.
    tolerance : regret up to which a point counts as an equilibrium, as a share of the largest
        number in the player's payoff.
    time_limit : seconds, after which the best equilibrium and bound so far are returned.

    Raises
    ------
    GameError
        When the objective names no player, a player has no strategy, or variables whose products
        are paid lack bounds or integrality.
    NotCertifiedError
        When HiGHS fails.

    Examples
    --------
    Two players may both stay out or both come in; alone nobody wants to be in.

    >>> import pyomo.environ as pyo
    >>> from solvers.finite.programmes import Programme, integer_programming_game
    >>> def programme(name):
    ...     model = pyo.ConcreteModel()
    ...     model.enter = pyo.Var(domain=pyo.Binary)
    ...     return Programme(name, model, [model.enter], [-1])
    >>> both = [programme("A"), programme("B")]
    >>> game = integer_programming_game(both, interactions={(0, 1): [3], (1, 0): [3]})
    >>> best = pure_equilibrium(game)
    >>> worst = pure_equilibrium(game, worst=True)
    >>> best.profile, best.objective, worst.profile, worst.objective
    (((1.0,), (1.0,)), 4.0, ((0.0,), (0.0,)), 0.0)
    """
    if objective != "welfare" and objective not in range(len(game.players)):
        raise GameError(
            f"objective: expected 'welfare' or a position below {len(game.players)}, found "
            f"{objective!r} - positions of players count from 0"
        )
    paid = list(range(len(game.players))) if objective == "welfare" else [int(objective)]
    return EquilibriumTree(
        game,
        paid=paid,
        sign=-1.0 if worst else 1.0,
        gap=gap,
        tolerance=tolerance,
        time_limit=time_limit,
    ).run()

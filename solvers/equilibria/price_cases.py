"""The blocks of a separated dual with who decides there, for each choice of the pivots."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from games.layered import LayeredGame
from solvers.boxes.blocks import BlockFunctions
from solvers.boxes.separation import Array, Separation
from solvers.boxes.tangents import fixed_at
from solvers.equilibria.near_rows import Terms
from solvers.equilibria.seats import Stance, seats_of, spending_of, turns_of
from solvers.equilibria.stacked_rows import rows_at, stacked
from solvers.players import Player, budgets_of
from solvers.prices import Weights


@dataclass(frozen=True)
class Case:
    """What the search knows for one choice of the pivots.

    Attributes
    ----------
    costs : what each choice costs the members whose loss is bounded; shape (choices,).
    constant : what the pivots' options cost them.
    """

    functions: BlockFunctions
    terms: Terms
    costs: Array
    constant: float

    def with_slack(self, slack: float) -> Case:
        """Return the case where every player stays for so much more, bn USD a year."""
        seats, turns = self.terms.seats, self.terms.turns
        terms = self.terms._replace(
            seats=seats._replace(slack=seats.slack + slack),
            turns=turns._replace(slack=turns.slack + slack),
        )
        return replace(self, terms=terms)

    def values(self, prices: Array) -> tuple[Array, float]:
        """Return what each choice adds to the evader's dual at prices, and what is fixed."""
        stack, offset, choices = self.terms[:3]
        used = np.unique(choices.rows)
        worth, tangents = (
            np.empty(len(stack.constants)),
            np.empty((len(stack.uses), 1 + len(prices))),
        )
        rows_at(stack, offset, used, len(used), prices, worth, tangents)
        of_rows = np.concatenate([[0.0], np.cumsum(tangents[choices.rows, 0])])
        values = np.diff(of_rows[choices.row_first])
        fixed = (fixed_at(self.functions.fixed, d, float(p)) for d, p in enumerate(prices))
        return values, sum(fixed)


def cases_of(
    game: LayeredGame,
    separation: Separation,
    players: Sequence[Player],
    stances: Sequence[Stance],
    members: Sequence[str],
) -> list[Case]:
    """Return the cases of a separation.

    Parameters
    ----------
    stances : of each player.
    members : the controllers whose loss is bounded.
    """
    budgets = tuple(budget for one in players for budget in budgets_of(game, one))
    free = tuple((0.0,) * len(point.options) for point in game.points)
    counted = tuple(
        tuple(o.cost + o.economic_cost if point.owner in members else 0.0 for o in point.options)
        for point in game.points
    )
    allowed, cases = separation.allowed, separation.cases()
    plain = [
        BlockFunctions(separation, Weights(free, allowed, budgets, 1.0), case) for case in cases
    ]
    stack, offsets = stacked(plain)
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=plain[0].size)))
    rows = [functions.rows for functions in plain]
    found = []
    for case, functions, offset in zip(cases, plain, offsets, strict=True):
        priced = functions.charged(counted)
        settled = {k: allowed[k][place] for k, place in zip(separation.pivots, case, strict=True)}
        terms = Terms(
            stack,
            offset,
            functions.choices,
            seats_of(game, players, functions.blocks, allowed, stances),
            spending_of(game, players, functions.blocks, allowed, settled),
            turns_of(game, players, separation, stances, case, rows=rows, offsets=offsets),
            signs,
        )
        found.append(Case(functions, terms, priced.choices.costs, priced.constant))
    return found

"""The whole way to one certified equilibrium of two players in a single call of machine code.

It is what `machine_paths` does find by find, without a return to Python between search and check,
which takes longer than a small game does. The search is that of `path_kernel`; the check is that of
`regret_kernel`, which is given the payoffs and a profile and knows nothing of the search.
"""

from __future__ import annotations

import numpy as np

from games.normal_form import Floats
from solvers.compiled import compiled
from solvers.finite.path_kernel import END, PURE, search, sizes
from solvers.finite.regret_kernel import assess

UNCHECKED = 100
"""Added to what a search came back with where payoffs or profile are not fit for this check."""


@compiled
def find(payoffs: Floats, moves: Floats, limits: Floats, found: Floats, budget: int) -> int:
    """Search for an equilibrium and check it; return what `path_kernel.search` does.

    Parameters
    ----------
    payoffs, moves, budget : as in `path_kernel.search`, from pure profiles on.
    limits : as in `regret_kernel.assess`, then the largest regret as a share of the spread.
    found : where to write the probabilities of both players' strategies, then what these earn, then
        what each would gain by a change; certified after `PURE` and `END`, and the profile alone
        where this could not be checked.
    """
    rows, columns = payoffs.shape[1:]
    labels = rows + columns
    floats_needed, whole_needed = sizes(rows, columns)
    floats = np.empty(floats_needed)
    whole = np.zeros(whole_needed, np.int64)
    shape = np.array([rows, columns])
    figures = np.empty((3, 2))
    while True:
        outcome = search(payoffs, moves, floats, whole, budget)
        if outcome != PURE and outcome != END:
            return outcome
        found[:labels] = floats[:labels]
        if not assess(payoffs.reshape((2, rows * columns)), shape, found[:labels], limits, figures):
            return UNCHECKED + outcome
        if max(figures[2, 0], figures[2, 1]) <= limits[4]:
            found[labels : labels + 2] = figures[0]
            found[labels + 2 :] = figures[1]
            return outcome
        # Rounding has led astray: another path may fare better.

"""A Lemke-Howson path in integers: no rounding, no cycling, the same answer on every machine.

References
----------
avis2010
"""

from __future__ import annotations

import time
from fractions import Fraction

from games.normal_form import NormalFormGame
from games.rational import positive_integers
from solvers.finite.integer_tableau import IntegerTableau


def integer_path(
    game: NormalFormGame, *, label: int, deadline: float
) -> list[list[Fraction]] | None:
    """Return the equilibrium at the end of a path, None if time ran out before.

    Parameters
    ----------
    label : the one to drop, counted over the first player's strategies and then the second's.
    deadline : by `time.perf_counter`.
    """
    first, second = game.stated
    rows, columns = game.shape
    one = IntegerTableau(positive_integers(second.T), rows, 0)
    two = IntegerTableau(positive_integers(first), 0, rows)
    this, other = (one, two) if label < rows else (two, one)
    entering = label
    while True:
        entering = this.enter(entering)
        if entering == label:
            return [_mixture(one, 0, rows), _mixture(two, rows, columns)]
        if time.perf_counter() > deadline:
            return None
        this, other = other, this


def _mixture(tableau: IntegerTableau, start: int, size: int) -> list[Fraction]:
    """Return a vertex's variables with labels from `start`, scaled to add up to one."""
    strategy = [0] * size
    for label, row in zip(tableau.basis, tableau.rows, strict=True):
        if start <= label < start + size:
            strategy[label - start] = row[-1]
    total = sum(strategy)
    return [Fraction(level, total) for level in strategy]

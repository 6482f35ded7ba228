"""Mixed strategies of both players of a matrix game, with the values that they prove."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from games.normal_form import Floats
from solvers.finite.support_pair import SupportPair, float_mixture


@dataclass(frozen=True)
class MatrixPlay:
    """Mixed strategies of both players of a matrix game.

    Attributes
    ----------
    x, y : probabilities of rows and of columns.
    lower, upper : what x earns at least and what y gives away at most; the value lies between.
    """

    x: Floats
    y: Floats
    lower: float
    upper: float

    @property
    def gap(self) -> float:
        """How far the two are apart: no player's regret is larger."""
        return self.upper - self.lower


def play_of(matrix: Floats, x: Floats, y: Floats) -> MatrixPlay:
    """Return two mixtures, once they are normalised, with what each guarantees."""
    x, y = np.maximum(x, 0.0), np.maximum(y, 0.0)
    x, y = x / x.sum(), y / y.sum()
    return MatrixPlay(x, y, float((x @ matrix).min()), float((matrix @ y).max()))


def support_play(matrix: Floats, supports: SupportPair) -> MatrixPlay | None:
    """Return the play that two supports determine, None where they do not."""
    block = matrix[np.ix_(supports.rows, supports.columns)]
    inner_x, inner_y = float_mixture(block.T), float_mixture(block)
    if inner_x is None or inner_y is None or min(inner_x.min(), inner_y.min()) < 0:
        return None
    x, y = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[1])
    x[list(supports.rows)], y[list(supports.columns)] = inner_x, inner_y
    return play_of(matrix, x, y)


def pure_play(matrix: Floats) -> MatrixPlay:
    """Return the pure strategies that guarantee most; a saddle point if there is one."""
    row, column = int(matrix.min(axis=1).argmax()), int(matrix.max(axis=0).argmin())
    x, y = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[1])
    x[row] = y[column] = 1.0
    return MatrixPlay(x, y, float(matrix[row].min()), float(matrix[:, column].max()))

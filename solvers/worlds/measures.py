"""What many losses are worth as one number: expected loss, CVaR, and regret.

Losses are bn USD a year, one per world, and more is worse. All measures are the largest of
many weighted sums, and the weights that reach it prove bounds:

expected   sum_w p_w L_w
cvar:a     the mean of the worst worlds that have probability 1 - a together; cvar:0 is `expected`.
           It is the largest sum_w q_w L_w with 0 <= q_w <= p_w / (1 - a) and sum q = 1
           (rockafellar2000)
regret     the largest L_w - best_w, where best_w is the loss of the best portfolio for that world
blend:t    1 - t times the expected loss plus t times the largest one, for a front of the two
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from games.errors import InputError
from games.given import told

Array = NDArray[np.float64]
Kind = Literal["expected", "cvar", "regret", "blend"]


@dataclass(frozen=True)
class Measure:
    """A measure of losses over worlds.

    Attributes
    ----------
    tail : for `cvar`, the probability of the worlds that do not count, in [0, 1).
    share : for `blend`, that of the largest loss, in [0, 1].
    """

    kind: Kind
    tail: float = 0.0
    share: float = 0.0

    @property
    def name(self) -> str:
        """The text that names it on the command line."""
        numbers = {"cvar": self.tail, "blend": self.share}
        return f"{self.kind}:{numbers[self.kind]:g}" if self.kind in numbers else self.kind

    def value(self, losses: Array, probabilities: Array, best: Array | None = None) -> float:
        """Return the measure of losses, bn USD a year.

        Parameters
        ----------
        losses, probabilities : shape (worlds,).
        best : loss of the best portfolio for each world; needed for `regret` alone.

        Examples
        --------
        >>> half = np.array([0.5, 0.5])
        >>> Measure("cvar", 0.75).value(np.array([1.0, 3.0]), half)
        3.0
        """
        weights = self.weights(losses, probabilities, best)
        return float(weights @ (losses if best is None else losses - best))

    def weights(self, losses: Array, probabilities: Array, best: Array | None = None) -> Array:
        """Return weights of the worlds, shape (worlds,), that reach the measure; sum 1."""
        if self.kind == "expected":
            return np.asarray(probabilities, dtype=float)
        weights = np.zeros(len(losses))
        if self.kind == "blend":
            weights = (1 - self.share) * np.asarray(probabilities, dtype=float)
            weights[int(np.argmax(np.where(probabilities > 0, losses, -np.inf)))] += self.share
            return weights
        if self.kind == "regret":
            if best is None:
                raise ValueError("regret: expected the best loss of each world, found none")
            weights[int(np.argmax(losses - best))] = 1.0
            return weights
        left = 1.0
        for world in np.argsort(-losses, kind="stable"):
            weights[world] = min(left, probabilities[world] / (1 - self.tail))
            left -= weights[world]
            if left <= 0:
                break
        total = float(weights.sum())
        return np.asarray(weights / total)

    def limits(self, probabilities: Array) -> tuple[Array, Array]:
        """Return the least and the largest weight of each world that reach the measure somewhere.

        Examples
        --------
        >>> Measure("blend", share=0.5).limits(np.array([0.5, 0.5]))
        (array([0.25, 0.25]), array([0.75, 0.75]))
        """
        if self.kind == "expected":
            return probabilities, probabilities
        none = np.zeros(len(probabilities))
        if self.kind == "regret":
            return none, none + 1.0
        if self.kind == "blend":
            least = (1 - self.share) * probabilities
            return least, np.where(probabilities > 0, least + self.share, 0.0)
        return none, np.asarray(np.minimum(1.0, probabilities / (1 - self.tail)))


def parse_measure(text: str) -> Measure:
    """Return the measure of a name: expected, cvar:0.9 or regret.

    Raises
    ------
    InputError
        When it is none of them.
    """
    if not isinstance(text, str):
        raise InputError(f"measure: expected a text such as expected, found {told(text)}")
    kind, colon, rest = text.strip().partition(":")
    if kind in ("expected", "regret") and not colon:
        return Measure("expected" if kind == "expected" else "regret")
    if kind == "cvar":
        try:
            tail = float(rest)
        except ValueError:
            tail = -1.0
        if 0 <= tail < 1:
            return Measure("cvar", tail)
    raise InputError(
        f"measure: expected one of `expected`, `regret` and `cvar:SHARE` with a share in [0, 1), "
        f"such as `cvar:0.9` for the mean of the worst tenth of the worlds; found {text[:200]!r}"
    )

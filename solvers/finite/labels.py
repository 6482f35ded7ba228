"""Which vertices of two best response polytopes fit together.

Every strategy of either player is a *label*. A vertex carries the label of each own strategy that
it does not play and of each strategy of the other player that is a best response to it. A pair in
which every label occurs is an equilibrium, because each strategy is unplayed or a best response.

Labels are bits: those of the second player's strategies come first, then those of the first's.

References
----------
shapley1974, vonstengel2007
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.uint64]
Integers = NDArray[np.int64]

WORD = 64
SMALL = 1 << 16
"""Numbers of pairs below which all are compared at once."""


def words(masks: Iterable[int] | Masks, labels: int) -> Masks:
    """Return masks as rows of 64-bit words, shape (vertices, words)."""
    count = max(1, -(-labels // WORD))
    if isinstance(masks, np.ndarray):
        return masks.reshape(-1, 1)
    rows = [[mask >> (WORD * w) & (2**WORD - 1) for w in range(count)] for mask in masks]
    return np.array(rows, np.uint64).reshape(-1, count)


def fully_labelled(
    first: Masks, second: Masks, labels: int, *, deadline: float | None = None
) -> tuple[Integers, bool]:
    """Return the pairs in which every label occurs, and whether there was time for all.

    Parameters
    ----------
    first, second : masks in words, shapes (vertices, words).
    labels : number of labels.
    deadline : by the clock of `time.perf_counter`.

    Returns
    -------
    positions in `first` and `second`, shape (pairs, 2).
    """
    full = words([(1 << labels) - 1], labels)
    missing = ~first & full
    simple = all(
        bool((np.bitwise_count(side).sum(axis=1) == size).all())
        for side, size in ((first, _fewest(first)), (second, labels - _fewest(first)))
    )
    if simple and first.shape[1] == 1 and len(second):
        # Nothing is labelled twice: the other vertex has exactly the labels that are missing.
        order = np.argsort(second[:, 0])
        y = order[np.searchsorted(second[:, 0], missing[:, 0], sorter=order) % len(order)]
        x = np.flatnonzero(second[y, 0] == missing[:, 0])
        return np.stack([x, y[x]], axis=1), True
    return _divided(missing, ~second & full, labels, deadline)


def _fewest(masks: Masks) -> int:
    return int(np.bitwise_count(masks).sum(axis=1).min()) if len(masks) else 0


def _divided(
    missing: Masks, absent: Masks, labels: int, deadline: float | None
) -> tuple[Integers, bool]:
    """Find disjoint pairs by dividing both sides by one label after the other.

    Of the four combinations of having a label or not, one cannot fit, so that each division drops
    about a quarter of the pairs.
    """
    found = []
    waiting = [(np.arange(len(missing)), np.arange(len(absent)), 0)]
    while waiting:
        if deadline is not None and time.perf_counter() > deadline:
            break
        x, y, label = waiting.pop()
        if len(x) * len(y) <= SMALL or label == labels:
            common = missing[x][:, None, :] & absent[y][None, :, :]
            a, b = np.nonzero(~common.any(axis=2))
            found.append(np.stack([x[a], y[b]], axis=1))
            continue
        bit = np.uint64(1 << (label % WORD))
        lacks = (missing[x, label // WORD] & bit) != 0
        without = (absent[y, label // WORD] & bit) != 0
        waiting.append((x[lacks], y[~without], label + 1))
        waiting.append((x[~lacks], y, label + 1))
    pairs = np.concatenate(found) if found else np.empty((0, 2), np.int64)
    return pairs, not waiting

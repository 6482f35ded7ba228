"""The few affordable profiles left in a box of prices that no trial excludes, in machine code."""

from __future__ import annotations

import numpy as np

from solvers.boxes.choices import Indices, Marks
from solvers.compiled import compiled
from solvers.equilibria.choices_left import Aim, Left
from solvers.equilibria.near_rows import Near, Terms

SLACK = 1e-9  # bn USD, of budgets
OPEN = -1


@compiled
def list_left(
    terms: Terms, aim: Aim, near: Near, marks: Marks, left: Left, trials: int, listing: Indices
) -> int:
    """List the profiles left that no trial excludes.

    Returns
    -------
    How many they are, or OPEN where they are more than `listing` holds; then choices in none of
    them are unmarked.
    """
    blocks, size = len(left.first) - 1, len(near.half)
    pick = np.empty(blocks, np.int64)
    slopes = np.empty((blocks + 1, size))
    values = np.empty((blocks + 1, 1 + trials))
    costs = np.zeros(blocks + 1)
    for d in range(size):
        slopes[0, d] = left.fixed_slopes[d]
    for t in range(1 + trials):
        values[0, t] = left.fixed[t]
    kept = np.zeros(len(marks), np.bool_)
    level = number = 0
    pick[0] = left.first[0] - 1
    while level >= 0:
        pick[level] += 1
        n = pick[level]
        if n == left.first[level + 1]:
            level -= 1
            continue
        if not marks[left.ids[n]]:
            continue
        for d in range(size):
            slopes[level + 1, d] = slopes[level, d] + left.slopes[n, d]
        for t in range(1 + trials):
            values[level + 1, t] = values[level, t] + left.values[t, n]
        costs[level + 1] = costs[level] + aim.costs[left.ids[n]]
        if level < blocks - 1:
            level += 1
            pick[level] = left.first[level] - 1
            continue
        least = values[blocks, 0]  # of the tangent in the box
        for d in range(size):
            least -= abs(slopes[blocks, d]) * near.half[d]
        upper = values[blocks, 0]
        for t in range(trials):
            upper = min(upper, values[blocks, 1 + t])
        possible = upper - least >= -aim.tolerance and (
            aim.harm * least + costs[blocks] < aim.best
            or aim.harm * upper + costs[blocks] > aim.worst
        )
        if possible and _affordable(terms, left, pick):
            if number < len(listing):
                for b in range(blocks):
                    listing[number, b] = left.ids[pick[b]]
            number += 1
            for b in range(blocks):
                kept[left.ids[pick[b]]] = True
    if number <= len(listing):
        return number
    for c in range(len(marks)):
        marks[c] = kept[c]
    return OPEN


@compiled
def _affordable(terms: Terms, left: Left, pick: Indices) -> bool:
    """Return whether choices respect all budgets."""
    for k in range(len(terms.spending.limits)):
        spent = 0.0
        for b in range(len(pick)):
            spent += terms.spending.outlay[k, left.ids[pick[b]]]
        if spent > terms.spending.limits[k] + SLACK:
            return False
    return True

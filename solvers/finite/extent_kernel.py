"""The smallest and the largest of some numbers, in machine code."""

from __future__ import annotations

from games.normal_form import Floats
from solvers.compiled import compiled


@compiled
def extent(row: Floats) -> tuple[float, float]:
    """Return the smallest and the largest of some numbers."""
    # Four at a time, side by side, as the processor would wait for each comparison otherwise.
    low_a = low_b = low_c = low_d = row[0]
    high_a = high_b = high_c = high_d = row[0]
    whole = row.size - row.size % 4
    for at in range(0, whole, 4):
        a, b, c, d = row[at], row[at + 1], row[at + 2], row[at + 3]
        low_a = a if a < low_a else low_a
        low_b = b if b < low_b else low_b
        low_c = c if c < low_c else low_c
        low_d = d if d < low_d else low_d
        high_a = a if a > high_a else high_a
        high_b = b if b > high_b else high_b
        high_c = c if c > high_c else high_c
        high_d = d if d > high_d else high_d
    for at in range(whole, row.size):
        low_a = min(low_a, row[at])
        high_a = max(high_a, row[at])
    least = min(min(low_a, low_b), min(low_c, low_d))
    most = max(max(high_a, high_b), max(high_c, high_d))
    return least, most

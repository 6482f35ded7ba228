"""What layers add to each other: the interaction index of every subset of layers.

Let v(S) be what coordinated play in the layers S alone gains over the status quo. The index of S is
its Harsanyi dividend

    d(S) = v(S) - sum of d(T) over all smaller non-empty subsets T of S,

what the layers of S are worth together beyond everything that their parts explain: above zero they
complement each other, below zero they stand in for each other (harsanyi1963).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from stratagem.presentation import words

GAP = 1e-4
"""Relative gap to which the plays of subsets are solved where nothing tighter is asked for."""

FEW_LAYERS = 4
"""Layers up to which every subset is solved; beyond, pairs and the whole."""


@dataclass(frozen=True)
class LayerInteraction:
    """Gains and interaction indices, keyed by layers joined with `+`.

    Attributes
    ----------
    gain : v(S), bn USD a year, as found.
    at_most : proven upper bound on v(S), bn USD a year.
    index : d(S), bn USD a year, for every subset of at most `largest_subset` layers.
    beyond : what all layers together gain beyond the sum of those indices; 0 where every subset
        was solved.
    gap : relative gap of the joint payoff to which the subsets were solved.
    """

    gain: Mapping[str, float]
    at_most: Mapping[str, float]
    index: Mapping[str, float]
    beyond: float
    largest_subset: int
    gap: float
    explanation: str

    def sentences(self) -> tuple[str, ...]:
        """Return the finding in words."""
        alone = {name: value for name, value in self.gain.items() if "+" not in name}
        ranked = sorted(alone, key=lambda name: -alone[name])
        first = "Coordinated in one layer alone: " + ", ".join(
            f"{name} {words.money(alone[name])}" for name in ranked
        )
        pairs = {name: value for name, value in self.index.items() if name.count("+") == 1}
        if not pairs:
            return (f"{first} a year.",)
        strongest = max(pairs, key=lambda name: pairs[name])
        weakest = min(pairs, key=lambda name: pairs[name])
        second = []
        most = " most" if len(pairs) > 1 else ""
        if pairs[strongest] > 1e-6:
            second.append(
                f"{_both(strongest)} gain {words.money(pairs[strongest])} a year more "
                f"together than one by one: they complement each other{most}"
            )
        if pairs[weakest] < -1e-6:
            second.append(
                f"{_both(weakest)} gain {words.money(-pairs[weakest])} less together: "
                f"they stand in for each other{most}"
            )
        if not second:
            second.append("no pair of layers is worth more or less than the sum of the two")
        text = "; ".join(second)
        return (f"{first} a year.", f"{text[0].upper()}{text[1:]}.")


def _both(pair: str) -> str:
    return words.listed(pair.split("+"))


def subsets(layers: Sequence[str], largest: int) -> list[tuple[str, ...]]:
    """Return the non-empty subsets of at most `largest` layers, and the whole, small ones first."""
    sizes = [size for size in range(1, len(layers) + 1) if size <= largest or size == len(layers)]
    return [subset for size in sizes for subset in combinations(layers, size)]


def largest_subset(layers: Sequence[str]) -> int:
    """Return the size up to which subsets are solved by default."""
    return len(layers) if len(layers) <= FEW_LAYERS else 2


def interaction(
    gains: Mapping[tuple[str, ...], float],
    *,
    bounds: Mapping[tuple[str, ...], float],
    layers: Sequence[str],
    largest: int,
    gap: float,
) -> LayerInteraction:
    """Return the interaction of layers.

    Parameters
    ----------
    gains, bounds : v(S) as found and at most, for every one of `subsets(layers, largest)`.

    Examples
    --------
    >>> gains = {("a",): 1.0, ("b",): 2.0, ("a", "b"): 5.0}
    >>> found = interaction(gains, bounds=gains, layers=["a", "b"], largest=2, gap=1e-4)
    >>> found.index["a+b"], found.beyond
    (2.0, 0.0)
    """
    index: dict[tuple[str, ...], float] = {}
    for subset in subsets(layers, largest):
        if len(subset) <= largest:
            parts = (part for part in index if set(part) < set(subset))
            index[subset] = gains[subset] - sum(index[part] for part in parts)
    whole = tuple(layers)
    beyond = 0.0 if whole in index else gains[whole] - sum(index.values())
    limit = (
        "every subset of layers"
        if whole in index
        else f"subsets of at most {largest} layers and all of them together"
    )
    return LayerInteraction(
        gain={"+".join(s): gains[s] for s in gains},
        at_most={"+".join(s): bounds[s] for s in gains},
        index={"+".join(s): value for s, value in index.items()},
        beyond=beyond,
        largest_subset=min(largest, len(layers)),
        gap=gap,
        explanation=(
            "gain: what coordinated play in these layers alone gains over the status quo, bn USD a "
            "year; index: the part of it that no smaller set of the layers explains (Harsanyi "
            "dividend), above zero where layers complement each other, below zero where they "
            f"stand in for each other; solved for {limit} to a relative gap of {gap:g}"
            + ("." if whole in index else "; beyond: what larger sets add in sum.")
        ),
    )

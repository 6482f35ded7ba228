"""Equilibria support by support, small and balanced supports first, hopeless ones left out.

A *support* says for each player which strategies are played. Sizes are tried in the order of
porter2008: few strategies in all first, alike sizes before unlike ones. Players are given their
supports one after the other; a choice is dropped as soon as one of its strategies is conditionally
dominated: another strategy pays more against everything that the others may still play. What is
left are systems of indifference equations: formulas for the smallest, and Newton's method from many
starts for the rest.

**What is proven.** A dropped support holds no equilibrium. With one player mixing or none, or two,
the equations are linear, and with three players mixing two strategies each they come down to one
quadratic; where they are regular their answers are all there are. Larger systems of three or more
players are searched, not exhausted: the list is then not called complete. The margins of these
decisions in floats are far wider than rounding, and what falls between is not called complete.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from games.errors import NotCertifiedError
from games.normal_form import Floats, NormalFormGame
from solvers.finite.certified import certified
from solvers.finite.indifference import Batch, are_isolated, normalised, on_supports, regret_of
from solvers.finite.mixed import TOLERANCE, alike
from solvers.finite.records import Equilibrium, Solution
from solvers.finite.small_supports import MARGIN, PLAUSIBLE, is_determined, triples_equilibria

Supports = tuple[tuple[int, ...], ...]

DOMINATED = 1e-9
"""Least gain, with payoffs between 0 and 1, for which a strategy counts as dominated."""


def support_equilibria(
    game: NormalFormGame,
    *,
    starts: int = 24,
    first: bool = False,
    generator: np.random.Generator | None = None,
    time_limit: float | None = None,
    tolerance: float = TOLERANCE,
) -> Solution:
    """Return the equilibria of a small game by going through supports.

    Parameters
    ----------
    starts : random starts of Newton's method on each system that has no formula.
    first : stop at the first equilibrium, one of a smallest support.
    generator : for the starts; by default one with seed 0.
    time_limit : seconds.
    tolerance : regret allowed, as a share of the spread of a player's payoffs.

    Returns
    -------
    Solution
        The equilibria found, by support; of those on one support that are not isolated only one.
        `complete` only as far as the module's docstring goes.

    Notes
    -----
    The number of supports grows exponentially in the number of strategies.

    Examples
    --------
    >>> from games.normal_form import normal_form
    >>> stag_hunt = normal_form([[[4, 0], [3, 3]], [[4, 3], [0, 3]]])
    >>> found = support_equilibria(stag_hunt)
    >>> found.complete, [round(each.strategies[0][0], 9) for each in found.equilibria]
    (True, [1.0, 0.75, 0.0])
    """
    started = time.perf_counter()
    deadline = np.inf if time_limit is None else started + time_limit
    random = np.random.default_rng(0) if generator is None else generator
    payoffs = normalised(game)
    complete, stopped = True, ""
    found: list[Equilibrium] = []
    for supports in _undominated(payoffs):
        if time.perf_counter() > deadline:
            complete, stopped = False, "limit of time"
            break
        batch, settled = _solved(payoffs, supports, random, starts)
        complete &= settled
        for row in range(len(batch[0])):
            try:
                new = certified(game, [x[row].tolist() for x in batch], tolerance=tolerance)
            except NotCertifiedError:
                complete = False  # something is there, and rounding hides what
                continue
            if not any(alike(new, known) for known in found):
                found.append(new)
        if first and found:
            complete, stopped = False, "first equilibrium"
            break
    return Solution(
        method="support enumeration",
        equilibria=tuple(sorted(found, key=lambda each: (each.support, each.strategies))),
        complete=complete,
        seconds=time.perf_counter() - started,
        stopped=stopped,
    )


def _undominated(payoffs: Floats) -> Iterator[Supports]:
    """Yield the supports that conditional dominance leaves, small and balanced ones first."""
    shape = payoffs.shape[1:]
    gains = [_gains(table, player) for player, table in enumerate(payoffs)]
    sizes = product(*(range(1, size + 1) for size in shape))
    for wanted in sorted(sizes, key=lambda each: (sum(each), max(each) - min(each), each)):
        candidates = [
            list(combinations(range(size), count))
            for size, count in zip(shape, wanted, strict=True)
        ]
        yield from _narrowed(gains, candidates)


def _narrowed(gains: list[Floats], candidates: list[list[tuple[int, ...]]]) -> Iterator[Supports]:
    """Yield the supports within each player's candidates, dropping dominated ones on the way."""
    kept = _without_dominated(gains, candidates)
    if kept is None:
        return
    open_players = [player for player, choices in enumerate(kept) if len(choices) > 1]
    if not open_players:
        yield tuple(choices[0] for choices in kept)
        return
    player = open_players[0]
    for support in kept[player]:
        yield from _narrowed(gains, [*kept[:player], [support], *kept[player + 1 :]])


def _without_dominated(
    gains: list[Floats], candidates: list[list[tuple[int, ...]]]
) -> list[list[tuple[int, ...]]] | None:
    """Drop candidates with a conditionally dominated strategy, until none; None if none is left."""
    kept = [list(choices) for choices in candidates]
    changed = True
    while changed:
        changed = False
        for player, gain in enumerate(gains):
            played = [sorted(set().union(*choices)) for choices in kept]
            others = [strategies for other, strategies in enumerate(played) if other != player]
            place = np.ix_(
                *(np.arange(len(gain)), np.array(played[player])), *map(np.array, others)
            )
            least = gain[place].min(axis=tuple(range(2, gain.ndim)))
            dominated = (least > DOMINATED).any(axis=0)
            if dominated.any():
                bad = {a for a, out in zip(played[player], dominated, strict=True) if out}
                kept[player] = [choice for choice in kept[player] if not bad & set(choice)]
                changed = True
                if not kept[player]:
                    return None
    return kept


def _gains(table: Floats, player: int) -> Floats:
    """Return what b pays more than a against each profile of the others, shape (b, a, others)."""
    own = np.moveaxis(table, player, 0)
    return np.asarray(own[:, None] - own[None, :])


def _solved(
    payoffs: Floats, supports: Supports, random: np.random.Generator, starts: int
) -> tuple[Batch, bool]:
    """Return the equilibria found on a support, and whether there can be no other."""
    places = [np.array(support) for support in supports]
    mixing = [player for player, support in enumerate(supports) if len(support) > 1]
    inside = payoffs[np.ix_(np.arange(len(payoffs)), *places)]
    parts = _by_formula(inside, mixing)
    if parts is None:
        mixtures = []
        for size, support in zip(payoffs.shape[1:], places, strict=True):
            mixtures.append(np.zeros((starts + 1, size)))
            mixtures[-1][0, support] = 1.0
            mixtures[-1][1:, support] = random.dirichlet(np.ones(len(support)), size=starts)
        return _thinned(inside, places, on_supports(payoffs, places, tuple(mixtures))), False
    batch = []
    for size, support, part in zip(payoffs.shape[1:], places, parts, strict=True):
        whole = np.zeros((len(part), size))
        whole[:, support] = np.maximum(part, 0.0)
        batch.append(whole / whole.sum(axis=1, keepdims=True))
    kept = regret_of(payoffs, tuple(batch)) <= PLAUSIBLE
    return tuple(strategy[kept] for strategy in batch), True


def _by_formula(inside: Floats, mixing: list[int]) -> Batch | None:
    """Return all mixtures that solve a support's equations; None where no formula settles them."""
    shape = inside.shape[1:]
    mixtures: dict[int, Floats] = {}
    count = 1
    if len(mixing) == 2:
        first, second = mixing
        tables = inside[mixing].reshape(2, shape[first], shape[second])
        x, y = _equalising(tables[1].T), _equalising(tables[0])
        if (x is None or len(x)) and (y is None or len(y)):
            if x is None or y is None:
                return None
            mixtures = {first: x, second: y}
        else:
            count = 0
    elif len(mixing) == 3 and all(shape[player] == 2 for player in mixing):
        cube = inside[mixing].reshape(3, 2, 2, 2)
        for turn in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
            turned = cube[list(turn)].transpose(0, *(1 + axis for axis in turn))
            if is_determined(turned):
                found = triples_equilibria(turned, (0, 1, 2))
                mixtures = {mixing[t]: part for t, part in zip(turn, found, strict=True)}
                count = len(found[0])
                break
        else:
            return None
    elif mixing:
        return None
    if not count:
        return tuple(np.zeros((0, size)) for size in shape)
    return tuple(mixtures.get(player, np.ones((count, 1))) for player in range(len(shape)))


def _thinned(inside: Floats, places: list[NDArray[np.intp]], batch: Batch) -> Batch:
    """Leave one profile of those on a support that are not isolated, and all that are."""
    if not len(batch[0]):
        return batch
    parts = tuple(x[:, support] for x, support in zip(batch, places, strict=True))
    kept = are_isolated(inside, parts)
    kept[0] = True
    return tuple(x[kept] for x in batch)


def _equalising(table: Floats) -> Floats | None:
    """Return the mixture of columns that makes all rows pay alike, shape (1, columns).

    No row comes back if there is none with probabilities above nothing, None if the equations leave
    more than one.
    """
    rows, columns = table.shape
    system = np.vstack([table[1:] - table[0], np.ones(columns)])
    right = np.append(np.zeros(rows - 1), 1.0)
    solution, _, rank, _ = np.linalg.lstsq(system, right, rcond=MARGIN)
    if np.abs(system @ solution - right).max() > MARGIN:
        return np.zeros((0, columns))
    if rank < columns:
        return None
    return solution[None, :] if solution.min() > -MARGIN else np.zeros((0, columns))

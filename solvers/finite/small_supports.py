"""Equilibria in which two or three players mix two strategies each and the rest play pure ones.

Most random games of several players without a pure equilibrium have one of these, and the answers
are closed formulas, so all supports of the kind are tried at once.

*Two mix.* Player i's two strategies a, b must pay alike against j's mixture of c and d. With
D = u_i(a, .) - u_i(b, .), the weight of c is D_d / (D_d - D_c); j's difference gives i's weight.

*Three mix.* With p, q, r the weights of the first strategies of i, j, k, the differences are

    f_i = i0 + i1 q + i2 r + i3 q r = 0      f_j = j0 + j1 p + j2 r + j3 p r = 0
    f_k = k0 + k1 p + k2 q + k3 p q = 0.

The first two give q and p as fractions linear in r; in the third that leaves a quadratic in r.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from games.normal_form import Floats
from solvers.finite.indifference import Batch, regret_of

Places = NDArray[np.intp]

PLAUSIBLE = 1e-7
"""Regret, with payoffs between 0 and 1, up to which rounding may be to blame."""

MARGIN = 1e-7
"""Numbers below this, with payoffs between 0 and 1, may be nothing spoilt by rounding."""

LARGEST = 500_000
"""Supports tried at once at most, so that memory stays small; games with more are left alone."""


def small_equilibria(payoffs: Floats) -> Iterator[Batch]:
    """Yield, group of players by group of players, the equilibria in which only they mix.

    Parameters
    ----------
    payoffs : between 0 and 1, shape (players, strategies of player 0, ...).

    Notes
    -----
    Supports whose equations do not determine the weights are passed over. Regrets are up to
    rounding; certify what comes.
    """
    players = range(len(payoffs))
    for pair in combinations(players, 2):
        found = pairs_equilibria(payoffs, pair)
        if len(found[0]):
            yield found
    for triple in combinations(players, 3):
        found = triples_equilibria(payoffs, triple)
        if len(found[0]):
            yield found


def pairs_equilibria(payoffs: Floats, mixing: tuple[int, int]) -> Batch:
    """Return the equilibria in which two players mix two strategies each."""
    shape = payoffs.shape[1:]
    i, j = mixing
    own, other = _in_front(payoffs, mixing)  # (strategies of i, of j, profiles of the rest)
    (a, b), (c, d) = _pairs(shape[i]), _pairs(shape[j])
    if len(a) * len(c) * own.shape[2] > LARGEST:
        return _none(shape)
    first = own[a] - own[b]
    second = other[:, c] - other[:, d]
    at_c, at_d = first[:, c], first[:, d]
    at_a, at_b = second[a], second[b]
    x, y, z = np.nonzero((at_c * at_d < 0) & (at_a * at_b < 0))
    if not len(x):
        return _none(shape)
    place = (x, y, z)
    q = at_d[place] / (at_d[place] - at_c[place])
    p = at_b[place] / (at_b[place] - at_a[place])
    worth_i = own[:, c[y], z] * q + own[:, d[y], z] * (1 - q)
    worth_j = other[a[x], :, z].T * p + other[b[x], :, z].T * (1 - p)
    each = np.arange(len(x))
    kept = np.flatnonzero(
        (worth_i.max(axis=0) <= worth_i[a[x], each] + PLAUSIBLE)
        & (worth_j.max(axis=0) <= worth_j[c[y], each] + PLAUSIBLE)
    )
    x, y, z, p, q = x[kept], y[kept], z[kept], p[kept], q[kept]
    batch = _batch(shape, mixing, ((a[x], b[x], p), (c[y], d[y], q)), z)
    return _stable(payoffs, batch) if len(shape) > 2 else batch


def triples_equilibria(payoffs: Floats, mixing: tuple[int, int, int]) -> Batch:
    """Return the equilibria in which three players mix two strategies each."""
    shape = payoffs.shape[1:]
    tensors = _in_front(payoffs, mixing)
    pairs = [_pairs(shape[player]) for player in mixing]
    if np.prod([len(first) for first, _ in pairs]) * tensors.shape[4] > LARGEST:
        return _none(shape)
    reduced = _eliminated(tensors, pairs)
    parts: list[Batch] = []
    with np.errstate(all="ignore"):  # supports without an answer divide by nothing
        for r in reduced.roots():
            q = reduced.top_q.at(r) / reduced.low_q.at(r)
            p = reduced.top_p.at(r) / reduced.low_p.at(r)
            place = np.nonzero((r > 0) & (r < 1) & (q > 0) & (q < 1) & (p > 0) & (p < 1))
            weights = tuple(
                (first[at], second[at], weight[place])
                for (first, second), at, weight in zip(pairs, place[:3], (p, q, r), strict=True)
            )
            parts.append(_stable(payoffs, _batch(shape, mixing, weights, place[3])))
    return tuple(np.concatenate(both) for both in zip(*parts, strict=True))


def _in_front(payoffs: Floats, mixing: Sequence[int]) -> Floats:
    """Return the mixing players' payoffs, their axes first and the others' profiles in one."""
    count = len(mixing)
    rest = (player for player in range(len(payoffs)) if player not in mixing)
    turned = payoffs[list(mixing)].transpose(0, *(1 + player for player in (*mixing, *rest)))
    return turned.reshape(*turned.shape[: count + 1], -1)


@cache
def _pairs(size: int) -> tuple[Places, Places]:
    first, second = np.triu_indices(size, 1)
    first.flags.writeable = second.flags.writeable = False  # shared by all who ask
    return first, second


def _bilinear(
    tensor: Floats, own: int, pairs: Sequence[tuple[Places, Places]]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the coefficients of one player's difference, for all pairs of all three at once."""
    first, second = pairs[own]
    difference = tensor.take(first, axis=own) - tensor.take(second, axis=own)
    early, late = (axis for axis in range(3) if axis != own)
    base = difference.take(pairs[early][1], axis=early)
    slope = difference.take(pairs[early][0], axis=early) - base
    parts = []
    for part in (base, slope):
        least = part.take(pairs[late][1], axis=late)
        parts.append((least, part.take(pairs[late][0], axis=late) - least))
    return parts[0][0], parts[1][0], parts[0][1], parts[1][1]


@dataclass(frozen=True, eq=False)
class _Linear:
    """Linear functions of r."""

    constant: Floats
    slope: Floats

    def at(self, r: Floats) -> Floats:
        return self.constant + self.slope * r


@dataclass(frozen=True, eq=False)
class _Reduced:
    """Three bilinear equations reduced to one: q and p as fractions, and a quadratic in r.

    Attributes
    ----------
    quadratic : coefficients of r^2, r, 1.
    """

    top_q: _Linear
    low_q: _Linear
    top_p: _Linear
    low_p: _Linear
    quadratic: Floats

    def roots(self) -> tuple[Floats, Floats]:
        """Return both roots, NaN or infinite where there are none."""
        square, linear, constant = self.quadratic
        root = np.sqrt(linear * linear - 4 * square * constant)
        without_loss = -0.5 * (linear + np.copysign(root, linear))
        return without_loss / square, constant / without_loss


def _eliminated(tensors: Floats, pairs: Sequence[tuple[Places, Places]]) -> _Reduced:
    """Reduce the equations of three players, for all pairs of strategies at once."""
    i, j, k = (_bilinear(tensor, own, pairs) for own, tensor in enumerate(tensors))
    top_q, low_q = _Linear(-i[0], -i[2]), _Linear(i[1], i[3])
    top_p, low_p = _Linear(-j[0], -j[2]), _Linear(j[1], j[3])
    terms = (
        _product(k[0], low_p, low_q),
        _product(k[1], top_p, low_q),
        _product(k[2], low_p, top_q),
        _product(k[3], top_p, top_q),
    )
    return _Reduced(top_q, low_q, top_p, low_p, np.sum(terms, axis=0))


def _product(factor: Floats, one: _Linear, two: _Linear) -> tuple[Floats, Floats, Floats]:
    """Return the coefficients of r^2, r, 1 of a factor times two linear functions of r."""
    return (
        factor * one.slope * two.slope,
        factor * (one.slope * two.constant + one.constant * two.slope),
        factor * one.constant * two.constant,
    )


def is_determined(payoffs: Floats) -> bool:
    """Return whether the formulas find every totally mixed equilibrium of three by two strategies.

    They may not where the quadratic vanishes or has a double root, or where a fraction for p or q
    is nothing over nothing; the margins are far wider than rounding.

    Parameters
    ----------
    payoffs : between 0 and 1, shape (3, 2, 2, 2).
    """
    reduced = _eliminated(payoffs[..., None], [_pairs(2)] * 3)
    square, linear, constant = (float(number.ravel()[0]) for number in reduced.quadratic)
    size = max(abs(square), abs(linear), abs(constant))
    discriminant = linear * linear - 4 * square * constant
    if size < MARGIN or abs(discriminant) < MARGIN * size * size:
        return False
    with np.errstate(all="ignore"):
        for r in reduced.roots():
            if not np.isfinite(r).all() or not -MARGIN < r.item() < 1 + MARGIN:
                continue
            for top, low in ((reduced.top_q, reduced.low_q), (reduced.top_p, reduced.low_p)):
                if max(abs(top.at(r).item()), abs(low.at(r).item())) < MARGIN:
                    return False
    return True


def _batch(
    shape: tuple[int, ...],
    mixing: Sequence[int],
    weights: Sequence[tuple[Places, Places, Floats]],
    rest: Places,
) -> Batch:
    """Return profiles from the mixing players' weights and the number of the others' profile."""
    count = len(rest)
    each = np.arange(count)
    batch = tuple(np.zeros((count, size)) for size in shape)
    for player, (first, second, weight) in zip(mixing, weights, strict=True):
        batch[player][each, first] = weight
        batch[player][each, second] = 1 - weight
    others = [player for player in range(len(shape)) if player not in mixing]
    if others:
        chosen = np.unravel_index(rest, [shape[player] for player in others])
        for player, strategy in zip(others, chosen, strict=True):
            batch[player][each, strategy] = 1.0
    return batch


def _stable(payoffs: Floats, batch: Batch) -> Batch:
    """Return the profiles of a batch that leave nobody much to gain."""
    if not len(batch[0]):
        return batch
    kept = regret_of(payoffs, batch) <= PLAUSIBLE
    return tuple(strategy[kept] for strategy in batch)


def _none(shape: tuple[int, ...]) -> Batch:
    return tuple(np.zeros((0, size)) for size in shape)

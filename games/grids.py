"""Grids of enforcement: the tiers of a measure as points on its curve, and what lies between.

A measure with a curve could be enforced at any spending between its lowest and its highest tier.
The tiers are a grid on that range. `refined` adds tiers to grids. `relaxed` gives each tier the
hazard of the next one for its own cost, so that every enforcement in between costs at least as much
and catches at most as much as the tier below it: what aligned players reach in the relaxed game, no
enforcement in the range betters.

The lowest tier keeps a hazard of zero where hazards are correlated, for there a hazard also marks
cover as known, which can help the evader; it then stands beside its relaxation.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from games.layered import ControlPoint, LayeredGame, Option

Added = Mapping[tuple[str, str], Sequence[float]]
"""{(control point, lowest option of a grid): spending of further tiers, bn USD a year}."""

_SIZES = ((1e-3, "M-USD"), (1e-6, "k-USD"), (1e-9, "USD"))


@dataclass(frozen=True)
class Grid:
    """Tiers of one measure at one control point.

    Attributes
    ----------
    point : index of the control point.
    options : indices of the tiers by rising spending, all of them different.
    """

    point: int
    options: tuple[int, ...]

    def interval(self, option: int) -> tuple[int, int] | None:
        """Return the tiers between which a tier's relaxation lies, None for the highest."""
        place = self.options.index(option)
        if place + 1 == len(self.options):
            return None
        return option, self.options[place + 1]


def grids(game: LayeredGame) -> tuple[Grid, ...]:
    """Return every grid of at least two tiers that differ in hazard."""
    found = []
    for k, point in enumerate(game.points):
        members: dict[object, dict[float, int]] = {}
        for index, option in enumerate(point.options):
            tier = option.enforcement
            if tier is not None:
                alike = (option.measure, tier.curve, tier.fixed_bn_usd, option.economic_cost)
                same = members.setdefault((*alike, option.toll), {})
                same.setdefault(tier.spending_bn_usd, index)
        for tiers in members.values():
            ordered = tuple(tiers[spending] for spending in sorted(tiers))
            if point.options[ordered[0]].hazard < point.options[ordered[-1]].hazard:
                found.append(Grid(k, ordered))
    return tuple(found)


def relaxed(game: LayeredGame, points: Container[int]) -> LayeredGame:
    """Return the game in which tiers at some points catch what the next tier catches.

    Options keep their places; where hazards are correlated, a lowest tier without a hazard is
    added again behind them as it is.
    """
    options = [list(point.options) for point in game.points]
    for grid in grids(game):
        if grid.point not in points:
            continue
        own = game.points[grid.point].options
        for low, high in zip(grid.options, grid.options[1:], strict=False):
            options[grid.point][low] = replace(own[low], hazard=own[high].hazard)
        lowest = own[grid.options[0]]
        if game.correlation > 0 and lowest.hazard == 0:
            options[grid.point].append(replace(lowest, name=f"{lowest.name} itself"))
    return _with_options(game, options)


def refined(game: LayeredGame, added: Added) -> LayeredGame:
    """Return the game with further tiers, each grid's behind the options that were there."""
    options = [list(point.options) for point in game.points]
    for grid in grids(game):
        point = game.points[grid.point]
        lowest = point.options[grid.options[0]]
        names = {option.name for option in point.options}
        for spending in added.get((point.name, lowest.name), ()):
            options[grid.point].append(_tier(lowest, spending, names))
    return _with_options(game, options)


def tier_name(spending_bn_usd: float, taken: Container[str]) -> str:
    """Return a name for the tier of a spending, in the largest unit that tells it from the others.

    Examples
    --------
    >>> tier_name(0.0375, ()), tier_name(0.0375, ("37500-k-USD",)), tier_name(2.5, ())
    ('37500-k-USD', '37500000-USD', '2500-M-USD')
    """
    for size, unit in _SIZES:
        amount = round(spending_bn_usd / size)
        name = f"{amount}-{unit}"
        if amount >= 1000 and name not in taken:
            return name
    number = 1
    while (name := f"{spending_bn_usd / 1e-9:.0f}-USD-{number}") in taken:
        number += 1
    return name


def _tier(lowest: Option, spending: float, names: set[str]) -> Option:
    tier = lowest.enforcement
    assert tier is not None, "a grid is made of tiers"
    stem = f"{lowest.measure}/" if lowest.measure else ""
    taken = {name.removeprefix(stem) for name in names if name.startswith(stem)}
    name = tier_name(spending, taken)
    names.add(stem + name)
    return replace(
        lowest,
        name=stem + name,
        tier=name,
        cost=tier.fixed_bn_usd + spending,
        hazard=tier.curve.hazard(spending),
        enforcement=replace(tier, spending_bn_usd=spending),
    )


def _with_options(game: LayeredGame, options: Sequence[Sequence[Option]]) -> LayeredGame:
    points: tuple[ControlPoint, ...] = tuple(
        replace(point, options=tuple(own)) for point, own in zip(game.points, options, strict=True)
    )
    return replace(game, points=points)

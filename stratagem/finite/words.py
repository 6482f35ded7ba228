"""Numbers, mixed strategies and games as people read them, and as other programs do."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from games.normal_form import NormalFormGame

if TYPE_CHECKING:
    pass

MOST_PLAYED = 8
"""Strategies of one player in a cell, the likeliest; the rest are counted."""

ROUNDING = 1e-13
"""Share of what payoffs differ by that is put down to rounding."""

LONGEST_FRACTION = 9
"""Characters up to which a fraction is shown as one."""


def objective_text(objective: str) -> str:
    """Return what is maximised, in words.

    Examples
    --------
    >>> objective_text("welfare"), objective_text("minimum"), objective_text("player:USA")
    ('sum of payoffs', 'least payoff', 'payoff of USA')
    """
    if objective.startswith("player:"):
        return f"payoff of {objective.removeprefix('player:')}"
    return {"welfare": "sum of payoffs", "minimum": "least payoff"}[objective]


def title_of(game: NormalFormGame) -> str:
    """Return the game's title, or its size where it has none."""
    size = " x ".join(str(size) for size in game.shape)
    return f"{game.title} ({size})" if game.title else f"A game of {size} strategies"


def described(game: NormalFormGame) -> dict[str, Any]:
    """Return the names that the lists of an answer follow."""
    return {
        "title": game.title,
        "players": list(game.players),
        "strategies": [list(names) for names in game.strategies],
    }


def mixture(strategy: Sequence[Any], names: Sequence[str]) -> str:
    """Return a mixed strategy in words.

    Examples
    --------
    >>> mixture([Fraction(1, 3), 0, Fraction(2, 3)], ["up", "middle", "down"])
    'up: 1/3, down: 2/3'
    >>> mixture([0.0, 1.0], ["left", "right"])
    'right'
    """
    played = [(name, p) for name, p in zip(names, strategy, strict=True) if p > 0]
    if len(played) == 1:
        return played[0][0]
    if len(played) > MOST_PLAYED:
        played.sort(key=lambda entry: -entry[1])
    text = ", ".join(f"{name}: {number_text(p)}" for name, p in played[:MOST_PLAYED])
    more = len(played) - MOST_PLAYED
    return f"{text} and {more} more" if more > 0 else text


def number_text(value: Any, *, among: float = 0.0) -> str:
    """Return a number as people read it: a short fraction as one, others in digits.

    Parameters
    ----------
    among : how far numbers of its kind are apart; of that, what rounding leaves is nothing.

    Examples
    --------
    >>> number_text(3e-33, among=2.0), number_text(3e-33, among=1e-30)
    ('0', '3e-33')
    >>> number_text(Fraction(1, 3)), number_text(2.0), number_text(1 / 3), number_text(1e-17)
    ('1/3', '2', '0.3333', '1e-17')
    """
    if isinstance(value, Fraction) and len(str(value)) <= LONGEST_FRACTION:
        return str(value)
    value = float(value)
    if abs(value) <= ROUNDING * among:
        return "0"
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return f"{value:.3g}"


def regret_text(value: Any) -> str:
    """Return a regret as people read it: nothing, or how small it is.

    Examples
    --------
    >>> regret_text(Fraction(0)), regret_text(2.2e-16), regret_text(Fraction(1, 2))
    ('0', '2e-16', '1/2')
    """
    return f"{float(value):.0e}" if 0 < value < 1e-6 else number_text(value)


def plain_numbers(value: Any, *, exact: bool) -> Any:
    """Return numbers as JSON has them, fractions as texts where the last digit counts."""
    if isinstance(value, tuple | list):
        return [plain_numbers(entry, exact=exact) for entry in value]
    if isinstance(value, Fraction):
        return str(value) if exact else float(value)
    return value

"""Plays: who decides together, who stands still, and in which layers.

status-quo             everyone at the marked option
alone:USA              USA decides, the others stay at the status quo
unilateral             every controller for itself: a Nash equilibrium, the best and the worst
                       for the controllers' sum, with a bound on all
coalition:USA,NLD      the members as one player, every other controller for itself
coalition:USA,NLD:no-transfers
                       the same, but no member may be worse off than if all stood still
coordinated            all controllers as one player, each within its own budget
pooled                 the same with one budget for all
only:chips+cloud       coordinated in these layers, the status quo in all others
PLAY/only:chips        any play above in these layers alone, such as unilateral/only:chips
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from games.errors import InputError
from games.given import one_text
from games.layered import LayeredGame
from solvers.players import Player, player

if TYPE_CHECKING:
    pass

DEFAULT_PLAYS = ("status-quo", "alone:USA", "unilateral", "coordinated", "only:chips")
ENDS = ("best", "worst")
"""The two outcomes of a play that is an equilibrium between several players."""

_NO_TRANSFERS = "no-transfers"
_KINDS = ("status-quo", "alone", "unilateral", "coalition", "coordinated", "pooled", "only")


@dataclass(frozen=True)
class Play:
    """A play by name and its players.

    Attributes
    ----------
    stable : whether the answer is an equilibrium between the players, with a best and a worst.
    outcome : which of the two is asked for (None: both).
    """

    name: str
    players: tuple[Player, ...]
    stable: bool = False
    outcome: str | None = None


def parse_play(game: LayeredGame, name: str) -> Play:
    """Return the play of a name.

    Raises
    ------
    InputError
        When a kind, controller or layer is not known; it names the nearest.
    """
    base, slash, limit = one_text("play", name).partition("/")
    asked = next(
        (end for end in ENDS if base.endswith(f":{end}") or limit.endswith(f":{end}")), None
    )
    base, limit = base.removesuffix(f":{asked}"), limit.removesuffix(f":{asked}")
    name = base + slash + limit
    transfers = not (base.startswith("coalition:") and base.endswith(f":{_NO_TRANSFERS}"))
    kind, _, rest = base.removesuffix("" if transfers else f":{_NO_TRANSFERS}").partition(":")
    if kind == "only" and not limit:
        base, limit, kind, rest = "coordinated", base, "coordinated", ""
    layers = None
    if limit:
        word, _, listed = limit.partition(":")
        if word != "only" or not listed:
            raise InputError(
                f"play {name}: expected PLAY/only:LAYERS, found {limit!r} after the slash"
            )
        layers = [_known(name, "layer", layer, game.layers) for layer in listed.split("+")]
    if kind not in _KINDS or kind == "only":
        raise InputError(_unknown(name, "play", kind, _KINDS))
    names = [controller.name for controller in game.controllers]
    if kind in ("alone", "coalition"):
        rest, odd, extra = rest.partition(":")
        if odd:
            wanted = f"{kind}:{rest}:{_NO_TRANSFERS}" if kind == "coalition" else f"{kind}:{rest}"
            raise InputError(f"play {name}: expected {wanted}, found {extra!r} after the members")
        members = [_known(name, "controller", one.strip(), names) for one in rest.split(",")]
        if len(set(members)) < len(members):
            raise InputError(f"play {name}: expected each controller once, found one twice")
        if kind == "alone" and len(members) > 1:
            raise InputError(
                f"play {name}: expected one controller, found {len(members)} - use "
                f"coalition:{rest} for several"
            )
    elif rest:
        raise InputError(f"play {name}: expected nothing after {kind}, found {rest!r}")

    def one(members: Iterable[str], *, pooled: bool = False, transfers: bool = True) -> Player:
        chosen = list(members)
        return player(game, chosen, layers=layers, pooled=pooled, transfers=transfers)

    stable = kind == "unilateral" or (kind == "coalition" and len(members) < len(names))
    if asked and not stable:
        raise InputError(
            f"play {name}:{asked}: expected no best or worst, for {name} has one outcome - ask for "
            f"{name}"
        )
    if kind == "status-quo":
        return Play(name, ())
    if kind == "alone":
        return Play(name, (one(members),))
    if kind == "unilateral":
        return Play(name, tuple(one([member]) for member in names), stable, asked)
    if kind == "coalition":
        outside = [member for member in names if member not in members]
        alone = (one([member]) for member in outside)
        return Play(name, (one(members, transfers=transfers), *alone), stable, asked)
    return Play(name, (one(names, pooled=kind == "pooled"),))


def _known(play: str, kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    if name not in names:
        raise InputError(_unknown(play, kind, name, names))
    return name


def _unknown(play: str, kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    spelt = {known.casefold(): known for known in names}
    near = difflib.get_close_matches(name.casefold(), spelt, n=1)
    hint = f" - did you mean {spelt[near[0]]}?" if near else ""
    told = play or repr(play)
    return f"play {told}: expected a {kind} among {', '.join(names)}; found {name!r}{hint}"

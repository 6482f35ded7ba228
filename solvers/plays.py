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
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from games.errors import InputError, NotCertifiedError
from games.layered import LayeredGame, Profile
from games.payoffs import Payoffs
from solvers.certificate import Certificate, Status, certify
from solvers.evader import EvaderResponse
from solvers.players import Player, alignment, player
from solvers.world import Portfolio, World

if TYPE_CHECKING:
    from solvers.consent import Consent

DEFAULT_PLAYS = ("status-quo", "alone:USA", "unilateral", "coordinated", "only:chips")
_ENDS = ("best", "worst")
_NO_TRANSFERS = "no-transfers"
PROOF_SHARE = 0.1
"""Share of the time limit for proving the best and the worst equilibrium, unless more is asked."""

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


@dataclass(frozen=True)
class PlayResult:
    """The certified outcome of a play.

    Attributes
    ----------
    profile : option index at each control point.
    response : what the evader does.
    payoffs : what it is worth to the controllers.
    certificate : what is proven.
    method : how it was found.
    why : what made that the method to take; empty where there is nothing to say.
    consent : of the members of a coalition without transfers; None in other plays.
    """

    play: str
    profile: Profile
    response: EvaderResponse
    payoffs: Payoffs
    certificate: Certificate
    method: str
    seconds: float
    why: str = ""
    consent: Consent | None = None


def parse_play(game: LayeredGame, name: str) -> Play:
    """Return the play of a name.

    Raises
    ------
    InputError
        When a kind, controller or layer is not known; it names the nearest.
    """
    base, slash, limit = name.partition("/")
    asked = next(
        (end for end in _ENDS if base.endswith(f":{end}") or limit.endswith(f":{end}")), None
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


def solve_play(
    world: World,
    play: Play,
    *,
    starts: Iterable[Profile] = (),
    gap: float = 1e-6,
    time_limit: float = 600.0,
    proof_limit: float | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[PlayResult, ...]:
    """Return the certified outcomes of a play: one, or the best and the worst of several.

    Parameters
    ----------
    starts : profiles from which best responses are followed as well (unilateral, coalition), and
        the search for a best portfolio starts.
    gap : relative gap and regret to prove.
    time_limit : seconds for the play.
    proof_limit : seconds, of those, for proving the best and the worst equilibrium; None for
        `PROOF_SHARE` of them where all players are aligned, and for none where the proof would
        need the flows, which take far longer.
    seed : of every random choice.

    Raises
    ------
    NotCertifiedError
        When no answer passes its checks; InfeasibleError when budgets conflict.
    """
    started = time.perf_counter()
    generator = np.random.default_rng(seed)
    base = world.game.status_quo
    deciding = [one for one in play.players if one.points]

    def result(
        name: str,
        profile: Profile,
        bounds: dict[str, float],
        status: Status,
        method: str,
        joint_bound: float | None = None,
        why: str = "",
    ) -> PlayResult:
        response = world.respond(profile)
        claimed = world.payoffs(profile)
        certificate = certify(
            world.network,
            response,
            players=deciding,
            bounds=bounds,
            claimed=claimed,
            status=status,
            gap=gap,
            joint_bound=joint_bound,
        )
        agreed = None
        for one in deciding:
            if not one.transfers:
                agreed = _consent(
                    world, one, profile, gap=gap, time_limit=time_limit, generator=generator
                )
        seconds = time.perf_counter() - started
        return PlayResult(
            name, profile, response, claimed, certificate, method, seconds, why, agreed
        )

    ends = [end for end in _ENDS if play.outcome in (None, end)]
    if not deciding:
        names = [f"{play.name}:{end}" for end in ends] if play.stable else [play.name]
        return tuple(result(name, base, {}, "proven", "nothing to decide") for name in names)
    from solvers.equilibria.unilateral import unilateral  # what models needs a second to import
    from solvers.portfolio import best_portfolio

    if not play.stable:
        best = best_portfolio(
            world,
            deciding[0],
            base,
            starts=tuple(starts),
            gap=gap,
            time_limit=time_limit,
            generator=generator,
        )
        bounds = {deciding[0].name: best.bound}
        ended = _status(best, gap)
        return (result(play.name, best.profile, bounds, ended, best.method, why=best.why),)
    limit = _proof_limit(world, deciding, time_limit) if proof_limit is None else proof_limit
    equilibria = unilateral(
        world,
        deciding,
        base,
        starts=tuple(starts),
        gap=gap,
        time_limit=time_limit,
        proof_limit=limit,
        generator=generator,
        progress=progress,
    )
    late = time.perf_counter() - started > time_limit
    results = []
    for end in ends:
        equilibrium = equilibria.found[0 if end == "best" else -1]
        bounds = {
            one.name: world.payoff(one, equilibrium.profile) + equilibrium.regrets[one.name]
            for one in deciding
        }
        bound = equilibria.best_bound if end == "best" else equilibria.worst_bound
        apart = abs(bound - equilibrium.joint)
        reached = apart <= max(gap, 1e-6) * max(1.0, abs(equilibrium.joint))
        status: Status = "proven" if reached else "limit" if late else "found"
        name = f"{play.name}:{end}"
        joint_bound = bound if math.isfinite(bound) else None
        results.append(
            result(
                name,
                equilibrium.profile,
                bounds,
                status,
                equilibria.method,
                joint_bound,
                equilibria.why,
            )
        )
    return tuple(results)


def _consent(
    world: World,
    player: Player,
    profile: Profile,
    *,
    gap: float,
    time_limit: float,
    generator: np.random.Generator,
) -> Consent:
    """Return what members have, by payoffs recomputed where they stand still and with transfers."""
    from solvers.consent import consent, standing_still
    from solvers.portfolio import best_portfolio

    best = best_portfolio(
        world,
        replace(player, transfers=True),
        profile,
        gap=gap,
        time_limit=time_limit,
        generator=generator,
    )
    for other in (standing_still(world, player, profile), best.profile):
        certify(
            world.network,
            world.respond(other),
            players=[],
            bounds={},
            claimed=world.payoffs(other),
            status="found",
            gap=gap,
        )
    found = consent(world, player, profile, best=best)
    short = [name for name, above in found.margin.items() if above < -1e-6 * max(1.0, abs(above))]
    if short:
        raise NotCertifiedError(
            f"{player.name}: expected every member's consent, found that {', '.join(short)} would "
            "be worse off than at the status quo"
        )
    return found


def _proof_limit(world: World, players: Iterable[Player], time_limit: float) -> float:
    aligned = all(alignment(world.game, one.members) is not None for one in players)
    return PROOF_SHARE * time_limit if aligned else 0.0


def _status(best: Portfolio, gap: float) -> Status:
    closed = best.bound - best.payoff <= max(gap, 1e-6) * max(1.0, abs(best.payoff))
    return "proven" if closed or math.isclose(best.bound, best.payoff) else "limit"


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

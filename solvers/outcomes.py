"""The certified outcome of a play: solved by what fits it, then recomputed from the game.

A play of one player is a best portfolio; one between several is an equilibrium, of which the best
and the worst for the controllers' sum come back, with a bound on all others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from games.errors import NotCertifiedError
from games.layered import Profile
from games.payoffs import Payoffs
from solvers.certificate import Certificate, Status, certify
from solvers.evader import EvaderResponse
from solvers.players import Player, alignment
from solvers.plays import ENDS, Play
from solvers.world import Portfolio, World

if TYPE_CHECKING:
    from solvers.consent import Consent
    from solvers.equilibria.records import Equilibria

PROOF_SHARE = 0.1
"""Share of the time limit for proving the best and the worst equilibrium, unless more is asked."""


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
    solving = _Solving(world, play, gap, time_limit, np.random.default_rng(seed))
    if not solving.deciding:
        return solving.nothing_to_decide()
    if not play.stable:
        return (solving.best_of_one(tuple(starts)),)
    return solving.equilibria(tuple(starts), proof_limit, progress)


class _Solving:
    """One play on its way to its certified outcomes."""

    def __init__(
        self,
        world: World,
        play: Play,
        gap: float,
        time_limit: float,
        generator: np.random.Generator,
    ) -> None:
        self._started = time.perf_counter()
        self._world, self._play = world, play
        self._gap, self._time_limit, self._generator = gap, time_limit, generator
        self._base = world.game.status_quo
        self.deciding = [one for one in play.players if one.points]
        self._ends = [end for end in ENDS if play.outcome in (None, end)]

    def nothing_to_decide(self) -> tuple[PlayResult, ...]:
        """Return the status quo, under each name that was asked for."""
        name = self._play.name
        names = [f"{name}:{end}" for end in self._ends] if self._play.stable else [name]
        return tuple(
            self._result(name, self._base, {}, "proven", "nothing to decide") for name in names
        )

    def best_of_one(self, starts: tuple[Profile, ...]) -> PlayResult:
        """Return the best portfolio of the one player that decides."""
        from solvers.portfolio import best_portfolio

        best = best_portfolio(
            self._world,
            self.deciding[0],
            self._base,
            starts=starts,
            gap=self._gap,
            time_limit=self._time_limit,
            generator=self._generator,
        )
        bounds = {self.deciding[0].name: best.bound}
        ended = _status(best, self._gap)
        return self._result(self._play.name, best.profile, bounds, ended, best.method, why=best.why)

    def equilibria(
        self,
        starts: tuple[Profile, ...],
        proof_limit: float | None,
        progress: Callable[[str], None],
    ) -> tuple[PlayResult, ...]:
        """Return the best and the worst equilibrium, or the one of them that was asked for."""
        from solvers.equilibria.unilateral import unilateral  # its models take a second to import

        if proof_limit is None:
            proof_limit = _proof_limit(self._world, self.deciding, self._time_limit)
        found = unilateral(
            self._world,
            self.deciding,
            self._base,
            starts=starts,
            gap=self._gap,
            time_limit=self._time_limit,
            proof_limit=proof_limit,
            generator=self._generator,
            progress=progress,
        )
        late = time.perf_counter() - self._started > self._time_limit
        return tuple(self._end(found, end, late=late) for end in self._ends)

    def _end(self, equilibria: Equilibria, end: str, *, late: bool) -> PlayResult:
        """Return the best or the worst of the equilibria found."""
        equilibrium = equilibria.found[0 if end == "best" else -1]
        bound = equilibria.best_bound if end == "best" else equilibria.worst_bound
        apart = abs(bound - equilibrium.joint)
        reached = apart <= max(self._gap, 1e-6) * max(1.0, abs(equilibrium.joint))
        return self._result(
            f"{self._play.name}:{end}",
            equilibrium.profile,
            {
                one.name: self._world.payoff(one, equilibrium.profile)
                + equilibrium.regrets[one.name]
                for one in self.deciding
            },
            "proven" if reached else "limit" if late else "found",
            equilibria.method,
            joint_bound=bound if math.isfinite(bound) else None,
            why=equilibria.why,
        )

    def _result(
        self,
        name: str,
        profile: Profile,
        bounds: dict[str, float],
        status: Status,
        method: str,
        *,
        joint_bound: float | None = None,
        why: str = "",
    ) -> PlayResult:
        """Return a profile as an outcome, certified."""
        response = self._world.respond(profile)
        claimed = self._world.payoffs(profile)
        certificate = certify(
            self._world.network,
            response,
            players=self.deciding,
            bounds=bounds,
            claimed=claimed,
            status=status,
            gap=self._gap,
            joint_bound=joint_bound,
        )
        agreed = None
        for one in self.deciding:
            if not one.transfers:
                agreed = _consent(
                    self._world,
                    one,
                    profile,
                    gap=self._gap,
                    time_limit=self._time_limit,
                    generator=self._generator,
                )
        seconds = time.perf_counter() - self._started
        return PlayResult(
            name, profile, response, claimed, certificate, method, seconds, why, agreed
        )


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

"""How far the certificate of a play can be borne out again, without the optimiser that gave it.

A regret says that no choice of a player within its budgets gains more. Where a player has few
choices all of them are tried again, and in a small game every profile, so that nothing rests on the
record. Elsewhere the changes of a single point and the parts of the run's other plays are tried:
one that gains more than the stated regret refutes it, but that none of the other choices does is
the optimiser's bound, which only solving again would prove again. What is left to the record is
said wherever the play is explained.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from games.errors import NotCertifiedError
from games.layered import Profile
from solvers.candidates import FEW
from solvers.certificate import BUDGET_TOLERANCE, EVADER_TOLERANCE, evaluated
from solvers.consent import consents
from solvers.descent import respects_budgets
from solvers.equilibria.every_profile import is_whole
from solvers.equilibria.unilateral import unilateral
from solvers.players import Player, budgets_of, replaced, weights_of
from solvers.portfolio import best_portfolio
from solvers.world import World
from stratagem.audits.claims import SOLVED, Claim
from stratagem.audits.ledger import Ledger, is_number, told


@dataclass(frozen=True)
class Proof:
    """What is proven about a play, and how much of that was tried again.

    Attributes
    ----------
    status, bound_gap, regret : as in the record, which they do not contradict.
    whole : members of the players whose every choice within the budgets was tried again.
    partly : members of those of whom only changes of one point, and their parts in the run's other
        plays, were.
    complete : whether every profile was, so that there is no better or worse equilibrium; True for
        plays that are none.
    joint_bound : the controllers' sum that no equilibrium betters (or, of the worst, falls below)
        by the record, bn USD a year; None where it states none.
    """

    status: str
    bound_gap: float | None
    regret: Mapping[str, float | None]
    whole: tuple[str, ...]
    partly: tuple[str, ...]
    complete: bool
    joint_bound: float | None


def proof_of(
    claim: Claim,
    others: Iterable[Profile],
    *,
    world: World,
    gap: float,
    ledger: Ledger,
) -> Proof:
    """Return the proof of a play; what contradicts its certificate goes to the ledger.

    Parameters
    ----------
    others : the profiles of the run's other plays.
    gap : relative gap and regret that the run was to prove.
    """
    return _Check(claim, tuple(others), world=world, gap=gap, ledger=ledger).proof()


class _Check:
    """The check of one certificate."""

    def __init__(
        self,
        claim: Claim,
        others: tuple[Profile, ...],
        *,
        world: World,
        gap: float,
        ledger: Ledger,
    ) -> None:
        self.claim, self.others, self.world, self.ledger = claim, others, world, ledger
        self.key = f"{claim.key}.certificate"
        self.closed = max(gap, EVADER_TOLERANCE)
        self.deciding = [player for player in claim.play.players if player.points]
        self.rest: tuple[int, ...] = tuple(
            k
            for k in range(len(world.game.points))
            if not any(k in player.points for player in self.deciding)
        )

    def proof(self) -> Proof:
        self._portfolios_are_allowed()
        whole: list[str] = []
        partly: list[str] = []
        relative: list[float | None] = []
        members = [name for player in self.deciding for name in player.members]
        regrets = self._regrets(members)
        for player in self.deciding:
            payoff = sum(self.claim.payoffs.total[name] for name in player.members)
            scale = max(1.0, abs(payoff))
            regret = regrets.get(player.members[0])
            gain = self._gain_of_all(player, payoff)
            (partly if gain is None else whole).extend(player.members)
            gain = self._gain_of_some(player, payoff) if gain is None else gain
            for name in player.members:
                self._regret_holds(name, regrets.get(name), regret, gain=gain, scale=scale)
            relative.append(None if regret is None else regret / scale)
        bound_gap = None if None in relative else max([0.0, *(r for r in relative if r)])
        complete = self._is_complete()
        joint_bound = self._joint_bound(complete=complete)
        self._record_agrees(relative, bound_gap, complete=complete)
        status = self.claim.certificate.get("status")
        alone = not (self.claim.play.stable and self.deciding)
        return Proof(
            str(status),
            bound_gap,
            regrets,
            tuple(whole),
            tuple(partly),
            complete or alone,
            joint_bound,
        )

    def _portfolios_are_allowed(self) -> None:
        """Check that those who stand still do, and that those who decide keep their budgets."""
        game, profile = self.world.game, self.claim.profile
        for k in self.rest:
            if profile[k] != game.status_quo[k]:
                options = game.points[k].options
                self.ledger.differs(
                    f"{self.claim.key}.profile.{game.points[k].name}",
                    f"the status quo {options[game.status_quo[k]].name!r}, for nobody decides "
                    "there in this play",
                    repr(options[profile[k]].name),
                )
        for player in self.deciding:
            for points, limit in budgets_of(game, player):
                outlay = sum(game.points[k].options[profile[k]].cost for k in points)
                if not outlay <= limit + BUDGET_TOLERANCE:
                    owners = "+".join(dict.fromkeys(game.points[k].owner for k in points))
                    self.ledger.differs(
                        f"{self.claim.key}.outlay.{owners}",
                        f"at most the budget of {told(limit)} bn USD a year",
                        told(outlay),
                    )

    def _regrets(self, members: list[str]) -> Mapping[str, float | None]:
        """Return the stated regrets, None where none was proven."""
        stated = self.claim.certificate.get("regret")
        if not isinstance(stated, dict):
            raise self.ledger.damaged(f"{self.key}.regret", "a dict", stated)
        for name in dict.fromkeys([*members, *stated]):
            value = stated.get(name)
            if name not in members:
                self.ledger.differs(f"{self.key}.regret.{name}", "no such key", told(value))
            elif name not in stated or not (value is None or is_number(value)):
                self.ledger.differs(f"{self.key}.regret.{name}", "a number", told(value))
            elif value is not None and not 0 <= value < math.inf:
                self.ledger.differs(f"{self.key}.regret.{name}", "a number >= 0", told(value))
        return {name: one if is_number(one := stated.get(name)) else None for name in members}

    def _gain_of_all(self, player: Player, payoff: float) -> float | None:
        """Return what a player can gain at most, None where its choices are many."""
        game = self.world.game
        if math.prod(len(game.points[k].options) for k in player.points) > FEW:
            return None
        try:
            best = best_portfolio(
                self.world, player, self.claim.profile, generator=np.random.default_rng(0)
            )
        except NotCertifiedError:  # over its budget, which is told already
            return 0.0
        return best.payoff - payoff

    def _gain_of_some(self, player: Player, payoff: float) -> float:
        """Return the most that a player gains by a change of one point, or its part elsewhere."""
        game, here = self.world.game, self.claim.profile
        weights = weights_of(game, player, here, harm=0.0)
        tried = {
            replaced(here, [k], [o])
            for k in player.points
            for o in range(len(game.points[k].options))
        }
        for other in self.others:
            tried.add(replaced(here, player.points, [other[k] for k in player.points]))
        gains = [
            self.world.payoff(player, profile) - payoff
            for profile in sorted(tried)
            if respects_budgets(game, weights, profile) and consents(self.world, player, profile)
        ]
        return max(gains, default=0.0)

    def _regret_holds(
        self,
        name: str,
        stated: float | None,
        shared: float | None,
        *,
        gain: float,
        scale: float,
    ) -> None:
        """Check a stated regret against a gain that is possible and against the stated gap."""
        key = f"{self.key}.regret.{name}"
        if stated != shared:
            self.ledger.differs(
                key, f"{told(shared)}, as for all who decide together", told(stated)
            )
        if stated is None:
            return
        if stated < gain - SOLVED * scale:
            self.ledger.differs(
                key, f"at least {told(gain)} bn USD a year, which a change gains", told(stated)
            )
        limited = self.claim.certificate.get("status") == "limit"
        if not limited and stated > 1.01 * self.closed * scale:
            most = told(self.closed * scale)
            self.ledger.differs(key, f"at most {most} where no limit was reached", told(stated))

    def _is_complete(self) -> bool:
        """Whether all equilibria of the play were found again and its own is the stated one."""
        game, play, claim = self.world.game, self.claim.play, self.claim
        if not (play.stable and self.deciding and is_whole(self.world, self.deciding)):
            return False
        base = replaced(claim.profile, self.rest, [game.status_quo[k] for k in self.rest])
        try:
            found = unilateral(
                self.world, self.deciding, base, generator=np.random.default_rng(0)
            ).found
        except NotCertifiedError:
            self.ledger.differs(f"{claim.key}.profile", "an equilibrium", "none in the game")
            return True
        end = -1 if claim.name.endswith(":worst") else 0
        word = "worst" if end else "best"
        expected, joint = found[end].joint, claim.payoffs.joint
        if not abs(expected - joint) <= SOLVED * max(1.0, abs(expected)):
            self.ledger.differs(
                f"{claim.key}.joint_payoff", f"{told(expected)} of the {word} equilibrium",
                told(joint),
            )  # fmt: skip
        return True

    def _joint_bound(self, *, complete: bool) -> float | None:
        """Return the stated bound on every equilibrium, which its own must not contradict."""
        stated, joint = self.claim.certificate.get("joint_bound"), self.claim.payoffs.joint
        key = f"{self.key}.joint_bound"
        if stated is None or not is_number(stated):
            if complete:
                self.ledger.differs(key, f"{told(joint)}, its own", told(stated))
            elif stated is not None:
                self.ledger.differs(key, "a number or None", told(stated))
            return None
        if not (self.claim.play.stable and self.deciding):
            self.ledger.differs(key, "None", told(stated))
            return None
        worst = self.claim.name.endswith(":worst")
        beyond = stated - joint if worst else joint - stated
        apart = abs(beyond) if complete else beyond
        if not apart <= SOLVED * max(1.0, abs(joint)):
            side = "" if complete else "at most " if worst else "at least "
            self.ledger.differs(key, f"{side}{told(joint)}, its own", told(stated))
        return float(stated)

    def _record_agrees(
        self, relative: list[float | None], bound_gap: float | None, *, complete: bool
    ) -> None:
        """Hold the rest of the certificate against what follows from its regrets and the plan."""
        check = evaluated(self.world.network, self.claim.response)
        stated = self.claim.certificate
        expected = {
            "status": stated.get("status"),
            "regret": stated.get("regret"),
            "evader_gap": abs(check.gap),
            "violation": max(0.0, check.violation),
            "bound_gap": bound_gap,
            "joint_bound": stated.get("joint_bound"),
        }
        self.ledger.compare(self.key, expected, stated)
        widest = max((math.inf if one is None else one for one in relative), default=0.0)
        if self.claim.play.stable and self.deciding:
            allowed = ["proven" if complete else "found", "limit"]
            bound, joint = stated.get("joint_bound"), self.claim.payoffs.joint
            near = 1.01 * self.closed * max(1.0, abs(joint))
            if (
                bound is not None and is_number(bound) and abs(bound - joint) <= near
            ):  # the optimiser's proof
                allowed.append("proven")
        else:  # what closes the gap up to rounding may be called either
            allowed = ["proven"] if widest <= 1.01 * self.closed else []
            allowed += ["limit"] if widest >= 0.99 * self.closed else []
        if stated.get("status") not in allowed:
            text = " or ".join(repr(word) for word in allowed)
            self.ledger.differs(f"{self.key}.status", text, told(stated.get("status")))

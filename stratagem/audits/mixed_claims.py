"""What a run claims about mixed play, recomputed from its scenario.

Only who draws what is taken from the record. Every outcome of the draws is solved and evaluated
again (`solvers.certificate`), what everybody expects follows, and the record that comes out is held
against the one that is kept. Regrets are tried again: every portfolio of a player that has few,
and of others every change of a single point in what they may draw. In a small game every profile is
tried again for what is said of pure ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from games.errors import InputError, NotCertifiedError
from games.layered import Profile
from solvers.candidates import FEW
from solvers.certificate import EVADER_TOLERANCE, Certificate
from solvers.descent import respects_budgets
from solvers.equilibria.closest import Closest
from solvers.equilibria.drawn import Drawn, Options, certify_drawn, expected_payoffs, outcomes
from solvers.equilibria.every_profile import every_regret, is_whole
from solvers.equilibria.expected import ENOUGH, Draw, best_against, expected_payoff
from solvers.equilibria.mixed_play import MixedResult
from solvers.players import Player, replaced, weights_of
from solvers.plays import Play, parse_play
from solvers.world import World
from stratagem.audits.claims import SOLVED
from stratagem.audits.ledger import Ledger, is_number, told
from stratagem.cases import Case
from stratagem.records.mixed import mixed_record

_HISTORY = ("seconds", "method", "rounds")


@dataclass(frozen=True)
class MixedClaim:
    """Mixed play of a run whose outcomes were recomputed.

    Attributes
    ----------
    result : the play, computed anew from who draws what.
    whole : members of the players whose every portfolio was tried again.
    partly : members of those of whom changes of one point were.
    every_profile : whether every profile was, so that none is an equilibrium.
    """

    key: str
    play: Play
    result: MixedResult
    whole: tuple[str, ...]
    partly: tuple[str, ...]
    every_profile: bool


def mixed_claims(
    entries: Any, *, case: Case, world: World, gap: float, ledger: Ledger
) -> dict[str, MixedClaim]:
    """Return the mixed plays of a run by name; every difference goes to the ledger.

    Parameters
    ----------
    entries : records of mixed plays as plain JSON values.
    gap : relative regret that the run was to count as none.

    Raises
    ------
    InputError
        When a record lacks what is needed to recompute it.
    """
    if not isinstance(entries, list):
        raise ledger.damaged("mixed", "a list", entries)
    claims = {}
    for number, entry in enumerate(entries):
        key = f"mixed[{number}]"
        claim = _Reader(entry, key, case=case, world=world, gap=gap, ledger=ledger).claim()
        if claim.result.play in claims:
            ledger.differs(claim.key, "each play once", "it a second time")
        claims[claim.result.play] = claim
    return claims


class _Reader:
    """Reads and recomputes one record."""

    def __init__(
        self, entry: Any, key: str, *, case: Case, world: World, gap: float, ledger: Ledger
    ) -> None:
        self.entry, self.key, self.ledger = entry, key, ledger
        self.case, self.world = case, world
        self.closed = max(gap, EVADER_TOLERANCE)
        for name, shape in {"play": str, "asked": str, "players": list, "pure": dict}.items():
            self._is(entry.get(name) if isinstance(entry, dict) else None, name, shape)
        self.key = f"{key} ({entry['play']})"

    def claim(self) -> MixedClaim:
        try:
            play = parse_play(self.case.game, self.entry["asked"])
        except InputError as error:
            raise InputError(f"{self.ledger.place}: {self.key}.asked: {error}") from None
        players = tuple(one for one in play.players if one.points)
        if len(self.entry["players"]) != len(players):
            raise self.ledger.damaged(f"{self.key}.players", "all who decide", [])
        mixtures = tuple(
            self._mixture(f"players[{number}]", one, stated)
            for number, (one, stated) in enumerate(zip(players, self.entry["players"], strict=True))
        )
        draws = outcomes(self.case.game.status_quo, players, mixtures)
        world = self.world
        drawn = tuple(
            Drawn(d.profile, d.probability, world.respond(d.profile), world.payoffs(d.profile))
            for d in draws
        )
        regret = self._regrets(players)
        payoffs = expected_payoffs(drawn)
        bounds = {
            one.name: sum(payoffs.total[m] for m in one.members) + regret[one.members[0]]
            for one in players
        }
        stated = self.entry.get("certificate", {})
        status = stated.get("status") if isinstance(stated, dict) else None
        if status not in ("found", "limit"):
            self.ledger.differs(
                f"{self.key}.certificate.status", "'found' or 'limit'", told(status)
            )
        try:
            certificate = certify_drawn(
                world, players, drawn, bounds=bounds, closed=status == "found", gap=self.closed
            )
        except NotCertifiedError as error:
            self.ledger.differs(f"{self.key}.certificate", "one that holds", str(error))
            certificate = Certificate("limit", regret, 0.0, 0.0, 0.0)
        whole, partly = self._tried_again(players, draws, payoffs.total, regret)
        closest, every = self._closest(players)
        result = MixedResult(
            play=f"{play.name}:mixed",
            players=players,
            mixtures=mixtures,
            drawn=drawn,
            payoffs=payoffs,
            certificate=certificate,
            closest=closest,
            method="",
            rounds=0,
            seconds=0.0,
        )
        record = mixed_record(self.case, play.name, result).to_json()
        for name in _HISTORY:
            record[name] = self.entry.get(name)
        self.ledger.compare(self.key, record, self.entry, tolerance=SOLVED)
        return MixedClaim(self.key, play, result, whole, partly, every)

    def _is(self, value: Any, name: str, shape: type) -> Any:
        if not isinstance(value, shape):
            raise self.ledger.damaged(f"{self.key}.{name}", f"a {shape.__name__}", value)
        return value

    def _mixture(self, name: str, player: Player, stated: Any) -> tuple[tuple[Options, float], ...]:
        """Return a player's portfolios with their probabilities."""
        game = self.case.game
        listed = self._is(self._is(stated, name, dict).get("portfolios"), name, list)
        mixture = []
        for place, one in enumerate(listed):
            key = f"{name}.portfolios[{place}]"
            options = self._is(self._is(one, key, dict).get("options"), f"{key}.options", dict)
            try:
                profile = game.profile(
                    {
                        point: self._is(option, f"{key}.options", str)
                        for point, option in options.items()
                    }
                )
            except InputError as error:
                raise InputError(f"{self.ledger.place}: {self.key}.{key}: {error}") from None
            chance = one.get("probability")
            if not is_number(chance):
                raise self.ledger.damaged(f"{self.key}.{key}.probability", "a number", chance)
            if not 0 < chance <= 1 + EVADER_TOLERANCE:
                self.ledger.differs(f"{self.key}.{key}.probability", "one in (0, 1]", told(chance))
            mixture.append((tuple(profile[k] for k in player.points), float(chance)))
        if len({options for options, _ in mixture}) < len(mixture):
            self.ledger.differs(f"{self.key}.{name}", "each portfolio once", "one a second time")
        total = sum(chance for _, chance in mixture)
        if not abs(total - 1) <= EVADER_TOLERANCE:
            self.ledger.differs(f"{self.key}.{name}", "probabilities that add up to 1", told(total))
        self.ledger.raise_any()  # nothing is expected before draws that are none
        return tuple(mixture)

    def _regrets(self, players: Sequence[Player]) -> dict[str, float]:
        """Return the stated regrets by controller, infinite where no bound is stated."""
        regrets: dict[str, float] = {}
        for number, (one, stated) in enumerate(zip(players, self.entry["players"], strict=True)):
            value = stated.get("regret")
            if value is not None and not (is_number(value) and value >= 0):
                self.ledger.differs(
                    f"{self.key}.players[{number}].regret", "a number >= 0", told(value)
                )
                value = None
            regrets.update(dict.fromkeys(one.members, math.inf if value is None else float(value)))
        return regrets

    def _tried_again(
        self,
        players: Sequence[Player],
        draws: Sequence[Draw],
        expected: Mapping[str, float],
        regret: Mapping[str, float],
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Hold stated regrets against what portfolios gain that are tried again."""
        whole: list[str] = []
        partly: list[str] = []
        for one in players:
            payoff = sum(expected[name] for name in one.members)
            best, all_tried = self._best(one, draws)
            (whole if all_tried else partly).extend(one.members)
            gain = best - payoff
            if not regret[one.members[0]] >= gain - SOLVED * max(1.0, abs(payoff)):
                self.ledger.differs(
                    f"{self.key}.certificate.regret.{one.name}",
                    f"at least {told(gain)} bn USD a year, which a change gains",
                    told(regret[one.members[0]]),
                )
        return tuple(whole), tuple(partly)

    def _best(self, player: Player, draws: Sequence[Draw]) -> tuple[float, bool]:
        """Return what a player earns by the best portfolio tried, and whether all were."""
        others = _others(player, draws)
        choices = math.prod(len(self.case.game.points[k].options) for k in player.points)
        if choices <= FEW and choices * len(others) <= ENOUGH:
            generator = np.random.default_rng(0)
            return best_against(self.world, player, others, generator=generator).payoff, True
        return _best_change(self.world, player, draws, others), False

    def _closest(self, players: Sequence[Player]) -> tuple[Closest, bool]:
        """Return what is said of pure profiles, recomputed where the game is small."""
        game, stated = self.case.game, self.entry["pure"]
        profile = None
        if stated.get("profile") is not None:
            try:
                profile = game.profile(self._is(stated["profile"], "pure.profile", dict))
            except InputError as error:
                raise InputError(f"{self.ledger.place}: {self.key}.pure: {error}") from None
        none, least, regret = (stated.get(name) for name in ("none", "at_least", "regret"))
        if not is_number(least) or not least >= 0 or not isinstance(none, bool):
            raise self.ledger.damaged(f"{self.key}.pure", "what is known", stated)
        if regret is not None and not is_number(regret):
            raise self.ledger.damaged(f"{self.key}.pure.regret", "a number", regret)
        if not is_whole(self.world, players):
            self._pure_holds(players, profile, regret)
            if least > 0 and not none:
                self.ledger.differs(f"{self.key}.pure.at_least", "0 where one may be", told(least))
            if regret is not None and least > regret + SOLVED * max(1.0, regret):
                self.ledger.differs(
                    f"{self.key}.pure.at_least", f"at most {told(regret)}", told(least)
                )
            return Closest(none, profile, math.inf if regret is None else regret, least), False
        regrets = every_regret(self.world, players, game.status_quo)
        smallest = min(max(each.values()) for each in regrets.values())
        if profile is not None and profile in regrets:
            here = max(regrets[profile].values())
            self.ledger.compare(
                f"{self.key}.pure.profile's regret", smallest, here, tolerance=SOLVED
            )
        else:
            self.ledger.differs(f"{self.key}.pure.profile", "one within the budgets", "another")
        return Closest(True, profile, smallest, smallest), True

    def _pure_holds(
        self, players: Sequence[Player], profile: Profile | None, regret: float | None
    ) -> None:
        """Hold the regret of the closest pure profile that is known against what changes gain."""
        key, game = f"{self.key}.pure", self.case.game
        if profile is None or regret is None:
            if profile is not None or regret is not None:
                self.ledger.differs(f"{key}.regret", "a profile and its regret", "one of them")
            return
        decided = {k for one in players for k in one.points}
        if any(profile[k] != game.status_quo[k] for k in range(len(profile)) if k not in decided):
            self.ledger.differs(f"{key}.profile", "the status quo where nobody decides", "another")
        for one in players:
            if not respects_budgets(game, weights_of(game, one, profile, harm=0.0), profile):
                self.ledger.differs(f"{key}.profile", f"one within the budgets of {one.name}",
                                    "another")  # fmt: skip
                continue
            gain = self._best(one, [Draw(profile, 1.0)])[0] - self.world.payoff(one, profile)
            if not regret >= gain - SOLVED * max(1.0, abs(gain)):
                self.ledger.differs(
                    f"{key}.regret",
                    f"at least {told(gain)} bn USD a year, which a change gains {one.name}",
                    told(regret),
                )


def _others(player: Player, draws: Sequence[Draw]) -> list[Draw]:
    """Return the draws of all others: what differs in a player's own points alone counts once."""
    chances: dict[tuple[int, ...], float] = {}
    for draw in draws:
        key = replaced(draw.profile, player.points, [0] * len(player.points))
        chances[key] = chances.get(key, 0.0) + draw.probability
    return [Draw(profile, chance) for profile, chance in chances.items()]


def _best_change(
    world: World, player: Player, draws: Sequence[Draw], others: Sequence[Draw]
) -> float:
    """Return what a player's portfolios and their changes of one point earn at most.

    Minus infinity where all of them are beyond its budgets.
    """
    game = world.game
    weights = weights_of(game, player, draws[0].profile, harm=0.0)
    tried = set()
    for draw in draws:
        tried.add(draw.profile)
        for k in player.points:
            for option in range(len(game.points[k].options)):
                tried.add(replaced(draw.profile, [k], [option]))
    options = {
        tuple(profile[k] for k in player.points)
        for profile in tried
        if respects_budgets(game, weights, profile)
    }
    return max(
        (expected_payoff(world, player, one, others) for one in sorted(options)),
        default=-math.inf,
    )
